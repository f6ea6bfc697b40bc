"""The notes index lists every item in the notes' order, and leads to the cells that treat it."""

import re
from collections import Counter

import pytest
from test_notebooks import ARCHIVE, CHAPTERS, ERRATA, INDEX, markdown, read, tables, tags

PAGE = read(ARCHIVE / "B_notes_index.ipynb")
*ITEMS, QUESTIONS = [
    [[part.strip() for part in row.strip("|").split(" | ")] for row in table.splitlines()[2:]]
    for table in tables(PAGE)
]
ROWS = {row[0]: row for table in ITEMS for row in table}
LINK = re.compile(r"\[(\w+)\]\(([./\w]+\.ipynb)#cell-id=(\w+)\)")


def treating(path):
    """Return the ids of the cells of a page -> their items."""
    return {cell.id: tags(cell) for cell in read(path).cells}


def test_the_items_stand_in_the_order_of_the_notes():
    assert list(ROWS) == list(INDEX)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)
def test_an_item_leads_to_the_cell_of_its_chapter_that_treats_it(path):
    cells = treating(path)
    linked = {key: LINK.fullmatch(row[3]).groups() for key, row in ROWS.items()}
    here = {
        key: (text, cell) for key, (text, page, cell) in linked.items() if page == f"../{path.name}"
    }
    assert {item for items in cells.values() for item in items} >= here.keys()
    # the notes end before the last chapters
    assert bool(here) == any(item["chapter"].startswith(path.name[:2]) for item in INDEX.values())
    for item, (text, cell) in here.items():
        assert item in cells[cell]
        assert path.name.startswith(f"{text}_")


def test_an_item_has_its_verdict_and_a_wrong_one_its_entry_in_the_errata():
    cells = treating(ERRATA)
    for key, row in ROWS.items():
        link, verdict = LINK.fullmatch(row[2]), INDEX[key]["verdict"]
        assert (link[1] if link else row[2]) == verdict
        assert bool(link) == (verdict in ("wrong", "inconsistent"))
        if link:
            assert link[2] == ERRATA.name
            assert key in cells[link[3]]


def test_the_twenty_questions_lead_to_the_items_that_ask_them():
    assert [row[0] for row in QUESTIONS] == [f"Q{n}" for n in range(1, 21)]
    for _, question, item, place in QUESTIONS:
        assert question.endswith("?")
        assert place == ROWS[item][3]


def test_the_text_counts_the_verdicts_and_what_two_chapters_treat():
    verdicts = [item["verdict"] for item in INDEX.values()]
    chapters = [item["chapter"][:2] for item in INDEX.values()]
    none, correct = verdicts.count("not a statement"), verdicts.count("correct")
    text = markdown(PAGE)
    assert (
        f"Of 302 items {none} are no statements. Of the other $302-{none}={302 - none}$, {correct} are correct"
        in text
    )
    assert f"the most items, {chapters.count('03')} and {chapters.count('06')}, together" in text
    sets = Counter(key[:2] for key, item in INDEX.items() if item["chapter"][:2] == "03")
    assert sorted(sets) == ["N0", "N1", "N2", "N4", "NX"]
    assert sets["N0"] == 1  # the Hadamard product, no derivation
    assert "three of the five sets derive backpropagation" in text
