"""Every answer of a paper, computed once more from the numbers that stand in its text."""

import re
from pathlib import Path

import numpy as np
import pytest

import nnbook as nn
from nnbook import exam

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"

SEEDS = range(100)
NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"


def read(text):
    """Return a number, a row or a matrix from LaTeX."""
    if text.startswith(r"\begin"):
        rows = text.removeprefix(r"\begin{pmatrix}").removesuffix(r"\end{pmatrix}").split(r"\\")
        return np.array([[float(entry) for entry in row.split("&")] for row in rows])
    if text.startswith("("):
        return np.array([float(entry) for entry in text[1:-1].split(",")])
    return float(text)


VALUE = rf"\\begin\{{pmatrix\}}.*?\\end\{{pmatrix\}}|\({NUMBER}(?:, {NUMBER})*\)|{NUMBER}"


def given(text):
    """Return what the text gives, by name, and the matrices without one in their order."""
    names = r"\\partial J/\\partial \w|\\\w+|\w+_\d|\w\^\{\[\d\]\}|\w+"
    found = {name: read(value) for name, value in re.findall(rf"({names})=({VALUE})", text)}
    bare = [read(value) for value in re.findall(r"\$(\\begin.*?\\end\{pmatrix\})\$", text)]
    return found, bare, [int(digits) for digits in re.findall(r"\d+", text)]


def nudged(f, x):
    return nn.numerical_gradient(f, np.asarray(x, float))


def sigma(z):
    return 1 / (1 + np.exp(-z))


def solve_first_step(g, bare, n):
    x, y = g["x"], g["y"]

    def price(p):
        return np.mean((p[0] * x + p[1] - y) ** 2)

    return -g["\\alpha"] * nudged(price, np.zeros(2))


def solve_delta_rule(g, bare, n):
    return -nudged(lambda w: (g["y"] - w @ g["a"]) ** 2 / 2, g["w"])


def solve_largest_rate(g, bare, n):
    a, rates = g["a"], np.linspace(0, 4 / (g["a"] @ g["a"]), 400_001)
    left = np.abs(1 - rates * (a @ a))  # of the error after a step
    return rates[np.flatnonzero(left < 1)[-1]]


def solve_chain(g, bare, n):
    def price(w):
        return (sigma(g["w_2"] * sigma(w * g["x"])) - g["y"]) ** 2 / 2

    return nudged(price, g["w_1"])


def solve_blame_of_a_layer(g, bare, n):
    return nudged(lambda x: (x @ g["W"]) @ g["\\delta"], np.ones(2))


def solve_table_of_gradients(g, bare, n):
    return nudged(lambda W: (g["x"] @ W) @ g["\\delta"], np.ones((3, 2)))


def solve_two_layers(g, bare, n):
    def price(W):
        y_hat = sigma(sigma(g["x"] @ W) @ g["W^{[2]}"]).item()
        return -np.log(y_hat if g["y"] else 1 - y_hat)

    return nudged(price, g["W^{[1]}"])


def solve_logistic_gradient(g, bare, n):
    def price(p):
        y_hat = sigma(g["x"] @ p[:2] + p[2])
        return -np.log(y_hat if g["y"] else 1 - y_hat)

    return nudged(price, np.append(g["w"], g["b"]))


def solve_odds(g, bare, n):
    yes = sigma(g["z"])
    return [yes, yes / (1 - yes)]


def solve_batch(g, bare, n):
    return sum(np.outer(x, dz) for x, dz in zip(g["X"], g["dZ"], strict=True))


def solve_relu_layer(g, bare, n):
    u = g[r"\partial J/\partial a"]
    return nudged(lambda x: np.maximum(x @ g["W"] + g["b"], 0) @ u, g["x"])


def solve_folded(g, bare, n):
    def hidden(x):
        return np.maximum(x @ g["W^{[1]}"] + g["b^{[1]}"], 0)

    corners = ([0, 0], [0, 1], [1, 0], [1, 1])
    return [(hidden(np.array(x)) @ g["W^{[2]}"]).item() + g["b^{[2]}"] for x in corners]


def solve_spread(g, bare, n):
    (neurons,) = n
    W = np.random.default_rng(0).normal(size=(neurons, 20_000))
    return 1 / np.sqrt(np.mean((np.abs(W) ** 2).sum(axis=0) / 2)), 0.02


def solve_momentum(g, bare, n):
    w, v = g["w"], 0.0
    for slope in g["g"]:
        v = g["\\mu"] * v + slope
        w -= g["\\alpha"] * v
    return w


def solve_first_of_adam(g, bare, n):
    slopes = read(re.search(rf"slopes are \$({VALUE})\$", g["text"])[1])
    mean, square = 0.1 * slopes / (1 - 0.9), 0.001 * slopes**2 / (1 - 0.999)
    return g["w"] - g["\\alpha"] * mean / (np.sqrt(square) + 1e-8)


