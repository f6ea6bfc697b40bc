"""Answers to the exercises of chapter 06."""

from functools import partial

import numpy as np
import pytest
from grader_tests import *  # noqa: F403
from grader_tests import Says, raises, variants

import nnbook as nn
from nnbook.exercises import layer_classes as ex

# --- a graph with two forks ----------------------------------------------------------------------


def by_operations(leaves, operations):
    values, n = list(leaves), len(leaves)
    for sign, i, j in operations:
        values.append(values[i] + values[j] if sign == "+" else values[i] * values[j])
    gradients = [0.0] * (len(values) - 1) + [1.0]
    for k in range(len(operations) - 1, -1, -1):
        (sign, i, j), upstream = operations[k], gradients[n + k]
        gradients[i] += upstream if sign == "+" else upstream * values[j]
        gradients[j] += upstream if sign == "+" else upstream * values[i]
    return gradients[:n]


class Number:
    """A number with its derivatives with respect to all leaves: forward mode."""

    def __init__(self, value, derivatives):
        self.value, self.derivatives = value, derivatives

    def __add__(self, other):
        return Number(self.value + other.value, self.derivatives + other.derivatives)

    def __mul__(self, other):
        derivatives = self.derivatives * other.value + other.derivatives * self.value
        return Number(self.value * other.value, derivatives)


def by_forward_mode(leaves, operations):
    one = np.eye(len(leaves))
    numbers = [Number(value, row) for value, row in zip(leaves, one, strict=True)]
    for sign, i, j in operations:
        numbers.append(numbers[i] + numbers[j] if sign == "+" else numbers[i] * numbers[j])
    return numbers[-1].derivatives


def by_differences(leaves, operations):
    def last(leaves):
        values = list(leaves)
        for sign, i, j in operations:
            values.append(values[i] + values[j] if sign == "+" else values[i] * values[j])
        return values[-1]

    return nn.numerical_gradient(last, leaves)


# --- a batch in columns --------------------------------------------------------------------------


def columns(W, X, dZ):
    return dZ @ X.T, dZ.sum(axis=1), W.T @ dZ


def columns_by_layer(W, X, dZ):
    layer = nn.Dense(*W.T.shape, rng=0)
    layer.parameters["W"][:] = W.T
    layer.forward(X.T)
    dX = layer.backward(dZ.T)
    return layer.gradients["W"].T, layer.gradients["b"], dX.T


# --- momentum ----------------------------------------------------------------------------------


class Momentum:
    def __init__(self, learning_rate, mu):
        self.learning_rate, self.mu, self.memory = learning_rate, mu, {}

    def step(self, parameters, gradients):
        for i, p in parameters.items():
            g = gradients[i]
            self.memory[i] = self.mu * self.memory.get(i, 0) + g
            p -= self.learning_rate * self.memory[i]


MOMENTUM_BUGS = variants(
    Momentum, "self.mu * self.memory.get(i, 0) + g -> g", " + g -> + (1 - self.mu) * g", "self.mu * self -> self", " + g -> - g", "p -= -> p += ",
    "self.learning_rate * self.memory[i] -> self.memory[i]", "self.memory[i] = -> self.memory = {i: self.mu * self.memory.get(i, 0) + g} if i == '0.b' else ",
    "memory[i] -> memory[0]", "memory[i] -> memory[p.shape]", "self.memory[i] = -> g[...] = self.memory[i] =",
)  # fmt: skip
Renames, RenamesInTheDictionary, TakesTheGradients, MovesFirst, Shares = variants(
    Momentum, "p -= self -> p = p - self", "p -= self -> parameters[i] = p - self",
    "self.mu * self.memory.get(i, 0) + g -> np.add(self.mu * self.memory[i], g, out=self.memory[i]) if i in self.memory else g",
    "self.memory[i] = self.mu * self.memory.get(i, 0) + g -> v = self.memory.get(i, 0); self.memory[i] = v && * self.memory[i] -> * v; self.memory[i] = self.mu * v + g",
    "self.learning_rate, self.mu, self.memory = learning_rate, mu, {} -> self.learning_rate, self.mu = learning_rate, mu; self.memory = self.__class__.__dict__.get('kept') or type(self).kept && def step -> kept = {}\n\n    def step",
)  # fmt: skip
(NotBegun,) = variants(Momentum, "for i -> raise NotImplementedError\n        for i")


