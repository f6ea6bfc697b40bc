"""Figures of chapter 02: computational graphs, with values in blue and gradients in orange."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from ..plot.charts import curves
from ..plot.diagrams import network
from ..plot.style import (
    BACKWARD,
    COLORS,
    FORWARD,
    GREY,
    INK,
    PALE,
    WIDTH,
    arrow,
    board,
    box,
    circle,
    legend_line,
    write,
)

Point = tuple[float, float]

_BOX, _GATE = (1.56, 0.6), 0.21  # a value's box, an operation's radius
_LABEL = 11.0  # the size of a local derivative
_ASIDE = 0.055  # half the distance of the two arrows between a value and an operation


def warm_up(x: float, v: float, u: float, du_dv: float, du_dx: float) -> Axes:
    """Draw u = exp(v) with v = x² + 2 as a graph, forward and backward."""
    ax, y = board(WIDTH, 1.5, None), 0.98
    _value(ax, 0.92, y, f"x={_short(x)}", f"du/dx={_short(du_dx)}")
    _value(ax, 3.6, y, f"v={_short(v)}", f"du/dv={_short(du_dv)}")
    _value(ax, 6.28, y, f"u={_short(u)}", "du/du=1")
    for left, name, local in (
        (0.92, "$x^2{+}2$", f"2x={_short(2 * x)}"),
        (3.6, r"$\exp v$", rf"\exp v={_short(u)}"),
    ):
        middle = left + 1.34
        _edge(ax, (left + _BOX[0] / 2, y), (middle - 0.32, y))
        _edge(ax, (middle + 0.32, y), (left + 2.68 - _BOX[0] / 2, y))
        box(ax, middle, y, (0.64, 0.36), INK, PALE)
        write(ax, middle, y, name, INK, 11)
        write(ax, middle, y - 0.46, f"$×\\,{local}$", INK, 11)
    _legend(ax)
    return ax


def gates(p: float, q: float, upstream: float, second: float) -> Axes:
    """Draw an add, a multiply and a max gate, and a fork with a ``second`` upstream gradient."""
    ax, left, middle, right = board(WIDTH, 7.0, None), 0.92, 3.0, 4.6
    for row, (symbol, r, locals_, says) in enumerate(
        (
            ("$+$", p + q, (1.0, 1.0), "add\ncopies"),
            ("$×$", p * q, (q, p), "multiply\nswaps"),
            ("max", max(p, q), (float(p > q), float(q > p)), "max\nroutes"),
        )
    ):
        y = 6.25 - 1.72 * row
        sides = (("p", p, 1, locals_[0]), ("q", q, -1, locals_[1]))
        for name, number, side, local in sides:
            _value(
                ax, left, y + 0.38 * side, f"{name}={_short(number)}", _of(name, upstream * local)
            )
            _branch(ax, (left + _BOX[0] / 2, y), (middle - _GATE, y), side, local)
        circle(ax, (middle, y), _GATE + 0.05, symbol, face=PALE, font=11 if symbol == "max" else 15)
        _edge(ax, (middle + _GATE + 0.05, y), (right - _BOX[0] / 2, y))
        _value(ax, right, y, f"r={_short(r)}", _of("r", upstream))
        write(ax, 6.3, y, says, INK, 11)
    y = 1.05
    _value(ax, left, y, f"p={_short(p)}", _of("p", upstream + second))
    _edge(ax, (left + _BOX[0] / 2, y), (middle - _GATE - 0.05, y))
    circle(ax, (middle, y), _GATE + 0.05, "fork", face=PALE, font=11)
    for name, side, gradient in (("r", 1, upstream), ("s", -1, second)):
        _branch(ax, (right - _BOX[0] / 2, y), (middle + _GATE, y), side, 1)
        _value(ax, right, y + 0.38 * side, f"{name}={_short(p)}", _of(name, gradient))
    write(ax, 6.3, y, "fork\nadds", INK, 11)
    _legend(ax)
    return ax


def circles(w: Sequence[float], a: Sequence[float]) -> Axes:
    """Draw a chain of neurons as circles in a line; ``a`` begins with the input."""
    count = len(w)
    inner = [[f"$a_{n}$"] for n in range(count)]
    ax = network(
        [1] * (count + 1),
        weights=[[[each]] for each in w],
        forward=[[each] for each in a],
        names=[*inner, [r"$\hat y$"]],
        layer_names=["input", *(f"neuron {n}" for n in range(1, count + 1))],
        decimals=4,
    )
    for n, line in enumerate(ax.lines, 1):
        x, y = np.mean(np.asarray(line.get_xydata()), axis=0)
        write(ax, x, y + 0.22, f"$w_{n}$", INK, 13)
    return ax


def neuron_chain(
    w: Sequence[float],
    z: Sequence[float],
    a: Sequence[float],
    *,
    loss: float,
    slopes: Sequence[float] | None = None,
    da: Sequence[float] | None = None,
    delta: Sequence[float] | None = None,
) -> Axes:
    """Draw a chain of neurons as a graph, a line each: forward, and backward where it is given.

    ``a`` begins with the input; ``slopes`` are the local derivatives of the activation function.
    """
    count, height = len(w), 2.2 + 1.25 * len(w)
    left, times, middle, g, right = 0.88, 2.3, 3.72, 5.02, 6.32  # from left to right in a line
    ax, top = board(WIDTH, height, None), height - 0.4
    by_a, by_z, by_w = [""] * (count + 1), [""] * count, [""] * count
    if da is not None and delta is not None:
        by_a = [f"da_{n}={_short(each)}" for n, each in enumerate([delta[0] * w[0], *da])]
        by_z = [rf"\delta_{n}={_short(each)}" for n, each in enumerate(delta, 1)]
        by_w = [_of(f"w_{n}", a[n - 1] * each) for n, each in enumerate(delta, 1)]
    back, y = delta is not None, top
    _value(ax, times, top, f"a_0={_short(a[0])}", by_a[0])
    for n in range(count):
        y = top - 1.1 - 1.25 * n
        if n:  # from the neuron above, at the right end of its line
            _elbow(ax, (right, y + 1.25 - _BOX[1] / 2), (times, y + _GATE), y + 0.62, back)
        else:
            _edge(ax, (times, top - _BOX[1] / 2), (times, y + _GATE), back)
        _value(ax, left, y, f"w_{n + 1}={_short(w[n])}", by_w[n])
        _edge(ax, (left + _BOX[0] / 2, y), (times - _GATE, y), back)
        circle(ax, (times, y), _GATE, "$×$", face=PALE, font=15)
        _edge(ax, (times + _GATE, y), (middle - _BOX[0] / 2, y), back)
        _value(ax, middle, y, f"z_{n + 1}={_short(z[n])}", by_z[n])
        _edge(ax, (middle + _BOX[0] / 2, y), (g - _GATE, y), back)
        circle(ax, (g, y), _GATE, "$g$", face=PALE, font=14)
        _edge(ax, (g + _GATE, y), (right - _BOX[0] / 2, y), back)
        _value(ax, right, y, f"a_{n + 1}={_short(a[n + 1])}", by_a[n + 1])
        if slopes is not None:
            write(ax, times - 0.43, y + 0.44, _times(w[n]), INK, _LABEL)
            write(ax, left + 1.0, y - 0.43, _times(a[n]), INK, _LABEL)
            write(ax, g, y - 0.38, _times(slopes[n]), INK, _LABEL)
    last = y - 1.08
    _edge(ax, (right, y - _BOX[1] / 2), (right, last + 0.2), back)
    box(ax, right, last, (1.2, 0.4), INK, PALE)
    write(ax, right, last, rf"$\frac{{1}}{{2}}(a_{count}-y)^2$", INK, 12)
    _edge(ax, (right - 0.6, last), (middle + _BOX[0] / 2, last), back)
    _value(ax, middle, last, f"J={_short(loss)}", _of("J", 1) if back else "")
    if da is not None:
        write(ax, right - 0.66, last + 0.4, _times(da[-1]), INK, _LABEL)
    _legend(ax, back)
    return ax


def training(w1: ArrayLike, w2: ArrayLike, losses: ArrayLike) -> None:
    """Draw two weights and the loss over the steps of a training, and where the first turns."""
    turn, steps = int(np.argmin(w1)), np.arange(len(np.asarray(w1)))
    _, rows = plt.subplots(3, 1, figsize=(WIDTH, 5.4), sharex=True)
    panels = (("$w_1$", w1, COLORS[3]), ("$w_2$", w2, COLORS[2]), ("loss $J$", losses, INK))
    for ax, (name, values, colour) in zip(rows, panels, strict=True):
        last = ax is rows[-1]
        curves(steps, {name: values}, labels=("step of gradient descent" * last, name), ax=ax)
        ax.lines[0].set_color(colour)
        ax.axvline(turn, color=GREY, ls=":", lw=1)
        ax.margins(y=0.3 if ax is rows[0] else 0.16)
    rows[1].axhline(0, color=GREY, lw=0.8)
    rows[2].set_ylim(bottom=0)
    says = (f"$w_1$ turns at step {turn}", "$w_2$ passes 0")
    for ax, (_, values, colour), text in zip(rows[:2], panels[:2], says, strict=True):
        height = np.asarray(values)[turn]
        ax.plot(turn, height, "o", color=colour)
        ax.annotate(text, (turn, height), (16, -15), textcoords="offset points", color=colour)


def reach(depths: ArrayLike, firsts: Mapping[str, ArrayLike], bound: ArrayLike) -> Axes:
    """Draw the first gradient of chains of any depth, by name, and a bound, dashed."""
    labels = ("number of neurons $L$", r"$|\partial J/\partial w_1|$")
    ax = curves(depths, firsts, labels=labels, log_y=True)
    for line, colour in zip(ax.lines, COLORS[1:], strict=False):
        line.set_color(colour)
    ax.plot(depths, bound, "--", color=GREY, lw=1.8, label="bound $4^{-L}$ (weights 1)")
    ax.legend(loc="lower left")
    return ax


def factor(zs: np.ndarray, factors: np.ndarray, settled: Mapping[str, float]) -> Axes:
    """Draw the factor of a neuron, its largest value, and where long chains settle."""
    labels = ("pre-activation $z$", r"factor $z\,(1-\sigma(z))$")
    ax = curves(zs, {"": factors}, labels=labels)
    ax.lines[0].set_color(INK)
    top = int(np.argmax(factors))
    ax.axhline(factors[top], color=GREY, ls="--", lw=1.2)
    ax.annotate(
        f"largest factor {factors[top]:.4f}", (zs[-1], factors[top]), (0, -16),
        textcoords="offset points", ha="right", color=INK,
    )  # fmt: skip
    for (name, z), colour in zip(settled.items(), COLORS[1:], strict=False):
        height = float(np.interp(z, zs, factors))
        ax.plot(z, height, "o", color=colour)
        ax.annotate(name, (z, height), (9, 0), textcoords="offset points", color=colour)
    ax.set_ylim(bottom=0)
    return ax


def _value(ax: Axes, x: float, y: float, value: str, gradient: str) -> None:
    """Draw a node that holds a value: its name and number, and the gradient with respect to it."""
    box(ax, x, y, _BOX, INK)
    write(ax, x, y + (0.13 if gradient else 0), f"${value}$", FORWARD, 12)
    if gradient:
        write(ax, x, y - 0.14, f"${gradient}$", BACKWARD, 11.5)


def _edge(ax: Axes, start: Point, end: Point, back: bool = True) -> None:
    """Draw an arrow forward and, beside it, one back."""
    across = abs(end[0] - start[0]) > abs(end[1] - start[1])
    dx, dy = ((0, _ASIDE) if across else (-_ASIDE, 0)) if back else (0, 0)
    arrow(ax, (start[0] + dx, start[1] + dy), (end[0] + dx, end[1] + dy), FORWARD)
    if back:
        arrow(ax, (end[0] - dx, end[1] - dy), (start[0] - dx, start[1] - dy), BACKWARD)


def _branch(ax: Axes, outer: Point, inner: Point, side: int, local: float) -> None:
    """Draw the arrows between an operation and one of two values, above (1) or below (-1) it.

    The points are given at the height of the operation. The arrow back is the outer one, and
    the local derivative stands beside it.
    """
    start, end = (outer[0], outer[1] + 0.38 * side), (inner[0], inner[1] + 0.1 * side)
    colours = (FORWARD, BACKWARD) if outer[0] < inner[0] else (BACKWARD, FORWARD)
    for colour, shift in zip(colours, (-_ASIDE, _ASIDE), strict=True):
        d = (shift if outer[0] < inner[0] else -shift) * side
        near, far = (start[0], start[1] + d), (end[0], end[1] + d)
        arrow(ax, *((near, far) if colour == colours[0] else (far, near)), colour)
    middle = (outer[0] + inner[0]) / 2 + 0.06 * (1 if outer[0] < inner[0] else -1)
    write(ax, middle, (start[1] + end[1]) / 2 + 0.21 * side, _times(local), INK, _LABEL)


def _elbow(ax: Axes, start: Point, end: Point, level: float, back: bool) -> None:
    """Draw the arrows from the end of a row down to the beginning of the next."""
    d = _ASIDE if back else 0
    for side, colour in ((d, FORWARD), (-d, BACKWARD))[: 1 + back]:
        far, near = (start[0] + side, level - side), (end[0] - side, level - side)
        corners = np.array([(far[0], start[1]), far, near, (near[0], end[1])])
        if side < 0:
            corners = np.flipud(corners)
        ax.plot(corners[:3, 0], corners[:3, 1], color=colour, lw=1.2)
        arrow(ax, corners[2], corners[3], colour)


def _of(name: str, gradient: float) -> str:
    """Write the gradient of the loss with respect to a letter."""
    return rf"∂J/∂{name}={_short(gradient)}"


def _short(value: float) -> str:
    """Write a number with four significant digits, for a formula."""
    if value == 0 or abs(value) >= 1e-4:
        return f"{value + 0.0:.4g}"
    digits, power = f"{value:.1e}".split("e")  # two digits, or they would not fit
    return rf"{digits}\cdot10^{{{int(power)}}}"


def _times(local: float) -> str:
    """Write a local derivative as a factor, in plain text: alternative texts leave it out."""
    number = _short(local).replace("-", "−")
    if "cdot" in number:
        number = f"{local:.0e}".replace("-", "−")
    return f"× ({number})" if number.startswith("−") else f"× {number}"


def _legend(ax: Axes, backward: bool = True) -> None:
    """Say what the colours are, and that a number with × is a local derivative."""
    entries = [("value, forward", FORWARD)]
    if backward:
        entries += [("gradient, backward", BACKWARD), ("× local derivative", INK)]
    legend_line(ax, 0.16, entries)
