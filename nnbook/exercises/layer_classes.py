"""Exercises of chapter 06."""

import traceback
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from .grading import Choice, Finding, Function, Property, Value, same, show

_W, _x, _dY = np.array([[2, 1], [-1, 3], [0, -2]]), np.array([2, 1, -1]), np.array([1, -3])

weight_gradient = Value(
    "6.1", "the gradient with respect to the weights, a row for each input", np.outer(_x, _dY)
)

input_gradient = Value("6.1", "the gradient with respect to the three inputs", _dY @ _W.T)

without_and_with = Value("6.2", "x W, and then x Wᵀ", ([8, 1], [0, 5]))


def _agrees(W):
    """Return whether x W = x Wᵀ, or what is missing."""
    if not np.isfinite(W).all():  # of no numbers there is no more to say
        return False
    if W.shape != (2, 2):
        return f"it has the shape {W.shape}"
    if not W.all():
        return "there is a 0 in it"
    if np.isclose(W[0, 1], W[1, 0], rtol=1e-9, atol=0):
        return True
    return f"for x = (1, 0), x W is {show(W[0])} and x Wᵀ is {show(W[:, 0])}"


agreeing_matrix = Property(
    "6.2", "a 2 x 2 matrix W without a 0 in it, with x W = x Wᵀ for every x", _agrees
)

_rng = np.random.default_rng(6)


def _table(*shape):
    return _rng.normal(size=shape).round(1)


def _row_of_biases(arguments, came):
    n_out = len(arguments[0])
    return "the second result is a row" if np.shape(came[1]) == (1, n_out) != (1, 1) else None


column_backward = Function(
    "6.3",
    "the gradients with respect to W, B and X",
    lambda W, X, dY: (dY @ X.T, dY.sum(axis=1), W.T @ dY),
    ("W", "X", "dY"),
    (
        (np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.eye(3)[:, :1], np.array([[1.0], [-2.0]])),
        (_table(2, 3), _table(3, 4), _table(2, 4)),
        (_table(3, 3), _table(3, 3), _table(3, 3)),
        (_table(1, 2), _table(2, 5), _table(1, 5)),
    ),
    kept=("W", "X", "dY"),
    remark=_row_of_biases,
    any_vector=True,
)


def _momentum(p, q, gradients, learning_rate, mu):
    vp, vq = np.zeros_like(p), np.zeros_like(q)
    for dp, dq in gradients:
        vp, vq = mu * vp + dp, mu * vq + dq
        p, q = p - learning_rate * vp, q - learning_rate * vq
    return p, q


def _gradients(steps, *shapes):
    return [tuple(_table(*shape) for shape in shapes) for _ in range(steps)]


def _unmoved(arguments, came):
    if same(arguments[:2], came):
        return "that is unchanged: were the parameters changed in place, and after the velocity?"
    return None


momentum = Function(
    "6.4", "the two parameters after the steps", _momentum,
    ("p", "q", "gradients", "learning_rate", "mu"),
    (
        (np.ones(2), np.zeros(2), _gradients(1, (2,), (2,)), 0.5, 0.9),
        (np.ones((2, 2)), np.zeros(2), _gradients(3, (2, 2), (2,)), 0.1, 0.0),
        (_table(2, 2), _table(2), _gradients(4, (2, 2), (2,)), 0.1, 0.9),
        (_table(2, 3), _table(2, 3), _gradients(3, (2, 3), (2, 3)), 0.1, 0.5),
    ),
    kept=("gradients",), remark=_unmoved,
)  # fmt: skip


def _collapse(weights, biases):
    W, b = weights[0], biases[0]
    for V, c in zip(weights[1:], biases[1:], strict=True):
        W, b = W @ V, b @ V + c
    return W, b


def _stack(*sizes):
    pairs = list(pairwise(sizes))
    return [_table(*pair) for pair in pairs], [_table(n) for _, n in pairs]


collapse = Function(
    "6.5", "the weights and the biases of the single layer", _collapse, ("weights", "biases"),
    (_stack(2, 3, 2), _stack(4, 3), _stack(3, 2, 4, 2), _stack(2, 3, 1)),
    kept=("weights", "biases"),
)  # fmt: skip


