import inspect

import numpy as np
import pytest
from equations import run, stated, value_of
from hypothesis import given
from specimens import Named
from strategies import generators, matrices, read_only

import nnbook as nn
from nnbook.optimizers import clip_by_norm, clip_by_value, global_norm

ALL = [
    lambda **options: nn.SGD(0.1, **options),
    lambda **options: nn.SGD(0.1, momentum=0.9, **options),
    lambda **options: nn.SGD(0.1, momentum=0.9, nesterov=True, **options),
    lambda **options: nn.RMSProp(0.1, **options),
    lambda **options: nn.Adam(0.1, **options),
]


@given(matrices(), generators())
def test_sgd_is_its_formula_and_works_in_place(p, rng):
    before, gradient = p.copy(), read_only(rng.normal(size=p.shape))
    nn.SGD(0.3).step([p], [gradient])
    assert np.allclose(p, before - 0.3 * gradient)


def walk(optimizer, gradients, start=0.0):
    """Return the positions of one number under a sequence of gradients."""
    p, seen = np.array([start]), []
    for g in gradients:
        optimizer.step([p], [np.array([g])])
        seen.append(p.item())
    return seen


def test_momentum_by_hand():
    # v: 1, 1.5, 1.75; steps of 0.1 v
    assert np.allclose(walk(nn.SGD(0.1, momentum=0.5), [1, 1, 1]), [-0.1, -0.25, -0.425])


def test_nesterov_by_hand():
    # v: 1, 1.5; g + 0.5 v: 1.5, 1.75
    optimizer = nn.SGD(0.1, momentum=0.5, nesterov=True)
    assert np.allclose(walk(optimizer, [1, 1]), [-0.15, -0.325])


def test_rmsprop_by_hand():
    # s: 0.75 * 4 = 3, then 0.25 * 3 + 0.75 * 4 = 3.75
    optimizer = nn.RMSProp(0.1, decay=0.25, epsilon=1e-12)
    steps = [0.1 * 2 / np.sqrt(3), 0.1 * 2 / np.sqrt(3.75)]
    assert np.allclose(walk(optimizer, [2, 2]), -np.cumsum(steps))


def test_epsilon_is_added_to_the_root():
    # s: 0.75 * 4 = 3 for RMSProp; m_hat = 2, s_hat = 4 for Adam's first step
    assert np.isclose(
        walk(nn.RMSProp(0.1, decay=0.25, epsilon=0.5), [2])[0], -0.2 / (np.sqrt(3) + 0.5)
    )
    assert np.isclose(walk(nn.Adam(0.1, epsilon=0.5), [2])[0], -0.2 / 2.5)


def test_adam_by_hand():
    m, s, p, seen = 0.0, 0.0, 0.0, []
    for t, g in enumerate([1.0, -3.0, 2.0], start=1):
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
        p -= 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
        seen.append(p)
    assert np.allclose(walk(nn.Adam(0.1), [1.0, -3.0, 2.0]), seen, rtol=1e-14)


def test_the_first_step_of_adam_has_the_size_of_the_rate():
    for g in (1e-3, 5.0, -1e6):
        assert np.isclose(walk(nn.Adam(0.1), [g])[0], -0.1 * np.sign(g), rtol=1e-4)


@pytest.mark.parametrize("make", ALL)
def test_weight_decay_adds_its_share_to_the_gradient(make):
    rng = np.random.default_rng(0)
    p = rng.normal(size=5)
    q = p.copy()
    plain, decayed = make(), make(weight_decay=0.5)
    for g in rng.normal(size=(4, 5)):
        plain.step([p], [g + 0.5 * p])
        decayed.step([q], [g])
    assert np.allclose(p, q, rtol=1e-14)


@pytest.mark.parametrize("make", ALL)
def test_every_parameter_has_a_memory_of_its_own(make):
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(5, 2, 3))
    together = [np.zeros(3), np.zeros(3)]
    alone = [np.zeros(3), np.zeros(3)]
    optimizer, singles = make(), [make(), make()]
    for pair in gradients:
        optimizer.step(together, list(pair))
        for single, p, g in zip(singles, alone, pair, strict=True):
            single.step([p], [g])
    assert np.allclose(together, alone, rtol=1e-15)


@pytest.mark.parametrize("make", ALL)
def test_gradients_are_never_altered(make):
    for options in ({}, {"clip_value": 0.5}, {"clip_norm": 0.1}):
        optimizer, p = make(weight_decay=0.1, **options), np.ones(3)
        for _ in range(3):
            optimizer.step([p], [read_only(np.arange(3.0))])


