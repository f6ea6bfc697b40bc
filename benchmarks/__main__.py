"""All of the package's figures in one run: ``python -m benchmarks``, some two minutes.

Each part runs in a process of its own, pinned to its cores; then the results and a report are
written beside this file. ``make bench`` brings the peers (the extra `bench`).
"""

import json
import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from time import perf_counter

from tqdm import tqdm

from . import report

PACKAGES = ("numpy", "torch", "jax", "scikit-learn")


def part(name, threads=1):
    """Run one module of this package, with so many threads, and return what it prints."""
    limits = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", f"benchmarks.{name}", str(threads)],
        check=True, stdout=subprocess.PIPE, text=True,
        env={**os.environ, **dict.fromkeys(limits, str(threads))},
    )  # fmt: skip
    return json.loads(run.stdout.splitlines()[-1])


def import_time():
    """Return how long ``import nnbook`` takes beside ``import numpy``, processes included."""
    ratios = []
    for _ in range(21):
        seconds = []
        for name in ("nnbook", "numpy"):
            start = perf_counter()
            subprocess.run([sys.executable, "-c", f"import {name}"], check=True)
            seconds.append(perf_counter() - start)
        ratios.append(seconds[0] / seconds[1])
    return median(ratios)


def machine():
    """Return what was measured on, in words."""
    model = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
        model = names[0] if names else model
    versions = [f"Python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            versions.append(f"no {name}")
    return f"{os.cpu_count()} cores of {model}, {platform.system()}; {', '.join(versions)}"


def main():
    """Measure everything and write it down."""
    parts = {
        "import": import_time,
        "1": lambda: part("steps"),
        "2": lambda: part("steps", threads=2),
    }
    results = {"machine": machine()}
    for name, measure in tqdm(parts.items()):
        results[name] = measure()
    results["threads"] = {k: results.pop(k) for k in ("1", "2")}
    report.write(results)
    print(report.document(results))


if __name__ == "__main__":
    main()
