"""The base class of all layers: `forward` computes the output, `backward` the gradients.

Batches are rows. Row s of ``X`` is sample s, column j of ``W`` holds the weights of neuron j.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ..validation import Array, float_array, float_type, hooks_are_written, same_setting

Shape = tuple[int, ...]
NO_SHAPES: tuple[Shape, Shape] = ((), ())  # before the first forward


class Part:
    """What a network is made of: layers, and networks that stand among them."""

    layers: Sequence[Any] = ()  # the parts held inside

    def inference_copy(self) -> Self:
        """Return a copy to predict with: the same parameters, but caches of its own."""
        clone = copy.copy(self)
        inside = {id(part): part.inference_copy() for part in self.layers}
        vars(clone).update({k: inside[id(v)] for k, v in vars(self).items() if id(v) in inside})
        if inside:
            clone.layers = tuple(inside.values())
        return clone


class Layer(Part):
    """Base class of all layers: `forward` computes the output, `backward` the gradients.

    A layer with parameters keeps them in ``parameters``, and their gradients, after a `backward`,
    in ``gradients``: two dicts with the same names and shapes. A layer of your own writes three
    lines of mathematics; checks, training, gradient check, files and tables come with it:

    - ``_forward(self, X)`` returns the output, and may cache what the backward pass needs;
    - ``_assign_gradients(self, grad)`` sets ``self.gradients[name]`` for each parameter, if any;
    - ``_input_gradient(self, grad)`` returns dJ/dX.

    Here ``X`` is an array of floats, and ``grad`` is the upstream gradient dJ/d(output), of the
    output's shape.

    >>> class Shift(Layer):
    ...     settings = ("n",)
    ...
    ...     def __init__(self, n):
    ...         super().__init__()
    ...         self.n = n
    ...         self.parameters = {"b": np.zeros(n)}
    ...
    ...     def _forward(self, X):
    ...         return X + self.parameters["b"]
    ...
    ...     def _assign_gradients(self, grad):
    ...         self.gradients["b"] = grad.sum(axis=0)
    ...
    ...     def _input_gradient(self, grad):
    ...         return grad
    >>> from nnbook import check_gradients
    >>> check_gradients(Shift(2), [[1.0, 2.0], [3.0, 4.0]], rng=0)
    gradients agree to 1e-06 of the largest entry
      b (2,): agrees
      input (2, 2): agrees

    What else it may have:

    - ``settings`` names the arguments that make such a layer again, each kept under its name: they
      give the `repr`, and let `save` and ``nn.load(path, layers=[Shift])`` write and read it;
    - ``self.state``, arrays that are saved and cast like parameters but not updated by the
      optimizer, such as a running mean;
    - ``self.layers``, the layers or networks it holds; `_forward` calls their ``forward``, and
      `_input_gradient` their ``backward``, with ``input_gradient=True`` for a network;
    - ``predict(self, X)``, if its output differs when it does not train;
    - an attribute that is a `numpy.random.Generator`, to draw from.

    From the Layer notes, items N0-06 and N0-07.

    Attributes
    ----------
    parameters : dict of str to array
        What `optimizer.step` updates, in place.
    gradients : dict of str to array
        dJ/d(parameter), assigned anew by every `backward`.
    state : dict of str to array
        Saved, cast and put in checkpoints, but not updated by the optimizer.
    layers : sequence of layers and networks
        Those held inside, if any.
    index_equations : tuple of str
        The backward pass entry by entry, s counting samples; `Sequential.trace` shows them.
    """

    index_equations: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.parameters: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}
        self.state: dict[str, np.ndarray] = {}
        self.layers: Sequence[Any] = ()
        self.latest_shapes: tuple[Shape, Shape] = NO_SHAPES  # of X and Y of the latest forward
        self._predicting = False  # true in the copies that `predict` makes

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        hooks_are_written(cls, Layer, {"forward": "_forward", "backward": "_input_gradient"})

    def forward(self, X: ArrayLike) -> Array:
        """Return the output for ``X``, and cache what `backward` needs.

        The input is kept, not copied: leave it unchanged until `backward`.
        """
        X = self._check_input(X)
        differs = self._predicting and type(self).predict is not Layer.predict
        Y = self.predict(X) if differs else self._forward(X)
        self.latest_shapes = X.shape, Y.shape
        return Y

    def predict(self, X: ArrayLike) -> Array:
        """Return the output of the trained layer for ``X``; nothing is cached."""
        return self.inference_copy().forward(X)

    def backward(self, grad: ArrayLike, *, input_gradient: bool = True) -> Any:
        """Take ``grad = dJ/dY`` of the latest `forward`, assign ``gradients``, return dJ/dX.

        With ``input_gradient=False`` dJ/dX is not computed, which a network's first layer need not.

        Raises
        ------
        RuntimeError
            If `backward` is called before `forward`.
        ValueError
            If ``grad`` does not have the shape of the latest output, or the layer assigns no
            gradient to one of its parameters.
        """
        grad = self._check_gradient(grad)
        self._assign_gradients(grad)
        if not self.parameters.keys() <= self.gradients.keys():
            missing = [name for name in self.parameters if name not in self.gradients]
            raise ValueError(
                f"{self} expects a gradient for each of its parameters, got none for "
                f"{', '.join(missing)}; set self.gradients[{missing[0]!r}] in _assign_gradients"
            )
        # layers held inside get their gradients on the backward pass to the input
        return self._input_gradient(grad) if input_gradient or self.layers else None

    def astype(self, dtype: DTypeLike) -> Self:
        """Cast parameters, gradients and state to ``dtype`` and return the layer itself."""
        dtype = float_type(self, dtype)
        for arrays in (self.parameters, self.gradients, self.state):
            for name, array in arrays.items():
                if array.dtype.kind == "f":  # a count stays a count
                    arrays[name] = array.astype(dtype)
        for part in self.layers:
            part.astype(dtype)
        self.latest_shapes = NO_SHAPES
        return self

    def multiply_adds(self, output_shape: Shape) -> int:
        """Return the multiply–accumulates of one sample's forward pass, for `summary`."""
        return 0

    def inference_copy(self) -> Self:
        """Return a copy whose ``forward`` computes what `predict` does, with caches of its own."""
        clone = super().inference_copy()
        clone._predicting = True
        if self.state:
            clone.state = {name: array.copy() for name, array in self.state.items()}
        return clone

    def _forward(self, X: Array) -> Array:
        raise self._lacks("_forward(self, X)", "the output")

    def _assign_gradients(self, grad: Array) -> None:
        """Layers without parameters have nothing to assign."""

    def _input_gradient(self, grad: Array) -> Array:
        raise self._lacks("_input_gradient(self, grad)", "dJ/dX")

    def _lacks(self, method: str, result: str) -> NotImplementedError:
        who = type(self).__name__
        return NotImplementedError(f"{who} has no method {method}; write one that returns {result}")

    def _check_input(self, X: ArrayLike) -> Array:
        return float_array(self, X)

    def _check_gradient(self, grad: ArrayLike) -> Array:
        if self.latest_shapes == NO_SHAPES:
            raise RuntimeError(f"{self}.backward called before forward; call forward first")
        grad = float_array(self, grad)
        if grad.shape != self.latest_shapes[1]:
            raise ValueError(
                f"{self}.backward expects grad of shape {self.latest_shapes[1]}, "
                f"the shape of its latest output, got {grad.shape}"
            )
        return grad

    def __repr__(self) -> str:
        """Show the arguments that ``settings`` names; those at their defaults are left out."""
        known = inspect.signature(type(self)).parameters
        shown = []
        for name in self.settings:
            value = getattr(self, name, "?")
            text = "…" if parts_in(value) else repr(value)
            default: Any = known[name].default if name in known else inspect.Parameter.empty
            if default is inspect.Parameter.empty:
                shown.append(text)
            elif not same_setting(value, default):
                shown.append(f"{name}={text}")
        return f"{type(self).__name__}({', '.join(shown)})"


def parts_in(value: object) -> list[Any]:
    """Return the layers and networks that ``value`` is, or is a list or a tuple of.

    >>> parts_in([Layer(), 3])
    [Layer()]
    """
    values: Iterable[Any] = value if isinstance(value, list | tuple) else [value]
    return [v for v in values if isinstance(v, Part)]
