"""Figures of chapter 06: layers as boxes."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from ..plot.style import BACKWARD, FAINT, FORWARD, GREY, INK, PALE, WIDTH, arrow, board, box, write

HALF = 0.66  # of the height of a box


def layer_boxes(
    names: Sequence[str],
    *,
    forward: Sequence[str],
    backward: Sequence[str],
    keeps: Sequence[str],
    finds: Sequence[str],
    calls: int | None = None,
) -> Axes:
    """Draw layers as boxes in a row; blue runs to the right above, orange to the left below.

    Of ``calls``, forward and then backward, what has not been reached is grey.
    """
    n = len(names)
    calls = 2 * n if calls is None else calls
    middle = HALF + 0.17
    ax = board(WIDTH, 2 * middle)
    pitch = min((WIDTH - 0.9) / n, 2.6)
    width, left = min(0.64 * pitch, 1.6), (WIDTH - pitch * n) / 2
    for i, name in enumerate(names):
        centre = left + pitch * (i + 0.5)
        box(ax, centre, middle, (width, 2 * HALF), INK, PALE)
        write(ax, centre, middle, name, INK, 11)
        write(ax, centre, middle + 0.36, keeps[i], FORWARD, 12)
        write(ax, centre, middle - 0.36, finds[i], BACKWARD if calls >= 2 * n - i else GREY, 12)
    for i in range(n + 1):
        start = max(left + pitch * (i - 0.5) + width / 2 + 0.06, 0.1)
        end = min(left + pitch * (i + 0.5) - width / 2 - 0.06, WIDTH - 0.1)
        went, came = calls >= i, calls >= max(2 * n - i, n)
        _arrow(ax, start, end, middle + 0.3, forward[i], FORWARD if went else FAINT)
        if backward[i]:
            _arrow(ax, end, start, middle - 0.44, backward[i], BACKWARD if came else FAINT)
    return ax


def _arrow(ax: Axes, start: float, end: float, y: float, text: str, colour: str) -> None:
    """Draw an arrow with a text above it."""
    arrow(ax, (start, y), (end, y), colour)
    write(ax, (start + end) / 2, y + 0.19, text, GREY if colour == FAINT else colour, 13)
