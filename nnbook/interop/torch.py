"""PyTorch: a network goes out as a `torch.nn.Module`, and comes back.

Batches are nnbook's on both sides: samples first, channels last. The module of `to_torch` takes
``torch.from_numpy(X)`` of whatever X the network takes, images ``(m, h, w, c)`` too, and so
`Flatten` has one order. A module of PyTorch's own layers takes images ``(m, c, h, w)`` and flattens
them in that order; `from_torch` reorders the weights behind such a Flatten to h, w, c, and what it
returns takes images ``(m, h, w, c)``, as every network here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..layers.activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from ..layers.base import Layer
from ..layers.convolution import AvgPool2D, Conv2D, MaxPool2D
from ..layers.dense import Dense, Dropout, Flatten
from ..layers.normalization import BatchNorm
from ..losses import Loss
from ..network import Sequential

try:
    import torch  # type: ignore[import-not-found]
except ImportError as error:
    raise ImportError("nnbook.interop.torch needs PyTorch: pip install torch") from error


class ChannelsLast(torch.nn.Module):
    """Lets a module for ``(m, c, ...)`` take and return ``(m, ..., c)``."""

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Return the output for ``X`` of shape ``(m, ..., c)``."""
        return super().forward(X.movedim(-1, 1)).movedim(1, -1)


class ConvLast(ChannelsLast, torch.nn.Conv2d):
    """``torch.nn.Conv2d`` on images ``(m, h, w, c)``."""


class MaxPoolLast(ChannelsLast, torch.nn.MaxPool2d):
    """``torch.nn.MaxPool2d`` on images ``(m, h, w, c)``."""


class AvgPoolLast(ChannelsLast, torch.nn.AvgPool2d):
    """``torch.nn.AvgPool2d`` on images ``(m, h, w, c)``."""


class BatchNormLast(ChannelsLast, torch.nn.BatchNorm1d):
    """PyTorch's batch normalisation on ``(m, n)``, ``(m, h, w, n)`` and whatever ends in n."""

    def _check_input_dim(self, input: torch.Tensor) -> None:
        """Any number of axes is right."""


class Adapter(NamedTuple):
    """How one kind of layer becomes a module, and a module that layer."""

    module: type  # of the module that `to_torch` makes, with the arguments of `out`
    out: Callable[[Any], tuple[Any, ...]] = lambda _: ()
    back: Callable[[Any], Mapping[str, Any]] = lambda _: {}  # the layer's arguments
    plain: tuple[type, ...] = ()  # PyTorch's own modules for images (m, c, h, w), or for rows
    arrays: Mapping[str, tuple[str, tuple[int, ...]]] = {}  # name there, and order of the axes
    only: Mapping[str, Any] = {}  # settings there that nnbook has no others of


nn = torch.nn
ADAPTERS: Mapping[type, Adapter] = {
    Dense: Adapter(
        nn.Linear,
        lambda layer: (layer.n_in, layer.n_out),
        lambda module: {"n_in": module.in_features, "n_out": module.out_features, "rng": 0},
        arrays={"W": ("weight", (1, 0)), "b": ("bias", (0,))},
    ),
    Conv2D: Adapter(
        ConvLast,
        lambda layer: (layer.c_in, layer.c_out, layer.filter_size, layer.stride, layer.padding),
        lambda module: {
            "c_in": module.in_channels, "c_out": module.out_channels, "rng": 0,
            "filter_size": module.kernel_size, "stride": module.stride,
            "padding": 0 if module.padding == "valid" else module.padding,
        },
        (nn.Conv2d,),
        {"W": ("weight", (3, 2, 0, 1)), "b": ("bias", (0,))},
        {"dilation": 1, "groups": 1, "padding_mode": "zeros"},
    ),
    MaxPool2D: Adapter(
        MaxPoolLast,
        lambda layer: (layer.size, layer.stride),
        lambda module: {"size": module.kernel_size, "stride": module.stride},
        (nn.MaxPool2d,),
        only={"padding": 0, "dilation": 1, "return_indices": False, "ceil_mode": False},
    ),
    AvgPool2D: Adapter(
        AvgPoolLast,
        lambda layer: (layer.size, layer.stride),
        lambda module: {"size": module.kernel_size, "stride": module.stride},
        (nn.AvgPool2d,),
        only={"padding": 0, "ceil_mode": False, "divisor_override": None},
    ),
    BatchNorm: Adapter(
        BatchNormLast,
        lambda layer: (layer.n, layer.epsilon, layer.share),
        lambda module: {
            "n": module.num_features, "share": module.momentum, "epsilon": module.eps,
        },
        (nn.BatchNorm1d, nn.BatchNorm2d),
        {
            "gamma": ("weight", (0,)), "beta": ("bias", (0,)),
            "mean": ("running_mean", (0,)), "variance": ("running_var", (0,)),
        },
    ),
    Flatten: Adapter(nn.Flatten, only={"start_dim": 1, "end_dim": -1}),
    Dropout: Adapter(
        nn.Dropout, lambda layer: (layer.rate,), lambda module: {"rate": module.p, "rng": 0}
    ),
    LeakyReLU: Adapter(
        nn.LeakyReLU, lambda layer: (layer.slope,), lambda module: {"slope": module.negative_slope}
    ),
    Softmax: Adapter(nn.Softmax, lambda _: (-1,)),
    Sigmoid: Adapter(nn.Sigmoid),
    Tanh: Adapter(nn.Tanh),
    ReLU: Adapter(nn.ReLU),
}  # fmt: skip
LAYERS = {
    module: layer
    for layer, adapter in ADAPTERS.items()
    for module in (adapter.module, *adapter.plain)
}
IMAGES = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d, nn.BatchNorm2d)  # take and return (m, c, h, w)


