"""An entry of the errata stands alone, says what finds it, and does so."""

import os
import re

import matplotlib.pyplot as plt
import pytest
from test_notebooks import ERRATA, code_cells, output_texts, read, tags

PAGE = read(ERRATA)
FIRST = code_cells(PAGE)[0].source
HEADING = re.compile(r"^### (.+) · (.+)$", re.MULTILINE)
SLIP = re.compile(r"^- \*slip:\* ([\w ]+) · ([\w ]+)(, unless square)?(?: · |$)", re.MULTILINE)
TABLES = [
    output.data["text/markdown"]
    for cell in code_cells(PAGE)
    for output in cell.outputs
    if "text/markdown" in output.get("data", {})
]


def of_the_page():
    """Yield the heading, the text and the code cells of every entry."""
    for cell in PAGE.cells:
        if cell.cell_type == "markdown" and tags(cell):
            code = [other for other in code_cells(PAGE) if tags(other) == tags(cell)]
            yield pytest.param(cell, code, id=tags(cell)[0])


ENTRIES = list(of_the_page())


@pytest.fixture(autouse=True)
def in_its_folder():
    kept = os.getcwd()
    os.chdir(ERRATA.parent)
    yield
    os.chdir(kept)
    plt.close("all")


@pytest.mark.parametrize(("cell", "code"), ENTRIES)
def test_an_entry_runs_with_the_first_cell_alone(cell, code):
    page = {"__name__": "__main__"}
    for source in (FIRST, *(one.source for one in code)):
        exec(source, page)


@pytest.mark.parametrize(("cell", "code"), ENTRIES)
def test_an_entry_has_its_items_in_the_heading_and_its_row_in_the_table(cell, code):
    items, title = HEADING.search(cell.source).groups()
    assert items.split(", ") == tags(cell) == sorted(tags(cell))
    anchor = f"[{items}](#{f'{items} · {title}'.replace(' ', '-')})"
    kind, check, square = SLIP.search(cell.source).groups()
    (row,) = [row for table in TABLES for row in table.splitlines() if anchor in row]
    assert row.endswith(f" | {kind} | {check}{square or ''} |")


@pytest.mark.parametrize(("cell", "code"), ENTRIES)
def test_the_check_that_finds_it_is_the_one_that_is_shown(cell, code):
    _, check, square = SLIP.search(cell.source).groups()
    shown = "\n".join(text for one in code for text in output_texts(one))
    by_shape = re.search(r"does not fit|shape \(", shown)
    assert bool(by_shape) == (check == "shapes")
    if square:
        assert re.search(r"fits, wrong numbers|'right'|\(2, 2\)", shown)
    if check == "gradient check":
        assert "numerical_gradient" in "".join(one.source for one in code)
        assert "nudged" in shown
