"""The contract of the notebooks, and proof that each clause can fail."""

import ast
import copy
import json
import re
import subprocess
import sys

import nbformat
import pytest
from execute_notebooks import KERNEL, ROOT, notebooks
from pagecheck import exercises
from pagecheck.figures import images
from pagecheck.references import NO_PROSE
from pagecheck.running import located

FOLDER = ROOT / "notebooks"
ARCHIVE = FOLDER / "archive"  # for readers of the notes
INDEX = {item["id"]: item for item in json.loads((ARCHIVE / "notes_index.json").read_text("utf-8"))}
SENTENCES = {
    cell: [figure["sentence"] for figure in told]
    for page in json.loads((ROOT / "tests" / "figures.json").read_text("utf-8")).values()
    for cell, told in page.items()
}
VERDICTS = {"correct", "wrong", "inconsistent", "ambiguous", "damaged", "not a statement"}
IMPORTS = """\
import matplotlib.pyplot as plt
import numpy as np

import nnbook as nn

nn.plot.style()
rng = np.random.default_rng(0)"""

PATHS = notebooks()
CHAPTERS = [path for path in PATHS if re.match(r"\d\d", path.name) and path.parent == FOLDER]
SOLUTIONS = [path for path in PATHS if path.parent.name == "solutions"]
ERRATA = ARCHIVE / "A_errata_of_the_notes.ipynb"
EIGHT = FOLDER / "A_errata.ipynb"  # which executes eight of its entries
FIELD = FOLDER / "C_errata_of_the_field.ipynb"
EXERCISED = [*CHAPTERS, FIELD]  # pages of the shape of a chapter, with exercises
NUMBER = r"(?:\d+|C)\.\d+"  # of an exercise


def read(path):
    return nbformat.read(path, as_version=4)


def label(path):
    return str(path.relative_to(FOLDER))


def nothing(found, notebook=None):
    """Fail with every finding on a line of its own, none of them shortened by pytest."""
    found = [str(line) for line in found]
    if found:
        pytest.fail("\n".join(located(found, notebook) if notebook else found), pytrace=False)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def markdown(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def prose(text):
    """Return markdown without code, formulas, links and tags."""
    return re.sub(r"\]\([^)]*\)|<[^>]+>", " ", NO_PROSE.sub(" ", text))


def output_texts(cell):
    for output in cell.outputs:
        if output.output_type == "stream":
            yield output.text
        for kind, data in output.get("data", {}).items():
            if not kind.startswith("image/"):
                yield data if isinstance(data, str) else json.dumps(data)


def tables(notebook):
    """Return the tables that a page prints, as markdown."""
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    return [o.data["text/markdown"] for o in outputs if "text/markdown" in o.get("data", {})]


def tags(cell):
    return [tag.removeprefix("notes:") for tag in cell.metadata.get("tags", []) if "notes:" in tag]


# --- the clauses: each yields what is wrong with a notebook --------------------------------------


def executed_in_order(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts {counts}"
    for cell in code_cells(notebook):
        prints = "print(" in cell.source and not re.search(r"^\s*def ", cell.source, re.M)
        if (prints or "plt.show()" in cell.source) and not cell.outputs:
            yield f"{cell.id}: prints or draws, and its output is missing"
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
                    f"text alone: {sentence}; `make accept` writes what tests/figures.json says"
                )


# what differs from machine to machine
UNSTABLE = {
    "an address": r"\b0x[0-9a-fA-F]{4,}",
    "a path": r"(^|[\s'\"(=])(/(home|root|Users|tmp|work|usr|opt)/|[A-Z]:\\)|site-packages",
    "a timing": r"(?<!\b(19|20)\d(?=0s\b))\d\s?(ns|µs|us|ms|s|seconds?|minutes?)\b",  # no decade
}


def outputs_hold_on_every_machine(notebook):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if output.get("name") == "stderr":
                yield f"{cell.id}: writes to stderr"
            meant = "raises-exception" in cell.metadata.get("tags", [])
            if output.output_type == "error" and not meant:
                yield f"{cell.id}: an error nobody meant"
            if any(re.match("image/(?!png)", kind) for kind in output.get("data", {})):
                yield f"{cell.id}: a figure that is not PNG"
        for text in output_texts(cell):
            for what, pattern in UNSTABLE.items():
                if re.search(pattern, text):
                    yield f"{cell.id}: {what} in the output"


def no_trailing_semicolon(notebook):
    for cell in code_cells(notebook):
        if cell.source.rstrip().endswith(";"):
            yield f"{cell.id}: ends in a semicolon"


def figures_are_asserted(notebook):
    cells = code_cells(notebook)
    for cell, following in zip(cells, [*cells, None][1:], strict=True):
        beside = cell.source + (following.source if following else "")
        if images(cell) and "assert " not in beside:
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
    words = len(re.findall(r"[A-Za-z][\w’'-]*", prose(markdown(notebook))))
    if len(notebook.cells) > 64:
        yield f"{len(notebook.cells)} cells, more than 64"
    if words > 4000:
        yield f"{words} words of prose, more than 4000"
    if max(lines) > 16 or sum(n > 10 for n in lines) > len(lines) / 10:
        yield f"code cells of {sorted(n for n in lines if n > 10)} lines; one in ten may have 11 to 16"


def prose_is_calm(notebook):
    for cell in notebook.cells:
        text = prose(cell.source) if cell.cell_type == "markdown" else ""
        if found := re.search(r".{0,30}!", text):
            yield f"{cell.id}: an exclamation mark near {found[0]!r}"
        if re.search(r"[\U0001F300-\U0001FAFF\u2600-\u27BF]", text):
            yield f"{cell.id}: an emoji"


def nothing_is_silenced(notebook):
    for cell in code_cells(notebook):
        if "NBVAL_" in cell.source or any("nbval-" in tag for tag in cell.metadata.get("tags", [])):
            yield f"{cell.id}: its output is not compared"
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Assert):
                says = any(isinstance(part, ast.Name | ast.BinOp) for part in ast.walk(node.test))
                # a tuple is true, whatever is in it
                if isinstance(node.test, ast.Tuple) or not says:
                    yield f"{cell.id}: asserts nothing, {ast.unparse(node)}"
            if isinstance(node, ast.ExceptHandler):
                caught = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
                if not node.type or caught & {"Exception", "BaseException", "AssertionError"}:
                    yield f"{cell.id}: catches what an assert raises"
        if "suppress(" in cell.source:
            yield f"{cell.id}: suppresses an error"


