"""The network: layers in a row, ``y = network(x, w)``, a composition of functions."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import ArrayLike

from .layers import Layer
from .validation import Array, float_array, positive_int


class Sequential:
    """Layers in a row; the output of one is the input of the next.

    ``forward`` composes the layers, ``backward`` is the chain rule, read from the last layer to
    the first. From the Layer notes, items N0-01, N0-02 and N0-05.

    Parameters
    ----------
    *layers : Layer
        At least one; the first sees the data. No layer object may appear twice.

    Raises
    ------
    TypeError
        If something is not a layer.
    ValueError
        If there is no layer or one appears twice.

    Examples
    --------
    >>> from nnbook import Dense, Sigmoid
    >>> rng = np.random.default_rng(0)
    >>> network = Sequential(Dense(2, 3, rng=rng), Sigmoid(), Dense(3, 1, rng=rng))
    >>> network
    Sequential, 13 parameters
      0  Dense(2, 3)  9
      1  Sigmoid()    0
      2  Dense(3, 1)  4
    >>> network.forward([[0.0, 1.0]]).shape
    (1, 1)
    """

    def __init__(self, *layers: Layer) -> None:
        if not layers:
            raise ValueError("Sequential expects at least one layer, got none")
        for i, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                raise TypeError(
                    f"Sequential expects layers, got {type(layer).__name__} at position {i}; "
                    "write Sequential(first, second, ...), without a list"
                )
            if any(layer is earlier for earlier in layers[:i]):
                raise ValueError(
                    f"Sequential expects every layer once, got the same {layer} object again at "
                    f"position {i}; make a second one"
                )
        self.layers = layers

    def forward(self, X: ArrayLike) -> Array:
        """Return the output for the batch ``X``, samples in the rows."""
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def backward(self, grad: ArrayLike, *, input_gradient: bool = False) -> Array | None:
        """Take dJ/d(output) of the latest `forward` and assign every parameter's gradient.

        With ``input_gradient=True`` dJ/dX is computed too and returned; training never needs it.
        """
        first, *others = self.layers
        for layer in reversed(others):
            grad = layer.backward(grad)
        if input_gradient:
            return first.backward(grad)
        first.assign_gradients(grad)
        return None

    def parameters(self) -> list[Array]:
        """Return all parameters, first layer first: the arrays themselves, not copies."""
        return [p for layer in self.layers for p in layer.parameters.values()]

    def gradients(self) -> list[Array]:
        """Return the gradients of the latest `backward`, in the order of `parameters`."""
        return [g for layer in self.layers for g in layer.gradients.values()]

    def astype(self, dtype: np.dtype | type) -> Sequential:
        """Cast every parameter to ``dtype``, float32 or float64, and return the network itself."""
        if np.dtype(dtype) not in (np.dtype(np.float32), np.dtype(np.float64)):
            raise ValueError(f"Sequential.astype expects float32 or float64, got {np.dtype(dtype)}")
        for layer in self.layers:
            layer.astype(dtype)
        return self

    def predict(self, X: ArrayLike, batch_size: int | None = None) -> Array:
        """Return the output for ``X``; with ``batch_size``, computed so many samples at a time.

        >>> from nnbook import Dense
        >>> Sequential(Dense(2, 1, rng=0)).predict(np.zeros((5, 2)), batch_size=2).shape
        (5, 1)
        """
        X = float_array("Sequential.predict", X)
        if batch_size is None:
            return self.forward(X)
        size = positive_int("Sequential.predict", "batch_size", batch_size)
        starts = range(0, max(len(X), 1), size)  # an empty X still has an output shape
        return np.concatenate([self.forward(X[i : i + size]) for i in starts])

    def _rows(self) -> list[tuple[str, str, str]]:
        counts = [sum(p.size for p in layer.parameters.values()) for layer in self.layers]
        return [
            (str(i), str(layer), f"{n:,}")
            for i, (layer, n) in enumerate(zip(self.layers, counts, strict=True))
        ]

    def _title(self) -> str:
        return f"Sequential, {sum(p.size for p in self.parameters()):,} parameters"

    def __repr__(self) -> str:
        rows = self._rows()
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        lines = [
            f"  {i:>{widths[0]}}  {layer:<{widths[1]}}  {n:>{widths[2]}}" for i, layer, n in rows
        ]
        return "\n".join([self._title(), *lines])

    def _repr_html_(self) -> str:
        head = "<tr><th></th><th>layer</th><th>parameters</th></tr>"
        body = "".join(
            f"<tr><td>{i}</td><td><code>{escape(layer)}</code></td><td>{n}</td></tr>"
            for i, layer, n in self._rows()
        )
        return f"<table><caption>{self._title()}</caption>{head}{body}</table>"
