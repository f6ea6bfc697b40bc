"""Curves, surfaces and matrices."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.image import AxesImage
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

from .house import (
    BACKWARD,
    COLORS,
    DASHES,
    FORWARD,
    GREY,
    INK,
    MOST_NUMBERED_CELLS,
    PALE,
    WIDTH,
    arrow,
    decimals_of,
    format_number,
    ink_on,
    listed,
    new_axes,
    whole_numbers,
    write,
)

_MARKERS = "os^Dv<>"
_BANDS = ListedColormap(1 - 0.45 * (1 - plt.get_cmap("RdBu_r", 21)(np.arange(21))[:, :3]))


def error_surface(
    function: Callable[[float, float], float],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    *,
    path: ArrayLike | None = None,
    path_labels: Sequence[str] | None = None,
    labels: tuple[str, str] = ("$w_1$", "$w_2$"),
    levels: int | Sequence[float] = 12,
    line: tuple[ArrayLike, ArrayLike] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the labelled contour lines of an error over two weights, and the path walked on it.

    Parameters
    ----------
    function : callable
        Called as function(x, y) with two floats, at each point of an 81 by 81 grid.
    x_range, y_range : (float, float)
        (lowest, highest) of each axis.
    path : array
        (n, 2) points, joined in order.
    path_labels : list of str
        N texts put beside the points where there is room; "" leaves one out.
    labels : (str, str)
        The names of the two axes.
    levels : int or list of float
        About how many contour lines, or the values to draw them at.
    line : (array, array)
        (xs, ys) of a curve drawn dashed, such as the valley of all solutions.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        For an empty range, a flat surface, or a path of another shape.

    Examples
    --------
    >>> ax = error_surface(lambda x, y: x**2 + y**2, (-1, 1), (-1, 1), path=[(1, 1), (0.5, 0.5)])
    >>> ax.lines[-1].get_xdata().tolist()
    [1.0, 0.5]
    """
    for name, (low, high) in {"x_range": x_range, "y_range": y_range}.items():
        if not low < high:
            raise ValueError(f"plot.error_surface: {name} should rise, got ({low}, {high})")
    points = None if path is None else np.asarray(path, dtype=float)
    if points is not None and (points.ndim != 2 or points.shape[1] != 2):
        raise ValueError(
            "plot.error_surface: path should have shape (n, 2), one point a row, "
            f"got {points.shape}"
        )
    if path_labels is not None and points is None:
        raise ValueError("plot.error_surface: path_labels need a path; give path=")
    count = 0 if points is None else len(points)
    texts = listed("error_surface: path_labels", path_labels, count, "one text a point") or []

    xs, ys = np.linspace(*x_range, 81), np.linspace(*y_range, 81)
    heights = np.array([[function(x, y) for x in xs.tolist()] for y in ys.tolist()], dtype=float)
    if heights.ndim != 2:
        raise ValueError(
            "plot.error_surface: function(x, y) should return one number, "
            f"got shape {heights.shape[2:]}; return a float"
        )
    if np.unique(heights[np.isfinite(heights)]).size < 2:
        raise ValueError(
            "plot.error_surface: the function has no two different finite values on this range; "
            "there is no contour to draw"
        )
    ax = new_axes(ax, (6.4, 4.8))
    contours = ax.contour(
        xs, ys, np.ma.masked_invalid(heights), levels, colors=GREY, linewidths=0.9, zorder=1
    )
    ax.set(xlim=x_range, ylim=y_range, xlabel=labels[0], ylabel=labels[1])
    # A number in a white box, not in a gap of its line: one without room can then be left out.
    ax.clabel(contours, inline=False, fontsize=9, colors="#5A5A5A", fmt="%.4g")
    if line is not None:
        ax.plot(*line, "--", color=COLORS[2], lw=1.8, zorder=2)
    if points is not None:
        ax.plot(*points.T, "o-", color=BACKWARD, lw=1.6, ms=5.5, zorder=3)
    # the layout must stand before lengths are measured
    ax.figure.canvas.figure.draw_without_rendering()
    boxes: list[Bbox] = []
    trail = _trail(ax)
    for mark in contours.labelTexts:
        box = mark.get_window_extent()
        fits = _inside(ax, box) and not box.count_overlaps(boxes) and not box.count_contains(trail)
        mark.set(visible=fits, zorder=1.5, bbox={"fc": "white", "ec": "none", "pad": 1.0})
        if fits:
            boxes.append(box)
    if points is not None:
        for start, end in pairwise(points):
            if np.hypot(*np.diff(ax.transData.transform([start, end]), axis=0)[0]) > 20:
                arrow(ax, start, end, BACKWARD, shrink=3)
        _write_beside(ax, points, texts, boxes, trail)
    return ax


