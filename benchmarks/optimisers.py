"""``python -m benchmarks.optimisers``: what chapter 08b records, for the seeds 0-29 and 100-129.

Epochs and seconds to a loss of 0.30 on held-out digits; epochs of five sigmoid layers, and updates
of a transformer block, to a goal; warm-up and cosine; the edge of stability. Learning rates are
chosen with other seeds, from 1000 on, among rates a factor of about 1.5 apart; that the chosen one
has worse ones on both sides is printed. The clock is the processor's, with one thread; what is
evaluated between updates is not counted. Arguments: names of parts (digits, deep, transformer,
schedules, edge). Some fifteen minutes on two cores, where the parts run at a time.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
from functools import partial
from itertools import pairwise
from time import process_time

import numpy as np

import nnbook as nn
from examples.branches import Position

GROUPS, TRIALS = {"0 to 29": range(30), "100 to 129": range(100, 130)}, range(1000, 1012)
MOMENTUM = partial(nn.SGD, momentum=0.9)
NESTEROV = partial(nn.SGD, momentum=0.9, nesterov=True)


def rates(low, high):
    """Return the preferred numbers 1, 1.5, 2.2, 3.3, 4.7, 6.8, 10 and so on, from low to high."""
    numbers = (float(f"{m}e{e}") for e in range(-5, 3) for m in (1, 1.5, 2.2, 3.3, 4.7, 6.8))
    return [number for number in numbers if low <= number <= high]


DIGITS = {
    "SGD": (nn.SGD, rates(0.15, 1)),
    "momentum": (MOMENTUM, rates(0.022, 0.15)),
    "Nesterov": (NESTEROV, rates(0.022, 0.15)),
    "RMSProp": (nn.RMSProp, rates(0.0022, 0.015)),
    "Adam": (nn.Adam, rates(0.0022, 0.015)),
}
DEEP = {
    "SGD": (nn.SGD, rates(0.68, 3.3)),
    "momentum": (MOMENTUM, rates(0.22, 1)),
    "normalised": (nn.SGD, rates(0.1, 0.68)),
    "normalised, momentum": (MOMENTUM, rates(0.068, 0.33)),
    "RMSProp": (nn.RMSProp, rates(0.0033, 0.022)),
    "Adam": (nn.Adam, rates(0.0033, 0.033)),
}
TRANSFORMER = {
    "SGD": (nn.SGD, rates(0.22, 1.5)),
    "Adam": (nn.Adam, rates(0.0047, 0.033)),
}


def digits(side=28):
    """Return 3,000 digits to train on and 1,000 held out, all of the package's training set."""
    (X, y), _ = nn.datasets.load_digits()
    n = 28 // side
    X = X.reshape(len(X), side, n, side, n).mean(axis=(2, 4)).reshape(len(X), side * side)
    return X[:3000], y[:3000], X[3000:], y[3000:]


def dense(seed, *widths):
    """Return a network of ReLU layers, and the generator that drew it."""
    rng = np.random.default_rng(seed)
    layers = []
    for n, n_out in pairwise(widths):
        layers += [nn.Dense(n, n_out, rng=rng), nn.ReLU()]
    return nn.Sequential(*layers[:-1]).astype(np.float32), rng


def step(network, optimizer, loss, X, y):
    """Make one update, and return the loss before it."""
    value = loss.forward(network.forward(X), y)
    network.backward(loss.backward())
    optimizer.step(network.parameters(), network.gradients())
    return value


def on_digits(data, make, rate, seed, goal=0.30, longest=15):
    """Return the epochs until the held-out loss is at the goal, or infinity, and the seconds."""
    X, y, X_held, y_held = data
    (network, rng), optimizer, loss = dense(seed, 784, 64, 10), make(rate), nn.SoftmaxCrossEntropy()
    updates, seconds = 0, 0.0
    for _ in range(longest):
        for rows in nn.batches(len(X), 32, rng):
            start = process_time()
            step(network, optimizer, loss, X[rows], y[rows])
            seconds, updates = seconds + process_time() - start, updates + 1
            if updates % 7 == 0 and loss.forward(network.forward(X_held), y_held) <= goal:
                return updates * 32 / len(X), seconds
    return np.inf, seconds


def five(seed):
    """Return five sigmoid layers of 8 neurons and an output, as chapter 08b builds them."""
    rng = np.random.default_rng(seed)
    layers = [nn.Dense(2, 8, rng=rng)]
    for _ in range(4):
        layers += [nn.Sigmoid(), nn.Dense(8, 8, rng=rng)]
    return nn.Sequential(*layers, nn.Sigmoid(), nn.Dense(8, 1, rng=rng))


