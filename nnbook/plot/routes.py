"""One way through a network, or several, lit among all others, with the factors along it."""

import math
import operator
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle
from numpy.typing import ArrayLike

from .house import (
    BACKWARD,
    INK,
    PALE,
    WIDTH,
    arrow,
    board,
    box,
    format_number,
    listed,
    write,
    write_over,
)

_LIT, _DIM = "#FBE3D3", "#CCCCCC"
_RADIUS, _PITCH = 0.3, 0.88


def routes(
    sizes: Sequence[int],
    paths: Sequence[Sequence[int]],
    *,
    weights: Sequence[ArrayLike],
    factors: Sequence[ArrayLike | None],
    price: float,
    first: str | None = None,
    names: Sequence[Sequence[str]] | None = None,
    decimals: int = 4,
    ax: Axes | None = None,
) -> Axes:
    """Draw a network with the paths to the price lit, and below it the product along each of them.

    An orange arrow runs back along each lit connection and carries its weight. A lit neuron has its
    own factor below it, and the last arrow, from J, the derivative of the price by the answer.
    Several paths are numbered, at their first connection and at their product.

    Parameters
    ----------
    sizes : list of int
        Neurons in each layer, the input layer first, at most 4 each, one in the last.
    paths : list of list of int
        For each path its neuron in every layer up to the last, counted from 1. A path shorter than
        `sizes` begins in a later layer. All have one length and one beginning.
    weights : list of array
        One (n_in, n_out) array between each two layers.
    factors : list of array
        One vector a layer: the slopes of its neurons, or the inputs; None leaves a layer out.
    price : float
        The derivative of the price by the answer.
    first : str
        The name of a weight, the first connection of the path: its derivative is wanted, so
        that its number is no factor.
    names : list of list of str
        The (mathtext) name of every neuron, layer by layer.
    decimals : int
        The most decimals of a number.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If lengths or shapes do not follow from `sizes`, or a path leads nowhere.

    Examples
    --------
    >>> ax = routes([1, 2, 1], [[1, 2, 1]], weights=[[[2, 3]], [[4], [5]]], first="$w_{12}$",
    ...             factors=[[10], [0.25, 0.5], [1]], price=-1)
    >>> ax.texts[-1].get_text()  # from the price, by 1, 5 and 0.5, to the input
    '−1 · 1 · 5 · 0.5 · 10 = −25'
    """
    sizes = [operator.index(n) for n in sizes]
    if len(sizes) < 2 or not all(1 <= n <= 4 for n in sizes) or sizes[-1] != 1:
        raise ValueError(
            f"plot.routes: sizes should hold two or more layers of 1 to 4 neurons, "
            f"the last of one, got {sizes}"
        )
    tables = [
        np.asarray(table, dtype=float)
        for table in listed("routes: weights", weights, len(sizes) - 1, "one table a layer") or []
    ]
    for layer, table in enumerate(tables):
        if table.shape != (sizes[layer], sizes[layer + 1]):
            raise ValueError(
                f"plot.routes: weights[{layer}] should have shape "
                f"{(sizes[layer], sizes[layer + 1])} for sizes {sizes}, got {table.shape}"
            )
    factors = listed("routes: factors", factors, len(sizes), "one vector a layer") or []
    for layer, vector in enumerate(factors):
        if vector is not None and np.size(vector) != sizes[layer]:
            raise ValueError(
                f"plot.routes: factors[{layer}] should hold {sizes[layer]} numbers for sizes "
                f"{sizes}, got {np.size(vector)}"
            )
    names = listed("routes: names", names, len(sizes), "one list a layer")
    for layer, layer_list in enumerate(names or []):
        listed(f"routes: names[{layer}]", layer_list, sizes[layer], "one name a neuron")
    begin = _beginning(sizes, paths)

    lines = 0.26 * (len(paths) + (len(paths) > 1))
    foot = lines + 0.12
    height = foot + max(sizes) * _PITCH
    ax = board(ax, WIDTH, height)
    middle, gap = foot + max(sizes) * _PITCH / 2 + 0.08, (WIDTH - 1.3) / len(sizes)
    places = [
        [(0.65 + gap * layer, middle + _PITCH * ((n - 1) / 2 - i)) for i in range(n)]
        for layer, n in enumerate(sizes)
    ]
    lit_neurons = {(begin + n, i - 1) for path in paths for n, i in enumerate(path)}
    lit_edges = {
        (begin + n, i - 1, j - 1) for path in paths for n, (i, j) in enumerate(pairwise(path))
    }
    for layer, table in enumerate(tables):
        for i, j in np.ndindex(table.shape):
            start, end = np.array(places[layer][i]), np.array(places[layer + 1][j])
            along = (end - start) / np.hypot(*(end - start)) * _RADIUS
            start, end = start + along, end - along
            if (layer, i, j) not in lit_edges:
                ax.plot(*zip(start, end, strict=True), "-", color=_DIM, lw=1.0, zorder=1)
                continue
            text = format_number(float(table[i, j]), decimals)
            if first is not None and layer == begin:
                text = first
            arrow(ax, end, start, BACKWARD)
            which = [
                _number(n, len(paths))
                for n, path in enumerate(paths)
                if layer == begin and list(path[:2]) == [i + 1, j + 1]
            ]
            _label(ax, (start + end) / 2, "".join(which) + text)
    for layer, column in enumerate(places):
        for i, (x, y) in enumerate(column):
            lit = (layer, i) in lit_neurons
            look = {"fc": _LIT, "ec": BACKWARD} if lit else {"fc": "white", "ec": INK}
            look = {"fc": PALE, "ec": INK} if not layer and not lit else look
            ax.add_patch(Circle((x, y), _RADIUS, lw=1.2, **look))
            if names:
                write(ax, x, y, names[layer][i], INK, 13)
            vector = factors[layer]
            if lit and vector is not None:
                number = format_number(np.ravel(vector)[i], decimals)
                write(ax, x, y - _RADIUS - 0.13, number, BACKWARD)
    x, y = WIDTH - 0.4, middle
    box(ax, x, y, (0.4, 0.4), INK)
    write(ax, x, y, "$J$", INK, 13)
    answer = places[-1][0][0] + _RADIUS
    arrow(ax, (x - 0.2, y), (answer, y), BACKWARD)
    _label(ax, np.array([(answer + x - 0.2) / 2, y]), format_number(price, decimals))
    _products(ax, lines, _along(paths, begin, tables, factors, price, first), decimals)
    return ax


