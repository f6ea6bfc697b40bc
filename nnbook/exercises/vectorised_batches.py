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


def _is(came, wrong):
    """Return whether an array is a certain wrong one, shape included."""
    return np.shape(came) == np.shape(wrong) and np.allclose(came, wrong)


def _sum_or_mean(case, came):
    """Say by what a gradient is divided, over what it is summed, or that db1 is no column."""
    dZ1, X = case
    m, rights = X.shape[1], _last_two(*case)
    for name, part, right in zip(("dW1", "db1"), came, rights, strict=True):
        if _is(part, right):
            continue
        if _is(part, right * m):
            return f"{name} belongs to the sum of the losses; for their mean 1/m is missing"
        if _is(part, right / m):
            return f"{name} is divided by m twice"
        divisors = (len(X), "len(X)"), (len(dZ1), "len(dZ1)"), (X.size, "X.size"), (2, "2")
        for divisor, of in divisors:
            if _is(part, right * m / divisor):
                return f"{name} is divided by {of}; the samples are the columns, m is X.shape[1]"
        if _is(part, right.T) and name == "dW1":
            return "this is the transpose of dW1; which index comes first?"
    if np.shape(came[1]) != rights[1].shape and _is(np.ravel(came[1]), rights[1].ravel()):
        return "the numbers of db1 are right; b1 is a column here, and so is db1"
    over_neurons = dZ1.sum(axis=0)
    if any(_is(np.ravel(came[1]), over_neurons / k) for k in (m, 1, len(dZ1))):
        return "db1 is summed over the neurons; sum over the samples, the columns"
    return None


last_two = Function(
    "5.1", "dW1 and db1 of the mean loss", _last_two, ("dZ1", "X"),
    (
        (  # sizes of which no two, and no product, are alike
            np.array([[1.0, 2.0], [0.0, -4.0], [3.0, 1.0], [-1.0, 0.0], [2.0, -2.0]]),
            np.array([[1.0, 3.0], [2.0, -1.0], [0.0, 4.0]]),
        ),
        (_table(3, 4), _table(5, 4)), (_table(4, 1), _table(5, 1)), (_table(2, 7), _table(3, 7)),
    ),
    remark=_sum_or_mean,
    remarks={"dW1 first, then db1": lambda dZ1, X: _last_two(dZ1, X)[::-1]},
)  # fmt: skip

_X = np.array([[2.0, 1.0], [1.0, -1.0], [0.0, 2.0]])
_D = np.array([[1.0, 0.0], [-2.0, 4.0], [3.0, -1.0]])

table_sum = Value(
    "5.2", "the sum of the three outer products, a 2 x 2 table", _X.T @ _D,
    remarks={
        "this is the transpose: inputs are the rows, neurons the columns": _D.T @ _X,
        "there is no 1/m this time": _X.T @ _D / 3,
    },
)  # fmt: skip

bias_sum = Value(
    "5.2", "the sums over the samples, a number for each neuron", _D.sum(axis=0),
    remarks={
        "these are the sums over the neurons, a number for each sample": _D.sum(axis=1),
        "there is no 1/m this time": _D.mean(axis=0),
    },
)  # fmt: skip

outer_products = Function(
    "5.2", "the outer products of all samples, an array of shape (m, n0, n1)",
    lambda X, D: np.einsum("si,sj->sij", X, D), ("X", "D"),
    ((_X, _D), (_table(4, 2), _table(4, 3)), (_table(1, 5), _table(1, 2)), (_X, _table(3, 1))),
    remarks={
        "each is transposed: inputs are its rows, neurons its columns":
            lambda X, D: np.einsum("si,sj->sji", X, D),
        "the samples stand on the last axis, they should be on the first":
            lambda X, D: np.einsum("si,sj->ijs", X, D),
        "this is their sum, X.T @ D; leave them apart": lambda X, D: X.T @ D,
        "there is no 1/m this time": lambda X, D: np.einsum("si,sj->sij", X, D) / len(X),
    },
)  # fmt: skip


def _cut(order, size):
    return [order[start : start + size] for start in range(0, len(order), size)]


def _descend(X, y, w, batches, step, count=len):
    """Return the weights after an update for each of some batches; ``count`` divides its sum."""
    for rows in batches:
        w = w - 2 * step / count(rows) * X[rows].T @ (X[rows] @ w - y[rows])
    return w


