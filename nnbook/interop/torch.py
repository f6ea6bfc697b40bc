"""The door to PyTorch: a network goes out as a `torch.nn.Module`, and comes back.

Batches are nnbook's on both sides: samples first, channels last. The module of `to_torch` takes
``torch.from_numpy(X)`` of whatever X the network takes, images ``(m, h, w, c)`` too, and so
`Flatten` has one order. A module that PyTorch's own layers make takes images ``(m, c, h, w)`` and
flattens them in that order; `from_torch` puts the weights behind such a Flatten in the order h, w,
c, and what it returns takes images ``(m, h, w, c)``, as every network here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from ..layers.activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from ..layers.base import Layer
from ..layers.convolution import AvgPool2D, Conv2D, MaxPool2D
from ..layers.dense import Dense, Dropout, Flatten, Residual
from ..layers.normalization import BatchNorm, LayerNorm
from ..layers.sequences import Attention, Embedding
from ..losses import Loss
from ..network import Sequential
from ..validation import Array

try:
    import torch  # type: ignore[import-not-found]
except ImportError as error:
    raise ImportError(
        "nnbook.interop.torch needs PyTorch: pip install 'nnbook[torch]', or pip install torch"
    ) from error


# what PyTorch's own layers do otherwise, or not at all; the names in a state dict stay PyTorch's


class ChannelsLast(torch.nn.Module):
    """Lets a module for ``(m, c, ...)`` take and return ``(m, ..., c)``; its numbers stay put."""

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Answer ``X`` of shape ``(m, ..., c)``."""
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


class ResidualBlock(torch.nn.Sequential):
    """``Y = X + f(X)``, f being the modules in a row."""

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Answer ``X``."""
        return X + super().forward(X)


class OneHead(torch.nn.Module):
    """One head of attention: ``softmax(Q Kᵀ / √n_out) V``, each of them a product with X."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.q, self.k, self.v = (torch.nn.Linear(n_in, n_out, bias=False) for _ in range(3))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Answer ``X`` of shape ``(m, t, n_in)``."""
        attend = torch.nn.functional.scaled_dot_product_attention
        return attend(self.q(X), self.k(X), self.v(X))


# the table: how each layer is made there, how it is made here, and how its arrays lie there

Axes = tuple[int, ...]
SAME: Axes = (0,)
NORM = {"gamma": ("weight", SAME), "beta": ("bias", SAME)}
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Door(NamedTuple):
    """How one kind of layer goes out and comes back."""

    out: Callable[[Any], torch.nn.Module]
    back: Callable[[Any, np.random.Generator], Layer]
    kinds: Mapping[
        type, int | None
    ]  # the modules that come back so, and the axis of features there
    arrays: Mapping[str, tuple[str, Axes]] = NOTHING  # the name there, and the order of the axes
    only: Mapping[str, Any] = NOTHING  # settings there that nnbook has no others of


