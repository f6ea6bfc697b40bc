"""Exercises of chapter 04b."""

import math
from typing import Any

import numpy as np

from ..layers.activations import sigmoid
from ..losses import SigmoidBinaryCrossEntropy
from .grading import Function, Property, near

_CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
_AND = np.array([0.0, 0.0, 0.0, 1.0])


def _trained(steps, summed=False):
    """Return w1, w2, b after some steps on the AND gate from zero, with the rate 1."""
    w, b = np.zeros(2), 0.0
    for _ in range(steps):
        difference = (sigmoid(_CORNERS @ w + b) - _AND) / (1 if summed else 4)
        w, b = w - difference @ _CORNERS, b - difference.sum()
    return np.append(w, b)


def _trained_in_turn(steps, bias_first=False):
    """Return w1, w2, b if the second parameter's gradient is taken after the first was changed."""
    w, b = np.zeros(2), 0.0
    for _ in range(steps):
        for part in ("b", "w") if bias_first else ("w", "b"):
            difference = (sigmoid(_CORNERS @ w + b) - _AND) / 4
            if part == "b":
                b -= difference.sum()
            else:
                w = w - difference @ _CORNERS
    return np.append(w, b)


def _trained_by(steps, error):
    """Return w1, w2, b if the derivative of a sample's loss is that of other errors."""
    w, b = np.zeros(2), 0.0
    for _ in range(steps):
        difference = error(sigmoid(_CORNERS @ w + b)) / 4
        w, b = w - difference @ _CORNERS, b - difference.sum()
    return np.append(w, b)


def _trained_one_by_one(steps):
    """Return w1, w2, b after so many times four updates, one for each sample."""
    w, b = np.zeros(2), 0.0
    for _ in range(steps):
        for x, y in zip(_CORNERS, _AND, strict=True):
            difference = sigmoid(x @ w + b) - y
            w, b = w - difference * x, b - difference
    return np.append(w, b)


def _flat(answer: Any) -> list[Any]:
    """Return the numbers of an answer in their order, however they are nested."""
    if isinstance(answer, list | tuple):
        return [number for part in answer for number in _flat(part)]
    return np.ravel(answer).tolist()


def _flat_if_any(answer: Any) -> list[Any] | None:
    return None if answer is None else _flat(answer)


def _which_training(case: tuple[int], came: list[float]) -> str | None:
    """Return what other training the numbers of an answer come from, if one is known."""
    (steps,) = case
    others = {
        "a call goes on where the last one stopped": _trained(5 if steps == 2 else -1),
        "these are the numbers after one step less": _trained(steps - 1),
        "these are the numbers after one step more": _trained(steps + 1),
        "here the gradients of the samples are added up, and J is a mean": _trained(steps, True),
        "w is changed before the gradient of b is taken; take both first": _trained_in_turn(steps),
        "b is changed before the gradient of w is taken; take both first":
            _trained_in_turn(steps, bias_first=True),
        "this is the first step; does return stand inside the loop?": _trained(min(steps, 1)),
        "w1 and w2 come first, then b": np.roll(_trained(steps), 1),
        "these steps lead uphill; subtract the gradient": _trained_by(steps, lambda p: _AND - p),
        "this is the squared error; the loss is the cross-entropy":
            _trained_by(steps, lambda p: (p - _AND) * p * (1 - p)),
        "the loss is the cross-entropy, not the squared error":
            _trained_by(steps, lambda p: 2 * (p - _AND) * p * (1 - p)),
        "these are updates for one sample after the other; take all four in every step":
            _trained_one_by_one(steps),
    }  # fmt: skip
    if np.allclose(came, _trained(steps), rtol=1e-6):
        return None
    if np.allclose(came, _trained(steps), rtol=0, atol=6e-4):
        return "these are rounded; return all digits"
    return next((words for words, other in others.items() if np.allclose(came, other)), None)


train_and = Function(
    "4.6", "w1, w2, b after so many steps on the AND gate, from zero and with the rate 1",
    _trained, ("steps",), ((0,), (3,), (2,), (1,), (16,), (50,), (200,)), read=_flat_if_any,
    remark=_which_training,
)  # fmt: skip


def _is_nand(numbers: np.ndarray) -> bool | str:
    if numbers.size != 3:
        return "three numbers are expected"
    w, b = numbers.ravel()[:2] / 4, numbers.ravel()[2] / 4  # a quarter, so that no sum overflows
    z = 4 * np.clip(_CORNERS @ w + b, -1e6, 1e6)
    loss = SigmoidBinaryCrossEntropy().forward(z[:, None], 1 - _AND[:, None])
    if loss >= 0.1:
        return f"the loss of this gate is {loss:.4g}"
    return _is_turned_and(-4 * w, -4 * b) or (
        "a NAND gate, but its numbers do not come from those of the AND gate that was trained"
    )


def _is_turned_and(w: np.ndarray, b: float) -> bool | str:
    """Return whether weights and bias of an AND gate are those after some number of steps."""
    if not np.allclose(w, w[0], rtol=2e-3):
        return False
    trained, bias = 0.0, 0.0  # both weights are the same in every step
    rounded = False
    for _ in range(100_000):
        if abs(trained / w[0] - 1) <= 2e-3 and abs(bias / b - 1) <= 2e-3:
            return True
        if max(abs(trained - w[0]), abs(bias - b)) <= 0.051:
            rounded = True
        if trained > 1.01 * w[0] + 0.1:
            break
        none, one, both = (1 / (1 + math.exp(-k * trained - bias)) for k in (0, 1, 2))
        trained, bias = trained - (one + both - 1) / 4, bias - (none + 2 * one + both - 1) / 4
    return rounded and "nearly the numbers of a trained AND gate, turned; give more digits"


nand_gate = Property("4.6", "w1, w2, b of a NAND gate with a loss below 0.1", _is_nand, read=_flat)


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
    tuple((_PROBABILITIES, _LABELS, threshold) for threshold in (0.5, 0.2, 0.85, 0.0)),
    kept=("probabilities", "labels"),
    remarks={
        "false positives and false negatives are exchanged":
            lambda *case: tuple(_outcomes(*case)[i] for i in (0, 2, 1, 3)),
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
    },
)  # fmt: skip


def _planted(old, w, b, new):
    return sigmoid(w * (new - old.mean()) / old.std() + b)


planted = Function(
    "4.10", "the probabilities for the new launches", _planted, ("old", "w", "b", "new"),
    (
        (np.array([50.0, 60.0, 76.0]), -2.0, 0.0, np.array([40.0, 50.0])),
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
        "these are the pre-activations; the sigmoid is missing":
            lambda old, w, b, new: w * (new - old.mean()) / old.std() + b,
        "the standard deviation of the old launches divides by m, not by m - 1":
            lambda old, w, b, new: sigmoid(w * (new - old.mean()) / old.std(ddof=1) + b),
        "the mean is that of the old launches; the standard deviation is not":
            lambda old, w, b, new: sigmoid(w * (new - old.mean()) / new.std() + b),
        "the standard deviation is that of the old launches; the mean is not":
            lambda old, w, b, new: sigmoid(w * (new - new.mean()) / old.std() + b),
        "w and b were learnt on standardised temperatures":
            lambda old, w, b, new: sigmoid(w * new + b),
        "these are the probabilities that nothing happens":
            lambda *case: 1 - _planted(*case),
        "the new launches have no part in mean and standard deviation":
            lambda old, w, b, new: _planted(np.append(old, new), w, b, new),
    },
)  # fmt: skip
