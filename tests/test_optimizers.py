import inspect

import numpy as np
import pytest
from equations import run, stated, value_of
from strategies import read_only

import nnbook as nn
from nnbook.optimizers import clip_by_norm, clip_by_value

ALL = {
    "sgd": lambda **options: nn.SGD(0.1, **options),
    "momentum": lambda **options: nn.SGD(0.1, momentum=0.9, **options),
    "nesterov": lambda **options: nn.SGD(0.1, momentum=0.9, nesterov=True, **options),
    "rmsprop": lambda **options: nn.RMSProp(0.1, **options),
    "adam": lambda **options: nn.Adam(0.1, **options),
    "adamw": lambda **options: nn.AdamW(0.1, **{"weight_decay": 0.0} | options),
}
every_optimizer = pytest.mark.parametrize("make", ALL.values(), ids=ALL)
with_memory = pytest.mark.parametrize("make", list(ALL.values())[1:], ids=list(ALL)[1:])
CLIPS = [{}, {"clip_norm": 0.7}, {"clip_value": 0.3}, {"clip_value": 0.3, "clip_norm": 0.4}]


# --- the formulas ------------------------------------------------------------------------------


FORMULAS = {
    "sgd": (nn.SGD(0.2), ["v = dp", "p ← p - α v"]),
    "momentum": (nn.SGD(0.2, momentum=0.7), ["v ← μ v + dp", "p ← p - α v"]),
    "rmsprop": (
        nn.RMSProp(0.2, decay=0.8, epsilon=0.1),
        ["s ← ρ s + (1 - ρ) dp²", "p ← p - α dp / (√s + ε)"],
    ),
    "adam": (
        nn.Adam(0.2, beta1=0.6, beta2=0.8, epsilon=0.1),
        [
            "m ← β₁ m + (1 - β₁) dp",
            "s ← β₂ s + (1 - β₂) dp²",
            "m̂ = m / (1 - β₁ᵗ)",
            "ŝ = s / (1 - β₂ᵗ)",
            "p ← p - α m̂ / (√ŝ + ε)",
        ],
    ),
}
LETTERS = {"decay": "ρ", "epsilon": "ε", "beta1": "β1", "beta2": "β2", "momentum": "μ"}


@pytest.mark.parametrize("name", FORMULAS)
def test_an_optimizer_is_the_formulas_in_its_docstring(name):
    optimizer, formulas = FORMULAS[name]
    optimizer.reset()
    names = {letter: getattr(optimizer, key, None) for key, letter in LETTERS.items()}
    p = np.array([1.0, -2.0])
    names |= {"α": optimizer.learning_rate, "p": p.copy(), "m": 0, "s": 0, "v": 0}
    for t, dp in enumerate(np.random.default_rng(0).normal(size=(3, 2)), start=1):
        optimizer.step([p], [dp])
        names |= {"t": t, "dp": dp}
        for formula in stated(type(optimizer), *formulas):
            run(formula, names)
    assert np.abs(p - names["p"]).max() < 1e-15


def test_nesterov_momentum_and_weight_decay_are_those_of_the_docstring():
    step, added, penalty = stated(nn.SGD, "α (dp + μ v)", "λ p", "½ λ |p|²")
    p, v = np.array([1.0]), 0.0
    optimizer = nn.SGD(0.2, momentum=0.7, nesterov=True)
    for dp in (1.0, -3.0):
        v = 0.7 * v + dp
        expected = p - value_of(step, {"α": 0.2, "dp": dp, "μ": 0.7, "v": v})
        optimizer.step([p], [np.array([dp])])
        assert np.allclose(p, expected)
    p, text = np.array([1.0, -2.0]), penalty.replace("|p|²", "(p²)")
    slope = nn.numerical_gradient(lambda q: value_of(text, {"λ": 0.3, "p": q}).sum(), p)
    assert np.allclose(value_of(added, {"λ": 0.3, "p": p}), slope)
    q = p.copy()
    nn.SGD(1.0, weight_decay=0.3).step([q], [np.zeros(2)])
    assert np.allclose(p - q, slope)


