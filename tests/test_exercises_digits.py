"""The graders of chapter 12 accept every right form of an answer and no wrong one."""

import math

import numpy as np
import pytest
from grader_tests import *  # noqa: F403

import nnbook as nn
from nnbook.exercises import digits as ex

NAN = math.nan


def raises(*_):
    raise ValueError("a mistake of the reader")


# --- confusion matrices ----------------------------------------------------------------------


def confusion_by_loops(C):
    n, right, total = len(C), 0, 0
    best, by_class = -1, []
    for i in range(n):
        by_class.append([C[i][i] / sum(C[i][j] for j in range(n))])
        for j in range(n):
            total += C[i][j]
            right += C[i][j] * (i == j)
            if i != j and C[i][j] > best:
                best, worst = C[i][j], [i, j]
    return [right / total, by_class, worst]


def confusion_by_masks(C):
    off = np.where(np.eye(len(C), dtype=bool), -1, C)
    i, j = divmod(int(off.argmax()), len(C))
    return (
        (C * np.eye(len(C))).sum() / C.sum(),
        (C / C.sum(axis=1, keepdims=True)).diagonal(),
        (i, j),
    )


def confusion_in_place(C):
    share, by_class = np.trace(C) / C.sum(), np.diag(C) / C.sum(axis=1)
    np.fill_diagonal(C, 0)
    return share, by_class[None], np.array(np.unravel_index(C.argmax(), C.shape))[:, None]


def confusion_in_a_copy(C):
    return confusion_in_place(C.copy())


def confusion_changed(**changes):
    def function(C):
        share, by_class, worst = confusion_by_loops(C)
        parts = {"share": share, "by_class": np.ravel(by_class), "worst": worst}
        parts |= {name: change(C, parts[name]) for name, change in changes.items()}
        return tuple(parts.values())

    return function


# --- batches ---------------------------------------------------------------------------------


def planted(X, y, size, order):
    batches = []
    for start in range(0, len(order), size):
        end = start + size
        chosen = order[start:end]
        batches.append((X[chosen], y[start:end]))
    return batches


def batches_first_all(X, y, size, order):
    X, y = X[order], y[order]
    return [[X[i : i + size], y[i : i + size]] for i in range(0, len(X), size)]


def batches_by_loops(X, y, size, order):
    out = []
    for place, sample in enumerate(order):
        if place % size == 0:
            out.append(([], []))
        out[-1][0].append(X[sample])
        out[-1][1].append(int(y[sample]))
    return tuple(out)


def batches_by_split(X, y, size, order):
    cuts = np.split(order, range(size, len(order), size))
    return [(X[cut], y[cut][:, None]) for cut in cuts]


def batches_changed(change):
    def function(X, y, size, order):
        return change(batches_first_all(X, y, size, order))

    return function


# --- ten seeds -------------------------------------------------------------------------------


def best_of_epochs(seed, X, y, X_val, y_val):
    rng = np.random.default_rng(seed)
    hidden = nn.Dense(784, 128, rng=rng, weight_init=nn.initializers.he_normal)
    network = nn.Sequential(nn.Flatten(), hidden, nn.ReLU(), nn.Dense(128, 10, rng=rng))
    how = {"loss": nn.SoftmaxCrossEntropy(), "optimizer": nn.Adam(0.003)}
    sizes = {"epochs": 4, "batch_size": 50, "rng": rng, "progress": False}
    return max(
        nn.metrics.accuracy(network.predict(X_val), y_val)
        for _ in network.astype(np.float32).epochs(X, y, **how, **sizes)
    )


def seed_by_seed(
    rate=0.003,
    batch_size=50,
    epochs=4,
    width=128,
    judge=None,
    optimizer=None,
    shared=None,
    born=None,
    order=None,
    dtype=np.float32,
):
    """Return an answer to 12.5: the one asked for, unless something is changed."""

    def share_of_seed(seed, X, y, X_val, y_val):
        rng = np.random.default_rng(seed if shared is None else shared)
        first = rng if born is None else np.random.default_rng(born)
        hidden = nn.Dense(784, width, rng=first, weight_init=nn.initializers.he_normal)
        network = nn.Sequential(nn.Flatten(), hidden, nn.ReLU(), nn.Dense(width, 10, rng=first))
        rng = rng if order is None else np.random.default_rng(order)
        how = {"loss": nn.SoftmaxCrossEntropy(), "optimizer": optimizer or nn.Adam(rate)}
        sizes = {"epochs": epochs, "batch_size": batch_size, "rng": rng, "progress": False}
        network.astype(dtype).fit(X, y, **how, **sizes)
        pictures, digits = judge(X, y, X_val, y_val) if judge else (X_val, y_val)
        return nn.metrics.accuracy(network.predict(pictures), digits)

    return share_of_seed


