import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from specimens import refused
from strategies import generators

from nnbook import initializers

# each with its variance for the shape (100, 200)
ALL = {
    initializers.zeros: 0,
    initializers.constant(0.5): 0,
    initializers.ones: 0,
    initializers.normal(0.3): 0.09,
    initializers.glorot_normal: 2 / 300,
    initializers.glorot_uniform: 2 / 300,
    initializers.he_normal: 2 / 100,
    initializers.he_uniform: 2 / 100,
}
SHAPES = st.tuples(st.integers(1, 30), st.integers(1, 30))


@given(SHAPES, generators())
def test_every_initializer_gives_the_shape_asked_for_in_float64(shape, rng):
    for initializer in ALL:
        array = initializer(shape, rng)
        assert array.shape == shape
        assert array.dtype == np.float64
    assert np.abs(initializers.glorot_uniform(shape, rng)).max() <= np.sqrt(6 / sum(shape))


@pytest.mark.parametrize(("initializer", "variance"), ALL.items())
def test_every_initializer_has_its_variance(initializer, variance):
    array = initializer((100, 200), np.random.default_rng(0))
    assert np.isclose(array.var(), variance, rtol=0.03)
    if variance:
        assert abs(array.mean()) < 4 * np.sqrt(variance / array.size)


@pytest.mark.parametrize("shape", [(100, 200), (3, 3, 40, 80)])
def test_the_fans_count_the_positions_of_a_filter(shape):
    rng, (fan_in, fan_out) = np.random.default_rng(0), np.array(shape[-2:]) * np.prod(shape[:-2])
    for initializer in (initializers.he_uniform, initializers.he_normal):
        assert np.isclose(initializer(shape, rng).var(), 2 / fan_in, rtol=0.03)
    limit = np.sqrt(6 / (fan_in + fan_out))
    array = initializers.glorot_uniform(shape, rng)
    assert 0.999 * limit < np.abs(array).max() <= limit  # it fills its interval evenly
    assert abs(array.mean()) < 0.01 * limit
    assert np.isclose(array.std(), limit / np.sqrt(3), rtol=0.01)


test_impossible_numbers_are_refused = refused(
    *((lambda value=value: initializers.constant(value), (TypeError, ValueError), "constant expects")
      for value in ("1", None, float("nan"))),
    *((lambda std=std: initializers.normal(std), (TypeError, ValueError), "normal expects std")
      for std in (0, -1, float("inf"), "1", float("nan"))),
)  # fmt: skip
