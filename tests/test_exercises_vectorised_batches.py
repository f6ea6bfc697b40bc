"""Every grader of chapter 05: right forms pass, wrong answers are told so."""

from fractions import Fraction

import numpy as np
import pytest
from grader_tests import *  # noqa: F403

import nnbook as nn
from nnbook.exercises import vectorised_batches as ex

D = np.array([[1, 0], [-2, 4], [3, -1]])
SAMPLES = np.array([[2, 1], [1, -1], [0, 2]])
SUM = np.array([[0, 4], [9, -6]])


def raises(*_):
    raise RuntimeError("oh dear")


# --- 5.1 ---------------------------------------------------------------------------------------


def last_two(dZ1, X):
    m = X.shape[1]
    return dZ1 @ X.T / m, dZ1.sum(axis=1, keepdims=True) / m


def last_two_in_loops(dZ1, X):
    (n, m), k = dZ1.shape, X.shape[0]
    dW1 = [[sum(dZ1[i][s] * X[j][s] for s in range(m)) / m for j in range(k)] for i in range(n)]
    return dW1, [[sum(dZ1[i]) / m] for i in range(n)]


def last_two_by_rows(dZ1, X):
    layer = nn.Dense(X.shape[0], dZ1.shape[0], rng=0)
    layer.forward(X.T)
    layer.backward(dZ1.T / X.shape[1])
    return [layer.gradients["W"].T, layer.gradients["b"][:, None]]


@pytest.mark.parametrize(
    "lost", [lambda b: b[:, 0], lambda b: b.T, lambda b: b[:, 0].tolist(), lambda b: b[None]]
)
def test_right_numbers_of_the_bias_in_another_shape_are_told_so(verdict, lost):
    line = verdict(ex.last_two, lambda dZ1, X: (last_two(dZ1, X)[0], lost(last_two(dZ1, X)[1])))
    assert "not yet" in line
    assert line.endswith("the numbers of db1 are right; their b1 is a column, and so is db1")


def test_wrong_numbers_of_the_bias_are_not_called_right(verdict):
    line = verdict(ex.last_two, lambda dZ1, X: (dZ1 @ X.T / X.shape[1], dZ1.sum(axis=1)))
    assert "are right" not in line


# --- 5.2 ---------------------------------------------------------------------------------------


def outer_products(X, D):
    return X[:, :, None] * D[:, None, :]


def outer_products_in_loops(X, D):
    return [[[x * d for d in D[s]] for x in X[s]] for s in range(len(D))]


# --- 5.3, 5.4 ----------------------------------------------------------------------------------


def test_the_verdict_says_which_of_the_visits_are_wrong(verdict):
    line = verdict(ex.innermost, [7000, 1600, 400, 3])
    assert line.endswith("came [7000, 1600, 400, 3]; not right: matrices")
    assert verdict(ex.innermost, [7, 1600, 8, 2]).endswith(
        "not right: loops over layers, samples, neurons and inputs, none over neurons either"
    )
    assert verdict(ex.innermost, [7000, 1600]).endswith("that should be 4 numbers")


@pytest.mark.parametrize(
    ("sizes", "remark"),
    [
        ([3], "one is missing"),
        ([], "two are missing"),
        ([1, 2, 3], "one does not run"),
        ([1, 3, 4, 6], "2 do not run"),
        ([3, 6], "one is missing, one does not run"),
        ([1, 1, 3], "each of them once"),
    ],
)
def test_the_verdict_says_how_the_sizes_that_run_are_wrong(verdict, sizes, remark):
    assert verdict(ex.silent, sizes).endswith(f"; {remark}")


# --- 5.5 ---------------------------------------------------------------------------------------


def batch_gradient(parts, sizes):
    return np.average(parts, axis=0, weights=sizes)


def batch_gradient_in_loops(parts, sizes):
    total = np.zeros(parts[0].shape)
    for part, size in zip(parts, sizes, strict=True):
        for index in np.ndindex(part.shape):
            total[index] += size * part[index]
    return total / sum(sizes)


# --- 5.6 ---------------------------------------------------------------------------------------


def third(V, A, dZ):
    return A @ dZ.T, V @ dZ


def third_in_loops(V, A, dZ):
    (k, n), m = V.shape, A.shape[1]
    dV = [[sum(A[j, s] * dZ[i, s] for s in range(m)) for i in range(n)] for j in range(k)]
    dA = [[sum(V[j, i] * dZ[i, s] for i in range(n)) for s in range(m)] for j in range(k)]
    return dV, dA


