"""Answers to the exercises of chapter 05."""

from fractions import Fraction

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

import nnbook as nn
from nnbook.exercises import vectorised_batches as ex

D = np.array([[1, 0], [-2, 4], [3, -1]])
SAMPLES = np.array([[2, 1], [1, -1], [0, 2]])
SUM = np.array([[0, 4], [9, -6]])
SECONDS = np.array([9000 * 104, 600 * 140, 120 * 500, 90 * 4100]) / 1e6


last_two, both, regression = (
    grader.reference for grader in (ex.last_two, ex.planted, ex.last_layer)
)


def products(X, D):
    return X[:, :, None] * D[:, None, :]


def batch_gradient(parts, sizes):
    return np.average(parts, axis=0, weights=sizes)


def one_epoch(X, y, w, order, size, rate):
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        w = w - rate * 2 / len(rows) * X[rows].T @ (X[rows] @ w - y[rows])
    return w


def in_samples(X, y, w, order, size, rate):
    order = list(order)
    while order:
        batch, order = order[:size], order[size:]
        steps = [2 * rate * (X[s] @ w - y[s]) * X[s] for s in batch]
        w = w - np.mean(steps, axis=0)
    return w.tolist()


def from_the_start(X, y, w, order, size, rate):
    new = w
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        new = new - rate * 2 / len(rows) * X[rows].T @ (X[rows] @ w - y[rows])
    return new


def third(V, A, dZ):
    return A @ dZ.T, V @ dZ


def both_by_layers(X, Y, W1, b1, W2, b2):
    network = nn.Sequential(nn.Dense(*W1.shape, rng=0), nn.Sigmoid(), nn.Dense(*W2.shape, rng=0))
    for parameter, value in zip(network.parameters(), (W1, b1, W2, b2), strict=True):
        parameter[:] = value
    loss = nn.SigmoidBinaryCrossEntropy()
    loss.forward(network.forward(X), Y)
    network.backward(loss.backward())
    return network.gradients()[::2]


def in_place(parts, sizes):
    for part, size in zip(parts, sizes, strict=True):
        part *= size / sum(sizes)
    return sum(parts)


def numerical(X, Y, W1, b1, W2, b2):
    def J(W1, W2):
        A2 = nn.sigmoid(nn.sigmoid(X @ W1 + b1) @ W2 + b2)
        return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))

    return (
        nn.numerical_gradient(lambda W1: J(W1, W2), W1),
        nn.numerical_gradient(lambda W2: J(W1, W2), W2),
    )


def descent(F, T, steps=20000, rate=0.5):
    w = np.zeros((F.shape[1], 1))
    for _ in range(steps):
        w = w - rate * 2 / len(F) * F.T @ (F @ w - T)
    return w


def square(F, T, average, steps=5000):
    w = np.zeros(F.shape[1])
    for _ in range(steps):
        w = w - 0.1 * F.T @ average(F @ w - T) / len(F)  # flat w, column T
    return w


def ridge(F, T, penalty=0.1, free=False):
    penalties = penalty * np.eye(F.shape[1])
    penalties[-1, -1] *= not free
    return np.linalg.solve(F.T @ F + penalties, F.T @ T)


def bias_twice(F, T):
    network = nn.Sequential(nn.Dense(F.shape[1], 1, rng=0))
    network.fit(
        F, T, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.2), epochs=5000, batch_size=len(F)
    )
    return network.parameters()[0]


NOT_A_COLUMN = "the numbers of db1 are right; b1 is a column here, and so is db1"
STOPPED = "not converged"

