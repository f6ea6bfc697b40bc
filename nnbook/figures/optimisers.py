"""Figures of chapter 08b: several trajectories on one surface, gradients that are clipped."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle

from ..plot.style import BACKWARD, COLORS, GREY, INK, arrow, new_axes
from ..plot.surfaces import error_surface

# the first is broad and pale, so that one that lies on it for a while is seen as well
LOOKS: tuple[dict[str, Any], ...] = (
    {"color": COLORS[5], "lw": 3.5, "ms": 6, "marker": "o", "ls": "-", "zorder": 2},
    {"color": BACKWARD, "lw": 1.6, "ms": 4, "marker": "o", "ls": "-", "zorder": 3},
)


def compare_paths(
    loss: Callable[[float, float], float],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    paths: Mapping[str, np.ndarray],
    *,
    levels: int | Sequence[float] = 12,
    minimum: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the contour lines of a loss over two weights, and two trajectories on it."""
    ax = error_surface(loss, x_range, y_range, levels=levels, ax=ax)
    for (name, points), look in zip(paths.items(), LOOKS, strict=True):
        ax.plot(*points.T, label=name, **look)
    if minimum is not None:
        ax.plot(*minimum, "*", color="black", mfc="white", ms=12, zorder=6)
    ax.figure.legend(loc="outside upper center", ncols=len(paths))
    return ax


def clipped_gradients(tips: Mapping[str, np.ndarray], limit: float) -> Axes:
    """Draw gradients as arrows, with the square and the circle that clipping keeps them in."""
    ax = new_axes((5.2, 4.6))
    look: dict[str, Any] = {"fill": False, "edgecolor": GREY}
    ax.add_patch(Rectangle((-limit, -limit), 2 * limit, 2 * limit, linestyle=":", **look))
    ax.add_patch(Circle((0, 0), limit, linestyle="--", **look))
    corners = np.array([*tips.values(), (-limit, -limit), (limit, limit)])
    (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
    margin = 0.2 * limit
    ax.set(xlim=(left - margin, right + 4 * margin), ylim=(bottom - margin, top + margin))
    ax.set(xlabel="first entry", ylabel="second entry", aspect="equal")
    for (name, tip), colour in zip(tips.items(), (INK, *COLORS), strict=False):
        arrow(ax, (0, 0), tip, colour, width=2)
        inside = np.hypot(*tip) < 1.001 * limit  # its name stands where no longer arrow passes
        shift = (-8 if inside else 8, 0)
        text = ax.annotate(name, tuple(tip), shift, textcoords="offset points", color=colour)
        text.set(va="center", ha="right" if inside else "left", fontsize=10.5)
    return ax
