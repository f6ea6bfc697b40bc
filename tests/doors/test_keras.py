"""Chapter 00 rebuilds a Keras program in NumPy; Keras must say the same."""

import numpy as np
import pytest

import nnbook as nn

keras = pytest.importorskip("keras", "3", reason="Keras is not installed; run `make doors`")
pytestmark = pytest.mark.filterwarnings("default")  # the warnings of Keras are not ours
SINGLE = {"rtol": 1e-6, "atol": 1e-6}  # Keras computes in single precision


def keras_model():
    layer = keras.layers.Dense(units=1, kernel_initializer="zeros")
    model = keras.Sequential([keras.layers.Input(shape=(1,)), layer])
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mean_squared_error")
    return model


def nnbook_losses(network, X, Y, batch_size):
    """Train for ten epochs, and return the loss before each update."""
    loss, optimizer, losses = nn.MeanSquaredError(), nn.SGD(0.01), []
    for i in [*range(0, len(X), batch_size)] * 10:
        batch = slice(i, i + batch_size)
        losses.append(loss.forward(network.forward(X[batch]), Y[batch]))
        network.backward(loss.backward())
        optimizer.step(network.parameters(), network.gradients())
    return losses


@pytest.mark.parametrize(("batch_size", "updates"), [(5, 10), (2, 30)])
def test_keras_takes_the_same_steps(batch_size, updates):
    X, Y = nn.datasets.hello_world()
    model = keras_model()
    history = model.fit(X, Y, batch_size=batch_size, epochs=10, shuffle=False, verbose=0)
    network = nn.Sequential(nn.Dense(1, 1, rng=0, weight_init=nn.initializers.zeros))
    losses = nnbook_losses(network, X, Y, batch_size)

    assert int(model.optimizer.iterations) == len(losses) == updates
    for theirs, ours in zip(model.get_weights(), network.parameters(), strict=True):
        np.testing.assert_allclose(theirs, ours, **SINGLE)
    predictions = model.predict(np.array([[1.0], [5.0]]), verbose=0)
    np.testing.assert_allclose(predictions, network.predict([[1.0], [5.0]]), **SINGLE)
    if batch_size == 5:  # then Keras reports the loss before each update
        np.testing.assert_allclose(history.history["loss"], losses, **SINGLE)
        parameters = np.concatenate([p.ravel() for p in model.get_weights()])
        np.testing.assert_allclose(parameters, [0.90974, 0.21391], atol=6e-6)
        np.testing.assert_allclose(predictions[:, 0], [1.12364, 4.76260], atol=6e-6)


def test_keras_has_the_defaults_that_the_chapter_tells():
    with pytest.warns(UserWarning, match="input_shape"):
        model = keras.Sequential([keras.layers.Dense(units=1, input_shape=[1])])
    model.compile(optimizer="sgd", loss="mean_squared_error")
    x = np.array([1.0, 2.0, 3.0, 4.0, 6.0], dtype=float)
    model.fit(x, x, epochs=10, verbose=0)
    assert model.count_params() == 2
    assert int(model.optimizer.iterations) == 10  # five samples are one batch
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01)
    model.fit(np.ones((33, 1)), np.ones((33, 1)), verbose=0)
    assert int(model.optimizer.iterations) == 12  # thirty-three are two


def test_keras_starts_where_the_chapter_says():
    starts = []
    for _ in range(100):
        layer = keras.layers.Dense(units=1)
        layer.build((None, 1))
        starts.append([p.item() for p in layer.get_weights()])
    w, b = np.transpose(starts)
    assert 1.5 < np.abs(w).max() <= 3**0.5
    assert not b.any()


def test_keras_refuses_the_program_as_it_was_scanned():
    with pytest.raises(TypeError, match="not iterable"):
        keras.Sequential(keras.layers.Dense(units=1))  # the list lost its brackets
    with pytest.raises(ValueError, match="Unrecognized data type"):
        keras_model().predict([5.0], verbose=0)
