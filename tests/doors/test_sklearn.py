import copy
import sys
from functools import partial
from importlib import import_module

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the door to scikit-learn needs it; `make doors` tries it")

from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import nnbook as nn
from nnbook.interop.sklearn import NetworkClassifier, NetworkRegressor, one_hidden_layer

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
    model = make_pipeline(StandardScaler(), NetworkClassifier(epochs=50))
    scores = cross_val_score(model, IRIS[0], NAMES, cv=5)
    assert scores.mean() > 0.94
    model.fit(IRIS[0], NAMES)
    assert model.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert set(model.predict(IRIS[0])) == set(NAMES)
    P = model.predict_proba(IRIS[0])
    assert P.shape == (150, 3)
    assert np.allclose(P.sum(axis=1), 1)
    assert (model.classes_[P.argmax(axis=1)] == model.predict(IRIS[0])).all()


def test_a_grid_search_chooses_among_networks_and_optimizers():
    model = make_pipeline(StandardScaler(), NetworkClassifier(epochs=40))
    rates = [nn.SGD(1e-6), nn.Adam(0.01)]
    search = GridSearchCV(
        model,
        {
            "networkclassifier__build": [partial(one_hidden_layer, hidden=h) for h in (8, 32)],
            "networkclassifier__optimizer": rates,
        },
        cv=3,
        n_jobs=2,
    ).fit(*IRIS)
    assert isinstance(search.best_params_["networkclassifier__optimizer"], nn.Adam)
    assert search.best_score_ > 0.9
    assert all(rate.steps == 0 for rate in rates)


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


def test_the_estimator_is_fit_and_nothing_else():
    X, y = IRIS
    model = NetworkClassifier(deep, optimizer=nn.SGD(0.1), epochs=7, batch_size=40, random_state=3)
    model.fit(X, y)
    rng = np.random.default_rng(np.random.RandomState(3).randint(np.iinfo(np.int32).max))
    network = deep(4, 3, rng)
    history = network.fit(
        X, y, loss=nn.SoftmaxCrossEntropy(), optimizer=nn.SGD(0.1), epochs=7, batch_size=40, rng=rng
    )
    assert history.loss == model.history_.loss
    assert np.array_equal(network.predict(X), model.network_.predict(X))


def test_a_weight_of_three_is_a_sample_that_comes_three_times():
    X, y = IRIS[0][::5], NAMES[::5]
    counts = np.random.default_rng(0).integers(0, 4, len(X))
    for kind, targets in ((NetworkClassifier, y), (NetworkRegressor, X[:, :2])):
        weighted = kind(batch_size=None, epochs=30).fit(X, targets, sample_weight=counts)
        again = kind(batch_size=None, epochs=30).fit(X.repeat(counts, 0), targets.repeat(counts, 0))
        assert np.allclose(
            weighted.network_.predict(X), again.network_.predict(X), rtol=1e-9, atol=1e-9
        )
        plain = kind(batch_size=None, epochs=30).fit(X, targets)
        assert not np.allclose(plain.network_.predict(X), weighted.network_.predict(X), rtol=1e-3)


def test_a_class_without_weight_is_known_and_never_answered():
    X, y = IRIS
    model = NetworkClassifier(epochs=20).fit(X, NAMES, sample_weight=(y != 1) * 1.0)
    assert len(model.classes_) == 3
    assert "versicolor" not in model.predict(X)


def test_early_stopping_keeps_the_best_network():
    rng = np.random.default_rng(0)
    X, y = (
        rng.normal(size=(60, 20)),
        rng.integers(0, 2, 60),
    )  # nothing to learn, all to learn by heart
    model = NetworkClassifier(epochs=400, patience=5, validation_fraction=0.3)
    losses = model.fit(X, y).history_.validation_loss
    best = int(np.argmin(losses)) + 1
    assert len(model.history_.loss) == len(losses) == best + 5 < 400
    short = NetworkClassifier(epochs=best, patience=5, validation_fraction=0.3).fit(X, y)
    assert np.array_equal(short.network_.predict(X), model.network_.predict(X))
    longer = NetworkClassifier(epochs=best + 5, patience=50, validation_fraction=0.3).fit(X, y)
    assert np.array_equal(longer.network_.predict(X), model.network_.predict(X))


def test_early_stopping_weighs_the_samples_held_back():
    X, y = IRIS
    one, two = (
        NetworkClassifier(epochs=1, patience=1, optimizer=nn.SGD(1e-12)).fit(X, y, w)
        for w in (np.ones(150), np.where(y == 0, 1e-9, 1.0))
    )
    assert not np.isclose(one.history_.validation_loss[0], two.history_.validation_loss[0])
    plain = NetworkClassifier(epochs=1, patience=1, optimizer=nn.SGD(1e-12)).fit(X, y)
    assert np.isclose(plain.history_.validation_loss[0], one.history_.validation_loss[0])


def test_samples_held_back_are_not_trained_on():
    X = np.random.default_rng(0).normal(size=(40, 3))
    seen = []

    class Watch(nn.Layer):
        def _forward(self, X):
            seen.append(X.copy())
            return X

        def _input_gradient(self, grad):
            return grad

        def predict(self, X):
            return np.asarray(X, float)

    def build(n_in, n_out, rng):
        return nn.Sequential(nn.Dense(n_in, n_in, rng=rng), Watch(), nn.Dense(n_in, n_out, rng=rng))

    NetworkRegressor(build, epochs=1, patience=1, validation_fraction=0.25).fit(X, X[:, 0])
    assert [len(batch) for batch in seen] == [30]


def test_nothing_of_the_callers_is_changed():
    X, y = IRIS[0].copy(), NAMES.copy()
    weights, optimizer = np.ones(150), nn.Adam(0.01)
    weights[:10] = 0
    before = copy.deepcopy((X, y, weights, vars(optimizer)))
    state = str(np.random.get_state())  # noqa: NPY002
    model = NetworkClassifier(optimizer=optimizer, epochs=3, patience=2).fit(X, y, weights)
    assert model.optimizer is optimizer
    assert str(before) == str((X, y, weights, vars(optimizer)))
    assert state == str(np.random.get_state())  # noqa: NPY002
    assert not hasattr(clone(model), "network_")


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


def test_the_door_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.base", None)  # as if it were not installed
    monkeypatch.delitem(sys.modules, "nnbook.interop.sklearn")
    with pytest.raises(
        ImportError, match=r"nnbook\.interop\.sklearn needs scikit-learn 1\.6 or newer: pip install"
    ):
        import_module("nnbook.interop.sklearn")
