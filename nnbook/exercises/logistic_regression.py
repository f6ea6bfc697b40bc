"""Exercises of chapter 04a."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np

from ..layers.activations import sigmoid
from .grading import Function, Property, Value, near

_TWO = ("the first", "the second")

harmless_label = Value("4.1", "the label for which the wrong numerator is right", 0)

at_a_soft_label = Value(
    "4.1",
    "the derivative with the wrong numerator, and the right one, at y = 0.5, y_hat = 0.3",
    [-0.55 / 0.21, -0.2 / 0.21],
)


def _is_nan_pair(pair: np.ndarray) -> bool | str:
    if pair.size != 2 or pair.ravel()[1] not in (0, 1):
        return "a logit and a label, 0 or 1, are expected"
    z, y = pair.ravel()
    if not np.isfinite(z):
        return "a finite logit is expected"
    if (z, y) in [(40, 1), (-800, 0)]:
        return "that is one of the chapter's five cases"
    with np.errstate(all="ignore"):  # as the chapter computes it, overflow and all
        y_hat = 1 / (1 + np.exp(-z))
        loss = -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))
    return True if np.isnan(loss) else f"the loss there is {loss + 0.0:.6g}"


nan_pair = Property(
    "4.2",
    "z and y, not one of the chapter's five cases, for which the plain loss is nan",
    _is_nan_pair,
)


def _stable_loss(z, y):
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


def _too_imprecise(case: tuple[float, float], came: Any) -> str | None:
    """Return that a loss is wrong by more than its sixth digit, however tiny it is."""
    true = float(_stable_loss(*case))
    if abs(float(np.squeeze(came)) - true) <= 2e-6 * true:
        return None
    return f"for z = {case[0]:g}, y = {case[1]:g} the loss is {true:.6g}"


def _plain(number: Any) -> Any:
    return float(number) if isinstance(number, Decimal) else number


# sure and right, from a loss of 0.05 down to one of 1e-304: no threshold goes unnoticed
_SURE = np.array([3, 5, 8, 12, 16, 20, 25, 29.9, 31, 34, 36.7, 37, 45, 60, 110, 700]).tolist()

stable_loss = Function(
    "4.2",
    "the loss to six digits (for z = 40, y = 1 about 4.2e-18)",
    _stable_loss,
    ("z", "y"),
    (
        (-0.35, 1),
        (0.4, 0),
        *((-800.0, 1), (800.0, 0), (800.0, 1), (-800.0, 0)),
        *((2.0, 0.3), (0.0, 1), (-10000.0, 0.5)),
        (40.0, 1),  # tiny: a plain logarithm of 1 + e^-40 says 0
        (-40.0, 0),
        *((sign * z, y) for sign, y in ((1, 1), (-1, 0), (-1, 1)) for z in _SURE),
        (35.0, 0.25),
        (-35.0, 0.25),
    ),
    read=_plain,
    remark=_too_imprecise,
)

_S = float(sigmoid(-6.0))

slopes_at_minus_six = Property(
    "4.3",
    "d/dz of the cross-entropy and of the half squared error, to four decimals",
    near(_TWO, [_S - 1, (_S - 1) * _S * (1 - _S)], [6e-5, 6e-5]),
)

steepest_logit = Value("4.3", "the z of the lowest derivative", -np.log(2), tolerance=7.5e-3)


def _halfway(halvings: int) -> Callable[[np.ndarray], bool | str]:
    """Return what says of a number whether it is the border, or the one of the whole distance."""

    def is_border(number: np.ndarray) -> bool | str:
        if number.size != 1:
            return "one number is expected"
        off = np.abs(float(number.ravel()[0]) / np.log(2) - halvings)
        if np.isclose(off, 1, rtol=0, atol=1e-3) and number.ravel()[0] < halvings * np.log(2):
            return "that is for the whole distance, not half of it"
        return bool(off <= 1e-4 * halvings)

    return is_border


border_float64 = Property("4.4", "the border for float64", _halfway(53))

border_float32 = Property("4.4", "the border for float32", _halfway(24))

_X = np.array([[1.0, 2.0, -1.0, 0.5], [0.5, -1.0, 2.0, 1.0], [-2.0, 1.0, 0.0, 1.0]])
_WEIGHTS = np.array([0.05, 0.1, -0.2, 0.3, 0.4])


def _ones_in_the_last_column(case: tuple[np.ndarray, np.ndarray], came: Any) -> str | None:
    """Return that the ones stand in the last column, where the answers say so."""
    X, weights = case
    last = sigmoid(X @ weights[:-1] + weights[-1])
    came = np.ravel(came)
    if came.shape == last.shape and np.allclose(came, last, rtol=1e-6):
        return "these are the outputs with the ones in the last column; w_0 comes first"
    return None


probabilities_with_one = Function(
    "4.5", "the m probabilities", lambda X, weights: sigmoid(X @ weights[1:] + weights[0]),
    ("X", "weights"),
    (
        (_X, _WEIGHTS), (np.array([[3.0], [-2.0]]), np.array([0.5, -1.0])),
        (np.array([[0.0, 0.0]]), np.array([-2.0, 5.0, 7.0])),
    ),
    remark=_ones_in_the_last_column, any_vector=True,
)  # fmt: skip

weight_held_at_one = Property(
    "4.5",
    "the number of parameters learnt, and the output",
    near(_TWO, [4, float(sigmoid(0.6))], [0, 1.3e-3]),
)
