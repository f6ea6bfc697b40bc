"""Figures of chapter 13b: gradients of images, shifted distributions, attacks."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ..plot.style import (
    BACKWARD,
    COLORS,
    FAINT,
    FORWARD,
    GREY,
    INK,
    MARKERS,
    PALE,
    WIDTH,
    board,
    new_axes,
    write,
)


def saliency_maps(images: np.ndarray, gradients: np.ndarray, names: Sequence[str]) -> Axes:
    """Draw images, and below each the gradient of the loss: green above 0, purple below."""
    n, h, w, _ = images.shape
    gap, head = 0.1, 0.5
    side = min(1.3, 6.9 / n - gap)
    width, height = n * (side + gap) + gap, 2 * (side + gap) + head
    ax = board(width, height)
    look: dict[str, Any] = {"interpolation": "nearest", "aspect": "auto"}
    for s, (image, gradient) in enumerate(zip(images[..., 0], gradients[..., 0], strict=True)):
        left, upper, most = gap + s * (side + gap), 2 * gap + side, np.abs(gradient).max()
        ends = left, left + side
        ax.imshow(image, "Blues", extent=(*ends, upper, upper + side), vmin=0, vmax=1, **look)
        below = (*ends, gap, upper - gap)
        ax.imshow(gradient, "PRGn", extent=below, vmin=-most, vmax=most, **look)
        across = left + (np.arange(w) + 0.5) * side / w
        down = gap + side - (np.arange(h) + 0.5) * side / h
        ax.contour(across, down, image, levels=[0.5], colors=INK, linewidths=0.8)
        write(ax, left + side / 2, upper + side + head / 2 - gap / 2, names[s])
    ax.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    return ax


def shifted(
    accuracies: Mapping[str, Sequence[float]],
    confidences: Mapping[str, Sequence[float]],
    examples: Mapping[str, np.ndarray],
) -> Axes:
    """Draw accuracy and mean confidence, a row for each kind of image and a dot for each seed."""
    ax = new_axes((WIDTH, 0.9 + 0.62 * len(accuracies)))
    ring: dict[str, Any] = {"color": BACKWARD, "ms": 7, "mfc": "none", "ls": "none", "marker": "o"}
    for row, (name, found) in enumerate(accuracies.items()):
        ends = np.mean(found), np.mean(confidences[name])
        ax.plot(ends, [row, row], color=FAINT, ls="-", lw=5, zorder=1)
        ax.plot(found, [row] * len(found), "o", color=FORWARD, ms=6, alpha=0.5, mew=0)
        ax.plot(confidences[name], [row] * len(found), alpha=0.7, **ring)
        picture = ax.inset_axes((1.03, row - 0.42, 0.1, 0.84), transform=ax.get_yaxis_transform())
        picture.imshow(examples[name][..., 0], "Blues", vmin=0, vmax=1)
        picture.set_axis_off()
    ax.plot([], [], "o", color=FORWARD, ms=6, mew=0, label="accuracy")
    ax.plot([], [], label="mean confidence", **ring)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    ax.axvline(0.1, color=GREY, ls="--", lw=1)
    ax.set(xlabel="accuracy, mean confidence (dashed: guessing)", xlim=(0, 1))
    ax.set_yticks(range(len(accuracies)), list(accuracies))
    ax.set_ylim(len(accuracies) - 0.5, -0.5)
    return ax


def under_attack(found: Mapping[str, Mapping[str, Sequence[float]]]) -> Axes:
    """Draw accuracies under several attacks: a row for each kind of network, a mark a seed."""
    kinds = len(next(iter(found.values())))
    ax = new_axes((WIDTH, 0.9 + 0.26 * kinds * len(found)))
    for row, attacks in enumerate(found.values()):
        for k, accuracies in enumerate(attacks.values()):
            height = row + 0.24 * (k - (kinds - 1) / 2)
            dots = [height] * len(accuracies)
            ax.plot(accuracies, dots, MARKERS[k], color=COLORS[k], ms=6, alpha=0.5, mew=0)
    for k, attack in enumerate(next(iter(found.values()))):
        ax.plot([], [], MARKERS[k], color=COLORS[k], ms=6, mew=0, label=attack)
    ax.legend(loc="lower center", bbox_to_anchor=(0.4, 1), ncols=3)
    ax.set_xlabel("accuracy")
    ax.set_xlim(left=0)
    ax.set_yticks(range(len(found)), list(found))
    ax.set_ylim(len(found) - 0.5, -0.5)
    ax.grid(axis="x", color=PALE)
    ax.set_axisbelow(True)
    return ax
