"""``python -m benchmarks.sequences``: what chapter 14b records, for sixty seeds.

Associative recall by attention and by a dense network across the positions; recall with one token
a position, by one transformer block and by two; a small causal transformer that writes numerals,
beside bigrams, and without its mask. Seeds 0-29 and 100-129; a quarter of an hour on one core.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import nnbook as nn

SEEDS = [range(30), range(100, 130)]


class Last(nn.Layer):
    """What stands at the last position."""

    def _forward(self, X):
        self.shape = X.shape
        return X[:, -1]

    def _input_gradient(self, grad):
        dX = np.zeros(self.shape, grad.dtype)
        dX[:, -1] = grad
        return dX


class Positions(nn.Layer):
    """Add a learnt vector to each position, and put the positions below each other."""

    def __init__(self, t, n, rng):
        super().__init__()
        self.parameters = {"P": rng.normal(0, 0.1, size=(t, n))}

    def _forward(self, X):
        self.shape = X.shape
        return (X + self.parameters["P"]).reshape(-1, X.shape[2])

    def _assign_gradients(self, grad):
        self.gradients["P"] = grad.reshape(self.shape).sum(axis=0)

    def _input_gradient(self, grad):
        return grad.reshape(self.shape)


def split(X, t, heads):
    """Return (m t, n) as (m, heads, t, n / heads)."""
    return X.reshape(-1, t, heads, X.shape[1] // heads).swapaxes(1, 2)


def merge(Y):
    """Return (m, heads, t, n) as (m t, heads n)."""
    return Y.swapaxes(1, 2).reshape(-1, Y.shape[1] * Y.shape[3])


class CausalAttention(nn.Layer):
    """Attention with several heads; no position sees a later one."""

    def __init__(self, n, heads, t, rng, mask=-1e9):
        super().__init__()
        self.heads, self.t, self.mask = heads, t, np.triu(np.full((t, t), mask), 1)
        draw = nn.initializers.glorot_uniform
        self.parameters = {f"W_{letter}": draw((n, n), rng) for letter in "qkvo"}
        self.scale = np.sqrt(n // heads)

    def _forward(self, X):
        self.X, W = X, self.parameters
        self.Q, self.K, self.V = (split(X @ W[f"W_{c}"], self.t, self.heads) for c in "qkv")
        S = self.Q @ self.K.swapaxes(2, 3) / X.dtype.type(self.scale)
        self.A = nn.softmax(S + self.mask.astype(X.dtype))
        self.Y = merge(self.A @ self.V)
        return self.Y @ W["W_o"]

    def _assign_gradients(self, grad):
        dY = split(grad @ self.parameters["W_o"].T, self.t, self.heads)
        dA = dY @ self.V.swapaxes(2, 3)
        dS = self.A * (dA - (dA * self.A).sum(axis=3, keepdims=True)) / grad.dtype.type(self.scale)
        d = {"q": dS @ self.K, "k": dS.swapaxes(2, 3) @ self.Q, "v": self.A.swapaxes(2, 3) @ dY}
        self.d = {f"W_{letter}": merge(part) for letter, part in d.items()}
        self.gradients = {name: self.X.T @ part for name, part in self.d.items()}
        self.gradients["W_o"] = self.Y.T @ grad

    def _input_gradient(self, grad):
        return sum(part @ self.parameters[name].T for name, part in self.d.items())


def transformer(vocabulary, t, n, heads, blocks, rng, mask=-1e9):
    """Embedding and positions, blocks of attention and a dense network, logits of the tokens."""
    draw = nn.initializers.normal(0.5)
    layers = [nn.Embedding(vocabulary, n, rng=rng, weight_init=draw), Positions(t, n, rng)]
    for _ in range(blocks):
        attention = CausalAttention(n, heads, t, rng, mask)
        first, second = nn.Dense(n, 2 * n, rng=rng), nn.Dense(2 * n, n, rng=rng)
        layers += [nn.Residual(nn.LayerNorm(n), attention)]
        layers += [nn.Residual(nn.LayerNorm(n), first, nn.ReLU(), second)]
    layers += [nn.LayerNorm(n), nn.Dense(n, vocabulary, rng=rng)]
    return nn.Sequential(*layers).astype(np.float32)


# --- associative recall --------------------------------------------------------------------------


def pairs(m, rng):
    """Return sequences of four pairs and a query, the value asked for, and where it stands."""
    keys = rng.normal(size=(m, 4, 8))
    keys *= np.sqrt(8) / np.linalg.norm(keys, axis=2, keepdims=True)
    values, asked = rng.integers(8, size=(m, 4)), rng.integers(4, size=m)
    X, rows = np.zeros((m, 5, 16)), np.arange(m)
    X[:, :4, :8], X[:, :4, 8:], X[:, 4, :8] = keys, np.eye(8)[values], keys[rows, asked]
    return X, values[rows, asked], asked


def recalled(kind, seed, X, y, asked):
    """Return the accuracy on fresh sequences, and how often the asked pair has the most weight."""
    rng = np.random.default_rng(seed)
    if kind == "attention":
        layers = [nn.Attention(16, 16, rng=rng), Last(), nn.Dense(16, 8, rng=rng)]
    else:
        hidden = {"dense 10": 10, "dense 100": 100}[kind]
        layers = [nn.Flatten(), nn.Dense(80, hidden, rng=rng), nn.ReLU()]
        layers += [nn.Dense(hidden, 8, rng=rng)]
    network, optimizer, loss = nn.Sequential(*layers), nn.Adam(0.01), nn.SoftmaxCrossEntropy()
    for _ in range(500):
        batch, targets, _ = pairs(64, rng)
        loss.forward(network.forward(batch), targets)
        network.backward(loss.backward())
        optimizer.step(network.parameters(), network.gradients())
    right = np.mean(network.predict(X).argmax(axis=1) == y)
    if kind != "attention":
        return right, np.nan
    weights = network.layers[0].attend(X)[:, -1, :4]
    return right, np.mean(weights.argmax(axis=1) == asked)


# --- one block or two ----------------------------------------------------------------------------


def tokens(m, rng):
    """Return key value key value ... query, a token each, and the value asked for."""
    keys = rng.permuted(np.tile(np.arange(8), (m, 1)), axis=1)[:, :4]
    values, asked = rng.integers(8, size=(m, 4)), rng.integers(4, size=m)
    X, rows = np.zeros((m, 9), int), np.arange(m)
    X[:, 0:8:2], X[:, 1:8:2], X[:, 8] = keys, values + 8, keys[rows, asked]
    return X, values[rows, asked]


def recalled_in_depth(blocks, seed, X, y):
    """Return the accuracy at the last position, on fresh sequences."""
    rng = np.random.default_rng(seed)
    network = transformer(16, 9, 32, 1, blocks, rng)
    loss, weights = nn.SoftmaxCrossEntropy(), np.tile([0.0] * 8 + [1.0], 64)
    optimizer = nn.Adam(0.005)
    for step in range(400):
        optimizer.learning_rate = 0.005 * min(1, (step + 1) / 50)
        batch, asked = tokens(64, rng)
        targets = np.zeros((64, 9), int)
        targets[:, -1] = asked
        loss.forward(network.forward(batch), targets.ravel(), weights)
        network.backward(loss.backward())
        optimizer.step(network.parameters(), network.gradients())
    found = network.predict(X).reshape(len(X), 9, -1)[:, -1]
    return np.mean(found.argmax(axis=1) == y)


# --- numerals ------------------------------------------------------------------------------------

names = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
tens = "twenty thirty forty fifty sixty seventy eighty ninety"
ONES, TENS = ["", *names.split()], ["", "", *tens.split()]


def numeral(i):
    """Write a number from 1 to 999 in words."""
    if i < 20:
        return ONES[i]
    if i < 100:
        return TENS[i // 10] + f"-{ONES[i % 10]}" * (i % 10 > 0)
    return f"{ONES[i // 100]} hundred" + f" {numeral(i % 100)}" * (i % 100 > 0)


NUMERALS = [numeral(i) for i in range(1, 1000)]
LETTERS = ["\n", *sorted(set("".join(NUMERALS)))]
T = 1 + max(map(len, NUMERALS))
IDS = np.array([[LETTERS.index(c) for c in text.ljust(T, "\n")] for text in NUMERALS])
INPUTS = np.hstack([np.zeros((len(IDS), 1), int), IDS[:, :-1]])
COUNTED = np.arange(T) <= np.array([[len(text)] for text in NUMERALS])


def written(predict, m, rng):
    """Return m texts, drawn letter by letter; ``predict`` returns logits of all positions."""
    X, texts = np.zeros((m, T + 1), int), []
    for t in range(T):
        p = nn.softmax(predict(X[:, :T])[:, t].astype(float))
        X[:, t + 1] = (p.cumsum(axis=1) < rng.random((m, 1))).sum(axis=1)
    for row in X[:, 1:]:
        texts.append("".join(LETTERS[k] for k in row).split("\n")[0])
    return texts


def numerals(seed, mask=-1e9, steps=1000):
    """Return losses (training, validation), correct samples, new ones, and some samples."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(999)
    training, held_out = order[:700], order[700:]
    network = transformer(len(LETTERS), T, 32, 2, 1, rng, mask)
    loss, optimizer = nn.SoftmaxCrossEntropy(), nn.Adam(0.01)
    rate = nn.schedules.warmup(50, then=nn.schedules.cosine(0.01, epochs=steps - 50))
    for step in range(steps):
        optimizer.learning_rate = rate(step)
        batch = rng.choice(training, 32)
        logits = network.forward(INPUTS[batch])
        loss.forward(logits, IDS[batch].ravel(), COUNTED[batch].ravel().astype(float))
        network.backward(loss.backward())
        optimizer.step(network.parameters(), network.gradients())
    losses = [
        loss.forward(network.predict(INPUTS[k]), IDS[k].ravel(), COUNTED[k].ravel().astype(float))
        for k in (training, held_out)
    ]
    texts = written(
        lambda X: network.predict(X).reshape(len(X), T, -1), 500, np.random.default_rng(seed + 7)
    )
    right, known = set(NUMERALS), {NUMERALS[k] for k in training}
    correct = np.mean([text in right for text in texts])
    new = np.mean([text in right - known for text in texts])
    wrong = [text for text in texts if text not in right]
    return *losses, correct, new, texts[:4], wrong[:3]


