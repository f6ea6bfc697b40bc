"""What a teacher would draw on the board, in one house style.

The only part of the package that imports matplotlib. Every function draws on ``ax`` (or on a new
figure of the house size), returns the Axes, alters none of its inputs and never calls
``plt.show()``. The numbers flowing forward are blue, the derivatives flowing backward orange.
"""

from .batches import parts, passes, product, tables
from .charts import (
    curves,
    decision_boundary,
    error_surface,
    heat_map,
    layer_norms,
    loss_curves,
    mark,
    side_view,
    walk,
)
from .folds import fold, name_points, rates
from .house import BACKWARD, COLORS, FORWARD, show, style
from .images import convolution, feature_maps, fed_outputs, filters, pixel_counts
from .maps import course_map
from .networks import blame_table, chain, network, neuron_chain, paths
from .routes import routes
from .rows import entries
from .yes_no import boundaries, chances

__all__ = [
    "BACKWARD",
    "COLORS",
    "FORWARD",
    "blame_table",
    "boundaries",
    "chain",
    "chances",
    "convolution",
    "course_map",
    "curves",
    "decision_boundary",
    "entries",
    "error_surface",
    "feature_maps",
    "fed_outputs",
    "filters",
    "fold",
    "heat_map",
    "layer_norms",
    "loss_curves",
    "mark",
    "name_points",
    "network",
    "neuron_chain",
    "parts",
    "passes",
    "paths",
    "pixel_counts",
    "product",
    "rates",
    "routes",
    "show",
    "side_view",
    "style",
    "tables",
    "walk",
]