def third_by_rows(V, A, dZ):
    layer = nn.Dense(*V.shape, rng=0)
    layer.parameters["W"][:] = V
    layer.forward(A.T)
    dA = layer.backward(dZ.T).T
    return layer.gradients["W"], dA


# --- 5.7 ---------------------------------------------------------------------------------------


def both(X, Y, W1, b1, W2, b2, *, start=lambda A, Y: (A - Y) / len(Y), slope=lambda A: A * (1 - A),
         late=1.0):  # fmt: skip
    A1 = nn.sigmoid(X @ W1 + b1)
    dZ2 = start(nn.sigmoid(A1 @ W2 + b2), Y)
    return late * X.T @ (dZ2 @ W2.T * slope(A1)), late * A1.T @ dZ2


def planted(X, Y, W1, b1, W2, b2):
    dW1, dW2 = both(X, Y, W1, b1, W2, b2)
    return dW1 / len(X), dW2


def sample_by_sample(X, Y, *parameters):
    pairs = [both(X[[s]], Y[[s]], *parameters) for s in range(len(X))]
    return np.mean([p[0] for p in pairs], axis=0), np.mean([p[1] for p in pairs], axis=0)


def with_layers(X, Y, W1, b1, W2, b2):
    network = nn.Sequential(nn.Dense(*W1.shape, rng=0), nn.Sigmoid(), nn.Dense(*W2.shape, rng=0))
    for parameter, value in zip(network.parameters(), (W1, b1, W2, b2), strict=True):
        parameter[:] = value
    loss = nn.SigmoidBinaryCrossEntropy()
    loss.forward(network.forward(X), Y)
    network.backward(loss.backward())
    return network.gradients()[::2]


def nudged(X, Y, W1, b1, W2, b2):
    def price(W1, W2):
        answer = nn.sigmoid(nn.sigmoid(X @ W1 + b1) @ W2 + b2)
        return -np.mean(Y * np.log(answer) + (1 - Y) * np.log(1 - answer))

    return (
        nn.numerical_gradient(lambda W1: price(W1, W2), W1),
        nn.numerical_gradient(lambda W2: price(W1, W2), W2),
    )


# --- 5.8 ---------------------------------------------------------------------------------------


def trained(F, T, *, steps=20000, rate=0.5, slope=lambda z: 1.0, answer=lambda z: z):
    w = np.zeros((F.shape[1], 1))
    for _ in range(steps):
        w = w - rate * 2 / len(F) * F.T @ ((answer(F @ w) - T) * slope(F @ w))
    return w


@pytest.mark.parametrize(("rate", "steps"), [(0.1, 100), (0.01, 1000), (0.5, 20)])
def test_a_descent_that_stops_too_early_is_told_so(verdict, rate, steps):
    line = verdict(ex.last_layer, lambda F, T: trained(F, T, rate=rate, steps=steps))
    assert "not yet" in line
    assert "on the way, not at rest" in line


def test_lstsq_returned_whole_is_told_so(verdict):
    line = verdict(ex.last_layer, lambda F, T: np.linalg.lstsq(F, T, rcond=None))
    assert line.endswith("np.linalg.lstsq returns several results; take its first")
    assert "take its first" not in verdict(ex.last_layer, lambda F, T: (F.T @ T)[:-1])


def regression(F, T):
    return np.linalg.lstsq(F, T, rcond=None)[0]


