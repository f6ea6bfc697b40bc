"""One part of ``python -m benchmarks``: what each step towards speed brings, on one core.

Each trick is done in two ways that give the same numbers; its docstring is what the report tells a
learner. Prints JSON: how many times as long the plain way takes, medians of interleaved rounds.
"""

import inspect
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
    """A batch at once instead of sample by sample.

    The sums are the same, but Python is asked once instead of 64 times, and a product of two
    matrices can keep a block of numbers close to the processor and use each of them many times.
    Chapter 05 takes the loops away one by one.
    """
    layer, X = nn.Dense(784, 128, rng=rng).astype(np.float32), rng.random((64, 784), np.float32)

    def one_by_one():
        return np.concatenate([layer.forward(x[None]) for x in X])

    return one_by_one, lambda: layer.forward(X)


def half_the_bytes(rng):
    """float32 instead of float64.

    Half the bytes: twice as many numbers in one instruction and in one trip to memory. Seven digits
    are plenty where the next batch disagrees in the second.
    """
    X, W = rng.random((64, 784)), rng.random((784, 128))
    X32, W32 = X.astype(np.float32), W.astype(np.float32)
    return lambda: X @ W, lambda: X32 @ W32


def windows_side_by_side(rng):
    """Samples last in memory, so that windows are copied in long stretches.

    A convolution is one product of a matrix once each window has become a column of it. What one
    place of the filter meets, all along a row of pixels and for all samples, then lies side by side
    and is copied in one stretch; with channels last a stretch has as many numbers as there are
    channels. The shape stays (m, h, w, c): only the order in memory is turned.
    """
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
    """The bias as one more weight, whose input is 1.

    Then a row of ones in the matrix of the windows brings the gradient of the bias, and adds the
    bias on the way forward, in a product that is made anyway.
    """
    P, dY = rng.random((151, 6400), np.float32), rng.random((6400, 16), np.float32)
    P[-1] = 1

    def sum_apart():
        return np.vstack([P[:-1] @ dY, dY.sum(axis=0)])

    return sum_apart, lambda: P @ dY


def first_layer_asks_for_less(rng):
    """No gradient of the pictures.

    A layer has two duties on the way back: the gradients of its weights, and the blame for what
    came in. The first layer's input is the data, and nobody asks the data to change.
    """
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
    """Max pooling with truth values instead of places.

    The way back needs to know which pixel of a window won. Asking each of the four places whether
    it equals the maximum is four comparisons of long rows; finding and writing to a place for each
    window jumps about in memory.
    """
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


TRICKS = (
    batch_of_samples,
    half_the_bytes,
    windows_side_by_side,
    bias_as_a_weight,
    first_layer_asks_for_less,
    winners_as_truth_values,
)


def memory_at_hand():
    """Freed memory kept for the next step.

    The C library of Linux gives a large block back to the system as soon as it is freed, and a
    fresh one comes in pages of 4 kB that the system clears one by one when they are first touched.
    Blocks smaller than the largest it has ever seen freed it keeps: so `fit` asks once for 32 MB,
    uses nothing of it, and lets it go. Measured is Adam's step on 100,000 weights.
    """
    seconds = [
        float(subprocess.run([sys.executable, "-c", ADAM.format(line)], check=True,
                             capture_output=True, text=True).stdout)
        for line in ("", "_keep_freed_memory()")
    ]  # fmt: skip
    return seconds[0] / seconds[1]


def told(trick, factor):
    """Return a trick's name, its reason and its factor."""
    name, why = inspect.getdoc(trick).split("\n\n")
    return {"name": name.rstrip("."), "why": " ".join(why.split()), "factor": factor}


def main():
    """Measure all tricks and print the result."""
    pin(1)
    results = []
    for trick in tqdm(TRICKS, leave=False):
        plain, fast = trick(np.random.default_rng(0))
        assert np.allclose(plain(), fast(), rtol=1e-3, atol=1e-3), trick
        slow, quick = interleaved([plain, fast], rounds=40)
        results.append(told(trick, slow / quick))
    results.append(told(memory_at_hand, memory_at_hand()))
    print(json.dumps(results))


if __name__ == "__main__":
    main()
