"""Exercises of chapter 13b."""

import numpy as np

from ..layers.activations import softmax
from .grading import EXACT, Function, Value

_rng = np.random.default_rng(13)

smallest_change = Value(
    "13.8", "the smallest epsilon, and the smallest length", [0.3, 1.2 / np.sqrt(5.5)],
    remarks={
        "the weights' signs do not matter: each input goes in the direction that lowers z":
            [1.2, 1.2 / np.sqrt(5.5)],
        "epsilon comes first, then the length": [1.2 / np.sqrt(5.5), 0.3],
        "epsilon moves z by epsilon times the sum of the weights' sizes": [1.2 / np.sqrt(5.5)] * 2,
    },
)  # fmt: skip


def _output_gradient(W1, b1, W2, b2, X):
    A = np.tanh(X @ W1 + b1)
    return W2.T * (1 - A**2) @ W1.T


def _without_derivative(W1, b1, W2, b2, X):
    return np.tile(W2.T @ W1.T, (len(X), 1))


def _squared_sum(W1, b1, W2, b2, X):
    return W2.T * (1 - (X @ W1 + b1) ** 2) @ W1.T


def _stopped_early(W1, b1, W2, b2, X):
    return W2.T * (1 - np.tanh(X @ W1 + b1) ** 2)


def _without_bias(W1, b1, W2, b2, X):
    return _output_gradient(W1, 0, W2, b2, X)


def _network_case(m, n, h):
    return (
        _rng.normal(size=(n, h)), _rng.normal(size=h), _rng.normal(size=(h, 1)),
        _rng.normal(size=1), _rng.normal(size=(m, n)),
    )  # fmt: skip


output_gradient = Function(
    "13.9", "the gradient of every output with respect to its input", _output_gradient,
    ("W1", "b1", "W2", "b2", "X"),
    (_network_case(1, 2, 1), _network_case(3, 2, 4), _network_case(4, 4, 4)),
    tolerance=EXACT, kept=("X", "W1", "W2"),
    remarks={
        "the derivative of tanh is missing": _without_derivative,
        "the derivative of tanh is 1 - A squared, with A the activation": _squared_sum,
        "the weights of the hidden layer are missing on the backward pass": _stopped_early,
        "the bias of the hidden layer is missing": _without_bias,
    },
)  # fmt: skip


def _fast_sign(W, b, X, y, epsilon):
    dX = (softmax(X @ W + b) - np.eye(len(b))[y]) @ W.T
    return np.clip(X + epsilon * np.sign(dX), 0, 1)


def _about_perturbation(arguments, came):
    """Say what is wrong with a perturbation."""
    W, b, X, y, epsilon = arguments
    came = np.asarray(came, float)
    if came.min() < 0 or came.max() > 1:
        return "a pixel lies outside 0 and 1"
    if np.allclose(came, _fast_sign(W, b, X, y, -epsilon)):
        return "this perturbation lowers the loss of the right class"
    return None


def _softmax_case(m, n, classes, epsilon):
    W, b = _rng.normal(size=(n, classes)), _rng.normal(size=classes)
    return W, b, _rng.uniform(0, 1, (m, n)).round(2), _rng.integers(0, classes, m), epsilon


_W, _pixels = [[1.0, -1.0], [2.0, 1.0], [-1.0, 1.0]], [[0.5, 0.5, 0.5], [0.0, 1.0, 0.5]]
_pencil = (*map(np.array, (_W, [0.0, 0.5], _pixels, [0, 1])), 0.25)

fast_sign = Function(
    "13.10",
    "the adversarial examples",
    _fast_sign,
    ("W", "b", "X", "y", "epsilon"),
    (_pencil, _softmax_case(5, 6, 3, 0.1), _softmax_case(4, 3, 10, 0.5)),
    kept=("X",),
    remark=_about_perturbation,
)


def _projected_step(A, X, dA, size, epsilon):
    moved = A + size * np.sign(dA)
    return np.clip(np.clip(moved, X - epsilon, X + epsilon), 0, 1)


def _around_the_attacked(A, X, dA, size, epsilon):
    return _projected_step(A, A, dA, size, epsilon)


def _outside(A, X, dA, size, epsilon):
    return np.clip(A + size * np.sign(dA), X - epsilon, X + epsilon)


def _downhill(A, X, dA, size, epsilon):
    return _projected_step(A, X, -dA, size, epsilon)


def _from_the_original(A, X, dA, size, epsilon):
    return _projected_step(X, X, dA, size, epsilon)


def _step_case(m, n, size, epsilon):
    X = _rng.uniform(0, 1, (m, n)).round(2)
    A = np.clip(X + _rng.uniform(-epsilon, epsilon, (m, n)).round(2), 0, 1)
    return A, X, _rng.normal(size=(m, n)), size, epsilon


projected_step = Function(
    "13.11", "the images after one step", _projected_step, ("A", "X", "dA", "size", "epsilon"),
    (
        (np.full((1, 2), 0.5), np.full((1, 2), 0.5), np.array([[1.0, -2.0]]), 0.05, 0.1),
        (np.array([[0.6, 0.42]]), np.full((1, 2), 0.5), np.array([[0.5, -2.0]]), 0.05, 0.1),
        _step_case(3, 4, 0.1, 0.15),
        _step_case(2, 5, 0.3, 0.2),
    ),
    kept=("A", "X"),
    remarks={
        "measured from A, each step may go epsilon further": _around_the_attacked,
        "a pixel may leave 0 to 1": _outside,
        "this step lowers the loss": _downhill,
        "the step begins at the original image": _from_the_original,
    },
)  # fmt: skip


def _accepted(P_val, P_new, kept):
    confidences = np.sort(P_val.max(axis=1))[::-1]
    threshold = confidences[int(np.ceil(kept * len(P_val) - 1e-9)) - 1]
    return threshold, np.mean(P_new.max(axis=1) >= threshold)


def _above(P_val, P_new, kept):
    threshold, _ = _accepted(P_val, P_new, kept)
    return threshold, np.mean(P_new.max(axis=1) > threshold)


def _by_the_new(P_val, P_new, kept):
    return _accepted(P_new, P_new, kept)


def _refusing(P_val, P_new, kept):
    return _accepted(P_val, P_new, 1 - kept)


def _between(P_val, P_new, kept):
    threshold = np.quantile(P_val.max(axis=1), 1 - kept)
    return threshold, np.mean(P_new.max(axis=1) >= threshold)


def _probabilities(m, classes):
    return softmax(2 * _rng.normal(size=(m, classes))).round(3)


accepted = Function(
    "13.12", "the threshold and the fraction accepted", _accepted, ("P_val", "P_new", "kept"),
    (
        (
            np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.7, 0.3]]),
            np.array([[0.77, 0.23], [0.45, 0.55]]), 0.5,
        ),
        (
            np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.7, 0.3]]),
            np.array([[0.7, 0.3], [0.31, 0.69], [1.0, 0.0]]), 0.7,
        ),
        (_probabilities(20, 3), _probabilities(11, 3), 0.9),
        (_probabilities(7, 10), _probabilities(5, 10), 1.0),
    ),
    kept=("P_val", "P_new"),
    remarks={
        "the threshold itself is accepted": _above,
        "the threshold is chosen on the validation images, not on the new ones": _by_the_new,
        "this threshold refuses the fraction that is to be kept": _refusing,
        "between two confidences: the threshold is to be one of them": _between,
    },
)  # fmt: skip
