"""Convolution and pooling: windows that slide over images.

Images are ``(m, h, w, c)`` and filters ``(f_h, f_w, c_in, c_out)``: samples first, channels last,
height before width. What the field calls convolution is a correlation: no filter is flipped.

That is the shape. In memory the layers store their numbers the other way round, channels first
and samples last: what one weight of a filter meets is then w·m numbers side by side, and NumPy is
fast on long runs only. `Conv2D` copies images in any other order into this one; pooling reads them
as they are stored.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from .. import initializers
from ..validation import (
    Array,
    float_array,
    generator,
    images,
    pair,
    positive_int,
    renamed,
    whole_number,
)
from .base import Layer

Pair = tuple[int, int]
CHUNK = 256  # images that `Conv2D.predict` computes at a time
STRIP = 2**20  # numbers in the windows that are copied at a time, some megabytes


def conv_output_size(n: int, f: int, stride: int = 1, padding: int = 0) -> int:
    """Return the number of positions of a window: ``floor((n + 2p - f) / s) + 1``.

    From the Deep learning lecture notes, items N2-114 to N2-116; chapter 09 proves it.

    Parameters
    ----------
    n : int
        Pixels along one side of the image.
    f : int
        Pixels along that side of the filter.
    stride : int
        Pixels from one position to the next.
    padding : int
        Zeros added at each end.

    Raises
    ------
    TypeError
        If a number is not whole.
    ValueError
        If a number is too small, or the filter is larger than the padded image.

    Examples
    --------
    >>> conv_output_size(6, 3), conv_output_size(6, 3, padding=1), conv_output_size(44, 3, stride=4)
    (4, 6, 11)
    """
    who = "conv_output_size"
    n, f = positive_int(who, "n", n), positive_int(who, "f", f)
    s, p = positive_int(who, "stride", stride), whole_number(who, "padding", padding, 0)
    return _positions(who, n + 2 * p, f, s)


def correlate2d(
    image: ArrayLike,
    kernel: ArrayLike,
    stride: int | Pair = 1,
    padding: int | Pair | str = 0,
) -> Array:
    """Slide ``kernel`` over ``image``: ``Y[i, j] = Σ_u Σ_v X[i s + u, j s + v] K[u, v]``.

    From the Deep learning lecture notes, item N2-105.

    Parameters
    ----------
    image : array (h, w)
    kernel : array (f_h, f_w)
    stride : int or (int, int)
        Step down and to the right.
    padding : int, (int, int) or "same"
        Rows of zeros above and below, columns of zeros left and right; "same" keeps the size.

    Returns
    -------
    array (h_out, w_out)

    Raises
    ------
    TypeError, ValueError
        If an array is not a table of numbers, or the kernel is larger than the padded image.

    Examples
    --------
    >>> correlate2d([[1, 2, 3], [4, 5, 6]], [[1, 0, -1]])
    array([[-2.],
           [-2.]])
    """
    who = "correlate2d"
    X, K = float_array(f"{who} image", image), float_array(f"{who} kernel", kernel)
    for name, table in (("image", X), ("kernel", K)):
        if table.ndim != 2 or table.size == 0:
            raise ValueError(f"{who} expects {name} to be a table (h, w), got shape {table.shape}")
    s = pair(who, "stride", stride)
    X = np.pad(X, _borders(who, padding, K.shape, s))
    _output_size(who, X.shape, K.shape, s)
    windows = sliding_window_view(X, K.shape)[:: s[0], :: s[1]]
    return np.tensordot(windows, K, axes=2)


class Conv2D(Layer):
    """Two-dimensional convolution: filters that slide over images, each over all channels.

    ``Y[s, i, j, k] = b[k] + Σ_u Σ_v Σ_c X[s, i s_h + u, j s_w + v, c] W[u, v, c, k]``, X padded.

    Backward, with the windows as rows of a matrix ``P`` (im2col): ``dW = Pᵀ dY``, ``db = Σ dY``;
    and for each (u, v) in the filter, ``dY W[u, v]ᵀ`` is added to the pixels that W[u, v] has met.

    Shape: input ``(m, h, w, c_in)``, output ``(m, h_out, w_out, c_out)``, sizes by
    :func:`conv_output_size`.

    From the Deep learning lecture notes, items N2-118 to N2-128.

    Parameters
    ----------
    c_in, c_out : int
        Channels of the images, and number of filters, at least 1.
    filter_size : int or (int, int)
        Height and width of a filter.
    rng : numpy.random.Generator or int
        Source of the initial weights.
    stride : int or (int, int)
        Step down and to the right.
    padding : int, (int, int) or "same"
        Rows of zeros above and below, columns of zeros left and right; "same", with stride 1,
        keeps the size of the image.
    weight_init, bias_init : initializer
        How ``W`` and ``b`` are initialised, see :mod:`nnbook.initializers`.

    Attributes
    ----------
    parameters : dict
        ``"W"`` of shape ``(f_h, f_w, c_in, c_out)`` and ``"b"`` of shape ``(c_out,)``; float64
        until `astype`.

    Raises
    ------
    TypeError
        If ``rng`` is missing or a number is not whole.
    ValueError
        If a number is too small, "same" meets a stride, the images have another number of
        channels or are smaller than the filter.

    Examples
    --------
    >>> layer = Conv2D(1, 1, 2, rng=0)
    >>> layer.parameters["W"][:, :, 0, 0] = [[1, -1], [1, -1]]
    >>> image = np.array([[0, 150, 150, 0], [0, 150, 150, 0]])
    >>> layer.forward(image[None, :, :, None])[0, :, :, 0]
    array([[-300.,    0.,  300.]])
    >>> layer.backward(np.ones((1, 1, 3, 1)))[0, :, :, 0]
    array([[ 1.,  0.,  0., -1.],
           [ 1.,  0.,  0., -1.]])
    """

    index_equations = (
        "dW[u, v, c, k] = Σ_s Σ_i Σ_j X[s, i s_h + u, j s_w + v, c] dY[s, i, j, k]",
        "db[k]          = Σ_s Σ_i Σ_j dY[s, i, j, k]",
        "dX[s, i s_h + u, j s_w + v, c] gets Σ_k dY[s, i, j, k] W[u, v, c, k] for each (u, v)",
    )

    settings = ("c_in", "c_out", "filter_size", "stride", "padding")

    @renamed(**initializers.FORMER_NAMES)
    def __init__(
        self,
        c_in: int,
        c_out: int,
        filter_size: int | Pair,
        *,
        rng: np.random.Generator | int | None = None,
        stride: int | Pair = 1,
        padding: int | Pair | str = 0,
        weight_init: initializers.Initializer = initializers.he_normal,
        bias_init: initializers.Initializer = initializers.zeros,
    ) -> None:
        super().__init__()
        self.c_in = positive_int("Conv2D", "c_in", c_in)
        self.c_out = positive_int("Conv2D", "c_out", c_out)
        self.filter_size = pair("Conv2D", "filter_size", filter_size)
        self.stride = pair("Conv2D", "stride", stride)
        self._borders = _borders("Conv2D", padding, self.filter_size, self.stride)
        self.padding = (
            padding if isinstance(padding, str) else pair("Conv2D", "padding", padding, 0)
        )
        rng = generator(self, rng)
        W, b = (*self.filter_size, self.c_in, self.c_out), (self.c_out,)
        self.parameters = {
            "W": initializers.initialize(self, "weight_init", weight_init, W, rng),
            "b": initializers.initialize(self, "bias_init", bias_init, b, rng),
        }
        self.gradients = {name: np.zeros_like(p) for name, p in self.parameters.items()}
        self._window = self.c_in * math.prod(self.filter_size)  # numbers in one

    def predict(self, X: ArrayLike) -> Array:
        """Return the output for ``X``, computed some images at a time to spare memory."""
        X = self._check_input(X)
        starts = range(0, max(len(X), 1), CHUNK)  # no image at all still has an output shape
        return np.concatenate([self._convolve(X[i : i + CHUNK])[0] for i in starts])

    def multiply_adds(self, output_shape: tuple[int, ...]) -> int:
        """Return the multiply–accumulates of one image: a window for each number of the output."""
        return math.prod(output_shape) * self._window

    def _forward(self, X: Array) -> Array:
        Y, self._X = self._convolve(X)
        return Y

    def _assign_gradients(self, grad: Array) -> None:
        dY = _channels_first(grad)
        dWb = np.zeros((self._window + 1, self.c_out), dY.dtype)
        for rows, PT in self._windows(self._X, dY.shape):
            dWb += PT @ _flat(dY[:, rows]).T
        self.gradients["W"] = dWb[:-1].reshape(self.parameters["W"].shape)
        self.gradients["b"] = dWb[-1]

    def _input_gradient(self, grad: Array) -> Array:
        dY, dX = _channels_first(grad), np.zeros_like(self._X, grad.dtype)
        W = self.parameters["W"].reshape(-1, self.c_out)
        for rows in self._strips(dY.shape):
            dPT = W @ _flat(dY[:, rows])
            for part, met in self._parts(dPT, rows, dY.shape):
                dX[met] += part
        return _samples_first(self._inside(dX))

    def _convolve(self, X: Array) -> tuple[Array, Array]:
        """Return the output, and the images with their borders, channels first."""
        W, b = self.parameters["W"], self.parameters["b"]
        Wb = np.vstack([W.reshape(-1, self.c_out), b])
        X = self._padded(_channels_first(X))
        out = _output_size(self, X.shape[1:3], self.filter_size, self.stride)
        Y = np.empty((self.c_out, *out, X.shape[-1]), X.dtype)
        for rows, PT in self._windows(X, Y.shape):
            np.matmul(Wb.T, PT, out=_flat(Y[:, rows]))
        return _samples_first(Y), X

    def _windows(self, X: Array, out: tuple[int, ...]) -> Iterator[tuple[slice, Array]]:
        """Yield rows of the output, and a matrix: the window of each of their pixels in a column.

        Its last row is 1s, for the bias.
        """
        PT: Any = None
        for rows in self._strips(out):
            shape = self._window + 1, (rows.stop - rows.start) * out[2] * out[3]
            if PT is None or PT.shape != shape:
                PT = np.empty(shape, X.dtype)
                PT[-1] = 1
            for part, met in self._parts(PT[:-1], rows, out):
                part[...] = X[met]
            yield rows, PT

    def _strips(self, out: tuple[int, ...]) -> list[slice]:
        """Return the rows of the output (c, h, w, m), as many at a time as STRIP allows."""
        _, h, w, m = out
        n = max(1, STRIP // max(1, self._window * w * m))  # some; an empty batch has none
        return [slice(i, min(i + n, h)) for i in range(0, h, n)]

    def _parts(
        self, PT: Array, rows: slice, out: tuple[int, ...]
    ) -> Iterator[tuple[Array, tuple[slice, ...]]]:
        """Yield for each weight of the filter its part of ``PT``, and the pixels it meets."""
        top, n = rows.start * self.stride[0], rows.stop - rows.start
        parts = PT.reshape(*self.filter_size, self.c_in, n, *out[2:])
        for u, v in np.ndindex(self.filter_size):
            yield parts[u, v], _met(top + u, v, (n, out[2]), self.stride)

    def _padded(self, X: Array) -> Array:
        """Return the images (c, h, w, m) with their borders of zeros."""
        if not any(map(any, self._borders)):
            return np.ascontiguousarray(X)
        (top, bottom), (left, right) = self._borders
        c, h, w, m = X.shape
        wide = np.zeros((c, top + h + bottom, left + w + right, m), X.dtype)
        self._inside(wide)[...] = X
        return wide

    def _inside(self, X: Array) -> Array:
        """Return what lies between the borders, a view."""
        (top, bottom), (left, right) = self._borders
        return X[:, top : X.shape[1] - bottom, left : X.shape[2] - right]

    def _check_input(self, X: ArrayLike) -> Array:
        return images(self, X, self.c_in, self.parameters["W"].dtype)

    def __repr__(self) -> str:
        options = f", stride={_short(self.stride)}" if self.stride != (1, 1) else ""
        if self.padding != (0, 0):
            options += f", padding={_short(self.padding)!r}"
        return f"Conv2D({self.c_in}, {self.c_out}, {_short(self.filter_size)}{options})"


class Pool2D(Layer):
    """What both kinds of pooling share: a window that slides over each channel by itself.

    Rows and columns at the end that no window reaches are not read, and get a gradient of 0.
    """

    settings = ("size", "stride")

    def __init__(self, size: int | Pair, stride: int | Pair | None = None) -> None:
        super().__init__()
        who = type(self).__name__
        self.size = pair(who, "size", size)
        self.stride = self.size if stride is None else pair(who, "stride", stride)
        self._overlapping = self.stride[0] < self.size[0] or self.stride[1] < self.size[1]

    def _parts(self, X: Array) -> list[Array]:
        """Return, for each (u, v) in the window, what all windows have there: views of X."""
        out = _output_size(self, X.shape[1:3], self.size, self.stride)
        return [X[_met(u, v, out, self.stride)] for u, v in np.ndindex(self.size)]

    def _check_input(self, X: ArrayLike) -> Array:
        return images(self, X)

    def __repr__(self) -> str:
        stride = f", stride={_short(self.stride)}" if self.stride != self.size else ""
        return f"{type(self).__name__}({_short(self.size)}{stride})"


class MaxPool2D(Pool2D):
    """The largest number of each window: ``Y[s, i, j, c] = max over the window of X[..., c]``.

    Backward: ``dY`` goes to the largest pixel; of equal ones to the first, row by row.

    Shape: input ``(m, h, w, c)``, output ``(m, h_out, w_out, c)``, sizes by
    :func:`conv_output_size`. From the Deep learning lecture notes, items N2-133 and N2-135.

    Parameters
    ----------
    size : int or (int, int)
        Height and width of the window.
    stride : int or (int, int), optional
        Step down and to the right; the size of the window if not given.

    Raises
    ------
    ValueError
        If a number is below 1, or the images are smaller than the window.

    Examples
    --------
    >>> layer = MaxPool2D(2)
    >>> X = np.array([[1.0, 3.0], [9.0, 9.0]])[None, :, :, None]
    >>> layer.forward(X).item()
    9.0
    >>> layer.backward([[[[5.0]]]])[0, :, :, 0]
    array([[0., 0.],
           [5., 0.]])
    """

    index_equations = ("dX of the first largest pixel of window (i, j) gets dY[s, i, j, c]",)

    def _forward(self, X: Array) -> Array:
        first, *others = self._parts(X)
        Y = first.copy("K")
        for part in others:
            np.maximum(Y, part, out=Y)
        self._X, self._Y = X, Y
        return Y

    def _input_gradient(self, grad: Array) -> Array:
        dX = np.zeros_like(self._X, dtype=grad.dtype)
        undecided = np.ones_like(self._Y, bool)
        for part, dpart in zip(self._parts(self._X), self._parts(dX), strict=True):
            won = part == self._Y
            won &= undecided
            undecided ^= won
            if self._overlapping:
                dpart += grad * won
            else:
                np.multiply(grad, won, out=dpart)  # spares the sum with zeros
        return dX


class AvgPool2D(Pool2D):
    """The mean of each window: ``Y[s, i, j, c] = mean over the window of X[..., c]``.

    Backward: every pixel of the window gets ``dY / (number of pixels in the window)``.

    Shape: input ``(m, h, w, c)``, output ``(m, h_out, w_out, c)``, sizes by
    :func:`conv_output_size`. From the Deep learning lecture notes, item N2-134.

    Parameters
    ----------
    size : int or (int, int)
        Height and width of the window.
    stride : int or (int, int), optional
        Step down and to the right; the size of the window if not given.

    Raises
    ------
    ValueError
        If a number is below 1, or the images are smaller than the window.

    Examples
    --------
    >>> layer = AvgPool2D(2)
    >>> layer.forward(np.array([[1.0, 3.0], [9.0, 9.0]])[None, :, :, None]).item()
    5.5
    >>> layer.backward([[[[4.0]]]])[0, :, :, 0]
    array([[1., 1.],
           [1., 1.]])
    """

    index_equations = ("dX of every pixel of window (i, j) gets dY[s, i, j, c] / (f_h f_w)",)

    def _forward(self, X: Array) -> Array:
        self._X = X
        first, *others = self._parts(X)
        Y = first.copy("K")
        for part in others:
            Y += part
        Y /= len(others) + 1
        return Y

    def _input_gradient(self, grad: Array) -> Array:
        dX = np.zeros_like(self._X, grad.dtype)
        dpixel = grad / (self.size[0] * self.size[1])
        for part in self._parts(dX):
            part += dpixel
        return dX


def _positions(who: object, n: int, f: int, s: int) -> int:
    """Return at how many positions a window of ``f`` fits on ``n`` pixels, ``s`` apart."""
    if n < f:
        raise ValueError(
            f"{who} expects at least {f} pixels a side, padding included, got {n}; "
            "take a smaller window or more padding"
        )
    return (n - f) // s + 1


def _output_size(who: object, n: tuple[int, ...], f: Pair, s: Pair) -> Pair:
    return _positions(who, n[0], f[0], s[0]), _positions(who, n[1], f[1], s[1])


def _channels_first(X: Array) -> Array:
    """Return (m, h, w, c) as (c, h, w, m), a view."""
    return X.transpose(3, 1, 2, 0)


_samples_first = _channels_first  # its own inverse


def _flat(X: Array) -> Array:
    """Return (c, h, w, m) as a matrix with a row for each channel; a view if m lies innermost."""
    return X.reshape(len(X), -1)


def _met(u: int, v: int, out: Sequence[int], stride: Pair) -> tuple[slice, slice, slice]:
    """Return the pixels that (u, v) of a window meets while it slides over a batch."""
    rows = slice(u, u + (out[0] - 1) * stride[0] + 1, stride[0])
    columns = slice(v, v + (out[1] - 1) * stride[1] + 1, stride[1])
    return slice(None), rows, columns


def _borders(who: str, padding: int | Pair | str, f: Pair, s: Pair) -> tuple[Pair, Pair]:
    """Return the zeros (above, below) and (left, right); an odd one goes below or right."""
    if isinstance(padding, str):
        if padding != "same":
            raise ValueError(f'{who} expects padding to be a number or "same", got {padding!r}')
        if s != (1, 1):
            raise ValueError(
                f'{who} expects stride 1 with padding="same", got stride {_short(s)}; '
                "give the padding in numbers"
            )
        return ((f[0] - 1) // 2, f[0] // 2), ((f[1] - 1) // 2, f[1] // 2)
    p = pair(who, "padding", padding, least=0)
    return (p[0], p[0]), (p[1], p[1])


def _short(value: Pair | str) -> int | Pair | str:
    """Return (3, 3) as 3."""
    return value[0] if value[0] == value[-1] and not isinstance(value, str) else value
