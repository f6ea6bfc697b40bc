import copy

import numpy as np
import pytest
from strategies import read_only

import nnbook as nn

X = read_only(np.random.default_rng(0).normal(size=(9, 2)))
Y = read_only(np.random.default_rng(1).normal(size=(9, 1)))


def look(network, optimizer=None, X=X, Y=Y):
    return nn.microscope(
        network, X, Y, loss=nn.MeanSquaredError(), optimizer=optimizer or nn.SGD(0.1)
    )


def make(activation=nn.Tanh):
    return nn.Sequential(nn.Dense(2, 4, rng=0), activation(), nn.Dense(4, 1, rng=1))


def test_the_sizes_are_root_mean_squares_of_output_and_arriving_gradient():
    network, loss = make(), nn.MeanSquaredError()
    report = look(network)
    hidden = network.layers[0].forward(X)
    assert np.isclose(report.layers[0].activation, np.sqrt((hidden**2).mean()))
    assert report.loss == loss.forward(network.forward(X), Y)
    arriving = network.layers[2].backward(loss.backward())
    assert np.isclose(report.layers[1].gradient, np.sqrt((arriving**2).mean()))
    assert np.isclose(report.layers[2].gradient, np.sqrt((loss.backward() ** 2).mean()))


def test_the_ratio_is_the_step_beside_the_parameters():
    network, optimizer = make(), nn.SGD(0.1)
    report = look(network, optimizer)
    before = [p.copy() for p in network.layers[0].parameters.values()]
    loss = nn.MeanSquaredError()
    loss.forward(network.forward(X), Y)
    network.backward(loss.backward())
    optimizer.step(network.parameters(), network.gradients())
    moved = [n - o for n, o in zip(network.layers[0].parameters.values(), before, strict=True)]
    ratio = np.sqrt(sum((m**2).sum() for m in moved) / sum((o**2).sum() for o in before))
    assert np.isclose(report.layers[0].update_to_weight, ratio)
    assert np.isnan(report.layers[1].update_to_weight)


def test_nothing_is_learnt_and_nothing_remembered():
    network, optimizer = make(), nn.Adam()
    network.forward(X[:2])
    network.backward(np.ones((2, 1)))
    kept = copy.deepcopy(network)
    look(network, optimizer)
    assert all(map(np.array_equal, network.parameters(), kept.parameters()))
    assert all(map(np.array_equal, network.gradients(), kept.gradients()))
    assert optimizer.steps == 0
    network.backward(np.ones((2, 1)))


def test_dead_units_pass_nothing_back_for_any_sample():
    network = make(nn.ReLU)
    network.layers[0].parameters["b"][:2] = -100
    view = look(network).layers[1]
    assert view.dead == 0.5
    assert view.saturated >= 0.5


@pytest.mark.parametrize("activation", [nn.Sigmoid, nn.Tanh])
def test_saturated_entries_have_hardly_a_slope(activation):
    network = make(activation)
    assert look(network).layers[1].saturated == 0
    network.layers[0].parameters["b"][:1] = 20
    assert look(network).layers[1].saturated == 0.25


def test_the_clip_factor_says_how_much_was_cut():
    network = make()
    plain = look(network)
    assert plain.clip_factor == 1
    half = look(network, nn.SGD(0.1, clip_norm=1e-3))
    assert 0 < half.clip_factor < 1
    assert np.isclose(
        half.layers[0].update_to_weight, half.clip_factor * plain.layers[0].update_to_weight
    )


def test_it_shows_itself_as_a_table():
    lines = repr(look(make())).splitlines()
    assert lines[0].split() == [
        "layer",
        "activation",
        "gradient",
        "dead",
        "saturated",
        "update/weight",
    ]
    assert lines[2].startswith("1  Tanh()")
    assert lines[-1].startswith("loss ")
    assert len({len(line) for line in lines[:2]}) == 1
