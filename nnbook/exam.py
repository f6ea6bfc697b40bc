"""Questions with fresh numbers: ``python -m nnbook.exam 09 7`` prints a paper, and its answers.

Every chapter has a few questions to be done with pencil and paper or a pocket calculator. A seed
draws their numbers, and the package computes the answers from these. The same chapter and seed
always give the same paper, so each student can have one of their own.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .exercises.grading import Value, check
from .layers.activations import ReLU, Sigmoid, sigmoid, softmax
from .layers.convolution import Conv2D, MaxPool2D
from .layers.dense import Dense
from .layers.sequences import Attention
from .losses import MeanSquaredError, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy
from .network import Sequential
from .optimizers import SGD, Adam
from .validation import Array

Asked = tuple[str, str, Array | float]  # the text, what is asked for in short, and the answer
Draw = np.random.Generator


@dataclass(frozen=True)
class Question:
    """A question of a paper: its text in Markdown, and the exercise that grades an answer.

    >>> question = paper("01", seed=7)[0]
    >>> question.check(question.answer)
    Exercise 01.1: passed
    >>> question.check(0.0)  # doctest: +ELLIPSIS
    Exercise 01.1: not yet; asked for Δw; came 0.0...
    """

    text: str
    exercise: Value

    @property
    def answer(self) -> Array | float:
        """The right answer."""
        return self.exercise.expected

    def check(self, answer: object) -> None:
        """Print one line about an answer, which may be off by a fifth of a percent."""
        check(self.exercise, answer)


def paper(chapter: str, seed: int) -> list[Question]:
    """Return the questions on a chapter, with the numbers that ``seed`` draws.

    Raises
    ------
    ValueError
        If there is no such chapter.

    Examples
    --------
    >>> question = paper("09", seed=7)[0]
    >>> print(question.text[:56])
    A window of size 5 moves over 8 pixels, 2 more on either
    >>> question.answer
    3.0
    """
    if chapter not in CHAPTERS:
        known = ", ".join(CHAPTERS)
        raise ValueError(f"paper expects one of the chapters {known}; got {chapter!r}")
    questions = []
    for number, ask in enumerate(CHAPTERS[chapter], start=1):
        # a stream of its own: what is asked before does not change the numbers
        text, asked, answer = ask(np.random.default_rng([seed, number]))
        rounded = np.asarray(answer, float).round(12) + 0.0  # no -0
        expected = rounded if rounded.ndim else float(rounded)
        questions.append(Question(text, Value(f"{chapter}.{number}", asked, expected)))
    return questions


def _some(rng: Draw, *shape: int, values: Sequence[float] = (-3, -2, -1, 1, 2, 3)) -> Array:
    return np.asarray(rng.choice(values, size=shape), float)


def _tenths(rng: Draw, *shape: int) -> Array:
    return _some(rng, *shape, values=[k / 10 for k in (-9, -7, -6, -4, -3, -2, 2, 3, 4, 6, 7, 9)])


def _written(array: Array | float) -> str:
    """Return a number, a row or a matrix in LaTeX."""
    rows = np.atleast_2d(array)
    entries = [[f"{value:g}" for value in row] for row in rows]
    if np.ndim(array) == 2:
        return r"\begin{pmatrix}" + r"\\".join(map("&".join, entries)) + r"\end{pmatrix}"
    return entries[0][0] if np.ndim(array) == 0 else f"({', '.join(entries[0])})"


def _dense(W: Array, b: Array) -> Dense:
    layer = Dense(*W.shape, rng=0)
    layer.parameters["W"][...], layer.parameters["b"][...] = W, b
    return layer


# Chapter 00


def _first_step(rng: Draw) -> Asked:
    x = rng.choice([1.0, 2.0, 3.0, 4.0], size=2, replace=False)
    y, alpha = _some(rng, 2, values=range(2, 9)), rng.choice([0.01, 0.02, 0.1])
    neuron, loss = _dense(np.zeros((1, 1)), np.zeros(1)), MeanSquaredError()
    loss.forward(neuron.forward(x[:, None]), y[:, None])
    neuron.backward(loss.backward())
    w, b = (-alpha * neuron.gradients[name].item() for name in "Wb")
    text = (
        rf"Two samples, $x={_written(x)}$ and $y={_written(y)}$, and a neuron $\hat y=wx+b$ that "
        rf"starts from $w=b=0$. Take one step with $\alpha={alpha:g}$ on the mean squared error "
        r"$\frac1m\sum_s(\hat y_s-y_s)^2$. What are the new $w$ and the new $b$?"
    )
    return text, "the new w and the new b", np.array([w, b])


# Chapter 01


def _delta_rule(rng: Draw) -> Asked:
    w, a = _some(rng, 2), _some(rng, 2)
    y = w @ a + rng.choice([-4.0, -3.0, -2.0, 2.0, 3.0, 4.0])
    text = (
        f"A linear neuron has the weights $w={_written(w)}$, the input is $a={_written(a)}$, and "
        rf"the answer should be $y={y:g}$. Find $\Delta w=(y-\hat y)\,a$."
    )
    return text, "Δw", (y - w @ a) * a


def _largest_rate(rng: Draw) -> Asked:
    a = _some(rng, 3)
    text = (
        rf"A linear neuron learns by $w\leftarrow w+\alpha\,(y-\hat y)\,a$ from the one input "
        f"$a={_written(a)}$. Below which rate does the error shrink in every step?"
    )
    return text, "the border of the rate", 2 / (a @ a)


# Chapter 02


def _chain(rng: Draw) -> Asked:
    x, w1, w2 = _some(rng, 1), _tenths(rng, 1), _tenths(rng, 1)
    y = rng.choice([0.0, 1.0])
    a1 = sigmoid(w1 * x)
    a2 = sigmoid(w2 * a1)
    delta2 = (a2 - y) * a2 * (1 - a2)
    slope = delta2 * w2 * a1 * (1 - a1) * x
    text = (
        rf"Two sigmoid neurons in a row, without biases: $a_1=\sigma(w_1x)$, $a_2=\sigma(w_2a_1)$, "
        rf"with $x={x[0]:g}$, $w_1={w1[0]:g}$, $w_2={w2[0]:g}$ and $y={y:g}$. What is "
        r"$\partial J/\partial w_1$ of $J=\tfrac12(a_2-y)^2$, to four digits?"
    )
    return text, "∂J/∂w1", slope.item()


# Chapters 03a, 03b


def _blame_of_a_layer(rng: Draw) -> Asked:
    W, delta = _some(rng, 2, 3), _some(rng, 3)
    W[0] = np.abs(W[0]) * np.sign(delta)  # so the blame of the first input is not 0
    layer = _dense(W, np.zeros(3))
    layer.forward(np.ones((1, 2)))
    blame = layer.backward(delta[None])[0]
    text = (
        rf"A layer computes $z=xW+b$ for a row $x$, with $W={_written(W)}$. Its sums have the "
        rf"blame $\delta={_written(delta)}$. What is the blame of its input, "
        r"$\partial J/\partial x$?"
    )
    return text, "the blame of the input", blame


def _table_of_gradients(rng: Draw) -> Asked:
    x, delta = _some(rng, 3), _some(rng, 2)
    text = (
        rf"A layer computes $z=xW+b$ for the row $x={_written(x)}$, and its sums have the blame "
        rf"$\delta={_written(delta)}$. Write down $\partial J/\partial W$, a row of it for each "
        "input."
    )
    return text, "∂J/∂W", np.outer(x, delta)


def _two_layers(rng: Draw) -> Asked:
    x, y = rng.permutation([1.0, 2.0]), rng.choice([0.0, 1.0])
    W1, W2 = _tenths(rng, 2, 2), _tenths(rng, 2, 1)
    layers = _dense(W1, np.zeros(2)), Sigmoid(), _dense(W2, np.zeros(1))
    network, loss = Sequential(*layers), SigmoidBinaryCrossEntropy()
    loss.forward(network.forward(x[None]), np.array([[y]]))
    network.backward(loss.backward())
    text = (
        rf"A network 2-2-1 of sigmoids without biases: $a^{{[1]}}=\sigma(xW^{{[1]}})$, "
        rf"$\hat y=\sigma(a^{{[1]}}W^{{[2]}})$, with $x={_written(x)}$, "
        rf"$W^{{[1]}}={_written(W1)}$, $W^{{[2]}}={_written(W2)}$. The price is the cross-entropy "
        rf"for $y={y:g}$. What is "
        r"$\partial J/\partial W^{[1]}$, to four digits?"
    )
    return text, "∂J/∂W1", layers[0].gradients["W"].copy()


# Chapter 04


def _logistic_gradient(rng: Draw) -> Asked:
    x, w, b = _some(rng, 2), _tenths(rng, 2), _tenths(rng, 1)[0]
    y = rng.choice([0.0, 1.0])
    slope = (sigmoid(x @ w + b) - y) * np.append(x, 1.0)
    text = (
        rf"A sigmoid neuron has the weights $w={_written(w)}$ and the bias $b={b:g}$. Its input is "
        rf"$x={_written(x)}$, and $y={y:g}$. Give $\partial\ell/\partial w_1$, "
        r"$\partial\ell/\partial w_2$ and $\partial\ell/\partial b$ of the cross-entropy, to four "
        "digits."
    )
    return text, "the three derivatives", slope


def _odds(rng: Draw) -> Asked:
    z = rng.choice([k / 10 for k in range(-25, 26) if k])
    text = (
        rf"A sigmoid neuron has the sum $z={z:g}$. What does it say, $\sigma(z)$, and what are the "
        "odds of yes against no? Give both to four digits."
    )
    return text, "the answer and the odds", np.array([sigmoid(z), np.exp(z)])


# Chapter 05


def _batch(rng: Draw) -> Asked:
    X, dZ = _some(rng, 3, 2), _some(rng, 3, 2)
    layer = _dense(np.ones((2, 2)), np.zeros(2))
    layer.forward(X)
    layer.backward(dZ)
    text = (
        rf"Three samples, the rows of $X={_written(X)}$, go through a layer $Z=XW+b$, and "
        rf"$dZ={_written(dZ)}$ comes back (with the $\frac1m$ in it). What is "
        r"$\partial J/\partial W$?"
    )
    return text, "∂J/∂W", layer.gradients["W"].copy()


# Chapter 06


def _relu_layer(rng: Draw) -> Asked:
    x, u = _some(rng, 2), _some(rng, 3)
    b = 0.5 * _some(rng, 3, values=(-1, 1))  # so no sum is 0, where ReLU has no slope
    W = _some(rng, 2, 3)
    W[:, 0] = np.sign(x) * np.abs(W[:, 0])  # one neuron at least is awake, and one
    W[:, 1] = -W[:, 0]  # asleep
    dense, bend = _dense(W, b), ReLU()
    bend.forward(dense.forward(x[None]))
    blame = dense.backward(bend.backward(u[None]))[0]
    text = (
        rf"A layer $a=\mathrm{{ReLU}}(xW+b)$ with $W={_written(W)}$ and $b={_written(b)}$ gets the "
        rf"row $x={_written(x)}$, and back comes $\partial J/\partial a={_written(u)}$. What is "
        r"$\partial J/\partial x$?"
    )
    return text, "∂J/∂x", blame


# Chapter 07


def _folded(rng: Draw) -> Asked:
    W1, W2 = _some(rng, 2, 2), _some(rng, 2, 1)
    W1[:, 0] = np.abs(W1[:, 0])  # one neuron at least hears something
    b1, b2 = _some(rng, 2, values=(-1, 0, 1)), _some(rng, 1, values=(-1, 0, 1))
    corners = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    answers = Sequential(_dense(W1, b1), ReLU(), _dense(W2, b2)).predict(corners).ravel()
    text = (
        rf"A network 2-2-1: $a=\mathrm{{ReLU}}(xW^{{[1]}}+b^{{[1]}})$, "
        rf"$\hat y=aW^{{[2]}}+b^{{[2]}}$, with $W^{{[1]}}={_written(W1)}$, "
        rf"$b^{{[1]}}={_written(b1)}$, $W^{{[2]}}={_written(W2)}$, $b^{{[2]}}={b2[0]:g}$. What "
        "does it answer to (0, 0), (0, 1), (1, 0) and (1, 1), in this order?"
    )
    return text, "the four answers", answers


# Chapters 08a, 08b


def _spread(rng: Draw) -> Asked:
    n = rng.choice([8, 18, 32, 50, 72, 98, 128, 200, 288, 392, 512])
    text = (
        f"Each neuron of a layer with ReLU reads {n} activations. With which spread (standard "
        "deviation) should its weights start, by He's rule?"
    )
    return text, "the spread", np.sqrt(2 / n)


def _momentum(rng: Draw) -> Asked:
    g, w = _some(rng, 3), np.array([_some(rng, 1)[0]])
    mu, alpha, start = rng.choice([0.5, 0.8, 0.9]), rng.choice([0.1, 0.2, 0.5]), w.item()
    optimizer = SGD(alpha, momentum=mu)
    for slope in g:
        optimizer.step([w], [np.array([slope])])
    text = (
        rf"Momentum: $v\leftarrow\mu v+g$, $w\leftarrow w-\alpha v$, with $\mu={mu:g}$, "
        rf"$\alpha={alpha:g}$, $w={start:g}$ and $v=0$ at the start. The slopes of three steps are "
        rf"$g={_written(g)}$, one after the other. Where is $w$ after them?"
    )
    return text, "w after three steps", w.item()


def _first_of_adam(rng: Draw) -> Asked:
    w, g, alpha = _some(rng, 2), 100 * _tenths(rng, 2), rng.choice([0.01, 0.05, 0.1])
    moved = w.copy()
    Adam(alpha).step([moved], [g])
    text = (
        rf"Adam takes its first step from $w={_written(w)}$ with $\alpha={alpha:g}$; the slopes "
        rf"are ${_written(g)}$. Where is $w$ after it, to four digits?"
    )
    return text, "w after the first step", moved


# Chapters 09, 10


def _places(rng: Draw) -> Asked:
    f, p, s = (int(rng.integers(*ends)) for ends in ((2, 6), (0, 3), (1, 4)))
    n = int(rng.integers(f + s, 16))
    pad = f", {p} more on either side," if p else ""
    text = (
        f"A window of size {f} moves over {n} pixels{pad} with stride {s}. At how many places does "
        "it stop?"
    )
    return text, "how many places", float((n + 2 * p - f) // s + 1)


def _feature_map(rng: Draw) -> Asked:
    X, F = _some(rng, 3, 3, values=range(4)), _some(rng, 2, 2, values=(-1, 1, 2))
    layer = Conv2D(1, 1, 2, rng=0)
    layer.parameters["W"][...], layer.parameters["b"][...] = F[:, :, None, None], 0
    out = layer.forward(X[None, :, :, None])[0, :, :, 0]
    text = (
        rf"The filter ${_written(F)}$ slides over the picture ${_written(X)}$ with stride 1, "
        "without padding and without being turned. Write down the map that comes out."
    )
    return text, "the map", out


def _pooled(rng: Draw) -> Asked:
    X = rng.permutation(16).astype(float).reshape(4, 4)  # no two alike, so that the largest is one
    dY = _some(rng, 2, 2)
    layer = MaxPool2D(2)
    layer.forward(X[None, :, :, None])
    dX = layer.backward(dY[None, :, :, None])[0, :, :, 0]
    text = (
        rf"Max pooling with windows of 2×2, side by side, reads ${_written(X)}$, and back comes "
        rf"$dY={_written(dY)}$. Write down $dX$."
    )
    return text, "dX", dX


def _parameters_of_a_convolution(rng: Draw) -> Asked:
    f, channels, filters = (int(rng.integers(*ends)) for ends in ((2, 6), (1, 9), (2, 33)))
    count = (f * f * channels + 1) * filters
    text = (
        f"A convolution layer has {filters} filters of size {f}×{f} and reads {channels} "
        f"channel{'s' * (channels > 1)}. How many parameters has it, biases included?"
    )
    return text, "how many parameters", float(count)


# Chapter 11


def _pushes(rng: Draw) -> Asked:
    z, right = rng.permutation([-1.0, 0, 1, 2, 3])[:3], int(rng.integers(3))
    loss = SoftmaxCrossEntropy()
    loss.forward(z[None], np.array([right]))
    text = (
        rf"Three classes have the scores $z={_written(z)}$, and class {right} is right (the first "
        r"is class 0). What is $\partial\ell/\partial z$ of the cross-entropy, to four digits?"
    )
    return text, "∂ℓ/∂z", loss.backward()[0]


# Chapter 12


def _parameters_of_a_reader(rng: Draw) -> Asked:
    side, hidden = int(rng.integers(8, 33)), int(rng.integers(3, 41)) * 5
    layers = Dense(side * side, hidden, rng=0), ReLU(), Dense(hidden, 10, rng=0)
    count = Sequential(*layers).summary((side * side,)).parameters
    text = (
        f"A dense network reads pictures of {side}×{side} pixels with {hidden} hidden neurons and "
        "tells ten digits apart. How many parameters has it, biases included?"
    )
    return text, "how many parameters", float(count)


# Chapter 13


def _cooled(rng: Draw) -> Asked:
    z, T = rng.permutation(np.arange(6.0))[:3], rng.choice([0.5, 2.0, 4.0])
    text = (
        rf"A network gives the scores $z={_written(z)}$ to three classes. Which probabilities does "
        rf"it tell at the temperature $T={T:g}$, to four digits?"
    )
    return text, "the three probabilities", softmax(z / T)


def _decayed(rng: Draw) -> Asked:
    w, g = _some(rng, 2), _some(rng, 2)
    alpha, decay = rng.choice([0.1, 0.2, 0.5]), rng.choice([0.01, 0.05, 0.1])
    moved = w.copy()
    SGD(alpha, weight_decay=decay).step([moved], [g])
    text = (
        rf"A step of gradient descent with weight decay, which adds $\lambda w$ to the gradient: "
        rf"$w={_written(w)}$, $\partial J/\partial w={_written(g)}$, $\alpha={alpha:g}$, "
        rf"$\lambda={decay:g}$. Where is $w$ after it?"
    )
    return text, "w after the step", moved


# Chapter 14


def _shares(rng: Draw) -> Asked:
    rows = np.array([[0.0, 1], [1, 0], [1, 2], [2, 1], [0, 2], [2, 0]])  # no two alike
    Q, K, V = rng.permutation(rows)[:2], rng.permutation(rows)[:2], _some(rng, 2, 2)
    # the input is the identity, so the three matrices of the layer are Q, K and V themselves
    attention = Attention(2, 2, rng=0)
    for name, matrix in zip(("W_q", "W_k", "W_v"), (Q, K, V), strict=True):
        attention.parameters[name][...] = matrix
    out = attention.forward(np.eye(2)[None])[0]
    text = (
        rf"Attention over two places: $Q={_written(Q)}$, $K={_written(K)}$, $V={_written(V)}$, a "
        r"place a row. What is $\mathrm{softmax}(QK^T/\sqrt2)\,V$, to four digits?"
    )
    return text, "the two rows", out


def _shared_weight(rng: Draw) -> Asked:
    w, h0, c1, c2 = rng.choice([-3.0, -2, 2, 3]), *_some(rng, 3)
    h1 = w * h0 + c1
    text = (
        rf"A linear cell reads two numbers: $h_t=w\,h_{{t-1}}+c_t$, with $w={w:g}$, $h_0={h0:g}$, "
        rf"$c_1={c1:g}$, $c_2={c2:g}$. The price is $J=h_2$. What is $\partial J/\partial w$?"
    )
    return text, "∂J/∂w", h1 + w * h0


def _together(rng: Draw) -> Asked:
    first, second, third = rng.permutation(np.arange(10, 90, 10))[:3]
    gradients = rng.integers(-20, 21, 3) / 10
    gradients[0] = gradients[1] + 1  # so that they do not agree
    said = ", ".join(f"{gradient:g}" for gradient in gradients)
    text = (
        f"Three workers share a batch: they take {first}, {second} and {third} of its samples. The "
        f"derivatives of the mean prices of their parts by a weight are {said}, in this order. "
        "What is the derivative of the mean price of the whole batch?"
    )
    sizes = np.array([first, second, third])
    return text, "∂J/∂w", float(sizes @ gradients / sizes.sum())


CHAPTERS: dict[str, tuple[Callable[[Draw], Asked], ...]] = {
    "00": (_first_step,),
    "01": (_delta_rule, _largest_rate),
    "02": (_chain,),
    "03a": (_blame_of_a_layer, _table_of_gradients),
    "03b": (_two_layers,),
    "04": (_logistic_gradient, _odds),
    "05": (_batch,),
    "06": (_relu_layer,),
    "07": (_folded,),
    "08a": (_spread,),
    "08b": (_momentum, _first_of_adam),
    "09": (_places, _feature_map),
    "10": (_pooled, _parameters_of_a_convolution),
    "11": (_pushes,),
    "12": (_parameters_of_a_reader,),
    "13": (_cooled, _decayed),
    "14": (_shares, _shared_weight),
    "15": (_together,),
}


def _said(answer: Array | float) -> str:
    if np.ndim(answer) == 0:
        return f"{answer:.6g}"
    return f"({', '.join(map(_said, np.asarray(answer)))})"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a paper in Markdown, and below it the answers.

    >>> main(["12", "7"])  # doctest: +NORMALIZE_WHITESPACE
    # Chapter 12, paper 7
    <BLANKLINE>
    1. A dense network reads pictures of 29×29 pixels with 160 hidden neurons and tells ten digits
       apart. How many parameters has it, biases included?
    <BLANKLINE>
    ## Answers
    <BLANKLINE>
    1. 136330
    <BLANKLINE>
    """
    parser = argparse.ArgumentParser(prog="python -m nnbook.exam", description=__doc__)
    parser.add_argument("chapter", choices=CHAPTERS, help="its number, as 03a")
    parser.add_argument("seed", type=int, help="a whole number; each draws another paper")
    given = parser.parse_args(arguments)
    questions = paper(given.chapter, given.seed)
    print(f"# Chapter {given.chapter}, paper {given.seed}\n")
    for number, question in enumerate(questions, start=1):
        print(f"{number}. {question.text}\n")
    print("## Answers\n")
    for number, question in enumerate(questions, start=1):
        print(f"{number}. {_said(question.answer)}")


if __name__ == "__main__":
    main()
