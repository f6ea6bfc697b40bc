"""Do the pages hold in other arithmetics? ``python tests/sweep.py [notebook ...]`` runs them in each.

Every page is run with each OpenBLAS kernel that this processor can execute, with vector units and
without, with one BLAS thread and two (by turns; ``--everything`` is all of it), and once more with
rounding noise added to what the layers return. A line names each cell that shows something else.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from itertools import cycle, product
from pathlib import Path
from typing import Any

import numpy as np
from pagecheck.running import Check
from threadpoolctl import threadpool_info

# what OPENBLAS_CORETYPE asks for, as threadpoolctl names it; any other word is silently ignored
KERNELS = {
    "Prescott": "Katmai",
    **{name: name for name in ("Haswell", "SkylakeX", "Nehalem", "Sandybridge")},
}
NOISE = "add_noise()"
VARIABLES = "OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES", "OPENBLAS_NUM_THREADS"


def arithmetic() -> dict[str, Any]:
    """Return with what this process computes, and whether a product of matrices is right."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    (blas,) = [each for each in threadpool_info() if each["user_api"] == "blas"] or [{}]
    rng = np.random.default_rng(0)
    right = True
    for dtype, size in product((np.float64, np.float32), (7, 64, 300)):
        a, b = rng.normal(size=(2, size, size)).astype(dtype)
        sums = (a.astype(float)[:, :, None] * b.astype(float)).sum(axis=1)
        right &= bool(np.allclose(a @ b, sums, rtol=0, atol=size * np.finfo(dtype).eps * 10))
    return {
        "kernel": str(blas.get("architecture")),
        "vector units": [name for name in __cpu_dispatch__ if __cpu_features__.get(name)],
        "threads": blas.get("num_threads"),
        "products are right": right,
    }


def asked(**environment: str) -> dict[str, Any] | None:
    """Return the arithmetic of a process with these variables, or None if it cannot run."""
    clean = {key: value for key, value in os.environ.items() if key not in VARIABLES}
    command = [sys.executable, "-c", "import json, sweep; print(json.dumps(sweep.arithmetic()))"]
    options = {"cwd": Path(__file__).parent, "env": clean | environment}
    done = subprocess.run(command, **options, capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else None


def settings(everything: bool) -> Iterator[tuple[str, dict[str, str], dict[str, Any]]]:
    """Yield the name, the variables and the arithmetic of what this machine can compute with."""
    usual = asked(OPENBLAS_NUM_THREADS="1")
    kernels = list(KERNELS)
    if usual["kernel"] not in KERNELS.values():  # another family of processors
        kernels = [usual["kernel"]] * 2
    units = usual["vector units"]
    levels = [[], units[:1], units] if len(units) > 1 else [[], units]
    turns = zip(kernels, cycle(levels), cycle((1, 2)), strict=False)
    for kernel, level, threads in product(kernels, levels, (1, 2)) if everything else turns:
        core = {"OPENBLAS_CORETYPE": kernel} if kernel in KERNELS else {}
        off = {"NPY_DISABLE_CPU_FEATURES": " ".join(units[len(level) :])} if level < units else {}
        variables = {**core, **off, "OPENBLAS_NUM_THREADS": str(threads)}
        wanted = {"kernel": KERNELS.get(kernel, kernel), "vector units": level, "threads": threads}
        got = asked(**variables)
        if got and wanted.items() <= got.items():
            name = f"{kernel}, {', '.join(level[-1:]) or 'no vector units'}, threads: {threads}"
            yield name, variables, got
        elif got and wanted["kernel"] == got["kernel"]:
            raise RuntimeError(f"{variables} gave {got}, not {wanted}")


class Arithmetic(Check):
    """The page begins to compute with what was asked for; later it may ask for one thread itself."""

    def __init__(self, expected: dict[str, Any]):
        self.expected, self.seen = expected, False

    def after(self, cell, shown, namespace):
        if not self.seen and (got := arithmetic()) != self.expected:
            yield f"runs with {got}, asked for was {self.expected}"
        self.seen = True


def add_noise() -> list[Check]:
    """Let every layer of nnbook return numbers that are off by one in the last place, at random."""
    import nnbook as nn

    for name in nn.__all__:
        getattr(nn, name)  # which imports it
    rng = np.random.default_rng(0)

    def noisy(method):
        @wraps(method)
        def nudged(self, *args, **kwargs):
            result = method(self, *args, **kwargs)
            if not (isinstance(result, np.ndarray) and result.dtype.kind == "f"):
                return result
            units = rng.integers(-1, 2, result.shape).astype(result.dtype)
            near = result * (1 + units * np.finfo(result.dtype).eps)
            return np.where(result == np.rint(result), result, near)  # whole numbers are exact

        return nudged

    waiting = [nn.Layer]
    while waiting:
        layer = waiting.pop()
        waiting += layer.__subclasses__()
        for name in {"forward", "backward"} & vars(layer).keys():
            setattr(layer, name, noisy(vars(layer)[name]))
    return []


def looking_on(page: str) -> list[Check]:
    """Return the checks that look on in every run of a page."""
    from looking import at

    return at(page)


def run_page(path: Path, variables: dict[str, str], more: str) -> list[str]:
    """Run a page in a kernel with these variables and return what is otherwise."""
    from course import EXACT
    from looking import rough
    from pagecheck.kernel import otherwise, run
    from pagecheck.running import located
    from test_notebooks import label, read

    notebook, apart = read(path), EXACT if more == NOISE else {}
    for cell in notebook.cells:
        if cell.id in apart:
            cell.metadata.tags = [*cell.metadata.get("tags", []), "raises-exception"]
    checks = f"sweep:looking_on({label(path)!r}) + {more}"
    page, found = run(notebook, path.parent, checks, dict.fromkeys(VARIABLES, "") | variables)
    found += otherwise(page, notebook, rough(label(path)))
    return list(located((line for line in found if line[:9] not in apart), notebook))


def main() -> None:
    from course import lacking
    from test_notebooks import PATHS, label
    from tqdm import tqdm

    parser = argparse.ArgumentParser(description="Run pages in every arithmetic of this machine.")
    parser.add_argument("pages", nargs="*", type=Path, help="notebooks (default: all)")
    parser.add_argument("--everything", action="store_true", help="all settings together")
    parser.add_argument("--only", default="", help="settings whose names hold this text")
    options = parser.parse_args()
    os.environ["NNBOOK_PROGRESS"], os.environ["LOKY_MAX_CPU_COUNT"] = "never", "1"
    pages = [path.resolve() for path in options.pages] or PATHS
    pages = [path for path in pages if not lacking(label(path))]
    found = settings(options.everything)
    rows = [(name, v, f"[Arithmetic({got!r})]", got) for name, v, got in found]
    rows.append(("rounding noise", {"OPENBLAS_NUM_THREADS": "1"}, NOISE, {}))
    bad = 0
    for name, variables, more, got in rows:
        if options.only not in name:
            continue
        if not got.get("products are right", True):
            tqdm.write(f"{name}: this kernel computes products of matrices wrongly; no page is run")
            continue
        with ThreadPoolExecutor(2) as workers:
            jobs = [workers.submit(run_page, path, variables, more) for path in pages]
            lines = [
                f"{name}: {label(path)}: {line}"
                for path, job in zip(pages, tqdm(jobs, desc=name, unit="page"), strict=True)
                for line in job.result()
            ]
        tqdm.write("\n".join(lines) or f"{name}: {len(pages)} pages say the same")
        bad += len(lines)
    sys.exit(f"{bad} cells or claims do not hold everywhere" if bad else 0)


if __name__ == "__main__":
    main()
