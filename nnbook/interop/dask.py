"""Training on a cluster: each worker of Dask differentiates its share of every batch.

Needs Dask: ``pip install "nnbook[dask]"``. The samples are dealt out once and stay with the
workers. In each step the parameters go out, a gradient comes back from each worker, their weighted
sum is the gradient of the batch (chapter 05), and the optimizer steps once, here. So n workers
take ``t(n) = t / n + n (s + 2 P / B)`` seconds a step: t is what one process takes, s a message, P
the bytes of the parameters, B the bytes a second of the one link here. More workers gain up to
``n = √(t / (s + 2 P / B))``, and there the speed is n/2. benchmarks/DASK.md has figures.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

try:
    from distributed import Client
except ImportError as error:
    raise ImportError(
        f'nnbook.interop.dask needs Dask: pip install "nnbook[dask]" ({error})'
    ) from error

from .. import training
from ..experiments import _portable
from ..layers import generators, twin_of
from ..losses import Loss
from ..optimizers import Optimizer
from ..threads import PROBED, _may_be_cut, _parts, differentiate, reseed
from ..training import History, Metric
from ..validation import Array

if TYPE_CHECKING:
    from ..ledger import Summary
    from ..network import Sequential
    from ..storage import PathLike

__all__ = ["epochs", "fit"]

TRIES = 5  # workers that may be lost on one shard in one step
PATIENCE = 60.0  # seconds, for a worker to come where none is left
LOOK = 1.0  # seconds, after which it is asked whether the worker is still there


def epochs(
    network: Sequential,
    X: ArrayLike,
    y: ArrayLike,
    *,
    client: Client,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int | None = None,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    metrics: Iterable[Metric] | Mapping[str, Metric] = (),
    weights: ArrayLike | None = None,
    rng: np.random.Generator | int | None = None,
    progress: bool | str = "auto",
    checkpoint: PathLike | None = None,
) -> Iterator[History]:
    """Train as `Sequential.fit` does, on the workers of a `distributed.Client`.

    ``fit`` returns the `History`, ``epochs`` leaves the loop in your hands. Batches, their order
    and the steps are those of `Sequential.fit`, so the network ends up the same but for rounding;
    layers that draw random numbers draw others. Dask decides nothing: with the same number of
    workers at the start the result is the same, bit for bit, whoever is lost on the way.

    A worker that dies in the middle of a step takes nothing along: its samples go from here to
    another one, which repeats what is missing. If none is left for a minute, an error comes as from
    `Sequential.fit`, and with ``checkpoint`` the same call goes on later. Validation and metrics
    are computed here. With ``Client(..., direct_to_workers=True)`` messages spare the detour by the
    scheduler.

    Parameters
    ----------
    network, X, y, loss, optimizer, epochs, batch_size, validation, metrics, weights, rng, progress
        As in `Sequential.fit`; ``X (m, ...)`` and ``y`` are dealt out in as many shards as there
        are workers.
    client : distributed.Client
        Of the cluster; it must not be asynchronous.
    checkpoint : path, optional
        As in `Sequential.fit`, a file of this machine.

    Raises
    ------
    TypeError, ValueError, TrainingDiverged, ModelFileError, OSError
        As `Sequential.fit` does with threads, and for what is no client.
    RuntimeError
        If no worker is left, or five in a row are lost on the same shard.

    Examples
    --------
    >>> from distributed import Client
    >>> import nnbook as nn
    >>> from nnbook.interop import dask
    >>> X, y = nn.datasets.hello_world()
    >>> network = nn.Sequential(nn.Dense(1, 1, rng=0))
    >>> with Client(processes=False, n_workers=2, dashboard_address=None) as client:
    ...     history = dask.fit(
    ...         network,
    ...         X,
    ...         y,
    ...         client=client,
    ...         loss=nn.MeanSquaredError(),
    ...         optimizer=nn.SGD(0.05),
    ...         epochs=20,
    ...     )
    >>> history.loss[-1] < history.loss[0]
    True
    """
    if not isinstance(client, Client) or client.asynchronous:
        raise TypeError(
            "fit on a cluster expects client to be a distributed.Client that is not asynchronous, "
            f"got {client!r}; write client=Client(address)"
        )
    training.check_loss("fit", loss)
    X, y = training.check_data("fit", X, y)
    probed = np.random.default_rng(0).permutation(len(X))[:PROBED]
    refusal = "fit on a cluster cuts every batch; use network.fit"
    _may_be_cut(refusal, network, loss, X[probed].astype(network.dtype), y[probed])
    far = _Far(network, _Shards(client, network, loss, X, y, weights), X)
    try:
        yield from training.epochs(
            cast("Sequential", far),
            far.rows,
            y,
            loss=cast(Loss, _Told(loss, X)),
            optimizer=optimizer,
            epochs=epochs,
            batch_size=batch_size,
            validation=validation,
            metrics=metrics,
            weights=weights,
            rng=rng,
            progress=progress,
            checkpoint=checkpoint,
        )
    finally:
        far.shards.forget()


fit = training._exhausted(epochs)


class _Far:
    """What the loop of `fit` takes for a network: a batch is the numbers of rows far away.

    So all that the loop does, batches, guard, checkpoint, history, is not done a second time here.
    """

    dtype = np.dtype(np.float64)  # in which row numbers are exact, whatever the network computes in

    def __init__(self, network: Sequential, shards: _Shards, X: Array) -> None:
        self.shards, self._network, self._X = shards, network, X
        self.rows = np.arange(len(X), dtype=self.dtype)[:, None]
        self.layers = network.layers
        self.parameters, self.named_parameters = network.parameters, network.named_parameters
        self._twin = twin_of(network)  # whose generators take the seeds for the shards
        self._gradients: list[Array] = []

    def forward(self, rows: Array) -> float:
        """Have the batch priced and differentiated; the price stands for the predictions."""
        states = []
        for _ in range(len(self.shards)):
            reseed(self._twin, self._network)
            states.append([g.bit_generator.state for g in generators(self._twin.layers)])
        # a batch of all rows has them in order
        batch = None if len(rows) == len(self.rows) else rows[:, 0].astype(np.intp)
        price, self._gradients = self.shards.differentiate(self.parameters(), batch, states)
        return price

    def backward(self, grad: None) -> None:
        """Everything is done already."""

    def gradients(self) -> list[Array]:
        return self._gradients

    def predict(self, X: Array, batch_size: int | None = None) -> Array:
        return self._network.predict(self._X if X is self.rows else X, batch_size)

    def summary(self, _: tuple[int, ...]) -> Summary:
        return self._network.summary(self._X.shape[1:])


class _Told:
    """What the loop takes for a loss: it passes on the price that came from far away."""

    def __init__(self, loss: Loss, X: Array) -> None:
        self.loss, self.X = loss, X  # public: a checkpoint compares them

    def forward(self, predictions: Any, targets: Any, weights: Any = None) -> float:
        if isinstance(predictions, float):
            return predictions
        return self.loss.forward(predictions, targets)  # of what was predicted here

    def backward(self) -> None: ...


class _Shard:
    """What a worker holds: some of the samples, and a network to differentiate."""

    def __init__(self, content: tuple[Sequential, Loss, Array, Any, Array | None]) -> None:
        network, self._loss, self._X, self._y, self._weights = content
        self._network = copy.deepcopy(network)  # what comes by wire may not be written to

    def differentiate(
        self, parameters: list[Array], rows: NDArray[np.intp] | None, states: list[Any]
    ) -> tuple[float, list[Array]] | Exception:
        """Return price and gradients of some rows, or the error; what is raised means a loss."""
        try:
            for mine, new in zip(self._network.parameters(), parameters, strict=True):
                mine[...] = new
            for source, state in zip(generators(self._network.layers), states, strict=True):
                source.bit_generator.state = state
            index = slice(None) if rows is None else rows
            batch = self._X[index].astype(self._network.dtype, copy=False)
            w = None if self._weights is None else self._weights[index]
            with np.errstate(over="ignore", invalid="ignore"):
                price = differentiate(self._network, self._loss, batch, self._y[index], w)
            return price, self._network.gradients()
        except Exception as error:
            return _portable(error)


class _Shards:
    """The samples in parts, each with a worker; who is lost is replaced."""

    def __init__(
        self,
        client: Client,
        network: Sequential,
        loss: Loss,
        X: Array,
        y: Any,
        weights: ArrayLike | None,
    ) -> None:
        self._client, self._network, self._loss = client, network, loss
        self._X, self._y = X, y
        self._weights = None if weights is None else np.asarray(weights, float)
        self._wait_for_one()
        self._parts, _ = _parts(len(X), len(client.nthreads()), None)
        self._actors: list[Any] = [None] * len(self)  # what stands for the shards here
        self._places = [""] * len(self)
        self._futures: list[Any] = []  # which keep them alive
        self._lost: set[str] = set()  # addresses; a worker may come back to one

    def __len__(self) -> int:
        return len(self._parts)

    def forget(self) -> None:
        """Let the workers have their memory back, now and not when Python tidies up."""
        with suppress(Exception):  # of a cluster that is gone; what was trained is here
            self._client.cancel(self._futures)

    def differentiate(
        self, parameters: list[Array], rows: NDArray[np.intp] | None, states: list[list[Any]]
    ) -> tuple[float, list[Array]]:
        """Return price and gradients of a batch: the weighted sums of those of its parts."""
        w = np.ones(len(self._X)) if self._weights is None else self._weights
        messages, shares = {}, []
        for i, part in enumerate(self._parts):
            mine = rows
            if rows is not None:
                mine = rows[(part.start <= rows) & (rows < part.stop)] - part.start
                if not len(mine):
                    continue
            messages[i] = (parameters, mine, states[i])
            shares.append(w[part].sum() if mine is None else w[part][mine].sum())
        calls = {i: self._called(i, message) for i, message in messages.items()}
        answers = [self._answer(i, calls[i], message) for i, message in messages.items()]
        fractions = [float(share / sum(shares)) for share in shares]
        prices, lists = zip(*answers, strict=True)
        return (
            float(sum(f * price for f, price in zip(fractions, prices, strict=True))),
            [
                sum(f * g for f, g in zip(fractions, gradients, strict=True))
                for gradients in zip(*lists, strict=True)
            ],
        )

    def _called(self, i: int, message: tuple[Any, ...]) -> Any:
        """Have shard i begin; None if its worker is lost."""
        with suppress(Exception):  # `_answer` tries again, and says what is wrong
            return self._call(i, message)

    def _call(self, i: int, message: tuple[Any, ...]) -> Any:
        if self._actors[i] is None:
            self._actors[i] = self._placed(i)
        return self._actors[i].differentiate(*message)

    def _answer(self, i: int, call: Any, message: tuple[Any, ...]) -> tuple[float, list[Array]]:
        """Return what shard i answers, from another worker if the first is lost."""
        for _ in range(TRIES):
            try:
                answer = self._result(call or self._call(i, message), i)
            except Exception as error:
                reason = error
                self._lost.add(self._places[i])
                self._actors[i], self._places[i], call = None, "", None
                self._wait_for_one()
                continue
            if isinstance(answer, Exception):
                raise answer
            return answer
        raise RuntimeError(
            f"fit on a cluster lost {TRIES} workers in a row on shard {i} of {len(self)}; look at "
            f"their logs, is its memory enough? The last said: {type(reason).__name__}: {reason}"
        ) from reason

    def _placed(self, i: int) -> Any:
        """Send shard i to the worker that holds the fewest, and return what stands for it there."""
        addresses = self._client.nthreads()
        self._places[i] = min(addresses, key=lambda a: (a in self._lost, self._places.count(a)))
        place, part = self._places[i], self._parts[i]
        w = None if self._weights is None else self._weights[part]
        content = (self._network, self._loss, self._X[part], self._y[part], w)
        with self._client.as_current():
            (sent,) = self._client.scatter([content], workers=[place], hash=False)
            made = self._client.submit(_Shard, sent, actor=True, workers=[place], pure=False)
            self._futures.append(made)
            return self._result(made, i)

    def _result(self, future: Any, i: int) -> Any:
        """Wait for the result, as long as the worker is there: not every loss is an error."""
        while True:
            try:
                return future.result(timeout=LOOK)
            except TimeoutError:
                if future.done() or self._places[i] not in self._client.nthreads():
                    raise

    def _wait_for_one(self) -> None:
        """Wait until there is a worker.

        `Client.wait_for_workers` would do, but where it meets the news of a loss, a LocalCluster
        ends with a KeyError (distributed 2026.8).
        """
        deadline = time.monotonic() + PATIENCE
        while not self._client.nthreads():
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"fit on a cluster waited {PATIENCE:g} s for a worker and none came; start some"
                )
            time.sleep(0.05)
