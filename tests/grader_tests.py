"""The tests of a chapter's graders, written once for all chapters.

A chapter's test file takes them over with ``from grader_tests import *``. It imports its exercises
as ``ex`` and holds the tables RIGHT and WRONG, lists of (grader, [answers]). `conftest.py` makes one
test of every grader.
"""

import pytest

from nnbook.exercises.grading import Exercise, Function

__all__ = [
    "test_every_grader_is_in_both_tables",
    "test_right_forms_pass",
    "test_what_is_not_filled_in_is_not_attempted",
    "test_wrong_answers_are_told_so",
]
BLANKS = [..., None, (..., 1)]
EMPTY_RESULTS = [None, ..., (..., ...)]


def graders(chapter):
    """Return the public exercises of a chapter's module, by name."""
    things = vars(chapter).items()
    return {name: x for name, x in things if isinstance(x, Exercise) and not name.startswith("_")}


def cases(tests, table):
    """Yield (grader, answers) of a ``table`` of the chapter's test file."""
    names = {id(grader): name for name, grader in graders(tests.ex).items()}
    rows = blanks(tests.ex) if table == "blank" else getattr(tests, table.upper())
    for grader, answers in rows:
        yield pytest.param(grader, list(answers), id=names.get(id(grader), grader.number))


def blanks(chapter):
    """Yield every grader with what a reader leaves who has not begun."""
    for grader in graders(chapter).values():
        functions = [lambda *_, result=result: result for result in EMPTY_RESULTS]
        yield grader, BLANKS + (functions if isinstance(grader, Function) else [])


def test_right_forms_pass(grader, right, verdict):
    lines = [verdict(grader, answer) for answer in right]
    assert lines == [f"Exercise {grader.number}: passed"] * len(right)


def test_wrong_answers_are_told_so(grader, wrong, verdict):
    for answer in wrong:
        line = verdict(grader, answer)
        assert line.startswith(f"Exercise {grader.number}: not yet; asked for "), answer
        assert "Traceback" not in line
        assert "0x" not in line


def test_what_is_not_filled_in_is_not_attempted(grader, blank, verdict):
    for answer in blank:
        line = f"Exercise {grader.number}: not attempted yet"
        if callable(answer) and answer() is None:
            line += ": the function returned None (is a return missing?)"
        assert verdict(grader, answer) == line


@pytest.mark.parametrize(("table", "least"), [("RIGHT", 3), ("WRONG", 5)])
def test_every_grader_is_in_both_tables(table, least, request):
    rows = getattr(request.module, table)
    names = {id(grader): name for name, grader in graders(request.module.ex).items()}
    listed = {names.get(id(grader)): len(answers) for grader, answers in rows}
    assert listed.keys() == set(names.values())
    assert len(rows) == len(names)
    assert min(listed.values()) >= least, listed
