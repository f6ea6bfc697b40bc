"""The network: layers in a row, ``y = network(x, w)``, a composition of functions."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import storage, training
from .activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from .convolution import AvgPool2D, Conv2D, MaxPool2D
from .errors import ModelFileError
from .layers import Dense, Dropout, Flatten, Layer
from .losses import Loss
from .optimizers import Optimizer
from .training import History, Metric
from .validation import Array, float_array, positive_int

# what a model file may hold
KINDS: dict[str, type[Layer]] = {
    kind.__name__: kind
    for kind in (
        AvgPool2D,
        Conv2D,
        Dense,
        Dropout,
        Flatten,
        LeakyReLU,
        MaxPool2D,
        ReLU,
        Sigmoid,
        Softmax,
        Tanh,
    )
}


@dataclass(frozen=True)
class LayerTrace:
    """The shapes that pass through one layer."""

    layer: str
    forward: tuple[tuple[int, ...], tuple[int, ...]]  # of X and Y
    backward: tuple[tuple[int, ...], tuple[int, ...]]  # of dY and dX
    parameters: dict[str, tuple[int, ...]]  # gradients have the same
    equations: tuple[str, ...]


@dataclass(frozen=True)
class Trace:
    """The shape ledger of a network: a `LayerTrace` for each layer, shown as a table."""

    layers: tuple[LayerTrace, ...]

    def __repr__(self) -> str:
        head = ("layer", "forward  X → Y", "backward  dY → dX", "parameters, gradients")
        rows = [
            (
                f"{i}  {t.layer}",
                f"{t.forward[0]} → {t.forward[1]}",
                f"{t.backward[0]} → {t.backward[1]}",
                ", ".join(f"{name} {shape}" for name, shape in t.parameters.items()),
            )
            for i, t in enumerate(self.layers)
        ]
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        lines = []
        for row, equations in zip(
            (head, *rows), ((), *(t.equations for t in self.layers)), strict=True
        ):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            lines += ["   ".join(cells).rstrip(), *(f"     {line}" for line in equations)]
        return "\n".join(lines)


@dataclass(frozen=True)
class Summary:
    """Layer, output shape, parameters and multiply-adds of one sample, shown as a table."""

    rows: tuple[tuple[str, tuple[int, ...], int, int], ...]

    @property
    def parameters(self) -> int:
        """The number of all parameters."""
        return sum(count for _, _, count, _ in self.rows)

    @property
    def multiply_adds(self) -> int:
        """The number of products that are summed up to answer one sample."""
        return sum(count for *_, count in self.rows)

    def __repr__(self) -> str:
        table = [("layer", "output", "parameters", "multiply-adds")]
        for i, (layer, shape, parameters, products) in enumerate(self.rows):
            inner = "".join(f", {n}" for n in shape) or ","
            table.append((f"{i}  {layer}", f"(m{inner})", f"{parameters:,}", f"{products:,}"))
        table.append(("total", "", f"{self.parameters:,}", f"{self.multiply_adds:,}"))
        a, b, c, d = (max(map(len, column)) for column in zip(*table, strict=True))
        return "\n".join(f"{w:<{a}}  {x:<{b}}  {y:>{c}}  {z:>{d}}" for w, x, y, z in table)


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
            return self._predict(X)
        size = positive_int("Sequential.predict", "batch_size", batch_size)
        starts = range(0, max(len(X), 1), size)  # an empty X still has an output shape
        return np.concatenate([self._predict(X[i : i + size]) for i in starts])

    def _predict(self, X: Array) -> Array:
        for layer in self.layers:
            X = layer.predict(X)
        return X

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        loss: Loss,
        optimizer: Optimizer,
        epochs: int,
        batch_size: int | None = None,
        validation: tuple[ArrayLike, ArrayLike] | None = None,
        metrics: Sequence[Metric] = (),
        rng: np.random.Generator | int | None = None,
        progress: bool | str = "auto",
        checkpoint: storage.PathLike | None = None,
        threads: int = 1,
    ) -> History:
        """Train on ``X`` and ``y``: forward, loss, backward, step, for every batch of every epoch.

        Every epoch meets every sample exactly once, in a new order if there are several batches;
        the last one may be shorter and counts for as many samples as it has. From the Layer
        notes, item N0-01.

        Parameters
        ----------
        X, y : array (m, ...)
            Samples in the rows, and what the loss wants as targets.
        loss, optimizer
            What to minimise, and how to step.
        epochs : int
            How many times to go through the data.
        batch_size : int, optional
            Samples for each step; all of them if not given.
        validation : (X, y), optional
            Data to be priced after every epoch, never trained on.
        metrics : sequence of functions (predictions, targets) -> float
            Recorded after every epoch, on the validation data if there are any.
        rng : numpy.random.Generator or int
            Source of the order; needed if there are several batches.
        progress : bool or "auto"
            A progress bar: always, never, or once training has taken three seconds; "auto" shows
            none where the environment variable NNBOOK_PROGRESS is "never".
        checkpoint : path, optional
            A file that holds the whole state of training after every epoch. If it is there already,
            training goes on from it, and ends bit for bit as if it had never stopped. `load` reads
            it too.
        threads : int
            In how many parts each batch is worked on at the same time. The result is the same for
            the same number; another number adds up in another order, and differs by rounding.

        Returns
        -------
        History

        Raises
        ------
        TrainingDiverged
            If the loss or a parameter becomes infinite or not a number; the network keeps the
            parameters of the last good epoch.
        ModelFileError
            If the checkpoint is damaged, or belongs to another network, data set or optimizer.
        TypeError, ValueError
            For data that cannot be trained on, before anything is changed.

        >>> from nnbook import SGD, Dense, MeanSquaredError, datasets
        >>> X, y = datasets.hello_world()
        >>> network = Sequential(Dense(1, 1, rng=0))
        >>> history = network.fit(X, y, loss=MeanSquaredError(), optimizer=SGD(0.05), epochs=200)
        >>> history.loss[-1] < 0.01 < history.loss[0]
        True
        """
        return training.fit(
            self,
            X,
            y,
            loss=loss,
            optimizer=optimizer,
            epochs=epochs,
            batch_size=batch_size,
            validation=validation,
            metrics=metrics,
            rng=rng,
            progress=progress,
            checkpoint=checkpoint,
            threads=threads,
        )

    def evaluate(
        self, X: ArrayLike, y: ArrayLike, *, loss: Loss, metrics: Sequence[Metric] = ()
    ) -> dict[str, float]:
        """Return the loss and the metrics on ``X`` and ``y``, by name; nothing is learnt.

        >>> from nnbook import Dense, MeanSquaredError
        >>> network = Sequential(Dense(1, 1, rng=0))
        >>> list(network.evaluate([[1.0]], [[2.0]], loss=MeanSquaredError()))
        ['loss']
        """
        X, y = training.check_data("evaluate", X, y)
        predictions = self.predict(X)
        results = {"loss": loss.forward(predictions, y)}
        for metric in metrics:
            results[training.name_of(metric)] = float(metric(predictions, y))
        return results

    def twin(self) -> Sequential:
        """Return a network with the same parameter arrays, but gradients and a memory of its own.

        >>> from nnbook import Dense
        >>> network = Sequential(Dense(2, 1, rng=0))
        >>> network.twin().parameters()[0] is network.parameters()[0]
        True
        """
        return copy.deepcopy(self, {id(p): p for p in self.parameters()})

    def reseed(self, other: Sequential) -> None:
        """Draw new seeds for all random layers from those of ``other``, a twin."""
        for mine, its in zip(self.layers, other.layers, strict=True):
            mine.reseed(its)

    def generators(self) -> list[np.random.Generator]:
        """Return the generators of all random layers, first layer first."""
        return [generator for layer in self.layers for generator in layer.generators()]

    def describe(self) -> list[dict[str, Any]]:
        """Return the kind and the settings of each layer: what a file must say beside arrays."""
        return [
            {
                "layer": type(layer).__name__,
                "settings": {name: getattr(layer, name) for name in layer.settings},
            }
            for layer in self.layers
        ]

    def save(self, path: storage.PathLike) -> None:
        """Write the network to one file, which :func:`nnbook.load` reads.

        The file is replaced in one step: whatever happens, it holds the old network or the new one.
        The first weights' initializers and the seeds are not kept.

        Raises
        ------
        TypeError
            If a layer is not one of nnbook's own.
        OSError
            If the file cannot be written.

        >>> import tempfile
        >>> from nnbook import Dense, load
        >>> network = Sequential(Dense(2, 1, rng=0))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     network.save(folder + "/network.npz")
        ...     again = load(folder + "/network.npz")
        >>> np.array_equal(again.predict([[1.0, 2.0]]), network.predict([[1.0, 2.0]]))
        True
        """
        for i, layer in enumerate(self.layers):
            if KINDS.get(type(layer).__name__) is not type(layer):
                raise TypeError(
                    f"save knows the layers of nnbook only, got {layer} at position {i}; keep its "
                    "parameters with numpy.savez, and build the network again in code"
                )
        storage.write(path, {"layers": self.describe()}, self.named_parameters())

    def named_parameters(self) -> dict[str, Array]:
        """Return all parameters by position and name: ``"0.W"`` is the first layer's W."""
        return {
            f"{i}.{name}": p
            for i, layer in enumerate(self.layers)
            for name, p in layer.parameters.items()
        }

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
        X = np.zeros((1, *(positive_int("summary", "input_shape", n) for n in input_shape)))
        rows = []
        for layer in copy.deepcopy(self.layers):
            X = layer.predict(X)
            parameters = sum(p.size for p in layer.parameters.values())
            rows.append((str(layer), X.shape[1:], parameters, layer.multiply_adds(X.shape[1:])))
        return Summary(tuple(rows))

    def trace(self, X: ArrayLike) -> Trace:
        """Return the shape ledger of a forward and a backward pass of ``X``.

        For each layer: the shapes forward and backward, those of the parameters and their
        gradients, and the index equations that force each transpose. The network is unchanged.

        >>> from nnbook import Dense
        >>> Sequential(Dense(2, 3, rng=0)).trace([[1.0, 2.0]])
        layer            forward  X → Y    backward  dY → dX   parameters, gradients
        0  Dense(2, 3)   (1, 2) → (1, 3)   (1, 3) → (1, 2)     W (2, 3), b (3,)
             dW[i, k] = Σ_s X[s, i] dY[s, k]   so dW = Xᵀ dY
             db[k]    = Σ_s dY[s, k]
             dX[s, i] = Σ_k dY[s, k] W[i, k]   so dX = dY Wᵀ
        """
        layers = copy.deepcopy(self.layers)
        shapes = [np.shape(X)]
        for layer in layers:
            X = layer.forward(X)
            shapes.append(X.shape)
        grad = np.ones_like(X)
        backward = []
        for layer in reversed(layers):
            dX = layer.backward(grad)
            backward.append((grad.shape, dX.shape))
            grad = dX
        return Trace(
            tuple(
                LayerTrace(
                    str(layer),
                    (shapes[i], shapes[i + 1]),
                    backward[-1 - i],
                    {name: g.shape for name, g in layer.gradients.items()},
                    layer.index_equations,
                )
                for i, layer in enumerate(layers)
            )
        )

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


