"""What every layer does, of a table of them all; then dense layers, and layers that hold layers."""

import copy
import json
import pickle
import pydoc
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import permutations

import numpy as np
import pytest
from equations import check_index_equations, run, stated
from hypothesis import given
from hypothesis import strategies as st
from specimens import LAYERS, Named, Residual, drawn, made, own_network
from strategies import generators, laid, matrices, read_only

import nnbook as nn
from nnbook.layers.tree import arrays_of, generators_of
from nnbook.serialization import KINDS, build, describe

every_layer = pytest.mark.parametrize("name", LAYERS)


def upstream(Y):
    return np.cos(np.arange(Y.size)).reshape(Y.shape).astype(Y.dtype)


def forward_backward(layer, X):
    Y = layer.forward(X)
    return [Y, layer.backward(upstream(Y)), *layer.gradients.values()]


@every_layer
def test_gradients_are_derivatives(name):
    for shape in LAYERS[name][1:]:
        report = nn.check_gradients(made(name), drawn(name, shape), rng=0)
        assert sum(array.kinks for array in report.arrays) == 0


@every_layer
def test_a_layer_used_on_several_shapes_equals_a_fresh_one(name):
    layer, (one, other) = made(name), LAYERS[name][1:]
    for shape in (one, other, one):
        X, fresh = drawn(name, shape), made(name)
        for generator, used in zip(generators_of([fresh]), generators_of([layer]), strict=True):
            generator.bit_generator.state = used.bit_generator.state
        assert all(map(np.array_equal, forward_backward(layer, X), forward_backward(fresh, X)))


@every_layer
def test_float32_is_float64_but_for_rounding(name):
    X = drawn(name, LAYERS[name][1]).astype(np.float32)
    coarse = made(name).astype(np.float32)
    results = zip(
        [made(name).predict(X.astype(float)), *forward_backward(made(name), X.astype(float))],
        [coarse.predict(X), *forward_backward(coarse, X)],
        strict=True,
    )
    for a, b in results:
        assert b.dtype == np.float32
        assert np.abs(a - b).max() <= 1e-4 * max(np.abs(a).max(), 1e-3)
    assert {a.dtype for a in arrays_of([coarse]).values()} <= {np.dtype("f4")}


@every_layer
def test_whole_numbers_of_one_byte_do_not_wrap(name):
    least, most = (0, 4) if "Embedding" in name else (100, 256)
    X = np.random.default_rng(0).integers(least, most, LAYERS[name][1]).astype(np.uint8)
    Y = made(name).forward(X)
    assert Y.dtype == np.float64
    assert np.array_equal(Y, made(name).forward(X.astype(float)))


@every_layer
def test_nothing_of_the_callers_is_changed_or_shared(name):
    layer, X = made(name), read_only(drawn(name, LAYERS[name][1]))
    Y = layer.forward(X)
    kept, grad = Y.copy(), read_only(upstream(Y))
    results = [layer.backward(grad), *layer.gradients.values()]
    results += [] if name == "Flatten()" else [Y]  # a view of the input
    assert not any(np.shares_memory(mine, array) for mine in results for array in (X, grad))
    forward_backward(layer, drawn(name, X.shape, rng=2))
    assert np.array_equal(Y, kept)


@every_layer
def test_gradients_belong_to_the_parameters_and_are_assigned_anew(name):
    layer, X = made(name), drawn(name, LAYERS[name][1])
    assert not any(g.any() for g in layer.gradients.values())
    for _ in range(2):  # before and after a backward
        assert list(layer.gradients) == list(layer.parameters)
        for key, p in layer.parameters.items():
            assert (layer.gradients[key].shape, layer.gradients[key].dtype) == (p.shape, p.dtype)
        _, dX, *kept = forward_backward(layer, X)
    assert np.array_equal(layer.backward(upstream(layer.predict(X))), dX)
    assert all(map(np.array_equal, layer.gradients.values(), kept))
    if not layer.layers:
        assert layer.backward(upstream(layer.predict(X)), input_gradient=False) is None
        assert all(map(np.array_equal, layer.gradients.values(), kept))


