"""Every displayed statement holds as it is written, in the page's own names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count, pairwise, takewhile
from typing import Any

import numpy as np

from .evaluate import (
    Page,
    Shapeless,
    Unequal,
    Unknown,
    evaluate,
    same,
    settings,
    spelt,
)
from .latex import Name, Tree, Unreadable, read, relations, walk

TAG = re.compile(r"\\tag\{[^}]+\}")
LAYER = re.compile(r"(?<=[\[(] )[lk](?: ([+-] 1))?(?= [\])])")
WHOLE = {
    ("derivative",),
    ("sum",),
    ("T",),
    ("matrix",),
    ("vert",),
    ("tuple",),
}  # take an array as one
DECIMALS = re.compile(r"\d\.(\d+)")


@dataclass
class Statement:
    """A chain of sides and the relations between them."""

    cell: str
    text: str
    chain: list[tuple[str, str]]
    trees: list[Tree | None] = field(init=False)
    verdict: str = "names that the page does not have"
    age: int = 0
    inline: str = ""  # the formula between single dollars, if it stands there

    def __post_init__(self) -> None:
        self.trees = []
        for _, side in self.chain:
            try:
                self.trees.append(read(side))
            except Unreadable as error:
                self.trees.append(None)
                self.verdict = f"unread: {error}"

    def consider(self, verdict: str) -> None:
        """Keep the better of two verdicts."""
        ranks = {"holds": 0, "partly": 1, "wrong": 2}
        new, old = (ranks.get(v.split(":")[0], 3) for v in (verdict, self.verdict))
        if new <= old:
            self.verdict = verdict


def statements(cell_id: str, latex: str) -> Iterator[Statement]:
    """Yield the statements of a formula."""
    text = " ".join(TAG.sub("", latex).split())
    for chain in relations(text):
        yield Statement(cell_id, text, chain)


def examine(statement: Statement, page: Page, value: Any = None) -> str:
    """Return "holds", or what is missing or wrong; with ``value`` all sides have to be that.

    What is said of layer l of a page that has W1, W2 and so on has to hold for each of them.
    """
    layers: Iterable[int] = ()
    if any(LAYER.search(side) for _, side in statement.chain):
        layers = takewhile(lambda n: f"W{n}" in page.names, count(1))
    of_each = {_examine(_of_layer(statement, n), page, value) for n in layers}
    return "holds" if of_each == {"holds"} else _examine(statement, page, value)


def _of_layer(statement: Statement, layer: int) -> Statement:
    """Return a statement with the number of a layer in place of l, l - 1 or l + 1."""

    def number(match: re.Match[str]) -> str:
        return str(layer + int((match[1] or "").replace(" ", "") or 0))

    chain = [(relation, LAYER.sub(number, side)) for relation, side in statement.chain]
    return Statement(statement.cell, statement.text, chain)


def _examine(statement: Statement, page: Page, value: Any) -> str:
    sides = [(r, s, t) for (r, s), t in zip(statement.chain, statement.trees, strict=True)]
    trees = [tree for tree in statement.trees if tree is not None]
    if len(trees) < 2:
        return statement.verdict
    try:
        choices = list(settings(trees, page))
        alone = only_array(trees, page)
        if alone:  # a function of one number, which the page has a list of
            entries = np.ravel(page.names[alone])
            choices = [replace(page, names={**page.names, alone: entry}) for entry in entries]
            value = None
    except (Unknown, Unreadable) as error:
        return f"unknown: {error}"
    values: list[list[Any]] = []
    missing: dict[int, str] = {}
    for n, (_, side, tree) in enumerate(sides):
        try:
            values.append([evaluate_quietly(tree, choice) for choice in choices])
        except Unequal as error:
            return f"wrong: {error}"
        except Shapeless as error:
            if "!=" in [relation for relation, *_ in sides]:
                return "holds"  # what cannot even be computed is refuted
            values.append([])
            missing[n] = f"{side}: {error}"
        except (LookupError, ValueError, TypeError) as error:
            values.append([])
            missing[n] = f"{side}: {error}"
    if any(relation == "<-" for relation, *_ in sides):
        return (
            "unknown: " + "; ".join(missing.values())
            if missing
            else descends(sides, values, choices)
        )
    known = [n for n in range(len(sides)) if n not in missing]
    if len(known) < 2:
        return "unknown: " + "; ".join(missing.values())
    tolerance = 1e-9 if value is None else 1e-6
    for a, b in pairwise(known):
        between = [sides[n][0] for n in range(a + 1, b + 1)]
        for x, y in zip(values[a], values[b], strict=True):
            if not related(x, y, between, sides[a][1] + sides[b][1], tolerance):
                return f"wrong: {sides[a][1]} is {x}, {sides[b][1]} is {y}"
    # a name at the far left may be defined there, if there are sides enough to compare
    defines = list(missing) == [0] and sides[0][2] and sides[0][2][0] == "name" and value is None
    if missing and not (defines and len(known) > 1):
        return "partly: " + "; ".join(missing.values())
    return "holds"


def only_array(trees: list[Tree], page: Page) -> str | None:
    """Return the one symbol of a formula that is an array, if none counts its entries."""
    parts = list(walk(tuple(trees)))
    names = {part for part in parts if isinstance(part, Name)}
    found = {spelt(n) for n in names if isinstance(page.names.get(spelt(n)), np.ndarray)}
    other = any(part[:1] in WHOLE for part in parts) or any(n.below or n.layer for n in names)
    if len(found) == 1 and not other:
        (name,) = found
        return name if page.names[name].ndim == 1 else None
    return None


def evaluate_quietly(tree: Tree | None, page: Page) -> Any:
    """Return the value of a side; overflow and the like are seen in the comparison."""
    if tree is None:
        raise Unreadable("it cannot be read")
    with np.errstate(all="ignore"):
        return evaluate(tree, page)


def descends(sides: list[Any], values: list[list[Any]], choices: list[Page]) -> str:
    """Say whether an update goes against a derivative that the page knows."""
    left, tree = sides[0][1:]
    if tree[0] != "name":
        return "unknown: what is updated is no name"
    step = np.concatenate([np.ravel(b - a) for a, b in zip(*values, strict=True)])
    for slopes in zip(*(by(tree, choice) for choice in choices), strict=True):
        slope = np.concatenate([np.ravel(s) for s in slopes])
        if slope.shape == step.shape and slope.any():
            rate = -(step @ slope) / (slope @ slope)
            if rate > 0 and same(step, -rate * slope, 1e-6):
                return "holds"
    return f"wrong: {left} moves by {step}, against no derivative of the page"


def by(name: Name, page: Page) -> list[np.ndarray]:
    """Return what the page has derived by a name."""
    known = [
        line.value(name, page) for line in page.known if line.below == name and line.line.holds
    ]
    return known + [page.names[n] for n in page.names if re.fullmatch(rf"d\w_d{spelt(name)}", n)]


def related(a: Any, b: Any, between: list[str], text: str, tolerance: float) -> bool:
    """Say whether the relations between two sides hold for their values."""
    if set(between) == {"="}:
        return same(a, b, tolerance) or same_as_shown(a, b, text)
    if set(between) == {"!="}:
        return not same(a, b)
    if set(between) <= {"=", "~"}:
        return same(a, b, 0.05)
    if set(between) <= {"=", "<=", "<"}:
        return bool((a <= b + 1e-12).all()) if "<" not in between else bool((a < b).all())
    if set(between) <= {"=", ">=", ">"}:
        return bool((a >= b - 1e-12).all()) if ">" not in between else bool((a > b).all())
    return False


def same_as_shown(a: Any, b: Any, text: str) -> bool:
    """Return whether two sides are equal, to the fewest decimals that stand in them."""
    shown = [len(digits) for digits in DECIMALS.findall(text)]
    a, b = np.squeeze(a), np.squeeze(b)
    if not shown or a.shape != b.shape:
        return False
    return bool((np.abs(a - b) <= 0.5000001 * 10.0 ** -min(shown)).all())
