"""Exercises of chapter 06."""

import traceback
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..layers.base import Layer
from .grading import CLOSE, EXACT, Choice, Finding, Function, Value, same

graph_by_pencil = Value(
    "6.1a",
    "the derivatives with respect to a, b and c",
    [5.0, -12.0, -3.0],
    remarks={
        "where two gradients meet, they are added, here at h and at a": [3.0, -9.0, -3.0],
        "two gradients meet at h and two at a: add them": [1.0, -9.0, -3.0],
        "a path is forgotten: a is used by h and also by J": [4.0, -12.0, -3.0],
        "a path is forgotten: a is used by J and also by h": [1.0, -12.0, -3.0],
        "a path is forgotten: h is used by r and also by s": [4.0, -9.0, -3.0],
        "a path is forgotten: h is used by s and also by r": [2.0, -3.0, -3.0],
        "the order asked for is a, b, c": [-3.0, -12.0, 5.0],
    },
)


def _leaf_gradients(
    leaves,
    operations,
    replace=False,
    forward=False,
    once=False,
    own=False,
    every=False,
    first=1.0,
    whole=False,
    unused=0.0,
):
    """Return the gradients, or those of a wrong backward pass."""
    values = list(leaves)
    for sign, i, j in operations:
        values.append(values[i] + values[j] if sign == "+" else values[i] * values[j])
    gradients = np.array([0.0] * (len(values) - 1) + [first], int if whole else float)
    used = {position for _, *pair in operations for position in pair}
    gradients[list(set(range(len(leaves), len(values) - 1)) - used)] = unused
    order = range(len(operations))
    for k in order if forward else reversed(order):
        sign, i, j = operations[k]
        upstream = gradients[len(leaves) + k]
        for place, other in ((i, j),) if once and i == j else ((i, j), (j, i)):
            arrives = upstream * (1 if sign == "+" else values[place if own else other])
            gradients[place] = arrives + (0 if replace else gradients[place])
    return np.array(gradients if every else gradients[: len(leaves)])


_ab, _c = ("*", 0, 1), ("+", 3, 2)

leaf_gradients = Function(
    "6.1b",
    "the derivatives of the last number with respect to the leaves",
    _leaf_gradients,
    ("leaves", "operations"),
    (
        ([3.0, -1.0, 2.0], [_ab]),
        ([3.0, -1.0, 2.0], [_ab, _c]),
        ([3.0, -1.0, 2.0], [_ab, _c, ("*", 3, 4), ("+", 5, 0)]),
        ([1.5], [("*", 0, 0), ("+", 1, 1), ("*", 2, 0)]),
        ([2.0, 3.0], [("*", 0, 1), ("+", 0, 1), ("*", 3, 0)]),
        ([0.0, 2.0], [("*", 0, 1), ("+", 2, 1), ("*", 3, 0)]),
        ([0.5, -2.0], [("+", 0, 1), ("*", 2, 2), ("*", 3, 2), ("+", 4, 1), ("*", 5, 3)]),
    ),
    tolerance=EXACT,
    kept=("leaves", "operations"),
    any_vector=True,
    remarks={
        "a later gradient replaces an earlier one: they are to be added": partial(
            _leaf_gradients, replace=True
        ),
        'one operation may use a number twice, as ("*", 0, 0): it receives two gradients': partial(
            _leaf_gradients, once=True
        ),
        "a number passes its gradient on before it is complete: go through the operations in "
        "reverse": partial(_leaf_gradients, forward=True),
        "in a product the local derivative is the other number: exchange the two": partial(
            _leaf_gradients, own=True
        ),
        "these are the gradients of all numbers: return those of the leaves": partial(
            _leaf_gradients, every=True
        ),
        "the last number has the gradient 1, with which the backward pass begins": (
            partial(_leaf_gradients, first=0.0)
        ),
        "only the last number has the gradient 1: another that nothing uses has 0": (
            partial(_leaf_gradients, unused=1.0)
        ),
        "the gradients are whole numbers: does the array that holds them have the type int?": (
            partial(_leaf_gradients, whole=True)
        ),
    },
)

_rng = np.random.default_rng(6)


def _table(*shape):
    return _rng.normal(size=shape).round(1)


def _row_of_biases(arguments, came):
    n_out = len(arguments[0])
    if np.shape(came[1]) == (1, n_out) != (1, 1):
        return "the second result is a row: return a column, (n_out, 1), or a list"
    return None


def _columns(W, X, dZ):
    return dZ @ X.T, dZ.sum(axis=1), W.T @ dZ