def seed_by_hand(seed, X, y, X_val, y_val):
    rng = np.random.default_rng(seed)
    last = nn.Dense(128, 10, rng=rng)
    first = nn.Dense(784, 128, rng=rng, weight_init=nn.initializers.he_normal)
    network = nn.Sequential(first, nn.ReLU(), last).astype(np.float32)
    loss, optimizer, rows = nn.SoftmaxCrossEntropy(), nn.Adam(0.003), X.reshape(len(X), 784)
    for _ in range(4):
        order = rng.permutation(len(X))
        for start in range(0, len(X), 50):
            batch = order[start : start + 50]
            loss.forward(network.forward(rows[batch]), y[batch])
            network.backward(loss.backward())
            optimizer.step(network.parameters(), network.gradients())
    return np.mean(network.predict(X_val.reshape(len(X_val), 784)).argmax(axis=1) == y_val)


DRAWS = np.random.default_rng(0)


def without_seed(seed, X, y, X_val, y_val):
    return seed_by_seed(shared=int(DRAWS.integers(1000)))(seed, X, y, X_val, y_val)


def on_the_test(X, y, X_val, y_val):
    return nn.datasets.load_digits()[1]


TEN = [0.906, 0.909, 0.911, 0.915, 0.918, 0.921, 0.923, 0.924, 0.926, 0.93]
REPORT = [*TEN, 5]

RIGHT = [
    (ex.width, [1258, 1258.0, [1258], np.array([[1258]])]),
    (ex.smaller_filters, [[576, 81194], (576, 81194.0), np.array([[576], [81194]])]),
    (ex.starting_prices, [np.log([26, 1000]), [3.258, 6.908], [[3.26], [6.91]], (3.2581, 6.9078)]),
    (ex.price_and_share, [
        (0.4696, 0.9807),
        [0.47, 0.98],
        np.array([[-0.9 * math.log(0.99) - 0.1 * math.log(0.01)], [0.98074]]),
    ]),
    (ex.read_confusion, [confusion_by_loops, confusion_by_masks, confusion_in_a_copy]),
    (ex.unaffected, ["dense", "Dense", " DENSE "]),
    (ex.moved_along, [
        lambda W, order: W[order],
        lambda W, order: [W[i].tolist() for i in order],
        lambda W, order: np.eye(len(W))[order] @ W,
        lambda W, order: np.take(W, order, axis=0),
    ]),
    (ex.moved_back, [
        lambda W_new, order: W_new[np.argsort(order)],
        lambda W_new, order: np.eye(len(W_new))[order].T @ W_new,
        lambda W_new, order: [W_new[list(order).index(i)] for i in range(len(order))],
    ]),
    (ex.share_of_seed, [
        seed_by_seed(),
        seed_by_seed(dtype=np.float64),
        seed_by_hand,
        lambda *data: [seed_by_seed()(*data)],
    ]),
    (ex.head_and_network, [[48120, 6582], (48120.0, 6582), np.array([[48120], [6582]])]),
    (ex.as_filters, [
        lambda W, h, w, c: W.reshape(h, w, c, -1),
        lambda W, h, w, c: np.stack([row.reshape(h, w, c) for row in W.T], axis=3).tolist(),
        lambda W, h, w, c: np.array(np.split(W, h)).reshape(h, w, c, W.shape[1]),
    ]),
    (ex.planted, [batches_first_all, batches_by_loops, batches_by_split]),
]  # fmt: skip