@every_layer
def test_backward_wants_a_forward_and_a_gradient_of_the_shape_of_its_output(name):
    layer, X = made(name), drawn(name, LAYERS[name][1])
    with pytest.raises(RuntimeError, match="called before forward; call forward first"):
        layer.backward([[1.0]])
    Y = layer.forward(X)
    with pytest.raises(ValueError, match="the shape of its latest output, got"):
        layer.backward(np.ones((*Y.shape, 1)))
    layer.astype(np.float32)
    with pytest.raises(RuntimeError, match="call forward first"):
        layer.backward(Y)


@every_layer
def test_predict_changes_nothing_and_takes_each_sample_by_itself(name):
    layer, X = made(name), drawn(name, LAYERS[name][1])
    Y = layer.forward(X)
    before = pickle.dumps(layer)
    predicted = layer.predict(X)
    assert np.array_equal(layer.predict(X.tolist()), predicted)
    alone = np.concatenate([layer.predict(x[None]) for x in X])
    assert np.allclose(alone, predicted, rtol=1e-13, atol=1e-13)
    assert layer.predict(X[:0]).shape == (0, *Y.shape[1:])
    assert pickle.dumps(layer) == before
    if "Dropout" not in name and "BatchNorm" not in name:
        assert np.allclose(Y, predicted, rtol=1e-13, atol=1e-13)
        assert layer.forward(X[:0]).shape == (0, *Y.shape[1:])


@every_layer
def test_a_layer_is_built_again_from_its_description(name):
    layer, X = made(name), drawn(name, LAYERS[name][1])
    words = json.loads(json.dumps(describe(layer)))
    (again,) = build([words], arrays_of([layer]), KINDS)
    assert repr(layer) == repr(again) == name
    assert describe(again) == words
    assert np.array_equal(again.predict(X), layer.predict(X))
    assert all(map(np.array_equal, arrays_of([again]).values(), arrays_of([layer]).values()))


@every_layer
def test_the_order_in_memory_does_not_matter(name):
    shape = max(LAYERS[name][1:], key=len)
    X = drawn(name, shape)
    expected = forward_backward(made(name), X)
    for order in permutations(range(len(shape))):
        layer, mine = made(name), laid(X, order)
        results = [layer.forward(mine)]
        grad = upstream(results[0])
        grad = laid(grad, order) if grad.ndim == len(shape) else np.asfortranarray(grad)
        results += [layer.backward(grad), *layer.gradients.values()]
        for a, b in zip(expected, results, strict=True):
            assert np.allclose(a, b, rtol=1e-12, atol=1e-12)
        if "Dropout" not in name and "BatchNorm" not in name:
            assert np.allclose(made(name).predict(mine), expected[0], rtol=1e-12, atol=1e-12)
    same = np.broadcast_to(X[:1], X.shape)  # one sample many times, in memory once
    copied = forward_backward(made(name), same.copy())
    for a, b in zip(forward_backward(made(name), same), copied, strict=True):
        assert np.allclose(a, b, rtol=1e-12, atol=1e-12)


# --- the equations as they are written ---------------------------------------------------------

