"""Several threads find what one finds, or say why they cannot."""

import sys
import warnings

import numpy as np
import pytest
from specimens import image_network, some_data

import nnbook as nn
from nnbook.layers import twin_of
from nnbook.threads import reseed


@pytest.mark.parametrize(
    "make_loss", [nn.MeanSquaredError, nn.HalfSquaredError, nn.SigmoidBinaryCrossEntropy]
)
@pytest.mark.parametrize("threads", [2, 3, 7])
def test_threads_find_the_same_gradient(threads, make_loss):
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
    X, y = some_data()
    networks = [image_network(np.random.default_rng(1)) for _ in range(2)]
    for network in networks:
        network.layers[3].rate = 0.0
    histories = [
        network.fit(
            X, y, loss=make_loss(), optimizer=nn.SGD(0.1), epochs=3, batch_size=4, rng=0, threads=k
        )
        for network, k in zip(networks, (1, threads), strict=True)
    ]  # a batch of 4, and a last one of 3, are fewer than 7 threads
    assert np.allclose(histories[0].loss, histories[1].loss, rtol=1e-12)
    for p, q in zip(networks[0].parameters(), networks[1].parameters(), strict=True):
        assert np.allclose(p, q, rtol=1e-11, atol=1e-14)


def test_threads_repeat_bit_for_bit_and_draw_different_masks():
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
    X, y = some_data()
    X[:] = X[:1]  # all samples alike: only their masks differ

    def run():
        network = image_network(np.random.default_rng(1))
        history = network.fit(
            X,
            y,
            loss=nn.MeanSquaredError(),
            optimizer=nn.Adam(),
            epochs=3,
            batch_size=8,
            rng=0,
            threads=2,
        )
        return network, history

    (one, first), (other, second) = run(), run()
    assert first == second
    assert all(
        np.array_equal(p, q) for p, q in zip(one.parameters(), other.parameters(), strict=True)
    )
    network = image_network(np.random.default_rng(1))
    twin = twin_of(network)
    reseed(twin, network)
    assert not np.array_equal(network.forward(X[:4]), twin.forward(X[:4]))


def test_threads_say_what_went_wrong():
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
    X, y = nn.datasets.hello_world()
    network = nn.Sequential(nn.Dense(1, 1, rng=0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(nn.TrainingDiverged):
            network.fit(
                X, y, loss=nn.MeanSquaredError(), optimizer=nn.SGD(1e200), epochs=9, threads=2
            )
    with pytest.raises(ValueError, match="equal shape"):
        network.fit(
            X, y[:, 0], loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1), epochs=1, threads=2
        )
    with pytest.raises(ValueError, match="threads to be at least 1"):
        network.fit(X, y, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1), epochs=1, threads=0)


def test_threads_without_threadpoolctl_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    X, y = nn.datasets.hello_world()
    with pytest.raises(ImportError, match="pip install threadpoolctl"):
        nn.Sequential(nn.Dense(1, 1, rng=0)).fit(
            X, y, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1), epochs=1, threads=2
        )


def test_a_twin_shares_parameters_and_nothing_else():
    network = image_network(np.random.default_rng(1))
    twin = twin_of(network)
    X, _ = some_data()
    Y = twin.forward(X)
    twin.backward(np.ones_like(Y))
    assert all(p is q for p, q in zip(network.parameters(), twin.parameters(), strict=True))
    assert not any(g.any() for g in network.gradients())
    with pytest.raises(RuntimeError, match="call forward first"):
        network.backward(np.ones_like(Y))
