r"""Displayed formulas, read from a page as they stand and put to the test in the page's own names.

Every statement of a display (``left = right``, a chain of them, ≤, ≈, ≠, an update ←) is evaluated:
all its sides, after one of the next code cells. One that states a derivative carries a ``\tag``
and, in the same markdown cell, a check line in inline code:

    $$\frac{\partial J}{\partial w_j} = -a_j\,e \tag{1.3}$$

    `(1.3)  d J(w) / d w = -a * e = neuron.gradients["W"][:, 0]`

It reads: nudging ``w`` in ``J(w)`` gives what the formula gives, and what nnbook gives. So the
derivative has a value, central differences, with which every side of the display must agree; the
next code cell contains the Python, and the layer agrees. A third part may also come later, where
the layer is introduced, as ``(1.3) = ...``. A refuted formula has ``\neq`` and ``!=``.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import nbformat
import numpy as np

from .evaluate import FUNCTIONS, SPELT, Page, Unknown, entry, same, spelt
from .latex import Chain, Name, Tree, Unreadable, chains, read, symbol, walk
from .running import Check
from .statements import Statement, examine, statements

DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
INLINE = re.compile(r"(?<!\$)\$([^$\n]+)\$(?!\$)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
TAG = re.compile(r"\\tag\{([^}]+)\}")
LINE = re.compile(r"`\(([0-9A]+\.\d+)\)\s+(.+?)`")
LEFT = re.compile(r"(?P<sign>-?)d (?P<function>.+) / d (?P<variable>.+)")
SIMPLE = {"name", "num", "call", "T", "derivative"}  # too little to be a formula of its own
SYMMETRIC = {"=", "!=", "~"}
REACH = 4  # code cells below a statement in which its names may come to be


@dataclass(frozen=True)
class CheckLine:
    """One check line: ``[sign] d function / d variable  relation  formula [= layer]``."""

    tag: str
    sign: int
    function: str | None  # None in a later line that only adds the layer
    variable: str | None
    formula: str | None
    layer: str | None
    holds: bool  # False: the formula is refuted here


def read_line(tag: str, body: str) -> CheckLine:
    """Parse the text of a check line."""
    parts = re.split(r"(?:^|\s+)(!?=)\s+", body)
    left, relations, sides = parts[0].strip(), parts[1::2], [p.strip() for p in parts[2::2]]
    if not left and relations == ["="]:
        return CheckLine(tag, 1, None, None, None, sides[0], True)
    match = LEFT.fullmatch(left)
    if not match or not 1 <= len(sides) <= 2 or "!=" in relations[1:]:
        raise ValueError(f"check line ({tag}) should read 'd J(w) / d w = formula = layer': {body}")
    return CheckLine(
        tag,
        -1 if match["sign"] else 1,
        match["function"],
        match["variable"],
        sides[0],
        sides[1] if len(sides) == 2 else None,
        relations[0] == "=",
    )


def central_differences(line: CheckLine, namespace: dict[str, Any], h: float = 1e-5) -> np.ndarray:
    """Nudge the variable in the page's own namespace and see what the function does.

    For a function of several values the Jacobian is computed, and reduced to its diagonal where
    every value depends on its own entry only.
    """
    base = re.match(r"\w+", line.variable)[0]
    kept = namespace[base]
    nudged = np.array(kept, dtype=float)
    place = eval(line.variable[len(base) :].strip("[]") or "...", {"__builtins__": {}})
    where = np.zeros(nudged.shape, bool)
    where[place] = True
    slopes = []
    try:
        for index in np.argwhere(where):
            values = []
            for step in (h, -h):
                moved = nudged.copy()
                moved[tuple(index)] += step
                namespace[base] = moved if moved.ndim else float(moved)
                values.append(np.asarray(eval(line.function, namespace), dtype=float))
            slopes.append((values[0] - values[1]) / (2 * h))
    finally:
        namespace[base] = kept
    jacobian = np.stack(slopes)
    target = np.shape(nudged[place])
    if jacobian[0].size == 1:
        return line.sign * jacobian.reshape(target)
    square = jacobian.reshape(len(jacobian), -1)
    if square.shape[0] == square.shape[1] and np.allclose(square, np.diag(np.diag(square))):
        return line.sign * np.diag(square).reshape(target)
    return line.sign * np.moveaxis(jacobian.reshape(*target, *jacobian[0].shape), 0, -1)


def contains(source: str, expression: str) -> bool:
    """Return whether the code ``source`` contains ``expression`` as a part of its syntax tree."""
    wanted = ast.dump(ast.parse(expression, mode="eval").body)
    return any(ast.dump(node) == wanted for node in ast.walk(ast.parse(source)))


def same_letters(tree: Tree, expression: str) -> bool:
    """Return whether LaTeX and Python name the same letters, in the order in which they are read.

    Capital and small letters differ, but for an entry: w with indices is one of W.
    """
    latex, python = letters_of_latex(tree), letters_of_python(expression)
    return len(latex) == len(python) and all(
        a == b or (indexed and a.lower() == b.lower())
        for (a, indexed), b in zip(latex, python, strict=True)
    )


def letters_of_latex(tree: Any) -> list[tuple[str, bool]]:
    """Return the letters of a formula, and whether each has something standing below it."""
    match tree:
        case Name():
            known = tree.base in FUNCTIONS and tree.base != "sigma"
            indexed = bool(tree.below or re.fullmatch("[a-z]", tree.layer))
            return [] if known else [(_letters(SPELT.get(tree.base, tree.base)), indexed)]
        case ("brace", body, _) | ("sum", _, _, _, body) | ("dots", _, _, body):
            return letters_of_latex(body)
        case tuple():
            return [letter for part in tree for letter in letters_of_latex(part)]
    return []


def letters_of_python(expression: str) -> list[str]:
    """Return the letters of the names in an expression, in the order in which they are read."""
    tree = ast.parse(expression, mode="eval")
    indices = {n for s in ast.walk(tree) if isinstance(s, ast.Subscript) for n in ast.walk(s.slice)}
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n not in indices]
    found = []
    for node in sorted(names, key=lambda n: n.col_offset):
        parts = re.fullmatch(r"d([A-Za-z_]+?)\d*_d([A-Za-z_]+)\d*", node.id)
        found += [_letters(part) for part in (parts.groups() if parts else [node.id])]
    return [letters for letters in found if letters != "np"]


def _letters(name: str) -> str:
    """Return a name without its digits and what says which layer, part or slope is meant."""
    root = re.sub(r"\d*(_(prime|prev|next|p|u|r|i|uv))?$", "", name)
    return root.replace("_", "")


@dataclass(frozen=True)
class Derivative:
    """A derivative that a tagged display names, and the check line that gives it a value."""

    above: Tree
    below: Name
    line: CheckLine
    first: int = 1

    @classmethod
    def of(cls, statement: Statement, line: CheckLine, first: int = 1) -> Derivative | None:
        """Find the derivative that stands alone on one side, with its sign or without."""
        for tree in statement.trees:
            inner = tree[1] if tree and tree[0] == "neg" else tree
            if inner and inner[0] == "derivative" and isinstance(inner[2], Name):
                found = cls(inner[1], inner[2], line, first)
                return found if found.derives_by(line.variable) else None
        return None

    def derives_by(self, variable: str) -> bool:
        """Return whether the display's variable is the check line's, entry and all."""
        base, _, entries = variable.partition("[")
        places = [str(int(n) + self.first) for n in re.findall(r"\d+", entries)]
        below = [tree[2] if tree[0] == "num" else "" for tree in self.below.below]
        root = spelt(self.below)
        if entries and below == places:
            return base.lower() == root.lower() and base[1:] == root[1:]
        names = {root, root[0].upper() + root[1:], root + "".join(below)}
        prev = {f"{root}_prev"} if "-" in [t[0] for t in self.below.below] else set()
        return not entries and variable in names | prev

    def value(self, below: Name, page: Page) -> np.ndarray:
        """Return the derivative by ``below``, an entry of it where an index runs."""
        try:
            whole = self.line.sign * central_differences(self.line, page.names)
        except (NameError, KeyError) as error:  # the page has yet to come to it
            raise Unknown(str(error)) from None
        running = [tree for tree in below.below if tree[0] != "num"]
        if whole.ndim and [tree[0] for tree in running] == [
            "-"
        ]:  # k-1: the array of the layers before
            running = [running[0][1]]
        return entry(whole, tuple(running), page) if whole.ndim else whole


class Formulas(Check):
    """Every displayed statement holds as it is written; a derivative also in numbers and layers.

    ``unchecked`` names, by their text, the statements that cannot be evaluated, with the reason;
    ``supplied`` gives, by the id of a markdown cell or the text of a statement, what is spoken of
    there and the page does not name, as Python;
    ``inline`` those between single dollars that have once been verified, as often as the page says
    them; they have to stay so.
    ``first`` is what the page calls the first entry of an array: 1, or 0.
    """

    def __init__(
        self,
        without_layer: frozenset[str] = frozenset(),
        unchecked: Mapping[str, str] | None = None,
        supplied: Mapping[str, Mapping[str, Any]] | None = None,
        inline: Iterable[str] = (),
        first: int = 1,
    ) -> None:
        self.known: dict[str, CheckLine] = {}
        self.derivatives: list[Derivative] = []
        self.pending: list[tuple[CheckLine, Statement | None]] = []
        self.open: list[Statement] = []
        self.counted = self.held = 0
        self.with_layer = set(without_layer)
        self.unchecked, self.supplied = dict(unchecked or {}), dict(supplied or {})
        self.inline, self.first = Counter(inline), first
        self.said: Counter[str] = Counter()  # all between single dollars
        self.verified: set[str] = set()  # some of these
        self.displayed: list[Chain] = []  # and holds
        self.seen: set[str] = set()  # displays of this page
        self.used: set[str] = set()  # excuses that were needed

    def after(self, cell, shown, namespace):
        if cell.cell_type == "markdown":
            yield from self.state(cell)
            self.look(namespace)
        else:
            yield from self.prove(cell, namespace)
            self.look(namespace)
            for statement in self.open:
                statement.age += 1
            old = [s for s in self.open if s.age > REACH]
            self.open = [s for s in self.open if s.age <= REACH]
            yield from (problem for s in old for problem in self.settle(s))

    def state(self, cell: nbformat.NotebookNode) -> Iterator[str]:
        """Read a markdown cell: do tags, check lines and derivatives belong together?"""
        yield from (f"({line.tag}) has no code cell below it" for line, _ in self.pending)
        self.pending = []
        tagged: dict[str, list[Statement]] = {}
        for display in DISPLAY.findall(cell.source):
            found = list(statements(cell.id, display))
            self.seen |= {statement.text for statement in found}
            tags = TAG.findall(display)
            if tags:
                tagged[tags[0]] = found
                continue
            if any(map(states_derivative, found)):
                yield f"{cell.id}: derivative without a tag: {display.strip()}"
            self.open += found
        text = CODE.sub(" ", DISPLAY.sub(" ", cell.source))
        for formula in INLINE.findall(text):
            self.open += [replace(s, inline=formula) for s in statements(cell.id, formula)]
            self.said[formula] += 1
        lines = [read_line(*found) for found in LINE.findall(cell.source)]
        lined = {line.tag for line in lines}
        yield from (f"({tag}) has no check line" for tag in tagged if tag not in lined)
        for line in lines:
            if line.formula is None:
                if line.tag not in self.known:
                    yield f"({line.tag}) meets a layer before it is stated"
                    continue
                self.pending.append((line, None))
            elif len(tagged.get(line.tag, ())) != 1 or line.tag in self.known:
                yield f"({line.tag}) needs exactly one display equation beside it"
            else:
                (statement,) = tagged[line.tag]
                if line.holds != all(relation != "!=" for relation, _ in statement.chain):
                    yield f"({line.tag}) one of equation and check line says not equal"
                derivative = Derivative.of(statement, line, self.first)
                if derivative is None and any(
                    part[:1] == ("derivative",) for part in walk(tuple(statement.trees))
                ):
                    yield f"({line.tag}) the equation derives by something else"
                elif derivative is not None:
                    self.derivatives.append(derivative)
                self.known[line.tag] = line
                self.pending.append((line, statement))

    def prove(self, cell: nbformat.NotebookNode, namespace: dict[str, Any]) -> Iterator[str]:
        """Compare numbers after a code cell: what it computes, the differences, the layer."""
        for line, statement in self.pending:
            stated = self.known[line.tag]
            value = np.asarray(eval(stated.formula, namespace), dtype=float)
            if statement is not None:
                last = statement.trees[-1]
                if last and not same_letters(last, line.formula):
                    yield f"({line.tag}) the equation and {line.formula} differ in their order"
                if not contains(cell.source, line.formula):
                    yield f"({line.tag}) the cell below does not compute {line.formula}"
                slope = central_differences(line, namespace)
                if same(value, slope, 1e-6) != line.holds:
                    yield f"({line.tag}) central differences disagree with {line.formula}"
                page = self.page(namespace, line)
                verdict = examine(statement, page, slope if line.holds else None)
                self.counted += 1
                if verdict == "holds":
                    self.hold(statement)
                else:
                    yield from self.excused(statement.text, f"({line.tag})", verdict)
            if not stated.holds:
                self.with_layer.add(line.tag)
            elif line.layer is not None:
                self.with_layer.add(line.tag)
                if not same(value, np.asarray(eval(line.layer, namespace), dtype=float), 1e-12):
                    yield f"({line.tag}) {line.layer} disagrees with {stated.formula}"
        self.pending = []

    def look(self, namespace: dict[str, Any]) -> None:
        """Try every open statement in the names of this moment."""
        page = self.page(namespace)
        for statement in self.open:
            statement.consider(examine(statement, page))
            supplied = self.supplied.get(statement.text) or self.supplied.get(statement.cell)
            if supplied:
                names = dict(namespace)
                for name, given in supplied.items():
                    with suppress(Exception):  # the page may come to it later
                        names[name] = eval(given, names) if isinstance(given, str) else given
                statement.consider(examine(statement, replace(page, names=names)))
        for statement in [s for s in self.open if s.verdict == "holds"]:
            self.open.remove(statement)
            if statement.inline:
                self.verified.add(statement.inline)
            else:
                self.counted += 1
                self.hold(statement)

    def hold(self, statement: Statement) -> None:
        """Count a displayed statement that holds; the text may repeat what it says."""
        self.held += 1
        self.displayed.append(statement.chain)

    def repeats(self, said: Chain) -> bool:
        """Return whether the text says again what is displayed and holds: more than a name of it."""
        with suppress(Unreadable):
            if any(read(side)[0] not in SIMPLE for _, side in said):
                return any(says_again(said, chain) for chain in self.displayed)
        return False

    def settle(self, statement: Statement) -> Iterator[str]:
        """Say what is wrong with a statement that nothing has verified."""
        if statement.inline:
            return
        self.counted += 1
        yield from self.excused(
            statement.text, f"{statement.cell}: {statement.text}", statement.verdict
        )

    def excused(self, text: str, where: str, verdict: str) -> Iterator[str]:
        """Say what is wrong, unless the statement is listed as one that is not evaluated."""
        if text in self.unchecked:
            self.used.add(text)
        else:
            yield f"{where}: {verdict}"

    def page(self, namespace: dict[str, Any], own: CheckLine | None = None) -> Page:
        """Return the names with the derivatives that are known, those of its ``own`` line first."""
        mine = tuple(d for d in self.derivatives if d.line is own)
        chains = own is None or own.holds
        return Page(namespace, self.first, {}, mine, tuple(self.derivatives), chains)

    def at_end(self, namespace):
        for statement in self.open:
            yield from self.settle(statement)
        yield from (
            f"({tag}) never meets a layer" for tag in self.known if tag not in self.with_layer
        )
        for text in sorted((self.unchecked.keys() & self.seen) - self.used):
            yield f"{text} is listed as not evaluated, and holds: take it off the list"
        for formula in self.said:
            parts = chains(formula)
            if parts and all(map(self.repeats, parts)):
                self.verified.add(formula)
        for formula in sorted(self.inline - self.held_in_text()):
            yield f"${formula}$ was verified, and is not, or less often; python tests/test_formulas.py accepts that, once you have looked"

    def held_in_text(self) -> Counter[str]:
        """Return the formulas between single dollars that hold, and how often the page says them."""
        return Counter({formula: self.said[formula] for formula in self.verified})


def says_again(said: Chain, displayed: Chain) -> bool:
    """Return whether the sides that are said stand in a display, and in the same relations.

    >>> says_again([("", "a"), ("=", "c")], [("", "a"), ("=", "b"), ("=", "c")])
    True
    >>> says_again([("", "a"), ("=", "b")], [("", "a"), ("!=", "b")])
    False
    """
    places = {side: n for n, (_, side) in enumerate(displayed)}
    if not all(side in places for _, side in said):
        return False
    for (_, left), (relation, right) in pairwise(said):
        first, last = sorted((places[left], places[right]))
        between = [displayed[n][0] for n in range(first + 1, last + 1)]
        if ([r for r in between if r != "="] or ["="]) != [relation]:
            return False
        if relation not in SYMMETRIC and places[left] > places[right]:
            return False
    return True


def states_derivative(statement: Statement) -> bool:
    """Return whether a statement says what a derivative is, so that it needs a tag."""
    if {relation for relation, _ in statement.chain} - {"", "=", "!="}:
        return False  # an update, a bound, about equal
    for tree in filter(None, statement.trees):
        inner = tree[1] if tree[0] == "neg" else tree
        if inner[0] == "derivative":
            return True
        name = inner if isinstance(inner, Name) else inner[1] if inner[0] == "call" else symbol("")
        if name.base in ("delta",) or name.base.startswith("Delta_") or name.primes:
            return inner is statement.trees[0]
        if re.fullmatch("d[A-Za-z]", name.base):
            return inner is statement.trees[0]
    return False
