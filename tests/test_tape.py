"""What the tape of chapter 14 writes is chapter 03: read as it stands, on the page of 03b."""

import re
from functools import cache

import numpy as np
import pytest
from execute_notebooks import ROOT
from pagecheck.evaluate import same
from pagecheck.formulas import DISPLAY, Formulas, central_differences, says_again
from pagecheck.latex import chains
from pagecheck.running import Check, run
from pagecheck.statements import TAG, examine, statements
from test_notebooks import read

FOLDER = ROOT / "notebooks"
PAGE, TAPE = FOLDER / "03b_two_layer_network.ipynb", FOLDER / "14_beyond_layers.ipynb"

# what the tape derives by, in the order in which it writes: the display of 03b for the same
# derivative, and its check line; that of 03a for W1, which 03b takes over word for word
DERIVED = ("z2", "b2", "W2", "z1", "b1", "W1")
TAGS = {"z2": "3.41", "b2": "3.43", "W2": "3.42", "z1": "3.48"}
PRICE = {"b1": "J(W1, b1, W2, b2)", "W1": "J(W1, b1, W2, b2)"}


def printed():
    """Return the lines that stand on the page of chapter 14 as the output of its cell."""
    shown = [
        output.data["text/latex"]
        for cell in read(TAPE).cells
        if cell.cell_type == "code" and "written = derivation(thread_price)" in cell.source
        for output in cell.outputs
    ]
    (latex,) = shown
    body = re.search(r"\\begin\{gathered\}(.*)\\end\{gathered\}", latex, re.DOTALL)[1]
    return re.split(r"\\\\\[1ex\]", body)


LINES = dict(zip(DERIVED, printed(), strict=True))


class AtTheEnd(Check):
    """Keeps the names that a page has at its end."""

    def at_end(self, namespace):
        self.names = namespace
        return ()


@cache
def page_of_03b():
    """Return the names of 03b and what its check lines derive; and its displays by their tags."""
    kept, formulas = AtTheEnd(), Formulas()
    run(read(PAGE), kept, formulas, folder=FOLDER)
    cells = [cell.source for cell in read(PAGE).cells if cell.cell_type == "markdown"]
    found = [display for cell in cells for display in DISPLAY.findall(cell)]
    displays = {tag[1]: TAG.sub("", display) for display in found if (tag := TAG.search(display))}
    return kept.names, formulas, displays


def verdict(line, by):
    """Evaluate a line as it is written, beside central differences on the page of 03b."""
    names, formulas, _ = page_of_03b()
    left, right = line.split("=", 1)
    assert left == rf"\frac{{\partial J}}{{\partial {by[0]}^{{[{by[1]}]}}}}"
    if by in TAGS:
        nudged = central_differences(formulas.known[TAGS[by]], names)
    else:
        like = formulas.known["3.42"]._replace(function=PRICE[by], variable=by)
        nudged = central_differences(like, names)
    (statement,) = statements("tape", rf"N={right}")
    return examine(statement, formulas.page(names | {"N": nudged}), nudged=True)


@pytest.mark.parametrize("by", DERIVED)
def test_every_line_is_the_derivative_that_it_says(by):
    assert verdict(LINES[by], by) == "holds"


def test_the_first_line_holds_for_the_other_truth_too(monkeypatch):
    monkeypatch.setitem(page_of_03b()[0], "y", 0.0)
    assert verdict(LINES["z2"], "z2") == "holds"
    assert verdict(LINES["z2"].replace("+", "-"), "z2") != "holds"  # the truth 1 hides this term


@pytest.mark.parametrize("by", TAGS)
def test_every_line_agrees_with_the_display_of_chapter_03(by):
    names, formulas, displays = page_of_03b()
    (statement,) = statements("03b", displays[TAGS[by]])
    assert (
        examine(statement, formulas.page(names, formulas.known[TAGS[by]]), nudged=True) == "holds"
    )
    sides = [side for _, side in chains(displays[TAGS[by]])[0]]
    right = LINES[by].split("=", 1)[1]
    if by == "W2":  # 03b writes one entry of it
        sides = [
            rf"\begin{{bmatrix}}{'&'.join(sides[-1].replace('_ j', f'_ {j}') for j in '123')}\end{{bmatrix}}"
        ]
    (both,) = statements("both", f"{right}={sides[-1]}")
    page = formulas.page(names)
    assert examine(both, page, nudged=True) == "holds", (right, sides[-1])


def test_the_blame_of_the_hidden_sums_is_written_as_chapter_03_writes_it():
    _, _, displays = page_of_03b()
    ((*_, (_, last)),) = chains(displays["3.48"])
    ((*_, (_, right)),) = chains(LINES["z1"])
    assert right == last
    assert says_again(chains(LINES["z1"])[0], chains(displays["3.48"])[0])


@pytest.mark.parametrize(
    ("by", "old", "new"),
    [
        ("z2", "g'", "g"),
        ("z2", r"\frac{y}{\hat y}", r"\frac{y}{1-\hat y}"),
        ("W2", "a^{[1]T}", "x^T"),
        ("b2", "[2]", "[1]"),
        ("z1", "g'", "g"),
        ("z1", "W^{[2]T}", "W^{[2]}"),
        ("z1", "z^{[1]})", "z^{[2]})"),
        ("b1", r"\delta^{[1]}", r"\delta^{[2]}"),
        ("W1", r"\delta^{[1]}", r"\delta^{[1]}\odot g'(z^{[1]})"),
        ("W1", "x^T", "x"),
    ],
)
def test_a_slip_in_a_line_is_noticed(by, old, new):
    left, right = LINES[by].split("=", 1)
    assert old in right
    assert verdict(f"{left}={right.replace(old, new)}", by) != "holds"


def test_the_tape_of_the_page_finds_the_gradients_of_03b():
    kept = AtTheEnd()
    tape = read(TAPE)
    last = next(n for n, c in enumerate(tape.cells) if "written = derivation" in c.source)
    tape.cells = tape.cells[: last + 1]
    run(tape, kept)
    names = page_of_03b()[0]
    blames = {name: node.blame for name, node in kept.names["tape"].items()}
    assert same(blames["W^{[1]}"], names["dW1"], 1e-12)
    assert same(blames["z^{[1]}"], names["delta1"], 1e-12)
    assert same(blames["b^{[2]}"], names["delta2"], 1e-12)
    assert same(blames["W^{[2]}"], np.outer(names["a1"], names["delta2"]), 1e-12)
    assert same(blames["J"], np.array(1.0))
    assert kept.names["written"] == list(LINES.values())


def test_the_tape_has_some_fifty_lines():
    parts = r"class Node|def (dense|plus|in_order|backward|cross_entropy|derivation)\("
    lines = [
        line
        for cell in read(TAPE).cells
        if cell.cell_type == "code" and re.match(rf"({parts})|from IPython", cell.source)
        for line in cell.source.splitlines()
        if line.strip() and not re.match(r"from IPython|Math|written", line)
    ]
    assert 45 <= len(lines) <= 55, len(lines)
