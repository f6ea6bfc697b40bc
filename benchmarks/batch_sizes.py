"""``python -m benchmarks.batch_sizes``: how long mini-batches of several sizes take.

Prints what chapter 05 records: the loops of a gradient beside one product of matrices, how many
updates with all of a thousand points take the time of 500 with twenty, and for each batch size the
milliseconds per update and the updates to a loss of 0.30 on held-out digits. An argument is the
first of the thirty seeds. The clock is the processor's, with one thread. The batch sizes are timed
in turn, and the least of thirty rounds counts, so that other work on the machine falls on all
alike. Single samples are timed twice, with ``X.T @ dY`` and with ``np.dot(X.T, dY)``; the page has
the latter, which is faster. Some six minutes.

With the argument ``rates`` it tries the learning rates of ``TRIED`` instead, with ten other seeds.
For each size the best is the one with the smallest median of updates of those with which all ten
runs arrived; of equal ones the smallest. It always has a worse one on either side.

With the argument ``others`` it counts how often the full batch is better in equal time on other
sets of points and from other first weights, both at the best of their rates; another argument is
the first of the thirty seeds.

With the argument ``noise`` it prints the gradient noise scale of the digit network, at the start
and after one and two epochs with batch size 32; another argument is the first of thirty seeds.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
from functools import partial
from time import process_time

import numpy as np

import nnbook as nn
from benchmarks.optimisers import stacked

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
BETWEEN = {20: 0.3, 45: 0.5, 180: 0.7}  # sizes on which the formulas of chapter 05 are tested
TARGET, SEEDS, TRIALS = 0.30, 30, range(1000, 1010)


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


class DotDense(nn.Dense):
    """A dense layer whose product of a column and a row is `np.dot`, which is faster than ``@``."""

    def _assign_gradients(self, grad):
        self.gradients["W"] = np.dot(self._X.T, grad)
        self.gradients["b"] = grad.sum(axis=0)


def digits():
    """Return 3,000 digits to train on and 1,000 held out, all of the package's training set."""
    (X, y), _ = nn.datasets.load_digits()
    X = X.reshape(len(X), -1)
    return X[:3000], y[:3000], X[3000:], y[3000:]


def new_network(rng, dense=nn.Dense):
    """Return a network 784-64-10 in 32 bits."""
    layers = dense(784, 64, rng=rng), nn.ReLU(), dense(64, 10, rng=rng)
    return nn.Sequential(*layers).astype(np.float32)


def update(network, loss, optimizer, X, y):
    """Update the parameters once."""
    loss.forward(network.forward(X), y)
    network.backward(loss.backward())
    optimizer.step(network.parameters(), network.gradients())


def milliseconds(data, kinds):
    """Return for each (size, class of dense layers) the least milliseconds of an update."""
    X, y, *_ = data
    least, loss = dict.fromkeys(kinds, np.inf), nn.SoftmaxCrossEntropy()
    for seed in range(30):
        for size, dense in kinds:
            rng = np.random.default_rng(seed)
            network, optimizer = new_network(rng, dense), nn.SGD((RATES | BETWEEN)[size])
            batches = list(nn.batches(len(X), size, rng))[:200]
            update(network, loss, optimizer, X[batches[0]], y[batches[0]])
            start = process_time()
            for rows in batches:
                update(network, loss, optimizer, X[rows], y[rows])
            spent = 1000 * (process_time() - start) / len(batches)
            least[size, dense] = min(least[size, dense], spent)
    return least


