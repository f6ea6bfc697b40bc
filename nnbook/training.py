"""The loop: batches in, steps out, and a record of how it went."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial, wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import TrainingDiverged
from .layers import walk
from .losses import Loss
from .optimizers import Optimizer
from .validation import (
    Array,
    finite,
    generator,
    positive_int,
    real_array,
    sample_weights,
)

if TYPE_CHECKING:
    from .network import Sequential
    from .storage import PathLike

Metric = Callable[[Array, Any], float]
Augment: TypeAlias = "Callable[[Array, np.random.Generator], ArrayLike]"
Arguments = ParamSpec("Arguments")

PATIENCE = 3.0  # seconds, before a training shows how far it is
AT_ONCE = 500  # samples that are predicted together to be measured
LARGE = 2**25 - 2**13  # bytes; the C library of Linux learns from blocks up to 32 MB
EXPLODED = 1e9  # times the first price, or 1: no training comes back from there


@dataclass
class History:
    """What `fit` recorded, one number an epoch.

    Attributes
    ----------
    loss : list of float
        Mean over the epoch's samples of the training loss, each batch priced before its step.
    validation_loss : list of float
        Loss of the validation data after the epoch; empty without such data.
    metrics : dict of str to list of float
        By the name of each metric, after the epoch: on the validation data, if there are any,
        else on the training data.

    Examples
    --------
    >>> History(loss=[2.0, 1.0, 0.5])
    History, 3 epochs
      loss  2 → 0.5
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)

    def plot(self, *, log: bool = False) -> Any:
        """Draw the loss curves and return the Matplotlib Axes; ``log`` for a logarithmic axis."""
        from . import plot

        curves = {"training": self.loss}
        if self.validation_loss:
            curves["validation"] = self.validation_loss
        return plot.loss_curves(curves, log=log)

    def __repr__(self) -> str:
        n = len(self.loss)
        rows = {"loss": self.loss, "validation_loss": self.validation_loss, **self.metrics}
        rows = {name: values for name, values in rows.items() if values}
        width = max(map(len, rows), default=0)
        lines = [f"  {name:<{width}}  {v[0]:.4g} → {v[-1]:.4g}" for name, v in rows.items()]
        return "\n".join([f"History, {n} epoch{'' if n == 1 else 's'}", *lines])


def batches(
    m: int, batch_size: int | None, rng: np.random.Generator | None
) -> Iterator[slice | NDArray[np.intp]]:
    """Yield index sets that meet each of ``m`` samples exactly once, the last one maybe shorter.

    >>> [len(b) for b in batches(7, 3, np.random.default_rng(0))]
    [3, 3, 1]
    """
    if batch_size is None or batch_size >= m or rng is None:
        yield slice(None)
        return
    order = rng.permutation(m)
    for start in range(0, m, batch_size):
        yield order[start : start + batch_size]


