"""Exercises of chapter 13."""

import numpy as np

from .grading import Function, Property, Value

_rng = np.random.default_rng(13)

one_step = Value("13.1", "the weight after one step", 1.86, 1e-4)

steps_to_half = Value("13.1", "the first step after which less than half is left", 693.0, 1e-6)


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
    "13.2",
    "the weights after one step on the price with the decay",
    _decayed_step,
    ("w", "dw", "alpha", "lambda_"),
    (
        (np.array([2.0, -4.0]), np.array([0.0, 0.0]), 0.2, 0.25),
        (np.array([2.0, -4.0, 1.0]), np.array([0.5, 1.0, -2.0]), 0.2, 0.1),
        (np.array([1.0, 3.0]), np.array([0.5, -1.0]), 0.1, 0.0),
        (_rng.normal(size=5), _rng.normal(size=5), 0.3, 0.7),
    ),
    kept=("w", "dw"),
    remark=_about_step,
)

decayed_gradient = Function(
    "13.2",
    "the gradient of the price with the decay",
    lambda w, dw, lambda_: dw + lambda_ * w,
    ("w", "dw", "lambda_"),
    (
        (np.array([2.0, -4.0]), np.array([0.5, 1.0]), 0.0),
        (np.array([2.0, -4.0]), np.array([0.5, 1.0]), 0.5),
        (np.array([1.0, 3.0, -2.0]), np.zeros(3), 0.1),
        (_rng.normal(size=(2, 3)), _rng.normal(size=(2, 3)), 0.7),
    ),
    kept=("w", "dw"),
)

mean_and_loss = Value("13.3", "the mean output, and the mean price", [1.0, 2.5])


def _mean_of_relu(a, w, rho):
    a, w = np.asarray(a, float), np.asarray(w, float)
    masks = np.array(list(np.ndindex(*[2] * len(a))))
    chances = np.prod(np.where(masks, 1 - rho, rho), axis=1)
    return chances @ np.maximum(masks * a / (1 - rho) @ w, 0)


mean_of_relu = Function(
    "13.3",
    "the mean of the ReLU over all masks",
    _mean_of_relu,
    ("a", "w", "rho"),
    (
        (np.array([2.0, 1.0]), np.array([1.0, -1.0]), 0.5),
        (np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 0.25]), 0.25),
        (np.array([1.0]), np.array([-2.0]), 0.1),
        (np.array([1.5, -1.0]), np.array([2.0, 1.0]), 0.0),
        (_rng.normal(size=6), _rng.normal(size=6), 0.4),
    ),
    kept=("a", "w"),
)

_X = _rng.uniform(0.5, 1.5, (400, 50))
_RHO = 0.2


def _each_time(answer, batch, calls, name):
    """Return what an answer makes of a batch, once for each of the calls, or what is wrong."""
    if not callable(answer):
        return answer
    given, results = batch.copy(), []
    for arguments in calls:
        try:
            result = answer(given, *arguments)
        except NotImplementedError:
            return ...
        except (Exception, SystemExit) as error:
            return f"{type(error).__name__}: {error}"
        if result is None or result is ...:
            return ...
        results.append(np.array(result))
        if not np.array_equal(given, batch):
            return f"the function changes {name}, an argument to be left as it came"
    return results


def _with_dropout(answer):
    """Return what a dropout does: trained twice with one generator, anew, at rate 0, and asked."""
    start = np.random.default_rng(0)
    calls = [(_RHO, True, start), (_RHO, True, start), (_RHO, True, np.random.default_rng(0))]
    calls += [(0.0, True, np.random.default_rng(1)), (_RHO, False, np.random.default_rng(1))]
    return _each_time(answer, _X, calls, "X")


def _forgets(results):
    if results.shape != (5, *_X.shape):
        return "the result should have the shape of X"
    first, second, again, at_zero, asked = results
    if not np.allclose(asked, _X):
        return "without training X should come back as it is"
    silenced = first == 0
    if not silenced.all() and (silenced.all(axis=0).any() or silenced.all(axis=1).any()):
        return "one mask serves several samples or neurons; each entry wants a draw of its own"
    if abs(silenced.mean() - _RHO) > 0.02:
        return f"with rho = {_RHO} the share silenced is {silenced.mean():.2f}"
    if not np.allclose(first[~silenced], (_X / (1 - _RHO))[~silenced]):
        return "those that stay should be divided by 1 - rho"
    if not np.allclose(at_zero, _X):
        return "at the rate 0 nobody should be silenced, and X come back as it is"
    if np.array_equal(first, second):
        return "two calls drew the same mask"
    totals = set((results[:2] == 0).sum(axis=(1, 2)))
    alike = [len(set(silenced.sum(axis=axis))) == 1 for axis in (0, 1)]
    if any(alike) or totals == {round(_RHO * _X.size)}:
        return "every time the same number is silenced; each entry wants a draw of its own"
    if not np.array_equal(first, again):
        return "the same generator should draw the same mask: is rng used?"
    return True


