import math

import numpy as np
import pytest
from equations import check_index_equations, run, stated, value_of
from hypothesis import given
from hypothesis import strategies as st
from specimens import Named
from strategies import generators, matrices, read_only

import nnbook as nn
from nnbook.serialization import describe

LAYERS = [nn.Sigmoid, nn.Tanh, nn.ReLU, nn.LeakyReLU, lambda: nn.LeakyReLU(0.3)]


@given(st.floats(-700, 700))
def test_sigmoid_is_its_formula(z):
    assert math.isclose(nn.sigmoid(z), 1 / (1 + math.exp(-z)), rel_tol=1e-14)


@given(matrices())
def test_sigmoid_of_minus_z_is_the_rest_to_one(X):
    assert np.allclose(nn.sigmoid(X) + nn.sigmoid(-X), 1, rtol=0, atol=1e-15)


def test_plain_functions_at_the_edges_of_the_floats():
    z = np.array([-np.inf, -1e4, 0, 1e4, np.inf])
    with np.errstate(all="raise", under="ignore"):
        assert nn.sigmoid(z).tolist() == [0, 0, 0.5, 1, 1]
        assert nn.tanh(z).tolist() == [-1, -1, 0, 1, 1]
        assert nn.relu(z).tolist() == [0, 0, 0, 1e4, np.inf]
    assert np.isnan([nn.sigmoid(np.nan), nn.tanh(np.nan), nn.relu(np.nan)]).all()


def test_sigmoid_is_one_in_floats_from_37_on():
    assert nn.sigmoid(37.0) == 1.0 > nn.sigmoid(36.0)


def test_tanh_is_a_stretched_sigmoid():
    z = np.linspace(-5, 5, 101)
    assert np.allclose(nn.tanh(z), 2 * nn.sigmoid(2 * z) - 1)


@pytest.mark.parametrize("function", [nn.sigmoid, nn.tanh, nn.relu])
def test_plain_functions_take_whole_numbers_and_refuse_text(function):
    assert function(np.array([-1, 2], np.int8)).dtype == np.float64
    with pytest.raises(TypeError, match=f"{function.__name__} expects real numbers"):
        function("1")


@pytest.mark.parametrize("function", [nn.sigmoid, nn.tanh, nn.relu])
def test_plain_functions_keep_float32(function):
    assert function(np.ones(3, np.float32)).dtype == np.float32


@pytest.mark.parametrize("make", LAYERS)
@given(rng=generators(), shape=st.sampled_from([(5,), (3, 2), (2, 3, 3, 2)]))
def test_every_slope_is_the_derivative(make, rng, shape):
    report = nn.check_gradients(make(), rng.normal(size=shape), rng=rng)
    assert sum(array.kinks for array in report.arrays) == 0


@pytest.mark.parametrize(
    ("make", "function"), [(nn.Sigmoid, nn.sigmoid), (nn.Tanh, nn.tanh), (nn.ReLU, nn.relu)]
)
@given(X=matrices())
def test_a_layer_applies_its_function(make, function, X):
    assert np.array_equal(make().forward(X), function(X))


def test_relu_stops_the_gradient_at_and_left_of_zero():
    layer = nn.ReLU()
    layer.forward([-1.0, 0.0, 2.0])
    assert layer.backward([3.0, 3.0, 3.0]).tolist() == [0, 0, 3]


def test_leaky_relu_lets_a_little_through():
    layer = nn.LeakyReLU(0.5)
    assert layer.forward([-2.0, 0.0, 2.0]).tolist() == [-1, 0, 2]
    assert layer.backward([4.0, 4.0, 4.0]).tolist() == [2, 2, 4]
    assert repr(nn.LeakyReLU()) == "LeakyReLU(slope=0.01)"


@pytest.mark.parametrize("slope", [0, -1, float("nan")])
def test_leaky_relu_wants_a_positive_slope(slope):
    with pytest.raises(ValueError, match="LeakyReLU expects slope"):
        nn.LeakyReLU(slope)


@pytest.mark.parametrize("make", LAYERS)
@given(X=matrices())
def test_inputs_are_never_altered(make, X):
    layer, X = make(), read_only(X)
    Y = layer.forward(X)
    dX = layer.backward(read_only(np.ones_like(X)))
    assert not np.shares_memory(Y, X)
    assert not np.shares_memory(dX, X)


@pytest.mark.parametrize("make", LAYERS)
def test_float32_stays_float32(make):
    layer = make()
    X = np.linspace(-1, 1, 6, dtype=np.float32)
    assert layer.forward(X).dtype == layer.backward(X).dtype == np.float32


@pytest.mark.parametrize("make", LAYERS)
def test_activations_have_no_parameters(make):
    assert make().parameters == make().gradients == {}


# --- softmax -----------------------------------------------------------------------------------


