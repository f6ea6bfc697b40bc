"""Exercises of chapter 04b."""

from typing import Any

import numpy as np

from ..layers.activations import sigmoid
from .grading import Function, Property, near


def _flat(answer: Any) -> list[Any]:
    """Return the numbers of an answer in their order, however they are nested."""
    if isinstance(answer, list | tuple):
        return [number for part in answer for number in _flat(part)]
    return np.ravel(answer).tolist()


def _others(labels):
    """Return for each sample the share of 1 among the others."""
    return (labels.sum() - labels) / (len(labels) - 1)


def _mean_loss(share, labels):
    return -np.mean(np.where(labels == 1, np.log(share), np.log(1 - share)))


def _held_out_baseline(labels):
    return _mean_loss(_others(labels), labels)


held_out_baseline = Function(
    "4.6", "the mean loss of the share of 1 among the other samples", _held_out_baseline,
    ("labels",),
    (
        (np.array([0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0]),),
        (np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]),), (np.repeat([1.0, 0.0], [7, 16]),),
    ),
    kept=("labels",),
    remarks={
        "this is the share among all samples; leave out the one that is judged":
            lambda y: _mean_loss(y.mean() + 0 * y, y),
        "without one sample there are m - 1 others, not m":
            lambda y: _mean_loss((y.sum() - y) / len(y), y),
        "this is the sum of the losses; their mean is asked for":
            lambda y: len(y) * _held_out_baseline(y),
        "minus the logarithm is the loss": lambda y: -_held_out_baseline(y),
        "the loss takes the natural logarithm": lambda y: _held_out_baseline(y) / np.log(2),
        "the loss takes the natural logarithm, not that to the base 10":
            lambda y: _held_out_baseline(y) / np.log(10),
        "the share of 1 is the probability of the label 1; of the label 0 it is one minus that":
            lambda y: _mean_loss(1 - _others(y), y),
        "for the label 0, too, there is a loss": lambda y: -np.mean(y * np.log(_others(y))),
        "this is the logarithm of the share for both labels": lambda y: -np.log(_others(y)).mean(),
        "this is the squared error; the loss is the cross-entropy":
            lambda y: np.mean((_others(y) - y) ** 2),
        "this is half the squared error; the loss is the cross-entropy":
            lambda y: np.mean((_others(y) - y) ** 2) / 2,
        "this is the error rate of the larger class; the loss of the shares is asked for":
            lambda y: np.mean((_others(y) >= 0.5) != y),
        "the share is a probability; a loss on logits takes ln(share / (1 - share))":
            lambda y: np.mean(np.logaddexp(0, _others(y)) - y * _others(y)),
        "this is the mean of the shares; their loss is asked for": lambda y: _others(y).mean(),
    },
)  # fmt: skip


_near_right = near(("the threshold", "the temperature"), [0.1, 74.26], [1e-7, 0.1])


def _called_off(numbers: np.ndarray) -> bool | str:
    if numbers.size == 2 and np.allclose(numbers.ravel(), [0.1, 55.3], atol=0.06, rtol=0):
        return "at this temperature the prediction is 0.9, not 0.1"
    if numbers.size == 2 and numbers.ravel()[0] > 1:
        return "first the threshold, a probability, then the temperature"
    if numbers.size == 2 and np.isclose(numbers.ravel()[0], 1 / 9, rtol=0.01):
        return "one ninth is the odds at the threshold, not the probability"
    reason = _near_right(numbers)
    if isinstance(reason, str) and numbers.size == 2:
        threshold, degrees = numbers.ravel()
        if np.isclose(threshold, 0.9):
            return f"{reason}; 0.9 would be right if a false positive cost nine false negatives"
        if np.isclose(threshold, 0.2):
            return f"{reason}; 0.2 would be right if a false negative cost four false positives"
        if abs(degrees - 64.79) < 0.1:
            return f"{reason}; at this temperature the prediction is one half"
        if abs(degrees - (74.26 - 32) / 1.8) < 0.1:
            return f"{reason}; this is in °C"
        if abs(degrees - 74.26) < 0.6:
            return f"{reason}; keep more digits of the fit, and give one decimal"
    return reason


