import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import generators

from nnbook import initializers

SHAPES = st.tuples(st.integers(1, 30), st.integers(1, 30))


@given(SHAPES, generators())
def test_every_start_has_the_shape_asked_for_in_float64(shape, rng):
    for initializer in (
        initializers.zeros,
        initializers.constant(0.5),
        initializers.ones,
        initializers.normal(0.1),
        initializers.glorot_uniform,
        initializers.glorot_normal,
        initializers.he_uniform,
        initializers.he_normal,
    ):
        array = initializer(shape, rng)
        assert array.shape == shape
        assert array.dtype == np.float64


def test_constant_starts_are_constant():
    assert not initializers.zeros((3, 2)).any()
    assert (initializers.constant(-2)((3, 2)) == -2).all()
    assert (initializers.ones((3, 2)) == 1).all()


@pytest.mark.parametrize("value", ["1", None, float("nan")])
def test_constant_wants_a_finite_number(value):
    with pytest.raises((TypeError, ValueError), match="constant expects value"):
        initializers.constant(value)


@given(SHAPES, generators())
def test_glorot_stays_within_its_limit(shape, rng):
    assert np.abs(initializers.glorot_uniform(shape, rng)).max() <= np.sqrt(6 / sum(shape))


def test_glorot_fills_its_interval_evenly():
    limit = np.sqrt(6 / 300)
    start = initializers.glorot_uniform((100, 200), np.random.default_rng(0))
    assert np.abs(start).max() > 0.999 * limit
    assert abs(start.mean()) < 0.01 * limit
    assert np.isclose(start.std(), limit / np.sqrt(3), rtol=0.01)


def test_glorot_counts_the_positions_of_a_filter():
    limit = np.sqrt(6 / (9 * 4 + 9 * 8))
    start = initializers.glorot_uniform((3, 3, 4, 8), np.random.default_rng(0))
    assert 0.98 * limit < np.abs(start).max() <= limit


@pytest.mark.parametrize(
    ("initializer", "variance"),
    [
        (initializers.normal(0.3), 0.09),
        (initializers.glorot_normal, 2 / 300),
        (initializers.glorot_uniform, 2 / 300),
        (initializers.he_normal, 2 / 100),
        (initializers.he_uniform, 2 / 100),
    ],
)
def test_every_random_start_has_its_variance(initializer, variance):
    start = initializer((100, 200), np.random.default_rng(0))
    assert np.isclose(start.var(), variance, rtol=0.03)
    assert abs(start.mean()) < 4 * np.sqrt(variance / start.size)


@pytest.mark.parametrize("initializer", [initializers.he_uniform, initializers.he_normal])
def test_he_counts_the_positions_of_a_filter(initializer):
    start = initializer((3, 3, 40, 80), np.random.default_rng(0))
    assert np.isclose(start.var(), 2 / 360, rtol=0.03)


@pytest.mark.parametrize("std", [0, -1, float("inf")])
def test_normal_wants_a_positive_spread(std):
    with pytest.raises(ValueError, match="normal expects std"):
        initializers.normal(std)
