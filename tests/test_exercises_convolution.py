"""Answers to the exercises of chapter 09."""

import math
from fractions import Fraction

import numpy as np
import pytest
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

from nnbook import conv_output_size, correlate2d
from nnbook.exercises import convolution as ex


def reads(n, f, s, p):
    starts = [k * s - p for k in range((n + 2 * p - f) // s + 1)]
    return [sum(start <= x < start + f for start in starts) for x in range(n)]


def matrix(K, n):
    f, side = len(K), n - len(K) + 1
    M = np.zeros((n**2, side**2))
    for r, q in np.ndindex(side, side):
        for u, v in np.ndindex(f, f):
            M[(r + u) * n + q + v, r * side + q] = K[u, v]
    return M


def matrix_by_dots(K, n):
    dots = np.eye(n**2).reshape(-1, n, n)
    return np.array([correlate2d(dot, K).ravel() for dot in dots])


def matrix_forgetting_the_jump(K, n):
    """Number the positions as if they were pixels."""
    f, side = len(K), n - len(K) + 1
    M = np.zeros((n**2, side**2))
    for position in range(side**2):
        for u, v in np.ndindex(f, f):
            M[(position + u * n + v) % n**2, position] = K[u, v]
    return M


def local(W):
    return all(W[i, q] == 0 or 0 <= i - q <= len(W) - len(W.T) for i, q in np.ndindex(W.shape))


def shared(W):
    return all(W[i, q] == W[i - 1, q - 1] for i, q in np.argwhere(np.ones(W.shape)) if i and q)


def shared_and_local(W):
    return local(W) and shared(W)


def moves_along(W):
    """Move each pixel to the right and see where the output is."""
    n, n_o = W.shape
    kernel = W[: n - n_o + 1, 0]
    dots = np.eye(n)
    outputs = [np.convolve(dot, kernel[::-1], "valid") for dot in dots]
    return bool((dots @ W == outputs).all())


def counted_from_the_end(n, f, s, p):
    counts = [0] * n
    for start in range(-p, n + p - f + 1, s):
        for x in range(start, start + f):
            if x < n:
                counts[x] += 1
    return counts


def padding_tried(n, f, s, n_o):
    for p in range(50):
        if n + 2 * p >= f and len(range(0, n + 2 * p - f + 1, s)) == n_o:
            return p
    return -1


def padding_solved(n, f, s, n_o):
    p = max(math.ceil((s * (n_o - 1) + f - n) / 2), 0)
    fits = s * (n_o - 1) <= n + 2 * p - f < s * n_o
    return p if fits else -1


def field_forward(layers):
    width, distance = 1, 1
    for f, s, d in layers:
        width += d * (f - 1) * distance
        distance *= s
    return width


def field_backward(layers):
    width = 1
    for f, s, d in reversed(layers):
        width = s * (width - 1) + d * (f - 1) + 1
    return width


def sampled(X, K, s, p):
    (h, w), (fh, fw) = X.shape, K.shape
    Y = np.zeros(((h + 2 * p - fh) // s + 1, (w + 2 * p - fw) // s + 1))
    for i, j in np.ndindex(Y.shape):
        for u, v in np.ndindex(K.shape):
            y, x = i * s + u - p, j * s + v - p
            if 0 <= y < h and 0 <= x < w:
                Y[i, j] += X[y, x] * K[u, v]
    return Y


ANSWERS = [
    (ex.misread, [[1, 2, 7]],
     [Says("counted from 0", [2, 3, 7]), Says("row comes first", [2, 1, 7]), Says("not the error", [1, 2, 6]),
      [1, 2, 1], [1, 2, -5]]),  # as it is printed
    (ex.kernel_in_the_block, ["flipped in both directions"], ["flipped", 180, ["rotated"]]),
    (ex.most_used, [[36, 4]], [[36, 36], [64, 36], [6, 2]]),  # all positions, in one direction
    (ex.times_used, [reads, lambda *case: np.array(reads(*case))[:, None]],
     [*variants(reads, "f) // s + 1 -> f + 1) // s", "// s + 1 -> // s", "// s + 1 -> // s + 2", "k * s - p -> k - p", "- p for -> for"),
      lambda n, f, s, p: reads(n, f, 1, p), lambda n, f, s, p: reads(n, f, s, 0),
      Says("padding is not counted", lambda n, f, s, p: reads(n + 2 * p, f, s, 0)),
      Says("n + 2p - f, too", lambda n, f, s, p: reads(n + 2 * p - 1, f, s, 0)[p : p + n] + [0] * (n - len(reads(n + 2 * p - 1, f, s, 0)[p : p + n]))),
      Says("from the end", counted_from_the_end),
      lambda n, f, s, p: [min(i + 1, f, n - i) for i in range(n)],
      lambda n, f, s, p: [f] * n, lambda *case: np.outer(reads(*case), reads(*case)), lambda *case: sum(reads(*case))]),
    (ex.same_for_four, [[1, 2], [3, 0], [Fraction(1), 2]], [[1.5, 1.5], [1, 1], [2, 2], [-1, 4], 3, [3], [1, 1, 1]]),
    (ex.least_padding, [padding_tried, padding_solved],
     [*variants(padding_tried, "2 * p -> p", "f + 1 -> f", "return -1 -> return 0", "range(50) -> range(1, 50)", "return p -> return float(p) / 2"),
      *variants(padding_solved, "math.ceil -> math.floor", "p if fits else -1 -> p", ", 0) -> , -9)", "if fits -> if fits and s * (n_o - 1) + f - n > -2", "(n_o - 1) + f -> n_o + f"),
      lambda n, f, s, n_o: (f - 1) / 2, Says("both ends", lambda n, f, s, n_o: max(s * (n_o - 1) + f - n, 0))]),
    (ex.is_convolution, [shared_and_local, moves_along],
     [Says("shared?", lambda W: local(W)), Says("local?", lambda W: shared(W)), lambda W: True, lambda W: False, lambda W: W,
      lambda W: shared(W.T[::-1]), lambda W: len(np.unique(W[W != 0])) <= len(W) - len(W.T) + 1,
      lambda W: np.count_nonzero(W) % len(W.T) == 0, lambda W: local(W) and shared(W[:3, :3]),
      lambda W: local(W) and len(set(W.sum(axis=0))) == 1]),
    (ex.matrix_of, [matrix, matrix_by_dots],
     [Says("not flipped", lambda K, n: matrix(K[::-1, ::-1], n)), Says("a row for each pixel", lambda K, n: matrix(K, n).T),
      Says("u counts rows", lambda K, n: matrix(K.T, n)), matrix_forgetting_the_jump, lambda K, n: matrix(K, n).reshape(-1, n, n),
      lambda K, n: matrix(K, n).ravel(), lambda K, n: matrix(K, n + 1), lambda K, n: K]),
    (ex.layers_and_weights, [[3, 27]], [[3, 49], [7, 63], [2, 18], [3, 9]]),  # one layer each; 5 x 5
    (ex.receptive_field, [field_forward, field_backward],
     [*variants(field_forward, "d * (f - 1) * distance -> d * f * distance", "distance *= s -> distance += s", "width, distance = 1, 1 -> width, distance = 0, 1", "d * (f - 1) * distance -> (f - 1) * distance", "distance *= s -> distance *= d"),
      *variants(field_backward, "s * (width - 1) -> width - 1", "s * (width - 1) + d * (f - 1) + 1 -> s * width + d * (f - 1)"),
      Says("next to the image", lambda layers: field_forward(layers[::-1])), Says("all that follow", lambda layers: 1 + sum(d * (f - 1) for f, s, d in layers)),
      Says("cover", lambda layers: field_forward([(d * f, s, 1) for f, s, d in layers])),
      Says("behind it", lambda layers: field_forward([(1, s, 1) for f, s, d in layers]) + sum(d * (f - 1) * math.prod(s for f, s, d in layers[:i + 1]) for i, (f, s, d) in enumerate(layers))),
      lambda layers: sum(f for f, s, d in layers), lambda layers: layers.reverse() or field_backward(layers)]),
    (ex.speck_kernel, [
        [[1, -2, 1], [-2, 4, -2], [1, -2, 1]], [[0, -2, 2], [0, 4, -4], [0, -2, 2]], [[1, -1, 0], [-1, 1, 0], [0, 0, 0]],
        [0, 0, 0, 0, 0.3, -0.3, 0, -0.3, 0.3], np.outer([1, -3, 2], [0.5, 0.25, -0.75]) / 7,
     ], [[[1, 0, -1], [1, 0, -1], [1, 0, -1]],  # an edge filter
         [[0, 1, 0], [1, -4, 1], [0, 1, 0]], [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],  # a response to lines
         [[0, 0, 0], [1, -2, 1], [0, 0, 0]], [[0, 1, 0], [0, -2, 0], [0, 1, 0]],  # where all rows are alike; all columns
         [[1, -2, 1], [-2, -4, -2], [1, -2, 1]],  # a sign lost
         [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],  # sees no speck in the middle
         [[0, 0, 0], [-1, 1, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
         np.zeros((3, 3)), np.ones((3, 3)), [1, -2, 1], np.zeros((5, 5)), 4]),
    (ex.planted, [sampled, correlate2d],
     [*variants(sampled, "0 <= y < h and 0 <= x < w -> y < h and x < w", "0 <= x -> x", "0 <= y -> y", "0 <= -> 0 <", "K[u, v] -> K[-1 - u, -1 - v]"),
      lambda X, K, s, p: correlate2d(np.pad(X, p, mode="edge"), K, s), lambda X, K, s, p: correlate2d(np.pad(X, p, mode="wrap"), K, s),
      lambda X, K, s, p: correlate2d(X, K, 1, p), lambda X, K, s, p: correlate2d(X, K, s)]),
]  # fmt: skip


def test_every_kernel_of_small_whole_numbers_is_judged_by_its_outputs():
    rows_alike = [np.tile(row, (3, 1)) for row in np.eye(3)]
    images = [*rows_alike, *np.transpose(rows_alike, (0, 2, 1))]
    dot = np.zeros((3, 3))
    dot[1, 1] = 1
    found = 0
    for a, b, c, d, wrong in np.random.default_rng(0).integers(-1, 2, (3000, 5)):
        # nearly every one has rows and columns that add up to 0, or a right one would hardly be drawn
        K = np.outer([a, b, -a - b], [c, d, -c - d])
        K[a, c] += wrong * (b == d)
        outputs = [correlate2d(image, K).item() for image in (*images, dot)]
        works = not any(outputs[:-1]) and outputs[-1] != 0
        assert (ex.speck_kernel.complaint(K) is None) == works
        found += works
    assert 0 < found < 3000


@pytest.mark.parametrize("n", range(1, 9))
def test_the_counts_of_a_direction_add_up_to_the_pixels_in_all_windows(n):
    for f, s in np.ndindex(n, 4):
        counts = ex.times_used.reference(n, f + 1, s + 1, 0)
        assert counts.sum() == conv_output_size(n, f + 1, s + 1) * (f + 1)
        assert counts.tolist() == reads(n, f + 1, s + 1, 0)
