"""Exercises of chapter 13a."""

import numpy as np

from .grading import Function, Property, Value, near, results

_rng = np.random.default_rng(13)

_biased = near(["the squared bias", "the variance", "the best factor"], [0.04, 0.81, 0.8], 2e-3)


def _about_estimate(numbers):
    came = numbers.ravel()
    if len(came) == 3 and np.isclose(came[0], -0.2, atol=2e-3):
        return "the first number is the bias, not its square"
    if len(came) == 3 and np.isclose(came[1], 0.9, atol=2e-3):
        return "a variance grows with the square of the factor"
    if len(came) == 3 and np.isclose(came[1], 3.24, atol=2e-3):
        return "the mean of four measurements has a quarter of their variance"
    return _biased(numbers)


biased_estimate = Property(
    "13.1", "the squared bias, the variance and the best factor", _about_estimate
)

one_step = Value("13.2", "the weight after one step", 1.86, 1e-4)

steps_to_half = Value("13.2", "the first step after which less than half is left", 693.0, 1e-6)


def _decayed_step(w, dw, alpha, lambda_):
    return w - alpha * (dw + lambda_ * w)


def _about_step(arguments, came):
    """Say where a step has decayed twice."""
    w, dw, alpha, lambda_ = arguments
    once = _decayed_step(w, dw, alpha, lambda_)
    twice = once * (1 - alpha * lambda_), once - alpha * lambda_ * w
    if lambda_ and any(np.allclose(came, step) for step in twice):
        return "the weights have decayed twice in this step"
    return None


decayed_step = Function(
    "13.3", "the weights after one step on the loss with weight decay", _decayed_step,
    ("w", "dw", "alpha", "lambda_"),
    (
        (np.array([2.0, -4.0]), np.array([0.0, 0.0]), 0.2, 0.25),
        (np.array([2.0, -4.0, 1.0]), np.array([0.5, 1.0, -2.0]), 0.2, 0.1),
        (np.array([1.0, 3.0]), np.array([0.5, -1.0]), 0.1, 0.0),
        (_rng.normal(size=5), _rng.normal(size=5), 0.3, 0.7),
    ),
    kept=("w", "dw"), remark=_about_step,
)  # fmt: skip

decayed_gradient = Function(
    "13.3", "the gradient of the loss with weight decay", lambda w, dw, lambda_: dw + lambda_ * w,
    ("w", "dw", "lambda_"),
    (
        (np.array([2.0, -4.0]), np.array([0.5, 1.0]), 0.0),
        (np.array([2.0, -4.0]), np.array([0.5, 1.0]), 0.5),
        (np.array([1.0, 3.0, -2.0]), np.zeros(3), 0.1),
        (_rng.normal(size=(2, 3)), _rng.normal(size=(2, 3)), 0.7),
    ),
    kept=("w", "dw"),
)  # fmt: skip

mean_and_loss = Value("13.4", "the mean output, and the mean loss", [1.0, 2.5])


def _mean_of_relu(a, w, rho):
    a, w = np.asarray(a, float), np.asarray(w, float)
    masks = np.array(list(np.ndindex(*[2] * len(a))))
    probabilities = np.prod(np.where(masks, 1 - rho, rho), axis=1)
    return probabilities @ np.maximum(masks * a / (1 - rho) @ w, 0)


mean_of_relu = Function(
    "13.4", "the mean of the ReLU over all masks", _mean_of_relu, ("a", "w", "rho"),
    (
        (np.array([2.0, 1.0]), np.array([1.0, -1.0]), 0.5),
        (np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 0.25]), 0.25),
        (np.array([1.0]), np.array([-2.0]), 0.1),
        (np.array([1.5, -1.0]), np.array([2.0, 1.0]), 0.0),
        (_rng.normal(size=6), _rng.normal(size=6), 0.4),
    ),
    kept=("a", "w"),
)  # fmt: skip

_X = _rng.uniform(0.5, 1.5, (400, 50))
_RHO = 0.2


