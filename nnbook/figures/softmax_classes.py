"""Figures of chapter 11: probabilities of three classes, and an update of their logits."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from ..plot.style import (
    BACKWARD,
    FORWARD,
    GREY,
    INK,
    WIDTH,
    arrow,
    format_number,
    new_axes,
    write,
)

CLASSES = ("#0072B2", "#E69F00", "#009E73")
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 3**0.5 / 2]])


def probability_triangle(
    points: Mapping[str, np.ndarray], names: Sequence[str], path: np.ndarray
) -> Axes:
    """Draw the probabilities of three classes as a triangle, a path and some points in it."""
    ax = new_axes((6.4, 3.5))
    ax.plot(*np.vstack([CORNERS, CORNERS[:1]]).T, color=INK, lw=1.2)
    centre = CORNERS.mean(axis=0)
    for k, (x, y) in enumerate(CORNERS):
        middle = (CORNERS[k - 1] + CORNERS[k - 2]) / 2
        ax.plot(*np.array([centre, middle]).T, ":", color=GREY, lw=1.2)
        write(ax, x, y + (0.07 if k == 2 else -0.07), names[k], INK, 11)
    ax.plot(*(path @ CORNERS).T, color=FORWARD, lw=1.8)
    look = {"arrowstyle": "-", "color": GREY, "lw": 0.8, "shrinkA": 2, "shrinkB": 5}
    for i, (name, p) in enumerate(points.items()):
        point = p @ CORNERS
        ax.plot(*point, "o", color=BACKWARD, ms=8, zorder=5)
        numbers = [format_number(one, 3, pad=True) for one in p]
        pairs = [" ".join(pair) for pair in zip(names, numbers, strict=True)]
        text, props = f"{name}: {', '.join(pairs)}", look | {"relpos": (0, 0.5)}
        ax.annotate(text, point, (1.02, 0.75 - 0.16 * i), arrowprops=props, va="center")
    ax.set(xlim=(-0.25, 1.9), ylim=(-0.13, 1.0), aspect="equal")
    ax.set_axis_off()
    return ax


def logit_update(z: np.ndarray, gradient: np.ndarray, names: Sequence[str]) -> Axes:
    """Draw logits as bars, and an update against their gradient, with the rate 1, as arrows."""
    ax = new_axes((WIDTH, 3.2))
    for k, (logit, slope) in enumerate(zip(z, gradient, strict=True)):
        ax.bar(k, logit, 0.4, color=FORWARD, alpha=0.35)
        arrow(ax, (k + 0.3, logit), (k + 0.3, logit - slope), BACKWARD)
        number = ("+" if slope < 0 else "−") + format_number(abs(slope), 3, pad=True)
        text = ax.text(k + 0.36, logit - slope / 2, number, color=BACKWARD, fontsize=10)
        text.set_verticalalignment("center")
    ax.set(ylim=(0, z.max() + 0.6), xlim=(-0.4, len(z) - 0.2), ylabel="logit and its update")
    ax.set_xticks(range(len(z)), names)
    return ax