def epochs(
    network: Sequential,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int | None = None,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    metrics: Iterable[Metric] | Mapping[str, Metric] = (),
    weights: ArrayLike | None = None,
    augment: Augment | None = None,
    rng: np.random.Generator | int | None = None,
    progress: bool | str = "auto",
    checkpoint: PathLike | None = None,
    threads: int = 1,
) -> Iterator[History]:
    """Train on ``X`` and ``y``: forward, loss, backward, step, for every batch of every epoch.

    Every epoch meets every sample exactly once, in a new order if there are several batches; the
    last one may be shorter and counts for as many samples as it has. From the Layer notes, item
    N0-01.

    ``fit`` does it all and returns the `History`. ``epochs`` is the same training with the loop in
    your hands: it yields the `History` after every epoch, and what stands in the loop (a schedule,
    early stopping, a live picture) is plain Python. Several ``fit`` of one epoch are not the same:
    ``rng=0`` would give each of them the same order. After an error or Ctrl-C within an epoch the
    network is what it was before that epoch, and the `History` is also the error's ``history``.

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
    metrics : functions (predictions, targets) -> float
        A list, or a dict that names them. Recorded after every epoch, on the validation data if
        there are any.
    weights : array (m,), optional
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
        training goes on from it (``epochs`` first yields what was reached) and ends, with the same
        number of threads, bit for bit as if it had never stopped. `nnbook.load` reads it too.
    threads : int
        In how many parts each batch is worked on at the same time, where a part has work enough
        to gain by it (80 million multiply-adds); smaller batches stay whole. The result is the
        same for the same number; another number adds up in another order, and differs by rounding.

    Returns
    -------
    History, or with ``epochs`` a generator of it

    Raises
    ------
    TrainingDiverged
        If the loss or a parameter becomes infinite or not a number, or the loss a billion times
        what it was; the network keeps the best parameters so far, the optimizer forgets.
    ModelFileError
        If the checkpoint is damaged, or belongs to another network, data set, seed or optimizer.
    TypeError, ValueError, OSError
        For data that cannot be trained on, layers and losses that cannot be split among threads or
        kept in a file, or a file that cannot be written, before anything is changed.

    Examples
    --------
    >>> import nnbook as nn
    >>> X, y = nn.datasets.hello_world()
    >>> network, optimizer = nn.Sequential(nn.Dense(1, 1, rng=0)), nn.SGD(0.05)
    >>> history = network.fit(X, y, loss=nn.MeanSquaredError(), optimizer=optimizer, epochs=200)
    >>> history.loss[-1] < 0.01 < history.loss[0]
    True
    >>> network = nn.Sequential(nn.Dense(1, 1, rng=0))
    >>> for history in network.epochs(
    ...     X, y, loss=nn.MeanSquaredError(), optimizer=optimizer, epochs=200
    ... ):
    ...     optimizer.learning_rate = 0.05 * 0.99 ** len(history.loss)
    ...     if history.loss[-1] < 0.01:
    ...         break
    >>> len(history.loss) < 200
    True
    """
    from .checkpoint import Checkpoint
    from .threads import Team

    functions = named_metrics("fit", metrics)
    check_loss("fit", loss)
    _check_object("fit", "optimizer", optimizer, ("step", "forget"), "nn.Adam(0.001)")
    X, y = check_data("fit", X, y)
    epochs = positive_int("fit", "epochs", epochs)
    threads = positive_int("fit", "threads", threads)
    if batch_size is not None:
        batch_size = positive_int("fit", "batch_size", batch_size)
    if weights is not None:
        weights = sample_weights("fit", weights, len(X))
        if not weights.all():
            raise ValueError("fit expects weights above 0; leave samples that do not count out")
    if augment is not None and not callable(augment):
        raise TypeError(f"fit expects augment to be a function (batch, rng), got {augment!r}")
    several = batch_size is not None and batch_size < len(X)
    if several or augment is not None or rng is not None:
        rng = generator(f"fit, with {'batches' if several else 'augment'},", rng)
    if validation is not None:
        if not isinstance(validation, tuple | list) or len(validation) != 2:
            raise TypeError(
                "fit expects validation to be a pair, validation=(X_new, y_new), got "
                f"{type(validation).__name__}"
            )
        validation = check_data("fit validation", *validation)
    for name, p in network.named_parameters().items():
        finite(f"fit, in the parameter {name},", p, "this was so before any step; make it anew")
    history = History(metrics={name: [] for name in functions})
    dtype, bar = network.dtype, _bar(epochs, progress)
    state = None
    if checkpoint is not None:
        settings = {
            "loss": loss,
            "batch_size": batch_size,
            "data": (X, y),
            "weights": weights,
            "validation": validation,
            "augment": augment,
        }
        state = Checkpoint(checkpoint, network, optimizer, rng, history, settings)
        state.resume(epochs)
    _keep_freed_memory()
    team = Team(network, loss, threads, X, y, batch_size)
    guard = _Guard(network, optimizer, history, lambda: measure(network, X, y, loss, {})["loss"])

    def one_epoch(parameters: list[Array]) -> float:
        total = samples = 0.0
        for number, index in enumerate(batches(len(X), batch_size, rng), start=1):
            batch = X[index].astype(dtype, copy=augment is not None)
            if augment is not None:
                batch = _augmented(augment, batch, rng)
            w = None if weights is None else weights[index]
            value = team.differentiate(batch, y[index], w)
            guard.check_price(value, number)
            optimizer.step(parameters, network.gradients())
            size = len(batch) if w is None else w.sum()
            total, samples = total + value * size, samples + size
        guard.check_parameters(parameters, number)
        return float(total / samples)

    with team, bar:
        bar.update(len(history.loss))
        if history.loss:  # what the checkpoint has reached
            yield history
        while len(history.loss) < epochs:
            parameters = guard.begin_epoch()
            try:
                try:
                    # overflow is no surprise: it ends in TrainingDiverged, with a better message
                    with np.errstate(over="ignore", invalid="ignore"), team.calm():
                        value = one_epoch(parameters)
                    results = {}
                    if validation is not None:
                        results = measure(network, *validation, loss, functions)
                    elif functions:
                        results = measure(network, X, y, None, functions)
                except TrainingDiverged:
                    if state is not None:
                        state.save(guard.best)
                    raise
                except BaseException:
                    guard.undo_epoch()
                    raise
                history.loss.append(value)
                if validation is not None:
                    history.validation_loss.append(results.pop("loss"))
                for name, result in results.items():
                    history.metrics[name].append(result)
                if state is not None:
                    state.save()
            except BaseException as error:
                error.history = history  # type: ignore[attr-defined]
                raise
            guard.end_epoch()
            bar.update(1)
            bar.set_postfix_str(f"loss {history.loss[-1]:.4g}", refresh=False)
            yield history


