"""``python -m benchmarks.batch_sizes``: how long mini-batches of several sizes take.

Prints what chapter 05 records: the loops of a gradient beside one product of matrices, a thousand
points of the XOR pattern, and the updates and seconds to a loss of 0.30 on held-out digits. An
argument is the first of the thirty seeds. The clock is the processor's, with one thread; what is
evaluated between steps is not counted. One or two minutes.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
from functools import partial
from time import process_time

import numpy as np

import nnbook as nn

# for each size the fastest of four rates with which all trial runs arrived
RATES = {1: 0.02, 10: 0.2, 32: 0.4, 100: 0.4, 3000: 0.8}
GOAL, SEEDS, LONGEST = 0.30, 30, 150  # loss, seeds, epochs


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
    for _ in range(LONGEST):
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


def main():
    """Measure everything and print it."""
    rng, first = np.random.default_rng(1), int(sys.argv[1]) if sys.argv[1:] else 0
    X, dZ = rng.normal(size=(1000, 5)), rng.normal(size=(1000, 6))
    ratio = timed(lambda: collect(X, dZ)) / timed(lambda: X.T @ dZ, 1000)
    print(f"loops / product, 1000 samples, 5 inputs, 6 neurons: {ratio:.0f}")
    X = np.random.default_rng(3).normal(size=(1000, 2))
    Y = 1.0 * (X[:, [0]] * X[:, [1]] < 0)
    for name, train in (("bare NumPy", descend), ("fit", fit)):
        mini, full = (timed(partial(train, X, Y, size, 500)) for size in (20, 1000))
        print(f"{name}: 500 updates of 20 take the time of {500 * mini / full:.0f} full-batch ones")
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
