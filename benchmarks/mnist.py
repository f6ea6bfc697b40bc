"""Pure NumPy on all of MNIST: ``python -m benchmarks.mnist``, less than a minute a seed.

The network is a LeNet-5 with batch normalisation; ``--long`` takes a wider one, and half an hour.
It is judged on the official test set. Where only the training half is at hand (a folder
without the two t10k files), 10,000 of its images are held out by a fixed split, and the output says
so. The files are looked for as `nnbook.datasets.load_mnist` does: in the folder given, or in
NNBOOK_DATA, else they are downloaded.
"""

import argparse
import math
import os
from pathlib import Path
from time import perf_counter

import numpy as np
from tqdm import tqdm

import nnbook as nn
from nnbook.datasets import load_mnist, read_idx

BATCH = 256
LEANS = (-0.2, -0.1, 0, 0.1, 0.2)  # columns to the side for each row
KINDS = [(down, right, lean) for down, right in np.ndindex(3, 3) for lean in LEANS]
PEAK, RISE = 0.01, 3  # the highest rate, and the epochs until it is reached
HELD_OUT = 10_000
GOAL = 0.992
he = nn.initializers.he_normal


def normalised(rng):
    """Return the network of 1998 with the activations of today, and batch normalisation."""
    return nn.Sequential(
        nn.Conv2D(1, 6, 5, rng=rng, padding=2),
        nn.MaxPool2D(2),
        nn.BatchNorm(6),
        nn.ReLU(),  # after the pooling it has a quarter of the work, and the result is the same
        nn.Conv2D(6, 16, 5, rng=rng),
        nn.MaxPool2D(2),
        nn.BatchNorm(16),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dense(400, 120, rng=rng, weight_init=he),
        nn.BatchNorm(120),
        nn.ReLU(),
        nn.Dense(120, 84, rng=rng, weight_init=he),
        nn.BatchNorm(84),
        nn.ReLU(),
        nn.Dense(84, 10, rng=rng),
    ).astype(np.float32)


def wider(rng):
    """Return a network of four convolutions with 32 to 64 filters, and with dropout."""
    return nn.Sequential(
        nn.Conv2D(1, 32, 5, rng=rng, padding="same"),
        nn.MaxPool2D(2),
        nn.BatchNorm(32),
        nn.ReLU(),
        nn.Conv2D(32, 48, 3, rng=rng, padding="same"),
        nn.BatchNorm(48),
        nn.ReLU(),
        nn.Conv2D(48, 48, 3, rng=rng, padding="same"),
        nn.MaxPool2D(2),
        nn.BatchNorm(48),
        nn.ReLU(),
        nn.Conv2D(48, 64, 3, rng=rng, padding="same"),
        nn.BatchNorm(64),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.3, rng=rng),
        nn.Dense(7 * 7 * 64, 128, rng=rng, weight_init=he),
        nn.BatchNorm(128),
        nn.ReLU(),
        nn.Dropout(0.3, rng=rng),
        nn.Dense(128, 10, rng=rng),
    ).astype(np.float32)


NETWORKS = {False: (normalised, 14), True: (wider, 30)}  # with --long, and how many epochs


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


def _places():
    """Return, for each kind of nudge, which pixel comes to which place."""
    rows, columns = np.indices((28, 28))
    for down, right, lean in KINDS:
        # hardly a digit has ink at the border, which then comes in on the other side
        row = (rows + down - 1) % 28
        column = (columns + right - 1 + np.rint(lean * (rows - 13.5)).astype(int)) % 28
        yield (28 * row + column).ravel()


PLACES = np.stack(list(_places()))


def nudged(batch, rng):
    """Return the images, each moved by at most a pixel either way, and leaning a little."""
    kind = rng.integers(len(KINDS), size=len(batch))
    flat = batch.reshape(len(batch), -1)
    return np.take_along_axis(flat, PLACES[kind], axis=1).reshape(batch.shape)


def rate(epoch, epochs):
    """Return the rate of an epoch: it rises in even steps, and falls along half a cosine."""
    fall = (1 + math.cos(math.pi * epoch / epochs)) / 2
    return PEAK * min(1, (epoch + 1) / RISE) * (0.01 + 0.99 * fall)


def train(make, epochs, X, y, seed):
    """Return the trained network."""
    rng = np.random.default_rng(seed)
    network, optimizer = make(rng), nn.Adam(rate(0, epochs))
    training = network.epochs(
        X, y, loss=nn.SoftmaxCrossEntropy(), optimizer=optimizer, epochs=epochs,
        batch_size=BATCH, augment=nudged, rng=rng, progress=False,
    )  # fmt: skip
    bar = tqdm(training, total=epochs, desc=f"seed {seed}", unit="epoch", leave=False)
    for epoch, history in enumerate(bar, start=1):
        optimizer.learning_rate = rate(epoch, epochs)
        bar.set_postfix_str(f"loss {history.loss[-1]:.4f}")
    return network


def nine_looks(network, X):
    """Return the mean probabilities for each image and its eight neighbours, a pixel away."""
    steps = [np.subtract(place, 1) for place in np.ndindex(3, 3)]
    looks = (network.predict(np.roll(X, step, axis=(1, 2)), batch_size=500) for step in steps)
    return sum(map(nn.softmax, looks)) / len(steps)


def main():
    """Train once for each seed, and print how many images are read rightly."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mnist", description=__doc__)
    parser.add_argument("folder", nargs="?", help="where the gzip files of MNIST are")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds, from 0 on")
    parser.add_argument("--long", action="store_true", help="the wider network")
    arguments = parser.parse_args()
    make, epochs = NETWORKS[arguments.long]
    (X, y), (X_test, y_test), about = data(arguments.folder)
    print(f"judged on {about}")
    once, nine = [], []
    for seed in range(arguments.seeds):
        start = perf_counter()
        network = train(make, epochs, X, y, seed)
        seconds = perf_counter() - start
        once.append(nn.metrics.accuracy(network.predict(X_test, batch_size=500), y_test))
        nine.append(nn.metrics.accuracy(nine_looks(network, X_test), y_test))
        print(
            f"seed {seed}: {once[-1]:.2%} right at one look, {nine[-1]:.2%} at nine, "
            f"trained in {seconds:.0f} s"
        )
    for name, shares in (("one look", once), ("nine looks", nine)):
        good = sum(share >= GOAL for share in shares)
        print(
            f"{name}: median {np.median(shares):.2%}, from {min(shares):.2%} to {max(shares):.2%}; "
            f"at least {GOAL:.1%} in {good} of {len(shares)} seeds"
        )


if __name__ == "__main__":
    main()
