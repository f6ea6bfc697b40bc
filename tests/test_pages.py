"""Every page run once, in a kernel, with every check; and proof that a broken page is noticed."""

import matplotlib.pyplot as plt
import pytest
from course import NEEDS, lacking
from looking import rough
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pagecheck import kernel
from pagecheck.again import Again
from pagecheck.running import Check, run
from test_notebooks import PATHS, label, nothing, read
from threadpoolctl import threadpool_info


def runnable(path):
    if reason := lacking(label(path)):
        pytest.skip(reason)
    return read(path)


@pytest.mark.parametrize("path", PATHS, ids=label)
def test_a_page_shows_what_is_committed_and_every_check_passes(path):
    notebook = runnable(path)
    page, found = kernel.run(notebook, path.parent, f"looking:at({label(path)!r})")
    nothing([*found, *kernel.otherwise(page, notebook, rough(label(path)))], notebook)


@pytest.mark.complete
@pytest.mark.parametrize("path", PATHS, ids=label)
def test_every_cell_of_a_page_runs_again(path):
    notebook = runnable(path)
    nothing(run(notebook, Again(), folder=path.parent, loopback=label(path) in NEEDS), notebook)


# --- in a kernel ---------------------------------------------------------------------------------


def page(source, *outputs):
    """Return a page of one cell with its committed outputs."""
    return new_notebook(cells=[new_code_cell(source, outputs=list(outputs))])


class Witness(Check):
    """Say what a check is shown."""

    def drawn(self, figure):
        self.figure = "a figure"

    def after(self, cell, shown, namespace):
        yield from vars(self).values()
        yield f"{cell.id}: {namespace.get('x')}{shown and ', ' + shown}".rstrip()
        vars(self).clear()

    def at_end(self, namespace):
        yield f"at the end: {namespace['x']}"


class Fails(Check):
    def after(self, cell, shown, namespace):
        raise ValueError("why")

    at_end = lambda self, namespace: self.after(None, "", namespace)  # noqa: E731


CELLS = [
    new_markdown_cell("x is 1", id="a"),
    new_code_cell("import matplotlib.pyplot as plt\nx = 1\nprint(x)", id="b"),
    new_code_cell("x += 1\nplt.subplots()", id="c"),
    new_markdown_cell("the end", id="d"),
]


def test_in_a_kernel_every_check_is_called_after_each_cell_and_at_the_end(tmp_path):
    checks = "test_pages:[Witness(), Fails()]"
    page, found = kernel.run(new_notebook(cells=CELLS), tmp_path, checks)
    failed = [line for line in found if "the check failed: " in line and "ValueError: why" in line]
    said = [line for line in found if line not in failed]
    assert said == ["a: None", "b: 1", "a figure", "c: 2", "d: 2", "at the end: 2"]
    assert [line.split(":")[0] for line in failed] == ["a", "b", "c", "d", "at the end"]
    assert [cell.id for cell in page.cells] == ["a", "b", "c", "d"]
    assert page.cells[1].outputs[0].text == "1\n"


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
    ("source", "committed", "complaint"),
    [
        ("print(0.2504)", "0.2501\n", "is '0.2504', committed is '0.2501'"),
        ("print(0.2501 * 1.001)", "0.2501\n", "is '0.2503"),
        ("x = 1", "1\n", "is nothing, committed is '1'"),
        ("import sys\nprint('careful', file=sys.stderr)", "", "is 'careful', committed is nothing"),
    ],
)
def test_a_page_that_shows_something_else_is_noticed(source, committed, complaint, tmp_path):
    notebook = page(source, *[new_output("stream", text=committed)] * bool(committed))
    new, _ = kernel.run(notebook, tmp_path)
    (problem,) = kernel.otherwise(new, notebook)
    assert complaint in problem


# --- in this process -----------------------------------------------------------------------------


def test_in_this_process_every_check_is_called_with_what_a_cell_shows():
    found = run(new_notebook(cells=CELLS), Witness(), Witness())
    said = ["a: None", "b: 1, 1", "c: 2, (<Figure size 640x480 with 1 Axes>, <Axes: >)", "a figure"]
    assert [*dict.fromkeys(line.splitlines()[0] for line in found)] == [
        *said[:2], said[3], said[2], "d: 2", "at the end: 2",
    ]  # fmt: skip


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


def threads_of_blas():
    return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]


def test_a_page_has_two_blas_threads_and_leaves_nothing_behind():
    class Threads(Check):
        def after(self, cell, shown, namespace):
            return threads_of_blas()

    before = threads_of_blas(), plt.show, dict(plt.rcParams)
    found = run(page("import matplotlib.pyplot as plt\nplt.rcParams['figure.dpi'] = 7"), Threads())
    assert found == [2] * len(before[0])
    assert (threads_of_blas(), plt.show, dict(plt.rcParams)) == before


def test_a_page_shows_no_figure_that_others_left_open():
    class Shown(Check):
        def after(self, cell, shown, namespace):
            return [shown]

    plt.figure()
    assert run(page("a = 1"), Shown()) == [""]
