import copy
import pickle
import pydoc
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from equations import check_index_equations, run, stated
from hypothesis import given
from hypothesis import strategies as st
from specimens import Named, Residual, own_network
from strategies import generators, matrices, read_only

import nnbook as nn
from nnbook.layers.tree import generators_of
from nnbook.serialization import describe


@given(matrices(), st.integers(1, 5), generators())
def test_dense_is_its_equation(X, n_out, rng):
    layer = nn.Dense(X.shape[1], n_out, rng=rng)
    layer.parameters["b"][:] = rng.normal(size=n_out)
    W, b = layer.parameters["W"], layer.parameters["b"]
    loops = [
        [sum(row[i] * W[i, k] for i in range(len(row))) + b[k] for k in range(n_out)] for row in X
    ]
    assert np.allclose(layer.forward(X), loops)


@given(matrices(), st.integers(1, 5), generators())
def test_dense_gradients_are_sums_over_the_samples(X, n_out, rng):
    layer = nn.Dense(X.shape[1], n_out, rng=rng)
    grad = rng.normal(size=layer.forward(X).shape)
    dX = layer.backward(grad)
    assert np.allclose(layer.gradients["W"], sum(map(np.outer, X, grad)))
    assert np.allclose(layer.gradients["b"], sum(grad))
    assert np.allclose(dX, [layer.parameters["W"] @ g for g in grad])


@given(st.integers(1, 5), st.integers(1, 5), generators())
def test_dense_gradients_are_derivatives(n_in, n_out, rng):
    layer = nn.Dense(n_in, n_out, rng=rng)
    nn.check_gradients(layer, rng.normal(size=(7, n_in)), rng=rng)


def test_the_first_weights_follow_the_seed_and_the_biases_are_zero():
    first, second, other = nn.Dense(3, 4, rng=5), nn.Dense(3, 4, rng=5), nn.Dense(3, 4, rng=6)
    assert np.array_equal(first.parameters["W"], second.parameters["W"])
    assert not np.array_equal(first.parameters["W"], other.parameters["W"])
    assert not first.parameters["b"].any()


def test_parameters_and_gradients_have_the_same_names_and_shapes():
    layer = nn.Dense(3, 4, rng=0)
    for _ in range(2):  # before and after a backward
        assert list(layer.parameters) == list(layer.gradients) == ["W", "b"]
        for name, p in layer.parameters.items():
            assert layer.gradients[name].shape == p.shape
            assert layer.gradients[name].dtype == p.dtype
        layer.forward(np.ones((2, 3)))
        layer.backward(np.ones((2, 4)))


def test_initializers_of_the_caller_are_used():
    layer = nn.Dense(
        2, 3, rng=0, weight_init=nn.initializers.constant(2), bias_init=nn.initializers.constant(-1)
    )
    assert layer.forward([[1, 1]]).tolist() == [[3, 3, 3]]


def test_gradients_are_assigned_and_not_added():
    layer = nn.Dense(2, 1, rng=0)
    layer.forward([[1, 2]])
    layer.backward([[1]])
    layer.backward([[1]])
    assert layer.gradients["W"].tolist() == [[1], [2]]


def test_backward_answers_the_latest_forward():
    layer = nn.Dense(2, 1, rng=0)
    layer.forward([[100, 200]])
    layer.forward([[1, 2]])
    layer.backward([[1]])
    assert layer.gradients["W"].tolist() == [[1], [2]]


def test_the_first_duty_alone_assigns_the_same_gradients():
    layer = nn.Dense(2, 2, rng=0)
    layer.forward([[1, 2], [3, 4]])
    layer.backward([[1, 2], [3, 4]])
    kept = {name: g.copy() for name, g in layer.gradients.items()}
    layer.forward([[1, 2], [3, 4]])
    layer.backward([[1, 2], [3, 4]], input_gradient=False)
    for name, g in layer.gradients.items():
        assert np.array_equal(g, kept[name])


@pytest.mark.parametrize("make", [lambda: nn.Dense(2, 1, rng=0), nn.Sigmoid, nn.ReLU])
def test_backward_without_forward_is_a_runtime_error(make):
    with pytest.raises(RuntimeError, match="call forward first"):
        make().backward([[1.0]])


@pytest.mark.parametrize("make", [lambda: nn.Dense(2, 1, rng=0), nn.Tanh])
def test_a_gradient_of_the_wrong_shape_is_a_value_error(make):
    layer = make()
    layer.forward(np.ones((3, 2)))
    with pytest.raises(ValueError, match="the shape of its latest output, got"):
        layer.backward(np.ones(3))


