"""Dense layers, and what stands between them: flattening, dropout, skip connections."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .. import initializers
from ..validation import (
    Array,
    generator,
    last_axis,
    positive_int,
    real_number,
    renamed,
    same_shape,
)
from .base import Layer, Part, Shape
from .tree import as_layers


class Dense(Layer):
    """Every input connected to every output: ``Y = X W + b``.

    Backward: ``dW = Xᵀ dY``, ``db = Σ_samples dY``, ``dX = dY Wᵀ``.

    Shape: input ``(m, n_in)``, output ``(m, n_out)``. Of more axes, ``(m, ..., n_in)``, the last
    one is taken, and the sums run over all others.

    From the Layer notes, items N0-10 to N0-22, and the Deep learning lecture notes, N2-25.

    Parameters
    ----------
    n_in, n_out : int
        Numbers of inputs and of neurons, at least 1.
    rng : numpy.random.Generator or int
        Source of the initial weights; a seed makes them repeatable.
    weight_init, bias_init : initializer
        How ``W`` and ``b`` are initialised, see :mod:`nnbook.initializers`.

    Attributes
    ----------
    parameters : dict
        ``"W"`` of shape ``(n_in, n_out)``, ``W[i, j]`` from input i to neuron j, and ``"b"`` of
        shape ``(n_out,)``; float64 until `astype`.

    Raises
    ------
    TypeError
        If ``rng`` is missing or a size is not a whole number.
    ValueError
        If a size is below 1, or an input has the wrong shape.

    Examples
    --------
    >>> layer = Dense(2, 1, rng=0)
    >>> layer.parameters["W"][:] = [[0.5], [-0.5]]
    >>> layer.forward([[1, 2]])
    array([[-0.5]])
    >>> layer.backward([[1.0]])
    array([[ 0.5, -0.5]])
    >>> layer.gradients["W"]
    array([[1.],
           [2.]])
    """

    index_equations = (
        "dW[i, j] = Σ_s X[s, i] dY[s, j]   so dW = Xᵀ dY",
        "db[j]    = Σ_s dY[s, j]",
        "dX[s, i] = Σ_j dY[s, j] W[i, j]   so dX = dY Wᵀ",
    )

    settings = ("n_in", "n_out")

    @renamed(**initializers.FORMER_NAMES)
    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        rng: np.random.Generator | int | None = None,
        weight_init: initializers.Initializer = initializers.glorot_uniform,
        bias_init: initializers.Initializer = initializers.zeros,
    ) -> None:
        super().__init__()
        self.n_in = positive_int("Dense", "n_in", n_in)
        self.n_out = positive_int("Dense", "n_out", n_out)
        rng = generator(self, rng)
        W, b = (self.n_in, self.n_out), (self.n_out,)
        self.parameters = {
            "W": initializers.initialize(self, "weight_init", weight_init, W, rng),
            "b": initializers.initialize(self, "bias_init", bias_init, b, rng),
        }
        self.gradients = {name: np.zeros_like(p) for name, p in self.parameters.items()}

    def multiply_adds(self, output_shape: Shape) -> int:
        """Return the multiply–accumulates of one sample: one for each weight and position."""
        return math.prod(output_shape) * self.n_in

    def _forward(self, X: Array) -> Array:
        self._X = X
        Y = X @ self.parameters["W"]
        Y += self.parameters["b"]
        return Y

    def _assign_gradients(self, grad: Array) -> None:
        X, dY = self._X, grad
        if grad.ndim > 2:
            X, dY = X.reshape(-1, self.n_in), dY.reshape(-1, self.n_out)
        self.gradients["W"] = X.T @ dY
        self.gradients["b"] = dY.sum(axis=0)

    def _input_gradient(self, grad: Array) -> Array:
        return grad @ self.parameters["W"].T

    def _check_input(self, X: ArrayLike) -> Array:
        return last_axis(self, X, self.n_in, self.parameters["W"].dtype, "n_in")

    def __repr__(self) -> str:
        return f"Dense({self.n_in}, {self.n_out})"


class Flatten(Layer):
    """Each sample as one row: ``(m, h, w, c)`` becomes ``(m, h·w·c)``; `backward` reverses it.

    >>> layer = Flatten()
    >>> layer.forward(np.zeros((2, 3, 3, 4))).shape
    (2, 36)
    >>> layer.backward(np.zeros((2, 36))).shape
    (2, 3, 3, 4)
    """

    index_equations = ("dX has the numbers of dY in the shape of X",)

    def _forward(self, X: Array) -> Array:
        self._X = X
        return X.reshape(len(X), math.prod(X.shape[1:]))

    def _input_gradient(self, grad: Array) -> Array:
        dX = np.empty_like(self._X, grad.dtype)  # in memory as X lies there
        dX[...] = grad.reshape(dX.shape)
        return dX


class Dropout(Layer):
    """While training, set each entry to 0 with probability ``rate``: ``Y = X ⊙ M / (1 - rate)``.

    M is 0 or 1, drawn anew by every `forward`; the division keeps the expected value. Backward:
    ``dX = dY ⊙ M / (1 - rate)``. `predict` drops nothing. Any shape.

    Parameters
    ----------
    rate : float
        Probability of dropping an entry, from 0 up to but not including 1.
    rng : numpy.random.Generator or int
        Source of M.

    Examples
    --------
    >>> layer = Dropout(0.5, rng=0)
    >>> Y = layer.forward(np.ones((2, 3)))
    >>> sorted({float(y) for y in Y.ravel()})
    [0.0, 2.0]
    >>> np.array_equal(layer.backward(np.ones((2, 3))), Y)
    True
    >>> layer.predict([[1, 2]])
    array([[1., 2.]])
    """

    index_equations = ("dX[s, j] = dY[s, j] M[s, j] / (1 - rate)",)
    settings = ("rate",)

    def __init__(self, rate: float, *, rng: np.random.Generator | int | None = None) -> None:
        super().__init__()
        self.rate = real_number("Dropout", "rate", rate)
        if not 0 <= self.rate < 1:
            raise ValueError(f"Dropout expects rate from 0 up to but not 1, got {self.rate}")
        self._rng = generator(self, rng)

    def predict(self, X: ArrayLike) -> Array:
        """Return ``X`` as it is, in floats."""
        return self._check_input(X)

    def _forward(self, X: Array) -> Array:
        kept = self._rng.random(X.shape) >= self.rate
        self._scale = np.asarray(kept / (1 - self.rate), X.dtype)
        return X * self._scale

    def _input_gradient(self, grad: Array) -> Array:
        return grad * self._scale


class Residual(Layer):
    """A skip (residual) connection around some layers: ``Y = X + f(X)``.

    Backward: ``dX = dY + dY f'(X)``; the first term reaches X unchanged, however small f' is. The
    layers of f must keep the shape. After He et al. (2015).

    Parameters
    ----------
    *layers : Layer or Sequential
        At least one: f, the first sees X.

    Raises
    ------
    TypeError, ValueError
        If something is not a layer or there is none, or f(X) does not have the shape of X.

    Examples
    --------
    >>> layer = Residual(Dense(2, 2, rng=0, weight_init=initializers.zeros))
    >>> layer.forward([[1.0, 2.0]])
    array([[1., 2.]])
    >>> layer.backward([[3.0, 4.0]])
    array([[3., 4.]])
    """

    index_equations = ("dX = dY + the input gradient of f",)
    settings = ("layers",)

    def __init__(self, *layers: Part) -> None:
        super().__init__()
        self.layers = as_layers("Residual", layers)

    def _forward(self, X: Array) -> Array:
        Y = X
        for layer in self.layers:
            Y = layer.forward(Y)
        same_shape(self, "X", X, "f(X)", Y)
        return X + Y

    def _input_gradient(self, grad: Array) -> Array:
        dX = grad
        for layer in reversed(self.layers):
            dX = layer.backward(dX, input_gradient=True)
        return grad + dX
