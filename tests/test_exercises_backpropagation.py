"""Answers to the exercises of chapter 03b."""

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

import nnbook as nn
from nnbook.exercises import backpropagation as ex

x, y = np.array([1.0, 2.0]), 1.0
W1, b1 = np.array([[0.1, 0.3, -0.5], [-0.2, 0.4, 0.6]]), np.array([0.01, 0.02, 0.03])
W2, b2 = np.array([[0.7], [-0.8], [0.9]]), np.array([0.1])
z1 = x @ W1 + b1
a1 = nn.sigmoid(z1)
a2 = nn.sigmoid(a1 @ W2 + b2)
SLOPES = a1 * (1 - a1)


def loss(W1, target):
    y_hat = nn.sigmoid(nn.sigmoid(x @ W1 + b1) @ W2 + b2).item()
    return -np.log(y_hat if target else 1 - y_hat)


ZERO = nn.numerical_gradient(lambda W1: loss(W1, 0), W1)
ONE = nn.numerical_gradient(lambda W1: loss(W1, 1), W1)
TABLE = np.array([nn.numerical_gradient(lambda z, j=j: nn.sigmoid(z)[j], z1) for j in range(3)])


def gradients(weights, biases, x, y):
    A = [x]
    for W, b in zip(weights, biases, strict=True):
        A.append(np.tanh(A[-1] @ W + b))
    a = A[-1] = nn.sigmoid(A[-2] @ weights[-1] + biases[-1])
    delta, found = (a - y) * a * (1 - a), []
    for W, a in zip(weights[::-1], A[-2::-1], strict=True):
        found.insert(0, np.outer(a, delta))
        delta = delta @ W.T * (1 - a**2)
    return found


def all_gradients_by_layers(weights, biases, x, y):
    layers, loss = [], nn.HalfSquaredError()
    for W, b in zip(weights, biases, strict=True):
        layers += [nn.Dense(*W.shape, rng=0), nn.Tanh()]
        layers[-2].parameters["W"][:], layers[-2].parameters["b"][:] = W, b
    network = nn.Sequential(*layers[:-1], nn.Sigmoid())
    loss.forward(network.forward(x[None]), y[None])
    network.backward(loss.backward())
    return network.gradients()


def gradients_by_layers(*case):
    return all_gradients_by_layers(*case)[::2]


def gradients_by_differences(weights, biases, x, y):
    def loss(layer):
        def of(W):
            a = x
            for n, b in enumerate(biases):
                g = np.tanh if n < len(biases) - 1 else nn.sigmoid
                a = g(a @ (W if n == layer else weights[n]) + b)
            return np.sum((a - y) ** 2) / 2

        return of

    return [nn.numerical_gradient(loss(n), W) for n, W in enumerate(weights)]


of_the_prediction, tanh_at_the_output = variants(gradients, "a * (1 - a), [] -> nn.sigmoid(a) * (1 - nn.sigmoid(a)), []", "a * (1 - a), [] -> (1 - a**2), []")  # fmt: skip


def of_the_layer_after(weights, biases, x, y):
    z, a = [], [x]
    for n, (W, b) in enumerate(zip(weights, biases, strict=True), 1):
        z.append(a[-1] @ W + b)
        a.append(np.tanh(z[-1]) if n < len(weights) else nn.sigmoid(z[-1]))
    delta, found = (a[-1] - y) * a[-1] * (1 - a[-1]), []
    for n in reversed(range(len(weights))):
        found.insert(0, np.outer(a[n], delta))
        if n:
            delta = delta @ weights[n].T * (1 - np.tanh(z[n]) ** 2)
    return found


def with_biases(*case):
    """As the loops of the chapter return them."""
    found = all_gradients_by_layers(*case)
    return found[::2], found[1::2]


def of_three(W1, W2, W3, x, y, of=gradients):
    return of([W1, W2, W3], [np.zeros(W.shape[1]) for W in (W1, W2, W3)], x, y)


def doubled_dW1(X, dZ, Z):
    return X.T @ dZ * nn.sigmoid(Z) * (1 - nn.sigmoid(Z))


