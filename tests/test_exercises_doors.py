import numpy as np
from grader_tests import *  # noqa: F403

from nnbook.exercises import doors as ex


def weight_in_loops(W, h, w, c):
    weight = np.zeros((W.shape[1], c * h * w))
    for i, j, k in np.ndindex(h, w, c):
        weight[:, (k * h + i) * w + j] = W[(i * w + j) * c + k]
    return weight


def weight_by_order(W, h, w, c):
    return W[np.arange(h * w * c).reshape(h, w, c).transpose(2, 0, 1).ravel()].T


def weight_transposed_only(W, h, w, c):
    return W.T


def weight_the_other_way(W, h, w, c):
    return W[np.arange(h * w * c).reshape(c, h, w).transpose(1, 2, 0).ravel()].T


def weight_lying_down(W, h, w, c):
    return weight_by_order(W, h, w, c).T


def weight_height_and_width_swapped(W, h, w, c):
    return W[np.arange(h * w * c).reshape(h, w, c).transpose(2, 1, 0).ravel()].T


def weight_of_another_reading(W, h, w, c):
    return W.T.reshape(-1, c, h, w).reshape(W.shape[1], -1)


def workers_by_trying(t, traffic):
    return min(range(1, 100), key=lambda n: t / n + n * traffic)


def workers_by_neighbours(t, traffic):
    n = max(1, int(np.floor(np.sqrt(t / traffic))))
    return n if t / n + n * traffic <= t / (n + 1) + (n + 1) * traffic else n + 1


def workers_by_a_border(t, traffic):
    return max(1, int(np.ceil(np.sqrt(t / traffic + 0.25) - 0.5)))


def workers_rounded(t, traffic):
    return max(1, round(np.sqrt(t / traffic)))


def workers_below(t, traffic):
    return max(1, int(np.sqrt(t / traffic)))


def workers_above(t, traffic):
    return int(np.ceil(np.sqrt(t / traffic)))


def workers_in_parts(t, traffic):
    return np.sqrt(t / traffic)


def workers_rounded_elsewhere(t, traffic):
    return max(1, int(np.sqrt(t / traffic) + 0.56))


def workers_with_none(t, traffic):
    return workers_by_trying(t, traffic) if t > traffic else 0


def by_squares(sizes, means, variances):
    m = sum(sizes)
    mean = sum(n * mu for n, mu in zip(sizes, means, strict=True)) / m
    rows = zip(sizes, means, variances, strict=True)
    return mean, sum(n * (v + mu**2) for n, mu, v in rows) / m - mean**2


def by_average(sizes, means, variances):
    return np.average(means, weights=sizes), by_squares(sizes, means, variances)[1]


def as_an_array(sizes, means, variances):
    return np.array(by_squares(sizes, means, variances))


def plain_means(sizes, means, variances):
    return np.mean(means), np.mean(variances)


def within_only(sizes, means, variances):
    return np.average(means, weights=sizes), np.average(variances, weights=sizes)


def other_way_round(sizes, means, variances):
    return by_squares(sizes, means, variances)[::-1]


def spread_of_means_unweighted(sizes, means, variances):
    return (
        np.average(means, weights=sizes),
        np.average(variances, weights=sizes) + np.var(means),
    )


def deviations(sizes, means, variances):
    mean, variance = by_squares(sizes, means, variances)
    return mean, np.sqrt(variance)


RIGHT = [
    (ex.places, [[212, 113], (212, 113), np.array([[212.0], [113.0]])]),
    (ex.weight_there, [weight_in_loops, weight_by_order, lambda *a: weight_by_order(*a).tolist()]),
    (ex.planted_workers, [workers_by_trying, workers_by_neighbours, workers_by_a_border]),
    (ex.floor_of_two, [np.log(np.e + 1) - 1, np.log(1 + np.exp(-1)), 0.313]),
    (ex.whole_batch, [by_squares, by_average, as_an_array]),
]
WRONG = [
    (ex.places, [[113, 212], [212, 212], [213, 114], [212], [(4 * 5 + 3) * 5 + 2, 212], "212"]),
    (
        ex.weight_there,
        [
            weight_transposed_only, weight_the_other_way, weight_lying_down,
            weight_height_and_width_swapped, weight_of_another_reading,
        ],
    ),
    (
        ex.planted_workers,
        [
            workers_rounded,
            workers_rounded_elsewhere,
            workers_below,
            workers_above,
            workers_in_parts,
            workers_with_none,
        ],
    ),
    (ex.floor_of_two, [0.0, np.log(2), np.log(np.e + 9) - 1, -0.3133, np.log(np.e + 1)]),
    (
        ex.whole_batch,
        [plain_means, within_only, other_way_round, spread_of_means_unweighted, deviations],
    ),
]  # fmt: skip
