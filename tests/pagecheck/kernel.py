"""A page run once, in a kernel as JupyterLab runs it, with checks inside that kernel.

``run(notebook, folder, "looking:at('01.ipynb')")`` gives the executed page and what the checks find that
this expression makes, of a module on the tests' path.
"""

import copy
import json
import os
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell

from .compare import difference, text_of
from .figures import stale

TESTS = Path(__file__).resolve().parents[1]
WATCH = "__import__('sys').path.insert(0, {tests!r}); __import__('pagecheck.watching').watching.watch({page!r}, {checks!r})"
REPORT = "__import__('pagecheck.watching').watching.report()"


def run(
    notebook: nbformat.NotebookNode,
    folder: Path,
    checks: str = "",
    environment: dict[str, str] | None = None,
    timeout: int = 600,
) -> tuple[nbformat.NotebookNode, list[str]]:
    """Execute a copy of the page and return it with all that the checks find wrong.

    A cell that raises, and does not say so by its tag, is one sentence more, and ends the run.
    """
    page = copy.deepcopy(notebook)
    first = page.cells[0]
    client = NotebookClient(
        page,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        extra_arguments=["--log-level=ERROR"],  # that its sockets are local needs no warning
        resources={"metadata": {"path": str(folder)}},
    )
    with (
        tempfile.TemporaryDirectory() as temporary,
        client.setup_kernel(env={**os.environ, **(environment or {})}),
    ):

        def ask(source: str) -> str:
            cell = client.execute_cell(new_code_cell(source), 0, store_history=False)
            page.cells[0] = first  # where the client has put what it was asked
            return "".join(output.text for output in cell.outputs)

        if checks:
            copied = Path(temporary) / "page.json"
            copied.write_text(json.dumps(notebook), encoding="utf-8")
            ask(WATCH.format(tests=str(TESTS), page=str(copied), checks=checks))
        for index, cell in enumerate(page.cells):
            try:
                client.execute_cell(cell, index)
            except CellExecutionError as error:
                return page, [f"{cell.id}: {error.ename}: {error.evalue}"]
        return page, json.loads(ask(REPORT)) if checks else []


def otherwise(
    new: nbformat.NotebookNode, old: nbformat.NotebookNode, rough: Collection[str] = ()
) -> Iterator[str]:
    """Yield which cells show something else than on the older page; images of ``rough`` ones may."""
    for cell, kept in zip(new.cells, old.cells, strict=True):
        if cell.cell_type == "code" and cell.execution_count:
            yield from (f"{cell.id}: {line}" for line in changed(cell, kept, rough))


def changed(
    cell: nbformat.NotebookNode, kept: nbformat.NotebookNode, rough: Collection[str] = ()
) -> Iterator[str]:
    """Yield what a code cell shows otherwise than it did."""
    if other := difference(text_of(cell.outputs), text_of(kept.outputs)):
        yield other
    if cell.id not in rough:
        yield from stale(cell, kept)
