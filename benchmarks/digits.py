"""``python -m benchmarks.digits``: what chapters 12a and 12b record, for sixty seeds.

Softmax regression, 784-128-10 and LeNet-5 learn 3,000 digits. Their accuracy on the validation set
at five learning rates; LeNet-5 with the first bank of kernels, or both, left as initialised, at two
of them, and what excites its channels; with shuffled pixels; with data augmentation, on shifted
images. Then, each at its best rate, on the test set: intervals, McNemar's test, calibration. Seeds
0-29 and 100-129; an hour on one core.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from math import comb

import numpy as np

import nnbook as nn

GROUPS = {"0 to 29": range(30), "100 to 129": range(100, 130)}
RATES = (0.0003, 0.001, 0.003, 0.01, 0.03)
ORDER = np.random.default_rng(12).permutation(784)
(IMAGES, DIGITS), (X_TEST, Y_TEST) = nn.datasets.load_digits()
X, Y, X_VAL, Y_VAL = IMAGES[:3000], DIGITS[:3000], IMAGES[3000:], DIGITS[3000:]
he = nn.initializers.he_normal


def linear(rng):
    """Softmax regression."""
    return nn.Sequential(nn.Flatten(), nn.Dense(784, 10, rng=rng))


def dense(rng):
    """One hidden layer."""
    first = nn.Dense(784, 128, rng=rng, weight_init=he)
    return nn.Sequential(nn.Flatten(), first, nn.ReLU(), nn.Dense(128, 10, rng=rng))


def lenet(rng):
    """LeNet-5 with max pooling and ReLU."""
    return nn.Sequential(
        *[nn.Conv2D(1, 6, 5, rng=rng, padding=2), nn.MaxPool2D(2), nn.ReLU()],
        *[nn.Conv2D(6, 16, 5, rng=rng), nn.MaxPool2D(2), nn.ReLU(), nn.Flatten()],
        *[nn.Dense(400, 120, rng=rng, weight_init=he), nn.ReLU()],
        *[nn.Dense(120, 84, rng=rng, weight_init=he), nn.ReLU(), nn.Dense(84, 10, rng=rng)],
    )


BEST = {linear: 0.01, dense: 0.01, lenet: 0.003}


def trained(build, rate, seed, X=X, epochs=4, augment=None, frozen=0):
    """Train all but the last epoch at the rate, and that at a quarter of it."""
    rng, optimizer = np.random.default_rng(seed), nn.Adam(rate)
    whole = build(rng).astype(np.float32)
    learner = whole
    if frozen:
        X = nn.Sequential(*whole.layers[:frozen]).predict(X)
        learner = nn.Sequential(*whole.layers[frozen:])
    for part, now in ((epochs - 1, rate), (1, rate / 4)):
        optimizer.learning_rate = now
        learner.fit(
            X, Y, loss=nn.SoftmaxCrossEntropy(), optimizer=optimizer, epochs=part, batch_size=50,
            augment=augment, rng=rng, progress=False,
        )  # fmt: skip
    return whole


def accuracy(network, X=X_VAL, y=Y_VAL):
    """Return the accuracy, on the validation set if nothing else is given."""
    return nn.metrics.accuracy(network.predict(X), y)


def shuffled(X):
    """Return the images with their pixels in another order, the same for all."""
    return X.reshape(-1, 784)[:, ORDER].reshape(X.shape)


def to_the_right(X, pixels):
    """Return the images moved to the right."""
    return np.pad(X, ((0, 0), (0, 0), (pixels, 0), (0, 0)))[:, :, :28]


def jitter(pixels):
    """Return an augmentation: each batch moved by up to so many pixels in both directions."""

    def moved(batch, rng):
        return np.roll(batch, rng.integers(-pixels, pixels + 1, 2), axis=(1, 2))

    return moved


def spread(values):
    """Return mean, standard deviation, smallest and largest, in per cent."""
    values = 100 * np.asarray(values)
    ends = f"{values.min():.1f} to {values.max():.1f}"
    return f"{values.mean():.1f} (sd {values.std(ddof=1):.2f}, {ends})"


def p_value(b, c):
    """Return McNemar's exact p: two-sided, of b and c images that only one network got right."""
    few = sum(comb(int(b + c), i) for i in range(int(min(b, c)) + 1))
    return min(1.0, 2 * few / 2 ** int(b + c))


def likeness(network):
    """Return how alike the eight windows are that excite a channel of the second layer most.

    It is the mean correlation of two of the eight, over all channels.
    """
    maps = nn.Sequential(*network.layers[:4]).predict(X)
    padded, found = np.pad(X[..., 0], ((0, 0), (2, 2), (2, 2))), []
    for channel in np.moveaxis(maps, 3, 0):
        windows = []
        for s in channel.max(axis=(1, 2)).argsort()[::-1][:8]:
            r, c = 2 * np.array(np.unravel_index(channel[s].argmax(), channel[s].shape))
            windows.append(padded[s, r : r + 14, c : c + 14].ravel())
        found.append(np.corrcoef(windows)[np.triu_indices(8, 1)].mean())
    return np.mean(found)


def rates(seeds):
    """Accuracy on the validation set at each rate."""
    for build in BEST:
        for rate in RATES:
            found = [accuracy(trained(build, rate, seed)) for seed in seeds]
            print(f"  {build.__name__:7} {rate:7}  {spread(found)}", flush=True)


