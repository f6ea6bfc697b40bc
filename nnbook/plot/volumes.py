"""Pictures with channels: as tinted tables, as blocks with a window in them, as a row of layers."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import ArrayLike

from ..validation import positive_int
from .house import (
    COLORS,
    FORWARD,
    GREY,
    INK,
    PALE,
    WIDTH,
    arrow,
    board,
    decimals_of,
    format_number,
    write,
)

_LIGHT = np.eye(3)  # red, green, blue
_TINTS = ("#F7CFC9", "#CFE9CB", "#CBDCF5")
_MOST = 6  # filters, or channels


def channels(image: ArrayLike, *, ax: Axes | None = None) -> Axes:
    """Draw a coloured picture as three tinted tables of numbers, and in its colours.

    Parameters
    ----------
    image : array
        (h, w, 3) numbers from 0 up: red, green, blue.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on, in inches.

    Raises
    ------
    ValueError
        If there are not three channels, or a number is negative.

    Examples
    --------
    >>> ax = channels(np.ones((1, 2, 3)))
    >>> [text.get_text() for text in ax.texts]
    ['red', '1', '1', 'green', '1', '1', 'blue', '1', '1', 'together']
    """
    V = np.asarray(image, dtype=float)
    if V.ndim != 3 or V.shape[2] != 3 or V.size == 0 or V.min() < 0:
        raise ValueError(
            f"plot.channels: image should have shape (h, w, 3), no negative number, got {V.shape}"
        )
    h, w, _ = V.shape
    gap = 0.24
    cell = min(0.36, (WIDTH - 0.2 - 3 * gap) / (4 * w))
    width, height = 4 * w * cell + 3 * gap + 0.2, h * cell + 0.4
    ax = board(ax, width, height)
    share = V / (V.max() or 1.0)
    decimals = max(decimals_of(value, 2) for value in V.flat)
    for k, name in enumerate(("red", "green", "blue", "together")):
        left, top = 0.1 + k * (w * cell + gap), height - 0.32
        write(ax, left + w * cell / 2, height - 0.16, name, INK)
        for i, j in np.ndindex(h, w):
            colour = share[i, j] if k == 3 else 1 - 0.55 * share[i, j, k] * (1 - _LIGHT[k])
            corner = (left + j * cell, top - (i + 1) * cell)
            ax.add_patch(Rectangle(corner, cell, cell, fc=colour, ec=GREY, lw=0.6))
            if k < 3:
                text = format_number(V[i, j, k], decimals)
                write(ax, corner[0] + cell / 2, corner[1] + cell / 2, text, INK, 9)
    return ax


def volume(
    size: int,
    filter_size: int,
    depth: int = 3,
    *,
    channels: int = 3,
    filters: int = 1,
    place: tuple[int, int] = (0, 0),
    ax: Axes | None = None,
) -> Axes:
    r"""Draw a picture as a block, the window in it, the filters, and the block of their answers.

    A filter as deep as the picture gives one map, and several give a map each, in their colours. A
    filter that is less deep slides into the picture as well.

    Parameters
    ----------
    size, filter_size : int
        Side of the picture and of the filter.
    depth : int
        Channels that a filter reads at a time.
    channels, filters : int
        Channels of the picture, and how many filters there are, at most 6 each.
    place : (int, int)
        Row and column of the window and of its answer.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on, in inches.

    Raises
    ------
    ValueError
        If a filter does not fit, or several filters are not as deep as the picture.

    Examples
    --------
    >>> ax = volume(6, 3)
    >>> [text.get_text() for text in ax.texts if text.get_text()]
    ['6 × 6 × 3', '3 × 3 × 3', '27 products\nfor each number', '4 × 4 × 1']
    """
    who = "plot.volume"
    n, f = positive_int(who, "size", size), positive_int(who, "filter_size", filter_size)
    side = n - f + 1
    if side < 1 or not 1 <= depth <= channels <= _MOST or not 1 <= filters <= _MOST:
        raise ValueError(
            f"{who}: a filter of {f} x {f} x {depth} does not fit into {n} x {n} x {channels}"
            f" (at most {_MOST} channels and {_MOST} filters)"
        )
    if filters > 1 and depth < channels:
        raise ValueError(f"{who}: several filters should be as deep as the picture, {channels}")
    if not (0 <= place[0] < side and 0 <= place[1] < side):
        raise ValueError(f"{who}: place should lie in the answers, {side} x {side}, got {place}")

    ax = board(ax, WIDTH, 3.1)
    cell, middle = min(0.3, 1.9 / n), 1.65
    tints = _TINTS if channels == 3 else [PALE] * channels
    mine = COLORS[:filters] if filters > 1 else ["#D9E8F5"] * (channels - depth + 1)
    front = (0.3, middle + n * cell / 2 - 0.1)
    _block(ax, front, n, n, tints, cell)
    _window(ax, front, place, f, depth, cell)
    write(ax, front[0] + n * cell / 2, 0.3, f"{n} × {n} × {channels}", INK, 11)

    step = 2.5 / filters
    small = cell if filters == 1 else min(cell, 0.85 * step / (f + 0.42 * depth))
    for k in range(filters):
        top = middle + 0.5 * step * (filters - 1 - 2 * k) + f * small / 2
        look = tints[:depth] if filters == 1 else [_pale(COLORS[k])] * depth
        _block(ax, (3.1, top), f, f, look, small, edge=FORWARD if filters == 1 else COLORS[k])
    name = f"{f} × {f} × {depth}" if filters == 1 else f"{filters} filters {f} × {f} × {depth}"
    write(ax, 3.1 + f * small / 2 + 0.1, 0.3, name, INK, 11)
    if filters == 1:
        write(ax, 3.75, middle + 1.1, f"{f * f * depth} products\nfor each number", INK)

    left = (5.15, middle + side * cell / 2 - 0.1)
    colours = [_pale(colour) for colour in mine] if filters > 1 else mine
    _block(ax, left, side, side, colours, cell)
    _window(ax, left, place, 1, len(mine) if filters > 1 else 1, cell)
    write(ax, left[0] + side * cell / 2, 0.3, f"{side} × {side} × {len(mine)}", INK, 11)
    right = front[0] + n * cell + channels * _deeper(cell)[0]
    arrow(ax, (right + 0.08, middle), (3.0, middle), FORWARD)
    arrow(ax, (4.5, middle), (5.05, middle), FORWARD)
    return ax


def volumes(network: Any, input_shape: Sequence[int], *, ax: Axes | None = None) -> Axes:
    r"""Draw what goes through a network as blocks and bars, with shapes and parameters.

    Layers without parameters that keep the number of entries, as ReLU, are left out.

    Parameters
    ----------
    network : Sequential
        The network, whose summary is drawn.
    input_shape : (int, int, int)
        Height, width and channels of one picture.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on, in inches: shapes below, layers and their parameters above.

    Examples
    --------
    >>> import nnbook as nn
    >>> network = nn.Sequential(nn.Conv2D(1, 2, 3, rng=0), nn.ReLU(), nn.MaxPool2D(2))
    >>> ax = volumes(network, (8, 8, 1))
    >>> [text.get_text() for text in ax.texts if text.get_text()]
    ['8×8×1', '6×6×2', 'conv 3×3\n20', '3×3×2', 'pool 2×2\n0']
    """
    stages = [(tuple(input_shape), "", 0)]
    for layer, row in zip(network.layers, network.summary(input_shape).rows, strict=True):
        shape, parameters = tuple(row[1]), row[2]
        if parameters or np.prod(shape) != np.prod(stages[-1][0]):
            stages.append((shape, _said(layer), parameters))
    ax = board(ax, WIDTH, 2.5)
    pitch, middle = (WIDTH - 0.3) / len(stages), 1.2
    tallest = max(shape[0] for shape, _, _ in stages if len(shape) == 3)
    longest = max([shape[0] for shape, _, _ in stages if len(shape) == 1], default=1)
    for k, (shape, name, parameters) in enumerate(stages):
        x = 0.15 + pitch * (k + 0.5)
        if len(shape) == 3:
            cell = 0.62 * pitch / tallest
            shift = 0.25 * pitch * min(shape[2], 16) / 16 / shape[2]
            corner = (x - shape[1] * cell / 2 - shape[2] * shift / 2, middle + shape[0] * cell / 2)
            _block(ax, corner, *shape[:2], ["#D9E8F5"] * shape[2], cell, shift=shift, grid=False)
        else:
            tall = max(1.3 * shape[0] / longest, 0.12)
            bar = Rectangle((x - 0.06, middle - tall / 2), 0.12, tall, fc="#D9E8F5", ec=INK, lw=0.8)
            ax.add_patch(bar)
        write(ax, x, 0.28, "×".join(map(str, shape)), INK, 9)
        if name:
            write(ax, x - pitch / 2, 2.22, f"{name}\n{parameters:,}", FORWARD, 9)
            arrow(ax, (x - pitch / 2 - 0.06, 1.98), (x - pitch / 2 + 0.1, 1.98), FORWARD)
    return ax


def _said(layer: Any) -> str:
    """Name a layer in one or two words."""
    kind = type(layer).__name__
    weights = layer.parameters.get("W")
    if kind == "Conv2D":
        return f"conv {weights.shape[0]}×{weights.shape[1]}"
    if kind.endswith("Pool2D"):
        return "pool " + "×".join(map(str, np.broadcast_to(layer.size, 2)))
    return kind.lower()


def _pale(colour: str) -> np.ndarray:
    """Mix a colour with white."""
    return 1 - 0.45 * (1 - np.array(plt.matplotlib.colors.to_rgb(colour)))


def _line(colour: str) -> dict[str, Any]:
    """Give the look of the lines between the cells of a block."""
    return {"ec": colour, "lw": 0.5}


def _deeper(cell: float) -> np.ndarray:
    """Give the way from one channel to the next, to the right and up."""
    return np.array([0.5, 0.42]) * cell


def _block(
    ax: Axes,
    corner: tuple[float, float],
    rows: int,
    columns: int,
    colours: Sequence,
    cell: float,
    *,
    edge: str = INK,
    shift: float | None = None,
    grid: bool = True,
) -> None:
    """Draw a block whose upper left corner in front is given, one colour a channel, front first."""
    back = _deeper(cell) if shift is None else np.array([shift, 0.84 * shift])
    start, line = np.array(corner), _line(edge if grid else "none")
    down, across = np.array([0, -cell]), np.array([cell, 0])
    right, foot = start + columns * across, start + columns * across + rows * down
    for z, colour in reversed(list(enumerate(colours))):
        for j in range(columns) if grid else [0]:
            wide = across if grid else columns * across
            a = start + j * wide + z * back
            ax.add_patch(Polygon([a, a + wide, a + wide + back, a + back], fc=colour, **line))
        for i in range(rows) if grid else [0]:
            tall = down if grid else rows * down
            a = right + i * tall + z * back
            ax.add_patch(Polygon([a, a + tall, a + tall + back, a + back], fc=colour, **line))
    for i, j in np.ndindex(rows, columns) if grid else [(0, 0)]:
        size = (1, 1) if grid else (rows, columns)
        a = start + j * across + (i + size[0]) * down
        ax.add_patch(Rectangle(a, size[1] * cell, size[0] * cell, fc=colours[0], **line))
    deep = len(colours) * back
    low = start + rows * down
    for outline in (
        [start, right, foot, low],
        [start, right, right + deep, start + deep],
        [right, foot, foot + deep, right + deep],
    ):
        ax.add_patch(Polygon(outline, fill=False, ec=edge, lw=1.0))


def _window(
    ax: Axes, corner: tuple[float, float], place: tuple[int, int], f: int, depth: int, cell: float
) -> None:
    """Draw the edges of a block inside of a block, those behind dashed, and colour its front."""
    back = depth * _deeper(cell)
    start = np.array(corner) + cell * np.array([place[1], -place[0]])
    square = start + f * cell * np.array([[0, 0], [1, 0], [1, -1], [0, -1]])
    ax.add_patch(Polygon(square, fc=FORWARD, alpha=0.35, zorder=5))
    ax.add_patch(Polygon(square, fill=False, ec=FORWARD, lw=2.2, zorder=6))
    ax.add_patch(Polygon(square + back, fill=False, ec=FORWARD, lw=1.2, ls=":", zorder=6))
    for point in square:
        ax.plot(*zip(point, point + back, strict=True), color=FORWARD, lw=1.2, ls=":", zorder=6)
