"""Figures of chapter 08b: trajectories, clipped gradients, noise floors, optimisers compared."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle
from matplotlib.ticker import NullLocator

from ..plot.charts import curves
from ..plot.style import BACKWARD, COLORS, GREY, INK, arrow, new_axes, powers_of_ten
from ..plot.surfaces import error_surface

# the first is broad and pale, so that one that lies on it for a while is seen as well
LOOKS: tuple[dict[str, Any], ...] = (
    {"color": COLORS[5], "lw": 3.5, "ms": 6, "marker": "o", "ls": "-", "zorder": 2},
    {"color": BACKWARD, "lw": 1.6, "ms": 4, "marker": "o", "ls": "-", "zorder": 3},
)


def compare_paths(
    loss: Callable[[float, float], float],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    paths: Mapping[str, np.ndarray],
    *,
    levels: int | Sequence[float] = 12,
    minimum: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the contour lines of a loss over two weights, and two trajectories on it."""
    ax = error_surface(loss, x_range, y_range, levels=levels, ax=ax)
    for (name, points), look in zip(paths.items(), LOOKS, strict=True):
        ax.plot(*points.T, label=name, **look)
    if minimum is not None:
        ax.plot(*minimum, "*", color="black", mfc="white", ms=12, zorder=6)
    ax.figure.legend(loc="outside upper center", ncols=len(paths))
    return ax


