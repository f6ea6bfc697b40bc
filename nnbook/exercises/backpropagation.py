"""Exercises of chapter 03b."""

from functools import partial
from itertools import pairwise

import numpy as np

from ..layers.activations import relu, sigmoid
from .grading import EXACT, Function, Property, Value, near

# the network of the chapter
_x = np.array([1.0, 2.0])
_W1 = np.array([[0.1, 0.3, -0.5], [-0.2, 0.4, 0.6]])
_b1 = np.array([0.01, 0.02, 0.03])
_W2 = np.array([[0.7], [-0.8], [0.9]])
_b2 = np.array([0.1])
_z1 = _x @ _W1 + _b1
_a1 = sigmoid(_z1)
_a2 = sigmoid(_a1 @ _W2 + _b2)
_slopes = _a1 * (1 - _a1)
_delta1 = ((_a2 - 1) @ _W2.T) * _slopes

loss_for_zero = Value(
    "3.7", "the loss for y = 0", -np.log(1 - _a2),
    remarks={
        "that is the loss for y = 1": -np.log(_a2),
        "three digits are needed": np.round(-np.log(1 - _a2), 2),
        "a loss of this kind is never negative": np.log(1 - _a2),
    },
)  # fmt: skip

dW1_for_zero = Value(
    "3.7", "the gradient with respect to W1 for y = 0, a row for each input",
    np.outer(_x, (_a2 @ _W2.T) * _slopes), tolerance=5e-3,
    remarks={
        "that is the gradient for y = 1": np.outer(_x, _delta1),
        "a row for each input: the transpose of this": np.outer((_a2 @ _W2.T) * _slopes, _x),
        "the derivative g' is missing": np.outer(_x, _a2 @ _W2.T),
        "g, where g' should be": np.outer(_x, (_a2 @ _W2.T) * _a1),
        "both rows are delta1: the inputs are missing": np.outer([1, 1], (_a2 @ _W2.T) * _slopes),
        "every sign is reversed: for y = 0 delta2 is y_hat": -np.outer(_x, (_a2 @ _W2.T) * _slopes),
        "three digits are needed": np.outer(_x, (_a2 @ _W2.T) * _slopes).round(2),
    },
)  # fmt: skip

_random = np.random.default_rng(8)

doubled_dW1 = Function(
    "3.8",
    "the gradient of W1 with g' applied twice",
    lambda X, dZ, Z: X.T @ dZ * sigmoid(Z) * (1 - sigmoid(Z)),
    ("X", "dZ", "Z"),
    (
        (_x[None, :], _delta1[None, :], _z1[None, :]),
        tuple(_random.normal(size=(1, n)).round(1) for n in (2, 3, 3)),
        # two samples of two inputs run as well, and tell where the slopes have been put
        tuple(_random.normal(size=(2, n)).round(1) for n in (2, 3, 3)),
    ),
    remarks={
        "that is the correct gradient; the wrong one is asked for": lambda X, dZ, Z: X.T @ dZ,
        "g, where g' should be": lambda X, dZ, Z: X.T @ dZ * sigmoid(Z),
        "the sum over the samples is asked for, not their mean": lambda X, dZ, Z: (
            X.T @ dZ * sigmoid(Z) * (1 - sigmoid(Z)) / len(X)
        ),
        "g' multiplies the product, not dZ": lambda X, dZ, Z: (
            X.T @ (dZ * sigmoid(Z) * (1 - sigmoid(Z)))
        ),
    },
)

column_factors = Value(
    "3.8", "wrong / right, one factor for each column", _slopes, tolerance=5e-3,
    remarks={
        "that is right / wrong": 1 / _slopes, "three digits are needed": _slopes.round(2),
        "fractions of 1 are asked for, not per cent": 100 * _slopes,
        "that is g, not g'": _a1,
    },
)  # fmt: skip

# a matrix of 2 x 3 times one of m x 3, entry by entry
silent_batches = Value(
    "3.8", "six answers, True where the line runs, for m = 1 to 6", np.arange(1, 7) <= 2, 1e-9,
    remarks={
        "for m = 2 both factors are 2 x 3": np.arange(1, 7) <= 1,
        "for m = 3 the factors are 2 x 3 and 3 x 3": np.arange(1, 7) <= 3,
    },
)  # fmt: skip


