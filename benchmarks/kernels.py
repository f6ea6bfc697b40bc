"""``python -m benchmarks.kernels``: what chapter 10a records, for the seeds 0-29 and 100-129.

Kernels of 7 × 7 learnt from 3,000 digits: how much of each is an edge or a stroke, compared with
random kernels that are as smooth. And two networks with the same three convolutions, of which one
flattens its feature maps and one averages each: accuracy on 1,000 held-out digits, and on the same
digits moved to the right by up to eight pixels. Some ten minutes on one core.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import nnbook as nn

SHIFTS = range(9)
GROUPS = {"0 to 29": range(30), "100 to 129": range(100, 130)}
(IMAGES, DIGITS), _ = nn.datasets.load_digits()  # the test set is not touched


def kernel_network(rng):
    """One convolution with large kernels."""
    small = nn.initializers.normal(0.05)
    conv = nn.Conv2D(1, 8, 7, stride=2, rng=rng, weight_init=small)
    return conv, nn.ReLU(), nn.MaxPool2D(2), nn.Flatten(), nn.Dense(200, 10, rng=rng)


def body(rng):
    """Three convolutions: 24 feature maps of 7 × 7."""
    first = nn.Conv2D(1, 8, 5, stride=2, padding=2, rng=rng)
    second = nn.Conv2D(8, 16, 3, stride=2, padding=1, rng=rng)
    third = nn.Conv2D(16, 24, 3, padding=1, rng=rng)
    return first, nn.ReLU(), second, nn.ReLU(), third, nn.ReLU()


def flattening(rng):
    """A dense layer with a weight for each position of each map."""
    return *body(rng), nn.Flatten(), nn.Dense(7 * 7 * 24, 10, rng=rng)


def averaging(rng):
    """A 1 × 1 convolution to ten maps, and the mean of each map."""
    return *body(rng), nn.Conv2D(24, 10, 1, rng=rng), nn.AvgPool2D(7), nn.Flatten()


def trained(layers, optimizer, epochs, seed):
    """Train a network with mini-batches of 50, and yield it after some of the epochs."""
    network = nn.Sequential(*layers(np.random.default_rng(seed))).astype(np.float32)
    rng, loss = np.random.default_rng(seed + 1), nn.SoftmaxCrossEntropy()
    for epoch in range(max(epochs)):
        for rows in np.split(rng.permutation(3000), 60):
            loss.forward(network.forward(IMAGES[rows]), DIGITS[rows])
            network.backward(loss.backward())
            optimizer.step(network.parameters(), network.gradients())
        if epoch + 1 in epochs:
            yield network


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


def smoothness(kernels):
    """Return the correlation of each weight with the one below."""
    return np.corrcoef(kernels[:-1].ravel(), kernels[1:].ravel())[0, 1]


def random_kernels(blur):
    """Return random kernels, blurred by a Gaussian of a width, as many as give a firm quantile."""
    noise = np.random.default_rng(0).normal(size=(19, 19, 10_000))
    weights = np.exp(-(np.arange(-6, 7) ** 2) / (2 * blur**2))
    for axis in (0, 1):
        windows = np.lib.stride_tricks.sliding_window_view(noise, 13, axis=axis)
        noise = windows @ weights
    return noise


def kernels(seeds, bound):
    """Print the shares of learnt kernels, with and without weight decay."""
    for decay in (1.0, 0.0):
        networks = []
        for seed in seeds:
            optimizer = nn.AdamW(0.005, weight_decay=decay)
            networks += trained(kernel_network, optimizer, {8}, seed)
        learnt = [network.layers[0].parameters["W"][:, :, 0] for network in networks]
        shares = np.array([share(each) for each in learnt])
        print(f"  weight decay {decay}: median share {np.median(shares):.2f},", end=" ")
        print(f"above the bound {np.sum(shares > bound)} of {shares.size},", end=" ")
        print(f"smoothness {spread([smoothness(each) for each in learnt])}")
        print("    accuracy", spread([accuracy(network) for network in networks]))


def heads(seeds):
    """Print the accuracies of both heads after 8 and 20 epochs, and which is better how often."""
    results = []
    for kind in (flattening, averaging):
        results.append(
            [
                [[accuracy(network, shift) for shift in SHIFTS] for network in runs]
                for runs in (trained(kind, nn.Adam(0.006), {8, 20}, seed) for seed in seeds)
            ]
        )
    for k, epochs in enumerate((8, 20)):
        flat, mean = (np.array(result)[:, k] for result in results)
        for name, values in (("flattening", flat), ("averaging", mean)):
            print(f"  {name}, {epochs} epochs: in place {spread(values[:, 0])},", end=" ")
            print(f"moved by four {spread(values[:, 4])}")
            print("    by shift", np.round(values.mean(axis=0), 3).tolist())
        better = np.sum(mean > flat, axis=0)
        print(f"  averaging better: in place {better[0]}, moved {better[4]} of {len(seeds)}")


def spread(values):
    """Write a mean, the lowest and the highest."""
    return f"{np.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def main():
    """Print what chapter 10a records."""
    smooth = random_kernels(blur=1.0)
    shares = share(smooth)
    bound = np.quantile(shares, 0.95)
    print(f"random kernels, smoothness {smoothness(smooth):.2f}:", end=" ")
    print(f"median share {np.median(shares):.2f}, 95 % below {bound:.2f}")
    for name, seeds in GROUPS.items():
        print(f"seeds {name}")
        kernels(seeds, bound)
        heads(seeds)


if __name__ == "__main__":
    main()
