"""Exercises of chapter 11."""

import ast
import contextlib
import math
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from ..layers.activations import log_softmax, softmax
from .grading import Choice, Finding, Function, Property, Value

logits_of_thirds = Value(
    "11.1",
    "three logits whose softmax is 1/2, 1/3, 1/6, the last of them 0",
    [math.log(3), math.log(2), 0.0],
)

added_to_dog = Value(
    "11.1", "how much to add to one logit so that its 0.6 becomes 0.9", math.log(6)
)

stable_softmax = Function(
    "11.2",
    "the softmax of each row at its temperature",
    lambda Z, T: softmax(Z / T[:, None]),
    ("Z", "T"),
    (
        (np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]), np.array([1.0, 1.0])),
        (np.array([[1001.0, 1002.0, 1003.0]]), np.array([2.0])),
        (np.array([[-1001.0, -1002.0, -1003.0]]), np.array([0.5])),
        (np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0], [2.0, 0.0, 1.0]]), np.array([1.0, 10.0, 0.5])),
        (np.array([[2000.0, 2001.0], [1.0, 0.0], [-2000.0, -2001.0]]), np.array([1.0, 2.0, 4.0])),
        (np.array([[1.0, 1.002, 0.998], [2000.0, 2001.0, 0.0]]), np.array([0.001, 0.001])),
        (np.array([[-9000.0, 0.0, 9000.0, 9000.0], [1.0, 2.0, 3.0, 4.0]]), np.array([1.0, 1000.0])),
        (np.array([[0.0, 2000.0], [1.0, -1.0]]), np.array([1000.0, 2.0])),
    ),
)

difference_for_nine_tenths = Value("11.3", "the difference of the two logits", math.log(9))


def _one_neuron(W, b):
    return W[:, 0] - W[:, 1], b[0] - b[1]


one_neuron = Function(
    "11.3", "the weights w and the bias b of the single neuron", _one_neuron, ("W", "b"),
    (
        (np.array([[1.0, 3.0], [0.5, -0.25]]), np.array([0.5, 2.0])),
        (np.array([[2.0, -1.0]]), np.array([-1.0, 1.5])),
        (np.array([[0.0, 4.0], [7.0, 5.0], [1.0, 1.0]]), np.array([3.0, 3.0])),
    ),
    any_vector=True,
)  # fmt: skip

elementwise_product = Value("11.4", "what the elementwise product would return", [5 / 6, 0.0, 0.0])


class _LogitGradient(Value):
    """The gradient through a softmax: an elementwise product with the slopes is pointed out."""

    def complaint(self, answer: Any) -> Finding | None:
        finding = super().complaint(answer)
        if finding and elementwise_product.complaint(answer) is None:
            return replace(finding, remark="this is the elementwise product")
        return finding


logit_gradient = _LogitGradient(
    "11.4", "the gradient with respect to the three logits", [5 / 6, -1 / 3, -1 / 2]
)


def _without_effect(u):
    if u.size != 3 or not np.isfinite(u).all():
        return False
    return bool(np.abs(u).min() > 0 and np.ptp(u) <= 1e-9 * np.abs(u).max())


without_effect = Property(
    "11.4", "three numbers, not all 0, for which the gradient of the logits is 0", _without_effect
)

dog_losses = Value(
    "11.5", "the half squared error and the cross-entropy of (0.2, 0.8)", [0.64, -math.log(0.2)]
)

photo_losses = Value(
    "11.5",
    "the half squared error and the cross-entropy of (0.6, 0.1, 0.3)",
    [0.13, -math.log(0.6)],
)


def _pair(answer: Any) -> Any:
    """Return a pair of whole numbers, be it a text, a tuple, a list or an array, as a text."""
    with contextlib.suppress(Exception):  # what came may be anything
        pair = ast.literal_eval(answer.strip()) if isinstance(answer, str) else answer
        first, second = np.ravel(pair).tolist()
        return f"({first:.12g}, {second:.12g})"
    return answer


target_of_the_print = Choice(
    "11.5",
    "the target for which the sum of squares is 0.68",
    "(0, 0)",
    ("(1, 0)", "(0, 1)", "(0, 0)"),
    read=_pair,
)


def _loss_of_logits(Z, labels):
    Y = np.eye(Z.shape[1])[labels]
    return -(Y * log_softmax(Z)).sum() / len(Z), (softmax(Z) - Y) / len(Z)


