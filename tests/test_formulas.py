"""The formulas of the pages hold as written, and proof that the check of formulas can fail."""

import nbformat
import numpy as np
import pytest
from pagecheck.evaluate import Page, Unequal, Unknown, evaluate, same, settings
from pagecheck.formulas import TAG, Formulas, central_differences, contains, read_line, same_letters
from pagecheck.latex import chains
from pagecheck.latex import read as read_latex
from pagecheck.running import run
from pagecheck.statements import examine, statements
from test_notebooks import CHAPTERS, label, markdown, read


@pytest.mark.parametrize("path", CHAPTERS, ids=label)
def test_formulas_are_numbered_in_order_with_the_chapters_number(path):
    numbers = [tag.split(".") for tag in TAG.findall(markdown(read(path)))]
    assert {int(chapter) for chapter, _ in numbers} == {int(path.name[:2])}
    order = [int(number) for _, number in numbers]
    assert order == list(range(order[0], order[0] + len(order)))


# --- what is read, and its value ----------------------------------------------------------------


def names_of_a_page():
    """Return names as pages have them, with numbers that no two formulas share by chance."""
    rng = np.random.default_rng(0)
    names = {name: rng.uniform(0.5, 2) for name in ("e", "x", "w", "b", "y", "y_hat", "z", "m")}
    names |= {name: rng.normal(size=3) for name in ("a", "a_prev", "delta")}
    names |= {name: rng.normal(size=(2, 3)) for name in ("W1", "W2")}
    names |= {"W2": rng.normal(size=(2, 2)), "delta2": rng.normal(size=2), "z1": rng.normal(size=2)}
    names |= {"dz1": rng.normal(size=3), "dJ_de": 0.3, "de_dy_hat": -1.7}
    names |= {"g": np.tanh, "g_prime": lambda z: 1 - np.tanh(z) ** 2, "np": np}
    names["sigma"] = lambda z: 1 / (1 + np.exp(-z))
    return names


def value(latex, names):
    """Return the value of a formula, for every choice of its running indices."""
    tree = read_latex(latex)
    return np.array([evaluate(tree, choice) for choice in settings([tree], Page(names))])


def same_formula(latex, python, own):
    """Return whether LaTeX and Python have one value and name the same letters in order."""
    names = names_of_a_page() | own
    try:
        found = value(latex, names)
    except Unknown:
        return False
    mine = np.asarray(eval(python, names), dtype=float)
    return same(np.ravel(found), np.ravel(mine)) and same_letters(read_latex(latex), python)


VECTORS = {
    "x": np.array([0.5, -1.0, 2.0]),
    "y": np.array([1.0, 0.3, -2.0]),
    "e": np.array([2.0, 3.0, 5.0]),
}
SQUARE = {"W": np.array([[1.0, 2.0, 4.0], [0.5, -1.0, 3.0], [2.0, 0.0, 1.0]])}
TABLE = {"D": np.arange(6.0).reshape(2, 3) ** 2, "X": np.arange(6.0).reshape(2, 3) - 4}

