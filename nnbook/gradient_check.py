"""Gradient check: backward passes against central differences, which cannot share our mistakes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .errors import GradientMismatch
from .layers.base import Part
from .layers.tree import generators_of, iter_layers, named_layers, validate_layers
from .losses import Loss
from .validation import Array, float_array, generator, positive_number


def numerical_gradient(f: Callable[[Array], float], x: ArrayLike, h: float = 1e-5) -> Array:
    """Return the gradient of ``f`` at ``x`` by central differences, ``(f(x+h) - f(x-h)) / 2h``.

    Every entry is perturbed by ±h in turn, so ``f`` is called twice for each; the result has the
    shape of ``x``. The error of the formula falls like h², the rounding error grows like 1/h.
    From the Backpropagation notes, item N1-42.

    Parameters
    ----------
    f : function of one array, returning one number
    x : number, list or array; it is copied, never altered
    h : float
        Size of the perturbation.

    Raises
    ------
    ValueError
        If ``f`` returns more than one number, or ``h`` is not above 0.

    Examples
    --------
    >>> numerical_gradient(lambda x: (x**2).sum(), [1.0, -2.0]).round(6)
    array([ 2., -4.])
    """
    h = positive_number("numerical_gradient", "h", h)
    x = float_array("numerical_gradient", x).astype(np.float64)  # a copy of our own to perturb
    return (_perturbed(f, x, h) - _perturbed(f, x, -h)) / (2 * h)


def compare(formula: Callable[[], ArrayLike], right: ArrayLike) -> str:
    """Compare the result of a formula with the right one: first its shape, then its numbers.

    Parameters
    ----------
    formula : function without arguments
        It computes the formula; a shape error of NumPy counts as a result.
    right : array
        The right result, from :func:`numerical_gradient` for example.

    Examples
    --------
    >>> W, x = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.ones((3, 1))
    >>> compare(lambda: W.T @ x, W @ x)
    'does not fit'
    >>> compare(lambda: x, W @ x)
    'shape (3, 1), not (2, 1)'
    >>> compare(lambda: W[:, :1], W @ x), compare(lambda: np.dot(W, x), W @ x)
    ('fits, wrong numbers', 'right')
    """
    try:
        found = np.asarray(formula())
    except ValueError:
        return "does not fit"
    if found.shape != np.shape(right):
        return f"shape {found.shape}, not {np.shape(right)}"
    return "right" if np.allclose(found, right) else "fits, wrong numbers"


def _perturbed(f: Callable[[Array], float], x: Array, step: float) -> Array:
    """Return ``f`` with each entry of ``x`` moved by ``step``, one at a time; ``x`` is restored."""
    values = np.empty_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + step
        try:
            values[index] = _number(f(x))
        finally:
            x[index] = kept
    return values


def _number(value: ArrayLike) -> float:
    array = np.asarray(value)
    if array.size != 1:
        raise ValueError(
            f"numerical_gradient expects f to return one number, got shape {array.shape}; "
            "differentiate one entry or a sum"
        )
    return array.item()


@dataclass(frozen=True)
class ArrayReport:
    """How one array's gradient compares with central differences."""

    name: str
    shape: tuple[int, ...]
    error: float  # largest difference, relative to the array's largest entry
    index: tuple[int, ...]  # where it is
    backward: float  # the value of backward there
    central: float  # the value of central differences there
    kinks: int  # entries left out because the function is not differentiable there
    largest: float  # the largest entry of either
    resolution: float  # what the comparison can tell, relative to the largest entry


