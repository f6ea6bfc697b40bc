"""What depth does: the signals of many layers side by side, and a way past a layer."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch
from numpy.typing import ArrayLike

from .house import BACKWARD, FORWARD, INK, PALE, WIDTH, arrow, board, format_number, write


def layer_histograms(
    signals: Mapping[str, Sequence[ArrayLike]],
    layers: Sequence[int],
    *,
    x_range: tuple[float, float] = (-1.0, 1.0),
    label: str = "activation",
) -> list[list[Axes]]:
    """Draw how the numbers that come out of a layer are spread, for some layers of some networks.

    Every network has a row and every layer a column. The bars of a panel are scaled to its height;
    above them stands the root mean square of its numbers. Where one and the same number makes up
    more than a quarter of them, its bar is cut, for the others to be seen, and its share written.

    Parameters
    ----------
    signals : dict
        Name -> one array a layer, the first layer first.
    layers : list of int
        The layers to show, counted from 1, up to 6 of them.
    x_range : (float, float)
        (lowest, highest) number shown; others are not seen, but count for the root mean square.
    label : str
        The name of the horizontal axes.

    Returns
    -------
    list of list of matplotlib.axes.Axes
        The Axes drawn on, row by row.

    Raises
    ------
    ValueError
        For an empty range, no network, more than 6 layers, or a layer that a network does not have.

    Examples
    --------
    >>> axes = layer_histograms({"tanh": [[0.5, -0.5], [0.25, -0.25]]}, [1, 2])
    >>> [ax.texts[0].get_text() for ax in axes[0]]
    ['0.5', '0.25']
    """
    if not x_range[0] < x_range[1]:
        raise ValueError(
            f"plot.layer_histograms: x_range should rise, got ({x_range[0]}, {x_range[1]})"
        )
    if not signals or not 1 <= len(layers) <= 6:
        raise ValueError(
            "plot.layer_histograms shows one network or more and 1 to 6 layers, got "
            f"{len(signals)} and {len(layers)}"
        )
    for name, arrays in signals.items():
        for layer in layers:
            if not 1 <= layer <= len(arrays):
                raise ValueError(
                    f"plot.layer_histograms: {name!r} has {len(arrays)} layers, counted from 1; "
                    f"there is no layer {layer}"
                )
    size = (WIDTH, 0.55 + 1.1 * len(signals))
    figure, axes = plt.subplots(len(signals), len(layers), figsize=size, sharex=True, squeeze=False)
    figure.set_layout_engine("constrained", hspace=0.12)
    edges = np.linspace(*x_range, 42)
    for row, (name, arrays) in zip(axes, signals.items(), strict=True):
        for ax, layer in zip(row, layers, strict=True):
            values = np.ravel(np.asarray(arrays[layer - 1], dtype=float))
            counts = np.histogram(values, edges)[0]
            ax.bar(edges[:-1], counts, np.diff(edges), align="edge", color=FORWARD)
            top = max(counts.max(), 1)
            numbers, times = np.unique(values, return_counts=True)
            share, often = times.max() / values.size, numbers[times.argmax()]
            others = np.delete(counts, np.argmax(counts))
            if share > 0.25 and times.max() > 4 * others.max(initial=0) > 0:
                top = 4 * others.max()
                ax.text(often, 0.82 * top, f" {share:.0%}", fontsize=8.5, color=INK, va="center")
            ax.set(xlim=x_range, ylim=(0, top), yticks=[])
            ax.spines["left"].set_visible(False)
            above = f"{np.sqrt(np.mean(values**2)):.2g}".replace("-", "−")
            text = ax.text(0.5, 1.03, above, transform=ax.transAxes, fontsize=9.5, color=INK)
            text.set(ha="center", va="bottom")
        row[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
    for ax, layer in zip(axes[0], layers, strict=True):
        ax.set_title(f"layer {layer}", fontsize=10, pad=18)
    axes[-1][len(layers) // 2].set_xlabel(label)
    return [list(row) for row in axes]


def bypass(slope: float, weight: float, blame: float = 1.0, *, ax: Axes | None = None) -> Axes:
    """Draw a layer of one neuron with a way past it, and the two ways back of the blame.

    Blue arrows lead forward. Orange ones lead back with their numbers: past the layer nothing
    changes the blame, through it it is multiplied by the slope and the weight, and both add up.

    Parameters
    ----------
    slope, weight : float
        What the blame is multiplied by on its way through the layer.
    blame : float
        The blame that arrives at the output.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Examples
    --------
    >>> ax = bypass(0.25, 0.5)
    >>> ax.texts[-1].get_text()
    '1 + 0.125 = 1.125'
    """
    past, bent = float(blame), float(blame * slope)
    through = bent * weight
    low, high, apart = 0.85, 1.95, 0.1
    ax = board(ax, WIDTH, 2.5)
    places = {r"$a_{l-1}$": 0.85, r"$w$": 2.6, r"$g$": 4.2, "$+$": 5.65, r"$a_l$": 6.75}
    xs = list(places.values())
    for text, x in places.items():
        if text in ("$w$", "$g$"):
            box = FancyBboxPatch((x - 0.3, low - 0.24), 0.6, 0.48, boxstyle="round,pad=0")
            ax.add_patch(box).set(facecolor=PALE, edgecolor=INK, linewidth=1.2)
        else:
            ax.add_patch(
                Circle((x, low), 0.3 if text != "$+$" else 0.2, fc="white", ec=INK, lw=1.2)
            )
        write(ax, x, low, text, INK, 13)
    ends = [(xs[0] + 0.3, xs[1] - 0.3), (xs[1] + 0.3, xs[2] - 0.3)]
    ends += [(xs[2] + 0.3, xs[3] - 0.2), (xs[3] + 0.2, xs[4] - 0.3)]
    for (left, right), number in zip(ends, (through, bent, past, past), strict=True):
        arrow(ax, (left, low + apart), (right, low + apart), FORWARD)
        arrow(ax, (right, low - apart), (left, low - apart), BACKWARD)
        write(ax, (left + right) / 2, low - apart - 0.17, format_number(number, 4), BACKWARD, 10)
    for shift, colour, end in ((apart, FORWARD, 3), (-apart, BACKWARD, 0)):
        left, right = xs[0] - shift * (colour == FORWARD), xs[3] + shift * (colour == FORWARD)
        left, right = left + apart * (colour == BACKWARD), right - apart * (colour == BACKWARD)
        feet = {0: (left, low + 0.29), 3: (right, low + 0.19)}
        ax.plot([left, left], [feet[0][1], high + shift], color=colour, lw=1.2)
        ax.plot([right, right], [feet[3][1], high + shift], color=colour, lw=1.2)
        ax.plot([left, right], [high + shift] * 2, color=colour, lw=1.2)
        arrow(ax, (feet[end][0], high + shift), feet[end], colour)
    write(ax, (xs[0] + xs[3]) / 2, high - apart - 0.17, format_number(past, 4), BACKWARD, 10)
    total = f"{format_number(past, 4)} + {format_number(through, 4)}"
    write(ax, 1.1, 0.2, f"{total} = {format_number(past + through, 4)}", BACKWARD, 10)
    return ax
