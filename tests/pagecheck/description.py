"""What a figure says, in words and numbers, so that it can be compared like any other output.

Pixels differ from machine to machine, and nobody sees in them which curve is which. What was drawn
is the same everywhere: titles, axes, ticks, legends, texts, the data of curves, bars and images.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgba_array
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, ScalarFormatter

DIGITS = 3  # of the largest number among some data
POINTS = 9  # so many of a long row are kept, beside the least, the largest and the mean
TINY = 1e-12  # on a logarithmic axis, what is below is rounding, and every processor has its own


def alternative(description: Mapping[str, Any]) -> str:
    """Say what the axes of a figure range over, or else which words stand in it."""
    parts = [part for part in description["axes"] if "part" not in part]
    said = [_sentence(part) for part in parts if part.keys() & {"x", "y", "x ticks", "y ticks"}]
    if len(said) > 2:
        said = [f"{len(said)} parts, the first: {said[0]}"]
    texts = [text for part in parts for text in part.get("texts", ())]
    words = _list(text for text in texts if re.search(r"[^\W\d_]", text))
    said = said or [f"Words in it: {words}."] * bool(words)
    whole = " ".join([f"{text}." for text in description["texts"]] + said).replace("-\n", "-")
    return " ".join(re.sub(r"[${}]", "", re.sub(r"\\,?", " ", whole)).split())  # without LaTeX


def _list(words: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(words))


def _sentence(part: Mapping[str, Any]) -> str:
    along, up = _axis(part, "x", 0), _axis(part, "y", 1)
    names = f", for {_list(part['legend'])}" if "legend" in part else ""
    return f"{part.get('title', 'Axes')}: {up} over {along}{names}."


def _axis(part: Mapping[str, Any], name: str, which: int) -> str:
    """Return the name of an axis, and its named ticks or what the data on it range over."""
    low, high = sorted(part["from to"][which])
    data = [value for drawn in part["drawn"] for value in drawn[2 + which]] or [low, high]
    low, high = max(low, min(data)), min(high, max(data))
    if low == -0.5:
        low, high = 0, high - 0.5  # from the middle of the first cell to that of the last
    if part["scales"][which] == "log":
        low, high = (float(f"{10**end:.1g}") for end in (low, high))
    ends = f"from {'at most ' * (low == TINY)}{low:g} to {high:g}"
    return f"{part.get(name, '')} {_list(part.get(f'{name} ticks', ())) or ends}".strip()


def describe(figure: Figure) -> dict[str, list]:
    """Return the texts around the parts of a figure and, under ``axes``, what these say."""
    texts = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    axes = [part for ax in figure.axes for part in (ax, *ax.child_axes) if part.get_visible()]
    return {"texts": _words(texts), "axes": [_of_axes(ax) for ax in axes]}


def _of_axes(ax: Axes) -> dict[str, Any]:
    artists = [a for a in (*ax.lines, *ax.patches, *ax.collections, *ax.images) if a.get_visible()]
    texts = [text for text in ax.texts if text.get_visible()]
    places = [p for text in texts for p in (text.get_position(), getattr(text, "xy", None)) if p]
    legend, axes = ax.get_legend(), (ax.xaxis, ax.yaxis)
    said = {
        "part": "colour bar" if ax.get_label() == "<colorbar>" else "",
        "title": " ".join(filter(None, map(ax.get_title, ("left", "center", "right")))),
        "x": ax.get_xlabel(),
        "y": ax.get_ylabel(),
        "scales": [axis.get_scale() for axis in axes],
        "from to": [_summary(axis.get_view_interval(), axis) for axis in axes],
        "x ticks": _ticks(ax.xaxis) if ax.axison else [],
        "y ticks": _ticks(ax.yaxis) if ax.axison else [],
        "legend": _words(legend.get_texts()) if legend else [],
        "texts": _words(texts),
        "where": _rounded(places),
        "drawn": [[kind, *_data(list(alike), ax)] for kind, alike in groupby(artists, key=_kind)],
    }
    return {key: value for key, value in said.items() if value or key == "drawn"}


def _words(texts: Iterable) -> list[str]:
    return [text.get_text() for text in texts if text.get_text()]


def _ticks(axis) -> list[str]:
    """Return what stands at the ticks, unless it is the plain numbers."""
    plain = isinstance(axis.get_major_formatter(), ScalarFormatter | LogFormatter)
    return [] if plain else _words(axis.get_ticklabels())


def _kind(artist) -> str:
    """Return what an artist is: its class, its name in the legend, its colours."""
    getters = [f"get_{which}" for which in ("color", "facecolor", "edgecolor")]
    colours = [getattr(artist, get)() for get in getters if hasattr(artist, get)]
    seen = [to_hex(rgba) for each in colours for rgba in to_rgba_array(each) if rgba[3]]
    name = re.sub("^_.*", "", str(artist.get_label()))  # so begins what nobody has named
    return " ".join(filter(None, [type(artist).__name__, name, *dict.fromkeys(seen)]))


def _data(alike: list, ax: Axes) -> list:
    """Return the numbers of artists of one kind: where they are in x and in y, what they hold."""
    x, y = np.concatenate([_places(artist, ax) for artist in alike]).T
    found = [f"{len(alike)} with {len(x)} points", _summary(x, ax.xaxis), _summary(y, ax.yaxis)]
    for artist in alike:
        cells = getattr(artist, "get_array", lambda: None)()
        if cells is not None:  # they give colours
            ends = [end for end in artist.get_clim() if end is not None]
            rows = np.reshape(cells, (len(cells), -1)).mean(axis=1)
            found += [artist.get_cmap().name, str(cells.shape)]
            found += map(_summary, (ends, cells, rows))
    return found


def _places(artist, ax: Axes) -> np.ndarray:
    """Return the points of curves, marks and areas, or two corners of other shapes and images."""
    if hasattr(artist, "get_xydata"):
        return (artist.get_transform() - ax.transData).transform(artist.get_xydata())
    if hasattr(artist, "get_extent"):
        return np.reshape(artist.get_extent(), (2, 2)).T
    if hasattr(artist, "get_patch_transform"):
        return artist.get_path().get_extents(artist.get_patch_transform()).get_points()
    if artist.get_offset_transform() == ax.transData:
        return np.ma.filled(artist.get_offsets(), np.nan)
    paths = [path for path in artist.get_paths() if len(path)]
    if isinstance(artist, ContourSet):  # where it bends depends on the processor
        return np.reshape([path.get_extents().get_points() for path in paths], (-1, 2))
    return np.reshape([point for path in paths for point in path.vertices], (-1, 2))


def _summary(values, axis=None) -> list[float]:
    """Return data that are short, or of a long row some, the least, the largest and the mean."""
    if axis and axis.get_scale() == "log":
        values = np.log10(np.maximum(values, max(TINY, min(axis.get_view_interval()))))
    values = np.ma.masked_invalid(np.ma.ravel(values))
    if len(values) > POINTS + 3:
        places = np.linspace(0, len(values) - 1, POINTS).round().astype(int)
        values = [*values[places].filled(0), values.min(), values.max(), values.mean()]
    return _rounded(values)


def _rounded(values) -> list:
    """Round to what counts beside the largest of them; what is no number is 0."""
    values = np.ma.masked_invalid(np.ma.array(values, dtype=float)).filled(0)
    size = np.abs(values).max(initial=1e-9)
    return (values.round(DIGITS - 1 - int(np.floor(np.log10(size)))) + 0.0).tolist()