DOORS: Mapping[type, Door] = {
    Dense: Door(
        lambda layer: torch.nn.Linear(layer.n_in, layer.n_out),
        lambda module, rng: Dense(module.in_features, module.out_features, rng=rng),
        {torch.nn.Linear: -1},
        {"W": ("weight", (1, 0)), "b": ("bias", SAME)},
    ),
    Conv2D: Door(
        lambda layer: ConvLast(
            layer.c_in, layer.c_out, layer.filter_size, layer.stride, layer.padding
        ),
        lambda module, rng: Conv2D(
            module.in_channels,
            module.out_channels,
            module.kernel_size,
            rng=rng,
            stride=module.stride,
            padding=0 if module.padding == "valid" else module.padding,
        ),
        {ConvLast: -1, torch.nn.Conv2d: 1},
        {"W": ("weight", (3, 2, 0, 1)), "b": ("bias", SAME)},
        {"dilation": 1, "groups": 1, "padding_mode": "zeros"},
    ),
    MaxPool2D: Door(
        lambda layer: MaxPoolLast(layer.size, layer.stride),
        lambda module, _: MaxPool2D(module.kernel_size, module.stride),
        {MaxPoolLast: -1, torch.nn.MaxPool2d: 1},
        only={"padding": 0, "dilation": 1, "return_indices": False, "ceil_mode": False},
    ),
    AvgPool2D: Door(
        lambda layer: AvgPoolLast(layer.size, layer.stride),
        lambda module, _: AvgPool2D(module.kernel_size, module.stride),
        {AvgPoolLast: -1, torch.nn.AvgPool2d: 1},
        only={"padding": 0, "ceil_mode": False, "divisor_override": None},
    ),
    BatchNorm: Door(
        lambda layer: BatchNormLast(layer.n, layer.epsilon, layer.share),
        lambda module, _: BatchNorm(module.num_features, share=module.momentum, epsilon=module.eps),
        {BatchNormLast: -1, torch.nn.BatchNorm1d: 1, torch.nn.BatchNorm2d: 1},
        {**NORM, "mean": ("running_mean", SAME), "variance": ("running_var", SAME)},
    ),
    LayerNorm: Door(
        lambda layer: torch.nn.LayerNorm(layer.n, layer.epsilon),
        lambda module, _: LayerNorm(module.normalized_shape[-1], epsilon=module.eps),
        {torch.nn.LayerNorm: -1},
        NORM,
    ),
    Embedding: Door(
        lambda layer: torch.nn.Embedding(layer.n, layer.n_out),
        lambda module, rng: Embedding(module.num_embeddings, module.embedding_dim, rng=rng),
        {torch.nn.Embedding: None},
        {"W": ("weight", (0, 1))},
        {"padding_idx": None, "max_norm": None, "scale_grad_by_freq": False},
    ),
    Attention: Door(
        lambda layer: OneHead(layer.n_in, layer.n_out),
        lambda module, rng: Attention(module.q.in_features, module.q.out_features, rng=rng),
        {OneHead: -1},
        {f"W_{letter}": (f"{letter}.weight", (1, 0)) for letter in "qkv"},
    ),
    Flatten: Door(
        lambda _: torch.nn.Flatten(),
        lambda *_: Flatten(),
        {torch.nn.Flatten: None},
        only={"start_dim": 1, "end_dim": -1},
    ),
    Dropout: Door(
        lambda layer: torch.nn.Dropout(layer.rate),
        lambda module, rng: Dropout(module.p, rng=rng),
        {torch.nn.Dropout: None},
    ),
    LeakyReLU: Door(
        lambda layer: torch.nn.LeakyReLU(layer.slope),
        lambda module, _: LeakyReLU(module.negative_slope),
        {torch.nn.LeakyReLU: None},
    ),
    Sigmoid: Door(lambda _: torch.nn.Sigmoid(), lambda *_: Sigmoid(), {torch.nn.Sigmoid: None}),
    Tanh: Door(lambda _: torch.nn.Tanh(), lambda *_: Tanh(), {torch.nn.Tanh: None}),
    ReLU: Door(lambda _: torch.nn.ReLU(), lambda *_: ReLU(), {torch.nn.ReLU: None}),
    Softmax: Door(
        lambda _: torch.nn.Softmax(dim=-1), lambda *_: Softmax(), {torch.nn.Softmax: None}
    ),
}
BACK = {kind: door for door in DOORS.values() for kind in door.kinds}
HOLD = {Sequential: torch.nn.Sequential, Residual: ResidualBlock}  # both hold others in a row

# what number PyTorch gives to the axis that is last here, in what these modules return
LAST, ROWS, IMAGES = (-1,), (-1, 1), (-3, 1)
RETURN: Mapping[type, Axes] = {
    **dict.fromkeys((ConvLast, MaxPoolLast, AvgPoolLast, OneHead, torch.nn.Embedding), LAST),
    **dict.fromkeys((torch.nn.Linear, torch.nn.Flatten), ROWS),
    torch.nn.Conv2d: IMAGES,
    torch.nn.MaxPool2d: IMAGES,
    torch.nn.AvgPool2d: IMAGES,
    torch.nn.BatchNorm2d: IMAGES,
}


