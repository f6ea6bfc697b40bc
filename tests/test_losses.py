import numpy as np
import pytest
from equations import stated, value_of
from hypothesis import given
from hypothesis import strategies as st
from specimens import Named
from strategies import generators, matrices, read_only

import nnbook as nn

LOSSES = [
    nn.MeanSquaredError,
    nn.HalfSquaredError,
    nn.BinaryCrossEntropy,
    nn.SigmoidBinaryCrossEntropy,
]


def test_mean_squared_error_of_the_layer_notes():
    loss = nn.MeanSquaredError()
    value = loss.forward([[0.2, 0.7, -0.4]], [[0, 1, 0.5]])
    assert np.isclose(value, 0.94 / 3)
    assert np.allclose(loss.backward(), [[0.4 / 3, -0.2, -0.6]])


def test_half_squared_error_of_the_delta_rule():
    loss = nn.HalfSquaredError()
    assert loss.forward([[-0.5]], [[1.0]]) == 1.125
    assert loss.backward().tolist() == [[-1.5]]


@given(matrices(), generators())
def test_the_losses_are_their_formulas(predictions, rng):
    targets = rng.normal(size=predictions.shape)
    squares = [
        [(p - t) ** 2 for p, t in zip(*rows, strict=True)]
        for rows in zip(predictions, targets, strict=True)
    ]
    m = len(predictions)
    assert np.isclose(nn.MeanSquaredError().forward(predictions, targets), np.mean(squares))
    halves = sum(sum(row) / 2 for row in squares) / m
    assert np.isclose(nn.HalfSquaredError().forward(predictions, targets), halves)


@pytest.mark.parametrize("make", LOSSES)
@given(rng=generators(), shape=st.sampled_from([(7,), (7, 1), (5, 3), (3, 2, 2)]))
def test_every_loss_gradient_is_the_derivative(make, rng, shape):
    loss, predictions, targets = make(), rng.uniform(0.1, 0.9, shape), rng.random(shape)
    nudged = nn.numerical_gradient(lambda p: make().forward(p, targets), predictions)
    loss.forward(predictions, targets)
    assert np.allclose(loss.backward(), nudged, atol=1e-8)


@pytest.mark.parametrize("make", LOSSES)
@pytest.mark.parametrize(
    "shapes", [((3,), (3, 1)), ((3, 1), (1, 3)), ((3,), (1, 3)), ((3, 1), (1,))]
)
def test_nothing_is_broadcast(make, shapes):
    with pytest.raises(ValueError, match="equal shape"):
        make().forward(np.zeros(shapes[0]), np.zeros(shapes[1]))


@pytest.mark.parametrize("make", LOSSES)
@pytest.mark.parametrize("shape", [(0, 2), (2, 0), ()])
def test_no_samples_is_a_value_error(make, shape):
    with pytest.raises(ValueError, match="at least one sample"):
        make().forward(np.zeros(shape), np.zeros(shape))


@pytest.mark.parametrize("make", LOSSES)
def test_backward_without_forward_is_a_runtime_error(make):
    with pytest.raises(RuntimeError, match="called before forward"):
        make().backward()


@pytest.mark.parametrize("make", LOSSES)
def test_inputs_are_never_altered_and_the_value_is_a_float(make):
    loss, predictions = make(), read_only(np.ones((2, 2)))
    assert type(loss.forward(predictions, read_only(np.zeros((2, 2))))) is float
    assert not np.shares_memory(loss.backward(), predictions)


@pytest.mark.parametrize("make", LOSSES)
def test_whole_numbers_do_not_wrap_and_float32_stays(make):
    bits = np.array([[0], [1]], np.uint8)
    assert make().forward(bits, bits[::-1]) == make().forward([[0.0], [1.0]], [[1.0], [0.0]])
    loss = make()
    loss.forward(np.ones((2, 1), np.float32), np.zeros((2, 1)))
    assert loss.backward().dtype == np.float32


def test_squared_errors_of_bytes_do_not_wrap():
    bytes_ = np.array([[0], [255]], np.uint8)
    assert nn.MeanSquaredError().forward(bytes_, bytes_[::-1]) == 255**2


