"""Every figure says what it is known to say, and proof that one that says something else is noticed.

``python tests/test_figures.py [notebook ...]`` names what is new and takes it over: look at the pictures
first. It also writes the alternative texts of the images onto the pages: of each, the sentence of the
author, which stands in the list, and what the axes range over.
"""

import json
import re
import sys
from itertools import repeat
from pathlib import Path

import nbformat
import pytest
from course import NEEDS, ROUGH_FIGURES, lacking
from execute_notebooks import ROOT, pictures
from nbformat.v4 import new_code_cell, new_notebook, new_output
from pagecheck.description import alternative
from pagecheck.figures import Figures, alternatives
from pagecheck.running import run
from test_notebooks import PATHS, code_cells, label, output_texts, read

LIST = ROOT / "tests" / "figures.json"
LISTED = json.loads(LIST.read_text("utf-8")) if LIST.exists() else {}


def check_of(path):
    """Return the check of a page, which knows what its figures say."""
    return Figures(LISTED.get(label(path), {}), ROUGH_FIGURES)


def test_every_page_with_listed_figures_is_there():
    assert LISTED.keys() <= {label(path) for path in PATHS}


def unsaid(listed):
    """Name the figures of which the author has not said what there is to see."""
    for page, cells in listed.items():
        for cell, figures in cells.items():
            for number, figure in enumerate(figures, 1):
                if not figure.get("sentence", "").endswith("."):
                    yield (
                        f"{page}, {cell}: figure {number} has no sentence. Write into {LIST.name} what there "
                        "is to see, for those who do not see it, and run `python tests/test_figures.py`"
                    )


def test_of_every_figure_the_author_says_what_there_is_to_see():
    assert list(unsaid(LISTED)) == []


def test_a_figure_without_a_sentence_is_noticed():
    (said,) = known(CURVES)["cell"]
    for figure in (said, said | {"sentence": ""}):
        assert "page, cell: figure 1 has no sentence" in next(unsaid({"page": {"cell": [figure]}}))


def unfounded(figures, page):
    """Give the numbers of two digits or more in sentences that stand neither on the page nor in the figure."""
    texts = [cell.source for cell in page.cells] + [
        text for cell in code_cells(page) for text in output_texts(cell)
    ]
    for figure in figures:
        known = " ".join([*texts, json.dumps(figure["says"], ensure_ascii=False)]).replace("−", "-")
        for number in re.findall(r"-?\d+\.\d+|-?\d{2,}", figure["sentence"].replace("−", "-")):
            if not re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", known):
                yield f"{number} in: {figure['sentence']}"


@pytest.mark.parametrize("path", PATHS, ids=label)
def test_the_numbers_in_a_sentence_stand_on_its_page_or_in_its_figure(path):
    figures = [figure for said in LISTED.get(label(path), {}).values() for figure in said]
    assert list(unfounded(figures, read(path))) == []


def test_a_wrong_number_in_a_sentence_is_noticed():
    figures = [{"sentence": "From 12 to 0.5, by −2.5.", "says": {"texts": ["12"]}}]
    assert list(unfounded(figures, page("a = -0.5"))) == ["-2.5 in: From 12 to 0.5, by −2.5."]


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


def page(source, image="aaaa"):
    output = new_output("display_data", {"text/plain": "<Figure>", "image/png": image})
    return new_notebook(cells=[new_code_cell(source, id="cell", outputs=[output])])


def known(source):
    check = Figures()
    run(page(source), check)
    return check.found


@pytest.mark.parametrize("source", [CURVES, TABLE])
def test_a_figure_that_says_what_it_said_is_right(source):
    assert run(page(source), Figures(known(source))) == []
    noisy = source.replace("x**2", "x**2 * (1 + 1e-3)").replace("4.0", "4.0001")
    assert run(page(noisy), Figures(known(source))) == []


