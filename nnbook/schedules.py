"""Learning-rate schedules: functions from the number of epochs done to a learning rate.

A schedule is applied in the loop, and its first rate when the optimizer is made:

>>> import nnbook as nn
>>> rate = cosine(0.1, epochs=20)
>>> network, optimizer = nn.Sequential(nn.Dense(1, 1, rng=0)), nn.SGD(rate(0))
>>> X, y = nn.datasets.hello_world()
>>> for history in network.epochs(
...     X, y, loss=nn.MeanSquaredError(), optimizer=optimizer, epochs=20
... ):
...     optimizer.learning_rate = rate(len(history.loss))
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from .validation import positive_int, positive_number

Schedule: TypeAlias = "Callable[[int], float]"


def cosine(initial: float, epochs: int, *, final: float | None = None) -> Schedule:
    """Half a cosine from ``initial`` down to ``final``, a thousandth of it if not given.

    ``rate(t) = final + (initial - final) (1 + cos(π t / epochs)) / 2``; after ``epochs`` it stays
    at ``final``. After Loshchilov and Hutter (2017).

    >>> rate = cosine(0.1, epochs=4, final=0.02)
    >>> [round(rate(t), 4) for t in range(6)]
    [0.1, 0.0883, 0.06, 0.0317, 0.02, 0.02]
    """
    initial = positive_number("cosine", "initial", initial)
    final = positive_number("cosine", "final", initial / 1000 if final is None else final)
    epochs = positive_int("cosine", "epochs", epochs)

    def rate(epoch: int) -> float:
        return final + (initial - final) * (1 + math.cos(math.pi * min(epoch / epochs, 1))) / 2

    return rate


def step(initial: float, every: int, *, factor: float = 0.1) -> Schedule:
    """Multiply by ``factor`` after every so many epochs: ``initial · factor^⌊t / every⌋``.

    >>> rate = step(0.1, every=2, factor=0.5)
    >>> [rate(t) for t in range(5)]
    [0.1, 0.1, 0.05, 0.05, 0.025]
    """
    initial = positive_number("step", "initial", initial)
    every = positive_int("step", "every", every)
    factor = positive_number("step", "factor", factor)
    return lambda epoch: initial * factor ** (epoch // every)


def warmup(epochs: int, then: Schedule) -> Schedule:
    """Rise linearly over ``epochs`` to where the schedule ``then`` begins, and go on with it.

    >>> rate = warmup(2, then=step(0.1, every=10))
    >>> [round(rate(t), 4) for t in range(4)]
    [0.0333, 0.0667, 0.1, 0.1]
    """
    epochs = positive_int("warmup", "epochs", epochs)
    if not callable(then):
        raise TypeError(
            f"warmup expects then to be a schedule, such as nn.schedules.cosine(0.1, 50), got "
            f"{then!r}"
        )

    def rate(epoch: int) -> float:
        if epoch < epochs:
            return then(0) * (epoch + 1) / (epochs + 1)
        return then(epoch - epochs)

    return rate
