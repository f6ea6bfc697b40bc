"""Every grader of chapter 03b: right forms pass, wrong answers are told so."""

import numpy as np
from grader_tests import *  # noqa: F403

import nnbook as nn
from nnbook.exercises import two_layer_network as ex

X, y = np.array([[1.0], [2.0]]), 1.0
W1, B1 = np.array([[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]]), np.array([[0.01], [0.02], [0.03]])
W2, B2 = np.array([[0.7, -0.8, 0.9]]), np.array([[0.1]])
Z1 = W1 @ X + B1
A1 = nn.sigmoid(Z1)
A2 = nn.sigmoid(W2 @ A1 + B2)
SLOPES = A1 * (1 - A1)


def price(W1, truth):
    answer = nn.sigmoid(W2 @ nn.sigmoid(W1 @ X + B1) + B2).item()
    return -np.log(answer if truth else 1 - answer)


ZERO = nn.numerical_gradient(lambda W1: price(W1, 0), W1)
ONE = nn.numerical_gradient(lambda W1: price(W1, 1), W1)
TABLE = np.array(
    [nn.numerical_gradient(lambda z, k=k: nn.sigmoid(z)[k], Z1[:, 0]) for k in range(3)]
)


def walk(weights, biases, X, y, *, start=lambda a, y: a - y, cross=lambda W, dZ: W.T @ dZ,
         slope=lambda a, z: a * (1 - a), with_biases=True):  # fmt: skip
    """Backpropagation, with each step open to a slip."""
    Zs, As = [None], [X]
    for W, b in zip(weights, biases, strict=True):
        Zs.append(W @ As[-1] + (b if with_biases else 0))
        As.append(nn.sigmoid(Zs[-1]))
    dZ, gradients = start(As[-1], y), [None] * len(weights)
    for k in reversed(range(len(weights))):
        gradients[k] = dZ @ As[k].T
        if k:
            dZ = cross(weights[k], dZ) * slope(As[k], Zs[k])
    return gradients


def with_loops(weights, biases, X, y):
    activations = [[v[0] for v in X]]
    for W, b in zip(weights, biases, strict=True):
        sums = [
            sum(w * a for w, a in zip(row, activations[-1], strict=True)) + c[0]
            for row, c in zip(W, b, strict=True)
        ]
        activations.append([1 / (1 + np.exp(-z)) for z in sums])
    blame, gradients = [activations[-1][0] - y], []
    for k in range(len(weights) - 1, -1, -1):
        before = activations[k]
        gradients = [[[d * a for a in before] for d in blame], *gradients]
        blame = [
            sum(d * weights[k][i][j] for i, d in enumerate(blame)) * a * (1 - a)
            for j, a in enumerate(before)
        ]
    return gradients


def with_rows(weights, biases, X, y):
    layers = []
    for W, b in zip(weights, biases, strict=True):
        dense = nn.Dense(W.shape[1], W.shape[0], rng=0)
        dense.parameters["W"][:], dense.parameters["b"][:] = W.T, b[:, 0]
        layers += [dense, nn.Sigmoid()]
    network = nn.Sequential(*layers)
    answer = network.forward(X.T)
    network.backward((answer - y) / (answer * (1 - answer)))
    return tuple(g.T for g in network.gradients()[::2])


def no_bias(*weights):
    return [np.zeros((len(W), 1)) for W in weights]


def first_of(W1, W2, W3, X, y, **slip):
    return walk([W1, W2, W3], no_bias(W1, W2, W3), X, y, **slip)[0]


def raises(*_):
    raise RuntimeError("oh dear")


def printed_dW1(dZ1, X, Z1):
    return dZ1 @ X.T * nn.sigmoid(Z1) * (1 - nn.sigmoid(Z1))


def planted(W1, W2, W3, X, y):
    A1 = nn.sigmoid(W1 @ X)
    A2 = nn.sigmoid(W2 @ A1)
    dZ2 = W3.T @ (nn.sigmoid(W3 @ A2) - y) * A2 * (1 - A2)
    return W2 @ dZ2 * A1 * (1 - A1) @ X.T


