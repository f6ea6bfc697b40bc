"""Optimizers: update rules. They see lists of arrays and know nothing of layers.

All of them first clip the gradients (if asked), then add the weight decay, then make the update;
parameters are updated in place, gradients are left as they are.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from .validation import Array, at_least_zero, hooks_are_written, positive_number, renamed


def clip_by_value(gradients: Sequence[Array], limit: float) -> list[Array]:
    """Return the gradients with every entry held between ``-limit`` and ``limit``.

    The sign is kept; the direction of the whole is not. Deep learning lecture notes, N2-80.

    >>> clip_by_value([np.array([3.0, -40.0, 0.5])], 5)[0]
    array([ 3. , -5. ,  0.5])
    """
    return [np.clip(g, -limit, limit) for g in gradients]


def clip_by_norm(gradients: Sequence[Array], limit: float) -> list[Array]:
    """Return the gradients scaled together to the norm ``limit``, if they are longer.

    The norm is taken over all arrays at once, so the direction of the whole is kept.

    >>> clip_by_norm([np.array([3.0, -40.0, 0.5])], 5)[0].round(6)
    array([ 0.373921, -4.985609,  0.06232 ])
    """
    norm = global_norm(gradients)
    factor = 1.0 if norm <= limit else limit / norm
    return [factor * g for g in gradients]


def global_norm(arrays: Sequence[Array]) -> float:
    """Return the length of all arrays taken as one vector.

    >>> global_norm([np.array([3.0]), np.array([[4.0]])])
    5.0
    """
    return float(np.sqrt(sum(float((a * a).sum()) for a in arrays)))


class Optimizer:
    """Base class of all optimizers: the checks, the clipping, the weight decay.

    An optimizer of your own writes ``_update(self, i, dp)``: what to subtract from parameter i,
    given its gradient ``dp``, clipped and with the weight decay added. If it keeps something of
    earlier steps, a velocity say, ``memory`` names the lists: each is made for it at the first
    step, with one array of zeros for each parameter. ``self.steps`` counts the steps, this one
    included.

    ``learning_rate`` may be changed between steps; a schedule does, see :mod:`nnbook.schedules`.

    >>> class Heavy(Optimizer):
    ...     memory = ("v",)
    ...
    ...     def _update(self, i, dp):
    ...         self.v[i] = 0.9 * self.v[i] + dp
    ...         return self.learning_rate * self.v[i]
    >>> p, optimizer = np.array([1.0]), Heavy(0.1)
    >>> for _ in range(2):
    ...     optimizer.step([p], [np.array([1.0])])
    >>> p.round(6)
    array([0.71])
    """

    decoupled = False  # whether the weight decay leaves the gradient alone

    def __init__(
        self,
        learning_rate: float,
        *,
        weight_decay: float = 0.0,
        clip_value: float | None = None,
        clip_norm: float | None = None,
    ) -> None:
        who = type(self).__name__
        self.learning_rate = learning_rate
        self.weight_decay = at_least_zero(who, "weight_decay", weight_decay)
        self.clip_value = (
            None if clip_value is None else positive_number(who, "clip_value", clip_value)
        )
        self.clip_norm = None if clip_norm is None else positive_number(who, "clip_norm", clip_norm)
        self.steps = 0
        self._stepped: list[Array] | None = None  # the parameters that the memory belongs to

    @property
    def learning_rate(self) -> float:
        """The step size α, above 0."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        who = type(self).__name__
        if callable(value):
            raise TypeError(
                f"{who} expects learning_rate to be a number, got a function; a schedule is "
                "applied in the loop: for history in network.epochs(...): "
                "optimizer.learning_rate = schedule(len(history.loss))"
            )
        self._learning_rate = positive_number(who, "learning_rate", value)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "lr":
            raise AttributeError(f"{type(self).__name__} has no lr; write optimizer.learning_rate")
        super().__setattr__(name, value)

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        hooks_are_written(cls, Optimizer, {"step": "_update"})

    @property
    def memory(self) -> tuple[str, ...]:
        """The names of the lists that are kept from step to step."""
        return ()

    def step(self, parameters: Sequence[Array], gradients: Sequence[Array]) -> None:
        """Update every parameter in place; the two lists are in the same order.

        Raises
        ------
        ValueError
            If the lists differ in length or a pair in shape, or if the optimizer has made steps
            with other parameters; nothing has been changed then.
        """
        self._check(parameters, gradients)
        self.steps += 1
        gradients = self.clip(gradients)
        for i, (p, dp) in enumerate(zip(parameters, gradients, strict=True)):
            if self.weight_decay and self.decoupled:
                p -= self.learning_rate * self.weight_decay * p
            elif self.weight_decay:
                dp = dp + self.weight_decay * p
            p -= self._update(i, dp)

    def clip(self, gradients: Sequence[Array]) -> list[Array]:
        """Return the gradients as this optimizer clips them."""
        if self.clip_value is not None:
            gradients = clip_by_value(gradients, self.clip_value)
        if self.clip_norm is not None:
            gradients = clip_by_norm(gradients, self.clip_norm)
        return list(gradients)

    def reset(self) -> None:
        """Be as new: with no steps made, and no memory of any."""
        self.steps, self._stepped = 0, None

    def moments(self) -> dict[str, list[Array]]:
        """Return what is kept from step to step, by name; nothing before the first step."""
        names = self.memory if self._stepped is not None else ()
        return {name: getattr(self, name) for name in names}

    def resume(
        self, steps: int, moments: dict[str, list[Array]], parameters: Sequence[Array]
    ) -> None:
        """Go on as after so many steps with ``parameters``, which left these `moments`."""
        self.steps, self._stepped = steps, list(parameters) if moments else None
        for name, arrays in moments.items():
            setattr(self, name, arrays)

    def _update(self, i: int, dp: Array) -> Array:
        raise NotImplementedError

    def _check(self, parameters: Sequence[Array], gradients: Sequence[Array]) -> None:
        who = type(self).__name__
        shapes, others = [p.shape for p in parameters], [g.shape for g in gradients]
        if shapes != others:
            raise ValueError(
                f"{who}.step expects one gradient of equal shape for each parameter, got "
                f"parameters of shapes {shapes} and gradients of shapes {others}"
            )
        if not self.memory:
            return
        if self._stepped is None:
            self._stepped = list(parameters)
            for name in self.memory:
                setattr(self, name, [np.zeros_like(p) for p in parameters])
        elif not (
            len(parameters) == len(self._stepped)
            and all(map(operator.is_, parameters, self._stepped))
        ):
            raise ValueError(
                f"{who}.step has made {self.steps} steps with other arrays, of shapes "
                f"{[p.shape for p in self._stepped]}, than these of shapes {shapes}; make a new "
                "optimizer for another network, or for one that was cast or loaded since"
            )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(learning_rate={self.learning_rate:g})"


