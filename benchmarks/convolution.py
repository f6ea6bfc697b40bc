"""A training step of three convolutional networks beside PyTorch's, on one thread.

Forward, loss, backward and update of a batch of 64 images of 28 by 28 pixels, float32, in turn in
one process; the table shows medians, as multiples of PyTorch eager's. Needs the `parity` extra:
``make parity`` builds such an environment in ``.venv-parity``.
"""

import os
from itertools import pairwise
from statistics import median
from time import perf_counter

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # must come before NumPy
import numpy as np
import torch
from tqdm import tqdm

import nnbook as nn

ROUNDS = 60
RATE, MOMENTUM = 0.01, 0.9


def networks():
    """Return name -> (layers of nnbook, modules of PyTorch), the same networks twice."""
    rng, T = np.random.default_rng(0), torch.nn

    def block(c_in, c_out, f, padding=0):
        mine = [nn.Conv2D(c_in, c_out, f, rng=rng, padding=padding), nn.ReLU(), nn.MaxPool2D(2)]
        return mine, [T.Conv2d(c_in, c_out, f, padding=padding), T.ReLU(), T.MaxPool2d(2)]

    def head(*sizes):
        mine, theirs = [nn.Flatten()], [T.Flatten()]
        for n_in, n_out in pairwise(sizes):
            mine += [nn.Dense(n_in, n_out, rng=rng), nn.ReLU()]
            theirs += [T.Linear(n_in, n_out), T.ReLU()]
        return mine[:-1], theirs[:-1]

    plans = {
        "8 and 16 filters 3×3": [block(1, 8, 3), block(8, 16, 3), head(400, 10)],
        "LeNet-5": [block(1, 6, 5, 2), block(6, 16, 5), head(400, 120, 84, 10)],
        "16 and 32 filters 3×3": [block(1, 16, 3), block(16, 32, 3), head(800, 128, 10)],
    }
    return {
        name: ([layer for mine, _ in parts for layer in mine], [m for _, ms in parts for m in ms])
        for name, parts in plans.items()
    }


def my_step(layers, X, y):
    """Return a function that trains nnbook's network on the batch once."""
    network = nn.Sequential(*layers).astype(np.float32)
    loss, optimizer = nn.SoftmaxCrossEntropy(), nn.SGD(RATE, momentum=MOMENTUM)

    def step():
        value = loss.forward(network.forward(X), y)
        network.backward(loss.backward())
        optimizer.step(network.parameters(), network.gradients())
        return value

    return network, step


def their_step(modules, X, y):
    """Return a function that trains PyTorch's network on the batch once."""
    network, loss = torch.nn.Sequential(*modules), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE, momentum=MOMENTUM)
    X, y = torch.from_numpy(np.moveaxis(X, -1, 1).copy()), torch.from_numpy(y)

    def step():
        optimizer.zero_grad()
        value = loss(network(X), y)
        value.backward()
        optimizer.step()
        return value.item()

    return network, step


def copy_parameters(mine, theirs):
    """Give PyTorch's network the parameters of ours; its features are channels first."""
    shape = None  # of the images that are flattened
    for layer, module in zip(mine.layers, theirs, strict=True):
        if isinstance(layer, nn.Conv2D):
            W, shape = layer.parameters["W"].transpose(3, 2, 0, 1), (layer.c_out,)
        elif isinstance(layer, nn.Dense):
            W = layer.parameters["W"]
            if shape:  # the first after Flatten
                side = round((len(W) / shape[0]) ** 0.5)
                W = W.reshape(side, side, *shape, -1).transpose(2, 0, 1, 3).reshape(len(W), -1)
                shape = None
            W = W.T
        else:
            continue
        module.weight.data = torch.from_numpy(W.copy())
        module.bias.data = torch.from_numpy(layer.parameters["b"].copy())


def main():
    """Measure and print the table."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    X, y = rng.random((64, 28, 28, 1), dtype=np.float32), rng.integers(10, size=64)
    print(f"{'network':24} {'nnbook / PyTorch':>18}")
    for name, (layers, modules) in networks().items():
        (mine, my), (theirs, their) = my_step(layers, X, y), their_step(modules, X, y)
        copy_parameters(mine, theirs)
        for _ in range(5):  # a warm-up, in which both must learn the same
            assert np.isclose(my(), their(), rtol=1e-4)
        times = {my: [], their: []}
        for _ in tqdm(range(ROUNDS), desc=name, leave=False):
            for step, spent in times.items():
                start = perf_counter()
                step()
                spent.append(perf_counter() - start)
        print(f"{name:24} {median(times[my]) / median(times[their]):18.2f}")


if __name__ == "__main__":
    main()
