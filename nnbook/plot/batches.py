"""What happens to a batch: products of tables, sums over samples, and the way there and back."""

from collections.abc import Sequence

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
    WIDTH,
    arrow,
    board,
    box,
    format_number,
    ink_on,
    listed,
    new_axes,
    write,
)

SUMMED = COLORS[2]  # the side over which a product adds up
_TINT = {FORWARD: "#D6E8F3", SUMMED: "#CFEDE3"}
_CELL, _ROW = 0.6, 0.3  # inches


def product(
    left: ArrayLike,
    right: ArrayLike,
    *,
    names: Sequence[str],
    sides: Sequence[str],
    entry: tuple[int, int] = (0, 0),
    decimals: int = 3,
    ax: Axes | None = None,
) -> Axes:
    """Draw ``left @ right`` as blocks of numbers; the side that is added over is green.

    Parameters
    ----------
    left, right : array
        (rows, inner) and (inner, columns) numbers.
    names : list of str
        The (mathtext) names of the two factors and of their product.
    sides : list of str
        What the rows of `left`, the inner side and the columns of `right` are, as "samples".
    entry : (int, int)
        The entry of the product, in blue, whose row and column are shown in green.
    decimals : int
        The most decimals of a number.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If the tables have no common inner side, or there are not three names and three sides.

    Examples
    --------
    >>> ax = product([[1, 2]], [[3], [4]], names=["$x$", "$W$", "$z$"],
    ...              sides=["sample", "inputs", "neuron"])
    >>> [text.get_text() for text in ax.texts if text.get_text().isdigit()]
    ['1', '2', '3', '4', '11']
    """
    first, second = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[0]:
        raise ValueError(
            f"plot.product: left and right should have shapes (rows, inner) and (inner, columns), "
            f"got {first.shape} and {second.shape}"
        )
    names = listed("product: names", names, 3, "left, right and their product") or []
    sides = listed("product: sides", sides, 3, "rows of left, inner side, columns of right") or []
    tables = [first, second, first @ second]
    outer, inner, across = sides
    beside = [(outer, INK), (inner, SUMMED), (outer, INK)]
    above = [(inner, SUMMED), (across, INK), (across, INK)]
    gap = 0.62
    widths = [_CELL * table.shape[1] for table in tables]
    tall = _ROW * max(len(table) for table in tables)
    width = max(WIDTH, sum(widths) + 3 * gap + 0.3)
    ax = board(ax, width, tall + 0.84)
    x, middle = (width - sum(widths) - 3 * gap) / 2 + gap, 0.42 + tall / 2
    for i, table in enumerate(tables):
        rows, columns = table.shape
        top = middle + _ROW * rows / 2
        for (r, c), value in np.ndenumerate(table):
            green = (i == 0 and r == entry[0]) or (i == 1 and c == entry[1])
            blue = i == 2 and (r, c) == tuple(entry)
            fill = _TINT[SUMMED] if green else _TINT[FORWARD] if blue else "white"
            corner = (x + _CELL * c, top - _ROW * (r + 1))
            ax.add_patch(Rectangle(corner, _CELL, _ROW, fc=fill, ec=GREY, lw=0.8))
            number = format_number(value, decimals)
            write(ax, corner[0] + _CELL / 2, corner[1] + _ROW / 2, number, INK)
        for name, colour, along in ((*above[i], True), (*beside[i], False)):
            n = columns if along else rows
            if colour == SUMMED:
                ends = (
                    ((x, x + widths[i]), (top, top)) if along else ((x, x), (top - _ROW * n, top))
                )
                ax.plot(*ends, "-", color=SUMMED, lw=3.5, solid_capstyle="butt", zorder=3)
            across_x, up = (x + widths[i] / 2, top + 0.15) if along else (x - 0.15, middle)
            write(ax, across_x, up, f"{n} {name}", colour, 9).set_rotation(0 if along else 90)
        write(ax, x + widths[i] / 2, top - _ROW * rows - 0.2, names[i], INK, 13)
        if i < 2:
            write(ax, x + widths[i] + gap / 2 - 0.11, middle, "=" if i else r"$\cdot$", INK, 17)
        x += widths[i] + gap
    return ax


