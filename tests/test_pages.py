"""Every page run once, in a kernel, with all that looks on; and proof that a broken page is noticed."""

import matplotlib.pyplot as plt
import pytest
from course import NEEDS, lacking
from looking import rough
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pagecheck import kernel
from pagecheck.again import Again
from pagecheck.running import Check, Outputs, run
from test_notebooks import CHAPTERS, PATHS, label, read
from threadpoolctl import threadpool_info


def runnable(path):
    if reason := lacking(label(path)):
        pytest.skip(reason)
    return read(path)


@pytest.mark.parametrize("path", PATHS, ids=label)
def test_a_page_shows_what_is_committed_and_all_that_looks_on_agrees(path):
    notebook = runnable(path)
    page, found = kernel.run(notebook, path.parent, f"looking:at({label(path)!r})")
    found += kernel.otherwise(page, notebook, rough(label(path)))
    assert not found, "\n".join(found)


@pytest.mark.complete
@pytest.mark.parametrize("path", PATHS, ids=label)
def test_every_cell_of_a_page_runs_again(path):
    found = run(runnable(path), Again(), folder=path.parent, loopback=label(path) in NEEDS)
    assert not found, "\n".join(found)


# --- what the runner in a kernel notices ---------------------------------------------------------


def test_in_a_kernel_every_check_looks_on_after_each_cell_and_at_the_end(tmp_path):
    cells = [
        new_markdown_cell("x is 1", id="a"),
        new_code_cell("import matplotlib.pyplot as plt\nx = 1\nprint(x)", id="b"),
        new_code_cell("x += 1\nplt.subplots()", id="c"),
        new_markdown_cell("the end", id="d"),
    ]
    page, found = kernel.run(new_notebook(cells=cells), tmp_path, "test_pages:[Witness(), Fails()]")
    failed = [line for line in found if "the check failed: " in line and "ValueError: why" in line]
    said = [line for line in found if line not in failed]
    assert said == ["a: None", "b: 1", "a figure", "c: 2", "d: 2", "at the end: 2"]
    assert [line.split(":")[0] for line in failed] == ["a", "b", "c", "d", "at the end"]
    assert [cell.id for cell in page.cells] == ["a", "b", "c", "d"]
    assert page.cells[1].outputs[0].text == "1\n"


class Witness(Check):
    """Say what a check is shown."""

    def drawn(self, figure):
        self.figure = "a figure"

    def after(self, cell, shown, namespace):
        yield from vars(self).values()
        yield f"{cell.id}: {namespace.get('x')}"
        vars(self).clear()

    def at_end(self, namespace):
        yield f"at the end: {namespace['x']}"


class Fails(Check):
    """Raise."""

    def after(self, cell, shown, namespace):
        raise ValueError("why")

    def at_end(self, namespace):
        raise ValueError("why")


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("import socket\nsocket.create_connection(('192.0.2.1', 9), 1)", "the network"),
        ("int('x')", "ValueError: invalid literal"),
    ],
)
def test_a_page_that_uses_the_network_or_raises_fails(source, complaint, tmp_path):
    _, (problem,) = kernel.run(page(source), tmp_path, "test_pages:[]")
    assert complaint in problem


@pytest.mark.parametrize(
    ("source", "kept", "complaint"),
    [
        ("print(0.2504)", "0.2501\n", "is '0.2504', committed is '0.2501'"),
        ("print(0.2501 * 1.001)", "0.2501\n", "is '0.2503"),
        ("import sys\nprint('careful', file=sys.stderr)", "", "is 'careful', committed is nothing"),
    ],
)
def test_a_page_that_shows_something_else_in_a_kernel_is_noticed(source, kept, complaint, tmp_path):
    notebook = page(source, *([printed(kept)] if kept else []))
    new, _ = kernel.run(notebook, tmp_path)
    (problem,) = kernel.otherwise(new, notebook)
    assert complaint in problem


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


@pytest.mark.complete
def test_a_wrong_output_on_a_real_page_is_noticed():
    notebook = read(CHAPTERS[1])
    cell = next(cell for cell in notebook.cells if cell.get("outputs"))
    cell.outputs[0].text += "and more"
    (problem,) = run(notebook, Outputs())
    assert problem.startswith(f"{cell.id}: line ")


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


class Keeps(Check):
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
    notebook.cells += [new_markdown_cell("x is 1"), new_code_cell("x += 1\nx")]
    one, other = Keeps(), Keeps()
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
