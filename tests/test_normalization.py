"""Batch and layer normalisation: the equations, the state, and what is refused.

What all layers do is in test_layers.py.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from specimens import refused

import nnbook as nn

SHAPES = st.sampled_from([(5, 3), (2, 3), (4, 2, 3), (3, 4, 5, 3)])
MAKE = {"batch": nn.BatchNorm, "layer": nn.LayerNorm}


def drawn(layer, rng):
    """Return the layer with other γ and β than ones and zeros."""
    for p in layer.parameters.values():
        p[:] = rng.normal(size=p.shape)
    return layer


@pytest.mark.parametrize("name", MAKE)
@given(shape=SHAPES, seed=st.integers(0, 2**32 - 1), epsilon=st.sampled_from([1e-5, 0.1]))
def test_a_norm_is_its_equation(name, shape, seed, epsilon):
    rng = np.random.default_rng(seed)
    layer, X = drawn(MAKE[name](3, epsilon=epsilon), rng), 3 * rng.normal(size=shape)
    gamma, beta = layer.parameters.values()
    axes = tuple(range(X.ndim - 1)) if name == "batch" else -1
    centred = X - X.mean(axis=axes, keepdims=True)
    X_hat = centred / np.sqrt((centred**2).mean(axis=axes, keepdims=True) + epsilon)
    assert np.allclose(layer.forward(X), gamma * X_hat + beta, rtol=1e-12, atol=1e-12)


def test_the_defaults_are_those_of_pytorch():
    for make, defaults in (
        (nn.BatchNorm, {"share": 0.1, "epsilon": 1e-5}),
        (nn.LayerNorm, {"epsilon": 1e-5}),
    ):
        assert {name: getattr(make(3), name) for name in defaults} == defaults


def test_the_running_numbers_are_those_of_the_batches_and_make_the_predictions():
    rng = np.random.default_rng(0)
    layer = drawn(nn.BatchNorm(2, share=0.25), np.random.default_rng(1))
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


def test_the_state_refuses_threads():
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
    network, X = nn.Sequential(nn.BatchNorm(2)), np.ones((9, 2))
    with pytest.raises(ValueError, match=r"threads=1 with BatchNorm\(2\).*keeps a state"):
        network.fit(X, X, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1), epochs=1, threads=2)


test_what_does_not_fit_is_refused = refused(
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
)
