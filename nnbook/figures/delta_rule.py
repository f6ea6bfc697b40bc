"""Figures of chapter 01: the loss of one sample and of two, and the steps of the delta rule."""

from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from ..plot.charts import curves
from ..plot.style import BACKWARD, COLORS, FORWARD, GREY, INK, lay_out, new_axes
from ..plot.surfaces import arrows_along, error_surface, number_points


def with_minimum(
    loss: Callable[[np.ndarray], float],
    path: Sequence[np.ndarray],
    errors: Sequence[str],
    line: tuple[np.ndarray, np.ndarray],
    end: np.ndarray,
) -> Axes:
    """Draw steps over the loss of two weights, the line where it is zero, and where they end."""
    levels = sorted({round(loss(w), 4) for w in path} | {0.5, 2.0})
    ax = error_surface(
        lambda w1, w2: loss(np.array([w1, w2])), (0.3, 1.1), (-0.6, 0.3),
        path=path, path_labels=errors, line=line, levels=levels,
    )  # fmt: skip
    ax.plot(*end, "*", color=COLORS[2], ms=13)
    ax.set_aspect("equal")
    return ax


def errors_of(errors: Sequence[float], alpha: float, factor: float) -> Axes:
    """Draw the errors of some steps, and say by what each step multiplies the error."""
    labels = ("step", "error $e$")
    ax = curves(range(len(errors)), {"": errors}, labels=labels, markers=True)
    ax.axhline(0, color=GREY, lw=1)
    shown = f"{factor:.2f}".replace("-", "−")
    ax.set_title(rf"$\alpha={alpha}$: every step multiplies the error by {shown}")
    return ax


def sigmoid_and_derivative(
    z: np.ndarray, values: np.ndarray, slopes: np.ndarray, starts: np.ndarray
) -> Axes:
    """Draw the sigmoid above its derivative, and some starting points on both."""
    above, below = plt.subplots(2, 1, figsize=(6.4, 5.6), sharex=True)[1]
    above.plot(z, values)
    below.semilogy(z, slopes)
    for ax, curve in ((above, values), (below, slopes)):
        heights = np.interp(starts, z, curve)
        ax.plot(starts, heights, "o", color=INK)
        for start, height in zip(starts, heights, strict=True):
            ax.annotate(
                f"{start:.0f}".replace("-", "−"),
                (start, height),
                (-20, 5),
                textcoords="offset points",
            )
    above.set(ylabel=r"$\sigma(z)$")
    below.set(xlabel="pre-activation $z$", ylabel=r"derivative $\sigma'(z)$")
    return above


def lines_of_fit(X: np.ndarray, y: np.ndarray, path: Sequence[np.ndarray]) -> Axes:
    """Draw for each sample the line of weights that fit it, and a trajectory among them."""
    points = np.array(path)
    ax = new_axes((6.4, 4.8))
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.25 * max(high - low)
    reach = 2 * np.hypot(*(high - low + 2 * margin))
    middle = (low + high) / 2
    for s, (a, target) in enumerate(zip(X, y, strict=True)):
        foot = middle + a * (target - a @ middle) / (a @ a)
        ends = foot + np.outer([-reach, reach], [-a[1], a[0]]) / np.hypot(*a)
        colour = (COLORS[2], FORWARD)[s]
        ax.plot(*ends.T, "--", color=colour, lw=1.8, zorder=2, label=f"sample {s + 1} fitted")
    ax.plot(*points.T, "o-", color=BACKWARD, lw=1.2, ms=5, zorder=3)
    ax.plot(*np.linalg.solve(X, y), "*", color="black", ms=13, zorder=4)
    ax.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin))
    ax.set(xlabel="$w_1$", ylabel="$w_2$", aspect="equal")
    ax.legend(loc="best")
    lay_out(ax)
    arrows_along(ax, points)
    number_points(ax, points, range(len(points)))
    return ax
