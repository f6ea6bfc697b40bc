"""Exercises of chapter 05."""

import numpy as np

from ..layers.activations import sigmoid
from .grading import EXACT, Function, Property, Value, near


def _table(rows, columns):
    """A table of small numbers, the same in every run, that no two shapes share."""
    return np.random.default_rng(10 * rows + columns).normal(size=(rows, columns)).round(1)


def _last_two(dZ1, X):
    m = X.shape[1]
    return dZ1 @ X.T / m, dZ1.sum(axis=1, keepdims=True) / m


def _no_column(case, came):
    """Say that the numbers of db1 are right and its shape is not."""
    _, right = _last_two(*case)
    if np.shape(came[1]) != right.shape and np.allclose(np.ravel(came[1]), np.ravel(right)):
        return "the numbers of db1 are right; b1 is a column here, and so is db1"
    return None


last_two = Function(
    "5.1", "dW1 and db1 of the mean loss", _last_two, ("dZ1", "X"),
    (
        (np.array([[1.0, 2.0], [0.0, -4.0], [3.0, 1.0]]), np.array([[1.0, 3.0], [2.0, -1.0]])),
        (_table(3, 4), _table(2, 4)), (_table(4, 1), _table(5, 1)), (_table(2, 7), _table(3, 7)),
    ),
    remark=_no_column,
)  # fmt: skip

_X = np.array([[2.0, 1.0], [1.0, -1.0], [0.0, 2.0]])
_D = np.array([[1.0, 0.0], [-2.0, 4.0], [3.0, -1.0]])

table_sum = Value("5.2", "the sum of the three outer products, a 2 x 2 table", _X.T @ _D)

bias_sum = Value("5.2", "the sums over the samples, a number for each neuron", _D.sum(axis=0))

outer_products = Function(
    "5.2", "the outer products of all samples, an array of shape (m, n0, n1)",
    lambda X, D: np.einsum("si,sj->sij", X, D), ("X", "D"),
    ((_X, _D), (_table(4, 2), _table(4, 3)), (_table(1, 5), _table(1, 2)), (_X, _table(3, 1))),
)  # fmt: skip

loops_left = Value(
    "5.3",
    "a 1 or a 0 for each of steps, layers, neurons, inputs, samples",
    [1.0, 1.0, 0.0, 0.0, 0.0],
)

_FORMS = (
    "loops over layers, samples, neurons and inputs",
    "no loop over inputs",
    "none over neurons either",
    "matrices",
)
innermost = Property(
    "5.3",
    "the visits with all loops, without inputs, without neurons, with matrices",
    near(_FORMS, [7000, 1600, 400, 2], 1e-6),
)

_BATCHES = np.array([1.0, 10.0, 100.0, 1000.0])
_EPOCHS = np.array([3.0, 2.0, 4.0, 30.0])
_SECONDS = _EPOCHS * 3000 / _BATCHES * (100 + 4 * _BATCHES) * 1e-6

seconds_to_goal = Property(
    "5.4", "the seconds with 1, 10, 100 and 1,000 samples an update",
    near([f"with {k:,.0f}" for k in _BATCHES], _SECONDS, 0.01 * _SECONDS),
)  # fmt: skip

of_all_five = Value("5.5", "the gradient of the mean loss of all five", [0.0, 1.0])

batch_gradient = Function(
    "5.5", "the gradient of the mean loss of the whole batch",
    lambda parts, sizes: sum(n * g for n, g in zip(sizes, parts, strict=True)) / sum(sizes),
    ("parts", "sizes"),
    (
        ([np.array([2.0, -1.0]), np.array([-3.0, 4.0])], [3, 2]),
        ([np.array([2.0, -1.0]), np.array([-3.0, 5.0])], [1, 1]),
        ([_table(3, 2), _table(3, 2) + 1, _table(3, 2) * 2], [32, 32, 5]), ([_table(2, 4)], [6]),
    ),
    kept=("parts",),
)  # fmt: skip

third_convention = Function(
    "5.6", "dV and dA", lambda V, A, dZ: (A @ dZ.T, V @ dZ), ("V", "A", "dZ"),
    (
        (_table(2, 3), _table(2, 4), _table(3, 4)),
        (_table(3, 3), _table(3, 3) + 1, _table(3, 3) * 2),
        (_table(4, 1), _table(4, 5), _table(1, 5)), (_table(4, 2), _table(4, 1), _table(2, 1)),
    ),
)  # fmt: skip


def _planted(X, Y, W1, b1, W2, b2):
    A1 = sigmoid(X @ W1 + b1)
    dZ2 = (sigmoid(A1 @ W2 + b2) - Y) / len(X)
    return X.T @ (dZ2 @ W2.T * A1 * (1 - A1)), A1.T @ dZ2


def _case(m, n_in, n_hidden):
    Y = (np.arange(m) % 2.0)[:, None]
    weights = (_table(n_in, n_hidden), _table(n_hidden, 3)[:, 0], _table(n_hidden, 1))
    return (_table(m, n_in), Y, *weights, np.array([0.1]))


# every weighted sum is 0 here, so every number of the verdict is a binary fraction
_weights = np.zeros((2, 3)), np.zeros(3), np.array([[2.0], [-1.0], [-1.0]]), np.zeros(1)
_exact = np.array([[1.0, 2.0], [3.0, -2.0]]), np.ones((2, 1)), *_weights

planted = Function(
    "5.7", "the gradients with respect to W1 and W2", _planted, ("X", "Y", "W1", "b1", "W2", "b2"),
    (_exact, _case(4, 2, 3), _case(1, 3, 2), _case(7, 2, 4)),
    tolerance=EXACT,
)  # fmt: skip


def _regression(F, T):
    return np.linalg.lstsq(F, T, rcond=None)[0][:, 0]


def _first_or_more(case, came):
    """Say that lstsq has come whole, or that a descent has stopped before it came to rest."""
    F, T = case
    if isinstance(came, tuple) and np.shape(came[0]) == (F.shape[1], 1):
        return "np.linalg.lstsq returns several results; take its first"
    w, right = np.ravel(np.asarray(came, dtype=float)), _regression(F, T)
    off, slope = np.abs(w - right).max(), np.linalg.norm((F @ w - T[:, 0]) @ F)
    if 1e-3 * np.abs(right).max() < off and slope < 0.05 * np.linalg.norm(F.T @ T):
        return "not converged: the gradient is small there but not zero; take more steps"
    return None


last_layer = Function(
    "5.8",
    "the weights of the last layer, a number for each column of F",
    _regression,
    ("F", "T"),
    tuple(
        (np.hstack([np.tanh(_table(m, k)), np.ones((m, 1))]), _table(m, 1))
        for m, k in ((4, 1), (8, 3), (10, 2))  # no flat direction: a descent arrives
    ),
    tolerance=1e-3,  # a descent may stop a little early
    remark=_first_or_more,
    any_vector=True,
)
