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
    remarks={
        "first the wrong one": [-0.2 / 0.21, -0.55 / 0.21],
        "the denominator is missing": [-0.55, -0.2],
        "the sign": [0.55 / 0.21, 0.2 / 0.21],
    },
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


def _log_sigmoid(z):
    return np.minimum(z, 0) - np.log1p(np.exp(-np.abs(z)))


def _too_imprecise(case: tuple[float], came: Any) -> str | None:
    """Return that a value is wrong by more than its sixth digit, however tiny it is."""
    true = float(_log_sigmoid(*case))
    if abs(float(np.squeeze(came)) - true) <= 2e-6 * abs(true):
        return None
    return f"for z = {case[0]:g} it is {true:.6g}"


def _plain(number: Any) -> Any:
    return float(number) if isinstance(number, Decimal) else number


# right predictions, from a loss of 0.05 down to one of 1e-304: no threshold goes unnoticed
_RIGHT = np.array([3, 5, 8, 12, 16, 20, 25, 29.9, 31, 34, 36.7, 37, 45, 60, 110, 700]).tolist()
_WRONG = [-0.35, 0.4, 0.0, -3.0, -12.0, -30.0, -37.0, -60.0, -800.0, -10000.0]

log_sigmoid = Function(
    "4.2", "ln sigma(z) to six digits (for z = 40 about -4.2e-18)", _log_sigmoid, ("z",),
    tuple((z,) for z in _WRONG + _RIGHT), read=_plain, remark=_too_imprecise,
    remarks={
        "that is the loss, ln(1 + exp(-z))": lambda z: -_log_sigmoid(z),
        "that is ln sigma(-z)": lambda z: _log_sigmoid(-z),
    },
)  # fmt: skip

_S = float(sigmoid(-2.0))

_RIGHT_SLOPES = np.array([_S - 1, (_S - 1) * _S * (1 - _S)])
_near_slopes = near(_TWO, _RIGHT_SLOPES, [6e-5, 6e-5])


def _slopes(numbers: np.ndarray) -> bool | str:
    verdict, came = _near_slopes(numbers), numbers.ravel()
    for words, likely in (
        ("the sign: a larger z lowers the loss", -_RIGHT_SLOPES),
        ("the target is 1", [_S, _S * _S * (1 - _S)]),
        ("first the cross-entropy", _RIGHT_SLOPES[::-1]),
        ("the *half* squared error", _RIGHT_SLOPES * [1, 2]),
        ("the second lacks the factor y_hat - y", [_S - 1, -_S * (1 - _S)]),
    ):
        if came.shape == (2,) and np.allclose(came, likely, rtol=0, atol=6e-5):
            return words
    if came.shape == (2,) and np.allclose(came, _RIGHT_SLOPES, rtol=0, atol=1e-3):
        return verdict if verdict is True else f"{verdict}: four decimals are asked for, rounded"
    return verdict


slopes_at_minus_two = Property(
    "4.3", "d/dz of the cross-entropy and of the half squared error, to four decimals", _slopes
)

steepest_logit = Value(
    "4.3", "the z of the lowest derivative, to two decimals", -np.log(2), tolerance=7e-3,
    remarks={
        "that is the prediction there; z is asked for": 1 / 3,
        "one decimal more": -0.7,
        "the sign: a prediction of one third has a negative logit": np.log(2),
    },
)  # fmt: skip


def _halfway(halvings: int, other: int) -> Callable[[np.ndarray], bool | str]:
    """Return what says of a number whether it is the first z with sigma(z) = 1."""

    def is_first(number: np.ndarray) -> bool | str:
        if number.size != 1:
            return "one number is expected"
        came = float(number.ravel()[0])
        off = abs(came - halvings * np.log(2))
        if abs(came - other * np.log(2)) < 0.05:
            return "that is for the other precision"
        if came == np.ceil(halvings * np.log(2)):
            return "that is the next whole number; three decimals are asked for"
        if abs(off - np.log(2)) < 0.05 and came < halvings * np.log(2):
            return "that is for the whole distance, not half of it"
        if 6e-4 < off < 0.05:
            return "three decimals are asked for, rounded, not truncated"
        return bool(off <= 6e-4)

    return is_first


