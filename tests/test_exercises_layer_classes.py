"""Every grader of chapter 06: right forms pass, wrong answers are told so."""

import numpy as np
import pytest
from grader_tests import *  # noqa: F403

import nnbook as nn
from nnbook.exercises import layer_classes as ex

DW = np.array([[2.0, -6.0], [1.0, -3.0], [-1.0, 3.0]])


def raises(*_):
    raise RuntimeError("oh dear")


# --- a batch in columns ------------------------------------------------------------------------


def columns(W, X, dY):
    return dY @ X.T, dY.sum(axis=1), W.T @ dY


def columns_by_loops(W, X, dY):
    (n_out, n_in), m = W.shape, X.shape[1]
    dW = [[sum(dY[j, k] * X[i, k] for k in range(m)) for i in range(n_in)] for j in range(n_out)]
    dB = [sum(dY[j, k] for k in range(m)) for j in range(n_out)]
    dX = [[sum(W[j, i] * dY[j, k] for j in range(n_out)) for k in range(m)] for i in range(n_in)]
    return dW, dB, dX


def columns_by_rows(W, X, dY):
    layer = nn.Dense(W.shape[1], W.shape[0], rng=0)
    layer.parameters["W"][:] = W.T
    layer.forward(X.T)
    dX = layer.backward(dY.T)
    return layer.gradients["W"].T, layer.gradients["b"], dX.T


def columns_by_tables(W, X, dY):
    tables = [np.outer(dy, x) for dy, x in zip(dY.T, X.T, strict=True)]
    return sum(tables), dY @ np.ones((X.shape[1], 1)), np.einsum("ji,jk->ik", W, dY)


def columns_in_place(W, X, dY):
    dW, dB = dY @ X.T, dY.sum(axis=1)
    W -= 0.1 * dW  # a step that nobody asked for
    return dW, dB, (W + 0.1 * dW).T @ dY


def columns_doubling(W, X, dY):
    results = columns(W, X, dY)
    dY *= 2
    return results


# --- momentum ----------------------------------------------------------------------------------


def momentum(*, mix=lambda v, g, mu: mu * v + g, move=lambda p, v, a: p - a * v, keep=True,
             shared=False, backwards=False):  # fmt: skip
    """Return a walk, with each step open to a slip."""

    def walk(p, q, gradients, learning_rate, mu):
        parameters, velocities = [p, q], [np.zeros_like(p), np.zeros_like(q)]
        for pair in reversed(gradients) if backwards else gradients:
            for i, g in enumerate(pair):
                j = 0 if shared else i
                v = mix(velocities[j], g, mu)
                velocities[j] = v if keep else velocities[j]
                parameters[i] = move(parameters[i], v, learning_rate)
        return parameters

    return walk


class InPlace:
    def __init__(self, learning_rate, mu):
        self.learning_rate, self.mu, self.memory = learning_rate, mu, {}

    def step(self, parameters, gradients):
        for i, (p, g) in enumerate(zip(parameters, gradients, strict=True)):
            self.memory[i] = self.mu * self.memory.get(i, 0) + g
            p -= self.learning_rate * self.memory[i]


class ByIdentity(InPlace):
    def step(self, parameters, gradients):
        for p, g in zip(parameters, gradients, strict=True):
            v = self.memory.setdefault(id(p), np.zeros_like(p))
            v *= self.mu
            v += g
            p -= self.learning_rate * v


class ByShape(InPlace):
    def step(self, parameters, gradients):
        for p, g in zip(parameters, gradients, strict=True):
            self.memory[p.shape] = self.mu * self.memory.get(p.shape, 0) + g
            p -= self.learning_rate * self.memory[p.shape]


class TakesTheGradients(InPlace):
    velocities = None

    def step(self, parameters, gradients):
        if self.velocities is None:
            self.velocities = list(gradients)  # the caller's arrays, no copies
        else:
            for v, g in zip(self.velocities, gradients, strict=True):
                v *= self.mu
                v += g
        for p, v in zip(parameters, self.velocities, strict=True):
            p -= self.learning_rate * v


