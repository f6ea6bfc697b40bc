"""The exercises of a page beside their graders: what is asked is what is graded.

``parted`` yields where a text and its grader say different things. What words can say differently
without a number is held by ``fingerprints`` of both and of the hints, kept in a file: one that changes is noticed.
"""

import ast
import hashlib
import inspect
import re
from collections.abc import Collection, Iterator
from operator import attrgetter
from typing import Any, NamedTuple

import nbformat
import numpy as np

from .numbers import numbers

HEADING = r"^### Exercise (\d+\.\d+)"
# what an exercise gives: all from its heading to its code, to a hint or to the solution
GIVEN = rf"{HEADING}.*?(?=<details>|\*\*Solution|\Z)"
HINT = r"<details>.*?</details>"
FLAGS = re.DOTALL | re.MULTILINE


class Exercise(NamedTuple):
    """An exercise of a page: its text and code, what gives something away, its checks."""

    cell: str
    number: str
    text: list[str]
    hints: list[str]
    checks: list[str]

    def add(self, text: str) -> None:
        """Add a part of a page, its hints apart."""
        self.hints.extend(re.findall(HINT, text, FLAGS))
        self.text.append(re.sub(HINT, "", text, flags=FLAGS))


def exercises(page: nbformat.NotebookNode) -> list[Exercise]:
    """Return the exercises of a page in order."""
    found = []
    for cell in page.cells:
        if cell.cell_type == "code" and found:
            found[-1].text.append(cell.source)
            found[-1].checks.extend(checks(cell))
        elif cell.cell_type == "markdown":
            before, *parts = re.split(HEADING, cell.source, flags=re.MULTILINE)
            if found:
                found[-1].add(before)
            for number, part in zip(parts[::2], parts[1::2], strict=True):
                found.append(Exercise(cell.id, number, [], [], []))
                found[-1].add(part)
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
        given = {number.value for number in numbers(text)}
        for name in exercise.checks:
            this, here = attrgetter(name)(graders), f"{exercise.cell}: Exercise {exercise.number}"
            if this.number != exercise.number:
                yield f"{here} is checked by {name}, a grader of {this.number}"
            for number in numbers(this.asked):
                if number.value not in given and name not in saying_more:
                    yield f"{here} does not say {number.text}, and {name} asks for {this.asked!r}"
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


def fingerprints(page: nbformat.NotebookNode, graders: Any) -> dict[str, dict[str, str]]:
    """Return number -> the fingerprints of the text, of its hints and of its graders."""
    prints = {}
    for exercise in exercises(page):
        made = [definition(graders, name) for name in exercise.checks]
        parts = {"text": [" ".join(exercise.text)], "hints": exercise.hints, "graders": made}
        prints[exercise.number] = {part: fingerprint(*texts) for part, texts in parts.items()}
    return prints


def fingerprint(*texts: str) -> str:
    """Return a few letters that change with the words of the texts."""
    plain = "\n".join(" ".join(text.split()) for text in texts)
    return hashlib.sha256(plain.encode()).hexdigest()[:12]


def definition(graders: Any, name: str) -> str:
    """Return the code that makes a grader: its statement, and all of its module it refers to."""
    module, _, name = name.rpartition(".")
    code, made = inspect.getsource(attrgetter(module)(graders)), {}
    for statement in ast.parse(code).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            made[statement.name] = statement
        else:
            nodes = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
            made |= {node.id: statement for node in nodes if isinstance(node.ctx, ast.Store)}
    wanted, found = [name], {}
    while wanted:
        statement = made.get(wanted.pop())
        if statement and statement.lineno not in found:
            # not unparsed, because each Python does that in its own way
            found[statement.lineno] = ast.get_source_segment(code, statement)
            wanted += [node.id for node in ast.walk(statement) if isinstance(node, ast.Name)]
    return "\n".join(found[line] for line in sorted(found))
