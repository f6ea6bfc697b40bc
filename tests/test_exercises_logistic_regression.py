import math
from fractions import Fraction

import numpy as np
from grader_tests import *  # noqa: F403

import nnbook as nn
from nnbook.exercises import logistic_regression as ex

S = 1 / (1 + math.exp(6))  # the answer at z = -6


def by_two_branches(z, y):
    return (1 - y) * z + np.log1p(np.exp(-z)) if z >= 0 else -y * z + np.log1p(np.exp(z))


def by_weights(z, y):
    return y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)


def by_package(z, y):
    return nn.SigmoidBinaryCrossEntropy().forward([[z]], [[y]])


def safe(z, y, big=lambda z: max(z, 0), small=lambda z: math.log1p(math.exp(-abs(z)))):
    return big(z) - z * y + small(z)


def plain(z, y):
    s = 1 / (1 + np.exp(-z))
    return -(y * np.log(s) + (1 - y) * np.log(1 - s))


def clipped(z, y):
    s = np.clip(nn.sigmoid(z), 1e-15, 1 - 1e-15)
    return -(y * np.log(s) + (1 - y) * np.log(1 - s))


def with_a_column(X, weights):
    return nn.sigmoid(np.hstack([np.ones((len(X), 1)), X]) @ weights)


def by_loop(X, weights):
    return [1 / (1 + math.exp(-weights[0] - np.dot(row, weights[1:]))) for row in X]


def chances(old, w, b, new, mean=np.mean, std=np.std):
    return nn.sigmoid(w * (new - mean(old)) / std(old) + b)


