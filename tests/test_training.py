import io
import warnings
from contextlib import redirect_stderr, redirect_stdout

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import read_only

import nnbook as nn
from nnbook.training import batches

X = np.random.default_rng(0).normal(size=(7, 2))
Y = X @ [[1.0], [-2.0]] + 0.5


def make(rng=0):
    rng = np.random.default_rng(rng)
    return nn.Sequential(nn.Dense(2, 3, rng=rng), nn.Tanh(), nn.Dense(3, 1, rng=rng))


def fit(network=None, X=X, y=Y, **options):
    options = {
        "loss": nn.MeanSquaredError(),
        "optimizer": nn.SGD(0.05),
        "epochs": 5,
        "progress": False,
    } | options
    return (network or make()).fit(X, y, **options)


@given(st.integers(1, 40), st.one_of(st.none(), st.integers(1, 50)), st.integers(0, 100))
def test_every_sample_is_met_exactly_once_an_epoch(m, batch_size, seed):
    parts = [np.arange(m)[b] for b in batches(m, batch_size, np.random.default_rng(seed))]
    assert sorted(np.concatenate(parts)) == list(range(m))
    if batch_size is not None:
        assert all(len(part) == batch_size for part in parts[:-1])


def test_full_batches_are_plain_gradient_descent():
    network, twin = make(), make()
    loss, optimizer = nn.MeanSquaredError(), nn.SGD(0.05)
    prices = []
    for _ in range(5):
        prices.append(loss.forward(twin.forward(X), Y))
        twin.backward(loss.backward())
        optimizer.step(twin.parameters(), twin.gradients())
    assert fit(network).loss == prices
    assert all(map(np.array_equal, network.parameters(), twin.parameters()))


