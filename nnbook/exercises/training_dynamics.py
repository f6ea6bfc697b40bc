"""Exercises of chapter 08."""

from itertools import pairwise

import numpy as np

from .grading import Choice, Function, Property, Value

three_spreads = Value(
    "8.1",
    "Glorot's spread, He's spread and Glorot's r, for 32 inputs and 18 neurons",
    [np.sqrt(2 / 50), np.sqrt(2 / 32), np.sqrt(6 / 50)],
)

different_neurons = Value(
    "8.2", "the number of different columns of W1 for the three starts", [1, 2, 4]
)

# the law is for the mean square; whoever measures finds half a power less for a spread
_powers = 50 * np.log10([0.01 * 16, np.sqrt(1 / 2), np.sqrt(256 / 2)])

powers_of_ten = Property(
    "8.3",
    "the three powers of ten",
    lambda powers: powers.size == 3 and bool((np.abs(powers.ravel() - _powers) < 1).all()),
)

printed_rule = Value(
    "8.4", "what 'if |g| > t, put t' makes of (-7, 2, 9, -1) with t = 4", [4.0, 2.0, 4.0, -1.0]
)


def _clip_together(gradients, t):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return tuple(g * min(1, t / norm) for g in gradients)


clipped = Function(
    "8.4",
    "the list of gradients, clipped by the norm of all of them together",
    _clip_together,
    ("gradients", "t"),
    (
        ([np.array([[3.0, 0.0], [0.0, -4.0]]), np.array([12.0, 0.0])], 6.5),
        ([np.array([6.0, -8.0])], 5.0),
        ([np.array([[0.5, -1.0, 0.5]]), np.array([0.25, -0.5]), np.array([[1.0]])], 10.0),
        ([np.array([3.0, 4.0]), np.array([-0.3, 0.4])], 1.0),
    ),
)


def _alive(sizes):
    """Return True, or the bound that the sizes break."""
    if sizes.size < 30:
        return f"these are only {sizes.size} sizes"
    low, high = sizes.min(), sizes.max()
    if low < 1e-3:
        return f"the smallest is {low:.1e}"
    if high > 1e5:
        return f"the largest is {high:.1e}"
    return f"the largest is {high / low:.0f} times the smallest" if high > 100 * low else True


living_sizes = Property(
    "8.5",
    "the sizes of at least 30 weight gradients, from 0.001 to 100000, the largest at most a "
    "hundred times the smallest",
    _alive,
    quoted=False,
)

steps_to_leave = Value("8.6", "the first step after which w2 is above 1", 152.0)

two_bounds = Value(
    "8.7",
    "the bounds of the rate for the minima at 1.130901 and at -1.300840",
    2 / (12 * np.array([1.130901, -1.300840]) ** 2 - 6),
)


def _with_article(answer):
    if not isinstance(answer, str):
        return answer
    return "the " + answer.strip().lower().removeprefix("the ")


can_settle = Choice(
    "8.7",
    "where gradient descent can settle with the rate 0.2",
    "the shallower",
    ("the deeper", "the shallower", "both", "neither"),
    read=_with_article,
)


def _he_weights(sizes, seed):
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(0, np.sqrt(2 / n), (n, after)) for n, after in pairwise(sizes))


he_weights = Function(
    "8.8",
    "He's weights, one matrix for each layer",
    _he_weights,
    ("sizes", "seed"),
    (([2, 1], 0), ([3, 5, 2, 4], 1), ([4, 4, 1], 2)),
)
