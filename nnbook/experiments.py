"""Claims about training need more than one lucky seed: run many, and say how many."""

from __future__ import annotations

import hashlib
import inspect
import json
import pickle
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from .checkpoint import _fingerprint
from .ledger import table
from .storage import PathLike, _replace
from .threads import one_blas_thread
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
        What the function returned for each seed, in the order of the seeds; with ``keep_errors``
        the error that it raised.
    """

    seeds: tuple[int, ...]
    values: tuple[Any, ...]

    @property
    def n(self) -> int:
        """How many seeds there were."""
        return len(self.seeds)

    @property
    def errors(self) -> dict[int, Exception]:
        """The errors that were kept, by their seeds."""
        pairs = zip(self.seeds, self.values, strict=True)
        return {seed: value for seed, value in pairs if isinstance(value, Exception)}

    @property
    def _returned(self) -> list[Any]:
        return [value for value in self.values if not isinstance(value, Exception)]

    @property
    def _counts(self) -> bool:
        """Whether it was asked for successes."""
        return all(isinstance(value, bool | np.bool_) for value in self._returned)

    @property
    def k(self) -> int:
        """How many seeds succeeded; the function must have returned True or False.

        An error is no success.
        """
        if not self._counts:
            raise TypeError(
                "k counts successes and needs a function that returns True or False, got "
                f"{type(self._returned[0]).__name__}; compare with a limit, or use the values"
            )
        return int(sum(self._returned))

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the success rate (Wilson's)."""
        return wilson(self.k, self.n)

    @property
    def failed(self) -> tuple[int, ...]:
        """The seeds that did not succeed, which are worth looking into."""
        _ = self.k
        pairs = zip(self.seeds, self.values, strict=True)
        return tuple(seed for seed, ok in pairs if isinstance(ok, Exception) or not ok)

    def __repr__(self) -> str:
        n = len(self.errors)
        return self._summary() + (f", {n} error{'' if n == 1 else 's'}" if n else "")

    def _summary(self) -> str:
        if self._counts:
            low, high = self.interval
            return f"{self.k} of {self.n} seeds ({low:.0%} to {high:.0%})"
        if not all(np.isscalar(value) and np.isreal(value) for value in self._returned):
            return f"{len(self._returned)} results, of seeds {self.seeds[0]} to {self.seeds[-1]}"
        values: Array = np.asarray(self._returned, dtype=float)
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
        lines = table(rows, "<" * len(rows[0]))
        for setting, seeds in self.items():
            words = ", ".join(map(_name_of, setting))
            for seed, error in seeds.errors.items():
                lines.append(f"{words}, seed {seed}: {type(error).__name__}: {error}")
        return "\n".join(lines)


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
    folder: PathLike | None = None,
    keep_errors: bool = False,
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
    folder : path, optional
        Where each result is written as it comes, a file of JSON each. The same call again, after
        whatever has stopped it, runs only what is missing; what failed is tried again. A function
        is known by its name and text: after a change it is another one (but what it calls or reads
        elsewhere is not looked at). Results are numbers, texts, None, lists and dicts of them;
        arrays and tuples come as lists.
    keep_errors : bool
        Whether the errors stand among the values, with `Seeds.errors`, and none is raised.

    Raises
    ------
    Exception
        That of the first seed that failed, once all have been tried; it names the seed, and its
        ``results`` is a dict from the others to what they returned.
    ValueError
        If there is no seed, or the files in the folder could not be told apart, or are not such.

    Examples
    --------
    >>> over_seeds(lambda seed: seed % 10 != 0, range(50), n_jobs=1)
    45 of 50 seeds (79% to 96%)
    >>> over_seeds(lambda seed: 1 / seed, range(5), n_jobs=1, keep_errors=True)
    median 0.4167 over 4 seeds (10 % below 0.275, 10 % above 0.85), 1 error
    """
    seeds = tuple(int(seed) for seed in seeds)
    if not seeds:
        raise ValueError("over_seeds expects at least one seed, got none")
    tasks = [(function, seed) for seed in seeds]
    return Seeds(seeds, tuple(_run(tasks, "seed", seeds, n_jobs, folder, keep_errors)))


def grid(
    function: Callable[..., Any],
    seeds: Iterable[int],
    *,
    n_jobs: int = -1,
    folder: PathLike | None = None,
    keep_errors: bool = False,
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
    results = _run(tasks, what, keys, n_jobs, folder, keep_errors)
    width = len(seeds)
    return Grid(
        choices,
        {
            setting: Seeds(seeds, tuple(results[i * width : (i + 1) * width]))
            for i, setting in enumerate(settings)
        },
    )


def _run(
    tasks: Sequence[Task],
    what: str,
    keys: Sequence[Any],
    n_jobs: int,
    folder: PathLike | None,
    keep_errors: bool,
) -> list[Any]:
    """Return the results in order, or raise the first error once all have been tried."""
    if folder is None:
        found = dict(_outcomes(dict(enumerate(tasks)), n_jobs, "list"))
    else:
        files = _Folder(folder, tasks)
        found = files.read()
        missing = {i: task for i, task in enumerate(tasks) if i not in found}
        for i, outcome in _outcomes(missing, n_jobs, "generator_unordered"):
            found[i] = files.write(i, *outcome)
    outcomes = [found[i] for i in range(len(tasks))]
    if keep_errors:
        return [value if error is None else error for value, error in outcomes]
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


def _outcomes(
    tasks: Mapping[int, Task], n_jobs: int, return_as: str
) -> Iterable[tuple[int, Outcome]]:
    """Yield the outcome of each task with its number, as they come or in order."""
    if n_jobs == 1:
        return ((i, _tried(*task)) for i, task in tasks.items())
    try:
        from joblib import Parallel, delayed
    except ImportError:
        raise ImportError(
            "running over seeds in parallel needs joblib: pip install joblib, or n_jobs=1"
        ) from None
    # which workers, `joblib.parallel_config` says; many short runs are handed out in bunches
    outcomes: Iterator[tuple[int, Outcome]] = Parallel(n_jobs=n_jobs, return_as=return_as)(
        delayed(_tried_alone)(i, *task) for i, task in tasks.items()
    )
    return outcomes


def _tried(function: Callable[[int], Any], seed: int) -> Outcome:
    try:
        return function(seed), None
    except Exception as error:
        return None, error


def _tried_alone(i: int, function: Callable[[int], Any], seed: int) -> tuple[int, Outcome]:
    """Try with one thread for the products: the workers are ours, more would be in their way."""
    limit = one_blas_thread()
    with nullcontext() if limit is None else limit:
        value, error = _tried(function, seed)
    if error is not None:  # the way here is lost between processes
        way = "".join(traceback.format_exception(error))
        error = _portable(error)
        error.add_note(way)
    return i, (value, error)


def _portable(error: Exception) -> Exception:
    """Return the error, or, if it cannot travel between processes, one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


