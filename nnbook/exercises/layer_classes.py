"""Exercises of chapter 06."""

import contextlib
import traceback
from itertools import pairwise
from typing import Any

import numpy as np

from .grading import CarefulFunction, Choice, Function, Property, Value, same

by_the_weights = Value(
    "6.1", "the derivatives by the weights, a row for each output", [[2, 1, -1], [-6, -3, 3]]
)

by_the_inputs = Value("6.1", "the derivatives by the three inputs", [-1, -10, 6])

without_and_with = Value("6.2", "W x, and then Wᵀ x", ([0, 5], [8, 1]))


def _disagreement(W):
    if W.shape != (2, 2):
        return f"it has the shape {W.shape}"
    if not W.all():
        return "there is a 0 in it"
    if np.isclose(W[0, 1], W[1, 0], rtol=2e-3, atol=0):
        return None
    return f"for x = (1, 0), W x is {W[:, 0].tolist()} and Wᵀ x is {W[0].tolist()}"


class _Agreeing(Property):
    """A property whose verdict says what is missing."""

    def complaint(self, answer: Any) -> str | None:
        problem = super().complaint(answer)
        with contextlib.suppress(TypeError, ValueError):  # of no numbers there is no more to say
            W = np.asarray(answer, dtype=float).round(6)
            if problem and np.isfinite(W).all():
                return f"{problem}; {_disagreement(W)}"
        return problem


agreeing_matrix = _Agreeing(
    "6.2",
    "a 2 x 2 matrix W without a 0 in it, with W x = Wᵀ x for every x",
    lambda W: _disagreement(W) is None,
)

_rng = np.random.default_rng(6)


def _table(*shape):
    return _rng.normal(size=shape).round(1)


def _lying_biases(arguments, came):
    n_out = len(arguments[0])
    return "the second result is a row" if np.shape(came[1]) == (1, n_out) != (1, 1) else None


column_backward = CarefulFunction(
    "6.3",
    "the derivatives by W, by B and by X",
    lambda W, X, dY: (dY @ X.T, dY.sum(axis=1), W.T @ dY),
    ("W", "X", "dY"),
    (
        (np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.eye(3)[:, :1], np.array([[1.0], [-2.0]])),
        (_table(2, 3), _table(3, 4), _table(2, 4)),
        (_table(3, 3), _table(3, 3), _table(3, 3)),
        (_table(1, 2), _table(2, 5), _table(1, 5)),
    ),
    kept=("W", "X", "dY"),
    remark=_lying_biases,
)


def _momentum(p, q, gradients, learning_rate, beta):
    vp, vq = np.zeros_like(p), np.zeros_like(q)
    for dp, dq in gradients:
        vp, vq = beta * vp + dp, beta * vq + dq
        p, q = p - learning_rate * vp, q - learning_rate * vq
    return p, q


def _gradients(steps, *shapes):
    return [tuple(_table(*shape) for shape in shapes) for _ in range(steps)]


def _unmoved(arguments, came):
    if same(arguments[:2], came):
        return "that is unchanged: were the parameters changed in place, and after the velocity?"
    return None


momentum = CarefulFunction(
    "6.4",
    "the two parameters after the steps",
    _momentum,
    ("p", "q", "gradients", "learning_rate", "beta"),
    (
        (np.ones(2), np.zeros(2), _gradients(1, (2,), (2,)), 0.5, 0.9),
        (np.ones((2, 2)), np.zeros(2), _gradients(3, (2, 2), (2,)), 0.1, 0.0),
        (_table(2, 2), _table(2), _gradients(4, (2, 2), (2,)), 0.1, 0.9),
        (_table(2, 3), _table(2, 3), _gradients(3, (2, 3), (2, 3)), 0.1, 0.5),
    ),
    kept=("gradients",),
    remark=_unmoved,
)


def _collapse(weights, biases):
    W, b = weights[0], biases[0]
    for V, c in zip(weights[1:], biases[1:], strict=True):
        W, b = W @ V, b @ V + c
    return W, b


def _pile(*sizes):
    pairs = list(pairwise(sizes))
    return [_table(*pair) for pair in pairs], [_table(n) for _, n in pairs]


collapse = CarefulFunction(
    "6.5",
    "the weights and the biases of the single layer",
    _collapse,
    ("weights", "biases"),
    (_pile(2, 3, 2), _pile(4, 3), _pile(3, 2, 4, 2), _pile(2, 3, 1)),
    kept=("weights", "biases"),
)


