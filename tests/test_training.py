"""Training: what is learnt, what is recorded, what is refused, and what remains after an error."""

import inspect
import re
import sys
import tracemalloc
import warnings
from functools import partial

import numpy as np
import pytest
from specimens import Shift
from strategies import read_only

import nnbook as nn
from nnbook.rollback import DivergenceMonitor
from nnbook.training import _keep_freed_memory

X = np.random.default_rng(0).normal(size=(7, 2))
Y = X @ [[1.0], [-2.0]] + 0.5
OPTIONS = {"loss": nn.MeanSquaredError(), "epochs": 5, "progress": False}


def make(rng=0):
    rng = np.random.default_rng(rng)
    return nn.Sequential(nn.Dense(2, 3, rng=rng), nn.Tanh(), nn.Dense(3, 1, rng=rng))


def fit(network=None, X=X, y=Y, **options):
    return (network or make()).fit(X, y, **OPTIONS | {"optimizer": nn.SGD(0.05)} | options)


def epochs(network=None, X=X, y=Y, **options):
    return (network or make()).epochs(X, y, **OPTIONS | {"optimizer": nn.SGD(0.05)} | options)


def by_hand(rates, *weights):
    """Train with full batches, and return the network with its losses."""
    network, loss, optimizer, losses = make(), nn.MeanSquaredError(), nn.SGD(1), []
    for optimizer.learning_rate in rates:
        losses.append(loss.forward(network.forward(X), Y, *weights))
        network.backward(loss.backward())
        optimizer.step(network.parameters(), network.gradients())
    return network, losses


def equal(network, other):
    return all(map(np.array_equal, network.parameters(), other.parameters()))


def mean_error(predictions, targets):
    return np.abs(predictions - targets).mean()


