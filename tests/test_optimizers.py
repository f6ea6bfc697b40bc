import numpy as np
import pytest
from hypothesis import given
from strategies import generators, matrices, read_only

import nnbook as nn


@given(matrices(), generators())
def test_sgd_is_its_formula_and_works_in_place(p, rng):
    before, gradient = p.copy(), read_only(rng.normal(size=p.shape))
    nn.SGD(0.3).step([p], [gradient])
    assert np.allclose(p, before - 0.3 * gradient)


def test_every_parameter_moves_by_its_own_gradient():
    parameters = [np.zeros((2, 1)), np.zeros(3)]
    nn.SGD(1).step(parameters, [np.ones((2, 1)), np.full(3, 2.0)])
    assert parameters[0].tolist() == [[-1], [-1]]
    assert parameters[1].tolist() == [-2, -2, -2]


def test_float32_parameters_stay_float32():
    p = np.ones(2, np.float32)
    nn.SGD(0.5).step([p], [np.ones(2, np.float32)])
    assert p.dtype == np.float32


@pytest.mark.parametrize("gradients", [[], [np.ones(2)], [np.ones((1, 2)), np.ones(1)]])
def test_a_list_that_does_not_fit_changes_nothing(gradients):
    parameters = [np.zeros(2), np.zeros(1)]
    with pytest.raises(ValueError, match="one gradient of equal shape"):
        nn.SGD(0.1).step(parameters, gradients)
    assert not any(p.any() for p in parameters)


@pytest.mark.parametrize("rate", [0, -1, float("inf")])
def test_the_learning_rate_is_checked_at_construction(rate):
    with pytest.raises(ValueError, match="SGD expects learning_rate"):
        nn.SGD(rate)


def test_its_repr_says_the_rate():
    assert repr(nn.SGD(0.1)) == "SGD(learning_rate=0.1)"
