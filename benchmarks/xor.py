"""``python -m benchmarks.xor``: success rates of chapter 07 that need more seeds than a page has.

Networks of one hidden layer learn XOR, 3000 epochs of the whole table with the learning rate 1,
where nothing else is said. A run succeeds if all four logits are on the right side of 0 by 1 at
least. Intervals are of 95 per cent; two settings that are compared have seeds of their own. An
argument is added to all seeds. Some minutes.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys

import numpy as np

import nnbook as nn

X, Y = nn.datasets.xor()
SIGN = np.where(Y == 1, 1, -1)
G = {"sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "ReLU": nn.ReLU()}


def glorot(width, rng):
    """Return parameters as nnbook's `Dense` draws them: biases of 0."""
    draw = nn.initializers.glorot_uniform
    W1, W2 = draw((2, width), rng), draw((width, 1), rng)
    return W1, np.zeros((1, width)), W2, np.zeros((1, 1))


def torch_default(width, rng):
    """Return parameters as PyTorch's `Linear` draws them: biases too."""

    def draw(shape, fan_in):
        return rng.uniform(-1, 1, shape) / np.sqrt(fan_in)

    return draw((2, width), 2), draw((1, width), 2), draw((width, 1), width), draw((1, 1), width)


def initial_parameters(width, seeds, init):
    """Return the parameters of a stack of networks, one for each seed."""
    runs = [init(width, np.random.default_rng(seed)) for seed in seeds]
    return [np.array(arrays) for arrays in zip(*runs, strict=True)]


def logits(parameters, g):
    """Return the hidden activations and the logits of a stack of networks."""
    W1, b1, W2, b2 = parameters
    A1 = g.forward(X @ W1 + b1)
    return A1, A1 @ W2 + b2


def trained(parameters, g, rate=1.0, epochs=3000):
    """Return the parameters of a stack of networks after training; 500 are trained at a time."""
    found = []
    for first in range(0, len(parameters[0]), 500):
        W1, b1, W2, b2 = (array[first : first + 500].copy() for array in parameters)
        for _ in range(epochs):
            A1, Z2 = logits((W1, b1, W2, b2), g)
            dZ2 = rate * (nn.sigmoid(Z2) - Y) / 4
            dZ1 = g.backward(dZ2 @ W2.swapaxes(1, 2))
            W2 -= A1.swapaxes(1, 2) @ dZ2
            b2 -= dZ2.sum(axis=1, keepdims=True)
            W1 -= X.T @ dZ1
            b1 -= dZ1.sum(axis=1, keepdims=True)
        found.append((W1, b1, W2, b2))
    return [np.concatenate(arrays) for arrays in zip(*found, strict=True)]


def solves(parameters, g):
    """Return which networks of a stack are right by 1 at least in all rows."""
    return (SIGN * logits(parameters, g)[1]).min(axis=(1, 2)) >= 1


def solved(parameters, g, rate=1.0, epochs=3000):
    """Return which networks of a stack succeed after training."""
    return solves(trained(parameters, g, rate, epochs), g)


def losses(parameters, g):
    """Return the loss of each network of a stack."""
    return np.logaddexp(0, -SIGN * logits(parameters, g)[1]).mean(axis=(1, 2))


def compare(title, first, second):
    """Print two success rates, and the interval of the second minus the first."""
    k, n = [first.sum(), second.sum()], [len(first), len(second)]
    low, high = nn.experiments.difference(k[0], n[0], k[1], n[1])
    rates = f"{k[0]} of {n[0]} ({k[0] / n[0]:.1%}), {k[1]} of {n[1]} ({k[1] / n[1]:.1%})"
    print(f"{title}: {rates}; {100 * low:.1f} to {100 * high:.1f} points", flush=True)


def by_biases(first):
    """Compare biases of 0 with those that PyTorch draws."""
    for name in ("tanh", "ReLU"):
        runs = []
        for i, init in enumerate((glorot, torch_default)):
            seeds = range(first + 20000 + 20000 * i, first + 40000 + 20000 * i)
            runs.append(solved(initial_parameters(2, seeds, init), G[name]))
        compare(f"{name}, 2 hidden, as nnbook draws, as PyTorch draws", *runs)


def by_rate(first):
    """Print how many of a hundred seeds succeed, for several learning rates."""
    for name, width in (("sigmoid", 2), ("tanh", 2), ("ReLU", 2), ("ReLU", 8)):
        parameters = initial_parameters(width, range(first, first + 100), glorot)
        print(f"{name}, {width} hidden, of 100:", end=" ")
        for rate, epochs in ((0.1, 15000), (1.0, 3000), (2.0, 3000), (4.0, 3000)):
            k = solved(parameters, G[name], rate, epochs).sum()
            print(f"rate {rate}, {epochs} epochs: {k}", end="; ", flush=True)
        print()


def groups(first):
    """Print what two independent groups of three ReLUs would reach, and what six ReLUs do."""
    seeds = range(first + 2000, first + 4000)
    three, six = (solved(initial_parameters(n, seeds, glorot), G["ReLU"]).mean() for n in (3, 6))
    both = 1 - (1 - three) ** 2
    print(f"ReLU, of 2000: 3 hidden {three:.3f}, two groups of 3 {both:.3f}, 6 hidden {six:.3f}")


def failures(first):
    """Print where networks with two hidden neurons end, and what the failed ones have in common."""
    for name, g in G.items():
        end = trained(initial_parameters(2, range(first + 2000, first + 4000), glorot), g)
        J, A1, right = losses(end, g), logits(end, g)[0], solves(end, g)
        levels = [np.log(2), 0.75 * np.log(3) - 0.5 * np.log(2), np.log(2) / 2, 0.0]
        far = (np.abs(J[:, None] - levels).min(axis=1) > 0.02).sum()
        gap = np.linalg.norm(A1[:, [0, 0, 3, 3]] - A1[:, [1, 2, 1, 2]], axis=2).min(axis=1)
        print(f"{name}, 2 hidden, of 2000: {far} more than 0.02 from a level;", end=" ")
        close = (gap[~right] < 0.01).sum()
        print(f"{close} of {(~right).sum()} failures with two unlike rows closer than 0.01")
    line = np.abs(J - np.log(2)) < 0.02
    group = [array[line] for array in end]
    kink = (np.abs(X @ group[0] + group[1]) < 1e-9).any(axis=1)  # of each neuron
    downhill = kink & (group[2][:, :, 0] < 0)
    raised = [group[0], group[1] + 0.001 * downhill[:, None], *group[2:]]
    lower = losses(raised, g) < losses(group, g) - 1e-9
    print(f"ReLU: {line.sum()} at ln 2, {kink.any(axis=1).sum()} of them on a kink;", end=" ")
    print(f"raising biases by 0.001 lowers the loss of {lower.sum()}")


def main():
    """Measure everything that the chapter records."""
    first = int(sys.argv[1]) if sys.argv[1:] else 0
    by_rate(first)
    groups(first)
    failures(first)
    by_biases(first)


if __name__ == "__main__":
    main()
