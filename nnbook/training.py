"""The training loop: batches in, updates out, and a record of how it went."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checkpoint import Checkpoint
from .data import batches
from .early_stopping import EarlyStopping
from .errors import TrainingDiverged
from .history import History
from .layers.activations import Sigmoid, Softmax
from .layers.base import Layer
from .losses import Loss, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy
from .optimizers import Optimizer
from .parallel import Augment, BatchGradient, Index, ParallelGradient
from .progress import progress_bar
from .rollback import DivergenceMonitor
from .storage import PathLike
from .validation import Array, finite, generator, positive_int, real_array, sample_weights

Metric = Callable[[Array, Any], float]
Metrics: TypeAlias = "Iterable[Metric] | Mapping[str, Metric]"

EVAL_BATCH = 500  # samples that are predicted together to be measured
LARGE = 2**25 - 2**13  # bytes; the C library of Linux learns from blocks up to 32 MB
INSIDE = {SoftmaxCrossEntropy: Softmax, SigmoidBinaryCrossEntropy: Sigmoid}  # what a loss computes


def train(
    network: Any,
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
    gradient: Callable[..., BatchGradient] = ParallelGradient,
) -> Iterator[History]:
    """Check what `Sequential.epochs` was given, and return the generator that trains.

    ``gradient`` makes the object that computes loss and gradients of a batch.
    """
    functions = named_metrics("fit", metrics)
    check_loss("fit", loss, network)
    _check_object("fit", "optimizer", optimizer, ("step", "reset"), "nn.Adam(0.001)")
    X, y = check_data("fit", X, y)
    epochs = positive_int("fit", "epochs", epochs)
    threads = positive_int("fit", "threads", threads)
    size = len(X) if batch_size is None else positive_int("fit", "batch_size", batch_size)
    w = None if sample_weight is None else sample_weights("fit", sample_weight, len(X))
    if w is not None and not w.all():
        raise ValueError("fit expects sample_weight above 0; leave samples out that count 0")
    if augment is not None and not callable(augment):
        raise TypeError(f"fit expects augment to be a function (batch, rng), got {augment!r}")
    if size < len(X) or augment is not None or rng is not None:
        rng = generator(f"fit, with {'augment' if size >= len(X) else 'batches'},", rng)
    held_out = _check_validation(validation)
    if early_stopping is not None:
        _check_object(
            "fit", "early_stopping", early_stopping, ("update", "restore"), "nn.EarlyStopping(10)"
        )
        if held_out is None:
            raise ValueError(
                "fit expects validation data with early_stopping; write validation=(X_new, y_new)"
            )
        early_stopping.reset()
    for name, p in network.named_parameters().items():
        finite(f"fit, in the parameter {name},", p, "it was so before training; initialise it anew")
    history = History()
    for name in functions:
        history.metrics[name], history.training_metrics[name] = [], []
    saved = None
    if checkpoint is not None:
        settings = {
            "loss": loss,
            "data": [X, y],
            "sample_weight": w,
            "validation": held_out,
            "batch_size": size,
            "augment": augment,
        }
        saved = Checkpoint(
            checkpoint, network.layers, optimizer, rng, history, early_stopping, settings
        )
    _keep_freed_memory()
    return _Training(
        network=network,
        optimizer=optimizer,
        epochs=epochs,
        samples_of=partial(batches, len(X), size, rng),
        gradient=gradient(network, loss, X, y, w, augment, rng, min(size, len(X)), threads),
        weights=np.ones(len(X)) if w is None else w,
        on_training=partial(evaluate, network, X, y, None),
        on_validation=None if held_out is None else partial(evaluate, network, *held_out),
        loss=loss,
        metrics=functions,
        history=history,
        bar=progress_bar(epochs, progress),
        checkpoint=saved,
        early_stopping=early_stopping,
    ).run()


@dataclass
class _Training:
    """One training: everything has been checked."""

    network: Any
    optimizer: Optimizer
    epochs: int
    samples_of: Callable[[], Iterable[Index]]  # the batches of an epoch
    gradient: BatchGradient
    weights: Array
    on_training: Callable[..., dict[str, float]]  # evaluates the network
    on_validation: Callable[..., dict[str, float]] | None
    loss: Loss
    metrics: Mapping[str, Metric]
    history: History
    bar: Any
    checkpoint: Checkpoint | None
    early_stopping: EarlyStopping | None

    def run(self) -> Iterator[History]:
        history, layers, stopping = self.history, self.network.layers, self.early_stopping
        if self.checkpoint is not None:
            self.checkpoint.resume(self.epochs)
        monitor = DivergenceMonitor(
            layers, self.optimizer, history, lambda: self.on_training(self.loss, {})["loss"]
        )
        with self.gradient, self.bar:
            self.bar.update(len(history.loss))
            if history.loss:  # what the checkpoint has reached
                yield history
            while len(history.loss) < self.epochs and not (stopping and stopping.is_over(history)):
                try:
                    self.train_epoch(monitor)
                except BaseException as error:
                    error.history = history  # type: ignore[attr-defined]
                    raise
                monitor.end_epoch()
                self.bar.update(1)
                self.bar.set_postfix_str(f"loss {history.loss[-1]:.4g}", refresh=False)
                yield history
            if stopping:
                stopping.restore(layers)

    def train_epoch(self, monitor: DivergenceMonitor) -> None:
        """Train for one epoch, and record it; an error leaves the network as it was before."""
        monitor.begin_epoch()
        try:
            # overflow is no surprise: it ends in TrainingDiverged, with a better message
            with np.errstate(over="ignore", invalid="ignore"), self.gradient.limit_blas():
                loss = self.update_with_all_batches(monitor)
            self.record(loss)
        except TrainingDiverged:
            if self.checkpoint is not None:
                self.checkpoint.save(monitor.best)
            raise
        except BaseException:
            monitor.undo_epoch()
            raise
        if self.early_stopping is not None:
            self.early_stopping.update(self.history, self.network.layers)
        if self.checkpoint is not None:
            self.checkpoint.save()

    def update_with_all_batches(self, monitor: DivergenceMonitor) -> float:
        """Make an update for each batch, and return the mean loss of the samples before it."""
        parameters, network = self.network.parameters(), self.network
        total = weights = 0.0
        for number, index in enumerate(self.samples_of(), start=1):
            value = self.gradient(index)
            monitor.check_loss(value, number)
            self.optimizer.step(parameters, network.gradients())
            weight = self.weights[index].sum()
            total, weights = total + value * weight, weights + weight
        monitor.check_parameters(number)
        return float(total / weights)

    def record(self, loss: float) -> None:
        """Evaluate the network, and record the epoch."""
        training = self.on_training(None, self.metrics) if self.metrics else {}
        validation = self.on_validation(self.loss, self.metrics) if self.on_validation else {}
        self.history.loss.append(loss)
        if self.on_validation:
            self.history.validation_loss.append(validation["loss"])
        for name, value in training.items():
            self.history.training_metrics[name].append(value)
            self.history.metrics[name].append(validation.get(name, value))


def evaluate(
    network: Any,
    X: Array,
    y: Any,
    sample_weight: Array | None,
    loss: Loss | None,
    metrics: Mapping[str, Metric],
) -> dict[str, float]:
    """Return the loss, if one is given, and the metrics of the predictions for ``X``."""
    results = {}
    with np.errstate(over="ignore", invalid="ignore"):
        predictions = network.predict(X, EVAL_BATCH)
        if loss is not None:
            weights = [] if sample_weight is None else [sample_weight]
            results["loss"] = loss.forward(predictions, y, *weights)
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


def named_metrics(who: str, metrics: Metrics) -> dict[str, Metric]:
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
    if isinstance(X, tuple) and len(X) == 2 and all(np.ndim(part) >= 2 for part in X):
        raise TypeError(
            f"{who} expects X to be one array, got a tuple of {len(X)}; for a network of two "
            "inputs join them, np.hstack(X), and let a layer of your own split the columns"
        )
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


def _check_validation(validation: Any) -> tuple[Array, Array, Array | None] | None:
    if validation is None:
        return None
    if not isinstance(validation, tuple | list) or len(validation) not in (2, 3):
        raise TypeError(
            "fit expects validation to be a pair, validation=(X_new, y_new), got "
            f"{type(validation).__name__}"
        )
    X, y = check_data("fit validation", *validation[:2])
    weights = [sample_weights("fit validation", w, len(X)) for w in validation[2:]]
    return X, y, weights[0] if weights else None


def check_loss(who: str, loss: Loss, network: Any) -> None:
    """Raise TypeError if ``loss`` is not a Loss, ValueError if the network does its work twice."""
    _check_object(who, "loss", loss, ("forward", "backward"), "nn.MeanSquaredError()")
    last = network
    while getattr(last, "layers", ()) and not isinstance(last, Layer):
        last = last.layers[-1]
    activation = INSIDE.get(type(loss))
    if activation and type(last) is activation:
        raise ValueError(
            f"{who} expects logits with {loss}, which computes the {activation.__name__} itself, "
            f"got a network that ends in {last}: it would be applied twice, and the loss could not "
            f"fall to 0; leave {last} out, and use nn.{activation.__name__.lower()}(logits) for "
            "probabilities"
        )


def _check_object(who: str, name: str, value: Any, methods: tuple[str, ...], example: str) -> None:
    if isinstance(value, type):
        raise TypeError(
            f"{who} expects {name} to be an object, got the class {value.__name__}; write "
            f"{value.__name__}(), with parentheses"
        )
    if not all(callable(getattr(value, method, None)) for method in methods):
        raise TypeError(f"{who} expects {name} to be one such as {example}, got {value!r}")


@cache  # once is enough
def _keep_freed_memory() -> None:
    """Make malloc keep the memory that one step frees, for the next.

    The C library of Linux gives large blocks back to the system at once, and fetching them again
    costs more than the arithmetic done in them: Adam's step on 100,000 weights takes five times as
    long. Only blocks smaller than the largest it has seen come and go does it keep.
    """
    np.empty(LARGE, np.uint8)
