"""Exercises of chapter 01."""

import numpy as np

from ..layers.activations import sigmoid
from .grading import EXACT, Function, Property, Value, near

SHOWN = 1e-4  # relative: the page shows six decimals, and so may an answer

step_by_hand = Value(
    "1.1", "Δw = a e for w = (1, -2), a = (3, 1), y = -1", [-6.0, -2.0],
    remarks={"Δw is input times error": [6, 2], "those are the new weights": [-5, -4]},
)  # fmt: skip

largest_rate = Value(
    "1.2",
    "the learning rate below which the error shrinks, for a = (1, 2) and a bias",
    1 / 3,
    remarks={"that is without the bias, whose input is 1": 0.4},
)

largest_rate_for = Function(
    "1.2", "the learning rate below which the error shrinks, with a bias",
    lambda a: 2 / (1 + np.dot(a, a)), ("a",),
    ((np.array([1.0, 2.0]),), (np.array([3.0]),), (np.array([0.5, -1.0, 2.0]),)), SHOWN,
)  # fmt: skip

_slopes = sigmoid([0, 1, 2, 4, 6, 10]) * sigmoid([0, -1, -2, -4, -6, -10])

# entry by entry: the last ones are tiny, and they are what the exercise is about
slopes_of_sigmoid = Property(
    "1.3", "σ'(z) at z = 0, 1, 2, 4, 6, 10, three significant digits each",
    near([f"σ'({z})" for z in (0, 1, 2, 4, 6, 10)], _slopes, 0.005 * _slopes),
)  # fmt: skip


def _step_with_bias(w, b, a, y, alpha):
    y_hat = sigmoid(np.dot(w, a) + b)
    delta = (y - y_hat) * y_hat * (1 - y_hat)
    return w + alpha * delta * a, b + alpha * delta


_two = np.array([0.5, -0.5]), 0.1, np.array([1.0, 2.0]), 1.0, 10.0
_three = np.array([1.0, 0.0, -2.0]), -0.5, np.array([0.5, 3.0, 1.0]), 0.0, 7.0

step_with_bias = Function(
    "1.4", "the new weights and the new bias of a sigmoid neuron", _step_with_bias,
    ("w", "b", "a", "y", "alpha"), (_three, _two), EXACT,
)  # fmt: skip

# at 10**-4 the curvature alone costs tens of times what 10**-5 costs in all, on any machine
best_power = Property(
    "1.5",
    "the power of ten of the best h, a whole number",
    lambda power: power.size == 1 and power.item() in (-5, -6),
)


def _planted(w, a, y):
    y_hat = sigmoid(np.dot(w, a))
    return (y - y_hat) * y_hat * (1 - y_hat) * a


planted = Function(
    "1.6", "Δw of a sigmoid neuron", _planted, ("w", "a", "y"),
    (
        (np.array([0.5, -0.5]), np.array([1.0, 2.0]), 1.0),
        (np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.0, -1.0]), 0.0),
    ),
    EXACT,
    any_vector=True,
)  # fmt: skip


def _oscillates_and_converges(rate):
    if rate.size != 1:
        return "one number is expected"
    factor = 1 - 2 * rate.item()
    if -1 < factor < 0:
        return True
    kept = "keeps its sign" if factor > 0 else "is 0 after one step"
    return f"the error {kept}" if factor >= 0 else "the error does not shrink"


jumping_rate = Property(
    "1.7",
    "a rate with which the prediction oscillates and converges, for a = (1, 0, 1)",
    _oscillates_and_converges,
)