class MixesIntoTheGradients(InPlace):
    def step(self, parameters, gradients):
        for i, (p, g) in enumerate(zip(parameters, gradients, strict=True)):
            g += self.mu * self.memory.get(i, 0)
            self.memory[i] = g
            p -= self.learning_rate * g


class Renames(InPlace):
    def step(self, parameters, gradients):
        for p, g in zip(parameters, gradients, strict=True):
            p = p - self.learning_rate * g


class MovesFirst(InPlace):
    def step(self, parameters, gradients):
        for i, (p, g) in enumerate(zip(parameters, gradients, strict=True)):
            v = self.memory.get(i, 0)
            p -= self.learning_rate * v
            self.memory[i] = self.mu * v + g


class NotBegun(InPlace):
    def step(self, parameters, gradients):
        raise NotImplementedError


def walk_with(optimizer_class):
    def walk(p, q, gradients, learning_rate, mu):
        optimizer = optimizer_class(learning_rate, mu)
        for dp, dq in gradients:
            optimizer.step([p, q], [dp, dq])
        return p, q

    return walk


def momentum_by_hand(p, q, gradients, learning_rate, mu):
    def moved(parameter, which):
        ages = range(len(gradients))
        weights = [sum(mu**k for k in range(len(gradients) - age)) for age in ages]
        return parameter - learning_rate * sum(
            weight * pair[which] for weight, pair in zip(weights, gradients, strict=True)
        )

    return moved(p, 0).tolist(), moved(q, 1).tolist()


# --- a pile of layers --------------------------------------------------------------------------


def collapse(weights, biases):
    W, b = weights[0], biases[0]
    for V, c in zip(weights[1:], biases[1:], strict=True):
        W, b = W @ V, b @ V + c
    return W, b


def collapse_from_behind(weights, biases):
    W, b = weights[-1], biases[-1]
    for V, c in zip(weights[-2::-1], biases[-2::-1], strict=True):
        W, b = V @ W, c @ W + b
    return W.tolist(), b[:, None]


def collapse_by_probing(weights, biases):
    def answer(X):
        for W, b in zip(weights, biases, strict=True):
            X = X @ W + b
        return X

    n = len(weights[0])
    b = answer(np.zeros((1, n)))
    return answer(np.eye(n)) - b, b


def collapse_in_place(weights, biases):
    W, b = weights[0], biases[0]
    for V, c in zip(weights[1:], biases[1:], strict=True):
        W, b = W @ V, b @ V
        b += c
    b += 0  # nobody's but, in a pile of one, the caller's
    weights[0] = W
    return W, b


# --- the layer Scale ---------------------------------------------------------------------------


class Scale(nn.Layer):
    def __init__(self, w):
        super().__init__()
        self.parameters = {"w": np.array(w, dtype=float)}

    def _forward(self, X):
        self._X = X
        return X * self.parameters["w"]

    def _assign_gradients(self, grad):
        self.gradients["w"] = (grad * self._X).sum(axis=0)

    def _input_gradient(self, grad):
        return grad * self.parameters["w"]


class NoSum(Scale):
    def _assign_gradients(self, grad):
        self.gradients["w"] = grad * self._X


class Unscaled(Scale):
    def _input_gradient(self, grad):
        return grad


class Unassigned(Scale):
    def _assign_gradients(self, grad):
        self.gradient = (grad * self._X).sum(axis=0)


class Added(Scale):
    def _assign_gradients(self, grad):
        self.gradients["w"] += (grad * self._X).sum(axis=0)


class Filled(Scale):
    def _assign_gradients(self, grad):
        self.gradients["w"][:] = (grad * self._X).sum(axis=0)


class Listed(Scale):
    def _forward(self, X):
        return super()._forward(X).tolist()


class Silent(Scale):
    def _forward(self, X):
        super()._forward(X)


class Misspelt(Scale):
    def _input_gradient(self, grad):
        return grad * self.parameters["S"]


class ChangesX(Scale):
    def _forward(self, X):
        self._X = X.copy()
        X *= self.parameters["w"]
        return X


