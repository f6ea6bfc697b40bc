"""How an answer is graded: by what it says or does, never by how it is written."""

from __future__ import annotations

import copy
import io
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

EXACT, CLOSE = 1e-12, 1e-4  # what numerical differentiation never reaches, and what it does
SHOWN = 90  # characters of an answer that a verdict quotes


@dataclass(frozen=True)
class Finding:
    """Why an answer has not passed: what was asked for, and what came instead.

    ``results`` says in which of several results it came (counted from 1, and again inside of
    it), ``case`` for which arguments, ``remark`` what may help. A reader who has not begun has a
    finding that is not ``attempted``.

    >>> print(Finding("the double", "came 5", case="for x = 2", remark="that is 3 too much"))
    not yet; asked for the double; for x = 2 came 5; that is 3 too much
    >>> print(Finding("the double", attempted=False))
    not attempted yet
    """

    asked: str
    came: str = ""
    results: tuple[int, ...] = ()
    case: str = ""
    remark: str = ""
    attempted: bool = True

    def __str__(self) -> str:
        """Return the finding in one line."""
        if not self.attempted:
            return ": ".join(filter(None, ["not attempted yet", self.came]))
        where = [self.case, *(f"result {i}:" for i in self.results), self.came]
        came = " ".join(filter(None, where))
        return "; ".join(filter(None, [f"not yet; asked for {self.asked}", came, self.remark]))


def _as_it_came(answer: Any) -> Any:
    return answer


@dataclass(frozen=True)
class Value:
    """An exercise whose answer is a number, a vector or a matrix.

    A vector may come as a row, a column or a list; a scalar in any shape of one entry; a matrix
    only in its own shape. ``remarks`` holds wrong answers under the words that explain them.
    """

    number: str
    asked: str
    expected: Any
    tolerance: float = 2e-3  # relative to the largest entry: three digits by hand are enough
    remarks: Mapping[str, Any] = field(default_factory=dict)

    def complaint(self, answer: Any) -> Finding | None:
        """Return what is wrong with ``answer``, or None."""
        difference = _difference(answer, self.expected, self.tolerance, any_vector=True)
        if not difference:
            return None
        for remark, wrong in self.remarks.items():
            if not _difference(answer, wrong, self.tolerance, any_vector=True):
                return Finding(self.asked, *difference, remark=remark)
        return Finding(self.asked, *difference)


@dataclass(frozen=True)
class Property:
    """An exercise with many right answers: ``holds`` says whether a float array is one of them.

    It returns True, or False, or in words why not; NaN and infinity pass in no case. ``read``
    turns an answer into the form to be judged. An answer too long to be ``quoted`` is not, where
    ``holds`` says why.
    """

    number: str
    asked: str
    holds: Callable[[np.ndarray], bool | str]
    read: Callable[[Any], Any] = _as_it_came
    quoted: bool = True

    def complaint(self, answer: Any) -> Finding | None:
        """Return what is wrong with ``answer``, or None."""
        answer = self.read(answer)
        if _is_blank(answer):
            return Finding(self.asked, attempted=False)
        array = _real(answer)
        held = False if array is None else self.holds(array)
        reason = held if isinstance(held, str) else ""
        if held and not reason and np.isfinite(np.asarray(array)).all():
            return None
        came = f"came {show(answer)}" if self.quoted or not reason else ""
        return Finding(self.asked, came, remark=reason)


def near(
    names: Sequence[str], right: ArrayLike, tolerance: ArrayLike
) -> Callable[[np.ndarray], bool | str]:
    """Return a property: as many numbers as names, near the right ones; or which are not.

    >>> near(["the mean", "the variance"], [1, 4], 0.1)(np.array([1.05, 2]))
    'not right: the variance'
    """

    def holds(numbers: np.ndarray) -> bool | str:
        if numbers.size != len(names):
            return f"{len(names)} numbers are expected"
        close = np.abs(numbers.ravel() - right) <= tolerance
        off = [name for name, good in zip(names, close, strict=True) if not good]
        return f"not right: {', '.join(off)}" if off else True

    return holds


def results(answer: Any, calls: Iterable[tuple[Any, ...]], kept: str = "") -> Any:
    """Return what a function gives for each of some calls, or what is wrong with it in words.

    What is no function comes back as it is, what is not begun as ``...``. The first argument is to
    be left as it came, if ``kept`` names it.
    """
    if not callable(answer):
        return answer
    found = []
    for call in calls:
        given = [x.copy() if isinstance(x, np.ndarray) else x for x in call]
        try:
            result = answer(*given)
        except NotImplementedError:
            return ...
        except (Exception, SystemExit) as error:
            return f"{_name(error)}: {error}"
        if result is None or result is ...:
            return ...
        if kept and not same(call[0], given[0]):
            return f"the function changes {kept}, an argument to be left as it came"
        found.append(copy.deepcopy(result))
    return found


