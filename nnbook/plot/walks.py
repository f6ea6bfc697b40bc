"""A walk downhill, seen from the side and from above, and from floor to floor."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

from .charts import error_surface
from .house import BACKWARD, COLORS, FORWARD, GREY, INK, WIDTH, arrow, new_axes
from .plane import AROUND, arrows_along, inside, label_at, trail, walked

_FLOORS = (COLORS[2], FORWARD, COLORS[3])


def walk(
    function: Callable[[float], float],
    x_range: tuple[float, float],
    path: Sequence[float],
    *,
    labels: tuple[str, str],
    goal: float | None = None,
    slope: float | None = None,
    gap: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a price over one number, and the steps walked on it.

    Parameters
    ----------
    function : callable
        Called as function(x) with a float, at 201 points.
    x_range : (float, float)
        (lowest, highest) x; steps beyond are not seen.
    path : list of float
        The x of each step, joined in order and numbered from 0 where there is room; the first
        point is the largest.
    labels : (str, str)
        The names of the x axis and the y axis.
    goal : float
        Where x should come to: a dotted line.
    slope : float
        The slope at the first point, drawn as a dashed line.
    gap : str
        A text at an arrow from the first point to the goal.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        For an empty range, an empty path, or a gap without a goal.

    Examples
    --------
    >>> ax = walk(lambda w: w**2, (-1, 1), [0.8, 0.4, 0.2], labels=("$w$", "price $J$"), goal=0)
    >>> ax.lines[-1].get_xdata().tolist()
    [0.8, 0.4, 0.2]
    """
    if not x_range[0] < x_range[1]:
        raise ValueError(f"plot.walk: x_range should rise, got ({x_range[0]}, {x_range[1]})")
    if not len(path):
        raise ValueError("plot.walk: path should hold at least its first point; got none")
    if gap and goal is None:
        raise ValueError("plot.walk: gap is written on the way to the goal; give goal=")
    xs, steps = np.linspace(*x_range, 201), [float(x) for x in path]
    heights = [function(x) for x in xs.tolist()]
    start, height = steps[0], function(steps[0])
    ax = new_axes(ax, (WIDTH, 3.4))
    ax.plot(xs, heights, color=FORWARD)
    room = 0.04 * (max(heights) - min(heights))
    ax.set(xlim=x_range, ylim=(min(heights) - room, max(heights) + room))
    ax.set(xlabel=labels[0], ylabel=labels[1])
    if goal is not None:
        ax.axvline(goal, ls=":", color=GREY, lw=1.4)
        top = ax.annotate("goal", (goal, max(heights)), (5, -2), textcoords="offset points")
        top.set(va="top", color=INK, fontsize=9.5)
        if gap:
            arrow(ax, (start, height), (goal, height), INK)
            middle = ((start + goal) / 2, height)
            above = ax.annotate(gap, middle, (0, 4), textcoords="offset points")
            above.set(ha="center", color=INK, fontsize=10.5)
    if slope is not None:
        near = start + 0.14 * (x_range[1] - x_range[0]) * np.array([-1, 1])
        ax.plot(near, height + slope * (near - start), "--", color=BACKWARD, lw=1.6)
    ax.plot(steps[:1], [height], "o", color=BACKWARD, ms=8)
    places = np.array([(x, function(x)) for x in steps])
    ax.plot(*places.T, "o-", color=BACKWARD, lw=1.2, ms=4.5)
    if len(steps) > 1:
        _number(ax, places, range(len(steps)))
    return ax