def solve_places(g, bare, n):
    f, pixels, s = n[0], n[1], n[-1]
    p = n[2] if len(n) == 4 else 0
    return sum(start + f <= pixels + p for start in range(-p, pixels + p, s))


def solve_feature_map(g, bare, n):
    F, X = bare
    return [[np.sum(X[r : r + 2, c : c + 2] * F) for c in range(2)] for r in range(2)]


def solve_pooled(g, bare, n):
    (X,), dY = bare, g["dY"]

    def told(X):
        blocks = [[X[r : r + 2, c : c + 2].max() for c in (0, 2)] for r in (0, 2)]
        return np.sum(dY * blocks)

    return nudged(told, X)


def solve_parameters_of_a_convolution(g, bare, n):
    filters, f, _, channels = n
    return (
        nn.Conv2D(channels, filters, f, rng=0).forward(np.zeros((1, f, f, channels))).size
        * (f * f * channels)
        + filters
    )


def solve_pushes(g, bare, n):
    right = int(re.search(r"class (\d) is right", g["text"])[1])
    return nudged(lambda z: np.log(np.exp(z).sum()) - z[right], g["z"])


def solve_parameters_of_a_reader(g, bare, n):
    side, _, hidden = n
    return side * side * hidden + hidden + hidden * 10 + 10


def solve_cooled(g, bare, n):
    powers = [np.e ** (z / g["T"]) for z in g["z"]]
    return [power / sum(powers) for power in powers]


def solve_decayed(g, bare, n):
    slope = g[r"\partial J/\partial w"] + g["\\lambda"] * g["w"]
    return g["w"] - g["\\alpha"] * slope


def solve_shares(g, bare, n):
    rows = []
    for query in g["Q"]:
        powers = np.exp([query @ key / 2**0.5 for key in g["K"]])
        rows.append(sum(p * v for p, v in zip(powers, g["V"], strict=True)) / powers.sum())
    return rows


def solve_shared_weight(g, bare, n):
    def h(w):
        return w * (w * g["h_0"] + g["c_1"]) + g["c_2"]

    return nudged(h, g["w"])


def solve_together(g, bare, n):
    numbers = [float(number) for number in re.findall(r"-?\d+\.?\d*", g["text"])]
    sizes, gradients = numbers[:3], numbers[3:]
    return sum(size * gradient for size, gradient in zip(sizes, gradients, strict=True)) / sum(
        sizes
    )


QUESTIONS = [(chapter, ask) for chapter, asks in exam.CHAPTERS.items() for ask in asks]


@pytest.mark.complete
@pytest.mark.parametrize(
    ("chapter", "ask"), QUESTIONS, ids=[f"{c}{a.__name__}" for c, a in QUESTIONS]
)
def test_an_answer_follows_from_the_numbers_of_its_text(chapter, ask):
    solve = globals()[f"solve{ask.__name__}"]
    number = exam.CHAPTERS[chapter].index(ask)
    answers = []
    for seed in SEEDS:
        question = exam.paper(chapter, seed)[number]
        found, bare, digits = given(question.text)
        answer = solve(found | {"text": question.text}, bare, digits)
        close = 1e-5
        if isinstance(answer, tuple):
            answer, close = answer
        scale = max(np.abs(question.answer).max(), 1e-9)
        assert np.shape(answer) == np.shape(question.answer), question.text
        assert np.allclose(answer, question.answer, rtol=0, atol=close * scale), question.text
        answers.append(np.round(question.answer, 6).tobytes())
        assert np.any(np.asarray(question.answer) != 0), question.text
    assert len(set(answers)) >= 10  # so that neighbours have other numbers


def test_a_paper_is_the_same_each_time_and_another_for_another_seed():
    texts = [[question.text for question in exam.paper("01", seed)] for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_a_wrong_answer_does_not_pass(capsys):
    for chapter in exam.CHAPTERS:
        for question in exam.paper(chapter, 3):
            question.check(np.asarray(question.answer) * 1.01)
            assert "not yet" in capsys.readouterr().out
            question.check(question.answer)
            assert "passed" in capsys.readouterr().out


def test_a_chapter_without_questions_is_named():
    with pytest.raises(ValueError, match=r"one of the chapters 00, .*; got '99'"):
        exam.paper("99", 0)


def test_every_chapter_has_questions(capsys):
    pages = {path.name.split("_")[0] for path in NOTEBOOKS.glob("[0-9]*.ipynb")}
    assert set(exam.CHAPTERS) == pages
    exam.main(["03a", "5"])
    printed = capsys.readouterr().out
    assert printed.startswith("# Chapter 03a, paper 5\n\n1. A layer computes")
    assert "## Answers\n\n1. (" in printed
