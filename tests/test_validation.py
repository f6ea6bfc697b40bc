import numpy as np
import pytest

from nnbook import validation


@pytest.mark.parametrize("value", ["text", ["a"], [1j], [None], object(), np.array([1, "x"])])
def test_other_things_than_real_numbers_are_type_errors(value):
    with pytest.raises(TypeError, match="demo expects real numbers"):
        validation.float_array("demo", value)


def test_ragged_lists_are_value_errors():
    with pytest.raises(ValueError, match="rows of equal length"):
        validation.float_array("demo", [[1, 2], [3]])


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, bool])
def test_whole_numbers_are_cast_and_never_wrap(dtype):
    array = validation.float_array("demo", np.array([0, 1], dtype))
    assert array.dtype == np.float64
    assert (array - 2).tolist() == [-2.0, -1.0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_keep_their_type_and_are_not_copied(dtype):
    array = np.ones(3, dtype)
    assert validation.float_array("demo", array) is array


def test_dtype_is_obeyed():
    assert validation.float_array("demo", np.ones(2), np.float32).dtype == np.float32


@pytest.mark.parametrize(
    ("shape", "advice"),
    [
        ((3,), r"x\[None, :\]"),
        ((3, 2), r"pass X\.T"),
        ((2, 4), "got"),
        ((2, 3, 1), "got"),
        ((), "got"),
    ],
)
def test_batches_of_the_wrong_shape_are_value_errors_with_advice(shape, advice):
    with pytest.raises(
        ValueError, match=rf"Dense expects input of shape \(m, 3\), got .*{advice}|{advice}"
    ):
        validation.last_axis("Dense", np.zeros(shape), 3)


def test_an_empty_batch_keeps_its_features():
    assert validation.last_axis("Dense", np.zeros((0, 3)), 3).shape == (0, 3)


@pytest.mark.parametrize("shape", [(3,), (1, 3), (3, 1, 1), (1,)])
def test_shapes_that_numpy_would_broadcast_are_refused(shape):
    with pytest.raises(ValueError, match="equal shape"):
        validation.same_shape("loss", "a", np.zeros((3, 1)), "b", np.zeros(shape))


@pytest.mark.parametrize("value", [1.0, "1", None, True, np.float64(2), [1]])
def test_sizes_must_be_whole_numbers(value):
    with pytest.raises(TypeError, match="n_in to be a whole number"):
        validation.positive_int("Dense", "n_in", value)


@pytest.mark.parametrize("value", [0, -1, np.int64(0)])
def test_sizes_must_be_positive(value):
    with pytest.raises(ValueError, match="at least 1"):
        validation.positive_int("Dense", "n_in", value)


@pytest.mark.parametrize("value", ["0.1", None, True, [0.1], 1j])
def test_rates_must_be_numbers(value):
    with pytest.raises(TypeError, match="learning_rate to be a"):
        validation.positive_number("SGD", "learning_rate", value)


@pytest.mark.parametrize("value", [0, -0.1, float("nan"), float("inf")])
def test_rates_must_be_positive_and_finite(value):
    with pytest.raises(ValueError, match="learning_rate to be"):
        validation.positive_number("SGD", "learning_rate", value)


def test_a_generator_is_passed_through_and_a_seed_repeats():
    rng = np.random.default_rng(3)
    assert validation.generator("demo", rng) is rng
    seeds = 7, np.int64(7)
    assert len({validation.generator("demo", seed).integers(10**9) for seed in seeds}) == 1


@pytest.mark.parametrize("rng", [None, "0", 1.0, True, np.random.RandomState(0)])
def test_a_missing_generator_is_a_type_error_that_says_what_to_write(rng):
    with pytest.raises(TypeError, match="write rng=0"):
        validation.generator("Dense", rng)


def test_a_negative_seed_is_a_value_error():
    with pytest.raises(ValueError, match="at least 0"):
        validation.generator("Dense", -1)


def test_a_pair_is_height_and_width():
    assert validation.pair("demo", "stride", 2) == (2, 2)
    assert validation.pair("demo", "stride", np.array([1, 2])) == (1, 2)
    with pytest.raises(ValueError, match="stride to be at least 1, got 0"):
        validation.pair("demo", "stride", (1, 0))
    with pytest.raises(ValueError, match="got 1 numbers"):
        validation.pair("demo", "stride", [1])
    with pytest.raises(TypeError, match="whole number"):
        validation.pair("demo", "stride", "12")


@pytest.mark.parametrize(
    ("shape", "channels", "advice"),
    [((2, 3, 5, 5), 3, "are the channels last"), ((5, 5, 3), 3, "x\\[None\\]"),
     ((2, 5, 5), 1, "X\\[..., None\\]"), ((5, 5, 3), None, "x\\[None\\]"), ((5,), 1, "got \\(5,\\)")],
)  # fmt: skip
def test_images_of_the_wrong_shape_come_back_with_advice(shape, channels, advice):
    with pytest.raises(ValueError, match=advice):
        validation.images("demo", np.zeros(shape), channels)
