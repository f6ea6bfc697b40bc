import math
from itertools import permutations, product

import numpy as np
import pytest
from equations import check_index_equations, run, stated, value_of
from hypothesis import given
from hypothesis import strategies as st
from strategies import generators, laid, read_only

import nnbook as nn
from nnbook.serialization import describe

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


@st.composite
def cases(draw):
    """Draw a convolution of any shape: rectangular everything, strides that do not divide."""
    size = st.integers(1, 4)
    f, s = (draw(size), draw(size)), (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    p = (draw(st.integers(0, 2)), draw(st.integers(0, 2)))
    least = [max(f[i] - 2 * p[i], 1) for i in (0, 1)]
    h, w = (least[i] + draw(st.integers(0, 5)) for i in (0, 1))
    return (
        (draw(st.integers(1, 3)), h, w, draw(st.integers(1, 6))),
        draw(st.integers(1, 3)),
        f,
        s,
        p,
    )


def windows_by_loops(X, f, s):
    """Yield the place of each window and what it sees, in images that are padded already."""
    for i in range((X.shape[1] - f[0]) // s[0] + 1):
        for j in range((X.shape[2] - f[1]) // s[1] + 1):
            yield i, j, X[:, i * s[0] : i * s[0] + f[0], j * s[1] : j * s[1] + f[1]]


def convolved_by_loops(X, W, b, s, p):
    X = np.pad(X, ((0, 0), (p[0], p[0]), (p[1], p[1]), (0, 0)))
    found = {}
    for i, j, window in windows_by_loops(X, W.shape[:2], s):
        found[i, j] = np.array(
            [[(one * W[..., k]).sum() + b[k] for k in range(len(b))] for one in window]
        )
    rows, columns = (1 + max(place[axis] for place in found) for axis in (0, 1))
    return np.array([[found[i, j] for j in range(columns)] for i in range(rows)]).transpose(
        2, 0, 1, 3
    )


# --- sizes -------------------------------------------------------------------------------------


def test_the_formula_counts_the_windows_that_fit():
    for n in range(1, 25):
        for f in range(1, n + 5):
            for p in range(3):
                for s in range(1, 7):
                    starts = [t for t in range(0, n + 2 * p, s) if t + f <= n + 2 * p]
                    if starts:
                        assert nn.conv_output_size(n, f, s, p) == len(starts)
                        assert len(starts) == math.ceil((n + 2 * p - f + 1) / s)
                    else:
                        with pytest.raises(ValueError, match=f"at least {f} pixels"):
                            nn.conv_output_size(n, f, s, p)


@pytest.mark.parametrize("arguments", [(0, 1), (3, 0), (3, 1, 0), (3, 1, 1, -1)])
def test_sizes_that_mean_nothing_are_value_errors(arguments):
    with pytest.raises(ValueError, match="conv_output_size expects"):
        nn.conv_output_size(*arguments)


@pytest.mark.parametrize("arguments", [(3.0, 1), (3, "1"), (3, 1, None), (3, 1, 1, True)])
def test_sizes_that_are_not_whole_are_type_errors(arguments):
    with pytest.raises(TypeError, match="whole number"):
        nn.conv_output_size(*arguments)


# --- one channel, one filter -------------------------------------------------------------------


def test_the_edges_of_the_notes():
    vertical = [[-2, 5, 5, 10], [-8, 7, 10, 2], [4, 7, 8, -1], [-4, -2, 4, -2]]
    horizontal = [[-7, 3, 17, 14], [5, 4, -5, -9], [5, 7, 2, 3], [7, 7, 9, 5]]
    assert nn.correlate2d(A, VERTICAL).tolist() == vertical
    assert nn.correlate2d(A, VERTICAL.T).tolist() == horizontal
    assert nn.correlate2d(A, VERTICAL, stride=2).tolist() == [[-2, 5], [4, 8]]
    assert nn.correlate2d(A, VERTICAL, padding=1).shape == (6, 6)
    assert nn.correlate2d(A, VERTICAL, padding="same")[1:-1, 1:-1].tolist() == vertical


@given(cases(), generators())
def test_correlation_is_its_double_sum(case, rng):
    (_, h, w, _), _, f, s, p = case
    X, K = rng.normal(size=(h, w)), rng.normal(size=f)
    loops = convolved_by_loops(X[None, ..., None], K[..., None, None], [0], s, p)[0, :, :, 0]
    assert np.allclose(nn.correlate2d(read_only(X), read_only(K), s, p), loops)


@pytest.mark.parametrize(("image", "kernel"), [(A[0], VERTICAL), (A, VERTICAL[None]), (A, [[]])])
def test_correlation_wants_two_tables(image, kernel):
    with pytest.raises(ValueError, match="to be a table"):
        nn.correlate2d(image, kernel)


def test_a_kernel_larger_than_the_image_is_a_value_error():
    with pytest.raises(ValueError, match="at least 6 pixels a side, padding included, got 3"):
        nn.correlate2d(VERTICAL, A)


def test_small_whole_numbers_do_not_wrap():
    assert nn.correlate2d(np.full((2, 2), 200, np.uint8), np.ones((2, 2), np.uint8)) == 800


# --- Conv2D ------------------------------------------------------------------------------------


@given(cases(), generators())
def test_the_fast_form_is_the_readable_one(case, rng):
    shape, c_out, f, s, p = case
    layer = nn.Conv2D(shape[3], c_out, f, rng=rng, stride=s, padding=p)
    layer.parameters["b"][:] = rng.normal(size=c_out)
    X = rng.normal(size=shape)
    loops = convolved_by_loops(X, *layer.parameters.values(), s, p)
    assert np.allclose(layer.forward(X), loops)
    assert np.allclose(layer.predict(X), loops)


@given(cases(), generators())
def test_convolution_gradients_are_derivatives(case, rng):
    shape, c_out, f, s, p = case
    layer = nn.Conv2D(shape[3], c_out, f, rng=rng, stride=s, padding=p)
    nn.check_gradients(layer, rng.normal(size=shape), rng=rng)


@given(cases(), generators())
def test_the_backward_pass_is_the_transposed_matrix(case, rng):
    """A convolution is a matrix; backward must be its transpose: <dY, conv(X)> = <dX, X>."""
    shape, c_out, f, s, p = case
    layer = nn.Conv2D(shape[3], c_out, f, rng=rng, stride=s, padding=p)
    X = rng.normal(size=shape)
    Y = layer.forward(X)
    grad = rng.normal(size=Y.shape)
    dX = layer.backward(grad)
    assert np.isclose((grad * Y).sum(), (dX * X).sum())
    assert np.isclose((grad * Y).sum(), (layer.gradients["W"] * layer.parameters["W"]).sum())
    assert np.allclose(layer.gradients["b"], grad.sum(axis=(0, 1, 2)))


@pytest.mark.parametrize("f", [1, 2, 3, 4, 5, (2, 3), (3, 4)])
def test_same_padding_keeps_the_size(f):
    layer = nn.Conv2D(2, 3, f, rng=0, padding="same")
    X = np.random.default_rng(0).normal(size=(2, 5, 6, 2))
    assert layer.forward(X).shape == (2, 5, 6, 3)
    nn.check_gradients(layer, X, rng=1)
    K = layer.parameters["W"][:, :, 0, 0]
    one = nn.correlate2d(X[0, :, :, 0], K, padding="same")
    two = nn.correlate2d(X[0, :, :, 1], layer.parameters["W"][:, :, 1, 0], padding="same")
    assert np.allclose(layer.forward(X)[0, :, :, 0], one + two)


def test_an_odd_zero_goes_below_and_to_the_right():
    assert nn.correlate2d([[1, 2]], [[1, 1]], padding="same").tolist() == [[3, 2]]
    assert nn.correlate2d([[1], [2]], [[1], [1]], padding="same").tolist() == [[3], [2]]


@pytest.mark.parametrize("c_in", [1, 5])
def test_a_cast_between_two_batches_of_one_shape_is_felt(c_in):
    layer, X = nn.Conv2D(c_in, 2, 3, rng=0), np.ones((2, 5, 5, c_in))
    layer.forward(X)
    assert layer.astype(np.float32).forward(X).dtype == np.float32


@pytest.mark.parametrize("c_in", [1, 5])
def test_a_second_forward_leaves_the_first_answer_alone(c_in):
    layer, rng = nn.Conv2D(c_in, 2, 3, rng=0), np.random.default_rng(0)
    X1, X2 = rng.normal(size=(2, 3, 5, 5, c_in))
    first = layer.forward(X1)
    kept = first.copy()
    layer.forward(X2)
    assert np.array_equal(first, kept)
    layer.backward(np.ones_like(first))
    assert np.allclose(
        layer.gradients["W"],
        sum(w for *_, w in windows_by_loops(X2, (3, 3), (1, 1))).sum(0)[..., None],
    )
    assert not np.shares_memory(first, X1)


@pytest.mark.parametrize("c_in", [1, 5])
def test_a_prediction_between_forward_and_backward_does_not_disturb(c_in):
    layer, rng = nn.Conv2D(c_in, 2, 3, rng=0), np.random.default_rng(0)
    X, other = rng.normal(size=(2, 3, 5, 5, c_in))
    grad = rng.normal(size=layer.forward(X).shape)
    dX, dW = layer.backward(grad), layer.gradients["W"]
    layer.forward(X)
    layer.predict(other)
    assert np.array_equal(layer.backward(grad), dX)
    assert np.array_equal(layer.gradients["W"], dW)


def test_gradients_of_an_earlier_backward_are_kept_by_whoever_has_them():
    layer = nn.Conv2D(1, 1, 2, rng=0)
    X = np.arange(9.0).reshape(1, 3, 3, 1)
    layer.forward(X)
    layer.backward(np.ones((1, 2, 2, 1)))
    dW = layer.gradients["W"]
    layer.forward(2 * X)
    layer.backward(np.ones((1, 2, 2, 1)))
    assert np.array_equal(layer.gradients["W"], 2 * dW)


def test_many_images_are_answered_in_parts():
    layer = nn.Conv2D(1, 2, 3, rng=0)
    X = np.random.default_rng(0).normal(size=(600, 5, 5, 1))
    assert np.allclose(layer.predict(X), layer.forward(X))
    assert layer.predict(X[:0]).shape == layer.forward(X[:0]).shape == (0, 3, 3, 2)


def test_the_fans_of_a_filter_count_its_places():
    layer = nn.Conv2D(4, 500, 3, rng=0)
    assert np.isclose(layer.parameters["W"].std(), np.sqrt(2 / 36), rtol=0.05)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("padding", [0, 1])
def test_images_are_answered_in_the_type_of_the_parameters(dtype, padding):
    for layer in (nn.Conv2D(1, 2, 3, rng=0, padding=padding), nn.MaxPool2D(2), nn.AvgPool2D(2)):
        layer.astype(dtype)
        Y = layer.forward(np.ones((1, 4, 4, 1), dtype))
        assert Y.dtype == layer.backward(Y).dtype == dtype
        assert all(g.dtype == dtype for g in layer.gradients.values())


def test_bytes_do_not_wrap():
    layer = nn.Conv2D(1, 1, 2, rng=0, weight_init=nn.initializers.ones)
    X = np.full((1, 2, 2, 1), 200, np.uint8)
    assert layer.forward(X).item() == 800
    assert nn.AvgPool2D(2).forward(X).item() == 200


def test_nothing_of_the_callers_is_altered():
    X = read_only(np.random.default_rng(0).normal(size=(2, 5, 5, 1)))
    for layer in (
        nn.Conv2D(1, 2, 3, rng=0, padding=1),
        nn.MaxPool2D(3, 2),
        nn.AvgPool2D(3, 2),
        nn.Flatten(),
    ):
        Y = layer.forward(X)
        layer.backward(read_only(Y))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "Conv2D(1, 2, 3)"),
        ({"stride": 2, "padding": 1}, "Conv2D(1, 2, 3, stride=2, padding=1)"),
        ({"filter_size": (3, 2), "stride": (1, 2)}, "Conv2D(1, 2, (3, 2), stride=(1, 2))"),
        ({"padding": "same"}, "Conv2D(1, 2, 3, padding='same')"),
        ({"padding": [1, 2]}, "Conv2D(1, 2, 3, padding=(1, 2))"),
    ],
)
def test_a_convolution_shows_what_it_is(options, text):
    assert repr(nn.Conv2D(1, 2, **({"filter_size": 3} | options), rng=0)) == text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"c_in": 0}, "c_in to be at least 1"),
        ({"c_out": 0}, "c_out to be at least 1"),
        ({"filter_size": 0}, "filter_size to be at least 1"),
        ({"filter_size": (3, 3, 3)}, "a number or \\(height, width\\), got 3 numbers"),
        ({"stride": 0}, "stride to be at least 1, got 0"),
        ({"padding": -1}, "padding to be at least 0, got -1"),
        ({"padding": "valid"}, "got 'valid'"),
        ({"padding": "same", "stride": 2}, 'stride 1 with padding="same", got stride 2'),
    ],
)
def test_numbers_out_of_range_are_value_errors(options, message):
    with pytest.raises(ValueError, match=message):
        nn.Conv2D(**({"c_in": 1, "c_out": 1, "filter_size": 3, "rng": 0} | options))


