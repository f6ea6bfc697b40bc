"""Outputs compared as numbers, to the digits that are written; whole numbers and words stay exact.

Another processor, another thread or the next NumPy rounds otherwise, and so the last digit of an
output differs. The rule is that of pytest's doctest option NUMBER: a decimal agrees if it is within
one of the last digit written, as floats subtract (0.12 and 0.13 are a little more than 0.01 apart, and
do not). What NumPy writes as `2.` is a whole number, and the number of an exercise is a word.
"""

import re
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

DECIMAL = re.compile(r"[-+]?(?:\d+\.\d*(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)")


def same(new: str, old: str) -> bool:
    """Return whether two texts say the same.

    >>> same("loss 0.2501 after 10 steps", "loss 0.2502 after 10 steps"), same("1e-10", "2e-10")
    (True, True)
    >>> same("loss 0.2501 after 10 steps", "loss 0.2504 after 10 steps")
    False
    >>> same("10 of 30 seeds", "11 of 30 seeds")
    False
    >>> same("[2. 3.]", "[2. 2.]"), same("Exercise 7.8: passed", "Exercise 7.7: passed")
    (False, False)
    """
    lines = zip_longest(new.splitlines(), old.splitlines())
    return all(None not in pair and _same_line(*pair) for pair in lines)


def _same_line(new: str, old: str) -> bool:
    new, old = (re.sub(r"(?<=\d)\.(?![\deE])", "", line) for line in (new, old))
    new, old = (re.sub(r"(Exercise \d+)\.", r"\1:", line) for line in (new, old))
    words, others = (DECIMAL.sub("\0", line).split() for line in (new, old))
    pairs = zip(DECIMAL.findall(new), DECIMAL.findall(old), strict=False)
    return words == others and all(_same_number(*pair) for pair in pairs)


def _same_number(new: str, old: str) -> bool:
    digits, _, power = old.lower().partition("e")
    unit = float(f"1e{int(power or 0) - len(digits.partition('.')[2])}")
    return new == old or abs(float(new) - float(old)) <= unit


def difference(new: str, old: str) -> str:
    """Return a sentence about the first line in which two outputs differ, or nothing."""
    for number, (one, other) in enumerate(zip_longest(new.splitlines(), old.splitlines()), 1):
        if one is None or other is None or not _same_line(one, other):
            shown, kept = ("nothing" if line is None else repr(line) for line in (one, other))
            return f"line {number} of the output is {shown}, committed is {kept}"
    return ""


def settled(new: Any, old: Any) -> Any:
    """Return outputs with every text that agrees with an older one replaced by it, images as they are.

    >>> settled({"text/plain": "0.2502", "image/png": "1.2"}, {"text/plain": "0.2501", "image/png": "1.3"})
    {'text/plain': '0.2501', 'image/png': '1.2'}
    """
    if isinstance(new, str) and isinstance(old, str):
        return old if same(new, old) else new
    if isinstance(new, dict) and isinstance(old, dict):
        kept = {key: settled(new[key], old.get(key)) for key in new if not key.startswith("image/")}
        return type(new)({**new, **kept})
    if isinstance(new, list) and isinstance(old, list) and len(new) == len(old):
        return [settled(*pair) for pair in zip(new, old, strict=True)]
    return new


def text_of(outputs: Iterable[Any]) -> str:
    """Return all that a code cell shows as one text; a figure is `<Figure size ...>`."""
    texts = []
    for output in outputs:
        if output.output_type == "stream":
            texts.append(output.text)
        elif output.output_type == "error":
            texts.append(f"{output.ename}: {output.evalue}\n")
        else:
            kinds = ("text/markdown", "text/latex", "text/plain")  # what a reader sees of it
            shown = (output.data[kind] for kind in kinds if kind in output.data)
            texts.append(next(shown, "") + "\n")
    return "".join(texts)
