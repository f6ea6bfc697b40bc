"""Figures of chapter 03a: one table of weights, read by both passes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..plot.style import (
    BACKWARD,
    FAINT,
    FORWARD,
    GREY,
    INK,
    WIDTH,
    arrow,
    board,
    cell,
    circle,
    format_number,
    write,
    write_over,
)

RADIUS, PITCH, TALL, SIDE = 0.36, 0.9, 0.6, 3.85


def two_sums(
    W: np.ndarray, a: np.ndarray, delta: np.ndarray, *, neuron: int, names: Sequence[Sequence[str]]
) -> Axes:
    """Draw the weighted sums of both passes, each in the network and in the matrix beside it."""
    height = PITCH * max(W.shape) + 0.75
    ax = board(WIDTH, 2 * height)
    _one_sum(ax, 1.5 * height, W, a.ravel(), neuron - 1, names, forward=True)
    _one_sum(ax, 0.5 * height, W, delta.ravel(), neuron - 1, names, forward=False)
    return ax


def _one_sum(
    ax: Axes,
    middle: float,
    W: np.ndarray,
    known: np.ndarray,
    neuron: int,
    names: Sequence[Sequence[str]],
    *,
    forward: bool,
) -> None:
    """Draw the sum of what is known down a column of W, or backward along a row."""
    n_in, n_out = W.shape
    colour, pale = (FORWARD, "#D6E8F5") if forward else (BACKWARD, "#FBE3D3")
    factors = np.broadcast_to(known[:, None] if forward else known, W.shape)
    summed = np.zeros(W.shape, dtype=bool)
    summed[(slice(None), neuron) if forward else neuron] = True
    total = format_number((factors * W)[summed].sum(), 4)

    sides = []
    for x, n in zip((0.55, 2.75), W.shape, strict=True):
        sides.append([np.array([x, middle + PITCH * ((n - 1) / 2 - i)]) for i in range(n)])
    for i, j in np.ndindex(n_in, n_out):
        start, end = sides[0][i] + [RADIUS, 0], sides[1][j] - [RADIUS, 0]
        if not summed[i, j]:
            ax.plot(*np.transpose([start, end]), "-", color=FAINT, lw=1, zorder=1)
            continue
        arrow(ax, *((start, end) if forward else (end, start)), colour)
        x, y = start + (0.3 if forward else 0.7) * (end - start)  # where these are apart
        write_over(ax, x, y, format_number(W[i, j], 4), INK)
    for centres, texts, given in zip(sides, names, (forward, not forward), strict=True):
        for n, (x, y) in enumerate(centres):
            result = not given and n == neuron
            number = format_number(known[n], 4) if given else total if result else ""
            face, edge = (pale, colour) if result else ("white", INK)
            circle(ax, (x, y), RADIUS, face=face, edge=edge)
            write(ax, x, y + 0.12 * bool(number), texts[n], INK, 13)
            write(ax, x, y - 0.15, number, colour, 9)

    width, top = min(1.36, 3.3 / n_out), middle + n_in * TALL / 2
    for i, j in np.ndindex(n_in, n_out):
        x, y = SIDE + j * width, top - (i + 1) * TALL
        inks, face = ((INK, colour), pale) if summed[i, j] else ((GREY, GREY), "white")
        cell(ax, (x, y), (width, TALL), face=face, edge=INK, line=0.8)
        numbers = (factors[i, j], W[i, j], factors[i, j] * W[i, j])
        one, other, product = (format_number(number, 4) for number in numbers)
        write(ax, x + width / 2, y + 0.42, f"{one} · {other}", inks[0], 9)
        write(ax, x + width / 2, y + 0.17, product, inks[1], 10)
    for i in range(n_in):
        write(ax, SIDE - 0.28, top - (i + 0.5) * TALL, names[0][i], INK, 12)
    for j in range(n_out):
        write(ax, SIDE + (j + 0.5) * width, top + 0.24, names[1][j], INK, 12)
    text = (
        f"forward: sum of column {neuron + 1}" if forward else f"backward: sum of row {neuron + 1}"
    )
    foot = top - n_in * TALL - 0.22
    write(ax, SIDE + n_out * width / 2, foot, f"{text} = {total}", colour, 10)
