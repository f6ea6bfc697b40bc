"""The words of pages: no coined word where the field has a term, and each term defined where a glossary says.

A coined word may stand in the paragraph that introduces its term, that is, has it in bold.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .references import NO_PROSE

LINK = re.compile(r"\[([^\]]*)\]\([^)\s]*\)")
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
FOLD = re.compile(r"<details><summary>For readers of the notes</summary>.*?</details>", re.DOTALL)
HEADING = re.compile(r"^#+ (.+?)\s*$", re.MULTILINE)
ENTRY = re.compile(r"^- \*\*(?P<term>.+?)\*\*(?P<rest>.*)$", re.MULTILINE)
PLACE = re.compile(r"\]\((?P<page>\w+\.ipynb)(?:#(?P<anchor>[^)\s]+))?\)")


class Entry(NamedTuple):
    """A term of a glossary, and the page and the heading that define it."""

    term: str
    page: str
    anchor: str


def paragraphs(source: str) -> list[str]:
    """Return the paragraphs of a text without code and formulas, and without what only an owner of notes reads."""
    text = NO_PROSE.sub(" ", FOLD.sub(" ", source))
    return re.split(r"\n\s*\n", LINK.sub(r"\1", text))


def names_and_texts(source: str) -> str:
    """Return what code says in words: names by their parts, strings and comments."""
    found = re.findall(r"#[^\n]*", source)
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id=said) | ast.arg(arg=said) | ast.FunctionDef(name=said):
                found.append(said.replace("_", " "))
            case ast.keyword(arg=str(said)) | ast.Attribute(attr=said):
                found.append(said.replace("_", " "))
            case ast.Constant(value=str(said)):
                found.append(said)
    return "\n\n".join(found)


def coined(text: str, words: Mapping[str, str]) -> Iterator[str]:
    """Yield the coined words of a text that do not stand beside their bold terms.

    ``words``: pattern -> term.

    >>> list(coined("a **loss**: its price", {"price": "loss"})), list(coined("no price", {"price": "loss"}))
    ([], ["'price' for loss in 'no price'"])
    """
    for paragraph in paragraphs(text):
        bold = " ".join(BOLD.findall(paragraph))
        for pattern, term in words.items():
            for word in re.finditer(rf"\b(?:{pattern})\b", paragraph, re.IGNORECASE):
                if term not in bold:
                    start, end = max(0, word.start() - 30), word.end() + 30
                    around = " ".join(paragraph[start:end].split())
                    yield f"{word.group()!r} for {term} in {around!r}"


def entries(glossary: Any) -> Iterator[Entry]:
    """Yield the terms of a glossary: items of lists that begin with a bold term and link to a page."""
    for cell in glossary.cells:
        for term, rest in ENTRY.findall(cell.source):
            place = PLACE.search(rest)
            yield Entry(term, place["page"] if place else "", (place and place["anchor"]) or "")


def section(page: Any, anchor: str) -> str:
    """Return the text from a heading of a page to the next one."""
    text = "\n\n".join(cell.source for cell in page.cells if cell.cell_type == "markdown")
    parts = HEADING.split(text)
    headings = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {heading.replace(" ", "-"): body for heading, body in headings.items()}.get(anchor, "")


def said(term: str, text: str) -> int:
    """Return how often a text says a term in some form, with a hyphen or without.

    >>> said("learning rate", "a Learning rate, learning rates, learning")
    2
    >>> said("converge", "it converges, convergence, converse")
    2
    """
    stem, ending = term, "(?:s|es|ed)?"
    if term.endswith("y"):
        stem, ending = term[:-1], "(?:y|ies)"
    elif term.endswith("e"):
        stem, ending = term[:-1], "(?:e|es|ed|ing|ence|ation)"
    pattern = r"[\s-]+".join(map(re.escape, re.split("[ -]", stem)))
    return len(re.findall(rf"(?<!\w){pattern}{ending}(?!\w)", text, re.IGNORECASE))
