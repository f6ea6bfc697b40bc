"""An entry of the errata of the field says where, what, and which check; it links, and runs alone."""

import re

import pytest
from test_notebooks import FOLDER, code_cells, read, tables

NAME = "C_errata_of_the_field.ipynb"
PAGE = read(FOLDER / NAME)
FIRST = code_cells(PAGE)[0].source
LINES = re.compile(
    r"^### (?P<title>.+)\n\n- \*where:\* (?P<where>.+)\n- \*written:\* .+\n- \*right:\* .+\n"
    r"- \*found by:\* (?P<check>[\w ]+) · hidden by (?P<hidden>.+) · \[chapter \w+\]\(.+\)\n",
    re.MULTILINE,
)
LINK = re.compile(
    r"\[`[^`]+`\]\((https://github\.com/[\w.-]+/[\w.-]+/(?:issues|pull|blob|commit)/\S+)\)"
)
CHECKS = {"shapes", "number again", "gradient check", "one step", "run again", "many cases"}


def of_the_page():
    """Yield the markdown of every entry, and the code below it, as far as the next text."""
    cells, text = {}, None
    for cell in PAGE.cells:
        if cell.cell_type == "markdown":
            text = cell.source if re.search("^### ", cell.source, re.MULTILINE) else None
        elif text:
            cells.setdefault(text, []).append(cell.source)
    for text, code in cells.items():
        yield pytest.param(text, code, id=re.search("^### (.+)", text, re.MULTILINE)[1])


ENTRIES = list(of_the_page())


def test_every_entry_is_one_of_the_table():
    headings = re.findall("^### ", "\n".join(c.source for c in PAGE.cells), re.MULTILINE)
    (table,) = tables(PAGE)
    assert len(headings) == len(ENTRIES) == len(table.splitlines()) - 2


@pytest.mark.parametrize(("text", "code"), ENTRIES)
def test_an_entry_says_where_with_a_link_and_which_check_of_ours_finds_it(text, code):
    found = LINES.search(text)
    assert found, "four lines: where, written, right, found by"
    assert LINK.search(found["where"])
    assert found["check"] in CHECKS


@pytest.mark.complete
@pytest.mark.parametrize(("text", "code"), ENTRIES)
def test_an_entry_runs_with_the_first_cell_alone_and_asserts(text, code, monkeypatch):
    monkeypatch.chdir(FOLDER)
    page = {"__name__": "__main__"}
    for source in (FIRST, *code):
        exec(source, page)
    assert any("assert " in source for source in code)
