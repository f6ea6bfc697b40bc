import contextlib
import inspect
import io
import re
import sys
import tracemalloc
import warnings
from contextlib import redirect_stderr, redirect_stdout
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from specimens import Shift
from strategies import read_only

import nnbook as nn
from nnbook.data import batches
from nnbook.rollback import DivergenceMonitor
from nnbook.training import _keep_freed_memory

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
    with pytest.raises(nn.TrainingDiverged, match=r"nan in epoch 2, batch 2;.*Try a learning"):
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
    (lambda: fit(threads=0), ValueError, "threads to be at least 1"),
    (lambda: fit(sample_weight=[1, 2]), ValueError, r"fit expects sample_weight of shape \(7,\)"),
    (lambda: fit(augment=lambda batch, rng: 3.0, rng=0), ValueError, "return as many samples"),
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
    monkeypatch.setattr("nnbook.progress.PROGRESS_DELAY", 0)
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


def test_the_history_shows_itself():
    history = fit(validation=(X, Y), metrics=[mean_error])
    lines = repr(history).splitlines()
    assert lines[0] == "History, 5 epochs"
    names = ["loss", "validation_loss", "mean_error", "training_mean_error"]
    assert [line.split()[0] for line in lines[1:]] == names
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


# --- the open loop ----------------------------------------------------------------------------

OPTIONS = {"loss": nn.MeanSquaredError(), "epochs": 5, "progress": False}


def test_the_open_loop_is_the_same_training():
    closed, opened = make(), make()
    expected = fit(closed, batch_size=3, rng=0, validation=(X, Y), metrics=[mean_error])
    lengths = []
    for history in opened.epochs(
        X, Y, optimizer=nn.SGD(0.05), batch_size=3, rng=0, validation=(X, Y),
        metrics=[mean_error], **OPTIONS,
    ):  # fmt: skip
        lengths.append(len(history.loss))
    assert lengths == [1, 2, 3, 4, 5]
    assert history == expected
    assert all(map(np.array_equal, closed.parameters(), opened.parameters()))
    assert inspect.signature(opened.epochs).parameters == inspect.signature(opened.fit).parameters


def test_schedule_and_early_stopping_are_plain_python():
    network, optimizer, rates = make(), nn.SGD(0.05), []
    for history in network.epochs(X, Y, optimizer=optimizer, **OPTIONS | {"epochs": 100}):
        rates.append(optimizer.learning_rate)
        optimizer.learning_rate *= 0.5
        if len(history.loss) == 4:
            break
    assert rates == [0.05, 0.025, 0.0125, 0.00625]
    assert len(history.loss) == 4
    loss, again, optimizer = nn.MeanSquaredError(), make(), nn.SGD(0.05)
    for rate in rates:
        optimizer.learning_rate = rate
        loss.forward(again.forward(X), Y)
        again.backward(loss.backward())
        optimizer.step(again.parameters(), again.gradients())
    assert all(map(np.array_equal, network.parameters(), again.parameters()))


def test_between_epochs_nothing_of_numpy_is_changed():
    before = np.geterr()
    for _ in make().epochs(X, Y, optimizer=nn.SGD(0.05), **OPTIONS):
        assert np.geterr() == before


def test_best_weights_may_be_put_back_and_training_goes_on_from_there():
    network = make()
    start = [p.copy() for p in network.parameters()]
    for history in network.epochs(X, Y, optimizer=nn.SGD(0.05), **OPTIONS | {"epochs": 2}):
        for p, kept in zip(network.parameters(), start, strict=True):
            p[...] = kept
    assert history.loss[0] == history.loss[1]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
