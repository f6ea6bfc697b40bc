"""What one can do with layers and loops of one's own: the scripts in examples/ run, and hold."""

import numpy as np
import pytest
from specimens import EXAMPLES, example

import nnbook as nn


def test_every_script_is_run_here():
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    doors = {"ddp"}  # run on page 15b
    assert names == {"own_layer", "table", "augmentation", "branches", "digits"} | doors


def test_the_own_layer_learns_and_comes_back(tmp_path):
    module = example("own_layer")
    assert min(module.main(tmp_path / "own.npz", seed) for seed in range(5)) > 0.9


def test_the_own_layer_with_threads_and_a_checkpoint(tmp_path):
    pytest.importorskip("threadpoolctl", reason="threads need threadpoolctl")
    module, options = (
        example("own_layer"),
        {"loss": nn.MeanSquaredError(), "optimizer": nn.SGD(0.1)},
    )
    X, y = np.random.default_rng(0).normal(size=(9, 2)), np.ones((9, 1))
    with pytest.raises(ValueError, match=r"Normalise\(16\), which keeps a state"):
        module.make(0).fit(X, y, epochs=1, threads=2, **options)
    path = tmp_path / "run.npz"
    whole, first, again = module.make(0), module.make(0), module.make(1)
    whole.fit(X, y, epochs=4, **options)
    first.fit(X, y, epochs=2, checkpoint=path, **options)
    again.fit(X, y, epochs=4, checkpoint=path, **options)
    assert np.array_equal(again.predict(X), whole.predict(X))
    assert not np.array_equal(again.predict(X), first.predict(X))


def test_the_table_stops_early_with_the_best_weights():
    module = example("table")
    results = [module.main(seed) for seed in range(3)]
    for history, stopping, found, cleared in results:
        assert stopping.best_epoch == int(np.argmin(history.validation_loss)) + 1
        assert len(history.loss) == stopping.best_epoch + 15 < 500
        assert min(found, cleared) > 0.6
    _, y = module.table(3000, np.random.default_rng(0))
    assert 0.03 < y.mean() < 0.07
    assert results[0][0] == module.main(0)[0]


def test_moved_images_teach_what_images_as_they_are_do_not(tmp_path):
    module = example("augmentation")
    plain, moved = module.main(False, epochs=4), module.main(True, epochs=4)
    assert plain + 0.05 < moved
    for epochs in (2, 4):  # interrupted, and resumed
        resumed = module.main(True, epochs=epochs, checkpoint=tmp_path / "run.npz")
    assert resumed == moved


def test_two_branches_and_a_transformer_block_learn_and_come_back(tmp_path):
    module = example("branches")
    assert min(module.main(tmp_path / "branches.npz", seed) for seed in range(2)) > 0.9


def test_digits_with_a_schedule_stop_early():
    history, stopping, accuracy = example("digits").main(epochs=6)
    assert stopping.best_epoch <= len(history.loss) <= 6
    assert accuracy > 0.9
