"""The tests of a chapter's graders, written once for all chapters.

A chapter's test file takes them over with ``from grader_tests import *``. It imports its exercises
as ``ex`` and holds the table ANSWERS, a row (grader, right answers, wrong answers) for each grader.
From the first right answer more are made, in other forms and wrong in the ways that are wrong for
every grader; the table adds other solutions, and the mistakes that a learner makes.
"""

import copy
import inspect
import sys
import textwrap
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from nnbook.exercises.grading import Choice, Exercise, Function, Property, Value

__all__ = [
    "Says",
    "test_every_grader_has_a_row",
    "test_right_answers_pass",
    "test_what_is_not_filled_in_is_not_attempted",
    "test_wrong_answers_are_told_so",
    "variants",
]
BLANKS = [..., None, (..., 1)]
EMPTY_RESULTS = [None, ..., (..., ...)]
ENOUGH_RIGHT, ENOUGH_WRONG = 3, 5


class Wild:
    """An object that fails at everything."""

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __repr__(self):
        raise RuntimeError("no repr")

    def __array__(self, *args, **kwargs):
        raise RuntimeError("no array")

    def __eq__(self, other):
        raise RuntimeError("no equality")

    __hash__ = None


def raises(*_):
    raise ValueError("a mistake of the reader")


# no answer to anything
WILD = ["text", b"bytes", {}, {1: 2}, set(), object(), Wild(), 1j, np.nan, np.inf, [[1], [2, 3]], int, raises,
        np.array(["a"]), np.zeros((0, 3)), 10**400, Wild, [Wild()], lambda: 0, lambda *_: "text", lambda *_: object()]  # fmt: skip


class Says(NamedTuple):
    """A wrong answer, and words that its verdict has to contain."""

    words: str
    answer: Any


def variants(made, *changes):
    """Return a function or class once for each change of its source: "old -> new", or several by &&."""
    source = textwrap.dedent(inspect.getsource(made))
    found = []
    for change in changes:
        changed, scope = source, {}
        for pair in change.split(" && "):
            old, new = pair.split(" -> ")
            assert old in changed, f"{old!r} is not in the source of {made.__name__}"
            changed = changed.replace(old, new)
        exec(changed, vars(sys.modules[made.__module__]), scope)
        scope[made.__name__].__qualname__ = change  # what a failing test shows
        found.append(scope[made.__name__])
    return found


# --- what is made of a right answer ------------------------------------------------------------


def each(change, answer):
    """Apply a change to every part of an answer."""
    if isinstance(answer, list | tuple):
        return type(answer)(each(change, part) for part in answer)
    return change(answer)


def listed(answer):
    return each(lambda x: x.tolist() if isinstance(x, np.ndarray | np.generic) else x, answer)


def tupled(answer):
    return tuple(map(tupled, answer)) if isinstance(answer, list | tuple) else answer


def whole(answer):
    """Return an answer as one array, or None if it is none."""
    try:
        return np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return None


def column(answer):
    """Return numbers in a row as a column; anything else as it is."""
    if isinstance(answer, tuple):
        return tuple(map(column, answer))
    array = whole(answer)
    return answer if array is None or array.ndim > 1 else array.reshape(-1, 1)


def spoil(argument):
    """Change an argument in place, if that can be done."""
    if isinstance(argument, list | tuple):
        for part in argument:
            spoil(part)
    if isinstance(argument, list):
        argument.clear()
    elif isinstance(argument, np.ndarray):
        argument[...] = 0


def with_end(answer, end):
    changed = np.array(answer, dtype=float)
    changed.reshape(-1)[-1] = end
    return changed


def numbers_right(answer):
    """Yield numbers in other forms that mean the same."""
    yield from (answer, listed(answer), tupled(listed(answer)))
    yield each(lambda x: Fraction(float(x)), listed(answer))
    array = whole(answer)
    if array is not None:
        yield from (array, array.astype(np.float32))
    if array is not None and array.ndim < 2:
        yield from (array.reshape(-1, 1), array.reshape(1, -1).tolist())


def numbers_wrong(grader, answer):
    """Yield numbers that are no answer: of another size, not finite, or changed as a whole."""
    array = whole(answer)
    if array is None:  # parts of several shapes
        yield from (answer[:-1], answer[0], each(lambda x: -np.asarray(x), answer), answer[::-1])
        return
    yield from (with_end(array, np.nan), with_end(array, np.inf))
    yield np.append(array, array[-1:], axis=0) if array.ndim else [answer, answer]
    if array.size > 1:
        yield from (array[:-1], array[0])
    if isinstance(grader, Value):
        changed = [-array, array / 2, 2 * array, array + 1, array - 1, array.T]
        if array.ndim:
            changed += [array[::-1], array.ravel()[::-1]]
        if array.ndim > 1:
            changed += [array.ravel(), array[:, ::-1]]
        same = [x.shape == array.shape and np.allclose(x, array, rtol=1e-9) for x in changed]
        yield from (x for x, unchanged in zip(changed, same, strict=True) if not unchanged)


RESULTS_WRONG = [
    lambda result: each(lambda x: -x, result),
    lambda result: each(lambda x: x / 2, result),
    lambda result: each(lambda x: 2 * x, result),
    lambda result: each(lambda x: x + 1, result),
    lambda result: each(lambda x: x * np.nan, result),
    lambda result: each(np.transpose, result),
    column,
    lambda result: each(np.squeeze, result),
    lambda result: each(lambda x: x[None] if np.ndim(x) else x, result),
    lambda result: result[::-1],
    lambda result: result[:-1],
    lambda result: result[0],
]


