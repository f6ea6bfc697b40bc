import numpy as np
import pytest
from hypothesis import given
from strategies import generators, matrices, read_only

from nnbook import metrics, softmax

LOGITS = [[0.1, 0.7, 0.2], [0.5, 0.3, 0.2], [0.0, 0.1, 0.9], [0.4, 0.5, 0.1]]
BY_CLASS = [metrics.accuracy, metrics.confusion_matrix, metrics.calibration_error]


def test_binary_accuracy_counts_the_right_side_of_the_threshold():
    p, y = [[0.9], [0.2], [0.5], [0.1]], [[1], [0], [0], [0]]
    assert metrics.binary_accuracy(p, y) == 0.75  # at the threshold the class is 1
    assert metrics.binary_accuracy(p, y, threshold=0.6) == 1.0
    assert metrics.binary_accuracy([[-3.0], [2.0]], [[0], [1]], threshold=0) == 1.0


@pytest.mark.parametrize(
    "targets", [[1, 0, 1, 0], np.eye(3)[[1, 0, 1, 0]], np.array([1, 0, 1, 0], np.uint8)]
)
def test_classes_may_be_numbers_or_one_hot(targets):
    assert metrics.accuracy(read_only(LOGITS), read_only(targets)) == 0.5
    assert metrics.confusion_matrix(LOGITS, targets).tolist() == [[1, 1, 0], [0, 1, 1], [0, 0, 0]]
    assert metrics.accuracy([[0.5, 0.5]], [0]) == 1  # of equal ones the first counts


@pytest.mark.parametrize("n", [4, 300])  # 300 do not fit into one byte
def test_the_confusion_matrix_adds_up(n):
    rng = np.random.default_rng(0)
    logits, classes = rng.random((600, n)), rng.integers(0, n, 600)
    counts = metrics.confusion_matrix(logits, classes)
    assert np.array_equal(counts.sum(axis=1), np.bincount(classes, minlength=n))
    assert np.array_equal(counts.sum(axis=0), np.bincount(logits.argmax(axis=1), minlength=n))
    assert np.trace(counts) / 600 == metrics.accuracy(logits, classes)


@given(matrices(), generators())
def test_errors_of_numbers_are_their_formulas(targets, rng):
    predictions = targets + rng.normal(size=targets.shape)
    pairs = list(zip(predictions.ravel(), targets.ravel(), strict=True))
    mean = sum(abs(p - t) for p, t in pairs) / len(pairs)
    assert np.isclose(metrics.mean_absolute_error(predictions, targets), mean)
    if (np.ptp(targets, axis=0) > 1e-3).all():
        columns = zip(predictions.T, targets.T, strict=True)
        each = [1 - sum((p - t) ** 2) / sum((t - t.mean()) ** 2) for p, t in columns]
        assert np.isclose(metrics.r2(predictions, targets), np.mean(each))
        assert metrics.r2(targets, targets) == 1


# --- calibration -------------------------------------------------------------------------------


def test_calibration_errors_by_hand():
    P, classes = np.tile([0.25, 0.75], (4, 1)), [1, 1, 1, 0]
    assert metrics.calibration_error(P, classes) == 0
    assert metrics.calibration_error(P, [0, 0, 0, 0]) == 0.75
    assert metrics.calibration_error([[1.0, 0.0]], [0]) == 0  # certain, in the last bin
    assert metrics.calibration_error(np.eye(2, dtype=np.float32), np.eye(2)[::-1]) == 1
    # half of the samples 0.4 too confident, half 0.4 too little: apart, or in one bin
    P, classes = [[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]], [0, 1, 1, 1]
    assert np.isclose(metrics.calibration_error(P, classes), 0.5 * 0.4 + 0.5 * 0.4)
    assert np.isclose(metrics.calibration_error(P, classes, bins=1), 0)
    # the lower end belongs to a bin
    P = [[0.75, 0.25], [0.8, 0.2]]
    assert np.isclose(metrics.calibration_error(P, [0, 1], bins=4), abs(0.5 - 0.775))


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("metric", BY_CLASS)
@pytest.mark.parametrize(
    ("predictions", "targets", "error", "message"),
    [
        (softmax(LOGITS), [0, 1, 2, 3], ValueError, "classes from 0 to 2"),
        (softmax(LOGITS), [0.0, 1.0, 2.0, 0.0], TypeError, "whole numbers"),
        (softmax(LOGITS), [[0, 1, 2]], ValueError, "of shape"),
        (softmax(LOGITS), np.ones((4, 3)), ValueError, "one-hot"),
        ([0.1, 0.9], [1, 1], ValueError, r"\(m, C\)"),
        ([["a", "b"]], [0], TypeError, "real numbers"),
    ],
)
def test_impossible_classes_are_refused(metric, predictions, targets, error, message):
    with pytest.raises(error, match=f"{metric.__name__}.*{message}"):
        metric(predictions, targets)


@pytest.mark.parametrize(
    ("metric", "predictions", "targets", "message"),
    [
        (metrics.binary_accuracy, np.zeros(3), np.zeros((3, 1)), "equal shape"),
        (metrics.binary_accuracy, np.zeros((3, 1)), np.zeros((1, 3)), "equal shape"),
        *[(metrics.binary_accuracy, [0.3], [y], "targets of 0 and 1") for y in (0.5, 2, -1)],
        (metrics.accuracy, np.zeros((0, 2)), np.zeros(0, int), "at least one sample"),
        (metrics.calibration_error, np.zeros((0, 2)), np.zeros(0, int), "at least one sample"),
        (metrics.r2, np.zeros((0, 1)), np.zeros((0, 1)), "at least one sample"),
        (metrics.mean_absolute_error, np.zeros((0, 1)), np.zeros((0, 1)), "at least one sample"),
        (metrics.r2, np.ones((2, 1)), np.ones(2), r"write y\[:, None\]"),
        (metrics.mean_absolute_error, np.ones((2, 1)), np.ones(2), r"write y\[:, None\]"),
        (metrics.r2, [[2.0], [2.0]], [[1.0], [1.0]], "differ from each other"),
        *[
            (metrics.calibration_error, [row], [0], "nn.softmax")
            for row in ([2.0, 1.0], [1.5, -0.5], [0.5, 0.6], [np.nan, 1.0])
        ],
    ],
)
def test_what_has_no_value_is_refused(metric, predictions, targets, message):
    with pytest.raises(ValueError, match=message):
        metric(predictions, targets)
    for bins, error in ((0, ValueError), (2.5, TypeError), (True, TypeError)):
        with pytest.raises(error, match="calibration_error expects bins"):
            metrics.calibration_error([[0.5, 0.5]], [0], bins=bins)
