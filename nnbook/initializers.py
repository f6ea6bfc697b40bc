"""Parameter initializers: functions ``(shape, rng) -> array`` of float64.

Weights have the shape ``(inputs, outputs)``, so ``shape[-1]`` counts the outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from .validation import Array, float_array, positive_number, real_number

# what layers called their arguments in the first edition
FORMER_NAMES = {"weights": "weight_init", "biases": "bias_init"}

Initializer: TypeAlias = "Callable[[tuple[int, ...], np.random.Generator], Array]"


def zeros(shape: tuple[int, ...], rng: np.random.Generator | None = None) -> Array:
    """All entries 0. Right for biases; as hidden weights they never break the symmetry.

    >>> zeros((2,))
    array([0., 0.])
    """
    return np.zeros(shape)


def constant(value: float) -> Initializer:
    """Return an initializer that sets every entry to ``value``.

    >>> constant(0.5)((1, 2))
    array([[0.5, 0.5]])
    """
    value = real_number("constant", "value", value)

    def fill(shape: tuple[int, ...], rng: np.random.Generator | None = None) -> Array:
        return np.full(shape, value)

    return fill


def glorot_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Uniform on ``[-r, r]`` with ``r = sqrt(6 / (fan_in + fan_out))``, the default of Keras too.

    ``fan_in`` counts the numbers an output reads, ``fan_out`` the outputs an input feeds.

    >>> bool(abs(glorot_uniform((1, 1), np.random.default_rng(0))[0, 0]) <= 3**0.5)
    True
    """
    fan_in, fan_out = _fans(shape)
    r = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-r, r, shape)


def ones(shape: tuple[int, ...], rng: np.random.Generator | None = None) -> Array:
    """All entries 1.

    >>> ones((2,))
    array([1., 1.])
    """
    return np.ones(shape)


def normal(std: float) -> Initializer:
    """Return an initializer that draws from the normal distribution ``N(0, std²)``.

    >>> normal(0.01)((2, 3), np.random.default_rng(0)).shape
    (2, 3)
    """
    std = positive_number("normal", "std", std)

    def draw(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        return rng.normal(0.0, std, shape)

    return draw


def glorot_normal(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Normal with variance ``2 / (fan_in + fan_out)``; keeps the variance through tanh.

    >>> glorot_normal((2, 3), np.random.default_rng(0)).shape
    (2, 3)
    """
    fan_in, fan_out = _fans(shape)
    return rng.normal(0.0, np.sqrt(2 / (fan_in + fan_out)), shape)


def he_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Uniform on ``[-r, r]`` with ``r = sqrt(6 / fan_in)``, variance ``2 / fan_in``; for ReLU.

    >>> he_uniform((2, 3), np.random.default_rng(0)).shape
    (2, 3)
    """
    fan_in, _ = _fans(shape)
    r = np.sqrt(6 / fan_in)
    return rng.uniform(-r, r, shape)


def he_normal(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Normal with variance ``2 / fan_in``: ReLU halves the mean square, the 2 restores it.

    >>> he_normal((2, 3), np.random.default_rng(0)).shape
    (2, 3)
    """
    fan_in, _ = _fans(shape)
    return rng.normal(0.0, np.sqrt(2 / fan_in), shape)


def initialize(
    who: object,
    name: str,
    initializer: Initializer,
    shape: tuple[int, ...],
    rng: np.random.Generator,
) -> Array:
    """Return what ``initializer`` makes, as new float64 numbers, if it has the right shape.

    >>> initialize("demo", "bias_init", constant(1), (2,), np.random.default_rng(0))
    array([1., 1.])
    """
    array = np.array(float_array(f"{who} {name}", initializer(shape, rng)), np.float64)
    if array.shape != shape:
        raise ValueError(
            f"{who} expects {name} to return an array of shape {shape}, got {array.shape}"
        )
    return array


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return how many numbers an output reads, and how many outputs an input feeds."""
    positions = int(np.prod(shape[:-2]))
    return positions * shape[-2], positions * shape[-1]
