import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the door to scikit-learn needs it; `make doors` tries it")

from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import nnbook as nn
from nnbook.interop.sklearn import NetworkClassifier, NetworkRegressor

IRIS = load_iris(return_X_y=True)
NAMES = load_iris().target_names[IRIS[1]]


def deep(n_in, n_out, rng):
    return nn.Sequential(
        nn.Dense(n_in, 16, rng=rng), nn.Tanh(), nn.Dense(16, 16, rng=rng), nn.Tanh(),
        nn.Dense(16, n_out, rng=rng),
    )  # fmt: skip


@parametrize_with_checks(
    [
        NetworkClassifier(),
        NetworkRegressor(),
        NetworkClassifier(deep, optimizer=nn.SGD(0.1, momentum=0.9), batch_size=None),
        NetworkRegressor(deep, optimizer=nn.SGD(0.02, momentum=0.9), batch_size=None),
    ]
)
def test_scikit_learn_finds_nothing_to_complain_about(estimator, check):
    check(estimator)


def test_a_pipeline_learns_flowers_by_their_names():
    model = make_pipeline(StandardScaler(), NetworkClassifier(epochs=50)).fit(IRIS[0], NAMES)
    assert model.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    P = model.predict_proba(IRIS[0])
    assert np.allclose(P.sum(axis=1), 1)
    assert (model.classes_[P.argmax(axis=1)] == model.predict(IRIS[0])).all()
    assert model.score(IRIS[0], NAMES) > 0.94


def test_a_regressor_with_scaled_targets_explains_something():
    model = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), NetworkRegressor(optimizer=nn.SGD(0.01), epochs=50)),
        transformer=StandardScaler(),
    )
    assert cross_val_score(model, *load_diabetes(return_X_y=True), cv=3).mean() > 0.4


@pytest.mark.parametrize("shape", [(20,), (20, 1), (20, 3)])
def test_predictions_have_the_shape_of_the_targets(shape):
    X = np.random.default_rng(0).normal(size=(20, 2))
    y = np.zeros(shape) + X[:, :1].reshape(20, *[1] * (len(shape) - 1))
    model = NetworkRegressor().fit(X, y)
    assert model.predict(X).shape == shape
    assert model.score(X, y) > 0.9


def test_a_class_without_weight_is_known_and_never_predicted():
    X, y = IRIS
    model = NetworkClassifier(epochs=20).fit(X, NAMES, sample_weight=(y != 1) * 1.0)
    assert len(model.classes_) == 3
    assert "versicolor" not in model.predict(X)


def test_early_stopping_keeps_the_best_network():
    rng = np.random.default_rng(0)  # nothing to learn, all to learn by heart
    X, y = rng.normal(size=(60, 20)), rng.integers(0, 2, 60)
    model = NetworkClassifier(epochs=400, patience=5, validation_fraction=0.3)
    losses = model.fit(X, y).history_.validation_loss
    best = int(np.argmin(losses)) + 1
    assert len(model.history_.loss) == len(losses) == best + 5 < 400
    short = NetworkClassifier(epochs=best, patience=5, validation_fraction=0.3).fit(X, y)
    assert np.array_equal(short.network_.predict(X), model.network_.predict(X))
    longer = NetworkClassifier(epochs=best + 5, patience=50, validation_fraction=0.3).fit(X, y)
    assert np.array_equal(longer.network_.predict(X), model.network_.predict(X))


def test_samples_held_back_are_not_trained_on_and_keep_their_weights(monkeypatch):
    calls, X, optimizer = [], np.random.default_rng(0).normal(size=(40, 3)), nn.SGD(0.1)
    monkeypatch.setattr(
        nn.Sequential, "fit", lambda *args, **options: calls.append((args, options))
    )
    model = NetworkRegressor(patience=1, validation_fraction=0.25, optimizer=optimizer)
    model.fit(X, X[:, 0], np.abs(X[:, 1]))
    (((_, seen, _), options),) = calls
    held, _, weights = options["validation"]
    assert (len(seen), len(held)) == (30, 10)
    assert sorted([*seen[:, 0], *held[:, 0]]) == sorted(X[:, 0])
    assert np.array_equal(options["sample_weight"], np.abs(seen[:, 1]))
    assert np.array_equal(weights, np.abs(held[:, 1]))
    assert options["optimizer"] is not model.optimizer is optimizer


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"build": lambda n_in, n_out, rng: None}, TypeError, "got NoneType; return nn.Sequential"),
        (
            {"build": lambda n_in, n_out, rng: nn.Sequential(nn.Dense(n_in, 2, rng=rng))},
            ValueError,
            r"n_in=4, n_out=3, rng\) .* got one whose output for a sample has shape \(1, 2\)",
        ),
        (
            {"build": lambda n_in, n_out, rng: nn.Sequential(nn.Dense(5, n_out, rng=rng))},
            ValueError,
            r"got one that says: Dense\(5, 3\) expects",
        ),
        ({"patience": 0}, ValueError, "patience to be at least 1"),
        ({"patience": 1, "validation_fraction": 1.0}, ValueError, "leaves samples .* got 1 of 150"),
        ({"patience": 1, "validation_fraction": 0.0}, ValueError, "fraction to be above 0, got 0"),
        ({"epochs": 0}, ValueError, "epochs to be at least 1"),
        ({"optimizer": "adam"}, TypeError, "fit expects optimizer"),
    ],
)
def test_errors_say_what_to_do(arguments, error, message):
    with pytest.raises(error, match=message):
        NetworkClassifier(**arguments).fit(*IRIS)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros(150), "some sample_weight above zero"),
        (-np.ones(150), "NetworkClassifier expects sample_weight of at least 0"),
        (np.ones(149), r"expects sample_weight of shape \(150,\)"),
    ],
)
def test_weights_that_are_none_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        NetworkClassifier().fit(*IRIS, sample_weight=weights)


def test_training_that_explodes_says_so():
    with pytest.raises(nn.TrainingDiverged):
        NetworkRegressor(optimizer=nn.SGD(10.0)).fit(IRIS[0] * 100, IRIS[1])
