"""Every grader of chapter 08b: right forms pass, wrong answers are told so."""

import math
from fractions import Fraction

import numpy as np
import pytest
from grader_tests import *  # noqa: F403

import nnbook as nn
from nnbook.exercises import stepping_well as ex

MINIMA = np.array([1.130901, -1.300840])


def in_place(gradients, t):
    factor = min(1, t / max(1e-300, np.linalg.norm(np.concatenate([g.ravel() for g in gradients]))))
    for g in gradients:
        g *= factor
    return gradients


def one_by_one(gradients, t):
    return [g * min(1, t / np.linalg.norm(g)) for g in gradients]


def divided_by_nothing(gradients, t):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in gradients]))
    return [g / norm * min(norm, t) for g in gradients]


def no_floor(gradients, t):
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    return [g * min(1, t / norm) for g in gradients]


def adam(w, gradients, alpha, power=True, first=1, correct=True, root=True):
    p, walked = np.array([w]), []
    v = q = 0.0
    for t, dw in enumerate(gradients, first):
        v, q = 0.9 * v + 0.1 * dw, 0.999 * q + 0.001 * dw**2
        n = t if power else 1
        share_v, share_q = (1 - 0.9**n, 1 - 0.999**n) if correct else (1, 1)
        size = q / share_q
        p = p - alpha * (v / share_v) / ((np.sqrt(size) if root else size) + 1e-8)
        walked.append(p.item())
    return walked


def adam_reordered(w, gradients, alpha):
    """Walk as the paper proposes at the end of its section 2: both corrections in the rate."""
    walked, v, q = [], 0.0, 0.0
    for t, dw in enumerate(gradients, 1):
        v, q = 0.9 * v + 0.1 * dw, 0.999 * q + 0.001 * dw**2
        w = w - alpha * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * v / (np.sqrt(q) + 1e-8)
        walked.append(w)
    return walked


def adam_epsilon_inside(w, gradients, alpha, epsilon=1e-8):
    walked, v, q = [], 0.0, 0.0
    for t, dw in enumerate(gradients, 1):
        v, q = 0.9 * v + 0.1 * dw, 0.999 * q + 0.001 * dw**2
        w = w - alpha * v / (1 - 0.9**t) / np.sqrt(q / (1 - 0.999**t) + epsilon)
        walked.append(w)
    return walked


def adam_of_the_package(w, gradients, alpha):
    p, optimizer, walked = np.array([float(w)]), nn.Adam(alpha), []
    for dw in gradients:
        optimizer.step([p], [np.array([dw])])
        walked.append(p.copy())
    return walked


def raises(*_):
    raise RuntimeError("oh dear")


