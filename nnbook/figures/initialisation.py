"""Figures of chapter 08a: activations and gradients of many layers, a skip connection, training."""

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from ..plot.charts import curves
from ..plot.style import (
    BACKWARD,
    FORWARD,
    INK,
    PALE,
    WIDTH,
    arrow,
    board,
    circle,
    format_number,
    write,
)
from ..plot.surfaces import decision_boundary


def layer_histograms(
    signals: Mapping[str, Sequence[np.ndarray]], layers: Sequence[int]
) -> list[list[Axes]]:
    """Draw histograms of the activations of some layers, a row for each network.

    An arrow has the fraction of those that are too large for the axis, where it is not small.
    """
    size = (WIDTH, 0.55 + 1.1 * len(signals))
    figure, axes = plt.subplots(len(signals), len(layers), figsize=size, sharex=True, squeeze=False)
    figure.set_layout_engine("constrained", hspace=0.12)
    edges = np.linspace(-3, 3, 62)
    for row, (name, arrays) in zip(axes, signals.items(), strict=True):
        for ax, layer in zip(row, layers, strict=True):
            values = np.ravel(arrays[layer - 1])
            counts = np.histogram(values, edges)[0]
            ax.bar(edges[:-1], counts, np.diff(edges), align="edge", color=FORWARD)
            top = max(counts.max(), 1)
            numbers, times = np.unique(values, return_counts=True)
            fraction, often = times.max() / values.size, numbers[times.argmax()]
            others = np.delete(counts, np.argmax(counts))
            # a bar of equal numbers that hides all others is cut, and says how high it is
            if fraction > 0.25 and times.max() > 4 * others.max(initial=0) > 0:
                top = 4 * others.max()
                ax.text(often, 0.82 * top, f" {fraction:.0%}", fontsize=10, color=INK, va="center")
            beyond = np.mean(values > 3)
            if beyond > 0.25:
                ax.text(3, 0.5 * top, f"{beyond:.0%} →", fontsize=10, ha="right", va="center")
            ax.set(xlim=(-3, 3), ylim=(0, top), xticks=(-2, 0, 2), yticks=[])
            ax.spines["left"].set_visible(False)
            rms = f"{np.sqrt(np.mean(values**2)):.2g}".replace("-", "−")
            rms = f"RMS {rms}" if ax is axes[0][0] else rms
            text = ax.text(0.5, 1.03, rms, transform=ax.transAxes, fontsize=10, color=INK)
            text.set(ha="center", va="bottom")
        row[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
    for ax, layer in zip(axes[0], layers, strict=True):
        ax.set_title(f"layer {layer}", fontsize=10, pad=18)
    axes[-1][len(layers) // 2].set_xlabel("activation")
    return [list(row) for row in axes]


def signal(activation: str = "tanh", gain: float = 1.0) -> Axes:
    """Draw histograms of activations in fifty layers of width 256, with weights of this gain."""
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(16, 256))]
    for _ in range(50):
        z = arrays[-1] @ (gain / 16 * rng.normal(size=(256, 256)))
        arrays.append(np.tanh(z) if activation == "tanh" else np.maximum(z, 0))
    axes = layer_histograms({f"{activation},\ngain {gain:g}": arrays[1:]}, [1, 2, 20, 50])
    return axes[0][0]


def norms_by_gain(norms: Mapping[str, Mapping[str, Sequence[float]]]) -> list[Axes]:
    """Draw the norm of each layer's gradient, a panel for each activation, a line for each gain."""
    _, axes = plt.subplots(1, len(norms), figsize=(WIDTH, 3.6))
    for ax, (name, lines) in zip(axes, norms.items(), strict=True):
        layers = np.arange(1, 1 + max(map(len, lines.values())))
        curves(layers, lines, labels=("layer", "norm of the weight gradient"), log_y=True, ax=ax)
        ax.set(title=name, xlim=(-14, layers[-1] + 1), xticks=[1, *layers[9::10]])
        ax.get_legend().remove()
        top = max(lines, key=lambda gain: lines[gain][0])
        for line, (gain, values) in zip(ax.lines, lines.items(), strict=True):
            line.set(color=BACKWARD, linestyle="-")
            text = f"gain {gain}" if gain == top else gain
            ax.annotate(text, (1, values[0]), (-4, 0), textcoords="offset points",
                        ha="right", va="center", fontsize=10)  # fmt: skip
    axes[1].set_ylabel("")
    return list(axes)


