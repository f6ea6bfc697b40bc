"""On clusters of real processes, which this file starts itself; they talk over loopback only."""

import gc
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from strategies import read_only

pytest.importorskip("distributed", reason="the door to Dask needs it; `make doors` tries it")

from distributed import Client, LocalCluster

import nnbook as nn
from nnbook import experiments
from nnbook.interop import dask


def started():
    address = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, **address)
    with cluster, Client(cluster) as client:
        yield client


client = pytest.fixture(started, scope="module")
own_client = pytest.fixture(started)  # of a cluster that a test may harm


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


def trained(client, network, **settings):
    """Train on the cluster, and return the record."""
    return dask.fit(network, *data(), client=client, **arguments(**settings))


def alone(**settings):
    """Return the network that one process trains."""
    network = small()
    network.fit(*data(), **arguments(**settings))
    return network


class Away(nn.Layer):
    """Changes nothing; in the third batch on a worker something happens there."""

    def __init__(self, happens, folder, count=0):
        super().__init__()
        self.happens, self.folder, self.home, self.count = happens, folder, os.getpid(), count

    def _forward(self, X):
        self.count += 1
        if self.count == 3 and os.getpid() != self.home:
            self.happens(self.folder)
        return X

    def _input_gradient(self, grad):
        return grad


def halts(folder):
    """Say which process this is, and wait."""
    (folder / f"halted-{os.getpid()}").touch()
    while not (folder / "go").exists():
        time.sleep(0.01)


def dies(_):
    os._exit(1)


def complains(_):
    raise ZeroDivisionError("the third batch is cursed")


def keeps_a_secret(_):
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
        {"m": 1},
    ],
    ids=["full", "batches", "weights", "both", "validation", "metrics", "fewer than workers"],
)
@pytest.mark.parametrize(
    "optimizer", [lambda: nn.Adam(0.01), lambda: nn.SGD(0.1, momentum=0.9, clip_norm=0.1)]
)
def test_a_cluster_learns_what_one_process_learns(client, settings, optimizer):
    X, y = map(read_only, data(settings.get("m", 101)))
    settings = {name: value for name, value in settings.items() if name != "m"}
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


def test_shards_stay_and_workers_share_the_work(client):
    """Once dealt out, no sample travels again: a step moves as many bytes whatever m is."""
    sent = []
    place = dask._Shards._placed

    def counted(self, i):
        sent.append(i)
        return place(self, i)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dask._Shards, "_placed", counted)
        trained(client, small(), batch_size=10, rng=0)
    assert sent == [0, 1]


def test_nothing_stays_on_the_workers_after_training(client):
    def held(dask_worker):
        return len(dask_worker.state.actors) + len(dask_worker.data)

    gc.collect()
    gc.disable()  # it would tidy up by itself, some time
    try:
        trained(client, small(), epochs=1)
        deadline = time.monotonic() + 5
        while sum(client.run(held).values()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert sum(client.run(held).values()) == 0
    finally:
        gc.enable()


def test_the_same_cluster_gives_the_same_numbers_and_layers_draw_their_own(client):
    networks = [small(nn.Dropout(0.5, rng=seed)) for seed in (0, 0, 1)]
    for network in networks:
        trained(client, network, batch_size=20, rng=0)
    assert apart(networks[0], networks[1]) == 0
    assert apart(networks[0], networks[2]) > 1e-6


def test_shards_draw_masks_of_their_own(client):
    network = nn.Sequential(nn.Dropout(0.5, rng=0), nn.Dense(64, 1, rng=0))
    before = network.parameters()[0].copy()
    settings = arguments(loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1), epochs=1)
    dask.fit(network, np.ones((2, 64)), np.ones((2, 1)), client=client, **settings)
    moved = network.parameters()[0] - before
    assert len(np.unique(moved.round(12))) == 4  # by one sample, the other, both, or neither


def test_the_open_loop_stops_when_it_is_left(client):
    network = small()
    for history in dask.epochs(network, *data(), client=client, **arguments(epochs=50)):
        if len(history.loss) == 4:
            break
    assert apart(network, alone(epochs=4)) < 1e-12


def test_a_checkpoint_goes_on_and_tells_other_samples(client, tmp_path):
    whole, first, second, path = small(), small(), small(), tmp_path / "run.npz"
    trained(client, whole, batch_size=30, rng=0)
    trained(client, first, batch_size=30, rng=0, epochs=4, checkpoint=path)
    history = trained(client, second, batch_size=30, rng=0, checkpoint=path)
    assert len(history.loss) == 10
    assert apart(whole, second) == 0
    assert apart(nn.load(path), second) == 0
    X, y = data()
    X[3, 2] += 1
    with pytest.raises(nn.ModelFileError, match="belongs to another training"):
        dask.fit(small(), X, y, client=client, **arguments(batch_size=30, rng=0, checkpoint=path))


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
    settings = {"batch_size": batch_size, "rng": 0}
    undisturbed, network = small(), small(Away(halts, tmp_path))
    expected = trained(own_client, undisturbed, **settings)
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
        history = within(120, lambda: trained(own_client, network, **settings))
        killed = killer.result(timeout=1)
    assert not set(killed) & set(own_client.run(os.getpid).values())
    assert history == expected  # bit for bit, as if nothing had happened
    assert apart(network, undisturbed) == 0
    assert apart(network, alone(**settings)) < 1e-12


def test_samples_that_kill_every_worker_are_told_from_bad_luck(own_client, tmp_path, monkeypatch):
    monkeypatch.setattr(dask, "ATTEMPTS", 2)
    network = small(Away(dies, tmp_path, count=2))
    with pytest.raises(RuntimeError, match=r"lost 2 workers in a row on shard \d of 2"):
        within(120, lambda: trained(own_client, network))
    assert apart(network, small()) == 0


def test_a_cluster_that_is_gone_leaves_what_was_learnt(own_client, monkeypatch):
    monkeypatch.setattr(dask, "WAIT_FOR_WORKER", 0.5)
    network = small()

    def left_alone():
        for history in dask.epochs(network, *data(), client=own_client, **arguments()):
            if len(history.loss) == 2:
                own_client.cluster.scale(0)
                while own_client.nthreads():
                    time.sleep(0.01)

    with pytest.raises(RuntimeError, match=r"waited 0\.5 s for a worker and none came") as caught:
        within(60, left_alone)
    assert len(caught.value.history.loss) == 2
    assert apart(network, alone(epochs=2)) < 1e-12


@pytest.mark.parametrize(
    ("happens", "error", "message"),
    [
        (complains, ZeroDivisionError, "the third batch is cursed"),
        (keeps_a_secret, RuntimeError, "ValueError: .*lambda"),
    ],
)
def test_an_error_on_a_worker_is_that_of_fit(client, tmp_path, happens, error, message):
    network = small(Away(happens, tmp_path))
    with pytest.raises(error, match=message) as caught:
        within(30, lambda: trained(client, network))
    assert len(caught.value.history.loss) == 2
    assert apart(network, alone(epochs=2)) < 1e-12


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


def test_many_runs_go_to_the_cluster_when_asked(client):
    with joblib.parallel_config("dask"):
        result = experiments.over_seeds(lambda seed: os.getpid(), range(6))
        with pytest.raises(ZeroDivisionError) as caught:
            experiments.grid(lambda seed, width: seed / width, [1, 2], width=[1, 0])
    assert set(result.values) <= set(client.run(os.getpid).values())
    assert caught.value.results == {(1, 1): 1, (1, 2): 2}
