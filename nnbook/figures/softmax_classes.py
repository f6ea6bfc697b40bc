"""Figures of chapter 11: probabilities of three classes, their gradients, and regions."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from ..plot.style import (
    BACKWARD,
    FORWARD,
    GREY,
    INK,
    WIDTH,
    arrow,
    format_number,
    legend_outside,
    new_axes,
    write,
)
from ..plot.surfaces import grid

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


def gradient_arrows(p: np.ndarray, y: np.ndarray, names: Sequence[str]) -> Axes:
    """Draw probabilities as bars, the target as a dashed box, and p − y as arrows between them."""
    ax = new_axes((WIDTH, 3.4))
    for k, (guess, target) in enumerate(zip(p, y, strict=True)):
        ax.bar(k, guess, 0.4, color=FORWARD, alpha=0.35)
        if target > 0:
            ax.bar(k, target, 0.48, fill=False, ec=INK, ls="--", lw=1.2)
        arrow(ax, (k + 0.3, guess), (k + 0.3, target), BACKWARD)
        number = ("+" if guess > target else "") + format_number(guess - target, 3, pad=True)
        text = ax.text(k + 0.34, (guess + target) / 2, number, color=BACKWARD, fontsize=10)
        text.set_verticalalignment("center")
    ax.set(ylim=(0, 1.08), xlim=(-0.4, len(p) - 0.3), ylabel="probability")
    ax.set_xticks(range(len(p)), names)
    return ax


def class_regions(
    logits: Callable[[np.ndarray], np.ndarray],
    X: np.ndarray,
    classes: np.ndarray,
    *,
    names: Sequence[str],
    labels: tuple[str, str],
    meeting: tuple[float, float],
) -> Axes:
    """Draw which of three classes has the highest logit over the plane, and the samples."""
    margin = 0.05 * np.ptp(X, axis=0).max()
    low, high = X.min(axis=0) - margin, X.max(axis=0) + margin
    _, _, points = grid(low, high, 241)
    ax = new_axes((5.6, 4.2))
    ax.imshow(
        logits(points).argmax(axis=1).reshape(241, 241),
        origin="lower", extent=(low[0], high[0], low[1], high[1]), alpha=0.22, aspect="equal",
        cmap=ListedColormap(CLASSES), vmin=-0.5, vmax=2.5, interpolation="nearest",
    )  # fmt: skip
    for k, name in enumerate(names):
        ax.plot(*X[classes == k].T, "o^s"[k], color=CLASSES[k], ms=4, label=name)
    wrong = X[logits(X).argmax(axis=1) != classes]
    ax.plot(*wrong.T, "o", mfc="none", mec=INK, ms=10, mew=1.2, label="misclassified")
    ax.plot(*meeting, "+", color=INK, ms=16, mew=2)
    ax.set(xlabel=labels[0], ylabel=labels[1])
    legend_outside(ax, fontsize=9.5)
    return ax
