"""Exercises of chapter 03a."""

import numpy as np

from ..layers.activations import sigmoid
from .grading import EXACT, Function, Value

_first, _second = np.array([[1.0, 3.0], [2.0, 1.0]]), np.array([[1.0, 2.0], [-1.0, 0.0]])
_by_paths = [3.0, -1.0] @ _second.T

right_and_wrong = Value(
    "3.1", "the sums over the paths, and then what the program finds",
    (_by_paths, _by_paths @ _first.T),
    remarks={
        "the right one first": (_by_paths @ _first.T, _by_paths),
        "in the first pair a transpose is missing": ([3.0, -1.0] @ _second, _by_paths @ _first.T),
        "in the second pair a transpose is missing": (_by_paths, _by_paths @ _first),
    },
)  # fmt: skip

# the address 10 i + j of a weight from i to j, found in row i and column j
_from_to_first = np.array([[10.0 * i + j for j in range(1, 6)] for i in range(1, 5)])
_from_to_second = np.array([[10.0 * i + j for j in range(1, 4)] for i in range(1, 6)])

from_to_pair = Value(
    "3.2",
    "the first matrix, (4, 5), and the second, (5, 3), row = from, column = to",
    (_from_to_first, _from_to_second),
    tolerance=1e-6,  # the numbers only move
    remarks={
        "reshape keeps the order of the numbers; where should 25 stand?": (
            _from_to_first.T.reshape(4, 5), _from_to_second.T.reshape(5, 3),
        ),
        "those are the matrices as they came": (_from_to_first.T, _from_to_second.T),
        "the second matrix stands first": (_from_to_second, _from_to_first),
    },
)  # fmt: skip


def _forward(x, weights, biases):
    a = x
    for W, b in zip(weights, biases, strict=True):
        a = sigmoid(a @ W + b)
    return a


def _hidden_linear(x, weights, biases):
    a = x
    for W, b in zip(weights, biases, strict=True):
        a = a @ W + b
    return sigmoid(a)


def _last_linear(x, weights, biases):
    return _forward(x, weights[:-1], biases[:-1]) @ weights[-1] + biases[-1]


_x = np.array([1.0, 2.0])
_narrow_weights = [np.array([[0.1, 0.3, -0.5], [-0.2, 0.4, 0.6]]), np.array([[0.7], [-0.8], [0.9]])]
_narrow_biases = [np.array([0.01, 0.02, 0.03]), np.array([0.1])]
_square_weights = [np.array([[0.1, 0.3], [0.2, 0.4]]), np.array([[0.5, 0.7], [0.6, 0.8]])]
_square_biases = [np.array([0.5, -1.0]), np.array([-0.25, 0.75])]
_one_weight = [np.array([[0.2, -0.1], [0.4, 0.3]])]
_one_bias = [np.array([0.0, 1.0])]

forward = Function(
    "3.3",
    "the output of the last layer",
    _forward,
    ("x", "weights", "biases"),
    (
        (_x, _one_weight, _one_bias),
        (_x, _square_weights, _square_biases),
        (_x, _narrow_weights, _narrow_biases),
        (
            np.array([1.0, -1.0, 0.5]),
            [np.array([[0.3], [-0.6], [0.9]]), np.array([[1.5, -1.0]]), np.eye(2)],
            [np.array([0.2]), np.array([0.1, 0.2]), np.array([-0.3, 0.4])],
        ),
    ),
    kept=("x", "weights", "biases"),
    remarks={
        "the biases are missing": lambda x, weights, biases: _forward(
            x, weights, [0 * b for b in biases]
        ),
        "every layer has a sigmoid, the hidden ones too": _hidden_linear,
        "every layer has a sigmoid, the last one too": _last_linear,
        "the weights are from-to, without a transpose": lambda x, weights, biases: _forward(
            x, [W.T for W in weights], biases
        ),
    },
)


def _slope(z):
    return sigmoid(z) * (1 - sigmoid(z))


def _layer_backward(W, a_prev, z, da):
    return _from_delta(W, a_prev, da * _slope(z))


def _from_delta(W, a_prev, delta):
    return np.outer(a_prev, delta), delta, delta @ W.T


