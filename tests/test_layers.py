import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import generators, matrices, read_only

import nnbook as nn


@given(matrices(), st.integers(1, 5), generators())
def test_dense_is_its_equation(X, n_out, rng):
    layer = nn.Dense(X.shape[1], n_out, rng=rng)
    layer.parameters["b"][:] = rng.normal(size=n_out)
    W, b = layer.parameters["W"], layer.parameters["b"]
    loops = [
        [sum(row[i] * W[i, k] for i in range(len(row))) + b[k] for k in range(n_out)] for row in X
    ]
    assert np.allclose(layer.forward(X), loops)


@given(matrices(), st.integers(1, 5), generators())
def test_dense_gradients_are_sums_over_the_samples(X, n_out, rng):
    layer = nn.Dense(X.shape[1], n_out, rng=rng)
    grad = rng.normal(size=layer.forward(X).shape)
    dX = layer.backward(grad)
    assert np.allclose(layer.gradients["W"], sum(map(np.outer, X, grad)))
    assert np.allclose(layer.gradients["b"], sum(grad))
    assert np.allclose(dX, [layer.parameters["W"] @ g for g in grad])


@given(st.integers(1, 5), st.integers(1, 5), generators())
def test_dense_gradients_are_derivatives(n_in, n_out, rng):
    layer = nn.Dense(n_in, n_out, rng=rng)
    nn.check_gradients(layer, rng.normal(size=(7, n_in)), rng=rng)


def test_the_first_weights_follow_the_seed_and_the_biases_are_zero():
    first, second, other = nn.Dense(3, 4, rng=5), nn.Dense(3, 4, rng=5), nn.Dense(3, 4, rng=6)
    assert np.array_equal(first.parameters["W"], second.parameters["W"])
    assert not np.array_equal(first.parameters["W"], other.parameters["W"])
    assert not first.parameters["b"].any()


def test_parameters_and_gradients_have_the_same_names_and_shapes():
    layer = nn.Dense(3, 4, rng=0)
    for _ in range(2):  # before and after a backward
        assert list(layer.parameters) == list(layer.gradients) == ["W", "b"]
        for name, p in layer.parameters.items():
            assert layer.gradients[name].shape == p.shape
            assert layer.gradients[name].dtype == p.dtype
        layer.forward(np.ones((2, 3)))
        layer.backward(np.ones((2, 4)))


def test_initializers_of_the_caller_are_used():
    layer = nn.Dense(
        2, 3, rng=0, weights=nn.initializers.constant(2), biases=nn.initializers.constant(-1)
    )
    assert layer.forward([[1, 1]]).tolist() == [[3, 3, 3]]


def test_gradients_are_assigned_and_not_added():
    layer = nn.Dense(2, 1, rng=0)
    layer.forward([[1, 2]])
    layer.backward([[1]])
    layer.backward([[1]])
    assert layer.gradients["W"].tolist() == [[1], [2]]


def test_backward_answers_the_latest_forward():
    layer = nn.Dense(2, 1, rng=0)
    layer.forward([[100, 200]])
    layer.forward([[1, 2]])
    layer.backward([[1]])
    assert layer.gradients["W"].tolist() == [[1], [2]]


def test_the_first_duty_alone_assigns_the_same_gradients():
    layer = nn.Dense(2, 2, rng=0)
    layer.forward([[1, 2], [3, 4]])
    layer.backward([[1, 2], [3, 4]])
    kept = {name: g.copy() for name, g in layer.gradients.items()}
    layer.forward([[1, 2], [3, 4]])
    layer.assign_gradients([[1, 2], [3, 4]])
    for name, g in layer.gradients.items():
        assert np.array_equal(g, kept[name])


@pytest.mark.parametrize("make", [lambda: nn.Dense(2, 1, rng=0), nn.Sigmoid, nn.ReLU])
def test_backward_without_forward_is_a_runtime_error(make):
    with pytest.raises(RuntimeError, match="call forward first"):
        make().backward([[1.0]])


@pytest.mark.parametrize("make", [lambda: nn.Dense(2, 1, rng=0), nn.Tanh])
def test_a_gradient_of_the_wrong_shape_is_a_value_error(make):
    layer = make()
    layer.forward(np.ones((3, 2)))
    with pytest.raises(ValueError, match="the shape of its latest output, got"):
        layer.backward(np.ones(3))


@pytest.mark.parametrize("sizes", [(0, 1), (1, 0), (-1, 1)])
def test_sizes_below_one_are_value_errors(sizes):
    with pytest.raises(ValueError, match="at least 1"):
        nn.Dense(*sizes, rng=0)


@pytest.mark.parametrize("sizes", [(1.5, 1), ("2", 1), (None, 1)])
def test_sizes_that_are_no_whole_numbers_are_type_errors(sizes):
    with pytest.raises(TypeError, match="whole number"):
        nn.Dense(*sizes, rng=0)


