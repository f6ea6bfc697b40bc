import numpy as np
import pytest
from equations import stated, value_of
from hypothesis import given
from hypothesis import strategies as st
from strategies import generators, matrices, read_only

import nnbook as nn


class FourthPower(nn.Loss):
    """A loss of one's own, in the two lines that its docstring asks for."""

    def _loss(self, predictions, targets):
        return ((predictions - targets) ** 4).mean()

    def _gradient(self, predictions, targets):
        return 4 * (predictions - targets) ** 3 / predictions.size


CLASS_LOSSES = [nn.CrossEntropy, nn.SoftmaxCrossEntropy]
LOSSES = [
    nn.MeanSquaredError,
    nn.HalfSquaredError,
    nn.BinaryCrossEntropy,
    nn.SigmoidBinaryCrossEntropy,
    FourthPower,
]
every_loss = pytest.mark.parametrize("make", LOSSES + CLASS_LOSSES)


def drawn(make, shape, rng=0):
    """Return predictions of this shape, and targets that a loss takes with them."""
    rng = np.random.default_rng(rng)
    p = rng.uniform(0.1, 0.9, shape)
    if make in CLASS_LOSSES:
        return p, rng.integers(shape[-1], size=shape[:-1])
    return p, rng.integers(0, 2, shape)


@every_loss
@given(rng=generators(), shape=st.sampled_from([(7, 1), (1, 2), (5, 3), (3, 2, 2), (2, 2, 3, 2)]))
def test_gradients_are_derivatives_with_weights_and_without(make, rng, shape):
    loss, (p, y) = make(), drawn(make, shape, rng)
    for w in (rng.uniform(0.1, 2, shape[0]), None):
        central = nn.numerical_gradient(lambda q, w=w: make().forward(q, y, w), p)
        loss.forward(p, y, w)
        assert np.allclose(loss.backward(), central, atol=1e-8)


@every_loss
def test_a_weight_counts_a_sample_so_many_times(make):
    (p, y), times = drawn(make, (5, 2, 3)), np.array([3, 1, 0, 2, 1])
    one, other = make(), make()
    value = one.forward(read_only(p), read_only(y), sample_weight=read_only(times))
    repeated = np.repeat(p, times, axis=0), np.repeat(y, times, axis=0)
    assert np.isclose(value, other.forward(*repeated))
    repeated, grad, ends = other.backward(), one.backward(), np.cumsum(times)
    for i, n in enumerate(times):
        assert np.allclose(grad[i], repeated[ends[i] - n : ends[i]].sum(axis=0), atol=1e-15)
    assert np.isclose(make().forward(p, y, np.full(5, 0.3)), make().forward(p, y))


@every_loss
def test_a_loss_used_on_several_batches_equals_a_fresh_one(make):
    loss = make()
    for m in (4, 3, 1, 4):
        fresh, (p, y) = make(), drawn(make, (m, 3), m)
        assert loss.forward(p, y) == fresh.forward(p, y)
        assert np.array_equal(loss.backward(), fresh.backward())
        assert np.array_equal(loss.backward(), fresh.backward())


@every_loss
def test_float32_is_float64_but_for_rounding(make):
    fine, coarse, (p, y) = make(), make(), drawn(make, (5, 3))
    for w in (None, [1, 2, 3, 4, 5]):
        a, b = fine.forward(p, y, w), coarse.forward(p.astype(np.float32), y, w)
        assert type(a) is type(b) is float
        assert np.isclose(a, b, rtol=1e-5)
        grad = coarse.backward()
        assert grad.dtype == np.float32
        assert np.allclose(fine.backward(), grad, rtol=1e-4, atol=1e-6)


