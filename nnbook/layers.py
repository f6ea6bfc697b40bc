"""Layers: a forward pass, and a backward pass with two duties.

Batches are rows. Row s of ``X`` is sample s, column j of ``W`` holds the weights of neuron j.
"""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from . import initializers
from .validation import (
    Array,
    batch,
    float_array,
    float_type,
    generator,
    hooks_are_written,
    positive_int,
    real_number,
    same_setting,
    same_shape,
)

if TYPE_CHECKING:
    from .network import Sequential

    Part: TypeAlias = "Layer | Sequential"  # what a network is made of


class Layer:
    """What every layer can do: answer (`forward`) and take the blame (`backward`).

    A layer with parameters keeps them in ``parameters``, and their gradients, after a `backward`,
    in ``gradients``: two dicts with the same names and shapes. A layer of your own writes three
    lines of mathematics, and the checks, training, gradient check, files and tables come with it:

    - ``_forward(self, X)`` returns the output, and may keep what the way back needs;
    - ``_assign_gradients(self, grad)`` sets ``self.gradients[name]`` for each parameter, if any;
    - ``_input_gradient(self, grad)`` returns dJ/dX.

    Here ``X`` is an array of floats, and ``grad`` is dJ/d(output), of the output's shape.

    >>> class Scale(Layer):
    ...     settings = ("n",)
    ...
    ...     def __init__(self, n):
    ...         super().__init__()
    ...         self.n = n
    ...         self.parameters = {"a": np.ones(n)}
    ...
    ...     def _forward(self, X):
    ...         self.X = X
    ...         return X * self.parameters["a"]
    ...
    ...     def _assign_gradients(self, grad):
    ...         self.gradients["a"] = (grad * self.X).sum(axis=0)
    ...
    ...     def _input_gradient(self, grad):
    ...         return grad * self.parameters["a"]
    >>> from nnbook import check_gradients
    >>> check_gradients(Scale(2), [[1.0, 2.0], [3.0, 4.0]], rng=0)
    gradients agree to 1e-06 of the largest entry
      a (2,): agrees
      input (2, 2): agrees

    What else it may have:

    - ``settings`` names the arguments that make such a layer again, each kept under its name: they
      give the `repr`, and let `save` and ``nn.load(path, layers=[Scale])`` write and read it;
    - ``self.state``, arrays that are kept and cast like parameters but not stepped, such as a
      running mean;
    - ``self.layers``, the layers or networks it holds; `_forward` calls their ``forward``, and
      `_input_gradient` their ``backward``, with ``input_gradient=True`` for a network;
    - ``predict(self, X)``, if it answers differently when it does not train;
    - an attribute that is a `numpy.random.Generator`, to draw from.

    From the Layer notes, items N0-06 and N0-07.

    Attributes
    ----------
    parameters : dict of str to array
        What `optimizer.step` changes, in place.
    gradients : dict of str to array
        dJ/d(parameter), assigned anew by every `backward`.
    state : dict of str to array
        Saved, cast and put in checkpoints, but not stepped.
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
        self.layers: Sequence[Part] = ()
        self._input_shape: tuple[int, ...] | None = None
        self._output_shape: tuple[int, ...] | None = None
        self._predicting = False  # true in the copies that `predict` makes

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        hooks_are_written(cls, Layer, {"forward": "_forward", "backward": "_input_gradient"})

    def forward(self, X: ArrayLike) -> Array:
        """Answer ``X`` and remember what `backward` will need.

        The input is kept, not copied: leave it unchanged until `backward`.
        """
        X = self._check_input(X)
        differs = self._predicting and type(self).predict is not Layer.predict
        Y = self.predict(X) if differs else self._forward(X)
        self._input_shape, self._output_shape = X.shape, Y.shape
        return Y

    def predict(self, X: ArrayLike) -> Array:
        """Answer ``X`` as a trained layer, and remember nothing."""
        return without_trace(self).forward(X)

    def backward(self, grad: ArrayLike) -> Array:
        """Take ``grad = dJ/dY`` of the latest `forward`, assign ``gradients``, return dJ/dX.

        Raises
        ------
        RuntimeError
            If there was no `forward` to answer.
        ValueError
            If ``grad`` does not have the shape of the latest output, or the layer assigns no
            gradient to one of its parameters.
        """
        grad = self._check_gradient(grad)
        self._assign_all(grad)
        return self._input_gradient(grad)

    def assign_gradients(self, grad: ArrayLike) -> None:
        """Do only the first duty of `backward`: what a network asks of its first layer."""
        if self.layers:  # those inside get their gradients on the way back to the input
            self.backward(grad)
            return
        self._assign_all(self._check_gradient(grad))

    def astype(self, dtype: DTypeLike) -> Self:
        """Cast parameters, gradients and state to ``dtype`` and return the layer itself."""
        dtype = float_type(self, dtype)
        for part in walk([self]):
            for arrays in (part.parameters, part.gradients, part.state):
                for name, array in arrays.items():
                    if array.dtype.kind == "f":  # a count stays a count
                        arrays[name] = array.astype(dtype)
            part._output_shape = None
        return self

    def multiply_adds(self, output_shape: tuple[int, ...]) -> int:
        """Return the products that are summed up to answer one sample, for `summary`."""
        return 0

    @staticmethod
    def shapes(*_: Any, **settings: Any) -> dict[str, tuple[int, ...]] | None:
        """Return the shapes of the parameters of a layer with these settings, if that is known.

        `nnbook.load` looks at them before it makes the layer.
        """
        return None

    def _forward(self, X: Array) -> Array:
        raise NotImplementedError

    def _assign_gradients(self, grad: Array) -> None:
        """Layers without parameters have nothing to assign."""

    def _input_gradient(self, grad: Array) -> Array:
        raise NotImplementedError

    def _check_input(self, X: ArrayLike) -> Array:
        return float_array(self, X)

    def _check_gradient(self, grad: ArrayLike) -> Array:
        if self._output_shape is None:
            raise RuntimeError(
                f"{self}.backward answers a forward, and there was none; call forward first"
            )
        grad = float_array(self, grad)
        if grad.shape != self._output_shape:
            raise ValueError(
                f"{self}.backward expects dJ/dY of shape {self._output_shape}, "
                f"the shape of its latest output, got {grad.shape}"
            )
        return grad

    def _assign_all(self, grad: Array) -> None:
        self._assign_gradients(grad)
        if not self.parameters.keys() <= self.gradients.keys():
            missing = [name for name in self.parameters if name not in self.gradients]
            raise ValueError(
                f"{self} expects a gradient for each of its parameters, got none for "
                f"{', '.join(missing)}; set self.gradients[{missing[0]!r}] in _assign_gradients"
            )

    def __repr__(self) -> str:
        """Show the arguments that ``settings`` names; those at their defaults are left out."""
        known = inspect.signature(type(self)).parameters
        shown = []
        for name in self.settings:
            value = getattr(self, name, "?")
            text = "…" if parts_of(value) else repr(value)
            default: Any = known[name].default if name in known else inspect.Parameter.empty
            if default is inspect.Parameter.empty:
                shown.append(text)
            elif not same_setting(value, default):
                shown.append(f"{name}={text}")
        return f"{type(self).__name__}({', '.join(shown)})"


P = TypeVar("P", bound="Layer | Sequential")


def named_layers(parts: Iterable[Part], prefix: str = "") -> Iterator[tuple[str, Layer]]:
    """Yield every layer with its place, those held inside after the one that holds them.

    The place counts from the outside in: ``"2.0"`` is the first layer inside the third.

    >>> [place for place, _ in named_layers([Flatten(), Flatten()])]
    ['0', '1']
    """
    for i, part in enumerate(parts):
        if isinstance(part, Layer):
            yield f"{prefix}{i}", part
        yield from named_layers(getattr(part, "layers", ()), f"{prefix}{i}.")


def walk(parts: Iterable[Part]) -> Iterator[Layer]:
    """Yield every layer, those held inside after the one that holds them."""
    for part in parts:
        if isinstance(part, Layer):
            yield part
        inside = getattr(part, "layers", ())
        if inside:
            yield from walk(inside)


def parts_of(value: object) -> list[Part]:
    """Return the layers and networks that ``value`` is, or is a list or a tuple of.

    >>> parts_of([Flatten(), 3])
    [Flatten()]
    """
    values: Iterable[Any] = value if isinstance(value, list | tuple) else [value]
    return [v for v in values if isinstance(v, Layer) or hasattr(v, "named_parameters")]


def well_made(who: object, parts: Iterable[Part]) -> None:
    """Raise an error if a layer is not ready, stands there twice, or hides layers.

    >>> well_made("demo", [Flatten(), Flatten()])
    """
    seen: set[int] = set()
    for place, layer in named_layers(parts):
        name = type(layer).__name__
        if "_predicting" not in vars(layer):
            raise TypeError(
                f"{who} expects finished layers, got {name} at position {place} without its "
                "beginning; call super().__init__() first in its __init__"
            )
        if id(layer) in seen:
            raise ValueError(
                f"{who} expects every layer once, got the same {layer} object again at position "
                f"{place}; make a second one"
            )
        seen.add(id(layer))
        held = {id(part) for part in layer.layers}
        for attribute, value in vars(layer).items():
            if any(id(part) not in held for part in parts_of(value)):
                raise ValueError(
                    f"{who} expects to find all layers that {name} holds in its layers, but "
                    f"{attribute} is not there; write self.layers = (self.{attribute},) in its "
                    "__init__, so that they are trained and saved"
                )


def in_a_row(who: str, layers: Sequence[Part]) -> Sequence[Part]:
    """Return ``layers``, what the arguments of ``who`` are, or raise an error that helps.

    >>> in_a_row("demo", (Flatten(),))
    (Flatten(),)
    """
    if not layers:
        raise ValueError(f"{who} expects at least one layer, got none")
    for i, layer in enumerate(layers):
        if isinstance(layer, Layer) or hasattr(layer, "named_parameters"):
            continue
        advice = f"write {who}(first, second, ...), without a list"
        if isinstance(layer, type):
            advice = f"write {who}(..., {layer.__name__}(...)), with parentheses"
        raise TypeError(
            f"{who} expects layers, got {type(layer).__name__} at position {i}; {advice}"
        )
    well_made(who, layers)
    return layers


def back(part: Part, grad: ArrayLike) -> Any:
    """Return what a layer, or a network among the layers, sends back to its input."""
    if isinstance(part, Layer):
        return part.backward(grad)
    return part.backward(grad, input_gradient=True)


def without_trace(part: P) -> P:
    """Return a copy to predict with: the same parameters, but a memory of its own.

    In it, and in the layers inside, ``forward`` answers as `predict` does.
    """
    twin = copy.copy(part)
    if part.layers:
        inside = {id(held): without_trace(held) for held in part.layers}
        vars(twin).update({k: inside[id(v)] for k, v in vars(part).items() if id(v) in inside})
        twin.layers = tuple(inside.values())
    if isinstance(twin, Layer):
        twin._predicting = True
        if twin.state:
            twin.state = {name: array.copy() for name, array in twin.state.items()}
    return twin


def twin_of(part: P) -> P:
    """Return a copy with the same parameter arrays, and everything else of its own."""
    return copy.deepcopy(
        part, {id(p): p for layer in walk([part]) for p in layer.parameters.values()}
    )


def generators(parts: Iterable[Part]) -> list[np.random.Generator]:
    """Return the generators that the layers draw from, each once."""
    found = {
        id(value): value
        for layer in walk(parts)
        for value in vars(layer).values()
        if isinstance(value, np.random.Generator)
    }
    return list(found.values())


class Dense(Layer):
    """Every input connected to every output: ``Y = X W + b``.

    Backward: ``dW = Xᵀ dY``, ``db = Σ_samples dY``, ``dX = dY Wᵀ``.

    Shape: input ``(m, n_in)``, output ``(m, n_out)``.

    From the Layer notes, items N0-10 to N0-22, and the Deep learning lecture notes, N2-25.

    Parameters
    ----------
    n_in, n_out : int
        Numbers of inputs and of neurons, at least 1.
    rng : numpy.random.Generator or int
        Source of the first weights; a seed makes them repeatable.
    weights, biases : initializer
        How ``W`` and ``b`` are born, see :mod:`nnbook.initializers`.

    Attributes
    ----------
    parameters : dict
        ``"W"`` of shape ``(n_in, n_out)``, ``W[i, j]`` from input i to neuron j, and ``"b"`` of
        shape ``(n_out,)``; float64 until `astype`.

    Raises
    ------
    TypeError
        If ``rng`` is missing or a size is not a whole number.
    ValueError
        If a size is below 1, or an input has the wrong shape.

    Examples
    --------
    >>> layer = Dense(2, 1, rng=0)
    >>> layer.parameters["W"][:] = [[0.5], [-0.5]]
    >>> layer.forward([[1, 2]])
    array([[-0.5]])
    >>> layer.backward([[1.0]])
    array([[ 0.5, -0.5]])
    >>> layer.gradients["W"]
    array([[1.],
           [2.]])
    """

    index_equations = (
        "dW[i, j] = Σ_s X[s, i] dY[s, j]   so dW = Xᵀ dY",
        "db[j]    = Σ_s dY[s, j]",
        "dX[s, i] = Σ_j dY[s, j] W[i, j]   so dX = dY Wᵀ",
    )

    settings = ("n_in", "n_out")

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        rng: np.random.Generator | int | None = None,
        weights: initializers.Initializer = initializers.glorot_uniform,
        biases: initializers.Initializer = initializers.zeros,
    ) -> None:
        super().__init__()
        self.n_in = positive_int("Dense", "n_in", n_in)
        self.n_out = positive_int("Dense", "n_out", n_out)
        rng = generator(self, rng)
        shapes = self.shapes(self.n_in, self.n_out)
        self.parameters = {
            "W": initializers.born(self, "weights", weights, shapes["W"], rng),
            "b": initializers.born(self, "biases", biases, shapes["b"], rng),
        }
        self.gradients = {name: np.zeros_like(p) for name, p in self.parameters.items()}

    @staticmethod
    def shapes(n_in: int, n_out: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of W and b."""
        return {"W": (n_in, n_out), "b": (n_out,)}

    def multiply_adds(self, output_shape: tuple[int, ...]) -> int:
        """Return the products of one sample: one for each weight."""
        return self.n_in * self.n_out

    def _forward(self, X: Array) -> Array:
        self._X = X
        Y = X @ self.parameters["W"]
        Y += self.parameters["b"]
        return Y

    def _assign_gradients(self, grad: Array) -> None:
        self.gradients["W"] = self._X.T @ grad
        self.gradients["b"] = grad.sum(axis=0)

    def _input_gradient(self, grad: Array) -> Array:
        return grad @ self.parameters["W"].T

    def _check_input(self, X: ArrayLike) -> Array:
        return batch(self, X, self.n_in, self.parameters["W"].dtype)

    def __repr__(self) -> str:
        return f"Dense({self.n_in}, {self.n_out})"


