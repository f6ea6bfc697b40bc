import inspect
import re

import numpy as np
import pytest
from specimens import Shift
from strategies import read_only

import nnbook as nn
from nnbook.gradient_check import ArrayReport, GradientReport

X = read_only(np.random.default_rng(0).normal(size=(5, 3)))


class Formula(nn.Layer):
    """A layer of two functions, Y = g(X) and g'(X), right or wrong."""

    def __init__(self, function, derivative):
        super().__init__()
        self.function, self.derivative = function, derivative

    def _forward(self, X):
        self._X = X
        return self.function(X)

    def _input_gradient(self, grad):
        return grad * self.derivative(self._X)


def broken(base, change, *arguments, **options):
    """Return a layer with ``change(layer, grad, right)`` as its input gradient."""

    class Broken(base):
        def _input_gradient(self, grad):
            return change(self, grad, super()._input_gradient)

    return Broken(*arguments, **options)


class Broken(nn.Dense):
    """A Dense layer with other gradients, by the names of what they belong to."""

    def __init__(self, sizes=(3, 2), **changes):
        super().__init__(*sizes, rng=0)
        self.changes = changes

    def _changed(self, name, gradient):
        return self.changes[name](gradient) if name in self.changes else gradient

    def _assign_gradients(self, grad):
        super()._assign_gradients(grad)
        self.gradients = {name: self._changed(name, g) for name, g in self.gradients.items()}

    def _input_gradient(self, grad):
        return self._changed("input", super()._input_gradient(grad))


def off(gradient):
    return 1.001 * gradient


def off_at_the_end(gradient):
    gradient[-1, -1] *= 2
    return gradient


def kinks(layer, X):
    return [array.kinks for array in nn.check_gradients(layer, X, rng=0).arrays]


# --- central differences -----------------------------------------------------------------------


def test_the_point_may_be_of_any_kind_and_is_never_changed():
    assert np.isclose(nn.numerical_gradient(lambda x: x**3, 2), 12)
    assert np.allclose(nn.numerical_gradient(lambda x: x @ x, [1, 2]), [2, 4])
    assert np.allclose(nn.numerical_gradient(lambda x: x[0], read_only(np.arange(3))), [1, 0, 0])
    x, seen = read_only([1.0, 2.0]), []
    nn.numerical_gradient(lambda z: seen.append(z.copy()) or z.sum(), x)
    assert x.tolist() == [1, 2]
    assert len(seen) == 4
    assert np.isclose(seen[0], [1 + 1e-5, 2]).all()
    with pytest.raises(ValueError, match="return one number"):
        nn.numerical_gradient(lambda x: x, [1.0, 2.0])


def test_a_smaller_perturbation_is_better_until_rounding_shows():
    off = {h: abs(nn.numerical_gradient(np.exp, 0.0, h) - 1) for h in (1e-1, 1e-3, 1e-5, 1e-12)}
    assert off[1e-1] > off[1e-3] > off[1e-5] < off[1e-12]
    assert inspect.signature(nn.numerical_gradient).parameters["h"].default == 1e-5
    assert inspect.signature(nn.check_gradients).parameters["tolerance"].default == 1e-6
    for h in (0, -1e-5, float("nan")):
        with pytest.raises(ValueError, match="expects h to be"):
            nn.numerical_gradient(np.sin, 0.0, h)


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        (lambda: np.ones((2, 3)) @ np.ones((2, 1)), "does not fit"),
        (lambda: np.ones((2, 3)) + np.ones((2, 2)), "does not fit"),
        (lambda: 1.0, "shape (), not (2, 1)"),
        (lambda: [1.0, 2.0], "shape (2,), not (2, 1)"),
        (lambda: [[1.0], [2.1]], "fits, wrong numbers"),
        (lambda: [[1.0], [np.nan]], "fits, wrong numbers"),
        (lambda: [[1], [2 + 1e-9]], "right"),
    ],
)
def test_a_formula_is_compared_with_what_is_right(formula, said):
    assert nn.compare(formula, [[1.0], [2.0]]) == said
    with pytest.raises(ZeroDivisionError):
        nn.compare(lambda: 1 / 0, 1.0)


# --- right gradients pass ----------------------------------------------------------------------


def test_a_right_gradient_passes_with_a_report():
    report = nn.check_gradients(nn.Dense(3, 2, rng=0), X, rng=1)
    assert [array.name for array in report.arrays] == ["W", "b", "input"]
    assert 0 <= report.error < 1e-8
    assert str(report).splitlines() == [
        "gradients agree to 1e-06 of the largest entry",
        "  W (3, 2): agrees",
        "  b (2,): agrees",
        "  input (5, 3): agrees",
    ]
    nn.check_gradients(Broken(b=list), X, rng=0)  # a list of the right numbers will do


