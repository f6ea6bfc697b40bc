"""Answers to the exercises of chapter 02."""

import math

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

import nnbook as nn
from nnbook.exercises import single_neuron_chain as ex


def chain(x, w, b, y):
    """The gradients by weights and biases, by plain loops and lists."""
    a = [x]
    for w_k, b_k in zip(w, b, strict=True):
        a.append(1 / (1 + math.exp(-w_k * a[-1] - b_k)))
    e, dw, db = a[-1] - y, [], []
    for k in reversed(range(len(w))):
        db.insert(0, a[k + 1] * (1 - a[k + 1]) * e)
        dw.insert(0, a[k] * db[0])
        e = w[k] * db[0]
    return dw, db


def slope(z):
    return nn.sigmoid(z) * (1 - nn.sigmoid(z))


def by_layers(x, w, b, y):
    pairs = [(nn.Dense(1, 1, rng=0), nn.Sigmoid()) for _ in w]
    network = nn.Sequential(*[layer for pair in pairs for layer in pair])
    for (dense, _), w_k, b_k in zip(pairs, w, b, strict=True):
        dense.parameters["W"][:], dense.parameters["b"][:] = w_k, b_k
    loss = nn.HalfSquaredError()
    loss.forward(network.forward([[x]]), [[y]])
    network.backward(loss.backward())
    return np.ravel(network.gradients()[::2]), np.ravel(network.gradients()[1::2])


def numerical(x, w, b, y):
    """Central differences, which are no backward pass."""

    def loss(w, b):
        a = x
        for w_k, b_k in zip(w, b, strict=True):
            a = nn.sigmoid(a * w_k + b_k)
        return (a - y) ** 2 / 2

    by_w = nn.numerical_gradient(lambda v: loss(v, b), w)
    return by_w, nn.numerical_gradient(lambda v: loss(w, v), b)


def step(x, w, y, alpha):
    return w - alpha * np.array(chain(x, w, np.zeros(len(w)), y)[0])


def numerical_step(x, w, y, alpha):
    """The right step along a numerical gradient: the bug need not be found for it."""
    return w - alpha * numerical(x, w, np.zeros(len(w)), y)[0]


def in_place(x, w, y, alpha):
    """The right step, in the array that was given."""
    w -= alpha * np.array(chain(x, w, np.zeros(len(w)), y)[0])
    return w


def planted(x, w, y, alpha):
    """As it stands in the notebook: the gradient passes through the updated weight."""
    w, a = np.array(w, dtype=float), [x]
    for w_k in w:
        a.append(nn.sigmoid(w_k * a[-1]))
    e = a[-1] - y
    for k in reversed(range(len(w))):
        delta = a[k + 1] * (1 - a[k + 1]) * e
        w[k] -= alpha * a[k] * delta
        e = w[k] * delta
    return w


ANSWERS = [
    (ex.through_gates, [[4, 6, 0, 0]],
     [Says("the other one", [6, 4, 0, 0]), Says("the smaller input nothing", [4, 6, 2, 2]),
      Says("twice the output", [2, 3, 0, 0]), Says("the larger input everything", [0, 0, 2, 2]), Says("not right: dJ/dr", [4, 6, 1, 0]),
      Says("doubled twice", [8, 12, 0, 0]), Says("not the output", [12, 12, 0, 0]), Says("4 numbers in a row", [4, 6]), Says("4 numbers in a row", [[4, 6], [0, 0]])]),
    (ex.table, [[[9, 2], [36, 12], [72, 48]]],
     [Says("neuron 1 comes first", [[2, 9], [12, 36], [48, 72]]),
      Says("every sign is reversed", [[-9, -2], [-36, -12], [-72, -48]]),  # target minus prediction
      Says("before it: dw2, dw1", [[9, 2], [36, 12], [144, 108]]),  # a_l instead of a_(l-1)
      Says("before it: dw2", [[9, 2], [36, 12], [72, 108]]),  # the same for the last weight only
      [[9, 2], [36, 12], [36, 48]],  # the input of w1 forgotten
      Says("before it: da2", [[18, 4], [72, 24], [144, 96]]),  # the half of the loss forgotten: one mistake, six wrong entries
      Says("before it: da1", [[9.009, 2.005], [36, 12.03], [72, 48.12]]),  # each near, and yet not
      [[6, 2], [36, 8], [72, 32]],  # the slope of neuron 2 at neuron 1, and the other way round
      [[9, 2], [54, 12], [108, 48]],  # the slope of neuron 2 at both
      [[9, 36, 72], [2, 12, 48]], [9, 2, 36, 12, 72, 48]]),
    (ex.wrong_line, ["weight"], ["weights", Says("the last would be right", "input"), Says("same factor", "loss"), Says("further back", "Activation ")]),
    (ex.no_gradient, ["w1", "w_1", "$w_1$"], [Says("w2 receives a1 times", "w_2"), Says("a2 times", "w3"), Says("only on the way to w1", "all")]),
    (ex.chain_gradients, [chain, by_layers],
     [*variants(chain, " - b_k -> ", "a[-1] - y -> y - a[-1]", "a[-1] - y -> 2 * (a[-1] - y)", "a[k + 1] * (1 - a[k + 1]) -> a[k + 1]"),
      *map(Says, ("in every delta", "activation before it", "delta is multiplied by w_l", "not by da", "not at a_l", "contains the bias", "bias receives delta_l itself", "of the same neuron"),
           variants(chain, "a[k + 1] * (1 - a[k + 1]) * e -> e", "a[k] * db[0] -> a[k + 1] * db[0]", "w[k] * db[0] -> db[0]", "w[k] * db[0] -> w[k] * e", "a[k + 1] * (1 - a[k + 1]) * e -> slope(a[k + 1]) * e",
                    "a[k + 1] * (1 - a[k + 1]) * e -> slope(w[k] * a[k]) * e", "return dw, db -> return dw, dw", "w[k] * db[0] -> w[k - 1] * db[0]")),
      lambda *case: [part[::-1] for part in chain(*case)], lambda *case: np.multiply(chain(*case), [[1.0005], [1]]),
      lambda *case: np.round(chain(*case), 9), Says("close, not exact", numerical),
      Says("result 2: came 'nothing yet', not 3 numbers", lambda *case: (chain(*case)[0], ...)),
      lambda *case: [..., chain(*case)[1]], chain(1.0, [0.5], [0.0], 1.0)]),
    (ex.depth, [127],
     [1e-3, 127.2, [127, 127], Says("the sigmoid's", 4), Says("counted from 0", 126), Says("counted from 1", 128),
      Says("prediction minus the target", 138)]),
    (ex.planted_step, [step, lambda *case: step(*case).round(14)],
     [planted, Says("close, not exact", numerical_step), lambda *case: step(*case).round(6), Says("the function changes w", in_place), lambda x, w, y, alpha: w, Says("the loss rises", lambda x, w, y, alpha: step(x, w, y, -alpha)), Says("is alpha in", lambda x, w, y, alpha: step(x, w, y, 1)),
      *variants(step, "w - alpha -> w + alpha", "- alpha * -> -", "w - alpha -> alpha", "[0]) -> [1])")]),
]  # fmt: skip