# --- clipping and weight decay -----------------------------------------------------------------


def test_clipping_of_the_lecture_notes_keeps_the_sign():
    g = [np.array([3.0, -40.0, 0.5])]
    assert clip_by_value(g, 5)[0].tolist() == [3, -5, 0.5]
    assert clip_by_norm(g, 50)[0].tolist() == [3, -40, 0.5]
    assert np.allclose(clip_by_norm(g, 5)[0], [0.373921, -4.985609, 0.062320], atol=1e-6)


@pytest.mark.parametrize("clip", CLIPS)
@every_optimizer
def test_values_are_clipped_then_the_norm_and_the_decay_comes_last(make, clip):
    rng, decoupled = np.random.default_rng(0), isinstance(make(), nn.AdamW)
    for decay in (0.0, 0.5):
        p = [rng.normal(size=(2, 2)), rng.normal(size=3)]
        q = [array.copy() for array in p]
        optimizer, plain = make(weight_decay=decay, **clip), make()
        for _ in range(3):
            gradients = [read_only(rng.normal(size=array.shape)) for array in p]
            limit = clip.get("clip_value", np.inf)
            by_hand = [np.clip(g, -limit, limit) for g in gradients]
            norm = np.sqrt(sum((g**2).sum() for g in by_hand))
            by_hand = [g * min(1, clip.get("clip_norm", np.inf) / norm) for g in by_hand]
            for g, array in zip(by_hand, q, strict=True):
                if decoupled:
                    array *= 1 - 0.1 * decay
                else:
                    g += decay * array
            plain.step(q, by_hand)
            optimizer.step(p, gradients)
        assert all(np.allclose(a, b, rtol=1e-13) for a, b in zip(p, q, strict=True))


@every_optimizer
def test_steps_in_float32_are_those_in_float64_but_for_rounding(make):
    rng = np.random.default_rng(0)
    p, (fine, coarse) = rng.normal(size=4), [make(weight_decay=0.1, clip_norm=1) for _ in range(2)]
    q = p.astype(np.float32)
    for g in rng.normal(size=(10, 4)):
        fine.step([p], [g])
        coarse.step([q], [g.astype(np.float32)])
    assert q.dtype == np.float32
    assert np.allclose(p, q, rtol=1e-4, atol=1e-5)


# --- memory ------------------------------------------------------------------------------------


@every_optimizer
def test_every_parameter_has_a_memory_of_its_own(make):
    together, alone = ([np.zeros(3), np.zeros(3)] for _ in range(2))
    optimizer, singles = make(), [make(), make()]
    for pair in np.random.default_rng(0).normal(size=(5, 2, 3)):
        optimizer.step(together, list(pair))
        for single, p, g in zip(singles, alone, pair, strict=True):
            single.step([p], [g])
    assert np.allclose(together, alone, rtol=1e-15)


@every_optimizer
@pytest.mark.parametrize("gradients", [[], [np.ones(2)], [np.ones((1, 2)), np.ones(1)]])
def test_a_list_that_does_not_fit_changes_nothing(make, gradients):
    parameters, optimizer = [np.zeros(2), np.zeros(1)], make()
    with pytest.raises(ValueError, match="one gradient of equal shape"):
        optimizer.step(parameters, gradients)
    assert not any(p.any() for p in parameters)
    assert optimizer.steps == 0


@with_memory
def test_other_arrays_than_those_remembered_are_refused_even_of_equal_shape(make):
    optimizer, p, g = make(), [np.ones(2), np.ones(2)], [np.ones(2), np.ones(2)]
    optimizer.step(p, g)
    optimizer.step(p, g)
    for wrong in ([p[0], np.ones(2)], p[::-1], p[:1], [np.ones(3), np.ones(3)]):
        kept = [array.copy() for array in wrong]
        with pytest.raises(ValueError, match=r"has made 2 steps with other arrays.*make a new"):
            optimizer.step(wrong, kept)
        assert all(map(np.array_equal, kept, wrong))
    optimizer.reset()
    assert optimizer.steps == 0
    fresh, a, b = make(), [np.ones(2)], [np.ones(2)]
    optimizer.step(a, g[:1])
    fresh.step(b, g[:1])
    assert np.array_equal(a, b)