def _is_activation_table(table):
    """Say whether the slopes stand on the diagonal; sizes of 1 may stand between the axes."""
    table = np.squeeze(table)
    if table.shape != (3, 3):
        return "it should have the shape (3, 3)"
    if np.allclose(table, np.diag(_a1), atol=1e-3):
        return "g, where g' should be"
    return bool((np.abs(table - np.diag(_slopes)) <= 5e-3 * _slopes.max()).all())


activation_jacobian = Property(
    "3.9",
    "the Jacobian, the derivatives of a_j (rows) with respect to z_i (columns)",
    _is_activation_table,
)

through_the_jacobian = Value(
    "3.9", "the row delta2 W2^T times the Jacobian, three numbers", _delta1,
    remarks={
        "that is the row before the product": ((_a2 - 1) @ _W2.T),
        "three digits are needed": _delta1.round(2),
        "g, where g' should be": ((_a2 - 1) @ _W2.T) * _a1,
    },
)  # fmt: skip


def _gradients(
    weights, biases, x, y, output=lambda a: a * (1 - a), hidden=lambda a: 1 - a**2, g=np.tanh, off=0
):
    """Return the gradients of weights and biases; ``off`` 1 takes g' of the layer after."""
    activations, zs = [x], []
    for n, (W, b) in enumerate(zip(weights, biases, strict=True), 1):
        zs.append(activations[-1] @ W + b)
        activations.append(g(zs[-1]) if n < len(weights) else sigmoid(zs[-1]))
    y_hat = activations[-1]
    delta = (y_hat - y) * output(y_hat)
    of_weights, of_biases = [], []
    for n in reversed(range(len(weights))):
        of_weights.insert(0, np.outer(activations[n], delta))
        of_biases.insert(0, delta)
        if n:
            delta = (delta @ weights[n].T) * hidden(g(zs[n - 1 + off]))
    return tuple(of_weights), tuple(of_biases)


def _weight_gradients(*case, **changed):
    return _gradients(*case, **changed)[0]


def _without_biases(weights, biases, x, y):
    return _weight_gradients(weights, [0.0] * len(biases), x, y)


def _network(*sizes):
    rng = np.random.default_rng(sum(sizes))
    shapes = list(pairwise(sizes))
    weights = [rng.normal(size=shape).round(1) for shape in shapes]
    biases = [rng.normal(size=n).round(1) for _, n in shapes]
    return weights, biases, rng.normal(size=sizes[0]).round(1), rng.integers(0, 2, sizes[-1]) + 0.0


weight_gradients = Function(
    "3.10", "the gradients of all weights, first layer first", _weight_gradients,
    ("weights", "biases", "x", "y"),
    (
        ([_W1, _W2], [_b1, _b2], _x, np.ones(1)), _network(3, 1), _network(2, 4, 3, 2),
        _network(2, 3, 3, 2, 4, 1),
    ),
    tolerance=EXACT, kept=("weights", "biases", "x", "y"),
    remarks={
        "the gradient at the output is that of the cross-entropy": partial(
            _weight_gradients, output=np.ones_like
        ),
        "the hidden layers have tanh, not a sigmoid": partial(
            _weight_gradients, hidden=lambda a: a * (1 - a)
        ),
        "the hidden layers have tanh, not a sigmoid, in both passes": partial(
            _weight_gradients, hidden=lambda a: a * (1 - a), g=sigmoid
        ),
        "the derivative of tanh is missing": partial(_weight_gradients, hidden=np.ones_like),
        "g' is taken at the activations, not at z": partial(
            _weight_gradients, hidden=lambda a: 1 - np.tanh(a) ** 2
        ),
        "the derivative of the sigmoid is taken at the prediction, not at z": partial(
            _weight_gradients, output=lambda a: sigmoid(a) * (1 - sigmoid(a))
        ),
        "the output has a sigmoid, not tanh": partial(
            _weight_gradients, output=lambda a: 1 - a**2
        ),
        "g' of a hidden layer is taken at the layer after it": partial(_weight_gradients, off=1),
        "the biases are missing in the forward pass": _without_biases,
        "every sign is reversed": lambda *case: tuple(-dW for dW in _weight_gradients(*case)),
        "only the gradients of the weights are asked for": _gradients,
        "the last layer comes first": lambda *case: _weight_gradients(*case)[::-1],
    },
)  # fmt: skip

