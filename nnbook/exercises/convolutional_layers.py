"""Exercises of chapter 10a."""

from functools import partial

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .grading import Choice, Function, Value, small_numbers

_table = partial(small_numbers, np.random.default_rng(10))

output_channels = Value("10.1", "the channels for the depths 1, 2 and 3", [3.0, 2.0, 1.0], 1e-9)

pair_apart = Choice(
    "10.1",
    "the pair of channels",
    "red and blue",
    ("red and green", "green and blue", "red and blue"),
)

one_by_one = Function(
    "10.2",
    "the output of the 1 x 1 convolution",
    lambda A, W, b: A @ W + b,
    ("A", "W", "b"),
    (
        (_table(1, 1, 2, 2), _table(2, 1), _table(1)),
        (_table(2, 3, 4, 3), _table(3, 2), _table(2)),
        (_table(1, 2, 2, 2), _table(2, 2), _table(2)),
    ),
    kept=("A", "W", "b"),
    remarks={
        "the bias is missing": lambda A, W, b: A @ W,
        "W is (channels in, channels out)": lambda A, W, b: A @ W.T + b,
    },
)

bottleneck = Value(
    "10.2",
    "the parameters of the three convolutions, and of the single one",
    [256 * 64 + 64 + 9 * 64 * 64 + 64 + 64 * 256 + 256, 9 * 256 * 256 + 256],
    tolerance=1e-7,
    remarks={
        "the biases are missing": [2 * 256 * 64 + 9 * 64 * 64, 9 * 256 * 256],
    },
)

moves_and_unnoticed = Value(
    "10.3",
    "the number of moves and the number of unnoticed ones",
    [132, 96],
    remarks={
        "a pixel in the last column cannot move to the right": [144, 96],
        "the second number counts the moves that change the output": [132, 36],
        "the numbers of one row only": [11, 8],
    },
)

with_overlap = Value("10.3", "how many of the 12 moves are unnoticed with stride 1", 0)

unnoticed_moves = Function(
    "10.3", "the number of unnoticed moves", lambda n, f: n * (n - n // f), ("n", "f"),
    ((4, 2), (12, 3), (12, 4), (10, 1), (7, 7), (18, 6)),
    remarks={"these are the moves that change the output": lambda n, f: n * (n // f - 1)},
)  # fmt: skip

whole_network = Value(
    "10.4", "the parameters for 100 x 100 x 3 and for 200 x 200 x 3", [960690, 3920690],
    tolerance=1e-7,
    remarks={
        "the kernels are missing": [960410, 3920410],
        "the biases are missing": [960670, 3920670],
        "without padding a map is smaller than the image": [1000290, 4000290],
        "nothing is pooled here": [240390, 980390],
    },
)  # fmt: skip

with_stride = Value(
    "10.4", "the parameters of the network and the multiply-accumulates of the convolution",
    [240390, 648270], tolerance=1e-7,
    remarks={
        "with stride 2 the other outputs are not computed at all": [240390, 2593080],
        "only those of the convolution are asked for": [240390, 888370],
        "the map is smaller with stride 2": [960690, 648270],
    },
)  # fmt: skip

on_six_by_six = Value(
    "10.4",
    "the parameters of the dense layer to 5, of the kernels, and of the dense layer to as many",
    [185.0, 50.0, 2960.0],
    tolerance=1e-6,
    remarks={"the biases are missing": [180.0, 45.0, 2880.0]},
)


def _planted(V, W, b):
    windows = sliding_window_view(V, W.shape[:2], axis=(0, 1))
    return np.einsum("rqcuv,uvck->rqk", windows, W) + b


def _bias_in_every_channel(V, W, b):
    return _planted(V, W, V.shape[2] * np.asarray(b))


planted = Function(
    "10.5", "the output of the layer", _planted, ("V", "W", "b"),
    (
        (np.zeros((2, 2, 3)), np.ones((1, 1, 3, 1)), np.array([1.0])),
        (_table(4, 5, 1), _table(3, 3, 1, 2), _table(2)),
        (_table(4, 4, 3), _table(2, 2, 3, 2), _table(2)),
        (_table(3, 5, 2), _table(3, 3, 2, 3), _table(3)),
    ),
    remarks={"each bias should be in an output once": _bias_in_every_channel},
)  # fmt: skip