CHANGES = [
    (CURVES, '"square"', '"cube"'),
    (CURVES, '"Two rules"', '"Three rules"'),
    (CURVES, 'xlabel="input", ylabel="output"', 'xlabel="output", ylabel="input"'),
    (CURVES, 'x**2, label="square"', 'x + 1, label="square"'),
    (CURVES, "x + 1", "x + 1.2"),
    (CURVES, "x + 1", "x + (x > 2.9)"),
    (CURVES, "3, 50)", "3, 60)"),
    (CURVES, "[1, 3, 1]", "[1, 3, 2]"),
    (CURVES, "they meet", "they part"),
    (CURVES, "(1.6, 2.6)", "(2.6, 1.6)"),
    (CURVES, "(1.6, 2.6)", "(1.6, 2.7), (1.6, 2.6)"),
    (CURVES, "ax.legend()", "ax.legend(['line', 'square'])"),
    (CURVES, "ax.legend()", ""),
    (CURVES, 'label="line"', 'label="line", color="red"'),
    (TABLE, "[[1.0, 2.0], [3.0, 4.0]", "[[3.0, 4.0], [1.0, 2.0]"),
    (TABLE, '["a", "b", "c"]', '["b", "a", "c"]'),
    (TABLE, '["now", "then"]', '["then", "now"]'),
    (TABLE, ':.0f}"', ':.1f}"'),
    (TABLE, 'label="price"', 'label="prices"'),
    (TABLE, '"Blues"', '"Reds"'),
    (TABLE, "[2.0, 3.0]", "[3.0, 2.0]"),
    (TABLE, '"log"', '"linear"'),
    (TABLE, "[2, 3])", "[2, 4])"),
    (TABLE, "0, 1], [1, 1], [2, 3]", "0, 0.5, 1], [1, 1, 1], [2, 2.2, 3]"),
    (TABLE, '"Prices"', '"Costs"'),
]


@pytest.mark.parametrize(("source", "old", "new"), CHANGES)
def test_a_figure_that_says_something_else_is_noticed(source, old, new):
    assert old in source
    problems = run(page(source.replace(old, new), "bbbb"), Figures(known(source)))
    assert len(problems) == 1
    assert "figure 1 says otherwise" in problems[0]


def test_legend_names_exchanged_are_noticed():
    swapped = (
        CURVES.replace('"square"', '"?"').replace('"line"', '"square"').replace('"?"', '"line"')
    )
    (problem,) = run(page(swapped, "bbbb"), Figures(known(CURVES)))
    assert "legend: 'line', listed is 'square'" in problem


def test_an_image_that_is_older_or_another_than_what_its_cell_draws_is_noticed():
    list_ = known(CURVES)
    _, stale = run(page(CURVES.replace("Two", "Three")), Figures(list_))
    assert "older than what its cell draws" in stale
    (other,) = run(page(CURVES, "bbbb"), Figures(list_))
    assert "another image" in other


def test_figures_that_come_or_go_are_noticed():
    (new,) = run(page(CURVES), Figures())
    assert "draws 1 figures, 0 are listed" in new
    (more,) = run(page(CURVES + "more = plt.figure()"), Figures(known(CURVES)))[:1]
    assert "draws 2 figures, the page shows 1 images" in more
    gone = new_notebook(cells=[new_code_cell("x = 1", id="cell")])
    assert "no cell draws" in run(gone, Figures(known(CURVES)))[0]


def test_of_a_figure_that_depends_on_the_processor_only_the_words_count():
    rough = Figures(known(CURVES), {"cell"})
    other = CURVES.replace("x + 1", "x + 1.5").replace("50", "60")
    assert run(page(other), rough) == []
    (problem,) = run(page(CURVES.replace("line", "rule"), "bbbb"), rough)
    assert "says otherwise" in problem


def test_a_description_in_a_sentence_says_what_ranges_over_what():
    (figure,) = known(CURVES)["cell"]
    assert alternative(figure["says"]) == (
        "Two rules: output from 0 to 9 over input from 0 to 3, for square; line."
    )
    (figure,) = known(TABLE)["cell"]
    assert alternative(figure["says"]).startswith("Prices. Axes: a; b; c over now; then.")


def test_every_figure_of_the_course_can_be_put_in_few_words():
    for figures in (figures for cells in LISTED.values() for figures in cells.values()):
        assert all(20 < len(text) < 500 for text in alternatives(figures)), alternatives(figures)


