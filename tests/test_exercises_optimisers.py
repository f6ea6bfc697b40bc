"""Answers to the exercises of chapter 08b."""

import math
from fractions import Fraction

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

import nnbook as nn
from nnbook.exercises import optimisers as ex

MINIMA = np.array([1.130901, -1.300840])


def clip(gradients, t):
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    return [g * min(1, t / norm) for g in gradients]


def four(update):
    w, u, found = 1.0, 0.0, []
    for _ in range(4):
        w, u = update(w, u)
        found.append(w)
    return found


def nesterov(updates):
    p, optimizer, found = np.array([1.0]), nn.SGD(1.25, momentum=0.25, nesterov=True), []
    for _ in range(updates):
        optimizer.step([p], [p.copy()])
        found.append(p.item())
    return found


adam = ex.adam_positions.reference
# as the paper proposes at the end of its section 2: both corrections in the rate
adam_reordered = "(m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) -> np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v)"
(epsilon_inside,) = variants(adam, "(1 - 0.999**t)) + 1e-8 -> (1 - 0.999**t) + 1e-8)")


(adam_from_zero, adam_without_epsilon) = variants(
    adam,
    "gradients, 1 -> gradients, 0",
    "(np.sqrt(v / (1 - 0.999**t)) + 1e-8) -> np.sqrt(v / (1 - 0.999**t))",
)


def python_steps(gradients):
    m, v = 0.0, 0.0
    for t, dw in enumerate(gradients, 1):
        m, v = 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2
        yield m / (1 - 0.9**t) / math.sqrt(v / (1 - 0.999**t))


def adam_without_epsilon_in_python(w, gradients, alpha):
    return list(np.cumsum([w, *(-alpha * step for step in python_steps(gradients))])[1:])


def planted(w, gradients, alpha):
    positions, m, v = [], 0.0, 0.0
    for dw in gradients:
        m = 0.9 * m + 0.1 * dw
        v = 0.999 * v + 0.001 * dw**2
        m_hat, v_hat = m / (1 - 0.9), v / (1 - 0.999)
        w = w - alpha * m_hat / (np.sqrt(v_hat) + 1e-8)
        positions.append(w)
    return positions


def counted(w, gradients, alpha):
    positions, m, v, t = [], 0.0, 0.0, 0
    for dw in gradients:
        m, v = 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2
        m, v = m / (1 - 0.9 ** (t + 1)), v / (1 - 0.999 ** (t + 1))
        w, t = w - alpha * m / (np.sqrt(v) + 1e-8), t + 1
        positions.append(w)
    return positions


def each_alone(gradients, t):
    return [clip([g], t)[0] for g in gradients]


def adam_says(words, change):
    return Says(words, *variants(adam, change))


def clip_says(words, change):
    return Says(words, *variants(clip, change))


def schedule(t, highest, warm, updates):
    if t < warm:
        return highest * t / warm
    return highest * (1 + np.cos(np.pi * (t - warm) / (updates - warm))) / 2


def by_interpolation(t, highest, warm, updates):
    angle = np.interp(t, [warm, updates], [0, math.pi])
    return min(1, t / warm if warm else 1) * highest * 0.5 * (1 + math.cos(angle))


def by_a_square(t, highest, warm, updates):
    late = max(t - warm, 0) / (updates - warm)
    return [highest * math.cos(math.pi / 2 * late) ** 2 * (t / warm if t < warm else 1)]


def schedule_says(words, change):
    return Says(words, *variants(schedule, change))


def adam_of_the_package(w, gradients, alpha):
    p, optimizer, positions = np.array([float(w)]), nn.Adam(alpha), []
    for dw in gradients:
        optimizer.step([p], [np.array([dw])])
        positions.append(p.copy())
    return positions


