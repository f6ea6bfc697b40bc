import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import generators, matrices, read_only

from nnbook import metrics, softmax


def test_binary_accuracy_counts_the_right_side_of_the_threshold():
    p, y = [[0.9], [0.2], [0.5], [0.1]], [[1], [0], [0], [0]]
    assert metrics.binary_accuracy(p, y) == 0.75  # at the threshold the answer is 1
    assert metrics.binary_accuracy(p, y, threshold=0.6) == 1.0
    assert metrics.binary_accuracy([[-3.0], [2.0]], [[0], [1]], threshold=0) == 1.0


@pytest.mark.parametrize("shapes", [((3,), (3, 1)), ((3, 1), (1, 3))])
def test_binary_accuracy_never_broadcasts(shapes):
    with pytest.raises(ValueError, match="equal shape"):
        metrics.binary_accuracy(np.zeros(shapes[0]), np.zeros(shapes[1]))


@pytest.mark.parametrize("targets", [[0.5], [2], [-1]])
def test_binary_accuracy_wants_zeros_and_ones(targets):
    with pytest.raises(ValueError, match="targets of 0 and 1"):
        metrics.binary_accuracy([0.3], targets)


SCORES = [[0.1, 0.7, 0.2], [0.5, 0.3, 0.2], [0.0, 0.1, 0.9], [0.4, 0.5, 0.1]]


@pytest.mark.parametrize(
    "targets", [[1, 0, 1, 0], np.eye(3)[[1, 0, 1, 0]], np.array([1, 0, 1, 0], np.uint8)]
)
def test_classes_may_be_numbers_or_one_hot(targets):
    assert metrics.accuracy(read_only(SCORES), read_only(targets)) == 0.5
    assert metrics.confusion_matrix(SCORES, targets).tolist() == [[1, 1, 0], [0, 1, 1], [0, 0, 0]]


def test_the_confusion_matrix_adds_up():
    rng = np.random.default_rng(0)
    scores, classes = rng.random((200, 4)), rng.integers(0, 4, 200)
    counts = metrics.confusion_matrix(scores, classes)
    assert counts.sum() == 200
    assert np.array_equal(counts.sum(axis=1), np.bincount(classes, minlength=4))
    assert np.trace(counts) / 200 == metrics.accuracy(scores, classes)


@pytest.mark.parametrize(
    ("targets", "error"),
    [
        ([0, 1, 2, 3], ValueError),
        ([0, 1, 2, -1], ValueError),
        ([0.0, 1.0, 2.0, 0.0], TypeError),
        ([0, 1, 2], ValueError),
        ([[0, 1, 2]], ValueError),
        (np.ones((4, 3)), ValueError),
        (np.full((4, 3), 1 / 3), ValueError),
    ],
)
def test_impossible_classes_are_refused(targets, error):
    for metric in (metrics.accuracy, metrics.confusion_matrix):
        with pytest.raises(error, match=metric.__name__):
            metric(SCORES, targets)


def test_scores_need_two_axes_and_a_sample():
    with pytest.raises(ValueError, match=r"\(m, C\)"):
        metrics.accuracy([0.1, 0.9], [1, 1])
    with pytest.raises(ValueError, match="at least one sample"):
        metrics.accuracy(np.zeros((0, 2)), np.zeros(0, int))


@given(matrices(), generators())
def test_errors_of_numbers_are_their_formulas(targets, rng):
    predictions = targets + rng.normal(size=targets.shape)
    pairs = list(zip(predictions.ravel(), targets.ravel(), strict=True))
    mean = sum(abs(p - t) for p, t in pairs) / len(pairs)
    assert np.isclose(metrics.mean_absolute_error(predictions, targets), mean)
    if (np.ptp(targets, axis=0) > 1e-3).all():
        shares = [
            1 - sum((p - t) ** 2) / sum((t - t.mean()) ** 2)
            for p, t in zip(predictions.T, targets.T, strict=True)
        ]
        assert np.isclose(metrics.r2(predictions, targets), np.mean(shares))
        assert metrics.r2(targets, targets) == 1


def test_r2_of_the_mean_is_zero_and_equal_targets_are_refused():
    assert metrics.r2([[2.0], [2.0]], [[1.0], [3.0]]) == 0
    with pytest.raises(ValueError, match="differ from each other"):
        metrics.r2([[2.0], [2.0]], [[1.0], [1.0]])
    for metric in (metrics.r2, metrics.mean_absolute_error):
        with pytest.raises(ValueError, match="at least one sample"):
            metric(np.zeros((0, 1)), np.zeros((0, 1)))
        with pytest.raises(ValueError, match=r"write y\[:, None\]"):
            metric(np.ones((2, 1)), np.ones(2))


