"""Figures of chapter 01: a loss of two samples."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..plot.style import BACKWARD, COLORS, FORWARD, lay_out, new_axes
from ..plot.surfaces import arrows_along, number_points


def lines_of_fit(X: np.ndarray, y: np.ndarray, path: Sequence[np.ndarray]) -> Axes:
    """Draw for each sample the line of weights that fit it, and a trajectory among them."""
    points = np.array(path)
    ax = new_axes((6.4, 4.8))
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.25 * max(high - low)
    reach = 2 * np.hypot(*(high - low + 2 * margin))
    middle = (low + high) / 2
    for s, (a, target) in enumerate(zip(X, y, strict=True)):
        foot = middle + a * (target - a @ middle) / (a @ a)
        ends = foot + np.outer([-reach, reach], [-a[1], a[0]]) / np.hypot(*a)
        colour = (COLORS[2], FORWARD)[s]
        ax.plot(*ends.T, "--", color=colour, lw=1.8, zorder=2, label=f"sample {s + 1} right")
    ax.plot(*points.T, "o-", color=BACKWARD, lw=1.2, ms=5, zorder=3)
    ax.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin))
    ax.set(xlabel="$w_1$", ylabel="$w_2$", aspect="equal")
    ax.legend(loc="best")
    lay_out(ax)
    arrows_along(ax, points)
    number_points(ax, points, range(len(points)))
    return ax
