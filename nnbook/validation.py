"""Checks of arguments. One form of message: who, what was expected, what came, what to do."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Array = NDArray[np.floating]
F = TypeVar("F", bound=Callable[..., Any])


def real_array(who: object, value: ArrayLike) -> NDArray[Any]:
    """Return ``value`` as an array of real numbers, in whatever type they came.

    Raises
    ------
    TypeError
        For text, objects, complex numbers, masked arrays and sparse matrices.
    ValueError
        For nested lists of unequal lengths.

    Examples
    --------
    >>> real_array("demo", [1, 2])
    array([1, 2])
    """
    if isinstance(value, np.ndarray) and hasattr(value, "mask"):
        raise TypeError(
            f"{who} expects plain numbers, got a masked array; fill its gaps with "
            "x.filled(value), or leave these samples out"
        )
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{who} expects rows of equal length, got a nested list whose rows differ"
        ) from None
    if array.dtype.kind in "fiub":
        return array
    advice = "convert it to a NumPy array of floats first"
    if array.dtype.kind in "UST" or any(isinstance(entry, str) for entry in array.flat[:1]):
        advice = "np.unique(y, return_inverse=True) gives each text a whole number"
    raise TypeError(
        f"{who} expects real numbers, got {type(value).__name__} of {array.dtype}; {advice}"
    )


def float_array(who: object, value: ArrayLike, dtype: DTypeLike | None = None) -> Array:
    """Return ``value`` as a floating array: unchanged where it is one, else cast to ``dtype``.

    Integers and booleans are cast to float64, so that nothing wraps around. With ``dtype`` the
    result has exactly that type. Raises as `real_array` does.

    >>> float_array("demo", [1, 2])
    array([1., 2.])
    """
    if type(value) is np.ndarray and value.dtype.kind == "f" and dtype in (None, value.dtype):
        return value  # what layers hand to each other is right already
    array = real_array(who, value)
    if dtype is None:
        dtype = array.dtype if array.dtype.kind == "f" else np.float64
    return array.astype(dtype, copy=False)


def last_axis(
    who: object, X: ArrayLike, n: int, dtype: DTypeLike | None = None, name: str = "n"
) -> Array:
    """Return ``X`` as a floating array of shape ``(m, ..., n)`` or raise ValueError.

    >>> last_axis("Dense(2, 1)", [[1, 2]], 2).shape
    (1, 2)
    """
    X = float_array(who, X, dtype)
    if X.ndim >= 2 and X.shape[-1] == n:
        return X
    advice = ""
    if X.shape == (n,):
        advice = "; one sample is x[None, :]"
    elif X.ndim > 2 and math.prod(X.shape[1:]) == n:
        advice = "; put Flatten() before it"
    elif X.ndim >= 2:
        advice = f"; for rows of {X.shape[-1]} numbers make it with {name}={X.shape[-1]}"
        if X.ndim == 2 and X.shape[0] == n:
            advice += "; if samples are the columns, pass X.T"
    raise ValueError(f"{who} expects input of shape (m, {n}), got {X.shape}{advice}")


def same_shape(who: object, first: str, a: Array, second: str, b: Array) -> None:
    """Raise ValueError unless ``a`` and ``b`` have the same shape; nothing is ever broadcast.

    >>> same_shape("demo", "a", np.zeros(2), "b", np.ones(2))
    """
    if a.shape == b.shape:
        return
    advice = "reshape one of them"
    if a.shape == (*b.shape, 1):
        advice = f"write y[{':, ' * b.ndim}None]"
    raise ValueError(
        f"{who} expects {first} and {second} of equal shape, got {a.shape} and {b.shape}; "
        f"{advice}, NumPy would broadcast them silently"
    )


def same_setting(value: Any, other: Any) -> bool:
    """Return whether two settings are equal: numbers, words, tuples or arrays, one of each perhaps.

    As objects, because NumPy 2.0.0 cannot compare a word with a number.

    >>> same_setting("same", 0), same_setting((1, 1), np.ones(2)), same_setting(1, (1, 1))
    (False, True, False)
    """
    return np.array_equal(np.asarray(value, object), np.asarray(other, object))


def positive_int(who: object, name: str, value: Any) -> int:
    """Return ``value`` as an int of at least 1.

    >>> positive_int("demo", "n_in", 3)
    3
    """
    return whole_number(who, name, value, 1)


def whole_number(who: object, name: str, value: Any, least: int) -> int:
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


def pair(who: object, name: str, value: Any, least: int = 1) -> tuple[int, int]:
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


def positive_number(who: object, name: str, value: Any) -> float:
    """Return ``value`` as a finite float above 0.

    >>> positive_number("demo", "learning_rate", 0.1)
    0.1
    """
    number = real_number(who, name, value)
    if not number > 0:
        raise ValueError(f"{who} expects {name} to be above 0, got {number}")
    return number


def real_number(who: object, name: str, value: Any) -> float:
    """Return ``value`` as a finite float.

    >>> real_number("demo", "slope", 0)
    0.0
    """
    if isinstance(value, (bool, np.bool_, str, bytes)) or not np.isscalar(value):
        raise TypeError(f"{who} expects {name} to be a number, got {value!r}")
    try:
        number = float(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{who} expects {name} to be a real number, got {value!r}") from None
    if not np.isfinite(number):
        raise ValueError(f"{who} expects {name} to be finite, got {number}")
    return number


def at_least_zero(who: object, name: str, value: Any) -> float:
    """Return ``value`` as a finite float of at least 0.

    >>> at_least_zero("demo", "weight_decay", 0)
    0.0
    """
    number = real_number(who, name, value)
    if number < 0:
        raise ValueError(f"{who} expects {name} to be at least 0, got {number}")
    return number


def generator(who: object, rng: Any) -> np.random.Generator:
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
        f"got {rng!r}; write rng=0 for results that can be repeated"
    )


def class_labels(who: object, targets: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Return the class of each prediction, from whole numbers or from one-hot rows.

    ``shape`` is that of the predictions, ``(m, C)`` or ``(m, ..., C)``; classes have one axis less.

    >>> class_labels("demo", [[0, 1], [1, 0]], (2, 2))
    array([1, 0])
    """
    array = np.asarray(targets)
    n_classes, positions = shape[-1], shape[:-1]
    if array.shape == shape:
        hot = float_array(who, array)
        if not (((hot == 0) | (hot == 1)).all() and (hot.sum(axis=-1) == 1).all()):
            raise ValueError(f"{who} expects one-hot rows, one 1 and else 0, got other numbers")
        return hot.argmax(axis=-1)
    if array.shape != positions:
        advice = "; y.ravel() is one column as a row" if array.shape == (*positions, 1) else ""
        raise ValueError(
            f"{who} expects classes of shape {positions}, or one-hot rows {shape}, "
            f"got {array.shape}{advice}"
        )
    if array.dtype.kind not in "iub":
        advice = "; y.astype(int) makes them so" if array.dtype.kind == "f" else ""
        raise TypeError(f"{who} expects classes as whole numbers, got {array.dtype}{advice}")
    if array.size and not (array.min() >= 0 and array.max() < n_classes):
        raise ValueError(
            f"{who} expects classes from 0 to {n_classes - 1}, got {array.min()} to {array.max()}"
        )
    return array.astype(np.intp)


