"""Take over what pages say now: ``python tests/accept.py [prefix of a name ...]``, or all pages.

Each page and its solved twin is executed once. That renews its outputs, the alternative texts of its
images and what the lists beside this file say of it; every change is printed for a look.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import test_numbers
from course import lacking
from execute_notebooks import execute
from looking import FIGURES, SOURCES, SYMBOLS, VERIFIED, rough
from looking import read as listed
from pagecheck.figures import agree, difference, images
from pagecheck.numbers import Page
from pagecheck.running import located
from pagecheck.symbols import ambiguous
from test_notebooks import CHAPTERS, PATHS, label, read
from tqdm import tqdm

Lists = dict[Path, dict]
NEW = {"sentence": "", "says": {}}  # a figure of which nothing is listed
DOORS = "in that environment: .venv-doors/bin/python tests/accept.py"


def chosen(prefixes: list[str]) -> list[Path]:
    """Return the pages whose names begin so, or all."""
    for prefix in prefixes:
        if not any(path.name.startswith(prefix) for path in PATHS):
            sys.exit(f"no page begins with {prefix}: {', '.join(path.stem for path in CHAPTERS)}")
    return [path for path in PATHS if path.name.startswith(tuple(prefixes) or "")]


def accept(path: Path, lists: Lists) -> None:
    """Execute a page, write it and its entries in the lists, and print what has changed."""
    page = label(path)

    def finish(notebook: Any, found: list[str]) -> set[str]:
        """Take what the run tells, write the alternative texts, return the figures that changed."""
        if not found or not found[-1].startswith("{"):
            return set()  # a cell has raised
        told, figures, anew = json.loads(found.pop()), {}, set()
        for cell in notebook.cells:
            numbers = cell.id not in rough(page)
            known = lists[FIGURES].get(page, {}).get(cell.id, []) + [NEW] * len(images(cell))
            drawn = told["figures"].get(cell.id, ())
            for image, (says, text), old in zip(images(cell), drawn, known, strict=False):
                if difference(says, old["says"], numbers):
                    anew.add(cell.id)
                    old = {**old, "says": says}
                figures.setdefault(cell.id, []).append(old)
                alt = f"{old['sentence']} {text}".strip()
                if not agree(alt, image.metadata.get("image/png", {}).get("alt", ""), numbers):
                    image.metadata = {"image/png": {"alt": alt}}
        lists[FIGURES][page] = figures
        lists[VERIFIED][page] = told["verified"]
        lists[SYMBOLS]["shapes"][page] = told["shapes"]
        return anew

    changed, found = execute(path, f"looking:telling({page!r})", finish)
    tqdm.write(f"{page}: {'changed' if changed else 'unchanged'}")
    for line in located([*changed, *found], read(path)):
        tqdm.write(f"  {line}")


def changes(old: Any, new: Any, where: str = "") -> Iterator[str]:
    """Yield what is otherwise in a list, a line each."""
    if isinstance(old, dict | type(None)) and isinstance(new, dict | type(None)):
        for key in {**(old or {}), **(new or {})}:
            yield from changes((old or {}).get(key), (new or {}).get(key), f"{where} {key}:")
    else:
        said = [each if isinstance(each, list) else [each] for each in (old or [], new or [])]
        gone, come = (Counter(json.dumps(e, ensure_ascii=False) for e in each) for each in said)
        yield from (f"  -{where} {line}" for line in (gone - come).elements())
        yield from (f"  +{where} {line}" for line in (come - gone).elements())


def lines(entries: Any, depth: int = 0) -> str:
    """Return JSON whose innermost entries have a line each, so that a change is a line of a diff."""
    inner = list(entries.values() if isinstance(entries, dict) else entries)
    if depth == 3 or (depth and not any(isinstance(each, dict | list) for each in inner)):
        return json.dumps(entries, ensure_ascii=False)
    parts = [lines(each, depth + 1) for each in inner]
    if isinstance(entries, list):
        return "[\n" + ",\n".join(parts) + "\n]"
    pairs = zip(entries, parts, strict=True)
    return "{\n" + ",\n".join(f"{json.dumps(key)}: {part}" for key, part in pairs) + "\n}"


def main(prefixes: list[str]) -> None:
    """Accept the pages whose names begin with one of the prefixes."""
    names = [Path(prefix).name for prefix in prefixes]
    lists = {path: listed(path) for path in (FIGURES, VERIFIED, SYMBOLS, SOURCES)}
    paths, not_run = [], []
    for path in chosen(names):
        (not_run if lacking(label(path)) else paths).append(path)
    for path in tqdm(paths, unit="page"):
        accept(path, lists)
    pages = {label(path): Page(read(path), test_numbers.COURSE) for path in paths}
    lists[SOURCES] |= {page: [] for page in pages} | test_numbers.renewed(lists[SOURCES], pages)
    shapes = lists[SYMBOLS]["shapes"]
    lists[SYMBOLS] = {
        "letters": ambiguous({label(path): read(path).cells for path in CHAPTERS}),
        "shapes": {page: unmet for page, unmet in shapes.items() if unmet},
    }
    for path, entries in lists.items():
        entries = {page: entry for page, entry in sorted(entries.items()) if entry}
        if found := list(changes(listed(path), entries)):
            print(f"{path.name}:", *found, sep="\n")
            path.write_text(lines(entries) + "\n", encoding="utf-8", newline="\n")
    for page in pages:
        numbers = [
            f"{e['number']} in {e['words']!r}" for e in lists[SOURCES][page] if not e["source"]
        ]
        figures = lists[FIGURES].get(page, {}).items()
        unsaid = [cell for cell, told in figures if not all(each["sentence"] for each in told)]
        for number in numbers:
            print(f"{page}: write into {SOURCES.name} where {number} is from")
        for cell in unsaid:
            print(
                f"{page}: write into {FIGURES.name} what the figure of {cell} shows, and run this again"
            )
    for path in not_run:
        print(f"{label(path)}: not run, {lacking(label(path))}, and then {DOORS} {path.stem[:2]}")
    sys.exit(1 if not_run and names else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
