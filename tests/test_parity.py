"""Layers, losses and optimizers beside PyTorch, on generated cases.

``make parity`` runs this file in an environment of its own; elsewhere it is skipped. Convolution,
pooling and batch normalisation meet PyTorch's in tests/doors/test_torch.py.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnbook as nn

torch = pytest.importorskip("torch", reason="PyTorch is not installed; run `make parity`")
F = torch.nn.functional

MANY = settings(max_examples=500)
SIZE = st.integers(1, 7)
SEED = st.integers(0, 2**32 - 1)
DTYPES = st.sampled_from([np.float64, np.float32])
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
    "embedding": lambda s, rng: (
        nn.Embedding(s.n, s.k, rng=rng),
        rng.integers(0, s.n, (s.m, s.t)),
        lambda X, W: F.embedding(X, W),
    ),
    "attention": lambda s, rng: (
        nn.Attention(s.n, s.k, rng=rng), draw(rng, (s.m, s.t, s.n), s.dtype),
        lambda X, *W: F.scaled_dot_product_attention(*(X @ each for each in W)),
    ),
    "residual": lambda s, rng: (  # and dense layers
        nn.Residual(nn.Dense(s.n, s.k, rng=rng), nn.Tanh(), nn.Dense(s.k, s.n, rng=rng)),
        draw(rng, (s.m, s.n), s.dtype),
        lambda X, W1, b1, W2, b2: X + torch.tanh(X @ W1 + b1) @ W2 + b2,
    ),
    "layer norm": lambda s, rng: (
        nn.LayerNorm(s.n + 1),
        rng.normal(2, 3, (s.m, s.t, s.n + 1)),
        lambda X, gamma, beta: F.layer_norm(X, (s.n + 1,), gamma, beta),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
@MANY
@given(m=SIZE, t=SIZE, n=SIZE, k=SIZE, seed=SEED, dtype=DTYPES)
def test_layers(name, m, t, n, k, seed, dtype):
    rng, sizes = np.random.default_rng(seed), SimpleNamespace(m=m, t=t, n=n, k=k, dtype=dtype)
    layer, X, function = LAYERS[name](sizes, rng)
    exact = name in ACTIVATIONS or name == "embedding"  # elsewhere much cancels
    options, network = (dtype, FINE if exact else COARSE), nn.Sequential(layer).astype(dtype)
    for p in network.parameters():
        if p.ndim == 1:  # biases and the like are not left at 0
            p[:] = draw(rng, p.shape, dtype)
    X = X.astype(dtype) if X.dtype.kind == "f" else X
    tX, leaves = torch.from_numpy(X.copy()), [leaf(p) for p in network.parameters()]
    tX.requires_grad_(X.dtype.kind == "f")  # not of tokens
    tY = function(tX, *leaves)
    grad = draw(rng, tuple(tY.shape), dtype)
    tY.backward(torch.from_numpy(grad))
    assert near(layer.forward(X), tY, *options)
    dX = layer.backward(grad)
    assert tX.grad is None or near(dX, tX.grad, *options)
    for mine, theirs in zip(network.gradients(), leaves, strict=True):
        assert near(mine, theirs.grad, *options)
    if name == "softmax":
        assert near(nn.log_softmax(X), torch.log_softmax(torch.from_numpy(X), dim=1), dtype)


LOSSES = {
    "mean squared": (nn.MeanSquaredError, F.mse_loss),
    "half squared": (nn.HalfSquaredError, lambda p, y: ((p - y) ** 2).sum() / (2 * len(p))),
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


NAMES = {
    "decay": "alpha", "epsilon": "eps", "momentum": "momentum", "nesterov": "nesterov",
    "weight_decay": "weight_decay",
}  # fmt: skip
MANY_OPTIONS = {"epsilon": 1e-6, "weight_decay": 0.1}
OPTIMIZERS = [
    (nn.SGD, torch.optim.SGD, 0.1, {"weight_decay": 0.3}),
    (nn.SGD, torch.optim.SGD, 0.1, {"momentum": 0.9, "weight_decay": 0.01}),
    (nn.SGD, torch.optim.SGD, 0.1, {"momentum": 0.9, "nesterov": True}),
    (nn.RMSProp, torch.optim.RMSprop, 0.01, {}),
    (nn.RMSProp, torch.optim.RMSprop, 0.02, {"decay": 0.9, **MANY_OPTIONS}),
    (nn.Adam, torch.optim.Adam, 0.01, {}),
    (nn.Adam, torch.optim.Adam, 0.02, {"beta1": 0.8, "beta2": 0.95, **MANY_OPTIONS}),
    (nn.AdamW, torch.optim.AdamW, 0.02, {"weight_decay": 0.1}),
]


@pytest.mark.parametrize(("ours", "theirs", "rate", "options"), OPTIMIZERS)
@pytest.mark.parametrize("seed", range(10))
def test_optimizers_over_twenty_steps(ours, theirs, rate, options, seed):
    rng = np.random.default_rng(seed)
    parameters = [rng.normal(size=(3, 2)), rng.normal(size=2)]
    leaves = [leaf(p) for p in parameters]
    named = {NAMES[name]: value for name, value in options.items() if name in NAMES}
    betas = {"betas": (options["beta1"], options["beta2"])} if "beta1" in options else {}
    other, optimizer = theirs(leaves, lr=rate, **named, **betas), ours(rate, **options)
    for _ in range(20):
        gradients = [rng.normal(size=p.shape) for p in parameters]
        for tensor, g in zip(leaves, gradients, strict=True):
            tensor.grad = torch.from_numpy(g.copy())
        other.step()
        optimizer.step(parameters, gradients)
    for p, tensor in zip(parameters, leaves, strict=True):
        assert near(p, tensor)
