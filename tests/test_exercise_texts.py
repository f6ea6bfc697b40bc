"""What an exercise asks is what its graders grade; ``python tests/accept.py`` takes a change over."""

import copy
import json
from types import SimpleNamespace

import pytest
from course import SAYING_MORE
from execute_notebooks import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from pagecheck.exercises import definition, exercises, fingerprints, parted
from test_notebooks import CHAPTERS, FOLDER, SOLUTIONS, label, read

from nnbook import exercises as graders
from nnbook.exercises.grading import Choice, Value

ACCEPTED = ROOT / "tests" / "exercise_texts.json"
ACCEPT = "look whether text and grader still ask the same, then: python tests/accept.py"


def now():
    """Return exercise -> fingerprints of its text, its hints, its graders and its solution."""
    found = {}
    for path in CHAPTERS:
        found |= fingerprints(read(path), graders)
    for path in SOLUTIONS:
        for number, prints in fingerprints(read(path), graders).items():
            found[number]["solution"] = prints["text"]
    return found


def changed(accepted, current):
    """Yield which exercises have another text or other graders than were accepted."""
    for number in sorted(accepted.keys() | current.keys()):
        old, new = accepted.get(number, {}), current.get(number, {})
        parts = [part for part in sorted(old | new) if old.get(part) != new.get(part)]
        if parts:
            yield f"Exercise {number}: another {' and other '.join(parts)}; {ACCEPT}"


@pytest.mark.parametrize("path", CHAPTERS + SOLUTIONS, ids=label)
def test_every_exercise_asks_what_its_graders_ask(path):
    assert list(parted(read(path), graders, SAYING_MORE)) == []


def test_texts_and_graders_are_those_that_were_accepted():
    assert list(changed(json.loads(ACCEPTED.read_text("utf-8")), now())) == []


# --- what is noticed -----------------------------------------------------------------------------

SMALL = SimpleNamespace(
    half=SimpleNamespace(
        of_three=Value("1.1", "the half of 3", 1.5),
        kind=Choice("1.1", "the kind of number", "odd", ("odd", "even")),
    )
)


def page(
    heading="### Exercise 1.1: half", text="Half of 3? Is it odd or even?", name="half.of_three"
):
    cells = [
        new_markdown_cell(f"{heading}\n\n{text}\n\n<details>3, odd, even</details>"),
        new_code_cell(f"answer = ...\ncheck({name}, answer)\ncheck(half.kind, ...)"),
        new_markdown_cell("### Exercise 1.2: none"),
    ]
    return new_notebook(cells=cells)


def test_an_exercise_that_asks_what_its_graders_ask_is_right():
    assert list(parted(page(), SMALL)) == []
    assert list(parted(page(text="Half of $\\tfrac32$? *Odd*, odd or `even`"), SMALL)) == []
    assert list(parted(page(text="Odd, odd or even: half of it?"), SMALL, {"half.of_three"})) == []
    assert [len(exercise.checks) for exercise in exercises(page())] == [2, 0]


@pytest.mark.parametrize(
    "notebook",
    [
        page(heading="### Exercise 1.3: half"),
        page(text="Half of 5? Is it odd or even?"),
        page(text="Half of 3? Is it odd or uneven?"),
    ],
)
def test_an_exercise_that_asks_something_else_is_noticed(notebook):
    assert list(parted(notebook, SMALL)) != []


def test_what_makes_a_grader_is_its_statement_and_what_that_needs():
    code = definition(graders, "delta_rule.slopes_of_sigmoid")
    assert "_slopes = sigmoid(" in code
    assert "σ'(z) at z" in code
    assert "largest_rate" not in code


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Below which $\\alpha$", "Above which $\\alpha$"),
        ("For $a=(1,2)$", "For $a=(1,3)$"),
        ("def largest_rate_for(a):", "def largest_rate_for(w):"),
    ],
)
def test_an_exercise_changed_in_chapter_and_twin_is_noticed(old, new):
    notebook = copy.deepcopy(read(FOLDER / "01_delta_rule.ipynb"))
    cell = next(cell for cell in notebook.cells if old in cell.source)
    accepted = fingerprints(notebook, graders)
    cell.source = cell.source.replace(old, new)
    (problem,) = changed(accepted, fingerprints(notebook, graders))
    assert problem.startswith("Exercise 1.2: another text;")


def test_a_hint_that_changes_is_noticed():
    notebook = copy.deepcopy(read(FOLDER / "01_delta_rule.ipynb"))
    cell = next(cell for cell in notebook.cells if "should be a quarter" in cell.source)
    accepted = fingerprints(notebook, graders)
    cell.source = cell.source.replace("should be a quarter", "should be a half")
    (problem,) = changed(accepted, fingerprints(notebook, graders))
    assert problem.startswith("Exercise 1.6: another hints;")


def test_a_grader_that_changes_alone_is_noticed():
    accepted = fingerprints(read(CHAPTERS[1]), graders)
    other = {**accepted, "1.2": {**accepted["1.2"], "graders": "0"}}
    assert [line.split(";")[0] for line in changed(other, accepted)] == [
        "Exercise 1.2: another graders"
    ]
