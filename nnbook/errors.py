"""The errors that have a name of their own, so that a program can catch just them."""


class GradientMismatch(AssertionError):
    """A backward pass disagrees with central differences.

    Raised by :func:`nnbook.check_gradients`; the message names the array and the index.
    """


class TrainingDiverged(ArithmeticError):
    """The loss became infinite or not a number during `fit`.

    The message names the epoch and the batch; the network keeps its last good parameters.
    """


class ModelFileError(ValueError):
    """A model file is damaged, was made by something else, or does not fit the network.

    Raised by :func:`nnbook.load` and by `fit` with a checkpoint; the network is unchanged.
    """
