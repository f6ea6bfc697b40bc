"""``python -m benchmarks.initialisation``: which deep networks of chapter 08a can be trained.

Nine blocks of width 16 between two linear layers on the two moons, the whole batch. For each
initialisation and each way to train (400 epochs of gradient descent, 400 of Adam, 3000 of gradient
descent) the best of some learning rates, chosen with thirty seeds; then of thirty other seeds, and
of thirty more, the runs whose loss ends below 0.1. A straight line reaches 0.24. The 3000 epochs
are for the initialisations with which 400 of gradient descent mostly fail. Some twenty minutes.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import nnbook as nn

init = nn.initializers
GOAL, SEEDS, CHOICE = 0.1, (range(30), range(100, 130)), range(1000, 1030)
RATES, ADAM = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0), (0.001, 0.003, 0.01, 0.03)


def torch_default(shape, rng):
    """Return weights as PyTorch's `Linear` draws them; its biases are drawn alike."""
    return rng.uniform(-1, 1, shape) / np.sqrt(shape[0])


def block(n, rng, activation, weights, bias=0.0, skip=False, normalised=False):
    """Return the layers of one block of width n."""
    dense = nn.Dense(n, n, rng=rng, weight_init=weights)
    if bias:
        dense.parameters["b"][:] = bias * rng.uniform(-1, 1, n) / np.sqrt(n)
    layers = [nn.Residual(dense, activation())] if skip else [dense, activation()]
    return [*layers, nn.LayerNorm(n)] if normalised else layers


BLOCKS = {
    "sigmoid": (nn.Sigmoid, init.glorot_normal),
    "tanh, Glorot": (nn.Tanh, init.glorot_normal),
    "ReLU, He": (nn.ReLU, init.he_normal),
    "sigmoid, residual": (nn.Sigmoid, init.glorot_normal, 0.0, True),
    "tanh, residual, zeros": (nn.Tanh, init.zeros, 0.0, True),
    "sigmoid, normalised": (nn.Sigmoid, init.glorot_normal, 0.0, False, True),
    "tanh, 0.001": (nn.Tanh, init.normal(0.001)),
    "tanh, 1": (nn.Tanh, init.normal(1.0)),
    "ReLU, Glorot": (nn.ReLU, init.glorot_normal),
    "ReLU, PyTorch": (nn.ReLU, torch_default, 1.0),
    "ReLU, He, residual": (nn.ReLU, init.he_normal, 0.0, True),
}


def losses(settings, optimizer, epochs, seed):
    """Return the loss before each step; infinity from the first overflow on."""
    X, Y = nn.datasets.moons(60, rng=0)
    rng = np.random.default_rng(seed)
    layers = [nn.Dense(2, 16, rng=rng, weight_init=init.glorot_normal)]
    for _ in range(9):
        layers += block(16, rng, *settings)
    network = nn.Sequential(*layers, nn.Dense(16, 1, rng=rng))
    loss, J = nn.SigmoidBinaryCrossEntropy(), np.full(epochs, np.inf)
    for t in range(epochs):
        try:
            J[t] = loss.forward(network.forward(X), Y)
            network.backward(loss.backward())
            optimizer.step(network.parameters(), network.gradients())
        except (ValueError, ArithmeticError):
            break
        if J[t] > 1e6:
            break
    return J


def ends(settings, optimizer, rate, epochs, seeds):
    """Return the loss at the end of each of some runs."""
    return np.array([losses(settings, optimizer(rate), epochs, seed)[-1] for seed in seeds])


def best_rate(settings, optimizer, rates, epochs):
    """Return the rate with which most runs reach the goal; among equals, the lowest loss."""
    tried = {rate: ends(settings, optimizer, rate, epochs, CHOICE) for rate in rates}
    return min(rates, key=lambda r: (-(tried[r] < GOAL).sum(), np.median(tried[r])))


def measure(name, settings):
    """Print a row for each way to train."""

    def row(optimizer, rates, epochs):
        rate = best_rate(settings, optimizer, rates, epochs)
        found = np.array([ends(settings, optimizer, rate, epochs, seeds) for seeds in SEEDS])
        first, second = counts = (found < GOAL).sum(axis=1)
        way = f"{optimizer.__name__:4} {epochs:4} epochs"
        print(
            f"{name:22} {way} {rate:6}   {first:2}, {second:2}   {np.median(found):.3f}", flush=True
        )
        return counts.sum() > len(CHOICE)

    helped = row(nn.SGD, RATES, 400)
    row(nn.Adam, ADAM, 400)
    if not helped:
        row(nn.SGD, RATES, 3000)


def main():
    """Measure every initialisation."""
    print(f"{'':42}rate   below 0.1 of 30, and of 30   median loss at the end")
    for name, settings in BLOCKS.items():
        measure(name, settings)


if __name__ == "__main__":
    main()
