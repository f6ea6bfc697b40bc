"""``python -m benchmarks.generalisation``: what chapters 13a and 13b record, for sixty seeds.

784-64-10 learns 500 digits: memorised random labels; weight decay, dropout, data augmentation and
early stopping, on held-out images and after temperature scaling; adversarial examples, transfer
attacks, adversarial training; shifted distributions. Bias and variance of polynomials, double
descent of random features. Seeds 0-29 and 100-129; a quarter of an hour on one core.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import nnbook as nn
from benchmarks.digits import DIGITS, GROUPS, IMAGES, X_VAL, Y_VAL, jitter, to_the_right

X, Y = IMAGES[:500], DIGITS[:500]
X_NEW, Y_NEW = IMAGES[1000:3000], DIGITS[1000:3000]
NOISY = Y.copy()
NOISY[:250] = np.random.default_rng(1).integers(0, 10, 250)
cross_entropy = nn.SoftmaxCrossEntropy()


def build(seed, rho=0.0):
    """784-64-10 with dropout before the logits."""
    rng = np.random.default_rng(seed)
    first = nn.Dense(784, 64, rng=rng, weight_init=nn.initializers.he_normal)
    dropout, last = nn.Dropout(rho, rng=rng), nn.Dense(64, 10, rng=rng)
    return nn.Sequential(nn.Flatten(), first, nn.ReLU(), dropout, last).astype(np.float32)


def trained(seed, *, y=None, first=0, many=500, rho=0.0, decay=0.0, augment=None, epochs=20):
    """Return the network of a seed, trained on images from the first one on."""
    network, optimizer = build(seed, rho), nn.Adam(0.003, weight_decay=decay)
    X, labels = (array[first : first + many] for array in (IMAGES, DIGITS))
    y = labels if y is None else y
    network.fit(
        X, y, loss=cross_entropy, optimizer=optimizer, batch_size=50, epochs=epochs,
        augment=augment, rng=seed, progress=False,
    )  # fmt: skip
    return network


def stopped(seed, y=Y):
    """Return the network with the lowest validation loss, and its epoch."""
    network, stopping = build(seed), nn.EarlyStopping(5)
    network.fit(
        X, y, loss=cross_entropy, optimizer=nn.Adam(0.003), batch_size=50, epochs=20,
        validation=(X_VAL, Y_VAL), early_stopping=stopping, rng=seed, progress=False,
    )  # fmt: skip
    return network, stopping.best_epoch


def noisy(size):
    """Return an augmentation: Gaussian noise of this standard deviation."""

    def add(batch, rng):
        return batch + size * rng.standard_normal(batch.shape, dtype=np.float32)

    return add


def mirrored(batch, rng):
    """Flip every other image."""
    return np.where(rng.random((len(batch), 1, 1, 1)) < 0.5, batch[:, :, ::-1], batch)


KINDS = {
    "plain": {},
    **{f"decay {decay}": {"decay": decay} for decay in (0.001, 0.003, 0.01, 0.03)},
    **{f"dropout {rho}": {"rho": rho} for rho in (0.25, 0.5, 0.75, 0.9)},
    "translated": {"augment": jitter(1)},
    **{f"noise {size}": {"augment": noisy(size)} for size in (0.2, 0.4, 0.6)},
    "mirrored": {"augment": mirrored},
}


def accuracy(network, X=X_NEW, y=Y_NEW):
    """Return the accuracy, on held-out images if nothing else is given."""
    return nn.metrics.accuracy(network.predict(X), y)


def best_temperature(Z, y):
    """Return the temperature with the lowest loss."""
    low, high, Y, Z = 0.1, 10.0, np.eye(10)[y], Z.astype(float)
    for _ in range(40):
        T = (low + high) / 2
        if np.sum((Y - nn.softmax(Z / T)) * Z) > 0:
            high = T
        else:
            low = T
    return T


def judged(network):
    """Return validation loss, held-out loss, accuracy, temperature, loss with it, errors."""
    Z, error = network.predict(X_NEW).astype(float), nn.metrics.calibration_error
    T = best_temperature(network.predict(X_VAL), Y_VAL)
    losses = [cross_entropy.forward(Z / t, Y_NEW) for t in (1, T)]
    errors = [error(nn.softmax(Z / t), Y_NEW) for t in (1, T)]
    validation = cross_entropy.forward(network.predict(X_VAL), Y_VAL)
    return [validation, losses[0], accuracy(network), T, losses[1], *errors]


def counted(name, found, plain):
    """Print means, and how many are better than plain."""
    m = found.mean(axis=0)
    print(
        f"  {name:12} val loss {m[0]:.3f} loss {m[1]:.3f} accuracy {m[2]:.4f} T {m[3]:.2f}", end=""
    )
    print(f" loss with T {m[4]:.3f} ece {m[5]:.3f} {m[6]:.3f}", end="")
    lower, more = np.sum(found[:, 1] < plain[:, 1]), np.sum(found[:, 2] > plain[:, 2])
    print(f"; lower {lower}, more accurate {more}", end="")
    print(f", lower with T {np.sum(found[:, 4] < plain[:, 4])}", flush=True)


def remedies(seeds):
    """Regularisation, on held-out images and after temperature scaling."""
    nets = {name: [trained(seed, **how) for seed in seeds] for name, how in KINDS.items()}
    plain = np.array([judged(net) for net in nets["plain"]])
    for name in KINDS:
        found = np.array([judged(net) for net in nets[name]])
        counted(name, found, plain)
        seen = [accuracy(net, X, Y) for net in nets[name]]
        squares = np.mean([sum((p**2).sum() for p in net.parameters()) for net in nets[name]])
        print(f"    on the training set {min(seen):.3f} up, sum of squares {squares:.0f}")
    runs = [stopped(seed) for seed in seeds]
    counted("stopped", np.array([judged(net) for net, _ in runs]), plain)
    print("    epochs", sorted(epoch for _, epoch in runs))
    ends = np.array([judged(trained(seed, y=NOISY)) for seed in seeds])
    runs = [stopped(seed, NOISY) for seed in seeds]
    counted("noisy labels", ends, ends)
    counted("stopped", np.array([judged(net) for net, _ in runs]), ends)
    print("    epochs", sorted(epoch for _, epoch in runs))
    shuffled = np.random.default_rng(1).permutation(Y)
    for epochs in (20, 40):
        found = [trained(seed, y=shuffled, epochs=epochs) for seed in seeds]
        seen = [accuracy(net, X, shuffled) for net in found]
        new = [accuracy(net) for net in found]
        print(
            f"  shuffled, {epochs}: {min(seen):.3f} up; held out {min(new):.3f} to {max(new):.3f}"
        )
    for many in (125, 250, 500, 1000):
        for name in ("plain", "translated"):
            found = [accuracy(trained(seed, many=many, **KINDS[name])) for seed in seeds]
            print(
                f"  {many} images, {name}: {np.mean(found):.3f} sd {np.std(found):.3f}", flush=True
            )
    return nets


def input_gradient(network, X, y):
    """Return the gradient of each image's loss with respect to its pixels, without dropout."""
    W1, b1, W2, b2 = network.parameters()
    Z1 = X.reshape(len(X), 784) @ W1 + b1
    dZ2 = nn.softmax(np.maximum(Z1, 0) @ W2 + b2) - np.eye(10, dtype=W1.dtype)[y]
    return (dZ2 @ W2.T * (Z1 > 0) @ W1.T).reshape(X.shape)


