"""Windows that share pixels: a row and its filter, pooling and its winners, steps nobody sees."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from ..layers.convolution import conv_output_size
from ..validation import positive_int
from .house import (
    BACKWARD,
    FORWARD,
    GREY,
    INK,
    PALE,
    arrow,
    board,
    decimals_of,
    format_number,
    write,
)

_CELL, _PITCH = 0.42, 0.8
_WINNER, _UNUSED = "#B9D7EE", "#CCCCCC"


def shared(
    x: ArrayLike,
    w: ArrayLike,
    delta: ArrayLike,
    stride: int = 1,
    padding: int = 0,
    *,
    pixel: int | None = None,
    place: int | None = None,
    ax: Axes | None = None,
) -> Axes:
    r"""Draw a filter on a row of pixels as connections, and the way of blame along some of them.

    Parameters
    ----------
    x, w, delta : array
        The pixels, the filter, and the blame of every output.
    stride, padding : int
        As in :func:`nnbook.correlate2d`.
    pixel : int
        The pixel whose derivative is drawn and written out, ...
    place : int
        ... or the weight: its place in the filter.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on, in inches.

    Raises
    ------
    ValueError
        If the pixel, the place or the blame does not fit.

    Examples
    --------
    >>> ax = shared([1, 2, 3, -2, 2], [2, -1, 1], [1, 2, -2], 2, 1, pixel=1)
    >>> ax.texts[-1].get_text()
    '$dx_{1}=\\delta_{0}\\,w_{2}+\\delta_{1}\\,w_{0}$ = 1·1 + 2·2 = 5'
    """
    x, w, delta = (np.asarray(values, dtype=float).ravel() for values in (x, w, delta))
    n, f, outputs = len(x), len(w), conv_output_size(len(x), len(w), stride, padding)
    if len(delta) != outputs:
        raise ValueError(f"plot.shared: delta should hold {outputs} numbers, got {len(delta)}")
    if (pixel is None) == (place is None):
        raise ValueError("plot.shared: give a pixel or a place, and not both")
    if not (0 <= (pixel or 0) < n and 0 <= (place or 0) < f):
        raise ValueError(f"plot.shared: there are {n} pixels and {f} places, got {pixel}, {place}")
    padded = np.pad(x, padding)
    width = len(padded) * _PITCH + 1.0
    ax = board(ax, width, 3.3)
    above, below = 2.55, 1.05
    at = [1.0 + (i + 0.5) * _PITCH - 0.15 for i in range(len(padded))]
    out = [at[stride * r] + (f - 1) / 2 * _PITCH for r in range(outputs)]
    factors: list[str] = []
    letters: list[str] = []
    total = 0.0
    for r, u in np.ndindex(outputs, f):
        i = stride * r + u - padding
        asked = i == pixel if pixel is not None else u == place
        start, end = (at[i + padding], above - _CELL / 2), (out[r], below + _CELL / 2)
        if not asked:
            ax.plot([start[0], end[0]], [start[1], end[1]], color=_UNUSED, lw=1.0, zorder=1)
            continue
        inside = 0 <= i < n
        colour = BACKWARD if inside else GREY
        arrow(ax, end, start, colour)
        value = w[u] if pixel is not None else padded[i + padding]
        total += delta[r] * value
        name = f"$w_{{{u}}}$" if pixel is not None else (f"$x_{{{i}}}$" if inside else "")
        part = 0.36 if pixel is not None else 0.42
        spot = np.array(start) * part + np.array(end) * (1 - part)
        text = f"{name} = {_said(value)}" if name else "0"
        label = write(ax, spot[0], spot[1], text, colour, 10)
        label.set_bbox({"fc": "white", "ec": "none", "pad": 1.2})
        factors.append(f"{_said(delta[r], inner=bool(factors))}·{_said(value, inner=True)}")
        second = f"w_{{{u}}}" if pixel is not None else (f"x_{{{i}}}" if inside else "0")
        letters.append(rf"\delta_{{{r}}}" + (r"\cdot0" if second == "0" else rf"\,{second}"))
    for i, value in enumerate(padded):
        inside = padding <= i < padding + n
        mine = inside and i - padding == pixel
        _cell(ax, at[i], above, _said(value), PALE if not inside else "white", mine)
        if inside:
            write(ax, at[i], above + 0.38, f"$x_{{{i - padding}}}$", INK, 11)
    for r in range(outputs):
        _cell(ax, out[r], below, _said(delta[r]), "white", True)
        write(ax, out[r], below - 0.38, rf"$\delta_{{{r}}}$", BACKWARD, 11)
    write(ax, 0.45, above, "pixels", INK)
    write(ax, 0.45, below, "blame", BACKWARD)
    left = f"dx_{{{pixel}}}" if pixel is not None else f"dw_{{{place}}}"
    terms = f"${left}={'+'.join(letters) or '0'}$"
    sums = f" = {' + '.join(factors)} = {_said(total)}" if factors else ""
    write(ax, width / 2, 0.25, terms + sums, BACKWARD, 11)
    return ax


def pooling(
    image: ArrayLike, size: int, *, blame: ArrayLike | None = None, ax: Axes | None = None
) -> Axes:
    """Draw max pooling of windows side by side: the winners, and the way of the blame back to them.

    Parameters
    ----------
    image : array
        (h, w) numbers; of equal largest numbers in a window the first one wins, row by row.
    size : int
        Side of a window, and the stride.
    blame : array
        The blame of each output; without it only the way forward is drawn.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on, in inches.

    Raises
    ------
    ValueError
        If the windows do not fill the image, or there is not one blame for each.

    Examples
    --------
    >>> ax = pooling([[8, 4], [9, 3]], 2, blame=[[5]])
    >>> [text.get_text() for text in ax.texts if text.get_text()]
    ['image', '8', '4', '9', '3', 'largest', '9', 'blame', '5', 'blame, sent back', '5']
    """
    X, f = np.asarray(image, dtype=float), positive_int("plot.pooling", "size", size)
    if X.ndim != 2 or X.size == 0 or X.shape[0] % f or X.shape[1] % f:
        raise ValueError(f"plot.pooling: windows of {f} x {f} do not fill an image of {X.shape}")
    shape = (X.shape[0] // f, X.shape[1] // f)
    won, pooled = np.zeros(X.shape, bool), np.zeros(shape)
    for r, q in np.ndindex(shape):
        window = X[r * f : r * f + f, q * f : q * f + f]
        u, v = np.unravel_index(np.argmax(window), window.shape)
        won[r * f + u, q * f + v], pooled[r, q] = True, window[u, v]
    tables = [("image", X, won, FORWARD), ("largest", pooled, pooled == pooled, FORWARD)]
    if blame is not None:
        B = np.asarray(blame, dtype=float)
        if B.shape != shape:
            raise ValueError(f"plot.pooling: blame should have shape {shape}, got {B.shape}")
        back = np.where(won, np.repeat(np.repeat(B, f, axis=0), f, axis=1), np.nan)
        tables += [("blame", B, B == B, BACKWARD), ("blame, sent back", back, won, BACKWARD)]
    gap = 0.55
    width = sum(max(t.shape[1] * _CELL, 0.9) for _, t, _, _ in tables) + gap * len(tables)
    height = X.shape[0] * _CELL + 0.55
    ax = board(ax, width, height)
    x, middle = gap / 2, (height - 0.35) / 2
    for k, (name, table, marked, colour) in enumerate(tables):
        room = max(table.shape[1] * _CELL, 0.9)
        left, top = x + (room - table.shape[1] * _CELL) / 2, middle + table.shape[0] * _CELL / 2
        write(ax, x + room / 2, top + 0.17, name, INK if k < 2 else BACKWARD)
        large = table.shape == X.shape
        for i, j in np.ndindex(table.shape):
            spot = (left + (j + 0.5) * _CELL, top - (i + 0.5) * _CELL)
            fill = (_WINNER if colour == FORWARD else "#F6D7C3") if marked[i, j] and large else ""
            text = "" if np.isnan(table[i, j]) else _said(table[i, j])
            _cell(ax, *spot, text, fill or "white", False, INK if colour == FORWARD else colour)
        step = f if large else 1
        for i, j in np.ndindex(table.shape[0] // step, table.shape[1] // step):
            corner = (left + j * step * _CELL, top - (i + 1) * step * _CELL)
            side = step * _CELL
            ax.add_patch(Rectangle(corner, side, side, fill=False, ec=INK, lw=1.6, zorder=5))
        x += room + gap
        if k in (0, 2):
            arrow(ax, (x - gap + 0.08, middle), (x - 0.08, middle), colour)
    return ax


def steps(n: int, size: int, *, ax: Axes | None = None) -> Axes:
    """Draw every step to the right of one bright pixel; orange where max pooling notices it.

    Parameters
    ----------
    n, size : int
        Side of the picture, and of the windows that fill it side by side.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on, in inches.

    Raises
    ------
    ValueError
        If the windows do not fill the picture.

    Examples
    --------
    >>> ax = steps(4, 2)
    >>> [text.get_text() for text in ax.texts if text.get_text()]
    ['not noticed: 8', 'noticed: 4']
    """
    n, f = positive_int("plot.steps", "n", n), positive_int("plot.steps", "size", size)
    if n % f:
        raise ValueError(f"plot.steps: windows of {f} x {f} do not fill a picture of {n} x {n}")
    cell = 0.55
    ax = board(ax, n * cell + 2.2, n * cell + 0.2)
    top, seen = n * cell + 0.1, {False: 0, True: 0}
    for i, j in np.ndindex(n, n):
        corner = (0.1 + j * cell, top - (i + 1) * cell)
        ax.add_patch(Rectangle(corner, cell, cell, fc="white", ec=_UNUSED, lw=0.8))
        if j + 1 < n:
            noticed = j // f != (j + 1) // f
            seen[noticed] += 1
            y = corner[1] + cell / 2
            start, end = corner[0] + 0.62 * cell, corner[0] + 1.38 * cell
            arrow(ax, (start, y), (end, y), BACKWARD if noticed else FORWARD)
    for i, j in np.ndindex(n // f, n // f):
        corner = (0.1 + j * f * cell, top - (i + 1) * f * cell)
        ax.add_patch(Rectangle(corner, f * cell, f * cell, fill=False, ec=INK, lw=2))
    write(
        ax, n * cell + 1.15, top - n * cell / 2 + 0.17, f"not noticed: {seen[False]}", FORWARD, 11
    )
    write(ax, n * cell + 1.15, top - n * cell / 2 - 0.17, f"noticed: {seen[True]}", BACKWARD, 11)
    return ax


def _said(value: Any, *, inner: bool = False) -> str:
    """Write a number, in brackets where a minus would follow another sign."""
    text = format_number(value, decimals_of(value, 2))
    return f"({text})" if inner and text.startswith("−") else text


def _cell(
    ax: Axes, x: float, y: float, text: str, colour: str, framed: bool, ink: str = INK
) -> None:
    """Draw a cell around its middle, with a text."""
    corner = (x - _CELL / 2, y - _CELL / 2)
    look: dict[str, Any] = {"ec": BACKWARD, "lw": 1.8} if framed else {"ec": GREY, "lw": 0.7}
    ax.add_patch(Rectangle(corner, _CELL, _CELL, fc=colour, zorder=3, **look))
    write(ax, x, y, text, BACKWARD if framed else ink, 10)
