"""Answers to the exercises of chapter 03a."""

import numpy as np
from grader_tests import *  # noqa: F403
from grader_tests import Says, variants

import nnbook as nn
from nnbook.exercises import multi_neuron_backprop as ex

# to-from, as the exercise gives them
V1 = np.array([[10 * i + j for i in range(1, 5)] for j in range(1, 6)])
V2 = np.array([[10 * i + j for i in range(1, 6)] for j in range(1, 4)])


def slope(z):
    return nn.sigmoid(z) * (1 - nn.sigmoid(z))


def forward(x, weights, biases):
    a = x
    for W, b in zip(weights, biases, strict=True):
        a = nn.sigmoid(a @ W + b)
    return a


def hidden_linear(x, weights, biases):
    a = x
    for W, b in zip(weights, biases, strict=True):
        a = a @ W + b
    return nn.sigmoid(a)


def backward(W, a_prev, z, da):
    delta = slope(z) * da
    return np.outer(a_prev, delta), delta, delta @ W.T


def by_differences(W, a_prev, z, da):
    b = z - a_prev @ W
    return (
        nn.numerical_gradient(lambda W: nn.sigmoid(a_prev @ W + b) @ da, W),
        nn.numerical_gradient(lambda b: nn.sigmoid(a_prev @ W + b) @ da, b),
        nn.numerical_gradient(lambda a: nn.sigmoid(a @ W + b) @ da, a_prev),
    )


def without_bias(W, a_prev, z, da):
    return backward(W, a_prev, a_prev @ W, da)


def down_the_columns(W, a_prev, z, da):
    dW, db, _ = backward(W, a_prev, z, da)
    return dW, db, np.sum(db * W, axis=0)


def jacobian(W, z):
    return slope(z)[:, None] * W.T


def jacobian_by_differences(W, z):
    zero = np.zeros(len(W))
    return [nn.numerical_gradient(lambda a: nn.sigmoid(a @ W + z)[j], zero) for j in range(len(z))]  # noqa: B023


def jacobian_changing(W, z):
    W *= slope(z)
    return W.T


def squeezed(W, a_prev, z, da):
    dW, db, da_prev = backward(W, a_prev, z, da)
    return np.squeeze(dW), db, da_prev


def both(W1, W2, x, y):
    z1 = x @ W1
    a1 = nn.sigmoid(z1)
    z2 = a1 @ W2
    delta2 = slope(z2) * (nn.sigmoid(z2) - y)
    delta1 = slope(z1) * (delta2 @ W2.T)
    return np.outer(x, delta1), np.outer(a1, delta2)


def planted(W1, W2, x, y):
    a1 = nn.sigmoid(x @ W1)
    a2 = nn.sigmoid(a1 @ W2)
    delta2 = (a2 - y) * a2 * (1 - a2)
    da1 = np.sum(delta2 * W2, axis=0)
    delta1 = da1 * a1 * (1 - a1)
    return np.outer(x, delta1), np.outer(a1, delta2)


def updating(W1, W2, x, y):
    dW1, dW2 = both(W1, W2, x, y)
    W2 -= dW2
    return dW1, dW2


def both_by_differences(W1, W2, x, y):
    def J(W1, W2):
        return np.sum((nn.sigmoid(nn.sigmoid(x @ W1) @ W2) - y) ** 2) / 2

    return (
        nn.numerical_gradient(lambda W: J(W, W2), W1, 1e-4),
        nn.numerical_gradient(lambda W: J(W1, W), W2, 1e-4),
    )