def test_of_equal_scores_the_first_counts():
    assert metrics.accuracy([[0.5, 0.5]], [0]) == 1


def naive_calibration_error(P, classes, bins):
    """The formula of the docstring, one bin and one sample after the other."""
    total = 0.0
    for b in range(1, bins + 1):
        inside = [
            s
            for s, p in enumerate(P)
            if (b - 1) / bins <= max(p) < b / bins or (b == bins and max(p) >= 1)
        ]
        if inside:
            accuracy = sum(P[s].argmax() == classes[s] for s in inside) / len(inside)
            confidence = sum(max(P[s]) for s in inside) / len(inside)
            total += len(inside) / len(P) * abs(accuracy - confidence)
    return total


@given(
    matrices(rows=st.integers(1, 30), columns=st.integers(2, 5)), generators(), st.integers(1, 12)
)
def test_the_calibration_error_is_its_formula(scores, rng, bins):
    P, classes = softmax(scores), rng.integers(0, scores.shape[1], len(scores))
    borders = np.abs(P.max(axis=1)[:, None] * bins - np.arange(1, bins)).min(axis=1, initial=1)
    if (borders < 1e-9).any():
        return  # at a border rounding decides
    error = metrics.calibration_error(read_only(P), read_only(classes), bins=bins)
    assert np.isclose(error, naive_calibration_error(P, classes, bins))
    assert 0 <= error <= 1
    assert error == metrics.calibration_error(P, np.eye(scores.shape[1])[classes], bins=bins)


def test_answers_as_sure_as_they_are_right_have_no_calibration_error():
    P, classes = np.tile([0.25, 0.75], (4, 1)), [1, 1, 1, 0]
    assert metrics.calibration_error(P, classes) == 0
    assert metrics.calibration_error(P, [0, 0, 0, 0]) == 0.75
    assert metrics.calibration_error([[1.0, 0.0]], [0]) == 0  # sure, in the last bin
    # half of the samples too sure by 0.4, half too unsure by 0.1: apart, or in one bin
    P, classes = [[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]], [0, 1, 1, 1]
    assert np.isclose(metrics.calibration_error(P, classes), 0.5 * 0.4 + 0.5 * 0.4)
    assert np.isclose(metrics.calibration_error(P, classes, bins=1), 0)


def test_the_lower_end_belongs_to_a_bin():
    P = [[0.75, 0.25], [0.8, 0.2]]
    assert np.isclose(metrics.calibration_error(P, [0, 1], bins=4), abs(0.5 - 0.775))


@pytest.mark.parametrize(
    ("predictions", "targets", "error", "message"),
    [
        ([[2.0, 1.0]], [0], ValueError, "nn.softmax"),
        ([[1.5, -0.5]], [0], ValueError, "nn.softmax"),
        ([[0.5, 0.6]], [0], ValueError, "nn.softmax"),
        ([[np.nan, 1.0]], [0], ValueError, "nn.softmax"),
        (np.zeros((0, 2)), np.zeros(0, int), ValueError, "at least one sample"),
        ([0.5, 0.5], [0, 1], ValueError, r"\(m, C\)"),
        ([[0.5, 0.5]], [2], ValueError, "classes from 0 to 1"),
        ([[0.5, 0.5]], [0.0], TypeError, "whole numbers"),
        ([["a", "b"]], [0], TypeError, "real numbers"),
    ],
)
def test_what_has_no_calibration_error_is_refused(predictions, targets, error, message):
    with pytest.raises(error, match=message):
        metrics.calibration_error(predictions, targets)


@pytest.mark.parametrize(("bins", "error"), [(0, ValueError), (2.5, TypeError), (True, TypeError)])
def test_bins_are_counted(bins, error):
    with pytest.raises(error, match="calibration_error expects bins"):
        metrics.calibration_error([[0.5, 0.5]], [0], bins=bins)


def test_probabilities_in_short_floats_are_probabilities():
    P = softmax(np.random.default_rng(0).normal(size=(50, 10)).astype(np.float32))
    assert P.dtype == np.float32
    assert metrics.calibration_error(P, np.zeros(50, int)) > 0
