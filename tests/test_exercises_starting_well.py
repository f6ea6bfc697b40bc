"""Every grader of chapter 08a: right forms pass, wrong answers are told so."""

import math
import re
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from grader_tests import *  # noqa: F403

import nnbook as nn
from nnbook.exercises import starting_well as ex

init = nn.initializers


def he(sizes, seed, variance=lambda n_in, n_out: 2 / n_in, turned=False):
    rng = np.random.default_rng(seed)
    shapes = list(pairwise(sizes))
    weights = [rng.normal(0, variance(*shape) ** 0.5, shape) for shape in shapes]
    return [W.T for W in weights] if turned else weights


def he_with_the_package(sizes, seed):
    rng = np.random.default_rng(seed)
    return [
        nn.Dense(sizes[k], sizes[k + 1], rng=rng, weight_init=nn.initializers.he_normal).parameters["W"]
        for k in range(len(sizes) - 1)
    ]


def he_scaled(sizes, seed):
    rng = np.random.default_rng(seed)
    for n_in, n_out in pairwise(sizes):
        yield math.sqrt(2 / n_in) * rng.standard_normal((n_in, n_out))


def he_uniform(sizes, seed):
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1, 1, shape) * (6 / shape[0]) ** 0.5 for shape in pairwise(sizes)]


def he_last_first(sizes, seed):
    rng = np.random.default_rng(seed)
    shapes = list(pairwise(sizes))[::-1]
    return [init.he_normal(shape, rng).astype(np.float32) for shape in shapes][::-1]


def he_of_signs(sizes, seed):
    rng = np.random.default_rng(seed)
    return [rng.choice([-1, 1], pair) * np.sqrt(2 / pair[0]) for pair in pairwise(sizes)]


def he_in_the_old_way(sizes, seed):
    rng = np.random.RandomState(seed)
    return [rng.randn(*shape) / (shape[0] / 2) ** 0.5 for shape in pairwise(sizes)]


def one_generator_each(sizes, seed):
    return [he(shape, seed)[0] for shape in pairwise(sizes)]


def one_column(sizes, seed):
    return [np.repeat(W[:, :1], W.shape[1], axis=1) for W in he(sizes, seed)]


def one_row(sizes, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(0, (2 / k) ** 0.5, (1, n)) + np.zeros((k, n)) for k, n in pairwise(sizes)]


def raises(*_):
    raise RuntimeError("oh dear")


class Past(nn.Layer):
    def __init__(self, dense, bend):
        super().__init__()
        self.dense, self.bend = dense, bend
        self.layers = dense, bend

    def _forward(self, X):
        return X + self.bend.forward(self.dense.forward(X))

    def _input_gradient(self, grad):
        return grad + self.dense.backward(self.bend.backward(grad))


class Normalise(nn.Layer):
    def _forward(self, X):
        self.tau = np.sqrt(X.var(axis=1, keepdims=True) + 1e-5)
        self.X_hat = (X - X.mean(axis=1, keepdims=True)) / self.tau
        return self.X_hat

    def _input_gradient(self, grad):
        along = (grad * self.X_hat).mean(axis=1, keepdims=True)
        return (grad - grad.mean(axis=1, keepdims=True) - self.X_hat * along) / self.tau


def block_of(weights, *bends):
    def block(n, rng):
        return [nn.Dense(n, n, rng=rng, weight_init=weights), *(bend() for bend in bends)]

    return block


def past(weights, bend, *after):
    def block(n, rng):
        return [
            Past(nn.Dense(n, n, rng=rng, weight_init=weights), bend()),
            *(layer() for layer in after),
        ]

    return block


def one_layer(n, rng):
    return Past(nn.Dense(n, n, rng=rng), nn.Tanh())


def leaky():
    return nn.LeakyReLU(0.2)


def leaning(slope):
    spread = np.sqrt(2 / (64 * (1 + slope**2)))
    return block_of(init.normal(spread), lambda: nn.LeakyReLU(slope))


PAGE = {
    "tanh with Xavier's start": block_of(init.glorot_normal, nn.Tanh),
    "ReLU with He's start": block_of(init.he_normal, nn.ReLU),
    "the sigmoid with a way past": past(init.glorot_normal, nn.Sigmoid),
    "the normalised sigmoid": block_of(init.glorot_normal, nn.Sigmoid, Normalise),
}
DRAWN_OTHERWISE = {
    "tanh with Xavier's start": block_of(init.glorot_uniform, nn.Tanh),
    "ReLU with He's start": block_of(init.he_uniform, nn.ReLU),
    "the sigmoid with a way past": past(init.normal(1 / 8), nn.Sigmoid),
    "the normalised sigmoid": block_of(init.glorot_uniform, nn.Sigmoid, Normalise),
}