RIGHT = [
    (ex.harmless_label, [0, 0.0, [0], False]),
    (ex.at_a_soft_label, [[-0.55 / 0.21, -0.2 / 0.21], (-2.62, -0.952), [[-2.619], [-0.9524]]]),
    (ex.nan_pair, [(37, 1), [100.0, 1.0], np.array([[-710], [0]]), (1e300, 1)]),
    (ex.safe_loss, [safe, by_two_branches, by_weights, by_package,
                    lambda z, y: [[nn.SigmoidBinaryCrossEntropy().forward([z], [y])]]]),
    (ex.slopes_at_minus_six, [[S - 1, (S - 1) * S * (1 - S)], (-0.9975, -0.0025), np.array([[-0.9975], [-0.00246]]),
                              [-0.998 + 0.0005, -0.002460]]),
    (ex.hardest_push, [math.log(0.5), -0.69, [-0.693], np.float32(-0.6931)]),
    (ex.and_gate, [(10, 10, -15), (np.array([4.0, 4.0]), -6.1), [np.array([[10.0], [10.0]]), [-15.0]],
                   [[10.0, 10.0], [-15.0]], np.array([[8.0], [9.0], [-13.0]]), [Fraction(10), 10, -15]]),
    (ex.nand_gate, [(-10, -10, 15), ([-10, -10], 15), [np.array([-10.0, -10.0]), [15.0]], -np.array([10.0, 10, -15])]),
    (ex.border_float64, [53 * math.log(2), 36.737, [36.7368]]),
    (ex.border_float32, [24 * math.log(2), 16.636, [[16.6355]]]),
    (ex.answers_with_one, [with_a_column, by_loop, lambda X, weights: nn.sigmoid(X @ weights[1:, None] + weights[0]),
                           lambda X, weights: with_a_column(X, weights)[None, :]]),
    (ex.taken_literally, [(4, 0.646), [4.0, 0.645656], np.array([[4], [0.6457]])]),
    (ex.call_it_off, [(0.1, 74.3), [1 / 10, 74.26], np.array([[0.1], [74.2]])]),
    (ex.planted, [chances, lambda *args: list(chances(*args)), lambda *args: chances(*args)[:, None]]),
]  # fmt: skip
WRONG = [
    (ex.harmless_label, [1, 0.5, [0, 1], np.nan, "0", -1]),
    (ex.at_a_soft_label, [[-0.2 / 0.21, -0.55 / 0.21], [2.619, 0.9524], [-0.55, -0.2], -2.619, [-2.619, 0.9524],
                          [np.nan, -0.9524], "-2.619"]),
    (ex.nan_pair, [(40, 1), (-800, 0), (36, 1), (100, 0), (-709, 0), (1, 100), (np.inf, 1), (np.nan, 1), (100, 0.5), 100,
                   "100, 1"]),
    (ex.safe_loss, [
        plain,
        clipped,
        lambda z, y: safe(z, y, small=lambda z: math.log(1 + math.exp(-abs(z)))),  # 0 at (40, 1)
        lambda z, y: np.logaddexp(0, z) - z * y,  # 0 at (40, 1)
        lambda z, y: safe(z, y, big=abs),
        lambda z, y: safe(z, 1 - y),
        lambda z, y: -safe(z, y),
        lambda z, y: safe(z, y, small=lambda z: 0),
        lambda z, y: math.log1p(math.exp(-z)) + (1 - y) * z,  # overflows
        5,
    ]),
    (ex.slopes_at_minus_six, [[0.9975, 0.0025], [-0.0025, -0.9975], [-0.9975, 0.0025], [-0.9975, 0], [-0.9975, -0.9951],
                              [S, S - 1], [-1, -0.0025], -0.9975, [np.nan, -0.0025], "-0.9975"]),
    (ex.hardest_push, [0.6931, 1 / 3, -1 / 3, 0, -1.0986, -0.5, -0.7, np.nan, "-0.69"]),
    (ex.and_gate, [(10, 10, 15), (10, 10, -5), (1, 1, -1.5), (0, 0, -0.25), (10, 10), (10, 10, -15, 1), (np.nan, 10, -15),
                   (np.inf, 10, -15), (-10, -10, 15), "10, 10, -15", ([10, 10], "b"), object()]),
    (ex.nand_gate, [(10, 10, -15), (-10, -10, -15), (-10, -10, 5), (-1, -1, 1.5), (10, 10, 15), ([-10], 15), "no"]),
    (ex.border_float64, [36, 37, 52 * math.log(2), 36.7, -36.737, 53, 54 * math.log(2), np.nan, "36.737"]),
    (ex.border_float32, [16, 17, 23 * math.log(2), -16.636, 24, 36.737, 16.6]),
    (ex.answers_with_one, [
        lambda X, weights: nn.sigmoid(X @ weights[1:]),
        lambda X, weights: nn.sigmoid(X @ weights[1:] + 1),
        lambda X, weights: nn.sigmoid(X @ weights[:-1] + weights[-1]),
        lambda X, weights: X @ weights[1:] + weights[0],
        lambda X, weights: nn.sigmoid(X @ weights),
        lambda X, weights: with_a_column(X, weights)[:1],
        lambda X, weights: 1 - with_a_column(X, weights),
        lambda X, weights: (with_a_column(X, weights) >= 0.5),
    ]),
    (ex.taken_literally, [(5, 0.646), (4, 0.413), (4, 0.6), (0.646, 4), 4, (4, 0.646, 0), (4, np.nan), "4"]),
    (ex.call_it_off, [(0.9, 74.3), (1 / 9, 74.3), (0.1, 64.8), (0.1, 55.3), (74.3, 0.1), (0.1, 23.5), (0.1, 74),
                      (0.1, np.nan), 74.3, "74.3"]),
    (ex.planted, [
        lambda old, w, b, new: chances(new, w, b, new),
        lambda old, w, b, new: nn.sigmoid(w * new + b),
        lambda old, w, b, new: chances(old, w, b, new, std=lambda a: np.std(new)),
        lambda old, w, b, new: chances(old, w, b, new, mean=lambda a: np.mean(new)),
        lambda old, w, b, new: chances(old, w, b, old),
        lambda old, w, b, new: chances(old, w, b, new, std=lambda a: np.var(a)),
        lambda old, w, b, new: chances(np.append(old, new), w, b, new),
        lambda old, w, b, new: chances(old, w, -b, new),
    ]),
]  # fmt: skip


def test_a_function_that_raises_is_told_so(verdict):
    for exercise in (ex.safe_loss, ex.answers_with_one, ex.planted):
        assert "ZeroDivisionError" in verdict(exercise, lambda *args: 1 / 0)