def has_the_shape_of_a_chapter(notebook):
    text, first = markdown(notebook), code_cells(notebook)[0]
    if not notebook.cells[0].source.startswith("# "):
        yield "does not begin with its title"
    for part in ("**After this chapter you can**", "## Summary", "## Exercises"):
        if part not in text:
            yield f"has no {part}"
    if re.sub(r"from nnbook\.figures import \w+ as figures\n", "", first.source) != IMPORTS:
        yield f"{first.id}: the first code cell is not the imports of every chapter"
    if len(set(re.findall(rf"^### Exercise ({NUMBER})", text, re.M))) < 5:
        yield "has fewer than five exercises"


def verdicts(cell):
    lines = [line for text in output_texts(cell) for line in text.splitlines()]
    return [line for line in lines if re.match(rf"Exercise {NUMBER}[a-z]?:", line)]


def exercises_are_unsolved(notebook):
    for cell in code_cells(notebook):
        if re.search(r"^check\(", cell.source, re.M) and not verdicts(cell):
            yield f"{cell.id}: a check without a verdict"
        if any(line.endswith("passed") for line in verdicts(cell)):
            yield f"{cell.id}: an exercise solved in the chapter"


def exercises_are_solved(notebook):
    for cell in code_cells(notebook):
        yield from (f"{cell.id}: {v}" for v in verdicts(cell) if not v.endswith("passed"))


def items_exist(notebook):
    for cell in notebook.cells:
        yield from (f"{cell.id}: no item {tag}" for tag in tags(cell) if tag not in INDEX)


EVERYWHERE = [
    executed_in_order, ids_are_stable, metadata_is_plain, outputs_hold_on_every_machine, no_trailing_semicolon,
    figures_are_asserted, cells_are_short, prose_is_calm, items_exist, nothing_is_silenced,
]  # fmt: skip
IN_CHAPTERS = [has_the_shape_of_a_chapter, exercises_are_unsolved, is_short]


@pytest.mark.parametrize("path", PATHS, ids=label)
def test_every_notebook_keeps_the_contract(path):
    notebook, clauses = read(path), [*EVERYWHERE]
    clauses += IN_CHAPTERS if path in EXERCISED else []
    clauses += [exercises_are_solved] if path in SOLUTIONS else []
    found = [line for clause in clauses for line in clause(notebook)]
    nothing(found + ["a megabyte or more"] * (path.stat().st_size >= 1_000_000), notebook)


# --- chapters, solutions, index ------------------------------------------------------------------


def exercises_of(path):
    """Return heading -> text up to the first code cell or reveal of each exercise."""
    text = "\n\n".join(
        c.source if c.cell_type == "markdown" else "<code>" for c in read(path).cells
    )
    exercise = rf"^### (Exercise {NUMBER}[^\n]*)\n(.*?)(?=<code>|<details>|\*\*Solution|\Z)"
    return {h: " ".join(body.split()) for h, body in re.findall(exercise, text, re.M | re.DOTALL)}


