"""What a teacher would draw on the board, in one house style.

The only part of the package that imports matplotlib. Every function draws on ``ax`` (or on a new
figure of the house size), returns the Axes, alters none of its inputs and never calls
``plt.show()``. The numbers flowing forward are blue, the derivatives flowing backward orange.
"""

from .batches import parts, passes, product, tables
from .boxes import boxes
from .charts import (
    curves,
    decision_boundary,
    error_surface,
    heat_map,
    layer_norms,
    loss_curves,
    mark,
)
from .classes import pushes, regions, triangle
from .cutting import cut_and_fold
from .folds import fold, name_points, rates
from .house import BACKWARD, COLORS, FORWARD, show, style
from .images import convolution, feature_maps, fed_outputs, filters, pixel_counts
from .maps import course_map
from .networks import chain, network, neuron_chain, paths
from .routes import routes
from .rows import entries
from .shares import pooling, shared, steps
from .sliding import responses, staircase
from .volumes import channels, volume, volumes
from .walks import floors, side_view, top_view, walk
from .yes_no import boundaries, chances

__all__ = [
    "BACKWARD",
    "COLORS",
    "FORWARD",
    "blame_table",
    "boundaries",
    "boxes",
    "chain",
    "chances",
    "channels",
    "convolution",
    "course_map",
    "curves",
    "cut_and_fold",
    "decision_boundary",
    "entries",
    "error_surface",
    "feature_maps",
    "fed_outputs",
    "filters",
    "floors",
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
    "pooling",
    "product",
    "pushes",
    "rates",
    "regions",
    "responses",
    "routes",
    "shared",
    "show",
    "side_view",
    "staircase",
    "steps",
    "style",
    "tables",
    "top_view",
    "triangle",
    "volume",
    "volumes",
    "walk",
]
