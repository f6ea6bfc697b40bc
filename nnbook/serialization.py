"""The architecture of a network as JSON: to a file, and back."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .layers.activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from .layers.base import parts_in
from .layers.convolution import AvgPool2D, Conv2D, MaxPool2D
from .layers.dense import Dense, Dropout, Flatten, Residual
from .layers.normalization import BatchNorm, LayerNorm
from .layers.sequences import Attention, Embedding
from .layers.tree import arrays_of, named_layers
from .validation import Array, float_array, same_setting

Kinds = Mapping[str, type[Any]]  # of layers and networks, by name

KINDS: Kinds = {
    kind.__name__: kind
    for kind in (
        Attention,
        AvgPool2D,
        BatchNorm,
        Conv2D,
        Dense,
        Dropout,
        Embedding,
        Flatten,
        LayerNorm,
        LeakyReLU,
        MaxPool2D,
        ReLU,
        Residual,
        Sigmoid,
        Softmax,
        Tanh,
    )
}


def describe(part: Any) -> dict[str, Any]:
    """Return the kind and the settings of a layer or network, those inside included.

    Raises
    ------
    TypeError
        If a layer could not be made again from its settings.

    Examples
    --------
    >>> describe(Dropout(0.5, rng=0))
    {'layer': 'Dropout', 'settings': {'rate': 0.5}}
    """
    kind = type(part)
    who = f"save cannot keep {kind.__name__}"
    for name, argument in inspect.signature(kind).parameters.items():
        needed = argument.default is argument.empty and argument.kind is not argument.VAR_KEYWORD
        kept = name in vars(part) and not same_setting(vars(part)[name], argument.default)
        if name != "rng" and name not in part.settings and (needed or kept):
            raise TypeError(
                f"{who}: its argument {name} is missing from settings; keep it as self.{name}, and "
                f"write settings = {(*part.settings, name)} in the class"
            )
    for name in part.settings:
        if not hasattr(part, name):
            raise TypeError(f"{who}: {name} is among its settings, but there is no self.{name}")
    words = {
        "layer": kind.__name__,
        "settings": {name: _words(who, name, getattr(part, name)) for name in part.settings},
    }
    taken = KINDS.get(kind.__name__, kind) is not kind
    return words | {"own": True} if taken else words


def _words(who: str, name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_words(who, name, entry) for entry in value]
    if parts_in(value):
        return describe(value)
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(
        f"{who}: its setting {name} is of type {type(value).__name__}; settings are numbers, "
        "texts, layers, or lists of them"
    )


def build(descriptions: Sequence[Any], arrays: Mapping[str, Array], kinds: Kinds) -> list[Any]:
    """Make the layers described, with these parameters and this state.

    >>> layer = Dense(2, 1, rng=0)
    >>> build([describe(layer)], arrays_of([layer]), KINDS)
    [Dense(2, 1)]
    """
    parts = [_made(description, kinds) for description in descriptions]
    wanted = {name: array.shape for name, array in arrays_of(parts).items()}
    found = {name: array.shape for name, array in arrays.items() if name in wanted}
    if found != wanted:
        raise ValueError(f"the layers need arrays of shapes {wanted}, got {found}")
    for position, layer in named_layers(parts):
        for name in layer.parameters:
            p = float_array(f"{layer} {name}", arrays[f"{position}.{name}"])
            layer.parameters[name], layer.gradients[name] = p, np.zeros_like(p)
        for name in layer.state:
            layer.state[name] = arrays[f"{position}.state.{name}"]
    return parts


def _made(description: Any, kinds: Kinds) -> Any:
    name = description["layer"]
    own = description.get("own") and kinds.get(name) is KINDS.get(name)
    if name not in kinds or own:  # one's own class may bear the name of one of nnbook's
        raise ValueError(
            f"a layer {name!r} is not known here; if it is your own, write "
            f"nnbook.load(path, layers=[{name}]), else a newer nnbook may know it"
        )
    kind = kinds[name]
    settings = {key: _value(value, kinds) for key, value in description["settings"].items()}
    known = inspect.signature(kind).parameters
    listed = [key for key in settings if known[key].kind is inspect.Parameter.VAR_POSITIONAL]
    positional = settings.pop(listed[0]) if listed else ()
    return kind(*positional, **settings, **({"rng": 0} if "rng" in known else {}))


def _value(value: Any, kinds: Kinds) -> Any:
    if isinstance(value, list):
        return [_value(entry, kinds) for entry in value]
    return _made(value, kinds) if isinstance(value, dict) else value