class Flatten(Layer):
    """Each sample as one row: ``(m, h, w, c)`` becomes ``(m, h·w·c)``; `backward` undoes it.

    >>> layer = Flatten()
    >>> layer.forward(np.zeros((2, 3, 3, 4))).shape
    (2, 36)
    >>> layer.backward(np.zeros((2, 36))).shape
    (2, 3, 3, 4)
    """

    index_equations = ("dX has the numbers of dY in the shape of X",)

    def _forward(self, X: Array) -> Array:
        self._X = X
        return X.reshape(len(X), math.prod(X.shape[1:]))

    def _input_gradient(self, grad: Array) -> Array:
        dX = np.empty_like(self._X, grad.dtype)  # in memory as X lies there
        dX[...] = grad.reshape(dX.shape)
        return dX


class Dropout(Layer):
    """While training, silence each entry with probability ``rate``: ``Y = X ⊙ M / (1 - rate)``.

    M is 0 or 1, drawn anew by every `forward`; the division keeps the expected value. Backward:
    ``dX = dY ⊙ M / (1 - rate)``. `predict` lets everything through. Any shape.

    Parameters
    ----------
    rate : float
        Share of the entries that are silenced, from 0 up to but not including 1.
    rng : numpy.random.Generator or int
        Source of M.

    Examples
    --------
    >>> layer = Dropout(0.5, rng=0)
    >>> Y = layer.forward(np.ones((2, 3)))
    >>> sorted({float(y) for y in Y.ravel()})
    [0.0, 2.0]
    >>> np.array_equal(layer.backward(np.ones((2, 3))), Y)
    True
    >>> layer.predict([[1, 2]])
    array([[1., 2.]])
    """

    index_equations = ("dX[s, j] = dY[s, j] M[s, j] / (1 - rate)",)
    settings = ("rate",)

    def __init__(self, rate: float, *, rng: np.random.Generator | int | None = None) -> None:
        super().__init__()
        self.rate = real_number("Dropout", "rate", rate)
        if not 0 <= self.rate < 1:
            raise ValueError(f"Dropout expects rate from 0 up to but not 1, got {self.rate}")
        self._rng = generator(self, rng)

    def predict(self, X: ArrayLike) -> Array:
        """Return ``X`` as it is, in floats."""
        return self._check_input(X)

    def _forward(self, X: Array) -> Array:
        kept = self._rng.random(X.shape) >= self.rate
        self._scale = np.asarray(kept / (1 - self.rate), X.dtype, like=X)
        return X * self._scale

    def _input_gradient(self, grad: Array) -> Array:
        return grad * self._scale


