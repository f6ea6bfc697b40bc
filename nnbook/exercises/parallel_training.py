"""Exercises of chapter 15b."""

import numpy as np

from .grading import Function, Value, small_numbers

_rng = np.random.default_rng(0)
_parts = [
    ([small_numbers(_rng, *shape) for _ in sizes], sizes)
    for shape, sizes in (((2,), [3, 1]), ((3, 2), [25, 15, 10]), ((2, 2), [4, 4]))
]


def _combine(gradients, sizes):
    return sum(m * gradient for gradient, m in zip(gradients, sizes, strict=True)) / sum(sizes)


combine = Function(
    "15.6", "the gradient of the whole batch", _combine, ("gradients", "sizes"), tuple(_parts),
    kept=("gradients", "sizes"),
    remarks={
        "that is the plain mean of the parts": lambda gradients, sizes: sum(gradients) / len(sizes),
        "that is a sum; J is a mean over samples": lambda gradients, sizes: (
            _combine(gradients, sizes) * sum(sizes)
        ),
    },
)  # fmt: skip


def _folds(X, held_out):
    training = np.delete(X, held_out, axis=0)
    mean, deviation = training.mean(axis=0), training.std(axis=0)
    return (training - mean) / deviation, (X[held_out] - mean) / deviation


planted_folds = Function(
    "15.7", "the training fold and the validation fold, standardised", _folds, ("X", "held_out"),
    (
        (np.array([[1.0, 10], [3, 14], [2, 30], [9, 20]]), [0, 3]),
        (small_numbers(_rng, 6, 3), [1, 4]), (small_numbers(_rng, 5, 2), [0, 1]),
    ),
    kept=("X", "held_out"),
    remarks={
        "the validation fold is scaled with its own mean and deviation": lambda X, held_out: (
            _folds(X, held_out)[0],
            (X[held_out] - X[held_out].mean(axis=0)) / X[held_out].std(axis=0),
        ),
        "np.std divides by the number of samples": lambda X, held_out: tuple(
            part * np.sqrt(1 - 1 / (len(X) - len(held_out))) for part in _folds(X, held_out)
        ),
    },
)  # fmt: skip


def _workers(t, traffic):
    counts = np.arange(1, 2 + int(np.sqrt(t / traffic)) + 1)
    return float(counts[np.argmin(t / counts + counts * traffic)])


planted_workers = Function(
    "15.8", "the whole number of workers with the shortest update", _workers, ("t", "traffic"),
    (
        (2.1, 1.0), (0.3, 1.0), (2.46, 0.076), (12.3, 1.0), (12.1, 2.0), (5.5, 1.0), (2.02, 1.0),
        (5.9, 1.0), (500.0, 1.0), (5000.0, 1.0),
    ),
)  # fmt: skip

megabytes = Value(
    "15.9",
    "megabytes through the link of a parameter server, and sent by each worker of a ring",
    [6400.0, 700.0],
    tolerance=1e-9,  # they come out whole
    remarks={
        "each parameter goes out and a gradient comes back": [3200, 700],
        "in the order of the text: the server, then the ring": [700, 6400],
        "both rounds of the ring send": [6400, 350],
        "each worker of the ring sends; that is what all send": [6400, 5600],
    },
)


def _whole_batch(sizes, means, variances):
    fractions = np.array(sizes) / np.sum(sizes)
    mean = fractions @ np.array(means)
    around = np.array(variances) + (np.array(means) - mean) ** 2
    return np.array([mean, fractions @ around])


whole_batch = Function(
    "15.10", "mean and variance of the whole batch", _whole_batch, ("sizes", "means", "variances"),
    (
        ([1, 1], [0.0, 2.0], [0.0, 0.0]), ([3, 1], [1.0, 5.0], [2.0, 0.0]),
        ([25, 15, 10], [0.4, -0.2, 1.1], [1.5, 0.5, 2.0]),
    ),
    kept=("sizes", "means", "variances"),
    remarks={
        "the means of the parts differ: that is variance, too": lambda sizes, means, variances: (
            np.average(means, weights=sizes), np.average(variances, weights=sizes),
        ),
    },
)  # fmt: skip
