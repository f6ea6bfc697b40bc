"""Rows of numbers below each other, so that an operation entry by entry can be followed down."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from .house import BACKWARD, GREY, INK, board, format_number, listed, write

_CELL, _ROW, _GAP, _NAMES = 1.25, 0.4, 0.14, 1.1  # inches


def entries(
    rows: Mapping[str, ArrayLike],
    *,
    columns: Sequence[str],
    decimals: int = 4,
    ax: Axes | None = None,
) -> Axes:
    """Draw rows of one length below each other, the last of them, the result, in orange.

    Parameters
    ----------
    rows : dict
        The name, with the sign that leads to it -> its numbers.
    columns : list of str
        What stands above each column.
    decimals : int
        The most decimals of a number.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If a row has not one number for each column.

    Examples
    --------
    >>> ax = entries({"a": [1, 2], "· b": [3, 4], "= c": [3, 8]}, columns=["one", "two"])
    >>> [text.get_text() for text in ax.texts if text.get_text().isdigit()]
    ['1', '2', '3', '4', '3', '8']
    """
    n = len(columns)
    table = [
        listed(f"entries: {name}", np.ravel(row).tolist(), n, "one number a column") or []
        for name, row in rows.items()
    ]
    height = 0.4 + len(table) * (_ROW + _GAP)
    ax = board(ax, _NAMES + n * _CELL + 0.1, height)
    for j, column in enumerate(columns):
        write(ax, _NAMES + (j + 0.5) * _CELL, height - 0.2, column, INK, 10)
    for r, (name, numbers) in enumerate(zip(rows, table, strict=True)):
        colour = BACKWARD if r == len(table) - 1 else INK
        low = height - 0.34 - (r + 1) * _ROW - r * _GAP
        write(ax, _NAMES / 2, low + _ROW / 2, name, colour, 12)
        for j, number in enumerate(numbers):
            corner = (_NAMES + j * _CELL, low)
            edge = BACKWARD if colour == BACKWARD else GREY
            ax.add_patch(Rectangle(corner, _CELL, _ROW, fc="white", ec=edge, lw=1.0))
            text = format_number(number, decimals)
            write(ax, corner[0] + _CELL / 2, low + _ROW / 2, text, colour, 11)
    return ax
