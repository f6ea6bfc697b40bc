"""The doors to other engines, where those are not installed; tests/doors goes through them."""

import sys

import pytest


def test_the_doors_open_without_any_engine():
    import nnbook.interop

    assert nnbook.interop.__doc__


def test_the_door_to_pytorch_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not installed
    monkeypatch.delitem(sys.modules, "nnbook.interop.torch", raising=False)
    with pytest.raises(ImportError, match=r"nnbook\.interop\.torch needs PyTorch: pip install"):
        import nnbook.interop.torch  # noqa: F401
