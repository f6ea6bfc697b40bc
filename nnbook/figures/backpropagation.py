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

RADIUS, PITCH, NEAR, TO_LOSS = 0.28, 0.9, 1.1, 1.28


def paths(
    names: Sequence[Sequence[str]],
    tables: Sequence[np.ndarray],
    routes: Sequence[Sequence[int]],
    *,
    dJ_dy_hat: float,
    what: str,
    first: str = "",
    inputs: Sequence[float] = (),
) -> Axes:
    """Draw a network as a graph with paths to the loss lit, and below it the product along each.

    ``tables`` holds the local derivatives between two columns: weights, or a vector of g' where a
    function acts entry by entry. A route lists nodes, counted from 1, from its beginning to the
    output. ``what`` names what is found at its beginning. If that is a weight, ``first`` names it,
    and its local derivative is one of the ``inputs``. Local derivatives are black.
    """
    marks = [f"{chr(ord('①') + n)} " if len(routes) > 1 else "" for n in range(len(routes))]
    most, near = max(map(len, names)), sum(table.ndim == 1 for table in tables)
    far = (WIDTH - 0.75 - TO_LOSS - near * NEAR) / (len(tables) - near)
    xs = np.cumsum([0.42, *(NEAR if table.ndim == 1 else far for table in tables)])
    foot = 0.2 + 0.26 * (len(routes) + (len(routes) > 1))
    ax = board(WIDTH, foot + most * PITCH)
    middle = foot + most * PITCH / 2 + 0.05
    centres = [
        [np.array([x, middle + PITCH * ((len(column) - 1) / 2 - i)]) for i in range(len(column))]
        for x, column in zip(xs, names, strict=True)
    ]
    lit = {(k, i - 1) for route in routes for k, i in enumerate(route)}
    steps: dict[tuple[int, int, int], list[str]] = {}
    for mark, route in zip(marks, routes, strict=True):
        for k, (i, j) in enumerate(pairwise(route)):
            steps.setdefault((k, i - 1, j - 1), []).append(mark)
    for k, table in enumerate(tables):
        alone = table.ndim == 1
        for i, j in [(i, i) for i in range(len(table))] if alone else np.ndindex(table.shape):
            start, end = centres[k][i], centres[k + 1][j]
            along = (end - start) / np.hypot(*(end - start)) * RADIUS
            start, end = start + along, end - along
            if (k, i, j) not in steps:
                ax.plot(*np.transpose([start, end]), "-", color=FAINT, lw=1.0, zorder=1)
                continue
            x, y = start + (0.5 if alone or k else 0.64) * (end - start)
            text = format_number(table[i] if alone else table[i, j], 4)
            if first and not k:  # the path begins at the weight, not at the input
                ax.plot(*np.transpose([start, (x, y)]), "-", color=FAINT, lw=1.0, zorder=1)
                start = np.array([x, y]) + 0.2 * (end - start) / np.hypot(*(end - start))
            arrow(ax, end, start, BACKWARD)
            if alone:
                write(ax, x, y + 0.15, "$g'$", INK, 12)
                write(ax, x, y - 0.14, text, INK, 9)
            elif k == 0:
                write_over(
                    ax, x, y, "".join(steps[k, i, j]) + (first or text), INK, 12 if first else 9.5
                )
            else:
                write_over(ax, x, y, text, INK)
    for k, column in enumerate(names):
        for i, (x, y) in enumerate(centres[k]):
            face, edge = ("#FBE3D3", BACKWARD) if (k, i) in lit else ("white", INK)
            given = len(inputs) and not k and (k, i) not in lit
            circle(ax, (x, y), RADIUS, f"${column[i]}$", face=PALE if given else face, edge=edge)
            if (k, i) in lit and len(inputs) and not k:
                write(ax, x, y - RADIUS - 0.14, f"${column[i]}$ = {format_number(inputs[i], 4)}")
    x, (output, y) = WIDTH - 0.33, centres[-1][0]
    box(ax, x, y, (0.4, 0.4), INK)
    write(ax, x, y, "$J$", INK, 13)
    arrow(ax, (x - 0.2, y), (output + RADIUS, y), BACKWARD)
    between = (output + RADIUS + x - 0.2) / 2
    write(ax, between, y + 0.2, r"$\partial J/\partial\hat y$", BACKWARD, 11)
    write(ax, between, y - 0.15, format_number(dJ_dy_hat, 4), BACKWARD, 9)

    products = []
    for route in routes:
        found = [
            table[i - 1] if table.ndim == 1 else table[i - 1, j - 1]
            for table, (i, j) in zip(tables, pairwise(route), strict=True)
        ]
        found[0] = inputs[route[0] - 1] if first else found[0]
        products.append([float(dJ_dy_hat), *reversed(found)])
    lines = [_written(mark, product) for mark, product in zip(marks, products, strict=True)]
    if len(routes) > 1:
        lines.append(f"{what} = {format_number(sum(map(math.prod, products)), 4)}, their sum")
    else:
        lines = [f"{what} = {lines[0]}"]
    for n, line in enumerate(lines):
        write(ax, WIDTH / 2, foot - 0.16 - 0.26 * n, line, BACKWARD, 12 if "$" in line else 10)
    return ax


def _written(mark: str, product: Sequence[float]) -> str:
    """Write a product and its value, negative factors in brackets."""
    shown = [format_number(factor, 4) for factor in product]
    rest = [f"({text})" if text.startswith("−") else text for text in shown[1:]]
    return f"{mark}{' · '.join([shown[0], *rest])} = {format_number(math.prod(product), 4)}"
