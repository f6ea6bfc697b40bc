import nnbook as nn


def test_a_gradient_mismatch_fails_a_test_like_an_assert():
    assert issubclass(nn.GradientMismatch, AssertionError)
    assert nn.GradientMismatch is nn.errors.GradientMismatch


def test_diverged_training_is_an_arithmetic_error():
    assert issubclass(nn.TrainingDiverged, ArithmeticError)
    assert nn.TrainingDiverged is nn.errors.TrainingDiverged
