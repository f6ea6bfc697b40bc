"""Every grader of chapter 06: right forms pass, wrong answers are told so."""

import numpy as np
import pytest

import nnbook as nn
from nnbook.exercises import layer_classes as ex
from nnbook.exercises.grading import Choice, Function, Property, Value

DW = np.array([[2.0, 1.0, -1.0], [-6.0, -3.0, 3.0]])


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


# --- momentum ----------------------------------------------------------------------------------


def momentum(*, mix=lambda v, g, beta: beta * v + g, move=lambda p, v, a: p - a * v, keep=True,
             shared=False, backwards=False):  # fmt: skip
    """Return a walk, with each step open to a slip."""

    def walk(W, b, gradients, learning_rate, beta):
        parameters, velocities = [W, b], [np.zeros_like(W), np.zeros_like(b)]
        for pair in reversed(gradients) if backwards else gradients:
            for i, g in enumerate(pair):
                j = 0 if shared else i
                v = mix(velocities[j], g, beta)
                velocities[j] = v if keep else velocities[j]
                parameters[i] = move(parameters[i], v, learning_rate)
        return parameters

    return walk


class InPlace:
    def __init__(self, learning_rate, beta):
        self.learning_rate, self.beta, self.memory = learning_rate, beta, {}

    def step(self, parameters, gradients):
        for i, (p, g) in enumerate(zip(parameters, gradients, strict=True)):
            self.memory[i] = self.beta * self.memory.get(i, 0) + g
            p -= self.learning_rate * self.memory[i]


class Renames(InPlace):
    def step(self, parameters, gradients):
        for p, g in zip(parameters, gradients, strict=True):
            p = p - self.learning_rate * g


class NotBegun(InPlace):
    def step(self, parameters, gradients):
        raise NotImplementedError


def walk_with(optimizer_class):
    def walk(W, b, gradients, learning_rate, beta):
        optimizer = optimizer_class(learning_rate, beta)
        for dW, db in gradients:
            optimizer.step([W, b], [dW, db])
        return W, b

    return walk


def momentum_by_hand(W, b, gradients, learning_rate, beta):
    total_W = sum(
        g * beta**age
        for k in range(len(gradients))
        for age, (g, _) in enumerate(reversed(gradients[: k + 1]))
    )
    total_b = sum(
        g * beta**age
        for k in range(len(gradients))
        for age, (_, g) in enumerate(reversed(gradients[: k + 1]))
    )
    return (W - learning_rate * total_W).tolist(), (b - learning_rate * total_b)[None, :]


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


# --- the layer Scale ---------------------------------------------------------------------------


class Scale(nn.Layer):
    def __init__(self, s):
        super().__init__()
        self.parameters = {"s": np.array(s, dtype=float)}

    def _forward(self, X):
        self._X = X
        return X * self.parameters["s"]

    def _assign_gradients(self, grad):
        self.gradients["s"] = (grad * self._X).sum(axis=0)

    def _input_gradient(self, grad):
        return grad * self.parameters["s"]


class NoSum(Scale):
    def _assign_gradients(self, grad):
        self.gradients["s"] = grad * self._X


class Unscaled(Scale):
    def _input_gradient(self, grad):
        return grad


class Unassigned(Scale):
    def _assign_gradients(self, grad):
        self.gradient = (grad * self._X).sum(axis=0)


class Unwritten(Scale):
    def _forward(self, X):
        raise NotImplementedError


def there_and_back(layer_class):
    def answer(s, X, dY):
        layer = layer_class(s)
        Y = layer.forward(X)
        dX = layer.backward(dY)
        return Y, layer.gradients["s"], dX

    return answer


def scale_by_loops(s, X, dY):
    m, n = X.shape
    Y = [[X[k, i] * s[i] for i in range(n)] for k in range(m)]
    ds = [sum(dY[k, i] * X[k, i] for k in range(m)) for i in range(n)]
    return Y, ds, [[dY[k, i] * s[i] for i in range(n)] for k in range(m)]


def scale_by_matrices(s, X, dY):
    return X @ np.diag(s), np.diag(X.T @ dY)[None, :], dY @ np.diag(s)


# --- one step of a network ---------------------------------------------------------------------


