"""Answers to the exercises of chapter 06."""

import numpy as np
import pytest
from grader_tests import *  # noqa: F403
from grader_tests import Says, raises, variants

import nnbook as nn
from nnbook.exercises import layer_classes as ex

DW = np.array([[2.0, -6.0], [1.0, -3.0], [-1.0, 3.0]])


def columns(W, X, dY):
    return dY @ X.T, dY.sum(axis=1), W.T @ dY


def columns_by_layer(W, X, dY):
    layer = nn.Dense(*W.T.shape, rng=0)
    layer.parameters["W"][:] = W.T
    layer.forward(X.T)
    dX = layer.backward(dY.T)
    return layer.gradients["W"].T, layer.gradients["b"], dX.T


# --- momentum ----------------------------------------------------------------------------------


class Momentum:
    def __init__(self, learning_rate, mu):
        self.learning_rate, self.mu, self.memory = learning_rate, mu, {}

    def step(self, parameters, gradients):
        for i, (p, g) in enumerate(zip(parameters, gradients, strict=True)):
            self.memory[i] = self.mu * self.memory.get(i, 0) + g
            p -= self.learning_rate * self.memory[i]


MOMENTUM_SLIPS = variants(
    Momentum, "self.mu * self.memory.get(i, 0) + g -> g", " + g -> + (1 - self.mu) * g", "self.mu * self -> self", " + g -> - g", "p -= -> p += ",
    "self.learning_rate * self.memory[i] -> self.memory[i]", "self.memory[i] = -> self.memory = {i: self.mu * self.memory.get(i, 0) + g} if i else ",
    "memory[i] -> memory[0]", "memory[i] -> memory[p.shape]", "self.memory[i] = -> g[...] = self.memory[i] =",
)  # fmt: skip
Renames, TakesTheGradients, MovesFirst = variants(
    Momentum, "p -= self -> p = p - self",
    "self.mu * self.memory.get(i, 0) + g -> np.add(self.mu * self.memory[i], g, out=self.memory[i]) if i in self.memory else g",
    "self.memory[i] = self.mu * self.memory.get(i, 0) + g -> v = self.memory.get(i, 0); self.memory[i] = v && * self.memory[i] -> * v; self.memory[i] = self.mu * v + g",
)  # fmt: skip
(NotBegun,) = variants(Momentum, "for i -> raise NotImplementedError\n        for i")


def trained_with(optimizer_class):
    def trained(p, q, gradients, learning_rate, mu):
        optimizer = optimizer_class(learning_rate, mu)
        for dp, dq in gradients:
            optimizer.step([p, q], [dp, dq])
        return p, q

    return trained


def momentum_by_hand(p, q, gradients, learning_rate, mu):
    ages = range(len(gradients))
    weights = [sum(mu**k for k in range(len(gradients) - age)) for age in ages]
    dp, dq = ([weights[age] * gradients[age][which] for age in ages] for which in (0, 1))
    return p - learning_rate * sum(dp), q - learning_rate * sum(dq)


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


class WithABackwardOfItsOwn(Scale):
    def backward(self, grad):
        self.gradients = {"w": np.einsum("si,si->i", grad, self._X)}
        return grad * self.parameters["w"]