def parts(seeds):
    """Kernels left as initialised, shuffled pixels, translated images."""
    nets = [trained(lenet, 0.003, seed) for seed in seeds]
    fresh = [lenet(np.random.default_rng(seed)).astype(np.float32) for seed in seeds]
    before, after = (np.array([likeness(net) for net in group]) for group in (fresh, nets))
    print(f"  windows alike before {before.mean():.2f}, after {after.mean():.2f}", end=", ")
    print(f"more so with {np.sum(after > before)}", flush=True)
    for rate in (0.003, 0.01):
        whole = np.array([accuracy(trained(lenet, rate, seed)) for seed in seeds])
        for name, layers in (("first bank frozen", 3), ("both banks frozen", 6)):
            found = [accuracy(trained(lenet, rate, seed, frozen=layers)) for seed in seeds]
            lower = np.sum(np.array(found) < whole)
            print(f"  LeNet-5, {rate}, {name}  {spread(found)}, lower with {lower}", flush=True)
    for build in (dense, lenet):
        for name, arranged in (("in order", np.asarray), ("shuffled", shuffled)):
            nets = [trained(build, BEST[build], seed, arranged(X)) for seed in seeds]
            found = [accuracy(net, arranged(X_VAL)) for net in nets]
            print(f"  {build.__name__}, pixels {name}  {spread(found)}", flush=True)
        for augment in (None, jitter(1), jitter(3)):
            nets = [trained(build, BEST[build], seed, augment=augment) for seed in seeds]
            falls = [[accuracy(n, to_the_right(X_VAL, k)) for k in range(7)] for n in nets]
            print(f"  {build.__name__} to the right by 0 to 6", np.mean(falls, axis=0).round(3))
    for rate in (0.001, 0.01):
        nets = [trained(lenet, rate, seed, shuffled(X)) for seed in seeds]
        found = [accuracy(net, shuffled(X_VAL)) for net in nets]
        print(f"  lenet, pixels shuffled, rate {rate}  {spread(found)}", flush=True)
    for build, pixels in ((dense, 0), (dense, 1), (dense, 3), (lenet, 0), (lenet, 3)):
        augment = jitter(pixels) if pixels else None
        nets = [trained(build, BEST[build], seed, epochs=12, augment=augment) for seed in seeds]
        new, seen = (spread([accuracy(n, *data) for n in nets]) for data in ((), (X, Y)))
        print(f"  {build.__name__}, 12 epochs, moved by up to {pixels}: {new}", end=", ")
        print(f"on the training set {seen}", flush=True)


def tested(seeds):
    """The test set, for the networks at their best rates."""
    nets = {b: [trained(b, BEST[b], seed) for seed in seeds] for b in BEST}
    P = {b: [nn.softmax(net.predict(X_TEST)) for net in found] for b, found in nets.items()}
    wrong = {b: np.array([p.argmax(axis=1) != Y_TEST for p in found]) for b, found in P.items()}
    for build in BEST:
        accuracies, known = 1 - wrong[build].mean(axis=1), [accuracy(n) for n in nets[build]]
        correlation = np.corrcoef(accuracies, known)[0, 1]
        print(
            f"  {build.__name__}  {spread(accuracies)}, correlation {correlation:.2f}", flush=True
        )
        confidence = np.array([p.max(axis=1) for p in P[build]])
        right = ~wrong[build]
        excess = confidence.mean(axis=1) - right.mean(axis=1)
        print(f"    confidence minus accuracy  {spread(excess)}, above 0 with {np.sum(excess > 0)}")
        unsure = confidence <= 0.9
        caught = (unsure & wrong[build]).sum(axis=1) / wrong[build].sum(axis=1)
        print(f"    up to 0.9: {unsure.sum(axis=1).mean():.0f} with {spread(caught)} of the errors")
    few = len(wrong[lenet])
    overlaps, ps, seeds_apart = 0, [], []
    for k in range(few):
        ours, theirs = wrong[lenet][k], wrong[dense][k]
        low, _ = nn.experiments.wilson(int(1000 - ours.sum()), 1000)
        _, high = nn.experiments.wilson(int(1000 - theirs.sum()), 1000)
        overlaps += low <= high
        ps.append(p_value((ours & ~theirs).sum(), (~ours & theirs).sum()))
        other = wrong[lenet][(k + 1) % few]
        seeds_apart.append(p_value((ours & ~other).sum(), (~ours & other).sum()))
    better = np.sum(wrong[lenet].sum(axis=1) < wrong[dense].sum(axis=1))
    print(f"  LeNet-5 better than dense with {better}")
    print(f"  Wilson's intervals of LeNet-5 and dense overlap with {overlaps}")
    print(f"  McNemar's p below 0.05 with {np.sum(np.array(ps) < 0.05)}, largest {max(ps):.3f}")
    print(f"  two seeds of LeNet-5: p below 0.05 in {np.sum(np.array(seeds_apart) < 0.05)}")
    wrongs = wrong[lenet].sum(axis=0)
    print(f"  wrong with all {np.sum(wrongs == few)}, with none {np.sum(wrongs == 0)}")


def main():
    """Measure everything, group by group."""
    for name, seeds in GROUPS.items():
        print(f"seeds {name}", flush=True)
        rates(seeds)
        parts(seeds)
        tested(seeds)


if __name__ == "__main__":
    main()