_a = sigmoid(np.array([0.5, 1.1]))
_square = np.array([[0.5, 0.7], [0.6, 0.8]])
_tall = np.array([[1.0, -1.0], [0.0, 2.0], [2.0, 1.0]])
_in = np.array([1.0, 0.5, 2.0])


layer_backward = Function(
    "3.4", "dJ/dW in the shape of W, dJ/db and dJ/da_prev", _layer_backward,
    ("W", "a_prev", "z", "da"),
    (
        (_square, _a, _a @ _square, np.array([-0.3, 0.7])),
        (_tall, _in, _in @ _tall - 5, np.array([1.0, -2.0])),
        (_tall[:, :1], _in, np.array([-0.5]), np.array([0.25])),
    ),
    tolerance=EXACT, kept=("W", "a_prev", "z", "da"),
    remarks={
        "g' is missing": lambda W, a_prev, z, da: _from_delta(W, a_prev, da),
        "g' is taken at a, not at z": lambda W, a_prev, z, da: (
            _from_delta(W, a_prev, da * _slope(sigmoid(z)))
        ),
        "g' is a (1 - a), not z (1 - z)": lambda W, a_prev, z, da: (
            _from_delta(W, a_prev, da * z * (1 - z))
        ),
        "a transpose is missing": lambda W, a_prev, z, da: (
            *_layer_backward(W, a_prev, z, da)[:2], da * _slope(z) @ W,
        ),
        "the outer product has its rows and columns exchanged": lambda W, a_prev, z, da: (
            _layer_backward(W, a_prev, z, da)[0].T, *_layer_backward(W, a_prev, z, da)[1:],
        ),
        "dJ/db comes before dJ/da_prev": lambda W, a_prev, z, da: (
            tuple(_layer_backward(W, a_prev, z, da)[i] for i in (0, 2, 1))
        ),
        "(3.16) has delta, not da": lambda W, a_prev, z, da: (
            *_layer_backward(W, a_prev, z, da)[:2], da @ W.T,
        ),
        "the paths of an input are a row of W, not a column": lambda W, a_prev, z, da: (
            *_layer_backward(W, a_prev, z, da)[:2], np.sum(da * _slope(z) * W, axis=0),
        ),
        ".T does not turn a row of one axis; take the outer product": lambda W, a_prev, z, da: (
            a_prev.T @ (da * _slope(z)), *_layer_backward(W, a_prev, z, da)[1:],
        ),
        "use the z that you are given, which has the bias": lambda W, a_prev, z, da: (
            _layer_backward(W, a_prev, a_prev @ W, da)
        ),
    },
)  # fmt: skip


layer_jacobian = Function(
    "3.5", "the Jacobian of a with respect to a_prev, of shape (n_out, n_in)",
    lambda W, z: _slope(z)[:, None] * W.T, ("W", "z"),
    ((_square, _a @ _square), (_tall, _in @ _tall - 5), (_tall[:, :1], np.array([-0.5]))),
    tolerance=EXACT, kept=("W", "z"),
    remarks={
        "g' is missing": lambda W, z: W.T,
        "a row for each neuron, a column for each input": lambda W, z: W * _slope(z),
        "each g' belongs to a neuron, so to a row": lambda W, z: W.T * _slope(z),
        "g' is taken at a, not at z": lambda W, z: _slope(sigmoid(z))[:, None] * W.T,
        "g' is a (1 - a), not z (1 - z)": lambda W, z: (z * (1 - z))[:, None] * W.T,
        "that is a row, the sum over the neurons; leave it a matrix": lambda W, z: _slope(z) @ W.T,
    },
)  # fmt: skip


def _planted(W1, W2, x, y):
    a1 = sigmoid(x @ W1)
    a2 = sigmoid(a1 @ W2)
    delta2 = (a2 - y) * a2 * (1 - a2)
    delta1 = (delta2 @ W2.T) * a1 * (1 - a1)
    return np.outer(x, delta1), np.outer(a1, delta2)


planted = Function(
    "3.6", "dJ/dW1 and dJ/dW2", _planted, ("W1", "W2", "x", "y"),
    (
        (_square_weights[0], _square, _x, np.array([1.0, 0.0])),
        (*_narrow_weights, _x, np.array([1.0])),
    ),
    tolerance=EXACT, kept=("W1", "W2", "x", "y"),
)  # fmt: skip