RIGHT = [
    (ex.price_for_zero, [0.915254, 0.915, [0.915], [[0.9153]], -np.log(1 - A2), price(W1, 0)]),
    (ex.dW1_for_zero, [ZERO, ZERO.tolist(), ZERO.round(4), [tuple(row) for row in ZERO],
                       ONE * A2 / (A2 - 1), [[0.103, 0.206], [-0.089, -0.178], [0.118, 0.237]]]),
    (ex.printed_dW1, [
        printed_dW1,
        lambda dZ1, X, Z1: printed_dW1(dZ1, X, Z1).tolist(),
        lambda dZ1, X, Z1: np.outer(dZ1 * nn.sigmoid(Z1) * nn.sigmoid(-Z1), X),
        lambda dZ1, X, Z1: [[d * x * nn.sigmoid(z) * (1 - nn.sigmoid(z)) for x in X[:, 0]]
                            for d, z in zip(dZ1[:, 0], Z1[:, 0], strict=True)],
    ]),
    (ex.row_factors, [SLOPES, SLOPES[:, 0], SLOPES.T, SLOPES[:, 0].tolist(),
                      [0.245, 0.185, 0.219]]),
    (ex.silent_batches, [[1, 2], (2, 1), np.array([1, 2]), [1.0, 2.0], [[1], [2]], range(1, 3),
                         {1, 2}, {1.0, 2}]),
    (ex.activation_table, [TABLE, TABLE.tolist(), np.diag(SLOPES[:, 0]), TABLE.round(4),
                           list(TABLE)]),
    (ex.through_the_table, [(A2 - 1) @ W2 @ TABLE, ((A2 - 1) @ W2 @ TABLE).tolist(), ONE[:, 0],
                            [[-0.0686], [0.0594], [-0.0791]], (A2 - 1) * W2.T * SLOPES]),
    (ex.weight_gradients, [walk, with_loops, with_rows, lambda *a: tuple(walk(*a)),
                           lambda *a: [g.tolist() for g in walk(*a)]]),
    (ex.dZ1_by_pencil, [[2, 0], (2.0, 0.0), np.array([[2], [0]]), [[2, 0]]]),
    (ex.dW2_by_pencil, [[[12, 0], [-4, 0]], np.outer([6, -2], [2, 0]), ((12.0, 0.0), (-4.0, 0.0)),
                        np.array([[6], [-2]]) @ np.array([[2, 0]])]),
    (ex.not_there_yet, ["dZ1", "dz1", " dZ1 "]),
    (ex.planted, [first_of, lambda *a: first_of(*a).tolist(),
                  lambda W1, W2, W3, X, y: with_rows([W1, W2, W3], no_bias(W1, W2, W3), X, y)[0],
                  lambda W1, W2, W3, X, y: with_loops([W1, W2, W3], no_bias(W1, W2, W3), X, y)[0]]),
]  # fmt: skip
WRONG = [
    (ex.price_for_zero, [0.511517, -0.915254, 0.599585, 0.400415, [0.915, 0.915], np.nan,
                         "0.915", object()]),
    (ex.dW1_for_zero, [ONE, -ZERO, ZERO.T, ZERO[::-1], ZERO[:, ::-1], ZERO * SLOPES, ZERO / SLOPES,
                       ZERO[:, 0], ZERO.ravel(), np.full((3, 2), np.nan), "table"]),
    (ex.printed_dW1, [
        lambda dZ1, X, Z1: dZ1 @ X.T,
        lambda dZ1, X, Z1: -printed_dW1(dZ1, X, Z1),
        lambda dZ1, X, Z1: printed_dW1(dZ1, X, Z1).T,
        lambda dZ1, X, Z1: dZ1 @ X.T * nn.sigmoid(Z1),
        lambda dZ1, X, Z1: printed_dW1(dZ1, X, nn.sigmoid(Z1)),
        lambda dZ1, X, Z1: X @ dZ1.T * nn.sigmoid(Z1) * (1 - nn.sigmoid(Z1)),
        lambda dZ1, X, Z1: np.full((len(dZ1), len(X)), np.nan),
        lambda dZ1: dZ1, raises, "table", 3,
    ]),
    (ex.row_factors, [1 / SLOPES, A1, [0.25] * 3, SLOPES[::-1], SLOPES[:2], -SLOPES,
                      SLOPES * [[1, 1]], [np.nan] * 3, "slopes", raises]),
    (ex.silent_batches, [[1], [2], [1, 2, 3], [1, 3], [1, 2, 6], [1, 2, 2], [], 1,
                         [np.nan, 1], "1, 2", object(), {1}, {1, 2, 3}, {"1", "2"}]),
    (ex.activation_table, [np.eye(3), SLOPES, SLOPES[:, 0], np.diag(A1[:, 0]), -TABLE, TABLE[::-1],
                           TABLE + 0.01, np.full((3, 3), np.nan), "diagonal"]),
    (ex.through_the_table, [(A2 - 1) @ W2, A2 @ W2 @ TABLE, W2 @ TABLE, -ONE[:, 0], ONE[::-1, 0],
                            (A2 - 1) * W2 * TABLE, ONE, SLOPES, [0, 0, 0], [np.nan] * 3, "dZ1"]),
    (ex.weight_gradients, [
        lambda *a: walk(*a)[::-1],
        lambda *a: [-g for g in walk(*a)],
        lambda *a: walk(*a)[0],
        lambda *a: walk(*a, cross=lambda W, dZ: W @ dZ),
        lambda *a: walk(*a, slope=lambda a, z: 1),
        lambda *a: walk(*a, slope=lambda a, z: a),
        lambda *a: walk(*a, slope=lambda a, z: nn.sigmoid(a) * (1 - nn.sigmoid(a))),
        lambda *a: walk(*a, start=lambda a, y: (a - y) * a * (1 - a)),
        lambda *a: walk(*a, with_biases=False),
        lambda *a: [np.full_like(g, np.nan) for g in walk(*a)],
        lambda: [], raises, "weights", 3,
    ]),
    (ex.dZ1_by_pencil, [[2, 20], [0, 2], [-2, 0], [0, 14], [2], 2, [2, 0, 0], [np.nan, 0], "2, 0"]),
    (ex.dW2_by_pencil, [[[12, -4], [0, 0]], [[-12, 0], [4, 0]], [[12, 24], [-4, -8]],
                        [[4, 0], [0, 0]], [12, 0, -4, 0], [[12, 0]],
                        [[np.nan, 0], [-4, 0]], "dW2"]),
    (ex.not_there_yet, ["W2", "z2", "dZ3", "", 1, ["dZ1"], np.nan]),
    (ex.planted, [
        planted,
        lambda *a: -first_of(*a),
        lambda *a: first_of(*a).T,
        lambda *a: first_of(*a, slope=lambda a, z: 1),
        lambda *a: first_of(*a, slope=lambda a, z: a),
        lambda *a: first_of(*a, start=lambda a, y: (a - y) * a * (1 - a)),
        lambda *a: first_of(*a) * 2,
        lambda *a: np.nan, raises, "W2.T",
    ]),
]  # fmt: skip