MASK = nn.Dropout(0.4, rng=3).forward(np.ones((4, 3))) != 0
EQUATIONS = {
    "Dense(3, 2)": {},
    "Dropout(0.4)": {"M": MASK, "rate": 0.4},
    "Sigmoid()": {"g_prime": lambda X: np.exp(-X) / (1 + np.exp(-X)) ** 2},
    "Tanh()": {"g_prime": lambda X: 1 / np.cosh(X) ** 2},
    "ReLU()": {"g_prime": lambda X: np.heaviside(X, 0)},
    "LeakyReLU(slope=0.2)": {"g_prime": lambda X: 0.2 + 0.8 * np.heaviside(X, 0)},
    "Softmax()": {},
    "Conv2D(1, 2, 3, stride=2, padding=1)": {"padding": 1, "s_h": 2, "s_w": 2},
    "Conv2D(2, 3, (2, 1), stride=(1, 2), padding=(1, 0))": {
        "padding": (1, 0), "s_h": 1, "s_w": 2,
    },
    "Conv2D(5, 2, (2, 3))": {"s_h": 1, "s_w": 1},
}  # fmt: skip
STRIDED = "Conv2D(2, 3, (2, 1), stride=(1, 2), padding=(1, 0))"


def equations_hold(name, layer):
    check_index_equations(layer, drawn(name, LAYERS[name][1], rng=0), **EQUATIONS[name])


@pytest.mark.parametrize("name", EQUATIONS)
def test_the_index_equations_are_true(name):
    equations_hold(name, made(name))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("Dense(3, 2)", "Σ_j dY", "Σ_s dY"),
        ("Dense(3, 2)", "dW = Xᵀ dY", "dW = X dY"),
        ("Dense(3, 2)", "dX = dY Wᵀ", "dX = dY W"),
        ("Dense(3, 2)", "db[j]", "dX[s, j]"),
        ("Tanh()", "g'(X[s, j])", "g'(Y[s, j])"),
        ("Tanh()", "dY ⊙ g'(X)", "dY ⊙ g'(Y)"),
        ("Softmax()", "Σ_j dY[s, j] Y[s, j]", "Σ_j dY[s, j] Y[s, k]"),
        ("Softmax()", "(dY[s, k] -", "(dY[s, k] +"),
        (STRIDED, "i s_h + u, j s_w + v, c] dY", "i s_w + u, j s_h + v, c] dY"),
        (STRIDED, "W[u, v, c, k]", "W[v, u, c, k]"),
        (STRIDED, "Σ_s Σ_i Σ_j dY", "Σ_s Σ_i dY"),
        (STRIDED, "gets Σ_k", "= Σ_k"),
        (STRIDED, "each (u, v)", "each (i, j)"),
    ],
)
def test_an_error_in_an_index_equation_is_found(name, old, new):
    layer = made(name)
    layer.index_equations = tuple(text.replace(old, new) for text in layer.index_equations)
    assert layer.index_equations != type(layer).index_equations
    with pytest.raises((AssertionError, IndexError, NameError, ValueError)):
        equations_hold(name, layer)


def test_the_formulas_in_the_docstrings_of_dense_and_dropout_are_what_they_compute():
    dense, dropout, rng = made("Dense(3, 2)"), nn.Dropout(0.4, rng=3), np.random.default_rng(0)
    X, dY = rng.normal(size=(2, 4, 3))
    formulas = {
        dense: ["Y = X W + b", "dW = Xᵀ dY", "db = Σ_samples dY", "dX = dY Wᵀ"],
        dropout: ["Y = X ⊙ M / (1 - rate)", "dX = dY ⊙ M / (1 - rate)"],
    }
    for layer, times in ((dense, "@"), (dropout, "*")):
        Y = layer.forward(X)
        names = {"X": X, "dY": dY[:, : Y.shape[1]], "M": MASK, "rate": 0.4, **layer.parameters}
        found = {"Y": Y, "dX": layer.backward(names["dY"])}
        found |= {f"d{name}": g for name, g in layer.gradients.items()}
        for formula in stated(type(layer), *formulas[layer]):
            run(formula, names, times)
        for name, array in found.items():
            assert np.allclose(names[name], array), name


def test_the_index_equation_of_flatten_is_true():
    layer, X = nn.Flatten(), np.arange(24.0).reshape(2, 2, 3, 2)
    Y = layer.forward(X)
    assert layer.index_equations == ("dX has the numbers of dY in the shape of X",)
    assert Y.tolist() == X.reshape(2, 12).tolist()
    assert np.array_equal(layer.backward(Y), X)


