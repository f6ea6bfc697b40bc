"""Batch and layer normalisation: the equations, the state, and what is refused.

What all layers do is in test_layers.py.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnbook as nn

SHAPES = st.sampled_from([(5, 3), (2, 3), (4, 2, 3), (3, 4, 5, 3)])
MAKE = {"batch": nn.BatchNorm, "layer": nn.LayerNorm}


def drawn(layer, rng):
    """Return the layer with other γ and β than ones and zeros."""
    for p in layer.parameters.values():
        p[:] = rng.normal(size=p.shape)
    return layer


def normalised(x, epsilon):
    return (x - x.mean()) / np.sqrt(((x - x.mean()) ** 2).mean() + epsilon)


@pytest.mark.parametrize("name", MAKE)
@given(shape=SHAPES, seed=st.integers(0, 2**32 - 1), epsilon=st.sampled_from([1e-5, 0.1]))
def test_a_norm_is_its_equation_and_its_gradients_are_derivatives(name, shape, seed, epsilon):
    rng = np.random.default_rng(seed)
    layer, X = drawn(MAKE[name](3, epsilon=epsilon), rng), 3 * rng.normal(size=shape)
    gamma, beta, X_hat = *layer.parameters.values(), np.empty(shape)
    for j in range(3):
        if name == "batch":
            X_hat[..., j] = normalised(X[..., j], epsilon)
    for position in np.ndindex(shape[:-1]):
        if name == "layer":
            X_hat[position] = normalised(X[position], epsilon)
    assert np.allclose(layer.forward(X), gamma * X_hat + beta, rtol=1e-12, atol=1e-12)
    nn.check_gradients(layer, X, rng=rng)


def test_the_defaults_are_those_of_pytorch():
    for make, defaults in (
        (nn.BatchNorm, {"share": 0.1, "epsilon": 1e-5}),
        (nn.LayerNorm, {"epsilon": 1e-5}),
    ):
        assert {name: getattr(make(3), name) for name in defaults} == defaults


def test_what_is_normalised_does_not_feel_a_shift_or_a_scale():
    X = np.random.default_rng(0).normal(size=(6, 3))
    layers = nn.BatchNorm(3, epsilon=1e-12), nn.LayerNorm(3, epsilon=1e-12)
    for layer, scale, axis in zip(layers, (np.array([2.0, 5.0, 9.0]), 7.0), (0, 1), strict=True):
        assert np.allclose(layer.forward(scale * X + 4), layer.forward(X), atol=1e-8)
        dX = layer.backward(np.random.default_rng(1).normal(size=X.shape))
        assert np.allclose(dX.sum(axis=axis), 0, atol=1e-12)


def test_the_running_numbers_are_those_of_the_batches_and_make_the_predictions():
    rng, layer = (
        np.random.default_rng(0),
        drawn(nn.BatchNorm(2, share=0.25), np.random.default_rng(1)),
    )
    mean, variance = np.zeros(2), np.ones(2)
    for m in (4, 2, 1, 7):  # one image has many pixels, and may be trained on
        X = rng.normal(3, 2, size=(m, 5, 5, 2))
        layer.forward(X)
        mean = 0.75 * mean + 0.25 * X.mean(axis=(0, 1, 2))
        variance = 0.75 * variance + 0.25 * X.reshape(-1, 2).var(axis=0, ddof=1)
        assert np.allclose(layer.state["mean"], mean, rtol=1e-12)
        assert np.allclose(layer.state["variance"], variance, rtol=1e-12)
    gamma, beta = layer.parameters.values()
    expected = gamma * (X - mean) / np.sqrt(variance + 1e-5) + beta
    assert np.allclose(layer.predict(X), expected, rtol=1e-12)
    network = nn.Sequential(layer)
    assert np.array_equal(network.predict(X), layer.predict(X))
    assert not np.allclose(network.forward(X), layer.predict(X))


def test_the_state_is_saved_cast_and_refuses_threads(tmp_path):
    network = nn.Sequential(nn.BatchNorm(2, share=0.3, epsilon=1e-3), nn.LayerNorm(2, epsilon=0.5))
    X = np.random.default_rng(0).normal(4, 2, size=(9, 2))
    network.forward(X)
    network.save(tmp_path / "network.npz")
    again = nn.load(tmp_path / "network.npz")
    assert np.array_equal(again.predict(X), network.predict(X))
    assert again.astype(np.float32).forward(X).dtype == again.predict(X).dtype == np.float32
    assert all(array.dtype == np.float32 for array in again[0].state.values())
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
    with pytest.raises(ValueError, match=r"threads=1 with BatchNorm\(2, .*keeps a state"):
        network.fit(X, X, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1), epochs=1, threads=2)


@pytest.mark.parametrize(
    ("do", "error", "message"),
    [
        (lambda: nn.BatchNorm(0), ValueError, "BatchNorm expects n to be at least 1"),
        (lambda: nn.BatchNorm(2.5), TypeError, "BatchNorm expects n to be a whole number"),
        (lambda: nn.LayerNorm(2.5), TypeError, "LayerNorm expects n to be a whole number"),
        (lambda: nn.BatchNorm(2, share=0), ValueError, "share to be above 0"),
        (lambda: nn.BatchNorm(2, share=1.5), ValueError, "share to be at most 1, got 1.5"),
        (lambda: nn.BatchNorm(2, epsilon=0), ValueError, "epsilon to be above 0"),
        (lambda: nn.LayerNorm(2, epsilon=-1), ValueError, "LayerNorm expects epsilon to be above"),
        (lambda: nn.LayerNorm(2).forward(np.ones(2)), ValueError, r"shape \(m, 2\), got \(2,\)"),
        (lambda: nn.BatchNorm(2).forward(np.ones((2, 3))), ValueError, r"\(m, 2\), got \(2, 3\)"),
        (lambda: nn.BatchNorm(2).predict(np.ones((2, 3))), ValueError, r"\(m, 2\), got \(2, 3\)"),
        (lambda: nn.BatchNorm(2).forward(np.ones((1, 2))), ValueError, "two samples .* got 1: "),
        (lambda: nn.BatchNorm(2).forward(np.ones((0, 2))), ValueError, "two samples .* got 0: "),
    ],
)
def test_what_does_not_fit_is_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