class _OwnLayer(Function):
    """The class of a layer: a new layer is tried, and one that has gone there and back before."""

    def complaint(self, answer: Any) -> Finding | None:
        if not callable(answer):
            return Finding("the class of the layer", f"came an object of type {_type(answer)}")

        def new(w, X, dY):
            return _both_passes(answer(w), X, dY)

        def used(w, X, dY):
            layer = answer(w)
            _both_passes(layer, np.vstack([X + 1, X]), np.vstack([dY, dY]))
            return _both_passes(layer, X, dY)

        finding = super().complaint(new)
        if finding:
            return finding
        finding = super().complaint(used)
        if finding is None:
            return None
        remarks = finding.remark, "a new layer is right, one with an earlier backward is not"
        return replace(finding, remark="; ".join(filter(None, remarks)))

    def _raised(self, case, error, remark):
        names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
        known = "forward", "_forward", "_assign_gradients", "_input_gradient"
        method = ([""] + [name for name in names if name in known])[-1]
        finding = super()._raised(case, error, "")
        if finding.attempted:
            return replace(finding, remark=_hint(error, method))
        begun = method in ("_assign_gradients", "_input_gradient")
        return replace(finding, came=f"{method} still raises NotImplementedError" if begun else "")

    def _changed(self, name):
        name = "grad" if name == "dY" else name  # as the layer calls it
        return f"the layer changes {name}, which is to be left as it came"


def _no_arrays(arguments, came):
    w, (_, dw, dX) = arguments[0], came
    if not isinstance(dX, np.ndarray):
        return "_input_gradient has to return an array"
    if not isinstance(dw, np.ndarray):
        return f'self.gradients["w"] is a {_type(dw)}, not an array of the shape of w'
    if dw.shape != w.shape:
        return f'self.gradients["w"] has the shape {dw.shape}, and w has {w.shape}'
    return None


def _both_passes(layer, X, dY):
    if not hasattr(layer, "forward"):
        return layer
    Y = layer.forward(X)
    dX = layer.backward(dY)
    return Y, layer.gradients["w"], dX


def _hint(error: BaseException, method: str) -> str:
    missing = error.args == ("w",) or "got none for w" in str(error)  # a KeyError, or nnbook's own
    if missing and method in ("", "_assign_gradients"):
        return 'nothing was assigned with self.gradients["w"] = ... in _assign_gradients'
    if method == "forward":  # nnbook's own, which asks for the shape of what came
        return "_forward has to return an array"
    return f"it was raised in {method}" if method else ""


def _type(value: Any) -> str:
    return type(value).__name__


scale = _OwnLayer(
    "6.6", "the output and the gradients with respect to w and X",
    lambda w, X, dY: (X * w, (X * dY).sum(axis=0), dY * w), ("w", "X", "dY"),
    (
        (np.array([2.0, -1.0]), np.array([[1.0, 2.0]]), np.array([[0.5, 3.0]])),
        (_table(3), _table(4, 3), _table(4, 3)), (_table(2), _table(2, 2), _table(2, 2)),
    ),
    kept=("X", "dY"), remark=_no_arrays,
)  # fmt: skip

first_wrong = Choice(
    "6.7",
    "the first name that is given a wrong value",
    "dZ1",
    ("A1", "Y_hat", "dY_hat", "dZ1", "dW1", "db1", "dW2", "db2"),
)


def _joined(came: Any) -> Any:
    """Return several results as one row: which of them is wrong, the reader has to find."""
    if isinstance(came, list | tuple) and not any(part is None or part is ... for part in came):
        return np.concatenate([np.ravel(part) for part in came])
    return came


def _step(X, targets, W1, b1, W2, b2, alpha):
    A1 = np.tanh(X @ W1 + b1)
    Y_hat = A1 @ W2 + b2
    dY_hat = 2 * (Y_hat - targets) / Y_hat.size
    dZ1 = dY_hat @ W2.T * (1 - A1**2)
    gradients = X.T @ dZ1, dZ1.sum(axis=0), A1.T @ dY_hat, dY_hat.sum(axis=0)
    moved = [p - alpha * dp for p, dp in zip((W1, b1, W2, b2), gradients, strict=True)]
    return np.concatenate([np.ravel(p) for p in moved])


_pencil = [[1.0, 2.0]], [[1.0]], [[0.5], [-0.5]], [0.0], [[2.0]], [0.0]

planted = Function(
    "6.7",
    "the four parameters after one step",
    _step,
    ("X", "targets", "W1", "b1", "W2", "b2", "alpha"),
    (
        (*map(np.array, _pencil), 0.5),
        (_table(4, 2), _table(4, 1), _table(2, 3), _table(3), _table(3, 1), _table(1), 1.0),
        (_table(5, 3), _table(5, 2), _table(3, 2), _table(2), _table(2, 2), _table(2), 0.5),
    ),
    kept=("X", "targets", "W1", "b1", "W2", "b2"),
    read=_joined,
)
