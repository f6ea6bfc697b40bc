"""Figures of chapter 10: volumes of channels, pooling, and gradients of convolutions."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Polygon, Rectangle

from .. import Sequential, conv_output_size
from ..plot.style import (
    BACKWARD,
    COLORS,
    FAINT,
    FORWARD,
    GREY,
    INK,
    PALE,
    PALE_BACKWARD,
    PALE_FORWARD,
    WIDTH,
    Cells,
    arrow,
    board,
    cell,
    decimals_of,
    format_number,
    write,
)

TINTS = ("#F7CFC9", "#CFE9CB", "#CBDCF5")  # red, green, blue
BLUISH = "#D9E8F5"
DEEPER = np.array([0.5, 0.42])  # from one channel to the next, right and up, in cells


Rows = list[tuple[int, int, int, int, int]]


def architectures() -> dict[str, Rows]:
    """Return the layers of four networks: c_in, c_out, kernel, output side, numbers per map.

    The last number is 1 for a bias, 2 for a batch normalisation, which replaces it.
    """
    lenet = [(1, 6, 5, 28, 1), (6, 16, 5, 10, 1)]
    lenet += [(a, b, 1, 1, 1) for a, b in pairwise((400, 120, 84, 10))]
    alexnet = [(3, 64, 11, 55, 1), (64, 192, 5, 27, 1), (192, 384, 3, 13, 1)]
    alexnet += [(384, 256, 3, 13, 1), (256, 256, 3, 13, 1)]
    alexnet += [(a, b, 1, 1, 1) for a, b in pairwise((9216, 4096, 4096, 1000))]
    widths = (3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
    sides = (224, 224, 112, 112, 56, 56, 56, 28, 28, 28, 14, 14, 14)
    vgg = [(a, b, 3, side, 1) for (a, b), side in zip(pairwise(widths), sides, strict=True)]
    vgg += [(a, b, 1, 1, 1) for a, b in pairwise((25088, 4096, 4096, 1000))]
    resnet, width, before = [(3, 64, 7, 112, 2)], 64, 56
    for blocks, inner, side in ((3, 64, 56), (4, 128, 28), (6, 256, 14), (3, 512, 7)):
        resnet.append((width, 4 * inner, 1, side, 2))  # so that the shortcut fits
        for _ in range(blocks):
            resnet += [(width, inner, 1, before, 2), (inner, inner, 3, side, 2)]
            resnet.append((inner, 4 * inner, 1, side, 2))
            width, before = 4 * inner, side
    resnet.append((2048, 1000, 1, 1, 1))
    names = ("LeNet-5 variant, 1998", "AlexNet, 2012", "VGG-16, 2014", "ResNet-50, 2015")
    return dict(zip(names, (lenet, alexnet, vgg, resnet), strict=True))


def cost_shares(costs: Mapping[str, Sequence[Sequence[float]]]) -> Axes:
    """Draw for each network how its parameters and its work divide, convolutions against dense.

    The costs are, by name, two pairs: parameters and multiply-accumulates of both kinds of layers.
    """
    pitch, thick, long = 0.42, 0.24, 1.95
    lefts, top = (1.8, 4.6), len(costs) * pitch + 0.15
    ax = board(WIDTH, top + 0.72)
    inks = (FORWARD, COLORS[4])
    for left, title in zip(lefts, ("parameters", "multiply–accumulates"), strict=True):
        write(ax, left + long / 2, top + 0.13, title, INK, 11)
    for x, name, ink in zip((2.35, 4.2), ("convolutions", "dense layers"), inks, strict=True):
        ax.add_patch(Rectangle((x, top + 0.41), 0.2, 0.16, fc=ink, ec="none"))
        write(ax, x + 0.8, top + 0.49, name, INK, 10)
    for k, (name, pairs) in enumerate(costs.items()):
        y = top - (k + 0.5) * pitch
        write(ax, 0.1, y, name, INK, 10).set_horizontalalignment("left")
        for left, pair in zip(lefts, pairs, strict=True):
            split = long * pair[0] / sum(pair)
            for x, wide, ink in ((left, split, inks[0]), (left + split, long - split, inks[1])):
                bar = Rectangle((x, y - thick / 2), wide, thick, fc=ink, ec="white", lw=0.5)
                ax.add_patch(bar)
            text = write(ax, left + long + 0.08, y, _in_thousands(sum(pair)), INK, 10)
            text.set_horizontalalignment("left")
    return ax


def _in_thousands(number: float) -> str:
    """Write a large number with two or three digits and k, M or G."""
    power = min(int(np.log10(number)) // 3, 3)
    scaled = number / 1000**power
    return f"{scaled:.{1 if scaled < 99.5 else 0}f} {('', 'k', 'M', 'G')[power]}"


def kernels_and_maps(
    before: np.ndarray, learnt: np.ndarray, image: np.ndarray, maps: np.ndarray
) -> Axes:
    """Draw kernels before and after training in one scale, below each its map of the image."""
    side, gap, left = 0.66, 0.09, 0.98
    count = learnt.shape[2]
    height = 3 * (side + gap) + 0.3
    ax = board(left + count * (side + gap) + 0.05, height)
    limit = max(np.abs(before).max(), np.abs(learnt).max())
    rows = [("before", before, "PRGn", limit), ("learnt", learnt, "PRGn", limit)]
    rows.append(("", maps, "Blues", maps.max()))
    for row, (name, tables, colours, largest) in enumerate(rows):
        y = height - 0.3 - (row + 1) * (side + gap) + gap
        least = -largest if colours == "PRGn" else 0
        write(ax, left / 2, y + side / 2, name, INK, 10.5)
        for k in range(count):
            spot = (left + k * (side + gap), y)
            _small(ax, spot, side, tables[:, :, k], colours, (least, largest))
            if row == 0:
                write(ax, spot[0] + side / 2, height - 0.15, str(k), INK, 10.5)
    _small(ax, (0.12, y), side, image, "Blues", (0, image.max()))
    arrow(ax, (0.12 + side + 0.02, y + side / 2), (left - 0.02, y + side / 2), FORWARD)
    return ax


def _small(
    ax: Axes,
    corner: tuple[float, float],
    side: float,
    table: np.ndarray,
    colours: str,
    limits: tuple[float, float],
) -> None:
    """Draw a square table in colours, with a frame."""
    (x, y), (least, largest) = corner, limits
    ax.imshow(
        table, cmap=colours, vmin=least, vmax=largest, interpolation="nearest",
        extent=(x, x + side, y, y + side),
    )  # fmt: skip
    ax.add_patch(Rectangle(corner, side, side, fill=False, ec=GREY, lw=0.8))


def channels(image: np.ndarray) -> Axes:
    """Draw a coloured image as three tinted tables of numbers, and in its colours."""
    h, w, _ = image.shape
    gap = 0.24
    side = min(0.36, (WIDTH - 0.2 - 3 * gap) / (4 * w))
    height = h * side + 0.4
    ax = board(4 * w * side + 3 * gap + 0.2, height)
    light = image / image.max()
    for k, name in enumerate(("red", "green", "blue", "together")):
        cells = Cells(ax, 0.1 + k * (w * side + gap), height - 0.32, side)
        write(ax, cells.left + w * side / 2, height - 0.16, name)
        for i, j in np.ndindex(h, w):
            text, face = "", light[i, j]
            if k < 3:
                text = format_number(image[i, j, k], 0)
                face = 1 - 0.55 * light[i, j, k] * (1 - np.eye(3)[k])
            cells.fill(i, j, text, face=face, line=0.6)
    return ax


def volume(n: int, f: int, *, kernels: int, position: tuple[int, int]) -> Axes:
    """Draw an image as a block, the window in it, the kernels, and the block of their outputs."""
    ax = board(WIDTH, 3.1)
    cell, middle, side = 0.3, 1.65, n - f + 1
    front = (0.3, middle + n * cell / 2 - 0.1)
    _block(ax, front, n, TINTS, cell)
    _window(ax, front, position, f, 3, cell)
    write(ax, front[0] + n * cell / 2, 0.3, f"{n} × {n} × 3", INK, 11)

    step = 2.5 / kernels
    small = min(cell, 0.85 * step / (f + 0.42 * 3))
    maps = [tuple(1 - 0.45 * (1 - np.array(to_rgb(colour)))) for colour in COLORS[:kernels]]
    for k, pale in enumerate(maps):
        top = middle + 0.5 * step * (kernels - 1 - 2 * k) + f * small / 2
        _block(ax, (3.1, top), f, [pale] * 3, small, edge=COLORS[k])
    write(ax, 3.1 + f * small / 2 + 0.1, 0.3, f"{kernels} kernels {f} × {f} × 3", INK, 11)

    left = (5.15, middle + side * cell / 2 - 0.1)
    _block(ax, left, side, maps, cell)
    _window(ax, left, position, 1, kernels, cell)
    write(ax, left[0] + side * cell / 2, 0.3, f"{side} × {side} × {len(maps)}", INK, 11)
    right = front[0] + (n + 3 * DEEPER[0]) * cell
    arrow(ax, (right + 0.08, middle), (3.0, middle), FORWARD)
    arrow(ax, (4.5, middle), (5.05, middle), FORWARD)
    return ax


def layer_volumes(network: Sequential, input_shape: Sequence[int]) -> Axes:
    """Draw the outputs of a network as blocks and bars, with shapes and parameters."""
    stages = [(tuple(input_shape), "", 0)]
    for layer, row in zip(network.layers, network.summary(input_shape).rows, strict=True):
        if row[2] or np.prod(row[1]) != np.prod(stages[-1][0]):
            stages.append((tuple(row[1]), _kind(layer), row[2]))
    ax = board(WIDTH, 2.5)
    pitch, middle = (WIDTH - 0.3) / len(stages), 1.2
    tallest = max(shape[0] for shape, _, _ in stages if len(shape) == 3)
    longest = max(shape[0] for shape, _, _ in stages if len(shape) == 1)
    for k, (shape, name, parameters) in enumerate(stages):
        x = 0.15 + pitch * (k + 0.5)
        if len(shape) == 3:
            side = shape[0] * 0.62 * pitch / tallest
            shift = 0.25 * pitch * min(shape[2], 16) / 16 / shape[2] * np.array([1, 0.84])
            corner = np.array([x - side / 2 - shape[2] * shift[0] / 2, middle + side / 2])
            across, down = np.array([side, 0]), np.array([0, -side])
            _faces(ax, corner, across, down, shape[2] * shift, INK, BLUISH)
        else:
            tall = max(1.3 * shape[0] / longest, 0.12)
            bar = Rectangle((x - 0.06, middle - tall / 2), 0.12, tall, fc=BLUISH, ec=INK, lw=0.8)
            ax.add_patch(bar)
        write(ax, x, 0.28, "×".join(map(str, shape)), INK, 9)
        if name:
            write(ax, x - pitch / 2, 2.22, f"{name}\n{parameters:,}", FORWARD, 9)
            arrow(ax, (x - pitch / 2 - 0.06, 1.98), (x - pitch / 2 + 0.1, 1.98), FORWARD)
    return ax


def _kind(layer: Any) -> str:
    """Name a layer in one or two words."""
    kind = type(layer).__name__
    if kind == "Conv2D":
        return "conv {}×{}".format(*layer.parameters["W"].shape)
    if kind.endswith("Pool2D"):
        return "pool " + "×".join(map(str, np.broadcast_to(layer.size, 2)))
    return kind.lower()


def _faces(
    ax: Axes,
    corner: np.ndarray,
    across: np.ndarray,
    down: np.ndarray,
    deep: np.ndarray,
    edge: str,
    face: Any = "none",
) -> None:
    """Draw the three faces of a block that are seen: front, top and right."""
    right, foot = corner + across, corner + across + down
    for outline in (
        [corner, right, foot, corner + down],
        [corner, right, right + deep, corner + deep],
        [right, foot, foot + deep, right + deep],
    ):
        ax.add_patch(Polygon(outline, fc=face, ec=edge, lw=1.0))


def _block(
    ax: Axes, corner: tuple[float, float], n: int, colours: Sequence, cell: float, edge: str = INK
) -> None:
    """Draw n by n cells in a colour for each channel, the front first, from a corner on."""
    start, back = np.array(corner), cell * DEEPER
    down, across = np.array([0, -cell]), np.array([cell, 0])
    line: dict[str, Any] = {"ec": edge, "lw": 0.5}
    for z, colour in reversed(list(enumerate(colours))):
        for k in range(n):
            a, b = start + k * across + z * back, start + n * across + k * down + z * back
            ax.add_patch(Polygon([a, a + across, a + across + back, a + back], fc=colour, **line))
            ax.add_patch(Polygon([b, b + down, b + down + back, b + back], fc=colour, **line))
    cells = Cells(ax, *corner, cell)
    for i, j in np.ndindex(n, n):
        cells.fill(i, j, face=colours[0], edge=edge, line=0.5)
    _faces(ax, start, n * across, n * down, len(colours) * back, edge)


def _window(
    ax: Axes, corner: tuple[float, float], at: tuple[int, int], f: int, depth: int, cell: float
) -> None:
    """Draw the edges of a block inside of a block, those behind dashed, and colour its front."""
    back = depth * cell * DEEPER
    start = np.array(corner) + cell * np.array([at[1], -at[0]])
    square = start + f * cell * np.array([[0, 0], [1, 0], [1, -1], [0, -1]])
    ax.add_patch(Polygon(square, fc=FORWARD, alpha=0.35, zorder=5))
    ax.add_patch(Polygon(square, fill=False, ec=FORWARD, lw=2.2, zorder=6))
    ax.add_patch(Polygon(square + back, fill=False, ec=FORWARD, lw=1.2, ls=":", zorder=6))
    for point in square:
        ax.plot(*zip(point, point + back, strict=True), color=FORWARD, lw=1.2, ls=":", zorder=6)


def max_pooling(image: np.ndarray, size: int, gradient: np.ndarray | None = None) -> Axes:
    """Draw max pooling of windows side by side, and the gradient that goes back to the maxima."""
    X, f, cell, gap = image, size, 0.42, 0.55
    blocks = X.reshape(len(X) // f, f, -1, f)
    pooled = blocks.max(axis=(1, 3))
    won = np.kron(pooled, np.ones((f, f))) == X
    tables = [("image", X, FORWARD), ("maximum", pooled, FORWARD)]
    if gradient is not None:
        back = np.kron(gradient, np.ones((f, f)))
        tables += [("upstream gradient", gradient, BACKWARD)]
        tables += [("gradient w.r.t. image", np.where(won, back, np.nan), BACKWARD)]
    rooms = [max(table.shape[1] * cell, 0.9) for _, table, _ in tables]
    height = len(X) * cell + 0.55
    ax = board(sum(rooms) + gap * len(tables), height)
    x, middle = gap / 2, (height - 0.35) / 2
    for k, ((name, table, colour), room) in enumerate(zip(tables, rooms, strict=True)):
        left = x + (room - table.shape[1] * cell) / 2
        cells = Cells(ax, left, middle + len(table) * cell / 2, cell)
        ink, tint = (INK, PALE_FORWARD) if colour == FORWARD else (BACKWARD, PALE_BACKWARD)
        write(ax, x + room / 2, cells.top + 0.17, name, ink)
        large = table.shape == X.shape
        for (i, j), value in np.ndenumerate(table):
            text = "" if np.isnan(value) else _short(value)
            face = tint if large and won[i, j] else "white"
            cells.fill(i, j, text, face=face, ink=ink, font=10, order=3)
        step = f if large else 1
        for i, j in np.ndindex(pooled.shape):
            cells.frame(i * step, j * step, (step, step), INK, 1.6)
        x += room + gap
        if k in (0, 2):
            arrow(ax, (x - gap + 0.08, middle), (x - 0.08, middle), colour)
    return ax


def noticed_shifts(n: int, size: int) -> Axes:
    """Draw every shift to the right of one bright pixel; orange where max pooling notices it."""
    side = 0.55
    ax = board(n * side + 2.2, n * side + 0.2)
    cells, seen = Cells(ax, 0.1, n * side + 0.1, side), {False: 0, True: 0}
    for i, j in np.ndindex(n, n):
        cells.fill(i, j, edge=FAINT, line=0.8)
        if j + 1 < n:
            noticed = j // size != (j + 1) // size
            seen[noticed] += 1
            x, y = cells.corner(i - 0.5, j + 0.5)
            reach = 0.38 * side
            colour = BACKWARD if noticed else FORWARD
            arrow(ax, (x + side / 2 - reach, y), (x + side / 2 + reach, y), colour)
    for i, j in np.ndindex(n // size, n // size):
        cells.frame(i * size, j * size, (size, size), INK, 2)
    x, middle = n * side + 1.15, n * side / 2 + 0.1
    write(ax, x, middle + 0.17, f"not noticed: {seen[False]}", FORWARD, 11)
    write(ax, x, middle - 0.17, f"noticed: {seen[True]}", BACKWARD, 11)
    return ax


def shared_weights(
    x: np.ndarray, w: np.ndarray, delta: np.ndarray, *, pixel: int | None = None, weight: int = 0
) -> Axes:
    """Draw a filter on a row of pixels, stride 2 and padding 1, and the gradient of one entry.

    The entry is a pixel, or without one a weight.
    """
    stride, padding, pitch, cell = 2, 1, 0.8, 0.42
    n, f = len(x), len(w)
    padded = np.pad(x, padding)
    width, above, below = len(padded) * pitch + 1.0, 2.55, 1.05
    ax = board(width, 3.3)
    at = [1.25 + i * pitch for i in range(len(padded))]
    out = [at[stride * r] + (f - 1) / 2 * pitch for r in range(len(delta))]
    letters: list[str] = []
    numbers: list[str] = []
    total = 0.0
    for r, u in np.ndindex(len(delta), f):
        i = stride * r + u - padding
        start, end = (at[i + padding], above - cell / 2), (out[r], below + cell / 2)
        if (i != pixel) if pixel is not None else (u != weight):
            ax.plot(*zip(start, end, strict=True), color=FAINT, lw=1.0, zorder=1)
            continue
        inside = 0 <= i < n
        value = w[u] if pixel is not None else padded[i + padding]
        letter = f"w_{{{u}}}" if pixel is not None else f"x_{{{i}}}" if inside else ""
        colour, part = BACKWARD if inside else GREY, 0.36 if pixel is not None else 0.42
        arrow(ax, end, start, colour)
        spot = np.array(start) * part + np.array(end) * (1 - part)
        named = f"${letter}$ = {_short(value)}" if letter else "0"
        text = write(ax, spot[0], spot[1], named, colour, 10)
        text.set_bbox({"fc": "white", "ec": "none", "pad": 1.2})
        letters.append(rf"\delta_{{{r}}}" + (rf"\,{letter}" if letter else r"\cdot0"))
        numbers.append(f"{_short(delta[r], inner=bool(numbers))}·{_short(value, inner=True)}")
        total += delta[r] * value
    look: dict[str, Any] = {"order": 3, "font": 10}
    framed = look | {"edge": BACKWARD, "line": 1.8, "ink": BACKWARD}
    for i, value in enumerate(padded):
        inside = padding <= i < padding + n
        chosen = framed if inside and i - padding == pixel else look
        row = Cells(ax, at[i] - cell / 2, above + cell / 2, cell)
        row.fill(0, 0, _short(value), face="white" if inside else PALE, **chosen)
        if inside:
            write(ax, at[i], above + 0.38, f"$x_{{{i - padding}}}$", INK, 11)
    for r, value in enumerate(delta):
        Cells(ax, out[r] - cell / 2, below + cell / 2, cell).fill(0, 0, _short(value), **framed)
        write(ax, out[r], below - 0.38, rf"$\delta_{{{r}}}$", BACKWARD, 11)
    write(ax, 0.45, above, "pixels")
    write(ax, 0.45, below, "upstream\ngradient", BACKWARD)
    left = f"dx_{{{pixel}}}" if pixel is not None else f"dw_{{{weight}}}"
    sums = f" = {' + '.join(numbers)} = {_short(total)}" if numbers else ""
    write(ax, width / 2, 0.25, f"${left}={'+'.join(letters) or '0'}${sums}", BACKWARD, 11)
    return ax


def flipped(delta: np.ndarray, w: np.ndarray, stride: int, padding: int, *, pixel: int) -> Axes:
    """Draw the gradient of a row as a reversed kernel on the upstream gradient with its zeros.

    The windows of the forward pass reach the end of the padded row.
    """
    f, side, left = len(w), 0.5, 1.55
    given = np.arange(len(delta)) * stride + f - 1 - padding  # where the upstream gradients lie
    row = np.zeros(given[-1] + f - padding)
    row[given] = delta
    dx = np.correlate(row, w[::-1])
    width = left + len(row) * side + 0.4
    ax = board(width, 3.45)
    look: dict[str, Any] = {"font": 10, "order": 3}
    above = Cells(ax, left, 3.05, side)
    for i, value in enumerate(row):
        ink, face = (BACKWARD, "white") if i in given else (GREY, PALE)
        above.fill(0, i, _short(value), face=face, ink=ink, **look)
    for r, at in enumerate(given):
        write(ax, left + (at + 0.5) * side, 3.2, rf"$\delta_{{{r}}}$", BACKWARD, 11)
    kernel = Cells(ax, left + pixel * side, 2.25, side)
    for k, weight in enumerate(w[::-1]):
        kernel.fill(0, k, _short(weight), face=PALE_FORWARD, **look)
        write(ax, kernel.left + (k + 0.5) * side, 1.6, f"$w_{{{f - 1 - k}}}$", INK, 11)
    below = Cells(ax, left + (f - 1) / 2 * side, 1.35, side)
    for i, value in enumerate(dx):
        face = PALE_BACKWARD if i == pixel else "white"
        below.fill(0, i, _short(value), face=face, ink=BACKWARD, **look)
    above.frame(0, pixel, (1, f), FORWARD)
    below.frame(0, pixel, (1, 1), BACKWARD)
    names = ("upstream gradient,\nwith zeros", "reversed kernel", "gradient\nw.r.t. pixels")
    for y, name in zip((2.8, 2.0, 1.1), names, strict=True):
        write(ax, left / 2 - 0.02, y, name)
    products = [
        f"{_short(value, inner=k > 0)}·{_short(weight, inner=True)}"
        for k, (value, weight) in enumerate(zip(row[pixel : pixel + f], w[::-1], strict=True))
    ]
    sums = f"$dx_{{{pixel}}}$ = {' + '.join(products)} = {_short(dx[pixel])}"
    write(ax, width / 2, 0.3, sums, BACKWARD, 11)
    return ax


def _short(value: Any, *, inner: bool = False) -> str:
    """Write a number, in brackets where a minus would follow another sign."""
    text = format_number(value, decimals_of(value, 2))
    return f"({text})" if inner and text.startswith("−") else text


def gather(
    dZ: np.ndarray,
    K: np.ndarray,
    shape: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
    *,
    pixel: tuple[int, int],
) -> Axes:
    """Draw which outputs a pixel contributes to, by which weights, and the sum of the products."""
    small, large, gap = 0.4, 0.74, 0.9
    sides = [n + 2 * p for n, p in zip(shape, padding, strict=True)]
    width = sides[1] * small + gap + dZ.shape[1] * large + 0.6
    height = max(sides[0] * small, len(dZ) * large) + 1.2
    ax = board(width, height)
    middle = height - 0.6 - sides[0] * small / 2
    image = Cells(ax, 0.4, middle + sides[0] * small / 2, small)
    output = Cells(ax, image.left + sides[1] * small + gap, middle + len(dZ) * large / 2, large)
    _counted(image, "gradient w.r.t. image", shape, padding)
    _counted(output, "upstream gradient", dZ.shape, (0, 0))
    _padded(image, shape, padding)
    products: list[str] = []
    total = 0.0
    for (r, q), upstream in np.ndenumerate(dZ):
        u, v = (pixel[k] + padding[k] - stride[k] * at for k, at in enumerate((r, q)))
        connected = 0 <= u < K.shape[0] and 0 <= v < K.shape[1]
        output.fill(r, q, face=PALE_BACKWARD if connected else "white")
        x, y = output.left + (q + 0.5) * large, output.top - (r + 0.5) * large
        write(ax, x, y + 0.16 * connected, _short(upstream), BACKWARD, 11)
        if connected:
            write(ax, x, y - 0.15, f"$K_{{{u}{v}}}$ = {_short(K[u, v])}", INK, 9.5)
            inner = bool(products)
            products.append(f"{_short(upstream, inner=inner)}·{_short(K[u, v], inner=True)}")
            total += upstream * K[u, v]
    row, column = (pixel[k] + padding[k] for k in (0, 1))
    image.fill(row, column, _short(total), face=PALE_BACKWARD, ink=BACKWARD, font=10)
    image.frame(row, column, (1, 1), BACKWARD)
    arrow(ax, (output.left - 0.3, middle), (output.left - gap + 0.12, middle), BACKWARD)
    sums = f"{' + '.join(products)} = {_short(total)}" if products else "0"
    write(ax, width / 2, 0.2, f"$dX_{{{pixel[0]}{pixel[1]}}}$ = {sums}", BACKWARD, 11)
    return ax


def scatter(
    dZ: np.ndarray,
    K: np.ndarray,
    so_far: np.ndarray,
    stride: tuple[int, int],
    padding: tuple[int, int],
    *,
    outputs: int,
) -> Axes:
    """Draw the gradient of a padded image after some outputs, and what the last one has added."""
    side, gap = 0.42, 0.75
    r, q = divmod(outputs - 1, dZ.shape[1])
    shape = tuple(n - 2 * p for n, p in zip(so_far.shape, padding, strict=True))
    tables = [so_far.shape, K.shape, dZ.shape]
    width = sum(columns for _, columns in tables) * side + 2 * gap + 0.6
    height = len(so_far) * side + 0.8
    ax = board(width, height)
    middle, left, cells = height - 0.6 - len(so_far) * side / 2, 0.4, []
    for rows, columns in tables:
        cells.append(Cells(ax, left, middle + rows * side / 2, side))
        left += columns * side + gap
    image, added, output = cells
    _counted(image, "gradient w.r.t. image, so far", shape, padding)
    write(ax, added.left + K.shape[1] * side / 2, added.top + 0.2, f"{_short(dZ[r, q])} · $K$")
    _counted(output, "upstream gradient", dZ.shape, (0, 0))
    look: dict[str, Any] = {"ink": BACKWARD, "font": 10}
    reached = np.full(so_far.shape, -1)  # the last output whose window holds the pixel
    for number in range(outputs):
        corner = number // dZ.shape[1] * stride[0], number % dZ.shape[1] * stride[1]
        for u, v in np.ndindex(K.shape):
            reached[corner[0] + u, corner[1] + v] = number
    for (i, j), number in np.ndenumerate(reached):
        inside = all(p <= k < p + n for k, p, n in zip((i, j), padding, shape, strict=True))
        now = number == outputs - 1
        face = PALE_BACKWARD if now else "white" if inside else PALE
        image.fill(i, j, _short(so_far[i, j]) if number >= 0 else "", face=face, **look)
    for (u, v), weight in np.ndenumerate(K):
        added.fill(u, v, _short(dZ[r, q] * weight), face=PALE_BACKWARD, **look)
    for (i, j), value in np.ndenumerate(dZ):
        output.fill(
            i, j, _short(value), face=PALE_BACKWARD if (i, j) == (r, q) else "white", **look
        )
    image.frame(*corner, K.shape, BACKWARD)
    output.frame(r, q, (1, 1), BACKWARD)
    for start, word in ((added, "+="), (output, "")):
        ends = (start.left - 0.25, middle), (start.left - gap + 0.12, middle)
        arrow(ax, *ends, BACKWARD)
        write(ax, start.left - gap / 2 - 0.06, middle + 0.17, word, BACKWARD, 11)
    return ax


def _padded(cells: Cells, shape: tuple[int, ...], padding: tuple[int, int]) -> None:
    """Draw the cells of an image, white, and of the padding around it, grey."""
    for i, j in np.ndindex(*(n + 2 * p for n, p in zip(shape, padding, strict=True))):
        inside = all(p <= k < p + n for k, p, n in zip((i, j), padding, shape, strict=True))
        cells.fill(i, j, face="white" if inside else PALE)


def _counted(cells: Cells, name: str, shape: tuple[int, ...], padding: tuple[int, int]) -> None:
    """Write a name above a table, and the numbers of its rows and columns, padding not counted."""
    ax, left, top, side = cells.ax, cells.left, cells.top, cells.side
    write(ax, left + (shape[1] / 2 + padding[1]) * side, top + 0.42, name)
    for i in range(shape[0]):
        write(ax, left - 0.14, top - (padding[0] + i + 0.5) * side, str(i), GREY, 9)
    for j in range(shape[1]):
        write(ax, left + (padding[1] + j + 0.5) * side, top + 0.14, str(j), GREY, 9)


def im2col(shape: tuple[int, int, int, int]) -> Axes:
    """Draw a convolution as unfold and multiply, and its gradient as multiply and fold.

    Three filters of 3 by 2, stride (2, 1), padding (1, 0). Above, a window becomes a row of P;
    below, two rows of dP are added to the windows that they come from.
    """
    m, h, w, n = shape
    f, s, p, filters = (3, 2), (2, 1), (1, 0), 3
    out = tuple(conv_output_size(size, *of) for size, *of in zip((h, w), f, s, p, strict=True))
    sides, corners = (h + 2 * p[0], w + 2 * p[1]), [(2, 2), (2, 3)]
    rows, columns = m * out[0] * out[1], f[0] * f[1] * n
    index = out[1] + 2  # of the window among the rows of P
    tall = 1.8
    cell, flat = min(0.2, tall / sides[0], 2.6 / (n * sides[1] + 1)), tall / rows
    ax = board(WIDTH, 2 * tall + 0.8)
    lefts = [0.15 + c * (sides[1] + 0.6) * cell for c in range(n)]
    edge = lefts[-1] + sides[1] * cell
    at_p = edge + 0.9
    thin = (WIDTH - at_p - 1.15) / (2 * columns + filters)  # a column of P
    for back, top in ((False, 2 * tall + 0.5), (True, tall + 0.1)):
        tints = (PALE_BACKWARD, "#EFAE86") if back else (PALE_FORWARD, "#6FAEDB")
        colour = BACKWARD if back else FORWARD
        middle, d, read = top - tall / 2, "d" * back, corners[: 1 + back]
        for c, left in enumerate(lefts):
            cells = Cells(ax, left, middle + sides[0] * cell / 2, cell)
            text = f"{d}A, channel {c}"
            write(ax, left + sides[1] * cell / 2, cells.top + 0.14, text, colour if back else INK)
            for i, j in np.ndindex(sides):
                inside = p[0] <= i < p[0] + h and p[1] <= j < p[1] + w
                hits = sum(a <= i < a + f[0] and b <= j < b + f[1] for a, b in read)
                face = tints[c] if hits else "white" if inside else PALE
                cells.fill(i, j, "+" if hits > 1 else "", face=face, line=0.4)
            for corner in read:
                cells.frame(*corner, f, colour, 1.8)
        ends = ((edge + 0.1, middle), (at_p - 0.1, middle))
        arrow(ax, *(ends[::-1] if back else ends), colour)
        write(ax, (edge + at_p) / 2, middle + 0.16, "fold" if back else "unfold", colour, 10)
        if back:
            write(ax, (edge + at_p) / 2, middle - 0.24, "+: terms\nadd up", colour, 9)

        chosen = [index, index + 1] if back else [index]
        mixed = [tints[c % n] for c in range(columns)]  # the channel of each column
        long = (rows, flat, {r: mixed for r in chosen})
        thick = (rows, flat, {r: [colour] * filters for r in chosen})
        if back:
            turned = (filters, 0.1, {r: mixed for r in range(filters)})
            second, third, signs = ("dZ", filters, thick), ("Wᵀ", columns, turned), "=×"
        else:
            whole = (columns, 0.1, {r: [mixed[r]] for r in range(columns)})
            thick = (rows, flat, {index: [colour]})
            second, third, signs = ("W", filters, whole), ("Z", filters, thick), "×="
        x, right = at_p, []
        for name, across, (count, high, filled) in ((f"{d}P", columns, long), second, third):
            upper = top if count == rows else middle + count * high / 2
            _table(ax, (x, upper), (count, across), (thin, high), filled, name)
            if count == rows:
                for k in range(1, m):  # the border between two images
                    y = top - tall * k / m
                    ax.plot([x, x + across * thin], [y, y], color=INK, lw=1.2, zorder=6)
            right.append(x)
            x += across * thin + 0.5
        for sign, x in zip(signs, right[1:], strict=True):
            write(ax, x - 0.25, middle, sign, INK, 14)
        for k in range(0 if back else m):
            x = right[2] + filters * thin + 0.45
            write(ax, x, top - tall * (k + 0.5) / m, f"image {k}", GREY)
    return ax


def _table(
    ax: Axes,
    corner: tuple[float, float],
    shape: tuple[int, int],
    size: tuple[float, float],
    filled: dict[int, list[str]],
    name: str,
) -> None:
    """Draw a table with some cells filled: by its row, the colours of the first cells."""
    (x, top), (wide, high) = corner, size
    write(ax, x + shape[1] * wide / 2, top + 0.14, f"{name} {shape}")
    for r, c in np.ndindex(shape):
        colours = filled.get(r, [])
        face = colours[c] if c < len(colours) else "white"
        cell(ax, (x + c * wide, top - (r + 1) * high), size, face=face, line=0.4)
