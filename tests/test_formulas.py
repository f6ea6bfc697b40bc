"""The formulas of the pages are numbered, and proof that the check of formulas can fail."""

import nbformat
import numpy as np
import pytest
from pagecheck.formulas import (
    Formulas,
    agree,
    central_differences,
    contains,
    read_line,
    read_markdown,
    same_derivative,
    same_formula,
)
from pagecheck.running import run
from test_notebooks import CHAPTERS, label, read


@pytest.mark.parametrize("path", CHAPTERS, ids=label)
def test_formulas_are_numbered_in_order_with_the_chapters_number(path):
    numbers = [
        tag.split(".")
        for cell in read(path).cells
        if cell.cell_type == "markdown"
        for tag in read_markdown(cell.source).latex
    ]
    assert {int(chapter) for chapter, _ in numbers} == {int(path.name[:2])}
    order = [int(number) for _, number in numbers]
    assert order == list(range(order[0], order[0] + len(order)))


SAME = [
    (r"x=-a_j\,e", "-a * e"),
    (r"x=\underbrace{\frac{\partial J}{\partial e}}_{e}\;\frac{\partial e}{\partial\hat y}", "dJ_de * de_dy_hat"),
    (r"x=W^{[2]T}\delta^{[2]}\odot g'(z^{[1]})", "W2.T @ delta2 * g_prime(z1)"),
    (r"x=(W^{(2)})^T\delta^{(2)}\odot g'(z^{(1)})", "W2.T @ delta2 * g_prime(z1)"),
    (r"x=\sigma(z)\,(1-\sigma(z))", "sigma(z) * (1 - sigma(z))"),
    (r"x=e^{x^2+2}\cdot 2x", "np.exp(x**2 + 2) * 2 * x"),
    (r"x=\frac{e^{-z}}{(1+e^{-z})^2}", "np.exp(-z) / (1 + np.exp(-z)) ** 2"),
    (r"x=a_{k-1}\,\delta_k", "a_prev * delta"),
    (r"x=\delta_1^{(2)}w_{11}^{(2)}+\delta_2^{(2)}w_{21}^{(2)}", "delta2[0] * W2[0, 0] + delta2[1] * W2[1, 0]"),
    (r"x=\tfrac12\cdot2\,(y-\hat y)\,(-1)", "1 / 2 * 2 * (y - y_hat) * (-1)"),
    (r"x=dz^{[1]}x^T", "np.outer(dz1, x)"),
    (r"x=\frac2m\sum_i x_i\,(wx_i+b-y_i)", "2 / m * np.sum(x * (w * x + b - y))"),
]  # fmt: skip


@pytest.mark.parametrize(("latex", "python"), SAME)
def test_latex_and_python_are_read_alike(latex, python):
    assert same_formula(latex, python)


DIFFERENT = [
    ("a sign", r"x=a_j\,e", "-a * e"),
    ("a sign inside", r"x=\sigma(z)\,(1+\sigma(z))", "sigma(z) * (1 - sigma(z))"),
    ("a transpose", r"x=W^{[2]}\delta^{[2]}", "W2.T @ delta2"),
    ("a transpose too many", r"x=W^{[2]T}\delta^{[2]}", "W2 @ delta2"),
    ("a prime", r"x=e\,g(z)", "e * g_prime(z)"),
    ("a layer", r"x=W^{[1]T}\delta^{[2]}", "W2.T @ delta2"),
    ("an index", r"x=a_k\,\delta_k", "a_prev * delta"),
    ("an entry", r"x=\delta_2^{(2)}w_{12}^{(2)}", "delta2[1] * W2[1, 0]"),
    ("a power", r"x=\frac{e^{-z}}{1+e^{-z}}", "np.exp(-z) / (1 + np.exp(-z)) ** 2"),
    ("a factor", r"x=\tfrac12e", "e"),
    ("the order of a product", r"x=\delta W", "W @ delta"),
    ("a sum", r"x=x_i\,e_i", "np.sum(x * e)"),
    ("a bias", r"x=wx_i-y_i", "w * x + b - y"),
    ("the argument", r"x=e\,g'(a)", "e * g_prime(z)"),
]


@pytest.mark.parametrize(("what", "latex", "python"), DIFFERENT)
def test_a_difference_of_one_symbol_is_seen(what, latex, python):
    assert not same_formula(latex, python), what


