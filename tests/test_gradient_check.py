import inspect
import re

import numpy as np
import pytest
from hypothesis import given
from specimens import Shift
from strategies import matrices, read_only

import nnbook as nn
from nnbook.gradient_check import ArrayReport, GradientReport


@given(matrices())
def test_the_gradient_of_a_quadratic_is_found(X):
    assert np.allclose(nn.numerical_gradient(lambda x: (x**2).sum(), X), 2 * X, atol=1e-6)


def test_scalars_lists_and_whole_numbers_are_welcome():
    assert np.isclose(nn.numerical_gradient(lambda x: x**3, 2), 12)
    assert np.allclose(nn.numerical_gradient(lambda x: x @ x, [1, 2]), [2, 4])
    assert nn.numerical_gradient(lambda x: x[0], read_only(np.arange(3))).tolist() == pytest.approx(
        [1, 0, 0]
    )


def test_the_point_is_never_altered():
    x = read_only([1.0, 2.0])
    seen = []
    nn.numerical_gradient(lambda z: seen.append(z.copy()) or z.sum(), x)
    assert x.tolist() == [1, 2]
    assert len(seen) == 4
    assert np.isclose(seen[0], [1 + 1e-5, 2]).all()


def test_a_smaller_nudge_is_better_until_rounding_rules():
    off = {h: abs(nn.numerical_gradient(np.exp, 0.0, h) - 1) for h in (1e-1, 1e-3, 1e-5, 1e-12)}
    assert off[1e-1] > off[1e-3] > off[1e-5] < off[1e-12]


def test_functions_of_several_values_are_refused():
    with pytest.raises(ValueError, match="return one number"):
        nn.numerical_gradient(lambda x: x, [1.0, 2.0])


@pytest.mark.parametrize("h", [0, -1e-5, float("nan")])
def test_the_nudge_must_be_positive(h):
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
def test_a_formula_is_held_against_what_is_right(formula, said):
    assert nn.compare(formula, [[1.0], [2.0]]) == said


def test_an_error_that_is_no_misfit_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        nn.compare(lambda: 1 / 0, 1.0)


class Broken(nn.Dense):
    """A Dense layer whose backward can be broken in one place."""

    def __init__(self, where, **kwargs):
        super().__init__(3, 2, rng=0, **kwargs)
        self.where = where

    def _assign_gradients(self, grad):
        super()._assign_gradients(grad)
        if self.where in self.gradients:
            self.gradients[self.where] = self.gradients[self.where] * 1.001

    def _input_gradient(self, grad):
        return super()._input_gradient(grad) * (-1 if self.where == "input" else 1)


X = np.random.default_rng(0).normal(size=(5, 3))


@pytest.mark.parametrize("where", ["W", "b", "input"])
def test_a_wrong_gradient_is_named_with_its_place(where):
    with pytest.raises(nn.GradientMismatch, match=rf"^{where}\[\d.*\]: backward says .*central"):
        nn.check_gradients(Broken(where), X, rng=1)


@pytest.mark.parametrize("factor", [0.5, 2, -1])
@pytest.mark.parametrize("seed", range(4))
def test_too_small_is_as_wrong_as_too_large(factor, seed):
    class Off(nn.Sigmoid):
        def _input_gradient(self, grad):
            return factor * super()._input_gradient(grad)

    with pytest.raises(nn.GradientMismatch):
        nn.check_gradients(Off(), [[0.5]], rng=seed)


def test_a_right_gradient_passes_with_a_report():
    report = nn.check_gradients(Broken("nowhere"), X, rng=1)
    assert [array.name for array in report.arrays] == ["W", "b", "input"]
    assert 0 <= report.error < 1e-8
    assert str(report).splitlines() == [
        "gradients agree to 1e-06 of the largest entry",
        "  W (3, 2): agrees",
        "  b (2,): agrees",
        "  input (5, 3): agrees",
    ]


def test_in_a_network_the_layer_is_named_too():
    network = nn.Sequential(nn.Dense(3, 3, rng=0), nn.Tanh(), Broken("W"))
    with pytest.raises(nn.GradientMismatch, match=r"^layer 2 Dense\(3, 2\) W\["):
        nn.check_gradients(network, X, rng=1)