@every_loss
def test_nothing_of_the_callers_is_changed_and_whole_numbers_do_not_wrap(make):
    loss, (p, y) = make(), map(read_only, drawn(make, (4, 3)))
    loss.forward(p, y)
    assert not np.shares_memory(loss.backward(), p)
    most = 2 if "Binary" in make.__name__ or make is nn.CrossEntropy else 256
    p = np.random.default_rng(0).integers(0, most, (4, 3)).astype(np.uint8)
    assert make().forward(p, y.astype(np.uint8)) == make().forward(p.astype(float), y.astype(int))


def test_targets_of_the_right_type_are_not_copied():
    class Watch(nn.Loss):
        def _loss(self, predictions, targets):
            return np.shares_memory(targets, y)

    y = np.ones((2, 1))
    assert Watch().forward(np.zeros((2, 1)), y)


@every_loss
@pytest.mark.parametrize("shape", [(0, 2), (2, 0), ()])
def test_backward_wants_a_forward_and_forward_a_sample(make, shape):
    with pytest.raises(RuntimeError, match="called before forward"):
        make().backward()
    with pytest.raises(ValueError, match="at least one sample"):
        make().forward(np.zeros(shape), np.zeros(shape))


@pytest.mark.parametrize("make", LOSSES)
@pytest.mark.parametrize(
    "shapes", [((3,), (3, 1)), ((3, 1), (1, 3)), ((3,), (1, 3)), ((3, 1), (1,))]
)
def test_nothing_is_broadcast(make, shapes):
    with pytest.raises(ValueError, match="equal shape"):
        make().forward(np.zeros(shapes[0]), np.zeros(shapes[1]))
    with pytest.raises(ValueError, match=r"got \(3, 1\) and \(3,\); write y\[:, None\]"):
        make().forward(np.ones((3, 1)), np.ones(3))


@pytest.mark.parametrize(
    ("make", "predictions", "targets", "value", "gradient"),
    [
        (nn.SigmoidBinaryCrossEntropy, [-1e4, 1e4, -1e4, 1e4], [1, 0, 0, 1], 5e3,
         [-0.25, 0.25, 0, 0]),
        (nn.SigmoidBinaryCrossEntropy, [-800.0], [1], 800, [-1]),
        (nn.BinaryCrossEntropy, [0.0, 1.0], [0, 1], 0, [0, 0]),
        (nn.BinaryCrossEntropy, [0.0, 1.0], [1, 0], 100, [-0.5e12, 0.5e12]),
        (nn.SoftmaxCrossEntropy, [[1e4, -1e4]], [1], 2e4, [[1, -1]]),
        (nn.SoftmaxCrossEntropy, [[1e4, -1e4]], [0], 0, [[0, 0]]),
        (nn.CrossEntropy, [[0.0, 1.0]], [0], 100, [[-1e12, 0]]),
        (nn.CrossEntropy, [[0.0, 1.0]], [1], 0, [[0, -1]]),
    ],
)  # fmt: skip
def test_losses_at_the_edges_of_the_floats(make, predictions, targets, value, gradient):
    loss = make()
    with np.errstate(all="raise", under="ignore"):
        assert loss.forward(predictions, targets) == value
        assert loss.backward().tolist() == gradient


@given(matrices(columns=st.integers(1, 5)), generators())
def test_a_fused_loss_is_the_activation_and_the_separate_loss(z, rng):
    y = rng.integers(z.shape[1], size=len(z))
    for targets, fused, separate, activation in (
        (y, nn.SoftmaxCrossEntropy(), nn.CrossEntropy(), nn.Softmax()),
        (np.eye(z.shape[1])[y], nn.SigmoidBinaryCrossEntropy(), nn.BinaryCrossEntropy(), nn.Sigmoid()),
    ):  # fmt: skip
        value = separate.forward(activation.forward(z), targets)
        assert np.isclose(fused.forward(z, targets), value)
        assert np.allclose(fused.backward(), activation.backward(separate.backward()), atol=1e-12)


# --- what is refused ---------------------------------------------------------------------------

HALVES, MSE = [[0.5, 0.5]], (np.ones((3, 1)), np.zeros((3, 1)))