call_it_off = Property("4.7", "the threshold, and the temperature in °F", _called_off, read=_flat)


def _outcomes(probabilities, labels, threshold):
    called, positive = probabilities >= threshold, labels == 1
    counts = called & positive, called & ~positive, ~called & positive, ~called & ~positive
    return tuple(count.sum() for count in counts)


def _is_a_table(case: tuple[Any, ...], came: Any) -> str | None:
    table = np.shape(came) == (2, 2)
    return "return the four counts one after the other, not as a table" if table else None


_PROBABILITIES = np.array([0.9, 0.5, 0.2, 0.7, 0.5, 0.1, 0.6, 0.4, 0.8])
_LABELS = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])

outcomes = Function(
    "4.8", "true positives, false positives, false negatives, true negatives", _outcomes,
    ("probabilities", "labels", "threshold"),
    tuple((_PROBABILITIES, _LABELS, threshold) for threshold in (0.85, 0.5, 0.2, 0.0)),
    kept=("probabilities", "labels"),
    remarks={
        "false positives and false negatives are exchanged":
            lambda *case: tuple(_outcomes(*case)[i] for i in (0, 2, 1, 3)),
        "the labels 1 and 0 are exchanged":
            lambda *case: tuple(_outcomes(*case)[i] for i in (1, 0, 3, 2)),
        "a probability equal to the threshold counts as positive":
            lambda p, y, threshold: _outcomes(p, y, threshold + 1e-9),
        "these are shares; counts are asked for":
            lambda p, y, threshold: tuple(count / len(y) for count in _outcomes(p, y, threshold)),
        "scikit-learn's ravel() has this order; here true positives come first":
            lambda *case: tuple(_outcomes(*case)[i] for i in (3, 1, 2, 0)),
        "the true positives come first, the true negatives last":
            lambda *case: _outcomes(*case)[::-1],
        "the true negatives come last":
            lambda *case: tuple(_outcomes(*case)[i] for i in (0, 3, 1, 2)),
        "the false negatives come third, the true negatives last":
            lambda *case: tuple(_outcomes(*case)[i] for i in (0, 1, 3, 2)),
    },
    remark=_is_a_table,
)  # fmt: skip


def _area_under_roc(probabilities, labels):
    positive, negative = probabilities[labels == 1][:, None], probabilities[labels == 0]
    return np.mean(positive > negative) + np.mean(positive == negative) / 2


def _points_only(probabilities, labels):
    """Return the area under the ROC curve that begins at its first point, not at (0, 0)."""
    called = probabilities >= np.unique(probabilities)[::-1, None]
    x, recall = called[:, labels == 0].mean(axis=1), called[:, labels == 1].mean(axis=1)
    return ((x[1:] - x[:-1]) * (recall[1:] + recall[:-1]) / 2).sum()


def _pairs(labels):
    return (labels == 1).sum() * (labels == 0).sum()


