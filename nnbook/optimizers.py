"""Optimizers: what to do with a gradient. They see lists of arrays and know nothing of layers."""

from __future__ import annotations

from collections.abc import Sequence

from .validation import Array, positive_number


class SGD:
    """Gradient descent, ``p ← p - α dJ/dp``, for every parameter p.

    From the Layer notes, item N0-04, and the Backpropagation notes, N1-19.

    Parameters
    ----------
    learning_rate : float
        The step size α, above 0.

    >>> import numpy as np
    >>> p = np.array([1.0, 2.0])
    >>> SGD(0.5).step([p], [np.array([2.0, 0.0])])
    >>> p
    array([0., 2.])
    """

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = positive_number("SGD", "learning_rate", learning_rate)

    def step(self, parameters: Sequence[Array], gradients: Sequence[Array]) -> None:
        """Update every parameter in place; the two lists are in the same order.

        Raises
        ------
        ValueError
            If the lists differ in length or a pair in shape; nothing has been changed then.
        """
        shapes = [[a.shape for a in arrays] for arrays in (parameters, gradients)]
        if shapes[0] != shapes[1]:
            raise ValueError(
                f"SGD.step expects one gradient of equal shape for each parameter, got parameters "
                f"of shapes {shapes[0]} and gradients of shapes {shapes[1]}"
            )
        for p, dp in zip(parameters, gradients, strict=True):
            p -= self.learning_rate * dp

    def __repr__(self) -> str:
        return f"SGD(learning_rate={self.learning_rate})"
