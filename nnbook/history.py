"""The record of a training."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class History:
    """What `fit` recorded, one number an epoch; ``nn.plot.loss_curves(history)`` draws it.

    Attributes
    ----------
    loss : list of float
        Mean over the epoch's samples of the training loss, each batch's before its update.
    validation_loss : list of float
        Loss on the validation data after the epoch; empty without such data.
    metrics : dict of str to list of float
        By the name of each metric, after the epoch: on the validation data, if there are any,
        else on the training data.
    training_metrics : dict of str to list of float
        The same metrics on the training data, so that the generalisation gap can be read off.

    Examples
    --------
    >>> History(loss=[2.0, 1.0, 0.5])
    History, 3 epochs
      loss  2 → 0.5
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    training_metrics: dict[str, list[float]] = field(default_factory=dict)

    def __repr__(self) -> str:
        n = len(self.loss)
        rows = {"loss": self.loss, "validation_loss": self.validation_loss, **self.metrics}
        if self.validation_loss:
            rows |= {f"training_{name}": v for name, v in self.training_metrics.items()}
        rows = {name: values for name, values in rows.items() if values}
        width = max(map(len, rows), default=0)
        lines = [f"  {name:<{width}}  {v[0]:.4g} → {v[-1]:.4g}" for name, v in rows.items()]
        return "\n".join([f"History, {n} epoch{'' if n == 1 else 's'}", *lines])