@pytest.mark.parametrize("path", EXERCISED, ids=label)
def test_every_chapter_has_its_solved_twin(path):
    twin = FOLDER / "solutions" / path.name
    chapter, solved = exercises_of(path), exercises_of(twin)
    assert list(chapter) == list(solved)
    nothing(
        f"{heading}: another text" for heading, b in chapter.items() if b not in solved[heading]
    )
    graders, theirs = (
        [name for cell in code_cells(read(page)) for name in exercises.checks(cell)]
        for page in (path, twin)
    )
    assert graders == theirs != []


DONE = {path.name[:2] for path in CHAPTERS}


def test_the_index_is_whole():
    assert len(INDEX) == 302
    assert {item["verdict"] for item in INDEX.values()} == VERDICTS
    for item in INDEX.values():
        assert item["statement"]
        assert item["correction"] or item["verdict"] == "correct", item["id"]


def test_every_item_is_treated_in_its_chapter():
    for number in sorted(DONE):
        wanted = {key for key, item in INDEX.items() if item["chapter"].startswith(number)}
        pages = [read(path) for path in CHAPTERS if path.name.startswith(number)]
        treated = {tag for page in pages for cell in page.cells for tag in tags(cell)}
        assert treated == wanted, (number, sorted(wanted ^ treated))


def test_every_wrong_item_is_refuted_by_an_executed_cell_in_the_errata():
    wanted = {
        key
        for key, item in INDEX.items()
        if item["verdict"] in ("wrong", "inconsistent") and item["chapter"][:2] in DONE
    }
    told = {t for cell in read(ERRATA).cells if cell.cell_type == "markdown" for t in tags(cell)}
    by_page = [
        {t for cell in code_cells(read(path)) if "assert " in cell.source for t in tags(cell)}
        for path in (EIGHT, ERRATA)
    ]
    refuted = set.union(*by_page)
    assert told == wanted, sorted(told ^ wanted)
    assert refuted == wanted, sorted(refuted ^ wanted)
    assert not set.intersection(*by_page)  # each on one page only


# --- the contract fails on a notebook broken in each way -----------------------------------------


def code(notebook, containing=""):
    return next(cell for cell in code_cells(notebook) if containing in cell.source)


def add(notebook, source):
    code(notebook).source += source


def everywhere(notebook, old, new):
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new)


def show(notebook, kind="stream", **output):
    output = output if kind != "stream" else {"name": "stdout", **output}
    code(notebook).outputs.append(nbformat.v4.new_output(kind, **output))


def image(notebook):
    return images(code(notebook, "plt.show()"))[0]


CATCH = "\ntry:\n    assert rng is None\nexcept{}:\n    pass"
BROKEN = [
    (executed_in_order, lambda n: code(n, "print(").update(outputs=[])),
    (executed_in_order, lambda n: code(n, "plt.show()").update(outputs=[])),
    (executed_in_order, lambda n: [c.update(outputs=[], execution_count=None) for c in code_cells(n)]),
    (executed_in_order, lambda n: code_cells(n)[2].update(execution_count=9)),
    (executed_in_order, lambda n: code(n).update(source=" ")),
    (ids_are_stable, lambda n: n.cells[1].update(id=n.cells[0].id)),
    (metadata_is_plain, lambda n: n.metadata.kernelspec.update(name="python3.11")),
    (metadata_is_plain, lambda n: n.cells[3].metadata.update(execution={"iopub.status.busy": "2026"})),
    (metadata_is_plain, lambda n: image(n).update(metadata={})),
    (metadata_is_plain, lambda n: image(n).metadata["image/png"].update(alt="Look.")),
    (metadata_is_plain, lambda n: image(n).metadata["image/png"].update(width=300)),
    (metadata_is_plain, lambda n: show(n, "display_data", data={"text/plain": "1"}, metadata={"image/png": {"alt": "A one."}})),
    (outputs_hold_on_every_machine, lambda n: show(n, text="careful", name="stderr")),
    (outputs_hold_on_every_machine, lambda n: show(n, text="<object at 0x7f3a12>")),
    (outputs_hold_on_every_machine, lambda n: show(n, text="saved in /home/me/x")),
    (outputs_hold_on_every_machine, lambda n: show(n, text="took 3.2 s")),
    (outputs_hold_on_every_machine, lambda n: show(n, "error", ename="E", evalue="", traceback=[])),
    (outputs_hold_on_every_machine, lambda n: show(n, "display_data", data={"image/svg+xml": "<svg/>"})),
    (no_trailing_semicolon, lambda n: add(n, ";")),
    (figures_are_asserted, lambda n: everywhere(n, "assert ", "")),
    (cells_are_short, lambda n: add(n, "\nx = 1" * 20)),
    (cells_are_short, lambda n: [cell.update(cell_type="code") for cell in n.cells[10:14]]),
    (is_short, lambda n: n.cells.extend(copy.deepcopy(n.cells))),
    (is_short, lambda n: n.cells[2].update(source=" and so on" * 5000)),
    (is_short, lambda n: [c.update(source=c.source + "\nx = 1" * 10) for c in code_cells(n)[::5]]),
    (prose_is_calm, lambda n: n.cells[0].update(source="# Great!")),
    (prose_is_calm, lambda n: n.cells[0].update(source="# \U0001f600")),
    (items_exist, lambda n: n.cells[0].metadata.update(tags=["notes:N9-99"])),
    (nothing_is_silenced, lambda n: add(n, "\n# NBVAL_IGNORE_OUTPUT")),
    (nothing_is_silenced, lambda n: code(n).metadata.update(tags=["nbval-skip"])),
    (nothing_is_silenced, lambda n: add(n, "\nassert True")),
    (nothing_is_silenced, lambda n: add(n, "\nassert (rng is None, 'always true')")),
    (nothing_is_silenced, lambda n: add(n, "\nassert 1 == 1")),
    (nothing_is_silenced, lambda n: add(n, CATCH.format(""))),
    (nothing_is_silenced, lambda n: add(n, CATCH.format(" (ValueError, AssertionError)"))),
    (nothing_is_silenced, lambda n: add(n, "\nwith suppress(AssertionError):\n    assert rng is None")),
    (has_the_shape_of_a_chapter, lambda n: everywhere(n, "# ", "")),
    (has_the_shape_of_a_chapter, lambda n: everywhere(n, "## Summary", "")),
    (has_the_shape_of_a_chapter, lambda n: code(n).update(source="import os\n" + IMPORTS)),
    (has_the_shape_of_a_chapter, lambda n: everywhere(n, "### Exercise", "### Question")),
    (exercises_are_unsolved, lambda n: show(n, text="Exercise 1.1: passed\n")),
    (exercises_are_unsolved, lambda n: code(n, "\ncheck(").update(outputs=[])),
]  # fmt: skip


