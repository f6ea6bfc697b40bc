"""A LeNet-5 in pure NumPy on all of MNIST: ``python -m benchmarks.mnist``, about a minute a seed.

The network is judged on the official test set. Where only the training half is at hand (a folder
without the two t10k files), 10,000 of its images are held out by a fixed split, and the output says
so. The files are looked for as `nnbook.datasets.load_mnist` does: in the folder given, or in
NNBOOK_DATA, else they are downloaded.
"""

import argparse
import os
from pathlib import Path
from time import perf_counter

import numpy as np
from tqdm import tqdm

import nnbook as nn
from nnbook.datasets import load_mnist, read_idx

EPOCHS, BATCH, RATE, THREADS = 10, 128, 0.004, 2
HELD_OUT = 10_000


def lenet5(rng):
    """Return the network of 1998 with the activations of today: 61,706 parameters."""
    he = nn.initializers.he_normal
    return nn.Sequential(
        nn.Conv2D(1, 6, 5, rng=rng, padding=2),
        nn.MaxPool2D(2),
        nn.ReLU(),  # after the pooling it has a quarter of the work, and the result is the same
        nn.Conv2D(6, 16, 5, rng=rng),
        nn.MaxPool2D(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dense(400, 120, rng=rng, weights=he),
        nn.ReLU(),
        nn.Dense(120, 84, rng=rng, weights=he),
        nn.ReLU(),
        nn.Dense(84, 10, rng=rng),
    ).astype(np.float32)


def data(folder):
    """Return training data, data to judge by, and what the latter are."""
    try:
        return (*load_mnist(folder), "the official test set of 10,000")
    except FileNotFoundError as missing:
        folder = Path(folder or os.environ.get("NNBOOK_DATA") or ".")
        try:
            X = read_idx(folder / "train-images-idx3-ubyte.gz", (60_000, 28, 28))
            y = read_idx(folder / "train-labels-idx1-ubyte.gz", (60_000,))
        except FileNotFoundError:
            raise missing from None
    X, y = np.divide(X, 255, dtype=np.float32)[..., None], y.astype(np.int64)
    out, train = np.split(np.random.default_rng(0).permutation(len(X)), [HELD_OUT])
    about = f"{HELD_OUT:,} held-out images of the training half; {len(train):,} were trained on"
    return (X[train], y[train]), (X[out], y[out]), about


def nudged(X, rng):
    """Return the images, each moved by at most one pixel down or up and left or right."""
    places, moved = rng.integers(-1, 2, (len(X), 2)), np.empty_like(X)
    for place in np.ndindex(3, 3):
        chosen = (places == np.subtract(place, 1)).all(axis=1)
        # hardly a digit has ink at the border, which then comes in on the other side
        moved[chosen] = np.roll(X[chosen], np.subtract(place, 1), axis=(1, 2))
    return moved


def train(X, y, seed):
    """Return the trained network; the rate falls to 0 in equal steps."""
    rng = np.random.default_rng(seed)
    network, optimizer = lenet5(rng), nn.Adam(RATE)
    for epoch in tqdm(range(EPOCHS), desc=f"seed {seed}", unit="epoch", leave=False):
        optimizer.learning_rate = RATE * (1 - epoch / EPOCHS)
        network.fit(
            nudged(X, rng), y, loss=nn.SoftmaxCrossEntropy(), optimizer=optimizer, epochs=1,
            batch_size=BATCH, rng=rng, threads=THREADS, progress=False,
        )  # fmt: skip
    return network


def main():
    """Train once for each seed, and print how many images are read rightly."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mnist", description=__doc__)
    parser.add_argument("folder", nargs="?", help="where the gzip files of MNIST are")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds, from 0 on")
    arguments = parser.parse_args()
    (X, y), (X_test, y_test), about = data(arguments.folder)
    print(f"judged on {about}")
    shares = []
    for seed in range(arguments.seeds):
        start = perf_counter()
        network = train(X, y, seed)
        seconds = perf_counter() - start
        shares.append(nn.metrics.accuracy(network.predict(X_test, batch_size=1000), y_test))
        print(f"seed {seed}: {shares[-1]:.2%} right, trained in {seconds:.0f} s")
    good = sum(share >= 0.992 for share in shares)
    print(f"at least 99.2 % in {good} of {len(shares)} seeds, median {np.median(shares):.2%}")


if __name__ == "__main__":
    main()