one_from_float64 = Property(
    "4.4", "the z from which sigma(z) is 1 in float64", _halfway(53, other=24)
)

one_from_float32 = Property(
    "4.4", "the z from which sigma(z) is 1 in float32", _halfway(24, other=53)
)


def _with_ones(X: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(X)), X])


def _gradient(X: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return _with_ones(X).T @ (sigmoid(_with_ones(X) @ weights) - y) / len(y)


def _fit(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the bias and the weights of the maximum likelihood, by Newton's method."""
    ones, weights = _with_ones(X), np.zeros(X.shape[1] + 1)
    for _ in range(20):
        slope = sigmoid(ones @ weights) * sigmoid(-(ones @ weights))
        hessian = (ones.T * slope) @ ones / len(y)
        weights = weights - np.linalg.solve(hessian, _gradient(X, y, weights))
    return weights


def _least_squares(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.linalg.lstsq(_with_ones(X), y, rcond=None)[0]


_DIGITS = 3e-3  # what three digits are off by, relative to the largest parameter


def _not_there(case: tuple[np.ndarray, np.ndarray], came: Any) -> str | None:
    """Return what the gradient of the loss is, unless a fit is at its minimum."""
    weights, right = np.ravel(came).astype(float), _fit(*case)
    off = _DIGITS * abs(right).max()
    if weights.shape != right.shape or np.allclose(weights, right, rtol=0, atol=off):
        return None
    for words, likely in (
        ("the bias comes first", np.roll(right, -1)),
        ("the signs: a step goes against the gradient", -right),
        ("that is the line of least squares, without a sigmoid", _least_squares(*case)),
    ):
        if np.allclose(weights, likely, rtol=0, atol=off):
            return words
    gradient = np.array2string(_gradient(*case, weights), precision=2, separator=", ")
    return f"there the gradient of J is {gradient}; at the minimum it is 0"


_DAYS = (np.arange(-3.0, 5.0)[:, None], np.array([0, 0, 1, 1, 0, 1, 1, 1]))
_PAIRS = [[1, 0], [-1, 2], [2, 1], [0, -1], [-2, -2],
          [1, -1], [-1, 0.5], [0.5, 2], [2, -1], [-1, -1]]  # fmt: skip
_GROUPS = [[0]] * 4 + [[1]] * 5  # odds of 1 to 3, and of 4 to 1

fit = Function(
    "4.5", "the bias and the weights of the highest likelihood", _fit, ("X", "y"),
    (
        _DAYS,
        (np.array(_PAIRS), np.array([1, 1, 1, 0, 0, 0, 0, 1, 1, 1])),
        (np.array(_GROUPS, float), np.array([0, 0, 1, 0, 1, 1, 0, 1, 1])),
    ),
    tolerance=_DIGITS, kept=("X", "y"), remark=_not_there, any_vector=True,
)  # fmt: skip

_LOGIT, _MORE = 0.474 + 2 * 0.798, 2 * 0.798
_near_odds = near(_TWO, np.exp([_LOGIT, _MORE]), [0.012, 0.006])


def _odds(numbers: np.ndarray) -> bool | str:
    for words, i, likely in (
        ("first the odds", 0, np.exp(_MORE)),
        ("odds are asked for, not a probability", 0, sigmoid(_LOGIT)),
        ("these are logits, the logarithms of the odds", 0, _LOGIT),
        ("that is the factor for one hPa", 1, np.exp(0.798)),
        ("each hPa multiplies again", 1, 2 * np.exp(0.798)),
    ):
        if numbers.size == 2 and np.isclose(numbers.ravel()[i], float(likely), rtol=4e-3):
            return words
    return _near_odds(numbers)


odds_and_factor = Property(
    "4.5",
    "the odds of rain at a fall of 2 hPa, and the factor of 2 hPa more, to three digits",
    _odds,
)