@pytest.mark.parametrize("sizes", [(0, 1), (1, 0), (-1, 1)])
def test_sizes_below_one_are_value_errors(sizes):
    with pytest.raises(ValueError, match="at least 1"):
        nn.Dense(*sizes, rng=0)


@pytest.mark.parametrize("sizes", [(1.5, 1), ("2", 1), (None, 1)])
def test_sizes_that_are_no_whole_numbers_are_type_errors(sizes):
    with pytest.raises(TypeError, match="whole number"):
        nn.Dense(*sizes, rng=0)


def test_forgetting_rng_says_what_to_write():
    with pytest.raises(TypeError, match=r"Dense\(2, 3\).*write rng=0"):
        nn.Dense(2, 3)


def test_one_sample_without_its_batch_axis_says_what_to_write():
    with pytest.raises(
        ValueError, match=r"Dense\(3, 2\) expects input of shape \(m, 3\), got \(3,\)"
    ):
        nn.Dense(3, 2, rng=0).forward(np.ones(3))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_layer_computes_in_the_type_of_its_parameters(dtype):
    layer = nn.Dense(2, 3, rng=0).astype(dtype)
    assert layer.forward(np.ones((4, 2))).dtype == dtype
    assert layer.backward(np.ones((4, 3), dtype)).dtype == dtype
    assert {g.dtype for g in layer.gradients.values()} == {np.dtype(dtype)}


@given(matrices(columns=st.just(3)), generators())
def test_nothing_of_the_callers_is_altered_or_shared(X, rng):
    layer = nn.Dense(3, 2, rng=rng)
    X, grad = read_only(X), read_only(rng.normal(size=(len(X), 2)))
    Y, dX = layer.forward(X), layer.backward(grad)
    for mine in (Y, dX, *layer.gradients.values()):
        assert not np.shares_memory(mine, X)
        assert not np.shares_memory(mine, grad)


def test_integers_of_one_byte_do_not_wrap():
    layer = nn.Dense(2, 1, rng=0, weight_init=nn.initializers.constant(2))
    assert layer.forward(np.array([[200, 100]], np.uint8)).tolist() == [[600]]


def test_a_layer_of_ones_own_needs_three_lines():
    class Double(nn.Layer):
        def _forward(self, X):
            return 2 * X

        def _input_gradient(self, grad):
            return 2 * grad

    nn.check_gradients(Double(), [[1.0, 2.0]], rng=0)
    assert repr(Double()) == "Double()"


def test_the_base_layer_leaves_the_mathematics_to_its_heirs():
    with pytest.raises(NotImplementedError):
        nn.Layer().forward([[1.0]])


def test_a_cast_forgets_the_latest_forward():
    layer = nn.Dense(2, 1, rng=0)
    layer.forward([[1, 2]])
    layer.astype(np.float32)
    with pytest.raises(RuntimeError, match="call forward first"):
        layer.backward([[1]])


def test_dropout_silences_its_share_and_keeps_the_mean():
    layer = nn.Dropout(0.3, rng=0)
    Y = layer.forward(np.ones((200, 200)))
    assert np.isclose((Y == 0).mean(), 0.3, atol=0.01)
    assert np.isclose(Y.mean(), 1, atol=0.02)
    assert np.allclose(np.unique(Y), [0, 1 / 0.7])


def test_dropout_passes_the_gradient_where_it_passed_the_signal():
    layer = nn.Dropout(0.5, rng=0)
    X = np.random.default_rng(1).normal(size=(6, 5))
    Y = layer.forward(read_only(X))
    assert np.allclose(layer.backward(read_only(np.ones_like(X))) * X, Y)


def test_dropout_draws_anew_and_follows_its_seed():
    first, second = nn.Dropout(0.5, rng=3), nn.Dropout(0.5, rng=3)
    one, other = first.forward(np.ones(50)), first.forward(np.ones(50))
    assert not np.array_equal(one, other)
    assert np.array_equal(one, second.forward(np.ones(50)))


def test_dropout_lets_everything_through_in_predict():
    layer = nn.Dropout(0.9, rng=0)
    assert layer.predict([[1, 2]]).tolist() == [[1, 2]]
    assert nn.Dropout(0, rng=0).forward([[1, 2]]).tolist() == [[1, 2]]
    assert repr(nn.Dropout(0.25, rng=0)) == "Dropout(0.25)"


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5, float("nan")])
def test_dropout_wants_a_share_below_one(rate):
    with pytest.raises(ValueError, match="Dropout expects rate"):
        nn.Dropout(rate, rng=0)


