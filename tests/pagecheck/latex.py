r"""LaTeX as it stands beside Python, read into a small tree: nothing is normalised, nothing dropped.

A tree is a tuple, its kind first: ``("*", a, b)`` is a product by juxtaposition or a dot,
``("odot", a, b)`` one entry by entry, a `Name` a symbol with all its marks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

Tree = tuple[Any, ...]
Chain = list[tuple[str, str]]  # (the relation before it, a side)

TOKEN = re.compile(
    r"\\(?:begin|end)\{[a-z]*matrix\}|\\text\{[^{}]*\}|\\[A-Za-z]+|\\\\(?:\[[^\]]*\])?"
    r"|\\.|\d+(?:\.\d+)?(?:(?:\\,|\{,\})\d{3}(?!\d))*|\.\d+|\S"
)
SPACES = {
    r"\,", r"\;", r"\!", r"\:", r"\ ", "~", r"\left", r"\right", r"\displaystyle", r"\textstyle", r"\limits",
    *(rf"\{size}{side}" for size in ("big", "Big") for side in ("", "l", "r")),
}  # fmt: skip
RELATIONS = {
    "=": "=", r"\ne": "!=", r"\neq": "!=", r"\approx": "~", "<": "<", ">": ">", r"\le": "<=", r"\ge": ">=",
    r"\leq": "<=", r"\geq": ">=", r"\leftarrow": "<-",
}  # fmt: skip
WIDE = {r"\quad", r"\qquad"}
DOTS = {r"\dots", r"\cdots", r"\ldots"}
FONTS = {"", r"\mathrm", r"\operatorname", r"\mathbf", r"\boldsymbol", r"\mathcal"}
# what stands between two trees: its kind, and how strongly it binds; nothing is a product
PRODUCT = ("*", 3)
INFIX = {
    "+": ("+", 1), "-": ("-", 1), r"\odot": ("odot", 2), r"\star": ("star", 2), "/": ("/", 3),
    r"\cdot": PRODUCT, r"\times": PRODUCT, "*": PRODUCT,
}  # fmt: skip
# where a sign may stand before a tree: at the head of a sum, a minus behind a dot too
HEADS = {("+", 1), ("-", 1), ("-", 4)}
BRACKETS = {
    "(": ")", "[": "]", "{": "}", r"\lvert": r"\rvert", r"\lfloor": r"\rfloor", r"\lceil": r"\rceil",
}  # fmt: skip
CLOSING = {*BRACKETS.values(), "", ",", "&"}
# functions that need no brackets
WORDS = {"ln", "exp", "tanh", "log", "max", "min", "softmax", "ReLU", "step", "mean", "cos", "sin"}


class Unreadable(ValueError):
    """The LaTeX is beyond this reader."""


class Name(NamedTuple):
    """A symbol: its letter, the layer in brackets above, what stands below it, its primes."""

    kind: str
    base: str  # y_hat, Delta_w, dW
    layer: str = ""  # 2, l+1; of a sample, s
    below: tuple[Tree, ...] = ()
    primes: int = 0


def symbol(base: str) -> Name:
    """Return a letter without marks."""
    return Name("name", base)


def walk(tree: Any, closed: str = "") -> Iterator[Tree]:
    """Yield a tree and all trees in it, except those within a ``closed`` kind."""
    if isinstance(tree, tuple):
        yield tree
        for part in tree if tree[:1] != (closed,) else ():
            yield from walk(part, closed)


def names_in(tree: Any) -> list[Name]:
    """Return the symbols of a formula."""
    return [part for part in walk(tree) if isinstance(part, Name)]


def split(latex: str) -> list[str]:
    """Return the tokens of some LaTeX, with bars that are told apart."""
    barred = re.sub(r"\|([^|]*)\|", r"\\lvert \1\\rvert ", latex)
    return [token for token in TOKEN.findall(barred) if token not in SPACES]


def relations(display: str) -> list[Chain]:
    """Return the statements of a formula: chains of at least two sides."""
    return [chain for chain in chains(display) if len(chain) > 1]


def chains(display: str) -> list[Chain]:
    """Split a formula where it has commas or words, each part a chain of (relation before it, side)."""
    display = re.sub(r"\\overset\{\?\}\{=\}", r"\\neq", display)  # a claim to be refuted
    found, depth = [[("", [])]], 0
    for token in split(re.sub(r"\\(begin|end)\{aligned\}", " ", display)):
        depth += bool(re.match(r"[{(\[]|\\begin", token)) - bool(re.match(r"[})\]]|\\end", token))
        if not depth and token in RELATIONS:
            found[-1].append((RELATIONS[token], []))
        elif not depth and (token in {",", *WIDE} or re.match(r"\\text\{.* ", token)):
            # a condition in words belongs to no side
            found.append([("text" if "text" in token else "", [])])
        elif depth or (token != "&" and token[:2] != r"\\"):  # the next line of an alignment
            found[-1][-1][1].append(token)
    sides = [[(r, " ".join(side).strip(" .,;&")) for r, side in chain] for chain in found]
    told = [[(relation, side) for relation, side in chain if side] for chain in sides]
    return [chain for chain in told if chain and chain[0][0] != "text"]


class _Reader:
    """Reads a tree off the head of a list of tokens, operators by how strongly they bind."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = list(tokens)

    @property
    def next(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self, *expected: str) -> str:
        if not self.tokens or (expected and self.next not in expected):
            raise Unreadable(f"{self.next or 'its end'} stands where {expected or 'more'} should")
        return self.tokens.pop(0)

    def taken(self, *wanted: str) -> bool:
        """Take the next token if it is wanted."""
        return self.next in wanted and bool(self.take())

    def at_end(self) -> bool:
        return self.next in CLOSING or self.next.startswith(("\\\\", r"\end"))

    def group(self) -> list[str]:
        """Return the tokens in braces, or the one standing for them."""
        token = self.take()
        if re.fullmatch(r"\d\d+", token):  # \tfrac12 is one half
            self.tokens.insert(0, token[1:])
            return [token[0]]
        if token != "{":
            return [token]
        depth, body = 1, []
        while depth:
            body.append(self.take())
            depth += {"{": 1, "}": -1}.get(body[-1], 0)
        return body[:-1]

    def items(self) -> list[Tree]:
        """Read trees between commas."""
        items = [self.tree()]
        while self.taken(","):
            items.append(self.tree())
        return items

    def tree(self, least: int = 1) -> Tree:
        """Read as far as the operators bind at least so strongly."""
        if (self.next, least) in HEADS:
            sign, tree = self.take(), self.tree(max(least, 2))
            tree = ("neg", tree) if sign == "-" else tree
        else:
            tree = self.marked(self.atom())
        while not self.at_end():
            kind, binds = INFIX.get(self.next, PRODUCT)
            if binds < least:
                break
            infix = self.take() if self.next in INFIX else None
            dotted = self.taken(*DOTS)
            if dotted and infix:
                self.take(infix)
            right = self.tree(binds + 1)
            tree = ("dots", kind, tree, right) if dotted else (kind, tree, right)
        return tree

    def atom(self) -> Tree:
        """Read what is no operation, or in brackets of some kind."""
        match token := self.take():
            case "(" | "[" | "{" | r"\lvert" | r"\lfloor" | r"\lceil":
                items = self.bracketed(token)
                tree = items[0] if len(items) == 1 else ("tuple", *items)
                return (token[2:], tree) if "\\" in token else tree
            case r"\frac" | r"\tfrac" | r"\dfrac":
                above, below = self.group(), self.group()
                if above[:1] == below[:1] and above[:1] in ([r"\partial"], ["d"]):
                    return ("derivative", whole(above[1:]), whole(below[1:]))
                return ("/", whole(above), whole(below))
            case r"\binom":
                return ("call", symbol("binom"), (whole(self.group()), whole(self.group())))
            case r"\partial":
                above = self.marked(self.atom())
                self.take("/")
                self.take(r"\partial")
                return ("derivative", above, self.marked(self.atom()))
            case r"\sqrt":
                return ("sqrt", whole(self.group()))
            case r"\underbrace" | r"\overbrace":
                body = whole(self.group())
                return ("brace", body, " ".join(self.group() if self.taken("_", "^") else ()))
            case r"\sum":
                return self.series()
        if token.startswith(r"\begin"):
            return self.matrix()
        if re.match(r"\.?\d", token):
            return ("num", float(re.sub(r"\\,|\{,\}", "", token)), token)
        return symbol(self.letters(token))

    def bracketed(self, token: str) -> list[Tree]:
        items = self.items()
        self.take(BRACKETS[token])
        return items

    def letters(self, token: str) -> str:
        """Return the name of the symbol that a token begins."""
        if token in (r"\hat", r"\bar", r"\tilde"):
            return f"{self.letters(token='')}_{token[1:]}"
        if token == r"\Delta":
            return f"Delta_{self.letters(token='')}"
        if token in FONTS:
            return "".join(self.group()).lstrip("\\")
        if token == "d" and re.fullmatch("[aAbBEKpPQSUVwWxXyYzZ]", self.next):
            return "d" + self.take()  # dW, the derivative by W
        if token.startswith(r"\text{"):
            return token[6:-1]
        if not re.fullmatch(r"\\?[A-Za-z]+", token) or token in DOTS:
            raise Unreadable(f"cannot read {token}")
        return token.lstrip("\\")

    def series(self) -> Tree:
        """Read a sum over one or more letters, as far as a product goes."""
        limits: dict[str, list[str]] = {"_": [], "^": []}
        while self.next in limits:
            limits[self.take()] += self.group()
        below, equals, first = " ".join(limits["_"]).partition("=")
        start = whole(split(first)) if equals else None
        end = whole(limits["^"]) if limits["^"] else None
        body = self.tree(PRODUCT[1])
        for letter in reversed(re.findall(r"[A-Za-z]+", re.sub(r"\\text\{.*?\}", "", below))):
            body = ("sum", letter, start, end, body)
        return body

    def matrix(self) -> Tree:
        rows = [[self.tree()]]
        while not (mark := self.take()).startswith(r"\end"):
            if mark.startswith("\\\\"):
                rows.append([])
            elif mark != "&":
                raise Unreadable(f"{mark} stands in a matrix")
            rows[-1].append(self.tree())
        return ("matrix", *map(tuple, rows))

    def marked(self, tree: Tree) -> Tree:
        """Read what stands above, below and behind a tree; some of it is part of a name."""
        around: list[Tree] = []
        while self.next in ("_", "^", r"\%") or (self.next == "'" and isinstance(tree, Name)):
            mark, named = self.take(), isinstance(tree, Name)
            body = [mark] if mark in ("'", r"\%") else self.group()
            if mark == "_" and named:
                tree = tree._replace(below=tree.below + _indices(body))
                continue
            if mark == "_":
                around.append(("entry", _indices(body)))
                continue
            while body and body[-1] in ("T", r"\top", "'", r"\prime"):
                if body.pop() in ("T", r"\top"):
                    around.append(("T",))
                elif named:
                    tree = tree._replace(primes=tree.primes + 1)
            if body == [r"\%"]:
                around.append(("/", ("num", 100.0, "100")))
            elif named and len(body) > 2 and body[0] + body[-1] in ("[]", "()"):
                tree = tree._replace(layer="".join(body[1:-1]))
            elif tree == symbol("e") and body and body != ["2"]:
                # a name squared is an error, if the page has one; else the value is the same
                tree = ("call", symbol("exp"), (whole(body),))
            elif body:
                around.append(("power", whole(body)))
        if isinstance(tree, Name):
            if self.next in ("(", "[") and ("T",) not in around:
                tree = self.marked(("call", tree, tuple(self.bracketed(self.take()))))
            elif tree.base in WORDS and self.next not in INFIX and not self.at_end():
                tree = ("call", tree, (self.marked(self.atom()),))
        for kind, *parts in around:
            tree = (kind, tree, *parts)
        return tree


