"""The numbers in the text of a page, which is read, not run: each is shown near, or computed.

A number is vouched for by an equality only if one more in its last digit breaks it.
"""

from __future__ import annotations

import ast
import contextlib
import math
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from .evaluate import Page as Names
from .evaluate import evaluate
from .latex import read, relations
from .references import REFERENCE
from .running import Check
from .statements import related

NEAR = 3  # cells before and after: in a whole chapter nearly every short decimal has a match
SMALLEST = 100  # whole numbers below it are counts and sizes more often than results
CLOSE = 0.05  # what ≈ may leave out
EQUAL = {"=", "~"}  # as latex.py calls = and ≈

# what is no text: code, comments, headings, where a link leads, tags of HTML, the number of an equation,
# lines and pages of something else, years
NOISE = (
    r"```.*?```|<!--.*?-->|`[^`\n]*`|^#[^\n]*|\]\([^)\s]*\)|</?[a-z]+(?: [^<>$]*)?/?>|\\tag\{[^}]*\}"
    r"|\b(?:[Ll]ine|[Pp]age|[Vv]ersion)s? [\d.]*\d(?:(?:,|–| and|, and| to) ?\d+)*"
    r"|\b(?:1[5-9]|20)\d\d(?:s\b|\))|\b[Ii]n (?:1[5-9]|20)\d\d\b(?! [a-z]+s\b)"
)
FLAGS = re.DOTALL | re.MULTILINE
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)
DIGITS = re.compile(r"(?:[1-9]\d{0,2}(?:(?:\\,|\{,\})\d{3})+|\d+)(?:\.\d+)?")
POWER = r"\d|\{-?\d+\}"
NUMBER = re.compile(
    rf"""(?:10\^(?P<ten>{POWER})
    |(?P<digits>(?:[1-9]\d{{0,2}}(?:,\d{{3}})+(?!\d)|{DIGITS.pattern})(?:e[-+]?\d+)?)
     (?:\s*\\(?:cdot|times)\s*10\^(?P<power>{POWER}))?)
     (?P<percent>(?:\s|\\,)?\\?%)?
    # no numbers: a name with its digits, a command, what stands below or above the line
    |[^\W\d_][^\W_]*|\\[A-Za-z]+|[_^](?:\{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}}|\\?\w)""",
    re.VERBOSE,
)
UNARY = re.compile(
    r"(?:^|[=<>(\[{,;&$|/]|\\(?:approx|neq?|leq?|geq?|cdot|times|to|q?quad)|\\[,;: ])\s*[-−]$|\s[-−]$"
)
WORDS = {
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
SPELLED = re.compile(rf"\b(?:{'|'.join(WORDS)})\b(?!-)", re.IGNORECASE)
GROUP = r"\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
BRACE = re.compile(rf"\\(?:under|over)brace{GROUP}\s*[_^]{GROUP}")  # what it holds, and its label
# where a statement ends, beside what latex.py knows: words, arrows, the cells of a table
BREAK = r"\\text\{[^{}]*\}|\\(?:to|iff|mapsto|\w*arrow)\b|(?<!\\)[;:]|\.(?!\d)|&(?![=<>\\])|\\\\"
RUN = "run:"  # a source of numbers: what follows is evaluated where the page has run
# a bare e is an error signal; Euler's number stands in a power, which latex.py reads as exp
NOTHING = Names({"e": "no number"})


class Number(NamedTuple):
    """A number as it is written; ``unit`` is one in its last digit."""

    text: str
    start: int
    value: float
    unit: float

    def rounds(self, value: float) -> bool:
        """Return whether ``value``, rounded as this number is, is this number."""
        whole = self.unit == 1 and abs(self.value) < SMALLEST  # a small one is counted, not rounded
        room = 0 if whole else 0.5 * self.unit * (1 + 1e-6)
        return abs(value - self.value) <= room + 1e-12 * abs(value)

    def is_shown_by(self, values: Iterable[float]) -> bool:
        """Return whether one of the values, rounded, is this number; one digit is no rounding."""
        if abs(self.value) < 9.5 * self.unit:
            return any(math.isclose(value, self.value, rel_tol=1e-9) for value in values)
        return any(map(self.rounds, values))


def numbers(text: str) -> Iterator[Number]:
    """Yield the numbers of a text, formulas included."""
    for match in NUMBER.finditer(text):
        if match["digits"] or match["ten"]:
            digits = re.sub(r"\\,|\{,\}|,", "", match["digits"] or "1")
            mantissa, _, power = digits.partition("e")
            powers = filter(None, (power, match["ten"], match["power"]))
            exponent = sum(int(p.strip("{}")) for p in powers) - 2 * bool(match["percent"])
            minus = "-" if UNARY.search(text, max(0, match.start() - 12), match.start()) else ""
            unit = 10.0 ** (exponent - len(mantissa.partition(".")[2]))
            value = float(f"{minus}{mantissa}e{exponent}")
            yield Number(minus + match[0], match.start(), value, unit)


def spelled(text: str) -> Iterator[Number]:
    """Yield the numbers from thirteen that a text spells; smaller ones are seldom results."""
    for match in SPELLED.finditer(text):
        yield Number(match[0], match.start(), WORDS[match[0].lower()], 1)


# --- numeric equalities --------------------------------------------------------------------------

Equality = tuple[str, str, str]  # a side, the relation as latex.py calls it, the other side


@cache
def value(side: str) -> np.ndarray | None:
    """Return what a side is worth that holds numbers and nothing unknown, or None."""
    try:
        with np.errstate(all="ignore"):
            found = evaluate(read(side), NOTHING)
    except (LookupError, ValueError, TypeError):
        return None
    return found if found.ndim == 0 and np.isfinite(found) else None


def plain(side: str) -> Number | None:
    """Return the number that the side is, as it is written, or None if it is more than one."""
    text = side.replace(" ", "")
    number = next(numbers(text), None)
    return number if number and number.text == text else None


def equalities(text: str) -> Iterator[Equality]:
    """Yield the numeric equalities of a text; a name may stand between two numbers."""
    for match in FORMULA.finditer(text):
        formula = match[1] or match[2]
        labels = [[("", body), ("=", label)] for body, label in BRACE.findall(formula)]
        for chain in labels + relations(re.sub(BREAK, ",", BRACE.sub(r"{\1}", formula))):
            known = [n for n, (_, side) in enumerate(chain) if value(side) is not None]
            for a, b in pairwise(known):
                left, right = chain[a][1], chain[b][1]
                between = {relation for relation, _ in chain[a + 1 : b + 1]}
                sizes = r"\times" in left and r"\times" in right  # 3×2 is no product
                if not sizes and (b == a + 1 or between <= EQUAL):
                    yield left, max(between), right  # ≈ if there is one


def holds(equality: Equality, exactly: bool = False) -> bool:
    """Return whether it holds in the digits shown, ``exactly`` even if it is an ≈."""
    left, relation, right = value(equality[0]), equality[1], value(equality[2])
    if relation not in EQUAL:
        return related(left, right, [relation], "", 0)
    shown = [number for number in map(plain, equality[::2]) if number]
    if any(number.rounds(left) and number.rounds(right) for number in shown):
        return True
    room = 0 if shown else 1e-5 * abs(left)  # two sums of rounded numbers
    if relation == "~" and not exactly:
        room = max([CLOSE * abs(left), *(number.unit for number in shown)])
    return abs(left - right) <= room


def vouched(text: str) -> Iterator[int]:
    """Yield where the numbers stand that an equality holds: one more, and it breaks."""
    for match in FORMULA.finditer(text):
        formula, held = match[0], holding(match[0])
        for digits in DIGITS.finditer(formula) if held else ():
            (number,) = numbers(digits[0])
            more = f"{number.value + number.unit:.{len(digits[0].partition('.')[2])}f}"
            if holding(formula[: digits.start()] + more + formula[digits.end() :]) < held:
                yield match.start() + digits.start()


def holding(text: str) -> int:
    """Return how many equalities of a text hold in the digits they show."""
    return sum(holds(each, exactly=True) for each in equalities(text) if each[1] in EQUAL)


# --- pages ---------------------------------------------------------------------------------------


class Course(NamedTuple):
    """What the check has to be told of a course."""

    names: str = r"(?!)"  # a regular expression: what looks like a number and is a name
    given: str = r"(?!)"  # and another: what an exercise gives has no source but the exercise
    # what a code cell shows beside its code and its outputs
    more: Callable[[Any], Iterable[float]] = lambda cell: ()


class Page:
    """The numbers and the numeric equalities of a page, and what shows them."""

    def __init__(self, notebook: Any, course: Course):
        self.notebook, self.course = notebook, course
        self.cells = {cell.id: cell for cell in notebook.cells}

    @cached_property
    def texts(self) -> dict[str, str]:
        """Return cell -> its markdown, with blanks for what is no number of the text."""
        tags = re.findall(r"\\tag\{(.+?)\}", "\n".join(c.source for c in self.cells.values()))
        # an equation of the page may be called by its bare number
        bare = "|".join(map(re.escape, tags)) or "(?!)"
        references = rf"{REFERENCE}|(?<![\d.])(?:{bare})(?!\d|\.\d)"

        def blank(match: re.Match) -> str:  # formulas are kept
            return match[0] if match[0].startswith("$") else " " * len(match[0])

        found = {}
        for name, cell in self.cells.items():
            if cell.cell_type == "markdown":
                text = re.sub(f"{NOISE}|{self.course.names}", blank, cell.source, flags=FLAGS)
                found[name] = re.sub(f"{FORMULA.pattern}|{references}", blank, text, flags=FLAGS)
        return found

    @cached_property
    def vouched(self) -> dict[str, set[int]]:
        """Return cell -> where the numbers stand that an equality holds."""
        return {name: set(vouched(text)) for name, text in self.texts.items()}

    @cached_property
    def shown(self) -> dict[str, list[float]]:
        """Return cell -> the numbers that it shows."""
        return {name: list(self._shown(cell)) for name, cell in self.cells.items()}

    def false(self) -> Iterator[str]:
        """Yield the numeric equalities that do not hold in the digits they show."""
        for name, text in self.texts.items():
            for equality in equalities(text):
                if not holds(equality):
                    left, right = map(value, equality[::2])
                    here = f"{name}: {' '.join(equality)}"
                    yield f"{here}, but the sides are {left:.9g} and {right:.9g}"

    def untraced(self) -> Iterator[tuple[str, Number, str, float]]:
        """Yield each number that nothing near shows: its cell, itself, its words, what is nearest."""
        names = list(self.cells)
        for name, text in self.texts.items():
            at, source = names.index(name), self.cells[name].source
            near = [v for n in names[max(0, at - NEAR) : at + NEAR + 1] for v in self.shown[n]]
            given = re.finditer(self.course.given, source, FLAGS)
            sure = self.vouched[name].union(*(range(*match.span()) for match in given))
            for number in (*numbers(text), *spelled(text)):
                alone = source.startswith(f"| {number.text} |", number.start - 2)  # in a table
                counts = alone or number.text.isalpha() or abs(number.value) >= SMALLEST
                counts = (counts or number.unit < 1) and number.start not in sure
                if counts and not number.is_shown_by(near):
                    nearest = min(near, key=lambda v: abs(v - number.value), default=math.nan)
                    yield name, number, words(source, number.start), nearest

    def written(self) -> Iterator[tuple[str, str]]:
        """Yield every number of the text as it is written, and its words."""
        for name, text in self.texts.items():
            for number in (*numbers(text), *spelled(text)):
                yield number.text, words(self.cells[name].source, number.start)

    def _shown(self, cell: Any) -> Iterator[float]:
        """Yield the numbers that a cell shows."""
        if cell.cell_type == "code":
            yield from in_code(cell.source)
            for output in cell.outputs:
                text = output.get("text") or output.get("data", {}).get("text/plain", "")
                yield from (number.value for number in numbers(text))
            yield from self.course.more(cell)
        else:
            for number in numbers(self.texts[cell.id]):
                if number.start in self.vouched[cell.id]:
                    yield number.value


def in_code(source: str) -> Iterator[float]:
    """Yield the numbers in a piece of code, and what simple arithmetic makes of them."""
    simple = (ast.BinOp, ast.UnaryOp, ast.Constant, ast.operator, ast.unaryop)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.expr) and all(isinstance(part, simple) for part in ast.walk(node)):
            with contextlib.suppress(TypeError, ValueError, ArithmeticError):  # a text, say
                yield float(eval(compile(ast.Expression(node), "", "eval")))


