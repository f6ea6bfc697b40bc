"""Handwritten digits: a convolutional network, a warm-up and a cosine, early stopping.

python examples/digits.py
"""

import numpy as np

import nnbook as nn


def make(seed):
    """Return two convolutions and a dense layer, in float32."""
    rng = np.random.default_rng(seed)
    return nn.Sequential(
        nn.Conv2D(1, 8, 5, rng=rng, stride=2), nn.ReLU(),
        nn.Conv2D(8, 16, 3, rng=rng, stride=2), nn.ReLU(),
        nn.Flatten(), nn.Dense(400, 10, rng=rng),
    ).astype(np.float32)  # fmt: skip


def main(seed=0, epochs=20, patience=3):
    """Train until the validation loss no longer falls; return what was recorded."""
    (X, y), (X_test, y_test) = nn.datasets.load_digits()
    train, validation = nn.train_validation_split(X, y, rng=seed)
    rate = nn.schedules.warmup(2, then=nn.schedules.cosine(0.005, epochs))
    network, optimizer = make(seed), nn.Adam(rate(0))
    stopping = nn.EarlyStopping(patience)
    for history in network.epochs(
        *train, validation=validation, loss=nn.SoftmaxCrossEntropy(), optimizer=optimizer,
        epochs=epochs, batch_size=50, rng=seed, early_stopping=stopping,
        metrics=[nn.metrics.accuracy],
    ):  # fmt: skip
        optimizer.learning_rate = rate(len(history.loss))
    return history, stopping, nn.metrics.accuracy(network.predict(X_test, batch_size=500), y_test)


if __name__ == "__main__":
    history, stopping, accuracy = main()
    print(history)
    print(f"best after epoch {stopping.best_epoch}; {accuracy:.1%} of the test set right")
