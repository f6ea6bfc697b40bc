"""Figures of chapter 06: layers and what they keep, two orders of updating, a graph of scalars."""

from collections.abc import Iterable, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from ..datasets import xor
from ..plot.style import (
    BACKWARD,
    COLORS,
    FAINT,
    FORWARD,
    GREY,
    INK,
    PALE,
    WIDTH,
    arrow,
    board,
    box,
    format_number,
    legend_line,
    write,
    write_over,
)  # fmt: skip

HALF = 0.76  # of the height of a box

# the network of the chapter: each box, what it has, what it caches and what it computes
BOXES = (
    ("dense", "$W^{[1]},\\;b^{[1]}$", "$X$", "$dW^{[1]},\\;db^{[1]}$"),
    ("tanh", "", "$Z^{[1]}$", ""),
    ("dense", "$W^{[2]},\\;b^{[2]}$", "$A^{[1]}$", "$dW^{[2]},\\;db^{[2]}$"),
    ("loss", "$Y$", r"$\hat Y-Y$", ""),
)
VALUES = "$X$", "$Z^{[1]}$", "$A^{[1]}$", r"$\hat Y$", "$J$"
GRADIENTS = "$dX$", "$dZ^{[1]}$", "$dA^{[1]}$", r"$d\hat Y$", ""


def both_passes(calls: int = 8) -> Axes:
    """Draw the network as boxes in a row; blue runs to the right above, orange to the left below.

    Of ``calls``, forward and then backward, what has not been reached is grey.
    """
    n = len(BOXES)
    middle = HALF + 0.17
    ax = board(WIDTH, 2 * middle)
    pitch = (WIDTH - 0.9) / n
    width, left = 0.66 * pitch, 0.45
    for i, (name, has, caches, computes) in enumerate(BOXES):
        centre = left + pitch * (i + 0.5)
        box(ax, centre, middle, (width, 2 * HALF), INK, PALE)
        write(ax, centre, middle + 0.16, name, INK, 11)
        write(ax, centre, middle + 0.5, has, FORWARD, 12)
        if calls > i:
            write(ax, centre, middle - 0.15, f"cache {caches}", INK, 11)
        write(ax, centre, middle - 0.5, computes, BACKWARD if calls >= 2 * n - i else PALE, 12)
    for i in range(n + 1):
        start = max(left + pitch * (i - 0.5) + width / 2 + 0.06, 0.1)
        end = min(left + pitch * (i + 0.5) - width / 2 - 0.06, WIDTH - 0.1)
        went, came = calls >= i, calls >= max(2 * n - i, n)
        _arrow(ax, start, end, middle + 0.3, VALUES[i], FORWARD if went else FAINT)
        if GRADIENTS[i]:
            _arrow(ax, end, start, middle - 0.44, GRADIENTS[i], BACKWARD if came else FAINT)
    return ax


def _arrow(ax: Axes, start: float, end: float, y: float, text: str, colour: str) -> None:
    """Draw an arrow with a text above it."""
    arrow(ax, (start, y), (end, y), colour)
    write(ax, (start + end) / 2, y + 0.19, text, GREY if colour == FAINT else colour, 13)


def final_losses(
    seeds: Iterable[int], steps: int, rate: float, updated: bool = False
) -> NDArray[np.float64]:
    """Return the losses of networks 2-3-1 on XOR after some steps, one network for each seed.

    With ``updated`` the last layer passes its gradient on with the weights from after their
    update. All networks are trained at once, in stacked arrays; a seed draws what two dense
    layers of the chapter would draw.
    """
    X, Y = xor()
    draws = [np.random.default_rng(seed) for seed in seeds]
    shapes = (2, 3), (1, 3), (3, 1), (1, 1)
    W1, b1, W2, b2 = [np.array([one.normal(size=shape) for one in draws]) for shape in shapes]
    for _ in range(steps):
        A1 = np.tanh(X @ W1 + b1)
        dY_hat = 2 / Y.size * (A1 @ W2 + b2 - Y)
        new_W2 = W2 - rate * A1.mT @ dY_hat
        dZ1 = dY_hat @ (new_W2 if updated else W2).mT * (1 - A1**2)
        W2, b2 = new_W2, b2 - rate * dY_hat.sum(axis=1, keepdims=True)
        W1, b1 = W1 - rate * X.T @ dZ1, b1 - rate * dZ1.sum(axis=1, keepdims=True)
    return np.asarray(np.mean((np.tanh(X @ W1 + b1) @ W2 + b2 - Y) ** 2, axis=(1, 2)))


