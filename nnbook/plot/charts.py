"""Curves, matrices, and what a network got right."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from ..history import History
from .style import (
    BACKWARD,
    COLORS,
    DASHES,
    FORWARD,
    GREY,
    INK,
    MARKERS,
    MOST_NUMBERED_CELLS,
    PALE,
    WIDTH,
    check_dict,
    decimals_of,
    format_number,
    ink_on,
    lay_out,
    legend_outside,
    listed,
    new_axes,
    trail,
    whole_numbers,
    write,
    write_beside,
)


def curves(
    x: ArrayLike,
    ys: Mapping[str, ArrayLike],
    *,
    labels: tuple[str, str],
    log_x: bool = False,
    log_y: bool = False,
    markers: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw one or more curves over the same x; two or more get a legend.

    Parameters
    ----------
    x : array
        (n,) numbers.
    ys : dict
        Name -> (n,) numbers.
    labels : (str, str)
        The names of the x axis and the y axis.
    log_x, log_y : bool
        A logarithmic axis; its numbers must be above zero.
    markers : bool
        A mark at every point, a different one for each curve.

    Raises
    ------
    TypeError
        If `ys` is not a dict.
    ValueError
        For other shapes, or numbers that a logarithmic axis cannot show.

    Examples
    --------
    >>> x = np.linspace(-3, 3)
    >>> ax = curves(x, {"tanh": np.tanh(x)}, labels=("$z$", "$a$"))
    >>> ax.get_xlabel(), ax.get_legend()
    ('$z$', None)
    """
    check_dict("curves", "ys", ys)
    return _lines("curves", {n: (x, y) for n, y in ys.items()}, labels, log_x, log_y, markers, ax)


def loss_curves(
    losses: History | Mapping[str, Sequence[float]], *, log: bool = False, ax: Axes | None = None
) -> Axes:
    """Draw losses over the epochs, which are counted from 1.

    Parameters
    ----------
    losses : History or dict
        What `fit` returned; or name -> one loss an epoch, of runs that may differ in length.
    log : bool
        A logarithmic loss axis.

    Raises
    ------
    TypeError
        If `losses` is neither.
    ValueError
        For an entry that is not one number an epoch.

    Examples
    --------
    >>> ax = loss_curves({"training": [0.9, 0.5, 0.3], "validation": [0.9, 0.6, 0.5]})
    >>> ax.lines[0].get_xdata().tolist()
    [1, 2, 3]
    """
    runs: Any = losses
    if hasattr(runs, "validation_loss"):
        both = {"training": runs.loss, "validation": runs.validation_loss}
        runs = {name: values for name, values in both.items() if len(values)}
    check_dict("loss_curves", "losses", runs)
    pairs = {name: (np.arange(1, np.size(loss) + 1), loss) for name, loss in runs.items()}
    return _lines("loss_curves", pairs, ("epoch", "loss"), False, log, False, ax)


def layer_norms(
    norms: Mapping[str, Sequence[float]],
    *,
    labels: tuple[str, str] = ("layer", "norm"),
    ax: Axes | None = None,
) -> Axes:
    """Draw one number for each layer, on a logarithmic axis: norms of activations or gradients.

    Parameters
    ----------
    norms : dict
        Name -> one number a layer, counted from 1; networks may differ in depth. Zeros, which a
        logarithm cannot show, are left out.
    labels : (str, str)
        The names of the two axes.

    Raises
    ------
    TypeError
        If `norms` is not a dict.
    ValueError
        For a negative number.

    Examples
    --------
    >>> ax = layer_norms({"sigmoid": [1e-3, 1e-2, 1e-1], "ReLU": [0.9, 1.1, 1.0]})
    >>> ax.get_yscale(), ax.lines[0].get_xdata().tolist()
    ('log', [1, 2, 3])
    """
    check_dict("layer_norms", "norms", norms)
    pairs = {}
    for name, values in norms.items():
        sizes = np.asarray(values, dtype=float)
        if (sizes < 0).any():
            raise ValueError(
                f"plot.layer_norms: norms should not be negative, got {sizes.min()} in {name!r}"
            )
        layers = np.arange(1, len(sizes) + 1)
        pairs[name] = (layers[sizes > 0], sizes[sizes > 0])
    return _lines("layer_norms", pairs, labels, False, True, True, ax)


