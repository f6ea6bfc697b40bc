"""Where the references of a page lead: links, equations, exercises, chapters and items by name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

NUMBER = r"(?:\d{1,2}|[A-Z])\.\d{1,2}"
MANY = r"{0}(?:(?:,| and| or| to|,? and) {0})*"
EQUATION = rf"(?<!\w)\({NUMBER}\)|\b[Ee]quations? {MANY.format(NUMBER)}"
EXERCISE = rf"\b[Ee]xercises? {MANY.format(NUMBER)}"
CHAPTER = rf"\b[Cc]hapters? {MANY.format(r'(?:[0-9]{2}[ab]?)')}|\b\d\d[ab]\b"
REFERENCE = f"{EQUATION}|{EXERCISE}"
EXERCISES = re.compile(rf"^### Exercise ({NUMBER})", re.MULTILINE)  # their headings
NO_PROSE = re.compile(r"```.*?```|<!--.*?-->|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)
LINK = re.compile(r"\[([^\]]*)\]\((?!\w+:)([^)\s]+)\)")  # into this folder, not the network


def texts(page: Any) -> dict[str, str]:
    """Return cell -> markdown without code and formulas."""
    cells = [cell for cell in page.cells if cell.cell_type == "markdown"]
    return {cell.id: NO_PROSE.sub("", cell.source) for cell in cells}


def sources(path: Path) -> dict[str, str]:
    """Return cell -> markdown of a page, or of a text file as if it were one cell."""
    if path.suffix != ".ipynb":
        return {path.name: path.read_text(encoding="utf-8")}
    import nbformat  # here, because it takes a second and the kernels of pages do without

    cells = nbformat.read(path, as_version=4).cells
    return {cell.id: cell.source for cell in cells if cell.cell_type == "markdown"}


def number_of(name: str) -> str:
    """Return the number at the head of a file's name."""
    return Path(name).stem.partition("_")[0]


def anchors(path: Path) -> set[str]:
    """Return what a link into the file may name: Jupyter keeps a heading as it is, GitHub does not."""
    headings = re.findall(r"^#+ (.+?)\s*$", "\n".join(sources(path).values()), re.MULTILINE)
    if path.suffix == ".ipynb":
        return {heading.replace(" ", "-") for heading in headings}
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def lost_links(path: Path) -> Iterator[str]:
    """Yield the links of a page or a text file that lead to no file or to no heading of it."""
    for cell, source in sources(path).items():
        for text, link in LINK.findall(NO_PROSE.sub("", source)):
            file, _, anchor = link.partition("#")
            target = path.parent / file if file else path
            if not target.exists():
                yield f"{cell}: no file {file}"
            elif anchor and anchor not in anchors(target):
                yield f"{cell}: no heading {anchor} in {target.name}"
            for chapter in re.findall(r"\b\d\d[ab]?\b", text):
                if target.suffix == ".ipynb" and not target.name.startswith(f"{chapter}_"):
                    yield f"{cell}: {text} is not {target.name}"


class Places:
    """What can be referred to: the equations, exercises and chapters of ``pages``, and ``items``."""

    def __init__(
        self,
        pages: dict[str, Any],
        item: str = r"(?!)",
        items: Collection[str] = (),
    ):
        whole = "\n".join(cell.source for page in pages.values() for cell in page.cells)
        chapters = set(map(number_of, pages))
        chapters |= {chapter.rstrip("ab") for chapter in chapters}  # 03 is 03a and 03b together
        # how a text refers to each kind, how one of them is written, and which there are
        self.kinds = {
            "equation": (EQUATION, NUMBER, set(re.findall(r"\\tag\{(.+?)\}", whole))),
            "exercise": (EXERCISE, NUMBER, set(EXERCISES.findall(whole))),
            "chapter": (CHAPTER, r"\d\d[ab]?", chapters),
            "item": (item, item, items),
        }

    def lost(self, page: Any) -> Iterator[str]:
        """Yield what the text of a page names that is nowhere."""
        for cell, text in texts(page).items():
            for kind, (pattern, one, there) in self.kinds.items():
                for reference in re.findall(pattern, text):
                    lost = [each for each in re.findall(one, reference) if each not in there]
                    yield from (f"{cell}: no {kind} {each}" for each in lost)


def misnumbered(name: str, page: Any) -> Iterator[str]:
    """Yield a title without the number of the file, and exercises out of order."""
    number, title = number_of(name), page.cells[0].source.partition("\n")[0]
    if not re.search(rf"\b{number}\b", title):
        yield f"{page.cells[0].id}: the title {title!r} of {name}"
    before = None
    for cell, text in texts(page).items():
        for heading in EXERCISES.findall(text):
            chapter, _, exercise = heading.partition(".")
            if chapter != (number.lstrip("0").rstrip("ab") or "0"):
                yield f"{cell}: Exercise {heading} in {name}"
            if before is not None and int(exercise) != before + 1:
                yield f"{cell}: Exercise {heading} after {chapter}.{before}"
            before = int(exercise)
