"""The graders of chapter 07 accept every right form of an answer and no wrong one."""

import math
from fractions import Fraction

import numpy as np
from grader_tests import *  # noqa: F403

from nnbook.exercises import xor as ex
from nnbook.experiments import Seeds


def raises(*_):
    raise ValueError("a mistake of the reader")


def parity_by_system(n):
    """Solve for the numbers, one equation for each s from 1 to n."""
    s = np.arange(1, n + 1)
    return np.linalg.solve(np.maximum(s[:, None] - np.arange(n), 0), s % 2)


def parity_by_loop(n):
    weights = []
    for s in range(1, n + 1):
        reached = sum(c * (s - k) for k, c in enumerate(weights))
        weights.append(s % 2 - reached)
    return weights


def parity_by_pattern(n):
    return np.array([[1] + [2 * (-1) ** k for k in range(1, n)]]).T


def tries_by_counting(p):
    tries, missed = 0, 1.0
    while missed > 0.01:
        tries, missed = tries + 1, missed * (1 - p)
    return tries


def tries_by_logarithm(p):
    return np.ceil(np.log10(0.01) / np.log10(1 - p))


def share_by_loop(Z, y):
    solved = 0
    for run in Z:
        solved += all(
            (z >= 0) == (wanted == 1) for z, wanted in zip(run.ravel(), y.ravel(), strict=True)
        )
    return solved / len(Z)


def share_by_product(Z, y):
    return np.prod((Z >= 0) == y, axis=1).mean()


def share_by_accuracy(Z, y):
    return [sum(np.mean((run > 0) == y) == 1 for run in Z) / len(Z)]


def planted(Z, y):
    right = (Z >= 0) == (y == 1)
    return right.mean()


RIGHT = [
    (ex.one_neuron_can, [
        [1, 1, 0, 1, 0, 0],
        (True, True, False, True, False, False),
        np.array([[1.0], [1.0], [0.0], [1.0], [0.0], [0.0]]),
        np.array([[1, 1, 0, 1, 0, 0]]),
    ]),
    (ex.whole_numbers, [
        [[1, -1, -1], [-1, 1, -1], [1, 1, -1]],  # one without the other, or
        np.array([[2, 2, -1], [2, 2, -3], [2, -2, -1]]),  # OR, AND, and their difference
        [[-1.0, -1.0, 1.0], [1.0, 1.0, -1.0], [1.0, 1.0, -2.0]],  # not both, OR, and AND
        ((1, 1, -1), (1, 1, -2), (1, -1, -1)),
        [7, 7, -3, 7, 7, -10, 5, -9, -2],  # in one row
    ]),
    (ex.parity_of_three, [[1, -2, 2], (1.0, -2.0, 2.0), np.array([[1], [-2], [2]]), [[1, -2, 2]]]),
    (ex.parity_weights, [parity_by_system, parity_by_loop, parity_by_pattern]),
    (ex.predicted_failures, [0.2916, 0.29, [0.54 * 0.54], Fraction(54, 100) ** 2]),
    (ex.solved_with_six, [
        81,
        81.0,
        [80],
        np.array([[82]]),
        Seeds(range(100), (True,) * 81 + (False,) * 19),  # as the chapter has them
    ]),
    (ex.price_of_equals, [
        0.477,
        0.4774,
        0.477386,
        np.array([3 / 4 * (np.log(3) - 2 / 3 * np.log(2))]),
        -(math.log(2 / 3) * 2 + math.log(1 / 3)) / 4,
    ]),
    (ex.tries_needed, [tries_by_counting, tries_by_logarithm, lambda p: [[tries_by_counting(p)]]]),
    (ex.lower_end, [
        0.0201,
        [0.02],
        0.020134,
        0.8 - 0.6 - math.hypot(0.8 - 0.67, 0.724 - 0.6),  # from the ends as printed
        Fraction(2, 100),
    ]),
    (ex.planted, [share_by_loop, share_by_product, share_by_accuracy]),
]  # fmt: skip

