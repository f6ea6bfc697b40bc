"""Figures of chapters 04a and 04b: likelihoods, decision lines, a threshold, ROC curves."""

from collections.abc import Callable, Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from ..layers.activations import sigmoid
from ..plot.style import (
    BACKWARD,
    FORWARD,
    GREY,
    INK,
    PALE_BACKWARD,
    PALE_FORWARD,
    WIDTH,
    legend_outside,
    new_axes,
    write,
)

STACKED = 0.035  # how far equal samples stand apart
APART = 0.14  # how far labels of lines stand apart, in units of the inputs
BAND = "95 per cent interval\nat each temperature"
NEAR = 0.02  # probabilities no further apart are stacked in the figure of a threshold
ROOM = 0.25  # beside the probabilities 0 and 1, for the counts


def likelihoods(
    x: np.ndarray,
    y: np.ndarray,
    neurons: Mapping[str, tuple[float, float]],
    *,
    labels: tuple[str, str],
) -> Axes:
    """Draw the curve of each neuron (w, b), and as bars what it assigned to each target."""
    size = (WIDTH, 2.9 * len(neurons))
    figure, panels = plt.subplots(len(neurons), 1, sharex=True, figsize=size, squeeze=False)
    xs = np.linspace(x.min() - 0.5, x.max() + 0.5, 201)
    for ax, (name, (w, b)) in zip(panels.flat, neurons.items(), strict=True):
        y_hat = sigmoid(w * x + b)
        p = np.where(y == 1, y_hat, 1 - y_hat)
        bottom = np.where(y == 1, 0, y_hat)
        ax.bar(x, p, 0.5, bottom=bottom, color=PALE_FORWARD)
        for day in range(len(x)):
            write(ax, x[day], bottom[day] + p[day] / 2, f"{p[day]:.2f}")
        ax.plot(xs, sigmoid(w * xs + b), "-", color=FORWARD, lw=1.8)
        for label, fill, target in ((0, "white", "dry"), (1, BACKWARD, "rain")):
            days = x[y == label]
            height = np.full(len(days), label)
            ax.plot(days, height, "o", ls="", color=BACKWARD, mfc=fill, label=target)
        ax.set_title(f"{name}: likelihood {p.prod():.4f}", loc="left", fontsize=11)
        ax.set(ylabel=labels[1], ylim=(-0.06, 1.06))
    panels[-1, 0].set_xlabel(labels[0])
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    return panels[-1, 0]


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
        ax.fill_between(xs, *interval(xs), color=FORWARD, alpha=0.14, lw=0, label=BAND)
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
    neurons: Mapping[str, tuple[np.ndarray, np.ndarray]],
    X: np.ndarray,
    y: np.ndarray,
    *,
    limit: tuple[np.ndarray, float],
) -> Axes:
    """Draw where neurons of two inputs are undecided, the later ones darker, and their limit."""
    ax = new_axes((6.0, 4.2))
    low, high = X.min(axis=0) - 0.4, X.max(axis=0) + 0.8
    ends, last = np.array([low[0], high[0]]), -np.inf
    lines = {**neurons, "limit": limit}
    for i, (name, (weights, bias)) in reversed(list(enumerate(lines.items()))):
        w_1, w_2 = np.ravel(weights)
        grey = plt.get_cmap("Greys")(0.3 + 0.7 * (i + 1) / (len(lines) + 1))
        heights = -(w_1 * ends + np.ravel(bias)) / w_2
        ax.plot(ends, heights, "--" if name == "limit" else "-", color=grey, lw=1.8)
        last = max(float(heights[1]), last + APART)
        ax.annotate(
            name, (high[0], last), (5, 0), textcoords="offset points", va="center",
            annotation_clip=False,
        )  # fmt: skip
    for label, name, fill in ((0, "target 0", "white"), (1, "target 1", BACKWARD)):
        points = X[np.ravel(y) == label].T
        ax.plot(*points, "o", ls="", color=BACKWARD, mfc=fill, ms=8, label=name)
    ax.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xticks=[0, 0.5, 1, 1.5])
    ax.set(yticks=[0, 0.5, 1, 1.5])
    ax.legend(loc="upper left", bbox_to_anchor=(1.22, 1), borderaxespad=0)
    return ax


