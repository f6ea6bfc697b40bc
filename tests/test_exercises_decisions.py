"""Answers to the exercises of chapter 04b."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

import nnbook as nn
from nnbook.exercises import decisions as ex

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
AND = np.array([0.0, 0.0, 0.0, 1.0])


trained = ex.train_and.reference


def trained_by_layers(steps):
    network = nn.Sequential(nn.Dense(2, 1, rng=0, weight_init=nn.initializers.zeros))
    loss, optimizer = nn.SigmoidBinaryCrossEntropy(), nn.SGD(1.0)
    for _ in range(steps):
        loss.forward(network.forward(CORNERS), AND[:, None])
        network.backward(loss.backward())
        optimizer.step(network.parameters(), network.gradients())
    return network.parameters()


def trained_bias_first(steps):
    w, b = np.zeros(2), 0.0
    for _ in range(steps):
        b = b - (nn.sigmoid(CORNERS @ w + b) - AND).mean()
        w = w - CORNERS.T @ (nn.sigmoid(CORNERS @ w + b) - AND) / 4
    return w, b


def trained_weights_first(steps):
    w, b = np.zeros(2), 0.0
    for _ in range(steps):
        w = w - CORNERS.T @ (nn.sigmoid(CORNERS @ w + b) - AND) / 4
        b = b - (nn.sigmoid(CORNERS @ w + b) - AND).mean()
    return w, b


def trained_on_errors(error):
    """Return a training on the AND gate by another derivative of the loss."""

    def train(steps):
        w, b = np.zeros(2), 0.0
        for _ in range(steps):
            difference = error(nn.sigmoid(CORNERS @ w + b)) / 4
            w, b = w - CORNERS.T @ difference, b - difference.sum()
        return [*w, b]

    return train


def trained_one_by_one(steps):
    w, b = np.zeros(2), 0.0
    for _ in range(steps):
        for x, y in zip(CORNERS, AND, strict=True):
            difference = nn.sigmoid(x @ w + b) - y
            w, b = w - difference * x, b - difference
    return [*w, b]


def continued():
    taken = 0

    def goes_on(steps):
        nonlocal taken
        taken += steps
        return trained(taken)

    return goes_on


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
    (ex.train_and, [trained, trained_by_layers, lambda steps: [trained(steps)[:2], trained(steps)[2]]], [
        lambda steps: [7.414, 7.414, -11.294],  # copied from the page
        lambda steps: (20, 20, -30),  # by thought
        Says("these are the numbers after one step more", lambda steps: trained(steps + 1)),
        Says("these are the numbers after one step less", lambda steps: trained(max(steps - 1, 0))),
        Says("the gradients of the samples are added up, and J is a mean", lambda steps: trained(steps, True)),
        *variants(trained, "else 4 -> else 40", "b = np.zeros(2), 0.0 -> b = np.zeros(2), 0.1", "else 4 -> else -4",
            "sigmoid(_CORNERS @ w + b) -> (_CORNERS @ w + b)"),
        Says("a call goes on where the last one stopped", continued()), trained(3),
        Says("b is changed before the gradient of w", trained_bias_first), Says("w is changed before the gradient of b", trained_weights_first),
        Says("return all digits", lambda steps: trained(steps).round(3)),
        Says("inside the loop", lambda steps: trained(min(steps, 1))), Says("come first, then b", lambda steps: np.roll(trained(steps), 1)),
        Says("uphill", trained_on_errors(lambda p: AND - p)), Says("this is the squared error", trained_on_errors(lambda p: (p - AND) * p * (1 - p))),
        Says("not the squared error", trained_on_errors(lambda p: 2 * (p - AND) * p * (1 - p))), Says("one sample after the other", trained_one_by_one),
    ]),
    (ex.nand_gate, [-trained(200), (-7.414, -7.414, 11.294), ([-12.075, -12.075], 18.281), [np.array([-7.41, -7.41]), [11.3]],
                    [Fraction(-4247, 1000), Fraction(-4247, 1000), Fraction(6562, 1000)], -trained(5000)],
     [Says("the loss of this gate is 7.505", (10, 10, -15)), (-10, -10, -15), (-10, -10, 5), (-1, -1, 1.5), (10, 10, 15), ([-10], 15),
      (-10, -10), ([-10, -10], "b"), (1e308, 1e308, -1.5e308), Says("do not come from", (-10, -10, 15)), Says("do not come from", (-20, -20, 30)), Says("give more digits", (-4.2, -4.2, 6.6)),
      Says("do not come from", [-1e308, -1e308, 1.5e308])]),
    (ex.call_it_off, [(0.1, 74.3), [1 / 10, 74.26], (0.1, 74.2), [0.1, [74.3]], (0.1, np.array([74.26]))],
     [(0.9, 74.3), Says("one ninth is the odds", (1 / 9, 74.3)), Says("cost nine false negatives", (0.9, 55.3)), Says("the temperature", (0.1, 64.8)), Says("the prediction is 0.9", (0.1, 55.3)),
      Says("first the threshold", (74.3, 0.1)), Says("this is in °C", (0.1, 23.5)), Says("not right: the temperature; keep more digits", (0.1, 74)),
      Says("not right: the threshold, the temperature", (0.9, 64.8))]),
    (ex.outcomes, [counted, outcomes_by_loop, lambda *case: np.array(counted(*case))],
     [*variants(counted, ">= threshold -> > threshold", "called & ~positive, ~called & positive -> ~called & positive, called & ~positive"),
      Says("are exchanged", lambda *case: [counted(*case)[i] for i in (0, 2, 1, 3)]),
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
      lambda p, y: np.mean((p >= 0.5) == y), lambda p, y: 0.65]),
    (ex.planted, [probabilities, lambda *case: list(probabilities(*case))],
     [*variants(probabilities, "old.mean() -> new.mean() && old.std() -> new.std()", "(new - old.mean()) / old.std() -> new", "old.std -> new.std",
                "old.mean -> new.mean", "(new - -> (old -", ".std -> .var", "+ b -> - b",
                "old.mean() -> np.append(old, new).mean() && old.std() -> np.append(old, new).std()"),
      Says("the function changes new", in_place), Says("this is the variance", lambda old, w, b, new: nn.sigmoid(w * (new - old.mean()) / old.var() + b)),
      Says("the bias is missing", lambda old, w, b, new: probabilities(old, w, 0, new)), Says("for the old launches", lambda old, w, b, new: probabilities(old, w, b, old)),
      Says("the sigmoid is missing", lambda old, w, b, new: w * (new - old.mean()) / old.std() + b),
      Says("not by m - 1", lambda old, w, b, new: nn.sigmoid(w * (new - old.mean()) / old.std(ddof=1) + b)),
      Says("learnt on standardised", lambda old, w, b, new: nn.sigmoid(w * new + b)), Says("nothing happens", lambda *case: 1 - probabilities(*case)),
      Says("have no part", lambda old, w, b, new: probabilities(np.append(old, new), w, b, new)),
      Says("the mean is that of the old", lambda old, w, b, new: nn.sigmoid(w * (new - old.mean()) / new.std() + b)),
      Says("ZeroDivisionError", lambda *case: 1 / 0)]),
]  # fmt: skip


def test_the_planted_bug_is_not_taken_for_another():
    """The function as it stands on the page does not use the old launches at all."""
    delivered = variants(probabilities, "old.mean() -> new.mean() && old.std() -> new.std()")[0]
    assert ex.planted.complaint(delivered).remark == ""
