"""What a teacher would draw on the board, in one house style.

The only part of the package that imports matplotlib. Every function draws on ``ax`` (or on a new
figure of the house size), returns the Axes, alters none of its inputs and never calls
``plt.show()``. The numbers flowing forward are blue, the derivatives flowing backward orange.
"""

from .batches import parts, passes, product, tables
from .beyond import bars, graph
from .boxes import boxes
from .charts import (
    curves,
    decision_boundary,
    error_surface,
    heat_map,
    layer_norms,
    loss_curves,
    mark,
    rates,
)
from .classes import pushes, regions, triangle
from .cutting import cut_and_fold
from .depth import bypass, layer_histograms
from .folds import fold, name_points
from .holding import masks, reliability, saliency
from .house import BACKWARD, COLORS, FORWARD, show, style
from .images import convolution, feature_maps, fed_outputs, filters, pixel_counts
from .maps import course_map
from .networks import chain, network, neuron_chain, paths
from .readers import answers, pictures, shares, stacks
from .routes import routes
from .rows import entries
from .sliding import groups, responses, staircase
from .tallies import tally
from .valleys import compare_walks, cut_arrows
from .volumes import channels, volume, volumes
from .walks import floors, side_view, top_view, walk
from .windows import pooling, shared, steps
from .workers import star_and_ring
from .yes_no import boundaries, chances

__all__ = [
    "BACKWARD",
    "COLORS",
    "FORWARD",
    "answers",
    "bars",
    "boundaries",
    "boxes",
    "bypass",
    "chain",
    "chances",
    "channels",
    "compare_walks",
    "convolution",
    "course_map",
    "curves",
    "cut_and_fold",
    "cut_arrows",
    "decision_boundary",
    "entries",
    "error_surface",
    "feature_maps",
    "fed_outputs",
    "filters",
    "floors",
    "fold",
    "graph",
    "groups",
    "heat_map",
    "layer_histograms",
    "layer_norms",
    "loss_curves",
    "mark",
    "masks",
    "name_points",
    "network",
    "neuron_chain",
    "parts",
    "passes",
    "paths",
    "pictures",
    "pixel_counts",
    "pooling",
    "product",
    "pushes",
    "rates",
    "regions",
    "reliability",
    "responses",
    "routes",
    "saliency",
    "shared",
    "shares",
    "show",
    "side_view",
    "stacks",
    "staircase",
    "star_and_ring",
    "steps",
    "style",
    "tables",
    "tally",
    "top_view",
    "triangle",
    "volume",
    "volumes",
    "walk",
]
