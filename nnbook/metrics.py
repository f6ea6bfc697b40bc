"""Metrics: numbers for people. They have no gradient, so training minimises a loss instead."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .validation import Array, class_labels, float_array, positive_int, same_shape


def binary_accuracy(predictions: ArrayLike, targets: ArrayLike, *, threshold: float = 0.5) -> float:
    """Return the share of entries on the right side of ``threshold``; at it, the answer is 1.

    Predictions and targets have equal shapes; targets are 0 or 1. For logits the threshold is 0.
    From the Deep learning lecture notes, item N2-13.

    >>> binary_accuracy([[0.9], [0.2], [0.5], [0.1]], [[1], [0], [0], [0]])
    0.75
    """
    predictions, targets = _pair("binary_accuracy", predictions, targets)
    if not ((targets == 0) | (targets == 1)).all():
        raise ValueError("binary_accuracy expects targets of 0 and 1, got other numbers")
    return _mean((predictions >= threshold) == (targets == 1), "binary_accuracy")


def accuracy(predictions: ArrayLike, targets: ArrayLike) -> float:
    """Return the share of samples whose largest score is that of the right class.

    Predictions are scores ``(m, C)``; targets are classes ``(m,)`` or one-hot rows ``(m, C)``. Of
    equal scores the first counts as the largest.

    >>> accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1])
    0.5
    """
    guessed, true, _ = _classes("accuracy", predictions, targets)
    return _mean(guessed == true, "accuracy")


def confusion_matrix(predictions: ArrayLike, targets: ArrayLike) -> NDArray[np.intp]:
    """Return counts ``(C, C)``: row i, column j says how many of class i were taken for j.

    >>> confusion_matrix([[0.1, 0.9], [0.8, 0.2]], [1, 1])
    array([[0, 0],
           [1, 1]])
    """
    guessed, true, n_classes = _classes("confusion_matrix", predictions, targets)
    counts = np.zeros((n_classes, n_classes), np.intp)
    np.add.at(counts, (true, guessed), 1)
    return counts


def calibration_error(predictions: ArrayLike, targets: ArrayLike, *, bins: int = 10) -> float:
    """Return by how much the certainty of answers differs from the share of them that are right.

    The answer to a sample is its most probable class, and that probability, its *confidence*, is
    how sure it is. By it the samples are sorted into bins of equal width, the lower end of each
    included, and ``Σ (share of the samples in a bin) · |accuracy - mean confidence in it|`` over
    the bins is the expected calibration error. 0 is best; with few samples chance alone gives more.

    Predictions are probabilities ``(m, C)``; targets are classes ``(m,)`` or one-hot rows
    ``(m, C)``.

    Raises
    ------
    ValueError
        If a row is no list of probabilities: below 0, or with a sum that is not 1.

    Examples
    --------
    >>> calibration_error([[0.75, 0.25], [0.25, 0.75]], [0, 0])  # 0.75 sure, half of them right
    0.25
    """
    guessed, true, _ = _classes("calibration_error", predictions, targets)
    P = np.asarray(predictions, dtype=float)
    if not (P.size and (P >= 0).all() and (np.abs(P.sum(axis=1) - 1) < 1e-4).all()):
        raise ValueError(
            "calibration_error expects at least one sample, and rows of probabilities that add up "
            "to 1, got other numbers; of scores take nn.softmax(scores)"
        )
    bins = positive_int("calibration_error", "bins", bins)
    confidence, right = P.max(axis=1), guessed == true
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    # share · |accuracy - mean confidence| is the size of a sum over the bin, divided by m
    gaps = np.bincount(bin_of, weights=right - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(P))


def mean_absolute_error(predictions: ArrayLike, targets: ArrayLike) -> float:
    """Return the mean over all entries of ``|ŷ - y|``, in the unit of the targets.

    Predictions and targets have equal shapes.

    >>> mean_absolute_error([[3.0], [0.0]], [[1.0], [1.0]])
    1.5
    """
    predictions, targets = _pair("mean_absolute_error", predictions, targets)
    return _mean(np.abs(predictions - targets), "mean_absolute_error")


def r2(predictions: ArrayLike, targets: ArrayLike) -> float:
    """Return ``1 - Σ (ŷ - y)² / Σ (y - mean of y)²``: 1 is perfect, 0 no better than the mean.

    Predictions and targets have equal shapes, samples in the rows; with several columns it is the
    mean of theirs.

    Raises
    ------
    ValueError
        If the targets of a column are all the same: there is nothing to explain.

    Examples
    --------
    >>> r2([[1.0], [2.0], [4.0]], [[1.0], [2.0], [3.0]])
    0.5
    """
    predictions, targets = _pair("r2", predictions, targets)
    if targets.ndim == 0 or targets.size == 0:
        raise ValueError(f"r2 expects at least one sample in the rows, got shape {targets.shape}")
    spread = ((targets - targets.mean(axis=0)) ** 2).sum(axis=0)
    if not np.all(spread > 0):
        raise ValueError("r2 expects targets that differ from each other, got all the same")
    return float((1 - ((predictions - targets) ** 2).sum(axis=0) / spread).mean())


def _pair(who: str, predictions: ArrayLike, targets: ArrayLike) -> tuple[Array, Array]:
    predictions = float_array(f"{who} predictions", predictions)
    targets = float_array(f"{who} targets", targets)
    same_shape(who, "predictions", predictions, "targets", targets)
    return predictions, targets


def _classes(
    who: str, predictions: ArrayLike, targets: ArrayLike
) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    scores: Array = float_array(f"{who} predictions", predictions)
    if scores.ndim != 2:
        raise ValueError(f"{who} expects scores of shape (m, C), got {scores.shape}")
    m, n_classes = scores.shape
    positive_int(who, "the number of classes", n_classes)
    return scores.argmax(axis=1), class_labels(f"{who} targets", targets, m, n_classes), n_classes


def _mean(values: NDArray[Any], who: str) -> float:
    if values.size == 0:
        raise ValueError(f"{who} expects at least one sample, got none")
    return float(values.mean())
