import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes

import nnbook as nn


@pytest.fixture
def shown(monkeypatch):
    """Return the list of the figures that have been shown, in the place of a notebook."""
    figures = []
    monkeypatch.setattr("IPython.display.display", figures.append)
    return figures


def line(slope=1, shift=0) -> Axes:
    ax = plt.subplots()[1]
    ax.plot([0, 1], [shift, shift + slope])
    return ax


def heights(figure):
    return figure.axes[0].lines[0].get_ydata().tolist()


def test_the_first_frame_is_drawn_at_the_defaults_and_closed(shown):
    nn.widgets.explore(line, slope=range(3), shift=[0, 5])
    assert [heights(figure) for figure in shown] == [[0, 1]]
    assert plt.get_fignums() == []


def test_a_slider_that_moves_draws_again(shown):
    sliders = nn.widgets.explore(line, slope=range(3), shift=np.array([0, 5]))
    slope, shift, frame = sliders.children
    assert (slope.value, shift.value) == (1, 0)
    slope.value = 2
    shift.value = 5
    assert [heights(figure) for figure in shown] == [[0, 1], [0, 2], [5, 7]]
    assert plt.get_fignums() == []
    assert frame.outputs == ()  # empty on a saved page


def test_a_saved_page_says_what_a_reader_would_get(shown):
    sliders = nn.widgets.explore(line, slope=range(3), shift=[0])
    assert repr(sliders) == "Run this cell to get sliders for slope, shift."


def test_without_ipywidgets_the_first_frame_is_all(shown, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert nn.widgets.explore(line, slope=range(3)) is None
    assert len(shown) == 1


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        ({"angle": [1]}, "arguments of the function, slope, shift; got angle"),
        ({"slope": [2, 3]}, r"default of slope among its values, got 1 beside \[2, 3\]"),
    ],
)
def test_controls_must_fit_the_function(controls, message, shown):
    with pytest.raises(ValueError, match=message):
        nn.widgets.explore(line, **controls)
    assert shown == []
