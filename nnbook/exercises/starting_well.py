"""Exercises of chapter 08a."""

from itertools import pairwise

import numpy as np

from .grading import Function, Property, Value

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
    "8.4",
    "the sizes of at least 30 weight gradients, from 0.001 to 100000, the largest at most a "
    "hundred times the smallest",
    _alive,
    quoted=False,
)


def _he_weights(sizes, seed):
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(0, np.sqrt(2 / n), (n, after)) for n, after in pairwise(sizes))


he_weights = Function(
    "8.5",
    "He's weights, one matrix for each layer",
    _he_weights,
    ("sizes", "seed"),
    (([2, 1], 0), ([3, 5, 2, 4], 1), ([4, 4, 1], 2)),
)