SUM, BACK, FORWARD = (
    "(grad * self._X).sum(axis=0)",
    'return grad * self.parameters["w"]',
    'return X * self.parameters["w"]',
)
UNASSIGNED = "nothing was assigned with"
CHANGED = "which is to be left as it came"
NOT_ANEW = "a new layer is right, one with an earlier backward is not"
SCALE_SLIPS = {
    f"{SUM} -> grad * self._X": 'self.gradients["w"] has the shape (1, 2), and w has (2,)',
    f"{BACK} -> return grad": "",
    'self.gradients["w"] = -> self.gradient = ': UNASSIGNED,
    'self.gradients["w"] = -> self.gradients["w"] += ': UNASSIGNED,
    'self.gradients["w"] = -> self.gradients["w"][:] = ': UNASSIGNED,
    f'{FORWARD} -> return (X * self.parameters["w"]).tolist()': "_forward has to return an array",
    'return X -> X': "_forward has to return an array",
    'return grad * self.parameters["w"] -> return grad * self.parameters["S"]': "it was raised in _input_gradient",
    f'self._X = X -> self._X = X.copy(); X *= self.parameters["w"]; return X; {FORWARD}': f"the layer changes X, {CHANGED}",
    f'self._X = X -> self._X = X; X *= self.parameters["w"]; return X; {FORWARD}': f"the layer changes X, {CHANGED}",
    f'{BACK} -> grad *= self.parameters["w"]; return grad': f"the layer changes grad, {CHANGED}",
    'self.gradients["w"] = -> self.gradients["w"] = self.gradients.get("w", 0) + ': NOT_ANEW,
    'self._X = X -> self._X = self.__dict__.get("_X", X)': NOT_ANEW,
    "axis=0 -> axis=0, keepdims=True": 'self.gradients["w"] has the shape (1, 2), and w has (2,)',
    f"{SUM} -> {SUM}.tolist()": 'self.gradients["w"] is a list, not an array',
    f'{BACK} -> return (grad * self.parameters["w"]).tolist()': "_input_gradient has to return an array",
    "axis=0 -> axis=1": "",
    "sum(axis=0) -> mean(axis=0)": "",
    f"{SUM} -> grad.sum(axis=0)": "",
    f"{SUM} -> np.full(len(grad[0]), np.nan)": "",
    f"{SUM} -> None": "",
    f"{BACK} -> return grad * self._X": "",
    f"{BACK} -> return None": "",
    f"{FORWARD} -> return X": "",
}  # fmt: skip
(Unscaled,) = variants(Scale, f"{BACK} -> return grad")
Unwritten, HalfWritten = variants(
    Scale, f"{FORWARD} -> raise NotImplementedError", f"{SUM} -> 0; raise NotImplementedError"
)


# --- one step of a network ---------------------------------------------------------------------


def step(X, targets, W1, b1, W2, b2, alpha):
    A1 = np.tanh(X @ W1 + b1)
    Y_hat = A1 @ W2 + b2
    dY_hat = 2 * (Y_hat - targets) / Y_hat.size
    new_W2 = W2 - alpha * (A1.T @ dY_hat)
    dZ1 = dY_hat @ W2.T * (1 - A1**2)
    new_b2, new_b1 = b2 - alpha * dY_hat.sum(axis=0), b1 - alpha * dZ1.sum(axis=0)
    new_W1 = W1 - alpha * (X.T @ dZ1)
    return new_W1, new_b1, new_W2, new_b2


def step_by_layers(X, targets, *parameters):
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


collapse = ex.collapse.reference


def collapse_by_trying(weights, biases):
    X = np.eye(len(weights[0]) + 1, len(weights[0]), -1)  # zeros, and below them a 1 in each place
    for W, b in zip(weights, biases, strict=True):
        X = X @ W + b
    return X[1:] - X[0], X[0]