class AsIfLists(Momentum):
    def step(self, parameters, gradients):
        for p, g in zip(parameters, gradients, strict=True):
            p -= self.learning_rate * g


class AllInOneDictionary(Momentum):
    def step(self, parameters, gradients):
        for name in parameters:
            v = self.memory.setdefault(name, np.zeros_like(parameters[name]))
            v *= self.mu
            v += gradients[name]
            parameters[name] -= self.learning_rate * v


class OfTheFirstLayer(Momentum):
    def step(self, parameters, gradients):
        names = [name for name in parameters if name in ("0.W", "0.b")]
        super().step({n: parameters[n] for n in names}, {n: gradients[n] for n in names})


class InOrder(Momentum):
    def step(self, parameters, gradients):
        pairs = zip(parameters.values(), gradients.values(), strict=True)
        for i, (p, g) in enumerate(pairs):
            self.memory[i] = self.mu * self.memory.get(i, 0) - self.learning_rate * g
            p += self.memory[i]


class LikeTheLibrary:
    def __init__(self, learning_rate, mu):
        self.optimizer = nn.SGD(learning_rate, momentum=mu)

    def step(self, parameters, gradients):
        self.optimizer.step(list(parameters.values()), list(gradients.values()))


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
SCALE_BUGS = {
    f"{SUM} -> grad * self._X": 'self.gradients["w"] has the shape (1, 2), and w has (2,)',
    f"{BACK} -> return grad": "the local derivative, w, is missing",
    'self.gradients["w"] = -> self.gradient = ': UNASSIGNED,
    'self.gradients["w"] = -> self.gradients["w"] += ': UNASSIGNED,
    'self.gradients["w"] = -> self.gradients["w"][:] = ': UNASSIGNED,
    f'{FORWARD} -> return (X * self.parameters["w"]).tolist()': "_forward has to return an array",
    'return X -> X': "_forward has to return an array",
    f'{FORWARD} -> return X @ self.parameters["w"]': "_forward has to return an array of the shape of X",
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
    "sum(axis=0) -> mean(axis=0)": "the sum over the samples, not the mean",
    f"{SUM} -> grad.sum(axis=0)": "w is multiplied by X",
    f"{SUM} -> np.full(len(grad[0]), np.nan)": "",
    f"{SUM} -> None": "",
    f"{BACK} -> return grad * self._X": "w is its local derivative, not X",
    f"{BACK} -> return None": "",
    f"{FORWARD} -> return X": "",
    'self.parameters = -> self.w = np.array(w, dtype=float); self.parameters = && X * self.parameters["w"] -> X * self.w && grad * self.parameters["w"] -> grad * self.w': "an optimiser changes",
    'self._X = X -> self._Z = X * self.parameters["w"] && self._X -> (self._Z / self.parameters["w"])': "",
    f"{SUM} -> {SUM}; self.parameters['w'] -= 0.1 * self.gradients['w']": "leave the update to the optimiser",
    "super().__init__() -> pass": "has to call super().__init__() first",
}  # fmt: skip
(Unscaled,) = variants(Scale, f"{BACK} -> return grad")
Unwritten, HalfWritten = variants(
    Scale, f"{FORWARD} -> raise NotImplementedError", f"{SUM} -> 0; raise NotImplementedError"
)


# --- layers made of layers ---------------------------------------------------------------------


class Residual:
    def __init__(self, f):
        self.f, self.parameters, self.gradients = f, f.parameters, f.gradients

    def forward(self, X):
        return X + self.f.forward(X)

    def backward(self, dA):
        return dA + self.f.backward(dA)


class ThroughTheLists:
    def __init__(self, f):
        self.paths = [f]

    def forward(self, X):
        return sum((f.forward(X) for f in self.paths), start=X.copy())

    def backward(self, dA):
        total = dA.copy()
        for f in self.paths:
            total += f.backward(dA)
        return total


