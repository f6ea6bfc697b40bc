"""Layers, losses and optimizers beside PyTorch, on generated cases.

``make parity`` runs this file in an environment of its own; elsewhere it is skipped.
"""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specimens import example
from strategies import laid

import nnbook as nn

torch = pytest.importorskip("torch", reason="PyTorch is not installed; run `make parity`")

OWN_LAYER = example("own_layer")
MANY = settings(max_examples=500)
SIZE = st.integers(1, 7)
SEED = st.integers(0, 2**32 - 1)
DTYPES = st.sampled_from([np.float64, np.float32])
ORDERS = st.permutations(range(4))  # of the axes of images in memory


def near(mine, theirs, dtype):
    """Return whether the largest difference is small beside the largest entry."""
    theirs = theirs.detach().numpy()
    assert mine.shape == theirs.shape
    tolerance = 1e-12 if dtype == np.float64 else 1e-4
    return np.abs(mine - theirs).max() <= tolerance * max(np.abs(theirs).max(), 1e-3)


def draw(rng, shape, dtype):
    """Return normal numbers, some of them exactly 0, and in float64 now and then large ones.

    In float32 a saturated tanh and the logarithm of nearly 1 lose most of their digits to one
    rounding, on either side; there the comparison would say nothing.
    """
    array = rng.normal(size=shape) * (rng.choice([1.0, 5.0]) if dtype == np.float64 else 0.7)
    array[rng.random(shape) < 0.1] = 0.0
    return array.astype(dtype)


def leaf(array):
    return torch.from_numpy(array.copy()).requires_grad_()


@MANY
@given(m=SIZE, n_in=SIZE, n_out=SIZE, seed=SEED, dtype=DTYPES)
def test_dense(m, n_in, n_out, seed, dtype):
    rng = np.random.default_rng(seed)
    layer = nn.Dense(n_in, n_out, rng=rng).astype(dtype)
    layer.parameters["b"][:] = draw(rng, n_out, dtype)
    X, grad = draw(rng, (m, n_in), dtype), draw(rng, (m, n_out), dtype)
    tX, tW, tb = leaf(X), leaf(layer.parameters["W"]), leaf(layer.parameters["b"])
    tY = tX @ tW + tb
    tY.backward(torch.from_numpy(grad))
    assert near(layer.forward(X), tY, dtype)
    assert near(layer.backward(grad), tX.grad, dtype)
    assert near(layer.gradients["W"], tW.grad, dtype)
    assert near(layer.gradients["b"], tb.grad, dtype)


