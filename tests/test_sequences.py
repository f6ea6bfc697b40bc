"""Embedding and attention: the equations, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import read_only

import nnbook as nn

SEEDS = st.integers(0, 2**32 - 1)
SIZE = st.integers(1, 5)


@given(SIZE, SIZE, st.sampled_from([(4,), (3, 2)]), SEEDS)
def test_a_table_is_a_matrix_that_meets_one_hot_rows(n, n_out, shape, seed):
    rng = np.random.default_rng(seed)
    table, X = nn.Embedding(n, n_out, rng=rng), rng.integers(0, n, shape)
    dense = nn.Dense(n, n_out, rng=0)
    dense.parameters["W"][:] = table.parameters["W"]
    grad = rng.normal(size=(*shape, n_out))
    hot = np.eye(n)[X].reshape(-1, n)
    assert np.array_equal(table.forward(X).reshape(-1, n_out), dense.forward(hot))
    assert np.array_equal(table.backward(grad), np.zeros(shape))
    dense.backward(grad.reshape(-1, n_out))
    assert np.allclose(table.gradients["W"], dense.gradients["W"], rtol=1e-13, atol=1e-13)


def test_symbols_may_come_as_whole_numbers_of_any_kind():
    table = nn.Embedding(300, 2, rng=0)
    for dtype in (np.uint8, np.int64, np.float32, np.float64):
        X = np.array([[0, 255], [7, 7]], dtype)
        assert np.array_equal(table.forward(X), table.parameters["W"][X.astype(int)])
    assert table.astype(np.float32).forward(X).dtype == np.float32
    assert table.backward(np.ones((2, 2, 2), "f4")).dtype == table.gradients["W"].dtype == "f4"


def loops(layer, X):
    """Return the output of attention, one number at a time."""
    Wq, Wk, Wv = (layer.parameters[name] for name in ("W_q", "W_k", "W_v"))
    m, t, _ = X.shape
    Y = np.zeros((m, t, layer.n_out))
    for s in range(m):
        for here in range(t):
            q = X[s, here] @ Wq
            scores = [q @ (X[s, there] @ Wk) / layer.n_out**0.5 for there in range(t)]
            shares = np.exp(scores) / np.exp(scores).sum()
            for there in range(t):
                Y[s, here] += shares[there] * (X[s, there] @ Wv)
    return Y


@given(SIZE, SIZE, SIZE, SIZE, SEEDS)
def test_attention_is_its_equation(m, t, n_in, n_out, seed):
    rng = np.random.default_rng(seed)
    layer, X = nn.Attention(n_in, n_out, rng=rng), rng.normal(size=(m, t, n_in))
    assert np.allclose(layer.forward(read_only(X)), loops(layer, X), rtol=1e-10, atol=1e-12)
    A = layer.attend(X)
    assert A.shape == (m, t, t)
    assert np.allclose(A.sum(axis=2), 1)
    assert (A >= 0).all()
    nn.check_gradients(layer, X, rng=rng)


class OtherAxis(nn.Attention):
    """Attention whose softmax runs down the columns of the scores, on the way forward and back."""

    def _attention(self, X):
        Q, K, V = (X @ self.parameters[f"W_{letter}"] for letter in "qkv")
        S = Q @ K.swapaxes(1, 2) / self.n_out**0.5
        return nn.softmax(S.swapaxes(1, 2)).swapaxes(1, 2), Q, K, V

    def _assign_gradients(self, grad):
        dV, dA = self._A.swapaxes(1, 2) @ grad, grad @ self._V.swapaxes(1, 2)
        dS = self._A * (dA - (dA * self._A).sum(axis=1, keepdims=True)) / self.n_out**0.5
        self._dQKV = {"W_q": dS @ self._K, "W_k": dS.swapaxes(1, 2) @ self._Q, "W_v": dV}
        for name, d in self._dQKV.items():
            self.gradients[name] = np.einsum("sti,stj->ij", self._X, d)


def test_a_softmax_over_the_other_axis_passes_a_gradient_check_and_not_the_sums_of_the_rows():
    X, layer = np.random.default_rng(2).normal(size=(5, 6, 3)), OtherAxis(3, 4, rng=1)
    nn.check_gradients(layer, X, rng=3)
    assert not np.allclose(layer.attend(X).sum(axis=2), 1)
    assert not np.allclose(layer.forward(X), loops(layer, X))


def test_attention_does_not_see_where_a_place_stands():
    rng = np.random.default_rng(0)
    layer, X, order = nn.Attention(3, 2, rng=rng), rng.normal(size=(2, 5, 3)), rng.permutation(5)
    assert np.allclose(layer.forward(X[:, order]), layer.forward(X)[:, order], rtol=1e-12)


def test_looking_at_the_shares_disturbs_no_backward():
    rng = np.random.default_rng(0)
    layer, X, grad = (
        nn.Attention(2, 2, rng=1),
        rng.normal(size=(1, 3, 2)),
        rng.normal(size=(1, 3, 2)),
    )
    layer.forward(X)
    expected = layer.backward(grad)
    layer.forward(X)
    layer.attend(rng.normal(size=(4, 6, 2)))
    assert np.array_equal(layer.backward(grad), expected)


def sequence_network(seed):
    rng = np.random.default_rng(seed)
    return nn.Sequential(
        nn.Embedding(4, 3, rng=rng),
        nn.Residual(nn.LayerNorm(3), nn.Attention(3, 3, rng=rng)),
        nn.Flatten(),
        nn.Dense(6, 2, rng=rng),
    )


def test_a_network_of_all_of_them_is_differentiated_trained_and_saved(tmp_path):
    rng, network = np.random.default_rng(0), sequence_network(0)
    X = rng.integers(0, 4, (60, 2))
    y = (X[:, 0] == X[:, 1]).astype(int)
    loss = nn.SoftmaxCrossEntropy()
    nn.check_gradients(network, X[:5], loss=loss, targets=y[:5], rng=rng)
    network.fit(X, y, loss=loss, optimizer=nn.Adam(0.03), epochs=150, rng=rng, batch_size=20)
    assert nn.metrics.accuracy(network.predict(X), y) == 1
    network.save(tmp_path / "network.npz")
    assert np.array_equal(nn.load(tmp_path / "network.npz").predict(X), network.predict(X))
    assert network.summary((2,)).multiply_adds == 2 * 3 * (3 * 3 + 2 * 2) + 6 * 2


def test_threads_find_the_same(monkeypatch):
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
    monkeypatch.setattr("nnbook.parallel.WORTH_A_THREAD", 0)
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 4, (20, 2)), rng.integers(0, 2, 20)
    networks = [sequence_network(1), sequence_network(1)]
    options = {"loss": nn.SoftmaxCrossEntropy(), "epochs": 3, "batch_size": 7, "rng": 0}
    for network, threads in zip(networks, (1, 2), strict=True):
        network.fit(X, y, optimizer=nn.SGD(0.5), threads=threads, **options)
    for one, other in zip(*(network.parameters() for network in networks), strict=True):
        assert np.allclose(one, other, rtol=1e-10, atol=1e-12)


TABLE, HEAD = nn.Embedding(4, 2, rng=0), nn.Attention(3, 2, rng=0)


@pytest.mark.parametrize(
    ("do", "error", "message"),
    [
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
    ],
)
def test_what_does_not_fit_is_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()


def test_the_index_equations_of_attention_are_what_is_computed():
    rng = np.random.default_rng(0)
    layer, X, dY = (
        nn.Attention(3, 2, rng=rng),
        rng.normal(size=(2, 4, 3)),
        rng.normal(size=(2, 4, 2)),
    )
    layer.forward(X)
    dX = layer.backward(dY)
    Q, K, V = (X @ layer.parameters[name] for name in ("W_q", "W_k", "W_v"))
    A = layer.attend(X)
    dA = np.einsum("stj,skj->stk", dY, V)
    dV = np.einsum("stk,stj->skj", A, dY)
    dS = A * (dA - np.einsum("stl,stl->st", dA, A)[:, :, None]) / 2**0.5
    dQ, dK = np.einsum("stk,skj->stj", dS, K), np.einsum("stk,stj->skj", dS, Q)
    back = {"W_q": dQ, "W_k": dK, "W_v": dV}
    assert np.allclose(dX, sum(d @ layer.parameters[name].T for name, d in back.items()))
    for name, d in back.items():
        assert np.allclose(layer.gradients[name], np.einsum("sti,stj->ij", X, d))
