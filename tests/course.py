"""What the page checks have to be told of this course: nothing else in them knows it."""

from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np

import nnbook as nn

# pages that need more than the course, and what: they run in `make doors`, on loopback too
NEEDS = {
    "15a_pytorch.ipynb": ("torch",),
    "15b_parallel_training.ipynb": ("torch", "sklearn", "distributed"),
}


def lacking(page):
    """Say what the page of this name needs and is not installed; nothing if all is there."""
    missing = [name for name in NEEDS.get(page, ()) if not find_spec(name)]
    return f"needs {', '.join(missing)}; run `make doors`" if missing else ""


# formulas that have no layer to meet, with the reason
WITHOUT_LAYER = frozenset(
    {
        *("0.1", "0.2"),  # the layers come with chapter 01
        "2.1",  # the chain-rule warm-up: no layer computes an exponential of a square
        "2.2",  # a multiply gate under a loss of 2r: no layer has it
        "3.25",  # one formula for every layer: (3.22) meets it in the layers
        "8.5",  # a parabola
        "8.6",  # a loss of one weight with two minima, w⁴ - 3w² + w
        "15.3",  # the seconds that a step takes on many machines
        "C.2",  # a loss with weight decay, written out: no layer carries the decay
    }
)

# what displayed formulas speak of and their page does not name at that point, by the id of the cell
CORNERS = {"y00": "0.1", "y01": "0.1 - 0.7", "y10": "0.1 + 0.3", "y11": "0.1 + 0.3 - 0.7"}
# of Exercise 3.11
PENCIL = {
    **{f"W{n}": f"nn.exercises.backpropagation._{name}" for n, name in enumerate(("first", "second", "third"), 1)},
    "x": "nn.exercises.backpropagation._input",
    "y": "nn.exercises.backpropagation._target",
}  # fmt: skip
# of a row of 9 pixels, padded with 2 zeros, and windows of 3 that start at every second place
WINDOW = {
    "s": "2", "p": "2", "r": "1", "q": "2", "u": "0", "v": "2", "f": "3", "i": "np.arange(-2, 11)[2 * 1 :][0]",
    "j": "np.arange(-2, 11)[2 * 2 :][2]",
}  # fmt: skip
FLAT = {
    "X": "np.arange(60.0).reshape(5, 6, 2) % 7", "F": "np.arange(6.0).reshape(3, 2) % 4 - 1", "s": "2", "f_h": "3",
    "f_w": "2", "b": "0.5",
    "Z": "b + np.stack([nn.correlate2d(channel, F, stride=s) for channel in X.transpose(2, 0, 1)], 2)",
}  # fmt: skip
# two weights of two values and two inputs of three: all 36 cases, one in each place of a diagonal, so
# that products of matrices go case by case
CHANCE = {
    "cases": "np.array(list(np.ndindex(2, 2, 3, 3))).T",
    "W": "np.array([np.diag(case - 0.5) for case in cases[:2]])",
    "A": "np.array([np.diag(1.0 * case) for case in cases[2:]])", "E": "lambda r: np.trace(r) / len(r)",
    "Var": "lambda r, E=E: E(r @ r) - E(r) ** 2",
}  # fmt: skip
# what an initializer draws from, kept instead of a draw: its variance
VARIANCE = SimpleNamespace(normal=lambda mean, std, shape: std**2)
DATA = {name: f"nn.exercises.vectorised_batches._{name}" for name in "DX"}  # of Exercise 5.2
SUPPLIED = {
    # 00
    "c41119be7": {"y_hat": "w * x + b"},
    "c793f64fe": {"lambda_max": "curvature[1]", "alpha_max": "2 / lambda_max"},
    # other parameters, and targets other than the inputs: x and y cannot be taken for each other
    "c20f5384b": {"w": "0.3", "b": "0.5", "y": "2 * x + 1"},
    "cc77e3ab2": {"v": "0.3 * flat", "lambda_": "curvature[0]"},
    "cc77e3ab3": {"r": "0.3", "lambda_": "curvature[0]"},
    # 01, 02
    "cdcac3aa5": {"g": "lambda z: z"},
    "c7f0cd26b": {"y_hat": "np.array([0.1, 0.5, 0.8])"},
    "c02gate01": {"dJ_dr": "2.0", "dr_dp": "q"},
    "c15e07255": {
        "h": "np.array([1e-3, -2e-3, 5e-4])", "dJ_dw": "nn.numerical_gradient(J, w)",
        "dw": "nn.numerical_gradient(J, w)", "alpha": "0.01",
    },
    "c2t0ll001": {"z": "-1.5", "w": "z / nn.sigmoid(z)"},
    "c0d5ee1bc": {
        "h": "1e-6", "J": "lambda *v, J=J: J(np.array(v))",
        "dJ_dw1": "first.gradients['W'] if 'first' in globals() else a0 * delta1",
    },
    # 03b
    "c654ea99f": PENCIL,
    "c1e334a75": PENCIL,  # its solution
    # 04a, 04b; a soft label, so that no term of the definition vanishes
    "c04a0nll1": {
        "p": "0.3", "f": "lambda p: nn.BinaryCrossEntropy().forward([p], [1])",
        "y": "0.3", "y_hat": "0.4", "l": "nn.BinaryCrossEntropy().forward([0.4], [0.3])",
    },
    "cfb470116": {
        "n": "X.shape[1]", "Z": "np.array([[row @ np.ravel(W) + b] for row in X])", "Y_hat": "nn.sigmoid(Z)",
        "l": "[nn.BinaryCrossEntropy().forward([p], [q]) for p, q in zip(Y_hat, Y)]",
    },
    "c4e202caf": {"l": "nn.SigmoidBinaryCrossEntropy().forward([z], [y])"},
    "c8937c508": {"y_hat": "nn.sigmoid(np.round(slope, 4) * temperature + np.round(intercept, 4))"},
    # 05
    "c55e98d10": {f"dJ_d{name}{n}": f"numerical_{name}{n}" for name in "Wb" for n in (1, 2)},
    "c8922c4b8": {"y": "Y[:, 0]", "y_hat": "A2[:, 0]", "l": "lambda y, p: nn.BinaryCrossEntropy().forward([p], [y])"},
    "c3dc95f8c": {"D": "dZ1", "x": "X", "d": "dZ1"},
    "c80e5b3a9": {
        "lambda_": "lam", "k": "16", "G": "each_b2.mean()", "V": "each_b2.var()", "B": "V / G**2",
        "alpha": "G**2 / lambda_ / (G**2 + V / k)",  # where the average change has the derivative 0
    },
    "c05thelaw": {"k": "45", "N0": "77", "B": "72", "N": "lambda k: 77 + 77 * 72 / k"},
    "c05factor": {"k": "45", "T0": "0.08", "T1": "0.0029", "T": "lambda k: 0.08 + 0.0029 * k"},
    "c8182cd13": DATA,
    "cdf03ec81": DATA,  # its solution
    # the chances at which a warning is no dearer than silence
    "c4a7e3b08": {"c": "9", "y_hat": "np.array([p for p in np.linspace(0, 1, 1001) if c * p >= 1 - p])"},
    # 06
    "ce27736ef": {"W": "W1 @ W2", "b": "b1 @ W2 + b2"},
    "cec94f20c": {"alpha": "0.1"},
    "c501a4e45": {"J": "nn.MeanSquaredError().forward(Y_hat, Y)"},
    "cc65b4604": {
        **CORNERS, **{"y_hat" + name[1:]: value for name, value in CORNERS.items()},
        "u00": "y00 - 0", "u01": "y01 - 1", "u10": "y10 - 1", "u11": "y11 - 0",
        "J": "(y00**2 + (y01 - 1) ** 2 + (y10 - 1) ** 2 + y11**2) / 4",
    },
    # 07
    "c6d321d4a": {
        "z00": "0.3", "z01": "-0.6", "z10": "0.4", "z11": "-1.7", "I": "z00 - z01 - z10 + z11", "r": "np.linspace(-3, 3, 7)",
        "J": "nn.SigmoidBinaryCrossEntropy().forward(np.array([[z00], [z01], [z10], [z11]]), Y)",
    },
    "cbc380048": {
        "q": "np.array([0.0, 1.0, 2.0])", "h1": "np.array([0.0, 1.0, 1.0])", "h2": "np.array([0.0, 0.0, 1.0])",
        "y_hat": "np.array([0.0, 1.0, 0.0])",
    },
    "c08f4d1dc": {
        "u": "0.1", "v": "0.06", "c": "0.05", "b": "c - (u + v) / 2", "z": "0.2", "a00": "np.tanh(b)", "a01": "np.tanh(b + v)",
        "a10": "np.tanh(b + u)", "a11": "np.tanh(b + u + v)",
    },
    "c26524aa7": {"q": "np.array([0.0, 1.0, 2.0])", "y_hat": "np.array([0.0, 1.0, 0.0])"},
    # 14
    "c14a00041": {
        "a": "a[0]", "a_bar": "a.mean()", "c": "a - a.mean()", "v": "a.var()", "epsilon": "1e-5", "n": "5",
        "a_hat": "a_hat[0]",
    },
    "c14a00045": {"a_bar": "a.mean()", "n": "5"},
    # 08
    "c6825b74c": {
        **CHANCE, "w": "W", "w1": "w[0]", "w2": "w[1]", "a": "np.array([1.0, 2.0])", "z": "np.tensordot(a, w, 1)",
    },
    r"\mathrm{Var}(z)=n_{\text{in}}\;\mathrm{Var}(w)\;\mathrm E[a^2] .": {
        **CHANCE, "n_in": "2", "w": "W[0]", "a": "A[0]", "z": "A[0] @ W[0] + A[1] @ W[1]",
    },
    r"\mathrm E[da^2]=n_{\text{out}}\;\mathrm{Var}(w)\;\mathrm E[\delta^2] .": {
        **CHANCE, "n_out": "2", "w": "W[0]", "delta": "A[0]", "da": "A[0] @ W[0] + A[1] @ W[1]",
    },
    "c134e5706": {"w": "np.array([w1, w2, w3, w4])", "L": "4", "a_L": "a4", "dJ_dw1": "dw1"},
    r"\mathrm{Var}(w)=\frac2{n_{\text{in}}+n_{\text{out}}} .": {
        "n_in": "8", "n_out": "3", "Var": lambda w: w, "w": nn.initializers.glorot_normal((8, 3), VARIANCE),
    },
    r"\mathrm{Var}(w)=\frac2{n_{\text{in}}} .": {
        "n_in": "8", "Var": lambda w: w, "w": nn.initializers.he_normal((8, 3), VARIANCE),
    },
    "cbb000007": {"f": "lambda *w: curvatures @ np.array(w) ** 2 / 2", "w": "start"},
    "cbb000018": {"lambda": "25.0"},  # the steep direction
    r"w_{\text{new}}=w-\alpha\,\frac{dw}{|dw|} .": {
        "w": "np.zeros(2)", "alpha": "5.0", "dw": "np.array([6.0, -8.0])", "w_new": "np.array([-3.0, 4.0])",
    },
    "cbb000024": {  # after the first update that the cell below prints
        "w": "0.0", "v": "0.0", "dw": "1000.0", "v_new": "10000.0", "alpha": "0.01", "w_new": "-0.1", "beta_2": "0.99",
    },
    "cbb000027": {"w": "0.0", "dw": "-3.0", "alpha": "0.01", "w_new": "first_w[1]"},
    "cd1e24f55": {
        "w": "3.0", "x": "0.5", "alpha": "0.05", "w_new": "0.95 * 3.0 + 0.05 * 0.5",
        "S": "floors['rate 0.05']", "S_new": "floors['rate 0.05']",
    },
    # 09
    "c80e6b98e": {"x": "np.arange(8.0) ** 2 % 7", "K": "np.array([2.0, -1.0, 3.0])", "f": "3",
        "W": "np.array([[K[i - q] if 0 <= i - q < 3 else 0.0 for q in range(6)] for i in range(8)])",
        "z": "np.correlate(x, K)",
    },
    "c1848fffe": {
        "f": "3", "X": "np.arange(30.0).reshape(5, 6) % 7", "K": "np.arange(9.0).reshape(3, 3) % 4 - 1",
        "Z": "nn.correlate2d(X, K)",
    },
    "c09txt001": {"K": "vertical"},
    "c1f020ba8": {"n": "6", "p": "1", "f": "3", "n_p": "8", "n_o": "nn.conv_output_size(6, 3, padding=1)"},
    "c532d2ca0": {"L": "2", "f": "3"},
    "cd0bf13da": {"n": "7", "f": "3", "s": "2", "p": "2", "n_o": "nn.conv_output_size(7, 3, 2, 2)"},
    "c53f96e82": {"n": "7", "f": "3", "s": "2", "p": "2", "n_o": "nn.conv_output_size(7, 3, 2, 2)"},
    "ceaddc8e4": {"n": "7", "f": "3", "s": "2", "p": "1", "n_o": "nn.conv_output_size(7, 3, 2, 1)"},
    "c33b6d094": {"n": "6", "before": "1", "after": "2", "f": "3", "s": "2", "n_o": "nn.conv_output_size(9, 3, 2)"},
    # 10a, 10b
    "ccb034285": {
        "V": "np.arange(108.0).reshape(6, 6, 3) % 7", "F": "np.arange(27.0).reshape(3, 3, 3) % 5 - 2", "b": "0.5",
        "Z": "b + sum(nn.correlate2d(V[..., c], F[..., c]) for c in range(3))",
    },
    "c5c25ff3d": WINDOW,
    "c98b2fa6a": WINDOW,
    "cf818a159": FLAT,
    "cf41ad51e": FLAT,  # its solution
    # 11
    "cdef2f9fb": {"c": "0.7"},
    "cf19e5c5f": {
        "l": "nn.CrossEntropy().forward([p], [y])", "C": "len(z)",
    },
    "c63c4ff28": {"C": "len(z)"},
    "cf3807c5f": {  # a solution
        "z": "np.array([1.0, 2.5, -0.5])", "S": "np.exp(z).sum()", "p": "nn.softmax(z)",
    },
    "c9e7ae1f9": {"z": "np.array([1.0, 2.5])"},  # a solution
    "c7e454280": {"z": "np.array([1.0, 2.5])", "p": "nn.softmax(z)"},
    # 12b
    "c12b00016": {"p": "mcnemar(b, c)"},
    # 14
    "c14b00004": {
        "z": "np.array([state.value @ W + [[0.5, -0.2]] for state in states[:3]])", "g": "nn.sigmoid",
        "h": "np.array([state.value for state in states[1:]])", "c": "np.array([[[0.5, -0.2]]] * 3)",
    },
    # 15a
    "c15a00035": {**dict(zip("ijk", np.indices((2, 3, 2)), strict=True)), "q_nnbook": "here", "q_PyTorch": "there"},
    # 13
    "c13c0000a": {"J_lambda": "J_decayed(w)", "J": "J(w)"},
}  # fmt: skip

