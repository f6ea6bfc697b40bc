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

__version__ = "0.1.0"

# what is public, by the module it is in; without one, it is a module. Each is imported when it is
# first used: so `import nnbook` is quick, and what is heavy is loaded where it is needed
_NAMES = {
    "": "autodiff datasets errors exercises experiments initializers metrics plot schedules"
    " widgets",
    "data": "batches one_hot train_validation_split",
    "early_stopping": "EarlyStopping",
    "errors": "GradientMismatch ModelFileError TrainingDiverged",
    "gradient_check": "GradientReport check_gradients compare numerical_gradient",
    "history": "History",
    "layers": "",
    "layers.activations": "Activation LeakyReLU ReLU Sigmoid Softmax Tanh"
    " log_softmax relu sigmoid softmax tanh",
    "layers.base": "Layer",
    "layers.convolution": "AvgPool2D Conv2D MaxPool2D conv_output_size correlate2d",
    "layers.dense": "Dense Dropout Flatten Residual",
    "layers.normalization": "BatchNorm LayerNorm",
    "layers.sequences": "Attention Embedding",
    "losses": "BinaryCrossEntropy CrossEntropy HalfSquaredError Loss MeanSquaredError"
    " SigmoidBinaryCrossEntropy SoftmaxCrossEntropy",
    "microscope": "microscope",
    "network": "Sequential load",
    "optimizers": "SGD Adam AdamW Optimizer RMSProp",
    "validation": "",  # a module to look into, as the others are
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}

if TYPE_CHECKING:  # type checkers do not read the table; a test holds it beside these lines
    from . import autodiff as autodiff
    from . import datasets as datasets
    from . import errors as errors
    from . import exercises as exercises
    from . import experiments as experiments
    from . import initializers as initializers
    from . import metrics as metrics
    from . import plot as plot
    from . import schedules as schedules
    from . import widgets as widgets
    from .data import batches as batches
    from .data import one_hot as one_hot
    from .data import train_validation_split as train_validation_split
    from .early_stopping import EarlyStopping as EarlyStopping
    from .errors import GradientMismatch as GradientMismatch
    from .errors import ModelFileError as ModelFileError
    from .errors import TrainingDiverged as TrainingDiverged
    from .gradient_check import GradientReport as GradientReport
    from .gradient_check import check_gradients as check_gradients
    from .gradient_check import compare as compare
    from .gradient_check import numerical_gradient as numerical_gradient
    from .history import History as History
    from .layers.activations import Activation as Activation
    from .layers.activations import LeakyReLU as LeakyReLU
    from .layers.activations import ReLU as ReLU
    from .layers.activations import Sigmoid as Sigmoid
    from .layers.activations import Softmax as Softmax
    from .layers.activations import Tanh as Tanh
    from .layers.activations import log_softmax as log_softmax
    from .layers.activations import relu as relu
    from .layers.activations import sigmoid as sigmoid
    from .layers.activations import softmax as softmax
    from .layers.activations import tanh as tanh
    from .layers.base import Layer as Layer
    from .layers.convolution import AvgPool2D as AvgPool2D
    from .layers.convolution import Conv2D as Conv2D
    from .layers.convolution import MaxPool2D as MaxPool2D
    from .layers.convolution import conv_output_size as conv_output_size
    from .layers.convolution import correlate2d as correlate2d
    from .layers.dense import Dense as Dense
    from .layers.dense import Dropout as Dropout
    from .layers.dense import Flatten as Flatten
    from .layers.dense import Residual as Residual
    from .layers.normalization import BatchNorm as BatchNorm
    from .layers.normalization import LayerNorm as LayerNorm
    from .layers.sequences import Attention as Attention
    from .layers.sequences import Embedding as Embedding
    from .losses import BinaryCrossEntropy as BinaryCrossEntropy
    from .losses import CrossEntropy as CrossEntropy
    from .losses import HalfSquaredError as HalfSquaredError
    from .losses import Loss as Loss
    from .losses import MeanSquaredError as MeanSquaredError
    from .losses import SigmoidBinaryCrossEntropy as SigmoidBinaryCrossEntropy
    from .losses import SoftmaxCrossEntropy as SoftmaxCrossEntropy
    from .microscope import microscope as microscope
    from .network import Sequential as Sequential
    from .network import load as load
    from .optimizers import SGD as SGD
    from .optimizers import Adam as Adam
    from .optimizers import AdamW as AdamW
    from .optimizers import Optimizer as Optimizer
    from .optimizers import RMSProp as RMSProp
else:
    __all__ = sorted(_HOME)

    def __getattr__(name: str) -> Any:
        if name not in _HOME and name not in _NAMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = _HOME.get(name)
        module = import_module(f"{__name__}.{home or name}")
        globals()[name] = value = getattr(module, name) if home else module
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
