"""The door to PyTorch, with the real PyTorch: Y_heres, gradients, training, files, both ways."""

import copy
import re

import numpy as np
import pytest
from specimens import Shift, image_network

import nnbook as nn
from nnbook import serialization
from nnbook.layers.tree import iter_layers

torch = pytest.importorskip("torch", reason="PyTorch is not installed; run `make doors`")

from nnbook.interop.torch import ADAPTERS, ConvLast, from_torch, to_torch


def images(rng, m=5, h=9, w=8, c=3):
    return rng.normal(size=(m, h, w, c))


def convolutions(rng):
    """All that a layer of images can have: strides, borders, oblong windows, both poolings."""
    return nn.Sequential(
        nn.Conv2D(3, 4, (3, 2), rng=rng, stride=(1, 2), padding=(2, 1)),
        nn.LeakyReLU(0.2),
        nn.Conv2D(4, 5, (2, 4), rng=rng, padding="same"),
        nn.AvgPool2D((2, 1), stride=1),
        nn.Tanh(),
        nn.MaxPool2D((3, 2), stride=(2, 1)),
        nn.Flatten(),
        nn.Dense(4 * 4 * 5, 6, rng=rng),
        nn.Sigmoid(),
        nn.Dense(6, 3, rng=rng),
        nn.Softmax(),
    )


def normalised(rng):
    """Batch and layer norms of images and rows, whose running numbers are not those of the start."""
    network = nn.Sequential(
        nn.Conv2D(3, 4, 3, rng=rng),
        nn.BatchNorm(4, share=0.3, epsilon=1e-3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dense(7 * 6 * 4, 5, rng=rng),
        nn.BatchNorm(5),
        nn.Softmax(),
    )
    for _ in range(3):
        network.forward(images(rng) + 1)
    return network


def nested(rng):
    """Networks within networks, and images that leave as images."""
    inner = nn.Sequential(nn.Sequential(nn.Conv2D(3, 3, 3, rng=rng, padding="same")), nn.Softmax())
    return nn.Sequential(inner, nn.Sequential(nn.BatchNorm(3), nn.Tanh()))


def flat(rng):
    return nn.Sequential(nn.Flatten(), nn.Dense(9 * 8 * 3, 4, rng=rng), nn.Tanh())


def silent(rng):
    return nn.Sequential(
        nn.Dropout(0.4, rng=rng), nn.Dense(3, 2, rng=rng), nn.Dropout(0.1, rng=rng)
    )


NETWORKS = {
    "convolutions": (convolutions, images),
    "normalised": (normalised, images),
    "nested": (nested, images),
    "flat": (flat, images),
}
ALL = {
    **NETWORKS,
    "dropout": (silent, lambda rng: rng.normal(size=(6, 3))),
    "image_network": (image_network, lambda rng: images(rng, h=6, w=5, c=1)),
}


def specimen(name, table=ALL, seed=0):
    """Return a network whose parameters are all drawn, and a batch for it."""
    rng = np.random.default_rng(seed)
    make, draw = table[name]
    network, X = make(rng), draw(rng)
    for p in network.parameters():
        p += 0.1 * rng.normal(size=p.shape)
    return network, X


def largest_difference(mine, theirs):
    theirs = theirs.detach().numpy() if isinstance(theirs, torch.Tensor) else theirs
    assert mine.shape == theirs.shape
    assert mine.dtype == theirs.dtype
    return np.abs(mine - theirs).max()


def moved(network, arrays):
    """Return arrays that belong to the parameters, such as gradients, as tensors of PyTorch."""
    twin = copy.deepcopy(network)
    for p, array in zip(twin.parameters(), arrays, strict=True):
        p[...] = array
    return [p.detach() for p in to_torch(twin).parameters()]


def fetched(module, tensors):
    """Return tensors that belong to the parameters, such as gradients, as arrays of nnbook."""
    twin = copy.deepcopy(module)
    for p, tensor in zip(twin.parameters(), tensors, strict=True):
        p.data = tensor.clone()
    return from_torch(twin).parameters()


def same(network, other):
    """Assert that two networks are made of the same layers, and hold the same numbers."""
    assert repr(network) == repr(other)
    mine, its = serialization.arrays_of(network.layers), serialization.arrays_of(other.layers)
    assert mine.keys() == its.keys()
    for name in mine:
        assert mine[name].dtype == its[name].dtype
        assert np.array_equal(mine[name], its[name]), name


def test_the_specimens_hold_every_layer_that_goes_out():
    held = {type(layer) for name in ALL for layer in iter_layers([specimen(name)[0]])}
    assert held == {*ADAPTERS}


@pytest.mark.parametrize("name", ALL)
def test_equal_outputs(name):
    network, X = specimen(name)
    module = to_torch(network)
    assert not module.training
    assert largest_difference(network.predict(X), module(torch.from_numpy(X))) <= 1e-12


@pytest.mark.parametrize("name", NETWORKS)
def test_equal_gradients_in_training(name):
    network, X = specimen(name)
    module = to_torch(network).train()
    tX = torch.from_numpy(X).requires_grad_(X.dtype == np.float64)
    Y, tY = network.forward(X), module(tX)
    assert largest_difference(Y, tY) <= 1e-12
    grad = np.random.default_rng(1).normal(size=Y.shape)
    dX = network.backward(grad, input_gradient=True)
    tY.backward(torch.from_numpy(grad))
    theirs = fetched(module, [p.grad for p in module.parameters()])
    for mine, its in zip(network.gradients(), theirs, strict=True):
        assert largest_difference(mine, its) <= 1e-12
    if tX.requires_grad:
        assert largest_difference(dX, tX.grad) <= 1e-12
    assert largest_difference(network.predict(X), module.eval()(tX)) <= 1e-12  # running means too


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ALL)
def test_there_and_back_is_the_same_network(name, dtype):
    network, _ = specimen(name)
    network.astype(dtype)
    again = from_torch(to_torch(network))
    same(network, again)
    assert all(g.dtype == dtype and not g.any() for g in again.gradients())