def test_parameters_state_and_generators_come_back_bit_for_bit():
    rng, shift = np.random.default_rng(7), Shift(3)
    network = nn.Sequential(shift, nn.Dropout(0.5, rng=rng), nn.Dense(3, 1, rng=1), nn.Tanh())
    before, mean = rng.bit_generator.state, shift.state["mean"].copy()
    parameters = [p.copy() for p in network.parameters()]
    assert nn.check_gradients(network, X, rng=0).error < 1e-8  # the same mask each time
    assert rng.bit_generator.state == before
    assert np.array_equal(shift.state["mean"], mean)
    assert shift.state["seen"] == 0
    assert all(map(np.array_equal, network.parameters(), parameters))
    nn.check_gradients(network, X, rng=rng)  # the same generator may give R
    assert rng.bit_generator.state != before


def test_a_backward_after_the_check_belongs_to_the_input_itself():
    layer = nn.Sigmoid()
    nn.check_gradients(layer, X, rng=0)
    after = layer.backward(np.ones_like(X))
    layer.forward(X)
    assert np.array_equal(after, layer.backward(np.ones_like(X)))


@pytest.mark.parametrize("seed", range(10))
def test_a_trained_network_passes_although_its_gradients_are_nearly_zero(seed):
    rng = np.random.default_rng(seed)
    X, y = nn.datasets.xor()
    network = nn.Sequential(nn.Dense(2, 3, rng=rng), nn.Tanh(), nn.Dense(3, 1, rng=rng))
    loss = nn.MeanSquaredError()
    network.fit(X, y, loss=loss, optimizer=nn.SGD(0.3), epochs=1000, progress=False)
    nn.check_gradients(network, X, loss=loss, targets=y, rng=0)


# --- wrong ones do not -------------------------------------------------------------------------


UNSCALED = broken(nn.Dropout, lambda layer, grad, right: grad * (layer._scale > 0), 0.5, rng=0)


@pytest.mark.parametrize(
    ("model", "X", "message"),
    [
        (Broken(W=off), X, r"^W\[\d, \d\]: backward says .*central"),
        (Broken(b=off), X, r"^b\[\d\]: backward says .*central"),
        (Broken(input=np.negative), X, r"^input\[\d, \d\]: backward says .*central"),
        (nn.Sequential(nn.Dense(3, 3, rng=0), nn.Tanh(), Broken(W=off)), X,
         r"^layer 2 Dense\(3, 2\) W\["),
        # one wrong entry far back in a large array
        (Broken((20, 10), W=off_at_the_end), np.ones((2, 20)), r"^W\[19, 9\]"),
        # not a number
        (broken(nn.Sigmoid, lambda layer, grad, right: grad * np.nan), X, "backward says nan"),
        (nn.Tanh(), [[np.nan, 1.0]], "says nan"),
        # a gradient of ones would hide this: the mean is forgotten on the way back
        (Formula(lambda X: X - X.mean(axis=1, keepdims=True), np.zeros_like), X, "input"),
        # samples are told apart
        (broken(nn.Sigmoid, lambda layer, grad, right: right(grad[::-1])), np.zeros((2, 1)),
         "input"),
        # a kink does not hide a wrong neighbour
        (broken(nn.ReLU, lambda layer, grad, right: grad), [[-1.0, 0.0, 2.0]], r"input\[0, 0\]"),
        # dropout that is not scaled
        (nn.Sequential(nn.Dense(3, 4, rng=0), UNSCALED, nn.Dense(4, 1, rng=1)), X,
         r"layer 0 Dense\(3, 4\) W"),
        # a shape that NumPy would broadcast
        (Broken(b=lambda g: g[None]), X,
         r"b: backward gives a gradient of shape \(1, 2\), the array has shape \(2,\)"),
        *[
            (broken(nn.Sigmoid, lambda layer, grad, right, f=f: f * right(grad)), [[x]], "input")
            for f in (0.5, 2, -1)
            for x in (0.5, -0.25)
        ],
    ],
)  # fmt: skip
def test_a_wrong_gradient_is_named_with_its_place(model, X, message):
    for seed in range(3):
        with pytest.raises(nn.GradientMismatch, match=message):
            nn.check_gradients(model, X, rng=seed)


def test_with_a_loss_its_gradient_is_used():
    assert issubclass(nn.GradientMismatch, AssertionError)  # it fails a test like an assert

    class Double(nn.MeanSquaredError):
        def _gradient(self, predictions, targets):
            return 2 * super()._gradient(predictions, targets)

    network, y = nn.Sequential(nn.Dense(3, 2, rng=0)), np.ones((5, 2))
    nn.check_gradients(network, X, loss=nn.MeanSquaredError(), targets=y, rng=0)
    with pytest.raises(nn.GradientMismatch):
        nn.check_gradients(network, X, loss=Double(), targets=y, rng=0)


