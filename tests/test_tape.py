"""What the tape of chapter 14 writes holds in chapter 03: read as it stands, on the page of 03b."""

import re
from functools import cache

import numpy as np
import pytest
from execute_notebooks import ROOT
from pagecheck.evaluate import same
from pagecheck.formulas import Formulas, central_differences
from pagecheck.running import Check, run
from pagecheck.statements import examine, statements
from test_notebooks import read

FOLDER = ROOT / "notebooks"
PAGE, TAPE = FOLDER / "03b_backpropagation.ipynb", FOLDER / "14_beyond_layers.ipynb"

# what the tape derives by, in the order in which it writes, and the display of 03b for the same
# derivative, with its check line
TAGS = {"z2": "3.19", "b2": "3.21", "W2": "3.20", "z1": "3.22", "b1": "3.24", "W1": "3.23"}
DERIVED = tuple(TAGS)


def printed():
    """Return the lines that stand on the page of chapter 14 as the output of its cell."""
    cells = [c for c in read(TAPE).cells if "written = derivation(thread_price)" in c.source]
    (latex,) = [output.data["text/latex"] for output in cells[0].outputs]
    body = re.search(r"\\begin\{gathered\}(.*)\\end\{gathered\}", latex, re.DOTALL)[1]
    return re.split(r"\\\\\[1ex\]", body)


LINES = dict(zip(DERIVED, printed(), strict=True))


class AtTheEnd(Check):
    def at_end(self, namespace):
        self.names = namespace
        return ()


@cache
def page_of_03b():
    """Return the names of 03b, and what its check lines derive."""
    kept, formulas = AtTheEnd(), Formulas()
    run(read(PAGE), kept, formulas, folder=FOLDER)
    return kept.names, formulas


def verdict(line, by):
    """Evaluate a line as it is written, beside central differences on the page of 03b."""
    names, formulas = page_of_03b()
    left, right = line.split("=", 1)
    assert left == rf"\frac{{\partial J}}{{\partial {by[0]}^{{[{by[1]}]}}}}"
    numerical = central_differences(formulas.known[TAGS[by]], names)
    (statement,) = statements("tape", rf"N={right}")
    return examine(statement, formulas.page(names | {"N": numerical}), nudged=True)


@pytest.mark.parametrize("by", DERIVED)
def test_every_line_is_the_derivative_that_it_says(by):
    assert verdict(LINES[by], by) == "holds"


def test_the_first_line_holds_for_the_other_target_too(monkeypatch):
    monkeypatch.setitem(page_of_03b()[0], "y", 0.0)
    assert verdict(LINES["z2"], "z2") == "holds"
    assert verdict(LINES["z2"].replace("+", "-"), "z2") != "holds"  # the target 1 hides this term


SLIPS = [
    ("z2", "g'", "g"), ("z2", r"\frac{y}{\hat y}", r"\frac{y}{1-\hat y}"), ("W2", "a^{[1]T}", "x^T"),
    ("b2", "[2]", "[1]"), ("z1", "g'", "g"), ("z1", "W^{[2]T}", "W^{[2]}"), ("z1", "z^{[1]})", "z^{[2]})"),
    ("b1", r"\delta^{[1]}", r"\delta^{[2]}"), ("W1", r"\delta^{[1]}", r"\delta^{[1]}\odot g'(z^{[1]})"),
    ("W1", "x^T", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("by", "old", "new"), SLIPS)
def test_an_error_in_a_line_is_noticed(by, old, new):
    left, right = LINES[by].split("=", 1)
    assert old in right
    assert verdict(f"{left}={right.replace(old, new)}", by) != "holds"


@cache
def names_of_the_tape():
    """Return the names of chapter 14 behind the cell that prints the derivation."""
    kept, tape = AtTheEnd(), read(TAPE)
    last = next(n for n, c in enumerate(tape.cells) if "written = derivation" in c.source)
    tape.cells = tape.cells[: last + 1]
    run(tape, kept)
    return kept.names


def test_the_tape_of_the_page_finds_the_gradients_of_03b():
    tape, names = names_of_the_tape(), page_of_03b()[0]
    wanted = {
        "W^{[1]}": names["dW1"],
        "z^{[1]}": names["delta1"],
        "b^{[2]}": names["delta2"],
        "W^{[2]}": np.outer(names["a1"], names["delta2"]),
        "J": np.array(1.0),
    }
    for name, gradient in wanted.items():
        assert same(tape["tape"][name].blame, gradient, 1e-12), name
    assert tape["written"] == list(LINES.values())


def bracketed(v, plus, times, sigmoid):
    s = plus(v, v, "s")
    return plus(s, sigmoid(s, "a"), "J")


A = 1 / (1 + np.exp(-6))
SUMS = [
    (lambda v, plus, times, _: times(v, v, "J"), "v+v", 6),
    (lambda v, plus, times, _: plus(v, v, "J"), "1+1", 2),
    (lambda v, plus, times, _: plus(v, times(v, v, "p"), "J"), "1+v+v", 7),
    (lambda v, plus, times, _: plus(times(v, v, "p"), v, "J"), "v+v+1", 7),
    (lambda v, plus, times, _: plus(plus(v, v, "s"), v, "J"), "1+1+1", 3),
    (lambda v, plus, times, _: times(plus(v, v, "s"), v, "J"), r"s+\bigl(v\bigr)+\bigl(v\bigr)", 12),
    (lambda v, plus, times, _: times(times(v, v, "q"), v, "J"), r"q+\bigl(v\bigr)v+\bigl(v\bigr)v", 27),
    (bracketed, r"\bigl(1+g'(s)\bigr)+\bigl(1+g'(s)\bigr)", 2 * (1 + A * (1 - A))),
]  # fmt: skip


@pytest.mark.parametrize(("price", "written", "blame"), SUMS)
def test_a_gradient_is_written_with_one_and_with_brackets_where_they_are_needed(
    price, written, blame
):
    tape = names_of_the_tape()
    v = tape["Node"](3.0, "v")
    tape["backward"](price(v, tape["plus"], tape["times"], tape["sigmoid"]))
    assert np.isclose(v.blame, blame)
    assert sorted(v.told.split("+")) == sorted(written.split("+"))
    assert v.told == written or price is not bracketed


def test_products_of_arrays_are_written_entry_by_entry():
    tape = names_of_the_tape()
    v, b = tape["Node"]([1.0, 2.0], "v"), tape["Node"]([3.0, -1.0], "b")
    W = tape["Node"]([[0.5, 1.0], [2.0, -1.0]], "W")
    p = tape["times"](v, b, "p")
    z = tape["dense"](p, W, tape["Node"](np.zeros(2), "c"), "z_1")
    tape["backward"](tape["times"](z, z, "J"))
    told = (r"\bigl(\delta_1W^T\bigr)\odot b", r"\bigl(\delta_1W^T\bigr)\odot v", "z_1+z_1")
    assert (v.told, b.told, z.told) == told
    assert same(v.blame, (z.blame @ W.value.T) * b.value)
    assert same(z.blame, 2 * z.value)
