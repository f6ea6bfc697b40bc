"""What a formula is worth, in the names that a page has at that point.

Everything is taken as it stands: ⊙ multiplies entry by entry, a dot or nothing between two arrays
is the matrix product, an indexed sum runs over the index it names. A symbol the page does not have
raises `Unknown`; nothing is guessed.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from itertools import chain, count, islice, product, takewhile
from keyword import iskeyword
from typing import Any

import numpy as np

from .latex import Name, Tree, Unreadable, names_in, read, symbol, walk

Value = np.ndarray

SPELT = {"varepsilon": "epsilon", "ell": "l"}
MANY = 500  # so many entries of a long list are tried
STEPS = {"-": "_prev", "+": "_next"}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in ("exp", "log", "tanh", "cos", "sin", "mean")},
    "ln": np.log,
    "max": lambda *values: reduce(np.maximum, values),
    "min": lambda *values: reduce(np.minimum, values),
    "binom": lambda n, k: math.comb(round(float(n)), round(float(k))),
    "sigma": lambda z: 1 / (1 + np.exp(-z)),
    "sigma'": lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2,
    "tanh'": lambda z: 1 - np.tanh(z) ** 2,
    "ReLU": lambda z: np.maximum(z, 0),
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True),
    "step": lambda z: np.where(np.asarray(z) >= 0, 1.0, 0.0),
}


class Unknown(LookupError):
    """The page has no such name, or not in this shape."""


class Outside(Unknown):
    """An entry before the first or behind the last."""


class Shapeless(Unknown):
    """The page has the names, but their shapes do not fit."""

    def __init__(self, *values: Value) -> None:
        super().__init__(f"shapes {' and '.join(str(value.shape) for value in values)}")


class Unequal(ValueError):
    """Two things that a formula says are equal are not."""


@dataclass(frozen=True)
class Page:
    """The names of a page, the values of running indices, and what check lines derive."""

    names: dict[str, Any]
    first: int = 1  # what the first entry of an array is called
    indices: dict[str, int] = field(default_factory=dict)
    own: tuple = ()  # derivatives of the statement's own check line
    known: tuple = ()  # and of any
    chains: bool = True  # whether a chain of derivatives is the derivative; not where one refutes


def number(value: Any) -> Value:
    """Return ``value`` as an array of floats, or raise Unknown."""
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise Unknown("no numbers") from None


def same(a: Value, b: Value, tolerance: float = 1e-9) -> bool:
    """Return whether two values are equal; a row, a column and a list are the same vector."""
    a, b = np.squeeze(a), np.squeeze(b)
    scale = max(np.abs(a).max(initial=0), np.abs(b).max(initial=0), 1e-3)
    return a.shape == b.shape and bool((np.abs(a - b) <= tolerance * scale).all())


# --- operations ----------------------------------------------------------------------------------


def multiply(a: Value, b: Value) -> Value:
    """Return what stands for a product: of numbers, of a number and an array, or of matrices."""
    if a.ndim == 2 and a.shape[1] == 1 and b.ndim == 1:
        return np.outer(a, b)
    with suppress(ValueError):
        return np.matmul(a, b)
    if 1 in (a.size, b.size):
        return a * b
    raise Shapeless(a, b)


def entrywise(operation: Callable[[Value, Value], Value], a: Value, b: Value) -> Value:
    """Return what is made of two arrays of one shape, or of an array and a number."""
    if a.shape != b.shape and 1 not in (a.size, b.size):
        raise Shapeless(a, b)
    return operation(a, b)


def correlate(a: Value, b: Value) -> Value:
    return np.tensordot(np.lib.stride_tricks.sliding_window_view(a, b.shape), b, axes=2)


RULES: dict[str, Callable[..., Value]] = {
    "neg": np.negative,
    "+": np.add,
    "-": np.subtract,
    "*": multiply,
    "/": partial(entrywise, np.divide),
    "odot": partial(entrywise, np.multiply),
    "star": correlate,
    "power": np.power,
    "T": lambda a: a[:, None] if a.ndim == 1 else a.T,  # a list of numbers is a row
    "vert": lambda a: np.abs(a) if a.size == 1 else np.sqrt((a**2).sum()),
    "sqrt": np.sqrt,
    "floor": np.floor,
    "ceil": np.ceil,
}


def evaluate(tree: Tree, page: Page) -> Value:
    """Return the value of a formula."""
    match tree:
        case ("num", value, _):
            return np.asarray(value)
        case ("name", *_):
            return named(tree, page)
        case ("+" | "*" | "sum", *_) if (whole := path(tree, page)) is not None:
            return whole
        case ("sum", letter, first, last, body):
            return series(letter, first, last, body, page)
        case ("dots", kind, begun, last):
            return dotted(kind, begun, last, page)
        case ("derivative", above, below):
            return derivative(above, below, page)
        case ("brace", body, label):
            return braced(body, label, page)
        case ("matrix", *rows):
            return np.array([[single(evaluate(part, page)) for part in row] for row in rows])
        case ("tuple", *items):
            return np.array([single(evaluate(item, page)) for item in items])
        case ("entry", body, below):
            return entry(evaluate(body, page), below, page)
        case ("call", name, items) if known := function(name, page):
            return number(known(*(evaluate(item, page) for item in items)))
        case ("call", name, (inner,)):
            return multiply(named(name, page), evaluate(inner, page))
        case ("power" | "T", ("call", name, (inner,)), *rest) if not function(name, page):
            return multiply(named(name, page), evaluate((tree[0], inner, *rest), page))
    if tree[0] not in RULES:
        raise Unreadable(tree[-1])  # words, or why there is no tree
    return np.asarray(RULES[tree[0]](*(evaluate(part, page) for part in tree[1:])))


def single(value: Value) -> Value:
    """Return a single number."""
    if value.size != 1:
        raise Shapeless(value)
    return value.reshape(())


def braced(body: Tree, label: str, page: Page) -> Value:
    """Return what stands over a brace; where it has no value of its own, what stands below it."""
    # a label is a formula too, or words, or a shape
    shape = re.fullmatch(r"(\S+) \\times (\S+)", label)
    try:
        value = held = evaluate(body, page)
    except Unknown:
        if shape or not label:
            raise
        return evaluate(read(label), page)
    if shape:
        held = np.array(value.reshape(len(value), -1).shape if value.ndim else (1, 1))
    try:
        parts = [evaluate(read(part), page) for part in (shape.groups() if shape else [label])]
        below = np.array(parts) if shape else parts[0]
    except (Unknown, Unreadable):
        return value
    if not same(held, below):
        raise Unequal(f"the brace holds {held}, below it stands {label}, {below}")
    return value


def series(letter: str, first: Tree | None, last: Tree | None, body: Tree, page: Page) -> Value:
    """Return a sum; its range is written, or that of the arrays that the letter counts in."""
    if first and last:
        span = range(index_of(first, page), index_of(last, page) + 1)
    else:
        span = running(letter, body, page)
    terms, outside = [], None
    for i in span:
        try:
            terms.append(evaluate(body, at(page, {letter: i})))
        except Outside as error:  # beyond the ends of w a term of w_{i+p-sr} counts as 0
            outside = error
    if outside and not terms:
        raise outside
    return np.asarray(sum(terms, 0.0))


def at(page: Page, indices: dict[str, int]) -> Page:
    """Return the page with values for some indices."""
    return replace(page, indices=page.indices | indices)


def operands(kind: str, tree: Tree) -> list[Tree]:
    """Return the terms of a sum, or the factors of a product."""
    return [*operands(kind, tree[1]), tree[2]] if tree[0] == kind else [tree]


def dotted(kind: str, begun: Tree, last: Tree, page: Page) -> Value:
    """Return the value of "a_1 + a_2 + … + a_n", whose first terms must be like its last."""
    terms = [evaluate(term, page) for term in operands(kind, begun)]
    for first, letter in product((0, 1, 2), sorted(counted(last))):
        span = range(first, index_of(symbol(letter), page) + 1)
        with suppress(Unknown):
            whole = [evaluate(last, at(page, {letter: n})) for n in span]
            if len(terms) <= len(whole) and all(map(same, terms, whole)):
                return reduce(RULES[kind], whole)
    raise Unequal("the terms before the dots are not like the one behind them")


def counted(tree: Tree) -> set[str]:
    """Return the letters that stand below the symbols of a formula."""
    return {letter.base for name in names_in(tree) for letter in names_in(name.below)}


# --- names ---------------------------------------------------------------------------------------


def spelt(name: Name) -> str:
    """Return a symbol's Python name, without what stands below it."""
    step = re.fullmatch(r"[a-zA-Z]([+-])1", name.layer)
    layer = STEPS[step[1]] if step else name.layer if name.layer.isdigit() else ""
    return SPELT.get(name.base, name.base) + layer


