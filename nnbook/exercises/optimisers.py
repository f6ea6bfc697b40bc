"""Exercises of chapter 08b."""

import numpy as np

from .grading import Choice, Function, Property, Value

updates_to_leave = Value(
    "8.6", "the first update after which w2 is above 1", 152.0, tolerance=1e-3,
    remarks={
        "there it is still below 1": 151.0,
        "one update earlier it is above 1 already": 153.0,
        "the number of an update is whole": 12 / np.log10(1.2),
        "the derivative of -w2² is -2 w2: what factor does that give?": 290.0,  # of 1.1
        "twelve powers of ten: is the logarithm of 1.2 to the base 10, too?": 66.0,
        "it begins at 1e-12, not at 1e-6": 76.0,
    },
)  # fmt: skip

MINIMA = np.array([1.130901, -1.300840])
CURVATURES = 12 * MINIMA**2 - 6
BOUNDS = 2 / CURVATURES
OTHER_BOUNDS = {
    "that is 1/λ, with which it arrives fastest; where does it begin to diverge?": 1 / CURVATURES,
    "these are the curvatures λ; the bounds follow from them": CURVATURES,
    "f' contains -6w, too: what is its derivative?": 2 / (12 * MINIMA**2),
    "the derivative of 4w³ contains w²": 2 / (12 * MINIMA - 6),
}


def _both_bounds(answer):
    if answer.size != 2:
        return "that is not two numbers"
    if np.allclose(answer.ravel()[::-1], BOUNDS, rtol=2e-3, atol=0):
        return "these are the two bounds, but the first is to be that of 1.130901"
    if np.allclose(answer.ravel(), BOUNDS, rtol=2e-3, atol=0):
        return True
    for remark, bounds in OTHER_BOUNDS.items():
        if np.allclose(answer.ravel(), bounds, rtol=2e-3, atol=0):
            return remark
    near = np.allclose(answer.ravel(), BOUNDS, rtol=3e-2, atol=0)
    return "near, but not right to three digits" if near else False


two_bounds = Property(
    "8.6", "the bounds of the rate for the minima at 1.130901 and at -1.300840", _both_bounds
)


def _with_article(answer):
    if not isinstance(answer, str):
        return answer
    word = answer.strip(" .\"'\n").lower().removeprefix("at ").removeprefix("the ")
    word = word.removesuffix(" minimum").removesuffix(" one")
    word = {"deep": "deeper", "shallow": "shallower"}.get(word, word)
    return "the " + word if word in ("deeper", "shallower") else word


can_settle = Choice(
    "8.6",
    "where gradient descent can settle with the rate 0.2",
    "the shallower",
    ("the deeper", "the shallower", "both", "neither"),
    read=_with_article,
    remarks={
        "the deeper": "its bound is the smaller one: the deeper minimum is the steeper",
        "both": "0.2 is above one of the two bounds",
        "neither": "0.2 is below one of the two bounds",
    },
)


def _four(update):
    """Return where four updates lead from 1, with velocity 0; ``update`` takes both."""
    w, u, positions = 1.0, 0.0, []
    for _ in range(4):
        w, u = update(w, u)
        positions.append(w)
    return positions


def _nesterov(w, u):
    u = u / 4 + 5 / 4 * w
    return w - (5 / 4 * w + u / 4), u


def _stepping(new, sign=-1):
    """Return an update by the new velocity."""

    def update(w, u):
        return w + sign * new(w, u), new(w, u)

    return update


