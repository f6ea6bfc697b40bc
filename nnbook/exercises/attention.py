"""Exercises of chapter 14b."""

from itertools import pairwise

import numpy as np

from ..layers.activations import softmax
from .grading import EXACT, Function, Property, Value


def _states(w, drives):
    states = [0.0]
    for drive in drives:
        states.append(np.tanh(w * states[-1] + drive))
    return states


def _by_w(w, drives):
    dh_dw = 0.0
    for before, h in pairwise(_states(w, drives)):
        dh_dw = (1 - h**2) * (before + w * dh_dw)
    return dh_dw


def _last_step(w, drives):
    *_, before, h = _states(w, drives)
    return (1 - h**2) * before


recurrent_gradient = Function(
    "14.6", "dJ/dw of the network", _by_w, ("w", "drives"),
    (
        (0.5, np.array([1.0])), (0.5, np.array([1.0, 0.0])), (-1.5, np.array([0.5, -0.25, 1.0])),
        (0.9, np.array([1.0, 0.0, 0.0, 0.0, 0.0, 0.0])),
    ),
    kept=("drives",), tolerance=EXACT,
    remarks={
        "the states depend on w too": lambda w, drives: _last_step(w, drives),
        "that is the loss, not its derivative": lambda w, drives: _states(w, drives)[-1],
    },
)  # fmt: skip

needed_score = Value(
    "14.7", "the score for an attention weight of 0.9 among eight", np.log(63),
    tolerance=1e-3,  # 4.14, and not 4.15
    remarks={"there are seven others, and each has e to the 0 = 1": np.log(9)},
)  # fmt: skip

_T = 4
_POSITIONS = np.eye(_T)
_LEFT = (np.arange(_T) - 1) % _T


def _looks_left(W_q):
    if W_q.shape != (2 * _T, _T):
        return f"it should have the shape ({2 * _T}, {_T})"
    W_k = np.vstack([np.zeros((_T, _T)), np.eye(_T)])
    rng = np.random.default_rng(5)
    for _ in range(20):
        X = np.hstack([np.eye(_T)[rng.integers(_T, size=_T)], _POSITIONS])
        A = softmax(X @ W_q @ (X @ W_k).T / np.sqrt(_T))
        weights = A[np.arange(_T), _LEFT]
        if weights.min() > 0.9:
            continue
        if A[_LEFT, np.arange(_T)].min() > 0.9:
            return "each position attends to the one on its right"
        if (A.argmax(axis=1) == _LEFT).all():
            return "it looks to the left, but one of the attention weights is not above 0.9"
        return False
    return True


looks_left = Property(
    "14.7", "W_q, so that every position looks to its left", _looks_left, quoted=False
)


def _attention_back(Q, K, V, dY):
    n = Q.shape[1]
    A = softmax(Q @ K.T / np.sqrt(n))
    dA = dY @ V.T
    dS = A * (dA - (dA * A).sum(axis=1, keepdims=True))
    return dS @ K / np.sqrt(n), dS.T @ Q / np.sqrt(n), A.T @ dY


def _tables(seed, positions, n, n_v):
    rng = np.random.default_rng(seed)
    shapes = (positions, n), (positions, n), (positions, n_v), (positions, n_v)
    return tuple(rng.normal(size=shape).round(1) for shape in shapes)


def _without_root(Q, K, V, dY):
    dQ, dK, dV = _attention_back(Q, K, V, dY)
    return dQ * np.sqrt(Q.shape[1]), dK * np.sqrt(Q.shape[1]), dV


def _diagonal_softmax(Q, K, V, dY):
    root = np.sqrt(Q.shape[1])
    A = softmax(Q @ K.T / root)
    dS = A * (1 - A) * (dY @ V.T)
    return dS @ K / root, dS.T @ Q / root, A.T @ dY


def _weights_for_values(Q, K, V, dY):
    dQ, dK, _ = _attention_back(Q, K, V, dY)
    return dQ, dK, softmax(Q @ K.T / np.sqrt(Q.shape[1])) @ dY


attention_backward = Function(
    "14.8", "dQ, dK and dV", _attention_back, ("Q", "K", "V", "dY"),
    (_tables(1, 2, 2, 2), _tables(2, 3, 4, 2), _tables(3, 5, 3, 3)), kept=("Q", "K", "V", "dY"),
    tolerance=EXACT,
    remarks={
        "the backward pass divides by the root too": _without_root,
        "each weight of the softmax depends on all scores of its row": _diagonal_softmax,
        "a position takes from others; dV needs the transpose of A": _weights_for_values,
    },
)  # fmt: skip


def _causal(S):
    return softmax(np.where(np.tri(len(S), dtype=bool), S, -np.inf))


def _masked_too_late(S):
    return np.tril(softmax(S))


def _mask_of_the_past(S):
    return softmax(np.where(np.tri(len(S), dtype=bool).T, S, -np.inf))


def _zeroed_scores(S):
    return softmax(np.tril(S))


causal_weights = Function(
    "14.9", "the attention weights of a causal head", _causal, ("S",),
    (
        (np.array([[0.5, 2.0], [1.0, -1.0]]),),
        (np.random.default_rng(4).normal(size=(3, 3)).round(1),),
        (np.random.default_rng(5).normal(size=(5, 5)).round(1) - 4,),
    ),
    kept=("S",),
    remarks={
        "the rows do not add up to 1: mask the scores, not the weights": _masked_too_late,
        "a position looks at later ones only": _mask_of_the_past,
        "a score of 0 is not a weight of 0": _zeroed_scores,
    },
)  # fmt: skip

first_update = Value(
    "14.10", "the loss, and the bias of e after the update", [np.log(20), 0.2],
    remarks={
        "the update goes down the gradient": [np.log(20), -0.2],
        "the loss is a mean: the gradient is divided by the four positions": [np.log(20), 0.8],
        "e is a target at one position of the four": [np.log(20), 0.95],
        "the loss is the mean over the positions, not their sum": [4 * np.log(20), 0.2],
    },
)  # fmt: skip