class SGD(Optimizer):
    """Gradient descent, ``p ← p - α v`` with ``v ← μ v + dp``; without momentum ``v = dp``.

    With Nesterov momentum the update is ``α (dp + μ v)``. From the Layer notes, item N0-04,
    and the Backpropagation notes, N1-19.

    Parameters
    ----------
    learning_rate : float
        The step size α, above 0.
    momentum : float
        μ, what is kept of the last velocity, from 0 up to but not including 1.
    nesterov : bool
        Whether to look ahead; needs momentum.
    weight_decay : float
        λ ≥ 0; adds ``λ p`` to the gradient, that of the penalty ``½ λ |p|²``.
    clip_value, clip_norm : float, optional
        Largest size of an entry, largest norm of all gradients together.

    Raises
    ------
    TypeError, ValueError
        For values outside these ranges, at construction.

    Examples
    --------
    >>> p = np.array([1.0, 2.0])
    >>> SGD(0.5).step([p], [np.array([2.0, 0.0])])
    >>> p
    array([0., 2.])
    """

    @renamed(lr="learning_rate")
    def __init__(
        self,
        learning_rate: float,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        clip_value: float | None = None,
        clip_norm: float | None = None,
    ) -> None:
        super().__init__(
            learning_rate, weight_decay=weight_decay, clip_value=clip_value, clip_norm=clip_norm
        )
        self.momentum = _below_one("SGD", "momentum", momentum)
        if nesterov and not momentum:
            raise ValueError("SGD expects momentum above 0 for nesterov=True, got momentum=0")
        self.nesterov = nesterov
        self._v: list[Array]

    @property
    def memory(self) -> tuple[str, ...]:
        """The velocities, where there is momentum."""
        return ("_v",) if self.momentum else ()

    def _update(self, i: int, dp: Array) -> Array:
        if not self.momentum:
            return self.learning_rate * dp
        v = self._v[i]
        v *= self.momentum
        v += dp
        return self.learning_rate * (dp + self.momentum * v if self.nesterov else v)