ANSWERS = [
    (ex.right_and_wrong, [[[1, -3], [-8, -1]], ([1, -3], [[-8], [-1]])],
     [Says("the right one first", [[-8, -1], [1, -3]]), Says("in the first pair", [[4, 6], [-8, -1]]), Says("in the second pair", [[1, -3], [-5, 0]]), [1, -3, -8, -1], [[1, -8], [-3, -1]]]),
    (ex.from_to_pair, [[V1.T, V2.T], (V1.T.astype(float), np.swapaxes(V2, 0, 1))],
     [Says("as they came", [V1, V2]), Says("where should 25 stand", [V1.reshape(4, 5), V2.reshape(5, 3)]), Says("stands first", [V2.T, V1.T]), [V1.T, V2], [V1.T - 11, V2.T - 11], [V1.T * np.nan, V2.T], [V1.T + 0.08, V2.T]]),
    (ex.forward, [forward],
     [*(Says("the biases are missing", of) for of in variants(forward, " + b -> ")),
      *variants(forward, "+ b -> - b", "nn.sigmoid -> "),
      *(Says("without a transpose", of) for of in variants(forward, "a @ W -> W @ a")),
      Says("without a transpose", lambda x, weights, biases: forward(x, [V.T for V in weights], biases)),
      Says("the hidden ones too", hidden_linear),
      lambda x, weights, biases: forward(x, weights[:1], biases[:1]),
      Says("the last one too", lambda x, weights, biases: forward(x, weights[:-1], biases[:-1]) @ weights[-1] + biases[-1])]),
    (ex.layer_backward, [backward],
     [*variants(backward, "slope -> nn.sigmoid"),
      *(Says("has delta, not da", of) for of in variants(backward, "delta @ -> da @")),
      *(Says("take the outer product", of) for of in variants(backward, "np.outer(a_prev, delta) -> a_prev.T @ delta")),
      Says("which has the bias", without_bias), Says("not a column", down_the_columns),
      *(Says("g' is missing", of) for of in variants(backward, "slope(z) * -> ")),
      *(Says("at a, not at z", of) for of in variants(backward, "slope(z) -> slope(nn.sigmoid(z))")),
      *(Says("not z (1 - z)", of) for of in variants(backward, "slope(z) -> z * (1 - z)")),
      *(Says("a transpose is missing", of) for of in variants(backward, "W.T -> W")),
      *(Says("exchanged", of) for of in variants(backward, "outer(a_prev, delta) -> outer(delta, a_prev)")),
      *(Says("comes before", of) for of in variants(backward, "delta, delta @ W.T -> delta @ W.T, delta")),
      lambda *given: backward(*given)[:2],
      Says("of shape (3,), not (3, 1)", squeezed),
      Says("close, not exact", by_differences)]),
    (ex.layer_jacobian, [jacobian, lambda W, z: np.diag(slope(z)) @ W.T, lambda W, z: (W * slope(z)).T],
     [*(Says("g' is missing", of) for of in variants(jacobian, "slope(z)[:, None] * -> ")),
      *(Says("so to a row", of) for of in variants(jacobian, "[:, None] -> ")),
      *(Says("a column for each input", of) for of in variants(jacobian, "[:, None] * W.T -> * W")),
      *(Says("at a, not at z", of) for of in variants(jacobian, "slope(z) -> slope(nn.sigmoid(z))")),
      *(Says("not z (1 - z)", of) for of in variants(jacobian, "slope(z) -> (z * (1 - z))")),
      *(Says("leave it a matrix", of) for of in variants(jacobian, "[:, None] * -> @")),
      Says("changes W", jacobian_changing), Says("close, not exact", jacobian_by_differences)]),
    (ex.planted, [both, *variants(planted, "axis=0 -> axis=1")],
     [planted, Says("changes W2", updating), *variants(both, "slope(z1) -> slope(a1)", "slope(z1) -> a1", "slope(z1) * -> ", "W2.T -> W2", "slope(z2) * -> ", " - y -> "),
      Says("close, not exact", both_by_differences),
      *(Says("of shape (3,), not (3, 1)", of) for of in variants(both, "np.outer(a1, delta2) -> np.squeeze(np.outer(a1, delta2))"))]),
]  # fmt: skip
