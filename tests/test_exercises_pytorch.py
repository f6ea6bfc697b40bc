"""Answers to the exercises of chapter 15a."""

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

from nnbook.exercises import pytorch as ex


def weight(W, h, w, c):
    return W[np.arange(h * w * c).reshape(h, w, c).transpose(2, 0, 1).ravel()].T


def mean_loss(losses, sizes):
    return np.dot(losses, sizes) / np.sum(sizes)


ANSWERS = [
    (ex.flat_positions, [[212, 113]], [Says("nnbook, then PyTorch", [113, 212]), Says("from 0", [213, 114]), [212, 212], [212.3, 113.1], [(4 * 5 + 3) * 5 + 2, 212]]),
    (ex.torch_weight, [weight, lambda W, h, w, c: W.T.reshape(-1, h, w, c).transpose(0, 3, 1, 2).reshape(-1, h * w * c)],
     [*variants(weight, "(2, 0, 1) -> (2, 1, 0)", "(h, w, c).transpose(2, 0, 1) -> (c, h, w).transpose(1, 2, 0)", ".T -> "),
      Says("nnbook's order", lambda W, h, w, c: W.T), Says("last axis", lambda W, h, w, c: W.reshape(c, h, w, -1).transpose(3, 1, 2, 0).reshape(-1, c * h * w)), lambda W, h, w, c: W.T.reshape(-1, c, h, w).reshape(W.shape[1], -1)]),
    (ex.without_zero_grad, [[0.9, 0.71, 0.449]], [Says("with zero_grad", [0.9, 0.81, 0.729]), Says("without the start", [1, 0.9, 0.71]), [0.9, 0.72, 0.468], [1.1, 1.31, 1.651]]),
    (ex.lowest_loss, [np.log(np.e + 1) - 1, np.log(1 + np.exp(-1)), 0.313], [0.0, np.log(2), Says("ten classes", np.log(np.e + 9) - 1)]),
    (ex.planted_epoch_loss, [mean_loss, lambda losses, sizes: np.average(losses, weights=sizes)],
     [lambda losses, sizes: sum(losses) / len(losses), lambda losses, sizes: np.dot(losses, sizes), lambda losses, sizes: np.dot(losses, sizes) / len(sizes)]),
]  # fmt: skip