def test_float32_stays_float32():
    network, X = specimen("normalised")
    module = to_torch(network.astype(np.float32))
    Y_here = module(torch.from_numpy(X.astype(np.float32)))
    assert Y_here.dtype == torch.float32
    assert largest_difference(network.predict(X), Y_here) <= 1e-5


@pytest.mark.parametrize("name", ALL)
def test_nothing_of_the_callers_is_changed_or_shared(name):
    network, X = specimen(name)
    before, state = copy.deepcopy(network), torch.get_rng_state()
    module = to_torch(network)
    assert torch.equal(torch.get_rng_state(), state)
    kept = copy.deepcopy(module.state_dict())
    again = from_torch(module)
    assert torch.equal(torch.get_rng_state(), state)
    for p in again.parameters():
        p += 1
    for tensor, old in zip(module.state_dict().values(), kept.values(), strict=True):
        assert torch.equal(tensor, old)
    with torch.no_grad():
        for p in module.parameters():
            p.add_(1)
    module.train()(torch.from_numpy(X))
    same(network, before)
    assert all(p.requires_grad and p.is_leaf and p.is_contiguous() for p in module.parameters())


def test_dropout_is_on_in_training_only():
    network, _ = specimen("dropout")
    module, X = to_torch(network), torch.ones(4000, 3, dtype=torch.float64)
    assert torch.equal(module(X), module(X))
    first = module.train()[0](X)
    assert set(first.unique().tolist()) == {0.0, 1 / 0.6}
    assert 0.37 < (first == 0).double().mean() < 0.43
    back = from_torch(module)
    assert not np.array_equal(back.forward(X.numpy()), back.forward(X.numpy()))


# half here, half there

