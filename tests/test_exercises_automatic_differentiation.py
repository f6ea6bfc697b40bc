"""Answers to the exercises of chapter 14a."""

from types import SimpleNamespace

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

from nnbook.exercises import automatic_differentiation as ex


def tanh(z, name):
    slope = 1 - np.tanh(z.value) ** 2
    edges = [(z, lambda d: d * slope)]
    return SimpleNamespace(value=np.tanh(z.value), name=name, edges=edges)


# the same derivative in other words; the sum of two edges
tanh_right = variants(
    tanh,
    "1 - np.tanh(z.value) ** 2 -> 1 / np.cosh(z.value) ** 2",
    "* slope)] -> * slope)] * 2; slope = slope / 2",
)
tanh_wrong = variants(tanh, "1 - np.tanh(z.value) ** 2 -> 1 - z.value**2", "d * slope -> d", "(z, lambda -> (None, lambda",
                      "value=np.tanh(z.value) -> value=z.value",
                      "(z, lambda -> (SimpleNamespace(value=np.zeros(3)), lambda")  # fmt: skip
no_edge, no_upstream, of_the_sigmoid = variants(
    tanh, "edges=edges -> edges=[]", "d * slope -> slope",
    "1 - np.tanh(z.value) ** 2 -> np.tanh(z.value) * (1 - np.tanh(z.value))",
)  # fmt: skip
twice = variants(tanh, "np.tanh(z.value) ** 2 -> np.tanh(np.tanh(z.value)) ** 2")[0]


def norm(u, gamma, a_hat, tau):
    g = u * gamma
    return (g - g.mean() - a_hat * (g * a_hat).mean()) / tau


def norm_as_planted(u, gamma, a_hat, tau):
    return gamma * norm(u, 1.0, a_hat, tau)


def backward_by_paths(edges):
    gradient = [0.0] * len(edges)

    def send(k, arriving):
        gradient[k] += arriving
        for parent, local in edges[k]:
            send(parent, local * arriving)

    send(len(edges) - 1, 1.0)
    return gradient


def backward_as_planted(edges):
    gradient, waiting = np.zeros(len(edges)), [(len(edges) - 1, 1.0)]
    while waiting:
        k, arriving = waiting.pop()
        gradient[k] += arriving
        waiting += [(parent, local * gradient[k]) for parent, local in edges[k]]
    return gradient


def backward_once(edges):
    """Visit every node once, but in the order of a stack, so some send too early."""
    gradient, waiting, seen = np.zeros(len(edges)), [(len(edges) - 1, 1.0)], set()
    while waiting:
        k, arriving = waiting.pop()
        gradient[k] += arriving
        if k in seen:
            continue
        seen.add(k)
        waiting += [(parent, local * gradient[k]) for parent, local in edges[k]]
    return gradient


def backward_kept(edges):
    """Add to the gradient at once and keep only the nodes, each once."""
    gradient, waiting, seen = np.zeros(len(edges)), [len(edges) - 1], set()
    gradient[-1] = 1.0
    while waiting:
        k = waiting.pop()
        if k in seen:
            continue
        seen.add(k)
        for parent, local in edges[k]:
            gradient[parent] += local * gradient[k]
            waiting.append(parent)
    return gradient


# as a queue, adding only to a node that has not sent yet, and both
(unseen,) = variants(
    backward_once, "gradient[k] += arriving -> gradient[k] += arriving * (k not in seen)"
)
IN_OTHER_ORDERS = [
    unseen,
    *variants(backward_once, "pop() -> pop(0)"),
    *variants(backward_kept, "pop() -> pop(0)"),
]

no_mean, no_deviation = variants(norm, "g - g.mean() -> g", " - a_hat * (g * a_hat).mean() -> ")

ANSWERS = [
    (ex.contributions, [[12, 12, 9]],
     [[11, 11, 11], Says("through r", [9, 12, 12]), 33, [24, 9], Says("gradient at s", [3, 3, 9]), Says("gradient at r", [12, 12, 1]),
      Says("two edges", [24, 24, 9])]),
    (ex.with_a_line, [13], [Says("two edges", 8), 10, 28, Says("the loss", 40)]),
    (ex.tanh_operation, [tanh, *tanh_right],
     [*tanh_wrong, lambda z, name: np.tanh(z.value), Says("no edge", no_edge), Says("upstream", no_upstream),
      Says("sigmoid", of_the_sigmoid), Says("taken for z", twice)]),
    (ex.passes, [[(50890, 1), (784, 10), (1, 200)]],
     [Says("exchanged", [(1, 50890), (10, 784), (200, 1)]), Says("one output", [(50890, 1), (784, 1), (1, 1)]),
      [50890, 784, 1], [(50891, 1), (784, 10), (1, 200)]]),
    (ex.planted_norm, [norm],
     [Says("comes first", norm_as_planted), Says("gamma is missing", variants(norm, "u * gamma -> u")[0]),
      Says("through the mean", no_mean), Says("standard deviation is missing", no_deviation),
      *variants(norm, " / tau -> ", "/ tau -> * tau", "g.mean() -> u.mean()", "(g * a_hat).mean() -> (u * a_hat).mean()")]),
    (ex.planted_backward, [backward_by_paths],
     [backward_as_planted, backward_once, backward_kept, *IN_OTHER_ORDERS,
      *variants(ex.planted_backward.reference, "+= local -> = local", "local * gradient[k] -> gradient[k]", "gradient[k] -> (gradient[k] + 1)")]),
]  # fmt: skip


def test_a_published_backward_pass_made_seven_of_six():
    # x * (x * a) + (x * x) * a + x * (x * a) at 1, where x * a is used twice
    edges = [[], [(0, 1.0)], [(0, 1.0), (0, 1.0)], [(0, 1.0), (1, 1.0)], [(0, 1.0), (1, 1.0)]]
    edges += [[(2, 1.0)], [(3, 1.0), (4, 1.0), (5, 1.0)]]
    assert backward_by_paths(edges)[0] == 6
    assert backward_as_planted(edges)[0] == 7