@pytest.mark.parametrize("make", ALL)
def test_float32_parameters_stay_float32(make):
    p = np.ones(2, np.float32)
    for _ in range(2):
        make(weight_decay=0.1, clip_norm=0.1).step([p], [np.ones(2, np.float32)])
    assert p.dtype == np.float32


@pytest.mark.parametrize("make", ALL)
def test_every_optimizer_finds_the_bottom_of_a_bowl(make):
    p, optimizer = np.array([3.0, -2.0]), make()
    for _ in range(500):
        optimizer.step([p], [p.copy()])
    assert np.abs(p).max() < 0.1


def test_clipping_of_the_lecture_notes_keeps_the_sign():
    g = [np.array([3.0, -40.0, 0.5])]
    assert clip_by_value(g, 5)[0].tolist() == [3, -5, 0.5]
    assert np.allclose(clip_by_norm(g, 5)[0], [0.373921, -4.985609, 0.062320], atol=1e-6)


@given(matrices(), matrices())
def test_clipping_by_norm_keeps_the_direction_over_all_arrays(a, b):
    clipped = clip_by_norm([a, b], 1.0)
    norm = global_norm([a, b])
    assert np.isclose(norm, np.linalg.norm(np.concatenate([a.ravel(), b.ravel()])))
    assert global_norm(clipped) <= 1 + 1e-12
    for kept, g in zip(clipped, (a, b), strict=True):
        assert np.allclose(kept * max(norm, 1), g)


def test_the_limits_are_used_by_the_step():
    p = np.zeros(3)
    nn.SGD(1.0, clip_value=5).step([p], [np.array([3.0, -40.0, 0.5])])
    assert p.tolist() == [-3, 5, -0.5]
    p = np.zeros(2)
    nn.SGD(1.0, clip_norm=1).step([p], [np.array([3.0, -4.0])])
    assert np.allclose(p, [-0.6, 0.8])


@pytest.mark.parametrize("gradients", [[], [np.ones(2)], [np.ones((1, 2)), np.ones(1)]])
@pytest.mark.parametrize("make", ALL)
def test_a_list_that_does_not_fit_changes_nothing(make, gradients):
    parameters, optimizer = [np.zeros(2), np.zeros(1)], make()
    with pytest.raises(ValueError, match="one gradient of equal shape"):
        optimizer.step(parameters, gradients)
    assert not any(p.any() for p in parameters)
    assert optimizer.steps == 0


@pytest.mark.parametrize("make", ALL[1:])
def test_an_optimizer_with_a_memory_is_not_lent_to_another_network(make):
    optimizer = make()
    optimizer.step([np.zeros(2)], [np.ones(2)])
    with pytest.raises(ValueError, match="make a new optimizer"):
        optimizer.step([np.zeros(3)], [np.ones(3)])


def test_plain_gradient_descent_remembers_nothing():
    optimizer = nn.SGD(0.1)
    optimizer.step([np.zeros(2)], [np.ones(2)])
    optimizer.step([np.zeros(3)], [np.ones(3)])


@pytest.mark.parametrize("make", [nn.SGD, nn.RMSProp, nn.Adam])
@pytest.mark.parametrize("rate", [0, -1, float("inf")])
def test_the_learning_rate_is_checked_at_construction(make, rate):
    with pytest.raises(ValueError, match=f"{make.__name__} expects learning_rate"):
        make(rate)


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (nn.SGD, {"momentum": 1}),
        (nn.SGD, {"momentum": -0.1}),
        (nn.SGD, {"nesterov": True}),
        (nn.SGD, {"weight_decay": -1}),
        (nn.SGD, {"clip_value": 0}),
        (nn.SGD, {"clip_norm": -1}),
        (nn.RMSProp, {"decay": 1}),
        (nn.RMSProp, {"epsilon": 0}),
        (nn.Adam, {"beta1": 1}),
        (nn.Adam, {"beta2": -0.5}),
        (nn.Adam, {"epsilon": -1e-8}),
    ],
)
def test_impossible_options_are_value_errors(make, options):
    with pytest.raises(ValueError, match=f"{make.__name__} expects {next(iter(options))}|momentum"):
        make(0.1, **options)


def test_its_repr_says_the_rate():
    assert repr(nn.SGD(0.1)) == "SGD(learning_rate=0.1)"
    assert repr(nn.Adam()) == "Adam(learning_rate=0.001)"


# --- clipping and decay together, memory ------------------------------------------------------

