"""Figures of chapter 00: gradient descent from above and from the side, the map of the course."""

import textwrap
from collections.abc import Callable, Collection, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path

from ..plot.charts import curves
from ..plot.style import BACKWARD, COLORS, FORWARD, GREY, INK, board, box, inside, new_axes, write
from ..plot.surfaces import error_surface, number_points

Loss = Callable[[float, float], float]
MINIMUM = (1, 0)

CHAPTERS = {
    "00": "Start here",
    "01": "The delta rule",
    "02": "The single-neuron chain",
    "03a": "Many neurons",
    "03b": "Backpropagation",
    "04a": "Logistic regression",
    "04b": "Decisions",
    "05": "Vectorised batches",
    "06": "Layers",
    "07": "XOR",
    "08a": "Initialisation",
    "08b": "Optimisers",
    "09": "Convolution",
    "10a": "Convolutional layers",
    "10b": "Convolution backward",
    "11": "Softmax",
    "12a": "Digits",
    "12b": "Evaluation",
    "13a": "Generalisation",
    "13b": "Adversarial examples",
    "14a": "Autodiff",
    "14b": "Attention",
    "15a": "PyTorch",
    "15b": "Many workers",
}
NEEDS = """
01 00, 02 01, 03a 02, 03b 03a, 04a 03a, 04b 04a, 05 03b, 06 05, 07 04b, 07 06, 08a 06, 08b 08a,
09 00, 10a 08b, 10a 09, 10b 10a, 11 04b, 11 06, 12a 08b, 12a 10a,
12a 11, 12b 12a, 13a 12b, 13b 13a, 14a 12b, 14b 14a, 15a 14b, 15b 15a
"""
# an arrow goes straight down, and turns in the gap above its chapter
PLAN = """
 .  .   .  .  00  .  .
 .  .  01  .   .  . 09
 .  .  02  .   .  .  .
 .  . 03a  .   .  .  .
 . 04a  . 03b  .  .  .
 . 04b  . 05   .  .  .
 .  .   . 06   .  .  .
07  .  11 .  08a .  .
 .  .   .  .  08b .  .
 .  .   .  .  .   . 10a
 .  .   .  .  12a . 10b
 .  .   .  .  12b .  .
 .  .   . 13a  . 14a .
 .  .   . 13b  . 14b .
 .  .   .  .   . 15a .
 .  .   .  .   . 15b .
"""
COLUMN, BOX_WIDTH, GAP = 0.88, 1.66, 0.3  # in inches; boxes in every second column do not touch


def fitted_lines(
    path: np.ndarray, shown: Sequence[int], x: np.ndarray, y: np.ndarray, left_out: float
) -> Axes:
    """Draw the neuron after some updates, later ones darker, and its errors after the first."""
    ax = new_axes((6.4, 4.0))
    ends = np.array([0, x.max() + 1])
    for i, t in enumerate(shown):
        line = path[t, 0] * ends + path[t, 1]
        colour = plt.get_cmap("Blues")(0.35 + 0.6 * i / (len(shown) - 1))
        ax.plot(ends, line, "-", color=colour, lw=1.8)
        ax.annotate(
            f"update {t}", (ends[1], line[1]), (4, 0), textcoords="offset points", va="center"
        )
    ax.vlines(x, path[1, 0] * x + path[1, 1], y, color=GREY, lw=1.5, zorder=1)
    ax.plot(x, y, "o", color="black", ms=6)
    ax.plot(left_out, left_out, "o", color="black", mfc="white", ms=8)
    ax.set(xlabel="input $x$", ylabel=r"prediction $\hat y$", xlim=(0, ends[1]))
    return ax


def from_above(
    loss: Loss,
    path: np.ndarray,
    named: Sequence[int],
    levels: Sequence[float],
    x_range: tuple[float, float] = (-0.15, 1.5),
    y_range: tuple[float, float] = (-0.6, 0.6),
    joined: int = 11,
    ax: Axes | None = None,
) -> Axes:
    """Draw iterates on the surface of a loss, the first joined, and its flattest line, dashed."""
    angles = np.linspace(0, np.pi, 3601)
    directions = np.column_stack([np.cos(angles), np.sin(angles)])
    rises = [loss(*np.add(MINIMUM, direction)) for direction in directions]
    reach = np.hypot(np.ptp(x_range), np.ptp(y_range))  # of the drawing
    ends = np.add(MINIMUM, np.outer([-reach, reach], directions[np.argmin(rises)]))
    low, high = np.transpose([x_range, y_range])
    seen = ((low < path) & (path < high)).all(axis=1)
    left = len(path) if seen.all() else int(np.argmin(seen))  # where the path leaves the drawing
    ax = error_surface(
        loss, x_range, y_range, path=path[: min(left, joined)], labels=("$w$", "$b$"),
        levels=levels, line=(ends[:, 0], ends[:, 1]), ax=ax,
    )  # fmt: skip
    ax.plot(*path[joined:].T, ".", color=BACKWARD, ms=3, zorder=3)
    if left < joined:
        ax.plot(*path[left - 1 : left + 1].T, "-", color=BACKWARD, lw=1.6, zorder=3)
    ax.plot(*MINIMUM, "*", color="black", mfc="white", ms=12, zorder=6)
    numbers = [text for text in ax.texts if text.get_text() and text.get_visible()]
    for number in numbers:  # at the edge the end of its line would look like a minus sign
        number.set_visible(inside(ax, number.get_window_extent().padded(12)))
    boxes = [text.get_window_extent() for text in numbers if text.get_visible()]
    number_points(ax, path[named], named, boxes)
    return ax


