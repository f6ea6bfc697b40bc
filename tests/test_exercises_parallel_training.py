"""Answers to the exercises of chapter 15b."""

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

from nnbook.exercises import parallel_training as ex


def combine(gradients, sizes):
    return np.tensordot(np.array(sizes) / np.sum(sizes), np.array(gradients), 1)


def folds(X, held_out):
    rest = np.ones(len(X), bool)
    rest[held_out] = False
    mean, deviation = np.mean(X[rest], axis=0), np.std(X[rest], axis=0)
    return (X[rest] - mean) / deviation, (X[held_out] - mean) / deviation


def workers(t, traffic):
    return max(1, int(np.ceil(np.sqrt(t / traffic + 0.25) - 0.5)))


def batch(sizes, means, variances):
    mean = np.average(means, weights=sizes)
    between = np.average((means - mean) ** 2, weights=sizes)
    return mean, np.average(variances, weights=sizes) + between


def leak(X, held_out):
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    return np.delete(scaled, held_out, axis=0), scaled[held_out]


def sample_deviation(X, held_out):
    training = np.delete(X, held_out, axis=0)
    mean, deviation = training.mean(axis=0), training.std(axis=0, ddof=1)
    return (training - mean) / deviation, (X[held_out] - mean) / deviation


def own(X, held_out):
    return folds(X, held_out)[0], (X[held_out] - X[held_out].mean(axis=0)) / X[held_out].std(axis=0)


ANSWERS = [
    (ex.combine, [combine, lambda gradients, sizes: sum(m / sum(sizes) * g for g, m in zip(gradients, sizes, strict=True))],
     [Says("plain mean", lambda gradients, sizes: sum(gradients) / len(sizes)),
      Says("that is a sum", lambda gradients, sizes: sum(m * g for g, m in zip(gradients, sizes, strict=True))),
      lambda gradients, sizes: combine(gradients, sizes[::-1])]),
    (ex.planted_folds, [folds],
     [leak, Says("its own mean", own), Says("number of samples", sample_deviation), lambda X, held_out: folds(X, held_out)[::-1], *variants(folds, "np.std(X[rest] -> np.std(X", "np.mean(X[rest] -> np.mean(X")]),
    (ex.planted_workers, [workers, lambda t, traffic: min(range(1, 100), key=lambda n: t / n + n * traffic)],
     [lambda t, traffic: max(1, round(np.sqrt(t / traffic))), lambda t, traffic: max(1, int(np.sqrt(t / traffic) + 0.56)),
      lambda t, traffic: max(1, int(np.sqrt(t / traffic))), lambda t, traffic: int(np.ceil(np.sqrt(t / traffic))),
      lambda t, traffic: np.sqrt(t / traffic), lambda t, traffic: workers(t, traffic) if t > traffic else 0,
      lambda t, traffic: min(range(1, 33), key=lambda n: t / n + n * traffic)]),
    (ex.megabytes, [[6400, 700]],
     [Says("a gradient comes back", [3200, 700]), Says("the server, then the ring", [700, 6400]), Says("both rounds", [6400, 350]), Says("what all send", [6400, 5600]), [6400, 800], [6400e6, 700e6]]),
    (ex.whole_batch, [batch],
     [lambda n, means, variances: (np.mean(means), np.mean(variances)), lambda n, *case: (batch(n, *case)[0], np.sqrt(batch(n, *case)[1])),
      Says("variance, too", lambda *case: (batch(*case)[0], np.average(case[2], weights=case[0]))), *variants(batch, "** 2, weights=sizes -> ** 2")]),
]  # fmt: skip
