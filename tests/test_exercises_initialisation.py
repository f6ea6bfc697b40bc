"""Answers to the exercises of chapter 08a."""

import math
import re
from itertools import pairwise

import numpy as np
import pytest
from grader_tests import *  # noqa: F403
from grader_tests import Says, raises, variants

import nnbook as nn
from nnbook.exercises import initialisation as ex

init = nn.initializers


def he(sizes, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(0, (2 / n_in) ** 0.5, (n_in, n_out)) for n_in, n_out in pairwise(sizes)]


def he_by_layers(sizes, seed):
    rng = np.random.default_rng(seed)
    layers = [
        nn.Dense(n_in, n_out, rng=rng, weight_init=init.he_normal)
        for n_in, n_out in pairwise(sizes)
    ]
    return (layer.parameters["W"] for layer in layers)


def he_last_first(sizes, seed):
    rng = np.random.default_rng(seed)
    shapes = list(pairwise(sizes))[::-1]
    return tuple([init.he_normal(shape, rng).astype(np.float32) for shape in shapes][::-1])


def he_in_the_old_way(sizes, seed):
    rng = np.random.RandomState(seed)
    return [(rng.randn(*shape) / (shape[0] / 2) ** 0.5).tolist() for shape in pairwise(sizes)]


# uniform, of signs only, with another seed
HE_RIGHT = variants(he, "rng.normal(0, (2 / n_in) ** 0.5, -> (6 / n_in) ** 0.5 * rng.uniform(-1, 1, ",
                    "rng.normal(0, (2 / n_in) ** 0.5, -> (2 / n_in) ** 0.5 * rng.choice([-1, 1], ", "(seed) -> (seed + 1)")  # fmt: skip


class Residual(nn.Layer):
    def __init__(self, dense, activation):
        super().__init__()
        self.dense, self.activation = dense, activation
        self.layers = dense, activation

    def _forward(self, X):
        return X + self.activation.forward(self.dense.forward(X))

    def _input_gradient(self, grad):
        return grad + self.dense.backward(self.activation.backward(grad))


class Normalise(nn.Layer):
    def _forward(self, X):
        self.tau = np.sqrt(X.var(axis=1, keepdims=True) + 1e-5)
        self.X_hat = (X - X.mean(axis=1, keepdims=True)) / self.tau
        return self.X_hat

    def _input_gradient(self, grad):
        along = (grad * self.X_hat).mean(axis=1, keepdims=True)
        return (grad - grad.mean(axis=1, keepdims=True) - self.X_hat * along) / self.tau


def block_of(weights, *activations):
    def block(n, rng):
        return [
            nn.Dense(n, n, rng=rng, weight_init=weights),
            *(activation() for activation in activations),
        ]

    return block


def residual(weights, activation, *after):
    def block(n, rng):
        dense = nn.Dense(n, n, rng=rng, weight_init=weights)
        return [Residual(dense, activation()), *(layer() for layer in after)]

    return block


def orthogonal(shape, rng):
    Q, R = np.linalg.qr(rng.normal(size=shape))
    return Q * np.sign(np.diag(R))


def leaky(slope, weights=None):
    deviation = np.sqrt(2 / (64 * (1 + slope**2)))
    return block_of(weights or init.normal(deviation), lambda: nn.LeakyReLU(slope))


def twice_over(n, rng):
    return [layer for _ in range(2) for layer in block_of(init.he_normal, nn.ReLU)(n, rng)]


class Straight(nn.Sigmoid):
    def _input_gradient(self, grad):
        return grad


def straight(noise):
    """Return nearly the identity, which ReLU leaves alone from the second block on."""
    return block_of(lambda shape, rng: np.eye(*shape) + noise * rng.normal(size=shape), nn.ReLU)


def always(seed):
    return lambda n, rng: leaky(0.2)(n, np.random.default_rng(seed))


def counted():
    """Return a block that draws new weights each time, and none from rng."""
    seeds = iter(range(100_000))
    return lambda n, rng: leaky(0.2)(n, np.random.default_rng(next(seeds) % 2))


no_backward = block_of(init.glorot_normal, Straight)


