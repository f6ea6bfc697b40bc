"""Several threads find what one finds, or say why they cannot."""

import linecache
import sys
import threading
import warnings

import numpy as np
import pytest
from specimens import Residual, Shift, image_network, some_data

import nnbook as nn
from nnbook.layers import generators, twin_of
from nnbook.threads import Team, _near, differentiate, reseed


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


# --- what cannot be cut -----------------------------------------------------------------------

X, Y = np.random.default_rng(0).normal(size=(12, 2)), np.ones((12, 1))


@pytest.fixture(autouse=True)
def tiny_parts_are_worth_a_thread(monkeypatch):
    monkeypatch.setattr("nnbook.threads.ENOUGH", 0)


class Centred(nn.Layer):
    """Takes the mean of the batch away: an answer depends on the other samples."""

    def _forward(self, X):
        return X - X.mean(axis=0)

    def _input_gradient(self, grad):
        return grad - grad.mean(axis=0)


class Balanced(nn.MeanSquaredError):
    """Weighted by the targets, and divided by the sum of the weights of the batch."""

    def _prices(self, predictions, targets):
        w = np.where(targets[:, 0] > 1, 5.0, 1.0)
        return super()._prices(predictions, targets) * w / w.mean()


def fit(layers=(), loss=None, threads=2, **options):
    network = nn.Sequential(*layers, nn.Dense(2, 1, rng=0))
    options = {"y": np.arange(12.0)[:, None] % 3} | options
    y, defaults = options.pop("y"), {"optimizer": nn.SGD(0.01), "epochs": 2, "progress": False}
    history = network.fit(
        X, y, loss=loss or nn.MeanSquaredError(), threads=threads, **defaults | options
    )
    return network, history


@pytest.mark.parametrize(
    ("layers", "loss", "message"),
    [
        ([Centred()], None, r"threads=1 with Centred\(\), whose answer .* depends on the other"),
        ([Residual(nn.Sequential(Centred()))], None, "depends on the other samples"),
        ([Shift(2)], None, r"threads=1 with Shift\(2\), which keeps a state"),
        ([Residual(nn.Sequential(Shift(2)))], None, "which keeps a state"),
        ([], Balanced(), r"threads=1 with Balanced\(\), which is no mean .*weights="),
    ],
)
def test_what_depends_on_the_whole_batch_is_refused_before_anything_has_changed(
    layers, loss, message
):
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
    with pytest.raises(ValueError, match=message):
        fit(layers, loss)
    fit(layers, loss, threads=1)


@pytest.mark.parametrize("batch_size", [None, 5])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_and_augmentation_work_with_threads(batch_size, dtype):
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
    options = {
        "weights": np.arange(1.0, 13),
        "augment": lambda batch, rng: batch + rng.normal(size=batch.shape),
        "rng": 0,
        "batch_size": batch_size,
    }
    one, first = fit([nn.Dense(2, 2, rng=1), nn.Tanh()], threads=1, **options)
    for threads in (2, 3, 20):
        other, second = fit([nn.Dense(2, 2, rng=1), nn.Tanh()], threads=threads, **options)
        assert np.allclose(first.loss, second.loss, rtol=1e-12)
        assert all(map(np.allclose, one.parameters(), other.parameters()))


def test_layers_of_ones_own_that_may_be_cut_are():
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")

    def layers():
        return [Residual(nn.Sequential(nn.Dense(2, 3, rng=1), nn.Tanh(), nn.Dense(3, 2, rng=2)))]

    one, first = fit(layers(), threads=1)
    two, second = fit(layers(), threads=2)
    assert np.allclose(first.loss, second.loss, rtol=1e-12)
    assert all(map(np.allclose, one.parameters(), two.parameters()))


def test_where_no_thread_can_start_one_goes_on_and_says_so(monkeypatch):
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
    expected = fit(threads=1)[1]

    def never(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", never)
    with pytest.warns(UserWarning, match="goes on with one thread.*can't start new thread"):
        assert fit(threads=2)[1] == expected


def blas_threads():
    threadpoolctl = pytest.importorskip("threadpoolctl", reason="asks how many threads there are")
    return [p["num_threads"] for p in threadpoolctl.threadpool_info() if p["user_api"] == "blas"]


@pytest.mark.parametrize(("small", "expected"), [(1e99, 1), (0, 2)])
def test_small_networks_hold_the_threads_of_numpy_to_one(monkeypatch, small, expected):
    threadpoolctl = pytest.importorskip("threadpoolctl", reason="asks how many threads there are")
    seen = []

    class Watch(nn.Flatten):
        def _forward(self, X):
            seen.append(set(blas_threads()))
            return super()._forward(X)

    monkeypatch.setattr("nnbook.threads.SMALL", small)
    monkeypatch.setattr("nnbook.threads.TINY", 0)
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        if set(blas_threads()) != {2}:
            pytest.skip("this NumPy has no threads of its own")
        network = nn.Sequential(Watch(), nn.Dense(2, 1, rng=0))
        seen.clear()
        for _ in network.epochs(X, Y, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1), epochs=2):
            assert set(blas_threads()) == {2}  # the loop is the reader's
    assert seen[-1] == seen[-2] == {expected}


# --- what the mutants showed ---------------------------------------------------------------------


def test_each_thread_takes_a_part_and_none_is_left_behind():
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
    seen = []

    class Watch(nn.Flatten):
        def _forward(self, X):
            seen.append((len(X), threading.current_thread() is threading.main_thread()))
            return super()._forward(X)

    before = threading.active_count()
    network = nn.Sequential(Watch(), nn.Dense(2, 1, rng=0))
    for _ in network.epochs(
        X, Y, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1), epochs=1, threads=3
    ):
        assert threading.active_count() > before
    assert seen[-3:] == [(4, False)] * 3
    assert threading.active_count() == before


