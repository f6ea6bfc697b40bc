"""Loss and gradients of a batch: in one thread, or data-parallel in several."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .layers.tree import generators_of, iter_layers, parameters_of, shared_copy
from .losses import Loss
from .validation import Array, real_array

Augment: TypeAlias = "Callable[[Array, np.random.Generator], ArrayLike]"
Index: TypeAlias = "slice | NDArray[np.intp]"

# multiply-adds in a batch, below which threads within a product are held to one: two of them bring
# little there on an idle machine, and cost a factor of 4 to 10 on a busy one
SMALL = 2e8
TINY = 2**18  # and below this no product takes a second thread by itself
# multiply-adds in a part of a batch, below which a second thread may cost more than it saves;
# measured on two cores: 1.1 to 2 times the time of one thread up to 70 million, 0.6 to 0.7 from 90
# million on
WORTH_A_THREAD = 8e7
PROBE_SIZE = 16  # samples on which it is tried whether a batch may be split


def loss_and_gradients(
    network: Any, loss: Loss, X: Array, y: Any, sample_weight: Array | None = None
) -> float:
    """Return the loss of one batch, and leave its gradients in the network."""
    predictions = network.forward(X)
    value = loss.forward(predictions, y, *([] if sample_weight is None else [sample_weight]))
    network.backward(loss.backward())
    return value


class BatchGradient:
    """Computes loss and gradients of batches; an argument of `training.train`."""

    def __enter__(self) -> BatchGradient:
        return self

    def __exit__(self, *_: object) -> None: ...

    def limit_blas(self) -> AbstractContextManager[Any]:
        """Return the context for an epoch."""
        return nullcontext()

    def __call__(self, index: Index) -> float:
        """Return the loss of the samples ``index``, and leave its gradients in the network."""
        raise NotImplementedError


class ParallelGradient(BatchGradient):
    """Loss and gradients of batches, each split among threads where that is worth it.

    The gradient of a batch is the weighted sum over its parts (chapter 05), so each thread takes
    a part, with a copy of the network: the same parameters, caches of its own.

    Raises
    ------
    ImportError
        If several threads are wanted where threadpoolctl is not installed.
    ValueError
        If a layer or the loss gives another result for the parts than for the whole.
    """

    def __init__(
        self,
        network: Any,
        loss: Loss,
        X: Array,
        y: Any,
        sample_weight: Array | None,
        augment: Augment | None,
        rng: Any,
        batch_size: int,
        threads: int,
    ) -> None:
        self._network, self._loss, self._threads = network, loss, threads
        self._X, self._y, self._weights = X, y, sample_weight
        self._augment, self._rng = augment, rng
        self._pool: ThreadPoolExecutor | None = None
        work = batch_size * _multiply_adds(network, X)
        alone = threads == 1 or work < threads * WORTH_A_THREAD
        self._one_blas_thread = not alone or TINY < work < SMALL
        if threads == 1:
            return
        if one_blas_thread() is None:
            raise ImportError("fit needs threadpoolctl for threads: pip install threadpoolctl")
        check_splittable("fit expects threads=1", network, loss, X, y)
        if alone:
            return
        self._pool = _started(threads)
        self._copies = [network, *(shared_copy(network) for _ in range(threads - 1))]
        self._losses = [copy.deepcopy(loss) for _ in self._copies]

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def limit_blas(self) -> AbstractContextManager[Any]:
        """Hold the threads of the matrix products to one, where more would only be in the way."""
        limit = one_blas_thread() if self._one_blas_thread else None
        return limit or nullcontext()

    def __call__(self, index: Index) -> float:
        """Return the loss of the samples ``index``, and leave its gradients in the network."""
        X = self._X[index].astype(self._network.dtype, copy=self._augment is not None)
        if self._augment is not None:
            X = _augmented(self._augment, X, self._rng)
        y, w = self._y[index], None if self._weights is None else self._weights[index]
        if self._pool is None:
            return loss_and_gradients(self._network, self._loss, X, y, w)
        for clone in self._copies[1:]:
            reseed(clone, self._network)
        slices = split(len(X), self._threads)
        tasks = [
            # NumPy's errstate belongs to a context, which a new thread does not inherit
            self._pool.submit(
                copy_context().run,
                loss_and_gradients,
                self._copies[i],
                self._losses[i],
                X[part],
                y[part],
                None if w is None else w[part],
            )
            for i, part in enumerate(slices)
        ]
        values = [task.result() for task in tasks]
        weights = [part.stop - part.start if w is None else w[part].sum() for part in slices]
        gradients = [self._copies[i].gradients() for i in range(len(slices))]
        value, sums = weighted_sum(weights, values, gradients)
        for mine, g in zip(self._network.gradients(), sums, strict=True):
            mine[...] = g
        return value


def _augmented(augment: Augment, batch: Array, rng: Any) -> Array:
    changed = real_array("fit, from augment,", augment(batch, rng))
    if changed.ndim == 0 or len(changed) != len(batch):
        raise ValueError(
            f"fit expects augment to return as many samples as it gets, {len(batch)}, got shape "
            f"{changed.shape}"
        )
    return changed.astype(batch.dtype, copy=False)


def split(m: int, n: int) -> list[slice]:
    """Return up to ``n`` slices of ``m`` samples, of like size.

    >>> split(5, 2), split(1, 2)
    ([slice(0, 2, None), slice(2, 5, None)], [slice(0, 1, None)])
    """
    ends = [m * i // n for i in range(n + 1)]
    return [slice(*ends[i : i + 2]) for i in range(n) if ends[i] < ends[i + 1]]


def weighted_sum(
    weights: Sequence[float], values: Sequence[float], gradients: Sequence[Sequence[Array]]
) -> tuple[float, list[Array]]:
    """Return loss and gradients of a batch from those of its parts, each with its weight.

    >>> weighted_sum([1, 3], [4.0, 8.0], [[np.ones(1)], [np.zeros(1)]])
    (7.0, [array([0.25])])
    """
    w = [float(weight / sum(weights)) for weight in weights]
    value = float(sum(share * v for share, v in zip(w, values, strict=True)))
    columns = zip(*gradients, strict=True)
    return value, [sum(share * g for share, g in zip(w, gs, strict=True)) for gs in columns]


def reseed(clone: Any, network: Any) -> None:
    """Draw new seeds for the generators of ``clone``, so that copies do not draw the same."""
    pairs = zip(generators_of(clone.layers), generators_of(network.layers), strict=True)
    for mine, its in pairs:
        mine.bit_generator.state = type(its.bit_generator)(int(its.integers(2**63))).state


def check_splittable(refusal: str, network: Any, loss: Loss, X: Array, y: np.ndarray) -> None:
    """Raise ValueError if the result on a batch differs from the combined result on its parts.

    Tried on a few samples of ``X`` and ``y``.
    """
    for layer in iter_layers(network.layers):
        if layer.state:
            raise ValueError(
                f"{refusal} with {layer}, which keeps a state, {list(layer.state)}, "
                "of whole batches"
            )
    probe = np.random.default_rng(0).permutation(len(X))[:PROBE_SIZE]
    if len(probe) < 2:
        return
    X, y = X[probe].astype(network.dtype), y[probe]
    first, rest = slice(0, 1), slice(1, None)
    clone = shared_copy(network)
    with np.errstate(all="ignore"):
        for part in clone.layers:
            if generators_of([part]):  # draws something else each time
                X = part.forward(X)
                continue
            pieces = [part.forward(X[piece]) for piece in (first, rest)]
            X = part.forward(X)
            if not _near(np.concatenate(pieces), X):
                raise ValueError(
                    f"{refusal} with {part}, whose output for a sample depends on "
                    "the other samples of the batch"
                )
        one = copy.deepcopy(loss)
        whole = np.array(one.forward(X, y), X.dtype)
        values = [one.forward(X[piece], y[piece]) for piece in (first, rest)]
        combined, _ = weighted_sum([1, len(X) - 1], values, [[], []])
        if not _near(combined, whole):
            raise ValueError(
                f"{refusal} with {loss}, which is not a mean over the samples; if its "
                "samples have weights, fit takes them as sample_weight=..."
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
        warnings.warn(
            f"fit goes on with one thread, more cannot start here: {error}", stacklevel=8
        )  # the call of fit
        return None
    return pool


def _multiply_adds(network: Any, X: Array) -> int:
    """Return the multiply-adds of one sample, or, if layers do not count them, the parameters."""
    clone = shared_copy(network).inference_copy()
    clone.forward(np.zeros((1, *X.shape[1:]), network.dtype))
    layers = iter_layers(clone.layers)
    counts = [layer.multiply_adds(layer.latest_shapes[1][1:]) for layer in layers]
    return max(sum(counts), sum(p.size for p in parameters_of(network.layers)))


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