FORMULAS = [  # LaTeX, the same in Python, names of the page, and changes of a symbol that are seen
    (r"-a_j\,e", "-a * e", {}, ("-a", "a")),
    (r"\underbrace{\frac{\partial J}{\partial e}}_{0.3}\;\frac{\partial e}{\partial\hat y}", "dJ_de * de_dy_hat", {}, ("0.3", "0.4")),
    (r"W^{[2]T}\delta^{[2]}\odot g'(z^{[1]})", "W2.T @ delta2 * g_prime(z1)", {}, ("2]T", "2]"), ("2]T", "1]T"), ("g'", "g"), ("z^{[1]}", "a")),
    (r"(W^{(2)})^T\delta^{(2)}\odot g'(z^{(1)})", "W2.T @ delta2 * g_prime(z1)", {}, (")^T", ")"), ("g'(z^{(1)})", "g'(a)")),
    (r"W^{[2]}\delta^{[2]}", "W2 @ delta2", {}, (r"2]}\delta", r"2]T}\delta")),
    (r"\sigma(z)\,(1-\sigma(z))", "sigma(z) * (1 - sigma(z))", {}, ("1-", "1+")),
    (r"e+\lambda\,w", "e + lambda_ * w", {"lambda_": 0.1}, (r"\lambda\,w", r"w\,\lambda")),
    (r"e^{x^2+2}\cdot 2x", "np.exp(x**2 + 2) * 2 * x", {}),
    (r"\frac{e^{-z}}{(1+e^{-z})^2}", "np.exp(-z) / (1 + np.exp(-z)) ** 2", {}, (")^2", ")")),
    (r"a_{k-1}\,\delta_k", "a_prev * delta", {}, ("k-1", "k")),
    (r"\delta_1^{(2)}w_{11}^{(2)}+\delta_2^{(2)}w_{21}^{(2)}", "delta2[0] * W2[0, 0] + delta2[1] * W2[1, 0]", {}, ("21", "12")),
    (r"\tfrac12\cdot2\,(y-\hat y)\,(-1)", "1 / 2 * 2 * (y - y_hat) * (-1)", {}, (r"\tfrac12", "1")),
    (r"x^Tdz^{[1]}", "np.outer(x, dz1)", VECTORS),
    (r"\frac{dS^TQ}{\sqrt n}", "dS.T @ Q / np.sqrt(n)", {"dS": np.eye(2, 3), "Q": np.ones((2, 4)), "n": 4}),
    (r"\frac2m\sum_i x_i\,(wx_i+b-y_i)", "2 / m * np.sum(x * (w * x + b - y))", VECTORS, ("+b", ""), (r"\sum_i", "")),
    (r"W\delta", "W @ delta", SQUARE, (r"W\delta", r"\delta W")),
    (r"\sum_jw_{ij}x_j", "W @ x", VECTORS | SQUARE, ("ij", "ji"), ("sum_j", "sum_i")),
    (r"\sum_sD_{is}X_{js}", "D @ X.T", TABLE, ("is", "si")),
    (r"DX^T", "D @ X.T", TABLE, ("X", r"\odot X")),
    (r"(D\odot X)X^T", "(D * X) @ X.T", TABLE, (r"(D\odot X)", r"D\odot X")),
    (r"D\odot X", "D * X", TABLE, (r"\odot", r"\,"), ("D", "d")),
    (r"x_1+\dots+x_n", "np.sum(x)", VECTORS | {"n": 3, "m": 2}, ("x_n", "x_m")),
    (r"x_1e_1+x_2e_2+\dots+x_ne_n", "x @ e", VECTORS | {"n": 3}, ("e_2", "e_3")),
    (r"x_1x_2\cdots x_n", "np.prod(x)", VECTORS | {"n": 3}),
    (r"100\,480+1\,290", "100480 + 1290", {}),
    (r"\begin{pmatrix}w&b\\0&1\end{pmatrix}", "np.array([[w, b], [0, 1]])", {}),
    (r"\left\lfloor\frac{w+7}{2}\right\rfloor", "np.floor((w + 7) / 2)", {}),
    (r"w+\frac\lambda m\,b", "w + lambda_ / m * b", {"lambda_": 0.7}),
]  # fmt: skip


@pytest.mark.parametrize(("latex", "python", "own", "changes"), [(*f[:3], f[3:]) for f in FORMULAS])
def test_latex_and_python_have_the_same_value_and_one_other_symbol_is_seen(
    latex, python, own, changes
):
    assert same_formula(latex, python, own)
    for old, new in changes:
        assert old in latex
        try:
            assert not same_formula(latex.replace(old, new), python, own), (old, new)
        except Unequal:
            assert "brace" in latex or "dots" in latex


def test_an_entry_beyond_the_ends_counts_as_zero_in_a_sum_and_nowhere_else():
    names = VECTORS | SQUARE
    W, y = names["W"], names["y"]
    right = [sum(W[i, j] * y[i + j - 1] for i in range(3) if 0 < i + j < 4) for j in range(3)]
    assert same(np.ravel(value(r"\sum_iW_{ij}\,y_{i+j-2}", names)), np.array(right))
    for nowhere in (r"y_7", r"\sum_ix_i\,y_{i+7}", r"\sum_ix_i\,y_7"):
        with pytest.raises(Unknown):
            value(nowhere, names)


def test_a_check_line_that_cannot_be_read_is_an_error():
    with pytest.raises(ValueError, match="should read"):
        read_line("1.1", "J by w is a")


def test_central_differences_of_numbers_entries_and_functions_of_several_values():
    ns = {"np": np, "w": np.array([1.0, 2.0]), "t": 3.0, "M": np.array([[1.0, 2.0], [3.0, 4.0]])}
    line = lambda left: read_line("1.1", f"{left} = 0")  # noqa: E731
    assert same(central_differences(line("d w @ w / d w"), ns), np.array([2, 4]), 1e-6)
    assert same(central_differences(line("-d t**2 / d t"), ns), np.array(-6), 1e-6)
    assert same(central_differences(line("d (M**2).sum() / d M[0, 1]"), ns), np.array(4), 1e-6)
    assert same(central_differences(line("d np.sin(w) / d w"), ns), np.cos([1, 2]), 1e-6)
    assert same(central_differences(line("d M @ w / d w"), ns), ns["M"], 1e-6)
    assert ns["w"].tolist() == [1, 2]
    assert ns["t"] == 3.0


