"""Answers to the exercises of chapter 10a."""

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

import nnbook as nn
from nnbook.exercises import convolutional_layers as ex


def pixel_by_pixel(A, W, b):
    Z = np.zeros((*A.shape[:3], W.shape[1]))
    for s, i, j in np.ndindex(A.shape[:3]):
        Z[s, i, j] = A[s, i, j] @ W + b
    return Z


def by_layer(A, W, b):
    layer = nn.Conv2D(*W.shape, 1, rng=0)
    layer.parameters["W"][0, 0], layer.parameters["b"][:] = W, b
    return layer.forward(A)


def layer_on_one(V, W, b):
    layer = nn.Conv2D(W.shape[2], W.shape[3], len(W), rng=0)
    layer.parameters["W"][:], layer.parameters["b"][:] = W, b
    return layer.forward(V[None])[0]


def fixed(V, W, b):
    f = len(W)
    Z = np.zeros((len(V) - f + 1, V.shape[1] - f + 1, W.shape[3]))
    for k in range(W.shape[3]):
        Z[:, :, k] = b[k]
        for c in range(W.shape[2]):
            Z[:, :, k] += nn.correlate2d(V[:, :, c], W[:, :, c, k])
    return Z


def planted(V, W, b):
    f = len(W)
    Z = np.zeros((len(V) - f + 1, V.shape[1] - f + 1, W.shape[3]))
    for c in range(W.shape[2]):
        for k in range(W.shape[3]):
            Z[:, :, k] += nn.correlate2d(V[:, :, c], W[:, :, c, k]) + b[k]
    return Z


ANSWERS = [
    (ex.output_channels, [[3, 2, 1]], [[1, 2, 3], [3, 3, 3], [1, 1, 1], [4, 3, 2]]),
    (ex.pair_apart, ["red and blue"], ["red and green", "green and blue", "all"]),
    (ex.one_by_one, [pixel_by_pixel, by_layer, lambda A, W, b: np.einsum("shwi,io->shwo", A, W) + b],
     [Says("bias", lambda A, W, b: A @ W), lambda A, W, b: A @ W + b.sum(), lambda A, W, b: (A @ W + b).reshape(-1, W.shape[1]),
      lambda A, W, b: (A @ W + b)[0], lambda A, W, b: A.sum(axis=3, keepdims=True) * W.sum(axis=0) + b,
      lambda A, W, b: (A @ W + b).transpose(0, 3, 1, 2), lambda A, W, b: np.multiply(A, 0, out=A) @ W + b]),
    (ex.bottleneck, [[70016, 590080]], [Says("biases", [69632, 589824]), [70016, 70016], [590080, 70016], 70016, [18816, 590080]]),
    (ex.moves_and_unnoticed, [[132, 96]], [Says("last column", [144, 96]), [132, 88], Says("change", [132, 36]), Says("one row", [11, 8]), [132, 0], [12, 8], 96]),
    (ex.with_overlap, [0], [8, 4, 12, 6]),
    (ex.unnoticed_moves, [
        lambda n, f: n * (n - n // f), lambda n, f: [n * (n - 1) - n * (n / f - 1)],
        lambda n, f: sum(c // f == (c + 1) // f for _ in range(n) for c in range(n - 1)),
     ], [lambda n, f: n * (n - 1), lambda n, f: (n - n // f) * (n - 1), lambda n, f: n - n // f, lambda n, f: n * (n - f),
         Says("change", lambda n, f: n * (n // f - 1)), lambda n, f: (n - n // f) / (n - 1)]),
    (ex.whole_network, [[960690, 3920690]],
     [Says("pooled", [240390, 980390]), Says("kernels", [960410, 3920410]), Says("biases", [960670, 3920670]),
      [960680, 3920680], Says("padding", [1000290, 4000290]), [280, 280], 960690]),
    (ex.with_stride, [[240390, 648270]],
     [Says("stride 2", [240390, 2593080]), Says("smaller", [960690, 648270]), [240110, 648270], [240390, 24010], [250380, 675000],
      Says("convolution", [240390, 888370])]),  # those of the head as well
    (ex.on_six_by_six, [[185, 50, 2960]], [Says("biases", [180, 45, 2880]), [185, 185, 2960], [185, 50, 400], [2960, 50, 185]]),
    (ex.planted, [fixed, layer_on_one],
     [Says("once", planted), *variants(fixed, "Z[:, :, k] = b[k] -> pass", "+= -> =", "W[:, :, c, k] -> W[::-1, ::-1, c, k]", "= b[k] -> = b[0]"),
      lambda V, W, b: fixed(V, W, b).sum(axis=2), lambda V, W, b: fixed(V, W, b)[None]]),
]  # fmt: skip
