from itertools import pairwise

import numpy as np
from grader_tests import *  # noqa: F403

import nnbook as nn
from nnbook.exercises import multi_neuron_backprop as ex

# to-from, as the exercise gives them
V1 = np.array([[10 * j + i for i in range(1, 5)] for j in range(1, 6)])
V2 = np.array([[10 * j + i for i in range(1, 6)] for j in range(1, 4)])


def slope(z):
    return nn.sigmoid(z) * (1 - nn.sigmoid(z))


def turned_by_loops(V):
    return [[int(V[i][j]) for i in range(len(V))] for j in range(len(V[0]))]


def count_by_loop(sizes):
    total = 0
    for k in range(1, len(sizes)):
        total = total + sizes[k - 1] * sizes[k] + sizes[k]
    return total


def count_by_network(sizes):
    layers = [nn.Dense(n_in, n_out, rng=0) for n_in, n_out in pairwise(sizes)]
    network = nn.Sequential(*layers)
    return np.array([sum(p.size for p in network.parameters())])


def forward_by_loops(x, weights, biases):
    a = list(x)
    for W, b in zip(weights, biases, strict=True):
        z = [sum(a[i] * W[i, j] for i in range(len(a))) + b[j] for j in range(W.shape[1])]
        a = [1 / (1 + np.exp(-v)) for v in z]
    return a


def forward_in_rows(x, weights, biases, bend=nn.sigmoid, last=nn.sigmoid):
    a = x
    for k, (W, b) in enumerate(zip(weights, biases, strict=True)):
        a = (last if k == len(weights) - 1 else bend)(a @ W + b)
    return a


def forward_in_a_batch(x, weights, biases):
    A = x[None, :]
    for W, b in zip(weights, biases, strict=True):
        A = nn.sigmoid(A @ W + b)
    return A


def forward_in_columns(x, weights, biases):
    a = x[:, None]
    for W, b in zip(weights, biases, strict=True):
        a = nn.sigmoid(W.T @ a + b[:, None])
    return a


def layer_in_rows(W, a_prev, z, da, slope=slope):
    delta = slope(z) * da
    return np.outer(a_prev, delta), delta, delta @ W.T


def layer_in_columns(W, a_prev, z, da):
    delta = (slope(z) * da)[:, None]
    return (delta @ a_prev[None, :]).T, delta, W @ delta


def layer_by_loops(W, a_prev, z, da):
    n_in, n_out = W.shape
    delta = [float(slope(z[j]) * da[j]) for j in range(n_out)]
    dW = [[float(a_prev[i]) * delta[j] for j in range(n_out)] for i in range(n_in)]
    back = [sum(delta[j] * float(W[i, j]) for j in range(n_out)) for i in range(n_in)]
    return dW, delta, back


def layer_in_a_batch(W, a_prev, z, da):
    layer, bend = nn.Dense(*W.shape, rng=0), nn.Sigmoid()
    layer.parameters["W"][:] = W
    layer.parameters["b"][:] = z - a_prev @ W
    bend.forward(layer.forward(a_prev[None, :]))
    back = layer.backward(bend.backward(da[None, :]))
    return [layer.gradients["W"], layer.gradients["b"], back]


def both(W1, W2, x, y, at_hidden=lambda z1, a1: slope(z1), back=lambda W2: W2.T, sign=1):
    z1 = x @ W1
    a1 = nn.sigmoid(z1)
    z2 = a1 @ W2
    delta2 = sign * slope(z2) * (nn.sigmoid(z2) - y)
    delta1 = at_hidden(z1, a1) * (delta2 @ back(W2))
    return np.outer(x, delta1), np.outer(a1, delta2)


def both_nudged(W1, W2, x, y):
    def J(W1, W2):
        return np.sum((nn.sigmoid(nn.sigmoid(x @ W1) @ W2) - y) ** 2) / 2

    return (
        nn.numerical_gradient(lambda W: J(W, W2), W1, 1e-4),
        nn.numerical_gradient(lambda W: J(W1, W), W2, 1e-4),
    )


