"""Answers to the exercises of C, the errata of the field."""

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

from nnbook.exercises import errata_of_the_field as ex


def scaling(X_train, X_test):
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    return (X_train - mean) / deviation, (X_test - mean) / deviation


def scaled_together(X_train, X_test):
    X = np.concatenate([X_train, X_test])
    mean, deviation = X.mean(axis=0), X.std(axis=0)
    return (X_train - mean) / deviation, (X_test - mean) / deviation


def best(w, updates, losses):
    lowest, best = np.inf, w
    for update, loss in zip(updates, losses, strict=True):
        w = w + update
        if loss < lowest:
            lowest, best = loss, w
    return best


def copied(w, updates, losses):
    lowest, best = np.inf, w
    for update, loss in zip(updates, losses, strict=True):
        w += update
        if loss < lowest:
            lowest, best = loss, w.copy()
    return best


def stopped(w, updates, losses):
    lowest, best = np.inf, w
    for update, loss in zip(updates, losses, strict=True):
        w = w + update
        if loss >= lowest:
            break
        lowest, best = loss, w
    return best


def pooling(delta, n, f, s):
    dx = np.zeros(n)
    for r in range(len(delta)):
        dx[s * r : s * r + f] += delta[r] / f
    return dx


def pooled_by_a_matrix(delta, n, f, s):
    starts = s * np.arange(len(delta))[:, None]
    inside = (np.arange(n) >= starts) & (np.arange(n) < starts + f)
    return delta @ inside / f


def pooled_numerically(delta, n, f, s):
    def out(x):
        return sum(d * x[s * r : s * r + f].mean() for r, d in enumerate(delta))

    return np.array([(out(h) - out(-h)) / 2e-6 for h in 1e-6 * np.eye(n)])


RANDOM = [[1.0, -2.0, 0.5], [2.0, -1.0, 0.5]]
ANSWERS = [
    (ex.loss_of_perfect, [16 / 3, 5.333, 48 / 9], [Says("stretched", 0), Says("sum", 48), Says("deviations", 8 / 3)]),
    (ex.two_tests,
     [[[0, 0, 0], [1, 2, 4], *RANDOM], np.array([[7, 7, 7], [-1, 0, 5], *RANDOM]),
      # a constant logit is not the only way: u may have one mean under both weightings
      [[np.log(2), 0, np.log(2)], [-1, 0, 1], *RANDOM]],
     [Says("may be equal", [[0, 0, 0], [1, 1, 1], *RANDOM]), Says("first test tells", [*RANDOM, *RANDOM]),
      Says("not tell them apart enough", [[0, 0, 0], [1, 2, 4], [0, 0, 0], [1, 2, 4]]),
      Says("four rows", [[0, 0, 0], [1, 2, 4]]), [*RANDOM, [0, 0, 0], [1, 2, 4]],
      Says("first test tells", [[1, 2, 0], [1e-10, 2e-10, 3e-10], *RANDOM]),
      [[0, 0, 0], [1, 2, 4], [0.01, 0, 0], [1, 2, 4]]]),
    (ex.planted_scaling, [scaling, lambda a, b: [(X - np.mean(a, axis=0)) / np.std(a, axis=0) for X in (a, b)]],
     [scaled_together, *variants(scaling, "X_train.std -> X_test.std", "X_train.mean -> X_test.mean"),
      lambda a, b: tuple((X - a.mean()) / a.std() for X in (a, b)),
      Says("number of samples", lambda a, b: tuple((X - a.mean(axis=0)) / a.std(axis=0, ddof=1) for X in (a, b))),
      Says("by themselves", lambda a, b: tuple((X - X.mean(axis=0)) / X.std(axis=0) for X in (a, b))),
      lambda a, b: (scaling(a, b)[0], b), lambda a, b: scaling(a, b)[::-1]]),
    (ex.planted_best, [best, copied, lambda w, updates, losses: (w + np.cumsum(updates, axis=0))[np.argmin(losses)]],
     [*variants(copied, "w.copy() -> w", "loss < lowest -> loss > 0", "loss < lowest -> loss <= lowest"),
      stopped, lambda w, updates, losses: w, lambda w, updates, losses: updates[np.argmin(losses)],
      lambda w, updates, losses: w + sum(updates)]),
    (ex.planted_pooling, [pooling, pooled_by_a_matrix, pooled_numerically],
     [*variants(pooling, "s * r : s * r -> r : r", "/ f -> ", "+= -> =", "/ f -> / s")]),
]  # fmt: skip