ACTIVATIONS = {
    "sigmoid": (nn.Sigmoid, torch.sigmoid),
    "tanh": (nn.Tanh, torch.tanh),
    "relu": (nn.ReLU, torch.relu),
    "leaky relu": (
        lambda: nn.LeakyReLU(0.2),
        lambda x: torch.nn.functional.leaky_relu(x, 0.2),
    ),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
@MANY
@given(m=SIZE, n=SIZE, seed=SEED, dtype=DTYPES)
def test_activations(name, m, n, seed, dtype):
    make, function = ACTIVATIONS[name]
    rng, layer = np.random.default_rng(seed), make()
    X, grad = draw(rng, (m, n), dtype), draw(rng, (m, n), dtype)
    tX = leaf(X)
    tY = function(tX)
    tY.backward(torch.from_numpy(grad))
    assert near(layer.forward(X), tY, dtype)
    assert near(layer.backward(grad), tX.grad, dtype)


def half_squared(p, y):
    return ((p - y) ** 2).sum() / (2 * len(p))


LOSSES = {
    "mean squared": (nn.MeanSquaredError, torch.nn.functional.mse_loss),
    "half squared": (nn.HalfSquaredError, half_squared),
    "binary cross-entropy": (
        nn.BinaryCrossEntropy,
        torch.nn.functional.binary_cross_entropy,
    ),
    "sigmoid and binary cross-entropy": (
        nn.SigmoidBinaryCrossEntropy,
        torch.nn.functional.binary_cross_entropy_with_logits,
    ),
}


@pytest.mark.parametrize("name", LOSSES)
@MANY
@given(m=SIZE, n=SIZE, seed=SEED, dtype=DTYPES)
def test_losses(name, m, n, seed, dtype):
    make, function = LOSSES[name]
    rng, loss = np.random.default_rng(seed), make()
    p, y = draw(rng, (m, n), dtype), draw(rng, (m, n), dtype)
    if "entropy" in name:
        y = rng.integers(0, 2, (m, n)).astype(dtype)
    if name == "binary cross-entropy":
        p = rng.uniform(1e-3, 1 - 1e-3, (m, n)).astype(dtype)
    tp = leaf(p)
    value = function(tp, torch.from_numpy(y))
    value.backward()
    assert near(np.array(loss.forward(p, y)), value, dtype)
    assert near(loss.backward(), tp.grad, dtype)


@st.composite
def windows(draw):
    """Draw images and a window: rectangular, strides that need not divide, some padding."""
    f, s = (
        (draw(st.integers(1, 5)), draw(st.integers(1, 5))),
        (draw(st.integers(1, 3)), draw(st.integers(1, 3))),
    )
    p = (draw(st.integers(0, 2)), draw(st.integers(0, 2)))
    h, w = (max(f[i] - 2 * p[i], 1) + draw(st.integers(0, 7)) for i in (0, 1))
    return (draw(st.integers(1, 5)), h, w, draw(st.integers(1, 6))), f, s, p


def channels_first(array):
    return leaf(np.moveaxis(array, -1, 1))


def channels_last(tensor):
    return torch.movedim(tensor, 1, -1)


@MANY
@given(
    case=windows(),
    c_out=st.integers(1, 5),
    same=st.booleans(),
    seed=SEED,
    dtype=DTYPES,
    orders=st.tuples(ORDERS, ORDERS),
)
def test_convolution(case, c_out, same, seed, dtype, orders):
    shape, f, s, p = case
    s, p = ((1, 1), "same") if same else (s, p)
    rng = np.random.default_rng(seed)
    layer = nn.Conv2D(shape[3], c_out, f, rng=rng, stride=s, padding=p).astype(dtype)
    layer.parameters["b"][:] = draw(rng, c_out, dtype)
    X, (W, b) = draw(rng, shape, dtype), layer.parameters.values()
    tX, tW, tb = channels_first(X), leaf(W.transpose(3, 2, 0, 1)), leaf(b)
    tY = torch.nn.functional.conv2d(tX, tW, tb, stride=s, padding=p)
    Y = layer.forward(laid(X, orders[0]))
    assert near(Y, channels_last(tY), dtype)
    grad = draw(rng, Y.shape, dtype)
    channels_last(tY).backward(torch.from_numpy(grad))
    assert near(layer.backward(laid(grad, orders[1])), channels_last(tX.grad), dtype)
    assert near(layer.gradients["W"], tW.grad.permute(2, 3, 1, 0), dtype)
    assert near(layer.gradients["b"], tb.grad, dtype)


POOLS = {
    "max": (nn.MaxPool2D, torch.nn.functional.max_pool2d),
    "avg": (nn.AvgPool2D, torch.nn.functional.avg_pool2d),
}


@pytest.mark.parametrize("name", POOLS)
@MANY
@given(
    case=windows(),
    seed=SEED,
    dtype=DTYPES,
    after_relu=st.booleans(),
    whole=st.booleans(),
    orders=st.tuples(ORDERS, ORDERS),
)
def test_pooling(name, case, seed, dtype, after_relu, whole, orders):
    (m, h, w, c), f, s, _ = case
    make, function = POOLS[name]
    rng, layer = np.random.default_rng(seed), make(f, s)
    X = draw(rng, (m, h + f[0] - 1, w + f[1] - 1, c), dtype)
    X = np.maximum(X, 0) if after_relu else X  # many ties, at 0
    X = np.rint(X) if whole else X  # and elsewhere
    tX = channels_first(X)
    tY = function(tX, f, stride=s)
    Y = layer.forward(laid(X, orders[0]))
    assert near(Y, channels_last(tY), dtype)
    grad = draw(rng, Y.shape, dtype)
    channels_last(tY).backward(torch.from_numpy(grad))
    assert near(layer.backward(laid(grad, orders[1])), channels_last(tX.grad), dtype)


@MANY
@given(m=SIZE, n=SIZE, seed=SEED, dtype=DTYPES)
def test_softmax(m, n, seed, dtype):
    rng, layer = np.random.default_rng(seed), nn.Softmax()
    X, grad = draw(rng, (m, n), dtype), draw(rng, (m, n), dtype)
    tX = leaf(X)
    tY = torch.softmax(tX, dim=1)
    tY.backward(torch.from_numpy(grad))
    assert near(layer.forward(X), tY, dtype)
    assert near(layer.backward(grad), tX.grad, dtype)
    assert near(nn.log_softmax(X), torch.log_softmax(torch.from_numpy(X), dim=1), dtype)


@pytest.mark.parametrize("fused", [True, False])
@MANY
@given(m=SIZE, n=st.integers(2, 7), seed=SEED, dtype=DTYPES, one_hot=st.booleans())
def test_losses_of_classes(fused, m, n, seed, dtype, one_hot):
    rng = np.random.default_rng(seed)
    z, y = draw(rng, (m, n), dtype), rng.integers(n, size=m)
    loss, targets = nn.SoftmaxCrossEntropy(), np.eye(n)[y] if one_hot else y
    if not fused:
        loss, z = nn.CrossEntropy(), rng.uniform(1e-3, 1, (m, n)).astype(dtype)
    tz = leaf(z)
    logs = torch.log_softmax(tz, dim=1) if fused else torch.log(tz)
    value = torch.nn.functional.nll_loss(logs, torch.from_numpy(y))
    value.backward()
    assert near(np.array(loss.forward(z, targets)), value, dtype)
    assert near(loss.backward(), tz.grad, dtype)


@MANY
@given(m=SIZE, n=st.integers(2, 7), seed=SEED, dtype=DTYPES)
def test_class_weights(m, n, seed, dtype):
    rng, loss = np.random.default_rng(seed), nn.SoftmaxCrossEntropy()
    z, y, by_class = draw(rng, (m, n), dtype), rng.integers(n, size=m), rng.uniform(0.1, 2, n)
    tz, weight = leaf(z), torch.from_numpy(by_class.astype(dtype))
    value = torch.nn.functional.cross_entropy(tz, torch.from_numpy(y), weight=weight)
    value.backward()
    assert near(np.array(loss.forward(z, y, sample_weight=by_class[y])), value, dtype)
    assert near(loss.backward(), tz.grad, dtype)


@pytest.mark.parametrize("name", LOSSES)
@MANY
@given(m=SIZE, n=SIZE, seed=SEED)
def test_sample_weights(name, m, n, seed):
    make, function = LOSSES[name]
    rng, loss = np.random.default_rng(seed), make()
    p, y = rng.uniform(0.01, 0.99, (m, n)), rng.integers(0, 2, (m, n)).astype(float)
    w, tp, ty = rng.uniform(0.1, 2, m), leaf(p), torch.from_numpy(y)
    prices = torch.stack([function(tp[i : i + 1], ty[i : i + 1]) for i in range(m)])
    value = (torch.from_numpy(w) * prices).sum() / w.sum()
    value.backward()
    assert near(np.array(loss.forward(p, y, w)), value, np.float64)
    assert near(loss.backward(), tp.grad, np.float64)


@MANY
@given(m=st.integers(2, 7), n=SIZE, seed=SEED)
def test_the_example_of_a_layer_of_ones_own(m, n, seed):
    rng = np.random.default_rng(seed)
    layer, X, grad = (
        OWN_LAYER.Normalise(n),
        rng.normal(size=(m, n)),
        rng.normal(size=(m, n)),
    )
    for p in layer.parameters.values():
        p[:] = rng.normal(size=n)
    tX, gamma, beta = leaf(X), leaf(layer.parameters["gamma"]), leaf(layer.parameters["beta"])
    tY = torch.nn.functional.batch_norm(tX, None, None, gamma, beta, training=True, eps=1e-5)
    tY.backward(torch.from_numpy(grad))
    assert near(layer.forward(X), tY, np.float64)
    assert np.allclose(layer.backward(grad), tX.grad.numpy(), rtol=1e-9, atol=1e-9)
    assert near(layer.gradients["gamma"], gamma.grad, np.float64)
    assert near(layer.gradients["beta"], beta.grad, np.float64)


@MANY
@given(
    sizes=st.lists(st.integers(1, 6), min_size=2, max_size=5),
    m=SIZE,
    seed=SEED,
    name=st.sampled_from(list(ACTIVATIONS)),
)
def test_whole_networks(sizes, m, seed, name):
    make, function = ACTIVATIONS[name]
    rng = np.random.default_rng(seed)
    layers = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Dense(n_in, n_out, rng=rng), make()]
    network, loss = nn.Sequential(*layers), nn.MeanSquaredError()
    X, y = rng.normal(size=(m, sizes[0])), rng.normal(size=(m, sizes[-1]))
    tX, leaves = leaf(X), [leaf(p) for p in network.parameters()]
    out = tX
    for W, b in zip(leaves[::2], leaves[1::2], strict=True):
        out = function(out @ W + b)
    value = torch.nn.functional.mse_loss(out, torch.from_numpy(y))
    value.backward()
    assert near(np.array(loss.forward(network.forward(X), y)), value, np.float64)
    assert near(network.backward(loss.backward(), input_gradient=True), tX.grad, np.float64)
    for mine, theirs in zip(network.gradients(), leaves, strict=True):
        assert near(mine, theirs.grad, np.float64)


