"""An entry of the errata stands alone, says what finds it, and does so."""

import re

import nbformat
import pytest
from test_notebooks import ERRATA, INDEX, code_cells, output_texts, read, tables, tags

PAGE = read(ERRATA)
FIRST = code_cells(PAGE)[0].source
HEADING = re.compile(r"^### (.+) · (.+)$", re.MULTILINE)
THREE = re.compile(r"^- \*printed:\* (.+)\n- \*right:\* (.+)\n- \*slip:\* ", re.MULTILINE)
SLIP = re.compile(r"^- \*slip:\* ([\w ]+) · ([\w ]+)(, unless square)?(?: · |$)", re.MULTILINE)


def entries(cell):
    """Return items -> the text of every entry of a cell; two entries may share one."""
    parts = re.split("^(?=### )", cell.source, flags=re.MULTILINE)
    texts = [text for text in parts if text.startswith("### ")]
    return {tuple(HEADING.search(text)[1].split(", ")): text for text in texts}


def of_the_page():
    """Yield the items, the text and the code cells of every entry."""
    for cell in PAGE.cells:
        if cell.cell_type == "markdown" and tags(cell):
            for items, text in entries(cell).items():
                code = [other for other in code_cells(PAGE) if set(items) <= set(tags(other))]
                yield pytest.param(items, text, code, id=items[0])


ENTRIES = list(of_the_page())


def test_a_cell_has_the_tags_of_its_entries():
    for cell in PAGE.cells:
        if cell.cell_type == "markdown" and tags(cell):
            assert sorted(sum(entries(cell), ())) == sorted(tags(cell))


@pytest.mark.parametrize(("items", "text", "code"), ENTRIES)
def test_an_entry_runs_with_the_first_cell_alone(items, text, code, monkeypatch):
    monkeypatch.chdir(ERRATA.parent)
    page = {"__name__": "__main__"}
    assert code
    for source in (FIRST, *(one.source for one in code)):
        exec(source, page)


@pytest.mark.parametrize(("items", "text", "code"), ENTRIES)
def test_an_entry_has_its_items_in_the_heading_and_its_row_in_the_table(items, text, code):
    assert list(items) == sorted(items)
    heading = text.splitlines()[0][4:]
    assert heading.startswith(f"{', '.join(items)} · ")
    anchor = f"[{heading}](#{heading.replace(' ', '-')})"
    printed, right = THREE.search(text).groups()
    kind, check, square = SLIP.search(text).groups()
    (row,) = [row for table in tables(PAGE) for row in table.splitlines() if anchor in row]
    assert row.endswith(f" | {printed} | {right} | {kind} | {check}{square or ''} |")


def test_the_table_stands_before_the_first_entry():
    first = next(n for n, cell in enumerate(PAGE.cells) if tags(cell))
    assert tables(nbformat.from_dict({"cells": PAGE.cells[:first]}))


def spans(numbers):
    """Return the lines that a text names, "L3, L7–L9" or "lines 3, 7–9"."""
    pairs = re.findall(r"L?(\d+)(?:–L?(\d+))?", numbers)
    return {n for first, last in pairs for n in range(int(first), int(last or first) + 1)}


@pytest.mark.parametrize(("items", "text", "code"), ENTRIES)
def test_what_is_printed_is_found_in_the_lines_of_its_items(items, text, code):
    (places,) = re.findall(r"^- \*printed:\* .+ · (N\d L.+)$", text, re.MULTILINE)
    lines = {place[:2]: spans(place[3:]) for place in places.split("; ")}
    alone = [item for item in items if not item.startswith("NX")]
    for item in alone:
        named = spans(re.sub(r".*lines? ", "", INDEX[item]["source"]))
        assert lines[item[:2]] & named, item


@pytest.mark.parametrize(("items", "text", "code"), ENTRIES)
def test_the_check_that_finds_it_is_the_one_that_is_shown(items, text, code):
    _, check, square = SLIP.search(text).groups()
    shown = "\n".join(text for one in code for text in output_texts(one))
    by_shape = re.search(r"does not fit|shape \(", shown)
    assert bool(by_shape) == (check == "shapes")
    assert check == "shapes" or not square
    if r"\tag{A." in text:  # a nudge refutes its formula
        assert check in ("shapes", "gradient check")
    if check == "gradient check":
        assert "numerical_gradient" in "".join(one.source for one in code)
        assert "nudged" in shown


def passes(sizes, shown):
    """Return whether each form that the cell tries on these sizes is let through."""
    (line,) = re.findall(rf"^{sizes} sizes, .+?: (.+)$", shown, re.MULTILINE)
    said = re.findall(r"does not fit|shape (?=\()|fits, wrong numbers|right", line)
    assert said
    return [words in ("fits, wrong numbers", "right") for words in said]


@pytest.mark.parametrize(("items", "text", "code"), ENTRIES)
def test_unless_square_is_what_its_cell_shows_on_equal_sizes(items, text, code):
    _, check, square = SLIP.search(text).groups()
    if check == "shapes":
        shown = "\n".join(text for one in code for text in output_texts(one))
        both = list(zip(passes("different", shown), passes("equal", shown), strict=True))
        tried = [on_equal for on_different, on_equal in both if not on_different]
        assert tried
        assert any(tried) == bool(square)


def test_the_lesson_tells_how_many_pass_on_equal_sizes():
    found = [SLIP.search(entry.values[1]).groups() for entry in ENTRIES]
    shapes = [bool(square) for _, check, square in found if check == "shapes"]
    words = f"{len(shapes)} of the {len(found)} entries fall to shapes alone, and {sum(shapes)} of"
    assert any(words in cell.source for cell in PAGE.cells)


def test_every_entry_of_the_gradient_check_is_tried_on_other_sizes():
    entries = [entry.values for entry in ENTRIES]
    found = [items[0] for items, text, _ in entries if SLIP.search(text)[2] == "gradient check"]
    (tried,) = [cell for cell in code_cells(PAGE) if cell.source.startswith("said = {")]
    assert re.findall(r'^    "(N\d-\d+)": nn.compare', tried.source, re.MULTILINE) == found