# --- dense layers and dropout ------------------------------------------------------------------


@given(matrices(), st.integers(1, 5), generators())
def test_dense_is_its_equation(X, n_out, rng):
    layer = nn.Dense(X.shape[1], n_out, rng=rng)
    layer.parameters["b"][:] = rng.normal(size=n_out)
    W, b = layer.parameters["W"], layer.parameters["b"]
    loops = [[sum(x * W[:, k]) + b[k] for k in range(n_out)] for x in X]
    assert np.allclose(layer.forward(X), loops)
    grad = rng.normal(size=(len(X), n_out))
    dX = layer.backward(grad)
    assert np.allclose(layer.gradients["W"], sum(map(np.outer, X, grad)))
    assert np.allclose(layer.gradients["b"], sum(grad))
    assert np.allclose(dX, [W @ g for g in grad])


def test_dense_takes_the_last_axis_of_any_number():
    layer, X = made("Dense(3, 2)"), np.random.default_rng(0).normal(size=(4, 5, 3))
    assert np.allclose(layer.forward(X), layer.forward(X.reshape(20, 3)).reshape(4, 5, 2))
    network = nn.Sequential(nn.Attention(3, 3, rng=0), nn.LayerNorm(3), layer, nn.ReLU())
    nn.check_gradients(network, X, rng=0)
    assert network.summary((5, 3)).rows[2][3] == 5 * 3 * 2


def test_initial_parameters_follow_the_seed_and_the_initializers():
    first, second, other = nn.Dense(3, 4, rng=5), nn.Dense(3, 4, rng=5), nn.Dense(3, 4, rng=6)
    assert np.array_equal(first.parameters["W"], second.parameters["W"])
    assert not np.array_equal(first.parameters["W"], other.parameters["W"])
    assert not first.parameters["b"].any()
    constant = nn.initializers.constant
    layer = nn.Dense(2, 3, rng=0, weight_init=constant(2), bias_init=constant(-1))
    assert layer.forward([[1, 1]]).tolist() == [[3, 3, 3]]
    given = np.ones((2, 3), int)
    layer = nn.Dense(2, 3, rng=0, weight_init=lambda shape, rng: given)
    assert layer.parameters["W"].dtype == np.float64
    given = np.ones((2, 3))
    layer = nn.Dense(2, 3, rng=0, weight_init=lambda shape, rng: given)
    layer.parameters["W"] += 1
    assert (given == 1).all()


def test_dropout_drops_its_fraction_anew_and_keeps_the_mean():
    layer, second = nn.Dropout(0.3, rng=0), nn.Dropout(0.3, rng=0)
    Y = layer.forward(np.ones((200, 200)))
    assert np.isclose((Y == 0).mean(), 0.3, atol=0.01)
    assert np.isclose(Y.mean(), 1, atol=0.02)
    assert np.allclose(np.unique(Y), [0, 1 / 0.7])
    assert np.array_equal(layer.backward(np.ones_like(Y)), Y)
    assert np.array_equal(Y, second.forward(np.ones((200, 200))))
    assert not np.array_equal(Y, second.forward(np.ones((200, 200))))
    assert layer.predict([[1, 2]]).tolist() == [[1, 2]]
    assert nn.Dropout(0, rng=0).forward([[1, 2]]).tolist() == [[1, 2]]


def cast(layer):
    return layer.astype(np.int64)


