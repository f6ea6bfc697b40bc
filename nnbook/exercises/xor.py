"""Exercises of chapter 07."""

import math
from collections.abc import Iterator

import numpy as np

from ..experiments import Seeds
from .grading import Function, Property, Value

_GATES = np.array([1, 1, 0, 1, 0, 0])


def _right_gates(guesses):
    if guesses.size != 6:
        return "six numbers are expected, one for each gate"
    if not np.isin(guesses, (0, 1)).all():
        return "each of the six is 1 or 0"
    right = (guesses.ravel() == _GATES).sum()
    return True if right == 6 else f"{right} of the six are right"


one_neuron_can = Property("7.1", "1 or 0 for each of the six gates, in their order", _right_gates)

_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
_y = np.array([0, 1, 1, 0])


def _flat(answer):
    """Return what stands in lists and arrays of any depth, [[[1, 1], -1], ...], in one list."""
    if not isinstance(answer, list | tuple | np.ndarray):
        return answer
    if isinstance(answer, np.ndarray) and answer.ndim == 0:
        return answer.item()
    parts = [_flat(part) for part in answer]
    return [each for part in parts for each in (part if isinstance(part, list) else [part])]


def _neurons(answer):
    """Return (w1, w2, b) of each neuron in one list, also from W1, b1, W2, b2."""
    if isinstance(answer, list | tuple) and len(answer) == 4 and np.shape(answer[0]) == (2, 2):
        W1, b1, W2, b2 = map(_flat, answer)
        columns = [W1[0], W1[2], b1[0], W1[1], W1[3], b1[1]] if len(b1) == 2 else []
        return [*columns, *_flat([W2, b2])]
    return _flat(answer)


def _computes_xor(rows):
    if rows.size != 9:
        return "three rows of three numbers are expected, (w1, w2, b) of each neuron"
    if (rows != np.round(rows)).any():
        return "not all of the nine are whole numbers"
    first, second, output = rows.reshape(3, 3)
    hidden = [_X @ neuron[:2] + neuron[2] >= 0 for neuron in (first, second)]
    predicted = np.column_stack(hidden) @ output[:2] + output[2] >= 0
    outputs = " ".join(str(int(each)) for each in predicted)
    read = ", ".join(str(tuple(row)) for row in rows.astype(int).reshape(3, 3).tolist())
    for name, gate in (("OR", [0, 1, 1, 1]), ("AND", [0, 0, 0, 1])):
        if (predicted == _y).all() and any((each == gate).all() for each in hidden):
            return f"this network is XOR, but one of its hidden neurons is {name}"
    return (predicted == _y).all() or (
        f"for 00, 01, 10, 11 the output of this network is {outputs}, not 0 1 1 0; "
        f"read as (w1, w2, b) of each neuron: {read}"
    )


whole_numbers = Property(
    "7.2",
    "whole numbers (w1, w2, b) for each of the three step neurons that together are XOR, "
    "without OR and AND",
    _computes_xor,
    read=_neurons,
)


def _parity_weights(n):
    return [1.0] + [2.0 * (-1) ** k for k in range(1, n)]


parity_of_three = Value(
    "7.3", "c0, c1, c2 for the parity of three inputs", _parity_weights(3),
    remarks={
        "at q = 2 the sum is 2 c0 + c1, and should be 0": [1.0, -1.0, 1.0],
        "at q = 3 the sum is 3 c0 + 2 c1 + c2, and should be 1": [1.0, -2.0, 1.0],
        "no powers: at q = 3 the sum 3 c0 + 2 c1 + c2 is 3, and should be 1": [1.0, -2.0, 4.0],
    },
)  # fmt: skip


def _in_a_list(numbers):
    return list(numbers) if isinstance(numbers, Iterator) else numbers


def _one_each(arguments, came):
    if np.size(came) != arguments[0]:
        return "a list of n numbers is expected, one for each ReLU; for n = 1 a list of one"
    numbers = np.ravel(came).tolist()
    for q in range(1, len(numbers) + 1):
        total = sum(numbers[k] * (q - k) for k in range(q))
        if not math.isclose(total, q % 2, abs_tol=1e-9):
            return f"with these the sum at q = {q} is {total:.4g}, and should be {q % 2}"
    return None


parity_weights = Function(
    "7.3", "the numbers c for the parity of n inputs", _parity_weights, ("n",),
    ((1,), (2,), (3,), (6,), (9,)), any_vector=True, read=_in_a_list, remark=_one_each,
)  # fmt: skip


def _both_groups_fail(fraction):
    if fraction.size != 1:
        return False
    guess = fraction.item()
    others = {  # wrong values, how near, and why they are wrong
        1 - 0.58**2: (0.004, "that is the fraction that succeeds"),
        0.58: (0.001, "with this probability one group fails; the network fails only if both do"),
        0.42: (0.001, "with this probability one group succeeds; asked is when both fail"),
        1 - 0.42**2: (0.003, "that is how often not both succeed; asked is when both fail"),
        0.42**2: (0.003, "with this probability both groups succeed; one that does is enough"),
        2 * 0.58: (0.001, "probabilities of independent events multiply; no fraction is above 1"),
        0.33: (0.0001, "the second decimal is cut off, not rounded"),
        0.19: (0.0001, "that was observed with 100 seeds; what does the model predict?"),
        33.6: (0.6, "a fraction is expected, not per cent"),
    }
    for wrong, (reach, words) in others.items():
        if abs(guess - wrong) <= reach:
            return words
    return abs(guess - 0.58**2) <= 0.0045  # 0.3364; 0.34 is near enough