class _Folder:
    """A file for each result: what was called, and the value or the error."""

    def __init__(self, folder: PathLike, tasks: Sequence[Task]) -> None:
        self._folder = Path(folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._tasks = [{"function": _identity(task), "seed": seed} for task, seed in tasks]
        self._paths = []
        for task in self._tasks:
            digest = hashlib.sha256(json.dumps(task, sort_keys=True).encode()).hexdigest()
            self._paths.append(self._folder / f"seed-{task['seed']}-{digest[:16]}.json")
        if len(set(self._paths)) < len(tasks):
            raise ValueError(
                "with a folder every seed and every setting is expected once, and told apart by "
                "its text, got some that look the same; give functions among them a def each"
            )

    def read(self) -> dict[int, Outcome]:
        """Return what is there, but for errors: they are tried again."""
        found: dict[int, Outcome] = {}
        for i, path in enumerate(self._paths):
            if not path.exists():
                continue
            try:
                content = json.loads(path.read_text("utf-8"))
                if "error" not in content:
                    found[i] = content["value"], None
            except (ValueError, LookupError, TypeError) as error:
                raise ValueError(f"{path} does not hold a result: {error}; remove it") from error
        return found

    def write(self, i: int, value: Any, error: Exception | None) -> Outcome:
        """Write one file, and return what is going to be read from it."""
        try:
            value = json.loads(json.dumps(value, default=_plain))
        except (TypeError, ValueError) as reason:
            value, error = None, TypeError(f"a folder cannot keep what was returned: {reason}")
        how = {"value": value} if error is None else {"error": f"{type(error).__name__}: {error}"}
        text = json.dumps(self._tasks[i] | how, indent=1, ensure_ascii=False)
        _replace(self._paths[i], text.encode())
        return value, error


def _identity(thing: Any) -> Any:
    """Return what tells a function, or a value it was given, from others, for JSON."""
    if isinstance(thing, partial):
        arguments = {name: _identity(value) for name, value in thing.keywords.items()}
        return [_identity(thing.func), [_identity(value) for value in thing.args], arguments]
    if not inspect.isroutine(thing) and not isinstance(thing, type):
        return _fingerprint(thing)
    try:
        text = inspect.getsource(thing)
    except (OSError, TypeError):  # typed at a prompt, or not written in Python
        code = getattr(thing, "__code__", None)
        text = repr(code and (code.co_code, code.co_consts, code.co_names))
    owner = thing.__self__ if inspect.ismethod(thing) else None
    return [thing.__qualname__, text, _fingerprint(owner)]


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(
        "it knows numbers, texts, None, lists and dicts of them, and arrays, got "
        f"{type(value).__name__}; return its numbers, and save a network with network.save"
    )
