"""Figures of appendix A: what found which errors."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from ..plot.charts import heat_map
from ..plot.style import GREY, write


def table_of_counts(
    counts: np.ndarray, row_names: Sequence[str], column_names: Sequence[str]
) -> Axes:
    """Draw counts as coloured cells, zeros left blank, with the totals beside and below them."""
    rows, columns = counts.shape
    ax = heat_map(counts, row_names=row_names, column_names=column_names, signed=False)
    for text in [text for text in ax.texts if text.get_text() == "0"]:
        text.remove()
    ax.set_yticks(range(rows + 1), [*row_names, "total"])
    ax.set_xticks(range(columns + 1), [*column_names, "total"])
    plt.setp(ax.get_xticklabels(), rotation=35, ha="left", rotation_mode="anchor")
    ax.axhline(rows - 0.5, color=GREY, lw=0.8)
    ax.axvline(columns - 0.5, color=GREY, lw=0.8)
    for i, total in enumerate(counts.sum(axis=1)):
        write(ax, columns, i, str(total))
    for j, total in enumerate(counts.sum(axis=0)):
        write(ax, j, rows, str(total))
    write(ax, columns, rows, str(counts.sum()))
    ax.set(xlim=(-0.5, columns + 0.5), ylim=(rows + 0.5, -0.5))
    return ax
