"""Networks and chains of dependences, with the numbers that flow through them."""

import operator
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch
from numpy.typing import ArrayLike

from .style import (
    BACKWARD,
    FORWARD,
    GREY,
    INK,
    NEGATIVE,
    PALE,
    POSITIVE,
    WIDTH,
    arrow,
    board,
    box,
    circle,
    format_number,
    legend_line,
    listed,
    write,
    write_over,
)

_MOST_NUMBERED_EDGES, _MOST_NEURONS = 12, 16


def network(
    sizes: Sequence[int],
    *,
    weights: Sequence[ArrayLike | None] | None = None,
    biases: Sequence[ArrayLike | None] | None = None,
    forward: Sequence[ArrayLike | None] | None = None,
    backward: Sequence[ArrayLike | None] | None = None,
    names: Sequence[Sequence[str]] | None = None,
    layer_names: Sequence[str] | None = None,
    decimals: int = 3,
    plain: bool = False,
    framed: Sequence[int] = (),
    width: float = WIDTH,
    ax: Axes | None = None,
) -> Axes:
    """Draw a layered network from left to right, with the numbers that flow through it.

    Parameters
    ----------
    sizes : list of int
        Neurons in each layer, the input layer first, at most 16 each.
    weights : list of array
        One (n_in, n_out) array between each two layers. The colour of an edge shows the sign, its
        width the size; up to 12 edges between two layers also carry the number.
    biases : list of array
        One vector for each layer after the input, written above the circles.
    forward : list of array
        One vector a layer, written into the circles.
    backward : list of array
        One vector a layer, written below the circles. In these four lists None leaves a layer out.
    names : list of list of str
        The (mathtext) name of every neuron, layer by layer.
    layer_names : list of str
        One text a layer, written under the columns.
    decimals : int
        The most decimals of a number; 0.1 is written 0.1, and 0.60003 is written 0.600.
    plain : bool
        True for thin grey edges, whatever their weights: the numbers on them are names.
    framed : list of int
        Layers, counted from 0, that get a frame: their activation takes the whole column.
    width : float
        The width of the drawing in inches; a network of two layers fills a narrow one.

    Raises
    ------
    ValueError
        If lengths or shapes do not follow from `sizes`.

    Examples
    --------
    >>> ax = network([2, 3, 1], layer_names=["input", "hidden", "output"])
    >>> len(ax.patches), len(ax.lines)  # circles, edges
    (6, 9)
    """
    sizes = [operator.index(n) for n in sizes]
    if len(sizes) < 2 or not all(1 <= n <= _MOST_NEURONS for n in sizes):
        raise ValueError(
            f"plot.network: sizes should hold two or more layers of 1 to {_MOST_NEURONS} neurons, "
            f"got {sizes}; draw a smaller network and write the true sizes into layer_names"
        )
    pairs = list(pairwise(sizes))
    weights = _layers("weights", weights, pairs, sizes)
    biases = _layers("biases", biases, sizes[1:], sizes)
    forward = _layers("forward", forward, sizes, sizes)
    backward = _layers("backward", backward, sizes, sizes)
    names = listed("network: names", names, len(sizes), "one list a layer")
    for layer, layer_list in enumerate(names or []):
        listed(f"network: names[{layer}]", layer_list, sizes[layer], "one name a neuron")
    layer_names = listed("network: layer_names", layer_names, len(sizes), "one text a layer")

    # All lengths are inches of the board. Between two layers the smaller number of neurons, k,
    # decides how close the edges run where their numbers stand: a (k + 1)th of the pitch.
    numbered = [n_in * n_out <= _MOST_NUMBERED_EDGES for n_in, n_out in pairs]
    k = max((min(pair) for pair, fits in zip(pairs, numbered, strict=True) if fits), default=0)
    vectors = [vector for vector in forward or [] if vector is not None]
    longest = max(
        (len(format_number(v, decimals)) for vector in vectors for v in vector.flat), default=0
    )
    radius = max(0.3 if names else 0.22, 0.045 * longest + 0.1)
    above, below = (0.36 if biases else 0.0), (0.2 if backward else 0.0)
    pitch = max(2 * radius + above + below + 0.16, 0.32 * (k + 1) if weights else 0.0)
    gap = min((width - 2 * radius - 0.4) / (len(sizes) - 1), 2.6)
    legend = [("forward →", FORWARD), ("← backward", BACKWARD)] if forward and backward else []
    if weights and not all(numbered) and not plain:
        legend += [("positive weight", POSITIVE), ("negative weight", NEGATIVE)]
    foot = 0.1 + below + (0.32 if layer_names else 0.0) + (0.32 if legend else 0.0)
    height = foot + max(sizes) * pitch - (pitch - 2 * radius) + above + 0.1

    ax = board(width, height, ax)
    middle = foot + radius + (max(sizes) - 1) * pitch / 2
    left = (width - gap * (len(sizes) - 1)) / 2
    centres = [
        [(left + gap * layer, middle + pitch * ((n - 1) / 2 - i)) for i in range(n)]
        for layer, n in enumerate(sizes)
    ]
    for layer, (sources, targets) in enumerate(pairwise(centres)):
        table = weights[layer] if weights else None
        _edges(ax, sources, targets, radius, table, decimals if numbered[layer] else None, plain)
    for layer, column in enumerate(centres):
        for i, (x, y) in enumerate(column):
            circle(ax, (x, y), radius, face="white" if layer else PALE)
            value = _pick(forward, layer, i, decimals)
            shift = 0.4 * radius if names and value else 0.0
            bias = _pick(biases, layer - 1, i, decimals) if layer else ""
            for dy, text, colour, size in (
                (shift, names[layer][i] if names else "", INK, 13),
                (-shift, value, FORWARD, 9.5),
                (-radius - 0.11, _pick(backward, layer, i, decimals), BACKWARD, 9.5),
                (radius + 0.28, bias, INK, 9.5),
            ):
                if text:
                    write(ax, x, y + dy, text, colour, size)
            if bias:
                arrow(ax, (x, y + radius + 0.2), (x, y + radius), GREY)
        if layer in framed:
            (x, top), bottom = column[0], column[-1][1] - radius - below
            ax.add_patch(
                FancyBboxPatch(
                    (x - radius, bottom), 2 * radius, top + radius - bottom,
                    boxstyle="round,pad=0.07", fill=False, ec=INK, lw=1.2, ls="--",
                )
            )  # fmt: skip
        if layer_names:
            write(ax, column[0][0], foot - below - 0.22, layer_names[layer], INK, 10.5)
    legend_line(ax, 0.2, legend)
    return ax


