"""The same lines on a GPU: arrays that speak NumPy's protocols, and refuse to be converted.

There is no GPU here. `Far` stands in for an array of CuPy: it refuses what CuPy refuses, a silent
conversion to NumPy and a mixture with NumPy's arrays, and allows what CuPy allows, NumPy's arrays as
indices. What a layer lets fall back to NumPy by accident is an error.
"""

import copy

import numpy as np
import pytest

import nnbook as nn
from nnbook.layers import walk
from nnbook.validation import float_array, real_array


class Far(np.lib.mixins.NDArrayOperatorsMixin):
    """An array on another device."""

    def __init__(self, array):
        self.far = np.array(array)

    def __array__(self, *_, **__):
        raise TypeError("Implicit conversion to a NumPy array is not allowed")

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **kwargs):
        if method not in ("__call__", "at"):
            return NotImplemented
        if out:
            getattr(ufunc, method)(*near(inputs), **near(kwargs), out=near(out))
            return out[0]
        return far(getattr(ufunc, method)(*near(inputs), **near(kwargs)))

    def __array_function__(self, function, types, args, kwargs):
        if not all(issubclass(kind, Far) for kind in types):
            return NotImplemented
        if function is np.asarray:  # with like=, which asks for the way to the device
            return far(function(*args, **kwargs))
        return far(function(*near(args), **near(kwargs)))

    def __getitem__(self, index):
        return far(self.far[near(index, strict=False)])

    def __setitem__(self, index, value):
        self.far[near(index, strict=False)] = near(value)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(self.far, name)
        return call(value) if callable(value) else far(value)

    def __len__(self):
        return len(self.far)

    def __bool__(self):
        return bool(self.far)

    def __float__(self):
        return float(self.far)

    def __deepcopy__(self, memo):
        return Far(self.far)


def view(array):
    """Return a device's array over the same memory."""
    one = Far.__new__(Far)
    one.far = array
    return one


def far(value):
    """Wrap what a function of NumPy returned: everything, numbers too, stays on the device."""
    if isinstance(value, list | tuple) and any(isinstance(v, np.ndarray) for v in value):
        return type(value)(far(v) for v in value)
    return view(np.asarray(value)) if isinstance(value, np.ndarray | np.generic) else value


def near(value, strict=True):
    """Unwrap what goes into a function of NumPy; its own arrays must not be there."""
    if isinstance(value, list | tuple):
        return type(value)(near(v, strict) for v in value)
    if isinstance(value, dict):
        return {name: near(v, strict) for name, v in value.items()}
    if strict and isinstance(value, np.ndarray):
        raise TypeError("Unsupported type numpy.ndarray: it is not on the device")
    return value.far if isinstance(value, Far) else value


def call(method):
    def wrapped(*args, **kwargs):
        if "mean" in kwargs:
            raise TypeError("CuPy's var takes no mean")
        return far(method(*near(args), **near(kwargs)))

    return wrapped


def sent(network):
    """Return a copy of the network on the device."""
    twin = copy.deepcopy(network)
    for layer in walk(twin.layers):
        for arrays in (layer.parameters, layer.gradients, layer.state):
            arrays |= {name: Far(array) for name, array in arrays.items()}
    return twin


def images(rng):
    return rng.normal(size=(6, 7, 6, 2))


NETWORKS = {
    "rows": (
        lambda rng: [
            nn.Dense(4, 5, rng=rng), nn.Sigmoid(), nn.LayerNorm(5), nn.LeakyReLU(), nn.BatchNorm(5),
            nn.Residual(nn.Dense(5, 5, rng=rng), nn.Tanh()), nn.Dropout(0.3, rng=rng),
            nn.Sequential(nn.Dense(5, 3, rng=rng), nn.ReLU()), nn.Softmax(),
        ],
        lambda rng: rng.normal(size=(6, 4)),
    ),
    "images": (
        lambda rng: [
            nn.Conv2D(2, 3, (3, 2), rng=rng, padding=1), nn.BatchNorm(3), nn.ReLU(),
            nn.MaxPool2D(2, stride=1), nn.Conv2D(3, 4, 2, rng=rng, stride=(2, 1)),
            nn.AvgPool2D(2), nn.MaxPool2D((1, 2)), nn.Flatten(), nn.Dense(4, 3, rng=rng),
        ],
        images,
    ),
    "strips": (
        lambda rng: [nn.Conv2D(1, 70, 9, rng=rng, padding="same"), nn.AvgPool2D(16)],
        lambda rng: rng.normal(size=(9, 48, 48, 1)),
    ),
    "symbols": (
        lambda rng: [
            nn.Embedding(5, 3, rng=rng), nn.Attention(3, 4, rng=rng), nn.LayerNorm(4), nn.Flatten(),
            nn.Dense(12, 3, rng=rng),
        ],
        lambda rng: rng.integers(5, size=(6, 3)),
    ),
}  # fmt: skip


def specimen(name):
    rng = np.random.default_rng(0)
    make, draw = NETWORKS[name]
    return nn.Sequential(*make(rng)), draw(rng)


def equal(distant, array, units=8):
    """Where its memory lies decides how NumPy 2.0 adds an array up, and so its last digits."""
    assert type(distant) is Far
    assert distant.dtype == array.dtype
    room = units * np.finfo(array.dtype).eps * abs(array).max(initial=1)
    assert np.allclose(distant.far, array, rtol=0, atol=room)


