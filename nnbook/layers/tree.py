"""Layers may hold layers: ways through the tree, and checks that it is in order."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from ..validation import Array
from .base import Layer, Part, parts_in

P = TypeVar("P", bound=Part)


def named_layers(parts: Iterable[Part], prefix: str = "") -> Iterator[tuple[str, Layer]]:
    """Yield every layer with its position, those held inside after the one that holds them.

    The position counts from the outside in: ``"2.0"`` is the first layer inside the third.

    >>> [position for position, _ in named_layers([Layer(), Layer()])]
    ['0', '1']
    """
    for i, part in enumerate(parts):
        if isinstance(part, Layer):
            yield f"{prefix}{i}", part
        yield from named_layers(getattr(part, "layers", ()), f"{prefix}{i}.")


def iter_layers(parts: Iterable[Part]) -> Iterator[Layer]:
    """Yield every layer, those held inside after the one that holds them."""
    for part in parts:
        if isinstance(part, Layer):
            yield part
        yield from iter_layers(getattr(part, "layers", ()))


def parameters_of(parts: Iterable[Part]) -> list[Array]:
    """Return the parameters of all layers, the arrays themselves, in the order of the layers."""
    return [p for layer in iter_layers(parts) for p in layer.parameters.values()]


def arrays_of(parts: Iterable[Part]) -> dict[str, Array]:
    """Return parameters and state by position and name: ``"0.W"``, ``"1.state.mean"``."""
    found: dict[str, Array] = {}
    for position, layer in named_layers(parts):
        found |= {f"{position}.{name}": array for name, array in layer.parameters.items()}
        found |= {f"{position}.state.{name}": array for name, array in layer.state.items()}
    return found


def generators_of(parts: Iterable[Part]) -> list[np.random.Generator]:
    """Return the generators that the layers draw from, each once."""
    found = {
        id(value): value
        for layer in iter_layers(parts)
        for value in vars(layer).values()
        if isinstance(value, np.random.Generator)
    }
    return list(found.values())


def shared_copy(part: P) -> P:
    """Return a copy with the same parameter arrays, and everything else of its own."""
    return copy.deepcopy(part, {id(p): p for p in parameters_of([part])})


def as_layers(who: str, parts: Sequence[Part]) -> Sequence[Part]:
    """Return ``parts``, the arguments of ``who``, or raise an error that says what to write.

    >>> as_layers("demo", (Layer(),))
    (Layer(),)
    """
    if not parts:
        raise ValueError(f"{who} expects at least one layer, got none")
    for i, part in enumerate(parts):
        if isinstance(part, Part):
            continue
        advice = f"write {who}(first, second, ...), without a list"
        if isinstance(part, type):
            advice = f"write {who}(..., {part.__name__}(...)), with parentheses"
        raise TypeError(
            f"{who} expects layers, got {type(part).__name__} at position {i}; {advice}"
        )
    validate_layers(who, parts)
    return parts


def validate_layers(who: object, parts: Iterable[Part]) -> None:
    """Raise an error if a layer is not initialised, appears twice, or hides layers.

    >>> validate_layers("demo", [Layer(), Layer()])
    """
    seen: set[int] = set()
    for position, layer in named_layers(parts):
        name = type(layer).__name__
        if "_predicting" not in vars(layer):
            raise TypeError(
                f"{who} expects initialised layers, but {name} at position {position} was not; "
                "call super().__init__() first in its __init__"
            )
        if id(layer) in seen:
            raise ValueError(
                f"{who} expects every layer once, got the same {layer} object again at position "
                f"{position}; make a second one"
            )
        seen.add(id(layer))
        held = {id(part) for part in layer.layers}
        for attribute, value in vars(layer).items():
            if any(id(part) not in held for part in parts_in(value)):
                raise ValueError(
                    f"{who} expects all layers that {name} holds to be in its layers, but "
                    f"{attribute} is not; write self.layers = (self.{attribute},) in its "
                    "__init__, so that they are trained and saved"
                )
