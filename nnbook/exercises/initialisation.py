"""Exercises of chapter 08a."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import GradientMismatch
from ..gradient_check import check_gradients
from ..layers.activations import sigmoid
from ..layers.base import Layer
from ..network import Sequential
from .grading import Finding, Function, Property, near, show

_three = np.sqrt([2 / 50, 2 / 32, 6 / 50])
_judge_three = near(("Glorot's standard deviation", "that of He", "r"), _three, 7e-4)


def _three_hold(answer):
    verdict = _judge_three(answer)
    if verdict is True or answer.size != 3:
        return verdict
    glorot, he, r = answer.ravel()
    if np.allclose([glorot, he], _three[:2] ** 2, atol=7e-4):
        return f"{verdict}; that is the variance; the standard deviation is its root"
    if np.allclose([he, glorot], _three[:2], atol=7e-4):
        return f"{verdict}; Glorot's comes first"
    if min(abs(glorot - np.sqrt(1 / 32)), abs(glorot - np.sqrt(1 / 50))) < 7e-4:
        return f"{verdict}; Glorot's variance is one over the mean of fan-in and fan-out"
    if min(abs(he - np.sqrt(2 / 18)), abs(he - np.sqrt(2 / 25))) < 7e-4:
        return f"{verdict}; He initialisation has the fan-in"
    if abs(r - np.sqrt(6 / 32)) < 7e-4:
        return f"{verdict}; Glorot initialisation has the fan-in and the fan-out"
    if abs(r - _three[0]) < 7e-4:
        return f"{verdict}; that is the standard deviation, which is less than r"
    return f"{verdict}; that is the square of r" if abs(r - _three[2] ** 2) < 7e-4 else verdict


three_deviations = Property(
    "8.1",
    "Glorot's standard deviation, that of He, and Glorot's r, for 32 inputs and 18 neurons",
    _three_hold,
)

_judge_columns = near(("the first initialisation", "the second", "the third"), [1, 2, 4], 1e-2)


def _columns_hold(answer):
    verdict = _judge_columns(answer)
    if np.array_equal(np.ravel(answer), [1, 2, 1]):
        return f"{verdict}; look at the weights out of the neurons"
    return verdict


different_neurons = Property(
    "8.2", "the number of different columns of W1 for the three initialisations", _columns_hold
)

# the formulas are for the mean square; whoever measures finds half a power less for a deviation
_powers = 50 * np.log10([0.01 * 16, np.sqrt(1 / 2), np.sqrt(256 / 2), np.sqrt(256 / 30)])
_whole = 50 * np.log10([0.01 * 16, 1, np.sqrt(256), np.sqrt(256)])  # no half lost, no g'
_judge_powers = near(
    ("the first power", "the second power", "the third power", "the fourth power"), _powers, 1
)


def _powers_hold(answer):
    verdict = _judge_powers(answer)
    if verdict is True or answer.size != 4:
        return verdict
    answer = answer.ravel()
    if ((answer > 0) & ((answer < 0.1) | (answer > 1000))).any():
        return f"{verdict}; enter the exponent, as -90 for 1e-90"
    if np.abs(answer - 2 * _powers).max() < 2:
        return f"{verdict}; that is the mean square; the RMS is its root"
    if np.allclose(50 * answer, _powers, rtol=0, atol=1):
        return f"{verdict}; these are the powers for one layer, and there are fifty"
    off = np.abs(answer - _powers) > 1
    if np.allclose(answer, 10 ** (_powers / 50), rtol=0.02):
        return f"{verdict}; these are the factors of one layer, and there are fifty"
    if np.allclose(answer / np.log(10), _powers, rtol=0, atol=1):
        return f"{verdict}; these are powers of e, not of ten"
    if (off & (np.abs(answer + _powers) < 1)).any():
        return f"{verdict}; does it grow or shrink? Look at the sign"
    if abs(answer[3]) < 1:
        return f"{verdict}; that is the signal, and the fourth asks for the gradient"
    missed = off & (np.abs(answer - _whole) < 1)
    if missed[3]:
        return f"{verdict}; the backward factor contains the mean of g'(z) squared, too"
    if missed.any():
        return f"{verdict}; of what reaches a ReLU, half does not come out"
    return verdict


powers_of_ten = Property("8.3", "the four powers of ten", _powers_hold)

# the least relative deviation from a linear map: of thirty blocks, and of the last ten of them
_NONLINEAR, _NONLINEAR_AT_LAST = 0.05, 0.02


def _blocks(block, seed, count):
    """Return a network of so many blocks, and the generator that drew its weights."""
    rng = np.random.default_rng(seed)
    layers = []
    for _ in range(count):
        made = block(64, rng)
        layers += [made] if isinstance(made, Layer) else made
    return Sequential(*layers), rng


def _gradient_norms(block, seed):
    """Return the norms of the weight gradients of thirty blocks, and how non-linear they are."""
    network, rng = _blocks(block, seed, 30)
    x, x_other = rng.normal(size=(2, 16, 64))
    network.forward(x)
    network.backward(rng.normal(size=(16, 64)))
    norms = np.array([np.linalg.norm(dW) for dW in network.gradients() if np.ndim(dW) == 2])
    y, y_other = network.predict(x), network.predict(x_other)
    off = y + y_other - network.predict(x + x_other) - network.predict(0 * x)
    return norms, np.linalg.norm(off) / max(np.linalg.norm(y - y_other), 1e-300)


def _nonlinear_at_last(block, seed):
    """Return how non-linear the last ten blocks are between activations that reach them."""
    network, rng = _blocks(block, seed, 30)
    third = len(network.layers) // 3
    last = Sequential(*network.layers[-third:])
    before = Sequential(*network.layers[:-third])
    a, a_other = before.predict(rng.normal(size=(32, 64))).reshape(2, 16, 64)
    y, y_other = last.predict(a), last.predict(a_other)
    off = y + y_other - 2 * last.predict((a + a_other) / 2)
    return np.linalg.norm(off) / max(np.linalg.norm(y - y_other), 1e-300)


def _not_drawn(block):
    """Return what is wrong with the random numbers of a block, or nothing."""
    here, there = ([p for p in _blocks(block, k, 2)[0].parameters() if p.ndim == 2] for k in (0, 1))
    if np.array_equal(here[0], here[1]):
        return "two blocks came with the same weights; draw them from rng"
    same = np.array_equal(here[0], there[0])
    return "another rng came with the same weights; draw them from rng" if same else ""


def _on_the_page(block):
    """Return which of the page's remedies the block is, however its weights were drawn."""
    network, rng = _blocks(block, 0, 1)
    parameters = network.parameters()
    matrices = [p for p in parameters if np.ndim(p) == 2]
    if [np.shape(W) for W in matrices] != [(64, 64)]:
        return ""
    W, x = matrices[0], rng.normal(size=(16, 64))
    if np.allclose(W.T @ W, np.mean(np.diag(W.T @ W)) * np.eye(64)):
        return ""  # orthogonal
    z = x @ W + next((p for p in parameters if np.ndim(p) == 1), 0.0)
    s = sigmoid(z)
    normalised = (s - s.mean(axis=1, keepdims=True)) / s.std(axis=1, keepdims=True)
    drawn = [W for W in _blocks(block, 0, 30)[0].parameters() if np.ndim(W) == 2]
    for name, made, deviation in (
        ("tanh with Glorot's initialisation", np.tanh(z), 1 / 8),
        ("ReLU with He initialisation", np.maximum(z, 0), np.sqrt(2) / 8),
        ("the sigmoid with a skip connection", x + s, 1 / 8),
        ("the normalised sigmoid", normalised, 1 / 8),
    ):
        same = np.linalg.norm(network.predict(x) - made) < 0.015 * np.linalg.norm(made)
        if same and abs(np.std(drawn) / deviation - 1) < 0.25:
            return name
    return ""