@dataclass(frozen=True)
class Choice:
    """An exercise whose answer is one of a few words; ``read`` turns an answer into a word."""

    number: str
    asked: str
    right: str
    choices: tuple[str, ...]
    read: Callable[[Any], Any] = _as_it_came
    remarks: Mapping[str, str] = field(default_factory=dict)  # of wrong words

    def complaint(self, answer: Any) -> Finding | None:
        """Return what is wrong with ``answer``, or None."""
        word = self.read(answer)
        word = word.strip().lower() if isinstance(word, str) else ""
        if word == self.right.lower():
            return None
        among = ", ".join(repr(choice) for choice in self.choices)
        asked, remark = f"{self.asked}, one of {among}", self.remarks.get(word, "")
        return Finding(asked, f"came {show(answer)}", remark=remark)


@dataclass(frozen=True)
class Function:
    """An exercise whose answer is a function, called on ``cases`` and held against ``reference``.

    Its results have the shapes of the reference's; only a scalar may have any shape of one entry,
    and a vector may come as a row or a column where the exercise names no shape (``any_vector``).

    With the tolerance EXACT numerical differentiation does not pass for a backward pass.
    ``names`` names the arguments in the verdict, and ``kept`` those to be left as they came.
    ``read`` turns what the function returns into the form to be judged; ``remark`` may say in
    words what is wrong with it, and ``remarks`` holds wrong functions under the words that
    explain them.
    """

    number: str
    asked: str
    reference: Callable[..., Any]
    names: tuple[str, ...]
    cases: tuple[tuple[Any, ...], ...]
    tolerance: float = 1e-6
    kept: tuple[str, ...] = ()
    read: Callable[[Any], Any] = _as_it_came
    remark: Callable[[tuple[Any, ...], Any], str | None] = lambda arguments, came: None
    remarks: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    any_vector: bool = False

    def complaint(self, answer: Any) -> Finding | None:
        """Return what is wrong with ``answer``, an argument changed by it included, or None."""
        if not callable(answer):
            return Finding(f"a function that returns {self.asked}", f"came {show(answer)}")
        remark = ""
        for case in self.cases:
            arguments = copy.deepcopy(case)
            try:
                came = self.read(answer(*arguments))
            except (Exception, SystemExit) as error:
                return self._raised(case, error, remark)
            if came is None:
                returned = "the function returned None (is a return missing?)"
                return Finding(self.asked, returned, attempted=False)
            if _is_blank(came):
                return Finding(self.asked, attempted=False)
            expected = self.reference(*copy.deepcopy(case))
            difference = _difference(came, expected, self.tolerance, self.any_vector)
            remark = self._remark(case, arguments, came) or remark
            if difference:
                remark = remark or self._likely(case, came)
                near = not _difference(came, expected, CLOSE, self.any_vector)
                if near and self.tolerance == EXACT:
                    remark = (
                        remark or "close, not exact, as numerical differentiation and float32 are"
                    )
                return self._finding(case, *difference, remark=remark)
        return Finding(self.asked, remark=remark) if remark else None

    def _finding(
        self, case: tuple[Any, ...], came: str, results: tuple[int, ...] = (), remark: str = ""
    ) -> Finding:
        """Return the finding on one of the cases."""
        pairs = zip(self.names, case, strict=True)
        given = ", ".join(f"{name} = {show(value)}" for name, value in pairs)
        return Finding(self.asked, came, results, f"for {given}", remark)

    def _raised(self, case: tuple[Any, ...], error: BaseException, remark: str) -> Finding:
        """Return the finding on a case for which ``error`` was raised."""
        if isinstance(error, NotImplementedError):
            return Finding(self.asked, attempted=False)
        remark = remark or self._likely(case, error)
        return self._finding(case, f"came {_name(error)}: {_one_line(error)}", remark=remark)

    def _remark(self, case: tuple[Any, ...], arguments: tuple[Any, ...], came: Any) -> str | None:
        """Return what to say of a call: the ``arguments`` are those of ``case`` after it."""
        for name, old, new in zip(self.names, case, arguments, strict=True):
            if name in self.kept and not same(old, new):
                return self._changed(name)
        with suppress(Exception):  # what came may be anything
            return self.remark(case, came)
        return None

    def _likely(self, case: tuple[Any, ...], came: Any) -> str:
        """Return the words for the first of the known wrong functions that gives ``came``.

        Or that divides by zero, say, where ``came`` is that error.
        """
        for words, wrong in self.remarks.items():
            try:
                given = wrong(*copy.deepcopy(case))
            except Exception as error:
                if isinstance(error, ArithmeticError) and type(error) is type(came):
                    return words
                continue
            if not _difference(came, given, self.tolerance, self.any_vector):
                return words
        return ""

    def _changed(self, name: str) -> str:
        return f"the function changes {name}, an argument to be left as it came"


