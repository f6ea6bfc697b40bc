"""Tables: the shapes in each layer of a network, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


def table(rows: Sequence[Sequence[str]], align: str, gap: int = 2) -> list[str]:
    """Return the rows as lines with even columns; ``align`` says "<" or ">" for each column.

    >>> table([("layer", "cost"), ("Dense", "6")], "<>")
    ['layer  cost', 'Dense     6']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        (" " * gap)
        .join(f"{cell:{a}{width}}" for cell, a, width in zip(row, align, widths, strict=True))
        .rstrip()
        for row in rows
    ]


@dataclass(frozen=True)
class LayerTrace:
    """The shapes in one layer."""

    position: str
    layer: str
    forward: tuple[tuple[int, ...], tuple[int, ...]]  # of X and Y
    backward: tuple[tuple[int, ...], tuple[int, ...]]  # of dY and dX
    parameters: dict[str, tuple[int, ...]]  # gradients have the same
    equations: tuple[str, ...]


@dataclass(frozen=True)
class Trace:
    """All shapes in a network: a `LayerTrace` for each layer, shown as a table."""

    layers: tuple[LayerTrace, ...]

    def __repr__(self) -> str:
        rows = [("layer", "forward  X → Y", "backward  dY → dX", "parameters, gradients")]
        rows += [
            (
                f"{t.position}  {t.layer}",
                f"{t.forward[0]} → {t.forward[1]}",
                f"{t.backward[0]} → {t.backward[1]}",
                ", ".join(f"{name} {shape}" for name, shape in t.parameters.items()),
            )
            for t in self.layers
        ]
        lines, equations = table(rows, "<<<<", gap=3), ((), *(t.equations for t in self.layers))
        return "\n".join(
            "\n     ".join([line, *extra]) for line, extra in zip(lines, equations, strict=True)
        )


@dataclass(frozen=True)
class Summary:
    """Layer, output shape, parameters and multiply-adds of one sample, shown as a table."""

    rows: tuple[tuple[str, tuple[int, ...], int, int], ...]
    positions: tuple[str, ...]

    @property
    def parameters(self) -> int:
        """The number of all parameters."""
        return sum(row[2] for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        """The number of multiply–accumulates in the forward pass of one sample."""
        return sum(row[3] for row in self.rows)

    def __repr__(self) -> str:
        rows = [("layer", "output", "parameters", "multiply-adds")]
        pairs = zip(self.positions, self.rows, strict=True)
        for position, (layer, shape, parameters, products) in pairs:
            inner = "".join(f", {n}" for n in shape) or ","
            rows.append((f"{position}  {layer}", f"(m{inner})", f"{parameters:,}", f"{products:,}"))
        rows.append(("total", "", f"{self.parameters:,}", f"{self.multiply_adds:,}"))
        return "\n".join(table(rows, "<<>>"))
