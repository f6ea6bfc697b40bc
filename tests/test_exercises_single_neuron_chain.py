import math

import numpy as np
from grader_tests import *  # noqa: F403

import nnbook as nn
from nnbook.exercises import single_neuron_chain as ex


def chain(x, w, b, y, start=None, slope=lambda z: nn.sigmoid(z) * (1 - nn.sigmoid(z))):
    """The gradients by weights and biases, by plain loops and lists."""
    z, a = [], [x]
    for w_k, b_k in zip(w, b, strict=True):
        z.append(w_k * a[-1] + b_k)
        a.append(1 / (1 + math.exp(-z[-1])))
    e = a[-1] - y if start is None else start(a[-1], y)
    dw, db = [], []
    for k in range(len(w) - 1, -1, -1):
        db.insert(0, slope(z[k]) * e)
        dw.insert(0, a[k] * db[0])
        e = w[k] * db[0]
    return dw, db


def price(x, w, b, y):
    for w_k, b_k in zip(w, b, strict=True):
        x = nn.sigmoid(w_k * x + b_k)
    return (x - y) ** 2 / 2


def by_nudging(x, w, b, y):
    return (
        nn.numerical_gradient(lambda w: price(x, w, b, y), w)[:, None],
        nn.numerical_gradient(lambda b: price(x, w, b, y), b)[None, :],
    )


def by_layers(x, w, b, y):
    pairs = [(nn.Dense(1, 1, rng=0), nn.Sigmoid()) for _ in w]
    network, loss = (
        nn.Sequential(*[layer for pair in pairs for layer in pair]),
        nn.HalfSquaredError(),
    )
    for (dense, _), w_k, b_k in zip(pairs, w, b, strict=True):
        dense.parameters["W"][:], dense.parameters["b"][:] = w_k, b_k
    loss.forward(network.forward([[x]]), [[y]])
    network.backward(loss.backward())
    return np.array(network.gradients()[::2]), np.ravel(network.gradients()[1::2])


def as_printed(*case):
    """To six decimals, as the page shows its numbers."""
    return np.round(chain(*case), 6)


def nearly(*case):
    """Right to three digits only."""
    dw, db = chain(*case)
    return np.multiply(dw, 1.0005), db


def shifted(x, w, b, y):
    """The notes' slip: each weight collects its own neuron's answer."""
    answers, db = [], chain(x, w, b, y)[1]
    for w_k, b_k in zip(w, b, strict=True):
        x = nn.sigmoid(w_k * x + b_k)
        answers.append(x)
    return np.multiply(answers, db), db


def step(x, w, y, alpha):
    return np.asarray(w) - alpha * np.array(chain(x, w, np.zeros(len(w)), y)[0])


def planted(x, w, y, alpha):
    """As it stands in the notebook: the blame passes through the moved weight."""
    w, a = np.array(w, dtype=float), [x]
    for w_k in w:
        a.append(nn.sigmoid(w_k * a[-1]))
    e = a[-1] - y
    for k in reversed(range(len(w))):
        delta = a[k + 1] * (1 - a[k + 1]) * e
        w[k] -= alpha * a[k] * delta
        e = w[k] * delta
    return w


def in_place(x, w, y, alpha):
    w -= alpha * np.array(chain(x, w, np.zeros(len(w)), y)[0])
    return w


def spoiling(x, w, b, y):
    result = chain(x, w.copy(), b, y)
    w -= 0.1 * result[0]
    return result


RIGHT = [
    (ex.slope_at_one, [24, 24.0, [24], np.array([[24]]), 3 * 2**2 * 2]),
    (ex.table, [[[9, 2], [36, 12], [72, 48]], np.array([[9.0, 2], [36, 12], [72, 48]]),
                ((9, 2), (36, 12), (72, 48)), np.reshape([9, 2, 36, 12, 72, 48], (3, 2))]),
    (ex.wrong_line, ["collect", "Collect", " collect "]),
    (ex.no_gradient, ["w1", "W1", " w1 ", "w_1", "$w_1$"]),
    (ex.chain_gradients, [chain, by_nudging, by_layers, as_printed,
                          lambda *case: np.array(chain(*case))]),
    (ex.depth, [127, 127.0, [127], np.int64(127)]),
    (ex.planted_step, [step, in_place, lambda *case: list(step(*case)),
                       lambda *case: step(*case)[:, None],
                       lambda *case: step(*case).round(6)]),
]  # fmt: skip
WRONG = [
    (ex.slope_at_one, [12, 2, 8, -24, 48, [24, 24], "24", np.nan, lambda: 24]),
    (ex.table, [
        [[2, 9], [12, 36], [48, 72]],  # the layers in the wrong order
        [[-9, -2], [-36, -12], [-72, -48]],
        [[9, 2], [36, 12], [144, 108]],  # a_l instead of a_(l-1)
        [[9, 2], [36, 12], [72, 108]],  # the same for the last weight only
        [[9, 2], [36, 12], [36, 48]],  # the input of w1 forgotten
        [[6, 2], [36, 8], [72, 32]],  # the slope of neuron 2 at neuron 1, and the other way round
        [[9, 2], [54, 12], [108, 48]],  # the slope of neuron 2 at both
        [[9, 36, 72], [2, 12, 48]],
        [[9, 2], [36, 12]],
        [9, 2, 36, 12, 72, 48],
        [[9, 2], [36, np.nan], [72, 48]],
        "[[9, 2], [36, 12], [72, 48]]",
    ]),
    (ex.wrong_line, ["bend", "start", "pass on", "collect the gradient", 3, ["collect"]]),
    (ex.no_gradient, ["none", "w2", "w3", "w1 and w2", "all", 1, ["w1"]]),
    (ex.chain_gradients, [
        lambda x, w, b, y: chain(x, w, np.zeros(len(b)), y),
        lambda *case: chain(*case, start=lambda a, y: y - a),
        lambda *case: chain(*case, start=lambda a, y: 2 * (a - y)),
        lambda *case: chain(*case, slope=lambda z: 1),
        lambda *case: chain(*case, slope=nn.sigmoid),
        lambda *case: [part[::-1] for part in chain(*case)],
        lambda *case: chain(*case)[::-1],
        lambda *case: chain(*case)[0],
        lambda *case: [part[:-1] for part in chain(*case)],
        lambda *case: np.full((2, len(case[1])), np.nan),
        lambda *case: (chain(*case)[0], ...),
        lambda *case: [..., chain(*case)[1]],
        spoiling,
        shifted,
        nearly,
        lambda x, w, b, y: x / 0,
        chain(1.0, [0.5], [0.0], 1.0),
    ]),
    (ex.depth, [126, 128, 4, -127, 1e-3, [127, 127], "127", np.inf]),
    (ex.planted_step, [
        planted,
        lambda x, w, y, alpha: w,
        lambda x, w, y, alpha: step(x, w, y, -alpha),
        lambda x, w, y, alpha: step(x, w, y, 1),
        lambda x, w, y, alpha: w - step(x, w, y, alpha),
        lambda *case: step(*case)[::-1],
        lambda *case: step(*case)[0],
        lambda *case: str(step(*case)),
        lambda *case: planted,
    ]),
]  # fmt: skip


def test_a_missing_half_is_named(verdict):
    line = verdict(ex.chain_gradients, lambda *case: (chain(*case)[0], ...))
    assert line.endswith("result 2: came 'nothing yet', not 3 numbers")
