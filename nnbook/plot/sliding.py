"""A window on its way along a row of pixels, and what filters make of a picture."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from ..layers.convolution import correlate2d
from ..validation import positive_int, whole_number
from .house import (
    BACKWARD,
    FORWARD,
    GREY,
    INK,
    PALE,
    WIDTH,
    board,
    format_number,
    new_axes,
    write,
)

_A_ZERO_READ, _A_ZERO = "#A9CFE8", "0.85"
_PANELS_IN_A_ROW = 3
_MOST_TICKS = 24
_MOST_GROUPS, _MOST_IN_A_GROUP = 12, 12


def staircase(
    n: int, f: int, stride: int = 1, before: int = 0, after: int = 0, *, ax: Axes | None = None
) -> Axes:
    """Draw every place of a window along a row of pixels, one below the other.

    In the line of a place, dark blue is a pixel that it reads, pale blue a zero that it reads. The
    last line sums up: dark blue pixels have been read, orange ones by no window; grey is padding.

    Parameters
    ----------
    n, f : int
        Pixels in the row, and in the window.
    stride : int
        Pixels from one place to the next.
    before, after : int
        Zeros in front of the pixels and behind them.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on. Pixels keep their numbers, so zeros in front have negative ones.

    Raises
    ------
    ValueError
        If a number is too small, or the window is longer than the padded row.

    Examples
    --------
    >>> ax = staircase(6, 3, stride=2)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['0', '1', 'all']
    """
    who = "plot.staircase"
    n, f = positive_int(who, "n", n), positive_int(who, "f", f)
    stride = positive_int(who, "stride", stride)
    before, after = whole_number(who, "before", before, 0), whole_number(who, "after", after, 0)
    x = np.arange(-before, n + after)
    if f > len(x):
        raise ValueError(f"{who}: a window of {f} does not fit on {len(x)} pixels and zeros")
    starts = x[: len(x) - f + 1 : stride]
    reads = (starts[:, None] <= x) & (x < starts[:, None] + f)
    zero = (x < 0) | (x >= n)
    white, grey, read, unread, read_zero = range(5)
    lines = np.where(reads, np.where(zero, read_zero, read), white)
    total = np.where(zero, grey, np.where(reads.any(axis=0), read, unread))
    ax = new_axes(ax, (WIDTH, 0.7 + 0.28 * (len(starts) + 1)))
    colours = ListedColormap(["white", _A_ZERO, FORWARD, BACKWARD, _A_ZERO_READ])
    grid = np.vstack([lines, total])
    ax.pcolormesh(x, range(len(grid)), grid, cmap=colours, vmin=0, vmax=4, edgecolors="0.6", lw=0.4)
    ax.set(xlabel="pixel", ylabel="place")
    ax.set_xticks(x if len(x) <= _MOST_TICKS else x[:: max(stride, 2)])
    ax.set_yticks(range(len(grid)), [*map(str, range(len(starts))), "all"])
    ax.invert_yaxis()
    return ax


def groups(places: int, stride: int, *, ax: Axes | None = None) -> Axes:
    """Draw all places of a window in groups of `stride`; a stride keeps the first of each.

    Every column is a group, and a number says where its window starts. The blue places are kept;
    a dashed cell has no place, as the last group need not be full.

    Parameters
    ----------
    places : int
        How many places there are with stride 1.
    stride : int
        Places in a group, at most 12; there can be at most 12 groups.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on, in inches.

    Raises
    ------
    ValueError
        If a number is too small, or there are too many groups or places in one.

    Examples
    --------
    >>> ax = groups(5, 2)
    >>> [text.get_text() for text in ax.texts]
    ['0', '1', '2', '3', '4', 'kept', '2 full groups', 'not full']
    """
    who = "plot.groups"
    places, stride = positive_int(who, "places", places), positive_int(who, "stride", stride)
    full, rest = divmod(places, stride)
    columns = full + (rest > 0)
    if stride > _MOST_IN_A_GROUP or columns > _MOST_GROUPS:
        raise ValueError(
            f"{who}: at most {_MOST_GROUPS} groups of at most {_MOST_IN_A_GROUP} can be drawn, "
            f"got {columns} of {stride}"
        )
    pitch, width, side, bottom = 0.54, 0.42, 0.34, 0.6
    ax = board(ax, WIDTH, bottom + side * stride + 0.15)
    left = (WIDTH - pitch * columns) / 2 + 0.25
    for t in range(columns * stride):
        column, row = divmod(t, stride)
        x, y = left + pitch * column, bottom + side * (stride - 1 - row)
        kept, there = row == 0, t < places
        face = (FORWARD if kept else PALE) if there else "white"
        line = "-" if there else ":"
        ax.add_patch(Rectangle((x, y), width, side, fc=face, ec=GREY, lw=0.8, ls=line))
        if there:
            write(ax, x + width / 2, y + side / 2, str(t), "white" if kept else INK)
    write(ax, left - 0.34, bottom + side * (stride - 0.5), "kept", FORWARD)
    if full:
        end = left + pitch * (full - 1) + width
        ax.plot([left, end], [bottom - 0.14] * 2, color=INK, lw=1)
        name = "full group" if full == 1 else "full groups"
        write(ax, (left + end) / 2, bottom - 0.34, f"{full} {name}", INK)
    if rest:
        x = left + pitch * full
        ax.plot([x, x + width], [bottom - 0.14] * 2, color=INK, lw=1, ls=":")
        write(ax, x + width / 2, bottom - 0.34, "not full", INK)
    return ax


def responses(
    picture: ArrayLike,
    filters: Mapping[str, ArrayLike],
    *,
    limit: float = 1.0,
    ax: Axes | None = None,
) -> Axes:
    """Draw a picture, and beside it what each filter makes of it, without padding.

    The picture is grey, bright is light. So is what a filter gives back whose weights do not add up
    to 0; that of the others is green above and purple below a white zero.

    Parameters
    ----------
    picture : array
        (h, w) numbers; 0 is drawn black and 1 white, and what lies outside as the nearer of them.
    filters : dict of str to array
        By the name to be written above it, each filter, (f_h, f_w) numbers.
    limit : float
        The number at which green is darkest; its negative is the darkest purple.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on, in inches, with three drawings in a row.

    Raises
    ------
    ValueError
        If the limit is not positive, or a filter does not fit.

    Examples
    --------
    >>> ax = responses(np.eye(5), {"edges": [[1, -1]], "blur": [[0.5, 0.5]]}, limit=1)
    >>> [text.get_text() for text in ax.texts]
    ['picture', 'edges', 'blur', 'purple −1, white 0, green 1']
    """
    if not limit > 0:
        raise ValueError(f"plot.responses: limit should be positive, got {limit}")
    X = np.asarray(picture, dtype=float)
    drawings = {"picture": (X, False)}
    for name, weights in filters.items():
        K = np.asarray(weights, dtype=float)
        signed = bool(abs(K.sum()) <= 1e-9 * np.abs(K).sum())
        drawings[name] = correlate2d(X, K), signed
    gap, head, foot = 0.12, 0.3, 0.3
    wide = (WIDTH - gap * (_PANELS_IN_A_ROW + 1)) / _PANELS_IN_A_ROW
    pitch = head + wide * X.shape[0] / X.shape[1] + 0.06
    rows = -(-len(drawings) // _PANELS_IN_A_ROW)
    ax = board(ax, WIDTH, rows * pitch + foot)
    for number, (name, (table, signed)) in enumerate(drawings.items()):
        row, column = divmod(number, _PANELS_IN_A_ROW)
        high, broad = (wide * a / X.shape[1] for a in table.shape)
        left = gap + column * (wide + gap) + (wide - broad) / 2
        top = rows * pitch + foot - row * pitch - head - (pitch - head - 0.06 - high) / 2
        low, colours = (-limit, "PRGn") if signed else (0.0, "gray")
        ax.imshow(
            table,
            cmap=plt.get_cmap(colours),
            vmin=low,
            vmax=limit if signed else 1.0,
            extent=(left, left + broad, top - high, top),
            interpolation="nearest",
        )
        frame = Rectangle(
            (left, top - high), broad, high, fill=False, edgecolor=GREY, linewidth=0.7
        )
        ax.add_patch(frame)
        write(ax, left + broad / 2, rows * pitch + foot - row * pitch - head / 2, name, INK)
    ax.set(xlim=(0, WIDTH), ylim=(0, rows * pitch + foot), aspect="equal")
    if any(signed for _, signed in drawings.values()):
        end = format_number(limit, 2)
        write(ax, WIDTH / 2, foot / 2 - 0.03, f"purple −{end}, white 0, green {end}", INK)
    return ax
