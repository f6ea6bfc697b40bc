"""Every answer of a paper, computed once more from the numbers that stand in its text."""

import doctest
import re
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from execute_notebooks import ROOT

import nnbook as nn
from book import exam

SEEDS = range(30)
CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
VALUE = rf"\\begin\{{pmatrix\}}.*?\\end\{{pmatrix\}}|\({NUMBER}(?:, {NUMBER})*\)|{NUMBER}"
SYMBOL = r"\\partial J/\\partial (\w)|\\?(\w+(?:_\d|\^\{\[\d\]\})?)"


def value(text):
    """Return a number, a row or a matrix from LaTeX."""
    if text.startswith(r"\begin"):
        rows = text.removeprefix(r"\begin{pmatrix}").removesuffix(r"\end{pmatrix}").split(r"\\")
        return np.array([[float(entry) for entry in row.split("&")] for row in rows])
    if text.startswith("("):
        return np.array([float(entry) for entry in text[1:-1].split(",")])
    return float(text)


def given(text):
    """Return what a text gives: by its letters without marks, and all whole numbers as n."""
    found = {
        f"d{one}" if one else re.sub(r"\W|_", "", other): value(number)
        for one, other, number in re.findall(rf"(?:{SYMBOL})=({VALUE})", text)
    }
    whole = [int(digits) for digits in re.findall(r"\d+", text)]
    rows = [value(row) for row in re.findall(rf"\({NUMBER}(?:, {NUMBER})+\)", text)]
    return SimpleNamespace(**{"n": whole, "rows": rows, **found})


def slope(f, x):
    return nn.numerical_gradient(f, np.asarray(x, float))


def sigma(z):
    return 1 / (1 + np.exp(-z))


def surprise(z, y):
    return -np.log(sigma(z) if y else 1 - sigma(z))


def largest_rate(g):
    rates = np.linspace(0, 4 / (g.a @ g.a), 400_001)
    return rates[np.flatnonzero(np.abs(1 - rates * (g.a @ g.a)) < 1)[-1]]


def tossed(g):
    fewer, more = g.n[:2]
    chances = [1.0]  # of each number of heads
    for _ in range(fewer + more):
        chances = np.convolve(chances, [0.5, 0.5])
    return chances[: fewer + 1].sum() + chances[more:].sum() if fewer + 1 < more else 1.0


def momentum(g):
    w, v = g.w, 0.0
    for gradient in g.g:
        v = g.mu * v + gradient
        w -= g.alpha * v
    return w


def attended(g):
    powers = np.exp([[query @ key / 2**0.5 for key in g.K] for query in g.Q])
    return [sum(p * v for p, v in zip(row, g.V, strict=True)) / row.sum() for row in powers]


def positions(g):
    f, pixels, p, s = g.n
    return sum(start + f <= pixels + p for start in range(-p, pixels + p, s))


def pooled(g):
    def loss(X):
        return np.sum(g.dZ * [[X[r : r + 2, c : c + 2].max() for c in (0, 2)] for r in (0, 2)])

    return slope(loss, g.X)


# in the order of the table of questions
def without_decay(g):
    before, w = g.w, g.w - g.alpha * g.c * g.w
    for _ in range(2):  # momentum with a velocity that never decays
        before, w = w, w + (w - before) - g.alpha * g.c * w
    return w


