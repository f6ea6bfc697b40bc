"""What the loops of chapter 05 cost: the gradient of all weights, in three forms.

All forms run in turn in one process, after a warm-up that asserts that they agree. The tables show
medians, as multiples of the matrix form's: for the notes' network and for a wider one.
"""

import os
from itertools import pairwise
from math import exp
from statistics import median
from time import perf_counter

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # steadier; must come before NumPy
import numpy as np

from nnbook import sigmoid


def four_loops(X, Y, Ws, bs):
    """Loops over samples, layers, neurons and inputs: forward, backward and collecting."""
    weights, biases = [W.tolist() for W in Ws], [b.tolist() for b in bs]
    dWs = [np.zeros_like(W).tolist() for W in Ws]
    for x, y in zip(X.tolist(), Y[:, 0].tolist(), strict=True):
        A = [x]
        for W, b in zip(weights, biases, strict=True):
            sums = list(b)
            for i in range(len(b)):
                for j in range(len(W)):
                    sums[i] += W[j][i] * A[-1][j]
            A.append([1 / (1 + exp(-z)) for z in sums])
        dZ = [(A[-1][0] - y) / len(X)]
        for layer in reversed(range(len(weights))):
            shares = [0.0] * len(A[layer])
            for i in range(len(dZ)):
                for j in range(len(shares)):
                    dWs[layer][j][i] += A[layer][j] * dZ[i]
                    shares[j] += weights[layer][j][i] * dZ[i]
            dZ = [share * a * (1 - a) for share, a in zip(shares, A[layer], strict=True)]
    return dWs


def matrices(X, Y, Ws, bs, m=None):
    """Only the loop over layers is left."""
    A, dWs = [X], []
    for W, b in zip(Ws, bs, strict=True):
        A.append(sigmoid(A[-1] @ W + b))
    dZ = (A[-1] - Y) / (m or len(X))
    for W, a in zip(reversed(Ws), reversed(A[:-1]), strict=True):
        dWs, dZ = [a.T @ dZ, *dWs], dZ @ W.T * a * (1 - a)
    return dWs


def sample_loop(X, Y, Ws, bs):
    """The matrix form, one sample at a time."""
    pieces = [matrices(X[[s]], Y[[s]], Ws, bs, len(X)) for s in range(len(X))]
    return [sum(parts) for parts in zip(*pieces, strict=True)]


def main():
    """Measure and print the tables."""
    forms, rng = (four_loops, sample_loop, matrices), np.random.default_rng(0)
    for sizes in ((5, 6, 3, 1), (64, 32, 1)):
        Ws, bs = [rng.normal(size=p) for p in pairwise(sizes)], [np.zeros(n) for n in sizes[1:]]
        print(f"\n{sizes}, samples", *(f"{form.__name__:>12}" for form in forms))
        for m in (10, 100, 1000):
            X, Y = rng.normal(size=(m, sizes[0])), rng.integers(0, 2, size=(m, 1)).astype(float)
            for arrays in zip(*(form(X, Y, Ws, bs) for form in forms), strict=True):  # warm-up
                assert all(np.allclose(a, arrays[-1], rtol=0, atol=1e-12) for a in arrays)
            times = {form: [] for form in forms}
            for _ in range(9):
                for form in forms:
                    start = perf_counter()
                    form(X, Y, Ws, bs)
                    times[form].append(perf_counter() - start)
            ratios = (median(times[form]) / median(times[matrices]) for form in forms)
            print(f"{m:{len(str(sizes)) + 9}}", *(f"{ratio:12.1f}" for ratio in ratios))


if __name__ == "__main__":
    main()
