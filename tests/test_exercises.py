"""The grading itself; every chapter's graders have a test file of their own."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import grader_tests
import numpy as np
import pytest
from grader_tests import *  # noqa: F403
from grader_tests import WILD, Wild

from nnbook import exercises
from nnbook.exercises.grading import Choice, Finding, Function, Property, Value

CHAPTERS = [name for name in exercises.__all__ if name != "check"]
NUMBER = Value("9.1", "the half of 3", 1.5)
VECTOR = Value("9.2", "the first odd numbers", [1, 3, 5])
MATRIX = Value("9.3", "the table", [[1, 2, 3], [4, 5, 6]])
ANY = Property("9.4", "an even number", lambda x: x.size == 1 and x.item() % 2 == 0)
WORD = Choice("9.5", "the colour of the sky", "blue", ("red", "blue"))
DOUBLE = Function(
    "9.6",
    "the double",
    lambda x: 2 * np.asarray(x),
    ("x",),
    ((np.array([1.0, 2.0]),), (np.array([3.0]),)),
)
PAIR = Function(
    "9.7", "sum and product", lambda a, b: (a + b, a * b), ("a", "b"), ((2.0, 3.0), (1.0, 5.0))
)
ex = SimpleNamespace(
    NUMBER=NUMBER, VECTOR=VECTOR, MATRIX=MATRIX, ANY=ANY, WORD=WORD, DOUBLE=DOUBLE, PAIR=PAIR
)
# what the tests of graders expect of every chapter holds of the four kinds themselves
ANSWERS = [
    (NUMBER, [1.5, 1.4999], [1.51]),
    (VECTOR, [[1, 3, 5], range(1, 6, 2)], [[1, 2, 3]]),
    (MATRIX, [[[1, 2, 3], [4, 5, 6]]], [[1, 2, 3, 4, 5, 6]]),
    (ANY, [4, -2.0, np.int8(2)], [3, 2.5]),
    (WORD, ["blue"], ["green"]),
    (DOUBLE, [lambda x: 2 * x], [lambda x: x, lambda x: x**2]),
    (PAIR, [lambda a, b: (a + b, a * b), lambda a, b: [[a + b], a * b]], [lambda a, b: (a * b, a + b)]),
]  # fmt: skip


def raising(error):
    def function(*_):
        raise error

    return function


@pytest.mark.parametrize("answer", [..., None, (..., ...), [1, ...], [None], (None, None)])
def test_an_answer_with_a_gap_is_not_attempted(answer, verdict):
    for exercise in vars(ex).values():
        assert verdict(exercise, answer) == f"Exercise {exercise.number}: not attempted yet"


def test_a_function_that_is_not_implemented_is_not_attempted(verdict):
    for function in (lambda x: [...], raising(NotImplementedError())):
        assert verdict(DOUBLE, function) == "Exercise 9.6: not attempted yet"


@pytest.mark.parametrize("exercise", vars(ex).values(), ids=vars(ex))
def test_a_verdict_on_a_wild_answer_is_the_same_twice(exercise, verdict):
    for answer in WILD:
        assert verdict(exercise, answer) == verdict(exercise, answer)


def test_a_wrong_value_is_quoted(verdict):
    assert verdict(NUMBER, 2) == "Exercise 9.1: not yet; asked for the half of 3; came 2"
    assert verdict(NUMBER, "2").endswith("came '2', not a number")
    assert verdict(Value("9.9", "one", [1]), "1").endswith("came '1', not a number")
    assert verdict(VECTOR, [1, 3]).endswith("came [1, 3] of shape (2,), not 3 numbers")
    assert verdict(MATRIX, np.ones((3, 2))).endswith("of shape (3, 2), not (2, 3)")
    assert verdict(WORD, "green").endswith("one of 'red', 'blue'; came 'green'")


def test_floats_are_quoted_with_six_digits(verdict):
    assert verdict(NUMBER, 1 / 3).endswith("came 0.333333")
    assert verdict(VECTOR, [1 / 3, (2, np.float64(1e-9 / 3))]).endswith("not 3 numbers")
    assert "[0.333333, 2.0, 3.33333e-10]" in verdict(
        VECTOR, np.array([1 / 3, 2, 1e-9 / 3]).tolist()
    )


def test_a_wrong_function_is_told_input_and_output(verdict):
    line = verdict(DOUBLE, lambda x: x)
    assert line.endswith("asked for the double; for x = [1.0, 2.0] came [1.0, 2.0]")
    assert verdict(PAIR, lambda a, b: (a + b, a + b)).endswith(
        "for a = 2.0, b = 3.0 result 2: came 5.0"
    )
    assert verdict(PAIR, lambda a, b: a).endswith("came 2.0, not 2 results")


@pytest.mark.parametrize(
    "error", [ValueError("a\nb"), SystemExit(1), RecursionError(), KeyError("k"), MemoryError()]
)
def test_a_function_that_raises_is_told_its_error_in_one_line(error, verdict):
    assert f"came {type(error).__name__}" in verdict(DOUBLE, raising(error))


def test_functions_may_print_and_warn_and_spoil_their_arguments(verdict):
    def noisy(x):
        print("hello")
        twice = 2 * x
        x[:] = np.log(-x)
        return twice

    assert verdict(DOUBLE, noisy) == "Exercise 9.6: passed"
    assert verdict(DOUBLE, lambda x: 2 * x) == "Exercise 9.6: passed"


def adds_in_place(a, b):
    a += b
    return a


def test_a_finding_says_where_and_what():
    assert NUMBER.complaint(1.5) is None
    assert NUMBER.complaint(2) == Finding("the half of 3", "came 2")
    assert PAIR.complaint(lambda a, b: (a + b, a)) == Finding(
        "sum and product", "came 2.0", results=(2,), case="for a = 2.0, b = 3.0"
    )
    nested = Value("9.8", "two pairs", ((1, 2), (3, 4)))
    assert nested.complaint(((1, 2), (3, 5))) == Finding("two pairs", "came 5", results=(2, 2))
    assert not DOUBLE.complaint(raising(NotImplementedError())).attempted
    assert DOUBLE.complaint(raising(ValueError())).attempted


def test_a_property_may_say_why_not(verdict):
    def is_small(x):
        return True if abs(x).max() < 10 else f"the largest is {abs(x).max():g}"

    small = Property("9.8", "small numbers", is_small)
    assert verdict(small, [3, -4]) == "Exercise 9.8: passed"
    asked = "Exercise 9.8: not yet; asked for small numbers; "
    assert verdict(small, [3, 40]) == asked + "came [3, 40]; the largest is 40"
    assert verdict(small, [3, np.inf]) == asked + "came [3, inf]; the largest is inf"
    assert verdict(small, "3") == asked + "came '3'"
    unquoted = Property("9.8", "small numbers", is_small, quoted=False)
    assert verdict(unquoted, [3, 40]) == asked + "the largest is 40"
    assert verdict(unquoted, "3") == asked + "came '3'"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_has_no_property(bad, verdict):
    anything = Property("9.8", "anything", lambda x: True)
    assert verdict(anything, [1, bad]).endswith(f"asked for anything; came [1, {bad}]")
    assert verdict(Property("9.8", "anything", lambda x: None), 1).endswith("came 1")


def test_an_answer_may_be_read_before_it_is_judged(verdict):
    total = Property("9.8", "a sum of 3", lambda x: x.item() == 3, read=sum)
    assert verdict(total, [1, 2]).endswith("passed")
    assert verdict(total, [1, 3]).endswith("came 4")
    last = Choice("9.8", "a word", "blue", ("red", "blue"), read=lambda words: words.split()[-1])
    assert verdict(last, "it is blue").endswith("passed")
    assert verdict(last, "it is red").endswith("came 'it is red'")
    assert verdict(last, 5).endswith("the answer raised AttributeError")
    ordered = Function("9.8", "3 and 4", lambda: [3, 4], (), ((),), read=sorted)
    assert verdict(ordered, lambda: {4, 3}).endswith("passed")
    assert verdict(ordered, lambda: 3).endswith("came TypeError: 'int' object is not iterable")


def test_arguments_are_to_be_left_as_they_came(verdict):
    cases = ((np.array([1.0]), np.array([2.0])), (np.array([3.0]), np.array([4.0])))
    careless = Function("9.8", "the sum", lambda a, b: a + b, ("a", "b"), cases)
    assert verdict(careless, adds_in_place).endswith("passed")
    careful = Function("9.8", "the sum", lambda a, b: a + b, ("a", "b"), cases, kept=("a",))
    said = "the function changes a, an argument to be left as it came"
    assert verdict(careful, adds_in_place).endswith(f"asked for the sum; {said}")
    spoilt = verdict(careful, lambda a, b: adds_in_place(a, b) if a < 2 else 0 * b)
    assert spoilt.endswith(f"for a = [3.0], b = [4.0] came [0.0]; {said}")
    assert verdict(careful, lambda a, b: adds_in_place(b, a)).endswith("passed")
    wild = Function("9.8", "the length", len, ("a",), (([1.0],),), kept=("a",))
    assert "passed" not in verdict(wild, lambda a: a.__setitem__(0, Wild()) or len(a))


def test_a_remark_may_fail_an_answer_and_may_itself_fail(verdict):
    def doubled(arguments, came):
        return "that is twice as much" if came == 2 * sum(arguments) else None

    total = Function(
        "9.8", "the sum", lambda *x: sum(x), ("a", "b"), ((1.0, 2.0), (0.0, 0.0)), remark=doubled
    )
    came = verdict(total, lambda a, b: 2 * (a + b))
    assert came.endswith("for a = 1.0, b = 2.0 came 6.0; that is twice as much")
    assert verdict(total, lambda a, b: a + b).endswith("asked for the sum; that is twice as much")
    came = verdict(total, lambda a, b: np.ones(3))  # an array has no truth to compare
    assert came.endswith("came [1.0, 1.0, 1.0] of shape (3,), not a number")


def test_ctrl_c_is_never_swallowed():
    with pytest.raises(KeyboardInterrupt):
        exercises.check(DOUBLE, raising(KeyboardInterrupt()))


def test_long_answers_are_cut(verdict):
    assert len(verdict(VECTOR, list(range(10_000)))) < 250


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_chapter_takes_over_the_tests_of_graders(chapter):
    tests = import_module(f"test_exercises_{chapter}")
    assert tests.ex is getattr(exercises, chapter)
    for name in grader_tests.__all__:
        assert getattr(tests, name) is getattr(grader_tests, name)


def test_a_chapter_is_imported_when_its_name_is_used():
    code = """
