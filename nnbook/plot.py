"""What a teacher would draw on the board, in one house style.

The only module of the package that imports matplotlib. Every function draws on `ax` (or on a
new figure of the house size), returns the Axes, alters none of its inputs and never calls
`plt.show()`. The numbers flowing forward are blue, the derivatives flowing backward vermillion.
"""

import math
import operator
import textwrap
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

FORWARD = "#0072B2"
BACKWARD = "#D55E00"
# Okabe and Ito's colour-blind safe palette; its yellow is left out, being illegible on white.
COLORS = (FORWARD, BACKWARD, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = "os^Dv<>"
_DASHES = ("-", "--", ":")

# Signed numbers have the two ends of the colour-blind safe map PRGn, on edges and in heat maps.
_POSITIVE, _NEGATIVE = "#1B7837", "#9A3FA8"
_INK, _GREY, _PALE = "#222222", "#8A8A8A", "#F1F1F1"
_WIDTH = 7.2
_MOST_NUMBERED_EDGES, _MOST_NUMBERED_CELLS, _MOST_NEURONS = 12, 200, 16

_STYLE = {
    "figure.figsize": (_WIDTH, 4.0),
    "figure.dpi": 100,
    "figure.facecolor": "white",  # opaque, or the dark theme of JupyterLab would show through
    "savefig.facecolor": "white",
    "savefig.transparent": False,
    "figure.constrained_layout.use": True,
    "font.size": 10,
    "mathtext.fontset": "cm",
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.labelsize": 12,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": plt.cycler(linestyle=_DASHES) * plt.cycler(color=COLORS),
    "xtick.color": _INK,
    "ytick.color": _INK,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "image.cmap": "Blues",
}


def style() -> None:
    """Apply the house style; the first cell of every notebook calls it.

    >>> style()
    >>> plt.rcParams["figure.facecolor"]
    'white'
    """
    plt.rcParams.update(_STYLE)


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
    ax: Axes | None = None,
) -> Axes:
    """Draw a layered network from left to right, with the numbers that flow through it.

    Parameters
    ----------
    sizes : list of int
        Neurons in each layer, the input layer first, at most 16 each.
    weights : list of array
        One (n_in, n_out) array between each two layers. The colour of an edge tells the sign, its
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
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

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
            f"got {sizes}; draw a smaller network and tell the true sizes in layer_names"
        )
    pairs = list(pairwise(sizes))
    weights = _layers("weights", weights, pairs, sizes)
    biases = _layers("biases", biases, sizes[1:], sizes)
    forward = _layers("forward", forward, sizes, sizes)
    backward = _layers("backward", backward, sizes, sizes)
    names = _listed("network: names", names, len(sizes), "one list a layer")
    for layer, layer_list in enumerate(names or []):
        _listed(f"network: names[{layer}]", layer_list, sizes[layer], "one name a neuron")
    layer_names = _listed("network: layer_names", layer_names, len(sizes), "one text a layer")

    # All lengths are inches of the board. Between two layers the smaller number of neurons, k,
    # decides how close the edges run where their numbers stand: a (k + 1)th of the pitch.
    numbered = [n_in * n_out <= _MOST_NUMBERED_EDGES for n_in, n_out in pairs]
    k = max((min(pair) for pair, fits in zip(pairs, numbered, strict=True) if fits), default=0)
    vectors = [vector for vector in forward or [] if vector is not None]
    longest = max((len(_number(v, decimals)) for vector in vectors for v in vector.flat), default=0)
    radius = max(0.3 if names else 0.22, 0.045 * longest + 0.1)
    above, below = (0.36 if biases else 0.0), (0.2 if backward else 0.0)
    pitch = max(2 * radius + above + below + 0.16, 0.32 * (k + 1) if weights else 0.0)
    gap = min((_WIDTH - 2 * radius - 0.4) / (len(sizes) - 1), 2.6)
    legend = [("forward →", FORWARD), ("← backward", BACKWARD)] if forward and backward else []
    if weights and not all(numbered):
        legend += [("positive weight", _POSITIVE), ("negative weight", _NEGATIVE)]
    foot = 0.1 + below + (0.32 if layer_names else 0.0) + (0.32 if legend else 0.0)
    height = foot + max(sizes) * pitch - (pitch - 2 * radius) + above + 0.1

    ax = _board(ax, _WIDTH, height)
    middle = foot + radius + (max(sizes) - 1) * pitch / 2
    left = (_WIDTH - gap * (len(sizes) - 1)) / 2
    places = [
        [(left + gap * layer, middle + pitch * ((n - 1) / 2 - i)) for i in range(n)]
        for layer, n in enumerate(sizes)
    ]
    for layer, (sources, targets) in enumerate(pairwise(places)):
        table = weights[layer] if weights else None
        _edges(ax, sources, targets, radius, table, decimals if numbered[layer] else None)
    for layer, column in enumerate(places):
        for i, (x, y) in enumerate(column):
            ax.add_patch(Circle((x, y), radius, fc="white" if layer else _PALE, ec=_INK, lw=1.2))
            value = _pick(forward, layer, i, decimals)
            shift = 0.4 * radius if names and value else 0.0
            bias = _pick(biases, layer - 1, i, decimals) if layer else ""
            for dy, text, colour, size in (
                (shift, names[layer][i] if names else "", _INK, 13),
                (-shift, value, FORWARD, 9.5),
                (-radius - 0.11, _pick(backward, layer, i, decimals), BACKWARD, 9.5),
                (radius + 0.28, bias, _INK, 9.5),
            ):
                if text:
                    _write(ax, x, y + dy, text, colour, size)
            if bias:
                _arrow(ax, (x, y + radius + 0.2), (x, y + radius), _GREY)
        if layer_names:
            _write(ax, column[0][0], foot - below - 0.22, layer_names[layer], _INK, 10.5)
    _legend_line(ax, 0.2, legend)
    return ax


def _edges(
    ax: Axes,
    sources: list[tuple[float, float]],
    targets: list[tuple[float, float]],
    radius: float,
    table: np.ndarray | None,
    decimals: int | None,
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
                ax.plot(xs, ys, "-", color=_GREY, lw=1.0, zorder=1)
                continue
            weight = table[i, j]
            colour = _NEGATIVE if weight < 0 else _POSITIVE
            ax.plot(xs, ys, "-", color=colour, lw=0.5 + 2 * abs(weight) / largest, zorder=1)
            if decimals is not None:
                x, y = xs[0] + t * (xs[1] - xs[0]), y0 + t * (y1 - y0)
                label = _write(ax, x, y, _number(weight, decimals), colour)
                label.set_bbox({"fc": "white", "ec": "none", "pad": 1.0})


def chain(
    names: Sequence[str],
    *,
    forward: Sequence[float | None] | None = None,
    backward: Sequence[float | None] | None = None,
    factors: Sequence[str] | None = None,
    decimals: int = 4,
    ax: Axes | None = None,
) -> Axes:
    """Draw a chain of dependences: values forward above, derivatives of the last box below.

    Parameters
    ----------
    names : list of str
        The (mathtext) name in each box, from the first cause to the last effect.
    forward : list of float
        The value of each box (None leaves one out).
    backward : list of float
        The derivative of the last box by each box; None leaves it and its arrow out.
    factors : list of str
        Len(names) - 1 texts under the backward arrows, the local derivatives.
    decimals : int
        The most decimals of a number.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None, 9 inches wide for eight boxes.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

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
    forward = _listed("chain: forward", forward, n, "one number a box")
    backward = _listed("chain: backward", backward, n, "one number a box")
    factors = _listed("chain: factors", factors, n - 1, "one text between each two boxes")

    half = 0.3
    pitch = min(max(1.11, (_WIDTH - 0.4) / n), 1.5)
    width = max(_WIDTH, n * pitch + 0.12)
    legend = [("forward →", FORWARD), ("← backward", BACKWARD)] if forward and backward else []
    returns = backward is not None or factors is not None
    foot = (0.34 if legend else 0.1) + (0.3 if factors else 0.0) + (0.36 if returns else 0.0)
    ax = _board(ax, width, foot + 0.56 + (0.4 if forward else 0.1))
    row, back = foot + 0.26, foot - 0.2
    xs = [width / 2 + pitch * (i - (n - 1) / 2) for i in range(n)]
    for i, x in enumerate(xs):
        corner = (x - half, row - 0.24)
        box = FancyBboxPatch(corner, 2 * half, 0.48, boxstyle="round,pad=0,rounding_size=0.08")
        ax.add_patch(box).set(facecolor="white", edgecolor=_INK, linewidth=1.2)
        _write(ax, x, row, names[i], _INK, 14)
        if forward and forward[i] is not None:
            _write(ax, x, row + 0.38, _number(forward[i], decimals), FORWARD)
        if backward and backward[i] is not None:
            _write(ax, x, back, _number(backward[i], decimals), BACKWARD)
    for i, (x0, x1) in enumerate(pairwise(xs)):
        _arrow(ax, (x0 + half, row), (x1 - half, row), FORWARD)
        if returns and not (backward and backward[i] is None):
            _arrow(ax, (x1 - half - 0.07, back), (x0 + half + 0.07, back), BACKWARD)
            if factors:
                _write(ax, (x0 + x1) / 2, back - 0.26, factors[i], _INK, 12)
    _legend_line(ax, 0.18, legend)
    return ax


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
    texts = _listed("error_surface: path_labels", path_labels, count, "one text a point") or []

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
    ax = _axes(ax, (6.4, 4.8))
    contours = ax.contour(
        xs, ys, np.ma.masked_invalid(heights), levels, colors=_GREY, linewidths=0.9, zorder=1
    )
    ax.set(xlim=x_range, ylim=y_range, xlabel=labels[0], ylabel=labels[1])
    # A number in a white box, not in a gap of its line: one without room can then be left out.
    ax.clabel(contours, inline=False, fontsize=9, colors="#5A5A5A", fmt="%.4g")
    if line is not None:
        ax.plot(*line, "--", color=COLORS[2], lw=1.8, zorder=2)
    if points is not None:
        ax.plot(*points.T, "o-", color=BACKWARD, lw=1.6, ms=5.5, zorder=3)
    ax.figure.draw_without_rendering()  # the layout must stand before lengths are measured
    boxes: list[Bbox] = []
    trail = _trail(ax)
    for number in contours.labelTexts:
        box = number.get_window_extent()
        fits = _inside(ax, box) and not box.count_overlaps(boxes) and not box.count_contains(trail)
        number.set(visible=fits, zorder=1.5, bbox={"fc": "white", "ec": "none", "pad": 1.0})
        if fits:
            boxes.append(box)
    if points is not None:
        for start, end in pairwise(points):
            if np.hypot(*np.diff(ax.transData.transform([start, end]), axis=0)[0]) > 20:
                _arrow(ax, start, end, BACKWARD, shrink=3)
        _write_beside(ax, points, texts, boxes, trail)
    return ax