@pytest.mark.parametrize("make", CLASS_LOSSES)
@pytest.mark.parametrize(
    ("predictions", "targets", "error", "message"),
    [
        (HALVES, [0.0], TypeError, r"classes as whole numbers, got float64; y.astype\(int\)"),
        (HALVES, ["0"], TypeError, "classes as whole numbers"),
        (HALVES, [-1], ValueError, "classes from 0 to 1, got -1 to -1"),
        (HALVES, [2], ValueError, "classes from 0 to 1, got 2 to 2"),
        (HALVES, [[0.5, 0.5]], ValueError, "one-hot rows"),
        (HALVES, [0, 1], ValueError, r"shape \(1,\), or one-hot rows \(1, 2\), got \(2,\)$"),
        (HALVES, [[0]], ValueError, r"got \(1, 1\); y.ravel\(\)"),
        ([[HALVES[0]]], [0], ValueError, r"shape \(1, 1\), or one-hot rows \(1, 1, 2\)"),
        ([0.5, 0.5], [0, 1], ValueError, r"predictions of shape \(m, C\), a score for each class"),
        ([["a", "b"]], [0], TypeError, "real numbers"),
    ],
)
def test_classes_that_do_not_fit_are_refused(make, predictions, targets, error, message):
    with pytest.raises(error, match=message):
        make().forward(predictions, targets)


@pytest.mark.parametrize("value", [-0.1, 1.1, 3])
def test_what_is_no_probability_is_refused(value):
    message = "predictions should lie between 0 and 1.*{} missing"
    with pytest.raises(ValueError, match=message.format("Sigmoid")):
        nn.BinaryCrossEntropy().forward([value], [1])
    with pytest.raises(ValueError, match=message.format("Softmax")):
        nn.CrossEntropy().forward([[value, 0.5]], [0])
    for loss in (nn.BinaryCrossEntropy(), nn.SigmoidBinaryCrossEntropy()):
        with pytest.raises(ValueError, match="targets should lie between 0 and 1"):
            loss.forward([0.5], [value])


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ([1, 2], ValueError, r"sample_weight of shape \(3,\).*class weights are w\[y\]"),
        (np.ones((3, 1)), ValueError, r"sample_weight of shape \(3,\)"),
        ([1, -1, 1], ValueError, "at least 0, some of them above it, got -1 to 1"),
        ([0, 0, 0], ValueError, "some of them above it"),
        ([1, np.nan, 1], ValueError, "sample_weight expects finite"),
        (["a", "b", "c"], TypeError, "real numbers"),
    ],
)
def test_impossible_weights_are_refused(weights, error, message):
    with pytest.raises(error, match=message):
        nn.MeanSquaredError().forward(*MSE, weights)
    with pytest.raises(TypeError, match="write sample_weight"):
        nn.MeanSquaredError().forward(*MSE, weights=weights)


# --- the formulas as they are written ----------------------------------------------------------

Z, TARGETS = np.random.default_rng(3).uniform(0.1, 0.9, (4, 3)), np.eye(3)[[0, 2, 1, 2]]
TRUE = TARGETS.argmax(axis=1)
NAMES = {"ŷ": Z, "y": TARGETS, "p": Z, "z": Z, "σ": nn.sigmoid, "m": 4, "entries": Z.size}
FORMULAS = {
    nn.MeanSquaredError: (
        "J = mean over all entries of (ŷ - y)²",
        "dJ/dŷ = 2 (ŷ - y) / (number of entries)",
    ),
    nn.HalfSquaredError: ("J = mean over samples of ½ Σ (ŷ - y)²", "dJ/dŷ = (ŷ - y) / m"),
    nn.BinaryCrossEntropy: (
        "J = mean over all entries of -(y ln p + (1 - y) ln(1 - p))",
        "dJ/dp = (p - y) / (p (1 - p)) / (number of entries)",
    ),
    nn.SigmoidBinaryCrossEntropy: (
        "J = mean over all entries of max(z, 0) - z y + ln(1 + e^-|z|)",
        "dJ/dz = (σ(z) - y) / (number of entries)",
    ),
}
MEANS = {
    "mean over all entries of ": np.mean,
    "mean over samples of ½ Σ ": lambda losses: losses.sum(axis=1).mean() / 2,
}


