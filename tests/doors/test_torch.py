"""The door to PyTorch, with the real PyTorch: outputs, gradients, training, files, both ways."""

import copy
import re

import numpy as np
import pytest
from specimens import Shift

import nnbook as nn
from nnbook import serialization
from nnbook.layers.tree import iter_layers

torch = pytest.importorskip("torch", reason="PyTorch is not installed; run `make doors`")

from nnbook.interop.torch import ADAPTERS, from_torch, to_torch


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
        nn.MaxPool2D(2),  # with ties, at 0
        nn.Flatten(),
        nn.Dense(3 * 3 * 4, 5, rng=rng),
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
    return nn.Sequential(nn.Flatten(), nn.Dense(9 * 8 * 3, 4, rng=rng), nn.Dropout(0.4, rng=rng))


NETWORKS = {"convolutions": convolutions, "normalised": normalised, "nested": nested, "flat": flat}
every_network = pytest.mark.parametrize("name", NETWORKS)


def specimen(name, seed=0):
    """Return a network whose parameters are all drawn, and a batch for it."""
    rng = np.random.default_rng(seed)
    network, X = NETWORKS[name](rng), images(rng)
    for p in network.parameters():
        p += 0.1 * rng.normal(size=p.shape)
    return network, X


def largest_difference(mine, theirs):
    theirs = theirs.detach().numpy() if isinstance(theirs, torch.Tensor) else theirs
    assert mine.shape == theirs.shape
    assert mine.dtype == theirs.dtype
    return np.abs(mine - theirs).max()


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
    held = {type(layer) for name in NETWORKS for layer in iter_layers([specimen(name)[0]])}
    assert held == {*ADAPTERS}


@pytest.mark.parametrize(("dtype", "least"), [(np.float64, 1e-12), (np.float32, 1e-4)])
@every_network
def test_equal_outputs_and_gradients_in_training(name, dtype, least):
    network, X = specimen(name)
    network, X = network.astype(dtype), X.astype(dtype)
    module, tX = to_torch(network), torch.from_numpy(X).requires_grad_()
    assert not module.training
    assert largest_difference(network.predict(X), module(tX)) <= least
    if name == "flat":  # dropout draws other masks there
        return
    Y, tY = network.forward(X), module.train()(tX)
    assert largest_difference(Y, tY) <= least
    grad = np.random.default_rng(1).normal(size=Y.shape).astype(dtype)
    dX = network.backward(grad, input_gradient=True)
    tY.backward(torch.from_numpy(grad))
    theirs = fetched(module, [p.grad for p in module.parameters()])
    for mine, its in zip([dX, *network.gradients()], [tX.grad, *theirs], strict=True):
        assert largest_difference(mine, its) <= least
    assert largest_difference(network.predict(X), module.eval()(tX)) <= least  # running means too


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@every_network
def test_there_and_back_is_the_same_network_also_by_a_file(name, dtype, tmp_path):
    files = pytest.importorskip("safetensors.torch", reason="safetensors is not installed")
    network = specimen(name)[0].astype(dtype)
    again = from_torch(to_torch(network))
    same(network, again)
    assert all(g.dtype == dtype and not g.any() for g in again.gradients())
    files.save_file(to_torch(network).state_dict(), tmp_path / "network.safetensors")
    blank = to_torch(specimen(name, seed=1)[0].astype(dtype))
    blank.load_state_dict(files.load_file(tmp_path / "network.safetensors"))
    same(from_torch(blank), network)


@every_network
def test_nothing_of_the_callers_is_changed_or_shared(name):
    network, X = specimen(name)
    before, state = copy.deepcopy(network), torch.get_rng_state()
    module = to_torch(network)
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
    module = to_torch(nn.Sequential(nn.Dropout(0.4, rng=0)))
    X = torch.ones(4000, 3, dtype=torch.float64)
    assert torch.equal(module(X), X)
    Y = module.train()(X)
    assert set(Y.unique().tolist()) == {0.0, 1 / 0.6}
    assert 0.37 < (Y == 0).double().mean() < 0.43
    back = from_torch(module)
    assert not np.array_equal(back.forward(X.numpy()), back.forward(X.numpy()))


# half here, half there


def train_here(network, optimizer, batches, epochs):
    loss = nn.SoftmaxCrossEntropy()
    for _ in range(epochs):
        for X, y in batches:
            loss.forward(network.forward(X), y)
            network.backward(loss.backward())
            optimizer.step(network.parameters(), network.gradients())


def train_there(module, batches, epochs):
    optimizer = torch.optim.SGD(module.train().parameters(), lr=0.1)
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