def labelled_curves(
    x: ArrayLike,
    curves: Mapping[str, ArrayLike],
    labels: tuple[str, str],
    places: Mapping[str, tuple[float, float, str]],
) -> Axes:
    """Draw curves over the same x, each with its name beside it.

    ``places`` says for each name where it stands, x and y, and what is there: its left end or
    its right end.
    """
    ax = plt.subplots(figsize=(WIDTH, 3.2), layout="constrained")[1]
    for (name, y), colour in zip(curves.items(), COLORS, strict=False):
        ax.plot(x, y, color=colour, marker="o" if len(np.ravel(x)) < 20 else "", ms=4)
        at_x, at_y, side = places[name]
        ax.text(at_x, at_y, name, color=colour, ha=side, va="center")
    ax.set_xlabel(labels[0])
    ax.set_ylabel(labels[1])
    return ax


def falling_losses(losses: Mapping[str, ArrayLike]) -> Axes:
    """Draw losses over the steps, each with its name at its end."""
    steps = [len(np.ravel(y)) - 1 for y in losses.values()]
    places = {
        name: (1.01 * last, np.ravel(y)[-1], "left")
        for (name, y), last in zip(losses.items(), steps, strict=True)
    }
    ax = labelled_curves(range(steps[0] + 1), losses, ("step", "loss, median of 30"), places)
    ax.set(xlim=(0, 1.3 * steps[0]), ylim=(-0.01, 0.5))  # the first steps are cut
    ax.set_xticks(range(0, steps[0] + 1, steps[0] // 5))
    return ax


def two_orders(rates: ArrayLike, failed: Mapping[str, ArrayLike]) -> Axes:
    """Draw, for two orders of updating, how many networks fail at each learning rate.

    The name of the first stands to the right of its curve, that of the second to the left.
    """
    rates = np.asarray(rates)
    places = {}
    for (name, y), (shift, side) in zip(
        failed.items(), ((0.02, "left"), (-0.02, "right")), strict=True
    ):
        half = np.max(y) / 2
        places[name] = (float(np.interp(half, np.ravel(y), rates)) + shift, half, side)
    return labelled_curves(rates, failed, ("learning rate", "networks of 400 that fail"), places)


# where the scalars of the chapter's example stand, in the order in which they are given
PLACES = (0.7, 2.3), (0.7, 0.8), (2.7, 0.8), (4.7, 2.3), (6.5, 0.8)


def scalar_graph(nodes: Mapping[str, Any]) -> Axes:
    """Draw five scalars with their values and gradients, and each edge with its local derivative.

    At the tail of an edge stands what it brings there: upstream times local.

    A node has a ``value``, a ``gradient`` and its ``inputs``, pairs of a node and the local
    derivative; ``nodes`` maps names to nodes, in the order of the chapter's example.
    """
    size, places = np.array([1.0, 0.78]), [np.array(place) for place in PLACES]
    ax = board(WIDTH, max(y for _, y in places) + 0.5)
    place_of = {id(node): place for node, place in zip(nodes.values(), places, strict=True)}
    for name, node in nodes.items():
        head = place_of[id(node)]
        for before, local in node.inputs:
            tail = place_of[id(before)]
            along = head - tail
            reach = along * min(size / 2 / np.maximum(np.abs(along), 1e-9))  # to the rim
            arrow(ax, tail + reach, head - reach, GREY)
            place, arrives = tail + 0.58 * along, format_number(node.gradient * local, 4)
            write_over(ax, place[0], place[1], format_number(local, 4), INK, 11)
            place = tail + reach + 0.24 * along / np.hypot(*along)
            write_over(ax, place[0], place[1], arrives, BACKWARD, 10)
        x, y = head
        box(ax, x, y, (size[0], size[1]), INK)
        write(ax, x, y + 0.22, f"${name}$", INK, 13)
        write(ax, x, y - 0.02, format_number(node.value, 4), FORWARD, 11)
        write(ax, x, y - 0.25, format_number(node.gradient, 4), BACKWARD, 11)
    names = [("value", FORWARD), ("gradient", BACKWARD), ("local derivative", INK)]
    legend_line(ax, 0.12, [*names, ("upstream × local", BACKWARD)])
    return ax
