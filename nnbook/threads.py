"""Who works on a batch: one thread, or several at the same time."""

from __future__ import annotations

import copy
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .layers import generators, twin_of, walk
from .losses import Loss
from .validation import Array

if TYPE_CHECKING:
    from .network import Sequential

# multiply-adds a batch, below which threads within a product are held to one: two of them bring
# little there on an idle machine, and cost a factor of 4 to 10 on a busy one
SMALL = 2e8
TINY = 2**18  # and below this no product takes a second thread by itself
# multiply-adds in a part, below which a second thread may cost more than it saves; measured on two
# cores: 1.1 to 2 times the time of one thread up to 70 million, 0.6 to 0.7 from 90 million on
ENOUGH = 8e7
PROBED = 16  # samples on which it is tried whether a batch may be cut


def differentiate(
    network: Sequential, loss: Loss, X: Array, y: Any, weights: Array | None = None
) -> float:
    """Price one batch, leave the gradients in the network, and return the price."""
    predictions = network.forward(X)
    value = loss.forward(predictions, y, *([] if weights is None else [weights]))
    network.backward(loss.backward())
    return value


class Team:
    """Differentiates batches, alone or with others.

    The gradient of a batch is the weighted sum over its parts (chapter 05), so each thread takes
    a part, with a twin of the network: the same parameters, a memory of its own.

    Raises
    ------
    ImportError
        If several threads are wanted where threadpoolctl is not installed.
    ValueError
        If a layer or the loss gives other answers for the parts than for the whole.
    """

    def __init__(
        self,
        network: Sequential,
        loss: Loss,
        threads: int,
        X: np.ndarray,
        y: np.ndarray,
        batch_size: int | None,
    ) -> None:
        self._network, self._loss, self._threads = network, loss, threads
        self._pool: ThreadPoolExecutor | None = None
        size = len(X) if batch_size is None else min(batch_size, len(X))
        work = size * _multiply_adds(network, X[:1])
        alone = threads == 1 or work < threads * ENOUGH
        self._calm = not alone or TINY < work < SMALL
        if threads == 1:
            return
        if one_blas_thread() is None:
            raise ImportError("fit needs threadpoolctl for threads: pip install threadpoolctl")
        probed = np.random.default_rng(0).permutation(len(X))[: min(size, PROBED)]
        refusal = "fit expects threads=1"
        _may_be_cut(refusal, network, loss, X[probed].astype(network.dtype), y[probed])
        if alone:
            return
        self._pool = _started(threads)
        self._twins = [network, *(twin_of(network) for _ in range(threads - 1))]
        self._losses = [copy.deepcopy(loss) for _ in self._twins]

    def __enter__(self) -> Team:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def calm(self) -> AbstractContextManager[Any]:
        """Hold the threads of the matrix products to one, where more would only be in the way."""
        limit = one_blas_thread() if self._calm else None
        return limit or nullcontext()

    def differentiate(self, X: Array, y: Any, weights: Array | None) -> float:
        """Price one batch, leave the gradients in the network, and return the price."""
        if self._pool is None:
            return differentiate(self._network, self._loss, X, y, weights)
        for twin in self._twins[1:]:
            reseed(twin, self._network)
        parts, shares = _parts(len(X), self._threads, weights)
        tasks = [
            # NumPy's errstate belongs to a context, which a new thread does not inherit
            self._pool.submit(
                copy_context().run,
                differentiate,
                self._twins[i],
                self._losses[i],
                X[part],
                y[part],
                None if weights is None else weights[part],
            )
            for i, part in enumerate(parts)
        ]
        values = [task.result() for task in tasks]
        lists = [self._twins[i].gradients() for i in range(len(parts))]
        for sums in zip(*lists, strict=True):
            sums[0][...] = sum(share * g for share, g in zip(shares, sums, strict=True))
        return float(sum(share * value for share, value in zip(shares, values, strict=True)))


def _parts(m: int, n: int, weights: Array | None) -> tuple[list[slice], list[float]]:
    """Return up to ``n`` parts of ``m`` samples, and how much each counts."""
    ends = [m * i // n for i in range(n + 1)]
    parts = [slice(*ends[i : i + 2]) for i in range(n) if ends[i] < ends[i + 1]]
    w = np.ones(m) if weights is None else weights
    return parts, [float(w[part].sum() / w.sum()) for part in parts]


def reseed(twin: Sequential, network: Sequential) -> None:
    """Draw new seeds for the generators of ``twin``, so that twins do not draw the same."""
    for mine, its in zip(generators(twin.layers), generators(network.layers), strict=True):
        fresh = type(its.bit_generator)(int(its.integers(2**63)))
        mine.bit_generator.state = fresh.state


def _may_be_cut(refusal: str, network: Sequential, loss: Loss, X: Array, y: np.ndarray) -> None:
    """Raise ValueError if parts of a batch, one after the other, give not what the whole gives."""
    for layer in walk(network.layers):
        if layer.state:
            raise ValueError(
                f"{refusal} with {layer}, which keeps a state, {list(layer.state)}, "
                "of whole batches"
            )
    if len(X) < 2:
        return
    cuts = slice(0, 1), slice(1, None)
    twin = twin_of(network)
    with np.errstate(all="ignore"):
        for part in twin.layers:
            draws = bool(generators([part]))  # each time something else
            pieces = [] if draws else [part.forward(X[cut]) for cut in cuts]
            Y = part.forward(X)
            if not draws and not _near(np.concatenate(pieces), Y):
                raise ValueError(
                    f"{refusal} with {part}, whose answer for a sample depends on "
                    "the other samples of the batch"
                )
            X = Y
        one = copy.deepcopy(loss)
        whole = one.forward(X, y)
        shares = np.array([1 / len(X), 1 - 1 / len(X)])
        values = [one.forward(X[cut], y[cut]) for cut in cuts]
        if not _near(shares @ values, np.array(whole, X.dtype)):
            raise ValueError(
                f"{refusal} with {loss}, which is no mean over the samples; if its "
                "samples have weights, fit takes them as weights=..."
            )


def _near(a: Any, b: Array) -> bool:
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return True  # nothing can be told; the training will say what is wrong
    precision = np.finfo(b.dtype).eps ** 0.5
    return bool(np.allclose(a, b, rtol=precision, atol=precision * np.abs(b).max()))


def _started(threads: int) -> ThreadPoolExecutor | None:
    """Return a pool, or None where threads cannot start."""
    pool = ThreadPoolExecutor(threads)
    try:
        pool.submit(int).result()
    except RuntimeError as error:
        warnings.warn(f"fit goes on with one thread, more cannot start here: {error}", stacklevel=5)
        return None
    return pool


def _multiply_adds(network: Sequential, X: Array) -> int:
    """Return the products of one sample, or, for layers that do not tell, the parameters."""
    counts = network.summary(X.shape[1:])
    return max(counts.multiply_adds, counts.parameters)


def one_blas_thread() -> AbstractContextManager[Any] | None:
    """Return the context in which matrix products use one thread; None without threadpoolctl."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return _made_once(ThreadpoolController).limit(limits=1, user_api="blas")


@cache
def _made_once(kind: type) -> Any:
    return kind()  # looking for the libraries takes a while
