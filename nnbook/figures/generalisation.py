"""Figures of chapter 13a: fitted polynomials, sweeps of a hyperparameter, masks, gains."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from ..plot.style import BACKWARD, FAINT, FORWARD, GREY, INK, PALE, WIDTH, new_axes


def polynomial_fits(
    x: np.ndarray, true: np.ndarray, fits: Mapping[str, np.ndarray], samples: np.ndarray
) -> Sequence[Axes]:
    """Draw fits of many training sets ``(n, points)``, a panel for each model, and their mean."""
    panels = plt.subplots(1, len(fits), figsize=(WIDTH, 2.9), sharey=True)[1]
    for ax, (name, curves) in zip(panels, fits.items(), strict=True):
        ax.plot(x, curves.T, color=FAINT, ls="-", lw=0.8)
        ax.plot(x, samples, "o", color=INK, ms=3, mew=0)
        ax.plot(x, true, color=GREY, ls="--", lw=1.8)
        ax.plot(x, curves.mean(axis=0), color=FORWARD, ls="-", lw=1.8)
        ax.set(title=name, xlabel="x", xticks=(0, 0.5, 1))
    panels[0].set_ylabel("y")
    for colour, dashes, name in ((FAINT, "-", "fits"), (FORWARD, "-", "their mean")):
        panels[0].plot([], [], color=colour, ls=dashes, label=name)
    panels[0].plot([], [], color=GREY, ls="--", label="true function")
    panels[0].plot([], [], "o", color=INK, ms=3, label="one training set")
    handles, names = panels[0].get_legend_handles_labels()
    figure = panels[0].figure
    figure.legend(handles, names, loc="outside upper center", ncols=4)
    return panels


def sweep(found: Mapping[float, Sequence[float]], *, labels: tuple[str, str]) -> Axes:
    """Draw a loss for each value of a hyperparameter: a dot for each seed, a line of means."""
    ax = new_axes((WIDTH, 3.2))
    ax.plot(range(len(found)), [np.mean(each) for each in found.values()], color=FORWARD, lw=1.8)
    for place, each in enumerate(found.values()):
        ax.plot([place] * len(each), each, "o", color=FORWARD, ms=6, alpha=0.5, mew=0)
    ax.set_xticks(range(len(found)), [f"{value:g}" for value in found])
    ax.set(xlabel=labels[0], ylabel=labels[1])
    return ax


def gains(
    differences: Mapping[str, np.ndarray], names: Sequence[str], better: Sequence[str]
) -> Sequence[Axes]:
    """Draw paired differences ``(seeds, quantities)``: a row for each method, a panel a quantity.

    ``better`` says on which side of 0 an improvement lies: "left" or "right".
    """
    size = (WIDTH, 1.3 + 0.42 * len(differences))
    panels = plt.subplots(1, len(names), figsize=size, sharey=True)[1]
    for column, (ax, name, side) in enumerate(zip(panels, names, better, strict=True)):
        ax.axvline(0, color=GREY, ls="--", lw=1)
        for row, found in enumerate(differences.values()):
            values = found[:, column]
            heights = row + 0.22 * np.linspace(-1, 1, len(values))
            ax.plot(values, heights, "o", color=FORWARD, ms=4, alpha=0.45, mew=0)
            mean = values.mean()
            ax.plot([mean, mean], [row - 0.32, row + 0.32], color=BACKWARD, ls="-", lw=2)
        arrow = "← better" if side == "left" else "better →"
        ax.set_title(f"{name}\n{arrow}", fontsize=10)
        ax.set_xlabel("difference from plain")
        ax.grid(axis="x", color=PALE)
        ax.set_axisbelow(True)
    panels[0].set_yticks(range(len(differences)), list(differences))
    panels[0].set_ylim(len(differences) - 0.5, -0.5)
    return panels


def dropout_masks(
    masks: np.ndarray, outputs: np.ndarray, probabilities: np.ndarray, terms: np.ndarray
) -> Axes:
    """Draw the masks of a small layer, the output with each, and the mean of the outputs."""
    n, neurons = masks.shape
    ax = new_axes((WIDTH, 2.6 + 0.26 * neurons))
    mean = float(probabilities @ outputs)
    ax.axhline(mean, color=BACKWARD, lw=1.6, zorder=1)
    sizes = 20 + 1500 * probabilities
    ax.scatter(range(n), outputs, s=sizes, color=FORWARD, alpha=0.65, lw=0, zorder=2)
    ax.set(ylabel="output", xlim=(-0.7, n + 0.9))
    ax.set_xticks(range(n), [f"{100 * p:.1f}" for p in probabilities])
    ax.set_xlabel("probability of the mask, in per cent")
    ax.text(n + 0.85, mean, f"mean\n{mean:.3g}", color=BACKWARD, ha="right", va="bottom")
    top = ax.inset_axes((0, 1.02, 1, 0.32 + 0.05 * (neurons - 4)), sharex=ax)
    top.set_axis_off()
    columns, rows = np.nonzero(masks)
    top.scatter(columns, -rows, s=46, color=FORWARD)
    columns, rows = np.nonzero(masks == 0)
    top.scatter(columns, -rows, s=40, facecolor="white", edgecolor=GREY)
    for row, term in enumerate(terms):
        text = f"$a_{row + 1}w_{row + 1}={term:.3g}$"
        top.text(-0.6, -row, text, ha="right", va="center", fontsize=9)
    top.set_ylim(-neurons + 0.4, 0.9)
    return ax
