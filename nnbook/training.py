"""The loop: batches in, steps out, and a record of how it went."""

from __future__ import annotations

import copy
import hashlib
import json
import operator
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import storage
from .errors import ModelFileError, TrainingDiverged
from .losses import Loss
from .optimizers import Optimizer
from .storage import PathLike
from .validation import Array, finite, float_array, generator, positive_int

Metric = Callable[[Array, Array], float]
PATIENCE = 3.0  # seconds, before a training shows how far it is


class Trainable(Protocol):
    """What the loop needs of a network."""

    def forward(self, X: ArrayLike) -> Array: ...  # noqa: D102
    def predict(self, X: ArrayLike, batch_size: int | None = None) -> Array: ...  # noqa: D102
    def backward(self, grad: ArrayLike) -> Array | None: ...  # noqa: D102
    def parameters(self) -> list[Array]: ...  # noqa: D102
    def gradients(self) -> list[Array]: ...  # noqa: D102
    def generators(self) -> list[np.random.Generator]: ...  # noqa: D102
    def describe(self) -> list[dict[str, Any]]: ...  # noqa: D102
    def named_parameters(self) -> dict[str, Array]: ...  # noqa: D102
    def twin(self) -> Trainable: ...  # noqa: D102
    def reseed(self, other: Trainable) -> None: ...  # noqa: D102


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
    checkpoint: PathLike | None = None,
    threads: int = 1,
) -> History:
    """Train ``network``; see :meth:`nnbook.Sequential.fit`."""
    X, y = check_data("fit", X, y)
    epochs = positive_int("fit", "epochs", epochs)
    threads = positive_int("fit", "threads", threads)
    if batch_size is not None:
        batch_size = positive_int("fit", "batch_size", batch_size)
    shuffling = batch_size is not None and batch_size < len(X)
    rng = generator("fit, with batches,", rng) if shuffling else None
    if validation is not None:
        validation = check_data("fit validation", *validation)
    history = History(metrics={name_of(metric): [] for metric in metrics})
    state = None
    if checkpoint is not None:
        state = Checkpoint(checkpoint, network, optimizer, rng, history)
        state.fit = {"loss": f"{loss}", "batch_size": batch_size, "data": _fingerprint(X, y)}
        state.resume(epochs)
    good = [p.copy() for p in network.parameters()]
    # overflow is no surprise here: it ends in TrainingDiverged, with a better message
    with (
        np.errstate(over="ignore", invalid="ignore"),
        _team(network, loss, threads) as differentiate,
        _bar(epochs, progress) as bar,
    ):
        bar.update(len(history.loss))
        for epoch in range(len(history.loss) + 1, epochs + 1):
            total = 0.0
            for number, index in enumerate(batches(len(X), batch_size, rng), start=1):
                batch = X[index]
                value = differentiate(batch, y[index])
                if not np.isfinite(value):
                    _restore(network, good)
                    raise _diverged(f"the loss became {value}", epoch, number, optimizer)
                optimizer.step(network.parameters(), network.gradients())
                total += value * len(batch)
            if not all(np.isfinite(p).all() for p in network.parameters()):
                _restore(network, good)
                raise _diverged("a parameter became infinite", epoch, number, optimizer)
            for kept, p in zip(good, network.parameters(), strict=True):
                kept[...] = p
            history.loss.append(total / len(X))
            _measure(network, loss, metrics, history, validation, (X, y))
            if state is not None:
                state.save()
            bar.update(1)
            bar.set_postfix_str(f"loss {history.loss[-1]:.4g}", refresh=False)
    return history