def in_two_directions(distance: np.ndarray, flat: Sequence[float], steep: Sequence[float]) -> Axes:
    """Draw the loss along the flattest line through the minimum, dashed, and at a right angle."""
    ax = new_axes((6.4, 3.4))
    ax.plot(distance, steep, "-", color=FORWARD, lw=1.8)
    ax.plot(distance, flat, "--", color=COLORS[2], lw=1.8)
    for text, losses, up in (("steep direction", steep, 0), ("flat direction", flat, 9)):
        end = (distance[-1], losses[-1])
        label = ax.annotate(text, end, (-8, up), textcoords="offset points")
        label.set(ha="right", va="center", fontsize=10)
    ax.set(xlabel="distance $r$ from the minimum", ylabel="loss $J$")
    return ax


def from_the_side(loss: Loss, path: np.ndarray, ax: Axes | None = None) -> Axes:
    """Draw iterates over the loss, cut along the first step."""
    (x0, y0), (dx, dy) = path[0], path[1] - path[0]
    margin = 0.08 * np.ptp(path[:, 0])
    xs = np.linspace(path[:, 0].min() - margin, path[:, 0].max() + margin, 201)
    points = np.array([(x, loss(x, y)) for x, y in path.tolist()])
    ax = new_axes((6.4, 4.0), ax)
    ax.plot(xs, [loss(x, y0 + dy * (x - x0) / dx) for x in xs], "-", color=GREY, lw=1.4, zorder=1)
    ax.plot(*points.T, "o-", color=BACKWARD, lw=1.2, ms=5, zorder=3)
    ax.set(xlabel="$w$", ylabel="loss $J$")
    number_points(ax, points, range(len(points)))
    return ax


def updates_and_losses(loss: Loss, path: np.ndarray, rate: float, levels: Sequence[float]) -> Axes:
    """Draw the updates on the surface of a loss, and the loss after each."""
    above, below = plt.subplots(2, 1, figsize=(6.4, 6.4))[1]
    from_above(loss, path, [0, 1, 2, 3, 8, 100], levels, (-0.3, 2.1), (-0.4, 0.6), 5, above)
    losses = [loss(w, b) for w, b in path]
    after = f"{losses[8]:.2g} after 8 updates, {losses[-1]:.2g} after {len(path) - 1}"
    above.set(title=rf"$\alpha={rate}$: loss {after}")
    curves(np.arange(len(path)), {"": losses}, labels=("update", "loss $J$"), log_y=True, ax=below)
    below.set(ylim=(1e-5, 1e3))  # the same for every rate
    return above


def course_map(marked: Collection[str]) -> Axes:
    """Draw the chapters as a reading path from top to bottom, those of one way filled."""
    rows = PLAN.strip().splitlines()
    titles = {key: textwrap.wrap(f"{key}  {title}", 20) for key, title in CHAPTERS.items()}
    tall = 0.16 + 0.17 * max(map(len, titles.values()))
    width, height = 6 * COLUMN + BOX_WIDTH + 0.2, 0.5 + (tall + GAP) * len(rows) - GAP
    ax = board(width, height)
    xs, tops = {}, {}
    for row, line in enumerate(rows):
        for column, key in enumerate(line.split()):
            xs[key] = width / 2 + COLUMN * (column - 3)
            tops[key] = height - 0.1 - (tall + GAP) * row
    for pair in NEEDS.split(","):
        key, need = pair.split()
        points = [(xs[need], y) for y in (tops[need] - tall, tops[key] + GAP, tops[key] + GAP / 2)]
        points += [(xs[key], y) for y in (tops[key] + GAP / 2, tops[key])]
        path = Path(points, [Path.MOVETO, Path.LINETO] + [Path.CURVE4] * 3)
        arrow = FancyArrowPatch(path=path, arrowstyle="-|>", mutation_scale=10)
        ax.add_patch(arrow).set(color=GREY, linewidth=1.1)
    for key, lines in titles.items():
        face, ink = (FORWARD, "white") if key in marked else ("#E3F0F8", INK)
        box(ax, xs[key], tops[key] - tall / 2, (BOX_WIDTH, tall), FORWARD, face)
        write(ax, xs[key], tops[key] - tall / 2, "\n".join(lines), ink)
    here, left = set(marked), set(CHAPTERS) - set(marked)
    legend = [("in the core", FORWARD, "white", here), ("not in the core", "#E3F0F8", INK, left)]
    legend = [entry for entry in legend if entry[3]]
    for i, (text, face, ink, _) in enumerate(legend):
        entry = write(ax, width / 2 + 1.5 * (i - (len(legend) - 1) / 2), 0.2, text, ink)
        entry.set_bbox({"boxstyle": "round,pad=0.3", "fc": face, "ec": FORWARD})
    return ax
