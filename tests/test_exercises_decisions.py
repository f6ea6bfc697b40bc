"""Answers to the exercises of chapter 04b."""

from itertools import pairwise

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

import nnbook as nn
from nnbook.exercises import decisions as ex

FLIGHTS = np.repeat([1.0, 0.0], [7, 16])
baseline = ex.held_out_baseline.reference


def baseline_by_loop(labels):
    total = 0.0
    for s, label in enumerate(labels):
        share = np.delete(labels, s).mean()
        total -= np.log(share) if label else np.log(1 - share)
    return total / len(labels)


def baseline_by_counts(labels):
    m, ones = len(labels), labels.sum()
    zeros = m - ones
    return -(ones * np.log((ones - 1) / (m - 1)) + zeros * np.log((zeros - 1) / (m - 1))) / m


def baseline_on_logits(labels):
    share = (labels.sum() - labels) / (len(labels) - 1)
    logits = np.log(share / (1 - share))
    return nn.SigmoidBinaryCrossEntropy().forward(logits[:, None], labels[:, None])


def with_shares(share):
    """Return the mean loss of other predictions."""

    def loss(labels):
        y_hat = share(labels)
        return -np.mean(labels * np.log(y_hat) + (1 - labels) * np.log(1 - y_hat))

    return loss


def outcomes_by_loop(probabilities, labels, threshold):
    counts = [0, 0, 0, 0]
    for p, label in zip(probabilities, labels, strict=True):
        counts[(0 if label else 1) if p >= threshold else (2 if label else 3)] += 1
    return counts


def area_by_loop(probabilities, labels):
    pairs = [(p, q) for p, i in zip(probabilities, labels, strict=True) if i
             for q, j in zip(probabilities, labels, strict=True) if not j]  # fmt: skip
    return sum((p > q) + 0.5 * (p == q) for p, q in pairs) / len(pairs)


def area_by_trapezoids(probabilities, labels):
    points = [(0.0, 0.0)]
    for threshold in np.unique(probabilities)[::-1]:
        yes = probabilities >= threshold
        points.append((yes[labels == 0].mean(), yes[labels == 1].mean()))
    return sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(points))


def strips(probabilities, labels, cuts):
    rates = []
    for cut in cuts:
        yes = probabilities >= cut
        rates.append((yes[labels == 1].mean(), yes[labels == 0].mean()))
    return sum((b[1] - a[1]) * (a[0] + b[0]) / 2 for a, b in pairwise(rates))


def on_a_grid(probabilities, labels):
    return strips(probabilities, labels, np.linspace(1, 0, 101))


def on_a_fine_grid(probabilities, labels):
    return strips(probabilities, labels, np.linspace(1, 0, 1001))


def without_the_origin(probabilities, labels):
    return strips(probabilities, labels, np.unique(probabilities)[::-1])


def upwards(probabilities, labels):
    return strips(probabilities, labels, np.append(np.unique(probabilities), 2))


def upwards_without_the_origin(probabilities, labels):
    return strips(probabilities, labels, np.unique(probabilities))


def in_place(old, w, b, new):
    new -= old.mean()
    new /= old.std()
    return nn.sigmoid(w * new + b)


counted, area = ex.outcomes.reference, ex.area_under_roc.reference
probabilities = ex.planted.reference

