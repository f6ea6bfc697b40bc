"""Where the references of a page lead: links, equations, exercises, chapters and items by name.

``Places(pages, ...)`` gathers what there is to refer to, ``lost`` yields what leads nowhere, and
``misnumbered`` what a page and its exercises are called and should not be.
"""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import nbformat

NUMBER = r"(?:\d{1,2}|[A-Z])\.\d{1,2}"
MANY = r"{0}(?:(?:,| and| or| to|,? and) {0})*"
EQUATION = rf"(?<!\w)\({NUMBER}\)|\b[Ee]quations? {MANY.format(NUMBER)}"
EXERCISE = rf"\b[Ee]xercises? {MANY.format(NUMBER)}"
CHAPTER = rf"\b[Cc]hapters? {MANY.format(r'(?:[0-9]{2}[ab]?)')}|\b\d\d[ab]\b"
REFERENCE = f"{EQUATION}|{EXERCISE}"
NO_PROSE = re.compile(r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)


def texts(page: nbformat.NotebookNode) -> dict[str, str]:
    """Return cell -> markdown without code and formulas."""
    cells = [cell for cell in page.cells if cell.cell_type == "markdown"]
    return {cell.id: NO_PROSE.sub("", cell.source) for cell in cells}


def sources(path: Path) -> dict[str, str]:
    """Return cell -> markdown of a page, or of a text file as if it were one cell."""
    if path.suffix != ".ipynb":
        return {path.name: path.read_text(encoding="utf-8")}
    cells = nbformat.read(path, as_version=4).cells
    return {cell.id: cell.source for cell in cells if cell.cell_type == "markdown"}


def anchors(path: Path) -> set[str]:
    """Return what a link into the file may name: Jupyter keeps a heading as it is, GitHub does not."""
    headings = re.findall(r"^#+ (.+?)\s*$", "\n".join(sources(path).values()), re.MULTILINE)
    if path.suffix == ".ipynb":
        return {heading.replace(" ", "-") for heading in headings}
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def lost_links(path: Path) -> Iterator[str]:
    """Yield the links of a page or a text file that lead to no file or to no heading of it."""
    for cell, source in sources(path).items():
        for text, link in re.findall(r"\[([^\]]*)\]\(([^)\s]+)\)", NO_PROSE.sub("", source)):
            file, _, anchor = link.partition("#")
            target = path.parent / file if file else path
            if re.match(r"\w+:", link):
                continue
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
        pages: dict[str, nbformat.NotebookNode],
        planned: Collection[str] = (),
        item: str = r"(?!)",
        items: Collection[str] = (),
    ):
        whole = "\n".join(cell.source for page in pages.values() for cell in page.cells)
        self.item, self.items = item, items
        self.equations = set(re.findall(r"\\tag\{(.+?)\}", whole))
        self.exercises = set(re.findall(rf"^### Exercise ({NUMBER})", whole, re.MULTILINE))
        chapters = [Path(name).stem.partition("_")[0] for name in pages]
        # 03 stands for 03a and 03b together
        self.chapters = {*planned, *chapters, *(chapter.rstrip("ab") for chapter in chapters)}

    def lost(self, page: nbformat.NotebookNode) -> Iterator[str]:
        """Yield what the text of a page names that is nowhere."""
        for cell, text in texts(page).items():
            for kind, pattern, number, there in (
                ("equation", EQUATION, NUMBER, self.equations),
                ("exercise", EXERCISE, NUMBER, self.exercises),
                ("chapter", CHAPTER, r"\d\d[ab]?", self.chapters),
                ("item", self.item, self.item, self.items),
            ):
                for reference in re.findall(pattern, text):
                    for one in re.findall(number, reference):
                        if one not in there:
                            yield f"{cell}: no {kind} {one}"


def misnumbered(name: str, page: nbformat.NotebookNode) -> Iterator[str]:
    """Yield a title without the number of the file, and exercises out of order."""
    number = Path(name).stem.partition("_")[0]
    title = page.cells[0].source.partition("\n")[0]
    if not re.search(rf"\b{number}\b", title):
        yield f"{page.cells[0].id}: the title {title!r} of {name}"
    before = None
    for cell, text in texts(page).items():
        for chapter, exercise in re.findall(r"^### Exercise (\d+)\.(\d+)", text, re.MULTILINE):
            if int(chapter) != int(number.rstrip("ab")):
                yield f"{cell}: Exercise {chapter}.{exercise} in {name}"
            if before is not None and int(exercise) != before + 1:
                yield f"{cell}: Exercise {chapter}.{exercise} after {chapter}.{before}"
            before = int(exercise)
