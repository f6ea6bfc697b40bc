"""``python -m benchmarks.batch_sizes``: how long mini-batches of several sizes take.

Prints what chapter 05 records: the loops of a gradient beside one product of matrices, a thousand
points of the XOR pattern, and the updates and seconds to a loss of 0.30 on held-out digits. An
argument is the first of the thirty seeds. The clock is the processor's, with one thread; what is
evaluated between steps is not counted. Some five minutes.

With the argument ``rates`` it tries the learning rates of ``TRIED`` instead, with ten other seeds.
For each size the best is the one with the smallest median of updates of those with which all ten
runs arrived; of equal ones the smallest. It always has a worse one on either side.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
from functools import partial
from time import process_time

import numpy as np

import nnbook as nn

TRIED = {
    1: (0.01, 0.015, 0.02, 0.03),
    3: (0.03, 0.05, 0.07, 0.1),
    10: (0.1, 0.15, 0.2, 0.3),
    32: (0.3, 0.4, 0.5, 0.6, 0.7),
    100: (0.5, 0.6, 0.7, 0.8),
    300: (0.6, 0.7, 0.8, 0.9),
    1000: (0.7, 0.8, 0.9, 1.0),
    3000: (0.7, 0.8, 0.9, 1.0),
}
RATES = {1: 0.02, 3: 0.05, 10: 0.2, 32: 0.4, 100: 0.7, 300: 0.7, 1000: 0.8, 3000: 0.8}  # the best
GOAL, SEEDS, TRIALS = 0.30, 30, range(1000, 1010)


def timed(call, times=1):
    """Return the seconds that a call takes, the least of seven rounds."""
    rounds = []
    for _ in range(7):
        start = process_time()
        for _ in range(times):
            call()
        rounds.append((process_time() - start) / times)
    return min(rounds)


def collect(entering, dZ):
    """Return the gradient of a layer's weights, found in three loops."""
    gradient = np.zeros((entering.shape[1], dZ.shape[1]))
    for s in range(len(entering)):
        for j in range(dZ.shape[1]):
            for i in range(entering.shape[1]):
                gradient[i, j] += entering[s, i] * dZ[s, j]
    return gradient


def descend(X, Y, size, steps, rate=0.5):
    """Train a network 2-3-1 in bare NumPy, on successive mini-batches."""
    rng = np.random.default_rng(0)
    W1, b1, W2, b2 = rng.normal(size=(2, 3)), np.zeros(3), rng.normal(size=(3, 1)), np.zeros(1)
    for t in range(steps):
        start = t * size % len(X)
        x, y = X[start : start + size], Y[start : start + size]
        A1 = 1 / (1 + np.exp(-(x @ W1 + b1)))
        dZ2 = (1 / (1 + np.exp(-(A1 @ W2 + b2))) - y) / size
        dZ1 = dZ2 @ W2.T * A1 * (1 - A1)
        W2 -= rate * A1.T @ dZ2
        b2 -= rate * dZ2.sum(axis=0)
        W1 -= rate * x.T @ dZ1
        b1 -= rate * dZ1.sum(axis=0)


def fit(X, Y, size, steps):
    """Train the same network with `fit`."""
    network = nn.Sequential(nn.Dense(2, 3, rng=0), nn.Sigmoid(), nn.Dense(3, 1, rng=0))
    loss, optimizer, epochs = nn.SigmoidBinaryCrossEntropy(), nn.SGD(0.5), steps * size // len(X)
    network.fit(X, Y, loss=loss, optimizer=optimizer, epochs=epochs, batch_size=size, rng=0)


def digits():
    """Return 3,000 digits to train on and 1,000 held out, all of the package's training set."""
    (X, y), _ = nn.datasets.load_digits()
    X = X.reshape(len(X), -1)
    return X[:3000], y[:3000], X[3000:], y[3000:]


