"""The networks of the course, built for nnbook, PyTorch, JAX and scikit-learn with equal weights.

A plan is a list of layers in one notation; each contender reads it in its own way, and gets the
first weights of nnbook's network, so that all of them learn the same.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

import nnbook as nn

RATE, MOMENTUM = 0.01, 0.9


@dataclass(frozen=True)
class Plan:
    """A network: its layers, the shape of one sample, and how it is fed."""

    name: str
    layers: tuple
    shape: tuple[int, ...]
    batch: int = 64
    samples: int = 960
    epochs: int = 1  # timed together, because one of a tiny network is too short

    @property
    def steps(self):
        """Training steps that are timed together."""
        return self.epochs * -(-self.samples // self.batch)

    @property
    def pictures(self):
        """Whether the samples are pictures."""
        return len(self.shape) == 3


def conv_plan(name, c1, c2, f, padding, *widths, side=28):
    """Return a plan of two convolutions, each with ReLU and pooling, and a dense head."""
    left = ((side + 2 * padding - f + 1) // 2 - f + 1) // 2  # of the side, for the head
    layers = [("conv", 1, c1, f, padding), ("relu",), ("pool",)]
    layers += [("conv", c1, c2, f, 0), ("relu",), ("pool",), ("flatten", left, c2)]
    return Plan(name, (*layers, *head(left * left * c2, *widths)), (side, side, 1))


def head(*widths):
    """Return dense layers of these widths with ReLU between them."""
    layers = []
    for n_in, n_out in pairwise(widths):
        layers += [("dense", n_in, n_out), ("relu",)]
    return tuple(layers[:-1])


PLANS = (
    Plan("2-3-1", (("dense", 2, 3), ("tanh",), ("dense", 3, 1), ("sigmoid",)), (2,), 4, 4, 250),
    Plan("784-128-10", head(784, 128, 10), (784,), samples=3200),
    Plan("784-512-256-10", head(784, 512, 256, 10), (784,)),
    conv_plan("8 and 16 filters 3×3", 8, 16, 3, 0, 10),
    conv_plan("LeNet-5", 6, 16, 5, 2, 120, 84, 10),
    conv_plan("16 and 32 filters 3×3", 16, 32, 3, 0, 128, 10),
)


def data(plan):
    """Return samples and targets for a plan: noise, because only the time counts."""
    rng = np.random.default_rng(0)
    X = rng.random((plan.samples, *plan.shape), dtype=np.float32)
    if plan.layers[-1] == ("sigmoid",):
        return X, rng.integers(2, size=(plan.samples, 1)).astype(np.float32)
    return X, rng.integers(10, size=plan.samples)


class Ours:
    """nnbook's network, trained by `fit`."""

    name = "nnbook"

    def __init__(self, plan, X, y, threads):
        make = {
            "conv": lambda c_in, c_out, f, p: nn.Conv2D(c_in, c_out, f, rng=self.rng, padding=p),
            "dense": lambda n_in, n_out: nn.Dense(n_in, n_out, rng=self.rng),
            "flatten": lambda *_: nn.Flatten(),
            "pool": lambda: nn.MaxPool2D(2),
            "relu": nn.ReLU,
            "tanh": nn.Tanh,
            "sigmoid": nn.Sigmoid,
        }
        self.rng = np.random.default_rng(0)
        self.network = nn.Sequential(*(make[kind](*sizes) for kind, *sizes in plan.layers))
        self.network.astype(np.float32)
        self.plan, self.X, self.y, self.threads = plan, X, y, threads
        binary = plan.layers[-1] == ("sigmoid",)
        self.loss = nn.BinaryCrossEntropy() if binary else nn.SoftmaxCrossEntropy()
        self.optimizer = nn.SGD(RATE, momentum=MOMENTUM)

    def train(self, seed):
        """Train the epochs that are timed together; return the last one's loss."""
        history = self.network.fit(
            self.X, self.y, loss=self.loss, optimizer=self.optimizer, epochs=self.plan.epochs,
            batch_size=self.plan.batch, rng=seed, progress=False, threads=self.threads,
        )  # fmt: skip
        return history.loss[-1]

    def predict(self):
        """Answer all samples."""
        return self.network.predict(self.X, batch_size=500)