@pytest.mark.parametrize("where", ["in a batch", "in a metric"])
def test_after_an_error_the_history_and_a_whole_network_remain(where, error):
    calls = []

    def hurts(predictions, targets):
        calls.append(1)
        if len(calls) == (8 if where == "in a batch" else 3):
            raise error("now")
        return 0.0

    class Hurts(nn.MeanSquaredError):
        def _loss(self, predictions, targets):
            hurts(predictions, targets)
            return super()._loss(predictions, targets)

    network, good, state = make(), make(), Shift(2)
    network = nn.Sequential(state, network)
    options = {"batch_size": 3, "rng": 0, "optimizer": nn.SGD(0.05), **OPTIONS}
    if where == "in a batch":  # of three: the second of the third epoch
        options["loss"] = Hurts()
    else:
        options["metrics"] = [hurts]
    with pytest.raises(error, match="now") as caught:
        for history in network.epochs(X, Y, **options):
            mean = state.state["mean"].copy()
    assert len(history.loss) == 2
    assert caught.value.history is history
    assert np.array_equal(state.state["mean"], mean)
    good = nn.Sequential(Shift(2), good)
    good.fit(X, Y, **options | {"loss": nn.MeanSquaredError(), "metrics": [], "epochs": 2})
    assert all(map(np.array_equal, network.parameters(), good.parameters()))
    with pytest.raises(error) as caught:
        calls.clear()
        make().fit(X, Y, **options)
    assert len(caught.value.history.loss) == 2
    if where == "in a metric" and error is ValueError:
        assert "This came from the metric hurts" in caught.value.__notes__[0]


def test_several_fits_of_one_epoch_repeat_one_order_and_epochs_does_not():
    class Order(nn.MeanSquaredError):
        def _loss(self, predictions, targets):
            seen.append(targets[0, 0])
            return super()._loss(predictions, targets)

    def orders(train):
        seen.clear()
        train()
        return len({tuple(seen[i : i + 3]) for i in range(0, len(seen), 3)})

    seen = []
    options = {"loss": Order(), "batch_size": 3, "rng": 0, "progress": False}
    network = make()

    def loop():
        for _ in range(4):
            network.fit(X, Y, optimizer=nn.SGD(0.05), epochs=1, **options)

    assert orders(loop) == 1
    assert orders(lambda: network.fit(X, Y, optimizer=nn.SGD(0.05), epochs=4, **options)) > 1


# --- weights and augmentation -----------------------------------------------------------------


def test_weights_in_fit_are_weights_of_the_loss():
    w = np.random.default_rng(0).uniform(0.1, 2, 7)
    network, twin = make(), make()
    history = fit(network, sample_weight=w, epochs=3)
    loss, optimizer, prices = nn.MeanSquaredError(), nn.SGD(0.05), []
    for _ in range(3):
        prices.append(loss.forward(twin.forward(X), Y, w))
        twin.backward(loss.backward())
        optimizer.step(twin.parameters(), twin.gradients())
    assert history.loss == pytest.approx(prices, rel=1e-14)
    assert all(map(np.allclose, network.parameters(), twin.parameters()))
    same, plain = make(), make()
    assert fit(same, sample_weight=np.full(7, 3.0)).loss == pytest.approx(fit(plain).loss)


def test_weighted_batches_average_to_the_weighted_loss_of_all():
    w = np.random.default_rng(0).uniform(0.1, 2, 7)
    full = nn.MeanSquaredError().forward(make().forward(X), Y, w)
    history = fit(batch_size=3, epochs=1, optimizer=nn.SGD(1e-12), rng=0, sample_weight=w)
    assert np.isclose(history.loss[0], full, rtol=1e-9)


def test_class_weights_are_weights_by_class():
    y = np.array([0, 0, 0, 0, 0, 1, 2])
    network = nn.Sequential(nn.Dense(2, 3, rng=0))
    by_class = np.array([0.2, 1.0, 1.0])
    options = {"loss": nn.SoftmaxCrossEntropy(), "optimizer": nn.SGD(1e-12), "epochs": 1}
    history = network.fit(X, y, sample_weight=by_class[y], **options)
    prices = -nn.log_softmax(network.predict(X))[np.arange(7), y]
    assert np.isclose(history.loss[0], np.average(prices, weights=by_class[y]))


def jitter(batch, rng):
    return batch + rng.normal(size=batch.shape) / 10