class ChangesWhatItRemembers(Scale):
    def _forward(self, X):
        self._X = X
        X *= self.parameters["w"]
        return X


class ChangesGrad(Scale):
    def _input_gradient(self, grad):
        grad *= self.parameters["w"]
        return grad


class Accumulates(Scale):
    def _assign_gradients(self, grad):
        self.gradients["w"] = self.gradients.get("w", 0) + (grad * self._X).sum(axis=0)


class RemembersTheFirst(Scale):
    def _forward(self, X):
        self._X = self.__dict__.get("_X", X)
        return X * self.parameters["w"]


class Row(Scale):
    def _assign_gradients(self, grad):
        self.gradients["w"] = (grad * self._X).sum(axis=0, keepdims=True)


class GradientList(Scale):
    def _assign_gradients(self, grad):
        self.gradients["w"] = (grad * self._X).sum(axis=0).tolist()


class ListBack(Scale):
    def _input_gradient(self, grad):
        return super()._input_gradient(grad).tolist()


class HalfWritten(Scale):
    def _assign_gradients(self, grad):
        raise NotImplementedError


class Unwritten(Scale):
    def _forward(self, X):
        raise NotImplementedError


class ByLoops(Scale):
    def _forward(self, X):
        self._X, w = X, self.parameters["w"]
        return np.array([[x * w[i] for i, x in enumerate(row)] for row in X])

    def _assign_gradients(self, grad):
        self.gradients["w"] = np.zeros(self._X.shape[1])
        for row, dy in zip(self._X, grad, strict=True):
            self.gradients["w"] += row * dy

    def _input_gradient(self, grad):
        return np.array([dy * self.parameters["w"] for dy in grad])


class ByMatrices(Scale):
    def _forward(self, X):
        self._X, self._S = X, np.diag(self.parameters["w"])
        return X @ self._S

    def _assign_gradients(self, grad):
        self.gradients["w"] = np.diag(self._X.T @ grad)

    def _input_gradient(self, grad):
        return grad @ self._S


class WithABackwardOfItsOwn(Scale):
    def backward(self, grad):
        self.gradients = {"w": np.einsum("si,si->i", grad, self._X)}
        return grad * self.parameters["w"]


def scale_by_hand(w, X, dY):  # a function, where a class is asked for
    return X * w, (X * dY).sum(axis=0), dY * w


def scale_with(Y=lambda X, w: X * w, dw=lambda X, g: (X * g).sum(axis=0), dX=lambda X, w, g: g * w):
    """Return a class of layers, with each line open to a slip."""

    class Slip(Scale):
        def _forward(self, X):
            self._X = X
            return Y(X, self.parameters["w"])

        def _assign_gradients(self, grad):
            self.gradients["w"] = dw(self._X, grad)

        def _input_gradient(self, grad):
            return dX(self._X, self.parameters["w"], grad)

    return Slip


# --- one step of a network ---------------------------------------------------------------------


def step(X, targets, W1, b1, W2, b2, alpha, *, hasty=False, slope=lambda A: 1 - A**2, factor=2, sign=-1,
         over=lambda Y: Y.size, biases=True):  # fmt: skip
    """One step, with each line open to a slip."""
    A1 = np.tanh(X @ W1 + b1)
    Y_hat = A1 @ W2 + b2
    dY_hat = factor * (Y_hat - targets) / over(Y_hat)
    new_W2 = W2 + sign * alpha * (A1.T @ dY_hat)
    dZ1 = dY_hat @ (new_W2 if hasty else W2).T * slope(A1)
    new_b2, new_b1 = b2 + sign * alpha * dY_hat.sum(axis=0), b1 + sign * alpha * dZ1.sum(axis=0)
    new_W1 = W1 + sign * alpha * (X.T @ dZ1)
    return (new_W1, new_b1, new_W2, new_b2) if biases else (new_W1, b1, new_W2, b2)


