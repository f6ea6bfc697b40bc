"""The doors to other engines, where those are not installed; tests/doors goes through them."""

import sys
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    ("door", "library", "message"),
    [
        ("torch", "torch", "needs PyTorch: pip install"),
        ("sklearn", "sklearn.base", r"needs scikit-learn 1\.6 or newer: pip install"),
        ("dask", "distributed", "needs Dask: pip install"),
    ],
)
def test_a_door_says_what_is_missing(monkeypatch, door, library, message):
    assert import_module("nnbook.interop").__doc__
    monkeypatch.setitem(sys.modules, library, None)  # as if it were not installed
    monkeypatch.delitem(sys.modules, f"nnbook.interop.{door}", raising=False)
    with pytest.raises(ImportError, match=rf"nnbook\.interop\.{door} {message}"):
        import_module(f"nnbook.interop.{door}")