def to_torch(network: Sequential | Layer) -> torch.nn.Module:
    """Return a `torch.nn.Module` that answers as ``network``, with copies of its parameters.

    Batches stay as they are: ``module(torch.from_numpy(X))`` for the X of ``network.predict(X)``,
    images ``(m, h, w, c)`` included. Where the network has ``"2.0.W"``, the module's state dict has
    ``"2.0.weight"``, in PyTorch's own layout and in the dtype of the network. In ``module.eval()``,
    the mode it comes in, it answers as `predict`; in ``module.train()`` as `forward`: with the mean
    and variance of the batch, and dropped entries, which PyTorch draws from its own generator. The
    running mean and variance of a `BatchNorm` go along.

    An `Embedding` takes whole numbers there in a tensor of int64 or int32. A loss stays outside:
    ``torch.nn.CrossEntropyLoss()`` is `SoftmaxCrossEntropy`, on the same logits.

    Raises
    ------
    TypeError
        If a layer is not one of nnbook's, such as a layer of your own.

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
    """Return a network that answers as ``module``, with copies of its parameters.

    It undoes `to_torch`, and reads modules that PyTorch's own layers make in a row,
    `torch.nn.Sequential`. The network takes batches ``(m, ...)`` with channels last; where PyTorch
    takes images ``(m, c, h, w)`` it takes ``(m, h, w, c)``, and so do the weights behind a Flatten.
    A Flatten that no image layer precedes flattens what it gets: give it the same array as PyTorch.
    Batches before any layer that says otherwise are taken for rows ``(m, n)``.

    ``network.forward`` answers as ``module.train()``, ``network.predict`` as ``module.eval()``. A
    `Dropout` draws from a generator of its own, with seed 0, as after `nnbook.load`; what was
    frozen there learns here.

    Raises
    ------
    TypeError
        If nnbook has no such layer.
    ValueError
        If a layer has settings that nnbook's has not (groups, no bias, padding of another kind),
        works along another axis, shares its parameters with another layer, or stands so that the
        order of what is flattened cannot be known.

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
    >>> answer = network.predict(X.movedim(1, -1).numpy())
    >>> np.allclose(answer, module(X).detach(), atol=1e-5)
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
    if kind in HOLD:
        return HOLD[kind](*(_module(layer) for layer in part.layers))
    if kind not in DOORS:
        advice = "write that layer as a torch.nn.Module, and take the layers around it"
        if isinstance(part, Loss):
            advice = "PyTorch's losses stay outside the module as well"
        raise TypeError(
            f"to_torch expects a network of nnbook's layers, got {kind.__name__}, which has no "
            f"counterpart in PyTorch; {advice}"
        )
    door = DOORS[kind]
    with torch.device("meta"):  # no memory and no random numbers: the arrays are here already
        module = door.out(part)
    arrays = {**part.parameters, **part.state}
    state = {name: _tensor(arrays[ours], axes) for ours, (name, axes) in door.arrays.items()}
    module.load_state_dict(state, assign=True)
    return module


def _tensor(array: Array, axes: Iterable[int]) -> torch.Tensor:
    """Return a copy of the array with its axes in this order, laid out anew."""
    return torch.from_numpy(np.array(array.transpose(*axes), order="C"))