@pytest.mark.parametrize(
    "options", [{"c_in": 1.5}, {"filter_size": "3"}, {"stride": None}, {"rng": None}]
)
def test_wrong_kinds_are_type_errors(options):
    with pytest.raises(TypeError, match="Conv2D"):
        nn.Conv2D(**({"c_in": 1, "c_out": 1, "filter_size": 3, "rng": 0} | options))


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (
            (2, 3, 8, 8),
            r"images of shape \(m, h, w, 3\), got \(2, 3, 8, 8\); are the channels last",
        ),
        ((8, 8, 3), r"one image is x\[None\]"),
        ((2, 8, 8, 4), r"images of shape \(m, h, w, 3\)"),
        ((2, 192), r"images of shape \(m, h, w, 3\)"),
        ((2, 4, 8, 3), "at least 5 pixels a side, padding included, got 4"),
    ],
)
def test_images_of_the_wrong_shape_are_value_errors(shape, message):
    with pytest.raises(ValueError, match=message):
        nn.Conv2D(3, 2, 5, rng=0).forward(np.zeros(shape))


def test_grey_images_need_a_channel_axis():
    with pytest.raises(ValueError, match=r"X\[\.\.\., None\]"):
        nn.Conv2D(1, 2, 3, rng=0).forward(np.zeros((2, 8, 8)))


