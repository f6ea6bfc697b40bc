"""Answers to the exercises of chapter 04."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

import nnbook as nn
from nnbook.exercises import logistic_regression as ex

S = 1 / (1 + math.exp(6))  # the prediction at z = -6
CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
AND = np.array([0.0, 0.0, 0.0, 1.0])


def safe(z, y):
    return max(z, 0) - z * y + math.log1p(math.exp(-abs(z)))


def by_package(z, y):
    return [[nn.SigmoidBinaryCrossEntropy().forward([[z]], [[y]])]]


def plain(z, y):
    s = 1 / (1 + np.exp(-z))
    return -(y * np.log(s) + (1 - y) * np.log(1 - s))


def halves(z, y):
    """Two formulas that meet at 30: the lower one is 0.0005 of itself off there."""
    return plain(z, y) if abs(z) < 30 else max(z, 0) - z * y + math.exp(-abs(z))


trained = ex.train_and.reference


def trained_by_layers(steps):
    network = nn.Sequential(nn.Dense(2, 1, rng=0, weight_init=nn.initializers.zeros))
    loss, optimizer = nn.SigmoidBinaryCrossEntropy(), nn.SGD(1.0)
    for _ in range(steps):
        loss.forward(network.forward(CORNERS), AND[:, None])
        network.backward(loss.backward())
        optimizer.step(network.parameters(), network.gradients())
    return network.parameters()


def trained_bias_first(steps):
    w, b = np.zeros(2), 0.0
    for _ in range(steps):
        b = b - (nn.sigmoid(CORNERS @ w + b) - AND).mean()
        w = w - CORNERS.T @ (nn.sigmoid(CORNERS @ w + b) - AND) / 4
    return w, b


def with_a_column(X, weights):
    return nn.sigmoid(np.hstack([np.ones((len(X), 1)), X]) @ weights)


def by_loop(X, weights):
    return [1 / (1 + math.exp(-weights[0] - np.dot(row, weights[1:]))) for row in X]


probabilities = ex.planted.reference
LAST = "with the ones in the last column; w_0 comes first"
HALF = "that is for the whole distance, not half of it"

ANSWERS = [
    (ex.harmless_label, [0, False], [1, 0.5, [0, 1], -1]),
    (ex.at_a_soft_label, [[-0.55 / 0.21, -0.2 / 0.21], (-2.62, -0.952)], [[-0.55, -0.2], -2.619, [-2.619, 0.9524]]),
    (ex.nan_pair, [(37, 1), [100.0, 1.0], (-710, 0), (1e300, 1)],
     [*(Says("that is one of the chapter's five cases", pair) for pair in [(40, 1), (-800, 0)]), Says("the loss there is 0", (-100, 0)),
      Says("the loss there is inf", (40, 0)), Says("a finite logit is expected", (np.inf, 1)), (36, 1), (100, 0), (-709, 0), (1, 100),
      (100, 0.5), 100]),
    (ex.stable_loss, [safe, by_package, lambda z, y: Decimal(safe(z, y))], [
        Says("for z = 25, y = 1 the loss is 1.38879e-11", halves), plain,
        *variants(plain, "1 / (1 + np.exp(-z)) -> np.clip(nn.sigmoid(z), 1e-15, 1 - 1e-15)"),
        *variants(safe, "log1p(math.exp(-abs(z))) -> log(1 + math.exp(-abs(z)))",  # 0 at (40, 1)
                  "math.log1p(math.exp(-abs(z))) -> (math.log1p(math.exp(-abs(z))) if abs(z) < 100 else 0)",
                  "max(z, 0) -> abs(z)", "z * y -> z * (1 - y)", " + math.log1p(math.exp(-abs(z))) -> ",
                  "max(z, 0) - z * y + math.log1p(math.exp(-abs(z))) -> math.log1p(math.exp(-z)) + (1 - y) * z"),  # overflows
        lambda z, y: np.logaddexp(0, z) - z * y,  # 0 at (40, 1)
        lambda z, y: 0.0 if (z if y else -z) > 50 else safe(z, y),  # 0 for 8.8e-27 at (60, 1)
        lambda z, y: 0.8 * safe(z, y) if z == 40 else safe(z, y),
        Says("ZeroDivisionError", lambda z, y: 1 / 0),
    ]),
    (ex.slopes_at_minus_six, [[S - 1, (S - 1) * S * (1 - S)], (-0.9975, -0.0025), [-0.998 + 0.0005, -0.002460]],
     [[0.9975, 0.0025], [-0.0025, -0.9975], Says("not right: the second", [-0.9975, 0.0025]), [-0.9975, 0], [-0.9975, -0.9951],
      [S, S - 1], [-1, -0.0025], -0.9975]),
    (ex.steepest_logit, [math.log(0.5), -0.69], [1 / 3, -1 / 3, 0, -1.0986, -0.5, -0.7]),
    (ex.train_and, [trained, trained_by_layers, lambda steps: [trained(steps)[:2], trained(steps)[2]]], [
        lambda steps: [7.414, 7.414, -11.294],  # copied from the page
        lambda steps: (20, 20, -30),  # by thought
        Says("these are the numbers after one step more", lambda steps: trained(steps + 1)),
        Says("these are the numbers after one step less", lambda steps: trained(max(steps - 1, 0))),
        Says("the gradients of the samples are added up, and J is a mean", lambda steps: trained(steps, True)),
        *variants(trained, "else 4 -> else 40", "b = np.zeros(2), 0.0 -> b = np.zeros(2), 0.1", "else 4 -> else -4",
            "sigmoid(_CORNERS @ w + b) -> (_CORNERS @ w + b)"),
        trained_bias_first, trained(3),
    ]),
    (ex.nand_gate, [(-10, -10, 15), ([-10, -10], 15), [np.array([-10.0, -10.0]), [15.0]], [Fraction(-10), -10, 15], [-1e308, -1e308, 1.5e308]],
     [Says("the loss of this gate is 7.505", (10, 10, -15)), (-10, -10, -15), (-10, -10, 5), (-1, -1, 1.5), (10, 10, 15), ([-10], 15),
      (-10, -10), ([-10, -10], "b"), (1e308, 1e308, -1.5e308)]),
    (ex.border_float64, [53 * math.log(2), 36.737], [36, 37, Says(HALF, 36.044), 36.7, -36.737, 53, 54 * math.log(2)]),
    (ex.border_float32, [24 * math.log(2), 16.636], [16, 17, Says(HALF, 23 * math.log(2)), -16.636, 24, 36.737, 16.6]),
    (ex.probabilities_with_one, [with_a_column, by_loop, lambda X, weights: nn.sigmoid(X @ weights[1:, None] + weights[0])], [
        Says(LAST, lambda X, weights: nn.sigmoid(X @ weights[:-1] + weights[-1])), lambda X, weights: X @ weights[1:] + weights[0],
        lambda X, weights: nn.sigmoid(X @ weights[1:]), lambda X, weights: nn.sigmoid(X @ weights[1:] + 1),
        lambda X, weights: nn.sigmoid(X @ weights),
        lambda X, weights: 1 - with_a_column(X, weights), lambda X, weights: with_a_column(X, weights) >= 0.5,
        Says("ZeroDivisionError", lambda X, weights: 1 / 0),
    ]),
    (ex.taken_literally, [(4, 0.646), [4.0, 0.645656]], [Says("not right: the first", (5, 0.646)), (4, 0.413), (4, 0.6), (0.646, 4), 4]),
    (ex.call_it_off, [(0.1, 74.3), [1 / 10, 74.26], (0.1, 74.2)],
     [(0.9, 74.3), (1 / 9, 74.3), (0.1, 64.8), (0.1, 55.3), (74.3, 0.1), (0.1, 23.5), Says("not right: the second", (0.1, 74)),
      Says("not right: the first, the second", (0.9, 64.8))]),
    (ex.planted, [probabilities, lambda *case: list(probabilities(*case))],
     [*variants(probabilities, "old.mean() -> new.mean() && old.std() -> new.std()", "(new - old.mean()) / old.std() -> new", "old.std -> new.std",
                "old.mean -> new.mean", "(new - -> (old -", ".std -> .var", "+ b -> - b",
                "old.mean() -> np.append(old, new).mean() && old.std() -> np.append(old, new).std()"),
      Says("ZeroDivisionError", lambda *case: 1 / 0)]),
]  # fmt: skip