def clipped_gradients(tips: Mapping[str, np.ndarray], limit: float) -> Axes:
    """Draw gradients as arrows, with the square and the circle that clipping keeps them in."""
    ax = new_axes((5.2, 4.6))
    look: dict[str, Any] = {"fill": False, "edgecolor": GREY}
    ax.add_patch(Rectangle((-limit, -limit), 2 * limit, 2 * limit, linestyle=":", **look))
    ax.add_patch(Circle((0, 0), limit, linestyle="--", **look))
    corners = np.array([*tips.values(), (-limit, -limit), (limit, limit)])
    (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
    margin = 0.2 * limit
    ax.set(xlim=(left - margin, right + 4 * margin), ylim=(bottom - margin, top + margin))
    ax.set(xlabel="first entry", ylabel="second entry", aspect="equal")
    for (name, tip), colour in zip(tips.items(), (INK, *COLORS), strict=False):
        arrow(ax, (0, 0), tip, colour, width=2)
        inside = np.hypot(*tip) < 1.001 * limit  # its name stands where no longer arrow passes
        shift = (-8 if inside else 8, 0)
        text = ax.annotate(name, tuple(tip), shift, textcoords="offset points", color=colour)
        text.set(va="center", ha="right" if inside else "left", fontsize=10.5)
    return ax


def momentum_beside_descent(
    curvatures: np.ndarray,
    paths: Mapping[str, np.ndarray],
    bound: tuple[str, np.ndarray],
) -> Axes:
    """Draw two trajectories on a quadratic: above on its contours, below the size of each weight.

    ``bound`` is the name and the values of a curve that both weights are compared with.
    """

    def loss(first: float, second: float) -> float:
        return float(curvatures[0] * first**2 + curvatures[1] * second**2) / 2

    figure = plt.figure(figsize=(7.2, 6.6), layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=(1.25, 1))
    levels = (0.5, 3, 8, 16, 26)
    ax = figure.add_subplot(grid[0, :])
    top = error_surface(loss, (-1.6, 4.3), (-1.5, 1.5), levels=levels, ax=ax)
    for (_, points), look in zip(paths.items(), LOOKS, strict=True):
        top.plot(*points[:41].T, **look)
    top.plot(0, 0, "*", color="black", mfc="white", ms=12, zorder=6)
    updates = np.arange(len(bound[1]))
    for axis, direction in enumerate(("flat direction, $|w_1|$", "steep direction, $|w_2|$")):
        ax = figure.add_subplot(grid[1, axis])
        for (name, points), look in zip(paths.items(), LOOKS, strict=True):
            sizes = np.abs(points[updates, axis]).clip(1e-12)
            ax.plot(updates, sizes, **{**look, "marker": "", "label": name})
        ax.plot(updates, bound[1], "--", color=INK, lw=1.2, label=bound[0])
        ax.set(yscale="log", ylim=(1e-5, 10), xlabel="update", ylabel=direction)
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return top


def range_tests(rates: np.ndarray, losses: np.ndarray, marked: Mapping[str, float]) -> Axes:
    """Draw the smoothed losses of many range tests, their median, and marked learning rates."""
    ax = new_axes((7.2, 4.0))
    for row in losses:
        ax.plot(rates, row, "-", color=GREY, lw=0.6, alpha=0.6)
    ax.plot(
        rates, np.median(losses, axis=0), "-", color=COLORS[0], lw=2.2, label="median of the seeds"
    )
    for (name, rate), style in zip(marked.items(), ("--", ":"), strict=False):
        ax.axvline(rate, color=INK, lw=1.2, ls=style, label=name)
    ax.set(xscale="log", xlabel="learning rate", ylabel="loss, mean of nine updates", ylim=(0, 4))
    powers_of_ten(ax)
    ax.legend(loc="upper left")
    return ax


def edge_of_stability(
    losses: Sequence[float], sharpness: Mapping[int, float], limit: float
) -> Axes:
    """Draw the loss of every update, and below it the largest eigenvalue and its threshold."""
    above, below = plt.subplots(2, 1, figsize=(7.2, 5.4), sharex=True, layout="constrained")[1]
    curves(np.arange(len(losses)), {"loss": losses}, labels=("", "loss"), log_y=True, ax=above)
    below.plot(list(sharpness), list(sharpness.values()), color=COLORS[0], lw=1.8)
    below.axhline(limit, color=BACKWARD, ls="--", lw=1.4)
    below.annotate(
        rf"threshold $2/\alpha={limit:g}$",
        (0, limit),
        (2, 5),
        textcoords="offset points",
        color=BACKWARD,
    )
    below.set(
        xlabel="update",
        ylabel=r"largest eigenvalue $\lambda_{\max}$",
        ylim=(0.6 * limit, 1.2 * limit),
    )
    return below


def noise_floors(mean_squares: Mapping[str, Sequence[float]], floors: Mapping[str, float]) -> Axes:
    """Draw mean squares over updates for several learning rates, and the floors of some of them."""
    ax = new_axes((7.2, 3.8))
    for (name, values), colour in zip(mean_squares.items(), COLORS, strict=False):
        ax.plot(np.arange(len(values)), values, color=colour, lw=1.8)
        ax.annotate(
            name,
            (len(values) - 1, values[-1]),
            (5, 3),
            textcoords="offset points",
            color=colour,
        )
        if name in floors:
            ax.axhline(floors[name], color=colour, ls="--", lw=1.2)
    ax.set(yscale="log", xlabel="update", ylabel="mean of $w^2$ over the runs")
    ax.set_xlim(0, 1.22 * max(map(len, mean_squares.values())))
    return ax


def quantiles_and_a_run(
    quantiles: Mapping[str, Mapping[str, Sequence[float]]],
    run: Mapping[str, Mapping[str, float]],
    *,
    log: bool = False,
) -> Axes:
    """Draw for each quantity and optimiser three quantiles, the middle one a dot, and one run.

    ``quantiles``: label of the axis -> optimiser -> three numbers; ``run`` likewise, one number.
    """
    rows = max(map(len, quantiles.values()))
    size = (7.2, 0.8 + len(quantiles) * (0.7 + 0.36 * rows))
    figure, axes = plt.subplots(
        len(quantiles), 1, figsize=size, layout="constrained", squeeze=False
    )
    for ax, (label, all_numbers) in zip(axes[:, 0], quantiles.items(), strict=True):
        for y, (name, (low, median, high)) in enumerate(all_numbers.items()):
            ax.plot(
                [low, high], [y, y], "-", color=COLORS[0], lw=2.5, label="10 % to 90 % of seeds"
            )
            ax.plot(median, y, "o", color=COLORS[0], ms=9, label="median")
            ax.plot(
                run[label][name], y, "D", color=BACKWARD, mfc="white", ms=6, label="one run, here"
            )
        ax.set_yticks(range(len(all_numbers)), labels=list(all_numbers))
        ax.set(xlabel=label, ylim=(len(all_numbers) - 0.5, -0.5))
        ax.grid(axis="x", alpha=0.4)
        if log:
            ax.set_xscale("log")
            ax.set_xticks([100, 200, 500, 1000, 2000, 5000])
            ax.set_xticklabels(["100", "200", "500", "1000", "2000", "5000"])
            ax.xaxis.set_minor_locator(NullLocator())
        else:
            ax.set_xlim(0, None)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles[:3], labels[:3], loc="outside upper center", ncols=3)
    return axes[0, 0]


def epochs_and_seconds(
    histories: Mapping[str, Mapping[int, float]],
    recorded: Mapping[str, Sequence[float]],
    milliseconds: Mapping[str, float],
    *,
    updates_an_epoch: float,
    goal: float,
) -> Axes:
    """Draw the epochs to a goal of several optimisers, recorded quantiles and one run; and seconds.

    ``histories``: optimiser -> update -> loss, of the one run; ``milliseconds``: optimiser -> the
    time of an update.
    """
    scale = {name: updates_an_epoch * ms / 1000 for name, ms in milliseconds.items()}
    run = {
        name: next(t for t, loss in losses.items() if loss <= goal) / updates_an_epoch
        for name, losses in histories.items()
    }
    epochs, seconds = f"epochs to a held-out loss of {goal:.2f}", "seconds"
    recorded_seconds = {name: [scale[name] * n for n in three] for name, three in recorded.items()}
    return quantiles_and_a_run(
        {epochs: recorded, seconds: recorded_seconds},
        {epochs: run, seconds: {name: scale[name] * run[name] for name in run}},
    )