def doubled_in_fixed_loops(X, dZ, Z):
    """With the sizes of the chapter written in, as its own loops have them."""
    table, slope = np.zeros((2, 3)), nn.sigmoid(Z) * (1 - nn.sigmoid(Z))
    for i in range(2):
        for j in range(3):
            for s in range(len(X)):
                table[i, j] += X[s, i] * dZ[s, j]
            table[i, j] *= slope[0 if len(X) == 1 else i, j]
    return table


def planted(W1, W2, W3, x, y):
    a1 = np.tanh(x @ W1)
    a2 = np.tanh(a1 @ W2)
    a3 = nn.sigmoid(a2 @ W3)
    delta3 = (a3 - y) * a3 * (1 - a3)
    delta2 = (delta3 @ W3.T) * (1 - a1**2)
    delta1 = (delta2 @ W2.T) * (1 - a1**2)
    return np.outer(x, delta1), np.outer(a1, delta2), np.outer(a2, delta3)


FIX = "W3.T) * (1 - a1**2) -> W3.T) * (1 - a2**2)"  # of the planted bug
WRONG_GRADIENTS = variants(gradients, " + b) -> )", "delta @ W.T * -> delta @ W *", "(1 - a**2) -> 1", "(1 - a**2) -> a", "(1 - a**2) -> a * (1 - a)",
                           "(1 - a**2) -> (1 - np.tanh(a)**2)", "(a - y) * a * (1 - a) -> a - y",
                           "found.insert(0, -> found.append(", "outer(a, delta) -> outer(delta, a)")  # fmt: skip