def step_by_nnbook(X, targets, *parameters):
    *parameters, alpha = parameters
    W1, _, W2, _ = parameters
    network = nn.Sequential(nn.Dense(*W1.shape, rng=0), nn.Tanh(), nn.Dense(*W2.shape, rng=0))
    for parameter, value in zip(network.parameters(), parameters, strict=True):
        parameter[:] = value
    loss = nn.MeanSquaredError()
    loss.forward(network.forward(X), targets)
    network.backward(loss.backward())
    nn.SGD(alpha).step(network.parameters(), network.gradients())
    return network.parameters()


def step_by_nudges(X, targets, *parameters):
    *parameters, alpha = parameters

    def price(i):
        def of(p):
            W1, b1, W2, b2 = [*parameters[:i], p, *parameters[i + 1 :]]
            return ((np.tanh(X @ W1 + b1) @ W2 + b2 - targets) ** 2).mean()

        return of

    return [p - alpha * nn.numerical_gradient(price(i), p) for i, p in enumerate(parameters)]


def step_in_place(X, targets, W1, b1, W2, b2, alpha):
    new = step(X, targets, W1, b1, W2, b2, alpha)
    for old, value in zip((W1, b1, W2, b2), new, strict=True):
        old[:] = value
    return [W1, b1, W2, b2]


def test_the_layer_of_the_solution_passes_the_gradient_check():
    X = np.random.default_rng(0).normal(size=(5, 3))
    nn.check_gradients(Scale([1.0, -2.0, 0.5]), X, rng=1)
    with pytest.raises(nn.GradientMismatch):
        nn.check_gradients(Unscaled([1.0, -2.0, 0.5]), X, rng=1)


@pytest.mark.parametrize(
    ("grader", "answer", "said"),
    [
        (ex.agreeing_matrix, [[1, 2], [3, 1]], "x W is [1.0, 2.0] and x Wᵀ is [1.0, 3.0]"),
        (ex.agreeing_matrix, [[0, 1], [1, 0]], "there is a 0 in it"),
        (ex.agreeing_matrix, np.ones((3, 3)), "it has the shape (3, 3)"),
        (ex.column_backward, columns_in_place, "the function changes W, an argument to be left"),
        (ex.momentum, walk_with(Renames), "unchanged: were the parameters changed in place, and"),
        (ex.momentum, walk_with(TakesTheGradients), "the function changes gradients"),
        (ex.momentum, walk_with(MovesFirst), "in place, and after the velocity?"),
        (ex.planted, step_in_place, "the function changes W1, an argument to be left"),
        (ex.scale, Added, "nothing was assigned with"),
        (ex.scale, Filled, "nothing was assigned with"),
        (ex.scale, Unassigned, "nothing was assigned with"),
        (ex.scale, Listed, "_forward has to return an array"),
        (ex.scale, Silent, "_forward has to return an array"),
        (ex.scale, Misspelt, "it was raised in _input_gradient"),
        (ex.scale, HalfWritten, ": _assign_gradients still raises"),
        (ex.scale, ChangesX, "the layer changes X, which is to be left as it came"),
        (ex.scale, ChangesWhatItRemembers, "the layer changes X, which is to be left as it came"),
        (ex.scale, ChangesGrad, "the layer changes grad, which is to be left as it came"),
        (ex.scale, Accumulates, "a new layer is right, one with an earlier backward is not"),
        (ex.scale, RemembersTheFirst, "a new layer is right, one with an earlier backward is not"),
        (ex.scale, Row, 'self.gradients["w"] has the shape (1, 2), and w has (2,)'),
        (ex.scale, GradientList, 'self.gradients["w"] is a list, not an array'),
        (ex.scale, ListBack, "_input_gradient has to return an array"),
        (ex.scale, Scale([1.0]), "asked for the class of the layer; came an object of type Scale"),
    ],
)
def test_the_verdict_says_what_is_missing(grader, answer, said, verdict):
    assert said in verdict(grader, answer)


def test_the_verdict_on_the_planted_bug_does_not_say_where_it_is(verdict):
    assert "result" not in verdict(ex.planted, lambda *a: step(*a, hasty=True))


