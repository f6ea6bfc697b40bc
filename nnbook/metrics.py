"""Metrics: numbers for people. They have no gradient, so training minimises a loss instead."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .validation import Array, class_labels, float_array, positive_int, same_shape


def binary_accuracy(predictions: ArrayLike, targets: ArrayLike, *, threshold: float = 0.5) -> float:
    """Return the fraction of entries on the right side of ``threshold``; at it, the class is 1.

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
    """Return the fraction of samples whose largest score is that of the true class.

    Predictions are logits or probabilities ``(m, C)``; targets are classes ``(m,)`` or one-hot rows
    ``(m, C)``. Of equal scores the first counts as the largest.

    >>> accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1])
    0.5
    """
    predicted, true, _ = _classes("accuracy", predictions, targets)
    return _mean(predicted == true, "accuracy")


def confusion_matrix(predictions: ArrayLike, targets: ArrayLike) -> NDArray[np.intp]:
    """Return counts ``(C, C)``: row i, column j counts samples of class i predicted as j.

    >>> confusion_matrix([[0.1, 0.9], [0.8, 0.2]], [1, 1])
    array([[0, 0],
           [1, 1]])
    """
    predicted, true, n_classes = _classes("confusion_matrix", predictions, targets)
    counts = np.zeros((n_classes, n_classes), np.intp)
    np.add.at(counts, (true, predicted), 1)
    return counts


def calibration_error(predictions: ArrayLike, targets: ArrayLike, *, bins: int = 10) -> float:
    """Return the expected calibration error: how far confidence and accuracy are apart.

    The confidence of a prediction is the probability of its most probable class. The samples are
    sorted by it into bins of equal width, the lower end of each included, and the error is
    ``Σ (fraction of the samples in a bin) · |accuracy - mean confidence in it|`` over the bins.
    0 is best; with few samples chance alone gives more.

    Predictions are probabilities ``(m, C)``; targets are classes ``(m,)`` or one-hot rows
    ``(m, C)``.

    Raises
    ------
    ValueError
        If a row is not a distribution: below 0, or with a sum that is not 1.

    Examples
    --------
    >>> calibration_error([[0.75, 0.25], [0.25, 0.75]], [0, 0])  # confidence 0.75, accuracy 0.5
    0.25
    """
    predicted, true, n_classes = _classes("calibration_error", predictions, targets)
    P = np.asarray(predictions, dtype=float).reshape(-1, n_classes)
    if not (P.size and (P >= 0).all() and (np.abs(P.sum(axis=1) - 1) < 1e-4).all()):
        raise ValueError(
            "calibration_error expects at least one sample, and rows of probabilities that add up "
            "to 1, got other numbers; of logits take nn.softmax(logits)"
        )
    bins = positive_int("calibration_error", "bins", bins)
    confidence, right = P.max(axis=1), (predicted == true).ravel()
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    # fraction · |accuracy - mean confidence| is the size of a sum over the bin, divided by m
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
    total = ((targets - targets.mean(axis=0)) ** 2).sum(axis=0)
    if not np.all(total > 0):
        raise ValueError("r2 expects targets that differ from each other, got all the same")
    return float((1 - ((predictions - targets) ** 2).sum(axis=0) / total).mean())


def _pair(who: str, predictions: ArrayLike, targets: ArrayLike) -> tuple[Array, Array]:
    predictions = float_array(f"{who} predictions", predictions)
    targets = float_array(f"{who} targets", targets)
    same_shape(who, "predictions", predictions, "targets", targets)
    return predictions, targets


def _classes(
    who: str, predictions: ArrayLike, targets: ArrayLike
) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    """Return predicted class, true class and the number of classes."""
    scores: Array = float_array(f"{who} predictions", predictions)
    if scores.ndim < 2:
        raise ValueError(f"{who} expects predictions of shape (m, C), got {scores.shape}")
    n_classes = positive_int(who, "the number of classes", scores.shape[-1])
    return scores.argmax(axis=-1), class_labels(f"{who} targets", targets, scores.shape), n_classes


def _mean(values: NDArray[Any], who: str) -> float:
    if values.size == 0:
        raise ValueError(f"{who} expects at least one sample, got none")
    return float(values.mean())
