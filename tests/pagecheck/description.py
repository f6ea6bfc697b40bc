"""What a figure says, so that it can be compared like any other output; pixels do not tell curves apart."""

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

DIGITS = 2  # of an axis end that is no whole number; another processor has other ones below


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
    low, high = part["ends"][which]
    ends = f"from {low:g} to {high:g}"
    return f"{part.get(name, '')} {_list(part.get(f'{name} ticks', ())) or ends}".strip()


def worded(description: Mapping[str, Any]) -> dict[str, list]:
    """Return a description without its numbers: what is listed of a figure."""
    axes = [
        {key: said for key, said in part.items() if key != "ends"} for part in description["axes"]
    ]
    return {key: said for key, said in {**description, "axes": axes}.items() if said}


def describe(figure: Figure) -> dict[str, list]:
    """Return the texts around the parts of a figure and, under ``axes``, what these say."""
    texts = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    axes = [part for ax in figure.axes for part in (ax, *ax.child_axes) if part.get_visible()]
    return {"texts": _words(texts), "axes": [_of_axes(ax) for ax in axes]}


def _of_axes(ax: Axes) -> dict[str, Any]:
    artists = [a for a in (*ax.lines, *ax.patches, *ax.collections, *ax.images) if a.get_visible()]
    lines = {text for artist in artists for text in getattr(artist, "labelTexts", ())}
    texts = [text for text in ax.texts if text.get_visible() and text not in lines]
    legend, axes = ax.get_legend(), (ax.xaxis, ax.yaxis)
    said = {
        "part": "colour bar" if ax.get_label() == "<colorbar>" else "",
        "title": " ".join(filter(None, map(ax.get_title, ("left", "center", "right")))),
        "x": ax.get_xlabel(),
        "y": ax.get_ylabel(),
        "scales": [axis.get_scale() for axis in axes if axis.get_scale() != "linear"],
        "x ticks": _ticks(ax.xaxis) if ax.axison else [],
        "y ticks": _ticks(ax.yaxis) if ax.axison else [],
        "legend": _words(legend.get_texts()) if legend else [],
        "texts": _words(texts),
        "drawn": [kind for kind, _ in groupby(map(_kind, artists))],
        "ends": [_ends(axis, n, artists, ax) for n, axis in enumerate(axes)],
    }
    return {key: value for key, value in said.items() if value}


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


def _ends(axis, which: int, artists: list, ax: Axes) -> list[float]:
    """Return between which numbers the data lie, as far as they are seen."""
    seen = sorted(axis.get_view_interval())
    data = np.concatenate([_places(artist, ax) for artist in artists] or [np.zeros((0, 2))])
    values = data[np.isfinite(data).all(axis=1), which]
    if len(values):
        seen = np.clip([values.min(), values.max()], *seen)
    if axis.get_scale() == "log":
        return [float(f"{end:.1g}") for end in seen]
    low, high = _rounded(seen)
    if low == -0.5:
        low, high = 0, high - 0.5  # from the middle of the first cell to that of the last
    return [low, high]


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


def _rounded(values) -> list[float]:
    """Round what is no whole number to what counts beside the largest."""
    size = np.abs(values).max(initial=1e-9)
    rounded = np.round(values, DIGITS - 1 - int(np.floor(np.log10(size))))
    whole = np.abs(values - np.round(values)) < 1e-9
    return (np.where(whole, np.round(values), rounded) + 0.0).tolist()
