"""Figures of chapter 14a: a recorded graph, and the paths along which a gradient flows."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle

from ..plot.style import BACKWARD, FORWARD, INK, WIDTH, arrow, board, new_axes, write

RADIUS = 0.28


class Node(Protocol):
    """A value of the computational graph of the page, with (parent, VJP) for each of its edges."""

    name: str
    edges: Iterable[tuple[Any, Callable]]


def computational_graph(
    nodes: Iterable[Node], positions: Mapping[str, tuple[float, float]], upstream: Any
) -> Axes:
    """Draw a circle for every node with a position, and for every edge between them two arrows.

    Beside the orange one stands what the VJP makes of ``upstream``, which has a ``text``. A node
    without a name is not drawn: its edges are joined to those that lead to it.
    """
    ax = board(WIDTH, max(y for _, y in positions.values()) + 0.45)
    for name, (x, y) in positions.items():
        ax.add_patch(Circle((x, y), RADIUS, fc="white", ec=INK, lw=1.2, zorder=3))
        write(ax, x, y, _formula(name), INK, 11)
    edges = [
        (parent.name, node.name, _factor(d.text))
        for node in nodes
        for parent, d in _named_parents(node, upstream)
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
        if factor:
            tall = 0.14 * (r"\dfrac" in factor)
            aside = 0.05 + (0.15 + tall) * abs(side[1]) + 0.24 * abs(side[0])
            x, y = (tail + head) / 2 + (beside - aside) * side
            text = write(ax, x, y, _formula(factor), BACKWARD, 12 if tall else 10)
            text.set_bbox({"fc": "white", "ec": "none", "pad": 0.6})
    return ax


def _formula(latex: str) -> str:
    """Set as a formula, with hats that are wide enough to be seen in a drawing."""
    latex = latex.replace(r"\bigl(", "(").replace(r"\bigr)", ")")  # mathtext has one size
    return f"${latex}$".replace(r"\hat", r"\widehat")


def _named_parents(node: Node, d: Any) -> Iterator[tuple[Node, Any]]:
    """Yield the parents of a node and what they receive, through nodes that have no name."""
    for parent, vjp in node.edges:
        if parent.name:
            yield parent, vjp(d)
        else:
            yield from _named_parents(parent, vjp(d))


def _factor(text: str) -> str:
    r"""Write what multiplies the gradient; the dot stands for it where a side has to be seen."""
    text = text.replace(r"\cdot \odot ", r"\odot ").replace(r"\frac", r"\dfrac")
    return "1" if text == r"\cdot " else text


def paths(gradients: np.ndarray) -> Axes:
    """Draw as bars which fraction of the gradient flows on paths through 0, 1, 2, ... layers."""
    ax, whole = new_axes((WIDTH, 2.6)), gradients.sum()
    ax.bar(np.arange(gradients.size), gradients / whole, color=FORWARD)
    highest = 1.1 * gradients.max() / whole
    ax.set(xlabel="layers on a path", ylabel="fraction of the gradient", ylim=(0, highest))
    first = f"through at most six layers {gradients[:7].sum():.3g}"
    ax.set_title(f"all paths {whole:.3g}, {first}", fontsize=10)
    return ax