WRONG = [
    (ex.width, [1257, 1259, 1273, 1276, 1_000_120, NAN, "1258", object()]),
    (ex.smaller_filters, [
        [400, 81194],
        [784, 106154],  # both with padding
        [576, 61706],
        [576, 81154],  # biases forgotten
        [576, 81193],
        [81194, 576],
        81194,
        [576, NAN],
        "576, 81194",
        object(),
    ]),
    (ex.starting_prices, [
        [2.303, 2.303],
        np.log2([26, 1000]),
        np.log10([26, 1000]),
        -np.log([26, 1000]),
        [1 / 26, 1 / 1000],
        [6.9078, 3.2581],
        [3.2581],
        [3.2581, NAN],
        "ln 26",
        object(),
    ]),
    (ex.price_and_share, [
        [0.4605, 0.98],  # the mistake alone
        [0.4696, 0.02],
        [0.4696, 0.9978],  # the mistake against one right answer
        [4.6956, 0.9807],  # a sum
        [0.4696, 98.07],
        [0.105, 0.9807],  # -ln 0.9
        [-0.4696, 0.9807],
        0.4696,
        [NAN, 0.98],
        "0.47",
        object(),
    ]),
    (ex.read_confusion, [
        confusion_changed(by_class=lambda C, _: np.diag(C) / C.sum(axis=0)),
        confusion_changed(by_class=lambda C, _: np.diag(C) / C.sum()),
        confusion_changed(by_class=lambda C, _: np.diag(C)),
        confusion_changed(worst=lambda C, worst: worst[::-1]),
        confusion_changed(worst=lambda C, _: np.unravel_index(C.argmax(), C.shape)),
        confusion_changed(worst=lambda C, worst: [k + 1 for k in worst]),
        confusion_changed(worst=lambda C, worst: C[tuple(worst)]),
        # above the diagonal only; both ways together; in order of size; by the share of the row
        confusion_changed(worst=lambda C, _: np.unravel_index(np.triu(C, 1).argmax(), C.shape)),
        confusion_changed(
            worst=lambda C, _: np.unravel_index(np.triu(C + C.T, 1).argmax(), C.shape)
        ),
        confusion_changed(worst=lambda C, worst: sorted(worst)),
        confusion_changed(
            worst=lambda C, _: np.unravel_index(
                (C * (1 - np.eye(len(C))) / C.sum(axis=1, keepdims=True)).argmax(), C.shape
            )
        ),
        confusion_changed(share=lambda C, share: 1 - share),
        confusion_changed(share=lambda C, share: 100 * share),
        confusion_changed(share=lambda C, _: np.mean(np.diag(C) / C.sum(axis=1))),
        confusion_changed(share=lambda C, _: NAN),
        confusion_in_place,  # the caller's matrix is spoilt
        lambda C: confusion_by_loops(C)[:2],
        lambda C: ("share", "classes", "worst"),
        lambda C, D: C,
        raises,
        0.8,
    ]),
    (ex.unaffected, ["LeNet-5", "both", "neither", "the dense one", 1, ["dense"], object()]),
    (ex.moved_along, [
        lambda W, order: W,
        lambda W, order: W[np.argsort(order)],
        lambda W, order: W[order].T,
        lambda W, order: W[order][:, ::-1],
        lambda W, order: W[order][:-1],
        lambda W, order: -W[order],
        lambda W, order: W * NAN,
        lambda W, order: "moved",
        lambda W: W,
        raises,
        np.eye(3),
    ]),
    (ex.moved_back, [
        lambda W_new, order: W_new,
        lambda W_new, order: W_new[order],
        lambda W_new, order: W_new[::-1],
        lambda W_new, order: np.linalg.pinv(W_new),
        lambda W_new, order: W_new[np.argsort(order)][1:],
        lambda W_new, order: W_new * NAN,
        lambda W_new, order: "back",
        lambda W_new: W_new,
        raises,
        np.eye(3),
    ]),
    # a training each; what is wrong with others is told below
    (ex.share_of_seed, [
        seed_by_seed(judge=lambda X, y, X_val, y_val: (X, y)),
        seed_by_seed(judge=on_the_test),
        seed_by_seed(epochs=1),
        seed_by_seed(epochs=3),
        seed_by_seed(width=64),
        seed_by_seed(optimizer=nn.SGD(0.1)),
        seed_by_seed(optimizer=nn.Adam(0.003)),  # one Adam, shared by all seeds
        without_seed,
        lambda *data: 100 * seed_by_seed()(*data),
        lambda *data: 1 - seed_by_seed()(*data),
        lambda *data: 400 * seed_by_seed()(*data),
        lambda *data: [seed_by_seed()(*data)] * 2,
        lambda *data: NAN,
        lambda *data: 0.65,  # invented
        lambda *data: "0.65",
        lambda seed: 0.65,
        raises,
        [0.92] * 9 + [0.93, 10],  # numbers, however likely, show nothing
        REPORT,
        0.92,
        "0.92",
        object(),
    ]),
    (ex.head_and_network, [
        [48000, 6582],
        [48120, 4010],  # the head alone
        [48120, 6572],  # biases forgotten
        [48120, 61706],
        [3120, 6582],
        [6582, 48120],
        48120,
        [48120, NAN],
        "48120",
        object(),
    ]),
    (ex.as_filters, [
        lambda W, h, w, c: W.T.reshape(-1, h, w, c),
        lambda W, h, w, c: W.reshape(c, h, w, -1).transpose(1, 2, 0, 3),  # channels first
        lambda W, h, w, c: W.reshape(w, h, c, -1).swapaxes(0, 1),
        lambda W, h, w, c: W.reshape(h, w, c, -1)[::-1, ::-1],  # a true convolution
        lambda W, h, w, c: W.reshape(h * w, c, -1),
        lambda W, h, w, c: W,
        lambda W, h, w, c: W.reshape(h, w, c, -1) * NAN,
        lambda W, h, w, c: "filters",
        lambda W, h: W,
        raises,
        np.zeros((2, 2, 2, 2)),
    ]),
    (ex.planted, [
        planted,
        lambda X, y, size, order: batches_first_all(X, y, size, np.arange(len(order))),
        lambda X, y, size, order: batches_first_all(X, y, size, np.argsort(order)),
        lambda X, y, size, order: batches_first_all(X, y, size + 1, order),
        lambda X, y, size, order: batches_first_all(X, y, size, order[: len(order) // size * size]),
        batches_changed(lambda batches: batches[:-1]),
        batches_changed(lambda batches: batches[::-1]),
        batches_changed(lambda batches: [batch[::-1] for batch in batches]),
        batches_changed(lambda batches: [batch[0] for batch in batches]),
        batches_changed(lambda batches: [(X, y * NAN) for X, y in batches]),
        lambda X, y, size, order: [(X[order], y[order])],
        lambda X, y, size, order: (X[order], y[order]),
        lambda X, y, size, order: "batches",
        lambda X, y: [(X, y)],
        raises,
        [],
    ]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("grader", "answer", "remark"),
    [
        (
            ex.read_confusion,
            confusion_changed(worst=lambda C, worst: worst[::-1]),
            "result 3: came [1, 0]; the pair begins with what it is; these two are exchanged",
        ),
        (
            ex.read_confusion,
            confusion_changed(worst=lambda C, _: (0, 0)),
            "(0, 0) is no mistake, but a right answer",
        ),
        (
            ex.read_confusion,
            confusion_changed(worst=lambda C, _: np.unravel_index(np.triu(C, 1).argmax(), C.shape)),
            "a 1 was taken for a 2 in 5 cases, and another mistake is more frequent",
        ),
        (
            ex.planted,
            planted,
            "order = [3, 1, 0, 2] the digits of batch 1 came [0, 1]; in batch 1 the pictures are "
            "right, and the digits belong to others",
        ),
        (ex.planted, batches_changed(lambda batches: [batch[0] for batch in batches]), "batch 1 "),
        (ex.share_of_seed, 0.92, "a function of (seed, X, y, X_val, y_val) is asked for"),
        (ex.share_of_seed, REPORT, "a function of (seed, X, y, X_val, y_val) is asked for"),
        (
            ex.share_of_seed,
            seed_by_seed(judge=lambda X, y, X_val, y_val: (X, y)),
            "with the labels y_val shifted by one the share stayed high: was y_val asked?",
        ),
        (ex.share_of_seed, best_of_epochs, "was it chosen by y_val? Judge after the last"),
        (ex.share_of_seed, seed_by_seed(shared=0), "does the seed decide anything?"),
        (
            ex.share_of_seed,
            seed_by_seed(optimizer=nn.Adam(0.003)),
            "came 'ValueError: ",
        ),
        (
            ex.share_of_seed,
            without_seed,
            "does something outlive the call, or ignore the seed?",
        ),
        (ex.share_of_seed, seed_by_seed(rate=0.001), "the shares are lower than those"),
        (ex.share_of_seed, seed_by_seed(epochs=5), "higher than those of this recipe from fifty"),
        (ex.share_of_seed, seed_by_seed(epochs=12), "the shares are higher than those"),
        (ex.share_of_seed, seed_by_seed(width=256), "the shares are higher than those"),
        (ex.share_of_seed, seed_by_seed(born=0), "do they decide the first weights?"),
        (ex.share_of_seed, seed_by_seed(order=0), "do they decide the order?"),
        (ex.share_of_seed, lambda *data: round(seed_by_seed()(*data), 3), "do not round it"),
        (ex.share_of_seed, seed_by_seed(epochs=8), "the shares are higher than those"),
    ],
)
def test_a_verdict_says_what_is_wrong(grader, answer, remark, verdict):
    assert remark in verdict(grader, answer)


@pytest.mark.parametrize("nothing", [..., None])
def test_a_function_that_returns_nothing_yet_is_not_attempted(nothing, verdict):
    assert verdict(ex.share_of_seed, lambda *data: nothing).endswith("not attempted yet")


def test_the_numbers_of_the_pencil_exercises_are_those_of_the_networks():
    def total(*layers, shape=(28, 28, 1)):
        return nn.Sequential(*layers).summary(shape).parameters

    widths = [
        total(nn.Dense(784, h, rng=0), nn.Dense(h, 10, rng=0), shape=(784,)) for h in (1257, 1258)
    ]
    assert widths[0] <= 1_000_000 < widths[1]

    def bank(f, padding):
        first = nn.Conv2D(1, 6, f, rng=0, padding=padding)
        return first, nn.MaxPool2D(2), nn.Conv2D(6, 16, f, rng=0), nn.MaxPool2D(2)

    dense = [nn.Dense(n, k, rng=0) for n, k in ((576, 120), (120, 84), (84, 10))]
    assert total(*bank(3, 1), nn.Flatten(), *dense) == ex.smaller_filters.expected[1]
    assert total(*bank(5, 2), nn.Conv2D(16, 10, 5, rng=0)) == ex.head_and_network.expected[1]
    assert total(nn.Conv2D(16, 120, 5, rng=0), shape=(5, 5, 16)) == ex.head_and_network.expected[0]


def test_moved_weights_answer_shuffled_pixels_as_before():
    for W, order in ex.moved_along.cases:
        X = np.arange(2.0 * len(W)).reshape(2, -1)
        moved = ex.moved_along.reference(W, order)
        assert np.allclose(X[:, order] @ moved, X @ W)
        assert np.array_equal(ex.moved_back.reference(moved, order), W)
        assert not np.array_equal(order, np.argsort(order))  # else there and back are the same


def test_the_filters_of_the_head_answer_as_the_dense_layer():
    for W, h, w, c in ex.as_filters.cases:
        layer = nn.Conv2D(c, W.shape[1], (h, w), rng=0)
        layer.parameters["W"][:] = ex.as_filters.reference(W, h, w, c)
        X = np.arange(2.0 * h * w * c).reshape(2, h, w, c)
        assert np.allclose(layer.forward(X)[:, 0, 0], X.reshape(2, -1) @ W)


@pytest.mark.parametrize("grader", [ex.read_confusion, ex.moved_along, ex.moved_back, ex.planted])
def test_the_cases_of_a_grader_are_not_altered(grader, verdict):
    before = [[np.array(x) for x in case] for case in grader.cases]

    def vandal(*arguments):
        for x in arguments:
            if isinstance(x, np.ndarray):
                x[...] = 0
        return 0

    assert "not yet" in verdict(grader, vandal)
    for case, kept in zip(grader.cases, before, strict=True):
        assert all(np.array_equal(x, k) for x, k in zip(case, kept, strict=True))
