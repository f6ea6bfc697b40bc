"""Exercises of chapter 04."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np

from ..layers.activations import sigmoid
from .grading import Function, Property, Value, near

_TWO = ("the first", "the second")

harmless_label = Value("4.1", "the label for which the printed formula is right", 0)

at_a_soft_label = Value(
    "4.1",
    "the printed and the true derivative at y = 0.5, y_hat = 0.3",
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

_CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
_AND = np.array([0.0, 0.0, 0.0, 1.0])


def _trained(steps, summed=False):
    """Return w1, w2, b after some steps on the AND gate from zero, with the rate 1."""
    w, b = np.zeros(2), 0.0
    for _ in range(steps):
        difference = (sigmoid(_CORNERS @ w + b) - _AND) / (1 if summed else 4)
        w, b = w - difference @ _CORNERS, b - difference.sum()
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
        "these are the numbers after one step less": _trained(steps - 1),
        "these are the numbers after one step more": _trained(steps + 1),
        "here the gradients of the samples are added up, and J is a mean": _trained(steps, True),
    }
    if np.allclose(came, _trained(steps), rtol=1e-6):
        return None
    return next((words for words, other in others.items() if np.allclose(came, other)), None)


train_and = Function(
    "4.4", "w1, w2, b after so many steps on the AND gate, from zero and with the rate 1",
    _trained, ("steps",), ((1,), (2,), (3,), (16,), (0,), (50,), (200,)), read=_flat_if_any,
    remark=_which_training,
)  # fmt: skip


def _is_nand(numbers: np.ndarray) -> bool | str:
    if numbers.size != 3:
        return "three numbers are expected"
    w, b = numbers.ravel()[:2] / 4, numbers.ravel()[2] / 4  # a quarter, so that no sum overflows
    z = 4 * np.clip(_CORNERS @ w + b, -1e6, 1e6)
    loss = _stable_loss(z, 1 - _AND).mean()
    return True if loss < 0.1 else f"the loss of this gate is {loss:.4g}"


nand_gate = Property("4.4", "w1, w2, b of a NAND gate with a loss below 0.1", _is_nand, read=_flat)


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


border_float64 = Property("4.5", "the border for float64", _halfway(53))

border_float32 = Property("4.5", "the border for float32", _halfway(24))

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
    "4.6", "the m probabilities", lambda X, weights: sigmoid(X @ weights[1:] + weights[0]),
    ("X", "weights"),
    (
        (_X, _WEIGHTS), (np.array([[3.0], [-2.0]]), np.array([0.5, -1.0])),
        (np.array([[0.0, 0.0]]), np.array([-2.0, 5.0, 7.0])),
    ),
    remark=_ones_in_the_last_column, any_vector=True,
)  # fmt: skip

taken_literally = Property(
    "4.6",
    "the number of parameters learnt, and the output",
    near(_TWO, [4, float(sigmoid(0.6))], [0, 1.3e-3]),
)

call_it_off = Property(
    "4.7", "the threshold, and the temperature in °F", near(_TWO, [0.1, 74.26], [1e-7, 0.1]),
)  # fmt: skip


def _planted(old, w, b, new):
    return sigmoid(w * (new - old.mean()) / old.std() + b)


planted = Function(
    "4.8", "the probabilities for the new launches", _planted, ("old", "w", "b", "new"),
    (
        (np.array([50.0, 70.0]), -2.0, 0.0, np.array([40.0, 50.0])),
        (np.array([60.0, 64.0, 80.0]), -1.5, 0.5, np.array([50.0, 51.0, 52.0])),
        (np.array([60.0, 64.0, 80.0]), -1.5, 0.5, np.array([70.0])),
    ),
)  # fmt: skip
