"""Figures of chapters 12a and 12b: shapes in LeNet, learning rates, tests, calibration."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ..experiments import wilson
from ..plot.style import (
    COLORS,
    FORWARD,
    GREY,
    INK,
    PALE,
    WIDTH,
    arrow,
    board,
    legend_outside,
    new_axes,
    write,
)


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


def rate_sweep(
    rates: Sequence[float],
    sweep: Mapping[str, Sequence[Sequence[float]]],
    *,
    baseline: tuple[str, float],
) -> Axes:
    """Draw errors over the learning rate: a dot for each seed, and a line through the means."""
    ax = new_axes((WIDTH, 4.0))
    ax.axhline(1 - baseline[1], color=GREY, lw=1, ls="--", label=baseline[0])
    for colour, marker, (name, found) in zip(COLORS, "osD", sweep.items(), strict=False):
        errors = [1 - np.asarray(accuracies) for accuracies in found]
        ax.plot(rates, [error.mean() for error in errors], color=colour, lw=1.8)
        for rate, error in zip(rates, errors, strict=True):
            ax.plot([rate] * len(error), error, marker, color=colour, ms=5, alpha=0.5)
        ax.plot([], [], marker, ls="-", color=colour, ms=5, label=name)
    ax.set(xscale="log", yscale="log", xlabel="learning rate", ylabel="validation error")
    ax.set_xticks(rates, [f"{rate:g}" for rate in rates])
    levels = (0.02, 0.05, 0.1, 0.2, 0.5, 1)
    ax.set_yticks(levels, [f"{level:g}" for level in levels])
    ax.minorticks_off()
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    return ax


def tested(
    accuracies: Mapping[str, Sequence[float]],
    validated: Mapping[str, Sequence[float]],
    *,
    images: int,
) -> Axes:
    """Draw test accuracies, a dot for each seed, their means, and what other images could change.

    A bar is Wilson's 95 % interval for the mean accuracy on so many images; rings are the same
    networks on the validation set.
    """
    ax = new_axes((WIDTH, 1.0 + 0.62 * len(accuracies)))
    ring: dict[str, Any] = {"color": GREY, "ms": 6, "mfc": "none", "ls": "none", "marker": "o"}
    dot: dict[str, Any] = {"color": FORWARD, "ms": 6, "mew": 0, "ls": "none", "marker": "o"}
    for row, (name, found) in enumerate(accuracies.items()):
        mean = float(np.mean(found))
        low, high = wilson(round(images * mean), images)
        ax.plot([low, high], [row, row], color=FORWARD, lw=7, alpha=0.2, solid_capstyle="butt")
        ax.plot([mean, mean], [row - 0.14, row + 0.14], color=FORWARD, lw=2)
        ax.plot(found, [row] * len(found), alpha=0.5, **dot)
        known = validated.get(name, [])
        ax.plot(known, [row + 0.28] * len(known), alpha=0.7, **ring)
        write(ax, mean, row - 0.3, f"{mean:.3f}", INK, 9)
    ax.plot([], [], label="test set", **dot)
    ax.plot([], [], color=FORWARD, lw=7, alpha=0.2, label="interval, 95 %")
    ax.plot([], [], label="validation set", **ring)
    ax.legend(loc="lower center", bbox_to_anchor=(0.4, 1), ncols=3)
    ax.set_xlabel("accuracy")
    ax.set_yticks(range(len(accuracies)), list(accuracies))
    ax.set_ylim(len(accuracies) - 0.4, -0.6)
    ax.grid(axis="x", color=PALE)
    ax.set_axisbelow(True)
    return ax


def disagreements(
    pairs: Mapping[str, Sequence[tuple[int, int]]], p_value: Callable[[int, int], float]
) -> Axes:
    """Draw the images that only one of two classifiers gets right, a dot for each pair of them.

    In the band around the diagonal the p-value is 0.05 or more.
    """
    ax = new_axes((WIDTH, 4.2))
    most = 4 + max(max(counts) for found in pairs.values() for counts in found)
    totals = range(2 * most + 1)
    fewest = [next(i for i in range(n + 1) if p_value(i, n - i) >= 0.05) for n in totals]
    few, many = np.array([(i, n - i) for i, n in zip(fewest, totals, strict=True)]).T
    edge = np.concatenate([few, many[::-1]]), np.concatenate([many, few[::-1]])
    ax.fill(*edge, color=GREY, alpha=0.15, lw=0, label="p-value 0.05 or more")
    ax.plot([0, most], [0, most], color=GREY, lw=1, ls="--")
    for colour, marker, (name, found) in zip(COLORS, "os", pairs.items(), strict=False):
        firsts, seconds = zip(*found, strict=True)
        ax.plot(seconds, firsts, marker, color=colour, ms=7, alpha=0.7, mew=0, label=name)
    ax.set(xlim=(0, most), ylim=(0, most), aspect="equal")
    ax.set(xlabel="only the second is right", ylabel="only the first is right")
    legend_outside(ax)
    return ax


def calibration(
    probabilities: Mapping[str, np.ndarray], labels: np.ndarray, edges: Sequence[float]
) -> Sequence[Axes]:
    """Draw accuracy over confidence, a panel for each kind of network ``(seeds, m, C)``."""
    panels = plt.subplots(1, len(probabilities), figsize=(WIDTH, 3.6), sharey=True)[1]
    for ax, colour, (name, P) in zip(panels, COLORS, probabilities.items(), strict=False):
        confidence, right = P.max(axis=2), P.argmax(axis=2) == labels
        ax.plot([0.3, 1], [0.3, 1], color=GREY, lw=1, ls="--")
        for low, high in pairwise(edges):
            inside = (confidence > low) & (confidence <= high)
            for k, chosen in enumerate(inside):
                if chosen.any():
                    where = confidence[k, chosen].mean(), right[k, chosen].mean()
                    ax.plot(*where, "o", color=colour, ms=4, alpha=0.3, mew=0)
            ax.plot(confidence[inside].mean(), right[inside].mean(), "o", color=colour, ms=9)
        ax.set(title=name, xlabel="confidence", xlim=(0.3, 1.02), ylim=(0, 1.05))
    panels[0].set_ylabel("accuracy")
    return panels


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