@dataclass(frozen=True)
class GradientReport:
    """The outcome of a passed `check_gradients`: an `ArrayReport` for each array."""

    arrays: tuple[ArrayReport, ...]
    tolerance: float

    @property
    def error(self) -> float:
        """The largest relative error of all arrays."""
        return max(array.error for array in self.arrays)

    def __repr__(self) -> str:
        lines = []
        for array in self.arrays:
            kinks = f", {array.kinks} at a kink left out" if array.kinks else ""
            verdict = "agrees"
            if array.resolution >= 1:
                verdict = f"too small to compare, its entries are at most {array.largest:.0e}"
            elif array.resolution > self.tolerance:
                verdict = (
                    f"agrees to {array.resolution:.0e} only, its entries are at most "
                    f"{array.largest:.0e}"
                )
            lines.append(f"  {array.name} {array.shape}: {verdict}{kinks}")
        return "\n".join([f"gradients agree to {self.tolerance:g} of the largest entry", *lines])


def check_gradients(
    model: Any,
    X: ArrayLike,
    *,
    loss: Loss | None = None,
    targets: ArrayLike | None = None,
    rng: np.random.Generator | int | None = None,
    tolerance: float = 1e-6,
) -> GradientReport:
    """Compare every gradient of a layer or network with central differences.

    Differentiated is ``loss`` of the output and ``targets``, or, without a loss, ``Σ R ⊙ Y`` with
    a random R: an upstream gradient of ones would hide mistakes. Parameters and X are
    perturbed entry by entry and restored, bit for bit, and so are state and generators: with
    Dropout, every perturbation meets the same mask. Entries at a kink (ReLU at 0), where there is
    no derivative, are counted and left out.

    Central differences are rounded at about 1e-10 of the loss. Where a gradient is so small that
    they cannot resolve ``tolerance`` of its largest entry, the report says what they can resolve,
    or that it is too small to compare.

    Parameters
    ----------
    model : Layer or Sequential, or a class of your own with what the check uses of a layer
        With float64 parameters.
    X : array (m, ...)
    rng : numpy.random.Generator or int
        Source of R.
    tolerance : float
        Largest difference allowed, relative to the largest entry of the array's gradient.

    Raises
    ------
    GradientMismatch
        Naming the array, the index and both values; or the shapes, if they differ.
    ValueError
        If `forward` changes its input, `backward` changes a parameter, or every entry of an array
        is at a kink.

    Examples
    --------
    >>> from nnbook import Dense
    >>> check_gradients(Dense(2, 1, rng=0), [[1.0, 2.0], [0.5, -1.0]], rng=1)
    gradients agree to 1e-06 of the largest entry
      W (2, 1): agrees
      b (1,): agrees
      input (2, 2): agrees
    """
    validate_layers("check_gradients", [model])
    rng = generator("check_gradients", rng)
    tolerance = positive_number("check_gradients", "tolerance", tolerance)
    if (loss is None) != (targets is None):
        raise ValueError("check_gradients expects loss and targets together, or neither")
    X = float_array("check_gradients", X).astype(np.float64)  # a copy of our own to perturb
    given = X.copy()
    rewind = _rewinding(model)
    output = model.forward(X)
    rewind()
    if not np.array_equal(X, given, equal_nan=True):
        raise ValueError(
            f"check_gradients expects {model}.forward not to change its input, but it did"
        )
    if output.dtype != np.float64:
        raise ValueError(
            f"check_gradients expects float64 parameters, got {output.dtype}; "
            "perturbations of 1e-5 drown in coarser numbers, use model.astype(np.float64)"
        )
    R = rng.standard_normal(output.shape)

    rewind = _rewinding(model)  # the generators may be the one that R came from

    def objective() -> float:
        rewind()
        Y = model.forward(X)
        if loss is None or targets is None:
            return float((R * Y).sum())
        return loss.forward(Y, targets)

    value = objective()
    grad = R if loss is None else loss.backward()
    # a layer that somebody wrote from scratch always returns it
    asked = {"input_gradient": True} if isinstance(model, Part) else {}
    before = [owner.parameters[name].copy() for _, owner, name in _named_parameters(model)]
    input_gradient = model.backward(grad, **asked)
    for (label, owner, name), kept in zip(_named_parameters(model), before, strict=True):
        if not np.array_equal(owner.parameters[name], kept, equal_nan=True):
            raise ValueError(
                f"check_gradients expects backward not to change the parameters, but {label} "
                "changed; leave the update to an optimizer"
            )
    triples = [*_named_arrays(model), ("input", X, input_gradient)]
    reports = tuple(
        _compare(name, array, dJ, objective, value, tolerance) for name, array, dJ in triples
    )
    objective()  # so that a backward after the check belongs to X, not to the last perturbation
    rewind()
    for report in reports:
        if report.kinks and report.kinks == math.prod(report.shape):
            raise ValueError(
                f"check_gradients found every entry of {report.name} at a kink, where there is no "
                "derivative to compare with; take another X"
            )
        if not report.error <= tolerance:  # NaN is no agreement
            raise GradientMismatch(
                f"{report.name}{list(report.index)}: backward says {report.backward:.8g}, central "
                f"differences say {report.central:.8g} (relative error {report.error:.2g}, "
                f"allowed {tolerance:g})"
            )
    return GradientReport(reports, tolerance)


