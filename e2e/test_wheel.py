"""The wheel of the package, in an environment with nothing but NumPy."""

import subprocess
import sys
import venv

import pytest
from visits import ROOT

XOR = """
import numpy as np
import nnbook as nn

X, y = nn.datasets.xor()
rng = np.random.default_rng(0)
network = nn.Sequential(nn.Dense(2, 3, rng=rng), nn.Tanh(), nn.Dense(3, 1, rng=rng))
network.fit(X, y, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.3), epochs=2000)
print(network.predict(X).round(1).ravel(), nn.datasets.load_digits()[0][0].shape)
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """Build the wheel, and install it where nothing else is."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, ROOT]
    subprocess.run(build, check=True)
    (wheel,) = folder.glob("nnbook-*.whl")
    venv.create(folder / "empty", with_pip=True)
    python = folder / "empty" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    constraints = ROOT / "constraints.txt"
    command = ["-m", "pip", "install", "--quiet", "--constraint", constraints, wheel]
    subprocess.run([python, *command], check=True)
    return python


def said(python, *command):
    run = subprocess.run([python, *command], capture_output=True, text=True, cwd=python.parent)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_it_says_its_version(python):
    assert said(python, "-m", "nnbook").startswith("nnbook 0.")


def test_it_trains_and_brings_its_digits(python):
    assert said(python, "-c", XOR) == "[0. 1. 1. 0.] (4000, 28, 28, 1)\n"


def test_it_needs_nothing_but_numpy(python):
    listed = said(python, "-m", "pip", "list", "--format=freeze")
    assert {line.split("==")[0] for line in listed.split()} <= {
        "nnbook",
        "numpy",
        "pip",
        "setuptools",
    }
