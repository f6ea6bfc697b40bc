"""Answers to the exercises of chapter 15."""

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import variants

from nnbook.exercises import other_libraries as ex


def weight(W, h, w, c):
    return W[np.arange(h * w * c).reshape(h, w, c).transpose(2, 0, 1).ravel()].T


def workers(t, traffic):
    return max(1, int(np.ceil(np.sqrt(t / traffic + 0.25) - 0.5)))


def batch(sizes, means, variances):
    mean = np.average(means, weights=sizes)
    between = np.average((means - mean) ** 2, weights=sizes)
    return mean, np.average(variances, weights=sizes) + between


ANSWERS = [
    (ex.flat_positions, [[212, 113]], [[212, 212], [213, 114], [212.3, 113.1], [(4 * 5 + 3) * 5 + 2, 212]]),
    (ex.torch_weight, [weight, lambda W, h, w, c: W.T.reshape(-1, h, w, c).transpose(0, 3, 1, 2).reshape(-1, h * w * c)],
     [*variants(weight, "(2, 0, 1) -> (2, 1, 0)", "(h, w, c).transpose(2, 0, 1) -> (c, h, w).transpose(1, 2, 0)", ".T -> "),
      lambda W, h, w, c: W.T, lambda W, h, w, c: W.T.reshape(-1, c, h, w).reshape(W.shape[1], -1)]),
    (ex.planted_workers, [workers, lambda t, traffic: min(range(1, 100), key=lambda n: t / n + n * traffic)],
     [lambda t, traffic: max(1, round(np.sqrt(t / traffic))), lambda t, traffic: max(1, int(np.sqrt(t / traffic) + 0.56)),
      lambda t, traffic: max(1, int(np.sqrt(t / traffic))), lambda t, traffic: int(np.ceil(np.sqrt(t / traffic))),
      lambda t, traffic: np.sqrt(t / traffic), lambda t, traffic: workers(t, traffic) if t > traffic else 0,
      lambda t, traffic: min(range(1, 33), key=lambda n: t / n + n * traffic)]),
    (ex.lowest_loss, [np.log(np.e + 1) - 1, np.log(1 + np.exp(-1)), 0.313], [0.0, np.log(2), np.log(np.e + 9) - 1]),
    (ex.whole_batch, [batch],
     [lambda n, means, variances: (np.mean(means), np.mean(variances)), lambda n, *case: (batch(n, *case)[0], np.sqrt(batch(n, *case)[1])),
      *variants(batch, " + between -> ", "** 2, weights=sizes -> ** 2")]),
]  # fmt: skip