@pytest.mark.parametrize("make", FORMULAS)
def test_a_loss_is_the_formulas_in_its_docstring(make):
    value, gradient = stated(make, *FORMULAS[make])
    (words,) = [words for words in MEANS if words in value]
    value = MEANS[words](value_of(value.split(words)[1], NAMES))
    gradient = value_of(gradient.split(" = ")[1].replace("number of entries", "entries"), NAMES)
    loss = make()
    assert np.isclose(loss.forward(Z, TARGETS), value)
    assert np.allclose(loss.backward(), gradient)


def test_the_losses_of_classes_are_the_formulas_in_their_docstrings():
    value, gradient = stated(
        nn.SoftmaxCrossEntropy,
        "J = mean over samples of ln Σ_k e^z_k - z[true class]",
        "dJ/dz = (p - y) / m",
    )
    text, losses = value.split("samples of ")[1].replace("true class", "true_class"), []
    for row, k in zip(Z, TRUE, strict=True):
        losses.append(value_of(text, {"z": row, "true_class": k, "ranges": {"k": 3}}))
    fused, plain = nn.SoftmaxCrossEntropy(), nn.CrossEntropy()
    assert np.isclose(fused.forward(Z, TRUE), np.mean(losses))
    names = NAMES | {"p": nn.softmax(Z)}
    assert np.allclose(fused.backward(), value_of(gradient.split(" = ")[1], names))
    value, gradient = stated(
        nn.CrossEntropy, "J = mean over samples of -ln p[true class]", "dJ/dp = -1 / (m p)"
    )
    text = value.split("samples of ")[1].replace("ln p[true class]", "ln(p)")
    names = NAMES | {"p": Z[np.arange(4), TRUE]}
    assert np.isclose(plain.forward(Z, TRUE), np.mean(value_of(text, names)))
    gradient = value_of(gradient.split(" = ")[1], names)
    assert np.allclose(plain.backward(), TARGETS * gradient[:, None])


# --- losses of classes, and of one's own -------------------------------------------------------


@pytest.mark.parametrize("make", CLASS_LOSSES)
def test_classes_may_be_one_hot_and_stand_at_every_position_of_a_sequence(make):
    rng = np.random.default_rng(0)
    P, y, w = nn.softmax(rng.normal(size=(4, 5, 3))), rng.integers(3, size=(4, 5)), [1, 2, 0, 4]
    loss, flat = make(), make()
    for labels in (y, y.tolist(), y.astype(np.uint8), np.eye(3)[y], nn.one_hot(y)):
        for weights, repeated in ((None, None), (w, np.repeat(w, 5))):
            value = flat.forward(P.reshape(20, 3), y.ravel(), repeated)
            assert np.isclose(loss.forward(P, labels, weights), value)
            assert np.allclose(loss.backward(), flat.backward().reshape(P.shape))
    assert np.isclose(nn.metrics.accuracy(P, y), (P.argmax(axis=2) == y).mean())


def test_a_loss_made_from_softmax_cross_entropy_may_ask_for_the_gradient_elsewhere():
    class Mirrored(nn.SoftmaxCrossEntropy):
        def _gradient(self, predictions, targets):
            return super()._gradient(-predictions, targets)

    z, plain, own = np.array([[1.0, 2.0, -1.0]]), nn.SoftmaxCrossEntropy(), Mirrored()
    plain.forward(-z, [2])
    own.forward(z, [2])
    assert np.allclose(own.backward(), plain.backward(), rtol=1e-12)
    own._sample_losses(np.ones((1, 3)), np.array([2]))  # of other logits, which are not used
    assert np.allclose(own.backward(), plain.backward(), rtol=1e-12)
