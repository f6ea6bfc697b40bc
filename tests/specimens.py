"""Networks, layers and data that several test files use."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import nnbook as nn


class Shift(nn.Layer):
    """A layer of one's own, with a setting, a parameter and a state."""

    settings = ("n",)

    def __init__(self, n):
        super().__init__()
        self.n = n
        self.parameters = {"b": np.zeros(n)}
        self.state = {"mean": np.zeros(n), "seen": np.array(0)}

    def _forward(self, X):
        self.state["mean"] = (self.state["mean"] + X.mean(axis=0)) / 2
        self.state["seen"] = self.state["seen"] + len(X)
        return X + self.parameters["b"]

    def _assign_gradients(self, grad):
        self.gradients["b"] = grad.sum(axis=0)

    def _input_gradient(self, grad):
        return grad

    def predict(self, X):
        return X + self.parameters["b"]


class Residual(nn.Layer):
    """X plus what a block makes of it."""

    settings = ("block",)

    def __init__(self, block):
        super().__init__()
        self.block = block
        self.layers = (block,)

    def _forward(self, X):
        return X + self.block.forward(X)

    def _input_gradient(self, grad):
        return grad + self.block.backward(grad, input_gradient=True)


class Named:
    """A second ancestor, whose subclasses take an argument."""

    def __init_subclass__(cls, *, title, **rest):
        super().__init_subclass__(**rest)
        cls.title = title


def own_network(rng=0):
    """Return a network with both, and a network within."""
    rng = np.random.default_rng(rng)
    block = nn.Sequential(nn.Dense(2, 3, rng=rng), nn.Tanh(), nn.Dense(3, 2, rng=rng))
    return nn.Sequential(Shift(2), Residual(block), nn.Sequential(nn.Dense(2, 1, rng=rng)))


def some_data(seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(23, 6, 5, 1))
    return X, (X.mean(axis=(1, 2)) > 0).astype(float)


def image_network(rng):
    return nn.Sequential(
        nn.Conv2D(1, 2, 3, rng=rng),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.3, rng=rng),
        nn.Dense(24, 1, rng=rng),
    )


# a layer of each kind, by its repr: how to make it, and two shapes of input that it takes
LAYERS = {
    "Dense(3, 2)": (lambda: nn.Dense(3, 2, rng=0), (4, 3), (2, 5, 3)),
    "Flatten()": (nn.Flatten, (4, 3, 2), (3, 5)),
    "Dropout(0.4)": (lambda: nn.Dropout(0.4, rng=3), (4, 3), (2, 5)),
    "Residual(…)": (lambda: nn.Residual(nn.Dense(3, 3, rng=0), nn.Tanh()), (4, 3), (2, 3)),
    "Sigmoid()": (nn.Sigmoid, (4, 3), (5,)),
    "Tanh()": (nn.Tanh, (4, 3), (2, 3, 3, 2)),
    "ReLU()": (nn.ReLU, (4, 3), (5,)),
    "LeakyReLU(slope=0.2)": (lambda: nn.LeakyReLU(0.2), (4, 3), (2, 3, 3, 2)),
    "Softmax()": (nn.Softmax, (4, 3), (2, 3, 5)),
    "Conv2D(1, 2, 3, stride=2, padding=1)": (
        lambda: nn.Conv2D(1, 2, 3, rng=0, stride=2, padding=1), (8, 5, 6, 1), (4, 7, 6, 1),
    ),
    "Conv2D(2, 3, (2, 1), stride=(1, 2), padding=(1, 0))": (
        lambda: nn.Conv2D(2, 3, (2, 1), rng=0, stride=(1, 2), padding=[1, 0]),
        (4, 7, 6, 2), (3, 3, 3, 2),
    ),
    "Conv2D(5, 2, (2, 3))": (lambda: nn.Conv2D(5, 2, (2, 3), rng=0), (4, 5, 6, 5), (6, 4, 4, 5)),
    "Conv2D(2, 1, (2, 3), padding='same')": (
        lambda: nn.Conv2D(2, 1, (2, 3), rng=0, padding="same"), (4, 3, 4, 2), (2, 1, 1, 2),
    ),
    "MaxPool2D(2)": (lambda: nn.MaxPool2D(2), (4, 7, 6, 2), (3, 5, 8, 2)),
    "MaxPool2D((2, 3), stride=(2, 1))": (
        lambda: nn.MaxPool2D((2, 3), (2, 1)), (2, 7, 5, 2), (3, 2, 3, 1),
    ),
    "AvgPool2D((2, 1))": (lambda: nn.AvgPool2D((2, 1)), (4, 7, 6, 2), (3, 5, 8, 2)),
    "AvgPool2D(3, stride=2)": (lambda: nn.AvgPool2D(3, 2), (4, 7, 6, 2), (3, 5, 8, 2)),
    "BatchNorm(3, share=0.3, epsilon=0.001)": (
        lambda: nn.BatchNorm(3, share=0.3, epsilon=1e-3), (4, 3), (2, 5, 6, 3),
    ),
    "LayerNorm(3, epsilon=0.5)": (lambda: nn.LayerNorm(3, epsilon=0.5), (4, 3), (2, 5, 3)),
    "Embedding(4, 2)": (lambda: nn.Embedding(4, 2, rng=0), (5,), (3, 6)),
    "Attention(3, 2)": (lambda: nn.Attention(3, 2, rng=0), (4, 5, 3), (2, 3, 3)),
}  # fmt: skip


def made(name):
    """Return a layer of the table with other parameters than zeros and ones."""
    layer, rng = LAYERS[name][0](), np.random.default_rng(5)
    for p in layer.parameters.values():
        p[:] = rng.normal(size=p.shape)
    return layer


def drawn(name, shape, rng=1):
    """Return an input for it: normal numbers, or tokens."""
    rng = np.random.default_rng(rng)
    return rng.integers(0, 4, shape) * 1.0 if "Embedding" in name else rng.normal(size=shape)


EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def example(name):
    """Return the module that a script of examples/ is."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def refused(*cases):
    """Return a test of calls ``(do, error, message)``: each raises that error and says so."""

    @pytest.mark.parametrize(("do", "error", "message"), cases)
    def test(do, error, message):
        with pytest.raises(error, match=message):
            do()

    return test
