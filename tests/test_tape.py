"""What the engine of chapter 14a prints holds in chapter 03: as it is written, on the page of 03b."""

from functools import cache

import numpy as np
import pytest
from execute_notebooks import ROOT
from pagecheck.evaluate import same
from pagecheck.formulas import Formulas, central_differences
from pagecheck.running import Check, run
from pagecheck.statements import examine, statements
from test_notebooks import read

import nnbook as nn

FOLDER = ROOT / "notebooks"
PAGE, TAPE = FOLDER / "03b_backpropagation.ipynb", FOLDER / "14a_automatic_differentiation.ipynb"

# the display of 03b for the same derivative, with its check line, by the name of the node
TAGS = {
    "z^{[2]}": "3.19", "W^{[2]}": "3.20", "b^{[2]}": "3.21", "z^{[1]}": "3.22", "W^{[1]}": "3.23",
    "b^{[1]}": "3.24",
}  # fmt: skip


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


@cache
def names_of_the_tape(until="figures.computational_graph"):
    """Return the names of chapter 14a behind the cell that holds ``until``."""
    kept, page = AtTheEnd(), read(TAPE)
    last = next(n for n, cell in enumerate(page.cells) if until in cell.source)
    page.cells = page.cells[: last + 1]
    run(page, kept)
    return kept.names


def printed():
    """Return name -> what the page shows for its gradient, out of the output of its cell."""
    (cell,) = [c for c in read(TAPE).cells if "shown(derivation(network" in c.source]
    tape = names_of_the_tape()
    lines = tape["derivation"](tape["loss"])
    (latex,) = [output.data["text/latex"] for output in cell.outputs]
    return {name: line for name, line in lines.items() if line in latex}


def verdict(line, name):
    """Evaluate a line as it is written, beside central differences on the page of 03b."""
    names, formulas = page_of_03b()
    found = {tag: central_differences(formulas.known[tag], names) for tag in TAGS.values()}
    y_hat, y = names["y_hat"], names["y"]
    letters = {
        "q": (1 - y) / (1 - y_hat) - y / y_hat,  # for the letter of the prediction's gradient
        "da1": found["3.19"] @ names["W2"].T, "delta1": found["3.22"], "delta2": found["3.19"],
    }  # fmt: skip
    by = {r"\hat y": "q", "a^{[1]}": "da1"}
    letters["N"] = letters[by[name]] if name in by else found[TAGS[name]]
    (statement,) = statements(
        "tape", "N=" + line.replace(r"d\hat y", "q").replace("dz", r"\delta ")
    )
    return examine(statement, formulas.page(names | letters), nudged=True)


def test_the_page_shows_the_gradients_of_all_that_03b_derives():
    assert printed().keys() == {*TAGS, r"\hat y", "a^{[1]}"}


@pytest.mark.parametrize("name", [*TAGS, r"\hat y", "a^{[1]}"])
def test_every_line_is_the_derivative_that_it_says(name):
    assert verdict(printed()[name], name) == "holds"


def test_the_line_of_the_prediction_holds_for_the_other_target_too(monkeypatch):
    line = printed()[r"\hat y"]
    monkeypatch.setitem(page_of_03b()[0], "y", 0.0)
    assert verdict(line, r"\hat y") == "holds"
    assert verdict(line.replace(r"\hat y-y", r"1-y"), r"\hat y") != "holds"


