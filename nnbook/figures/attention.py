"""Figures of chapter 14b."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from ..plot.style import FORWARD, INK, WIDTH, new_axes


def losses(values: Sequence[float], levels: Mapping[str, float]) -> Axes:
    """Draw the loss over the steps, with lines at the levels that it is compared with."""
    ax = new_axes((WIDTH, 3.2))
    ax.plot(values, color=FORWARD, lw=1)
    for name, level in levels.items():
        ax.axhline(level, color=INK, lw=1, ls="--")
        ax.text(len(values), level - 0.04, name, ha="right", va="top")
    ax.set(xlabel="step", ylabel="loss", ylim=(0, max(values)))
    return ax
