"""Would the tests notice? ``python tests/mutants.py`` breaks the package on purpose, again and again.

A mutant is a module with one small change: another operator, a number moved, a condition forced, a
keyword argument or a statement left out. Each is put into a copy of the package, and the tests of
its module run there: if they fail, or do not end, it is killed. Texts are left alone, because most
of them are the wording of messages. A survivor is a test that is missing, or a change of no
consequence, in speed say.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy, as in conftest.py

# what the tests import is imported here, once, and handed down by the fork; but not nnbook
import hypothesis.extra.numpy
import matplotlib.pyplot  # noqa: F401
import pytest
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
# each module with the tests that must notice
MODULES = {
    "layers/base": ["layers"], "layers/tree": ["layers", "parallel"],
    "layers/dense": ["layers", "validation"], "layers/activations": ["activations", "layers"],
    "layers/convolution": ["convolution", "layers"], "layers/normalization": ["normalization", "layers"],
    "layers/sequences": ["sequences", "layers"], "losses": ["losses"], "optimizers": ["optimizers"],
    "network": ["network", "training", "storage"], "training": ["training", "checkpoint", "early_stopping"],
    "rollback": ["training"], "parallel": ["parallel"], "checkpoint": ["checkpoint"],
    "early_stopping": ["early_stopping"], "storage": ["storage"],
    "serialization": ["serialization", "storage"], "gradient_check": ["gradient_check"],
    "data": ["data"], "schedules": ["schedules"], "metrics": ["metrics"],
}  # fmt: skip
ENOUGH = 0.8  # the fraction of its mutants that a module's tests must kill; some change nothing
LOST = 99  # exit status of a run that did not test the copy

OTHER: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.MatMult: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.BitXor: ast.BitOr,
}  # fmt: skip
DELETED = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Raise, ast.Break, ast.Continue)


@dataclass(frozen=True)
class Mutant:
    """One change: where it is, what stood there, what stands there now, and the whole module."""

    line: int
    original: str
    mutated: str
    source: str


def mutants_of(source: str) -> list[Mutant]:
    """Return all mutants of a module, in the order of the file."""
    tree = ast.parse(source)
    found = []
    for statement, holder, field, new in changes(tree, tree):
        line, old, original = statement.lineno, getattr(holder, field), head(statement)
        setattr(holder, field, new)
        changed = head(statement if new is not None and statement in ast.walk(tree) else ast.Pass())
        found.append(Mutant(line, original, changed, ast.unparse(tree)))
        setattr(holder, field, old)
    return found


def head(statement: ast.AST) -> str:
    """Return a statement on one line, without the block below it and the decorators above it."""
    lines = ast.unparse(statement).splitlines()
    return next(line for line in lines if not line.startswith("@"))


def changes(node: ast.AST, statement: Any) -> Iterator[tuple[Any, ast.AST, str, Any]]:
    """Yield what can be changed below ``node``: statement, holder, field, and its new content."""
    if is_text(node) or (isinstance(node, ast.keyword) and node.arg == "strict"):
        return
    if isinstance(node, ast.stmt):
        statement = node
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list") or isinstance(node, ast.Raise):
            continue
        if field == "keywords":
            for i, keyword in enumerate(value):
                if keyword.arg != "strict":  # a second pair of eyes, which sees nothing new
                    yield statement, node, field, value[:i] + value[i + 1 :]
        if not isinstance(value, list):
            for new in variants(node, field, value):
                yield statement, node, field, new
            if isinstance(value, ast.AST):
                yield from changes(value, statement)
            continue
        for i, entry in enumerate(value):
            for new in variants(node, field, entry):
                where = entry if isinstance(entry, ast.stmt) else statement
                yield where, node, field, [*value[:i], new, *value[i + 1 :]]
            if isinstance(entry, ast.AST):
                yield from changes(entry, statement)


def is_text(node: ast.AST) -> bool:
    """Say whether it is a docstring, the text of a message, or for type checkers only."""
    return (
        isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
        or (isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias")
    )


def variants(holder: ast.AST, field: str, node: Any) -> Iterator[Any]:
    """Yield what may stand in the place of ``node``."""
    if field == "test" or (field == "ifs" and isinstance(holder, ast.comprehension)):
        yield from (ast.Constant(True), ast.Constant(False))
    if isinstance(holder, ast.Return) and node and ast.unparse(node) != "None":
        yield ast.Constant(None)
    if type(node) in OTHER:
        yield OTHER[type(node)]()
    if isinstance(node, ast.UnaryOp):
        yield node.operand
    if isinstance(node, ast.Constant) and not isinstance(holder, ast.UnaryOp):  # -1 loses its sign
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        elif isinstance(node.value, int):
            yield ast.Constant(node.value + 1)
        elif isinstance(node.value, float):
            yield ast.Constant(1.1 * node.value or 0.1)
    if isinstance(node, DELETED) and getattr(node, "value", node) and not is_text(node):
        yield ast.Pass()


def run_tests(folder: Path, module: str, bytecode: bool) -> None:
    """Run the tests of a module in a copy, in a process of its own, and exit with pytest's status."""
    if hasattr(os, "setsid"):
        os.setsid()  # so that what the tests start can be ended with them
    with (folder / "output.txt").open("w") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    sys.dont_write_bytecode = not bytecode  # two mutants of one size and second look alike
    os.environ |= {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "" if bytecode else "1"}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # those for notebooks take long to load
    os.chdir(folder)
    sys.path[:0] = [str(folder), str(folder / "tests")]
    # the examples are those of conftest.py, but a failing one need not be made smaller
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, deadline=None, database=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )  # fmt: skip
    tests = [f"nnbook/{module}.py", *(f"tests/test_{name}.py" for name in MODULES[module])]
    options = "-x -q --tb=short -p no:cacheprovider -o addopts=--doctest-modules"
    options += " --basetemp=temporary --hypothesis-profile=mutants -p _hypothesis_pytestplugin"
    status = pytest.main([*options.split(), "-m", "not complete", *tests])
    sys.stdout.flush()
    tested = sys.modules.get(f"nnbook.{module.replace('/', '.')}")
    if tested and Path(str(tested.__file__)) != folder / "nnbook" / f"{module}.py":
        status = LOST
    os._exit(int(status))