def test_half_here_and_half_there_is_all_here():
    (network, X), y = specimen("normalised"), np.array([0, 1, 4, 2, 3])
    batches = [(X, y), (X[:3], y[:3])]
    whole, module = copy.deepcopy(network), to_torch(network)
    train_here(whole, nn.SGD(0.1), batches, 6)
    train_here(network, nn.SGD(0.1), batches, 3)
    half = copy.deepcopy(network)
    train_there(moved := to_torch(network), batches, 3)
    assert near(from_torch(moved), whole)
    assert not near(half, whole)
    train_there(module, batches, 3)  # and the other way
    network = from_torch(module)
    train_here(network, nn.SGD(0.1), batches, 3)
    assert near(network, whole)


# modules that PyTorch has made


READERS = {
    "all layers": lambda: torch.nn.Sequential(
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
    ),
    # a Linear puts the numbers of flattened images in order, behind others too
    "behind Flatten": lambda: torch.nn.Sequential(
        torch.nn.Sequential(
            torch.nn.BatchNorm2d(3), torch.nn.MaxPool2d((4, 2)), torch.nn.Flatten()
        ),
        torch.nn.BatchNorm1d(30),
        torch.nn.LeakyReLU(0.3),
        torch.nn.Softmax(dim=1),
        torch.nn.Sequential(torch.nn.Linear(30, 4)),
    ),
    "only images": lambda: torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3, padding="same"), torch.nn.Sigmoid(), torch.nn.Softmax(dim=-3)
    ),
}


@pytest.mark.parametrize("name", READERS)
def test_what_pytorch_made_comes_in(name):
    torch.manual_seed(0)
    module = READERS[name]().double().eval()
    for tensor in module.state_dict().values():  # every number is drawn
        if tensor.is_floating_point():
            tensor += 0.3 * torch.rand_like(tensor)
    X = np.random.default_rng(0).normal(size=(6, 3, 8, 11))
    network = from_torch(module)
    Y_here, theirs = network.predict(np.moveaxis(X, 1, -1)), module(torch.from_numpy(X))
    theirs = torch.movedim(theirs, 1, -1)
    assert largest_difference(Y_here, theirs) <= 1e-12
    again = to_torch(network)(torch.from_numpy(np.moveaxis(X, 1, -1)))  # out, with channels last
    assert largest_difference(Y_here, again) <= 1e-12


def test_rows_come_in_as_they_are():
    module = torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(784, 5), torch.nn.BatchNorm1d(5), torch.nn.Softmax(1)
    )
    module, X = module.double().eval(), torch.randn(3, 28, 28, dtype=torch.float64)
    assert largest_difference(from_torch(module).predict(X.numpy()), module(X)) <= 1e-12
    single = from_torch(torch.nn.Linear(2, 3))
    assert repr(single) == "Sequential, 9 parameters\n  0  Dense(2, 3)  9"


# what does not pass


class Twice(nn.Dense):
    """A layer of one's own, made from one of nnbook's."""


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (nn.Sequential(nn.Sequential(Shift(2))), "knows Dense, .*got Shift; .* torch.nn.Module"),
        (nn.Sequential(Twice(2, 2, rng=0)), "got Twice"),
        (nn.SoftmaxCrossEntropy(), r"got SoftmaxCrossEntropy.*losses stay outside"),
    ],
)
def test_what_pytorch_has_not_does_not_go_out(network, message):
    with pytest.raises(TypeError, match=f"to_torch .*{message}"):
        to_torch(network)


TORCH = torch.nn
REFUSED = {
    "circular": (TORCH.Conv2d(1, 1, 3, padding_mode="circular"), "padding_mode='zeros', got 'circ"),
    "groups": (TORCH.Conv2d(2, 2, 3, groups=2), "Conv2d with groups=1, got 2"),
    "dilation": (TORCH.Conv2d(1, 1, 3, dilation=(1, 2)), r"dilation=1, got \(1, 2\)"),
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
    "unknown": (TORCH.Sequential(TORCH.GELU()), "got GELU; there are AvgPool2d, AvgPoolLast"),
    "loss": (TORCH.Sequential(TORCH.CrossEntropyLoss()), "got CrossEntropyLoss; a loss stays out"),
    "no module": (3, "expects a torch.nn.Module, got int"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_nnbook_has_not_is_refused(name):
    module, message = REFUSED[name]
    with pytest.raises((TypeError, ValueError), match=message):
        from_torch(module)


def test_shared_parameters_are_refused():
    linear = TORCH.Linear(2, 2)
    with pytest.raises(ValueError, match=re.escape("got 1.weight that is 0.weight too")):
        from_torch(TORCH.Sequential(linear, linear))
    relu = TORCH.ReLU()  # holds nothing to share
    assert len(from_torch(TORCH.Sequential(relu, linear, relu))) == 3