def epochs_to_goal(
    histories: Mapping[str, Sequence[float]],
    recorded: Mapping[str, Sequence[float]],
    goal: float,
    groups: Sequence[str] = ("without memory", "with memory"),
) -> Axes:
    """Draw the epochs to a goal of several optimisers, recorded quantiles and one run.

    ``groups`` are the names of groups of rows, of equal size, from above.
    """
    label = f"epochs to a loss of {goal:g}"
    run = {name: len(losses) for name, losses in histories.items()}
    ax = quantiles_and_a_run({label: recorded}, {label: run}, log=True)
    for i, group in enumerate(groups):
        above, below = (len(recorded) * edge / len(groups) - 0.5 for edge in (i, i + 1))
        look: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "color": INK}
        ax.text(1.02, (above + below) / 2, group, rotation=270, va="center", **look)
        ax.plot([0, 1], [below, below], lw=0.8, **look)
    return ax


def schedules_and_losses(
    schedules: Mapping[str, Callable[[int], float]],
    runs: Mapping[str, Mapping[int, float]],
    recorded: Mapping[str, Sequence[float]],
    seeds: int,
) -> Axes:
    """Draw learning rates over updates, and below them the held-out losses of one run each.

    ``recorded`` holds three quantiles of the last loss over seeds: bars with a dot, on the right.
    """
    grid = {"height_ratios": (1, 1.6)}
    above, below = plt.subplots(
        2, 1, figsize=(7.2, 5.4), sharex=True, layout="constrained", gridspec_kw=grid
    )[1]
    updates = list(next(iter(runs.values())))
    for (name, schedule), colour in zip(schedules.items(), COLORS, strict=False):
        rates = [schedule(t) for t in range(updates[-1])]
        above.plot(np.arange(1, updates[-1] + 1), rates, color=colour, lw=1.8, label=name)
        below.plot(updates, list(runs[name].values()), color=colour, lw=1.6)
    for i, ((low, median, high), colour) in enumerate(zip(recorded.values(), COLORS, strict=False)):
        x = updates[-1] + 25 * (i + 1)
        below.plot([x, x], [low, high], "-", color=colour, lw=2.5)
        below.plot(x, median, "o", color=colour, ms=6)
    below.text(updates[-1] + 50, 0.4, f"{seeds} seeds", ha="center")
    above.set(ylabel="learning rate", ylim=(0, None))
    below.set(xlabel="update", ylabel="held-out loss", ylim=(0.2, 1))
    above.legend(loc="upper right")
    return below


def memory_and_scale(
    panels: Mapping[str, Mapping[str, np.ndarray]], steepest: float, shown: int = 70
) -> Axes:
    """Draw trajectories of four optimisers, one a panel, on a quadratic of curvatures 1 and more.

    ``panels``: optimiser (none of the two ideas, memory, scale, both) -> view -> points, along the
    directions of curvature, of which the first are ``shown``.
    """
    figure, axes = plt.subplots(
        2, 2, figsize=(7.2, 6.4), sharex=True, sharey=True, layout="constrained"
    )
    flat, steep = np.meshgrid(np.linspace(-1, 4.3, 121), np.linspace(-1.2, 1.2, 121))
    heights = (flat**2 + steepest * steep**2) / 2
    levels = steepest * np.array([0.0005, 0.003, 0.02, 0.08, 0.32])
    ideas = ("neither", "memory", "scale", "both")
    for ax, idea, (name, paths) in zip(axes.ravel(), ideas, panels.items(), strict=True):
        ax.contour(flat, steep, heights, levels, colors=GREY, linewidths=0.7)
        for (view, points), look in zip(paths.items(), LOOKS, strict=True):
            small = {"lw": 0.6 * look["lw"], "ms": 0.6 * look["ms"], "label": view}
            ax.plot(*points[: shown + 1].T, **{**look, **small})
        ax.plot(0, 0, "*", color="black", mfc="white", ms=11, zorder=6)
        ax.set_title(f"{idea}: {name}", fontsize=11)
        ax.set(xlim=(-1, 4.3), ylim=(-1.2, 1.2))
        ax.set(xlabel="flat direction", ylabel="steep direction")
        ax.label_outer()
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return ax
