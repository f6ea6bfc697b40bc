"""Curves, surfaces and matrices."""

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

from .house import (
    BACKWARD,
    COLORS,
    DASHES,
    GREY,
    INK,
    MARKERS,
    MOST_NUMBERED_CELLS,
    PALE,
    WIDTH,
    check_dict,
    decimals_of,
    format_number,
    ink_on,
    legend_outside,
    listed,
    new_axes,
    whole_numbers,
    write,
)
from .plane import (
    FINE,
    answers,
    arrows_along,
    grid,
    inside,
    samples,
    trail,
    two_classes,
    walked,
    write_beside,
)


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
    points = None if path is None else walked("error_surface", path)
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
    passed = trail(ax)
    for mark in contours.labelTexts:
        box = mark.get_window_extent()
        fits = inside(ax, box) and not box.count_overlaps(boxes) and not box.count_contains(passed)
        mark.set(visible=fits, zorder=1.5, bbox={"fc": "white", "ec": "none", "pad": 1.0})
        if fits:
            boxes.append(box)
    if points is not None:
        arrows_along(ax, points)
        write_beside(ax, points, texts, boxes, passed)
    return ax


def mark(
    ax: Axes,
    points: Mapping[str, tuple[float, float]],
    *,
    colors: Sequence[str] | None = None,
    shape: str = "o",
) -> Axes:
    """Mark points of a drawing, each with a text beside it where it covers no line.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The Axes to draw on, with its curves.
    points : dict
        Text -> (x, y).
    colors : list of str
        The colour of each point, those that are left over being ignored; orange when None.
    shape : str
        What a mark looks like, as Matplotlib names it: "o" is a dot, "X" a cross.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    TypeError
        If `points` is not a dict.
    ValueError
        If there are fewer colours than points.

    Examples
    --------
    >>> z = np.linspace(-3, 3)
    >>> ax = mark(curves(z, {"tanh": np.tanh(z)}, labels=("$z$", "$a$")), {"the middle": (0, 0)})
    >>> [text.get_text() for text in ax.texts]
    ['the middle']
    """
    check_dict("mark", "points", points)
    places = np.array(list(points.values()), dtype=float).reshape(-1, 2)
    if colors is not None and len(colors) < len(places):
        raise ValueError(
            f"plot.mark: colors should hold one for each of {len(places)} points, got {len(colors)}"
        )
    for i, (x, y) in enumerate(places):
        colour = BACKWARD if colors is None else colors[i]
        ax.plot(x, y, shape, color=colour, ms=6 if shape == "o" else 9, zorder=3)
    # the layout must stand before lengths are measured
    ax.figure.canvas.figure.draw_without_rendering()
    write_beside(ax, places, list(points), [], trail(ax))
    return ax


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
    check_dict("curves", "ys", ys)
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
    check_dict("loss_curves", "losses", losses)
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
        marker = MARKERS[i % len(MARKERS)] if markers or len(x) == 1 else ""
        ax.plot(x, y, dash, marker=marker, color=colour, lw=1.8, ms=5, label=name)
    ax.set(xlabel=labels[0], ylabel=labels[1])
    if log_x:
        ax.set_xscale("log")
    elif all(np.issubdtype(x.dtype, np.integer) for x, _ in arrays.values()):
        ax.xaxis.set_major_locator(whole_numbers())
    if log_y:
        ax.set_yscale("log")
    if len(arrays) > 1:
        legend_outside(ax)
    return ax


def rates(
    x: ArrayLike,
    results: Mapping[str, Sequence],
    *,
    labels: tuple[str, str],
    ax: Axes | None = None,
) -> Axes:
    """Draw shares of successes over x, each with its 95 % interval as an upright line.

    Parameters
    ----------
    x : array
        (n,) numbers, marked on the axis.
    results : dict
        Name -> n results of `nn.experiments`, of which `k`, `n` and `interval` are drawn.
    labels : (str, str)
        The names of the x axis and the y axis.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    TypeError
        If `results` is not a dict.
    ValueError
        If a name has more or fewer results than there are x.

    Examples
    --------
    >>> from nnbook.experiments import Seeds
    >>> half = Seeds((0, 1), (True, False))
    >>> ax = rates([2, 3], {"tanh": [half, half]}, labels=("neurons", "share"))
    >>> ax.get_xticks().tolist(), ax.lines[0].get_ydata().tolist()
    ([2.0, 3.0], [0.5, 0.5])
    """
    check_dict("rates", "results", results)
    x = np.asarray(x, dtype=float)
    ax = new_axes(ax, (WIDTH, 3.6))
    apart = 0.012 * np.ptp(x)  # so that intervals at one x can be told apart
    for i, (name, found) in enumerate(results.items()):
        found = listed(f"rates: {name}", found, len(x), "one result for each x") or []
        shares = np.array([result.k / result.n for result in found])
        ends = np.abs(np.array([result.interval for result in found]).T - shares)
        places = x + apart * (i - (len(results) - 1) / 2)
        marker, colour = MARKERS[i % len(MARKERS)], COLORS[i % len(COLORS)]
        ax.errorbar(
            places, shares, ends, marker=marker, color=colour, lw=1.1, ms=5.5, label=name, ls="-"
        )
    ax.set(xticks=x, ylim=(0, 1.03), xlabel=labels[0], ylabel=labels[1])
    legend_outside(ax)
    return ax


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
    margin: float | None = None,
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
    margin : float
        How much of the plane to show around the samples; 0.12 of their spread when None.
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
    X, y = two_classes("decision_boundary", X, y)
    if margin is None:
        margin = 0.12 * max(np.ptp(X, axis=0).max(), 1e-9)
    ax = new_axes(ax, (5.2, 4.4))
    ends = X.min(axis=0) - margin, X.max(axis=0) + margin
    answers("decision_boundary", ax, predict, ends, threshold)
    if lines is not None:
        xs, ys, points = grid(*ends, FINE)
        for z in (points @ np.asarray(lines[0]) + np.asarray(lines[1])).T:
            if z.min() < 0 < z.max():
                z = z.reshape(FINE, FINE)
                ax.contour(xs, ys, z, [0.0], colors=INK, linewidths=0.9, linestyles="--")
    samples(ax, X, y)
    if rings:
        missed = (np.ravel(predict(X)) >= threshold) != (y == 1)
        ax.plot(*X[missed].T, "o", color=INK, mfc="none", mew=1.5, ms=15, ls="")
    ax.set(xlabel=labels[0], ylabel=labels[1])
    return ax


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
    check_dict("layer_norms", "norms", norms)
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