def test_cross_entropy_of_the_lecture_notes():
    assert np.isclose(nn.BinaryCrossEntropy().forward([1e-4], [1]), 9.210340, atol=1e-6)
    loss = nn.BinaryCrossEntropy()
    loss.forward([0.3], [1])
    assert np.allclose(loss.backward(), -10 / 3)
    assert np.isclose(nn.BinaryCrossEntropy().forward([0.3], [0.3]), 0.610864, atol=1e-6)


@given(matrices(), generators())
def test_both_cross_entropies_agree_where_the_separate_one_can(z, rng):
    y = rng.integers(0, 2, z.shape)
    fused, separate, sigmoid = nn.SigmoidBinaryCrossEntropy(), nn.BinaryCrossEntropy(), nn.Sigmoid()
    assert np.isclose(fused.forward(z, y), separate.forward(sigmoid.forward(z), y))
    assert np.allclose(fused.backward(), sigmoid.backward(separate.backward()))


def test_the_fused_cross_entropy_is_right_at_the_edges_of_the_floats():
    with np.errstate(all="raise", under="ignore"):
        loss = nn.SigmoidBinaryCrossEntropy()
        assert loss.forward([-1e4, 1e4, -1e4, 1e4], [1, 0, 0, 1]) == 5e3
        assert loss.backward().tolist() == [-0.25, 0.25, 0, 0]
        assert nn.SigmoidBinaryCrossEntropy().forward([-800.0], [1]) == 800


def test_the_separate_cross_entropy_stays_finite_at_zero_and_one():
    with np.errstate(all="raise", under="ignore"):
        loss = nn.BinaryCrossEntropy()
        assert loss.forward([0.0, 1.0], [0, 1]) == 0
        assert loss.backward().tolist() == [0, 0]
        assert loss.forward([0.0, 1.0], [1, 0]) == 100
        assert np.isfinite(loss.backward()).all()


@pytest.mark.parametrize("value", [-0.1, 1.1, 3])
def test_what_is_no_probability_is_refused(value):
    with pytest.raises(
        ValueError, match=r"predictions should lie between 0 and 1.*Sigmoid missing"
    ):
        nn.BinaryCrossEntropy().forward([value], [1])
    for loss in (nn.BinaryCrossEntropy(), nn.SigmoidBinaryCrossEntropy()):
        with pytest.raises(ValueError, match="targets should lie between 0 and 1"):
            loss.forward([0.5], [value])


# --- losses of classes -------------------------------------------------------------------------

CLASS_LOSSES = [nn.CrossEntropy, nn.SoftmaxCrossEntropy]


def test_cross_entropy_of_the_architecture_notes():
    z, y = np.array([[1.0, 2.0, 3.0]]), [2]
    fused, separate = nn.SoftmaxCrossEntropy(), nn.CrossEntropy()
    assert np.isclose(fused.forward(z, y), 0.40760596)
    assert np.allclose(fused.backward(), [[0.09003057, 0.24472847, -0.33475904]])
    assert np.isclose(separate.forward(nn.softmax(z), y), 0.40760596)


@given(matrices(columns=st.integers(1, 5)), generators())
def test_the_fused_form_is_softmax_and_cross_entropy(z, rng):
    y = rng.integers(z.shape[1], size=len(z))
    softmax, separate, fused = nn.Softmax(), nn.CrossEntropy(), nn.SoftmaxCrossEntropy()
    value = separate.forward(softmax.forward(z), y)
    assert np.isclose(fused.forward(z, y), value)
    assert np.isclose(
        value, -np.mean([np.log(nn.softmax(row)[k]) for row, k in zip(z, y, strict=True)])
    )
    assert np.allclose(fused.backward(), softmax.backward(separate.backward()), atol=1e-12)


@pytest.mark.parametrize("make", CLASS_LOSSES)
@given(shape=st.tuples(st.integers(1, 5), st.integers(1, 5)), rng=generators())
def test_gradients_of_class_losses_are_derivatives(make, shape, rng):
    scores = rng.uniform(0.05, 0.9, shape)
    y = rng.integers(shape[1], size=shape[0])
    loss = make()
    loss.forward(scores, y)
    central = nn.numerical_gradient(lambda z: make().forward(z, y), scores)
    assert np.allclose(loss.backward(), central, atol=1e-7)