def functions_right(grader, answer):
    """Yield functions whose results have other forms, or that spoil arguments where they may."""
    yield from (answer, lambda *case: listed(answer(*case)))
    yield lambda *case: tupled(listed(answer(*case)))
    if not grader.kept:
        yield spoiling(answer)


def functions_wrong(grader, answer):
    """Yield functions that are wrong on some case, or spoil what is to be kept."""
    for change in RESULTS_WRONG:
        changed = lambda *case, change=change: change(answer(*case))  # noqa: E731
        if results(grader, changed) != results(grader, answer):
            yield changed
    first = answer(*copy.deepcopy(grader.cases[0]))
    yield lambda *case: first  # copied from the verdict
    if grader.kept:
        yield spoiling(answer)


def spoiling(answer):
    def spoiled(*case):
        result = answer(*copy.deepcopy(case))
        spoil(case)
        return result

    return spoiled


def results(grader, answer):
    """Return what a grader reads of the results of an answer, as a text that can be compared.

    A number means the same in any shape of one entry, and a vector where no shape is named.
    """

    def plain(x):
        array = None if isinstance(x, tuple) else whole(x)
        if array is None:
            return [plain(part) for part in x]
        return (np.squeeze(array) if array.size == 1 or grader.any_vector else array).tolist()

    try:
        return repr([plain(grader.read(answer(*copy.deepcopy(case)))) for case in grader.cases])
    except Exception as error:
        return repr(error)


def words_right(grader, answer):
    return [answer, answer.upper(), f" {answer.capitalize()}\n"]


def words_wrong(grader, answer):
    others = [word for word in grader.choices if word != grader.right]
    return [*others, "", answer[:-1], [answer], 3]


def is_plain(grader):
    """Return whether the results of a function are judged, and nothing else."""
    return isinstance(grader, Function) and type(grader).complaint is Function.complaint


def right_answers(grader, listed_right):
    answer = listed_right[0]
    if isinstance(grader, Choice):
        yield from words_right(grader, answer)
    elif isinstance(grader, Value | Property) and not callable(answer):
        yield from numbers_right(answer)
    elif is_plain(grader):
        yield from functions_right(grader, answer)
    else:
        yield answer
    yield from listed_right[1:]


def wrong_answers(grader, listed_right, listed_wrong):
    answer = listed_right[0]
    yield from WILD
    if isinstance(grader, Choice):
        yield from words_wrong(grader, answer)
    elif isinstance(grader, Value | Property) and not callable(answer):
        yield from numbers_wrong(grader, answer)
    elif is_plain(grader):
        yield from functions_wrong(grader, answer)
    yield from listed_wrong


# --- the tests ---------------------------------------------------------------------------------


def graders(chapter):
    """Return the public exercises of a chapter's module, by name."""
    things = vars(chapter).items()
    return {name: x for name, x in things if isinstance(x, Exercise) and not name.startswith("_")}


def rows(tests):
    """Return the table of a chapter's test file, by the names of the graders."""
    names = {id(grader): name for name, grader in graders(tests.ex).items()}
    return {names.get(id(row[0]), row[0].number): row for row in tests.ANSWERS}


def test_right_answers_pass(row, verdict):
    grader, right, _ = row
    answers, before = list(right_answers(grader, right)), repr(getattr(grader, "cases", None))
    assert len(answers) >= ENOUGH_RIGHT
    lines = [(verdict(grader, answer), answer) for answer in answers]
    assert [each for each in lines if each[0] != f"Exercise {grader.number}: passed"] == []
    assert repr(getattr(grader, "cases", None)) == before


def test_wrong_answers_are_told_so(row, verdict):
    grader, right, wrong = row
    before = repr(getattr(grader, "cases", None))
    answers = list(wrong_answers(grader, right, wrong))
    assert len(answers) - len(WILD) >= ENOUGH_WRONG or callable(right[0])
    assert wrong or isinstance(grader, Choice), "what does a learner get wrong here?"
    for answer in answers:
        words, answer = answer if isinstance(answer, Says) else ("", answer)
        line = verdict(grader, answer)
        assert line.startswith(f"Exercise {grader.number}: not yet; asked for "), show(answer)
        assert words in line
        assert "Traceback" not in line
        assert "0x" not in line
    assert repr(getattr(grader, "cases", None)) == before


def show(answer):
    """Return an answer for the message of a test: its source, if it has any."""
    try:
        return inspect.getsource(answer)
    except (TypeError, OSError):
        return object.__repr__(answer) if isinstance(answer, Wild) else answer


def test_what_is_not_filled_in_is_not_attempted(row, verdict):
    grader, right, _ = row
    functions = [lambda *_, result=result: result for result in EMPTY_RESULTS]
    if not isinstance(grader, Function):
        functions = functions[:2] if type(grader) is Property and callable(right[0]) else []
    for answer in BLANKS + functions:
        line = f"Exercise {grader.number}: not attempted yet"
        if isinstance(grader, Function) and callable(answer) and answer() is None:
            line += ": the function returned None (is a return missing?)"
        assert verdict(grader, answer) == line


def test_every_grader_has_a_row(request):
    tests = request.module
    assert rows(tests).keys() == graders(tests.ex).keys()
    assert len(tests.ANSWERS) == len(rows(tests))