def test_contains_looks_at_the_syntax_not_the_spelling():
    assert contains("dw = (-a)*e", "-a * e")
    assert not contains("dw = a * e", "-a * e")
    assert not contains("'-a * e'", "-a * e")


# --- small pages --------------------------------------------------------------------------------

EQUATION = r"$$\frac{\partial J}{\partial w}=-a\,e \tag{1.1}$$"
LINE = "<!-- (1.1)  d J(w) / d w = -a * e = layer -->"
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


@pytest.mark.parametrize(
    ("complaint", "notebook"),
    [
        ("wrong: ", small(equation=EQUATION.replace("-a", "a"))),
        ("differ in their order", small(line=LINE.replace("-a * e", "-e * a"), code=CODE.replace("-a * e", "-e * a"))),
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


LATER = small(line=LINE.replace(" = layer", ""))
LATER.cells += [
    nbformat.v4.new_markdown_cell("<!-- (1.1) = layer -->"),
    nbformat.v4.new_code_cell("layer = -6.0"),
]


@pytest.mark.parametrize(
    "notebook",
    [
        small(),
        small(  # a refuted formula needs no layer
            r"$$\frac{\partial J}{\partial w}\neq a\,e \tag{1.1}$$",
            "<!-- (1.1)  d J(w) / d w != a * e -->",
            CODE.replace("-a * e", "a * e"),
        ),
        small(EQUATION.replace("1.1", "C.1"), LINE.replace("1.1", "C.1")),  # of an appendix
        LATER,
    ],
)
def test_a_formula_that_holds_is_right(notebook):
    assert problems(notebook) == []


def test_the_layer_may_come_later_but_must_agree():
    notebook = nbformat.from_dict(LATER)
    notebook.cells[-1] = nbformat.v4.new_code_cell("layer = 6.0")
    (problem,) = problems(notebook)
    assert problem.endswith("(1.1) layer disagrees with -a * e")


LAYERS = """
x = a0 = np.array([1.0, 2.0])
W1, W2 = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, -1.0], [2.0, 1.0]])
z1 = W1 @ x
z2 = W2 @ np.tanh(z1)
a1, a2, g = np.tanh(z1), np.tanh(z2), np.tanh
"""
DISPLAYS = [  # a display, the code of its page, and what breaks it
    (r"z^{[l]}=W^{[l]}a^{[l-1]},\qquad a^{[l]}=g(z^{[l]})", LAYERS, [(r"^{[l-1]}", r"^{[l]}"), ("g(z", "(z")]),
    (r"z=wa+b", "w, a, b = 2.0, 3.0, 0.5\nz = w * a + b", [("+b", "-b")]),
    (r"s=\sum_ix_i^2,\qquad s\ge0,\qquad s\approx14.1 .", "x = np.array([1.0, 2.0, 3.0])\ns = x @ x",
     [(r"\ge0", r"\le0"), ("14.1", "15.1"), ("x_i^2", "x_i^3")]),
    (r"\underbrace{X}_{2\times3}=\begin{pmatrix}1&2&3\\4&5&6\end{pmatrix}", "X = np.arange(1.0, 7).reshape(2, 3)",
     [(r"2\times3", r"3\times2"), ("4&5", "4&7")]),
    (r"p=\tfrac13=0.333 .", "p = 1 / 3", [("0.333", "0.334"), (r"\tfrac13", r"\tfrac12")]),
    (r"J=\frac1m\sum_sr_s^2=\tfrac12(w^2+1)", "m, w, r = 2, 3.0, np.array([3.0, 1.0])\nJ = lambda w: (w**2 + 1) / 2",
     [(r"\tfrac12", r"\tfrac13"), ("r_s", "w_s")]),
]  # fmt: skip


@pytest.mark.parametrize(("display", "code", "changes"), DISPLAYS)
def test_every_displayed_statement_is_evaluated(display, code, changes):
    check, code = Formulas(), "import numpy as np\n" + code
    assert run(small(f"$${display}$$", "", code), check) == []
    assert check.held == check.counted >= 1
    for old, new in changes:
        assert old in display
        assert problems(small(f"$${display.replace(old, new)}$$", "", code)) != []


@pytest.mark.parametrize(("entry", "first", "right"), [("x_1", 0, True), ("x_1", 1, False), ("x_0", 0, False)])  # fmt: skip
def test_a_page_may_count_from_zero(entry, first, right):
    display = rf"$$\frac{{\partial J}}{{\partial w_0}}={entry}\tag{{1.1}}$$"
    code = "import numpy as np\nx, w = np.array([3.0, 5.0]), np.array([1.0, 2.0])\ny = x[1]\nJ = lambda w: w[0] * y"
    page = small(display, "<!-- (1.1)  d J(w) / d w[0] = x[1] = y -->", code)
    assert (run(page, Formulas(first=first)) == []) == right


def test_what_is_listed_as_not_evaluated_needs_its_place_on_the_list():
    page = small(r"$$z=\mathrm{network}(x)$$", "", "x = 1.0")
    assert "the page has no z" in problems(page)[0] or "network" in problems(page)[0]
    listed = {r"z=\mathrm{network}(x)": "the idea, in letters"}
    assert run(page, Formulas(unchecked=listed)) == []
    known = small(r"$$z=x$$", "", "x = z = 1.0")
    (problem,) = run(known, Formulas(unchecked={"z=x": "no longer"}))
    assert "take it off the list" in problem


def test_a_formula_in_the_text_that_held_once_has_to_hold_on():
    page = small("The sum is $s=a+b$.", "", "a, b = 1.0, 2.0\ns = a + b")
    first = Formulas()
    assert run(page, first) == []
    assert first.verified == {"s=a+b"}
    page.cells[0].source = "The sum is $s=a+b$, the sum $s=a-b$."
    assert run(page, Formulas(inline=first.verified)) == []
    (problem,) = run(page, Formulas(inline=["s=a+b", "s=a+b"]))
    assert "less often" in problem
    page.cells[0].source = "The sum is $s=a-b$."
    (problem,) = run(page, Formulas(inline=first.verified))
    assert "$s=a+b$ was verified, and is not" in problem


def test_a_formula_in_the_text_that_repeats_a_displayed_one_has_to_go_on_doing_so():
    page = small(code=CODE)
    page.cells[0].source += "\n\nMind the sign of $-a\\,e$."
    first = Formulas()
    assert run(page, first) == []
    assert first.verified == {"-a\\,e"}
    page.cells[0].source = page.cells[0].source.replace("$-a", "$a")
    (problem,) = run(page, Formulas(inline=first.verified))
    assert "was verified, and is not" in problem


@pytest.mark.parametrize(
    ("displayed", "said", "again"),
    [
        (r"d_1\neq-a\,e", r"d_1=-a\,e", False),
        (r"d_1\neq-a\,e", r"d_1\neq-a\,e", True),
        (r"d_1\neq-a\,e", r"-a\,e\neq d_1", True),
        (r"d_1\neq-a\,e", r"-a\,e", True),  # which claims nothing
        (r"d_1=-a\,e=2", "d_1=2", False),  # names and numbers alone are too little
        (r"d_1=-a\,e=2", r"-a\,e=2", True),
        (r"d_1=-a\,e=2", r"-a\,e\neq2", False),
        (r"d_1=-a\,e\approx2", r"-a\,e=2", False),
        (r"d_1=-a\,e\approx2", r"2\approx-a\,e", True),
        (r"a\,e\le b=c\,d", r"a\,e\le c\,d", True),
        (r"a\,e\le b=c\,d", r"c\,d\le a\,e", False),
        (r"a\,e\ne b\ne c\,d", r"a\,e\ne c\,d", False),
    ],
)
def test_the_text_repeats_a_display_only_with_its_relations(displayed, said, again):
    formulas = Formulas()
    list(formulas.settle(next(statements("here", displayed)), "holds"))
    assert [formulas.repeats(chain) for chain in chains(said)] == [again]


def test_a_refuted_formula_verifies_no_equality_in_the_text():
    page = small(r"$$a\,e\neq b\,e$$", "", "a, b, e = 1.0, 2.0, 3.0")
    page.cells[0].source += "\n\nSo $a\\,e=b\\,e$, they say, and $a\\,e\\neq b\\,e$, we say."
    first = Formulas()
    assert run(page, first) == []
    assert first.verified == {r"a\,e\neq b\,e"}


ROWS = {"x": np.array([1.0, 2.0, 5.0]), "delta": np.array([0.3, -0.7, 2.0]), "W": np.eye(3) + 1}


@pytest.mark.parametrize(
    ("latex", "verdict"),
    [
        (r"W=x^T\delta", "holds"),
        (r"W=\delta x^T", "wrong"),
        (r"W=\delta^Tx", "wrong"),
        (r"W=x\delta^T", "wrong"),  # right in columns only
    ],
)
def test_the_transpose_of_a_row_is_a_column(latex, verdict):
    page = Page(ROWS | {"W": np.outer(ROWS["x"], ROWS["delta"])})
    (statement,) = statements("here", latex)
    assert examine(statement, page).startswith(verdict)