def started(folder: Path, module: str, bytecode: bool = False) -> Any:
    method = "fork" if hasattr(os, "fork") else "spawn"
    process = multiprocessing.get_context(method).Process(
        target=run_tests, args=(folder, module, bytecode)
    )
    process.start()
    return process


def ended(process: Any) -> int:
    """End a process with all that it has started, and return its exit status."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.join()
    if process.exitcode == LOST:
        raise RuntimeError("the tests have imported another nnbook than the mutated copy")
    return process.exitcode


def survivors_of(
    module: str, mutants: list[Mutant], home: Path, jobs: int, bar: Any
) -> list[Mutant]:
    """Run the tests of a module on each of its mutants; ``home`` holds a copy of the package."""
    began = time.monotonic()
    process = started(home, module, bytecode=True)
    process.join()
    if ended(process) != 0:
        sys.exit(f"{(home / 'output.txt').read_text()}\n{module}: its tests fail as it is")
    limit = 10 + 5 * (time.monotonic() - began)
    stem = module.split("/")[-1]
    free = [home.with_name(f"{stem}-{job}") for job in range(jobs)]
    for folder in free:
        shutil.copytree(home, folder, ignore=shutil.ignore_patterns(f"{stem}.*.pyc"))
    waiting, running, survivors = mutants[::-1], {}, []
    while waiting or running:
        while waiting and free:
            mutant, folder = waiting.pop(), free.pop()
            (folder / "nnbook" / f"{module}.py").write_text(mutant.source, encoding="utf-8")
            running[started(folder, module)] = mutant, folder, time.monotonic() + limit
        time.sleep(0.02)
        for process, (mutant, folder, end) in list(running.items()):
            if process.exitcode is None and time.monotonic() < end:
                continue
            del running[process]
            free.append(folder)
            if ended(process) == 0:
                survivors.append(mutant)
            bar.update(1)
    return survivors


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--module", choices=list(MODULES), action="append", help="only this one")
    parser.add_argument("--number", type=int, default=12, help="mutants a module")
    parser.add_argument("--all", action="store_true", help="every mutant there is")
    parser.add_argument("--jobs", type=int, default=2, help="how many at the same time")
    arguments = parser.parse_args()
    drawn, wrong = {}, []
    for module in arguments.module or MODULES:
        mutants = mutants_of((ROOT / "nnbook" / f"{module}.py").read_text(encoding="utf-8"))
        number = len(mutants) if arguments.all else min(arguments.number, len(mutants))
        drawn[module] = random.Random(module).sample(mutants, number)
    with (
        tempfile.TemporaryDirectory() as temporary,
        tqdm(total=sum(map(len, drawn.values())), unit="mutant") as bar,
    ):
        home = Path(temporary).resolve() / "home"
        for name in ("nnbook", "tests"):
            shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("conftest.py", "pyproject.toml"):
            shutil.copy(ROOT / name, home)
        for module, mutants in drawn.items():
            bar.set_description(module)
            survivors = survivors_of(module, mutants, home, arguments.jobs, bar)
            killed = len(mutants) - len(survivors)
            bar.write(f"{module}: {killed} of {len(mutants)} killed")
            for mutant in sorted(survivors, key=lambda mutant: mutant.line):
                bar.write(f"  nnbook/{module}.py:{mutant.line}")
                bar.write(f"    {mutant.original}\n    {mutant.mutated}")
            if killed < ENOUGH * len(mutants):
                wrong.append(f"{module}: less than {ENOUGH:.0%} killed")
    print("\n".join(wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