def step(X, t, W1, b1, W2, b2, alpha, *, hasty=False, slope=lambda Y: 1 - Y**2, factor=2, sign=-1,
         over=lambda Y: Y.size, biases=True):  # fmt: skip
    """One step, with each line open to a slip."""
    Y1 = np.tanh(X @ W1 + b1)
    Y2 = Y1 @ W2 + b2
    dY2 = factor * (Y2 - t) / over(Y2)
    new_W2 = W2 + sign * alpha * (Y1.T @ dY2)
    dZ1 = dY2 @ (new_W2 if hasty else W2).T * slope(Y1)
    new_b2, new_b1 = b2 + sign * alpha * dY2.sum(axis=0), b1 + sign * alpha * dZ1.sum(axis=0)
    new_W1 = W1 + sign * alpha * (X.T @ dZ1)
    return (new_W1, new_b1, new_W2, new_b2) if biases else (new_W1, b1, new_W2, b2)


def step_by_nnbook(X, t, *parameters):
    *parameters, alpha = parameters
    W1, _, W2, _ = parameters
    network = nn.Sequential(nn.Dense(*W1.shape, rng=0), nn.Tanh(), nn.Dense(*W2.shape, rng=0))
    for parameter, value in zip(network.parameters(), parameters, strict=True):
        parameter[:] = value
    loss = nn.MeanSquaredError()
    loss.forward(network.forward(X), t)
    network.backward(loss.backward())
    nn.SGD(alpha).step(network.parameters(), network.gradients())
    return network.parameters()


def step_by_nudges(X, t, *parameters):
    *parameters, alpha = parameters

    def price(i):
        def of(p):
            W1, b1, W2, b2 = [*parameters[:i], p, *parameters[i + 1 :]]
            return ((np.tanh(X @ W1 + b1) @ W2 + b2 - t) ** 2).mean()

        return of

    return [p - alpha * nn.numerical_gradient(price(i), p) for i, p in enumerate(parameters)]


def step_in_place(X, t, W1, b1, W2, b2, alpha):
    new = step(X, t, W1, b1, W2, b2, alpha)
    for old, value in zip((W1, b1, W2, b2), new, strict=True):
        old[:] = value
    return [W1, b1, W2, b2]


def test_the_layer_of_the_solution_passes_the_gradient_check():
    X = np.random.default_rng(0).normal(size=(5, 3))
    nn.check_gradients(Scale([1.0, -2.0, 0.5]), X, rng=1)
    with pytest.raises(nn.GradientMismatch):
        nn.check_gradients(Unscaled([1.0, -2.0, 0.5]), X, rng=1)