@pytest.mark.parametrize("depth", [1, 3, 6, 20])
def test_a_doubled_gradient_is_found_or_reported_as_too_small(depth):
    layers = [Broken((1, 1), W=lambda g: 2 * g), nn.Sigmoid()]
    for i in range(depth):
        layers += [nn.Dense(1, 1, rng=i), nn.Sigmoid()]
    network, X = nn.Sequential(*layers), [[0.5], [1.0]]
    if depth < 20:
        with pytest.raises(nn.GradientMismatch, match=r"^layer 0"):
            nn.check_gradients(network, X, rng=0)
    else:
        report = nn.check_gradients(network, X, rng=0)
        assert report.arrays[0].resolution >= 1
        assert "layer 0 Dense(1, 1) W (1, 1): too small to compare" in repr(report)


# --- kinks, and what can be told ---------------------------------------------------------------


def test_kinks_are_counted_and_left_out_but_not_all_of_an_array():
    report = nn.check_gradients(nn.ReLU(), [[-1.0, 0.0, 2.0]], rng=0)
    assert [array.kinks for array in report.arrays] == [1]
    assert "1 at a kink left out" in repr(report)
    for x in (0.0, 5e-7, -5e-7, 3e-6, -9e-6):  # within the perturbation
        assert kinks(nn.ReLU(), [[x, 1.0]]) == [1]
    for size in (1e-3, 1.0, 1e3):
        bent = Formula(lambda X: size * np.abs(X), lambda X: size * np.sign(X))  # noqa: B023
        assert kinks(bent, [[0.0, 2.0, -1.0]]) == [1]
    with pytest.raises(ValueError, match="every entry of input at a kink"):
        nn.check_gradients(nn.ReLU(), np.zeros((2, 2)), rng=0)


@pytest.mark.parametrize("x", [0.0, 1e-6, -3e-6, 1e-4])
def test_a_curve_at_its_lowest_point_is_no_kink(x):
    assert kinks(Formula(lambda X: 50 * X**2, lambda X: 100 * X), [[x]]) == [0]


def test_a_small_gradient_agrees_only_as_far_as_can_be_told():
    faint = Formula(lambda X: 1 + 1e-5 * X, lambda X: 1e-5)
    report = nn.check_gradients(faint, X, rng=0)
    assert 1e-6 < report.arrays[0].resolution < 1
    assert re.search(r"agrees to \de-0\d only, its entries are at most \de-05", repr(report))
    beside_a_large_value = Formula(lambda X: 1e6 + X, lambda X: 1)
    report = nn.check_gradients(beside_a_large_value, X, rng=0)
    assert report.arrays[0].resolution > report.tolerance


@pytest.mark.parametrize(
    ("resolution", "words"),
    [
        (1e-6, "a (): agrees"),
        (0.99, "agrees to 1e+00 only, its entries are at most 3e-04"),
        (1.0, "too small to compare, its entries are at most 3e-04"),
        (1.5, "too small to compare, its entries are at most 3e-04"),
    ],
)
def test_a_report_says_what_could_be_told(resolution, words):
    array = ArrayReport("a", (), 0.0, (), 0.0, 0.0, 0, 3e-4, resolution)
    assert repr(GradientReport((array,), 1e-6)).endswith(words)


@pytest.mark.parametrize(
    ("model", "options", "error", "message"),
    [
        (nn.Sigmoid(), {"loss": nn.MeanSquaredError()}, ValueError, "loss and targets together"),
        (nn.Dense(3, 2, rng=0).astype("f4"), {}, ValueError, r"astype\(np\.float64\)"),
        (nn.Sigmoid(), {"rng": None}, TypeError, "write rng=0"),
        (nn.Tanh(), {"tolerance": 0}, ValueError, "check_gradients expects tolerance"),
        (nn.Tanh(), {"tolerance": -1}, ValueError, "check_gradients expects tolerance"),
        (nn.Tanh(), {"tolerance": np.inf}, ValueError, "check_gradients expects tolerance"),
        (
            Formula(lambda X: np.negative(X, out=X), np.negative),
            {"X": np.ones((3, 2))},
            ValueError,
            "not to change its input",
        ),
    ],
)
def test_a_check_that_would_say_nothing_is_refused(model, options, error, message):
    with pytest.raises(error, match=message):
        nn.check_gradients(model, **{"X": X, "rng": 0} | options)


class Updating(nn.Dense):
    """A layer whose backward also updates its weights, in place or by an array of its own."""

    def __init__(self, in_place):
        super().__init__(3, 2, rng=0)
        self.in_place = in_place

    def _assign_gradients(self, grad):
        super()._assign_gradients(grad)
        new = self.parameters["W"] - 0.1 * self.gradients["W"]
        if self.in_place:
            self.parameters["W"][:] = new
        else:
            self.parameters["W"] = new


@pytest.mark.parametrize("in_place", [True, False])
def test_a_backward_that_updates_the_parameters_is_refused(in_place):
    with pytest.raises(ValueError, match="not to change the parameters, but W changed"):
        nn.check_gradients(Updating(in_place), X, rng=0)
    with pytest.raises(ValueError, match=r"but layer 1 .* W changed"):
        nn.check_gradients(nn.Sequential(nn.Tanh(), Updating(in_place)), X, rng=0)
