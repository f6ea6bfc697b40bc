"""Claims about training need more than one lucky seed: run many, and say how many."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from .parallel import one_blas_thread
from .tables import table
from .validation import Array

Task = tuple[Callable[[int], Any], int]  # a function, and the seed it is called with
Outcome = tuple[Any, Exception | None]  # what it returned, or the error


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
    def _counts(self) -> bool:
        """Whether the function says which seeds succeeded."""
        return all(isinstance(value, bool | np.bool_) for value in self.values)

    @property
    def k(self) -> int:
        """How many seeds succeeded; the function must have returned True or False."""
        if not self._counts:
            raise TypeError(
                "k counts successes and needs a function that returns True or False, got "
                f"{type(self.values[0]).__name__}; compare with a limit, or use the values"
            )
        return int(sum(self.values))

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the success rate (Wilson's)."""
        return wilson(self.k, self.n)

    @property
    def failed(self) -> tuple[int, ...]:
        """The seeds that did not succeed, which are worth looking into."""
        _ = self.k
        return tuple(seed for seed, ok in zip(self.seeds, self.values, strict=True) if not ok)

    def __repr__(self) -> str:
        if self._counts:
            low, high = self.interval
            return f"{self.k} of {self.n} seeds ({low:.0%} to {high:.0%})"
        if not all(np.isscalar(value) and np.isreal(value) for value in self.values):
            return f"{len(self.values)} results, of seeds {self.seeds[0]} to {self.seeds[-1]}"
        values: Array = np.asarray(self.values, dtype=float)
        low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
        return (
            f"median {middle:.4g} over {len(values)} seeds "
            f"(10 % below {low:.4g}, 10 % above {high:.4g})"
        )


class Grid(dict[tuple[Any, ...], Seeds]):
    """The `Seeds` of every setting, shown as a table.

    Attributes
    ----------
    names : tuple of str
        What was chosen; the keys are tuples of values in this order.
    """

    def __init__(self, names: Iterable[str], results: Mapping[tuple[Any, ...], Seeds]) -> None:
        super().__init__(results)
        self.names = tuple(names)

    def __repr__(self) -> str:
        rows = [(*self.names, "result")]
        rows += [(*map(_name_of, setting), str(seeds)) for setting, seeds in self.items()]
        return "\n".join(table(rows, "<" * len(rows[0])))


def _name_of(value: Any) -> str:
    return str(getattr(value, "__name__", value))


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


def over_seeds(
    function: Callable[[int], Any],
    seeds: Iterable[int],
    *,
    n_jobs: int = -1,
) -> Seeds:
    """Call ``function(seed)`` for every seed and gather the results, in order.

    Parameters
    ----------
    function : callable
        Takes one seed, returns True or False (succeeded or not) or a number.
    seeds : iterable of int
        At least one.
    n_jobs : int
        Workers to use, -1 for all there are; 1 stays in this process and needs no joblib. What the
        workers are, ``joblib.parallel_config`` says: processes, if it says nothing;
        ``parallel_config("dask")`` the cluster of the latest `distributed.Client`.

    Raises
    ------
    Exception
        That of the first seed that failed, once all have been tried; it names the seed, and its
        ``results`` is a dict from the others to what they returned.
    ValueError
        If there is no seed.

    Examples
    --------
    >>> over_seeds(lambda seed: seed % 10 != 0, range(50), n_jobs=1)
    45 of 50 seeds (79% to 96%)
    """
    seeds = tuple(int(seed) for seed in seeds)
    if not seeds:
        raise ValueError("over_seeds expects at least one seed, got none")
    tasks = [(function, seed) for seed in seeds]
    return Seeds(seeds, tuple(_run(tasks, "seed", seeds, n_jobs)))


def grid(
    function: Callable[..., Any],
    seeds: Iterable[int],
    *,
    n_jobs: int = -1,
    **choices: Sequence[Any],
) -> Grid:
    """Call ``function(seed, **setting)`` for every combination of the choices and every seed.

    Returns a dict from the tuple of chosen values, in the order of the keywords, to its `Seeds`. It
    is shown as a table. Everything else is as in `over_seeds`.

    >>> table = grid(lambda seed, width: seed < width, range(4), n_jobs=1, width=[2, 3])
    >>> table
    width  result
    2      2 of 4 seeds (15% to 85%)
    3      3 of 4 seeds (30% to 95%)
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
    what = f"({', '.join(choices)}, seed) ="
    results = _run(tasks, what, keys, n_jobs)
    width = len(seeds)
    return Grid(
        choices,
        {
            setting: Seeds(seeds, tuple(results[i * width : (i + 1) * width]))
            for i, setting in enumerate(settings)
        },
    )


def _run(tasks: Sequence[Task], what: str, keys: Sequence[Any], n_jobs: int) -> list[Any]:
    """Return the results in order, or raise the first error once all have been tried."""
    outcomes = _outcomes(tasks, n_jobs)
    kept = {k: value for k, (value, error) in zip(keys, outcomes, strict=True) if error is None}
    for key, (_, error) in zip(keys, outcomes, strict=True):
        if error is not None:
            error.results = kept  # type: ignore[attr-defined]
            error.add_note(
                f"This came from {what} {key}. {len(kept)} of {len(keys)} went well: what they "
                "returned is in this error's results"
            )
            raise error
    return [value for value, _ in outcomes]


def _outcomes(tasks: Sequence[Task], n_jobs: int) -> list[Outcome]:
    if n_jobs == 1:
        return [_tried(*task) for task in tasks]
    try:
        from joblib import Parallel, delayed
    except ImportError:
        raise ImportError(
            "running over seeds in parallel needs joblib: pip install joblib, or n_jobs=1"
        ) from None
    # which workers, `joblib.parallel_config` says; many short runs are handed out in bunches
    outcomes: list[Outcome] = Parallel(n_jobs=n_jobs)(delayed(_tried_alone)(*t) for t in tasks)
    return outcomes


def _tried(function: Callable[[int], Any], seed: int) -> Outcome:
    try:
        return function(seed), None
    except Exception as error:
        return None, error


def _tried_alone(function: Callable[[int], Any], seed: int) -> Outcome:
    """Try with one BLAS thread: there is a worker for every core already."""
    limit = one_blas_thread()
    with nullcontext() if limit is None else limit:
        value, error = _tried(function, seed)
    if error is not None:  # its traceback is lost between processes
        text = "".join(traceback.format_exception(error))
        error = portable(error)
        error.add_note(text)
    return value, error


def portable(error: Exception) -> Exception:
    """Return the error, or, if it cannot travel between processes, one that says the same.

    >>> portable(ValueError("too small"))
    ValueError('too small')
    """
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
