"""Embedding and attention beside plain loops, and what is refused.

What all layers do is in test_layers.py.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from specimens import refused

import nnbook as nn

SEEDS = st.integers(0, 2**32 - 1)
SIZE = st.integers(1, 5)


@given(SIZE, SIZE, st.sampled_from([(4,), (3, 2)]), SEEDS)
def test_an_embedding_is_a_matrix_that_meets_one_hot_rows(n, n_out, shape, seed):
    rng = np.random.default_rng(seed)
    layer, X = nn.Embedding(n, n_out, rng=rng), rng.integers(0, n, shape)
    dense = nn.Dense(n, n_out, rng=0)
    dense.parameters["W"][:] = layer.parameters["W"]
    grad = rng.normal(size=(*shape, n_out))
    hot = np.eye(n)[X].reshape(-1, n)
    assert np.array_equal(layer.forward(X).reshape(-1, n_out), dense.forward(hot))
    assert np.array_equal(layer.backward(grad), np.zeros(shape))
    dense.backward(grad.reshape(-1, n_out))
    assert np.allclose(layer.gradients["W"], dense.gradients["W"], rtol=1e-13, atol=1e-13)


def test_tokens_may_come_as_whole_numbers_of_any_type():
    layer = nn.Embedding(300, 2, rng=0)
    for dtype in (np.uint8, np.int64, np.float32, np.float64):
        X = np.array([[0, 255], [7, 7]], dtype)
        assert np.array_equal(layer.forward(X), layer.parameters["W"][X.astype(int)])


def attention_by_loops(layer, X):
    """Return the output of attention, one number at a time."""
    Wq, Wk, Wv = (layer.parameters[name] for name in ("W_q", "W_k", "W_v"))
    Y = np.zeros((*X.shape[:2], layer.n_out))
    for s, x in enumerate(X):
        for i, here in enumerate(x):
            weights = np.exp([here @ Wq @ (there @ Wk) / layer.n_out**0.5 for there in x])
            Y[s, i] = weights @ (x @ Wv) / weights.sum()
    return Y


@given(SIZE, SIZE, SIZE, SIZE, SEEDS)
def test_attention_is_its_equation(m, t, n_in, n_out, seed):
    rng = np.random.default_rng(seed)
    layer, X = nn.Attention(n_in, n_out, rng=rng), rng.normal(size=(m, t, n_in))
    assert np.allclose(layer.forward(X), attention_by_loops(layer, X), rtol=1e-10, atol=1e-12)
    A = layer.attend(X)
    assert A.shape == (m, t, t)
    assert np.allclose(A.sum(axis=2), 1)
    assert (A >= 0).all()
    nn.check_gradients(layer, X, rng=rng)
    order = rng.permutation(t)  # it does not see where a position stands
    assert np.allclose(layer.forward(X[:, order]), layer.forward(X)[:, order], rtol=1e-10)


def test_attend_disturbs_no_backward_and_products_are_counted():
    layer, (X, grad) = nn.Attention(2, 2, rng=1), np.random.default_rng(0).normal(size=(2, 1, 3, 2))
    layer.forward(X)
    expected = layer.backward(grad)
    layer.attend(X[:, :2] + 1)
    assert np.array_equal(layer.backward(grad), expected)
    table = nn.Embedding(4, 2, rng=0)
    assert nn.Sequential(table, layer).summary((3,)).multiply_adds == 3 * 2 * (3 * 2 + 2 * 3)
    assert nn.Sequential(table, layer).summary((5,)).multiply_adds == 5 * 2 * (3 * 2 + 2 * 5)


TABLE, HEAD = nn.Embedding(4, 2, rng=0), nn.Attention(3, 2, rng=0)


test_what_does_not_fit_is_refused = refused(
    (lambda: nn.Embedding(4, 2), TypeError, "write rng=0"),
    (lambda: nn.Embedding(0, 2, rng=0), ValueError, "n to be at least 1"),
    (lambda: nn.Embedding(4, 2.0, rng=0), TypeError, "n_out to be a whole number"),
    (lambda: TABLE.forward([0, 4]), ValueError, "whole numbers from 0 to 3, got 4"),
    (lambda: TABLE.forward([-1]), ValueError, "from 0 to 3, got -1"),
    (lambda: TABLE.forward([[0.5]]), ValueError, "from 0 to 3, got 0.5; np.unique"),
    (lambda: TABLE.forward([np.nan]), ValueError, "from 0 to 3, got nan"),
    (lambda: TABLE.forward(["a"]), TypeError, "gives each text a whole number"),
    (lambda: nn.Attention(3, 2), TypeError, "write rng=0"),
    (lambda: nn.Attention(3, 0, rng=0), ValueError, "n_out to be at least 1"),
    (lambda: HEAD.forward(np.ones((2, 3))), ValueError, r"one sequence is x\[None\]"),
    (lambda: HEAD.forward(np.ones((2, 4, 2))), ValueError, r"\(m, t, 3\), got \(2, 4, 2\)$"),
    (lambda: HEAD.attend(np.ones(3)), ValueError, r"\(m, t, 3\), got \(3,\)$"),
)
