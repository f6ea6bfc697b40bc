"""Layers, losses and optimizers beside PyTorch, on generated cases.

``make parity`` runs this file in an environment of its own; elsewhere it is skipped.
"""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specimens import example
from strategies import laid

import nnbook as nn

torch = pytest.importorskip("torch", reason="PyTorch is not installed; run `make parity`")
F = torch.nn.functional

OWN_LAYER = example("own_layer")
MANY = settings(max_examples=500)
SIZE = st.integers(1, 7)
SEED = st.integers(0, 2**32 - 1)
DTYPES = st.sampled_from([np.float64, np.float32])
ORDERS = st.permutations(range(4))  # of the axes of images in memory
FINE = {np.float64: 1e-12, np.float32: 1e-4}, 1e-3
COARSE = {np.float64: 1e-9, np.float32: 1e-3}, 1  # where much cancels, rounding shows


def near(mine, theirs, dtype=np.float64, tolerances=FINE):
    """Return whether the largest difference is small beside the largest entry."""
    theirs = theirs.detach().numpy()
    assert np.shape(mine) == theirs.shape
    tolerance, least = tolerances
    return np.abs(mine - theirs).max() <= tolerance[dtype] * max(np.abs(theirs).max(), least)


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


def compare(layer, X, function, rng, dtype, orders=None, tolerances=FINE):
    """Compare a layer, forward and backward, with ``function(X, *parameters)``."""
    network = nn.Sequential(layer).astype(dtype)
    for p in network.parameters():
        if p.ndim == 1:  # biases and the like are not left at 0
            p[:] = draw(rng, p.shape, dtype)
    tX, leaves = torch.from_numpy(X.copy()), [leaf(p) for p in network.parameters()]
    tX.requires_grad_(X.dtype.kind == "f")  # not of tokens
    tY = function(tX, *leaves)
    grad = draw(rng, tuple(tY.shape), dtype)
    tY.backward(torch.from_numpy(grad))
    one, other = orders or (range(X.ndim), range(grad.ndim))
    assert near(layer.forward(laid(X, one)), tY, dtype, tolerances)
    dX = layer.backward(laid(grad, other))
    assert tX.grad is None or near(dX, tX.grad, dtype, tolerances)
    for mine, theirs in zip(network.gradients(), leaves, strict=True):
        assert near(mine, theirs.grad, dtype, tolerances)


def attend(X, W_q, W_k, W_v):
    return F.scaled_dot_product_attention(X @ W_q, X @ W_k, X @ W_v)


def normal(rng, shape):
    return rng.normal(2, 3, shape)


def images(function):
    """Return a function of images (m, h, w, c) as one that PyTorch has, of (m, c, h, w)."""
    return lambda X, *p: torch.movedim(function(packed(torch.movedim(X, -1, 1)), *p), 1, -1)


def packed(tensor):
    """Return a copy whose axes lie in memory as they stand; of others conv2d can read too far."""
    return tensor.clone(memory_format=torch.contiguous_format)


