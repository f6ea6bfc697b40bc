"""On clusters of real processes, which this file starts itself; they talk over loopback only."""

import gc
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from pathlib import Path

import joblib
import numpy as np
import pytest

pytest.importorskip("distributed", reason="the door to Dask needs it; `make doors` tries it")

from distributed import Client, LocalCluster

import nnbook as nn
from nnbook import experiments
from nnbook.interop import dask


def started(n):
    with (
        LocalCluster(
            n_workers=n, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def client():
    yield from started(2)


@pytest.fixture
def own_client():
    """Return a client of a cluster that a test may harm."""
    yield from started(2)


def within(seconds, function):
    """Return what ``function`` returns, or fail: a test that waits for ever tells nothing."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(function).result(timeout=seconds)
    finally:
        pool.shutdown(wait=False)


def data(m=101):
    rng = np.random.default_rng(0)
    return rng.normal(size=(m, 5)), rng.integers(0, 3, m)


def small(*extra):
    rng = np.random.default_rng(1)
    return nn.Sequential(nn.Dense(5, 8, rng=rng), nn.Tanh(), *extra, nn.Dense(8, 3, rng=rng))


def arguments(**others):
    return {"loss": nn.SoftmaxCrossEntropy(), "optimizer": nn.Adam(0.01), "epochs": 10} | others


def apart(network, other):
    pairs = zip(network.parameters(), other.parameters(), strict=True)
    return max(float(np.abs(p - q).max()) for p, q in pairs)


class Away(nn.Layer):
    """Changes nothing; in the third batch on a worker something happens there."""

    settings = ("folder",)

    def __init__(self, folder):
        super().__init__()
        self.folder, self.home, self.count = str(folder), os.getpid(), 0

    def _forward(self, X):
        self.count += 1
        if self.count == 3 and os.getpid() != self.home:
            self.happens()
        return X

    def _input_gradient(self, grad):
        return grad

    def happens(self):
        """Say which process this is, and wait."""
        here = Path(self.folder)
        (here / f"halted-{os.getpid()}").touch()
        while not (here / "go").exists():
            time.sleep(0.01)


class Dies(Away):
    def happens(self):
        os._exit(1)


class Complains(Away):
    def happens(self):
        raise ZeroDivisionError("the third batch is cursed")


class Secretive(Away):
    def happens(self):
        raise ValueError(lambda: "cannot be pickled")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"batch_size": 16, "rng": 0},
        {"sample_weight": np.linspace(0.1, 2, 101)},
        {"sample_weight": np.linspace(0.1, 2, 101), "batch_size": 30, "rng": 0},
        {"validation": data(20), "metrics": [nn.metrics.accuracy]},
        {"metrics": [nn.metrics.accuracy], "batch_size": 101},
    ],
    ids=["full", "batches", "weights", "weighted batches", "validation", "metrics"],
)
@pytest.mark.parametrize(
    "optimizer", [lambda: nn.Adam(0.01), lambda: nn.SGD(0.1, momentum=0.9, clip_norm=0.1)]
)
def test_a_cluster_learns_what_one_process_learns(client, settings, optimizer):
    X, y = data()
    here, there = small(), small()
    expected = here.fit(X, y, **arguments(**settings, optimizer=optimizer()))
    history = dask.fit(there, X, y, client=client, **arguments(**settings, optimizer=optimizer()))
    assert apart(here, there) < 1e-12
    assert apart(here, small()) > 1e-3
    assert np.allclose(history.loss, expected.loss, rtol=1e-12, atol=0)
    assert np.allclose(history.validation_loss, expected.validation_loss, rtol=1e-12, atol=0)
    assert history.metrics == expected.metrics


def test_images_whole_numbers_and_single_precision_travel_too(client):
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 256, (30, 6, 6, 1), np.uint8), rng.normal(size=(30, 2))
    networks = [
        nn.Sequential(
            nn.Conv2D(1, 2, 3, rng=0), nn.ReLU(), nn.Flatten(), nn.Dense(32, 2, rng=0)
        ).astype(np.float32)
        for _ in range(2)
    ]
    settings = {"loss": nn.MeanSquaredError(), "epochs": 5, "batch_size": 7, "rng": 0}
    networks[0].fit(X, y, optimizer=nn.SGD(1e-7), **settings)
    dask.fit(networks[1], X, y, client=client, optimizer=nn.SGD(1e-7), **settings)
    assert networks[1].dtype == np.float32
    assert apart(*networks) < 1e-5
    assert all(p.dtype == np.float32 for p in networks[1].parameters())


def test_fewer_samples_than_workers(client):
    X, y = data(1)
    here, there = small(), small()
    here.fit(X, y, **arguments())
    dask.fit(there, X, y, client=client, **arguments())
    assert apart(here, there) < 1e-12


def test_shards_stay_and_workers_share_the_work(client):
    """Once dealt out, no sample travels again: a step moves as many bytes whatever m is."""
    sent = []
    place = dask._Shards._placed

    def counted(self, i):
        sent.append(i)
        return place(self, i)

    X, y = data()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dask._Shards, "_placed", counted)
        dask.fit(small(), X, y, client=client, **arguments(batch_size=10, rng=0))
    assert sent == [0, 1]


def test_nothing_stays_on_the_workers_after_training(client):
    def held(dask_worker):
        return len(dask_worker.state.actors) + len(dask_worker.data)

    X, y = data()
    gc.collect()
    gc.disable()  # it would tidy up by itself, some time
    try:
        dask.fit(small(), X, y, client=client, **arguments(epochs=1))
        deadline = time.monotonic() + 5
        while sum(client.run(held).values()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert sum(client.run(held).values()) == 0
    finally:
        gc.enable()


def test_the_same_cluster_gives_the_same_numbers_and_layers_draw_their_own(client):
    X, y = data()
    networks = [small(nn.Dropout(0.5, rng=0)) for _ in range(2)]
    for network in networks:
        dask.fit(network, X, y, client=client, **arguments(batch_size=20, rng=0))
    assert apart(*networks) == 0
    other = small(nn.Dropout(0.5, rng=1))
    dask.fit(other, X, y, client=client, **arguments(batch_size=20, rng=0))
    assert apart(networks[0], other) > 1e-6


class Noise(nn.Layer):
    """Adds a number drawn anew each time to each sample; its gradient tells which."""

    def __init__(self, rng):
        super().__init__()
        self._rng = np.random.default_rng(rng)
        self.parameters = {"a": np.zeros(1)}

    def _forward(self, X):
        self.drawn = self._rng.random((len(X), 1))
        return X + self.parameters["a"]

    def _assign_gradients(self, grad):
        self.gradients["a"] = (self.drawn / len(grad)).sum(axis=0) * 1.0

    def _input_gradient(self, grad):
        return grad


def test_shards_draw_different_numbers_and_new_ones_in_each_step(client):
    X, y = np.zeros((2, 1)), np.zeros((2, 1))  # a sample for each worker
    network, drawn = nn.Sequential(Noise(0)), []
    for _ in dask.epochs(
        network, X, y, client=client, loss=nn.MeanSquaredError(), optimizer=nn.SGD(1.0), epochs=3
    ):
        drawn.append(-network.parameters()[0][0])
    means = np.diff([0, *drawn])  # of the two that were drawn in a step
    assert len(set(means.round(9))) == 3
    alone = np.random.default_rng(0).random(9)
    assert not any(np.isclose(means[0], number) for number in alone)


def test_the_open_loop_stops_when_it_is_left(client):
    X, y = data()
    network, here = small(), small()
    for history in dask.epochs(network, X, y, client=client, **arguments(epochs=50)):
        if len(history.loss) == 4:
            break
    here.fit(X, y, **arguments(epochs=4))
    assert apart(network, here) < 1e-12


def test_a_checkpoint_goes_on_and_tells_other_samples(client, tmp_path):
    X, y = data()
    settings = {"batch_size": 30, "checkpoint": tmp_path / "run.npz", "client": client}
    whole, first, second = small(), small(), small()
    dask.fit(whole, X, y, client=client, **arguments(batch_size=30, rng=0))
    dask.fit(first, X, y, **arguments(epochs=4, rng=0, **settings))
    history = dask.fit(second, X, y, **arguments(rng=0, **settings))
    assert len(history.loss) == 10
    assert apart(whole, second) == 0
    assert apart(nn.load(tmp_path / "run.npz"), second) == 0
    X[3, 2] += 1
    with pytest.raises(nn.ModelFileError, match="belongs to another training"):
        dask.fit(small(), X, y, **arguments(rng=0, **settings))


def halted(folder, n):
    """Return the processes of the first ``n`` workers that say they are in a batch."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = [int(path.name.split("-")[1]) for path in folder.glob("halted-*")]
        if len(found) >= n:
            return found[:n]
        time.sleep(0.01)
    raise AssertionError("no worker came to its third batch")


@pytest.mark.parametrize("victims", [1, 2], ids=["one worker", "all workers"])
@pytest.mark.parametrize("batch_size", [None, 20], ids=["full", "batches"])
def test_a_worker_that_is_killed_in_a_step_takes_nothing_along(
    own_client, tmp_path, victims, batch_size
):
    X, y = data()
    settings = arguments(batch_size=batch_size, rng=0)
    here, undisturbed, network = small(), small(), small(Away(tmp_path))
    expected = here.fit(X, y, **settings)
    settings["optimizer"] = nn.Adam(0.01)
    dask.fit(undisturbed, X, y, client=own_client, **settings)
    settings["optimizer"] = nn.Adam(0.01)
    before = set(own_client.run(os.getpid).values())

    def kill():
        pids = halted(tmp_path, victims)
        assert set(pids) <= before
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        (tmp_path / "go").touch()
        return pids

    with ThreadPoolExecutor(1) as pool:
        killer = pool.submit(kill)
        history = within(120, lambda: dask.fit(network, X, y, client=own_client, **settings))
        killed = killer.result(timeout=1)
    assert not set(killed) & set(own_client.run(os.getpid).values())
    assert len(history.loss) == 10
    assert apart(network, here) < 1e-12
    assert np.allclose(history.loss, expected.loss, rtol=1e-12, atol=0)
    assert apart(network, undisturbed) == 0  # bit for bit, as if nothing had happened


def test_samples_that_kill_every_worker_are_told_from_bad_luck(own_client, tmp_path, monkeypatch):
    monkeypatch.setattr(dask, "ATTEMPTS", 2)
    X, y = data()
    network = small(Dies(tmp_path))
    network[2].count = 2
    with pytest.raises(RuntimeError, match=r"lost 2 workers in a row on shard \d of 2"):
        within(120, lambda: dask.fit(network, X, y, client=own_client, **arguments()))
    assert apart(network, small()) == 0


def test_a_cluster_that_is_gone_leaves_what_was_learnt(own_client, monkeypatch):
    monkeypatch.setattr(dask, "WAIT_FOR_WORKER", 0.5)
    X, y = data()
    network, here = small(), small()
    here.fit(X, y, **arguments(epochs=2))

    def left_alone():
        for history in dask.epochs(network, X, y, client=own_client, **arguments()):
            if len(history.loss) == 2:
                own_client.cluster.scale(0)
                while own_client.nthreads():
                    time.sleep(0.01)

    with pytest.raises(RuntimeError, match=r"waited 0\.5 s for a worker and none came") as caught:
        within(60, left_alone)
    assert len(caught.value.history.loss) == 2
    assert apart(network, here) < 1e-12


@pytest.mark.parametrize(
    ("kind", "error", "message"),
    [
        (Complains, ZeroDivisionError, "the third batch is cursed"),
        (Secretive, RuntimeError, "ValueError: .*lambda"),
    ],
)
def test_an_error_on_a_worker_is_that_of_fit(client, tmp_path, kind, error, message):
    X, y = data()
    network, here = small(kind(tmp_path)), small()
    with pytest.raises(error, match=message) as caught:
        within(30, lambda: dask.fit(network, X, y, client=client, **arguments()))
    assert len(caught.value.history.loss) == 2
    here.fit(X, y, **arguments(epochs=2))
    assert apart(network, here) < 1e-12


def test_training_that_explodes_says_so(client):
    X, y = data()
    with pytest.raises(nn.TrainingDiverged, match="the best"):
        dask.fit(
            nn.Sequential(nn.Dense(5, 1, rng=0)), X * 1e3, y[:, None], client=client,
            **arguments(loss=nn.MeanSquaredError(), optimizer=nn.SGD(1.0)),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"client": "tcp://somewhere"}, TypeError, "expects client to be a distributed.Client"),
        ({"loss": nn.SoftmaxCrossEntropy}, TypeError, "fit expects loss"),
        ({"optimizer": "adam"}, TypeError, "fit expects optimizer"),
        ({"sample_weight": np.zeros(101)}, ValueError, "sample_weight of at least 0, some of them above it"),
        ({"sample_weight": np.ones(7)}, ValueError, r"sample_weight of shape \(101,\)"),
        ({"batch_size": 10}, TypeError, "expects rng"),
        ({"threads": 2}, TypeError, "has no argument threads"),
        ({"epochs": 0}, ValueError, "epochs to be at least 1"),
        ({"X": data()[0][:, :4]}, ValueError, r"Dense\(5, 8\) expects input"),
        ({"y": np.ones(3)}, ValueError, "as many targets as samples"),
        ({"network": nn.Sequential(nn.Dense(5, 3, rng=0), nn.BatchNorm(3))}, ValueError,
         r"a cluster splits every batch; use network\.fit with BatchNorm"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_is_said_before_anything_is_sent(client, changed, error, message):
    X, y = data()
    with pytest.raises(error, match=message), pytest.MonkeyPatch.context() as patch:
        patch.setattr(dask._Shards, "_placed", None)
        within(30, lambda: dask.fit(**{
            "network": small(), "X": X, "y": y, "client": client, **arguments(), **changed
        }))  # fmt: skip


def test_nothing_of_the_callers_is_changed(client):
    X, y = data()
    weights, loss = np.linspace(0.1, 1, 101), nn.SoftmaxCrossEntropy()
    before = X.copy(), y.copy(), weights.copy(), str(vars(loss))
    dask.fit(small(), X, y, client=client, **arguments(sample_weight=weights, loss=loss, epochs=2))
    assert all(np.array_equal(old, new) for old, new in zip(before, (X, y, weights), strict=False))


def who_works(seed, folder=None):
    """Return the process; the first that has seed 2 waits until it is killed."""
    if folder is not None and seed == 2 and not list(folder.glob("halted-*")):
        (folder / f"halted-{os.getpid()}").touch()
        time.sleep(60)
    return os.getpid()


def test_many_runs_go_to_the_cluster_when_asked(client):
    with joblib.parallel_config("dask"):
        result = experiments.over_seeds(who_works, range(6))
        with pytest.raises(ZeroDivisionError) as caught:
            experiments.grid(lambda seed, width: seed / width, [1, 2], width=[1, 0])
    assert set(result.values) <= set(client.run(os.getpid).values())
    assert caught.value.results == {(1, 1): 1, (1, 2): 2}


def test_a_worker_that_is_killed_costs_no_run(own_client, tmp_path):
    def runs():
        with joblib.parallel_config("dask", client=own_client):
            return experiments.over_seeds(partial(who_works, folder=tmp_path), range(6))

    with ThreadPoolExecutor(1) as pool:
        killer = pool.submit(lambda: [os.kill(pid, signal.SIGKILL) for pid in halted(tmp_path, 1)])
        result = within(60, runs)
        killer.result(timeout=1)
    assert result.n == 6
    (killed,) = (int(path.name.split("-")[1]) for path in tmp_path.glob("halted-*"))
    assert result.values[2] != killed


def test_the_door_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)  # as if it were not installed
    monkeypatch.delitem(sys.modules, "nnbook.interop.dask")
    with pytest.raises(ImportError, match=r"nnbook\.interop\.dask needs Dask: pip install"):
        import_module("nnbook.interop.dask")
