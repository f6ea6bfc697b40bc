"""A table of counts with its totals."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from .charts import heat_map
from .house import GREY, INK, write


def tally(
    counts: ArrayLike,
    *,
    row_names: Sequence[str] | None = None,
    column_names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw counts as coloured cells, zeros left blank, with the totals beside and below them.

    Parameters
    ----------
    counts : array
        (rows, columns) whole numbers, none below 0.
    row_names, column_names : list of str
        Texts beside the rows and, aslant, above the columns; else their indices.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If `counts` is no table of counts or the names do not fit it.

    Examples
    --------
    >>> ax = tally([[4, 0], [1, 2]])
    >>> [text.get_text() for text in ax.texts]  # the counts, then the totals
    ['4', '1', '2', '4', '3', '5', '2', '7']
    """
    counts = np.asarray(counts)
    if counts.ndim != 2 or counts.size == 0 or (counts < 0).any() or (counts % 1 != 0).any():
        raise ValueError("plot.tally: counts should be a table of whole numbers, none below 0")
    rows, columns = counts.shape
    ax = heat_map(
        counts, row_names=row_names, column_names=column_names, decimals=0, signed=False, ax=ax
    )
    for text in [text for text in ax.texts if text.get_text() == "0"]:
        text.remove()
    beside = [*(row_names or map(str, range(rows))), "total"]
    above = [*(column_names or map(str, range(columns))), "total"]
    ax.set_yticks(range(rows + 1), beside)
    ax.set_xticks(range(columns + 1), above)
    if column_names is not None:
        plt.setp(ax.get_xticklabels(), rotation=35, ha="left", rotation_mode="anchor")
    ax.axhline(rows - 0.5, color=GREY, lw=0.8)
    ax.axvline(columns - 0.5, color=GREY, lw=0.8)
    for i, total in enumerate(counts.sum(axis=1)):
        write(ax, columns, i, f"{total:.0f}", INK)
    for j, total in enumerate(counts.sum(axis=0)):
        write(ax, j, rows, f"{total:.0f}", INK)
    write(ax, columns, rows, f"{counts.sum():.0f}", INK)
    ax.set(xlim=(-0.5, columns + 0.5), ylim=(rows + 0.5, -0.5))
    return ax
