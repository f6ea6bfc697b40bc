"""What an exercise asks is what its graders grade."""

from types import SimpleNamespace

import pytest
from course import SAYING_MORE
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from pagecheck.exercises import exercises, parted
from test_notebooks import EXERCISED, FOLDER, SOLUTIONS, label, read

from nnbook import exercises as graders
from nnbook.exercises.grading import Choice, Value


@pytest.mark.parametrize("path", EXERCISED + SOLUTIONS, ids=label)
def test_every_exercise_asks_what_its_graders_ask(path):
    assert list(parted(read(path), graders, SAYING_MORE)) == []


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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("the input is $a=(3,1)$", "the input is $a=(3,2)$"),
        ("the input $a=(1,2)$ has a bias", "the input $a=(1,3)$ has a bias"),
    ],
)
def test_a_number_that_changes_is_noticed(old, new):
    page = read(FOLDER / "01_delta_rule.ipynb")
    cell = next(cell for cell in page.cells if old in cell.source)
    assert list(parted(page, graders)) == []
    cell.source = cell.source.replace(old, new)
    (problem,) = parted(page, graders)
    assert "does not say" in problem
