"""The referee: central differences, which know no calculus and so cannot share our mistakes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .errors import GradientMismatch
from .layers import Layer, generators, named_layers, walk, well_made
from .losses import Loss
from .validation import Array, float_array, generator, positive_number

if TYPE_CHECKING:
    from .network import Sequential


def numerical_gradient(f: Callable[[Array], float], x: ArrayLike, h: float = 1e-5) -> Array:
    """Return the gradient of ``f`` at ``x`` by central differences, ``(f(x+h) - f(x-h)) / 2h``.

    Every entry is nudged by ±h in turn, so ``f`` is called twice for each; the result has the
    shape of ``x``. The error of the formula falls like h², the rounding grows like 1/h.
    From the Backpropagation notes, item N1-42.

    Parameters
    ----------
    f : function of one array, returning one number
    x : number, list or array; it is copied, never altered
    h : float
        Size of the nudge.

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
    x = float_array("numerical_gradient", x).astype(np.float64)  # a copy of our own to nudge
    return (_nudged(f, x, h) - _nudged(f, x, -h)) / (2 * h)


def compare(formula: Callable[[], ArrayLike], right: ArrayLike) -> str:
    """Say how a formula fares beside what is right: first its shape, then its numbers.

    Parameters
    ----------
    formula : function without arguments
        It computes the formula; a product that NumPy refuses is an answer, too.
    right : array
        What should come out, from :func:`numerical_gradient` for example.

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


def _nudged(f: Callable[[Array], float], x: Array, step: float) -> Array:
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
    kinks: int  # entries left out because the function has a corner there
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
    model: Layer | Sequential,
    X: ArrayLike,
    *,
    loss: Loss | None = None,
    targets: ArrayLike | None = None,
    rng: np.random.Generator | int | None = None,
    tolerance: float = 1e-6,
) -> GradientReport:
    """Compare every gradient of a layer or network with central differences.

    The price is ``loss`` of the output and ``targets``, or, without a loss, ``Σ R ⊙ Y`` with a
    random R: an upstream gradient of ones would hide mistakes. Parameters and X are nudged entry
    by entry and come back unchanged, bit for bit, and so do state and generators: with Dropout,
    every nudge meets the same mask. Entries at a kink (ReLU at 0), where there is no derivative,
    are counted and left out.

    Central differences are rounded at about 1e-10 of the price. Where a gradient is so small that
    they cannot tell ``tolerance`` of its largest entry, the report says what they can tell, or that
    it is too small to compare.

    Parameters
    ----------
    model : Layer or Sequential, with float64 parameters
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
        If `forward` changes its input, or every entry of an array is at a kink.

    Examples
    --------
    >>> from nnbook import Dense
    >>> check_gradients(Dense(2, 1, rng=0), [[1.0, 2.0], [0.5, -1.0]], rng=1)
    gradients agree to 1e-06 of the largest entry
      W (2, 1): agrees
      b (1,): agrees
      input (2, 2): agrees
    """
    well_made("check_gradients", [model])
    rng = generator("check_gradients", rng)
    tolerance = positive_number("check_gradients", "tolerance", tolerance)
    if (loss is None) != (targets is None):
        raise ValueError("check_gradients expects loss and targets together, or neither")
    X = float_array("check_gradients", X).astype(np.float64)  # a copy of our own to nudge
    given = X.copy()
    rewind = _rewinding(model)
    output = model.forward(X)
    rewind()
    if not np.array_equal(X, given, equal_nan=True):
        raise ValueError(
            f"check_gradients expects {model}.forward to leave its input as it came, it was changed"
        )
    if output.dtype != np.float64:
        raise ValueError(
            f"check_gradients expects float64 parameters, got {output.dtype}; "
            "nudges of 1e-5 drown in coarser numbers, use model.astype(np.float64)"
        )
    R = rng.standard_normal(output.shape)

    rewind = _rewinding(model)  # the generators may be the one that R came from

    def price() -> float:
        rewind()
        Y = model.forward(X)
        if loss is None or targets is None:
            return float((R * Y).sum())
        return loss.forward(Y, targets)

    value = price()
    grad = R if loss is None else loss.backward()
    # a network computes dJ/dX only when asked
    asked = {"input_gradient": True} if hasattr(model, "named_parameters") else {}
    input_gradient: Any = model.backward(grad, **asked)
    triples = [*_named_arrays(model), ("input", X, input_gradient)]
    reports = tuple(
        _compare(name, array, dJ, price, value, tolerance) for name, array, dJ in triples
    )
    price()  # so that a backward after the check answers X and not the last nudge
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


def _named_arrays(model: Layer | Sequential) -> list[tuple[str, Array, Array]]:
    """Return (name, parameter, gradient) of all parameters, those of layers inside included."""
    found = []
    if isinstance(model.parameters, dict):
        found = [(name, p, model.gradients[name]) for name, p in model.parameters.items()]
    found += [
        (f"layer {place} {layer} {name}", p, layer.gradients[name])
        for place, layer in named_layers(getattr(model, "layers", ()))
        for name, p in layer.parameters.items()
    ]
    return found


def _rewinding(model: Layer | Sequential) -> Callable[[], None]:
    """Return the function that puts generators and state back to what they are now."""
    sources = [(source, source.bit_generator.state) for source in generators([model])]
    states = [
        (layer, {name: array.copy() for name, array in layer.state.items()})
        for layer in walk([model])
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
    price: Callable[[], float],
    value: float,
    tolerance: float,
) -> ArrayReport:
    """Nudge ``array`` in place, entry by entry, and compare the slopes with ``backward``."""
    h = 1e-5
    kept = array.copy()
    backward = np.asarray(backward)
    if backward.shape != array.shape:
        raise GradientMismatch(
            f"{name}: backward gives a gradient of shape {backward.shape}, the array has shape "
            f"{array.shape}"
        )

    def price_at(nudged: Array) -> float:
        array[...] = nudged
        return price()

    def slopes(h: float) -> tuple[Array, Array]:
        """Return central differences, and by how much the slopes of the two sides differ."""
        up, down = _nudged(price_at, kept.copy(), h), _nudged(price_at, kept.copy(), -h)
        return (up - down) / (2 * h), np.abs(up - 2 * value + down) / h

    try:
        central, bend = slopes(h)
        # near an optimum all entries are tiny, and the referee itself is only good to about 1e-10
        largest = float(max(np.abs(central).max(), np.abs(backward).max()))
        floor = 1e-3 * max(1.0, abs(value))
        scale = max(largest, floor)
        kinks = bend > 1e-3 * scale
        if kinks.any():  # a curve's bend shrinks in step with h, a kink's does not
            kinks &= np.abs(10 * slopes(h / 10)[1] - bend) > 0.5 * bend
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