ANSWERS = [
    (ex.held_out_baseline, [baseline, baseline_by_loop, baseline_by_counts, baseline_on_logits],
     [Says("leave out the one that is judged", with_shares(lambda y: np.full(len(y), y.mean()))),
      Says("m - 1 others", with_shares(lambda y: (y.sum() - y) / len(y))),
      Says("their mean", lambda y: len(y) * baseline(y)), Says("minus the logarithm", lambda y: -baseline(y)),
      Says("the natural logarithm", lambda y: baseline(y) / np.log(2)), Says("the base 10", lambda y: baseline(y) / np.log(10)),
      Says("one minus that", with_shares(lambda y: 1 - (y.sum() - y) / (len(y) - 1))),
      Says("for the label 0, too", lambda y: -np.mean(y * np.log((y.sum() - y) / (len(y) - 1)))),
      Says("for both labels", lambda y: -np.mean(np.log((y.sum() - y) / (len(y) - 1)))),
      Says("this is the squared error", lambda y: np.mean(((y.sum() - y) / (len(y) - 1) - y) ** 2)),
      Says("half the squared error", lambda y: np.mean(((y.sum() - y) / (len(y) - 1) - y) ** 2) / 2),
      Says("mean of the shares", lambda y: np.mean((y.sum() - y) / (len(y) - 1))),
      Says("error rate of the larger class", lambda y: np.mean(((y.sum() - y) / (len(y) - 1) >= 0.5) != y)),
      Says("takes ln(share", lambda y: nn.SigmoidBinaryCrossEntropy().forward(((y.sum() - y) / (len(y) - 1))[:, None], y[:, None])),
      lambda y: 0.6619, lambda y: baseline(FLIGHTS), lambda y: -np.log(np.where(y == 1, (y.sum() - y) / (len(y) - 1), 1 - (y.sum() - y) / (len(y) - 1)))]),
    (ex.call_it_off, [(0.1, 74.3), [1 / 10, 74.26], (0.1, 74.2), [0.1, [74.3]], (0.1, np.array([74.26]))],
     [(0.9, 74.3), Says("one ninth is the odds", (1 / 9, 74.3)), Says("cost nine false negatives", (0.9, 55.3)), Says("the prediction is one half", (0.1, 64.8)), Says("cost four false positives", (0.2, 70.8)), Says("the prediction is 0.9", (0.1, 55.3)),
      Says("first the threshold", (74.3, 0.1)), Says("this is in °C", (0.1, 23.5)), Says("not right: the temperature; keep more digits", (0.1, 74)),
      Says("not right: the threshold, the temperature", (0.9, 64.8))]),
    (ex.outcomes, [counted, outcomes_by_loop, lambda *case: np.array(counted(*case))],
     [*variants(counted, ">= threshold -> > threshold", "called & ~positive, ~called & positive -> ~called & positive, called & ~positive"),
      Says("are exchanged", lambda *case: [counted(*case)[i] for i in (0, 2, 1, 3)]),
      Says("the labels 1 and 0 are exchanged", lambda p, y, t: counted(p, 1 - y, t)),
      lambda p, y, t: counted(p, y >= t, t), Says("shares", lambda *case: np.array(counted(*case)) / len(case[1])),
      Says("the true positives come first", lambda *case: counted(*case)[::-1]),
      Says("scikit-learn", lambda *case: [counted(*case)[i] for i in (3, 1, 2, 0)]),
      Says("equal to the threshold", lambda p, y, t: counted(p - 1e-6, y, t)),
      lambda *case: counted(*case)[:3], Says("not as a table", lambda *case: np.reshape(counted(*case), (2, 2))),
      Says("the true negatives come last", lambda *case: [counted(*case)[i] for i in (0, 3, 1, 2)]), Says("come third", lambda *case: [counted(*case)[i] for i in (0, 1, 3, 2)]),
       lambda p, y, t: counted(p, y, 0.5)]),
    (ex.area_under_roc, [area, area_by_loop, area_by_trapezoids],
     [*variants(area, " / 2 -> ", "> negative -> >= negative", "> negative -> < negative", "labels == 1 -> labels == 0 && labels == 0 -> labels == 1"),
      Says("a tie counts one half", lambda p, y: np.mean(p[y == 1][:, None] > p[y == 0])),
      Says("not 1", lambda p, y: np.mean(p[y == 1][:, None] >= p[y == 0])), Says("the higher", lambda p, y: 1 - area(p, y)),
      Says("count as a tie", on_a_grid), Says("a grid of 1,001 thresholds", on_a_fine_grid),
      Says("begins at (0, 0)", without_the_origin), Says("each strip is negative", upwards),
      Says("each strip is negative", upwards_without_the_origin), Says("divide it by", lambda p, y: area(p, y) * y.sum() * (1 - y).sum()),
      Says("in per cent", lambda p, y: 100 * area(p, y)), Says("Gini", lambda p, y: 2 * area(p, y) - 1),
      lambda p, y: np.mean((p >= 0.5) == y), lambda p, y: 0.65]),
    (ex.planted, [probabilities, lambda *case: list(probabilities(*case))],
     [*variants(probabilities, "old.mean() -> new.mean() && old.std() -> new.std()", "(new - old.mean()) / old.std() -> new", "old.std -> new.std",
                "old.mean -> new.mean", "(new - -> (old -", ".std -> .var", "+ b -> - b",
                "old.mean() -> np.append(old, new).mean() && old.std() -> np.append(old, new).std()"),
      Says("the function changes new", in_place), Says("this is the variance", lambda old, w, b, new: nn.sigmoid(w * (new - old.mean()) / old.var() + b)),
      Says("the bias is missing", lambda old, w, b, new: probabilities(old, w, 0, new)), Says("for the old launches", lambda old, w, b, new: probabilities(old, w, b, old)),
      Says("the sigmoid is missing", lambda old, w, b, new: w * (new - old.mean()) / old.std() + b),
      Says("not by m - 1", lambda old, w, b, new: nn.sigmoid(w * (new - old.mean()) / old.std(ddof=1) + b)),
      Says("learnt on (temperature", lambda old, w, b, new: nn.sigmoid(w * new + b)), lambda old, w, b, new: nn.sigmoid(w * new - old.mean() / old.std() + b),
      Says("the division", lambda old, w, b, new: nn.sigmoid(w * (new - old.mean()) + b)), Says("the mean is not", lambda old, w, b, new: nn.sigmoid(w * new / old.std() + b)),
      Says("not subtracted", lambda old, w, b, new: probabilities(old, w, -b, new)), Says("nothing happens", lambda *case: 1 - probabilities(*case)),
      Says("have no part", lambda old, w, b, new: probabilities(np.append(old, new), w, b, new)),
      Says("the mean is that of the old", lambda old, w, b, new: nn.sigmoid(w * (new - old.mean()) / new.std() + b)),
      Says("in brackets", lambda old, w, b, new: nn.sigmoid(w * (new - old.mean() / old.std()) + b)),
      Says("are rounded", lambda *case: np.round(probabilities(*case))),
      Says("ZeroDivisionError", lambda *case: 1 / 0)]),
]  # fmt: skip


def test_the_planted_bug_is_not_taken_for_another():
    """The function as it stands on the page does not use the old launches at all."""
    delivered = variants(probabilities, "old.mean() -> new.mean() && old.std() -> new.std()")[0]
    assert ex.planted.complaint(delivered).remark == ""
