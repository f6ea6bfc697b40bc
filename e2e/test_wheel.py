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


def test_it_trains_brings_its_digits_and_needs_nothing_but_numpy(python):
    def said(*command):
        run = subprocess.run([python, *command], capture_output=True, text=True, cwd=python.parent)
        assert run.returncode == 0, run.stderr
        return run.stdout

    assert said("-m", "nnbook").startswith("nnbook 0.")
    assert said("-c", XOR) == "[0. 1. 1. 0.] (4000, 28, 28, 1)\n"
    listed = said("-m", "pip", "list", "--format=freeze").split()
    assert {line.split("==")[0] for line in listed} <= {"nnbook", "numpy", "pip", "setuptools"}