def test_softmax_of_the_architecture_notes():
    assert np.allclose(nn.softmax([1, 2]), [0.268941, 0.731059], atol=5e-7)
    assert np.allclose(nn.softmax([1, 2, 3]), [0.090031, 0.244728, 0.665241], atol=5e-7)
    assert np.allclose(nn.softmax([10, 20, 30]), [2.061060e-9, 4.539787e-5, 0.9999546], rtol=1e-6)


@given(matrices())
def test_rows_of_probabilities_do_not_see_a_shift(X):
    P = nn.softmax(X)
    assert (P >= 0).all()
    assert np.allclose(P.sum(axis=1), 1)
    assert np.allclose(nn.softmax(X + 1000), P)
    assert np.allclose(P, np.exp(X) / np.exp(X).sum(axis=1, keepdims=True))
    assert np.allclose(np.exp(nn.log_softmax(X)), P)


def test_two_classes_are_a_sigmoid():
    z = np.linspace(-9, 9, 7)
    assert np.allclose(nn.softmax(np.column_stack([0 * z, z]))[:, 1], nn.sigmoid(z))


def test_softmax_at_the_edges_of_the_floats():
    with np.errstate(all="raise", under="ignore"):
        assert nn.softmax([1e4, 0, -1e4]).tolist() == [1, 0, 0]
        assert nn.log_softmax([1e4, 0.0, -1e4]).tolist() == [0, -1e4, -2e4]
        assert nn.softmax([0.0, -np.inf, 0.0]).tolist() == [0.5, 0, 0.5]
        assert nn.softmax([[-1e4, -1e4], [1e4, 1e4]]).tolist() == [[0.5, 0.5], [0.5, 0.5]]


@pytest.mark.parametrize("function", [nn.softmax, nn.log_softmax])
def test_softmax_wants_scores(function):
    for nothing in (1.0, [], np.zeros((2, 0))):
        with pytest.raises(ValueError, match="at least one logit"):
            function(nothing)
    with pytest.raises(TypeError, match="real numbers"):
        function(["a"])
    assert function(np.zeros(2, np.float32)).dtype == np.float32


@given(matrices(), generators())
def test_softmax_backward_is_its_jacobian(X, rng):
    layer = nn.Softmax()
    Y = layer.forward(X)
    grad = rng.normal(size=X.shape)
    jacobians = [np.diag(y) - np.outer(y, y) for y in Y]
    expected = [J @ g for J, g in zip(jacobians, grad, strict=True)]
    assert np.allclose(layer.backward(grad), expected)
    assert np.allclose(layer.backward(np.ones_like(Y)), 0)  # probabilities always sum to 1


@given(st.integers(1, 4), st.integers(1, 4), generators())
def test_softmax_slopes_are_derivatives(m, n, rng):
    nn.check_gradients(nn.Softmax(), rng.normal(size=(m, n)), rng=rng)
    nn.check_gradients(nn.Softmax(), rng.normal(size=(m, 2, n)), rng=rng)


def test_softmax_of_more_axes_is_taken_along_the_last():
    z = np.random.default_rng(0).normal(size=(2, 3, 4))
    for function in (nn.softmax, nn.log_softmax):
        rows = [[function(row) for row in table] for table in z]
        assert np.allclose(function(z), rows, rtol=1e-14)
    assert np.allclose(nn.Softmax().forward(z), nn.softmax(z))


# --- the equations as they are written ---------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "slope"),
    [
        (nn.Sigmoid(), lambda X: np.exp(-X) / (1 + np.exp(-X)) ** 2),
        (nn.Tanh(), lambda X: 1 / np.cosh(X) ** 2),
        (nn.ReLU(), lambda X: np.heaviside(X, 0)),
        (nn.LeakyReLU(0.2), lambda X: 0.2 + 0.8 * np.heaviside(X, 0)),
        (nn.Softmax(), None),
    ],
)
def test_the_index_equation_of_an_activation_is_true(layer, slope):
    check_index_equations(layer, np.random.default_rng(0).normal(size=(4, 3)), g_prime=slope)


@pytest.mark.parametrize(
    ("layer", "old", "new"),
    [
        (nn.Tanh(), "g'(X[s, j])", "g'(Y[s, j])"),
        (nn.Tanh(), "dY[s, j]", "X[s, j]"),
        (nn.Tanh(), "dY ⊙ g'(X)", "dY ⊙ g'(Y)"),
        (nn.Softmax(), "Σ_j dY[s, j] Y[s, j]", "Σ_j dY[s, j] Y[s, k]"),
        (nn.Softmax(), "(dY[s, k] -", "(dY[s, k] +"),
    ],
)
def test_a_slip_in_the_index_equation_is_found(layer, old, new):
    (text,) = layer.index_equations
    assert old in text
    layer.index_equations = (text.replace(old, new),)
    with pytest.raises(AssertionError):
        check_index_equations(
            layer,
            np.random.default_rng(0).normal(size=(4, 3)),
            g_prime=lambda X: 1 - np.tanh(X) ** 2,
        )


