"""Answers to the exercises of chapter 13a."""

import math
from itertools import product

import numpy as np
import pytest
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

import nnbook as nn
from nnbook.exercises import generalisation as ex


def step(w, dw, alpha, lambda_):
    return w - alpha * dw - alpha * lambda_ * w


def planted_step(w, dw, alpha, lambda_):
    return (1 - alpha * lambda_) * w - alpha * (dw + lambda_ * w)


def gradient(w, dw, lambda_):
    return dw + lambda_ * w


relu = ex.mean_of_relu.reference


def relu_drawn(a, w, rho):
    masks = np.random.default_rng(0).random((10_000, len(a))) >= rho
    return np.maximum(masks * a / (1 - rho) @ w, 0).mean()


def dropout(X, rho, training, rng):
    return X * (rng.random(X.shape) >= rho) / (1 - rho) if training else X


def dropout_in_loops(X, rho, training, rng):
    Y = X.copy()
    if training:
        for s, j in np.ndindex(*X.shape):
            Y[s, j] = 0 if rng.random() < rho else X[s, j] / (1 - rho)
    return Y


def dropout_by_layer(X, rho, training, rng):
    layer = nn.Dropout(rho, rng=rng)
    return layer.forward(X) if training else layer.predict(X)


def dropout_of_a_fixed_number(axis):
    def answer(X, rho, training, rng):
        table = X.reshape(1, -1) if axis is None else np.moveaxis(X, axis, 1)
        stays = np.broadcast_to(np.arange(table.shape[1]) >= int(rho * table.shape[1]), table.shape)
        mask = rng.permuted(stays, axis=1)
        mask = mask.reshape(X.shape) if axis is None else np.moveaxis(mask, 1, axis)
        return X * mask / (1 - rho) if training else X

    return answer


def dropout_in_place(X, rho, training, rng):
    if training:
        X *= (rng.random(X.shape) >= rho) / (1 - rho)
    return X


def shifted(image, down, right):
    padded = np.pad(image, ((2, 2), (2, 2), (0, 0)))
    h, w = image.shape[:2]
    return padded[2 - down : 2 - down + h, 2 - right : 2 - right + w]


def move(batch, rng):
    shifts = rng.integers(-1, 2, (len(batch), 2))
    return np.array([shifted(image, *shift) for image, shift in zip(batch, shifts, strict=True)])


def move_in_place(batch, rng):
    batch[:] = move(batch, rng)
    return batch


SHIFTS = "shifts = rng.integers(-1, 2, (len(batch), 2))"
KEPT = "rng.random(X.shape) >= rho"

