"""``python -m benchmarks.initialisation``: which deep networks of chapter 08a can be trained.

Ten layers of width 16 on the two moons, 400 epochs of the whole batch. For each way to begin the
best of six learning rates, chosen with six other seeds; then the runs, of thirty seeds, whose loss
ends below 0.1. A straight line reaches 0.24. An argument is the first of the seeds. Some minutes.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys

import numpy as np

import nnbook as nn

init = nn.initializers
RATES, GOAL, EPOCHS, SEEDS, TRIALS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0), 0.1, 400, 30, 6


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


def losses(settings, rate, seed):
    """Return the loss before each step; infinity from the first overflow on."""
    X, Y = nn.datasets.moons(60, rng=0)
    rng = np.random.default_rng(seed)
    layers = [nn.Dense(2, 16, rng=rng, weight_init=init.glorot_normal)]
    for _ in range(9):
        layers += block(16, rng, *settings)
    network = nn.Sequential(*layers, nn.Dense(16, 1, rng=rng))
    optimizer, loss = nn.SGD(rate), nn.SigmoidBinaryCrossEntropy()
    J = np.full(EPOCHS, np.inf)
    for t in range(EPOCHS):
        try:
            J[t] = loss.forward(network.forward(X), Y)
            network.backward(loss.backward())
            optimizer.step(network.parameters(), network.gradients())
        except (ValueError, ArithmeticError):
            break
        if J[t] > 1e6:
            break
    return J


def main():
    """Measure every way to begin and print it."""
    first = int(sys.argv[1]) if sys.argv[1:] else 0
    print("                         rate  below 0.1  median loss at the end")
    for name, settings in BLOCKS.items():
        tried = {
            rate: [losses(settings, rate, 1000 + seed)[-1] for seed in range(TRIALS)]
            for rate in RATES
        }
        rate = min(tried, key=lambda r: (-sum(np.less(tried[r], GOAL)), np.median(tried[r])))
        ends = np.array([losses(settings, rate, first + seed)[-1] for seed in range(SEEDS)])
        k = (ends < GOAL).sum()
        print(f"{name:22} {rate:6}  {k:2} of {SEEDS}   {np.median(ends):.3f}", flush=True)


if __name__ == "__main__":
    main()