four_positions = Value(
    "8.7", "the positions after each of the first four updates", [-0.25, -0.25, 0.0625, 0.0625],
    remarks={
        "that is gradient descent without momentum": _four(_stepping(lambda w, u: 5 / 4 * w)),
        "that is Nesterov momentum": _four(_nesterov),
        "velocity 0 at the start means that w_prev is 1 there, not 0": [0.0, -0.25, 0.0, 0.0625],
        "the start is in the list; expected are the positions after each update":
            [1.0, -0.25, -0.25, 0.0625],
        "the start does not belong in the list": [1.0, -0.25, -0.25, 0.0625, 0.0625],
        "two digits are right; the last two have three": [-0.25, -0.25, 0.063, 0.063],
        "the last two have three digits": [-0.25, -0.25, 0.06, 0.06],
        "the weight takes a step against the velocity, not along it":
            _four(_stepping(lambda w, u: u / 4 + 5 / 4 * w, sign=1)),
        "the velocity keeps +μ of itself, not -μ": _four(_stepping(lambda w, u: 5 / 4 * w - u / 4)),
        "the velocity adds the whole gradient, not the fraction 1 - μ of it":
            _four(_stepping(lambda w, u: u / 4 + 3 / 4 * 5 / 4 * w)),
        "the velocity keeps only the fraction μ of itself":
            _four(_stepping(lambda w, u: u + 5 / 4 * w)),
        "the step takes the new velocity, not the one before it":
            _four(lambda w, u: (w - u, u / 4 + 5 / 4 * w)),
    },
)  # fmt: skip

largest_rate = Value(
    "8.7", "the largest rate for momentum 0.5 and curvature 10", 0.3,
    remarks={
        "that is the threshold without momentum": 0.2,
        "that is the product of rate and curvature": 3.0,
        "check a sign: with momentum the threshold is larger than without": 0.1,
        "up to there the roots are complex; real roots between -1 and 1 converge as well":
            (1 + 0.5**0.5) ** 2 / 10,
        "near that rate the roots become real; between -1 and 1 they converge as well": 0.29,
        "that is twice as large": 0.6,
        "that is the threshold of Nesterov momentum": 0.15,
    },
)  # fmt: skip

without_sign = Value(
    "8.8", "what 'if |d| > 4, put 4' makes of (-7, 2, 9, -1)", [4.0, 2.0, 4.0, -1.0],
    remarks={
        "that is the correct rule; this one puts 4, without the sign": [-4.0, 2.0, 4.0, -1.0],
        "the condition asks for |d|, and |-7| is 7": [-7.0, 2.0, 4.0, -1.0],
        "|-1| is below 4, so that entry stays as it is": [4.0, 2.0, 4.0, 1.0],
        "|2| and |-1| are below 4, so these entries stay as they are": [4.0, 4.0, 4.0, 4.0],
    },
)  # fmt: skip


def _clip_together(gradients, theta):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return tuple(g * theta / norm if norm > theta else g for g in gradients)


def _clip_by(length):
    """Return the clipping of each array by a length, a function of it and of all."""

    def clipped(gradients, theta):
        lengths = [length(g, gradients) for g in gradients]
        pairs = zip(gradients, lengths, strict=True)
        return tuple(g * theta / n if n > theta else g for g, n in pairs)

    return clipped


def _always(gradients, theta):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return tuple(g * theta / norm if norm else g for g in gradients)


def _about_clipping(case, came):
    if not case[0][0].any() and any(np.isnan(g).any() for g in came):
        return "where all gradients are 0, 0 is divided by 0"
    return None


clipped = Function(
    "8.8", "the list of gradients, clipped by the norm of all of them together", _clip_together,
    ("gradients", "theta"),
    (
        ([np.array([6.0, -8.0])], 5.0),
        ([np.array([[3.0, 0.0], [0.0, -4.0]]), np.array([12.0, 0.0])], 6.5),
        ([np.array([0.0, 0.0]), np.array([[0.0]])], 1.0),
        ([np.array([[0.5, -1.0, 0.5]]), np.array([0.25, -0.5]), np.array([[1.0]])], 10.0),
        ([np.array([3.0, 4.0]), np.array([-0.3, 0.4])], 1.0),
    ),
    kept=("gradients",), remark=_about_clipping,
    remarks={
        "each array is clipped by its own norm; one norm is taken over all of them":
            _clip_by(lambda g, gs: np.linalg.norm(g)),
        "that is clipping by value":
            lambda gs, theta: tuple(np.clip(g, -theta, theta) for g in gs),
        "a gradient shorter than theta is to stay as it is": _always,
        "the norm is the root of the sum of the squares":
            _clip_by(lambda g, gs: sum(np.sum(h**2) for h in gs)),
        "the norms of the arrays do not add up to the norm of all; their squares do":
            _clip_by(lambda g, gs: sum(np.linalg.norm(h) for h in gs)),
        "that takes the largest entry for the norm":
            _clip_by(lambda g, gs: max(np.abs(h).max() for h in gs)),
        "the signs are lost":
            lambda gs, theta: tuple(map(np.abs, _clip_together(gs, theta))),
        "that takes the norm of the first array alone":
            _clip_by(lambda g, gs: np.linalg.norm(gs[0])),
        "nothing is clipped": lambda gs, theta: tuple(gs),
        "the factor is theta divided by the norm":
            lambda gs, theta: tuple(g * theta for g in gs),
        "that has the norm 1; it should be theta": lambda gs, theta: _always(gs, 1.0),
    },
)  # fmt: skip

