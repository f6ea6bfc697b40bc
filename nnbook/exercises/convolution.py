"""Exercises of chapter 09."""

import numpy as np

from ..layers.convolution import correlate2d
from .grading import Choice, Function, Property, Value


def _table(rows, columns):
    """A table of small whole numbers without a 0, the same in every run."""
    values = np.random.default_rng(10 * rows + columns).integers(1, 10, (rows, columns))
    return values.astype(float)


misread = Value(
    "9.1",
    "the row, the column and the true value of the pixel",
    [1.0, 2.0, 7.0],
    tolerance=1e-9,
    remarks={
        "row and column are counted from 0": [2.0, 3.0, 7.0],
        "the row comes first": [2.0, 1.0, 7.0],
        "the true value, not the error": [1.0, 2.0, 6.0],
    },
)

kernel_in_the_block = Choice(
    "9.1",
    "how the kernel appears in the block",
    "flipped in both directions",
    ("as it is", "transposed", "flipped in both directions"),
)

most_used = Value(
    "9.2", "how many pixels lie in nine windows, and in 25", [36.0, 4.0], tolerance=1e-9
)


def _times_used(n, f, s, p, *, last=1):
    starts = np.arange(0, n + 2 * p - f + last, s) - p
    x = np.arange(n)[:, None]
    return ((starts <= x) & (x < starts + f)).sum(axis=1)


def _with_negative_indices(n, f, s, p):
    counts = np.zeros(n)
    for start in range(-p, n + p - f + 1, s):
        for x in range(start, min(start + f, n)):
            counts[x] += 1
    return counts


times_used = Function(
    "9.2",
    "how many windows contain each pixel",
    _times_used,
    ("n", "f", "s", "p"),
    (
        (6, 3, 1, 0),
        (6, 3, 1, 2),
        (10, 3, 2, 1),
        (9, 2, 4, 0),
        (5, 5, 1, 0),
        (7, 4, 3, 5),
        (7, 3, 2, 0),  # rounding (n - f + 1) / s down would lose a window
    ),
    any_vector=True,
    remarks={
        "the padding is not counted": lambda n, f, s, p: _times_used(n + 2 * p, f, s, 0),
        "a window begins at n + 2p - f, too": lambda *case: _times_used(*case, last=0),
        "a negative index is counted from the end": _with_negative_indices,
    },
)

same_for_four = Property(
    "9.3",
    "two whole numbers of zeros that keep the size for f = 4",
    lambda zeros: bool(
        zeros.size == 2
        and zeros.sum() == 3
        and (zeros >= 0).all()
        and np.array_equal(zeros, zeros.round())
    ),
)


def _least_padding(n, f, s, n_o):
    for p in range(n_o * s + f):
        if n + 2 * p >= f and (n + 2 * p - f) // s + 1 == n_o:
            return p
    return -1


least_padding = Function(
    "9.3",
    "the least padding, or -1",
    _least_padding,
    ("n", "f", "s", "n_o"),
    (
        (224, 7, 2, 112),
        (8, 3, 1, 8),
        (8, 4, 1, 8),  # no padding: it would have to be 1.5
        (10, 3, 2, 4),
        (12, 3, 2, 3),  # too small an output: a negative padding would do
        (10, 3, 4, 2),  # half of s (n_o - 1) + f - n is below -1, and no padding fits
        (9, 2, 4, 3),
        (3, 8, 5, 1),  # the kernel is larger than the image
        (5, 3, 3, 4),
        (7, 2, 1, 7),
    ),
    remarks={
        "the padding stands at both ends: n grows by 2p": lambda n, f, s, n_o: max(
            s * (n_o - 1) + f - n, 0
        ),
    },
)


def _is_local(W):
    pixels, outputs = np.nonzero(W)
    beside = pixels - outputs
    return bool(((beside >= 0) & (beside <= W.shape[0] - W.shape[1])).all())


def _shares(W):
    return np.array_equal(W[1:, 1:], W[:-1, :-1])


def _is_convolution(W):
    return _is_local(W) and _shares(W)


def _shifted(kernel, n_o):
    """The matrix of a convolution in one direction."""
    W = np.zeros((len(kernel) + n_o - 1, n_o))
    for q in range(n_o):
        W[q : q + len(kernel), q] = kernel
    return W


def _with(W, pixel, output, weight):
    W[pixel, output] = weight
    return W


