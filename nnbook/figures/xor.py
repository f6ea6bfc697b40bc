"""Figures of chapter 07: lines, the plane before and after a hidden layer, success over seeds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from ..experiments import Seeds
from ..layers.base import Layer
from ..network import Sequential
from ..plot.charts import curves
from ..plot.style import (
    BACKWARD,
    COLORS,
    GREY,
    INK,
    MARKERS,
    NEGATIVE,
    POSITIVE,
    WIDTH,
    lay_out,
    legend_outside,
    new_axes,
    trail,
    write_beside,
)
from ..plot.surfaces import around, decision_boundary, prediction_map, samples

ONE_SPOT = 7  # pixels: points that are closer share a name


def three_lines(
    lines: Sequence[tuple[Sequence[float], float]], X: np.ndarray, y: np.ndarray
) -> Sequence[Axes]:
    """Draw what lines of the plane predict, given as (weights, bias), with both diagonals."""
    axes = plt.subplots(1, len(lines), figsize=(WIDTH, 2.9))[1]
    for ax, (weights, bias) in zip(axes, lines, strict=True):

        def predict(points: np.ndarray, weights: Any = weights, bias: float = bias) -> np.ndarray:
            return np.asarray(points @ np.asarray(weights) + bias >= 0)

        decision_boundary(predict, X, y, rings=True, ax=ax)
        ax.plot([0, 1, np.nan, 0, 1], [0, 1, np.nan, 1, 0], ":", color="0.2", lw=1.2)
        ax.set(xticks=[0, 1], yticks=[0, 1], aspect="equal")
        title = f"$w_1={weights[0]}$, $w_2={weights[1]}$, $b={bias}$"
        ax.set_title(title, fontsize=10)
    return list(axes)


def jensen(function: Callable, points: np.ndarray, names: Sequence[str]) -> Axes:
    """Draw a convex function, named points on it, and their mean above that at their mean."""
    r, order = np.linspace(-3, 2, 51), np.sort(points)
    mean = points.mean()
    ax = curves(
        r, {"": function(r)}, labels=("$r$, how far the logit is on the wrong side of 0", "loss")
    )
    ax.fill(order, function(order), color=COLORS[1], alpha=0.2)
    ax.plot(points, function(points), "o", color=COLORS[1], ls="")
    ax.plot([mean, mean], [function(points).mean(), function(mean)], "s:", color="black")
    ax.text(mean - 0.07, function(points).mean(), "mean", ha="right", va="center", fontsize=9.5)
    xs = np.array([*points, mean])
    name_points(ax, np.column_stack([xs, function(xs)]), [*names, "$\\ln2$"])
    return ax


def saddle(
    function: Callable[[float, float], float],
    half: float,
    path: np.ndarray,
    *,
    labels: tuple[str, str],
    names: Sequence[str],
    every: int,
) -> Axes:
    """Draw the contour lines around a saddle point at 0, coloured by sign, and a trajectory.

    Both axes reach ``half`` to either side; the names are those of the first and the last point of
    the trajectory, and of the saddle point. A dot marks every so many steps of it.
    """
    xs = np.linspace(-half, half, 61)
    heights = np.array([[function(x, y) for x in xs.tolist()] for y in xs.tolist()])
    ax = new_axes((6.4, 5.4))
    levels = [10, 50, 100, 200]
    for sign, color in ((1, POSITIVE), (-1, NEGATIVE)):
        lines = ax.contour(xs, xs, heights, sorted(sign * level for level in levels), colors=color)
        lines.set(linestyle="-", linewidth=1.1)
        ax.clabel(lines, fontsize=11, fmt="%+.0f")
    ax.contour(xs, xs, heights, [0], colors=GREY, linewidths=0.9)
    ax.axhline(0, color=GREY, lw=0.9, ls=":")
    ax.axvline(0, color=GREY, lw=0.9, ls=":")
    ax.plot(*path.T, color=BACKWARD, lw=2)
    ax.plot(*path[::every].T, "o", color=BACKWARD, ms=5, ls="")
    ax.plot(0, 0, "X", color=INK, ms=9)
    ax.set(xlim=(-half, half), ylim=(-half, half), xlabel=labels[0], ylabel=labels[1])
    name_points(ax, np.array([*path[[0, -1]], (0, 0)]), names)
    return ax


def halves(network: Sequential, last: Layer | None = None) -> tuple[Callable, Callable]:
    """Return the first layer with its activation as a function, and the rest as another."""
    rest = [*network.layers[2:], *([last] if last else [])]
    return Sequential(*network.layers[:2]).predict, Sequential(*rest).predict


def hidden_planes(
    networks: Mapping[str, tuple[Callable, Callable]],
    X: np.ndarray,
    y: np.ndarray,
    *,
    names: Sequence[str],
    limits: tuple[float, float] | None = None,
) -> Axes:
    """Draw the plane of two inputs, and what two hidden neurons make of it.

    Dashed is where a hidden activation leaves 0.
    """
    n, y = len(networks), np.ravel(y)
    size = (5.6, 2.45 * n)  # one below the other: readable on a phone
    figure, axes = plt.subplots(n, 2, figsize=size, layout="constrained", squeeze=False)
    low, high = around(X)
    for (name, (hidden, output)), pair in zip(networks.items(), axes, strict=True):
        inputs, after = pair
        whole = _composed(hidden, output)
        image = prediction_map(inputs, whole, (low, high), bands=True)
        _borders(inputs, hidden, low, high)
        samples(inputs, X, y)
        inputs.set(title=name, xlabel="$x_1$", ylabel="$x_2$")
        lines = _grid_lines(hidden, low, high)
        if limits is None:
            middle = (lines.min(axis=(0, 1)) + lines.max(axis=(0, 1))) / 2
            half = max(0.75 * np.ptp(lines, axis=(0, 1)).max(), 0.5)
            ends = middle - half, middle + half
        else:
            ends = np.full(2, limits[0]), np.full(2, limits[1])
        prediction_map(after, output, ends, bands=True)
        for line in lines:
            after.plot(*line.T, "-", color="0.45", lw=0.7)
        samples(after, hidden(X), y, 10)  # a circle under a triangle shows
        after.set(xlabel="$h_1$", ylabel="$h_2$")
        after.set(xlim=(ends[0][0], ends[1][0]), ylim=(ends[0][1], ends[1][1]))
        for ax in pair:
            ax.set_box_aspect(1)
            ax.locator_params(nbins=3)
    bar = figure.colorbar(image, ax=axes, ticks=[0, 0.5, 1], shrink=0.6, label="prediction")
    bar.outline.set_visible(False)
    lay_out(after)  # once for all
    for (hidden, _), pair in zip(networks.values(), axes, strict=True):
        name_points(pair[0], X, names, laid_out=True)
        name_points(pair[1], hidden(X), names, laid_out=True)
    return after


def _borders(ax: Axes, hidden: Callable, low: np.ndarray, high: np.ndarray) -> None:
    """Draw dashed where each hidden activation passes 0, or leaves it."""
    xs, ys = (np.linspace(*ends, 121) for ends in zip(low, high, strict=True))
    points = np.stack(np.meshgrid(xs, ys), axis=-1)
    activations = hidden(points.reshape(-1, 2)).reshape(len(ys), len(xs), -1)
    for i in range(activations.shape[-1]):
        if np.ptp(activations[..., i]) > 0:  # not inactive throughout
            style: dict[str, Any] = {"colors": INK, "linewidths": 1, "linestyles": "--"}
            ax.contour(xs, ys, activations[..., i], [1e-3], **style)


def _composed(hidden: Callable, output: Callable) -> Callable:
    """Return the function of the whole network."""
    return lambda points: output(hidden(points))


def _grid_lines(hidden: Callable, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the images of 7 by 7 grid lines, one row of 61 points a line."""
    lines = []
    for level in np.linspace(0, 1, 7):
        along = np.linspace(0, 1, 61)
        across = np.full(61, level)
        lines += [np.column_stack(pair) for pair in ((along, across), (across, along))]
    return np.array([hidden(low + (high - low) * line) for line in lines], dtype=float)


