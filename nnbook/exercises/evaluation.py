"""Exercises of chapter 12b."""

from math import comb

import numpy as np

from .. import metrics
from .grading import Choice, Function, Value

_rng = np.random.default_rng(121)


def _read_confusion(C):
    C = np.asarray(C)
    errors = C * (1 - np.eye(len(C)))
    worst = np.unravel_index(errors.argmax(), C.shape)
    return C.trace() / C.sum(), C.diagonal() / C.sum(axis=1), np.array(worst)


def _on_confusion(arguments, came):
    """Say what is wrong with the pair, the last of three results."""
    C, pair = arguments[0], tuple(np.ravel(came[2]).astype(int))
    worst = _read_confusion(C)[2]
    if pair == tuple(worst):
        return None
    if pair == tuple(worst[::-1]):
        return "the pair begins with what it is; these two are exchanged"
    if len(pair) == 2 and pair[0] == pair[1]:
        return f"({pair[0]}, {pair[1]}) is no error, but a correct prediction"
    if len(pair) == 2 and max(pair) < len(C) and min(pair) >= 0:
        count = f"a {pair[0]} was taken for a {pair[1]} in {C[pair]} cases"
        return f"{count}, and another error is more frequent"
    return None


read_confusion = Function(
    "12.6",
    "the accuracy, the recall of each class, and the most frequent error",
    _read_confusion,
    ("C",),
    (
        (np.array([[8, 2], [1, 9]]),),
        (np.array([[50, 0, 0], [3, 5, 12], [7, 2, 41]]),),
        (np.array([[3, 4, 9, 0], [0, 20, 1, 1], [2, 5, 30, 8], [0, 0, 0, 6]]),),
        # two that are frequent together, and one that is frequent alone
        (np.array([[30, 6, 0], [5, 30, 2], [8, 1, 20]]),),
        # the most frequent error lies below the diagonal, in a long row, where it is rare
        (np.array([[60, 3, 0], [1, 4, 5], [9, 0, 200]]),),
    ),
    kept=("C",),
    remark=_on_confusion,
)

unaffected = Choice(
    "12.8",
    "the network that can be given other weights",
    "dense",
    ("dense", "LeNet-5", "both", "neither"),
)

_W, _order = _rng.integers(-9, 10, (6, 3)) / 2, np.array([2, 4, 0, 5, 3, 1])

moved_along = Function(
    "12.8", "the weights moved along with the pixels", lambda W, order: W[order], ("W", "order"),
    (
        (_W[:3], np.array([1, 2, 0])), (_W, _order),
        (_rng.normal(size=(20, 4)), _rng.permutation(20)),
    ),
    remarks={"that is the opposite reordering": lambda W, order: W[np.argsort(order)]},
)  # fmt: skip

moved_back = Function(
    "12.8", "the weights for pixels in their old order",
    lambda W_new, order: W_new[np.argsort(order)], ("W_new", "order"), moved_along.cases,
    remarks={"this moves them once more, not back": lambda W_new, order: W_new[order]},
)  # fmt: skip


def _mcnemar(first, second, y):
    right, others = np.asarray(first) == y, np.asarray(second) == y
    b, c = int(np.sum(right & ~others)), int(np.sum(~right & others))
    p = 2 * sum(comb(b + c, i) for i in range(min(b, c) + 1)) / 2 ** (b + c)
    return b, c, min(1.0, p)


def _predictions(labels, *, first, second, both):
    """Return two networks' classes: wrong for the first, the second, or both of some images."""
    classes = np.tile(labels, (2, 1))
    order = _rng.permutation(len(labels))
    for network, count, start in ((0, first, 0), (1, second, first)):
        classes[network, order[start : start + count]] += 1
    classes[:, order[first + second : first + second + both]] += 1
    return *classes % 10, labels


_labels = [_rng.integers(0, 10, m) for m in (6, 40, 60, 30, 12)]


def _on_p(arguments, came):
    """Say what a p-value is that is not of two sides, or not at most 1."""
    b, c, p = _mcnemar(*arguments)
    if (came[0], came[1]) != (b, c):
        return None
    if came[2] > 1:
        return "a probability is at most 1"
    return "that is one side only" if b != c and np.isclose(2 * came[2], p) else None


mcnemar_test = Function(
    "12.7", "b, c and the exact two-sided p of McNemar's test", _mcnemar, ("first", "second", "y"),
    (
        (np.array([1, 2, 3, 4]), np.array([1, 0, 0, 0]), np.array([1, 2, 3, 0])),
        _predictions(_labels[1], first=13, second=3, both=5),
        _predictions(_labels[2], first=4, second=20, both=2),
        _predictions(_labels[3], first=6, second=6, both=1),  # twice the half is more than 1
        _predictions(_labels[4], first=0, second=0, both=3),
    ),
    kept=("first", "second", "y"),
    remark=_on_p,
)  # fmt: skip

of_six = Value("12.7", "how many of six the better network must get right", 6, 1e-9)


def _calibration_error(P, y, bins):
    return metrics.calibration_error(P, y, bins=bins)


def _probabilities(m, C, scale):
    """Return probabilities of some samples, and labels that are right more often than not."""
    Z = scale * _rng.normal(size=(m, C))
    P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    return P, np.where(_rng.random(m) < 0.7, P.argmax(axis=1), _rng.integers(0, C, m))


calibration_error = Function(
    "12.9", "the expected calibration error", _calibration_error, ("P", "y", "bins"),
    (
        # both in one bin, whose errors of 0.1 and 0.4 have opposite signs
        (np.array([[0.9, 0.1], [0.6, 0.4]]), np.array([0, 0]), 2),
        (np.array([[0.5, 0.3, 0.2], [0.2, 0.8, 0.0], [0.1, 0.3, 0.6]]), np.array([1, 1, 2]), 4),
        (*_probabilities(40, 3, 1.0), 10),
        (*_probabilities(60, 5, 3.0), 5),
        # entirely confident, in the last bin with another whose error has the opposite sign
        (np.array([[1.0, 0.0], [0.0, 1.0], [0.95, 0.05]]), np.array([0, 0, 0]), 10),
    ),
    kept=("P", "y"),
)  # fmt: skip


def _chosen(val_predictions, y_val, test_predictions, y_test):
    chosen = int(np.mean(val_predictions == y_val, axis=1).argmax())
    return chosen, np.mean(test_predictions[chosen] == y_test)


def _on_report(arguments, came):
    """Say which network the reported accuracy belongs to."""
    _, _, predictions, y_test = arguments
    chosen, accuracy = _chosen(*arguments)
    on_test = np.mean(predictions == y_test, axis=1)
    if int(came[0]) == chosen and came[1] == on_test.max() != accuracy:
        return "the accuracy is that of another network, the best one on the test set"
    return None


_true = _rng.integers(0, 10, (2, 20))


def _networks(*wrong):
    """Return the classes of some networks that are wrong on so many images of the two sets."""
    sets = []
    for labels, counts in zip(_true, zip(*wrong, strict=True), strict=True):
        classes = np.tile(labels, (len(counts), 1))
        for k, count in enumerate(counts):
            classes[k, _rng.permutation(20)[:count]] += 1
        sets += [classes % 10, labels]
    return tuple(sets)


planted = Function(
    "12.10", "the chosen network, and its accuracy on the test set", _chosen,
    ("val_predictions", "y_val", "test_predictions", "y_test"),
    (
        _networks((4, 6), (1, 5), (3, 2)), _networks((0, 9), (7, 1)),
        _networks((5, 4), (6, 6), (2, 3)),
    ),
    remark=_on_report,
)  # fmt: skip
