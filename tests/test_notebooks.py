"""The contract of the notebooks, and proof that each clause can fail."""

import ast
import copy
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from execute_notebooks import KERNEL, ROOT, notebooks
from pagecheck.figures import images

FOLDER = ROOT / "notebooks"
INDEX = {item["id"]: item for item in json.loads((FOLDER / "notes_index.json").read_text("utf-8"))}
FIGURES = json.loads((ROOT / "tests" / "figures.json").read_text("utf-8"))
SENTENCES = {
    cell: [figure["sentence"] for figure in told]
    for page in FIGURES.values()
    for cell, told in page.items()
}
VERDICTS = {"correct", "wrong", "inconsistent", "ambiguous", "damaged"}
IMPORTS = """\
import matplotlib.pyplot as plt
import numpy as np

import nnbook as nn

nn.plot.style()
rng = np.random.default_rng(0)"""

PATHS = notebooks()
CHAPTERS = [path for path in PATHS if re.match(r"\d\d", path.name) and path.parent == FOLDER]
SOLUTIONS = [path for path in PATHS if path.parent != FOLDER]
ERRATA = FOLDER / "A_errata.ipynb"


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    """Return the markdown without code, formulas and links."""
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for noise in (
        r"```.*?```",
        r"\$\$.*?\$\$",
        r"\$[^$\n]+\$",
        r"`[^`\n]*`",
        r"\]\([^)]*\)",
        r"<[^>]+>",
    ):
        text = re.sub(noise, " ", text, flags=re.DOTALL)
    return text


def output_texts(cell):
    for output in cell.outputs:
        if output.output_type == "stream":
            yield output.text
        else:
            for kind, data in output.get("data", {}).items():
                if not kind.startswith("image/"):
                    yield data if isinstance(data, str) else json.dumps(data)


def tags(cell):
    return [tag.removeprefix("notes:") for tag in cell.metadata.get("tags", []) if "notes:" in tag]


# --- the clauses: each returns what is wrong with a notebook ---------------------------------


