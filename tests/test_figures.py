"""Every figure says what it is known to say, and proof that one that says something else is noticed."""

import re

import pytest
from looking import FIGURES
from looking import read as listed
from nbformat.v4 import new_code_cell, new_notebook, new_output
from pagecheck.description import alternative, worded
from pagecheck.figures import Figures, images, stale
from pagecheck.running import run
from test_notebooks import PATHS, code_cells, label, nothing, output_texts, read

LISTED = listed(FIGURES)


def test_every_page_with_listed_figures_is_there():
    assert LISTED.keys() <= {label(path) for path in PATHS}


def unsaid(told):
    """Yield the figures of a page of which the author has not said what there is to see."""
    for cell, figures in told.items():
        for number, figure in enumerate(figures, 1):
            if not figure.get("sentence", "").endswith("."):
                yield (
                    f"{cell}: figure {number} has no sentence. Write into {FIGURES.name} what there is "
                    "to see, for those who do not see it, and run `make accept`"
                )


def unfounded(told, page):
    """Yield the numbers in sentences, from two digits on, that stand neither on the page nor in the figure."""
    texts = [cell.source for cell in page.cells]
    texts += [text for cell in code_cells(page) for text in output_texts(cell)]
    for cell, figures in told.items():
        for figure in figures:
            sentence = figure.get("sentence", "").replace("−", "-")
            known = " ".join([*texts, str(figure["says"])]).replace("−", "-")
            for number in re.findall(r"-?\d+\.\d+|-?\d{2,}", sentence):
                if not re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", known):
                    yield f"{cell}: {number} in: {sentence}"


@pytest.mark.parametrize("path", PATHS, ids=label)
def test_a_sentence_says_what_there_is_to_see_in_every_figure_of_a_page(path):
    told, page = LISTED.get(label(path), {}), read(path)
    lengths = [len(image.metadata["image/png"]["alt"]) for image in drawn(page)]
    assert all(20 < length < 500 for length in lengths)
    nothing([*unsaid(told), *unfounded(told, page)], page)


def test_a_figure_without_a_sentence_or_with_a_wrong_number_in_it_is_noticed():
    for figure in ({}, {"sentence": ""}):
        assert "cell: figure 1 has no sentence" in next(unsaid({"cell": [figure]}))
    told = {"cell": [{"sentence": "From 12 to 0.5, by −2.5.", "says": {"texts": ["12"]}}]}
    assert list(unfounded(told, page("a = -0.5"))) == ["cell: -2.5 in: From 12 to 0.5, by -2.5."]


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


RANGES = [("x**2", "x**2 + 1"), ("0, 3, 50", "0, 4, 50"), ("(title", "(ylim=(0, 7), title")]
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
    (CURVES, 'label="square")\nax.plot(x, x + 1, label="line")', 'label="line")\nax.plot(x, x + 1, label="square")'),
    *((CURVES, *change) for change in RANGES),
]  # fmt: skip


@pytest.mark.parametrize(("source", "old", "new"), CHANGES)
def test_a_figure_that_says_something_else_is_noticed(source, old, new):
    assert old in source
    listed, alt = known(source)
    problems = run(page(source.replace(old, new), alt), Figures(listed))
    other_numbers = (old, new) in RANGES
    assert ("has the alternative text" if other_numbers else "says otherwise") in problems[0]
    assert len(problems) == 1 or not other_numbers


def test_figures_that_come_or_go_are_noticed():
    (new,) = run(page(CURVES), Figures())
    assert "draws 1 figures, 0 are listed" in new
    listed, alt = known(CURVES)
    (more,) = run(page(CURVES + "more = plt.figure()", alt), Figures(listed))[:1]
    assert "draws 2 figures, 1 are shown on the page" in more
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


def drawn(notebook):
    return [output for cell in code_cells(notebook) for output in images(cell)]


def test_an_image_is_like_itself_and_unlike_another():
    one, other = drawn(read(next(path for path in PATHS if path.name.startswith("01_"))))[1:3]
    old = new_code_cell("", id="cell", outputs=[one])
    assert list(stale(new_code_cell("", outputs=[one]), old)) == []
    (problem,) = stale(new_code_cell("", outputs=[other]), old)
    assert problem.startswith("image 1 is not what the cell draws")