def mark(ax: Axes, points: Mapping[str, tuple[float, float]]) -> Axes:
    """Mark points of a drawing, each with a text beside it where it covers no line.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The Axes to draw on, with its curves.
    points : dict
        Text -> (x, y).

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    TypeError
        If `points` is not a dict.

    Examples
    --------
    >>> z = np.linspace(-3, 3)
    >>> ax = mark(curves(z, {"tanh": np.tanh(z)}, labels=("$z$", "$a$")), {"the middle": (0, 0)})
    >>> [text.get_text() for text in ax.texts]
    ['the middle']
    """
    _check_dict("mark", "points", points)
    places = np.array(list(points.values()), dtype=float).reshape(-1, 2)
    for x, y in places:
        ax.plot(x, y, "o", color=BACKWARD, ms=6, zorder=3)
    # the layout must stand before lengths are measured
    ax.figure.canvas.figure.draw_without_rendering()
    _write_beside(ax, places, list(points), [], _trail(ax))
    return ax


def _trail(ax: Axes) -> np.ndarray:
    """Give the pixels that the lines of the Axes pass, close together."""
    steps = np.linspace(0, 1, 300)[:, None]
    segments = [pair for line in ax.lines for pair in pairwise(np.asarray(line.get_xydata()))]
    passed = [start + steps * (end - start) for start, end in segments]
    return ax.transData.transform(np.concatenate([np.empty((0, 2)), *passed]))


def _write_beside(
    ax: Axes,
    points: np.ndarray,
    texts: list[str],
    boxes: list[Bbox],
    trail: np.ndarray,
    gap: float = 0,
) -> None:
    """Write each text beside its point where it covers the fewest boxes and lines."""
    unit = ax.figure.dpi / 72  # pixels in a point
    directions = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1)]
    for point, text in zip(points, texts, strict=False):
        if not text:
            continue
        label = ax.annotate(text, point, (0, 0), textcoords="offset points", fontsize=9.5)
        label.set(ha="center", va="center", color=INK, zorder=4)
        label.set_bbox({"fc": "white", "ec": "none", "alpha": 0.75, "pad": 0.5})
        half = np.array(label.get_window_extent().size) / 2 + gap

        places = []
        for distance in (7, 16):
            for direction in directions:
                shift = np.array(direction) * (half + distance * unit / np.hypot(*direction))
                centre = ax.transData.transform(point) + shift
                box = Bbox([centre - half, centre + half])
                covered = 99 * box.count_overlaps(boxes) + box.count_contains(trail)
                places.append((covered + 9999 * (not _inside(ax, box)), shift / unit, box))
        _, shift, box = min(places, key=lambda place: place[0])
        label.set_position(shift)
        boxes.append(box)


def _inside(ax: Axes, box: Bbox) -> bool:
    return ax.bbox.contains(*box.min) and ax.bbox.contains(*box.max)