def _trail(ax: Axes) -> np.ndarray:
    """Give the pixels that the lines of the Axes pass, close together."""
    steps = np.linspace(0, 1, 300)[:, None]
    segments = [pair for line in ax.lines for pair in pairwise(line.get_xydata())]
    passed = [start + steps * (end - start) for start, end in segments]
    return ax.transData.transform(np.concatenate([np.empty((0, 2)), *passed]))


def _write_beside(
    ax: Axes, points: np.ndarray, texts: list[str], boxes: list[Bbox], trail: np.ndarray
) -> None:
    """Write each text beside its point where it covers the fewest boxes and lines."""
    unit = ax.figure.dpi / 72  # pixels in a point
    directions = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1)]
    for point, text in zip(points, texts, strict=False):
        if not text:
            continue
        label = ax.annotate(text, point, (0, 0), textcoords="offset points", fontsize=9.5)
        label.set(ha="center", va="center", color=_INK, zorder=4)
        label.set_bbox({"fc": "white", "ec": "none", "alpha": 0.75, "pad": 0.5})
        half = np.array(label.get_window_extent().size) / 2

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
    ax = _axes(ax, (_WIDTH, 3.8))
    for i, (name, (x, y)) in enumerate(arrays.items()):
        dash, colour = _DASHES[i // len(COLORS) % len(_DASHES)], COLORS[i % len(COLORS)]
        # a single point would be invisible without a mark
        marker = _MARKERS[i % len(_MARKERS)] if markers or len(x) == 1 else ""
        ax.plot(x, y, dash, marker=marker, color=colour, lw=1.8, ms=5, label=name)
    ax.set(xlabel=labels[0], ylabel=labels[1])
    if log_x:
        ax.set_xscale("log")
    elif all(np.issubdtype(x.dtype, np.integer) for x, _ in arrays.values()):
        ax.xaxis.set_major_locator(_whole_numbers())
    if log_y:
        ax.set_yscale("log")
    if len(arrays) > 1:  # outside, where it covers no curve
        ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1), borderaxespad=0)
    return ax


