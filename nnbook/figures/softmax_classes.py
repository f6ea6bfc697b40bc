"""Figures of chapter 11: probabilities of classes and their gradients, three losses on digits."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from ..plot.style import (
    BACKWARD,
    FORWARD,
    GREY,
    INK,
    WIDTH,
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


def accuracy_over_rate(
    rates: np.ndarray, trial: Mapping[str, Mapping[str, np.ndarray]]
) -> Sequence[Axes]:
    """Draw medians of accuracies ``(rates, runs)`` over the learning rate, and their ranges.

    Each start has a panel, and in it each loss a curve.
    """
    panels = plt.subplots(1, len(trial), figsize=(WIDTH, 3.4), sharey=True)[1]
    for ax, (start, losses) in zip(panels, trial.items(), strict=True):
        for colour, marker, (name, runs) in zip(CLASSES, "osD", losses.items(), strict=True):
            middle, look = np.median(runs, axis=1), {"color": colour, "label": name}
            ax.plot(rates, middle, marker=marker, ms=6, lw=1.8, **look)
            ax.fill_between(rates, runs.min(axis=1), runs.max(axis=1), color=colour, alpha=0.15)
        ax.set(xscale="log", ylim=(0, 1), xlabel="learning rate", title=start)
        ax.set_xticks(rates, [format_number(rate, 1) for rate in rates])
        ax.minorticks_off()
    panels[0].set_ylabel("held-out accuracy")
    panels[0].legend(loc="lower left")
    return panels


def image_gradients(images: np.ndarray, P: np.ndarray, labels: np.ndarray) -> Sequence[Axes]:
    """Draw images, and beside each its probabilities and the gradient, prediction minus target."""
    size = (WIDTH, 1.75 * len(images))
    ratio = {"width_ratios": (1, 4.4)}
    panels = plt.subplots(len(images), 2, figsize=size, gridspec_kw=ratio, squeeze=False)[1]
    classes = np.arange(P.shape[1])
    for (left, right), image, p, label in zip(panels, images, P, labels, strict=True):
        left.imshow(image[..., 0], "Blues", vmin=0, vmax=1)
        left.set(xticks=[], yticks=[], xlabel=f"label {label}")
        right.bar(classes - 0.2, p, 0.4, color=FORWARD, label="$p$")
        right.bar(classes + 0.2, p - (classes == label), 0.4, color=BACKWARD, label="$p-y$")
        right.axhline(0, color=INK, lw=0.8)
        right.set(ylim=(-1.05, 1.05), yticks=(-1, 0, 1), xticks=classes)
    panels[-1, 1].set_xlabel("digit")
    panels[0, 1].legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    return list(panels[:, 1])
