"""Exercises of chapter 15."""

import numpy as np

from .grading import Function, Value

flat_positions = Value(
    "15.1",
    "the position of row 2, column 3 of map 4 in maps of 5 x 5 x 16, here and in PyTorch",
    [212.0, 113.0],
    tolerance=1e-9,  # positions are whole numbers
)


def _weight_there(W, h, w, c):
    return W.reshape(h, w, c, -1).transpose(3, 2, 0, 1).reshape(-1, c * h * w)


def _table(seed, h, w, c, outputs):
    rng = np.random.default_rng(seed)
    return rng.integers(-9, 10, size=(h * w * c, outputs)).astype(float), h, w, c


torch_weight = Function(
    "15.2", "the weight that PyTorch's Linear needs", _weight_there, ("W", "h", "w", "c"),
    (_table(1, 1, 2, 2, 2), _table(2, 2, 3, 2, 3), _table(3, 3, 2, 4, 5), _table(4, 2, 2, 2, 8)),
    kept=("W",),
)  # fmt: skip


def _workers(t, traffic):
    counts = np.arange(1, 2 + int(np.sqrt(t / traffic)) + 1)
    return float(counts[np.argmin(t / counts + counts * traffic)])


planted_workers = Function(
    "15.3", "the whole number of workers with the shortest step", _workers, ("t", "traffic"),
    (
        (2.1, 1.0), (0.3, 1.0), (2.46, 0.076), (12.3, 1.0), (12.1, 2.0), (5.5, 1.0), (2.02, 1.0),
        (5.9, 1.0), (500.0, 1.0), (5000.0, 1.0),
    ),
)  # fmt: skip

lowest_loss = Value(
    "15.4",
    "the lowest loss when probabilities of two classes pass a second softmax",
    float(np.log(np.e + 1) - 1),
)


def _whole_batch(sizes, means, variances):
    fractions = np.array(sizes) / np.sum(sizes)
    mean = fractions @ np.array(means)
    around = np.array(variances) + (np.array(means) - mean) ** 2
    return np.array([mean, fractions @ around])


whole_batch = Function(
    "15.5", "mean and variance of the whole batch", _whole_batch, ("sizes", "means", "variances"),
    (
        ([1, 1], [0.0, 2.0], [0.0, 0.0]), ([3, 1], [1.0, 5.0], [2.0, 0.0]),
        ([25, 15, 10], [0.4, -0.2, 1.1], [1.5, 0.5, 2.0]),
    ),
    kept=("sizes", "means", "variances"),
)  # fmt: skip
