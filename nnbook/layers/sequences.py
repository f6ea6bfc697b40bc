"""Layers for sequences of tokens: embedding, and self-attention between positions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import initializers
from ..validation import Array, float_array, generator, positive_int, real_array, renamed
from .activations import softmax
from .base import Layer

STANDARD_NORMAL = initializers.normal(1.0)


class Embedding(Layer):
    """A vector for each token, a row of W: ``Y = W[X]``, the product of one-hot rows with W.

    Backward: ``dW[x] = Σ dY`` over all positions of token x. Token ids are discrete, so there is no
    gradient with respect to X: ``dX = 0``.

    Shape: input ``(m,)`` or ``(m, t)``, whole numbers from 0 to n - 1; output ``(m, n_out)`` or
    ``(m, t, n_out)``.

    Parameters
    ----------
    n : int
        Size of the vocabulary.
    n_out : int
        Numbers in the vector of a token.
    rng : numpy.random.Generator or int
        Source of the initial vectors.
    weight_init : initializer
        How ``W`` is initialised, see :mod:`nnbook.initializers`.

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

    index_equations = ("dW[x, j] = Σ dY[..., j] over the positions of x", "dX = 0")
    settings = ("n", "n_out")

    @renamed(**initializers.FORMER_NAMES)
    def __init__(
        self,
        n: int,
        n_out: int,
        *,
        rng: np.random.Generator | int | None = None,
        weight_init: initializers.Initializer = STANDARD_NORMAL,
    ) -> None:
        super().__init__()
        self.n = positive_int("Embedding", "n", n)
        self.n_out = positive_int("Embedding", "n_out", n_out)
        shape, rng = (self.n, self.n_out), generator(self, rng)
        self.parameters = {
            "W": initializers.initialize(self, "weight_init", weight_init, shape, rng)
        }
        self.gradients = {"W": np.zeros(shape)}

    def _forward(self, X: Any) -> Array:
        self._X = X
        return self.parameters["W"][X]

    def _assign_gradients(self, grad: Array) -> None:
        dW = np.zeros_like(self.parameters["W"])
        np.add.at(dW, self._X, grad)  # dW[x] += dY, for repeated tokens too
        self.gradients["W"] = dW

    def _input_gradient(self, grad: Array) -> Array:
        return np.zeros_like(self._X, grad.dtype)

    def _check_input(self, X: ArrayLike) -> Any:
        X = real_array(self, X)
        tokens = np.rint(X)
        # a gradient check perturbs them a little, and finds the slope 0 of a step
        whole = (np.abs(X - tokens) < 1e-3) & (tokens >= 0) & (tokens < self.n)
        if not whole.all():
            raise ValueError(
                f"{self} expects whole numbers from 0 to {self.n - 1}, got {X[~whole][0]}; "
                "np.unique(X, return_inverse=True) numbers tokens of any kind"
            )
        return tokens.astype(np.intp)


class Attention(Layer):
    """One head of self-attention: each position mixes the values of all positions by their keys.

    ``Q = X W_q``, ``K = X W_k``, ``V = X W_v``; ``A = softmax(Q Kᵀ / √n_out)``; ``Y = A V``.

    Backward: ``dV = Aᵀ dY``, ``dA = dY Vᵀ``, ``dS = A ⊙ (dA - Σ_k dA ⊙ A) / √n_out``,
    ``dQ = dS K``, ``dK = dSᵀ Q``; each W gets ``Xᵀ`` times its own, summed over the samples, and
    ``dX = dQ W_qᵀ + dK W_kᵀ + dV W_vᵀ``.

    Shape: input ``(m, t, n_in)``, t positions; output ``(m, t, n_out)``. The layer does not see the
    order of the positions: add a positional encoding to X. After Vaswani et al. (2017).

    Parameters
    ----------
    n_in, n_out : int
        Numbers at each position, before and after.
    rng : numpy.random.Generator or int
        Source of the initial weights.
    weight_init : initializer
        How the three matrices are initialised, see :mod:`nnbook.initializers`.

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

    @renamed(**initializers.FORMER_NAMES)
    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        rng: np.random.Generator | int | None = None,
        weight_init: initializers.Initializer = initializers.glorot_uniform,
    ) -> None:
        super().__init__()
        self.n_in = positive_int("Attention", "n_in", n_in)
        self.n_out = positive_int("Attention", "n_out", n_out)
        shape, rng = (self.n_in, self.n_out), generator(self, rng)
        self.parameters = {
            name: initializers.initialize(self, "weight_init", weight_init, shape, rng)
            for name in ("W_q", "W_k", "W_v")
        }
        self.gradients = {name: np.zeros_like(p) for name, p in self.parameters.items()}

    def attend(self, X: ArrayLike) -> Array:
        """Return the attention weights A of shape ``(m, t, t)``; each row sums to 1.

        ``A[s, i, j]`` is the weight of position j in the output at position i.
        """
        return self._attention(self._check_input(X))[0]

    def multiply_adds(self, output_shape: tuple[int, ...]) -> int:
        """Return the multiply–accumulates of one sample: three with W, two of all pairs."""
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
        self._dQKV = {"W_q": dS @ self._K, "W_k": dS.swapaxes(1, 2) @ self._Q, "W_v": dV}
        for name, d in self._dQKV.items():
            self.gradients[name] = np.tensordot(self._X, d, axes=((0, 1), (0, 1)))

    def _input_gradient(self, grad: Array) -> Array:
        return sum(d @ self.parameters[name].T for name, d in self._dQKV.items())

    def _check_input(self, X: ArrayLike) -> Array:
        X = float_array(self, X, self.parameters["W_q"].dtype)
        if X.ndim != 3 or X.shape[2] != self.n_in:
            advice = "; one sequence is x[None]" if X.shape[1:] == (self.n_in,) else ""
            raise ValueError(
                f"{self} expects input of shape (m, t, {self.n_in}), got {X.shape}{advice}"
            )
        return X
