"""Tables of symbols: their shapes are those of the page's arrays, and a letter means one thing.

A table of symbols is one whose first column is headed "symbol" and another "meaning"; shapes stand in
the columns that are left, as `(m, 3)`.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np

from .running import Check

SPAN = re.compile(r"\$([^$]+)\$|`([^`]+)`")
SHAPE = re.compile(r"\(\s*[\w ]+(,\s*[\w ]+)*,?\s*\)")
ITEM = re.compile(SPAN.pattern + r"|\b(numbers?)\b")  # what a cell of shapes goes through, in order
ENTRY = re.compile(r"_\{?[ij]+\}?$")
INDEX = re.compile(r"[_^](\{?[\[(]?(\d+|[ijkls]|[ijkl]-1)[\])]?\}?)")
# words that carry no meaning of their own
EMPTY = re.compile(
    "an?|all|and|any|are|as|at|by|for|from|how|into?|its?|is|many|number|of|on|one|or|that|the|to|what"
    "|which|with"
)


class Row(NamedTuple):
    """A row of a table: its cell, the symbols as written, what they mean, and the texts with shapes."""

    cell: str
    symbols: list[str]
    meaning: str
    shapes: list[str]


def tables(cells) -> Iterator[Row]:
    """Yield the rows of all tables of symbols on a page."""
    for cell in cells:
        head = []
        for line in cell.source.splitlines() if cell.cell_type == "markdown" else ():
            parts = [part.strip() for part in line.strip().strip("|").split("|")]
            if not line.startswith("|"):
                head = []
            elif not head:
                head = [part.lower() for part in parts]
            elif head[0] == "symbol" and "meaning" in head and set(line) - set("|-: "):
                place = head.index("meaning")
                shapes = [part for i, part in enumerate(parts) if i not in (0, place)]
                yield Row(cell.id, symbols(parts[0]), parts[place], shapes)


def symbols(text: str) -> list[str]:
    """Return the symbols that a text names, without what they are equal to."""
    spans = [math or code for math, code in SPAN.findall(text)]
    single = [part for span in spans for part in re.split(r"(?<!\\)[,;](?![^({\[]*[)}\]])", span)]
    return [part.split("=")[0].strip() for part in single if "dots" not in part]


def letter(symbol: str) -> str:
    """Return a symbol without the indices that count layers, samples and entries."""
    return re.sub(r"\\[,;! ]|\s+(?=\W|$)", "", INDEX.sub("", symbol)).replace("\\text", "")


def name(symbol: str) -> str:
    """Return the pattern of the names that a symbol can have in code."""
    number = re.findall(r"[_^]\{?[\[(]?(\d+)", symbol)
    base = re.sub(r"\\(hat|bar)\s*\{?(\w+)\}?", r"\2_\1", letter(symbol))
    base = re.sub(r"[\\{} ]", "", base)
    return re.escape(base) + ("".join(number) if number else r"_?\d*") if base else "(?!)"


# --- shapes --------------------------------------------------------------------------------------


def claims(row: Row) -> Iterator[tuple[str, str]]:
    """Yield the symbols of a row with the shapes that it gives them; entries have none."""
    whole = [symbol for symbol in row.symbols if not ENTRY.search(symbol)]
    small_and_capital = len({symbol.lower() for symbol in whole}) == 1 < len(whole)
    for column, text in enumerate(row.shapes):
        if small_and_capital:  # one sample and a batch, in columns of their own
            whole = row.symbols[column : column + 1]
        shapes, named = [], {}  # in their order; those of symbols that the cell names again
        current, closed = [], False
        for math, code, _ in ITEM.findall(text):
            if SHAPE.fullmatch(code) or not math + code:
                shapes.append(code)
                named |= dict.fromkeys(current, code)
                closed = True
            else:
                current = [*([] if closed else current), *symbols(f"${math or code}$")]
                closed = False
        if len(shapes) == len(whole) and not named:
            named = dict(zip(whole, shapes, strict=True))
        elif len(set(shapes) - {""}) == 1 and not named:
            named = dict.fromkeys(whole, max(shapes))
        yield from ((symbol, shape) for symbol, shape in named.items() if shape)


class Shapes(Check):
    """Each symbol's shape is one that an array of its name, if any, has had on the page.

    Letters in a shape are the page's whole numbers; ``listed`` are claims that no array meets.
    """

    def __init__(self, listed: Collection[str] = ()):
        self.listed, self.unmet, self.met = listed, [], []
        self.rows, self.shapes, self.numbers = [], defaultdict(set), defaultdict(set)

    def after(self, cell, shown, namespace):
        self.rows += tables([cell])
        for key, value in namespace.items() if cell.cell_type == "code" else ():
            if isinstance(value, np.ndarray):
                self.shapes[key].add(value.shape)
            elif isinstance(value, int | np.integer) and not isinstance(value, bool):
                self.numbers[key].add(int(value))
        return ()

    def at_end(self, namespace):
        found = {claim: row.cell for row in self.rows for claim in claims(row)}
        for (symbol, shape), cell in found.items():
            had = [s for key, s in self.shapes.items() if re.fullmatch(name(symbol), key)]
            if had:
                fits = any(self._fits(shape, one) for shapes in had for one in shapes)
                (self.met if fits else self.unmet).append(claim := f"{symbol} {shape}")
                if not fits and claim not in self.listed:
                    yield f"{cell}: no array of the page has ever been {claim}"
        for claim in (claim for claim in self.listed if claim not in self.unmet):
            yield f"table of symbols: {claim} is met now, or gone; take it off the list"

    def _fits(self, shape: str, had: tuple[int, ...]) -> bool:
        sides = [side.strip() for side in shape.strip("()").split(",") if side.strip()]
        known = [{int(side)} if side.isdigit() else self.numbers.get(side) for side in sides]
        return len(sides) == len(had) and all(
            not values or size in values for values, size in zip(known, had, strict=True)
        )


# --- letters -------------------------------------------------------------------------------------


def ambiguous(pages: Mapping[str, list]) -> dict[str, dict[str, str]]:
    """Return the letters with two meanings, which share no word, and these page by page."""
    found = defaultdict(dict)
    for page, cells in pages.items():
        for row in tables(cells):
            parts = re.split(r"\s*(?:;|,? and |, )\s*", row.meaning)
            each = parts if len(parts) == len(row.symbols) else [row.meaning] * len(row.symbols)
            for symbol, meaning in zip(row.symbols, each, strict=True):
                found[letter(symbol)].setdefault(page, meaning)
    return {
        symbol: by_page
        for symbol, by_page in sorted(found.items())
        if any(not words(one) & words(other) for one, other in combinations(by_page.values(), 2))
    }


def words(meaning: str) -> set[str]:
    """Return the words that carry a meaning, without their endings."""
    text = SPAN.sub(" ", meaning).lower()
    found = [word for word in re.findall(r"[a-z]+", text) if not EMPTY.fullmatch(word)]
    return {word.rstrip("s").removesuffix("ing") for word in found} or {meaning}
