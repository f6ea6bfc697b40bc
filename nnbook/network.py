"""The network: layers in a row, ``y = network(x, w)``, a composition of functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from . import training
from .errors import ModelFileError
from .layers import Layer, back, in_a_row, named_layers, twin_of, walk, without_trace
from .losses import Loss
from .training import Metric
from .validation import Array, float_type, positive_int, real_array

if TYPE_CHECKING:
    from .ledger import Summary, Trace
    from .storage import PathLike


class Sequential:
    """Layers in a row; the output of one is the input of the next.

    ``forward`` composes the layers, ``backward`` is the chain rule, read from the last layer to
    the first. A network may stand among the layers of another. ``network[0]`` is the first layer,
    ``network[:2]`` the network of the first two, with the same parameters. From the Layer notes,
    items N0-01, N0-02 and N0-05.

    Parameters
    ----------
    *layers : Layer or Sequential
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

    settings = ("layers",)

    def __init__(self, *layers: Layer | Sequential) -> None:
        self.layers = in_a_row("Sequential", layers)

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.layers)

    def __getitem__(self, index: int | slice) -> Any:
        return Sequential(*self.layers[index]) if isinstance(index, slice) else self.layers[index]

    def forward(self, X: ArrayLike) -> Array:
        """Return the output for the batch ``X``, samples in the rows."""
        Y: Any = X
        for layer in self.layers:
            Y = layer.forward(Y)
        return Y

    def backward(self, grad: ArrayLike, *, input_gradient: bool = False) -> Array | None:
        """Take dJ/d(output) of the latest `forward` and assign every parameter's gradient.

        With ``input_gradient=True`` dJ/dX is computed too and returned; training never needs it.
        """
        first, *others = self.layers
        for layer in reversed(others):
            grad = back(layer, grad)
        if input_gradient:
            return back(first, grad)
        if isinstance(first, Sequential):
            first.backward(grad)
        else:
            first.assign_gradients(grad)
        return None

    def parameters(self) -> list[Array]:
        """Return all parameters, first layer first: the arrays themselves, not copies."""
        return [p for layer in walk(self.layers) for p in layer.parameters.values()]

    def gradients(self) -> list[Array]:
        """Return the gradients of the latest `backward`, in the order of `parameters`.

        They belong together by name; before the first `backward` they are 0.
        """
        return [
            layer.gradients[name] if name in layer.gradients else np.zeros_like(p)
            for layer in walk(self.layers)
            for name, p in layer.parameters.items()
        ]

    def named_parameters(self) -> dict[str, Array]:
        """Return all parameters by place and name: ``"0.W"`` is the first layer's W.

        ``"2.0.W"`` is the W of the first layer inside the third.
        """
        return {
            f"{place}.{name}": p
            for place, layer in named_layers(self.layers)
            for name, p in layer.parameters.items()
        }

    def astype(self, dtype: DTypeLike) -> Sequential:
        """Cast every parameter to ``dtype``, float32 or float64, and return the network itself."""
        dtype = float_type("Sequential", dtype)
        for layer in self.layers:
            layer.astype(dtype)
        return self

    @property
    def dtype(self) -> np.dtype:
        """The type of the parameters, in which the network computes."""
        return next((p.dtype for p in self.parameters()), np.dtype(np.float64))

    def predict(self, X: ArrayLike, batch_size: int | None = None) -> Array:
        """Return the output for ``X``; with ``batch_size``, computed so many samples at a time.

        Nothing is remembered: a `backward` still answers the latest `forward`.

        >>> from nnbook import Dense
        >>> Sequential(Dense(2, 1, rng=0)).predict(np.zeros((5, 2)), batch_size=2).shape
        (5, 1)
        """
        X = real_array("Sequential.predict", X)
        if batch_size is None:
            return self._answer(X)
        size = positive_int("Sequential.predict", "batch_size", batch_size)
        starts = range(0, max(len(X), 1), size)  # an empty X still has an output shape
        return np.concatenate([self._answer(X[i : i + size]) for i in starts])

    def _answer(self, X: np.ndarray) -> Array:
        X = X.astype(self.dtype, copy=False)
        for layer in self.layers:
            X = without_trace(layer).forward(X)
        return X

    fit = training.fit
    epochs = training.epochs

    def evaluate(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        loss: Loss,
        metrics: Iterable[Metric] | Mapping[str, Metric] = (),
    ) -> dict[str, float]:
        """Return the loss and the metrics on ``X`` and ``y``, by name; nothing is learnt.

        ``metrics`` as in `fit`; the predictions are computed some samples at a time.

        >>> from nnbook import Dense, MeanSquaredError
        >>> network = Sequential(Dense(1, 1, rng=0))
        >>> list(network.evaluate([[1.0]], [[2.0]], loss=MeanSquaredError()))
        ['loss']
        """
        functions = training.named_metrics("evaluate", metrics)
        training.check_loss("evaluate", loss)
        X, y = training.check_data("evaluate", X, y)
        return training.measure(self, X, y, loss, functions)

    def save(self, path: PathLike) -> None:
        """Write the network to one file, which :func:`nnbook.load` reads.

        The file is replaced in one step: whatever happens, it holds the old network or the new one.
        The first weights' initializers and the seeds are not kept.

        Raises
        ------
        TypeError
            If a layer of your own does not say how to make it again; see :class:`nnbook.Layer`.
        OSError
            If the file cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> from nnbook import Dense, load
        >>> network = Sequential(Dense(2, 1, rng=0))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     network.save(folder + "/network.npz")
        ...     again = load(folder + "/network.npz")
        >>> np.array_equal(again.predict([[1.0, 2.0]]), network.predict([[1.0, 2.0]]))
        True
        """
        from . import blueprint, storage

        description = {"layers": [blueprint.describe(layer) for layer in self.layers]}
        storage.write(path, description, blueprint.arrays_of(self.layers))

    def summary(self, input_shape: Sequence[int]) -> Summary:
        """Return the table of layers, output shapes, parameters and multiply-adds.

        ``input_shape`` is that of one sample, without the batch axis: ``(2,)`` or ``(28, 28, 1)``.

        >>> from nnbook import Dense
        >>> Sequential(Dense(2, 3, rng=0), Dense(3, 1, rng=0)).summary((2,))
        layer           output  parameters  multiply-adds
        0  Dense(2, 3)  (m, 3)           9              6
        1  Dense(3, 1)  (m, 1)           4              3
        total                           13              9
        """
        from .ledger import Summary

        twin = without_trace(twin_of(self))
        one = (1, *(positive_int("summary", "input_shape", n) for n in input_shape))
        twin.forward(np.zeros(one, like=next(iter(self.parameters()), None)))
        places, layers = zip(*named_layers(twin.layers), strict=True)
        rows = []
        for layer in layers:
            shape = (layer._output_shape or ())[1:]
            parameters = sum(p.size for p in layer.parameters.values())
            rows.append((str(layer), shape, parameters, layer.multiply_adds(shape)))
        return Summary(tuple(rows), places)

    def trace(self, X: ArrayLike) -> Trace:
        """Return the shape ledger of a forward and a backward pass of ``X``.

        For each layer: the shapes forward and backward, those of the parameters and their
        gradients, and the index equations that force each transpose. The network is unchanged.

        >>> from nnbook import Dense
        >>> Sequential(Dense(2, 3, rng=0)).trace([[1.0, 2.0]])
        layer            forward  X → Y    backward  dY → dX   parameters, gradients
        0  Dense(2, 3)   (1, 2) → (1, 3)   (1, 3) → (1, 2)     W (2, 3), b (3,)
             dW[i, j] = Σ_s X[s, i] dY[s, j]   so dW = Xᵀ dY
             db[j]    = Σ_s dY[s, j]
             dX[s, i] = Σ_j dY[s, j] W[i, j]   so dX = dY Wᵀ
        """
        from .ledger import LayerTrace, Trace

        twin = twin_of(self)
        twin.backward(np.ones_like(twin.forward(X)), input_gradient=True)
        return Trace(
            tuple(
                LayerTrace(
                    str(layer),
                    (layer._input_shape or (), layer._output_shape or ()),
                    (
                        layer._output_shape or (),
                        layer._input_shape or (),
                    ),  # as backward has checked
                    {name: layer.gradients[name].shape for name in layer.parameters},
                    layer.index_equations,
                    place,
                )
                for place, layer in named_layers(twin.layers)
            )
        )

    def _rows(self) -> list[tuple[str, str, str]]:
        return [
            (place, str(layer), f"{sum(p.size for p in layer.parameters.values()):,}")
            for place, layer in named_layers(self.layers)
        ]

    def _title(self) -> str:
        return f"Sequential, {sum(p.size for p in self.parameters()):,} parameters"

    def __repr__(self) -> str:
        from .ledger import table

        return "\n  ".join([self._title(), *table(self._rows(), "><>")])

    def _repr_html_(self) -> str:
        from html import escape

        head = "<tr><th></th><th>layer</th><th>parameters</th></tr>"
        body = "".join(
            f"<tr><td>{place}</td><td><code>{escape(layer)}</code></td><td>{n}</td></tr>"
            for place, layer, n in self._rows()
        )
        return f"<table><caption>{self._title()}</caption>{head}{body}</table>"