def fast_sign(network, X, y, epsilon):
    """Return the adversarial examples of the fast gradient sign method."""
    return np.clip(X + epsilon * np.sign(input_gradient(network, X, y)), 0, 1)


def projected(network, X, y, epsilon, steps=20):
    """Return adversarial examples of projected gradient descent: small steps, kept near X."""
    now = X
    for _ in range(steps):
        now = now + epsilon / 5 * np.sign(input_gradient(network, now, y))
        now = np.clip(np.clip(now, X - epsilon, X + epsilon), 0, 1)
    return now


def attacks(seeds, nets):
    """Adversarial examples: a network's own, a plain surrogate's, one of the same kind."""
    A, y = X_NEW[:1000], Y_NEW[:1000]
    plain, usual = nets["plain"], {}
    signs = np.random.default_rng(1).choice([-1.0, 1.0], A.shape).astype(np.float32)
    for epsilon in (0.02, 0.05, 0.1, 0.15, 0.2):
        own = [accuracy(net, fast_sign(net, A, y, epsilon), y) for net in plain]
        random = [accuracy(net, np.clip(A + epsilon * signs, 0, 1), y) for net in plain]
        print(f"  {epsilon}: {min(own):.3f} to {max(own):.3f}", end="")
        print(f", random {min(random):.3f} to {max(random):.3f}")
    others = [trained(seed + 1000) for seed in seeds]
    elsewhere = [trained(seed, first=500) for seed in seeds]
    pairs = zip(plain, elsewhere, strict=True)
    found = [accuracy(n, fast_sign(s, A, y, 0.1), y) for n, s in pairs]
    print(f"  by a surrogate with other images {np.mean(found):.3f} ({min(found)} to {max(found)})")
    for name in ("plain", "decay 0.003", "dropout 0.5", "translated", "noise 0.2", "noise 0.4"):
        group = nets[name]
        kin = group[1:] + group[:1]
        for who, sources in (("itself", group), ("plain", others), ("kin", kin)):
            pairs = zip(group, sources, strict=True)
            found = np.array([accuracy(n, fast_sign(s, A, y, 0.1), y) for n, s in pairs])
            usual.setdefault(who, found)
            above, below = np.sum(found > usual[who]), np.sum(found < usual[who])
            print(f"  {name:12} by {who:6} {found.mean():.3f}, above plain {above}, below {below}")
        strong = np.array([accuracy(n, projected(n, A, y, 0.1), y) for n in group])
        print(f"    by projected gradient descent {strong.mean():.3f}", flush=True)


