"""Exercises of chapter 09."""

import numpy as np

from ..layers.convolution import correlate2d
from .grading import Choice, Function, Property, Value


def _table(rows, columns):
    """A table of small whole numbers without a 0, the same in every run."""
    values = np.random.default_rng(10 * rows + columns).integers(1, 10, (rows, columns))
    return values.astype(float)


misread = Value(
    "9.1", "the row, the column and the true value of the pixel", [2.0, 3.0, 7.0], tolerance=1e-9
)

filter_in_the_block = Choice(
    "9.1",
    "how the filter appears in the block",
    "turned by half a circle",
    ("as it is", "transposed", "turned by half a circle"),
)

most_read = Value(
    "9.2", "how many pixels are read nine times, and 25 times", [36.0, 4.0], tolerance=1e-9
)


def _times_read(n, f, s, p):
    starts = np.arange(0, n + 2 * p - f + 1, s) - p
    x = np.arange(n)[:, None]
    return ((starts <= x) & (x < starts + f)).sum(axis=1)


times_read = Function(
    "9.2",
    "how many windows read each pixel",
    _times_read,
    ("n", "f", "s", "p"),
    (
        (6, 3, 1, 0),
        (6, 3, 1, 2),
        (10, 3, 2, 1),
        (9, 2, 4, 0),
        (5, 5, 1, 0),
        (7, 4, 3, 5),
        (7, 3, 2, 0),  # the stride does not divide 7 - 3 + 1: the rival formula loses a window
    ),
    any_vector=True,
)

# s divides n - 2, which runs from 1 to 18
sizes_right = Value(
    "9.3", "the number of image sizes for each stride from 1 to 6",
    [18.0, 9.0, 6.0, 4.0, 3.0, 3.0], tolerance=1e-9,
)  # fmt: skip

same_for_five_and_seven = Value(
    "9.4", "the zeros at each end for f = 5 and for f = 7", [2.0, 3.0], tolerance=1e-9
)

same_for_four = Property(
    "9.4",
    "two whole numbers of zeros that keep the size for f = 4",
    lambda zeros: bool(
        zeros.size == 2
        and zeros.sum() == 3
        and (zeros >= 0).all()
        and np.array_equal(zeros, zeros.round())
    ),
)

field_and_layers = Value(
    "9.4",
    "the receptive field of three layers with f = 5, and the layers with f = 3 that see as much",
    [13.0, 6.0],
    tolerance=1e-9,
)

entries_of_eight = Value(
    "9.5", "the entries of the matrix, and those that are not 0", [2304.0, 216.0], tolerance=1e-9
)


def _matrix_of(K, n):
    side = n - len(K) + 1
    M = np.zeros((n, n, side, side))
    for r, q in np.ndindex(side, side):
        M[r : r + len(K), q : q + len(K), r, q] = K
    return M.reshape(n**2, side**2)


matrix_of = Function(
    "9.5", "the matrix of the convolution", _matrix_of, ("K", "n"),
    ((np.array([[1.0, 2.0], [3.0, 4.0]]), 3), (_table(3, 3), 5), (_table(2, 2), 5)),
)  # fmt: skip

dilated_size = Function(
    "9.6", "the number of positions", lambda n, f, s, p, d: (n + 2 * p - d * (f - 1) - 1) // s + 1,
    ("n", "f", "s", "p", "d"),
    (
        (10, 3, 1, 0, 2), (10, 3, 2, 0, 1), (44, 3, 4, 1, 3), (9, 2, 3, 2, 4), (5, 1, 2, 0, 7),
        (13, 4, 5, 0, 4), (20, 5, 3, 2, 2),
    ),
)  # fmt: skip


def _sees_dots_only(K):
    if K.size != 9:
        return "a 3 x 3 filter has nine numbers"
    K = K.reshape(3, 3)
    small = 1e-6 * np.abs(K).max()
    if np.abs(K.sum(axis=0)).max() > small:
        return "its output is not 0 where all rows are alike: its columns should add up to 0"
    if np.abs(K.sum(axis=1)).max() > small:
        return "its output is not 0 where all columns are alike: its rows should add up to 0"
    return abs(K[1, 1]) > small or "its output at the dot is 0"


dot_filter = Property(
    "9.7",
    "a 3 x 3 filter whose output is 0 where all rows or all columns are alike, and not at a dot",
    _sees_dots_only,
)

# small enough for a verdict to show all of it
_small = np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0], [1.0, 2.0, 1.0]])
# only the last pixel is bright, and the first results must not know about it
_far_corner = np.zeros((3, 4))
_far_corner[2, 3] = 1.0

planted = Function(
    "9.8", "the correlation", correlate2d, ("X", "K", "s", "p"),
    (
        (_small, np.array([[1.0, 2.0], [0.0, 1.0]]), 1, 1),
        (_far_corner, np.array([[5.0, 0.0], [0.0, 1.0]]), 1, 1),
        (_table(4, 5), _table(3, 2), 1, 0), (_table(5, 5), _table(3, 3), 2, 1),
        (_table(4, 6), _table(2, 3), 3, 2),
    ),
)  # fmt: skip
