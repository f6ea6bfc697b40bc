"""A table with rare cases: validation, class weights, a schedule, early stopping, best weights.

python examples/table.py
"""

import numpy as np

import nnbook as nn


def table(m, rng):
    """Return m patients, five measurements each; about one in twenty is ill."""
    X = rng.normal(size=(m, 5))
    X = X * [1, 10, 0.1, 1, 100] + [0, 50, 0, 5, 1000]  # in units of their own
    z = X @ [1, 0.1, 0, 0, 0.01] + np.sin(2 * X[:, 3]) - 18.2
    return X, (z + rng.logistic(size=m) / 4 > 0).astype(int)


def main(seed=0, patience=15):
    """Train until the validation loss has not improved for some epochs; return what was reached."""
    rng = np.random.default_rng(seed)
    X, y = table(3000, rng)
    X = (X - X[:2000].mean(axis=0)) / X[:2000].std(axis=0)
    train, new, last = slice(0, 2000), slice(2000, 2500), slice(2500, 3000)
    weights = len(y[train]) / (2 * np.bincount(y[train]))  # both classes count alike
    network = nn.Sequential(nn.Dense(5, 32, rng=rng), nn.ReLU(), nn.Dense(32, 2, rng=rng))
    optimizer, loss = nn.Adam(0.01), nn.SoftmaxCrossEntropy()
    stopping = nn.EarlyStopping(patience)
    for history in network.epochs(
        X[train], y[train], validation=(X[new], y[new]), sample_weight=weights[y[train]], rng=rng,
        loss=loss, optimizer=optimizer, batch_size=50, epochs=500, metrics=[nn.metrics.accuracy],
        early_stopping=stopping,
    ):  # fmt: skip
        optimizer.learning_rate = 0.01 * 0.98 ** len(history.loss)
    counts = nn.metrics.confusion_matrix(network.predict(X[last]), y[last])
    return history, stopping, counts[1, 1] / counts[1].sum(), counts[0, 0] / counts[0].sum()


if __name__ == "__main__":
    history, _, found, cleared = main()
    print(history)
    print(f"of the ill {found:.0%} found, of the well {cleared:.0%} cleared")
