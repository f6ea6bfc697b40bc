"""Answers to the exercises of chapter 10b."""

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

import nnbook as nn
from nnbook.exercises import convolution_backward as ex

feeds = ex.dependent.reference


def feeds_by_layer(r, n, f, s, p):
    layer = nn.Conv2D(1, 1, (1, f), stride=(1, s), padding=(0, p), rng=0)
    layer.parameters["W"][:] = 1
    pixel = np.eye(n)[r][None, None, :, None]
    return np.flatnonzero(layer.forward(pixel))[:, None]


def feeds_by_filter(r, n, f, s, p):
    """Ask each entry of the filter: the outputs come out last first."""
    divided = [divmod(r + p - u, s) for u in range(f)]
    return [float(i) for i, rest in divided if rest == 0 and 0 <= i <= (n + 2 * p - f) // s]


def flat(X, F, dZ, s):
    dX, dF = np.zeros(X.shape), np.zeros(F.shape)
    for i, j, d in np.ndindex(dZ.shape):
        window = np.s_[i * s : i * s + F.shape[0], j * s : j * s + F.shape[1], d]
        dX[window] += dZ[i, j, d] * F
        dF += dZ[i, j, d] * X[window]
    return dX, dF, dZ.sum()


def flat_by_layer(X, F, dZ, s):
    """Each channel is an image of its own."""
    layer = nn.Conv2D(1, 1, F.shape, stride=s, rng=0)
    layer.parameters["W"][:, :, 0, 0] = F
    layer.forward(np.moveaxis(X, 2, 0)[..., None])
    dX = layer.backward(np.moveaxis(dZ, 2, 0)[..., None])
    return np.moveaxis(dX[..., 0], 0, 2), layer.gradients["W"][:, :, 0, 0], layer.gradients["b"]


def flat_by_differences(X, F, dZ, s):
    def J(X, F):
        maps = [nn.correlate2d(X[:, :, c], F, stride=s) for c in range(X.shape[2])]
        return np.sum(dZ * np.stack(maps, axis=2))

    dX = nn.numerical_gradient(lambda X: J(X, F), X)
    return dX, nn.numerical_gradient(lambda F: J(X, F), F), dZ.sum()


WRONG_FLAT = variants(
    flat,
    "j * s -> j",
    "d] * F -> d] * F[::-1, ::-1]",
    "dX[window] += -> dX[window] =",
    "dF += -> dF -= ",
)


def pooled(X, dZ, f, s, kind=nn.MaxPool2D):
    layer = kind(f, stride=s)
    layer.forward(X[None, :, :, None])
    return layer.backward(dZ[None, :, :, None])[0, :, :, 0]


def fixed(X, W, dZ, s, of=flat):
    dX, dW, _ = of(X[:, :, None], W, dZ[:, :, None], s)
    return np.asarray(dX)[:, :, 0], np.asarray(dW)


def planted(X, W, dZ, s):
    dX, dW = np.zeros(X.shape), np.zeros(W.shape)
    f_h, f_w = W.shape
    for i, j in np.ndindex(dZ.shape):
        dX[i * s : i * s + f_h, j : j + f_w] += dZ[i, j] * W
        dW += dZ[i, j] * X[i * s : i * s + f_h, j * s : j * s + f_w]
    return dX, dW


WINNERS = np.array([[0, 1, 0, 0], [2, 0, 0, 2], [0, 1, 3, 0], [0, 0, 0, 0]])
NINE = np.array([[8.0, 4, 2, 1], [9, 3, 2, 8], [1, 5, 7, 1], [2, 0, 3, 7]])
TWICE = "an output is listed twice"

ROW_X, ROW_W, ROW_DELTA = [1, 3, -1, 2, 4, -2], [2, 1, -1, 2], [1, -2, 3]


def windows(i, p=2):
    return [r for r in range(3) if 0 <= i + p - 3 * r < 4]


def row(counts=lambda r, i: True, kernel=ROW_W, p=2):
    """The six derivatives, of the terms that count."""
    terms = [[(r, kernel[i + p - 3 * r]) for r in windows(i, p) if counts(r, i)] for i in range(6)]
    return [sum(ROW_DELTA[r] * weight for r, weight in own) for own in terms]


def padded_row():
    padded = np.zeros(10)
    for r in range(3):
        padded[3 * r : 3 * r + 4] += ROW_DELTA[r] * np.array(ROW_W)
    return padded


def row_weights(p=2):
    padded = np.pad(ROW_X, (p, 10))
    return [sum(ROW_DELTA[r] * padded[3 * r + u] for r in range(3)) for u in range(4)]


ANSWERS = [
    (ex.row_pixels, [[-1, -2, -2, 2, 2, 3], row()],
     [Says("here is the last", row(lambda r, i: r == max(windows(i)))),
      Says("here is the first", row(lambda r, i: r == min(windows(i)))),
      Says("reversed kernel", row(kernel=ROW_W[::-1])), Says("two pixels before", row(p=0)),
      Says("to be cut off", padded_row()), [-1, -2, -2, 2, -4, 3], 2]),
    (ex.row_weights, [[6, -4, -3, -5], row_weights()],
     [Says("reverse order", row_weights()[::-1]), Says("two pixels before", row_weights(p=0)), [6, -4, -3, -5, 2], [6, 4, -3, -5]]),
    (ex.row_bias, [2], [Says("the signs", 6), Says("the mean", 2 / 3), [1, -2, 3]]),
    (ex.dependent, [feeds, feeds_by_layer, feeds_by_filter, lambda *case: set(feeds(*case)), lambda *case: frozenset(feeds(*case)), lambda *case: iter(feeds(*case)), lambda *case: dict.fromkeys(feeds(*case)).keys()], [
        *variants(feeds, "[r for -> [r + 1 for", "i + p - -> i - ", "s * r -> r", "< f] -> < f - 1]", "[r for -> [i + p - s * r for"),
        Says("[2]; there is no output 2, the last one is 1", lambda r, n, f, s, p: [i for i in range(n) if 0 <= r + p - s * i < f]),
        Says("[-2, -1, 0]; there is no output -2", lambda r, n, f, s, p: range(-((f - 1 - r - p) // s), min((n + 2 * p - f) // s, (r + p) // s) + 1)),
        Says("[0, 1]; output 1 depends on the pixels 1 to 3", lambda *_: [0, 1]),
        Says("[0]; an output that depends on the pixel is missing", lambda *_: [0]),
        Says(TWICE, lambda *case: 2 * feeds(*case)),
        Says("booleans", lambda r, n, f, s, p: [0 <= r + p - s * i < f for i in range((n + 2 * p - f) // s + 1)]),
        lambda *case: {i + 1 for i in feeds(*case)}, lambda *case: {"outputs": feeds(*case)},
        lambda *case: len(feeds(*case)), lambda *_: [], lambda *_: [[0, 1], [2]], lambda *_: {"0", "1"},
    ]),
    (ex.unused, [9], [1, 0, 16, 4, 5, 0.36]),
    (ex.shared_backward, [flat, flat_by_layer], [
        *WRONG_FLAT, *variants(flat, "dZ.sum() -> dZ.sum(axis=(0, 1))", "dZ.sum() -> dZ.mean()",
            "return dX, dF, dZ.sum() -> return dX, dF.T, dZ.sum()"),
        lambda *case: flat(*case)[:2], lambda X, F, dZ, s: X, Says("numerical differentiation", flat_by_differences),
        Says("came db = 5, expected 4", lambda *case: (*flat(*case)[:2], flat(*case)[2] + 1)),
        Says("for X of shape (5, 6, 2), F = ", WRONG_FLAT[0]), Says("came dX[", WRONG_FLAT[0]),
    ]),
    (ex.of_the_maxima, [WINNERS, pooled(NINE, np.ones((3, 3)), 2, 1)],
     [Says("gets it all", [[0, 1, 0, 0], [2, 0, 0, 2], [0, 1, 2, 0], [0, 0, 0, 1]]),
      Says("not half", [[0, 1, 0, 0], [2, 0, 0, 2], [0, 1, 2.5, 0], [0, 0, 0, 0.5]]),
      Says("the other nothing", [[0, 1, 0, 0], [2, 0, 0, 2], [0, 1, 3, 0], [0, 0, 0, 1]]),
      Says("overlap", (WINNERS > 0).astype(int)), Says("stride 2", pooled(NINE, np.ones((2, 2)), 2, 2)),
      [[9, 4, 8], [9, 7, 8], [5, 7, 7]]]),  # the outputs
    (ex.fair_backward, [ex.fair_backward.reference],
     [Says("came dX[0, 0] = 16, expected 8", pooled), lambda *case: pooled(*case, kind=nn.AvgPool2D),
      *variants(ex.fair_backward.reference, " / largest.sum() -> ", "+= -> =", "dZ[i, j] * -> "), lambda X, dZ, f, s: dZ]),
    (ex.planted, [fixed, lambda *case: fixed(*case, of=flat_by_layer)], [
        Says("s = 2 came dX[0, 1] = 2, expected 0", planted), Says("X = [[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]], K = [[1.0], [1.0]]", planted),
        *(lambda *case, of=of: fixed(*case, of=of) for of in WRONG_FLAT), lambda *case: (-fixed(*case)[0], fixed(*case)[1]),
        lambda *case: (planted(*case)[0], fixed(*case)[1]),
        Says("numerical differentiation", lambda *case: fixed(*case, of=flat_by_differences)),
    ]),
]  # fmt: skip


def test_the_fair_rule_is_what_central_differences_say_where_two_tie():
    X, dZ = np.array([[7.0, 1.0], [3.0, 7.0]]), np.array([[16.0]])
    numerical = nn.numerical_gradient(lambda X: dZ.item() * X.max(), X)
    assert np.allclose(ex.fair_backward.reference(X, dZ, 2, 2), numerical)


def test_the_planted_bug_hides_behind_stride_1():
    for case in ex.planted.cases:
        wrong, right = planted(*case), ex.planted.reference(*case)
        assert np.allclose(wrong[0], right[0]) == (case[-1] == 1)
        assert np.isclose(wrong[0].sum(), right[0].sum())  # the second hint
        assert np.allclose(wrong[1], right[1])


def test_a_verdict_on_tables_is_short(verdict):
    assert len(verdict(ex.fair_backward, pooled)) < 250
