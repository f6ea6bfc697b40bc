"""A training that was interrupted goes on as if it had not been, or says why it cannot."""

import numpy as np
import pytest
from specimens import Residual, Shift, image_network, own_network, some_data

import nnbook as nn


class Stop(Exception):
    """Ends a training from within."""


def stop_after(n):
    """Return a metric that raises in epoch n + 1, as a power cut would."""
    calls = []

    def sharpness(predictions, targets):
        calls.append(1)
        if len(calls) > n:
            raise Stop
        return float(np.abs(predictions - 0.5).mean())

    return sharpness


def generator(kind):
    return np.random.Generator(getattr(np.random, kind)(3))


def train(network, optimizer, rng, epochs, *, metric, **options):
    X, y = some_data()
    return network.fit(
        X, y, loss=nn.SigmoidBinaryCrossEntropy(), optimizer=optimizer, epochs=epochs,
        batch_size=5, rng=rng, validation=(X[:7], y[:7]), metrics=[metric], **options,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("make", "make_rng", "threads"),
    [
        (lambda: nn.SGD(0.05), lambda: 3, 1),
        (lambda: nn.SGD(0.05, momentum=0.9, nesterov=True), lambda: generator("PCG64"), 1),
        (lambda: nn.RMSProp(0.01), lambda: generator("MT19937"), 1),
        (lambda: nn.Adam(0.01, weight_decay=0.01), lambda: generator("Philox"), 1),
        (lambda: nn.AdamW(0.01), lambda: generator("SFC64"), 2),
    ],
)
def test_a_training_that_was_interrupted_ends_as_if_it_had_not_been(
    tmp_path, make, make_rng, threads
):
    if threads > 1:
        pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")

    def run(seed, stop, path=None):
        network, metric = image_network(np.random.default_rng(seed)), stop_after(stop)
        options = {"metric": metric, "checkpoint": path, "threads": threads}
        return network, train(network, make(), make_rng(), 7, **options)

    whole, expected = run(1, 99)
    with pytest.raises(Stop):
        run(1, 3, tmp_path / "run.npz")
    # a new process has other first weights, and generators that stand elsewhere
    again, history = run(2, 99, tmp_path / "run.npz")
    assert history == expected
    assert all(map(np.array_equal, again.parameters(), whole.parameters()))
    kept = nn.load(tmp_path / "run.npz").parameters()
    assert all(map(np.array_equal, kept, whole.parameters()))


def test_a_finished_training_is_only_read(tmp_path):
    path = tmp_path / "run.npz"
    first = image_network(np.random.default_rng(1))
    history = train(first, nn.Adam(), 3, 4, metric=stop_after(99), checkpoint=path)
    before = path.read_bytes()
    again = image_network(np.random.default_rng(2))
    assert train(again, nn.Adam(), 3, 4, metric=stop_after(0), checkpoint=path) == history
    assert path.read_bytes() == before
    assert np.array_equal(again.parameters()[0], first.parameters()[0])
    longer = train(again, nn.Adam(), 3, 6, metric=stop_after(99), checkpoint=path)
    assert longer.loss[:4] == history.loss
    assert len(longer.loss) == 6


def test_a_file_that_is_no_checkpoint_changes_nothing(tmp_path):
    path = tmp_path / "run.npz"
    network = image_network(np.random.default_rng(1))
    kept = [p.copy() for p in network.parameters()]
    network.save(path)
    with pytest.raises(nn.ModelFileError, match="belongs to another training"):
        train(network, nn.Adam(), 3, 4, metric=stop_after(99), checkpoint=path)
    path.write_bytes(b"hello")
    with pytest.raises(nn.ModelFileError, match="not a file that nnbook has saved"):
        train(network, nn.Adam(), 3, 4, metric=stop_after(99), checkpoint=path)
    assert all(np.array_equal(p, q) for p, q in zip(kept, network.parameters(), strict=True))


# --- layers of one's own, seeds, rates --------------------------------------------------------

