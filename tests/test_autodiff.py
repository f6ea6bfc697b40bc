"""Reverse-mode automatic differentiation of arrays, and what it writes."""

import numpy as np
import pytest
from test_tape import names_of_the_tape

import nnbook as nn
from nnbook import autodiff
from nnbook.autodiff import Formula, Node, backward, derivation

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(2, 3, 4)) + 3
OPERATIONS = [
    (autodiff.matmul, (A, B.T)), (autodiff.add, (A, B)), (autodiff.multiply, (A, B)), (autodiff.divide, (A, B)),
    (autodiff.root, (A,)), (autodiff.sigmoid, (A,)), (autodiff.cross_entropy, (1 / A**2, nn.sigmoid(B))),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "values"), OPERATIONS)
def test_each_product_agrees_with_central_differences(operation, values):
    nodes = [Node(value) for value in values]
    out = operation(*nodes)
    upstream = RNG.normal(size=np.shape(out.value))
    backward(out, upstream)
    for k, node in enumerate(nodes):

        def loss(value, k=k):
            parts = [Node(value if i == k else old) for i, old in enumerate(values)]
            return np.sum(upstream * operation(*parts).value)

        numerical = nn.numerical_gradient(loss, values[k])
        np.testing.assert_allclose(node.gradient, numerical, rtol=1e-5, atol=1e-7)


def test_paths_add_and_a_second_pass_begins_anew():
    v = Node(3.0, "v")
    square = autodiff.multiply(v, v)
    for _ in range(2):
        backward(square)
        assert v.gradient == 6
    assert derivation(square) == {"v": "v+v"}


def test_an_operand_of_two_operations_gets_both_gradients():
    v, w = Node(2.0), Node(5.0)
    loss = autodiff.add(autodiff.multiply(v, w), autodiff.divide(v, w))
    backward(loss)
    assert np.isclose(v.gradient, 5 + 1 / 5)
    assert np.isclose(w.gradient, 2 - 2 / 25)


def test_a_derivation_leaves_the_numbers_as_they_were():
    v, w = Node(A, "v"), Node(B, "w")
    loss = autodiff.multiply(v, w, "p")
    backward(loss, np.ones_like(A))
    lines = derivation(loss, "u")
    assert lines == {"v": r"u\odot w", "w": r"u\odot v"}
    assert v.value is A
    np.testing.assert_array_equal(v.gradient, B)


def test_the_page_and_the_module_print_the_same():
    page = names_of_the_tape("normalise(row)")
    x, y, *weights = [Node(array, letter) for letter, array in page["arrays"].items()]
    z1 = autodiff.add(autodiff.matmul(x, weights[0]), weights[1], "z^{[1]}")
    a1 = autodiff.sigmoid(z1, "a^{[1]}")
    z2 = autodiff.add(autodiff.matmul(a1, weights[2]), weights[3], "z^{[2]}")
    loss = autodiff.cross_entropy(autodiff.sigmoid(z2, r"\hat y"), y, "J")
    assert derivation(loss) == page["derivation"](page["loss"])
    a, gamma, beta, M, C = [Node(array, letter) for letter, array in page["named"].items()]
    c = autodiff.matmul(a, C, "c")
    tau = autodiff.root(autodiff.matmul(autodiff.multiply(c, c), M, "v"), r"\tau")
    normalised = autodiff.divide(c, tau, r"\hat a")
    output = autodiff.add(autodiff.multiply(normalised, gamma), beta)
    assert derivation(output, "u") == page["derivation"](page["output"], "u")


def test_a_sum_and_a_fraction_are_bracketed():
    a, b = Formula("a"), Formula("b")
    assert (a / b).T.text == r"\bigl(\frac{a}{b}\bigr)^T"
    assert (a * (b - (a * b).sum(axis=1))).text == (
        r"a\odot \bigl(b-\operatorname{rowsum}\bigl(a\odot b\bigr)\bigr)"
    )