import sys
from nnbook import exercises
print(sum(name.startswith("nnbook.exercises.") for name in sys.modules))
print("nnbook.exercises.xor" in sys.modules, exercises.xor.__name__, set(exercises.__all__) <= set(dir(exercises)))
from nnbook.exercises import check, delta_rule
print(delta_rule is exercises.delta_rule is sys.modules["nnbook.exercises.delta_rule"])
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines() == ["1", "False nnbook.exercises.xor True", "True"]


def test_every_chapter_module_is_listed_and_no_other_name_is_found():
    modules = {path.stem for path in Path(exercises.__file__).parent.glob("*.py")}
    assert set(CHAPTERS) == modules - {"__init__", "grading"}
    with pytest.raises(AttributeError, match="no attribute 'delta'"):
        exercises.delta  # noqa: B018


def test_cases_do_not_depend_on_the_order_of_import():
    code = """
import sys
from importlib import import_module
import numpy as np
for name in sys.argv[1:]:
    import_module("nnbook.exercises." + name)
np.set_printoptions(threshold=sys.maxsize, floatmode="unique")
for name in sorted(sys.argv[1:]):
    for key, x in vars(sys.modules["nnbook.exercises." + name]).items():
        print(key, getattr(x, "cases", getattr(x, "expected", None)))
"""
    printed = [
        subprocess.run(
            [sys.executable, "-c", code, *names], capture_output=True, text=True, check=True
        ).stdout
        for names in (CHAPTERS, CHAPTERS[::-1])
    ]
    assert "[[" in printed[0]
    assert printed[0] == printed[1]
