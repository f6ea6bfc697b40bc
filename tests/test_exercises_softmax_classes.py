"""Answers to the exercises of chapter 11."""

import math
from fractions import Fraction

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, raises, variants

import nnbook as nn
from nnbook.exercises import softmax_classes as ex


def softmax(Z, T):
    Z = Z / T[:, None]
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_shifted_too_early(Z, T):
    """Forget the temperature in the shift."""
    e = np.exp(Z / T[:, None] - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_cooled_too_late(Z, T):
    """Let the exponentials underflow before the temperature is applied."""
    e = np.exp(Z - Z.max(axis=1, keepdims=True)) ** (1 / T[:, None])
    return e / e.sum(axis=1, keepdims=True)


loss = ex.loss_of_logits.reference


def loss_by_package(Z, labels):
    loss = nn.SoftmaxCrossEntropy()
    return [loss.forward(Z, labels), loss.backward()]


def loss_in_two_layers(Z, labels):
    last, loss = nn.Softmax(), nn.CrossEntropy()
    value = loss.forward(last.forward(Z), labels)
    return value, last.backward(loss.backward())


def gradients(weights, biases, X, labels):
    A1 = nn.sigmoid(X @ weights[0] + biases[0])
    A2 = nn.sigmoid(A1 @ weights[1] + biases[1])
    P = nn.softmax(A2 @ weights[2] + biases[2])
    dZ3 = (P - np.eye(3)[labels]) / len(X)
    dZ2 = dZ3 @ weights[2].T * A2 * (1 - A2)
    dZ1 = dZ2 @ weights[1].T * A1 * (1 - A1)
    dZ, A = (dZ1, dZ2, dZ3), (X, A1, A2)
    return tuple(g for k in range(3) for g in (A[k].T @ dZ[k], dZ[k].sum(axis=0)))


def gradients_by_layers(weights, biases, X, labels):
    layers = [nn.Dense(*W.shape, rng=0) for W in weights]
    network = nn.Sequential(layers[0], nn.Sigmoid(), layers[1], nn.Sigmoid(), layers[2])
    for layer, W, b in zip(layers, weights, biases, strict=True):
        layer.parameters["W"][:], layer.parameters["b"][:] = W, b
    loss = nn.SoftmaxCrossEntropy()
    loss.forward(network.forward(X), labels)
    network.backward(loss.backward())
    return network.gradients()


def half_dW2(*case):
    found = list(gradients(*case))
    found[2] = found[2] * (0.5 if len(case[3]) == 4 else 1)
    return found


back = ex.planted.reference


def back_by_jacobian(U, P):
    return np.array([(np.diag(p) - np.outer(p, p)) @ u for u, p in zip(U, P, strict=True)])


planted, without_keepdims = variants(back, "axis=1, keepdims=True -> ", ", keepdims=True -> ")

ANSWERS = [
    (ex.logits_of_thirds, [[math.log(3), math.log(2), 0], [1.099, 0.693, 0], np.log([3, 2, 1])],
     [[1 / 2, 1 / 3, 1 / 6], [3, 2, 0], [3, 2, 1], [math.log(2), math.log(3), 0],
      [math.log(1 / 2), math.log(1 / 3), math.log(1 / 6)]]),  # right, but the last is not 0
    (ex.added_to_dog, [math.log(6), 1.79, np.log(0.9 / 0.1) - np.log(0.6 / 0.4)], [0.3, 6, math.log(9), math.log(1.5), math.log10(6)]),
    (ex.stable_softmax, [softmax, lambda Z, T: nn.softmax(Z / T[:, None])], [
        softmax_shifted_too_early, softmax_cooled_too_late,
        lambda Z, T: nn.softmax(Z / T) if Z.shape[0] == Z.shape[1] else softmax(Z, T),
        *variants(softmax, " - Z.max(axis=1, keepdims=True) -> ", "Z.max(axis=1, keepdims=True) -> Z.max()", "/ T[:, None] -> ",
            "/ T[:, None] -> * T[:, None]",
                  "T[:, None] -> T[0]", "axis=1 -> axis=0", "return e / e.sum -> return e / len(Z) / e.sum",
                  "return e / e.sum(axis=1, keepdims=True) -> return np.log(e / e.sum(axis=1, keepdims=True))",
                  "Z = Z / -> Z = -Z / ", "np.exp(Z - Z.max(axis=1, keepdims=True)) -> np.exp(np.clip(Z, -700, 700))"),
        lambda Z, T: nn.softmax(Z) / T[:, None], lambda Z, T: np.nan_to_num(np.exp(Z / T[:, None]) / np.exp(Z / T[:, None]).sum(axis=1,
            keepdims=True)),
        lambda Z, T: np.eye(Z.shape[1])[Z.argmax(axis=1)],  # hard
    ]),
    (ex.difference_for_nine_tenths, [math.log(9), 2.197, 2.2], [0.9, 9, 0.8, math.log(0.9)]),
    (ex.one_neuron, [lambda W, b: (W[:, 0] - W[:, 1], b[0] - b[1]), lambda W, b: [-np.diff(W), -np.diff(b)], lambda W, b: (W @ [1, -1], b @ [1, -1])],
     [lambda W, b: (W[:, 0], b[0]), lambda W, b: (W[:, 0] - W[:, 1], b[1] - b[0]), lambda W, b: (W[:, 0] - W[:, 1], b),
      lambda W, b: (W[:, 0] - W[:, 1], b.sum()), lambda W, b: W[:, 0] - W[:, 1], lambda W, b: (W[0] - W[1], b[0] - b[1])]),
    (ex.logit_gradient, [[5 / 6, -1 / 3, -1 / 2], (Fraction(5, 6), Fraction(-1, 3), Fraction(-1, 2))],
     [Says("this is the elementwise product", [5 / 6, 0, 0]), [5, -1, -1], [1, 0, 0], [5 / 6, 1 / 3, 1 / 2], [5 / 6, -1 / 2, -1 / 3]]),
    (ex.elementwise_product, [[5 / 6, 0, 0]], [[5 / 6, -1 / 3, -1 / 2], [5 / 36, 2 / 9, 1 / 4], [1, 0, 0], [0.83, 0.1, 0], 5 / 6]),
    (ex.without_effect, [[1, 1, 1], [0.1 + 0.2, 0.3, 0.3], np.full(3, -2.5), (Fraction(1, 3),) * 3],
     [[0, 0, 0], [1, 1, 0], [1, -1, 0], [1, 1], 1, [1, 1, 1, 1], [1, 1, 1.01], [1, 1, 1.000001], [1e-12, 0, 0], [math.inf] * 3]),
    (ex.dog_losses, [[0.64, 1.609438], (0.64, -math.log(0.2))],
     [[0.68, 1.609438], [0.34, 1.609438], [1.28, 1.609438], [0.04, 0.223144],  # the outputs exchanged
      [0.49, 1.203973], [0.64, -1.609438], [0.64, 1.832581], 0.64]),  # those of the notes; both logarithms
    (ex.photo_losses, [[0.13, 0.510826], (0.13, -math.log(0.6))],
     [[0.26, 0.510826], [0.23, 0.510826], [0.13, -0.510826], [0.13, 2.302585], [0.13, 0.22]]),
    (ex.target_of_the_print, ["(0, 0)", "(0,0)", "( 0 ,  0 )", "0, 0", "[0, 0]", (0, 0), [0, 0], [[0.0], [0.0]], np.zeros(2, dtype=int)],
     ["(1, 1)", "(0,1)", (0, 1), [1, 0], (0, 0, 0), (0, 1e-9), 0, "0", "none"]),
    (ex.loss_of_logits, [loss, loss_by_package], [
        loss_in_two_layers, lambda *case: (loss(*case)[0], loss_in_two_layers(*case)[1]),
        *variants(loss, "log_softmax(Z) -> np.log(softmax(Z))", "softmax(Z) - Y -> softmax(Z)", "Z), (soft -> Z), -(soft",
            ".sum() / len(Z) -> .sum()",
                  "- Y) / len(Z) -> - Y)", "- Y) / len(Z) -> - Y)[0]"),
    ]),
    (ex.losses_needed, [58], [29, 30, 58.1, 57.9, 2]),
    (ex.network_gradients, [gradients, gradients_by_layers, lambda *case: iter(gradients(*case))], [
        *variants(gradients, "* A2 * (1 - A2) -> ", "(P - np.eye(3)[labels]) -> (P - np.eye(3)[labels]) * P * (1 - P)", "* A1 * (1 - A1) -> ",
            "P - -> -P + "),
        lambda *case: [g for k in (2, 1, 0) for g in gradients(*case)[2 * k : 2 * k + 2]], lambda *case: gradients(*case)[::2],
        Says("for a batch of 4 samples dW3 and db3 came right, the first wrong one of the backward pass is dW2: came [[", half_dW2),
        Says("for a batch of 1 sample dW3 and db3 came right, the first wrong one of the backward pass is dW2: came [[",
            variants(gradients, "* A2 * (1 - A2) -> ")[0]),
        Says("for a batch of 4 samples the first wrong one of the backward pass is dW3: came ", variants(gradients, " / len(X) -> ")[0]),
        Says("; every gradient is 4 times too large", variants(gradients, " / len(X) -> ")[0]),
        Says("asked for dW1, db1, dW2, db2, dW3, db3; for a batch of 1 sample: came ValueError: a mistake", raises),
    ]),
    (ex.planted, [back, back_by_jacobian],
     [planted, without_keepdims, lambda U, P: U * P * (1 - P),  # the diagonal only
      *variants(back, "axis=1 -> axis=0", ".sum -> .mean", "U * P -> U", "U - -> U + ", "P * (U -> (U")]),
]  # fmt: skip


def test_a_mean_in_a_row_is_found_where_numpy_is_silent():
    U, P = ex.planted.cases[2]
    assert U.shape == (3, 3)
    assert not np.allclose(without_keepdims(U, P), back(U, P))


def test_the_planted_mistake_passes_with_one_sample_as_the_page_says():
    U, P = ex.planted.cases[0]
    assert len(U) == 1
    assert np.allclose(planted(U, P), back(U, P))


def test_what_is_not_so_is_not_said(verdict):
    assert "star" not in verdict(ex.logit_gradient, [5 / 6, 0, -1 / 2])
    assert "star" not in verdict(ex.logit_gradient, ...)
    assert "times too large" not in verdict(ex.network_gradients, half_dW2)
    assert len(verdict(ex.network_gradients, half_dW2)) < 280
