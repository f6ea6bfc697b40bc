"""Data before training: one-hot rows, a held-out part, mini-batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .validation import (
    Array,
    class_labels,
    generator,
    positive_int,
    positive_number,
    real_array,
)


def one_hot(classes: ArrayLike, n_classes: int | None = None) -> Array:
    """Return rows with a 1 at the class and 0 elsewhere: ``(m,)`` becomes ``(m, C)``.

    Without ``n_classes`` there are as many as the largest class asks for. Any shape; the classes
    become a new last axis.

    Raises
    ------
    TypeError, ValueError
        If a class is not a whole number, or not from 0 to ``n_classes - 1``.

    Examples
    --------
    >>> one_hot([0, 2, 1])
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]])
    """
    y = real_array("one_hot", classes)
    if n_classes is None:
        n_classes = max(int(y.max(initial=0)) + 1, 1)
    n = positive_int("one_hot", "n_classes", n_classes)
    return np.eye(n)[class_labels("one_hot", y, (*y.shape, n))]


def train_validation_split(
    X: ArrayLike,
    y: ArrayLike,
    *,
    fraction: float = 0.2,
    rng: np.random.Generator | int | None = None,
) -> tuple[tuple[NDArray[Any], NDArray[Any]], tuple[NDArray[Any], NDArray[Any]]]:
    """Return ``(X_train, y_train), (X_validation, y_validation)``, drawn at random.

    Parameters
    ----------
    X, y : array (m, ...)
        Samples and targets in the same order.
    fraction : float
        The part that is held out, between 0 and 1; at least one sample, and not all of them.
    rng : numpy.random.Generator or int
        Source of the order.

    Raises
    ------
    TypeError, ValueError
        If X and y differ in length, or the fraction leaves one part empty.

    Examples
    --------
    >>> X, y = np.arange(10.0)[:, None], np.arange(10)
    >>> (X_train, y_train), validation = train_validation_split(X, y, rng=0)
    >>> X_train.shape, validation[1].shape
    ((8, 1), (2,))
    """
    who = "train_validation_split"
    X, y = real_array(f"{who} X", X), real_array(f"{who} y", y)
    if X.ndim == 0 or y.ndim == 0 or len(X) != len(y):
        raise ValueError(
            f"{who} expects as many targets as samples, got shapes {X.shape} and {y.shape}"
        )
    held_out = int(np.ceil(positive_number(who, "fraction", fraction) * len(X)))
    if held_out >= len(X):
        raise ValueError(
            f"{who} expects a fraction that leaves samples to train on, got {fraction:g} of "
            f"{len(X)}"
        )
    order = generator(who, rng).permutation(len(X))
    train, validation = order[held_out:], order[:held_out]
    return (X[train], y[train]), (X[validation], y[validation])


def batches(
    m: int, batch_size: int | None, rng: np.random.Generator | int | None = None
) -> Iterator[slice | NDArray[np.intp]]:
    """Yield index sets that meet each of ``m`` samples exactly once, the last one maybe shorter.

    The order is drawn from ``rng``, which several batches need; pass one generator to every epoch.

    >>> [len(b) for b in batches(7, 3, np.random.default_rng(0))]
    [3, 3, 1]
    """
    if batch_size is None or batch_size >= m:
        yield slice(0, m)
        return
    order = generator("batches", rng).permutation(m)
    for start in range(0, m, positive_int("batches", "batch_size", batch_size)):
        yield order[start : start + batch_size]
