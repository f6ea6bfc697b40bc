"""Exercises of chapter 04."""

from typing import Any

import numpy as np

from ..activations import sigmoid
from .grading import Function, Property, Value

harmless_label = Value("4.1", "the label for which the printed formula is right", 0)

at_a_soft_label = Value(
    "4.1",
    "the printed and the true slope at y = 0.5, y_hat = 0.3",
    [-0.55 / 0.21, -0.2 / 0.21],
)


def _is_nan_pair(pair):
    if pair.size != 2 or pair.ravel()[1] not in (0, 1):
        return False
    z, y = pair.ravel()
    with np.errstate(all="ignore"):  # as the chapter computes it, overflow and all
        y_hat = 1 / (1 + np.exp(-z))
        loss = -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))
    known = (z, y) in [(40, 1), (-800, 0)]
    return bool(np.isnan(loss)) and not known


nan_pair = Property(
    "4.2",
    "z and y, not one of the chapter's five cases, for which the plain loss is nan",
    _is_nan_pair,
)


def _safe_loss(z, y):
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


safe_loss = Function(
    "4.2",
    "the loss to six digits (for z = 40, y = 1 about 4.2e-18)",
    _safe_loss,
    ("z", "y"),
    (
        (-0.35, 1),
        (0.4, 0),
        (-800.0, 1),
        (800.0, 0),
        (800.0, 1),
        (-800.0, 0),
        (2.0, 0.3),
        (0.0, 1),
        (-10000.0, 0.5),
        (40.0, 1),  # tiny: a plain logarithm of 1 + e^-40 says 0
        (-40.0, 0),
    ),
)

_S = sigmoid(-6.0)

slopes_at_minus_six = Property(
    "4.3",
    "the slopes by z, of the cross-entropy and of the half squared error, to four decimals",
    lambda slopes: (
        slopes.size == 2
        and np.allclose(slopes.ravel(), [_S - 1, (_S - 1) * _S * (1 - _S)], rtol=0, atol=6e-5)
    ),
)

hardest_push = Value("4.3", "the z of the lowest slope", -np.log(2), tolerance=7.5e-3)

_CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
_AND = np.array([0.0, 0.0, 0.0, 1.0])


def _cost_of_gate(parameters, truth):
    w, b = parameters[:2], parameters[2]
    return _safe_loss(_CORNERS @ w + b, truth).mean()


def _flat(answer: Any) -> list[Any]:
    """Return the numbers of an answer in their order, however they are nested."""
    if isinstance(answer, list | tuple):
        return [number for part in answer for number in _flat(part)]
    return np.ravel(answer).tolist()


def _has_cost_below(truth):
    return lambda numbers: numbers.size == 3 and _cost_of_gate(numbers.ravel(), truth) < 0.1


and_gate = Property(
    "4.4", "w1, w2, b of an AND gate with a cost below 0.1", _has_cost_below(_AND), read=_flat
)

nand_gate = Property(
    "4.4", "w1, w2, b of a NAND gate with a cost below 0.1", _has_cost_below(1 - _AND), read=_flat
)

border_float64 = Value("4.5", "the border for float64", 53 * np.log(2), tolerance=1e-4)

border_float32 = Value("4.5", "the border for float32", 24 * np.log(2), tolerance=1e-4)

_X = np.array([[1.0, 2.0, -1.0, 0.5], [0.5, -1.0, 2.0, 1.0], [-2.0, 1.0, 0.0, 1.0]])
_WEIGHTS = np.array([0.05, 0.1, -0.2, 0.3, 0.4])

answers_with_one = Function(
    "4.6",
    "the m probabilities",
    lambda X, weights: sigmoid(X @ weights[1:] + weights[0]),
    ("X", "weights"),
    (
        (_X, _WEIGHTS),
        (np.array([[3.0], [-2.0]]), np.array([0.5, -1.0])),
        (np.array([[0.0, 0.0]]), np.array([-2.0, 5.0, 7.0])),
    ),
)

taken_literally = Property(
    "4.6",
    "the number of parameters learnt, and the answer",
    lambda two: (
        two.size == 2
        and two.ravel()[0] == 4
        and bool(np.isclose(two.ravel()[1], sigmoid(0.6), rtol=2e-3))
    ),
)

call_it_off = Property(
    "4.7",
    "the threshold, and the temperature in °F",
    lambda two: (
        two.size == 2
        and bool(np.isclose(two.ravel()[0], 0.1, rtol=1e-6))
        and abs(two.ravel()[1] - 74.26) <= 0.1
    ),
)


def _planted(old, w, b, new):
    return sigmoid(w * (new - old.mean()) / old.std() + b)


planted = Function(
    "4.8",
    "the chances for the new launches",
    _planted,
    ("old", "w", "b", "new"),
    (
        (np.array([50.0, 70.0]), -2.0, 0.0, np.array([40.0, 50.0])),
        (np.array([60.0, 64.0, 80.0]), -1.5, 0.5, np.array([50.0, 51.0, 52.0])),
        (np.array([60.0, 64.0, 80.0]), -1.5, 0.5, np.array([70.0])),
    ),
)
