"""One part of ``python -m benchmarks``: every network of the course beside its peers.

Its argument is the number of threads. Prints JSON: microseconds a training step and a predicted
sample, medians of interleaved rounds.
"""

import json
import os
import sys
from functools import partial
from statistics import median
from time import perf_counter

import numpy as np
from tqdm import tqdm

from .networks import PLANS, Ours, contenders, data, products

ROUNDS = 15  # of which the median is told


def pin(cores):
    """Let this process use so many cores only, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


def timed(call):
    """Return how long ``call`` took, in seconds."""
    start = perf_counter()
    call()
    return perf_counter() - start


def interleaved(calls, rounds=ROUNDS):
    """Return the median time of each call, all of them in turn in every round."""
    times = [[timed(call) for call in calls] for _ in range(rounds)]
    return [median(column) for column in zip(*times, strict=True)]


def bare_products(plan):
    """Return a function that makes the matrix products of one training step, and nothing else."""
    triples = []
    for n, k, m in products(plan):
        triples.append([np.ones(s, np.float32) for s in ((n, k), (k, m), (n, m))])

    def run():
        for A, B, C in triples:
            np.matmul(A, B, out=C)

    return run


def compare(plan, threads):
    """Return what one plan costs each contender, in microseconds."""
    entrants = contenders(plan, threads)
    prices = [entrant.train(0) for entrant in entrants]
    for entrant, price in zip(entrants, prices, strict=True):  # all have learnt the same
        assert price is None or np.isclose(price, prices[0], rtol=5e-3), (entrant.name, prices)
    answers = [entrant.predict() for entrant in entrants]
    for entrant, price, answer in zip(entrants, prices, answers, strict=True):
        assert price is None or np.allclose(answer, answers[0], atol=5e-3), entrant.name
    training = interleaved([partial(entrant.train, 1) for entrant in entrants])
    # by themselves, because a peer's threads go on spinning for a while
    own = [Ours(plan, *data(plan), k) for k in range(1, threads + 1)]
    alone = interleaved([partial(one.train, 1) for one in own])
    predicting = interleaved([entrant.predict for entrant in entrants])
    names = [entrant.name for entrant in entrants]
    steps, samples = plan.steps * 1e-6, plan.samples * 1e-6
    return {
        "training": {n: t / steps for n, t in zip(names, training, strict=True)},
        "predicting": {n: t / samples for n, t in zip(names, predicting, strict=True)},
        "by threads": [t / steps for t in alone],
        "products": interleaved([bare_products(plan)])[0] * 1e6,
    }


def main():
    """Measure all plans and print the result."""
    import torch

    threads = int(sys.argv[1])
    pin(threads)
    torch.set_num_threads(threads)
    print(json.dumps({plan.name: compare(plan, threads) for plan in tqdm(PLANS, leave=False)}))


if __name__ == "__main__":
    main()