CLIPS = [
    {"clip_norm": 0.7},
    {"clip_value": 0.3},
    {"clip_value": 0.3, "clip_norm": 0.4},
]


@pytest.mark.parametrize("decay", [0.0, 0.5])
@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("make", ALL)
def test_values_are_clipped_then_the_norm_and_the_decay_comes_last(make, clip, decay):
    rng = np.random.default_rng(0)
    p = [rng.normal(size=(2, 2)), rng.normal(size=3)]
    q = [array.copy() for array in p]
    optimizer, plain = make(weight_decay=decay, **clip), make()
    for _ in range(3):
        gradients = [rng.normal(size=array.shape) for array in p]
        by_hand = gradients
        if "clip_value" in clip:
            by_hand = [np.clip(g, -0.3, 0.3) for g in by_hand]
        norm = np.sqrt(sum((g**2).sum() for g in by_hand))
        if "clip_norm" in clip:
            by_hand = [g * min(1, clip["clip_norm"] / norm) for g in by_hand]
        plain.step(q, [g + decay * array for g, array in zip(by_hand, q, strict=True)])
        optimizer.step(p, gradients)
    assert all(np.allclose(a, b, rtol=1e-13) for a, b in zip(p, q, strict=True))


@pytest.mark.parametrize("make", ALL)
def test_steps_in_float32_are_those_in_float64_but_for_rounding(make):
    rng = np.random.default_rng(0)
    p, optimizers = rng.normal(size=4), (make(weight_decay=0.1), make(weight_decay=0.1))
    q = p.astype(np.float32)
    for g in rng.normal(size=(10, 4)):
        optimizers[0].step([p], [g])
        optimizers[1].step([q], [g.astype(np.float32)])
    assert np.allclose(p, q, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("make", ALL[1:])
def test_other_arrays_than_those_remembered_are_refused_even_of_equal_shape(make):
    optimizer, p, g = make(), [np.ones(2), np.ones(2)], [np.ones(2), np.ones(2)]
    optimizer.step(p, g)
    optimizer.step(p, g)
    others = [p[0], np.ones(2)]
    for wrong in (others, p[::-1], p[:1]):
        kept = [array.copy() for array in wrong]
        with pytest.raises(ValueError, match=r"has made 2 steps with other arrays.*make a new"):
            optimizer.step(wrong, g[: len(wrong)])
        assert all(map(np.array_equal, kept, wrong))
    optimizer.reset()
    assert optimizer.steps == 0
    fresh, a, b = make(), [np.ones(2)], [np.ones(2)]
    optimizer.step(a, g[:1])
    fresh.step(b, g[:1])
    assert np.array_equal(a, b)


def test_momentum_may_be_switched_on_later():
    optimizer, p = nn.SGD(0.1), np.zeros(1)
    optimizer.step([p], [np.ones(1)])
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


def test_a_schedule_given_as_a_function_says_where_it_goes():
    with pytest.raises(TypeError, match=r"a number, got a function.*network\.epochs"):
        nn.SGD(lambda t: 0.1 / t)


# --- the formulas as they are written ----------------------------------------------------------

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


def departure(optimizer, formulas):
    """Return how far three steps of an optimizer are from those of its formulas."""
    optimizer.reset()
    names = {letter: getattr(optimizer, key, None) for key, letter in LETTERS.items()}
    p = np.array([1.0, -2.0])
    names |= {"α": optimizer.learning_rate, "p": p.copy(), "m": 0, "s": 0, "v": 0}
    for t, dp in enumerate(np.random.default_rng(0).normal(size=(3, 2)), start=1):
        optimizer.step([p], [dp])
        names |= {"t": t, "dp": dp}
        for formula in formulas:
            run(formula, names)
    return np.abs(p - names["p"]).max()


@pytest.mark.parametrize("name", FORMULAS)
def test_an_optimizer_is_the_formulas_in_its_docstring(name):
    optimizer, formulas = FORMULAS[name]
    assert departure(optimizer, stated(type(optimizer), *formulas)) < 1e-15


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("sgd", "p - α", "p + α"),
        ("momentum", "μ v + dp", "μ dp + v"),
        ("rmsprop", "(1 - ρ) dp²", "ρ dp²"),
        ("rmsprop", "√s + ε", "√s - ε"),
        ("adam", "ŝ = s / (1 - β₂ᵗ)", "ŝ = s / (1 - β₁ᵗ)"),
        ("adam", "β₁ᵗ", "β₁"),
        ("adam", "√ŝ", "√s"),
    ],
)
def test_a_slip_in_a_formula_is_found(name, old, new):
    optimizer, formulas = FORMULAS[name]
    changed = [formula.replace(old, new) for formula in formulas]
    assert changed != formulas
    assert departure(optimizer, changed) > 1e-3


