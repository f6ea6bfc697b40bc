"""Exercises of chapter 14."""

from dataclasses import dataclass

import numpy as np

from ..layers.activations import softmax
from .grading import Function, Property, Value

contributions = Value(
    "14.1", "the gradients that arrive at v for (v · v) · v, v = 3", [9.0, 9.0, 9.0]
)

with_a_line = Value("14.1", "dJ/dv for J = v · v + 3v at v = 5", 13.0)


@dataclass
class _Entry:
    """What an operation of the tape is handed: a value, and a name."""

    value: np.ndarray
    name: str = "z"

    def __repr__(self) -> str:
        return f"a node of value {self.value.tolist()}"


_UPSTREAM = np.array([2.0, -1.0, 0.5])


def _value_and_gradient(node):
    """Return the value of a node, and what its ways send back together to the node it came from."""
    if not hasattr(node, "ways"):
        return node
    if not all(isinstance(before, _Entry) for before, _, _, _ in node.ways):
        raise ValueError("an edge leads to something else than z")
    sent = [np.asarray(rule(_UPSTREAM), dtype=float) for _, rule, _, _ in node.ways]
    return np.asarray(node.value, dtype=float), np.sum(sent, axis=0)


def _tanh_of_entry(z, _):
    slope = 1 - np.tanh(z.value) ** 2
    return np.tanh(z.value), _UPSTREAM * slope


tanh_entry = Function(
    "14.2", "a node: the tanh of z, and an edge back to z", _tanh_of_entry, ("z", "name"),
    ((_Entry(np.array([0.5, -1.0, 2.0])), "a"), (_Entry(np.array([0.0, 0.25, -3.0])), "h")),
    read=_value_and_gradient,
)  # fmt: skip


def _to_the_row(u, gamma, a_hat, tau):
    g = u * gamma
    return (g - g.mean() - a_hat * (g * a_hat).mean()) / tau


def _row(seed, n):
    rng = np.random.default_rng(seed)
    a, u, gamma = rng.normal(size=(3, n)).round(1)
    tau = np.sqrt(a.var() + 1e-5)
    return u, gamma, (a - a.mean()) / tau, tau


planted_norm = Function(
    "14.3", "the gradient with respect to the row", _to_the_row, ("u", "gamma", "a_hat", "tau"),
    (
        (np.array([1.0, 0.0]), np.array([2.0, 1.0]), np.array([1.0, -1.0]), 0.5), _row(1, 4),
        _row(2, 5),
    ),
    kept=("u", "gamma", "a_hat"),
)  # fmt: skip


def _by_w(w, drives):
    h, slope = 0.0, 0.0
    for drive in drives:
        new = np.tanh(w * h + drive)
        h, slope = new, (1 - new**2) * (h + w * slope)
    return slope


cell_gradient = Function(
    "14.4", "dJ/dw of the cell", _by_w, ("w", "drives"),
    (
        (0.5, np.array([1.0])), (0.5, np.array([1.0, 0.0])), (-1.5, np.array([0.5, -0.25, 1.0])),
        (0.9, np.array([1.0, 0.0, 0.0, 0.0, 0.0, 0.0])),
    ),
    kept=("drives",),
)  # fmt: skip

needed_score = Value("14.5", "the score for an attention weight of 0.9 among eight", np.log(63))

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
    "14.5", "W_q, so that every position looks to its left", _looks_left, quoted=False
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


attention_backward = Function(
    "14.7", "dQ, dK and dV", _attention_back, ("Q", "K", "V", "dY"),
    (_tables(1, 2, 2, 2), _tables(2, 3, 4, 2), _tables(3, 5, 3, 3)), kept=("Q", "K", "V", "dY"),
)  # fmt: skip


def _node_gradients(ways):
    """Return the gradient of every node, the loss being the last; each node sends once."""
    gradient = np.zeros(len(ways))
    gradient[-1] = 1.0
    for k in reversed(range(len(ways))):
        for before, factor in ways[k]:
            gradient[before] += factor * gradient[k]
    return gradient


planted_backward = Function(
    "14.6", "the gradient of every node", _node_gradients, ("ways",),
    (
        ([[], [(0, 3.0)], [(1, 5.0)]],), ([[], [(0, 3.0), (0, 3.0)]],),
        ([[], [(0, 2.0)], [(1, 3.0), (1, 3.0)]],),
        ([[], [(0, 1.0), (0, 1.0)], [(1, 1.0)], [(1, 2.0), (2, -1.0)], [(2, 0.5), (3, 1.0)]],),
        ([[], [(0, 2.0)], [(1, 3.0)], [(2, 1.0), (1, 5.0)]],),
        ([[], [(0, 2.0)], [(1, 3.0)], [(1, 5.0), (2, 1.0)]],),
    ),
    kept=("ways",),
)  # fmt: skip
