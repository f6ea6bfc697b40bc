"""Questions with fresh numbers: ``python -m book.exam 09 7`` prints a paper, and its answers.

Every chapter has a few questions to be done with pencil and paper or a pocket calculator. A seed
draws their numbers, and the package computes the answers from these. The same chapter and seed
always give the same paper, so each student can have one of their own.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np

import nnbook as nn
from nnbook import autodiff
from nnbook.exercises.grading import Value, check


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
    def answer(self) -> Any:
        """The right answer, a number or an array."""
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
    """
    rows = [row[1:] for row in QUESTIONS if row[0] == chapter]
    if not rows:
        raise ValueError(
            f"paper expects one of the chapters {', '.join(CHAPTERS)}; got {chapter!r}"
        )
    questions = []
    for number, (asked, text, draw, solve) in enumerate(rows, start=1):
        # a stream of its own: what is asked before does not change the numbers
        rng, answer = np.random.default_rng([seed, number]), np.zeros(1)
        while not answer.any():  # an answer of zeros would be no question
            given = draw(rng)
            answer = np.asarray(solve(**given), float).round(12) + 0.0  # no -0
        for name, value in given.items():
            text = text.replace(f"<{name}>", written(value))
        expected = answer if answer.ndim else float(answer)
        questions.append(Question(text, Value(f"{chapter}.{number}", asked, expected)))
    return questions


def written(value: Any) -> str:
    """Return a number, a row or a matrix in LaTeX."""
    rows = [[f"{entry:g}" for entry in row] for row in np.atleast_2d(value)]
    if np.ndim(value) == 2:
        return r"\begin{pmatrix}" + r"\\".join(map("&".join, rows)) + r"\end{pmatrix}"
    return rows[0][0] if np.ndim(value) == 0 else f"({', '.join(rows[0])})"


# --- what draws and solves ---------------------------------------------------------------------

Draw = np.random.Generator


def one(rng: Draw, *values: float) -> Any:
    """Draw one of the values."""
    return rng.choice(values)


def small(rng: Draw, *shape: int, of: Any = (-3, -2, -1, 1, 2, 3)) -> Any:
    """Draw small whole numbers."""
    return np.asarray(rng.choice(of, size=shape), float)


def tenths(rng: Draw, *shape: int) -> Any:
    """Draw numbers of one decimal."""
    return small(rng, *shape, of=np.array([-9, -7, -6, -4, -3, -2, 2, 3, 4, 6, 7, 9]) / 10)


def some(rng: Draw, n: int, *of: Any) -> Any:
    """Draw n different ones."""
    return np.array(rng.permutation(of)[:n], float)


def dense(W: Any, b: Any = 0.0) -> nn.Dense:
    """Return a layer with these weights and biases."""
    layer = nn.Dense(*W.shape, rng=0)
    layer.parameters["W"][...], layer.parameters["b"][...] = W, b
    return layer


def gradients(X: Any, Y: Any, loss: nn.Loss, *layers: nn.Layer) -> list[Any]:
    """Return the gradients of the loss with respect to all parameters."""
    network = nn.Sequential(*layers)
    loss.forward(network.forward(X), Y)
    network.backward(loss.backward())
    return network.gradients()


def back(X: Any, dZ: Any, *layers: nn.Layer) -> Any:
    """Return the gradient with respect to the input of the layers, from that of their output."""
    for layer in layers:
        X = layer.forward(X)
    for layer in reversed(layers):
        dZ = layer.backward(dZ)
    return dZ


def stepped(optimizer: nn.Optimizer, w: Any, *slopes: Any) -> Any:
    """Return where w is after a step for each of the slopes."""
    w = np.array(w, float)
    for slope in slopes:
        optimizer.step([w], [np.array(slope)])
    return w


def first_step(x: Any, y: Any, alpha: float) -> Any:
    """Return w and b of a linear neuron after its first step from zero."""
    start = dense(np.zeros((1, 1)))
    found = gradients(x[:, None], y[:, None], nn.MeanSquaredError(), start)
    return -alpha * np.concatenate(found, axis=None)


def recorded(v: float, c: float) -> Any:
    """Return the gradient of (v · v) · (v + c) that the engine finds for v."""
    leaf = autodiff.Node(v)
    total = autodiff.add(leaf, autodiff.Node(c))
    autodiff.backward(autodiff.multiply(autodiff.multiply(leaf, leaf), total))
    return leaf.gradient


