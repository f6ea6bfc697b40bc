"""Workers that share a batch: what goes between them in a star, and in a ring."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from .house import BACKWARD, FORWARD, INK, PALE, WIDTH, arrow, board, box, write

HEIGHT = 2.7  # of the board, in inches as all below
SIZE = 1.0, 0.42  # of a box
RING = 1.15, 0.85  # half the width and half the height of the ring
AIR, GAP = 0.06, 0.05  # between a box and an arrow, and from an arrow to the middle of two


def star_and_ring(sizes: Sequence[int], *, ax: Axes | None = None) -> Axes:
    """Draw how workers add up gradients: through one process, or each with its neighbour.

    In the star, on the left, the parameters go out (blue) and the gradients come back (orange)
    through one place. In the ring every worker hands pieces of gradients on to the next. Who keeps
    the parameters is grey: in the ring all do.

    Parameters
    ----------
    sizes : list of int
        How many samples each worker has; two to four workers.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If there are fewer than two workers or more than four.

    Examples
    --------
    >>> ax = star_and_ring([25, 15, 10])
    >>> [text.get_text() for text in ax.texts if text.get_text()][:3]
    ['parameters', '25 samples', '15 samples']
    """
    n = len(sizes)
    if not 2 <= n <= 4:
        raise ValueError(f"plot.star_and_ring expects two to four workers, got {n}")
    ax = board(ax, WIDTH, HEIGHT)
    hub = np.array([WIDTH / 4 + 0.05, HEIGHT - 0.45])
    box(ax, hub[0], hub[1], SIZE, INK, PALE)
    write(ax, hub[0], hub[1], "parameters", INK)
    spread = 1.12 * (np.arange(n) - (n - 1) / 2)
    for size, place in zip(sizes, hub + np.transpose([spread, np.full(n, -1.75)]), strict=True):
        _worker(ax, place, size, "white")
        start, end = _between(hub, place)
        aside = GAP * _left_of(start, end)
        arrow(ax, start + aside, end + aside, FORWARD)
        arrow(ax, end - aside, start - aside, BACKWARD)
    turn = np.pi / 2 - 2 * np.pi * np.arange(n) / n
    ring = np.transpose([np.cos(turn), np.sin(turn)]) * RING + (3 * WIDTH / 4, HEIGHT / 2 - 0.1)
    for size, place, following in zip(sizes, ring, np.roll(ring, -1, 0), strict=True):
        _worker(ax, place, size, PALE)
        start, end = _between(place, following)
        aside = GAP * _left_of(start, end) * (n == 2)  # two arrows between the same two
        arrow(ax, start + aside, end + aside, BACKWARD)
    return ax


def _worker(ax: Axes, place: np.ndarray, size: int, face: str) -> None:
    box(ax, place[0], place[1], SIZE, INK, face)
    write(ax, place[0], place[1], f"{size} samples", INK)


def _between(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give where the line between the middles of two boxes leaves the one and meets the other."""
    way = end - start
    with np.errstate(divide="ignore"):
        inside = np.min((np.array(SIZE) / 2 + AIR) / np.abs(way)) * way
    return start + inside, end - inside


def _left_of(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Give the direction to the left of who walks from ``start`` to ``end``."""
    x, y = (end - start) / np.linalg.norm(end - start)
    return np.array([-y, x])
