"""The house style: colours, sizes, and the strokes that every drawing uses."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle
from matplotlib.text import Annotation, Text
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

FORWARD = "#0072B2"
BACKWARD = "#D55E00"
# Okabe and Ito's colour-blind safe palette; its yellow is left out, being illegible on white.
COLORS = (FORWARD, BACKWARD, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", ":")
MARKERS = "os^Dv<>"

# Signed numbers have the two ends of the colour-blind safe map PRGn, on edges and in heat maps.
POSITIVE, NEGATIVE = "#1B7837", "#9A3FA8"
INK, GREY, PALE = "#222222", "#8A8A8A", "#F1F1F1"
FAINT = "#CCCCCC"  # lines that stand back
PALE_FORWARD, PALE_BACKWARD = "#B9D7EE", "#F6D7C3"
WIDTH = 7.2
MOST_NUMBERED_CELLS = 200  # of a table; more are shown by colour alone

# eight directions in which a text may stand from its point
AROUND = np.array([(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1)])

_STYLE: dict[Any, Any] = {
    "figure.figsize": (WIDTH, 4.0),
    "figure.dpi": 100,
    "figure.facecolor": "white",  # opaque, or the dark theme of JupyterLab would show through
    "savefig.facecolor": "white",
    "savefig.transparent": False,
    "figure.constrained_layout.use": True,
    "font.size": 10,
    "mathtext.fontset": "cm",
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 12,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": plt.cycler(linestyle=DASHES) * plt.cycler(color=COLORS),
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "image.cmap": "Blues",
}


def style() -> None:
    """Apply the house style; the first cell of every notebook calls it.

    >>> style()
    >>> plt.rcParams["figure.facecolor"]
    'white'
    """
    plt.rcParams.update(_STYLE)


def show(ax: Axes) -> None:
    """Show the figure of ``ax`` here and now in a notebook, not at the end of its cell.

    >>> import io, contextlib
    >>> with contextlib.redirect_stdout(io.StringIO()):
    ...     show(plt.subplots()[1])
    """
    from IPython.display import display

    display(ax.figure)
    plt.close(ax.figure.canvas.figure)


def board(width: float, height: float, ax: Axes | None = None) -> Axes:
    """Return an empty Axes whose data units are inches, so that sizes can be laid out exactly."""
    if ax is None:
        # A layout engine has no say over an Axes that fills the figure.
        figure = plt.figure(figsize=(width, height), layout="none")
        ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    ax.set_axis_off()
    return ax


def new_axes(size: tuple[float, float], ax: Axes | None = None) -> Axes:
    """Return ``ax``, or the Axes of a new figure of ``size`` in inches."""
    return plt.subplots(figsize=size, layout="constrained")[1] if ax is None else ax


def write(ax: Axes, x: float, y: float, text: str, colour: str = INK, size: float = 9.5) -> Text:
    """Write a centred text."""
    return ax.text(x, y, text, color=colour, fontsize=size, ha="center", va="center", zorder=4)


def write_over(ax: Axes, x: float, y: float, text: str, colour: str, size: float = 9.5) -> None:
    """Write a centred text on a white patch, over the line it belongs to."""
    write(ax, x, y, text, colour, size).set_bbox({"fc": "white", "ec": "none", "pad": 1.0})


def box(
    ax: Axes, x: float, y: float, size: tuple[float, float], colour: str, face: str = "white"
) -> None:
    """Draw a box with round corners around a point."""
    width, height = size
    shape = "round,pad=0,rounding_size=0.08"
    patch = FancyBboxPatch((x - width / 2, y - height / 2), width, height, boxstyle=shape)
    ax.add_patch(patch).set(facecolor=face, edgecolor=colour, linewidth=1.2, zorder=3)


def cell(
    ax: Axes,
    corner: tuple[float, float],
    size: tuple[float, float],
    text: str = "",
    *,
    face: Any = "white",
    edge: str = GREY,
    line: float = 0.7,
    ink: str = INK,
    font: float = 9,
    order: float = 1,
) -> None:
    """Draw a cell of a table, whose lower left corner is given, with a text in its middle."""
    look: dict[str, Any] = {"fc": face, "ec": edge, "lw": line, "zorder": order}
    ax.add_patch(Rectangle(corner, *size, **look))
    if text:
        write(ax, corner[0] + size[0] / 2, corner[1] + size[1] / 2, text, ink, font)


class Cells:
    """Square cells of a table on a board; its upper left corner is given."""

    def __init__(self, ax: Axes, left: float, top: float, side: float):
        self.ax, self.left, self.top, self.side = ax, left, top, side

    def corner(self, row: float, column: float) -> tuple[float, float]:
        """Return the lower left corner of a cell."""
        return self.left + column * self.side, self.top - (row + 1) * self.side

    def fill(self, row: int, column: int, text: str = "", **look: Any) -> None:
        """Draw a cell as `cell` does."""
        cell(self.ax, self.corner(row, column), (self.side, self.side), text, **look)

    def frame(
        self, row: int, column: int, shape: tuple[int, int], colour: str, line: float = 2.4
    ) -> None:
        """Draw a frame around a block of cells."""
        corner = self.corner(row + shape[0] - 1, column)
        size = shape[1] * self.side, shape[0] * self.side
        self.ax.add_patch(Rectangle(corner, *size, fill=False, ec=colour, lw=line, zorder=5))


def circle(
    ax: Axes,
    centre: tuple[float, float],
    radius: float,
    text: str = "",
    *,
    face: str = "white",
    edge: str = INK,
    font: float = 13,
) -> None:
    """Draw a neuron, or a value, with its name."""
    ax.add_patch(Circle(centre, radius, fc=face, ec=edge, lw=1.2))
    if text:
        write(ax, *centre, text, INK, font)


def ink_on(image: AxesImage, value: ArrayLike) -> str:
    """Return the colour in which a number can be read on the colour of its cell."""
    brightness = np.dot(image.to_rgba(np.asarray(value))[:3], (0.299, 0.587, 0.114))
    return INK if brightness > 0.55 else "white"


def arrow(
    ax: Axes,
    start: ArrayLike,
    end: ArrayLike,
    colour: str,
    *,
    shrink: float = 0,
    width: float = 1.2,
) -> None:
    """Draw an arrow from ``start`` to ``end``."""
    look = {"arrowstyle": "-|>", "color": colour, "lw": width, "shrinkA": 0, "shrinkB": shrink}
    ax.annotate("", tuple(np.ravel(end)), tuple(np.ravel(start)), arrowprops=look)


def whole_numbers() -> MaxNLocator:
    """Return a locator that marks whole numbers only."""
    return MaxNLocator(integer=True, steps=[1, 2, 5, 10])


def powers_of_ten(ax: Axes) -> None:
    """Put ticks on a logarithmic x axis: the powers of ten that are seen, in plain digits."""
    low, high = np.log10(ax.get_xlim())
    ax.set_xticks(10 ** np.arange(np.ceil(low), high))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:g}"))


def legend_line(ax: Axes, y: float, entries: list[tuple[str, str]]) -> None:
    """Write the entries, each in its colour, in one centred line."""
    centre = sum(ax.get_xlim()) / 2
    for i, (text, colour) in enumerate(entries):
        write(ax, centre + 1.4 * (i - (len(entries) - 1) / 2), y, text, colour)


def legend_outside(ax: Axes, **look: float) -> None:
    """Put the legend to the right of the drawing, where it covers nothing."""
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), borderaxespad=0, **look)


def trail(ax: Axes) -> np.ndarray:
    """Return points in pixels, close together, along the lines of the Axes."""
    steps = np.linspace(0, 1, 300)[:, None]
    segments = [pair for line in ax.lines for pair in pairwise(np.asarray(line.get_xydata()))]
    passed = [start + steps * (end - start) for start, end in segments]
    return ax.transData.transform(np.concatenate([np.empty((0, 2)), *passed]))


def inside(ax: Axes, box: Bbox) -> bool:
    """Return whether a box in pixels lies in the drawing."""
    return ax.bbox.contains(*box.min) and ax.bbox.contains(*box.max)


def lay_out(ax: Axes) -> None:
    """Let the layout settle, before lengths in pixels are measured."""
    ax.figure.canvas.figure.draw_without_rendering()


def label_at(ax: Axes, point: np.ndarray, text: str) -> Annotation:
    """Write a text at a point, to be moved from there."""
    x, y = point
    label = ax.annotate(text, (x, y), (0, 0), textcoords="offset points", fontsize=9.5)
    label.set(ha="center", va="center", color=INK, zorder=4)
    label.set_bbox({"fc": "white", "ec": "none", "alpha": 0.75, "pad": 0.5})
    return label


def write_beside(
    ax: Axes,
    points: np.ndarray,
    texts: Sequence[str],
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
        tried = []
        for distance in (7, 16):
            for direction in AROUND:
                shift = direction * (half + distance * unit / np.hypot(*direction))
                centre = ax.transData.transform(point) + shift
                box = Bbox([centre - half, centre + half])
                covered = 99 * box.count_overlaps(boxes) + box.count_contains(passed)
                tried.append((covered + 9999 * (not inside(ax, box)), shift / unit, box))
        _, shift, box = min(tried, key=lambda one: one[0])
        label.set_position(shift)
        boxes.append(box)


def decimals_of(value: Any, most: int) -> int:
    """Return how few decimals show the value exactly; `most` when none do."""
    exact = (d for d in range(most) if math.isclose(value, round(value, d), abs_tol=1e-12))
    return next(exact, most) if math.isfinite(value) else 0


def format_number(value: Any, decimals: int, *, pad: bool = False) -> str:
    """Write a number; 0.1 as 0.1, unless padded, but 0.60003 as 0.600: it was rounded."""
    shown = decimals if pad else decimals_of(value, decimals)
    rounded = round(float(value), shown) + 0.0  # adding zero turns -0.0 into 0.0
    return f"{rounded:.{shown}f}".replace("-", "−")


def listed(name: str, values: Sequence | None, n: int, meaning: str) -> list | None:
    """Check that a list has ``n`` entries; None stays None."""
    if values is None:
        return None
    if len(values) != n:
        raise ValueError(f"plot.{name} should have length {n} ({meaning}), got {len(values)}")
    return list(values)


def check_dict(owner: str, name: str, values: object) -> None:
    """Check that something is a dict."""
    if not isinstance(values, Mapping):
        raise TypeError(
            f"plot.{owner}: {name} should be a dict from a name to its numbers, "
            f'got {type(values).__name__}; one curve is {{"name": numbers}}'
        )
