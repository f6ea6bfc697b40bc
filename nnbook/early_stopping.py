"""Early stopping: end a training when the validation loss no longer falls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .history import History
from .layers.base import Part
from .layers.tree import arrays_of
from .validation import Array, at_least_zero, positive_int


class EarlyStopping:
    """Stop when the validation loss has not fallen for some epochs, and restore the best weights.

    An argument of `fit` and `epochs`, which want ``validation`` for it. When the training ends,
    early or not, the network is that of the epoch with the lowest validation loss.

    Parameters
    ----------
    patience : int
        Epochs without improvement after which training ends, at least 1.
    min_delta : float
        By how much the validation loss must fall to count as an improvement.

    Attributes
    ----------
    best_epoch : int
        The epoch whose weights were restored, counted from 1.
    best_loss : float
        Its validation loss.

    Examples
    --------
    >>> import nnbook as nn
    >>> X, y = nn.datasets.moons(200, noise=0.2, rng=0)
    >>> train, validation = nn.train_validation_split(X, y, rng=0)
    >>> network = nn.Sequential(nn.Dense(2, 1, rng=0))
    >>> stopping = EarlyStopping(patience=2)
    >>> history = network.fit(
    ...     *train, loss=nn.SigmoidBinaryCrossEntropy(), optimizer=nn.Adam(0.5), epochs=500,
    ...     validation=validation, early_stopping=stopping,
    ... )
    >>> len(history.loss) == stopping.best_epoch + 2 < 500
    True
    """

    best: dict[str, Array]  # parameters and state after the best epoch, by name

    def __init__(self, patience: int = 10, *, min_delta: float = 0.0) -> None:
        self.patience = positive_int("EarlyStopping", "patience", patience)
        self.min_delta = at_least_zero("EarlyStopping", "min_delta", min_delta)
        self.reset()

    def reset(self) -> None:
        """Forget the training before."""
        self.best_epoch, self.best_loss, self.best = 0, np.inf, {}

    def update(self, history: History, parts: Sequence[Part]) -> None:
        """Look at the latest epoch, and keep its weights if it was the best."""
        loss = history.validation_loss[-1]
        if loss < self.best_loss - self.min_delta or not self.best_epoch:
            self.best_epoch, self.best_loss = len(history.loss), loss
            self.best = {name: array.copy() for name, array in arrays_of(parts).items()}

    def is_over(self, history: History) -> bool:
        """Return whether the validation loss has not fallen for ``patience`` epochs."""
        return len(history.loss) >= self.best_epoch + self.patience

    def restore(self, parts: Sequence[Part]) -> None:
        """Put the best weights back, in place."""
        for name, array in arrays_of(parts).items():
            array[...] = self.best[name]

    def __repr__(self) -> str:
        return f"EarlyStopping(patience={self.patience})"