def test_a_gradient_that_is_not_a_number_is_a_mismatch():
    class Lost(nn.Sigmoid):
        def _input_gradient(self, grad):
            return grad * np.nan

    with pytest.raises(nn.GradientMismatch, match="backward says nan"):
        nn.check_gradients(Lost(), X, rng=0)


def test_a_network_whose_backward_forgets_a_layer_is_caught(monkeypatch):
    network = nn.Sequential(nn.Dense(3, 2, rng=0), nn.Sigmoid())
    monkeypatch.setattr(network.layers[1], "backward", lambda grad, **_: grad)
    with pytest.raises(nn.GradientMismatch):
        nn.check_gradients(network, X, rng=1)


def test_parameters_and_input_come_back_bit_for_bit():
    network, kept = nn.Sequential(nn.Dense(3, 2, rng=0), nn.Tanh()), read_only(X)
    before = [p.copy() for p in network.parameters()]
    nn.check_gradients(network, kept, rng=0)
    assert all(map(np.array_equal, network.parameters(), before))


def test_an_all_ones_gradient_would_hide_what_the_random_one_finds():
    class Mean(nn.Layer):  # subtracts the mean, and forgets it on the way back
        def _forward(self, X):
            return X - X.mean(axis=1, keepdims=True)

        def _input_gradient(self, grad):
            return grad * 0  # right for a gradient of ones only

    with pytest.raises(nn.GradientMismatch):
        nn.check_gradients(Mean(), X, rng=0)


def test_kinks_are_counted_and_left_out():
    report = nn.check_gradients(nn.ReLU(), [[-1.0, 0.0, 2.0]], rng=0)
    assert [array.kinks for array in report.arrays] == [1]
    assert "1 at a kink left out" in repr(report)


@pytest.mark.parametrize("x", [0.0, 1e-6, -3e-6, 1e-4])
def test_a_curve_at_its_lowest_point_is_no_kink(x):
    class Square(nn.Layer):
        def _forward(self, X):
            self._X = X
            return 50 * X**2

        def _input_gradient(self, grad):
            return 100 * self._X * grad

    report = nn.check_gradients(Square(), [[x]], rng=0)
    assert [array.kinks for array in report.arrays] == [0]


@pytest.mark.parametrize("x", [0.0, 5e-7, -5e-7, 3e-6, -9e-6])
def test_a_kink_within_the_nudge_is_one(x):
    report = nn.check_gradients(nn.ReLU(), [[x, 1.0]], rng=0)
    assert [array.kinks for array in report.arrays] == [1]


def test_a_kink_does_not_hide_a_wrong_neighbour():
    class Wrong(nn.ReLU):
        def _input_gradient(self, grad):
            return grad

    with pytest.raises(nn.GradientMismatch, match=r"input\[0, 0\]"):
        nn.check_gradients(Wrong(), [[-1.0, 0.0, 2.0]], rng=0)


def test_with_a_loss_its_gradient_is_used():
    network = nn.Sequential(nn.Dense(3, 2, rng=0))
    nn.check_gradients(network, X, loss=nn.MeanSquaredError(), targets=np.ones((5, 2)), rng=0)

    class Double(nn.MeanSquaredError):
        def _gradient(self, predictions, targets):
            return 2 * super()._gradient(predictions, targets)

    with pytest.raises(nn.GradientMismatch):
        nn.check_gradients(network, X, loss=Double(), targets=np.ones((5, 2)), rng=0)


def test_loss_and_targets_come_together():
    with pytest.raises(ValueError, match="loss and targets together"):
        nn.check_gradients(nn.Sigmoid(), X, loss=nn.MeanSquaredError(), rng=0)


def test_coarse_parameters_are_refused_with_advice():
    network = nn.Sequential(nn.Dense(3, 2, rng=0)).astype(np.float32)
    with pytest.raises(ValueError, match=r"astype\(np\.float64\)"):
        nn.check_gradients(network, X, rng=0)


def test_forgetting_rng_says_what_to_write():
    with pytest.raises(TypeError, match="write rng=0"):
        nn.check_gradients(nn.Sigmoid(), X)


