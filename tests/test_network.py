from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import generators, read_only

import nnbook as nn


def make(rng, sizes=(2, 3, 1), activation=nn.Sigmoid):
    layers = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Dense(n_in, n_out, rng=rng), activation()]
    return nn.Sequential(*layers)


SIZES = st.lists(st.integers(1, 5), min_size=2, max_size=5)


@given(SIZES, generators())
def test_a_network_is_the_composition_of_its_layers(sizes, rng):
    network, X = make(rng, sizes), rng.normal(size=(4, sizes[0]))
    Y = X
    for layer in network.layers:
        Y = layer.forward(Y)
    assert np.array_equal(network.forward(X), Y)
    assert np.array_equal(network.forward(X), network.forward(X))


@given(SIZES, generators(), st.sampled_from([nn.Sigmoid, nn.Tanh]))
def test_every_gradient_of_a_network_is_the_derivative(sizes, rng, activation):
    network = make(rng, sizes, activation)
    X, targets = rng.normal(size=(7, sizes[0])), rng.normal(size=(7, sizes[-1]))
    for loss in (nn.MeanSquaredError(), nn.HalfSquaredError()):
        nn.check_gradients(network, X, loss=loss, targets=targets, rng=rng)


def test_backward_without_the_input_gradient_assigns_the_same_gradients():
    network = make(np.random.default_rng(0))
    network.forward(np.ones((3, 2)))
    assert network.backward(np.ones((3, 1)), input_gradient=True).shape == (3, 2)
    kept = [g.copy() for g in network.gradients()]
    network.forward(np.ones((3, 2)))
    assert network.backward(np.ones((3, 1))) is None
    for g, k in zip(network.gradients(), kept, strict=True):
        assert np.array_equal(g, k)


def test_training_does_not_compute_the_first_input_gradient(monkeypatch):
    network = make(np.random.default_rng(0))
    network.forward(np.ones((3, 2)))
    monkeypatch.setattr(network.layers[0], "_input_gradient", None)
    network.backward(np.ones((3, 1)))


def test_parameters_and_gradients_are_in_the_same_order():
    network = make(np.random.default_rng(0))
    network.forward(np.ones((3, 2)))
    network.backward(np.ones((3, 1)))
    first, _, second, _ = network.layers
    assert [p.shape for p in network.parameters()] == [(2, 3), (3,), (3, 1), (1,)]
    assert network.parameters()[2] is second.parameters["W"]
    assert network.gradients()[1] is first.gradients["b"]


def test_a_step_of_sgd_reaches_the_layers():
    network = make(np.random.default_rng(0))
    before = network.layers[0].parameters["W"].copy()
    network.forward(np.ones((3, 2)))
    network.backward(np.ones((3, 1)))
    nn.SGD(1.0).step(network.parameters(), network.gradients())
    assert np.allclose(network.layers[0].parameters["W"], before - network.layers[0].gradients["W"])


@pytest.mark.parametrize("batch_size", [None, 1, 3, 7, 100, np.int64(2)])
def test_predict_answers_every_sample_whatever_the_batch_size(batch_size):
    network, X = make(np.random.default_rng(0)), np.random.default_rng(1).normal(size=(7, 2))
    assert np.allclose(network.predict(X, batch_size), network.forward(X), rtol=0, atol=1e-15)


def test_predict_of_nothing_is_nothing_of_the_right_shape():
    network = make(np.random.default_rng(0))
    assert network.predict(np.zeros((0, 2)), batch_size=3).shape == (0, 1)


@pytest.mark.parametrize("batch_size", [0, -1, 1.5, "2"])
def test_predict_refuses_an_impossible_batch_size(batch_size):
    with pytest.raises((TypeError, ValueError), match="batch_size"):
        make(np.random.default_rng(0)).predict(np.zeros((3, 2)), batch_size)


def test_astype_is_the_one_switch():
    network = make(np.random.default_rng(0))
    assert network.forward(np.zeros((1, 2))).dtype == np.float64
    assert network.astype(np.float32) is network
    assert network.forward(np.zeros((1, 2))).dtype == np.float32
    network.backward(np.ones((1, 1), np.float32))
    assert {a.dtype for a in network.parameters() + network.gradients()} == {np.dtype("f4")}


def test_astype_refuses_types_that_cannot_learn():
    with pytest.raises(ValueError, match="float32 or float64, got int64"):
        make(np.random.default_rng(0)).astype(np.int64)


def test_no_layer_twice():
    layer = nn.Sigmoid()
    with pytest.raises(ValueError, match=r"same Sigmoid\(\) object again at position 2"):
        nn.Sequential(layer, nn.Dense(1, 1, rng=0), layer)


def test_a_network_needs_a_layer():
    with pytest.raises(ValueError, match="at least one layer"):
        nn.Sequential()


@pytest.mark.parametrize("thing", [[nn.Sigmoid()], nn.Sigmoid, np.tanh, None])
def test_a_network_wants_layers_without_a_list(thing):
    with pytest.raises(TypeError, match="at position 0; write Sequential"):
        nn.Sequential(thing)


def test_a_layer_that_does_not_fit_the_one_before_is_named():
    network = nn.Sequential(nn.Dense(2, 3, rng=0), nn.Dense(4, 1, rng=0))
    with pytest.raises(ValueError, match=r"Dense\(4, 1\) expects input of shape \(m, 4\)"):
        network.forward(np.zeros((5, 2)))