def _out_of_bounds(norms):
    """Return the bound that the norms break, or nothing."""
    if norms.size != 30:
        return f"thirty blocks should have a Dense layer each, and have {norms.size}"
    if not np.isfinite(norms).all():
        return "some gradients are not finite"
    low, high = norms.min(), norms.max()
    if low < 0.05:
        return f"the smallest gradient has the norm {low:.1e}"
    if high > 1e5:
        return f"the largest gradient has the norm {high:.1e}"
    return f"the largest is {high / low:.0f} times the smallest" if high > 100 * low else ""


@dataclass(frozen=True)
class _Block(Property):
    """An exercise whose answer is a function that makes one layer of a deep network."""

    def complaint(self, answer: Any) -> Finding | None:
        """Return what is wrong with the network of such layers, or None."""
        if not callable(answer):
            return Finding(self.asked, f"came {show(answer)}")
        try:
            reason = self.holds(answer)
        except Exception as error:
            reason = f"it should take n and rng and return layers; it raised {type(error).__name__}"
        return Finding(self.asked, remark=str(reason)) if reason else None


def _block_fails(block):
    network, rng = _blocks(block, 0, 1)
    try:
        # of two samples a batch normalisation leaves ±1, and rounding
        check_gradients(network, rng.normal(size=(5, 64)), rng=0)
    except GradientMismatch:
        return "its backward pass disagrees with central differences"
    for seed in range(3):
        norms, nonlinear = _gradient_norms(block, seed)
        reason = _out_of_bounds(norms)
        if reason:
            return reason
        if nonlinear < 1e-6:
            if not any(np.any(p) for p in _blocks(block, seed, 1)[0].parameters()):
                return "this begins as the identity, like the zero-initialised branch of the page"
            return "without a non-linearity thirty layers are one"
        if nonlinear < _NONLINEAR:
            only = f"thirty layers that are non-linear by only {nonlinear:.1%} are nearly one"
            return f"{only}; {_NONLINEAR:.0%} are asked"
    name = _on_the_page(block)
    if name:
        return f"this is {name}, and it is on the page"
    nonlinear = min(_nonlinear_at_last(block, seed) for seed in range(3))
    if nonlinear < _NONLINEAR_AT_LAST:
        only = f"the last ten of thirty blocks are non-linear by only {nonlinear:.1%}"
        return f"{only}; {_NONLINEAR_AT_LAST:.0%} are asked"
    return _not_drawn(block)