class Recorder(nn.Layer):
    """Returns its input, and keeps a copy."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def _forward(self, X):
        self.seen.append(X.copy())
        return X

    def _input_gradient(self, grad):
        return grad


class Lost(nn.MeanSquaredError):
    """A loss that is not a number, from some batch on."""

    def __init__(self, value=np.nan, good=0):
        self.value, self.good = value, good

    def forward(self, predictions, targets, *weights):
        self.good -= 1
        value = super().forward(predictions, targets, *weights)
        return self.value if self.good < 0 else value


# --- what is learnt ---------------------------------------------------------------------------


def test_full_batches_are_plain_gradient_descent():
    network, (expected, losses) = make(), by_hand([0.05] * 5)
    assert fit(network).loss == losses
    assert equal(network, expected)
    assert fit(batch_size=7).loss == losses  # all samples at once: not shuffled, no generator


def test_x_and_y_are_shuffled_together_and_anew_each_epoch():
    recorder = Recorder()
    network = nn.Sequential(recorder, nn.Dense(2, 2, rng=0, weight_init=lambda *_: np.eye(2)))
    recorder.seen.clear()
    history = fit(network, y=X, optimizer=nn.SGD(1e-9), batch_size=3, epochs=2, rng=1)
    assert max(history.loss) < 1e-9  # the targets are the samples
    assert [len(part) for part in recorder.seen] == [3, 3, 1] * 2
    first, second = np.concatenate(recorder.seen[:3]), np.concatenate(recorder.seen[3:])
    assert not np.array_equal(first, second)
    assert np.array_equal(np.sort(first, axis=0), np.sort(X, axis=0))


@pytest.mark.parametrize("w", [None, np.random.default_rng(0).uniform(0.1, 2, 7)])
def test_the_epochs_loss_counts_every_sample_by_its_weight(w):
    # with a rate too small to matter, batches of 3, 3 and 1 must average to the full loss
    full = nn.MeanSquaredError().forward(make().forward(X), Y, w)
    options = {"batch_size": 3, "epochs": 1, "optimizer": nn.SGD(1e-12), "rng": 0}
    assert np.isclose(fit(sample_weight=w, **options).loss[0], full, rtol=1e-9)


def test_weights_in_fit_are_weights_of_the_loss():
    w = np.random.default_rng(0).uniform(0.1, 2, 7)
    network, (expected, losses) = make(), by_hand([0.05] * 3, w)
    assert fit(network, sample_weight=w, epochs=3).loss == pytest.approx(losses, rel=1e-14)
    assert all(map(np.allclose, network.parameters(), expected.parameters()))
    assert fit(sample_weight=np.full(7, 3.0)).loss == pytest.approx(fit().loss)


def test_the_same_seed_gives_the_same_training_bit_for_bit():
    runs = [make() for _ in range(3)]
    for network, seed in zip(runs, (4, 4, 5), strict=True):
        fit(network, batch_size=2, rng=seed)
    assert equal(runs[0], runs[1])
    assert not equal(runs[0], runs[2])


def test_nothing_of_the_callers_is_altered():
    validation = read_only(X), read_only(Y)
    fit(X=read_only(X), y=read_only(Y), batch_size=3, rng=0, validation=validation)


def test_whole_numbers_lists_and_float32_are_welcome():
    fit(X=[[0, 1], [1, 0]], y=[[1], [0]])
    fit(X=np.array([[200, 100]], np.uint8), y=[[1]], optimizer=nn.SGD(1e-6))
    network = make().astype(np.float32)
    fit(network, X=X.astype(np.float32), batch_size=3, rng=0)
    assert {p.dtype for p in network.parameters()} == {np.dtype("f4")}


def test_a_network_with_nothing_to_learn_is_trained_like_others():
    assert fit(nn.Sequential(nn.Flatten()), y=X + 1, epochs=2).loss == [1.0, 1.0]


def jitter(batch, rng):
    return batch + rng.normal(size=batch.shape) / 10


def test_augmentation_is_drawn_anew_for_each_batch_and_repeatable():
    recorder = Recorder()
    network = nn.Sequential(recorder, nn.Dense(2, 1, rng=0))
    recorder.seen.clear()
    fit(network, augment=jitter, batch_size=4, rng=0, epochs=2)
    seen = np.concatenate(recorder.seen)
    assert len(np.unique(seen, axis=0)) == 14
    distance = np.abs(seen[:, None] - X).max(axis=2).min(axis=1)
    assert (distance > 0).all()
    assert (distance < 0.5).all()
    runs = [fit(augment=jitter, rng=seed, epochs=3).loss for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]

    def spoil(batch, rng):  # in place, which harms nobody
        batch[:] = 0
        return batch

    fit(X=read_only(X), augment=spoil, rng=0)


# --- what is recorded -------------------------------------------------------------------------


def test_parts_of_500_samples_are_evaluated_without_dropout_beside_targets_as_they_are():
    seen = []

    class Watch(nn.Dropout):
        def predict(self, X):
            seen.append(len(X))
            return super().predict(X)

    def kind(predictions, targets):
        seen.append(targets.dtype.kind)
        return 0

    network = nn.Sequential(Watch(0.5, rng=1), nn.Dense(2, 3, rng=0))
    X, y, loss = np.ones((1203, 2)), np.arange(1203) % 3, nn.SoftmaxCrossEntropy()
    options = {"loss": loss, "metrics": [kind]}
    history = network.fit(X, y, optimizer=nn.SGD(0.1), epochs=1, validation=(X, y), **options)
    assert seen[-8:] == [500, 500, 203, "i"] * 2  # the new data, then those trained on
    assert network.evaluate(X, y, **options)["loss"] == history.validation_loss[0]
    assert np.isclose(history.validation_loss[0], loss.forward(network[1].forward(X), y))


def test_validation_data_are_evaluated_and_not_trained_on():
    network, alone = make(), make()
    history = fit(network, validation=(X[:2] + 1, Y[:2]))
    fit(alone)
    assert equal(network, alone)
    assert len(history.validation_loss) == 5
    last = nn.MeanSquaredError().forward(network.predict(X[:2] + 1), Y[:2])
    assert history.validation_loss[-1] == last


def test_metrics_are_recorded_after_the_epoch_on_both_parts():
    history = fit(validation=(X[:3], Y[:3]), metrics={"error": mean_error})
    network = make()
    for epoch, _ in enumerate(epochs(network)):
        assert history.metrics["error"][epoch] == mean_error(network.predict(X[:3]), Y[:3])
        assert history.training_metrics["error"][epoch] == mean_error(network.predict(X), Y)
    alone = fit(metrics=[mean_error])
    assert (
        alone.metrics == alone.training_metrics == {"mean_error": history.training_metrics["error"]}
    )


def test_metrics_have_names_of_their_own():
    at_0, at_1 = (partial(nn.metrics.binary_accuracy, threshold=t) for t in (0, 1))
    bits, network = (Y > 0).astype(float), make()
    assert list(fit(y=bits, metrics={"at 0": at_0, "at 1": at_1}).metrics) == ["at 0", "at 1"]
    assert list(fit(y=bits, metrics=[at_0], epochs=1).metrics) == ["binary_accuracy"]
    for metrics, message in [
        ([at_0, at_1], r"different names.*got binary_accuracy twice.*dict"),
        ({"loss": at_0}, "none of them loss, got loss too"),
        ({"validation_loss": at_0}, "got validation_loss too"),
    ]:
        with pytest.raises(ValueError, match=message):
            fit(network, y=bits, metrics=metrics)
        with pytest.raises(ValueError, match=message):
            network.evaluate(X, bits, loss=nn.MeanSquaredError(), metrics=metrics)


def test_a_metric_without_a_number_is_named_and_nan_warns_as_numpy_does():
    def many(predictions, targets):
        return predictions - targets

    with pytest.raises(TypeError, match=r"the metric many should return one number.*\(7, 1\)"):
        fit(metrics=[many])
    with pytest.raises(TypeError, match="the metric word should return one number"):
        fit(metrics={"word": lambda predictions, targets: "good"})
    with pytest.warns(RuntimeWarning, match="invalid value"):
        fit(metrics=[lambda predictions, targets: np.float64(0) / np.float64(0)], epochs=1)


def test_the_history_shows_itself():
    lines = repr(fit(validation=(X, Y), metrics=[mean_error])).splitlines()
    assert lines[0] == "History, 5 epochs"
    names = ["loss", "validation_loss", "mean_error", "training_mean_error"]
    assert [line.split()[0] for line in lines[1:]] == names
    assert repr(nn.History()) == "History, 0 epochs"


# --- the open loop ----------------------------------------------------------------------------


def test_the_open_loop_is_the_same_training():
    closed, opened = make(), make()
    options = {"batch_size": 3, "rng": 0, "validation": (X, Y), "metrics": [mean_error]}
    expected, lengths = fit(closed, **options), []
    for history in epochs(opened, **options):
        lengths.append(len(history.loss))
    assert lengths == [1, 2, 3, 4, 5]
    assert history == expected
    assert equal(closed, opened)
    assert inspect.signature(opened.epochs).parameters == inspect.signature(opened.fit).parameters


def test_schedule_and_early_stopping_are_plain_python_and_numpy_stays_as_it_was():
    network, optimizer, rates, settings = make(), nn.SGD(0.05), [], np.geterr()
    for history in epochs(network, optimizer=optimizer, epochs=100):
        assert np.geterr() == settings
        rates.append(optimizer.learning_rate)
        optimizer.learning_rate *= 0.5
        if len(history.loss) == 4:
            break
    assert rates == [0.05, 0.025, 0.0125, 0.00625]
    assert len(history.loss) == 4
    assert equal(network, by_hand(rates)[0])


# --- after an error ---------------------------------------------------------------------------


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

    state, options = Shift(2), {"batch_size": 3, "rng": 0}
    network, good = nn.Sequential(state, make()), nn.Sequential(Shift(2), make())
    fit(good, epochs=2, **options)
    # of three batches: the second of the third epoch
    options |= {"loss": Hurts()} if where == "in a batch" else {"metrics": [hurts]}
    with pytest.raises(error, match="now") as caught:
        for history in epochs(network, **options):
            mean = state.state["mean"].copy()
    assert caught.value.history is history
    assert len(history.loss) == 2
    assert np.array_equal(state.state["mean"], mean)
    assert equal(network, good)
    if where == "in a metric" and error is ValueError:
        assert "This came from the metric hurts" in caught.value.__notes__[0]


# --- divergence -------------------------------------------------------------------------------

FAR = np.arange(20.0)[:, None] * 50


def diverging(**options):
    assert issubclass(nn.TrainingDiverged, ArithmeticError)
    network = nn.Sequential(nn.Dense(1, 1, rng=0))
    with pytest.raises(nn.TrainingDiverged) as caught:
        fit(network, FAR, 2 * FAR, **{"optimizer": nn.SGD(1e-2), "epochs": 30} | options)
    return network, caught.value


def test_diverged_training_says_where_and_keeps_the_last_good_parameters():
    network, good = make(), make()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(nn.TrainingDiverged, match=r"epoch \d+, batch 1.*below 1e\+06"):
            fit(network, optimizer=nn.SGD(1e6), epochs=200)
    assert all(np.isfinite(p).all() for p in network.parameters())
    # one epoch is fine, and that is where it goes back to if the second is not
    network = make()
    with pytest.raises(nn.TrainingDiverged, match=r"nan in epoch 2, batch 2;.*Try a learning"):
        fit(network, loss=Lost(good=5), batch_size=2, rng=0)
    fit(good, batch_size=2, rng=0, epochs=1)
    assert equal(network, good)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_loss_that_is_no_number_stops_at_once_and_is_not_laid_on_the_rate(value):
    with pytest.raises(nn.TrainingDiverged, match="No update was made: look at the loss") as caught:
        fit(loss=Lost(value))
    assert f"became {value} in epoch 1, batch 1" in str(caught.value)
    assert "learning rate" not in str(caught.value)


def test_a_parameter_that_is_not_finite_is_noticed_before_or_in_its_own_epoch():
    class Breaks(nn.SGD):
        def _update(self, i, dp):
            return dp * np.inf

    with pytest.raises(nn.TrainingDiverged, match="parameter became infinite in epoch 1"):
        fit(optimizer=Breaks(0.1))
    network = make()
    network[2].parameters["W"][1, 0] = np.nan
    with pytest.raises(ValueError, match=r"parameter 2\.W, .*index \[1, 0\].*before training"):
        fit(network)


def test_a_loss_that_explodes_is_no_result_and_a_lower_rate_works_at_once():
    _, error = diverging(epochs=4)
    assert re.search(r"the loss grew from .* to .*e\+\d+ in epoch \d, batch 1", str(error))
    assert 1 <= len(error.history.loss) <= 4
    assert np.isfinite(error.history.loss).all()
    # the first loss may be tiny: growth is measured from 1 then
    assert len(fit(y=make().forward(X) + 1e-9, batch_size=1, rng=0, epochs=3).loss) == 3
    network, error = diverging()
    assert equal(network, nn.Sequential(nn.Dense(1, 1, rng=0)))
    assert "those before training, the best" in str(error)
    history = fit(network, FAR, 2 * FAR, optimizer=nn.SGD(1e-6), epochs=50)
    assert history.loss[-1] < history.loss[0] / 10


def test_growth_is_measured_from_the_first_epoch_of_all():
    monitor = DivergenceMonitor(make().layers, nn.SGD(0.1), nn.History(loss=[5.0]), lambda: 0.0)
    monitor.check_loss(4e9, 1)
    with pytest.raises(nn.TrainingDiverged, match=r"grew from 5 to 6e\+09"):
        monitor.check_loss(6e9, 2)


def test_the_best_epoch_is_kept_and_the_optimizer_reset():
    network, optimizer = make(), nn.SGD(0.05, momentum=0.9)
    with pytest.raises(nn.TrainingDiverged, match="those after epoch 3, the best") as caught:
        for history in epochs(network, optimizer=optimizer, epochs=99):
            if len(history.loss) == 3:
                kept = [p.copy() for p in network.parameters()]
                optimizer.learning_rate = 1e9
    assert all(map(np.array_equal, network.parameters(), kept))
    assert caught.value.history is history
    assert optimizer.steps == 0
    optimizer.learning_rate = 0.01
    again = fit(network, optimizer=optimizer)
    assert again.loss[-1] < again.loss[0]


def test_parameters_without_a_loss_are_not_the_best():
    network, losses = make(), iter([2.0, np.nan])  # before the best epoch, and after it
    history = nn.History(loss=[1.0])
    monitor = DivergenceMonitor(network.layers, nn.SGD(0.1), history, lambda: next(losses))
    monitor.begin_epoch()
    monitor.end_epoch()
    assert "those before training" in str(monitor._diverged("it stopped", 1))


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


# --- what is refused, before anything has changed ---------------------------------------------

REFUSED = [
    ({"X": np.where(X[2, 1] == X, np.nan, X)}, ValueError, r"X expects finite.*\[2, 1\]"),
    ({"y": np.where(Y[3] == Y, np.inf, Y)}, ValueError, r"y expects finite.*\[3, 0\]"),
    ({"X": np.zeros((0, 2)), "y": np.zeros((0, 1))}, ValueError, "at least one sample"),
    ({"X": np.zeros((3, 0)), "y": np.zeros((3, 1))}, ValueError, "one feature"),
    ({"X": X[:, 0]}, ValueError, r"x\[:, None\]"),
    ({"X": (X, X)}, TypeError, r"one array, got a tuple of 2; .*np.hstack"),
    ({"X": X.astype(object)}, TypeError, "real numbers"),
    ({"X": np.ma.masked_less(X, 0)}, TypeError, "a masked array; fill its gaps"),
    ({"X": np.ones((7, 5))}, ValueError, r"rows of 5 numbers make it with n_in=5"),
    ({"y": Y[:5]}, ValueError, "7 samples in X and y of shape"),
    ({"y": Y[:, 0]}, ValueError, r"equal shape.*write y\[:, None\]"),
    ({"y": 3.0}, ValueError, "as many targets"),
    ({"y": np.array(list("abcdefg"))}, TypeError, r"np\.unique\(y, return_inverse=True\)"),
    ({"batch_size": 0}, ValueError, "batch_size to be at least 1"),
    ({"batch_size": 2}, TypeError, "write rng=0"),
    ({"epochs": 0}, ValueError, "epochs to be at least 1"),
    ({"threads": 0}, ValueError, "threads to be at least 1"),
    ({"progress": "yes"}, ValueError, "progress to be True, False or 'auto'"),
    ({"sample_weight": np.ones(3)}, ValueError, r"fit expects sample_weight of shape \(7,\)"),
    ({"sample_weight": np.arange(7)}, ValueError, "sample_weight above 0; leave samples"),
    ({"augment": lambda batch, rng: 3.0, "rng": 0}, ValueError, "return as many samples"),
    ({"augment": lambda batch, rng: batch[:3], "rng": 0}, ValueError, r"7, got shape \(3, 2\)"),
    ({"augment": jitter}, TypeError, r"with augment, draws random numbers.*write rng=0"),
    ({"augment": "flip", "rng": 0}, TypeError, "augment to be a function"),
    ({"validation": (X, Y[:2])}, ValueError, "fit validation"),
    ({"validation": X}, TypeError, r"a pair, validation=\(X_new, y_new\), got ndarray"),
    ({"loss": "mse"}, TypeError, r"loss to be one such as nn\.MeanSquaredError\(\), got 'mse'"),
    ({"loss": nn.MeanSquaredError}, TypeError, r"got the class .*; write MeanSquaredError\(\)"),
    ({"optimizer": "adam"}, TypeError, r"to be one such as nn\.Adam\(0\.001\), got 'adam'"),
    ({"optimizer": nn.Adam}, TypeError, r"got the class Adam; write Adam\(\)"),
    ({"metrics": ["mae"]}, TypeError, r"functions \(predictions, targets\) -> number, got 'mae'"),
    ({"metrics": mean_error}, TypeError, r"a list or a dict .*write metrics=\[function\]"),
    ({"validation_data": 1}, TypeError, r"Sequential\.fit\(\) has no .*write validation="),
    ({"callbacks": 1}, TypeError, "write early_stopping="),
    ({"shuffle": 1}, TypeError, "write nothing: every epoch has its batches in a new order"),
    ({"verbose": 1}, TypeError, "write progress="),
    ({"lr": 1}, TypeError, "write optimizer="),
    ({"weights": 1}, TypeError, "write sample_weight"),
]


@pytest.mark.parametrize(("change", "error", "message"), REFUSED)
def test_what_was_expected_is_said_before_anything_has_changed(change, error, message):
    network, optimizer = make(), nn.Adam()
    with pytest.raises(error, match=message):
        fit(network, **{"optimizer": optimizer} | change)
    assert equal(network, make())
    assert optimizer.steps == 0


def test_fit_is_a_function_of_its_own():
    with pytest.raises(TypeError, match=r"Sequential\.fit\(\) takes 3 positional arguments"):
        make().fit(X, Y, 10)
    with pytest.raises(TypeError, match=r"Sequential\.fit\(\) missing 1 .*'epochs'"):
        make().fit(X, Y, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1))
    with pytest.raises(TypeError, match=r"Sequential\.epochs\(\) has no argument lr"):
        epochs(lr=1)  # at once, not when the loop begins


@pytest.mark.parametrize(
    ("last", "loss"),
    [
        (nn.Softmax(), nn.SoftmaxCrossEntropy()),
        (nn.Sigmoid(), nn.SigmoidBinaryCrossEntropy()),
        (nn.Sequential(nn.Softmax()), nn.SoftmaxCrossEntropy()),
    ],
)
def test_an_activation_that_the_loss_computes_itself_is_noticed(last, loss):
    network, y = nn.Sequential(nn.Dense(2, 2, rng=0), last), np.eye(2)[[0, 1, 1, 0, 1, 0, 1]]
    with pytest.raises(ValueError, match=r"fit expects logits .*applied twice.*leave .* out"):
        fit(network, y=y, loss=loss)
    with pytest.raises(ValueError, match="evaluate expects logits"):
        network.evaluate(X, y, loss=loss)
    fit(nn.Sequential(last, nn.Dense(2, 2, rng=0)), y=y, loss=loss)  # elsewhere it may stand


# --- memory -----------------------------------------------------------------------------------


def peak(call):
    tracemalloc.start()
    call()
    size = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size / 2**20


def test_whole_numbers_are_cast_batch_by_batch_to_the_networks_type():
    bytes_, recorder = np.zeros((3000, 1000), np.uint8), Recorder()
    network = nn.Sequential(nn.Flatten(), nn.Dense(1000, 1, rng=0)).astype(np.float32)
    options = {"batch_size": 50, "rng": 0, "epochs": 1}
    _keep_freed_memory()  # asks once for 32 MB, and uses none of it
    assert peak(lambda: fit(network, bytes_, np.zeros((3000, 1)), **options)) < 4
    assert peak(lambda: network.predict(bytes_, batch_size=50)) < 4
    network = nn.Sequential(recorder, nn.Dense(1000, 1, rng=0)).astype(np.float32)
    fit(network, bytes_[:9], np.zeros((9, 1)), **options)
    assert recorder.seen[-1].dtype == np.float32


# --- the progress bar -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "progress", "delay", "shown"),
    [("", "auto", 0, True), ("never", "auto", 0, False), ("never", True, 3, True),
     ("", "auto", 3, False)],
)  # fmt: skip
def test_a_bar_of_all_epochs_comes_when_asked_for_or_late_and_goes_to_stderr(
    monkeypatch, capsys, tmp_path, wish, progress, delay, shown
):
    tqdm = pytest.importorskip("tqdm", reason="the bar is tqdm's").tqdm
    monkeypatch.setattr("tqdm.tqdm", partial(tqdm, mininterval=0, position=0))
    fit(epochs=2, checkpoint=tmp_path / "run.npz")  # from here the bar begins
    monkeypatch.setenv("NNBOOK_PROGRESS", wish)
    monkeypatch.setattr("nnbook.progress.PROGRESS_DELAY", delay)
    history = fit(epochs=4, checkpoint=tmp_path / "run.npz", progress=progress)
    out, err = capsys.readouterr()
    assert (out, "epoch" in err) == ("", shown)
    if shown:
        assert "2/4 [" in err
        assert f"loss {history.loss[2]:.4g}" in err
        assert err.endswith("\r")  # and leaves nothing


def test_training_needs_neither_tqdm_nor_threadpoolctl(monkeypatch):
    expected = fit(batch_size=3, rng=0).loss
    monkeypatch.delenv("NNBOOK_PROGRESS", raising=False)  # else no bar is even looked for
    for name in ("tqdm", "threadpoolctl", "joblib"):
        monkeypatch.setitem(sys.modules, name, None)
    assert fit(batch_size=3, rng=0, progress="auto").loss == expected
    with pytest.raises(ImportError, match="pip install tqdm"):
        fit(progress=True)
