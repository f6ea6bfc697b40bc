"""Exercises of chapter 02."""

from functools import partial

import numpy as np

from ..layers.activations import sigmoid
from .grading import EXACT, Choice, Function, Property, near

_MISTAKES = (  # of 2.1
    ([8.0, 12.0, 0.0, 0.0], "doubled twice: the upstream gradient of the max gate is 2"),
    ([12.0, 12.0, 0.0, 0.0], "the local derivative is the other input, not the output"),
    ([2.0, 3.0, 0.0, 0.0], "J is twice the output of the max gate"),
    ([6.0, 4.0, 0.0, 0.0], "a multiply gate gives each input the other one as its factor"),
    ([4.0, 6.0, 2.0, 2.0], "a max gate gives the smaller input nothing"),
    ([0.0, 0.0, 2.0, 2.0], "a max gate gives the larger input everything: pq is 6, r+s is 5"),
)


def _through_gates(numbers):
    numbers = np.squeeze(numbers)
    for wrong, remark in _MISTAKES:
        if np.array_equal(numbers, wrong):
            return remark
    if numbers.shape != (4,):
        return "4 numbers in a row are expected"
    return near(["dJ/dp", "dJ/dq", "dJ/dr", "dJ/ds"], [4, 6, 0, 0], 0.01)(numbers)


through_gates = Property(
    "2.1", "the derivatives of J with respect to p, q, r and s", _through_gates
)


_TABLE = np.array([[9.0, 2.0], [36.0, 12.0], [72.0, 48.0]])


def _table(numbers):
    if numbers.shape == _TABLE.T.shape and np.allclose(numbers, _TABLE.T):
        return "transposed: three rows of two numbers are expected"
    if numbers.shape != _TABLE.shape:
        return "three rows of two numbers are expected"
    if np.allclose(numbers, -_TABLE):
        return "every sign is reversed: da2 is the prediction minus the target"
    if np.allclose(numbers, _TABLE[:, ::-1]):
        return "neuron 1 comes first"
    (da1, da2), (delta1, delta2), (dw1, dw2) = numbers
    steps = {
        "da2": (da2, 2), "delta2": (delta2, 6 * da2), "dw2": (dw2, 4 * delta2),
        "da1": (da1, 0.75 * delta2), "delta1": (delta1, 4 * da1), "dw1": (dw1, 2 * delta1),
    }  # fmt: skip
    off = [name for name, (came, right) in steps.items() if not abs(came - right) <= 0.01]
    if off:
        return f"does not follow from what comes before it: {', '.join(off)}"
    return near(["da1", "da2", "delta1", "delta2", "dw1", "dw2"], _TABLE.ravel(), 0.01)(numbers)


table = Property("2.2", "[[da1, da2], [delta1, delta2], [dw1, dw2]]", _table)

wrong_line = Choice(
    "2.3",
    "the line that is wrong",
    "weight",
    ("loss", "activation", "weight", "input"),
    remarks={
        "loss": "then all three would be wrong by the same factor; here by 4.26, 4.40 and 4.51",
        "activation": "then the error would be greater at each neuron further back",
        "input": "then the last would be right",
    },
)

no_gradient = Choice(
    "2.4",
    "the weights with a gradient of exactly 0",
    "w1",
    ("none", "w1", "w2", "w3", "w1 and w2", "all"),
    read=lambda word: word.replace("_", "").strip(" $") if isinstance(word, str) else word,
    remarks={
        "w2": "w2 receives a1 times δ2: is either of them 0?",
        "w3": "w3 receives a2 times δ3: is either of them 0?",
        "all": "only on the way to w1 does the gradient pass through w2",
        "none": "what reaches a1 is δ2 times w2",
        "w1 and w2": "w2 = 0, and yet its gradient is a1 times δ2",
    },
)


def _gradients(x, w, b, y, *, ahead=0, slope=None, weighted=True, beside=0, passed="delta"):
    """Return both gradients; the options are mistakes that a remark of 2.5 names."""
    z, a = [], [x]
    for w_l, b_l in zip(w, b, strict=True):
        z.append(a[-1] * w_l + b_l)
        a.append(sigmoid(z[-1]))
    da, dw, db = a[-1] - y, np.zeros(len(w)), np.zeros(len(w))
    for i in reversed(range(len(w))):
        db[i] = da * (slope(z[i], a[i + 1], b[i]) if slope else a[i + 1] * (1 - a[i + 1]))
        dw[i] = a[i + ahead] * db[i]
        da = (db[i] if passed == "delta" else da) * (w[i + beside] if weighted else 1)
    return dw, db


def _prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


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
    tolerance=EXACT,
    kept=("w", "b"),
    read=_filled,
    remarks={
        "first the weights, then the biases": lambda *case: _gradients(*case)[::-1],
        "the last neuron comes first": lambda *case: tuple(v[::-1] for v in _gradients(*case)),
        "the sign: da_L is the prediction minus the target": lambda *case: tuple(
            -v for v in _gradients(*case)
        ),
        "twice too large: the loss has a half": lambda *case: tuple(
            2 * v for v in _gradients(*case)
        ),
        "are the biases in the forward pass?": lambda x, w, b, y: _gradients(
            x, w, np.zeros(len(b)), y
        ),
        "each weight is multiplied by the activation before it": partial(_gradients, ahead=1),
        "is g'(z_l) in every delta?": partial(_gradients, slope=lambda z, a, b: 1.0),
        "the derivative is taken at z_l, not at a_l": partial(
            _gradients, slope=lambda z, a, b: _prime(a)
        ),
        "z_l in the backward pass contains the bias": partial(
            _gradients, slope=lambda z, a, b: _prime(z - b)
        ),
        "the bias receives delta_l itself": lambda *case: _gradients(*case)[:1] * 2,
        "on the way left, delta is multiplied by w_l": partial(_gradients, weighted=False),
        "on the way left, delta_l is multiplied by w_l of the same neuron": partial(
            _gradients, beside=-1
        ),
        "on the way left, w_l is multiplied by delta, not by da": partial(_gradients, passed="da"),
    },
)

_DEPTHS = {
    4: "that is the sigmoid's",
    126: "for L = 126 it is 0.00101; is L counted from 0?",
    128: "for L = 127 it is below already; is L counted from 1?",
    138: "is da_L, the prediction minus the target, among the factors?",
}


def _depth(number):
    return _DEPTHS.get(number.item(), number.item() == 127) if number.size == 1 else False


depth = Property("2.6", "the smallest L with |dJ/dw1| below 0.001, for tanh", _depth)


def _step(x, w, y, alpha):
    return w - alpha * _gradients(x, w, np.zeros(len(w)), y)[0]


planted_step = Function(
    "2.7", "the weights after one step", _step, ("x", "w", "y", "alpha"),
    (
        (1.0, np.array([0.5, -1.0, 2.0]), 1.0, 10.0), (-0.5, np.array([1.5, 2.0]), 0.0, 0.5),
        (2.0, np.array([-1.0]), 0.5, 1.0),
    ),
    tolerance=EXACT,
    kept=("w",),
    remarks={
        "the loss rises: the step goes against the gradient": lambda x, w, y, alpha: (
            _step(x, w, y, -alpha)
        ),
        "is alpha in the step?": lambda x, w, y, alpha: _step(x, w, y, 1),
    },
)  # fmt: skip
