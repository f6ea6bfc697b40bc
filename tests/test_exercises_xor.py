"""Answers to the exercises of chapter 07."""

import math
from fractions import Fraction

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

from nnbook.exercises import xor as ex
from nnbook.experiments import Seeds

parity, solved = ex.parity_weights.reference, ex.planted.reference


def runs(p):
    return math.ceil(math.log(0.01) / math.log(1 - p))


def runs_by_counting(p):
    runs, missed = 0, 1.0
    while missed > 0.01:
        runs, missed = runs + 1, missed * (1 - p)
    return runs


def planted(Z, y):
    right = (Z >= 0) == (y == 1)
    return right.mean()


ANSWERS = [
    (ex.one_neuron_can, [[1, 1, 0, 1, 0, 0], (True, True, False, True, False, False)],
     [Says("0 of the six are right", [0, 0, 1, 0, 1, 1]), Says("5 of the six are right", [1, 1, 0, 1, 1, 0]), [1, 1, 1, 1, 0, 0], [1, 1, 0, 0, 0, 0],
      Says("six numbers are expected", [1, 2, 4]), Says("is 1 or 0", [1, 1, 0, 2, 0, 0]), ["yes"] * 6]),
    (ex.whole_numbers, [
        [[1, -1, -1], [-1, 1, -1], [1, 1, -1]],  # one without the other, or
        [[-1, -1, 1], [-1, -1, 0], [1, -1, -1]],  # not both, but not neither
        [7, -7, -3, -7, 7, -3, 5, 5, -5],  # in one row
        [[[1, -1], -1], [[-1, 1], -1], [[1, 1], -1]],  # weights and bias of each neuron
        [(np.array([1, -1]), -1), (np.array([-1, 1]), -1), (np.array([1, 1]), np.array(-1))],
        [np.array([[1, -2], [-1, 2]]), np.array([-1, -1]), np.array([[1], [1]]), np.array([-1])],  # the layers' arrays
        ([[2, -2], [-2, 2]], [[-1, -1]], [2, 2], -1),
    ], [
        Says("one of its hidden neurons is OR", [[2, 2, -1], [2, 2, -3], [2, -2, -1]]),
        Says("one of its hidden neurons is OR", [[-1, -1, 1], [1, 1, -1], [1, 1, -2]]),  # not both, OR, and AND
        Says("one of its hidden neurons is AND", [[1, 1, -2], [-1, -1, 0], [-1, -1, 0]]),  # AND, neither; not one of them
        Says("not all of the nine are whole numbers", [[1, 1, -0.5], [1, 1, -1.5], [1, -1, -0.5]]),
        Says("for 00, 01, 10, 11 the output of this network is 0 1 1 1, not 0 1 1 0", [[1, 1, -1], [1, 1, -2], [1, 1, -1]]),
        [[1, 1, -1], [1, 1, -2], [-1, 1, -1]],  # the two exchanged: 0 throughout
        Says("read as (w1, w2, b) of each neuron: (1, -1, 1), (-1, 1, 1), (-1, -1, -1)", np.transpose([[1, -1, -1], [-1, 1, -1], [1, 1, -1]])),
        Says("read as (w1, w2, b) of each neuron: (-1, 1, -1), (-1, -1, 1), (-1, 1, 1)", [[-1, 1, -1], [-1, -1, 1], [-1, 1, 1]]),  # bias first
        Says("three rows of three", [np.ones((2, 2)), np.ones(3), np.ones(2), 1]),
        [[1, 1, 0], [1, 1, -2], [1, -1, -1]],  # the first is always on
        [[1, -1, 1], [-1, 1, 1], [1, 1, -2]],  # XNOR
        [[1, 1, -1], [1, 1, -2]],  # the output neuron forgotten
        Says("three rows of three", [[1, 1], [1, 1], [1, -1]]),  # the biases forgotten
        Says("of this network is 0 1 1 1", [[[1, 1], -1], [[1, 1], -2], [[1, 1], -1]]),
        [0] * 9,
    ]),
    (ex.parity_of_three, [[1, -2, 2]], [Says("2 c0 + c1", [1, -1, 1]), Says("3 c0 + 2 c1 + c2", [1, -2, 1]), Says("no powers", [1, -2, 4]), [1, 2, 2]]),
    (ex.parity_weights, [parity, lambda n: [1, *[-2, 2] * n][:n], lambda n: np.reshape(parity(n), (-1, 1)), lambda n: (c for c in parity(n))],
     [Says("for n = 1 a list of one", lambda n: [1, -2, 2]), Says("at q = 3 is 3, and should be 1", lambda n: [(-2) ** k for k in range(n)]), lambda n: [1, -2, 2, -2, 2, -2][:n], lambda n: parity(n + 1),
      *variants(parity, "(-1) ** k -> -1", "(-1) ** k -> 1", "2.0 * -> ")]),
    (ex.predicted_failures, [0.3364, 0.34, 0.336, Fraction(58, 100) ** 2],
     [Says("that is the fraction that succeeds", 0.6636), Says("that is the fraction that succeeds", [0.66]), Says("not per cent", 33.64), 33,
      Says("only if both do", 0.58), Says("one group succeeds", 0.42), Says("both groups succeed", 0.1764), Says("events multiply", 1.16),
      Says("that was observed", 0.19), Says("cut off", 0.33), 0.29, Says("to two decimals at least", 0.3)]),
    (ex.solved_with_six, [81, [80], np.array([[82]]), Seeds(range(100), (True,) * 81 + (False,) * 19)],
     [Says("the model predicts", 66), Says("how many failed", 19), Says("not which fraction", 0.81), 71, 86, 81.5, 46, [81, 81],
      Seeds(range(100), (True,) * 71 + (False,) * 29),
      Seeds(range(1000), (True,) * 81 + (False,) * 919), Seeds(range(100), (0.5,) * 100)]),
    (ex.loss_of_identical, [0.477, 0.4774, 0.477386, 3 / 4 * (np.log(3) - 2 / 3 * np.log(2)), -(math.log(2 / 3) * 2 + math.log(1 / 3)) / 4],
     [Says("one half for every row", 0.693), Says("one half for every row", 0.69), Says("that separates two rows", 0.347), Says("that separates two rows", 0.346), 0.0, -0.477, Says("weight it by 3/4", 0.637), Says("weight it by 3/4", 0.6365), 1.91,  # the sum over four
      Says("training stays above it", 0.48), Says("training stays above it", 0.479), 0.476, 0.5,
      Says("training stays above it", 0.478),  # after 3000 epochs
      Says("training stays above it", 0.477868),  # the chapter's seed 75
      0.477709, [0.477, 0.347]]),  # the network of equals after 6000 epochs
    (ex.runs_needed, [runs, runs_by_counting, lambda p: np.ceil(np.log10(0.01) / np.log10(1 - p))],
     [Says("none of them succeeds is", lambda p: int(runs(p)) - 1), Says("fewer runs", lambda p: runs(p) + 1),
      Says("a whole number", lambda p: math.log(0.01) / math.log(1 - p)),
      *variants(runs, "math.ceil -> ", "math.ceil -> math.floor", "0.01 -> 0.99", "1 - p -> p"), lambda p: math.ceil(0.99 / p), lambda p: 6]),
    (ex.lower_end, [0.0201, 0.02, 0.020134, 0.8 - 0.6 - math.hypot(0.8 - 0.67, 0.724 - 0.6)],  # from the ends as printed
     [Says("the upper end", 0.3636), 0.2, Says("the two intervals compared", -0.054), Says("standard errors", 0.0247), Says("exchanged", -0.3636),
      0.2 - math.hypot(0.888 - 0.8, 0.6 - 0.462),  # the arms that point away
      math.hypot(0.13, 0.124),  # not subtracted
      Says("the better rate minus the other", -0.0201), Says("not per cent", 2.01), 0.0, Says("the first of the two", [0.0201, 0.3636]),
      Says("the first of the two", (0.0201, 0.3636))]),
    (ex.interaction_signs, [[-1, -1, 0, 0, 1, 1], np.array([[-1.0], [-1], [0], [0], [1], [1]])],
     [Says("reversed", [1, 1, 0, 0, -1, -1]), Says("-uvb", [0, 0, -1, 0, 1, 1]), Says("5 of the six", [-1, 1, 0, 0, 1, 1]),
      Says("six signs", [-1, 0, 1]), Says("-1, 0 or 1", [-3, -1, 0, 0, 2, 4]), [0] * 6, [1] * 6]),
    (ex.planted, [solved, lambda Z, y: np.prod((Z >= 0) == y, axis=1).mean()], [
        planted, *variants(solved, ".all(axis=(1, 2)).mean() -> .all()", "axis=(1, 2) -> axis=0", "all -> any", "mean -> sum", ".mean() -> ",
                           ">= 0 -> >= 0.5", ">= 0 -> < 0", "(Z >= 0) == -> (Z < 0) | ", "== (y == 1) -> | (y == 0)",
                           ".all -> [:, [0, 3]].all", ".all -> [:, 1:].all", "(y == 1) -> [[0], [1], [1], [0]]"),
        lambda Z, y: (np.where(y == 1, Z, -Z) >= 1).all(axis=(1, 2)).mean(),  # a margin
    ]),
]  # fmt: skip


def test_every_network_of_small_whole_numbers_is_judged_by_its_outputs():
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    found = 0
    for rows in np.random.default_rng(0).integers(-2, 3, (3000, 3, 3)):
        h1, h2 = (X @ w[:2] + w[2] >= 0 for w in rows[:2])
        works = ((h1 * rows[2, 0] + h2 * rows[2, 1] + rows[2, 2] >= 0) == [0, 1, 1, 0]).all()
        allowed = not any(
            (X @ w[:2] + w[2] >= 0).tolist() in ([0, 1, 1, 1], [0, 0, 0, 1]) for w in rows[:2]
        )
        assert (ex.whole_numbers.complaint(rows) is None) == (works and allowed)
        found += works and allowed
    assert 0 < found < 3000


def test_one_run_or_two_at_99_per_cent_are_both_right():
    """1 - 0.99 is a hair above 0.01, so a loop says 2 where a pencil says 1."""
    assert runs_by_counting(0.99) == 2
    assert ex.runs_needed.complaint(lambda p: int(math.log(0.01) / math.log(1 - p)) + 1) is None
