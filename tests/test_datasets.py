import numpy as np
import pytest

import nnbook as nn


def test_hello_world_is_the_identity_without_the_five_and_xor_its_table():
    X, y = nn.datasets.hello_world()
    assert X.tolist() == y.tolist() == [[1], [2], [3], [4], [6]]
    X[:] = 0
    assert y.all()
    assert nn.datasets.hello_world()[0].all()
    assert np.hstack(nn.datasets.xor()).tolist() == [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]


@pytest.mark.parametrize("make", [nn.datasets.moons, nn.datasets.spirals])
def test_two_classes_are_even_shuffled_and_repeatable(make):
    X, y = make(101, noise=0.1, rng=3)
    assert X.shape == (101, 2)
    assert y.shape == (101, 1)
    assert y.sum() == 50
    assert len(set(y[:20, 0])) == 2  # not sorted by class
    assert all(map(np.array_equal, (X, y), make(101, noise=0.1, rng=3)))
    assert not np.array_equal(X, make(101, noise=0.1, rng=4)[0])


def test_moons_are_two_half_circles_that_interlock():
    X, y = nn.datasets.moons(500, noise=0.0, rng=0)
    upper, lower = X[y[:, 0] == 0], X[y[:, 0] == 1]
    assert np.allclose((upper**2).sum(axis=1), 1)
    assert (upper[:, 1] >= 0).all()
    assert np.allclose(((lower - [1, 0.5]) ** 2).sum(axis=1), 1)
    assert (lower[:, 1] <= 0.5).all()


def test_spirals_are_one_arm_turned_by_half_a_turn():
    X, y = nn.datasets.spirals(500, noise=0.0, rng=0)
    radius = np.sqrt((X**2).sum(axis=1))
    turned = np.arctan2(X[:, 1], X[:, 0]) - 3 * np.pi * radius - np.pi * y[:, 0]
    assert np.allclose(np.cos(turned), 1)


@pytest.mark.parametrize("make", [nn.datasets.moons, nn.datasets.spirals])
def test_impossible_data_sets_are_refused(make):
    with pytest.raises(ValueError, match="m to be at least 1"):
        make(0, rng=0)
    with pytest.raises(ValueError, match="noise to be at least 0"):
        make(5, noise=-1, rng=0)
    with pytest.raises(TypeError, match="write rng=0"):
        make(5)