class _OwnLayer(Function):
    """The class of a layer: a new layer is tried, and one that has gone there and back before."""

    def complaint(self, answer: Any) -> str | None:
        if not callable(answer):
            return f"asked for the class of the layer; came an object of type {_type(answer)}"
        problem = self._tried(answer, used=False)
        if problem:
            return problem
        problem = self._tried(answer, used=True)
        return problem and f"{problem}; a new layer is right, one with an earlier backward is not"

    def _tried(self, answer: Any, *, used: bool) -> str | None:
        remarks: list[str] = []
        failed: list[tuple[Exception, str]] = []

        def there_and_back(s: Any, X: Any, dY: Any) -> Any:
            try:
                layer = answer(s)
                if not hasattr(layer, "forward"):
                    return layer
                if used:
                    _passed(layer, s, np.vstack([X + 1, X]), np.vstack([dY, dY]), remarks)
                return _passed(layer, s, X, dY, remarks)
            except Exception as error:
                names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
                known = ("forward", "_forward", "_assign_gradients", "_input_gradient")
                failed.append((error, ([""] + [name for name in names if name in known])[-1]))
                raise

        problem = super().complaint(there_and_back)
        if problem and failed:
            return problem + _failure(*failed[0])
        return f"{problem or f'asked for {self.asked}'}; {remarks[-1]}" if remarks else problem


def _passed(layer, s, X, dY, remarks):
    """Go there and back once; ``remarks`` takes up what the three results do not show."""
    X_before, dY_before = X.copy(), dY.copy()
    Y = layer.forward(X)
    dX = layer.backward(dY)
    ds = layer.gradients["s"]
    for name, old, new in (("X", X_before, X), ("grad", dY_before, dY)):
        if not same(old, new):
            remarks.append(f"the layer changes {name}, which is to be left as it came")
    if not isinstance(ds, np.ndarray):
        remarks.append(f'self.gradients["s"] is a {_type(ds)}, not an array of the shape of s')
    elif ds.shape != s.shape:
        remarks.append(f'self.gradients["s"] has the shape {ds.shape}, and s has {s.shape}')
    if not isinstance(dX, np.ndarray):
        remarks.append("_input_gradient has to return an array")
    return Y, ds, dX


def _type(value: Any) -> str:
    return type(value).__name__


def _failure(error: Exception, method: str) -> str:
    if isinstance(error, NotImplementedError):
        return "" if method == "_forward" else f": {method} still raises NotImplementedError"
    if error.args == ("s",) and method in ("", "_assign_gradients"):  # a KeyError
        return '; nothing was assigned with self.gradients["s"] = ... in _assign_gradients'
    if method == "forward":  # nnbook's own, which asks for the shape of what came
        return "; _forward has to return an array"
    return f"; it was raised in {method}" if method else ""


scale = _OwnLayer(
    "6.6",
    "the output, the derivatives by s and the derivatives by X",
    lambda s, X, dY: (X * s, (X * dY).sum(axis=0), dY * s),
    ("s", "X", "dY"),
    (
        (np.array([2.0, -1.0]), np.array([[1.0, 2.0]]), np.array([[0.5, 3.0]])),
        (_table(3), _table(4, 3), _table(4, 3)),
        (_table(2), _table(2, 2), _table(2, 2)),
    ),
)

first_wrong = Choice(
    "6.7",
    "the first name that is given a wrong value",
    "dZ1",
    ("Y1", "Y2", "dY2", "dZ1", "dW1", "db1", "dW2", "db2"),
)


class _Joined(CarefulFunction):
    """A function with several results, shown as one row: which is wrong, the reader has to find."""

    def complaint(self, answer: Any) -> str | None:
        def joined(*arguments: Any) -> Any:
            came = answer(*arguments)
            if isinstance(came, list | tuple) and not any(x is None or x is ... for x in came):
                return np.concatenate([np.ravel(part) for part in came])
            return came

        return super().complaint(joined if callable(answer) else answer)


def _step(X, t, W1, b1, W2, b2, alpha):
    Y1 = np.tanh(X @ W1 + b1)
    Y2 = Y1 @ W2 + b2
    dY2 = 2 * (Y2 - t) / Y2.size
    dZ1 = dY2 @ W2.T * (1 - Y1**2)
    gradients = X.T @ dZ1, dZ1.sum(axis=0), Y1.T @ dY2, dY2.sum(axis=0)
    moved = [p - alpha * g for p, g in zip((W1, b1, W2, b2), gradients, strict=True)]
    return np.concatenate([np.ravel(p) for p in moved])


planted = _Joined(
    "6.7",
    "the four parameters after one step",
    _step,
    ("X", "t", "W1", "b1", "W2", "b2", "alpha"),
    (
        (
            np.array([[1.0, 2.0]]),
            np.array([[1.0]]),
            np.array([[0.5], [-0.5]]),
            np.zeros(1),
            np.array([[2.0]]),
            np.zeros(1),
            0.5,
        ),
        (_table(4, 2), _table(4, 1), _table(2, 3), _table(3), _table(3, 1), _table(1), 1.0),
        (_table(5, 3), _table(5, 2), _table(3, 2), _table(2), _table(2, 2), _table(2), 0.5),
    ),
    kept=("X", "t", "W1", "b1", "W2", "b2"),
)
