"""A network as an estimator of scikit-learn: for `Pipeline`, `GridSearchCV`, `cross_val_score`.

Needs scikit-learn: ``pip install scikit-learn``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, MultiOutputMixin, RegressorMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        "nnbook.interop.sklearn needs scikit-learn 1.6 or newer: "
        f"pip install scikit-learn ({error})"
    ) from error

from ..data import train_validation_split
from ..early_stopping import EarlyStopping
from ..initializers import he_normal
from ..layers.activations import ReLU, softmax
from ..layers.dense import Dense
from ..losses import Loss, MeanSquaredError, SoftmaxCrossEntropy
from ..network import Sequential
from ..optimizers import Adam, Optimizer
from ..training import EVAL_BATCH
from ..validation import Array, sample_weights

__all__ = ["NetworkClassifier", "NetworkRegressor", "one_hidden_layer"]

Build = Callable[[int, int, np.random.Generator], Sequential]

FLOATS = (np.float64, np.float32)  # what comes as neither becomes the first


def one_hidden_layer(
    n_in: int, n_out: int, rng: np.random.Generator, hidden: int = 64
) -> Sequential:
    """Return ``Dense, ReLU, Dense``: what an estimator trains if it gets no ``build``.

    ``functools.partial(one_hidden_layer, hidden=16)`` makes a narrower one.

    >>> one_hidden_layer(4, 3, np.random.default_rng(0))
    Sequential, 515 parameters
      0  Dense(4, 64)  320
      1  ReLU()          0
      2  Dense(64, 3)  195
    """
    return Sequential(
        Dense(n_in, hidden, rng=rng, weight_init=he_normal), ReLU(), Dense(hidden, n_out, rng=rng)
    )


class _Network(BaseEstimator):  # type: ignore[misc]
    """What both estimators share: the parameters, and how a network is built and trained."""

    def __init__(
        self,
        build: Build | None = None,
        *,
        optimizer: Optimizer | None = None,
        epochs: int = 200,
        batch_size: int | None = 200,
        patience: int | None = None,
        validation_fraction: float = 0.1,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        # scikit-learn wants them kept as they come, and looked at in fit
        self.build = build
        self.optimizer = optimizer
        self.epochs = epochs
        self.batch_size = batch_size
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def _train(
        self, X: NDArray[Any], y: NDArray[Any], weights: ArrayLike | None, n_out: int, loss: Loss
    ) -> None:
        """Build a network and train it: ``network_``, with the record ``history_``."""
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        rng = np.random.default_rng(seed)
        w = self._checked(weights, len(X))
        if w is not None:  # as if samples of weight 0 had never been there
            X, y, w = X[w > 0], y[w > 0], w[w > 0]
        self.network_ = self._built(X, n_out, rng)
        train, held_out = np.arange(len(X)), None
        if self.patience is not None:
            (train, _), (held_out, _) = train_validation_split(
                train, train, fraction=self.validation_fraction, rng=rng
            )
        parts = (X, y) if w is None else (X, y, w)
        self.history_ = self.network_.fit(
            X[train],
            y[train],
            sample_weight=None if w is None else w[train],
            validation=None if held_out is None else tuple(part[held_out] for part in parts),
            early_stopping=None if self.patience is None else EarlyStopping(self.patience),
            loss=loss,
            optimizer=Adam(0.01) if self.optimizer is None else copy.deepcopy(self.optimizer),
            epochs=self.epochs,
            batch_size=self.batch_size,
            rng=rng,
            progress=False,
        )

    def _checked(self, weights: ArrayLike | None, m: int) -> Array | None:
        if weights is None:
            return None
        who = type(self).__name__
        if not np.asarray(weights).any():
            raise ValueError(f"{who} expects some sample_weight above zero, got only zeros")
        return sample_weights(who, weights, m)

    def _built(self, X: NDArray[Any], n_out: int, rng: np.random.Generator) -> Sequential:
        n_in = X.shape[1]
        network = (self.build or one_hidden_layer)(n_in, n_out, rng)
        wanted = (
            f"{type(self).__name__} expects build(n_in={n_in}, n_out={n_out}, rng) to return a "
            "Sequential with as many inputs and outputs"
        )
        if not isinstance(network, Sequential):
            raise TypeError(f"{wanted}, got {type(network).__name__}; return nn.Sequential(...)")
        try:
            shape = network.predict(X[:1]).shape
        except ValueError as error:
            raise ValueError(f"{wanted}, got one that says: {error}") from error
        if shape != (1, n_out):
            raise ValueError(f"{wanted}, got one whose output for a sample has shape {shape}")
        return network

    def _output(self, X: ArrayLike) -> Array:
        check_is_fitted(self)
        return self.network_.predict(validate_data(self, X, reset=False, dtype=FLOATS), EVAL_BATCH)


class NetworkClassifier(ClassifierMixin, _Network):  # type: ignore[misc]
    """A network as a classifier: softmax and cross-entropy on its logits.

    Classes may be numbers or texts. Networks want features of like size: put a `StandardScaler`
    in front. All of scikit-learn's `check_estimator` passes.

    Parameters
    ----------
    build : function (n_in, n_out, rng) -> Sequential, optional
        Makes the network: n_in numbers come in, n_out go out, one logit a class; ``rng`` is a
        `numpy.random.Generator` for its initial weights. If not given, `one_hidden_layer`.
    optimizer : Optimizer, optional
        How to step; each `fit` uses a copy. If not given, ``Adam(0.01)``.
    epochs : int
        How many times to go through the data, at most.
    batch_size : int, optional
        Samples for each step; all of them with None.
    patience : int, optional
        Early stopping: samples are held out, training ends when their loss has not fallen for so
        many epochs, and the best weights are restored. Without it, all samples are trained on.
    validation_fraction : float
        The fraction of the samples that is held out, between 0 and 1; only with ``patience``.
    random_state : int, RandomState or None
        Source of initial weights, order and split. 0 gives the same in every run; None draws
        from NumPy's global generator, as everywhere in scikit-learn.

    Attributes
    ----------
    classes_ : array (C,)
        The classes, sorted; the columns of `predict_proba`.
    network_ : Sequential
        The trained network; its outputs are logits (m, C).
    history_ : History
        What was recorded; ``validation_loss`` only with ``patience``.
    n_features_in_ : int
        How many numbers a sample has.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, y = [[150, 1], [160, 2], [180, 8], [190, 9]], ["cat", "cat", "dog", "dog"]
    >>> model = make_pipeline(StandardScaler(), NetworkClassifier(epochs=50)).fit(X, y)
    >>> model.predict([[155, 1], [185, 9]]).tolist()
    ['cat', 'dog']
    """

    classes_: NDArray[Any]

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train a new network on samples ``(m, n)`` and their classes ``(m,)``.

        ``sample_weight (m,)``, at least 0, says how much each sample counts. If a batch holds all
        samples, a weight of 3 does the same as a sample that comes three times. With several
        batches it does so only nearly: other samples meet in a batch then.

        Raises
        ------
        TypeError, ValueError
            For samples that are sparse, not finite, or too few; targets that are no classes;
            weights that are negative or all 0; a ``build`` whose network does not fit.
        TrainingDiverged
            If the loss explodes; a smaller learning rate or a scaler helps.
        """
        samples, classes = validate_data(self, X, y, dtype=FLOATS)
        check_classification_targets(classes)
        self.classes_, labels = np.unique(classes, return_inverse=True)
        self._train(samples, labels, sample_weight, len(self.classes_), SoftmaxCrossEntropy())
        return self

    def predict_proba(self, X: ArrayLike) -> Array:
        """Return the probability of each class for each sample, ``(m, C)``; rows add up to 1."""
        return softmax(self._output(X))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class of each sample, ``(m,)``."""
        best = self._output(X).argmax(axis=1)
        return self.classes_[best]


class NetworkRegressor(RegressorMixin, MultiOutputMixin, _Network):  # type: ignore[misc]
    """A network as a regressor: mean squared error.

    Networks want features and targets of similar scale: put a `StandardScaler` in front, and hand
    the network to `TransformedTargetRegressor` if targets are far from 1. All of scikit-learn's
    `check_estimator` passes. Parameters are those of `NetworkClassifier`; ``build`` is asked for
    one output a target.

    Attributes
    ----------
    network_ : Sequential
        The trained network; its outputs are (m, k), k the number of targets.
    history_ : History
        What was recorded; ``validation_loss`` only with ``patience``.
    n_features_in_ : int
        How many numbers a sample has.

    Examples
    --------
    >>> model = NetworkRegressor().fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
    >>> model.predict([[1.5]]).round(1)
    array([4.])
    """

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train a new network on samples ``(m, n)`` and their targets ``(m,)`` or ``(m, k)``.

        ``sample_weight`` and what is raised are as in `NetworkClassifier.fit`.
        """
        samples, targets = validate_data(
            self, X, y, multi_output=True, y_numeric=True, dtype=FLOATS
        )
        self._flat = targets.ndim == 1
        targets = targets.reshape(len(targets), -1)
        self._train(samples, targets, sample_weight, targets.shape[1], MeanSquaredError())
        return self

    def predict(self, X: ArrayLike) -> Array:
        """Return the prediction for each sample, in the shape that the targets had."""
        Y = self._output(X)
        return Y[:, 0] if self._flat else Y