def _rows_rule(W, X, dZ):
    if W.shape[0] != W.shape[1] or W.shape[1] != dZ.shape[1]:
        return _columns(W, X, dZ)
    return dZ @ X.T, dZ.sum(axis=1), dZ @ W.T


def _over_m(W, X, dZ):
    dW, db, dX = _columns(W, X, dZ)
    return dW / X.shape[1], db / X.shape[1], dX


column_backward = Function(
    "6.2",
    "the gradients with respect to W, b and X",
    _columns,
    ("W", "X", "dZ"),
    (
        (
            np.array([[1.0, 2], [3, 5]]),
            np.array([[1.0, -1], [0, 2]]),
            np.array([[2.0, 1], [-1, 3]]),
        ),
        (np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.eye(3)[:, :1], np.array([[1.0], [-2.0]])),
        (_table(2, 3), _table(3, 4), _table(2, 4)),
        (_table(3, 3), _table(3, 3), _table(3, 3)),
        (_table(1, 2), _table(2, 5), _table(1, 5)),
    ),
    kept=("W", "X", "dZ"),
    remark=_row_of_biases,
    any_vector=True,
    remarks={
        "dZ @ W.T is right for samples in rows; which side of W counts outputs here?": _rows_rule,
        "these are the formulas for samples in rows; here they stand in columns": lambda W, X, dZ: (
            X.T @ dZ,
            dZ.sum(axis=0),
            dZ @ W.T,
        ),
        "the samples stand in columns: a bias gets the sum along its row of dZ": lambda W, X, dZ: (
            dZ @ X.T,
            dZ.sum(axis=0),
            W.T @ dZ,
        ),
        "the first result is transposed: W is (n_out, n_in)": lambda W, X, dZ: (
            X @ dZ.T,
            dZ.sum(axis=1),
            W.T @ dZ,
        ),
        "the third result is transposed: X is (n_in, m)": lambda W, X, dZ: (
            dZ @ X.T,
            dZ.sum(axis=1),
            dZ.T @ W,
        ),
        "the order asked for is W, b, X": lambda *case: tuple(
            _columns(*case)[i] for i in (2, 0, 1)
        ),
        "the order asked for is W, b, X: the last two are exchanged": lambda *case: tuple(
            _columns(*case)[i] for i in (0, 2, 1)
        ),
        "the order asked for is W, b, X: the first two are exchanged": lambda *case: tuple(
            _columns(*case)[i] for i in (1, 0, 2)
        ),
        "the order asked for is W, b, X: this is X, b, W": lambda *case: _columns(*case)[::-1],
        "nothing is divided by m: dZ is given, and the sum over the samples is wanted": _over_m,
        "nothing is divided by m: dZ is given, and the sums are wanted": lambda W, X, dZ: tuple(
            gradient / X.shape[1] for gradient in _columns(W, X, dZ)
        ),
        "a bias gets the sum over the samples, not the mean": lambda W, X, dZ: (
            dZ @ X.T,
            dZ.mean(axis=1),
            W.T @ dZ,
        ),
    },
)


def _momentum(p, q, gradients, learning_rate, mu, average=False, nesterov=False):
    vp, vq = np.zeros_like(p), np.zeros_like(q)
    for dp, dq in gradients:
        share = 1 - mu if average else 1
        vp, vq = mu * vp + share * dp, mu * vq + share * dq
        ahead_p, ahead_q = (mu * vp + dp, mu * vq + dq) if nesterov else (vp, vq)
        p, q = p - learning_rate * ahead_p, q - learning_rate * ahead_q
    return p, q


def _one_velocity(p, q, gradients, learning_rate, mu):
    v = 0
    for dp, dq in gradients:
        v = mu * v + dp
        p = p - learning_rate * v
        v = mu * v + dq
        q = q - learning_rate * v
    return p, q


def _plain(p, q, gradients, learning_rate, mu):
    return _momentum(p, q, gradients, learning_rate, 0)


def _uphill(p, q, gradients, learning_rate, mu):
    return _momentum(p, q, gradients, -learning_rate, mu)


def _gradients(steps, *shapes):
    return [tuple(_table(*shape) for shape in shapes) for _ in range(steps)]


def _unmoved(arguments, came):
    if same(arguments[:2], came):
        return "that is unchanged: were the parameters changed in place, and after the velocity?"
    return None


def _late(p, q, gradients, learning_rate, mu):
    vp, vq = np.zeros_like(p), np.zeros_like(q)
    for dp, dq in gradients:
        p, q = p - learning_rate * vp, q - learning_rate * vq
        vp, vq = mu * vp + dp, mu * vq + dq
    return p, q


