"""Every install line that is printed works, with a wheel in place of the clone or the repository."""

import ast
import json
import re
import subprocess
import sys
import venv
from functools import partial

import pytest
from execute_notebooks import ROOT, notebooks
from packaging.requirements import Requirement
from test_environment import requirements

pytestmark = pytest.mark.complete

TOKEN = r""""[^"]+"|'[^']+'|[^\s"'`,;()]+"""
LINE = re.compile(rf"pip install((?: (?:{TOKEN}))*)")
# what is imported to see that nnbook, or one of its extras, has brought what it is for; a line with
# another extra is only resolved: those bring a lot, and most of it again
IMPORTS = {
    "nnbook": "nnbook.network, nnbook.datasets",
    "data": "pooch, tqdm",
    "plot": "nnbook.plot",
    "train": "joblib, threadpoolctl, tqdm",
    "scikit-learn": "sklearn",
}
CPU = "--constraint", ROOT / "constraints-cpu.txt"


def printed():
    """Yield each text that a reader may take a command from, with its file."""
    for page in ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "book").glob("*.md"):
        yield page, page.read_text("utf-8")
    for page in notebooks():
        for cell in json.loads(page.read_text("utf-8"))["cells"]:
            yield page, "".join(cell["source"])
    for module in (ROOT / "nnbook").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield module, node.value


def arguments(line):
    """Return the options of a line, and its requirements; nnbook is called so wherever it lies."""
    options, names = [], []
    tokens = iter(re.findall(TOKEN, line))
    for token in tokens:
        if token in ("-c", "--constraint"):
            options += ["--constraint", str(ROOT / next(tokens))]
        elif token not in ("-e", "--editable"):
            name = token.strip("\"'").split(" @ ")[0]
            names.append("nnbook" + name[1:] if name.startswith(".") else name)
    return tuple(options), tuple(names)


LINES = {
    arguments(match[1]): f"{file.relative_to(ROOT).as_posix()}: {match[0]}"
    for file, text in printed()
    for match in LINE.finditer(text)
}


def python_in(folder):
    return folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def ran(*command, cwd):
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def pip(tmp_path_factory):
    """Return a function that runs pip, from outside the environment it works on."""
    tools = tmp_path_factory.mktemp("tools")
    venv.create(tools, with_pip=True)
    return partial(ran, python_in(tools), "-m", "pip", "--disable-pip-version-check", cwd=tools)


@pytest.fixture(scope="module")
def wheel(pip, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
    (file,) = folder.glob("nnbook-*.whl")
    return file.as_uri()


@pytest.fixture(scope="module")
def cpu_build(pip):
    """Whether the CPU build of PyTorch is to be had; the others bring gigabytes."""
    try:
        pip("install", "--quiet", "--dry-run", "--no-deps", *CPU, "torch")
    except AssertionError:
        return False
    return True


def test_the_lines_are_found():
    wanted = ("nnbook", "nnbook[course]", "nnbook[test]", "scikit-learn")
    assert {(name,) for name in wanted} <= {names for _, names in LINES}


@pytest.mark.parametrize(("options", "names"), LINES, ids=LINES.values())
def test_a_printed_line_installs_what_is_then_imported(
    options, names, pip, wheel, cpu_build, tmp_path
):
    assert names, "pip install, but what?"
    wanted = [Requirement(name) for name in names]
    brought = requirements(names)  # a KeyError names an extra that does not exist
    modules = {name for one in wanted for name in (one.name, *one.extras)}
    resolved = "torch" in brought or any(one.extras - IMPORTS.keys() for one in wanted)
    if "torch" in brought and not cpu_build:
        pytest.skip("no CPU build of PyTorch for this Python and platform is to be had")
    venv.create(tmp_path / "empty")
    python = python_in(tmp_path / "empty")
    given = [f"{one} @ {wheel}" if one.name == "nnbook" else str(one) for one in wanted]
    pip(
        "--python", python, "install", "--quiet", "--no-compile", *options,
        *(["--dry-run", *CPU] if resolved else []), *given,
    )  # fmt: skip
    if not resolved:
        code = "; ".join(f"import {IMPORTS.get(name, name)}" for name in modules)
        ran(python, "-I", "-c", code, cwd=tmp_path)