def _exhausted(
    generator: Callable[Arguments, Iterator[History]],
) -> Callable[Arguments, History]:
    """Return the function that goes through all that ``generator`` yields, and returns the last."""

    @wraps(generator)
    def fit(*args: Arguments.args, **kwargs: Arguments.kwargs) -> History:
        for history in generator(*args, **kwargs):  # noqa: B007
            pass
        return history

    fit.__name__ = fit.__qualname__ = "fit"
    return fit


fit = _exhausted(epochs)


def measure(
    network: Sequential, X: Array, y: Any, loss: Loss | None, metrics: Mapping[str, Metric]
) -> dict[str, float]:
    """Return the loss, if one is given, and the metrics of the predictions for ``X``."""
    results = {}
    with np.errstate(over="ignore", invalid="ignore"):
        predictions = network.predict(X, AT_ONCE)
        if loss is not None:
            results["loss"] = loss.forward(predictions, y)
    for name, metric in metrics.items():
        try:
            value = np.asarray(metric(predictions, y))
        except Exception as error:
            error.add_note(f"This came from the metric {name}.")
            raise
        if value.size != 1 or value.dtype.kind not in "fiub":
            raise TypeError(
                f"the metric {name} should return one number, got {value.dtype} of shape "
                f"{value.shape}"
            )
        results[name] = float(value.item())
    return results


def named_metrics(who: str, metrics: Iterable[Metric] | Mapping[str, Metric]) -> dict[str, Metric]:
    """Return the metrics by name: that of the function, or the one that a dict gives it.

    >>> list(named_metrics("demo", [min, max])), list(named_metrics("demo", {"least": min}))
    (['min', 'max'], ['least'])
    """
    if callable(metrics) or isinstance(metrics, str):
        raise TypeError(
            f"{who} expects metrics to be a list or a dict of functions, got {metrics!r}; write "
            "metrics=[function]"
        )
    pairs = (
        list(metrics.items())
        if isinstance(metrics, Mapping)
        else [(_name_of(metric), metric) for metric in metrics]
    )
    named: dict[str, Metric] = {}
    for name, metric in pairs:
        if isinstance(metric, type) or not callable(metric):
            raise TypeError(
                f"{who} expects metrics to be functions (predictions, targets) -> number, got "
                f"{metric!r}; nnbook.metrics has some, such as nnbook.metrics.accuracy"
            )
        if name in (*named, "loss", "validation_loss"):
            raise ValueError(
                f"{who} expects metrics of different names, none of them loss, got {name} "
                f"{'twice' if name in named else 'too'}; name them in a dict, "
                "metrics={'first': f, 'second': g}"
            )
        named[name] = metric
    return named