class Recorder(nn.Layer):
    """Lets everything through and remembers it."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def _forward(self, X):
        self.seen.append(X.copy())
        return X

    def _input_gradient(self, grad):
        return grad


def test_x_and_y_are_shuffled_together_and_anew_each_epoch():
    recorder, targets = Recorder(), []

    class Watch(nn.MeanSquaredError):
        def forward(self, predictions, y):
            targets.append(np.array(y))
            return super().forward(predictions, y)

    network = nn.Sequential(recorder, nn.Dense(2, 1, rng=0))
    fit(network, loss=Watch(), batch_size=3, epochs=2, rng=1)
    assert [len(part) for part in recorder.seen] == [3, 3, 1] * 2
    for part, y in zip(recorder.seen, targets, strict=True):
        assert np.allclose(part @ [[1.0], [-2.0]] + 0.5, y)
    first, second = np.concatenate(recorder.seen[:3]), np.concatenate(recorder.seen[3:])
    assert not np.array_equal(first, second)
    assert np.array_equal(np.sort(first, axis=0), np.sort(X, axis=0))


def test_the_epochs_loss_counts_every_sample_alike():
    # with a rate too small to matter, batches of 3, 3 and 1 must average to the full loss
    full = nn.MeanSquaredError().forward(make().forward(X), Y)
    history = fit(batch_size=3, epochs=1, optimizer=nn.SGD(1e-12), rng=0)
    assert np.isclose(history.loss[0], full, rtol=1e-9)


def test_the_same_seed_gives_the_same_training_bit_for_bit():
    runs = [make() for _ in range(3)]
    for network, seed in zip(runs, (4, 4, 5), strict=True):
        fit(network, batch_size=2, rng=seed)
    first, second, other = (np.concatenate([p.ravel() for p in n.parameters()]) for n in runs)
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_validation_data_are_priced_and_not_learnt():
    network, alone = make(), make()
    history = fit(network, validation=(X[:2] + 1, Y[:2]))
    fit(alone)
    assert all(map(np.array_equal, network.parameters(), alone.parameters()))
    assert len(history.validation_loss) == 5
    last = nn.MeanSquaredError().forward(network.predict(X[:2] + 1), Y[:2])
    assert history.validation_loss[-1] == last


def mean_error(predictions, targets):
    return np.abs(predictions - targets).mean()


def test_metrics_are_measured_after_the_epoch_on_the_validation_data_if_any():
    network = make()
    history = fit(network, metrics=[mean_error])
    assert history.metrics["mean_error"][-1] == mean_error(network.predict(X), Y)
    history = fit(network, metrics=[mean_error], validation=(X[:2], Y[:2]))
    assert history.metrics["mean_error"][-1] == mean_error(network.predict(X[:2]), Y[:2])


def test_dropout_is_silent_in_predict_evaluate_and_measures():
    network = nn.Sequential(nn.Dense(2, 50, rng=0), nn.Dropout(0.9, rng=1), nn.Dense(50, 1, rng=2))
    plain = nn.Sequential(network.layers[0], network.layers[2])
    assert np.array_equal(network.predict(X), plain.predict(X))
    assert not np.array_equal(network.forward(X), plain.forward(X))
    history = fit(network, metrics=[mean_error], epochs=1)
    assert history.metrics["mean_error"] == [mean_error(network.predict(X), Y)]
    results = network.evaluate(X, Y, loss=nn.MeanSquaredError(), metrics=[mean_error])
    assert results["mean_error"] == history.metrics["mean_error"][0]
    assert results["loss"] == nn.MeanSquaredError().forward(plain.predict(X), Y)


def test_diverged_training_says_where_and_keeps_the_last_good_parameters():
    network, good = make(), make()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(nn.TrainingDiverged, match=r"epoch \d+, batch 1.*below 1e\+06"):
            fit(network, optimizer=nn.SGD(1e6), epochs=200)
    assert all(np.isfinite(p).all() for p in network.parameters())
    # one epoch is fine, and that is where it goes back to if the second is not
    calls = []

    class Explodes(nn.MeanSquaredError):
        def forward(self, predictions, targets):
            calls.append(1)
            value = super().forward(predictions, targets)
            return value if len(calls) <= 5 else float("nan")

    network = make()
    with pytest.raises(nn.TrainingDiverged, match="nan in epoch 2, batch 2"):
        fit(network, loss=Explodes(), batch_size=2, rng=0)
    fit(good, batch_size=2, rng=0, epochs=1)
    assert all(map(np.array_equal, network.parameters(), good.parameters()))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_loss_that_is_no_number_stops_at_once(value):
    class Lost(nn.MeanSquaredError):
        def _loss(self, predictions, targets):
            return value

    with pytest.raises(nn.TrainingDiverged, match=f"became {value} in epoch 1, batch 1"):
        fit(loss=Lost())


def test_an_infinite_parameter_is_noticed_in_its_own_epoch():
    class Breaks(nn.SGD):
        def _update(self, i, dp):
            return dp * np.inf

    with pytest.raises(nn.TrainingDiverged, match="parameter became infinite in epoch 1"):
        fit(optimizer=Breaks(0.1))


BAD = [
    (lambda: fit(X=np.where(X[2, 1] == X, np.nan, X)), ValueError, r"X expects finite.*\[2, 1\]"),
    (lambda: fit(y=np.where(Y[3] == Y, np.inf, Y)), ValueError, r"y expects finite.*\[3, 0\]"),
    (lambda: fit(X=np.zeros((0, 2)), y=np.zeros((0, 1))), ValueError, "at least one sample"),
    (lambda: fit(X=np.zeros((3, 0)), y=np.zeros((3, 1))), ValueError, "one feature"),
    (lambda: fit(X=X[:, 0]), ValueError, r"x\[:, None\]"),
    (lambda: fit(y=Y[:5]), ValueError, "7 samples in X and y of shape"),
    (lambda: fit(y=Y[:, 0]), ValueError, "equal shape"),
    (lambda: fit(y=3.0), ValueError, "as many targets"),
    (lambda: fit(X=[["a", "b"]] * 7), TypeError, "real numbers"),
    (lambda: fit(X=X + 1j), TypeError, "real numbers"),
    (lambda: fit(X=X.astype(object)), TypeError, "real numbers"),
    (lambda: fit(batch_size=0), ValueError, "batch_size to be at least 1"),
    (lambda: fit(batch_size=2.5), TypeError, "batch_size to be a whole number"),
    (lambda: fit(batch_size=2), TypeError, "write rng=0"),
    (lambda: fit(epochs=0), ValueError, "epochs to be at least 1"),
    (lambda: fit(progress="yes"), ValueError, "progress to be True, False or 'auto'"),
    (lambda: fit(validation=(X, Y[:2])), ValueError, "fit validation"),
    (lambda: fit(X=X[:, :1]), ValueError, r"Dense\(2, 3\) expects input of shape \(m, 2\)"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input_is_refused_with_a_clear_message(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_nothing_of_the_callers_is_altered():
    fit(
        X=read_only(X), y=read_only(Y), batch_size=3, rng=0, validation=(read_only(X), read_only(Y))
    )


def test_whole_numbers_and_lists_are_welcome():
    fit(X=[[0, 1], [1, 0]], y=[[1], [0]])
    fit(X=np.array([[200, 100]], np.uint8), y=[[1]], optimizer=nn.SGD(1e-6))


def test_float32_networks_train_in_float32():
    network = make().astype(np.float32)
    fit(network, X=X.astype(np.float32), batch_size=3, rng=0)
    assert {p.dtype for p in network.parameters()} == {np.dtype("f4")}


@pytest.mark.parametrize("wish", [None, "never"])
def test_a_long_training_shows_a_bar_unless_the_environment_forbids(monkeypatch, wish):
    pytest.importorskip("tqdm", reason="the bar is tqdm's")
    monkeypatch.delenv("NNBOOK_PROGRESS", raising=False)
    if wish:
        monkeypatch.setenv("NNBOOK_PROGRESS", wish)
    monkeypatch.setattr("nnbook.training.PATIENCE", 0)
    with redirect_stderr(io.StringIO()) as printed:
        fit(progress="auto")
    assert ("epoch" in printed.getvalue()) == (wish is None)


def test_short_training_prints_nothing_and_a_wanted_bar_goes_to_stderr():
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        fit(progress="auto")
    assert (out.getvalue(), err.getvalue()) == ("", "")
    with redirect_stdout(out), redirect_stderr(err):
        fit(progress=True)
    assert out.getvalue() == ""
    assert "epoch" in err.getvalue()


def test_the_history_shows_and_draws_itself():
    history = fit(validation=(X, Y), metrics=[mean_error])
    lines = repr(history).splitlines()
    assert lines[0] == "History, 5 epochs"
    assert [line.split()[0] for line in lines[1:]] == ["loss", "validation_loss", "mean_error"]
    ax = history.plot()
    assert [list(line.get_ydata()) for line in ax.lines] == [history.loss, history.validation_loss]
    assert repr(nn.History(loss=[1.0])) == "History, 1 epoch\n  loss  1 → 1"


def test_the_summary_counts_parameters_and_shapes():
    network = nn.Sequential(nn.Dense(2, 3, rng=0), nn.Dropout(0.5, rng=0), nn.Dense(3, 1, rng=0))
    summary = network.summary((2,))
    assert summary.parameters == 13
    assert summary.multiply_adds == 9
    assert [row[1:] for row in summary.rows] == [((3,), 9, 6), ((3,), 0, 0), ((1,), 4, 3)]
    assert repr(summary).splitlines()[-1].split() == ["total", "13", "9"]
    with pytest.raises(ValueError, match="expects input of shape"):
        network.summary((3,))
    with pytest.raises(ValueError, match="at least 1"):
        network.summary((0,))
