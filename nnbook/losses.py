"""Losses: one number for how wrong the predictions are, and its gradient.

A loss is a mean over the samples, so its 1/m is here and nowhere else in the package.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from .validation import Array, float_array, same_shape


class Loss:
    """What every loss can do: price predictions (`forward`) and say how to lower the price."""

    def __init__(self) -> None:
        self._difference: Array | None = None

    def forward(self, predictions: ArrayLike, targets: ArrayLike) -> float:
        """Return the loss; ``predictions`` and ``targets`` must have equal shapes.

        Raises
        ------
        ValueError
            If the shapes differ (nothing is broadcast) or there is no entry at all.
        """
        predictions = float_array(f"{self} predictions", predictions)
        targets = float_array(f"{self} targets", targets)
        same_shape(f"{self}", "predictions", predictions, "targets", targets)
        if predictions.size == 0 or predictions.ndim == 0:
            raise ValueError(
                f"{self} expects at least one sample in the rows, got shape {predictions.shape}"
            )
        self._difference = predictions - targets.astype(predictions.dtype, copy=False)
        return float(self._loss(self._difference))

    def backward(self) -> Array:
        """Return dJ/d(predictions) of the latest `forward`, in the shape of the predictions."""
        if self._difference is None:
            raise RuntimeError(f"{self}.backward answers a forward, and there was none")
        return self._gradient(self._difference)

    def _loss(self, difference: Array) -> float:
        raise NotImplementedError

    def _gradient(self, difference: Array) -> Array:
        raise NotImplementedError

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

    def _loss(self, difference: Array) -> float:
        return (difference**2).mean()

    def _gradient(self, difference: Array) -> Array:
        return 2 * difference / difference.size


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

    def _loss(self, difference: Array) -> float:
        return (difference**2).sum() / (2 * len(difference))

    def _gradient(self, difference: Array) -> Array:
        return difference / len(difference)
