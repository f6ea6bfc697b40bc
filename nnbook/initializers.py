"""How parameters are born: functions ``(shape, rng) -> array`` of float64.

Weights have the shape ``(inputs, outputs)``, so ``shape[-1]`` counts the outputs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .validation import Array, real_number

Initializer = Callable[[tuple[int, ...], np.random.Generator], Array]


def zeros(shape: tuple[int, ...], rng: np.random.Generator | None = None) -> Array:
    """All entries 0. Right for biases; as weights of a hidden layer they can never part.

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
    """Uniform on ``[-r, r]`` with ``r = sqrt(6 / (fan_in + fan_out))``, the start Keras uses too.

    ``fan_in`` counts the numbers an output reads, ``fan_out`` those an input feeds.

    >>> bool(abs(glorot_uniform((1, 1), np.random.default_rng(0))[0, 0]) <= 3**0.5)
    True
    """
    positions = int(np.prod(shape[:-2]))
    fan_in, fan_out = positions * shape[-2], positions * shape[-1]
    r = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-r, r, shape)
