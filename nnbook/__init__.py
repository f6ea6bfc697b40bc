"""nnbook: neural networks in pure NumPy, one line of code for each equation of the course.

>>> import numpy as np
>>> import nnbook as nn
>>> rng = np.random.default_rng(0)
>>> network = nn.Sequential(nn.Dense(2, 3, rng=rng), nn.Tanh(), nn.Dense(3, 1, rng=rng))
>>> loss, optimizer = nn.MeanSquaredError(), nn.SGD(0.1)
>>> X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [1]])
>>> before = loss.forward(network.forward(X), y)
>>> for _ in range(100):
...     value = loss.forward(network.forward(X), y)
...     network.backward(loss.backward())
...     optimizer.step(network.parameters(), network.gradients())
>>> value < before
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import errors, initializers, metrics
from .activations import (
    Activation,
    LeakyReLU,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
    log_softmax,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from .convolution import AvgPool2D, Conv2D, MaxPool2D, conv_output_size, correlate2d
from .errors import GradientMismatch, ModelFileError, TrainingDiverged
from .layers import Dense, Dropout, Flatten, Layer, Residual
from .losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    HalfSquaredError,
    Loss,
    MeanSquaredError,
    SigmoidBinaryCrossEntropy,
    SoftmaxCrossEntropy,
)
from .network import Sequential, load
from .normalization import BatchNorm, LayerNorm
from .optimizers import SGD, Adam, Optimizer, RMSProp
from .sequences import Attention, Embedding
from .training import History

if TYPE_CHECKING:
    from . import datasets, exercises, experiments, plot, widgets
    from .gradient_check import GradientReport, check_gradients, compare, numerical_gradient
    from .microscope import microscope

__version__ = "0.1.0"

__all__ = [
    "SGD",
    "Activation",
    "Adam",
    "Attention",
    "AvgPool2D",
    "BatchNorm",
    "BinaryCrossEntropy",
    "Conv2D",
    "CrossEntropy",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "GradientMismatch",
    "GradientReport",
    "HalfSquaredError",
    "History",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Loss",
    "MaxPool2D",
    "MeanSquaredError",
    "ModelFileError",
    "Optimizer",
    "RMSProp",
    "ReLU",
    "Residual",
    "Sequential",
    "Sigmoid",
    "SigmoidBinaryCrossEntropy",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Tanh",
    "TrainingDiverged",
    "check_gradients",
    "compare",
    "conv_output_size",
    "correlate2d",
    "datasets",
    "errors",
    "exercises",
    "experiments",
    "initializers",
    "load",
    "log_softmax",
    "metrics",
    "microscope",
    "numerical_gradient",
    "plot",
    "relu",
    "sigmoid",
    "softmax",
    "tanh",
    "widgets",
]


# imported when first used: so `import nnbook` is quick, and needs NumPy only
_LATER = {
    "datasets": "",
    "exercises": "",
    "experiments": "",
    "plot": "",
    "widgets": "",
    "GradientReport": "gradient_check",
    "check_gradients": "gradient_check",
    "compare": "gradient_check",
    "microscope": "microscope",
    "numerical_gradient": "gradient_check",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        module = import_module(f"{__name__}.{_LATER[name] or name}")
        globals()[name] = getattr(module, name) if _LATER[name] else module
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