def side_view(
    function: Callable[[float, float], float],
    path: ArrayLike,
    *,
    x_range: tuple[float, float] | None = None,
    labels: tuple[str, str] = ("$w_1$", "price $J$"),
    ax: Axes | None = None,
) -> Axes:
    """Draw a walk on an error surface from the side: the surface, cut along the first step.

    Parameters
    ----------
    function : callable
        Called as function(x, y) with two floats.
    path : array
        (n, 2) points, joined in order, each at the height of the surface there, and numbered
        from 0; the first two must differ in x. A point whose number has no room goes without.
    x_range : (float, float)
        The lowest and the highest x to show at least, so that several walks compare.
    labels : (str, str)
        The names of the two axes; the horizontal one shows the first number of each point.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on; its first line is the cut, its second the walk.

    Raises
    ------
    ValueError
        If the path has another shape, or no first step to cut along.

    Examples
    --------
    >>> ax = side_view(lambda x, y: x**2 + y**2, [(1, 0), (-0.5, 0), (0.25, 0)])
    >>> ax.lines[1].get_ydata().tolist()
    [1.0, 0.25, 0.0625]
    """
    points = walked("side_view", path, 2)
    (x0, y0), (dx, dy) = points[0].tolist(), (points[1] - points[0]).tolist()
    if dx == 0:
        raise ValueError(
            f"plot.side_view: the first step should change x, which stays {x0}; swap the two"
        )
    margin = 0.08 * np.ptp(points[:, 0])
    ends = [points[:, 0].min() - margin, points[:, 0].max() + margin, *(x_range or ())]
    xs = np.linspace(min(ends), max(ends), 201)
    cut = [function(x, y0 + dy * (x - x0) / dx) for x in xs.tolist()]
    heights = [function(x, y) for x, y in points.tolist()]
    ax = new_axes(ax, (6.4, 4.0))
    ax.plot(xs, cut, "-", color=GREY, lw=1.4, zorder=1)
    ax.plot(points[:, 0], heights, "o-", color=BACKWARD, lw=1.2, ms=5, zorder=3)
    ax.set(xlabel=labels[0], ylabel=labels[1])
    _number(ax, np.column_stack([points[:, 0], heights]), range(len(points)))
    return ax


def top_view(
    function: Callable[[float, float], float],
    path: ArrayLike,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    *,
    goal: tuple[float, float],
    shown: Sequence[int] | None = None,
    labels: tuple[str, str] = ("$w$", "$b$"),
    levels: int | Sequence[float] = 12,
    ax: Axes | None = None,
) -> Axes:
    """Draw a walk on an error surface from above, and the floor on which it comes to the goal.

    Parameters
    ----------
    function : callable
        Called as function(x, y) with two floats, at each point of an 81 by 81 grid.
    path : array
        (n, 2) points.
    x_range, y_range : (float, float)
        (lowest, highest) of each axis.
    goal : (float, float)
        A star; a dashed line leads through it and the last point of the path.
    shown : list of int
        The points of the path to draw and join, each numbered as it is counted in the path, from
        0, where there is room; all when left out.
    labels : (str, str)
        The names of the two axes.
    levels : int or list of float
        About how many contour lines, or the values to draw them at.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on; its first line is the floor, its second the walk.

    Raises
    ------
    ValueError
        If the path has another shape, or ends on the goal, so that no line is given.

    Examples
    --------
    >>> path = [(1, 1), (0.5, 0.2), (0.1, 0.1)]
    >>> ax = top_view(lambda x, y: x**2 + 9 * y**2, path, (-1, 1), (-1, 1), goal=(0, 0))
    >>> ax.lines[1].get_xdata().tolist()
    [1.0, 0.5, 0.1]
    """
    points = walked("top_view", path, 1)
    along = points[-1] - goal
    if not along.any():
        raise ValueError(
            "plot.top_view: the path ends on the goal, and the floor needs two points; "
            "give a path that ends before it"
        )
    drawn = np.arange(len(points)) if shown is None else np.asarray(shown)
    reach = np.hypot(np.ptp(x_range), np.ptp(y_range)) / np.hypot(*along)
    floor = np.add(goal, np.outer([-reach, reach], along))
    ax = error_surface(
        function,
        x_range,
        y_range,
        path=points[drawn],
        labels=labels,
        levels=levels,
        line=(floor[:, 0], floor[:, 1]),
        ax=ax,
    )
    ax.plot(*goal, "*", color="black", mfc="white", ms=12, zorder=6)
    numbers = [text for text in ax.texts if text.get_text() and text.get_visible()]
    for number in numbers:  # at the edge the end of its line would look like a minus sign
        number.set_visible(inside(ax, number.get_window_extent().padded(12)))
    boxes = [text.get_window_extent() for text in numbers if text.get_visible()]
    _number(ax, points[drawn], drawn, boxes)
    return ax