def test_nothing_of_the_callers_is_altered():
    network = make(np.random.default_rng(0))
    network.forward(read_only(np.ones((3, 2))))
    network.backward(read_only(np.ones((3, 1))), input_gradient=True)
    network.predict(read_only(np.ones((3, 2))), batch_size=2)


def test_its_repr_counts_the_parameters():
    network = make(np.random.default_rng(0), (5, 6, 3, 1))
    assert repr(network).startswith("Sequential, 61 parameters\n  0  Dense(5, 6)  36\n")
    assert len(repr(network).splitlines()) == 7
    html = network._repr_html_()
    assert "61 parameters" in html
    assert html.count("<tr>") == 7


def test_the_trace_names_every_shape_and_leaves_the_network_alone():
    network = make(np.random.default_rng(0))
    network.forward(np.ones((3, 2)))
    network.backward(np.ones((3, 1)))
    kept = [g.copy() for g in network.gradients()]
    first, bend, second, _ = network.trace(np.zeros((5, 2))).layers
    assert first.forward == ((5, 2), (5, 3))
    assert first.backward == ((5, 3), (5, 2))
    assert first.parameters == {"W": (2, 3), "b": (3,)}
    assert second.backward == ((5, 1), (5, 3))
    assert bend.forward == bend.backward == ((5, 3), (5, 3))
    assert all(map(np.array_equal, network.gradients(), kept))
    network.backward(np.ones((3, 1)))  # still answers the three samples


def test_the_index_equations_of_a_trace_are_true():
    network = nn.Sequential(nn.Dense(2, 3, rng=0))
    rng = np.random.default_rng(1)
    X, dY = rng.normal(size=(4, 2)), rng.normal(size=(4, 3))
    network.forward(X)
    dX = network.backward(dY, input_gradient=True)
    W, _ = network.parameters()
    dW, db = network.gradients()
    assert np.allclose(dW, np.einsum("si,sk->ik", X, dY))
    assert np.allclose(db, np.einsum("sk->k", dY))
    assert np.allclose(dX, np.einsum("sk,ik->si", dY, W))
    text = repr(network.trace(X))
    for equation in ("Σ_s X[s, i] dY[s, j]", "Σ_s dY[s, j]", "Σ_j dY[s, j] W[i, j]"):
        assert equation in text


# --- what the mutants showed ---------------------------------------------------------------------


def test_a_network_that_stands_first_gets_its_gradients():
    inner = make(np.random.default_rng(0))
    network, X = nn.Sequential(inner, nn.Dense(1, 1, rng=1)), np.ones((3, 2))
    network.forward(X)
    assert network.backward(np.ones((3, 1))) is None
    found = [g.copy() for g in network.gradients()]
    network.forward(X)
    network.backward(np.ones((3, 1)), input_gradient=True)
    assert all(g.any() for g in found)
    assert all(map(np.array_equal, found, network.gradients()))


def test_a_type_that_cannot_learn_is_refused_by_a_network_without_parameters_too():
    with pytest.raises(ValueError, match="Sequential"):
        nn.Sequential(nn.Tanh()).astype(np.int64)


def test_evaluate_says_what_a_loss_is():
    with pytest.raises(TypeError, match="evaluate expects loss to be an object"):
        make(np.random.default_rng(0)).evaluate(
            np.ones((1, 2)), np.ones((1, 1)), loss=nn.MeanSquaredError
        )


def test_a_trace_goes_all_the_way_back_to_the_input():
    class Stuck(nn.Flatten):
        def _input_gradient(self, grad):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        nn.Sequential(Stuck()).trace(np.ones((1, 2)))


def test_a_network_is_a_sequence_of_its_layers():
    network = make(np.random.default_rng(0))
    assert list(network) == list(network.layers)
    assert network[1] is network.layers[1]
    part = network[1:3]
    assert isinstance(part, nn.Sequential)
    assert list(part) == list(network.layers[1:3])
    assert len(part) == 2


def test_gradients_that_a_layer_has_not_assigned_yet_are_zero():
    class Scale(nn.Layer):
        def __init__(self):
            super().__init__()
            self.parameters = {"a": np.ones(2)}

        def _forward(self, X):
            return X * self.parameters["a"]

        def _input_gradient(self, grad):
            return grad * self.parameters["a"]

    (gradient,) = nn.Sequential(Scale()).gradients()
    assert gradient.tolist() == [0, 0]


def test_predict_computes_in_the_type_of_the_network_and_copies_nothing_that_has_it():
    seen = []

    class Watch(nn.Flatten):
        def _forward(self, X):
            seen.append(X)
            return super()._forward(X)

    network, X = nn.Sequential(Watch(), nn.Dense(2, 1, rng=0)).astype(np.float32), np.ones((3, 2))
    assert network.predict(X).dtype == np.float32
    assert seen[-1].dtype == np.float32
    network.astype(np.float64).predict(X)
    assert np.shares_memory(seen[-1], X)


def test_evaluate_looks_at_the_data():
    with pytest.raises(ValueError, match="evaluate expects as many targets as samples"):
        make(np.random.default_rng(0)).evaluate(
            np.ones((2, 2)), np.ones((3, 1)), loss=nn.MeanSquaredError()
        )