def _at_once(X, y, w, order, size, rate):
    """Return the weights after all updates of an epoch, all with the gradients of the first."""
    return w + sum(_descend(X, y, w, [rows], rate) - w for rows in _cut(order, size))


one_epoch = Function(
    "5.3", "the weights after one epoch",
    lambda X, y, w, order, size, rate: _descend(X, y, w, _cut(order, size), rate),
    ("X", "y", "w", "order", "size", "rate"),
    (
        (  # every update is a binary fraction
            np.array([[1.0, 2], [0, -1], [3, 1], [1, 1], [2, 0]]), np.array([1.0, 2, -1, 0, 3]),
            np.array([1.0, 0]), np.array([3, 0, 4, 2, 1]), 2, 0.25,
        ),
        (
            _table(7, 3), _table(7, 1)[:, 0], _table(3, 1)[:, 0],
            np.array([4, 0, 6, 2, 5, 1, 3]), 3, 0.1,
        ),
        (
            _table(5, 1), _table(5, 2)[:, 0], _table(1, 2)[0, :1],
            np.array([3, 1, 4, 0, 2]), 1, 0.2,
        ),
        (
            _table(4, 2), _table(4, 1)[:, 0], _table(2, 1)[:, 0], np.array([1, 3, 0, 2]), 4, 0.3,
        ),
    ),
    kept=("w",),
    any_vector=True,
    remarks={
        "the last mini-batch has fewer samples; divide by its own number":
            lambda X, y, w, order, size, rate:
                _descend(X, y, w, _cut(order, size), rate, lambda rows: size),
        "the loss is the mean over a mini-batch; divide by its samples, not by all":
            lambda X, y, w, order, size, rate:
                _descend(X, y, w, _cut(order, size), rate, lambda rows: len(X)),
        "these gradients belong to the sum of the losses; divide by the samples of the mini-batch":
            lambda X, y, w, order, size, rate:
                _descend(X, y, w, _cut(order, size), rate, lambda rows: 1),
        "the last mini-batch, a smaller one, is missing":
            lambda X, y, w, order, size, rate:
                _descend(X, y, w, [b for b in _cut(order, size) if len(b) == size], rate),
        "these are the samples as the rows come; take them in the order given":
            lambda X, y, w, order, size, rate:
                _descend(X, y, w, _cut(np.sort(order), size), rate),
        "`order` moves the inputs only; each target belongs to its own input":
            lambda X, y, w, order, size, rate:
                _descend(X[order], y, w, _cut(np.arange(len(X)), size), rate),
        "all gradients are taken at the first weights; each update starts from the weights so far":
            _at_once,
        "each update starts from the first weights, so only the last one remains":
            lambda X, y, w, order, size, rate: _descend(X, y, w, _cut(order, size)[-1:], rate),
        "this is one update with all samples; take size of them for each":
            lambda X, y, w, order, size, rate: _descend(X, y, w, [order], rate),
        "this updates after each sample; take size of them for each update":
            lambda X, y, w, order, size, rate: _descend(X, y, w, _cut(order, 1), rate),
        "this is only the first update of the epoch":
            lambda X, y, w, order, size, rate: _descend(X, y, w, [order[:size]], rate),
        "the derivative of the square contains a factor 2":
            lambda X, y, w, order, size, rate: _descend(X, y, w, _cut(order, size), rate / 2),
        "this raises the loss: an update subtracts the gradient":
            lambda X, y, w, order, size, rate: _descend(X, y, w, _cut(order, size), -rate),
    },
)  # fmt: skip

_BATCHES = np.array([1.0, 10.0, 100.0, 1000.0])
_EPOCHS = np.array([3.0, 2.0, 4.0, 30.0])
_SECONDS = _EPOCHS * 3000 / _BATCHES * (100 + 4 * _BATCHES) * 1e-6

# two decimals are enough, and so are two digits
_right_seconds = near([f"with {k:,.0f}" for k in _BATCHES], _SECONDS, 0.004 + 1e-9)