def test_a_backward_after_the_check_answers_the_input_itself():
    layer = nn.Sigmoid()
    nn.check_gradients(layer, X, rng=0)
    after = layer.backward(np.ones_like(X))
    layer.forward(X)
    assert np.array_equal(after, layer.backward(np.ones_like(X)))


@pytest.mark.parametrize("seed", range(20))
def test_a_trained_network_passes_although_its_gradients_are_nearly_zero(seed):
    rng = np.random.default_rng(seed)
    X, y = nn.datasets.xor()
    network = nn.Sequential(nn.Dense(2, 3, rng=rng), nn.Tanh(), nn.Dense(3, 1, rng=rng))
    loss = nn.MeanSquaredError()
    network.fit(X, y, loss=loss, optimizer=nn.SGD(0.3), epochs=1000, progress=False)
    nn.check_gradients(network, X, loss=loss, targets=y, rng=0)


class Scale(nn.Layer):
    """Y = s X, open to slips."""

    def __init__(self, gradient=lambda s: s, spoil=False):
        super().__init__()
        self.parameters["s"] = np.array([2.0, 3.0])
        self.gradient, self.spoil = gradient, spoil

    def _forward(self, X):
        self._X = X.copy()
        if self.spoil:
            X *= self.parameters["s"]
            return X
        return X * self.parameters["s"]

    def _assign_gradients(self, grad):
        self.gradients["s"] = self.gradient((grad * self._X).sum(axis=0))

    def _input_gradient(self, grad):
        return grad * self.parameters["s"]


def test_a_gradient_of_another_shape_is_named():
    nn.check_gradients(Scale(), np.ones((3, 2)), rng=0)
    nn.check_gradients(Scale(list), np.ones((3, 2)), rng=0)  # a list of the right numbers will do
    with pytest.raises(
        nn.GradientMismatch,
        match=r"s: backward gives a gradient of shape \(1, 2\), the array has shape \(2,\)",
    ):
        nn.check_gradients(Scale(lambda s: s[None]), np.ones((3, 2)), rng=0)


def test_a_forward_that_changes_its_input_is_found():
    with pytest.raises(ValueError, match="not to change its input"):
        nn.check_gradients(Scale(spoil=True), np.ones((3, 2)), rng=0)


def test_a_check_that_could_compare_nothing_does_not_pass():
    with pytest.raises(ValueError, match="every entry of input at a kink"):
        nn.check_gradients(nn.ReLU(), np.zeros((2, 2)), rng=0)


# --- dropout, state, and gradients too small to compare ---------------------------------------


def dropout_network(layer):
    return nn.Sequential(nn.Dense(3, 4, rng=0), layer, nn.Dense(4, 1, rng=1))


def test_dropout_meets_the_same_mask_at_every_nudge():
    network = dropout_network(nn.Dropout(0.5, rng=0))
    assert nn.check_gradients(network, X, rng=0).error < 1e-8
    assert nn.check_gradients(nn.Dropout(0.5, rng=0), X, rng=0).error < 1e-8


def test_a_wrong_dropout_is_found():
    class Unscaled(nn.Dropout):
        def _input_gradient(self, grad):
            return grad * (self._scale > 0)

    with pytest.raises(nn.GradientMismatch, match=r"layer 0 Dense\(3, 4\) W"):
        nn.check_gradients(dropout_network(Unscaled(0.5, rng=0)), X, rng=0)


def test_generators_and_state_come_back_as_they_were():
    rng, shift = np.random.default_rng(7), Shift(3)
    network = nn.Sequential(shift, nn.Dropout(0.5, rng=rng), nn.Dense(3, 1, rng=1))
    before, state = rng.bit_generator.state, shift.state["mean"].copy()
    nn.check_gradients(network, X, rng=0)
    assert rng.bit_generator.state == before
    assert np.array_equal(shift.state["mean"], state)
    assert shift.state["seen"] == 0
    nn.check_gradients(network, X, rng=rng)  # the same generator may give R


class Doubled(nn.Dense):
    """Its gradient of W is twice what it should be."""

    def _assign_gradients(self, grad):
        super()._assign_gradients(grad)
        self.gradients["W"] = 2 * self.gradients["W"]


