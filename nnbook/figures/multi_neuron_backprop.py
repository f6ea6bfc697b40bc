"""Figures of chapter 03: one matrix of weights read by both passes, and a network as a graph."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes

from ..plot.style import (
    BACKWARD,
    FAINT,
    FORWARD,
    GREY,
    INK,
    PALE,
    WIDTH,
    arrow,
    board,
    cell,
    circle,
    format_number,
    write,
    write_over,
)

RADIUS, PITCH, TALL, SIDE = 0.38, 0.95, 0.6, 3.95


def one_matrix(
    W: np.ndarray,
    a: np.ndarray,
    delta: np.ndarray,
    *,
    neuron: int,
    names: Sequence[Sequence[str]],
    gradient_names: Sequence[Sequence[str]],
) -> Axes:
    """Draw one neuron of both passes, each in the network and in the matrix beside it.

    In the upper half the neurons hold values, in the lower half gradients, each by its name.
    """
    height = PITCH * max(W.shape) + 0.45
    ax = board(WIDTH, 2 * height)
    _one_pass(ax, 1.5 * height, W, a.ravel(), neuron - 1, names, forward=True)
    _one_pass(ax, 0.5 * height, W, delta.ravel(), neuron - 1, gradient_names, forward=False)
    return ax


def _one_pass(
    ax: Axes,
    middle: float,
    W: np.ndarray,
    known: np.ndarray,
    neuron: int,
    names: Sequence[Sequence[str]],
    *,
    forward: bool,
) -> None:
    """Add up what is known down a column of W, or backward along a row."""
    n_in, n_out = W.shape
    colour, pale = (FORWARD, "#D6E8F5") if forward else (BACKWARD, "#FBE3D3")
    factors = np.broadcast_to(known[:, None] if forward else known, W.shape)
    added = np.zeros(W.shape, dtype=bool)
    added[(slice(None), neuron) if forward else neuron] = True
    total = format_number((factors * W)[added].sum(), 4)

    sides = []
    for x, n in zip((0.55, 2.75), W.shape, strict=True):
        sides.append([np.array([x, middle + PITCH * ((n - 1) / 2 - i)]) for i in range(n)])
    for i, j in np.ndindex(n_in, n_out):
        start, end = sides[0][i] + [RADIUS, 0], sides[1][j] - [RADIUS, 0]
        if not added[i, j]:
            ax.plot(*np.transpose([start, end]), "-", color=FAINT, lw=1, zorder=1)
            continue
        arrow(ax, *((start, end) if forward else (end, start)), colour)
        x, y = start + (0.3 if forward else 0.7) * (end - start)  # where these are apart
        write_over(ax, x, y, format_number(W[i, j], 4), INK, 11)
    for centres, texts, given in zip(sides, names, (forward, not forward), strict=True):
        for n, (x, y) in enumerate(centres):
            result = not given and n == neuron
            number = format_number(known[n], 4) if given else total if result else ""
            face, edge = (pale, colour) if result else ("white", INK)
            circle(ax, (x, y), RADIUS, face=face, edge=edge)
            write(ax, x, y + 0.12 * bool(number), texts[n], INK, 13)
            write(ax, x, y - 0.15, number, colour, 9.5)

    width, top = min(1.36, 3.3 / n_out), middle + n_in * TALL / 2
    for i, j in np.ndindex(n_in, n_out):
        x, y = SIDE + j * width, top - (i + 1) * TALL
        inks, face = ((INK, colour), pale) if added[i, j] else ((GREY, GREY), "white")
        cell(ax, (x, y), (width, TALL), face=face, edge=INK, line=0.8)
        numbers = (factors[i, j], W[i, j], factors[i, j] * W[i, j])
        one, other, product = (format_number(number, 4) for number in numbers)
        write(ax, x + width / 2, y + 0.42, f"{one} · {other}", inks[0], 11)
        write(ax, x + width / 2, y + 0.17, product, inks[1], 12)
    for i in range(n_in):
        write(ax, SIDE - 0.28, top - (i + 0.5) * TALL, names[0][i], INK, 12)
    for j in range(n_out):
        write(ax, SIDE + (j + 0.5) * width, top + 0.24, names[1][j], INK, 12)
    text = (
        f"forward: sum of column {neuron + 1}" if forward else f"backward: sum of row {neuron + 1}"
    )
    foot = top - n_in * TALL - 0.22
    write(ax, SIDE + n_out * width / 2, foot, f"{text} = {total}", colour, 11.5)


def graph(
    weights: Sequence[np.ndarray | None],
    values: Sequence[np.ndarray],
    gradients: Sequence[np.ndarray | None],
    names: Sequence[Sequence[str]],
    functions: Sequence[str] = (),
    weight_gradients: Sequence[np.ndarray | None] = (),
) -> Axes:
    """Draw a network as a graph: a column for each vector, pre-activations and activations apart.

    A value stands in blue in its node; below it, in orange, the gradient of the loss with respect
    to it. Between two columns lie the ``weights``, or None where a function acts entry by entry;
    ``functions`` names these functions, each of them g when it is empty. With
    ``weight_gradients`` each weight has its gradient below it as well.
    """
    radius, pitch, near = 0.34, 1.7 if weight_gradients else 1.3, 1.1
    wide = sum(table is not None for table in weights)
    far = (WIDTH - 1.1 - near * (len(weights) - wide)) / wide
    xs = np.cumsum([0.5, *(near if table is None else far for table in weights)])
    counts = [np.size(value) for value in values]
    ax = board(WIDTH, 0.35 + max(counts) * pitch)
    middle = 0.62 + max(counts) * pitch / 2
    centres = [
        [(x, middle + pitch * ((n - 1) / 2 - i)) for i in range(n)]
        for x, n in zip(xs, counts, strict=True)
    ]
    letters = iter(functions or ["g"] * (len(weights) - wide))
    below = weight_gradients or [None] * len(weights)
    for (sources, targets), table, slopes in zip(pairwise(centres), weights, below, strict=True):
        if table is None:
            letter = next(letters)
            for (x0, y0), (x1, y1) in zip(sources, targets, strict=True):
                arrow(ax, (x0 + radius, y0), (x1 - radius, y1), GREY)
                write(ax, (x0 + x1) / 2, y0 + 0.14, f"${letter}$", INK, 12)
            continue
        n_in, n_out = table.shape
        t = 1 / (n_out + 1) if n_out <= n_in else n_in / (n_in + 1)
        for i, j in np.ndindex(n_in, n_out):
            (x0, y0), (x1, y1) = sources[i], targets[j]
            ax.plot((x0 + radius, x1 - radius), (y0, y1), "-", color=GREY, lw=1.0, zorder=1)
            x, y = x0 + radius + t * (x1 - x0 - 2 * radius), y0 + t * (y1 - y0)
            if slopes is None:
                write_over(ax, x, y, format_number(table[i, j], 4), INK, 9)
                continue
            write_over(ax, x, y + 0.075, format_number(table[i, j], 4), INK, 9.5)
            write_over(ax, x, y - 0.085, format_number(slopes[i, j], 4), BACKWARD, 9.5)
    for column, column_names, value, gradient in zip(
        centres, names, values, gradients, strict=True
    ):
        for n, (x, y) in enumerate(column):
            circle(ax, (x, y), radius, face="white" if gradient is not None else PALE)
            write(ax, x, y + 0.12, f"${column_names[n]}$", INK, 12)
            write(ax, x, y - 0.14, format_number(np.ravel(value)[n], 4), FORWARD, 9)
            if gradient is not None:
                name = rf"$\partial J/\partial {column_names[n]}$"
                number = f"= {format_number(np.ravel(gradient)[n], 4)}"
                write_over(ax, x, y - radius - 0.18, name, BACKWARD, 12)
                write_over(ax, x, y - radius - 0.41, number, BACKWARD, 9.5)
    legend = [("value →", FORWARD), ("← gradient of the loss", BACKWARD)]
    for (text, colour), x in zip(legend, (WIDTH / 2 - 1.1, WIDTH / 2 + 0.6), strict=True):
        write(ax, x, 0.18, text, colour)
    return ax