def _seconds(numbers):
    """Say which of the four are not right, or what has been computed instead."""
    updates = _EPOCHS * 3000 / _BATCHES
    for words, wrong in (
        ("these are milliseconds; seconds are asked for", 1e3 * _SECONDS),
        ("these are microseconds; seconds are asked for", 1e6 * _SECONDS),
        ("these are numbers of updates; seconds are asked for", updates),
        (
            "an epoch has 3,000 updates with batch size 1 only, and fewer with a larger one",
            _EPOCHS * 3000 * _SECONDS / updates,
        ),
        ("this is the time of one epoch", _SECONDS / _EPOCHS),
        ("this is the time of one update", _SECONDS / updates),
        ("the fixed 100 microseconds are missing", updates * 4e-6 * _BATCHES),
        (
            "the fixed 100 microseconds come once an update, not with each sample",
            updates * 104e-6 * _BATCHES,
        ),
    ):
        if numbers.size == len(wrong) and np.allclose(numbers.ravel(), wrong, rtol=0.01):
            return words
    return _right_seconds(numbers)


seconds_to_target = Property("5.4", "the seconds with batch sizes 1, 10, 100 and 1,000", _seconds)

_AVERAGE = "this is the plain average; three samples count more than two"

best_size = Value(
    "5.4", "the batch size with the least time", 50.0,
    tolerance=0.01,
    remarks={
        "this is the critical batch size, where twice the fewest updates are needed": 100,
        "at this size half of the time is overhead; a larger one is faster": 25,
        "the square root is missing: the derivative contains k squared": 2500,
        "of 100 and 25 this is the arithmetic mean; where is the derivative of the time 0?": 62.5,
        "B is the quotient of the squares, 9 and 0.09": 250**0.5,
        "B is 9 divided by 0.09: both are squared": (25 * 3 / 0.09) ** 0.5,
        "80 is a number of updates, not a batch size; the best size does not contain it": 80,
        "this has the 80 updates in the place of B": 2000**0.5,
    },
)  # fmt: skip

of_all_five = Value(
    "5.5", "the gradient of the mean loss of all five", [0.0, 1.0],
    remarks={
        _AVERAGE: [-0.5, 1.5],
        "this is the plain sum of the two": [-1.0, 3.0],
        "this is the gradient of the sum of the losses; divide by five": [0.0, 5.0],
    },
)  # fmt: skip

batch_gradient = Function(
    "5.5", "the gradient of the mean loss of the whole batch",
    lambda parts, sizes: np.average(parts, axis=0, weights=sizes), ("parts", "sizes"),
    (
        ([np.array([2.0, -1.0]), np.array([-3.0, 4.0])], [3, 2]),
        ([np.array([2.0, -1.0]), np.array([-3.0, 5.0])], [1, 1]),
        ([_table(3, 2), _table(3, 2) + 1, _table(3, 2) * 2], [32, 32, 5]), ([_table(2, 4)], [6]),
    ),
    kept=("parts",),
    remarks={
        "this is the plain average; a part with more samples counts more":
            lambda parts, sizes: np.mean(parts, axis=0),
        "this is the plain sum of the parts": lambda parts, sizes: np.sum(parts, axis=0),
        "this is the gradient of the sum of the losses; divide by the number of samples":
            lambda parts, sizes: np.average(parts, axis=0, weights=sizes) * sum(sizes),
        "divide by the number of samples, not of parts": lambda parts, sizes:
            np.average(parts, axis=0, weights=sizes) * sum(sizes) / len(sizes),
        "there may be more than two parts": lambda parts, sizes:
            np.tensordot(sizes[:2], parts[:2], 1) / sum(sizes),
        "a part counts in proportion to its size; it was divided by it": lambda parts, sizes:
            sum(part / size for part, size in zip(parts, sizes, strict=True)),
    },
)  # fmt: skip


def _other_layout(case, came):
    """Say that a gradient is transposed, or that it has a second 1/m."""
    V, A, dZ = case
    for name, part, right in (("dV", came[0], A @ dZ.T), ("dA", came[1], V @ dZ)):
        if _is(part, right):
            continue
        if _is(part, right.T):
            return f"this is the transpose of {name}; which index comes first?"
        if _is(part, right / A.shape[1]):
            return f"{name} has a second 1/m; dZ contains the first"
    if V.shape[0] == V.shape[1] and _is(came[1], V.T @ dZ):
        return "in dA the summed j is on the inner side of V and of dZ; nothing is transposed"
    return None


