"""Exercises of chapter 14a."""

from dataclasses import dataclass

import numpy as np

from .grading import EXACT, Function, Value

contributions = Value(
    "14.1", "the contributions that arrive at v for (v · v) · (v + 1), v = 3", [12.0, 12.0, 9.0],
    remarks={
        "first the two through s, then the one through r": [9.0, 12.0, 12.0],
        "the gradient at s is r": [3.0, 3.0, 9.0],
        "the gradient at r is s": [12.0, 12.0, 1.0],
        "s has two edges to v": [24.0, 24.0, 9.0],
    },
)  # fmt: skip

with_a_line = Value(
    "14.1", "dJ/dv for J = v · v + 3v at v = 5", 13.0,
    remarks={"v · v has two edges to v": 8.0, "that is the loss": 40.0},
)  # fmt: skip


@dataclass
class _Node:
    """What an operation is handed: a node with a value and a name."""

    value: np.ndarray
    name: str = "z"

    def __repr__(self) -> str:
        return f"a node of value {self.value.tolist()}"


_UPSTREAM = np.array([[2.0, -1.0, 0.5], [-3.0, 0.25, 1.0]])  # of two backward passes


def _value_and_gradient(node):
    """Return the value of a node, and what its edges together pass on to the node z."""
    if not hasattr(node, "edges"):
        return node
    if not all(isinstance(parent, _Node) for parent, _ in node.edges):
        raise ValueError("an edge leads to something else than z")
    passed = [
        np.sum([np.asarray(vjp(u), dtype=float) for _, vjp in node.edges], axis=0)
        for u in _UPSTREAM
    ]
    return np.asarray(node.value, dtype=float), np.array(passed)


def _tanh(z, _):
    return np.tanh(z.value), _UPSTREAM * (1 - np.tanh(z.value) ** 2)


tanh_operation = Function(
    "14.2", "a node: the tanh of z, and an edge back to z", _tanh, ("z", "name"),
    ((_Node(np.array([0.5, -1.0, 2.0])), "a"), (_Node(np.array([0.0, 0.25, -3.0])), "h")),
    read=_value_and_gradient, tolerance=EXACT,
    remarks={
        "that is the derivative of the sigmoid": lambda z, _: (
            np.tanh(z.value), _UPSTREAM * np.tanh(z.value) * (1 - np.tanh(z.value))
        ),
        "the upstream gradient is missing": lambda z, _: (
            np.tanh(z.value), np.tile(1 - np.tanh(z.value) ** 2, (2, 1))
        ),
        "tanh(z) is taken for z": lambda z, _: (
            np.tanh(z.value), _UPSTREAM * (1 - np.tanh(np.tanh(z.value)) ** 2)
        ),
        "the node has no edge": lambda z, _: (np.tanh(z.value), np.zeros(2)),
    },
)  # fmt: skip

passes = Value(
    "14.3", "the passes in forward and in reverse mode", [[50890, 1], [784, 10], [1, 200]],
    tolerance=1e-9,
    remarks={
        "the two modes are exchanged": [[1, 50890], [10, 784], [200, 1]],
        "one pass in reverse mode is for one output": [[50890, 1], [784, 1], [1, 1]],
    },
)  # fmt: skip


def _norm_backward(u, gamma, a_hat, tau):
    g = u * gamma
    return (g - g.mean() - a_hat * (g * a_hat).mean()) / tau


def _sample(seed, n):
    rng = np.random.default_rng(seed)
    a, u, gamma = rng.normal(size=(3, n)).round(1)
    tau = np.sqrt(a.var() + 1e-5)
    return u, gamma, (a - a.mean()) / tau, tau


planted_norm = Function(
    "14.4", "the gradient with respect to the activations", _norm_backward,
    ("u", "gamma", "a_hat", "tau"),
    (
        (np.array([1.0, 0.0]), np.array([2.0, 1.0]), np.array([1.0, -1.0]), 0.5), _sample(1, 4),
        _sample(2, 5),
    ),
    kept=("u", "gamma", "a_hat"), tolerance=EXACT,
    remarks={
        "the gain comes first in the backward pass": lambda u, gamma, a_hat, tau: (
            gamma * _norm_backward(u, 1.0, a_hat, tau)
        ),
        "gamma is missing": lambda u, gamma, a_hat, tau: _norm_backward(u, 1.0, a_hat, tau),
        "the path through the mean is missing": lambda u, gamma, a_hat, tau: (
            u * gamma - a_hat * (u * gamma * a_hat).mean()
        ) / tau,
        "the path through the standard deviation is missing": lambda u, gamma, a_hat, tau: (
            u * gamma - (u * gamma).mean()
        ) / tau,
    },
)  # fmt: skip


def _node_gradients(edges):
    """Return the gradient of every node, the loss being the last; each node sends once."""
    gradient = np.zeros(len(edges))
    gradient[-1] = 1.0
    for k in reversed(range(len(edges))):
        for parent, local in edges[k]:
            gradient[parent] += local * gradient[k]
    return gradient


planted_backward = Function(
    "14.5", "the gradient of every node", _node_gradients, ("edges",),
    (
        ([[], [(0, 3.0)], [(1, 5.0)]],), ([[], [(0, 3.0), (0, 3.0)]],),
        ([[], [(0, 2.0)], [(1, 3.0), (1, 3.0)]],),
        ([[], [(0, 1.0), (0, 1.0)], [(1, 1.0)], [(1, 2.0), (2, -1.0)], [(2, 0.5), (3, 1.0)]],),
        ([[], [(0, 2.0)], [(1, 3.0)], [(2, 1.0), (1, 5.0)]],),
        ([[], [(0, 2.0)], [(1, 3.0)], [(1, 5.0), (2, 1.0)]],),
    ),
    kept=("edges",),
)  # fmt: skip