def test_dropout_needs_a_generator():
    with pytest.raises(TypeError, match=r"Dropout\(0\.5\).*write rng=0"):
        nn.Dropout(0.5)


def test_dropout_keeps_float32():
    layer = nn.Dropout(0.5, rng=0)
    assert layer.forward(np.ones(3, np.float32)).dtype == np.float32


def test_flatten_lays_each_sample_out_in_a_row_and_back():
    layer = nn.Flatten()
    X = np.arange(24.0).reshape(2, 2, 3, 2)
    Y = layer.forward(X)
    assert Y.tolist() == X.reshape(2, 12).tolist()
    assert np.array_equal(layer.backward(Y), X)
    assert layer.forward(X[:0]).shape == (0, 12)
    assert layer.forward(np.ones((3, 4))).shape == (3, 4)
    nn.check_gradients(layer, X, rng=0)


# --- layers of one's own ----------------------------------------------------------------------


class Line(nn.Layer):
    """Y = a X + b; the gradients are assigned in the other order than the parameters stand."""

    def __init__(self):
        super().__init__()
        self.parameters = {"a": np.ones(1), "b": np.zeros(1)}

    def _forward(self, X):
        self.X = X
        return X * self.parameters["a"] + self.parameters["b"]

    def _assign_gradients(self, grad):
        self.gradients["b"] = grad.sum(axis=0)
        self.gradients["a"] = (grad * self.X).sum(axis=0)

    def _input_gradient(self, grad):
        return grad * self.parameters["a"]


def test_gradients_belong_to_parameters_by_name():
    network, T = nn.Sequential(Line()), np.arange(4.0)[:, None]
    nn.check_gradients(network, T + 1, rng=0)
    network.forward(T)
    network.backward(np.ones((4, 1)))
    assert [g.item() for g in network.gradients()] == [6, 4]
    history = network.fit(
        T, 2 * T + 1, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.05), epochs=300
    )
    assert history.loss[-1] < 1e-4
    assert np.allclose(np.ravel(network.parameters()), [2, 1], atol=0.05)


def test_before_the_first_backward_gradients_are_zero_in_the_shape_of_the_parameters():
    network = nn.Sequential(Line(), nn.Dense(1, 2, rng=0))
    assert [g.shape for g in network.gradients()] == [p.shape for p in network.parameters()]
    assert not any(g.any() for g in network.gradients())


def test_a_gradient_that_nobody_assigns_is_named():
    class Forgetful(Line):
        def _assign_gradients(self, grad):
            self.gradients["a"] = (grad * self.X).sum(axis=0)

    layer = Forgetful()
    layer.forward(np.ones((2, 1)))
    for back in (layer.backward, partial(layer.backward, input_gradient=False)):
        with pytest.raises(
            ValueError, match=r"Forgetful\(\).* got none for b; set self\.gradients"
        ):
            back(np.ones((2, 1)))


@pytest.mark.parametrize(
    ("base", "method", "hook"),
    [
        (nn.Layer, "forward", "_forward"),
        (nn.Layer, "backward", "_input_gradient"),
        (nn.Activation, "forward", "_function"),
        (nn.Activation, "backward", "_derivative"),
        (nn.Loss, "forward", "_loss"),
        (nn.Loss, "backward", "_gradient"),
        (nn.Optimizer, "step", "_update"),
    ],
)
def test_overriding_the_public_method_says_what_to_override(base, method, hook):
    message = f"Mine overrides {method}.*write {hook} instead"
    with pytest.raises(TypeError, match=message):
        type("Mine", (base,), {method: lambda self, *_: None})
    type("Mine", (base,), {method: lambda self, *_: None, hook: lambda self, *_: None})


@pytest.mark.parametrize("base", [nn.Layer, nn.Activation, nn.Loss, nn.Optimizer])
def test_help_shows_the_lines_to_write(base):
    hooks = {
        nn.Layer: ["_forward(self, X)", "_assign_gradients(self, grad)", "_input_gradient(self, grad)"],
        nn.Activation: ["_function(self, X)", "_derivative(self, X, Y)"],
        nn.Loss: ["_loss(self, predictions, targets)", "_gradient(self, predictions, targets)"],
        nn.Optimizer: ["_update(self, i, dp)"],
    }[base]  # fmt: skip
    text = pydoc.render_doc(base, renderer=pydoc.plaintext)
    assert all(hook in text for hook in hooks)


