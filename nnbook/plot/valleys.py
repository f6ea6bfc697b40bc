"""Several walks on one error surface, and arrows that were cut short."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle
from numpy.typing import ArrayLike

from .charts import error_surface
from .house import BACKWARD, COLORS, GREY, INK, new_axes

_LOOKS: tuple[dict[str, Any], ...] = (
    {"color": COLORS[5], "lw": 3.5, "ms": 6, "marker": "o", "ls": "-"},
    {"color": BACKWARD, "lw": 1.6, "ms": 4, "marker": "o", "ls": "-"},
    {"color": COLORS[2], "lw": 1.6, "ms": 4, "marker": "s", "ls": "--"},
)


def compare_walks(
    function: Any,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    paths: Mapping[str, ArrayLike],
    *,
    labels: tuple[str, str] = ("$w_1$", "$w_2$"),
    levels: int | Sequence[float] = 12,
    goal: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the contour lines of an error over two weights, and up to three walks on it.

    The first walk is broad and pale, so that one that lies on it for a while is seen as well. Steps
    that leave the picture are not followed.

    Parameters
    ----------
    function : callable
        Called as function(x, y) with two floats, at each point of an 81 by 81 grid.
    x_range, y_range : (float, float)
        (lowest, highest) of each axis.
    paths : dict
        Name -> (n, 2) points, joined in order.
    labels : (str, str)
        The names of the two axes.
    levels : int or list of float
        About how many contour lines, or the values to draw them at.
    goal : (float, float)
        Where the walks should come to: a star.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on; its lines are the walks, and the star after them.

    Raises
    ------
    ValueError
        For no path, more than three, or a path of another shape.

    Examples
    --------
    >>> path = [(1, 1), (0.5, 0.5)]
    >>> ax = compare_walks(lambda x, y: x**2 + y**2, (-1, 1), (-1, 1), {"straight": path})
    >>> ax.lines[0].get_xdata().tolist()
    [1.0, 0.5]
    """
    if not 1 <= len(paths) <= len(_LOOKS):
        raise ValueError(f"plot.compare_walks draws 1 to {len(_LOOKS)} paths, got {len(paths)}")
    arrays = {name: np.asarray(path, dtype=float) for name, path in paths.items()}
    for name, points in arrays.items():
        if points.ndim != 2 or points.shape[1] != 2 or not len(points):
            raise ValueError(
                f"plot.compare_walks: path {name!r} should have shape (n, 2), one point a row, "
                f"got {points.shape}"
            )
    ax = error_surface(function, x_range, y_range, labels=labels, levels=levels, ax=ax)
    for (name, points), look in zip(arrays.items(), _LOOKS, strict=False):
        ax.plot(*points.T, label=name, zorder=2 + (look is not _LOOKS[0]), **look)
    if goal is not None:
        ax.plot(*goal, "*", color="black", mfc="white", ms=12, zorder=6)
    if len(arrays) > 1:
        ax.figure.legend(loc="outside upper center", ncols=len(arrays))
    return ax


def cut_arrows(
    tips: Mapping[str, ArrayLike],
    limit: float,
    *,
    labels: tuple[str, str] = ("first entry", "second entry"),
    ax: Axes | None = None,
) -> Axes:
    """Draw arrows from the origin, with the square and the circle that clipping keeps them in.

    Parameters
    ----------
    tips : dict
        Name -> (2,) end of an arrow, up to 7 of them.
    limit : float
        Half the side of the dotted square, and the radius of the dashed circle.
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
    ValueError
        For a tip that is not two numbers, none, or too many.

    Examples
    --------
    >>> ax = cut_arrows({"$dw$": [6, -8], "by norm": [3, -4]}, 5)
    >>> [text.get_text() for text in ax.texts if text.get_text()]
    ['$dw$', 'by norm']
    """
    if not 1 <= len(tips) <= len(COLORS) or any(np.shape(tip) != (2,) for tip in tips.values()):
        raise ValueError(
            f"plot.cut_arrows: tips should hold 1 to {len(COLORS)} ends of two numbers each, got "
            f"shapes {[np.shape(tip) for tip in tips.values()]}"
        )
    ax = new_axes(ax, (5.2, 4.6))
    look: dict[str, Any] = {"fill": False, "edgecolor": GREY}
    ax.add_patch(Rectangle((-limit, -limit), 2 * limit, 2 * limit, linestyle=":", **look))
    ax.add_patch(Circle((0, 0), limit, linestyle="--", **look))
    corners = np.array([*map(np.asarray, tips.values()), [-limit, -limit], [limit, limit]], float)
    margin = 0.2 * limit
    ax.set(xlim=(corners[:, 0].min() - margin, corners[:, 0].max() + 4 * margin))
    ax.set(ylim=(corners[:, 1].min() - margin, corners[:, 1].max() + margin), aspect="equal")
    ax.set(xlabel=labels[0], ylabel=labels[1])
    for (name, tip), color in zip(tips.items(), (INK, *COLORS), strict=False):
        end = np.asarray(tip, dtype=float)
        arrow = {"arrowstyle": "-|>", "color": color, "lw": 2, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", tuple(end), (0, 0), arrowprops=arrow)
        inside = np.hypot(*end) < 1.001 * limit  # its name stands where no longer arrow passes
        shift = (-8 if inside else 8, 0)
        beside = ax.annotate(name, tuple(end), shift, textcoords="offset points", color=color)
        beside.set(va="center", ha="right" if inside else "left", fontsize=10.5)
    return ax