def _edges(
    ax: Axes,
    sources: list[tuple[float, float]],
    targets: list[tuple[float, float]],
    radius: float,
    table: np.ndarray | None,
    decimals: int | None,
    plain: bool,
) -> None:
    """Join two columns of circles; `table[i, j]` is the weight from source i to target j.

    The numbers are written unless decimals is None.
    """
    n_in, n_out = len(sources), len(targets)
    largest = np.abs(table).max() or 1.0 if table is not None else 1.0
    # At this fraction of the way all edges are equally far apart, so no two numbers meet.
    t = 1 / (n_out + 1) if n_out <= n_in else n_in / (n_in + 1)
    for i, (x0, y0) in enumerate(sources):
        for j, (x1, y1) in enumerate(targets):
            xs, ys = (x0 + radius, x1 - radius), (y0, y1)
            if table is None:
                ax.plot(xs, ys, "-", color=GREY, lw=1.0, zorder=1)
                continue
            weight = table[i, j]
            colour = NEGATIVE if weight < 0 else POSITIVE
            width = 0.5 + 2 * abs(weight) / largest
            if plain:
                colour, width = GREY, 1.0
            ax.plot(xs, ys, "-", color=colour, lw=width, zorder=1)
            colour = INK if plain else colour
            if decimals is not None:
                x, y = xs[0] + t * (xs[1] - xs[0]), y0 + t * (y1 - y0)
                write_over(ax, x, y, format_number(weight, decimals), colour)


def _layers(
    name: str, values: Sequence | None, shapes: Sequence[int | tuple[int, int]], sizes: list[int]
) -> list[np.ndarray | None] | None:
    """Check one array a layer: an (n_in, n_out) table, or any arrangement of n numbers."""
    meaning = f"one array for each of {list(shapes)}, with sizes {sizes}"
    values = listed(f"network: {name}", values, len(shapes), meaning)
    if values is None:
        return None
    arrays = [None if value is None else np.asarray(value, dtype=float) for value in values]
    for i, (array, shape) in enumerate(zip(arrays, shapes, strict=True)):
        if array is None:
            continue
        if isinstance(shape, tuple) and array.shape != shape:
            raise ValueError(
                f"plot.network: {name}[{i}] should have shape {shape} for sizes {sizes}, "
                f"got {array.shape}; the course stores weights as (inputs, outputs)"
            )
        if isinstance(shape, int) and array.size != shape:
            raise ValueError(
                f"plot.network: {name}[{i}] should hold {shape} numbers, one a neuron, "
                f"for sizes {sizes}, got shape {array.shape}; draw one sample at a time"
            )
    return arrays