def margins(nets):
    """The margin of the plain networks, and by how much perturbations of 0.1 move it."""
    A, y, rows = X_NEW[:1000], Y_NEW[:1000], []
    for net in nets["plain"]:
        network = nn.Sequential(*(part for part in net.layers if not isinstance(part, nn.Dropout)))
        right = np.eye(10, dtype=A.dtype)[y]

        def margin(B, network=network, right=right):
            Z = network.forward(B)
            other = np.eye(10, dtype=A.dtype)[np.where(right == 1, -np.inf, Z).argmax(axis=1)]
            slopes = network.backward(right - other, input_gradient=True)
            return np.sum((right - other) * Z, axis=1), slopes

        before, uphill = margin(A)
        signs = 0.1 * np.sign(input_gradient(net, A, y))
        clipped = fast_sign(net, A, y, 0.1) - A
        after, _ = margin(A + clipped)
        rows.append([
            before.mean(),
            0.1 * np.sqrt(np.sum(uphill**2, axis=(1, 2, 3))).mean(),
            *(-np.sum(uphill * change) / 1000 for change in (signs, clipped)),
            np.mean(before - after),
        ])  # fmt: skip
    print("  margin, moved by random signs, by the gradient's, clipped, really", end=" ")
    print(np.mean(rows, axis=0).round(2), flush=True)


def adversarially(seed, epsilon):
    """Train with half of every mini-batch attacked."""
    rng, network, optimizer = np.random.default_rng(seed), build(seed), nn.Adam(0.003)
    for _ in range(20):
        for batch in nn.data.batches(500, 50, rng):
            A, y = X[batch], Y[batch]
            A = np.concatenate([fast_sign(network, A[:25], y[:25], epsilon), A[25:]])
            cross_entropy.forward(network.forward(A), y)
            network.backward(cross_entropy.backward())
            optimizer.step(network.parameters(), network.gradients())
    return network


def defended(seeds, nets):
    """Adversarial training."""
    A, y = X_NEW[:1000], Y_NEW[:1000]
    for epsilon in (0.0, 0.05, 0.1, 0.2):
        rows = []
        for net in [adversarially(seed, epsilon) for seed in seeds]:
            attacked = [fast_sign(net, A, y, e) for e in (0.1, 0.2)] + [projected(net, A, y, 0.1)]
            rows.append([accuracy(net)] + [accuracy(net, B, y) for B in attacked])
        print(f"  epsilon {epsilon}: held out, 0.1, 0.2, projected 0.1", end=" ")
        print(np.mean(rows, axis=0).round(3), np.min(rows, axis=0), np.max(rows, axis=0), end="")
        better = [row[0] > accuracy(net) for row, net in zip(rows, nets["plain"], strict=True)]
        print(f", more accurate than plain {sum(better)}", flush=True)