def test_a_team_is_what_a_with_statement_names():
    team = Team(nn.Sequential(nn.Dense(2, 1, rng=0)), nn.MeanSquaredError(), 1, X, Y, None)
    with team as named:
        assert named is team


def test_two_twins_draw_different_masks_from_seeds_of_all_sizes():
    network = image_network(np.random.default_rng(1))
    (source,) = generators(network.layers)
    twins = [twin_of(network) for _ in range(50)]
    for twin in twins:
        reseed(twin, network)
    states = {str(generators(twin.layers)[0].bit_generator.state) for twin in twins}
    assert len(states) == 50
    assert str(source.bit_generator.state) not in states


def test_two_samples_are_enough_to_find_what_cannot_be_cut():
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
    for m in (1, 2):
        network = nn.Sequential(Centred(), nn.Dense(2, 1, rng=0))
        arguments = {"loss": nn.MeanSquaredError(), "optimizer": nn.SGD(0.1), "epochs": 1}
        if m == 1:
            network.fit(X[:m], Y[:m], threads=2, **arguments)
            continue
        with pytest.raises(ValueError, match="depends on the other samples"):
            network.fit(X[:m], Y[:m], threads=2, **arguments)


def test_the_warning_that_one_goes_on_points_at_the_call_of_fit(monkeypatch):
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")

    def never(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", never)
    with pytest.warns(UserWarning, match="goes on with one thread") as caught:
        fit(threads=2)
    assert "network.fit(" in linecache.getline(caught[0].filename, caught[0].lineno)


def test_each_thread_draws_a_mask_of_its_own_at_every_step():
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
    masks = []

    class Seen(nn.Dropout):
        def _forward(self, X):
            Y = super()._forward(X)
            masks.append(str(self._scale))
            return Y

    network = nn.Sequential(Seen(0.5, rng=0), nn.Dense(9, 1, rng=0))
    data = np.ones((12, 9)), np.ones((12, 1))
    loops = network.epochs(
        *data, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1), epochs=3, threads=2
    )
    masks.clear()
    for _ in loops:
        pass
    assert len(set(masks[-6:])) == 6


def test_the_size_of_a_batch_decides_whether_it_is_small(monkeypatch):
    network, loss = nn.Sequential(nn.Dense(2, 1, rng=0)), nn.MeanSquaredError()
    # three parameters, more than the two products: 12 for a batch of four
    for small, batch_size, threads, calm in [
        (13, 4, 1, True), (12, 4, 1, False), (36, None, 1, False), (37, None, 1, True),
        (36, 99, 1, False), (0, None, 2, True),
    ]:  # fmt: skip
        monkeypatch.setattr("nnbook.threads.TINY", 11)
        monkeypatch.setattr("nnbook.threads.SMALL", small)
        if threads > 1:
            pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
        with Team(network, loss, threads, X, Y, batch_size) as team:
            assert team._calm == calm
    monkeypatch.setattr("nnbook.threads.TINY", 12)  # one thread it is, whatever one does
    monkeypatch.setattr("nnbook.threads.SMALL", 99)
    with Team(network, loss, 1, X, Y, 4) as team:
        assert not team._calm


def test_a_loss_that_knows_no_weights_is_not_given_any():
    class Own:
        def forward(self, predictions, targets):
            self.difference = predictions - targets
            return float((self.difference**2).sum())

        def backward(self):
            return 2 * self.difference

    assert differentiate(nn.Sequential(nn.Dense(2, 1, rng=0)), Own(), X, Y) > 0


@pytest.mark.parametrize("weights", [[[1e200], [0.0]], [[1e308], [-1e308]]])
def test_an_overflow_is_divergence_with_threads_too_and_warns_of_nothing(weights):
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
    network = nn.Sequential(nn.Dense(2, 1, rng=0))
    network.parameters()[0][:] = weights
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(nn.TrainingDiverged, match="the loss became"):
            network.fit(
                np.full((4, 2), 10.0), np.ones((4, 1)), loss=nn.MeanSquaredError(),
                optimizer=nn.SGD(0.1), epochs=1, threads=2,
            )  # fmt: skip


def test_what_is_near_is_so_beside_the_largest_entry():
    assert _near(np.array([1e6, 1.0]), np.array([1e6, 0], np.float32))
    assert not _near(np.array([1.0, 0.01]), np.array([1, 0], np.float32))
    assert not _near(np.array([1 + 1e-6]), np.array([1.0]))
    for nothing in (np.nan, np.inf):  # another order of the same sum may say the other
        assert _near(np.array([nothing]), np.array([1.0]))
        assert _near(np.array([1.0]), np.array([nothing]))


@pytest.mark.parametrize(("batch_size", "alone"), [(19, True), (20, False), (None, False)])
def test_parts_without_enough_work_are_not_cut(monkeypatch, batch_size, alone):
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
    monkeypatch.setattr("nnbook.threads.ENOUGH", 30)  # of the three parameters ten samples
    X, y = np.random.default_rng(0).normal(size=(40, 2)), np.ones((40, 1))
    network, loss = nn.Sequential(nn.Dense(2, 1, rng=0)), nn.MeanSquaredError()
    with Team(network, loss, 2, X, y, batch_size) as team:
        assert (team._pool is None) == alone
        value = team.differentiate(X, y, None)
    assert np.isclose(value, differentiate(network, loss, X, y), rtol=1e-13)


def test_a_batch_that_is_not_cut_gives_what_one_thread_gives(monkeypatch):
    monkeypatch.setattr("nnbook.threads.ENOUGH", 1e99)
    assert fit(threads=2)[1] == fit(threads=1)[1]