area_under_roc = Function(
    "4.9", "the share of pairs in which the label 1 has the higher probability, ties as a half",
    _area_under_roc, ("probabilities", "labels"),
    (
        (_PROBABILITIES, _LABELS), (np.array([0.2, 0.9, 0.4]), np.array([1.0, 0.0, 0.0])),
        # a grid does not part these
        (np.array([0.301, 0.3043, 0.3041, 0.302]), np.array([0.0, 1.0, 0.0, 1.0])),
        # ties above and below
        (np.array([0.7, 0.7, 0.4, 0.4, 0.2]), np.array([1.0, 0.0, 1.0, 0.0, 0.0])),
        (np.array([0.3, 0.3]), np.array([0.0, 1.0])),
    ),
    kept=("probabilities", "labels"),
    remarks={
        "a tie counts one half": lambda p, y: _area_under_roc(p - 1e-9 * y, y),
        "a tie counts one half, not 1": lambda p, y: _area_under_roc(p + 1e-9 * y, y),
        "the label 1 should have the higher probability": lambda p, y: _area_under_roc(-p, y),
        "on a grid of thresholds, two probabilities between two of them count as a tie":
            lambda p, y: _area_under_roc(p.round(2), y),
        "on a grid of 1,001 thresholds, too, two probabilities can lie between two of them":
            lambda p, y: _area_under_roc(np.floor(p * 1000 + 1e-6), y),
        "the curve begins at (0, 0), with a threshold above all probabilities": _points_only,
        "with rising thresholds the false positive rate falls, so each strip is negative":
            lambda p, y: -_area_under_roc(p, y),
        "with rising thresholds each strip is negative, and the curve ends at (0, 0)":
            lambda p, y: -_points_only(p, y),
        "this is the number of pairs; divide it by that of all pairs":
            lambda p, y: _area_under_roc(p, y) * _pairs(y),
        "this is in per cent; a share is asked for": lambda p, y: 100 * _area_under_roc(p, y),
        "this is 2 AUC - 1, the Gini coefficient": lambda p, y: 2 * _area_under_roc(p, y) - 1,
    },
)  # fmt: skip


def _planted(old, w, b, new):
    return sigmoid(w * (new - old.mean()) / old.std() + b)


planted = Function(
    "4.10", "the probabilities for the new launches", _planted, ("old", "w", "b", "new"),
    (
        (np.array([50.0, 60.0, 76.0]), -0.5, 0.0, np.array([58.0, 67.0])),
        (np.array([60.0, 64.0, 80.0]), -1.5, 0.5, np.array([50.0, 51.0, 52.0])),
        (np.array([60.0, 64.0, 80.0]), -1.5, 0.5, np.array([70.0])),
    ),
    kept=("old", "new"),
    remarks={
        "this is the variance of the old launches, not the standard deviation":
            lambda old, w, b, new: sigmoid(w * (new - old.mean()) / old.var() + b),
        "the bias is missing": lambda old, w, b, new: _planted(old, w, 0, new),
        "these are the probabilities for the old launches":
            lambda old, w, b, new: _planted(old, w, b, old),
        "only old.mean() is divided; put the difference in brackets":
            lambda old, w, b, new: sigmoid(w * (new - old.mean() / old.std()) + b),
        "the probabilities are rounded": lambda *case: np.round(_planted(*case)),
        "these are the pre-activations; the sigmoid is missing":
            lambda old, w, b, new: w * (new - old.mean()) / old.std() + b,
        "the standard deviation of the old launches divides by m, not by m - 1":
            lambda old, w, b, new: sigmoid(w * (new - old.mean()) / old.std(ddof=1) + b),
        "the mean is that of the old launches; the standard deviation is not":
            lambda old, w, b, new: sigmoid(w * (new - old.mean()) / new.std() + b),
        "the standard deviation is that of the old launches; the mean is not":
            lambda old, w, b, new: sigmoid(w * (new - new.mean()) / old.std() + b),
        "w and b were learnt on (temperature - mean) / standard deviation":
            lambda old, w, b, new: sigmoid(w * new + b),
        "the division by the standard deviation is missing":
            lambda old, w, b, new: sigmoid(w * (new - old.mean()) + b),
        "the mean is not subtracted": lambda old, w, b, new: sigmoid(w * new / old.std() + b),
        "the bias is added, not subtracted": lambda old, w, b, new: _planted(old, w, -b, new),
        "these are the probabilities that nothing happens":
            lambda *case: 1 - _planted(*case),
        "the new launches have no part in mean and standard deviation":
            lambda old, w, b, new: _planted(np.append(old, new), w, b, new),
    },
)  # fmt: skip
