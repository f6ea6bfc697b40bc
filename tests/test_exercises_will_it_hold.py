"""Every grader of chapter 13: right forms pass, wrong answers are told so."""

import math
from itertools import product

import numpy as np
import pytest
from grader_tests import *  # noqa: F403

import nnbook as nn
from nnbook.exercises import will_it_hold as ex

NAN = float("nan")


def raises(*_):
    raise RuntimeError("oh dear")


def planted_step(w, dw, alpha, lambda_):
    return (1 - alpha * lambda_) * w - alpha * (dw + lambda_ * w)


def step_of_the_package(w, dw, alpha, lambda_):
    p = w.copy()
    nn.SGD(alpha, weight_decay=lambda_).step([p], [dw])
    return p


def step_in_place(w, dw, alpha, lambda_):
    w -= alpha * (dw + lambda_ * w)
    return w


def relu_by_loops(a, w, rho):
    total = 0.0
    for mask in product((0, 1), repeat=len(a)):
        chance, z = 1.0, 0.0
        for stays, x, weight in zip(mask, a, w, strict=True):
            chance *= 1 - rho if stays else rho
            z += stays * x * weight / (1 - rho)
        total += chance * max(z, 0)
    return total


def relu_by_halves(a, w, rho, z=0.0):
    if len(a) == 0:
        return max(z, 0.0)
    stays = relu_by_halves(a[1:], w[1:], rho, z + a[0] * w[0] / (1 - rho))
    return (1 - rho) * stays + rho * relu_by_halves(a[1:], w[1:], rho, z)


def relu_changed(
    bend=lambda z: np.maximum(z, 0), scale=lambda rho: 1 - rho, even=False, swap=False
):
    def answer(a, w, rho):
        masks = np.array(list(np.ndindex(*[2] * len(a))))
        chances = np.prod(np.where(masks, *((rho, 1 - rho) if swap else (1 - rho, rho))), axis=1)
        chances = np.full(len(masks), 1 / len(masks)) if even else chances
        return chances @ bend(masks * a / scale(rho) @ w)

    return answer


def relu_drawn(a, w, rho):
    masks = np.random.default_rng(0).random((10_000, len(a))) >= rho
    return np.maximum(masks * a / (1 - rho) @ w, 0).mean()


def silence(X, rho, training, rng):
    return X * (rng.random(X.shape) >= rho) / (1 - rho) if training else X


def silence_by_loops(X, rho, training, rng):
    Y = X.copy()
    if training:
        for s, j in np.ndindex(*X.shape):
            Y[s, j] = 0 if rng.random() < rho else X[s, j] / (1 - rho)
    return Y


def silence_by_choice(X, rho, training, rng):
    if not training:
        return X.tolist()
    return X * rng.choice([0, 1 / (1 - rho)], X.shape, p=[rho, 1 - rho])


