"""What ``python -m benchmarks`` found, as text; needs no peer installed."""

from __future__ import annotations

import json
from math import exp, log
from pathlib import Path
from statistics import mean

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results.json"


def load():
    """Return the results that are kept beside the code."""
    return json.loads(RESULTS.read_text(encoding="utf-8"))


def table(head, rows):
    """Return a table in Markdown; numbers in all columns but the first."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def ratio(costs, name):
    """Return our time as a multiple of that of ``name``, as text."""
    return f"{costs['nnbook'] / costs[name]:.2f}" if name in costs else "–"


def peers(results, kind="training"):
    """Return the names of all peers, in the order of the first network."""
    names = {name: None for costs in results.values() for name in costs[kind]}
    return [name for name in names if name != "nnbook"]


def geometric_mean(results, name, kind="training"):
    """Return the mean ratio to ``name`` over all networks, as a factor."""
    costs = [network[kind] for network in results.values()]
    return exp(mean(log(c["nnbook"] / c[name]) for c in costs))


def beside_peers(results, kind):
    """Return the table of our times and of the ratios to all peers."""
    names = peers(results, kind)
    unit = "µs a step" if kind == "training" else "µs a sample"
    last = ["share of the bare products"] if kind == "training" else []
    rows = []
    for network, costs in results.items():
        row = [network, f"{costs[kind]['nnbook']:,.3g}" if kind != "training" else
               f"{costs[kind]['nnbook']:,.0f}"]  # fmt: skip
        row += [ratio(costs[kind], name) for name in names]
        rows.append(row + ([f"{costs['products'] / costs[kind]['nnbook']:.0%}"] if last else []))
    return table(["network", unit, *[f"/ {name}" for name in names], *last], rows)


def quoted(results):
    """Return the lines that book/experiments.md quotes."""
    one, two = results["threads"]["1"], results["threads"]["2"]
    rows = [
        [network, *[ratio(part[network]["training"], "PyTorch") for part in (one, two)],
         ratio(one[network]["training"], "JAX jit")]
        for network in one
    ]  # fmt: skip
    rows.append(
        ["geometric mean", *[f"{geometric_mean(part, 'PyTorch'):.2f}" for part in (one, two)],
         f"{geometric_mean(one, 'JAX jit'):.2f}"]
    )  # fmt: skip
    head = ["training step", "/ PyTorch, one thread", "/ PyTorch, two", "/ JAX jit, one thread"]
    return table(head, rows)


def document(results):
    """Return the whole report."""
    one, two = results["threads"]["1"], results["threads"]["2"]
    both = [
        [name, *[f"{t:,.0f}" for t in costs["by threads"]],
         f"{costs['by threads'][1] / costs['by threads'][0]:.2f}"]
        for name, costs in two.items()
    ]  # fmt: skip
    parts = [
        "# Measured\n\nWritten by `python -m benchmarks`; read ratios, not times.",
        f"{results['machine']}.",
        "Every figure is a median over interleaved rounds in one process; a ratio below 1 means "
        "that nnbook is faster. All networks begin with the same weights, see the same batches, "
        "and are checked to have learnt the same (scikit-learn draws its own).",
        "## A training step, one thread\n\n" + beside_peers(one, "training"),
        "## A training step, two threads\n\n" + beside_peers(two, "training"),
        "## Our own two threads\n\nShort trainings; most of the difference is the set-up, where "
        "`threads=2` tries whether the batch may be split.\n\n"
        + table(["network", "one thread, µs", "two, µs", "ratio"], both),
        "## Prediction, one thread\n\n" + beside_peers(one, "predicting"),
        "## Import\n\n"
        f"`import nnbook` takes {results['import']:.2f} times as long as `import numpy`.",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def write(results):
    """Keep the results and the report."""
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (FOLDER / "RESULTS.md").write_text(document(results), encoding="utf-8")