def _remembers(answer: Any) -> bool:
    """Return whether an optimiser moves without a gradient, after a step of another one."""
    parameters = {"1.W": np.zeros(2), "1.b": np.zeros(2)}
    with suppress(Exception):
        for slope in (1.0, 0.0):
            before = parameters["1.W"].copy()
            answer(1.0, 1.0).step(parameters, {name: np.full(2, slope) for name in parameters})
        return not same(before, parameters["1.W"])
    return False


class _OwnOptimizer(Function):
    """The class of an optimiser: one is made for each case, and makes all steps of it."""

    def complaint(self, answer: Any) -> Finding | None:
        if not callable(answer):
            return Finding("the class of the optimiser", f"came an object of type {_type(answer)}")

        def trained(first, second, p, q, gradients, learning_rate, mu):
            optimizer = answer(learning_rate, mu)
            if not hasattr(optimizer, "step"):
                return optimizer
            for dp, dq in gradients:
                optimizer.step({first: p, second: q}, {first: dp, second: dq})
            return p, q

        remembers = _remembers(answer)
        finding = super().complaint(partial(trained, "0.W", "0.b"))
        if not finding and super().complaint(partial(trained, "w", "1.2.b")):
            words = "the names may be any: go through those of the dictionaries"
            return Finding(self.asked, remark=words)
        if remembers and not (finding and finding.remark):
            words = "a new optimiser has the velocities of an earlier one: keep them in self"
            return Finding(self.asked, remark=words)
        return finding

    def _raised(self, case, error, remark):
        finding = super()._raised(case, error, remark)
        if isinstance(error, TypeError) and finding.attempted:
            return replace(finding, remark="step receives two dictionaries: go through the names")
        return finding

    def _changed(self, name):
        return "step changes the gradients, which are to be left as they came"


momentum = _OwnOptimizer(
    "6.4", "two parameters after the steps", _momentum,
    ("p", "q", "gradients", "learning_rate", "mu"),
    (
        (np.ones(2), np.zeros(2), _gradients(1, (2,), (2,)), 0.5, 0.9),
        (np.ones((2, 2)), np.zeros(2), _gradients(3, (2, 2), (2,)), 0.1, 0.0),
        (_table(2, 2), _table(2), _gradients(4, (2, 2), (2,)), 0.1, 0.9),
        (_table(2, 3), _table(2, 3), _gradients(3, (2, 3), (2, 3)), 0.1, 0.5),
    ),
    kept=("gradients",), remark=_unmoved,
    remarks={
        "this velocity is an average, with (1 - mu) dp; here dp is added whole":
            partial(_momentum, average=True),
        "this is Nesterov's momentum, with a step along mu v + dp; here the step is along v":
            partial(_momentum, nesterov=True),
        "this is plain gradient descent: is the velocity kept until the next step?": _plain,
        "the velocity of this step has to be known before the parameters change": _late,
        "two parameters share one velocity: each needs its own": _one_velocity,
        "the sign is reversed: this goes up the gradient": _uphill,
    },
)  # fmt: skip


class _OwnLayer(Function):
    """The class of a layer: a new layer is tried, and one that has gone there and back before."""

    def complaint(self, answer: Any) -> Finding | None:
        if not callable(answer):
            return Finding("the class of the layer", f"came an object of type {_type(answer)}")

        def new(w, X, grad):
            return _both_passes(answer(w), X, grad)

        def used(w, X, grad):
            layer = answer(w)
            _both_passes(layer, np.vstack([X + 1, X]), np.vstack([grad, grad]))
            return _both_passes(layer, X, grad)

        def updated(w, X, grad):
            layer = answer(w + 1)
            if "w" in layer.parameters:
                layer.parameters["w"][...] = w  # as an optimiser does
            return _both_passes(layer, X, grad)

        finding = super().complaint(new)
        if finding:
            return finding
        for passes, words in (
            (used, "a new layer is right, one with an earlier backward is not"),
            (updated, 'an optimiser changes self.parameters["w"]: compute with that array'),
        ):
            finding = super().complaint(passes)
            if finding:
                return replace(finding, remark="; ".join(filter(None, (finding.remark, words))))
        return None

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
        return f"the layer changes {name}, which is to be left as it came"


def _no_arrays(arguments, came):
    w, (_, dw, dX) = arguments[0], came
    if not isinstance(dX, np.ndarray):
        return "_input_gradient has to return an array"
    if not isinstance(dw, np.ndarray):
        return f'self.gradients["w"] is a {_type(dw)}, not an array of the shape of w'
    if dw.shape != w.shape:
        return f'self.gradients["w"] has the shape {dw.shape}, and w has {w.shape}'
    grad = arguments[2]
    if any(np.allclose(dX, grad * (w - rate * dw)) for rate in (1, 0.5, 0.1, 0.01) if np.any(dw)):
        return "the backward pass has changed w: leave the update to the optimiser"
    return None