def _lines(
    owner: str,
    pairs: Mapping[str, tuple[ArrayLike, ArrayLike]],
    labels: tuple[str, str],
    log_x: bool,
    log_y: bool,
    markers: bool,
    ax: Axes | None,
) -> Axes:
    arrays = {name: (np.asarray(x), np.asarray(y)) for name, (x, y) in pairs.items()}
    for name, (x, y) in arrays.items():
        if x.ndim != 1 or x.shape != y.shape:
            raise ValueError(
                f"plot.{owner}: {name!r} should hold one number for each x, "
                f"got shape {y.shape} for x of shape {x.shape}"
            )
        for numbers, log, axis in ((x, log_x, "x"), (y, log_y, "y")):
            if log and (numbers <= 0).any():
                raise ValueError(
                    f"plot.{owner}: a logarithmic {axis} axis needs numbers above zero, "
                    f"got {numbers.min()} in {name!r}; draw it without the logarithm"
                )
    ax = new_axes((WIDTH, 3.8), ax)
    for i, (name, (x, y)) in enumerate(arrays.items()):
        dash, colour = DASHES[i // len(COLORS) % len(DASHES)], COLORS[i % len(COLORS)]
        # a single point would be invisible without a mark
        marker = MARKERS[i % len(MARKERS)] if markers or len(x) == 1 else ""
        ax.plot(x, y, dash, marker=marker, color=colour, lw=1.8, ms=5, label=name)
    ax.set(xlabel=labels[0], ylabel=labels[1])
    if log_x:
        ax.set_xscale("log")
    elif all(np.issubdtype(x.dtype, np.integer) for x, _ in arrays.values()):
        ax.xaxis.set_major_locator(whole_numbers())
    if log_y:
        ax.set_yscale("log")
    if len(arrays) > 1:
        legend_outside(ax)
    return ax


def mark(
    ax: Axes,
    points: Mapping[str, tuple[float, float]],
    *,
    colors: Sequence[str] | None = None,
    shape: str = "o",
) -> Axes:
    """Mark points of a drawing, each with a text beside it where it covers no line.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The Axes to draw on, with its curves.
    points : dict
        Text -> (x, y).
    colors : list of str
        The colour of each point, those that are left over being ignored; orange when None.
    shape : str
        The marker, as Matplotlib names it: "o" is a dot, "X" a cross.

    Raises
    ------
    TypeError
        If `points` is not a dict.
    ValueError
        If there are fewer colours than points.

    Examples
    --------
    >>> z = np.linspace(-3, 3)
    >>> ax = mark(curves(z, {"tanh": np.tanh(z)}, labels=("$z$", "$a$")), {"the middle": (0, 0)})
    >>> [text.get_text() for text in ax.texts]
    ['the middle']
    """
    check_dict("mark", "points", points)
    spots = np.array(list(points.values()), dtype=float).reshape(-1, 2)
    if colors is not None and len(colors) < len(spots):
        raise ValueError(
            f"plot.mark: colors should hold one for each of {len(spots)} points, got {len(colors)}"
        )
    for i, (x, y) in enumerate(spots):
        colour = BACKWARD if colors is None else colors[i]
        ax.plot(x, y, shape, color=colour, ms=6 if shape == "o" else 9, zorder=3)
    lay_out(ax)
    write_beside(ax, spots, list(points), [], trail(ax))
    return ax


def heat_map(
    matrix: ArrayLike,
    *,
    row_names: Sequence[str] | None = None,
    column_names: Sequence[str] | None = None,
    decimals: int = 3,
    signed: bool | None = None,
    limits: tuple[float, float] | None = None,
    labels: tuple[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a matrix as coloured cells, with its numbers while there are at most 200.

    Parameters
    ----------
    matrix : array
        (rows, columns) numbers.
    row_names, column_names : list of str
        Texts beside the rows and above the columns; else their indices.
    decimals : int
        The most decimals of a number; as few as show all numbers exactly are used.
    signed : bool
        True for green above and purple below a white zero, False for one hue from the lowest to
        the highest; None chooses True when both signs occur.
    limits : (float, float)
        The numbers at the two ends of the colours; else as `signed` says.
    labels : (str, str)
        The names of the horizontal and the vertical axis.

    Raises
    ------
    ValueError
        If `matrix` is not two-dimensional or the names do not fit it.

    Examples
    --------
    >>> ax = heat_map([[0.5, 2], [1, 4]], row_names=["a", "b"])
    >>> [text.get_text() for text in ax.texts]
    ['0.5', '2.0', '1.0', '4.0']
    """
    matrix = np.asarray(matrix, dtype=float)
    if matrix.ndim != 2 or matrix.size == 0:
        raise ValueError(
            f"plot.heat_map: matrix should have shape (rows, columns), got {matrix.shape}; "
            "a vector v is v[None, :]"
        )
    rows, columns = matrix.shape
    row_names = listed("heat_map: row_names", row_names, rows, "one name a row")
    column_names = listed("heat_map: column_names", column_names, columns, "one name a column")
    if signed is None:
        signed = bool((matrix < 0).any() and (matrix > 0).any())

    numbered = matrix.size <= MOST_NUMBERED_CELLS
    decimals = max(decimals_of(value, decimals) for value in matrix.flat)
    texts = [format_number(value, decimals, pad=True) for value in matrix.flat]
    cell = max(0.5, 0.08 * max(map(len, texts)) + 0.1) if numbered else 4.6 / max(matrix.shape)
    ax = new_axes((columns * cell + (1.2 if numbered else 1.9), rows * cell + 0.9), ax)
    if limits is None and signed:
        largest = np.nanmax(np.abs(matrix)) or 1.0
        limits = (-largest, largest)
    low, high = limits or (None, None)
    colours = plt.get_cmap("PRGn" if signed else "Blues").with_extremes(bad=PALE)
    image = ax.imshow(matrix, cmap=colours, vmin=low, vmax=high)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    ax.xaxis.set_label_position("top")
    if labels is not None:
        ax.set(xlabel=labels[0], ylabel=labels[1])
    for axis, axis_names in ((ax.xaxis, column_names), (ax.yaxis, row_names)):
        axis.set_major_locator(whole_numbers())
        if axis_names is not None:
            axis.set_ticks(range(len(axis_names)), axis_names)
    if numbered:
        for (i, j), text in zip(np.ndindex(rows, columns), texts, strict=True):
            write(ax, j, i, text, ink_on(image, matrix[i, j]))
    else:
        ax.figure.colorbar(image, ax=ax, shrink=0.9).outline.set_visible(False)
    return ax


def confusion_matrix(
    matrix: ArrayLike, labels: Sequence[str] | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw a confusion matrix: a row for each true class, a column for each predicted one.

    The colours end at the largest count beside the diagonal, so that errors are seen.

    Parameters
    ----------
    matrix : array
        (C, C) counts, as :func:`nnbook.metrics.confusion_matrix` returns them.
    labels : list of str
        The names of the C classes; else their numbers.

    Raises
    ------
    ValueError
        If `matrix` is not square, holds a negative number, or the labels do not fit it.

    Examples
    --------
    >>> ax = confusion_matrix([[50, 2], [1, 47]], ["cat", "dog"])
    >>> ax.get_ylabel(), ax.get_xlabel(), ax.texts[1].get_text()  # cats taken for dogs
    ('true class', 'predicted class', '2')
    """
    counts = np.asarray(matrix, dtype=float)
    if counts.ndim != 2 or len(set(counts.shape)) > 1 or counts.size == 0 or (counts < 0).any():
        raise ValueError(
            "plot.confusion_matrix: matrix should hold counts of shape (C, C), none below 0, "
            f"got shape {counts.shape}; nn.metrics.confusion_matrix(predictions, targets) counts"
        )
    names = listed("confusion_matrix: labels", labels, len(counts), "one name a class")
    most = (counts - np.diag(np.diag(counts))).max() or counts.max() or 1.0
    return heat_map(
        counts,
        row_names=names,
        column_names=names,
        signed=False,
        limits=(0, most),
        labels=("predicted class", "true class"),
        ax=ax,
    )


def accuracies(
    values: Mapping[str, ArrayLike],
    *,
    beside: Mapping[str, ArrayLike] | None = None,
    labels: tuple[str, str] = ("on new data", "on the training set"),
    ax: Axes | None = None,
) -> Axes:
    """Draw accuracies, a row for each model and a dot for each seed, the mean in words.

    Parameters
    ----------
    values : dict
        By the name of the model, one accuracy for each seed, or a single one.
    beside : dict
        Other accuracies of some of the models, drawn as rings.
    labels : (str, str)
        What the dots and the rings were measured on.

    Raises
    ------
    ValueError
        If there is no model, or `beside` names one that is not among the values.

    Examples
    --------
    >>> ax = accuracies({"small": [0.5, 0.6], "large": 0.9}, beside={"large": [1.0]})
    >>> [text.get_text() for text in ax.texts]
    ['55.0 %', '90.0 %']
    """
    beside = beside or {}
    if not values or not beside.keys() <= values.keys():
        raise ValueError(
            "plot.accuracies: beside should name some of the models of values, got "
            f"{list(beside)} and {list(values)}"
        )
    ax = new_axes((WIDTH, 0.9 + 0.42 * len(values)), ax)
    ring: dict[str, Any] = {"color": BACKWARD, "ms": 7, "mfc": "none"}
    for row, (name, found) in enumerate(values.items()):
        dots, rings = np.ravel(found), np.ravel(beside.get(name, []))
        label = f"accuracy {labels[0]}" if row == 0 else None
        ax.plot(dots, [row] * len(dots), "o", color=FORWARD, ms=6, alpha=0.6, mew=0, label=label)
        ax.plot(rings, [row] * len(rings), "o", **ring)
        text = f"{100 * np.mean(dots):.1f} %"
        ax.text(np.mean(dots), row - 0.2, text, ha="center", va="bottom", fontsize=9, color=INK)
    if beside:
        ax.plot([], [], "o", label=f"accuracy {labels[1]}", **ring)
        ax.legend(loc="lower center", bbox_to_anchor=(0.4, 1), ncols=2)
    ax.set_xlabel("accuracy" if beside else f"accuracy {labels[0]}")
    ax.set_yticks(range(len(values)), list(values))
    ax.set_ylim(len(values) - 0.6, -0.75)
    ax.margins(x=0.06)
    ax.grid(axis="x", color=PALE)
    ax.set_axisbelow(True)
    return ax


def reliability_diagram(
    predictions: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    bins: int = 10,
    ax: Axes | None = None,
) -> Axes:
    """Draw accuracy over confidence; on the dashed line a network is calibrated.

    Predictions are sorted into bins of equal width by their confidence, the largest probability. A
    mark stands for a bin: its mean confidence and its accuracy; the more predictions, the larger. A
    thin line joins it to where it should be.

    Parameters
    ----------
    predictions : dict
        By the name of a network, its probabilities (m, C) and the true classes (m,).
    bins : int
        How many bins from 0 to 1.

    Raises
    ------
    TypeError
        If `predictions` is not a dict.
    ValueError
        If probabilities and classes do not fit each other.

    Examples
    --------
    >>> P = [[0.75, 0.25], [0.25, 0.75]]
    >>> ax = reliability_diagram({"half right": (P, [0, 0])})
    >>> ax.collections[0].get_offsets().tolist()
    [[0.75, 0.5]]
    """
    check_dict("reliability_diagram", "predictions", predictions)
    ax = new_axes((6.6, 4.2), ax)
    ax.plot([0, 1], [0, 1], color=GREY, lw=1, ls="--", label="perfect calibration", zorder=1)
    for i, (name, (probabilities, classes)) in enumerate(predictions.items()):
        P, labels = np.asarray(probabilities, dtype=float), np.asarray(classes)
        if P.ndim != 2 or labels.shape != (len(P),):
            raise ValueError(
                f"plot.reliability_diagram: {name!r} should be probabilities (m, C) and classes "
                f"(m,), got {P.shape} and {labels.shape}"
            )
        confidence, right = P.max(axis=1), P.argmax(axis=1) == labels
        bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
        members = [bin_of == b for b in np.unique(bin_of)]
        spots = np.array([(confidence[own].mean(), right[own].mean()) for own in members])
        for x, y in spots:
            ax.plot([x, x], [x, y], "-", color=COLORS[i], lw=1, zorder=1.5)
        sizes = [12 + 400 * np.mean(own) for own in members]
        look: dict[str, Any] = {"marker": MARKERS[i], "color": COLORS[i], "alpha": 0.65}
        ax.scatter(spots[:, 0], spots[:, 1], sizes, zorder=2, lw=0, **look)
        ax.plot([], [], ls="none", mew=0, label=name, **look)
    ax.set(xlabel="confidence", ylabel="accuracy", xlim=(0, 1.04), ylim=(0, 1.04), aspect="equal")
    legend_outside(ax)
    return ax