def _with_dropout(answer):
    """Return what a dropout does: trained twice with one generator, anew, at rate 0, and asked."""
    start = np.random.default_rng(0)
    again, at_zero, asked = map(np.random.default_rng, (0, 1, 1))
    calls = [(_X, _RHO, True, rng) for rng in (start, start, again)]
    calls += [(_X, 0.0, True, at_zero), (_X, _RHO, False, asked)]
    return results(answer, calls, kept="X")


def _drops(came):
    if came.shape != (5, *_X.shape):
        return "the result should have the shape of X"
    first, second, again, at_zero, asked = came
    if not np.allclose(asked, _X):
        return "without training X should come back as it is"
    dropped = first == 0
    if not dropped.all() and (dropped.all(axis=0).any() or dropped.all(axis=1).any()):
        return "one mask serves several samples or neurons; each entry needs a draw of its own"
    if abs(dropped.mean() - _RHO) > 0.02:
        return f"with rho = {_RHO} the fraction dropped is {dropped.mean():.2f}"
    if not np.allclose(first[~dropped], (_X / (1 - _RHO))[~dropped]):
        return "the activations that are kept should be divided by 1 - rho"
    if not np.allclose(at_zero, _X):
        return "at the rate 0 nothing should be dropped, and X come back as it is"
    if np.array_equal(first, second):
        return "two calls drew the same mask"
    totals = set((came[:2] == 0).sum(axis=(1, 2)))
    alike = [len(set(dropped.sum(axis=axis))) == 1 for axis in (0, 1)]
    if any(alike) or totals == {round(_RHO * _X.size)}:
        return "every time the same number is dropped; each entry needs a draw of its own"
    if not np.array_equal(first, again):
        return "the same generator should draw the same mask: is rng used?"
    return True


dropout = Property(
    "13.5", "a function (X, rho, training, rng) that drops the fraction rho while training",
    _drops, read=_with_dropout, quoted=False,
)  # fmt: skip

calibration = Value("13.6", "the calibration error and the temperature", [0.15, 2.0])


_BATCH = _rng.uniform(0.1, 1, (1800, 7, 6, 1))


def _which_shifts(images, edge):
    """Return which images are the batch shifted: one of the edge, 0 or 1, goes round or is lost."""
    padded = np.pad(_BATCH, ((0, 0), (edge, edge), (edge, edge), (0, 0)))
    h, w = _BATCH.shape[1:3]
    for shift in np.ndindex(3, 3):
        moved = np.roll(padded, np.subtract(shift, 1), axis=(1, 2))
        seen = moved[:, edge : edge + h, edge : edge + w]
        yield np.isclose(images, seen, atol=1e-6).all(axis=(1, 2, 3))


def _translated(answer):
    """Return what becomes of a batch: with a seed, with it again, with another."""
    calls = [(_BATCH, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    return results(answer, calls, kept="the batch")


def _translates(came):
    if came.shape != (3, *_BATCH.shape):
        return "the result should have the shape of the batch"
    first, again, other = came
    found = np.array(list(_which_shifts(first, edge=1)))
    if not found.any(axis=0).all():
        if np.any(list(_which_shifts(first, edge=0)), axis=0).all():
            return "what leaves on one side comes back on the other"
        return "an image came that is none of the nine translated ones"
    seen = found.sum(axis=1)
    if (seen > 0).sum() == 1:
        return "all images were translated alike; each needs a draw of its own"
    if missing := (seen == 0).sum():
        return f"of the nine translations {missing} came for none of {len(_BATCH):,} images"
    if seen.max() > 260 or seen.min() < 140:  # 4.5 sigma off 200
        return "the nine translations should come equally often, one of them does not"
    if not np.array_equal(first, again):
        return "the same generator should translate alike: is rng used?"
    if np.array_equal(first, other):
        return "another generator should translate otherwise: is rng used?"
    return True


shifted = Property(
    "13.7", "a function (batch, rng) that translates every image on its own", _translates,
    read=_translated, quoted=False,
)  # fmt: skip
