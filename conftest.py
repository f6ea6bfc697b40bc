"""What every test run needs, of one notebook alone too."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

os.environ.setdefault("NNBOOK_PROGRESS", "never")  # a slow machine must not change an output
os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")  # pytest has a process a core already

# a door can be read for its examples where its library is, and `make doors` has them all
DOORS = Path(__file__).parent / "nnbook" / "interop"
LIBRARIES = {"dask": "distributed"}  # where it is not called as the door is
collect_ignore = [
    str(door)
    for door in DOORS.glob("[!_]*.py")
    if not find_spec(LIBRARIES.get(door.stem, door.stem))
]


def pytest_configure():
    """Let nbval compare outputs as numbers, as `tests/pagecheck/compare.py` does."""
    if not find_spec("nbval"):  # `make parity` needs none
        return
    from nbval.plugin import IPyNbCell
    from pagecheck.compare import settled

    exactly = IPyNbCell.compare_outputs

    def as_numbers(cell, test, reference, skip_compare=None):
        return exactly(cell, settled(test, reference), reference, skip_compare)

    IPyNbCell.compare_outputs = as_numbers


def pytest_collection_modifyitems(items):
    """Skip the cells of a page whose libraries are not all there, and say why."""
    from course import lacking  # not before tests/conftest.py has set what NumPy reads

    for item in items:
        page = item.path.parent.name == "notebooks" and item.path.name
        if page and (reason := lacking(page)):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def figures_are_closed():
    """Close the figures of every test, those of the examples in docstrings too."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
