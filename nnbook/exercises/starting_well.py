"""Exercises of chapter 08a."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..layers import Layer
from ..network import Sequential
from .grading import Finding, Function, Property, show


def _each(names: Sequence[str], right: ArrayLike, tolerance: float) -> Callable[..., bool | str]:
    """Return what judges several numbers and says which of them is off."""

    def holds(answer: np.ndarray) -> bool | str:
        if answer.size != len(names):
            return f"{len(names)} numbers are asked for"
        close = np.abs(answer.ravel() - right) <= tolerance
        off = [name for name, good in zip(names, close, strict=True) if not good]
        return f"not right: {', '.join(off)}" if off else True

    return holds


three_spreads = Property(
    "8.1",
    "Glorot's spread, He's spread and Glorot's r, for 32 inputs and 18 neurons",
    _each(
        ("Glorot's spread", "He's spread", "r"),
        [np.sqrt(2 / 50), np.sqrt(2 / 32), np.sqrt(6 / 50)],
        7e-4,
    ),
)

different_neurons = Property(
    "8.2",
    "the number of different columns of W1 for the three starts",
    _each(("the first start", "the second start", "the third start"), [1, 2, 4], 1e-2),
)

# the law is for the mean square; whoever measures finds half a power less for a spread
_powers = 50 * np.log10([0.01 * 16, np.sqrt(1 / 2), np.sqrt(256 / 2)])
_whole = 50 * np.log10([0.01 * 16, 1, np.sqrt(256)])  # where no ReLU loses a half
_judge_powers = _each(("the first power", "the second power", "the third power"), _powers, 1)


def _powers_hold(answer):
    verdict = _judge_powers(answer)
    if verdict is True or answer.size != 3:
        return verdict
    answer = answer.ravel()
    if np.abs(answer - 2 * _powers).max() < 2:
        return f"{verdict}; that is the mean square, and the size is its root"
    off = np.abs(answer - _powers) > 1
    if (off & (np.abs(answer - _whole) < 1)).any():
        return f"{verdict}; of what reaches a ReLU, half does not come out"
    return verdict


powers_of_ten = Property("8.3", "the three powers of ten", _powers_hold)

# the first of the sizes at seed 0, for the blocks of the page
_on_the_page = {
    "tanh with Xavier's start": 34.865064,
    "ReLU with He's start": 228.986323,
    "the sigmoid with a way past": 64.841707,
    "the normalised sigmoid": 426.344864,
}


def _living(block, seed):
    """Return the sizes of the weight gradients of thirty blocks, and whether they bend."""
    rng = np.random.default_rng(seed)
    layers = []
    for _ in range(30):
        made = block(64, rng)
        layers += [made] if isinstance(made, Layer) else made
    network = Sequential(*layers)
    x, x_other = rng.normal(size=(2, 16, 64))
    network.forward(x)
    network.backward(rng.normal(size=(16, 64)))
    sizes = np.array([np.linalg.norm(dW) for dW in network.gradients() if np.ndim(dW) == 2])
    both = network.predict(x) + network.predict(x_other)
    together = network.predict(x + x_other) + network.predict(0 * x)
    return sizes, not np.allclose(both, together, rtol=1e-6, atol=1e-6 * np.abs(both).max())


def _sick(sizes):
    """Return the bound that the sizes break, or nothing."""
    if sizes.size < 30:
        return f"thirty blocks have only {sizes.size} weight matrices"
    if not np.isfinite(sizes).all():
        return "some gradients are not finite"
    low, high = sizes.min(), sizes.max()
    if low < 1e-3:
        return f"the smallest gradient has the size {low:.1e}"
    if high > 1e5:
        return f"the largest gradient has the size {high:.1e}"
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
    for seed in range(3):
        sizes, bends = _living(block, seed)
        reason = _sick(sizes)
        if reason:
            return reason
        if not bends:
            return "without a bend thirty layers are one"
        for name, first in _on_the_page.items():
            if seed == 0 and np.isclose(sizes[0], first, rtol=1e-5):
                return f"this is {name}, and it is on the page"
    return ""


living_block = _Block(
    "8.4",
    "a function block(n, rng) that returns the layers of one block, not one of the page's; in "
    "thirty blocks of width 64 the sizes of the weight gradients from 0.001 to 100000, the largest "
    "at most a hundred times the smallest",
    _block_fails,
)


def _he_weights(sizes, seed):
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(0, np.sqrt(2 / n), (n, after)) for n, after in pairwise(sizes))


he_weights = Function(
    "8.5",
    "He's weights, one matrix for each layer",
    _he_weights,
    ("sizes", "seed"),
    (([2, 1], 0), ([3, 5, 2, 4], 1), ([4, 4, 1], 2)),
)
