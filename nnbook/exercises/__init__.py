"""Graded exercises: `check` prints one line, and accepts every correct form of an answer.

The exercises of a chapter are in the module of its name:

>>> from nnbook.exercises import check, delta_rule
>>> check(delta_rule.largest_rate, ...)
Exercise 1.2: not attempted yet
>>> check(delta_rule.largest_rate, 1 / 3)
Exercise 1.2: passed
"""

from importlib import import_module
from types import ModuleType

from .grading import check

__all__ = [
    "adversarial_examples", "attention", "automatic_differentiation", "backpropagation", "check",
    "convolution", "convolution_backward", "convolutional_layers", "decisions", "delta_rule",
    "digits", "errata_of_the_field", "evaluation", "generalisation", "initialisation",
    "layer_classes", "logistic_regression", "multi_neuron_backprop", "optimisers",
    "parallel_training", "pytorch", "single_neuron_chain", "softmax_classes", "start_here",
    "vectorised_batches", "xor",
]  # fmt: skip


def __getattr__(name: str) -> ModuleType:
    """Import the module of a chapter when its name is first used."""
    if name in __all__:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