def test_nesterovs_step_is_the_one_in_the_docstring():
    (step,) = stated(nn.SGD, "α (dp + μ v)")
    p, v = np.array([1.0]), 0.0
    optimizer = nn.SGD(0.2, momentum=0.7, nesterov=True)
    for dp in (1.0, -3.0):
        v = 0.7 * v + dp
        expected = p - value_of(step, {"α": 0.2, "dp": dp, "μ": 0.7, "v": v})
        optimizer.step([p], [np.array([dp])])
        assert np.allclose(p, expected)


def test_the_decay_is_the_slope_of_the_price_in_the_docstring():
    (added, price) = stated(nn.SGD, "λ p", "½ λ |p|²")
    p = np.array([1.0, -2.0])
    central = nn.numerical_gradient(
        lambda q: value_of(price.replace("|p|²", "(p²)"), {"λ": 0.3, "p": q}).sum(), p
    )
    assert np.allclose(value_of(added, {"λ": 0.3, "p": p}), central)
    q = p.copy()
    nn.SGD(1.0, weight_decay=0.3).step([q], [np.zeros(2)])
    assert np.allclose(p - q, central)


# --- what the mutants showed ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "defaults"),
    [
        (nn.SGD, {"momentum": 0, "nesterov": False}),
        (nn.RMSProp, {"learning_rate": 0.01, "decay": 0.99, "epsilon": 1e-8}),
        (nn.Adam, {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}),
    ],
)
def test_the_defaults_are_those_of_the_literature(make, defaults):
    known = inspect.signature(make).parameters
    shared = {"weight_decay": 0, "clip_value": None, "clip_norm": None}
    for name, value in (defaults | shared).items():
        assert known[name].default == value, name


@pytest.mark.parametrize("name", ["weight_decay", "clip_value", "clip_norm"])
@pytest.mark.parametrize("make", ALL)
def test_what_all_optimizers_share_arrives(make, name):
    assert getattr(make(**{name: 0.25}), name) == 0.25


@pytest.mark.parametrize("make", [nn.SGD, nn.RMSProp, nn.Adam])
def test_a_tiny_decay_and_a_share_just_below_one_are_allowed(make):
    make(0.1, weight_decay=1e-300)
    nn.SGD(0.1, momentum=np.nextafter(1, 0))


def test_an_optimizer_of_ones_own_may_have_a_second_ancestor_with_arguments():
    class Mine(nn.SGD, Named, title="mine"):
        pass

    assert Mine.title == "mine"


def test_an_optimizer_of_ones_own_writes_its_update_and_not_its_step():
    with pytest.raises(TypeError, match="write _update instead"):

        class Hasty(nn.Optimizer):
            def step(self, parameters, gradients):
                pass

    with pytest.raises(NotImplementedError):
        nn.Optimizer(0.1).step([np.ones(1)], [np.ones(1)])


def test_an_optimizer_without_a_memory_names_nothing():
    assert nn.Optimizer(0.1).memory == nn.SGD(0.1).memory == ()


@pytest.mark.parametrize("make", [nn.SGD, nn.RMSProp, nn.Adam, nn.AdamW])
def test_an_impossible_rate_is_refused_after_construction_too(make):
    optimizer = make(0.5)
    for value, error, message in [
        (-5, ValueError, "learning_rate to be above 0, got -5"),
        (lambda t: 0.1, TypeError, "got a function; a schedule is applied in the loop"),
    ]:
        with pytest.raises(error, match=message):
            optimizer.learning_rate = value
    with pytest.raises(AttributeError, match=r"has no lr; write optimizer\.learning_rate"):
        optimizer.lr = 0.1
    assert optimizer.learning_rate == 0.5


def test_adamw_decays_the_parameters_and_not_the_gradient():
    p, q, dp = np.array([2.0, -1.0]), np.array([2.0, -1.0]), np.array([0.3, 1e-5])
    one, other = nn.AdamW(0.1, weight_decay=0.5), nn.Adam(0.1)
    for _ in range(3):
        one.step([p], [dp])
        q *= 1 - 0.1 * 0.5
        other.step([q], [dp])
    assert np.allclose(p, q, rtol=1e-14)
    assert nn.AdamW().weight_decay == 0.01