ANSWERS = [
    (ex.without_sign, [[4, 2, 4, -1]],
     [Says("that is the correct rule", [-4, 2, 4, -1]), Says("|-7| is 7", [-7, 2, 4, -1]), Says("|-1| is below 4", [4, 2, 4, 1]), Says("stay as they are", [4, 4, 4, 4])]),
    (ex.four_positions, [[-0.25, -0.25, 0.0625, 0.0625]],
     [Says("gradient descent without momentum", [-0.25, 0.0625, -0.015625, 0.00390625]), [0.25, -0.25, 0.0625, 0.0625],
      Says("the start is in the list", [1, -0.25, -0.25, 0.0625]), Says("the start does not belong", [1, -0.25, -0.25, 0.0625, 0.0625]),
      Says("two digits are right", [-0.25, -0.25, 0.063, 0.063]), Says("have three digits", [-0.25, -0.25, 0.06, 0.06]), Says("w_prev is 1", [0, -0.25, 0, 0.0625]),
      Says("against the velocity", four(lambda w, u: (w + u / 4 + 1.25 * w, u / 4 + 1.25 * w))),
      Says("keeps +μ of itself", four(lambda w, u: (w + u / 4 - 1.25 * w, 1.25 * w - u / 4))),
      Says("the whole gradient", four(lambda w, u: (w - u / 4 - 0.9375 * w, u / 4 + 0.9375 * w))),
      Says("only the fraction μ", four(lambda w, u: (w - u - 1.25 * w, u + 1.25 * w))),
      Says("not the one before it", four(lambda w, u: (w - u, u / 4 + 1.25 * w))),
      Says("Nesterov", nesterov(4))]),
    (ex.largest_rate, [0.3, Fraction(3, 10)],
     [Says("without momentum", 0.2), Says("product of rate and curvature", 3), Says("check a sign", 0.1), Says("Nesterov", 0.15),
      Says("the roots are complex", (1 + math.sqrt(0.5)) ** 2 / 10), Says("the roots become real", 0.29), Says("twice as large", 0.6), 0.03]),
    (ex.first_steps, [[-0.01, 0.01, -0.01], (-0.01, 0.009999, -0.01)],
     [Says("sign of each gradient", [-0.01, -0.01, -0.01]), Says("plain gradient descent", [-0.03, 0.000001, -0.4]), Says("uphill", [0.01, -0.01, 0.01]), Says("these are lengths", [0.01, 0.01, 0.01]), Says("multiples of the rate", [-1, 1, -1]),
      Says("first moment is missing", [-0.001, 0.001, -0.001]), Says("without the bias correction", [-0.0316, 0.0316, -0.0316]),
      Says("larger than epsilon", [-0.01, 1e-6, -0.01])]),
    (ex.second_step, [0.67, 0.67005, 0.09 / 0.19 / math.sqrt(0.000999 / 0.001999)],
     [Says("remembers the one before", 0), Says("corrected as at the first update", 0.9004), 1, Says("takes the new square in", 0.4737), 0.335,
      Says("has no sign", -0.67), Says("not its product with the rate", 0.0067), Says("not right to three digits", 0.7), Says("without the bias correction", 2.847), Says("only the first moment", 14.99),
      Says("only the second moment", 0.1273), Says("divide by the root", 0.1896), Says("not the moment", 2.368)]),
    (ex.adam_positions, [adam, adam_of_the_package, *variants(adam, adam_reordered)], [
        Says("by how much are the moments too small", planted), adam_says("by how much are the moments too small", "**t -> "),
        adam_says("the first moment is right", "(1 - 0.999**t) -> (1 - 0.999)"), adam_says("the second moment is right", "(1 - 0.9**t) -> (1 - 0.9)"),
        adam_says("the power belongs to 0.9", "(1 - 0.9**t) -> (1 - 0.9) ** t && (1 - 0.999**t) -> (1 - 0.999) ** t"),
        adam_says("a power, not a product", "0.9**t -> 0.9 * t && 0.999**t -> 0.999 * t"),
        adam_says("are exchanged", "(1 - 0.9**t) -> (1 - 0.99**t) && (1 - 0.999**t) -> (1 - 0.9**t) && 0.99**t -> 0.999**t"),
        adam_says("t is one too large", "gradients, 1 -> gradients, 2"), Says("at the first update t is 1", adam_from_zero),
        adam_says("only the second moment is corrected", " / (1 - 0.9**t) -> "), adam_says("only the first moment is corrected", " / (1 - 0.999**t) -> "),
        adam_says("not corrected for their start", " / (1 - 0.9**t) ->  && v / (1 - 0.999**t) -> v"),
        adam_says("divide by the root", "np.sqrt(v -> (v"), adam_says("a mean of the squares", "dw**2 -> dw"), adam_says("uphill", "w - alpha -> w + alpha"),
        adam_says("decay rates are exchanged", "0.9 * m + 0.1 -> 0.999 * m + 0.001 && 0.999 * v + 0.001 -> 0.9 * v + 0.1 && 1 - 0.999** -> 1 - 0.9 ** && 1 - 0.9**t -> 1 - 0.999**t"),
        adam_says("the second moment keeps 0.999", "0.999 * v + 0.001 -> 0.9 * v + 0.1 && 1 - 0.999**t -> 1 - 0.9**t"),
        adam_says("weighted by 1 - 0.9", "+ 0.1 * -> + && + 0.001 * -> + "), adam_says("not the gradient", "(m / (1 - 0.9**t)) -> dw"),
        Says("go on without the correction", counted),
        Says("where is epsilon for a gradient of 0", adam_without_epsilon), Says("epsilon keeps 0 from", adam_without_epsilon_in_python),
        Says("where is epsilon added", epsilon_inside), Says("does t begin at 1", lambda w, gs, a: [np.nan] * len(gs)),
        Says("the start is in the list", lambda w, gs, a: [w, *adam(w, gs, a)]),
        Says("these are the steps", lambda w, gs, a: np.diff([w, *adam(w, gs, a)])),
        lambda w, gs, a: [w, *adam(w, gs, a)[:-1]],
        lambda w, gs, a: adam(w, gs, a)[-1],
        lambda w, gs, a: list(w - a * np.cumsum(np.sign(gs))),
    ]),
    (ex.clipped, [
        nn.optimizers.clip_by_norm, clip,
        lambda gs, t: (g / max(1, np.linalg.norm([np.linalg.norm(h) for h in gs]) / t) for g in gs),
    ], [
        Says("clipping by value", nn.optimizers.clip_by_value), Says("one norm is taken over all", each_alone),
        clip_says("where all gradients are 0", "min(1, t / norm) -> t / norm"), clip_says("is the root of the sum", "np.sqrt -> "),
        clip_says("their squares do", "np.sqrt(sum((g**2).sum() -> (sum(np.linalg.norm(g)"), *variants(clip, "(g**2).sum() -> np.linalg.norm(g)"),
        clip_says("the signs are lost", "g * -> abs(g) * "), clip_says("nothing is clipped", "min(1, t / norm) -> 1"),
        clip_says("of the first array alone", "for g in gradients)) -> for g in gradients[:1]))"),
        clip_says("the factor is theta divided by", "g * min(1, t / norm) -> g * t"),
        clip_says("a gradient shorter than theta", "min(1, t / norm) -> t / max(norm, 1e-30)"),
        clip_says("takes the largest entry", "np.sqrt(sum((g**2).sum() -> (max(abs(g).max()"),
        clip_says("that has the norm 1", "min(1, t / norm) -> 1 / max(norm, 1e-30)"),
        *variants(clip, "min(1, t / norm) -> min(1, t / np.linalg.norm(g))", "g * min(1, t / norm) -> g / norm * min(norm, t)"),
        lambda gs, t: np.concatenate([g.ravel() for g in clip(gs, t)]),
    ]),
    (ex.half_twice, [[50, 300]],
     [Says("comes first", [300, 50]), Says("ends at 500", [50, 250]), Says("how far into", [50, 200]), Says("these are the rates", [0.002, 0.002]), [50, 350]]),
    (ex.rate_of, [schedule, by_interpolation, by_a_square, *variants(schedule, "t < warm -> t <= warm and warm")], [
        schedule_says("how many updates have passed", "(t - warm) / (updates - warm) -> t / updates"),
        schedule_says("only updates - warm are left", "/ (updates - warm) -> / updates"),
        schedule_says("t has grown already", "(t - warm) / -> t /"),
        schedule_says("from 1 to -1", "(1 + np.cos(np.pi * (t - warm) / (updates - warm))) / 2 -> np.cos(np.pi * (t - warm) / (updates - warm))"),
        schedule_says("begins at 2", "))) / 2 -> )))"), schedule_says("a quarter of a period", "(1 + np.cos(np.pi -> (np.cos(np.pi / 2 && ))) / 2 -> )))"),
        schedule_says("a whole period", "np.pi -> 2 * np.pi"), schedule_says("of degrees", "np.pi -> 180"),
        schedule_says("a straight line", "(1 + np.cos(np.pi * (t - warm) / (updates - warm))) / 2 -> (1 - (t - warm) / (updates - warm))"),
        schedule_says("it should fall", "np.cos(np.pi * (t - warm) / (updates - warm)) -> 1"), schedule_says("rises after the warm-up", "1 + np -> 1 - np"),
        schedule_says("at t = 0 the rate is 0", "t / warm -> (t + 1) / (warm + 1)"), schedule_says("begins at 0", "t / warm -> (t + 1) / warm"),
        schedule_says("the rate rises", "t / warm -> t / t if t else highest"), schedule_says("a share of the highest", "highest * -> "),
        *variants(schedule, "t < warm -> t <= warm", "t < warm -> t < 100"),
        lambda t, highest, warm, updates: nn.schedules.warmup(max(warm, 1), nn.schedules.cosine(highest, updates - warm))(t),
    ]),
    (ex.updates_to_leave, [152, math.ceil(12 / math.log10(1.2))],
     [Says("still below 1", 151), Says("above 1 already", 153), Says("is whole", 12 / math.log10(1.2)), Says("is whole", 151.6), 152.3, 12, 35, Says("what factor", math.ceil(12 / math.log10(1.1))), Says("to the base 10", math.ceil(12 / math.log(1.2))),
      Says("not at 1e-6", math.ceil(6 / math.log10(1.2)))]),
    (ex.two_bounds, [[0.214, 0.14], (0.21397, 0.1398), 2 / (12 * MINIMA**2 - 6)],
     [Says("the first is to be that of 1.130901", [0.14, 0.214]), Says("that is 1/λ", [0.107, 0.0699]), Says("these are the curvatures", [9.347, 14.306]),
      [0.428, 0.2796], [0.214, -0.14], Says("contains -6w", 2 / (12 * MINIMA**2)), Says("contains w²", 2 / (12 * MINIMA - 6)),
      Says("not two numbers", [0.214]), Says("not right to three digits", [0.21, 0.14]), [0.214, 0.143]]),
    (ex.can_settle, ["the shallower", "shallower", "the shallower.", "the shallow one", "'shallow'", "the shallower one", "the shallower minimum", "at the shallower one"],
     [Says("is the steeper", "deeper"), Says("above one of the two", "both"), Says("below one of the two", "neither")]),
]  # fmt: skip


def test_the_numbers_of_the_graders_follow_from_the_chapter():
    w = MINIMA
    assert np.allclose(4 * w**3 - 6 * w + 1, 0, atol=1e-4)
    assert np.allclose(ex.BOUNDS, [0.21397, 0.1398], atol=1e-5)
    assert np.isclose(ex.SECOND, 0.67005, atol=1e-5)
    assert 1e-12 * 1.2**151 < 1 < 1e-12 * 1.2**152
