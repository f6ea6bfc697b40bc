"""``python -m benchmarks.kernels``: what chapter 10a records, for the seeds 0-29 and 100-129.

Kernels of 7 × 7 learnt from 3,000 digits: how many are edges or strokes, and their accuracy. And
two networks of about 5,100 parameters, one that flattens its feature maps, one that averages each:
accuracy on 1,000 held-out digits, and on the same digits moved four pixels to the right. Some three
minutes on one core.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import nnbook as nn

GROUPS = {"0 to 29": range(30), "100 to 129": range(100, 130)}
(IMAGES, DIGITS), _ = nn.datasets.load_digits()  # the test set is not touched


def kernel_network(rng):
    """One convolution with large kernels."""
    small = nn.initializers.normal(0.05)
    conv = nn.Conv2D(1, 8, 7, stride=2, rng=rng, weight_init=small)
    return conv, nn.ReLU(), nn.MaxPool2D(2), nn.Flatten(), nn.Dense(200, 10, rng=rng)


def flattening(rng):
    """Two convolutions; the dense layer has a weight for each position of each map."""
    convs = nn.Conv2D(1, 8, 5, stride=2, rng=rng), nn.Conv2D(8, 16, 3, stride=2, rng=rng)
    return convs[0], nn.ReLU(), convs[1], nn.ReLU(), nn.Flatten(), nn.Dense(400, 10, rng=rng)


def averaging(rng):
    """Three convolutions, a 1 × 1 convolution to ten maps, and the mean of each map."""
    first = nn.Conv2D(1, 8, 5, stride=2, padding=2, rng=rng)
    second = nn.Conv2D(8, 16, 3, stride=2, padding=1, rng=rng)
    third = nn.Conv2D(16, 24, 3, padding=1, rng=rng)
    body = first, nn.ReLU(), second, nn.ReLU(), third, nn.ReLU()
    return *body, nn.Conv2D(24, 10, 1, rng=rng), nn.AvgPool2D(7), nn.Flatten()


def trained(layers, optimizer, epochs, seed):
    """Train a network with mini-batches of 50."""
    network = nn.Sequential(*layers(np.random.default_rng(seed))).astype(np.float32)
    rng, loss = np.random.default_rng(seed + 1), nn.SoftmaxCrossEntropy()
    for _ in range(epochs):
        for rows in np.split(rng.permutation(3000), 60):
            loss.forward(network.forward(IMAGES[rows]), DIGITS[rows])
            network.backward(loss.backward())
            optimizer.step(network.parameters(), network.gradients())
    return network


def accuracy(network, shift=0):
    """Return the accuracy on the held-out digits, moved to the right."""
    moved = np.pad(IMAGES[3000:], ((0, 0), (0, 0), (shift, 0), (0, 0)))[:, :, :28]
    return np.mean(network.predict(moved).argmax(axis=1) == DIGITS[3000:])


def oriented(side):
    """Return bases of the first and second derivatives of Gaussian bumps of three widths."""
    y, x = np.meshgrid(*[np.arange(side) - (side - 1) / 2] * 2, indexing="ij")
    for width in (0.8, 1.2, 1.7):
        bump = np.exp(-(x**2 + y**2) / (2 * width**2))
        edge = x * bump, y * bump
        stroke = (x**2 / width**2 - 1) * bump, (y**2 / width**2 - 1) * bump, x * y * bump
        for kind in (edge, stroke):
            columns = np.array([part.ravel() - part.mean() for part in kind]).T
            yield np.linalg.qr(columns)[0]


def share(kernels):
    """Return for each kernel the largest share of its energy in an edge or stroke."""
    flat = kernels.reshape(-1, kernels.shape[-1]) - kernels.mean(axis=(0, 1))
    flat /= np.linalg.norm(flat, axis=0)
    return np.max([np.sum((basis.T @ flat) ** 2, axis=0) for basis in oriented(7)], axis=0)


def kernels(seeds, bound):
    """Print how many learnt kernels are nearer to an edge or stroke than `bound`."""
    networks = [trained(kernel_network, nn.AdamW(0.005, weight_decay=1.0), 8, s) for s in seeds]
    shares = np.array([share(network.layers[0].parameters["W"][:, :, 0]) for network in networks])
    print(f"  {np.sum(shares > bound)} of {shares.size} kernels, median {np.median(shares):.2f}")
    print("  accuracy", spread([accuracy(network) for network in networks]))


def heads(seeds):
    """Print the accuracies of both kinds of network, and how often averaging is better."""
    results = []
    for kind, epochs in ((flattening, 6), (averaging, 8)):
        networks = [trained(kind, nn.Adam(0.006), epochs, seed) for seed in seeds]
        results.append([[accuracy(network, shift) for network in networks] for shift in (0, 4)])
        parameters = sum(p.size for p in networks[0].parameters())
        print(f"  {kind.__name__}, {parameters} parameters:", *map(spread, results[-1]))
    better = np.sum(np.array(results[1]) > results[0], axis=1)
    print(f"  averaging better: in place {better[0]}, moved {better[1]} of {len(seeds)}")


def spread(values):
    """Write a mean, the lowest and the highest."""
    return f"{np.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def main():
    """Print what chapter 10a records."""
    random = share(np.random.default_rng(0).normal(size=(7, 7, 10_000)))
    bound = np.quantile(random, 0.95)
    print(f"random kernels: median share {np.median(random):.2f}, 95 % below {bound:.2f}")
    for name, seeds in GROUPS.items():
        print(f"seeds {name}")
        kernels(seeds, bound)
        heads(seeds)


if __name__ == "__main__":
    main()