def tables(
    matrices: Sequence[ArrayLike],
    *,
    titles: Sequence[str],
    row_names: Sequence[str],
    column_names: Sequence[str],
    decimals: int = 3,
    ax: Axes | None = None,
) -> Axes:
    """Draw tables of one shape and their sum, in one scale of colours.

    Parameters
    ----------
    matrices : list of array
        The (rows, columns) tables that are added up.
    titles : list of str
        A text above each of them; their sum is called "sum".
    row_names, column_names : list of str
        Texts beside the rows of the first table and above the columns of all.
    decimals : int
        The most decimals of a number.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If the tables differ in shape or the names do not fit them.

    Examples
    --------
    >>> ax = tables([[[1, 2]], [[3, 0]]], titles=["a", "b"], row_names=["r"],
    ...             column_names=["x", "y"])
    >>> [text.get_text() for text in ax.texts if text.get_text().isdigit()]
    ['1', '2', '3', '0', '4', '2']
    """
    parts = [np.asarray(matrix, dtype=float) for matrix in matrices]
    shapes = {part.shape for part in parts}
    if len(shapes) != 1 or parts[0].ndim != 2:
        raise ValueError(
            f"plot.tables: matrices should all have one shape (rows, columns), got {shapes}"
        )
    rows, columns = parts[0].shape
    titles = listed("tables: titles", titles, len(parts), "one text a table") or []
    row_names = listed("tables: row_names", row_names, rows, "one name a row") or []
    column_names = listed("tables: column_names", column_names, columns, "one name a column") or []
    everything = [*parts, np.sum(parts, axis=0)]
    largest = max(np.abs(part).max() for part in everything) or 1.0
    cell, gap = 0.52, 0.22
    wide = columns * cell
    ax = board(ax, len(everything) * (wide + gap) + 0.35, rows * 0.4 + 0.72)
    limits = ax.get_xlim(), ax.get_ylim()
    for i, (part, title) in enumerate(zip(everything, [*titles, "sum"], strict=True)):
        x, y = 0.45 + i * (wide + gap), 0.1
        extent = (x, x + wide, y, y + rows * 0.4)
        image = ax.imshow(part, cmap="PRGn", vmin=-largest, vmax=largest, extent=extent)
        ax.add_patch(Rectangle((x, y), wide, rows * 0.4, fill=False, ec=GREY, lw=0.8))
        for (r, c), value in np.ndenumerate(part):
            place = x + (c + 0.5) * cell, y + (rows - r - 0.5) * 0.4
            write(ax, *place, format_number(value, decimals), ink_on(image, value), 8.4)
        for c, name in enumerate(column_names):
            write(ax, x + (c + 0.5) * cell, y + rows * 0.4 + 0.14, name, INK, 10)
        write(ax, x + wide / 2, y + rows * 0.4 + 0.42, title, INK, 10)
        if i:
            sign = "=" if i == len(parts) else "+"
            write(ax, x - gap / 2, y + rows * 0.2, sign, INK, 13)
    for r, name in enumerate(row_names):
        write(ax, 0.24, 0.1 + (rows - r - 0.5) * 0.4, name, INK, 10)
    ax.set(xlim=limits[0], ylim=limits[1])
    return ax