OPTIMIZERS = {
    "sgd": (lambda: nn.SGD(0.1), lambda p: torch.optim.SGD(p, lr=0.1), {}),
    "momentum": (
        lambda: nn.SGD(0.05, momentum=0.9),
        lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
        {"_v": "momentum_buffer"},
    ),
    "adam": (
        lambda: nn.Adam(0.01),
        lambda p: torch.optim.Adam(p, lr=0.01),
        {"_m": "exp_avg", "_s": "exp_avg_sq"},
    ),
}


def digits():
    """Return a network with running means, and batches of pictures that are not square.

    No bias stands right before the norm, which takes every bias off again: its gradient would be
    rounding alone, and Adam makes whole steps of that, other ones on each side.
    """
    rng = np.random.default_rng(3)
    network = nn.Sequential(
        nn.Conv2D(2, 3, 3, rng=rng),
        nn.ReLU(),
        nn.BatchNorm(3),
        nn.MaxPool2D(2),
        nn.Flatten(),
        nn.Dense(18, 4, rng=rng),
    )
    X, y = rng.normal(size=(24, 8, 6, 2)), rng.integers(4, size=24)
    return network, [(X[i : i + 8], y[i : i + 8]) for i in range(0, 24, 8)]


def train_here(network, optimizer, batches, epochs):
    loss = nn.SoftmaxCrossEntropy()
    for _ in range(epochs):
        for X, y in batches:
            loss.forward(network.forward(X), y)
            network.backward(loss.backward())
            optimizer.step(network.parameters(), network.gradients())


def train_there(module, optimizer, batches, epochs):
    module.train()
    for _ in range(epochs):
        for X, y in batches:
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(
                module(torch.from_numpy(X)), torch.from_numpy(y)
            )
            loss.backward()
            optimizer.step()


def near(network, other):
    mine, its = serialization.arrays_of(network.layers), serialization.arrays_of(other.layers)
    return max(largest_difference(mine[name], its[name]) for name in mine) <= 1e-12


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_half_here_and_half_there_is_all_here(name):
    make, theirs, memory = OPTIMIZERS[name]
    network, batches = digits()
    whole = copy.deepcopy(network)
    train_here(whole, make(), batches, 6)
    optimizer = make()
    train_here(network, optimizer, batches, 3)
    half = copy.deepcopy(network)
    module = to_torch(network)
    other = theirs(module.parameters())
    for ours, its in memory.items():
        for p, tensor in zip(
            module.parameters(), moved(network, getattr(optimizer, ours)), strict=True
        ):
            other.state[p] |= {its: tensor, "step": torch.tensor(float(optimizer.steps))}
    train_there(module, other, batches, 3)
    assert near(from_torch(module), whole)
    assert not near(half, whole)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_half_there_and_half_here_is_all_here(name):
    make, theirs, memory = OPTIMIZERS[name]
    network, batches = digits()
    whole, module = copy.deepcopy(network), to_torch(network)
    train_here(whole, make(), batches, 6)
    other = theirs(module.parameters())
    train_there(module, other, batches, 3)
    network, optimizer = from_torch(module), make()
    if memory:
        optimizer._check(network.parameters(), network.gradients())  # makes room for the memory
        optimizer.steps = 9
    for ours, its in memory.items():
        tensors = [other.state[p][its] for p in module.parameters()]
        setattr(optimizer, ours, fetched(module, tensors))
    train_here(network, optimizer, batches, 3)
    assert near(network, whole)


# modules that PyTorch has made


def reader():
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3, padding=1),
        torch.nn.BatchNorm2d(4),
        torch.nn.ReLU(inplace=True),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(4, 5, (2, 3), stride=(1, 2), padding="valid"),
        torch.nn.Softmax(dim=1),
        torch.nn.AvgPool2d((2, 1), stride=1),
        torch.nn.Dropout(0.2),
        torch.nn.Flatten(),
        torch.nn.Linear(2 * 2 * 5, 7),
        torch.nn.Tanh(),
        torch.nn.Linear(7, 2),
    )


