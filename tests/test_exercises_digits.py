"""Answers to the exercises of chapter 12a."""

import math

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

import nnbook as nn
from nnbook.exercises import digits as ex


def batches(X, y, size, order):
    X, y = X[order], y[order]
    return [(X[i : i + size], y[i : i + size]) for i in range(0, len(X), size)]


def planted(X, y, size, order):
    found = []
    for start in range(0, len(order), size):
        end = start + size
        chosen = order[start:end]
        found.append((X[chosen], y[start:end]))
    return found


def trained(
    rate=0.003, epochs=4, width=128, judge=None, optimizer=None, shared=None, first=None, order=None, dtype=np.float32, best=False
):  # fmt: skip
    """Return an answer to 12.3: the one asked for, unless something is changed."""

    def accuracy_of_seed(seed, X, y, X_val, y_val):
        rng = np.random.default_rng(seed if shared is None else shared)
        start = rng if first is None else np.random.default_rng(first)
        hidden = nn.Dense(784, width, rng=start, weight_init=nn.initializers.he_normal)
        network = nn.Sequential(nn.Flatten(), hidden, nn.ReLU(), nn.Dense(width, 10, rng=start))
        rng = rng if order is None else np.random.default_rng(order)
        how = {"loss": nn.SoftmaxCrossEntropy(), "optimizer": optimizer or nn.Adam(rate)}
        sizes = {"epochs": epochs, "batch_size": 50, "rng": rng, "progress": False}
        images, labels = judge(X, y) if judge else (X_val, y_val)
        after = [
            nn.metrics.accuracy(network.predict(images), labels)
            for _ in network.astype(dtype).epochs(X, y, **how, **sizes)
        ]
        return max(after) if best else after[-1]

    return accuracy_of_seed


def trained_by_hand(seed, X, y, X_val, y_val):
    rng = np.random.default_rng(seed)
    last = nn.Dense(128, 10, rng=rng)
    first = nn.Dense(784, 128, rng=rng, weight_init=nn.initializers.he_normal)
    network = nn.Sequential(first, nn.ReLU(), last).astype(np.float32)
    loss, optimizer, rows = nn.SoftmaxCrossEntropy(), nn.Adam(0.003), X.reshape(len(X), 784)
    for _ in range(4):
        order = rng.permutation(len(X))
        for start in range(0, len(X), 50):
            batch = order[start : start + 50]
            loss.forward(network.forward(rows[batch]), y[batch])
            network.backward(loss.backward())
            optimizer.step(network.parameters(), network.gradients())
    return np.mean(network.predict(X_val.reshape(len(X_val), 784)).argmax(axis=1) == y_val)


DRAWS = np.random.default_rng(0)


def without_seed(seed, *data):
    return trained(shared=int(DRAWS.integers(1000)))(seed, *data)


REPORT = [0.906, 0.909, 0.911, 0.915, 0.918, 0.921, 0.923, 0.924, 0.926, 0.93, 5]
ASKED = "a function of (seed, X, y, X_val, y_val) is expected"
HIGHER = "the accuracies are higher than those"