def to_torch(network: Sequential | Layer) -> torch.nn.Module:
    """Return a `torch.nn.Module` that computes what ``network`` does, with copies of its arrays.

    Batches stay as they are: ``module(torch.from_numpy(X))`` for the X of ``network.predict(X)``,
    images ``(m, h, w, c)`` included. Where the network has ``"2.0.W"``, the module's state dict has
    ``"2.0.weight"``, in PyTorch's own layout and in the dtype of the network. In ``module.eval()``,
    the mode it comes in, it computes what `predict` does; in ``module.train()`` what `forward`
    does: with the mean and variance of the batch, and dropout, which PyTorch draws from its own
    generator. The running mean and variance of a `BatchNorm` go along.

    A loss stays outside: ``torch.nn.CrossEntropyLoss()`` is `SoftmaxCrossEntropy`, on the same
    logits.

    Raises
    ------
    TypeError
        If a layer has no adapter here, such as a layer of your own.

    Examples
    --------
    >>> import nnbook as nn
    >>> network = nn.Sequential(nn.Conv2D(1, 2, 3, rng=0), nn.Flatten(), nn.Dense(8, 2, rng=0))
    >>> module = to_torch(network)
    >>> X = np.ones((5, 4, 4, 1))
    >>> np.allclose(module(torch.from_numpy(X)).detach(), network.predict(X), rtol=0, atol=1e-12)
    True
    >>> list(module.state_dict())
    ['0.weight', '0.bias', '2.weight', '2.bias']
    """
    return _module(network).eval()


def from_torch(module: torch.nn.Module) -> Sequential:
    """Return a network that computes what ``module`` does, with copies of its arrays.

    It undoes `to_torch`, and reads PyTorch's own layers in `torch.nn.Sequential`. The network takes
    batches ``(m, ...)`` with channels last; where PyTorch takes images ``(m, c, h, w)`` it takes
    ``(m, h, w, c)``, and the weights behind a Flatten are reordered so. Batches before any layer of
    images are taken for rows ``(m, n)``.

    ``network.forward`` is ``module.train()``, ``network.predict`` is ``module.eval()``. A `Dropout`
    draws from a generator of its own, with seed 0, as after `nnbook.load`; what was frozen there
    learns here.

    Raises
    ------
    TypeError
        If nnbook has no such layer.
    ValueError
        If a layer has settings that nnbook's has not (groups, no bias, padding of another kind),
        works along another axis, shares its parameters with another layer, or flattens images of
        which no layer has told the channels.

    Examples
    --------
    >>> import torch
    >>> module = torch.nn.Sequential(
    ...     torch.nn.Conv2d(3, 2, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(24, 4)
    ... )
    >>> network = from_torch(module)
    >>> network
    Sequential, 156 parameters
      0  Conv2D(3, 2, 3)   56
      1  ReLU()             0
      2  Flatten()          0
      3  Dense(24, 4)     100
    >>> X = torch.ones(5, 3, 6, 5)
    >>> Y = network.predict(X.movedim(1, -1).numpy())
    >>> np.allclose(Y, module(X).detach(), atol=1e-5)
    True
    """
    if not isinstance(module, torch.nn.Module):
        raise TypeError(f"from_torch expects a torch.nn.Module, got {type(module).__name__}")
    names: dict[int, str] = {}
    for name, p in module.named_parameters(remove_duplicate=False):
        if names.setdefault(id(p), name) != name:
            raise ValueError(
                f"from_torch expects every layer to have parameters of its own, got {name} that is "
                f"{names[id(p)]} too; give one of them a copy"
            )
    reader = _Reader()
    part = reader.part(module)
    if reader.mixed != 1:
        raise ValueError(
            "from_torch expects a Linear behind the Flatten of images, got a module that ends "
            "without: PyTorch would return c, h, w in a row and nnbook h, w, c; leave Flatten out"
        )
    return part if isinstance(part, Sequential) else Sequential(part)