# --- pooling -----------------------------------------------------------------------------------

POOLS = {nn.MaxPool2D: np.max, nn.AvgPool2D: np.mean}


@given(cases(), st.sampled_from(list(POOLS)), st.booleans(), generators())
def test_pooling_is_the_largest_or_the_mean_of_each_window(case, pool, own_stride, rng):
    (m, h, w, c), _, f, s, _ = case
    s = f if own_stride else s
    X = rng.normal(size=(m, h + f[0] - 1, w + f[1] - 1, c))
    layer = pool(f) if own_stride else pool(f, s)
    Y = layer.forward(X)
    for i, j, window in windows_by_loops(X, f, s):
        assert np.allclose(Y[:, i, j], POOLS[pool](window, axis=(1, 2)))
    assert Y.shape[1:3] == (i + 1, j + 1)


@given(cases(), st.sampled_from(list(POOLS)), generators())
def test_pooling_gradients_are_derivatives(case, pool, rng):
    (m, h, w, c), _, f, s, _ = case
    shape = (m, h + f[0] - 1, w + f[1] - 1, c)
    X = rng.permutation(math.prod(shape)).reshape(shape) / 7  # no ties
    nn.check_gradients(pool(f, s), X, rng=rng)


@given(cases(), st.sampled_from([(2, None), (3, 2), (2, 1)]), generators())
def test_of_equal_pixels_the_first_takes_the_gradient(case, sizes, rng):
    (m, h, w, c), *_ = case
    layer = nn.MaxPool2D(*sizes)
    X = rng.integers(0, 3, (m, h + 2, w + 2, c)).astype(float)
    grad = rng.normal(size=layer.forward(X).shape)
    dX = np.zeros_like(X)
    for i, j, window in windows_by_loops(X, layer.size, layer.stride):
        for s in range(m):
            for k in range(c):
                u, v = divmod(window[s, :, :, k].argmax(), layer.size[1])
                dX[s, i * layer.stride[0] + u, j * layer.stride[1] + v, k] += grad[s, i, j, k]
    assert np.allclose(layer.backward(grad), dX)


