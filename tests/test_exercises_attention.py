"""Answers to the exercises of chapter 14b."""

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

import nnbook as nn
from nnbook.exercises import attention as ex


def last_state(w, drives):
    h = 0.0
    for drive in drives:
        h = np.tanh(w * h + drive)
    return h


def recurrent_gradient(w, drives):
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
    return (last_state(w + 1e-5, drives) - last_state(w - 1e-5, drives)) / 2e-5


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


def causal(S):
    weights = np.zeros(np.shape(S))
    for r, row in enumerate(S):
        weights[r, : r + 1] = np.exp(row[: r + 1]) / np.exp(row[: r + 1]).sum()
    return weights


def by_large_negative(S):
    return nn.softmax(S + np.triu(np.full(S.shape, -1e9), 1))


def masked_weights(S):
    return np.tril(nn.softmax(S))


def renormalised(S):
    weights = np.tril(nn.softmax(S))
    return weights / weights.sum(axis=1, keepdims=True)


def of_the_past(S):
    return nn.softmax(S + np.tril(np.full(S.shape, -1e9), -1))


ANSWERS = [
    (ex.recurrent_gradient, [recurrent_gradient],
     [Says("close", by_differences), Says("not its derivative", last_state),
      *variants(recurrent_gradient, "dw += -> dw = dw or ", "states[t - 1] -> states[t]", "(1 - states[t] ** 2) -> 1", "0.0, 1.0 -> 0.0, states[-1]",
                "dh = delta * w -> dh = delta", "dh = delta * w -> dh += delta * w"),
      Says("depend on w too", ex._last_step)]),
    (ex.needed_score, [np.log(63), 4.143], [4.15, Says("seven others", np.log(9)), np.log(7), 0.9, 63, np.log(56)]),
    (ex.looks_left, [LEFT, 3 * LEFT, LEFT - 5],
     [np.roll(LEFT, 2, axis=1), LEFT / 20, LEFT[4:], LEFT.T, np.vstack([np.zeros((4, 4)), 20 * np.eye(4)]),
      np.vstack([LEFT[4:], np.zeros((4, 4))]), Says("not above 0.9", LEFT / 4),
      Says("on its right", np.vstack([np.zeros((4, 4)), 20 * np.roll(np.eye(4), 1, axis=1)])), np.full((8, 4), np.inf)]),
    (ex.attention_backward, [ex.attention_backward.reference],
     [Says("close", attention_by_differences),
      *variants(ex.attention_backward.reference, "n = Q.shape[1] -> n = 1", "n = Q.shape[1] -> n = len(Q)", "n = Q.shape[1] -> n = V.shape[1]",
                "A = softmax(Q @ K.T / np.sqrt(n)) -> A = softmax(K @ Q.T / np.sqrt(n)).T && axis=1 -> axis=0",
                "dS @ K / np.sqrt(n) -> dS @ K", "dS.T @ Q / np.sqrt(n) -> dS.T @ Q"),
      Says("depends on all scores", variants(ex.attention_backward.reference, "(dA - (dA * A).sum(axis=1, keepdims=True)) -> (1 - A) * dA")[0]),
      Says("divides by the root", variants(ex.attention_backward.reference, "dS @ K / np.sqrt(n) -> dS @ K && dS.T @ Q / np.sqrt(n) -> dS.T @ Q")[0]),
      Says("transpose of A", variants(ex.attention_backward.reference, "A.T @ dY -> A @ dY")[0])]),
    (ex.causal_weights, [causal, by_large_negative, renormalised],
     [Says("mask the scores", masked_weights), Says("later ones only", of_the_past), Says("a score of 0", lambda S: nn.softmax(np.tril(S))),
      nn.softmax, lambda S: nn.softmax(by_large_negative(S)), lambda S: by_large_negative(S.T)]),
    (ex.first_update, [[np.log(20), 0.2], (2.996, 0.2)],
     [Says("down the gradient", [np.log(20), -0.2]), Says("four positions", [np.log(20), 0.8]), Says("one position of the four", [np.log(20), 0.95]),
      Says("not their sum", [4 * np.log(20), 0.2]), [np.log(20), 0], [0.05, 0.2]]),
]  # fmt: skip