def _named_arrays(model: Any) -> list[tuple[str, Array, Array]]:
    """Return (label, parameter, gradient) of all parameters, those of layers inside included."""
    return [
        (label, owner.parameters[name], owner.gradients[name])
        for label, owner, name in _named_parameters(model)
    ]


def _named_parameters(model: Any) -> list[tuple[str, Any, str]]:
    """Return (label, layer, name) of all parameters, those of layers inside included."""
    found = []
    if isinstance(model.parameters, dict):
        found = [(name, model, name) for name in model.parameters]
    found += [
        (f"layer {position} {layer} {name}", layer, name)
        for position, layer in named_layers(getattr(model, "layers", ()))
        for name in layer.parameters
    ]
    return found


def _rewinding(model: Part) -> Callable[[], None]:
    """Return the function that puts generators and state back to what they are now."""
    sources = [(source, source.bit_generator.state) for source in generators_of([model])]
    states = [
        (layer, {name: array.copy() for name, array in layer.state.items()})
        for layer in iter_layers([model])
    ]

    def rewind() -> None:
        for source, kept in sources:
            source.bit_generator.state = kept
        for layer, state in states:
            layer.state.update({name: array.copy() for name, array in state.items()})

    return rewind


def _compare(
    name: str,
    array: Array,
    backward: Array,
    objective: Callable[[], float],
    value: float,
    tolerance: float,
) -> ArrayReport:
    """Perturb ``array`` in place, entry by entry, and compare the slopes with ``backward``."""
    h = 1e-5
    kept = array.copy()
    backward = np.asarray(backward)
    if backward.shape != array.shape:
        raise GradientMismatch(
            f"{name}: backward gives a gradient of shape {backward.shape}, the array has shape "
            f"{array.shape}"
        )

    def value_at(perturbed: Array) -> float:
        array[...] = perturbed
        return objective()

    def slopes(h: float) -> tuple[Array, Array]:
        """Return central differences, and by how much the slopes of the two sides differ."""
        up, down = _perturbed(value_at, kept.copy(), h), _perturbed(value_at, kept.copy(), -h)
        return (up - down) / (2 * h), np.abs(up - 2 * value + down) / h

    try:
        central, jump = slopes(h)
        # near an optimum all entries are tiny, and central differences are only good to about 1e-10
        largest = float(max(np.abs(central).max(), np.abs(backward).max()))
        floor = 1e-3 * max(1.0, abs(value))
        scale = max(largest, floor)
        kinks = jump > 1e-3 * scale
        if kinks.any():  # curvature makes a jump in proportion to h, a kink does not
            kinks &= np.abs(10 * slopes(h / 10)[1] - jump) > 0.5 * jump
    finally:
        array[...] = kept
    error = np.where(kinks, 0.0, np.abs(backward - central) / scale)
    index = np.unravel_index(np.argmax(error), error.shape)
    return ArrayReport(
        name,
        array.shape,
        float(error[index]),
        tuple(int(i) for i in index),
        float(backward[index]),
        float(central[index]),
        int(kinks.sum()),
        largest,
        tolerance * scale / largest if largest else math.inf,
    )
