"""Reverse-mode automatic differentiation of arrays, and what it writes."""

import numpy as np
import pytest
from pagecheck.running import run
from test_notebooks import read
from test_tape import FOLDER, AtTheEnd, names_of_the_tape

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
    a, gamma, beta, M, centre = [Node(array, letter) for letter, array in page["named"].items()]
    c = autodiff.matmul(a, centre, "c")
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


def softmax(S):
    A = Node(nn.softmax(S.value))
    A.edges = [(S, lambda d: A.value * (d - (d * A.value).sum(axis=1, keepdims=True)))]
    return A


def scores(Q, K):
    scale = Q.value.shape[1] ** 0.5
    to_Q, to_K = (Q, lambda d: d @ K.value / scale), (K, lambda d: d.T @ Q.value / scale)
    return Node(Q.value @ K.value.T / scale, edges=[to_Q, to_K])


def times_constant(X, matrix):
    return autodiff.matmul(X, Node(matrix))


def beside(a, b):
    k = a.value.shape[1]
    edges = [(a, lambda d: d[:, :k]), (b, lambda d: d[:, k:])]
    return Node(np.hstack([a.value, b.value]), edges=edges)


def relu(z):
    return Node(nn.relu(z.value), edges=[(z, lambda d: d * (z.value > 0))])


def repeated(row, m):
    return autodiff.matmul(Node(np.ones((m, 1))), row)


def layer_norm(X, gamma, beta):
    m, n = X.value.shape
    mean = np.full((n, n), 1 / n)
    c = times_constant(X, np.eye(n) - mean)
    variance = times_constant(autodiff.multiply(c, c), mean)
    scaled = autodiff.multiply(autodiff.divide(c, autodiff.root(variance)), repeated(gamma, m))
    return autodiff.add(scaled, repeated(beta, m))


def dense(X, W, b):
    return autodiff.add(autodiff.matmul(X, W), repeated(b, len(X.value)))


def transformer(p, one_hot, n):
    """Return the logits of chapter 14b's transformer of one block and two heads, for a sequence."""
    add, matmul = autodiff.add, autodiff.matmul
    X, t = add(matmul(Node(one_hot), p[0]), p[1]), len(one_hot)
    Z, heads = layer_norm(X, p[2], p[3]), []
    Q, K, V = (matmul(Z, W) for W in p[4:7])
    for half in np.split(np.eye(n), 2, axis=1):
        S = scores(times_constant(Q, half), times_constant(K, half))
        A = softmax(add(S, Node(np.triu(np.full((t, t), -1e9), 1))))
        heads.append(matmul(A, times_constant(V, half)))
    X = add(X, matmul(beside(*heads), p[7]))
    hidden = relu(dense(layer_norm(X, p[8], p[9]), p[10], p[11]))
    X = add(X, dense(hidden, p[12], p[13]))
    return dense(layer_norm(X, p[14], p[15]), p[16], p[17])


def test_the_transformer_of_14b_has_the_gradients_that_the_engine_finds():
    kept, page = AtTheEnd(), read(FOLDER / "14b_attention.ipynb")
    last = next(n for n, cell in enumerate(page.cells) if "small = transformer" in cell.source)
    wanted = ("import", "def split", "class ", "def transformer(", "small = ")
    cells = [
        c for c in page.cells[: last + 1] if c.cell_type == "code" and c.source.startswith(wanted)
    ]
    page.cells = cells
    run(page, kept)
    names = kept.names
    network, sequence, targets = names["small"], names["sequence"], np.array([3, 1, 4, 0])
    loss = nn.SoftmaxCrossEntropy()
    loss.forward(network.forward(sequence), targets)
    upstream = loss.backward()
    network.backward(upstream)
    nodes = [Node(np.atleast_2d(p)) for p in network.parameters()]
    logits = transformer(nodes, np.eye(5)[sequence[0]], 8)
    backward(logits, upstream)
    np.testing.assert_allclose(logits.value, network.predict(sequence), atol=1e-12)
    assert len(nodes) == 18
    for node, gradient in zip(nodes, network.gradients(), strict=True):
        np.testing.assert_allclose(node.gradient, np.atleast_2d(gradient), atol=1e-12)


TWO_OF_ONE_SHAPE = autodiff.add, autodiff.multiply, autodiff.divide, autodiff.cross_entropy


@pytest.mark.parametrize("operation", TWO_OF_ONE_SHAPE)
def test_what_numpy_would_stretch_is_refused(operation):
    batch, bias = autodiff.Node(np.ones((2, 3))), autodiff.Node(np.ones((1, 3)))
    with pytest.raises(ValueError, match=r"one shape, got \(2, 3\) and \(1, 3\); repeat"):
        operation(batch, bias)
