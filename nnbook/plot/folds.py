"""A plane and what a layer makes of it, and names beside points."""

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

from .house import check_dict, listed
from .plane import answers, samples, trail, two_classes, write_beside

ONE_SPOT = 7  # pixels: points that are closer share a name


def fold(
    networks: Mapping[str, tuple[Callable, Callable]],
    X: ArrayLike,
    y: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    limits: tuple[float, float] | None = None,
) -> Axes:
    """Draw the plane of two inputs, and what two hidden neurons make of it.

    One network is drawn from left to right, several stand side by side, each with its inputs above
    and its hidden plane below. A grid of grey lines shows where the sheet of the inputs goes, and
    the colours are the answers from 0 to 1.

    Parameters
    ----------
    networks : dict
        Name -> (hidden, output). `hidden` takes points (m, 2) of the inputs and returns those of
        the hidden plane, also (m, 2); `output` takes these and returns a number from 0 to 1 for
        each.
    X : array
        (m, 2) samples.
    y : array
        (m,) or (m, 1) of 0 and 1; class 0 is drawn as circles, class 1 as triangles.
    names : list of str
        A name for each sample; samples that come to lie on one spot share a line.
    limits : (float, float)
        The ends of both axes of every hidden plane; else each shows the whole sheet.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes of the last hidden plane.

    Raises
    ------
    TypeError
        If `networks` is not a dict.
    ValueError
        If the samples are not points of a plane, the classes not 0 and 1, or a function returns
        another number of points.

    Examples
    --------
    >>> X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> ax = fold({"": (np.abs, lambda h: h[:, :1])}, X, [0, 1, 1, 0], names=["a", "b", "c", "d"])
    >>> [text.get_text() for text in ax.texts], ax.get_xlabel()
    (['a', 'b', 'c', 'd'], '$h_1$')
    """
    check_dict("fold", "networks", networks)
    X, y = two_classes("fold", X, y)
    names = listed("fold: names", names, len(X), "one name a sample")
    several = len(networks) > 1
    shape = (2, len(networks)) if several else (1, 2)
    size = (2.1 * len(networks) + 1.2, 4.8) if several else (8.0, 3.6)
    figure, axes = plt.subplots(*shape, figsize=size, layout="constrained")
    margin = 0.12 * max(np.ptp(X, axis=0).max(), 1e-9)
    low, high = X.min(axis=0) - margin, X.max(axis=0) + margin
    for i, (name, (hidden, output)) in enumerate(networks.items()):
        inputs, inside = axes[:, i] if several else axes
        whole = _one_after_the_other(hidden, output)
        image = answers("fold", inputs, whole, (low, high), 0.5, bands=True)
        samples(inputs, X, y)
        inputs.set(title=name, xlabel="$x_1$", ylabel="" if i else "$x_2$")
        sheet = _sheet(hidden, low, high)
        seen = np.asarray(hidden(X), dtype=float)
        if limits is None:
            middle = (sheet.min(axis=(0, 1)) + sheet.max(axis=(0, 1))) / 2
            half = max(0.75 * np.ptp(sheet, axis=(0, 1)).max(), 0.5)
            ends = middle - half, middle + half
        else:
            ends = np.full(2, limits[0]), np.full(2, limits[1])
        answers("fold", inside, output, ends, 0.5, bands=True)
        for line in sheet:
            inside.plot(*line.T, "-", color="0.45", lw=0.7)
        samples(inside, seen, y, 10)  # a circle under a triangle shows
        inside.set(xlabel="$h_1$", ylabel="" if i else "$h_2$")
        inside.set(xlim=(ends[0][0], ends[1][0]), ylim=(ends[0][1], ends[1][1]))
        for ax in (inputs, inside):
            ax.set_box_aspect(1)
            ax.locator_params(nbins=3)
    bar = figure.colorbar(image, ax=axes, ticks=[0, 0.5, 1], shrink=0.6, label="answer")
    bar.outline.set_visible(False)
    for i, (hidden, _) in enumerate(networks.values()):
        if names is not None:
            inputs, inside = axes[:, i] if several else axes
            name_points(inputs, X, names)
            name_points(inside, hidden(X), names)
    return inside


def _one_after_the_other(hidden: Callable, output: Callable) -> Callable:
    return lambda points: output(hidden(points))


def _sheet(hidden: Callable, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Give where a grid of 7 by 7 lines goes, one row of 61 points a line."""
    lines = []
    for level in np.linspace(0, 1, 7):
        along = np.linspace(0, 1, 61)
        across = np.full(61, level)
        lines += [np.column_stack(pair) for pair in ((along, across), (across, along))]
    return np.array([hidden(low + (high - low) * line) for line in lines], dtype=float)


def name_points(ax: Axes, points: ArrayLike, names: Sequence[str]) -> Axes:
    """Write names beside points that are drawn already, where they cover the least.

    Points on one spot, as far as the eye can tell, share a line of names. Call it last: what is
    drawn later, or another size of the figure, is not foreseen.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The Axes on which the points stand.
    points : array
        (n, 2) places.
    names : list of str
        One name a point.

    Returns
    -------
    matplotlib.axes.Axes
        The same Axes.

    Raises
    ------
    ValueError
        If `points` is not (n, 2), or the names are not as many.

    Examples
    --------
    >>> ax = plt.subplots()[1]
    >>> marks = ax.plot([0, 1, 1], [0, 1, 1], "o")
    >>> ax = name_points(ax, [[0, 0], [1, 1], [1, 1]], ["a", "b", "c"])
    >>> [text.get_text() for text in ax.texts]
    ['a', 'b c']
    """
    points = np.asarray(points, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"plot.name_points: points should have shape (n, 2), got {points.shape}")
    listed("name_points: names", names, len(points), "one name a point")
    ax.figure.canvas.figure.draw_without_rendering()  # the layout must stand
    places = ax.transData.transform(points)
    firsts: list[int] = []
    shared: list[str] = []
    for i, place in enumerate(places):
        near = [n for n, j in enumerate(firsts) if np.hypot(*(place - places[j])) < ONE_SPOT]
        if near:
            shared[near[0]] += f" {names[i]}"
        else:
            firsts.append(i)
            shared.append(names[i])
    marks = [Bbox([place - 6, place + 6]) for place in places[firsts]]
    borders = [path.vertices for group in ax.collections for path in group.get_paths()]
    outlines = ax.transData.transform(np.concatenate([np.empty((0, 2)), *borders]))
    write_beside(ax, points[firsts], shared, marks, np.concatenate([trail(ax), outlines]), 2)
    return ax
