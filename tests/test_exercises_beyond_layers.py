"""Answers to the exercises of chapter 14."""

from types import SimpleNamespace

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

import nnbook as nn
from nnbook.exercises import beyond_layers as ex


def tanh(z, name):
    slope = 1 - np.tanh(z.value) ** 2
    ways = [(z, lambda d: d * slope, "", "")]
    return SimpleNamespace(value=np.tanh(z.value), name=name, ways=ways)


# the same slope in other words; the sum of two edges
tanh_right = variants(
    tanh,
    "1 - np.tanh(z.value) ** 2 -> 1 / np.cosh(z.value) ** 2",
    '"")] -> "")] * 2; slope = slope / 2',
)
tanh_wrong = variants(tanh, " ** 2 -> ", "d * slope -> slope", "d * slope -> d", "1 - np.tanh(z.value) ** 2 -> 1 - z.value**2",
                      "value=np.tanh(z.value) -> value=z.value", "(z, lambda -> (None, lambda",
                      "(z, lambda -> (SimpleNamespace(value=np.zeros(3)), lambda", "ways=ways -> ways=[]")  # fmt: skip


def norm(u, gamma, a_hat, tau):
    g = u * gamma
    return (g - g.mean() - a_hat * (g * a_hat).mean()) / tau


def norm_as_planted(u, gamma, a_hat, tau):
    return gamma * norm(u, 1.0, a_hat, tau)


def cell(w, drives):
    h = 0.0
    for drive in drives:
        h = np.tanh(w * h + drive)
    return h


def cell_gradient(w, drives):
    states = [0.0]
    for drive in drives:
        states.append(np.tanh(w * states[-1] + drive))
    dw, dh = 0.0, 1.0
    for t in reversed(range(1, len(states))):
        delta = dh * (1 - states[t] ** 2)
        dw += states[t - 1] * delta
        dh = delta * w
    return dw


def by_differences(w, drives):
    return (cell(w + 1e-5, drives) - cell(w - 1e-5, drives)) / 2e-5


LEFT = np.zeros((8, 4))
for r in range(4):
    LEFT[4 + r, (r - 1) % 4] = 20


def attention_by_differences(Q, K, V, dY):
    def loss(Q, K, V):
        return np.sum(dY * (nn.softmax(Q @ K.T / np.sqrt(Q.shape[1])) @ V))

    return (
        nn.numerical_gradient(lambda Q: loss(Q, K, V), Q),
        nn.numerical_gradient(lambda K: loss(Q, K, V), K),
        nn.numerical_gradient(lambda V: loss(Q, K, V), V),
    )


def backward_by_paths(ways):
    gradient = [0.0] * len(ways)

    def send(k, arriving):
        gradient[k] += arriving
        for before, factor in ways[k]:
            send(before, factor * arriving)

    send(len(ways) - 1, 1.0)
    return gradient


def backward_as_planted(ways):
    gradient, waiting = np.zeros(len(ways)), [(len(ways) - 1, 1.0)]
    while waiting:
        k, arriving = waiting.pop()
        gradient[k] += arriving
        waiting += [(before, factor * gradient[k]) for before, factor in ways[k]]
    return gradient


def backward_once(ways):
    """Visit every node once, but in the order of a stack, so some send too early."""
    gradient, waiting, seen = np.zeros(len(ways)), [(len(ways) - 1, 1.0)], set()
    while waiting:
        k, arriving = waiting.pop()
        gradient[k] += arriving
        if k in seen:
            continue
        seen.add(k)
        waiting += [(before, factor * gradient[k]) for before, factor in ways[k]]
    return gradient


def backward_kept(ways):
    """Add to the gradient at once and keep only the nodes, each once."""
    gradient, waiting, seen = np.zeros(len(ways)), [len(ways) - 1], set()
    gradient[-1] = 1.0
    while waiting:
        k = waiting.pop()
        if k in seen:
            continue
        seen.add(k)
        for before, factor in ways[k]:
            gradient[before] += factor * gradient[k]
            waiting.append(before)
    return gradient


