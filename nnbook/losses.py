"""Losses: one number for how wrong the predictions are, and its gradient.

A loss is a mean over the samples, so its 1/m is here and nowhere else in the package.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .activations import log_softmax, sigmoid
from .validation import (
    Array,
    class_labels,
    float_array,
    hooks_are_written,
    same_shape,
    sample_weights,
)


class Loss:
    """What every loss can do: price predictions (`forward`) and say how to lower the price.

    A loss is the mean of one price a sample; with ``weights`` w it is ``Σ w_s price_s / Σ w_s``.
    A loss of your own writes two lines of mathematics, for m samples of equal weight:

    - ``_loss(self, predictions, targets)`` returns the mean price;
    - ``_gradient(self, predictions, targets)`` returns its derivative by the predictions.

    Both get arrays of floats of equal shape. Weights, checks, training and metrics come with it.

    >>> class MeanAbsoluteError(Loss):
    ...     def _loss(self, predictions, targets):
    ...         return np.abs(predictions - targets).mean()
    ...
    ...     def _gradient(self, predictions, targets):
    ...         return np.sign(predictions - targets) / predictions.size
    >>> loss = MeanAbsoluteError()
    >>> loss.forward([[3.0], [0.0]], [[1.0], [1.0]]), loss.backward().tolist()
    (1.5, [[0.5], [-0.5]])
    >>> loss.forward([[3.0], [0.0]], [[1.0], [1.0]], weights=[3, 1]), loss.backward().tolist()
    (1.75, [[0.75], [-0.25]])
    """

    _seen: tuple[Array, Any, Array | None] | None = None

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        price = "_loss" if cls._prices is Loss._prices else "_prices"
        hooks_are_written(cls, Loss, {"forward": price, "backward": "_gradient"})

    def forward(
        self, predictions: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None
    ) -> float:
        """Return the loss; ``predictions`` and ``targets`` must have equal shapes.

        Losses of classes take whole numbers ``(m,)`` as targets too. ``weights (m,)``, at least 0,
        say how much each sample counts; class weights are ``w[y]``.

        Raises
        ------
        ValueError
            If the shapes differ (nothing is broadcast), there is no entry at all, or a weight is
            negative or all are 0.
        """
        predictions = float_array(f"{self} predictions", predictions)
        if predictions.size == 0 or predictions.ndim == 0:
            raise ValueError(
                f"{self} expects at least one sample in the rows, got shape {predictions.shape}"
            )
        targets = self._prepare(predictions, targets)
        self._check_values(predictions, targets)
        if weights is None:
            self._seen = predictions, targets, None
            return float(self._loss(predictions, targets))
        shares = sample_weights(self, weights, len(predictions))
        shares /= shares.sum()
        self._seen = predictions, targets, shares
        return float(shares @ self._prices(predictions, targets))

    def backward(self) -> Array:
        """Return dJ/d(predictions) of the latest `forward`, in the shape of the predictions."""
        if self._seen is None:
            raise RuntimeError(f"{self}.backward answers a forward, and there was none")
        predictions, targets, shares = self._seen
        grad = self._gradient(predictions, targets)
        if shares is None:
            return grad
        # each row has a share of 1/m there
        factors = (len(shares) * shares).astype(grad.dtype)
        return grad * factors.reshape(-1, *[1] * (grad.ndim - 1))

    def _prepare(self, predictions: Array, targets: ArrayLike) -> Any:
        """Return the targets as an array that fits the predictions."""
        targets = float_array(f"{self} targets", targets)
        same_shape(self, "predictions", predictions, "targets", targets)
        return targets.astype(predictions.dtype, copy=False)

    def _loss(self, predictions: Array, targets: Any) -> float:
        prices = self._prices(predictions, targets)
        return prices.sum() / len(prices)  # .mean() takes three times as long for a few samples

    def _prices(self, predictions: Array, targets: Any) -> Array:
        """Return the price of each sample: the loss of that sample alone."""
        if type(self)._loss is Loss._loss:
            raise NotImplementedError
        return np.array(
            [
                self._loss(predictions[i : i + 1], targets[i : i + 1])
                for i in range(len(predictions))
            ]
        )

    def _gradient(self, predictions: Array, targets: Any) -> Array:
        raise NotImplementedError

    def _check_values(self, predictions: Array, targets: Any) -> None:
        """Losses that want numbers of a certain range say so here."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class MeanSquaredError(Loss):
    """``J = mean over all entries of (ŷ - y)²``, ``dJ/dŷ = 2 (ŷ - y) / (number of entries)``.

    Any shape, the same for both. From the Layer notes, items N0-28 to N0-30.

    >>> loss = MeanSquaredError()
    >>> loss.forward([[3.0, 0.0]], [[1.0, 0.0]])
    2.0
    >>> loss.backward()
    array([[2., 0.]])
    """

    def _prices(self, predictions: Array, targets: Array) -> Array:
        return _row_means((predictions - targets) ** 2)

    def _gradient(self, predictions: Array, targets: Array) -> Array:
        return 2 * (predictions - targets) / predictions.size