@pytest.mark.parametrize("make", CLASS_LOSSES)
def test_whole_numbers_and_one_hot_rows_mean_the_same(make):
    p, y = nn.softmax(np.random.default_rng(0).normal(size=(4, 3))), np.array([0, 2, 1, 2])
    one, other = make(), make()
    for labels in (y, y.tolist(), y.astype(np.uint8)):
        assert one.forward(p, labels) == other.forward(p, np.eye(3)[y])
        assert np.array_equal(one.backward(), other.backward())


def test_the_fused_form_is_right_at_the_edges_of_the_floats():
    loss = nn.SoftmaxCrossEntropy()
    with np.errstate(all="raise", under="ignore"):
        assert loss.forward([[1e4, -1e4]], [1]) == 2e4
        assert loss.backward().tolist() == [[1, -1]]
        assert loss.forward([[1e4, -1e4]], [0]) == 0
        assert loss.backward().tolist() == [[0, 0]]


def test_the_separate_form_stays_finite_where_a_probability_is_zero():
    loss = nn.CrossEntropy()
    with np.errstate(all="raise", under="ignore"):
        assert loss.forward([[0.0, 1.0]], [0]) == 100
        assert np.isfinite(loss.backward()).all()
        assert loss.forward([[0.0, 1.0]], [1]) == 0


def test_equal_scores_cost_the_logarithm_of_the_number_of_classes():
    assert np.isclose(nn.SoftmaxCrossEntropy().forward(np.zeros((5, 10)), np.arange(5)), np.log(10))


@pytest.mark.parametrize("make", CLASS_LOSSES)
@pytest.mark.parametrize(
    ("predictions", "targets", "error", "message"),
    [
        ([[0.5, 0.5]], [0.0], TypeError, "classes as whole numbers, got float64"),
        ([[0.5, 0.5]], ["0"], TypeError, "classes as whole numbers"),
        ([[0.5, 0.5]], [-1], ValueError, "classes from 0 to 1, got -1 to -1"),
        ([[0.5, 0.5]], [2], ValueError, "classes from 0 to 1, got 2 to 2"),
        ([[0.5, 0.5]], [[0.5, 0.5]], ValueError, "one-hot rows"),
        (
            [[0.5, 0.5]],
            [0, 1],
            ValueError,
            r"classes of shape \(1,\), or one-hot rows \(1, 2\), got \(2,\)",
        ),
        ([[0.5, 0.5]], [[0]], ValueError, r"got \(1, 1\)"),
        ([0.5, 0.5], [0, 1], ValueError, r"predictions of shape \(m, C\), a score for each class"),
        (np.zeros((0, 2)), [], ValueError, "at least one sample"),
        ([["a", "b"]], [0], TypeError, "real numbers"),
    ],
)
def test_classes_that_do_not_fit_are_refused(make, predictions, targets, error, message):
    with pytest.raises(error, match=message):
        make().forward(predictions, targets)


def test_scores_that_are_no_probabilities_are_refused():
    with pytest.raises(ValueError, match="got -1 to 2; is a Softmax missing"):
        nn.CrossEntropy().forward([[-1.0, 2.0]], [0])


