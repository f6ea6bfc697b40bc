"""Batch and layer normalisation: the equations, the state, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import laid, read_only

import nnbook as nn

SHAPES = st.sampled_from([(5, 3), (2, 3), (4, 2, 3), (3, 4, 5, 3)])
SEEDS = st.integers(0, 2**32 - 1)
MAKE = {"batch": lambda: nn.BatchNorm(3), "layer": lambda: nn.LayerNorm(3)}


def drawn(layer, rng):
    """Return the layer with other γ and β than those it is born with."""
    for p in layer.parameters.values():
        p[:] = rng.normal(size=p.shape)
    return layer


@given(SHAPES, SEEDS)
def test_batch_norm_is_its_equation_feature_by_feature(shape, seed):
    rng = np.random.default_rng(seed)
    layer, X = drawn(nn.BatchNorm(3), rng), rng.normal(size=shape)
    Y = layer.forward(read_only(X))
    for j in range(3):
        x = X[..., j]
        x_hat = (x - x.mean()) / np.sqrt(((x - x.mean()) ** 2).mean() + 1e-5)
        expected = layer.parameters["gamma"][j] * x_hat + layer.parameters["beta"][j]
        assert np.allclose(Y[..., j], expected, rtol=1e-12, atol=1e-12)


@given(SHAPES, SEEDS)
def test_layer_norm_is_its_equation_row_by_row(shape, seed):
    rng = np.random.default_rng(seed)
    layer, X = drawn(nn.LayerNorm(3, epsilon=0.1), rng), rng.normal(size=shape)
    Y = layer.forward(read_only(X))
    for place in np.ndindex(shape[:-1]):
        x = X[place]
        x_hat = (x - x.mean()) / np.sqrt(((x - x.mean()) ** 2).mean() + 0.1)
        expected = layer.parameters["gamma"] * x_hat + layer.parameters["beta"]
        assert np.allclose(Y[place], expected, rtol=1e-12, atol=1e-12)
        assert np.allclose(layer.predict(X[place][None])[0], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", MAKE)
@given(shape=SHAPES, seed=SEEDS, order=st.permutations(range(4)))
def test_gradients_are_derivatives(name, shape, seed, order):
    rng = np.random.default_rng(seed)
    layer, X = drawn(MAKE[name](), rng), rng.normal(size=shape) * 3
    nn.check_gradients(layer, X, rng=rng)
    if X.ndim == 4:  # in memory in whatever order
        grad = rng.normal(size=shape)
        layer.forward(X)
        dX, dgamma = layer.backward(grad), layer.gradients["gamma"]
        layer.forward(laid(X, order))
        assert np.allclose(layer.backward(laid(grad, order)), dX, rtol=1e-10, atol=1e-10)
        assert np.allclose(layer.gradients["gamma"], dgamma, rtol=1e-10, atol=1e-10)


def test_what_is_normalised_does_not_feel_a_shift_or_a_scale():
    X = np.random.default_rng(0).normal(size=(6, 3))
    layers = nn.BatchNorm(3, epsilon=1e-12), nn.LayerNorm(3, epsilon=1e-12)
    for layer, scale in zip(layers, (np.array([2.0, 5.0, 9.0]), 7.0), strict=True):
        assert np.allclose(layer.forward(scale * X + 4), layer.forward(X), atol=1e-8)
        dX = layer.backward(np.random.default_rng(1).normal(size=X.shape))
        axis = 0 if isinstance(layer, nn.BatchNorm) else 1
        assert np.allclose(dX.sum(axis=axis), 0, atol=1e-12)  # so no shift is asked for


def test_the_running_numbers_are_those_of_the_batches():
    rng, layer = np.random.default_rng(0), nn.BatchNorm(2, share=0.25)
    mean, variance = np.zeros(2), np.ones(2)
    for m in (4, 2, 7):
        X = rng.normal(3, 2, size=(m, 5, 5, 2))
        layer.forward(X)
        mean = 0.75 * mean + 0.25 * X.mean(axis=(0, 1, 2))
        variance = 0.75 * variance + 0.25 * X.reshape(-1, 2).var(axis=0, ddof=1)
        assert np.allclose(layer.state["mean"], mean, rtol=1e-12)
        assert np.allclose(layer.state["variance"], variance, rtol=1e-12)


def test_a_prediction_depends_on_nobody_else_in_the_batch():
    rng, layer = np.random.default_rng(0), drawn(nn.BatchNorm(3), np.random.default_rng(1))
    X = rng.normal(2, 3, size=(8, 3))
    layer.forward(X)
    state = {name: array.copy() for name, array in layer.state.items()}
    together = layer.predict(X)
    assert np.allclose(np.concatenate([layer.predict(x[None]) for x in X]), together, rtol=1e-14)
    by_hand = (X - state["mean"]) / np.sqrt(state["variance"] + 1e-5)
    by_hand = layer.parameters["gamma"] * by_hand + layer.parameters["beta"]
    assert np.allclose(together, by_hand, rtol=1e-14)
    assert all(np.array_equal(state[name], layer.state[name]) for name in state)
    network = nn.Sequential(layer)
    assert np.array_equal(network.predict(X), together)
    assert not np.allclose(network.forward(X), together)


def test_the_state_is_saved_cast_and_refuses_threads(tmp_path):
    network = nn.Sequential(nn.BatchNorm(2, share=0.3, epsilon=1e-3), nn.LayerNorm(2, epsilon=0.5))
    X = np.random.default_rng(0).normal(4, 2, size=(9, 2))
    network.forward(X)
    network.save(tmp_path / "network.npz")
    again = nn.load(tmp_path / "network.npz")
    assert np.array_equal(again.predict(X), network.predict(X))
    assert (again[0].share, again[0].epsilon, again[1].epsilon) == (0.3, 1e-3, 0.5)
    assert all(array.dtype == np.float32 for array in again.astype(np.float32)[0].state.values())
    assert again.forward(X).dtype == again.predict(X).dtype == np.float32
    assert again[0].state["mean"].dtype == np.float32
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
    with pytest.raises(ValueError, match=r"threads=1 with BatchNorm\(2, .*keeps a state"):
        network.fit(X, X, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1), epochs=1, threads=2)


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (lambda: nn.BatchNorm(0), "BatchNorm expects n to be at least 1"),
        (lambda: nn.BatchNorm(2, share=0), "share to be above 0"),
        (lambda: nn.BatchNorm(2, share=1.5), "share to be at most 1, got 1.5"),
        (lambda: nn.BatchNorm(2, epsilon=0), "epsilon to be above 0"),
        (lambda: nn.LayerNorm(2, epsilon=-1), "LayerNorm expects epsilon to be above 0"),
        (lambda: nn.LayerNorm(2).forward(np.ones(2)), r"shape \(m, 2\), got \(2,\)"),
        (lambda: nn.BatchNorm(2).forward(np.ones((2, 3))), r"\(m, 2\), got \(2, 3\)"),
        (lambda: nn.BatchNorm(2).predict(np.ones((2, 3))), r"\(m, 2\), got \(2, 3\)"),
        (lambda: nn.BatchNorm(2).forward(np.ones((1, 2))), "at least two samples .* got 1: "),
        (lambda: nn.BatchNorm(2).forward(np.ones((0, 2))), "at least two samples .* got 0: "),
    ],
)
def test_what_does_not_fit_is_refused(do, message):
    with pytest.raises(ValueError, match=message):
        do()


def test_sizes_are_whole_numbers():
    for make in (nn.BatchNorm, nn.LayerNorm):
        with pytest.raises(TypeError, match=f"{make.__name__} expects n to be a whole number"):
            make(2.5)


def test_one_picture_has_many_pixels_and_may_be_trained_on():
    Y = nn.BatchNorm(2).forward(np.random.default_rng(0).normal(size=(1, 4, 4, 2)))
    assert np.allclose(Y.mean(axis=(0, 1, 2)), 0, atol=1e-12)


@pytest.mark.parametrize(("make", "axes"), [(nn.BatchNorm, (0,)), (nn.LayerNorm, (1,))])
def test_the_index_equations_are_what_is_computed(make, axes):
    rng = np.random.default_rng(0)
    layer, X, dY = drawn(make(3), rng), rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    layer.forward(X)
    dX = layer.backward(dY)
    mean, variance = X.mean(axis=axes, keepdims=True), X.var(axis=axes, keepdims=True)
    root = np.sqrt(variance + 1e-5)
    X_hat, d = (X - mean) / root, dY * layer.parameters["gamma"]
    back = d - d.mean(axis=axes, keepdims=True) - X_hat * (d * X_hat).mean(axis=axes, keepdims=True)
    assert np.allclose(dX, back / root, rtol=1e-12, atol=1e-14)
    assert np.allclose(layer.gradients["gamma"], (dY * X_hat).sum(axis=0), rtol=1e-12)
    assert np.allclose(layer.gradients["beta"], dY.sum(axis=0), rtol=1e-12)
