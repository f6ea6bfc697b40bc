"""What a formula is worth, in the names that a page has at that point.

Everything is taken as it stands: ⊙ multiplies entry by entry, a dot or nothing between two arrays
is the matrix product, an indexed sum runs over the index it names. A symbol the page does not have
raises `Unknown`; nothing is guessed.
"""

from __future__ import annotations

import contextlib
import inspect
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import numpy as np

from .latex import Name, Tree, Unreadable, read

Value = np.ndarray

SPELT = {"varepsilon": "epsilon", "ell": "l"}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": np.exp,
    "ln": np.log,
    "log": np.log,
    "tanh": np.tanh,
    "cos": np.cos,
    "sin": np.sin,
    "max": lambda *values: reduce(np.maximum, values),
    "min": lambda *values: reduce(np.minimum, values),
    "mean": np.mean,
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


@dataclass(frozen=True)
class Page:
    """The names of a page, the values of running indices, and who knows derivatives."""

    names: dict[str, Any]
    own: Callable[[Tree, Tree, Page], Value] | None = None  # of the statement's own check line
    derivative: Callable[[Tree, Tree, Page], Value] | None = None  # of any check line
    indices: dict[str, int] = field(default_factory=dict)
    first: int = 1  # what the first entry of an array is called
    by: Callable[[Tree, Page], list[Value]] | None = None  # what is known to derive by a name
    chains: bool = True  # whether a chain of derivatives is the derivative; not where one refutes


def number(value: Any) -> Value:
    """Return ``value`` as an array of floats, or raise Unknown."""
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise Unknown("no numbers") from None
    return array


def evaluate(tree: Tree, page: Page) -> Value:
    """Return the value of a formula."""
    match tree:
        case ("num", value, _):
            return np.asarray(value)
        case ("group", inner):
            return evaluate(inner, page)
        case ("neg", a):
            return -evaluate(a, page)
        case ("+", a, b):
            whole = _paths(tree, page)
            return evaluate(a, page) + evaluate(b, page) if whole is None else whole
        case ("-", a, b):
            return evaluate(a, page) - evaluate(b, page)
        case ("*" | "dot", a, b):
            whole = _paths(tree, page)
            return multiply(evaluate(a, page), evaluate(b, page)) if whole is None else whole
        case ("/", a, b):
            a, b = evaluate(a, page), evaluate(b, page)
            if a.size != 1 and b.size != 1 and a.shape != b.shape:
                raise Shapeless(f"a quotient of shapes {a.shape} and {b.shape}")
            return a / b
        case ("odot", a, b):
            a, b = evaluate(a, page), evaluate(b, page)
            if np.squeeze(a).shape != np.squeeze(b).shape and a.size != 1 != b.size:
                raise Shapeless(f"⊙ between shapes {a.shape} and {b.shape}")
            return a * b
        case ("star", a, b):
            a, b = evaluate(a, page), evaluate(b, page)
            return np.tensordot(np.lib.stride_tricks.sliding_window_view(a, b.shape), b, axes=2)
        case ("power", a, b):
            return np.power(evaluate(a, page), evaluate(b, page))
        case ("T", a):
            a = evaluate(a, page)
            return a[:, None] if a.ndim == 1 else a.T  # a list of numbers is a row
        case ("abs", a):
            a = evaluate(a, page)
            return np.abs(a) if a.size == 1 else np.asarray(np.sqrt((a**2).sum()))
        case ("sqrt", a):
            return np.sqrt(evaluate(a, page))
        case ("floor", a):
            return np.floor(evaluate(a, page))
        case ("ceil", a):
            return np.ceil(evaluate(a, page))
        case ("brace", body, label):
            return _braced(body, label, page)
        case ("matrix", *rows):
            return np.array(
                [[_scalar(evaluate(e, page)) for e in row] for row in rows], dtype=float
            )
        case ("tuple", *items):
            return np.array([_scalar(evaluate(item, page)) for item in items])
        case ("sum", letter, first, last, body):
            whole = _paths(tree, page)
            return _series(letter, first, last, body, page) if whole is None else whole
        case ("dots", operation, begun, last):
            return _dotted(operation, begun, last, page)
        case ("entry", a, below):
            return entry(evaluate(a, page), [index_of(i, page) for i in below], page)
        case ("call", name, items):
            return _call(name, [evaluate(item, page) for item in items], page)
        case ("behind", name, ("power", inner, power)):
            return np.power(evaluate(("call", name, (inner,)), page), evaluate(power, page))
        case ("behind", name, inner):
            return multiply(_named(name, page), evaluate(inner, page))
        case ("derivative", above, below):
            return _derivative(above, below, page)
        case ("name", name):
            return _named(name, page)
    raise Unreadable(f"no value for {tree[0]}")


