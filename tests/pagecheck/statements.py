"""Every displayed statement holds as it is written, in the page's own names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, pairwise, takewhile
from typing import Any

import numpy as np

from .evaluate import MANY, Page, Shapeless, Unequal, Unknown, evaluate, same, settings, spelt
from .latex import Chain, Name, Tree, names_in, readable, relations, walk

TAG = re.compile(r"\\tag\{([^}]+)\}")
LAYER = re.compile(r"(?<=[\[(] )[lk](?: ([+-]) 1)?(?= [\])])")
DECIMALS = re.compile(r"\d\.(\d+)")
VERDICTS = "holds", "partly", "wrong", "unknown"  # the best first
# what takes an array as one
WHOLE = {("derivative",), ("sum",), ("T",), ("matrix",), ("vert",), ("tuple",)}


@dataclass
class Statement:
    """A chain of sides and the relations between them."""

    cell: str
    text: str
    chain: Chain
    inline: str = ""  # the formula between single dollars, if it stands there
    verdict: str = "unknown: names that the page does not have"
    age: int = 0

    @property
    def trees(self) -> list[Tree]:
        return [readable(side) for _, side in self.chain]

    def consider(self, verdict: str) -> None:
        """Keep the better of two verdicts."""
        rank = lambda said: VERDICTS.index(said.split(":")[0])  # noqa: E731
        self.verdict = min(verdict, self.verdict, key=rank)


def statements(cell: str, latex: str, inline: str = "") -> Iterator[Statement]:
    """Yield the statements of a formula."""
    text = " ".join(TAG.sub("", latex).split())
    for chain in relations(text):
        yield Statement(cell, text, chain, inline)


def examine(statement: Statement, page: Page, nudged: bool = False) -> str:
    """Return "holds", or what is missing or wrong; ``nudged`` if a side is a central difference.

    What is said of layer l of a page that has W1, W2 and so on has to hold for each of them.
    """
    layers = takewhile(lambda n: f"W{n}" in page.names, count(1))
    verdicts = set()
    if any(LAYER.search(side) for _, side in statement.chain):
        for n in layers:
            number = {None: str(n), "-": str(n - 1), "+": str(n + 1)}
            of_layer = [(r, LAYER.sub(lambda m: number[m[1]], s)) for r, s in statement.chain]  # noqa: B023
            verdicts.add(_examine(of_layer, page, nudged))
    return "holds" if verdicts == {"holds"} else _examine(statement.chain, page, nudged)


def _examine(chain: Chain, page: Page, nudged: bool) -> str:
    trees, signs = [readable(side) for _, side in chain], [relation for relation, _ in chain]
    try:
        choices = list(settings(trees, page))
    except Unknown as error:
        return f"unknown: {error}"
    alone = only_array(trees, page)
    if alone:  # a function of one number, which the page has a list of
        some = page.names[alone][:: 1 + len(page.names[alone]) // MANY]
        choices = [replace(page, names=page.names | {alone: x}) for x in some]
    values, missing, unfit = {}, {}, False
    for n, tree in enumerate(trees):
        try:
            with np.errstate(all="ignore"):  # overflow and the like are seen in the comparison
                values[n] = [evaluate(tree, choice) for choice in choices]
        except Unequal as error:
            return f"wrong: {error}"
        except (LookupError, ValueError, TypeError) as error:
            unfit = isinstance(error, Shapeless)
            missing[n] = f"{chain[n][1]}: {error}"
    if "!=" in signs and unfit and len(missing) == 1:
        return "holds"  # what cannot even be computed is refuted
    lacking = "; ".join(missing.values())
    if len(values) < 2 or (missing and "<-" in signs):
        return f"unknown: {lacking}"
    if "<-" in signs:
        return descends(trees[0], values[0], values[1], choices)
    for a, b in pairwise(values):
        (_, left), (_, right) = chain[a], chain[b]
        for x, y in zip(values[a], values[b], strict=True):
            tolerance = 1e-6 if nudged and not alone else 1e-9
            if not related(x, y, signs[a + 1 : b + 1], left + right, tolerance):
                return f"wrong: {left} is {x}, {right} is {y}"
    # a name at the far left may be defined there, if there are sides enough to compare
    defines = list(missing) == [0] and isinstance(trees[0], Name) and not nudged
    return f"partly: {lacking}" if missing and not defines else "holds"


def only_array(trees: list[Tree], page: Page) -> str:
    """Return the one symbol of a formula that is a list of numbers, if none counts its entries."""
    names = names_in(tuple(trees))
    arrays = {spelt(n) for n in names if isinstance(page.names.get(spelt(n)), np.ndarray)}
    if len(arrays) != 1 or any(part[:1] in WHOLE for part in walk(tuple(trees))):
        return ""
    (array,) = arrays
    counted = any(name.below or name.layer for name in names) or page.names[array].ndim != 1
    return "" if counted else array


def descends(name: Tree, old: list[Any], new: list[Any], choices: list[Page]) -> str:
    """Say whether an update goes against a derivative that the page knows."""
    if not isinstance(name, Name):
        return "unknown: what is updated is no name"
    step = np.concatenate([np.ravel(b - a) for a, b in zip(old, new, strict=True)])
    slopes = [
        [line.value(choice) for choice in choices]
        for line in choices[0].known
        if line.below == name and line.holds
    ]
    derived = re.compile(rf"d\w_d{spelt(name)}")
    slopes += [
        [value] * len(choices) for n, value in choices[0].names.items() if derived.fullmatch(n)
    ]
    for each in slopes:
        slope = np.concatenate([np.ravel(value) for value in each])
        if slope.shape == step.shape and slope.any():
            rate = -(step @ slope) / (slope @ slope)
            if rate > 0 and same(step, -rate * slope, 1e-6):
                return "holds"
    return f"wrong: {spelt(name)} moves by {step}, against no derivative of the page"


def related(a: Any, b: Any, between: list[str], text: str, tolerance: float) -> bool:
    """Say whether the relations between two sides hold for their values."""
    kinds = set(between) - {"="} or {"="}
    if kinds == {"="}:
        return same(a, b, tolerance) or same_as_shown(a, b, text)
    if kinds == {"!="}:
        return "=" not in between and not same(a, b)
    if kinds == {"~"}:
        return same(a, b, 0.05)
    if kinds <= {">", ">="}:
        a, b, kinds = b, a, {kind.replace(">", "<") for kind in kinds}
    return kinds <= {"<", "<="} and bool((a < b if "<" in kinds else a <= b + 1e-12).all())


def same_as_shown(a: Any, b: Any, text: str) -> bool:
    """Return whether two sides are equal, to the fewest decimals that stand in them."""
    shown = [len(digits) for digits in DECIMALS.findall(text)]
    a, b = np.squeeze(a), np.squeeze(b)
    if not shown or a.shape != b.shape:
        return False
    return bool((np.abs(a - b) <= 0.5000001 * 10.0 ** -min(shown)).all())