def test_augmentation_is_drawn_anew_for_each_batch_and_repeatable():
    recorder = Recorder()
    network = nn.Sequential(recorder, nn.Dense(2, 1, rng=0))
    fit(network, augment=jitter, batch_size=4, rng=0, epochs=2)
    seen = np.concatenate(recorder.seen)
    assert len(np.unique(seen, axis=0)) == 14
    distance = np.abs(seen[:, None] - X).max(axis=2).min(axis=1)
    assert (distance > 0).all()
    assert (distance < 0.5).all()
    runs = [fit(make(), augment=jitter, rng=seed, epochs=3).loss for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_augmentation_may_work_in_place_without_harm_and_must_keep_the_number():
    def spoil(batch, rng):
        batch[:] = 0
        return batch

    fit(X=read_only(X), augment=spoil, rng=0)
    with pytest.raises(ValueError, match=r"as many samples as it gets, 7, got shape \(3, 2\)"):
        fit(augment=lambda batch, rng: batch[:3], rng=0)
    with pytest.raises(TypeError, match=r"with augment, draws random numbers.*write rng=0"):
        fit(augment=jitter)
    with pytest.raises(TypeError, match="augment to be a function"):
        fit(augment="flip", rng=0)


# --- measures ---------------------------------------------------------------------------------


def test_validation_with_dropout_and_batches_is_what_evaluate_says(monkeypatch):
    monkeypatch.setattr("nnbook.training.EVAL_BATCH", 3)
    rng = np.random.default_rng(0)
    network = nn.Sequential(
        nn.Dense(2, 9, rng=rng), nn.Dropout(0.5, rng=rng), nn.Dense(9, 1, rng=rng)
    )
    loss = nn.MeanSquaredError()
    for history in network.epochs(
        X, Y, optimizer=nn.SGD(0.05), batch_size=2, rng=0, validation=(X + 1, Y),
        metrics=[mean_error], **OPTIONS | {"epochs": 3},
    ):  # fmt: skip
        results = network.evaluate(X + 1, Y, loss=loss, metrics=[mean_error])
        assert history.validation_loss[-1] == results["loss"]
        assert history.metrics["mean_error"][-1] == results["mean_error"]
        assert np.isclose(results["loss"], loss.forward(network.predict(X + 1), Y))


def test_measures_are_predicted_some_samples_at_a_time():
    sizes = []

    class Watch(nn.Flatten):
        def predict(self, X):
            sizes.append(len(X))
            return X

    big = np.zeros((1203, 2))
    network = nn.Sequential(Watch(), nn.Dense(2, 1, rng=0))
    network.evaluate(big, big[:, :1], loss=nn.MeanSquaredError())
    assert sizes == [500, 500, 203]
    sizes.clear()
    fit(network, validation=(big, big[:, :1]), epochs=1)
    assert sizes[-3:] == [500, 500, 203]


def test_evaluate_hands_classes_to_the_metrics_as_they_are():
    kinds = []

    def kind(predictions, targets):
        kinds.append(targets.dtype.kind)
        return 0

    network = nn.Sequential(nn.Dense(2, 300, rng=0))
    y = np.arange(7) + 290
    network.evaluate(X, y, loss=nn.SoftmaxCrossEntropy(), metrics=[kind, nn.metrics.accuracy])
    network.fit(X, y, loss=nn.SoftmaxCrossEntropy(), optimizer=nn.SGD(1.0), epochs=500,
                metrics=[kind, nn.metrics.accuracy])  # fmt: skip
    assert set(kinds) == {"i"}
    assert network.evaluate(X, y, loss=nn.SoftmaxCrossEntropy(), metrics=[nn.metrics.accuracy])[
        "accuracy"
    ] == 1  # fmt: skip


def test_metrics_have_names_of_their_own():
    at_0, at_1 = (partial(nn.metrics.binary_accuracy, threshold=t) for t in (0, 1))
    bits = (Y > 0).astype(float)
    history = fit(y=bits, metrics={"at 0": at_0, "at 1": at_1}, epochs=2)
    assert list(history.metrics) == ["at 0", "at 1"]
    assert list(fit(y=bits, metrics=[at_0], epochs=1).metrics) == ["binary_accuracy"]
    network = make()
    for call in (
        lambda metrics: fit(network, y=bits, metrics=metrics),
        lambda metrics: network.evaluate(X, bits, loss=nn.MeanSquaredError(), metrics=metrics),
    ):
        with pytest.raises(ValueError, match=r"different names.*got binary_accuracy twice.*dict"):
            call([at_0, at_1])
        with pytest.raises(ValueError, match="none of them loss, got loss too"):
            call({"loss": at_0})
        with pytest.raises(ValueError, match="got validation_loss too"):
            call({"validation_loss": at_0})


def many(predictions, targets):
    return predictions - targets


def test_a_metric_that_gives_no_number_is_named():
    with pytest.raises(TypeError, match=r"the metric many should return one number.*\(7, 1\)"):
        fit(metrics=[many])
    with pytest.raises(TypeError, match="the metric word should return one number"):
        fit(metrics={"word": lambda predictions, targets: "good"})


def test_a_metric_that_is_not_a_number_warns_as_numpy_does():
    def empty(predictions, targets):
        return np.float64(0) / np.float64(0)

    with pytest.warns(RuntimeWarning, match="invalid value"):
        fit(metrics=[empty], epochs=1)


# --- divergence -------------------------------------------------------------------------------

FAR = np.arange(20.0)[:, None] * 50


def diverging(rate=1e-2, **options):
    network = nn.Sequential(nn.Dense(1, 1, rng=0))
    options = {"loss": nn.MeanSquaredError(), "epochs": 30, "progress": False} | options
    with pytest.raises(nn.TrainingDiverged) as caught:
        network.fit(FAR, 2 * FAR, optimizer=nn.SGD(rate), **options)
    return network, caught.value


def test_a_loss_that_explodes_is_no_result_though_it_is_finite():
    _, error = diverging(epochs=4)
    assert re.search(r"the loss grew from .* to .*e\+\d+ in epoch \d, batch 1", str(error))
    assert 1 <= len(error.history.loss) <= 4
    assert np.isfinite(error.history.loss).all()


def test_after_divergence_a_lower_rate_works_at_once():
    network, error = diverging()
    start = nn.Sequential(nn.Dense(1, 1, rng=0))
    assert all(map(np.array_equal, network.parameters(), start.parameters()))
    assert "those before training, the best" in str(error)
    history = network.fit(
        FAR, 2 * FAR, loss=nn.MeanSquaredError(), optimizer=nn.SGD(1e-6), epochs=50
    )
    assert history.loss[-1] < history.loss[0] / 10


def test_the_best_epoch_is_kept_and_the_optimizer_forgets():
    network, optimizer = make(), nn.SGD(0.05, momentum=0.9)
    kept = None
    with pytest.raises(nn.TrainingDiverged, match="those after epoch 3, the best") as caught:
        for history in network.epochs(X, Y, optimizer=optimizer, **OPTIONS | {"epochs": 99}):
            if len(history.loss) == 3:
                kept = [p.copy() for p in network.parameters()]
                optimizer.learning_rate = 1e9
    assert all(map(np.array_equal, network.parameters(), kept))
    assert caught.value.history is history
    assert optimizer.steps == 0
    optimizer.learning_rate = 0.01
    again = network.fit(X, Y, optimizer=optimizer, **OPTIONS)
    assert again.loss[-1] < again.loss[0]


def test_weights_that_were_bad_before_are_not_blamed_on_the_rate():
    network = make()
    network[2].parameters["W"][1, 0] = np.nan
    with pytest.raises(
        ValueError, match=r"in the parameter 2\.W, .*nan at index \[1, 0\].*before training"
    ):
        fit(network)

    class Lost(nn.MeanSquaredError):
        def _loss(self, predictions, targets):
            return float("nan")

    with pytest.raises(nn.TrainingDiverged, match="No update was made: look at the loss") as caught:
        fit(loss=Lost())
    assert "learning rate" not in str(caught.value)


def test_a_bad_start_by_luck_is_no_divergence():
    # the first price may be tiny: exploding is measured from 1 then
    history = fit(y=make().forward(X) + 1e-9, optimizer=nn.SGD(0.05), batch_size=1, rng=0, epochs=3)
    assert len(history.loss) == 3


# --- messages, before anything has changed ----------------------------------------------------

TALKS = [
    ({"loss": "mse"}, TypeError, r"loss to be one such as nn\.MeanSquaredError\(\), got 'mse'"),
    ({"loss": nn.MeanSquaredError}, TypeError, r"got the class MeanSquaredError; write MeanSquaredError\(\)"),
    ({"optimizer": "adam"}, TypeError, r"optimizer to be one such as nn\.Adam\(0\.001\), got 'adam'"),
    ({"optimizer": nn.Adam}, TypeError, r"got the class Adam; write Adam\(\)"),
    ({"metrics": ["mae"]}, TypeError, r"functions \(predictions, targets\) -> number, got 'mae'"),
    ({"metrics": [nn.MeanSquaredError]}, TypeError, "metrics to be functions"),
    ({"metrics": mean_error}, TypeError, r"a list or a dict of functions.*write metrics=\[function\]"),
    ({"metrics": "mae"}, TypeError, "a list or a dict of functions"),
    ({"validation": X}, TypeError, r"a pair, validation=\(X_new, y_new\), got ndarray"),
    ({"validation": (X,)}, TypeError, "a pair"),
    ({"y": np.array(list("abcdefg"))}, TypeError, r"np\.unique\(y, return_inverse=True\)"),
    ({"y": np.array(list("abcdefg"), object)}, TypeError, r"np\.unique\(y, return_inverse=True\)"),
    ({"y": Y[:, 0]}, ValueError, r"write y\[:, None\]"),
    ({"X": np.ma.masked_less(X, 0)}, TypeError, "a masked array; fill its gaps"),
    ({"sample_weight": np.ones(3)}, ValueError, r"sample_weight of shape \(7,\)"),
    ({"sample_weight": np.arange(7)}, ValueError, "sample_weight above 0; leave samples"),
    ({"X": np.ones((7, 5))}, ValueError, r"rows of 5 numbers make it with n_in=5"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "error", "message"), TALKS)
def test_what_was_expected_is_said_before_anything_has_changed(change, error, message):
    network, optimizer = make(), nn.Adam()
    before = [p.copy() for p in network.parameters()]
    with pytest.raises(error, match=message):
        fit(network, **{"optimizer": optimizer} | change)
    assert all(map(np.array_equal, network.parameters(), before))
    assert optimizer.steps == 0


def test_a_layer_without_parentheses_says_what_to_write():
    with pytest.raises(TypeError, match=r"got type at position 1; write .*ReLU\(\.\.\.\)"):
        nn.Sequential(nn.Dense(2, 1, rng=0), nn.ReLU)


def test_a_dense_layer_behind_flatten_is_told_its_width():
    network = nn.Sequential(nn.Flatten(), nn.Dense(100, 10, rng=0))
    with pytest.raises(ValueError, match=r"Dense\(100, 10\).*make it with n_in=1568"):
        network.forward(np.zeros((32, 14, 14, 8)))


# --- memory -----------------------------------------------------------------------------------


def peak(call):
    tracemalloc.start()
    with contextlib.suppress(ValueError):
        call()
    size = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size / 2**20


def test_a_million_gaps_are_refused_without_much_memory():
    bad = np.full((1500, 1000), np.nan)
    assert peak(lambda: fit(X=bad, y=np.zeros((1500, 1)))) < 8


def test_whole_numbers_are_cast_batch_by_batch_to_the_networks_type():
    bytes_ = np.zeros((3000, 1000), np.uint8)
    network = nn.Sequential(nn.Flatten(), nn.Dense(1000, 1, rng=0)).astype(np.float32)
    options = {"batch_size": 50, "rng": 0, "epochs": 1, "progress": False}
    _keep_freed_memory()  # asks once for 32 MB, and uses none of it
    used = peak(lambda: network.fit(bytes_, np.zeros((3000, 1)), loss=nn.MeanSquaredError(),
                                    optimizer=nn.SGD(0.1), **options))  # fmt: skip
    assert used < 4
    assert peak(lambda: network.predict(bytes_, batch_size=50)) < 4
    seen = []

    class Watch(nn.Flatten):
        def _forward(self, X):
            seen.append(X.dtype)
            return super()._forward(X)

    network = nn.Sequential(Watch(), nn.Dense(1000, 1, rng=0)).astype(np.float32)
    network.fit(
        bytes_[:9], np.zeros((9, 1)), loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1), **options
    )
    assert seen[-1] == np.float32


