"""A small network for digits that never sees the same image twice.

python examples/augmentation.py
"""

import numpy as np

import nnbook as nn


def moved(batch, rng):
    """Move each image by at most two pixels, down or up and left or right."""
    steps = rng.integers(-2, 3, size=(len(batch), 2))
    return np.stack(
        [np.roll(image, step, (0, 1)) for image, step in zip(batch, steps, strict=True)]
    )


def make(seed):
    """Return two convolutions and a dense layer, in float32."""
    rng = np.random.default_rng(seed)
    return nn.Sequential(
        nn.Conv2D(1, 8, 5, rng=rng, stride=2), nn.ReLU(),
        nn.Conv2D(8, 16, 3, rng=rng, stride=2), nn.ReLU(),
        nn.Flatten(), nn.Dense(400, 10, rng=rng),
    ).astype(np.float32)  # fmt: skip


def main(augment, epochs=12, seed=0, checkpoint=None):
    """Train with images as they are or moved; return the accuracy on moved test images."""
    (X, y), (X_test, y_test) = nn.datasets.load_digits()
    network, loss = make(seed), nn.SoftmaxCrossEntropy()
    network.fit(
        X, y, loss=loss, optimizer=nn.Adam(0.003), epochs=epochs, batch_size=50, rng=seed,
        augment=moved if augment else None, checkpoint=checkpoint,
    )  # fmt: skip
    elsewhere = moved(X_test, np.random.default_rng(99))
    return nn.metrics.accuracy(network.predict(elsewhere, batch_size=500), y_test)


if __name__ == "__main__":
    for augment in (False, True):
        images = "moved" if augment else "as they are"
        print(f"trained on images {images}: {main(augment):.1%} of 1,000 moved test images right")
