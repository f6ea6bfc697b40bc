r"""Reverse-mode automatic differentiation of arrays, and the derivation in LaTeX: chapter 14a.

An operation computes a value and names its parents, each with its vector–Jacobian product: the
function that turns the gradient of the value into the contribution to the gradient of the parent.
`backward` adds these up. Fed with letters in place of numbers, the same functions write formulas:

>>> x, W = Node(np.array([[1.0, 2.0]]), "x"), Node(np.array([[0.5], [-0.5]]), "W")
>>> loss = multiply(a := sigmoid(matmul(x, W, "z"), "a"), a)
>>> backward(loss)
>>> W.gradient.round(4)
array([[0.1774],
       [0.3549]])
>>> derivation(loss)["z"], derivation(loss)["W"]
('da\\odot a\\odot \\bigl(1-a\\bigr)', 'x^T\\,dz')
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any

import numpy as np

from .layers.activations import sigmoid as sigmoid_of

_created = count()


class Node:
    """A value of a calculation, and where it came from.

    Parameters
    ----------
    value : array or number
        What was computed.
    name : str
        Its letter in LaTeX; a node without one is passed over in `derivation`.
    edges : sequence of (Node, function)
        The parents, each with its vector–Jacobian product.

    Attributes
    ----------
    gradient : array or number
        ∂(loss)/∂(value), once `backward` has run.
    """

    def __init__(
        self, value: Any, name: str = "", edges: Sequence[tuple[Node, Callable[[Any], Any]]] = ()
    ) -> None:
        self.value, self.name, self.edges = value, name, edges
        self.number = next(_created)
        self.gradient: Any = 0


def topological_order(loss: Node) -> list[Node]:
    """Return the nodes that ``loss`` was computed from, each after its parents, and itself.

    A node is made of nodes that exist, so the order of creation is a topological order.
    """
    found, waiting = {loss}, [loss]
    while waiting:
        parents = {parent for parent, _ in waiting.pop().edges} - found
        found |= parents
        waiting += parents
    return sorted(found, key=lambda node: node.number)


def backward(loss: Node, upstream: Any = 1.0) -> None:
    """Set the gradient of every node that ``loss`` was computed from.

    ``upstream`` is the gradient with respect to ``loss``: 1, or an array of its shape.
    """
    order = topological_order(loss)
    for node in order:
        node.gradient = 0
    loss.gradient = upstream
    for node in reversed(order):
        _pass_on(node)


def _pass_on(node: Node) -> None:
    for parent, vjp in node.edges:
        parent.gradient = parent.gradient + vjp(node.gradient)


class Constant(float):
    r"""A number that is written as a text in a derivation.

    >>> (Formula("d") / Constant(2**0.5, r"\sqrt 2")).text
    '\\frac{d}{\\sqrt 2}'
    """

    text: str

    def __new__(cls, value: float, text: str) -> Constant:
        """Return the number ``value`` with its ``text``."""
        number = super().__new__(cls, value)
        number.text = text
        return number


class Formula:
    r"""A text in LaTeX that adds and multiplies like an array.

    ``rank`` says where brackets are needed: 0 a sum, 1 an elementwise product, 2 a matrix product
    or a quotient, 3 a letter.

    >>> a, b = Formula("a"), Formula("b")
    >>> ((a + b) @ a.T).text
    '\\bigl(a+b\\bigr)\\,a^T'
    """

    def __init__(self, text: str, rank: int = 3) -> None:
        self.text, self.rank = text, rank

    def inside(self, rank: int) -> str:
        """Return the text, in brackets if it binds less than ``rank``."""
        return self.text if self.rank >= rank else rf"\bigl({self.text}\bigr)"

    def __add__(self, other: Any) -> Formula:
        return Formula(f"{self.text}+{other.text}", 0)

    def __radd__(self, zero: int) -> Formula:
        return self  # the sum of the contributions begins with 0

    def __neg__(self) -> Formula:
        return Formula(f"-{self.inside(1)}", 0)

    def __sub__(self, other: Any) -> Formula:
        return Formula(f"{self.text}-{other.inside(1)}", 0)

    def __rsub__(self, number: float) -> Formula:
        return Formula(f"{number}-{self.inside(1)}", 0)

    def __mul__(self, other: Any) -> Formula:
        if self.text == "1":
            return other
        return Formula(rf"{self.inside(1)}\odot {other.inside(1)}", 1)

    def __rmul__(self, number: float) -> Formula:
        return Formula(f"{number}{self.inside(1)}", 1)

    def __matmul__(self, other: Any) -> Formula:
        return Formula(rf"{self.inside(2)}\,{other.inside(2)}", 2)

    def __truediv__(self, other: Any) -> Formula:
        return Formula(rf"\frac{{{self.text}}}{{{other.text}}}", 2)

    def sum(self, **axis: Any) -> Formula:
        """Return the sum of each row: the only one that an operation of this module takes."""
        return Formula(rf"\operatorname{{rowsum}}\bigl({self.text}\bigr)")

    def log(self) -> Formula:
        """Return the logarithm; np.log calls this."""
        return Formula(rf"\ln {self.inside(3)}")

    @property
    def T(self) -> Formula:
        """The transpose."""
        letter = self.inside(3)
        return Formula(letter[:-1] + "T}" if letter.endswith("]}") else letter + "^T")


def in_letters(nodes: Iterable[Node]) -> dict[Node, tuple[Any, Any]]:
    """Put letters in place of all values; return values and gradients for `restore`."""
    numbers = {node: (node.value, node.gradient) for node in nodes}
    for node in numbers:
        node.value, node.gradient = Formula(node.name), 0
    return numbers


def restore(numbers: dict[Node, tuple[Any, Any]]) -> None:
    """Put the numbers back that `in_letters` returned."""
    for node, (value, gradient) in numbers.items():
        node.value, node.gradient = value, gradient


def derivation(loss: Node, upstream: str = "1") -> dict[str, str]:
    """Return name -> gradient in LaTeX, a line for each node with a name, from the loss backwards.

    A gradient that has its line is written ``d`` and the name in the lines that follow.
    """
    numbers, lines = in_letters(topological_order(loss)), {}
    loss.gradient = Formula(upstream)
    for node in reversed(numbers):
        if node.name and node is not loss:
            lines[node.name] = node.gradient.text
            node.gradient = Formula("d" + node.name)
        _pass_on(node)
    restore(numbers)
    return lines


def matmul(A: Node, B: Node, name: str = "") -> Node:
    """Return A B: dA = d Bᵀ, dB = Aᵀ d."""
    to_A, to_B = (A, lambda d: d @ B.value.T), (B, lambda d: A.value.T @ d)
    return Node(A.value @ B.value, name, [to_A, to_B])


def _one_shape(who: str, a: Node, b: Node) -> None:
    """Refuse what NumPy would stretch: the gradient would have the stretched shape."""
    shapes = np.shape(a.value), np.shape(b.value)
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"{who} expects two nodes of one shape, got {shapes[0]} and {shapes[1]}; repeat the "
            "smaller one by a product with ones, whose backward pass sums"
        )


def add(a: Node, b: Node, name: str = "") -> Node:
    """Return a + b, of one shape: da = db = d."""
    _one_shape("add", a, b)
    return Node(a.value + b.value, name, [(a, lambda d: d), (b, lambda d: d)])


def multiply(a: Node, b: Node, name: str = "") -> Node:
    """Return a ⊙ b, of one shape: da = d ⊙ b, db = d ⊙ a."""
    _one_shape("multiply", a, b)
    edges = [(a, lambda d: d * b.value), (b, lambda d: d * a.value)]
    return Node(a.value * b.value, name, edges)


def divide(a: Node, b: Node, name: str = "") -> Node:
    """Return a / b, of one shape: da = d / b, db = -d ⊙ a / b²."""
    _one_shape("divide", a, b)
    to_b = (b, lambda d: -(d * a.value) / (b.value * b.value))
    return Node(a.value / b.value, name, [(a, lambda d: d / b.value), to_b])


def root(v: Node, name: str = "", epsilon: float = 1e-5) -> Node:
    """Return r = √(v + ε): dv = d / 2r."""
    r = Node(np.sqrt(v.value + epsilon), name)
    r.edges = [(v, lambda d: d / (2 * r.value))]
    return r


def sigmoid(z: Node, name: str = "") -> Node:
    """Return a = σ(z): dz = d ⊙ a ⊙ (1 - a)."""
    a = Node(sigmoid_of(z.value), name)
    a.edges = [(z, lambda d: d * (a.value * (1 - a.value)))]
    return a


def cross_entropy(p: Node, y: Node, name: str = "") -> Node:
    """Return -Σ (y ln p + (1 - y) ln(1 - p)), of one shape: dp = d (p - y) / (p (1 - p))."""
    _one_shape("cross_entropy", p, y)
    loss = -np.sum(y.value * np.log(p.value) + (1 - y.value) * np.log(1 - p.value))
    to_p = (p, lambda d: d * ((p.value - y.value) / (p.value * (1 - p.value))))
    to_y = (y, lambda d: d * (np.log(1 - p.value) - np.log(p.value)))
    return Node(loss, name, [to_p, to_y])