def sample_weights(who: object, weights: ArrayLike, m: int) -> Array:
    """Return how much each of ``m`` samples counts, as new float64 numbers of which some are not 0.

    >>> sample_weights("demo", [1, 0], 2)
    array([1., 0.])
    """
    array = float_array(f"{who} sample_weight", weights).astype(np.float64)
    if array.shape != (m,):
        raise ValueError(
            f"{who} expects sample_weight of shape ({m},), got {array.shape}; class weights are "
            "w[y]"
        )
    finite(f"{who} sample_weight", array)
    if not (array.min() >= 0 and array.max() > 0):
        raise ValueError(
            f"{who} expects sample_weight of at least 0, some of them above it, got "
            f"{array.min():g} to {array.max():g}"
        )
    return array


def finite(who: object, array: NDArray[Any], what: str = "remove or replace these samples") -> None:
    """Raise ValueError naming the first entry that is infinite or not a number.

    >>> finite("demo", np.ones(3))
    """
    if array.dtype.kind != "f":
        return
    good = np.isfinite(array)
    if not good.all():
        index = np.unravel_index(np.argmin(good), array.shape)
        raise ValueError(
            f"{who} expects finite numbers, got {array[index]} at index "
            f"{[int(i) for i in index]} ({good.size - np.count_nonzero(good)} such entries); {what}"
        )


def float_type(who: object, dtype: DTypeLike) -> np.dtype:
    """Return ``dtype``, float32 or float64, the types that can learn.

    >>> float_type("demo", np.float32)
    dtype('float32')
    """
    if np.dtype(dtype) not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise ValueError(f"{who}.astype expects float32 or float64, got {np.dtype(dtype)}")
    return np.dtype(dtype)


def images(
    who: object, X: ArrayLike, channels: int | None = None, dtype: DTypeLike | None = None
) -> Array:
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


def renamed(**names: str) -> Callable[[F], F]:
    """Return a decorator that refuses keywords of other libraries, or former ones, and names ours.

    >>> @renamed(lr="learning_rate")
    ... def step(learning_rate): ...
    >>> step(lr=0.1)
    Traceback (most recent call last):
    TypeError: step() has no argument lr; write learning_rate
    """

    def decorate(function: F) -> F:
        @wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            for name in kwargs.keys() & names.keys():
                who = function.__qualname__.removesuffix(".__init__")
                raise TypeError(f"{who}() has no argument {name}; write {names[name]}")
            return function(*args, **kwargs)

        return checked  # type: ignore[return-value]

    return decorate


def hooks_are_written(cls: type, base: type, hooks: dict[str, str]) -> None:
    """Raise TypeError if a new class overrides a public method instead of the hook behind it.

    ``hooks`` names, for each public method of ``base``, where the mathematics goes.

    >>> hooks_are_written(int, object, {})
    """
    for public, hook in hooks.items():
        if public in vars(cls) and getattr(cls, hook) is getattr(base, hook):
            raise TypeError(
                f"{cls.__name__} overrides {public}, which checks and caches its input; "
                f"write {hook} instead, help(nnbook.{base.__name__}) shows how"
            )