predicted_failures = Property(
    "7.4",
    "the fraction of networks with two groups of three that should fail, to two decimals at least",
    _both_groups_fail,
)


def _six_succeed(k):
    if k.size != 1:
        return False
    count = k.item()
    if 79 <= count <= 83 and count == round(count):
        return True
    if 0 < count < 1:
        return "how many of the 100 is asked, not which fraction"
    if 17 <= count <= 21:
        return "that is how many failed"
    if 65 <= count <= 68:
        return "that is what the model predicts; run the training"
    return False


# 81 on the machines it was tried on; rounding may move a seed or two elsewhere
solved_with_six = Property(
    "7.4",
    "how many of 100 seeds succeed with 6 hidden ReLU neurons, a number",
    _six_succeed,
    read=lambda answer: answer.k if isinstance(answer, Seeds) and answer.n == 100 else answer,
)


def _approaches(loss):
    if loss.size != 1:
        return False
    if 0.4775 <= loss.item() <= 0.49:
        return "training stays above it; which number does it approach?"
    if 0.636 <= loss.item() <= 0.637:
        return "that is the mean over the three rows that are not separated; weight it by 3/4"
    if 0.69 <= loss.item() < 0.6935:
        return "that is one half for every row; a function of q that only rises can do better"
    if 0.346 <= loss.item() < 0.3475:
        return "that separates two rows; a function of q that only rises can separate one"
    return round(loss.item(), 3) == 0.477  # it is 3/4 ln 3 - 1/2 ln 2 = 0.477386


loss_of_identical = Property(
    "7.5",
    "the loss that a network of identical neurons can approach, to three decimals",
    _approaches,
)


def _enough(arguments, came):
    p, runs = arguments[0], np.asarray(came, dtype=float).item()
    if runs != round(runs):
        return "a whole number is expected"
    if runs > 0 and (1 - p) ** runs > 0.01:
        return f"the probability that none of them succeeds is {(1 - p) ** runs:.3g}"
    return "fewer runs are enough" if runs > 1 and (1 - p) ** (runs - 1) < 0.01 else None


# at p = 0.99, which as a float is a hair less, 1 run and 2 are both defensible: it is no case
runs_needed = Function(
    "7.6", "the smallest number of runs with which a success is at least 99 per cent certain",
    lambda p: math.ceil(math.log(0.01) / math.log(1 - p)), ("p",),
    ((0.57,), (0.17,), (0.93,), (0.5,), (0.995,)), remark=_enough,
)  # fmt: skip


def _lower_end(fraction):
    if fraction.size == 2:
        exchanged = fraction.ravel()[0] < -0.3
        return "the two settings are exchanged" if exchanged else "enter the first of the two"
    if fraction.size != 1:
        return False
    if 1.9 <= fraction.item() <= 2.1:
        return "a fraction is expected, not per cent"
    others = {  # wrong values, and why they are wrong
        -0.0201: "the better rate minus the other",
        -0.3636: "the two settings are exchanged: the better rate minus the other",
        0.3636: "that is the upper end",
        0.67 - 0.724: "the ends of the two intervals compared; take the interval of the difference",
        0.0247: "that is 1.96 standard errors below; use nn.experiments.difference",
    }
    for wrong, words in others.items():
        if abs(fraction.item() - wrong) <= 0.001:
            return words
    return abs(fraction.item() - 0.0201) <= 0.0006  # with the ends as printed it is 0.0203


lower_end = Property(
    "7.6", "the lower end of the interval of the difference, 40 of 50 against 30 of 50", _lower_end
)


_SIGNS = np.array([-1, -1, 0, 0, 1, 1])


def _right_signs(guesses):
    if guesses.size != 6:
        return "six signs are expected, one for each neuron"
    guesses = guesses.ravel()
    if not np.isin(guesses, (-1, 0, 1)).all():
        return "each of the six is -1, 0 or 1"
    if (guesses == -_SIGNS).all():
        return "all signs are reversed"
    if (guesses == [0, 0, -1, 0, 1, 1]).all():
        return "that is the sign of -uvb; c is the pre-activation at the centre of the square"
    right = (guesses == _SIGNS).sum()
    return True if right == 6 else f"{right} of the six are right"


interaction_signs = Property(
    "7.7", "the signs of the six interactions, -1, 0 or 1, in their order", _right_signs
)


def _planted(Z, y):
    return ((Z >= 0) == (y == 1)).all(axis=(1, 2)).mean()


_column = _y[:, None].astype(float)
_logits = np.array([[-3.0, 0.3, 4.0, -0.3], [-3.0, 2.0, 4.0, 1.0], [3.0, 2.0, 4.0, -1.0]])
# two runs all right, two with one wrong row, 01 and 10
_middle = np.array([[-3.0, 0.3, 4.0, -0.3], [-2, 1, 1, -2], [-3, -2, 4, -1], [-3, 2, -4, -1]])
# another table, AND: two runs right, one with a wrong row, one that is right for XOR
_and = np.array([[0.0], [0.0], [0.0], [1.0]])
_ands = np.array([[-3.0, -1.0, -2.0, 4.0], [-2, -2, -1, 1], [-3, 1, -2, 4], [-1, 2, 3, -4]])

planted = Function(
    "7.8", "the fraction of runs with all four logits on the right side of 0", _planted,
    ("Z", "y"),
    (
        (_logits[:2, :, None], _column), (_logits[:, :, None], _column),
        (_logits[[0, 0]][:, :, None], _column), (-_logits[:, :, None], _column),
        (_middle[:, :, None], _column), (_ands[:, :, None], _and),
    ),
)  # fmt: skip