def stacked(stacks, X, Y):
    """Return the losses of many networks, one in each matrix of the stacks, and the gradients."""
    A, dp = [X], []
    for W, b in zip(stacks[::2], stacks[1::2], strict=True):
        Z = A[-1] @ W + b
        A.append(nn.sigmoid(Z))
    losses = np.logaddexp(0, np.where(Y == 1, -Z, Z)).mean(axis=(1, 2))
    dZ = (A[-1] - Y) / Y.shape[-2]
    for W, entering in zip(stacks[-2::-2], A[-2::-1], strict=True):
        dp = [np.swapaxes(entering, -1, -2) @ dZ, dZ.sum(axis=1, keepdims=True), *dp]
        dZ = dZ @ np.swapaxes(W, 1, 2) * entering * (1 - entering)
    return losses, dp


def deep_epochs(make, rate, seeds, normalised, goal=0.1, longest=6000):
    """Return for each seed the epochs until the loss of its network is at the goal."""
    X, Y = nn.datasets.moons(60, rng=0)
    arrays = zip(*[five(seed).parameters() for seed in seeds], strict=True)
    stacks = [np.array(p).reshape(len(seeds), -1, p[0].shape[-1]) for p in arrays]
    optimizer, reached = make(rate), np.full(len(seeds), np.inf)
    for t in range(longest):
        losses, dp = stacked(stacks, X, Y)
        reached[(losses <= goal) & np.isinf(reached)] = t
        if np.isfinite(reached).all():
            break
        if normalised:
            norm = sum((d**2).sum(axis=(1, 2), keepdims=True) for d in dp) ** 0.5
            dp = [d / (norm + 1e-9) for d in dp]
        optimizer.step(stacks, dp)
    return reached


class Causal(nn.Attention):
    """Attention in which no position sees a later one."""

    def _attention(self, X):
        Q, K, V = (X @ self.parameters[f"W_{letter}"] for letter in "qkv")
        later = np.triu(np.full((X.shape[1], X.shape[1]), -1e9, X.dtype), 1)
        return nn.softmax(Q @ K.swapaxes(1, 2) / np.sqrt(X.dtype.type(self.n_out)) + later), Q, K, V


def positions(t, n, rng):
    """Return a learnt positional encoding that begins with random numbers."""
    layer = Position(t, n)
    layer.parameters["P"][:] = rng.normal(0, 0.1, (t, n))
    return layer


class Reshape(nn.Layer):
    """The same numbers in another shape, but for the first size."""

    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def _forward(self, X):
        self._before = X.shape
        return X.reshape(-1, *self.shape)

    def _input_gradient(self, grad):
        return grad.reshape(self._before)


ONES = """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen"""
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"