def behind_flatten():
    """Normalisations of flattened images, before a Linear puts their numbers in order."""
    return torch.nn.Sequential(
        torch.nn.Sequential(
            torch.nn.BatchNorm2d(3), torch.nn.MaxPool2d((4, 2)), torch.nn.Flatten()
        ),
        torch.nn.BatchNorm1d(30),
        torch.nn.LeakyReLU(0.3),
        torch.nn.Softmax(dim=1),
        torch.nn.Sequential(torch.nn.Linear(30, 4)),
    )


def only_images():
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3, padding="same"), torch.nn.Sigmoid(), torch.nn.Softmax(dim=-3)
    )


def drawn(make):
    """Return the module with every number in it drawn."""
    torch.manual_seed(0)
    module = make().double()
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor += 0.3 * torch.rand_like(tensor)
    return module.eval()


@pytest.mark.parametrize("make", [reader, behind_flatten, only_images])
def test_what_pytorch_made_comes_in(make):
    module, X = drawn(make), np.random.default_rng(0).normal(size=(6, 3, 8, 11))
    network = from_torch(module)
    Y_here, theirs = network.predict(np.moveaxis(X, 1, -1)), module(torch.from_numpy(X))
    theirs = torch.movedim(theirs, 1, -1)
    assert largest_difference(Y_here, theirs) <= 1e-12
    assert not module.training


def test_what_pytorch_made_trains_on_here():
    module, rng = drawn(reader), np.random.default_rng(0)
    del module[7]  # dropout
    X, y = rng.normal(size=(8, 3, 8, 11)), rng.integers(2, size=8)
    network = from_torch(module)
    train_here(network, nn.SGD(0.1), [(np.moveaxis(X, 1, -1), y)], 3)
    train_there(module, torch.optim.SGD(module.parameters(), lr=0.1), [(X, y)], 3)
    assert near(network, from_torch(module))


def test_it_goes_out_again_with_channels_last():
    module, X = drawn(reader), torch.randn(4, 3, 8, 11, dtype=torch.float64)
    again = to_torch(from_torch(module))
    assert type(again[0]) is ConvLast
    assert torch.allclose(again(X.movedim(1, -1)), module(X), rtol=0, atol=1e-12)


def test_rows_come_in_as_they_are():
    module = torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(784, 5), torch.nn.BatchNorm1d(5), torch.nn.Softmax(1)
    )
    module, X = module.double().eval(), torch.randn(3, 28, 28, dtype=torch.float64)
    assert largest_difference(from_torch(module).predict(X.numpy()), module(X)) <= 1e-12
    single = from_torch(torch.nn.Linear(2, 3))
    assert repr(single) == "Sequential, 9 parameters\n  0  Dense(2, 3)  9"


# what does not pass


def test_a_layer_of_ones_own_does_not_go_out():
    with pytest.raises(TypeError, match=r"to_torch knows Dense, .*got Shift; .* torch.nn.Module"):
        to_torch(nn.Sequential(nn.Sequential(Shift(2))))

    class Twice(nn.Dense):
        def _forward(self, X):
            return 2 * super()._forward(X)

    with pytest.raises(TypeError, match="got Twice"):
        to_torch(nn.Sequential(Twice(2, 2, rng=0)))
    with pytest.raises(TypeError, match=r"got SoftmaxCrossEntropy.*losses stay outside"):
        to_torch(nn.SoftmaxCrossEntropy())