def bigrams(seed):
    """Return the validation loss and the fraction of correct samples of bigrams."""
    order = np.random.default_rng(seed).permutation(999)
    training, held_out = order[:700], order[700:]
    counts = np.full((len(LETTERS), len(LETTERS)), 0.01)
    np.add.at(counts, (INPUTS[training][COUNTED[training]], IDS[training][COUNTED[training]]), 1)
    P = counts / counts.sum(axis=1, keepdims=True)
    loss = -np.log(P[INPUTS[held_out][COUNTED[held_out]], IDS[held_out][COUNTED[held_out]]]).mean()
    texts = written(lambda X: np.log(P)[X], 500, np.random.default_rng(seed + 7))
    return loss, np.mean([text in set(NUMERALS) for text in texts])


def told(name, values):
    """Print the mean and the range."""
    values = np.asarray(values)
    print(f"{name}: mean {values.mean():.3f}, {values.min():.3f} to {values.max():.3f}", flush=True)


def main():
    """Print each measurement for both groups of seeds."""
    print(f"floor of recall {max_count_floor():.4f}")
    print(f"floor of the numerals {np.log(999) * 999 / COUNTED.sum():.4f}")
    X, y, asked = pairs(2000, np.random.default_rng(99))
    for seeds in SEEDS:
        print(f"--- seeds {seeds[0]} to {seeds[-1]}")
        for kind in ("attention", "dense 10", "dense 100"):
            found = np.array([recalled(kind, seed, X, y, asked) for seed in seeds])
            told(f"recall, {kind}: accuracy", found[:, 0])
            if kind == "attention":
                told("  most weight on the asked pair", found[:, 1])
        Z, z = tokens(2000, np.random.default_rng(99))
        for blocks in (1, 2):
            told(f"depth, {blocks}", [recalled_in_depth(blocks, seed, Z, z) for seed in seeds])
        found = [numerals(seed) for seed in seeds]
        for k, name in enumerate(
            ("training loss", "validation loss", "correct", "correct and new")
        ):
            told(f"numerals, {name}", [each[k] for each in found])
        print(*(each[4:] for each in found[:3]), sep="\n")
        pairs_of_letters = [bigrams(seed) for seed in seeds]
        told("bigrams, validation loss", [each[0] for each in pairs_of_letters])
        told("bigrams, correct", [each[1] for each in pairs_of_letters])
        leaking = [numerals(seed, mask=0.0, steps=300) for seed in seeds]
        told("no mask, validation loss", [each[1] for each in leaking])
        told("no mask, correct", [each[2] for each in leaking])


def max_count_floor():
    """Return the expected accuracy of naming the most frequent of four values."""
    each = np.indices((8,) * 4).reshape(4, -1).T
    return np.mean([np.bincount(row).max() for row in each]) / 4


if __name__ == "__main__":
    main()