class ByHand(Residual):
    def backward(self, dA):
        self.gradients["W"], self.gradients["b"] = self.f.X.T @ dA, dA.sum(axis=0)
        return dA + dA @ self.parameters["W"].T


RESIDUAL_BUGS = {
    "return dA + self.f.backward(dA) -> return self.f.backward(dA)": "the path past f is missing",
    "return dA + self.f.backward(dA) -> self.f.backward(dA); return dA": "the path through f is missing",
    "return dA + self.f.backward(dA) -> return dA": "its own backward has to be called",
    "dA + self -> 1 + self": "what arrives past f is dA, not 1",
    "dA + self -> dA * self": "added, not multiplied",
    "X + self -> self": "this is the output of f alone",
    "return X + self.f.forward(X) -> X += self.f.forward(X); return X": "the layer changes X",
    "return dA + self.f.backward(dA) -> dA += self.f.backward(dA); return dA": "the layer changes dA",
    "def backward -> def back": "no attribute 'backward'",
    "self.f.forward(X) -> self.f.forward(self.f.forward(X))": "",
}
(Unresidual,) = variants(Residual, "def forward -> def later")


# --- the gradients of a network ------------------------------------------------------------------


def network(X, Y, W1, b1, W2, b2):
    A1 = np.tanh(X @ W1 + b1)
    Y_hat = A1 @ W2 + b2
    dY_hat = 2 * (Y_hat - Y) / Y_hat.size
    dZ1 = dY_hat @ W2.T * (1 - A1**2)
    return X.T @ dZ1, dZ1.sum(axis=0), A1.T @ dY_hat, dY_hat.sum(axis=0)


def network_of_layers(X, Y, *parameters):
    W1, _, W2, _ = parameters
    layers = nn.Sequential(nn.Dense(*W1.shape, rng=0), nn.Tanh(), nn.Dense(*W2.shape, rng=0))
    for parameter, value in zip(layers.parameters(), parameters, strict=True):
        parameter[:] = value
    loss = nn.MeanSquaredError()
    loss.forward(layers.forward(X), Y)
    layers.backward(loss.backward())
    return layers.gradients()


def network_by_differences(X, Y, *parameters):
    def loss(index, value):
        W1, b1, W2, b2 = [*parameters[:index], value, *parameters[index + 1 :]]
        return np.mean((np.tanh(X @ W1 + b1) @ W2 + b2 - Y) ** 2)

    return [nn.numerical_gradient(lambda v, i=i: loss(i, v), parameters[i]) for i in range(4)]