ANSWERS = [
    (ex.biased_estimate, [[0.04, 0.81, 0.8], (0.2**2, 0.9**2, 4 / 5), np.array([[0.04], [0.81], [0.8]])], [
        Says("not its square", [-0.2, 0.81, 0.8]), Says("the square of the factor", [0.04, 0.9, 0.8]),
        Says("a quarter of their variance", [0.04, 3.24, 0.5]), Says("not right: the best factor", [0.04, 0.81, 0.5]),
        Says("3 numbers", [0.04, 0.81]), [0.04, 0.81, 1.0], [0.81, 0.04, 0.8],
    ]),
    (ex.one_step, [1.86, 2 - 0.2 * 0.7], [1.9, 1.88, 1.82, 2.14, 1.858]),
    (ex.steps_to_half, [693, math.ceil(math.log(0.5) / math.log(0.999))], [500, 69]),
    (ex.decayed_step, [step, lambda w, dw, alpha, lambda_: (1 - alpha * lambda_) * w - alpha * dw], [
        Says("decayed twice", planted_step),
        Says("decayed twice", lambda w, dw, alpha, lambda_: w - alpha * (dw + 2 * lambda_ * w)),
        *variants(step, " - alpha * lambda_ * w -> ", "- alpha * lambda_ -> - lambda_", "- alpha * lambda_ -> + alpha * lambda_", "lambda_ * w -> lambda_ * w**2",
                  "lambda_ * w -> lambda_ * dw", "- alpha * lambda_ -> - alpha"),
    ]),
    (ex.decayed_gradient, [gradient, lambda w, dw, lambda_: dw.copy() + 0.5 * lambda_ * (w + w)],
     variants(gradient, "lambda_ * w -> lambda_ * dw", "lambda_ * w -> lambda_ / 2 * w", "lambda_ * w -> 2 * lambda_ * w", "* w -> * w**2 / 2",
              "* w -> * np.abs(w)", "+ lambda_ -> - lambda_", " + lambda_ * w -> ")),
    (ex.mean_and_loss, [[1, 2.5]], [[1, 0], [1, 5], [0.5, 2.5], [1, 2.0], [1, 1.25], 1]),
    (ex.mean_of_relu, [relu, lambda a, w, rho: sum(
        np.prod([1 - rho if one else rho for one in mask]) * max(0, np.dot(mask, a * w)) / (1 - rho) for mask in product((0, 1), repeat=len(a)))],
     [relu_drawn, lambda a, w, rho: max(0, a @ w),
      *variants(relu, "np.maximum(masks * a / (1 - rho) @ w, 0) -> (masks * a / (1 - rho) @ w)",
          "maximum(masks * a / (1 - rho) @ w, 0) -> abs(masks * a / (1 - rho) @ w)",
                "/ (1 - rho) @ -> @", "/ (1 - rho) @ -> / (rho or 1) @", "1 - rho, rho) -> rho, 1 - rho)",
                "return probabilities -> return np.full(len(masks), 1 / len(masks))")]),
    (ex.dropout, [dropout, dropout_in_loops, lambda *case: dropout(*case).tolist(), dropout_by_layer], [
        Says("the fraction dropped is 0.80", variants(dropout, ">= rho -> < rho")[0]), Says("the function changes X", dropout_in_place),
        Says("the same number is dropped", dropout_of_a_fixed_number(axis=1)),
        *map(dropout_of_a_fixed_number, (0, None)), Says("without training", variants(dropout, " if training else X -> ")[0]),
        *variants(dropout, " / (1 - rho) -> ", "else X -> else X * (1 - rho)", "(rng.random -> (np.random.default_rng(0).random",
            "(rng.random -> (np.random.default_rng().random",
                  "X.shape -> 50", "X.shape -> (400, 1)", "(1 - rho) -> max(rho, 1e-9)"),
        lambda X, rho, training, rng: X, lambda X, rho, training, rng: X[:10], lambda X, rho, training, rng: X * np.nan,
    ]),
    (ex.calibration, [[0.15, 2], (0.15, math.log(9) / math.log(3))], [[0.15, 0.5], [-0.15, 2], [0.85, 2], [0.15, 9], [0.15, 3]]),
    (ex.shifted, [move, lambda *case: move(*case).tolist(), lambda *case: move(*case).astype(np.float32)], [
        Says("all images were translated alike", variants(move, "(len(batch), 2)) -> 2)[None].repeat(len(batch), 0)")[0]),
        Says("comes back on the other", variants(move, "shifted(image, *shift) -> np.roll(image, tuple(shift), axis=(0, 1))")[0]),
        Says("the function changes the batch", move_in_place),
        Says("of the nine translations 5 came for none", variants(move, "(-1, 2 -> (0, 2")[0]),
        Says("another generator should translate otherwise", lambda batch, rng: move(batch, np.random.default_rng(3))),
        Says("the same generator should translate alike", lambda batch, rng: move(batch, np.random.default_rng())),
        Says("should come equally often", variants(move, f"{SHIFTS} -> shifts = np.rint(rng.uniform(-1, 1, (len(batch), 2))).astype(int)")[0]),
        *variants(move, "(-1, 2 -> (-2, 3", "-1, 2, (len(batch), 2)) -> 0, 2, (len(batch), 2)) * [0, 1]"),
        lambda batch, rng: np.where(rng.random((len(batch), 1, 1, 1)) < 0.5, move(batch, rng), batch),
        lambda batch, rng: batch, lambda batch, rng: batch[:, 1:], lambda batch, rng: batch + rng.normal(0, 0.2, batch.shape),
        lambda batch, rng: batch * np.nan,
    ]),
]  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    variants(
        step, "alpha * lambda_ -> lambda_", "alpha * lambda_ -> alpha", " - alpha * lambda_ * w -> "
    ),
)
def test_a_step_with_a_wrong_factor_has_not_decayed_twice(answer, verdict):
    assert "twice" not in verdict(ex.decayed_step, answer)


def test_the_numbers_of_the_pencil_exercises_come_out_of_the_package():
    factors = np.linspace(0, 1, 1001)
    risks = (1 - factors) ** 2 * 4 + factors**2 * 4 / 4
    assert (ex.biased_estimate.holds(np.array([0.1**2 * 4, 0.81, factors[risks.argmin()]]))) is True
    p = np.array([2.0])
    nn.SGD(0.2, weight_decay=0.1).step([p], [np.array([0.5])])
    assert np.isclose(p, ex.one_step.expected)
    weights, steps, optimizer = np.array([1.0]), 0, nn.SGD(0.1, weight_decay=0.01)
    while weights >= 0.5:
        optimizer.step([weights], [np.zeros(1)])
        steps += 1
    assert steps == ex.steps_to_half.expected
    outputs = np.array([a * 2 * 2 - b * 2 for a, b in product((0, 1), repeat=2)])
    assert np.allclose([outputs.mean(), ((outputs - 1) ** 2).mean() / 2], ex.mean_and_loss.expected)
    Z, labels = np.tile([np.log(9), 0], (4, 1)), [0, 0, 0, 1]
    error, T = ex.calibration.expected
    assert np.isclose(nn.metrics.calibration_error(nn.softmax(Z), labels), error)
    assert np.isclose(nn.metrics.calibration_error(nn.softmax(Z / T), labels), 0)
    losses = [nn.SoftmaxCrossEntropy().forward(Z / t, labels) for t in (T - 0.01, T, T + 0.01)]
    assert losses[1] == min(losses)
