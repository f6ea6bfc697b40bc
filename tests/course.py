"""What the page checks have to be told of this course: nothing else in them knows it."""

import numpy as np

import nnbook as nn

# formulas that have no layer to meet, with the reason
WITHOUT_LAYER = frozenset(
    {
        "2.1",  # the chain-rule warm-up: no layer computes an exponential of a square
        "8.2",  # a valley with two bottoms, w⁴ - 3w² + w: a toy cost
        "8.3",  # a saddle, w1² - w2²: a toy cost
        "8.4",
    }
)

# --- words and numbers ---------------------------------------------------------------------------

ITEM = r"\bN[0-4X]-\d{2,3}\b"  # the code of an item of the notes

# chapters that are announced and not yet written
PLANNED = frozenset({"13"})

# what formulas call the functions of the course, and what numbers without a source are computed with
FUNCTIONS = {r"\sigma": nn.sigmoid}
NAMES = {"np": np, "nn": nn}

# graders whose question holds a number that the text leaves to the reader, or spells out
SAYING_MORE = frozenset(
    {
        "convolution_layers.as_many",  # 6 x 6 is 36
        "convolution_layers.winners",  # nine windows of 2 x 2 with stride 1 need 4 x 4
        "digits.price_and_share",  # a share is between 0 and 1
        "logistic_regression.safe_loss",  # the loss for (40, 1)
    }
)
