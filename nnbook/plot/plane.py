"""A plane of two numbers: paths and points on it, answers over it, texts beside points."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.image import AxesImage
from matplotlib.pyplot import get_cmap
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

from .house import BACKWARD, FORWARD, INK, arrow

FINE = 121  # points a side, where answers are asked for
AROUND = np.array([(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1)])
_BANDS = ListedColormap(1 - 0.45 * (1 - get_cmap("RdBu_r", 21)(np.arange(21))[:, :3]))


def walked(owner: str, path: ArrayLike, least: int = 0) -> np.ndarray:
    """Check the points of a path, and give them as an array."""
    points = np.asarray(path, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < least:
        enough = f", {least} or more" if least > 1 else ""
        raise ValueError(
            f"plot.{owner}: path should have shape (n, 2), one point a row{enough}, "
            f"got {points.shape}"
        )
    return points


def arrows_along(ax: Axes, points: np.ndarray) -> None:
    """Draw an arrow on each step of a path that is longer than its head."""
    for start, end in pairwise(points):
        if np.hypot(*np.diff(ax.transData.transform([start, end]), axis=0)[0]) > 20:
            arrow(ax, start, end, BACKWARD, shrink=3)


def grid(low: np.ndarray, high: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give n places a side, and the n² points that they make, one a row."""
    xs, ys = (np.linspace(low[i], high[i], n) for i in (0, 1))
    return xs, ys, np.column_stack([side.ravel() for side in np.meshgrid(xs, ys)])


def two_classes(owner: str, X: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Check points of a plane and their classes, 0 and 1, and give them as arrays."""
    X, y = np.asarray(X, dtype=float), np.ravel(y)
    if X.ndim != 2 or X.shape[1] != 2 or len(X) == 0 or len(y) != len(X):
        raise ValueError(
            f"plot.{owner}: X should have shape (m, 2) and y one class a sample, "
            f"got {X.shape} and {y.shape}"
        )
    if not np.isin(y, (0, 1)).all():
        raise ValueError(f"plot.{owner}: y should hold 0 and 1 only")
    return X, y


def answers(
    owner: str,
    ax: Axes,
    predict: Callable[[np.ndarray], np.ndarray],
    ends: tuple[np.ndarray, np.ndarray],
    threshold: float,
    *,
    bands: bool = False,
) -> AxesImage:
    """Colour the plane by the answers, white at the threshold, and draw the boundary.

    With `bands` the colours go from 0 to 1 in 21 flat steps, which keeps images small.
    """
    low, high = ends
    xs, ys, points = grid(low, high, FINE)
    found = np.asarray(predict(points), dtype=float)
    if found.size != len(points):
        raise ValueError(
            f"plot.{owner}: predict should return one number for each of {len(points)} "
            f"points, got shape {found.shape}"
        )
    found = found.reshape(FINE, FINE)
    reach = 0.5 if bands else max(np.abs(found - threshold).max(), 1e-9)
    image = ax.imshow(
        found,
        origin="lower",
        extent=(low[0], high[0], low[1], high[1]),
        cmap=_BANDS if bands else "RdBu_r",
        vmin=threshold - reach,
        vmax=threshold + reach,
        alpha=None if bands else 0.45,
        aspect="auto",
        interpolation="bilinear",
        interpolation_stage="data" if bands else "auto",
    )
    if found.min() < threshold < found.max():
        ax.contour(xs, ys, found, [threshold], colors=INK, linewidths=1.4)
    return image


def samples(ax: Axes, X: np.ndarray, y: np.ndarray, circle: float = 6.5) -> None:
    """Draw class 0 as circles and class 1 as triangles."""
    for kind, marker, colour, size in ((0, "o", FORWARD, circle), (1, "^", BACKWARD, 6.5)):
        ax.plot(*X[y == kind].T, marker, color=colour, mec="white", mew=0.6, ms=size)


def trail(ax: Axes) -> np.ndarray:
    """Give the pixels that the lines of the Axes pass, close together, once the layout stands."""
    steps = np.linspace(0, 1, 300)[:, None]
    segments = [pair for line in ax.lines for pair in pairwise(np.asarray(line.get_xydata()))]
    passed = [start + steps * (end - start) for start, end in segments]
    return ax.transData.transform(np.concatenate([np.empty((0, 2)), *passed]))


def label_at(ax: Axes, point: np.ndarray, text: str) -> Annotation:
    """Write a text at a point, which can be moved from there by points."""
    x, y = point
    label = ax.annotate(text, (x, y), (0, 0), textcoords="offset points", fontsize=9.5)
    label.set(ha="center", va="center", color=INK, zorder=4)
    label.set_bbox({"fc": "white", "ec": "none", "alpha": 0.75, "pad": 0.5})
    return label


def write_beside(
    ax: Axes,
    points: np.ndarray,
    texts: list[str],
    boxes: list[Bbox],
    passed: np.ndarray,
    gap: float = 0,
) -> None:
    """Write each text beside its point where it covers the fewest boxes and lines."""
    unit = ax.figure.dpi / 72  # pixels in a point
    for point, text in zip(points, texts, strict=False):
        if not text:
            continue
        label = label_at(ax, point, text)
        half = np.array(label.get_window_extent().size) / 2 + gap

        places = []
        for distance in (7, 16):
            for direction in AROUND:
                shift = direction * (half + distance * unit / np.hypot(*direction))
                centre = ax.transData.transform(point) + shift
                box = Bbox([centre - half, centre + half])
                covered = 99 * box.count_overlaps(boxes) + box.count_contains(passed)
                places.append((covered + 9999 * (not inside(ax, box)), shift / unit, box))
        _, shift, box = min(places, key=lambda place: place[0])
        label.set_position(shift)
        boxes.append(box)


def inside(ax: Axes, box: Bbox) -> bool:
    """Tell whether a box of pixels lies in the drawing."""
    return ax.bbox.contains(*box.min) and ax.bbox.contains(*box.max)