# --- without helpers --------------------------------------------------------------------------


def test_training_needs_neither_tqdm_nor_threadpoolctl(monkeypatch):
    expected = fit(batch_size=3, rng=0).loss
    monkeypatch.delenv("NNBOOK_PROGRESS", raising=False)  # else no bar is even looked for
    for name in ("tqdm", "threadpoolctl", "joblib"):
        monkeypatch.setitem(sys.modules, name, None)
    assert fit(batch_size=3, rng=0, progress="auto").loss == expected
    with pytest.raises(ImportError, match="pip install tqdm"):
        fit(progress=True)


def test_the_bar_counts_epochs_also_those_of_a_checkpoint(tmp_path, monkeypatch):
    tqdm = pytest.importorskip("tqdm", reason="the bar is tqdm's").tqdm
    fit(epochs=2, checkpoint=tmp_path / "run.npz")
    steps = []

    class Bar(tqdm):
        def update(self, n):
            steps.append(n)
            assert self.total == 4
            return super().update(n)

    monkeypatch.setattr("tqdm.tqdm", Bar)
    with redirect_stderr(io.StringIO()):
        fit(epochs=4, checkpoint=tmp_path / "run.npz", progress=True)
    assert steps == [2, 1, 1]


# --- what the mutants showed ---------------------------------------------------------------------


