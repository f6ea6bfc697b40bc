"""Three classes or more: all probabilities in a triangle, pushes and pulls, and regions."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from numpy.typing import ArrayLike

from .house import (
    BACKWARD,
    FORWARD,
    GREY,
    INK,
    WIDTH,
    arrow,
    format_number,
    legend_outside,
    listed,
    new_axes,
    write,
)
from .plane import grid

_CLASSES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
_MARKERS = "o^sDv<"
_CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 3**0.5 / 2]])


def triangle(
    points: Mapping[str, ArrayLike],
    *,
    names: Sequence[str],
    path: ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw every way of sharing 1 among three classes as a triangle, and some of them in it.

    A corner is certainty, the centre is a third for each. The dotted lines are where two classes
    are level: on a corner's side of them its class is the decision.

    Parameters
    ----------
    points : dict
        Name -> three probabilities; drawn as a dot with its name and the three shares.
    names : list of str
        The three classes: at the left, at the right, at the top.
    path : array
        (n, 3) probabilities, joined in order.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on; a point stands at p_2 + p_3 / 2 and p_3 · 0.866.

    Raises
    ------
    ValueError
        If what is given are not three probabilities that add up to 1.

    Examples
    --------
    >>> ax = triangle({"a guess": [1 / 3, 1 / 3, 1 / 3]}, names=["Dog", "Cat", "Horse"])
    >>> ax.texts[-1].get_text()
    'a guess: Dog 0.333, Cat 0.333, Horse 0.333'
    """
    names = listed("triangle: names", names, 3, "one name a corner") or []
    ax = new_axes(ax, (6.4, 3.5))
    ax.plot(*np.vstack([_CORNERS, _CORNERS[:1]]).T, color=INK, lw=1.2)
    centre = _CORNERS.mean(axis=0)
    for k in range(3):
        middle = (_CORNERS[k - 1] + _CORNERS[k - 2]) / 2
        ax.plot(*np.array([centre, middle]).T, ":", color=GREY, lw=1.2)
    for k, (dx, dy) in enumerate([(0, -0.07), (0, -0.07), (0, 0.07)]):
        write(ax, _CORNERS[k, 0] + dx, _CORNERS[k, 1] + dy, names[k], INK, 11)
    if path is not None:
        ax.plot(*_places("path", np.asarray(path, dtype=float)).T, color=FORWARD, lw=1.8)
    look = {
        "arrowstyle": "-",
        "color": GREY,
        "lw": 0.8,
        "shrinkA": 2,
        "shrinkB": 5,
        "relpos": (0, 0.5),
    }
    for i, (name, shares) in enumerate(points.items()):
        shares = np.asarray(shares, dtype=float)
        (place,) = _places("points", shares[None])
        ax.plot(*place, "o", color=BACKWARD, ms=8, zorder=5)
        numbers = [format_number(share, 3, pad=True) for share in shares]
        pairs = [" ".join(pair) for pair in zip(names, numbers, strict=True)]
        text = f"{name}: {', '.join(pairs)}"
        ax.annotate(text, place, (1.02, 0.75 - 0.16 * i), arrowprops=look, va="center")
    ax.set(xlim=(-0.25, 1.9), ylim=(-0.13, 1.0), aspect="equal")
    ax.set_axis_off()
    return ax


def _places(what: str, shares: np.ndarray) -> np.ndarray:
    """Return the places of (n, 3) probabilities in the triangle."""
    if shares.ndim != 2 or shares.shape[1] != 3:
        raise ValueError(
            f"plot.triangle: {what} should hold three probabilities each, got shape {shares.shape}"
        )
    if (shares < 0).any() or not np.allclose(shares.sum(axis=1), 1):
        raise ValueError(f"plot.triangle: {what} should hold probabilities that add up to 1")
    return shares @ _CORNERS