dropout = Property(
    "13.4",
    "a function (X, rho, training, rng) that silences the share rho while training",
    _forgets,
    read=_with_dropout,
    quoted=False,
)

calibration = Value("13.5", "the calibration error and the temperature", [0.15, 2.0])


def _fast_sign(W, b, X, y, epsilon):
    Z = X @ W + b
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    return np.clip(X + epsilon * np.sign((P - np.eye(len(b))[y]) @ W.T), 0, 1)


def _about_push(arguments, came):
    """Say what is wrong with a push."""
    W, b, X, y, epsilon = arguments
    came = np.asarray(came, float)
    if came.min() < 0 or came.max() > 1:
        return "a pixel lies outside 0 and 1"
    if np.allclose(came, _fast_sign(W, b, X, y, -epsilon)):
        return "this push makes the right class cheaper"
    return None


def _softmax_case(m, n, classes, epsilon):
    W, b = _rng.normal(size=(n, classes)), _rng.normal(size=classes)
    return W, b, _rng.uniform(0, 1, (m, n)).round(2), _rng.integers(0, classes, m), epsilon


fast_sign = Function(
    "13.6",
    "the pushed pictures",
    _fast_sign,
    ("W", "b", "X", "y", "epsilon"),
    (
        (
            np.array([[1.0, -1.0], [2.0, 1.0], [-1.0, 1.0]]),
            np.array([0.0, 0.5]),
            np.array([[0.5, 0.5, 0.5], [0.0, 1.0, 0.5]]),
            np.array([0, 1]),
            0.25,
        ),
        _softmax_case(5, 6, 3, 0.1),
        _softmax_case(4, 3, 10, 0.5),
    ),
    kept=("X",),
    remark=_about_push,
)

_BATCH = _rng.uniform(0.1, 1, (1800, 7, 6, 1))


def _shifted(pictures, down, right, *, wrap=False):
    """Return the pictures moved, with paper or with what went out at the border where they came."""
    moved = np.roll(pictures, (down, right), axis=(1, 2))
    if not wrap:
        moved[:, : max(down, 0)] = moved[:, len(moved[0]) + min(down, 0) :] = 0
        moved[:, :, : max(right, 0)] = moved[:, :, moved.shape[2] + min(right, 0) :] = 0
    return moved


def _with_movement(answer):
    """Return what becomes of a batch: with a seed, with it again, with another."""
    calls = [(np.random.default_rng(seed),) for seed in (0, 0, 1)]
    return _each_time(answer, _BATCH, calls, "the batch")


def _moves(results):
    if results.shape != (3, *_BATCH.shape):
        return "the result should have the shape of the batch"
    first, again, other = results
    places = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    paper = np.array(
        [np.isclose(first, _shifted(_BATCH, *p), atol=1e-6).all(axis=(1, 2, 3)) for p in places]
    )
    if not paper.any(axis=0).all():
        around = [
            np.isclose(first, _shifted(_BATCH, *p, wrap=True), atol=1e-6).all(axis=(1, 2, 3))
            for p in places
        ]
        if np.any(around, axis=0).all():
            return "what leaves on one side comes back on the other"
        return "a picture came that is none of the nine moved ones"
    seen = paper.sum(axis=1)
    if (seen > 0).sum() == 1:
        return "all pictures were moved alike; each wants a draw of its own"
    if (seen == 0).any():
        return f"of the nine moves {(seen == 0).sum()} came for none of {len(_BATCH):,} pictures"
    if seen.max() > 260 or seen.min() < 140:  # 4.5 sigma off 200
        return "the nine moves should come equally often, one of them does not"
    if not np.array_equal(first, again):
        return "the same generator should move alike: is rng used?"
    if np.array_equal(first, other):
        return "another generator should move otherwise: is rng used?"
    return True


shifted = Property(
    "13.7",
    "a function (batch, rng) that moves every picture on its own",
    _moves,
    read=_with_movement,
    quoted=False,
)