@dataclass
class Checkpoint:
    """The whole state of a training, and the file it is kept in."""

    path: PathLike
    network: Trainable
    optimizer: Optimizer
    rng: np.random.Generator | None
    history: History
    fit: dict[str, Any] = field(default_factory=dict)  # what else must be the same to go on

    def save(self) -> None:
        """Write the state after an epoch."""
        memory = self.optimizer.remembered()
        state = {
            **self._must_agree(),
            "steps": self.optimizer.steps,
            "memory": {name: len(arrays) for name, arrays in memory.items()},
            "generators": [source.bit_generator.state for source in self._generators()],
            "history": asdict(self.history),
        }
        arrays = self.network.named_parameters() | {
            f"{name}.{i}": array for name, list_ in memory.items() for i, array in enumerate(list_)
        }
        storage.write(self.path, state, arrays)

    def resume(self, epochs: int) -> None:
        """Go on from the file, if there is one that fits; else change nothing."""
        if not Path(self.path).exists():
            return
        state, arrays = storage.read(self.path)
        for name, mine in json.loads(json.dumps(self._must_agree())).items():
            if state.get(name) != mine:
                raise ModelFileError(
                    f"the checkpoint {self.path} belongs to another training: its {name} is "
                    f"{state.get(name)}, here it is {mine}; take another file, or remove it to "
                    "begin anew"
                )
        try:
            memory = {
                name: [arrays[f"{name}.{i}"] for i in range(n)]
                for name, n in state["memory"].items()
            }
            pairs = [(p, arrays[name]) for name, p in self.network.named_parameters().items()]
            for p, kept in pairs:
                np.copyto(np.empty_like(p), kept)
            sources = list(zip(self._generators(), state["generators"], strict=True))
            for source, kept in sources:
                copy.deepcopy(source.bit_generator).state = kept
            history, steps = History(**state["history"]), operator.index(state["steps"])
            done = len(history.loss)
        except Exception as error:  # a forged file can fail in any way, but changes nothing
            raise ModelFileError(f"{self.path} is no checkpoint of nnbook: {error}") from error
        if done > epochs:
            raise ModelFileError(
                f"the checkpoint {self.path} holds {done} epochs, more than the {epochs} asked "
                "for; nnbook.load gives its network"
            )
        for p, kept in pairs:
            p[...] = kept
        for source, kept in sources:
            source.bit_generator.state = kept
        self.optimizer.restore(steps, memory, self.network.parameters())
        vars(self.history).update(vars(history))

    def _generators(self) -> list[np.random.Generator]:
        return self.network.generators() + ([] if self.rng is None else [self.rng])

    def _must_agree(self) -> dict[str, Any]:
        kinds = [type(source.bit_generator).__name__ for source in self._generators()]
        return {
            "layers": self.network.describe(),
            "dtypes": sorted({p.dtype.str for p in self.network.parameters()}),
            "optimizer": self.optimizer.settings(),
            "kinds of generators": kinds,
            "metrics": list(self.history.metrics),
            **self.fit,
        }


def _fingerprint(*arrays: Array) -> str:
    """Return a hash of the numbers, their type and their shape."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape} {array.dtype.str}".encode())
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def differentiate(network: Trainable, loss: Loss, X: Array, y: Array) -> float:
    """Price one batch, leave the gradients in the network, and return the price."""
    value = loss.forward(network.forward(X), y)
    network.backward(loss.backward())
    return value


@contextmanager
def _team(
    network: Trainable, loss: Loss, threads: int
) -> Iterator[Callable[[Array, Array], float]]:
    """Give the function that differentiates a batch, alone or with others.

    The gradient of a batch is the weighted sum over its parts (chapter 05), so each thread takes
    a part, with a twin of the network: the same parameters, a memory of its own.
    """
    if threads == 1:
        yield partial(differentiate, network, loss)
        return
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise ImportError(
            "fit needs threadpoolctl for threads: pip install threadpoolctl"
        ) from None
    twins = [network, *(network.twin() for _ in range(threads - 1))]
    losses = [copy.deepcopy(loss) for _ in twins]

    def together(X: Array, y: Array) -> float:
        for twin in twins[1:]:
            twin.reseed(network)
        ends = [len(X) * i // threads for i in range(threads + 1)]
        parts = [slice(*ends[i : i + 2]) for i in range(threads) if ends[i] < ends[i + 1]]
        tasks = [
            # NumPy's errstate belongs to a context, which a new thread does not inherit
            pool.submit(copy_context().run, differentiate, twins[i], losses[i], X[part], y[part])
            for i, part in enumerate(parts)
        ]
        values = [task.result() for task in tasks]
        shares = [(part.stop - part.start) / len(X) for part in parts]
        for sums in zip(*(twins[i].gradients() for i in range(len(parts))), strict=True):
            sums[0][...] = sum(share * g for share, g in zip(shares, sums, strict=True))
        return sum(share * value for share, value in zip(shares, values, strict=True))

    # the threads are ours, so those of the matrix products would only be in their way
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        yield together


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
