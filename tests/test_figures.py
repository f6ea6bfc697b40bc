"""Every figure says what it is known to say, and proof that one that says something else is noticed."""

import re

import pytest
from looking import FIGURES, figures
from looking import read as listed
from nbformat.v4 import new_code_cell, new_notebook, new_output
from pagecheck.description import alternative, worded
from pagecheck.figures import Figures, images, stale
from pagecheck.running import run
from test_notebooks import PATHS, code_cells, label, output_texts, read

LISTED = listed(FIGURES)


def test_every_page_with_listed_figures_is_there():
    assert LISTED.keys() <= {label(path) for path in PATHS}


def unsaid(pages):
    """Name the figures of which the author has not said what there is to see."""
    for page, cells in pages.items():
        for cell, told in cells.items():
            for number, figure in enumerate(told, 1):
                if not figure.get("sentence", "").endswith("."):
                    yield (
                        f"{page}, {cell}: figure {number} has no sentence. Write into {FIGURES.name} what "
                        "there is to see, for those who do not see it, and run `python tests/accept.py`"
                    )


def test_of_every_figure_the_author_says_what_there_is_to_see():
    assert list(unsaid(LISTED)) == []


def test_a_figure_without_a_sentence_is_noticed():
    for figure in ({}, {"sentence": ""}):
        assert "page, cell: figure 1 has no sentence" in next(unsaid({"page": {"cell": [figure]}}))


def unfounded(told, page):
    """Give the numbers of two digits or more in sentences that stand neither on the page nor in the figure."""
    texts = [cell.source for cell in page.cells] + [
        text for cell in code_cells(page) for text in output_texts(cell)
    ]
    for figure in told:
        known = " ".join([*texts, str(figure["says"])]).replace("−", "-")
        for number in re.findall(r"-?\d+\.\d+|-?\d{2,}", figure["sentence"].replace("−", "-")):
            if not re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", known):
                yield f"{number} in: {figure['sentence']}"


@pytest.mark.parametrize("path", PATHS, ids=label)
def test_the_numbers_in_a_sentence_stand_on_its_page_or_in_its_figure(path):
    told = [figure for said in LISTED.get(label(path), {}).values() for figure in said]
    assert list(unfounded(told, read(path))) == []


def test_a_wrong_number_in_a_sentence_is_noticed():
    told = [{"sentence": "From 12 to 0.5, by −2.5.", "says": {"texts": ["12"]}}]
    assert list(unfounded(told, page("a = -0.5"))) == ["-2.5 in: From 12 to 0.5, by −2.5."]


# --- small pages ---------------------------------------------------------------------------------

CURVES = """
import matplotlib.pyplot as plt
import numpy as np
x = np.linspace(0, 3, 50)
fig, ax = plt.subplots()
ax.plot(x, x**2, label="square")
ax.plot(x, x + 1, label="line")
ax.scatter([1, 2, 2], [1, 3, 1])
ax.annotate("they meet", (1.6, 2.6))
ax.set(title="Two rules", xlabel="input", ylabel="output")
ax.legend()
plt.show()
"""
TABLE = """
import matplotlib.pyplot as plt
import numpy as np
A = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
fig, axes = plt.subplots(1, 2)
image = axes[0].imshow(A, cmap="Blues")
axes[0].set_xticks([0, 1], ["now", "then"])
axes[0].set_yticks([0, 1, 2], ["a", "b", "c"])
for (i, j), value in np.ndenumerate(A):
    axes[0].text(j, i, f"{value:.0f}")
fig.colorbar(image, ax=axes[0], label="price")
axes[1].bar([0, 1], [2.0, 3.0], label="bars")
axes[1].set_yscale("log")
axes[1].fill_between([0, 1], [1, 1], [2, 3])
fig.suptitle("Prices")
plt.show()
"""


def page(source, alt=""):
    data, metadata = {"text/plain": "<Figure>", "image/png": ""}, {"image/png": {"alt": alt}}
    output = new_output("display_data", data, metadata=metadata)
    return new_notebook(cells=[new_code_cell(source, id="cell", outputs=[output])])


def known(source):
    """Return what is listed of the figures of a cell, and the text for who does not see the first."""
    check = Figures()
    run(page(source), check)
    told = [{"sentence": "Look.", "says": worded(figure)} for figure in check.found["cell"]]
    return {"cell": told}, f"Look. {alternative(check.found['cell'][0])}"


@pytest.mark.parametrize("source", [CURVES, TABLE])
def test_a_figure_that_says_what_it_said_is_right(source):
    listed, alt = known(source)
    assert run(page(source, alt), Figures(listed)) == []
    noisy = source.replace("x**2", "x**2 * (1 + 1e-3)").replace("4.0", "4.0001")
    assert run(page(noisy, alt), Figures(listed)) == []


