"""How an answer is graded: by what it says or does, never by how it is written."""

from __future__ import annotations

import copy
import io
import re
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

SHOWN = 90  # characters of an answer that a verdict quotes


@dataclass(frozen=True)
class Value:
    """An exercise whose answer is a number, a vector or a matrix.

    A vector may come as a row, a column or a list; a scalar in any shape of one entry.
    """

    number: str
    asked: str
    expected: Any
    tolerance: float = 2e-3  # relative to the largest entry: three digits by hand are enough

    def complaint(self, answer: Any) -> str | None:
        """Return what is wrong with ``answer``, or None."""
        problem = _difference(answer, self.expected, self.tolerance)
        return f"asked for {self.asked}; {problem}" if problem else None


@dataclass(frozen=True)
class Property:
    """An exercise with many right answers: ``holds`` says whether a float array is one of them."""

    number: str
    asked: str
    holds: Callable[[np.ndarray], bool]

    def complaint(self, answer: Any) -> str | None:
        """Return what is wrong with ``answer``, or None."""
        array = _real(answer)
        if array is not None and np.isfinite(array).all() and self.holds(array):
            return None
        return f"asked for {self.asked}; came {_show(answer)}"


@dataclass(frozen=True)
class Choice:
    """An exercise whose answer is one of a few words."""

    number: str
    asked: str
    right: str
    choices: tuple[str, ...]

    def complaint(self, answer: Any) -> str | None:
        """Return what is wrong with ``answer``, or None."""
        if isinstance(answer, str) and answer.strip().lower() == self.right.lower():
            return None
        among = ", ".join(repr(choice) for choice in self.choices)
        return f"asked for {self.asked}, one of {among}; came {_show(answer)}"


@dataclass(frozen=True)
class Function:
    """An exercise whose answer is a function, called on ``cases`` and held against ``reference``.

    ``names`` names the arguments in the verdict.
    """

    number: str
    asked: str
    reference: Callable[..., Any]
    names: tuple[str, ...]
    cases: tuple[tuple[Any, ...], ...]
    tolerance: float = 1e-6

    def complaint(self, answer: Any) -> str | None:
        """Return what is wrong with ``answer``, or None; NOT_ATTEMPTED if it returns nothing."""
        if not callable(answer):
            return f"asked for a function that returns {self.asked}; came {_show(answer)}"
        for case in self.cases:
            given = ", ".join(
                f"{name} = {_show(value)}" for name, value in zip(self.names, case, strict=True)
            )
            try:
                came = _quietly(answer, copy.deepcopy(case))
            except NotImplementedError:
                return NOT_ATTEMPTED
            except (Exception, SystemExit) as error:
                return (
                    f"asked for {self.asked}; for {given} came {_name(error)}: {_one_line(error)}"
                )
            if came is None:
                return f"{NOT_ATTEMPTED}: the function returned None (is a return missing?)"
            if _is_blank(came):
                return NOT_ATTEMPTED
            problem = _difference(came, self.reference(*copy.deepcopy(case)), self.tolerance)
            if problem:
                return f"asked for {self.asked}; for {given} {problem}"
        return None


def same(old: Any, new: Any) -> bool:
    """Return whether two arrays, numbers, or lists of them, are equal.

    >>> same([np.ones(2), 3], [np.ones(2), 3])
    True
    """
    if isinstance(old, list | tuple):
        return len(old) == len(new) and all(map(same, old, new))
    return np.array_equal(old, new)


@dataclass(frozen=True)
class CarefulFunction(Function):
    """A function that leaves the arguments ``kept`` as they came; ``remark`` may say more."""

    kept: tuple[str, ...] = ()
    remark: Callable[[Any, Any], str | None] = lambda arguments, came: None

    def complaint(self, answer: Any) -> str | None:
        """Return what is wrong with ``answer``, an argument changed by it included, or None."""
        if not callable(answer):
            return super().complaint(answer)
        remarks: list[str] = []

        def watched(*arguments: Any) -> Any:
            before = copy.deepcopy(arguments)
            came = answer(*arguments)
            for name, old, new in zip(self.names, before, arguments, strict=True):
                if name in self.kept and not same(old, new):
                    remarks.append(
                        f"the function changes {name}, an argument to be left as it came"
                    )
            with suppress(Exception):  # what came may be anything
                remarks.extend(filter(None, [self.remark(before, came)]))
            return came

        problem = super().complaint(watched)
        if not remarks or (problem or "").startswith(NOT_ATTEMPTED):
            return problem
        return f"{problem or f'asked for {self.asked}'}; {remarks[0]}"


Exercise = Value | Property | Choice | Function
NOT_ATTEMPTED = "not attempted yet"


def check(exercise: Exercise, answer: Any) -> None:
    """Print one line about ``answer``: not attempted yet, what was asked and what came, or passed.

    Never raises for an answer, however wild; ``...`` stands for "not attempted yet".

    >>> check(Value("0.0", "the double of 2", 4), [[4.0]])
    Exercise 0.0: passed
    >>> check(Value("0.0", "the double of 2", 4), 5)
    Exercise 0.0: not yet; asked for the double of 2; came 5
    """
    if _is_blank(answer):
        complaint: str | None = NOT_ATTEMPTED
    else:
        try:
            complaint = exercise.complaint(answer)
        except Exception as error:  # an answer may break even the comparing
            complaint = f"asked for {exercise.asked}; the answer raised {_name(error)}"
    if complaint is None:
        verdict = "passed"
    elif complaint.startswith(NOT_ATTEMPTED):
        verdict = complaint
    else:
        verdict = f"not yet; {complaint}"
    print(f"Exercise {exercise.number}: {verdict}")


def _is_blank(answer: Any) -> bool:
    """Return whether ``answer`` still holds the ``...`` of the unsolved page, or nothing."""
    parts = answer if isinstance(answer, tuple | list) and answer else [answer]
    return any(part is ... for part in parts) or all(part is None for part in parts)


def _difference(came: Any, expected: Any, tolerance: float) -> str | None:
    """Return None if ``came`` equals ``expected``, in any form that means the same."""
    if isinstance(expected, tuple):
        try:
            parts = list(came)
        except TypeError:
            parts = []
        if len(parts) != len(expected):
            return f"came {_show(came)}, not {len(expected)} results"
        for i, (part, wanted) in enumerate(zip(parts, expected, strict=True), 1):
            problem = _difference(part, wanted, tolerance)
            if problem:
                return f"result {i}: {problem}"
        return None
    expected = np.asarray(expected, dtype=float)
    array = _real(came)
    if array is None:
        return f"came {_show(came)}, not {_kind(expected)}"
    if np.squeeze(expected).ndim <= 1:  # a row, a column and a list mean the same vector
        array, expected = np.squeeze(array), np.squeeze(expected)
    if array.shape != expected.shape:
        return f"came {_show(came)} of shape {np.shape(came)}, not {_kind(expected)}"
    scale = max(np.abs(expected).max(initial=0), 1e-12)
    if not (np.abs(array - expected) <= tolerance * scale).all():  # NaN is no agreement
        return f"came {_show(came)}"
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


def _quietly(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Call ``function`` without letting it print: the verdict stays one line."""
    with (
        redirect_stdout(io.StringIO()),
        redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        return function(*arguments)


def _kind(array: np.ndarray) -> str:
    if array.ndim == 0:
        return "a number"
    if array.ndim == 1:
        return f"{len(array)} numbers"
    return f"an array of shape {array.shape}"


def _show(value: Any) -> str:
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
