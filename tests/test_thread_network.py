"""The network of chapters 03b and 05, two inputs, three hidden neurons, one output: all its forms agree."""

import math
from functools import partial

import numpy as np
import pytest

import nnbook as nn

W1 = [[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]]  # to neuron k, from input j
B1 = [0.01, 0.02, 0.03]
W2 = [0.7, -0.8, 0.9]
B2 = 0.1
X = [1.0, 2.0]
Y = 1.0


def sigma(z):
    return 1 / (1 + math.exp(-z))


def by_hand():
    """Scalars only, every factor of every chain written out."""
    a1 = sigma(0.1 * 1 - 0.2 * 2 + 0.01)
    a2 = sigma(0.3 * 1 + 0.4 * 2 + 0.02)
    a3 = sigma(-0.5 * 1 + 0.6 * 2 + 0.03)
    y_hat = sigma(0.7 * a1 - 0.8 * a2 + 0.9 * a3 + 0.1)
    dL_dy_hat = -1 / y_hat
    dy_hat_dz = y_hat * (1 - y_hat)
    dz = dL_dy_hat * dy_hat_dz
    dz1 = dz * 0.7 * (a1 * (1 - a1))
    dz2 = dz * -0.8 * (a2 * (1 - a2))
    dz3 = dz * 0.9 * (a3 * (1 - a3))
    return {
        "loss": -math.log(y_hat),
        "dW1": [[dz1 * 1, dz1 * 2], [dz2 * 1, dz2 * 2], [dz3 * 1, dz3 * 2]],
        "db1": [dz1, dz2, dz3],
        "dW2": [dz * a1, dz * a2, dz * a3],
        "db2": dz,
        "dx": [dz1 * 0.1 + dz2 * 0.3 + dz3 * -0.5, dz1 * -0.2 + dz2 * 0.4 + dz3 * 0.6],
    }


def neuron_by_neuron(X=X, Y=Y):
    """A loop over the neurons, and inside it a loop over their inputs."""
    a = [sigma(sum(W1[k][j] * X[j] for j in range(2)) + B1[k]) for k in range(3)]
    y_hat = sigma(sum(W2[k] * a[k] for k in range(3)) + B2)
    dz = y_hat - Y
    dz1 = [dz * W2[k] * a[k] * (1 - a[k]) for k in range(3)]
    return {
        "loss": -(Y * math.log(y_hat) + (1 - Y) * math.log(1 - y_hat)),
        "dW1": [[dz1[k] * X[j] for j in range(2)] for k in range(3)],
        "db1": dz1,
        "dW2": [dz * a[k] for k in range(3)],
        "db2": dz,
        "dx": [sum(dz1[k] * W1[k][j] for k in range(3)) for j in range(2)],
    }


def with_matrices():
    """The notes' columns: z = W x + b."""
    x, w1, b1 = np.array(X)[:, None], np.array(W1), np.array(B1)[:, None]
    w2 = np.array([W2])
    a1 = nn.sigmoid(w1 @ x + b1)
    y_hat = nn.sigmoid(w2 @ a1 + B2)
    dz2 = y_hat - Y
    dz1 = w2.T @ dz2 * a1 * (1 - a1)
    return {
        "loss": -np.log(y_hat),
        "dW1": dz1 @ x.T,
        "db1": dz1,
        "dW2": dz2 @ a1.T,
        "db2": dz2,
        "dx": w1.T @ dz1,
    }


def as_rows(X=(X,), Y=((Y,),)):
    """Matrices again, with a batch in the rows; the 1/m is in dZ2."""
    X, Y = np.array(X), np.array(Y)
    w1, w2 = np.transpose(W1), np.transpose([W2])
    A1 = nn.sigmoid(X @ w1 + B1)
    A2 = nn.sigmoid(A1 @ w2 + B2)
    dZ2 = (A2 - Y) / len(X)
    dZ1 = dZ2 @ w2.T * A1 * (1 - A1)
    return {
        "loss": -(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)).mean(),
        "dW1": (X.T @ dZ1).T,
        "db1": dZ1.sum(axis=0),
        "dW2": (A1.T @ dZ2).T,
        "db2": dZ2.sum(axis=0),
        "dx": dZ1 @ w1.T,
    }


def as_layers(X=(X,), Y=((Y,),), loss=None):
    """The package: rows, and weights stored (inputs, outputs); a fused loss has the last sigmoid inside."""
    fused = isinstance(loss, nn.SigmoidBinaryCrossEntropy)
    layers = [nn.Dense(2, 3, rng=0), nn.Sigmoid(), nn.Dense(3, 1, rng=0)]
    network = nn.Sequential(*layers, *([] if fused else [nn.Sigmoid()]))
    start = np.transpose(W1), B1, np.transpose([W2]), B2
    for parameter, value in zip(network.parameters(), start, strict=True):
        parameter[...] = value
    y_hat = network.forward(X)
    value = loss.forward(y_hat, Y) if loss else -np.log(y_hat)
    upstream = loss.backward() if loss else (y_hat - Y) / (y_hat * (1 - y_hat))
    dx = network.backward(upstream, input_gradient=True)
    dW1, db1, dW2, db2 = network.gradients()
    return {"loss": value, "dW1": dW1.T, "db1": db1, "dW2": dW2.T, "db2": db2, "dx": dx}


OF_BATCHES = {
    "as rows": as_rows,
    "with the fused loss": partial(as_layers, loss=nn.SigmoidBinaryCrossEntropy()),
    "with the separate loss": partial(as_layers, loss=nn.BinaryCrossEntropy()),
}
FORMS = OF_BATCHES | {
    "neuron by neuron": neuron_by_neuron, "with matrices": with_matrices, "as layers": as_layers,
}  # fmt: skip


def distance(a, b):
    return max(np.abs(np.ravel(a[name]) - np.ravel(b[name])).max() for name in a.keys() | b.keys())


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_all_forms_agree(form):
    assert distance(by_hand(), form()) < 1e-12
    assert distance(by_hand() | {"db2": by_hand()["db2"] + 1e-10}, form()) > 1e-12


@pytest.mark.parametrize("form", OF_BATCHES.values(), ids=OF_BATCHES)
def test_a_batch_is_the_mean_of_its_samples(form):
    X, Y = nn.datasets.xor()
    alone = [neuron_by_neuron(x, y.item()) for x, y in zip(X, Y, strict=True)]
    batch = form(X, Y)
    for name in ("loss", "dW1", "db1", "dW2", "db2"):
        mean = np.mean([np.ravel(sample[name]) for sample in alone], axis=0)
        assert np.abs(np.ravel(batch[name]) - mean).max() < 1e-12
    stacked = np.array([sample["dx"] for sample in alone]) / 4
    assert np.abs(batch["dx"] - stacked).max() < 1e-12


def test_and_they_agree_with_the_truth():
    def loss(flat):
        w1, b1, w2 = flat[:6].reshape(3, 2), flat[6:9], flat[9:12]
        return -np.log(nn.sigmoid(w2 @ nn.sigmoid(w1 @ X + b1) + flat[12]))

    nudged = nn.numerical_gradient(loss, np.concatenate([np.ravel(W1), B1, W2, [B2]]))
    told = by_hand()
    flat = np.concatenate([np.ravel(told[name]) for name in ("dW1", "db1", "dW2", "db2")])
    assert np.allclose(flat, nudged, atol=1e-9)