RIGHT = [
    (ex.by_the_weights, [DW, DW.tolist(), np.outer([1, -3], [2, 1, -1]),
                         np.array([[1], [-3]]) @ np.array([[2, 1, -1]]),
                         ((2, 1, -1), (-6, -3, 3))]),
    (ex.by_the_inputs, [[-1, -10, 6], (-1.0, -10.0, 6.0), np.array([[-1], [-10], [6]]),
                        [[-1, -10, 6]], np.array([[2, -1, 0], [1, 3, -2]]).T @ [1, -3]]),
    (ex.without_and_with, [[[0, 5], [8, 1]], ([0, 5], [8, 1]), np.array([[0.0, 5.0], [8.0, 1.0]]),
                           [np.array([[0], [5]]), np.array([[8], [1]])]]),
    (ex.agreeing_matrix, [[[1, 2], [2, 3]], np.ones((2, 2)), np.array([[0.5, -1], [-1, 7]]),
                          ((-1, 1e-3), (1e-3, -1))]),
    (ex.column_backward, [columns, columns_by_loops, columns_by_rows, columns_by_tables,
                          lambda W, X, dY: list(columns(W, X, dY))]),
    (ex.momentum, [momentum(), walk_with(InPlace), momentum_by_hand,
                   momentum(mix=lambda v, g, beta: g + v * beta)]),
    (ex.collapse, [collapse, collapse_from_behind, collapse_by_probing]),
    (ex.scale, [there_and_back(Scale), scale_by_loops, scale_by_matrices]),
    (ex.wrong_results, ["W1 and b1", " w1 AND b1", "w1 and b1"]),
    (ex.planted, [step, step_by_nnbook, step_by_nudges, step_in_place]),
]  # fmt: skip
WRONG = [
    (ex.by_the_weights, [-DW, DW.T, DW[::-1], DW.ravel(), DW[0], DW * 2,
                         [[2, 0, 0], [0, -3, 0]], [[2, -3, -1], [1, -9, 6]],
                         np.full((2, 3), np.nan), "table", object()]),
    (ex.by_the_inputs, [[1, 10, -6], [5, -8], [-1, -10], [2, -1, 0], [-1, -10, -6], -5,
                        [[2, -1, 0], [-3, -9, 6]], [np.nan] * 3, "-1, -10, 6", raises]),
    (ex.without_and_with, [[[8, 1], [0, 5]], [0, 5], [[0, 5], [0, 5]], [[0, 8], [5, 1]],
                           [[0, 5], [8, -1]], [[0, 5]], np.nan, "0 5 8 1"]),
    (ex.agreeing_matrix, [np.eye(2), [[1, 2], [3, 1]], [[0, 1], [1, 0]], [[1, 2], [-2, 1]],
                          [1, 2, 2, 1], np.ones((3, 3)), 3, [[1, np.nan], [np.nan, 1]],
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
        lambda W, X, dY: (np.nan, np.nan, np.nan),
        lambda W, X: None, raises, "dY @ X.T",
    ]),
    (ex.momentum, [
        momentum(mix=lambda v, g, beta: g),
        momentum(mix=lambda v, g, beta: beta * v + (1 - beta) * g),
        momentum(mix=lambda v, g, beta: v + g),
        momentum(mix=lambda v, g, beta: beta * v - g),
        momentum(move=lambda p, v, a: p + a * v),
        momentum(move=lambda p, v, a: p - v),
        momentum(keep=False),
        momentum(shared=True),
        momentum(backwards=True),
        walk_with(Renames),
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
        lambda weights, biases: (np.nan, np.nan), raises, [[1, 2], [3, 4]],
    ]),
    (ex.scale, [
        there_and_back(NoSum), there_and_back(Unscaled), there_and_back(Unassigned),
        lambda s, X, dY: (X * s, (X * dY).sum(axis=1), dY * s),
        lambda s, X, dY: (X * s, (X * dY).mean(axis=0), dY * s),
        lambda s, X, dY: (X * s, dY.sum(axis=0), dY * s),
        lambda s, X, dY: (X * s, (X * dY).sum(axis=0), dY * X),
        lambda s, X, dY: (X, (X * dY).sum(axis=0), dY * s),
        lambda s, X, dY: (X * s, (X * dY).sum(axis=0)),
        lambda s, X, dY: (X * s, np.nan * s, dY * s), raises, Scale,
    ]),
    (ex.wrong_results, ["W2 and b2", "all four", "only W2", "W1", "", 1, ["W1 and b1"], np.nan]),
    (ex.planted, [
        lambda *a: step(*a, hasty=True),
        lambda *a: step(*a, slope=lambda Y: 1),
        lambda *a: step(*a, slope=lambda Y: 1 - np.tanh(Y) ** 2),
        lambda *a: step(*a, slope=lambda Y: Y * (1 - Y)),
        lambda *a: step(*a, factor=1),
        lambda *a: step(*a, sign=1),
        lambda *a: step(*a, over=lambda Y: 1),
        lambda *a: step(*a, over=len),
        lambda *a: step(*a, biases=False),
        lambda *a: step(*a)[::-1],
        lambda *a: step(*a)[:2],
        lambda *a: [np.full_like(p, np.nan) for p in a[2:6]], raises, "W1",
    ]),
]  # fmt: skip
UNTOUCHED = [
    (ex.column_backward, lambda *_: None),
    (ex.column_backward, lambda *_: ...),
    (ex.momentum, walk_with(NotBegun)),
    (ex.collapse, lambda *_: ...),
    (ex.scale, there_and_back(Unwritten)),
    (ex.planted, lambda *_: None),
    (ex.by_the_weights, ...),
    (ex.wrong_results, ...),
    (ex.agreeing_matrix, None),
]


def graders():
    kinds = (Value, Property, Choice, Function)
    return {name for name, thing in vars(ex).items() if isinstance(thing, kinds)}


@pytest.mark.parametrize("table", [RIGHT, WRONG])
def test_every_grader_is_in_both_tables(table):
    listed = {id(exercise) for exercise, _ in table}
    assert {id(getattr(ex, name)) for name in graders()} == listed


@pytest.mark.parametrize(("exercise", "answers"), RIGHT)
def test_right_forms_pass(exercise, answers, verdict):
    assert len(answers) >= 3
    for answer in answers:
        assert verdict(exercise, answer) == f"Exercise {exercise.number}: passed"


@pytest.mark.parametrize(("exercise", "answers"), WRONG)
def test_wrong_answers_are_told_so(exercise, answers, verdict):
    assert len(answers) >= 5
    for answer in answers:
        assert verdict(exercise, answer).startswith(
            f"Exercise {exercise.number}: not yet; asked for"
        )


@pytest.mark.parametrize(("exercise", "answer"), UNTOUCHED)
def test_what_is_not_filled_in_is_not_attempted(exercise, answer, verdict):
    line = f"Exercise {exercise.number}: not attempted yet"
    assert verdict(exercise, answer).startswith(line)