ANSWERS = [
    (ex.loss_for_zero, [0.915254, 0.915, -np.log(1 - a2)], [Says("that is the loss for y = 1", 0.511517), Says("three digits", 0.92), Says("never negative", np.log(1 - a2)), 0.599585, 0.400415]),
    (ex.dW1_for_zero, [ZERO, ONE * a2 / (a2 - 1), [[0.103, -0.089, 0.118], [0.206, -0.178, 0.237]]], [Says("for y = 1", ONE), Says("the transpose", np.transpose(ZERO)), ZERO * SLOPES, Says("g' is missing", ZERO / SLOPES), Says("g, where g'", ZERO / SLOPES * a1), Says("sign is reversed", -ZERO), Says("inputs are missing", ZERO[[0, 0]]), Says("three digits", ZERO.round(2))]),
    (ex.doubled_dW1, [doubled_dW1, doubled_in_fixed_loops],
     [*variants(doubled_dW1, " * nn.sigmoid(Z) * (1 - nn.sigmoid(Z)) -> ", " * (1 - nn.sigmoid(Z)) -> ", "(Z) -> (nn.sigmoid(Z))",
                # the same for one sample, and another line for two
                "dZ * nn.sigmoid(Z) * (1 - nn.sigmoid(Z)) -> (dZ * nn.sigmoid(Z) * (1 - nn.sigmoid(Z)))"),
      lambda X, dZ, Z: ONE * SLOPES, Says("the correct gradient", lambda X, dZ, Z: X.T @ dZ),
      Says("g, where g'", lambda X, dZ, Z: X.T @ dZ * nn.sigmoid(Z)), Says("not their mean", lambda X, dZ, Z: doubled_dW1(X, dZ, Z) / len(X)), Says("not dZ", lambda X, dZ, Z: X.T @ (dZ * nn.sigmoid(Z) * (1 - nn.sigmoid(Z))))]),
    (ex.column_factors, [SLOPES, [0.245, 0.185, 0.219]], [Says("right / wrong", 1 / SLOPES), Says("three digits", [0.24, 0.19, 0.22]), Says("not per cent", 100 * SLOPES), Says("that is g", a1), [0.25] * 3, SLOPES * [[1], [1]]]),
    (ex.silent_batches, [[True, True, False, False, False, False], [1, 1, 0, 0, 0, 0], np.arange(6) < 2],
     [[1, 2], Says("for m = 2", [True] + [False] * 5), Says("for m = 3", [True] * 3 + [False] * 3), [True, True, False, False, False, True], []]),
    (ex.activation_jacobian, [TABLE, np.diag(SLOPES), TABLE.round(4), TABLE[:, None, :], TABLE[None]],
     [np.eye(3), SLOPES[:, None], SLOPES, Says("g, where g'", np.diag(a1)), -TABLE, TABLE[::-1], TABLE + 0.01, np.array([TABLE, TABLE]), TABLE.ravel(), []]),
    (ex.through_the_jacobian, [(a2 - 1) @ W2.T @ TABLE, ONE[0], (a2 - 1) * W2[:, 0] * SLOPES],
     [Says("before the product", (a2 - 1) @ W2.T), Says("three digits", [-0.07, 0.06, -0.08]), Says("g, where g'", (a2 - 1) @ W2.T * a1), a2 @ W2.T @ TABLE, W2.T @ TABLE, (a2 - 1) * W2 * TABLE, ONE, SLOPES, [0, 0, 0]]),
    (ex.weight_gradients, [gradients, gradients_by_layers],
     [*WRONG_GRADIENTS, Says("of shape (3,), not (3, 1)",
                             lambda *case: [*gradients(*case)[:-1], gradients(*case)[-1][:, 0]]),
      *map(Says, ("the derivative of tanh", "not a sigmoid", "of the cross-entropy"), (WRONG_GRADIENTS[i] for i in (2, 4, 6))),
      Says("in both passes", variants(gradients, "np.tanh -> nn.sigmoid && (1 - a**2) -> a * (1 - a)")[0]),
      *map(Says, ("the biases are missing", "at the activations", "at the prediction", "not tanh", "the layer after", "only the gradients of the weights", "sign"),
           (lambda weights, biases, x, y: gradients(weights, [0 * b for b in biases], x, y), WRONG_GRADIENTS[5], of_the_prediction, tanh_at_the_output, of_the_layer_after, with_biases, lambda *case: [-dW for dW in gradients(*case)])),
      Says("the last layer comes first", lambda *case: gradients(*case)[::-1]),
      Says("close, not exact", gradients_by_differences)]),
    (ex.delta1_by_pencil, [[8, 0]],
     [Says("of layer 1 is inactive", [8, -4]), Says("of layer 2 is inactive", [20, 0]), Says("transposed", [12, 0]), Says("two neurons", [20, -40]), Says("forward pass", [60, 0]), Says("sign", [-8, 0]),
      [0, 8]]),
    (ex.dW2_by_pencil, [[[0, 8], [0, 0]]],
     [Says("layer 2 is inactive", [[-24, 8], [0, 0]]),
      Says("this is the transpose", [[0, 0], [8, 0]]), Says("not z1", [[0, 8], [0, -8]]), Says("sign", [[0, -8], [0, 0]]), [[0, 0], [0, 16]], [[8], [0]]]),
    (ex.planted, [of_three, *variants(planted, FIX), lambda *case: of_three(*case, of=gradients_by_layers)],
     [planted, Says("not a sigmoid", variants(planted, "W3.T) * (1 - a1**2) -> W3.T) * a2 * (1 - a2) && W2.T) * (1 - a1**2) -> W2.T) * a1 * (1 - a1)")[0]), Says("derivative of the sigmoid", variants(planted, f"{FIX} && (a3 - y) * a3 * (1 - a3) -> a3 - y")[0]), *variants(planted, f"{FIX} && W2.T -> W2", f"{FIX} && outer(a1, delta2) -> outer(a2, delta2)"),
      *(lambda *case, of=of: of_three(*case, of=of) for of in WRONG_GRADIENTS[1:]),
      Says("close, not exact", lambda *case: of_three(*case, of=gradients_by_differences))]),
    (ex.costs, [[24, 50, 138, 138], (24.0, 50.0, 138.0, 138.0)],
     [Says("not from all five", [120, 50, 138, 138]), Says("not added up", [9, 50, 138, 138]), Says("g' takes", [24, 38, 138, 138]),
      Says("of the inputs", [24, 150, 138, 138]), Says("of the inputs", [24, 170, 138, 138]), Says("biases", [24, 50, 138, 152]), Says("not right: those for the weights", [24, 50, 152, 138]),
      Says("4 numbers", [24, 50, 138]), [138, 138, 50, 24], []]),
]  # fmt: skip


def test_an_emptied_list_is_told(verdict):
    def emptying(weights, biases, x, y):
        return [gradients(weights, biases, x, y), weights.clear()][0]

    line = verdict(ex.weight_gradients, emptying)
    assert line.endswith("the function changes weights, an argument to be left as it came")