def _module(part: Any) -> torch.nn.Module:
    kind = type(part)
    if kind is Sequential:
        return torch.nn.Sequential(*map(_module, part.layers))
    if kind not in ADAPTERS:
        advice = "write that layer as a torch.nn.Module, and convert the layers around it"
        if isinstance(part, Loss):
            advice = "PyTorch's losses stay outside the module as well"
        raise TypeError(
            f"to_torch knows {', '.join(k.__name__ for k in ADAPTERS)}, got {kind.__name__}; "
            f"{advice}"
        )
    adapter = ADAPTERS[kind]
    with torch.device("meta"):  # no memory and no random numbers: the arrays are here already
        module = adapter.module(*adapter.out(part))
    arrays = {**part.parameters, **part.state}
    copies = {ours: np.array(arrays[ours].transpose(axes), order="C")
              for ours, (_, axes) in adapter.arrays.items()}  # fmt: skip
    state = {name: torch.from_numpy(copies[ours]) for ours, (name, _) in adapter.arrays.items()}
    module.load_state_dict(state, assign=True)
    return module


class _Reader:
    """Goes through PyTorch's modules in the order in which they work, and makes layers of them."""

    def __init__(self) -> None:
        self.images = False  # whether the batch here is of images (m, c, h, w)
        self.channels: int | None = None  # of these images, where a layer has said how many
        self.mixed = 1  # channels of flattened images, whose numbers lie in PyTorch's order

    def part(self, module: Any) -> Any:
        """Return the layer, or the network, that computes what ``module`` does."""
        kind = type(module)
        if kind is torch.nn.Sequential:
            return Sequential(*map(self.part, module))
        if kind not in LAYERS:
            advice = f"there are {', '.join(sorted(one.__name__ for one in LAYERS))}"
            if isinstance(module, torch.nn.modules.loss._Loss):
                advice = "a loss stays outside, fit(..., loss=...) takes one of nnbook"
            raise TypeError(
                f"from_torch expects layers that nnbook has, got {kind.__name__}; {advice}"
            )
        try:
            layer = self.layer(module, LAYERS[kind], ADAPTERS[LAYERS[kind]])
        except (TypeError, ValueError) as error:
            error.add_note(f"This came from {module}.")
            raise
        self.go_on(module)
        return layer

    def layer(self, module: Any, kind: type, adapter: Adapter) -> Layer:
        """Return the layer with the settings and the arrays of ``module``."""
        name_there = type(module).__name__
        for name, wanted in adapter.only.items():
            value = getattr(module, name)
            if np.any(np.asarray(value) != wanted):
                raise ValueError(
                    f"from_torch expects {name_there} with {name}={wanted!r}, got {value!r}; "
                    "nnbook has no other"
                )
        last = (-3, 1) if self.images else (-1, 1)  # how PyTorch counts the axis that is last here
        if kind is Softmax and module.dim not in last:
            raise ValueError(
                f"from_torch expects Softmax along the axis that nnbook has last, which is "
                f"{last[0]} or {last[1]} here, got {module.dim}"
            )
        if self.images and (kind is Dense or type(module) is torch.nn.BatchNorm1d):
            raise ValueError(f"from_torch expects a Flatten between images and {name_there}")
        layer = kind(**adapter.back(module))
        tensors = module.state_dict()
        for ours, (name, axes) in adapter.arrays.items():
            if name not in tensors:
                raise ValueError(
                    f"from_torch expects {name_there} with {name}, got none; nnbook's "
                    f"{kind.__name__} always has its {ours}"
                )
            if tensors[name].dtype not in (torch.float32, torch.float64):
                raise ValueError(
                    f"from_torch expects {name_there} in float32 or float64, got "
                    f"{tensors[name].dtype}; module.float() makes it so"
                )
            array = tensors[name].cpu().numpy().transpose(np.argsort(axes)).copy("C")
            if self.mixed != 1 and ours != "b":  # its first axis counts the inputs
                rows = array.reshape(self.mixed, -1, *array.shape[1:])
                array = rows.swapaxes(0, 1).reshape(array.shape).copy()
            (layer.state if ours in layer.state else layer.parameters)[ours] = array
        layer.gradients = {name: np.zeros_like(p) for name, p in layer.parameters.items()}
        return layer

    def go_on(self, module: Any) -> None:
        """Note in what order the numbers lie behind ``module``."""
        kind = type(module)
        if kind is torch.nn.Flatten and self.images:
            if self.channels is None:
                raise ValueError(
                    "from_torch expects to know the channels of the images before they are "
                    "flattened, got no layer that has them; begin with a Conv2d or a BatchNorm2d"
                )
            self.mixed, self.channels, self.images = self.channels, None, False
        elif kind is torch.nn.Linear:
            self.mixed = 1
        elif kind in IMAGES:
            self.images = True
            if kind in (torch.nn.Conv2d, torch.nn.BatchNorm2d):
                self.channels = getattr(module, "out_channels", None) or module.num_features