def accumulated(w: float, c: float, alpha: float) -> float:
    """Return w after three steps by the sum of all gradients so far."""
    total = 0.0
    for _ in range(3):
        total += c * w
        w = w - alpha * total
    return w


def attended(Q: Any, K: Any, V: Any) -> Any:
    """Return what attention makes of these: its input is 1, so its matrices are they."""
    layer = nn.Attention(2, 2, rng=0)
    for name, matrix in {"W_q": Q, "W_k": K, "W_v": V}.items():
        layer.parameters[name][...] = matrix
    return layer.forward(np.eye(2)[None])[0]


PLACES = [[0, 1], [1, 0], [1, 2], [2, 1], [0, 2], [2, 0]]

# chapter, what is asked for in short, the text with <names>, what draws them, and the answer
Row = tuple[str, str, str, Callable[[Draw], dict[str, Any]], Callable[..., Any]]
QUESTIONS: list[Row] = [
    ("00", "the new w and the new b",
     r"Two samples, $x=<x>$ and $y=<y>$, and a neuron $\hat y=wx+b$ that starts from $w=b=0$. Take "
     r"one step with $\alpha=<alpha>$ on the mean squared error $\frac1m\sum_s(\hat y_s-y_s)^2$. "
     r"What are the new $w$ and the new $b$?",
     lambda r: {"x": some(r, 2, 1, 2, 3, 4), "y": small(r, 2, of=range(2, 9)), "alpha": one(r, 0.01, 0.02, 0.1)},
     first_step),
    ("01", "Δw",
     r"A linear neuron has the weights $w=<w>$, the input is $a=<a>$, and the target is $y=<y>$. "
     r"Find $\Delta w=(y-\hat y)\,a$.",
     lambda r: {"w": small(r, 2), "a": small(r, 2), "y": one(r, *range(-9, 10))},
     lambda w, a, y: (y - w @ a) * a),
    ("01", "the bound of the rate",
     r"A linear neuron learns by $w\leftarrow w+\alpha\,(y-\hat y)\,a$ from the one input $a=<a>$. "
     r"Below which learning rate does the error shrink in every step?",
     lambda r: {"a": small(r, 3)}, lambda a: 2 / (a @ a)),
    ("02", "∂J/∂w1",
     r"Two sigmoid neurons in a row, without biases: $a_1=\sigma(w_1x)$, $a_2=\sigma(w_2a_1)$, with "
     r"$x=<x>$, $w_1=<w1>$, $w_2=<w2>$ and $y=<y>$. What is $\partial J/\partial w_1$ of "
     r"$J=\tfrac12(a_2-y)^2$, to four digits?",
     lambda r: {"x": small(r), "w1": tenths(r), "w2": tenths(r), "y": one(r, 0, 1)},
     lambda x, w1, w2, y: gradients(x.reshape(1, 1), [[y]], nn.HalfSquaredError(), dense(w1.reshape(1, 1)), nn.Sigmoid(),
                                    dense(w2.reshape(1, 1)), nn.Sigmoid())[0].item()),
    ("03a", "∂J/∂x",
     r"A layer computes $z=xW+b$ for a row $x$, with $W=<W>$. The gradient of the loss with respect "
     r"to $z$ is $\delta=<delta>$. What is $\partial J/\partial x$?",
     lambda r: {"W": small(r, 2, 3), "delta": small(r, 3)},
     lambda W, delta: back(np.ones((1, 2)), delta[None], dense(W))[0]),
    ("03a", "∂J/∂W",
     r"A layer computes $z=xW+b$ for the row $x=<x>$, and the gradient of the loss with respect to "
     r"$z$ is $\delta=<delta>$. Write down $\partial J/\partial W$, a row of it for each input.",
     lambda r: {"x": small(r, 3), "delta": small(r, 2)}, lambda x, delta: np.outer(x, delta)),
    ("03b", "∂J/∂W1",
     r"A network 2-2-1 of sigmoids without biases: $a^{[1]}=\sigma(xW^{[1]})$, "
     r"$\hat y=\sigma(a^{[1]}W^{[2]})$, with $x=<x>$, $W^{[1]}=<W1>$, $W^{[2]}=<W2>$. The loss is the "
     r"cross-entropy for $y=<y>$. What is $\partial J/\partial W^{[1]}$, to four digits?",
     lambda r: {"x": some(r, 2, 1, 2), "W1": tenths(r, 2, 2), "W2": tenths(r, 2, 1), "y": one(r, 0, 1)},
     lambda x, W1, W2, y: gradients(x[None], [[y]], nn.SigmoidBinaryCrossEntropy(), dense(W1), nn.Sigmoid(), dense(W2))[0]),
    ("04a", "the three derivatives",
     r"A sigmoid neuron has the weights $w=<w>$ and the bias $b=<b>$. Its input is $x=<x>$, and "
     r"$y=<y>$. Give $\partial\ell/\partial w_1$, $\partial\ell/\partial w_2$ and "
     r"$\partial\ell/\partial b$ of the cross-entropy, to four digits.",
     lambda r: {"x": small(r, 2), "w": tenths(r, 2), "b": tenths(r), "y": one(r, 0, 1)},
     lambda x, w, b, y: np.concatenate(gradients(x[None], [[y]], nn.SigmoidBinaryCrossEntropy(), dense(w[:, None], b)), axis=None)),
    ("04a", "the probability and the odds",
     r"A sigmoid neuron has the logit $z=<z>$. What is its output $\sigma(z)$, and what are the odds of "
     r"yes against no? Give both to four digits.",
     lambda r: {"z": one(r, *(k / 10 for k in range(-25, 26) if k))},
     lambda z: np.array([nn.sigmoid(z), np.exp(z)])),
    ("04b", "the threshold and its logit",
     r"A false negative costs as much as $c=<c>$ false positives. From which predicted probability on "
     r"should one warn, and what is the logit of this probability? Give both to four digits.",
     lambda r: {"c": one(r, *range(2, 30))},
     lambda c: np.array([1 / (1 + c), -np.log(c)])),
    ("05", "∂J/∂W",
     r"Three samples, the rows of $X=<X>$, go through a layer $Z=XW+b$, and the upstream gradient is "
     r"$dZ=<dZ>$ (with the $\frac1m$ in it). What is $\partial J/\partial W$?",
     lambda r: {"X": small(r, 3, 2), "dZ": small(r, 3, 2)}, lambda X, dZ: X.T @ dZ),
    ("06", "∂J/∂x",
     r"A layer $a=\mathrm{ReLU}(xW+b)$ with $W=<W>$ and $b=<b>$ gets the row $x=<x>$, and the upstream "
     r"gradient is $\partial J/\partial a=<u>$. What is $\partial J/\partial x$?",
     # halves: no pre-activation is 0, where ReLU has no slope; of two neurons one is mostly off
     lambda r: {"W": np.hstack([V := small(r, 2, 1), -V, small(r, 2, 1)]), "b": small(r, 3, of=(-0.5, 0.5)), "x": small(r, 2), "u": small(r, 3)},
     lambda W, b, x, u: back(x[None], u[None], dense(W, b), nn.ReLU())[0]),
    ("07", "the four outputs",
     r"A network 2-2-1: $a=\mathrm{ReLU}(xW^{[1]}+b^{[1]})$, $\hat y=aW^{[2]}+b^{[2]}$, with "
     r"$W^{[1]}=<W1>$, $b^{[1]}=<b1>$, $W^{[2]}=<W2>$, $b^{[2]}=<b2>$. What are its outputs for (0, 0), "
     r"(0, 1), (1, 0) and (1, 1), in this order?",
     # one neuron at least is on for some corner
     lambda r: {"W1": np.hstack([abs(small(r, 2, 1)), small(r, 2, 1)]), "W2": small(r, 2, 1), "b1": small(r, 2, of=(-1, 0, 1)),
         "b2": one(r, -1, 0, 1)},
     lambda W1, b1, W2, b2: nn.Sequential(dense(W1, b1), nn.ReLU(), dense(W2, b2)).predict(np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])).ravel()),
    ("08a", "the standard deviation",
     r"Each neuron of a layer with ReLU has <n> inputs. With which standard deviation should its "
     r"weights be initialised, in He initialisation?",
     lambda r: {"n": one(r, 8, 18, 32, 50, 72, 98, 128, 200, 288, 392, 512)}, lambda n: np.sqrt(2 / n)),
    ("08b", "w after three updates",
     r"Momentum: $u\leftarrow\mu u+g$, $w\leftarrow w-\alpha u$, with $\mu=<mu>$, $\alpha=<alpha>$, "
     r"$w=<w>$ and $u=0$ at the start. The gradients of three updates are $g=<g>$, one after the other. "
     r"Where is $w$ after them?",
     lambda r: {"g": small(r, 3), "w": small(r), "mu": one(r, 0.5, 0.8, 0.9), "alpha": one(r, 0.1, 0.2, 0.5)},
     lambda g, w, mu, alpha: stepped(nn.SGD(alpha, momentum=mu), w, *g)),
    ("08b", "w after the first step",
     r"Adam takes its first step from $w=<w>$ with $\alpha=<alpha>$; the gradient is $g=<g>$. "
     r"Where is $w$ after it, to four digits?",
     lambda r: {"w": small(r, 2), "g": 100 * tenths(r, 2), "alpha": one(r, 0.01, 0.05, 0.1)},
     lambda w, g, alpha: stepped(nn.Adam(alpha), w, g)),
    ("09", "how many positions",
     r"A window of size <f> moves over <n> pixels, <p> more on either side, with stride <s>. At how many "
     r"positions does it stop?",
     lambda r: {"f": (f := r.integers(2, 6)), "s": (s := r.integers(1, 4)), "p": r.integers(0, 3), "n": r.integers(f + s, 16)},
     lambda n, f, s, p: nn.conv_output_size(int(n), int(f), int(s), int(p))),
    ("09", "the feature map",
     r"The kernel $F=<F>$ slides over the image $X=<X>$ with stride 1, without padding and without being "
     r"flipped. Write down the feature map.",
     lambda r: {"X": small(r, 3, 3, of=range(4)), "F": small(r, 2, 2, of=(-1, 1, 2))}, lambda X, F: nn.correlate2d(X, F)),
    ("10b", "dX",
     r"Max pooling with windows of 2×2, side by side, reads $X=<X>$, and the upstream gradient is "
     r"$dZ=<dZ>$. Write down $dX$.",
     # no two alike, so that the maximum is one
     lambda r: {"X": some(r, 16, *range(16)).reshape(4, 4), "dZ": small(r, 2, 2)},
     lambda X, dZ: back(X[None, :, :, None], dZ[None, :, :, None], nn.MaxPool2D(2))[0, :, :, 0]),
    ("10a", "how many parameters",
     r"A convolutional layer has <k> kernels of size <f>×<f> for <c> input channels. How many parameters has "
     r"it, biases included?",
     lambda r: {"f": r.integers(2, 6), "c": r.integers(2, 9), "k": r.integers(2, 33)},
     lambda f, c, k: sum(p.size for p in nn.Conv2D(int(c), int(k), int(f), rng=0).parameters.values())),
    ("11", "∂ℓ/∂z",
     r"Three classes have the logits $z=<z>$, and class <y> is right (the first is class 0). What is "
     r"$\partial\ell/\partial z$ of the cross-entropy, to four digits?",
     lambda r: {"z": some(r, 3, -1, 0, 1, 2, 3), "y": r.integers(3)},
     lambda z, y: nn.softmax(z) - np.eye(3)[y]),
    ("12a", "how many parameters",
     r"A dense network reads images of <side>×<side> pixels with <hidden> hidden units and tells ten "
     r"digits apart. How many parameters has it, biases included?",
     lambda r: {"side": r.integers(8, 33), "hidden": 5 * r.integers(3, 41)},
     lambda side, hidden: nn.Sequential(nn.Dense(side**2, hidden, rng=0), nn.ReLU(), nn.Dense(hidden, 10, rng=0)).summary((side**2,)).parameters),
    ("12b", "p",
     r"Two classifiers are tested on the same images. On <b> of them only the first is right, on <c> only the "
     r"second. What is the exact two-sided p of McNemar's test, to four digits?",
     lambda r: {"b": r.integers(1, 7), "c": r.integers(7, 13)},
     lambda b, c: 2 * sum(comb(int(b + c), i) for i in range(b + 1)) / 2.0 ** (b + c)),
    ("13a", "the three probabilities",
     r"A network gives the logits $z=<z>$ to three classes. Which probabilities does it state at the "
     r"temperature $T=<T>$, to four digits?",
     lambda r: {"z": some(r, 3, *range(6)), "T": one(r, 0.5, 2, 4)}, lambda z, T: nn.softmax(z / T)),
    ("13a", "w after the step",
     r"A step of gradient descent with weight decay, which adds $\lambda w$ to the gradient: $w=<w>$, "
     r"$\partial J/\partial w=<g>$, $\alpha=<alpha>$, $\lambda=<decay>$. Where is $w$ after it?",
     lambda r: {"w": small(r, 2), "g": small(r, 2), "alpha": one(r, 0.1, 0.2, 0.5), "decay": one(r, 0.01, 0.05, 0.1)},
     lambda w, g, alpha, decay: stepped(nn.SGD(alpha, weight_decay=decay), w, g)),
    ("13b", "ε",
     r"A linear neuron has the weights $w=<w>$, and for some input $z=<z>$. Every input may be changed by $\varepsilon$, up "
     r"or down. What is the smallest $\varepsilon$ that brings $z$ to 0, to four digits?",
     lambda r: {"w": some(r, 4, -3, -2, -1, 1, 2, 3), "z": r.integers(1, 10)},
     lambda w, z: z / np.abs(w).sum()),
    ("14a", "∂J/∂v",
     r"An engine records $s=v\cdot v$, $r=v+c$ and $J=s\cdot r$, with $v=<v>$ and $c=<c>$. Which gradient "
     r"does it find for $v$?",
     lambda r: {"v": small(r), "c": small(r, of=(-5, -4, -2, -1, 1, 2, 4, 5))}, recorded),
    ("14b", "the two rows",
     r"Attention over two positions: $Q=<Q>$, $K=<K>$, $V=<V>$, a row for each position. What is "
     r"$\mathrm{softmax}(QK^T/\sqrt2)\,V$, to four digits?",
     lambda r: {"Q": some(r, 2, *PLACES), "K": some(r, 2, *PLACES), "V": small(r, 2, 2)}, attended),
    ("14b", "∂J/∂w",
     r"A linear cell reads two numbers: $h_t=w\,h_{t-1}+c_t$, with $w=<w>$, $h_0=<h0>$, $c_1=<c1>$, "
     r"$c_2=<c2>$. The loss is $J=h_2$. What is $\partial J/\partial w$?",
     lambda r: {"w": one(r, -3, -2, 2, 3), "h0": small(r), "c1": small(r), "c2": small(r)},
     lambda w, h0, c1, c2: 2 * w * h0 + c1),
    ("15a", "w after the third update",
     r"In PyTorch a weight with the loss $J=\frac c2w^2$, $c=<c>$, is trained by SGD with $\alpha=<alpha>$ from "
     r"$w=<w>$, and nobody calls `zero_grad`. What is $w$ after three updates, to four digits?",
     lambda r: {"w": small(r), "c": one(r, 1, 2, 4), "alpha": one(r, 0.05, 0.1, 0.2)}, accumulated),
    ("15b", "∂J/∂w",
     r"Three workers share a batch: they take <n> of its samples. The derivatives of the mean losses of "
     r"their parts with respect to a weight are <g>, in this order. What is the derivative of the mean "
     r"loss of the whole batch?",
     lambda r: {"n": some(r, 3, *range(10, 90, 10)), "g": some(r, 3, *np.arange(-20, 21) / 10)}, lambda n, g: n @ g / n.sum()),
]  # fmt: skip
CHAPTERS = tuple(dict.fromkeys(row[0] for row in QUESTIONS))


def said(answer: Any) -> str:
    """Return an answer in six digits, a matrix as rows of rows."""
    return f"{answer:.6g}" if np.ndim(answer) == 0 else f"({', '.join(map(said, answer))})"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a paper in Markdown, and below it the answers."""
    parser = argparse.ArgumentParser(prog="python -m book.exam", description=__doc__)
    parser.add_argument("chapter", choices=CHAPTERS, help="as 03a")
    parser.add_argument("seed", type=int, help="a whole number; each draws another paper")
    given = parser.parse_args(arguments)
    questions = paper(given.chapter, given.seed)
    print(f"# Chapter {given.chapter}, paper {given.seed}\n")
    for number, question in enumerate(questions, start=1):
        print(f"{number}. {question.text}\n")
    print("## Answers\n")
    for number, question in enumerate(questions, start=1):
        print(f"{number}. {said(question.answer)}")


if __name__ == "__main__":
    main()