# the network of Exercise 3.11
_first, _second = np.array([[1.0, -1.0]]), np.array([[-1.0, 2.0], [3.0, -1.0]])
_third = np.array([[3.0], [-1.0]])
_input, _target = np.array([2.0]), 0.0
_hidden = relu(_input @ _first)
_z2 = _hidden @ _second
_upstream2 = (relu(_z2) @ _third - _target) @ _third.T
_delta2 = _upstream2 * (_z2 > 0)

delta1_by_pencil = Value(
    "3.11", "the gradient at the first layer, delta1", (_delta2 @ _second.T) * (_hidden > 0),
    remarks={
        "neuron 2 of layer 1 is inactive": _delta2 @ _second.T,
        "neuron 1 of layer 2 is inactive": (_upstream2 @ _second.T) * (_hidden > 0),
        "two neurons are inactive": _upstream2 @ _second.T,
        "every sign is reversed": -(_delta2 @ _second.T) * (_hidden > 0),
        "ReLU acts in the forward pass too": np.array([60.0, 0.0]),
        "W2 is to be transposed": (_delta2 @ _second) * (_hidden > 0),
    },
)  # fmt: skip

dW2_by_pencil = Value(
    "3.11", "the gradient of W2, a row for each neuron of layer 1", np.outer(_hidden, _delta2),
    remarks={
        "this is the transpose": np.outer(_delta2, _hidden),
        "neuron 1 of layer 2 is inactive": np.outer(_hidden, _upstream2),
        "the activations a1 are asked for, not z1": np.outer(_input @ _first, _delta2),
        "every sign is reversed": -np.outer(_hidden, _delta2),
    },
)  # fmt: skip


def _planted(W1, W2, W3, x, y):
    return _weight_gradients([W1, W2, W3], [0.0, 0.0, 0.0], x, y)


def _three_matrices(*sizes):
    weights, _, x, y = _network(*sizes)
    return (*(W + 0.0 for W in weights), x, y)  # not -0.0


planted = Function(
    "3.12", "the gradients of W1, W2 and W3", _planted, ("W1", "W2", "W3", "x", "y"),
    (_three_matrices(2, 3, 3, 1), _three_matrices(2, 4, 3, 1)),
    tolerance=EXACT,
    remarks={
        "delta3 needs the derivative of the sigmoid: the loss is the half squared error":
            lambda W1, W2, W3, x, y: _weight_gradients(
                [W1, W2, W3], [0.0, 0.0, 0.0], x, y, output=np.ones_like
            ),
        "the hidden layers have tanh, not a sigmoid":
            lambda W1, W2, W3, x, y: _weight_gradients(
                [W1, W2, W3], [0.0, 0.0, 0.0], x, y, hidden=lambda a: a * (1 - a)
            ),
    },
)  # fmt: skip

_four_counts = near(
    ["the paths", "the multiplications for all delta", "those for the weights", "those forward"],
    [4 * 3 * 2, (2 * 3 + 3) + (3 * 4 + 4) + (4 * 5 + 5), 138, 20 * 5 + 5 * 4 + 4 * 3 + 3 * 2], 0.5,
)  # fmt: skip


def _are_costs(numbers):
    """Say which of the four counts are not right, and why where the reason is known."""
    held = _four_counts(numbers)
    if held is True or numbers.size != 4:
        return held
    paths, deltas, _, forward = numbers.ravel()
    reasons = [
        reason
        for reason, holds in (
            ("the paths from one neuron are asked for, not from all five", paths == 120),
            ("the paths are multiplied by each width, not added up", paths == 9),
            ("g' takes a multiplication for each neuron too", deltas == 38),
            ("no weight needs a delta of the inputs", deltas in (150, 170)),
            ("biases are added, not multiplied", forward == 152),
        )
        if holds
    ]
    return "; ".join([held, *reasons])


costs = Property("3.13", "four whole numbers, in the order of the text", _are_costs)