@pytest.mark.parametrize(
    ("function", "formula"),
    [
        (nn.sigmoid, "σ(z) = 1 / (1 + e⁻ᶻ)"),
        (nn.tanh, "tanh(z) = (eᶻ - e⁻ᶻ) / (eᶻ + e⁻ᶻ)"),
        (nn.relu, "relu(z) = max(z, 0)"),
    ],
)
def test_a_plain_function_is_the_formula_in_its_docstring(function, formula):
    z = np.linspace(-3, 3, 7)
    (formula,) = stated(function, formula)
    assert np.allclose(function(z), value_of(formula.split(" = ")[1], {"z": z}))


@pytest.mark.parametrize(
    ("layer", "forward", "backward"),
    [
        (nn.Sigmoid(), "Y = σ(X)", "dX = dY ⊙ Y ⊙ (1 - Y)"),
        (nn.Tanh(), "Y = tanh(X)", "dX = dY ⊙ (1 - Y²)"),
        (nn.ReLU(), "Y = max(X, 0)", "dX = dY"),  # where X > 0, else 0
    ],
)
def test_an_activation_is_the_formulas_in_its_docstring(layer, forward, backward):
    X, dY = np.random.default_rng(0).normal(size=(2, 4, 3))
    names = {"X": X, "dY": dY, "σ": nn.sigmoid}
    for formula in stated(type(layer), forward, backward):
        run(formula, names)
    assert np.allclose(layer.forward(X), names["Y"])
    where = (X > 0) if "``dX = dY`` where ``X > 0``, else 0" in type(layer).__doc__ else True
    assert np.allclose(layer.backward(dY), names["dX"] * where)


def test_leaky_relu_is_what_its_docstring_says():
    assert "``Y = X`` where ``X > 0``, else ``slope · X``" in nn.LeakyReLU.__doc__
    layer, X = nn.LeakyReLU(0.3), np.linspace(-2, 2, 8)
    right = value_of("slope · X", {"slope": 0.3, "X": X})
    assert np.allclose(layer.forward(X), np.where(X > 0, X, right))


def test_softmax_is_the_formulas_in_its_docstrings():
    (z, dY), ranges = np.random.default_rng(0).normal(size=(2, 4)), {"j": 4}
    p, ln_p, Y = nn.softmax(z), nn.log_softmax(z), nn.Softmax().forward(z[None])[0]
    (formula,) = stated(nn.softmax, "softmax(z)_k = e^z_k / Σ_j e^z_j")
    (logarithm,) = stated(nn.log_softmax, "ln softmax(z)_k = z_k - ln Σ_j e^z_j")
    (backward,) = stated(nn.Softmax, "dX = Y ⊙ (dY - Σ_j dY_j Y_j)")
    for k in range(4):
        names = {"z": z, "k": k, "ranges": ranges}
        assert np.isclose(p[k], value_of(formula.split(" = ")[1], names))
        assert np.isclose(ln_p[k], value_of(logarithm.split(" = ")[1], names))
    layer = nn.Softmax()
    layer.forward(z[None])
    names = {"Y": Y, "dY": dY, "ranges": ranges}
    run(backward, names)
    assert np.allclose(layer.backward(dY[None])[0], names["dX"])
    (jacobian,) = stated(nn.Softmax, "diag(y) - y yᵀ")
    expected = value_of(
        jacobian.replace("y yᵀ", "outer(y, y)"), {"y": Y, "diag": np.diag, "outer": np.outer}
    )
    assert np.allclose(expected @ dY, names["dX"])


# --- what the mutants showed ---------------------------------------------------------------------


@pytest.mark.parametrize("make", [nn.Sigmoid, nn.Tanh, nn.ReLU, nn.LeakyReLU])
def test_the_largest_slope_is_the_largest_slope(make):
    layer, X = make(), np.linspace(-4, 4, 801)
    layer.forward(X)
    assert layer.largest_slope == pytest.approx(np.abs(layer.backward(np.ones_like(X))).max())


def test_an_activation_of_ones_own_may_have_a_second_ancestor_with_arguments():
    class Mine(nn.Tanh, Named, title="mine"):
        pass

    assert Mine.title == "mine"


@pytest.mark.parametrize(
    ("public", "hook"), [("forward", "_function"), ("backward", "_derivative")]
)
def test_an_activation_of_ones_own_writes_its_mathematics_behind_the_checks(public, hook):
    with pytest.raises(TypeError, match=f"write {hook} instead"):
        type("Hasty", (nn.Activation,), {public: lambda self, X: X})
    with pytest.raises(NotImplementedError):
        getattr(nn.Activation(), hook)(*[np.ones(1)] * (1 if hook == "_function" else 2))


def test_leaky_relu_is_described_by_its_slope():
    assert describe(nn.LeakyReLU(0.2))["settings"] == {"slope": 0.2}