half_twice = Value(
    "8.9", "the two t at which the rate is half of the highest", [50.0, 300.0],
    remarks={
        "the later one comes first": [300.0, 50.0],
        "the cosine begins at 100, and ends at 500": [50.0, 250.0],
        "that is how far into the cosine; t counts from the start": [50.0, 200.0],
        "these are the rates": [0.002, 0.002],
    },
)  # fmt: skip


def _rate_of(t, highest, warm, updates):
    if t < warm:
        return highest * t / warm
    return highest * (1 + np.cos(np.pi * (t - warm) / (updates - warm))) / 2


def _falling(fall, rise=lambda t, warm: t / warm):
    """Return the schedule with another fall (from 1, over a share of 0 to 1) or another rise."""

    def rate_of(t, highest, warm, updates):
        if t < warm:
            return highest * rise(t, warm)
        return highest * fall((t - warm) / (updates - warm))

    return rate_of


def _cosine(share):
    return (1 + np.cos(np.pi * share)) / 2


def _unshifted(length):
    """Return the schedule with a cosine of another argument: ``length`` says which."""

    def rate_of(t, highest, warm, updates):
        return highest * (t / warm if t < warm else _cosine(length(t, warm, updates)))

    return rate_of


rate_of = Function(
    "8.9", "the learning rate of update t", _rate_of, ("t", "highest", "warm", "updates"),
    (
        (220, 0.004, 100, 500), (50, 0.004, 100, 500), (100, 0.004, 100, 500), (0, 0.1, 20, 60),
        (45, 0.1, 20, 60), (500, 0.004, 100, 500), (0, 0.5, 0, 10), (4, 0.5, 0, 10),
    ),
    remarks={
        "the cosine begins at warm: how many updates have passed since then?":
            _unshifted(lambda t, warm, updates: t / updates),
        "the cosine begins at warm, so only updates - warm are left for it":
            _unshifted(lambda t, warm, updates: (t - warm) / updates),
        "the cosine begins at warm; before that t has grown already":
            _unshifted(lambda t, warm, updates: t / (updates - warm)),
        "the cosine falls from 1 to -1; how does it become a fall from 1 to 0?":
            _falling(lambda share: np.cos(np.pi * share)),
        "1 + cos begins at 2": _falling(lambda share: 1 + np.cos(np.pi * share)),
        "that is a quarter of a period, steepest at the end; half a period ends level":
            _falling(lambda share: np.cos(np.pi / 2 * share)),
        "that is a whole period: it rises again": _falling(lambda share: _cosine(2 * share)),
        "that falls along a straight line": _falling(lambda share: 1 - share),
        "that is a cosine of degrees; np.cos takes radians":
            _falling(lambda share: (1 + np.cos(180 * share)) / 2),
        "it should fall after the warm-up": _falling(lambda share: 1.0),
        "that rises after the warm-up": _falling(lambda share: 1 - _cosine(share)),
        "at t = 0 the rate is 0, and at t = warm it is the highest":
            _falling(_cosine, lambda t, warm: (t + 1) / (warm + 1)),
        "the rise begins at 0, where t is 0": _falling(_cosine, lambda t, warm: (t + 1) / warm),
        "during the warm-up the rate rises": _falling(_cosine, lambda t, warm: 1.0),
        "that is a share of the highest rate": lambda t, highest, *rest: _rate_of(t, 1.0, *rest),
    },
)  # fmt: skip