def capital(root: str) -> str:
    """Return a name with a capital first letter: w is an entry of W."""
    return root[0].upper() + root[1:]


def sample(name: Name) -> tuple[Name, ...]:
    """Return the index above a symbol, if it is that of a sample; l is that of a layer."""
    return (symbol(name.layer),) if re.fullmatch("[a-km-z]", name.layer) else ()


def spellings(name: Name) -> Iterator[tuple[str, tuple[Tree, ...]]]:
    """Yield the names in Python that a symbol may have, each with the indices left over."""
    root, below = spelt(name), sample(name) + name.below
    match below:
        case [("num", *_), *_] if all(tree[0] == "num" for tree in below):
            digits = "".join(tree[2] for tree in below)
            yield from ((root + digits, ()), (f"{root}_{digits}", ()))
        case [("label", text)]:
            yield f"{root}_{text}", ()
        case [("-" | "+" as sign, ("name", *_) as index, ("num", 1.0, _))]:
            yield root + STEPS[sign], (index,)
    yield root, below
    if iskeyword(root):  # lambda is a word of the language, so its variable is lambda_
        yield f"{root}_", below
    if below:  # the entries of a table are written small
        yield capital(root), below
        yield lettered(name), below


def lettered(name: Name) -> str:
    """Return w_ij, if nothing but letters stands below w."""
    letters = [tree.base for tree in name.below if isinstance(tree, Name) and not tree.below]
    return f"{spelt(name)}_{''.join(letters)}" if len(letters) == len(name.below) > 0 else ""


