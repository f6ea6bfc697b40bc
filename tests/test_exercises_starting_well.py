"""Every grader of chapter 08a: right forms pass, wrong answers are told so."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from grader_tests import *  # noqa: F403

import nnbook as nn
from nnbook.exercises import starting_well as ex

SIZES = [3.0 + k / 10 for k in range(50)]


def he(sizes, seed, variance=lambda n_in, n_out: 2 / n_in, turned=False):
    rng = np.random.default_rng(seed)
    shapes = list(pairwise(sizes))
    weights = [rng.normal(0, variance(*shape) ** 0.5, shape) for shape in shapes]
    return [W.T for W in weights] if turned else weights


def he_with_the_package(sizes, seed):
    rng = np.random.default_rng(seed)
    return [
        nn.Dense(sizes[k], sizes[k + 1], rng=rng, weights=nn.initializers.he_normal).parameters["W"]
        for k in range(len(sizes) - 1)
    ]


def he_scaled(sizes, seed):
    rng = np.random.default_rng(seed)
    for n_in, n_out in pairwise(sizes):
        yield math.sqrt(2 / n_in) * rng.standard_normal((n_in, n_out))


def raises(*_):
    raise RuntimeError("oh dear")


def living(block, seed=0):
    rng = np.random.default_rng(seed)
    network = nn.Sequential(*(layer for _ in range(30) for layer in block(rng)))
    network.forward(rng.normal(size=(8, 32)))
    network.backward(rng.normal(size=(8, 32)))
    return [np.linalg.norm(layer.gradients["W"]) for layer in network.layers if layer.parameters]


RIGHT = [
    (ex.three_spreads, [[0.2, 0.25, 0.3464], (0.2, 0.25, math.sqrt(0.12)), [[0.2], [0.25], [0.346]],
                        np.array([[0.04, 0.0625, 0.12]]) ** 0.5, [Fraction(1, 5), Fraction(1, 4), 0.3464]]),
    (ex.different_neurons, [[1, 2, 4], (1, 2, 4), np.array([[1.0], [2.0], [4.0]]), [[1, 2, 4]]]),
    (ex.powers_of_ten, [[-40, -8, 53], (-40, -7, 52), [-39.8, -7.5, 52.7], np.array([[-40], [-8], [53]]),
                        50 * np.log10([0.16, 0.5**0.5, 128**0.5])]),
    (ex.living_sizes, [
        SIZES, SIZES[:30], np.array(SIZES)[:, None], tuple(SIZES),
        living(lambda rng: [nn.Dense(32, 32, rng=rng, weights=nn.initializers.he_normal), nn.LeakyReLU(0.1)]),
        living(lambda rng: [nn.Dense(32, 32, rng=rng), nn.Tanh()]),
    ]),
    (ex.he_weights, [he, he_with_the_package, he_scaled, lambda *a: tuple(he(*a)),
                     lambda *a: [W.tolist() for W in he(*a)]]),
]  # fmt: skip
WRONG = [
    (ex.three_spreads, [[0.25, 0.2, 0.3464], [0.04, 0.0625, 0.12], [0.2, 0.25, 0.12], [0.2, 0.3333, 0.3464],
                        [0.2, 0.25], [0.2, 0.25, np.nan], "0.2", object(), [0.2, 0.25, -0.3464]]),
    (ex.different_neurons, [[1, 2, 1], [4, 2, 4], [1, 4, 4], [1, 1, 4], [0, 2, 4], [1, 2], 1,
                            [1, 2, np.nan], "1, 2, 4", raises]),
    (ex.powers_of_ten, [[40, 8, -53], [-80, -15, 105], [-40, -15, 53], [-40, -8, 60], [-40, 53, -8],
                        [-40, -8], [-40, -8, np.nan], [1e-40, 1e-8, 1e53], "-40", object()]),
    (ex.living_sizes, [
        SIZES[:29], [*SIZES, 0.0], [*SIZES, -3.0], [*SIZES, 1000.0], [1e-5] * 50, [1e6] * 50, 1.0, [],
        [*SIZES, np.nan], [*SIZES, np.inf], "sizes", raises,
        living(lambda rng: [nn.Dense(32, 32, rng=rng), nn.Sigmoid()]),
        living(lambda rng: [nn.Dense(32, 32, rng=rng, weights=nn.initializers.normal(1.0)), nn.ReLU()]),
    ]),
    (ex.he_weights, [
        lambda sizes, seed: he(sizes, seed, variance=lambda n_in, n_out: 2 / n_out),
        lambda sizes, seed: he(sizes, seed, variance=lambda n_in, n_out: 1 / n_in),
        lambda sizes, seed: he(sizes, seed, variance=lambda n_in, n_out: 2 / (n_in + n_out)),
        lambda sizes, seed: he(sizes, seed, variance=lambda n_in, n_out: 4 / n_in**2),
        lambda sizes, seed: he(sizes, seed, turned=True),
        lambda sizes, seed: he(sizes, seed)[::-1],
        lambda sizes, seed: he(sizes, seed)[:-1],
        lambda sizes, seed: he(sizes, seed + 1),
        lambda sizes, seed: [W * np.nan for W in he(sizes, seed)],
        lambda sizes: [], raises, "weights", 2,
    ]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        (SIZES[:29], "these are only 29 sizes"),
        ([*SIZES, 1e-31], "the smallest is 1.0e-31"),
        ([1e6] * 50, "the largest is 1.0e+06"),
        ([*SIZES, 1500.0], "the largest is 500 times the smallest"),
    ],
)
def test_the_verdict_on_a_sick_network_says_which_bound_is_broken(sizes, reason, verdict):
    line = verdict(ex.living_sizes, sizes)
    assert line.endswith(f"; {reason}")
    assert "; came " not in line  # thirty sizes and more are not repeated