def curves(
    x: ArrayLike,
    ys: Mapping[str, ArrayLike],
    *,
    labels: tuple[str, str],
    log_x: bool = False,
    log_y: bool = False,
    markers: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw one or more curves over the same x; two or more get a legend.

    Parameters
    ----------
    x : array
        (n,) numbers.
    ys : dict
        Name -> (n,) numbers.
    labels : (str, str)
        The names of the x axis and the y axis.
    log_x, log_y : bool
        A logarithmic axis; its numbers must be above zero.
    markers : bool
        A mark at every point, a different one for each curve.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    TypeError
        If `ys` is not a dict.
    ValueError
        For other shapes, or numbers a logarithmic axis cannot show.

    Examples
    --------
    >>> x = np.linspace(-3, 3)
    >>> ax = curves(x, {"tanh": np.tanh(x)}, labels=("$z$", "$a$"))
    >>> ax.get_xlabel(), ax.get_legend()
    ('$z$', None)
    """
    _check_dict("curves", "ys", ys)
    return _lines("curves", {n: (x, y) for n, y in ys.items()}, labels, log_x, log_y, markers, ax)


def loss_curves(
    losses: Mapping[str, Sequence[float]], *, log: bool = False, ax: Axes | None = None
) -> Axes:
    """Draw losses over the epochs, which are counted from 1.

    Parameters
    ----------
    losses : dict
        Name -> one loss an epoch; runs of different lengths may stand together.
    log : bool
        A logarithmic loss axis.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    TypeError
        If `losses` is not a dict.
    ValueError
        For an entry that is not one number an epoch.

    Examples
    --------
    >>> ax = loss_curves({"training": [0.9, 0.5, 0.3], "validation": [0.9, 0.6, 0.5]})
    >>> ax.lines[0].get_xdata().tolist()
    [1, 2, 3]
    """
    _check_dict("loss_curves", "losses", losses)
    pairs = {name: (np.arange(1, np.size(loss) + 1), loss) for name, loss in losses.items()}
    return _lines("loss_curves", pairs, ("epoch", "loss"), False, log, False, ax)


def _lines(
    owner: str,
    pairs: Mapping[str, tuple[ArrayLike, ArrayLike]],
    labels: tuple[str, str],
    log_x: bool,
    log_y: bool,
    markers: bool,
    ax: Axes | None,
) -> Axes:
    arrays = {name: (np.asarray(x), np.asarray(y)) for name, (x, y) in pairs.items()}
    for name, (x, y) in arrays.items():
        if x.ndim != 1 or x.shape != y.shape:
            raise ValueError(
                f"plot.{owner}: {name!r} should hold one number for each x, "
                f"got shape {y.shape} for x of shape {x.shape}"
            )
        for numbers, log, axis in ((x, log_x, "x"), (y, log_y, "y")):
            if log and (numbers <= 0).any():
                raise ValueError(
                    f"plot.{owner}: a logarithmic {axis} axis needs numbers above zero, "
                    f"got {numbers.min()} in {name!r}; draw it without the logarithm"
                )
    ax = new_axes(ax, (WIDTH, 3.8))
    for i, (name, (x, y)) in enumerate(arrays.items()):
        dash, colour = DASHES[i // len(COLORS) % len(DASHES)], COLORS[i % len(COLORS)]
        # a single point would be invisible without a mark
        marker = _MARKERS[i % len(_MARKERS)] if markers or len(x) == 1 else ""
        ax.plot(x, y, dash, marker=marker, color=colour, lw=1.8, ms=5, label=name)
    ax.set(xlabel=labels[0], ylabel=labels[1])
    if log_x:
        ax.set_xscale("log")
    elif all(np.issubdtype(x.dtype, np.integer) for x, _ in arrays.values()):
        ax.xaxis.set_major_locator(whole_numbers())
    if log_y:
        ax.set_yscale("log")
    if len(arrays) > 1:  # outside, where it covers no curve
        ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1), borderaxespad=0)
    return ax


def _check_dict(owner: str, name: str, values: object) -> None:
    if not isinstance(values, Mapping):
        raise TypeError(
            f"plot.{owner}: {name} should be a dict from a name to its numbers, "
            f'got {type(values).__name__}; one curve is {{"name": numbers}}'
        )


def heat_map(
    matrix: ArrayLike,
    *,
    row_names: Sequence[str] | None = None,
    column_names: Sequence[str] | None = None,
    decimals: int = 3,
    signed: bool | None = None,
    limits: tuple[float, float] | None = None,
    labels: tuple[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a matrix as coloured cells, with its numbers while there are at most 200.

    Parameters
    ----------
    matrix : array
        (rows, columns) numbers.
    row_names, column_names : list of str
        Texts beside the rows and above the columns; else their indices.
    decimals : int
        The most decimals of a number; as few as show all numbers exactly are used.
    signed : bool
        True for green above and purple below a white zero, False for one hue from the lowest to
        the highest; None chooses True when both signs occur.
    limits : (float, float)
        The numbers at the two ends of the colours; else as `signed` says.
    labels : (str, str)
        The names of the horizontal and the vertical axis.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If `matrix` is not two-dimensional or the names do not fit it.

    Examples
    --------
    >>> ax = heat_map([[50, 2], [1, 47]], labels=("predicted", "true"))
    >>> [text.get_text() for text in ax.texts]
    ['50', '2', '1', '47']
    """
    matrix = np.asarray(matrix, dtype=float)
    if matrix.ndim != 2 or matrix.size == 0:
        raise ValueError(
            f"plot.heat_map: matrix should have shape (rows, columns), got {matrix.shape}; "
            "a vector v is v[None, :]"
        )
    rows, columns = matrix.shape
    row_names = listed("heat_map: row_names", row_names, rows, "one name a row")
    column_names = listed("heat_map: column_names", column_names, columns, "one name a column")
    if signed is None:
        signed = bool((matrix < 0).any() and (matrix > 0).any())

    numbered = matrix.size <= MOST_NUMBERED_CELLS
    decimals = max(decimals_of(value, decimals) for value in matrix.flat)
    texts = [format_number(value, decimals, pad=True) for value in matrix.flat]
    cell = max(0.5, 0.08 * max(map(len, texts)) + 0.1) if numbered else 4.6 / max(matrix.shape)
    ax = new_axes(ax, (columns * cell + (1.2 if numbered else 1.9), rows * cell + 0.9))
    if limits is None and signed:
        largest = np.nanmax(np.abs(matrix)) or 1.0
        limits = (-largest, largest)
    low, high = limits or (None, None)
    colours = plt.get_cmap("PRGn" if signed else "Blues").with_extremes(bad=PALE)
    image = ax.imshow(matrix, cmap=colours, vmin=low, vmax=high)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    ax.xaxis.set_label_position("top")
    if labels is not None:
        ax.set(xlabel=labels[0], ylabel=labels[1])
    for axis, axis_names in ((ax.xaxis, column_names), (ax.yaxis, row_names)):
        axis.set_major_locator(whole_numbers())
        if axis_names is not None:
            axis.set_ticks(range(len(axis_names)), axis_names)
    if numbered:
        for (i, j), text in zip(np.ndindex(rows, columns), texts, strict=True):
            write(ax, j, i, text, ink_on(image, matrix[i, j]))
    else:
        ax.figure.colorbar(image, ax=ax, shrink=0.9).outline.set_visible(False)
    return ax


def decision_boundary(
    predict: Callable[[np.ndarray], np.ndarray],
    X: ArrayLike,
    y: ArrayLike,
    *,
    threshold: float = 0.5,
    rings: bool = False,
    labels: tuple[str, str] = ("$x_1$", "$x_2$"),
    lines: tuple[ArrayLike, ArrayLike] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what a classifier answers over the plane, its boundary, and the samples.

    Parameters
    ----------
    predict : callable
        Takes points (m, 2) and returns one number for each: a network's `predict`.
    X : array
        (m, 2) samples.
    y : array
        (m,) or (m, 1) of 0 and 1; class 0 is drawn as circles, class 1 as triangles.
    threshold : float
        The answer from which on a point counts as class 1: 0.5 for probabilities, 0 for logits.
    rings : bool
        A ring around every sample that gets the wrong answer.
    labels : (str, str)
        The names of the two axes.
    lines : (array, array)
        Weights (2, n) and biases (n,) of the first layer: where the sum of a neuron is 0 it has a
        line of its own, dashed.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on; its first image holds the answers on a 121 by 121 grid.

    Raises
    ------
    ValueError
        If the samples are not points of a plane, the classes not 0 and 1, or `predict` returns
        something else than one number a point.

    Examples
    --------
    >>> X = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> ax = decision_boundary(lambda P: P[:, :1], X, [0, 1])
    >>> ax.images[0].get_array().shape
    (121, 121)
    """
    X, y = _two_classes("decision_boundary", X, y)
    margin = 0.12 * max(np.ptp(X, axis=0).max(), 1e-9)
    ax = new_axes(ax, (5.2, 4.4))
    ends = X.min(axis=0) - margin, X.max(axis=0) + margin
    _answers("decision_boundary", ax, predict, ends, threshold)
    if lines is not None:
        xs, ys = (np.linspace(ends[0][i], ends[1][i], 121) for i in (0, 1))
        points = np.column_stack([grid.ravel() for grid in np.meshgrid(xs, ys)])
        for z in (points @ np.asarray(lines[0]) + np.asarray(lines[1])).T:
            if z.min() < 0 < z.max():
                z = z.reshape(121, 121)
                ax.contour(xs, ys, z, [0.0], colors=INK, linewidths=0.9, linestyles="--")
    _samples(ax, X, y)
    if rings:
        missed = (np.ravel(predict(X)) >= threshold) != (y == 1)
        ax.plot(*X[missed].T, "o", color=INK, mfc="none", mew=1.5, ms=15, ls="")
    ax.set(xlabel=labels[0], ylabel=labels[1])
    return ax


def _two_classes(owner: str, X: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    X, y = np.asarray(X, dtype=float), np.ravel(y)
    if X.ndim != 2 or X.shape[1] != 2 or len(X) == 0 or len(y) != len(X):
        raise ValueError(
            f"plot.{owner}: X should have shape (m, 2) and y one class a sample, "
            f"got {X.shape} and {y.shape}"
        )
    if not np.isin(y, (0, 1)).all():
        raise ValueError(f"plot.{owner}: y should hold 0 and 1 only")
    return X, y


def _answers(
    owner: str,
    ax: Axes,
    predict: Callable[[np.ndarray], np.ndarray],
    ends: tuple[np.ndarray, np.ndarray],
    threshold: float,
    *,
    bands: bool = False,
) -> AxesImage:
    """Colour the plane by the answers, white at the threshold, and draw the boundary.

    With `bands` the colours go from 0 to 1 in 21 flat steps, which keeps images small.
    """
    low, high = ends
    xs, ys = (np.linspace(low[i], high[i], 121) for i in (0, 1))
    points = np.column_stack([grid.ravel() for grid in np.meshgrid(xs, ys)])
    answers = np.asarray(predict(points), dtype=float)
    if answers.size != len(points):
        raise ValueError(
            f"plot.{owner}: predict should return one number for each of {len(points)} "
            f"points, got shape {answers.shape}"
        )
    answers = answers.reshape(121, 121)
    reach = 0.5 if bands else max(np.abs(answers - threshold).max(), 1e-9)
    image = ax.imshow(
        answers,
        origin="lower",
        extent=(low[0], high[0], low[1], high[1]),
        cmap=_BANDS if bands else "RdBu_r",
        vmin=threshold - reach,
        vmax=threshold + reach,
        alpha=None if bands else 0.45,
        aspect="auto",
        interpolation="bilinear",
        interpolation_stage="data" if bands else "auto",
    )
    if answers.min() < threshold < answers.max():
        ax.contour(xs, ys, answers, [threshold], colors=INK, linewidths=1.4)
    return image


def _samples(ax: Axes, X: np.ndarray, y: np.ndarray, circle: float = 6.5) -> None:
    """Draw class 0 as circles and class 1 as triangles."""
    for kind, marker, colour, size in ((0, "o", FORWARD, circle), (1, "^", BACKWARD, 6.5)):
        ax.plot(*X[y == kind].T, marker, color=colour, mec="white", mew=0.6, ms=size)


def layer_norms(
    norms: Mapping[str, Sequence[float]],
    *,
    labels: tuple[str, str] = ("layer", "size"),
    ax: Axes | None = None,
) -> Axes:
    """Draw one number for each layer, on a logarithmic axis: the size of signals or gradients.

    Parameters
    ----------
    norms : dict
        Name -> one number a layer, the first layer first; networks of different depth may stand
        together. Zeros, which a logarithm cannot show, are left out.
    labels : (str, str)
        The names of the two axes.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    TypeError
        If `norms` is not a dict.
    ValueError
        For a negative number.

    Examples
    --------
    >>> ax = layer_norms({"sigmoid": [1e-3, 1e-2, 1e-1], "ReLU": [0.9, 1.1, 1.0]})
    >>> ax.get_yscale(), ax.lines[0].get_xdata().tolist()
    ('log', [1, 2, 3])
    """
    _check_dict("layer_norms", "norms", norms)
    pairs = {}
    for name, values in norms.items():
        sizes = np.asarray(values, dtype=float)
        if (sizes < 0).any():
            raise ValueError(
                f"plot.layer_norms: sizes should not be negative, got {sizes.min()} in {name!r}"
            )
        layers = np.arange(1, len(sizes) + 1)
        pairs[name] = (layers[sizes > 0], sizes[sizes > 0])
    return _lines("layer_norms", pairs, labels, False, True, True, ax)
