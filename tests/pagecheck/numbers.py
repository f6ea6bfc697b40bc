"""The numbers in the text of a page: each stands near it in an output or in code, or is computed.

A page is read, not run. ``untraced`` gives the decimals and the whole numbers from 100 that
nothing within three cells shows, ``false`` the numeric equalities that do not hold in the digits
they show. A number is vouched for by an equality only if one more in its last digit breaks it.
"""

import ast
import contextlib
import math
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

import nbformat

from .references import REFERENCE

NEAR = 3  # cells before and after: in a whole chapter nearly every short decimal has a match
SMALLEST = 100  # whole numbers below it are counts and sizes more often than results
CLOSE = 0.05  # what ≈ may leave out

# what is no text: code, headings, where a link leads, tags of HTML, the number of an equation,
# lines and pages of something else, years
NOISE = (
    r"```.*?```|`[^`\n]*`|^#[^\n]*|\]\([^)\s]*\)|</?[a-z]+(?: [^<>$]*)?/?>|\\tag\{[^}]*\}"
    r"|\b(?:[Ll]ine|[Pp]age|[Vv]ersion)s? [\d.]*\d(?:(?:,|–| and|, and| to) ?\d+)*"
    r"|\b(?:1[5-9]|20)\d\d(?:s\b|\))|\b[Ii]n (?:1[5-9]|20)\d\d\b(?! [a-z]+s\b)"
)
FLAGS = re.DOTALL | re.MULTILINE
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)
DIGITS = r"(?:[1-9]\d{0,2}(?:(?:\\,|\{,\})\d{3})+|\d+)(?:\.\d+)?"
POWER = r"\d|\{-?\d+\}"
NUMBER = re.compile(
    rf"""(?:10\^(?P<ten>{POWER})
    |(?P<digits>(?:[1-9]\d{{0,2}}(?:,\d{{3}})+(?!\d)|{DIGITS})(?:e[-+]?\d+)?)
     (?:\s*\\(?:cdot|times)\s*10\^(?P<power>{POWER}))?)
     (?P<percent>(?:\s|\\,)?\\?%)?
    # no numbers: a name with its digits, a command, what stands below or above the line
    |[^\W\d_][^\W_]*|\\[A-Za-z]+|[_^](?:\{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}}|\\?\w)""",
    re.VERBOSE,
)
UNARY = re.compile(
    r"(?:^|[=<>(\[{,;&$|/]|\\(?:approx|neq?|leq?|geq?|cdot|times|to|q?quad)|\\[,;: ])\s*[-−]$|\s[-−]$"
)
TOKEN = re.compile(rf"{DIGITS}|\\[A-Za-z]+|\\.|\S", re.DOTALL)
SPACES = {r"\,", r"\;", r"\:", r"\!", r"\ ", r"\displaystyle", r"\textstyle", r"\left", r"\right"}
SPACES |= {rf"\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r")}
BREAKS = {",", ";", ".", ":", "&", r"\\", r"\quad", r"\qquad", r"\text", r"\to", r"\Rightarrow"}
BREAKS |= {r"\leftarrow", r"\mapsto", r"\longrightarrow", r"\iff", r"\dots", r"\pm"}
EQUAL = {"=", r"\approx"}
ORDER = {"<": operator.lt, ">": operator.gt, r"\ne": operator.ne, r"\neq": operator.ne}
ORDER |= {r"\le": operator.le, r"\leq": operator.le, r"\ge": operator.ge, r"\geq": operator.ge}
BRACKETS = {"(": ")", "[": "]", "{": "}", r"\{": r"\}"}
BRACKETS |= {r"\lfloor": r"\rfloor", r"\lceil": r"\rceil"}
# what multiplies without a sign
BESIDE = re.compile(r"[(\[{e]|\\([td]?frac|sqrt|underbrace|lfloor|lceil)$")
Functions = Mapping[str, Callable[[float], float]]
FUNCTIONS: Functions = {r"\ln": math.log, r"\exp": math.exp, r"\tanh": math.tanh}


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
            powers = [power, match["ten"], match["power"]]
            exponent = sum(int(power.strip("{}")) for power in powers if power)
            exponent -= 2 * bool(match["percent"])
            minus = "-" if UNARY.search(text, max(0, match.start() - 12), match.start()) else ""
            unit = 10.0 ** (exponent - len(mantissa.partition(".")[2]))
            value = float(f"{minus}{mantissa}e{exponent}")
            yield Number(minus + match[0], match.start(), value, unit)