RIGHT = [
    (ex.three_spreads, [[0.2, 0.25, 0.3464], (0.2, 0.25, math.sqrt(0.12)), [[0.2], [0.25], [0.346]],
                        np.array([[0.04, 0.0625, 0.12]]) ** 0.5, [Fraction(1, 5), Fraction(1, 4), 0.3464]]),
    (ex.different_neurons, [[1, 2, 4], (1, 2, 4), np.array([[1.0], [2.0], [4.0]]), [[1, 2, 4]]]),
    (ex.powers_of_ten, [[-40, -8, 53], (-40, -7, 52), [-39.8, -7.5, 52.7], np.array([[-40], [-8], [53]]),
                        50 * np.log10([0.16, 0.5**0.5, 128**0.5])]),
    (ex.living_block, [
        block_of(init.normal(np.sqrt(2 / (1.04 * 64))), leaky), block_of(init.normal(1.0), nn.Sigmoid),
        block_of(init.he_normal, lambda: nn.LeakyReLU(0.1)), one_layer, leaning(0.5), leaning(0.9),
        block_of(init.normal(1.1 / 8), nn.Tanh), block_of(init.normal(0.1), nn.Tanh), block_of(init.he_uniform, leaky),
        past(init.glorot_normal, nn.ReLU, Normalise), past(init.glorot_normal, nn.Sigmoid, Normalise),
    ]),
    (ex.he_weights, [he, he_with_the_package, he_scaled, lambda *a: tuple(he(*a)), he_uniform,
                     he_last_first, he_in_the_old_way, lambda sizes, seed: he(sizes, seed + 1),
                     lambda *a: [W.tolist() for W in he(*a)], he_of_signs]),
]  # fmt: skip
WRONG = [
    (ex.three_spreads, [[0.25, 0.2, 0.3464], [0.04, 0.0625, 0.12], [0.2, 0.25, 0.12], [0.2, 0.3333, 0.3464],
                        [0.2, 0.25], [0.2, 0.25, np.nan], "0.2", object(), [0.2, 0.25, -0.3464]]),
    (ex.different_neurons, [[1, 2, 1], [4, 2, 4], [1, 4, 4], [1, 1, 4], [0, 2, 4], [1, 2], 1,
                            [1, 2, np.nan], "1, 2, 4", raises]),
    (ex.powers_of_ten, [[40, 8, -53], [-80, -15, 105], [-40, -15, 53], [-40, -8, 60], [-40, 53, -8],
                        [-40, -8], [-40, -8, np.nan], [1e-40, 1e-8, 1e53], [0.16**50, -8, 53],
                        "-40", object()]),
    (ex.living_block, [
        *PAGE.values(), *DRAWN_OTHERWISE.values(), leaning(0.999), past(init.normal(0.001), nn.Tanh),
        block_of(init.glorot_normal, nn.Sigmoid), block_of(init.normal(1.0), nn.ReLU),
        block_of(init.glorot_normal), block_of(init.normal(0.001), nn.Tanh), block_of(init.normal(0.25), nn.Sigmoid),
        block_of(init.glorot_normal, nn.ReLU), block_of(init.glorot_uniform, nn.ReLU), block_of(init.glorot_normal, leaky),
        block_of(init.normal(0.09), nn.Tanh), block_of(init.normal(0.75), nn.Sigmoid),
        np.ones(30), range(1, 31), [3.0] * 50, 1.0, [], "block", raises, lambda n, rng: None,
        lambda n, rng: [nn.Tanh()], lambda n, rng: [nn.Dense(n, 2, rng=rng), nn.Tanh()], nn.Tanh, nn.Tanh(),
        lambda n: [], block_of(init.normal(1e200), nn.ReLU),
    ]),
    (ex.he_weights, [
        lambda sizes, seed: he(sizes, seed, variance=lambda n_in, n_out: 2 / n_out),
        lambda sizes, seed: he(sizes, seed, variance=lambda n_in, n_out: 1 / n_in),
        lambda sizes, seed: he(sizes, seed, variance=lambda n_in, n_out: 2 / (n_in + n_out)),
        lambda sizes, seed: he(sizes, seed, variance=lambda n_in, n_out: 4 / n_in**2),
        lambda sizes, seed: he(sizes, seed, turned=True),
        lambda sizes, seed: he(sizes, seed)[::-1],
        lambda sizes, seed: he(sizes, seed)[:-1],
        lambda sizes, seed: he(sizes, 0),
        lambda sizes, seed: he(sizes, None),
        lambda sizes, seed: [np.abs(W) for W in he(sizes, seed)],
        lambda sizes, seed: [np.full_like(W, (2 / len(W)) ** 0.5) for W in he(sizes, seed)],
        one_generator_each, one_column, one_row,
        lambda sizes, seed: [W * np.nan for W in he(sizes, seed)],
        lambda sizes: [], raises, "weights", 2,
    ]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (lambda n, rng: [nn.Tanh()], "thirty blocks have only 0 weight matrices"),
        (block_of(init.normal(1e200), nn.ReLU), "some gradients are not finite"),
        (
            block_of(init.normal(0.25), nn.Sigmoid),
            r"the smallest gradient has the size \d\.\de-\d\d",
        ),
        (block_of(init.glorot_normal, nn.ReLU), "the smallest gradient has the size 2.8e-03"),
        (block_of(init.normal(1.0), nn.ReLU), r"the largest gradient has the size \d\.\de\+\d\d"),
        (block_of(init.normal(0.3), nn.Tanh), r"the largest is \d+ times the smallest"),
        (block_of(init.glorot_normal), "without a bend thirty layers are one"),
        (leaning(0.999), r"thirty layers that bend by only 0\.\d% are nearly one; 5% are asked"),
        (raises, "it should take n and rng and return layers; it raised RuntimeError"),
        *((block, f"this is {name}, and it is on the page") for name, block in PAGE.items()),
        *((block, f"this is {name}, and") for name, block in DRAWN_OTHERWISE.items()),
    ],
)
def test_the_verdict_on_a_block_says_what_its_network_suffers_from(block, reason, verdict):
    assert re.search(f"; {reason}", verdict(ex.living_block, block))


