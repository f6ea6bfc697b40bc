"""Images, feature maps and filters."""

import math
from collections.abc import Collection, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from .style import (
    BACKWARD,
    GREY,
    INK,
    MOST_NUMBERED_CELLS,
    decimals_of,
    format_number,
    ink_on,
    listed,
    new_axes,
    write,
)

_IN_A_ROW = 8
_MOST_NUMBERED_COLUMNS = 16


def image_grid(
    images: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    marked: Collection[int] = (),
    columns: int = _IN_A_ROW,
    row_names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a batch of grey images in rows, 0 white and the largest pixel dark.

    Parameters
    ----------
    images : array
        (m, h, w, 1) or (m, h, w) pixels.
    names : list of str
        A text above each image; it may have two lines.
    marked : list of int
        The images to frame and name in orange, counted from 0.
    columns : int
        How many stand in a row.
    row_names : list of str
        A text beside each row.

    Raises
    ------
    ValueError
        If `images` has another shape, or the names do not fit.

    Examples
    --------
    >>> ax = image_grid(np.zeros((3, 28, 28, 1)), names=["4", "3", "9"], columns=2)
    >>> [text.get_text() for text in ax.texts]
    ['4', '3', '9']
    """
    X = np.asarray(images, dtype=float)
    if X.ndim == 4 and X.shape[3] == 1:
        X = X[:, :, :, 0]
    if X.ndim != 3 or X.size == 0:
        raise ValueError(
            "plot.image_grid: images should have shape (m, h, w, 1) or (m, h, w), "
            f"got {np.shape(images)}; one image is X[:1]"
        )
    if columns < 1:
        raise ValueError(f"plot.image_grid: columns should be at least 1, got {columns}")
    names = listed("image_grid: names", names, len(X), "one for each image")
    row_names = listed(
        "image_grid: row_names", row_names, -(-len(X) // columns), "one for each row"
    )
    return tiles(X, columns, names, row_names=row_names, marked=marked, scale=False, ax=ax)


def feature_maps(
    maps: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    marked: Collection[int] = (),
    scale: bool = True,
    columns: int = _IN_A_ROW,
    numbers: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the channels of one image side by side, all in one scale.

    Parameters
    ----------
    maps : array
        (h, w, c) numbers, or (h, w): an image, or the output of a convolution.
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
    look: dict[str, Any] = {"signed": signed, "marked": marked, "scale": scale, "numbers": numbers}
    return tiles(np.moveaxis(Y, 2, 0), columns, names, ax=ax, **look)


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
        for each input channel; or (f_h, f_w, c_out), or (f_h, f_w).
    names : list of str
        A text above each filter.
    channels : list of str
        A text beside each row, if there are several input channels.

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
    channels = listed("filters: channels", channels, c_in, "one for each input channel")
    tables = W.transpose(2, 3, 0, 1).reshape(c_in * c_out, *W.shape[:2])
    columns = c_out if c_in > 1 else _IN_A_ROW
    return tiles(tables, columns, names, row_names=channels, signed=True, ax=ax)


def tiles(
    tables: np.ndarray,
    columns: int,
    names: Sequence[str] | None = None,
    *,
    row_names: Sequence[str] | None = None,
    signed: bool = False,
    marked: Collection[int] = (),
    scale: bool = True,
    numbers: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw equal tables in rows and columns, with one scale; numbers where there are few."""
    n, h, w = tables.shape
    columns = min(columns, n)
    rows = -(-n // columns)
    gap = max(1, round(0.12 * max(h, w)))
    across = columns * (w + gap) - gap
    few = across <= _MOST_NUMBERED_COLUMNS or numbers
    numbered = tables.size <= MOST_NUMBERED_CELLS and few
    side = min(0.45, 7.0 / across) if numbered else min(6.0 / across, 1.3 / max(h, w))
    lines = max((name.count("\n") + 1 for name in names or []), default=1)
    top = max(gap, math.ceil((0.12 + 0.18 * lines) / side)) if names else 0
    between = top if names and len(names) > columns else gap  # are there names below the first row?
    mosaic = np.full((top + rows * (h + between) - between, across), np.nan)
    corners = [(top + i // columns * (h + between), i % columns * (w + gap)) for i in range(n)]
    for table, (row, column) in zip(tables, corners, strict=True):
        mosaic[row : row + h, column : column + w] = table
    left = 0.2 + 0.08 * max(map(len, row_names)) if row_names else 0
    width = left + across * side + (0.9 if scale and not numbered else 0.2)
    ax = new_axes((width, len(mosaic) * side + 0.2), ax)
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
        text = write(ax, -0.5 - 0.1 / side, row + (h - 1) / 2, name)
        text.set_horizontalalignment("right")
    for i, (row, column) in enumerate(corners):
        look = {"ec": BACKWARD, "lw": 2.2} if i in marked else {"ec": GREY}
        frame = Rectangle((column - 0.5, row - 0.5), w, h, fill=False, **look)
        frame.set_clip_on(False)
        ax.add_patch(frame)
    if numbered:
        decimals = max(decimals_of(value, 2) for value in tables.flat)
        for (i, j), value in np.ndenumerate(mosaic):
            if np.isfinite(value):
                write(ax, j, i, format_number(value, decimals), ink_on(image, value))
    elif scale:
        ax.figure.colorbar(image, ax=ax, shrink=0.8).outline.set_visible(False)
    return ax