ANSWERS = [
    (ex.graph_by_pencil, [[5, -12, -3]], [
        Says("where two gradients meet, they are added", [3, -9, -3]), Says("two gradients meet at h and two at a", [1, -9, -3]),
        Says("a is used by h and also by J", [4, -12, -3]), Says("a is used by J and also by h", [1, -12, -3]),
        Says("h is used by r and also by s", [4, -9, -3]), Says("h is used by s and also by r", [2, -3, -3]),
        Says("the order asked for is a, b, c", [-3, -12, 5]), [5, -9, -3], [5, -12],
    ]),
    (ex.leaf_gradients, [by_operations, by_forward_mode], [
        Says("close, not exact", by_differences),
        Says("replaces an earlier one", variants(by_operations, "gradients[i] += -> gradients[i] = && gradients[j] += -> gradients[j] =")[0]),
        Says("receives two gradients", variants(by_operations, "gradients[j] += -> gradients[j] += 0 if i == j else")[0]),
        Says("in reverse", variants(by_operations, "range(len(operations) - 1, -1, -1) -> range(len(operations))")[0]),
        Says("local derivative is the other number", variants(by_operations, "upstream * values[j] -> upstream * values[0 + i] && upstream * values[i] -> upstream * values[j]")[0]),
        Says("gradients of all numbers", variants(by_operations, "return gradients[:n] -> return gradients")[0]),
        *variants(by_operations, "gradients[i] += -> gradients[i] =", "gradients[j] += -> gradients[j] =", "upstream * values[j] -> upstream * values[i]", "[1.0] -> [values[-1]]",
                  "upstream * values[j] -> upstream * values[n + k] / np.float64(values[i])"),
        Says("the last number has the gradient 1", variants(by_operations, "[1.0] -> [0.0]")[0]),
        Says("another that nothing uses has 0", variants(by_operations, "for k in -> for i in set(range(n, len(values) - 1)) - {i for _, *pair in operations for i in pair}:\n        gradients[i] = 1.0\n    for k in")[0]),
        Says("the type int?", variants(by_operations, "gradients = [0.0] * (len(values) - 1) + [1.0] -> gradients = np.array([0] * (len(values) - 1) + [1])")[0]),
        Says("the function changes leaves", lambda leaves, operations: (by_operations(leaves, operations), leaves.append(1.0))[0]),
    ]),
    (ex.column_backward, [columns, columns_by_layer], [
        Says("right for samples in rows", variants(columns, "W.T @ dZ -> dZ @ W.T")[0]),
        Says("the order asked for is W, b, X: the last two", lambda *case: [columns(*case)[i] for i in (0, 2, 1)]),
        Says("the order asked for is W, b, X: the first two", lambda *case: [columns(*case)[i] for i in (1, 0, 2)]),
        Says("the order asked for is W, b, X: this is X, b, W", lambda *case: columns(*case)[::-1]),
        Says("the order asked for is W, b, X", lambda *case: [columns(*case)[i] for i in (2, 0, 1)]),
        Says("divided by m", lambda W, X, dZ: [part / X.shape[1] for part in columns(W, X, dZ)]),
        Says("divided by m", lambda W, X, dZ: (dZ @ X.T / X.shape[1], dZ.mean(axis=1), W.T @ dZ)),
        Says("not the mean", variants(columns, "dZ.sum(axis=1) -> dZ.mean(axis=1)")[0]),
        Says("formulas for samples in rows", lambda W, X, dZ: (X.T @ dZ, dZ.sum(axis=0), dZ @ W.T)),
        Says("along its row of dZ", variants(columns, "axis=1 -> axis=0")[0]),
        Says("the third result is transposed", variants(columns, "W.T @ dZ -> dZ.T @ W")[0]),
        Says("the first result is transposed", variants(columns, "dZ @ X.T -> X @ dZ.T")[0]),
        *variants(columns, "dZ.sum(axis=1) -> dZ", "W.T -> W",
                  "W.T @ dZ -> (W.T @ dZ) / X.shape[1]", "dZ.sum(axis=1), -> "),
        Says("the second result is a row: return a column", lambda W, X, dZ: (dZ @ X.T, dZ.sum(axis=1)[None, :], W.T @ dZ)),
    ]),
    (ex.momentum, [Momentum, AllInOneDictionary, InOrder, LikeTheLibrary], [
        *MOMENTUM_BUGS,
        Says("this velocity is an average", variants(Momentum, " + g -> + (1 - self.mu) * g")[0]),
        Says("Nesterov's momentum", variants(Momentum, "learning_rate * self.memory[i] -> learning_rate * (self.mu * self.memory[i] + g)")[0]),
        Says("plain gradient descent: is the velocity kept", variants(Momentum, "self.mu * self.memory.get(i, 0) + g -> g")[0]),
        Says("plain gradient descent: is the velocity kept", variants(Momentum, "self.memory.get(i, 0) -> np.zeros_like(p)")[0]),
        Says("share one velocity", variants(Momentum, "memory[i] -> memory[p.shape] && memory.get(i -> memory.get(p.shape")[0]),
        *map(partial(Says, "the sign is reversed"), variants(Momentum, " + g -> - g", "p -= -> p += ")),
        Says("unchanged: were the parameters changed in place, and", Renames), Says("changed in place", RenamesInTheDictionary),
        Says("in place, and after the velocity?", MovesFirst), Says("a new optimiser has the velocities of an earlier one", Shares),
        Says("step changes the gradients", TakesTheGradients),
        Says("two dictionaries: go through the names", AsIfLists), Says("the names may be any", OfTheFirstLayer),
        Says("the class of the optimiser; came an object of type Momentum", Momentum(0.1, 0.9)),
        Says("no attribute", lambda learning_rate, mu: learning_rate.step),
    ]),
    (ex.scale, [Scale, WithABackwardOfItsOwn, lambda w: Scale(list(w))], [
        *map(Says, SCALE_BUGS.values(), variants(Scale, *SCALE_BUGS)),
        lambda w, X, grad: (X * w, (X * grad).sum(axis=0), grad * w), lambda w: 5,
        Says("asked for the class of the layer; came an object of type Scale", Scale([1.0])),
    ]),
    (ex.collapsed, [[8, 3, 1], ([8, 3], 1), ([[8], [3]], [1])], [
        Says("the first biases pass through the second weights", [8, 3, 5]), Says("the second bias is added too", [8, 3, -4]), [8, 1, 3], [8, 3],
        ([8, 3], 5), ([8, 1], 3), ([8, 3], "1"),
    ]),
    (ex.residual, [Residual, ThroughTheLists, lambda f: Residual(f)], [
        *map(Says, RESIDUAL_BUGS.values(), variants(Residual, *RESIDUAL_BUGS)),
        Says("f may be any layer", ByHand), Says("each once", variants(Residual, "return dA + -> self.f.backward(dA); return dA +")[0]),
        Says("asked for the class of the layer; came an object of type Residual", Residual(nn.Tanh())),
    ]),
    (ex.first_wrong, ["dZ1"], ["W1", "Z1"]),
    (ex.planted, [network, network_of_layers, lambda *case: [np.asarray(part) for part in network(*case)]], [
        Says("close, not exact", network_by_differences),
        *variants(network, "@ W2.T -> @ W2.T * 0.9", " * (1 - A1**2) -> ", "A1**2 -> np.tanh(A1) ** 2", "(1 - A1**2) -> A1 * (1 - A1)", "2 * (Y -> (Y",
                  "Y_hat.size -> 1", "Y_hat.size -> len(Y_hat)", "- Y) -> + Y)", "dZ1.sum(axis=0) -> b1"),
        lambda *case: network(*case)[:2], lambda *case: np.concatenate([np.ravel(part) for part in network(*case)]),
        Says("the scale is off: all four are 2 times", variants(network, "Y_hat.size -> len(Y)")[0]),
        Says("the scale is off: all four are 0.5 times", variants(network, "2 * (Y -> (Y")[0]),
        Says("wrong: the gradient with respect to W1 and b1", variants(network, "A1**2 -> np.tanh(A1) ** 2")[0]),
        Says("the gradient with respect to b2 has the shape of b2, (1,)", variants(network, "dY_hat.sum(axis=0) -> dY_hat.sum(axis=0, keepdims=True)")[0]),
    ]),
]  # fmt: skip


def test_the_verdict_on_the_planted_bug_says_which_gradients_are_wrong_but_not_why(verdict):
    line = verdict(ex.planted, variants(network, "A1**2 -> A1")[0])
    assert "W1 and b1" in line
    assert "dZ1" not in line
    assert "raised in" not in verdict(ex.scale, raises)


def test_the_layer_of_the_solution_passes_the_gradient_check():
    X = np.random.default_rng(0).normal(size=(5, 3))
    nn.check_gradients(Scale([1.0, -2.0, 0.5]), X, rng=1)
    with pytest.raises(nn.GradientMismatch):
        nn.check_gradients(Unscaled([1.0, -2.0, 0.5]), X, rng=1)


def test_a_class_that_is_not_begun_is_not_attempted(verdict):
    for grader, answer in (ex.momentum, NotBegun), (ex.scale, Unwritten), (ex.residual, Unresidual):
        assert verdict(grader, answer) == f"Exercise {grader.number}: not attempted yet"
    assert ": _assign_gradients still raises" in verdict(ex.scale, HalfWritten)
