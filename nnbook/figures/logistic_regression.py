"""Figures of chapters 04a and 04b: probabilities over one input, decision lines over two."""

from collections.abc import Callable, Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from ..plot.style import BACKWARD, FORWARD, GREY, WIDTH, legend_outside, new_axes

STACKED = 0.035  # how far equal samples stand apart


def probabilities(
    x: np.ndarray,
    y: np.ndarray,
    probability: Callable[[np.ndarray], np.ndarray],
    *,
    labels: tuple[str, str],
    interval: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]] | None = None,
    x_range: tuple[float, float] | None = None,
    mark: tuple[float, str] | None = None,
) -> Axes:
    """Draw flights with and without distress over one input, and the probability of distress."""
    ax = new_axes((WIDTH, 4.0))
    first, last = float(x.min()), float(x.max())
    low, high = x_range or (first, last)
    if interval is not None:
        xs = np.linspace(low, high, 201)
        ax.fill_between(xs, *interval(xs), color=FORWARD, alpha=0.14, lw=0)
    for start, end, dash in ((first, last, "-"), (low, first, "--"), (last, high, "--")):
        if start < end:
            xs = np.linspace(start, end, 101)
            ax.plot(xs, probability(xs), dash, color=FORWARD, lw=1.8)
    if mark is not None:
        ax.axvline(mark[0], color=GREY, ls="-", lw=1)
        ax.annotate(mark[1], (mark[0], 0.5), (5, 0), textcoords="offset points", va="center")
    for name, fill in (("no distress", "white"), ("distress", BACKWARD)):
        ax.plot([], [], "o", ls="", color=BACKWARD, mfc=fill, label=name)
    samples = np.column_stack([np.ravel(x), np.ravel(y)])
    for s, (position, label) in enumerate(samples.tolist()):
        before = (samples[:s] == samples[s]).all(axis=1).sum()
        height = label + (-STACKED if label else STACKED) * before
        ax.plot(position, height, "o", ls="", color=BACKWARD, mfc=BACKWARD if label else "white")
    ax.set(xlabel=labels[0], ylabel=labels[1], ylim=(-0.06, 1.06))
    legend_outside(ax)
    return ax


def decision_lines(
    neurons: Mapping[str, tuple[np.ndarray, np.ndarray]], X: np.ndarray, y: np.ndarray
) -> Axes:
    """Draw where neurons of two inputs are undecided, the later ones darker."""
    ax = new_axes((6.0, 4.2))
    low, high = X.min(axis=0) - 0.4, X.max(axis=0) + 0.8
    ends = np.array([low[0], high[0]])
    for i, (name, (weights, bias)) in enumerate(neurons.items()):
        w_1, w_2 = np.ravel(weights)
        grey = plt.get_cmap("Greys")(0.3 + 0.7 * (i + 1) / (len(neurons) + 1))
        ax.plot(ends, -(w_1 * ends + np.ravel(bias)) / w_2, "-", color=grey, lw=1.8, label=name)
    for label, name, marker, colour in (
        (0, "target 0", "o", FORWARD),
        (1, "target 1", "^", BACKWARD),
    ):
        points = X[np.ravel(y) == label].T
        ax.plot(*points, marker, color=colour, mec="white", mew=0.6, ms=9, label=name)
    ax.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    legend_outside(ax)
    return ax
