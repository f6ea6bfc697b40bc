"""An entry of the errata of the field asks, says where, what and which check; it links, and runs alone."""

import re

import pytest
from test_notebooks import FIELD, FOLDER, code_cells, markdown, read

PAGE = read(FIELD)
FIRST = code_cells(PAGE)[0].source
TITLE = re.compile("^### (?!Exercise)(.+)", re.MULTILINE)
HIDDEN = {
    "a special case",
    "a falling loss",
    "a number that nobody compared",
    "a test that cannot fail",
    "code that nobody ran",
}
CHECKS = set(re.findall(r"^\| \*([\w ]+)\* \|", markdown(PAGE), re.MULTILINE))
ENTRY = re.compile(
    r"^### (?P<title>[^\n]+)\n\n(?P<asked>(?:(?!<details>).)+\?)(?:(?!<details>)[^?])*"
    r"<details><summary>Reveal</summary>\n\n- \*where:\* (?P<where>[^\n]+)\n- \*written:\* [^\n]+\n"
    r"- \*right:\* [^\n]+\n- \*found by:\* (?P<check>[\w ]+) · hidden by (?P<hidden>[\w ]+): [^\n]+ · "
    r"\[chapter \w+\]\([^\n]+\)\n.*</details>",
    re.MULTILINE | re.DOTALL,
)
ADDRESS = r"https://github\.com/([\w.-]+)/([\w.-]+)/(?:issues|pull|blob|commit)/[^\s)]+"
COMMENT = re.compile("<!--.*?-->", re.DOTALL)


def of_the_page():
    """Yield the markdown of every entry, and the code below it, as far as the next text."""
    cells, text = {}, None
    for cell in PAGE.cells:
        if cell.cell_type == "markdown":
            text = cell.source if TITLE.search(cell.source) else None
        elif text:
            cells.setdefault(text, []).append(cell.source)
    for text, code in cells.items():
        yield pytest.param(text, code, id=TITLE.search(text)[1])


ENTRIES = list(of_the_page())
READ = [ENTRY.search(entry.values[0]) for entry in ENTRIES]


def anchor(title):
    return f"(#{title.replace(' ', '-')})"


@pytest.mark.parametrize(("text", "code"), ENTRIES)
def test_an_entry_asks_and_then_says_where_and_which_check_of_ours_finds_it(text, code):
    found = ENTRY.search(text)
    assert found, "a question, and in the fold four lines: where, written, right, found by"
    assert found["check"] in CHECKS
    assert found["hidden"] in HIDDEN
    assert len(TITLE.findall(text)) == 1


@pytest.mark.parametrize(("text", "code"), ENTRIES)
def test_what_an_entry_asks_about_is_what_its_code_runs(text, code):
    (asked,) = re.findall("```python\n(.+?)```", text, re.DOTALL)
    lines = {line.strip() for source in code for line in source.splitlines()}
    assert {line.strip() for line in asked.splitlines()} - {""} <= lines


@pytest.mark.parametrize(("text", "code"), ENTRIES)
def test_an_entry_has_a_link_that_a_reader_sees_unless_the_project_is_small(text, code):
    where = ENTRY.search(text)["where"]
    small = where.startswith("a public ")
    assert re.search(ADDRESS, where if small else COMMENT.sub("", where))


def test_a_project_whose_link_is_a_comment_is_not_named():
    whole = markdown(PAGE)
    seen = COMMENT.sub("", whole).lower()
    for comment in COMMENT.findall(whole):
        for owner, project in re.findall(ADDRESS, comment):
            assert owner.lower() not in seen
            assert f"`{project}#".lower() not in seen


def test_the_table_has_each_entry_once_beside_what_hid_it_and_the_check():
    rows = re.findall(r"^\| ([\w ]+) \| (\[.+) \| (.+) \|$", markdown(PAGE), re.MULTILINE)
    assert {name for name, _, _ in rows} == HIDDEN
    for name, entries, checks in rows:
        mine = [entry for entry in READ if entry["hidden"] == name]
        assert re.findall(r"\[(.+?)\]", entries) == [entry["title"] for entry in mine]
        assert set(checks.split(", ")) == {entry["check"] for entry in mine}


def test_the_checklist_leads_to_every_entry():
    checklist = re.search(r"^## Summary.+?(?=^## )", markdown(PAGE), re.MULTILINE | re.DOTALL)[0]
    assert [entry["title"] for entry in READ if anchor(entry["title"]) not in checklist] == []
    for item in re.findall("^- .+", checklist, re.MULTILINE):
        assert "](#" in item


def test_the_counts_of_the_page_are_right():
    checks = [entry["check"] for entry in READ]
    fixed = sum("fixed" in entry["where"] for entry in READ)
    counts = (len(READ), checks.count("gradient check"), checks.count("recomputation"))
    said = "Of the {} entries {} fall to a gradient check and {} to a recomputation."
    assert said.format(*counts) in markdown(PAGE)
    assert f"Since their reports {fixed} have been fixed" in markdown(PAGE)
    assert f"This page shows {len(READ)} real errors" in markdown(PAGE)


@pytest.mark.complete
@pytest.mark.parametrize(("text", "code"), ENTRIES)
def test_an_entry_runs_with_the_first_cell_alone_and_asserts(text, code, monkeypatch):
    monkeypatch.chdir(FOLDER)
    page = {"__name__": "__main__"}
    for source in (FIRST, *code):
        exec(source, page)
    assert any("assert " in source for source in code)