def executed_in_order(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts {counts}"
    for cell in code_cells(notebook):
        if (
            "print(" in cell.source
            and not re.search(r"^\s*def ", cell.source, re.M)
            and not cell.outputs
        ):
            yield f"{cell.id}: prints, and its output is stripped"
        if "plt.show()" in cell.source and not cell.outputs:
            yield f"{cell.id}: draws, and its figure is stripped"
        if not cell.source.strip():
            yield f"{cell.id}: an empty cell"


def ids_are_stable(notebook):
    ids = [cell.get("id", "") for cell in notebook.cells]
    if len(set(ids)) != len(ids) or not all(ids):
        yield "cell ids are missing or not unique"


def metadata_is_plain(notebook):
    if dict(notebook.metadata) != {"kernelspec": KERNEL, "language_info": {"name": "python"}}:
        yield f"metadata {dict(notebook.metadata)}"
    for cell in notebook.cells:
        if set(cell.metadata) - {"tags"}:
            yield f"{cell.id}: cell metadata {sorted(cell.metadata)}"
        sentences = iter(SENTENCES.get(cell.id, ()))
        for output in cell.get("outputs", ()):
            metadata, sentence = dict(output.get("metadata", {})), ""
            if output in images(cell):
                sentence = next(sentences, "a sentence that is listed")
                alt = metadata.pop("image/png", {})
                metadata |= {} if set(alt) == {"alt"} and alt["alt"].startswith(sentence) else alt
            if metadata or (sentence and not alt):
                yield (
                    f"{cell.id}: the metadata of an output are {metadata}, an image's should be its alternative "
                    f"text alone: {sentence}; `python tests/accept.py` writes what tests/figures.json says"
                )


def outputs_hold_on_every_machine(notebook):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                yield f"{cell.id}: writes to stderr"
            if output.output_type == "error" and "raises-exception" not in cell.metadata.get(
                "tags", []
            ):
                yield f"{cell.id}: an error nobody meant"
            for kind in output.get("data", {}):
                if kind.startswith("image/") and kind != "image/png":
                    yield f"{cell.id}: a figure that is not PNG"
        for text in output_texts(cell):
            if re.search(r"\b0x[0-9a-fA-F]{4,}", text):
                yield f"{cell.id}: an address in the output"
            if re.search(
                r"(^|[\s'\"(=])(/(home|root|Users|tmp|work|usr|opt)/|[A-Z]:\\)|site-packages", text
            ):
                yield f"{cell.id}: a path in the output"
            text = re.sub(r"\b(19|20)\d0s\b", "", text)  # a decade is none
            if re.search(r"\d\s?(ns|µs|us|ms|s|seconds?|minutes?)\b", text):
                yield f"{cell.id}: a timing in the output"


def no_trailing_semicolon(notebook):
    for cell in code_cells(notebook):
        if cell.source.rstrip().endswith(";"):
            yield f"{cell.id}: ends in a semicolon"


def figures_are_asserted(notebook):
    cells = code_cells(notebook)
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        drawn = any("image/png" in output.get("data", {}) for output in cell.outputs)
        beside = cell.source + (following.source if following else "")
        if drawn and "assert " not in beside:
            yield f"{cell.id}: a figure whose data nobody asserts"


def cells_are_short(notebook):
    run = 0
    for cell in notebook.cells:
        run = run + 1 if cell.cell_type == "code" else 0
        if run > 3:
            yield f"{cell.id}: more than three code cells in a row"
        if cell.cell_type == "code" and len(cell.source.splitlines()) > 20:
            yield f"{cell.id}: more than 20 lines of code"


def is_short(notebook):
    lines = [len(cell.source.splitlines()) for cell in code_cells(notebook)]
    words = len(re.findall(r"[A-Za-z][\w’'-]*", prose(notebook)))
    if len(notebook.cells) > 80:
        yield f"{len(notebook.cells)} cells, more than 80"
    if words > 5000:
        yield f"{words} words of prose, more than 5,000"
    if max(lines) > 16 or sum(n > 10 for n in lines) > len(lines) / 10:
        yield f"code cells of {sorted(n for n in lines if n > 10)} lines; one in ten may have 11 to 16"


def prose_is_calm(notebook):
    if "!" in prose(notebook):
        yield f"an exclamation mark near {re.search(r'.{0,30}!', prose(notebook))[0]!r}"
    if re.search(r"[\U0001F300-\U0001FAFF\u2600-\u27BF]", prose(notebook)):
        yield "an emoji"


def nothing_is_silenced(notebook):
    for cell in code_cells(notebook):
        if "NBVAL_" in cell.source or any("nbval-" in tag for tag in cell.metadata.get("tags", [])):
            yield f"{cell.id}: its output is not compared"
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Assert):
                parts = ast.walk(node.test)  # a pair in brackets is true, whatever is in it
                if isinstance(node.test, ast.Tuple) or not any(
                    isinstance(part, ast.Name | ast.BinOp) for part in parts
                ):
                    yield f"{cell.id}: asserts nothing, {ast.unparse(node)}"
            if isinstance(node, ast.ExceptHandler):
                caught = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
                if not node.type or caught & {"Exception", "BaseException", "AssertionError"}:
                    yield f"{cell.id}: catches what an assert raises"
        if "suppress(" in cell.source:
            yield f"{cell.id}: suppresses an error"


def has_the_shape_of_a_chapter(notebook):
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    if not notebook.cells[0].source.startswith("# "):
        yield "does not begin with its title"
    for part in ("**After this chapter you can**", "## Summary", "## Exercises"):
        if part not in text:
            yield f"has no {part}"
    first = re.sub(
        r"from nnbook\.figures import \w+ as figures\n", "", code_cells(notebook)[0].source
    )
    if first != IMPORTS:
        yield "the first code cell is not the imports of every chapter"
    if len(set(re.findall(r"^### Exercise (\d+\.\d+)", text, re.M))) < 5:
        yield "has fewer than five exercises"


def exercises_are_unsolved(notebook):
    for cell in code_cells(notebook):
        verdicts = [line for text in output_texts(cell) for line in text.splitlines()]
        verdicts = [line for line in verdicts if re.match(r"Exercise \d+\.\d+:", line)]
        if re.search(r"^check\(", cell.source, re.M) and not verdicts:
            yield f"{cell.id}: a check without a verdict"
        if any(line.endswith("passed") for line in verdicts):
            yield f"{cell.id}: an exercise solved in the chapter"