WRONG = [
    (ex.one_neuron_can, [
        [0, 0, 1, 0, 1, 1],  # the wrong way round
        [1, 1, 0, 1, 1, 0],
        [1, 1, 1, 1, 0, 0],
        [1, 1, 0, 0, 0, 0],
        [1, 1, 0, 1, 0],
        [1, 2, 4],  # their numbers
        [1, 1, 0, 1, 0, math.nan],
        "110100",
        ["yes", "yes", "no", "yes", "no", "no"],
        object(),
    ]),
    (ex.whole_numbers, [
        [[1, 1, -0.5], [1, 1, -1.5], [1, -1, -0.5]],  # right, but halves
        [[1, 1, -1], [1, 1, -2], [1, 1, -1]],  # a sign lost: OR
        [[1, 1, -1], [1, 1, -2], [-1, 1, -1]],  # the two exchanged: 0 throughout
        [[1, 1, 0], [1, 1, -2], [1, -1, -1]],  # the first is always on
        [[1, -1, 1], [-1, 1, 1], [1, 1, -2]],  # XNOR
        [[1, 1, -1], [1, 1, -2]],  # the output neuron forgotten
        [[1, 1], [1, 1], [1, -1]],  # the biases forgotten
        [0] * 9,
        [[1, -1, -1], [-1, 1, -1], [1, 1, math.nan]],
        [[1, -1, -1], [-1, 1, -1], [1, 1]],
        "1, -1, -1",
        object(),
    ]),
    (ex.parity_of_three, [
        [1, -1, 1],
        [1, -2, 4],
        [1, 2, 2],
        [2, -2, 1],
        [1, -2],
        [1, -2, 2, -2],
        [1, -2, math.nan],
        "1, -2, 2",
        1,
        object(),
    ]),
    (ex.parity_weights, [
        lambda n: [1] + [-2] * (n - 1),
        lambda n: [1] + [2] * (n - 1),
        lambda n: [1, -2, 2],
        lambda n: [1, -2, 2, -2, 2, -2][:n],
        lambda n: parity_by_loop(n + 1),
        lambda n: parity_by_loop(n - 1),
        lambda n: [(-1) ** k for k in range(n)],
        lambda n: [-c for c in parity_by_loop(n)],
        lambda n: [math.nan] * n,
        lambda n: "1, -2",
        lambda: [1],
        raises,
        [1, -2, 2],
    ]),
    (ex.predicted_failures, [
        0.7084,  # that succeed
        0.71,
        29,
        29.16,  # in per cent
        0.54,
        1.08,
        0.27,
        0.2116,  # both succeed
        0.3,  # one decimal
        math.nan,
        "0.2916",
        object(),
    ]),
    (ex.solved_with_six, [
        71,  # the prediction
        19,  # that failed
        0.81,
        86,
        81.5,
        46,
        [81, 81],
        math.nan,
        "81",
        Seeds(range(100), (True,) * 71 + (False,) * 29),
        Seeds(range(1000), (True,) * 81 + (False,) * 919),
        Seeds(range(100), (0.5,) * 100),
        object(),
    ]),
    (ex.price_of_equals, [
        0.693,
        0.347,
        0.0,
        -0.477,
        0.637,  # the mean over three rows
        1.91,  # the sum over four
        0.48,  # two decimals
        0.478,  # where a training stands after 3000 epochs
        0.477868,  # where the chapter's seed 75 stands
        0.477709,  # where the network of equals stands after 6000 epochs
        0.476,
        [0.477, 0.347],
        math.nan,
        "0.477",
        object(),
    ]),
    (ex.tries_needed, [
        lambda p: math.log(0.01) / math.log(1 - p),  # not rounded
        lambda p: math.floor(math.log(0.01) / math.log(1 - p)),
        lambda p: math.ceil(math.log(0.99) / math.log(1 - p)),
        lambda p: math.ceil(math.log(0.01) / math.log(p)),
        lambda p: math.ceil(0.99 / p),  # as if the rates added up
        lambda p: math.ceil(math.log(0.01) / math.log(1 - p)) + 1,
        lambda p: 6,
        lambda p: math.nan,
        lambda p: "6",
        lambda: 6,
        raises,
        6,
    ]),
    (ex.lower_end, [
        0.3636,  # the upper end
        0.2,  # the difference itself
        0.67 - 0.724,  # as if the ends themselves were compared
        0.2 - math.hypot(0.888 - 0.8, 0.6 - 0.462),  # the arms that point away
        math.hypot(0.13, 0.124),  # not subtracted
        -0.0201,  # the other way round
        2.01,  # per cent
        0.0,
        [0.0201, 0.3636],
        math.nan,
        "0.0201",
        object(),
    ]),
    (ex.planted, [
        planted,
        lambda Z, y: ((Z >= 0) == (y == 1)).all(),  # all runs at once
        lambda Z, y: ((Z >= 0) == (y == 1)).all(axis=0).mean(),  # the wrong axis
        lambda Z, y: ((Z >= 0) == (y == 1)).any(axis=1).mean(),
        lambda Z, y: ((Z >= 0) == (y == 1)).all(axis=(1, 2)).sum(),  # a count
        lambda Z, y: ((Z >= 0) == (y == 1)).all(axis=(1, 2)),
        lambda Z, y: ((Z >= 0.5) == (y == 1)).all(axis=(1, 2)).mean(),  # the border of an answer
        lambda Z, y: (np.where(y == 1, Z, -Z) >= 1).all(axis=(1, 2)).mean(),  # room to spare
        lambda Z, y: ((Z < 0) == (y == 1)).all(axis=(1, 2)).mean(),
        lambda Z, y: ((Z < 0) | (y == 1)).all(axis=(1, 2)).mean(),  # the rows that want 0
        lambda Z, y: ((Z >= 0) | (y == 0)).all(axis=(1, 2)).mean(),  # the rows that want 1
        lambda Z, y: ((Z >= 0) == (y == 1))[:, [0, 3]].all(axis=(1, 2)).mean(),  # two rows only
        lambda Z, y: ((Z >= 0) == (y == 1))[:, 1:].all(axis=(1, 2)).mean(),
        lambda Z, y: ((Z >= 0) == [[0], [1], [1], [0]]).all(axis=(1, 2)).mean(),  # y unread
        lambda Z, y: math.nan,
        lambda Z, y: "a half",
        lambda Z: 0.5,
        raises,
        0.5,
    ]),
]  # fmt: skip


