"""What every layer does, of a table of them all; then dense layers, and layers that hold layers."""

import inspect
import json
import pickle
import pydoc
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import permutations

import numpy as np
import pytest
from equations import check_index_equations, run, stated
from specimens import LAYERS, Named, Residual, drawn, made, own_network, refused
from strategies import laid, read_only

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
        ("Tanh()", "g'(X[s, j])", "g'(Y[s, j])"),
        ("Softmax()", "Σ_j dY[s, j] Y[s, j]", "Σ_j dY[s, j] Y[s, k]"),
        (STRIDED, "i s_h + u, j s_w + v, c] dY", "i s_w + u, j s_h + v, c] dY"),
        (STRIDED, "Σ_s Σ_i Σ_j dY", "Σ_s Σ_i dY"),
        (STRIDED, "gets Σ_k", "= Σ_k"),
    ],
)
def test_an_error_in_an_index_equation_is_found(name, old, new):
    layer = made(name)
    layer.index_equations = tuple(text.replace(old, new) for text in layer.index_equations)
    assert layer.index_equations != type(layer).index_equations
    with pytest.raises((AssertionError, IndexError, NameError, ValueError)):
        equations_hold(name, layer)


@pytest.mark.parametrize(
    ("name", "times", "formulas"),
    [
        ("Dense(3, 2)", "@", ["Y = X W + b", "dW = Xᵀ dY", "db = Σ_samples dY", "dX = dY Wᵀ"]),
        ("Dropout(0.4)", "*", ["Y = X ⊙ M / (1 - rate)", "dX = dY ⊙ M / (1 - rate)"]),
        ("Sigmoid()", "*", ["Y = σ(X)", "dX = dY ⊙ Y ⊙ (1 - Y)"]),
        ("Tanh()", "*", ["Y = tanh(X)", "dX = dY ⊙ (1 - Y²)"]),
        ("ReLU()", "*", ["Y = max(X, 0)", "dX = dY"]),
    ],
)
def test_the_formulas_in_the_docstrings_are_what_is_computed(name, times, formulas):
    layer, (X, dY) = made(name), np.random.default_rng(0).normal(size=(2, 4, 3))
    Y = layer.forward(X)
    names = {"X": X, "dY": dY[:, : Y.shape[1]], "M": MASK, "rate": 0.4, "σ": nn.sigmoid}
    names |= layer.parameters
    found = {"Y": Y, "dX": layer.backward(names["dY"])}
    found |= {f"d{key}": g for key, g in layer.gradients.items()}
    for formula in stated(type(layer), *formulas):
        run(formula, names, times)
    where = X > 0 if "``dX = dY`` where ``X > 0``, else 0" in type(layer).__doc__ else True
    names["dX"] = names["dX"] * where
    for key, array in found.items():
        assert np.allclose(names[key], array), key


# --- dense layers and dropout ------------------------------------------------------------------


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


test_what_a_layer_cannot_do_is_refused = refused(
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
    (lambda: nn.Dense(2, 1, rng=0).astype(int), ValueError, r"Dense\(2, 1\)\.astype expects float32"),
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
)  # fmt: skip


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


HOOKS = {  # what may not be overridden, what is written instead, and what help shows
    nn.Layer: (
        {"forward": "_forward", "backward": "_input_gradient"},
        ["_forward(self, X)", "_assign_gradients(self, grad)", "_input_gradient(self, grad)"],
    ),
    nn.Activation: (
        {"forward": "_function", "backward": "_derivative"},
        ["_function(self, X)", "_derivative(self, X, Y)"],
    ),
    nn.Loss: (
        {"forward": "_loss", "backward": "_gradient"},
        ["_loss(self, predictions, targets)", "_gradient(self, predictions, targets)"],
    ),
    nn.Optimizer: ({"step": "_update"}, ["_update(self, i, dp)"]),
}


@pytest.mark.parametrize("base", HOOKS)
def test_a_class_of_ones_own_writes_the_hooks_that_help_shows(base):
    hooks, shown = HOOKS[base]
    for method, hook in hooks.items():
        with pytest.raises(TypeError, match=f"Mine overrides {method}.*write {hook} instead"):
            type("Mine", (base,), {method: lambda self, *_: None})
        type("Mine", (base,), {method: lambda self, *_: None, hook: lambda self, *_: None})
        own = base(0.1) if base is nn.Optimizer else base()
        arguments = list(inspect.signature(getattr(own, hook)).parameters)
        with pytest.raises(NotImplementedError):
            getattr(own, hook)(*[np.ones((1, 1))] * len(arguments))
    text = pydoc.render_doc(base, renderer=pydoc.plaintext)
    assert all(hook in text for hook in shown)


@pytest.mark.parametrize("base", [nn.Flatten, nn.Tanh, nn.MeanSquaredError, nn.SGD])
def test_a_class_of_ones_own_may_have_a_second_ancestor_with_arguments(base):
    class Mine(base, Named, title="mine"):
        pass

    assert Mine.title == "mine"


def test_settings_give_the_repr_and_the_state_survives_predict():
    class Norm(nn.Layer):
        settings = ("n", "rate")

        def __init__(self, n, rate=0.1):
            super().__init__()
            self.n, self.rate, self.state = n, rate, {"seen": np.zeros(1)}

        def _forward(self, X):
            self.state["seen"] += len(X)
            return X

    class Open(nn.Flatten):
        settings = ("n",)

        def __init__(self, **options):
            super().__init__()
            self.n = options["n"]

    assert [repr(Norm(3)), repr(Norm(3, rate=0.5))] == ["Norm(3)", "Norm(3, rate=0.5)"]
    assert [repr(Open(n=3)), repr(Residual(Norm(2)))] == ["Open(3)", "Residual(…)"]
    layer = Norm(2)
    layer.predict(np.ones((3, 2)))
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


def test_a_first_layer_is_not_asked_for_the_gradient_of_its_input(monkeypatch):
    layer = nn.Dense(2, 1, rng=0)
    monkeypatch.setattr(layer, "_input_gradient", None)
    for model, options in ((layer, {"input_gradient": False}), (nn.Sequential(layer), {})):
        model.forward(np.ones((3, 2)))
        model.backward(np.ones((3, 1)), **options)
        assert layer.gradients["b"].tolist() == [3]


def test_a_residual_layer_adds_its_input_and_layers_that_are_held_predict_too():
    inside, X = nn.Dense(3, 3, rng=0), np.random.default_rng(0).normal(size=(5, 3))
    noisy = nn.Residual(nn.Dropout(0.9, rng=0), inside)
    assert np.array_equal(noisy.predict(X), X + inside.predict(X))
    assert not np.array_equal(noisy.forward(X), noisy.predict(X))


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


# --- predictions leave no trace ---------------------------------------------------------------


def test_two_threads_may_predict_at_once():
    flat = nn.Flatten(), nn.Dropout(0.5, rng=0), nn.Dense(8, 2, rng=0), own_network()
    network = nn.Sequential(nn.Conv2D(1, 2, 3, rng=0), nn.MaxPool2D(2), *flat, nn.Softmax())
    Xs = np.random.default_rng(1).normal(size=(8, 40, 6, 6, 1))
    expected = [network.predict(X) for X in Xs]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            assert all(map(np.array_equal, pool.map(network.predict, Xs), expected))
