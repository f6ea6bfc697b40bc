"""Answers to the exercises of chapter 00."""

import math
from itertools import pairwise

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

from nnbook.exercises import start_here as ex


def parameters(sizes):
    return sum(n * k + k for n, k in pairwise(sizes))


def updates(m, batch_size, epochs):
    return epochs * math.ceil(m / batch_size)


def eigenvalues(x, m):
    return np.linalg.eigvalsh(2 / m * np.array([[x @ x, x.sum()], [x.sum(), m]]))


def rate(x):
    H = 2 / len(x) * np.array([[x @ x, x.sum()], [x.sum(), len(x)]])
    return 2 / np.linalg.eigvalsh(H)[1]


def rate_by_hand(x):
    a, b = 2 * np.mean(x**2), 2 * np.mean(x)  # the larger root of the characteristic equation
    return 2 / ((a + 2) / 2 + math.sqrt(((a - 2) / 2) ** 2 + b**2))


def step(w, b, x, y, alpha):
    dw = 2 * np.mean((w * x + b - y) * x)
    db = 2 * np.mean(w * x + b - y)
    return w - alpha * dw, b - alpha * db


def planted(w, b, x, y, alpha):
    w = w - alpha * 2 * np.mean((w * x + b - y) * x)
    b = b - alpha * 2 * np.mean(w * x + b - y)
    return w, b


def bias_first(w, b, x, y, alpha):
    b = b - alpha * 2 * np.mean(w * x + b - y)
    w = w - alpha * 2 * np.mean((w * x + b - y) * x)
    return w, b


ANSWERS = [
    (ex.update_by_hand, [[1.3, 0.8]], [Says("w comes first", [0.8, 1.3]), Says("the old w", [1.3, 0.41]), Says("factor 2", [0.65, 0.4]), Says("1/m", [2.6, 1.6]), Says("against", [-1.3, -0.8]), Says("is the gradient", [-13, -8]), [[1.3, 0.8], [1.3, 0.8]]]),
    (ex.float_array, ["c"], ["c d", Says("integers", "a")]),
    (ex.count_parameters, [parameters, lambda sizes: [float(parameters(sizes))]],
     [Says("are missing", variants(parameters, " + k -> ")[0]), Says("not every layer", variants(parameters, " + k -> + 1")[0]),
      Says("an input has none", variants(parameters, " + k -> + n")[0]), *variants(parameters, " + k -> ", " + k -> + n", "n * k + k -> (n + 1) * (k + 1)"), sum, lambda sizes: sizes[0] + 1]),
    (ex.count_updates, [updates, lambda m, n, epochs: np.array([(m + n - 1) // n * epochs])],
     [lambda m, batch_size, epochs: epochs,  # the error of the notes
      Says("before multiplying", lambda m, batch_size, epochs: math.ceil(epochs * m / batch_size)),
      Says("makes an update too", variants(updates, "math.ceil -> math.floor")[0]),
      lambda m, batch_size, epochs: int(m / batch_size + 0.999) * epochs, lambda m, n, epochs: round(m / n + 0.49) * epochs,
      *variants(updates, "math.ceil -> math.floor", "math.ceil -> ", "math.ceil -> 1 + math.floor", "math.ceil(m / batch_size) -> m",
                "math.ceil(m / batch_size) -> max(1, int(m / batch_size + 0.5))")]),
    (ex.from_the_ends, [[5.17379, 4.35142], (5.174, 4.351), 5 + 0.2374 * (math.sqrt(3) * np.array([1, -1]) - 1)],
     [[5.17379, 5.17379], [7.647096, -4.879096],  # after one epoch
      [4.7626, 4.7626],  # from zero
      (5.172, 4.355),  # the extremes of the hundred starts on the page
      Says("first from √3", [4.351418, 5.173787]), [5.2, 4.4], Says("three decimals", (5.17, 4.35)),
      Says("5w + b", [1.066075, 0.753403]), Says("cut off", (5.173, 4.351)), (5.173, 4.352), (5.174, 4.352)]),
    (ex.largest_rate, [rate, rate_by_hand, lambda x: round(rate(x), 6)],
     [lambda x: 2 / (x @ x),  # the rule of one sample
      Says("the bias counts", lambda x: 1 / np.mean(x**2)), Says("the smaller", variants(rate, "[1] -> [0]")[0]),
      Says("2 over it", lambda x: 2 / rate(x)), Says("1 over", lambda x: rate(x) / 2),
      Says("1/m where", lambda x: rate(x) * 2), Says("alone", lambda x: 2 / eigenvalues(x, len(x))),
      Says("the argument", lambda x: rate(np.array([1.0, 2.0, 3.0, 4.0, 6.0]))), Says("the argument", lambda x: 0.071488),
      Says("len(x)", lambda x: 2 / eigenvalues(x, 5)[1]),
      # which of the two comes first depends on the data
      *variants(rate, "eigvalsh(H)[1] -> eig(H)[0][0]", "[1] -> [0]", "2 / len(x) * -> ", "2 / len(x) * -> 2 *"),
      lambda x: np.array([rate(x)] * 2)]),
    (ex.equal_curvatures, [[3.2, 1.7205], (3.2, -1.7205), np.array([[3.2], [math.sqrt(2.96)]]), [3.2, 1.72]],
     [[0, 1], [3.2, 1], [0, 1.7205], [1.7205, 3.2], [3.2, 0],
      Says("the variance", [3.2, 2.96]), Says("by m - 1", [3.2, 1.92354]),
      [3, 1.7205]]),  # the median
    (ex.planted, [step, lambda w, b, x, y, alpha: np.array(step(w, b, x, y, alpha))],
     [planted, bias_first, *variants(step, "- alpha * dw -> + alpha * dw", "- alpha -> + alpha", "2 * np.mean -> np.mean",
                                     "2 * np.mean -> 2 * np.sum", " * x) -> )")]),
]  # fmt: skip
