"""Answers to the exercises of chapter 08b."""

import math
from fractions import Fraction

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

import nnbook as nn
from nnbook.exercises import optimisers as ex

MINIMA = np.array([1.130901, -1.300840])


def clip(gradients, t):
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    return [g * min(1, t / norm) for g in gradients]


adam = ex.adam_positions.reference
# as the paper proposes at the end of its section 2: both corrections in the rate
adam_reordered = "(m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) -> np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v)"
(epsilon_inside,) = variants(adam, "(1 - 0.999**t)) + 1e-8 -> (1 - 0.999**t) + 1e-8)")


def adam_of_the_package(w, gradients, alpha):
    p, optimizer, positions = np.array([float(w)]), nn.Adam(alpha), []
    for dw in gradients:
        optimizer.step([p], [np.array([dw])])
        positions.append(p.copy())
    return positions


ANSWERS = [
    (ex.without_sign, [[4, 2, 4, -1]], [[-4, 2, 4, -1], [-7, 2, 4, -1], [4, 2, 4, 1], [4, 4, 4, 4]]),
    (ex.four_positions, [[-0.25, -0.25, 0.0625, 0.0625]],
     [[-0.25, 0.0625, -0.25, 0.0625], [0.25, -0.25, 0.0625, 0.0625], [1, -0.25, -0.25, 0.0625]]),
    (ex.largest_rate, [0.38, Fraction(19, 50)], [0.2, 3.8, 0.02, 0.036]),
    (ex.first_steps, [[-0.01, 0.01, -0.01], (-0.01, 0.009999, -0.01)],
     [[-0.01, -0.01, -0.01], [-0.03, 0.000001, -0.4], [-0.001, 0.001, -0.001]]),
    (ex.second_step, [0.67, 0.67005, 0.09 / 0.19 / math.sqrt(0.000999 / 0.001999)],
     [0, 0.9, 1, 0.4737, 0.335, Says("has no sign", -0.67), 0.0067]),
    (ex.adam_positions, [adam, adam_of_the_package, *variants(adam, adam_reordered)], [
        *variants(adam, "**t -> ", "gradients, 1 -> gradients, 2", " / (1 - 0.9**t) -> ", "np.sqrt(v -> (v", "dw**2 -> dw", "w - alpha -> w + alpha"),
        Says("where is epsilon added", epsilon_inside),
        Says("the start is in the list", lambda w, gs, a: [w, *adam(w, gs, a)]),
        lambda w, gs, a: [w, *adam(w, gs, a)[:-1]],
        lambda w, gs, a: adam(w, gs, a)[-1],
        lambda w, gs, a: list(w - a * np.cumsum(np.sign(gs))),
    ]),
    (ex.clipped, [
        nn.optimizers.clip_by_norm, clip,
        lambda gs, t: (g / max(1, np.linalg.norm([np.linalg.norm(h) for h in gs]) / t) for g in gs),
    ], [
        nn.optimizers.clip_by_value,
        *variants(clip, "min(1, t / norm) -> t / norm", "np.sqrt -> ", "(g**2).sum() -> np.linalg.norm(g)", "g * -> abs(g) * ",
            "min(1, t / norm) -> 1",
                  "min(1, t / norm) -> min(1, t / np.linalg.norm(g))", "g * min(1, t / norm) -> g / norm * min(norm, t)"),
        lambda gs, t: np.concatenate([g.ravel() for g in clip(gs, t)]),
    ]),
    (ex.updates_to_leave, [152, math.ceil(12 / math.log10(1.2))], [151.5, 12, 35]),
    (ex.two_bounds, [[0.214, 0.14], (0.21397, 0.1398), 2 / (12 * MINIMA**2 - 6)],
     [Says("the first is to be that of 1.130901", [0.14, 0.214]), [0.107, 0.07], [9.347, 14.306], [0.428, 0.2796], [0.214, -0.14],
      Says("not two numbers", [0.214]), Says("not right to three digits", [0.21, 0.14]), [0.214, 0.143]]),
    (ex.can_settle, ["the shallower", "shallower", "the shallower."], ["shallower one"]),
]  # fmt: skip


def test_the_numbers_of_the_graders_follow_from_the_chapter():
    w = MINIMA
    assert np.allclose(4 * w**3 - 6 * w + 1, 0, atol=1e-4)
    assert np.allclose(ex.BOUNDS, [0.21397, 0.1398], atol=1e-5)
    assert np.isclose(ex.SECOND, 0.67005, atol=1e-5)
    assert 1e-12 * 1.2**151 < 1 < 1e-12 * 1.2**152