def passes(layers: int = 2, *, ax: Axes | None = None) -> Axes:
    r"""Draw the pass forward and the pass back in one picture, and where the gradients come from.

    Forward, blue, in the upper row; backward, orange, in the lower one. Between them stands each
    layer's dW and db: a dashed line brings what the pass forward has kept, an orange arrow the dZ.
    The truths Y come in at the price.

    Parameters
    ----------
    layers : int
        How many layers the network has, from 1 to 3.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If there are fewer layers than 1, or more than 3.

    Examples
    --------
    >>> ax = passes(1)
    >>> [text.get_text() for text in ax.texts if text.get_text().startswith("$d")]
    ['$dZ^{[1]}$', '$dW^{[1]},\\,db^{[1]}$']
    """
    if layers not in (1, 2, 3):
        raise ValueError(f"plot.passes draws 1, 2 or 3 layers, got {layers}")
    pitch = 1.4
    width = pitch * (2 * layers + 1) + 1.5
    ax = board(ax, width, 3.0)
    high, between, low = 2.5, 1.5, 0.5
    place = [0.6 + pitch * i for i in range(2 * layers + 2)]
    last = len(place) - 1
    names = ["$X$"]
    for layer in range(1, layers + 1):
        names += [f"$Z^{{[{layer}]}}$", f"$A^{{[{layer}]}}$"]
    names.append("$J$")
    for i, x in enumerate(place):
        _box(ax, x, high, names[i], FORWARD)
        if i < last:
            arrow(ax, (x + 0.3, high), (place[i + 1] - 0.3, high), FORWARD)
        if i < last - 1:
            passed = "$g$" if i % 2 else rf"$\cdot\,W^{{[{i // 2 + 1}]}}+b^{{[{i // 2 + 1}]}}$"
            write(ax, x + pitch / 2, high - 0.2, passed, FORWARD, 10)
    for i in range(1, last - 1):
        letter = "Z" if i % 2 else "A"
        _box(ax, place[i], low, f"$d{letter}^{{[{(i + 1) // 2}]}}$", BACKWARD)
        if i > 1:
            factor = rf"$\cdot\,W^{{[{(i + 1) // 2}]T}}$" if i % 2 else r"$\odot\,g'$"
            arrow(ax, (place[i] - 0.3, low), (place[i - 1] + 0.3, low), BACKWARD)
            write(ax, place[i] - pitch / 2, low - 0.2, factor, BACKWARD, 11)
    for layer in range(1, layers + 1):
        entering, summed = 2 * layer - 2, 2 * layer - 1
        middle = (place[entering] + place[summed]) / 2
        _box(ax, middle, between, rf"$dW^{{[{layer}]}},\,db^{{[{layer}]}}$", INK, half=0.56)
        ax.plot(
            [place[entering], middle - 0.12],
            [high - 0.24, between + 0.24],
            "--",
            color=GREY,
            lw=1.2,
        )
        arrow(ax, (place[summed], low + 0.24), (middle + 0.12, between - 0.24), BACKWARD)
    for i in range(1, last - 1, 2):
        start = place[i] if i < last - 2 else place[last - 1]
        ax.plot([start, place[i] + 0.12], [high - 0.24, low + 0.24], "--", color=GREY, lw=1.2)
    write(ax, place[last] + 0.72, high, "$Y$", INK, 13)
    arrow(ax, (place[last] + 0.6, high), (place[last] + 0.3, high), INK)
    ax.plot([place[last]] * 2, [high - 0.24, low], "-", color=BACKWARD, lw=1.2)
    arrow(ax, (place[last], low), (place[last - 2] + 0.3, low), BACKWARD)
    write(ax, place[last - 1], low - 0.2, f"$(A^{{[{layers}]}}-Y)/m$", BACKWARD, 11)
    for x, text, colour in (
        (-1.75, "forward →", FORWARD),
        (0.0, "- - kept from the pass forward", "#6A6A6A"),
        (1.75, "← backward", BACKWARD),
    ):
        write(ax, width / 2 + x, 2.87, text, colour, 9)
    return ax


def _box(ax: Axes, x: float, y: float, name: str, colour: str, half: float = 0.3) -> None:
    """Draw a named box around a place."""
    box(ax, x, y, (2 * half, 0.48), colour)
    write(ax, x, y, name, INK, 13)


def parts(
    values: ArrayLike, size: int, *, label: str = "derivative", ax: Axes | None = None
) -> Axes:
    """Draw a number for each sample, and the mean of every part of ``size`` samples as a roof.

    A blue line marks the mean of all samples, an orange one the plain average of the roofs. They
    differ where the last part is a short one.

    Parameters
    ----------
    values : array
        (m,) numbers, one for each sample.
    size : int
        How many samples a part has; the last one takes what is left.
    label : str
        The name of the vertical axis.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If `size` is not between 1 and the number of samples.

    Examples
    --------
    >>> ax = parts([1, 3, 8], 2)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['one sample', 'mean of a part', 'mean of all: 4', 'average of the parts: 5']
    """
    numbers = np.ravel(np.asarray(values, dtype=float))
    m = len(numbers)
    if not 1 <= size <= m:
        raise ValueError(f"plot.parts: size should be between 1 and {m}, got {size}")
    ax = new_axes(ax, (WIDTH, 3.6))
    places = np.arange(1, m + 1)
    handles: list = [ax.bar(places, numbers, width=0.8, color="#D9D9D9", label="one sample")]
    ax.axhline(0, color=INK, lw=0.8, ls="-")
    roofs = []
    for start in range(0, m, size):
        part = numbers[start : start + size]
        roofs.append(part.mean())
        ends = (start + 0.6, start + len(part) + 0.4)
        handles[1:] = ax.plot(ends, (roofs[-1],) * 2, "-", color=INK, lw=3, label="mean of a part")
        handles[1].set_solid_capstyle("butt")
    for name, level, colour, dash in (
        ("mean of all", numbers.mean(), FORWARD, "-"),
        ("average of the parts", np.mean(roofs), BACKWARD, "--"),
    ):
        label_of = f"{name}: {format_number(level, 4)}"
        handles.append(ax.axhline(level, color=colour, ls=dash, lw=1.6, label=label_of))
    ax.set_xticks(places)
    ax.set(xlabel="sample", ylabel=label)
    ax.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return ax
