"""Claims about training need more than one lucky seed: run many, and say how many."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from .threads import one_blas_thread
from .validation import Array


@dataclass(frozen=True)
class Seeds:
    """The results of one function over many seeds.

    Attributes
    ----------
    seeds : tuple of int
    values : tuple
        What the function returned for each seed, in the order of the seeds.
    """

    seeds: tuple[int, ...]
    values: tuple[Any, ...]

    @property
    def n(self) -> int:
        """How many seeds there were."""
        return len(self.seeds)

    @property
    def k(self) -> int:
        """How many seeds succeeded; the function must have returned True or False."""
        if not all(isinstance(value, bool | np.bool_) for value in self.values):
            raise TypeError(
                "k counts successes and needs a function that returns True or False, got "
                f"{type(self.values[0]).__name__}; compare with a limit, or use the values"
            )
        return int(sum(self.values))

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the success rate (Wilson's)."""
        return wilson(self.k, self.n)

    @property
    def failed(self) -> tuple[int, ...]:
        """The seeds that did not succeed: the ones worth looking into."""
        _ = self.k
        return tuple(seed for seed, ok in zip(self.seeds, self.values, strict=True) if not ok)

    def __repr__(self) -> str:
        if all(isinstance(value, bool | np.bool_) for value in self.values):
            low, high = self.interval
            return f"{self.k} of {self.n} seeds ({low:.0%} to {high:.0%})"
        if not all(np.isscalar(value) and np.isreal(value) for value in self.values):
            return f"{self.n} results, of seeds {self.seeds[0]} to {self.seeds[-1]}"
        values: Array = np.asarray(self.values, dtype=float)
        low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
        return (
            f"median {middle:.4g} over {self.n} seeds (10 % below {low:.4g}, 10 % above {high:.4g})"
        )


def wilson(k: int, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval for a rate of which ``k`` of ``n`` trials succeeded.

    >>> tuple(round(end, 3) for end in wilson(42, 50))
    (0.715, 0.917)
    """
    if not 0 <= k <= n or n < 1:
        raise ValueError(f"wilson expects 0 <= k <= n with n at least 1, got k={k}, n={n}")
    z = 1.959963984540054
    rate = k / n
    middle = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def difference(k: int, n: int, other_k: int, other_n: int) -> tuple[float, float]:
    """Return the 95 % interval of by how much the second of two rates exceeds the first.

    The first was seen in ``k`` of ``n`` trials, the second in ``other_k`` of ``other_n`` others.
    This is Newcombe's interval: the arms of the two Wilson intervals that point towards each other
    are the legs of a right triangle, and its long side is the arm of the difference. If 0 lies
    outside, the rates differ. (Two Wilson intervals that overlap say less than this one.)

    >>> [round(end, 3) for end in difference(57, 100, 74, 100)]
    [0.038, 0.294]
    """
    (low, high), (other_low, other_high) = wilson(k, n), wilson(other_k, other_n)
    rate, other = k / n, other_k / other_n
    down = np.hypot(other - other_low, high - rate)
    up = np.hypot(other_high - other, rate - low)
    return float(other - rate - down), float(other - rate + up)


def over_seeds(function: Callable[[int], Any], seeds: Iterable[int], *, n_jobs: int = -1) -> Seeds:
    """Call ``function(seed)`` for every seed and gather the results, in order.

    Parameters
    ----------
    function : callable
        Takes one seed, returns True or False (succeeded or not) or a number.
    seeds : iterable of int
        At least one.
    n_jobs : int
        Workers to use, -1 for all cores; 1 stays in this process and needs no joblib. What the
        workers are, ``joblib.parallel_config`` says.

    Raises
    ------
    Exception
        That of the first seed that failed, once all have been tried; it names the seed, and its
        ``results`` is a dict from the others to what they returned.

    >>> over_seeds(lambda seed: seed % 10 != 0, range(50), n_jobs=1)
    45 of 50 seeds (79% to 96%)
    """
    seeds = tuple(int(seed) for seed in seeds)
    if not seeds:
        raise ValueError("over_seeds expects at least one seed, got none")
    return Seeds(seeds, tuple(_run(function, seeds, "seed", seeds, n_jobs)))


def grid(
    function: Callable[..., Any],
    seeds: Iterable[int],
    *,
    n_jobs: int = -1,
    **choices: Sequence[Any],
) -> dict[tuple[Any, ...], Seeds]:
    """Call ``function(seed, **setting)`` for every combination of the choices and every seed.

    Returns a dict from the tuple of chosen values, in the order of the keywords, to its `Seeds`.

    >>> table = grid(lambda seed, width: seed < width, range(4), n_jobs=1, width=[2, 3])
    >>> {setting: result.k for setting, result in table.items()}
    {(2,): 2, (3,): 3}
    """
    seeds = tuple(int(seed) for seed in seeds)
    if not seeds or not choices or not all(len(values) for values in choices.values()):
        raise ValueError("grid expects at least one seed, one choice, and a value for each choice")
    settings = list(product(*choices.values()))
    tasks = [
        (partial(function, **dict(zip(choices, setting, strict=True))), seed)
        for setting in settings
        for seed in seeds
    ]
    keys = [(*setting, seed) for setting in settings for seed in seeds]
    results = _run(_call, tasks, f"({', '.join(choices)}, seed) =", keys, n_jobs)
    width = len(seeds)
    return {
        setting: Seeds(seeds, tuple(results[i * width : (i + 1) * width]))
        for i, setting in enumerate(settings)
    }


def _call(task: tuple[Callable[[int], Any], int]) -> Any:
    function, seed = task
    return function(seed)


def _run(
    function: Callable[[Any], Any],
    inputs: Sequence[Any],
    what: str,
    keys: Sequence[Any],
    n_jobs: int,
) -> list[Any]:
    """Return the results in order, or raise the first error once all have been tried."""
    if n_jobs == 1:
        outcomes = [_tried(function, item) for item in inputs]
    else:
        try:
            from joblib import Parallel, delayed
        except ImportError:
            raise ImportError(
                "running over seeds in parallel needs joblib: pip install joblib, or n_jobs=1"
            ) from None
        # which workers, `joblib.parallel_config` says; many short runs are handed out in bunches
        outcomes = Parallel(n_jobs=n_jobs)(delayed(_tried_alone)(function, x) for x in inputs)
    kept = {key: value for key, (value, error) in zip(keys, outcomes, strict=True) if not error}
    for key, (_, error) in zip(keys, outcomes, strict=True):
        if error is not None:
            error.results = kept  # type: ignore[attr-defined]
            error.add_note(
                f"This came from {what} {key}. {len(kept)} of {len(keys)} went well: what they "
                "returned is in this error's results"
            )
            raise error
    return [value for value, _ in outcomes]


def _tried(function: Callable[[Any], Any], item: Any) -> tuple[Any, Exception | None]:
    try:
        return function(item), None
    except Exception as error:
        return None, error


def _tried_alone(function: Callable[[Any], Any], item: Any) -> tuple[Any, Exception | None]:
    """Try with one thread for the products: the workers are ours, more would be in their way."""
    limit = one_blas_thread()
    with nullcontext() if limit is None else limit:
        value, error = _tried(function, item)
    if error is not None:  # the way here is lost between processes
        error.add_note("".join(traceback.format_exception(error)))
    return value, error


def _portable(error: Exception) -> Exception:
    """Return the error, or, if it cannot travel between processes, one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