def test_settings_give_the_repr():
    class Norm(nn.Layer):
        settings = ("n", "rate")

        def __init__(self, n, rate=0.1):
            super().__init__()
            self.n, self.rate = n, rate

    assert repr(Norm(3)) == "Norm(3)"
    assert repr(Norm(3, rate=0.5)) == "Norm(3, rate=0.5)"
    assert repr(Residual(nn.Dense(2, 2, rng=0))) == "Residual(…)"


def test_layers_that_are_held_are_reached():
    network, X = own_network(), np.random.default_rng(1).normal(size=(7, 2))
    names = ["0.b", "1.0.0.W", "1.0.0.b", "1.0.2.W", "1.0.2.b", "2.0.W", "2.0.b"]
    assert list(network.named_parameters()) == names
    assert len(network.parameters()) == len(network.gradients()) == 7
    block = network[1].block
    assert network.parameters()[1] is block[0].parameters["W"]
    report = nn.check_gradients(network, X, rng=0)
    assert [array.name for array in report.arrays][1] == "layer 1.0.0 Dense(2, 3) W"
    before = [p.copy() for p in block.parameters()]
    network.fit(X, X[:, :1], loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1), epochs=2)
    assert not any(map(np.array_equal, before, block.parameters()))
    assert {p.dtype for p in network.astype(np.float32).parameters()} == {np.dtype("f4")}
    assert block[0].forward(np.ones((1, 2))).dtype == np.float32
    assert network[0].state["mean"].dtype == np.float32
    assert network[0].state["seen"].dtype == np.int64
    before = [p.copy() for p in block.parameters()]
    network.fit(X, X[:, :1], loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.1), epochs=1)
    assert not any(map(np.array_equal, before, block.parameters()))


def test_tables_reach_into_layers_that_are_held():
    network = own_network()
    assert [row[1:] for row in network.summary((2,)).rows] == [
        ((2,), 2, 0), ((2,), 0, 0), ((3,), 9, 6), ((3,), 0, 0), ((2,), 8, 6), ((1,), 3, 2),
    ]  # fmt: skip
    assert "1.0.2  Dense(3, 2)  (m, 2)" in repr(network.summary((2,)))
    assert "  1.0.2  Dense(3, 2)  8" in repr(network)
    trace = network.trace(np.ones((4, 2)))
    assert [t.position for t in trace.layers] == ["0", "1", "1.0.0", "1.0.1", "1.0.2", "2.0"]
    assert trace.layers[2].forward == ((4, 2), (4, 3))
    assert trace.layers[2].backward == ((4, 3), (4, 2))


def test_a_holder_that_stands_first_passes_the_blame_to_those_inside():
    block = nn.Sequential(nn.Dense(2, 2, rng=0))
    network = nn.Sequential(Residual(block), nn.Dense(2, 1, rng=1))
    network.forward(np.ones((3, 2)))
    network.backward(np.ones((3, 1)))
    assert all(g.any() for g in block.gradients())


def test_a_network_in_a_network_is_that_network():
    inner = nn.Sequential(nn.Dense(2, 3, rng=0), nn.Tanh())
    nested = nn.Sequential(inner, nn.Sequential(nn.Sequential(nn.Dense(3, 1, rng=1))))
    flat = nn.Sequential(*inner, nn.Dense(3, 1, rng=1))
    X = np.random.default_rng(2).normal(size=(5, 2))
    assert np.array_equal(nested.forward(X), flat.forward(X))
    one, other = (n.backward(np.ones((5, 1)), input_gradient=True) for n in (nested, flat))
    assert np.array_equal(one, other)
    assert all(map(np.array_equal, nested.gradients(), flat.gradients()))
    assert nested.gradients()[0] is inner.gradients()[0]
    nn.check_gradients(nested, X, rng=0)


def test_hidden_layers_unfinished_ones_and_the_same_one_twice_are_refused():
    class Hidden(nn.Layer):
        def __init__(self, block):
            super().__init__()
            self.block = block

    class Unfinished(nn.Layer):
        def __init__(self):
            self.n = 1

    dense = nn.Dense(2, 2, rng=0)
    with pytest.raises(ValueError, match=r"block is not; write self\.layers = \(self\.block,\)"):
        nn.Sequential(Hidden(dense))
    with pytest.raises(ValueError, match="block is not;"):
        nn.check_gradients(Hidden([dense]), np.ones((1, 2)), rng=0)
    with pytest.raises(TypeError, match=r"call super\(\).__init__\(\) first"):
        nn.Sequential(Unfinished())
    with pytest.raises(ValueError, match=r"same Dense\(2, 2\) object again at position 1"):
        nn.Sequential(Residual(dense), dense)


