"""A normalisation layer of one's own: checked, trained, saved, and brought back.

python examples/own_layer.py
"""

import numpy as np

import nnbook as nn


class Normalise(nn.Layer):
    """Each feature with mean 0 and spread 1 over the batch, then scaled by gamma, moved by beta."""

    settings = ("n",)

    def __init__(self, n):
        super().__init__()
        self.n = n
        self.parameters = {"gamma": np.ones(n), "beta": np.zeros(n)}
        self.state = {"mean": np.zeros(n), "variance": np.ones(n)}  # kept, but not trained

    def _forward(self, X):
        mean, variance = X.mean(axis=0), X.var(axis=0)
        self.state["mean"] = 0.9 * self.state["mean"] + 0.1 * mean
        self.state["variance"] = 0.9 * self.state["variance"] + 0.1 * variance
        self.s = np.sqrt(variance + 1e-5)
        self.X_hat = (X - mean) / self.s
        return self.parameters["gamma"] * self.X_hat + self.parameters["beta"]

    def _assign_gradients(self, grad):
        self.gradients["gamma"] = (grad * self.X_hat).sum(axis=0)
        self.gradients["beta"] = grad.sum(axis=0)

    def _input_gradient(self, grad):
        along = (grad * self.X_hat).mean(axis=0)
        return self.parameters["gamma"] / self.s * (grad - grad.mean(axis=0) - self.X_hat * along)

    def predict(self, X):
        """Normalise by what training has seen, not by the batch."""
        s = np.sqrt(self.state["variance"] + 1e-5)
        return self.parameters["gamma"] * (X - self.state["mean"]) / s + self.parameters["beta"]


def make(seed):
    """Return a deep network of sigmoids, each with a normalised pre-activation."""
    rng = np.random.default_rng(seed)
    layers = [nn.Dense(2, 16, rng=rng), Normalise(16), nn.Sigmoid()]
    for _ in range(9):
        layers += [nn.Dense(16, 16, rng=rng), Normalise(16), nn.Sigmoid()]
    return nn.Sequential(*layers, nn.Dense(16, 1, rng=rng))


def main(path, seed=0):
    """Check, train, save and load such a network; return its accuracy on new points."""
    rng = np.random.default_rng(seed)
    X, y = nn.datasets.moons(600, noise=0.15, rng=rng)
    network, loss = make(seed), nn.SigmoidBinaryCrossEntropy()
    nn.check_gradients(Normalise(2), X[:7], rng=rng)  # raises if one is wrong
    network.fit(
        X[:400], y[:400], loss=loss, optimizer=nn.Adam(0.01), epochs=60, batch_size=50, rng=rng
    )
    network.save(path)
    again = nn.load(path, layers=[Normalise])
    assert np.array_equal(again.predict(X), network.predict(X))
    return nn.metrics.binary_accuracy(again.predict(X[400:]), y[400:], threshold=0)


if __name__ == "__main__":
    print(f"{main('own_layer.npz'):.0%} of 200 new points right")