first_steps = Value(
    "8.10", "the first steps for the gradient (3, -0.0001, 40) and the rate 0.01",
    [-0.01, 0.01, -0.01],
    remarks={
        "that is plain gradient descent": [-0.03, 1e-6, -0.4],
        "these are multiples of the rate": [-1.0, 1.0, -1.0],
        "these go uphill": [0.01, -0.01, 0.01],
        "these are lengths; with its sign each says where the step goes": [0.01, 0.01, 0.01],
        "the sign of each gradient decides": [-0.01, -0.01, -0.01],
        "that is without the bias correction": [-0.0316228, 0.0316228, -0.0316228],
        "the bias correction of the first moment is missing": [-0.001, 0.001, -0.001],
        "tiny, but far larger than epsilon: how long is its step?": [-0.01, 0.0, -0.01],
    },
)  # fmt: skip

# m = 0.9 · 0.1 · 5 and v = 0.999 · 0.001 · 25, each corrected for two updates
SECOND = (0.9 * 0.1 / (1 - 0.9**2)) / np.sqrt(0.999 * 0.001 / (1 - 0.999**2))
OTHER_SECONDS = {
    "how long a step is has no sign": -SECOND,
    "the gradient is 0, but the first moment still remembers the one before": 0.0,
    "that is without the bias correction": 0.09 / np.sqrt(0.000999),
    "that is corrected as at the first update; this is the second": 0.9 / np.sqrt(0.999),
    "only the first moment is corrected": 0.09 / 0.19 / np.sqrt(0.000999),
    "only the second moment is corrected": 0.09 / np.sqrt(0.000999 / 0.001999),
    "the second moment takes the new square in as well, which is 0": 0.09 / 0.19,
    "divide by the root of the second moment": 0.45 / 0.19 / (0.024975 / 0.001999),
    "a multiple of the rate is asked for, not the moment": 0.45 / 0.19,
    "a multiple of the rate is asked for, not its product with the rate": 0.01 * SECOND,
}


def _second_step(answer):
    if answer.size != 1:
        return "that is not one number"
    for remark, wrong in OTHER_SECONDS.items():
        if np.isclose(answer.item(), wrong, rtol=2e-3, atol=1e-12):
            return remark
    if np.isclose(answer.item(), SECOND, rtol=2e-3, atol=0):
        return True
    near = np.isclose(answer.item(), SECOND, rtol=5e-2, atol=0)
    return "near, but not right to three digits" if near else False


second_step = Property(
    "8.10", "how long the second step is, as a multiple of the rate, after 5 and 0", _second_step
)


def _adam_positions(w, gradients, alpha):
    positions, m, v = [], 0.0, 0.0
    for t, dw in enumerate(gradients, 1):
        m = 0.9 * m + 0.1 * dw
        v = 0.999 * v + 0.001 * dw**2
        w = w - alpha * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        positions.append(w)
    return np.array(positions)


def _moments(m, v, dw):
    return 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2


def _corrected(m, v, t):
    return m / (1 - 0.9**t), v / (1 - 0.999**t)


def _step(m_hat, v_hat):
    return m_hat / (np.sqrt(v_hat) + 1e-8)


def _adam(moments=_moments, corrected=_corrected, step=_step, carried=False):
    """Return Adam with one of its parts replaced, for the remarks."""

    def positions(w, gradients, alpha):
        places, m, v = [], 0.0, 0.0
        for t, dw in enumerate(gradients, 1):
            m, v = moments(m, v, dw)
            m_hat, v_hat = corrected(m, v, t)
            if carried:
                m, v = m_hat, v_hat
            w = w - alpha * step(m_hat, v_hat)
            places.append(w)
        return np.array(places)

    return positions


def _about_positions(case, came):
    w, gradients, alpha = case
    if len(came) == len(gradients) + 1 and np.isclose(np.ravel(came)[0], w):
        return "the start is in the list; expected are the positions after each update"
    if np.isnan(np.ravel(came)[0]):
        zero = "0 is divided by 0, "
        return zero + (
            "does t begin at 1?" if gradients[0] else "where is epsilon for a gradient of 0?"
        )
    if np.isnan(np.ravel(came)).any():
        return "a negative number has no root; 1 - 0.999**t is positive (a power, not a product)"
    if 0 < abs(gradients[0]) < 1e-3 and np.abs(np.ravel(came)[0] - w) < alpha / 2:
        return "a tiny gradient should get a first step of the rate, too; where is epsilon added?"
    return None