RIGHT = [
    (ex.right_and_printed, [[[1, -3], [-8, -1]], ([1, -3], [[-8], [-1]]),
                            np.array([[1.0, -3.0], [-8.0, -1.0]]),
                            (np.array([[1], [-3]]), np.array([[-8, -1]]))]),
    (ex.from_to_pair, [[V1.T, V2.T], (turned_by_loops(V1), turned_by_loops(V2)),
                       (np.transpose(V1).astype(float), np.swapaxes(V2, 0, 1))]),
    (ex.parameter_count, [count_by_loop, count_by_network,
                          lambda sizes: float(np.dot(np.add(sizes[:-1], 1), sizes[1:]))]),
    (ex.forward, [forward_in_rows, forward_by_loops, forward_in_a_batch, forward_in_columns]),
    (ex.layer_backward, [layer_in_rows, layer_by_loops, layer_in_a_batch, layer_in_columns]),
    (ex.planted, [both, lambda *given: [result.tolist() for result in both(*given)], both_nudged]),
]  # fmt: skip
WRONG = [
    (ex.right_and_printed, [[[-8, -1], [1, -3]], [[-1, 3], [8, 1]], [[4, 6], [-8, -1]],
                            [1, -3, -8, -1], [[1, -3]], [[np.nan, -3], [-8, -1]], "1, -3",
                            [[1, -8], [-3, -1]], -3]),
    (ex.from_to_pair, [[V1, V2], [V1.reshape(4, 5), V2.reshape(5, 3)], [V2.T, V1.T], V1.T,
                       [V1.T, V2], [V1.T - 11, V2.T - 11], [V1.T * np.nan, V2.T], "V1.T, V2.T",
                       [V1.T + 0.08, V2.T]]),
    (ex.parameter_count, [
        lambda sizes: sum(sizes),
        lambda sizes: sum(a * b for a, b in pairwise(sizes)),
        lambda sizes: count_by_loop(sizes) + sizes[0],
        lambda sizes: count_by_loop(sizes[:-1]),
        lambda sizes: count_by_loop(sizes[::-1]),
        lambda sizes: 43,
        lambda sizes: sizes[len(sizes)],
    ]),
    (ex.forward, [
        lambda x, weights, biases: forward_in_rows(x, weights, [0 * b for b in biases]),
        lambda x, weights, biases: forward_in_rows(x, [V.T for V in weights], biases),
        lambda x, weights, biases: forward_in_rows(x, weights[:1], biases[:1]),
        lambda x, weights, biases: forward_in_rows(x, weights, biases, last=lambda z: z),
        lambda x, weights, biases: forward_in_rows(x, weights, biases, bend=lambda z: z),
        lambda x, weights, biases: forward_in_rows(x, weights, [-b for b in biases]),
        lambda x, weights, biases: np.full_like(forward_in_rows(x, weights, biases), np.nan),
        lambda x, weights, biases: "forward",
    ]),
    (ex.layer_backward, [
        lambda *given: layer_in_rows(*given, slope=lambda z: 1),
        lambda *given: layer_in_rows(*given, slope=nn.sigmoid),
        lambda W, a_prev, z, da: layer_in_rows(W.T, a_prev, z, da),
        lambda W, a_prev, z, da: layer_in_rows(W, a_prev, z, -da),
        lambda *given: layer_in_rows(*given)[:2],
        lambda *given: layer_in_rows(*given)[::-1],
        lambda *given: (layer_in_rows(*given)[0].T, *layer_in_rows(*given)[1:]),
        lambda W, a_prev, z, da: (*layer_in_rows(W, a_prev, z, da)[:2], da @ W.T),
        lambda *given: object(),
    ]),
    (ex.planted, [
        lambda *given: both(*given, at_hidden=lambda z1, a1: slope(a1)),
        lambda *given: both(*given, at_hidden=lambda z1, a1: a1),
        lambda *given: both(*given, at_hidden=lambda z1, a1: 1),
        lambda *given: both(*given, back=lambda W2: W2),
        lambda *given: both(*given, sign=-1),
        lambda *given: both(*given)[::-1],
        lambda *given: both(*given)[0],
        lambda *given: tuple(result.T for result in both(*given)),
    ]),
]  # fmt: skip
