"""One part of ``python -m benchmarks``: how a training step grows, on one core.

Prints JSON: for batch, width, depth and the side of a picture, the microseconds of a step of nnbook
and of PyTorch at each size, and the exponent fitted to the upper half of the sizes.
"""

import json
from functools import partial

import numpy as np
from tqdm import tqdm

from .networks import Ours, Plan, Torch, conv_plan, data, head
from .steps import interleaved, pin

WIDTHS = (16, 32, 64, 128, 256, 512, 1024)


def dense(width=128, depth=2, batch=64):
    """Return a plan of dense layers of equal width."""
    return Plan(f"{width}", head(*[width] * depth, 10), (width,), batch, 8 * batch)


FAMILIES = {
    "batch": {m: dense(batch=m) for m in (4, 8, 16, 32, 64, 128, 256, 512)},
    "width": {n: dense(width=n) for n in WIDTHS},
    "depth": {n: dense(depth=n + 1) for n in (1, 2, 4, 8, 16, 32)},
    "side of a picture": {
        n: conv_plan(f"{n}", 6, 16, 5, 0, 120, 10, side=n) for n in (16, 20, 28, 40, 56)
    },
}


def exponent(sizes, times):
    """Return p in ``time ~ sizeᵖ``, fitted to the larger half of the sizes."""
    half = len(sizes) // 2
    return float(np.polyfit(np.log(sizes[half:]), np.log(times[half:]), 1)[0])


def grow(plans):
    """Return sizes, microseconds a step and exponents of one family."""
    sizes, times = list(plans), []
    for plan in plans.values():
        X, y = data(plan)
        ours = Ours(plan, X, y, 1)
        entrants = [ours, Torch(plan, X, y, ours)]
        for entrant in entrants:
            entrant.train(0)
        medians = interleaved([partial(entrant.train, 1) for entrant in entrants], rounds=9)
        times.append([t / plan.steps * 1e6 for t in medians])
    columns = dict(zip(("nnbook", "PyTorch"), map(list, zip(*times, strict=True)), strict=True))
    fits = {name: exponent(sizes, column) for name, column in columns.items()}
    return {"sizes": sizes, "times": columns, "exponents": fits}


def main():
    """Measure all families and print the result."""
    import torch

    pin(1)
    torch.set_num_threads(1)
    print(json.dumps({name: grow(plans) for name, plans in tqdm(FAMILIES.items(), leave=False)}))


if __name__ == "__main__":
    main()