RIGHT = [
    (ex.printed_rule, [[4, 2, 4, -1], (4.0, 2.0, 4.0, -1.0), np.array([[4], [2], [4], [-1]]),
                       np.where(abs(np.array([-7, 2, 9, -1])) > 4, 4, [-7, 2, 9, -1])]),
    (ex.four_places, [[-0.25, -0.25, 0.0625, 0.0625], (-1 / 4, -1 / 4, 1 / 16, 1 / 16),
                      np.array([[-0.25], [-0.25], [0.0625], [0.0625]]), [Fraction(-1, 4)] * 2 + [Fraction(1, 16)] * 2]),
    (ex.largest_rate, [0.38, [0.38], Fraction(19, 50), 2 * 1.9 / 10]),
    (ex.first_moves, [[-0.01, 0.01, -0.01], (-0.01, 0.009999, -0.01), np.array([[-0.01], [0.01], [-0.01]])]),
    (ex.second_step, [0.67, 0.670, [0.67005], 0.09 / 0.19 / math.sqrt(0.000999 / 0.001999)]),
    (ex.adam_places, [adam, adam_of_the_package, adam_reordered, lambda *a: tuple(adam(*a)), lambda *a: np.array([adam(*a)])]),
    (ex.clipped, [
        nn.optimizers.clip_by_norm,
        in_place,
        no_floor,
        lambda gs, t: tuple(g / max(1, math.sqrt(sum((g * g).sum() for g in gs)) / t) for g in gs),
        lambda gs, t: [g.tolist() for g in nn.optimizers.clip_by_norm(gs, t)],
        lambda gs, t: (g / max(1, np.linalg.norm([np.linalg.norm(h) for h in gs]) / t) for g in gs),
    ]),
    (ex.steps_to_leave, [152, 152.0, [152], np.array([[152]]), int(np.ceil(12 / np.log10(1.2)))]),
    (ex.two_bounds, [[0.214, 0.14], [0.214, 0.1398], (0.21397, 0.1398), 2 / (12 * MINIMA**2 - 6),
                     (2 / (12 * MINIMA**2 - 6))[:, None], [[0.214, 0.14]]]),
    (ex.can_settle, ["the shallower", "The shallower", " the shallower ", "shallower", "the shallower."]),
]  # fmt: skip
WRONG = [
    (ex.printed_rule, [[-4, 2, 4, -1], [-7, 2, 4, -1], [4, 2, 4, 1], [4, 4, 4, 4], [4, 2, 4], 4,
                       [4, 2, np.nan, -1], "(4, 2, 4, -1)", raises]),
    (ex.four_places, [[-0.25, 0.0625, -0.25, 0.0625], [0.25, -0.25, 0.0625, 0.0625], [1, -0.25, -0.25, 0.0625],
                      [-0.25, -0.25, 0.0625], -0.25, [-0.25, -0.25, np.nan, 0.0625], "-1/4", raises]),
    (ex.largest_rate, [0.2, 0.19, 3.8, 0.02, 0.036, -0.38, [0.38, 0.38], np.nan, "0.38", object()]),
    (ex.first_moves, [[0.01, -0.01, 0.01], [-0.01, -0.01, -0.01], [-0.03, 0.000001, -0.4], [-0.01, 0.01], -0.01,
                      [-0.001, 0.001, -0.001], [-0.01, 0.01, np.nan], "-0.01", raises]),
    (ex.second_step, [0, 0.9, 1, 0.4737, 0.335, -0.67, 0.0067, [0.67, 0.67], np.nan, "0.67", object()]),
    (ex.adam_places, [
        lambda w, gs, a: adam(w, gs, a, power=False),
        lambda w, gs, a: adam(w, gs, a, first=2),
        lambda w, gs, a: adam(w, gs, a, correct=False),
        lambda w, gs, a: adam(w, gs, a, root=False),
        lambda w, gs, a: adam(w, gs, -a),
        adam_epsilon_inside,
        lambda w, gs, a: [w, *adam(w, gs, a)],
        lambda w, gs, a: [w, *adam(w, gs, a)[:-1]],
        lambda w, gs, a: adam(w, gs, a)[-1],
        lambda w, gs, a: adam(w, np.sign(gs), a),
        lambda w, gs, a: list(w - a * np.cumsum(np.sign(gs))),
        lambda w, gs, a: [np.nan for _ in gs],
        lambda w: [], raises, "adam", 1.0,
    ]),
    (ex.clipped, [
        divided_by_nothing,
        one_by_one,
        nn.optimizers.clip_by_value,
        lambda gs, t: [g * t / np.linalg.norm([np.linalg.norm(h) for h in gs]) for g in gs],
        lambda gs, t: [g * min(1, t / sum((h * h).sum() for h in gs)) for g in gs],
        lambda gs, t: [g * min(1, t / sum(np.linalg.norm(h) for h in gs)) for g in gs],
        lambda gs, t: [abs(g) for g in nn.optimizers.clip_by_norm(gs, t)],
        lambda gs, t: [-g for g in nn.optimizers.clip_by_norm(gs, t)],
        lambda gs, t: nn.optimizers.clip_by_norm(gs, t)[0],
        lambda gs, t: nn.optimizers.clip_by_norm(gs, t)[::-1],
        lambda gs, t: np.concatenate([g.ravel() for g in nn.optimizers.clip_by_norm(gs, t)]),
        lambda gs, t: gs,
        lambda gs, t: [g * np.nan for g in gs],
        lambda gs: gs, raises, "clip", 5,
    ]),
    (ex.steps_to_leave, [151, 153, 151.5, -152, 12, 35, [152, 152], np.nan, "152", object()]),
    (ex.two_bounds, [[0.1398, 0.21397], [0.107, 0.07], [9.347, 14.306], [0.428, 0.2796], [0.214, -0.14], [0.214],
                     0.214, [np.nan, 0.14], [0.21, 0.14], [0.214, 0.143], "0.214", object()]),
    (ex.can_settle, ["the deeper", "both", "neither", "shallower one", "", 1.13, np.nan]),
]  # fmt: skip


def test_the_numbers_of_the_graders_follow_from_the_chapter():
    w = MINIMA
    assert np.allclose(4 * w**3 - 6 * w + 1, 0, atol=1e-4)
    assert np.allclose(ex.BOUNDS, [0.21397, 0.1398], atol=1e-5)
    assert np.isclose(ex.SECOND, 0.67005, atol=1e-5)
    assert 1e-12 * 1.2**151 < 1 < 1e-12 * 1.2**152


@pytest.mark.parametrize(
    ("exercise", "answer", "says"),
    [
        (ex.two_bounds, [0.14, 0.214], "the first is to be that of 1.130901"),
        (ex.two_bounds, [0.214], "not two numbers"),
        (ex.two_bounds, [0.21, 0.14], "not right to three digits"),
        (ex.second_step, -0.67, "has no sign"),
        (ex.adam_places, lambda w, gs, a: [w, *adam(w, gs, a)], "the start is in the list"),
        (ex.adam_places, adam_epsilon_inside, "where is epsilon added"),
    ],
)
def test_what_was_missed_is_said(exercise, answer, says):
    assert says in str(exercise.complaint(answer))
