"""The layer microscope: activations and gradients of each layer in one step of training."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .layers.activations import Activation
from .layers.base import Layer
from .layers.tree import parameters_of
from .losses import Loss
from .network import Sequential
from .optimizers import Optimizer, global_norm
from .tables import table
from .validation import Array, float_array

DEAD = 1e-12  # an entry whose derivative is below this passes no gradient back
SATURATED = 0.05  # a derivative below this fraction of the largest passes back very little


@dataclass(frozen=True)
class LayerView:
    """What the microscope sees of one layer."""

    layer: str
    activation: float  # root mean square of the output
    gradient: float  # root mean square of dJ/d(output)
    dead: float  # fraction of units whose derivative is 0 for every sample; nan if no activation
    saturated: float  # fraction of entries with less than a twentieth of the largest derivative
    update_to_weight: float  # |step| / |parameters|; nan without parameters


@dataclass(frozen=True)
class MicroscopeReport:
    """One step layer by layer; the gradients were multiplied by `clip_factor`."""

    layers: tuple[LayerView, ...]
    loss: float
    clip_factor: float

    def __repr__(self) -> str:
        rows: list[Sequence[str]] = [
            ("layer", "activation", "gradient", "dead", "saturated", "update/weight")
        ]
        for i, v in enumerate(self.layers):
            units = ["" if np.isnan(part) else f"{part:.0%}" for part in (v.dead, v.saturated)]
            ratio = "" if np.isnan(v.update_to_weight) else f"{v.update_to_weight:.1e}"
            sizes = [f"{v.activation:.1e}", f"{v.gradient:.1e}"]
            rows.append((f"{i}  {v.layer}", *sizes, *units, ratio))
        lines = table(rows, "<>>>>>")
        return "\n".join([*lines, f"loss {self.loss:.4g}, clip factor {self.clip_factor:.3g}"])


def microscope(
    network: Sequential, X: ArrayLike, y: ArrayLike, *, loss: Loss, optimizer: Optimizer
) -> MicroscopeReport:
    """Look at one step of training without making it: network and optimizer stay as they are.

    For each layer: the size (root mean square) of its output and of the gradient with respect to
    it, the fractions of dead units and of saturated entries (of activations, from their
    derivatives), and the size of the update relative to the parameters. A healthy ratio is near
    0.001.

    Parameters
    ----------
    network : Sequential
    X, y : array (m, ...)
    loss, optimizer
        As in `fit`.

    Examples
    --------
    >>> from nnbook import SGD, Dense, MeanSquaredError, Tanh
    >>> network = Sequential(Dense(2, 3, rng=0), Tanh(), Dense(3, 1, rng=1))
    >>> report = microscope(network, [[1, 2]], [[1]], loss=MeanSquaredError(), optimizer=SGD(0.1))
    >>> [view.layer for view in report.layers]
    ['Dense(2, 3)', 'Tanh()', 'Dense(3, 1)']
    """
    network, optimizer = copy.deepcopy((network, optimizer))  # together: it knows its parameters
    layers = list(_flatten(network))
    outputs = [float_array("microscope X", X)]
    for layer in layers:
        outputs.append(layer.forward(outputs[-1]))
    value = loss.forward(outputs[-1], y)
    upstream = [loss.backward()]
    for layer in reversed(layers):
        upstream.append(layer.backward(upstream[-1]))
    upstream.reverse()  # upstream[i] is now dJ/d(outputs[i])
    norm, clipped = (
        global_norm(gradients)
        for gradients in (network.gradients(), optimizer.clip(network.gradients()))
    )
    old = [[p.copy() for p in parameters_of([layer])] for layer in layers]
    optimizer.step(network.parameters(), network.gradients())
    views = tuple(
        LayerView(
            str(layer),
            _rms(outputs[i + 1]),
            _rms(upstream[i + 1]),
            *_dead_and_saturated(layer, outputs[i + 1]),
            _update_to_weight(layer, old[i]),
        )
        for i, layer in enumerate(layers)
    )
    return MicroscopeReport(views, value, clipped / norm if norm else 1.0)


def _flatten(network: Sequential) -> Iterator[Layer]:
    """Yield the layers that follow each other, those of networks among them included."""
    for part in network:
        yield from _flatten(part) if isinstance(part, Sequential) else [part]


def _rms(array: Array) -> float:
    return float(np.sqrt(np.mean(np.square(array, dtype=np.float64))))


def _dead_and_saturated(layer: Layer, output: Array) -> tuple[float, float]:
    """Return the fractions of dead units and of saturated entries; nan for other layers."""
    if not isinstance(layer, Activation):
        return float("nan"), float("nan")
    slopes = np.abs(layer.backward(np.ones_like(output)))
    dead = (slopes < DEAD).all(axis=0)
    return float(dead.mean()), float((slopes < SATURATED * layer.largest_slope).mean())


def _update_to_weight(layer: Layer, old: list[Array]) -> float:
    if not old:
        return float("nan")
    moved = [new - p for new, p in zip(parameters_of([layer]), old, strict=True)]
    size = global_norm(old)
    return global_norm(moved) / size if size else float("inf")
