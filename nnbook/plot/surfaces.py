"""The loss over one or two parameters, gradient descent on it, and predictions over a plane."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.image import AxesImage
from matplotlib.pyplot import get_cmap
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

from .style import (
    AROUND,
    BACKWARD,
    COLORS,
    FORWARD,
    GREY,
    INK,
    WIDTH,
    arrow,
    inside,
    label_at,
    lay_out,
    listed,
    new_axes,
    trail,
    write_beside,
)

FINE = 121  # points a side, where predictions are drawn
_BANDS = ListedColormap(1 - 0.45 * (1 - get_cmap("RdBu_r", 21)(np.arange(21))[:, :3]))


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
    """Draw the labelled contour lines of a loss over two weights, and a trajectory on it.

    Parameters
    ----------
    function : callable
        Called as function(x, y) with two floats, at each point of an 81 by 81 grid.
    x_range, y_range : (float, float)
        (lowest, highest) of each axis.
    path : array
        (n, 2) points, joined in order.
    path_labels : list of str
        A text for each point, put beside it where there is room; "" leaves one out.
    labels : (str, str)
        The names of the two axes.
    levels : int or list of float
        About how many contour lines, or the values to draw them at.
    line : (array, array)
        (xs, ys) of a curve drawn dashed, such as the line of all minima.

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
    points = np.empty((0, 2)) if path is None else np.asarray(path, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(
            "plot.error_surface: path should have shape (n, 2), one point a row, "
            f"got {points.shape}"
        )
    if path_labels is not None and path is None:
        raise ValueError("plot.error_surface: path_labels need a path; give path=")
    texts = listed("error_surface: path_labels", path_labels, len(points), "one text a point") or []

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
    ax = new_axes((6.4, 4.8), ax)
    contours = ax.contour(
        xs, ys, np.ma.masked_invalid(heights), levels, colors=GREY, linewidths=0.9, zorder=1
    )
    ax.set(xlim=x_range, ylim=y_range, xlabel=labels[0], ylabel=labels[1])
    # a number in a white box, not in a gap of its line: one without room can then be left out
    ax.clabel(contours, inline=False, fontsize=9, colors="#5A5A5A", fmt="%.4g")
    if line is not None:
        ax.plot(*line, "--", color=COLORS[2], lw=1.8, zorder=2)
    if path is not None:
        ax.plot(*points.T, "o-", color=BACKWARD, lw=1.6, ms=5.5, zorder=3)
    lay_out(ax)
    boxes: list[Bbox] = []
    passed = trail(ax)
    for number in contours.labelTexts:
        box = number.get_window_extent()
        fits = inside(ax, box) and not box.count_overlaps(boxes) and not box.count_contains(passed)
        number.set(visible=fits, zorder=1.5, bbox={"fc": "white", "ec": "none", "pad": 1.0})
        if fits:
            boxes.append(box)
    arrows_along(ax, points)
    write_beside(ax, points, texts, boxes, passed)
    return ax


def descent_path(
    function: Callable[[float], float],
    x_range: tuple[float, float],
    path: Sequence[float],
    *,
    labels: tuple[str, str],
    minimum: float | None = None,
    slope: float | None = None,
    gap: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a loss over one number, and the iterates of gradient descent on it.

    Parameters
    ----------
    function : callable
        Called as function(x) with a float, at 201 points.
    x_range : (float, float)
        (lowest, highest) x; iterates beyond are not seen.
    path : list of float
        The x of each iterate, joined in order and numbered from 0 where there is room; the first
        point is the largest.
    labels : (str, str)
        The names of the x axis and the y axis.
    minimum : float
        Where the loss is smallest: a dotted line.
    slope : float
        The slope at the first point, drawn as a dashed line.
    gap : str
        A text at an arrow from the first point to the minimum.

    Raises
    ------
    ValueError
        For an empty range, an empty path, or a gap without a minimum.

    Examples
    --------
    >>> ax = descent_path(lambda w: w**2, (-1, 1), [0.8, 0.4], labels=("$w$", "$J$"), minimum=0)
    >>> ax.lines[-1].get_xdata().tolist()
    [0.8, 0.4]
    """
    if not x_range[0] < x_range[1]:
        raise ValueError(f"plot.descent_path: x_range should rise, got {tuple(x_range)}")
    if not len(path):
        raise ValueError("plot.descent_path: path should hold at least its first point; got none")
    if gap and minimum is None:
        raise ValueError("plot.descent_path: gap is written up to the minimum; give minimum=")
    xs = np.linspace(*x_range, 201)
    heights = [function(x) for x in xs.tolist()]
    points = np.array([(float(x), function(float(x))) for x in path])
    start, height = points[0]
    ax = new_axes((WIDTH, 3.4), ax)
    ax.plot(xs, heights, color=FORWARD)
    room = 0.04 * (max(heights) - min(heights))
    ax.set(xlim=x_range, ylim=(min(heights) - room, max(heights) + room))
    ax.set(xlabel=labels[0], ylabel=labels[1])
    if minimum is not None:
        ax.axvline(minimum, ls=":", color=GREY, lw=1.4)
        corner = (minimum, max(heights))
        top = ax.annotate("minimum", corner, (5, -2), textcoords="offset points")
        top.set(va="top", color=INK, fontsize=9.5)
        if gap:
            arrow(ax, (start, height), (minimum, height), INK)
            middle = ((start + minimum) / 2, height)
            above = ax.annotate(gap, middle, (0, 4), textcoords="offset points")
            above.set(ha="center", color=INK, fontsize=10.5)
    if slope is not None:
        near = start + 0.14 * (x_range[1] - x_range[0]) * np.array([-1, 1])
        ax.plot(near, height + slope * (near - start), "--", color=BACKWARD, lw=1.6)
    ax.plot([start], [height], "o", color=BACKWARD, ms=8)
    ax.plot(*points.T, "o-", color=BACKWARD, lw=1.2, ms=4.5)
    if len(points) > 1:
        number_points(ax, points, range(len(points)))
    return ax


def arrows_along(ax: Axes, points: np.ndarray) -> None:
    """Draw an arrow on each step of a path that is longer than its head."""
    for start, end in pairwise(points):
        if np.hypot(*np.diff(ax.transData.transform([start, end]), axis=0)[0]) > 20:
            arrow(ax, start, end, BACKWARD, shrink=3)


def number_points(
    ax: Axes, points: np.ndarray, numbers: Iterable[int], boxes: Sequence[Bbox] = ()
) -> None:
    """Write each number beside its point, or leave it out where it could belong to another.

    Points less than 3 pixels apart are one, with the first number.
    """
    lay_out(ax)
    dots = ax.transData.transform(points)
    passed, taken = trail(ax), list(boxes)
    numbered: list[np.ndarray] = []
    unit = ax.figure.dpi / 72  # pixels in a point
    for dot, point, number in zip(dots, points, numbers, strict=True):
        if not ax.bbox.contains(*dot) or any(np.hypot(*(dot - other)) < 3 for other in numbered):
            continue
        label = label_at(ax, point, str(number))
        half = np.array(label.get_window_extent().size) / 2
        free = []
        for direction in AROUND:
            shift = direction * (half + 6 * unit / np.hypot(*direction))
            box = Bbox([dot + shift - half, dot + shift + half])
            others = np.hypot(*(dots - dot - shift).T)[np.hypot(*(dots - dot).T) >= 3]
            own = np.hypot(*shift) + 5 * unit < others.min(initial=np.inf)
            if own and inside(ax, box) and not box.count_overlaps(taken):
                free.append((box.count_contains(passed), tuple(shift / unit), box))
        if not free:
            label.remove()
            continue
        _, shift, box = min(free, key=lambda one: one[0])
        label.set_position(shift)
        taken.append(box)
        numbered.append(dot)


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
    """Draw what a classifier predicts over the plane, its boundary, and the samples.

    Parameters
    ----------
    predict : callable
        Takes points (m, 2) and returns one number for each: a network's `predict`.
    X : array
        (m, 2) samples.
    y : array
        (m,) or (m, 1) of 0 and 1; class 0 is drawn as circles, class 1 as triangles.
    threshold : float
        From which output on a point counts as class 1: 0.5 for probabilities, 0 for logits.
    rings : bool
        A ring around every misclassified sample.
    margin : float
        How much of the plane to show around the samples; 0.12 of their range when None.
    labels : (str, str)
        The names of the two axes.
    lines : (array, array)
        Weights (2, n) and biases (n,) of the first layer: where the pre-activation of a neuron is 0
        it has a line of its own, dashed.

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
    X, y = np.asarray(X, dtype=float), np.ravel(y)
    if X.ndim != 2 or X.shape[1] != 2 or len(X) == 0 or len(y) != len(X):
        raise ValueError(
            "plot.decision_boundary: X should have shape (m, 2) and y one class a sample, "
            f"got {X.shape} and {y.shape}"
        )
    if not np.isin(y, (0, 1)).all():
        raise ValueError("plot.decision_boundary: y should hold 0 and 1 only")
    ax = new_axes((5.2, 4.4), ax)
    ends = around(X, margin)
    prediction_map(ax, predict, ends, threshold)
    if lines is not None:
        xs, ys, points = grid(*ends, FINE)
        for z in (points @ np.asarray(lines[0]) + np.asarray(lines[1])).T:
            if z.min() < 0 < z.max():
                z = z.reshape(FINE, FINE)
                ax.contour(xs, ys, z, [0.0], colors=INK, linewidths=0.9, linestyles="--")
    samples(ax, X, y)
    if rings:
        wrong = (np.ravel(predict(X)) >= threshold) != (y == 1)
        ax.plot(*X[wrong].T, "o", color=INK, mfc="none", mew=1.5, ms=15, ls="")
    ax.set(xlabel=labels[0], ylabel=labels[1])
    return ax


def around(X: np.ndarray, margin: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest corner of the plane around the samples."""
    if margin is None:
        margin = 0.12 * max(np.ptp(X, axis=0).max(), 1e-9)
    return X.min(axis=0) - margin, X.max(axis=0) + margin


def grid(low: np.ndarray, high: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return n numbers a side, and the n² points that they make, one a row."""
    xs, ys = (np.linspace(low[i], high[i], n) for i in (0, 1))
    return xs, ys, np.column_stack([side.ravel() for side in np.meshgrid(xs, ys)])


def prediction_map(
    ax: Axes,
    predict: Callable[[np.ndarray], np.ndarray],
    ends: tuple[np.ndarray, np.ndarray],
    threshold: float = 0.5,
    *,
    bands: bool = False,
) -> AxesImage:
    """Colour the plane by the predictions, white at the threshold, and draw the boundary.

    With `bands` the colours go from 0 to 1 in 21 flat steps, which keeps images small.
    """
    low, high = ends
    xs, ys, points = grid(low, high, FINE)
    found = np.asarray(predict(points), dtype=float)
    if found.size != len(points):
        raise ValueError(
            f"plot.decision_boundary: predict should return one number for each of {len(points)} "
            f"points, got shape {found.shape}"
        )
    found = found.reshape(FINE, FINE)
    reach = 0.5 if bands else max(np.abs(found - threshold).max(), 1e-9)
    image = ax.imshow(
        found,
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
    if found.min() < threshold < found.max():
        ax.contour(xs, ys, found, [threshold], colors=INK, linewidths=1.4)
    return image


def samples(ax: Axes, X: np.ndarray, y: np.ndarray, size: float = 6.5) -> None:
    """Draw class 0 as circles of a size and class 1 as triangles."""
    for kind, marker, colour, points in ((0, "o", FORWARD, size), (1, "^", BACKWARD, 6.5)):
        ax.plot(*X[y == kind].T, marker, color=colour, mec="white", mew=0.6, ms=points)