def exercises_are_solved(notebook):
    for cell in code_cells(notebook):
        for text in output_texts(cell):
            for line in text.splitlines():
                if re.match(r"Exercise \d+\.\d+:", line) and not line.endswith("passed"):
                    yield line


def items_exist(notebook):
    for cell in notebook.cells:
        yield from (f"{cell.id}: no item {tag}" for tag in tags(cell) if tag not in INDEX)


EVERYWHERE = [
    executed_in_order,
    ids_are_stable,
    metadata_is_plain,
    outputs_hold_on_every_machine,
    no_trailing_semicolon,
    figures_are_asserted,
    cells_are_short,
    prose_is_calm,
    items_exist,
    nothing_is_silenced,
]
IN_CHAPTERS = [has_the_shape_of_a_chapter, exercises_are_unsolved, is_short]


def label(path):
    return str(path.relative_to(FOLDER))


@pytest.mark.parametrize("path", PATHS, ids=label)
def test_every_notebook_keeps_the_contract(path):
    clauses = EVERYWHERE + (IN_CHAPTERS if path in CHAPTERS else [])
    found = [f"{clause.__name__}: {line}" for clause in clauses for line in clause(read(path))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", SOLUTIONS, ids=label)
def test_every_solution_passes(path):
    assert list(exercises_are_solved(read(path))) == []


@pytest.mark.parametrize("path", PATHS, ids=label)
def test_every_file_is_small(path):
    assert path.stat().st_size < 1_000_000


# --- chapters, solutions, index ----------------------------------------------------------------


def exercises_of(path):
    """Return heading -> text up to the first code cell or reveal of each exercise."""
    text = "\n\n".join(
        cell.source if cell.cell_type == "markdown" else "<code>" for cell in read(path).cells
    )
    found = re.findall(
        r"^### (Exercise \d+\.\d+[^\n]*)\n(.*?)(?=<code>|<details>|\*\*Solution|\Z)",
        text,
        re.M | re.DOTALL,
    )
    return {heading: " ".join(body.split()) for heading, body in found}


@pytest.mark.parametrize("path", CHAPTERS, ids=label)
def test_every_chapter_has_its_solved_twin(path):
    chapter, solved = exercises_of(path), exercises_of(FOLDER / "solutions" / path.name)
    assert list(chapter) == list(solved)
    for heading, body in chapter.items():
        assert body in solved[heading], heading


def checks(path):
    """Return the grader of every check call, in order."""
    return [
        ast.unparse(node.args[0])
        for cell in code_cells(read(path))
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check"
    ]


@pytest.mark.parametrize("path", CHAPTERS, ids=label)
def test_chapter_and_twin_use_the_same_graders(path):
    assert checks(path) == checks(FOLDER / "solutions" / path.name) != []


def chapters_done():
    return {path.name[:2] for path in CHAPTERS}


def test_the_index_is_whole():
    assert len(INDEX) == 302
    assert {item["verdict"] for item in INDEX.values()} == VERDICTS
    for item in INDEX.values():
        assert item["statement"]
        assert item["correction"] or item["verdict"] == "correct", item["id"]


def test_every_item_is_treated_in_its_chapter():
    for number in sorted(chapters_done()):
        wanted = {key for key, item in INDEX.items() if item["chapter"].startswith(number)}
        treated = {
            tag
            for path in CHAPTERS
            if path.name.startswith(number)
            for cell in read(path).cells
            for tag in tags(cell)
        }
        assert treated == wanted, (number, sorted(wanted ^ treated))


def test_every_wrong_item_is_refuted_by_an_executed_cell_in_the_errata():
    wanted = {
        key
        for key, item in INDEX.items()
        if item["verdict"] in ("wrong", "inconsistent") and item["chapter"][:2] in chapters_done()
    }
    notebook = read(ERRATA)
    told = {t for cell in notebook.cells if cell.cell_type == "markdown" for t in tags(cell)}
    refuted = {t for cell in code_cells(notebook) if "assert " in cell.source for t in tags(cell)}
    assert told == wanted, sorted(told ^ wanted)
    assert refuted == wanted, sorted(refuted ^ wanted)


# --- negative controls: the contract fails on a notebook broken in each way --------------------


def model():
    return copy.deepcopy(read(FOLDER / "01_delta_rule.ipynb"))


def first_code(notebook, containing=""):
    return next(cell for cell in code_cells(notebook) if containing in cell.source)


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def strip_outputs(n):
    first_code(n, "print(").outputs = []


def strip_figure(n):
    first_code(n, "plt.show()").outputs = []


def strip_everything(n):
    for cell in code_cells(n):
        cell.outputs, cell.execution_count = [], None


def run_out_of_order(n):
    code_cells(n)[2].execution_count = 9


def leave_an_empty_cell(n):
    first_code(n).source = " "


def repeat_an_id(n):
    n.cells[1].id = n.cells[0].id


def another_kernel(n):
    n.metadata.kernelspec.name = "python3.11"


def record_timing(n):
    n.cells[3].metadata.execution = {"iopub.status.busy": "2026"}


def first_figure(n):
    return images(first_code(n, "plt.show()"))[0]


def lose_an_alternative_text(n):
    first_figure(n).metadata = {}


def say_something_else(n):
    metadata = first_figure(n).metadata["image/png"]
    metadata["alt"] = f"Look. {metadata['alt']}"


def keep_a_width(n):
    first_figure(n).metadata["image/png"]["width"] = 300


def describe_a_print(n):
    metadata = {"image/png": {"alt": "A one."}}
    first_code(n).outputs.append(
        nbformat.v4.new_output("display_data", {"text/plain": "1"}, metadata=metadata)
    )


def write_stderr(n):
    first_code(n).outputs.append(stream("careful", "stderr"))


def print_address(n):
    first_code(n).outputs.append(stream("<object at 0x7f3a12>"))


def print_path(n):
    first_code(n).outputs.append(stream("saved in /home/me/x"))


def print_timing(n):
    first_code(n).outputs.append(stream("took 3.2 s"))


def fail_unmeant(n):
    first_code(n).outputs.append(
        nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])
    )