ERRORS = [
    (r"\hat y", r"\hat y-y", r"y-\hat y"), (r"\hat y", r"1-\hat y", r"\hat y"), ("z^{[2]}", r"1-\hat y", "1"),
    ("W^{[2]}", "a^{[1]T}", "x^T"), ("b^{[2]}", "dz^{[2]}", "dz^{[1]}"), ("a^{[1]}", "dz^{[2]}", "dz^{[1]}"),
    ("z^{[1]}", "1-a^{[1]}", "1+a^{[1]}"), ("b^{[1]}", "dz^{[1]}", "dz^{[2]}"),
    ("W^{[1]}", "dz^{[1]}", r"dz^{[1]}\odot a^{[1]}"), ("W^{[1]}", "x^T", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new"), ERRORS)
def test_an_error_in_a_line_is_noticed(name, old, new):
    line = printed()[name]
    assert old in line
    assert verdict(line.replace(old, new), name) != "holds"


def test_the_engine_finds_the_gradients_of_03b():
    graph, names = names_of_the_tape()["graph"], page_of_03b()[0]
    wanted = {
        "W^{[1]}": names["dW1"],
        "z^{[1]}": names["delta1"][None],
        "b^{[2]}": names["delta2"][None],
        "W^{[2]}": np.outer(names["a1"], names["delta2"]),
        "J": 1.0,
    }
    for name, gradient in wanted.items():
        assert same(graph[name].gradient, gradient, 1e-12), name


def test_drawing_and_printing_leave_the_numbers_as_they_were():
    tape = names_of_the_tape()
    tape["derivation"](tape["loss"])
    order = tape["topological_order"](tape["loss"])
    assert all(isinstance(node.value, (float, np.ndarray)) for node in order)
    assert all(isinstance(node.gradient, (float, np.ndarray)) for node in order)


def bracketed(v, tape):
    s = tape["add"](v, v, "s")
    return tape["add"](s, tape["sigmoid"](s, "a"))


A = 1 / (1 + np.exp(-6))
SUMS = [
    (lambda v, t: t["multiply"](v, v), "v+v", 6),
    (lambda v, t: t["add"](v, v), "1+1", 2),
    (lambda v, t: t["add"](v, t["multiply"](v, v)), "1+v+v", 7),
    (lambda v, t: t["multiply"](t["add"](v, v, "s"), v), "s+v+v", 12),
    (lambda v, t: t["multiply"](t["multiply"](v, v, "q"), v), r"q+v\odot v+v\odot v", 27),
    (bracketed, r"1+a\odot \bigl(1-a\bigr)+1+a\odot \bigl(1-a\bigr)", 2 * (1 + A * (1 - A))),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "written", "gradient"), SUMS)
def test_a_gradient_is_written_as_one_formula(loss, written, gradient):
    tape = names_of_the_tape()
    v = tape["Node"](3.0, "v")
    last = loss(v, tape)
    tape["backward"](last)
    assert np.isclose(v.gradient, gradient)
    tape["in_letters"](tape["topological_order"](last))
    tape["backward"](last, tape["Formula"]("1"))
    assert sorted(v.gradient.text.split("+")) == sorted(written.split("+"))


def test_brackets_stand_where_they_are_needed():
    tape = names_of_the_tape()
    Formula = tape["Formula"]
    a, b, c = Formula("a"), Formula("b"), Formula("W^{[1]}")
    assert ((a + b) * c).text == r"\bigl(a+b\bigr)\odot W^{[1]}"
    assert ((a * b) @ c.T).text == r"\bigl(a\odot b\bigr)\,W^{[1]T}"
    assert ((a @ b) * c).text == r"a\,b\odot W^{[1]}"
    assert (a - (b - c)).text == r"a-\bigl(b-W^{[1]}\bigr)"
    assert ((a + b) / c).text == r"\frac{a+b}{W^{[1]}}"


def test_a_chain_longer_than_the_recursion_limit_is_differentiated():
    names = names_of_the_tape("range(1100)")
    assert np.isclose(names["weight"].gradient, 1100 * 1.001**1099)


def of_layer_norm(name, line):
    """Evaluate a line of the layer normalisation as it is written, beside central differences."""
    names = names_of_the_tape("normalise(row)")
    tape = {node.name: node for node in names["topological_order"](names["output"])}
    letters = {name: node.value for name, node in tape.items()}
    letters |= {"u": names["u"], "tau": letters[r"\tau"], "gamma": letters[r"\gamma"]}
    letters |= {"a_hat": letters[r"\hat a"], "I": np.eye(5)}
    for node, letter in ((r"\hat a", "q"), (r"\tau", "r"), ("v", "w"), ("c", "g")):
        letters[letter] = tape[node].gradient
        line = line.replace("d" + node, letter)
    if name == "a":

        def loss(a):
            return np.sum(names["u"] * (names["gamma"] * names["normalise"](a)))

        letters["N"] = nn.numerical_gradient(loss, names["a"])
    else:
        letters["N"] = tape[name].gradient
    (statement,) = statements("tape", f"N={line}")
    return examine(statement, page_of_03b()[1].page(letters), nudged=True)


@pytest.mark.parametrize("name", [r"\hat a", r"\tau", "v", "c", "a", r"\gamma"])
def test_the_printed_lines_of_layer_norm_hold(name):
    names = names_of_the_tape("normalise(row)")
    line = names["derivation"](names["output"], "u")[name]
    assert of_layer_norm(name, line) == "holds"
    assert of_layer_norm(name, line + "+u") != "holds"
