"""Figures of chapter 14: computational graphs, and the paths along which gradients flow."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle

from ..plot.style import BACKWARD, FORWARD, INK, WIDTH, arrow, board, new_axes, write

RADIUS = 0.28


class Node(Protocol):
    """A value on the tape of the page: its name, and (parent, rule, left, right) for each edge."""

    name: str
    ways: Iterable[tuple[Any, Callable, str, str]]


def computational_graph(
    nodes: Iterable[Node],
    positions: Mapping[str, tuple[float, float]],
    factors_of: Collection[str] | None = None,
) -> Axes:
    """Draw a circle for every value, and for every edge two arrows with its local derivative."""
    ax = board(WIDTH, max(y for _, y in positions.values()) + 0.45)
    for name, (x, y) in positions.items():
        ax.add_patch(Circle((x, y), RADIUS, fc="white", ec=INK, lw=1.2, zorder=3))
        write(ax, x, y, _formula(name), INK, 11)
    edges = [
        (parent.name, node.name, _factor(left, right))
        for node in nodes
        for parent, _, left, right in node.ways
        if {parent.name, node.name} <= positions.keys()
    ]
    many, drawn = Counter(edge[:2] for edge in edges), Counter[tuple[str, str]]()
    for start, end, factor in edges:
        tail, head = np.array(positions[start], float), np.array(positions[end], float)
        along = (head - tail) / np.linalg.norm(head - tail)
        side = np.array([-along[1], along[0]])  # to the left of the forward direction
        beside = 0.4 * (drawn[start, end] - (many[start, end] - 1) / 2)
        drawn[start, end] += 1
        for aside, colour in ((beside + 0.05, FORWARD), (beside - 0.05, BACKWARD)):
            reach = np.sqrt(max(RADIUS**2 - aside**2, 0)) * along  # to the rim of the circle
            ends = tail + reach + aside * side, head - reach + aside * side
            arrow(ax, *(ends if colour == FORWARD else ends[::-1]), colour)
        if factor and (factors_of is None or start in factors_of):
            tall = 0.14 * (r"\dfrac" in factor)
            aside = 0.05 + (0.15 + tall) * abs(side[1]) + 0.24 * abs(side[0])
            x, y = (tail + head) / 2 + (beside - aside) * side
            text = write(ax, x, y, _formula(factor), BACKWARD, 12 if tall else 10)
            text.set_bbox({"fc": "white", "ec": "none", "pad": 0.6})
    return ax


def _formula(latex: str) -> str:
    """Set as a formula, with hats that are wide enough to be seen in a drawing."""
    return f"${latex}$".replace(r"\hat", r"\widehat")


def _factor(left: str, right: str) -> str:
    """Write what multiplies the gradient on both sides; words, as a formula's number, alone."""
    if right.startswith(r"\mathrm"):
        return right
    if r"\frac" in left:  # the edge to the loss, whose own gradient is 1
        return left.replace(r"\frac", r"\dfrac")
    dot = "" if r"\odot" in right else r"\cdot "
    return f"{left}{dot}{right}" if left or right else "1"


def fractions(values: np.ndarray, labels: tuple[str, str], title: str) -> Axes:
    """Draw fractions of a whole as bars over 0, 1, 2, ..., on a scale from 0 to 1."""
    ax = new_axes((WIDTH, 2.6))
    ax.bar(np.arange(values.size), values, color=FORWARD)
    ax.set(xlabel=labels[0], ylabel=labels[1], ylim=(0, 1))
    ax.set_title(title, fontsize=10)
    return ax
