"""Arrays that hypothesis draws."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

SIZES = st.integers(1, 6)
NUMBERS = st.floats(-10, 10, allow_nan=False, width=32)


def matrices(rows=SIZES, columns=SIZES, elements=NUMBERS):
    """Draw a float64 matrix."""
    return st.tuples(rows, columns).flatmap(
        lambda shape: arrays(np.float64, shape, elements=elements)
    )


def generators():
    """Draw a random generator."""
    return st.integers(0, 2**32 - 1).map(np.random.default_rng)


def read_only(array):
    """Return a copy that raises when somebody writes into it."""
    copy = np.array(array)
    copy.flags.writeable = False
    return copy


def laid(array, order):
    """Return the same numbers with the axes in memory in the given order, the last side by side."""
    return array.transpose(order).copy().transpose(np.argsort(order))
