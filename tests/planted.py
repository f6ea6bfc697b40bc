"""Would the tests notice? ``python tests/planted.py`` plants errors in the pages, one at a time.

An error is a small change of one page: a sign, an index, a digit, a link, exchanged labels. Each is
put into a copy of the course, where the tests of that page run. At the end stands how many of each
kind were noticed, and by which test; one that nothing notices fails, unless it needs a reader.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

import nbformat
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
TESTS = [
    f"tests/test_{name}.py"
    for name in (
        "notebooks", "notes_index", "references", "numbers", "exercise_texts", "symbols", "pages", "figures",
    )
]  # fmt: skip
UNNOTICED = "what nothing notices: it needs a reader"
# of tests without a page in their name, those that look at all pages
WHOLE = "treated or refuted or meaning"

JOBS = 2  # at the same time
Page = nbformat.NotebookNode
Change = Callable[[Page], None]


def text(old: str, new: str, kind: str = "markdown") -> Change:
    """Return a change of the first cell that holds ``old``."""

    def change(page: Page) -> None:
        cell = next(c for c in page.cells if c.cell_type == kind and old in c.source)
        cell.source = cell.source.replace(old, new, 1)

    return change


def code(old: str, new: str) -> Change:
    return text(old, new, "code")


def outputs(page: Page, kind: str) -> list[Page]:
    """Return the cells with an output of a kind."""
    cells = [cell for cell in page.cells if cell.cell_type == "code"]
    return [cell for cell in cells if any(o.output_type == kind for o in cell.outputs)]


def alter_a_number(page: Page) -> None:
    output = outputs(page, "stream")[1].outputs[0]
    output.text = re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), output.text, count=1)


def add_a_thousandth(page: Page) -> None:
    for cell in outputs(page, "stream"):
        output = cell.outputs[0]
        if found := re.search(r"\d\.\d{4,}", output.text):
            more = f"{float(found[0]) * 1.001:.{len(found[0]) - 2}f}"
            output.text = output.text.replace(found[0], more, 1)
            return


def lose_an_output(page: Page) -> None:
    outputs(page, "execute_result")[0].outputs = []


def exchange_cells(page: Page) -> None:
    first, second = [n for n, cell in enumerate(page.cells) if cell.cell_type == "code"][3:5]
    page.cells[first], page.cells[second] = page.cells[second], page.cells[first]


def exchange_independent_cells(page: Page) -> None:
    first, second = outputs(page, "stream")[1:3]
    for key in ("source", "outputs"):
        first[key], second[key] = second[key], first[key]


def silence(page: Page) -> None:
    cell = outputs(page, "stream")[0]
    cell.source = "# NBVAL_IGNORE_OUTPUT\n" + cell.source


def assert_nothing(page: Page) -> None:
    cell = next(c for c in outputs(page, "display_data") if re.search("^assert ", c.source, re.M))
    cell.source = re.sub("^assert .*", "assert True", cell.source, flags=re.MULTILINE)


def exchange_images(page: Page) -> None:
    first, second = (
        next(o.data for o in cell.outputs if "image/png" in o.get("data", {}))
        for cell in outputs(page, "display_data")[1:3]
    )
    first["image/png"], second["image/png"] = second["image/png"], first["image/png"]


def move_a_tag(page: Page) -> None:
    tagged = [cell for cell in page.cells if cell.metadata.get("tags")]
    there = next(cell for cell in reversed(page.cells) if cell.cell_type == "markdown")
    there.metadata["tags"] = tagged[0].metadata.pop("tags")


TASK = text("the input is $a=(3,1)$", "the input is $a=(3,2)$")
_01, _02, _03A, _03B = (
    "01_delta_rule", "02_single_neuron_chain", "03a_multi_neuron_backprop", "03b_backpropagation",
)  # fmt: skip
_05, _06, _09, _11 = "05_vectorised_batches", "06_layers", "09_convolution", "11_softmax"
_13A, _13B = "13a_generalisation", "13b_adversarial_examples"
_14A, _14B = "14a_automatic_differentiation", "14b_attention"
WRONGS: dict[str, list[tuple[str, Change] | tuple[str, Change, str, Change]]] = {
    "derivatives with a tag": [
        (_01, text(r"=-a_i\,e \tag{1.3}", r"=a_i\,e \tag{1.3}")),
        (_01, text(r"=-e\,g'(z) \tag{1.8}", r"=-e\,g(z) \tag{1.8}")),
        (_01, text(r" \tag{1.3}", "")),
        (_02, text(r"_{a_2}\;", r"_{a_3}\;")),
        (_02, text(r"a_{l-1}\,\delta_l \tag{2.14}", r"a_l\,\delta_l \tag{2.14}")),
        (_03A, text(r"\sum_j\delta_j^{[2]}w_{ij}", r"\sum_j\delta_j^{[2]}w_{ji}")),
        (_03A, text(r"\bigr)\odot g'(z^{[1]}) \tag", r"\bigr)\,g'(z^{[1]}) \tag")),
        (_03B, text(r"\frac{\partial\hat y}{\partial z^{[2]}}\,\frac{\partial z^{[2]}}{\partial a^{[1]}_1}", r"\frac{\partial z^{[2]}}{\partial a^{[1]}_1}")),
        (_03B, text(r"\bigr)\odot g^{[l]\prime}(z^{[l]}) \tag", r"\bigr)\odot g^{[l]}(z^{[l]}) \tag")),
        (_03B, text(r"\partial w^{[1]}_{21}}=(\hat", r"\partial w^{[1]}_{12}}=(\hat")),
        (_05, text(r"=\sum_sdZ^{[2]}_{sj} \tag", r"=\sum_sdZ^{[2]}_{js} \tag")),
        (_06, text(r"=dZ\,W^T \tag{6.3}", r"=dZ\,W \tag{6.3}")),
        (_06, text(r"=X^T\,dZ \tag{6.1}", r"=X^T\odot dZ \tag{6.1}")),
        (_11, text(r"=D-p^T\,p \tag{11.5}", r"=D-p\,p^T \tag{11.5}")),
        (_13A, text(r"+\frac{\rho}{1-\rho}\,a_i^2\,w_i \tag", r"+\frac{\rho}{1+\rho}\,a_i^2\,w_i \tag")),
        (_13B, text(r"=\delta^{[1]}\,W^{[1]T} \tag", r"=\delta^{[2]}\,W^{[2]T} \tag")),
        (_14A, text(r"\operatorname{mean}(\gamma\odot u\odot\hat a)", r"\operatorname{mean}(u\odot\hat a)")),
        (_14B, text(r"=A^T\,dY \tag", r"=A\,dY \tag")),
        (_14B, text(r"{dS^T\,Q}{\sqrt n} \tag", r"{dS\,Q}{\sqrt n} \tag")),
        ("A_errata", text(r"\sigma'(z)\neq\frac{e^{-z}}{1+e^{-z}}", r"\sigma'(z)\neq\frac{e^{-z}}{(1+e^{-z})^2}")),
        ("A_errata", text(r"\odot g(Z^{[1]}) \tag{A.1}", r"\odot g'(Z^{[1]}) \tag{A.1}")),
        ("archive/A_errata_of_the_notes", text(r"x^T\odot g'(z^{[1]}) \tag{A.7}", r"x^T \tag{A.7}")),
    ],
    "other displays": [
        (_03B, text(r"(1-y)\ln(1-\hat y)", r"(1+y)\ln(1-\hat y)")),
        (_03B, text(r"z^{[2]}=a^{[1]}W^{[2]}+b", r"z^{[2]}=a^{[2]}W^{[2]}+b")),
        (_09, text(r"n_o=\left\lfloor\frac{n+2p-f}{s}", r"n_o=\left\lfloor\frac{n+p-f}{s}")),
        (_01, text(r"w_i\leftarrow w_i-\alpha", r"w_i\leftarrow w_i+\alpha")),
        (_02, text(r"\approx0.00787", r"\approx0.0787")),
        (_09, text(r"1+2\cdot(3-1)=5", r"1+2\cdot(3-1)=6")),
        (_05, text(r"\underbrace{W^{[1]}}_{2\times3}", r"\underbrace{W^{[1]}}_{3\times2}")),
        (_11, text("<!-- (11.2)", "$$\\frac{\\partial\\ell}{\\partial z}\\approx p+y$$\n\n<!-- (11.2)")),
    ],
    "formulas in the text": [
        (_01, text(r"$1-0.1\cdot5=0.5$", r"$1-0.1\cdot5=0.6$")),
        (_01, text(r"$\sigma(z)=(1+\exp(-z))^{-1}$", r"$\sigma(z)=(1-\exp(-z))^{-1}$")),
        (_02, text(r"$\delta_l=da_l\,g'(z_l)$, $\partial", r"$\delta_l=da_l\,g(z_l)$, $\partial")),
        (_01, text(r"it is $a_i\,\delta$, input", r"it is $-a_i\,\delta$, input")),
    ],
    "numbers in the text": [
        (_01, text("$(-0.1463,-0.2926)$", "$(-0.1463,-0.2962)$")),
        (_02, text(r"\hat y=a_3=0.6678$ where", r"\hat y=a_3=0.6687$ where")),
        (_11, text("a dog, $0.372764$", "a dog, $0.372864$")),
        (_05, text("all of them, $0.7176$, looks", "all of them, $0.7167$, looks")),
        (_03A, text("is $0.323$", "is $0.332$")),
        (_03A, text("0.6225=0.0888$", "0.6225=0.0898$")),
        (_03B, text("the loss is $0.5115$", "the loss is $0.5151$")),
        (_02, text(r"$da_2=-0.1474$", r"$da_2=0.1474$")),
        (_05, text("| 2 | 1 | −0.016153 |", "| 2 | 1 | −0.016135 |")),
        ("12a_digits", text(r"100\,480", r"100\,408")),
        ("solutions/12a_digits", text("=0.4696$", "=0.4697$")),
        ("solutions/" + _13A, text("=692.8$", "=698.2$")),
        (_14A, text("make $34.2$", "make $32.4$")),
    ],
    "references": [
        (_01, text("a factor of (1.2).", "a factor of (1.22).")),
        (_05, text("Exercise 5.", "Exercise 5.9")),
        (_01, text("(02_single_neuron_chain.ipynb)", "(02_single_neuron.ipynb)")),
        (_01, text("(02_single_neuron_chain.ipynb)", "(02_single_neuron_chain.ipynb#nowhere)")),
        (_01, text("| N4-03, one letter", "| N4-300, one letter")),
        (_05, text("# 05 ·", "# 04 ·")),
        (_02, text("### Exercise 2.3", "### Exercise 2.4")),
        (_02, text("Chapter 03a puts", "Chapter 33 puts")),
        (_01, move_a_tag),
    ],
    "exercises": [
        (_01, TASK),
        (_01, TASK, "solutions/" + _01, TASK),
        ("solutions/" + _01, text("The error is $e=-1-1=-2$", "The error is $e=-1-1=2$")),
    ],
    "symbol tables": [
        (_01, text("| `(2,)` |", "| `(3,)` |")),
        (_05, text("`(4, 3)`, `(4, 3)`", "`(4, 3)`, `(3, 4)`")),
        (_01, text("the inputs of the neuron", "the outputs of the neuron")),
    ],
    "outputs": [
        (_01, alter_a_number),
        (_01, lose_an_output),
        (_01, exchange_cells),
        (_01, add_a_thousandth),
        (_01, silence),
    ],
    "figures": [
        (_05, code('inputs, neurons = ["$x_1$", "$x_2$"]', 'inputs, neurons = ["$x_2$", "$x_1$"]')),
        ("08b_optimisers", code('"sign lost": lost}', '"by force": lost}')),
        (_01, code('("update", ', '("epoch", ')),
        (_01, code("alpha=0.38", "alpha=0.37")),
        (_02, assert_nothing),
        (_01, exchange_images),
    ],
    UNNOTICED: [
        (_01, text("the derivative should be a quarter, and", "the derivative should be a half, and")),
        ("solutions/" + _01, text(r"The factor is $1-6\alpha$", r"The factor is $1+6\alpha$")),
        (_01, text("a factor of (1.2).", "a factor of (1.3).")),
        (_01, exchange_independent_cells),
        (_01, text("a green line is a positive weight, a purple one a", "a purple line is a positive weight, a green one a")),
        (_02, text("Raising $w_1$ raises the loss a little; raising", "Raising $w_1$ lowers the loss a little; raising")),
    ],
}  # fmt: skip


def noticed(folder: Path, name: str) -> str:
    """Return the first test of a page that fails in a copy of the course, or nothing."""
    page = Path(name).name
    command = [sys.executable, "-m", "pytest", *TESTS, "-k", f"{page} or {WHOLE}"]
    options = ["-x", "-q", "--tb=no", "-m", "not complete", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True)
    if done.returncode == 0:
        return ""
    found = re.search(r"^(?:FAILED|ERROR) tests/(\w+)\.py(?:::(\w+))?", done.stdout, re.MULTILINE)
    if not found:
        raise RuntimeError(done.stdout + done.stderr)
    return f"{found[1]}: {found[2]}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Plant errors in the pages and see who notices.")
    parser.add_argument("kinds", nargs="*", help="kinds of errors (default: all)")
    kinds = parser.parse_args().kinds or list(WRONGS)
    rows = [(kind, *wrong) for kind in kinds for wrong in WRONGS[kind]]
    by: dict[str, Counter[str]] = defaultdict(Counter)
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(JOBS) as workers:
        free: Queue[Path] = Queue()
        for job in range(JOBS):
            free.put(copied(Path(temporary) / str(job)))
        jobs = [workers.submit(plant, free, *wrong) for _, *wrong in rows]
        for (kind, page, *_), job in zip(rows, tqdm(jobs), strict=True):
            test = job.result()
            by[kind][test or "nothing"] += 1
            tqdm.write(f"{kind} in {page}: {test or 'NOTHING'}")
    for kind, tests in by.items():
        seen = tests.total() - tests["nothing"]
        names = ", ".join(f"{name} {count}" for name, count in tests.most_common())
        print(f"{kind}: {seen} of {tests.total()} ({names})")
    missed = sum(tests["nothing"] for kind, tests in by.items() if kind != UNNOTICED)
    sys.exit(f"{missed} errors are not noticed" if missed else 0)


def copied(folder: Path) -> Path:
    """Return a copy of the course."""
    for part in ("notebooks", "nnbook", "tests", "benchmarks", "examples"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ROOT.glob("*.*"):
        if part.is_file():
            shutil.copy(part, folder)
    return folder


def plant(free: Queue[Path], name: str, *changes: Change | str) -> str:
    """Change one page, or two, in a copy of the course, and return the test that notices."""
    folder, wrong, kept = free.get(), (name, *changes), {}
    try:
        for name_of_page, change in zip(wrong[::2], wrong[1::2], strict=True):
            path = folder / "notebooks" / f"{name_of_page}.ipynb"
            kept[path] = path.read_bytes()
            page = nbformat.read(path, as_version=4)
            change(page)
            nbformat.write(page, path)
        return noticed(folder, name)
    except StopIteration:
        raise LookupError(f"{path.stem} no longer has what was to be changed") from None
    finally:
        for path, content in kept.items():
            path.write_bytes(content)
        free.put(folder)


if __name__ == "__main__":
    main()
