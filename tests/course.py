"""What the page checks have to be told of this course: nothing else in them knows it."""

# formulas that have no layer to meet, with the reason
WITHOUT_LAYER = frozenset(
    {
        "2.1",  # the chain-rule warm-up: no layer computes an exponential of a square
        "8.2",  # a valley with two bottoms, w⁴ - 3w² + w: a toy cost
        "8.3",  # a saddle, w1² - w2²: a toy cost
        "8.4",
    }
)
