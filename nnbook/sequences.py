"""Layers for rows of symbols: a table of vectors to look up, and attention of place to place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import initializers
from .activations import softmax
from .layers import Layer
from .validation import Array, float_array, generator, positive_int, real_array

STANDARD_NORMAL = initializers.normal(1.0)


class Embedding(Layer):
    """A table of vectors, a row for each symbol: ``Y = W[X]``, the product of one-hot rows with W.

    Backward: ``dW[x] = Σ dY`` over all places where x stands. Symbols have no neighbours to be
    nudged to, so ``dX = 0``.

    Shape: input ``(m,)`` or ``(m, t)``, whole numbers from 0 to n - 1; output ``(m, n_out)`` or
    ``(m, t, n_out)``.

    Parameters
    ----------
    n : int
        How many symbols there are.
    n_out : int
        Numbers in the vector of a symbol.
    rng : numpy.random.Generator or int
        Source of the first vectors.
    weights : initializer
        How ``W`` is born, see :mod:`nnbook.initializers`.

    Attributes
    ----------
    parameters : dict
        ``"W"`` of shape ``(n, n_out)``.

    Raises
    ------
    TypeError
        If ``rng`` is missing or a size is not a whole number.
    ValueError
        If a size is below 1, or the input holds other numbers than 0, 1, ..., n - 1.

    Examples
    --------
    >>> layer = Embedding(3, 2, rng=0)
    >>> layer.parameters["W"][:] = [[0, 1], [2, 3], [4, 5]]
    >>> layer.forward([2, 0, 2])
    array([[4., 5.],
           [0., 1.],
           [4., 5.]])
    >>> _ = layer.backward(np.ones((3, 2)))
    >>> layer.gradients["W"]
    array([[1., 1.],
           [0., 0.],
           [2., 2.]])
    """

    index_equations = ("dW[x, j] = Σ dY[..., j] over the places of x", "dX = 0")
    settings = ("n", "n_out")

    def __init__(
        self,
        n: int,
        n_out: int,
        *,
        rng: np.random.Generator | int | None = None,
        weights: initializers.Initializer = STANDARD_NORMAL,
    ) -> None:
        super().__init__()
        self.n = positive_int("Embedding", "n", n)
        self.n_out = positive_int("Embedding", "n_out", n_out)
        shape, rng = (self.n, self.n_out), generator(self, rng)
        self.parameters = {"W": initializers.born(self, "weights", weights, shape, rng)}
        self.gradients = {"W": np.zeros(shape)}

    @staticmethod
    def shapes(n: int, n_out: int) -> dict[str, tuple[int, ...]]:
        """Return the shape of W."""
        return {"W": (n, n_out)}

    def _forward(self, X: Any) -> Array:
        self._X = X
        return self.parameters["W"][X]

    def _assign_gradients(self, grad: Array) -> None:
        dW = np.zeros_like(self.parameters["W"])
        np.add.at(dW, self._X, grad)  # dW[x] += dY, for a symbol that stands there twice, too
        self.gradients["W"] = dW

    def _input_gradient(self, grad: Array) -> Array:
        return np.zeros_like(self._X, grad.dtype)

    def _check_input(self, X: ArrayLike) -> Any:
        X = real_array(self, X)
        places = np.rint(X)
        # a gradient check nudges them by a hair, and finds the slope 0 of a step
        whole = (np.abs(X - places) < 1e-3) & (places >= 0) & (places < self.n)
        if not whole.all():
            raise ValueError(
                f"{self} expects whole numbers from 0 to {self.n - 1}, got {X[~whole][0]}; "
                "np.unique(X, return_inverse=True) numbers symbols of any kind"
            )
        return places.astype(np.intp)


class Attention(Layer):
    """One head of attention: each place asks all places of its row, and mixes what they hold.

    ``Q = X W_q``, ``K = X W_k``, ``V = X W_v``; ``A = softmax(Q Kᵀ / √n_out)``; ``Y = A V``.

    Backward: ``dV = Aᵀ dY``, ``dA = dY Vᵀ``, ``dS = A ⊙ (dA - Σ_k dA ⊙ A) / √n_out``,
    ``dQ = dS K``, ``dK = dSᵀ Q``; each W gets ``Xᵀ`` times its own, summed over the samples, and
    ``dX = dQ W_qᵀ + dK W_kᵀ + dV W_vᵀ``.

    Shape: input ``(m, t, n_in)``, t places; output ``(m, t, n_out)``. Where a place stands in the
    row the layer does not see: tell it in X. After Vaswani et al. (2017).

    Parameters
    ----------
    n_in, n_out : int
        Numbers at each place, before and after.
    rng : numpy.random.Generator or int
        Source of the first weights.
    weights : initializer
        How the three matrices are born, see :mod:`nnbook.initializers`.

    Attributes
    ----------
    parameters : dict
        ``"W_q"``, ``"W_k"`` and ``"W_v"``, each of shape ``(n_in, n_out)``.

    Raises
    ------
    TypeError
        If ``rng`` is missing or a size is not a whole number.
    ValueError
        If a size is below 1, or an input has the wrong shape.

    Examples
    --------
    >>> layer = Attention(2, 2, rng=0)
    >>> X = np.eye(2)[None]
    >>> layer.attend(X).sum(axis=2)
    array([[1., 1.]])
    >>> np.allclose(layer.forward(X), layer.attend(X) @ X @ layer.parameters["W_v"])
    True
    """

    index_equations = (
        "dV[s, k] = Σ_t A[s, t, k] dY[s, t]",
        "dS[s, t, k] = A[s, t, k] (dA[s, t, k] - Σ_l dA[s, t, l] A[s, t, l]) / √n_out",
        "dQ[s, t] = Σ_k dS[s, t, k] K[s, k]   dK[s, k] = Σ_t dS[s, t, k] Q[s, t]",
        "dX = dQ W_qᵀ + dK W_kᵀ + dV W_vᵀ",
    )
    settings = ("n_in", "n_out")

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        rng: np.random.Generator | int | None = None,
        weights: initializers.Initializer = initializers.glorot_uniform,
    ) -> None:
        super().__init__()
        self.n_in = positive_int("Attention", "n_in", n_in)
        self.n_out = positive_int("Attention", "n_out", n_out)
        rng = generator(self, rng)
        self.parameters = {
            name: initializers.born(self, "weights", weights, shape, rng)
            for name, shape in self.shapes(self.n_in, self.n_out).items()
        }
        self.gradients = {name: np.zeros_like(p) for name, p in self.parameters.items()}

    @staticmethod
    def shapes(n_in: int, n_out: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the three matrices."""
        return dict.fromkeys(("W_q", "W_k", "W_v"), (n_in, n_out))

    def attend(self, X: ArrayLike) -> Array:
        """Return A of shape ``(m, t, t)``: how much of each place goes into the answer at each.

        Each row sums to 1.
        """
        return self._attention(self._check_input(X))[0]

    def multiply_adds(self, output_shape: tuple[int, ...]) -> int:
        """Return the products of one sample: three with W, two of places with places."""
        t = output_shape[0]
        return t * self.n_out * (3 * self.n_in + 2 * t)

    def _attention(self, X: Array) -> tuple[Array, Array, Array, Array]:
        Q, K, V = (X @ self.parameters[f"W_{letter}"] for letter in "qkv")
        S = Q @ K.swapaxes(1, 2) / math.sqrt(self.n_out)
        return softmax(S), Q, K, V

    def _forward(self, X: Array) -> Array:
        self._X = X
        self._A, self._Q, self._K, self._V = self._attention(X)
        return self._A @ self._V

    def _assign_gradients(self, grad: Array) -> None:
        dV = self._A.swapaxes(1, 2) @ grad
        dA = grad @ self._V.swapaxes(1, 2)
        dS = self._A * (dA - (dA * self._A).sum(axis=2, keepdims=True)) / math.sqrt(self.n_out)
        self._blame = {"W_q": dS @ self._K, "W_k": dS.swapaxes(1, 2) @ self._Q, "W_v": dV}
        for name, d in self._blame.items():
            self.gradients[name] = np.tensordot(self._X, d, axes=((0, 1), (0, 1)))

    def _input_gradient(self, grad: Array) -> Array:
        return sum(d @ self.parameters[name].T for name, d in self._blame.items())

    def _check_input(self, X: ArrayLike) -> Array:
        X = float_array(self, X, self.parameters["W_q"].dtype)
        if X.ndim != 3 or X.shape[2] != self.n_in:
            advice = "; one row of places is x[None]" if X.shape[1:] == (self.n_in,) else ""
            raise ValueError(
                f"{self} expects input of shape (m, t, {self.n_in}), got {X.shape}{advice}"
            )
        return X
