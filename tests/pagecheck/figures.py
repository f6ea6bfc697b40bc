"""Every figure of a page says what is listed, and its alternative text says what it shows."""

import base64
import io
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.image import imread

from .compare import same
from .description import alternative, describe, worded
from .running import Check

STRONG = 0.25  # of full scale: by so much a pixel is another
OTHERS = 0.02  # so much of an image may be: a training on another processor draws a curve beside it


class Figures(Check):
    """Every figure says what the list of its page says, and so does its alternative text.

    ``listed`` and, after a run, ``found`` hold the figures by the id of their cell: the author's
    ``sentence``, and in words what it ``says``. The text beside the image is the sentence and what
    `alternative` adds, whose numbers are those of the run. In the cells in ``rough``, which draw what a
    long training happens to do on this processor, only the words count.
    """

    def __init__(self, listed: Mapping[str, list] | None = None, rough: Collection[str] = ()):
        self.listed, self.rough = listed or {}, rough
        self.drawing, self.found = [], {}

    def drawn(self, figure):
        self.drawing.append(describe(figure))

    def after(self, cell, shown, namespace):
        drawing, self.drawing = self.drawing, []
        listed, committed = self.listed.get(cell.id, []), [o.metadata for o in images(cell)]
        self.found |= {cell.id: drawing} if drawing else {}
        counts = {"shown on the page": len(committed), "listed": len(listed)}
        for where, count in counts.items():
            if count != len(drawing) and (drawing or committed):
                yield f"{cell.id}: draws {len(drawing)} figures, {count} are {where}"
        numbers = cell.id not in self.rough
        for n, (new, old, image) in enumerate(zip(drawing, listed, committed, strict=False), 1):
            if other := difference(worded(new), old["says"], numbers):
                yield f"{cell.id}: figure {n} says otherwise: {other}"
            text = image.get("image/png", {}).get("alt", "")
            if not agree(f"{old['sentence']} {alternative(new)}".strip(), text, numbers):
                yield f"{cell.id}: figure {n} has the alternative text {text!r}, and shows: {alternative(new)}"

    def at_end(self, namespace):
        for name in sorted(self.listed.keys() - self.found.keys()):
            yield f"{name}: no cell draws the figures that are listed for it"


def images(cell: Any) -> list[Any]:
    """Return the outputs of a cell that are images."""
    return [output for output in cell.get("outputs", ()) if "image/png" in output.get("data", {})]


def agree(new: str, old: str, numbers: bool = True) -> bool:
    """Return whether two texts say the same, to the digits written or in words alone."""
    return same(*(text if numbers else re.sub(r"\d+(\.\d+)?", "0", text) for text in (new, old)))


def difference(new: Any, old: Any, numbers: bool = True, where: str = "") -> str:
    """Return the first thing that two descriptions say differently, or nothing."""
    parts = []
    if isinstance(new, dict) and isinstance(old, dict):
        parts = [(f"{key}: ", new.get(key), old.get(key)) for key in new | old]
    elif isinstance(new, list) and isinstance(old, list) and len(new) == len(old):
        parts = [("", *pair) for pair in zip(new, old, strict=True)]
    elif new != old and not (
        isinstance(new, str) and isinstance(old, str) and agree(new, old, numbers)
    ):
        return f"{where}{new!r}, listed is {old!r}"
    found = (difference(one, other, numbers, where + name) for name, one, other in parts)
    return next(filter(None, found), "")


def stale(new: Any, old: Any) -> Iterator[str]:
    """Yield which image of a cell looks otherwise than what the cell has drawn now."""
    for number, (one, other) in enumerate(zip(images(new), images(old), strict=False), 1):
        share = unlike(*(output.data["image/png"] for output in (one, other)))
        if share > OTHERS:
            yield f"image {number} is not what the cell draws: {share:.0%} of it differs"


def unlike(one: str, other: str) -> float:
    """Return which share of two PNG images, written in base 64, differs strongly."""
    a, b = (imread(io.BytesIO(base64.b64decode(text)))[..., :3] for text in (one, other))
    if max(abs(np.subtract(a.shape, b.shape))) > 2:  # a label in another place by a rounding
        return 1.0
    rows, columns = np.minimum(a.shape, b.shape)[:2]
    return float((abs(a[:rows, :columns] - b[:rows, :columns]).max(axis=2) > STRONG).mean())