@pytest.mark.parametrize("make", CLASS_LOSSES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_class_losses_keep_the_type_and_alter_nothing(make, dtype):
    loss = make()
    p, y = read_only(np.full((2, 2), 0.5, dtype)), read_only([0, 1])
    assert isinstance(loss.forward(p, y), float)
    assert loss.backward().dtype == dtype
    with pytest.raises(RuntimeError, match="called before forward"):
        make().backward()


# --- weights, and losses of one's own ---------------------------------------------------------

EVERY = {
    "MeanSquaredError": (nn.MeanSquaredError, (5, 2)),
    "HalfSquaredError": (nn.HalfSquaredError, (5, 2, 2)),
    "BinaryCrossEntropy": (nn.BinaryCrossEntropy, (5, 1)),
    "SigmoidBinaryCrossEntropy": (nn.SigmoidBinaryCrossEntropy, (5, 3)),
    "CrossEntropy": (nn.CrossEntropy, (5, 3)),
    "SoftmaxCrossEntropy": (nn.SoftmaxCrossEntropy, (5, 3)),
}


class FourthPower(nn.Loss):
    """A loss of one's own, in the two lines that its docstring asks for."""

    def _loss(self, predictions, targets):
        return ((predictions - targets) ** 4).mean()

    def _gradient(self, predictions, targets):
        return 4 * (predictions - targets) ** 3 / predictions.size


EVERY["FourthPower"] = (FourthPower, (5, 2))


def case_of(name, m=5):
    make, shape = EVERY[name]
    rng = np.random.default_rng(0)
    p = rng.uniform(0.1, 0.9, (m, *shape[1:]))
    classes = name in ("CrossEntropy", "SoftmaxCrossEntropy")
    return make, p, rng.integers(3, size=m) if classes else rng.integers(0, 2, p.shape)


@pytest.mark.parametrize("name", EVERY)
def test_weights_count_a_sample_as_often_as_they_say(name):
    make, p, y = case_of(name)
    times = np.array([3, 1, 0, 2, 1])
    one, other = make(), make()
    value = one.forward(p, y, sample_weight=times)
    assert np.isclose(
        value, other.forward(np.repeat(p, times, axis=0), np.repeat(y, times, axis=0))
    )
    repeated, grad = other.backward(), one.backward()
    ends = np.cumsum(times)
    for i, n in enumerate(times):
        assert np.allclose(grad[i], repeated[ends[i] - n : ends[i]].sum(axis=0), atol=1e-15)
    assert np.isclose(make().forward(p, y, sample_weight=np.full(5, 0.3)), make().forward(p, y))


@pytest.mark.parametrize("name", EVERY)
def test_weighted_gradients_are_derivatives(name):
    make, p, y = case_of(name)
    w = np.random.default_rng(1).uniform(0.1, 2, 5)
    loss = make()
    loss.forward(p, y, w)
    central = nn.numerical_gradient(lambda q: make().forward(q, y, w), p)
    assert np.allclose(loss.backward(), central, atol=1e-8)
    loss.forward(p, y)  # without weights again
    assert np.allclose(
        loss.backward(), nn.numerical_gradient(lambda q: make().forward(q, y), p), atol=1e-8
    )


@pytest.mark.parametrize("name", EVERY)
def test_one_loss_may_meet_batches_of_several_sizes(name):
    loss = EVERY[name][0]()
    for m in (4, 3, 1, 4):
        make, p, y = case_of(name, m)
        fresh = make()
        assert loss.forward(p, y) == fresh.forward(p, y)
        assert np.array_equal(loss.backward(), fresh.backward())


@pytest.mark.parametrize("name", EVERY)
def test_losses_in_float32_are_those_in_float64_but_for_rounding(name):
    make, p, y = case_of(name)
    fine, coarse = make(), make()
    for w in (None, [1, 2, 3, 4, 5]):
        a, b = fine.forward(p, y, w), coarse.forward(p.astype(np.float32), y, w)
        assert np.isclose(a, b, rtol=1e-5)
        grad = coarse.backward()
        assert grad.dtype == np.float32
        assert np.allclose(fine.backward(), grad, rtol=1e-4, atol=1e-6)


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
        nn.MeanSquaredError().forward(np.ones((3, 1)), np.zeros((3, 1)), weights)


def test_weights_of_the_caller_are_left_alone():
    w = read_only(np.array([1.0, 3.0]))
    nn.MeanSquaredError().forward(np.ones((2, 1)), np.zeros((2, 1)), w)


def test_a_column_is_advised_where_one_is_missing():
    with pytest.raises(ValueError, match=r"got \(3, 1\) and \(3,\); write y\[:, None\]"):
        nn.MeanSquaredError().forward(np.ones((3, 1)), np.ones(3))


# --- the formulas as they are written ----------------------------------------------------------

Z, TARGETS = np.random.default_rng(3).uniform(0.1, 0.9, (4, 3)), np.eye(3)[[0, 2, 1, 2]]
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
    "mean over samples of ½ Σ ": lambda prices: prices.sum(axis=1).mean() / 2,
}


