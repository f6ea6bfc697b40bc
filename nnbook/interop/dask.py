"""Data-parallel training on a cluster: each Dask worker differentiates its part of every batch.

Needs Dask: ``pip install distributed``. The samples are distributed once and stay with the
workers. In each step the parameters go out, a gradient comes back from each worker, their weighted
sum is the gradient of the batch (chapter 05), and the optimizer updates once, here. So n workers
take ``t(n) = t / n + n (s + 2 P / B)`` seconds a step: t is what one process takes, s a message, P
the bytes of the parameters, B the bytes a second of the one link here. More workers gain up to
``n = √(t / (s + 2 P / B))``, and there the speed is n/2. benchmarks/DASK.md has figures.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

try:
    from distributed import Client
except ImportError as error:
    raise ImportError(
        f"nnbook.interop.dask needs Dask: pip install distributed ({error})"
    ) from error

from ..experiments import portable
from ..history import History
from ..layers.tree import generators_of, iter_layers, shared_copy
from ..losses import Loss
from ..network import Sequential
from ..parallel import (
    BatchGradient,
    Index,
    check_splittable,
    loss_and_gradients,
    reseed,
    split,
    weighted_sum,
)
from ..training import train
from ..validation import Array

__all__ = ["epochs", "fit"]

ATTEMPTS = 5  # workers that may be lost on one shard in one step
WAIT_FOR_WORKER = 60.0  # seconds, where none is left
POLL = 1.0  # seconds, after which it is asked whether the worker is still there


def fit(
    network: Sequential, X: ArrayLike, y: ArrayLike, *, client: Client, **options: Any
) -> History:
    """Train as `Sequential.fit` does, on the workers of a `distributed.Client`.

    Batches, their order and the updates are those of `Sequential.fit`, so the network ends up the
    same but for rounding; layers that draw random numbers draw others. Dask decides nothing: with
    the same number of workers at the start the result is the same, bit for bit, whichever is lost.

    A worker that dies in the middle of a step loses nothing: its samples go from here to another
    one, which repeats what is missing. If none is left for a minute, an error comes as from
    `Sequential.fit`, and with ``checkpoint`` the same call goes on later. Validation and metrics
    are computed here. With ``Client(..., direct_to_workers=True)`` messages avoid the scheduler.

    Parameters
    ----------
    network, X, y
        As in `Sequential.fit`; ``X (m, ...)`` and ``y`` are distributed in as many shards as there
        are workers.
    client : distributed.Client
        Of the cluster; it must not be asynchronous.
    **options
        As in `Sequential.fit`, but ``threads`` and ``augment``.

    Raises
    ------
    TypeError, ValueError, TrainingDiverged, ModelFileError, OSError
        As `Sequential.fit` does with threads, and for what is not a client.
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
    ...         network, X, y, client=client, loss=nn.MeanSquaredError(),
    ...         optimizer=nn.SGD(0.05), epochs=20,
    ...     )
    >>> history.loss[-1] < history.loss[0]
    True
    """
    for history in epochs(network, X, y, client=client, **options):  # noqa: B007
        pass
    return history


def epochs(
    network: Sequential, X: ArrayLike, y: ArrayLike, *, client: Client, **options: Any
) -> Iterator[History]:
    """Train as `fit` does, with the loop in your hands, as in `Sequential.epochs`."""
    if not isinstance(client, Client) or client.asynchronous:
        raise TypeError(
            "fit on a cluster expects client to be a distributed.Client that is not asynchronous, "
            f"got {client!r}; write client=Client(address)"
        )
    for name in {"threads", "augment"} & options.keys():
        raise TypeError(f"fit on a cluster has no argument {name}; leave it out")
    return train(network, X, y, gradient=partial(_Shards, client), **options)


class _Shard:
    """What a worker holds: some of the samples, and a network to differentiate."""

    def __init__(self, content: tuple[Sequential, Loss, Array, Any, Array | None]) -> None:
        network, self._loss, self._X, self._y, self._weights = content
        self._network = copy.deepcopy(network)  # what comes by wire is read-only

    def differentiate(
        self, parameters: list[Array], index: Index, states: list[Any]
    ) -> tuple[float, list[Array]] | Exception:
        """Return loss and gradients of some samples, or the error.

        An exception raised here is reported as a lost worker.
        """
        try:
            for mine, new in zip(self._network.parameters(), parameters, strict=True):
                mine[...] = new
            for source, state in zip(generators_of(self._network.layers), states, strict=True):
                source.bit_generator.state = state
            X = self._X[index].astype(self._network.dtype, copy=False)
            w = None if self._weights is None else self._weights[index]
            with np.errstate(over="ignore", invalid="ignore"):
                value = loss_and_gradients(self._network, self._loss, X, self._y[index], w)
            return value, self._network.gradients()
        except Exception as error:
            return portable(error)


class _Shards(BatchGradient):
    """Loss and gradients of batches, computed where the samples are; lost workers are replaced."""

    def __init__(
        self,
        client: Client,
        network: Sequential,
        loss: Loss,
        X: Array,
        y: Any,
        sample_weight: Array | None,
        *_: Any,
    ) -> None:
        check_splittable(
            "fit on a cluster splits every batch; use network.fit", network, loss, X, y
        )
        self._client, self._network, self._loss = client, network, loss
        self._X, self._y, self._weights = X, y, sample_weight
        self._clone = shared_copy(network)  # whose generators take the seeds for the shards
        self._wait_for_worker()
        self._parts = split(len(X), len(client.nthreads()))
        self._actors: list[Any] = [None] * len(self._parts)  # what stands for the shards here
        self._addresses = [""] * len(self._parts)
        self._futures: list[Any] = []  # which keep them alive
        self._lost: set[str] = set()  # addresses; a worker may come back to one

    def __exit__(self, *_: object) -> None:
        """Free the memory of the workers, now and not when Python tidies up."""
        with suppress(Exception):  # of a cluster that is gone; what was trained is here
            self._client.cancel(self._futures)

    def __call__(self, index: Index) -> float:
        """Return the loss of the samples ``index``, and leave its gradients in the network."""
        w = np.ones(len(self._X)) if self._weights is None else self._weights
        parameters = self._network.parameters()
        messages, weights = {}, []
        for i, part in enumerate(self._parts):
            reseed(self._clone, self._network)
            states = [g.bit_generator.state for g in generators_of(self._clone.layers)]
            mine = index
            if not isinstance(index, slice):
                mine = index[(part.start <= index) & (index < part.stop)] - part.start
                if not len(mine):
                    continue
            messages[i] = (parameters, mine, states)
            weights.append(w[part][mine].sum())
        calls = {i: self._start(i, message) for i, message in messages.items()}
        results = [self._result(i, calls[i], message) for i, message in messages.items()]
        value, sums = weighted_sum(weights, *zip(*results, strict=True))
        gradients = iter(sums)
        for layer in iter_layers(self._network.layers):
            layer.gradients = {name: next(gradients) for name in layer.parameters}
        return value

    def _start(self, i: int, message: tuple[Any, ...]) -> Any:
        """Have shard i begin; None if its worker is lost."""
        with suppress(Exception):  # `_result` tries again, and says what is wrong
            return self._call(i, message)

    def _call(self, i: int, message: tuple[Any, ...]) -> Any:
        if self._actors[i] is None:
            self._actors[i] = self._placed(i)
        return self._actors[i].differentiate(*message)

    def _result(self, i: int, call: Any, message: tuple[Any, ...]) -> tuple[float, list[Array]]:
        """Return the result of shard i, from another worker if the first is lost."""
        for _ in range(ATTEMPTS):
            try:
                result = self._wait(call or self._call(i, message), i)
            except Exception as error:
                reason = error
                self._lost.add(self._addresses[i])
                self._actors[i], self._addresses[i], call = None, "", None
                self._wait_for_worker()
                continue
            if isinstance(result, Exception):
                raise result
            return result
        raise RuntimeError(
            f"fit on a cluster lost {ATTEMPTS} workers in a row on shard {i} of "
            f"{len(self._parts)}; look at their logs, is its memory enough? The last said: "
            f"{type(reason).__name__}: {reason}"
        ) from reason

    def _placed(self, i: int) -> Any:
        """Send shard i to the worker that holds the fewest, and return what stands for it there."""
        workers = self._client.nthreads()
        address = min(workers, key=lambda a: (a in self._lost, self._addresses.count(a)))
        self._addresses[i], part = address, self._parts[i]
        w = None if self._weights is None else self._weights[part]
        content = (self._network, self._loss, self._X[part], self._y[part], w)
        with self._client.as_current():
            (sent,) = self._client.scatter([content], workers=[address], hash=False)
            made = self._client.submit(_Shard, sent, actor=True, workers=[address], pure=False)
            self._futures.append(made)
            return self._wait(made, i)

    def _wait(self, future: Any, i: int) -> Any:
        """Wait for the result, as long as the worker is there: not every loss is an error."""
        while True:
            try:
                return future.result(timeout=POLL)
            except TimeoutError:
                if future.done() or self._addresses[i] not in self._client.nthreads():
                    raise

    def _wait_for_worker(self) -> None:
        """Wait until there is a worker.

        `Client.wait_for_workers` would do, but where it meets the news of a loss, a LocalCluster
        ends with a KeyError (distributed 2026.8).
        """
        deadline = time.monotonic() + WAIT_FOR_WORKER
        while not self._client.nthreads():
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"fit on a cluster waited {WAIT_FOR_WORKER:g} s for a worker and none came; "
                    "start some"
                )
            time.sleep(0.05)
