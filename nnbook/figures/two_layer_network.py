"""Figures of chapter 03b: the paths from a weight or a neuron to the loss."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes

from ..plot.style import (
    BACKWARD,
    FAINT,
    INK,
    PALE,
    WIDTH,
    arrow,
    board,
    box,
    circle,
    format_number,
    write,
    write_over,
)
from .multi_neuron_backprop import graph

__all__ = ["graph", "paths"]

RADIUS, PITCH = 0.3, 0.88


def paths(
    sizes: Sequence[int],
    paths: Sequence[Sequence[int]],
    *,
    weights: Sequence[np.ndarray],
    factors: Sequence[np.ndarray | None],
    dJ_dy_hat: float,
    names: Sequence[Sequence[str]],
    what: str,
    first: str = "",
) -> Axes:
    """Draw a network with paths to the loss lit, and below it the product along each of them.

    A path lists neurons, counted from 1, up to the output. ``what`` names what is found at its
    beginning. ``first`` names the first weight, which is then no factor. Local
    derivatives are black, gradients of the loss orange.
    """
    begin = len(sizes) - len(paths[0])
    marks = [f"{chr(ord('①') + n)} " if len(paths) > 1 else "" for n in range(len(paths))]
    foot = 0.12 + 0.26 * (len(paths) + (len(paths) > 1))
    ax = board(WIDTH, foot + max(sizes) * PITCH)
    middle, gap = foot + max(sizes) * PITCH / 2 + 0.08, (WIDTH - 1.3) / len(sizes)
    centres = [
        [(0.65 + gap * layer, middle + PITCH * ((n - 1) / 2 - i)) for i in range(n)]
        for layer, n in enumerate(sizes)
    ]
    lit = {(begin + n, i - 1) for path in paths for n, i in enumerate(path)}
    lit_edges = {
        (begin + n, i - 1, j - 1) for path in paths for n, (i, j) in enumerate(pairwise(path))
    }
    for layer, table in enumerate(weights):
        for i, j in np.ndindex(table.shape):
            start, end = np.array(centres[layer][i]), np.array(centres[layer + 1][j])
            along = (end - start) / np.hypot(*(end - start)) * RADIUS
            start, end = start + along, end - along
            if (layer, i, j) not in lit_edges:
                ax.plot(*zip(start, end, strict=True), "-", color=FAINT, lw=1.0, zorder=1)
                continue
            text = first if first and layer == begin else format_number(table[i, j], 4)
            if layer == begin:
                text = (
                    "".join(
                        mark
                        for mark, path in zip(marks, paths, strict=True)
                        if list(path[:2]) == [i + 1, j + 1]
                    )
                    + text
                )
            arrow(ax, end, start, BACKWARD)
            x, y = (start + end) / 2
            write_over(ax, x, y, text, INK, 12 if "$" in text else 9.5)
    for layer, column in enumerate(centres):
        for i, (x, y) in enumerate(column):
            face, edge = ("white", INK) if layer else (PALE, INK)
            if (layer, i) in lit:
                face, edge = "#FBE3D3", BACKWARD
            circle(ax, (x, y), RADIUS, names[layer][i], face=face, edge=edge)
            vector = factors[layer]
            if (layer, i) in lit and vector is not None:
                factor = "$g'$" if layer else names[layer][i]
                number = format_number(np.ravel(vector)[i], 4)
                write_over(ax, x, y - RADIUS - 0.14, f"{factor} = {number}", INK)
    x, (output, y) = WIDTH - 0.4, centres[-1][0]
    box(ax, x, y, (0.4, 0.4), INK)
    write(ax, x, y, "$J$", INK, 13)
    arrow(ax, (x - 0.2, y), (output + RADIUS, y), BACKWARD)
    between = (output + RADIUS + x - 0.2) / 2
    write(ax, between, y + 0.2, r"$\partial J/\partial\hat y$", BACKWARD, 11)
    write_over(ax, between, y, format_number(dJ_dy_hat, 4), BACKWARD)

    products = [_product(path, begin, weights, factors, dJ_dy_hat, first) for path in paths]
    lines = [_written(mark, product) for mark, product in zip(marks, products, strict=True)]
    if len(paths) > 1:
        lines.append(f"{what} = {format_number(sum(map(math.prod, products)), 4)}, their sum")
    else:
        lines = [f"{what} = {lines[0]}"]
    for n, line in enumerate(lines):
        write(ax, WIDTH / 2, foot - 0.22 - 0.26 * n, line, BACKWARD, 10)
    return ax


def _product(
    path: Sequence[int],
    begin: int,
    weights: Sequence[np.ndarray],
    factors: Sequence[np.ndarray | None],
    dJ_dy_hat: float,
    first: str,
) -> list[float]:
    """Return the factors along a path, from the loss to its beginning."""
    product = [float(dJ_dy_hat)]
    for n in range(len(path) - 1, -1, -1):
        vector = factors[begin + n]
        if n + 1 < len(path) and not (first and n == 0):
            product.append(weights[begin + n][path[n] - 1, path[n + 1] - 1])
        if vector is not None:
            product.append(np.ravel(vector)[path[n] - 1])
    return product


def _written(mark: str, product: Sequence[float]) -> str:
    """Write a product and its value, negative factors in brackets."""
    shown = [format_number(factor, 4) for factor in product]
    rest = [f"({text})" if text.startswith("−") else text for text in shown[1:]]
    return f"{mark}{' · '.join([shown[0], *rest])} = {format_number(math.prod(product), 4)}"
