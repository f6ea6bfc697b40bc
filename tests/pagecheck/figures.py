"""What a figure says, in words and numbers, so that it can be compared like any other output.

Pixels differ from machine to machine, and nobody sees in them which curve is which. What was drawn is
the same everywhere: titles, names of axes, ticks, legends, texts, and the data of curves, bars and images.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from itertools import groupby
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib import collections
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.container import Container
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure

from .running import Check

DIGITS = 3  # of the largest number among some data
SLACK = 0.02  # of the largest number: a training on another processor ends that near
POINTS = 9  # so many of a long curve are kept, beside the least, the largest and the mean
TINY = 1e-12  # on a logarithmic axis, what is below is rounding, and every processor has its own


class Figures(Check):
    """Every figure says what the list of its page says, and its image is the one that said so.

    ``listed`` and, after a run, ``found`` hold the figures by the id of their cell; of those in ``rough``
    only the words are compared, because their numbers are another processor's after a long training.
    """

    def __init__(
        self,
        listed: Mapping[str, list] = MappingProxyType({}),
        rough: Collection[str] = frozenset(),
    ):
        self.listed, self.rough = listed, rough
        self.drawing, self.found = [], {}

    def drawn(self, figure):
        self.drawing.append(describe(figure))

    def after(self, cell, shown, namespace):
        says, self.drawing = self.drawing, []
        images = [_digest(o) for o in cell.get("outputs", ()) if "image/png" in o.get("data", {})]
        listed = self.listed.get(cell.id, [])
        if len(images) != len(says):
            yield f"{cell.id}: draws {len(says)} figures, the page shows {len(images)} images"
        elif says:
            self.found[cell.id] = [
                {"image": image, "says": says} for image, says in zip(images, says, strict=True)
            ]
            if len(listed) != len(says):
                yield f"{cell.id}: draws {len(says)} figures, {len(listed)} are listed"
            for number, (new, old) in enumerate(zip(self.found[cell.id], listed, strict=False), 1):
                what = f"{cell.id}: figure {number}"
                other = difference(new["says"], old["says"], cell.id in self.rough)
                if other:
                    yield f"{what} says otherwise: {other}"
                    if new["image"] == old["image"]:
                        yield f"{what}: the image on the page is older than what its cell draws"
                elif new["image"] != old["image"]:
                    yield f"{what}: another image than the one that was looked at, and it says the same"

    def at_end(self, namespace):
        for name in self.listed:
            if name not in self.found:
                yield f"{name}: no cell draws the figures that are listed for it"


def _digest(output) -> str:
    return hashlib.sha256(output.data["image/png"].strip().encode()).hexdigest()[:16]


def difference(new: Any, old: Any, rough: bool = False, where: str = "") -> str:
    """Return the first thing that two descriptions say differently, or nothing."""
    if isinstance(new, dict) and isinstance(old, dict):
        pairs = [(key, new.get(key, []), old.get(key, [])) for key in (new | old)]
    elif (
        isinstance(new, list)
        and isinstance(old, list)
        and not _numbers(new)
        and len(new) == len(old)
    ):
        pairs = [("", *pair) for pair in zip(new, old, strict=True)]
    elif isinstance(new, list) and isinstance(old, list) and _numbers(new) and _numbers(old):
        if rough or (len(new) == len(old) and _close(new, old)):
            return ""
        return f"{where}{new}, listed is {old}"
    elif rough and isinstance(new, str) and isinstance(old, str):
        return difference(*(re.sub(r"\d+", "0", text) for text in (new, old)), where=where)
    else:
        return "" if new == old else f"{where}{new!r}, listed is {old!r}"
    found = (
        difference(one, other, rough, f"{where}{key and key + ': '}") for key, one, other in pairs
    )
    return next(filter(None, found), "")


def _numbers(values: list) -> bool:
    return bool(values) and all(isinstance(value, float) for value in values)


def _close(new: list[float], old: list[float]) -> bool:
    return np.allclose(new, old, rtol=0, atol=SLACK * max(1e-9, *map(abs, new), *map(abs, old)))


# --- words in place of a picture -----------------------------------------------------------------


def alternative(description: Mapping[str, Any]) -> str:
    """Shorten a description to a sentence for each part, for those who do not see the figure."""
    parts = [part for part in description.get("axes", ()) if "part" not in part]
    words = [_sentence(part) for part in parts[:2]]
    if len(parts) > 2:
        words = [f"{len(parts)} parts, the first: {words[0]}"]
    title = [description["title"] + "."] if "title" in description else []
    return " ".join(title + words)


def _sentence(part: Mapping[str, Any]) -> str:
    names = [name[1] for kind, *_ in part.get("drawn", ()) if (name := re.search(r'"(.*)"', kind))]
    names = list(filter(None, part.get("legend", names)))
    (left, right), (low, high) = (
        sorted(10**end if scale == "log" else end for end in ends)
        for ends, scale in zip(part["from to"], part["scales"], strict=True)
    )
    if "x" in part or "y" in part:
        along = f"{part.get('x', 'horizontally')} from {left:.3g} to {right:.3g}"
        text = f"{part.get('y', 'a value')} (from {low:.3g} to {high:.3g}) over {along}"
        text += f", for {', '.join(names)}" if names else ""
    elif "x ticks" in part or "y ticks" in part:
        sides = [", ".join(dict.fromkeys(part[k])) for k in ("y ticks", "x ticks") if k in part]
        text = f"A table of {' by '.join(sides)}"
    else:
        said = [text for text in dict.fromkeys(part.get("texts", names)) if text]
        text = f"A drawing that says {', '.join(said[:12])}" if said else "A drawing without words"
    return f"{part['title']}: {text}." if "title" in part else f"{text}."


# --- a description -------------------------------------------------------------------------------


def describe(figure: Figure) -> dict[str, Any]:
    """Return the words of a figure and, under ``axes``, those and the data of each of its parts."""
    axes = [part for ax in figure.axes for part in (ax, *ax.child_axes) if part.get_visible()]
    return _without_empty(
        {
            "title": figure.get_suptitle(),
            "x": figure.get_supxlabel(),
            "y": figure.get_supylabel(),
            "legend": [_text(text) for legend in figure.legends for text in legend.get_texts()],
            "axes": [_of_axes(ax) for ax in axes],
        }
    )


def _of_axes(ax: Axes) -> dict[str, Any]:
    labels = {
        id(artist): container.get_label()
        for container in ax.containers
        if isinstance(container, Container)
        for artist in container
    }
    artists = [*ax.lines, *ax.patches, *ax.collections, *ax.images]
    kinds = [(_kind(artist, labels), artist) for artist in artists if artist.get_visible()]
    legend = ax.get_legend()
    return _without_empty(
        {
            "part": "colour bar" if ax.get_label() == "<colorbar>" else "",
            "title": " ".join(
                filter(None, (ax.get_title(loc=at) for at in ("left", "center", "right")))
            ),
            "x": ax.get_xlabel(),
            "y": ax.get_ylabel(),
            "scales": [ax.get_xscale(), ax.get_yscale()],
            "from to": [
                _summary(ax.get_xlim(), ax.get_xscale() == "log"),
                _summary(ax.get_ylim(), ax.get_yscale() == "log"),
            ],
            "x ticks": _names(ax.get_xticklabels()) if ax.axison else [],
            "y ticks": _names(ax.get_yticklabels()) if ax.axison else [],
            "legend": [_text(text) for text in legend.get_texts()] if legend else [],
            "texts": [_text(text) for text in ax.texts if text.get_visible()],
            "where": _rounded([text.get_position() for text in ax.texts if text.get_visible()]),
            "drawn": [
                [kind, *_data([artist for _, artist in group], ax)]
                for kind, group in groupby(kinds, key=lambda pair: pair[0])
            ],
        }
    )


def _without_empty(description: dict) -> dict:
    return {key: value for key, value in description.items() if len(value)}


def _text(text) -> str:
    return text.get_text()


def _names(ticks) -> list[str]:
    """Return what stands at the ticks, unless these are plain numbers."""
    texts = [_text(tick) for tick in ticks if _text(tick)]
    plain = r"\$?(\\mathdefault\{)?[−-]?(\d+(\.\d+)?|10\^.*)\}?\$?"
    return [] if all(re.fullmatch(plain, text) for text in texts) else texts


def _kind(artist, labels: dict[int, str]) -> str:
    """Return what an artist is: its class, its name in the legend, its colour."""
    name = str(labels.get(id(artist), artist.get_label()))
    colour = ""
    for get in ("get_color", "get_facecolor", "get_edgecolor"):
        if hasattr(artist, get) and not colour:
            value = getattr(artist, get)()
            rows = np.unique(value, axis=0) if np.ndim(value) == 2 and len(value) else [value]
            # colours of many are data, and are kept as such
            if len(rows) == 1 and np.size(rows[0]) and not (np.ndim(rows[0]) and rows[0][-1] == 0):
                colour = to_hex(rows[0], keep_alpha=False)
    words = [type(artist).__name__, "" if name[:1] in ("", "_") else f'"{name}"', colour]
    return " ".join(filter(None, words))


def _data(group: list, ax: Axes) -> list:
    """Return the numbers of artists of one kind, as short lists."""
    first = group[0]
    if hasattr(first, "get_xydata"):
        found = [part for line in group for part in _line(line, ax)]
        return found if len(group) <= POINTS else [len(group), *found[:3], *found[-3:]]
    if hasattr(first, "get_patch_transform"):
        paths = [patch.get_patch_transform().transform_path(patch.get_path()) for patch in group]
        ends = np.array([path.get_extents().extents for path in paths])
        return [len(group), *map(_summary, ends.T)]
    if isinstance(first, collections.Collection):
        return [part for collection in group for part in _collection(collection)]
    return [part for image in group for part in _table(image.get_array(), image)]


def _line(line, ax: Axes) -> list:
    scales = ax.get_xscale(), ax.get_yscale()
    data = list(zip(line.get_data(), scales, strict=True))
    points = f"{len(data[0][0])} points"
    return [points, *(_summary(values, scale == "log") for values, scale in data)]


def _collection(collection: collections.Collection) -> list:
    values = collection.get_array()
    if isinstance(collection, ContourSet):  # where it bends depends on the processor
        outlines = [path for path in collection.get_paths() if len(path.vertices)]
        ends = [path.get_extents().extents for path in outlines]
        return [_rounded(collection.levels), *map(_rounded, ends)]
    if values is not None and np.ndim(values) == 2:
        return _table(values, collection)
    offsets = np.ma.filled(collection.get_offsets(), np.nan)
    paths = collection.get_paths()
    if len(offsets) > 1 or not len(paths):
        found = [len(offsets), *(_summary(column) for column in offsets.T)]
    else:
        found = [len(paths), *(_summary(c) for c in np.concatenate([p.vertices for p in paths]).T)]
    colours = collection.get_facecolor()
    if values is not None:
        found.append(_summary(values))
    elif len(colours) > 1:
        found.append(_summary(colours @ [1, 2, 4, 0]))
    return found


def _table(values, artist) -> list:
    """Return a heat map: its shape, its colours, its ends, its cells or some, the means of its rows."""
    cells = np.asarray(np.ma.filled(values, np.nan), dtype=float)
    rows = cells.reshape(len(cells), -1).mean(axis=1)
    ends = [end for end in artist.get_clim() if end is not None]
    return [
        str(cells.shape),
        artist.get_cmap().name,
        _rounded(ends),
        _summary(cells),
        _summary(rows),
    ]


def _summary(values, logarithmic: bool = False) -> list[float]:
    """Return data that are short, or of a long row some, the least, the largest and the mean."""
    values = np.asarray(values, dtype=float).ravel()
    if logarithmic:
        values = np.log10(np.maximum(values, TINY))
    if len(values) > POINTS + 3:
        places = np.linspace(0, len(values) - 1, POINTS).round().astype(int)
        good = values[np.isfinite(values)] if np.isfinite(values).any() else np.zeros(1)
        values = np.array([*values[places], good.min(), good.max(), good.mean()])
    return _rounded(values)


def _rounded(values) -> list:
    """Round to what counts beside the largest of them."""
    values = np.asarray(values, dtype=float)
    finite = np.abs(values[np.isfinite(values)])
    size = finite.max() if finite.size and finite.max() > 1e-9 else 1.0
    values = values.round(DIGITS - 1 - int(np.floor(np.log10(size)))) + 0.0
    return np.where(np.isfinite(values), values, 0.0).tolist()