# as a queue, adding only to a node that has not sent yet, and both
(unseen,) = variants(
    backward_once, "gradient[k] += arriving -> gradient[k] += arriving * (k not in seen)"
)
IN_OTHER_ORDERS = [
    unseen,
    *variants(backward_once, "pop() -> pop(0)"),
    *variants(backward_kept, "pop() -> pop(0)"),
]

ANSWERS = [
    (ex.contributions, [[9, 9, 9]], [[6, 6, 6], [9, 3, 3], 27, [9, 9], [3, 3, 3], [9, 9, 18]]),
    (ex.with_a_line, [13], [8, 10, 28, 40]),
    (ex.tanh_entry, [tanh, *tanh_right], [*tanh_wrong, lambda z, name: np.tanh(z.value)]),
    (ex.planted_norm, [norm],
     [norm_as_planted, *variants(norm, " / tau -> ", "/ tau -> * tau", "u * gamma -> u", " - a_hat * (g * a_hat).mean() -> ", "- g.mean() -> ",
                                 "g.mean() -> u.mean()", "(g * a_hat).mean() -> (u * a_hat).mean()")]),
    (ex.cell_gradient, [cell_gradient, by_differences],
     [cell, *variants(cell_gradient, "dw += -> dw = dw or ", "states[t - 1] -> states[t]", "(1 - states[t] ** 2) -> 1", "0.0, 1.0 -> 0.0, states[-1]",
                      "dh = delta * w -> dh = delta", "dh = delta * w -> dh += delta * w")]),
    (ex.needed_score, [np.log(63), 4.143], [np.log(9), np.log(7), 0.9, 63, np.log(56)]),
    (ex.looks_left, [LEFT, 3 * LEFT, LEFT - 5],
     [np.roll(LEFT, 2, axis=1), LEFT / 20, LEFT[4:], LEFT.T, np.vstack([np.zeros((4, 4)), 20 * np.eye(4)]),
      np.vstack([LEFT[4:], np.zeros((4, 4))]), Says("not above 0.9", LEFT / 4),
      Says("on its right", np.vstack([np.zeros((4, 4)), 20 * np.roll(np.eye(4), 1, axis=1)])), np.full((8, 4), np.inf)]),
    (ex.attention_backward, [ex.attention_backward.reference, attention_by_differences],
     variants(ex.attention_backward.reference, "n = Q.shape[1] -> n = 1", "n = Q.shape[1] -> n = len(Q)", "n = Q.shape[1] -> n = V.shape[1]",
              "A = softmax(Q @ K.T / np.sqrt(n)) -> A = softmax(K @ Q.T / np.sqrt(n)).T && axis=1 -> axis=0",
              "(dA - (dA * A).sum(axis=1, keepdims=True)) -> (1 - A) * dA", "dS @ K / np.sqrt(n) -> dS @ K",
              "dS.T @ Q / np.sqrt(n) -> dS.T @ Q")),
    (ex.planted_backward, [backward_by_paths],
     [backward_as_planted, backward_once, backward_kept, *IN_OTHER_ORDERS,
      *variants(ex.planted_backward.reference, "+= factor -> = factor", "factor * gradient[k] -> gradient[k]", "gradient[k] -> (gradient[k] + 1)")]),
]  # fmt: skip


def test_a_published_walk_made_seven_of_six():
    # x * (x * a) + (x * x) * a + x * (x * a) at 1, where x * a is used twice
    ways = [[], [(0, 1.0)], [(0, 1.0), (0, 1.0)], [(0, 1.0), (1, 1.0)], [(0, 1.0), (1, 1.0)]]
    ways += [[(2, 1.0)], [(3, 1.0), (4, 1.0), (5, 1.0)]]
    assert backward_by_paths(ways)[0] == 6
    assert backward_as_planted(ways)[0] == 7
