import numpy as np
import pytest

from nnbook import validation

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, bool, np.float32, np.float64])
def test_whole_numbers_become_float64_and_floats_are_not_copied(dtype):
    given = np.array([0, 1], dtype)
    array = validation.float_array("demo", given)
    if given.dtype.kind == "f":
        assert array is given
    else:
        assert array.dtype == np.float64
        assert (array - 2).tolist() == [-2.0, -1.0]  # nothing wraps
    assert validation.float_array("demo", given, np.float32).dtype == np.float32


def test_what_fits_is_passed_on():
    assert validation.last_axis("Dense", np.zeros((0, 3)), 3).shape == (0, 3)
    assert validation.pair("demo", "stride", 2) == (2, 2)
    assert validation.pair("demo", "stride", np.array([1, 2])) == (1, 2)
    rng = np.random.default_rng(3)
    assert validation.generator("demo", rng) is rng
    seeds = 7, np.int64(7)
    assert len({validation.generator("demo", seed).integers(10**9) for seed in seeds}) == 1


def cases(function, before, values, error, message):
    """Return a case for each value, which stands after ``before`` among the arguments."""
    return [(function, (*before, value), error, message) for value in values]


def shapes(function, after, wrong):
    """Return a case for each shape of an array and what is said of it."""
    return [(function, ("demo", np.zeros(s), *after), ValueError, said) for s, said in wrong]


v = validation
IMAGES = r"demo expects images of shape \(m, h, w, {}\), got .*{}"


@pytest.mark.parametrize(
    ("function", "arguments", "error", "message"),
    [
        *cases(
            v.float_array, ["demo"],
            ["text", ["a"], [1j], [None], object(), np.array([1, "x"]), np.ma.array([1.0])],
            TypeError, "demo expects (real|plain) numbers",
        ),
        (v.float_array, ("demo", ["a"]), TypeError, "gives each text a whole number"),
        (v.float_array, ("demo", [[1, 2], [3]]), ValueError, "rows of equal length"),
        *shapes(v.last_axis, [3], [
            ((3,), r"demo expects input of shape \(m, 3\), got .*x\[None, :\]"),
            ((3, 2), r"got .*n=2; if samples are the columns, pass X\.T$"),
            ((2, 4), r"got \(2, 4\); for rows of 4 numbers make it with n=4$"),
            ((2, 3, 1), r"got \(2, 3, 1\); put Flatten\(\) before it$"),
            ((), r"got \(\)$"),
        ]),
        *shapes(v.images, [3], [
            ((2, 3, 5, 5), IMAGES.format(3, "are the channels last")),
            ((5, 5, 3), IMAGES.format(3, r"x\[None\]$")),
        ]),
        *shapes(v.images, [1], [
            ((2, 5, 5), IMAGES.format(1, r"X\[..., None\]$")),
            ((5,), IMAGES.format(1, r"\(5,\)$")),
        ]),
        *shapes(v.images, [None], [((5, 5, 3), IMAGES.format("c", r"x\[None\]$"))]),
        *[
            (v.same_shape, ("loss", "a", np.zeros((3, 1)), "b", np.zeros(shape)), ValueError,
             "loss expects a and b of equal shape")
            for shape in [(3,), (1, 3), (3, 1, 1), (1,)]
        ],
        *cases(v.positive_int, ["Dense", "n_in"], [1.0, "1", None, True, np.float64(2), [1]],
               TypeError, "n_in to be a whole number"),
        *cases(v.positive_int, ["Dense", "n_in"], [0, -1, np.int64(0)], ValueError, "at least 1"),
        *cases(v.positive_number, ["SGD", "rate"], ["0.1", None, True, [0.1], 1j], TypeError,
               "rate to be a"),
        *cases(v.positive_number, ["SGD", "rate"], [0, -0.1, NAN, INF], ValueError, "rate to be"),
        *cases(v.generator, ["Dense"], [None, "0", 1.0, True, np.random.RandomState(0)],
               TypeError, "write rng=0"),
        *cases(v.generator, ["Dense"], [-1], ValueError, "at least 0"),
        *cases(v.pair, ["demo", "stride"], [(1, 0)], ValueError, "stride to be at least 1, got 0"),
        *cases(v.pair, ["demo", "stride"], [[1], (1, 2, 3)], ValueError, "got [13] numbers"),
        *cases(v.pair, ["demo", "stride"], ["12"], TypeError, "whole number"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_advice(function, arguments, error, message):
    with pytest.raises(error, match=message):
        function(*arguments)


def test_more_than_256_classes_do_not_wrap():
    classes = np.arange(300)
    assert np.array_equal(validation.class_labels("demo", classes, (300, 300)), classes)
    assert np.array_equal(validation.class_labels("demo", np.eye(300), (300, 300)), classes)