def test_the_stand_in_is_as_strict_as_a_device():
    x = Far(np.ones((2, 2)))
    for mixture in (lambda: x + np.ones(2), lambda: np.ones(2) @ x, lambda: np.add(x, np.ones(2))):
        with pytest.raises(TypeError, match="not on the device"):
            mixture()
    for conversion in (
        np.asarray,
        np.array,
        np.ascontiguousarray,
        lambda a: np.sum([a, a], axis=0),
    ):
        with pytest.raises(TypeError, match="Implicit conversion"):
            conversion(x)
    with pytest.raises(TypeError, match="no implementation"):
        np.concatenate([x, np.ones((2, 2))])
    assert type(x.T @ x) is type(np.where(x > 0, 1, x)) is type(x.sum()) is Far


def test_only_what_speaks_the_protocols_and_refuses_passes():
    x = Far(np.ones(2))
    assert real_array("demo", x) is x
    assert type(float_array("demo", x)) is Far
    assert float_array("demo", Far([1, 2])).dtype == np.float64
    assert float_array("demo", x, np.float32).dtype == np.float32
    with pytest.raises(TypeError, match="expects real numbers"):
        float_array("demo", Far(np.array(["a"])))

    class Closed:
        def __array__(self, *_, **__):
            raise TypeError("closed")

    with pytest.raises(TypeError, match="closed"):
        float_array("demo", Closed())

    class Open(Far):  # an array that may be converted is, as ever: those of Dask, say
        def __array__(self, *_, **__):
            return self.far

    assert type(float_array("demo", Open(np.ones(2)))) is np.ndarray


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", NETWORKS)
def test_forward_backward_and_predict(name, dtype):
    network, X = specimen(name)
    distant = sent(network.astype(dtype))
    Y = network.forward(X)
    equal(distant.forward(Far(X)), Y)
    grad = np.random.default_rng(1).normal(size=Y.shape).astype(dtype)
    equal(
        distant.backward(Far(grad), input_gradient=True),
        network.backward(grad, input_gradient=True),
    )
    for mine, its in zip(distant.gradients(), network.gradients(), strict=True):
        equal(mine, its)
    for mine, its in zip(walk(distant.layers), walk(network.layers), strict=True):
        for state in its.state:
            equal(mine.state[state], its.state[state])
    equal(distant.predict(Far(X)), network.predict(X))
    equal(distant.predict(Far(X), batch_size=4), network.predict(X, batch_size=4))
    assert distant.dtype == dtype


LOSSES = [nn.MeanSquaredError, nn.HalfSquaredError, nn.BinaryCrossEntropy]
LOSSES += [nn.SigmoidBinaryCrossEntropy, nn.CrossEntropy, nn.SoftmaxCrossEntropy]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", LOSSES)
def test_losses(kind, weighted):
    rng, here, there = np.random.default_rng(0), kind(), kind()
    p, y = rng.uniform(0.1, 0.9, (5, 3)), rng.integers(0, 2, (5, 3)).astype(float)
    w = rng.uniform(0.5, 2, 5)
    targets = [y]
    if isinstance(here, nn.losses.ClassLoss):
        targets = [rng.integers(3, size=5), np.eye(3)[rng.integers(3, size=5)]]
    for y in targets:
        value = here.forward(p, y, w if weighted else None)
        assert there.forward(Far(p), Far(y), Far(w) if weighted else None) == value
        equal(there.backward(), here.backward())
    with pytest.raises((ValueError, TypeError)):
        there.forward(Far(p - 5), Far(np.full(5, 7)))


OPTIMIZERS = {
    "sgd": lambda: nn.SGD(0.1, weight_decay=0.1, clip_value=0.02),
    "nesterov": lambda: nn.SGD(0.1, momentum=0.9, nesterov=True, clip_norm=0.5),
    "rmsprop": lambda: nn.RMSProp(0.01),
    "adam": lambda: nn.Adam(0.01),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_training_loop_of_the_course(name):
    network, X = specimen("images")
    distant, y = sent(network), np.arange(6) % 3
    for net, wrap in ((network, np.asarray), (distant, Far)):
        loss, optimizer = nn.SoftmaxCrossEntropy(), OPTIMIZERS[name]()
        for _ in range(4):
            loss.forward(net.forward(wrap(X)), wrap(y))
            net.backward(loss.backward())
            optimizer.step(net.parameters(), net.gradients())
    for mine, its in zip(distant.parameters(), network.parameters(), strict=True):
        equal(mine, its)


def test_fit_with_batches():
    network, X = specimen("rows")
    distant, y = sent(network), np.arange(6) % 3
    options = {"loss": nn.CrossEntropy(), "epochs": 3, "batch_size": 4, "rng": 0}
    here = network.fit(X, y, optimizer=nn.Adam(0.01), **options)
    there = distant.fit(Far(X), Far(y), optimizer=nn.Adam(0.01), **options)
    assert np.allclose(there.loss, here.loss, rtol=1e-9)
    for mine, its in zip(distant.parameters(), network.parameters(), strict=True):
        equal(mine, its, units=1e6)  # Adam divides by small gradients