# --- wrongs on a real page -----------------------------------------------------------------------

DELTA = next(path for path in PATHS if path.name.startswith("01_") and label(path) == path.name)


def images(notebook):
    return [o for c in code_cells(notebook) for o in c.outputs if "image/png" in o.get("data", {})]


def test_two_images_of_a_real_page_that_are_exchanged_are_noticed():
    notebook = read(DELTA)
    one, other = (output.data for output in images(notebook)[1:3])
    one["image/png"], other["image/png"] = other["image/png"], one["image/png"]
    problems = run(notebook, check_of(DELTA))
    assert len(problems) == 2
    assert all("another image" in problem for problem in problems)


@pytest.mark.parametrize(
    ("old", "new"),
    [('("step", ', '("epoch", '), ("0.42", "0.44"), ("for r in rates}", "for r in rates[::-1]}")],
)
def test_a_change_in_a_real_figure_is_noticed(old, new):
    notebook = read(DELTA)
    cells = [cell for cell in code_cells(notebook) if images(new_notebook(cells=[cell]))]
    (cell,) = [cell for cell in cells if "0.42" in cell.source]
    assert old in cell.source
    cell.source = cell.source.replace(old, new)
    assert any(
        cell.id in problem and "says otherwise" in problem
        for problem in run(notebook, check_of(DELTA))
    )


def test_rows_of_a_real_table_in_another_order_are_noticed():
    path = next(path for path in PATHS if label(path).startswith("05_"))
    notebook = read(path)
    (cell,) = [cell for cell in code_cells(notebook) if "plot.tables(outer," in cell.source]
    cell.source = cell.source.replace('"$x_1$", "$x_2$"', '"$x_2$", "$x_1$"')
    assert run(notebook, check_of(path))[0].startswith(
        f"{cell.id}: figure 1 says otherwise: axes: texts"
    )


def accept(paths):
    """Name what the figures say otherwise than before, write down what they say now, and on the pages."""
    for path in paths:
        if lacking(label(path)):  # what is listed stays
            print(f"{label(path)}: not run, {lacking(label(path))}")
            continue
        notebook, check, page = read(path), check_of(path), label(path)
        before = LISTED.get(page, {})
        for problem in run(read(path), check, folder=path.parent, loopback=page in NEEDS):
            print(f"{page}: {problem}")
        LISTED[page] = {
            cell: [
                {"image": figure["image"], "sentence": sentence, "says": figure["says"]}
                for figure, sentence in zip(figures, sentences(page, cell), strict=False)
            ]
            for cell, figures in check.found.items()
        }
        for problem in (*unsaid({page: LISTED[page]}), *doubtful(before, LISTED[page])):
            print(problem)
        for cell in notebook.cells:
            texts = alternatives(LISTED[page].get(cell.id, []))
            for output, text in zip(pictures(cell), texts, strict=False):
                output.metadata = {"image/png": {"alt": text}}
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")
    pages = [
        f"{json.dumps(page)}: {{\n" + ",\n".join(map(line_by_line, cells.items())) + "\n}"
        for page, cells in sorted(LISTED.items())
        if cells
    ]
    LIST.write_text("{\n" + ",\n".join(pages) + "\n}\n", encoding="utf-8")


def sentences(page, cell):
    """Give what the author says of the figures of a cell, and nothing of further ones."""
    yield from (figure.get("sentence", "") for figure in LISTED.get(page, {}).get(cell, []))
    yield from repeat("")


def doubtful(before, now):
    """Name the sentences whose figures have changed."""
    for cell, figures in now.items():
        for new, old in zip(figures, before.get(cell, []), strict=False):
            if new["image"] != old["image"]:
                yield f"{cell}: is this still so? {new['sentence']}"


def line_by_line(item):
    """Return the figures of a cell as JSON, one a line, so that a change is one line of a diff."""
    cell, figures = item
    lines = (json.dumps(figure, ensure_ascii=False) for figure in figures)
    return f"{json.dumps(cell)}: [\n" + ",\n".join(lines) + "\n]"


if __name__ == "__main__":
    accept([Path(name).resolve() for name in sys.argv[1:]] or PATHS)
