"""Every grader of chapter 03b: right forms pass, wrong answers are told so."""

import numpy as np
from grader_tests import *  # noqa: F403

import nnbook as nn
from nnbook.exercises import two_layer_network as ex

x, y = np.array([1.0, 2.0]), 1.0
W1, b1 = np.array([[0.1, 0.3, -0.5], [-0.2, 0.4, 0.6]]), np.array([0.01, 0.02, 0.03])
W2, b2 = np.array([[0.7], [-0.8], [0.9]]), np.array([0.1])
z1 = x @ W1 + b1
a1 = nn.sigmoid(z1)
a2 = nn.sigmoid(a1 @ W2 + b2)
SLOPES = a1 * (1 - a1)


def price(W1, truth):
    answer = nn.sigmoid(nn.sigmoid(x @ W1 + b1) @ W2 + b2).item()
    return -np.log(answer if truth else 1 - answer)


ZERO = nn.numerical_gradient(lambda W1: price(W1, 0), W1)
ONE = nn.numerical_gradient(lambda W1: price(W1, 1), W1)
TABLE = np.array([nn.numerical_gradient(lambda z, j=j: nn.sigmoid(z)[j], z1) for j in range(3)])
# nudged in a batch of one: an axis of size 1 stays in the table
BATCHED = np.array(
    [nn.numerical_gradient(lambda z, j=j: nn.sigmoid(z)[j, 0], z1[:, None]) for j in range(3)]
)


def walk(weights, biases, x, y, *, start=lambda a, y: a - y, cross=lambda W, delta: delta @ W.T,
         slope=lambda a, z: a * (1 - a), with_biases=True):  # fmt: skip
    """Backpropagation, with each step open to a slip."""
    zs, activations = [None], [x]
    for W, b in zip(weights, biases, strict=True):
        zs.append(activations[-1] @ W + (b if with_biases else 0))
        activations.append(nn.sigmoid(zs[-1]))
    delta, gradients = start(activations[-1], y), [None] * len(weights)
    for k in reversed(range(len(weights))):
        gradients[k] = np.outer(activations[k], delta)
        if k:
            delta = cross(weights[k], delta) * slope(activations[k], zs[k])
    return gradients


def with_loops(weights, biases, x, y):
    activations = [list(x)]
    for W, b in zip(weights, biases, strict=True):
        sums = [
            sum(a * row[j] for a, row in zip(activations[-1], W, strict=True)) + b[j]
            for j in range(len(b))
        ]
        activations.append([1 / (1 + np.exp(-z)) for z in sums])
    blame, gradients = [activations[-1][0] - y], []
    for k in range(len(weights) - 1, -1, -1):
        before = activations[k]
        gradients = [[[a * d for d in blame] for a in before], *gradients]
        blame = [
            sum(d * weights[k][i][j] for j, d in enumerate(blame)) * a * (1 - a)
            for i, a in enumerate(before)
        ]
    return gradients


def with_columns(weights, biases, x, y):
    """The notes' form: W to-from, samples in columns."""
    activations = [np.asarray(x)[:, None]]
    for W, b in zip(weights, biases, strict=True):
        activations.append(nn.sigmoid(W.T @ activations[-1] + b[:, None]))
    dZ, gradients = activations[-1] - y, []
    for W, A in zip(reversed(weights), reversed(activations[:-1]), strict=True):
        gradients.insert(0, (dZ @ A.T).T)
        dZ = W @ dZ * A * (1 - A)
    return gradients


def with_layers(weights, biases, x, y):
    layers = []
    for W, b in zip(weights, biases, strict=True):
        dense = nn.Dense(*W.shape, rng=0)
        dense.parameters["W"][:], dense.parameters["b"][:] = W, b
        layers += [dense, nn.Sigmoid()]
    network = nn.Sequential(*layers)
    answer = network.forward(np.array([x]))
    network.backward((answer - y) / (answer * (1 - answer)))
    return tuple(network.gradients()[::2])


def no_bias(*weights):
    return [np.zeros(W.shape[1]) for W in weights]


def first_of(W1, W2, W3, x, y, **slip):
    return walk([W1, W2, W3], no_bias(W1, W2, W3), x, y, **slip)[0]


def raises(*_):
    raise RuntimeError("oh dear")


def slope(Z):
    return nn.sigmoid(Z) * (1 - nn.sigmoid(Z))


def printed_dW1(X, dZ, Z):
    return X.T @ dZ * slope(Z)