@pytest.mark.parametrize(
    ("do", "error", "message"),
    [
        (lambda: nn.Dense(0, 1, rng=0), ValueError, "n_in to be at least 1"),
        (lambda: nn.Dense(1, -1, rng=0), ValueError, "n_out to be at least 1"),
        (lambda: nn.Dense(1.5, 1, rng=0), TypeError, "n_in to be a whole number"),
        (lambda: nn.Dense(1, "2", rng=0), TypeError, "n_out to be a whole number"),
        (lambda: nn.Dense(2, 3), TypeError, r"Dense\(2, 3\).*write rng=0"),
        (lambda: nn.Dense(2, 3, rng=0, weight_init=lambda shape, rng: np.ones(3)), ValueError,
         r"weight_init to return an array of shape \(2, 3\), got \(3,\)"),
        (lambda: nn.Conv2D(1, 2, 3, rng=0, bias_init=lambda shape, rng: np.ones((1, 2))),
         ValueError, r"bias_init to return an array of shape \(2,\), got"),
        (lambda: nn.Dense(3, 2, rng=0).forward(np.ones(3)), ValueError,
         r"Dense\(3, 2\) expects input of shape \(m, 3\), got \(3,\)"),
        (lambda: nn.Dense(15, 2, rng=0).forward(np.ones((4, 5, 3))), ValueError,
         r"put Flatten\(\) before it"),
        (lambda: cast(nn.Dense(2, 1, rng=0)), ValueError, r"Dense\(2, 1\)\.astype expects float32"),
        (lambda: nn.Dropout(-0.1, rng=0), ValueError, "Dropout expects rate"),
        (lambda: nn.Dropout(1, rng=0), ValueError, "Dropout expects rate"),
        (lambda: nn.Dropout(float("nan"), rng=0), ValueError, "Dropout expects rate"),
        (lambda: nn.Dropout(0.5), TypeError, r"Dropout\(0\.5\).*write rng=0"),
        (lambda: nn.Residual(), ValueError, "Residual expects at least one layer, got none"),
        (lambda: nn.Residual([nn.Tanh()]), TypeError, r"Residual\(first, second, ...\), without"),
        (lambda: nn.Residual(nn.Tanh), TypeError, r"Residual\(..., Tanh\(...\)\), with paren"),
        (lambda: nn.Residual(*[nn.Tanh()] * 2), ValueError, "every layer once"),
        (lambda: nn.Residual(nn.Dense(3, 1, rng=0)).forward(np.ones((2, 3))), ValueError,
         r"X and f\(X\) of equal shape, got \(2, 3\) and \(2, 1\)"),
        (lambda: nn.Dense(1, 1, rng=0, weights=None), TypeError, "Dense.*; write weight_init"),
        (lambda: nn.Dense(1, 1, rng=0, biases=None), TypeError, "Dense.*; write bias_init"),
        (lambda: nn.Conv2D(1, 1, 1, rng=0, weights=None), TypeError,
         r"Conv2D\(\) .*weights; write weight_init"),
        (lambda: nn.Embedding(1, 1, rng=0, weights=None), TypeError, "Embedding.*weight_init"),
        (lambda: nn.Attention(1, 1, rng=0, weights=None), TypeError, "Attention.*weight_init"),
        (lambda: nn.Layer().forward([[1.0]]), NotImplementedError, None),
        (lambda: nn.Layer()._input_gradient(np.ones((1, 1))), NotImplementedError, None),
    ],
)  # fmt: skip
def test_what_a_layer_cannot_do_is_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()


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
    network, T = nn.Sequential(Line(), nn.Dense(1, 2, rng=0)), np.arange(4.0)[:, None]
    assert [g.shape for g in network.gradients()] == [p.shape for p in network.parameters()]
    assert not any(g.any() for g in network.gradients())
    nn.check_gradients(network, T + 1, rng=0)
    network = network[:1]
    network.forward(T)
    network.backward(np.ones((4, 1)))
    assert [g.item() for g in network.gradients()] == [6, 4]
    assert repr(network[0]) == "Line()"
    history = network.fit(
        T, 2 * T + 1, loss=nn.MeanSquaredError(), optimizer=nn.SGD(0.05), epochs=300
    )
    assert history.loss[-1] < 1e-4
    assert np.allclose(np.ravel(network.parameters()), [2, 1], atol=0.05)


def test_a_gradient_that_is_not_assigned_is_named():
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


