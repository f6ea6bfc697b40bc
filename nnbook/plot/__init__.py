"""Drawings of networks, training and data, in one style.

The only part of the package that imports matplotlib, with the figures of the chapters, which build
on it. Every function draws on ``ax``, or on a new figure where it is None, and returns the Axes; it
alters none of its inputs and never calls ``plt.show()``. Numbers of the forward pass are blue, and
gradients orange.
"""

from .charts import (
    accuracies,
    confusion_matrix,
    curves,
    heat_map,
    layer_norms,
    loss_curves,
    mark,
    reliability_diagram,
)
from .diagrams import chain, network
from .images import feature_maps, filters, image_grid
from .style import BACKWARD, COLORS, FORWARD, show, style
from .surfaces import decision_boundary, descent_path, error_surface

__all__ = [
    "BACKWARD",
    "COLORS",
    "FORWARD",
    "accuracies",
    "chain",
    "confusion_matrix",
    "curves",
    "decision_boundary",
    "descent_path",
    "error_surface",
    "feature_maps",
    "filters",
    "heat_map",
    "image_grid",
    "layer_norms",
    "loss_curves",
    "mark",
    "network",
    "reliability_diagram",
    "show",
    "style",
]