class _Reader:
    """Goes through PyTorch's modules in the order in which they work, and makes layers of them."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)
        self.last: Axes = ROWS
        self.channels: int | None = None  # of images, where a layer has said how many
        self.mixed = 1  # channels of flattened images, whose numbers lie in PyTorch's order

    def part(self, module: Any) -> Any:
        """Return the layer, or the network, that answers as ``module``."""
        kind = type(module)
        for ours, theirs in HOLD.items():
            if kind is theirs:
                if ours is Residual and self.mixed != 1:
                    raise ValueError(
                        "from_torch expects a Linear between the Flatten of images and a "
                        "ResidualBlock, got none; X and f(X) would lie in different orders"
                    )
                return ours(*(self.part(inside) for inside in module))
        if kind not in BACK:
            known = sorted(one.__name__ for one in (*BACK, *HOLD.values()))
            advice = f"there are {', '.join(known)}; of a module of your own hand over such parts"
            if isinstance(module, torch.nn.modules.loss._Loss):
                advice = "a loss stays outside, fit(..., loss=...) takes one of nnbook"
            raise TypeError(
                f"from_torch expects layers that nnbook has, got {kind.__name__}; {advice}"
            )
        try:
            return self.layer(module, BACK[kind])
        except (TypeError, ValueError) as error:
            error.add_note(f"This came from {module}.")
            raise

    def layer(self, module: Any, door: Door) -> Layer:
        """Return the layer that answers as ``module``, with its arrays."""
        kind = type(module)
        for name, wanted in door.only.items():
            value = getattr(module, name)
            if np.any(np.asarray(value) != wanted):
                raise ValueError(
                    f"from_torch expects {kind.__name__} with {name}={wanted!r}, got {value!r}; "
                    "nnbook has no other"
                )
        axis = module.dim if kind is torch.nn.Softmax else door.kinds[kind]
        if axis not in self.last and (axis is not None or kind is torch.nn.Softmax):
            raise ValueError(
                f"from_torch expects {kind.__name__} along the axis that nnbook has last, which is "
                f"{' or '.join(map(str, self.last))} here, got {axis}"
            )
        layer = door.back(module, self.rng)
        tensors = module.state_dict()
        for ours, (name, axes) in door.arrays.items():
            if name not in tensors:
                raise ValueError(
                    f"from_torch expects {kind.__name__} with {name}, got none; nnbook's "
                    f"{type(layer).__name__} always has its {ours}"
                )
            held = layer.state if ours in layer.state else layer.parameters
            shape, array = held[ours].transpose(axes).shape, _array(kind.__name__, tensors[name])
            if array.shape != shape:
                raise ValueError(
                    f"from_torch expects {kind.__name__} with {name} of shape {shape}, got "
                    f"{array.shape}; nnbook has no other"
                )
            array = array.transpose(np.argsort(axes)).copy("C")
            if self.mixed != 1 and ours != "b":  # its first axis counts the inputs
                array = _channels_last(array, self.mixed)
            held[ours] = array
        layer.gradients = {name: np.zeros_like(p) for name, p in layer.parameters.items()}
        self.go_on(module)
        return layer

    def go_on(self, module: Any) -> None:
        """Note in what order the numbers lie behind ``module``."""
        kind = type(module)
        if kind is torch.nn.Flatten and self.last == IMAGES:
            if self.channels is None:
                raise ValueError(
                    "from_torch expects to know the channels of the images before they are "
                    "flattened, got no layer that has them; begin with a Conv2d or a BatchNorm2d"
                )
            self.mixed, self.channels = self.channels, None
        if kind is torch.nn.Linear:
            self.mixed = 1
        if kind in (torch.nn.Conv2d, torch.nn.BatchNorm2d):
            self.channels = getattr(module, "out_channels", None) or module.num_features
        self.last = RETURN.get(kind, self.last)


def _array(who: str, tensor: torch.Tensor) -> Array:
    """Return the tensor as an array."""
    if tensor.dtype not in (torch.float32, torch.float64):
        raise ValueError(
            f"from_torch expects {who} in float32 or float64, got {tensor.dtype}; "
            "module.float() makes it so"
        )
    return tensor.cpu().numpy()


def _channels_last(array: Array, c: int) -> Array:
    """Return the rows, a row for each number of flattened images, in the order h, w, c."""
    return array.reshape(c, -1, *array.shape[1:]).swapaxes(0, 1).reshape(array.shape)