ACTIVATIONS = {
    "sigmoid": (nn.Sigmoid, torch.sigmoid),
    "tanh": (nn.Tanh, torch.tanh),
    "relu": (nn.ReLU, torch.relu),
    "leaky relu": (lambda: nn.LeakyReLU(0.2), lambda x: F.leaky_relu(x, 0.2)),
    "softmax": (nn.Softmax, lambda x: torch.softmax(x, dim=1)),
}
# what makes a layer, its input and the function of PyTorch from sizes and a generator
LAYERS = {
    **{
        name: lambda s, rng, make=make, function=function: (
            make(), draw(rng, (s.m, s.n), s.dtype), function,
        )
        for name, (make, function) in ACTIVATIONS.items()
    },
    "dense": lambda s, rng: (
        nn.Dense(s.n, s.k, rng=rng), draw(rng, (s.m, s.n), s.dtype), lambda X, W, b: X @ W + b,
    ),
    "embedding": lambda s, rng: (
        nn.Embedding(s.n, s.k, rng=rng),
        rng.integers(0, s.n, (s.m, s.t)),
        lambda X, W: F.embedding(X, W),
    ),
}  # fmt: skip
LOOSER = {
    "attention": lambda s, rng: (
        nn.Attention(s.n, s.k, rng=rng), draw(rng, (s.m, s.t, s.n), s.dtype), attend,
    ),
    "residual": lambda s, rng: (
        nn.Residual(nn.Dense(s.n, s.k, rng=rng), nn.Tanh(), nn.Dense(s.k, s.n, rng=rng)),
        draw(rng, (s.m, s.n), s.dtype),
        lambda X, W1, b1, W2, b2: X + torch.tanh(X @ W1 + b1) @ W2 + b2,
    ),
    "layer norm": lambda s, rng: (
        nn.LayerNorm(s.n + 1),
        normal(rng, (s.m, s.t, s.n + 1)),
        lambda X, gamma, beta: F.layer_norm(X, (s.n + 1,), gamma, beta),
    ),
    "batch norm": lambda s, rng: (
        nn.BatchNorm(s.n),
        normal(rng, (s.m + 1, s.t, s.k, s.n)),
        images(lambda X, gamma, beta: F.batch_norm(X, None, None, gamma, beta, training=True)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [*LAYERS, *LOOSER])
@MANY
@given(m=SIZE, t=SIZE, n=SIZE, k=SIZE, seed=SEED, dtype=DTYPES, orders=st.tuples(ORDERS, ORDERS))
def test_layers(name, m, t, n, k, seed, dtype, orders):
    rng, sizes = np.random.default_rng(seed), SimpleNamespace(m=m, t=t, n=n, k=k, dtype=dtype)
    layer, X, function = (LAYERS | LOOSER)[name](sizes, rng)
    X = X.astype(dtype) if X.dtype.kind == "f" else X
    tolerances, orders = COARSE if name in LOOSER else FINE, orders if X.ndim == 4 else None
    compare(layer, X, function, rng, dtype, orders, tolerances)
    if name == "softmax":
        assert near(nn.log_softmax(X), torch.log_softmax(torch.from_numpy(X), dim=1), dtype)
    if name == "batch norm":  # the running numbers, and the predictions that they give
        theirs = torch.nn.BatchNorm2d(n, dtype=torch.from_numpy(X).dtype)
        for tensor, p in zip(theirs.parameters(), layer.parameters.values(), strict=True):
            tensor.data = torch.from_numpy(p.copy())
        tX = torch.movedim(torch.from_numpy(X), -1, 1)
        theirs(tX)
        assert near(layer.state["mean"], theirs.running_mean, dtype, COARSE)
        assert near(layer.state["variance"], theirs.running_var, dtype, COARSE)
        predicted = torch.movedim(theirs.eval()(tX), 1, -1)
        assert near(layer.predict(X), predicted, dtype, COARSE)


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
    layer = nn.Conv2D(shape[3], c_out, f, rng=rng, stride=s, padding=p)

    def function(X, W, b):
        return F.conv2d(X, packed(W.permute(3, 2, 0, 1)), b, stride=s, padding=p)

    compare(layer, draw(rng, shape, dtype), images(function), rng, dtype, orders)


POOLS = {"max": (nn.MaxPool2D, F.max_pool2d), "avg": (nn.AvgPool2D, F.avg_pool2d)}


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
    rng = np.random.default_rng(seed)
    X = draw(rng, (m, h + f[0] - 1, w + f[1] - 1, c), dtype)
    X = np.maximum(X, 0) if after_relu else X  # many ties, at 0
    X = np.rint(X) if whole else X  # and elsewhere
    compare(make(f, s), X, images(lambda X: function(X, f, stride=s)), rng, dtype, orders)


def half_squared(p, y):
    return ((p - y) ** 2).sum() / (2 * len(p))


LOSSES = {
    "mean squared": (nn.MeanSquaredError, F.mse_loss),
    "half squared": (nn.HalfSquaredError, half_squared),
    "binary cross-entropy": (nn.BinaryCrossEntropy, F.binary_cross_entropy),
    "sigmoid and binary cross-entropy": (
        nn.SigmoidBinaryCrossEntropy,
        F.binary_cross_entropy_with_logits,
    ),
    "cross-entropy": (nn.CrossEntropy, lambda p, y: F.nll_loss(torch.log(p), y)),
    "softmax and cross-entropy": (nn.SoftmaxCrossEntropy, F.cross_entropy),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", LOSSES)
@MANY
@given(m=SIZE, n=SIZE, seed=SEED, dtype=DTYPES, one_hot=st.booleans())
def test_losses(name, weighted, m, n, seed, dtype, one_hot):
    make, function = LOSSES[name]
    rng, loss, w = np.random.default_rng(seed), make(), None
    dtype = np.float64 if weighted else dtype
    p, y = draw(rng, (m, n), dtype), draw(rng, (m, n), dtype)
    if "binary" in name:
        y = rng.integers(0, 2, (m, n)).astype(dtype)
    elif "cross-entropy" in name:
        y = rng.integers(n, size=m)
    if name == "binary cross-entropy":
        p = rng.uniform(1e-3, 1 - 1e-3, (m, n)).astype(dtype)
    elif name == "cross-entropy":
        p = rng.uniform(1e-3, 1, (m, n)).astype(dtype)
    tp, ty = leaf(p), torch.from_numpy(y)
    if weighted:
        w = rng.uniform(0.1, 2, m)
        losses = torch.stack([function(tp[i : i + 1], ty[i : i + 1]) for i in range(m)])
        value = (torch.from_numpy(w) * losses).sum() / w.sum()
    else:
        value = function(tp, ty)
    value.backward()
    targets = np.eye(n)[y] if y.ndim == 1 and one_hot else y
    assert near(np.array(loss.forward(p, targets, w)), value, dtype)
    assert near(loss.backward(), tp.grad, dtype)


@MANY
@given(m=SIZE, n=st.integers(2, 7), seed=SEED, dtype=DTYPES)
def test_class_weights(m, n, seed, dtype):
    rng, loss = np.random.default_rng(seed), nn.SoftmaxCrossEntropy()
    z, y, by_class = draw(rng, (m, n), dtype), rng.integers(n, size=m), rng.uniform(0.1, 2, n)
    tz, weight = leaf(z), torch.from_numpy(by_class.astype(dtype))
    value = F.cross_entropy(tz, torch.from_numpy(y), weight=weight)
    value.backward()
    assert near(np.array(loss.forward(z, y, sample_weight=by_class[y])), value, dtype)
    assert near(loss.backward(), tz.grad, dtype)


@MANY
@given(m=st.integers(2, 7), n=SIZE, seed=SEED)
def test_the_example_of_a_layer_of_ones_own(m, n, seed):
    rng = np.random.default_rng(seed)
    layer, (X, grad) = OWN_LAYER.Normalise(n), rng.normal(size=(2, m, n))
    for p in layer.parameters.values():
        p[:] = rng.normal(size=n)
    tX, gamma, beta = leaf(X), leaf(layer.parameters["gamma"]), leaf(layer.parameters["beta"])
    tY = F.batch_norm(tX, None, None, gamma, beta, training=True, eps=1e-5)
    tY.backward(torch.from_numpy(grad))
    assert near(layer.forward(X), tY)
    assert np.allclose(layer.backward(grad), tX.grad.numpy(), rtol=1e-9, atol=1e-9)
    assert near(layer.gradients["gamma"], gamma.grad)
    assert near(layer.gradients["beta"], beta.grad)


@MANY
@given(
    sizes=st.lists(st.integers(1, 6), min_size=2, max_size=5),
    m=SIZE,
    seed=SEED,
    name=st.sampled_from(list(ACTIVATIONS)[:4]),
)
def test_whole_networks(sizes, m, seed, name):
    make, function = ACTIVATIONS[name]
    rng, layers = np.random.default_rng(seed), []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Dense(n_in, n_out, rng=rng), make()]
    network, loss = nn.Sequential(*layers), nn.MeanSquaredError()
    X, y = rng.normal(size=(m, sizes[0])), rng.normal(size=(m, sizes[-1]))
    tX, leaves = leaf(X), [leaf(p) for p in network.parameters()]
    out = tX
    for W, b in zip(leaves[::2], leaves[1::2], strict=True):
        out = function(out @ W + b)
    value = F.mse_loss(out, torch.from_numpy(y))
    value.backward()
    assert near(np.array(loss.forward(network.forward(X), y)), value)
    assert near(network.backward(loss.backward(), input_gradient=True), tX.grad)
    for mine, theirs in zip(network.gradients(), leaves, strict=True):
        assert near(mine, theirs.grad)


NAMES = {
    "decay": "alpha", "epsilon": "eps", "momentum": "momentum", "nesterov": "nesterov",
    "weight_decay": "weight_decay",
}  # fmt: skip
OPTIMIZERS = [
    (nn.SGD, torch.optim.SGD, 0.1, {}),
    (nn.SGD, torch.optim.SGD, 0.1, {"weight_decay": 0.3}),
    (nn.SGD, torch.optim.SGD, 0.1, {"momentum": 0.9, "weight_decay": 0.01}),
    (nn.SGD, torch.optim.SGD, 0.1, {"momentum": 0.9, "nesterov": True}),
    (nn.RMSProp, torch.optim.RMSprop, 0.01, {}),
    (nn.RMSProp, torch.optim.RMSprop, 0.02, {"decay": 0.9, "epsilon": 1e-6, "weight_decay": 0.1}),
    (nn.Adam, torch.optim.Adam, 0.01, {}),
    (nn.Adam, torch.optim.Adam, 0.02, {"betas": (0.8, 0.95), "epsilon": 1e-6, "weight_decay": 0.1}),
    (nn.AdamW, torch.optim.AdamW, 0.02, {"weight_decay": 0.1}),
]


@pytest.mark.parametrize(("ours", "theirs", "rate", "options"), OPTIMIZERS)
@pytest.mark.parametrize("seed", range(10))
def test_optimizers_over_twenty_steps(ours, theirs, rate, options, seed):
    rng = np.random.default_rng(seed)
    parameters = [rng.normal(size=(3, 2)), rng.normal(size=2)]
    leaves = [leaf(p) for p in parameters]
    other = theirs(leaves, lr=rate, **{NAMES.get(name, name): v for name, v in options.items()})
    beta1, beta2 = options.get("betas", (None, None))
    mine = {name: value for name, value in options.items() if name != "betas"}
    optimizer = ours(rate, **mine | ({"beta1": beta1, "beta2": beta2} if beta1 else {}))
    for _ in range(20):
        gradients = [rng.normal(size=p.shape) for p in parameters]
        for tensor, g in zip(leaves, gradients, strict=True):
            tensor.grad = torch.from_numpy(g.copy())
        other.step()
        optimizer.step(parameters, gradients)
    for p, tensor in zip(parameters, leaves, strict=True):
        assert near(p, tensor)
