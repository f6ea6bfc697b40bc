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
    "datasets", "exam", "exercises", "experiments", "figures", "interop", "microscope", "plot",
    "widgets",
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


def loaded_after(code):
    """Return the modules that a fresh Python has loaded after ``code`` and had not before."""
    return set(
        run(
            f"import sys; before = set(sys.modules); {code}; print(*{{*sys.modules}} - before)"
        ).split()
    )


def test_importing_nnbook_imports_the_standard_library_only_and_using_it_numpy_too():
    standard = {*sys.stdlib_module_names, "nnbook"}
    assert {name.split(".")[0] for name in loaded_after("import nnbook")} <= standard
    light = [name for name in nn.__all__ if name not in ("plot", "widgets")]
    used = loaded_after(
        f"import numpy.random; before |= {{*sys.modules}}; from nnbook import {', '.join(light)}"
    )
    assert {name.split(".")[0] for name in used} <= standard | {"numpy"}


@pytest.mark.parametrize(
    ("code", "loaded"),
    [
        ("import nnbook", set()),
        ("from nnbook import Dense", {"validation", "initializers", "layers"}),
        ("import nnbook as nn; nn.layers", {"validation", "initializers", "layers"}),
        (
            "import nnbook as nn; nn.Sequential",
            {"validation", "initializers", "layers", "activations", "losses", "optimizers"}
            | {"errors", "training", "network"},
        ),
    ],
)
def test_a_module_is_loaded_when_a_name_of_it_is_used(code, loaded):
    modules = {name for name in loaded_after(code) if name.startswith("nnbook.")}
    assert modules == {f"nnbook.{name}" for name in loaded}


def test_every_public_name_is_there_by_each_way_of_asking():
    code = "from nnbook import *; import nnbook as nn; print(*(n for n in {}))"
    names = run(code.format("nn.__all__ if globals()[n] is getattr(nn, n)")).split()
    assert names == nn.__all__
    assert set(names) <= set(dir(nn))
    modules = nn._NAMES.keys() - {"", "microscope"}  # which is a function, and its module
    for name in modules:
        assert getattr(nn, name).__name__ == f"nnbook.{name}"


def test_type_checkers_are_told_what_the_table_says():
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    (static,) = (node.body for node in tree.body if isinstance(node, ast.If))
    told = [(line.module or "", a.name, a.asname) for line in static for a in line.names]
    assert told == [(m, n, n) for m, names in nn._NAMES.items() for n in names.split()]


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
    assert importers == {"figures", "plot"}


def test_only_pages_import_figures_and_no_drawing_takes_a_private_name_of_another():
    for path in PACKAGE.rglob("*.py"):
        source = path.read_text("utf-8")
        assert not re.search(r"from \S*figures|import .*\bfigures\b", source), path
        if path.parent.name in ("figures", "plot"):
            tree = ast.walk(ast.parse(source))
            names = [
                a.name for node in tree if isinstance(node, ast.ImportFrom) for a in node.names
            ]
            assert not [name for name in names if name.startswith("_")], path


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
