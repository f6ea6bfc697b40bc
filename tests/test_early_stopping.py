"""Early stopping ends a training in time, and restores the best weights."""

import numpy as np
import pytest

import nnbook as nn

RNG = np.random.default_rng(0)
X, NEW = RNG.normal(size=(20, 8)), RNG.normal(size=(50, 8))
Y, Y_NEW = (A[:, :1] + RNG.normal(size=(len(A), 1)) for A in (X, NEW))  # easy to overfit


def train(epochs=400, patience=5, **options):
    rng = np.random.default_rng(1)
    network = nn.Sequential(
        nn.Dense(8, 16, rng=rng), nn.BatchNorm(16), nn.Tanh(), nn.Dense(16, 1, rng=rng)
    )
    stopping = nn.EarlyStopping(patience, **options.pop("stopping", {}))
    history = network.fit(
        X, Y, loss=nn.MeanSquaredError(), optimizer=nn.Adam(0.02), epochs=epochs,
        validation=(NEW, Y_NEW), early_stopping=stopping, **options,
    )  # fmt: skip
    return network, history, stopping


def test_training_ends_after_patience_with_the_best_weights():
    network, history, stopping = train()
    best = int(np.argmin(history.validation_loss))
    assert stopping.best_epoch == best + 1
    assert len(history.loss) == best + 6 < 400
    reached = network.evaluate(NEW, Y_NEW, loss=nn.MeanSquaredError())["loss"]
    assert reached == stopping.best_loss == history.validation_loss[best]  # running means as well
    short, history, again = train(epochs=best + 3)  # and they come back if no epoch is left too
    assert (len(history.loss), again.best_epoch) == (best + 3, best + 1)
    assert np.array_equal(short.predict(NEW), network.predict(NEW))


def test_an_improvement_may_have_to_be_large_and_an_object_serves_twice():
    assert len(train(stopping={"min_delta": 100.0})[1].loss) == 6  # the first, and five more
    stopping = nn.EarlyStopping(2)
    runs = []
    for _ in range(2):
        network = nn.Sequential(nn.Dense(8, 1, rng=0))
        options = {"loss": nn.MeanSquaredError(), "optimizer": nn.SGD(0.2), "epochs": 50}
        runs.append(network.fit(X, Y, validation=(NEW, Y_NEW), early_stopping=stopping, **options))
    assert runs[0] == runs[1]


def test_an_equal_loss_is_no_improvement_and_ten_epochs_are_waited_for():
    stopping, history, layer = nn.EarlyStopping(), nn.History(), nn.Dense(1, 1, rng=0)
    for _ in range(11):
        assert not stopping.is_over(history)
        history.loss.append(1.0)
        history.validation_loss.append(1.0)
        stopping.update(history, [layer])
    assert stopping.is_over(history)
    assert stopping.best_epoch == 1
    assert stopping.best["0.W"] is not layer.parameters["W"]


@pytest.mark.parametrize("interrupted", [1, 8, 12])
def test_a_training_that_was_interrupted_stops_where_the_whole_one_does(tmp_path, interrupted):
    whole, history, stopping = train()
    train(epochs=interrupted, checkpoint=tmp_path / "run.npz")
    network, again, resumed = train(checkpoint=tmp_path / "run.npz")
    assert again == history
    assert (resumed.best_epoch, resumed.best_loss) == (stopping.best_epoch, stopping.best_loss)
    assert np.array_equal(network.predict(NEW), whole.predict(NEW))


def test_a_training_that_diverges_at_once_can_be_resumed_with_a_lower_rate(tmp_path):
    options = {"loss": nn.MeanSquaredError(), "validation": (NEW, Y_NEW), "epochs": 9}
    options |= {"checkpoint": tmp_path / "run.npz", "early_stopping": nn.EarlyStopping()}
    network = nn.Sequential(nn.Dense(8, 1, rng=0))
    with pytest.raises(nn.TrainingDiverged, match="in epoch 1"):
        network.fit(1e6 * X, Y, optimizer=nn.SGD(1e308), **options)
    history = network.fit(1e6 * X, Y, optimizer=nn.SGD(1e-16), **options)
    assert len(history.loss) == 9


def test_a_checkpoint_without_early_stopping_is_refused(tmp_path):
    options = {"loss": nn.MeanSquaredError(), "validation": (NEW, Y_NEW), "epochs": 1}
    options |= {"checkpoint": tmp_path / "run.npz"}
    network = nn.Sequential(nn.Dense(8, 1, rng=0))
    network.fit(X, Y, optimizer=nn.SGD(0.1), **options)
    with pytest.raises(nn.ModelFileError, match="written without early stopping"):
        network.fit(X, Y, optimizer=nn.SGD(0.1), early_stopping=nn.EarlyStopping(), **options)


def test_weights_of_validation_samples_count():
    network = nn.Sequential(nn.Dense(8, 1, rng=0))
    w = np.zeros(50)
    w[3] = 2.0
    history = network.fit(
        X, Y, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1), epochs=1,
        validation=(NEW, Y_NEW, w),
    )  # fmt: skip
    alone = network.evaluate(NEW[3:4], Y_NEW[3:4], loss=nn.MeanSquaredError())["loss"]
    assert history.validation_loss[0] == pytest.approx(alone)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (nn.EarlyStopping(), ValueError, "expects validation data with early_stopping"),
        (nn.EarlyStopping, TypeError, r"write EarlyStopping\(\), with parentheses"),
        (10, TypeError, r"one such as nn.EarlyStopping\(10\), got 10"),
    ],
)
def test_what_cannot_stop_a_training_is_refused(given, error, message):
    for settings in ({"patience": 0}, {"min_delta": -1}):
        with pytest.raises(ValueError, match=f"{next(iter(settings))} to be at least"):
            nn.EarlyStopping(**settings)
    network, options = nn.Sequential(nn.Dense(8, 1, rng=0)), {"epochs": 1, "early_stopping": given}
    with pytest.raises(error, match=message):
        network.fit(X, Y, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1), **options)
