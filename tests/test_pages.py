"""Every page run again, offline and with two BLAS threads; and proof that a broken page is noticed."""

import matplotlib.pyplot as plt
import nbformat
import pytest
import test_figures
import test_formulas
import test_symbols
from course import NEEDS, lacking
from nbformat.v4 import new_code_cell, new_notebook, new_output
from pagecheck.again import Again
from pagecheck.running import Check, Outputs, run
from test_notebooks import CHAPTERS, PATHS, label, read
from threadpoolctl import threadpool_info


@pytest.mark.parametrize("path", PATHS, ids=label)
def test_a_page_run_again_shows_the_same_and_all_that_looks_on_agrees(path):
    looking = test_formulas, test_figures, test_symbols
    checks = [each.check_of(path) for each in looking] + [Again()]
    if lacking(label(path)):
        pytest.skip(lacking(label(path)))
    loopback = label(path) in NEEDS
    found = run(read(path), Outputs(), *checks, folder=path.parent, loopback=loopback)
    assert found == []


# --- what the runner notices -------------------------------------------------------------------


def page(source, *outputs, tags=None):
    """Return a page of one cell with the outputs that it has kept."""
    cell = new_code_cell(source, outputs=list(outputs), metadata={"tags": tags or []})
    return new_notebook(cells=[cell])


def printed(text):
    return new_output("stream", name="stdout", text=text)


def value(text):
    return new_output("execute_result", {"text/plain": text})


def figure(text):
    return new_output("display_data", {"text/plain": text, "image/png": ""})


def error(name, message):
    return new_output("error", ename=name, evalue=message, traceback=[])


DRAW = """
import matplotlib.pyplot as plt
print("before")
plt.subplots(figsize=(3, 2), dpi=100)
plt.show()
print("after")
"""
FRAME = "<Figure size 300x200 with 1 Axes>"
SLIDE = """
import matplotlib.pyplot as plt
import nnbook as nn
nn.widgets.explore(lambda n=1: plt.subplots(figsize=(n, 1), dpi=100)[1], n=[1, 2])
"""
SLIDERS = "Run this cell to get sliders for n."
SLID = "<Figure size 100x100 with 1 Axes>"
FAIL = "print(1)\nint('x')"
WHY = "invalid literal for int() with base 10: 'x'"

RIGHT = [
    page("x = 1"),
    page("print(1); print(2)", printed("1\n2\n")),
    page("print(1)\nNone", printed("1\n")),
    page("print(1)\n[2]", printed("1\n"), value("[2]")),
    page("list(range(1000, 1020))", value("[" + ",\n ".join(map(str, range(1000, 1020))) + "]")),
    page(DRAW, printed("before\n"), figure(FRAME), printed("after\n")),
    page(DRAW.replace("plt.show()", ""), printed("before\nafter\n"), figure(FRAME)),
    page(SLIDE, figure(SLID), value(SLIDERS)),
    page(FAIL, printed("1\n"), error("ValueError", WHY), tags=["raises-exception"]),
]


@pytest.mark.parametrize("notebook", RIGHT)
def test_a_page_that_shows_what_it_showed_is_right(notebook):
    assert run(notebook, Outputs()) == []


WRONG = [
    page("print(2)", printed("1\n")),
    page("print(1)"),
    page("x = 1", printed("1\n")),
    page("[2]", value("[3]")),
    page("[2]"),
    page("import sys\nprint('careful', file=sys.stderr)"),
    page(DRAW, printed("before\nafter\n"), figure(FRAME)),
    page(DRAW, printed("before\n"), printed("after\n")),
    page(DRAW, printed("before\n"), figure(FRAME.replace("3", "4")), printed("after\n")),
    page(DRAW, printed("before\n"), figure(FRAME.replace("1 Axes", "2 Axes")), printed("after\n")),
    page(SLIDE, figure(SLID), value(SLIDERS.replace("n.", "m."))),
    page(SLIDE, value(SLIDERS)),
    page(FAIL, printed("1\n"), error("TypeError", WHY), tags=["raises-exception"]),
    page(FAIL, printed("1\n"), error("ValueError", "why"), tags=["raises-exception"]),
    page("int('1')", error("ValueError", WHY), tags=["raises-exception"]),
]


@pytest.mark.parametrize("notebook", WRONG)
def test_a_page_that_shows_something_else_is_noticed(notebook):
    assert len(run(notebook, Outputs())) == 1


def test_a_wrong_output_on_a_real_page_is_noticed():
    notebook = read(CHAPTERS[1])
    cell = next(cell for cell in notebook.cells if cell.get("outputs"))
    cell.outputs[0].text += " "
    (problem,) = run(notebook, Outputs())
    assert problem.startswith(f"{cell.id}: shows ")


@pytest.mark.parametrize(
    ("source", "complaint", "message"),
    [
        ("import socket\nsocket.socket().connect(('127.0.0.1', 9))", OSError, "the network"),
        ("from urllib.request import urlopen\nurlopen('http://localhost')", OSError, "the network"),
        ("int('x')", ValueError, "invalid literal"),
        ("import numpy as np\nnp.log(np.zeros(1))", RuntimeWarning, "divide by zero"),
    ],
)
def test_a_page_that_uses_the_network_fails_or_warns_does_not_run(source, complaint, message):
    with pytest.raises(complaint, match=message):
        run(page(source))


class Witness(Check):
    """Keep what a check is shown."""

    def __init__(self):
        self.seen = []

    def after(self, cell, shown, namespace):
        self.seen.append((cell.cell_type, shown, namespace.get("x")))
        yield "after"

    def at_end(self, namespace):
        self.seen.append(namespace["x"])
        yield "at the end"


def test_every_check_looks_on_after_each_cell_and_at_the_end():
    notebook = page("x = 1\nprint(x)")
    notebook.cells += [nbformat.v4.new_markdown_cell("x is 1"), new_code_cell("x += 1\nx")]
    one, other = Witness(), Witness()
    assert run(notebook, one, other) == ["after"] * 6 + ["at the end"] * 2
    assert (
        one.seen == other.seen == [("code", "1\n", 1), ("markdown", "", 1), ("code", "2\n", 2), 2]
    )


def threads_of_blas():
    return [
        library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"
    ]


def test_a_page_has_two_blas_threads_and_leaves_nothing_behind():
    class Threads(Check):
        def after(self, cell, shown, namespace):
            return threads_of_blas()

    before = threads_of_blas(), plt.show, dict(plt.rcParams)
    found = run(page("import matplotlib.pyplot as plt\nplt.rcParams['figure.dpi'] = 7"), Threads())
    assert found == [2] * len(before[0])
    assert (threads_of_blas(), plt.show, dict(plt.rcParams)) == before
