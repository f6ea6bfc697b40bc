"""Layers as boxes in a row: what goes in above, what comes back below, what each box keeps."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from .house import BACKWARD, FORWARD, GREY, INK, PALE, WIDTH, arrow, board, box, listed, write

_HALF_HEIGHT, _MOST, _UNSEEN = 0.66, 5, "#CCCCCC"


def boxes(
    names: Sequence[str],
    *,
    forward: Sequence[str],
    backward: Sequence[str],
    keeps: Sequence[str] | None = None,
    finds: Sequence[str] | None = None,
    calls: int | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw layers as boxes in a row; blue runs to the right above, orange to the left below.

    Parameters
    ----------
    names : list of str
        The name of each box, at most 5.
    forward : list of str
        What goes into the first box, and what comes out of each: one more than boxes.
    backward : list of str
        The derivatives by what is in `forward`; an empty text leaves its arrow out.
    keeps, finds : list of str
        What each box keeps, in blue, and the derivatives that it finds for itself, in orange.
    calls : int
        So many calls have been made, forward from left to right, then backward from right to
        left; what they have not reached yet is grey. All of them when None.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If there are too many boxes or calls, or a list has not the length that `names` asks for.

    Examples
    --------
    >>> ax = boxes(["dense"], forward=["$X$", "$Y$"], backward=["$dX$", "$dY$"], calls=1)
    >>> [text.get_text() for text in ax.texts if text.get_color() == "#0072B2"]
    ['$X$', '$Y$']
    """
    n = len(names)
    if not 1 <= n <= _MOST:
        raise ValueError(f"plot.boxes: names should hold 1 to {_MOST} boxes, got {n}")
    forward = listed("boxes: forward", forward, n + 1, "one more than boxes") or []
    backward = listed("boxes: backward", backward, n + 1, "one more than boxes") or []
    keeps = listed("boxes: keeps", keeps, n, "one text a box") or [""] * n
    finds = listed("boxes: finds", finds, n, "one text a box") or [""] * n
    if calls is None:
        calls = 2 * n
    if not 0 <= calls <= 2 * n:
        raise ValueError(f"plot.boxes: calls should be 0 to {2 * n} for {n} boxes, got {calls}")

    height = 2 * _HALF_HEIGHT + 0.34
    ax = board(ax, WIDTH, height)
    middle = height / 2
    pitch = min((WIDTH - 0.9) / n, 2.6)
    width = min(0.64 * pitch, 1.6)
    left = (WIDTH - pitch * n) / 2
    for i, name in enumerate(names):
        centre = left + pitch * (i + 0.5)
        box(ax, centre, middle, (width, 2 * _HALF_HEIGHT), INK, PALE)
        seen = BACKWARD if calls >= 2 * n - i else GREY
        write(ax, centre, middle, name, INK, 11)
        if keeps[i]:
            write(ax, centre, middle + 0.36, keeps[i], FORWARD, 12)
        if finds[i]:
            write(ax, centre, middle - 0.36, finds[i], seen, 12)
    for i in range(n + 1):
        start = left + pitch * (i - 0.5) + width / 2 + 0.06
        end = left + pitch * (i + 0.5) - width / 2 - 0.06
        start, end = max(start, 0.1), min(end, WIDTH - 0.1)
        went, came = calls >= i, calls >= 2 * n - i and calls >= n
        _line(ax, start, end, middle + 0.3, forward[i], FORWARD if went else _UNSEEN)
        if backward[i]:
            _line(ax, end, start, middle - 0.44, backward[i], BACKWARD if came else _UNSEEN)
    return ax


def _line(ax: Axes, start: float, end: float, y: float, text: str, colour: str) -> None:
    """Draw an arrow with a text above it."""
    arrow(ax, (start, y), (end, y), colour)
    write(ax, (start + end) / 2, y + 0.19, text, colour if colour != _UNSEEN else GREY, 13)
