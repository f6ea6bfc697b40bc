"""Exercises of chapter 03a."""

from itertools import pairwise

import numpy as np

from ..activations import sigmoid
from .grading import Function, Value

_first, _second = np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([[1.0, -1.0], [2.0, 0.0]])
_sums = _second.T @ [3.0, -1.0]

right_and_printed = Value(
    "3.1", "W2ᵀ δ2, the sums over the paths, and then W1ᵀ W2ᵀ δ2", (_sums, _first.T @ _sums)
)

# the address 10 i + j of a weight from i to j, found in row j (to) and column i (from)
_to_from_first = np.array([[10.0 * i + j for i in range(1, 5)] for j in range(1, 6)])
_to_from_second = np.array([[10.0 * i + j for i in range(1, 6)] for j in range(1, 4)])

to_from_pair = Value(
    "3.2",
    "the first matrix, (5, 4), and the second, (3, 5), row = to, column = from",
    (_to_from_first, _to_from_second),
)

parameter_count = Function(
    "3.3",
    "the number of weights and biases",
    lambda sizes: sum((n_in + 1) * n for n_in, n in pairwise(sizes)),
    ("sizes",),
    (([4, 5, 3],), ([5, 6, 3, 1],), ([1, 1],), ([784, 128, 10],)),
)


def _forward(x, weights, biases):
    a = x
    for W, b in zip(weights, biases, strict=True):
        a = sigmoid(W.T @ a + b)
    return a


_x = np.array([[1.0], [2.0]])
_narrow_weights = [np.array([[0.1, 0.3, -0.5], [-0.2, 0.4, 0.6]]), np.array([[0.7], [-0.8], [0.9]])]
_narrow_biases = [np.array([[0.01], [0.02], [0.03]]), np.array([[0.1]])]
_square_weights = [np.array([[0.1, 0.3], [0.2, 0.4]]), np.array([[0.5, 0.7], [0.6, 0.8]])]
_square_biases = [np.array([[0.5], [-1.0]]), np.array([[-0.25], [0.75]])]
_one_weight = [np.array([[0.2, -0.1], [0.4, 0.3]])]
_one_bias = [np.array([[0.0], [1.0]])]

forward = Function(
    "3.4",
    "the answer of the last layer",
    _forward,
    ("x", "weights", "biases"),
    (
        (_x, _one_weight, _one_bias),
        (_x, _square_weights, _square_biases),
        (_x, _narrow_weights, _narrow_biases),
        (
            np.array([[1.0], [-1.0], [0.5]]),
            [np.array([[0.3], [-0.6], [0.9]]), np.array([[1.5, -1.0]]), np.eye(2)],
            [np.array([[0.2]]), np.array([[0.1], [0.2]]), np.array([[-0.3], [0.4]])],
        ),
    ),
)


def _layer_backward(W, a_prev, z, dJ_da):
    delta = sigmoid(z) * (1 - sigmoid(z)) * dJ_da
    return delta @ a_prev.T, delta, W.T @ delta


_a = sigmoid(np.array([[0.5], [1.1]]))
_square = np.array([[0.5, 0.6], [0.7, 0.8]])
_wide = np.array([[1.0, 0.0, 2.0], [-1.0, 2.0, 1.0]])
_in = np.array([[1.0], [0.5], [2.0]])

layer_backward = Function(
    "3.5",
    "dJ/dW in the shape of W, dJ/db and dJ/da_prev",
    _layer_backward,
    ("W", "a_prev", "z", "dJ_da"),
    (
        (_square, _a, _square @ _a, np.array([[-0.3], [0.7]])),
        (_wide, _in, _wide @ _in - 5, np.array([[1.0], [-2.0]])),
        (_wide[:1], _in, np.array([[-0.5]]), np.array([[0.25]])),
    ),
)


def _planted(W1, W2, x, y):
    a1 = sigmoid(W1 @ x)
    a2 = sigmoid(W2 @ a1)
    delta2 = a2 * (1 - a2) * (a2 - y)
    delta1 = a1 * (1 - a1) * (W2.T @ delta2)
    return delta1 @ x.T, delta2 @ a1.T


planted = Function(
    "3.6",
    "dJ/dW1 and dJ/dW2",
    _planted,
    ("W1", "W2", "x", "y"),
    (
        (np.array([[0.1, 0.2], [0.3, 0.4]]), _square, _x, np.array([[1.0], [0.0]])),
        (_narrow_weights[0].T, _narrow_weights[1].T, _x, np.array([[1.0]])),
    ),
)
