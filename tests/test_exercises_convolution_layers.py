"""The graders of chapter 10 accept every right form of an answer and no wrong one."""

import math
from fractions import Fraction

import numpy as np
from grader_tests import *  # noqa: F403

import nnbook as nn
from nnbook.exercises import convolution_layers as ex


def raises(*_):
    raise ValueError("a mistake of the reader")


# --- whom does it feed -----------------------------------------------------------------------


def feeds_by_places(r, n, f, s, p):
    i = np.arange(nn.conv_output_size(n, f, s, p))
    u = r + p - s * i
    return np.flatnonzero((u >= 0) & (u < f))


def feeds_by_windows(r, n, f, s, p):
    padded = [None] * p + list(range(n)) + [None] * p
    starts = range(0, len(padded) - f + 1, s)
    return [i for i, start in enumerate(starts) if r in padded[start : start + f]]


def feeds_by_bounds(r, n, f, s, p):
    first = max(0, math.ceil((r + p - f + 1) / s))
    last = min((n + 2 * p - f) // s, (r + p) // s)
    return range(first, last + 1)


def feeds_before_the_first(r, n, f, s, p):
    first = math.ceil((r + p - f + 1) / s)  # without max(0, ...)
    last = min((n + 2 * p - f) // s, (r + p) // s)
    return range(first, last + 1)


def feeds_by_nudge(r, n, f, s, p):
    layer = nn.Conv2D(1, 1, (1, f), stride=(1, s), padding=(0, p), rng=0)
    layer.parameters["W"][:] = 1
    pixel = np.eye(n)[r][None, None, :, None]
    return np.flatnonzero(layer.forward(pixel)).tolist()


def feeds_by_filter(r, n, f, s, p):
    """Ask each place of the filter: the outputs come out last first."""
    found = []
    for u in range(f):
        i, rest = divmod(r + p - u, s)
        if rest == 0 and 0 <= i <= (n + 2 * p - f) // s:
            found.append(i)
    return found


# --- the flat filter -------------------------------------------------------------------------


def flat_by_layer(X, F, dZ, s):
    """Each channel is a picture of its own."""
    layer = nn.Conv2D(1, 1, F.shape, stride=s, rng=0)
    layer.parameters["W"][:, :, 0, 0] = F
    layer.forward(np.moveaxis(X, 2, 0)[..., None])
    dX = layer.backward(np.moveaxis(dZ, 2, 0)[..., None])
    return np.moveaxis(dX[..., 0], 0, 2), layer.gradients["W"][:, :, 0, 0], layer.gradients["b"]


def flat_by_nudges(X, F, dZ, s):
    def price(X, F, b):
        maps = [nn.correlate2d(X[:, :, d], F, stride=s) for d in range(X.shape[2])]
        return np.sum(dZ * (np.stack(maps, axis=2) + b))

    return (
        nn.numerical_gradient(lambda X: price(X, F, 0.0), X),
        nn.numerical_gradient(lambda F: price(X, F, 0.0), F),
        nn.numerical_gradient(lambda b: price(X, F, b), 0.0),
    )


def flat_by_places(X, F, dZ, s):
    dX, dF = np.zeros_like(X), np.zeros_like(F)
    h, w, _ = dZ.shape
    for u, v in np.ndindex(F.shape):
        seen = np.s_[u : u + (h - 1) * s + 1 : s, v : v + (w - 1) * s + 1 : s]
        dX[seen] += dZ * F[u, v]
        dF[u, v] = (dZ * X[seen]).sum()
    return [dX, dF.tolist(), [dZ.sum()]]


def flat(X, F, dZ, s, *, stride=True, flip=False, add=True):
    dX, dF = np.zeros(X.shape), np.zeros(F.shape)
    step = s if stride else 1
    W = F[::-1, ::-1] if flip else F
    for i, j, d in np.ndindex(dZ.shape):
        window = np.s_[i * step : i * step + F.shape[0], j * step : j * step + F.shape[1], d]
        dX[window] = dZ[i, j, d] * W + (dX[window] if add else 0)
        dF += dZ[i, j, d] * X[window]
    return dX, dF, dZ.sum()


def flat_changed(which, change):
    def answer(X, F, dZ, s):
        results = list(flat(X, F, dZ, s))
        results[which] = change(results[which])
        return results

    return answer


# --- max pooling -----------------------------------------------------------------------------


def fair_by_list(X, dY, f, s):
    dX = [[0.0] * X.shape[1] for _ in range(X.shape[0])]
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            pixels = [(i * s + u, j * s + v) for u in range(f) for v in range(f)]
            top = max(X[p] for p in pixels)
            best = [p for p in pixels if X[p] == top]
            for r, c in best:
                dX[r][c] += dY[i, j] / len(best)
    return dX


def fair_by_windows(X, dY, f, s):
    windows = np.lib.stride_tricks.sliding_window_view(X, (f, f))[::s, ::s]
    marks = windows == windows.max(axis=(2, 3), keepdims=True)
    shares = dY[:, :, None, None] * marks / marks.sum(axis=(2, 3), keepdims=True)
    dX = np.zeros_like(X)
    for i, j, u, v in np.ndindex(shares.shape):
        dX[i * s + u, j * s + v] += shares[i, j, u, v]
    return dX


def fair_by_pixels(X, dY, f, s):
    """Ask each pixel which windows it leads, and with how many others."""
    dX = np.zeros(X.shape)
    for (r, c), value in np.ndenumerate(X):
        for i, j in np.ndindex(dY.shape):
            window = X[i * s : i * s + f, j * s : j * s + f]
            if 0 <= r - i * s < f and 0 <= c - j * s < f and value == window.max():
                dX[r, c] += dY[i, j] / np.count_nonzero(window == value)
    return dX


def by_first(X, dY, f, s):
    layer = nn.MaxPool2D(f, stride=s)
    layer.forward(X[None, :, :, None])
    return layer.backward(dY[None, :, :, None])[0, :, :, 0]


def to_all(X, dY, f, s):
    dX = np.zeros(X.shape)
    for i, j in np.ndindex(dY.shape):
        window = np.s_[i * s : i * s + f, j * s : j * s + f]
        dX[window] += dY[i, j] * (X[window] == X[window].max())
    return dX


def overwritten(X, dY, f, s):
    dX = np.zeros(X.shape)
    for i, j in np.ndindex(dY.shape):
        window = np.s_[i * s : i * s + f, j * s : j * s + f]
        largest = X[window] == X[window].max()
        dX[window] = dY[i, j] * largest / largest.sum()
    return dX


def by_average(X, dY, f, s):
    layer = nn.AvgPool2D(f, stride=s)
    layer.forward(X[None, :, :, None])
    return layer.backward(dY[None, :, :, None])[0, :, :, 0]


def unnoticed_by_loop(n, f):
    return sum(c // f == (c + 1) // f for _ in range(n) for c in range(n - 1))


def unnoticed_by_layer(n, f):
    pool = nn.MaxPool2D(f)
    maps = pool.forward(np.eye(n * n).reshape(n * n, n, n, 1)).reshape(n, n, -1)
    return (maps[:, 1:] == maps[:, :-1]).all(axis=2).sum()


# --- the planted bug -------------------------------------------------------------------------


def mended_by_layer(X, W, dZ, s):
    layer = nn.Conv2D(1, 1, W.shape, stride=s, rng=0)
    layer.parameters["W"][:, :, 0, 0] = W
    layer.forward(X[None, :, :, None])
    dX = layer.backward(dZ[None, :, :, None])
    return dX[0, :, :, 0], layer.gradients["W"][:, :, 0, 0]


def mended_by_places(X, W, dZ, s):
    dX, dW, _ = flat_by_places(X[:, :, None], W, dZ[:, :, None], s)
    return dX[:, :, 0].tolist(), dW


def mended(X, W, dZ, s, **mistakes):
    dX, dW, _ = flat(X[:, :, None], W, dZ[:, :, None], s, **mistakes)
    return dX[:, :, 0], dW


def planted(X, W, dZ, s):
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    f_h, f_w = W.shape
    for i, j in np.ndindex(dZ.shape):
        dX[i * s : i * s + f_h, j : j + f_w] += dZ[i, j] * W
        dW += dZ[i, j] * X[i * s : i * s + f_h, j * s : j * s + f_w]
    return dX, dW


WINNERS = [[0, 1, 0, 0], [2, 0, 0, 2], [0, 1, 3, 0], [0, 0, 0, 0]]

RIGHT = [
    (ex.row_pixels, [
        [-1, -2, -2, 2, 2, 3],
        (-1.0, -2.0, -2.0, 2.0, 2.0, 3.0),
        np.array([[-1], [-2], [-2], [2], [2], [3]]),
        np.array([[[[-1], [-2], [-2], [2], [2], [3]]]]),
    ]),
    (ex.row_weights, [[6, -4, -3, -5], np.array([[6.0, -4.0, -3.0, -5.0]]), (6, -4, -3, -5)]),
    (ex.row_bias, [2, 2.0, [2], np.array([[2]]), Fraction(2)]),
    (ex.feeds, [
        feeds_by_places,
        feeds_by_windows,
        feeds_by_bounds,
        feeds_by_nudge,
        feeds_by_filter,
        lambda *sizes: set(feeds_by_filter(*sizes)),
        lambda *sizes: frozenset(feeds_by_windows(*sizes)),
        lambda *sizes: tuple(map(float, feeds_by_filter(*sizes))),
        lambda *sizes: feeds_by_places(*sizes)[:, None],
    ]),
    (ex.unread, [9, 9.0, [9], np.int64(9)]),
    (ex.flat_backward, [flat_by_layer, flat_by_nudges, flat_by_places, flat]),
    (ex.winners, [
        WINNERS,
        np.array(WINNERS, float),
        tuple(map(tuple, WINNERS)),
        by_first(np.array([[8.0, 4, 2, 1], [9, 3, 2, 8], [1, 5, 7, 1], [2, 0, 3, 7]]), np.ones((3, 3)), 2, 1),
    ]),
    (ex.fair_backward, [fair_by_list, fair_by_windows, fair_by_pixels]),
    (ex.steps_and_unnoticed, [[132, 96], (132.0, 96.0), np.array([[132], [96]])]),
    (ex.with_overlap, [0, 0.0, [0], np.array([[0]])]),
    (ex.unnoticed_steps, [
        unnoticed_by_loop,
        unnoticed_by_layer,
        lambda n, f: [n * (n - 1) - n * (n / f - 1)],
        lambda n, f: n * (n // f) * (f - 1),
    ]),
    (ex.with_head, [[960690, 3920690], (960690.0, 3920690.0), np.array([[960690], [3920690]])]),
    (ex.with_stride, [[240390, 648270], (240390.0, 648270.0), np.array([[240390], [648270]])]),
    (ex.as_many, [2960, 2960.0, [80 * 37], np.array([[2960]])]),
    (ex.planted, [mended, mended_by_layer, mended_by_places]),
]  # fmt: skip

WRONG = [
    (ex.row_pixels, [
        [1, 2, 2, -2, -2, -3],
        [-1, 2, -2, 2, 6, 3],  # the last window to read a pixel wins
        [-1, -2, -2, 2, -4, 3],
        [2, 5, -2, 2, 3, 3],  # the padding forgotten
        [0, 0, -1, -2, -2, 2, 2, 3, -3, 6],  # the frame not cut off
        [-1, -2, -2, 2, 2],
        [-1, -2, -2, 2, 2, math.nan],
        "-1, -2, -2, 2, 2, 3",
        2,
        object(),
    ]),
    (ex.row_weights, [
        [-5, -3, -4, 6],
        [-6, 4, 3, 5],
        [6, -4, -3],
        [6, -4, -3, -5, 2],
        [6, 4, -3, -5],
        [6, -4, -3, math.inf],
        "6",
        object(),
    ]),
    (ex.row_bias, [-2, 6, 2 / 3, [1, -2, 3], math.nan, "2", object()]),
    (ex.feeds, [
        lambda r, n, f, s, p: [i + 1 for i in feeds_by_places(r, n, f, s, p)],
        lambda r, n, f, s, p: feeds_by_places(r, n + 2 * p, f, s, 0),  # the padding forgotten
        lambda r, n, f, s, p: feeds_by_places(r, n, f, 1, p),  # the stride forgotten
        lambda r, n, f, s, p: [i for i in range(n) if 0 <= r + p - s * i < f],  # not there
        lambda r, n, f, s, p: [i for i in feeds_by_places(r, n, f, s, p) if r + p - s * i < f - 1],
        feeds_before_the_first,
        lambda r, n, f, s, p: [r + p - s * i for i in feeds_by_places(r, n, f, s, p)],  # places
        lambda r, n, f, s, p: len(feeds_by_places(r, n, f, s, p)),
        lambda r, n, f, s, p: [],
        lambda *sizes: 2 * feeds_by_windows(*sizes),  # each one twice
        lambda r, n, f, s, p: [0 <= r + p - s * i < f for i in range((n + 2 * p - f) // s + 1)],
        lambda *sizes: {i + 1 for i in feeds_by_windows(*sizes)},
        lambda *sizes: [[0, 1], [2]],
        lambda *sizes: {"outputs": feeds_by_windows(*sizes)},
        lambda *sizes: {"0", "1"},
        lambda r, n, f, s, p: [math.nan] * len(feeds_by_places(r, n, f, s, p)),
        lambda r, n, f, s, p: "0 and 1",
        lambda r: [0],
        raises,
        [0, 1],
    ]),
    (ex.unread, [1, 0, 10, 16, 4, 5, 0.36, math.nan, "9", object()]),
    (ex.flat_backward, [
        lambda X, F, dZ, s: flat(X, F, dZ, s, stride=False),
        lambda X, F, dZ, s: flat(X, F, dZ, s, flip=True),
        lambda X, F, dZ, s: flat(X, F, dZ, s, add=False),
        flat_changed(0, lambda dX: np.repeat(dX.sum(axis=2, keepdims=True), dX.shape[2], axis=2)),
        flat_changed(0, lambda dX: -dX),
        flat_changed(1, lambda dF: dF / 2),
        flat_changed(1, lambda dF: dF[::-1]),
        flat_changed(1, lambda dF: dF.T),
        flat_changed(2, lambda db: db * math.nan),
        lambda X, F, dZ, s: (*flat(X, F, dZ, s)[:2], dZ.sum(axis=(0, 1))),  # one for each channel
        lambda X, F, dZ, s: (*flat(X, F, dZ, s)[:2], dZ.mean()),
        lambda X, F, dZ, s: flat(X, F, dZ, s)[:2],
        lambda X, F, dZ, s: flat(X, F, dZ, s)[::-1],
        lambda X, F, dZ, s: ("dX", "dF", "db"),
        lambda X, F: X,
        raises,
        object(),
    ]),
    (ex.winners, [
        [[0, 1, 0, 0], [2, 0, 0, 2], [0, 1, 2, 0], [0, 0, 0, 1]],  # the second 7
        [[0, 1, 0, 0], [2, 0, 0, 2], [0, 1, 2.5, 0], [0, 0, 0, 0.5]],  # shared
        [[0, 1, 0, 0], [2, 0, 0, 2], [0, 1, 3, 0], [0, 0, 0, 1]],  # both
        [[0, 1, 0, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 0, 0, 0]],  # = for +=
        [[0, 0, 0, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 0, 0, 0]],  # stride 2
        np.array(WINNERS).T,
        np.array(WINNERS).ravel(),
        [[9, 4, 8], [9, 7, 8], [5, 7, 7]],  # the outputs
        np.full((4, 4), math.nan),
        "the 7",
        object(),
    ]),
    (ex.fair_backward, [
        by_first,
        to_all,
        overwritten,
        by_average,
        lambda X, dY, f, s: -fair_by_windows(X, dY, f, s),
        lambda X, dY, f, s: fair_by_windows(X, dY, f, s)[:-1],
        lambda X, dY, f, s: fair_by_windows(X, np.ones_like(dY), f, s),
        lambda X, dY, f, s: dY,
        lambda X, dY, f, s: X * math.nan,
        lambda X, dY, f, s: "shared",
        lambda X, dY: X,
        raises,
        np.zeros((4, 4)),
    ]),
    (ex.steps_and_unnoticed, [
        [144, 96], [132, 88], [96, 132], [132, 36], [132, 0], [12, 8], 96, [132, math.nan],
        "132, 96", object(),
    ]),
    (ex.with_overlap, [8, 4, 12, 6, 1, [0, 0], math.nan, "0", object()]),
    (ex.unnoticed_steps, [
        lambda n, f: n * (n - 1),
        lambda n, f: (n - n // f) * (n - 1),
        lambda n, f: n - n // f,
        lambda n, f: n * (n - f),
        lambda n, f: n * (n // f - 1),  # the noticed ones
        lambda n, f: (n - n // f) / (n - 1),
        lambda n, f: math.nan,
        lambda n, f: "96",
        lambda n: 8,
        raises,
        96,
    ]),
    (ex.with_head, [
        [240390, 980390],  # with pooling
        [960410, 3920410],  # the filters forgotten
        [960680, 3920680],  # a bias forgotten
        [1000290, 4000290],  # the border forgotten
        [280, 280],
        [3920690, 960690],
        960690,
        [960690, math.nan],
        "960690, 3920690",
        object(),
    ]),
    (ex.with_stride, [
        [240390, 2593080],
        [960690, 648270],
        [240110, 648270],
        [240390, 24010],
        [240390, 888370],  # the products of the head as well
        [250380, 675000],
        [240390, math.nan],
        "240390",
        object(),
    ]),
    (ex.as_many, [2880, 185, 50, 400, 80, 2916, [2880, 80], math.nan, "2960", object()]),
    (ex.planted, [
        planted,
        lambda X, W, dZ, s: mended(X, W, dZ, s, stride=False),
        lambda X, W, dZ, s: mended(X, W, dZ, s, flip=True),
        lambda X, W, dZ, s: mended(X, W, dZ, s, add=False),
        lambda X, W, dZ, s: mended(X, W, dZ, s)[::-1],
        lambda X, W, dZ, s: mended(X, W, dZ, s)[0],
        lambda X, W, dZ, s: (-mended(X, W, dZ, s)[0], mended(X, W, dZ, s)[1]),
        lambda X, W, dZ, s: (planted(X, W, dZ, s)[0], mended(X, W, dZ, s)[1]),
        lambda X, W, dZ, s: (X * math.nan, W),
        lambda X, W, dZ, s: ("dX", "dW"),
        lambda X, W: X,
        raises,
        object(),
    ]),
]  # fmt: skip


def test_the_fair_rule_is_what_central_differences_say_where_two_tie():
    X, dY = np.array([[7.0, 1.0], [3.0, 7.0]]), np.array([[16.0]])
    nudged = nn.numerical_gradient(lambda X: dY.item() * X.max(), X)
    assert np.allclose(ex.fair_backward.reference(X, dY, 2, 2), nudged)


def test_the_planted_bug_hides_behind_stride_1():
    case = next(case for case in ex.planted.cases if case[-1] == 1)
    for ours, theirs in zip(planted(*case), ex.planted.reference(*case), strict=True):
        assert np.allclose(ours, theirs)
    for case in ex.planted.cases:
        if case[-1] > 1:
            wrong, right = planted(*case)[0], ex.planted.reference(*case)[0]
            assert not np.allclose(wrong, right)
            assert np.isclose(wrong.sum(), right.sum())  # the second hint


def test_a_verdict_on_outputs_says_what_is_amiss(verdict):
    def starts(answer):
        return verdict(ex.feeds, answer).split(" came ")[1]

    def not_there(r, n, f, s, p):
        return [i for i in range(n) if 0 <= r + p - s * i < f]

    assert starts(not_there) == "[2]; there is no output 2, the last one is 1"
    assert starts(feeds_before_the_first).startswith("[-2, -1, 0]; there is no output -2")
    assert starts(lambda *_: [0, 1]) == "[0, 1]; output 1 reads the pixels 1 to 3"
    assert starts(lambda *_: [0]) == "[0]; an output that has read the pixel is missing"
    assert starts(lambda *sizes: 2 * feeds_by_windows(*sizes)).endswith("stands there twice")
    assert "truth values" in starts(
        lambda r, n, f, s, p: [0 <= r + p - s * i < f for i in range(3)]
    )


def test_a_verdict_on_tables_names_the_first_wrong_entry(verdict):
    line = verdict(ex.planted, planted)
    assert line.endswith("s = 2 came dX[0, 1] = 2, wanted 0")
    assert "X = [[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]], K = [[1.0], [1.0]]" in line
    line = verdict(ex.flat_backward, lambda X, F, dZ, s: flat(X, F, dZ, s, stride=False))
    assert "for X of shape (5, 6, 2), F = " in line
    assert "came dX[" in line
    line = verdict(ex.flat_backward, flat_changed(2, lambda db: db + 1))
    assert line.endswith("came db = 5, wanted 4")
    line = verdict(ex.fair_backward, by_first)
    assert line.endswith("came dX[0, 0] = 16, wanted 8")
    assert len(line) < 250