def test_pixels_that_no_window_reaches_get_nothing():
    for pool in POOLS:
        layer = pool(2)
        layer.forward(np.ones((1, 3, 5, 1)))
        dX = layer.backward(np.ones((1, 1, 2, 1)))[0, :, :, 0]
        assert not dX[2].any()
        assert not dX[:, 4].any()
        assert dX.sum() == 2


@pytest.mark.parametrize("pool", POOLS)
def test_pooling_says_what_is_wrong(pool):
    with pytest.raises(ValueError, match="size to be at least 1"):
        pool(0)
    with pytest.raises(ValueError, match="stride to be at least 1"):
        pool(2, 0)
    with pytest.raises(TypeError, match="whole number"):
        pool(2.0)
    with pytest.raises(ValueError, match="at least 3 pixels"):
        pool(3).forward(np.ones((1, 2, 8, 1)))
    with pytest.raises(ValueError, match=r"one image is x\[None\]"):
        pool(2).forward(np.ones((4, 4, 1)))
    with pytest.raises(RuntimeError, match="call forward first"):
        pool(2).backward(np.ones((1, 1, 1, 1)))


def test_a_pooling_shows_what_it_is():
    assert repr(nn.MaxPool2D(2)) == "MaxPool2D(2)"
    assert repr(nn.AvgPool2D((2, 3), 1)) == "AvgPool2D((2, 3), stride=1)"