def heat_map(
    matrix: ArrayLike,
    *,
    row_names: Sequence[str] | None = None,
    column_names: Sequence[str] | None = None,
    decimals: int = 3,
    signed: bool | None = None,
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
    row_names = _listed("heat_map: row_names", row_names, rows, "one name a row")
    column_names = _listed("heat_map: column_names", column_names, columns, "one name a column")
    if signed is None:
        signed = bool((matrix < 0).any() and (matrix > 0).any())

    numbered = matrix.size <= _MOST_NUMBERED_CELLS
    decimals = max(_decimals(value, decimals) for value in matrix.flat)
    texts = [_number(value, decimals, pad=True) for value in matrix.flat]
    cell = max(0.5, 0.08 * max(map(len, texts)) + 0.1) if numbered else 4.6 / max(matrix.shape)
    ax = _axes(ax, (columns * cell + (1.2 if numbered else 1.9), rows * cell + 0.9))
    largest = np.nanmax(np.abs(matrix)) or 1.0 if signed else None
    limits = {"vmin": -largest, "vmax": largest} if signed else {}
    colours = plt.get_cmap("PRGn" if signed else "Blues").with_extremes(bad=_PALE)
    image = ax.imshow(matrix, cmap=colours, **limits)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    ax.xaxis.set_label_position("top")
    if labels is not None:
        ax.set(xlabel=labels[0], ylabel=labels[1])
    for axis, axis_names in ((ax.xaxis, column_names), (ax.yaxis, row_names)):
        axis.set_major_locator(_whole_numbers())
        if axis_names is not None:
            axis.set_ticks(range(len(axis_names)), axis_names)
    if numbered:
        for (i, j), text in zip(np.ndindex(rows, columns), texts, strict=True):
            luminance = np.dot(image.to_rgba(matrix[i : i + 1, j])[0, :3], (0.299, 0.587, 0.114))
            _write(ax, j, i, text, _INK if luminance > 0.55 else "white")
    else:
        ax.figure.colorbar(image, ax=ax, shrink=0.9).outline.set_visible(False)
    return ax


def course_map(
    chapters: Sequence[tuple[str, str, Sequence[str], bool]], *, ax: Axes | None = None
) -> Axes:
    """Draw the chapters of a course as a reading path, from top to bottom.

    Parameters
    ----------
    chapters : list of tuple
        (key, title, keys of the chapters it needs, ready) in reading order; a chapter not yet
        ready is drawn in grey.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If a key comes twice, or a chapter needs one that does not come before it.

    Examples
    --------
    >>> ax = course_map([("00", "Start here", [], True), ("01", "The delta rule", ["00"], False)])
    >>> len(ax.patches)  # two boxes and an arrow
    3
    """
    depth: dict[str, int] = {}
    for key, _, needs, _ in chapters:
        if key in depth:
            raise ValueError(f"plot.course_map: the key {key!r} comes twice; keys must differ")
        for need in needs:
            if need not in depth:
                raise ValueError(
                    f"plot.course_map: chapter {key!r} needs {need!r}, which does not come before "
                    "it; list a chapter after those it needs"
                )
        depth[key] = 1 + max((depth[need] for need in needs), default=-1)
    if not depth:
        raise ValueError("plot.course_map: chapters is empty; give at least one")

    # An arrow over several rows passes each of them at a place kept free: a slot (key, row).
    routes = {
        (need, key): [(need, row) for row in range(depth[need], depth[key])] + [(key, depth[key])]
        for key, _, needs, _ in chapters
        for need in needs
    }
    rows: list[list[tuple[str, int]]] = [[] for _ in range(1 + max(depth.values()))]
    for key in depth:
        rows[depth[key]].append((key, depth[key]))
    for slot in dict.fromkeys(slot for route in routes.values() for slot in route[1:-1]):
        rows[slot[1]].append(slot)
    half_width = {slot: 0.78 if depth[slot[0]] == slot[1] else 0.15 for row in rows for slot in row}
    xs = _place_slots(rows, list(routes.values()), half_width)

    titles = {key: textwrap.wrap(f"{key}  {title}", 19) for key, title, _, _ in chapters}
    box = 0.16 + 0.17 * max(len(lines) for lines in titles.values())
    pitch, unready = box + 0.4, not all(ready for *_, ready in chapters)
    edges = [xs[slot] + side * half_width[slot] for slot in xs for side in (-1, 1)]
    width = max(_WIDTH, max(edges) - min(edges) + 0.2)
    foot = 0.4 if unready else 0.1
    height = foot + pitch * (len(rows) - 1) + box + 0.1
    centre = (width - max(edges) - min(edges)) / 2
    xs = {slot: x + centre for slot, x in xs.items()}
    tops = [height - 0.1 - pitch * row for row in range(len(rows))]

    ax = _board(ax, width, height)
    for route in routes.values():
        _draw_route(ax, [(xs[slot], tops[slot[1]]) for slot in route], box)
    for key, _, _, ready in chapters:
        x, top = xs[key, depth[key]], tops[depth[key]]
        style = "round,pad=0,rounding_size=0.1"
        patch = FancyBboxPatch((x - 0.78, top - box), 1.56, box, boxstyle=style, zorder=3)
        patch.set(facecolor="#E3F0F8" if ready else "white", linewidth=1.2)
        patch.set(edgecolor=FORWARD if ready else "#B0B0B0")
        ax.add_patch(patch)
        _write(ax, x, top - box / 2, "\n".join(titles[key]), _INK if ready else "#767676")
    if unready:
        _legend_line(ax, 0.2, [("ready", FORWARD), ("still to come", "#767676")])
    return ax


def _place_slots(
    rows: list[list[tuple[str, int]]],
    routes: list[list[tuple[str, int]]],
    half_width: dict[tuple[str, int], float],
) -> dict[tuple[str, int], float]:
    """Find an x for each slot: under the mean of its neighbours, with none overlapping."""
    neighbours: dict = {slot: {-1: [], 1: []} for row in rows for slot in row}
    for above, below in dict.fromkeys(pair for route in routes for pair in pairwise(route)):
        neighbours[above][1].append(below)
        neighbours[below][-1].append(above)
    xs = {slot: 1.8 * i for row in rows for i, slot in enumerate(row)}
    for sweep in range(24):
        side = -1 if sweep % 2 == 0 else 1  # look up and go down, then look down and go up
        for row in rows if side == -1 else reversed(rows):
            for slot in row:
                near = [xs[other] for other in neighbours[slot][side]]
                xs[slot] = sum(near) / len(near) if near else xs[slot]
            row.sort(key=xs.get)
            xs.update(_spread(row, xs, half_width))
    return xs


def _spread(
    row: list[tuple[str, int]],
    xs: dict[tuple[str, int], float],
    half_width: dict[tuple[str, int], float],
) -> dict[tuple[str, int], float]:
    """Move the slots of a row apart, as little as possible (pooling adjacent violators)."""
    room = [half_width[left] + half_width[right] + 0.2 for left, right in pairwise(row)]
    offsets = np.concatenate([[0.0], np.cumsum(room)])
    blocks: list[list[float]] = []  # slots that touch move together, to the mean of their wishes
    for slot, offset in zip(row, offsets, strict=True):
        blocks.append([xs[slot] - offset])
        while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    starts = [float(np.mean(block)) for block in blocks for _ in block]
    return {slot: start + o for slot, start, o in zip(row, starts, offsets.tolist(), strict=True)}


def _draw_route(ax: Axes, points: list[tuple[float, float]], box: float) -> None:
    """Draw an arrow from the foot of the first box, between the boxes, to the top of the last."""
    (x, top), *rest = points
    vertices, codes = [(x, top - box)], [Path.MOVETO]
    for x1, top1 in rest:
        middle = (vertices[-1][1] + top1) / 2
        vertices += [(vertices[-1][0], middle), (x1, middle), (x1, top1), (x1, top1 - box)]
        codes += [Path.CURVE4] * 3 + [Path.LINETO]
    path = Path(vertices[:-1], codes[:-1])
    ax.add_patch(
        FancyArrowPatch(path=path, arrowstyle="-|>", mutation_scale=10, color=_GREY, lw=1.1)
    )


def _board(ax: Axes | None, width: float, height: float) -> Axes:
    """Give an empty Axes whose data units are inches, so that sizes can be laid out exactly."""
    if ax is None:
        # A layout engine has no say over an Axes that fills the figure.
        figure = plt.figure(figsize=(width, height), layout="none")
        ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    ax.set_axis_off()
    return ax


def _axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    return plt.subplots(figsize=size, layout="constrained")[1] if ax is None else ax


def _write(ax: Axes, x: float, y: float, text: str, colour: str, size: float = 9.5) -> Text:
    return ax.text(x, y, text, color=colour, fontsize=size, ha="center", va="center", zorder=4)


def _arrow(ax: Axes, start: ArrayLike, end: ArrayLike, colour: str, *, shrink: float = 0) -> None:
    look = {"arrowstyle": "-|>", "color": colour, "lw": 1.2, "shrinkA": 0, "shrinkB": shrink}
    ax.annotate("", end, start, arrowprops=look)


def _whole_numbers() -> MaxNLocator:
    return MaxNLocator(integer=True, steps=[1, 2, 5, 10])


def _legend_line(ax: Axes, y: float, entries: list[tuple[str, str]]) -> None:
    centre = sum(ax.get_xlim()) / 2
    for i, (text, colour) in enumerate(entries):
        _write(ax, centre + 1.4 * (i - (len(entries) - 1) / 2), y, text, colour)


def _decimals(value: float, most: int) -> int:
    """Tell how few decimals show the value exactly; `most` when none do."""
    exact = (d for d in range(most) if math.isclose(value, round(value, d), abs_tol=1e-12))
    return next(exact, most) if math.isfinite(value) else 0


def _number(value: float, decimals: int, *, pad: bool = False) -> str:
    """Write a number; 0.1 as 0.1, unless padded, but 0.60003 as 0.600: it was rounded."""
    shown = decimals if pad else _decimals(value, decimals)
    rounded = round(float(value), shown) + 0.0  # adding zero turns -0.0 into 0.0
    return f"{rounded:.{shown}f}".replace("-", "−")


def _layers(
    name: str, values: Sequence | None, shapes: Sequence[int | tuple[int, int]], sizes: list[int]
) -> list[np.ndarray | None] | None:
    """Check one array a layer: an (n_in, n_out) table, or any arrangement of n numbers."""
    meaning = f"one array for each of {list(shapes)}, with sizes {sizes}"
    values = _listed(f"network: {name}", values, len(shapes), meaning)
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
    if layers is None or layers[layer] is None:
        return ""
    return _number(layers[layer].flat[i], decimals)


def _listed(name: str, values: Sequence | None, n: int, meaning: str) -> list | None:
    if values is None:
        return None
    if len(values) != n:
        raise ValueError(f"plot.{name} should have length {n} ({meaning}), got {len(values)}")
    return list(values)


def _check_dict(owner: str, name: str, values: object) -> None:
    if not isinstance(values, Mapping):
        raise TypeError(
            f"plot.{owner}: {name} should be a dict from a name to its numbers, "
            f'got {type(values).__name__}; one curve is {{"name": numbers}}'
        )
