from types import SimpleNamespace

import numpy as np
from grader_tests import *  # noqa: F403

from nnbook.exercises import beyond_layers as ex


def node(value, rule):
    """Return a function of z that gives a node with one way back."""

    def entry(z, name):
        way = (z, lambda d: rule(z.value, d), "", "")
        return SimpleNamespace(value=value(z.value), name=name, ways=[way])

    return entry


def leading_to(other):
    """Return a function of z that gives tanh, with a way that leads elsewhere."""

    def entry(z, name):
        way = (other, lambda d: d * (1 - np.tanh(z.value) ** 2), "", "")
        return SimpleNamespace(value=np.tanh(z.value), name=name, ways=[way])

    return entry


def two_ways(z, name):
    """Give tanh as the sum of two ways, each with half of the slope."""
    half = (z, lambda d: d * (1 - np.tanh(z.value) ** 2) / 2, "", "")
    return SimpleNamespace(value=np.tanh(z.value), name=name, ways=[half, half])


def norm_in_loops(u, gamma, a_hat, tau):
    n = len(u)
    g = [u[j] * gamma[j] for j in range(n)]
    mean, along = sum(g) / n, sum(g[j] * a_hat[j] for j in range(n)) / n
    return [(g[j] - mean - a_hat[j] * along) / tau for j in range(n)]


def norm_by_matrix(u, gamma, a_hat, tau):
    n = len(u)
    table = np.eye(n) - np.ones((n, n)) / n - np.outer(a_hat, a_hat) / n
    return (gamma * u) @ table / tau


def norm_as_planted(u, gamma, a_hat, tau):
    passed = u - u.mean() - a_hat * (u * a_hat).mean()
    return gamma * passed / tau


def cell_forward(w, drives):
    h = 0.0
    for drive in drives:
        h = np.tanh(w * h + drive)
    return h


def cell_backward(w, drives, start=1.0, shift=1, last_only=False, plain=False):
    states = [0.0]
    for drive in drives:
        states.append(np.tanh(w * states[-1] + drive))
    dw, dh = 0.0, start
    for t in reversed(range(1, len(states))):
        delta = dh * (1.0 if plain else 1 - states[t] ** 2)
        dw = states[t - shift] * delta + (0 if last_only else dw)
        dh = delta * w
        if last_only:
            return dw
    return dw


def by_nudging(w, drives):
    return (cell_forward(w + 1e-5, drives) - cell_forward(w - 1e-5, drives)) / 2e-5


def no_way_past(w, drives):
    """Forget that the state before depends on w, too."""
    return cell_backward(w, drives, last_only=True)


LEFT = np.zeros((8, 4))
for r in range(4):
    LEFT[4 + r, (r - 1) % 4] = 20


def attention(Q, K, V, dY, *, width=None, star=False, axis=1, keep=True):
    root = np.sqrt(Q.shape[1] if width is None else width(Q, V))
    S = Q @ K.T / root
    S = S - S.max(axis=axis, keepdims=True)
    A = np.exp(S) / np.exp(S).sum(axis=axis, keepdims=True)
    dA = dY @ V.T
    mean = (dA * A).sum(axis=axis, keepdims=True)
    dS = A * (1 - A) * dA if star else A * (dA - mean)
    dS = dS / root if keep else dS
    return dS @ K, dS.T @ Q, A.T @ dY


def attention_in_loops(Q, K, V, dY):
    (t, n), root = Q.shape, np.sqrt(Q.shape[1])
    dQ, dK, dV = np.zeros((t, n)), np.zeros((t, n)), np.zeros(V.shape)
    for r in range(t):
        e = np.exp([Q[r] @ K[q] / root for q in range(t)])
        p = e / e.sum()
        u = np.array([dY[r] @ V[q] for q in range(t)])
        d = (np.diag(p) - np.outer(p, p)) @ u
        for q in range(t):
            dQ[r] += d[q] * K[q] / root
            dK[q] += d[q] * Q[r] / root
            dV[q] += p[q] * dY[r]
    return [dQ, dK, dV]


def walk_by_routes(ways):
    blame = [0.0] * len(ways)

    def send(k, arriving):
        blame[k] += arriving
        for before, factor in ways[k]:
            send(before, factor * arriving)

    send(len(ways) - 1, 1.0)
    return blame