def from_text(price, slope):
    """Return the price and its derivative for the data above, by their formulas."""
    (words,) = [words for words in MEANS if words in price]
    value = MEANS[words](value_of(price.split(words)[1], NAMES))
    return value, value_of(slope.split(" = ")[1].replace("number of entries", "entries"), NAMES)


def agree(loss, price, slope):
    value, gradient = from_text(price, slope)
    return np.isclose(loss.forward(Z, TARGETS), value) and np.allclose(loss.backward(), gradient)


@pytest.mark.parametrize("make", FORMULAS)
def test_a_loss_is_the_formulas_in_its_docstring(make):
    assert agree(make(), *stated(make, *FORMULAS[make]))


@pytest.mark.parametrize(
    ("make", "old", "new"),
    [
        (nn.MeanSquaredError, "2 (ŷ", "(ŷ"),
        (nn.HalfSquaredError, "/ m", "/ (number of entries)"),
        (nn.BinaryCrossEntropy, "(1 - y)", "(1 + y)"),
        (nn.BinaryCrossEntropy, "(p - y)", "(y - p)"),
        (nn.SigmoidBinaryCrossEntropy, "- z y", "- z p y"),
    ],
)
def test_a_slip_in_a_formula_is_found(make, old, new):
    changed = [formula.replace(old, new) for formula in FORMULAS[make]]
    assert changed != list(FORMULAS[make])
    assert not agree(make(), *changed)


def test_the_losses_of_classes_are_the_formulas_in_their_docstrings():
    right, y = np.arange(4), TARGETS.argmax(axis=1)
    p, slope = stated(
        nn.SoftmaxCrossEntropy,
        "J = mean over samples of ln Σ_k e^z_k - z[true class]",
        "dJ/dz = (p - y) / m",
    )
    prices = []
    for row, k in zip(Z, y, strict=True):
        names = {"z": row, "true_class": k, "ranges": {"k": 3}}
        text = p.split("samples of ")[1].replace("true class", "true_class")
        prices.append(value_of(text, names))
    fused, plain = nn.SoftmaxCrossEntropy(), nn.CrossEntropy()
    assert np.isclose(fused.forward(Z, y), np.mean(prices))
    names = NAMES | {"p": nn.softmax(Z)}
    assert np.allclose(fused.backward(), value_of(slope.split(" = ")[1], names))
    p, slope = stated(
        nn.CrossEntropy, "J = mean over samples of -ln p[true class]", "dJ/dp = -1 / (m p)"
    )
    text = p.split("samples of ")[1].replace("ln p[true class]", "ln(p)")
    names = NAMES | {"p": Z[right, y]}
    assert np.isclose(plain.forward(Z, y), np.mean(value_of(text, names)))
    assert np.allclose(plain.backward()[right, y], value_of(slope.split(" = ")[1], names))
    assert np.count_nonzero(plain.backward()) == 4


# --- what the mutants showed ---------------------------------------------------------------------


def test_the_limits_at_zero_and_one_are_those_of_the_docstring():
    for make, sure, targets in (
        (nn.BinaryCrossEntropy, [[0.0]], [[1]]),
        (nn.BinaryCrossEntropy, [[1.0]], [[0]]),
        (nn.CrossEntropy, [[0.0, 1.0]], [0]),
    ):
        loss = make()
        assert loss.forward(sure, targets) == 100
        assert np.abs(loss.backward()).max() == 1 / 1e-12


def test_weights_reach_samples_of_several_axes():
    loss, p = nn.MeanSquaredError(), np.ones((2, 3, 2, 2))
    loss.forward(p, np.zeros_like(p), [1, 3])
    assert np.allclose(loss.backward(), 2 * p / p.size * np.array([0.5, 1.5])[:, None, None, None])


