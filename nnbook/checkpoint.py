"""A checkpoint: the whole state of a training, kept in a file after every epoch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from . import serialization, storage
from .early_stopping import EarlyStopping
from .errors import ModelFileError
from .history import History
from .layers.base import Part
from .layers.tree import arrays_of, generators_of, parameters_of
from .optimizers import Optimizer
from .storage import PathLike


@dataclass
class Checkpoint:
    """The whole state of a training, and the file it is kept in.

    Made before the first epoch: what cannot be kept, and a file that cannot be written, raise then.
    """

    path: PathLike
    parts: Sequence[Part]
    optimizer: Optimizer
    rng: np.random.Generator | None
    history: History
    early_stopping: EarlyStopping | None
    settings: dict[str, Any]  # what else must be the same to go on: the data, say
    _identity: dict[str, Any] = field(init=False)
    _initial_rate: float = field(init=False)

    def __post_init__(self) -> None:
        storage.check_writable(self.path)
        start = None if self.rng is None else self.rng.bit_generator.state
        kinds = [type(source.bit_generator).__name__ for source in self._generators()]
        self._identity = {
            "layers": [serialization.describe(part) for part in self.parts],
            "dtypes": sorted({p.dtype.str for p in parameters_of(self.parts)}),
            "optimizer": _fingerprint(self.optimizer, but=("learning_rate", "steps")),
            "metrics": list(self.history.metrics),
            "rng": [*kinds, _hash(json.dumps(start, default=np.ndarray.tolist).encode())],
            **{name: _fingerprint(value) for name, value in self.settings.items()},
        }
        self._initial_rate = self.optimizer.learning_rate

    def save(self, best: int | None = None) -> None:
        """Write the state after an epoch, or, with ``best``, that of an earlier epoch restored."""
        optimizer, stopping = self.optimizer, self.early_stopping
        moments = optimizer.moments()
        arrays = arrays_of(self.parts) | {
            f"{name}.{i}": array for name, list_ in moments.items() for i, array in enumerate(list_)
        }
        state = {
            **self._identity,
            "initial rate": self._initial_rate,
            "rate": optimizer.learning_rate,
            "steps": optimizer.steps,
            "moments": {name: len(list_) for name, list_ in moments.items()},
            "generators": [source.bit_generator.state for source in self._generators()],
            "history": _head(asdict(self.history), best),
        }
        if stopping is not None:
            state["early stopping"] = [stopping.best_epoch, stopping.best_loss]
            arrays |= {f"best.{name}": array for name, array in stopping.best.items()}
        storage.write(self.path, state, arrays)

    def resume(self, epochs: int) -> None:
        """Go on from the file, if there is one that fits; else change nothing.

        The learning rate is that of the file, unless another one was given than the training began
        with: it may be changed by hand.
        """
        if not Path(self.path).exists():
            return
        state, arrays = storage.read(self.path)
        mine = json.loads(json.dumps(self._identity))
        for name, value in mine.items():
            kept = state.get(name)
            if kept != value:
                raise ModelFileError(
                    f"the checkpoint {self.path} belongs to another training: its {name} is "
                    f"{kept}, here it is {value}; take another file, or remove it to begin anew"
                )
        history = History(**state["history"])
        if len(history.loss) > epochs:
            raise ModelFileError(
                f"the checkpoint {self.path} holds {len(history.loss)} epochs, more than the "
                f"{epochs} asked for; nnbook.load gives its network"
            )
        stopping = self.early_stopping
        if stopping is not None and "early stopping" not in state:
            raise ModelFileError(
                f"the checkpoint {self.path} was written without early stopping; take another file"
            )
        own = arrays_of(self.parts)
        for name, array in own.items():
            array[...] = arrays[name]
        for source, kept in zip(self._generators(), state["generators"], strict=True):
            source.bit_generator.state = kept
        moments = {
            name: [arrays[f"{name}.{i}"] for i in range(n)] for name, n in state["moments"].items()
        }
        self.optimizer.resume(state["steps"], moments, parameters_of(self.parts))
        if self.optimizer.learning_rate == state["initial rate"]:
            self.optimizer.learning_rate = state["rate"]
        self._initial_rate = state["initial rate"]
        vars(self.history).update(vars(history))
        if stopping is not None:
            stopping.best_epoch, stopping.best_loss = state["early stopping"]
            best = {name: arrays.get(f"best.{name}") for name in own}
            stopping.best = {name: array for name, array in best.items() if array is not None}

    def _generators(self) -> list[np.random.Generator]:
        return generators_of(self.parts) + ([] if self.rng is None else [self.rng])


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
    attributes = {
        key: _fingerprint(entry)
        for key, entry in getattr(value, "__dict__", {}).items()
        if not key.startswith("_") and key not in (*but, *getattr(value, "memory", ()))
    }
    return {name: attributes} if attributes else name
