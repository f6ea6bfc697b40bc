"""The map of the course."""

import textwrap
from collections.abc import Collection, Sequence

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path

from .house import FORWARD, GREY, INK, WIDTH, board, box, write

CHAPTERS = (
    ("00", "Start here", (), True),
    ("01", "The delta rule", ("00",), True),
    ("02", "The single-neuron chain", ("01",), True),
    ("03a", "Many neurons", ("02",), True),
    ("03b", "The two-layer network", ("03a",), True),
    ("04", "Logistic regression", ("03a",), True),
    ("05", "Vectorised batches", ("03b",), True),
    ("06", "Layers", ("05",), True),
    ("07", "XOR", ("04", "06"), True),
    ("08a", "Starting well", ("06",), True),
    ("08b", "Stepping well", ("08a",), True),
    ("09", "Convolution", ("00",), True),
    ("10", "Convolution layers", ("08b", "09"), True),
    ("11", "Softmax", ("04", "06"), True),
    ("12", "Digits", ("08b", "10", "11"), True),
    ("13", "Will it hold?", ("12",), True),
    ("14", "Beyond layers", ("12",), True),
    ("15", "Doors", ("13", "14"), True),
)
COURSE = """
 .  .   .  .  00  .  .
 .  .  01  .   .  . 09
 .  .  02  .   .  .  .
 .  . 03a  .   .  .  .
 . 04   . 03b  .  .  .
 .  .   . 05   .  .  .
 .  .   . 06   .  .  .
07  .  11 .  08a .  .
 .  .   .  .  08b .  .
 .  .   .  .  .   . 10
 .  .   .  .  12  .  .
 .  .   . 13   . 14  .
 .  .   .  .  15  .  .
"""
_PALER = "#E3F0F8"
COLUMN, BOX_WIDTH, GAP = 0.88, 1.56, 0.34  # in inches; boxes in every second column do not touch


def course_map(
    chapters: Sequence[tuple[str, str, Sequence[str], bool]] = CHAPTERS,
    *,
    marked: Collection[str] = (),
    plan: str = COURSE,
    ax: Axes | None = None,
) -> Axes:
    """Draw the chapters of a course as a reading path, from top to bottom.

    Parameters
    ----------
    chapters : list of tuple
        (key, title, keys of the chapters it needs, ready) in reading order; a chapter not yet
        ready is drawn in grey. The chapters of this course when left out.
    marked : list of str
        The keys of chapters to fill with colour: those of one way through the course.
    plan : str
        Where the chapters stand: a line for each row, with a key or a dot for each column. Two
        keys of one row need a dot between them. An arrow goes straight down and turns in the gap
        above its chapter, so the way down from a chapter to the row of another that needs it has
        to be free. The plan of this course when left out.
    ax : matplotlib.axes.Axes
        The Axes to draw on; a new figure when None.

    Returns
    -------
    matplotlib.axes.Axes
        The Axes drawn on.

    Raises
    ------
    ValueError
        If a key comes twice or is not on the plan, or a chapter needs one that does not come
        before it and stand above it; or if a marked key is no chapter's.

    Examples
    --------
    >>> ax = course_map([("00", "Start here", [], True), ("01", "The delta rule", ["00"], False)])
    >>> len(ax.patches)  # two boxes and an arrow
    3
    """
    spots = {
        key: (column, row)
        for row, line in enumerate(plan.strip().splitlines())
        for column, key in enumerate(line.split())
    }
    places: dict[str, tuple[int, int]] = {}
    for key, _, needs, _ in chapters:
        if key in places:
            raise ValueError(f"plot.course_map: the key {key!r} comes twice; keys must differ")
        if key not in spots:
            raise ValueError(
                f"plot.course_map: chapter {key!r} is not on the plan; give a plan that shows "
                "where it stands"
            )
        for need in needs:
            if need not in places:
                raise ValueError(
                    f"plot.course_map: chapter {key!r} needs {need!r}, which does not come before "
                    "it; list a chapter after those it needs"
                )
            if places[need][1] >= spots[key][1]:
                raise ValueError(
                    f"plot.course_map: chapter {key!r} needs {need!r}, which does not stand above "
                    "it; give a plan in which it does"
                )
        places[key] = spots[key]
    if not places:
        raise ValueError("plot.course_map: chapters is empty; give at least one")
    unknown = sorted(set(marked) - places.keys())
    if unknown:
        raise ValueError(
            f"plot.course_map: marked names {', '.join(unknown)}, but the chapters are "
            f"{', '.join(places)}"
        )

    titles = {key: textwrap.wrap(f"{key}  {title}", 19) for key, title, _, _ in chapters}
    tall = 0.16 + 0.17 * max(len(lines) for lines in titles.values())
    columns, rows = zip(*places.values(), strict=True)
    width = max(WIDTH, COLUMN * (max(columns) - min(columns)) + BOX_WIDTH + 0.2)
    looks = {  # of a box: face, edge, ink
        "on this way": (FORWARD, FORWARD, "white"),
        "not on this way" if marked else "ready": (_PALER, FORWARD, INK),
        "still to come": ("white", "#B0B0B0", "#767676"),
    }
    on, open_, to_come = looks
    kinds = {
        key: on if key in marked else open_ if ready else to_come for key, *_, ready in chapters
    }
    shown = set(kinds.values()) if marked or to_come in kinds.values() else set()
    legend = [kind for kind in looks if kind in shown]
    height = (0.4 if legend else 0.1) + (tall + GAP) * (max(rows) - min(rows)) + tall + 0.1
    middle = (max(columns) + min(columns)) / 2
    xs = {key: width / 2 + COLUMN * (column - middle) for key, (column, _) in places.items()}
    tops = {
        key: height - 0.1 - (tall + GAP) * (row - min(rows)) for key, (_, row) in places.items()
    }

    ax = board(ax, width, height)
    for key, _, needs, _ in chapters:
        for need in needs:
            foot, bend, top = tops[need] - tall, tops[key] + GAP, tops[key]
            points = [(xs[need], y) for y in (foot, bend, top + GAP / 2)]
            points += [(xs[key], y) for y in (top + GAP / 2, top)]
            path = Path(points, [Path.MOVETO, Path.LINETO] + [Path.CURVE4] * 3)
            arrow = FancyArrowPatch(path=path, arrowstyle="-|>", mutation_scale=10)
            ax.add_patch(arrow).set(color=GREY, linewidth=1.1)
    for key, *_ in chapters:
        face, edge, ink = looks[kinds[key]]
        box(ax, xs[key], tops[key] - tall / 2, (BOX_WIDTH, tall), edge, face)
        write(ax, xs[key], tops[key] - tall / 2, "\n".join(titles[key]), ink)
    for i, kind in enumerate(legend):
        face, edge, ink = looks[kind]
        entry = write(ax, width / 2 + 1.5 * (i - (len(legend) - 1) / 2), 0.2, kind, ink)
        entry.set_bbox({"boxstyle": "round,pad=0.3", "fc": face, "ec": edge})
    return ax