def ndim(value: Any) -> int:
    with suppress(Unknown):
        return number(value).ndim
    return 0


def meanings(name: Name, page: Page) -> Iterator[tuple[Value, tuple[Tree, ...]]]:
    """Yield what a symbol may stand for, best first: an array of the page, and indices into it."""
    root, below = spelt(name), sample(name) + name.below
    own = page.names.get(lettered(name))
    numbered = (page.names.get(f"{root}{n}") for n in count(page.first))
    family = list(takewhile(lambda value: value is not None and not ndim(value), numbered))
    found = [(page.names[key], left) for key, left in spellings(name) if key in page.names]
    if len(below) == 1 and len(family) > 1:  # z1, z2, z3: each with a name of its own
        found.append((family, below))
    if own is not None and not ndim(own):  # m_p, f_h: a number of that very name
        found.insert(0, (own, ()))
    for value, indices in found:
        with suppress(Unknown):  # a function, say
            array = number(value)
            if array.ndim or not indices:
                yield array, indices


def named(name: Name, page: Page) -> Value:
    """Return what a symbol stands for."""
    root, outside = spelt(name), None
    if name in map(symbol, page.indices):
        return np.asarray(float(page.indices[name.base]))
    if not name.below and callable(page.names.get(root)) and not name.primes:
        return settled(page.names[root], page)
    for array, indices in () if name.primes else meanings(name, page):
        try:
            if len(indices) == 1 and indices == name.below:  # a0, a1: each with its own name
                alone = page.names.get(f"{root}{index_of(indices[0], page)}")
                if alone is not None and not ndim(alone):
                    return number(alone)
            return entry(array, indices, page)
        except Outside as error:
            outside = error
        except Unknown:
            continue
    if outside and any(index[0] in STEPS for index in name.below):
        raise outside
    if name == symbol("e") and "e" not in page.names:
        return np.asarray(np.e)
    marks = "'" * name.primes + f" with {len(name.below)} indices" * bool(name.below)
    raise Unknown(f"the page has no {root}{marks}")


def settled(function: Callable[..., Any], page: Page) -> Value:
    """Return the value of a function of names that the page has."""
    try:
        parameters = inspect.signature(function).parameters
        return number(function(*(page.names[name] for name in parameters)))
    except (KeyError, TypeError, ValueError):
        raise Unknown("a function, not a number") from None


def function(name: Name, page: Page) -> Callable[..., Any] | None:
    """Return the function that a symbol names, or None where it is a factor before brackets."""
    # the activation of a layer may be that of all
    for layer in (name, name._replace(layer="")):
        if callable(known := page.names.get(spelt(layer) + "_prime" * name.primes)):
            return known
    with suppress(Unknown):
        named(name, page)
        return None
    digits = "".join(tree[2] for tree in name.below if tree[0] == "num")
    if name.base == "log" and digits:  # two digits below are read as two indices
        return lambda z: np.log(z) / np.log(float(digits))
    return None if name.below else FUNCTIONS.get(name.base + "'" * name.primes)


def index_of(tree: Tree, page: Page) -> int:
    """Return the value of an index."""
    value = float(single(evaluate(tree, page)))
    if value != int(value):
        raise Unknown("an index that is no whole number")
    return int(value)


def shaped(array: Value, axes: int) -> Value:
    """Return an array with so many axes: a row or a column is a list to one index."""
    if array.ndim == axes:
        return array
    small = np.squeeze(array)
    return small.reshape((1,) * axes) if small.size == 1 else small


def entry(array: Value, indices: tuple[Tree, ...], page: Page) -> Value:
    """Return an entry, or the row that fewer indices than axes pick."""
    if not indices:
        return array
    array, place = shaped(array, len(indices)), [index_of(i, page) - page.first for i in indices]
    if array.ndim < len(place):
        raise Unknown(f"{len(place)} indices for shape {array.shape}")
    if not all(0 <= at < size for at, size in zip(place, array.shape, strict=False)):
        raise Outside(f"no entry {indices} in shape {array.shape}")
    return array[tuple(place)]