def test_plain_gradient_descent_remembers_nothing_and_momentum_may_be_switched_on_later():
    optimizer, p = nn.SGD(0.1), np.zeros(1)
    optimizer.step([np.zeros(2)], [np.ones(2)])
    optimizer.step([p], [np.ones(1)])
    assert nn.Optimizer(0.1).memory == optimizer.memory == ()
    optimizer.momentum = 0.5
    for _ in range(2):
        optimizer.step([p], [np.ones(1)])
    assert np.isclose(p, -0.1 - 0.1 - 0.15).all()


def test_an_optimizer_of_ones_own_names_its_memory_and_gets_it():
    class Average(nn.Optimizer):
        memory = ("mean",)

        def _update(self, i, dp):
            self.mean[i] = self.mean[i] + (dp - self.mean[i]) / self.steps
            return self.learning_rate * self.mean[i]

    p, optimizer = [np.zeros(1), np.zeros(2)], Average(0.5)
    optimizer.step(p, [np.ones(1), np.ones(2)])
    optimizer.step(p, [3 * np.ones(1), np.ones(2)])
    assert p[0].tolist() == [-0.5 - 1.0]
    assert p[1].tolist() == [-1, -1]


# --- options -----------------------------------------------------------------------------------

ADAM = {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}


@pytest.mark.parametrize(
    ("make", "defaults"),
    [
        (nn.SGD, {"momentum": 0, "nesterov": False}),
        (nn.RMSProp, {"learning_rate": 0.01, "decay": 0.99, "epsilon": 1e-8}),
        (nn.Adam, ADAM),
        (nn.AdamW, ADAM | {"weight_decay": 0.01}),
    ],
)
def test_the_defaults_are_those_of_the_literature(make, defaults):
    known = inspect.signature(make).parameters
    shared = {"weight_decay": 0, "clip_value": None, "clip_norm": None}
    for name, value in (shared | defaults).items():
        assert known[name].default == value, name
        if name != "nesterov":
            other = 0.25 if value is None or name == "momentum" else value / 2 + 1e-3
            assert getattr(make(**{"learning_rate": 0.1, name: other}), name) == other


WRONG = {
    nn.SGD: [("momentum", 1), ("momentum", -0.1), ("nesterov", True), ("weight_decay", -1),
             ("clip_value", 0), ("clip_norm", -1)],
    nn.RMSProp: [("decay", 1), ("epsilon", 0)],
    nn.Adam: [("beta1", 1), ("beta2", -0.5), ("epsilon", -1e-8)],
    nn.AdamW: [],
}  # fmt: skip


@pytest.mark.parametrize("make", WRONG)
def test_impossible_options_are_value_errors(make):
    for name, value in WRONG[make] + [("learning_rate", rate) for rate in (0, -1, np.inf)]:
        with pytest.raises(ValueError, match=f"{make.__name__} expects {name}|momentum"):
            make(**{"learning_rate": 0.1, name: value})


@pytest.mark.parametrize("make", [nn.SGD, nn.RMSProp, nn.Adam, nn.AdamW])
def test_the_learning_rate_is_checked_after_construction_too(make):
    optimizer = make(0.5)
    for value, error, message in [
        (-5, ValueError, "learning_rate to be above 0, got -5"),
        (lambda t: 0.1, TypeError, r"a number, got a function; a schedule is .*network\.epochs"),
    ]:
        with pytest.raises(error, match=message):
            optimizer.learning_rate = value
    with pytest.raises(AttributeError, match=r"has no lr; write optimizer\.learning_rate"):
        optimizer.lr = 0.1
    assert optimizer.learning_rate == 0.5
    assert repr(optimizer) == f"{make.__name__}(learning_rate=0.5)"
    if make is not nn.AdamW:
        with pytest.raises(TypeError, match=rf"{make.__name__}\(\) .* lr; write learning_rate"):
            make(lr=0.1)
    make(0.1, weight_decay=1e-300)
