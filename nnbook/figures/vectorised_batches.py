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
    MARKERS,
    WIDTH,
    arrow,
    board,
    box,
    cell,
    format_number,
    ink_on,
    new_axes,
    powers_of_ten,
    write,
)

SUMMED = COLORS[2]  # the side over which a product adds up


def matrix_product(
    left: np.ndarray,
    right: np.ndarray,
    *,
    names: Sequence[str],
    sides: Sequence[str],
    entry: tuple[int, int],
) -> Axes:
    """Draw ``left @ right`` as blocks of numbers; the side that is added over is green."""
    wide, high, gap = 0.6, 0.3, 0.62
    tables = [left, right, left @ right]
    outer, inner, across = sides
    beside = [(outer, INK), (inner, SUMMED), (outer, INK)]
    above = [(inner, SUMMED), (across, INK), (across, INK)]
    widths = [wide * table.shape[1] for table in tables]
    tall = high * max(map(len, tables))
    width = max(WIDTH, sum(widths) + 3 * gap + 0.3)
    ax = board(width, tall + 0.84)
    x, middle = (width - sum(widths) - 3 * gap) / 2 + gap, 0.42 + tall / 2
    for i, table in enumerate(tables):
        rows, columns = table.shape
        top = middle + high * rows / 2
        for (r, c), value in np.ndenumerate(table):
            green = (i == 0 and r == entry[0]) or (i == 1 and c == entry[1])
            blue = i == 2 and (r, c) == entry
            face = "#CFEDE3" if green else "#D6E8F3" if blue else "white"
            corner, text = (x + wide * c, top - high * (r + 1)), format_number(value, 3)
            cell(ax, corner, (wide, high), text, face=face, line=0.8, font=9.5)
        bar: dict[str, Any] = {"color": SUMMED, "lw": 3.5, "solid_capstyle": "butt", "zorder": 3}
        if above[i][1] == SUMMED:
            ax.plot([x, x + widths[i]], [top, top], "-", **bar)
        if beside[i][1] == SUMMED:
            ax.plot([x, x], [top - high * rows, top], "-", **bar)
        write(ax, x + widths[i] / 2, top + 0.15, f"{columns} {above[i][0]}", above[i][1], 9)
        side = write(ax, x - 0.15, middle, f"{rows} {beside[i][0]}", beside[i][1], 9)
        side.set_rotation(90)
        write(ax, x + widths[i] / 2, top - high * rows - 0.2, names[i], INK, 13)
        if i < 2:
            write(ax, x + widths[i] + gap / 2 - 0.11, middle, "=" if i else r"$\cdot$", INK, 17)
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
    """Draw the passes of two layers, and which arrays the gradients are made of."""
    pitch, high, between, low = 1.4, 2.5, 1.5, 0.5
    ax = board(8.5, 3.0)
    xs = 0.6 + pitch * np.arange(6)
    names = ["X", "Z^{[1]}", "A^{[1]}", "Z^{[2]}", "A^{[2]}", "J"]
    steps = [r"\cdot\,W^{[1]}+b^{[1]}", "g", r"\cdot\,W^{[2]}+b^{[2]}", "g"]
    factors = [r"\odot\,g'", r"\cdot\,W^{[2]T}"]
    for x, name in zip(xs, names, strict=True):
        _box(ax, x, high, name, FORWARD)
    for start, end in pairwise(xs):
        arrow(ax, (start + 0.3, high), (end - 0.3, high), FORWARD)
    for x, step in zip(xs, steps, strict=False):
        write(ax, x + pitch / 2, high - 0.2, f"${step}$", FORWARD, 10)
    for x, name in zip(xs[1:4], names[1:4], strict=True):
        _box(ax, x, low, f"d{name}", BACKWARD)
    for end, start, factor in zip(xs[1:3], xs[2:4], factors, strict=True):
        arrow(ax, (start - 0.3, low), (end + 0.3, low), BACKWARD)
        write(ax, start - pitch / 2, low - 0.2, f"${factor}$", BACKWARD, 11)
    dashed: dict[str, Any] = {"color": GREY, "lw": 1.2, "ls": "--"}
    for layer in (1, 2):
        entering, weighted = xs[2 * layer - 2], xs[2 * layer - 1]
        middle = entering + pitch / 2
        _box(ax, middle, between, rf"dW^{{[{layer}]}},\,db^{{[{layer}]}}", INK, half=0.56)
        ax.plot([entering, middle - 0.12], [high - 0.24, between + 0.24], **dashed)
        arrow(ax, (weighted, low + 0.24), (middle + 0.12, between - 0.24), BACKWARD)
    for start, end in ((xs[1], xs[1]), (xs[4], xs[3])):
        ax.plot([start, end + 0.12], [high - 0.24, low + 0.24], **dashed)
    write(ax, xs[5] + 0.72, high, "$Y$", INK, 13)
    arrow(ax, (xs[5] + 0.6, high), (xs[5] + 0.3, high), INK)
    ax.plot([xs[5]] * 2, [high - 0.24, low], "-", color=BACKWARD, lw=1.2)
    arrow(ax, (xs[5], low), (xs[3] + 0.3, low), BACKWARD)
    write(ax, xs[4], low - 0.2, "$(A^{[2]}-Y)/m$", BACKWARD, 11)
    write(ax, 2.5, 2.87, "forward →", FORWARD, 9)
    write(ax, 4.25, 2.87, "- - kept from the forward pass", "#6A6A6A", 9)
    write(ax, 6.0, 2.87, "← backward", BACKWARD, 9)
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
        ("mean of all", values.mean(), FORWARD, "-"),
        ("average of the means", np.mean(means), BACKWARD, "--"),
    ):
        text = f"{name}: {format_number(level, 4)}"
        handles.append(ax.axhline(level, color=colour, ls=dash, lw=1.6, label=text))
    ax.set_xticks(range(1, m + 1))
    ax.set(xlabel="sample", ylabel=label)
    ax.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return ax


