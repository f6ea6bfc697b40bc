"""Exercises of chapter 12."""

import numpy as np

from .grading import Choice, Function, Property, Value

_rng = np.random.default_rng(12)


width = Value("12.1", "the smallest width with more than a million parameters", 1258, 1e-6)

smaller_filters = Value(
    "12.1", "what arrives at the first dense layer, and the parameters", [576, 81194], 1e-7
)

starting_prices = Value("12.2", "the price for 26 letters and for 1000 kinds", [3.2581, 6.9078])

price_and_share = Value(
    "12.2",
    "the price, and the tenth picture's share of it (between 0 and 1)",
    [0.46956, 0.98074],
)


def _read_confusion(C):
    C = np.asarray(C)
    mistakes = C * (1 - np.eye(len(C)))
    worst = np.unravel_index(mistakes.argmax(), C.shape)
    return C.trace() / C.sum(), C.diagonal() / C.sum(axis=1), worst


read_confusion = Function(
    "12.3",
    "the share right, the share right of each class, and the most frequent mistake",
    _read_confusion,
    ("C",),
    (
        (np.array([[8, 2], [1, 9]]),),
        (np.array([[50, 0, 0], [3, 5, 12], [7, 2, 41]]),),
        (np.array([[3, 4, 9, 0], [0, 20, 1, 1], [2, 5, 30, 8], [0, 0, 0, 6]]),),
    ),
    kept=("C",),
)

unaffected = Choice(
    "12.4",
    "the network that can be given other weights",
    "dense",
    ("dense", "LeNet-5", "both", "neither"),
)

_W, _order = _rng.integers(-9, 10, (6, 3)) / 2, np.array([2, 4, 0, 5, 3, 1])

moved_along = Function(
    "12.4",
    "the weights moved along with the pixels",
    lambda W, order: W[order],
    ("W", "order"),
    (
        (_W[:3], np.array([1, 2, 0])),
        (_W, _order),
        (_rng.normal(size=(20, 4)), _rng.permutation(20)),
    ),
)

moved_back = Function(
    "12.4",
    "the weights for pixels in their old places",
    lambda W_new, order: W_new[np.argsort(order)],
    ("W_new", "order"),
    moved_along.cases,
)


def _ten_seeds(report):
    shares, good = report.ravel()[:-1], report.ravel()[-1]
    return (
        shares.size == 10
        # a share of 1,000 pictures; the limits leave room for the rounding of other machines
        and bool(((shares >= 0.89) & (shares <= 0.97)).all())
        and np.unique(shares).size > 1
        and np.allclose(1000 * shares, np.round(1000 * shares), rtol=0, atol=1e-3)
        and bool(good == np.sum(np.round(1000 * shares) >= 920))
    )


ten_seeds = Property(
    "12.5",
    "ten accuracies on the validation pictures, shares between 0 and 1, and in how many of them "
    "it is at least 0.92",
    _ten_seeds,
)

head_and_network = Value(
    "12.6",
    "the parameters of the convolution, and of the network with ten filters",
    [48120, 6582],
    1e-7,
)

as_filters = Function(
    "12.6",
    "the filters, (h, w, c, k)",
    lambda W, h, w, c: W.reshape(h, w, c, -1),
    ("W", "h", "w", "c"),
    (
        (np.arange(16.0).reshape(8, 2), 2, 2, 2),
        (_rng.normal(size=(30, 4)), 3, 2, 5),
        (_rng.normal(size=(24, 1)), 2, 3, 4),
    ),
)


def _planted(X, y, size, order):
    cuts = [order[start : start + size] for start in range(0, len(order), size)]
    return tuple((X[cut], y[cut]) for cut in cuts)


planted = Function(
    "12.7",
    "the batches of one epoch, each a pair (pictures, digits)",
    _planted,
    ("X", "y", "size", "order"),
    (
        (10 * np.arange(4), np.arange(4), 2, np.array([3, 1, 0, 2])),
        (_rng.normal(size=(7, 2)), np.arange(7), 3, _rng.permutation(7)),
        (_rng.normal(size=(6, 2, 2, 1)), _rng.integers(0, 10, 6), 4, _rng.permutation(6)),
        (_rng.normal(size=(3, 2)), np.array([7, 0, 4]), 5, np.array([1, 2, 0])),
    ),
)
