"""What every test run needs, of one notebook alone too."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

os.environ.setdefault("NNBOOK_PROGRESS", "never")  # a slow machine must not change an output

# a door's examples run where the library is that it leads to, and whose name it bears
collect_ignore = [
    str(door)
    for door in (Path(__file__).parent / "nnbook" / "interop").glob("[!_]*.py")
    if find_spec(door.stem) is None
]


@pytest.fixture(autouse=True)
def figures_are_closed():
    """Close the figures of every test, those of the examples in docstrings too."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
