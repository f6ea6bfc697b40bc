"""Every reference of a page leads somewhere, and every page and exercise has its own number."""

import pytest
from course import ITEM
from execute_notebooks import ROOT
from nbformat import write
from nbformat.v4 import new_markdown_cell, new_notebook
from pagecheck.references import Places, lost_links, misnumbered
from test_notebooks import INDEX, PATHS, label, nothing, read

PAGES = {label(path): read(path) for path in PATHS}
PLACES = Places(PAGES, ITEM, INDEX)


@pytest.mark.parametrize("path", PATHS, ids=label)
def test_every_reference_of_a_page_leads_somewhere_and_it_carries_its_numbers(path):
    page = PAGES[label(path)]
    nothing([*PLACES.lost(page), *lost_links(path), *misnumbered(label(path), page)], page)


@pytest.mark.parametrize(
    "path", [*ROOT.glob("*.md"), *ROOT.glob("book/*.md")], ids=lambda p: p.name
)
def test_every_link_of_a_text_leads_to_a_file_and_to_a_heading_of_it(path):
    nothing(lost_links(path))


def page(*texts):
    return new_notebook(cells=[new_markdown_cell(text) for text in texts])


SMALL = {
    "03a_paths.ipynb": page("# 03a · Paths", "$$a=b \\tag{3.1}$$", "$$a=c \\tag{3.2}$$"),
    "04_next.ipynb": page("# 04 · Next"),
    "03b_layers.ipynb": page("# 03b · Layers", "### Exercise 3.1: one", "### Exercise 3.2: two"),
}
THERE = Places(SMALL, r"\bK\d\b", {"K1"})

LEADS = [
    ("By (3.1), by equation 3.2, with equations 3.1 and 3.2", ""),
    ("Exercise 3.1, and exercises 3.1 to 3.2", ""),
    ("chapter 03, chapters 03a and 04, in 03b", ""),
    ("an item, K1; a number, $(3.9)$ and `(3.9)`", ""),
    ("By (3.3)", "no equation 3.3"),
    ("with equations 3.1 and 3.5", "no equation 3.5"),
    ("see Exercise 3.3", "no exercise 3.3"),
    ("chapters 03 and 05", "no chapter 05"),
    ("in 03c or 02b", "no chapter 02b"),
    ("an item, K2", "no item K2"),
]


@pytest.mark.parametrize(("text", "problem"), LEADS)
def test_a_reference_leads_somewhere_or_is_noticed(text, problem):
    assert [line.partition(": ")[2] for line in THERE.lost(page(text))] == [problem] * bool(problem)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "04_next.md").write_text("# What is `next`?\n", encoding="utf-8")
    write(page("# 03 · Paths", "## All at once"), tmp_path / "03_paths.ipynb")
    return tmp_path


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("[there](04_next.md)", None),
        ("[there](04_next.md#what-is-next)", None),
        ("[there](https://example.org/x)", None),
        ("[chapter 03](03_paths.ipynb#All-at-once)", None),
        ("[above](#Here)", None),
        ("$a^{[1](s)}$ and `[a](b)`", None),
        ("[there](05_next.md)", "no file 05_next.md"),
        ("[there](04_next.md#what-was-next)", "no heading what-was-next in 04_next.md"),
        ("[chapter 03](03_paths.ipynb#All-at-last)", "no heading All-at-last in 03_paths.ipynb"),
        ("[above](#There)", "no heading There in page.ipynb"),
        ("[chapter 04](03_paths.ipynb)", "chapter 04 is not 03_paths.ipynb"),
    ],
)
def test_a_link_leads_somewhere_or_is_noticed(folder, link, problem):
    write(page("# Here", link), folder / "page.ipynb")
    found = [line.partition(": ")[2] for line in lost_links(folder / "page.ipynb")]
    assert found == ([problem] if problem else [])


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("04_next.ipynb", ["# 03 · Next"]),
        ("04_next.ipynb", ["# 14 · Next"]),
        ("04_next.ipynb", ["# 04 · Next", "### Exercise 3.1: one"]),
        ("04_next.ipynb", ["# 04 · Next", "### Exercise 4.1: one", "### Exercise 4.3: three"]),
        ("04_next.ipynb", ["# 04 · Next", "### Exercise 4.1: one\n\n### Exercise 4.1: two"]),
    ],
)
def test_a_wrong_number_of_a_page_or_an_exercise_is_noticed(name, texts):
    assert len(list(misnumbered(name, page(*texts)))) == 1