adam_positions = Function(
    "8.10",
    "the positions after each update of Adam",
    _adam_positions,
    ("w", "gradients", "alpha"),
    (
        (0.0, [2.0, 2.0, 2.0], 1.0),
        (1.0, [2.0], 0.5),
        (1.0, [4.0, -1.0, 2.0, 0.0, -3.0], 0.1),
        (-2.0, [0.0, 0.0, 1.0], 0.25),
        # near 300 a third of a step passes: wide enough for every right place of epsilon
        (300.0, [1e-5, 2e-5, -1.5e-5], 0.001),
    ),
    remark=_about_positions,
    remarks={
        "the first step is right; by how much are the moments too small after the next ones?":
            _adam(corrected=lambda m, v, t: _corrected(m, v, 1)),
        "the moments are not corrected for their start at 0":
            _adam(corrected=lambda m, v, t: (m, v)),
        "only the first moment is corrected":
            _adam(corrected=lambda m, v, t: (_corrected(m, v, t)[0], v)),
        "only the second moment is corrected":
            _adam(corrected=lambda m, v, t: (m, _corrected(m, v, t)[1])),
        "the first moment is right; the second is corrected as at the first update each time":
            _adam(corrected=lambda m, v, t: (_corrected(m, v, t)[0], _corrected(m, v, 1)[1])),
        "the second moment is right; the first is corrected as at the first update each time":
            _adam(corrected=lambda m, v, t: (_corrected(m, v, 1)[0], _corrected(m, v, t)[1])),
        "the power belongs to 0.9 and 0.999 alone: 1 - 0.9**t":
            _adam(corrected=lambda m, v, t: (m / (1 - 0.9) ** t, v / (1 - 0.999) ** t)),
        "the powers of 0.9 and 0.999 are exchanged":
            _adam(corrected=lambda m, v, t: (m / (1 - 0.999**t), v / (1 - 0.9**t))),
        "t is one too large; at the first update it is 1":
            _adam(corrected=lambda m, v, t: _corrected(m, v, t + 1)),
        "where all gradients have been 0, epsilon keeps 0 from being divided by 0":
            _adam(step=lambda m_hat, v_hat: float(m_hat) / float(v_hat) ** 0.5),
        "at t = 0 the correction divides by 0; at the first update t is 1":
            _adam(corrected=lambda m, v, t: _corrected(m, v, t - 1)),
        "the corrected moments are for the step alone; m and v go on without the correction":
            _adam(carried=True),
        "the second moment is a mean of the squares":
            _adam(moments=lambda m, v, dw: (_moments(m, v, dw)[0], 0.999 * v + 0.001 * dw)),
        "divide by the root of the second moment": _adam(step=lambda m, v: m / (v + 1e-8)),
        "the step is to take the first moment, not the gradient":
            _adam(lambda m, v, dw: (dw, _moments(m, v, dw)[1]),
                  lambda m, v, t: (m, _corrected(m, v, t)[1])),
        "that goes uphill": _adam(step=lambda m, v: -_step(m, v)),
        "these are the steps; expected are the positions":
            lambda w, gs, alpha: np.diff(_adam_positions(w, gs, alpha), prepend=w),
        "the new gradient is weighted by 1 - 0.9, its square by 1 - 0.999":
            _adam(moments=lambda m, v, dw: (0.9 * m + dw, 0.999 * v + dw**2)),
        "the two decay rates are exchanged":
            _adam(lambda m, v, dw: (0.999 * m + 0.001 * dw, 0.9 * v + 0.1 * dw**2),
                  lambda m, v, t: (m / (1 - 0.999**t), v / (1 - 0.9**t))),
        "the second moment keeps 0.999 of itself, and is corrected by that":
            _adam(lambda m, v, dw: (_moments(m, v, dw)[0], 0.9 * v + 0.1 * dw**2),
                  lambda m, v, t: (m / (1 - 0.9**t), v / (1 - 0.9**t))),
    },
    any_vector=True,
)  # fmt: skip
