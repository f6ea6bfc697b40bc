"""Figures of chapter 02: a chain of single neurons."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from ..plot.diagrams import chain
from ..plot.style import format_number

POWER = r"\mathrm{e}{−}"  # in a formula


def neuron_chain(
    w: Sequence[float],
    z: Sequence[float],
    a: Sequence[float],
    *,
    slopes: Sequence[float],
    da: Sequence[float],
    delta: Sequence[float],
    loss: float,
) -> Axes:
    """Draw both passes through a chain of neurons, and the gradient of each weight."""
    names, gradient_names, factors, links, notes = ["$a_0$"], [""], [], [], []
    forward: list[float | str | None] = [a[0]]
    backward: list[float | str | None] = [None]
    for n in range(len(w)):
        names += [f"$z_{n + 1}$", f"$a_{n + 1}$"]
        forward += [z[n], a[n + 1]]
        backward += [_brief(delta[n]), _brief(da[n])]
        gradient_names += [rf"$\delta_{n + 1}$", f"$da_{n + 1}$"]
        weight = format_number(w[n], 4)
        links += [f"$w_{n + 1}$\n{weight}", "$g$"]
        factors += [f"$w_{n + 1}={weight}$" if n else "", f"$g'={_brief(slopes[n], POWER)}$"]
        gradient = _brief(a[n] * delta[n], POWER)
        notes += [rf"$\partial J/\partial w_{n + 1}=a_{n}\delta_{n + 1}={gradient}$", ""]
    return chain(
        [*names, "$J$"],
        forward=[*forward, _brief(loss)],
        backward=[*backward, 1],
        gradient_names=[*gradient_names, ""],
        factors=[*factors, f"$a_{len(w)}{{-}}y={_brief(da[-1], POWER)}$"],
        links=[*links, ""],
        notes=[*notes, ""],
    )


def _brief(value: float, power: str = "e−") -> str:
    """Write a number with four decimals, one that these would hide as 2.5e−5."""
    if value == 0 or abs(value) >= 0.001:
        return format_number(value, 4)
    digits, exponent = f"{value:.1e}".split("e-")
    return f"{digits}{power}{int(exponent)}".replace("-", "−")
