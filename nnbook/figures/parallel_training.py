"""Figures of chapter 15b: workers that share a batch."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..plot.style import BACKWARD, FORWARD, INK, PALE, WIDTH, arrow, board, box, write

SIZE = 1.0, 0.42  # of a box, in inches


def server_and_ring(sizes: Sequence[int]) -> Axes:
    """Draw how workers add up gradients: through a parameter server, and around a ring."""
    n = len(sizes)
    ax = board(WIDTH, 2.7)
    server = np.array([WIDTH / 4 + 0.05, 2.25])
    _named_box(ax, server, "parameters", PALE)
    for size, x in zip(sizes, 1.12 * (np.arange(n) - (n - 1) / 2), strict=True):
        worker = server + np.array([x, -1.75])
        _named_box(ax, worker, f"{size} samples", "white")
        start, end = _between(server, worker)
        along = end - start
        aside = 0.05 * np.array([-along[1], along[0]]) / np.linalg.norm(along)
        arrow(ax, start + aside, end + aside, FORWARD)
        arrow(ax, end - aside, start - aside, BACKWARD)
    turn = np.pi / 2 - 2 * np.pi * np.arange(n) / n
    centre = np.array([3 * WIDTH / 4, 1.25])
    ring = centre + np.transpose([1.15 * np.cos(turn), 0.85 * np.sin(turn)])
    for size, worker, following in zip(sizes, ring, np.roll(ring, -1, 0), strict=True):
        _named_box(ax, worker, f"{size} samples", PALE)
        arrow(ax, *_between(worker, following), BACKWARD)
    return ax


def _named_box(ax: Axes, centre: np.ndarray, text: str, face: str) -> None:
    x, y = centre
    box(ax, x, y, SIZE, INK, face)
    write(ax, x, y, text)


def _between(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where the line between the centres of two boxes leaves the one and meets the other."""
    along = end - start
    with np.errstate(divide="ignore"):
        reach = np.min((np.array(SIZE) / 2 + 0.06) / np.abs(along)) * along
    return start + reach, end - reach
