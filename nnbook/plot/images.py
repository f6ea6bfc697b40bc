"""Images, filters, and the window that slides."""

import math
from collections.abc import Collection, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from ..layers.convolution import conv_output_size, correlate2d
from ..validation import pair, whole_number
from .charts import heat_map
from .house import (
    BACKWARD,
    FORWARD,
    GREY,
    INK,
    MOST_NUMBERED_CELLS,
    PALE,
    arrow,
    board,
    decimals_of,
    format_number,
    ink_on,
    listed,
    new_axes,
    write,
)

_CELL = 0.4
_READ = "#F6D7C3"  # a pale orange
_MOST_CELLS = 16  # a side, padding included
_MOST_SUMMANDS = 9
_TILES_IN_A_ROW = 8

Pair = tuple[int, int]


def convolution(
    image: ArrayLike,
    kernel: ArrayLike,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    *,
    place: Pair | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a filter on its way over a padded image: one frame of the film, or its end.

    Parameters
    ----------
    image, kernel : array
        (h, w) and (f_h, f_w) numbers.
    stride, padding : int or (int, int)
        As in :func:`nnbook.correlate2d`.
    place : (int, int)
        The row and the column of the output that is being computed; all before it, row by row,
        are there already. None shows the whole output and no window.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on, in inches.

    Raises
    ------
    ValueError
        If the padded image has more than 16 pixels a side, or `place` is not in the output.

    Examples
    --------
    >>> ax = convolution([[1, 2, 3], [4, 5, 6]], [[1, 0, -1]], place=(0, 0))
    >>> ax.texts[-1].get_text()
    '1·1 + 2·0 + 3·(−1) = −2'
    """
    X, K = np.asarray(image, dtype=float), np.asarray(kernel, dtype=float)
    Y = correlate2d(X, K, stride, padding)
    s, p = (
        pair("plot.convolution", "stride", stride),
        pair("plot.convolution", "padding", padding, 0),
    )
    X = np.pad(X, ((p[0], p[0]), (p[1], p[1])))
    _check_sides("convolution", X.shape)
    if place is not None and not (0 <= place[0] < Y.shape[0] and 0 <= place[1] < Y.shape[1]):
        raise ValueError(
            f"plot.convolution: place should lie in the output of shape {Y.shape}, got {place}"
        )

    tables, gap = (X, K, Y), 0.55
    inner = sum(table.shape[1] for table in tables) * _CELL + 2 * gap
    tall = max(table.shape[0] for table in tables) * _CELL
    foot = 0.45 if place is not None else 0.1
    ax = board(ax, max(inner + 0.3, 6.0), tall + 0.45 + foot)
    width, height = ax.get_xlim()[1], ax.get_ylim()[1]
    x, tops, lefts = (width - inner) / 2, [], []
    for table, name in zip(tables, ("picture", "filter", "result"), strict=True):
        top = height - 0.35 - (tall - table.shape[0] * _CELL) / 2
        lefts.append(x)
        tops.append(top)
        write(ax, x + table.shape[1] * _CELL / 2, top + 0.17, name, INK)
        x += table.shape[1] * _CELL + gap
    middle = height - 0.35 - tall / 2
    for left, sign in ((lefts[1], "⋆"), (lefts[2], "=")):
        write(ax, left - gap / 2, middle, sign, INK, 18)

    border = np.ones(X.shape, bool)
    border[p[0] : X.shape[0] - p[0], p[1] : X.shape[1] - p[1]] = False
    step = Y.size if place is None else place[0] * Y.shape[1] + place[1]
    unknown = (np.arange(Y.size) > step).reshape(Y.shape)
    _cells(ax, lefts[0], tops[0], X, pale=border)
    _cells(ax, lefts[1], tops[1], K, signed=True)
    _cells(ax, lefts[2], tops[2], Y, signed=True, hidden=unknown)
    if place is not None:
        row, column = place[0] * s[0], place[1] * s[1]
        _outline(ax, lefts[0], tops[0], row, column, K.shape, FORWARD)
        _outline(ax, lefts[2], tops[2], *place, (1, 1), FORWARD)
        window = X[row : row + K.shape[0], column : column + K.shape[1]]
        write(ax, width / 2, 0.2, _sum_in_words(window, K, Y[place]), FORWARD)
    return ax


def pixel_counts(
    size: int | Pair,
    filter_size: int | Pair,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw how many windows read each pixel of an image, padding not shown.

    Parameters
    ----------
    size, filter_size : int or (int, int)
        Height and width of the image and of the filter.
    stride, padding : int or (int, int)
        As in :func:`nnbook.correlate2d`.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Examples
    --------
    >>> ax = pixel_counts((1, 6), (1, 3))
    >>> [text.get_text() for text in ax.texts]
    ['1', '2', '3', '3', '2', '1']
    """
    who = "plot.pixel_counts"
    n, f = pair(who, "size", size), pair(who, "filter_size", filter_size)
    s, p = pair(who, "stride", stride), pair(who, "padding", padding, 0)
    rows, columns = ((_seen_by(n[i], f[i], s[i], p[i]) >= 0).sum(axis=1) for i in (0, 1))
    scale = (0, f[0] * f[1])  # one for every padding: the most that any can reach
    counts, labels = np.outer(rows, columns), ("column", "row")
    return heat_map(counts, signed=False, limits=scale, labels=labels, ax=ax)


def fed_outputs(
    size: int | Pair,
    filter_size: int | Pair,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    *,
    pixel: Pair,
    window: int = 0,
    ax: Axes | None = None,
) -> Axes:
    """Draw which outputs a pixel feeds, each with the place of the filter that reads it.

    One of the windows that read the pixel is filled, with the places of the filter in it, and its
    output is framed.

    Parameters
    ----------
    size, filter_size : int or (int, int)
        Height and width of the image and of the filter.
    stride, padding : int or (int, int)
        As in :func:`nnbook.correlate2d`.
    pixel : (int, int)
        Row and column of the pixel, padding not counted.
    window : int
        Which of the windows that read the pixel is filled, from 0; the last one if there are fewer.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on, in inches; an output that reads the pixel through W[u, v] holds "u,v".

    Raises
    ------
    ValueError
        If the padded image has more than 16 pixels a side, the pixel is not in the image, or the
        window is negative.

    Examples
    --------
    >>> ax = fed_outputs((1, 5), (1, 3), pixel=(0, 1))
    >>> [text.get_text() for text in ax.texts if "," in text.get_text()]
    ['0,0', '0,1', '0,2', '0,1', '0,0']
    """
    who = "plot.fed_outputs"
    n, f = pair(who, "size", size), pair(who, "filter_size", filter_size)
    s, p = pair(who, "stride", stride), pair(who, "padding", padding, 0)
    if not (0 <= pixel[0] < n[0] and 0 <= pixel[1] < n[1]):
        raise ValueError(f"{who}: pixel should lie in the image of shape {n}, got {pixel}")
    window = whole_number(who, "window", window, 0)
    sides = (n[0] + 2 * p[0], n[1] + 2 * p[1])
    _check_sides("fed_outputs", sides)
    u, v = (_seen_by(n[i], f[i], s[i], p[i])[pixel[i]] for i in (0, 1))
    out = (len(u), len(v))
    fed = [(r, q) for r, q in np.ndindex(out) if u[r] >= 0 and v[q] >= 0]
    asked = fed[min(window, len(fed) - 1)] if fed else None

    gap, tall, head = 1.0, max(sides[0], out[0]) * _CELL, 0.6
    inner = (sides[1] + out[1]) * _CELL + gap
    ax = board(ax, max(inner + 0.7, 4.0), tall + head + 0.1)
    width, height = ax.get_xlim()[1], ax.get_ylim()[1]
    left = (width - inner) / 2
    right = left + sides[1] * _CELL + gap
    top, top_out = (height - head - (tall - side * _CELL) / 2 for side in (sides[0], out[0]))
    _counted(ax, left, top, "image", n, p)
    _counted(ax, right, top_out, "output", out, (0, 0))
    for row, column in np.ndindex(sides):
        inside = p[0] <= row < p[0] + n[0] and p[1] <= column < p[1] + n[1]
        _cell(ax, left, top, row, column, "white" if inside else PALE)
    if asked is not None:
        first = (asked[0] * s[0], asked[1] * s[1])
        for a, b in np.ndindex(f):
            row, column = first[0] + a, first[1] + b
            _cell(ax, left, top, row, column, _READ)
            mine = (row - p[0], column - p[1]) == tuple(pixel)
            spot = (left + (column + 0.5) * _CELL, top - (row + 0.5) * _CELL)
            write(ax, *spot, f"{a},{b}", "white" if mine else INK, 9)
        _outline(ax, left, top, *first, f, BACKWARD)
    _cell(ax, left, top, pixel[0] + p[0], pixel[1] + p[1], FORWARD)
    for r, q in np.ndindex(out):
        _cell(ax, right, top_out, r, q, _READ if (r, q) in fed else "white")
        if (r, q) in fed:
            spot = (right + (q + 0.5) * _CELL, top_out - (r + 0.5) * _CELL)
            write(ax, *spot, f"{u[r]},{v[q]}", INK, 9)
    if asked is not None:
        _outline(ax, right, top_out, *asked, (1, 1), BACKWARD)
    middle = height - head - tall / 2
    arrow(ax, (right - 0.32, middle), (right - gap + 0.15, middle), BACKWARD)
    return ax


def filters(
    weights: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    channels: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw filters as small tables, green above and purple below a white zero.

    Parameters
    ----------
    weights : array
        (f_h, f_w, c_in, c_out) as in `Conv2D`, one column of tables for each filter and one row
        for each channel it reads; or (f_h, f_w, c_out), or (f_h, f_w).
    names : list of str
        A text above each filter.
    channels : list of str
        A text beside each row, if the filters read several channels.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If the weights have another number of axes, or the names do not fit.

    Examples
    --------
    >>> ax = filters(np.ones((3, 3, 1, 2)), names=["first", "second"])
    >>> [text.get_text() for text in ax.texts[:2]]
    ['first', 'second']
    """
    W = np.asarray(weights, dtype=float)
    if W.ndim == 2:
        W = W[:, :, None]
    if W.ndim == 3:
        W = W[:, :, None]
    if W.ndim != 4 or W.size == 0:
        raise ValueError(
            "plot.filters: weights should have shape (f_h, f_w, c_in, c_out), (f_h, f_w, c_out) or "
            f"(f_h, f_w), got {np.shape(weights)}"
        )
    _, _, c_in, c_out = W.shape
    names = listed("filters: names", names, c_out, "one for each filter")
    channels = listed("filters: channels", channels, c_in, "one for each channel read")
    tiles = W.transpose(2, 3, 0, 1).reshape(c_in * c_out, *W.shape[:2])
    columns = c_out if c_in > 1 else min(c_out, _TILES_IN_A_ROW)
    return _tiles(tiles, columns, names, True, ax, channels)


def feature_maps(
    maps: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    marked: Collection[int] = (),
    scale: bool = True,
    columns: int = _TILES_IN_A_ROW,
    numbers: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the channels of one image side by side, all in one scale.

    Parameters
    ----------
    maps : array
        (h, w, c) numbers, or (h, w): an image, or what a convolution made of it.
    names : list of str
        A text above each channel.
    marked : list of int
        The channels to frame and name in orange, counted from 0.
    scale : bool
        False for no colour bar, where the numbers behind the colours do not matter.
    columns : int
        How many stand in a row.
    numbers : bool
        True to write the numbers into the cells of a row of maps that would have a colour bar.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If the maps have another number of axes, or the names do not fit.

    Examples
    --------
    >>> ax = feature_maps(np.zeros((5, 5, 3)), names=["red", "green", "blue"])
    >>> [text.get_text() for text in ax.texts[:3]]
    ['red', 'green', 'blue']
    """
    Y = np.asarray(maps, dtype=float)
    if Y.ndim == 2:
        Y = Y[:, :, None]
    if Y.ndim != 3 or Y.size == 0:
        raise ValueError(
            f"plot.feature_maps: maps should have shape (h, w, c) or (h, w), got {np.shape(maps)}; "
            "of a batch, choose one image: maps[0]"
        )
    names = listed("feature_maps: names", names, Y.shape[2], "one for each channel")
    signed = bool((Y < 0).any() and (Y > 0).any())
    tiles, columns = np.moveaxis(Y, 2, 0), min(Y.shape[2], columns)
    return _tiles(tiles, columns, names, signed, ax, marked=marked, scale=scale, numbers=numbers)


def _tiles(
    tiles: np.ndarray,
    columns: int,
    names: list | None,
    signed: bool,
    ax: Axes | None,
    row_names: list | None = None,
    marked: Collection[int] = (),
    scale: bool = True,
    numbers: bool = False,
) -> Axes:
    """Draw equal tables in rows and columns, with one scale; numbers where there are few."""
    n, h, w = tiles.shape
    rows = -(-n // columns)
    gap = max(1, round(0.12 * max(h, w)))
    across = columns * (w + gap) - gap
    numbered = tiles.size <= MOST_NUMBERED_CELLS and (across <= _MOST_CELLS or numbers)
    side = min(0.45, 7.0 / across) if numbered else min(6.0 / across, 1.3 / max(h, w))
    lines = max((name.count("\n") + 1 for name in names or []), default=1)
    top = max(gap, math.ceil((0.12 + 0.18 * lines) / side)) if names else 0
    between = top if names and len(names) > columns else gap  # are there names below the first row?
    mosaic = np.full((top + rows * (h + between) - between, across), np.nan)
    corners = [(top + i // columns * (h + between), i % columns * (w + gap)) for i in range(n)]
    for tile, (row, column) in zip(tiles, corners, strict=True):
        mosaic[row : row + h, column : column + w] = tile
    left = 0.2 + 0.08 * max(map(len, row_names)) if row_names else 0
    size = (
        left + across * side + (0.9 if scale and not numbered else 0.2),
        len(mosaic) * side + 0.2,
    )
    ax = new_axes(ax, size)
    largest = np.nanmax(np.abs(mosaic)) or 1.0
    least = -largest if signed else min(0.0, np.nanmin(mosaic))
    colours = plt.get_cmap("PRGn" if signed else "Blues").with_extremes(bad="white")
    image = ax.imshow(mosaic, cmap=colours, interpolation="nearest", vmin=least, vmax=largest)
    ax.set_axis_off()
    ax.set_xlim(-0.5 - left / side, across - 0.5)
    for i, ((row, column), name) in enumerate(zip(corners, names or [], strict=False)):
        colour = BACKWARD if i in marked else INK
        above = (0.06 + 0.09 * lines) / side
        write(ax, column + (w - 1) / 2, row - 0.5 - above, name, colour)
    for (row, _), name in zip(corners[::columns], row_names or [], strict=False):
        text = write(ax, -0.5 - 0.1 / side, row + (h - 1) / 2, name, INK)
        text.set_horizontalalignment("right")
    for i, (row, column) in enumerate(corners):
        look = {"ec": BACKWARD, "lw": 2.2} if i in marked else {"ec": GREY}
        frame = Rectangle((column - 0.5, row - 0.5), w, h, fill=False, **look)
        frame.set_clip_on(False)
        ax.add_patch(frame)
    if numbered:
        decimals = max(decimals_of(value, 2) for value in tiles.flat)
        for (i, j), value in np.ndenumerate(mosaic):
            if np.isfinite(value):
                write(ax, j, i, format_number(value, decimals), ink_on(image, value))
    elif scale:
        ax.figure.colorbar(image, ax=ax, shrink=0.8).outline.set_visible(False)
    return ax


def _seen_by(n: int, f: int, s: int, p: int) -> np.ndarray:
    """Return, for each pixel and each place of a window, the filter's index there; -1 for none."""
    starts = s * np.arange(conv_output_size(n, f, s, p))
    index = p + np.arange(n)[:, None] - starts
    return np.where((index >= 0) & (index < f), index, -1)


def _check_sides(name: str, shape: tuple[int, ...]) -> None:
    if max(shape) > _MOST_CELLS:
        raise ValueError(
            f"plot.{name}: an image of at most {_MOST_CELLS} pixels a side can be drawn cell by "
            f"cell, padding included, got {shape}"
        )


def _cell(ax: Axes, left: float, top: float, row: int, column: int, colour: object) -> None:
    corner = (left + column * _CELL, top - (row + 1) * _CELL)
    ax.add_patch(Rectangle(corner, _CELL, _CELL, facecolor=colour, edgecolor=GREY, linewidth=0.7))


def _counted(ax: Axes, left: float, top: float, name: str, n: Pair, p: Pair) -> None:
    """Write a name above a table, and the numbers of its rows and columns, padding not counted."""
    write(ax, left + (n[1] + 2 * p[1]) * _CELL / 2, top + 0.42, name, INK)
    for i in range(n[0]):
        write(ax, left - 0.14, top - (p[0] + i + 0.5) * _CELL, str(i), GREY, 9)
    for j in range(n[1]):
        write(ax, left + (p[1] + j + 0.5) * _CELL, top + 0.14, str(j), GREY, 9)


def _cells(
    ax: Axes,
    left: float,
    top: float,
    table: np.ndarray,
    *,
    signed: bool = False,
    pale: np.ndarray | None = None,
    hidden: np.ndarray | None = None,
) -> None:
    """Draw a table of numbers; of the `hidden` ones only the empty cells."""
    decimals = max(decimals_of(value, 2) for value in table.flat)
    largest = np.abs(table).max() or 1.0
    colours = plt.get_cmap("PRGn" if signed else "Blues")
    for (i, j), value in np.ndenumerate(table):
        # only the pale part of a map, so that ink stands out from every cell
        colour = colours(0.5 + 0.25 * value / largest if signed else 0.45 * max(value, 0) / largest)
        if pale is not None and pale[i, j]:
            colour = PALE
        if hidden is not None and hidden[i, j]:
            _cell(ax, left, top, i, j, "white")
            continue
        _cell(ax, left, top, i, j, colour)
        ink = GREY if pale is not None and pale[i, j] else INK
        x, y = left + (j + 0.5) * _CELL, top - (i + 0.5) * _CELL
        write(ax, x, y, format_number(value, decimals), ink, 9)


def _outline(
    ax: Axes, left: float, top: float, row: int, column: int, shape: Pair, colour: str
) -> None:
    corner = (left + column * _CELL, top - (row + shape[0]) * _CELL)
    size = (shape[1] * _CELL, shape[0] * _CELL)
    ax.add_patch(Rectangle(corner, *size, fill=False, edgecolor=colour, linewidth=2.4, zorder=5))


def _sum_in_words(window: np.ndarray, kernel: np.ndarray, value: float) -> str:
    """Write the sum of products out, or only its value when it is long."""
    result = format_number(value, 3)
    if kernel.size > _MOST_SUMMANDS:
        return f"sum of {kernel.size} products = {result}"
    factors = [format_number(weight, 3) for weight in kernel.flat]
    factors = [f"({factor})" if factor.startswith("−") else factor for factor in factors]
    pixels = [format_number(pixel, 3) for pixel in window.flat]
    terms = [f"{pixel}·{factor}" for pixel, factor in zip(pixels, factors, strict=True)]
    return " + ".join(terms) + f" = {result}"
