r"""Formulas, read from a page as they stand and put to the test in the page's own names.

All sides of a statement are evaluated after one of the next code cells. A derivative carries a ``\tag`` and a
check line, ``<!-- (1.3)  d J(w) / d w = -a * e = layer -->``: central differences of ``J(w)`` give what every side of the
display gives; the next code cell contains the Python; nnbook agrees, here or in a later line, ``<!-- (1.3) = layer -->``.
A refuted formula has ``\neq`` and ``!=``.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from .evaluate import FUNCTIONS, SPELT, Page, Unknown, entry, same, spellings
from .latex import Chain, Name, Tree, chains, readable, walk
from .running import Check
from .statements import TAG, Statement, examine, statements

DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
INLINE = re.compile(r"(?<!\$)\$([^$\n]+)\$(?!\$)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LINE = re.compile(r"<!--\s*\(([0-9A-Z]+\.\d+)\)\s+(.+?)\s*-->")  # out of the reader's sight
PYTHON = r"(?:(?!\s!?=\s).)+"  # as far as the next relation
BODY = re.compile(
    rf"(?:(?P<sign>-?)d (?P<function>{PYTHON}) / d (?P<variable>{PYTHON})\s+(?P<relation>!?=)\s+"
    rf"(?P<formula>{PYTHON}))?(?:(?:^|\s+)=\s+(?P<layer>{PYTHON}))?"
)
SLOPE = re.compile(r"^d([A-Za-z_]+?)\d*_d([A-Za-z_]+)\d*$")  # dJ_dw
SIMPLE = {"name", "num", "call", "T", "derivative"}  # too little to be a formula of its own
SYMMETRIC = {"=", "!=", "~"}
REACH = 4  # code cells below a statement in which its names may come to be


class CheckLine(NamedTuple):
    """One check line: ``[sign] d function / d variable  relation  formula [= layer]``."""

    tag: str
    sign: str | None
    function: str | None  # None in a later line that only adds the layer
    variable: str | None
    relation: str | None
    formula: str | None
    layer: str | None
    above: Tree | None = None  # what the display beside it derives, and by what
    below: Name | None = None
    cell: str = ""

    @property
    def name(self) -> str:
        """Return where it stands, for what is found."""
        return f"{self.cell}: ({self.tag})"

    @property
    def holds(self) -> bool:
        """Return whether the formula is not refuted here."""
        return self.relation != "!="

    def beside(self, statement: Statement, first: int) -> CheckLine:
        """Return it with the derivative that stands alone on one side, with its sign or without."""
        for tree in map(positive, statement.trees):
            if tree[0] == "derivative" and isinstance(tree[2], Name):
                same_variable = derives_by(tree[2], self.variable, first)
                return self._replace(above=tree[1], below=tree[2]) if same_variable else self
        return self

    def value(self, page: Page) -> np.ndarray:
        """Return what the display derives, an entry of it where an index runs."""
        try:
            whole = central_differences(self._replace(sign=""), page.names)
        except (NameError, KeyError) as error:  # the page has yet to come to it
            raise Unknown(str(error)) from None
        running = tuple(tree for tree in self.below.below if tree[0] != "num")
        if [tree[0] for tree in running] == ["-"]:  # k-1: the array of the layers before
            running = (running[0][1],)
        return entry(whole, running, page) if whole.ndim else whole


def read_line(tag: str, body: str) -> CheckLine:
    """Parse the text of a check line."""
    if not (match := BODY.fullmatch(body)):
        raise ValueError(f"check line ({tag}) should read 'd J(w) / d w = formula = layer': {body}")
    return CheckLine(tag, **match.groupdict())


def central_differences(line: CheckLine, namespace: dict[str, Any], h: float = 1e-5) -> np.ndarray:
    """Nudge the variable in the page's own namespace and see what the function does.

    For a function of several values the Jacobian is computed, and reduced to its diagonal where
    every value depends on its own entry only.
    """
    base, _, place = line.variable.partition("[")
    kept = np.array(before := namespace[base], dtype=float)
    places = np.arange(kept.size).reshape(kept.shape)[eval(place.rstrip("]") or "...", {})]
    shape = np.shape(places)

    def value(n: int, step: float) -> np.ndarray:
        moved = kept.copy()
        moved.flat[n] += step
        namespace[base] = moved if moved.ndim else float(moved)
        return np.asarray(eval(line.function, namespace), dtype=float)

    try:
        slopes = np.array([(value(n, h) - value(n, -h)) / (2 * h) for n in np.ravel(places)])
    finally:
        namespace[base] = before
    flat = slopes.reshape(len(slopes), -1)
    if flat.shape[1] == 1:
        found = flat.reshape(shape)
    elif len(flat) == flat.shape[1] and np.allclose(flat, np.diag(np.diag(flat))):
        found = np.diag(flat).reshape(shape)
    else:
        found = np.moveaxis(slopes.reshape(*shape, *slopes.shape[1:]), 0, -1)
    return -found if line.sign else found


def contains(source: str, expression: str) -> bool:
    """Return whether the code ``source`` contains ``expression`` as a part of its syntax tree."""
    wanted = ast.dump(ast.parse(expression, mode="eval").body)
    return any(ast.dump(node) == wanted for node in ast.walk(ast.parse(source)))


# --- letters in their order ----------------------------------------------------------------------


def same_letters(tree: Tree, expression: str) -> bool:
    """Return whether LaTeX and Python name the same letters, in the order in which they are read.

    Capital and small letters differ, but for an entry: w with indices is one of W.
    """
    latex, python = list(letters_of_latex(tree)), letters_of_python(expression)
    return len(latex) == len(python) and all(
        a == b or (indexed and a.lower() == b.lower())
        for (a, indexed), b in zip(latex, python, strict=True)
    )


def letters_of_latex(tree: Any) -> Iterator[tuple[str, bool]]:
    """Yield the letters of a formula, and whether each has something standing below it."""
    match tree:
        case Name(base=base, layer=layer, below=below):
            if base not in FUNCTIONS or base == "sigma":
                indexed = bool(below) or bool(re.fullmatch("[a-z]", layer))
                yield _letters(SPELT.get(base, base)), indexed
        case ("brace", body, _) | ("sum", _, _, _, body) | ("dots", _, _, body):
            yield from letters_of_latex(body)
        case tuple():
            for part in tree:
                yield from letters_of_latex(part)


def letters_of_python(expression: str) -> list[str]:
    """Return the letters of the names in an expression, in the order in which they are read."""
    tree = ast.parse(expression, mode="eval")
    indices = {n for s in ast.walk(tree) if isinstance(s, ast.Subscript) for n in ast.walk(s.slice)}
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n not in indices]
    ids = [node.id for node in sorted(names, key=lambda n: n.col_offset) if node.id != "np"]
    parts = [part for each in ids for part in SLOPE.sub(r"\1 \2", each).split()]
    return [_letters(part) for part in parts]


def _letters(name: str) -> str:
    """Return a name without its digits and what says which layer, part or slope is meant."""
    return re.sub(r"\d*(_(prime|prev|next|p|u|r|i|uv))?$", "", name).replace("_", "")


# --- statements of a page ------------------------------------------------------------------------


def positive(tree: Tree) -> Tree:
    """Return a formula without the sign before it."""
    return tree[1] if tree[0] == "neg" else tree


def derives_by(below: Name, variable: str, first: int) -> bool:
    """Return whether the display's variable is the check line's, entry and all."""
    base, _, entries = variable.partition("[")
    places = [str(int(n) + first) for n in re.findall(r"\d+", entries)]
    digits = [tree[2] for tree in below.below if tree[0] == "num"]
    return base in dict(spellings(below)) and (not entries or places == digits)


def states_derivative(statement: Statement) -> bool:
    """Return whether a statement says what a derivative is, so that it needs a tag."""
    if {relation for relation, _ in statement.chain} - {"", "=", "!="}:
        return False  # an update, a bound, about equal
    first, *_ = statement.trees
    name = first[1] if first[0] == "call" else first
    slope = isinstance(name, Name) and re.fullmatch("delta|Delta_.*|d[A-Za-z]", name.base)
    derived = any(positive(tree)[0] == "derivative" for tree in statement.trees)
    return bool(derived or slope or (isinstance(name, Name) and name.primes))


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
        between = [sign for sign, _ in displayed[first + 1 : last + 1]]
        if ([r for r in between if r != "="] or ["="]) != [relation]:
            return False
        if relation not in SYMMETRIC and places[left] > places[right]:
            return False
    return True


@dataclass(eq=False)
class Formulas(Check):
    """Every displayed statement holds as it is written; a derivative also in numbers and layers.

    ``unchecked``: statement -> why it cannot be evaluated; ``supplied``: id of a cell, or statement -> names
    that the page does not have there, as Python; ``inline``: the verified formulas between single dollars,
    which have to hold on; ``first``: what the page calls the first entry of an array, 1 or 0.
    """

    without_layer: Collection[str] = ()
    unchecked: Mapping[str, str] = field(default_factory=dict)
    supplied: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    inline: Iterable[str] = ()
    first: int = 1
    counted: int = field(default=0, init=False)
    held: int = field(default=0, init=False)
    known: dict[str, CheckLine] = field(default_factory=dict, init=False)
    pending: list[tuple[CheckLine, Statement | None]] = field(default_factory=list, init=False)
    open: list[Statement] = field(default_factory=list, init=False)
    with_layer: set[str] = field(default_factory=set, init=False)
    said: Counter[str] = field(default_factory=Counter, init=False)  # all between single dollars
    verified: set[str] = field(default_factory=set, init=False)  # some of these
    displayed: list[Chain] = field(default_factory=list, init=False)  # and holds
    seen: dict[str, str] = field(default_factory=dict, init=False)  # displays, and their cells
    used: set[str] = field(default_factory=set, init=False)  # excuses that were needed

    def after(self, cell, shown, namespace):
        if cell.cell_type == "markdown":
            yield from self.state(cell)
            self.look(namespace)
            return
        yield from self.prove(cell, namespace)
        self.look(namespace)
        for statement in list(self.open):
            statement.age += 1
            if statement.age > REACH:
                self.open.remove(statement)
                yield from self.settle(statement, statement.verdict)

    def at_end(self, namespace):
        for statement in self.open:
            yield from self.settle(statement, statement.verdict)
        for tag in sorted(self.known.keys() - self.with_layer - set(self.without_layer)):
            yield f"{self.known[tag].name} never meets a layer"
        for text in sorted((self.unchecked.keys() & self.seen.keys()) - self.used):
            yield f"{self.seen[text]}: {text} is listed as not evaluated, and holds: take it off the list"
        for formula in self.said:
            parts = chains(formula)
            if parts and all(map(self.repeats, parts)):
                self.verified.add(formula)
        for formula in sorted(Counter(self.inline) - self.held_in_text()):
            yield (
                f"${formula}$ was verified, and is not, or less often; "
                "`make accept` accepts that, once you have looked"
            )

    def state(self, cell: Any) -> Iterator[str]:
        """Read a markdown cell: do tags, check lines and derivatives belong together?"""
        yield from (f"{line.name} has no code cell below it" for line, _ in self.pending)
        self.pending = []
        tagged: dict[str, list[Statement]] = {}
        for display in DISPLAY.findall(cell.source):
            found = list(statements(cell.id, display))
            self.seen |= {statement.text: cell.id for statement in found}
            if tag := TAG.search(display):
                tagged[tag[1]] = found
                continue
            if any(map(states_derivative, found)):
                yield f"{cell.id}: derivative without a tag: {display.strip()}"
            self.open += found
        for formula in INLINE.findall(CODE.sub(" ", DISPLAY.sub(" ", cell.source))):
            self.open += statements(cell.id, formula, formula)
            self.said[formula] += 1
        lines = [read_line(*f)._replace(cell=cell.id) for f in LINE.findall(cell.source)]
        for tag in sorted(tagged.keys() - {line.tag for line in lines}):
            yield f"{cell.id}: ({tag}) has no check line"
        for line in lines:
            if line.formula is None and line.tag in self.known:
                self.pending.append((line, None))
            elif line.formula is None:
                yield f"{line.name} meets a layer before it is stated"
            elif len(tagged.get(line.tag, ())) != 1 or line.tag in self.known:
                yield f"{line.name} needs exactly one display equation beside it"
            else:
                yield from self.tie(line, *tagged[line.tag])

    def tie(self, line: CheckLine, statement: Statement) -> Iterator[str]:
        """Put a check line beside its display."""
        if line.holds == ("!=" in [relation for relation, _ in statement.chain]):
            yield f"{line.name} one of equation and check line says not equal"
        self.known[line.tag] = line = line.beside(statement, self.first)
        if not line.below and any(
            part[:1] == ("derivative",) for part in walk(tuple(statement.trees))
        ):
            yield f"{line.name} the equation derives by something else"
        self.pending.append((line, statement))

    def prove(self, cell: Any, namespace: dict[str, Any]) -> Iterator[str]:
        """Compare numbers after a code cell: what it computes, the differences, the layer."""
        for line, statement in self.pending:
            here, stated = line.name, self.known[line.tag]
            value = np.asarray(eval(stated.formula, namespace), dtype=float)
            if statement is not None:
                if not same_letters(statement.trees[-1], line.formula):
                    yield f"{here} the equation and {line.formula} differ in their order"
                if not contains(cell.source, line.formula):
                    yield f"{here} the cell below does not compute {line.formula}"
                if same(value, central_differences(line, namespace), 1e-6) != line.holds:
                    yield f"{here} central differences disagree with {line.formula}"
                verdict = examine(statement, self.page(namespace, line), nudged=line.holds)
                yield from self.settle(statement, verdict, here)
            if line.layer or not stated.holds:
                self.with_layer.add(line.tag)
            if line.layer and stated.holds:
                layer = np.asarray(eval(line.layer, namespace), dtype=float)
                if not same(value, layer, 1e-12):
                    yield f"{here} {line.layer} disagrees with {stated.formula}"
        self.pending = []

    def page(self, namespace: dict[str, Any], own: CheckLine | None = None) -> Page:
        """Return the names with the derivatives that are known, those of its ``own`` line first."""
        mine, chains = (own,) if own else (), own is None or own.holds
        return Page(namespace, self.first, {}, mine, tuple(self.known.values()), chains)

    def look(self, namespace: dict[str, Any]) -> None:
        """Try every open statement in the names of this moment."""
        page = self.page(namespace)
        for statement in list(self.open):
            statement.consider(examine(statement, page))
            supplied = self.supplied.get(statement.text) or self.supplied.get(statement.cell)
            if supplied:
                names = dict(namespace)
                for name, given in supplied.items():
                    with suppress(Exception):  # the page may come to it later
                        names[name] = eval(given, names) if isinstance(given, str) else given
                statement.consider(examine(statement, replace(page, names=names)))
            if statement.verdict == "holds":
                self.open.remove(statement)
                list(self.settle(statement, "holds"))

    def settle(self, statement: Statement, verdict: str, where: str = "") -> Iterator[str]:
        """Count a statement that holds, or say what is wrong, unless it is listed; then it is done."""
        if statement.inline:
            self.verified |= {statement.inline} if verdict == "holds" else set()
            return
        self.counted += 1
        if verdict == "holds":
            self.held += 1
            self.displayed.append(statement.chain)
        elif statement.text in self.unchecked:
            self.used.add(statement.text)
        else:
            yield f"{where or f'{statement.cell}: {statement.text}'}: {verdict}"

    def repeats(self, said: Chain) -> bool:
        """Return whether the text says again what is displayed and holds: more than a name of it."""
        kinds = {readable(side)[0] for _, side in said}
        more = bool(kinds - SIMPLE) and "nothing" not in kinds
        return more and any(says_again(said, chain) for chain in self.displayed)

    def held_in_text(self) -> Counter[str]:
        """Return the formulas between single dollars that hold, and how often the page says them."""
        return Counter({formula: self.said[formula] for formula in self.verified})