# --- predictions leave no trace ---------------------------------------------------------------


def every_kind():
    rng = np.random.default_rng(0)
    return nn.Sequential(
        nn.Conv2D(1, 2, 3, rng=rng),
        nn.ReLU(),
        nn.MaxPool2D(2),
        nn.AvgPool2D(1),
        nn.Flatten(),
        nn.Dropout(0.5, rng=rng),
        nn.Dense(8, 2, rng=rng),
        nn.Tanh(),
        own_network(),
        nn.Softmax(),
    )


def test_a_prediction_between_forward_and_backward_changes_nothing():
    network, (X1, X2) = every_kind(), np.random.default_rng(1).normal(size=(2, 3, 6, 6, 1))
    Y = network.forward(X1)
    alone = copy.deepcopy(network)
    alone.backward(np.arange(3.0)[:, None] * np.ones_like(Y))
    before = pickle.dumps(network)
    network.predict(X2)
    network.predict(X2, batch_size=2)
    network.evaluate(X2, np.ones((3, 1)), loss=nn.MeanSquaredError())
    network.summary((6, 6, 1))
    assert pickle.dumps(network) == before
    network.backward(np.arange(3.0)[:, None] * np.ones_like(Y))
    assert all(map(np.array_equal, network.gradients(), alone.gradients()))


def test_no_activations_stay_behind_after_a_prediction():
    network = every_kind()
    before = len(pickle.dumps(network))
    network.predict(np.zeros((300, 6, 6, 1)))
    network.predict(np.zeros((300, 6, 6, 1)), batch_size=64)
    assert len(pickle.dumps(network)) == before


def test_layers_that_are_held_predict_too():
    block = nn.Sequential(nn.Dropout(0.9, rng=0), nn.Dense(2, 2, rng=0))
    layer = Residual(block)
    X = np.random.default_rng(1).normal(size=(5, 2))
    assert np.array_equal(layer.predict(X), X + block[1].predict(X))
    assert np.array_equal(nn.Sequential(layer).predict(X), layer.predict(X))
    assert not np.array_equal(layer.forward(X), layer.predict(X))


def test_two_threads_may_predict_at_once():
    network = every_kind()
    Xs = np.random.default_rng(1).normal(size=(8, 40, 6, 6, 1))
    expected = [network.predict(X) for X in Xs]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            assert all(map(np.array_equal, pool.map(network.predict, Xs), expected))


def test_predict_lets_dropout_rest_in_every_batch():
    network = nn.Sequential(nn.Dense(2, 50, rng=0), nn.Dropout(0.9, rng=1), nn.Dense(50, 1, rng=2))
    X = np.random.default_rng(1).normal(size=(7, 2))
    plain = nn.Sequential(network[0], network[2])
    assert np.allclose(network.predict(X, batch_size=3), plain.predict(X), rtol=0, atol=1e-14)


# --- one layer, several shapes; float32 -------------------------------------------------------

LAYERS = {
    "conv": (lambda: nn.Conv2D(1, 2, 3, rng=0, stride=2, padding=1), (4, 7, 6, 1), (3, 5, 8, 1)),
    "conv, many channels": (lambda: nn.Conv2D(5, 2, (2, 3), rng=0), (4, 5, 6, 5), (6, 4, 4, 5)),
    "max pool": (lambda: nn.MaxPool2D(2), (4, 7, 6, 2), (3, 5, 8, 2)),
    "avg pool": (lambda: nn.AvgPool2D(3, 2), (4, 7, 6, 2), (3, 5, 8, 2)),
    "dense": (lambda: nn.Dense(3, 2, rng=0), (4, 3), (7, 3)),
    "flatten": (nn.Flatten, (4, 3, 2), (3, 5)),
    "sigmoid": (nn.Sigmoid, (4, 3), (2, 5)),
    "tanh": (nn.Tanh, (4, 3), (2, 5)),
    "relu": (nn.ReLU, (4, 3), (2, 5)),
    "leaky": (lambda: nn.LeakyReLU(0.2), (4, 3), (2, 5)),
    "softmax": (nn.Softmax, (4, 3), (2, 5)),
    "dropout": (lambda: nn.Dropout(0.5, rng=3), (4, 3), (2, 5)),
    "batch norm": (lambda: nn.BatchNorm(3), (4, 3), (2, 5, 6, 3)),
    "layer norm": (lambda: nn.LayerNorm(3), (4, 3), (2, 5, 3)),
    "attention": (lambda: nn.Attention(3, 2, rng=0), (4, 5, 3), (2, 3, 3)),
    "residual": (lambda: nn.Residual(nn.Dense(3, 3, rng=0), nn.Tanh()), (4, 3), (2, 3)),
}