# --- in a network ------------------------------------------------------------------------------


def small_network(rng):
    return nn.Sequential(
        nn.Conv2D(1, 3, 3, rng=rng, padding=1),
        nn.ReLU(),
        nn.MaxPool2D(2),
        nn.Conv2D(3, 4, 2, rng=rng, stride=2),
        nn.Tanh(),
        nn.Flatten(),
        nn.Dense(4, 2, rng=rng),
    )


def test_a_network_of_all_layers_passes_the_gradient_check():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(5, 7, 6, 1)), rng.normal(size=(5, 2))
    nn.check_gradients(small_network(rng), X, loss=nn.MeanSquaredError(), targets=y, rng=1)


def test_a_network_learns_to_tell_upright_bars_from_lying_ones():
    rng = np.random.default_rng(0)
    X = np.zeros((40, 7, 6, 1))
    for i, place in enumerate(rng.integers(1, 5, 40)):
        X[(i, slice(None), place) if i % 2 else (i, place)] = 1
    y = np.arange(40)[:, None] % 2 == np.array([0, 1])
    network = small_network(rng)
    network.fit(X, y.astype(float), loss=nn.MeanSquaredError(), optimizer=nn.Adam(0.01), epochs=100)
    assert (network.predict(X).argmax(1) == np.arange(40) % 2).all()


def test_the_budget_of_the_notes():
    network = nn.Sequential(nn.Conv2D(3, 10, 3, rng=0))
    summary = network.summary((100, 100, 3))
    assert summary.rows == (("Conv2D(3, 10, 3)", (98, 98, 10), 280, 2_593_080),)
    assert network.summary((200, 200, 3)).multiply_adds == 10_585_080
    assert summary.parameters == 280


def test_the_ledger_of_an_image_network():
    trace = small_network(np.random.default_rng(0)).trace(np.zeros((2, 7, 6, 1)))
    assert [t.forward[1] for t in trace.layers] == [
        (2, 7, 6, 3), (2, 7, 6, 3), (2, 3, 3, 3), (2, 1, 1, 4), (2, 1, 1, 4), (2, 4), (2, 2),
    ]  # fmt: skip
    assert all(t.equations for t in trace.layers)
    assert trace.layers[0].backward[1] == (2, 7, 6, 1)


# --- the equations as they are written ---------------------------------------------------------


@pytest.mark.parametrize(
    ("c_in", "f", "s", "p"),
    [(2, (2, 3), (2, 1), 0), (4, (3, 2), (2, 3), 1), (1, (2, 2), (1, 1), 2)],
)
def test_the_index_equations_of_a_convolution_are_true(c_in, f, s, p):
    layer = nn.Conv2D(c_in, 3, f, rng=0, stride=s, padding=p)
    X = np.random.default_rng(0).normal(size=(2, 5, 6, c_in))
    check_index_equations(layer, X, padding=p, s_h=s[0], s_w=s[1])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("i s_h + u, j s_w + v, c] dY", "i s_w + u, j s_h + v, c] dY"),
        ("i s_h + u, j s_w + v, c] dY", "i s_h - u, j s_w - v, c] dY"),
        ("W[u, v, c, k]", "W[v, u, c, k]"),
        ("dW[u, v, c, k]", "dW[u, v, k, c]"),
        ("Σ_s Σ_i Σ_j dY", "Σ_s Σ_i dY"),
        ("gets Σ_k", "= Σ_k"),
        ("each (u, v)", "each (i, j)"),
    ],
)
def test_a_slip_in_an_index_equation_is_found(old, new):
    layer = nn.Conv2D(2, 3, (2, 3), rng=0, stride=(2, 1))
    layer.index_equations = tuple(text.replace(old, new) for text in layer.index_equations)
    assert layer.index_equations != nn.Conv2D.index_equations
    X = np.random.default_rng(0).normal(size=(2, 5, 6, 2))
    with pytest.raises((AssertionError, IndexError, NameError)):
        check_index_equations(layer, X, s_h=2, s_w=1)


