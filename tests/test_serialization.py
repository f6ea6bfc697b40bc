import json

import numpy as np
import pytest

import nnbook as nn
from nnbook.serialization import KINDS, arrays_of, build, describe


def test_an_argument_that_could_not_be_given_again_is_refused_but_not_two_stars():
    class Lost(nn.Flatten):
        def __init__(self, n):
            super().__init__()

    class Open(nn.Flatten):
        def __init__(self, **rest):
            super().__init__()

    with pytest.raises(TypeError, match="its argument n is missing from settings"):
        describe(Lost(3))
    assert describe(Open(a=1)) == {"layer": "Open", "settings": {}}


def test_numbers_and_arrays_of_numpy_are_written_as_numbers():
    class Factors(nn.Flatten):
        settings = ("n", "factors")

        def __init__(self, n, factors):
            super().__init__()
            self.n, self.factors = n, factors

    words = describe(Factors(np.float32(0.5), np.array([[1, 2]])))
    assert json.loads(json.dumps(words))["settings"] == {"n": 0.5, "factors": [[1, 2]]}


def test_arrays_must_fit_and_others_may_be_there():
    layer = nn.Dense(2, 1, rng=0)
    arrays = {**arrays_of([layer]), "_m.0": np.ones(3)}
    (again,) = build([describe(layer)], arrays, KINDS)
    assert np.array_equal(again.parameters["W"], layer.parameters["W"])
    message = r"the layers need arrays of shapes .*'0\.W': \(2, 1\)"
    for wrong in ({"0.b": np.ones(2)}, {"0.W": np.ones((1, 2))}):
        with pytest.raises(ValueError, match=message):
            build([describe(layer)], arrays | wrong, KINDS)