class HalfSquaredError(Loss):
    """``J = mean over samples of ½ Σ (ŷ - y)²``, ``dJ/dŷ = (ŷ - y) / m``.

    Samples are the first axis, the sum runs over all others. From the Backpropagation notes, item
    N1-17, and the Layer notes, N0-03.

    >>> loss = HalfSquaredError()
    >>> loss.forward([[-0.5]], [[1.0]])
    1.125
    >>> loss.backward()
    array([[-1.5]])
    """

    def _prices(self, predictions: Array, targets: Array) -> Array:
        return _rows((predictions - targets) ** 2).sum(axis=1) / 2

    def _gradient(self, predictions: Array, targets: Array) -> Array:
        return (predictions - targets) / len(predictions)


class BinaryCrossEntropy(Loss):
    """``J = mean over all entries of -(y ln p + (1 - y) ln(1 - p))``, on probabilities p.

    ``dJ/dp = (p - y) / (p (1 - p)) / (number of entries)``. At p = 0 and p = 1 the logarithm and
    the quotient are held at -100 and at a denominator of 1e-12, as in PyTorch; to train, use
    :class:`SigmoidBinaryCrossEntropy`, which needs no such help. From the Deep learning lecture
    notes, items N2-10 and N2-52.

    Raises
    ------
    ValueError
        If a prediction or a target lies outside [0, 1].

    Examples
    --------
    >>> loss = BinaryCrossEntropy()
    >>> round(loss.forward([[0.25]], [[1]]), 6)
    1.386294
    >>> loss.backward()
    array([[-4.]])
    """

    def _prices(self, predictions: Array, targets: Array) -> Array:
        with np.errstate(divide="ignore"):
            ln_p = np.maximum(np.log(predictions), -100)
            ln_rest = np.maximum(np.log1p(-predictions), -100)
        return -_row_means(targets * ln_p + (1 - targets) * ln_rest)

    def _gradient(self, predictions: Array, targets: Array) -> Array:
        slope = np.maximum(predictions * (1 - predictions), 1e-12)
        return (predictions - targets) / slope / predictions.size

    def _check_values(self, predictions: Array, targets: Array) -> None:
        _check_probabilities(f"{self} predictions", predictions, "; is a Sigmoid missing?")
        _check_probabilities(f"{self} targets", targets)


class SigmoidBinaryCrossEntropy(Loss):
    """Sigmoid and binary cross-entropy in one, on logits z: right for every float.

    ``J = mean over all entries of max(z, 0) - z y + ln(1 + e^-|z|)``,
    ``dJ/dz = (σ(z) - y) / (number of entries)``. From the Deep learning lecture notes, items N2-15
    and N2-56.

    Raises
    ------
    ValueError
        If a target lies outside [0, 1].

    Examples
    --------
    >>> loss = SigmoidBinaryCrossEntropy()
    >>> loss.forward([[-10_000.0]], [[1]])
    10000.0
    >>> loss.backward()
    array([[-1.]])
    """

    def _prices(self, predictions: Array, targets: Array) -> Array:
        z = predictions
        return _row_means(np.maximum(z, 0) - z * targets + np.log1p(np.exp(-np.abs(z))))

    def _gradient(self, predictions: Array, targets: Array) -> Array:
        return (sigmoid(predictions) - targets) / predictions.size

    def _check_values(self, predictions: Array, targets: Array) -> None:
        _check_probabilities(f"{self} targets", targets)


