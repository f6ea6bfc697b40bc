"""Figures of chapter 09: a kernel on its way over an image, and the pixels behind an output."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle

from .. import correlate2d
from ..plot.style import (
    BACKWARD,
    COLORS,
    FORWARD,
    GREY,
    INK,
    MARKERS,
    PALE,
    PALE_FORWARD,
    WIDTH,
    Cells,
    board,
    cell,
    circle,
    decimals_of,
    format_number,
    new_axes,
    write,
)

Triple = tuple[int, int, int]
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
    """Draw the weights of three layers on a row of pixels, with frames around the free ones."""
    tables = {
        f"dense\n{dense.size} weights": (dense, dense),
        f"locally connected\n{np.count_nonzero(local)} weights": (local, local),
        "convolution\n3 weights": (shared, local),
    }
    most = max(np.abs(table).max() for table, _ in tables.values())
    axes = plt.subplots(1, 3, figsize=(WIDTH, 3.6), sharey=True, layout="constrained")[1]
    for ax, (title, (table, free)) in zip(axes, tables.items(), strict=True):
        ax.imshow(table, "PRGn", vmin=-most, vmax=most)
        for pixel, output in np.argwhere(free):
            corner = output - 0.5, pixel - 0.5
            ax.add_patch(Rectangle(corner, 1, 1, fill=False, ec=INK, lw=0.9))
        ax.set(title=title, xlabel="output $q$", xticks=range(table.shape[1]))
    axes[0].set(ylabel="pixel $i$", yticks=range(len(dense)))
    return axes[0]


def errors_of_layers(counts: Sequence[int], errors: np.ndarray) -> Axes:
    """Draw errors on new images over training images: medians, and from the lowest to the highest.

    ``errors``: (2, counts, seeds, 3), with the pixels in order and shuffled, for a dense, a locally
    connected and a convolutional layer. What is far above the others is not drawn.
    """
    names = ("dense", "locally connected", "convolution")
    axes = plt.subplots(1, 2, figsize=(WIDTH, 3.4), sharey=True, layout="constrained")[1]
    zero = np.sqrt(6 * 8.25)  # six pixels with the variance of a digit
    for ax, table, title in zip(axes, errors, ("pixels in order", "pixels shuffled"), strict=True):
        for layer, (name, marker) in enumerate(zip(names, MARKERS, strict=False)):
            low, middle, high = np.quantile(table[..., layer], [0, 0.5, 1], axis=1)
            look = {"color": COLORS[layer]}
            ax.fill_between(counts, low, high, alpha=0.2, lw=0, **look)
            ax.plot(counts, middle, marker=marker, ls="-", ms=4.5, lw=1.6, label=name, **look)
        ax.axhline(zero, color=GREY, ls="--", lw=1.2, label="predicting 0")
        ax.set(
            title=title, xlabel="training images", xticks=(1, 9, 16, 24, 36, 48), ylim=(-0.4, 13)
        )
    axes[0].set_ylabel("error on new images")
    axes[0].figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
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


def receptive_fields(
    stride_1: Sequence[Triple], stride_2: Sequence[Triple], doubled: Sequence[Triple]
) -> Axes:
    """Draw, for three stacks of layers (kernel, stride, dilation), the units behind one output.

    In each pixel stands the number of paths from it to the output. As many stacks stand in a row
    as find room.
    """
    stacks = {"stride 1": stride_1, "stride 2": stride_2, "dilation doubled": doubled}
    pitch, rise, left, gap = 0.27, 0.62, 0.75, 0.45
    tall = rise * max(map(len, stacks.values())) + 1.1
    cones = {title: _cone(layers) for title, layers in stacks.items()}
    places, x, row = {}, left, 0
    for title, (across, _) in cones.items():
        wide = pitch * len(across[0])
        if x > left and x + wide > WIDTH:
            x, row = left, row + 1
        places[title] = x, row
        x += wide + gap
    ax = board(WIDTH, tall * (row + 1))
    for title, (across, paths) in cones.items():
        start, line = places[title]
        bottom = tall * (row - line) + 0.55
        points = [
            [(start + pitch * (x + 0.5), bottom + rise * level) for x in units]
            for level, units in enumerate(across)
        ]
        for (f, s, d), below, above, counts in zip(
            stacks[title], points, points[1:], paths[1:], strict=False
        ):
            for t in np.flatnonzero(counts):
                for u in range(f):
                    ends = np.transpose([above[t], below[t * s + d * u]])
                    ax.plot(*ends, "-", color=GREY, lw=1.0, zorder=0.5)
        for level, (units, counts) in enumerate(zip(points, paths, strict=True)):
            for point, count in zip(units, counts, strict=True):
                face = (PALE_FORWARD if level == 0 else FORWARD) if count else PALE
                circle(ax, point, 0.115, str(count) if level == 0 else "", face=face, font=8.5)
            if start == left:
                write(ax, left / 2, units[0][1], f"layer {level}" if level else "image")
        middle = start + pitch * len(across[0]) / 2
        write(ax, middle, bottom - 0.34, f"{len(across[0])} pixels")
        write(ax, middle, bottom + rise * len(stacks[title]) + 0.32, title)
    return ax


def _cone(layers: Sequence[Triple]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return, from the image up, where the units behind an output stand, and their paths to it."""
    paths = [np.array([1])]
    for f, s, d in reversed(layers):
        below = np.zeros(s * (len(paths[0]) - 1) + d * (f - 1) + 1, dtype=int)
        for t, u in np.ndindex(len(paths[0]), f):
            below[t * s + d * u] += paths[0][t]
        paths.insert(0, below)
    across = [np.arange(len(paths[0]), dtype=float)]
    for (f, s, d), counts in zip(layers, paths[1:], strict=True):
        first = s * np.arange(len(counts))
        across.append((across[-1][first] + across[-1][first + d * (f - 1)]) / 2)
    return across, paths


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
