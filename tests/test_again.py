"""The cells of a page run again once it is at its end: proof that one that does not is noticed."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from pagecheck.again import Again
from pagecheck.running import run
from test_notebooks import CHAPTERS, code_cells, read

pytestmark = pytest.mark.complete


def page(*sources, tags=()):
    cells = [
        new_code_cell(s, id=f"cell{i}", metadata={"tags": list(tags)})
        for i, s in enumerate(sources, 1)
    ]
    return new_notebook(cells=cells)


NETWORK = """
import numpy as np
class Layer:
    def __init__(self):
        self.W = np.ones(3)
layer = Layer()
table = [layer, layer.W, {"W": layer.W}]
"""

RIGHT = [
    page("a = 2", "b = a + 1\nprint(b)"),
    page("import numpy as np\nrng = np.random.default_rng(0)\nprint(rng.normal())"),
    page("a = 1", "a"),
    page(NETWORK, "layer = Layer()\nlayer.W += 1\nprint(layer.W)"),
    # nothing is left of another cell
    page(NETWORK, "layer.W += 1", "print(layer.W, table[2]['W'])"),
    page("a = 1", "def f():\n    return a", "a = 2\nprint(f())"),  # f reads the page's own a
    page("a = 1", "print('b' in globals() and b)", "b = False"),
    page("int('x')", tags=["raises-exception"]),
    page(
        "import matplotlib.pyplot as plt\nplt.rcParams['font.size'] = 7",
        "plt.plot([1])\nplt.show()",
    ),
    page("import io\nfile = open(__import__('os').devnull)", "lines = (x for x in file)"),
]


WRONG = [
    (page("a = [1]", "print(a)", "a = [2]"), "cell2: line 1 of the output is '[2]', committed is '[1]'"),
    (page("a = [1]", "a.append(2)\nprint(a)"), "cell2: line 1 of the output is '[1, 2, 2]'"),
    (page("a = 1", "print(a + 1)", "a = 'x'"), "cell2: TypeError"),
    (page("a = 1", "assert a == 1", "a = 2"), "cell2: AssertionError"),
    (page("a = 1", "b = a\ndel a"), "cell2: NameError"),
    (page(NETWORK, "layer.W += 1\nprint(table[1])"), "cell2: line 1 of the output is '[3. 3. 3.]'"),
    (page("a = [1]", "a += [2]", "print(a)", "a += [3]"), "cell3: line 1 of the output is '[1, 2, 3]', committed is '[1, 2]'"),
    (page("a = 1", "print(b)", "b = 1", tags=["raises-exception"]), "cell2: line 1 of the output is '1'"),
]  # fmt: skip


@pytest.mark.parametrize(("notebook", "complaint"), [*((page, "") for page in RIGHT), *WRONG])
def test_a_cell_that_runs_only_once_is_noticed(notebook, complaint):
    found = run(notebook, Again())
    assert len(found) == bool(complaint)
    assert "".join(found).replace(" does not run again: ", " ").startswith(complaint)


def test_the_page_is_left_as_it_was():
    class Watched(Again):
        def at_end(self, namespace):
            before = dict(namespace)
            yield from super().at_end(namespace)
            assert namespace == before
            assert namespace["a"] == [1]

    assert len(run(page("a = [1, 2, 3]", "a.pop()", "a[0]\nnew = a.pop()"), Watched())) == 1


def test_a_cell_of_a_real_page_that_comes_to_run_only_once_is_noticed():
    path = CHAPTERS[0]
    notebook = read(path)
    where = notebook.cells.index(code_cells(notebook)[2])
    notebook.cells.insert(where, new_code_cell("fresh = not globals().get('used')", id="new"))
    notebook.cells.insert(where + 1, new_code_cell("assert fresh", id="once"))
    notebook.cells.append(new_code_cell("fresh = False", id="last"))
    (problem,) = run(notebook, Again())
    assert problem == "once: does not run again: AssertionError: "
