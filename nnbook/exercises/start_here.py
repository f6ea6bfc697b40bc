"""Exercises of chapter 00."""

from itertools import pairwise

import numpy as np

from .grading import Choice, Function, Property, Value

_x = np.array([1.0, 2.0, 3.0, 4.0, 6.0])

update_by_hand = Value(
    "0.1", "w and b after one step, for x = (1, 2) and y = (3, 5)", [1.3, 0.8],
    remarks={
        "w comes first": [0.8, 1.3],
        "the derivative with respect to b takes the old w": [1.3, 0.41],
        "the derivative of a square has a factor 2": [0.65, 0.4],
        "the loss is a mean: is 1/m there?": [2.6, 1.6],
        "the step goes against the gradient": [-1.3, -0.8],
        "that is the gradient; the step is -α times it": [-13, -8],
    },
)  # fmt: skip

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
    remarks={
        "the biases are missing": lambda sizes: sum(n * k for n, k in pairwise(sizes)),
        "every neuron has a bias of its own, not every layer": lambda sizes: sum(
            n * k + 1 for n, k in pairwise(sizes)
        ),
        "every neuron has a bias, an input has none": lambda sizes: sum(
            n * k + n for n, k in pairwise(sizes)
        ),
    },
)  # fmt: skip

count_updates = Function(
    "0.4", "the number of updates", lambda m, batch_size, epochs: epochs * -(-m // batch_size),
    ("m", "batch_size", "epochs"),
    (
        (5, 32, 10), (5, 2, 10), (6, 3, 4), (7, 3, 1), (33, 32, 1), (10_001, 10_000, 3),
        (60_000, 32, 5),
    ),
    remarks={
        "a smaller last mini-batch makes an update too":
            lambda m, batch_size, epochs: epochs * (m // batch_size),
        "each epoch ends with its own last mini-batch: round up before multiplying":
            lambda m, batch_size, epochs: -(-m * epochs // batch_size),
    },
)  # fmt: skip

from_the_ends = Value(
    "0.5",
    "the predictions for 5 from w = √3 and from w = -√3, to three decimals",
    [5.173787, 4.351418],
    remarks={
        "first from √3, then from -√3": [4.351418, 5.173787],
        "three decimals are asked for": [5.17, 4.35],
        "these are the weights; the prediction for 5 is 5w + b": [1.066075, 0.753403],
        "round the third decimal, do not cut off": [5.173, 4.351],
    },
    tolerance=1e-4,  # relative: the third decimal has to be right
)


def _curvatures(x):
    x = np.asarray(x)
    return np.linalg.eigvalsh(2 / len(x) * np.array([[x @ x, x.sum()], [x.sum(), len(x)]]))


def _largest_rate(x):
    return 2 / _curvatures(x)[1]


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
    remarks={
        "2 over the smaller curvature; the steep direction sets the limit": lambda x: (
            2 / _curvatures(x)[0]
        ),
        "that is the largest curvature; the limit is 2 over it": lambda x: _curvatures(x)[1],
        "1 over the largest curvature": lambda x: 1 / _curvatures(x)[1],
        "1/m where the Hessian has 2/m": lambda x: 4 / _curvatures(x)[1],
        "two numbers; the limit is 2 over the larger curvature alone": lambda x: 2 / _curvatures(x),
        "that is the page's H or x: compute it from the argument": lambda x: _largest_rate(_x),
        "m is 5 on the page only; here it is len(x)": lambda x: (
            2 / np.linalg.eigvalsh(2 / 5 * np.array([[x @ x, x.sum()], [x.sum(), 5]]))[1]
        ),
        "that is the limit for the weight alone; the bias counts too": lambda x: (
            1 / np.mean(np.square(x))
        ),
    },
)


def _is_round(c_and_d):
    if c_and_d.size != 2 or c_and_d.flat[1] == 0:
        return "two numbers are expected, and d is not 0"
    d = c_and_d.flat[1]
    inputs = (_x - c_and_d.flat[0]) / d
    if abs(inputs.mean()) >= 2e-3:
        return "the sum of the new inputs is not 0"
    for words, wrong in (
        ("the variance", _x.var()),
        ("divided by m - 1, not by m", _x.std(ddof=1)),
    ):
        if np.isclose(abs(d), wrong, rtol=1e-3):
            return f"the mean of their squares is not 1: d is {words}"
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