def there_and_back(layer, X):
    Y = layer.forward(X)
    dX = layer.backward(np.cos(np.arange(Y.size)).reshape(Y.shape).astype(Y.dtype))
    return [Y, dX, *layer.gradients.values()]


@pytest.mark.parametrize("name", LAYERS)
def test_one_layer_may_meet_several_shapes(name):
    make, *shapes = LAYERS[name]
    rng, layer = np.random.default_rng(1), make()
    for shape in (*shapes, shapes[0]):
        X, fresh = rng.normal(size=shape), make()
        if name == "dropout":
            fresh._rng.bit_generator.state = layer._rng.bit_generator.state
        assert all(map(np.array_equal, there_and_back(layer, X), there_and_back(fresh, X)))


@pytest.mark.parametrize("name", LAYERS)
def test_float32_is_float64_but_for_rounding(name):
    make, shape, _ = LAYERS[name]
    X = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    fine, coarse = there_and_back(make(), X.astype(float)), there_and_back(make().astype("f4"), X)
    for a, b in zip(fine, coarse, strict=True):
        assert b.dtype == np.float32
        assert np.abs(a - b).max() <= 1e-4 * max(np.abs(a).max(), 1e-3)
    predicted = make().astype(np.float32).predict(X)
    assert predicted.dtype == np.float32
    assert np.allclose(predicted, make().predict(X.astype(float)), rtol=1e-4, atol=1e-5)


def test_an_initializer_must_give_the_shape_and_is_copied():
    given = np.ones((2, 3))
    layer = nn.Dense(2, 3, rng=0, weight_init=lambda shape, rng: given)
    layer.parameters["W"] += 1
    assert (given == 1).all()
    whole = nn.Dense(2, 3, rng=0, weight_init=lambda shape, rng: np.ones(shape, int))
    assert whole.parameters["W"].dtype == np.float64
    for make in (
        lambda: nn.Dense(2, 3, rng=0, weight_init=lambda shape, rng: np.ones(3)),
        lambda: nn.Conv2D(1, 2, 3, rng=0, bias_init=lambda shape, rng: np.ones((1, 2))),
    ):
        with pytest.raises(ValueError, match=r"to return an array of shape \(.*\), got"):
            make()


# --- the equations as they are written ---------------------------------------------------------


def test_the_index_equations_of_dense_and_dropout_are_true():
    rng = np.random.default_rng(0)
    check_index_equations(nn.Dense(2, 3, rng=rng), rng.normal(size=(4, 2)))
    layer, X = nn.Dropout(0.3, rng=rng), rng.normal(size=(4, 5))
    twin = copy.deepcopy(layer)
    M = twin.forward(np.ones_like(X)) != 0
    check_index_equations(layer, X, M=M, rate=0.3)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("X[s, i] dY", "X[i, s] dY"),
        ("W[i, j]", "W[j, i]"),
        ("Σ_j dY", "Σ_s dY"),
        ("dW = Xᵀ dY", "dW = X dY"),
        ("dW = Xᵀ dY", "dW = dYᵀ X"),
        ("dX = dY Wᵀ", "dX = dY W"),
        ("db[j]", "dX[s, j]"),
    ],
)
def test_an_index_equation_with_a_slip_is_found(old, new):
    layer, X = nn.Dense(2, 3, rng=0), np.random.default_rng(0).normal(size=(4, 2))
    layer.index_equations = tuple(text.replace(old, new) for text in layer.index_equations)
    assert layer.index_equations != nn.Dense.index_equations
    with pytest.raises((AssertionError, IndexError, NameError, ValueError)):
        check_index_equations(layer, X)


def test_the_index_equation_of_flatten_is_true():
    layer, X = nn.Flatten(), np.random.default_rng(0).normal(size=(2, 3, 4, 2))
    dY = np.random.default_rng(1).normal(size=layer.forward(X).shape)
    dX = layer.backward(dY)
    assert layer.index_equations == ("dX has the numbers of dY in the shape of X",)
    assert dX.shape == X.shape
    assert np.array_equal(dX.ravel(), dY.ravel())