def _name_of(metric: Any) -> str:
    if isinstance(metric, partial):
        return _name_of(metric.func)
    return getattr(metric, "__name__", type(metric).__name__)


def check_data(who: str, X: ArrayLike, y: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return X and y as arrays of real numbers, or say what is wrong with them.

    Whole numbers stay such: classes are wanted so, and images are cast batch by batch.
    """
    X, y = real_array(f"{who} X", X), real_array(f"{who} y", y)
    if X.ndim < 2:
        raise ValueError(
            f"{who} expects X of shape (m, ...), got {X.shape}; one feature is x[:, None]"
        )
    if X.size == 0:
        raise ValueError(f"{who} expects at least one sample and one feature, got shape {X.shape}")
    if y.ndim == 0 or len(y) != len(X):
        raise ValueError(
            f"{who} expects as many targets as samples, got {len(X)} samples in X and y of shape "
            f"{y.shape}"
        )
    for name, array in (("X", X), ("y", y)):
        finite(f"{who} {name}", array)
    return X, y


def check_loss(who: str, loss: Loss) -> None:
    """Raise TypeError if ``loss`` is no loss, say in what it is instead."""
    _check_object(who, "loss", loss, ("forward", "backward"), "nn.MeanSquaredError()")


def _check_object(who: str, name: str, value: Any, methods: tuple[str, ...], example: str) -> None:
    if isinstance(value, type):
        raise TypeError(
            f"{who} expects {name} to be an object, got the class {value.__name__}; write "
            f"{value.__name__}(), with parentheses"
        )
    if not all(callable(getattr(value, method, None)) for method in methods):
        raise TypeError(f"{who} expects {name} to be one such as {example}, got {value!r}")


def _augmented(augment: Augment, batch: Array, rng: Any) -> Array:
    changed = real_array("fit, from augment,", augment(batch, rng))
    if changed.ndim == 0 or len(changed) != len(batch):
        raise ValueError(
            f"fit expects augment to return as many samples as it gets, {len(batch)}, got shape "
            f"{changed.shape}"
        )
    return changed.astype(batch.dtype, copy=False)


@cache  # once is enough
def _keep_freed_memory() -> None:
    """Have the memory that one step frees at hand for the next.

    The C library of Linux gives large blocks back to the system at once, and fetching them again
    costs more than the arithmetic done in them: Adam's step on 100,000 weights takes five times as
    long. Only blocks smaller than the largest it has seen come and go does it keep.
    """
    np.empty(LARGE, np.uint8)


def _flat(parameters: list[Array], out: Array | None = None) -> Array:
    """Return copies of all parameters in one vector: one call of NumPy, however many there are."""
    return np.concatenate(parameters or [np.empty(0)], axis=None, out=out)


class _Copy:
    """What a network has learnt at one time: copies of its parameters and its state."""

    def __init__(self, network: Sequential) -> None:
        self._network = network
        self._layers = list(walk(network.layers))
        self._vector = _flat(network.parameters())
        self.take(network.parameters())

    def take(self, parameters: list[Array]) -> None:
        """Copy the parameters, and the state that the layers have now."""
        _flat(parameters, out=self._vector)
        self._states = [
            (layer, {name: array.copy() for name, array in layer.state.items()})
            for layer in self._layers
            if layer.state
        ]

    def restore(self) -> None:
        """Give it back; parameters in place, because an optimizer knows the arrays."""
        parameters = self._network.parameters()
        ends = np.cumsum([p.size for p in parameters])
        for p, kept in zip(parameters, np.split(self._vector, ends), strict=False):
            p[...] = kept.reshape(p.shape)
        for layer, state in self._states:
            layer.state.update({name: array.copy() for name, array in state.items()})


class _Guard:
    """Watches a training for divergence, and keeps what to go back to."""

    def __init__(
        self,
        network: Sequential,
        optimizer: Optimizer,
        history: History,
        price: Callable[[], float],
    ) -> None:
        self._network, self._optimizer = network, optimizer
        self._history, self._price = history, price
        self._first = history.loss[0] if history.loss else None
        self._lowest = min(history.loss, default=np.inf)
        self.best = len(history.loss)  # epochs that the best parameters have seen
        self._copies = [_Copy(network) for _ in range(3)]
        # copies from before the best epoch, or this training
        self._before = self._start = self._copies[0]
        self._after: _Copy | None = None  # after it; none if the next epoch begins there

    def begin_epoch(self) -> list[Array]:
        """Remember the network as it is, and return its parameters."""
        parameters = self._network.parameters()
        self._start = next(c for c in self._copies if c not in (self._before, self._after))
        self._start.take(parameters)
        self._after = self._after or self._start
        return parameters

    def undo_epoch(self) -> None:
        """Make the network what it was when the epoch began."""
        self._start.restore()

    def end_epoch(self) -> None:
        """Keep the network as it is, and as it was before the epoch, if none was cheaper."""
        if self._history.loss[-1] <= self._lowest:
            self._lowest, self.best = self._history.loss[-1], len(self._history.loss)
            self._before, self._after = self._start, None

    def check_price(self, value: float, batch: int) -> None:
        """Raise TrainingDiverged if the price of a batch is none, or has exploded."""
        if not math.isfinite(value):
            raise self._diverged(f"the loss became {value}", batch)
        if self._first is None:
            self._first = value
        if value > EXPLODED * max(self._first, 1.0):
            raise self._diverged(f"the loss grew from {self._first:.3g} to {value:.3g}", batch)

    def check_parameters(self, parameters: list[Array], batch: int) -> None:
        """Raise TrainingDiverged if a parameter is not finite at the end of an epoch."""
        if not np.isfinite(_flat(parameters)).all():
            raise self._diverged("a parameter became infinite", batch)

    def _diverged(self, what: str, batch: int) -> TrainingDiverged:
        """Go back to after the best epoch, or to before it if its last steps did harm; say so."""
        prices = []
        for copy in (self._before, self._after or self._start):
            copy.restore()
            prices.append(self._price())
        if prices[0] < prices[1] or np.isnan(prices[1]) > np.isnan(prices[0]):
            self._before.restore()
            self.best -= 1
        self._optimizer.forget()
        epoch = len(self._history.loss) + 1
        advice = (
            f"Try a learning rate below {self._optimizer.learning_rate:g}, clip_norm, or smaller "
            "first weights"
        )
        if (epoch, batch) == (1, 1) and what.startswith("the loss became"):
            advice = "No step was made: look at the loss, and at the size of X, y and the weights"
        return TrainingDiverged(
            f"{what} in epoch {epoch}, batch {batch}; the parameters are those "
            f"{f'after epoch {self.best}' if self.best else 'before training'}, the best, and the "
            f"optimizer begins anew. {advice}"
        )


class _Silent:
    """Stands in for a progress bar where none is wanted."""

    def __enter__(self) -> _Silent:
        return self

    def __exit__(self, *_: object) -> None: ...

    def update(self, n: int) -> None: ...

    def set_postfix_str(self, text: str, refresh: bool) -> None: ...


def _bar(epochs: int, progress: bool | str) -> Any:
    """Return a tqdm bar; "auto" shows it only once training has taken three seconds."""
    if progress not in (True, False, "auto"):
        raise ValueError(f"fit expects progress to be True, False or 'auto', got {progress!r}")
    unwanted = progress == "auto" and os.environ.get("NNBOOK_PROGRESS") == "never"
    if progress is False or unwanted:
        return _Silent()
    try:
        from tqdm import tqdm
    except ImportError:
        if progress is True:
            raise ImportError("fit needs tqdm for progress=True: pip install tqdm") from None
        return _Silent()
    return tqdm(
        total=epochs, unit="epoch", delay=PATIENCE if progress == "auto" else 0, leave=False
    )
