"""Networks that read pictures: what they get, how they shrink it, what they say, who is right."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from .house import (
    BACKWARD,
    COLORS,
    FORWARD,
    GREY,
    INK,
    PALE,
    WIDTH,
    arrow,
    board,
    listed,
    new_axes,
    write,
)
from .images import _tiles

_MOST_SHEETS, _TALLEST, _SHEET = 6, 0.8, 0.03


def pictures(
    X: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    marked: Collection[int] = (),
    columns: int = 8,
    row_names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a batch of grey pictures in rows, paper white and ink blue.

    Parameters
    ----------
    X : array
        (m, h, w, 1) or (m, h, w) pixels.
    names : list of str
        A text above each picture; it may have two lines.
    marked : list of int
        The pictures to frame and name in orange, counted from 0.
    columns : int
        How many stand in a row.
    row_names : list of str
        A text beside each row.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If X holds no grey pictures, or the names do not fit.

    Examples
    --------
    >>> ax = pictures(np.zeros((3, 28, 28, 1)), names=["4", "3", "9"], columns=2)
    >>> [text.get_text() for text in ax.texts]
    ['4', '3', '9']
    """
    tiles = np.asarray(X, dtype=float)
    if tiles.ndim == 4 and tiles.shape[3] == 1:
        tiles = tiles[:, :, :, 0]
    if tiles.ndim != 3 or tiles.size == 0:
        raise ValueError(
            "plot.pictures: X should have shape (m, h, w, 1) or (m, h, w), "
            f"got {np.shape(X)}; one picture is X[:1]"
        )
    if columns < 1:
        raise ValueError(f"plot.pictures: columns should be at least 1, got {columns}")
    names = listed("pictures: names", names, len(tiles), "one for each picture")
    rows = -(-len(tiles) // columns)
    row_names = listed("pictures: row_names", row_names, rows, "one for each row")
    columns = min(columns, len(tiles))
    return _tiles(tiles, columns, names, False, ax, row_names, marked, scale=False)


def stacks(
    shapes: Sequence[tuple[int, ...]], steps: Sequence[str], *, ax: Axes | None = None
) -> Axes:
    r"""Draw what flows through a network of convolutions: sheets that shrink, then columns.

    Parameters
    ----------
    shapes : list of tuples
        (h, w, c) is drawn as sheets one behind the other, at most six, (n,) as a column.
    steps : list of str
        What leads from each to the next, written above its arrow: one fewer than shapes.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on, in inches, with the shape below each drawing.

    Raises
    ------
    ValueError
        If there are not as many steps as gaps, or a shape has neither one nor three numbers.

    Examples
    --------
    >>> ax = stacks([(28, 28, 1), (14, 14, 6), (10,)], ["conv,\npool", "dense"])
    >>> [text.get_text() for text in ax.texts if "×" in text.get_text()]
    ['28×28×1', '14×14×6']
    """
    steps = listed("stacks: steps", steps, len(shapes) - 1, "one fewer than shapes") or []
    if any(len(shape) not in (1, 3) for shape in shapes):
        raise ValueError(f"plot.stacks: a shape should be (h, w, c) or (n,), got {list(shapes)}")
    largest = max(max(shape[:2]) for shape in shapes if len(shape) == 3)
    most = max((shape[0] for shape in shapes if len(shape) == 1), default=1)
    scale = _TALLEST / largest
    wide, tall = [], []
    for shape in shapes:
        behind = _SHEET * (min(shape[2], _MOST_SHEETS) - 1) if len(shape) == 3 else 0
        wide.append(shape[1] * scale + behind if len(shape) == 3 else 0.12)
        column = 0.15 + 0.9 * _TALLEST * shape[0] / most
        tall.append(shape[0] * scale + behind if len(shape) == 3 else column)
    slots = [max(width, 0.42) for width in wide]
    gap = (WIDTH - 0.1 - sum(slots)) / max(len(steps), 1)
    height = max(tall) + 0.75
    middle = height / 2 + 0.08
    ax = board(ax, WIDTH, height)
    edges, left = [], 0.05
    for shape, width, high, slot in zip(shapes, wide, tall, slots, strict=True):
        x, y = left + (slot - width) / 2, middle - high / 2
        sheets = min(shape[2], _MOST_SHEETS) if len(shape) == 3 else 1
        for sheet in reversed(range(sheets)):
            shift = _SHEET * sheet
            size = (width - _SHEET * (sheets - 1), high - _SHEET * (sheets - 1))
            ax.add_patch(Rectangle((x + shift, y + shift), *size, fc=PALE, ec=FORWARD, lw=1))
        write(ax, left + slot / 2, y - 0.16, "×".join(map(str, shape)), INK, 9)
        edges.append((x, x + width))
        left += slot + gap
    for step, (_, start), (end, _) in zip(steps, edges[:-1], edges[1:], strict=True):
        arrow(ax, (start + 0.06, middle), (end - 0.06, middle), FORWARD)
        text = write(ax, (start + end) / 2, middle + 0.07, step, INK, 8.5)
        text.set_verticalalignment("bottom")
    return ax


def answers(
    picture: ArrayLike, probabilities: Mapping[str, ArrayLike], *, ax: Axes | None = None
) -> Axes:
    """Draw a grey picture, and beside it the probabilities that networks give its classes.

    Parameters
    ----------
    picture : array
        (h, w, 1) or (h, w) pixels.
    probabilities : dict
        By the name of the network, (C,) numbers between 0 and 1.
    ax : matplotlib.axes.Axes
        The Axes for the bars; a new figure when None. The picture stands to its left.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes with the bars.

    Raises
    ------
    ValueError
        If the picture is none, or the networks do not share the classes.

    Examples
    --------
    >>> ax = answers(np.eye(5), {"one": [0.2, 0.8], "two": [0.5, 0.5]})
    >>> [float(patch.get_height()) for patch in ax.patches if patch.get_fill()]
    [0.2, 0.8, 0.5, 0.5]
    """
    pixels = np.asarray(picture, dtype=float)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    bars = {name: np.ravel(values) for name, values in probabilities.items()}
    if pixels.ndim != 2 or len({len(values) for values in bars.values()}) != 1:
        raise ValueError(
            "plot.answers: picture should have shape (h, w) and every network one probability a "
            f"class, got {np.shape(picture)} and {[len(values) for values in bars.values()]}"
        )
    ax = new_axes(ax, (WIDTH, 2.5))
    width = 0.8 / len(bars)
    for i, (name, values) in enumerate(bars.items()):
        places = np.arange(len(values)) + (i - (len(bars) - 1) / 2) * width
        ax.bar(places, values, width, color=COLORS[i], label=name)
    ax.set(xlabel="digit", ylabel="probability")
    ax.set_xticks(range(len(values)))
    ax.legend(loc="lower center", bbox_to_anchor=(0.7, 1), ncols=len(bars))
    # the picture stands left of the bars, square in the figure of the house
    left = -0.5 - 1.45 - 3.8
    colours = plt.get_cmap("Blues")
    look: dict[str, Any] = {
        "cmap": colours,
        "vmin": 0,
        "vmax": 1,
        "interpolation": "nearest",
        "aspect": "auto",
    }
    ax.imshow(pixels, extent=(left, left + 3.8, 0, 1), **look)
    ax.add_patch(Rectangle((left, 0), 3.8, 1, fill=False, ec=GREY, lw=0.8, clip_on=False))
    ax.set(xlim=(left, len(values) - 0.4), ylim=(0, 1.02))
    ax.spines.left.set_position(("data", -0.6))
    ax.spines.bottom.set_bounds(-0.6, len(values) - 0.4)
    ax.xaxis.set_label_coords(0.7, -0.13)
    return ax


def shares(
    values: Mapping[str, ArrayLike],
    *,
    beside: Mapping[str, ArrayLike] | None = None,
    labels: tuple[str, str] = ("of new pictures", "of the pictures it learnt from"),
    ax: Axes | None = None,
) -> Axes:
    """Draw shares read rightly, one dot a seed, a row for each model, the mean in words.

    Parameters
    ----------
    values : dict
        By the name of the model, one share for each seed, or a single one.
    beside : dict
        Other shares of some of the models, drawn as rings.
    labels : (str, str)
        What the dots and the rings are shares of.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on; above each row of dots stands their mean in per cent.

    Raises
    ------
    ValueError
        If there is no model, or `beside` names one that is not among the values.

    Examples
    --------
    >>> ax = shares({"small": [0.5, 0.6], "large": 0.9}, beside={"large": [1.0]})
    >>> [text.get_text() for text in ax.texts]
    ['55.0 %', '90.0 %']
    """
    beside = beside or {}
    if not values or not beside.keys() <= values.keys():
        raise ValueError(
            "plot.shares: beside should name some of the models of values, got "
            f"{list(beside)} and {list(values)}"
        )
    ax = new_axes(ax, (WIDTH, 0.9 + 0.42 * len(values)))
    for row, (name, share) in enumerate(values.items()):
        dots, rings = np.ravel(share), np.ravel(beside.get(name, []))
        label = f"share {labels[0]}" if row == 0 else None
        ax.plot(dots, [row] * len(dots), "o", color=FORWARD, ms=6, alpha=0.6, mew=0, label=label)
        ax.plot(rings, [row] * len(rings), "o", color=BACKWARD, ms=7, mfc="none")
        text = f"{100 * np.mean(dots):.1f} %"
        ax.text(np.mean(dots), row - 0.2, text, ha="center", va="bottom", fontsize=9, color=INK)
    if beside:
        ax.plot([], [], "o", color=BACKWARD, ms=7, mfc="none", label=f"share {labels[1]}")
        ax.legend(loc="lower center", bbox_to_anchor=(0.4, 1), ncols=2)
        ax.set_xlabel("share right")
    else:
        ax.set_xlabel(f"share {labels[0]} right")
    ax.set_yticks(range(len(values)), list(values))
    ax.set_ylim(len(values) - 0.6, -0.75)
    ax.margins(x=0.06)
    ax.grid(axis="x", color=PALE)
    ax.set_axisbelow(True)
    return ax