def shifts(nets):
    """Accuracy and confidence on images of other kinds."""
    rng = np.random.default_rng(1)
    kinds = {
        "held out": X_NEW,
        "moved by 4": to_the_right(X_NEW, 4),
        "moved by 2": to_the_right(X_NEW, 2),
        "quarter turn": np.rot90(X_NEW, axes=(1, 2)),
        "noise 0.4": X_NEW + rng.normal(0, 0.4, X_NEW.shape).astype(np.float32),
        "inverted": 1 - X_NEW,
    }
    for name in ("plain", "translated", "noise 0.4", "decay 0.003"):
        for kind, images in kinds.items():
            right, sure = [], []
            for net in nets[name]:
                T = best_temperature(net.predict(X_VAL), Y_VAL)
                right.append(accuracy(net, images))
                Z = net.predict(images)
                sure.append([nn.softmax(Z / t).max(axis=1).mean() for t in (1, T)])
            sure = np.mean(sure, axis=0)
            print(
                f"  {name} {kind}: {np.mean(right):.3f} ({min(right):.3f} to {max(right):.3f})",
                end="",
            )
            print(f", confidence {sure[0]:.3f}, with T {sure[1]:.3f}", flush=True)


def polynomials(seeds):
    """Bias and variance of polynomials of degree 0 to 12 at 20 points."""
    x, noise = np.linspace(0, 1, 20), 0.3
    truth, rows, best = np.sin(6 * x) * np.exp(x) / 2, [], []
    for seed in seeds:
        rng, row = np.random.default_rng(seed), []
        targets = truth + rng.normal(0, noise, (500, 20))
        fresh = truth + rng.normal(0, noise, (500, 20))
        for degree in range(13):
            B = np.polynomial.legendre.legvander(2 * x - 1, degree)
            fits = targets @ (B @ np.linalg.pinv(B)).T
            bias, variance = np.mean((fits.mean(axis=0) - truth) ** 2), np.mean(fits.var(axis=0))
            row.append([bias, variance, np.mean((fits - fresh) ** 2)])
        rows.append(row)
        best.append(int(np.argmin([each[2] for each in row])))
    print("  bias, variance, error", np.mean(rows, axis=0).round(4).tolist())
    print("  best degrees", np.bincount(best).tolist(), flush=True)


def features(seeds):
    """Double descent of random ReLU features, fitted to 200 digits."""
    widths = (10, 20, 40, 70, 100, 140, 170, 200, 240, 300, 400, 800, 1600)
    rows, norms, ridged = [], [], []
    F0, F1 = IMAGES[:200].reshape(200, 784), X_VAL.reshape(-1, 784)
    labels = np.eye(10)[DIGITS[:200]]
    for seed in seeds:
        rng, row, size, ridge = np.random.default_rng(seed), [], [], []
        W = rng.normal(0, (2 / 784) ** 0.5, (784, 1600))
        for p in widths:
            A, B = (np.maximum(F @ W[:, :p], 0) for F in (F0, F1))
            U = np.linalg.lstsq(A, labels, rcond=1e-10)[0]
            row.append(np.mean((B @ U).argmax(axis=1) != Y_VAL))
            size.append(np.linalg.norm(U))
            K = np.linalg.solve(A.T @ A + np.eye(p), A.T @ labels)
            ridge.append(np.mean((B @ K).argmax(axis=1) != Y_VAL))
        rows.append(row)
        norms.append(size)
        ridged.append(ridge)
    rows = np.array(rows)
    print("  error", np.median(rows, axis=0).round(3).tolist())
    print("  ridge", np.median(ridged, axis=0).round(3).tolist())
    print("  norm", np.median(norms, axis=0).round(1).tolist())
    print("  peak at", np.bincount(rows[:, 2:].argmax(axis=1) + 2).tolist())
    print("  end below the best before", np.sum(rows[:, -1] < rows[:, :7].min(axis=1)), flush=True)


def main():
    """Measure everything, group by group."""
    for name, seeds in GROUPS.items():
        print(f"seeds {name}", flush=True)
        polynomials(seeds)
        features(seeds)
        nets = remedies(seeds)
        attacks(seeds, nets)
        margins(nets)
        shifts(nets)
        defended(seeds, nets)


if __name__ == "__main__":
    main()
