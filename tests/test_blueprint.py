import json

import numpy as np
import pytest
from specimens import Residual, Shift, own_network

import nnbook as nn
from nnbook.blueprint import KINDS, arrays_of, build, describe

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


def test_a_layer_larger_than_all_there_is_is_not_even_made():
    words = {"layer": "Dense", "settings": {"n_in": 10**9, "n_out": 10**9}}
    with pytest.raises(ValueError, match="2 numbers are there"):
        build([words], {"0.W": np.ones((1, 1)), "0.b": np.ones(1)}, KINDS)


def test_a_size_beyond_64_bits_does_not_wrap_to_nothing():
    words = {"layer": "Dense", "settings": {"n_in": 2**32, "n_out": 2**32}}
    with pytest.raises(ValueError, match="2 numbers are there"):
        build([words], {"0.W": np.ones((1, 1)), "0.b": np.ones(1)}, KINDS)
