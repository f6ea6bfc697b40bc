import numpy as np
from grader_tests import *  # noqa: F403

import nnbook as nn
from nnbook.exercises import delta_rule as ex


def slopes(z):
    return nn.sigmoid(z) * (1 - nn.sigmoid(z))


def by_loop(w, b, a, y, alpha):
    z = b + sum(wi * ai for wi, ai in zip(w, a, strict=True))
    s = 1 / (1 + np.exp(-z))
    delta = (y - s) * s * (1 - s)
    return [wi + alpha * delta * ai for wi, ai in zip(w, a, strict=True)], b + alpha * delta


def by_extra_input(w, b, a, y, alpha):
    v, x = np.append(w, b), np.append(a, 1)
    s = nn.sigmoid(v @ x)
    v = v + alpha * (y - s) * s * (1 - s) * x
    return v[:-1], v[-1]


def by_gradient(w, b, a, y, alpha):
    v = np.append(w, b)
    price = lambda v: (y - nn.sigmoid(v[:-1] @ a + v[-1])) ** 2 / 2  # noqa: E731
    v = v - alpha * nn.numerical_gradient(price, v)
    return v[:-1][:, None], [v[-1]]


def by_turns(w, b, a, y, alpha):
    """Wrong: the bias moves by what the new weights say."""
    new_w = by_loop(w, b, a, y, alpha)[0]
    return new_w, by_loop(new_w, b, a, y, alpha)[1]


def delta(w, a, y, slope=lambda z: slopes(z), error=lambda y, s: y - s):
    z = np.dot(w, a)
    return error(y, nn.sigmoid(z)) * slope(z) * np.asarray(a)


RIGHT = [
    (ex.step_by_hand, [[3, 1], (3.0, 1.0), np.array([[3], [1]]), np.array([[3, 1]])]),
    (ex.largest_rate, [0.4, 2 / 5, [0.4], np.float32(0.4)]),
    (ex.largest_rate_for, [lambda a: 2 / np.dot(a, a), lambda a: 2 / sum(x**2 for x in a), lambda a: 2 / (a @ a), lambda a: 2 / np.sum(a * a),
                           lambda a: [[2 / np.linalg.norm(a) ** 2]], lambda a: round(2 / np.dot(a, a), 6)]),
    (ex.slopes_of_sigmoid, [slopes([0, 1, 2, 4, 6, 10]), [0.25, 0.20, 0.10, 0.018, 0.0025, 0.000045],
                            [[s] for s in slopes([0, 1, 2, 4, 6, 10])]]),
    (ex.step_with_bias, [by_loop, by_extra_input, by_gradient,
                         lambda *case: [np.round(part, 6) for part in by_loop(*case)]]),
    (ex.best_power, [-5, -6, [-5.0], np.int64(-6)]),
    (ex.planted, [delta, lambda w, a, y: list(delta(w, a, y)), lambda w, a, y: delta(w, a, y)[:, None],
                  lambda w, a, y: delta(w, a, y).round(6)]),
    (ex.jumping_rate, [0.4, 0.26, [0.49], 1 / 3]),
]  # fmt: skip
WRONG = [
    (ex.step_by_hand, [[-3, -1], [1, 3], [3, -1], 3, [3, 1, 0], [np.nan, 1], "3, 1"]),
    (ex.largest_rate, [0.2, 0.5, -0.4, 5, 0.8, "0.4"]),
    (ex.largest_rate_for, [lambda a: 0.4, lambda a: 1 / np.dot(a, a), lambda a: 2 / np.linalg.norm(a),
                           lambda a: 2 / sum(a), lambda a: 2 / np.square(a), lambda a: 1 / 0]),
    (ex.slopes_of_sigmoid, [nn.sigmoid([0, 1, 2, 4, 6, 10]), [0.25] * 6, -slopes([0, 1, 2, 4, 6, 10]),
                            [0.25, 0.1966, 0.105, 0.0177, 0.0025, 0], [0.25, 0.1966, 0.105, 0.0177, 0.0025, 0.00045],
                            slopes([0, 1, 2, 4, 6]), slopes([10, 6, 4, 2, 1, 0]), 0.25]),
    (ex.step_with_bias, [
        lambda w, b, a, y, alpha: (w, b),
        lambda w, b, a, y, alpha: (by_loop(w, b, a, y, alpha)[0], b),
        lambda w, b, a, y, alpha: by_loop(w, b, a, y, -alpha),
        lambda w, b, a, y, alpha: by_loop(w, b, a, y, 1),
        lambda w, b, a, y, alpha: by_loop(w, b, a, y, alpha)[::-1],
        lambda w, b, a, y, alpha: by_loop(w, 0, a, y, alpha),
        by_turns,
    ]),
    (ex.best_power, [-4, 5, 1e-5, -1, -13, [-5, -6], -5.5]),
    (ex.planted, [
        lambda w, a, y: delta(w, a, y, slope=nn.sigmoid),
        lambda w, a, y: delta(w, a, y, slope=lambda z: nn.sigmoid(z) * (1 - z)),
        lambda w, a, y: delta(w, a, y, slope=lambda z: 1),
        lambda w, a, y: delta(w, a, y, slope=lambda z: slopes(nn.sigmoid(z))),
        lambda w, a, y: -delta(w, a, y),
        lambda w, a, y: delta(w, a, y, error=lambda y, s: y),
        lambda w, a, y: delta(w, a, y)[::-1],
    ]),
    (ex.jumping_rate, [0.25, 0.5, 0.1, -0.4, [0.4, 0.4], 0.6]),
]  # fmt: skip
