"""What ``python -m benchmarks`` found, as text and as a picture; needs no peer installed."""

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
    memory, growth = results["memory"], results["growth"]
    both = [
        [name, *[f"{t:,.0f}" for t in costs["by threads"]],
         f"{costs['by threads'][1] / costs['by threads'][0]:.2f}"]
        for name, costs in two.items()
    ]  # fmt: skip
    grown = [
        [family, ", ".join(map(str, found["sizes"])),
         *[f"{found['exponents'][name]:.2f}" for name in ("nnbook", "PyTorch")]]
        for family, found in growth.items()
    ]  # fmt: skip
    tricks = [f"- **{t['name']}**: {t['factor']:.1f} times. {t['why']}" for t in results["tricks"]]
    parts = [
        "# Measured\n\nWritten by `python -m benchmarks`; read ratios, not times.",
        f"{results['machine']}.",
        "Every figure is a median over interleaved rounds in one process; a ratio below 1 means "
        "that nnbook is faster. All networks begin with the same weights, see the same batches, "
        "and are checked to have learnt the same (scikit-learn draws its own).",
        "## A training step, one thread\n\n" + beside_peers(one, "training"),
        "## A training step, two threads\n\n" + beside_peers(two, "training"),
        "## Our own two threads\n\nShort trainings; the door, where `threads=2` tries whether the "
        "batch may be cut, is most of the difference.\n\n"
        + table(["network", "one thread, µs", "two, µs", "ratio"], both),
        "## Prediction, one thread\n\n" + beside_peers(one, "predicting"),
        "## How a step grows\n\nThe exponent p of time ~ sizeᵖ, over the larger half of the sizes."
        "\n\n" + table(["what grows", "sizes", "nnbook", "PyTorch"], grown)
        + "\n\n![Four curves of the time of a step](growth.png)",
        "## Why is it this fast?\n\nNone of it is C; all of it is NumPy with an eye on where "
        "numbers lie. Each of these was measured alone, against a plain way that gives the same "
        "numbers:\n\n" + "\n".join(tricks),
        "## Import and memory\n\n"
        f"`import nnbook` takes {results['import']:.2f} times as long as `import numpy`. "
        f"LeNet-5 on 60,000 pictures in float32 ({memory['pictures']:.0f} MB) needs "
        f"{memory['peak']:.0f} MB in all at its highest.",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def picture(results, path):
    """Draw how the step grows."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    growth = results["growth"]
    fig, axes = plt.subplots(1, len(growth), figsize=(11, 3), sharey=True, layout="constrained")
    for ax, (family, found) in zip(axes, growth.items(), strict=True):
        for (name, times), look in zip(found["times"].items(), ("o-", "s--"), strict=True):
            label = f"{name}, exponent {found['exponents'][name]:.2f}"
            ax.loglog(found["sizes"], times, look, label=label, ms=4)
        ax.set_xticks(found["sizes"], map(str, found["sizes"]), fontsize=7)
        ax.minorticks_off()
        ax.set_xlabel(family)
        ax.legend(fontsize=7)
    axes[0].set_ylabel("µs a step")
    fig.savefig(path, dpi=120)


def write(results):
    """Keep the results, the report and the picture."""
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (FOLDER / "RESULTS.md").write_text(document(results), encoding="utf-8")
    picture(results, FOLDER / "growth.png")
