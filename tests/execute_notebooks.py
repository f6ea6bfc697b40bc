"""Execute notebooks in place: ``python tests/execute_notebooks.py [notebook ...]``.

The result is stable on every processor: an unchanged notebook stays the same file.
"""

import asyncio
import os
import sys
from pathlib import Path

import nbformat
from course import ROUGH_FIGURES, lacking
from pagecheck.figures import images
from pagecheck.kernel import changed, run
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def notebooks() -> list[Path]:
    """Return all notebooks of the course, chapters first."""
    folder = ROOT / "notebooks"
    return sorted(folder.glob("*.ipynb")) + sorted(folder.glob("solutions/*.ipynb"))


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


def execute(path: Path) -> bool:
    """Run the notebook at ``path``, write it back if it says something else, and say whether it does.

    What agrees to the digits written stays as it was, an image that looks the same too.
    """
    before = path.read_text(encoding="utf-8")
    old = nbformat.reads(before, as_version=4)
    page, found = run(old, path.parent)
    for line in found:
        tqdm.write(f"{path.name}: {line}")
    for cell, kept in zip(clean(page).cells, old.cells, strict=True):
        if cell.cell_type == "code":
            for output, was in zip(images(cell), images(kept), strict=False):
                output.metadata = was.metadata  # an image keeps its alternative text
            if not any(changed(cell, kept, ROUGH_FIGURES)):
                cell.outputs = kept.outputs
    after = nbformat.writes(page) + "\n"
    if after != before:
        path.write_text(after, encoding="utf-8", newline="\n")
    return after != before


def main(arguments: list[str]) -> None:
    """Execute the notebooks named, or all."""
    os.environ.setdefault("NNBOOK_PROGRESS", "never")  # kernels inherit it
    if sys.platform == "win32":  # the kernel's sockets need the older event loop there
        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
    for path in tqdm([Path(a).resolve() for a in arguments] or notebooks(), unit="notebook"):
        if path.parent.name == "notebooks" and (reason := lacking(path.name)):
            tqdm.write(f"{path.name}: not executed, {reason}")
            continue
        tqdm.write(f"{path.name}: {'updated' if execute(path) else 'unchanged'}")


if __name__ == "__main__":
    main(sys.argv[1:])
