"""What a network is made of, in words that JSON knows: to a file, and back."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from .convolution import AvgPool2D, Conv2D, MaxPool2D
from .layers import Dense, Dropout, Flatten, Layer, Residual, named_layers, parts_of
from .normalization import BatchNorm, LayerNorm
from .sequences import Attention, Embedding
from .validation import Array, float_array, same_setting

if TYPE_CHECKING:
    from .layers import Part

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
                f"{who}: its argument {name} is none of its settings; keep it as self.{name}, and "
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
    if parts_of(value):
        return describe(value)
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(
        f"{who}: its setting {name} is of type {type(value).__name__}; settings are numbers, "
        "texts, layers, or lists of them"
    )


def arrays_of(parts: Iterable[Part]) -> dict[str, Array]:
    """Return parameters and state by place and name: ``"0.W"``, ``"1.state.mean"``.

    >>> list(arrays_of([Dense(1, 1, rng=0)]))
    ['0.W', '0.b']
    """
    found: dict[str, Array] = {}
    for place, layer in named_layers(parts):
        found |= {f"{place}.{name}": array for name, array in layer.parameters.items()}
        found |= {f"{place}.state.{name}": array for name, array in layer.state.items()}
    return found


def build(descriptions: Sequence[Any], arrays: Mapping[str, Array], kinds: Kinds) -> list[Part]:
    """Make the layers described, with these parameters and this state.

    Raises
    ------
    Exception
        Of any kind, where the descriptions are forged or do not fit the arrays.

    Examples
    --------
    >>> layer = Dense(2, 1, rng=0)
    >>> build([describe(layer)], arrays_of([layer]), KINDS)
    [Dense(2, 1)]
    """
    held = sum(array.size for array in arrays.values())
    parts = [_made(description, kinds, held) for description in descriptions]
    wanted = {name: array.shape for name, array in arrays_of(parts).items()}
    found = {name: array.shape for name, array in arrays.items() if name in wanted}
    if found != wanted:
        raise ValueError(f"the layers need arrays of shapes {wanted}, got {found}")
    for place, layer in named_layers(parts):
        for name in layer.parameters:
            p = float_array(f"{layer} {name}", arrays[f"{place}.{name}"])
            layer.parameters[name], layer.gradients[name] = p, np.zeros_like(p)
        for name in layer.state:
            layer.state[name] = arrays[f"{place}.state.{name}"]
    return parts


def _made(description: Any, kinds: Kinds, held: int) -> Any:
    """Make one layer; no larger than ``held`` numbers, where its size is known before."""
    name = description["layer"]
    own = description.get("own") and kinds.get(name) is KINDS.get(name)
    if name not in kinds or own:  # one's own class may bear the name of one of nnbook's
        raise ValueError(
            f"a layer {name!r} is not known here; if it is your own, write "
            f"nnbook.load(path, layers=[{name}]), else a newer nnbook may know it"
        )
    kind, settings = kinds[name], dict(description["settings"])
    for key, value in settings.items():
        settings[key] = _things(value, kinds, held)
    if issubclass(kind, Layer):
        shapes = kind.shapes(**settings)
        if shapes and sum(int(np.prod(s, dtype=object)) for s in shapes.values()) > held:
            raise ValueError(f"{name} needs arrays of shapes {shapes}, {held} numbers are there")
    known = inspect.signature(kind).parameters
    listed = [key for key in settings if known[key].kind is inspect.Parameter.VAR_POSITIONAL]
    spread = settings.pop(listed[0]) if listed else ()
    return kind(*spread, **settings, **({"rng": 0} if "rng" in known else {}))


def _things(value: Any, kinds: Kinds, held: int) -> Any:
    if isinstance(value, list):
        return [_things(entry, kinds, held) for entry in value]
    return _made(value, kinds, held) if isinstance(value, dict) else value