def test_a_history_of_nothing_shows_itself():
    assert repr(nn.History()) == "History, 0 epochs"


def test_a_batch_of_all_samples_is_not_shuffled_and_needs_no_generator():
    assert list(batches(7, 7, np.random.default_rng(0))) == [slice(None)]
    assert fit(batch_size=7).loss == fit().loss


@pytest.mark.parametrize(("size", "found"), [(1e200, np.inf), (1e308, np.nan)])
def test_an_overflow_is_divergence_and_warns_of_nothing(size, found):
    network = nn.Sequential(nn.Dense(2, 2, rng=0), nn.Dense(2, 1, rng=0))
    network.parameters()[0][:] = size
    network.parameters()[2][:] = [[1.0], [-1.0] if found is np.nan else [1.0]]  # ∞ - ∞, or + ∞
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(nn.TrainingDiverged, match=f"the loss became {found}"):
            fit(network, X=np.full((7, 2), 10.0))
        loss = network.evaluate(np.full((7, 2), 10.0), Y, loss=nn.MeanSquaredError())["loss"]
        assert np.array_equal(loss, found, equal_nan=True)


def test_fit_is_called_fit():
    assert nn.Sequential.fit.__qualname__ == "Sequential.fit"
    with pytest.raises(TypeError, match=r"Sequential\.fit\(\) takes 3 positional arguments"):
        make().fit(X, Y, 10)
    with pytest.raises(TypeError, match=r"Sequential\.fit\(\) missing 1 .*'epochs'"):
        make().fit(X, Y, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1))


