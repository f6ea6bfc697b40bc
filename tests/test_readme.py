"""What README promises, and the pages about the course that it leads to."""

import base64
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from execute_notebooks import ROOT
from pagecheck.figures import images
from test_notebooks import CHAPTERS, FOLDER, read

import nnbook as nn

README = (ROOT / "README.md").read_text("utf-8")
MAP, EXPERIMENTS = (
    (ROOT / f"book/{name}.md").read_text("utf-8") for name in ("chapters", "experiments")
)
TEN_LINES, EXPERIMENT, READER, OWN_LAYER = re.findall(
    r"```python\n(.*?)```", README + EXPERIMENTS, re.DOTALL
)


def run(code, seed):
    namespace = {}
    exec(
        code.replace("default_rng(0)", f"default_rng({seed})").replace("print(", "str("), namespace
    )
    plt.close("all")
    return namespace


def claimed(code):
    return tuple(map(int, re.search(r"in (\d+) of (\d+) seeds", code).groups()))


def runs_as_claimed(code):
    """Run the code for every seed that it speaks of, see how many come as far as it says."""
    k, n = claimed(code)
    limit = int(re.search(r"at least (\d+) %", code)[1]) / 100
    results = [run(code, seed) for seed in range(n)]
    assert sum(result["accuracy"] >= limit for result in results) == k
    return results


def test_the_ten_lines_run_and_print_what_they_say(capsys):
    exec(TEN_LINES, {})
    assert capsys.readouterr().out == "[0. 1. 1. 0.]\n"


@pytest.mark.complete
def test_they_hold_for_as_many_seeds_as_claimed():
    k, n = claimed(TEN_LINES)
    results = (run(TEN_LINES, seed) for seed in range(n))
    errors = [np.abs(r["network"].predict(r["X"]) - r["y"]).max() for r in results]
    assert sum(error < 0.05 for error in errors) == k


def test_the_experiment_runs_draws_and_prints_its_accuracy(capsys):
    exec(EXPERIMENT, {})
    printed = capsys.readouterr()
    assert re.fullmatch(r"\d+% of 100 new points right\n", printed.out)
    assert printed.err == ""
    assert plt.gcf().axes[0].lines


@pytest.mark.complete
def test_the_experiment_holds_for_as_many_seeds_as_claimed():
    runs_as_claimed(EXPERIMENT)


@pytest.mark.complete
def test_the_reader_reads_for_as_many_seeds_as_claimed_and_comes_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    last = runs_as_claimed(READER)[-1]
    again = nn.load("reader.npz")
    assert np.array_equal(again.predict(last["X_test"]), last["network"].predict(last["X_test"]))


@pytest.mark.complete
def test_the_own_layer_learns_for_as_many_seeds_as_claimed_and_comes_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results = runs_as_claimed(OWN_LAYER)
    assert np.median([len(r["history"].loss) for r in results]) < 200
    last = results[-1]
    assert np.array_equal(last["again"].predict(last["X"]), last["network"].predict(last["X"]))
    assert last["again"][1].state["mean"].any()


@pytest.mark.parametrize(
    ("figure", "chapter"),
    [("thread-network.png", "03b_backpropagation"), ("misread-digits.png", "12b_evaluation")],
)
def test_the_figures_are_those_of_the_course(figure, chapter):
    shown = base64.b64encode((ROOT / ".github" / figure).read_bytes()).decode()
    cells = read(FOLDER / f"{chapter}.ipynb").cells
    pictures = [image.data["image/png"] for cell in cells for image in images(cell)]
    assert shown in [picture.replace("\n", "") for picture in pictures]


def test_the_table_names_every_chapter_that_is_there():
    linked = set(
        re.findall(r"^\| \[[^]]+\]\(\.\./notebooks/(\d\d[^)]*\.ipynb)\) \|", MAP, re.MULTILINE)
    )
    assert linked == {path.name for path in CHAPTERS}


def test_the_commands_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for command in set(re.findall(r"^make (\w+)", README, re.M)):
        assert re.search(rf"^{command}:", makefile, re.M), command