ANSWERS = [
    (ex.width, [1258], [1273, 1276, 1_000_120]),
    (ex.smaller_kernels, [[576, 81194]],
     [[400, 81194], [784, 106154], [576, 61706],  # both with padding
      [576, 81154], [576, 81193], 81194]),  # biases forgotten
    (ex.initial_losses, [np.log([26, 1000]), [3.26, 6.91]], [[2.303, 2.303], np.log2([26, 1000]), np.log10([26, 1000]), [1 / 26, 1 / 1000]]),
    (ex.loss_and_fraction, [(0.4696, 0.9807), [0.47, 0.98], (-0.9 * math.log(0.99) - 0.1 * math.log(0.01), 0.98074)],
     [[0.4605, 0.98], [0.4696, 0.02],  # the mistake alone
      [0.4696, 0.9978], [4.6956, 0.9807],  # the mistake against one right prediction; a sum
      [0.4696, 98.07], [0.105, 0.9807], [-0.4696, 0.9807], 0.4696]),  # per cent, -ln 0.9
    (ex.accuracy_of_seed, [trained(), trained(dtype=np.float64), trained_by_hand, lambda *data: [trained()(*data)]], [
        Says("with the labels y_val shifted by one the accuracy stayed high: was y_val used?", trained(judge=lambda X, y: (X, y))),
        trained(judge=lambda X, y: nn.datasets.load_digits()[1]),
        Says("was it chosen by y_val? Evaluate after the last", trained(best=True)), Says("does the seed decide anything?", trained(shared=0)),
        Says("came 'ValueError: ", trained(optimizer=nn.Adam(0.003))),  # one Adam, shared by all seeds
        Says("does something outlive the call, or ignore the seed?", without_seed), Says("the accuracies are lower than those", trained(rate=0.001)),
        Says("higher than those of these settings from fifty", trained(epochs=5)), Says(HIGHER, trained(epochs=12)), Says(HIGHER, trained(width=256)),
        Says("do they decide the initial weights?", trained(first=0)), Says("do they decide the order?", trained(order=0)),
        Says(HIGHER, trained(epochs=8)),
        Says("do not round it", lambda *data: round(trained()(*data), 3)), trained(epochs=1), trained(epochs=3), trained(width=64),
        trained(optimizer=nn.SGD(0.1)),
        lambda *data: 100 * trained()(*data), lambda *data: 1 - trained()(*data), lambda *data: 400 * trained()(*data),
        lambda *data: [trained()(*data)] * 2,
        lambda *data: 0.65, lambda *data: "0.65", Says(ASKED, 0.92), Says(ASKED, REPORT), [0.92] * 9 + [0.93, 10],  # numbers show nothing
    ]),
    (ex.head_and_network, [[48120, 6582]], [[48000, 6582], [48120, 4010], [48120, 6572], [48120, 61706], [3120, 6582], 48120]),
    (ex.as_kernels, [lambda W, h, w, c: W.reshape(h, w, c, -1), lambda W, h, w, c: np.array(np.split(W, h)).reshape(h, w, c, W.shape[1]),
                     lambda W, h, w, c: np.stack([row.reshape(h, w, c) for row in W.T], axis=3).tolist()],
     [lambda W, h, w, c: W.T.reshape(-1, h, w, c), lambda W, h, w, c: W.reshape(c, h, w, -1).transpose(1, 2, 0, 3),  # channels first
      lambda W, h, w, c: W.reshape(w, h, c, -1).swapaxes(0, 1), lambda W, h, w, c: W.reshape(h, w, c, -1)[::-1, ::-1],  # a true convolution
      lambda W, h, w, c: W.reshape(h * w, c, -1), lambda W, h, w, c: W]),
    (ex.planted, [batches], [
        Says("order = [3, 1, 0, 2] the labels of batch 1 came [0, 1]; in batch 1 the images are right, and the labels belong to others", planted),
        Says("batch 1 ", lambda *case: [batch[0] for batch in batches(*case)]), lambda *case: [batch[::-1] for batch in batches(*case)],
        *variants(batches, "X[order], y[order] -> X, y", "[order] -> [np.argsort(order)]", "+ size] -> + size + 1]",
            "len(X), size -> len(X) // size * size, size",
                  "len(X), size -> size, size"),
        lambda X, y, size, order: (X[order], y[order]),
    ]),
]  # fmt: skip


def test_the_numbers_of_the_pencil_exercises_are_those_of_the_networks():
    def total(*layers, shape=(28, 28, 1)):
        return nn.Sequential(*layers).summary(shape).parameters

    widths = [
        total(nn.Dense(784, h, rng=0), nn.Dense(h, 10, rng=0), shape=(784,)) for h in (1257, 1258)
    ]
    assert widths[0] <= 1_000_000 < widths[1]

    def bank(f, padding):
        first = nn.Conv2D(1, 6, f, rng=0, padding=padding)
        return first, nn.MaxPool2D(2), nn.Conv2D(6, 16, f, rng=0), nn.MaxPool2D(2)

    dense = [nn.Dense(n, k, rng=0) for n, k in ((576, 120), (120, 84), (84, 10))]
    assert total(*bank(3, 1), nn.Flatten(), *dense) == ex.smaller_kernels.expected[1]
    assert total(*bank(5, 2), nn.Conv2D(16, 10, 5, rng=0)) == ex.head_and_network.expected[1]
    assert total(nn.Conv2D(16, 120, 5, rng=0), shape=(5, 5, 16)) == ex.head_and_network.expected[0]


def test_the_kernels_of_the_head_compute_what_the_dense_layer_does():
    for W, h, w, c in ex.as_kernels.cases:
        layer = nn.Conv2D(c, W.shape[1], (h, w), rng=0)
        layer.parameters["W"][:] = ex.as_kernels.reference(W, h, w, c)
        X = np.arange(2.0 * h * w * c).reshape(2, h, w, c)
        assert np.allclose(layer.forward(X)[:, 0, 0], X.reshape(2, -1) @ W)
