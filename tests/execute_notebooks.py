"""Execute notebooks in place: ``python tests/execute_notebooks.py [notebook ...]``.

The result is stable on every processor: an unchanged notebook stays the same file.
"""

import asyncio
import copy
import os
import sys
from collections.abc import Callable, Collection
from pathlib import Path

import nbformat
from course import ROUGH_FIGURES, lacking
from pagecheck.figures import images
from pagecheck.kernel import changed, run
from pagecheck.running import located
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


Finish = Callable[[nbformat.NotebookNode, list[str]], Collection[str]]


def notebooks() -> list[Path]:
    """Return all notebooks of the course, chapters first."""
    folder = ROOT / "notebooks"
    return sorted(folder.glob("*.ipynb")) + sorted(folder.glob("[a-z]*/*.ipynb"))


def clean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Remove what differs from run to run or from one editor to the next."""
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type == "code":
            cell.outputs = merged(cell.outputs)
        for output in cell.get("outputs", []):
            if output.output_type in ("display_data", "execute_result"):
                alt = output.metadata.get("image/png", {}).get("alt")
                output.metadata = nbformat.from_dict({"image/png": {"alt": alt}} if alt else {})
                # a slider lives in the kernel; its text stays
                output.data.pop("application/vnd.jupyter.widget-view+json", None)
    return notebook


def merged(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Make two prints in a row one output, however they arrive; a figure between them stays there."""
    kept = []
    for output in outputs:
        if output.output_type == "stream" and kept and kept[-1].get("name") == output.name:
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def execute(path: Path, checks: str = "", finish: Finish = lambda page, found: ()) -> tuple:
    """Run a page, write it if it says something else, and return what changed and what checks find.

    What agrees to the digits written stays as it was, an image that looks the same too. ``finish`` may
    change the page and what is found, and returns the cells whose outputs are taken anew.
    """
    os.environ.setdefault("NNBOOK_PROGRESS", "never")  # kernels inherit it
    if sys.platform == "win32":  # the kernel's sockets need the older event loop there
        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
    before = path.read_text(encoding="utf-8")
    old = nbformat.reads(before, as_version=4)
    page, found = run(old, path.parent, checks)
    changes, pairs = [], list(zip(clean(page).cells, old.cells, strict=True))
    for cell, kept in pairs:
        for output, was in zip(images(cell), images(kept), strict=False):
            output.metadata = copy.deepcopy(was.metadata)  # its alternative text
    anew = finish(page, found)
    for cell, kept in pairs:
        if cell.cell_type == "code":
            other = list(changed(cell, kept, ROUGH_FIGURES))
            changes += [
                f"{cell.id}: {line}" for line in other or ["drawn anew"] * (cell.id in anew)
            ]
            if not other and cell.id not in anew:
                for output, was in zip(images(cell), images(kept), strict=True):
                    was.metadata = output.metadata
                cell.outputs = kept.outputs
    after = nbformat.writes(page) + "\n"
    if after != before:
        path.write_text(after, encoding="utf-8", newline="\n")
        changes = changes or ["its metadata"]
    return changes, found


def main(arguments: list[str]) -> None:
    """Execute the notebooks named, or all."""
    for path in tqdm([Path(a).resolve() for a in arguments] or notebooks(), unit="notebook"):
        if path.parent.name == "notebooks" and (reason := lacking(path.name)):
            tqdm.write(f"{path.name}: not executed, {reason}")
            continue
        changes, found = execute(path)
        tqdm.write(f"{path.name}: {'updated' if changes else 'unchanged'}")
        for line in located(changes + found, nbformat.read(path, as_version=4)):
            tqdm.write(f"  {line}")


if __name__ == "__main__":
    main(sys.argv[1:])
