"""A training that was interrupted goes on as if it had not been, or says why it cannot."""

import numpy as np
import pytest
from specimens import image_network, some_data

import nnbook as nn
from nnbook import storage


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


OPTIMIZERS = {
    "sgd": lambda: nn.SGD(0.05),
    "momentum": lambda: nn.SGD(0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda: nn.RMSProp(0.01),
    "adam": lambda: nn.Adam(0.01, weight_decay=0.01),
}
GENERATORS = {
    "a seed": lambda: 3,
    "PCG64": lambda: np.random.default_rng(3),
    "MT19937": lambda: np.random.Generator(np.random.MT19937(3)),
    "Philox": lambda: np.random.Generator(np.random.Philox(3)),
    "SFC64": lambda: np.random.Generator(np.random.SFC64(3)),
}


def train(network, optimizer, rng, epochs, *, metric, **options):
    X, y = some_data()
    return network.fit(
        X, y, loss=nn.SigmoidBinaryCrossEntropy(), optimizer=optimizer, epochs=epochs,
        batch_size=5, rng=rng, validation=(X[:7], y[:7]), metrics=[metric], **options,
    )  # fmt: skip


@pytest.mark.parametrize("make_rng", GENERATORS)
@pytest.mark.parametrize("make", OPTIMIZERS)
def test_a_training_that_was_interrupted_ends_as_if_it_had_not_been(tmp_path, make, make_rng):
    path, stop = tmp_path / "run.npz", 3
    whole = image_network(np.random.default_rng(1))
    expected = train(whole, OPTIMIZERS[make](), GENERATORS[make_rng](), 7, metric=stop_after(99))
    with pytest.raises(Stop):
        train(image_network(np.random.default_rng(1)), OPTIMIZERS[make](), GENERATORS[make_rng](), 7,
              metric=stop_after(stop), checkpoint=path)  # fmt: skip
    # a new process has other first weights, and generators that stand elsewhere
    again = image_network(np.random.default_rng(2))
    history = train(
        again, OPTIMIZERS[make](), GENERATORS[make_rng](), 7, metric=stop_after(99), checkpoint=path
    )
    assert history == expected
    for p, q in zip(again.parameters(), whole.parameters(), strict=True):
        assert np.array_equal(p, q)
    assert np.array_equal(nn.load(path).parameters()[0], whole.parameters()[0])


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


def other_metric(predictions, targets):
    return 0.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"network": nn.Sequential(nn.Flatten(), nn.Dense(30, 1, rng=0))}, "its layers"),
        ({"dtype": np.float32}, "its dtypes"),
        ({"optimizer": nn.SGD(0.1)}, "its optimizer"),
        ({"optimizer": nn.Adam(beta1=0.8)}, "its optimizer"),
        ({"batch_size": 6}, "its batch_size"),
        ({"loss": nn.MeanSquaredError()}, "its loss"),
        ({"data": some_data(1)}, "its data"),
        ({"rng": np.random.Generator(np.random.MT19937(3))}, "its kinds of generators"),
        ({"metrics": [other_metric]}, "its metrics"),
        ({"epochs": 2}, "holds 3 epochs, more than the 2"),
    ],
)
def test_the_checkpoint_of_another_training_is_refused(tmp_path, change, message):
    path = tmp_path / "run.npz"

    def run(data=None, network=None, dtype=np.float64, **options):
        network = network or image_network(np.random.default_rng(2))
        kept = [p.copy() for p in network.astype(dtype).parameters()]
        defaults = {
            "loss": nn.SigmoidBinaryCrossEntropy(),
            "optimizer": nn.Adam(),
            "epochs": 3,
            "batch_size": 5,
            "rng": 3,
        }
        try:
            network.fit(*(data or some_data()), checkpoint=path, **defaults | options)
        except nn.ModelFileError:
            assert all(
                np.array_equal(p, q) for p, q in zip(kept, network.parameters(), strict=True)
            )
            raise

    run()
    before = path.read_bytes()
    with pytest.raises(nn.ModelFileError, match=message):
        run(**change)
    assert path.read_bytes() == before


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


@pytest.mark.parametrize("spoil", ["generators", "memory", "history", "steps"])
def test_a_forged_checkpoint_changes_nothing(tmp_path, spoil):
    path = tmp_path / "run.npz"
    network = image_network(np.random.default_rng(1))
    train(network, nn.Adam(), 3, 2, metric=stop_after(99), checkpoint=path)
    state, arrays = storage.read(path)
    state[spoil] = {
        "generators": [{"bit_generator": "PCG64"}] * 2,
        "memory": {"_m": 9},
        "history": {"a": 1},
        "steps": "x",
    }[spoil]
    storage.write(path, state, arrays)
    kept, rng, optimizer = (
        [p.copy() for p in network.parameters()],
        np.random.default_rng(7),
        nn.Adam(),
    )
    before = rng.bit_generator.state
    with pytest.raises(nn.ModelFileError, match="no checkpoint"):
        train(network, optimizer, rng, 4, metric=stop_after(99), checkpoint=path)
    assert all(np.array_equal(p, q) for p, q in zip(kept, network.parameters(), strict=True))
    assert rng.bit_generator.state == before
    assert optimizer.steps == 0


def test_a_diverging_training_leaves_its_last_good_epoch(tmp_path):
    path = tmp_path / "run.npz"
    X, y = nn.datasets.hello_world()
    network = nn.Sequential(nn.Dense(1, 1, rng=0))
    with pytest.raises(nn.TrainingDiverged):
        network.fit(
            X, y, loss=nn.MeanSquaredError(), optimizer=nn.SGD(1e60), epochs=9, checkpoint=path
        )
    assert np.array_equal(nn.load(path).parameters()[0], network.parameters()[0])
