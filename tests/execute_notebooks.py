"""Execute notebooks in place: ``python tests/execute_notebooks.py [notebook ...]``.

The result is byte-stable: a second run of an unchanged notebook writes the same file, as long as
the pinned packages are installed.
"""

import asyncio
import os
import sys
from pathlib import Path

import nbformat
from course import lacking
from nbclient import NotebookClient
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


def pictures(cell: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return the outputs of a cell that are images."""
    return [output for output in cell.get("outputs", []) if "image/png" in output.get("data", {})]


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
    """Run the notebook at ``path``, write it back if anything changed, and say whether it did."""
    before = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)
    described = {cell.id: [output.metadata for output in pictures(cell)] for cell in notebook.cells}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    for cell in notebook.cells:  # an image keeps its alternative text
        for output, metadata in zip(pictures(cell), described[cell.id], strict=False):
            output.metadata = metadata
    after = nbformat.writes(clean(notebook)) + "\n"
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
        changed = execute(path)
        tqdm.write(f"{path.name}: {'updated' if changed else 'unchanged'}")


if __name__ == "__main__":
    main(sys.argv[1:])