trainable_block = _Block(
    "8.4",
    "a function block(n, rng), within the bounds above and not one of the page's",
    _block_fails,
)


def _shapes(weights):
    """Return the shapes of the matrices, or what came where it is no list."""
    if weights is None or weights is ... or not np.iterable(weights):
        return weights
    return tuple(W if W is None or W is ... else np.shape(W) for W in weights)


def _not_he(W):
    """Return what does not hold of a matrix of He initialisation, or nothing."""
    W = np.asarray(W, dtype=float)
    if min(W.shape) > 10 and any(len(np.unique(V, axis=0)) < len(V) for V in (W, W.T)):
        return "came equal rows or columns"
    deviation, asked = np.sqrt(np.mean(W**2)), np.sqrt(2 / len(W))
    error = 5 / np.sqrt(W.size)  # five times what chance does to a mean; a deviation varies less
    if not abs(deviation / asked - 1) < error:
        return f"came the standard deviation {deviation:.2g}, not {asked:.2g}"
    if not abs(W.mean()) < error * asked:
        return f"came the mean {W.mean():.2g}, not 0"
    return ""


@dataclass(frozen=True)
class _Draws(Function):
    """An exercise whose answer is a function that draws weights, in whatever way."""

    def complaint(self, answer: Any) -> Finding | None:
        """Return what is wrong with what is drawn, or None."""
        finding = super().complaint(answer)
        if finding:
            return finding
        for sizes, seed in self.cases:
            first, again, other = (list(answer(list(sizes), k)) for k in (seed, seed, seed + 1))
            for i, W in enumerate(first, 1):
                reason = _not_he(W)
                if reason:
                    return self._finding((sizes, seed), reason, (i,))
            if not all(map(np.array_equal, first, again)):
                return self._finding((sizes, seed), "came other weights the second time")
            many = [i for i, W in enumerate(first) if np.size(W) >= 100]  # not alike by chance
            if any(np.array_equal(first[i], other[i]) for i in many):
                return self._finding((sizes, seed), f"came the weights of seed = {seed + 1}")
            few = [np.ravel(first[i])[:100] for i in many]
            if any(abs(np.corrcoef(few[k - 1], few[k])[0, 1]) > 0.7 for k in range(1, len(few))):
                return self._finding((sizes, seed), "came the same draws for two matrices")
        return None


he_weights = _Draws(
    "8.5", "weights of He initialisation, one matrix (inputs, neurons) for each layer",
    lambda sizes, seed: tuple(map(list, pairwise(sizes))), ("sizes", "seed"),
    (([200, 500, 300], 0), ([300, 400, 150, 1], 1), ([2, 1], 2)), read=_shapes,
)  # fmt: skip