# --- running indices -----------------------------------------------------------------------------


def running(letter: str, tree: Tree, page: Page) -> range:
    """Return the values of an index: as many as the arrays have that it counts in."""
    page, tables = replace(page, indices={letter: 0, **page.indices}), []
    for part in walk(tree, closed="derivative"):
        if isinstance(part, Name):
            tables += islice(meanings(part, page), 1)
        elif part[:1] == ("derivative",):
            tables += islice(slopes(*part[1:], page), 1)
    axes = [zip(shaped(a, len(i)).shape, i, strict=False) for a, i in tables]
    sizes = {size for each in axes for size, index in each if index == symbol(letter)}
    if not sizes:
        raise Unknown(f"nothing says how far {letter} runs")
    return range(page.first, page.first + min(sizes))


def free_indices(tree: Tree, page: Page) -> set[str]:
    """Return the letters that count entries and belong to no sum."""
    found, bound = set(), set()
    for part in walk(tree):
        match part:
            case Name():
                _, indices = next(meanings(part, page), (None, sample(part) + part.below))
                found |= {n.base for index in indices for n in names_in(index)}
                # s in X_{s i + u}, p in w_{i + p - s r} and L in a_L are numbers of the page
                sums = [i for i in indices if i[0] in STEPS and i[2][0] != "num"]
                fixed = {
                    n.base for i in indices for n in names_in(i) if i in sums or n.base.isupper()
                }
                bound |= {letter for letter in fixed if isinstance(page.names.get(letter), int)}
            case ("sum", letter, *_):
                bound.add(letter)
            case ("dots", _, _, last):
                bound |= counted(last)
    return {letter for letter in found - bound if len(letter) == 1}


def settings(trees: list[Tree], page: Page) -> Iterator[Page]:
    """Yield the page with every choice of the running indices that the formulas share."""
    trees = tuple(trees)
    from_zero = any(part[:1] == ("sum",) and part[2] == read("0") for part in walk(trees))
    page = replace(page, first=0 if from_zero else page.first)
    free = set().union(*(free_indices(tree, page) for tree in trees)) - page.indices.keys()
    ranges = {letter: running(letter, trees, page) for letter in sorted(free)}
    for choice in islice(product(*ranges.values()), MANY):
        yield at(page, dict(zip(ranges, choice, strict=True)))


# --- derivatives ---------------------------------------------------------------------------------


def derivative(above: Tree, below: Tree, page: Page) -> Value:
    """Return a derivative: by the own check line, a name such as dJ_dw, or another check line."""

    def given(lines: tuple) -> Iterator[Value]:
        return (line.value(page) for line in lines if (line.above, line.below) == (above, below))

    named = (entry(array, indices, page) for array, indices in slopes(above, below, page))
    for value in chain(given(page.own), named, given(page.known)):
        return value
    raise Unknown("a derivative that the page has no name for")


def slopes(above: Tree, below: Tree, page: Page) -> Iterator[tuple[Value, tuple[Tree, ...]]]:
    """Yield the arrays that a derivative may be, such as dJ_dW, and the indices left over."""
    if isinstance(above, Name) and isinstance(below, Name):
        for (a, over), (b, under) in product(spellings(above), spellings(below)):
            if f"d{a}_d{b}" in page.names:
                yield number(page.names[f"d{a}_d{b}"]), over + under


def path(tree: Tree, page: Page) -> Value | None:
    """Return what a sum of chains of derivatives amounts to, if each leads the same way.

    ``∂J/∂y · ∂y/∂w`` is ``∂J/∂w``: the links are compared, not the numbers.
    """
    ends = {linked(term) for term in operands("+", tree)}
    if page.chains and len(ends) == 1 and None not in ends:
        with suppress(Unknown):
            return derivative(*ends.pop(), page)
    return None


def linked(tree: Tree) -> tuple[Tree, Tree] | None:
    """Return the two ends of a product of derivatives, if each of them leads to the next."""
    letter, tree = (tree[1], tree[4]) if tree[0] == "sum" else (None, tree)
    factors = operands("*", tree)
    if len(factors) < 2 or any(factor[0] != "derivative" for factor in factors):
        return None
    above, below = [f[1] for f in factors], [f[2] for f in factors]
    first, last = [t for t in above if t not in below], [t for t in below if t not in above]
    letters = set().union(*(counted(t) for t in above if t not in first))
    # a sum over the paths, and only that
    if len(first) == len(last) == 1 and letters - {"k", "l"} == ({letter} if letter else set()):
        return first[0], last[0]
    return None
