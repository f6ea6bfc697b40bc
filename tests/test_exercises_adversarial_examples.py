"""Answers to the exercises of chapter 13b."""

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

import nnbook as nn
from nnbook.exercises import adversarial_examples as ex

fast_sign, step = ex.fast_sign.reference, ex.projected_step.reference
accepted = ex.accepted.reference


def output_gradient(W1, b1, W2, b2, X):
    A = np.tanh(X @ W1 + b1)
    return (1 - A**2) * W2[:, 0] @ W1.T


def output_gradient_by_layers(W1, b1, W2, b2, X):
    network = nn.Sequential(nn.Dense(*W1.shape, rng=0), nn.Tanh(), nn.Dense(*W2.shape, rng=0))
    for parameter, value in zip(network.parameters(), (W1, b1, W2, b2), strict=True):
        parameter[:] = value
    return network.backward(np.ones_like(network.forward(X)), input_gradient=True)


def output_gradient_by_differences(W1, b1, W2, b2, X):
    def outputs(X):
        return (np.tanh(X @ W1 + b1) @ W2)[:, 0]

    columns = [(outputs(X + e) - outputs(X - e)) / 2e-5 for e in 1e-5 * np.eye(X.shape[1])]
    return np.stack(columns, axis=1)


def fast_sign_by_layer(W, b, X, y, epsilon):
    layer, loss = nn.Dense(*W.shape, rng=0), nn.SoftmaxCrossEntropy()
    layer.parameters["W"][:], layer.parameters["b"][:] = W, b
    loss.forward(layer.forward(X), y)
    return np.clip(X + epsilon * np.sign(layer.backward(loss.backward())), 0, 1)


def fast_sign_from_the_runner_up(W, b, X, y, epsilon):
    Z, right = X @ W + b, np.eye(len(b))[y]
    other = np.eye(len(b))[np.where(right == 1, -np.inf, Z).argmax(axis=1)]
    return np.clip(X + epsilon * np.sign((other - right) @ W.T), 0, 1)


def step_in_place(A, X, dA, size, epsilon):
    A += size * np.sign(dA)
    return np.clip(np.clip(A, X - epsilon, X + epsilon), 0, 1)


def step_by_differences(A, X, dA, size, epsilon):
    change = np.minimum(np.maximum(A - X + size * np.sign(dA), -epsilon), epsilon)
    return (X + change).clip(0, 1)


def accepted_by_search(P_val, P_new, kept):
    confidences = P_val.max(axis=1)
    enough = [c for c in confidences if np.mean(confidences >= c) >= kept - 1e-12]
    return max(enough), (P_new.max(axis=1) >= max(enough)).mean()


ANSWERS = [
    (ex.smallest_change, [[0.3, 1.2 / 5.5**0.5], (0.3, 0.512), np.array([[0.3], [0.5117]])], [
        Says("signs do not matter", [1.2, 0.5117]), Says("the sum of the weights' sizes", [0.5117, 0.5117]), Says("epsilon comes first", [0.5117, 0.3]),
        [0.3, 0.2182], [0.3, 0.3], [-0.3, 0.5117], 0.3,
    ]),
    (ex.output_gradient, [output_gradient, output_gradient_by_layers, lambda *case: output_gradient(*case).tolist()], [
        Says("close, not exact", output_gradient_by_differences),
        *(Says(words, wrong) for words, wrong in ex.output_gradient.remarks.items()),
        *variants(output_gradient, "1 - A**2 -> 1 - A", "@ W1.T -> @ W1.T / len(X)", "(1 - A**2) -> A * (1 - A)", "@ W1.T -> @ -W1.T"),
    ]),
    (ex.fast_sign, [fast_sign, fast_sign_by_layer], [
        Says("lowers the loss of the right class", variants(fast_sign, "X + -> X - ")[0]),
        Says("outside 0 and 1", variants(fast_sign, "np.clip(X + epsilon * np.sign(dX), 0, 1) -> X + epsilon * np.sign(dX)")[0]),
        *variants(fast_sign, "np.sign(dX) -> dX", "np.sign(dX) -> dX / np.abs(dX).max()", "sign(dX) -> sign(dX.mean(axis=0))", "+ b) - -> + b) - 0 * ",
                  "softmax -> ", " + b -> ", "[y] -> [(X @ W + b).argmax(axis=1)]", "np.sign(dX) -> 0"),
        fast_sign_from_the_runner_up, lambda W, b, X, y, epsilon: np.clip(X - epsilon * np.sign(W[:, y].T), 0, 1),
    ]),
    (ex.projected_step, [step, step_by_differences, lambda *case: step(*case).tolist()], [
        Says("the function changes A", step_in_place),
        *(Says(words, wrong) for words, wrong in ex.projected_step.remarks.items()),
        *variants(step, "np.sign(dA) -> dA", "size * -> epsilon * ", "X + epsilon -> X", "0, 1) -> 0, 2)"),
    ]),
    (ex.accepted, [accepted, accepted_by_search, lambda *case: np.array(accepted(*case)), lambda *case: list(accepted_by_search(*case))], [
        *(Says(words, wrong) for words, wrong in ex.accepted.remarks.items()),
        *variants(accepted, "[::-1] -> ", "np.ceil -> np.floor", "P_new.max(axis=1) >= -> P_val.max(axis=1) >= ", "np.mean -> np.sum", ") - 1] -> )  - 2]"),
        lambda *case: accepted(*case)[0],
    ]),
]  # fmt: skip


def test_the_smallest_change_brings_the_output_to_zero():
    w, (epsilon, length) = np.array([0.5, -1, 2, -0.5]), ex.smallest_change.expected
    assert np.isclose(1.2 - epsilon * w @ np.sign(w), 0)
    assert np.isclose(1.2 - length * w @ w / np.linalg.norm(w), 0)
