"""Questions with two answers: chances through noes and yeses, and the lines between them."""

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from .house import BACKWARD, FORWARD, GREY, WIDTH, legend_outside, new_axes

_STACKED = 0.035  # of the height between no and yes: how far equal samples stand apart


def chances(
    x: ArrayLike,
    y: ArrayLike,
    chance: Callable[[np.ndarray], ArrayLike] | None = None,
    *,
    band: Callable[[np.ndarray], tuple[ArrayLike, ArrayLike]] | None = None,
    x_range: tuple[float, float] | None = None,
    mark: tuple[float, str] | None = None,
    labels: tuple[str, str] = ("$x$", "chance of a yes"),
    names: tuple[str, str] = ("no", "yes"),
    ax: Axes | None = None,
) -> Axes:
    """Draw samples of one input as noes at 0 and yeses at 1, and the chances given to a yes.

    Samples that are equal are stacked. Beyond the samples the curve is dashed: there it is not
    backed by data.

    Parameters
    ----------
    x, y : array
        (m,) or (m, 1) inputs, and as many answers, 0 or 1.
    chance : callable
        Takes (n,) inputs and returns their chances.
    band : callable
        Takes (n,) inputs and returns two arrays (n,), between which it is shaded.
    x_range : (float, float)
        From where to where the curve goes; from the lowest to the highest sample when None.
    mark : (float, str)
        An input to draw a grey line at, and what to write beside it.
    labels : (str, str)
        The names of the two axes.
    names : (str, str)
        What the legend calls the noes and the yeses.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If there is not one answer, 0 or 1, for each input.

    Examples
    --------
    >>> ax = chances([1, 2, 2], [0, 1, 1], lambda x: x / 3)
    >>> [line.get_ydata().round(3).tolist() for line in ax.lines[-3:]]
    [[0.0], [1.0], [0.965]]
    """
    x, y = np.ravel(x).astype(float), np.ravel(y)
    if x.size == 0 or x.shape != y.shape or not np.isin(y, (0, 1)).all():
        raise ValueError(
            "plot.chances: y should hold 0 or 1 for each input in x, "
            f"got {y.size} answers for {x.size} inputs"
        )
    ax = new_axes(ax, (WIDTH, 4.0))
    first, last = float(x.min()), float(x.max())
    low, high = x_range or (first, last)
    everywhere = np.linspace(low, high, 201)
    if band is not None:
        ax.fill_between(everywhere, *band(everywhere), color=FORWARD, alpha=0.14, lw=0)
    if chance is not None:
        stretches = [(first, last, "-"), (low, first, "--"), (last, high, "--")]
        for start, end, dash in stretches:
            if start < end:
                inputs = np.linspace(start, end, 101)
                ax.plot(inputs, chance(inputs), dash, color=FORWARD, lw=1.8)
    if mark is not None:
        ax.axvline(mark[0], color=GREY, ls="-", lw=1)
        ax.annotate(mark[1], (mark[0], 0.5), (5, 0), textcoords="offset points", va="center")
    for name, fill in zip(names, ("white", BACKWARD), strict=True):
        ax.plot([], [], "o", ls="", color=BACKWARD, mfc=fill, label=name)
    samples = np.column_stack([x, y])
    for s, (input_, answer) in enumerate(samples.tolist()):
        before = (samples[:s] == samples[s]).all(axis=1).sum()
        height = answer + (-_STACKED if answer else _STACKED) * before
        fill = BACKWARD if answer else "white"
        ax.plot([input_], [height], "o", ls="", color=BACKWARD, mfc=fill)
    ax.set(xlabel=labels[0], ylabel=labels[1], ylim=(-0.06, 1.06))
    legend_outside(ax)
    return ax


def boundaries(
    neurons: Mapping[str, tuple[ArrayLike, float]],
    X: ArrayLike,
    y: ArrayLike,
    *,
    margin: float = 0.4,
    labels: tuple[str, str] = ("$x_1$", "$x_2$"),
    names: Sequence[str] = ("no", "yes"),
    ax: Axes | None = None,
) -> Axes:
    """Draw where neurons of two inputs change their mind, the later ones darker.

    The noes are circles and the yeses triangles, as in `decision_boundary`.

    Parameters
    ----------
    neurons : dict
        Name -> (weights, bias): two weights, none of which is 0, and a number. The line is where
        the weighted sum is 0.
    X : array
        (m, 2) samples.
    y : array
        (m,) or (m, 1) answers, 0 or 1.
    margin : float
        How much of the plane to show around the samples; twice as much above and to the right.
    labels : (str, str)
        The names of the two axes.
    names : (str, str)
        What the legend calls the noes and the yeses.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    TypeError
        If `neurons` is not a dict.
    ValueError
        If the samples are not points of a plane.

    Examples
    --------
    >>> ax = boundaries({"first": ([1, 2], -2)}, [[0, 0], [1, 1]], [0, 1])
    >>> [(float(x), float(y)) for x, y in ax.lines[0].get_xydata()[:1].round(6)]
    [(-0.4, 1.2)]
    """
    if not isinstance(neurons, Mapping):
        raise TypeError(
            "plot.boundaries: neurons should be a dict from a name to (weights, bias), "
            f"got {type(neurons).__name__}"
        )
    X, y = np.asarray(X, dtype=float), np.ravel(y)
    if X.ndim != 2 or X.shape[1] != 2 or len(X) == 0 or len(X) != len(y):
        raise ValueError(
            "plot.boundaries: X should have shape (m, 2) and y one answer a sample, "
            f"got {X.shape} and {y.shape}"
        )
    ax = new_axes(ax, (6.0, 4.2))
    low, high = X.min(axis=0) - margin, X.max(axis=0) + 2 * margin
    ends = np.array([low[0], high[0]])
    for i, (name, (weights, bias)) in enumerate(neurons.items()):
        w_1, w_2 = np.ravel(weights)
        blue = plt.get_cmap("Blues")(0.3 + 0.7 * (i + 1) / (len(neurons) + 1))
        heights = -(w_1 * ends + float(np.squeeze(bias))) / w_2
        ax.plot(ends, heights, "-", color=blue, lw=1.8, label=name)
    for answer, marker, colour in ((0, "o", FORWARD), (1, "^", BACKWARD)):
        points = X[y == answer].T
        ax.plot(*points, marker, color=colour, mec="white", mew=0.6, ms=9, label=names[answer])
    ax.set(xlabel=labels[0], ylabel=labels[1], aspect="equal")
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    legend_outside(ax)
    return ax