# pages whose formulas count the entries of an array from 0
FROM_ZERO = frozenset(
    {"09_convolution.ipynb", "10a_convolutional_layers.ipynb", "10b_convolution_backward.ipynb"}
)

# statements that are not evaluated, with the reason
EXPECTED = "about expectations; the cells below draw and measure"
UNCHECKED = {
    r"\hat y=\mathrm{network}(x,\text{weights})": "the idea, in letters",
    r"\underbrace{\frac{\partial J}{\partial x}}_{\text{downstream}}=\underbrace{\frac{\partial J}{\partial r}}_{\text{upstream}}J_f ,": "for any operation f; the cells below have five",
    r"u\leftarrow\mu\,u+dp,\qquad p\leftarrow p-\alpha\,u,": "a rule to be programmed",
    r"\Bigl|\frac kN-p\Bigr|\le1.96\sqrt{\frac{p(1-p)}N} .": "holds in 95 of 100 cases",
    r"\mathrm{Var}(w)=\frac1{n_{\text{in}}} .": EXPECTED,
    r"\begin{bmatrix}0&150&150&0\\0&150&150&0\\0&150&150&0\\0&150&150&0\end{bmatrix}\star\begin{bmatrix}1&-1\\1&-1\end{bmatrix}=\begin{bmatrix}-300&300\\-300&300\end{bmatrix}": "with stride 2, as the text says",
    r"6\times6\times3\;=\;n_w^{[0]}\times n_h^{[0]}\times n_c^{[0]}\;\xrightarrow{\;f^{[1]}=3,\;p^{[1]}=0,\;s^{[1]}=1\;}\;n_w^{[1]}\times n_h^{[1]}\times 1\;=\;4\times4\times1.": "shapes and arrows",
}  # fmt: skip
# --- words and numbers ---------------------------------------------------------------------------

