import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import generators, matrices, read_only

import nnbook as nn

LOSSES = [nn.MeanSquaredError, nn.HalfSquaredError]


def test_mean_squared_error_of_the_layer_notes():
    loss = nn.MeanSquaredError()
    value = loss.forward([[0.2, 0.7, -0.4]], [[0, 1, 0.5]])
    assert np.isclose(value, 0.94 / 3)
    assert np.allclose(loss.backward(), [[0.4 / 3, -0.2, -0.6]])


def test_half_squared_error_of_the_delta_rule():
    loss = nn.HalfSquaredError()
    assert loss.forward([[-0.5]], [[1.0]]) == 1.125
    assert loss.backward().tolist() == [[-1.5]]


@given(matrices(), generators())
def test_the_losses_are_their_formulas(predictions, rng):
    targets = rng.normal(size=predictions.shape)
    squares = [
        [(p - t) ** 2 for p, t in zip(*rows, strict=True)]
        for rows in zip(predictions, targets, strict=True)
    ]
    m = len(predictions)
    assert np.isclose(nn.MeanSquaredError().forward(predictions, targets), np.mean(squares))
    halves = sum(sum(row) / 2 for row in squares) / m
    assert np.isclose(nn.HalfSquaredError().forward(predictions, targets), halves)


@pytest.mark.parametrize("make", LOSSES)
@given(rng=generators(), shape=st.sampled_from([(7,), (7, 1), (5, 3), (3, 2, 2)]))
def test_every_loss_gradient_is_the_derivative(make, rng, shape):
    loss, predictions, targets = make(), rng.normal(size=shape), rng.normal(size=shape)
    nudged = nn.numerical_gradient(lambda p: make().forward(p, targets), predictions)
    loss.forward(predictions, targets)
    assert np.allclose(loss.backward(), nudged, atol=1e-8)


@pytest.mark.parametrize("make", LOSSES)
@pytest.mark.parametrize(
    "shapes", [((3,), (3, 1)), ((3, 1), (1, 3)), ((3,), (1, 3)), ((3, 1), (1,))]
)
def test_nothing_is_broadcast(make, shapes):
    with pytest.raises(ValueError, match="equal shape"):
        make().forward(np.zeros(shapes[0]), np.zeros(shapes[1]))


@pytest.mark.parametrize("make", LOSSES)
@pytest.mark.parametrize("shape", [(0, 2), (2, 0), ()])
def test_no_samples_is_a_value_error(make, shape):
    with pytest.raises(ValueError, match="at least one sample"):
        make().forward(np.zeros(shape), np.zeros(shape))


@pytest.mark.parametrize("make", LOSSES)
def test_backward_without_forward_is_a_runtime_error(make):
    with pytest.raises(RuntimeError, match="there was none"):
        make().backward()


@pytest.mark.parametrize("make", LOSSES)
def test_inputs_are_never_altered_and_the_value_is_a_float(make):
    loss, predictions = make(), read_only(np.ones((2, 2)))
    assert type(loss.forward(predictions, read_only(np.zeros((2, 2))))) is float
    assert not np.shares_memory(loss.backward(), predictions)


@pytest.mark.parametrize("make", LOSSES)
def test_whole_numbers_do_not_wrap_and_float32_stays(make):
    bytes_ = np.array([[0], [255]], np.uint8)
    assert make().forward(bytes_, bytes_[::-1]) == make().forward([[0.0], [255.0]], [[255], [0]])
    loss = make()
    loss.forward(np.ones((2, 1), np.float32), np.zeros((2, 1)))
    assert loss.backward().dtype == np.float32