def draw_svg(n):
    first_code(n).outputs.append(
        nbformat.v4.new_output("display_data", {"image/svg+xml": "<svg/>"})
    )


def lengthen(n):
    n.cells += copy.deepcopy(n.cells)


def ramble(n):
    n.cells[2].source += " and so on" * 2000


def write_long_cells(n):
    for cell in code_cells(n)[::5]:
        cell.source += "\nx = 1" * 10


def end_in_semicolon(n):
    first_code(n).source += ";"


def forget_to_assert(n):
    for cell in code_cells(n):
        cell.source = cell.source.replace("assert ", "")


def write_a_long_cell(n):
    first_code(n).source += "\nx = 1" * 20


def write_only_code(n):
    for cell in n.cells[10:14]:
        cell.cell_type = "code"


def shout(n):
    n.cells[0].source += " Great!"


def smile(n):
    n.cells[0].source += " \U0001f600"


def misspell_a_tag(n):
    n.cells[0].metadata.tags = ["notes:N9-99"]


def ignore_an_output(n):
    first_code(n, "print(").source += "\n# NBVAL_IGNORE_OUTPUT"


def skip_a_cell(n):
    first_code(n).metadata.tags = ["nbval-skip"]


def assert_a_constant(n):
    first_code(n).source += "\nassert True"


def assert_a_pair(n):
    first_code(n).source += "\nassert (rng is None, 'always true')"


def assert_the_same_of_the_same(n):
    first_code(n).source += "\nassert 1 == 1"


def catch_everything(n):
    first_code(n).source += "\ntry:\n    assert rng is None\nexcept:\n    pass"


def catch_the_assert(n):
    first_code(
        n
    ).source += "\ntry:\n    assert rng is None\nexcept (ValueError, AssertionError):\n    pass"


def suppress_the_assert(n):
    first_code(n).source += "\nwith suppress(AssertionError):\n    assert rng is None"


def lose_the_title(n):
    n.cells[0].source = n.cells[0].source.replace("# ", "", 1)


def lose_the_summary(n):
    for cell in n.cells:
        cell.source = cell.source.replace("## Summary", "")


def import_more(n):
    first_code(n).source = "import os\n" + first_code(n).source


def drop_exercises(n):
    for cell in n.cells:
        cell.source = cell.source.replace("### Exercise", "### Question")


def solve_an_exercise(n):
    first_code(n, "check(").outputs = [stream("Exercise 1.1: passed\n")]