def _confusion(ax: Axes, p: np.ndarray, y: np.ndarray, at: float) -> dict[str, int]:
    """Draw a confusion matrix with its samples in it, and return the four counts."""
    positive = p >= at
    edges = {False: (-ROOM, at), True: (at, 1 + ROOM)}
    kinds = {(1, False): "false negatives", (1, True): "true positives",
             (0, False): "true negatives", (0, True): "false positives"}  # fmt: skip
    counts = {}
    for (label, side), kind in kinds.items():
        counts[kind] = int(((y == label) & (positive == side)).sum())
        if kind.startswith("false"):
            ax.fill_between(edges[side], label, label + 1, color=PALE_BACKWARD, lw=0)
        x, where = (1 + ROOM, "right") if side else (-ROOM, "left")
        ax.annotate(
            f"{counts[kind]} {kind}", (x, label + 1), (-4 if side else 4, -4),
            textcoords="offset points", ha=where, va="top",
        )  # fmt: skip
    for label, fill in ((0, "white"), (1, BACKWARD)):
        last: list[float] = []  # the last flight of each level
        for position in np.sort(p[y == label]).tolist():
            free = (level for level, before in enumerate(last) if position - before > NEAR)
            level = next(free, len(last))
            last[level : level + 1] = [position]
            ax.plot(position, label + 0.16 + 0.13 * level, "o", ls="", color=BACKWARD, mfc=fill)
    ax.axvline(at, color=INK, lw=1.4)
    ax.axhline(1, color=GREY, lw=0.8)
    for act, (x, where) in {"launched": (-5, "right"), "called off": (5, "left")}.items():
        ax.annotate(
            act, (at, 2), (x, 4), textcoords="offset points", ha=where, va="bottom",
            annotation_clip=False,
        )  # fmt: skip
    ax.set(xlabel="predicted probability of distress", xlim=(-ROOM, 1 + ROOM), ylim=(0, 2))
    ax.set(xticks=np.linspace(0, 1, 6))
    ax.set_yticks([0.5, 1.5], ["no distress", "distress"])
    ax.tick_params(axis="y", length=0)
    return counts


def threshold(
    probabilities: np.ndarray, labels: np.ndarray, at: float, c: float, baseline: float
) -> Axes:
    """Draw flights at their probabilities, and the four kinds into which a threshold sorts them.

    This is a confusion matrix with its samples in it: a row for each label, a column for each
    side of the threshold. The fields of the two errors are shaded.
    """
    ax = new_axes((WIDTH, 3.6))
    counts = _confusion(ax, np.ravel(probabilities), np.ravel(labels), at)
    wrong, unneeded = counts["false negatives"], counts["false positives"]
    cost = f"cost {c:g} · {wrong} + {unneeded} = {c * wrong + unneeded:g}, baseline {baseline:g}"
    ax.set_title(cost, loc="right", fontsize=11, pad=20)
    return ax


def costs(
    thresholds: ArrayLike,
    curves: Mapping[str, ArrayLike],
    *,
    threshold: float,
    baseline: float,
) -> Axes:
    """Draw costs over the threshold, with the threshold of the rule and the cost of a baseline."""
    ax = new_axes((WIDTH, 4.0))
    looks = ((FORWARD, "-", 2.2), (FORWARD, "--", 1.6), (BACKWARD, "-", 1.4))
    for (name, each), (colour, dash, width) in zip(curves.items(), looks, strict=True):
        ax.plot(thresholds, each, dash, color=colour, lw=width, label=name)
    ax.axhline(baseline, color=GREY, ls=":", lw=1.4, label="calling off every launch")
    ax.axvline(threshold, color=GREY, ls="-", lw=1)
    ax.annotate(
        f"{threshold:g}", (threshold, 1), (0, 2), xycoords=("data", "axes fraction"),
        textcoords="offset points", ha="center", va="bottom",
    )  # fmt: skip
    ax.set(xlabel="threshold", ylabel="cost of 23 launches, $c=4$")
    legend_outside(ax)
    return ax


def roc_curve(
    probabilities: np.ndarray,
    labels: np.ndarray,
    at: float,
    curve: tuple[np.ndarray, np.ndarray],
) -> Axes:
    """Draw what a threshold sorts, and below it the ROC curve with the point of this threshold."""
    _, (upper, lower) = plt.subplots(
        2, 1, figsize=(WIDTH, 7.4), gridspec_kw={"height_ratios": (3.2, 4.2)}
    )
    counts = _confusion(upper, np.ravel(probabilities), np.ravel(labels), at)
    rate, recall = curve
    lower.plot([0, 1], [0, 1], ":", color=GREY, lw=1.2, label="guessing")
    lower.fill_between(rate, recall, color=FORWARD, alpha=0.14, lw=0)
    lower.plot(rate, recall, "-", color=FORWARD, lw=2.2, label="ROC curve")
    positives = counts["true positives"] + counts["false negatives"]
    negatives = counts["false positives"] + counts["true negatives"]
    point = counts["false positives"] / negatives, counts["true positives"] / positives
    lower.plot(*point, "o", ls="", color=INK, mfc="white", ms=8, label=f"threshold {at:g}")
    rates = (
        f"recall {counts['true positives']}/{positives}\n"
        f"false positive rate {counts['false positives']}/{negatives}"
    )
    lower.annotate(rates, (0.42, 0.08))
    ticks = np.linspace(0, 1, 6)
    lower.set(xlabel="false positive rate", ylabel="recall", aspect="equal")
    lower.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04), xticks=ticks, yticks=ticks)
    legend_outside(lower)
    return lower
