"""Several threads find what one finds, or say why they cannot."""

import linecache
import sys
import threading
import warnings

import numpy as np
import pytest
from specimens import Residual, Shift, image_network, some_data

import nnbook as nn
from nnbook.layers.tree import shared_copy
from nnbook.parallel import ParallelGradient, _near, loss_and_gradients

X, Y = np.random.default_rng(0).normal(size=(12, 2)), np.ones((12, 1))
LOSSES = [nn.MeanSquaredError, nn.HalfSquaredError, nn.SigmoidBinaryCrossEntropy]


@pytest.fixture(autouse=True)
def tiny_parts_are_worth_a_thread(monkeypatch):
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
    monkeypatch.setattr("nnbook.parallel.WORTH_A_THREAD", 0)


class Centred(nn.Layer):
    """Subtracts the mean of the batch: an output depends on the other samples."""

    def _forward(self, X):
        return X - X.mean(axis=0)

    def _input_gradient(self, grad):
        return grad - grad.mean(axis=0)


class Balanced(nn.MeanSquaredError):
    """Weighted by the targets, and divided by the sum of the weights of the batch."""

    def _sample_losses(self, predictions, targets):
        w = np.where(targets[:, 0] > 1, 5.0, 1.0)
        return super()._sample_losses(predictions, targets) * w / w.mean()


def fit(layers=(), loss=None, threads=2, X=X, **options):
    network = nn.Sequential(*layers, nn.Dense(2, 1, rng=0))
    y = options.pop("y", np.arange(float(len(X)))[:, None] % 3)
    defaults = {"optimizer": nn.SGD(0.01), "epochs": 2, "progress": False}
    history = network.fit(
        X, y, loss=loss or nn.MeanSquaredError(), threads=threads, **defaults | options
    )
    return network, history


def gradient_of(network, batch_size, threads=1, X=X, y=Y):
    loss = nn.MeanSquaredError()
    return ParallelGradient(network, loss, X, y, None, None, None, batch_size, threads)


