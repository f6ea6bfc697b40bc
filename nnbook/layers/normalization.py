"""Normalisation to mean 0 and variance 1: over the batch, or within each sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..validation import Array, last_axis, positive_int, positive_number
from .base import Layer


class _Normalization(Layer):
    """``Y = γ ⊙ X̂ + β`` with ``X̂ = (X - mean) / √(variance + ε)``, both over ``_axes``.

    Mean and variance depend on X, which gives dX two more terms.
    """

    index_equations = (
        "dX̂ = dY ⊙ γ",
        "dX = (dX̂ - mean(dX̂) - X̂ mean(dX̂ ⊙ X̂)) / √(variance + ε)",
        "dγ[j] = Σ dY[..., j] X̂[..., j]",
        "dβ[j] = Σ dY[..., j]",
    )
    _axes: tuple[int, ...]

    def __init__(self, n: int, epsilon: float) -> None:
        super().__init__()
        self.n = positive_int(type(self).__name__, "n", n)
        self.epsilon = positive_number(type(self).__name__, "epsilon", epsilon)
        self.parameters = {"gamma": np.ones(self.n), "beta": np.zeros(self.n)}
        self.gradients = {name: np.zeros_like(p) for name, p in self.parameters.items()}

    def _moments(self, X: Array) -> tuple[Array, Array]:
        mean = X.mean(axis=self._axes, keepdims=True)
        return mean, ((X - mean) ** 2).mean(axis=self._axes, keepdims=True)

    def _forward(self, X: Array) -> Array:
        mean, variance = self._moments(X)
        self._deviation = np.sqrt(variance + self.epsilon)
        self._X_hat = (X - mean) / self._deviation
        return self._X_hat * self.parameters["gamma"] + self.parameters["beta"]

    def _assign_gradients(self, grad: Array) -> None:
        others = tuple(range(grad.ndim - 1))
        self.gradients["gamma"] = (grad * self._X_hat).sum(axis=others)
        self.gradients["beta"] = grad.sum(axis=others)

    def _input_gradient(self, grad: Array) -> Array:
        d = grad * self.parameters["gamma"]
        along = (d * self._X_hat).mean(axis=self._axes, keepdims=True)
        return (d - d.mean(axis=self._axes, keepdims=True) - self._X_hat * along) / self._deviation

    def _check_input(self, X: ArrayLike) -> Array:
        return last_axis(self, X, self.n, self.parameters["gamma"].dtype)


class LayerNorm(_Normalization):
    """Each sample by itself, along the last axis: mean 0 and variance 1, then ``γ ⊙ X̂ + β``.

    ``X̂ = (X - mean) / √(variance + ε)``. Backward, with ``dX̂ = dY ⊙ γ`` and means along the last
    axis: ``dX = (dX̂ - mean(dX̂) - X̂ mean(dX̂ ⊙ X̂)) / √(variance + ε)``; ``dγ`` sums ``dY ⊙ X̂``, and
    ``dβ`` sums ``dY``, over everything else.

    Shape: input and output ``(m, ..., n)``. After Ba, Kiros and Hinton (2016).

    Parameters
    ----------
    n : int
        Numbers along the last axis.
    epsilon : float
        ε, which keeps the root from 0.

    Attributes
    ----------
    parameters : dict
        ``"gamma"``, ones at first, and ``"beta"``, zeros, both of shape ``(n,)``.

    Raises
    ------
    TypeError, ValueError
        If ``n`` is no whole number of at least 1, ``epsilon`` is not above 0, or an input does not
        end in n numbers.

    Examples
    --------
    >>> layer = LayerNorm(3)
    >>> layer.forward([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]).round(3)
    array([[-1.225,  0.   ,  1.225],
           [-1.225,  0.   ,  1.225]])
    """

    settings = ("n", "epsilon")
    _axes = (-1,)

    def __init__(self, n: int, *, epsilon: float = 1e-5) -> None:
        super().__init__(n, epsilon)


class BatchNorm(_Normalization):
    """Each feature, or channel, by itself over the batch: mean 0 and variance 1, ``γ ⊙ X̂ + β``.

    While training, mean and variance are those of the batch, over the samples (and, of images, over
    the pixels); the backward pass is that of `LayerNorm` with means over these. `predict` takes
    running ones instead, so that the output for a sample does not depend on the rest of the batch.

    Shape: input and output ``(m, n)`` or ``(m, h, w, n)``. After Ioffe and Szegedy (2015).

    Parameters
    ----------
    n : int
        Features, or channels.
    share : float
        Fraction of the running mean and variance that each batch replaces, above 0 and at most 1;
        PyTorch calls it momentum.
    epsilon : float
        ε, which keeps the root from 0.

    Attributes
    ----------
    parameters : dict
        ``"gamma"``, ones at first, and ``"beta"``, zeros, both of shape ``(n,)``.
    state : dict
        ``"mean"`` and ``"variance"`` of shape ``(n,)``, the running ones; of the variance the
        unbiased estimate, with N - 1 below.

    Raises
    ------
    TypeError, ValueError
        If a setting is out of range, an input does not end in n numbers, or a batch to train on
        has one number a feature, which has no variance.

    Examples
    --------
    >>> layer = BatchNorm(2)
    >>> layer.forward([[1.0, 10.0], [3.0, 30.0]]).round(3)
    array([[-1., -1.],
           [ 1.,  1.]])
    >>> layer.state["mean"]
    array([0.2, 2. ])
    >>> layer.predict([[0.2, 2.0]])
    array([[0., 0.]])
    """

    settings = ("n", "share", "epsilon")

    def __init__(self, n: int, *, share: float = 0.1, epsilon: float = 1e-5) -> None:
        super().__init__(n, epsilon)
        self.share = positive_number("BatchNorm", "share", share)
        if self.share > 1:
            raise ValueError(f"BatchNorm expects share to be at most 1, got {self.share}")
        self.state = {"mean": np.zeros(self.n), "variance": np.ones(self.n)}

    def predict(self, X: ArrayLike) -> Array:
        """Return the output for ``X`` with the running mean and variance; nothing is cached."""
        X = self._check_input(X)
        X_hat = (X - self.state["mean"]) / np.sqrt(self.state["variance"] + self.epsilon)
        return X_hat * self.parameters["gamma"] + self.parameters["beta"]

    def _moments(self, X: Array) -> tuple[Array, Array]:
        self._axes = tuple(range(X.ndim - 1))
        N = X.size // self.n
        if N < 2:
            raise ValueError(
                f"{self} expects at least two samples to train on, got {N}: one number has no "
                "variance; choose a batch_size that leaves no batch of one sample"
            )
        mean, variance = super()._moments(X)
        for name, value in (("mean", mean), ("variance", variance * (N / (N - 1)))):
            running = self.state[name]
            self.state[name] = running + self.share * (value.ravel() - running)
        return mean, variance