# which pixels of a window the words mean, as a mask
PIXELS = {
    "dX of every pixel of window (i, j)": lambda window: np.ones(window.shape),
    "dX of the first largest pixel of window (i, j)": lambda window: np.eye(window.size)[
        window.argmax()
    ].reshape(window.shape),
}


@pytest.mark.parametrize(("f", "s"), [((2, 2), (2, 2)), ((3, 2), (2, 1))])
@pytest.mark.parametrize("pool", POOLS)
def test_the_index_equation_of_a_pooling_is_true(pool, f, s):
    layer, rng = pool(f, s), np.random.default_rng(0)
    X = rng.integers(0, 3, (2, 6, 5, 2)).astype(float)
    dY, dX = rng.normal(size=layer.forward(X).shape), np.zeros_like(X)
    ((which, what),) = [text.split(" gets ") for text in layer.index_equations]
    for i, j, window in windows_by_loops(X, f, s):
        for sample, channel in np.ndindex(2, 2):
            names = {"dY": dY, "s": sample, "i": i, "j": j, "c": channel, "f_h": f[0], "f_w": f[1]}
            part = PIXELS[which](window[sample, :, :, channel]) * value_of(what, names)
            rows, columns = i * s[0], j * s[1]
            dX[sample, rows : rows + f[0], columns : columns + f[1], channel] += part
    assert np.allclose(layer.backward(dY), dX)


def test_the_sums_in_the_docstrings_are_what_is_computed():
    layer = nn.Conv2D(2, 3, (2, 3), rng=0, stride=(2, 1))
    layer.parameters["b"][:] = [1, 2, 3]
    X = np.random.default_rng(0).normal(size=(2, 5, 6, 2))
    Y = layer.forward(X)
    (formula,) = stated(
        nn.Conv2D,
        "Y[s, i, j, k] = b[k] + Σ_u Σ_v Σ_c X[s, i s_h + u, j s_w + v, c] W[u, v, c, k]",
    )
    names = {"X": X, "s_h": 2, "s_w": 1, "ranges": {"u": 2, "v": 3, "c": 2}, **layer.parameters}
    for s, i, j, k in np.ndindex(Y.shape):
        place = {"s": s, "i": i, "j": j, "k": k}
        assert np.isclose(Y[s, i, j, k], value_of(formula.split(" = ")[1], names | place))
    (formula,) = stated(nn.correlate2d, "Y[i, j] = Σ_u Σ_v X[i s + u, j s + v] K[u, v]")
    X, K = X[0, :, :, 0], layer.parameters["W"][:, :, 0, 0]
    names = {"X": X, "K": K, "s": 2, "ranges": {"u": 2, "v": 3}}
    for (i, j), y in np.ndenumerate(nn.correlate2d(X, K, stride=2)):
        assert np.isclose(y, value_of(formula.split(" = ")[1], names | {"i": i, "j": j}))


def test_the_way_back_of_a_convolution_is_the_one_in_its_docstring():
    by_weights, by_biases, spread = stated(nn.Conv2D, "dW = Pᵀ dY", "db = Σ dY", "dY W[u, v]ᵀ")
    layer, rng = nn.Conv2D(2, 3, (2, 3), rng=0, stride=(2, 1)), np.random.default_rng(0)
    X = rng.normal(size=(2, 5, 6, 2))
    dY = rng.normal(size=layer.forward(X).shape)
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
        dX[:, i * 2 + u, j + v] += value_of(spread, names, "@")
    assert np.allclose(found, dX)


def test_the_poolings_are_the_words_in_their_docstrings():
    stated(nn.MaxPool2D, "Y[s, i, j, c] = max over the window of X[..., c]")
    stated(nn.AvgPool2D, "Y[s, i, j, c] = mean over the window of X[..., c]")
    (share,) = stated(nn.AvgPool2D, "dY / (number of pixels in the window)")
    layer = nn.AvgPool2D((2, 3))
    layer.forward(np.ones((1, 2, 3, 1)))
    names = {"dY": 5.0, "pixels": 6}
    expected = value_of(share.replace("number of pixels in the window", "pixels"), names)
    assert np.allclose(layer.backward([[[[5.0]]]]), expected)


