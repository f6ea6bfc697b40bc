"""Two inputs, each with a branch of its own: a row of numbers, and a sequence for a transformer.

python examples/branches.py
"""

import numpy as np

import nnbook as nn


class Position(nn.Layer):
    """A positional encoding that is learnt: ``Y = X + P``, P of shape ``(t, d)``."""

    settings = ("t", "d")

    def __init__(self, t, d):
        super().__init__()
        self.t, self.d = t, d
        self.parameters = {"P": np.zeros((t, d))}

    def _forward(self, X):
        return X + self.parameters["P"]

    def _assign_gradients(self, grad):
        self.gradients["P"] = grad.sum(axis=0)

    def _input_gradient(self, grad):
        return grad


class Branches(nn.Layer):
    """The first n columns go through one network, the others through another; both outputs join."""

    settings = ("n", "first", "second")

    def __init__(self, n, first, second):
        super().__init__()
        self.n, self.first, self.second = n, first, second
        self.layers = (first, second)

    def _forward(self, X):
        parts = self.first.forward(X[:, : self.n]), self.second.forward(X[:, self.n :])
        self.width = parts[0].shape[1]
        return np.hstack(parts)

    def _input_gradient(self, grad):
        first = self.first.backward(grad[:, : self.width], input_gradient=True)
        second = self.second.backward(grad[:, self.width :], input_gradient=True)
        return np.hstack([first, second])


def make(seed, n=2, t=6, vocabulary=5, d=8):
    """Return dense layers for the numbers beside a transformer block for the tokens."""
    rng = np.random.default_rng(seed)
    block = nn.Sequential(
        nn.Embedding(vocabulary, d, rng=rng), Position(t, d),
        nn.Residual(nn.LayerNorm(d), nn.Attention(d, d, rng=rng)),
        nn.Residual(nn.LayerNorm(d), nn.Dense(d, 16, rng=rng), nn.ReLU(), nn.Dense(16, d, rng=rng)),
        nn.LayerNorm(d), nn.Flatten(),
    )  # fmt: skip
    numbers = nn.Sequential(nn.Dense(n, 8, rng=rng), nn.Tanh())
    return nn.Sequential(
        Branches(n, numbers, block), nn.Dense(8 + t * d, 32, rng=rng), nn.ReLU(),
        nn.Dense(32, 2, rng=rng),
    )  # fmt: skip


def data(m, rng, n=2, t=6, vocabulary=5):
    """Return samples; class 1 is: the first token comes again, or the sum of the numbers is > 0."""
    numbers, tokens = rng.normal(size=(m, n)), rng.integers(vocabulary, size=(m, t))
    again = (tokens[:, 1:] == tokens[:, :1]).any(axis=1)
    return np.hstack([numbers, tokens]), (again | (numbers.sum(axis=1) > 0)).astype(int)


def main(path, seed=0, epochs=40):
    """Check, train, save and load such a network; return its accuracy on new samples."""
    rng = np.random.default_rng(seed)
    X, y = data(2000, rng)
    network, loss = make(seed), nn.SoftmaxCrossEntropy()
    nn.check_gradients(network, X[:3], loss=loss, targets=y[:3], rng=rng)
    network.fit(X, y, loss=loss, optimizer=nn.AdamW(0.01), epochs=epochs, batch_size=100, rng=rng)
    network.save(path)
    again = nn.load(path, layers=[Branches, Position])
    X_new, y_new = data(1000, rng)
    return nn.metrics.accuracy(again.predict(X_new), y_new)


if __name__ == "__main__":
    print(f"{main('branches.npz'):.1%} of 1,000 new samples right")