def updates_to_target(data, size, seed, rate):
    """Return the updates until the held-out loss is 0.30, or infinity."""
    X, y, X_new, y_new = data
    rng = np.random.default_rng(seed)
    network, optimizer = new_network(rng), nn.SGD(rate)
    loss, updates, every = nn.SoftmaxCrossEntropy(), 0, max(1, 250 // size)
    for _ in range(10 + size // 15):  # epochs
        for rows in nn.batches(len(X), size, rng):
            update(network, loss, optimizer, X[rows], y[rows])
            updates += 1
            if updates % every == 0 and loss.forward(network.forward(X_new), y_new) <= TARGET:
                return updates
    return np.inf


def middle(runs):
    """Return the median of each column and, in brackets, its 10 % and 90 % quantiles."""
    low, median, high = np.quantile(runs, [0.1, 0.5, 0.9], axis=0, method="nearest")
    return [f"{m:.5g} ({a:.4g} to {b:.4g})" for a, m, b in zip(low, median, high, strict=True)]


def try_rates():
    """Print for each size and rate how many trial runs arrived, and the median of their updates."""
    data = digits()
    for size, rates in TRIED.items():
        for rate in rates:
            runs = np.array([updates_to_target(data, size, seed, rate) for seed in TRIALS])
            arrived = np.isfinite(runs).sum()
            print(f"{size:4}  {rate:5}  {arrived} of {len(runs)}  {np.median(runs):g}", flush=True)


def side_by_side(X, Y, parameters, sizes, rates, orders):
    """Return the losses of runs side by side, one for each rate and order of the samples."""
    runs, (size, steps) = len(rates) * len(orders), sizes
    rate = np.repeat(rates, len(orders))[:, None, None]
    stacks = [np.broadcast_to(p, (runs, *p.shape)).copy() for p in parameters]
    for t in range(steps):
        if t * size % len(X) == 0:
            order = np.tile([rng.permutation(len(X)) for rng in orders], (len(rates), 1))
        rows = order[:, t * size % len(X) :][:, :size]
        for p, dp in zip(stacks, stacked(stacks, X[rows], Y[rows])[1], strict=True):
            p -= rate * dp
    return stacked(stacks, X, Y)[0].reshape(len(rates), len(orders))


def others(first):
    """Print how often the full batch is better than mini-batches of 20 in equal time."""
    ours = [[[0.1, 0.3, -0.5], [-0.2, 0.4, 0.6]], [[0.01, 0.02, 0.03]]]
    ours = [np.array(p) for p in (*ours, [[0.7], [-0.8], [0.9]], [[0.1]])]
    slow, fast = (1, 1.5, 2, 2.5, 3, 4, 5), (2, 3, 4, 5, 6, 7, 8, 10, 12)
    for points, weights in ((True, False), (False, True), (True, True)):
        better = np.zeros(2, dtype=int)
        for seed in range(first, first + SEEDS):
            rng = np.random.default_rng(5000 + seed if points else 3)
            X = rng.normal(size=(1000, 2))
            Y = 1.0 * (X[:, [0]] * X[:, [1]] < 0)
            layers = nn.Dense(2, 3, rng=seed), nn.Dense(3, 1, rng=1000 + seed)
            drawn = [p for layer in layers for p in layer.parameters.values()]
            parameters = [np.atleast_2d(p) for p in drawn] if weights else ours
            orders = [np.random.default_rng(seed + 100 * k) for k in range(10)]
            mini = np.median(side_by_side(X, Y, parameters, (20, 500), slow, orders), axis=1).min()
            for k, steps in enumerate((140, 230)):
                full = side_by_side(X, Y, parameters, (1000, steps), fast, orders[:1])
                better[k] += full.min() < mini
        what = f"other points {points}, other first weights {weights}"
        print(
            f"{what}: 140 full-batch updates better in {better[0]} of {SEEDS}, 230 in {better[1]}"
        )


def noise(first):
    """Print the 10 % quantile, the median and the 90 % quantile of the gradient noise scale."""
    X, y, *_ = digits()
    scales, loss = np.zeros((SEEDS, 3)), nn.SoftmaxCrossEntropy()
    for row, seed in zip(scales, range(first, first + SEEDS), strict=True):
        rng = np.random.default_rng(seed)
        network, optimizer = new_network(rng), nn.SGD(RATES[32])
        for epoch in range(3):
            for rows in nn.batches(len(X), 32, rng) if epoch else ():
                update(network, loss, optimizer, X[rows], y[rows])
            norms = 0.0  # of the gradients of single samples, squared
            dense1, relu, dense2 = network.layers
            hidden = relu.forward(dense1.forward(X))
            loss.forward(dense2.forward(hidden), y)
            above = len(X) * loss.backward()
            below = relu.backward(dense2.backward(above))
            dense1.backward(below)
            for entering, delta in ((X, below), (hidden, above)):
                norms += (1 + (entering**2).sum(axis=1)) @ (delta**2).sum(axis=1) / len(X)
            mean = sum(np.sum((total / len(X)) ** 2) for total in network.gradients())
            row[epoch] = norms / mean - 1
    for epoch, column in enumerate(scales.T):
        print(f"noise scale after {epoch} epochs:", *np.quantile(column, [0.1, 0.5, 0.9]).round())


def main():
    """Measure everything and print it."""
    if sys.argv[1:] == ["rates"]:
        try_rates()
        return
    rng, first = np.random.default_rng(1), int(sys.argv[-1]) if sys.argv[-1].isdigit() else 0
    if sys.argv[1:2] in (["others"], ["noise"]):
        (others if sys.argv[1] == "others" else noise)(first)
        return
    X, dZ = rng.normal(size=(1000, 5)), rng.normal(size=(1000, 6))
    ratio = timed(lambda: collect(X, dZ)) / timed(lambda: X.T @ dZ, 1000)
    print(f"loops / product, 1000 samples, 5 inputs, 6 neurons: {ratio:.0f}")
    X = np.random.default_rng(3).normal(size=(1000, 2))
    Y = 1.0 * (X[:, [0]] * X[:, [1]] < 0)
    for name, train in (("bare NumPy", descend), ("fit", fit)):
        mini, full = (timed(partial(train, X, Y, size, 500)) for size in (20, 1000))
        print(f"{name}: 500 updates of 20 take the time of {500 * mini / full:.0f} full-batch ones")
    data = digits()
    kinds = [(1, DotDense), *((size, nn.Dense) for size in RATES | BETWEEN)]
    for (size, dense), spent in milliseconds(data, kinds).items():
        how = " with np.dot" if dense is DotDense else ""
        print(f"size {size}{how}: {spent:.3f} ms an update", flush=True)
    for size, rate in [*(RATES | BETWEEN).items(), (32, 0.5), (32, 0.6), (32, 0.64)]:
        runs = [updates_to_target(data, size, first + seed, rate) for seed in range(SEEDS)]
        reached = [[updates] for updates in runs if np.isfinite(updates)]
        shown = f"{len(reached)} of {SEEDS} reached, updates {middle(reached)[0]}"
        print(f"size {size} at rate {rate}: {shown}", flush=True)


if __name__ == "__main__":
    main()
