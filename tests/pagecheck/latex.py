r"""LaTeX as it stands beside Python, read into a small tree: nothing is normalised, nothing dropped.

A tree is a tuple, its kind first: ``("*", a, b)`` is a product by juxtaposition or a dot,
``("odot", a, b)`` one entry by entry, ``("name", Name(...))`` a symbol with all its marks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

Tree = tuple[Any, ...]

TOKEN = re.compile(
    r"\\begin\{[a-z]*matrix\}|\\end\{[a-z]*matrix\}|\\text\{[^{}]*\}|\\[A-Za-z]+|\\\\(?:\[[^\]]*\])?"
    r"|\\.|\d+(?:\.\d+)?(?:(?:\\,|\{,\})\d{3}(?!\d))*|\.\d+|\S"
)
SPACES = {
    r"\,", r"\;", r"\!", r"\:", r"\ ", r"\left", r"\right", r"\bigl", r"\bigr", r"\big", r"\Big",
    r"\Bigl", r"\Bigr", r"\displaystyle", r"\textstyle", r"\limits", "~",
}  # fmt: skip
RELATIONS = {
    "=": "=", r"\ne": "!=", r"\neq": "!=", r"\approx": "~", "<": "<", ">": ">", r"\le": "<=", r"\ge": ">=",
    r"\leq": "<=", r"\geq": ">=", r"\leftarrow": "<-",
}  # fmt: skip
FRACTIONS = {r"\frac", r"\tfrac", r"\dfrac"}
BRACES = {r"\underbrace", r"\overbrace"}
DOTS = {r"\dots", r"\cdots", r"\ldots"}
ACCENTS = {r"\hat", r"\bar", r"\tilde"}
FONTS = {r"\mathrm", r"\operatorname", r"\mathbf", r"\boldsymbol", r"\mathcal"}
PAIRS = {"(": ")", "[": "]", r"\lfloor": r"\rfloor", r"\lceil": r"\rceil"}
WORDS = {
    "ln",
    "exp",
    "tanh",
    "log",
    "max",
    "min",
    "softmax",
    "ReLU",
    "sigma",
    "step",
    "mean",
    "cos",
    "sin",
}
ENDS = {None, "+", "-", ")", "]", "}", ",", "&", r"\odot", r"\rfloor", r"\rceil", r"\star"}


class Unreadable(ValueError):
    """The LaTeX is beyond this reader."""


@dataclass(frozen=True)
class Name:
    """A symbol: its letter, the layer in brackets above, what stands below, its primes."""

    base: str  # y_hat, Delta_w, dW
    layer: str = ""  # 2, l+1; of a sample, s
    below: tuple[Tree, ...] = ()
    primes: int = 0


def relations(display: str) -> list[list[tuple[str, str]]]:
    """Return the statements of a formula: chains of at least two sides."""
    return [chain for chain in chains(display) if len(chain) > 1]


def chains(display: str) -> list[list[tuple[str, str]]]:
    """Split a formula where it has commas or words, each part a chain of (relation before it, side)."""
    display = re.sub(r"\\overset\{\?\}\{=\}", r"\\neq", display)  # a claim to be refuted
    display = re.sub(r"\\begin\{aligned\}|\\end\{aligned\}", " ", display)
    tokens = [t for t in TOKEN.findall(display) if t not in SPACES]
    statements: list[list[tuple[str, str]]] = []
    chain: list[tuple[str, str]] = []
    side: list[str] = []
    relation, depth, bars = "", 0, 0

    def end_of_side() -> None:
        text = " ".join(side).strip(" .,;&")
        if text:
            chain.append((relation, text))

    def finish() -> None:
        nonlocal chain, side, relation
        end_of_side()
        statements.append(chain)
        chain, side, relation = [], [], ""

    for token in tokens:
        if token in ("{", "(", "[") or token.startswith(r"\begin"):
            depth += 1
        elif token in ("}", ")", "]") or token.startswith(r"\end"):
            depth -= 1
        bars = 1 - bars if token == "|" else bars
        if depth == 0 and token in RELATIONS:
            end_of_side()
            side, relation = [], RELATIONS[token]
        elif depth == 0 and token in (r"\quad", r"\qquad"):
            finish()
        elif depth == 0 and token.startswith(r"\text{") and " " in token:
            finish()
            relation = "text"  # a condition in words belongs to no side
        elif depth == 0 and token == ",":
            finish()
        elif depth == 0 and (token == "&" or token.startswith("\\\\")):
            continue  # the next line of an alignment
        else:
            side.append(token)
    finish()
    return [s for s in statements if s and s[0][0] != "text"]


@cache
def read(latex: str) -> Tree:
    """Return the tree of one side of a statement."""
    tokens = [t for t in TOKEN.findall(latex.strip().rstrip(".,;")) if t not in SPACES]
    reader = _Reader([t for t in tokens if t not in (r"\quad", r"\qquad")])
    tree = reader.sum()
    if reader.tokens:
        raise Unreadable(f"cannot read {' '.join(reader.tokens[:5])} in {latex}")
    return tree


class _Reader:
    """Recursive descent, a method for each level of binding."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens

    @property
    def next(self) -> str | None:
        return self.tokens[0] if self.tokens else None

    def take(self, expected: str | None = None) -> str:
        if not self.tokens:
            raise Unreadable("it ends too early")
        token = self.tokens.pop(0)
        if expected is not None and token != expected:
            raise Unreadable(f"{token} stands where {expected} should")
        return token

    def sum(self) -> Tree:
        sign = self.take() if self.next in ("-", "+") else "+"
        tree = self.entrywise()
        tree = ("neg", tree) if sign == "-" else tree
        while self.next in ("+", "-"):
            operation = self.take()
            if self.next in DOTS:
                self.take()
                self.take(operation)
                tree = ("dots", operation, tree, self.entrywise())
            else:
                tree = (operation, tree, self.entrywise())
        return tree

    def entrywise(self) -> Tree:
        tree = self.product()
        while self.next in (r"\odot", r"\star"):
            tree = (self.take().lstrip("\\"), tree, self.product())
        return tree

    def product(self) -> Tree:
        tree = self.factor()
        while not self.at_end():
            if self.next in (r"\cdot", r"\times", "*"):
                self.take()
                tree = ("dot", tree, self.signed())
            elif self.next == "/":
                self.take()
                tree = ("/", tree, self.factor())
            elif self.next in DOTS:
                self.take()
                tree = ("dots", "*", tree, self.factor())
            else:
                tree = ("*", tree, self.factor())
        return tree

    inside_bars = False

    def at_end(self) -> bool:
        if self.next is None or self.next in ENDS or self.next.startswith(("\\\\", r"\end")):
            return True
        return self.next == "|" and self.inside_bars

    def signed(self) -> Tree:
        if self.next == "-":
            self.take()
            return ("neg", self.factor())
        return self.factor()

    def group(self) -> Tree:
        """Read what stands in braces, or one token standing for it."""
        if self.next == "{":
            self.take()
            outer, self.inside_bars = self.inside_bars, False
            tree = self.sum()
            self.inside_bars = outer
            self.take("}")
            return tree
        token = self.take()
        if re.fullmatch(r"\d\d+", token):  # \tfrac12 is one half
            self.tokens.insert(0, token[1:])
            token = token[0]
        self.tokens.insert(0, token)
        return self.factor(marks=False)

    def raw_group(self) -> list[str]:
        """Return the tokens in braces, or the one standing for them."""
        if self.next != "{":
            return [self.take()]
        self.take()
        depth, body = 1, []
        while depth:
            token = self.take()
            depth += {"{": 1, "}": -1}.get(token, 0)
            body.append(token)
        return body[:-1]

    def factor(self, marks: bool = True) -> Tree:
        token = self.take()
        if token in PAIRS:
            outer, self.inside_bars = self.inside_bars, False
            items = [self.sum()]
            while self.next == ",":
                self.take()
                items.append(self.sum())
            self.inside_bars = outer
            self.take(PAIRS[token])
            tree: Tree = items[0] if len(items) == 1 else ("tuple", *items)
            if token in (r"\lfloor", r"\lceil"):
                tree = ("floor" if token == r"\lfloor" else "ceil", tree)
            return self.marked(("group", tree))
        if token == "|":
            outer, self.inside_bars = self.inside_bars, True
            tree = self.sum()
            self.inside_bars = outer
            self.take("|")
            return self.marked(("abs", tree))
        if token == "{":
            tree = self.sum()
            self.take("}")
            return self.marked(tree)
        if token in FRACTIONS:
            return self.fraction()
        if token == r"\partial":
            above = self.factor()
            self.take("/")
            self.take(r"\partial")
            return ("derivative", above, self.factor())
        if token == r"\sqrt":
            return self.marked(("sqrt", self.group()))
        if token in BRACES:
            body, label = self.group(), []
            if self.next in ("_", "^"):
                self.take()
                label = self.raw_group()
            return self.marked(("brace", body, " ".join(label)))
        if token == r"\sum":
            return self.series()
        if token.startswith(r"\begin"):
            return self.marked(self.matrix())
        if re.fullmatch(r"[\d.]+.*", token):
            number = ("num", float(re.sub(r"\\,|\{,\}", "", token)), token)
            return self.marked(number) if marks else number
        if token in ACCENTS:
            return self.symbol(f"{self.letter()}_{token[1:]}", marks)
        if token == r"\Delta":
            return self.symbol(f"Delta_{self.letter()}", marks)
        if token == "d" and re.fullmatch("[aAbBpPwWxXyYzZ]", self.next or ""):
            return self.symbol("d" + self.take(), marks)  # dW, the derivative by W
        if token.startswith(r"\text{"):
            return self.symbol(token[6:-1], marks)
        if token in FONTS:
            return self.symbol("".join(self.raw_group()), marks)
        if re.fullmatch(r"[A-Za-z]|\\[A-Za-z]+", token) and token not in DOTS:
            return self.symbol(token.lstrip("\\"), marks)
        raise Unreadable(f"cannot read {token}")

    def letter(self) -> str:
        return "".join(self.raw_group()).lstrip("\\")

    def fraction(self) -> Tree:
        if self.tokens[1:2] in ([r"\partial"], ["d"]) and self.next == "{":
            above, below = self.raw_group(), self.raw_group()
            if below and below[0] in (r"\partial", "d"):
                return ("derivative", read(" ".join(above[1:])), read(" ".join(below[1:])))
            raise Unreadable("a derivative has its mark above and below")
        return ("/", self.group(), self.group())

    def series(self) -> Tree:
        below, above = [], []
        while self.next in ("_", "^"):
            (below if self.take() == "_" else above).extend(self.raw_group())
        letters = re.findall(r"\\?[A-Za-z]+", " ".join(below).split("=")[0])
        letters = [letter.lstrip("\\") for letter in letters if not letter.startswith(r"\text")]
        first = read(" ".join(below).split("=")[1]) if "=" in below else None
        last = read(" ".join(above)) if above else None
        body = self.product()
        for letter in reversed(letters):
            body = ("sum", letter, first, last, body)
        return body

    def matrix(self) -> Tree:
        rows: list[list[Tree]] = [[]]
        while not (self.next or r"\end").startswith(r"\end"):
            if (self.next or "").startswith("\\\\"):
                self.take()
                rows.append([])
            elif self.next == "&":
                self.take()
            else:
                rows[-1].append(self.sum())
        self.take()
        return ("matrix", *map(tuple, rows))

    def symbol(self, base: str, marks: bool) -> Tree:
        if not marks:
            return ("name", Name(base))
        layer, below, primes, transposed, power = "", (), 0, False, None
        while self.next in ("_", "^", "'"):
            mark = self.take()
            if mark == "'":
                primes += 1
                continue
            body = self.raw_group()
            if mark == "_":
                below += _indices(body)
                continue
            body, primes, turned = _stripped(body, primes)
            transposed |= turned
            bracketed = len(body) > 2 and (body[0], body[-1]) in (("[", "]"), ("(", ")"))
            if bracketed:
                layer = "".join(body[1:-1])
            elif body:
                power = read(" ".join(body))
        name = Name(base, layer, below, primes)
        # a name squared is an error, if the page has one; else the value is the same
        if base == "e" and power is not None and not below and power != ("num", 2.0, "2"):
            return ("call", Name("exp"), (power,))
        tree: Tree = ("name", name)
        if self.next in ("(", "[") and not transposed:
            tree = self.called(name)
        elif base in WORDS and base != "sigma" and not self.at_end():
            argument = self.factor()
            tree = ("call", name, (argument,))
        if transposed:
            tree = ("T", tree)
        tree = ("power", tree, power) if power is not None else tree
        return self.marked(tree)

    def called(self, name: Name) -> Tree:
        """Read brackets behind a symbol: arguments, or a factor; whoever evaluates it will know."""
        group = self.factor()
        if group[0] != "group":  # a power stands behind the brackets
            return ("behind", name, group)
        items = group[1][1:] if group[1][0] == "tuple" else (group[1],)
        return ("call", name, items)

    def marked(self, tree: Tree) -> Tree:
        """Read a power, a transpose, an entry or a percent sign behind what is already read."""
        while self.next in ("^", "_", r"\%"):
            mark = self.take()
            if mark == r"\%":
                tree = ("/", tree, ("num", 100.0, "100"))
                continue
            body = self.raw_group()
            if mark == "_":
                tree = ("entry", tree, _indices(body))
                continue
            body, _, turned = _stripped(body, 0)
            tree = ("T", tree) if turned else tree
            tree = ("power", tree, read(" ".join(body))) if body else tree
        return tree


def _stripped(body: list[str], primes: int) -> tuple[list[str], int, bool]:
    """Take primes and a transpose off a superscript."""
    turned = False
    while body and body[-1] in ("T", r"\top", "'", r"\prime"):
        if body[-1] in ("T", r"\top"):
            turned = True
        else:
            primes += 1
        body = body[:-1]
    return body, primes, turned


def _indices(body: list[str]) -> tuple[Tree, ...]:
    """Return the indices of a subscript: 21 and ij are two, 3 and k-1 one, words a label."""
    text = "".join(t for t in body if t not in SPACES)
    if text.startswith(r"\text") or text.startswith("\\m"):
        return (("label", re.sub(r"\\text\{(.*)\}", r"\1", text).lstrip("\\")),)
    parts, depth = [[]], 0
    for token in body:
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(token, 0)
        if token == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    if len(parts) == 1 and re.fullmatch(r"[A-Za-z]{2,4}|\d{2,3}|[a-z]\d|\d[a-z]", text):
        parts = [[letter] for letter in text]
    return tuple(read(" ".join(part)) for part in parts)
