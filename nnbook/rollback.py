"""Copies of a network to go back to: after an error, a divergence, or an epoch that was better."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from .errors import TrainingDiverged
from .history import History
from .layers.base import Part
from .layers.tree import iter_layers, parameters_of
from .optimizers import Optimizer
from .validation import Array

DIVERGED_FACTOR = 1e9  # times the first loss, or 1: no training comes back from there


def flat(parameters: list[Array], out: Array | None = None) -> Array:
    """Return copies of all parameters in one vector: one call of NumPy, however many there are."""
    return np.concatenate(parameters or [np.empty(0)], axis=None, out=out)


class Snapshot:
    """The parameters and the state of a network at one time."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._layers = list(iter_layers(parts))
        self._vector = flat(parameters_of(parts))
        self.take()

    def take(self) -> None:
        """Copy what the network is now."""
        flat(parameters_of(self._parts), out=self._vector)
        self._states = [
            (layer, {name: array.copy() for name, array in layer.state.items()})
            for layer in self._layers
            if layer.state
        ]

    def restore(self) -> None:
        """Put it back; parameters in place, because an optimizer knows the arrays."""
        parameters = parameters_of(self._parts)
        ends = np.cumsum([p.size for p in parameters])
        for p, kept in zip(parameters, np.split(self._vector, ends), strict=False):
            p[...] = kept.reshape(p.shape)
        for layer, state in self._states:
            layer.state.update({name: array.copy() for name, array in state.items()})


class DivergenceMonitor:
    """Watches a training for divergence, and keeps the best network to go back to.

    The loss of an epoch is that of the network on its way from the beginning of the epoch to its
    end, so both are kept of the best epoch; which is better is measured when it matters.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        optimizer: Optimizer,
        history: History,
        training_loss: Callable[[], float],
    ) -> None:
        self._parts, self._optimizer = parts, optimizer
        self._history, self._training_loss = history, training_loss
        self._first = history.loss[0] if history.loss else None
        self._lowest = min(history.loss, default=np.inf)
        self.best = len(history.loss)  # epochs that the best parameters have seen
        self._snapshots = [Snapshot(parts) for _ in range(3)]
        self._before = self._start = self._snapshots[0]  # of the best epoch; of this one
        self._after: Snapshot | None = None  # of the best epoch; None if this one begins there

    def begin_epoch(self) -> None:
        """Remember the network as it is."""
        self._start = next(s for s in self._snapshots if s not in (self._before, self._after))
        self._start.take()
        self._after = self._after or self._start

    def undo_epoch(self) -> None:
        """Make the network what it was when the epoch began."""
        self._start.restore()

    def end_epoch(self) -> None:
        """Note whether this epoch was the best so far."""
        if self._history.loss[-1] <= self._lowest:
            self._lowest, self.best = self._history.loss[-1], len(self._history.loss)
            self._before, self._after = self._start, None

    def check_loss(self, value: float, batch: int) -> None:
        """Raise TrainingDiverged if the loss of a batch is not finite, or has exploded."""
        if not math.isfinite(value):
            raise self._diverged(f"the loss became {value}", batch)
        if self._first is None:
            self._first = value
        if value > DIVERGED_FACTOR * max(self._first, 1.0):
            raise self._diverged(f"the loss grew from {self._first:.3g} to {value:.3g}", batch)

    def check_parameters(self, batch: int) -> None:
        """Raise TrainingDiverged if a parameter is not finite at the end of an epoch."""
        if not np.isfinite(flat(parameters_of(self._parts))).all():
            raise self._diverged("a parameter became infinite", batch)

    def _diverged(self, what: str, batch: int) -> TrainingDiverged:
        """Restore the best parameters, and return the error that says so."""
        losses = []
        for snapshot in (self._before, self._after or self._start):
            snapshot.restore()
            losses.append(self._training_loss())
        if losses[0] < losses[1] or np.isnan(losses[1]) > np.isnan(losses[0]):
            self._before.restore()
            self.best -= 1
        self._optimizer.reset()
        epoch = len(self._history.loss) + 1
        advice = (
            f"Try a learning rate below {self._optimizer.learning_rate:g}, clip_norm, or smaller "
            "initial weights"
        )
        if (epoch, batch) == (1, 1) and what.startswith("the loss became"):
            advice = "No update was made: look at the loss, and at the size of X, y and the weights"
        return TrainingDiverged(
            f"{what} in epoch {epoch}, batch {batch}; the parameters are those "
            f"{f'after epoch {self.best}' if self.best else 'before training'}, the best, and the "
            f"optimizer was reset. {advice}"
        )
