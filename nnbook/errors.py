"""The errors that have a name of their own, so that a program can catch just them."""

from typing import Any


class GradientMismatch(AssertionError):
    """A backward pass disagrees with central differences.

    Raised by :func:`nnbook.check_gradients`; the message names the array and the index.
    """


class TrainingDiverged(ArithmeticError):
    """The loss became infinite, not a number, or a billion times what it was, during `fit`.

    The message names the epoch and the batch; the network keeps its best parameters so far.

    Attributes
    ----------
    history : History
        What was recorded until then.
    """

    history: Any = None


class ModelFileError(ValueError):
    """A model file is damaged, was made by something else, or does not fit the network.

    Raised by :func:`nnbook.load` and by `fit` with a checkpoint; the network is unchanged.
    """
