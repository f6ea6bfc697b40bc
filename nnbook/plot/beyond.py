"""Calculations as graphs: values, what is made of them, and the ways back of the blame."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle
from numpy.typing import ArrayLike

from .house import BACKWARD, FORWARD, INK, WIDTH, arrow, board, new_axes, write

RADIUS = 0.28


class Recorded(Protocol):
    """A value on a tape: its name, and for each way back (where to, rule, left, right)."""

    name: str
    ways: Iterable[tuple[Any, Callable, str, str]]


def graph(
    nodes: Iterable[Recorded],
    places: Mapping[str, tuple[float, float]],
    *,
    factors_of: Collection[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    r"""Draw what stands on a tape: a circle for every value, and two arrows for every way.

    The blue arrow leads from a value to what was made of it; the orange one leads back, and beside
    it stands what the blame is multiplied by, from the left or from the right. Ways between the
    same two values run side by side.

    Parameters
    ----------
    nodes : iterable
        Each with a ``name``, in LaTeX without dollars, and ``ways``, a list of (value it was made
        from, rule, what is written to the left of the blame, what to the right).
    places : dict
        Name -> (x, y) of its circle in inches, y upwards. What has no place is not drawn.
    factors_of : list of str
        The values whose ways back get their factors; None for all.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If there is no place, or two values stand at one.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> v = SimpleNamespace(name="v", ways=[])
    >>> J = SimpleNamespace(name="J", ways=[(v, None, "", "v"), (v, None, "", "v")])
    >>> ax = graph([v, J], {"v": (1, 1), "J": (3, 1)})
    >>> [text.get_text() for text in ax.texts if text.get_text()]
    ['$v$', '$J$', '$\\cdot v$', '$\\cdot v$']
    """
    if not places or len(set(places.values())) < len(places):
        raise ValueError(f"plot.graph wants a place of its own for every name, got {dict(places)}")
    ax = board(ax, WIDTH, max(y for _, y in places.values()) + 0.45)
    for name, (x, y) in places.items():
        ax.add_patch(Circle((x, y), RADIUS, fc="white", ec=INK, lw=1.2, zorder=3))
        write(ax, x, y, _drawn(name), INK, 11)
    ways = [
        (before.name, node.name, _factor(left, right))
        for node in nodes
        for before, _, left, right in node.ways
        if {before.name, node.name} <= places.keys()
    ]
    many, drawn = Counter(way[:2] for way in ways), Counter[tuple[str, str]]()
    for start, end, factor in ways:
        tail, head = np.array(places[start], float), np.array(places[end], float)
        along = (head - tail) / np.linalg.norm(head - tail)
        side = np.array([-along[1], along[0]])  # to the left of who walks forward
        beside = 0.4 * (drawn[start, end] - (many[start, end] - 1) / 2)
        drawn[start, end] += 1
        for beside_it, colour in ((0.05, FORWARD), (-0.05, BACKWARD)):
            off = beside + beside_it
            reach = np.sqrt(max(RADIUS**2 - off**2, 0)) * along  # to the rim of the circle
            ends = tail + reach + off * side, head - reach + off * side
            arrow(ax, *(ends if colour == FORWARD else ends[::-1]), colour)
        if factor and (factors_of is None or start in factors_of):
            tall = 0.14 * (r"\dfrac" in factor)
            aside = 0.05 + (0.15 + tall) * abs(side[1]) + 0.24 * abs(side[0])
            x, y = (tail + head) / 2 + (beside - aside) * side
            text = write(ax, x, y, _drawn(factor), BACKWARD, 12 if tall else 10)
            text.set_bbox({"fc": "white", "ec": "none", "pad": 0.6})
    return ax


def _drawn(latex: str) -> str:
    """Set as a formula, with hats that are wide enough to be seen in a drawing."""
    return f"${latex}$".replace(r"\hat", r"\widehat")


def _factor(left: str, right: str) -> str:
    """Write what the blame is multiplied by on both sides; words, as a formula's number, alone."""
    if right.startswith(r"\mathrm"):
        return right
    if r"\frac" in left:  # the way from the price, whose blame is 1
        return left.replace(r"\frac", r"\dfrac")
    dot = "" if r"\odot" in right else r"\cdot "
    return f"{left}{dot}{right}" if left or right else "1"


def bars(
    heights: ArrayLike, labels: tuple[str, str], title: str = "", *, ax: Axes | None = None
) -> Axes:
    """Draw shares as bars over 0, 1, 2, ..., on a scale from 0 to 1.

    Parameters
    ----------
    heights : array
        (n,) shares, from 0 to 1.
    labels : (str, str)
        The names of the horizontal and the vertical axis.
    title : str
        What stands above them.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If a share is below 0 or above 1.

    Examples
    --------
    >>> ax = bars([0.25, 0.75], ("heads", "share"))
    >>> [float(bar.get_height()) for bar in ax.patches]
    [0.25, 0.75]
    """
    shares = np.ravel(np.asarray(heights, dtype=float))
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(f"plot.bars: shares lie between 0 and 1, got {shares}")
    ax = new_axes(ax, (WIDTH, 2.6))
    ax.bar(np.arange(shares.size), shares, color=FORWARD)
    ax.set(xlabel=labels[0], ylabel=labels[1], ylim=(0, 1))
    ax.set_title(title, fontsize=10)
    return ax
