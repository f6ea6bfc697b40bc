"""Answers to the exercises of chapter 12b."""

from math import comb

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

from nnbook.exercises import evaluation as ex


def confusion(C):
    mistakes = C - np.diag(np.diag(C))
    return (
        np.trace(C) / C.sum(),
        np.diag(C) / C.sum(axis=1),
        np.unravel_index(mistakes.argmax(), C.shape),
    )


def with_pair(change):
    return lambda C: (*confusion(C)[:2], change(C, confusion(C)[2]))


def mcnemar(first, second, y):
    b = np.sum((first == y) & (second != y))
    c = np.sum((first != y) & (second == y))
    p = 2 * sum(comb(int(b + c), i) for i in range(int(min(b, c)) + 1)) / 2.0 ** (b + c)
    return b, c, min(p, 1)


def calibration_error(P, y, bins):
    confidence, correct, total = P.max(axis=1), P.argmax(axis=1) == y, 0
    for k in range(bins):
        inside = (confidence >= k / bins) & ((confidence < (k + 1) / bins) | (k == bins - 1))
        if inside.any():
            total += np.mean(inside) * abs(confidence[inside].mean() - correct[inside].mean())
    return total


def reported(val_predictions, y_val, test_predictions, y_test):
    on_val = [np.mean(row == y_val) for row in val_predictions]
    chosen = on_val.index(max(on_val))
    return chosen, np.mean(test_predictions[chosen] == y_test)


def best_on_test(val_predictions, y_val, test_predictions, y_test):
    on_test = np.mean(test_predictions == y_test, axis=1)
    return reported(val_predictions, y_val, test_predictions, y_test)[0], on_test.max()


ANSWERS = [
    (ex.read_confusion, [confusion], [
        Says("result 3: came (1, 0); the pair begins with what it is; these two are exchanged", with_pair(lambda C, pair: pair[::-1])),
        Says("(0, 0) is no error, but a correct prediction", with_pair(lambda C, _: (0, 0))),
        Says("a 0 was taken for a 1 in 6 cases, and another error is more frequent",
             with_pair(lambda C, _: np.unravel_index(np.triu(C, 1).argmax(), C.shape))),  # above the diagonal only
        Says("a 0 was taken for a 1 in 6 cases, and another error is more frequent",
             with_pair(lambda C, _: np.unravel_index(np.triu(C + C.T, 1).argmax(), C.shape))),  # both ways together
        with_pair(lambda C, pair: [k + 1 for k in pair]), with_pair(lambda C, pair: C[pair]), with_pair(lambda C, pair: sorted(pair)),
        *variants(confusion, "C.sum(axis=1) -> C.sum(axis=0)", "C.sum(axis=1) -> C.sum()", "np.diag(C) / C.sum(axis=1) -> np.diag(C)",
            "mistakes.argmax -> C.argmax",
                  "mistakes.argmax -> (mistakes / C.sum(axis=1, keepdims=True)).argmax", "np.trace(C) / C.sum() -> 1 - np.trace(C) / C.sum()",
                  "np.trace(C) -> 100 * np.trace(C)", "np.trace(C) / C.sum() -> np.mean(np.diag(C) / C.sum(axis=1))"),
        lambda C: confusion(C)[:2], 0.8,
    ]),
    (ex.unaffected, ["dense"], ["the dense one"]),
    (ex.moved_along, [lambda W, order: W[order], lambda W, order: np.eye(len(W))[order] @ W],
     [lambda W, order: W, Says("the opposite reordering", lambda W, order: W[np.argsort(order)]), lambda W, order: W[order][:, ::-1]]),
    (ex.moved_back, [lambda W, order: W[np.argsort(order)], lambda W, order: np.eye(len(W))[order].T @ W,
                     lambda W, order: [W[list(order).index(i)] for i in range(len(order))]],
     [lambda W, order: W, Says("once more, not back", lambda W, order: W[order]), lambda W, order: W[::-1], lambda W, order: np.linalg.pinv(W)]),
    (ex.mcnemar_test, [mcnemar, lambda *case: list(mcnemar(*case))], [
        lambda first, second, y: mcnemar(second, first, y), lambda *case: mcnemar(*case)[:2], lambda *case: mcnemar(*case)[2],
        Says("one side only", variants(mcnemar, "2 * sum( -> sum(")[0]), Says("at most 1", variants(mcnemar, "min(p, 1) -> p")[0]),
        *variants(mcnemar, "+ 1)) -> ))", "min(b, c) -> max(b, c)", "(second != y) -> (second == y)"),
        lambda first, second, y: (np.sum(first == y), np.sum(second == y), mcnemar(first, second, y)[2]), 0.03,
    ]),
    (ex.of_six, [6], [5, 4, 3]),
    (ex.calibration_error, [calibration_error], [
        *variants(calibration_error, "np.mean(inside) * abs -> abs", "abs( -> (", "P.argmax(axis=1) == y -> P.argmax(axis=1) != y",
            "confidence >= k -> confidence > k", "confidence < (k -> confidence <= (k", " | (k == bins - 1) -> "),
        # a bin of its own for a confidence of 1
        *variants(calibration_error, "range(bins) -> range(bins + 1) &&  | (k == bins - 1) -> "),
        lambda P, y, bins: abs(P.max(axis=1).mean() - np.mean(P.argmax(axis=1) == y)),  # a single bin
        lambda P, y, bins: np.mean(np.abs(P.max(axis=1) - (P.argmax(axis=1) == y))),  # a bin for each prediction
        lambda P, y, bins: 100 * calibration_error(P, y, bins), 0.02,
    ]),
    (ex.planted, [reported, lambda *case: np.array(reported(*case))], [
        Says("the accuracy is that of another network, the best one on the test set", best_on_test),
        lambda a, b, c, d: reported(c, d, c, d),  # chosen by the test set
        lambda a, b, c, d: reported(a, b, a, b),  # the accuracy on the validation set
        lambda *case: (reported(*case)[0] + 1, reported(*case)[1]), lambda *case: reported(*case)[::-1], lambda *case: reported(*case)[1],
    ]),
]  # fmt: skip


def test_moved_weights_give_for_shuffled_pixels_the_outputs_of_before():
    for W, order in ex.moved_along.cases:
        X = np.arange(2.0 * len(W)).reshape(2, -1)
        moved = ex.moved_along.reference(W, order)
        assert np.allclose(X[:, order] @ moved, X @ W)
        assert np.array_equal(ex.moved_back.reference(moved, order), W)
        assert not np.array_equal(order, np.argsort(order))  # else there and back are the same