def seconds_to_goal(
    runs: Mapping[int, Mapping[int, float]],
    recorded: Mapping[int, Sequence[float]],
    *,
    goal: float,
) -> np.ndarray:
    """Draw the loss of a few runs over seconds, and below the seconds of every batch size.

    ``runs``: size -> update -> loss; ``recorded``: size -> updates, milliseconds per update, and
    the 10 % quantile, the median and the 90 % quantile of the seconds.
    """
    axes = plt.subplots(2, 1, figsize=(WIDTH, 6.6), layout="constrained")[1]
    above, below = axes
    colours = dict(zip(runs, COLORS[2:], strict=False))
    for marker, (size, losses) in zip(MARKERS, runs.items(), strict=False):
        times = np.array(list(losses)) * recorded[size][1] / 1000
        look: dict[str, Any] = {"color": colours[size], "marker": marker, "ls": "-", "ms": 4.5}
        above.plot(times, list(losses.values()), label=f"{size:,}", **look)
    above.axhline(goal, color=INK, lw=1.0, ls="--")
    above.set(xscale="log", yscale="log", xlabel="seconds", ylabel="loss on held-out images")
    above.set_yticks([0.3, 0.5, 1, 2], labels=["0.3", "0.5", "1", "2"], minor=False)
    above.yaxis.set_minor_locator(NullLocator())
    above.legend(title="batch size")
    for size, (_, _, low, median, high) in recorded.items():
        colour = colours.get(size, INK)
        bars = [[median - low], [high - median]]
        below.errorbar(size, median, bars, fmt="o", color=colour, ms=7, capsize=4, lw=1.6)
    below.set(xscale="log", yscale="log", xlabel="batch size", ylabel="seconds to the goal")
    below.set_xticks(list(recorded), labels=[f"{size:,}" for size in recorded], minor=False)
    below.xaxis.set_minor_locator(NullLocator())
    below.set_yticks([0.05, 0.1, 0.2, 0.5, 1], labels=["0.05", "0.1", "0.2", "0.5", "1"])
    below.yaxis.set_minor_locator(NullLocator())
    powers_of_ten(above)
    return axes
