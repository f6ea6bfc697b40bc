"""The graders of chapter 11 accept every right form of an answer and no wrong one."""

import copy
import math
from fractions import Fraction

import numpy as np
import pytest
from grader_tests import *  # noqa: F403

import nnbook as nn
from nnbook.exercises import softmax_classes as ex


def raises(*_):
    raise ValueError("a mistake of the reader")


def softmax_by_loops(Z, T):
    rows = []
    for row, t in zip(Z.tolist(), T.tolist(), strict=True):
        top = max(row)
        e = [math.exp((z - top) / t) for z in row]
        rows.append([x / sum(e) for x in e])
    return rows


def softmax_in_place(Z, T):
    Z /= T.reshape(-1, 1)
    Z -= Z.max(axis=1, keepdims=True)
    np.exp(Z, out=Z)
    Z /= Z.sum(axis=1, keepdims=True)
    return Z


def softmax_by_differences(Z, T):
    with np.errstate(over="ignore"):
        return 1 / np.exp((Z[:, None, :] - Z[:, :, None]) / T[:, None, None]).sum(axis=2)


def softmax_by_nnbook(Z, T):
    return nn.softmax(Z / T[:, None])


def softmax_without_shift(Z, T):
    e = np.exp(Z / T[:, None])
    return e / e.sum(axis=1, keepdims=True)


def softmax_of_columns(Z, T):
    """Divide the columns by the temperatures where NumPy lets it."""
    return nn.softmax(Z / T) if Z.shape[0] == Z.shape[1] else softmax_by_nnbook(Z, T)


def softmax_of_the_batch(Z, T):
    e = np.exp(Z / T[:, None] - np.max(Z / T[:, None]))
    return e / e.sum(axis=1, keepdims=True)