class Residual(Layer):
    """What comes in, plus what some layers make of it: ``Y = X + f(X)``.

    Backward: ``dX = dY + dY f'(X)``; the first term reaches X unchanged, however small f' is. The
    layers of f must give back the shape they get. After He et al. (2015).

    Parameters
    ----------
    *layers : Layer or Sequential
        At least one: f, the first sees X.

    Raises
    ------
    TypeError, ValueError
        If something is not a layer or there is none, or f(X) has not the shape of X.

    Examples
    --------
    >>> layer = Residual(Dense(2, 2, rng=0, weights=initializers.zeros))
    >>> layer.forward([[1.0, 2.0]])
    array([[1., 2.]])
    >>> layer.backward([[3.0, 4.0]])
    array([[3., 4.]])
    """

    index_equations = ("dX = dY + what f sends back",)
    settings = ("layers",)

    def __init__(self, *layers: Part) -> None:
        super().__init__()
        self.layers = in_a_row("Residual", layers)

    def _forward(self, X: Array) -> Array:
        Y = X
        for layer in self.layers:
            Y = layer.forward(Y)
        same_shape(self, "X", X, "f(X)", Y)
        return X + Y

    def _input_gradient(self, grad: Array) -> Array:
        dX = grad
        for layer in reversed(self.layers):
            dX = back(layer, dX)
        return grad + dX
