"""Figures of chapter 13: the masks of dropout, and gradients of images."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ..plot.style import BACKWARD, FORWARD, GREY, INK, WIDTH, board, new_axes, write


def dropout_masks(
    masks: np.ndarray, outputs: np.ndarray, probabilities: np.ndarray, terms: np.ndarray
) -> Axes:
    """Draw the masks of a small layer, the output with each, and the mean of the outputs."""
    n, neurons = masks.shape
    ax = new_axes((WIDTH, 2.6 + 0.26 * neurons))
    mean = float(probabilities @ outputs)
    ax.axhline(mean, color=BACKWARD, lw=1.6, zorder=1)
    sizes = 20 + 1500 * probabilities
    ax.scatter(range(n), outputs, s=sizes, color=FORWARD, alpha=0.65, lw=0, zorder=2)
    ax.set(ylabel="output", xlim=(-0.7, n + 0.9))
    ax.set_xticks(range(n), [f"{100 * p:.1f}" for p in probabilities])
    ax.set_xlabel("probability of the mask, in per cent")
    ax.text(n + 0.85, mean, f"mean\n{mean:.3g}", color=BACKWARD, ha="right", va="bottom")
    top = ax.inset_axes((0, 1.02, 1, 0.32 + 0.05 * (neurons - 4)), sharex=ax)
    top.set_axis_off()
    columns, rows = np.nonzero(masks)
    top.scatter(columns, -rows, s=46, color=FORWARD)
    columns, rows = np.nonzero(masks == 0)
    top.scatter(columns, -rows, s=40, facecolor="white", edgecolor=GREY)
    for row, term in enumerate(terms):
        text = f"$a_{row + 1}w_{row + 1}={term:.3g}$"
        top.text(-0.6, -row, text, ha="right", va="center", fontsize=9)
    top.set_ylim(-neurons + 0.4, 0.9)
    return ax


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
