"""Data before training: one-hot rows, a held-out part, mini-batches."""

import numpy as np
from specimens import refused

import nnbook as nn


def test_one_hot_rows_are_rows_of_the_identity():
    assert nn.one_hot([2, 0]).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert nn.one_hot(np.array([[0, 1]], np.uint8), 3).shape == (1, 2, 3)
    assert nn.one_hot(np.array([], int), 3).shape == (0, 3)


def test_a_split_keeps_pairs_together_and_loses_nothing():
    X, y = np.arange(20).reshape(10, 2), np.arange(10)
    (X_train, y_train), (X_new, y_new) = nn.train_validation_split(X, y, fraction=0.25, rng=0)
    assert (len(y_train), len(y_new)) == (7, 3)  # rounded up
    assert sorted([*y_train, *y_new]) == list(range(10))
    assert np.array_equal(X_train[:, 0], 2 * y_train)
    assert np.array_equal(X_new[:, 1], 2 * y_new + 1)
    again = nn.train_validation_split(X, y, fraction=0.25, rng=0)
    assert np.array_equal(again[1][1], y_new)
    assert not np.array_equal(nn.train_validation_split(X, y, rng=1)[0][1][:3], y_train[:3])


def test_batches_meet_every_sample_once():
    found = list(nn.batches(7, 3, np.random.default_rng(0)))
    assert [len(b) for b in found] == [3, 3, 1]
    assert sorted(np.concatenate(found)) == list(range(7))
    assert list(nn.batches(7, None)) == list(nn.batches(7, 7)) == [slice(0, 7)]


def split(**change):
    return nn.train_validation_split(**{"X": np.ones((4, 1)), "y": np.ones(4), "rng": 0} | change)


test_what_is_no_class_or_cannot_be_split_is_refused = refused(
    (lambda: nn.one_hot([0.5]), TypeError, r"one_hot expects classes as whole .*astype\(int\)"),
    (lambda: nn.one_hot([0, 3], 3), ValueError, "classes from 0 to 2, got 0 to 3"),
    (lambda: nn.one_hot([-1]), ValueError, "classes from 0 to 0, got -1 to -1"),
    (lambda: nn.one_hot(["cat"]), TypeError, "np.unique"),
    (lambda: split(y=np.ones(3)), ValueError, r"as many targets as samples, got shapes \(4, 1\)"),
    (lambda: split(fraction=1), ValueError, "leaves samples to train on, got 1 of 4"),
    (lambda: split(fraction=0), ValueError, "fraction to be above 0"),
    (lambda: split(rng=None), TypeError, "write rng=0"),
    (lambda: list(nn.batches(7, 3)), TypeError, "write rng=0"),
    (lambda: list(nn.batches(7, 0, 0)), ValueError, "batch_size to be at least 1"),
)