def load(path: storage.PathLike) -> Sequential:
    """Return the network that `Sequential.save`, or `fit` with a checkpoint, wrote to ``path``.

    Raises
    ------
    ModelFileError
        If the file is damaged, or was not written by nnbook.
    FileNotFoundError
        If there is no such file.

    >>> import tempfile
    >>> from nnbook import Dense, ReLU
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Sequential(Dense(2, 1, rng=0), ReLU()).save(folder + "/network.npz")
    ...     load(folder + "/network.npz")
    Sequential, 3 parameters
      0  Dense(2, 1)  3
      1  ReLU()       0
    """
    description, arrays = storage.read(path)
    try:
        return _built(description["layers"], arrays)
    except Exception as error:  # a forged description can fail in any way
        raise ModelFileError(f"{path} does not describe a network of nnbook: {error}") from error


def _built(description: list[dict[str, Any]], arrays: dict[str, Array]) -> Sequential:
    """Make the layers described, once their parameters are known to have the right shapes."""
    kinds = [(KINDS[entry["layer"]], entry["settings"]) for entry in description]
    shapes = {
        f"{i}.{name}": tuple(shape)
        for i, (kind, settings) in enumerate(kinds)
        for name, shape in kind.shapes(**settings).items()
    }
    found = {name: array.shape for name, array in arrays.items() if name in shapes}
    if found != shapes:
        raise ValueError(f"the layers need parameters of shapes {shapes}, got {found}")
    layers = []
    for i, (kind, settings) in enumerate(kinds):
        random = "rng" in inspect.signature(kind).parameters
        layer = kind(**settings, rng=0) if random else kind(**settings)
        for name in layer.parameters:
            layer.parameters[name] = float_array(f"{layer} {name}", arrays[f"{i}.{name}"])
            layer.gradients[name] = np.zeros_like(layer.parameters[name])
        layers.append(layer)
    return Sequential(*layers)