def agree(pairs, dtype):
    """Compare arrays with tensors, some digits less strictly: where much cancels, rounding shows."""
    tolerance = 1e-9 if dtype == np.float64 else 1e-3
    for mine, theirs in pairs:
        theirs = theirs.detach().numpy()
        assert mine.shape == theirs.shape
        assert np.abs(mine - theirs).max() <= tolerance * max(np.abs(theirs).max(), 1)


def given_the_same(layer, theirs, names, rng, dtype):
    """Draw the parameters of a layer, and give them to a module of PyTorch."""
    theirs = theirs.to(torch.float64 if dtype == np.float64 else torch.float32)
    for name, tensor in names.items():
        p = layer.parameters[name]
        p[:] = draw(rng, p.shape, dtype)
        tensor.data = torch.from_numpy(p.copy())
    return theirs


@MANY
@given(m=st.integers(2, 6), h=SIZE, w=SIZE, c=SIZE, seed=SEED, dtype=DTYPES, order=ORDERS)
def test_batch_norm(m, h, w, c, seed, dtype, order):
    rng = np.random.default_rng(seed)
    layer, theirs = nn.BatchNorm(c).astype(dtype), torch.nn.BatchNorm2d(c)
    names = {"gamma": theirs.weight, "beta": theirs.bias}
    theirs = given_the_same(layer, theirs, names, rng, dtype)
    X, grad = rng.normal(2, 3, (m, h, w, c)).astype(dtype), draw(rng, (m, h, w, c), dtype)
    tX = channels_first(X)
    tY = channels_last(theirs(tX))
    tY.backward(torch.from_numpy(grad))
    pairs = [(layer.forward(laid(X, order)), tY)]
    pairs += [(layer.backward(laid(grad, order)), channels_last(tX.grad))]
    pairs += [(layer.gradients[name], p.grad) for name, p in names.items()]
    pairs += [(layer.state["mean"], theirs.running_mean)]
    pairs += [(layer.state["variance"], theirs.running_var)]
    pairs += [(layer.predict(X), channels_last(theirs.eval()(tX)))]
    agree(pairs, dtype)