ANSWERS = [
    (ex.weight_gradient, [DW], [DW[0], [[2, 0], [0, -3], [0, 0]], [[2, -3], [-1, -9], [0, 6]]]),
    (ex.input_gradient, [[-1, -10, 6]], [[5, -8], [2, -1, 0], [-1, -10, -6], -5, [[2, -1, 0], [-3, -9, 6]]]),
    (ex.without_and_with, [[[8, 1], [0, 5]], [np.array([[8], [1]]), np.array([[0], [5]])]],
     [[[0, 5], [8, 1]], [8, 1], [[8, 1], [8, 1]], [[8, 0], [1, 5]], [[8, -1], [0, 5]], [[8, 1]]]),
    (ex.agreeing_matrix, [[[1, 2], [2, 3]], np.ones((2, 2)), ((-1, 1e-3), (1e-3, -1)), [[1, 1 / 3], [1 / 3, 1]]],
     [np.eye(2), Says("x W is [1.0, 2.0] and x Wᵀ is [1.0, 3.0]", [[1, 2], [3, 1]]), Says("there is a 0 in it", [[0, 1], [1, 0]]),
      [[1, 2], [-2, 1]], [1, 2, 2, 1], Says("it has the shape (3, 3)", np.ones((3, 3))), 3, ((-1, 1e-3), (-1e-3, -1)),
      [[2, 7], [7.01, 2]], [[1, 1 / 3], [0.333, 1]], [[1, np.nan], [np.nan, 1]], [[np.inf, 1], [1, np.inf]]]),
    (ex.column_backward, [columns, columns_by_layer], [
        *variants(columns, "dY @ X.T -> X @ dY.T", "axis=1 -> axis=0", "dY.sum(axis=1) -> dY", "W.T @ dY -> dY @ W.T", "W.T -> W",
                  "W.T @ dY -> (W.T @ dY) / X.shape[1]", "dY.sum(axis=1), -> ", "dY.sum(axis=1) -> dY.mean(axis=1)"),
        Says("the second result is a row", lambda W, X, dY: (dY @ X.T, dY.sum(axis=1)[None, :], W.T @ dY)),
    ]),
    (ex.momentum, [momentum_by_hand, trained_with(Momentum)], [
        *map(trained_with, MOMENTUM_SLIPS),
        Says("unchanged: were the parameters changed in place, and", trained_with(Renames)),
        Says("in place, and after the velocity?", trained_with(MovesFirst)),
        Says("the function changes gradients", trained_with(TakesTheGradients)),
        lambda p, q, gradients, *rest: momentum_by_hand(p, q, gradients[::-1], *rest), Momentum,
    ]),
    (ex.collapse, [collapse, collapse_by_trying], [
        *variants(collapse, " + c -> ", "b @ V + c -> b + c if b.shape == c.shape else c", "b @ V + c -> c", "biases[0] -> biases[0] * -1",
            "weights[1:], biases[1:] -> weights[1:2], biases[1:2]"),
        lambda weights, biases: (weights[0], biases[0]), lambda weights, biases: (collapse(weights, biases)[0].T, collapse(weights, biases)[1]),
        lambda weights, biases: collapse(weights[::-1], biases[::-1]), *variants(collapse, "return W, b -> b += 0; weights[0] = W; return W, b"),
    ]),
    (ex.scale, [Scale, WithABackwardOfItsOwn, lambda w: Scale(list(w))], [
        *map(Says, SCALE_SLIPS.values(), variants(Scale, *SCALE_SLIPS)),
        lambda w, X, dY: (X * w, (X * dY).sum(axis=0), dY * w), lambda w: 5,
        Says("asked for the class of the layer; came an object of type Scale", Scale([1.0])),
    ]),
    (ex.first_wrong, ["dZ1"], ["W1", "Z1"]),
    (ex.planted, [step, step_by_layers], [
        *variants(step, "@ W2.T -> @ new_W2.T", " * (1 - A1**2) -> ", "A1**2 -> np.tanh(A1) ** 2", "(1 - A1**2) -> A1 * (1 - A1)", "2 * (Y -> (Y",
                  "Y_hat.size -> 1", "Y_hat.size -> len(Y_hat)", "- alpha -> + alpha",
                  "return new_W1, new_b1, new_W2, new_b2 -> return new_W1, b1, new_W2, b2"),
        lambda *case: step(*case)[:2],
    ]),
]  # fmt: skip


def test_the_verdict_on_the_planted_bug_does_not_say_where_it_is(verdict):
    assert "result" not in verdict(ex.planted, variants(step, "@ W2.T -> @ new_W2.T")[0])
    assert "raised in" not in verdict(ex.scale, raises)


def test_the_layer_of_the_solution_passes_the_gradient_check():
    X = np.random.default_rng(0).normal(size=(5, 3))
    nn.check_gradients(Scale([1.0, -2.0, 0.5]), X, rng=1)
    with pytest.raises(nn.GradientMismatch):
        nn.check_gradients(Unscaled([1.0, -2.0, 0.5]), X, rng=1)


def test_a_class_that_is_not_begun_is_not_attempted(verdict):
    for grader, answer in (ex.momentum, trained_with(NotBegun)), (ex.scale, Unwritten):
        assert verdict(grader, answer) == f"Exercise {grader.number}: not attempted yet"
    assert ": _assign_gradients still raises" in verdict(ex.scale, HalfWritten)
