"""Every figure of a page says what was looked at, and its image is the one that said so."""

import re
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import Any

import numpy as np

from .description import alternative, describe
from .running import Check

SLACK = 0.02  # of the largest number: a training on another processor ends that near


class Figures(Check):
    """Every figure says what the list of its page says, and its image is the one that said so.

    ``listed`` and, after a run, ``found`` hold the figures by the id of their cell; of those in
    ``rough`` only the words count: after a long training the numbers are another processor's.
    """

    def __init__(self, listed: Mapping[str, list] | None = None, rough: Collection[str] = ()):
        self.listed, self.rough = listed or {}, rough
        self.drawing, self.found = [], {}

    def drawn(self, figure):
        self.drawing.append(describe(figure))

    def after(self, cell, shown, namespace):
        says, self.drawing = self.drawing, []
        data = [output.get("data", {}) for output in cell.get("outputs", ())]
        images = [kinds["image/png"].strip().encode() for kinds in data if "image/png" in kinds]
        listed = self.listed.get(cell.id, [])
        if len(images) != len(says):
            yield f"{cell.id}: draws {len(says)} figures, the page shows {len(images)} images"
        elif says:
            digests = [sha256(image).hexdigest()[:16] for image in images]
            found = [{"image": i, "says": s} for i, s in zip(digests, says, strict=True)]
            self.found[cell.id] = found
            if len(listed) != len(says):
                yield f"{cell.id}: draws {len(says)} figures, {len(listed)} are listed"
            for number, (new, old) in enumerate(zip(found, listed, strict=False), 1):
                what, same = f"{cell.id}: figure {number}", new["image"] == old["image"]
                other = difference(new["says"], old["says"], cell.id in self.rough)
                if other:
                    yield f"{what} says otherwise: {other}"
                if other and same:
                    yield f"{what}: the image on the page is older than what its cell draws"
                if not other and not same:
                    yield f"{what}: another image than the one that was looked at says the same"

    def at_end(self, namespace):
        for name in sorted(self.listed.keys() - self.found.keys()):
            yield f"{name}: no cell draws the figures that are listed for it"


def difference(new: Any, old: Any, rough: bool = False, where: str = "") -> str:
    """Return the first thing that two descriptions say differently, or nothing."""
    kinds, parts = {type(new), type(old)}, []
    if kinds == {dict}:
        same, parts = True, [(f"{key}: ", new.get(key), old.get(key)) for key in new | old]
    elif kinds == {list} and {float}.issuperset(map(type, new + old)):
        slack = SLACK * np.abs(new + old).max(initial=1e-9)
        same = rough or (len(new) == len(old) and np.allclose(new, old, rtol=0, atol=slack))
    elif kinds == {list} and len(new) == len(old):
        same, parts = True, [("", *pair) for pair in zip(new, old, strict=True)]
    elif kinds == {str} and rough:
        same = re.sub(r"\d+", "0", new) == re.sub(r"\d+", "0", old)
    else:
        same = new == old
    found = (difference(one, other, rough, where + name) for name, one, other in parts)
    return next(filter(None, found), "") if same else f"{where}{new!r}, listed is {old!r}"


def alternatives(figures: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the texts for the images of a cell: the author's sentence, and what is drawn."""
    return [f"{of.get('sentence', '')} {alternative(of['says'])}".strip() for of in figures]
