"""The promises of the house, each with a test."""

import ast
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nnbook as nn

PACKAGE = Path(nn.__file__).parent
FLOORS = [
    {"errors", "validation", "initializers", "ledger"},
    {"layers", "activations", "losses"},
    {"optimizers", "metrics", "convolution", "normalization", "sequences"},
    {"gradient_check", "storage", "blueprint", "threads"},
    {"checkpoint"},
    {"training"},
    {"network"},
]
ASIDE = {
    "datasets", "exam", "exercises", "experiments", "interop", "microscope", "plot", "widgets"
}  # fmt: skip
# on one floor, only these lean on a neighbour: an activation is a layer, a start checks its
# number, a loss on logits has the sigmoid inside
NEIGHBOURS = {
    ("activations", "layers"),
    ("initializers", "validation"),
    ("losses", "activations"),
    ("training", "plot"),  # a history draws itself, and imports plot when asked to
    ("storage", "__version__"),  # a file says what wrote it
}


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | environment,
    ).stdout


def imported_modules(path):
    """Return the nnbook modules that a file imports, by their first name."""
    depth = len(path.relative_to(PACKAGE).parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in list(ast.walk(tree)):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []  # what only a type checker reads is not imported
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from (name.split(".")[0] for name in names)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            )
            assert not any((name or "").startswith("nnbook") for name in names)


def test_every_module_has_its_floor():
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert modules | packages == set.union(*FLOORS) | ASIDE


@pytest.mark.parametrize("floor", range(len(FLOORS)))
def test_modules_import_only_from_lower_floors(floor):
    below = set().union(*FLOORS[:floor])
    for module in FLOORS[floor]:
        for name in imported_modules(PACKAGE / f"{module}.py"):
            assert name in below or (module, name) in NEIGHBOURS, f"{module} imports {name}"


def test_nothing_in_the_house_leans_on_what_stands_aside():
    for module in set.union(*FLOORS):
        leaning = {(module, name) for name in imported_modules(PACKAGE / f"{module}.py")}
        assert not {pair for pair in leaning - NEIGHBOURS if pair[1] in ASIDE}


def test_every_module_has_its_test_file():
    tests = Path(__file__).parent
    for module in set.union(*FLOORS) | ASIDE:
        assert (tests / f"test_{module}.py").exists(), module


def test_importing_nnbook_imports_numpy_and_the_standard_library_only():
    code = """
import sys
import numpy.random
before = set(sys.modules)
import nnbook
for name in sorted({name.split(".")[0] for name in set(sys.modules) - before}):
    if name not in sys.stdlib_module_names and name != "nnbook":
        print(name)
"""
    assert run(code).split() in ([], ["numpy"])


def test_what_is_heavy_is_loaded_when_used():
    code = """
import sys
import nnbook
print(*sorted(name for name in sys.modules if name.startswith("nnbook.")))
"""
    light = {"errors", "validation", "initializers", "layers", "activations", "losses", "metrics"}
    light |= {"convolution", "normalization", "sequences", "optimizers", "training", "network"}
    assert set(run(code).split()) == {f"nnbook.{name}" for name in light}
    heavy = "import sys, nnbook as nn; nn.check_gradients, nn.microscope, nn.datasets, nn.exercises"
    run(
        heavy
        + ", nn.experiments.grid, nn.plot, nn.widgets, nn.GradientReport, nn.numerical_gradient"
    )
    assert "exercises" in dir(nn)


def test_help_of_a_network_shows_nothing_that_only_threads_and_files_need():
    shown = {name for name in dir(nn.Sequential) if not name.startswith("_")}
    assert shown == {
        "astype", "backward", "dtype", "epochs", "evaluate", "fit", "forward", "gradients",
        "named_parameters", "parameters", "predict", "save", "settings", "summary", "trace",
    }  # fmt: skip


def test_plot_comes_when_asked_for_and_is_the_only_importer_of_matplotlib():
    code = """
import sys
import nnbook
print("matplotlib" in sys.modules)
nnbook.plot
print("matplotlib" in sys.modules)
"""
    assert run(code).split() == ["False", "True"]
    importers = {
        path.relative_to(PACKAGE).parts[0]
        for path in PACKAGE.rglob("*.py")
        if re.search(r"(import|from) matplotlib", path.read_text("utf-8"))
    }
    assert importers == {"plot"}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Dens'"):
        nn.Dens  # noqa: B018
    assert "plot" in dir(nn)


def test_the_global_generator_is_neither_read_nor_changed():
    code = """
import numpy as np
import nnbook as nn
state = str(np.random.get_state())
layer = nn.Dense(3, 2, rng=0)
nn.check_gradients(layer, np.ones((2, 3)), rng=1)
print(str(np.random.get_state()) == state, layer.parameters["W"].sum())
"""
    first, second = run(code), run("import numpy; numpy.random.seed(5)" + code)
    assert first == second
    assert first.startswith("True")


def public_objects():
    for name in nn.__all__:
        thing = getattr(nn, name)
        if inspect.ismodule(thing):
            if name in ("datasets", "experiments", "initializers", "metrics"):
                yield from (
                    (f"{name}.{key}", value)
                    for key, value in vars(thing).items()
                    if inspect.isfunction(value)
                    and value.__module__.startswith(thing.__name__)
                    and not key.startswith("_")
                )
        else:
            yield name, thing


@pytest.mark.parametrize(("name", "thing"), list(public_objects()))
def test_every_public_name_has_a_docstring_and_types(name, thing):
    assert (thing.__doc__ or "").strip(), name
    function = thing.__init__ if inspect.isclass(thing) else thing
    if not (inspect.isfunction(function) and function.__module__.startswith("nnbook")):
        return
    signature = inspect.signature(function)
    for parameter in signature.parameters.values():
        if parameter.name != "self":
            assert parameter.annotation is not inspect.Parameter.empty, f"{name}({parameter})"
    assert signature.return_annotation is not inspect.Signature.empty, name


@pytest.mark.parametrize(
    ("name", "thing"),
    [(n, t) for n, t in public_objects() if n not in ("GradientReport", "Layer", "Optimizer")],
)
def test_every_public_name_has_an_example_that_runs(name, thing):
    if inspect.isclass(thing) and issubclass(thing, Exception):
        return
    assert ">>>" in thing.__doc__, name


def test_an_example_stands_under_a_heading_where_other_parts_have_one():
    """Else it is read as one more parameter, or one more error."""
    for path in PACKAGE.rglob("*.py"):
        for thing in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(thing, ast.ClassDef | ast.FunctionDef):
                text = ast.get_docstring(thing) or ""
                parts = re.split(r"^(\w+)\n-{4,}$", text, flags=re.MULTILINE)
                for heading, part in zip(parts[1::2], parts[2::2], strict=True):
                    assert heading == "Examples" or ">>>" not in part, f"{thing.name}: {heading}"
