"""What README promises."""

import base64
import re

import numpy as np
import pytest
from execute_notebooks import ROOT
from test_notebooks import CHAPTERS, FOLDER, code_cells, read

README = (ROOT / "README.md").read_text("utf-8")
(CODE,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def predictions(seed):
    namespace = {}
    code = CODE.replace("default_rng(0)", f"default_rng({seed})").replace("print(", "str(")
    exec(code, namespace)
    return namespace["network"].predict(namespace["X"]), namespace["y"]


def test_the_ten_lines_run_and_print_what_they_say(capsys):
    exec(CODE, {})
    assert capsys.readouterr().out.split() == ["[[0.]", "[1.]", "[1.]", "[0.]]"]


def test_they_hold_for_as_many_seeds_as_claimed():
    claimed, of = map(int, re.search(r"in (\d+) of (\d+) seeds", CODE).groups())
    right = sum(bool((np.abs(np.subtract(*predictions(seed))) < 0.05).all()) for seed in range(of))
    assert right == claimed


def test_the_figure_is_one_of_the_course():
    figure = base64.b64encode((ROOT / ".github" / "thread-network.png").read_bytes()).decode()
    pictures = {
        output.data["image/png"].replace("\n", "")
        for cell in code_cells(read(FOLDER / "03b_two_layer_network.ipynb"))
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    }
    assert figure in pictures


def test_the_table_names_every_chapter_that_is_there():
    linked = set(re.findall(r"\(notebooks/(\d\d[^)]*\.ipynb)\)[^\n]*\| ready", README))
    assert linked == {path.name for path in CHAPTERS}


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)]+)\)", README))
def test_every_link_leads_somewhere(path):
    assert (ROOT / path).exists()


def test_the_commands_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for command in set(re.findall(r"^make (\w+)", README, re.M)):
        assert re.search(rf"^{command}:", makefile, re.M), command
