"""Losses: one number for how wrong the predictions are, and its gradient.

A loss is a mean over the samples, so its 1/m is here and nowhere else in the package.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .layers.activations import log_softmax, sigmoid
from .validation import (
    Array,
    class_labels,
    float_array,
    hooks_are_written,
    renamed,
    same_shape,
    sample_weights,
)


class Loss:
    """Base class of all losses: `forward` computes the loss, `backward` its gradient.

    A loss is the mean of the losses ℓ of the samples; with ``sample_weight`` w it is
    ``Σ w_s ℓ_s / Σ w_s``. A loss of your own writes two lines of mathematics, for m samples of
    equal weight:

    - ``_loss(self, predictions, targets)`` returns the mean loss;
    - ``_gradient(self, predictions, targets)`` returns its gradient w.r.t. the predictions.

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
    >>> loss.forward([[3.0], [0.0]], [[1.0], [1.0]], sample_weight=[3, 1]), loss.backward().tolist()
    (1.75, [[0.75], [-0.25]])
    """

    _seen: tuple[Array, Any, Array | None] | None = None

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        hook = "_loss" if cls._sample_losses is Loss._sample_losses else "_sample_losses"
        hooks_are_written(cls, Loss, {"forward": hook, "backward": "_gradient"})

    @renamed(weights="sample_weight")
    def forward(
        self, predictions: ArrayLike, targets: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return the loss; ``predictions`` and ``targets`` must have equal shapes.

        Losses of classes take whole numbers ``(m,)`` as targets too. ``sample_weight (m,)``, at
        least 0, says how much each sample counts; class weights are ``w[y]``.

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
        if sample_weight is None:
            self._seen = predictions, targets, None
            return float(self._loss(predictions, targets))
        w = sample_weights(self, sample_weight, len(predictions))
        w /= w.sum()
        self._seen = predictions, targets, w
        return float(w @ self._sample_losses(predictions, targets))

    def backward(self) -> Array:
        """Return dJ/d(predictions) of the latest `forward`, in the shape of the predictions."""
        if self._seen is None:
            raise RuntimeError(f"{self}.backward called before forward; call forward first")
        predictions, targets, w = self._seen
        grad = self._gradient(predictions, targets)
        if w is None:
            return grad
        factors = (len(w) * w).astype(grad.dtype)  # of the 1/m that each sample has in grad
        return grad * factors.reshape(-1, *[1] * (grad.ndim - 1))

    def _prepare(self, predictions: Array, targets: ArrayLike) -> Any:
        """Return the targets as an array that fits the predictions."""
        targets = float_array(f"{self} targets", targets)
        same_shape(self, "predictions", predictions, "targets", targets)
        return targets.astype(predictions.dtype, copy=False)

    def _loss(self, predictions: Array, targets: Any) -> float:
        losses = self._sample_losses(predictions, targets)
        return losses.sum() / len(losses)  # .mean() takes three times as long for a few samples

    def _sample_losses(self, predictions: Array, targets: Any) -> Array:
        """Return the loss of each sample alone."""
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
        """Losses of probabilities check their range here."""

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

    def _sample_losses(self, predictions: Array, targets: Array) -> Array:
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

    def _sample_losses(self, predictions: Array, targets: Array) -> Array:
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

    def _sample_losses(self, predictions: Array, targets: Array) -> Array:
        with np.errstate(divide="ignore"):
            ln_p = np.maximum(np.log(predictions), -100)
            ln_rest = np.maximum(np.log1p(-predictions), -100)
        return -_row_means(targets * ln_p + (1 - targets) * ln_rest)

    def _gradient(self, predictions: Array, targets: Array) -> Array:
        denominator = np.maximum(predictions * (1 - predictions), 1e-12)
        return (predictions - targets) / denominator / predictions.size

    def _check_values(self, predictions: Array, targets: Array) -> None:
        _check_probabilities(f"{self} predictions", predictions, "; is a Sigmoid missing?")
        _check_probabilities(f"{self} targets", targets)


class SigmoidBinaryCrossEntropy(Loss):
    """Sigmoid and binary cross-entropy in one, on logits z: correct for every float.

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

    def _sample_losses(self, predictions: Array, targets: Array) -> Array:
        z = predictions
        return _row_means(np.maximum(z, 0) - z * targets + np.log1p(np.exp(-np.abs(z))))

    def _gradient(self, predictions: Array, targets: Array) -> Array:
        return (sigmoid(predictions) - targets) / predictions.size

    def _check_values(self, predictions: Array, targets: Array) -> None:
        _check_probabilities(f"{self} targets", targets)


class ClassLoss(Loss):
    """What the losses of classes share: targets are classes ``(m,)`` or one-hot rows ``(m, C)``.

    Of predictions ``(m, ..., C)``, one for each position of a sequence, say, the loss of a sample
    is the mean over its positions.
    """

    def _prepare(self, predictions: Array, targets: ArrayLike) -> Any:
        if predictions.ndim < 2:
            raise ValueError(
                f"{self} expects predictions of shape (m, C), a score for each class, got "
                f"{predictions.shape}"
            )
        return class_labels(f"{self} targets", targets, predictions.shape)


class CrossEntropy(ClassLoss):
    """``J = mean over samples of -ln p[true class]``, on probabilities p.

    ``dJ/dp = -1 / (m p)`` at the true class, else 0. At p = 0 the logarithm is held at -100 and
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

    def _sample_losses(self, predictions: Array, targets: Array) -> Array:
        p = _of_true_class(predictions, targets)
        with np.errstate(divide="ignore"):
            return -_row_means(np.maximum(np.log(p), -100))

    def _gradient(self, predictions: Array, targets: Array) -> Array:
        p = _of_true_class(predictions, targets)[..., None]
        at_true_class = np.arange(predictions.shape[-1]) == targets[..., None]
        return np.where(at_true_class, -1 / np.maximum(p, 1e-12) / targets.size, 0)

    def _check_values(self, predictions: Array, targets: Array) -> None:
        _check_probabilities(f"{self} predictions", predictions, "; is a Softmax missing?")


class SoftmaxCrossEntropy(ClassLoss):
    """Softmax and cross-entropy in one, on logits z: correct for every float.

    ``J = mean over samples of ln Σ_k e^z_k - z[true class]``, ``dJ/dz = (p - y) / m`` with
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

    _latest: tuple[Any, Any] = None, None  # the logits of the latest forward, and ln p

    def _sample_losses(self, predictions: Array, targets: Array) -> Array:
        log_p = log_softmax(predictions)
        self._latest = predictions, log_p
        return -_row_means(_of_true_class(log_p, targets))

    def _gradient(self, predictions: Array, targets: Array) -> Array:
        logits, log_p = self._latest
        grad = np.exp(log_p if logits is predictions else log_softmax(predictions))  # p
        grad.reshape(targets.size, -1)[np.arange(targets.size), targets.ravel()] -= 1
        grad /= targets.size
        return grad


def _of_true_class(values: Array, targets: Array) -> Array:
    """Return the value of the true class at each position."""
    rows = values.reshape(targets.size, -1)
    return rows[np.arange(targets.size), targets.ravel()].reshape(targets.shape)


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