def orders(plan, seed):
    """Yield the samples of each batch, as `fit` draws them."""
    rng = np.random.default_rng(seed)
    for _ in range(plan.epochs):
        several = plan.batch < plan.samples
        order = rng.permutation(plan.samples) if several else np.arange(plan.samples)
        yield [order[i : i + plan.batch] for i in range(0, plan.samples, plan.batch)]


class Torch:
    """PyTorch eager, with its default layout of images or with channels last."""

    def __init__(self, plan, X, y, ours, *, channels_last=False, compiled=False):
        import torch
        from torch import nn as T

        self.torch, self.plan = torch, plan
        self.name = "PyTorch" + ", channels last" * channels_last + ", compiled" * compiled
        make = {
            "conv": lambda c_in, c_out, f, p: T.Conv2d(c_in, c_out, f, padding=p),
            "dense": T.Linear,
            "flatten": lambda *_: T.Flatten(),
            "pool": lambda: T.MaxPool2d(2),
            "relu": T.ReLU,
            "tanh": T.Tanh,
            "sigmoid": T.Sigmoid,
        }
        modules = [make[kind](*sizes) for kind, *sizes in plan.layers]
        for module, arrays in zip(modules, weights_of(plan, ours), strict=True):
            if arrays:
                W, b = arrays
                W = W.transpose(3, 2, 0, 1) if W.ndim == 4 else W.T
                module.weight.data = torch.from_numpy(W.copy())
                module.bias.data = torch.from_numpy(b.copy())
        self.network = T.Sequential(*modules)
        self.X = torch.from_numpy(np.moveaxis(X, -1, 1).copy() if plan.pictures else X)
        self.y = torch.from_numpy(y)
        if channels_last:
            self.network = self.network.to(memory_format=torch.channels_last)
            self.X = self.X.to(memory_format=torch.channels_last)
        if compiled:
            self.network = torch.compile(self.network)
        self.loss = T.BCELoss() if y.dtype == np.float32 else T.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self.network.parameters(), lr=RATE, momentum=MOMENTUM)

    def train(self, seed):
        """Train the epochs that are timed together; return the last one's loss."""
        for batches in orders(self.plan, seed):
            total = 0.0
            for chosen in map(self.torch.from_numpy, batches):
                self.optimizer.zero_grad()
                value = self.loss(self.network(self.X[chosen]), self.y[chosen])
                value.backward()
                self.optimizer.step()
                total += value.item() * len(chosen)
        return total / self.plan.samples

    def predict(self):
        """Answer all samples."""
        with self.torch.no_grad():
            return self.torch.cat([self.network(part) for part in self.X.split(500)]).numpy()


def weights_of(plan, ours):
    """Return W and b of each layer of the plan, for a network that flattens channels first."""
    before = None
    for (kind, *sizes), layer in zip(plan.layers, ours.network.layers, strict=True):
        arrays = [p.copy() for p in layer.parameters.values()]
        if before:  # the first dense layer behind the images
            side, c = before
            W = arrays[0].reshape(side, side, c, -1).transpose(2, 0, 1, 3)
            arrays[0] = W.reshape(side * side * c, -1)
        before = sizes if kind == "flatten" else None
        yield arrays