def test_every_network_of_small_whole_numbers_is_judged_as_it_answers():
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    rng = np.random.default_rng(0)
    found = 0
    for rows in rng.integers(-2, 3, (3000, 3, 3)):
        h1, h2 = (X @ w[:2] + w[2] >= 0 for w in rows[:2])
        works = ((h1 * rows[2, 0] + h2 * rows[2, 1] + rows[2, 2] >= 0) == [0, 1, 1, 0]).all()
        assert (ex.whole_numbers.complaint(rows) is None) == works
        found += works
    assert 0 < found < 3000


def test_a_wrong_network_is_shown_its_four_answers():
    said = str(ex.whole_numbers.complaint([[1, 1, -1], [1, 1, -2], [1, 1, -1]]))
    assert said.endswith("to 00, 01, 10, 11 this network answers 0 1 1 1, not 0 1 1 0")
    assert "whole numbers" in str(ex.whole_numbers.complaint([[1, 1, -0.5]] * 3))
    assert "three rows of three" in str(ex.whole_numbers.complaint([[1, 1], [1, 1], [1, -1]]))


def test_a_prediction_with_one_decimal_is_told_how_many_are_wanted():
    assert "to two decimals at least" in str(ex.predicted_failures.complaint(0.3))


def test_the_share_that_succeeds_and_per_cent_are_told_apart_from_the_share():
    assert str(ex.predicted_failures.complaint(0.7084)).endswith("that is the share that succeeds")
    assert str(ex.predicted_failures.complaint(29.16)).endswith("not per cent")
    assert str(ex.predicted_failures.complaint([0.71])).endswith("that is the share that succeeds")


def test_a_price_read_off_a_training_is_told_that_it_stands_above():
    for price in (0.477868, 0.478):
        assert "a training stays above it" in str(ex.price_of_equals.complaint(price))


def test_a_difference_in_per_cent_or_the_other_way_round_is_told_so():
    assert str(ex.lower_end.complaint(2.01)).endswith("not per cent")
    assert str(ex.lower_end.complaint(-0.0201)).endswith("the better rate minus the other")


def test_one_try_or_two_at_99_per_cent_are_both_right():
    """1 - 0.99 is a hair above 0.01, so a loop says 2 where a pencil says 1."""
    assert tries_by_counting(0.99) == 2
    assert ex.tries_needed.complaint(lambda p: int(math.log(0.01) / math.log(1 - p)) + 1) is None