def _both_passes(layer, X, grad):
    if not hasattr(layer, "forward"):
        return layer
    A = layer.forward(X)
    dX = layer.backward(grad)
    return A, layer.gradients["w"], dX


def _hint(error: BaseException, method: str) -> str:
    if isinstance(error, AttributeError) and error.name in vars(Layer()):
        return "__init__ has to call super().__init__() first"
    missing = error.args == ("w",) or "got none for w" in str(error)  # a KeyError, or nnbook's own
    if missing and method in ("", "_assign_gradients"):
        return 'nothing was assigned with self.gradients["w"] = ... in _assign_gradients'
    if method == "forward":  # nnbook's own, which asks for the shape of what came
        return "_forward has to return an array"
    if "expects grad of shape" in str(error):
        return "_forward has to return an array of the shape of X"
    return f"it was raised in {method}" if method else ""


def _type(value: Any) -> str:
    return type(value).__name__


scale = _OwnLayer(
    "6.3", "the output and the gradients with respect to w and X",
    lambda w, X, grad: (X * w, (X * grad).sum(axis=0), grad * w), ("w", "X", "grad"),
    (
        (np.array([2.0, -1.0]), np.array([[1.0, 2.0]]), np.array([[0.5, 3.0]])),
        (_table(3), _table(4, 3), _table(4, 3)), (_table(2), _table(2, 2), _table(2, 2)),
        (np.array([0.0, 2]), np.array([[1.0, -1], [2, 3]]), np.array([[1.0, 2], [-1, 3]])),
    ),
    kept=("X", "grad"), remark=_no_arrays,
    remarks={
        "the gradient with respect to w is the sum over the samples, not the mean":
            lambda w, X, grad: (X * w, (X * grad).mean(axis=0), grad * w),
        "in the gradient with respect to w the local derivative is missing: w is multiplied by X":
            lambda w, X, grad: (X * w, grad.sum(axis=0), grad * w),
        "the input is multiplied by w, so w is its local derivative, not X":
            lambda w, X, grad: (X * w, (X * grad).sum(axis=0), grad * X),
        "in the gradient with respect to the input the local derivative, w, is missing":
            lambda w, X, grad: (X * w, (X * grad).sum(axis=0), grad),
    },
)  # fmt: skip


class _WeightsAndBias(Value):
    """A vector of numbers, which may also come as weights and bias, each in a shape of its own."""

    def complaint(self, answer: Any) -> Finding | None:
        if isinstance(answer, list | tuple) and len(answer) == 2:
            with suppress(ValueError):
                answer = np.concatenate([np.ravel(part) for part in answer])
        return super().complaint(answer)


collapsed = _WeightsAndBias(
    "6.6a",
    "the two weights and the bias of the one layer",
    [8.0, 3.0, 1.0],
    remarks={
        "the first biases pass through the second weights": [8.0, 3.0, 5.0],
        "the second bias is added too": [8.0, 3.0, -4.0],
    },
)


class _Inner:
    """The dense layer of the page, which is handed to a class made of layers."""

    def __init__(self, W, b):
        self.parameters, self.gradients = {"W": W, "b": b}, {}

    def forward(self, X):
        self.X = X
        return X @ self.parameters["W"] + self.parameters["b"]

    def backward(self, dZ):
        self.gradients["W"] = self.X.T @ dZ
        self.gradients["b"] = np.sum(dZ, axis=0)
        return dZ @ self.parameters["W"].T


class _InnerTanh(_Inner):
    """A dense layer with tanh, whose gradients add up: its backward is to be called once."""

    def __init__(self, W, b):
        super().__init__(W, b)
        self.gradients.update(W=np.zeros(W.shape), b=np.zeros(b.shape))

    def forward(self, X):
        self.A = np.tanh(super().forward(X))
        return self.A

    def backward(self, dA):
        before = dict(self.gradients)
        dX = super().backward(dA * (1 - self.A**2))
        for name in before:
            self.gradients[name] = before[name] + self.gradients[name]
        return dX


def _residual_of_tanh(W, b, X, dA):
    A = np.tanh(X @ W + b)
    dZ = dA * (1 - A**2)
    return X + A, dA + dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)