is_convolution = Function(
    "9.4", "True for the matrix of a convolution, else False", _is_convolution, ("W",),
    (
        (_shifted([1, 0, -1], 6),),
        (np.ones((5, 3)),),  # equal diagonals, and each output depends on all pixels
        (_with(_shifted([2, 1], 3), 3, 2, 5),),  # in the last window another weight
        (_shifted([0, 3], 4),),
        (_with(_shifted([1, 4, 2], 3), 4, 0, 3),),  # a weight far from its window
        (_shifted([3, 1, 2], 3)[:, ::-1],),
        (_shifted([1, 2, 3], 1),),
        (np.array([[1.0, 0.0], [2.0, 3.0], [3.0, 2.0], [0.0, 1.0]]),),  # the same sums
        (_with(_shifted([1, 2, 3], 3), 0, 2, -4),),
    ),
    kept=("W",),
    remarks={
        "local, but are the weights shared?": _is_local,
        "shared, but is each output local?": _shares,
    },
)  # fmt: skip


def _matrix_of(K, n):
    side = n - len(K) + 1
    M = np.zeros((n, n, side, side))
    for r, q in np.ndindex(side, side):
        M[r : r + len(K), q : q + len(K), r, q] = K
    return M.reshape(n**2, side**2)


matrix_of = Function(
    "9.4", "the matrix of the convolution", _matrix_of, ("K", "n"),
    ((np.array([[1.0, 2.0], [3.0, 4.0]]), 3), (_table(3, 3), 5), (_table(2, 2), 5)),
    remarks={
        "a row for each pixel, a column for each position": lambda K, n: _matrix_of(K, n).T,
        "the kernel is not flipped": lambda K, n: _matrix_of(K[::-1, ::-1], n),
        "u counts rows, and v columns": lambda K, n: _matrix_of(K.T, n),
    },
)  # fmt: skip

layers_and_weights = Value(
    "9.5", "the layers, and the weights of their kernels", [3.0, 27.0], tolerance=1e-9
)


def _receptive_field(layers):
    width, distance = 1, 1
    for f, s, d in layers:
        width, distance = width + d * (f - 1) * distance, distance * s
    return width


def _product_of_all(layers):
    width, distance = 1, 1
    for f, s, d in layers:
        distance *= s
        width += d * (f - 1) * distance
    return width


receptive_field = Function(
    "9.5",
    "the width of the receptive field",
    _receptive_field,
    ("layers",),
    (
        ([(3, 1, 1), (3, 1, 1)],),
        ([(7, 2, 1), (3, 2, 1), (3, 1, 1)],),  # each of the known errors gives another number
        ([(3, 2, 1), (3, 1, 1)],),
        ([(3, 1, 1), (3, 1, 2), (3, 1, 4)],),
        ([(2, 3, 1), (5, 2, 3), (1, 2, 1), (3, 1, 2)],),
        ([(4, 3, 2)],),
    ),
    kept=("layers",),
    remarks={
        "a stride acts on the layers behind it, not on its own": _product_of_all,
        "the dilation of a layer widens its kernel": lambda layers: _receptive_field(
            [(f, s, 1) for f, s, d in layers]
        ),
        "the stride of a layer acts on all that follow": lambda layers: _receptive_field(
            [(f, 1, d) for f, s, d in layers]
        ),
        "the first layer is the one next to the image": lambda layers: _receptive_field(
            layers[::-1]
        ),
        "f weights that lie d apart cover d (f - 1) + 1": lambda layers: _receptive_field(
            [(d * f, s, 1) for f, s, d in layers]
        ),
    },
)


def _sees_specks_only(K):
    if K.size != 9:
        return "a 3 x 3 kernel has nine numbers"
    K = K.reshape(3, 3)
    small = 1e-6 * np.abs(K).max()
    if np.abs(K.sum(axis=0)).max() > small:
        return "its output is not 0 where all rows are alike: its columns should add up to 0"
    if np.abs(K.sum(axis=1)).max() > small:
        return "its output is not 0 where all columns are alike: its rows should add up to 0"
    return abs(K[1, 1]) > small or "its output at the speck is 0"


speck_kernel = Property(
    "9.6",
    "a 3 x 3 kernel whose output is 0 where all rows or all columns are alike, and not at a speck",
    _sees_specks_only,
)

# small enough for a verdict to show all of it
_small = np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0], [1.0, 2.0, 1.0]])
# only the last pixel is bright, and the first results must not know about it
_far_corner = np.zeros((3, 4))
_far_corner[2, 3] = 1.0

planted = Function(
    "9.7", "the cross-correlation", correlate2d, ("X", "K", "s", "p"),
    (
        (_small, np.array([[1.0, 2.0], [0.0, 1.0]]), 1, 1),
        (_far_corner, np.array([[5.0, 0.0], [0.0, 1.0]]), 1, 1),
        (_table(4, 5), _table(3, 2), 1, 0), (_table(5, 5), _table(3, 3), 2, 1),
        (_table(4, 6), _table(2, 3), 3, 2),
    ),
)  # fmt: skip