ANSWERS = [
    (ex.last_two, [last_two], [
        *variants(last_two, "X.T / m -> X.T", "True) / m -> True)", "X.shape[1] -> X.shape[0]", "axis=1 -> axis=0",
            "dZ1.sum(axis=1, keepdims=True) -> dZ1",
                  "dZ1 @ X.T -> X @ dZ1.T", "X.T -> X"),
        *(Says(words, variants(last_two, change)[0]) for words, change in (
            ("dW1 belongs to the sum of the losses; for their mean 1/m is missing", "X.T / m -> X.T"),
            ("db1 belongs to the sum of the losses", "True) / m -> True)"),
            ("dW1 is divided by len(X); the samples are the columns", "X.shape[1] -> len(X)"),
            ("dW1 is divided by len(dZ1)", "X.shape[1] -> len(dZ1)"), ("dW1 is divided by 2;", "X.shape[1] -> 2"),
            ("dW1 is divided by X.size", "X.shape[1] -> X.size"),
            ("dW1 is divided by m twice", "X.T / m -> X.T / m**2"), ("db1 is divided by m twice", "True) / m -> True) / m**2"),
            ("db1 is summed over the neurons", "axis=1, keepdims=True -> axis=0"), ("db1 is summed over the neurons", "axis=1 -> axis=0"),
            ("dW1 first, then db1", "dZ1 @ X.T / m, dZ1.sum(axis=1, keepdims=True) / m -> dZ1.sum(axis=1, keepdims=True) / m, dZ1 @ X.T / m"),
            ("transpose of dW1", "dZ1 @ X.T -> X @ dZ1.T"))),
        *(Says(NOT_A_COLUMN, lambda *case, form=form: (last_two(*case)[0], form(last_two(*case)[1])))
          for form in (lambda b: b[:, 0], lambda b: b.T, lambda b: b[:, 0].tolist(), lambda b: b[None])),
    ]),
    (ex.table_sum, [SUM, SAMPLES.T @ D], [Says("no 1/m", SUM / 3), Says("this is the transpose", SUM.T), D @ SAMPLES.T, SUM + np.eye(2)]),
    (ex.bias_sum, [[2, 3], D.sum(axis=0)],
     [Says("no 1/m", [2 / 3, 1]), Says("over the neurons, a number for each sample", [1, 2, 2]), 5]),
    (ex.outer_products, [products, lambda X, D: [X[[s]].T @ D[[s]] for s in range(len(X))]],
     [Says("X.T @ D; leave them apart", lambda X, D: X.T @ D), Says("each is transposed", lambda X, D: products(D, X)),
      Says("on the last axis", lambda X, D: np.moveaxis(products(X, D), 0, -1)),
      Says("no 1/m", lambda X, D: products(X, D) / len(X)), lambda X, D: products(X, D).sum(axis=0)]),
    (ex.one_epoch, [one_epoch, lambda X, y, w, *rest: one_epoch(X, y, w.copy(), *rest)[:, None], in_samples],
     [*(Says(words, variants(one_epoch, change)[0]) for words, change in (
         ("divide by its own number", "/ len(rows) -> / size"), ("not by all", "/ len(rows) -> / len(X)"),
         ("the sum of the losses", "/ len(rows) -> "), ("a smaller one, is missing", "len(order), size -> len(order) - size + 1, size"),
         ("in the order given", "order[start : start + size] -> np.arange(len(X))[start : start + size]"),
         ("a factor 2", "rate * 2 -> rate"), ("subtracts the gradient", "w = w - -> w = w +"), ("changes w", "w = w - -> w -="))),
      Says("one update with all samples", lambda X, y, w, order, size, rate: one_epoch(X, y, w, order, len(X), rate)),
      Says("its own input", lambda X, y, w, order, *rest: one_epoch(X[order], y, w, np.arange(len(X)), *rest)),
      Says("only the last one remains", lambda X, y, w, order, size, rate: one_epoch(X, y, w, order[(len(X) - 1) // size * size :], size, rate)),
      Says("updates after each sample", lambda X, y, w, order, size, rate: one_epoch(X, y, w, order, 1, rate)),
      Says("only the first update", lambda X, y, w, order, size, rate: one_epoch(X, y, w, order[:size], size, rate)),
      Says("at the first weights", from_the_start), lambda X, y, w, *rest: w]),
    (ex.seconds_to_target, [[0.936, 0.084, 0.06, 0.369], SECONDS, [0.94, 0.08, 0.06, 0.37]],
     [Says("these are microseconds", SECONDS * 1e6), Says("these are milliseconds", SECONDS * 1e3), Says("not right: with 10", [0.936, 0.84, 0.06, 0.369]), Says("not right: with 10", [0.94, 0.078, 0.06, 0.37]),
      Says("4 numbers are expected", [0.06]), Says("not right: with 10, with 100, with 1,000", [0.936, 0.624, 1.2, 9]), Says("not right: with 100", [0.94, 0.08, 0.0645, 0.37]),
      Says("the time of one epoch", [0.312, 0.042, 0.015, 0.0123]), Says("the time of one update", [104e-6, 140e-6, 500e-6, 4100e-6]),
      Says("100 microseconds are missing", [0.036, 0.024, 0.048, 0.36]), Says("come once an update", [0.936, 0.624, 1.248, 9.36]),
      Says("these are numbers of updates", [9000, 600, 120, 90]), SECONDS / 3000, Says("batch size 1 only", [0.936, 0.84, 6.0, 369.0]), Says("not right: with 1, with 10", [0.312, 0.042, 0.06, 0.369])]),
    (ex.best_size, [50, np.sqrt(100 * 100 / 4), 50.2], [Says("critical batch size", 100), Says("half of the time is overhead", 25), Says("square root is missing", 2500), Says("arithmetic mean", 62.5), Says("quotient of the squares", np.sqrt(3 / 0.3 * 25)), Says("both are squared", np.sqrt(3 / 0.09 * 25)), Says("a number of updates", 80), Says("in the place of B", np.sqrt(80 * 25)), 32]),
    (ex.of_all_five, [[0, 1], [Fraction(0), Fraction(5, 5)]],
     [Says("this is the plain average; three samples count more than two", [-0.5, 1.5]),
      Says("divide by five", [0, 5]), Says("plain sum", [-1, 3]), [1, 0]]),
    (ex.batch_gradient, [batch_gradient, lambda parts, sizes: sum(n / sum(sizes) * g for n, g in zip(sizes, parts, strict=True))],
     [Says("plain average", lambda parts, sizes: np.mean(parts, axis=0)),
      Says("plain sum", lambda parts, sizes: np.sum(parts, axis=0)), lambda parts, sizes: parts[0],
      Says("divide by the number of samples", lambda parts, sizes: batch_gradient(parts, sizes) * sum(sizes)), lambda parts, sizes: batch_gradient(parts, sizes[::-1]),
      Says("not of parts", lambda parts, sizes: batch_gradient(parts, sizes) * sum(sizes) / len(sizes)),
      Says("more than two parts", lambda parts, sizes: sum(n * g for n, g in zip(sizes[:2], parts[:2], strict=True)) / sum(sizes)),
      Says("it was divided by it", lambda parts, sizes: sum(g / n for n, g in zip(sizes, parts, strict=True))),
      Says("changes parts", in_place)]),
    (ex.third_convention, [third, lambda V, A, dZ: [(dZ @ A.T).T, (dZ.T @ V.T).T]],
     [*variants(third, "A @ dZ.T -> dZ @ A.T", "V @ dZ -> V.T @ dZ", "A @ dZ.T, V @ dZ -> V @ dZ, A @ dZ.T", "dZ.T -> dZ.T / A.shape[1]"),
      *(Says(words, variants(third, change)[0]) for words, change in (
          ("transpose of dV", "A @ dZ.T -> dZ @ A.T"), ("dV has a second 1/m", "dZ.T -> dZ.T / A.shape[1]"),
          ("dA has a second 1/m", "V @ dZ -> V @ dZ / A.shape[1]"), ("dV first", "A @ dZ.T, V @ dZ -> V @ dZ, A @ dZ.T"),
          ("nothing is transposed", "V @ dZ -> V.T @ dZ"))),
      Says("samples in rows; here", lambda V, A, dZ: (A.T @ dZ, dZ @ V.T))]),
    (ex.planted, [both, both_by_layers],
     [*variants(both, " / len(X) -> ", "len(X) -> len(X) ** 2", "- Y) -> - Y) * sigmoid(A1 @ W2 + b2)", "(1 - A1) -> 1",
         "A1 * (1 - A1) -> 1", "X.T -> 2 * X.T"),
      Says("divided by the number of inputs", variants(both, "len(X) -> X.shape[1]")[0]),
      Says("both have lost", lambda X, *case: [len(X) * gradient for gradient in both(X, *case)]),
      Says("dW1 has lost its 1/m", lambda X, *case: (len(X) * both(X, *case)[0], both(X, *case)[1])),
      Says("dW2 has lost its 1/m", lambda X, *case: (both(X, *case)[0], len(X) * both(X, *case)[1])),
      lambda X, *case: (both(X, *case)[0] / len(X), both(X, *case)[1]), Says("numerical differentiation", numerical)]),
    (ex.last_layer, [
        regression, descent, lambda F, T: descent(F, T, 1000, 0.1), lambda F, T: descent(F, T, 10000, 0.01), lambda F, T: np.linalg.pinv(F) @ T,
        lambda F, T: np.linalg.solve(F.T @ F, F.T @ T).ravel().tolist(),
    ], [
        Says(STOPPED, lambda F, T: descent(F, T, 100, 0.1)), Says(STOPPED, lambda F, T: descent(F, T, 1000, 0.01)), Says(STOPPED, lambda F, T: descent(F, T, 10, 0.2)), Says(STOPPED, lambda F, T: descent(F, T, 3, 0.1)),
        lambda F, T: descent(F, T, 10), Says("F already has a column of 1s", bias_twice), Says("looks like ridge", ridge),
        Says("looks like ridge", lambda F, T: ridge(F, T, 2.0)), Says("looks like ridge", lambda F, T: ridge(F, T, 0.3, True)),
        Says(STOPPED, lambda F, T: descent(F, T, 20)), *variants(descent, "F @ w - T -> nn.sigmoid(F @ w) - T"), lambda F, T: F.T @ T,
        Says("these are the predictions", lambda F, T: F @ regression(F, T)), Says("these are the predictions", lambda F, T: F @ regression(F, T)[:, None]), lambda F, T: np.append(regression(F[:, :-1], T), 0.0),
        *(Says("a flat w and the column T broadcast", lambda F, T, axis=axis: square(F, T, lambda e: e.mean(axis=axis))) for axis in (0, 1)),
        *(Says("the learning rate is too large", lambda F, T, steps=steps: descent(F, T, steps, 3.0)) for steps in (100, 20000)),
        lambda F, T: np.append(regression(F[:, :-1], T), T.mean()),
        Says("np.linalg.lstsq returns several results; take its first", lambda F, T: np.linalg.lstsq(F, T, rcond=None)),
    ]),
]  # fmt: skip


def test_what_is_not_so_is_not_said(verdict):
    assert "are right" not in verdict(
        ex.last_two, lambda dZ1, X: (dZ1 @ X.T / X.shape[1], dZ1.sum(axis=1))
    )
    for wrong in (lambda F, T: F.T @ T, lambda F, T: 2 * regression(F, T), descent):
        assert "broadcast" not in verdict(ex.last_layer, wrong)
    assert "take its first" not in verdict(ex.last_layer, lambda F, T: (F.T @ T)[:-1])