def multiply(a: Value, b: Value) -> Value:
    """Return what stands for a product: of numbers, of a number and an array, or of matrices."""
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    if a.ndim == 2 and a.shape[1] == 1 and b.ndim == 1:
        return np.outer(a, b)
    try:
        return a @ b
    except ValueError:
        pass
    if 1 in (a.size, b.size):
        return a * b
    raise Shapeless(f"a product of shapes {a.shape} and {b.shape}")


def _scalar(value: Value) -> Value:
    """Return a single number."""
    if value.size != 1:
        raise Shapeless(f"a number is wanted, this has shape {value.shape}")
    return value.reshape(())


def spelt(name: Name) -> str:
    """Return a symbol's Python name, without what stands below it."""
    base = SPELT.get(name.base, name.base)
    layer = name.layer
    if re.fullmatch(r"\d+", layer):
        return base + layer
    if re.fullmatch(r"[a-zA-Z]\+1", layer):
        return base + "_next"
    if re.fullmatch(r"[a-zA-Z]-1", layer):
        return base + "_prev"
    return base


def meanings(name: Name, page: Page) -> Iterator[tuple[Value, list[Tree]]]:
    """Yield what a symbol may stand for, best first: an array of the page, and indices into it."""
    root, below = spelt(name), list(name.below)
    if re.fullmatch("[a-z]", name.layer) and name.layer in page.indices:
        below.append(("name", Name(name.layer)))  # a sample
    letters = [tree[1].base for tree in below if tree[0] == "name" and not tree[1].below]
    named = "" if len(letters) < len(below) else f"{root}_{''.join(letters)}"
    family = f"{root}1" in page.names and f"{root}2" in page.names
    tables = [spelling for spelling in (root, capital(root)) if _ndim(page.names.get(spelling))]
    found: list[tuple[str, list[Tree]]] = []
    if _ndim(page.names.get(named)) > len(letters):  # w_u, with an axis for each running index
        found.append((named, [("name", Name(letter)) for letter in page.indices]))
    match below:
        case []:
            found.append((root, []))
        case [("num", _, digits)] if "." not in digits:
            found += [(f"{root}{digits}", []), (f"{root}_{digits}", [])]
        case [("num", _, i), ("num", _, j)]:
            found.append((f"{root}{i}{j}", []))
        case [("label", text)]:
            found.append((f"{root}_{text}", []))
        case [("name", _)] if isinstance(page.names.get(named), int):  # f_h, a size
            found.append((named, []))
        case [("name", _)] if not tables and not family:  # m_p, a number or a list of them
            found.append((named, below if _ndim(page.names.get(named)) else []))
        case [("-" | "+" as step, ("name", _) as index, ("num", 1.0, _))]:
            found.append((f"{root}_{'prev' if step == '-' else 'next'}", [index]))
    for key, indices in found:
        with contextlib.suppress(KeyError, Unknown):  # not there, or a function
            yield number(page.names[key]), indices
    numbers = itertools.takewhile(
        lambda value: value is not None and not _ndim(value),
        (page.names.get(f"{root}{n}") for n in itertools.count(page.first)),
    )
    values = list(numbers)
    if len(below) == 1 and len(values) > 1:  # z1, z2, z3: each with a name of its own
        yield np.array([number(value) for value in values]), below
    if below:  # the entries of a table are written small
        yield from ((number(page.names[table]), below) for table in tables)


def capital(root: str) -> str:
    """Return a name with a capital first letter: w is an entry of W."""
    return root[0].upper() + root[1:]


def _named(name: Name, page: Page) -> Value:
    root = spelt(name)
    if name.primes:
        raise Unknown(f"{root}' without its argument")
    if not name.below and not name.layer and root in page.indices:
        return np.asarray(float(page.indices[root]))
    if not name.below and callable(page.names.get(root)):
        return _settled(page.names[root], page)
    outside = None
    for array, indices in meanings(name, page):
        try:
            if len(indices) == 1 and (*indices,) == name.below:  # a0, a1: each with its own name
                single = page.names.get(f"{root}{index_of(indices[0], page)}")
                if single is not None and not _ndim(single):
                    return number(single)
            return entry(array, [index_of(i, page) for i in indices], page) if indices else array
        except Outside as error:
            outside = error
        except Unknown:
            continue
    if outside and name.below and page.indices and name.below[0][0] in ("+", "-"):
        raise outside
    if name == Name("e") and "e" not in page.names:
        return np.asarray(np.e)
    raise Unknown(f"the page has no {root}" + f" with {len(name.below)} indices" * bool(name.below))