def agree(one, other):
    (network, history), (second, record) = one, other
    assert np.allclose(history.loss, record.loss, rtol=1e-12)
    for p, q in zip(network.parameters(), second.parameters(), strict=True):
        assert np.allclose(p, q, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("make_loss", LOSSES)
@pytest.mark.parametrize("threads", [2, 3, 7])
def test_threads_find_the_same_gradient(threads, make_loss):
    X, y = some_data()

    def run(threads):
        network = image_network(np.random.default_rng(1))
        network.layers[3].rate = 0.0
        options = {"epochs": 3, "batch_size": 4, "rng": 0, "threads": threads}
        return network, network.fit(X, y, loss=make_loss(), optimizer=nn.SGD(0.1), **options)

    agree(run(1), run(threads))  # a batch of 4, and a last one of 3, are fewer than 7 threads


@pytest.mark.parametrize("batch_size", [None, 5])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_augmentation_and_layers_of_ones_own_work_with_threads(batch_size, dtype):
    def run(threads):
        inner = nn.Sequential(nn.Dense(2, 3, rng=1), nn.Tanh(), nn.Dense(3, 2, rng=2))
        options = {
            "sample_weight": np.arange(1.0, 13),
            "augment": lambda batch, rng: batch + rng.normal(size=batch.shape),
        }
        return fit([Residual(inner)], None, threads, rng=0, batch_size=batch_size, **options)

    for threads in (2, 3, 20):
        agree(run(1), run(threads))


def test_threads_repeat_bit_for_bit():
    X, y = some_data()

    def run():
        network = image_network(np.random.default_rng(1))
        options = {"epochs": 3, "batch_size": 8, "rng": 0, "threads": 2}
        history = network.fit(X, y, loss=nn.MeanSquaredError(), optimizer=nn.Adam(), **options)
        return history, [p.tobytes() for p in network.parameters()]

    assert run() == run()


def test_each_thread_draws_a_mask_of_its_own_at_every_step():
    masks = []

    class Seen(nn.Dropout):
        def _forward(self, X):
            Y = super()._forward(X)
            masks.append(str(self._scale))
            return Y

    fit([Seen(0.5, rng=0), nn.Dense(9, 2, rng=0)], X=np.ones((12, 9)), epochs=3)
    assert len(set(masks[-6:])) == 6


def test_a_copy_shares_parameters_and_nothing_else():
    network = image_network(np.random.default_rng(1))
    twin = shared_copy(network)
    Y = twin.forward(some_data()[0])
    twin.backward(np.ones_like(Y))
    assert all(p is q for p, q in zip(network.parameters(), twin.parameters(), strict=True))
    assert not any(g.any() for g in network.gradients())
    with pytest.raises(RuntimeError, match="call forward first"):
        network.backward(np.ones_like(Y))


@pytest.mark.parametrize("rate", [1e200, 0.1])
@pytest.mark.parametrize("weights", [[[1e200], [0.0]], [[1e308], [-1e308]]])
def test_an_overflow_is_divergence_with_threads_too_and_warns_of_nothing(weights, rate):
    network = nn.Sequential(nn.Dense(2, 1, rng=0))
    network.parameters()[0][:] = weights
    options = {"loss": nn.MeanSquaredError(), "optimizer": nn.SGD(rate), "epochs": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(nn.TrainingDiverged, match="the loss became"):
            network.fit(np.full((4, 2), 10.0), np.ones((4, 1)), threads=2, **options)


@pytest.mark.parametrize(
    ("layers", "loss", "message"),
    [
        ([Centred()], None, r"threads=1 with Centred\(\), whose output .* depends on the other"),
        ([Residual(nn.Sequential(Centred()))], None, "depends on the other samples"),
        ([Shift(2)], None, r"threads=1 with Shift\(2\), which keeps a state"),
        ([Residual(nn.Sequential(Shift(2)))], None, "which keeps a state"),
        ([], Balanced(), r"threads=1 with Balanced\(\), which is not a mean .*sample_weight="),
    ],
)
def test_what_depends_on_the_whole_batch_is_refused_before_anything_has_changed(
    layers, loss, message
):
    with pytest.raises(ValueError, match=message):
        fit(layers, loss)
    fit(layers, loss, threads=1)
    if layers and type(layers[0]) is Centred:  # one sample cannot be split, two tell
        fit(layers, loss, X=X[:1])
        with pytest.raises(ValueError, match=message):
            fit(layers, loss, X=X[:2])


def test_what_cannot_be_done_is_said(monkeypatch):
    with pytest.raises(ValueError, match="equal shape"):
        fit(y=np.ones(12))
    with pytest.raises(ValueError, match="threads to be at least 1"):
        fit(threads=0)
    expected = fit(threads=1)[1]

    def never(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", never)
    with pytest.warns(UserWarning, match="goes on with one thread.*can't start new") as caught:
        assert fit(threads=2)[1] == expected
    assert "network.fit(" in linecache.getline(caught[0].filename, caught[0].lineno)
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with pytest.raises(ImportError, match="pip install threadpoolctl"):
        fit(threads=2)


def test_each_thread_takes_a_part_and_none_is_left_behind():
    seen = []

    class Watch(nn.Flatten):
        def _forward(self, X):
            seen.append((len(X), threading.current_thread() is threading.main_thread()))
            return super()._forward(X)

    before = threading.active_count()
    network = nn.Sequential(Watch(), nn.Dense(2, 1, rng=0))
    options = {"loss": nn.MeanSquaredError(), "optimizer": nn.SGD(0.1), "epochs": 1}
    for _ in network.epochs(X, Y, threads=3, **options):
        assert threading.active_count() > before
    assert seen[-3:] == [(4, False)] * 3
    assert threading.active_count() == before


def blas_threads():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    return {p["num_threads"] for p in threadpoolctl.threadpool_info() if p["user_api"] == "blas"}


@pytest.mark.parametrize(("small", "expected"), [(1e99, 1), (0, 2)])
def test_small_networks_hold_the_threads_of_numpy_to_one(monkeypatch, small, expected):
    seen = []

    class Watch(nn.Flatten):
        def _forward(self, X):
            seen.append(blas_threads())
            return super()._forward(X)

    monkeypatch.setattr("nnbook.parallel.SMALL", small)
    monkeypatch.setattr("nnbook.parallel.TINY", 0)
    with pytest.importorskip("threadpoolctl").threadpool_limits(2, user_api="blas"):
        if blas_threads() != {2}:
            pytest.skip("this NumPy has no threads of its own")
        network = nn.Sequential(Watch(), nn.Dense(2, 1, rng=0))
        for _ in network.epochs(X, Y, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1), epochs=2):
            assert blas_threads() == {2}  # the loop is the reader's
    assert seen[-1] == seen[-2] == {expected}


@pytest.mark.parametrize(
    ("tiny", "small", "batch_size", "threads", "limited"),
    # three parameters, more than the two products: 12 for a batch of four
    [(11, 13, 4, 1, True), (11, 12, 4, 1, False), (11, 36, 12, 1, False), (11, 37, 12, 1, True),
     (11, 0, 12, 2, True), (12, 99, 4, 1, False)],
)  # fmt: skip
def test_the_size_of_a_batch_decides_whether_it_is_small(
    monkeypatch, tiny, small, batch_size, threads, limited
):
    monkeypatch.setattr("nnbook.parallel.TINY", tiny)
    monkeypatch.setattr("nnbook.parallel.SMALL", small)
    with gradient_of(nn.Sequential(nn.Dense(2, 1, rng=0)), batch_size, threads) as gradient:
        assert gradient._one_blas_thread == limited


@pytest.mark.parametrize(("batch_size", "alone"), [(19, True), (20, False)])
def test_parts_without_enough_work_are_not_split(monkeypatch, batch_size, alone):
    monkeypatch.setattr("nnbook.parallel.WORTH_A_THREAD", 30)  # of the three parameters ten samples
    X, y = np.random.default_rng(0).normal(size=(40, 2)), np.ones((40, 1))
    network = nn.Sequential(nn.Dense(2, 1, rng=0))
    with gradient_of(network, batch_size, 2, X, y) as gradient:
        assert (gradient._pool is None) == alone
        value = gradient(slice(None))
    found = [g.copy() for g in network.gradients()]
    expected = loss_and_gradients(network, nn.MeanSquaredError(), X, y)
    assert np.isclose(value, expected, rtol=1e-13)
    assert all(map(np.allclose, found, network.gradients()))


def test_what_is_near_is_so_beside_the_largest_entry():
    assert _near(np.array([1e6, 1.0]), np.array([1e6, 0], np.float32))
    assert not _near(np.array([1.0, 0.01]), np.array([1, 0], np.float32))
    assert not _near(np.array([1 + 1e-6]), np.array([1.0]))
    for nothing in (np.nan, np.inf):  # another order of the same sum may say the other
        assert _near(np.array([nothing]), np.array([1.0]))
        assert _near(np.array([1.0]), np.array([nothing]))
