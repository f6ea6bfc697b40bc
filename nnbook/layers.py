"""Layers: a forward pass, and a backward pass with two duties.

Batches are rows. Row i of ``X`` is sample i, column k of ``W`` holds the weights of neuron k.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from . import initializers
from .validation import Array, batch, float_array, generator, positive_int, real_number


class Layer:
    """What every layer can do: answer (`forward`) and take the blame (`backward`).

    A layer with parameters keeps them in ``parameters``, and their gradients, after a `backward`,
    in ``gradients``: two dicts with the same names and shapes. A new kind of layer writes three
    lines of mathematics: `_forward`, `_assign_gradients` (if it has parameters), `_input_gradient`.

    From the Layer notes, items N0-06 and N0-07.

    Attributes
    ----------
    parameters : dict of str to array
        What `optimizer.step` changes, in place.
    gradients : dict of str to array
        dJ/d(parameter), assigned anew by every `backward`; zeros before the first.
    index_equations : tuple of str
        The backward pass entry by entry, s counting samples; `Sequential.trace` shows them.
    """

    index_equations: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()  # the arguments, but for rng, that make such a layer again

    def __init__(self) -> None:
        self.parameters: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}
        self._output_shape: tuple[int, ...] | None = None

    def forward(self, X: ArrayLike) -> Array:
        """Answer ``X`` and remember what `backward` will need.

        The input is kept, not copied: leave it unchanged until `backward`.
        """
        Y = self._forward(self._check_input(X))
        self._output_shape = Y.shape
        return Y

    def predict(self, X: ArrayLike) -> Array:
        """Answer ``X`` as a trained layer; most layers do what `forward` does."""
        return self.forward(X)

    def backward(self, grad: ArrayLike) -> Array:
        """Take ``grad = dJ/dY`` of the latest `forward`, assign ``gradients``, return dJ/dX.

        Raises
        ------
        RuntimeError
            If there was no `forward` to answer.
        ValueError
            If ``grad`` does not have the shape of the latest output.
        """
        grad = self._check_gradient(grad)
        self._assign_gradients(grad)
        return self._input_gradient(grad)

    def assign_gradients(self, grad: ArrayLike) -> None:
        """Do only the first duty of `backward`: what a network asks of its first layer."""
        self._assign_gradients(self._check_gradient(grad))

    def astype(self, dtype: np.dtype | type) -> Layer:
        """Cast parameters and gradients to ``dtype`` and return the layer itself."""
        for arrays in (self.parameters, self.gradients):
            for name, array in arrays.items():
                arrays[name] = array.astype(dtype)
        self._output_shape = None
        return self

    def multiply_adds(self, output_shape: tuple[int, ...]) -> int:
        """Return the products that are summed up to answer one sample."""
        return 0

    @staticmethod
    def shapes(**settings: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the parameters that a layer with these settings has."""
        return {}

    def generators(self) -> list[np.random.Generator]:
        """Return the generators that `forward` draws from; most layers draw nothing."""
        return []

    def reseed(self, other: Layer) -> None:
        """Take seeds from the generators of ``other``, so that twins do not draw the same."""

    def _forward(self, X: Array) -> Array:
        raise NotImplementedError

    def _assign_gradients(self, grad: Array) -> None:
        """Layers without parameters have nothing to assign."""

    def _input_gradient(self, grad: Array) -> Array:
        raise NotImplementedError

    def _check_input(self, X: ArrayLike) -> Array:
        return float_array(f"{self}", X)

    def _check_gradient(self, grad: ArrayLike) -> Array:
        if self._output_shape is None:
            raise RuntimeError(
                f"{self}.backward answers a forward, and there was none; call forward first"
            )
        grad = float_array(f"{self}.backward", grad)
        if grad.shape != self._output_shape:
            raise ValueError(
                f"{self}.backward expects dJ/dY of shape {self._output_shape}, "
                f"the shape of its latest output, got {grad.shape}"
            )
        return grad

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Dense(Layer):
    """Every input connected to every output: ``Y = X W + b``.

    Backward: ``dW = Xᵀ dY``, ``db = Σ_samples dY``, ``dX = dY Wᵀ``.

    Shape: input ``(m, n_in)``, output ``(m, n_out)``.

    From the Layer notes, items N0-10 to N0-22, and the Deep learning lecture notes, N2-25.

    Parameters
    ----------
    n_in, n_out : int
        Numbers of inputs and of neurons, at least 1.
    rng : numpy.random.Generator or int
        Source of the first weights; a seed makes them repeatable.
    weights, biases : initializer
        How ``W`` and ``b`` are born, see :mod:`nnbook.initializers`.

    Attributes
    ----------
    parameters : dict
        ``"W"`` of shape ``(n_in, n_out)``, ``W[i, k]`` from input i to neuron k, and ``"b"`` of
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
        "dW[i, k] = Σ_s X[s, i] dY[s, k]   so dW = Xᵀ dY",
        "db[k]    = Σ_s dY[s, k]",
        "dX[s, i] = Σ_k dY[s, k] W[i, k]   so dX = dY Wᵀ",
    )

    settings = ("n_in", "n_out")

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        rng: np.random.Generator | int | None = None,
        weights: initializers.Initializer = initializers.glorot_uniform,
        biases: initializers.Initializer = initializers.zeros,
    ) -> None:
        super().__init__()
        self.n_in = positive_int("Dense", "n_in", n_in)
        self.n_out = positive_int("Dense", "n_out", n_out)
        rng = generator(f"{self}", rng)
        shapes = self.shapes(self.n_in, self.n_out)
        self.parameters = {"W": weights(shapes["W"], rng), "b": biases(shapes["b"], rng)}
        self.gradients = {name: np.zeros_like(p) for name, p in self.parameters.items()}

    @staticmethod
    def shapes(n_in: int, n_out: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of W and b."""
        return {"W": (n_in, n_out), "b": (n_out,)}

    def multiply_adds(self, output_shape: tuple[int, ...]) -> int:
        """Return the products of one sample: one for each weight."""
        return self.n_in * self.n_out

    def _forward(self, X: Array) -> Array:
        self._X = X
        return X @ self.parameters["W"] + self.parameters["b"]

    def _assign_gradients(self, grad: Array) -> None:
        self.gradients["W"] = self._X.T @ grad
        self.gradients["b"] = grad.sum(axis=0)

    def _input_gradient(self, grad: Array) -> Array:
        return grad @ self.parameters["W"].T

    def _check_input(self, X: ArrayLike) -> Array:
        return batch(f"{self}", X, self.n_in, self.parameters["W"].dtype)

    def __repr__(self) -> str:
        return f"Dense({self.n_in}, {self.n_out})"