def words(source: str, start: int) -> str:
    """Return a few words around a place in a text, by which it can be found."""
    before, after = source[max(0, start - 30) : start].split(" "), source[start:].split(" ")
    return " ".join(" ".join([*before[-3:-1], before[-1] + after[0], *after[1:3]]).split())


def unsourced(
    name: str, pages: dict[str, Page], listed: list[dict], namespace: dict
) -> Iterator[str]:
    """Yield the untraced numbers of a page that the list has no source for, and its stale entries.

    A source is ``#cell`` or ``page#cell``, with a minus before it for the other sign; ``= …``, in Python;
    ``run: …``, in the names of the page after its last cell, which `Runs` looks at; or a reason in words.
    """
    entries = {(entry["number"], entry["words"]): entry["source"] for entry in listed}
    used = set()
    for cell, number, around, nearest in pages[name].untraced():
        here, source = f"{cell}: {number.text} in {around!r}", entries.get((number.text, around))
        used.add((number.text, around))
        if not source:
            yield f"{here} is not shown near; what comes nearest is {nearest:.9g}"
        elif source.startswith(RUN):
            pass
        elif source.startswith("="):
            if not number.rounds(float(eval(source[1:], dict(namespace)))):
                yield f"{here} is not {source[1:]}"
        elif "#" in source:
            page, _, at = source.removeprefix("-").partition("#")
            sign = -1 if source.startswith("-") else 1
            if not number.is_shown_by(sign * v for v in pages[page or name].shown.get(at, ())):
                yield f"{here} is not shown in {source}"
    # a run may hold numbers that need no source, small counts say
    used |= {each for each in pages[name].written() if entries.get(each, "").startswith(RUN)}
    for number, around in entries.keys() - used:
        yield f"the list has a source for {number} in {around!r}, which needs none or is gone"