def walk(ways, *, overwrite=False, twice=False, forgotten=False):
    blame = np.zeros(len(ways))
    blame[-1] = 1.0
    for k in reversed(range(len(ways))):
        for before, factor in ways[k]:
            if overwrite:
                blame[before] = factor * blame[k]
            elif twice:
                blame[before] += factor * blame[k] + factor
            else:
                blame[before] += (1 if forgotten else factor) * blame[k]
    return blame


def walk_with_a_list(ways):
    blame, waiting = np.zeros(len(ways)), [(len(ways) - 1, 1.0)]
    while waiting:
        k, arriving = waiting.pop()
        blame[k] += arriving
        waiting += [(before, factor * arriving) for before, factor in ways[k]]
    return blame


def walk_largest_first(ways):
    """Visit every node once, and the one with the largest number next: all has arrived there."""
    blame, waiting = np.zeros(len(ways)), {len(ways) - 1}
    blame[-1] = 1.0
    while waiting:
        k = max(waiting)
        waiting.remove(k)
        for before, factor in ways[k]:
            blame[before] += factor * blame[k]
            waiting.add(before)
    return blame


def walk_once(ways, *, first=False, late=False):
    """Visit every node once, but in the order of a stack or a queue, so some send too early."""
    blame, waiting, seen = np.zeros(len(ways)), [(len(ways) - 1, 1.0)], set()
    while waiting:
        k, arriving = waiting.pop(0 if first else -1)
        if late and k in seen:
            continue
        blame[k] += arriving
        if k in seen:
            continue
        seen.add(k)
        waiting += [(before, factor * blame[k]) for before, factor in ways[k]]
    return blame


def walk_kept(ways, *, first=False):
    """Add to the blame at once and keep only the nodes, each once."""
    blame, waiting, seen = np.zeros(len(ways)), [len(ways) - 1], set()
    blame[-1] = 1.0
    while waiting:
        k = waiting.pop(0 if first else -1)
        if k in seen:
            continue
        seen.add(k)
        for before, factor in ways[k]:
            blame[before] += factor * blame[k]
            waiting.append(before)
    return blame


def walk_by_matrix(ways):
    n = len(ways)
    factors = np.zeros((n, n))
    for k in range(n):
        for before, factor in ways[k]:
            factors[k, before] += factor
    return np.linalg.inv(np.eye(n) - factors)[-1]


def walk_as_planted(ways):
    blame, waiting = np.zeros(len(ways)), [(len(ways) - 1, 1.0)]
    while waiting:
        k, arriving = waiting.pop()
        blame[k] += arriving
        waiting += [(before, factor * blame[k]) for before, factor in ways[k]]
    return blame