def _pick(layers: list[np.ndarray | None] | None, layer: int, i: int, decimals: int) -> str:
    """Write number i of a layer, or nothing when none were given."""
    numbers = None if layers is None else layers[layer]
    return "" if numbers is None else format_number(numbers.flat[i], decimals)


def chain(
    names: Sequence[str],
    *,
    forward: Sequence[float | str | None] | None = None,
    backward: Sequence[float | str | None] | None = None,
    gradient_names: Sequence[str] | None = None,
    factors: Sequence[str] | None = None,
    links: Sequence[str] | None = None,
    notes: Sequence[str] | None = None,
    decimals: int = 4,
    ax: Axes | None = None,
) -> Axes:
    """Draw a chain of dependences: values forward above, gradients of the last box below.

    Parameters
    ----------
    names : list of str
        The (mathtext) name in each box, from the first cause to the last effect.
    forward : list of float
        The value of each box (None leaves one out), or a text that says it.
    backward : list of float
        The derivative of the last box with respect to each box, or a text that says it; None
        leaves it and its arrow out.
    gradient_names : list of str
        A name for each of these derivatives, written above them.
    factors : list of str
        Texts under the backward arrows, one fewer than boxes: the local derivatives.
    links : list of str
        Texts on the forward arrows, what leads from box to box; a second line
        stands below the arrow.
    notes : list of str
        Texts in a line of their own below all that, one fewer than boxes.
    decimals : int
        The most decimals of a number.

    Raises
    ------
    ValueError
        If a list has the wrong length.

    Examples
    --------
    >>> ax = chain(["$w$", "$z$", "$J$"], forward=[2, 6, 18], backward=[18, 6, 1],
    ...            factors=["$a=3$", "$z=6$"])
    >>> [text.get_text() for text in ax.texts][:2]
    ['$w$', '2']
    """
    n = len(names)
    if n < 2:
        raise ValueError(f"plot.chain: names should hold at least two boxes, got {n}")
    forward = listed("chain: forward", forward, n, "one number a box")
    backward = listed("chain: backward", backward, n, "one number a box")
    gradient_names = listed("chain: gradient_names", gradient_names, n, "one name a box")
    between = "one text between each two boxes"
    factors = listed("chain: factors", factors, n - 1, between)
    links = listed("chain: links", links, n - 1, between)
    notes = listed("chain: notes", notes, n - 1, between)

    half = 0.3
    pitch = min(max(1.11, (WIDTH - 0.4) / n), 1.5)
    width = max(WIDTH, n * pitch + 0.12)
    legend = [("forward →", FORWARD), ("← backward", BACKWARD)] if forward and backward else []
    returns = backward is not None or factors is not None
    under = (0.34 if legend else 0.1) + (0.42 if notes else 0.0)
    foot = under + (0.3 if factors else 0.0) + (0.36 if returns else 0.0)
    foot += 0.22 if gradient_names else 0.0
    ax = board(width, foot + 0.56 + (0.4 if forward else 0.1), ax)
    row, back = foot + 0.26, foot - (0.42 if gradient_names else 0.2)
    xs = [width / 2 + pitch * (i - (n - 1) / 2) for i in range(n)]
    for i, x in enumerate(xs):
        box(ax, x, row, (2 * half, 0.48), INK)
        write(ax, x, row, names[i], INK, 14)
        if forward and forward[i] is not None:
            write(ax, x, row + 0.38, _text(forward[i], decimals), FORWARD)
        if backward and backward[i] is not None:
            write(ax, x, back, _text(backward[i], decimals), BACKWARD)
        if gradient_names:
            write(ax, x, back + 0.23, gradient_names[i], BACKWARD, 12)
    for i, (x0, x1) in enumerate(pairwise(xs)):
        arrow(ax, (x0 + half, row), (x1 - half, row), FORWARD)
        if returns and not (backward and backward[i] is None):
            arrow(ax, (x1 - half - 0.07, back), (x0 + half + 0.07, back), BACKWARD)
            if factors:
                write(ax, (x0 + x1) / 2, back - 0.26, factors[i], INK, 12)
        if links:
            for line, text in enumerate(links[i].split("\n")):
                write(ax, (x0 + x1) / 2 - 0.03, row + 0.13 - 0.27 * line, text, FORWARD, 11 - line)
        if notes:
            write(ax, (x0 + x1) / 2, under - 0.16, notes[i], BACKWARD, 12)
    legend_line(ax, 0.18, legend)
    return ax


def _text(value: float | str, decimals: int) -> str:
    """Write a number; a text stays as it is."""
    return value if isinstance(value, str) else format_number(value, decimals)