def test_forgetting_rng_says_what_to_write():
    with pytest.raises(TypeError, match=r"Dense\(2, 3\).*write rng=0"):
        nn.Dense(2, 3)


def test_one_sample_without_its_batch_axis_says_what_to_write():
    with pytest.raises(
        ValueError, match=r"Dense\(3, 2\) expects input of shape \(m, 3\), got \(3,\)"
    ):
        nn.Dense(3, 2, rng=0).forward(np.ones(3))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_layer_computes_in_the_type_of_its_parameters(dtype):
    layer = nn.Dense(2, 3, rng=0).astype(dtype)
    assert layer.forward(np.ones((4, 2))).dtype == dtype
    assert layer.backward(np.ones((4, 3), dtype)).dtype == dtype
    assert {g.dtype for g in layer.gradients.values()} == {np.dtype(dtype)}


@given(matrices(columns=st.just(3)), generators())
def test_nothing_of_the_callers_is_altered_or_shared(X, rng):
    layer = nn.Dense(3, 2, rng=rng)
    X, grad = read_only(X), read_only(rng.normal(size=(len(X), 2)))
    Y, dX = layer.forward(X), layer.backward(grad)
    for mine in (Y, dX, *layer.gradients.values()):
        assert not np.shares_memory(mine, X)
        assert not np.shares_memory(mine, grad)


def test_integers_of_one_byte_do_not_wrap():
    layer = nn.Dense(2, 1, rng=0, weights=nn.initializers.constant(2))
    assert layer.forward(np.array([[200, 100]], np.uint8)).tolist() == [[600]]


def test_a_layer_of_ones_own_needs_three_lines():
    class Double(nn.Layer):
        def _forward(self, X):
            return 2 * X

        def _input_gradient(self, grad):
            return 2 * grad

    nn.check_gradients(Double(), [[1.0, 2.0]], rng=0)
    assert repr(Double()) == "Double()"


def test_the_base_layer_leaves_the_mathematics_to_its_heirs():
    with pytest.raises(NotImplementedError):
        nn.Layer().forward([[1.0]])


def test_a_cast_forgets_the_latest_forward():
    layer = nn.Dense(2, 1, rng=0)
    layer.forward([[1, 2]])
    layer.astype(np.float32)
    with pytest.raises(RuntimeError, match="call forward first"):
        layer.backward([[1]])


def test_dropout_silences_its_share_and_keeps_the_mean():
    layer = nn.Dropout(0.3, rng=0)
    Y = layer.forward(np.ones((200, 200)))
    assert np.isclose((Y == 0).mean(), 0.3, atol=0.01)
    assert np.isclose(Y.mean(), 1, atol=0.02)
    assert np.allclose(np.unique(Y), [0, 1 / 0.7])


def test_dropout_passes_the_gradient_where_it_passed_the_signal():
    layer = nn.Dropout(0.5, rng=0)
    X = np.random.default_rng(1).normal(size=(6, 5))
    Y = layer.forward(read_only(X))
    assert np.allclose(layer.backward(read_only(np.ones_like(X))) * X, Y)


def test_dropout_draws_anew_and_follows_its_seed():
    first, second = nn.Dropout(0.5, rng=3), nn.Dropout(0.5, rng=3)
    one, other = first.forward(np.ones(50)), first.forward(np.ones(50))
    assert not np.array_equal(one, other)
    assert np.array_equal(one, second.forward(np.ones(50)))


def test_dropout_lets_everything_through_in_predict():
    layer = nn.Dropout(0.9, rng=0)
    assert layer.predict([[1, 2]]).tolist() == [[1, 2]]
    assert nn.Dropout(0, rng=0).forward([[1, 2]]).tolist() == [[1, 2]]
    assert repr(nn.Dropout(0.25, rng=0)) == "Dropout(0.25)"


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5, float("nan")])
def test_dropout_wants_a_share_below_one(rate):
    with pytest.raises(ValueError, match="Dropout expects rate"):
        nn.Dropout(rate, rng=0)


def test_dropout_needs_a_generator():
    with pytest.raises(TypeError, match=r"Dropout\(0\.5\).*write rng=0"):
        nn.Dropout(0.5)


def test_dropout_keeps_float32():
    layer = nn.Dropout(0.5, rng=0)
    assert layer.forward(np.ones(3, np.float32)).dtype == np.float32


def test_flatten_lays_each_sample_out_in_a_row_and_back():
    layer = nn.Flatten()
    X = np.arange(24.0).reshape(2, 2, 3, 2)
    Y = layer.forward(X)
    assert Y.tolist() == X.reshape(2, 12).tolist()
    assert np.array_equal(layer.backward(Y), X)
    assert layer.forward(X[:0]).shape == (0, 12)
    assert layer.forward(np.ones((3, 4))).shape == (3, 4)
    nn.check_gradients(layer, X, rng=0)
