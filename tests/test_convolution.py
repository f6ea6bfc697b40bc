"""Convolution and pooling beside plain loops, and the sums in their docstrings.

What all layers do is in test_layers.py.
"""

import math
from itertools import product

import numpy as np
import pytest
from equations import run, stated, value_of
from hypothesis import given
from hypothesis import strategies as st
from specimens import refused
from strategies import generators, read_only

import nnbook as nn

A = np.array(
    [
        [5, 3, 6, 8, 9, 1],
        [1, 6, 8, 3, 2, 1],
        [9, 9, 3, 2, 1, 1],
        [1, 1, 8, 4, 6, 5],
        [9, 3, 4, 0, 0, 1],
        [0, 1, 2, 3, 4, 3],
    ]
)
VERTICAL = np.array([[1, 0, -1]] * 3)
POOLS = {nn.MaxPool2D: np.max, nn.AvgPool2D: np.mean}


@st.composite
def cases(draw):
    """Draw images, channels out, filter, stride and padding; strides need not divide."""
    size = st.integers(1, 4)
    f, s = (draw(size), draw(size)), (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    p = (draw(st.integers(0, 2)), draw(st.integers(0, 2)))
    h, w = (max(f[i] - 2 * p[i], 1) + draw(st.integers(0, 5)) for i in (0, 1))
    shape = draw(st.integers(1, 3)), h, w, draw(st.integers(1, 6))
    return shape, draw(st.integers(1, 3)), f, s, p


@st.composite
def pools(draw):
    """Draw images that a window fits on, its size and its stride."""
    (m, h, w, c), _, f, s, _ = draw(cases())
    return (m, h + f[0] - 1, w + f[1] - 1, c), f, s


def windows_by_loops(X, f, s):
    """Yield the position of each window and what it sees, in images that are padded already."""
    for i in range((X.shape[1] - f[0]) // s[0] + 1):
        for j in range((X.shape[2] - f[1]) // s[1] + 1):
            yield i, j, X[:, i * s[0] : i * s[0] + f[0], j * s[1] : j * s[1] + f[1]]


def convolved_by_loops(X, W, b, s, p):
    X = np.pad(X, ((0, 0), (p[0], p[0]), (p[1], p[1]), (0, 0)))
    found = {
        (i, j): [[(one * W[..., k]).sum() + b[k] for k in range(len(b))] for one in window]
        for i, j, window in windows_by_loops(X, W.shape[:2], s)
    }
    i, j = max(found)
    return np.stack(list(found.values()), axis=1).reshape(len(X), i + 1, j + 1, len(b))


# --- sizes -------------------------------------------------------------------------------------


def test_the_output_size_is_its_formula_and_counts_the_windows_that_fit():
    (formula,) = stated(nn.conv_output_size, "floor((n + 2p - f) / s) + 1")
    formula, names = formula.replace("2p", "2 p"), {"floor": math.floor}
    for n, p, s in product(range(1, 14), range(3), range(1, 6)):
        for f in range(1, n + 5):
            starts = [t for t in range(0, n + 2 * p, s) if t + f <= n + 2 * p]
            if starts:
                assert nn.conv_output_size(n, f, s, p) == len(starts)
                assert len(starts) == math.ceil((n + 2 * p - f + 1) / s)
                names |= {"n": n, "f": f, "s": s, "p": p}
                assert len(starts) == value_of(formula, names)
            else:
                with pytest.raises(ValueError, match=f"at least {f} pixels"):
                    nn.conv_output_size(n, f, s, p)


# --- one channel, one filter -------------------------------------------------------------------


def test_the_edges_of_the_notes():
    vertical = [[-2, 5, 5, 10], [-8, 7, 10, 2], [4, 7, 8, -1], [-4, -2, 4, -2]]
    horizontal = [[-7, 3, 17, 14], [5, 4, -5, -9], [5, 7, 2, 3], [7, 7, 9, 5]]
    assert nn.correlate2d(A, VERTICAL).tolist() == vertical
    assert nn.correlate2d(A, VERTICAL.T).tolist() == horizontal
    assert nn.correlate2d(A, VERTICAL, stride=2).tolist() == [[-2, 5], [4, 8]]
    assert nn.correlate2d(A, VERTICAL, padding=1).shape == (6, 6)
    assert nn.correlate2d(A, VERTICAL, padding="same")[1:-1, 1:-1].tolist() == vertical
    # an odd zero goes below and to the right
    assert nn.correlate2d([[1, 2]], [[1, 1]], padding="same").tolist() == [[3, 2]]
    assert nn.correlate2d([[1], [2]], [[1], [1]], padding="same").tolist() == [[3], [2]]
    assert nn.correlate2d(np.full((2, 2), 200, np.uint8), np.ones((2, 2), np.uint8)) == 800


@given(cases(), generators())
def test_correlation_is_its_double_sum(case, rng):
    (_, h, w, _), _, f, s, p = case
    X, K = rng.normal(size=(h, w)), rng.normal(size=f)
    loops = convolved_by_loops(X[None, ..., None], K[..., None, None], [0], s, p)[0, :, :, 0]
    assert np.allclose(nn.correlate2d(read_only(X), read_only(K), s, p), loops)


# --- Conv2D ------------------------------------------------------------------------------------


@given(cases(), generators())
def test_a_convolution_is_its_loops_and_its_gradients_are_derivatives(case, rng):
    shape, c_out, f, s, p = case
    layer, X = nn.Conv2D(shape[3], c_out, f, rng=rng, stride=s, padding=p), rng.normal(size=shape)
    layer.parameters["b"][:] = rng.normal(size=c_out)
    loops = convolved_by_loops(X, *layer.parameters.values(), s, p)
    assert np.allclose(layer.forward(X), loops)
    nn.check_gradients(layer, X, rng=rng)


@pytest.mark.parametrize("f", [1, 2, (3, 4)])
def test_same_padding_keeps_the_size(f):
    layer, X = (
        nn.Conv2D(2, 3, f, rng=0, padding="same"),
        np.random.default_rng(0).random((2, 5, 6, 2)),
    )
    W = layer.parameters["W"][..., 0]
    channels = [nn.correlate2d(X[0, ..., c], W[..., c], padding="same") for c in (0, 1)]
    assert np.allclose(layer.forward(X)[0, :, :, 0], sum(channels))


def test_a_cast_between_two_batches_of_one_shape_is_noticed():
    for c_in in (1, 5):
        layer, X = nn.Conv2D(c_in, 2, 3, rng=0), np.ones((2, 5, 5, c_in))
        layer.forward(X)
        assert layer.astype(np.float32).forward(X).dtype == np.float32


def test_predict_computes_many_images_in_parts():
    layer, X = nn.Conv2D(1, 2, 3, rng=0), np.random.default_rng(0).normal(size=(600, 5, 5, 1))
    assert np.allclose(layer.predict(X), layer.forward(X))
    with pytest.raises(ValueError, match=r"Conv2D\(1, 2, 3\) expects images"):
        layer.predict(np.zeros((2, 2)))


# --- pooling -----------------------------------------------------------------------------------


@given(pools(), st.sampled_from(list(POOLS)), st.booleans(), generators())
def test_pooling_is_the_largest_or_the_mean_of_each_window(case, pool, own_stride, rng):
    shape, f, s = case
    s = f if own_stride else s
    layer, X = pool(f) if own_stride else pool(f, s), rng.normal(size=shape)
    Y = layer.forward(X)
    for i, j, window in windows_by_loops(X, f, s):
        assert np.allclose(Y[:, i, j], POOLS[pool](window, axis=(1, 2)))
    assert Y.shape[1:3] == (i + 1, j + 1)


# which pixels of a window the index equations mean, as a mask
PIXELS = {
    "dX of every pixel of window (i, j)": lambda window: np.ones(window.shape),
    "dX of the first largest pixel of window (i, j)": lambda window: np.eye(window.size)[
        window.argmax()
    ].reshape(window.shape),
}


@pytest.mark.parametrize("pool", POOLS)
@given(case=pools(), rng=generators())
def test_the_index_equation_of_a_pooling_is_true_of_equal_pixels_too(pool, case, rng):
    shape, f, s = case
    layer, X = pool(f, s), rng.integers(0, 3, shape).astype(float)
    dY, dX = rng.normal(size=layer.forward(X).shape), np.zeros_like(X)
    ((which, what),) = [text.split(" gets ") for text in layer.index_equations]
    names = {"dY": dY, "f_h": f[0], "f_w": f[1]}
    for i, j, window in windows_by_loops(X, f, s):
        seen = dX[:, i * s[0] : i * s[0] + f[0], j * s[1] : j * s[1] + f[1]]
        for sample, c in np.ndindex(shape[0], shape[3]):
            value = value_of(what, names | {"s": sample, "i": i, "j": j, "c": c})
            seen[sample, ..., c] += PIXELS[which](window[sample, ..., c]) * value
    assert np.allclose(layer.backward(dY), dX)


# --- what is shown, and what is refused --------------------------------------------------------


def conv(**options):
    return nn.Conv2D(**({"c_in": 1, "c_out": 1, "filter_size": 3, "rng": 0} | options))


def met(*shape, c_in=3):
    return nn.Conv2D(c_in, 2, 5, rng=0).forward(np.zeros(shape))


test_what_does_not_fit_is_refused = refused(
    (lambda: nn.conv_output_size(0, 1), ValueError, "conv_output_size expects"),
    (lambda: nn.conv_output_size(3, 1, 0), ValueError, "conv_output_size expects"),
    (lambda: nn.conv_output_size(3, 1, 1, -1), ValueError, "conv_output_size expects"),
    (lambda: nn.conv_output_size(3.0, 1), TypeError, "whole number"),
    (lambda: nn.conv_output_size(3, 1, 1, True), TypeError, "whole number"),
    (lambda: nn.correlate2d(A[0], VERTICAL), ValueError, "image to be a table"),
    (lambda: nn.correlate2d(A, VERTICAL[None]), ValueError, "kernel to be a table"),
    (lambda: nn.correlate2d(A, [[]]), ValueError, "to be a table"),
    (lambda: nn.correlate2d(VERTICAL, A), ValueError, "at least 6 pixels a side, .* got 3"),
    (lambda: conv(c_in=0), ValueError, "Conv2D expects c_in to be at least 1"),
    (lambda: conv(c_out=0), ValueError, "c_out to be at least 1"),
    (lambda: conv(filter_size=0), ValueError, "filter_size to be at least 1"),
    (lambda: conv(filter_size=(3, 3, 3)), ValueError, r"\(height, width\), got 3 numbers"),
    (lambda: conv(stride=0), ValueError, "stride to be at least 1, got 0"),
    (lambda: conv(padding=-1), ValueError, "padding to be at least 0, got -1"),
    (lambda: conv(padding="valid"), ValueError, "got 'valid'"),
    (lambda: conv(padding="same", stride=2), ValueError, 'with padding="same", got stride 2'),
    (lambda: conv(c_in=1.5), TypeError, "Conv2D expects c_in"),
    (lambda: conv(filter_size="3"), TypeError, "Conv2D expects filter_size"),
    (lambda: conv(stride=None), TypeError, "Conv2D expects stride"),
    (lambda: conv(rng=None), TypeError, "Conv2D.*write rng=0"),
    (lambda: met(2, 3, 8, 8), ValueError, r"\(m, h, w, 3\), got .*; are the channels last"),
    (lambda: met(8, 8, 3), ValueError, r"one image is x\[None\]"),
    (lambda: met(2, 8, 8, 4), ValueError, r"images of shape \(m, h, w, 3\)"),
    (lambda: met(2, 192), ValueError, r"images of shape \(m, h, w, 3\)"),
    (lambda: met(2, 4, 8, 3), ValueError, "at least 5 pixels a side, .* included, got 4"),
    (lambda: met(2, 8, 8, c_in=1), ValueError, r"X\[\.\.\., None\]"),
    *[
        (lambda pool=pool, do=do: do(pool), error, f"{pool.__name__}.*{message}")
        for pool in POOLS
        for do, error, message in [
            (lambda pool: pool(0), ValueError, "size to be at least 1"),
            (lambda pool: pool(2, 0), ValueError, "stride to be at least 1"),
            (lambda pool: pool(2.0), TypeError, "whole number"),
            (lambda pool: pool(3).forward(np.ones((1, 2, 8, 1))), ValueError, "at least 3 pix"),
            (lambda pool: pool(2).forward(np.ones((4, 4, 1))), ValueError, r"is x\[None\]"),
        ]
    ],
)


def test_the_tables_of_image_networks():
    summary = nn.Sequential(nn.Conv2D(3, 10, 3, rng=0)).summary((100, 100, 3))  # of the notes
    assert summary.rows == (("Conv2D(3, 10, 3)", (98, 98, 10), 280, 2_593_080),)
    network = nn.Sequential(nn.Conv2D(1, 3, 3, rng=0, padding=1), nn.MaxPool2D(2), nn.Flatten())
    first, pool, flat = network.trace(np.zeros((2, 7, 6, 1))).layers
    assert first.forward == first.backward[::-1] == ((2, 7, 6, 1), (2, 7, 6, 3))
    assert (pool.forward[1], flat.forward[1]) == ((2, 3, 3, 3), (2, 27))


# --- the formulas as they are written ----------------------------------------------------------


def test_the_sums_in_the_docstrings_are_what_is_computed():
    layer, rng = nn.Conv2D(2, 3, (2, 3), rng=0, stride=(2, 1)), np.random.default_rng(0)
    layer.parameters["b"][:] = [1, 2, 3]
    X = rng.normal(size=(2, 5, 6, 2))
    Y = layer.forward(X)
    convolved, by_weights, by_biases, scattered = stated(
        nn.Conv2D,
        "Y[s, i, j, k] = b[k] + Σ_u Σ_v Σ_c X[s, i s_h + u, j s_w + v, c] W[u, v, c, k]",
        "dW = Pᵀ dY",
        "db = Σ dY",
        "dY W[u, v]ᵀ",
    )
    names = {"X": X, "s_h": 2, "s_w": 1, "ranges": {"u": 2, "v": 3, "c": 2}, **layer.parameters}
    for (s, i, j, k), y in np.ndenumerate(Y):
        position = {"s": s, "i": i, "j": j, "k": k}
        assert np.isclose(y, value_of(convolved.split(" = ")[1], names | position))

    dY = rng.normal(size=Y.shape)
    found, dX = layer.backward(dY), np.zeros_like(X)
    windows = {(i, j): w for i, j, w in windows_by_loops(X, (2, 3), (2, 1))}
    names = {"P": np.concatenate([w.reshape(2, -1) for w in windows.values()]), **layer.parameters}
    names["dY"] = np.concatenate([dY[:, i, j] for i, j in windows])
    run(by_weights, names, "@")
    run(by_biases.replace("Σ", "Σ_samples"), names, "@")
    assert np.allclose(layer.gradients["W"], names["dW"].reshape(2, 3, 2, 3))
    assert np.allclose(layer.gradients["b"], names["db"])
    for (i, j), u, v in product(windows, range(2), range(3)):
        names |= {"dY": dY[:, i, j], "u": u, "v": v}
        dX[:, i * 2 + u, j + v] += value_of(scattered, names, "@")
    assert np.allclose(found, dX)

    (formula,) = stated(nn.correlate2d, "Y[i, j] = Σ_u Σ_v X[i s + u, j s + v] K[u, v]")
    X, K = X[0, :, :, 0], layer.parameters["W"][:, :, 0, 0]
    names = {"X": X, "K": K, "s": 2, "ranges": {"u": 2, "v": 3}}
    for (i, j), y in np.ndenumerate(nn.correlate2d(X, K, stride=2)):
        assert np.isclose(y, value_of(formula.split(" = ")[1], names | {"i": i, "j": j}))
