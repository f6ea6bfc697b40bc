"""The tables of symbols agree with their pages and with each other, and proof that errors are noticed."""

import pytest
from looking import SYMBOLS
from looking import read as listed
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from pagecheck.running import run
from pagecheck.symbols import Shapes, ambiguous, letter, symbols
from test_notebooks import CHAPTERS, label, nothing, read

LISTED = listed(SYMBOLS)
PAGES = {label(path): read(path).cells for path in CHAPTERS}


def test_a_letter_means_one_thing_in_all_chapters_or_is_listed_with_its_meanings():
    found, listed = ambiguous(PAGES), LISTED["letters"]
    changed = [letter for letter in found | listed if found.get(letter) != listed.get(letter)]
    nothing(f"{each}: {found.get(each)}, listed is {listed.get(each)}" for each in changed)


def test_every_page_with_listed_shapes_is_there():
    assert LISTED["shapes"].keys() <= PAGES.keys()


# --- small pages ---------------------------------------------------------------------------------

TABLE = r"""
| symbol | meaning | shape here | as a batch |
|---|---|---|---|
| $m$ | the number of samples | number | number |
| $x$, $y$ | an input, and the answer we want | `(2,)`, number | `X` and `Y`: `(m, 2)`, $Y_1$ `(1, m)` |
| $W^{[1]}$, $b^{[1]}$ | weights and biases | `(2, 3)`, `(3,)` | |
| $\hat y$ | what is answered | `(4, 1)` | `(4, 1)` |
| $a_k$ | activation of a neuron | number, together `(m, 3)` | |
| $Q$, entries $q_{ij}$ | never an array here | `(9, 9)` | |
"""
CODE = """
import numpy as np
m, x, W1, b1 = 4, np.ones(2), np.ones((2, 3)), np.ones(3)
X, Y, y_hat, a, q = np.ones((m, 2)), np.ones((m, 2)), np.ones((m, 1)), np.ones((m, 3)), np.ones(5)
Y1 = Y[:, 0].reshape(1, m)
"""


def page(table=TABLE, code=CODE):
    cells = [
        new_markdown_cell(table, id="table"),
        new_code_cell(code),
        new_code_cell("x, a, W1 = 0, 0, 0"),
    ]
    return new_notebook(cells=cells)


def test_shapes_that_arrays_once_had_are_right():
    check = Shapes()
    assert run(page(), check) == []
    assert check.met == [
        "x (2,)", "X (m, 2)", "Y (m, 2)", "Y_1 (1, m)", "W^{[1]} (2, 3)", "b^{[1]} (3,)",
        r"\hat y (4, 1)", "a_k (m, 3)",
    ]  # fmt: skip


CHANGES = [
    ("`(2,)`, number", "`(3,)`, number", "x (3,)"),
    ("`(m, 2)`", "`(2, m)`", "X (2, m)"),
    ("`(1, m)`", "`(m, 1)`", "Y_1 (m, 1)"),
    ("`(2, 3)`, `(3,)`", "`(3, 2)`, `(3,)`", "W^{[1]} (3, 2)"),
    ("`(2, 3)`, `(3,)`", "`(2, 3)`, `(1, 3)`", "b^{[1]} (1, 3)"),
    ("`(4, 1)` | `(4, 1)`", "`(4, 1)` | `(4,)`", r"\hat y (4,)"),
    ("`(m, 3)`", "`(m,)`", "a_k (m,)"),
]


@pytest.mark.parametrize(("old", "new", "claim"), CHANGES)
def test_a_shape_that_no_array_has_had_is_noticed(old, new, claim):
    problems = run(page(TABLE.replace(old, new)), Shapes())
    assert f"table: no array of the page has ever been {claim}" in problems


def test_a_listed_shape_is_let_pass_until_an_array_has_it():
    broken = page(TABLE.replace("`(2,)`, number", "`(3,)`, number"))
    assert run(broken, Shapes(["x (3,)"])) == []
    (problem,) = run(page(), Shapes(["x (3,)"]))
    assert "take it off the list" in problem


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("$x$, `Y`", ["x", "Y"]),
        (r"$\hat y=a_K$, $y$", [r"\hat y", "y"]),
        (r"$W^{[1]},b^{[1]}$; $n^{(k)}$", ["W", "b", "n"]),
        (r"$n_{\text{in}}$, $n_o$, $x_i$", [r"n_{{in}}", "n_o", "x"]),
        (r"$z_k=w_k\,a_{k-1}$, $(u,v)$", ["z", "(u,v)"]),
    ],
)
def test_symbols_are_read_without_the_indices_that_count(text, letters):
    assert [letter(symbol) for symbol in symbols(text)] == letters


def tables(letter, **meanings):
    head = "| symbol | meaning |\n|---|---|\n"
    return {
        page: [new_markdown_cell(f"{head}| ${letter}$ | {text} |")]
        for page, text in meanings.items()
    }


def test_a_letter_with_two_meanings_is_named_with_both():
    assert ambiguous(tables("k", one="counts classes", two="the class that counts")) == {}
    both = tables("k", one="counts classes", two="the number of neurons")
    assert ambiguous(both) == {"k": {"one": "counts classes", "two": "the number of neurons"}}
    assert "C" not in ambiguous(PAGES)
    assert "C" in ambiguous(PAGES | tables("C", other="the speed of light"))