class Jax:
    """JAX, one jit-compiled step; the data lie on its side, and nothing waits for a loss."""

    name = "JAX jit"

    def __init__(self, plan, X, y, ours):
        import jax
        import jax.numpy as jnp

        self.jax, self.plan = jax, plan
        binary = y.dtype == np.float32

        def forward(parameters, A):
            for (kind, *sizes), p in zip(plan.layers, parameters, strict=True):
                if kind == "conv":
                    pad = sizes[-1]
                    A = jax.lax.conv_general_dilated(
                        A,
                        p[0],
                        (1, 1),
                        [(pad, pad)] * 2,
                        dimension_numbers=("NHWC", "HWIO", "NHWC"),
                    )
                    A = A + p[1]
                elif kind == "pool":
                    window = (1, 2, 2, 1)
                    A = jax.lax.reduce_window(A, -jnp.inf, jax.lax.max, window, window, "VALID")
                elif kind == "dense":
                    A = A @ p[0] + p[1]
                elif kind == "flatten":
                    A = A.reshape(len(A), -1)
                else:
                    A = {"relu": jax.nn.relu, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid}[kind](A)
            return A

        def price(parameters, A, t):
            Y = forward(parameters, A)
            if binary:
                return -jnp.mean(t * jnp.log(Y) + (1 - t) * jnp.log(1 - Y))
            return -jnp.mean(jax.nn.log_softmax(Y)[jnp.arange(len(t)), t])

        @partial(jax.jit, donate_argnums=(0, 1))
        def step(parameters, v, X, y, chosen):
            value, grads = jax.value_and_grad(price)(parameters, X[chosen], y[chosen])
            v = jax.tree.map(lambda v, g: MOMENTUM * v + g, v, grads)
            return jax.tree.map(lambda p, v: p - RATE * v, parameters, v), v, value

        self.X, self.y = jnp.asarray(X), jnp.asarray(y)
        self.parameters = [
            [jnp.array(p) for p in layer.parameters.values()] for layer in ours.network.layers
        ]
        self.v = jax.tree.map(jnp.zeros_like, self.parameters)
        self.step, self.forward = step, jax.jit(forward)

    def train(self, seed):
        """Train the epochs that are timed together; return the last one's loss."""
        for batches in orders(self.plan, seed):
            total = 0.0
            for chosen in batches:
                self.parameters, self.v, value = self.step(
                    self.parameters, self.v, self.X, self.y, chosen
                )
                total += value * len(chosen)
        return float(total) / self.plan.samples

    def predict(self):
        """Answer all samples."""
        m = len(self.X)
        parts = [self.forward(self.parameters, self.X[i : i + 500]) for i in range(0, m, 500)]
        return np.concatenate(parts)


class Sklearn:
    """scikit-learn's MLPClassifier; it draws its own first weights."""

    name = "scikit-learn"

    def __init__(self, plan, X, y):
        from sklearn.neural_network import MLPClassifier

        widths = [sizes[1] for kind, *sizes in plan.layers if kind == "dense"][:-1]
        self.network = MLPClassifier(
            widths, solver="sgd", alpha=0, learning_rate_init=RATE, momentum=MOMENTUM,
            nesterovs_momentum=False, batch_size=plan.batch, random_state=0,
            activation="tanh" if plan.layers[1] == ("tanh",) else "relu",
        )  # fmt: skip
        self.plan, self.X, self.y = plan, X, y.ravel().astype(int)

    def train(self, _):
        """Train the epochs; the loss is not told."""
        for _ in range(self.plan.epochs):
            self.network.partial_fit(self.X, self.y, classes=np.unique(self.y))
        return None

    def predict(self):
        """Answer all samples."""
        return self.network.predict_proba(self.X)


def contenders(plan, threads):
    """Return nnbook and its peers for a plan; `torch.compile` where it works."""
    X, y = data(plan)
    ours = Ours(plan, X, y, threads)
    entrants = [ours, Torch(plan, X, y, ours)]
    if plan.pictures:
        entrants.append(Torch(plan, X, y, ours, channels_last=True))
    else:
        entrants.append(Sklearn(plan, X, y))
    compiled = Torch(plan, X, y, ours, compiled=True)
    try:
        compiled.network(compiled.X[: plan.batch])
        entrants.append(compiled)
    except Exception as error:
        warnings.warn(f"torch.compile does not work here: {type(error).__name__}", stacklevel=2)
    return [*entrants, Jax(plan, X, y, ours)]


def products(plan):
    """Return the shapes (n, k, m) of the matrix products of one training step."""
    shapes, side, first = [], plan.shape[0], True
    for kind, *sizes in plan.layers:
        if kind == "dense":
            n_in, n_out = sizes
            shapes += [(plan.batch, n_in, n_out), (n_in, plan.batch, n_out)]
            shapes += [] if first else [(plan.batch, n_out, n_in)]
            first = False
        elif kind == "conv":
            c_in, c_out, f, pad = sizes
            side += 2 * pad - f + 1
            places, window = plan.batch * side**2, c_in * f * f
            shapes += [(c_out, window, places), (window, places, c_out)]
            shapes += [] if first else [(window, c_out, places)]
            first = False
        elif kind == "pool":
            side //= 2
    return shapes
