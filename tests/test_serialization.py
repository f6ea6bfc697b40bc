import json

import numpy as np
import pytest
from specimens import Residual, Shift, own_network

import nnbook as nn
from nnbook.serialization import KINDS, arrays_of, build, describe

KNOWN = {**KINDS, "Sequential": nn.Sequential, "Shift": Shift, "Residual": Residual}


def test_what_is_described_can_be_built_again_word_for_word():
    network = own_network()
    words = json.loads(json.dumps(describe(network)))
    (again,) = build([words], arrays_of([network]), KNOWN)
    assert repr(again) == repr(network)
    assert describe(again) == words
    arrays = arrays_of([again])
    assert list(arrays) == list(arrays_of([network]))
    assert "0.0.state.mean" in arrays
    for name, array in arrays_of([network]).items():
        assert np.array_equal(arrays[name], array)


def test_numbers_of_numpy_and_pairs_are_words_too():
    layer = nn.Conv2D(np.int64(1), 2, (3, 2), rng=0, padding="same")
    words = json.loads(json.dumps(describe(layer)))
    assert words["settings"] == {
        "c_in": 1, "c_out": 2, "filter_size": [3, 2], "stride": [1, 1], "padding": "same",
    }  # fmt: skip
    assert repr(build([words], arrays_of([layer]), KINDS)[0]) == repr(layer)


def test_a_list_of_layers_may_be_a_setting():
    class Sum(nn.Layer):
        settings = ("layers",)

        def __init__(self, *layers):
            super().__init__()
            self.layers = layers

    layer = Sum(nn.Dense(1, 1, rng=0), nn.Sequential(nn.Dense(1, 2, rng=1)))
    (again,) = build([describe(layer)], arrays_of([layer]), {**KNOWN, "Sum": Sum})
    assert arrays_of([again]).keys() == arrays_of([layer]).keys()
    assert repr(layer) == "Sum(…)"


# --- what the mutants showed ---------------------------------------------------------------------


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
    for wrong in ({"0.b": np.ones(2)}, {"0.W": np.ones((1, 2))}):
        with pytest.raises(
            ValueError, match=r"the layers need arrays of shapes .*'0\.W': \(2, 1\)"
        ):
            build([describe(layer)], arrays | wrong, KINDS)
