"""A page that holds on one processor only is named by the sweep, and every run has what it asked for."""

import nbformat
import pytest
import sweep
from nbformat.v4 import new_code_cell, new_notebook
from pagecheck import kernel

pytestmark = pytest.mark.complete
CHAOS = """
import numpy as np
import nnbook as nn
x = nn.Dense(3, 1, rng=0).forward(np.ones((1, 3)))[0, 0] % 1
for step in range(STEPS):
    x = 3.9 * x * (1 - x)
print(round(float(x), 3))
"""


def page(folder, steps):
    """Return the path of a page that goes through some steps of the logistic map, executed here."""
    cell = new_code_cell(CHAOS.replace("STEPS", str(steps)), id="map")
    notebook, _ = kernel.run(new_notebook(cells=[cell]), folder)
    nbformat.write(notebook, folder / "page.ipynb")
    return folder / "page.ipynb"


@pytest.mark.parametrize(("steps", "named"), [(5, 0), (200, 1)])
def test_rounding_noise_changes_a_chaotic_cell_and_no_calm_one(steps, named, tmp_path, monkeypatch):
    monkeypatch.setattr("test_notebooks.label", lambda path: path.name)
    found = sweep.run_page(page(tmp_path, steps), {"OPENBLAS_NUM_THREADS": "1"}, "add_noise()")
    assert len(found) == named
    assert all(line.startswith("cell 1 [1] (map): line 1 of the output is") for line in found)


def test_every_setting_has_what_was_asked_for_and_they_differ():
    rows = list(sweep.settings(False))
    assert len({name for name, _, _ in rows}) == len(rows) >= 2
    assert {got["threads"] for _, _, got in rows} == {1, 2}
    assert all(got["products are right"] for _, _, got in rows)
    assert {bool(got["vector units"]) for _, _, got in rows} == {True, False}


def test_a_page_that_runs_with_something_else_says_so(tmp_path):
    wrong = sweep.asked(OPENBLAS_NUM_THREADS="1") | {"threads": 2}
    notebook = new_notebook(cells=[new_code_cell("1", outputs=[])])
    checks = f"sweep:[Arithmetic({wrong!r})]"
    _, found = kernel.run(notebook, tmp_path, checks, {"OPENBLAS_NUM_THREADS": "1"})
    assert "'threads': 1" in found[0]
    assert "asked for was" in found[0]


def test_a_misspelt_kernel_which_openblas_ignores_is_no_setting(monkeypatch):
    usual = sweep.asked(OPENBLAS_NUM_THREADS="1")["kernel"]
    monkeypatch.setattr(sweep, "KERNELS", {"Nehalm": "Nehalem", "Other": usual})
    assert not [name for name, *_ in sweep.settings(False) if name.startswith("Nehalm")]