def name_points(
    ax: Axes, points: np.ndarray, names: Sequence[str], *, laid_out: bool = False
) -> None:
    """Write names beside points that are drawn already, where they cover the least."""
    if not laid_out:
        lay_out(ax)
    dots = ax.transData.transform(points)
    firsts: list[int] = []
    shared: list[str] = []
    for i, dot in enumerate(dots):
        near = [n for n, j in enumerate(firsts) if np.hypot(*(dot - dots[j])) < ONE_SPOT]
        if near:
            shared[near[0]] += f" {names[i]}"
        else:
            firsts.append(i)
            shared.append(names[i])
    marks = [Bbox([dot - 6, dot + 6]) for dot in dots[firsts]]
    borders = [path.vertices for group in ax.collections for path in group.get_paths()]
    outlines = ax.transData.transform(np.concatenate([np.empty((0, 2)), *borders]))
    passed = np.concatenate([trail(ax), outlines])
    write_beside(ax, np.asarray(points, dtype=float)[firsts], shared, marks, passed, 2)


def success_rates(
    x: Sequence[int], results: Mapping[str, Sequence[Seeds]], labels: tuple[str, str]
) -> Axes:
    """Draw how many seeds succeed over x, each with its 95 % interval as an upright line."""
    xs = np.asarray(x, dtype=float)
    ax = new_axes((WIDTH, 3.6))
    apart = 0.012 * np.ptp(xs)  # so that intervals at one x can be told apart
    for i, (name, found) in enumerate(results.items()):
        rates = np.array([result.k / result.n for result in found])
        ends = np.abs(np.array([result.interval for result in found]).T - rates)
        look: dict[str, Any] = {"marker": MARKERS[i], "color": COLORS[i], "ms": 5.5, "label": name}
        ax.errorbar(xs + apart * (i - (len(results) - 1) / 2), rates, ends, ls="-", lw=1.1, **look)
    ax.set(xticks=xs, ylim=(0, 1.03), xlabel=labels[0], ylabel=labels[1])
    legend_outside(ax)
    return ax
