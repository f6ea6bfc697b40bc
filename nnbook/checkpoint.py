"""A checkpoint: the whole state of a training, kept in a file after every epoch."""

from __future__ import annotations

import copy
import hashlib
import json
import operator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import blueprint, storage
from .errors import ModelFileError
from .layers import generators
from .optimizers import Optimizer
from .storage import PathLike
from .validation import Array

if TYPE_CHECKING:
    from .network import Sequential
    from .training import History


@dataclass
class Checkpoint:
    """The whole state of a training, and the file it is kept in.

    Made before the first epoch: what cannot be kept, and a file that cannot be written, raise then.
    """

    path: PathLike
    network: Sequential
    optimizer: Optimizer
    rng: np.random.Generator | None
    history: History
    settings: dict[str, Any]  # the arguments of fit that must be the same to go on
    _must_agree: dict[str, Any] = field(init=False)
    _rng: str = field(init=False)  # where it stood before the first epoch
    _first_rate: float = field(init=False)

    def __post_init__(self) -> None:
        storage.can_be_written(self.path)
        kinds = [type(source.bit_generator).__name__ for source in self._generators()]
        agree = {
            "layers": [blueprint.describe(layer) for layer in self.network.layers],
            "dtypes": sorted({p.dtype.str for p in self.network.parameters()}),
            "optimizer": _fingerprint(self.optimizer, but=("learning_rate", "steps")),
            "kinds of generators": kinds,
            "metrics": list(self.history.metrics),
            **{name: _fingerprint(value) for name, value in self.settings.items()},
        }
        self._must_agree = json.loads(json.dumps(agree))
        start = None if self.rng is None else self.rng.bit_generator.state
        self._rng = _hash(json.dumps(start, default=np.ndarray.tolist).encode())
        self._first_rate = self.optimizer.learning_rate

    def save(self, best: int | None = None) -> None:
        """Write the state after an epoch, or that of the best one, once training went wrong."""
        optimizer = self.optimizer
        # before its first step an optimizer has no memory yet
        names = optimizer.memory if optimizer._stepped is not None else ()
        memory: dict[str, list[Array]] = {name: getattr(optimizer, name) for name in names}
        state = {
            **self._must_agree,
            "rng": self._rng,
            "first rate": self._first_rate,
            "rate": optimizer.learning_rate,
            "steps": optimizer.steps,
            "memory": {name: len(arrays) for name, arrays in memory.items()},
            "generators": [source.bit_generator.state for source in self._generators()],
            "history": _head(asdict(self.history), best),
        }
        arrays = blueprint.arrays_of(self.network.layers) | {
            f"{name}.{i}": array for name, list_ in memory.items() for i, array in enumerate(list_)
        }
        storage.write(self.path, state, arrays)

    def resume(self, epochs: int) -> None:
        """Go on from the file, if there is one that fits; else change nothing.

        The learning rate is that of the file, unless another one was given than the training began
        with: it may be changed by hand.
        """
        if not Path(self.path).exists():
            return
        state, arrays = storage.read(self.path)
        for name, mine in self._must_agree.items():
            self._must_be(name, state.get(name), mine)
        try:
            memory = {
                name: [arrays[f"{name}.{i}"] for i in range(n)]
                for name, n in state["memory"].items()
            }
            if memory and set(memory) != set(self.optimizer.memory):
                raise ValueError(f"a memory of {list(memory)} is not {self.optimizer.memory}")
            own = blueprint.arrays_of(self.network.layers)
            for name, array in own.items():
                np.copyto(np.empty_like(array), arrays[name])
            sources = list(zip(self._generators(), state["generators"], strict=True))
            for source, kept in sources:
                copy.deepcopy(source.bit_generator).state = kept
            history, steps = state["history"], operator.index(state["steps"])
            done = len(type(self.history)(**history).loss)
            began, rate = float(state["first rate"]), float(state["rate"])
            rng = state["rng"]
        except Exception as error:  # a forged file can fail in any way, but changes nothing
            raise ModelFileError(f"{self.path} is no checkpoint of nnbook: {error}") from error
        self._must_be("rng, where it stood before the first epoch,", rng, self._rng)
        if done > epochs:
            raise ModelFileError(
                f"the checkpoint {self.path} holds {done} epochs, more than the {epochs} asked "
                "for; nnbook.load gives its network"
            )
        for name, array in own.items():
            array[...] = arrays[name]
        for source, kept in sources:
            source.bit_generator.state = kept
        if self.optimizer.learning_rate == began:
            self.optimizer.learning_rate = rate
        self._first_rate = began
        self.optimizer.steps = steps
        self.optimizer._stepped = self.network.parameters() if memory else None
        for name, list_ in memory.items():
            setattr(self.optimizer, name, list_)
        vars(self.history).update(history)

    def _must_be(self, name: str, kept: Any, mine: Any) -> None:
        if kept != mine:
            raise ModelFileError(
                f"the checkpoint {self.path} belongs to another training: its {name} is {kept}, "
                f"here it is {mine}; take another file, or remove it to begin anew"
            )

    def _generators(self) -> list[np.random.Generator]:
        return generators(self.network.layers) + ([] if self.rng is None else [self.rng])


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _head(history: dict[str, Any], n: int | None) -> dict[str, Any]:
    """Return the first ``n`` epochs of a history; all without ``n``."""
    return {
        name: _head(values, n) if isinstance(values, dict) else values[:n]
        for name, values in history.items()
    }


def _fingerprint(value: Any, but: tuple[str, ...] = ()) -> Any:
    """Return what JSON can keep of ``value``, arrays as hashes, to tell it from others.

    Of an object it is the kind and the public attributes, without those named in ``but``.
    """
    if isinstance(value, np.ndarray):
        head = f"{value.shape} {value.dtype.str}".encode()
        return _hash(head + np.ascontiguousarray(value).tobytes())
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_fingerprint(entry) for entry in value]
    if isinstance(value, dict):
        return {str(name): _fingerprint(entry) for name, entry in value.items()}
    name = getattr(value, "__qualname__", type(value).__qualname__)
    memory = (*but, *getattr(value, "memory", ()))
    attributes = {
        key: _fingerprint(entry)
        for key, entry in getattr(value, "__dict__", {}).items()
        if not key.startswith("_") and key not in memory
    }
    return {name: attributes} if attributes else name