@pytest.mark.parametrize(
    ("grader", "answer", "reason"),
    [
        (ex.three_spreads, [0.2, 0.3333, 0.3464], "not right: He's spread"),
        (ex.three_spreads, [0.25, 0.2, 0.3464], "not right: Glorot's spread, He's spread"),
        (ex.three_spreads, [0.2, 0.25], "3 numbers are asked for"),
        (ex.different_neurons, [1, 2, 1], "not right: the third start"),
        (ex.powers_of_ten, [40, -8, 53], "not right: the first power"),
        (ex.powers_of_ten, [-40, 0, 53], "the second power; of what reaches a ReLU, half does not come out"),
        (ex.powers_of_ten, [-40, -8, 60], "the third power; of what reaches a ReLU, half does not come out"),
        (ex.powers_of_ten, [1e-40, 1e-8, 1e53], "the third power; enter the exponent, as -90 for 1e-90"),
        (ex.powers_of_ten, [1e-30, -8, 53], "not right: the first power; enter the exponent, as -90 for 1e-90"),
        (ex.powers_of_ten, [-80, -15, 105], "that is the mean square, and the size is its root"),
    ],
)  # fmt: skip
def test_the_verdict_on_several_numbers_says_which_is_off(grader, answer, reason, verdict):
    assert verdict(grader, answer).endswith(reason)


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda sizes, seed: he(sizes, seed, variance=lambda n_in, n_out: 2 / n_out),
         "for sizes = [200, 500, 300], seed = 0 result 1: came the spread 0.063, not 0.1"),
        (lambda sizes, seed: he(sizes, seed, turned=True), "result 1: came (500, 200)"),
        (lambda sizes, seed: he(sizes, seed)[:-1], "came ((200, 500),), not 2 results"),
        (lambda sizes, seed: [np.abs(W) for W in he(sizes, seed)], "came the mean 0.08, not 0"),
        (lambda sizes, seed: he(sizes, 0), "came the weights of seed = 1"),
        (lambda sizes, seed: he(sizes, None), "came other weights the second time"),
        (one_generator_each, "came the same draws for two matrices"),
        (one_column, "came equal rows or columns"),
    ],
)  # fmt: skip
def test_the_verdict_on_draws_says_what_does_not_hold_of_them(function, reason, verdict):
    assert verdict(ex.he_weights, function).endswith(reason)