class RMSProp(Optimizer):
    """``s ← ρ s + (1 - ρ) dp²``, ``p ← p - α dp / (√s + ε)``: a learning rate for each parameter.

    Parameters
    ----------
    learning_rate : float
        The step size α, above 0.
    decay : float
        ρ, how much of the running mean of squares is kept, from 0 up to but not including 1.
    epsilon : float
        ε, above 0, keeps the quotient finite.
    weight_decay, clip_value, clip_norm
        As in :class:`SGD`.

    Examples
    --------
    >>> p = np.array([1.0])
    >>> RMSProp(0.1, decay=0.75).step([p], [np.array([100.0])])
    >>> p.round(6)
    array([0.8])
    """

    memory = ("_s",)
    _s: list[Array]

    @renamed(lr="learning_rate")
    def __init__(
        self,
        learning_rate: float = 1e-2,
        *,
        decay: float = 0.99,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
        clip_value: float | None = None,
        clip_norm: float | None = None,
    ) -> None:
        super().__init__(
            learning_rate, weight_decay=weight_decay, clip_value=clip_value, clip_norm=clip_norm
        )
        self.decay = _below_one("RMSProp", "decay", decay)
        self.epsilon = positive_number("RMSProp", "epsilon", epsilon)

    def _update(self, i: int, dp: Array) -> Array:
        s = _mix(self._s[i], self.decay, dp**2)
        return self.learning_rate * dp / (np.sqrt(s) + self.epsilon)


class Adam(Optimizer):
    """Momentum and RMSProp together, with bias correction of both.

    ``m ← β₁ m + (1 - β₁) dp``, ``s ← β₂ s + (1 - β₂) dp²``, ``m̂ = m / (1 - β₁ᵗ)``,
    ``ŝ = s / (1 - β₂ᵗ)``, ``p ← p - α m̂ / (√ŝ + ε)`` at step t.

    Parameters
    ----------
    learning_rate : float
        The step size α, above 0.
    beta1, beta2 : float
        Decay of the first and the second moment, from 0 up to but not including 1.
    epsilon : float
        ε, above 0, keeps the quotient finite.
    weight_decay, clip_value, clip_norm
        As in :class:`SGD`; the decay is added to the gradient, before the moments. `AdamW`
        decouples it.

    Examples
    --------
    >>> p = np.array([1.0])
    >>> Adam(0.1).step([p], [np.array([1234.0])])  # the first step has the size of the rate
    >>> p.round(6)
    array([0.9])
    """

    memory = ("_m", "_s")
    _m: list[Array]
    _s: list[Array]

    @renamed(lr="learning_rate")
    def __init__(
        self,
        learning_rate: float = 1e-3,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
        clip_value: float | None = None,
        clip_norm: float | None = None,
    ) -> None:
        super().__init__(
            learning_rate, weight_decay=weight_decay, clip_value=clip_value, clip_norm=clip_norm
        )
        self.beta1 = _below_one("Adam", "beta1", beta1)
        self.beta2 = _below_one("Adam", "beta2", beta2)
        self.epsilon = positive_number("Adam", "epsilon", epsilon)

    def _update(self, i: int, dp: Array) -> Array:
        m, s = _mix(self._m[i], self.beta1, dp), _mix(self._s[i], self.beta2, dp**2)
        m_hat = m / (1 - self.beta1**self.steps)
        s_hat = s / (1 - self.beta2**self.steps)
        return self.learning_rate * m_hat / (np.sqrt(s_hat) + self.epsilon)


class AdamW(Adam):
    """Adam with decoupled weight decay: ``p ← p - α λ p`` before Adam's update of the gradient.

    So the decay is not divided by ``√ŝ``, and pulls on every parameter alike. After Loshchilov and
    Hutter (2019). Parameters are those of :class:`Adam`; ``weight_decay`` is 0.01 if not given.

    Examples
    --------
    >>> p = np.array([1.0])
    >>> AdamW(0.1, weight_decay=0.5).step([p], [np.array([1234.0])])  # 1 - 0.05 - 0.1
    >>> p.round(6)
    array([0.85])
    """

    decoupled = True

    @renamed(lr="learning_rate")
    def __init__(
        self,
        learning_rate: float = 1e-3,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
        clip_value: float | None = None,
        clip_norm: float | None = None,
    ) -> None:
        super().__init__(
            learning_rate,
            beta1=beta1,
            beta2=beta2,
            epsilon=epsilon,
            weight_decay=weight_decay,
            clip_value=clip_value,
            clip_norm=clip_norm,
        )


def _mix(mean: Array, kept: float, new: Array) -> Array:
    """Return ``mean ← kept · mean + (1 - kept) · new``, changed in place."""
    mean *= kept
    mean += (1 - kept) * new
    return mean


def _below_one(who: str, name: str, value: float) -> float:
    number = at_least_zero(who, name, value)
    if number >= 1:
        raise ValueError(f"{who} expects {name} to be below 1, got {number}")
    return number
