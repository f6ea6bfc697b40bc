"""The course speaks the field's own words, and its glossary says where each is defined."""

import json
import re

import pytest
from course import COINED, ITEM, NOTES, SAID_ANYWAY
from execute_notebooks import ROOT
from pagecheck.words import BOLD, coined, entries, names_and_texts, paragraphs, said, section
from test_notebooks import CHAPTERS, EXERCISED, FOLDER, PATHS, label, nothing, read

GLOSSARY = list(entries(read(FOLDER / "D_glossary.ipynb")))
FIGURES = json.loads((ROOT / "tests" / "figures.json").read_text("utf-8"))


def texts(path):
    """Yield cell -> what it says in words, its figures included."""
    for cell in read(path).cells:
        yield cell.id, cell.source if cell.cell_type == "markdown" else names_and_texts(cell.source)
    for cell, figures in FIGURES.get(label(path), {}).items():
        yield cell, json.dumps(figures, ensure_ascii=False)


@pytest.mark.parametrize("path", PATHS, ids=label)
def test_a_page_has_no_coined_word(path):
    found, exercises = [], path not in EXERCISED
    for cell, text in texts(path):
        exercises = exercises or "## Exercises" in text  # whose answers are the reader's
        for each in coined(text, COINED):
            word = each.split("'")[1].lower()
            if (label(path), word) not in SAID_ANYWAY and not (exercises and "answer" in word):
                found.append(f"{cell}: {each}")
    nothing(found, read(path))


@pytest.mark.parametrize("path", CHAPTERS, ids=label)
def test_a_chapter_speaks_of_no_notes_but_in_its_last_fold(path):
    notebook, found = read(path), []
    for cell in notebook.cells:
        text = "\n\n".join(paragraphs(cell.source)) if cell.cell_type == "markdown" else ""
        words = re.findall(rf"{ITEM}|{NOTES}", text)
        found += [f"{cell.id}: {word!r}" for word in words]
    folds = [cell for cell in notebook.cells if "For readers of the notes" in cell.source]
    if len(folds) != 1 or folds[0] not in notebook.cells[-2:]:
        found.append("its last fold is not 'For readers of the notes'")
    nothing(found, notebook)


PACKAGE = [*(ROOT / "nnbook").rglob("*.py"), *ROOT.glob("*.md"), *(ROOT / "book").glob("*.md")]


@pytest.mark.parametrize("path", PACKAGE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_package_and_the_texts_about_it_have_no_coined_word(path):
    text = path.read_text("utf-8")
    text = names_and_texts(text) if path.suffix == ".py" else text
    graders = path.parent.name == "exercises"  # whose answers are the reader's
    nothing(
        found
        for found in coined(text, COINED)
        if (path.name, word := found.split("'")[1].lower()) not in SAID_ANYWAY
        and not (graders and word.startswith("answer"))
    )


def test_the_glossary_leads_to_the_section_that_has_the_term_in_bold():
    found = []
    for entry in GLOSSARY:
        path = FOLDER / entry.page
        if path not in PATHS:
            found.append(f"{entry.term}: no page {entry.page}")
        else:
            bold = [
                " ".join(each.split()) for each in BOLD.findall(section(read(path), entry.anchor))
            ]
            if not any(said(entry.term, each) for each in bold):
                found.append(f"{entry.term}: not in bold under {entry.anchor!r} of {entry.page}")
    nothing(found)


def test_a_term_of_the_glossary_is_used_once_it_is_defined():
    found = []
    for entry in GLOSSARY:
        after = EXERCISED[EXERCISED.index(FOLDER / entry.page) :]
        times = sum(
            said(entry.term, " ".join(paragraphs(text))) for p in after for _, text in texts(p)
        )
        if times < 3:
            found.append(f"{entry.term}: {times - 1} times after its definition, should be two")
    nothing(found)


def test_every_term_is_in_the_glossary_once_and_in_order():
    terms = [entry.term.lower() for entry in GLOSSARY]
    assert terms == sorted(set(terms), key=lambda term: re.sub(r"\W", "", term))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What is the price?", ["price"]),
        ("The **loss** is the price of a mistake.", []),
        ("A `price` in code, $price$ in a formula, [words](price.md)", []),
        ("Your answer, the answer of the network", ["answer"]),
        ("the gradient by w", ["gradient by w"]),
    ],
)
def test_a_coined_word_is_noticed_outside_the_paragraph_of_its_term(text, words):
    assert [found.split("'")[1] for found in coined(text, COINED)] == words


def test_names_strings_and_comments_of_code_are_words():
    assert "blame" in names_and_texts("dW = 1  # blame")
    assert "the price" in names_and_texts("the_price = 1")
    assert "a toll" in names_and_texts("f(x='a toll')")