@pytest.mark.parametrize("depth", [1, 3, 6, 20])
def test_a_doubled_gradient_is_found_or_reported_as_too_small(depth):
    layers = [Doubled(1, 1, rng=0), nn.Sigmoid()]
    for i in range(depth):
        layers += [nn.Dense(1, 1, rng=i), nn.Sigmoid()]
    network = nn.Sequential(*layers)
    try:
        report = nn.check_gradients(network, [[0.5], [1.0]], rng=0)
    except nn.GradientMismatch as error:
        assert str(error).startswith("layer 0")  # noqa: PT017
        assert depth < 20
    else:
        assert report.arrays[0].resolution >= 1
        assert "layer 0 Dense(1, 1) W (1, 1): too small to compare" in repr(report)
        assert depth == 20


def test_a_small_gradient_is_said_to_agree_only_as_far_as_can_be_told():
    class Faint(nn.Layer):
        def _forward(self, X):
            return 1 + 1e-5 * X

        def _input_gradient(self, grad):
            return 1e-5 * grad

    report = nn.check_gradients(Faint(), X, rng=0)
    assert 1e-6 < report.arrays[0].resolution < 1
    assert re.search(r"agrees to \de-0\d only, its entries are at most \de-05", repr(report))


def test_one_wrong_entry_far_back_in_a_large_array_is_found():
    class Sly(nn.Dense):
        def _assign_gradients(self, grad):
            super()._assign_gradients(grad)
            self.gradients["W"][-1, -1] += 1

    with pytest.raises(nn.GradientMismatch, match=r"W\[19, 9\]"):
        nn.check_gradients(Sly(20, 10, rng=0), np.ones((2, 20)), rng=0)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_kinks_are_told_apart_at_any_size(size):
    class Bent(nn.Layer):
        def _forward(self, X):
            self._X = X
            return size * np.abs(X)

        def _input_gradient(self, grad):
            return size * np.sign(self._X) * grad

    report = nn.check_gradients(Bent(), [[0.0, 2.0, -1.0]], rng=0)
    assert [array.kinks for array in report.arrays] == [1]


def test_samples_are_told_apart():
    class Mixed(nn.Sigmoid):
        def _input_gradient(self, grad):
            return super()._input_gradient(grad[::-1])

    with pytest.raises(nn.GradientMismatch):
        nn.check_gradients(Mixed(), np.zeros((2, 1)), rng=0)


# --- what the mutants showed ---------------------------------------------------------------------


def test_the_defaults_are_those_of_the_lecture_notes():
    assert inspect.signature(nn.numerical_gradient).parameters["h"].default == 1e-5
    assert inspect.signature(nn.check_gradients).parameters["tolerance"].default == 1e-6


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


def test_layers_that_are_hidden_are_named_before_anything_is_compared():
    class Hiding(nn.Flatten):
        def __init__(self):
            super().__init__()
            self.inner = nn.Dense(2, 1, rng=0)

    with pytest.raises(ValueError, match=r"check_gradients expects all layers"):
        nn.check_gradients(Hiding(), np.ones((1, 2)), rng=0)


@pytest.mark.parametrize("tolerance", [0, -1, np.inf])
def test_the_tolerance_must_be_positive(tolerance):
    with pytest.raises(ValueError, match="check_gradients expects tolerance"):
        nn.check_gradients(nn.Tanh(), np.ones((1, 2)), rng=0, tolerance=tolerance)


def test_an_input_that_is_not_a_number_is_not_said_to_be_changed():
    with pytest.raises(nn.GradientMismatch):
        nn.check_gradients(nn.Tanh(), [[np.nan, 1.0]], rng=0)


def test_the_mask_is_not_drawn_from_the_numbers_of_r():
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    nn.check_gradients(nn.Dropout(0.5, rng=rng), X, rng=rng)
    assert rng.bit_generator.state != before


def test_a_slope_beside_a_large_price_is_compared_as_far_as_rounding_lets():
    class Far(nn.Layer):
        def _forward(self, X):
            return 1e6 + X

        def _input_gradient(self, grad):
            return grad

    report = nn.check_gradients(Far(), X, rng=0)
    assert report.arrays[0].resolution > report.tolerance