HOOKS = {
    nn.Layer: {"forward": "_forward", "backward": "_input_gradient"},
    nn.Activation: {"forward": "_function", "backward": "_derivative"},
    nn.Loss: {"forward": "_loss", "backward": "_gradient"},
    nn.Optimizer: {"step": "_update"},
}
SHOWN = {
    nn.Layer: ["_forward(self, X)", "_assign_gradients(self, grad)", "_input_gradient(self, grad)"],
    nn.Activation: ["_function(self, X)", "_derivative(self, X, Y)"],
    nn.Loss: ["_loss(self, predictions, targets)", "_gradient(self, predictions, targets)"],
    nn.Optimizer: ["_update(self, i, dp)"],
}


@pytest.mark.parametrize("base", HOOKS)
def test_a_class_of_ones_own_writes_the_hooks_that_help_shows(base):
    for method, hook in HOOKS[base].items():
        with pytest.raises(TypeError, match=f"Mine overrides {method}.*write {hook} instead"):
            type("Mine", (base,), {method: lambda self, *_: None})
        type("Mine", (base,), {method: lambda self, *_: None, hook: lambda self, *_: None})
    text = pydoc.render_doc(base, renderer=pydoc.plaintext)
    assert all(hook in text for hook in SHOWN[base])


@pytest.mark.parametrize("base", [nn.Flatten, nn.Tanh, nn.MeanSquaredError, nn.SGD])
def test_a_class_of_ones_own_may_have_a_second_ancestor_with_arguments(base):
    class Mine(base, Named, title="mine"):
        pass

    assert Mine.title == "mine"


def test_settings_give_the_repr():
    class Norm(nn.Layer):
        settings = ("n", "rate")

        def __init__(self, n, rate=0.1):
            super().__init__()
            self.n, self.rate = n, rate

    class Open(nn.Flatten):
        settings = ("n",)

        def __init__(self, **options):
            super().__init__()
            self.n = options["n"]

    assert repr(Norm(3)) == "Norm(3)"
    assert repr(Norm(3, rate=0.5)) == "Norm(3, rate=0.5)"
    assert repr(Open(n=3)) == "Open(3)"
    assert repr(Residual(nn.Dense(2, 2, rng=0))) == "Residual(…)"


def test_predict_leaves_the_state_alone_although_forward_changes_it():
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


# --- layers that hold layers -------------------------------------------------------------------


def test_layers_that_are_held_are_reached():
    network, X = own_network(), np.random.default_rng(1).normal(size=(7, 2))
    names = ["0.b", "1.0.0.W", "1.0.0.b", "1.0.2.W", "1.0.2.b", "2.0.W", "2.0.b"]
    assert list(network.named_parameters()) == names
    assert len(network.parameters()) == len(network.gradients()) == 7
    block = network[1].block
    assert network.parameters()[1] is block[0].parameters["W"]
    report = nn.check_gradients(network, X, rng=0)
    assert [array.name for array in report.arrays][1] == "layer 1.0.0 Dense(2, 3) W"
    for dtype in ("f8", "f4"):
        assert {p.dtype for p in network.astype(dtype).parameters()} == {np.dtype(dtype)}
        assert block[0].forward(np.ones((1, 2))).dtype == dtype
        assert network[0].state["mean"].dtype == dtype
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


def test_a_layer_that_is_held_and_not_used_has_no_shapes_in_the_trace():
    class Idle(nn.Flatten):
        def __init__(self):
            super().__init__()
            self.layers = (nn.Dense(2, 1, rng=0),)

    outer, inner = nn.Sequential(Idle()).trace(np.ones((3, 2))).layers
    assert outer.forward == ((3, 2), (3, 2))
    assert inner.forward == ((), ())