def updates_to_goal(data, size, seed, rate=None):
    """Return the updates until the held-out loss is at the goal, or infinity, and their seconds."""
    X, y, X_new, y_new = data
    rng = np.random.default_rng(seed)
    layers = nn.Dense(784, 64, rng=rng), nn.ReLU(), nn.Dense(64, 10, rng=rng)
    network, optimizer = nn.Sequential(*layers).astype(np.float32), nn.SGD(rate or RATES[size])
    loss, updates, seconds, every = nn.SoftmaxCrossEntropy(), 0, 0.0, max(1, 250 // size)
    for _ in range(10 + size // 15):  # epochs
        for index in nn.batches(len(X), size, rng):
            start = process_time()
            loss.forward(network.forward(X[index]), y[index])
            network.backward(loss.backward())
            optimizer.step(network.parameters(), network.gradients())
            seconds, updates = seconds + process_time() - start, updates + 1
            if updates % every == 0 and loss.forward(network.forward(X_new), y_new) <= GOAL:
                return updates, seconds
    return np.inf, seconds


def middle(runs):
    """Return the median of each column and, in brackets, its 10 % and 90 % quantiles."""
    low, median, high = np.quantile(runs, [0.1, 0.5, 0.9], axis=0, method="nearest")
    return [f"{m:.5g} ({a:.4g} to {b:.4g})" for a, m, b in zip(low, median, high, strict=True)]


def try_rates():
    """Print for each size and rate how many trial runs arrived, and the median of their updates."""
    data = digits()
    for size, rates in TRIED.items():
        for rate in rates:
            runs = np.array([updates_to_goal(data, size, seed, rate)[0] for seed in TRIALS])
            arrived = np.isfinite(runs).sum()
            print(f"{size:4}  {rate:5}  {arrived} of {len(runs)}  {np.median(runs):g}", flush=True)


def points_at_rates(X, Y, first):
    """Print the loss on the points at several rates, full batch and mini-batches of 20."""
    loss = nn.SigmoidBinaryCrossEntropy()

    def trained(updates, size, rate, seed=0):
        network = nn.Sequential(nn.Dense(2, 3, rng=0), nn.Sigmoid(), nn.Dense(3, 1, rng=0))
        values = [[0.1, 0.3, -0.5], [-0.2, 0.4, 0.6]], [0.01, 0.02, 0.03], [[0.7], [-0.8], [0.9]]
        for parameter, value in zip(network.parameters(), (*values, [0.1]), strict=True):
            parameter[:] = value
        options = {"epochs": updates * size // len(X), "batch_size": size, "rng": seed}
        network.fit(X, Y, loss=loss, optimizer=nn.SGD(rate), **options)
        return loss.forward(network.forward(X), Y)

    for rate in (2, 3, 4, 5, 6, 7, 8, 10):
        reached = ", ".join(f"{trained(updates, 1000, rate):.3f}" for updates in (10, 140, 230))
        print(f"rate {rate}: full batch after 10, 140 and 230 updates {reached}")
    for rate in (1, 1.5, 2, 2.5, 3, 4):
        runs = [[trained(500, 20, rate, first + seed)] for seed in range(SEEDS)]
        below = np.sum(np.array(runs) < trained(140, 1000, 6))
        shown = f"{middle(runs)[0]}, smallest {np.min(runs):.3f}"
        print(f"rate {rate}: 500 updates of 20 {shown}, {below} below the full batch at 6")


def main():
    """Measure everything and print it."""
    if sys.argv[1:] == ["rates"]:
        try_rates()
        return
    rng, first = np.random.default_rng(1), int(sys.argv[1]) if sys.argv[1:] else 0
    X, dZ = rng.normal(size=(1000, 5)), rng.normal(size=(1000, 6))
    ratio = timed(lambda: collect(X, dZ)) / timed(lambda: X.T @ dZ, 1000)
    print(f"loops / product, 1000 samples, 5 inputs, 6 neurons: {ratio:.0f}")
    X = np.random.default_rng(3).normal(size=(1000, 2))
    Y = 1.0 * (X[:, [0]] * X[:, [1]] < 0)
    for name, train in (("bare NumPy", descend), ("fit", fit)):
        mini, full = (timed(partial(train, X, Y, size, 500)) for size in (20, 1000))
        print(f"{name}: 500 updates of 20 take the time of {500 * mini / full:.0f} full-batch ones")
    points_at_rates(X, Y, first)
    data = digits()
    print("size  rate  reached  ms an update; updates and seconds: median (10 % to 90 %)")
    for size, rate in RATES.items():
        runs = np.array([updates_to_goal(data, size, first + seed) for seed in range(SEEDS)])
        runs = runs[np.isfinite(runs[:, 0])]
        an_update, (updates, seconds) = 1000 * np.median(runs[:, 1] / runs[:, 0]), middle(runs)
        shown = f"{size:4}  {rate:4}  {len(runs)} of {SEEDS}  {an_update:.3f}; {updates}; {seconds}"
        print(shown, flush=True)


if __name__ == "__main__":
    main()
