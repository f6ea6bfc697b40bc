"""Exercises of C, the errata of the field."""

import numpy as np

from .grading import Function, Property, Value, small_numbers

loss_of_perfect = Value(
    "C.1",
    "the mean squared difference of a column of predictions and a row of targets, both 0, 2, 4",
    16 / 3,
    remarks={
        "both are stretched to 3 x 3 before the subtraction": 0.0,
        "that is the sum of the nine squares": 48.0,
        "that is the mean square of the targets' deviations": 8 / 3,
    },
)


def _softmax(z):
    powers = np.exp(z - z.max())
    return powers / powers.sum()


def _two_tests(tests):
    if tests.shape != (4, 3):
        return "four rows of three numbers are expected: z, u, z, u"
    apart = []
    for z, u in (tests[:2], tests[2:]):
        if len(set(u)) < 3:
            return "no two entries of u may be equal"
        p = _softmax(z)
        apart.append(np.abs(p * (u - u.mean()) - p * (u - u @ p)).max())
    apart[0] /= np.ptp(tests[1])  # differences between tiny gradients count, too
    if apart[0] > 1e-9:
        return f"the first test tells them apart: they differ by {apart[0]:.2g}"
    if apart[1] < 0.1:
        return f"the second test does not tell them apart enough: they differ by {apart[1]:.2g}"
    return True


two_tests = Property(
    "C.2",
    "two tests, one that both backward passes of softmax pass and one where they differ by 0.1",
    _two_tests,
)


def _scaling(X_train, X_test):
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    return (X_train - mean) / deviation, (X_test - mean) / deviation


def _split(seed, train, test, features):
    rng = np.random.default_rng(seed)
    return rng.normal(2.0, 3.0, (train, features)), rng.normal(-1.0, 1.0, (test, features))


planted_scaling = Function(
    "C.3", "training and held-out samples, standardised", _scaling, ("X_train", "X_test"),
    (_split(1, 4, 3, 2), _split(2, 6, 1, 3), _split(3, 3, 8, 4)),
    kept=("X_train", "X_test"),
    remarks={
        "the held-out samples are standardised by themselves": lambda a, b: tuple(
            (X - X.mean(axis=0)) / X.std(axis=0) for X in (a, b)
        ),
        "np.std divides by the number of samples": lambda a, b: tuple(
            (X - a.mean(axis=0)) / a.std(axis=0, ddof=1) for X in (a, b)
        ),
    },
)  # fmt: skip


def _best(w, updates, losses):
    return w + np.sum(updates[: int(np.argmin(losses)) + 1], axis=0)


def _run(seed, losses, *shape):
    rng = np.random.default_rng(seed)
    updates = [small_numbers(rng, *shape) for _ in losses]
    return small_numbers(rng, *shape), updates, losses


planted_best = Function(
    "C.4", "the weights with the lowest validation loss", _best, ("w", "updates", "losses"),
    (
        _run(1, [0.9, 0.5, 0.7], 2), _run(2, [0.4, 0.6, 0.8, 0.7], 3),
        _run(3, [3.0, 2.0, 1.0], 2, 2), _run(4, [0.8, 0.3, 0.6, 0.3, 0.9], 2, 3),
        _run(5, [0.8, 0.5, 0.6, 0.3, 0.9], 3),
    ),
)  # fmt: skip


def _pooling(delta, n, f, s):
    dx = np.zeros(n)
    for r, upstream in enumerate(delta):
        dx[s * r : s * r + f] += upstream / f
    return dx


planted_pooling = Function(
    "C.5", "the gradient of average pooling with respect to its input", _pooling,
    ("delta", "n", "f", "s"),
    (
        (np.array([1.0, -3.0]), 4, 2, 2), (np.array([0.5, 2.0, -1.0]), 5, 3, 1),
        (np.array([2.0, -1.0, 3.0]), 8, 3, 2), (np.array([1.5, -2.0, 0.5]), 12, 2, 4),
    ),
    kept=("delta",),
)  # fmt: skip
