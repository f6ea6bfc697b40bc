"""Exercises of chapter 00."""

from itertools import pairwise

import numpy as np

from .grading import Choice, Function, Property, Value

_x = np.array([1.0, 2.0, 3.0, 4.0, 6.0])

update_by_hand = Value("0.1", "w and b after one step, for x = (1, 2) and y = (3, 5)", [1.3, 0.8])

float_array = Choice(
    "0.2",
    "the line that makes an array of five floating-point numbers",
    "c",
    ("a", "b", "c", "d"),
    read=lambda answer: answer.strip(" ().") if isinstance(answer, str) else answer,
    remarks={
        "a": "its numbers are integers",
        "b": "it raises an error",
        "d": "Python cannot read it",
    },
)

count_parameters = Function(
    "0.3", "the number of weights and biases",
    lambda sizes: sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes)), ("sizes",),
    (([1, 1],), ([7, 1],), ([3, 5, 4, 3, 1],), ([784, 128, 10],)),
)  # fmt: skip

count_updates = Function(
    "0.4", "the number of updates", lambda m, batch_size, epochs: epochs * -(-m // batch_size),
    ("m", "batch_size", "epochs"),
    ((5, 32, 10), (5, 2, 10), (6, 3, 4), (7, 3, 1), (60_000, 32, 5)),
)  # fmt: skip

from_the_ends = Value(
    "0.5",
    "the predictions for 5 from w = √3 and from w = -√3, to three decimals",
    [5.173787, 4.351418],
    tolerance=2e-4,  # the extremes of the hundred starts on the page, 5.172 and 4.355, are not it
)


def _largest_rate(x):
    x = np.asarray(x)
    H = 2 / len(x) * np.array([[x @ x, x.sum()], [x.sum(), len(x)]])
    return 2 / np.linalg.eigvalsh(H).max()


largest_rate = Function(
    "0.6",
    "the learning rate above which gradient descent diverges",
    _largest_rate,
    ("x",),
    (
        (_x,),
        (np.array([1.0, -1.0]),),
        (np.array([0.5, 2.0, -3.0]),),
        (np.array([0.1, 0.2, 0.3]),),  # the larger eigenvalue is not where `eig` puts it first
    ),
    tolerance=1e-4,  # the page shows six decimals
)


def _is_round(c_and_d):
    if c_and_d.size != 2 or c_and_d.flat[1] == 0:
        return "two numbers are expected, and d is not 0"
    inputs = (_x - c_and_d.flat[0]) / c_and_d.flat[1]
    if abs(inputs.mean()) >= 2e-3:
        return "the sum of the new inputs is not 0"
    return bool(abs((inputs**2).mean() - 1) < 4e-3) or "the mean of their squares is not 1"


equal_curvatures = Property(
    "0.7", "two numbers, c and d, that make both curvatures equal to 2", _is_round
)


def _planted(w, b, x, y, alpha):
    r = w * x + b - y
    return w - alpha * 2 * np.mean(r * x), b - alpha * 2 * np.mean(r)


planted = Function(
    "0.8",
    "new w, b",
    _planted,
    ("w", "b", "x", "y", "alpha"),
    (
        (0, 0, np.array([1.0]), np.array([1.0]), 1),  # the verdict fits on one line
        (0.0, 0.0, _x, _x, 0.01),
        (0.5, -1.0, np.array([1.0, -2.0]), np.array([0.0, 3.0]), 0.1),
    ),
)