class Runs(Check):
    """What the text says of a training is what the run gives, by sources ``run: …`` of the list.

    Another processor rounds otherwise, so the last digit may be off by one; a whole number below a
    hundred is counted, and exact.
    """

    def __init__(self, listed: Iterable[dict]):
        self.listed, self.said = [e for e in listed if e["source"].startswith(RUN)], {}

    def after(self, cell, shown, namespace):
        if cell.cell_type == "markdown":
            self.said[cell.id] = " ".join(cell.source.split())
        return ()

    def at_end(self, namespace):
        for each in self.listed:
            text, words = each["number"], each["words"]
            expression = each["source"].removeprefix(RUN).strip()
            (number,) = (*numbers(text), *spelled(text))
            cell = next((cell for cell, said in self.said.items() if words in said), None)
            here = f"{cell}: {text} in {words!r}"
            if not cell:
                yield f"the run has to give {text} in {words!r}, and the page does not say so"
                continue
            try:
                found = float(eval(expression, dict(namespace)))
            except Exception as error:
                yield f"{here}: {expression} raises {type(error).__name__}: {error}"
                continue
            units = range(-1, 2) if number.unit != 1 or abs(number.value) >= SMALLEST else (0,)
            others = (number._replace(value=number.value + n * number.unit) for n in units)
            if not any(other.rounds(found) for other in others):
                yield f"{here} is not {expression}, which is {found:.9g}"
