"""Exercises of chapter 08b."""

import numpy as np

from .grading import Choice, Function, Property, Value

updates_to_leave = Value("8.6", "the first update after which w2 is above 1", 152.0)

BOUNDS = 2 / (12 * np.array([1.130901, -1.300840]) ** 2 - 6)


def _both_bounds(answer):
    if answer.size != 2:
        return "that is not two numbers"
    if np.allclose(answer.ravel()[::-1], BOUNDS, rtol=2e-3, atol=0):
        return "these are the two bounds, but the first is to be that of 1.130901"
    if np.allclose(answer.ravel(), BOUNDS, rtol=2e-3, atol=0):
        return True
    near = np.allclose(answer.ravel(), BOUNDS, rtol=3e-2, atol=0)
    return "near, but not right to three digits" if near else False


two_bounds = Property(
    "8.7", "the bounds of the rate for the minima at 1.130901 and at -1.300840", _both_bounds
)


def _with_article(answer):
    if not isinstance(answer, str):
        return answer
    return "the " + answer.strip(" .").lower().removeprefix("the ")


can_settle = Choice(
    "8.7",
    "where gradient descent can settle with the rate 0.2",
    "the shallower",
    ("the deeper", "the shallower", "both", "neither"),
    read=_with_article,
)

four_positions = Value(
    "8.8", "the positions after each of the first four updates", [-0.25, -0.25, 0.0625, 0.0625],
)  # fmt: skip

largest_rate = Value("8.8", "the largest rate for momentum 0.9 and curvature 10", 0.38)

without_sign = Value(
    "8.9", "what 'if |d| > 4, put 4' makes of (-7, 2, 9, -1)", [4.0, 2.0, 4.0, -1.0]
)


def _clip_together(gradients, theta):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return tuple(g * theta / norm if norm > theta else g for g in gradients)


clipped = Function(
    "8.9", "the list of gradients, clipped by the norm of all of them together", _clip_together,
    ("gradients", "theta"),
    (
        ([np.array([6.0, -8.0])], 5.0),
        ([np.array([[3.0, 0.0], [0.0, -4.0]]), np.array([12.0, 0.0])], 6.5),
        ([np.array([0.0, 0.0]), np.array([[0.0]])], 1.0),
        ([np.array([[0.5, -1.0, 0.5]]), np.array([0.25, -0.5]), np.array([[1.0]])], 10.0),
        ([np.array([3.0, 4.0]), np.array([-0.3, 0.4])], 1.0),
    ),
)  # fmt: skip

first_steps = Value(
    "8.10",
    "the first steps for the gradient (3, -0.0001, 40) and the rate 0.01",
    [-0.01, 0.01, -0.01],
)

# m = 0.9 · 0.1 · 5 and v = 0.999 · 0.001 · 25, each corrected for two updates
SECOND = (0.9 * 0.1 / (1 - 0.9**2)) / np.sqrt(0.999 * 0.001 / (1 - 0.999**2))


def _second_step(answer):
    if answer.size != 1:
        return "that is not one number"
    if np.isclose(answer.item(), -SECOND, rtol=2e-3, atol=0):
        return "how long a step is has no sign"
    return bool(np.isclose(answer.item(), SECOND, rtol=2e-3, atol=0))


second_step = Property(
    "8.10", "how long the second step is, as a multiple of the rate, after 5 and 0", _second_step
)


def _adam_positions(w, gradients, alpha):
    positions, m, v = [], 0.0, 0.0
    for t, dw in enumerate(gradients, 1):
        m = 0.9 * m + 0.1 * dw
        v = 0.999 * v + 0.001 * dw**2
        w = w - alpha * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        positions.append(w)
    return np.array(positions)


def _about_positions(case, came):
    w, gradients, alpha = case
    if len(came) == len(gradients) + 1 and np.isclose(np.ravel(came)[0], w):
        return "the start is in the list; expected are the positions after each update"
    if 0 < abs(gradients[0]) < 1e-3 and np.abs(np.ravel(came)[0] - w) < alpha / 2:
        return "a tiny gradient should get a first step of the rate, too; where is epsilon added?"
    return None


adam_positions = Function(
    "8.10",
    "the positions after each update of Adam",
    _adam_positions,
    ("w", "gradients", "alpha"),
    (
        (0.0, [2.0, 2.0, 2.0], 1.0),
        (1.0, [2.0], 0.5),
        (1.0, [4.0, -1.0, 2.0, 0.0, -3.0], 0.1),
        (-2.0, [0.0, 0.0, 1.0], 0.25),
        # near 300 a third of a step passes: wide enough for every right place of epsilon
        (300.0, [1e-5, 2e-5, -1.5e-5], 0.001),
    ),
    remark=_about_positions,
    any_vector=True,
)
