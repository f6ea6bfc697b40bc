"""Learning-rate schedules: their ends, their middle, and what they refuse."""

import numpy as np
import pytest
from specimens import refused

from nnbook.schedules import cosine, step, warmup


def test_a_cosine_goes_half_a_period_from_one_end_to_the_other():
    rate = cosine(0.2, 10, final=0.1)
    assert [rate(0), rate(5), rate(10), rate(99)] == pytest.approx([0.2, 0.15, 0.1, 0.1])
    assert np.all(np.diff([rate(t) for t in range(11)]) < 0)
    assert cosine(0.2, 10)(10) == pytest.approx(0.0002)


def test_steps_and_warm_up():
    assert [step(1, 3, factor=0.5)(t) for t in (0, 2, 3, 6)] == [1, 1, 0.5, 0.25]
    rate = warmup(4, cosine(0.1, 10))
    assert [rate(t) for t in range(5)] == pytest.approx([0.02, 0.04, 0.06, 0.08, 0.1])
    assert rate(9) == cosine(0.1, 10)(5)


test_impossible_settings_are_refused = refused(
    (lambda: cosine(0, 10), ValueError, "cosine expects initial to be above 0"),
    (lambda: cosine(0.1, 0), ValueError, "epochs to be at least 1"),
    (lambda: step(0.1, 2, factor=-1), ValueError, "factor to be above 0"),
    (lambda: warmup(0, step(0.1, 2)), ValueError, "epochs to be at least 1"),
    (lambda: warmup(5, 0.1), TypeError, r"then to be a schedule, .* got 0\.1"),
)
