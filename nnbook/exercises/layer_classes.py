"""Exercises of chapter 06."""

from itertools import pairwise

import numpy as np

from .grading import Choice, Function, Property, Value

by_the_weights = Value(
    "6.1", "the derivatives by the weights, a row for each output", [[2, 1, -1], [-6, -3, 3]]
)

by_the_inputs = Value("6.1", "the derivatives by the three inputs", [-1, -10, 6])

without_and_with = Value("6.2", "W x, and then Wᵀ x", ([0, 5], [8, 1]))

agreeing_matrix = Property(
    "6.2",
    "a 2 x 2 matrix W without a 0 in it, with W x = Wᵀ x for every x",
    lambda W: W.shape == (2, 2) and bool(W.all()) and np.allclose(W, W.T, atol=0),
)

_rng = np.random.default_rng(6)


def _table(*shape):
    return _rng.normal(size=shape).round(1)


column_backward = Function(
    "6.3",
    "the derivatives by W, by B and by X",
    lambda W, X, dY: (dY @ X.T, dY.sum(axis=1), W.T @ dY),
    ("W", "X", "dY"),
    (
        (np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.eye(3)[:, :1], np.array([[1.0], [-2.0]])),
        (_table(2, 3), _table(3, 4), _table(2, 4)),
        (_table(3, 3), _table(3, 3), _table(3, 3)),
        (_table(1, 2), _table(2, 5), _table(1, 5)),
    ),
)


def _momentum(W, b, gradients, learning_rate, beta):
    vW, vb = np.zeros_like(W), np.zeros_like(b)
    for dW, db in gradients:
        vW, vb = beta * vW + dW, beta * vb + db
        W, b = W - learning_rate * vW, b - learning_rate * vb
    return W, b


def _gradients(steps):
    return [(_table(2, 2), _table(2)) for _ in range(steps)]


momentum = Function(
    "6.4",
    "the weights and the biases after the steps",
    _momentum,
    ("W", "b", "gradients", "learning_rate", "beta"),
    (
        (np.ones((2, 2)), np.ones(2), _gradients(1), 0.5, 0.9),
        (np.ones((2, 2)), np.zeros(2), _gradients(3), 0.1, 0.0),
        (_table(2, 2), _table(2), _gradients(4), 0.1, 0.9),
    ),
)


def _collapse(weights, biases):
    W, b = weights[0], biases[0]
    for V, c in zip(weights[1:], biases[1:], strict=True):
        W, b = W @ V, b @ V + c
    return W, b


def _pile(*sizes):
    pairs = list(pairwise(sizes))
    return [_table(*pair) for pair in pairs], [_table(n) for _, n in pairs]


collapse = Function(
    "6.5",
    "the weights and the biases of the single layer",
    _collapse,
    ("weights", "biases"),
    (_pile(2, 3, 1), _pile(4, 3), _pile(2, 2, 2), _pile(3, 2, 4, 2)),
)

scale = Function(
    "6.6",
    "the output, the derivatives by s and the derivatives by X",
    lambda s, X, dY: (X * s, (X * dY).sum(axis=0), dY * s),
    ("s", "X", "dY"),
    (
        (np.array([2.0, -1.0]), np.array([[1.0, 2.0]]), np.array([[0.5, 3.0]])),
        (_table(3), _table(4, 3), _table(4, 3)),
        (_table(2), _table(2, 2), _table(2, 2)),
    ),
)

wrong_results = Choice(
    "6.7",
    "the results that are wrong",
    "W1 and b1",
    ("all four", "W1 and b1", "W2 and b2", "only W2"),
)


def _step(X, t, W1, b1, W2, b2, alpha):
    Y1 = np.tanh(X @ W1 + b1)
    Y2 = Y1 @ W2 + b2
    dY2 = 2 * (Y2 - t) / Y2.size
    dZ1 = dY2 @ W2.T * (1 - Y1**2)
    return (
        W1 - alpha * X.T @ dZ1,
        b1 - alpha * dZ1.sum(axis=0),
        W2 - alpha * Y1.T @ dY2,
        b2 - alpha * dY2.sum(axis=0),
    )


planted = Function(
    "6.7",
    "the parameters after one step",
    _step,
    ("X", "t", "W1", "b1", "W2", "b2", "alpha"),
    (
        (
            np.array([[1.0, 2.0]]),
            np.array([[1.0]]),
            np.array([[0.5], [-0.5]]),
            np.zeros(1),
            np.array([[2.0]]),
            np.zeros(1),
            0.5,
        ),
        (_table(4, 2), _table(4, 1), _table(2, 3), _table(3), _table(3, 1), _table(1), 1.0),
        (_table(5, 3), _table(5, 2), _table(3, 2), _table(2), _table(2, 2), _table(2), 0.5),
    ),
)
