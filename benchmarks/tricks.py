"""One part of ``python -m benchmarks``: what each step towards speed brings, on one core.

Each trick is done in two ways that give the same numbers. Prints JSON: how many times as long the
plain way takes, medians of interleaved rounds.
"""

import json
import subprocess
import sys

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from tqdm import tqdm

import nnbook as nn

from .mnist import lenet5
from .steps import interleaved, pin

ADAM = """
from time import perf_counter
import numpy as np, nnbook as nn
from nnbook.training import _keep_freed_memory
{}
p = np.random.default_rng(0).random((784, 128), dtype=np.float32)
dp, optimizer, times = p / 100, nn.Adam(0.01), []
for _ in range(60):
    start = perf_counter()
    optimizer.step([p], [dp])
    times.append(perf_counter() - start)
print(np.median(times))
"""


def batch_of_samples(rng):
    """A batch at once, beside one sample after the other."""
    layer, X = nn.Dense(784, 128, rng=rng).astype(np.float32), rng.random((64, 784), np.float32)

    def one_by_one():
        return np.concatenate([layer.forward(x[None]) for x in X])

    return one_by_one, lambda: layer.forward(X)


def half_the_bytes(rng):
    """float32 beside float64."""
    X, W = rng.random((64, 784)), rng.random((784, 128))
    X32, W32 = X.astype(np.float32), W.astype(np.float32)
    return lambda: X @ W, lambda: X32 @ W32


def windows_side_by_side(rng):
    """The windows of 64 images of 6 channels, copied in long stretches or in short ones."""
    X = rng.random((64, 14, 14, 6), np.float32)
    turned = np.ascontiguousarray(X.transpose(3, 1, 2, 0))  # channels first, samples last
    short = np.empty((64, 10, 10, 5, 5, 6), np.float32)
    long = np.empty((5, 5, 6, 10, 10, 64), np.float32)

    def channels_last():
        short[...] = sliding_window_view(X, (5, 5), axis=(1, 2)).transpose(0, 1, 2, 4, 5, 3)
        return short

    def samples_last():
        for u, v in np.ndindex(5, 5):
            long[u, v] = turned[:, u : u + 10, v : v + 10]
        return long.transpose(5, 3, 4, 0, 1, 2)

    return channels_last, samples_last


def bias_as_a_weight(rng):
    """The gradient of the bias from a row of ones in a product that is made anyway."""
    P, dY = rng.random((151, 6400), np.float32), rng.random((6400, 16), np.float32)
    P[-1] = 1

    def sum_apart():
        return np.vstack([P[:-1] @ dY, dY.sum(axis=0)])

    return sum_apart, lambda: P @ dY


def first_layer_asks_for_less(rng):
    """The gradient of the pictures, which nobody needs, left out."""
    network, loss = lenet5(rng), nn.SoftmaxCrossEntropy()
    X, y = rng.random((64, 28, 28, 1), np.float32), rng.integers(10, size=64)
    loss.forward(network.forward(X), y)
    grad = loss.backward()

    def weights():
        return network.gradients()[0]

    def everything():
        network.backward(grad, input_gradient=True)
        return weights()

    def what_is_needed():
        network.backward(grad)
        return weights()

    return everything, what_is_needed


def winners_as_truth_values(rng):
    """Max pooling, backward: where a pixel equals the maximum, or at the place of the maximum."""
    X = np.maximum(rng.normal(size=(64, 28, 28, 6)).astype(np.float32), 0)
    X = np.ascontiguousarray(X.transpose(3, 1, 2, 0)).transpose(3, 1, 2, 0)
    layer = nn.MaxPool2D(2)
    grad = np.ones_like(layer.forward(X))
    cells = X.reshape(64, 14, 2, 14, 2, 6).transpose(0, 1, 3, 5, 2, 4).reshape(-1, 4)

    def places():
        dcells = np.zeros_like(cells)
        dcells[np.arange(len(cells)), cells.argmax(axis=1)] = grad.ravel()
        dcells = dcells.reshape(64, 14, 14, 6, 2, 2)
        return dcells.transpose(0, 1, 4, 2, 5, 3).reshape(X.shape)

    return places, lambda: layer.backward(grad)


TRICKS = {
    "a batch at once instead of sample by sample": batch_of_samples,
    "float32 instead of float64": half_the_bytes,
    "windows copied in long stretches: samples last in memory": windows_side_by_side,
    "the bias as one more weight, whose input is 1": bias_as_a_weight,
    "no gradient of the pictures": first_layer_asks_for_less,
    "max pooling with truth values instead of places": winners_as_truth_values,
}


def memory_at_hand():
    """Return how much longer Adam's step takes where freed memory goes back to the system."""
    seconds = [
        float(subprocess.run([sys.executable, "-c", ADAM.format(line)], check=True,
                             capture_output=True, text=True).stdout)
        for line in ("", "_keep_freed_memory()")
    ]  # fmt: skip
    return seconds[0] / seconds[1]


def main():
    """Measure all tricks and print the result."""
    pin(1)
    ratios = {}
    for name, trick in tqdm(TRICKS.items(), leave=False):
        plain, fast = trick(np.random.default_rng(0))
        assert np.allclose(plain(), fast(), rtol=1e-3, atol=1e-3), name
        slow, quick = interleaved([plain, fast], rounds=40)
        ratios[name] = slow / quick
    ratios["freed memory kept for the next step"] = memory_at_hand()
    print(json.dumps(ratios))


if __name__ == "__main__":
    main()