def test_the_formulas_in_the_docstring_of_dense_are_what_it_computes():
    rng = np.random.default_rng(0)
    layer = nn.Dense(2, 3, rng=rng, bias_init=lambda shape, rng: rng.normal(size=shape))
    X, dY = rng.normal(size=(4, 2)), rng.normal(size=(4, 3))
    Y, dX = layer.forward(X), layer.backward(dY)
    names = {"X": X, "dY": dY, **layer.parameters}
    formulas = "Y = X W + b", "dW = Xᵀ dY", "db = Σ_samples dY", "dX = dY Wᵀ"
    for formula in stated(nn.Dense, *formulas):
        run(formula, names, "@")
    found = {"Y": Y, "dX": dX, "dW": layer.gradients["W"], "db": layer.gradients["b"]}
    for name, array in found.items():
        assert np.allclose(names[name], array), name


def test_the_formulas_in_the_docstring_of_dropout_are_what_it_computes():
    layer, X = nn.Dropout(0.3, rng=0), np.random.default_rng(1).normal(size=(4, 5))
    M = copy.deepcopy(layer).forward(np.ones_like(X)) != 0
    forward, backward = stated(nn.Dropout, "Y = X ⊙ M / (1 - rate)", "dX = dY ⊙ M / (1 - rate)")
    names = {"X": X, "dY": X + 1, "M": M, "rate": 0.3}
    run(forward, names)
    run(backward, names)
    assert np.allclose(layer.forward(X), names["Y"])
    assert np.allclose(layer.backward(X + 1), names["dX"])


# --- what the mutants showed ---------------------------------------------------------------------


def test_a_class_of_ones_own_may_have_a_second_ancestor_with_arguments():
    class Mine(nn.Flatten, Named, title="mine"):
        pass

    assert Mine.title == "mine"


def test_a_first_layer_is_not_asked_for_the_gradient_of_its_input(monkeypatch):
    layer, X = nn.Dense(2, 1, rng=0), np.ones((3, 2))
    layer.forward(X)
    monkeypatch.setattr(layer, "_input_gradient", None)
    layer.backward(np.ones((3, 1)), input_gradient=False)
    assert layer.gradients["b"].tolist() == [3]


def test_a_layer_is_not_cast_to_a_type_that_cannot_learn():
    with pytest.raises(ValueError, match=r"Dense\(2, 1\)\.astype expects float32"):
        nn.Dense(2, 1, rng=0).astype(np.int64)


def test_a_layer_without_mathematics_says_that_something_is_not_written():
    for method in (nn.Layer()._forward, nn.Layer()._input_gradient):
        with pytest.raises(NotImplementedError):
            method(np.ones((1, 1)))


def test_a_setting_that_comes_with_two_stars_is_shown():
    class Open(nn.Flatten):
        settings = ("n",)

        def __init__(self, **options):
            super().__init__()
            self.n = options["n"]

    assert repr(Open(n=3)) == "Open(3)"


def test_a_prediction_leaves_the_state_alone_although_forward_changes_it():
    class Counting(nn.Flatten):
        def __init__(self):
            super().__init__()
            self.state = {"seen": np.zeros(1)}

        def _forward(self, X):
            self.state["seen"] += len(X)
            return super()._forward(X)

    layer = Counting()
    layer.predict(np.ones((3, 2)))
    assert layer.state["seen"] == 0
    layer.forward(np.ones((3, 2)))
    assert layer.state["seen"] == 3


def test_the_generators_of_layers_are_found_each_once():
    one, other = np.random.default_rng(0), np.random.default_rng(0)
    inside = Residual(nn.Sequential(nn.Dropout(0.5, rng=other)))
    found = generators_of([nn.Dropout(0.1, rng=one), nn.Dropout(0.2, rng=one), inside])
    assert found == [one, other]


def test_dense_and_dropout_are_described_by_their_settings():
    assert describe(nn.Dense(2, 3, rng=0))["settings"] == {"n_in": 2, "n_out": 3}
    assert describe(nn.Dropout(0.25, rng=0))["settings"] == {"rate": 0.25}


def test_a_layer_that_is_held_and_not_used_has_no_shapes_in_the_trace():
    class Idle(nn.Flatten):
        def __init__(self):
            super().__init__()
            self.layers = (nn.Dense(2, 1, rng=0),)

    outer, inner = nn.Sequential(Idle()).trace(np.ones((3, 2))).layers
    assert outer.forward == ((3, 2), (3, 2))
    assert inner.forward == ((), ())


# --- the residual layer ------------------------------------------------------------------------