third_convention = Function(
    "5.6", "dV and dA", lambda V, A, dZ: (A @ dZ.T, V @ dZ), ("V", "A", "dZ"),
    (
        tuple((10 * _table(3, 3) + n).round() for n in range(3)),  # where no product is refused
        (_table(2, 3), _table(2, 4), _table(3, 4)),
        (_table(4, 1), _table(4, 5), _table(1, 5)), (_table(4, 2), _table(4, 1), _table(2, 1)),
    ),
    remark=_other_layout,
    remarks={
        "dV first, then dA": lambda V, A, dZ: (V @ dZ, A @ dZ.T),
        "this is for samples in rows; here they are the columns":
            lambda V, A, dZ: (A.T @ dZ, dZ @ V.T),
    },
)  # fmt: skip


def _planted(X, Y, W1, b1, W2, b2):
    A1 = sigmoid(X @ W1 + b1)
    dZ2 = (sigmoid(A1 @ W2 + b2) - Y) / len(X)
    return X.T @ (dZ2 @ W2.T * A1 * (1 - A1)), A1.T @ dZ2


def _without_mean(*case):
    """Return both gradients of the sum of the losses."""
    return tuple(len(case[0]) * gradient for gradient in _planted(*case))


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
    remarks={
        "dW1 has lost its 1/m": lambda *case: (_without_mean(*case)[0], _planted(*case)[1]),
        "dW2 has lost its 1/m": lambda *case: (_planted(*case)[0], _without_mean(*case)[1]),
        "both have lost their 1/m": _without_mean,
        "both are divided by the number of inputs; the samples are the rows of X":
            lambda X, *rest: tuple(len(X) / X.shape[1] * g for g in _planted(X, *rest)),
    },
)  # fmt: skip


def _regression(F, T):
    return np.linalg.lstsq(F, T, rcond=None)[0][:, 0]


def _broadcast(F, T, w):
    """Return whether a descent with the m x m differences F @ w - T, w flat, leads here.

    Their mean square is least where every prediction is the mean target. Their sums over the
    predictions, times F, have no zero: only the sum of the predictions, with `ones`, settles.
    """
    if np.allclose(F @ w, T.mean(), rtol=1e-3, atol=1e-3):
        return True
    ones = F.sum(axis=0)
    return np.isclose(ones @ w * (ones @ ones), len(F) * ones @ (F.T @ T[:, 0]), rtol=1e-3)


def _first_or_more(case, came):
    """Say that lstsq has come whole, or why a descent has not arrived."""
    F, T = case
    if isinstance(came, tuple) and np.shape(came[0]) == (F.shape[1], 1):
        return "np.linalg.lstsq returns several results; take its first"
    right = _regression(F, T)
    if _is(np.ravel(came), F @ right):
        return "these are the predictions, one for each row of F; return the weights"
    w = np.ravel(np.asarray(came, dtype=float))
    if not (np.abs(w) < 1e9).all():
        return "this diverged: the learning rate is too large"
    wrong = np.abs(w - right) > 1e-3 * np.abs(right).max()
    if not wrong.any():
        return None
    if not wrong[:-1].any():
        return "F already has a column of 1s; a layer with a bias of its own has two"
    if _broadcast(F, T, w):
        return "F @ w - T looks like a square: a flat w and the column T broadcast"
    slope = (T[:, 0] - F @ w) @ F
    for n in (len(w), len(w) - 1):  # with a ridge the gradient is a multiple of the weights
        along, size = slope[:n] @ w[:n], np.linalg.norm(slope) * np.linalg.norm(w[:n])
        if along > (1 - 1e-9) * size > 0:
            return "this looks like ridge regression; the mean squared error has no penalty"
    # a descent from zero has come further where the curvature is larger
    _, axes = np.linalg.eigh(F.T @ F)
    done = (axes.T @ w) / (axes.T @ right)
    begun = (done > 0).all() and (done < 1 + 1e-6).all() and (np.diff(done) > -1e-6).all()
    if begun or np.linalg.norm(slope) < 0.05 * np.linalg.norm(F.T @ T):
        return "not converged: the gradient is not zero there; take more steps"
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
