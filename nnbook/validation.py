"""Checks of what comes in. One form of message: who, what was expected, what came, what to do."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Array = NDArray[np.floating]


def float_array(who: str, value: ArrayLike, dtype: DTypeLike = None) -> Array:
    """Return ``value`` as a floating array: unchanged where it is one, else cast to ``dtype``.

    Integers and booleans are cast to float64, so that nothing wraps around. With ``dtype`` the
    result has exactly that type.

    Raises
    ------
    TypeError
        For text, objects, complex numbers and sparse matrices.
    ValueError
        For nested lists of unequal lengths.

    >>> float_array("demo", [1, 2])
    array([1., 2.])
    """
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{who} expects rows of equal length, got a nested list whose rows differ"
        ) from None
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"{who} expects real numbers, got {type(value).__name__} of {array.dtype}; "
            "convert it to a NumPy array of floats first"
        )
    if dtype is None:
        dtype = array.dtype if array.dtype.kind == "f" else np.float64
    return array.astype(dtype, copy=False)


def batch(who: str, X: ArrayLike, n_features: int, dtype: DTypeLike = None) -> Array:
    """Return ``X`` as a floating array of shape ``(m, n_features)`` or raise ValueError.

    >>> batch("Dense(2, 1)", [[1, 2]], 2).shape
    (1, 2)
    """
    X = float_array(who, X, dtype)
    if X.ndim == 2 and X.shape[1] == n_features:
        return X
    advice = "; one sample is x[None, :]" if X.shape == (n_features,) else ""
    if X.ndim == 2 and X.shape[0] == n_features:
        advice = "; if samples are the columns, pass X.T"
    raise ValueError(f"{who} expects input of shape (m, {n_features}), got {X.shape}{advice}")


def same_shape(who: str, first: str, a: Array, second: str, b: Array) -> None:
    """Raise ValueError unless ``a`` and ``b`` have the same shape; nothing is ever broadcast.

    >>> same_shape("demo", "a", np.zeros(2), "b", np.ones(2))
    """
    if a.shape != b.shape:
        raise ValueError(
            f"{who} expects {first} and {second} of equal shape, got {a.shape} and {b.shape}; "
            "reshape one of them, NumPy would broadcast them silently"
        )


def positive_int(who: str, name: str, value: Any) -> int:
    """Return ``value`` as an int of at least 1.

    >>> positive_int("demo", "n_in", 3)
    3
    """
    return whole_number(who, name, value, 1)


def whole_number(who: str, name: str, value: Any, least: int) -> int:
    """Return ``value`` as an int of at least ``least``.

    >>> whole_number("demo", "padding", np.int64(0), 0)
    0
    """
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{who} expects {name} to be a whole number, got {value!r}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(
            f"{who} expects {name} to be a whole number, got {value!r} of {type(value).__name__}"
        ) from None
    if number < least:
        raise ValueError(f"{who} expects {name} to be at least {least}, got {number}")
    return number


def pair(who: str, name: str, value: Any, least: int = 1) -> tuple[int, int]:
    """Return ``value`` as (height, width): two whole numbers of at least ``least``, or one twice.

    >>> pair("demo", "stride", 2)
    (2, 2)
    """
    if isinstance(value, (tuple, list, np.ndarray)):
        if len(value) != 2:
            raise ValueError(
                f"{who} expects {name} to be a number or (height, width), got {len(value)} numbers"
            )
        height, width = value
    else:
        height = width = value
    return whole_number(who, name, height, least), whole_number(who, name, width, least)


def positive_number(who: str, name: str, value: Any) -> float:
    """Return ``value`` as a finite float above 0.

    >>> positive_number("demo", "learning_rate", 0.1)
    0.1
    """
    number = real_number(who, name, value)
    if not number > 0:
        raise ValueError(f"{who} expects {name} to be above 0, got {number}")
    return number


def real_number(who: str, name: str, value: Any) -> float:
    """Return ``value`` as a finite float.

    >>> real_number("demo", "slope", 0)
    0.0
    """
    if isinstance(value, (bool, np.bool_, str, bytes)) or not np.isscalar(value):
        raise TypeError(f"{who} expects {name} to be a number, got {value!r}")
    try:
        number = float(value)
    except TypeError:
        raise TypeError(f"{who} expects {name} to be a real number, got {value!r}") from None
    if not np.isfinite(number):
        raise ValueError(f"{who} expects {name} to be finite, got {number}")
    return number


def generator(who: str, rng: Any) -> np.random.Generator:
    """Return the random generator named by ``rng``, a Generator or a whole-number seed.

    >>> type(generator("demo", 0)).__name__
    'Generator'
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, (int, np.integer)) and not isinstance(rng, bool):
        if rng < 0:
            raise ValueError(f"{who} expects rng to be a seed of at least 0, got {rng}")
        return np.random.default_rng(int(rng))
    raise TypeError(
        f"{who} draws random numbers and expects rng, a seed or a numpy.random.Generator, "
        f"got {rng!r}; write rng=0 for a start that can be repeated"
    )


def class_labels(who: str, targets: ArrayLike, m: int, n_classes: int) -> NDArray[np.intp]:
    """Return the class of each sample, from whole numbers ``(m,)`` or one-hot rows ``(m, C)``.

    >>> class_labels("demo", [[0, 1], [1, 0]], 2, 2)
    array([1, 0])
    """
    array = np.asarray(targets)
    if array.ndim == 2 and array.shape == (m, n_classes):
        hot = float_array(who, array)
        if not (((hot == 0) | (hot == 1)).all() and (hot.sum(axis=1) == 1).all()):
            raise ValueError(f"{who} expects one-hot rows, one 1 and else 0, got other numbers")
        return hot.argmax(axis=1)
    if array.shape != (m,):
        raise ValueError(
            f"{who} expects classes of shape ({m},), or one-hot rows ({m}, {n_classes}), "
            f"got {array.shape}"
        )
    if array.dtype.kind not in "iub":
        raise TypeError(f"{who} expects classes as whole numbers, got {array.dtype}")
    if m and not (array.min() >= 0 and array.max() < n_classes):
        raise ValueError(
            f"{who} expects classes from 0 to {n_classes - 1}, got {array.min()} to {array.max()}"
        )
    return array.astype(np.intp)


def finite(who: str, array: Array) -> None:
    """Raise ValueError naming the first entry that is infinite or not a number.

    >>> finite("demo", np.ones(3))
    """
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        index = tuple(int(i) for i in bad[0])
        raise ValueError(
            f"{who} expects finite numbers, got {array[index]} at index {list(index)} "
            f"({len(bad)} such entries); remove or replace these samples"
        )


def images(who: str, X: ArrayLike, channels: int | None = None, dtype: DTypeLike = None) -> Array:
    """Return ``X`` as a floating array of shape ``(m, h, w, c)`` or raise ValueError.

    >>> images("demo", np.zeros((2, 5, 5, 3)), 3).shape
    (2, 5, 5, 3)
    """
    X = float_array(who, X, dtype)
    if X.ndim == 4 and channels in (None, X.shape[3]):
        return X
    advice = ""
    if X.ndim == 4 and X.shape[1] == channels:
        advice = "; are the channels last? np.moveaxis(X, 1, -1) puts them there"
    elif X.ndim == 3 and channels in (None, X.shape[2]):
        advice = "; one image is x[None]"
    elif X.ndim == 3 and channels == 1:
        advice = "; grey images need a channel axis, X[..., None]"
    wanted = "c" if channels is None else channels
    raise ValueError(f"{who} expects images of shape (m, h, w, {wanted}), got {X.shape}{advice}")