RIGHT = [
    (ex.contributions, [[9, 9, 9], (9.0, 9.0, 9.0), np.full((3, 1), 9.0)]),
    (ex.with_a_line, [13, 13.0, [13]]),
    (
        ex.tanh_entry,
        [
            node(np.tanh, lambda z, d: d * (1 - np.tanh(z) ** 2)),
            node(lambda z: 2 / (1 + np.exp(-2 * z)) - 1, lambda z, d: d / np.cosh(z) ** 2),
            two_ways,
        ],
    ),
    (ex.planted_norm, [norm_in_loops, norm_by_matrix, lambda *a: np.array(norm_in_loops(*a))]),
    (ex.cell_gradient, [cell_backward, by_nudging, lambda w, d: np.array([cell_backward(w, d)])]),
    (ex.needed_lead, [np.log(63), 4.143, [4.1431]]),
    (ex.looks_left, [LEFT, 3 * LEFT, LEFT.tolist(), LEFT - 5]),
    (ex.attention_back, [attention, attention_in_loops, lambda *a: tuple(attention(*a))]),
    (ex.planted_walk, [walk, walk_by_routes, walk_by_matrix, walk_with_a_list, walk_largest_first]),
]
WRONG = [
    (ex.contributions, [[6, 6, 6], [9, 3, 3], 27, [9, 9], [3, 3, 3], [9, 9, 18]]),
    (ex.with_a_line, [8, 10, 28, 40, "13"]),
    (
        ex.tanh_entry,
        [
            node(np.tanh, lambda z, d: d * (1 - np.tanh(z))),
            node(np.tanh, lambda z, d: 1 - np.tanh(z) ** 2),
            node(np.tanh, lambda z, d: d * np.tanh(z) * (1 - np.tanh(z))),
            node(lambda z: 1 / (1 + np.exp(-z)), lambda z, d: d * (1 - np.tanh(z) ** 2)),
            node(np.tanh, lambda z, d: d * (1 - z**2)),
            lambda z, name: np.tanh(z.value),
            lambda z, name: SimpleNamespace(value=np.tanh(z.value), name=name, ways=[]),
            leading_to(None),
            leading_to(SimpleNamespace(value=np.zeros(3), name="z")),
        ],
    ),
    (
        ex.planted_norm,
        [
            norm_as_planted,
            lambda u, gamma, a_hat, tau: norm_by_matrix(u, gamma, a_hat, 1),
            lambda u, gamma, a_hat, tau: gamma * u / tau,
            lambda u, gamma, a_hat, tau: (gamma * u - u.mean() - a_hat * (u * a_hat).mean()) / tau,
            lambda u, gamma, a_hat, tau: (gamma * u - (gamma * u).mean()) / tau,
            lambda u, gamma, a_hat, tau: norm_by_matrix(u, np.ones(len(u)), a_hat, tau),
            lambda u, gamma, a_hat, tau: norm_by_matrix(u, gamma, a_hat, 1 / tau),
        ],
    ),
    (
        ex.cell_gradient,
        [
            no_way_past,
            lambda w, d: cell_backward(w, d, shift=0),
            lambda w, d: cell_backward(w, d, plain=True),
            lambda w, d: -cell_backward(w, d),
            lambda w, d: cell_backward(w, d, start=cell_forward(w, d)),
            cell_forward,
        ],
    ),
    (ex.needed_lead, [np.log(9), np.log(7), 0.9, 63, np.log(56)]),
    (
        ex.looks_left,
        [
            np.roll(LEFT, 2, axis=1),
            LEFT / 20,
            LEFT[4:],
            LEFT.T,
            np.vstack([np.zeros((4, 4)), 20 * np.eye(4)]),
            np.vstack([LEFT[4:], np.zeros((4, 4))]),
            LEFT / 4,
            np.full((8, 4), np.inf),
        ],
    ),
    (
        ex.attention_back,
        [
            lambda *a: attention(*a, width=lambda Q, V: 1),
            lambda *a: attention(*a, width=lambda Q, V: len(Q)),
            lambda *a: attention(*a, width=lambda Q, V: V.shape[1]),
            lambda *a: attention(*a, star=True),
            lambda *a: attention(*a, axis=0),
            lambda *a: attention(*a, keep=False),
            lambda *a: attention(*a)[::-1],
            lambda *a: attention(*a)[:2],
        ],
    ),
    (
        ex.planted_walk,
        [
            walk_as_planted,
            walk_once,
            walk_kept,
            lambda ways: walk_once(ways, first=True),
            lambda ways: walk_once(ways, late=True),
            lambda ways: walk_once(ways, first=True, late=True),
            lambda ways: walk_kept(ways, first=True),
            lambda ways: walk(ways, overwrite=True),
            lambda ways: walk(ways, twice=True),
            lambda ways: walk(ways, forgotten=True),
            lambda ways: walk(ways)[::-1],
            lambda ways: walk(ways)[:-1],
        ],
    ),
]


def test_a_look_to_the_right_is_called_so():
    right = np.zeros((8, 4))
    for r in range(4):
        right[4 + r, (r + 1) % 4] = 20
    assert "on its right" in str(ex.looks_left.complaint(right))
    assert "not above 0.9" in str(ex.looks_left.complaint(LEFT / 4))


def test_a_published_walk_made_seven_of_six():
    # x * (x * a) + (x * x) * a + x * (x * a) at 1, where x * a is used twice
    ways = [[], [(0, 1.0)], [(0, 1.0), (0, 1.0)], [(0, 1.0), (1, 1.0)], [(0, 1.0), (1, 1.0)]]
    ways += [[(2, 1.0)], [(3, 1.0), (4, 1.0), (5, 1.0)]]
    assert walk(ways)[0] == 6
    assert walk_as_planted(ways)[0] == 7
    assert ex.planted_walk.complaint(walk_as_planted) is not None