@pytest.mark.parametrize(
    ("word", "ours"),
    [("validation_data", "validation="), ("callbacks", "early_stopping="), ("shuffle", "nothing"),
     ("verbose", "progress="), ("lr", "optimizer="), ("weights", "sample_weight")],
)  # fmt: skip
@pytest.mark.parametrize("method", ["fit", "epochs"])
def test_words_of_other_libraries_are_answered_with_ours(method, word, ours):
    with pytest.raises(TypeError, match=rf"Sequential\.{method}\(\) has no .*{word}; .*{ours}"):
        getattr(make(), method)(X, Y, **OPTIONS, optimizer=nn.SGD(0.1), **{word: 1})


def test_growth_is_measured_from_the_first_epoch_of_all():
    network, optimizer = make(), nn.SGD(0.1)
    monitor = DivergenceMonitor(network.layers, optimizer, nn.History(loss=[5.0]), lambda: 0.0)
    monitor.check_loss(4e9, 1)
    with pytest.raises(nn.TrainingDiverged, match=r"grew from 5 to 6e\+09"):
        monitor.check_loss(6e9, 2)


def test_parameters_without_a_loss_are_not_the_best():
    network, losses = make(), iter([2.0, np.nan])  # before the best epoch, and after it
    history = nn.History(loss=[1.0])
    monitor = DivergenceMonitor(network.layers, nn.SGD(0.1), history, lambda: next(losses))
    monitor.begin_epoch()
    monitor.end_epoch()
    assert "those before training" in str(monitor._diverged("it stopped", 1))


