"""Exercises of chapter 15a."""

import numpy as np

from .grading import Function, Value

flat_positions = Value(
    "15.1",
    "the position of row 2, column 3 of channel 4 in maps of 5 x 5 x 16, here and in PyTorch",
    [212.0, 113.0],
    tolerance=1e-9,  # positions are whole numbers
    remarks={
        "in the order of the text: nnbook, then PyTorch": [113, 212],
        "all are counted from 0": [213, 114],
    },
)


def _weight_there(W, h, w, c):
    return W.reshape(h, w, c, -1).transpose(3, 2, 0, 1).reshape(-1, c * h * w)


def _weights(seed, h, w, c, outputs):
    rng = np.random.default_rng(seed)
    return rng.integers(-9, 10, size=(h * w * c, outputs)).astype(float), h, w, c


torch_weight = Function(
    "15.2", "the weight that PyTorch's Linear needs", _weight_there, ("W", "h", "w", "c"),
    (
        _weights(1, 1, 2, 2, 2), _weights(2, 2, 3, 2, 3), _weights(3, 3, 2, 4, 5),
        _weights(4, 2, 2, 2, 8),
    ),
    kept=("W",),
    remarks={
        "its columns are still in nnbook's order": lambda W, h, w, c: W.T,
        "the channels are the last axis of W's rows": lambda W, h, w, c: (
            W.reshape(c, h, w, -1).transpose(3, 1, 2, 0).reshape(-1, c * h * w)
        ),
    },
)  # fmt: skip

without_zero_grad = Value(
    "15.3",
    "w after the first, second and third update",
    [0.9, 0.71, 0.449],
    remarks={
        "that is SGD with zero_grad": [0.9, 0.81, 0.729],
        "three values after an update, without the start": [1, 0.9, 0.71],
    },
)

lowest_loss = Value(
    "15.4",
    "the lowest loss when probabilities of two classes pass a second softmax",
    float(np.log(np.e + 1) - 1),
    remarks={"that is for ten classes": float(np.log(np.e + 9) - 1)},
)

planted_epoch_loss = Function(
    "15.5", "the mean loss of all samples of the epoch",
    lambda losses, sizes: float(np.average(losses, weights=sizes)), ("losses", "sizes"),
    (
        ([0.5, 0.7], [4, 4]), ([0.5, 0.7, 2.1], [64, 64, 40]), ([3.0], [7]),
        ([0.25, 1.5, 0.75, 4.0], [50, 50, 50, 1]),
    ),
    kept=("losses", "sizes"),
)  # fmt: skip
