"""Activation functions, as plain functions and as layers that apply them entry by entry.

Backward is the same for all of them, ``dX = dY ⊙ g'(X)`` (Layer notes, N0-24 and N0-25); each
class states its own ``g'``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..validation import Array, float_array, hooks_are_written, positive_number
from .base import Layer


def sigmoid(z: ArrayLike) -> Array:
    """``σ(z) = 1 / (1 + e⁻ᶻ)``, entry by entry; right for every float, ±inf included.

    >>> sigmoid([-1000.0, 0.0, 1000.0])
    array([0. , 0.5, 1. ])
    """
    z = float_array("sigmoid", z)
    e = np.exp(-np.abs(z))  # at most 1, so that neither form below overflows
    return np.maximum(e, z >= 0) / (1 + e)  # on top 1 where z >= 0, else e


def tanh(z: ArrayLike) -> Array:
    """``tanh(z) = (eᶻ - e⁻ᶻ) / (eᶻ + e⁻ᶻ)``, entry by entry.

    >>> tanh([0.0, 1000.0])
    array([0., 1.])
    """
    return np.tanh(float_array("tanh", z))


def relu(z: ArrayLike) -> Array:
    """``relu(z) = max(z, 0)``, entry by entry.

    >>> relu([-2, 2])
    array([0., 2.])
    """
    return np.maximum(float_array("relu", z), 0)


def softmax(z: ArrayLike) -> Array:
    """``softmax(z)_k = e^z_k / Σ_j e^z_j`` along the last axis: logits become probabilities.

    The largest logit is subtracted first, which changes nothing and keeps the exponentials from
    overflowing; a logit of -inf gets probability 0. From the Neural architecture notes, items
    N4-08 to N4-10.

    >>> softmax([1.0, 2.0, 3.0]).round(6)
    array([0.090031, 0.244728, 0.665241])
    >>> softmax([1001.0, 1001.0])
    array([0.5, 0.5])
    """
    e = np.exp(_below_zero("softmax", z))
    return e / e.sum(axis=-1, keepdims=True)


def log_softmax(z: ArrayLike) -> Array:
    """``ln softmax(z)_k = z_k - ln Σ_j e^z_j`` along the last axis, right where softmax is 0.

    >>> log_softmax([1e4, 0.0, -1e4])
    array([     0., -10000., -20000.])
    """
    z = _below_zero("log_softmax", z)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def _below_zero(who: str, z: ArrayLike) -> Array:
    """Return ``z`` moved along its last axis so that the largest entry is 0."""
    z = float_array(who, z)
    if z.ndim == 0 or z.shape[-1] == 0:
        raise ValueError(f"{who} expects at least one logit along the last axis, got {z.shape}")
    return z - z.max(axis=-1, keepdims=True)


class Activation(Layer):
    """``Y = g(X)``: no parameters, any shape, one line for ``g`` and one for ``g'``.

    An activation of your own writes ``_function(self, X)``, which returns g(X), and
    ``_derivative(self, X, Y)``, which returns g'(X), where ``Y = g(X)`` may help.

    ``largest_slope`` is the largest value of ``|g'|``, by which saturation is measured.

    >>> class Softplus(Activation):
    ...     def _function(self, X):
    ...         return np.logaddexp(0, X)
    ...
    ...     def _derivative(self, X, Y):
    ...         return sigmoid(X)
    >>> from nnbook import check_gradients
    >>> check_gradients(Softplus(), [[-1.0, 2.0]], rng=0)
    gradients agree to 1e-06 of the largest entry
      input (1, 2): agrees
    """

    largest_slope = 1.0
    index_equations = ("dX[s, j] = dY[s, j] g'(X[s, j])       so dX = dY ⊙ g'(X)",)

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        hooks_are_written(cls, Activation, {"forward": "_function", "backward": "_derivative"})

    def _forward(self, X: Array) -> Array:
        self._X, self._Y = X, self._function(X)
        return self._Y

    def _input_gradient(self, grad: Array) -> Array:
        return grad * self._derivative(self._X, self._Y)

    def _function(self, X: Array) -> Array:
        raise NotImplementedError

    def _derivative(self, X: Array, Y: Array) -> Array:
        raise NotImplementedError


class Sigmoid(Activation):
    """``Y = σ(X)``, backward ``dX = dY ⊙ Y ⊙ (1 - Y)``; any shape. Notes: N1-20, N4-27.

    >>> layer = Sigmoid()
    >>> layer.forward([[0.0]]), layer.backward([[1.0]])
    (array([[0.5]]), array([[0.25]]))
    """

    largest_slope = 0.25

    def _function(self, X: Array) -> Array:
        return sigmoid(X)

    def _derivative(self, X: Array, Y: Array) -> Array:
        return Y * (1 - Y)


class Tanh(Activation):
    """``Y = tanh(X)``, backward ``dX = dY ⊙ (1 - Y²)``; any shape. Notes: N0-27.

    >>> layer = Tanh()
    >>> layer.forward([[0.0]]), layer.backward([[1.0]])
    (array([[0.]]), array([[1.]]))
    """

    def _function(self, X: Array) -> Array:
        return np.tanh(X)

    def _derivative(self, X: Array, Y: Array) -> Array:
        return 1 - Y**2


class ReLU(Activation):
    """``Y = max(X, 0)``, backward ``dX = dY`` where ``X > 0``, else 0; any shape. Notes: N4-03.

    At the kink, X = 0, the derivative does not exist; 0 is used, as everywhere in the field.

    >>> layer = ReLU()
    >>> layer.forward([[-2.0, 2.0]]), layer.backward([[1.0, 1.0]])
    (array([[0., 2.]]), array([[0., 1.]]))
    """

    def _function(self, X: Array) -> Array:
        return relu(X)

    def _derivative(self, X: Array, Y: Array) -> Array:
        return (X > 0).astype(X.dtype)


class LeakyReLU(Activation):
    """``Y = X`` where ``X > 0``, else ``slope · X``; backward scales ``dY`` by 1 or by ``slope``.

    Parameters
    ----------
    slope : float
        Slope on the left of 0, above 0.

    Examples
    --------
    >>> layer = LeakyReLU(slope=0.1)
    >>> layer.forward([[-2.0, 2.0]]), layer.backward([[1.0, 1.0]])
    (array([[-0.2,  2. ]]), array([[0.1, 1. ]]))
    """

    settings = ("slope",)

    def __init__(self, slope: float = 0.01) -> None:
        super().__init__()
        self.slope = positive_number("LeakyReLU", "slope", slope)

    def _function(self, X: Array) -> Array:
        return X * self._derivative(X, X)

    def _derivative(self, X: Array, Y: Array) -> Array:
        return np.where(X > 0, 1, self.slope).astype(X.dtype)

    def __repr__(self) -> str:
        return f"LeakyReLU(slope={self.slope})"


class Softmax(Layer):
    """``Y = softmax(X)``, row by row: the one activation whose outputs depend on each other.

    Backward: ``dX = Y ⊙ (dY - Σ_j dY_j Y_j)``, which is ``dY`` times the Jacobian
    ``diag(y) - y yᵀ`` of its row. To train, leave it out and use
    :class:`nnbook.SoftmaxCrossEntropy`. Any shape; the classes are the last axis. From the Neural
    architecture notes, items N4-08 and N4-18.

    >>> layer = Softmax()
    >>> layer.forward([[0.0, 0.0]]), layer.backward([[1.0, 0.0]])
    (array([[0.5, 0.5]]), array([[ 0.25, -0.25]]))
    """

    index_equations = ("dX[s, k] = Y[s, k] (dY[s, k] - Σ_j dY[s, j] Y[s, j])",)

    def _forward(self, X: Array) -> Array:
        self._Y = softmax(X)
        return self._Y

    def _input_gradient(self, grad: Array) -> Array:
        return self._Y * (grad - (grad * self._Y).sum(axis=-1, keepdims=True))
