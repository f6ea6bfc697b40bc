import numpy as np
import pytest
from hypothesis import given
from strategies import generators, matrices, read_only

from nnbook import metrics


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