ITEM = r"\bN[0-4X]-\d{2,3}\b"  # the code of an item of the notes

# what numbers without a source are computed with
NAMES = {"np": np, "nn": nn}

# graders whose question holds a number that the text leaves to the reader, or spells out
SAYING_MORE = frozenset(
    {
        "convolution_backward.of_the_maxima",  # nine windows of 2 x 2 with stride 1 need 4 x 4
        "digits.loss_and_fraction",  # a fraction is between 0 and 1
        "logistic_regression.stable_loss",  # the price for (40, 1)
    }
)
# --- figures --------------------------------------------------------------------------------------

# cells with long trainings, whose figures hold other numbers on another processor
ROUGH_FIGURES = frozenset(
    {
        "c08bedge5",  # 08b: an unstable direction grows from rounding
        "c08bsche2",  # 08b: a rate that is too large for a smooth curve
        "cbb000052",  # 08b: losses over thousands of epochs, with sharp peaks
        "c08a30003",  # 08a: shares of activations after fifty layers
        "c23798f98",  # the solved 01: rounding itself, on an axis of nudges
        "c10gap002",  # 10a: accuracies of two networks after twenty epochs, on shifted digits
        "c11dig007",  # 11: the worst and the best of thirty trainings, at rates that are too large
        "c12da0018",  # 12a: accuracies of all networks over the learning rate
        "c12fea003",  # 12a: the windows that excite a channel most
        "c12b00007",  # 12b: accuracies, in thousandths
        "c12b00011",  # 12b: which digits are misread, and how many
        "c12b00012",  # 12b: the images misread by most networks
        "c12b00019",  # 12b: on how many images two networks disagree
        "c12b00021",  # 12b: accuracies of bins of twenty images
        "c12da0021",  # 12b: the images with the highest confidence, near 1
        "c2f7b9fae",  # 12b: accuracies, with shuffled pixels
        "c14b00032",  # 14b: attention weights of a trained head
        "c14b00055",  # 14b: a thousand losses
    }
)

