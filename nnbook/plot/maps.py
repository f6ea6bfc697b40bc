"""The map of the course."""

import textwrap
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from .house import (
    FORWARD,
    GREY,
    INK,
    WIDTH,
    board,
    legend_line,
    write,
)


def course_map(
    chapters: Sequence[tuple[str, str, Sequence[str], bool]], *, ax: Axes | None = None
) -> Axes:
    """Draw the chapters of a course as a reading path, from top to bottom.

    Parameters
    ----------
    chapters : list of tuple
        (key, title, keys of the chapters it needs, ready) in reading order; a chapter not yet
        ready is drawn in grey.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If a key comes twice, or a chapter needs one that does not come before it.

    Examples
    --------
    >>> ax = course_map([("00", "Start here", [], True), ("01", "The delta rule", ["00"], False)])
    >>> len(ax.patches)  # two boxes and an arrow
    3
    """
    depth: dict[str, int] = {}
    for key, _, needs, _ in chapters:
        if key in depth:
            raise ValueError(f"plot.course_map: the key {key!r} comes twice; keys must differ")
        for need in needs:
            if need not in depth:
                raise ValueError(
                    f"plot.course_map: chapter {key!r} needs {need!r}, which does not come before "
                    "it; list a chapter after those it needs"
                )
        depth[key] = 1 + max((depth[need] for need in needs), default=-1)
    if not depth:
        raise ValueError("plot.course_map: chapters is empty; give at least one")

    # An arrow over several rows passes each of them at a place kept free: a slot (key, row).
    routes = {
        (need, key): [(need, row) for row in range(depth[need], depth[key])] + [(key, depth[key])]
        for key, _, needs, _ in chapters
        for need in needs
    }
    rows: list[list[tuple[str, int]]] = [[] for _ in range(1 + max(depth.values()))]
    for key in depth:
        rows[depth[key]].append((key, depth[key]))
    for slot in dict.fromkeys(slot for route in routes.values() for slot in route[1:-1]):
        rows[slot[1]].append(slot)
    half_width = {slot: 0.78 if depth[slot[0]] == slot[1] else 0.15 for row in rows for slot in row}
    xs = _place_slots(rows, list(routes.values()), half_width)

    titles = {key: textwrap.wrap(f"{key}  {title}", 19) for key, title, _, _ in chapters}
    box = 0.16 + 0.17 * max(len(lines) for lines in titles.values())
    pitch, unready = box + 0.4, not all(ready for *_, ready in chapters)
    edges = [xs[slot] + side * half_width[slot] for slot in xs for side in (-1, 1)]
    width = max(WIDTH, max(edges) - min(edges) + 0.2)
    foot = 0.4 if unready else 0.1
    height = foot + pitch * (len(rows) - 1) + box + 0.1
    centre = (width - max(edges) - min(edges)) / 2
    xs = {slot: x + centre for slot, x in xs.items()}
    tops = [height - 0.1 - pitch * row for row in range(len(rows))]

    ax = board(ax, width, height)
    for route in routes.values():
        _draw_route(ax, [(xs[slot], tops[slot[1]]) for slot in route], box)
    for key, _, _, ready in chapters:
        x, top = xs[key, depth[key]], tops[depth[key]]
        style = "round,pad=0,rounding_size=0.1"
        patch = FancyBboxPatch((x - 0.78, top - box), 1.56, box, boxstyle=style, zorder=3)
        patch.set(facecolor="#E3F0F8" if ready else "white", linewidth=1.2)
        patch.set(edgecolor=FORWARD if ready else "#B0B0B0")
        ax.add_patch(patch)
        write(ax, x, top - box / 2, "\n".join(titles[key]), INK if ready else "#767676")
    if unready:
        legend_line(ax, 0.2, [("ready", FORWARD), ("still to come", "#767676")])
    return ax


def _place_slots(
    rows: list[list[tuple[str, int]]],
    routes: list[list[tuple[str, int]]],
    half_width: dict[tuple[str, int], float],
) -> dict[tuple[str, int], float]:
    """Find an x for each slot: under the mean of its neighbours, with none overlapping."""
    neighbours: dict = {slot: {-1: [], 1: []} for row in rows for slot in row}
    for above, below in dict.fromkeys(pair for route in routes for pair in pairwise(route)):
        neighbours[above][1].append(below)
        neighbours[below][-1].append(above)
    xs = {slot: 1.8 * i for row in rows for i, slot in enumerate(row)}
    for sweep in range(24):
        side = -1 if sweep % 2 == 0 else 1  # look up and go down, then look down and go up
        for row in rows if side == -1 else reversed(rows):
            for slot in row:
                near = [xs[other] for other in neighbours[slot][side]]
                xs[slot] = sum(near) / len(near) if near else xs[slot]
            row.sort(key=xs.get)
            xs.update(_spread(row, xs, half_width))
    return xs


def _spread(
    row: list[tuple[str, int]],
    xs: dict[tuple[str, int], float],
    half_width: dict[tuple[str, int], float],
) -> dict[tuple[str, int], float]:
    """Move the slots of a row apart, as little as possible (pooling adjacent violators)."""
    room = [half_width[left] + half_width[right] + 0.2 for left, right in pairwise(row)]
    offsets = np.concatenate([[0.0], np.cumsum(room)])
    blocks: list[list[float]] = []  # slots that touch move together, to the mean of their wishes
    for slot, offset in zip(row, offsets, strict=True):
        blocks.append([xs[slot] - offset])
        while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    starts = [float(np.mean(block)) for block in blocks for _ in block]
    return {slot: start + o for slot, start, o in zip(row, starts, offsets.tolist(), strict=True)}


def _draw_route(ax: Axes, points: list[tuple[float, float]], box: float) -> None:
    """Draw an arrow from the foot of the first box, between the boxes, to the top of the last."""
    (x, top), *rest = points
    vertices, codes = [(x, top - box)], [Path.MOVETO]
    for x1, top1 in rest:
        middle = (vertices[-1][1] + top1) / 2
        vertices += [(vertices[-1][0], middle), (x1, middle), (x1, top1), (x1, top1 - box)]
        codes += [Path.CURVE4] * 3 + [Path.LINETO]
    path = Path(vertices[:-1], codes[:-1])
    ax.add_patch(
        FancyArrowPatch(path=path, arrowstyle="-|>", mutation_scale=10, color=GREY, lw=1.1)
    )