TORCH = torch.nn
REFUSED = {
    "circular": (TORCH.Conv2d(1, 1, 3, padding_mode="circular"), "padding_mode='zeros', got 'circ"),
    "reflect": (TORCH.Conv2d(1, 1, 3, padding=1, padding_mode="reflect"), "got 'reflect'"),
    "groups": (TORCH.Conv2d(2, 2, 3, groups=2), "Conv2d with groups=1, got 2"),
    "dilation": (TORCH.Conv2d(1, 1, 3, dilation=(1, 2)), r"dilation=1, got \(1, 2\)"),
    "conv bias": (TORCH.Conv2d(1, 1, 3, bias=False), "Conv2d with bias, got none.*its b"),
    "bias": (TORCH.Linear(2, 2, bias=False), "Linear with bias, got none"),
    "affine": (TORCH.BatchNorm2d(2, affine=False), "with weight, got none"),
    "no running": (TORCH.BatchNorm1d(2, track_running_stats=False), "running_mean, got none"),
    "momentum": (TORCH.BatchNorm1d(2, momentum=None), "share to be a number, got None"),
    "ceil": (TORCH.MaxPool2d(2, ceil_mode=True), "ceil_mode=False, got True"),
    "max padding": (TORCH.MaxPool2d(2, padding=1), "padding=0, got 1"),
    "avg padding": (TORCH.AvgPool2d(3, padding=(0, 1)), r"padding=0, got \(0, 1\)"),
    "divisor": (TORCH.AvgPool2d(3, divisor_override=4), "divisor_override=None, got 4"),
    "start": (TORCH.Flatten(0), "start_dim=1, got 0"),
    "all dropped": (TORCH.Dropout(1.0), "rate from 0 up to but not 1"),
    "no dim": (TORCH.Softmax(), "Softmax along the axis that nnbook has last.* got None"),
    "dense on images": (
        TORCH.Sequential(TORCH.Conv2d(1, 2, 3), TORCH.Linear(4, 2)),
        "a Flatten between images and Linear",
    ),
    "softmax of columns": (
        TORCH.Sequential(TORCH.Conv2d(1, 2, 3), TORCH.Softmax(dim=-1)),
        "Softmax along the axis",
    ),
    "unknown channels": (
        TORCH.Sequential(TORCH.MaxPool2d(2), TORCH.Flatten(), TORCH.Linear(8, 2)),
        "expects to know the channels",
    ),
    "ends flat": (TORCH.Sequential(TORCH.Conv2d(1, 2, 3), TORCH.Flatten()), "leave Flatten out"),
    "bfloat16": (
        TORCH.Linear(2, 2).bfloat16(),
        r"Linear in float32 or float64, got torch.bfloat16",
    ),
    "nothing": (TORCH.Sequential(), "at least one layer, got none"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_settings_that_nnbook_has_not_are_refused(name):
    module, message = REFUSED[name]
    with pytest.raises((TypeError, ValueError), match=message):
        from_torch(module)


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (TORCH.Sequential(TORCH.GELU()), "got GELU; there are AvgPool2d, AvgPoolLast, BatchNorm1d"),
        (TORCH.Sequential(TORCH.CrossEntropyLoss()), "got CrossEntropyLoss; a loss stays outside"),
        (TORCH.Transformer(8, 2, 1, 1), "got Transformer; there are AvgPool2d"),
        (3, "expects a torch.nn.Module, got int"),
    ],
)
def test_modules_that_nnbook_has_not_are_refused(module, message):
    with pytest.raises(TypeError, match=message):
        from_torch(module)


def test_shared_parameters_are_refused():
    linear = TORCH.Linear(2, 2)
    with pytest.raises(ValueError, match=re.escape("got 1.weight that is 0.weight too")):
        from_torch(TORCH.Sequential(linear, linear))
    relu = TORCH.ReLU()  # holds nothing to share
    assert len(from_torch(TORCH.Sequential(relu, linear, relu))) == 3


# files


@pytest.mark.parametrize("name", ALL)
def test_the_state_dict_goes_through_safetensors(name, tmp_path):
    files = pytest.importorskip("safetensors.torch", reason="safetensors is not installed")
    network, X = specimen(name)
    module = to_torch(network)
    files.save_file(module.state_dict(), tmp_path / "network.safetensors")
    other, _ = specimen(name, seed=1)
    blank = to_torch(other)
    blank.load_state_dict(files.load_file(tmp_path / "network.safetensors"))
    assert torch.equal(blank(torch.from_numpy(X)), module(torch.from_numpy(X)))
    same(from_torch(blank), network)
