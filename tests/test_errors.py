import nnbook as nn


def test_a_gradient_mismatch_fails_a_test_like_an_assert():
    assert issubclass(nn.GradientMismatch, AssertionError)
    assert nn.GradientMismatch is nn.errors.GradientMismatch