# cells about what floating-point numbers are exactly, which rounding noise is not for
EXACT = {
    "ccb85977f": "08a: weights that are equal stay equal to the last bit",
    "c14b00003": "14b: two ways of the same operations, equal to the last bit",
}

# --- words ---------------------------------------------------------------------------------------

# what a coined word is written for; the term itself may stand beside it, in bold, where it is defined
COINED = {
    "prices?|priced|dear(?:er|est)?|cheap(?:er|est)?": "loss",
    r"(?<!your )(?<!right )(?<!wrong )answer(?:s|ed|ing)?": "output",
    "blam(?:e|es|ed|ing)": "gradient",
    "bends?|bent": "activation function",
    r"(?:derivative|gradient|slope)s? by(?:\s\s| w\b| the (?:weight|input|bias))": "with respect to",
    "nudg(?:e|es|ed|ing)|referees?|witness": "central difference",
    "walk(?:s|ed|ing)?|creeps?|crept|hovers?": "gradient descent",
    "valleys?|pits?|shelf": "ill-conditioned",
    "tolls?|stations?": "path",
    "way back|way there|goes home": "backward pass",
    "(?<!ground )truth": "target",
    "recipes?|knobs?": "hyperparameter",
    "born": "initialise",
    "spreads?": "standard deviation",
    "luck": "random seed",
    "heaps?|drawers?": "test set",
    "by heart": "memorise",
    "by lot": "random labels",
    "strangers?": "surrogate model",
    "alarms?": "false positive",
    "soft maximum": "log-sum-exp",
    "slips?|mend(?:s|ed|ing)?": "error",
    "ledgers?|kin": "table",
}
# page or file and a coined word that it says in another sense, or quotes
SAID_ANYWAY = frozenset(
    {
        ("CHANGELOG.md", "answers"),
        ("CHANGELOG.md", "slips"),
        ("12a_digits.ipynb", "recipe"),  # the title of a text
    }
)
NOTES = r"\b[Tt]he (?:\w+ )?notes\b|\blecture notes\b"  # a reader of a chapter has none
