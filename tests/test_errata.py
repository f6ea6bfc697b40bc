"""An entry of the errata stands alone, says what finds it, and does so; appendix A counts them all."""

import ast
import re

import nbformat
import pytest
from test_notebooks import (
    EIGHT,
    ERRATA,
    INDEX,
    code_cells,
    markdown,
    output_texts,
    read,
    tables,
    tags,
)

PAGE, LESSON = read(ERRATA), read(EIGHT)
HEADING = re.compile(r"^### (.+) · (.+)$", re.MULTILINE)
THREE = re.compile(r"^- \*printed:\* (.+)\n- \*right:\* (.+)\n- \*error:\* ", re.MULTILINE)
ERROR = re.compile(r"^- \*error:\* ([\w ]+) · ([\w ]+)(, unless square)?(?: · |$)", re.MULTILINE)


def entries(cell):
    """Return items -> the text of every entry of a cell; two entries may share one."""
    parts = re.split("^(?=### )", cell.source, flags=re.MULTILINE)
    texts = [text for text in parts if text.startswith("### ")]
    return {tuple(HEADING.search(text)[1].split(", ")): text for text in texts}


def treating(page, items):
    """Return the code cells of a page that treat all of the items."""
    return [cell for cell in code_cells(page) if set(items) <= set(tags(cell))]


def of_the_page():
    """Yield the items, the text and the code cells of every entry, eight of them in appendix A."""
    for cell in PAGE.cells:
        if cell.cell_type == "markdown" and tags(cell):
            for items, text in entries(cell).items():
                code = treating(PAGE, items) or treating(LESSON, items)
                yield pytest.param(items, text, code, id=items[0])


ENTRIES = list(of_the_page())


def test_a_cell_has_the_tags_of_its_entries():
    for cell in PAGE.cells:
        if cell.cell_type == "markdown" and tags(cell):
            assert sorted(sum(entries(cell), ())) == sorted(tags(cell))


@pytest.mark.parametrize(("items", "text", "code"), ENTRIES)
def test_an_entry_runs_with_the_first_three_cells_alone(items, text, code, monkeypatch):
    path = ERRATA if code[0] in PAGE.cells else EIGHT
    monkeypatch.chdir(path.parent)
    page = {"__name__": "__main__"}
    for one in (*code_cells(read(path))[:3], *code):
        exec(one.source, page)


@pytest.mark.parametrize(("items", "text", "code"), ENTRIES)
def test_an_entry_has_its_items_in_the_heading_and_its_row_in_the_table(items, text, code):
    assert list(items) == sorted(items)
    heading = text.splitlines()[0][4:]
    assert heading.startswith(f"{', '.join(items)} · ")
    anchor = f"[{heading}](#{heading.replace(' ', '-')})"
    printed, right = THREE.search(text).groups()
    kind, check, square = ERROR.search(text).groups()
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
    _, check, square = ERROR.search(text).groups()
    shown = "\n".join(text for one in code for text in output_texts(one))
    by_shape = re.search(r"does not fit|shape \(", shown)
    assert bool(by_shape) == (check == "shapes")
    assert check == "shapes" or not square
    if r"\tag{A." in text:  # central differences refute its formula
        assert check in ("shapes", "gradient check")
    if check == "gradient check":
        assert "numerical_gradient" in "".join(one.source for one in code)
        assert "numerical" in shown


def passes(sizes, shown):
    """Return, for each line of such sizes, whether each form that the cell tries is let through."""
    found = []
    for line in re.findall(rf"^{sizes} sizes, .+?: (.+)$", shown, re.MULTILINE):
        said = re.findall(r"does not fit|shape (?=\()|fits, wrong numbers|right", line)
        assert said
        found.append([words in ("fits, wrong numbers", "right") for words in said])
    return found


@pytest.mark.parametrize(("items", "text", "code"), ENTRIES)
def test_unless_square_is_what_its_cell_shows_on_equal_sizes(items, text, code):
    _, check, square = ERROR.search(text).groups()
    if check == "shapes":
        shown = "\n".join(text for one in code for text in output_texts(one))
        (different,), equal = passes("different", shown), passes("equal", shown)
        assert equal
        stopped = [n for n, passed in enumerate(different) if not passed]
        assert stopped
        assert any(line[n] for line in equal for n in stopped) == bool(square)


def test_every_entry_of_the_gradient_check_is_tried_on_other_sizes():
    entries = [entry.values for entry in ENTRIES]
    found = [items[0] for items, text, _ in entries if ERROR.search(text)[2] == "gradient check"]
    (tried,) = [cell for cell in code_cells(PAGE) if cell.source.startswith("said = {")]
    assert re.findall(r'^    "(N\d-\d+)": nn.compare', tried.source, re.MULTILINE) == found


# --- appendix A, the lesson -----------------------------------------------------------------------


def filed():
    """Return kind, check and ", unless square" of every entry."""
    return [ERROR.search(entry.values[1]).groups() for entry in ENTRIES]


def test_the_lesson_counts_the_entries():
    (cell,) = [cell for cell in code_cells(LESSON) if "table_of_counts" in cell.source]
    checks, counts = (
        ast.literal_eval(node.value)
        for node in ast.parse(cell.source).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Dict)
    )
    for kind, row in counts.items():
        assert row == [sum(found[:2] == (kind, check) for found in filed()) for check in checks]
    assert sum(map(sum, counts.values())) == len(ENTRIES)


def test_the_lesson_tells_how_many_pass_on_equal_sizes():
    shapes = [bool(square) for _, check, square in filed() if check == "shapes"]
    words = f"{len(shapes)} of the {len(ENTRIES)} errors are found by shapes alone, and {sum(shapes)} of these {len(shapes)} can pass"
    assert words in markdown(LESSON)


def test_the_lesson_executes_eight_entries_and_the_archive_leads_to_each():
    told = [entry.values for entry in ENTRIES if entry.values[2][0] in LESSON.cells]
    assert len(told) == 8
    for items, text, _ in told:
        (anchor,) = re.findall(r"\(\.\./A_errata\.ipynb#(\S+)\)", text)
        (cell,) = [c for c in LESSON.cells if f"### {anchor.replace('-', ' ')}\n" in c.source]
        assert set(items) <= set(tags(cell))
        heading = text.splitlines()[0][4:].replace(" ", "-")
        assert f"](archive/{ERRATA.name}#{heading})" in LESSON.cells[-1].source
