"""What a network does with what it never saw: how sure it is, what moves it, what dropout is."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from .house import (
    BACKWARD,
    COLORS,
    FORWARD,
    GREY,
    INK,
    MARKERS,
    WIDTH,
    board,
    check_dict,
    legend_outside,
    listed,
    new_axes,
    write,
)


def reliability(
    answers: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    bins: int = 10,
    ax: Axes | None = None,
) -> Axes:
    """Draw how often answers are right by how sure they are; on the line they keep their word.

    The answers are sorted into bins of equal width by their confidence, the largest probability. A
    mark stands for a bin: its mean confidence, its share right; the larger, the more answers. A
    thin line joins it to where it should be.

    Parameters
    ----------
    answers : dict
        By the name of a network, its probabilities (m, C) and the right classes (m,).
    bins : int
        How many bins from 0 to 1.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on; its collections are the marks, one for each network.

    Raises
    ------
    TypeError
        If `answers` is not a dict.
    ValueError
        If probabilities and classes do not fit each other.

    Examples
    --------
    >>> P = [[0.75, 0.25], [0.25, 0.75]]
    >>> ax = reliability({"half right": (P, [0, 0])})
    >>> ax.collections[0].get_offsets().tolist()
    [[0.75, 0.5]]
    """
    check_dict("reliability", "answers", answers)
    ax = new_axes(ax, (6.6, 4.2))
    ax.plot([0, 1], [0, 1], color=GREY, lw=1, ls="--", label="as sure as right", zorder=1)
    for i, (name, (probabilities, classes)) in enumerate(answers.items()):
        P, labels = np.asarray(probabilities, dtype=float), np.asarray(classes)
        if P.ndim != 2 or labels.shape != (len(P),):
            raise ValueError(
                f"plot.reliability: {name!r} should be probabilities (m, C) and classes (m,), got "
                f"{P.shape} and {labels.shape}"
            )
        sure, right = P.max(axis=1), P.argmax(axis=1) == labels
        bin_of = np.minimum((sure * bins).astype(int), bins - 1)
        full = np.unique(bin_of)
        places = np.array([(sure[bin_of == b].mean(), right[bin_of == b].mean()) for b in full])
        sizes = [12 + 400 * np.mean(bin_of == b) for b in full]
        for x, y in places:
            ax.plot([x, x], [x, y], color=COLORS[i], lw=1, zorder=1.5)
        look: dict[str, Any] = {"marker": MARKERS[i], "color": COLORS[i], "alpha": 0.65, "lw": 0}
        ax.scatter(places[:, 0], places[:, 1], sizes, zorder=2, **look)
        ax.plot([], [], MARKERS[i], color=COLORS[i], alpha=0.65, mew=0, label=name)
    ax.set(xlabel="how sure", ylabel="share right", xlim=(0, 1.04), ylim=(0, 1.04), aspect="equal")
    legend_outside(ax)
    return ax


def masks(
    kept: ArrayLike,
    outputs: ArrayLike,
    chances: ArrayLike,
    *,
    terms: ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the masks of a small layer, the output with each, and the mean of the outputs.

    Above stand the masks, one in a column, a disc for a neuron that is kept and a ring for one that
    is silenced; below, over its chance as an area, the output with this mask.

    Parameters
    ----------
    kept : array
        (masks, neurons), each entry 0 or 1.
    outputs : array
        (masks,) numbers.
    chances : array
        (masks,) how probable each mask is; together 1.
    terms : array
        (neurons,) what each neuron adds to the whole output, written beside its row.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on; its line is the mean of the outputs, each counted by its chance.

    Raises
    ------
    ValueError
        If the arrays do not fit each other, or the chances are none.

    Examples
    --------
    >>> ax = masks([[0], [1]], [0, 4], [0.25, 0.75])
    >>> float(ax.lines[0].get_ydata()[0])
    3.0
    """
    M, z, share = np.asarray(kept), np.asarray(outputs, float), np.asarray(chances, float)
    if M.ndim != 2 or z.shape != (len(M),) or share.shape != z.shape:
        raise ValueError(
            "plot.masks should get (masks, neurons) of 0 and 1 and an output and a chance for each "
            f"mask, got {M.shape}, {z.shape} and {share.shape}"
        )
    if not np.isclose(share.sum(), 1) or (share < 0).any():
        raise ValueError("plot.masks: chances should be at least 0 and together 1")
    n, neurons = M.shape
    if terms is not None and np.shape(terms) != (neurons,):
        raise ValueError(f"plot.masks: {neurons} terms are wanted, got {np.shape(terms)}")
    ax = new_axes(ax, (WIDTH, 2.6 + 0.26 * neurons))
    mean = float(share @ z)
    ax.axhline(mean, color=BACKWARD, lw=1.6, zorder=1)
    ax.scatter(range(n), z, s=20 + 1500 * share, color=FORWARD, alpha=0.65, lw=0, zorder=2)
    ax.set(ylabel="output", xlim=(-0.7, n + 0.9))
    ax.set_xticks(range(n), [f"{100 * c:.1f}" for c in share])
    ax.set_xlabel("chance of the mask, in per cent")
    ax.text(n + 0.85, mean, f"mean\n{mean:.3g}", color=BACKWARD, ha="right", va="bottom")
    top = ax.inset_axes((0, 1.02, 1, 0.32 + 0.05 * (neurons - 4)), sharex=ax)
    top.set_axis_off()
    columns, rows = np.nonzero(M)
    top.scatter(columns, -rows, s=46, color=FORWARD)
    columns, rows = np.nonzero(M == 0)
    top.scatter(columns, -rows, s=40, facecolor="white", edgecolor=GREY)
    for row, term in enumerate([] if terms is None else np.asarray(terms)):
        text = f"$a_{row + 1}w_{row + 1}={term:.3g}$"
        top.text(-0.6, -row, text, ha="right", va="center", fontsize=9)
    top.set_ylim(-neurons + 0.4, 0.9)
    return ax