X, Y = np.random.default_rng(0).normal(size=(9, 2)), np.ones((9, 1))


def own(path, epochs=4, network=None, **options):
    network, optimizer = network or own_network(), nn.SGD(0.05, momentum=0.9)
    options = {
        "X": X, "y": Y, "loss": nn.MeanSquaredError(), "optimizer": optimizer,
        "batch_size": 4, "rng": 0, "epochs": epochs,
    } | options  # fmt: skip
    return network, network.fit(checkpoint=path, **options)


def jitter(batch, rng):
    return batch + rng.normal(size=batch.shape) / 10


@pytest.mark.parametrize(
    "options",
    [{}, {"augment": jitter}, {"sample_weight": np.arange(1.0, 10)}, {"validation": (X, Y)}],
)
def test_the_state_of_ones_own_layers_is_kept_and_resumed(tmp_path, options):
    whole, expected = own(None, 5, **options)
    own(tmp_path / "run.npz", 2, **options)
    again, history = own(tmp_path / "run.npz", 5, own_network(1), **options)
    assert history == expected
    assert all(map(np.array_equal, again.parameters(), whole.parameters()))
    for name, array in whole[0].state.items():
        assert np.array_equal(again[0].state[name], array)
    assert np.array_equal(again.predict(X), whole.predict(X))
    loaded = nn.load(tmp_path / "run.npz", layers=[Shift, Residual])
    assert np.array_equal(loaded.predict(X), whole.predict(X))


class Weighted(nn.MeanSquaredError):
    def __init__(self, factor, inner=None):
        self.factor, self.inner = factor, inner


OTHERS = [
    ({"network": nn.Sequential(nn.Dense(2, 3, rng=0), nn.Dense(3, 1, rng=0))}, "layers"),
    ({"network": own_network().astype(np.float32)}, "dtypes"),
    ({"optimizer": nn.Adam(0.05)}, "optimizer"),
    ({"optimizer": nn.SGD(0.05, momentum=0.8)}, "optimizer"),
    ({"batch_size": 6}, "batch_size"),
    ({"loss": nn.HalfSquaredError()}, "loss"),
    ({"rng": 1}, "rng"),
    ({"rng": np.random.default_rng(1)}, "rng"),
    ({"rng": np.random.Generator(np.random.MT19937(0))}, "rng"),
    ({"metrics": [nn.metrics.mean_absolute_error]}, "metrics"),
    ({"validation": (X, Y)}, "validation"),
    ({"sample_weight": np.arange(1.0, 10)}, "sample_weight"),
    ({"augment": jitter}, "augment"),
    ({"y": Y + 1}, "data"),
    ({"X": X[:, ::-1]}, "data"),
    ({"X": X.astype(np.float32).astype(float)}, "data"),
    ({"y": Y.astype(np.float32)}, "data"),
    ({"epochs": 2}, "holds 4 epochs, more than the 2"),
]


@pytest.mark.parametrize(("change", "name"), OTHERS)
def test_the_checkpoint_of_another_training_is_refused_by_name(tmp_path, change, name):
    path = tmp_path / "run.npz"
    own(path)
    before, network = path.read_bytes(), change.get("network", own_network(1))
    kept = [p.copy() for p in network.parameters()]
    message = name if " " in name else rf"belongs to another training: its {name} is"
    with pytest.raises(nn.ModelFileError, match=message):
        own(path, **{"network": network} | change)
    assert all(map(np.array_equal, network.parameters(), kept))
    assert path.read_bytes() == before
    own(path, 5)  # and the right one still goes on


def test_another_seed_is_refused_also_where_nothing_is_drawn(tmp_path):
    own(tmp_path / "run.npz", batch_size=None, rng=3)
    with pytest.raises(nn.ModelFileError, match="its rng"):
        own(tmp_path / "run.npz", batch_size=None, rng=4)


