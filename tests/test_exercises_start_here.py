"""The graders of chapter 00 accept every right form of an answer and no wrong one."""

import math
from itertools import pairwise

import numpy as np
from grader_tests import *  # noqa: F403

from nnbook.exercises import start_here as ex

ROOT3 = math.sqrt(3)


def raises(*_):
    raise ValueError("a mistake of the reader")


def count_by_formula(sizes):
    n = np.array(sizes)
    return (n[:-1] * n[1:] + n[1:]).sum()


def count_by_loop(sizes):
    count = 0
    for k in range(1, len(sizes)):
        for _ in range(sizes[k]):
            count += sizes[k - 1] + 1
    return [count]


def updates_by_counting(m, batch_size, epochs):
    return sum(len(range(0, m, batch_size)) for _ in range(epochs))


def rate_by_hand(x):
    a, b = 2 * np.mean(x**2), 2 * np.mean(x)  # the larger root of the characteristic equation
    return 2 / ((a + 2) / 2 + math.sqrt(((a - 2) / 2) ** 2 + b**2))


def rate_by_stretches(x):
    A = np.column_stack([x, np.ones(len(x))])
    return np.array([2 / np.linalg.eigvalsh(2 / len(x) * A.T @ A)[-1]])


def rate_by_first_eigenvalue(x):
    return 2 / np.linalg.eig(2 / len(x) * np.array([[x @ x, x.sum()], [x.sum(), len(x)]]))[0][0]


def rate_by_singular_values(x):
    return len(x) / np.linalg.norm(np.column_stack([x, np.ones_like(x)]), 2) ** 2


def step_by_loop(w, b, x, y, alpha):
    dw = db = 0.0
    for x_i, y_i in zip(x, y, strict=True):
        r = w * x_i + b - y_i
        dw, db = dw + 2 * r * x_i / len(x), db + 2 * r / len(x)
    return [w - alpha * dw, b - alpha * db]


def step_at_once(w, b, x, y, alpha):
    return w - alpha * 2 * np.mean((w * x + b - y) * x), b - alpha * 2 * np.mean(w * x + b - y)


def step_as_array(w, b, x, y, alpha):
    A = np.column_stack([x, np.ones(len(x))])
    return np.array([w, b]) - alpha * 2 / len(x) * A.T @ (A @ [w, b] - y)


def step_in_place(w, b, x, y, alpha):
    r = w * x + b - y
    r *= 2 / len(x)
    return w - alpha * (r @ x), b - alpha * r.sum()


def bias_first(w, b, x, y, alpha):
    b = b - alpha * 2 * np.mean(w * x + b - y)
    w = w - alpha * 2 * np.mean((w * x + b - y) * x)
    return w, b


def planted(w, b, x, y, alpha):
    w = w - alpha * 2 * np.mean((w * x + b - y) * x)
    b = b - alpha * 2 * np.mean(w * x + b - y)
    return w, b


def uphill(w, b, x, y, alpha):
    return step_at_once(w, b, x, y, -alpha)


def without_two(w, b, x, y, alpha):
    return step_at_once(w, b, x, y, alpha / 2)


def without_mean(w, b, x, y, alpha):
    return step_at_once(w, b, x, y, alpha * len(x))