def _settled(value: Any, page: Page) -> Value:
    """Return the value of a function of names that the page has."""
    try:
        parameters = inspect.signature(value).parameters
        return number(value(*(page.names[name] for name in parameters)))
    except (KeyError, TypeError, ValueError):
        raise Unknown("a function, not a number") from None


def _ndim(value: Any) -> int:
    try:
        return number(value).ndim
    except Unknown:
        return 0


def index_of(tree: Tree, page: Page) -> int:
    if tree[0] == "label":
        raise Unknown(f"an index {tree[1]}")
    value = float(_scalar(evaluate(tree, page)))
    if value != int(value):
        raise Unknown("an index that is no whole number")
    return int(value)


def shaped(array: Value, ndim: int) -> Value:
    """Return an array with at least so many axes: a row or a column is a list to one index."""
    if array.ndim == ndim:
        return array
    small = np.squeeze(array)
    return small.reshape((1,) * ndim) if small.size == 1 else small


def entry(array: Value, indices: list[int], page: Page) -> Value:
    """Return an entry, or the row that fewer indices than axes pick."""
    array = shaped(array, len(indices))
    if array.ndim < len(indices):
        raise Unknown(f"{len(indices)} indices for shape {array.shape}")
    place = tuple(i - page.first for i in indices)
    if min(place) < 0 or any(p >= n for p, n in zip(place, array.shape, strict=False)):
        raise Outside(f"no entry {indices} in shape {array.shape}")
    return array[place]


def _call(name: Name, values: list[Value], page: Page) -> Value:
    root = spelt(name)
    spellings = [root + "_prime" * name.primes]
    if name.layer:  # the activation of a layer, where all have the same
        spellings.append(SPELT.get(name.base, name.base) + "_prime" * name.primes)
    for spelling in spellings:
        function = page.names.get(spelling)
        if callable(function):
            return number(function(*values))
    if not name.primes and len(values) == 1:
        try:
            return multiply(_named(name, page), values[0])
        except Unknown:
            pass
    if name.base == "log" and name.below and all(tree[0] == "num" for tree in name.below):
        # the base; two digits below are read as two indices
        base = float("".join(tree[2] for tree in name.below))
        return np.log(values[0]) / np.log(base)
    known = FUNCTIONS.get(name.base + "'" * name.primes)
    if known is None or name.below:
        raise Unknown(f"the page has no function {spellings[0]}")
    return number(known(*values))


def _braced(body: Tree, label: str, page: Page) -> Value:
    """Return what stands over a brace; where it has no value of its own, what stands below it."""
    # a label is a formula too, or words, or a shape
    shape = re.fullmatch(r"\s*(\S.*?)\s*\\times\s*(\S.*?)\s*", label)
    try:
        value = evaluate(body, page)
    except Unknown:
        if shape or not label:
            raise
        return evaluate(read(label), page)
    if shape:
        try:
            wanted = [int(_scalar(evaluate(read(part), page))) for part in shape.groups()]
        except (Unknown, Unreadable):
            return value
        if list(value.reshape(len(value), -1).shape if value.ndim else (1, 1)) != wanted:
            raise Unequal(f"the shape is {value.shape}, below the brace stands {label}")
        return value
    try:
        below = evaluate(read(label), page)
    except (Unknown, Unreadable, IndexError):
        return value
    if not same(value, below):
        raise Unequal(f"the brace holds {value}, below it stands {label}, {below}")
    return value


class Unequal(ValueError):
    """Two things that a formula says are equal are not."""


def same(a: Value, b: Value, tolerance: float = 1e-9) -> bool:
    """Return whether two values are equal; a row, a column and a list are the same vector."""
    a, b = np.squeeze(a), np.squeeze(b)
    scale = max(np.abs(a).max(initial=0), np.abs(b).max(initial=0), 1e-3)
    return a.shape == b.shape and bool((np.abs(a - b) <= tolerance * scale).all())


def _series(letter: str, first: Tree | None, last: Tree | None, body: Tree, page: Page) -> Value:
    if first is not None and last is not None:
        start, end = index_of(first, page), index_of(last, page)
    else:
        start = page.first
        end = start + extent(letter, body, page) - 1
    if start > end:
        return np.asarray(0.0)
    terms, outside = [], None
    for i in range(start, end + 1):
        try:
            terms.append(evaluate(body, replace(page, indices=page.indices | {letter: i})))
        except Outside as error:  # beyond the ends of w a term of w_{i+p-sr} counts as 0
            outside = error
    if outside and not terms:
        raise outside
    return sum(terms[1:], terms[0])


