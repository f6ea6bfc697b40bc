"""Code and notebooks are clean, by ruff's measure, and the package's types by mypy's."""

import re
import subprocess
import sys

import pytest
from execute_notebooks import ROOT


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=["check", "format"])
def test_ruff_is_content(command):
    result = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.complete
def test_mypy_is_content():
    command = [sys.executable, "-m", "mypy"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


# words of the first edition that no other book knows, and the few places that quote a page
COINED = r"\b(priced?|prices|dear|cheap(er)?|blame[sd]?|toll|bent|bend|nudge[sd]?|referee|born|spread|" \
    r"heaps?|drawer|stranger|walks?|route|luck|alarm|kin|ledger|picture[sd]?|slips?|mend(ed)?)\b"  # fmt: skip
QUOTED = {("single_neuron_chain.py", "bend")}


def test_the_package_speaks_the_words_of_the_field():
    found = {
        (path.name, word.group().lower())
        for path in (ROOT / "nnbook").rglob("*.py")
        for word in re.finditer(COINED, path.read_text("utf-8"), re.IGNORECASE)
    }
    assert found == QUOTED
