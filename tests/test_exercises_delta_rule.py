import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

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
    return v[:-1], [v[-1]]


def step_by_layers(w, b, a, y, alpha):
    dense, loss = nn.Dense(len(w), 1, rng=0), nn.HalfSquaredError()
    network = nn.Sequential(dense, nn.Sigmoid())
    dense.parameters["W"][:, 0], dense.parameters["b"][:] = w, b
    loss.forward(network.forward(a[None]), [[y]])
    network.backward(loss.backward())
    nn.SGD(alpha).step(network.parameters(), network.gradients())
    return dense.parameters["W"][:, 0], dense.parameters["b"]


def step_by_turns(w, b, a, y, alpha):
    """Move the bias by the gradient at the new weights."""
    new_w = step(w, b, a, y, alpha)[0]
    return new_w, step(new_w, b, a, y, alpha)[1]


def delta(w, a, y):
    z = np.dot(w, a)
    return (y - nn.sigmoid(z)) * slopes(z) * a


def delta_by_differences(w, a, y):
    return -nn.numerical_gradient(lambda v: (y - nn.sigmoid(np.dot(v, a))) ** 2 / 2, w)


def rate(a):
    return 2 / (1 + np.dot(a, a))


SLOPES = slopes([0, 1, 2, 4, 6, 10])

ANSWERS = [
    (ex.step_by_hand, [[-6, -2]], [[6, 2], [3, 1], [12, 4], [-2, -6], -6]),
    (ex.largest_rate, [1 / 3, 0.333], [0.4, 1 / 6, 6]),
    (ex.largest_rate_for, [rate, lambda a: 2 / sum(x**2 for x in [*a, 1]), lambda a: round(rate(a), 6)],
     [lambda a: 1 / 3, *variants(rate, "1 + -> ", "np.dot(a, a) -> np.linalg.norm(a)", "np.dot(a, a) -> sum(a)", "np.dot(a, a) -> a**2"), lambda a: 1 / 0]),
    (ex.slopes_of_sigmoid, [SLOPES, [0.25, 0.197, 0.105, 0.0177, 0.00247, 0.0000454]],
     [nn.sigmoid([0, 1, 2, 4, 6, 10]), [0.25] * 6, -SLOPES, SLOPES[::-1], [0.25, 0.1966, 0.105, 0.0177, 0.00247, 0], [0.25, 0.19, 0.11, 0.017, 0.0024, 0.000044],
      [0.25, 0.1966, 0.105, 0.0177, 0.0025, 0.00045]]),
    (ex.step_with_bias, [step, step_by_layers],
     [step_by_turns, Says("close, not exact", step_by_gradient), *variants(step, "b + alpha -> b - alpha", "w + alpha -> w - alpha", "b + alpha * delta -> b", "(w, a) + b -> (w, a)",
                               "alpha * delta -> delta", "(1 - s) -> 1", "delta * a -> delta")]),
    (ex.best_power, [-5, -6], [-4, 5, 1e-5, -1, -13, [-5, -6], -5.5]),
    (ex.planted, [delta, lambda w, a, y: delta(w, a, y)[:, None]],
     [Says("close, not exact", delta_by_differences), *variants(delta, "slopes(z) -> nn.sigmoid(z)", "slopes(z) -> nn.sigmoid(z) * (1 - z)", "slopes(z) -> 1", "slopes(z) -> slopes(nn.sigmoid(z))",
              "y - nn.sigmoid(z) -> y", " * a -> * w")]),
    (ex.jumping_rate, [0.75, 0.51, [0.99], 2 / 3], [Says("keeps its sign", 0.42), Says("0 after one step", 0.5), Says("does not shrink", 1), Says("keeps its sign", -0.75), [0.75, 0.8]]),
]  # fmt: skip
