"""The network: layers in a row, ``y = network(x, w)``, a composition of functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from . import serialization, storage, training
from .early_stopping import EarlyStopping
from .errors import ModelFileError
from .history import History
from .layers.base import Layer, Part
from .layers.tree import (
    arrays_of,
    as_layers,
    iter_layers,
    named_layers,
    parameters_of,
    shared_copy,
)
from .losses import Loss
from .optimizers import Optimizer
from .parallel import Augment
from .storage import PathLike
from .tables import LayerTrace, Summary, Trace, table
from .training import Metrics
from .validation import Array, float_type, positive_int, real_array, renamed

# what Keras, PyTorch and the first edition call the arguments of fit
OTHER_WORDS = {
    "callbacks": "early_stopping=nn.EarlyStopping(), or a loop: for history in network.epochs(...)",
    "class_weight": "sample_weight=w[y]",
    "learning_rate": "optimizer=nn.Adam(learning_rate)",
    "lr": "optimizer=nn.Adam(learning_rate)",
    "shuffle": "nothing: every epoch has its batches in a new order, drawn from rng",
    "validation_data": "validation=(X_new, y_new)",
    "validation_split": "validation=, with the parts of nn.train_validation_split(X, y, rng=0)",
    "verbose": "progress=True or progress=False",
    "weights": "sample_weight",
}


class Sequential(Part):
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
        self.layers = as_layers("Sequential", layers)

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
            grad = layer.backward(grad, input_gradient=True)
        return first.backward(grad, input_gradient=input_gradient)

    def parameters(self) -> list[Array]:
        """Return all parameters, first layer first: the arrays themselves, not copies."""
        return parameters_of(self.layers)

    def gradients(self) -> list[Array]:
        """Return the gradients of the latest `backward`, in the order of `parameters`.

        They belong together by name; before the first `backward` they are 0.
        """
        return [
            layer.gradients[name] if name in layer.gradients else np.zeros_like(p)
            for layer in iter_layers(self.layers)
            for name, p in layer.parameters.items()
        ]

    def named_parameters(self) -> dict[str, Array]:
        """Return all parameters by position and name: ``"0.W"`` is the first layer's W.

        ``"2.0.W"`` is the W of the first layer inside the third.
        """
        return {
            f"{position}.{name}": p
            for position, layer in named_layers(self.layers)
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

        Nothing is cached: a `backward` still belongs to the latest `forward`.

        >>> from nnbook import Dense
        >>> Sequential(Dense(2, 1, rng=0)).predict(np.zeros((5, 2)), batch_size=2).shape
        (5, 1)
        """
        X = real_array("Sequential.predict", X)
        network, dtype = self.inference_copy(), self.dtype
        if batch_size is None:
            return network.forward(X.astype(dtype, copy=False))
        size = positive_int("Sequential.predict", "batch_size", batch_size)
        starts = range(0, max(len(X), 1), size)  # an empty X still has an output shape
        batches = (X[i : i + size].astype(dtype, copy=False) for i in starts)
        return np.concatenate([network.forward(batch) for batch in batches])

    @renamed(**OTHER_WORDS)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        loss: Loss,
        optimizer: Optimizer,
        epochs: int,
        batch_size: int | None = None,
        validation: tuple[ArrayLike, ...] | None = None,
        metrics: Metrics = (),
        sample_weight: ArrayLike | None = None,
        augment: Augment | None = None,
        rng: np.random.Generator | int | None = None,
        progress: bool | str = "auto",
        checkpoint: PathLike | None = None,
        early_stopping: EarlyStopping | None = None,
        threads: int = 1,
    ) -> History:
        """Train on ``X`` and ``y``: forward, loss, backward, update, batch by batch.

        Every epoch meets every sample exactly once, in a new order if there are several batches;
        the last one may be shorter and counts for as many samples as it has. After an error or
        Ctrl-C within an epoch the network is what it was before that epoch, and the `History` is
        also the error's ``history``. From the Layer notes, item N0-01.

        Parameters
        ----------
        X, y : array (m, ...)
            Samples in the rows, and what the loss wants as targets.
        loss, optimizer
            What to minimise, and how to update.
        epochs : int
            How many times to go through the data.
        batch_size : int, optional
            Samples for each update; all of them if not given.
        validation : (X, y) or (X, y, sample_weight), optional
            Data to evaluate the network on after every epoch, never trained on.
        metrics : functions (predictions, targets) -> float
            A list, or a dict that names them. Recorded after every epoch.
        sample_weight : array (m,), optional
            How much each sample counts in the loss, above 0; class weights are ``w[y]``.
        augment : function (batch, rng) -> batch, optional
            Changes the samples of each batch anew, before they are trained on.
        rng : numpy.random.Generator or int
            Source of the order, and of `augment`; needed if there are several batches.
        progress : bool or "auto"
            A progress bar: always, never, or once training has taken three seconds; "auto" shows
            none where the environment variable NNBOOK_PROGRESS is "never".
        checkpoint : path, optional
            A file that holds the whole state of training after every epoch. If it is there already,
            training goes on from it (`epochs` first yields what was reached) and ends, with the
            same number of threads, bit for bit as if it had never stopped. `nnbook.load` reads it
            too.
        early_stopping : EarlyStopping, optional
            Ends training when the validation loss no longer falls, and restores the best weights.
        threads : int
            In how many parts each batch is differentiated at the same time, if a part is worth a
            thread (80 million multiply-adds); smaller batches stay whole. Results are reproducible
            for a given number of threads; different numbers differ by rounding.

        Returns
        -------
        History

        Raises
        ------
        TrainingDiverged
            If the loss or a parameter becomes infinite or not a number, or the loss a billion times
            what it was; the network keeps the best parameters so far, the optimizer is reset.
        ModelFileError
            If the checkpoint is damaged, or belongs to another network, data set, seed or
            optimizer.
        TypeError, ValueError, OSError
            For data that cannot be trained on, a last layer that the loss computes itself, layers
            and losses that cannot be split among threads or kept in a file, or a file that cannot
            be written, before anything is changed.

        Examples
        --------
        >>> import nnbook as nn
        >>> X, y = nn.datasets.hello_world()
        >>> network = nn.Sequential(nn.Dense(1, 1, rng=0))
        >>> history = network.fit(
        ...     X, y, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.05), epochs=200
        ... )
        >>> history.loss[-1] < 0.01 < history.loss[0]
        True
        """
        for history in self.epochs(  # noqa: B007
            X,
            y,
            loss=loss,
            optimizer=optimizer,
            epochs=epochs,
            batch_size=batch_size,
            validation=validation,
            metrics=metrics,
            sample_weight=sample_weight,
            augment=augment,
            rng=rng,
            progress=progress,
            checkpoint=checkpoint,
            early_stopping=early_stopping,
            threads=threads,
        ):
            pass
        return history

    @renamed(**OTHER_WORDS)
    def epochs(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        loss: Loss,
        optimizer: Optimizer,
        epochs: int,
        batch_size: int | None = None,
        validation: tuple[ArrayLike, ...] | None = None,
        metrics: Metrics = (),
        sample_weight: ArrayLike | None = None,
        augment: Augment | None = None,
        rng: np.random.Generator | int | None = None,
        progress: bool | str = "auto",
        checkpoint: PathLike | None = None,
        early_stopping: EarlyStopping | None = None,
        threads: int = 1,
    ) -> Iterator[History]:
        """Train as `fit` does, with the loop in your hands: yield the `History` after every epoch.

        What stands in the loop (a schedule, a live figure) is plain Python, and ``break`` ends the
        training. Several ``fit`` of one epoch are not the same: ``rng=0`` would give each of them
        the same order. Parameters and errors are those of `fit`.

        >>> import nnbook as nn
        >>> X, y = nn.datasets.hello_world()
        >>> network, optimizer = nn.Sequential(nn.Dense(1, 1, rng=0)), nn.SGD(0.05)
        >>> for history in network.epochs(
        ...     X, y, loss=nn.MeanSquaredError(), optimizer=optimizer, epochs=200
        ... ):
        ...     optimizer.learning_rate = 0.05 * 0.99 ** len(history.loss)
        ...     if history.loss[-1] < 0.01:
        ...         break
        >>> len(history.loss) < 200
        True
        """
        return training.train(
            self,
            X,
            y,
            loss=loss,
            optimizer=optimizer,
            epochs=epochs,
            batch_size=batch_size,
            validation=validation,
            metrics=metrics,
            sample_weight=sample_weight,
            augment=augment,
            rng=rng,
            progress=progress,
            checkpoint=checkpoint,
            early_stopping=early_stopping,
            threads=threads,
        )

    def evaluate(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        loss: Loss,
        metrics: Metrics = (),
    ) -> dict[str, float]:
        """Return the loss and the metrics on ``X`` and ``y``, by name, without training.

        ``metrics`` as in `fit`; the predictions are computed some samples at a time.

        >>> from nnbook import Dense, MeanSquaredError
        >>> network = Sequential(Dense(1, 1, rng=0))
        >>> list(network.evaluate([[1.0]], [[2.0]], loss=MeanSquaredError()))
        ['loss']
        """
        functions = training.named_metrics("evaluate", metrics)
        training.check_loss("evaluate", loss, self)
        X, y = training.check_data("evaluate", X, y)
        return training.evaluate(self, X, y, None, loss, functions)

    def save(self, path: PathLike) -> None:
        """Write the network to one file, which :func:`nnbook.load` reads.

        The file is replaced in one step: whatever happens, it holds the old network or the new one.
        Initializers and seeds are not kept.

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
        description = {"layers": [serialization.describe(layer) for layer in self.layers]}
        storage.write(path, description, arrays_of(self.layers))

    def summary(self, input_shape: Sequence[int] | None = None) -> Summary:
        """Return the table of layers, output shapes, parameters and multiply-adds.

        ``input_shape`` is that of one sample, without the batch axis: ``(2,)`` or ``(28, 28, 1)``.
        A network that begins with `Dense` knows it.

        >>> from nnbook import Dense
        >>> Sequential(Dense(2, 3, rng=0), Dense(3, 1, rng=0)).summary()
        layer           output  parameters  multiply-adds
        0  Dense(2, 3)  (m, 3)           9              6
        1  Dense(3, 1)  (m, 1)           4              3
        total                           13              9
        """
        if input_shape is None:
            n_in = getattr(next(iter_layers(self.layers)), "n_in", None)
            if n_in is None:
                raise TypeError(
                    "summary expects the shape of one sample, such as summary((28, 28, 1)); only a "
                    "network that begins with Dense knows it"
                )
            input_shape = (n_in,)
        if not isinstance(input_shape, tuple | list):
            raise TypeError(
                f"summary expects the shape of one sample as a tuple, got {input_shape!r}; write "
                f"summary(({input_shape},))"
            )
        clone = shared_copy(self).inference_copy()
        clone.forward(
            np.zeros((1, *(positive_int("summary", "input_shape", n) for n in input_shape)))
        )
        positions, layers = zip(*named_layers(clone.layers), strict=True)
        rows = []
        for layer in layers:
            shape = layer.latest_shapes[1][1:]
            parameters = sum(p.size for p in layer.parameters.values())
            rows.append((str(layer), shape, parameters, layer.multiply_adds(shape)))
        return Summary(tuple(rows), positions)

    def trace(self, X: ArrayLike) -> Trace:
        """Return the table of all shapes in a forward and a backward pass of ``X``.

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
        clone = shared_copy(self)
        clone.backward(np.ones_like(clone.forward(X)), input_gradient=True)
        return Trace(
            tuple(
                LayerTrace(
                    position,
                    str(layer),
                    layer.latest_shapes,
                    layer.latest_shapes[::-1],  # as backward has checked
                    {name: layer.gradients[name].shape for name in layer.parameters},
                    layer.index_equations,
                )
                for position, layer in named_layers(clone.layers)
            )
        )

    def _rows(self) -> list[tuple[str, str, str]]:
        return [
            (position, str(layer), f"{sum(p.size for p in layer.parameters.values()):,}")
            for position, layer in named_layers(self.layers)
        ]

    def _title(self) -> str:
        return f"Sequential, {sum(p.size for p in self.parameters()):,} parameters"

    def __repr__(self) -> str:
        return "\n  ".join([self._title(), *table(self._rows(), "><>")])

    def _repr_html_(self) -> str:
        head = "<tr><th></th><th>layer</th><th>parameters</th></tr>"
        body = "".join(
            f"<tr><td>{position}</td><td><code>{escape(layer)}</code></td><td>{n}</td></tr>"
            for position, layer, n in self._rows()
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
    own = [layers] if isinstance(layers, type) else list(layers)
    if not all(isinstance(kind, type) and issubclass(kind, Part) for kind in own):
        raise TypeError(
            f"load expects layers to be a list of classes, layers=[MyNorm], got {layers}"
        )
    kinds = {
        "Sequential": Sequential,
        **serialization.KINDS,
        **{kind.__name__: kind for kind in own},
    }
    description, arrays = storage.read(path)
    try:
        return Sequential(*serialization.build(description["layers"], arrays, kinds))
    except Exception as error:
        raise ModelFileError(f"{path} does not describe a network of nnbook: {error}") from error
