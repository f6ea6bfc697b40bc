"""Exercises of chapter 03b."""

import numpy as np

from ..activations import relu, sigmoid
from .grading import Choice, Function, Property, Value

# the network of the chapter, in columns
_X = np.array([[1.0], [2.0]])
_W1 = np.array([[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]])
_b1 = np.array([[0.01], [0.02], [0.03]])
_W2 = np.array([[0.7, -0.8, 0.9]])
_b2 = np.array([[0.1]])
_A1 = sigmoid(_W1 @ _X + _b1)
_A2 = sigmoid(_W2 @ _A1 + _b2)
_SLOPES = _A1 * (1 - _A1)

price_for_zero = Value("3.7", "the price for y = 0", -np.log(1 - _A2))

dW1_for_zero = Value(
    "3.7",
    "the derivatives by W1 for y = 0, a row for each hidden neuron",
    (_W2.T @ _A2 * _SLOPES) @ _X.T,
    tolerance=5e-3,
)

_random = np.random.default_rng(8)

printed_dW1 = Function(
    "3.8",
    "the table that (3.65) prints for the gradient of W1",
    lambda dZ1, X, Z1: dZ1 @ X.T * sigmoid(Z1) * (1 - sigmoid(Z1)),
    ("dZ1", "X", "Z1"),
    (
        (_W2.T @ (_A2 - 1) * _SLOPES, _X, _W1 @ _X + _b1),
        tuple(_random.normal(size=(n, 1)).round(1) for n in (4, 3, 4)),
    ),
)

row_factors = Value("3.8", "printed / true, one factor for each row", _SLOPES, tolerance=5e-3)


# a 3 x 2 table times a 3 x m table, entry by entry
silent_batches = Property(
    "3.8",
    "all m from 1 to 6 for which the printed line runs",
    lambda batches: sorted(batches.ravel().tolist()) == [1, 2],
    read=lambda answer: list(answer) if isinstance(answer, set) else answer,
)

activation_table = Value(
    "3.9",
    "the table of the derivatives of a_k (rows) by z_i (columns)",
    np.diag(_SLOPES[:, 0]),
)

through_the_table = Value(
    "3.9", "the row dZ2 W2 times the table, three numbers", _W2.T @ (_A2 - 1) * _SLOPES
)


def _weight_gradients(weights, biases, X, y):
    activations = [X]
    for W, b in zip(weights, biases, strict=True):
        activations.append(sigmoid(W @ activations[-1] + b))
    dZ, gradients = activations[-1] - y, []
    for W, A in zip(reversed(weights), reversed(activations[:-1]), strict=True):
        gradients.append(dZ @ A.T)
        dZ = W.T @ dZ * A * (1 - A)
    return tuple(reversed(gradients))


def _network(*sizes):
    rng = np.random.default_rng(sum(sizes))
    shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
    weights = [rng.normal(size=shape).round(1) for shape in shapes]
    biases = [rng.normal(size=(n, 1)).round(1) for n, _ in shapes]
    return weights, biases, rng.normal(size=(sizes[0], 1)).round(1)


weight_gradients = Function(
    "3.10",
    "the gradients of all weights, first layer first",
    _weight_gradients,
    ("weights", "biases", "X", "y"),
    (
        ([_W1, _W2], [_b1, _b2], _X, 1.0),
        (*_network(3, 1), 0.0),
        (*_network(2, 4, 3, 1), 1.0),
        (*_network(2, 3, 3, 2, 4, 1), 0.0),
    ),
)

_x, _y = 2.0, 0.0
_first = np.array([[1.0], [-1.0]])
_second, _third = np.array([[1.0, 3.0], [2.0, -1.0]]), np.array([[3.0, -1.0]])
_a1 = relu(_first * _x)
_z2 = _second @ _a1
_dZ2 = _third.T * (_third @ relu(_z2) - _y) * (_z2 > 0)

dZ1_by_pencil = Value(
    "3.11", "the blames of the first layer, dZ1", (_second.T @ _dZ2 * (_a1 > 0)).ravel()
)

dW2_by_pencil = Value("3.11", "the gradient of W2, a row for each neuron of layer 2", _dZ2 @ _a1.T)

not_there_yet = Choice(
    "3.11", "what is still unknown when the printed line needs it", "dZ1", ("W2", "dZ1", "z2")
)


def _planted(W1, W2, W3, X, y):
    weights = [W1, W2, W3]
    return _weight_gradients(weights, [0.0, 0.0, 0.0], X, y)[0]


def _three_matrices(*sizes):
    weights, _, X = _network(*sizes)
    return (*weights, X)


# every sum is 0 here, so every number of the verdict is a binary fraction, the same on any machine
_exact = (
    np.array([[1.0, 1.0], [2.0, 2.0], [-1.0, -1.0]]),
    np.array([[4.0, -2.0, -2.0], [1.0, 1.0, -2.0], [-1.0, 2.0, -1.0]]),
    np.array([[2.0, -1.0, -1.0]]),
    np.array([[1.0], [-1.0]]),
)

planted = Function(
    "3.12",
    "the gradient of W1",
    _planted,
    ("W1", "W2", "W3", "X", "y"),
    (
        (*_exact, 1.0),
        (*_three_matrices(2, 3, 3, 1), 1.0),
        (*_three_matrices(2, 4, 3, 1), 0.0),
    ),
)