def load(path: PathLike, layers: Iterable[type[Layer]] = ()) -> Sequential:
    """Return the network that `Sequential.save`, or `fit` with a checkpoint, wrote to ``path``.

    Parameters
    ----------
    path : path
    layers : classes, optional
        The layers in it that are not nnbook's: ``layers=[MyNorm]``.

    Raises
    ------
    ModelFileError
        If the file is damaged, was not written by nnbook, or holds a layer that is not known.
    FileNotFoundError
        If there is no such file.
    TypeError
        If ``layers`` are not classes.

    Examples
    --------
    >>> import tempfile
    >>> from nnbook import Dense, ReLU
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Sequential(Dense(2, 1, rng=0), ReLU()).save(folder + "/network.npz")
    ...     load(folder + "/network.npz")
    Sequential, 3 parameters
      0  Dense(2, 1)  3
      1  ReLU()       0
    """
    from . import blueprint, storage

    own = [layers] if isinstance(layers, type) else list(layers)
    if not all(isinstance(kind, type) and issubclass(kind, Layer | Sequential) for kind in own):
        raise TypeError(
            f"load expects layers to be a list of classes, layers=[MyNorm], got {layers}"
        )
    kinds = {"Sequential": Sequential, **blueprint.KINDS, **{kind.__name__: kind for kind in own}}
    description, arrays = storage.read(path)
    try:
        return Sequential(*blueprint.build(description["layers"], arrays, kinds))
    except Exception as error:  # a forged description can fail in any way
        raise ModelFileError(f"{path} does not describe a network of nnbook: {error}") from error