def _dotted(operation: str, begun: Tree, last: Tree, page: Page) -> Value:
    """Return the value of "a_1 + a_2 + … + a_n", whose first terms must be like its last."""
    terms = [begun]
    while terms[0][0] == operation:
        terms[:1] = terms[0][1:]
    counting = [tree for name in names_in(last) for tree in name.below if tree[0] == "name"]
    for first, end in itertools.product((0, 1, 2), counting):
        if all(t == _with(last, end, n) for n, t in enumerate(terms, first)):
            stop = index_of(end, page)
            whole = [evaluate(_with(last, end, n), page) for n in range(first, stop + 1)]
            return reduce(np.add if operation == "+" else multiply, whole)
    raise Unequal("the terms before the dots are not like the one behind them")


def _with(tree: Any, letter: Tree, n: int) -> Any:
    """Return a formula with a number in the place of a letter."""
    if tree == letter:
        return ("num", float(n), str(n))
    if isinstance(tree, Name):
        return replace(tree, below=_with(tree.below, letter, n))
    return tuple(_with(part, letter, n) for part in tree) if isinstance(tree, tuple) else tree


def extent(letter: str, tree: Tree, page: Page) -> int:
    """Return how far an index runs: as far as the arrays that it counts in."""
    page = replace(page, indices={letter: 0, **page.indices})  # of samples, which stand above
    first = [next(meanings(name, page), None) for name in names_in(tree, derivatives=False)]
    first += [next(slopes(*parts, page), None) for parts in derivatives_in(tree)]
    sizes = {
        size
        for array, indices in filter(None, first)
        for size, index in zip(shaped(array, len(indices)).shape, indices, strict=False)
        if index == ("name", Name(letter))
    }
    if not sizes:
        raise Unknown(f"nothing says how far {letter} runs")
    return min(sizes)


def names_in(tree: Any, derivatives: bool = True) -> Iterator[Name]:
    """Yield every symbol of a formula; those within derivatives only if asked for."""
    if isinstance(tree, Name):
        yield tree
        for index in tree.below:
            yield from names_in(index)
    elif isinstance(tree, tuple) and (derivatives or tree[:1] != ("derivative",)):
        for part in tree:
            yield from names_in(part, derivatives)


def derivatives_in(tree: Any) -> Iterator[tuple[Tree, Tree]]:
    """Yield the two parts of every derivative of a formula."""
    if isinstance(tree, tuple) and tree and tree[0] == "derivative":
        yield tree[1], tree[2]
    elif isinstance(tree, tuple):
        for part in tree:
            yield from derivatives_in(part)


def free_indices(tree: Any, page: Page, bound: frozenset[str] = frozenset()) -> set[str]:
    """Return the letters that count entries and belong to no sum."""
    if isinstance(tree, Name):
        found = set()
        for index in next(meanings(tree, page), (None, tree.below))[1]:
            for name in names_in(index):
                # s in X_{s i + u}, p in w_{i + p - s r} and L in a_L are numbers of the page
                constant = index[0] == "+" or (index[0] == "-" and index[2][0] != "num")
                constant = constant or name.base.isupper()
                known = constant and isinstance(page.names.get(name.base), int)
                if len(name.base) == 1 and name.base not in bound and not known:
                    found.add(name.base)
        if re.fullmatch("[a-z]", tree.layer) and tree.layer not in bound | {"l"}:
            found.add(tree.layer)
        return found
    if isinstance(tree, tuple) and tree and tree[0] == "sum":
        return free_indices(tree[4], page, bound | {tree[1]})
    if isinstance(tree, tuple) and tree and tree[0] == "dots":
        return free_indices(tree[2], page, bound)
    if isinstance(tree, tuple):
        return set().union(*(free_indices(part, page, bound) for part in tree))
    return set()


