"""The promises of the house, each with a test."""

import ast
import inspect
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import nnbook as nn

PACKAGE = Path(nn.__file__).parent
FLOORS = [
    {"errors", "history", "progress", "validation"},
    {"data", "initializers", "schedules", "tables"},
    {"layers.base"},
    {"layers.tree"},
    {"layers.activations", "layers.convolution", "layers.dense", "layers.normalization"},
    {"autodiff", "layers.sequences", "losses", "metrics", "optimizers"},
    {"early_stopping", "gradient_check", "parallel", "rollback", "serialization", "storage"},
    {"checkpoint"},
    {"training"},
    {"network"},
    {"experiments", "microscope"},
]
# packages and modules that nothing in the floors imports
ASIDE = {"datasets", "exercises", "figures", "interop", "plot", "widgets"}
TESTED_IN = {
    "errors": "training", "history": "training", "progress": "training", "rollback": "training",
    "layers.base": "layers", "layers.tree": "layers", "layers.dense": "layers",
}  # fmt: skip


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | environment,
    ).stdout


def modules():
    """Return the path of each module by its dotted name; packages that stand aside as a whole."""
    names = {
        path: path.relative_to(PACKAGE).with_suffix("").parts for path in PACKAGE.rglob("*.py")
    }
    found = {path: ".".join(n for n in parts if n != "__init__") for path, parts in names.items()}
    return {name: path for path, name in found.items() if name not in ("", "__main__", "layers")}


def imports(name, path):
    """Return the nnbook modules that a file imports: late, or for type checkers only, as well."""
    package = ["nnbook", *name.split(".")][: -1 if path.stem != "__init__" else None]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not any(alias.name.startswith("nnbook") for alias in node.names), path
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert not (node.module or "").startswith("nnbook"), path
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1]
            base = [*above, *(node.module or "").split(".")]
            for alias in node.names:
                assert not alias.name.startswith("_"), f"{path}: {alias.name} is private"
                full = [part for part in [*base, alias.name] if part]
                for end in (len(full), len(full) - 1):
                    if (dotted := ".".join(full[1:end])) in modules():
                        yield dotted
                        break


def test_every_module_has_its_floor():
    inside = {name for name in modules() if name.split(".")[0] not in ASIDE}
    assert inside == set.union(*FLOORS)
    assert {name.split(".")[0] for name in modules()} - {n.split(".")[0] for n in inside} == ASIDE


@pytest.mark.parametrize("floor", range(len(FLOORS)))
def test_modules_import_only_from_lower_floors(floor):
    below = set().union(*FLOORS[:floor])
    for module in FLOORS[floor]:
        assert set(imports(module, modules()[module])) <= below, module


def test_what_stands_aside_imports_no_private_name():
    for name, path in modules().items():
        list(imports(name, path))


def test_every_module_has_its_test_file():
    tests = Path(__file__).parent
    for module in set.union(*FLOORS) | ASIDE - {"figures"}:  # each page tests its own
        name = TESTED_IN.get(module, module.split(".")[-1])
        assert (tests / f"test_{name}.py").exists(), module


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
        (
            "from nnbook import Dense",
            {"initializers", "layers", "layers.base", "layers.dense", "layers.tree", "validation"},
        ),
        ("import nnbook as nn; nn.metrics", {"metrics", "validation"}),
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
    for name in ("layers", "training", "validation"):
        assert import_module(f"nnbook.{name}") is getattr(nn, name)


def test_type_checkers_are_told_what_the_table_says():
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    (static,) = (node.body for node in tree.body if isinstance(node, ast.If))
    told = [(line.module or "", a.name, a.asname) for line in static for a in line.names]
    assert told == [(m, n, n) for m, names in nn._NAMES.items() for n in names.split()]


def test_help_of_a_network_shows_nothing_that_only_threads_and_files_need():
    shown = {name for name in dir(nn.Sequential) if not name.startswith("_")}
    assert shown == {
        "astype", "backward", "dtype", "epochs", "evaluate", "fit", "forward", "gradients",
        "inference_copy", "layers", "named_parameters", "parameters", "predict", "save", "settings", "summary", "trace",
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
    assert importers <= {"plot", "figures"}


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
            if name in ("datasets", "experiments", "initializers", "metrics", "schedules"):
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
