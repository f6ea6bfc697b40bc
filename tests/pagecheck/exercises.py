"""The exercises of a page beside their graders: each number that a grader asks with, and each choice, is there."""

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator
from operator import attrgetter
from typing import Any, NamedTuple

import nbformat
import numpy as np

from .numbers import numbers

HEADING = r"^### Exercise ((?:\d+|[A-Z])\.\d+)"
# what an exercise gives: all from its heading to its code, to a hint or to the solution
GIVEN = rf"{HEADING}.*?(?=<details>|\*\*Solution|\Z)"
HINT = r"<details>.*?</details>"
FLAGS = re.DOTALL | re.MULTILINE


class Exercise(NamedTuple):
    """An exercise of a page: its text and code without hints, and its checks."""

    cell: str
    number: str
    text: list[str]
    checks: list[str]


def exercises(page: nbformat.NotebookNode) -> list[Exercise]:
    """Return the exercises of a page in order."""
    found = []
    for cell in page.cells:
        if cell.cell_type == "code" and found:
            found[-1].text.append(cell.source)
            found[-1].checks.extend(checks(cell))
        elif cell.cell_type == "markdown":
            text = re.sub(HINT, "", cell.source, flags=FLAGS)
            before, *parts = re.split(HEADING, text, flags=re.MULTILINE)
            if found:
                found[-1].text.append(before)
            for number, part in zip(parts[::2], parts[1::2], strict=True):
                found.append(Exercise(cell.id, number, [part], []))
    return found


def checks(cell: nbformat.NotebookNode) -> list[str]:
    """Return the grader of every check in a code cell, as it is written."""
    calls = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Call)]
    return [ast.unparse(call.args[0]) for call in calls if ast.unparse(call.func) == "check"]


def parted(
    page: nbformat.NotebookNode, graders: Any, saying_more: Collection[str] = ()
) -> Iterator[str]:
    """Yield where an exercise and its graders differ; some may be ``saying_more`` than the text."""
    for exercise in exercises(page):
        text = re.sub(r"\\[td]?frac(\d)(\d)", r"\1 / \2", " ".join(exercise.text))
        given = Counter(number.value for number in numbers(text))
        for name in exercise.checks:
            this, here = attrgetter(name)(graders), f"{exercise.cell}: Exercise {exercise.number}"
            if re.sub("[a-z]$", "", this.number) != exercise.number:  # 6.1b is a part of 6.1
                yield f"{here} is checked by {name}, a grader of {this.number}"
            asked = Counter(number.value for number in numbers(this.asked))
            if not asked <= given and name not in saying_more:
                missing = ", ".join(f"{value:g}" for value in (asked - given).elements())
                yield f"{here} does not say {missing}, and {name} asks for {this.asked!r}"
            for choice in getattr(this, "choices", ()):
                if not re.search(rf"(?<!\w){re.escape(choice)}(?!\w)", text):
                    yield f"{here} does not name {choice!r}, a choice of {name}"


def answers(graders: Any, name: str) -> Iterator[float]:
    """Yield the numbers that a grader knows: those it asks with, and those it expects."""
    grader = attrgetter(name)(graders)
    yield from (number.value for number in numbers(grader.asked))
    parts = [getattr(grader, name, ()) for name in ("expected", "cases")]
    while parts:
        match parts.pop():
            case list() | tuple() as several:
                parts += several
            case int() | float() | np.ndarray() as known:
                yield from np.ravel(known).astype(float)
