import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from grader_tests import *  # noqa: F403

import nnbook as nn
from nnbook.exercises import logistic_regression as ex

S = 1 / (1 + math.exp(6))  # the answer at z = -6
CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
AND = np.array([0.0, 0.0, 0.0, 1.0])


def by_two_branches(z, y):
    return (1 - y) * z + np.log1p(np.exp(-z)) if z >= 0 else -y * z + np.log1p(np.exp(z))


def by_weights(z, y):
    return y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)


def by_package(z, y):
    return nn.SigmoidBinaryCrossEntropy().forward([[z]], [[y]])


def safe(z, y, big=lambda z: max(z, 0), small=lambda z: math.log1p(math.exp(-abs(z)))):
    return big(z) - z * y + small(z)


def halves(z, y):
    """Two formulas that meet at 30: the lower one is 0.0005 of itself off there."""
    return plain(z, y) if abs(z) < 30 else max(z, 0) - z * y + math.exp(-abs(z))


def by_decimal(z, y):
    z, y = Decimal(z), Decimal(y)
    with localcontext() as context:
        context.prec = 400
        return max(z, Decimal(0)) - z * y + (1 + (-abs(z)).exp()).ln()


def trained(steps, rate=1.0, mean=4, w=(0.0, 0.0), b=0.0):
    w = np.array(w)
    for _ in range(steps):
        difference = nn.sigmoid(CORNERS @ w + b) - AND
        w = w - rate * CORNERS.T @ difference / mean
        b = b - rate * difference.sum() / mean
    return w[0], w[1], b


def by_samples(steps):
    w1 = w2 = b = 0.0
    for _ in range(steps):
        d1 = d2 = db = 0.0
        for x1, x2, truth in [(1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 0)]:
            difference = 1 / (1 + math.exp(-(w1 * x1 + w2 * x2 + b))) - truth
            d1, d2, db = d1 + difference * x1 / 4, d2 + difference * x2 / 4, db + difference / 4
        w1, w2, b = w1 - d1, w2 - d2, b - db
    return [w1, w2, b]


def by_layers(steps):
    network = nn.Sequential(nn.Dense(2, 1, rng=0, weight_init=nn.initializers.zeros))
    loss, optimizer = nn.SigmoidBinaryCrossEntropy(), nn.SGD(1.0)
    for _ in range(steps):
        loss.forward(network.forward(CORNERS), AND[:, None])
        network.backward(loss.backward())
        optimizer.step(network.parameters(), network.gradients())
    return network.parameters()


def bias_first(steps):
    w, b = np.zeros(2), 0.0
    for _ in range(steps):
        b = b - (nn.sigmoid(CORNERS @ w + b) - AND).mean()
        w = w - CORNERS.T @ (nn.sigmoid(CORNERS @ w + b) - AND) / 4
    return w, b


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
    (ex.safe_price, [safe, by_two_branches, by_weights, by_package, by_decimal,
                     lambda z, y: [[nn.SigmoidBinaryCrossEntropy().forward([z], [y])]]]),
    (ex.slopes_at_minus_six, [[S - 1, (S - 1) * S * (1 - S)], (-0.9975, -0.0025), np.array([[-0.9975], [-0.00246]]),
                              [-0.998 + 0.0005, -0.002460]]),
    (ex.hardest_push, [math.log(0.5), -0.69, [-0.693], np.float32(-0.6931)]),
    (ex.train_and, [trained, by_samples, by_layers, lambda steps: [np.array(trained(steps)[:2]), trained(steps)[2]],
                    lambda steps: np.array(trained(steps), dtype=np.float64)[:, None]]),
    (ex.nand_gate, [(-10, -10, 15), ([-10, -10], 15), [np.array([-10.0, -10.0]), [15.0]], -np.array([10.0, 10, -15]),
                    [Fraction(-10), -10, 15], [-1e308, -1e308, 1.5e308]]),
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
    (ex.nan_pair, [(40, 1), (-800, 0), (36, 1), (100, 0), (-100, 0), (-709, 0), (1, 100), (np.inf, 1), (np.nan, 1), (100, 0.5), 100,
                   "100, 1"]),
    (ex.safe_price, [
        halves,
        lambda z, y: 0.0 if (z if y else -z) > 50 else safe(z, y),  # 0 for 8.8e-27 at (60, 1)
        lambda z, y: 0.8 * safe(z, y) if z == 40 else safe(z, y),
        lambda z, y: safe(z, y, small=lambda z: math.log1p(math.exp(-abs(z))) if abs(z) < 100 else 0),
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
    (ex.train_and, [
        lambda steps: [7.414, 7.414, -11.294],  # copied from the page
        lambda steps: (20, 20, -30),  # by thought
        lambda steps: trained(steps + 1),
        lambda steps: trained(max(steps - 1, 0)),
        lambda steps: trained(steps, mean=1),
        lambda steps: trained(steps, rate=0.1),
        lambda steps: trained(steps, b=0.1),
        lambda steps: trained(steps, rate=-1.0),
        lambda steps: trained(steps)[:2],
        lambda steps: trained(steps)[::-1],
        bias_first,
        by_samples(3),
    ]),
    (ex.nand_gate, [(10, 10, -15), (-10, -10, -15), (-10, -10, 5), (-1, -1, 1.5), (10, 10, 15), ([-10], 15), "no", (-10, -10), (np.nan, -10, 15),
                    (-np.inf, -10, 15), ([-10, -10], "b"), object(), (1e308, 1e308, -1.5e308)]),
    (ex.border_float64, [36, 37, 52 * math.log(2), 36.7, -36.737, 53, 54 * math.log(2), np.nan, "36.737",
                         [36.737, 36.737]]),
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
    for exercise in (ex.safe_price, ex.train_and, ex.answers_with_one, ex.planted):
        assert "ZeroDivisionError" in verdict(exercise, lambda *args: 1 / 0)


REMARKS = [
    (ex.safe_price, halves, "for z = 25, y = 1 the price is 1.38879e-11"),
    (
        ex.train_and,
        lambda steps: trained(steps, mean=1),
        "the slopes of the samples are added up, and J is their mean",
    ),
    (ex.train_and, lambda steps: trained(steps + 1), "these are the numbers after one step more"),
    (ex.border_float64, 36.044, "that is for the whole distance, not half of it"),
    (ex.border_float32, 23 * math.log(2), "that is for the whole distance, not half of it"),
    (
        ex.answers_with_one,
        lambda X, weights: nn.sigmoid(X @ weights[:-1] + weights[-1]),
        "with the ones in the last column; w_0 comes first",
    ),
    (ex.nand_gate, (10, 10, -15), "the price of this gate is 7.505"),
    (ex.slopes_at_minus_six, (-0.9975, 0.0025), "look at the second again"),
    (ex.call_it_off, (0.1, 74), "look at the second again"),
    (ex.call_it_off, (0.9, 64.8), "look at the first and the second again"),
    (ex.taken_literally, (5, 0.646), "look at the first again"),
    (ex.nan_pair, (-100, 0), "the price there is 0"),
    (ex.nan_pair, (40, 0), "the price there is inf"),
    (ex.nan_pair, (40, 1), "that is one of the chapter's five cases"),
    (ex.nan_pair, (np.inf, 1), "a finite sum is wanted"),
]


@pytest.mark.parametrize(("grader", "answer", "words"), REMARKS)
def test_a_verdict_says_what_is_off(grader, answer, words, verdict):
    assert verdict(grader, answer).endswith(words)