@MANY
@given(m=SIZE, t=SIZE, n=st.integers(2, 7), seed=SEED, dtype=DTYPES)
def test_layer_norm(m, t, n, seed, dtype):
    rng = np.random.default_rng(seed)
    layer, theirs = nn.LayerNorm(n).astype(dtype), torch.nn.LayerNorm(n)
    names = {"gamma": theirs.weight, "beta": theirs.bias}
    theirs = given_the_same(layer, theirs, names, rng, dtype)
    X, grad = rng.normal(2, 3, (m, t, n)).astype(dtype), draw(rng, (m, t, n), dtype)
    tX = leaf(X)
    tY = theirs(tX)
    tY.backward(torch.from_numpy(grad))
    pairs = [(layer.forward(X), tY), (layer.backward(grad), tX.grad)]
    pairs += [(layer.gradients[name], p.grad) for name, p in names.items()]
    agree(pairs, dtype)


@MANY
@given(m=SIZE, t=SIZE, n=SIZE, n_out=SIZE, seed=SEED, dtype=DTYPES)
def test_embedding(m, t, n, n_out, seed, dtype):
    rng = np.random.default_rng(seed)
    layer, theirs = nn.Embedding(n, n_out, rng=rng).astype(dtype), torch.nn.Embedding(n, n_out)
    theirs = given_the_same(layer, theirs, {"W": theirs.weight}, rng, dtype)
    X, grad = rng.integers(0, n, (m, t)), draw(rng, (m, t, n_out), dtype)
    tY = theirs(torch.from_numpy(X))
    tY.backward(torch.from_numpy(grad))
    assert near(layer.forward(X), tY, dtype)
    layer.backward(grad)
    assert near(layer.gradients["W"], theirs.weight.grad, dtype)


