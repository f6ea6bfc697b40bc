"""Exercises of chapter 02."""

import numpy as np

from ..layers.activations import sigmoid
from .grading import Choice, Function, Value

slope_at_one = Value("2.1", "du/dx of u = (x² + 1)³ at x = 1", 24.0)

table = Value(
    "2.2",
    "[[da1, da2], [delta1, delta2], [dw1, dw2]]",
    ([9.0, 2.0], [36.0, 12.0], [72.0, 48.0]),  # a tuple: the verdict says which row is wrong
)

wrong_line = Choice(
    "2.3", "the line that went wrong", "collect", ("start", "bend", "collect", "pass on")
)

no_gradient = Choice(
    "2.4",
    "the weights with a gradient of exactly 0",
    "w1",
    ("none", "w1", "w2", "w3", "w1 and w2", "all"),
    read=lambda word: word.replace("_", "").strip(" $") if isinstance(word, str) else word,
)


def _gradients(x, w, b, y):
    a = [x]
    for w_l, b_l in zip(w, b, strict=True):
        a.append(sigmoid(a[-1] * w_l + b_l))
    da, dw, db = a[-1] - y, np.zeros(len(w)), np.zeros(len(w))
    for i in reversed(range(len(w))):
        db[i] = da * a[i + 1] * (1 - a[i + 1])
        dw[i] = a[i] * db[i]
        da = db[i] * w[i]
    return dw, db


def _filled(answer):
    """Name a result that is still missing beside one that is there."""
    begun = isinstance(answer, tuple | list) and not all(part is ... for part in answer)
    return [_MISSING if part is ... else part for part in answer] if begun else answer


_MISSING = "nothing yet"

chain_gradients = Function(
    "2.5",
    "the gradients with respect to the weights and the biases",
    _gradients,
    ("x", "w", "b", "y"),
    (
        (1.0, np.array([0.5, -1.0, 2.0]), np.zeros(3), 1.0),
        (-0.5, np.array([1.5, 2.0, -1.0, 3.0]), np.array([0.25, -0.5, 1.0, 0.1]), 0.0),
        (2.0, np.array([-1.0]), np.array([0.5]), 0.5),
    ),
    tolerance=1e-4,  # the page shows six decimals
    kept=("w", "b"),
    read=_filled,
)

depth = Value("2.6", "the smallest L with |dJ/dw1| below 0.001, for tanh", 127.0)


def _step(x, w, y, alpha):
    return w - alpha * _gradients(x, w, np.zeros(len(w)), y)[0]


planted_step = Function(
    "2.7", "the weights after one step", _step, ("x", "w", "y", "alpha"),
    (
        (1.0, np.array([0.5, -1.0, 2.0]), 1.0, 10.0), (-0.5, np.array([1.5, 2.0]), 0.0, 0.5),
        (2.0, np.array([-1.0]), 0.5, 1.0),
    ),
)  # fmt: skip