def test_the_same_bytes_in_another_shape_are_other_data(tmp_path):
    images, network = np.arange(24.0), nn.Sequential(nn.Flatten(), nn.Dense(12, 1, rng=0))
    options = {"loss": nn.MeanSquaredError(), "optimizer": nn.SGD(1e-3), "epochs": 1}
    options |= {"y": np.ones((2, 1)), "checkpoint": tmp_path / "run.npz"}
    network.fit(images.reshape(2, 3, 4, 1), **options)
    with pytest.raises(nn.ModelFileError, match="its data"):
        network.fit(images.reshape(2, 4, 3, 1), **options)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1.0,), (9.0,)), ((1.0,), (1.0, np.zeros(2))), ((1.0,), (1.0, [nn.MeanSquaredError()])),
        ((1.0, {"a": 1}), (1.0, {"a": 2})), ((1.0,), (1.0, np.tanh)),
        ((np.float32(1),), (np.float32(2),)),
    ],
)  # fmt: skip
def test_another_setting_of_ones_own_loss_is_refused(tmp_path, one, other):
    for _ in range(2):
        own(tmp_path / "run.npz", loss=Weighted(*one))
    with pytest.raises(nn.ModelFileError, match="its loss"):
        own(tmp_path / "run.npz", loss=Weighted(*other))


def scheduled(path, stop=None, epochs=6):
    """Halve the rate after the second and the fourth epoch."""
    network, optimizer = own_network(), nn.Adam(0.1)
    for history in network.epochs(
        X, Y, loss=nn.MeanSquaredError(), optimizer=optimizer, epochs=epochs, checkpoint=path
    ):
        if len(history.loss) in (2, 4):
            optimizer.learning_rate /= 2
        if len(history.loss) == stop:
            break
    return network, optimizer.learning_rate


@pytest.mark.parametrize("stop", range(1, 7))
def test_a_schedule_set_by_hand_is_resumed_exactly(tmp_path, stop):
    whole, rate = scheduled(tmp_path / "whole.npz")
    scheduled(tmp_path / "run.npz", stop)
    again, same = scheduled(tmp_path / "run.npz")
    assert rate == same == 0.025
    assert all(map(np.array_equal, again.parameters(), whole.parameters()))


def test_the_rate_may_be_changed_by_hand_to_go_on(tmp_path):
    own(tmp_path / "run.npz", 2)
    optimizer = nn.SGD(0.01, momentum=0.9)
    own(tmp_path / "run.npz", 3, optimizer=optimizer)
    assert optimizer.learning_rate == 0.01
    optimizer = nn.SGD(0.05, momentum=0.9)  # as it began
    own(tmp_path / "run.npz", 4, optimizer=optimizer)
    assert optimizer.learning_rate == 0.01


def test_where_no_file_can_be_written_nothing_is_trained(tmp_path):
    network = own_network()
    before = [p.copy() for p in network.parameters()]
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere for the file run\.npz"):
        own(tmp_path / "nowhere" / "run.npz", network=network)
    (tmp_path / "folder").mkdir()
    with pytest.raises(PermissionError, match="take another path"):
        own(tmp_path / "folder", network=network)
    assert all(map(np.array_equal, network.parameters(), before))


def test_after_divergence_the_file_holds_the_best_and_a_lower_rate_goes_on(tmp_path):
    path, network, optimizer = tmp_path / "run.npz", own_network(), nn.SGD(0.05)
    options = {"loss": nn.MeanSquaredError(), "checkpoint": path}
    with pytest.raises(nn.TrainingDiverged, match="after epoch 3"):
        for history in network.epochs(X, Y, optimizer=optimizer, epochs=9, **options):
            if len(history.loss) == 3:
                optimizer.learning_rate = 1e9
    kept = nn.load(path, layers=[Shift, Residual])
    assert all(map(np.array_equal, kept.parameters(), network.parameters()))
    history = own_network(1).fit(X, Y, optimizer=nn.SGD(0.01), epochs=9, **options)
    assert len(history.loss) == 9
    assert history.loss[-1] < history.loss[3] <= history.loss[2]