def softmax_shifted_too_early(Z, T):
    """Take the largest of the table, and forget the temperature in the shift."""
    e = np.exp(Z / T[:, None] - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def price_by_loops(Z, labels):
    price, gradient = 0.0, np.zeros(Z.shape)
    for i, label in enumerate(labels):
        top = max(Z[i])
        total = sum(math.exp(z - top) for z in Z[i])
        price += math.log(total) + top - Z[i, label]
        for k, z in enumerate(Z[i]):
            gradient[i, k] = math.exp(z - top) / total - (k == label)
    return price / len(Z), gradient / len(Z)


def price_by_nnbook(Z, labels):
    loss = nn.SoftmaxCrossEntropy()
    return [loss.forward(Z, labels), loss.backward()]


def price_apart(Z, labels):
    p = nn.softmax(Z)
    Y = np.eye(Z.shape[1])[labels]
    with np.errstate(divide="ignore", invalid="ignore"):
        return -np.log((p * Y).sum(axis=1)).mean(), (p - Y) / len(Z)


def price_held(Z, labels):
    end, loss = nn.Softmax(), nn.CrossEntropy()
    price = loss.forward(end.forward(Z), labels)
    return price, end.backward(loss.backward())


def price_by_log_softmax(Z, labels):
    ln_p = nn.log_softmax(Z)
    Y = np.arange(Z.shape[1]) == np.asarray(labels)[:, None]
    return np.array([-ln_p[Y].mean()]), ((np.exp(ln_p) - Y) / len(Z)).tolist()


def gradients_by_nnbook(weights, biases, X, labels):
    layers = [nn.Dense(*W.shape, rng=0) for W in weights]
    network = nn.Sequential(layers[0], nn.Sigmoid(), layers[1], nn.Sigmoid(), layers[2])
    for layer, W, b in zip(layers, weights, biases, strict=True):
        layer.parameters["W"][:], layer.parameters["b"][:] = W, b
    loss = nn.SoftmaxCrossEntropy()
    loss.forward(network.forward(X), labels)
    network.backward(loss.backward())
    return network.gradients()


def gradients_by_hand(weights, biases, X, labels, last=None, star=True, mean=True):
    A1 = nn.sigmoid(X @ weights[0] + biases[0])
    A2 = nn.sigmoid(A1 @ weights[1] + biases[1])
    P = nn.softmax(A2 @ weights[2] + biases[2])
    Y = np.eye(3)[labels]
    dZ3 = (P - Y) / (len(X) if mean else 1)
    dZ3 = dZ3 if last is None else last(dZ3, P)
    dZ2 = dZ3 @ weights[2].T * (A2 * (1 - A2) if star else 1)
    dZ1 = dZ2 @ weights[1].T * (A1 * (1 - A1) if star else 1)
    dZ, A = (dZ1, dZ2, dZ3), (X, A1, A2)
    return tuple(g for k in range(3) for g in (A[k].T @ dZ[k], dZ[k].sum(axis=0)))


def gradients_as_rows(weights, biases, X, labels):
    gradients = gradients_by_hand(weights, biases, X, labels)
    return [g[None] if g.ndim == 1 else g for g in gradients]


def gradients_by_nudges(weights, biases, X, labels):
    arrays = [array for pair in zip(weights, biases, strict=True) for array in pair]

    def price(array, values):
        kept = array.copy()
        array[...] = values
        A2 = nn.sigmoid(nn.sigmoid(X @ weights[0] + biases[0]) @ weights[1] + biases[1])
        result = nn.SoftmaxCrossEntropy().forward(A2 @ weights[2] + biases[2], labels)
        array[...] = kept
        return result

    return [nn.numerical_gradient(lambda v, a=a: price(a, v), a, h=1e-4) for a in arrays]


def back_by_loops(U, P):
    rows = []
    for u, p in zip(U, P, strict=True):
        mean = sum(a * b for a, b in zip(u, p, strict=True))
        rows.append([b * (a - mean) for a, b in zip(u, p, strict=True)])
    return rows


def back_by_jacobian(U, P):
    return np.array([(np.diag(p) - np.outer(p, p)) @ u for u, p in zip(U, P, strict=True)])


def back_by_einsum(U, P):
    return P * U - P * np.einsum("ij,ij->i", U, P)[:, None]


def planted(U, P):
    return P * (U - np.sum(U * P))


RIGHT = [
    (ex.scores_of_thirds, [
        [math.log(3), math.log(2), 0],
        np.array([[1.0986], [0.6931], [0.0]]),
        [[1.099, 0.693, 0]],
        np.log([3, 2, 1]),
    ]),
    (ex.added_to_dog, [math.log(6), 1.79, [1.792], np.log(0.9 / 0.1) - np.log(0.6 / 0.4)]),
    (ex.safe_softmax, [softmax_by_loops, softmax_in_place, softmax_by_differences, softmax_by_nnbook]),
    (ex.lead_for_nine_tenths, [math.log(9), 2.197, 2.2, [[2.1972]]]),
    (ex.one_neuron, [
        lambda W, b: (W[:, 0] - W[:, 1], b[0] - b[1]),
        lambda W, b: [-np.diff(W), -np.diff(b)],
        lambda W, b: (W[:, :1] - W[:, 1:], [b[0] - b[1]]),
        lambda W, b: ([row[0] - row[1] for row in W.tolist()], float(b[0] - b[1])),
        lambda W, b: (W @ [1, -1], b @ [1, -1]),
    ]),
    (ex.sent_back, [
        [5 / 6, -1 / 3, -1 / 2],
        (Fraction(5, 6), Fraction(-1, 3), Fraction(-1, 2)),
        np.array([[0.833], [-0.333], [-0.5]]),
    ]),
    (ex.sent_back_by_star, [[5 / 6, 0, 0], (0.8333, 0.0, 0.0), np.array([[0.833], [0], [0]])]),
    (ex.unheard, [[0.1 + 0.2, 0.3, 0.3], [1, 1, 1], np.full(3, -2.5), [[7.0], [7.0], [7.0]], (Fraction(1, 3),) * 3]),
    (ex.dog_prices, [[0.64, 1.609438], (0.64, -math.log(0.2)), np.array([[0.64], [1.609]])]),
    (ex.photo_prices, [[0.13, 0.510826], (0.13, -math.log(0.6)), np.array([[0.13], [0.511]])]),
    (ex.target_of_the_print, [
        "(0, 0)",
        " (0, 0) ",
        "(0, 0)\n",
        "(0,0)",
        "( 0 ,  0 )",
        "0, 0",
        "[0, 0]",
        (0, 0),
        [0, 0],
        [[0.0], [0.0]],
        np.zeros(2, dtype=int),
    ]),
    (ex.price_of_scores, [price_by_loops, price_by_nnbook, price_by_log_softmax]),
    (ex.nudged_prices, [58, 58.0, [58], np.array([[2 * 29]])]),
    (ex.network_gradients, [
        gradients_by_nnbook,
        gradients_by_hand,
        gradients_as_rows,
        gradients_by_nudges,
        lambda *case: iter(gradients_by_hand(*case)),
    ]),
    (ex.planted, [back_by_loops, back_by_jacobian, back_by_einsum]),
]  # fmt: skip

WRONG = [
    (ex.scores_of_thirds, [
        [1 / 2, 1 / 3, 1 / 6],
        [3, 2, 0],
        [3, 2, 1],
        [math.log(2), math.log(3), 0],
        [-math.log(3), -math.log(2), 0],
        [math.log(1 / 2), math.log(1 / 3), math.log(1 / 6)],  # right, but the last is not 0
        [math.log(3), math.log(2)],
        [math.log(3), math.log(2), math.nan],
        "ln 3, ln 2, 0",
        object(),
    ]),
    (ex.added_to_dog, [
        0.3,
        6,
        -math.log(6),
        math.log(9),
        math.log(1.5),
        math.log10(6),
        math.nan,
        "ln 6",
        object(),
    ]),
    (ex.safe_softmax, [
        softmax_without_shift,
        softmax_of_columns,
        softmax_of_the_batch,
        softmax_shifted_too_early,
        lambda Z, T: nn.softmax(Z),  # no temperature
        lambda Z, T: nn.softmax(Z * T[:, None]),
        lambda Z, T: nn.softmax(Z) / T[:, None],
        lambda Z, T: nn.softmax(Z / T[0]),
        lambda Z, T: nn.softmax((Z / T[:, None]).T).T,
        lambda Z, T: softmax_by_nnbook(Z, T) / len(Z),
        lambda Z, T: nn.log_softmax(Z / T[:, None]),
        lambda Z, T: softmax_by_nnbook(-Z, T),
        lambda Z, T: softmax_by_nnbook(Z, T)[0],
        lambda Z, T: softmax_without_shift(np.clip(Z / T[:, None], -700, 700), np.ones(len(T))),
        lambda Z, T: np.nan_to_num(softmax_without_shift(Z, T)),
        lambda Z, T: np.eye(Z.shape[1])[Z.argmax(axis=1)],  # hard
        lambda Z, T: "softmax",
        lambda: [[1.0]],
        raises,
        [[0.1, 0.2, 0.7]],
    ]),
    (ex.lead_for_nine_tenths, [0.9, 9, 0.8, -math.log(9), math.log(0.9), math.nan, "9", object()]),
    (ex.one_neuron, [
        lambda W, b: (W[:, 1] - W[:, 0], b[1] - b[0]),  # the second class
        lambda W, b: (W[:, 0], b[0]),
        lambda W, b: (W[:, 0] - W[:, 1], b[1] - b[0]),
        lambda W, b: (W[:, 0] - W[:, 1], b),
        lambda W, b: W[:, 0] - W[:, 1],
        lambda W, b: ((W[:, 0] - W[:, 1]) / 2, (b[0] - b[1]) / 2),
        lambda W, b: (W[0] - W[1], b[0] - b[1]),
        lambda W, b: (W[:, 0] - W[:, 1], math.nan),
        lambda W, b: "w and b",
        lambda W: W,
        raises,
        ([2.0, -0.75], 1.5),
    ]),
    (ex.sent_back, [
        [5 / 6, 0, 0],  # the star
        [-5 / 6, 1 / 3, 1 / 2],
        [5, -1, -1],  # not multiplied by p
        [1, 0, 0],
        [5 / 6, 1 / 3, 1 / 2],
        [5 / 6, -1 / 2, -1 / 3],
        [5 / 6, -1 / 3],
        [5 / 6, -1 / 3, math.nan],
        "5/6, -1/3, -1/2",
        object(),
    ]),
    (ex.sent_back_by_star, [
        [5 / 6, -1 / 3, -1 / 2],
        [5 / 36, 2 / 9, 1 / 4],  # the slopes
        [1, 0, 0],
        [-5 / 6, 0, 0],
        [0.83, 0.1, 0],
        5 / 6,
        [5 / 6, 0, math.nan],
        "5/6, 0, 0",
        object(),
    ]),
    (ex.unheard, [
        [0, 0, 0],
        [1, 1, 0],
        [1, -1, 0],
        [1, 1],
        1,
        [1, 1, 1, 1],
        [1, 1, 1.01],
        [1, 1, 1.000001],
        [1e-12, 0, 0],
        [1, 1, math.nan],
        [math.inf] * 3,
        "1, 1, 1",
        object(),
    ]),
    (ex.dog_prices, [
        [0.68, 1.609438],
        [0.34, 1.609438],
        [1.28, 1.609438],
        [0.04, 0.223144],  # the outputs exchanged
        [0.49, 1.203973],  # those of the notes
        [0.64, -1.609438],
        [0.64, 1.832581],  # both logarithms
        [1.609438, 0.64],
        0.64,
        [0.64, math.nan],
        "0.64",
        object(),
    ]),
    (ex.photo_prices, [
        [0.26, 0.510826],
        [0.23, 0.510826],  # half of the squares of the outputs
        [0.13, -0.510826],
        [0.13, 2.302585],
        [0.13, 0.22],
        [0.13],
        [0.13, math.nan],
        "0.13",
        object(),
    ]),
    (ex.target_of_the_print, [
        "(1, 0)",
        "(0,1)",
        "(1, 1)",
        (0, 1),
        [1, 0],
        (0, 0, 0),
        (0, 1e-9),
        0,
        "0",
        "none",
        "raise",
        "(0, 0",
        math.nan,
        object(),
    ]),
    (ex.price_of_scores, [
        price_apart,
        price_held,
        lambda Z, labels: (price_by_nnbook(Z, labels)[0], price_held(Z, labels)[1]),
        lambda Z, labels: price_by_nnbook(Z, labels)[0],
        lambda Z, labels: price_by_nnbook(Z, labels)[::-1],
        lambda Z, labels: [x * len(Z) for x in price_by_nnbook(Z, labels)],
        lambda Z, labels: [-x for x in price_by_nnbook(Z, labels)],
        lambda Z, labels: (price_by_nnbook(Z, labels)[0], nn.softmax(Z) / len(Z)),
        lambda Z, labels: (price_by_nnbook(Z, labels)[0], price_by_nnbook(Z, labels)[1][0]),
        lambda Z, labels: (price_by_nnbook(Z, labels)[0], math.nan),
        lambda Z, labels: "a price",
        lambda Z: 0.0,
        raises,
        (0.407606, [[0.09, 0.245, -0.335]]),
    ]),
    (ex.nudged_prices, [29, 30, 57, 59, 58.1, 57.9, 2, -58, math.nan, "58", object()]),
    (ex.network_gradients, [
        lambda *case: gradients_by_hand(*case, mean=False),
        lambda *case: gradients_by_hand(*case, star=False),
        lambda *case: gradients_by_hand(*case, last=lambda dZ, P: -dZ),
        lambda *case: gradients_by_hand(*case, last=lambda dZ, P: dZ * P * (1 - P)),
        lambda *case: [g for k in (2, 1, 0) for g in gradients_by_hand(*case)[2 * k : 2 * k + 2]],
        lambda *case: gradients_by_hand(*case)[::2],
        lambda *case: [g.T for g in gradients_by_hand(*case)],
        lambda *case: [g * math.nan for g in gradients_by_hand(*case)],
        lambda *case: gradients_by_hand(*case)[0],
        lambda *case: "six arrays",
        lambda weights: weights,
        raises,
        [1, 2, 3, 4, 5, 6],
    ]),
    (ex.planted, [
        planted,
        lambda U, P: U * P * (1 - P),  # the diagonal only
        lambda U, P: P * (U - np.sum(U * P, axis=0)),
        lambda U, P: P * (U - np.mean(U * P, axis=1, keepdims=True)),
        lambda U, P: P * (U - np.sum(U, axis=1, keepdims=True)),
        lambda U, P: P * (U + np.sum(U * P, axis=1, keepdims=True)),
        lambda U, P: U - np.sum(U * P, axis=1, keepdims=True),
        lambda U, P: -back_by_jacobian(U, P),
        lambda U, P: back_by_jacobian(U, P)[0],
        lambda U, P: back_by_jacobian(U, P) * math.nan,
        lambda U, P: "sent back",
        lambda U: U,
        raises,
        [[0.5, -0.25, -0.25]],
    ]),
]  # fmt: skip


def without_keepdims(U, P):
    """Run on one sample, and on three of three classes; refused by NumPy on two."""
    return P * (U - np.sum(U * P, axis=1))


def test_a_mean_in_a_row_is_found_where_numpy_is_silent():
    U, P = ex.planted.cases[2]
    assert U.shape == (3, 3)
    assert not np.allclose(without_keepdims(U, P), back_by_jacobian(U, P))
    assert ex.planted.complaint(without_keepdims) is not None


def test_the_planted_mistake_passes_with_one_sample_as_the_page_says():
    U, P = ex.planted.cases[0]
    assert len(U) == 1
    assert np.allclose(planted(U, P), back_by_jacobian(U, P))


@pytest.mark.parametrize("grader", [ex.safe_softmax, ex.price_of_scores, ex.planted])
def test_an_answer_that_spoils_its_arguments_leaves_the_cases_whole(grader):
    before = copy.deepcopy(grader.cases)

    def spoil(*case):
        result = grader.reference(*copy.deepcopy(case))
        for argument in case:
            argument[...] = 0
        return result

    assert grader.complaint(spoil) is None
    for kept, case in zip(before, grader.cases, strict=True):
        assert all(map(np.array_equal, kept, case))


def test_a_wrong_gradient_is_named_with_its_batch(verdict):
    def half_dW2(*case):
        gradients = list(gradients_by_hand(*case))
        gradients[2] = gradients[2] * (0.5 if len(case[3]) == 4 else 1)
        return gradients

    line = verdict(ex.network_gradients, half_dW2)
    asked = "Exercise 11.7: not yet; asked for dW1, db1, dW2, db2, dW3, db3; "
    way = "dW3 and db3 came right, the first wrong one on the way back is dW2"
    assert line.startswith(f"{asked}for a batch of 4 samples {way}: came [[")
    assert "times too large" not in line
    assert len(line) < 280
    assert verdict(ex.network_gradients, raises) == (
        f"{asked}for a batch of 1 sample: came ValueError: a mistake of the reader"
    )


def test_a_slope_forgotten_in_layer_2_is_looked_for_there(verdict):
    def without_a_slope(weights, biases, X, labels):
        A1 = nn.sigmoid(X @ weights[0] + biases[0])
        A2 = nn.sigmoid(A1 @ weights[1] + biases[1])
        P = nn.softmax(A2 @ weights[2] + biases[2])
        dZ3 = (P - np.eye(3)[labels]) / len(X)
        dZ2 = dZ3 @ weights[2].T
        dZ1 = dZ2 @ weights[1].T * A1 * (1 - A1)
        pairs = zip((dZ1, dZ2, dZ3), (X, A1, A2), strict=True)
        return [g for dZ, A in pairs for g in (A.T @ dZ, dZ.sum(axis=0))]

    line = verdict(ex.network_gradients, without_a_slope)
    assert "for a batch of 1 sample dW3 and db3 came right, the first wrong one" in line
    assert "on the way back is dW2: came [[" in line


def test_a_forgotten_mean_is_told(verdict):
    line = verdict(ex.network_gradients, lambda *case: gradients_by_hand(*case, mean=False))
    assert "for a batch of 4 samples the first wrong one on the way back is dW3: came " in line
    assert line.endswith("; every gradient is 4 times too large")


def test_the_answer_of_the_star_is_recognised(verdict):
    assert verdict(ex.sent_back, [5 / 6, 0, 0]).endswith("; this is what the star sends")
    assert "star" not in verdict(ex.sent_back, [5 / 6, 0, -1 / 2])
    assert "star" not in verdict(ex.sent_back, ...)


def test_the_references_are_what_nnbook_computes():
    for case in ex.safe_softmax.cases:
        assert np.allclose(ex.safe_softmax.reference(*case), softmax_by_loops(*case))
    for case in ex.price_of_scores.cases:
        price, gradient = price_by_nnbook(*case)
        mine = ex.price_of_scores.reference(*case)
        assert np.isclose(mine[0], price)
        assert np.allclose(mine[1], gradient)
    for case in ex.network_gradients.cases:
        mine = ex.network_gradients.reference(*case)
        theirs = gradients_by_nnbook(*case)
        assert all(np.allclose(mine[n], theirs[i]) for n, i in enumerate((4, 5, 2, 3, 0, 1)))