def silence_a_fixed_number(axis):
    def answer(X, rho, training, rng):
        n = X.size if axis is None else X.shape[axis]
        stays = np.arange(n) >= int(rho * n)
        if axis is None:
            mask = rng.permutation(stays).reshape(X.shape)
        else:
            rows = np.broadcast_to(stays, (X.size // n, n))
            mask = rng.permuted(rows, axis=1)
            mask = mask.T if axis == 0 else mask
        return X * mask / (1 - rho) if training else X

    return answer


def silence_of_the_package(X, rho, training, rng):
    layer = nn.Dropout(rho, rng=rng)
    return layer.forward(X) if training else layer.predict(X)


def planted_dropout(X, rho, training, rng):
    if not training:
        return X
    return X * (rng.random(X.shape) < rho) / (1 - rho)


def silence_in_place(X, rho, training, rng):
    if training:
        X *= (rng.random(X.shape) >= rho) / (1 - rho)
    return X


def push_by_loops(W, b, X, y, epsilon):
    pushed = X.copy()
    for s in range(len(X)):
        p = nn.softmax(X[s] @ W + b)
        p[y[s]] -= 1
        for i in range(X.shape[1]):
            pushed[s, i] = min(1, max(0, X[s, i] + epsilon * np.sign(p @ W[i])))
    return pushed


def push_of_the_package(W, b, X, y, epsilon):
    layer, loss = nn.Dense(*W.shape, rng=0), nn.SoftmaxCrossEntropy()
    layer.parameters["W"][:], layer.parameters["b"][:] = W, b
    loss.forward(layer.forward(X), y)
    return np.clip(X + epsilon * np.sign(layer.backward(loss.backward())), 0, 1)


def push_by_nudging(W, b, X, y, epsilon):
    def price(X):
        return nn.SoftmaxCrossEntropy().forward(X @ W + b, y)

    return np.clip(X + epsilon * np.sign(nn.numerical_gradient(price, X)), 0, 1).tolist()


def push_changed(sign=1, clip=True, bend=np.sign, target=True, softmax=True):
    def answer(W, b, X, y, epsilon):
        P = nn.softmax(X @ W + b) if softmax else X @ W + b
        dX = (P - np.eye(len(b))[y] * target) @ W.T
        pushed = X + sign * epsilon * bend(dX)
        return np.clip(pushed, 0, 1) if clip else pushed

    return answer


def push_from_the_runner_up(W, b, X, y, epsilon):
    Z, right = X @ W + b, np.eye(len(b))[y]
    other = np.eye(len(b))[np.where(right == 1, -np.inf, Z).argmax(axis=1)]
    return np.clip(X + epsilon * np.sign((other - right) @ W.T), 0, 1)


def push_from_the_answer(W, b, X, y, epsilon):
    return push_changed()(W, b, X, (X @ W + b).argmax(axis=1), epsilon)


def push_in_place(W, b, X, y, epsilon):
    X[:] = push_changed()(W, b, X, y, epsilon)
    return X


def move_in_a_frame(batch, rng):
    frame = np.pad(batch, ((0, 0), (1, 1), (1, 1), (0, 0)))
    h, w = batch.shape[1:3]
    moved = np.empty_like(batch)
    for s in range(len(batch)):
        r, c = rng.integers(0, 3, 2)
        moved[s] = frame[s, r : r + h, c : c + w]
    return moved


def move_all_ways_first(batch, rng):
    ways = np.array([ex._shifted(batch, d, r) for d in (-1, 0, 1) for r in (-1, 0, 1)])
    return ways[rng.integers(0, 9, len(batch)), np.arange(len(batch))]


def move_rows_and_columns(batch, rng):
    moved = []
    for picture in batch:
        down, right = rng.integers(-1, 2, size=2)
        picture = np.roll(picture, (down, right), axis=(0, 1))
        if down:
            picture[0 if down == 1 else -1] = 0
        if right:
            picture[:, 0 if right == 1 else -1] = 0
        moved.append(picture.tolist())
    return moved


def move_together(batch, rng):
    return ex._shifted(batch, *rng.integers(-1, 2, 2))


def move_around(batch, rng):
    return np.array([np.roll(x, tuple(rng.integers(-1, 2, 2)), axis=(0, 1)) for x in batch])


def move_two_ways(batch, rng):
    return np.where(rng.random((len(batch), 1, 1, 1)) < 0.5, ex._shifted(batch, 0, 1), batch)


def move_too_far(batch, rng):
    return np.concatenate([ex._shifted(x[None], *rng.integers(-2, 3, 2)) for x in batch])


def move_never_up(batch, rng):
    return np.concatenate([ex._shifted(x[None], *rng.integers(0, 2, 2)) for x in batch])


def move_without_rng(batch, rng):
    return move_in_a_frame(batch, np.random.default_rng(3))


def move_by_the_clock(batch, rng):
    return move_in_a_frame(batch, np.random.default_rng())


def move_in_place(batch, rng):
    batch[:] = move_in_a_frame(batch, rng)
    return batch


def move_mostly_not(batch, rng):
    return np.where(rng.random((len(batch), 1, 1, 1)) < 0.5, move_in_a_frame(batch, rng), batch)


def move_by_rounding(batch, rng):
    """Draw 0 twice as often as -1 and 1."""
    moves = np.rint(rng.uniform(-1, 1, (len(batch), 2))).astype(int)
    return np.stack([ex._shifted(x[None], *move)[0] for x, move in zip(batch, moves, strict=True)])


RIGHT = [
    (ex.one_step, [1.86, [1.86], 2 - 0.2 * 0.7]),
    (ex.steps_to_half, [693, 693.0, [693], math.ceil(math.log(0.5) / math.log(0.999))]),
    (ex.decayed_step, [
        lambda w, dw, alpha, lambda_: w - alpha * dw - alpha * lambda_ * w,
        lambda w, dw, alpha, lambda_: ((1 - alpha * lambda_) * w - alpha * dw).tolist(),
        step_of_the_package,
    ]),
    (ex.decayed_gradient, [
        lambda w, dw, lambda_: dw + lambda_ * w,
        lambda w, dw, lambda_: (lambda_ * w + dw).tolist(),
        lambda w, dw, lambda_: dw.copy() + 0.5 * lambda_ * (w + w),
    ]),
    (ex.mean_and_price, [[1, 2.5], (1.0, 5 / 2), np.array([[1.0], [2.5]])]),
    (ex.mean_of_relu, [relu_by_loops, relu_by_halves, relu_changed()]),
    (ex.dropout, [silence, silence_by_loops, silence_by_choice, silence_of_the_package]),
    (ex.sure_and_right, [[0.15, 2], (0.15, math.log(9) / math.log(3)), np.array([[0.15], [2.0]])]),
    (ex.fast_sign, [push_by_loops, push_of_the_package, push_by_nudging, push_changed()]),
    (ex.moved, [
        move_in_a_frame,
        move_all_ways_first,
        move_rows_and_columns,
        lambda batch, rng: move_in_a_frame(batch, rng).astype(np.float32),
    ]),
]  # fmt: skip
WRONG = [
    (ex.one_step, [1.9, 1.88, 1.82, 2.14, 1.858, NAN, "1.86", object()]),
    (ex.steps_to_half, [692, 694, 500, 69, 346, NAN, "693", object()]),
    (ex.decayed_step, [
        planted_step,
        lambda w, dw, alpha, lambda_: w - alpha * (dw + 2 * lambda_ * w),
        lambda w, dw, alpha, lambda_: w - alpha * dw,
        lambda w, dw, alpha, lambda_: w - alpha * dw - lambda_ * w,
        lambda w, dw, alpha, lambda_: w - alpha * (dw - lambda_ * w),
        lambda w, dw, alpha, lambda_: w - alpha * (dw + lambda_ * w**2),
        lambda w, dw, alpha, lambda_: w - alpha * (1 + lambda_) * dw,
        lambda w, dw, alpha, lambda_: NAN * w,
        lambda w, dw, alpha, lambda_: "w",
        step_in_place,
        raises,
        1.0,
    ]),
    (ex.decayed_gradient, [
        lambda w, dw, lambda_: dw + lambda_ * dw,
        lambda w, dw, lambda_: dw + lambda_ / 2 * w,
        lambda w, dw, lambda_: dw + 2 * lambda_ * w,
        lambda w, dw, lambda_: dw + lambda_ * w**2 / 2,
        lambda w, dw, lambda_: dw + lambda_ * np.abs(w),
        lambda w, dw, lambda_: dw - lambda_ * w,
        lambda w, dw, lambda_: dw,
        lambda w, dw, lambda_: (dw + lambda_ * w).T[..., :1],
        raises,
        0.0,
    ]),
    (ex.mean_and_price, [
        [1, 0],  # the price of the mean
        [1, 5],
        [0.5, 2.5],
        [2.5, 1],
        [1, 2.0],
        [1, 1.25],
        1,
        [1, NAN],
        "1, 2.5",
        object(),
    ]),
    (ex.mean_of_relu, [
        lambda a, w, rho: max(0, a @ w),
        relu_changed(bend=np.asarray),
        relu_changed(bend=np.abs),
        relu_changed(scale=lambda rho: 1),
        relu_changed(scale=lambda rho: rho or 1),
        relu_changed(even=True),
        relu_changed(swap=True),
        relu_drawn,
        lambda a, w, rho: NAN,
        lambda a, w: 0,
        raises,
        1.0,
    ]),
    (ex.dropout, [
        planted_dropout,
        silence_a_fixed_number(axis=1),
        silence_a_fixed_number(axis=0),
        silence_a_fixed_number(axis=None),
        lambda X, rho, training, rng: X * (rng.random(X.shape) >= rho) if training else X,
        lambda X, rho, training, rng: silence(X, rho, True, rng),  # at the asking, too
        lambda X, rho, training, rng: silence(X, rho, training, rng) * (1 if training else 1 - rho),
        lambda X, rho, training, rng: silence(X, rho, training, np.random.default_rng(0)),
        lambda X, rho, training, rng: silence(X, rho, training, np.random.default_rng()),
        lambda X, rho, training, rng: X * (rng.random(50) >= rho) / (1 - rho) if training else X,
        lambda X, rho, training, rng: X * (rng.random((400, 1)) >= rho) / (1 - rho)
        if training
        else X,
        lambda X, rho, training, rng: X * (rng.random(X.shape) >= rho) / max(rho, 1e-9)
        if training
        else X,
        lambda X, rho, training, rng: X,
        lambda X, rho, training, rng: X[:10],
        lambda X, rho, training, rng: X * NAN,
        lambda X, rho, training, rng: "X",
        silence_in_place,
        lambda X: X,
        raises,
        0.2,
        object(),
    ]),
    (ex.sure_and_right, [
        [0.15, 0.5],
        [-0.15, 2],
        [0.85, 2],
        [0.15, 9],
        [0.15, 3],
        [2, 0.15],
        0.15,
        [0.15, NAN],
        "0.15",
        object(),
    ]),
    (ex.fast_sign, [
        push_changed(sign=-1),
        push_changed(clip=False),
        push_changed(bend=np.asarray),
        push_changed(bend=lambda dX: dX / np.abs(dX).max()),
        push_changed(bend=lambda dX: np.sign(dX.mean(axis=0))),
        push_changed(target=False),
        push_changed(softmax=False),
        push_from_the_runner_up,
        push_from_the_answer,
        push_in_place,
        lambda W, b, X, y, epsilon: np.clip(X - epsilon * np.sign(W[:, y].T), 0, 1),
        lambda W, b, X, y, epsilon: push_changed()(W, 0 * b, X, y, epsilon),
        lambda W, b, X, y, epsilon: X,
        lambda W, b, X, y, epsilon: push_changed()(W, b, X, y, epsilon).T,
        lambda W, b, X, y, epsilon: X * NAN,
        lambda W: W,
        raises,
        0.1,
    ]),
    (ex.moved, [
        move_by_rounding,
        move_together,
        move_around,
        move_two_ways,
        move_too_far,
        move_never_up,
        move_without_rng,
        move_by_the_clock,
        move_in_place,
        move_mostly_not,
        lambda batch, rng: batch,
        lambda batch, rng: batch[:, 1:],
        lambda batch, rng: batch * NAN,
        lambda batch, rng: batch + rng.normal(0, 0.2, batch.shape),
        lambda batch, rng: "moved",
        lambda batch: batch,
        raises,
        1.0,
        object(),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("grader", "answer", "remark"),
    [
        (ex.decayed_step, planted_step, "decayed twice"),
        (
            ex.decayed_step,
            lambda w, dw, alpha, lambda_: w - alpha * (dw + 2 * lambda_ * w),
            "decayed twice",
        ),
        (ex.decayed_step, step_in_place, "the function changes w"),
        (ex.dropout, planted_dropout, "the share silenced is 0.80"),
        (ex.dropout, silence_in_place, "the function changes X"),
        (ex.dropout, silence_a_fixed_number(axis=1), "the same number is silenced"),
        (ex.dropout, lambda *a: silence(a[0], a[1], True, a[3]), "without training"),
        (ex.fast_sign, push_changed(clip=False), "outside 0 and 1"),
        (ex.fast_sign, push_changed(sign=-1), "makes the right class cheaper"),
        (ex.moved, move_together, "all pictures were moved alike"),
        (ex.moved, move_around, "comes back on the other"),
        (ex.moved, move_in_place, "the function changes the batch"),
        (ex.moved, move_never_up, "of the nine moves 5 came for none"),
        (ex.moved, move_without_rng, "another generator should move otherwise"),
    ],
)
def test_a_verdict_says_what_is_wrong(grader, answer, remark, verdict):
    assert remark in verdict(grader, answer)


@pytest.mark.parametrize(
    "answer",
    [
        lambda w, dw, alpha, lambda_: (1 - lambda_) * w - alpha * dw,
        lambda w, dw, alpha, lambda_: (1 - alpha) * w - alpha * dw,
        lambda w, dw, alpha, lambda_: w - alpha * dw,
    ],
)
def test_a_step_with_a_wrong_share_has_not_decayed_twice(answer, verdict):
    said = verdict(ex.decayed_step, answer)
    assert "not yet" in said
    assert "twice" not in said


@pytest.mark.parametrize("grader", [ex.dropout, ex.moved])
@pytest.mark.parametrize("nothing", [..., None])
def test_a_function_that_returns_nothing_yet_is_not_attempted(grader, nothing, verdict):
    assert verdict(grader, lambda *_: nothing).endswith("not attempted yet")


def test_the_numbers_of_the_pencil_exercises_come_out_of_the_package():
    p = np.array([2.0])
    nn.SGD(0.2, weight_decay=0.1).step([p], [np.array([0.5])])
    assert np.isclose(p, ex.one_step.expected)
    weights, steps, optimizer = np.array([1.0]), 0, nn.SGD(0.1, weight_decay=0.01)
    while weights >= 0.5:
        optimizer.step([weights], [np.zeros(1)])
        steps += 1
    assert steps == ex.steps_to_half.expected
    outputs = np.array([a * 2 * 2 - b * 2 for a, b in product((0, 1), repeat=2)])
    mean_and_price = [outputs.mean(), ((outputs - 1) ** 2).mean() / 2]
    assert np.allclose(mean_and_price, ex.mean_and_price.expected)
    Z, labels = np.tile([np.log(9), 0], (4, 1)), [0, 0, 0, 1]
    error, T = ex.sure_and_right.expected
    assert np.isclose(nn.metrics.calibration_error(nn.softmax(Z), labels), error)
    assert np.isclose(nn.metrics.calibration_error(nn.softmax(Z / T), labels), 0)
    prices = [nn.SoftmaxCrossEntropy().forward(Z / t, labels) for t in (T - 0.01, T, T + 0.01)]
    assert prices[1] == min(prices)