def skip_connection(slope: float, weight: float) -> Axes:
    """Draw a layer of one neuron with a skip connection, and the two paths of the gradient."""
    gradients = (slope * weight, slope, 1.0, 1.0)
    low, high, apart = 0.85, 1.95, 0.1
    ax = board(WIDTH, 2.5)
    xs = [0.85, 2.6, 4.2, 5.65, 6.75]
    halves = [0.3, 0.3, 0.3, 0.2, 0.3]
    local = {"$w$": format_number(weight, 4), "$g$": f"$g'$ = {format_number(slope, 4)}"}
    for x, half, text in zip(xs, halves, ("$a_{l-1}$", "$w$", "$g$", "$+$", "$a_l$"), strict=True):
        if text in local:
            box = FancyBboxPatch((x - 0.3, low - 0.24), 0.6, 0.48, boxstyle="round,pad=0")
            ax.add_patch(box).set(facecolor=PALE, edgecolor=INK, linewidth=1.2)
            write(ax, x, low, text, INK, 13)
            write(ax, x, low + 0.36, local[text], INK, 9)
        else:
            circle(ax, (x, low), half, text)
    for i, gradient in enumerate(gradients):
        x0, x1 = xs[i] + halves[i], xs[i + 1] - halves[i + 1]
        arrow(ax, (x0, low + apart), (x1, low + apart), FORWARD)
        arrow(ax, (x1, low - apart), (x0, low - apart), BACKWARD)
        text = format_number(gradient, 4)
        write(ax, (x0 + x1) / 2, low - apart - 0.17, text, BACKWARD, 10)
    for colour, shift, left, right in (
        (FORWARD, apart, (xs[0] - apart, low + 0.29), (xs[3] + apart, low + 0.19)),
        (BACKWARD, -apart, (xs[0] + apart, low + 0.29), (xs[3] - apart, low + 0.19)),
    ):
        start, end = (left, right) if colour == FORWARD else (right, left)
        y = high + shift
        ax.plot([start[0], start[0], end[0]], [start[1], y, y], color=colour, lw=1.2)
        arrow(ax, (end[0], y), end, colour)
    write(ax, (xs[0] + xs[3]) / 2, high - apart - 0.17, "1", BACKWARD, 10)
    through = slope * weight
    text = f"1 + {format_number(through, 4)} = {format_number(1 + through, 4)}"
    write(ax, 1.1, 0.2, text, BACKWARD, 10)
    return ax


def line_and_losses(
    line: Callable[[np.ndarray], np.ndarray],
    X: np.ndarray,
    Y: np.ndarray,
    losses: Mapping[str, Sequence[float]],
    best: float,
) -> list[Axes]:
    """Draw a straight boundary, and losses over the epochs beside the loss of that line.

    The second curve is dashed: it may lie on the first.
    """
    _, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 3.4), width_ratios=(1, 1.5))
    decision_boundary(line, X, Y, threshold=0, ax=left)
    epochs = np.arange(max(map(len, losses.values())))
    curves(epochs, losses, labels=("epoch", "loss"), log_y=True, ax=right)
    right.lines[1].set_linestyle((0, (4, 4)))
    right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, fontsize=9)
    right.axhline(best, color="0.4", ls=":")
    right.text(epochs[-1], 1.1 * best, "the best line", ha="right")
    return [left, right]
