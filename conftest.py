"""What every test run needs, of one notebook alone too."""

import os
import sys

import pytest

os.environ.setdefault("NNBOOK_PROGRESS", "never")  # a slow machine must not change an output


@pytest.fixture(autouse=True)
def figures_are_closed():
    """Close the figures of every test, those of the examples in docstrings too."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
