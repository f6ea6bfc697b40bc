"""Small data sets that need no network."""

from __future__ import annotations

import numpy as np

from ..validation import Array, generator, positive_int, real_number


def hello_world() -> tuple[Array, Array]:
    """Return X and y of shape ``(5, 1)``, both holding 1, 2, 3, 4, 6; the 5 is held out.

    The function to find is y = x. From the Deep learning lecture notes, item N2-04.

    >>> X, y = hello_world()
    >>> X[:, 0], X.shape
    (array([1., 2., 3., 4., 6.]), (5, 1))
    """
    X = np.array([[1.0], [2.0], [3.0], [4.0], [6.0]])
    return X, X.copy()


def xor() -> tuple[Array, Array]:
    """Return the four rows of exclusive or: X of shape ``(4, 2)``, y of shape ``(4, 1)``.

    From the Layer notes, item N0-32.

    >>> X, y = xor()
    >>> np.column_stack([X, y]).astype(int).tolist()
    [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]
    """
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return X, (X[:, :1] != X[:, 1:]).astype(float)


def moons(
    m: int, *, noise: float = 0.1, rng: np.random.Generator | int | None = None
) -> tuple[Array, Array]:
    """Return two interlocking half circles: X of shape ``(m, 2)``, y ``(m, 1)`` of 0 and 1.

    The upper moon is class 0, the lower class 1; ``noise`` is the standard deviation added to
    both coordinates. Samples come in random order, the classes as even as ``m`` allows.

    >>> X, y = moons(100, noise=0.1, rng=0)
    >>> X.shape, y.shape, int(y.sum())
    ((100, 2), (100, 1), 50)
    """
    y, rng = _even_classes("moons", m, rng)
    angle = rng.uniform(0, np.pi, len(y))
    side = 1 - 2 * y  # the lower moon is the upper one turned round and moved
    X = np.column_stack([y + side * np.cos(angle), 0.5 * y + side * np.sin(angle)])
    return X + _noise("moons", noise, rng, X.shape), y[:, None]


def spirals(
    m: int, *, noise: float = 0.05, rng: np.random.Generator | int | None = None
) -> tuple[Array, Array]:
    """Return two spiral arms around each other: X of shape ``(m, 2)``, y ``(m, 1)`` of 0 and 1.

    Each arm makes one and a half turns within the unit circle; ``noise`` is the standard deviation
    added to both coordinates. Samples come in random order, the classes as even as ``m`` allows.

    >>> X, y = spirals(100, noise=0.0, rng=0)
    >>> X.shape, y.shape, bool((X**2).sum(axis=1).max() <= 1)
    ((100, 2), (100, 1), True)
    """
    y, rng = _even_classes("spirals", m, rng)
    radius = np.sqrt(rng.uniform(0.01, 1, len(y)))  # evenly dense over the disc
    angle = 3 * np.pi * radius + np.pi * y
    X = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return X + _noise("spirals", noise, rng, X.shape), y[:, None]


def _even_classes(
    who: str, m: int, rng: np.random.Generator | int | None
) -> tuple[Array, np.random.Generator]:
    rng = generator(who, rng)
    return rng.permutation(np.arange(positive_int(who, "m", m)) % 2).astype(float), rng


def _noise(who: str, noise: float, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    noise = real_number(who, "noise", noise)
    if noise < 0:
        raise ValueError(f"{who} expects noise to be at least 0, got {noise}")
    return rng.normal(0.0, 1.0, shape) * noise
