"""Graded exercises: `check` prints one line, and accepts every correct form of an answer.

The exercises of a chapter are in the module of its name:

>>> from nnbook.exercises import check, delta_rule
>>> check(delta_rule.largest_rate, ...)
Exercise 1.2: not attempted yet
>>> check(delta_rule.largest_rate, 0.4)
Exercise 1.2: passed
"""

from . import (
    convolution,
    convolution_layers,
    delta_rule,
    digits,
    layer_classes,
    logistic_regression,
    multi_neuron_backprop,
    single_neuron_chain,
    softmax_classes,
    start_here,
    training_dynamics,
    two_layer_network,
    vectorised_batches,
    xor,
)
from .grading import check

__all__ = [
    "check",
    "convolution",
    "convolution_layers",
    "delta_rule",
    "digits",
    "layer_classes",
    "logistic_regression",
    "multi_neuron_backprop",
    "single_neuron_chain",
    "softmax_classes",
    "start_here",
    "training_dynamics",
    "two_layer_network",
    "vectorised_batches",
    "xor",
]