PAGE = {
    "tanh with Glorot's initialisation": [block_of(init.normal(1.1 / 8), nn.Tanh), block_of(init.normal(0.1), nn.Tanh), block_of(init.glorot_normal, nn.Tanh), block_of(init.glorot_uniform, nn.Tanh)],
    "ReLU with He initialisation": [block_of(init.he_normal, nn.ReLU), block_of(init.he_uniform, nn.ReLU)],
    "the sigmoid with a skip connection": [residual(init.glorot_normal, nn.Sigmoid), residual(init.normal(1 / 8), nn.Sigmoid)],
    "the normalised sigmoid": [block_of(init.glorot_normal, nn.Sigmoid, Normalise), block_of(init.glorot_uniform, nn.Sigmoid, Normalise),
        lambda n, rng: [nn.Dense(n, n, rng=rng, weight_init=init.glorot_normal), nn.Sigmoid(), nn.LayerNorm(n)]],
}  # fmt: skip
SIZE = "the smallest gradient has the norm "
HALF = "of what reaches a ReLU, half does not come out"
EXPONENT = "enter the exponent, as -90 for 1e-90"

ANSWERS = [
    (ex.three_deviations, [[0.2, 0.25, 0.3464], (0.2, 0.25, math.sqrt(0.12)), [0.2, 0.25, 0.346]],
     [Says("not right: Glorot's standard deviation, that of He", [0.25, 0.2, 0.3464]), Says("its root", [0.04, 0.0625, 0.12]), Says("that is the square of r", [0.2, 0.25, 0.12]), Says("the standard deviation, which is less than r", [0.2, 0.25, 0.2]),
      Says("Glorot's comes first", [0.25, 0.2, 0.3464]), Says("not right: r; Glorot initialisation has the fan-in and the fan-out", [0.2, 0.25, 0.433]),
      Says("not right: that of He; He initialisation has the fan-in", [0.2, 0.3333, 0.3464]), Says("Glorot's variance is one over the mean", [0.1768, 0.25, 0.3464]), Says("one over the mean", [0.1414, 0.25, 0.3464]),
      Says("He initialisation has the fan-in", [0.2, 0.283, 0.3464]), Says("3 numbers are expected", [0.2, 0.25]), [0.2, 0.25, -0.3464]]),
    (ex.different_neurons, [[1, 2, 4]], [Says("not right: the third; look at the weights out of the neurons", [1, 2, 1]), [4, 2, 4], [1, 4, 4], [1, 1, 4], [0, 2, 4], 1]),
    (ex.powers_of_ten, [[-40, -8, 53, 23], (-40, -7, 52, 24), [-39.8, -7.5, 52.7, 23.3], 50 * np.log10([0.16, 0.5**0.5, 128**0.5, (256 / 30) ** 0.5])],
     [Says("does it grow or shrink", [40, 8, -53, -23]), Says("not right: the first power; does it grow", [40, -8, 53, 23]), [-40, 53, -8, 23], [-40, -15, 53, 23],
      Says("that is the mean square; the RMS is its root", [-80, -15, 105, 46.6]), Says(f"the third power; {HALF}", [-40, -8, 60, 23]),
      Says(f"the second power; {HALF}", [-40, 0, 53, 23]), Says(f"the fourth power; {EXPONENT}", [1e-40, 1e-8, 1e53, 1e23]), [0.16**50, -8, 53, 23],
      Says(f"not right: the first power; {EXPONENT}", [1e-30, -8, 53, 23]), Says("the factors of one layer", [0.16, 0.707, 11.3, 2.92]),
      Says("these are the powers for one layer", [-0.796, -0.15, 1.05, 0.466]), Says("powers of e", [-91.6, -17.3, 121.3, 53.6]),
      Says("that is the signal, and the fourth asks for the gradient", [-40, -8, 53, 0]), Says("the backward factor contains the mean of g'(z) squared", [-40, -8, 53, 60]),
      Says("4 numbers are expected", [-40, -8, 53]), [-40, -8, 53, 46.6], [-40, -8, 53, -23.3]]),
    (ex.trainable_block, [
        leaky(0.2), leaky(0.1, init.he_normal), leaky(0.5), leaky(0.9), leaky(0.2, init.he_uniform), block_of(init.normal(1.0), nn.Sigmoid),
        residual(init.glorot_normal, nn.ReLU, Normalise),
        residual(init.glorot_normal, nn.Sigmoid, Normalise), lambda n, rng: Residual(nn.Dense(n, n, rng=rng), nn.Tanh()),
        lambda n, rng: [nn.Dense(n, n, rng=rng, weight_init=init.he_normal), nn.BatchNorm(n), nn.Tanh()],
        block_of(orthogonal, nn.Tanh), block_of(lambda *draw: 2**0.5 * orthogonal(*draw), nn.ReLU),
    ], [
        *(Says(f"this is {name}, and it is on the page", block) for name, blocks in PAGE.items() for block in blocks),
        Says("a Dense layer each, and have 0", lambda n, rng: [nn.Tanh()]), Says("and have 60", twice_over), Says("disagrees with central differences", no_backward),
        Says("some gradients are not finite", block_of(init.normal(1e200), nn.ReLU)),
        Says(SIZE, block_of(init.normal(0.25), nn.Sigmoid)), Says(f"{SIZE}2.8e-03", block_of(init.glorot_normal, nn.ReLU)),
        Says("the largest gradient has the norm ", block_of(init.normal(1.0), nn.ReLU)),
        Says("times the smallest", block_of(init.normal(0.3), nn.Tanh)),
        Says("without a non-linearity thirty layers are one", block_of(init.glorot_normal)),
        Says("this begins as the identity", residual(init.zeros, nn.Tanh)), Says("nearly one; 5% are asked", leaky(0.999)),
        *(Says("the last ten of thirty blocks are non-linear by only", straight(noise)) for noise in (0, 0.001)),
        Says("two blocks came with the same weights", always(0)), Says("another rng came with the same weights", counted()),
        Says("this is ReLU with He initialisation", leaky(0.001, init.he_normal)), Says("this is ReLU", leaky(0.01, init.he_uniform)),
        Says("it should take n and rng and return layers; it raised ValueError", raises),
        residual(init.normal(0.001), nn.Tanh), block_of(init.glorot_normal, nn.Sigmoid), block_of(init.normal(0.001), nn.Tanh),
        block_of(init.glorot_uniform, nn.ReLU), leaky(0.2, init.glorot_normal), block_of(init.normal(0.09), nn.Tanh),
        block_of(init.normal(0.75), nn.Sigmoid),
        np.ones(30), range(1, 31), 1.0, lambda n, rng: None, lambda n, rng: [nn.Dense(n, 2, rng=rng), nn.Tanh()], nn.Tanh, lambda n: [],
    ]),
    (ex.he_weights, [he, he_by_layers, he_last_first, he_in_the_old_way, *HE_RIGHT], [
        *variants(he, "2 / n_in -> 1 / n_in", "2 / n_in -> 2 / (n_in + n_out)", ") ** 0.5 -> )", "pairwise(sizes)] -> pairwise(sizes)][::-1]"),
        Says("for sizes = [200, 500, 300], seed = 0 result 1: came the standard deviation 0.063, not 0.1", variants(he, "2 / n_in -> 2 / n_out")[0]),
        Says("result 1: came (500, 200)", variants(he, "(n_in, n_out)) -> (n_out, n_in))")[0]),
        Says("came ((200, 500),), not 2 results", lambda *case: he(*case)[:-1]),
        Says("came the mean 0.08, not 0", lambda *case: [np.abs(W) for W in he(*case)]),
        Says("came the weights of seed = 1", variants(he, "(seed) -> (0)")[0]),
        Says("came other weights the second time", variants(he, "(seed) -> ()")[0]),
        Says("came the same draws for two matrices", lambda sizes, seed: [he(shape, seed)[0] for shape in pairwise(sizes)]),
        Says("came equal rows or columns", lambda *case: [np.repeat(W[:, :1], W.shape[1], axis=1) for W in he(*case)]),
        *variants(he, "(n_in, n_out)) -> (1, n_out)) + np.zeros((n_in, n_out))", "rng.normal(0, -> np.full((n_in, n_out),"),
        lambda *case: [W * np.nan for W in he(*case)], lambda *_: [],
    ]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("block", "number"),
    [
        (block_of(init.normal(0.25), nn.Sigmoid), r"norm \d\.\de-\d\d$"),
        (block_of(init.normal(1.0), nn.ReLU), r"norm \d\.\de\+\d\d$"),
        (block_of(init.normal(0.3), nn.Tanh), r"the largest is \d+ times the smallest$"),
        (leaky(0.999), r"layers that are non-linear by only 0\.\d% are nearly one"),
    ],
)
def test_the_numbers_in_a_verdict_on_a_block_are_short(block, number, verdict):
    assert re.search(number, verdict(ex.trainable_block, block))