def test_a_holder_that_stands_first_passes_gradients_to_those_inside():
    block = nn.Sequential(nn.Dense(2, 2, rng=0))
    network = nn.Sequential(Residual(block), nn.Dense(2, 1, rng=1))
    network.forward(np.ones((3, 2)))
    network.backward(np.ones((3, 1)))
    assert all(g.any() for g in block.gradients())


def test_a_first_layer_is_not_asked_for_the_gradient_of_its_input(monkeypatch):
    layer = nn.Dense(2, 1, rng=0)
    monkeypatch.setattr(layer, "_input_gradient", None)
    for model, options in ((layer, {"input_gradient": False}), (nn.Sequential(layer), {})):
        model.forward(np.ones((3, 2)))
        model.backward(np.ones((3, 1)), **options)
        assert layer.gradients["b"].tolist() == [3]


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


def test_hidden_layers_uninitialised_ones_and_the_same_one_twice_are_refused():
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
    with pytest.raises(ValueError, match=r"^check_gradients expects all layers.*block is not;"):
        nn.check_gradients(Hidden([dense]), np.ones((1, 2)), rng=0)
    with pytest.raises(TypeError, match=r"call super\(\).__init__\(\) first"):
        nn.Sequential(Unfinished())
    with pytest.raises(ValueError, match=r"same Dense\(2, 2\) object again at position 1"):
        nn.Sequential(Residual(dense), dense)


def test_the_generators_of_layers_are_found_each_once():
    one, other = np.random.default_rng(0), np.random.default_rng(0)
    inside = Residual(nn.Sequential(nn.Dropout(0.5, rng=other)))
    found = generators_of([nn.Dropout(0.1, rng=one), nn.Dropout(0.2, rng=one), inside])
    assert found == [one, other]


def test_a_residual_layer_adds_its_input_and_both_paths_carry_gradients():
    rng = np.random.default_rng(0)
    inside = nn.Sequential(nn.Dense(3, 4, rng=rng), nn.Tanh(), nn.Dense(4, 3, rng=rng))
    X, grad = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    expected = X + inside.forward(X)
    back = grad + inside.backward(grad, input_gradient=True)
    gradients = [g.copy() for g in inside.gradients()]
    for layer in (nn.Residual(inside), nn.Residual(*inside)):
        assert np.array_equal(layer.forward(X), expected)
        assert np.array_equal(layer.backward(grad), back)
        assert all(map(np.array_equal, nn.Sequential(layer).gradients(), gradients))
    dead = nn.Dense(3, 3, rng=0, weight_init=nn.initializers.zeros)
    network = nn.Sequential(*(nn.Residual(copy.deepcopy(dead), nn.Tanh()) for _ in range(30)))
    network.forward(np.ones((5, 3)))
    assert np.array_equal(network.backward(grad, input_gradient=True), grad)


# --- predictions leave no trace ---------------------------------------------------------------


def every_kind():
    rng = np.random.default_rng(0)
    return nn.Sequential(
        nn.Conv2D(1, 2, 3, rng=rng), nn.ReLU(), nn.MaxPool2D(2), nn.AvgPool2D(1), nn.Flatten(),
        nn.Dropout(0.5, rng=rng), nn.Dense(8, 2, rng=rng), nn.Tanh(), own_network(), nn.Softmax(),
    )  # fmt: skip


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


def test_layers_that_are_held_predict_too():
    block = nn.Sequential(nn.Dropout(0.9, rng=0), nn.Dense(2, 2, rng=0))
    X = np.random.default_rng(1).normal(size=(5, 2))
    for layer in (Residual(block), nn.Residual(block)):
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


def test_dropout_drops_nothing_in_any_batch_of_predict():
    network = nn.Sequential(nn.Dense(2, 50, rng=0), nn.Dropout(0.9, rng=1), nn.Dense(50, 1, rng=2))
    X = np.random.default_rng(1).normal(size=(7, 2))
    plain = nn.Sequential(network[0], network[2])
    assert np.allclose(network.predict(X, batch_size=3), plain.predict(X), rtol=0, atol=1e-14)
