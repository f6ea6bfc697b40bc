"""Figures of chapter 09: a kernel on its way over an image, and how often it uses a pixel."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle

from .. import conv_output_size, correlate2d
from ..plot.charts import heat_map
from ..plot.style import (
    BACKWARD,
    FORWARD,
    GREY,
    INK,
    PALE,
    WIDTH,
    Cells,
    board,
    cell,
    decimals_of,
    format_number,
    new_axes,
    write,
)

CELL, GAP = 0.4, 0.55


def convolution(X: np.ndarray, kernel: np.ndarray, *, position: tuple[int, int]) -> Axes:
    """Draw a kernel at one position of its way over an image."""
    Z = correlate2d(X, kernel)
    tables = (X, kernel, Z)
    inner = sum(table.shape[1] for table in tables) * CELL + 2 * GAP
    tall = max(map(len, tables)) * CELL
    width, height = max(inner + 0.3, 6.0), tall + 0.9
    ax = board(width, height)
    later = np.arange(Z.size).reshape(Z.shape) > position[0] * Z.shape[1] + position[1]
    x, middle = (width - inner) / 2, height - 0.35 - tall / 2
    drawn = []
    for table, name in zip(tables, ("image", "kernel", "output"), strict=True):
        wide = table.shape[1] * CELL
        cells = Cells(ax, x, middle + len(table) * CELL / 2, CELL)
        write(ax, x + wide / 2, cells.top + 0.17, name)
        drawn.append(cells)
        x += wide + GAP
    for cells, sign in zip(drawn[1:], "⋆=", strict=True):
        write(ax, cells.left - GAP / 2, middle, sign, INK, 18)
    _numbers(drawn[0], X, signed=False)
    _numbers(drawn[1], kernel)
    _numbers(drawn[2], Z, hidden=later)
    row, column = position
    f, g = kernel.shape
    drawn[0].frame(row, column, kernel.shape, FORWARD)
    drawn[2].frame(*position, (1, 1), FORWARD)
    terms = _sum_of_products(X[row : row + f, column : column + g], kernel)
    write(ax, width / 2, 0.2, f"{terms} = {format_number(Z[position], 3)}", FORWARD)
    return ax


def three_layers(dense: np.ndarray, local: np.ndarray, shared: np.ndarray) -> Axes:
    """Draw the weights of three layers on a row of pixels: dense, local, with shared weights."""
    tables = {
        f"dense: {dense.size} weights": dense,
        f"local: {np.count_nonzero(local)} weights": local,
        "shared: 3 weights": shared,
    }
    axes = plt.subplots(1, 3, figsize=(WIDTH, 3.3), sharey=True)[1]
    for ax, (title, table) in zip(axes, tables.items(), strict=True):
        most = np.abs(table).max()
        ax.imshow(table, "PRGn", vmin=-most, vmax=most)
        ax.set(title=title, xlabel="output $q$", xticks=range(table.shape[1]))
    axes[0].set(ylabel="pixel $i$", yticks=range(len(dense)))
    return axes[0]


def _numbers(
    cells: Cells,
    table: np.ndarray,
    *,
    signed: bool = True,
    hidden: np.ndarray | None = None,
) -> None:
    """Draw a table of numbers; of the `hidden` ones only the empty cells."""
    decimals = max(decimals_of(value, 2) for value in table.flat)
    largest = np.abs(table).max()
    for (i, j), value in np.ndenumerate(table):
        # only the pale part of a map, so that ink stands out from every cell
        face = plt.get_cmap("PRGn")(0.5 + 0.25 * value / largest)
        if not signed:
            face = plt.get_cmap("Blues")(0.45 * max(value, 0) / largest)
        if hidden is not None and hidden[i, j]:
            cells.fill(i, j)
        else:
            cells.fill(i, j, format_number(value, decimals), face=face)


def _sum_of_products(window: np.ndarray, kernel: np.ndarray) -> str:
    """Write the sum of products out."""
    factors = [format_number(weight, 3) for weight in kernel.flat]
    factors = [f"({factor})" if factor.startswith("−") else factor for factor in factors]
    pixels = [format_number(pixel, 3) for pixel in window.flat]
    return " + ".join(f"{pixel}·{factor}" for pixel, factor in zip(pixels, factors, strict=True))


def pixel_counts(size: int, filter_size: int) -> Axes:
    """Draw how many windows contain each pixel of an image."""
    starts = np.arange(conv_output_size(size, filter_size))
    pixels = np.arange(size)[:, None]
    counts = ((starts <= pixels) & (pixels < starts + filter_size)).sum(axis=1)
    scale = (0, filter_size**2)
    labels = ("column", "row")
    return heat_map(np.outer(counts, counts), signed=False, limits=scale, labels=labels)


def responses(image: np.ndarray, filters: Mapping[str, np.ndarray], limit: float) -> Axes:
    """Draw an image, and beside it the output of each kernel, without padding."""
    h, w = image.shape
    gap, head, foot = 0.12, 0.3, 0.3
    wide = (WIDTH - gap * 4) / 3
    pitch = head + wide * h / w + 0.06
    height = -(-(len(filters) + 1) // 3) * pitch + foot
    ax = board(WIDTH, height)
    outputs = {name: correlate2d(image, K) for name, K in filters.items()}
    for number, (name, table) in enumerate({"image": image, **outputs}.items()):
        row, column = divmod(number, 3)
        high, broad = (wide * side / w for side in table.shape)
        left = gap + column * (wide + gap) + (wide - broad) / 2
        top = height - row * pitch - head - (pitch - head - 0.06 - high) / 2
        signed = name in filters and abs(filters[name].sum()) < 1e-9
        colours, low, most = ("PRGn", -limit, limit) if signed else ("gray", 0, 1)
        extent = (left, left + broad, top - high, top)
        ax.imshow(table, colours, vmin=low, vmax=most, extent=extent, interpolation="nearest")
        cell(ax, (left, top - high), (broad, high), face="none")
        write(ax, left + broad / 2, height - row * pitch - head / 2, name)
    ax.set(xlim=(0, WIDTH), ylim=(0, height), aspect="equal")
    write(ax, WIDTH / 2, foot / 2 - 0.03, f"purple −{limit}, white 0, green {limit}")
    return ax


def window_positions(n: int, f: int, stride: int, before: int = 0, after: int = 0) -> Axes:
    """Draw every position of a window along a row of pixels, one below the other."""
    x = np.arange(-before, n + after)
    starts = x[: len(x) - f + 1 : stride]
    reads = (starts[:, None] <= x) & (x < starts[:, None] + f)
    zero = (x < 0) | (x >= n)
    white, grey, read, unread, read_zero = range(5)
    lines = np.where(reads, np.where(zero, read_zero, read), white)
    total = np.where(zero, grey, np.where(reads.any(axis=0), read, unread))
    ax = new_axes((WIDTH, 0.7 + 0.28 * (len(starts) + 1)))
    colours = ListedColormap(["white", "0.85", FORWARD, BACKWARD, "#A9CFE8"])
    rows = np.vstack([lines, total])
    ax.pcolormesh(x, range(len(rows)), rows, cmap=colours, vmin=0, vmax=4, edgecolors="0.6", lw=0.4)
    ax.set(xlabel="pixel", ylabel="position")
    ax.set_xticks(x if len(x) <= 24 else x[:: max(stride, 2)])
    ax.set_yticks(range(len(rows)), [*map(str, range(len(starts))), "all"])
    ax.invert_yaxis()
    return ax


def strided_groups(positions: int, stride: int) -> Axes:
    """Draw all positions of a window in groups of `stride`; a stride keeps the first of each."""
    full, rest = divmod(positions, stride)
    columns = full + (rest > 0)
    pitch, width, side, bottom = 0.54, 0.42, 0.34, 0.6
    ax = board(WIDTH, bottom + side * stride + 0.15)
    left = (WIDTH - pitch * columns) / 2 + 0.25
    for t in range(columns * stride):
        column, row = divmod(t, stride)
        x, y = left + pitch * column, bottom + side * (stride - 1 - row)
        kept, there = row == 0, t < positions
        face = (FORWARD if kept else PALE) if there else "white"
        frame = Rectangle((x, y), width, side, fc=face, ec=GREY, lw=0.8, ls="-" if there else ":")
        ax.add_patch(frame)
        if there:
            write(ax, x + width / 2, y + side / 2, str(t), "white" if kept else INK)
    write(ax, left - 0.34, bottom + side * (stride - 0.5), "kept", FORWARD)
    end = left + pitch * (full - 1) + width
    ax.plot([left, end], [bottom - 0.14] * 2, color=INK, lw=1)
    write(ax, (left + end) / 2, bottom - 0.34, f"{full} full groups")
    x = left + pitch * full
    ax.plot([x, x + width], [bottom - 0.14] * 2, color=INK, lw=1, ls=":")
    write(ax, x + width / 2, bottom - 0.34, "not full")
    return ax