# --- numeric equalities --------------------------------------------------------------------------


class Token(str):
    """A token of a formula that knows where in the text it stands."""

    start: int


def tokens(formula: str, start: int) -> list[Token]:
    found = []
    for match in TOKEN.finditer(formula):
        if match[0] not in SPACES:
            found.append(Token(match[0]))
            found[-1].start = start + match.start()
    return found


def group(formula: list[str], at: int = 0) -> int:
    """Return where the group ends that begins at ``at``: in brackets, or one token."""
    depth = 0
    for end in range(at, len(formula)):
        depth += formula[end] in BRACKETS
        depth -= formula[end] in BRACKETS.values()
        if depth <= 0:
            return end + 1
    return len(formula)


def statements(formula: list[Token]) -> Iterator[list[Token]]:
    """Yield what stands between commas and the like, and each brace with its label."""
    start = at = 0
    while at < len(formula):
        if formula[at] in BREAKS:
            yield formula[start:at]
            start = at + 1
        at = group(formula, at)
    yield formula[start:]
    for at, token in enumerate(formula):
        end = group(formula, at + 1)
        if token == r"\underbrace" and formula[end : end + 1] == ["_"]:
            label = formula[end + 1 : group(formula, end + 1)]
            yield [*formula[at + 1 : end], Token("="), *label]


class Reader:
    """The value of a formula that holds numbers and nothing unknown; ValueError for any other."""

    def __init__(self, formula: list[str], functions: Functions):
        self.formula = [*formula, ""]
        self.functions = functions

    def read(self) -> float:
        value = self.sum()
        if self.formula != [""]:
            raise ValueError(self.formula[0])
        return value

    def take(self, *texts: str) -> str:
        return self.formula.pop(0) if self.formula[0] in texts else ""

    def sum(self) -> float:
        value = 0 if self.formula[0] in ("+", "-") else self.product()
        while sign := self.take("+", "-"):
            value += -self.product() if sign == "-" else self.product()
        return value

    def product(self) -> float:
        value = self.power()
        while True:
            if self.take(r"\cdot", r"\times"):
                value *= -self.power() if self.take("-") else self.power()
            elif self.take("/"):
                value /= self.power()
            elif self.formula[0] in self.functions or BESIDE.match(self.formula[0]):
                value *= self.power()
            else:
                return value

    def power(self) -> float:
        value = self.atom()
        while sign := self.take("^", r"\%"):
            value = value ** self.argument() if sign == "^" else value / 100
        return value

    def argument(self) -> float:
        """Return what stands in braces, or the one digit that TeX takes without them."""
        if not self.formula[0][:1].isdigit():
            return self.atom()
        digit, rest = self.formula[0][0], self.formula[0][1:]
        self.formula[:1] = [rest] if rest else []
        return float(digit)

    def atom(self) -> float:
        token = self.formula.pop(0)
        if token[:1].isdigit():
            return next(numbers(token)).value
        if token in BRACKETS:
            value = self.sum()
            if not self.take(BRACKETS[token]):
                raise ValueError(f"no end of {token}")
            return {r"\lfloor": math.floor, r"\lceil": math.ceil}.get(token, float)(value)
        if token in (r"\frac", r"\tfrac", r"\dfrac"):
            return self.argument() / self.argument()
        if token == r"\sqrt":
            return math.sqrt(self.argument())
        if token == r"\log" and self.take("_"):
            base = self.argument()
            return math.log(self.power(), base)
        if token in self.functions:
            return self.functions[token](self.power())
        if token == r"\underbrace":
            value = self.argument()
            if self.take("_"):
                del self.formula[: group(self.formula)]
            return value
        if token == "e" and self.formula[0] == "^":  # without a power it is an error
            return math.e
        raise ValueError(f"{token} is no number")


