"""Take over what pages say now: ``python tests/accept.py [notebook ...]``; every change is printed.

It renews the lists beside this file (what figures say, which formulas in the text hold, shapes
and letters, sources of numbers) and writes the alternative texts of the images onto the pages.
Look at what it prints before you commit it.
"""

import json
import sys
from itertools import repeat
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")  # before nnbook.plot

import nbformat
import test_numbers
from course import NEEDS, lacking
from looking import FIGURES, SYMBOLS, VERIFIED, at
from looking import read as listed
from pagecheck.description import alternative, worded
from pagecheck.figures import images
from pagecheck.running import run
from pagecheck.symbols import ambiguous
from test_notebooks import CHAPTERS, PATHS, label, read
from tqdm import tqdm


def accept(paths: list[Path]) -> None:
    """Run the pages with all that looks on, print what is otherwise, and write it down."""
    told, verified, symbols = map(listed, (FIGURES, VERIFIED, SYMBOLS))
    for path in tqdm(paths, unit="page"):
        page, notebook = label(path), read(path)
        if lacking(page):  # what is listed stays
            tqdm.write(f"{page}: not run, {lacking(page)}")
            continue
        formulas, figures, shapes, _ = checks = at(page)
        for problem in run(read(path), *checks, folder=path.parent, loopback=page in NEEDS):
            tqdm.write(f"{page}: {problem}")
        verified[page] = sorted(formulas.held_in_text().elements())
        symbols["shapes"][page] = shapes.unmet
        sentences = {
            cell: [f["sentence"] for f in known] for cell, known in told.get(page, {}).items()
        }
        told[page] = {}
        for cell in notebook.cells:
            drawn, known = figures.found.get(cell.id, []), sentences.get(cell.id, [])
            new = [*zip(drawn, [*known, *repeat("", len(drawn))], images(cell), strict=False)]
            for figure, sentence, image in new:
                image.metadata = {"image/png": {"alt": f"{sentence} {alternative(figure)}".strip()}}
                told[page].setdefault(cell.id, []).append(
                    {"sentence": sentence, "says": worded(figure)}
                )
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")
    symbols["shapes"] = {page: unmet for page, unmet in symbols["shapes"].items() if unmet}
    symbols["letters"] = ambiguous({label(path): read(path).cells for path in CHAPTERS})
    write(FIGURES, told)
    write(VERIFIED, {page: held for page, held in verified.items() if held})
    write(SYMBOLS, symbols)
    write(test_numbers.LIST, test_numbers.renewed(test_numbers.LISTED, test_numbers.PAGES))


def write(path: Path, entries: dict) -> None:
    """Write a list: of every page, or whatever it lists, one line an entry."""
    path.write_text(lines(dict(sorted(entries.items()))) + "\n", encoding="utf-8", newline="\n")


def lines(entries: Any, depth: int = 0) -> str:
    """Return JSON whose innermost entries have a line each, so that a change is a line of a diff."""
    inner = list(entries.values() if isinstance(entries, dict) else entries)
    if depth == 3 or (depth and not any(isinstance(each, dict | list) for each in inner)):
        return json.dumps(entries, ensure_ascii=False)
    parts = (
        json.dumps(each) if isinstance(each, int) else lines(each, depth + 1) for each in inner
    )
    if isinstance(entries, list):
        return "[\n" + ",\n".join(parts) + "\n]"
    return (
        "{\n"
        + ",\n".join(f"{json.dumps(k)}: {v}" for k, v in zip(entries, parts, strict=True))
        + "\n}"
    )


if __name__ == "__main__":
    accept([Path(name).resolve() for name in sys.argv[1:]] or PATHS)