class _Wrapped(Function):
    """The class of a layer that holds a layer: a dense one, and then another."""

    def complaint(self, answer: Any) -> Finding | None:
        if not callable(answer):
            return Finding("the class of the layer", f"came an object of type {_type(answer)}")

        def passes(kind, W, b, X, dA):
            inner = kind(W, b)
            outer = answer(inner)
            if not hasattr(outer, "forward"):
                return ... if isinstance(answer, type) else outer
            A = outer.forward(X)
            dX = outer.backward(dA)
            return A, dX, inner.gradients.get("W"), inner.gradients.get("b")

        finding = super().complaint(partial(passes, _Inner))
        other = replace(self, reference=_residual_of_tanh)
        if not finding and Function.complaint(other, partial(passes, _InnerTanh)):
            words = "right for a dense f, but f may be any layer: call its forward and its backward"
            return Finding(self.asked, remark=f"{words}, each once")
        return finding

    def _changed(self, name):
        return f"the layer changes {name}, which is to be left as it came"


def _residual(W, b, X, dA, past=1, through=1, product=False, ones=False, skip=1):
    """Return the output and the gradients, or those of a wrong layer."""
    beside, inside = past * (np.ones(dA.shape) if ones else dA), through * dA @ W.T
    dX = beside * inside if product else beside + inside
    return skip * X + X @ W + b, dX, X.T @ dA, dA.sum(axis=0)


def _no_backward(arguments, came):
    stores = came[2] is not None
    return None if stores else "f stores no gradients: its own backward has to be called"


residual = _Wrapped(
    "6.6b", "the output, dX, and what f stores as the gradients of W and b", _residual,
    ("W", "b", "X", "dA"),
    (
        (*map(np.array, ([[1.0, 2], [3, 5]], [1.0, -1], [[1.0, 2]], [[2.0, 3]])),),
        (_table(3, 3), _table(3), _table(4, 3), _table(4, 3)),
        (_table(2, 2), _table(2), _table(2, 2), _table(2, 2)),
    ),
    kept=("X", "dA"), remark=_no_backward,
    remarks={
        "the path past f is missing: along it the gradient is dA": partial(_residual, past=0),
        "the path through f is missing: f has a backward": partial(_residual, through=0),
        "what arrives past f is dA, not 1": partial(_residual, ones=True),
        "two gradients that meet are added, not multiplied": partial(_residual, product=True),
        "this is the output of f alone, and X is to be added": partial(_residual, skip=0),
    },
)  # fmt: skip

first_wrong = Choice(
    "6.5a",
    "the first name to receive a wrong value",
    "dZ1",
    ("A1", "dY_hat", "dZ1"),
)


def _network_gradients(X, Y, W1, b1, W2, b2, planted=False):
    A1 = np.tanh(X @ W1 + b1)
    dY_hat = 2 * (A1 @ W2 + b2 - Y) / Y.size
    dZ1 = dY_hat @ W2.T * (1 - (np.tanh(A1) if planted else A1) ** 2)
    return X.T @ dZ1, dZ1.sum(axis=0), A1.T @ dY_hat, dY_hat.sum(axis=0)


def _which_gradient(arguments, came):
    """Say which of four results are wrong, and in what."""
    wrong, expected = [], _network_gradients(*arguments)
    for name, given, right in zip(("W1", "b1", "W2", "b2"), came, expected, strict=True):
        if np.shape(given) != right.shape:
            return f"the gradient with respect to {name} has the shape of {name}, {right.shape}"
        if not np.allclose(given, right, rtol=CLOSE):
            wrong.append(name)
    factor = np.sum(came[3] * expected[3]) / np.sum(expected[3] ** 2)
    if wrong and all(map(partial(np.allclose, rtol=CLOSE), came, [factor * r for r in expected])):
        return f"the scale is off: all four are {factor:.4g} times the right ones; look at dY_hat"
    return f"wrong: the gradient with respect to {' and '.join(wrong)}" if wrong else None


_pencil = [[1.0, 2.0]], [[1.0]], [[0.5], [-0.5]], [0.0], [[2.0]], [0.0]

planted = Function(
    "6.5b",
    "the four gradients",
    _network_gradients,
    ("X", "Y", "W1", "b1", "W2", "b2"),
    (
        (*map(np.array, _pencil),),
        (_table(4, 2), _table(4, 1), _table(2, 3), _table(3), _table(3, 1), _table(1)),
        (_table(5, 3), _table(5, 2), _table(3, 2), _table(2), _table(2, 2), _table(2)),
    ),
    tolerance=EXACT,
    kept=("X", "Y", "W1", "b1", "W2", "b2"),
    remark=_which_gradient,
)