def lose_a_verdict(n):
    first_code(n, "\ncheck(").outputs = []


@pytest.mark.parametrize(
    ("clause", "broken"),
    [
        (executed_in_order, strip_outputs),
        (executed_in_order, strip_figure),
        (executed_in_order, strip_everything),
        (executed_in_order, run_out_of_order),
        (executed_in_order, leave_an_empty_cell),
        (ids_are_stable, repeat_an_id),
        (metadata_is_plain, another_kernel),
        (metadata_is_plain, record_timing),
        (metadata_is_plain, lose_an_alternative_text),
        (metadata_is_plain, say_something_else),
        (metadata_is_plain, keep_a_width),
        (metadata_is_plain, describe_a_print),
        (outputs_hold_on_every_machine, write_stderr),
        (outputs_hold_on_every_machine, print_address),
        (outputs_hold_on_every_machine, print_path),
        (outputs_hold_on_every_machine, print_timing),
        (outputs_hold_on_every_machine, fail_unmeant),
        (outputs_hold_on_every_machine, draw_svg),
        (no_trailing_semicolon, end_in_semicolon),
        (figures_are_asserted, forget_to_assert),
        (cells_are_short, write_a_long_cell),
        (cells_are_short, write_only_code),
        (is_short, lengthen),
        (is_short, ramble),
        (is_short, write_long_cells),
        (prose_is_calm, shout),
        (prose_is_calm, smile),
        (items_exist, misspell_a_tag),
        (nothing_is_silenced, ignore_an_output),
        (nothing_is_silenced, skip_a_cell),
        (nothing_is_silenced, assert_a_constant),
        (nothing_is_silenced, assert_a_pair),
        (nothing_is_silenced, assert_the_same_of_the_same),
        (nothing_is_silenced, catch_everything),
        (nothing_is_silenced, catch_the_assert),
        (nothing_is_silenced, suppress_the_assert),
        (has_the_shape_of_a_chapter, lose_the_title),
        (has_the_shape_of_a_chapter, lose_the_summary),
        (has_the_shape_of_a_chapter, import_more),
        (has_the_shape_of_a_chapter, drop_exercises),
        (exercises_are_unsolved, solve_an_exercise),
        (exercises_are_unsolved, lose_a_verdict),
    ],
)
def test_the_contract_fails_on_a_notebook_broken_by(clause, broken):
    notebook = model()
    assert list(clause(notebook)) == []
    broken(notebook)
    assert list(clause(notebook)) != []


def test_an_unsolved_solution_is_noticed():
    assert list(exercises_are_solved(model())) != []


@pytest.mark.complete
def test_nbval_compares_as_numbers_to_the_digits_written(tmp_path):
    rows = {  # printed now, committed
        "right": ("0.2502, 1e-10, 3 of 5, [[1. 2.]]", "0.2501, 2e-10, 3 of 5, [[1.  2.]]"),
        "wrong_digit": ("0.2503", "0.2501"),
        "wrong_count": ("4 of 5", "3 of 5"),
        "wrong_word": ("right", "wrong"),
    }
    for name, (now, committed) in rows.items():
        cell = nbformat.v4.new_code_cell(
            f"print({now!r})", execution_count=1, outputs=[stream(f"{committed}\n")]
        )
        notebook = nbformat.v4.new_notebook(metadata=read(CHAPTERS[0]).metadata, cells=[cell])
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    options = ["-rA", "--nbval", "-c", "pyproject.toml", "--rootdir", ".", "conftest.py"]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", *options, tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    verdicts = re.findall(r"^(PASSED|FAILED) .*?(\w+)\.ipynb::Cell 0", result.stdout, re.M)
    assert dict(map(reversed, verdicts)) == dict.fromkeys(rows, "FAILED") | {"right": "PASSED"}


@pytest.mark.complete
def test_executing_again_changes_nothing(tmp_path):
    source = Path(FOLDER / "solutions" / "01_delta_rule.ipynb")
    again = tmp_path / "again.ipynb"
    again.write_bytes(source.read_bytes())
    script = ROOT / "tests" / "execute_notebooks.py"
    subprocess.run([sys.executable, script, again], check=True, capture_output=True)
    assert again.read_bytes() == source.read_bytes()