RIGHT = [
    (ex.by_the_weights, [DW, DW.tolist(), np.outer([2, 1, -1], [1, -3]),
                         np.array([[2], [1], [-1]]) @ np.array([[1, -3]]),
                         ((2, -6), (1, -3), (-1, 3))]),
    (ex.by_the_inputs, [[-1, -10, 6], (-1.0, -10.0, 6.0), np.array([[-1], [-10], [6]]),
                        [[-1, -10, 6]], [1, -3] @ np.array([[2, 1], [-1, 3], [0, -2]]).T]),
    (ex.without_and_with, [[[8, 1], [0, 5]], ([8, 1], [0, 5]), np.array([[8.0, 1.0], [0.0, 5.0]]),
                           [np.array([[8], [1]]), np.array([[0], [5]])]]),
    (ex.agreeing_matrix, [[[1, 2], [2, 3]], np.ones((2, 2)), np.array([[0.5, -1], [-1, 7]]),
                          ((-1, 1e-3), (1e-3, -1)), [[1, 1 / 3], [1 / 3, 1]]]),
    (ex.column_backward, [columns, columns_by_loops, columns_by_rows, columns_by_tables,
                          lambda W, X, dY: list(columns(W, X, dY)),
                          lambda W, X, dY: (dY @ X.T, dY.sum(axis=1).tolist(), W.T @ dY)]),
    (ex.momentum, [momentum(), walk_with(InPlace), walk_with(ByIdentity), momentum_by_hand,
                   momentum(mix=lambda v, g, mu: g + v * mu)]),
    (ex.collapse, [collapse, collapse_from_behind, collapse_by_probing]),
    (ex.scale, [Scale, ByLoops, ByMatrices, WithABackwardOfItsOwn, lambda w: Scale(list(w)),
                scale_with()]),
    (ex.first_wrong, ["dZ1", " dZ1 ", "dz1"]),
    (ex.planted, [step, step_by_nnbook, step_by_nudges,
                  lambda *a: list(step(*a))]),
]  # fmt: skip
WRONG = [
    (ex.by_the_weights, [-DW, DW.T, DW[::-1], DW.ravel(), DW[0], DW * 2,
                         [[2, 0], [0, -3], [0, 0]], [[2, -3], [-1, -9], [0, 6]],
                         np.full((3, 2), np.nan), "table", object()]),
    (ex.by_the_inputs, [[1, 10, -6], [5, -8], [-1, -10], [2, -1, 0], [-1, -10, -6], -5,
                        [[2, -1, 0], [-3, -9, 6]], [np.nan] * 3, "-1, -10, 6", raises]),
    (ex.without_and_with, [[[0, 5], [8, 1]], [8, 1], [[8, 1], [8, 1]], [[8, 0], [1, 5]],
                           [[8, -1], [0, 5]], [[8, 1]], np.nan, "8 1 0 5"]),
    (ex.agreeing_matrix, [np.eye(2), [[1, 2], [3, 1]], [[0, 1], [1, 0]], [[1, 2], [-2, 1]],
                          [1, 2, 2, 1], np.ones((3, 3)), 3, ((-1, 1e-3), (-1e-3, -1)),
                          [[2, 7], [7.01, 2]], [[1, 1 / 3], [0.333, 1]], [[1, np.nan], [np.nan, 1]],
                          [[np.inf, 1], [1, np.inf]], "symmetric"]),
    (ex.column_backward, [
        lambda W, X, dY: (X @ dY.T, dY.sum(axis=1), W.T @ dY),
        lambda W, X, dY: (dY @ X.T, dY.sum(axis=0), W.T @ dY),
        lambda W, X, dY: (dY @ X.T, dY, W.T @ dY),
        lambda W, X, dY: (dY @ X.T, dY.sum(axis=1), dY @ W.T),
        lambda W, X, dY: (dY @ X.T, dY.sum(axis=1), W @ dY),
        lambda W, X, dY: (dY @ X.T / X.shape[1], dY.mean(axis=1), W.T @ dY),
        lambda W, X, dY: (-dY @ X.T, -dY.sum(axis=1), -W.T @ dY),
        lambda W, X, dY: (dY @ X.T, W.T @ dY),
        lambda W, X, dY: (dY @ X.T, dY.sum(axis=1)[None, :], W.T @ dY),
        lambda W, X, dY: (dY @ X.T, np.ones(X.shape[1]) @ dY.T, dY.T @ W),
        columns_in_place, columns_doubling,
        lambda W, X, dY: (np.nan, np.nan, np.nan),
        lambda W, X: None, raises, "dY @ X.T",
    ]),
    (ex.momentum, [
        momentum(mix=lambda v, g, mu: g),
        momentum(mix=lambda v, g, mu: mu * v + (1 - mu) * g),
        momentum(mix=lambda v, g, mu: v + g),
        momentum(mix=lambda v, g, mu: mu * v - g),
        momentum(move=lambda p, v, a: p + a * v),
        momentum(move=lambda p, v, a: p - v),
        momentum(keep=False),
        momentum(shared=True),
        momentum(backwards=True),
        walk_with(Renames), walk_with(ByShape), walk_with(MovesFirst),
        walk_with(TakesTheGradients), walk_with(MixesIntoTheGradients),
        lambda *a: momentum()(*a)[::-1],
        lambda *a: (np.nan, np.nan), raises, InPlace, "v",
    ]),
    (ex.collapse, [
        lambda weights, biases: (weights[0], biases[0]),
        lambda weights, biases: (collapse(weights, biases)[0], sum(b.sum() for b in biases)),
        lambda weights, biases: (collapse(weights, biases)[0], biases[-1]),
        lambda weights, biases: (-collapse(weights, biases)[0], collapse(weights, biases)[1]),
        lambda weights, biases: (collapse(weights, biases)[0].T, collapse(weights, biases)[1]),
        lambda weights, biases: collapse(weights, biases)[::-1],
        lambda weights, biases: collapse(weights[::-1], biases[::-1]),
        lambda weights, biases: collapse(weights[:2], biases[:2]),
        lambda weights, biases: collapse(weights, biases)[0],
        collapse_in_place,
        lambda weights, biases: (np.nan, np.nan), raises, [[1, 2], [3, 4]],
    ]),
    (ex.scale, [
        NoSum, Unscaled, Unassigned, Added, Filled, Listed, Silent, Misspelt,
        ChangesX, ChangesWhatItRemembers, ChangesGrad, Accumulates, RemembersTheFirst,
        Row, GradientList, ListBack,
        scale_with(dw=lambda X, g: (X * g).sum(axis=1)),
        scale_with(dw=lambda X, g: (X * g).mean(axis=0)),
        scale_with(dw=lambda X, g: g.sum(axis=0)),
        scale_with(dw=lambda X, g: np.full(X.shape[1], np.nan)),
        scale_with(dw=lambda X, g: None),
        scale_with(dX=lambda X, w, g: g * X),
        scale_with(dX=lambda X, w, g: None),
        scale_with(Y=lambda X, w: X),
        scale_by_hand, Scale([1.0, 2.0]), raises, lambda w: 5, "Scale",
    ]),
    (ex.first_wrong, ["A1", "dY_hat", "dW1", "W1", "Z1", "", 1, ["dZ1"], np.nan]),
    (ex.planted, [
        lambda *a: step(*a, hasty=True),
        lambda *a: step(*a, slope=lambda Y: 1),
        lambda *a: step(*a, slope=lambda A: 1 - np.tanh(A) ** 2),
        lambda *a: step(*a, slope=lambda Y: Y * (1 - Y)),
        lambda *a: step(*a, factor=1),
        lambda *a: step(*a, sign=1),
        lambda *a: step(*a, over=lambda Y: 1),
        lambda *a: step(*a, over=len),
        lambda *a: step(*a, biases=False),
        lambda *a: step(*a)[::-1],
        lambda *a: step(*a)[:2],
        step_in_place,
        lambda *a: [np.full_like(p, np.nan) for p in a[2:6]], raises, "W1",
    ]),
]  # fmt: skip


def test_a_class_that_is_not_begun_is_not_attempted(verdict):
    for grader, answer in (ex.momentum, walk_with(NotBegun)), (ex.scale, Unwritten):
        assert verdict(grader, answer) == f"Exercise {grader.number}: not attempted yet"