class Equality(NamedTuple):
    """Two numeric sides of a formula, and how the formula relates them."""

    left: list[str]
    relation: str
    right: list[str]

    def __str__(self) -> str:
        return " ".join(["".join(self.left), self.relation, "".join(self.right)])

    def holds(self, functions: Functions, exactly: bool = False) -> bool:
        """Return whether the relation holds in the digits shown, ``exactly`` even if it is an ≈."""
        left, right = value(self.left, functions), value(self.right, functions)
        if left is None or right is None:
            return False
        if self.relation in ORDER:
            return ORDER[self.relation](left, right)
        shown = [(plain(self.left), right), (plain(self.right), left)]
        shown = [(number, other) for number, other in shown if number]
        if any(number.rounds(other) for number, other in shown):
            return True
        room = 0 if shown else 1e-5 * abs(left)  # two sums of rounded numbers
        if self.relation != "=" and not exactly:
            room = max([CLOSE * abs(left), *(number.unit for number, _ in shown)])
        return abs(left - right) <= room

    def vouched(self, functions: Functions) -> Iterator[int]:
        """Yield where the numbers stand that the equality holds: one more, and it breaks."""
        if self.relation in EQUAL and self.holds(functions, exactly=True):
            for side in self.left, self.right:
                for at, token in enumerate(side):
                    if token[0].isdigit():
                        (number,) = numbers(token)
                        side[at] = f"{number.value + number.unit:.12f}"
                        if not self.holds(functions, exactly=True):
                            yield token.start
                        side[at] = token


def value(side: list[str], functions: Functions) -> float | None:
    try:
        return float(Reader(side, functions).read())
    except (ValueError, ArithmeticError, TypeError):
        return None


def plain(side: list[str]) -> Number | None:
    """Return the number that the side is, as it is written, or None if it is more than one."""
    text = "".join(side)
    number = next(numbers(text), None)
    return number if number and number.text == text else None


def equalities(text: str, functions: Functions) -> Iterator[Equality]:
    """Yield the numeric equalities of a text; sides that are not numeric may stand between."""
    for match in FORMULA.finditer(text):
        for statement in statements(tokens(match[1] or match[2], match.start(match.lastindex))):
            left, relation, side = None, "", []
            for token in [*statement, "="]:
                if token not in EQUAL and token not in ORDER:
                    side.append(token)
                    continue
                if value(side, functions) is not None:
                    sizes = left and r"\times" in left and r"\times" in side  # 3×2 is no product
                    if left and not sizes:
                        yield Equality(left, relation, side)
                    left, relation = side, token
                elif {relation, token} <= EQUAL:  # a name between two numbers
                    relation = max(relation, token)  # ≈ if there is one
                else:
                    left = None
                side = []


# --- pages ---------------------------------------------------------------------------------------


class Course(NamedTuple):
    """What the check has to be told of a course."""

    names: str = r"(?!)"  # a regular expression: what looks like a number and is a name
    given: str = r"(?!)"  # and another: what an exercise gives has no source but the exercise
    functions: Functions = MappingProxyType({})  # by the commands of formulas
    # what a code cell shows beside its code and its outputs
    more: Callable[[nbformat.NotebookNode], Iterable[float]] = lambda cell: ()