RIGHT = [
    (ex.last_two, [last_two, last_two_in_loops, last_two_by_rows,
                   lambda dZ1, X: (np.mean([np.outer(d, x) for d, x in zip(dZ1.T, X.T, strict=True)], 0),
                                   dZ1.mean(axis=1)[:, None])]),
    (ex.table_sum, [SUM, SUM.tolist(), ((0, 4), (9, -6)), SAMPLES.T @ D, SUM * 1.0]),
    (ex.bias_sum, [[2, 3], (2.0, 3.0), np.array([[2], [3]]), [[2, 3]], D.sum(axis=0)]),
    (ex.outer_products, [outer_products, outer_products_in_loops,
                         lambda X, D: np.array([np.outer(X[s], D[s]) for s in range(len(X))]),
                         lambda X, D: [X[[s]].T @ D[[s]] for s in range(len(X))],
                         lambda X, D: np.einsum("si,sj->sij", X, D)]),
    (ex.loops_left, [[1, 1, 0, 0, 0], (1.0, 1.0, 0.0, 0.0, 0.0), np.array([[1, 1, 0, 0, 0]]),
                     [True, True, False, False, False], [[1], [1], [0], [0], [0]]]),
    (ex.innermost, [[7000, 1600, 400, 2], (7000.0, 1600.0, 400.0, 2.0),
                    np.array([[7000], [1600], [400], [2]]), 200 * np.array([35, 8, 2, 0.01])]),
    (ex.new_shape, [(3, 3), [3, 3], np.array([3.0, 3.0]), (np.zeros((3, 1)) - np.zeros(3)).shape]),
    (ex.silent, [[1, 3], (3, 1), {1, 3}, frozenset({3, 1}), np.array([1, 3]), [1.0, 3.0], [[1], [3]], range(1, 4, 2)]),
    (ex.of_all_five, [[0, 1], (0.0, 1.0), np.array([[0], [1]]), [[0, 1]],
                      [Fraction(0), Fraction(5, 5)]]),
    (ex.batch_gradient, [batch_gradient, batch_gradient_in_loops,
                         lambda parts, sizes: batch_gradient(parts, sizes).tolist(),
                         lambda parts, sizes: sum(n / sum(sizes) * g for n, g in zip(sizes, parts, strict=True))]),
    (ex.third_convention, [third, third_in_loops, third_by_rows,
                           lambda V, A, dZ: [(dZ @ A.T).T, (dZ.T @ V.T).T]]),
    (ex.planted, [both, sample_by_sample, with_layers, nudged,
                  lambda *case: [g.tolist() for g in both(*case)]]),
    (ex.last_layer, [regression, trained,
                     lambda F, T: trained(F, T, rate=0.1, steps=1000),
                     lambda F, T: trained(F, T, rate=0.07, steps=2000),
                     lambda F, T: trained(F, T, rate=0.01, steps=10000),
                     lambda F, T: np.linalg.pinv(F) @ T,
                     lambda F, T: np.linalg.solve(F.T @ F, F.T @ T).ravel().tolist()]),
]  # fmt: skip
WRONG = [
    (ex.last_two, [
        lambda dZ1, X: (dZ1 @ X.T, dZ1.sum(axis=1, keepdims=True)),
        lambda dZ1, X: (dZ1 @ X.T / X.shape[1], dZ1.sum(axis=1, keepdims=True)),
        lambda dZ1, X: (dZ1 @ X.T / X.shape[0], dZ1.sum(axis=1) / X.shape[0]),
        lambda dZ1, X: (dZ1 @ X.T / X.shape[1], dZ1.sum(axis=0) / X.shape[1]),
        lambda dZ1, X: (dZ1 @ X.T / X.shape[1], dZ1 / X.shape[1]),
        lambda dZ1, X: (X @ dZ1.T / X.shape[1], dZ1.mean(axis=1)),
        lambda dZ1, X: (dZ1 @ X.T / X.shape[1], np.sum(dZ1, axis=1) / X.shape[1]),
        lambda dZ1, X: (dZ1 @ X.T / X.shape[1], dZ1.mean(axis=1)[None]),
        lambda dZ1, X: last_two(dZ1, X)[::-1],
        lambda dZ1, X: last_two(dZ1, X)[0],
        lambda dZ1, X: last_two(-dZ1, X),
        lambda dZ1, X: (dZ1 @ X / X.shape[1], dZ1.mean(axis=1)),
        lambda dZ1, X: (np.nan, np.nan), lambda: None, raises, "dZ1 @ X.T / m", 3,
    ]),
    (ex.table_sum, [SUM.T, -SUM, SUM / 3, SUM.ravel(), SUM[0], D @ SAMPLES.T, SUM + np.eye(2),
                    SUM * np.nan, "table", object(), raises]),
    (ex.bias_sum, [[3, 2], [-2, -3], [2 / 3, 1], [1, 2, 2], 5, [2], [2, 3, 0], [np.nan, 3], "2, 3"]),
    (ex.outer_products, [
        lambda X, D: X.T @ D,
        lambda X, D: outer_products(D, X),
        lambda X, D: np.moveaxis(outer_products(X, D), 0, -1),
        lambda X, D: -outer_products(X, D),
        lambda X, D: outer_products(X, D) / len(X),
        lambda X, D: outer_products(X, D)[::-1],
        lambda X, D: outer_products(X, D).sum(axis=0),
        lambda X, D: np.full(outer_products(X, D).shape, np.nan),
        lambda X: X, raises, "np.outer", 1.0,
    ]),
    (ex.loops_left, [[0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [1, 1, 0, 0, 1], [0, 1, 0, 0, 0],
                     [1, 1, 1, 1, 1], [0, 0, 1, 1, 1], [1, 1], 2, [np.nan] * 5, "steps, layers"]),
    (ex.innermost, [[7000, 1600, 400, 200], [7000, 1600, 400, 3], [35, 8, 2, 2], [8600, 1600, 400, 2],
                    [7000, 2400, 600, 3], [7000, 1600, 400], 7000, [7000, 1600, 400, np.nan], "many"]),
    (ex.new_shape, [(3, 1), (3,), (1, 3), 3, (3, 4), (9, 1), (3, 3, 1), [np.nan, 3], "3 x 3"]),
    (ex.silent, [[1], {3}, {1, 2, 3}, {1, "3"}, [3], [1, 2, 3], [1, 2], [3, 6], [1, 3, 3], [1, 3, 6], [], 3, [np.nan, 3],
                 "1 and 3", object()]),
    (ex.of_all_five, [[-0.5, 1.5], [0, 5], [-1, 3], [1, 0], [0, -1], 1, [0, 1, 0], [np.nan, 1],
                      "0, 1", raises]),
    (ex.batch_gradient, [
        lambda parts, sizes: np.mean(parts, axis=0),
        lambda parts, sizes: np.sum(parts, axis=0),
        lambda parts, sizes: batch_gradient(parts, sizes) * sum(sizes),
        lambda parts, sizes: batch_gradient(parts, sizes[::-1]),
        lambda parts, sizes: batch_gradient(parts, sizes) / len(parts),
        lambda parts, sizes: -batch_gradient(parts, sizes),
        lambda parts, sizes: parts[0],
        lambda parts, sizes: np.nan,
        lambda parts: parts, raises, "mean", 0,
    ]),
    (ex.third_convention, [
        lambda V, A, dZ: (dZ @ A.T, V @ dZ),
        lambda V, A, dZ: (A @ dZ.T, V.T @ dZ),
        lambda V, A, dZ: (A.T @ dZ, dZ @ V.T),
        lambda V, A, dZ: (V @ dZ, A @ dZ.T),
        lambda V, A, dZ: (A @ dZ.T / A.shape[1], V @ dZ),
        lambda V, A, dZ: (-A @ dZ.T, V @ dZ),
        lambda V, A, dZ: A @ dZ.T,
        lambda V, A, dZ: (A @ dZ.T * np.nan, V @ dZ),
        raises, "V @ dZ", [1, 2],
    ]),
    (ex.planted, [
        planted,
        lambda *case: both(*case, start=lambda A, Y: A - Y),
        lambda *case: both(*case, start=lambda A, Y: Y - A),
        lambda *case: both(*case, start=lambda A, Y: (A - Y) / len(Y) ** 2),
        lambda *case: both(*case, start=lambda A, Y: (A - Y) * A * (1 - A) / len(Y)),
        lambda *case: both(*case, slope=lambda A: 1),
        lambda *case: both(*case, slope=lambda A: A),
        lambda *case: both(*case, late=2.0),
        lambda *case: both(*case)[::-1],
        lambda *case: both(*case)[0],
        lambda *case: (np.nan, np.nan), raises, "/ m",
    ]),
    (ex.last_layer, [
        lambda F, T: trained(F, T, steps=10),
        lambda F, T: trained(F, T, answer=nn.sigmoid),
        lambda F, T: F.T @ T,
        lambda F, T: F @ regression(F, T),
        lambda F, T: regression(F, T)[:-1],
        lambda F, T: np.append(regression(F[:, :-1], T), 0.0),
        lambda F, T: np.append(regression(F[:, :-1], T), T.mean()),
        lambda F, T: -regression(F, T),
        lambda F, T: np.linalg.lstsq(F, T, rcond=None),
        lambda F, T: np.full(F.shape[1], np.nan), raises, "lstsq", 1.0,
    ]),
]  # fmt: skip
