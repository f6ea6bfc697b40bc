"""The graders of chapter 09 accept every right form of an answer and no wrong one."""

import math
from fractions import Fraction

import numpy as np
import pytest
from grader_tests import *  # noqa: F403

from nnbook import Conv2D, conv_output_size, correlate2d
from nnbook.exercises import convolution as ex


def raises(*_):
    raise ValueError("a mistake of the reader")


def reads_by_loop(n, f, s, p):
    counts = [0] * (n + 2 * p)
    for start in range(0, n + 2 * p - f + 1, s):
        for x in range(start, start + f):
            counts[x] += 1
    return counts[p : p + n]


def reads_by_question(n, f, s, p):
    last = n + 2 * p - f
    return [sum(x - f < t <= x for t in range(0, last + 1, s)) for x in range(p, p + n)]


def reads_by_windows(n, f, s, p):
    pixels = np.pad(np.arange(1, n + 1), p)
    seen = np.lib.stride_tricks.sliding_window_view(pixels, f)[::s]
    return np.bincount(seen.ravel(), minlength=n + 1)[1:][:, None]


def reads_of(places, n, f, s, p):
    """Count the reads of so many places, whether they fit or not."""
    starts = [k * s - p for k in range(places)]
    return [sum(start <= x < start + f for start in starts) for x in range(n)]


def matrix_by_loops(K, n):
    f, side = len(K), n - len(K) + 1
    M = [[0] * side**2 for _ in range(n**2)]
    for r in range(side):
        for q in range(side):
            for u in range(f):
                for v in range(f):
                    M[(r + u) * n + q + v][r * side + q] = K[u][v]
    return M


def matrix_by_dots(K, n):
    dots = np.eye(n**2).reshape(-1, n, n)
    return np.array([correlate2d(dot, K).ravel() for dot in dots])


def matrix_by_diagonals(K, n):
    side = n - len(K) + 1
    parts = [
        np.kron(np.eye(n, side, -u), np.eye(n, side, -v)) * K[u, v] for u, v in np.ndindex(K.shape)
    ]
    return sum(parts)


def matrix_forgetting_the_jump(K, n):
    """Number the places as if they were pixels."""
    f, side = len(K), n - len(K) + 1
    M = np.zeros((n**2, side**2))
    for place in range(side**2):
        for u, v in np.ndindex(f, f):
            M[(place + u * n + v) % n**2, place] = K[u, v]
    return M


def holes_by_sliding(n, f, s, p, d):
    pixels, t, places = [0] * (n + 2 * p), 0, 0
    while len(pixels[t : t + d * (f - 1) + 1 : d]) == f:
        t, places = t + s, places + 1
    return places