def _beginning(sizes: list[int], paths: Sequence[Sequence[int]]) -> int:
    """Check the paths and return the layer in which they begin."""
    lengths, starts = {len(path) for path in paths}, {path[0] for path in paths if path}
    begin = len(sizes) - max(lengths, default=0)
    fits = len(lengths) == len(starts) == 1 and begin >= 0
    if not fits or not all(
        1 <= operator.index(i) <= n
        for path in paths
        for i, n in zip(path, sizes[begin:], strict=True)
    ):
        raise ValueError(
            f"plot.routes: paths should begin in one neuron and end in the last layer of {sizes}, "
            f"counted from 1, got {[list(path) for path in paths]}"
        )
    return begin


def _along(
    paths: Sequence[Sequence[int]],
    begin: int,
    tables: list[np.ndarray],
    factors: Sequence[ArrayLike | None],
    price: float,
    first: str | None,
) -> list[list[float]]:
    """Return the factors of each path, from the price to its beginning."""
    found = []
    for path in paths:
        product = [float(price)]
        for n in range(len(path) - 1, -1, -1):
            vector = factors[begin + n]
            if n + 1 < len(path) and not (first is not None and n == 0):
                product.append(tables[begin + n][path[n] - 1, path[n + 1] - 1])
            if vector is not None:
                product.append(float(np.ravel(vector)[path[n] - 1]))
        found.append(product)
    return found


def _products(ax: Axes, top: float, products: list[list[float]], decimals: int) -> None:
    """Write one line a path below the drawing, and what they come to together."""
    for n, product in enumerate(products):
        shown = [format_number(factor, decimals) for factor in product]
        rest = [f"({text})" if text.startswith("−") else text for text in shown[1:]]
        task = " · ".join([shown[0], *rest])
        text = f"{_number(n, len(products))}{task} = {format_number(math.prod(product), decimals)}"
        write(ax, WIDTH / 2, top - 0.1 - 0.26 * n, text, BACKWARD, 10)
    if len(products) > 1:
        total = format_number(sum(math.prod(product) for product in products), decimals)
        text = f"together {total}"
        write(ax, WIDTH / 2, top - 0.1 - 0.26 * len(products), text, BACKWARD, 10)


def _number(n: int, paths: int) -> str:
    """Return the number of path ``n`` in a circle, if there are several."""
    return f"{chr(ord('①') + n)} " if 1 < paths <= 20 else ""


def _label(ax: Axes, place: np.ndarray, text: str) -> None:
    """Write a text on an arrow."""
    write_over(ax, place[0], place[1], text, BACKWARD, 12 if "$" in text else 9.5)