def words(i):
    """Return a number from 1 to 999 in words."""
    ones, tens = ONES.split(), TENS.split()
    if i >= 100:
        return f"{ones[i // 100 - 1]} hundred {words(i % 100) if i % 100 else ''}".strip()
    if i >= 20:
        return tens[i // 10 - 2] + (f"-{ones[i % 10 - 1]}" if i % 10 else "")
    return ones[i - 1]


def numerals():
    """Return characters, the characters after them, and weights that are 0 after the end."""
    texts = [words(i) for i in range(1, 1000)]
    characters = ["", *sorted(set("".join(texts)))]
    tokens = np.zeros((len(texts), max(map(len, texts)) + 2), int)
    for row, text in zip(tokens, texts, strict=True):
        row[1 : len(text) + 1] = [characters.index(character) for character in text]
    lengths = np.array([len(text) for text in texts])
    weights = 1.0 * (np.arange(tokens.shape[1] - 1) <= lengths[:, None])
    return tokens[:, :-1], tokens[:, 1:], weights, len(characters)


def on_transformer(make, rate, seed, goal=0.40, longest=1500):
    """Return the updates until the loss on 299 held-out numerals is at the goal, or infinity."""
    X, Y, weights, characters = numerals()
    rng, t, n = np.random.default_rng(seed), X.shape[1], 32
    rows, block = rng.permutation(len(X)), [nn.LayerNorm(n), Reshape(t, n), Causal(n, n, rng=rng)]
    dense = [nn.LayerNorm(n), nn.Dense(n, 64, rng=rng), nn.ReLU(), nn.Dense(64, n, rng=rng)]
    network = nn.Sequential(
        nn.Embedding(characters, n, rng=rng, weight_init=nn.initializers.normal(0.5)),
        positions(t, n, rng), Reshape(n), nn.Residual(*block, Reshape(n)), nn.Residual(*dense),
        nn.LayerNorm(n), nn.Dense(n, characters, rng=rng),
    ).astype(np.float32)  # fmt: skip
    optimizer, loss, held = make(rate), nn.SoftmaxCrossEntropy(), rows[700:]
    for update in range(1, longest + 1):
        b = rng.choice(rows[:700], 32)
        value = loss.forward(network.forward(X[b]), Y[b].ravel(), weights[b].ravel())
        if not np.isfinite(value):
            break
        network.backward(loss.backward())
        optimizer.step(network.parameters(), network.gradients())
        if update % 10 == 0:
            outputs = network.predict(X[held])
            if loss.forward(outputs, Y[held].ravel(), weights[held].ravel()) <= goal:
                return update
    return np.inf


def middle(runs):
    """Return how many runs arrived, and of the times the median and the 10 % and 90 % quantiles."""
    low, median, high = np.quantile(runs, [0.1, 0.5, 0.9], method="nearest")
    return f"{np.isfinite(runs).sum():2} of {len(runs)}: {median:.4g} ({low:.3g} to {high:.3g})"


def chosen(rates, run, cost):
    """Return the rate of the lowest cost, and whether there are others on both sides of it."""
    costs = [cost(run(rate)) for rate in rates]
    i = costs.index(min(costs))
    return rates[i], 0 < i < len(rates) - 1


def table(part, grid, run, cost=np.median, trials=TRIALS):
    """Print a line for each optimiser and group of seeds, at its best rate; return all results.

    ``run`` takes make, name, rate and seeds; ``cost`` what it returns for the trial seeds.
    """
    results = {}
    for name, (make, rates) in grid.items():
        rate, inside = chosen(rates, lambda rate, n=name, m=make: run(m, n, rate, trials), cost)
        runs = [run(make, name, rate, seeds) for seeds in GROUPS.values()]
        results[name] = np.concatenate(runs)
        for seeds, times in zip(GROUPS, runs, strict=True):
            print(f"{part}: {name}, rate {rate:g}, seeds {seeds}: {middle(times)}", flush=True)
        print(
            f"  of {rates[0]:g} to {rates[-1]:g}, {inside=}; all {middle(results[name])}",
            flush=True,
        )
    return results


def paired(part, runs, first, second):
    """Print with how many seeds the first is sooner than the second, and with how many later."""
    sooner, later = (runs[first] < runs[second]).sum(), (runs[first] > runs[second]).sum()
    print(
        f"{part}: {first} before {second} with {sooner} of {len(runs[first])}, after with {later}"
    )


def part_digits():
    """Print epochs and seconds of each optimiser."""
    data, clock = digits(), {}

    def epochs(make, name, rate, seeds):
        both = np.array([on_digits(data, make, rate, seed) for seed in seeds])
        if seeds != TRIALS:
            clock.setdefault(name, []).extend(both[:, 1])
        return both[:, 0]

    runs = table("digits", DIGITS, epochs)
    for name, times in runs.items():
        seconds = np.array(clock[name])
        each = np.median(1000 * seconds / (np.minimum(times, 15) * len(data[0]) / 32))
        seconds[np.isinf(times)] = np.inf
        print(f"digits: {name}: seconds {middle(seconds)}; ms an update {each:.3f}")
    for name in ("SGD", "momentum", "RMSProp", "Nesterov"):
        paired("digits", runs, "Adam", name)
    default = np.concatenate([epochs(nn.Adam, "", 0.001, seeds) for seeds in GROUPS.values()])
    print(f"digits: Adam at its default rate, 0.001: {middle(default)}")


def part_deep():
    """Print the epochs of five sigmoid layers."""

    def epochs(make, name, rate, seeds):
        times = deep_epochs(make, rate, list(seeds), name.startswith("normalised"))
        if len(seeds) == 60:
            print(f"  {name}, rate {rate:g}: {middle(times)}", flush=True)
        return times

    def mean(times, budget=6000):  # a run that does not arrive costs the whole budget
        return np.minimum(times, budget).mean()

    # with a dozen trial seeds a single run that does not arrive would choose the rate
    runs = table("five sigmoid layers", DEEP, epochs, mean, range(1000, 1060))
    paired("five sigmoid layers", runs, "RMSProp", "normalised")
    paired("five sigmoid layers", runs, "Adam", "normalised, momentum")


def part_transformer():
    """Print the updates of a transformer with one block."""

    def updates(make, name, rate, seeds):
        return np.array([on_transformer(make, rate, seed) for seed in seeds])

    runs = table("transformer", TRANSFORMER, updates)
    paired("transformer", runs, "Adam", "SGD")


def part_edge(rate=0.5, steps=1600):
    """Print the largest eigenvalue of the Hessian times half the rate, and the steps uphill."""
    X, y, *_ = digits(14)
    X, Y, rows = X[:500] - X[:500].mean(axis=0), np.eye(10)[y[:500]], []
    for seed in (*range(30), *range(100, 130)):
        rng = np.random.default_rng(seed)
        network = nn.Sequential(nn.Dense(196, 32, rng=rng), nn.Tanh(), nn.Dense(32, 10, rng=rng))
        w = np.concatenate([p.ravel() for p in network.parameters()])
        v, edges, losses = rng.normal(size=w.size), [], []
        for t in range(steps):
            if t % 50 == 0:  # warm-started; a handful of iterations would fall short
                for _ in range(60):
                    v /= np.linalg.norm(v)
                    above, below = (gradient(network, w + h * v, X, Y)[1] for h in (1e-4, -1e-4))
                    v, before = (above - below) / 2e-4, v
                edges.append(v @ before * rate / 2)
            loss, dw = gradient(network, w, X, Y)
            losses.append(loss)
            w = w - rate * dw
        up, over = np.diff(losses) > 0, np.array(edges) >= 1
        when = 50 * over.argmax() if over.any() else np.inf
        rows.append((edges[2], when, np.mean(edges[-6:]), up[:300].sum(), up[-300:].sum()))
    names = "at step 100", "first above 1", "at the end", "uphill, first 300", "uphill, last 300"
    for name, values in zip(names, np.transpose(rows), strict=True):
        row = f"edge of stability: {name} {middle(values)}, {min(values):.4g} to {max(values):.4g}"
        print(row, flush=True)


def gradient(network, w, X, Y):
    """Return the loss and its gradient where all parameters together are the vector w."""
    parameters, loss = network.parameters(), nn.HalfSquaredError()
    ends = np.cumsum([p.size for p in parameters])[:-1]
    for p, part in zip(parameters, np.split(w, ends), strict=True):
        p[:] = part.reshape(p.shape)
    value = loss.forward(network.forward(X), Y)
    network.backward(loss.backward())
    return value, np.concatenate([g.ravel() for g in network.gradients()])


def part_schedules(epochs=8):
    """Print the held-out loss of Adam after eight epochs, for each schedule and rate."""
    X, y, X_held, y_held = digits()
    steps, loss = epochs * 94, nn.SoftmaxCrossEntropy()
    schedules = {"constant": lambda rate: lambda t: rate}
    schedules["cosine"] = lambda rate: nn.schedules.cosine(rate, steps)
    schedules["warm-up and cosine"] = lambda rate: nn.schedules.warmup(
        94, nn.schedules.cosine(rate, steps - 94)
    )

    def ends(make, name, rate, seeds):
        losses = []
        for seed in seeds:
            network, rng = dense(seed, 784, 64, 64, 64, 64, 10)
            optimizer, rate_at, t = make(rate), schedules[name](rate), 0
            for _ in range(epochs):
                for rows in nn.batches(len(X), 32, rng):
                    optimizer.learning_rate, t = rate_at(t), t + 1
                    step(network, optimizer, loss, X[rows], y[rows])
            losses.append(loss.forward(network.predict(X_held), y_held))
        if seeds == TRIALS:
            print(f"  {name}, rate {rate:g}: loss {middle(losses)}", flush=True)
        return np.array(losses)

    grid = {name: (nn.Adam, rates(0.00047, 0.01)) for name in schedules}
    runs = table("schedules", grid, ends)
    paired("schedules", runs, "warm-up and cosine", "constant")
    paired("schedules", runs, "warm-up and cosine", "cosine")


def main():
    """Run the parts that are named, or all."""
    parts = {name[5:]: part for name, part in globals().items() if name.startswith("part_")}
    named = [argument for argument in sys.argv[1:] if argument in parts]
    for name in named or parts:
        parts[name]()


if __name__ == "__main__":
    main()