@cache
def read(latex: str) -> Tree:
    """Return the tree of one side of a statement."""
    return whole([token for token in split(latex.strip().rstrip(".,;")) if token not in WIDE])


def readable(latex: str) -> Tree:
    """Return the tree of a side, or one that says why there is none and has no value."""
    try:
        return read(latex)
    except Unreadable as error:
        return ("nothing", str(error))


def whole(tokens: list[str], rule: Callable[[_Reader], Any] = _Reader.tree) -> Any:
    """Return what a rule reads, which has to be all of the tokens."""
    reader = _Reader(tokens)
    tree = rule(reader)
    if reader.tokens:
        raise Unreadable(f"cannot read {' '.join(reader.tokens[:5])} in {' '.join(tokens)}")
    return tree


def _indices(body: list[str]) -> tuple[Tree, ...]:
    """Return the indices of a subscript: 21 and ij are two, 3 and k-1 one, words a label."""
    text = "".join(body)
    if text.startswith((r"\text", r"\m")):
        return (("label", re.sub(r"\\text\{(.*)\}", r"\1", text).lstrip("\\")),)
    if re.fullmatch(r"[A-Za-z]{2,4}|\d{2,3}|[a-z]\d|\d[a-z]", text):
        return tuple(map(read, text))
    return tuple(whole(body, _Reader.items))