def saliency(
    pictures: ArrayLike,
    gradients: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw pictures, and below each what more ink does to a number: green up, purple down.

    Each gradient has a scale of its own; the outline of the picture lies over it.

    Parameters
    ----------
    pictures : array
        (n, h, w) or (n, h, w, 1) pixels from 0 to 1.
    gradients : array
        Of the same shape, derivatives by the pixels.
    names : list of str
        A text above each picture.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on; its images are picture, gradient, picture, gradient and so on.

    Raises
    ------
    ValueError
        If the shapes differ or the names do not fit.

    Examples
    --------
    >>> ax = saliency(np.eye(3)[None], -np.eye(3)[None], names=["seven"])
    >>> len(ax.images), ax.texts[0].get_text()
    (2, 'seven')
    """
    X, dX = np.asarray(pictures, float), np.asarray(gradients, float)
    if X.shape != dX.shape or X.ndim not in (3, 4) or X.shape[3:] not in ((), (1,)):
        raise ValueError(
            "plot.saliency: pictures and gradients should both have shape (n, h, w) or "
            f"(n, h, w, 1), got {X.shape} and {dX.shape}"
        )
    names = listed("saliency: names", names, len(X), "one for each picture")
    n, (h, w) = len(X), X.shape[1:3]
    X, dX = X.reshape(n, h, w), dX.reshape(n, h, w)
    side, gap, head = min(1.3, 6.9 / n - 0.1), 0.1, 0.5
    ax = board(ax, n * (side + gap) + gap, 2 * (side + gap) + head)
    look: dict[str, Any] = {"interpolation": "nearest", "aspect": "auto"}
    for s in range(n):
        left, upper = gap + s * (side + gap), 2 * gap + side
        box = (left, left + side, upper, upper + side)
        ax.imshow(X[s], extent=box, cmap=plt.get_cmap("Blues"), vmin=0, vmax=1, **look)
        most = np.abs(dX[s]).max() or 1.0
        below = (left, left + side, gap, gap + side)
        ax.imshow(dX[s], extent=below, cmap=plt.get_cmap("PRGn"), vmin=-most, vmax=most, **look)
        across = left + (np.arange(w) + 0.5) * side / w
        down = gap + side - (np.arange(h) + 0.5) * side / h
        if X[s].min() < 0.5 < X[s].max():
            ax.contour(across, down, X[s], levels=[0.5], colors=INK, linewidths=0.8)
        if names:
            write(ax, left + side / 2, upper + side + head / 2 - gap / 2, names[s], INK)
    width, height = n * (side + gap) + gap, 2 * (side + gap) + head
    ax.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    return ax