CHANGES = [
    (CURVES, '"square"', '"cube"'),
    (CURVES, '"Two rules"', '"Three rules"'),
    (CURVES, 'xlabel="input", ylabel="output"', 'xlabel="output", ylabel="input"'),
    (CURVES, "they meet", "they part"),
    (CURVES, "(1.6, 2.6)", "(1.6, 2.7)); ax.annotate('', (1.6, 2.6)); ax.text(1, 1, 'here'"),
    (CURVES, "ax.legend()", "ax.legend(['line', 'square'])"),
    (CURVES, "ax.legend()", ""),
    (CURVES, 'label="line"', 'label="line", color="red"'),
    (CURVES, "ax.scatter(", "ax.plot("),
    (TABLE, '["a", "b", "c"]', '["b", "a", "c"]'),
    (TABLE, '["now", "then"]', '["then", "now"]'),
    (TABLE, ':.0f}"', ':.1f}"'),
    (TABLE, "[[1.0, 2.0], [3.0, 4.0]", "[[3.0, 4.0], [1.0, 2.0]"),
    (TABLE, 'label="price"', 'label="prices"'),
    (TABLE, '"log"', '"linear"'),
    (TABLE, '"Prices"', '"Costs"'),
]


@pytest.mark.parametrize(("source", "old", "new"), CHANGES)
def test_a_figure_that_says_something_else_is_noticed(source, old, new):
    assert old in source
    listed, alt = known(source)
    problems = run(page(source.replace(old, new), alt), Figures(listed))
    assert "figure 1 says otherwise" in problems[0]


@pytest.mark.parametrize(
    ("source", "old", "new"),
    [
        (CURVES, "x**2", "x**2 + 1"),
        (CURVES, "0, 3, 50", "0, 4, 50"),
        (CURVES, "(title", "(ylim=(0, 7), title"),
    ],
)
def test_a_figure_over_other_numbers_than_its_text_says_is_noticed(source, old, new):
    listed, alt = known(source)
    (problem,) = run(page(source.replace(old, new), alt), Figures(listed))
    assert "has the alternative text" in problem


def test_legend_names_exchanged_are_noticed():
    swapped = (
        CURVES.replace('"square"', '"?"').replace('"line"', '"square"').replace('"?"', '"line"')
    )
    listed, alt = known(CURVES)
    problem, _ = run(page(swapped, alt), Figures(listed))
    assert "legend: 'line', listed is 'square'" in problem


def test_figures_that_come_or_go_are_noticed():
    (new,) = run(page(CURVES), Figures())
    assert "draws 1 figures, 0 are listed" in new
    listed, alt = known(CURVES)
    (more,) = run(page(CURVES + "more = plt.figure()", alt), Figures(listed))[:1]
    assert "draws 2 figures, the page shows 1 images" in more
    gone = new_notebook(cells=[new_code_cell("x = 1", id="cell")])
    assert "no cell draws" in run(gone, Figures(listed))[0]


def test_of_a_figure_that_depends_on_the_processor_only_the_words_count():
    listed, alt = known(CURVES)
    other = CURVES.replace("x + 1", "2.5 * x + 1").replace("(title", "(ylim=(0, 7), title")
    assert run(page(other, alt), Figures(listed, {"cell"})) == []
    assert run(page(CURVES.replace("line", "rule"), alt), Figures(listed, {"cell"})) != []


def test_a_description_in_a_sentence_says_what_ranges_over_what():
    assert known(CURVES)[1] == (
        "Look. Two rules: output from 0 to 9 over input from 0 to 3, for square; line."
    )
    assert known(TABLE)[1].startswith("Look. Prices. Axes: a; b; c over now; then.")


def test_every_figure_of_the_course_is_put_in_few_words():
    for path in PATHS:
        for output in drawn(read(path)):
            assert 20 < len(output.metadata["image/png"]["alt"]) < 500


# --- wrongs on a real page -----------------------------------------------------------------------

DELTA = next(path for path in PATHS if path.name.startswith("01_") and label(path) == path.name)


def drawn(notebook):
    return [output for cell in code_cells(notebook) for output in images(cell)]


def test_an_image_is_like_itself_and_unlike_another():
    one, other = drawn(read(DELTA))[1:3]
    old = new_code_cell("", id="cell", outputs=[one])
    assert list(stale(new_code_cell("", outputs=[one]), old)) == []
    (problem,) = stale(new_code_cell("", outputs=[other]), old)
    assert problem.startswith("image 1 is not what the cell draws")


@pytest.mark.complete
@pytest.mark.parametrize(
    ("old", "new"), [('("step", ', '("epoch", '), ("for r in rates}", "for r in rates[::-1]}")]
)
def test_a_change_in_a_real_figure_is_noticed(old, new):
    notebook = read(DELTA)
    (cell,) = [cell for cell in code_cells(notebook) if images(cell) and "0.42" in cell.source]
    assert old in cell.source
    cell.source = cell.source.replace(old, new)
    found = run(notebook, figures(label(DELTA)))
    assert any(cell.id in problem and "says otherwise" in problem for problem in found)


@pytest.mark.complete
def test_rows_of_a_real_table_in_another_order_are_noticed():
    path = next(path for path in PATHS if label(path).startswith("05_"))
    notebook = read(path)
    (cell,) = [
        cell for cell in code_cells(notebook) if "figures.sum_of_tables(outer," in cell.source
    ]
    cell.source = cell.source.replace('"$x_1$", "$x_2$"', '"$x_2$", "$x_1$"')
    found = run(notebook, figures(label(path)))
    assert found[0].startswith(f"{cell.id}: figure 1 says otherwise: axes: texts")