def test_a_residual_layer_adds_what_came_in_and_both_ways_bring_blame():
    rng = np.random.default_rng(0)
    inside = nn.Sequential(nn.Dense(3, 4, rng=rng), nn.Tanh(), nn.Dense(4, 3, rng=rng))
    X, grad = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    expected = X + inside.forward(X)
    back = grad + inside.backward(grad, input_gradient=True)
    gradients = [g.copy() for g in inside.gradients()]
    for layer in (nn.Residual(inside), nn.Residual(*inside)):
        assert np.array_equal(layer.forward(read_only(X)), expected)
        assert np.array_equal(layer.backward(read_only(grad)), back)
        assert all(map(np.array_equal, nn.Sequential(layer).gradients(), gradients))
        nn.check_gradients(layer, X, rng=rng)


def test_through_a_residual_layer_the_blame_arrives_even_if_the_layers_pass_nothing():
    dead = nn.Dense(3, 3, rng=0, weight_init=nn.initializers.zeros)
    network = nn.Sequential(*(nn.Residual(copy.deepcopy(dead), nn.Tanh()) for _ in range(30)))
    grad = np.random.default_rng(0).normal(size=(2, 3))
    network.forward(np.ones((2, 3)))
    assert np.array_equal(network.backward(grad, input_gradient=True), grad)


def test_dropout_inside_a_residual_layer_rests_in_predict():
    layer = nn.Residual(nn.Dropout(0.5, rng=0))
    X = np.ones((4, 50))
    assert np.array_equal(layer.predict(X), 2 * X)
    assert not np.array_equal(layer.forward(X), 2 * X)


@pytest.mark.parametrize(
    ("do", "error", "message"),
    [
        (lambda: nn.Residual(), ValueError, "Residual expects at least one layer, got none"),
        (lambda: nn.Residual([nn.Tanh()]), TypeError, r"Residual\(first, second, ...\), without"),
        (lambda: nn.Residual(nn.Tanh), TypeError, r"Residual\(..., Tanh\(...\)\), with paren"),
        (
            lambda: nn.Residual(nn.Dense(3, 1, rng=0)).forward(np.ones((2, 3))),
            ValueError,
            r"X and f\(X\) of equal shape, got \(2, 3\) and \(2, 1\)",
        ),
    ],
)
def test_a_residual_layer_says_what_it_expects(do, error, message):
    with pytest.raises(error, match=message):
        do()


def test_a_layer_may_not_be_twice_in_a_residual_layer():
    layer = nn.Tanh()
    with pytest.raises(ValueError, match="every layer once"):
        nn.Residual(layer, layer)


def test_dense_takes_the_last_axis_of_any_number():
    layer, rng = nn.Dense(3, 2, rng=0), np.random.default_rng(0)
    X = rng.normal(size=(4, 5, 3))
    Y = layer.forward(X)
    assert Y.shape == (4, 5, 2)
    grad = rng.normal(size=Y.shape)
    dX = layer.backward(grad)
    found = {name: g.copy() for name, g in layer.gradients.items()}
    assert np.allclose(layer.forward(X.reshape(20, 3)), Y.reshape(20, 2))
    assert np.allclose(layer.backward(grad.reshape(20, 2)), dX.reshape(20, 3))
    assert all(np.allclose(g, found[name]) for name, g in layer.gradients.items())
    nn.check_gradients(layer, X, rng=rng)
    network = nn.Sequential(nn.Attention(3, 3, rng=0), nn.LayerNorm(3), layer, nn.ReLU())
    nn.check_gradients(network, X, rng=rng)
    assert network.summary((5, 3)).rows[2][3] == 5 * 3 * 2
    with pytest.raises(ValueError, match=r"put Flatten\(\) before it"):
        nn.Dense(15, 2, rng=0).forward(X)


@pytest.mark.parametrize(
    ("make", "ours"),
    [
        (
            lambda: nn.Dense(1, 1, rng=0, weights=nn.initializers.zeros),
            "Dense.*; write weight_init",
        ),
        (lambda: nn.Dense(1, 1, rng=0, biases=nn.initializers.zeros), "Dense.*; write bias_init"),
        (
            lambda: nn.Conv2D(1, 1, 1, rng=0, weights=None),
            r"Conv2D\(\) .*weights; write weight_init",
        ),
        (lambda: nn.Embedding(1, 1, rng=0, weights=None), "Embedding.*weight_init"),
        (lambda: nn.Attention(1, 1, rng=0, weights=None), "Attention.*weight_init"),
        (lambda: nn.MeanSquaredError().forward([1], [1], weights=[1]), "write sample_weight"),
        (lambda: nn.Adam(lr=0.1), r"Adam\(\) has no argument lr; write learning_rate"),
    ],
)
def test_former_names_are_answered_with_the_new_ones(make, ours):
    with pytest.raises(TypeError, match=ours):
        make()