class Flatten(Layer):
    """Each sample as one row: ``(m, h, w, c)`` becomes ``(m, h·w·c)``; `backward` undoes it.

    >>> layer = Flatten()
    >>> layer.forward(np.zeros((2, 3, 3, 4))).shape
    (2, 36)
    >>> layer.backward(np.zeros((2, 36))).shape
    (2, 3, 3, 4)
    """

    index_equations = ("dX has the numbers of dY in the shape of X",)

    def _forward(self, X: Array) -> Array:
        self._shape = X.shape
        return X.reshape(len(X), math.prod(X.shape[1:]))

    def _input_gradient(self, grad: Array) -> Array:
        return grad.reshape(self._shape)


class Dropout(Layer):
    """While training, silence each entry with probability ``rate``: ``Y = X ⊙ M / (1 - rate)``.

    M is 0 or 1, drawn anew by every `forward`; the division keeps the expected value. Backward:
    ``dX = dY ⊙ M / (1 - rate)``. `predict` lets everything through. Any shape.

    Parameters
    ----------
    rate : float
        Share of the entries that are silenced, from 0 up to but not including 1.
    rng : numpy.random.Generator or int
        Source of M.

    >>> layer = Dropout(0.5, rng=0)
    >>> Y = layer.forward(np.ones((2, 3)))
    >>> sorted({float(y) for y in Y.ravel()})
    [0.0, 2.0]
    >>> np.array_equal(layer.backward(np.ones((2, 3))), Y)
    True
    >>> layer.predict([[1, 2]])
    array([[1., 2.]])
    """

    index_equations = ("dX[s, k] = dY[s, k] M[s, k] / (1 - rate)",)
    settings = ("rate",)

    def __init__(self, rate: float, *, rng: np.random.Generator | int | None = None) -> None:
        super().__init__()
        self.rate = real_number("Dropout", "rate", rate)
        if not 0 <= self.rate < 1:
            raise ValueError(f"Dropout expects rate from 0 up to but not 1, got {self.rate}")
        self._rng = generator(f"{self}", rng)

    def generators(self) -> list[np.random.Generator]:
        """Return the generator that M is drawn from."""
        return [self._rng]

    def reseed(self, other: Dropout) -> None:
        """Draw a seed from ``other``, so that two twins do not silence the same entries."""
        self._rng = np.random.default_rng(other._rng.integers(2**63))

    def predict(self, X: ArrayLike) -> Array:
        """Return ``X`` as it is, in floats."""
        return self._check_input(X)

    def _forward(self, X: Array) -> Array:
        kept = self._rng.random(X.shape) >= self.rate
        self._scale = (kept / (1 - self.rate)).astype(X.dtype)
        return X * self._scale

    def _input_gradient(self, grad: Array) -> Array:
        return grad * self._scale

    def __repr__(self) -> str:
        return f"Dropout({self.rate:g})"
