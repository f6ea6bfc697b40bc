"""Activation functions at every float, and the formulas of their docstrings.

What all layers do is in test_layers.py.
"""

import numpy as np
import pytest
from equations import run, stated, value_of
from hypothesis import given
from strategies import matrices

import nnbook as nn

LAYERS = [nn.Sigmoid, nn.Tanh, nn.ReLU, nn.LeakyReLU, lambda: nn.LeakyReLU(0.3), nn.Softmax]


@pytest.mark.parametrize(
    ("function", "layer", "formula"),
    [
        (nn.sigmoid, nn.Sigmoid(), "σ(z) = 1 / (1 + e⁻ᶻ)"),
        (nn.tanh, nn.Tanh(), "tanh(z) = (eᶻ - e⁻ᶻ) / (eᶻ + e⁻ᶻ)"),
        (nn.relu, nn.ReLU(), "relu(z) = max(z, 0)"),
    ],
)
@given(z=matrices())
def test_a_function_is_the_formula_in_its_docstring_and_its_layer_applies_it(
    function, layer, formula, z
):
    (formula,) = stated(function, formula)
    expected = value_of(formula.split(" = ")[1], {"z": z})
    assert np.allclose(function(z), expected, rtol=1e-13, atol=1e-15)
    assert np.array_equal(layer.forward(z), function(z))
    assert function(z.astype(np.float32)).dtype == np.float32
    assert function(z.astype(np.int8)).dtype == np.float64
    with pytest.raises(TypeError, match=f"{function.__name__} expects real numbers"):
        function("1")


def test_functions_at_the_edges_of_the_floats():
    z = np.array([-np.inf, -1e4, 0, 1e4, np.inf])
    with np.errstate(all="raise", under="ignore"):
        assert nn.sigmoid(z).tolist() == [0, 0, 0.5, 1, 1]
        assert nn.tanh(z).tolist() == [-1, -1, 0, 1, 1]
        assert nn.relu(z).tolist() == [0, 0, 0, 1e4, np.inf]
        assert nn.softmax([1e4, 0, -1e4]).tolist() == [1, 0, 0]
        assert nn.log_softmax([1e4, 0.0, -1e4]).tolist() == [0, -1e4, -2e4]
        assert nn.softmax([0.0, -np.inf, 0.0]).tolist() == [0.5, 0, 0.5]
        assert nn.softmax([[-1e4, -1e4], [1e4, 1e4]]).tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert np.isnan([nn.sigmoid(np.nan), nn.tanh(np.nan), nn.relu(np.nan)]).all()
    z = np.array([-700.0, -40, 36, 37, 700])
    assert np.allclose(nn.sigmoid(z), 1 / (1 + np.exp(-z)), rtol=1e-14, atol=0)
    assert nn.sigmoid(37.0) == 1.0 > nn.sigmoid(36.0)


def test_relu_and_leaky_relu_by_hand():
    for layer, forward, backward in (
        (nn.ReLU(), [0, 0, 2], [0, 0, 4]),
        (nn.LeakyReLU(0.5), [-1, 0, 2], [2, 2, 4]),
    ):
        assert layer.forward([-2.0, 0.0, 2.0]).tolist() == forward
        assert layer.backward([4.0, 4.0, 4.0]).tolist() == backward
    assert repr(nn.LeakyReLU()) == "LeakyReLU(slope=0.01)"
    assert "``Y = X`` where ``X > 0``, else ``slope · X``" in nn.LeakyReLU.__doc__
    for slope in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="LeakyReLU expects slope"):
            nn.LeakyReLU(slope)


@pytest.mark.parametrize("make", LAYERS[:4])
def test_the_largest_slope_is_the_largest_slope(make):
    layer, X = make(), np.linspace(-4, 4, 801)
    layer.forward(X)
    assert layer.largest_slope == pytest.approx(np.abs(layer.backward(np.ones_like(X))).max())
    assert layer.parameters == layer.gradients == {}


# --- softmax -----------------------------------------------------------------------------------


def test_softmax_of_the_architecture_notes():
    assert np.allclose(nn.softmax([1, 2]), [0.268941, 0.731059], atol=5e-7)
    assert np.allclose(nn.softmax([1, 2, 3]), [0.090031, 0.244728, 0.665241], atol=5e-7)
    assert np.allclose(nn.softmax([10, 20, 30]), [2.061060e-9, 4.539787e-5, 0.9999546], rtol=1e-6)


@pytest.mark.parametrize("function", [nn.softmax, nn.log_softmax])
def test_softmax_wants_logits(function):
    for nothing in (1.0, [], np.zeros((2, 0))):
        with pytest.raises(ValueError, match=f"{function.__name__} expects at least one logit"):
            function(nothing)
    with pytest.raises(TypeError, match="real numbers"):
        function(["a"])


def test_softmax_is_the_formulas_in_its_docstrings():
    (z, dY), names = np.random.default_rng(0).normal(size=(2, 4)), {"ranges": {"j": 4}}
    p, ln_p, layer = nn.softmax(z), nn.log_softmax(z), nn.Softmax()
    names |= {"z": z, "Y": layer.forward(z[None])[0], "dY": dY}
    (formula,) = stated(nn.softmax, "softmax(z)_k = e^z_k / Σ_j e^z_j")
    (logarithm,) = stated(nn.log_softmax, "ln softmax(z)_k = z_k - ln Σ_j e^z_j")
    for k in range(4):
        assert np.isclose(p[k], value_of(formula.split(" = ")[1], names | {"k": k}))
        assert np.isclose(ln_p[k], value_of(logarithm.split(" = ")[1], names | {"k": k}))
    backward, jacobian = stated(nn.Softmax, "dX = Y ⊙ (dY - Σ_j dY_j Y_j)", "diag(y) - y yᵀ")
    run(backward, names)
    assert np.allclose(layer.backward(dY[None])[0], names["dX"])
    names |= {"y": p, "diag": np.diag, "outer": np.outer}
    assert np.allclose(value_of(jacobian.replace("y yᵀ", "outer(y, y)"), names) @ dY, names["dX"])
    assert np.allclose(nn.softmax(z + 1000), p)
    for function in (nn.softmax, nn.log_softmax, layer.forward):  # along the last axis
        assert np.allclose(function([[z, -z]]), [[function(z), function(-z)]])
        assert function(z.astype(np.float32)).dtype == np.float32
