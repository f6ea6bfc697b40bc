from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from specimens import refused
from strategies import generators, read_only

import nnbook as nn


def make(rng=0, sizes=(2, 3, 1), activation=nn.Sigmoid):
    layers, rng = [], np.random.default_rng(rng)
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Dense(n_in, n_out, rng=rng), activation()]
    return nn.Sequential(*layers)


SIZES = st.lists(st.integers(1, 5), min_size=2, max_size=5)


@given(SIZES, generators(), st.sampled_from([nn.Sigmoid, nn.Tanh]))
def test_a_network_is_the_composition_of_its_layers(sizes, rng, activation):
    network, X = make(rng, sizes, activation), read_only(rng.normal(size=(4, sizes[0])))
    Y = X
    for layer in network.layers:
        Y = layer.forward(Y)
    for _ in range(2):
        assert np.array_equal(network.forward(X), Y)
    targets = rng.normal(size=(4, sizes[-1]))
    for loss in (nn.MeanSquaredError(), nn.HalfSquaredError()):
        nn.check_gradients(network, X, loss=loss, targets=targets, rng=rng)


def test_backward_without_the_input_gradient_assigns_the_same_gradients():
    for inner in (nn.Dense(2, 1, rng=0), make()):
        network, found = nn.Sequential(inner, nn.Dense(1, 1, rng=1)), []
        for asked in (True, False):
            network.forward(np.ones((3, 2)))
            dX = network.backward(read_only(np.ones((3, 1))), input_gradient=asked)
            assert dX.shape == (3, 2) if asked else dX is None
            found.append([g.copy() for g in network.gradients()])
        assert all(map(np.array_equal, *found))
        assert all(g.any() for g in found[0])


def test_parameters_and_gradients_are_in_the_same_order_and_a_step_reaches_them():
    network = make()
    network.forward(np.ones((3, 2)))
    network.backward(np.ones((3, 1)))
    first, _, second, _ = network.layers
    assert [p.shape for p in network.parameters()] == [(2, 3), (3,), (3, 1), (1,)]
    assert network.parameters()[2] is second.parameters["W"]
    assert network.gradients()[1] is first.gradients["b"]
    before = first.parameters["W"].copy()
    nn.SGD(1.0).step(network.parameters(), network.gradients())
    assert np.allclose(first.parameters["W"], before - first.gradients["W"])


@pytest.mark.parametrize("batch_size", [None, 1, 3, 7, 100, np.int64(2)])
def test_predict_takes_every_sample_whatever_the_batch_size(batch_size):
    network, X = make(), read_only(np.random.default_rng(1).normal(size=(7, 2)))
    assert np.allclose(network.predict(X, batch_size), network.forward(X), rtol=0, atol=1e-15)
    assert network.predict(X[:0], batch_size).shape == (0, 1)


def test_predict_computes_in_the_type_of_the_network_and_copies_nothing_that_has_it():
    seen = []

    class Watch(nn.Flatten):
        def _forward(self, X):
            seen.append(X)
            return super()._forward(X)

    network, X = nn.Sequential(Watch(), nn.Dense(2, 1, rng=0)), np.ones((3, 2))
    assert network.astype(np.float32) is network
    assert network.predict(X).dtype == np.float32
    assert seen[-1].dtype == np.float32
    network.astype(np.float64).predict(X)
    assert np.shares_memory(seen[-1], X)


TWICE, MSE = nn.Sigmoid(), nn.MeanSquaredError()


test_what_is_no_network_or_does_not_fit_it_is_refused = refused(
    (lambda: nn.Sequential(TWICE, nn.Dense(1, 1, rng=0), TWICE), ValueError,
     r"same Sigmoid\(\) object again at position 2"),
    (lambda: nn.Sequential(), ValueError, "at least one layer"),
    *[
        (lambda thing=thing: nn.Sequential(thing), TypeError, "at position 0; write Sequential")
        for thing in ([nn.Sigmoid()], nn.Sigmoid, np.tanh, None)
    ],
    (lambda: nn.Sequential(nn.Dense(2, 3, rng=0), nn.Dense(4, 1, rng=0)).forward([[1, 2]]),
     ValueError, r"Dense\(4, 1\) expects input of shape \(m, 4\)"),
    *[
        (lambda size=size: make().predict(np.zeros((3, 2)), size), error, "batch_size")
        for size, error in ((0, ValueError), (-1, ValueError), (1.5, TypeError))
    ],
    (lambda: make().astype(np.int64), ValueError, "float32 or float64, got int64"),
    (lambda: nn.Sequential(nn.Tanh()).astype(np.int64), ValueError, "Sequential"),
    (lambda: make().evaluate([[1, 2]], [[1]], loss=nn.MeanSquaredError), TypeError,
     "evaluate expects loss to be an object"),
    (lambda: make().evaluate(np.ones((2, 2)), np.ones((3, 1)), loss=MSE), ValueError,
     "evaluate expects as many targets as samples"),
    (lambda: make().summary((3,)), ValueError, "expects input of shape"),
    (lambda: make().summary((0,)), ValueError, "at least 1"),
    (lambda: make().summary(2), TypeError, r"as a tuple, got 2; write summary\(\(2,\)\)"),
    (lambda: nn.Sequential(nn.Flatten(), nn.Dense(2, 1, rng=0)).summary(), TypeError,
     "only a network that begins with Dense"),
)  # fmt: skip


def test_its_tables_count_the_parameters():
    network = make(0, (5, 6, 3, 1))
    summary = network.summary((5,))
    assert (summary.parameters, summary.multiply_adds) == (61, 51)
    assert str(network.summary()) == str(summary)
    assert repr(network).startswith("Sequential, 61 parameters\n  0  Dense(5, 6)  36\n")
    assert len(repr(network).splitlines()) == 7
    html = network._repr_html_()
    assert "61 parameters" in html
    assert html.count("<tr>") == 7


def test_the_trace_names_every_shape_and_leaves_the_network_alone():
    network = make()
    network.forward(np.ones((3, 2)))
    network.backward(np.ones((3, 1)))
    kept = [g.copy() for g in network.gradients()]
    trace = network.trace(np.zeros((5, 2)))
    first, activation, second, _ = trace.layers
    assert first.forward == ((5, 2), (5, 3))
    assert first.backward == ((5, 3), (5, 2))
    assert first.parameters == {"W": (2, 3), "b": (3,)}
    assert second.backward == ((5, 1), (5, 3))
    assert activation.forward == activation.backward == ((5, 3), (5, 3))
    for equation in ("Σ_s X[s, i] dY[s, j]", "Σ_s dY[s, j]", "Σ_j dY[s, j] W[i, j]"):
        assert equation in repr(trace)
    assert all(map(np.array_equal, network.gradients(), kept))
    network.backward(np.ones((3, 1)))  # still of the three samples

    class Stuck(nn.Flatten):
        def _input_gradient(self, grad):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):  # it goes all the way back to the input
        nn.Sequential(Stuck()).trace(np.ones((1, 2)))


def test_a_network_is_a_sequence_of_its_layers():
    network = make()
    assert list(network) == list(network.layers)
    assert network[1] is network.layers[1]
    part = network[1:3]
    assert isinstance(part, nn.Sequential)
    assert list(part) == list(network.layers[1:3])
    assert len(part) == 2