def sampled(X, K, s, p, *, inside=lambda y, x, h, w: 0 <= y < h and 0 <= x < w):
    (h, w), (fh, fw) = X.shape, K.shape
    Y = np.zeros(((h + 2 * p - fh) // s + 1, (w + 2 * p - fw) // s + 1))
    for i, j in np.ndindex(Y.shape):
        for u, v in np.ndindex(K.shape):
            y, x = i * s + u - p, j * s + v - p
            if inside(y, x, h, w):
                Y[i, j] += X[y, x] * K[u, v]
    return Y


def by_layer(X, K, s, p):
    layer = Conv2D(1, 1, K.shape, stride=s, padding=p, rng=0)
    layer.parameters["W"][:, :, 0, 0] = K
    return layer.forward(X[None, :, :, None])[0, :, :, 0]


def by_padding(X, K, s, p):
    return correlate2d(np.pad(X, p), K)[::s, ::s].tolist()


RIGHT = [
    (ex.misread, [[2, 3, 7], (2.0, 3.0, 7.0), np.array([[2], [3], [7]]), [[2, 3, 7]]]),
    (ex.filter_in_the_block, [
        "turned by half a circle",
        " Turned by half a circle ",
        "TURNED BY HALF A CIRCLE",
    ]),
    (ex.most_read, [[36, 4], (36.0, 4.0), np.array([[36], [4]])]),
    (ex.times_read, [
        reads_by_loop,
        reads_by_question,
        reads_by_windows,
        lambda n, f, s, p: reads_of((n + 2 * p - f) // s + 1, n, f, s, p),
        lambda n, f, s, p: reads_of(math.ceil((n + 2 * p - f + 1) / s), n, f, s, p),
    ]),
    (ex.pictures_right, [
        [18, 9, 6, 4, 3, 3],
        tuple(18 // s for s in range(1, 7)),
        np.array([[18.0], [9], [6], [4], [3], [3]]),
    ]),
    (ex.same_for_five_and_seven, [[2, 3], (2.0, 3.0), np.array([[2, 3]])]),
    (ex.same_for_four, [[1, 2], (2, 1), np.array([[0.0], [3.0]]), [3, 0], [Fraction(1), 2]]),
    (ex.seen_and_layers, [[13, 6], (13.0, 6.0), np.array([[13], [6]])]),
    (ex.entries_of_eight, [[2304, 216], (2304.0, 216.0), np.array([[36 * 64], [36 * 6]])]),
    (ex.matrix_of, [matrix_by_loops, matrix_by_dots, matrix_by_diagonals]),
    (ex.places_with_holes, [
        holes_by_sliding,
        lambda n, f, s, p, d: conv_output_size(n, d * (f - 1) + 1, s, p),
        lambda n, f, s, p, d: [math.ceil((n + 2 * p - d * (f - 1)) / s)],
        lambda n, f, s, p, d: np.floor((n + 2 * p - d * (f - 1) - 1) / s) + 1,
    ]),
    (ex.dot_filter, [
        [[1, -2, 1], [-2, 4, -2], [1, -2, 1]],
        np.array([[0.0, -2, 2], [0, 4, -4], [0, -2, 2]]),
        [[1, -1, 0], [-1, 1, 0], [0, 0, 0]],
        [0, 0, 0, 0, 0.3, -0.3, 0, -0.3, 0.3],
        np.outer([1, -3, 2], [0.5, 0.25, -0.75]) / 7,
    ]),
    (ex.planted, [sampled, by_layer, by_padding, correlate2d]),
]  # fmt: skip

WRONG = [
    (ex.misread, [
        [1, 2, 7],  # counted from 0
        [3, 2, 7],  # row and column exchanged
        [2, 3, 6],  # the error, not the value
        [2, 3, 1],  # as it is printed
        [2, 3, -5],
        [2, 3],
        [2, 3, math.nan],
        "2, 3, 7",
        7,
        object(),
    ]),
    (ex.filter_in_the_block, ["as it is", "transposed", "flipped", "", 180, ["turned"], object()]),
    (ex.most_read, [
        [36, 36],
        [64, 36],  # all places
        [6, 2],  # in one direction
        [4, 36],
        [36],
        [36, math.nan],
        "36, 4",
        36,
        object(),
    ]),
    (ex.times_read, [
        lambda n, f, s, p: reads_of((n + 2 * p - f + 1) // s, n, f, s, p),  # the rival
        lambda n, f, s, p: reads_of((n + 2 * p - f) // s, n, f, s, p),  # no first post
        lambda n, f, s, p: reads_of((n + 2 * p - f) // s + 2, n, f, s, p),
        lambda n, f, s, p: reads_by_loop(n, f, 1, p),
        lambda n, f, s, p: reads_by_loop(n, f, s, 0),
        lambda n, f, s, p: reads_by_loop(n + 2 * p, f, s, 0),  # the frame as well
        lambda n, f, s, p: [min(i + 1, f, n - i) for i in range(n)],
        lambda n, f, s, p: [f] * n,
        lambda n, f, s, p: np.outer(*[reads_by_loop(n, f, s, p)] * 2),
        lambda n, f, s, p: sum(reads_by_loop(n, f, s, p)),
        lambda n, f, s, p: [math.nan] * n,
        lambda n, f, s, p: "1, 2, 3",
        lambda n, f: [1] * n,
        raises,
        [1, 2, 3, 3, 2, 1],
    ]),
    (ex.pictures_right, [
        [18] * 6,
        [20, 10, 6, 5, 4, 3],  # n itself instead of n - 2
        [17, 8, 5, 4, 3, 2],  # n - 3
        [0, 9, 12, 14, 15, 15],  # where it is wrong
        [18, 9, 6, 4.5, 3.6, 3],
        [9, 6, 4, 3, 3],
        [18, 9, 6, 4, 3, math.nan],
        "18, 9, 6, 4, 3, 3",
        43,
        object(),
    ]),
    (ex.same_for_five_and_seven, [
        [4, 6],  # both ends together
        [2.5, 3.5],
        [3, 2],
        [2, 2],
        2,
        [2, math.nan],
        "2, 3",
        object(),
    ]),
    (ex.same_for_four, [
        [1.5, 1.5],
        [1, 1],
        [2, 2],
        [-1, 4],
        3,
        [3],
        [1, 1, 1],
        [1, math.nan],
        [math.inf, 3],
        "1, 2",
        object(),
    ]),
    (ex.seen_and_layers, [
        [15, 7],  # f for every layer
        [13, 12],  # the pixels that are added
        [12, 6],  # without the first pixel
        [6, 13],
        [13, 5],
        [13],
        [13, math.nan],
        "13, 6",
        object(),
    ]),
    (ex.entries_of_eight, [
        [2304, 324],  # nine a row
        [576, 96],  # of the 6 x 6 picture
        [216, 2304],
        [4096, 384],
        [2304],
        [2304, math.nan],
        "2304, 216",
        object(),
    ]),
    (ex.matrix_of, [
        lambda K, n: matrix_by_loops(K[::-1, ::-1], n),  # the mathematician's
        lambda K, n: matrix_by_loops(K.T, n),
        lambda K, n: np.transpose(matrix_by_loops(K, n)),
        matrix_forgetting_the_jump,
        lambda K, n: np.array(matrix_by_loops(K, n)).reshape(-1, n, n),
        lambda K, n: np.ravel(matrix_by_loops(K, n)),
        lambda K, n: np.abs(matrix_by_loops(K, n)) + 1,
        lambda K, n: matrix_by_loops(K, n + 1),
        lambda K, n: np.full_like(matrix_by_dots(K, n), math.nan),
        lambda K, n: "a matrix",
        lambda K: K,
        raises,
        np.zeros((4, 9)),
    ]),
    (ex.places_with_holes, [
        lambda n, f, s, p, d: (n + 2 * p - f) // s + 1,  # no holes
        lambda n, f, s, p, d: (n + 2 * p - d * f) // s + 1,  # one gap too many
        lambda n, f, s, p, d: (n + 2 * p - d * (f - 1)) // s + 1,
        lambda n, f, s, p, d: (n + 2 * p - d * (f - 1)) // s,  # the rival
        lambda n, f, s, p, d: (n + p - d * (f - 1) - 1) // s + 1,
        lambda n, f, s, p, d: (n + 2 * p - d * (f - 1) - 1) / s + 1,  # not rounded
        lambda n, f, s, p, d: math.ceil((n + 2 * p - d * (f - 1) - 1) / s) + 1,
        lambda n, f, s, p, d: (n + 2 * p - (d + 1) * (f - 1) - 1) // s + 1,  # d pixels between
        lambda n, f, s, p, d: math.nan,
        lambda n, f, s, p, d: "6",
        lambda n: n,
        raises,
        6,
    ]),
    (ex.dot_filter, [
        [[1, 0, -1], [1, 0, -1], [1, 0, -1]],  # an edge filter
        [[0, 1, 0], [1, -4, 1], [0, 1, 0]],  # answers to lines
        [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        [[0, 0, 0], [1, -2, 1], [0, 0, 0]],  # to rows that are alike
        [[0, 1, 0], [0, -2, 0], [0, 1, 0]],  # to columns that are
        [[1, -2, 1], [-2, -4, -2], [1, -2, 1]],  # a sign lost
        [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],  # sees no dot in the middle
        [[0, 0, 0], [-1, 1, 0], [0, 0, 0]],  # flat only
        [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        np.zeros((3, 3)),
        np.ones((3, 3)),
        [1, -2, 1],
        np.zeros((5, 5)),
        [[0, 1, 0], [1, math.nan, 1], [0, 1, 0]],
        "a Laplacian",
        4,
        object(),
    ]),
    (ex.planted, [
        lambda X, K, s, p: sampled(X, K, s, p, inside=lambda y, x, h, w: y < h and x < w),
        lambda X, K, s, p: sampled(X, K, s, p, inside=lambda y, x, h, w: 0 <= y < h and x < w),
        lambda X, K, s, p: sampled(X, K, s, p, inside=lambda y, x, h, w: y < h and 0 <= x < w),
        lambda X, K, s, p: sampled(X, K, s, p, inside=lambda y, x, h, w: 0 < y < h and 0 < x < w),
        lambda X, K, s, p: correlate2d(np.pad(X, p, mode="edge"), K, s),
        lambda X, K, s, p: correlate2d(np.pad(X, p, mode="wrap"), K, s),
        lambda X, K, s, p: correlate2d(X, K[::-1, ::-1], s, p),
        lambda X, K, s, p: correlate2d(X, K, 1, p),
        lambda X, K, s, p: correlate2d(X, K, s, p)[:-1],
        lambda X, K, s, p: correlate2d(X, K, s, p).T,
        lambda X, K, s, p: correlate2d(X, K, s),
        lambda X, K, s, p: X * math.nan,
        lambda X, K, s, p: "Y",
        lambda X: X,
        raises,
        np.zeros((4, 5)),
    ]),
]  # fmt: skip


def test_every_filter_of_small_whole_numbers_is_judged_as_it_answers():
    rows_alike = [np.tile(row, (3, 1)) for row in np.eye(3)]
    pictures = [*rows_alike, *np.transpose(rows_alike, (0, 2, 1))]
    dot = np.zeros((3, 3))
    dot[1, 1] = 1
    found = 0
    for a, b, c, d, wrong in np.random.default_rng(0).integers(-1, 2, (3000, 5)):
        # nearly every one has rows and columns that add up to 0, or a right one would hardly be drawn
        K = np.outer([a, b, -a - b], [c, d, -c - d])
        K[a, c] += wrong * (b == d)
        answers = [correlate2d(picture, K).item() for picture in (*pictures, dot)]
        works = not any(answers[:-1]) and answers[-1] != 0
        assert (ex.dot_filter.complaint(K) is None) == works
        found += works
    assert 0 < found < 3000


@pytest.mark.parametrize("n", range(1, 9))
def test_the_reads_of_a_direction_add_up_to_the_pixels_in_all_windows(n):
    for f, s in np.ndindex(n, 4):
        counts = ex.times_read.reference(n, f + 1, s + 1, 0)
        assert counts.sum() == conv_output_size(n, f + 1, s + 1) * (f + 1)
        assert counts.tolist() == reads_by_loop(n, f + 1, s + 1, 0)