RIGHT = [
    (ex.epoch_by_hand, [[1.3, 0.8], np.array([[1.3], [0.8]]), (1.3, 0.8), np.array([[1.3, 0.8]])]),
    (ex.line_that_runs, ["c", "C", " c ", "c\n"]),
    (ex.count_parameters, [
        count_by_formula,
        count_by_loop,
        lambda sizes: float(count_by_formula(sizes)),
    ]),
    (ex.count_updates, [
        updates_by_counting,
        lambda m, batch_size, epochs: epochs * math.ceil(m / batch_size),
        lambda m, batch_size, epochs: np.array([(m + batch_size - 1) // batch_size * epochs]),
    ]),
    (ex.from_the_ends, [
        [5.17379, 4.35142],
        (5.174, 4.351),
        np.array([[5.173787], [4.351418]]),
        5 + 0.2374 * (np.array([ROOT3, -ROOT3]) - 1),
    ]),
    (ex.largest_rate, [
        rate_by_hand,
        rate_by_stretches,
        rate_by_singular_values,
        lambda x: round(rate_by_hand(x), 6),  # as the page prints it
    ]),
    (ex.round_valley, [
        [3.2, 1.7205],
        (3.2, -1.7205),
        np.array([[3.2], [math.sqrt(2.96)]]),
        [3.2, 1.72],
    ]),
    (ex.planted, [step_by_loop, step_at_once, step_as_array, step_in_place]),
]  # fmt: skip

WRONG = [
    (ex.epoch_by_hand, [
        [-1.3, -0.8],  # uphill
        [0.65, 0.4],  # without the 2
        [2.6, 1.6],  # without the mean
        [0.8, 1.3],  # the wrong way round
        [1.3, 0.41],  # the bias after the weight has moved
        [1.3],
        [[1.3, 0.8], [1.3, 0.8]],
        [math.nan, 0.8],
        "1.3, 0.8",
        object(),
    ]),
    (ex.line_that_runs, ["a", "b", "d", "", "c d", 3, ["c"], math.nan, object()]),
    (ex.count_parameters, [
        lambda sizes: sum(n * k for n, k in pairwise(sizes)),  # no biases
        lambda sizes: sum((n + 1) * (k + 1) for n, k in pairwise(sizes)),
        lambda sizes: sum(n * k + n for n, k in pairwise(sizes)),
        lambda sizes: sum(sizes),
        lambda sizes: sizes[0] + 1,
        lambda sizes: math.nan,
        lambda sizes: "63",
        lambda sizes: [1, 2],
        lambda: 63,
        raises,
        63,
        object(),
    ]),
    (ex.count_updates, [
        lambda m, batch_size, epochs: epochs,  # the slip of the notes
        lambda m, batch_size, epochs: epochs * (m // batch_size),  # the last batch forgotten
        lambda m, batch_size, epochs: epochs * m / batch_size,
        lambda m, batch_size, epochs: epochs * (m // batch_size + 1),  # one too many when it fits
        lambda m, batch_size, epochs: math.ceil(epochs * m / batch_size),  # rounded too late
        lambda m, batch_size, epochs: epochs * max(1, int(m / batch_size + 0.5)),  # half up
        lambda m, batch_size, epochs: m * epochs,
        lambda m, batch_size, epochs: math.nan,
        lambda m, batch_size, epochs: "30",
        lambda m, batch_size: 30,
        raises,
        30,
    ]),
    (ex.from_the_ends, [
        [4.35142, 5.17379],  # the wrong way round
        [5.17379, 5.17379],
        [7.647096, -4.879096],  # after one epoch
        [4.7626, 4.7626],  # from zero
        [5.2, 4.4],
        (5.172, 4.355),  # the extremes of the hundred starts on the page
        (5.17, 4.35),  # two decimals
        [1.066075, 0.753403],  # the weights
        5.17379,
        [math.inf, 4.35142],
        "5.17379",
        object(),
    ]),
    (ex.largest_rate, [
        lambda x: 2 * rate_by_hand(x),
        lambda x: rate_by_hand(x) / 2,
        lambda x: 2 / (x @ x),  # the rule of one sample
        lambda x: 1 / np.mean(x**2),  # the bias forgotten
        lambda x: 2 / np.linalg.eigvalsh(2 * np.array([[x @ x, x.sum()], [x.sum(), len(x)]]))[1],
        rate_by_first_eigenvalue,  # which of the two comes first depends on the data
        lambda x: 0.071488,
        lambda x: -rate_by_hand(x),
        lambda x: np.array([rate_by_hand(x)] * 2),
        lambda x: math.nan,
        lambda x: object(),
        raises,
        0.071488,
    ]),
    (ex.round_valley, [
        [0, 1],  # as it is
        [3.2, 1],  # only shifted
        [0, 1.7205],
        [1.7205, 3.2],  # the wrong way round
        [3.2, 2.96],  # the variance
        [3.2, 1.92354],  # divided by m - 1
        [3.2, 0],
        [3, 1.7205],  # the median
        [3.2],
        [3.2, 1.7205, 1],
        [math.nan, 1.7205],
        "3.2",
        object(),
    ]),
    (ex.planted, [
        planted,
        bias_first,  # the same bug, the other way round
        uphill,
        without_two,
        without_mean,
        lambda *arguments: step_at_once(*arguments)[::-1],
        lambda *arguments: step_at_once(*arguments)[0],
        lambda *arguments: (math.nan, math.nan),
        lambda *arguments: "0.264, 0.064",
        lambda w, b: (w, b),
        raises,
        (0.264, 0.064),
    ]),
]  # fmt: skip