def printed_with_loops(X, dZ, Z):
    table = X.T @ dZ
    rows = [Z[0]] * len(table) if len(Z) == 1 else Z
    return [
        [d * slope(z) for d, z in zip(row, sums, strict=True)]
        for row, sums in zip(table, rows, strict=True)
    ]


def printed_with_fixed_loops(X, dZ, Z):
    """With the sizes of the chapter written in, as its own loops have them."""
    table, samples = np.zeros((2, 3)), len(X)
    for i in range(2):
        for j in range(3):
            for s in range(samples):
                table[i, j] += X[s, i] * dZ[s, j]
            table[i, j] *= slope(Z)[0 if samples == 1 else i, j]
    return table


def emptying(weights, biases, x, y):
    """Right, but takes the weights off the caller's list."""
    gradients = walk(weights, biases, x, y)
    while weights:
        weights.pop()
    return gradients


def planted(W1, W2, W3, x, y):
    a1 = nn.sigmoid(x @ W1)
    a2 = nn.sigmoid(a1 @ W2)
    delta2 = ((nn.sigmoid(a2 @ W3) - y) @ W3.T) * a2 * (1 - a2)
    return np.outer(x, (delta2 @ W2) * a1 * (1 - a1))


RIGHT = [
    (ex.price_for_zero, [0.915254, 0.915, [0.915], [[0.9153]], -np.log(1 - a2), price(W1, 0)]),
    (ex.dW1_for_zero, [ZERO, ZERO.tolist(), ZERO.round(4), [tuple(row) for row in ZERO],
                       ONE * a2 / (a2 - 1), [[0.103, -0.089, 0.118], [0.206, -0.178, 0.237]]]),
    (ex.printed_dW1, [
        printed_dW1,
        printed_with_loops,
        printed_with_fixed_loops,
        lambda X, dZ, Z: printed_dW1(X, dZ, Z).tolist(),
        lambda X, dZ, Z: slope(Z) * (dZ.T @ X).T,
    ]),
    (ex.column_factors, [SLOPES, SLOPES[:, None], SLOPES[None, :], SLOPES.tolist(),
                         [0.245, 0.185, 0.219]]),
    (ex.silent_batches, [[1, 2], (2, 1), np.array([1, 2]), [1.0, 2.0], [[1], [2]], range(1, 3),
                         {1, 2}, {1.0, 2}]),
    (ex.activation_table, [TABLE, TABLE.tolist(), np.diag(SLOPES), TABLE.round(4), list(TABLE),
                           BATCHED, list(BATCHED), TABLE[:, None, :], TABLE[None]]),
    (ex.through_the_table, [(a2 - 1) @ W2.T @ TABLE, ((a2 - 1) @ W2.T @ TABLE).tolist(), ONE[0],
                            [[-0.0686], [0.0594], [-0.0791]], (a2 - 1) * W2[:, 0] * SLOPES]),
    (ex.weight_gradients, [walk, with_loops, with_columns, with_layers, lambda *a: tuple(walk(*a)),
                           lambda *a: [g.tolist() for g in walk(*a)]]),
    (ex.delta1_by_pencil, [[8, 0], (8.0, 0.0), np.array([[8], [0]]), [[8, 0]]]),
    (ex.dW2_by_pencil, [[[0, 8], [0, 0]], np.outer([2, 0], [0, 4]), ((0.0, 8.0), (0.0, 0.0)),
                        np.array([[2], [0]]) @ np.array([[0, 4]])]),
    (ex.not_there_yet, ["dZ1", "dz1", " dZ1 "]),
    (ex.planted, [first_of, lambda *a: first_of(*a).tolist(),
                  lambda W1, W2, W3, x, y: with_layers([W1, W2, W3], no_bias(W1, W2, W3), x, y)[0],
                  lambda W1, W2, W3, x, y: with_loops([W1, W2, W3], no_bias(W1, W2, W3), x, y)[0]]),
]  # fmt: skip
WRONG = [
    (ex.price_for_zero, [0.511517, -0.915254, 0.599585, 0.400415, [0.915, 0.915], np.nan,
                         "0.915", object()]),
    (ex.dW1_for_zero, [ONE, -ZERO, ZERO.T, ZERO[::-1], ZERO[:, ::-1], ZERO * SLOPES, ZERO / SLOPES,
                       ZERO[0], ZERO.ravel(), np.full((2, 3), np.nan), "table"]),
    (ex.printed_dW1, [
        lambda X, dZ, Z: X.T @ dZ,
        # the same for one sample, and another line for two
        lambda X, dZ, Z: X.T @ (dZ * slope(Z)),
        lambda X, dZ, Z: np.outer(X, dZ * slope(Z)),
        lambda X, dZ, Z: -printed_dW1(X, dZ, Z),
        lambda X, dZ, Z: printed_dW1(X, dZ, Z).T,
        lambda X, dZ, Z: X.T @ dZ * nn.sigmoid(Z),
        lambda X, dZ, Z: printed_dW1(X, dZ, nn.sigmoid(Z)),
        lambda X, dZ, Z: dZ.T @ X * slope(Z).T,
        lambda X, dZ, Z: np.full((X.shape[1], dZ.shape[1]), np.nan),
        lambda X, dZ, Z: ONE * SLOPES,  # whatever comes
        lambda dZ: dZ, raises, "table", 3,
    ]),
    (ex.column_factors, [1 / SLOPES, a1, [0.25] * 3, SLOPES[::-1], SLOPES[:2], -SLOPES,
                         SLOPES * [[1], [1]], [np.nan] * 3, "slopes", raises]),
    (ex.silent_batches, [[1], [2], [1, 2, 3], [1, 3], [1, 2, 6], [1, 2, 2], [], 1,
                         [np.nan, 1], "1, 2", object(), {1}, {1, 2, 3}, {"1", "2"}]),
    (ex.activation_table, [np.eye(3), SLOPES[:, None], SLOPES, np.diag(a1), -TABLE, TABLE[::-1],
                           TABLE + 0.01, np.full((3, 3), np.nan), "diagonal", -BATCHED,
                           np.array([TABLE, TABLE]), TABLE.ravel(), [], raises]),
    (ex.through_the_table, [(a2 - 1) @ W2.T, a2 @ W2.T @ TABLE, W2.T @ TABLE, -ONE[0],
                            ONE[0, ::-1], (a2 - 1) * W2 * TABLE, ONE, SLOPES, [0, 0, 0],
                            [np.nan] * 3, "delta1"]),
    (ex.weight_gradients, [
        lambda *a: walk(*a)[::-1],
        lambda *a: [-g for g in walk(*a)],
        lambda *a: walk(*a)[0],
        lambda *a: [g.T for g in walk(*a)],
        lambda *a: walk(*a, cross=lambda W, delta: delta @ W),
        lambda *a: walk(*a, slope=lambda a, z: 1),
        lambda *a: walk(*a, slope=lambda a, z: a),
        lambda *a: walk(*a, slope=lambda a, z: nn.sigmoid(a) * (1 - nn.sigmoid(a))),
        lambda *a: walk(*a, start=lambda a, y: (a - y) * a * (1 - a)),
        lambda *a: walk(*a, with_biases=False),
        lambda *a: [np.full_like(g, np.nan) for g in walk(*a)],
        lambda *a: [np.squeeze(g) for g in walk(*a)],  # (n,) for weights (n, 1)
        lambda *a: [*walk(*a)[:-1], walk(*a)[-1][:, 0]],
        lambda *a: [*walk(*a)[:-1], walk(*a)[-1].T],
        emptying,
        lambda: [], raises, "weights", 3,
    ]),
    (ex.delta1_by_pencil, [
        [8, -4],  # the slope of layer 1 forgotten
        [20, 0],  # the slope of layer 2 forgotten
        [12, 0],  # W2 not transposed
        [0, 8], [-8, 0], [8], 8, [8, 0, 0], [np.nan, 0], "8, 0",
    ]),
    (ex.dW2_by_pencil, [
        [[-24, 8], [0, 0]],  # the slope of layer 2 forgotten
        [[0, 0], [8, 0]], [[0, -8], [0, 0]], [[0, 8], [0, -8]], [[0, 0], [0, 16]],
        [0, 8, 0, 0], [[8], [0]], [[np.nan, 8], [0, 0]], "dW2",
    ]),
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


def test_another_shape_and_an_emptied_list_are_told(verdict):
    line = verdict(ex.weight_gradients, lambda *a: [*walk(*a)[:-1], walk(*a)[-1][:, 0]])
    assert line.endswith("the gradient of layer 5 has not the shape of its weights, (4, 1)")
    line = verdict(ex.weight_gradients, emptying)
    assert line.endswith("the function changes weights, an argument to be left as it came")