@MANY
@given(m=SIZE, t=SIZE, n_in=SIZE, n_out=SIZE, seed=SEED, dtype=DTYPES)
def test_attention(m, t, n_in, n_out, seed, dtype):
    rng = np.random.default_rng(seed)
    layer = nn.Attention(n_in, n_out, rng=rng).astype(dtype)
    X, grad = draw(rng, (m, t, n_in), dtype), draw(rng, (m, t, n_out), dtype)
    tX, leaves = leaf(X), {name: leaf(p) for name, p in layer.parameters.items()}
    tY = torch.nn.functional.scaled_dot_product_attention(*(tX @ W for W in leaves.values()))
    tY.backward(torch.from_numpy(grad))
    pairs = [(layer.forward(X), tY), (layer.backward(grad), tX.grad)]
    pairs += [(layer.gradients[name], W.grad) for name, W in leaves.items()]
    agree(pairs, dtype)


@MANY
@given(m=SIZE, n=SIZE, wide=SIZE, seed=SEED, dtype=DTYPES)
def test_residual(m, n, wide, seed, dtype):
    rng = np.random.default_rng(seed)
    inside = [nn.Dense(n, wide, rng=rng), nn.Tanh(), nn.Dense(wide, n, rng=rng)]
    layer = nn.Residual(*inside).astype(dtype)
    X, grad = draw(rng, (m, n), dtype), draw(rng, (m, n), dtype)
    tX, (W1, b1, W2, b2) = leaf(X), map(leaf, nn.Sequential(layer).parameters())
    tY = tX + torch.tanh(tX @ W1 + b1) @ W2 + b2
    tY.backward(torch.from_numpy(grad))
    pairs = [(layer.forward(X), tY), (layer.backward(grad), tX.grad)]
    inner = nn.Sequential(layer).gradients()
    pairs += [(mine, p.grad) for mine, p in zip(inner, (W1, b1, W2, b2), strict=True)]
    agree(pairs, dtype)


OPTIMIZERS = {
    "sgd": (lambda: nn.SGD(0.1), torch.optim.SGD, {"lr": 0.1}),
    "sgd with weight decay": (
        lambda: nn.SGD(0.1, weight_decay=0.3),
        torch.optim.SGD,
        {"lr": 0.1, "weight_decay": 0.3},
    ),
    "momentum": (
        lambda: nn.SGD(0.1, momentum=0.9, weight_decay=0.01),
        torch.optim.SGD,
        {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01},
    ),
    "nesterov": (
        lambda: nn.SGD(0.1, momentum=0.9, nesterov=True),
        torch.optim.SGD,
        {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    ),
    "rmsprop": (lambda: nn.RMSProp(0.01), torch.optim.RMSprop, {"lr": 0.01}),
    "rmsprop with weight decay": (
        lambda: nn.RMSProp(0.02, decay=0.9, epsilon=1e-6, weight_decay=0.1),
        torch.optim.RMSprop,
        {"lr": 0.02, "alpha": 0.9, "eps": 1e-6, "weight_decay": 0.1},
    ),
    "adam": (lambda: nn.Adam(0.01), torch.optim.Adam, {"lr": 0.01}),
    "adam with weight decay": (
        lambda: nn.Adam(0.02, beta1=0.8, beta2=0.95, epsilon=1e-6, weight_decay=0.1),
        torch.optim.Adam,
        {"lr": 0.02, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1},
    ),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("seed", range(10))
def test_optimizers_over_twenty_steps(name, seed):
    make, theirs, options = OPTIMIZERS[name]
    rng = np.random.default_rng(seed)
    parameters = [rng.normal(size=(3, 2)), rng.normal(size=2)]
    leaves = [leaf(p) for p in parameters]
    mine, other = make(), theirs(leaves, **options)
    for _ in range(20):
        gradients = [rng.normal(size=p.shape) for p in parameters]
        for tensor, g in zip(leaves, gradients, strict=True):
            tensor.grad = torch.from_numpy(g.copy())
        other.step()
        mine.step(parameters, gradients)
    for p, tensor in zip(parameters, leaves, strict=True):
        assert near(p, tensor, np.float64)
