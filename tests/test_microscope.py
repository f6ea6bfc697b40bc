import copy

import numpy as np
import pytest
from strategies import read_only

import nnbook as nn

X = read_only(np.random.default_rng(0).normal(size=(9, 2)))
Y = read_only(np.random.default_rng(1).normal(size=(9, 1)))


def look(network, optimizer=None):
    optimizer = optimizer or nn.SGD(0.1)
    return nn.microscope(network, X, Y, loss=nn.MeanSquaredError(), optimizer=optimizer)


def make(activation=nn.Tanh):
    return nn.Sequential(nn.Dense(2, 4, rng=0), activation(), nn.Dense(4, 1, rng=1))


def rms(array):
    return np.sqrt((array**2).mean())


def test_the_sizes_are_those_of_outputs_upstream_gradients_and_the_step():
    network, loss, optimizer = make(), nn.MeanSquaredError(), nn.SGD(0.1)
    first, second, third = look(network, optimizer).layers
    hidden = network.layers[0].forward(X)
    assert np.isclose(first.activation, rms(hidden))
    assert look(network).loss == loss.forward(network.forward(X), Y)
    upstream = network.layers[2].backward(loss.backward())
    assert np.isclose(second.gradient, rms(upstream))
    assert np.isclose(third.gradient, rms(loss.backward()))
    network.backward(loss.backward())
    parameters = network.layers[0].parameters.values()
    before = np.concatenate([p.ravel() for p in parameters])
    optimizer.step(network.parameters(), network.gradients())
    moved = np.concatenate([p.ravel() for p in parameters]) - before
    assert np.isclose(first.update_to_weight, np.linalg.norm(moved) / np.linalg.norm(before))
    assert np.isnan(second.update_to_weight)


def test_network_and_optimizer_stay_as_they_are():
    network, optimizer = make(), nn.Adam()
    network.forward(X[:2])
    network.backward(np.ones((2, 1)))
    kept = copy.deepcopy(network)
    look(network, optimizer)
    assert all(map(np.array_equal, network.parameters(), kept.parameters()))
    assert all(map(np.array_equal, network.gradients(), kept.gradients()))
    assert optimizer.steps == 0
    network.backward(np.ones((2, 1)))


@pytest.mark.parametrize(
    ("activation", "bias", "dead", "saturated"),
    [(nn.ReLU, -100, 0.25, None), (nn.Sigmoid, 20, 0, 0.25), (nn.Tanh, 20, 0.25, 0.25)],
)
def test_dead_units_have_no_slope_for_any_sample_and_saturated_entries_hardly_any(
    activation, bias, dead, saturated
):
    network = make(activation)
    if saturated:
        assert look(network).layers[1].saturated == 0
    network.layers[0].parameters["b"][:1] = bias
    view = look(network).layers[1]
    assert view.dead == dead
    assert view.saturated >= 0.25 if saturated is None else view.saturated == saturated


def test_the_clip_factor_says_how_much_was_cut():
    network = make()
    plain, half = look(network), look(network, nn.SGD(0.1, clip_norm=1e-3))
    assert plain.clip_factor == 1
    assert 0 < half.clip_factor < 1
    ratios = [report.layers[0].update_to_weight for report in (half, plain)]
    assert np.isclose(ratios[0], half.clip_factor * ratios[1])


def test_it_shows_itself_as_a_table():
    lines = repr(look(make())).splitlines()
    names = ["layer", "activation", "gradient", "dead", "saturated", "update/weight"]
    assert lines[0].split() == names
    assert lines[2].startswith("1  Tanh()")
    assert lines[-1].startswith("loss ")
    assert len({len(line) for line in lines[:2]}) == 1