def settings(trees: list[Tree], page: Page) -> Iterator[Page]:
    """Yield the page with every choice of the running indices that the formulas share."""
    found = set().union(*(free_indices(tree, page) for tree in trees))
    order = [name.base for tree in trees for name in names_in(tree)]
    order += sorted(found - set(order))  # of samples, which stand above
    letters = sorted(found - page.indices.keys(), key=order.index)
    starts_at_zero = any(part == ("num", 0.0, "0") for tree in trees for part in _firsts(tree))
    page = replace(page, first=0 if starts_at_zero else page.first)
    ranges = []
    for letter in letters:
        sizes = []
        for tree in trees:
            try:
                sizes.append(extent(letter, tree, page))
            except Unknown:
                continue
        if not sizes:
            raise Unknown(f"nothing says how far {letter} runs")
        ranges.append(range(page.first, page.first + min(sizes)))
    for choice in itertools.islice(itertools.product(*ranges), 500):
        yield replace(page, indices=page.indices | dict(zip(letters, choice, strict=True)))


def _firsts(tree: Any) -> Iterator[Tree]:
    if isinstance(tree, tuple) and tree and tree[0] == "sum":
        yield tree[2] or ()
        yield from _firsts(tree[4])
    elif isinstance(tree, tuple):
        for part in tree:
            yield from _firsts(part)


def _derivative(above: Tree, below: Tree, page: Page) -> Value:
    """Return a derivative: by the own check line, a name such as dJ_dw, or another check line."""
    for ask in (page.own, _by_name, page.derivative):
        if ask is not None:
            try:
                return ask(above, below, page)
            except Unknown:
                continue
    raise Unknown("a derivative that the page has no name for")


def _by_name(above: Tree, below: Tree, page: Page) -> Value:
    for array, indices in slopes(above, below, page):
        return entry(array, [index_of(i, page) for i in indices], page) if indices else array
    raise Unknown("a derivative without a name")


def slopes(above: Tree, below: Tree, page: Page) -> Iterator[tuple[Value, list[Tree]]]:
    """Yield the arrays that a derivative may be, such as dJ_dW, and the indices left over."""
    if not above[0] == below[0] == "name":
        return
    top, bottom = above[1], below[1]
    sample = [("name", Name(top.layer))] if re.fullmatch("[a-z]", top.layer) else []
    for a, over in _spellings(Name(top.base, "", top.below) if sample else top):
        for b, under in _spellings(bottom):
            for variable in (b, capital(b)):
                if f"d{a}_d{variable}" in page.names:
                    yield number(page.names[f"d{a}_d{variable}"]), [*sample, *over, *under]


def _spellings(name: Name) -> Iterator[tuple[str, list[Tree]]]:
    """Yield a symbol as part of a name, with what stands below it in the name or left over."""
    root = spelt(name)
    if re.fullmatch("[a-z]", name.layer) and not name.below:  # a sample: a row of the table
        yield capital(root), [("name", Name(name.layer))]
        return
    digits = "".join(tree[2] for tree in name.below if tree[0] == "num")
    letters = [tree[1].base for tree in name.below if tree[0] == "name"]
    if digits and not letters:
        yield root + digits, []
    if letters:
        yield root + "".join(f"_{letter}" for letter in letters), list(name.below)
    yield root, list(name.below)


def _paths(tree: Tree, page: Page) -> Value | None:
    """Return what a sum of chains of derivatives amounts to, if each leads the same way.

    ``∂J/∂y · ∂y/∂w`` is ``∂J/∂w``: the links are compared, not the numbers.
    """
    terms, ends = [tree], set()
    while terms[0][0] == "+":
        terms[:1] = terms[0][1:]
    for term in terms:
        found = _linked(term)
        if found is None:
            return None
        ends.add(found)
    if len(ends) != 1 or not page.chains:
        return None
    try:
        return _derivative(*ends.pop(), page)
    except Unknown:
        return None


def _linked(tree: Tree) -> tuple[Tree, Tree] | None:
    """Return the two ends of a product of derivatives, if each of them leads to the next."""
    letter = None
    if tree[0] == "sum":
        letter, tree = tree[1], tree[4]
    factors: list[Tree] = []
    while tree[0] in ("*", "dot"):
        factors.append(tree[2])
        tree = tree[1]
    factors.append(tree)
    if len(factors) < 2 or any(factor[0] != "derivative" for factor in factors):
        return None
    above, below = [f[1] for f in factors], [f[2] for f in factors]
    first, last = [t for t in above if t not in below], [t for t in below if t not in above]
    if len(first) != 1 or len(last) != 1:
        return None
    between = {
        n.base for t in above if t not in first for name in names_in(t) for n in _letters(name)
    }
    if (letter is None) != (not between) or (letter and between != {letter}):
        return None  # a sum over the paths, and only that
    return first[0], last[0]


def _letters(name: Name) -> Iterator[Name]:
    for index in name.below:
        yield from (n for n in names_in(index) if n.base not in ("k", "l"))