def pushes(
    p: ArrayLike, y: ArrayLike, *, names: Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw probabilities as bars, the truth as dashed boxes, and p − y as arrows between them.

    An arrow leads from what a class was given to what it should have: down is a push, up a pull.
    Its number is p − y, the derivative by the score, against which a step goes.

    Parameters
    ----------
    p, y : array
        (C,) probabilities, and what they should be.
    names : list of str
        The name of each class; its number, counted from 1, if None.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If p and y are not two vectors of one length.

    Examples
    --------
    >>> ax = pushes([0.25, 0.75], [1, 0])
    >>> [text.get_text() for text in ax.texts if text.get_text()]
    ['−0.750', '+0.750']
    """
    p, y = np.asarray(p, dtype=float), np.asarray(y, dtype=float)
    if p.ndim != 1 or p.shape != y.shape or p.size == 0:
        raise ValueError(
            f"plot.pushes: p and y should be vectors of one length, got {p.shape} and {y.shape}"
        )
    names = listed("pushes: names", names, len(p), "one name a class")
    ax = new_axes(ax, (WIDTH, 3.4))
    for k in range(len(p)):
        ax.bar(k, p[k], 0.4, color=FORWARD, alpha=0.35)
        if y[k] > 0:
            ax.bar(k, y[k], 0.48, fill=False, ec=INK, ls="--", lw=1.2)
        arrow(ax, (k + 0.3, p[k]), (k + 0.3, y[k]), BACKWARD)
        number = format_number(p[k] - y[k], 3, pad=True)
        ax.text(
            k + 0.34, (p[k] + y[k]) / 2, number if p[k] < y[k] else f"+{number}",
            color=BACKWARD, fontsize=10, va="center",
        )  # fmt: skip
    ax.set(ylim=(0, 1.08), xlim=(-0.4, len(p) - 0.3), ylabel="probability")
    ax.set_xticks(range(len(p)), names or [str(k + 1) for k in range(len(p))])
    return ax


def regions(
    scores: Callable[[np.ndarray], np.ndarray],
    X: ArrayLike,
    classes: ArrayLike,
    *,
    names: Sequence[str],
    labels: tuple[str, str] = ("$x_1$", "$x_2$"),
    meeting: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw which of several classes has the highest score over the plane, and the samples.

    Parameters
    ----------
    scores : callable
        Takes points (m, 2) and returns (m, C) scores or probabilities.
    X : array
        (m, 2) samples.
    classes : array
        (m,) classes of the samples, counted from 0. A sample in a wrong region gets a ring.
    names : list of str
        The names of the classes, 6 at most.
    labels : (str, str)
        The names of the two axes.
    meeting : (float, float)
        A place to be marked with a cross.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on; its image holds the decisions on a 241 by 241 grid.

    Raises
    ------
    ValueError
        If the samples are not points of a plane, or `scores` returns something else than one
        score for each name.

    Examples
    --------
    >>> X = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> ax = regions(lambda X: X, X, [1, 0], names=["right", "up"])
    >>> ax.images[0].get_array().shape
    (241, 241)
    """
    X, classes = np.asarray(X, dtype=float), np.asarray(classes)
    if X.ndim != 2 or X.shape[1] != 2 or classes.shape != (len(X),) or len(X) == 0:
        raise ValueError(
            "plot.regions: X should have shape (m, 2) and classes one number a sample, "
            f"got {X.shape} and {classes.shape}"
        )
    if not 2 <= len(names) <= len(_CLASSES):
        raise ValueError(f"plot.regions: names should hold 2 to 6 classes, got {len(names)}")
    margin = 0.05 * max(np.ptp(X, axis=0).max(), 1e-9)
    (left, bottom), (right, top) = X.min(axis=0) - margin, X.max(axis=0) + margin
    _, _, points = grid(np.array([left, bottom]), np.array([right, top]), 241)
    answers = np.asarray(scores(points), dtype=float)
    if answers.shape != (len(points), len(names)):
        raise ValueError(
            f"plot.regions: scores should return shape {(len(points), len(names))}, one score for "
            f"each name, got {answers.shape}"
        )
    ax = new_axes(ax, (5.6, 4.2))
    ax.imshow(
        answers.argmax(axis=1).reshape(241, 241),
        origin="lower", extent=(left, right, bottom, top), alpha=0.22, aspect="equal",
        cmap=ListedColormap(_CLASSES[: len(names)]), vmin=-0.5, vmax=len(names) - 0.5,
        interpolation="nearest",
    )  # fmt: skip
    for k, name in enumerate(names):
        ax.plot(*X[classes == k].T, _MARKERS[k], color=_CLASSES[k], ms=4, label=name)
    wrong = X[np.asarray(scores(X)).argmax(axis=1) != classes]
    if len(wrong):
        ax.plot(*wrong.T, "o", mfc="none", mec=INK, ms=10, mew=1.2, label="in a wrong region")
    if meeting is not None:
        ax.plot(*meeting, "+", color=INK, ms=16, mew=2)
    ax.set(xlabel=labels[0], ylabel=labels[1])
    legend_outside(ax, fontsize=9.5)
    return ax