Exercise = Value | Property | Choice | Function


def check(exercise: Exercise, answer: Any) -> None:
    """Print one line about ``answer``: not attempted yet, what was asked and what came, or passed.

    Never raises for an answer, however wild; ``...`` stands for "not attempted yet".

    >>> check(Value("0.0", "the double of 2", 4), [[4.0]])
    Exercise 0.0: passed
    >>> check(Value("0.0", "the double of 2", 4), 5)
    Exercise 0.0: not yet; asked for the double of 2; came 5
    """
    if _is_blank(answer):
        finding: Finding | None = Finding(exercise.asked, attempted=False)
    else:
        try:
            with _quiet():
                finding = exercise.complaint(answer)
        except Exception as error:  # an answer may break even the comparing
            finding = Finding(exercise.asked, f"the answer raised {_name(error)}")
    print(f"Exercise {exercise.number}: {finding or 'passed'}")


def same(old: Any, new: Any) -> bool:
    """Return whether two arrays, numbers, or lists of them, are equal.

    >>> same([np.ones(2), 3], [np.ones(2), 3])
    True
    """
    if isinstance(old, list | tuple):
        return len(old) == len(new) and all(map(same, old, new))
    return np.array_equal(old, new)


def small_numbers(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Draw a table of small numbers without a 0, for a grader to ask with.

    >>> small_numbers(np.random.default_rng(0), 1, 2)
    array([[ 3.4, -2.5]])
    """
    return np.asarray(rng.integers(1, 40, shape) / 10 * rng.choice([-1, 1], shape))


def _is_blank(answer: Any) -> bool:
    """Return whether ``answer`` still holds the ``...`` of the unsolved page, or nothing."""
    parts = answer if isinstance(answer, tuple | list) and answer else [answer]
    return any(part is ... for part in parts) or all(part is None for part in parts)


def _difference(
    came: Any, expected: Any, tolerance: float, any_vector: bool = False
) -> tuple[str, tuple[int, ...]] | None:
    """Return None if ``came`` equals ``expected``; a row and a column do, if ``any_vector`` does.

    Otherwise return what a Finding says of it: what came, and in which of the results.
    """
    if isinstance(expected, tuple):
        try:
            parts = list(came)
        except TypeError:
            parts = []
        if len(parts) != len(expected):
            return f"came {show(came)}, not {len(expected)} results", ()
        for i, (part, wanted) in enumerate(zip(parts, expected, strict=True), 1):
            difference = _difference(part, wanted, tolerance, any_vector)
            if difference:
                return difference[0], (i, *difference[1])
        return None
    expected = np.asarray(expected, dtype=float)
    array = _real(came)
    if array is None:
        return f"came {show(came)}, not {_kind(expected)}", ()
    if expected.ndim <= any_vector:
        array, expected = np.squeeze(array), np.squeeze(expected)
    if array.shape != expected.shape:
        kind = str(expected.shape) if array.size == expected.size else _kind(expected)
        return f"came {show(came)} of shape {np.shape(came)}, not {kind}", ()
    scale = max(np.abs(expected).max(initial=0), 1e-12)
    if not (np.abs(array - expected) <= tolerance * scale).all():  # NaN is no agreement
        return f"came {show(came)}", ()
    return None


def _real(value: Any) -> np.ndarray | None:
    """Return ``value`` as a float array, or None where it is not made of real numbers."""
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O" and all(isinstance(v, Real) for v in array.flat):
            return array.astype(float)  # fractions, say
        return array.astype(float) if array.dtype.kind in "fiub" else None
    except Exception:
        return None


@contextmanager
def _quiet() -> Iterator[None]:
    """Let nothing be printed and nobody be warned: the verdict stays one line."""
    with (
        redirect_stdout(io.StringIO()),
        redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


def _kind(array: np.ndarray) -> str:
    if array.size == 1:
        return "a number"
    if array.ndim == 1:
        return f"{len(array)} numbers"
    return f"an array of shape {array.shape}"


def show(value: Any) -> str:
    """Return ``value`` on one line, the same in every run."""
    try:
        text = repr(_rounded(value))
    except Exception:
        text = f"an object of type {_name(value)}"
    return _one_line(text)


def _rounded(value: Any) -> Any:
    """Return ``value`` with six digits for each float: the last ones differ between machines."""
    if isinstance(value, np.ndarray | np.generic):
        return _rounded(value.tolist())
    if isinstance(value, list | tuple):
        return type(value)(map(_rounded, value))
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _one_line(value: Any) -> str:
    try:
        text = " ".join(str(value).split())
    except Exception:
        return "something that cannot be shown"
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", text)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _name(value: Any) -> str:
    return type(value).__name__