@pytest.mark.parametrize(("clause", "broken"), BROKEN, ids=lambda value: value.__name__)
def test_the_contract_fails_on_a_broken_notebook(clause, broken):
    notebook = read(FOLDER / "01_delta_rule.ipynb")
    assert list(clause(notebook)) == []
    broken(notebook)
    assert list(clause(notebook)) != []


def test_an_unsolved_solution_is_noticed():
    assert list(exercises_are_solved(read(FOLDER / "01_delta_rule.ipynb"))) != []


def test_every_finding_is_printed_with_the_number_and_the_id_of_its_cell():
    notebook = read(FOLDER / "01_delta_rule.ipynb")
    first, other = notebook.cells[0], code_cells(notebook)[1]
    place = notebook.cells.index(other) + 1
    with pytest.raises(pytest.fail.Exception) as failure:
        nothing([f"{first.id}: one", f"{other.id}: two", "three"], notebook)
    assert str(failure.value).splitlines() == [
        f"cell 1 ({first.id}): one",
        f"cell {place} [2] ({other.id}): two",
        "three",
    ]


@pytest.mark.complete
def test_nbval_compares_as_numbers_to_the_digits_written(tmp_path):
    rows = {  # printed now, committed
        "right": ("0.2502, 1e-10, 3 of 5, [[1. 2.]]", "0.2501, 2e-10, 3 of 5, [[1.  2.]]"),
        "wrong_digit": ("0.2503", "0.2501"),
        "wrong_count": ("4 of 5", "3 of 5"),
        "wrong_word": ("right", "wrong"),
    }
    for name, (now, committed) in rows.items():
        output = nbformat.v4.new_output("stream", name="stdout", text=f"{committed}\n")
        cell = nbformat.v4.new_code_cell(f"print({now!r})", execution_count=1, outputs=[output])
        notebook = nbformat.v4.new_notebook(metadata=read(CHAPTERS[0]).metadata, cells=[cell])
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    options = ["-rA", "--nbval", "-c", "pyproject.toml", "--rootdir", ".", "conftest.py"]
    command = [sys.executable, "-m", "pytest", *options, tmp_path]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    passed = re.findall(r"^(PASSED|FAILED) .*?(\w+)\.ipynb::Cell 0", result.stdout, re.M)
    assert dict(map(reversed, passed)) == dict.fromkeys(rows, "FAILED") | {"right": "PASSED"}


@pytest.mark.complete
def test_executing_again_changes_nothing(tmp_path):
    source, again = FOLDER / "solutions" / "01_delta_rule.ipynb", tmp_path / "again.ipynb"
    again.write_bytes(source.read_bytes())
    script = ROOT / "tests" / "execute_notebooks.py"
    subprocess.run([sys.executable, script, again], check=True, capture_output=True)
    assert again.read_bytes() == source.read_bytes()