loss_of_logits = Function(
    "11.6", "the mean loss and its gradient", _loss_of_logits, ("Z", "labels"),
    (
        (np.array([[1.0, 2.0, 3.0]]), np.array([2])),
        (np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 0.25]]), np.array([0, 1])),
        (np.array([[0.0, 800.0]]), np.array([0])),
        (np.array([[0.0, 40.0], [60.0, 0.0], [5000.0, 5001.0]]), np.array([0, 1, 0])),
        (np.array([[-900.0, -901.0, -5000.0], [0.0, 0.0, 0.0]]), np.array([1, 2])),
    ),
)  # fmt: skip

losses_needed = Value(
    "11.7", "how many losses central differences need for 29 parameters", 58, tolerance=1e-9
)


def _network_gradients(weights, biases, X, labels):
    A = [X]
    for W, b in zip(weights, biases, strict=True):
        Z = A[-1] @ W + b
        A.append(1 / (1 + np.exp(-Z)))
    dZ = (softmax(Z) - np.eye(Z.shape[1])[labels]) / len(X)
    gradients = []
    for layer in (2, 1, 0):
        gradients = [A[layer].T @ dZ, dZ.sum(axis=0), *gradients]
        dZ = dZ @ weights[layer].T * A[layer] * (1 - A[layer])
    return tuple(gradients)


def _network_case(seed, m, sizes=(3, 3, 2, 3)):
    r = np.random.default_rng(seed)
    shapes = list(pairwise(sizes))
    weights = [r.normal(size=shape).round(2) for shape in shapes]
    biases = [r.normal(size=n).round(2) for _, n in shapes]
    return weights, biases, r.normal(size=(m, 3)).round(2), r.integers(3, size=m)


_GRADIENTS = ("dW1", "db1", "dW2", "db2", "dW3", "db3")
_BACKWARD = (4, 5, 2, 3, 0, 1)  # the order in which they are found


def _in_backward_order(came):
    """Return six results in the order of the backward pass, and anything else as it came."""
    if isinstance(came, str) or not isinstance(came, Iterable):
        return came
    came = list(came)
    return tuple(came[i] for i in _BACKWARD) if len(came) == len(_BACKWARD) else came


class _Gradients(Function):
    """The gradients of a network: a verdict names the first wrong one of the backward pass."""

    def _finding(self, case, came, results=(), remark=""):
        m = len(case[-1])
        batch = f"for a batch of {m} sample{'s' * (m > 1)}"
        if not results:
            return Finding(self.asked, came, case=f"{batch}:", remark=remark)
        names = [_GRADIENTS[i] for i in _BACKWARD]
        wrong = results[0] - 1
        right = f" {' and '.join(names[:wrong])} came right," if wrong else ""
        where = f"{batch}{right} the first wrong one of the backward pass is {names[wrong]}:"
        return Finding(self.asked, came, case=where, remark=remark)


def _forgotten_mean(case, came):
    m = len(case[-1])
    pairs = zip(came, _in_backward_order(_network_gradients(*case)), strict=True)
    if m > 1 and all(np.allclose(np.ravel(g), m * np.ravel(r)) for g, r in pairs):
        return f"every gradient is {m} times too large"
    return None


network_gradients = _Gradients(
    "11.7", ", ".join(_GRADIENTS), lambda *case: _in_backward_order(_network_gradients(*case)),
    ("weights", "biases", "X", "labels"),
    (_network_case(0, 1), _network_case(1, 4), _network_case(2, 3)), read=_in_backward_order,
    remark=_forgotten_mean,
)  # fmt: skip


def _planted(U, P):
    return P * (U - (U * P).sum(axis=1, keepdims=True))


_P = np.array([[0.5, 0.25, 0.25], [0.125, 0.125, 0.75], [0.25, 0.5, 0.25]])
_U = np.array([[4.0, 0.0, 0.0], [0.0, 8.0, 0.0], [1.0, 2.0, -4.0]])

planted = Function(
    "11.8", "the gradient with respect to the logits, row by row", _planted, ("U", "P"),
    ((_U[:1], _P[:1]), (_U[:2], _P[:2]), (_U, _P), (_U[[2, 0, 1, 1]], _P[[0, 2, 2, 1]])),
)  # fmt: skip