def test_the_formula_of_the_output_size_is_what_is_computed():
    (formula,) = stated(nn.conv_output_size, "floor((n + 2p - f) / s) + 1")
    for n, f, s, p in np.ndindex(9, 5, 4, 3):
        if n + 2 * p >= f and min(n, f, s) > 0:
            names = {"floor": math.floor, "n": n, "f": f, "s": s, "p": p}
            assert nn.conv_output_size(n, f, s, p) == value_of(formula.replace("2p", "2 p"), names)


# --- what the mutants showed ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "s"), [((3, 1), (1, 3)), ((1, 3), (3, 1)), ((3, 1), (3, 1)), ((2, 3), (2, 2))]
)
@pytest.mark.parametrize("pool", POOLS)
def test_windows_may_overlap_in_one_direction_only(pool, f, s):
    X = np.random.default_rng(0).permutation(2 * 7 * 7).reshape(2, 7, 7, 1) / 7
    nn.check_gradients(pool(f, s), X, rng=0)


LAYERS = {
    "Conv2D": (nn.Conv2D(2, 3, (2, 1), rng=0, stride=(1, 2), padding=(1, 0)), {
        "c_in": 2, "c_out": 3, "filter_size": [2, 1], "stride": [1, 2], "padding": [1, 0],
    }),
    "MaxPool2D": (nn.MaxPool2D((2, 1), 1), {"size": [2, 1], "stride": [1, 1]}),
    "AvgPool2D": (nn.AvgPool2D(2), {"size": [2, 2], "stride": [2, 2]}),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_of_images_is_described_by_all_its_settings(name):
    layer, settings = LAYERS[name]
    assert describe(layer) == {"layer": name, "settings": settings}


def test_before_the_first_backward_the_gradients_are_there_and_zero():
    layer = nn.Conv2D(2, 3, 2, rng=0)
    assert list(layer.gradients) == ["W", "b"]
    for name, p in layer.parameters.items():
        assert layer.gradients[name].shape == p.shape
        assert not layer.gradients[name].any()


def test_predict_takes_lists_and_looks_at_the_shape():
    layer = nn.Conv2D(1, 1, 2, rng=0, weight_init=nn.initializers.ones)
    assert layer.predict([[[[1], [2]], [[3], [4]]]]).tolist() == [[[[10]]]]
    with pytest.raises(ValueError, match=r"Conv2D\(1, 1, 2\) expects images"):
        layer.predict(np.zeros((2, 2)))


@pytest.mark.parametrize("pool", POOLS)
def test_a_pooling_sends_gradients_back_in_their_own_type(pool):
    layer = pool(2)
    layer.forward(np.ones((1, 4, 4, 1), np.float32))
    assert layer.backward(np.ones((1, 2, 2, 1))).dtype == np.float64


@pytest.mark.parametrize("order", list(permutations(range(4))))
@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2D(2, 3, 3, rng=0, stride=(1, 2), padding=1),
        nn.MaxPool2D((2, 1)),
        nn.AvgPool2D(3, 2),
        nn.Flatten(),
    ],
    ids=str,
)
def test_images_in_any_order_of_memory_are_the_same_images(layer, order):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4, 7, 6, 2))
    Y = layer.forward(X)
    grad = rng.normal(size=Y.shape)
    dX = layer.backward(grad)
    nn.check_gradients(layer, laid(X, order), rng=0)
    assert np.allclose(layer.predict(laid(X, order)), Y, rtol=1e-13)
    assert np.allclose(layer.forward(laid(X, order)), Y, rtol=1e-13)
    other = laid(grad, order) if grad.ndim == 4 else np.asfortranarray(grad)
    assert np.allclose(layer.backward(other), dX, rtol=1e-13)


def test_images_that_are_one_image_many_times_need_no_memory_of_their_own():
    X = np.broadcast_to(np.arange(25.0).reshape(1, 5, 5, 1), (3, 5, 5, 1))
    for layer in (nn.Conv2D(1, 2, 2, rng=0), nn.MaxPool2D(2), nn.AvgPool2D(2), nn.Flatten()):
        Y = layer.forward(X)
        assert np.array_equal(Y, layer.forward(X.copy()))
        dX = layer.backward(np.ones_like(Y))
        layer.forward(X)
        assert np.array_equal(layer.backward(np.ones(Y.shape)), dX)
        assert dX.shape == X.shape