class ClassLoss(Loss):
    """What the losses of classes share: targets are classes ``(m,)`` or one-hot rows ``(m, C)``."""

    def _prepare(self, predictions: Array, targets: ArrayLike) -> Any:
        if predictions.ndim != 2:
            raise ValueError(
                f"{self} expects predictions of shape (m, C), one score a class, "
                f"got {predictions.shape}"
            )
        return class_labels(f"{self} targets", targets, *predictions.shape)


class CrossEntropy(ClassLoss):
    """``J = mean over samples of -ln p[right class]``, on probabilities p.

    ``dJ/dp = -1 / (m p)`` at the right class, else 0. At p = 0 the logarithm is held at -100 and
    the denominator at 1e-12, as in :class:`BinaryCrossEntropy`; to train, use
    :class:`SoftmaxCrossEntropy`, which needs no such help. From the Neural architecture notes,
    items N4-17 and N4-29.

    Raises
    ------
    TypeError
        If classes are not whole numbers.
    ValueError
        If a class does not exist, or a prediction lies outside [0, 1].

    Examples
    --------
    >>> loss = CrossEntropy()
    >>> round(loss.forward([[0.25, 0.75]], [0]), 6)
    1.386294
    >>> loss.backward()
    array([[-4.,  0.]])
    """

    def _prices(self, predictions: Array, targets: Array) -> Array:
        p = predictions[np.arange(len(targets)), targets]
        with np.errstate(divide="ignore"):
            return -np.maximum(np.log(p), -100)

    def _gradient(self, predictions: Array, targets: Array) -> Array:
        grad = np.zeros_like(predictions)
        right = np.arange(len(targets)), targets
        grad[right] = -1 / np.maximum(predictions[right], 1e-12) / len(targets)
        return grad

    def _check_values(self, predictions: Array, targets: Array) -> None:
        _check_probabilities(f"{self} predictions", predictions, "; is a Softmax missing?")


class SoftmaxCrossEntropy(ClassLoss):
    """Softmax and cross-entropy in one, on logits z: right for every float.

    ``J = mean over samples of ln Σ_k e^z_k - z[right class]``, ``dJ/dz = (p - y) / m`` with
    p = softmax(z) and y the one-hot target. From the Neural architecture notes, items N4-17 to
    N4-20.

    Raises
    ------
    TypeError
        If classes are not whole numbers.
    ValueError
        If a class does not exist.

    Examples
    --------
    >>> loss = SoftmaxCrossEntropy()
    >>> round(loss.forward([[1.0, 2.0, 3.0]], [2]), 6)
    0.407606
    >>> loss.backward().round(6)
    array([[ 0.090031,  0.244728, -0.334759]])
    """

    _priced: tuple[Any, Any] = None, None  # the scores of the latest prices, and ln p

    def _prices(self, predictions: Array, targets: Array) -> Array:
        log_p = log_softmax(predictions)
        self._priced = predictions, log_p
        return -log_p[np.arange(len(targets)), targets]

    def _gradient(self, predictions: Array, targets: Array) -> Array:
        priced, log_p = self._priced
        grad = np.exp(log_p if priced is predictions else log_softmax(predictions))  # p
        grad[np.arange(len(targets)), targets] -= 1
        grad /= len(targets)
        return grad


def _rows(entries: Array) -> Array:
    """Return the entries with one row a sample, whatever axes a sample has."""
    return entries.reshape(len(entries), -1)


def _row_means(entries: Array) -> Array:
    """Return the mean entry of each sample."""
    rows = _rows(entries)
    return rows.sum(axis=1) / rows.shape[1]


def _check_probabilities(who: str, values: Array, advice: str = "") -> None:
    if np.count_nonzero((values < 0) | (values > 1)):
        raise ValueError(
            f"{who} should lie between 0 and 1, got {values.min():g} to {values.max():g}{advice}"
        )
