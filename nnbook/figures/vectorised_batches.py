"""Figures of chapter 05: products, sums over samples, both passes of a batch, sizes of batches."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullLocator

from ..plot.style import (
    BACKWARD,
    COLORS,
    FORWARD,
    GREY,
    INK,
    WIDTH,
    arrow,
    board,
    box,
    cell,
    format_number,
    ink_on,
    new_axes,
    write,
)

SUMMED, SUMMED_TEXT = COLORS[4], "#8A5F00"  # the side over which a product adds up; its name


def matrix_product(
    left: np.ndarray,
    right: np.ndarray,
    *,
    names: Sequence[str],
    sides: Sequence[str],
    entry: tuple[int, int],
) -> Axes:
    """Draw ``left @ right`` as blocks of numbers; the side that is added over is amber."""
    wide, high, gap = 0.6, 0.3, 0.62
    tables = [left, right, left @ right]
    outer, inner, across = sides
    beside = [(outer, INK), (inner, SUMMED_TEXT), (outer, INK)]
    above = [(inner, SUMMED_TEXT), (across, INK), (across, INK)]
    widths = [wide * table.shape[1] for table in tables]
    tall = high * max(map(len, tables))
    width = max(WIDTH, sum(widths) + 3 * gap + 0.3)
    ax = board(width, tall + 0.84)
    x, middle = (width - sum(widths) - 3 * gap) / 2 + gap, 0.42 + tall / 2
    for i, table in enumerate(tables):
        rows, columns = table.shape
        top = middle + high * rows / 2
        for (r, c), value in np.ndenumerate(table):
            met = (i == 0 and r == entry[0]) or (i == 1 and c == entry[1])
            blue = i == 2 and (r, c) == entry
            face = "#FBE6BC" if met else "#D6E8F3" if blue else "white"
            corner, text = (x + wide * c, top - high * (r + 1)), format_number(value, 3)
            cell(ax, corner, (wide, high), text, face=face, line=0.8, font=9.5)
        bar: dict[str, Any] = {"color": SUMMED, "lw": 3.5, "solid_capstyle": "butt", "zorder": 3}
        if above[i][1] == SUMMED_TEXT:
            ax.plot([x, x + widths[i]], [top, top], "-", **bar)
        if beside[i][1] == SUMMED_TEXT:
            ax.plot([x, x], [top - high * rows, top], "-", **bar)
        write(ax, x + widths[i] / 2, top + 0.15, f"{columns} {above[i][0]}", above[i][1], 9)
        side = write(ax, x - 0.15, middle, f"{rows} {beside[i][0]}", beside[i][1], 9)
        side.set_rotation(90)
        write(ax, x + widths[i] / 2, top - high * rows - 0.2, names[i], INK, 13)
        if i < 2:
            sign, font = ("=", 17) if i else (r"$\cdot$", 36)
            write(ax, x + widths[i] + gap / 2 - 0.11, middle, sign, INK, font)
        x += widths[i] + gap
    return ax


def sum_of_tables(
    tables: Sequence[np.ndarray],
    *,
    titles: Sequence[str],
    row_names: Sequence[str],
    column_names: Sequence[str],
) -> Axes:
    """Draw tables of one shape and their sum, in one scale of colours, and a long line in two."""
    tables = [*tables, np.sum(tables, axis=0)]
    rows, columns = tables[0].shape
    largest = np.abs(tables).max()
    wide, high, gap, left = 0.62, 0.42, 0.24, 0.45
    across, tall = columns * wide, rows * high
    in_a_line = len(tables) if len(tables) * (across + gap) < WIDTH else 3
    lines = -(-len(tables) // in_a_line)
    size = left + in_a_line * (across + gap), lines * (tall + 0.7) + 0.02
    ax = board(*size)
    for i, (table, title) in enumerate(zip(tables, [*titles, "sum"], strict=True)):
        x = left + i % in_a_line * (across + gap)
        y = 0.1 + (lines - 1 - i // in_a_line) * (tall + 0.7)
        extent = (x, x + across, y, y + tall)
        image = ax.imshow(table, cmap="PRGn", vmin=-largest, vmax=largest, extent=extent)
        ax.add_patch(Rectangle((x, y), across, tall, fill=False, ec=GREY, lw=0.8))
        for (r, c), value in np.ndenumerate(table):
            spot = x + (c + 0.5) * wide, y + (rows - r - 0.5) * high
            write(ax, *spot, format_number(value, 3), ink_on(image, value), 10)
        for c, name in enumerate(column_names):
            write(ax, x + (c + 0.5) * wide, y + tall + 0.14, name, INK, 11)
        write(ax, x + across / 2, y + tall + 0.42, title, INK, 11)
        if i % in_a_line == 0:
            for r, name in enumerate(row_names):
                write(ax, left - 0.14, y + (rows - r - 0.5) * high, name, INK, 11)
        if i:
            sign_at = x - gap / 2 if i % in_a_line else left - 0.34
            write(ax, sign_at, y + tall / 2, "=" if i == len(titles) else "+", INK, 14)
    ax.set(xlim=(0, size[0]), ylim=(0, size[1]))
    return ax


def both_passes() -> Axes:
    """Draw the passes of two layers, down and up, and which arrays the gradients are made of."""
    down, middle, up, pitch = 1.75, 3.45, 5.15, 1.0
    ax = board(6.8, 6.2)
    ys = 5.45 - pitch * np.arange(6)
    names = ["X", "Z^{[1]}", "A^{[1]}", "Z^{[2]}", "A^{[2]}", "J"]
    steps = [r"\cdot\,W^{[1]}+b^{[1]}", "g", r"\cdot\,W^{[2]}+b^{[2]}", "g"]
    factors = [r"\odot\,g'", r"\cdot\,W^{[2]T}"]
    for y, name in zip(ys, names, strict=True):
        _box(ax, down, y, name, FORWARD)
    for start, end in pairwise(ys):
        arrow(ax, (down, start - 0.24), (down, end + 0.24), FORWARD)
    for y, step in zip(ys, steps, strict=False):
        write(ax, down - 0.82, y - pitch / 2, f"${step}$", FORWARD, 13)
    for y, name in zip(ys[1:4], names[1:4], strict=True):
        _box(ax, up, y, f"d{name}", BACKWARD)
    for end, start, factor in zip(ys[1:3], ys[2:4], factors, strict=True):
        arrow(ax, (up, start + 0.24), (up, end - 0.24), BACKWARD)
        write(ax, up + 0.62, start + pitch / 2, f"${factor}$", BACKWARD, 13)
    dashed: dict[str, Any] = {"color": GREY, "lw": 1.2, "ls": "--"}
    for layer in (1, 2):
        entering, weighted = ys[2 * layer - 2], ys[2 * layer - 1]
        between = entering - pitch / 2
        _box(ax, middle, between, rf"dW^{{[{layer}]}},\,db^{{[{layer}]}}", INK, half=0.6)
        ax.plot([down + 0.3, middle - 0.6], [entering, between + 0.1], **dashed)
        arrow(ax, (up - 0.3, weighted + 0.1), (middle + 0.6, between - 0.1), BACKWARD)
    for start, end in ((ys[1], ys[1]), (ys[4], ys[3] - 0.1)):
        ax.plot([down + 0.3, up - 0.3], [start, end], **dashed)
    write(ax, down - 0.85, ys[5], "$Y$", INK, 14)
    arrow(ax, (down - 0.7, ys[5]), (down - 0.3, ys[5]), INK)
    ax.plot([down + 0.3, up], [ys[5]] * 2, "-", color=BACKWARD, lw=1.2)
    arrow(ax, (up, ys[5]), (up, ys[3] - 0.24), BACKWARD)
    write(ax, up + 0.87, ys[4], "$(A^{[2]}-Y)/m$", BACKWARD, 13)
    write(ax, down, 5.98, "forward ↓", FORWARD, 11)
    write(ax, middle, 5.98, "- - kept", "#6A6A6A", 11)
    write(ax, up, 5.98, "↑ backward", BACKWARD, 11)
    return ax


def _box(ax: Axes, x: float, y: float, name: str, colour: str, half: float = 0.3) -> None:
    """Draw an array as a box with its name."""
    box(ax, x, y, (2 * half, 0.48), colour)
    write(ax, x, y, f"${name}$", INK, 13)


def micro_batch_means(values: np.ndarray, size: int, label: str) -> Axes:
    """Draw a number for each sample, and the mean of every micro-batch as a line over its bars."""
    m = len(values)
    ax = new_axes((WIDTH, 3.6))
    bars = ax.bar(np.arange(1, m + 1), values, width=0.8, color="#D9D9D9", label="one sample")
    handles: list = [bars]
    ax.axhline(0, color=INK, lw=0.8, ls="-")
    means = []
    for start in range(0, m, size):
        part = values[start : start + size]
        means.append(part.mean())
        ends = (start + 0.6, start + len(part) + 0.4)
        handles[1:] = ax.plot(ends, (means[-1],) * 2, "-", color=INK, lw=3)
        handles[1].set(label="mean of a micro-batch", solid_capstyle="butt")
    for name, level, colour, dash in (
        ("mean of all", values.mean(), COLORS[4], "-"),
        ("average of the means", np.mean(means), COLORS[3], "--"),
    ):
        text = f"{name}: {format_number(level, 4)}"
        handles.append(ax.axhline(level, color=colour, ls=dash, lw=1.6, label=text))
    ax.set_xticks(range(1, m + 1))
    ax.set(xlabel="sample", ylabel=label)
    ax.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return ax


def batch_sizes(
    sizes: Sequence[int],
    updates: Sequence[Sequence[float]],
    milliseconds: Sequence[float],
    *,
    curves: Sequence[np.ndarray],
    marks: Mapping[str, float],
) -> list[Axes]:
    """Draw updates, time per update and their product over the batch size, one below the other.

    ``updates`` has a row each for the 10 % quantile, the median and the 90 % quantile; ``curves``
    has batch sizes, and what formulas say of updates and of milliseconds there; ``marks`` names a
    batch size in each panel.
    """
    times, (at, of_updates, of_times) = np.asarray(milliseconds), curves
    seconds = np.asarray(updates) * times / 1000
    figure, panels = plt.subplots(3, sharex=True, figsize=(WIDTH, 6.0), layout="constrained")
    drawn = (
        ("updates", np.asarray(updates), of_updates, (100, 1000)),
        ("ms per update", np.array([times] * 3), of_times, (0.1, 1, 10)),
        ("seconds", seconds, of_updates * of_times / 1000, (0.05, 0.1, 0.2, 0.5, 1)),
    )
    for ax, (name, (low, middle, high), curve, ticks), mark in zip(
        panels, drawn, marks.items(), strict=True
    ):
        bars = [middle - low, high - middle]
        look: dict[str, Any] = {"fmt": "o", "color": INK, "ms": 6, "capsize": 3.5, "lw": 1.5}
        ax.errorbar(sizes, middle, bars if np.any(bars) else None, label="recorded", **look)
        ax.plot(at, curve, "-", color=COLORS[5], lw=2.2, zorder=1, label="formula")
        ax.set(xscale="log", yscale="log", ylabel=name)
        ax.set_yticks(ticks, labels=[f"{tick:,}" for tick in ticks])
        ax.yaxis.set_minor_locator(NullLocator())
        ax.axvline(mark[1], color=GREY, ls=":", lw=1.4, zorder=0)
        ax.text(1.05 * mark[1], 0.86, mark[0], transform=ax.get_xaxis_transform(), fontsize=12)
    panels[0].legend()
    panels[2].set_xlabel("batch size")
    panels[2].set_xticks(sizes, labels=[f"{size:,}" for size in sizes], minor=False)
    panels[2].xaxis.set_minor_locator(NullLocator())
    figure.align_ylabels()
    return list(panels)