def floors(
    X: ArrayLike,
    y: ArrayLike,
    path: ArrayLike,
    *,
    labels: tuple[str, str] = ("$w_1$", "$w_2$"),
    ax: Axes | None = None,
) -> Axes:
    """Draw for each sample the line of the weights that answer it right, and a walk among them.

    Parameters
    ----------
    X : array
        (m, 2) inputs of up to three samples, one a row.
    y : array
        (m,) answers of a linear neuron without a bias.
    path : array
        (n, 2) weights, joined by arrows and numbered from 0 where there is room.
    labels : (str, str)
        The names of the two axes.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on; its first m lines are the floors, the next is the walk.

    Raises
    ------
    ValueError
        If shapes do not fit, or an input is zero, whose answer no weight changes.

    Examples
    --------
    >>> ax = floors([[1, 2], [2, 1]], [1, -1], [(0.5, -0.5), (0.8, 0.1), (-0.28, -0.44)])
    >>> ax.get_legend().get_texts()[0].get_text()
    'sample 1 right'
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    if X.ndim != 2 or X.shape[1] != 2 or not 1 <= len(X) <= 3 or y.shape != (len(X),):
        raise ValueError(
            "plot.floors: X should have shape (m, 2), up to three samples, and y one answer each, "
            f"got {X.shape} and {y.shape}"
        )
    points = walked("floors", path, 1)
    if not X.any(axis=1).all():
        raise ValueError("plot.floors: an input is zero, and no weight changes its answer")
    ax = new_axes(ax, (6.4, 4.8))
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.25 * max(high - low)
    reach = 2 * np.hypot(*(high - low + 2 * margin))
    for s, (a, answer) in enumerate(zip(X, y, strict=True)):
        middle = (low + high) / 2
        foot = middle + a * (answer - a @ middle) / (a @ a)
        ends = foot + np.outer([-reach, reach], [-a[1], a[0]]) / np.hypot(*a)
        (line,) = ax.plot(*ends.T, "--", color=_FLOORS[s], lw=1.8, zorder=2)
        line.set_label(f"sample {s + 1} right")
    ax.plot(*points.T, "o-", color=BACKWARD, lw=1.2, ms=5, zorder=3)
    ax.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin))
    ax.set(xlabel=labels[0], ylabel=labels[1], aspect="equal")
    ax.legend(loc="best")
    ax.figure.canvas.figure.draw_without_rendering()
    arrows_along(ax, points)
    _number(ax, points, range(len(points)))
    return ax


def _number(
    ax: Axes, places: np.ndarray, numbers: Iterable[int], boxes: Sequence[Bbox] = ()
) -> None:
    """Write each number beside its point, or leave it out where it could belong to another.

    Points less than 3 pixels apart are one, with the first number.
    """
    # the layout must stand before lengths are measured
    ax.figure.canvas.figure.draw_without_rendering()
    dots = ax.transData.transform(places)
    passed, taken = trail(ax), list(boxes)
    numbered: list[np.ndarray] = []
    unit = ax.figure.dpi / 72  # pixels in a point
    for dot, place, number in zip(dots, places, numbers, strict=True):
        if not ax.bbox.contains(*dot) or any(np.hypot(*(dot - other)) < 3 for other in numbered):
            continue
        label = label_at(ax, place, str(number))
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
        _, shift, box = min(free, key=lambda place: place[0])
        label.set_position(shift)
        taken.append(box)
        numbered.append(dot)
