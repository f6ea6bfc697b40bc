import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import variants

import nnbook as nn
from nnbook.exercises import delta_rule as ex


def slopes(z):
    return nn.sigmoid(z) * (1 - nn.sigmoid(z))


def step(w, b, a, y, alpha):
    s = nn.sigmoid(np.dot(w, a) + b)
    delta = (y - s) * s * (1 - s)
    return w + alpha * delta * a, b + alpha * delta


def step_by_gradient(w, b, a, y, alpha):
    v = np.append(w, b)
    loss = lambda v: (y - nn.sigmoid(v[:-1] @ a + v[-1])) ** 2 / 2  # noqa: E731
    v = v - alpha * nn.numerical_gradient(loss, v)
    return v[:-1][:, None], [v[-1]]


def step_by_turns(w, b, a, y, alpha):
    """Move the bias by the gradient at the new weights."""
    new_w = step(w, b, a, y, alpha)[0]
    return new_w, step(new_w, b, a, y, alpha)[1]


def delta(w, a, y):
    z = np.dot(w, a)
    return (y - nn.sigmoid(z)) * slopes(z) * a


def rate(a):
    return 2 / np.dot(a, a)


SLOPES = slopes([0, 1, 2, 4, 6, 10])

ANSWERS = [
    (ex.step_by_hand, [[3, 1]], [[1, 3], [3, -1], 3]),
    (ex.largest_rate, [0.4], [0.5, 5]),
    (ex.largest_rate_for, [rate, lambda a: 2 / sum(x**2 for x in a), lambda a: round(rate(a), 6)],
     [lambda a: 0.4, *variants(rate, "np.dot(a, a) -> np.linalg.norm(a)", "np.dot(a, a) -> sum(a)", "np.dot(a, a) -> a**2"), lambda a: 1 / 0]),
    (ex.slopes_of_sigmoid, [SLOPES, [0.25, 0.20, 0.10, 0.018, 0.0025, 0.000045]],
     [nn.sigmoid([0, 1, 2, 4, 6, 10]), [0.25] * 6, -SLOPES, SLOPES[::-1], [0.25, 0.1966, 0.105, 0.0177, 0.0025, 0],
      [0.25, 0.1966, 0.105, 0.0177, 0.0025, 0.00045]]),
    (ex.step_with_bias, [step, step_by_gradient, lambda *case: [np.round(part, 6) for part in step(*case)]],
     [step_by_turns, *variants(step, "b + alpha -> b - alpha", "w + alpha -> w - alpha", "b + alpha * delta -> b", "(w, a) + b -> (w, a)",
                               "alpha * delta -> delta", "(1 - s) -> 1", "delta * a -> delta")]),
    (ex.best_power, [-5, -6], [-4, 5, 1e-5, -1, -13, [-5, -6], -5.5]),
    (ex.planted, [delta, lambda w, a, y: delta(w, a, y).round(6)],
     variants(delta, "slopes(z) -> nn.sigmoid(z)", "slopes(z) -> nn.sigmoid(z) * (1 - z)", "slopes(z) -> 1", "slopes(z) -> slopes(nn.sigmoid(z))",
              "y - nn.sigmoid(z) -> y", " * a -> * w")),
    (ex.jumping_rate, [0.4, 0.26, [0.49], 1 / 3], [0.25, 0.5, 0.1, -0.4, 0.6]),
]  # fmt: skip
