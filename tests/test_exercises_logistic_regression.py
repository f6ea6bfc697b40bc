"""Answers to the exercises of chapter 04a."""

import math
from decimal import Decimal

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

import nnbook as nn
from nnbook.exercises import logistic_regression as ex

S = 1 / (1 + math.exp(2))  # the prediction at z = -2


def stable(z):
    return min(z, 0) - math.log1p(math.exp(-abs(z)))


def by_package(z):
    return [[-nn.SigmoidBinaryCrossEntropy().forward([[z]], [[1]])]]


def plain(z):
    return np.log(1 / (1 + np.exp(-z)))


def halves(z):
    """Two formulas that meet at 30: the lower one is 0.0005 of itself off there."""
    return plain(z) if abs(z) < 30 else min(z, 0) - math.exp(-abs(z))


def descended(X, y, steps=2000):
    with_ones = np.hstack([np.ones((len(X), 1)), X])
    weights = np.zeros(len(with_ones[0]))
    for _ in range(steps):
        error = nn.sigmoid(with_ones @ weights) - y
        weights = weights - with_ones.T @ error / len(y)
    return weights


def by_network(X, y):
    layer, loss = nn.Dense(X.shape[1], 1, rng=0), nn.SigmoidBinaryCrossEntropy()
    for _ in range(2000):
        loss.forward(layer.forward(X), y[:, None])
        layer.backward(loss.backward())
        for name, gradient in layer.gradients.items():
            layer.parameters[name] -= gradient
    return [layer.parameters["b"].item(), *layer.parameters["W"][:, 0]]


def least_squares(X, y):
    return np.linalg.lstsq(np.hstack([np.ones((len(X), 1)), X]), y, rcond=None)[0]


def emptied(X, y):
    weights = descended(X, y)
    X[:] = 0
    return weights


HALF = "that is for the whole distance, not half of it"

ANSWERS = [
    (ex.harmless_label, [0, False], [1, 0.5, [0, 1], -1]),
    (ex.at_a_soft_label, [[-0.55 / 0.21, -0.2 / 0.21], (-2.62, -0.952)], [Says("the denominator is missing", [-0.55, -0.2]), Says("first the wrong one", [-0.952, -2.619]), Says("the sign", [2.619, 0.952]), -2.619, [-2.619, 0.9524]]),
    (ex.nan_pair, [(37, 1), [100.0, 1.0], (-710, 0), (1e300, 1)],
     [*(Says("that is one of the chapter's five cases", pair) for pair in [(40, 1), (-800, 0)]), Says("the loss there is 0", (-100, 0)),
      Says("the loss there is inf", (40, 0)), Says("a finite logit is expected", (np.inf, 1)), (36, 1), (100, 0), (-709, 0), (1, 100),
      (100, 0.5), 100]),
    (ex.log_sigmoid, [stable, by_package, lambda z: Decimal(stable(z))], [
        Says("for z = 25 it is -1.38879e-11", halves), plain,
        *variants(plain, "1 / (1 + np.exp(-z)) -> np.clip(nn.sigmoid(z), 1e-15, 1 - 1e-15)"),
        *variants(stable, "log1p(math.exp(-abs(z))) -> log(1 + math.exp(-abs(z)))",  # 0 at 40
                  "math.log1p(math.exp(-abs(z))) -> (math.log1p(math.exp(-abs(z))) if abs(z) < 100 else 0)",
                  "min(z, 0) -> max(z, 0)", "min(z, 0) - -> min(z, 0) +", " - math.log1p(math.exp(-abs(z))) -> ",
                  "min(z, 0) - math.log1p(math.exp(-abs(z))) -> -math.log1p(math.exp(-z))"),  # overflows
        lambda z: z - np.logaddexp(0, z),  # 0 at 40
        lambda z: 0.0 if z > 50 else stable(z),  # 0 for -8.8e-27 at 60
        lambda z: 0.8 * stable(z) if z == 45 else stable(z),
        Says("ZeroDivisionError", lambda z: 1 / 0),
    ]),
    (ex.slopes_at_minus_two, [[S - 1, (S - 1) * S * (1 - S)], (-0.8808, -0.0925)],
     [Says("the sign", [0.8808, 0.0925]), Says("first the cross-entropy", [-0.0925, -0.8808]), Says("not right: the second", [-0.8808, 0.0925]),
      [-0.8808, -0.1192], Says("lacks the factor", [-0.8808, -0.1050]), Says("four decimals", [-0.881, -0.092]), Says("*half*", [-0.8808, -0.1850]),
      [S, S - 1], -0.8808]),
    (ex.steepest_logit, [math.log(0.5), -0.69], [Says("that is the prediction there", 1 / 3), -1 / 3, 0, -1.0986, -0.5,
      Says("one decimal more", -0.7), Says("the sign", 0.693)]),
    (ex.one_from_float64, [53 * math.log(2), 36.737],
     [36, Says("next whole number", 37), Says("other precision", 16.636), Says(HALF, 36.044), Says(HALF, 36.04), Says("three decimals", 36.7), Says("three decimals", 36.74), -36.737, 53, 54 * math.log(2)]),
    (ex.one_from_float32, [24 * math.log(2), 16.636], [16, Says("next whole number", 17), Says(HALF, 23 * math.log(2)), -16.636, 24, Says("other precision", 36.737), 16.6]),
    (ex.fit, [descended, by_network, lambda X, y: descended(X, y, 300)[:, None]], [
        Says("the bias comes first", lambda X, y: np.roll(descended(X, y), -1)),
        Says("against the gradient", lambda X, y: -descended(X, y)),
        Says("without a sigmoid", least_squares),
        Says("changes X", emptied),
        Says("the gradient of J is [-0.05, -0.01]", lambda X, y: descended(X, y, 1)),
        *variants(descended, "error = nn.sigmoid(with_ones @ weights) - y -> p = nn.sigmoid(with_ones @ weights); error = (p - y) * p * (1 - p)",
                  "weights - with_ones.T -> weights + with_ones.T", "nn.sigmoid(with_ones @ weights) -> nn.sigmoid(-with_ones @ weights)",
                  "np.ones -> np.zeros"),
        lambda X, y: [0.474, 0.798], lambda X, y: descended(X, y)[1:], lambda X, y: (descended(X, y)[0], descended(X, y)[1:]),
        lambda X, y: nn.sigmoid(descended(X, y)), Says("ZeroDivisionError", lambda X, y: 1 / 0),
    ]),
    (ex.odds_and_factor, [(7.92, 4.93), [7.918, 4.929], [math.exp(2.07), math.exp(1.596)]],
     [Says("first the odds", (4.93, 7.92)), Says("not a probability", (0.888, 4.93)), Says("logarithms", (2.07, 1.6)), Says("for one hPa", (7.92, 2.22)),
      Says("multiplies again", (7.92, 4.44)), (7.9, 4.93), (7.92, 4.9), 7.92]),
]  # fmt: skip
