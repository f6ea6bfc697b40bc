"""Networks, layers and data that several test files use."""

import importlib.util
from pathlib import Path

import numpy as np

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


EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def example(name):
    """Return the module that a script of examples/ is."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
