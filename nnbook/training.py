"""The loop: batches in, steps out, and a record of how it went."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import TrainingDiverged
from .losses import Loss
from .optimizers import Optimizer
from .validation import Array, finite, float_array, generator, positive_int

Metric = Callable[[Array, Array], float]


class Trainable(Protocol):
    """What the loop needs of a network."""

    def forward(self, X: ArrayLike) -> Array: ...  # noqa: D102
    def predict(self, X: ArrayLike, batch_size: int | None = None) -> Array: ...  # noqa: D102
    def backward(self, grad: ArrayLike) -> Array | None: ...  # noqa: D102
    def parameters(self) -> list[Array]: ...  # noqa: D102
    def gradients(self) -> list[Array]: ...  # noqa: D102


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


def check_data(who: str, X: ArrayLike, y: ArrayLike) -> tuple[Array, Any]:
    """Return X as floats and y as an array, or say what is wrong with them."""
    X = float_array(f"{who} X", X)
    if X.ndim < 2:
        raise ValueError(
            f"{who} expects X of shape (m, ...), got {X.shape}; one feature is x[:, None]"
        )
    if X.size == 0:
        raise ValueError(f"{who} expects at least one sample and one feature, got shape {X.shape}")
    targets = float_array(f"{who} y", y)
    if targets.ndim == 0 or len(targets) != len(X):
        raise ValueError(
            f"{who} expects as many targets as samples, got {len(X)} samples in X and y of shape "
            f"{targets.shape}"
        )
    finite(f"{who} X", X)
    finite(f"{who} y", targets)
    # classes stay whole numbers: a loss or metric may want them as such
    return X, np.asarray(y)


def fit(
    network: Trainable,
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
) -> History:
    """Train ``network``; see :meth:`nnbook.Sequential.fit`."""
    X, y = check_data("fit", X, y)
    epochs = positive_int("fit", "epochs", epochs)
    if batch_size is not None:
        batch_size = positive_int("fit", "batch_size", batch_size)
    shuffling = batch_size is not None and batch_size < len(X)
    rng = generator("fit, with batches,", rng) if shuffling else None
    if validation is not None:
        validation = check_data("fit validation", *validation)
    history = History(metrics={name_of(metric): [] for metric in metrics})
    good = [p.copy() for p in network.parameters()]
    # overflow is no surprise here: it ends in TrainingDiverged, with a better message
    with np.errstate(over="ignore", invalid="ignore"), _bar(epochs, progress) as bar:
        for epoch in range(1, epochs + 1):
            total = 0.0
            for number, index in enumerate(batches(len(X), batch_size, rng), start=1):
                batch = X[index]
                value = loss.forward(network.forward(batch), y[index])
                if not np.isfinite(value):
                    _restore(network, good)
                    raise _diverged(f"the loss became {value}", epoch, number, optimizer)
                network.backward(loss.backward())
                optimizer.step(network.parameters(), network.gradients())
                total += value * len(batch)
            if not all(np.isfinite(p).all() for p in network.parameters()):
                _restore(network, good)
                raise _diverged("a parameter became infinite", epoch, number, optimizer)
            for kept, p in zip(good, network.parameters(), strict=True):
                kept[...] = p
            history.loss.append(total / len(X))
            _measure(network, loss, metrics, history, validation, (X, y))
            bar.update(1)
            bar.set_postfix_str(f"loss {history.loss[-1]:.4g}", refresh=False)
    return history


def _measure(
    network: Trainable,
    loss: Loss,
    metrics: Sequence[Metric],
    history: History,
    validation: tuple[Array, Array] | None,
    training: tuple[Array, Array],
) -> None:
    if validation is None and not metrics:
        return
    X, y = validation or training
    predictions = network.predict(X)
    if validation is not None:
        history.validation_loss.append(loss.forward(predictions, y))
    for metric in metrics:
        history.metrics[name_of(metric)].append(float(metric(predictions, y)))


def name_of(metric: Metric) -> str:
    """Return the name under which a metric is recorded."""
    return getattr(metric, "__name__", type(metric).__name__)


def _restore(network: Trainable, good: list[Array]) -> None:
    for p, kept in zip(network.parameters(), good, strict=True):
        p[...] = kept


def _diverged(what: str, epoch: int, batch: int, optimizer: Optimizer) -> TrainingDiverged:
    return TrainingDiverged(
        f"{what} in epoch {epoch}, batch {batch}; the parameters are those after the last good "
        f"epoch. Try a learning rate below {optimizer.learning_rate:g}, clip_norm, or smaller "
        "first weights"
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
    if progress is False:
        return _Silent()
    try:
        from tqdm import tqdm
    except ImportError:
        if progress is True:
            raise ImportError("fit needs tqdm for progress=True: pip install tqdm") from None
        return _Silent()
    return tqdm(total=epochs, unit="epoch", delay=3 if progress == "auto" else 0, leave=False)