@pytest.mark.parametrize(("progress", "delay"), [(True, 0), ("auto", 3.0)])
def test_the_bar_comes_when_asked_for_shows_the_loss_and_leaves_nothing(
    monkeypatch, progress, delay
):
    tqdm = pytest.importorskip("tqdm", reason="the bar is tqdm's").tqdm
    monkeypatch.delenv("NNBOOK_PROGRESS", raising=False)
    asked, shown = [], []

    class Bar(tqdm):
        def __init__(self, **options):
            asked.append(options)
            super().__init__(**options)

        def set_postfix_str(self, text, refresh):
            shown.append((text, refresh))

    monkeypatch.setattr("tqdm.tqdm", Bar)
    with redirect_stderr(io.StringIO()):
        history = fit(epochs=2, progress=progress)
    assert asked == [{"total": 2, "unit": "epoch", "delay": delay, "leave": False}]
    assert shown == [(f"loss {value:.4g}", False) for value in history.loss]


def test_a_network_with_nothing_to_learn_is_trained_like_others():
    network = nn.Sequential(nn.Flatten())
    history = fit(network, y=X + 1, epochs=2)
    assert history.loss == [1.0, 1.0]


@pytest.mark.parametrize(
    ("last", "loss"),
    [
        (nn.Softmax(), nn.SoftmaxCrossEntropy()),
        (nn.Sigmoid(), nn.SigmoidBinaryCrossEntropy()),
        (nn.Sequential(nn.Softmax()), nn.SoftmaxCrossEntropy()),
    ],
)
def test_an_activation_that_the_loss_computes_itself_is_noticed(last, loss):
    network = nn.Sequential(nn.Dense(2, 2, rng=0), last)
    y = np.eye(2)[[0, 1, 1, 0, 1, 0, 1]]
    options = {"loss": loss, "optimizer": nn.SGD(0.1), "epochs": 1}
    with pytest.raises(ValueError, match=r"fit expects logits .*applied twice.*leave .* out"):
        network.fit(X, y, **options)
    with pytest.raises(ValueError, match="evaluate expects logits"):
        network.evaluate(X, y, loss=loss)
    nn.Sequential(last, nn.Dense(2, 2, rng=0)).fit(X, y, **options)  # elsewhere it may stand


def test_metrics_are_recorded_on_both_parts():
    history = fit(validation=(X[:3], Y[:3]), metrics={"error": mean_error})
    network = make()
    for epoch, _ in enumerate(network.epochs(X, Y, optimizer=nn.SGD(0.05), **OPTIONS)):
        assert history.metrics["error"][epoch] == mean_error(network.predict(X[:3]), Y[:3])
        assert history.training_metrics["error"][epoch] == mean_error(network.predict(X), Y)
    alone = fit(metrics=[mean_error])
    assert alone.metrics == alone.training_metrics


def test_the_summary_knows_its_shape_or_says_how_to_give_it():
    assert str(make().summary()) == str(make().summary((2,)))
    with pytest.raises(TypeError, match=r"as a tuple, got 2; write summary\(\(2,\)\)"):
        make().summary(2)
    with pytest.raises(TypeError, match="only a network that begins with Dense"):
        nn.Sequential(nn.Flatten(), nn.Dense(2, 1, rng=0)).summary()


def test_two_inputs_are_answered_with_one_array():
    with pytest.raises(TypeError, match=r"one array, got a tuple of 2; .*np.hstack"):
        make().fit((X, X), Y, optimizer=nn.SGD(0.1), **OPTIONS)
