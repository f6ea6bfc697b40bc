"""The equations of the package's texts, computed as they are written.

The docstrings and `Sequential.trace` state equations in letters: ``dW[i, j] = Σ_s X[s, i] dY[s, j]``,
``s ← ρ s + (1 - ρ) dp²``. Here such a text is made into Python and computed, so that a letter that
is wrong in the text is a number that is wrong in a test.
"""

import re
import unicodedata
from itertools import product

import numpy as np

SIGNS = {
    "·": "*", "⊙": "*", "½": "0.5", "ᵀ": ".T", "²": "**2", "ᵗ": "**t", "₁": "1", "₂": "2",
    "eᶻ": "exp(z)", "e⁻ᶻ": "exp(-z)", "e^-|z|": "exp(-abs(z))", "g'(": "g_prime(",
}  # fmt: skip
FUNCTIONS = {
    "exp": np.exp, "abs": np.abs, "sqrt": np.sqrt, "ln": np.log, "max": np.maximum, "tanh": np.tanh,
}  # fmt: skip
ENTRY = re.compile(r"(\w+)\[([^\]]*)\]")


def python(text, times="*"):
    """Return a formula as Python; what stands side by side is multiplied, by ``times``."""
    text = unicodedata.normalize("NFC", text)
    for sign in sorted(SIGNS, key=len, reverse=True):
        text = text.replace(sign, SIGNS[sign])
    text = re.sub(r"Σ_samples (\w+)", r"\1.sum(axis=0)", text)
    text = re.sub(r"\be\^z_([a-z])\b", r"exp(z[\1])", text)
    text = re.sub(r"\b([zY]|dY)_([a-z])\b", r"\1[\2]", text)
    text = re.sub(r"√(\w+)", r"sqrt(\1)", text)
    text = re.sub(r"\bln ([^\WΣ]\w*)", r"ln(\1)", text)
    # a blank between two factors is a product
    return re.sub(r"(?<=[\w\])])(?<!lambda)\s+(?=[\w(])", f" {times} ", sums(text))


def sums(text):
    """Return the text with each ``Σ_s term`` as a call; the term ends at a + or - or bracket."""
    while (start := text.rfind("Σ_")) >= 0:
        depth, end = 0, start + 3
        while end < len(text) and depth >= 0 and (depth or text[end] not in "+-"):
            depth += (text[end] in "([") - (text[end] in ")]")
            end += depth >= 0
        index, term = text[start + 2], text[start + 3 : end].strip()
        call = f"total(lambda {index}:({term}),ranges['{index}'])"
        if text.endswith("ln ", 0, start):
            start, call = start - 3, f"ln({call})"
        text = text[:start] + call + text[end:]
    return text


def total(term, n):
    """Return the sum of a term over n values of its index."""
    return sum(term(i) for i in range(n))


def value_of(text, names, times="*"):
    """Return what a formula of this text amounts to, given what its letters stand for."""
    return eval(python(text, times), {"total": total, **FUNCTIONS, **names})


def run(text, names, times="*"):
    """Carry out ``p ← p - α dp``, or ``=``: put the new value among the names."""
    name, formula = re.split(" ← | = ", unicodedata.normalize("NFC", text))
    names[name] = value_of(formula, names, times)


def stated(thing, *formulas):
    """Return the formulas, once each is found in the docstring of the class or function."""
    for formula in formulas:
        assert f"``{formula}``" in thing.__doc__, f"{thing.__name__} does not say {formula}"
    return formulas


def entry_by_entry(text, names):
    """Return the name of the array on the left of an index equation, and the array it defines.

    ``names`` hold an array for the left side too, of which only the shape is looked at. The
    equation holds for every value of the indices on its left; "gets" may meet an entry again, and
    adds up, "=" may not.
    """
    text, _, positions = text.partition(" for each ")
    left, right = re.split(r"\s* (?:=|gets) ", text)
    ranges = {}
    for name, indices in ENTRY.findall(text):
        for index, n in zip(indices.split(", "), names[name].shape, strict=True):
            if len(index) == 1:
                assert ranges.setdefault(index, n) == n, f"two ranges of {index} in {text}"
    ((name, position),) = ENTRY.findall(left)
    free = re.findall(r"\b[a-z]\b", position)
    offsets = re.findall(r"\+ (\w)", position)
    assert positions == (f"({', '.join(offsets)})" if offsets else ""), text
    result, times = np.zeros_like(names[name]), np.zeros_like(names[name])
    where, what = (compile(python(part), text, "eval") for part in (position, right))
    letters = {"total": total, "ranges": ranges, **FUNCTIONS, **names}
    for values in product(*(range(ranges[letter]) for letter in free)):
        letters |= dict(zip(free, values, strict=True))
        result[eval(where, letters)] += eval(what, letters)
        times[eval(where, letters)] += 1
    assert " gets " in text or (times == 1).all(), text
    return name, result


def check_index_equations(layer, X, padding=0, **names):
    """Compute every index equation of a layer, and compare with what its `backward` says.

    The equations speak of X with its ``padding``; in the gradient of X it is cut off.
    """
    Y = layer.forward(X)
    dY = np.random.default_rng(1).normal(size=Y.shape)
    dX = layer.backward(dY)
    inner = [slice(n, size + n) for n, size in zip(pads(X, padding), X.shape, strict=True)]
    seen = np.pad(X, [(n, n) for n in pads(X, padding)])
    right = {f"d{name}": g for name, g in layer.gradients.items()}
    names = {"X": seen, "Y": Y, "dY": dY, "dX": np.zeros_like(seen), **layer.parameters, **names}
    stated = {}
    for text in layer.index_equations:
        entries, *matrices = text.split("   so ")
        name, stated[name] = entry_by_entry(entries, {**right, **names})
        for short in matrices:
            left, formula = short.split(" = ")
            assert left == name
            assert np.allclose(value_of(formula, names, "@"), stated[name]), text
    assert stated.keys() == {"dX", *right}
    assert np.allclose(stated.pop("dX")[tuple(inner)], dX)
    for name, array in stated.items():
        assert np.allclose(array, right[name]), name


def pads(X, padding):
    """Return how many zeros stand before and after each axis: only images have any."""
    return [0, *np.broadcast_to(padding, 2), 0] if padding else [0] * X.ndim
