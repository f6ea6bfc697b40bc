"""Figures of chapter 12: shapes in a convolutional network, probabilities of one image."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ..plot.style import COLORS, FORWARD, GREY, INK, PALE, WIDTH, arrow, board, new_axes, write


def shapes_through(shapes: Sequence[tuple[int, ...]], steps: Sequence[str]) -> Axes:
    """Draw the outputs of a network of convolutions: sheets that shrink, then columns."""
    scale, sheet = 0.8 / max(max(shape[:2]) for shape in shapes if len(shape) == 3), 0.03
    most = max(shape[0] for shape in shapes if len(shape) == 1)
    blocks = []  # the size of a sheet, and how many are seen
    for shape in shapes:
        if len(shape) == 3:
            blocks.append((shape[1] * scale, shape[0] * scale, min(shape[2], 6)))
        else:
            blocks.append((0.12, 0.15 + 0.72 * shape[0] / most, 1))
    slots = [max(wide + sheet * (n - 1), 0.42) for wide, _, n in blocks]
    gap = (WIDTH - 0.1 - sum(slots)) / len(steps)
    height = max(high + sheet * (n - 1) for _, high, n in blocks) + 0.75
    middle = height / 2 + 0.08
    ax = board(WIDTH, height)
    edges, left = [], 0.05
    for shape, (wide, high, n), slot in zip(shapes, blocks, slots, strict=True):
        behind = sheet * (n - 1)
        x, y = left + (slot - wide - behind) / 2, middle - (high + behind) / 2
        for k in reversed(range(n)):
            corner = (x + sheet * k, y + sheet * k)
            ax.add_patch(Rectangle(corner, wide, high, fc=PALE, ec=FORWARD, lw=1))
        write(ax, left + slot / 2, y - 0.16, "×".join(map(str, shape)), INK, 9)
        edges.append((x, x + wide + behind))
        left += slot + gap
    for step, ((_, start), (end, _)) in zip(steps, pairwise(edges), strict=True):
        arrow(ax, (start + 0.06, middle), (end - 0.06, middle), FORWARD)
        text = write(ax, (start + end) / 2, middle + 0.07, step, INK, 8.5)
        text.set_verticalalignment("bottom")
    return ax


def class_probabilities(image: np.ndarray, probabilities: Mapping[str, np.ndarray]) -> Axes:
    """Draw an image, and beside it the probabilities that networks give its ten classes."""
    ax = new_axes((WIDTH, 2.5))
    width = 0.8 / len(probabilities)
    for i, (name, values) in enumerate(probabilities.items()):
        xs = np.arange(10) + (i - (len(probabilities) - 1) / 2) * width
        ax.bar(xs, values, width, color=COLORS[i], label=name)
    ax.set(xlabel="digit", ylabel="probability")
    ax.set_xticks(range(10))
    ax.legend(loc="lower center", bbox_to_anchor=(0.7, 1), ncols=len(probabilities))
    # the image stands left of the bars, square in a figure of this size
    left = -0.5 - 1.45 - 3.8
    look: dict[str, Any] = {"cmap": "Blues", "vmin": 0, "vmax": 1, "interpolation": "nearest"}
    ax.imshow(image[:, :, 0], extent=(left, left + 3.8, 0, 1), aspect="auto", **look)
    ax.add_patch(Rectangle((left, 0), 3.8, 1, fill=False, ec=GREY, lw=0.8, clip_on=False))
    ax.set(xlim=(left, 9.6), ylim=(0, 1.02))
    ax.spines.left.set_position(("data", -0.6))
    ax.spines.bottom.set_bounds(-0.6, 9.6)
    ax.xaxis.set_label_coords(0.7, -0.13)
    return ax