SOLVED = [
    lambda g: -g.alpha * slope(lambda p: np.mean((p[0] * g.x + p[1] - g.y) ** 2), np.zeros(2)),
    lambda g: -slope(lambda w: (g.y - w @ g.a) ** 2 / 2, g.w),
    largest_rate,
    lambda g: slope(lambda w: (sigma(g.w2 * sigma(w * g.x)) - g.y) ** 2 / 2, g.w1),
    lambda g: slope(lambda x: (x @ g.W) @ g.delta, np.ones(2)),
    lambda g: slope(lambda W: (g.x @ W) @ g.delta, np.ones((3, 2))),
    lambda g: slope(lambda W: surprise(sigma(g.x @ W) @ g.W2, g.y).item(), g.W1),
    lambda g: slope(lambda p: surprise(g.x @ p[:2] + p[2], g.y), np.append(g.w, g.b)),
    lambda g: [sigma(g.z), sigma(g.z) / (1 - sigma(g.z))],
    lambda g: [1 / (1 + g.c), -np.log(g.c)],
    lambda g: sum(np.outer(x, dz) for x, dz in zip(g.X, g.dZ, strict=True)),
    lambda g: slope(lambda x: np.maximum(x @ g.W + g.b, 0) @ g.da, g.x),
    lambda g: (np.maximum(CORNERS @ g.W1 + g.b1, 0) @ g.W2 + g.b2)[:, 0],
    lambda g: 1 / np.sqrt(g.n[0] / 2),
    momentum,
    lambda g: g.w - g.alpha * g.g / (np.abs(g.g) + 1e-8),
    positions,
    lambda g: [[np.sum(g.X[r : r + 2, c : c + 2] * g.F) for c in (0, 1)] for r in (0, 1)],
    pooled,
    lambda g: g.n[0] * g.n[1] * g.n[2] * g.n[3] + g.n[0],
    lambda g: slope(lambda z: np.log(np.exp(z).sum()) - z[g.n[-2]], g.z),
    lambda g: (g.n[0] * g.n[1] + 1) * g.n[2] + (g.n[2] + 1) * 10,
    tossed,
    lambda g: np.e ** (g.z / g.T) / sum(np.e ** (z / g.T) for z in g.z),
    lambda g: g.w - g.alpha * (g.dw + vars(g)["lambda"] * g.w),
    lambda g: g.z / max(np.dot(signs, g.w) for signs in product((-1, 1), repeat=4)),
    lambda g: slope(lambda v: v**2 * (v + g.c), g.v),
    attended,
    lambda g: slope(lambda w: w * (w * g.h0 + g.c1) + g.c2, g.w),
    without_decay,
    lambda g: sum(np.prod(g.rows, axis=0)) / sum(g.rows[0]),
]
QUESTIONS = [(chapter, i) for chapter in exam.CHAPTERS for i in range(len(exam.paper(chapter, 0)))]


@pytest.mark.parametrize(("question", "solve"), list(zip(QUESTIONS, SOLVED, strict=True)))
def test_an_answer_follows_from_the_numbers_of_its_text(question, solve):
    (chapter, i), answers = question, set()
    for seed in SEEDS:
        question = exam.paper(chapter, seed)[i]
        answer = solve(given(question.text))
        scale = np.abs(question.answer).max()
        assert scale > 0, question.text
        assert np.shape(answer) == np.shape(question.answer), question.text
        assert np.allclose(answer, question.answer, rtol=0, atol=1e-5 * scale), question.text
        answers.add(np.round(question.answer, 6).tobytes())
    assert len(answers) >= 8  # so that neighbours have other numbers


def test_a_paper_is_the_same_each_time_and_another_for_another_seed():
    assert doctest.testmod(exam).failed == 0
    texts = [[question.text for question in exam.paper("01", seed)] for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_a_wrong_answer_does_not_pass(capsys):
    for chapter in exam.CHAPTERS:
        for question in exam.paper(chapter, 3):
            question.check(np.asarray(question.answer) * 1.01)
            assert "not yet" in capsys.readouterr().out
            question.check(question.answer)
            assert "passed" in capsys.readouterr().out


def test_every_chapter_has_questions(capsys):
    pages = {path.name.split("_")[0] for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    assert set(exam.CHAPTERS) == pages
    with pytest.raises(ValueError, match=r"one of the chapters 00, .*; got '99'"):
        exam.paper("99", 0)
    exam.main(["03a", "5"])
    printed = capsys.readouterr().out
    assert printed.startswith("# Chapter 03a, paper 5\n\n1. A layer computes")
    assert "## Answers\n\n1. (" in printed
