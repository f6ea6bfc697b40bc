"""A convolution as a product: windows cut out into rows, and rows of blame folded back."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ..layers.convolution import conv_output_size
from ..validation import pair, positive_int
from .house import BACKWARD, FORWARD, GREY, INK, PALE, WIDTH, arrow, board, write

_MOST_ROWS, _MOST_COLUMNS = 60, 24
_BLUE = ("#B9D7EE", "#6FAEDB")  # a tint for each channel
_ORANGE = ("#F6D7C3", "#EFAE86")
_TALL = 1.8  # of the table of windows, in inches

Pair = tuple[int, int]


def cut_and_fold(
    shape: tuple[int, int, int, int],
    filter_size: int | Pair,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    *,
    filters: int = 1,
    place: Pair = (0, 0),
    ax: Axes | None = None,
) -> Axes:
    r"""Draw a layer of filters as cut, multiply, and on the way back multiply, fold.

    Above, a window of the first picture becomes a row of :math:`P`; with a column of :math:`W` it
    gives a number of :math:`Z`. Below, two rows of :math:`dP` go back to the windows that they come
    from; where these overlap, the shares add up.

    Parameters
    ----------
    shape : (int, int, int, int)
        Pictures, height, width, and one or two channels.
    filter_size, stride, padding : int or (int, int)
        As in :func:`nnbook.correlate2d`.
    filters : int
        How many filters there are.
    place : (int, int)
        Row and column of the window among the answers; its neighbour on the right is the second.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on, in inches.

    Raises
    ------
    ValueError
        If there is no such window with a neighbour, or the tables are too large to be drawn.

    Examples
    --------
    >>> ax = cut_and_fold((1, 3, 4, 1), 2)
    >>> [text.get_text() for text in ax.texts if "(" in text.get_text()][:3]
    ['P (6, 4)', 'W (4, 1)', 'Z (6, 1)']
    """
    who = "plot.cut_and_fold"
    f, s = pair(who, "filter_size", filter_size), pair(who, "stride", stride)
    p, filters = pair(who, "padding", padding, 0), positive_int(who, "filters", filters)
    m, h, w, channels = (positive_int(who, "shape", size) for size in shape)
    out = tuple(conv_output_size(n, f[i], s[i], p[i]) for i, n in enumerate((h, w)))
    rows, columns = m * out[0] * out[1], f[0] * f[1] * channels
    if rows > _MOST_ROWS or columns + 2 * filters > _MOST_COLUMNS or channels > len(_BLUE):
        raise ValueError(f"{who}: P of shape {(rows, columns)}, {channels} channels: too large")
    if not (0 <= place[0] < out[0] and 0 <= place[1] < out[1] - 1):
        raise ValueError(f"{who}: place should have a neighbour on the right in {out}, got {place}")

    sides = (h + 2 * p[0], w + 2 * p[1])
    cell = min(0.2, _TALL / sides[0], 2.6 / (channels * sides[1] + 1))
    flat = _TALL / rows
    ax = board(ax, WIDTH, 2 * _TALL + 0.8)
    corners = [(place[0] * s[0], (place[1] + k) * s[1]) for k in (0, 1)]
    index = place[0] * out[1] + place[1]  # of the window among the rows of P
    lefts = [0.15 + c * (sides[1] + 0.6) * cell for c in range(channels)]
    edge = lefts[-1] + sides[1] * cell
    at_p = edge + 0.9
    thin = (WIDTH - at_p - 1.15) / (2 * columns + filters)  # a column of P
    at_w = at_p + columns * thin + 0.5
    at_z = at_w + filters * thin + 0.5

    for back, top in ((False, 2 * _TALL + 0.5), (True, _TALL + 0.1)):
        tints, colour = (_ORANGE, BACKWARD) if back else (_BLUE, FORWARD)
        middle = top - _TALL / 2
        for c, left in enumerate(lefts):
            upper = middle + sides[0] * cell / 2
            name = f"{'d' * back}A, channel {c}" if channels > 1 else "d" * back + "A"
            write(ax, left + sides[1] * cell / 2, upper + 0.14, name, BACKWARD if back else INK)
            for i, j in np.ndindex(sides):
                inside = p[0] <= i < p[0] + h and p[1] <= j < p[1] + w
                hits = sum(a <= i < a + f[0] and b <= j < b + f[1] for a, b in corners[: 1 + back])
                fill = tints[c] if hits else ("white" if inside else PALE)
                _box(ax, left + j * cell, upper - (i + 1) * cell, cell, cell, fill)
                if hits > 1:
                    spot = (left + (j + 0.5) * cell, upper - (i + 0.5) * cell)
                    write(ax, *spot, "+", INK, 9)
            for a, b in corners[: 1 + back]:
                spot = (left + b * cell, upper - (a + f[0]) * cell)
                _frame(ax, *spot, f[1] * cell, f[0] * cell, colour)
        ends = ((edge + 0.1, middle), (at_p - 0.1, middle))
        arrow(ax, *(ends[::-1] if back else ends), colour)
        write(ax, (edge + at_p) / 2, middle + 0.16, "fold" if back else "cut", colour, 10)
        if back:
            write(ax, (edge + at_p) / 2, middle - 0.24, "+: shares\nadd up", colour, 9)

        chosen = [index, index + 1] if back else [index]
        marks = np.tile(np.arange(channels), columns // channels)  # the channel of each column
        lines = {r: [tints[c] for c in marks] for r in chosen}
        mark = "d" if back else ""
        _table(ax, at_p, top, rows, columns, thin, flat, lines, f"{mark}P ({rows}, {columns})")
        if not back:
            whole = {r: [tints[marks[r]]] for r in range(columns)}
            tall = columns * 0.1
            x, y = at_w, middle + tall / 2
            _table(ax, x, y, columns, filters, thin, 0.1, whole, f"W ({columns}, {filters})")
            sums = {index: [FORWARD]}
            _table(ax, at_z, top, rows, filters, thin, flat, sums, f"Z ({rows}, {filters})")
            signs = ("×", at_w), ("=", at_z)
            for k in range(m):
                x = at_z + filters * thin + 0.45
                write(ax, x, top - _TALL * (k + 0.5) / m, f"picture {k}", GREY)
        else:
            blame = {r: [BACKWARD] * filters for r in chosen}
            _table(ax, at_w, top, rows, filters, thin, flat, blame, f"dZ ({rows}, {filters})")
            turned = {r: [tints[c] for c in marks] for r in range(filters)}
            x, y = at_z, middle + filters * 0.1 / 2
            _table(ax, x, y, filters, columns, thin, 0.1, turned, f"Wᵀ ({filters}, {columns})")
            signs = ("=", at_w), ("×", at_z)
        for sign, x in signs:
            write(ax, x - 0.25, middle, sign, INK, 14)
        for end in (at_p + columns * thin, (at_w if back else at_z) + filters * thin):
            start = at_p if end < at_w else end - filters * thin
            for k in range(1, m):  # the border between two pictures
                y = top - _TALL * k / m
                ax.plot([start, end], [y, y], color=INK, lw=1.2, zorder=6)
    return ax


def _box(ax: Axes, x: float, y: float, wide: float, high: float, fill: str) -> None:
    ax.add_patch(Rectangle((x, y), wide, high, fc=fill, ec=GREY, lw=0.4))


def _frame(ax: Axes, x: float, y: float, wide: float, high: float, colour: str) -> None:
    ax.add_patch(Rectangle((x, y), wide, high, fill=False, ec=colour, lw=1.8, zorder=5))


def _table(
    ax: Axes,
    x: float,
    top: float,
    rows: int,
    columns: int,
    wide: float,
    high: float,
    filled: dict[int, list[str]],
    name: str,
) -> None:
    """Draw a table with some cells filled: by its row, the colours of the first cells."""
    write(ax, x + columns * wide / 2, top + 0.14, name, INK)
    for r, c in np.ndindex(rows, columns):
        colours = filled.get(r, [])
        fill = colours[c] if c < len(colours) else "white"
        _box(ax, x + c * wide, top - (r + 1) * high, wide, high, fill)