def test_the_variable_on_the_left_is_read():
    line = read_line("1.1", "d J(z2) / d z2 = g_prime(z2) * e2")
    assert same_derivative(r"\delta_2=\frac{\partial J}{\partial z_2}=g'(z_2)e_2", line)
    assert not same_derivative(r"\delta_2=\frac{\partial J}{\partial z_1}=g'(z_2)e_2", line)
    assert not same_derivative(r"\delta_2=-\frac{\partial J}{\partial z_2}=g'(z_2)e_2", line)


def test_a_check_line_that_cannot_be_read_is_an_error():
    with pytest.raises(ValueError, match="should read"):
        read_line("1.1", "J by w is a")


def test_central_differences_of_numbers_entries_and_functions_of_several_values():
    ns = {"np": np, "w": np.array([1.0, 2.0]), "t": 3.0, "M": np.array([[1.0, 2.0], [3.0, 4.0]])}
    line = lambda left: read_line("1.1", f"{left} = 0")  # noqa: E731
    assert agree(central_differences(line("d w @ w / d w"), ns), [2, 4], 1e-6)
    assert agree(central_differences(line("-d t**2 / d t"), ns), -6, 1e-6)
    assert agree(central_differences(line("d (M**2).sum() / d M[0, 1]"), ns), 4, 1e-6)
    assert agree(central_differences(line("d np.sin(w) / d w"), ns), np.cos([1, 2]), 1e-6)
    assert agree(central_differences(line("d M @ w / d w"), ns), [[1, 2], [3, 4]], 1e-6)
    assert ns["w"].tolist() == [1, 2]
    assert ns["t"] == 3.0


def test_contains_looks_at_the_syntax_not_the_spelling():
    assert contains("dw = (-a)*e", "-a * e")
    assert not contains("dw = a * e", "-a * e")
    assert not contains("'-a * e'", "-a * e")


EQUATION = r"$$\frac{\partial J}{\partial w}=-a\,e \tag{1.1}$$"
LINE = "`(1.1)  d J(w) / d w = -a * e = layer`"
CODE = """
a, w, y = 2.0, 0.5, 4.0
J = lambda w: (y - w * a) ** 2 / 2
e = y - w * a
gradient = -a * e
layer = -6.0
"""


def small(equation=EQUATION, line=LINE, code=CODE):
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_markdown_cell(f"{equation}\n\n{line}"),
        nbformat.v4.new_code_cell(code),
    ]
    return notebook


def problems(notebook):
    return run(notebook, Formulas())


def test_the_small_notebook_is_right():
    assert problems(small()) == []


@pytest.mark.parametrize(
    ("complaint", "notebook"),
    [
        ("differ", small(equation=EQUATION.replace("-a", "a"))),
        ("differ", small(line=LINE.replace("-a * e", "-e * a"), code=CODE.replace("-a * e", "-e * a"))),
        ("does not compute", small(code=CODE.replace("-a * e", "-e * a"))),
        ("central differences disagree", small(code=CODE.replace("y - w * a", "y + w * a", 1))),
        ("disagrees with", small(code=CODE.replace("-6.0", "-6.0000001"))),
        ("never meets a layer", small(line=LINE.replace(" = layer", ""))),
        ("no check line", small(line="")),
        ("exactly one display equation", small(equation="")),
        ("without a tag", small(equation=EQUATION.replace(r"\tag{1.1}", ""))),
        ("derives by something else", small(equation=EQUATION.replace("partial w", "partial y"))),
        ("says not equal", small(equation=EQUATION.replace("=", r"\neq"))),
        ("central differences disagree", small(EQUATION.replace("=", r"\neq"), LINE.replace("=", "!=", 1).replace(" = layer", ""))),
    ],
)  # fmt: skip
def test_a_formula_broken_anywhere_is_noticed(complaint, notebook):
    assert any(complaint in problem for problem in problems(notebook))


def test_a_refuted_formula_needs_no_layer():
    refuted = small(
        r"$$\frac{\partial J}{\partial w}\neq a\,e \tag{1.1}$$",
        "`(1.1)  d J(w) / d w != a * e`",
        CODE.replace("-a * e", "a * e"),
    )
    assert problems(refuted) == []


def test_the_layer_may_come_later_but_must_come():
    notebook = small(line=LINE.replace(" = layer", ""))
    notebook.cells += [
        nbformat.v4.new_markdown_cell("`(1.1) = layer`"),
        nbformat.v4.new_code_cell("layer = -6.0"),
    ]
    assert problems(notebook) == []
    notebook.cells[-1].source = "layer = 6.0"
    assert problems(notebook) == ["(1.1) layer disagrees with -a * e"]
