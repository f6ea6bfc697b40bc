"""The doors to other engines, where those are not installed; tests/doors goes through them."""

import sys
from importlib import import_module
from importlib.util import find_spec

import nbformat
import pytest
from course import NEEDS
from execute_notebooks import ROOT
from nbformat.v4 import new_code_cell, new_notebook
from pagecheck import kernel
from pagecheck.compare import text_of

from nnbook.interop import requires

BLOCKED = """
import sys
class Blocked:
    def find_spec(name, path=None, target=None):
        if name in {missing}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocked)
"""
MODULES = {"distributed": "dask"}  # where the module is not called as the library is


@pytest.mark.parametrize(
    ("door", "library", "message"),
    [
        ("torch", "torch", "needs PyTorch: pip install"),
        ("sklearn", "sklearn.base", r"needs scikit-learn 1\.6 or newer: pip install"),
        ("dask", "distributed", "needs Dask: pip install"),
    ],
)
def test_a_door_says_what_is_missing(monkeypatch, door, library, message):
    assert import_module("nnbook.interop").__doc__
    monkeypatch.setitem(sys.modules, library, None)  # as if it were not installed
    monkeypatch.delitem(sys.modules, f"nnbook.interop.{door}", raising=False)
    with pytest.raises(ImportError, match=rf"nnbook\.interop\.{door} {message}"):
        import_module(f"nnbook.interop.{door}")


def test_a_notebook_goes_on_without_a_library_and_says_what_it_skips():
    lines = [
        "import sys; sys.modules['torch'] = None",
        "from nnbook.interop import requires",
        "requires('torch')",
        "import torch",
        "requires()",
        "print('on')",
    ]
    page, found = kernel.run(new_notebook(cells=[*map(new_code_cell, lines)]), ROOT)
    shown = [text_of(cell.outputs) for cell in page.cells]
    assert not found
    assert shown[2].startswith("nnbook.interop.torch needs PyTorch: pip install torch")
    assert shown == ["", "", shown[2], "", "", "on\n"]


def test_elsewhere_a_missing_library_is_an_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    monkeypatch.delitem(sys.modules, "nnbook.interop.sklearn", raising=False)
    with pytest.raises(ImportError, match="needs scikit-learn"):
        requires("sklearn")


@pytest.mark.parametrize(
    ("page", "missing"),
    [
        (page, some)
        for page, all_ in NEEDS.items()
        for some in dict.fromkeys([all_, *((one,) for one in all_)])
    ],
)
def test_a_page_runs_from_top_to_bottom_without_a_library(page, missing):
    if any(not find_spec(library) for library in {*NEEDS[page]} - {*missing}):
        pytest.skip("more is missing here")
    notebook = nbformat.read(ROOT / "notebooks" / page, as_version=4)
    notebook.cells.insert(0, new_code_cell(BLOCKED.format(missing=missing)))
    ran, found = kernel.run(notebook, ROOT / "notebooks")
    assert not found
    says, said = (
        "".join(text_of(cell.get("outputs", ())) for cell in each.cells) for each in (ran, notebook)
    )
    for library in missing:
        assert f"nnbook.interop.{MODULES.get(library, library)} needs" in says
    assert says.count("Exercise 15.") == said.count("Exercise 15.") == 5