class Page:
    """The numbers and the numeric equalities of a page, and what shows them."""

    def __init__(self, notebook: nbformat.NotebookNode, course: Course):
        self.cells, self.course = {cell.id: cell for cell in notebook.cells}, course
        self.functions = {**FUNCTIONS, **course.functions}
        tags = re.findall(r"\\tag\{(.+?)\}", "\n".join(cell.source for cell in notebook.cells))
        # an equation of the page may be called by its bare number
        self.references = (
            rf"{REFERENCE}|(?<![\d.])(?:{'|'.join(map(re.escape, tags)) or '(?!)'})(?!\d|\.\d)"
        )
        self.texts = {
            name: self._text(cell.source)
            for name, cell in self.cells.items()
            if cell.cell_type == "markdown"
        }
        self.equalities = {
            name: list(equalities(text, self.functions)) for name, text in self.texts.items()
        }
        self.vouched = {
            name: {start for equality in found for start in equality.vouched(self.functions)}
            for name, found in self.equalities.items()
        }
        self.shown = {name: list(self._shown(cell)) for name, cell in self.cells.items()}

    def false(self) -> Iterator[str]:
        """Yield the numeric equalities that do not hold in the digits they show."""
        for name, found in self.equalities.items():
            for equality in found:
                if not equality.holds(self.functions):
                    sides = [value(side, self.functions) for side in equality[::2]]
                    yield f"{name}: {equality}, but the sides are {sides[0]:.9g} and {sides[1]:.9g}"

    def untraced(self) -> Iterator[tuple[str, Number, str, float]]:
        """Yield each number that nothing near shows: its cell, itself, its words, what is nearest."""
        names = list(self.cells)
        for name, text in self.texts.items():
            at = names.index(name)
            near = [v for n in names[max(0, at - NEAR) : at + NEAR + 1] for v in self.shown[n]]
            source = self.cells[name].source
            given = [m.span() for m in re.finditer(self.course.given, source, FLAGS)]
            for number in numbers(text):
                if (
                    (number.unit < 1 or abs(number.value) >= SMALLEST)
                    and number.start not in self.vouched[name]
                    and not any(start <= number.start < end for start, end in given)
                    and not number.is_shown_by(near)
                ):
                    nearest = min(near, key=lambda v: abs(v - number.value), default=math.nan)
                    yield name, number, words(source, number.start), nearest

    def _text(self, source: str) -> str:
        """Return a text of the same length with blanks for what is none."""

        def blank(match):
            return match["keep"] or " " * len(match[0])

        text = re.sub(f"(?P<keep>(?!))|{NOISE}|{self.course.names}", blank, source, flags=FLAGS)
        return re.sub(rf"(?P<keep>{FORMULA.pattern})|{self.references}", blank, text, flags=FLAGS)

    def _shown(self, cell: nbformat.NotebookNode) -> Iterator[float]:
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

    A source is ``#cell`` or ``page#cell``, a cell that shows the number from farther away, with a
    minus before it where it shows the other sign; ``= …``, a Python expression that gives the
    number; or in words why nothing can.
    """
    entries = {(entry["number"], entry["words"]): entry["source"] for entry in listed}
    used = set()
    for cell, number, around, nearest in pages[name].untraced():
        here = f"{cell}: {number.text} in {around!r}"
        source = entries.get((number.text, around))
        used.add((number.text, around))
        if not source:
            yield f"{here} is not shown near; what comes nearest is {nearest:.9g}"
        elif source.startswith("="):
            if not number.rounds(float(eval(source[1:], dict(namespace)))):
                yield f"{here} is not {source[1:]}"
        elif "#" in source:
            page, _, at = source.removeprefix("-").partition("#")
            sign = -1 if source.startswith("-") else 1
            if not number.is_shown_by(sign * v for v in pages[page or name].shown.get(at, ())):
                yield f"{here} is not shown in {source}"
    for number, around in entries.keys() - used:
        yield f"the list has a source for {number} in {around!r}, which needs none or is gone"