def test_targets_of_the_right_type_are_not_copied():
    class Seen(nn.MeanSquaredError):
        def _sample_losses(self, predictions, targets):
            self.targets = targets
            return super()._sample_losses(predictions, targets)

    loss, y = Seen(), np.ones((2, 1))
    loss.forward(np.zeros((2, 1)), y)
    assert np.shares_memory(loss.targets, y)


def test_a_loss_of_ones_own_may_have_a_second_ancestor_with_arguments():
    class Mine(nn.MeanSquaredError, Named, title="mine"):
        pass

    assert Mine.title == "mine"


def test_a_loss_without_a_price_says_that_something_is_not_written():
    with pytest.raises(NotImplementedError):
        nn.Loss().forward([[1.0]], [[1.0]])
    with pytest.raises(NotImplementedError):
        nn.Loss()._gradient(np.ones(1), np.ones(1))


@pytest.mark.parametrize(("public", "hook"), [("forward", "_loss"), ("backward", "_gradient")])
def test_a_loss_of_ones_own_writes_its_mathematics_behind_the_checks(public, hook):
    with pytest.raises(TypeError, match=f"write {hook} instead"):
        type("Hasty", (nn.Loss,), {public: lambda self, *arguments: 0.0})


def test_a_loss_that_has_its_prices_may_be_watched():
    class Watched(nn.MeanSquaredError):
        def forward(self, predictions, targets, weights=None):
            return super().forward(predictions, targets, weights)

    assert Watched().forward([[3.0]], [[1.0]]) == 4


def test_a_loss_made_from_softmax_cross_entropy_may_price_in_its_own_way():
    class Doubled(nn.SoftmaxCrossEntropy):
        def _loss(self, predictions, targets):
            return 2 * float(-nn.softmax(predictions)[np.arange(len(targets)), targets].mean())

        def _gradient(self, predictions, targets):
            return super()._gradient(predictions, targets) + super()._gradient(
                -predictions, targets
            )

    z, y, plain = np.array([[1.0, 2.0, -1.0]]), [2], nn.SoftmaxCrossEntropy()
    expected = 0
    for scores in (z, -z):
        plain.forward(scores, y)
        expected = expected + plain.backward()
    own = Doubled()
    own.forward(z, y)
    assert np.allclose(own.backward(), expected, rtol=1e-12)
    own._sample_losses(
        np.ones((1, 3)), np.array(y)
    )  # other scores: what is kept of them is not used
    assert np.allclose(own.backward(), expected, rtol=1e-12)


@pytest.mark.parametrize("make", [nn.SoftmaxCrossEntropy, nn.CrossEntropy])
def test_a_loss_of_classes_is_the_mean_over_the_positions_of_a_sequence(make):
    rng = np.random.default_rng(0)
    P, y, w = nn.softmax(rng.normal(size=(4, 5, 3))), rng.integers(3, size=(4, 5)), [1, 2, 0, 4]
    loss, flat = make(), make()
    assert np.isclose(loss.forward(P, y), flat.forward(P.reshape(20, 3), y.ravel()))
    assert np.allclose(loss.backward(), flat.backward().reshape(P.shape))
    assert loss.forward(P, nn.one_hot(y)) == loss.forward(P, y)
    weighted = flat.forward(P.reshape(20, 3), y.ravel(), np.repeat(w, 5))
    assert np.isclose(loss.forward(P, y, sample_weight=w), weighted)
    assert np.allclose(loss.backward(), flat.backward().reshape(P.shape))
    assert np.isclose(nn.metrics.accuracy(P, y), (P.argmax(axis=2) == y).mean())
    with pytest.raises(ValueError, match=r"classes of shape \(4, 5\), or one-hot rows \(4, 5, 3\)"):
        loss.forward(P, y[:, 0])


def test_the_advice_on_classes_says_what_to_write():
    P = np.full((2, 3), 1 / 3)
    with pytest.raises(ValueError, match=r"got \(2, 1\); y.ravel\(\)"):
        nn.CrossEntropy().forward(P, [[0], [1]])
    with pytest.raises(TypeError, match=r"got float64; y.astype\(int\)"):
        nn.CrossEntropy().forward(P, [0.0, 1.0])
