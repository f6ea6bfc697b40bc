r"""Displayed gradient formulas, read from a notebook as they stand and put to the test.

A display equation that states a derivative carries a ``\tag`` and, in the same markdown cell, a
check line in inline code:

    $$\frac{\partial J}{\partial w_j} = -a_j\,e \tag{1.3}$$

    `(1.3)  d J(w) / d w = -a * e = neuron.gradients["W"][:, 0]`

It reads: nudging ``w`` in ``J(w)`` gives what the formula gives, and what nnbook gives. Four things
are then tested: the LaTeX and the Python say the same (`same_formula`), the Python stands in the
next code cell, central differences agree, nnbook agrees. A third part may also come later, where
the layer is introduced, as ``(1.3) = ...``. A refuted formula has ``\neq`` and ``!=``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import nbformat
import numpy as np

from .running import Check

DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
DERIVATIVE = re.compile(r"\\partial|\\delta|\\Delta|\\frac\s*\{d|'\(|\^\\prime|d[WbZAXz]\b")
TAG = re.compile(r"\\tag\{([0-9A]+\.\d+)\}")
LINE = re.compile(r"`\(([0-9A]+\.\d+)\)\s+(.+?)`")
LEFT = re.compile(r"(?P<sign>-?)d (?P<function>.+) / d (?P<variable>.+)")


@dataclass(frozen=True)
class CheckLine:
    """One check line: ``[sign] d function / d variable  relation  formula [= layer]``."""

    tag: str
    sign: int
    function: str | None  # None in a later line that only adds the layer
    variable: str | None
    formula: str | None
    layer: str | None
    holds: bool  # False: the formula is refuted here


@dataclass(frozen=True)
class Stated:
    """A markdown cell's formulas: display equations by tag, check lines, untagged derivatives."""

    latex: dict[str, str]
    lines: list[CheckLine]
    untagged: list[str]


def read_markdown(source: str) -> Stated:
    """Find the display equations with derivatives and the check lines of a markdown cell."""
    latex, untagged = {}, []
    for display in DISPLAY.findall(source):
        tags = TAG.findall(display)
        if tags:
            latex[tags[0]] = TAG.sub("", display)
        elif DERIVATIVE.search(display) and re.search(r"=|\\neq", display):
            untagged.append(display.strip())
    return Stated(latex, [read_line(*found) for found in LINE.findall(source)], untagged)


def read_line(tag: str, body: str) -> CheckLine:
    """Parse the text of a check line."""
    parts = re.split(r"(?:^|\s+)(!?=)\s+", body)
    left, relations, sides = parts[0].strip(), parts[1::2], [p.strip() for p in parts[2::2]]
    if not left and relations == ["="]:
        return CheckLine(tag, 1, None, None, None, sides[0], True)
    match = LEFT.fullmatch(left)
    if not match or not 1 <= len(sides) <= 2 or "!=" in relations[1:]:
        raise ValueError(f"check line ({tag}) should read 'd J(w) / d w = formula = layer': {body}")
    return CheckLine(
        tag,
        -1 if match["sign"] else 1,
        match["function"],
        match["variable"],
        sides[0],
        sides[1] if len(sides) == 2 else None,
        relations[0] == "=",
    )


# --- does the LaTeX say what the Python says? ------------------------------------------------
# Both are brought into one form: a sum is a sorted list of products, a product is a numeric
# coefficient and an ordered list of factors, a factor is a name, a call, a power or a quotient.


def same_formula(latex: str, python: str) -> bool:
    """Return whether the right-hand side of ``latex`` and ``python`` are the same formula."""
    right = re.split(r"=|\\neq", latex)[-1]
    return latex_form(right) == python_form(python)


def same_derivative(latex: str, line: CheckLine) -> bool:
    """Return whether the derivative that ``latex`` names before its last = is the check line's.

    A display like Δw = a e names none; there the numbers alone decide.
    """
    for side in re.split(r"=|\\neq", latex)[:-1]:
        for sign, factors in latex_form(side):
            if len(factors) == 1 and factors[0][0] == "derivative":
                variable = python_form(line.variable)[0][1][0]
                return (sign, factors[0][2]) == (line.sign, variable)
    return True


RUNNING = set("ijklmnrs") | {"L"}
FUNCTIONS = {"g", "g'", "sigma", "sigma'", "tanh", "tanh'", "relu", "relu'", "exp", "ln", "f", "f'"}
ALIASES = {"sigmoid": "sigma", "log": "ln", "phi": "g"}


def name(base: str, *indices: str, prime: bool = False, transposed: bool = False) -> str:
    base = base.replace("_", "").lower()
    base = ALIASES.get(base, base)
    return (
        base
        + ("'" if prime else "")
        + ".".join(i for i in indices if i)
        + (".T" if transposed else "")
    )


def product(coefficient: Fraction, factors: tuple) -> tuple:
    return (coefficient, factors)


def multiply(a: tuple, b: tuple) -> tuple:
    """Multiply two sums; a sum of several terms stays together as one factor."""

    if a == number("1"):
        return b

    def single(terms: tuple) -> tuple:
        return terms[0] if len(terms) == 1 else (Fraction(1), (("sum", terms),))

    (ca, fa), (cb, fb) = single(a), single(b)
    return (product(ca * cb, fa + fb),)


def add(a: tuple, b: tuple) -> tuple:
    return tuple(sorted(a + b, key=repr))


def negate(a: tuple) -> tuple:
    return tuple(sorted(((-c, f) for c, f in a), key=repr))


def inverse(a: tuple) -> tuple:
    if len(a) == 1 and not a[0][1]:
        return (product(1 / a[0][0], ()),)
    return (product(Fraction(1), (("inverse", a),)),)


def number(text: str) -> tuple:
    return (product(Fraction(text), ()),)


def factor(thing: Any) -> tuple:
    return (product(Fraction(1), (thing,)),)


def python_form(expression: str) -> tuple:
    """Bring a Python expression into the common form."""
    return _python(ast.parse(expression, mode="eval").body)


def _python(node: ast.AST) -> tuple:
    match node:
        case ast.Constant(value=value):
            return number(str(value))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return negate(_python(operand))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return add(_python(left), _python(right))
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return add(_python(left), negate(_python(right)))
        case ast.BinOp(left=left, op=ast.Mult() | ast.MatMult(), right=right):
            return multiply(_python(left), _python(right))
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return multiply(_python(left), inverse(_python(right)))
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return factor(("power", _python(left), _python(right)))
        case ast.Attribute(value=ast.Name(id=base), attr="T"):
            return factor(python_name(base, transposed=True))
        case ast.Name(id=base):
            return factor(python_name(base))
        case ast.Subscript(value=ast.Name(id=base), slice=index):
            return factor(python_name(base, index))
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr="outer"), args=[a, b]):
            return multiply(_python(a), factor(_python(b)[0][1][0] + ".T"))
        case ast.Call(func=function, args=args):
            called = function.attr if isinstance(function, ast.Attribute) else function.id
            if called == "sum":
                inner = args[0] if args else function.value
                return factor(("sum over", _python(inner)))
            called, prime = re.fullmatch(r"(.+?)(_prime)?", called).groups()
            return factor(("call", name(called, prime=bool(prime)), tuple(map(_python, args))))
    raise ValueError(f"a formula in a check line cannot contain {ast.unparse(node)}")


def python_name(base: str, index: ast.AST | None = None, transposed: bool = False) -> Any:
    derivative = re.fullmatch(r"d([A-Za-z][A-Za-z0-9_]*?)_d([A-Za-z]\w*)", base)
    if derivative:
        return ("derivative", python_name(derivative[1]), python_name(derivative[2]))
    base, indices = re.fullmatch(r"([A-Za-z_]+?)_?((?:\d+|prev|next|[a-zA-Z])?)", base).groups()
    if len(indices) == 1 and indices.isalpha():
        if indices in RUNNING:
            indices = ""  # w_k is w with a running index
        else:
            base, indices = base + indices, ""
    entries = ""
    if index is not None:
        items = index.elts if isinstance(index, ast.Tuple) else [index]
        constants = [i.value for i in items if isinstance(i, ast.Constant)]
        entries = "".join(str(c + 1) for c in constants if isinstance(c, int))
    return name(base, indices, entries, transposed=transposed)


TOKEN = re.compile(
    r"\\[A-Za-z]+|\\.|\d+\.\d+|\.\d+|\d+|[A-Za-z]|[{}()\[\]^_'+\-*/,|]|\S", re.DOTALL
)
SKIP = {
    r"\,", r"\;", r"\!", r"\:", r"\ ", r"\quad", r"\qquad", r"\left", r"\right", r"\bigl", r"\bigr",
    r"\big", r"\Big", r"\Bigl", r"\Bigr", r"\displaystyle", r"\cdot", r"\odot", r"\times", r"\ast",
    r"\limits", "*", "~", "&",
}  # fmt: skip
WRAPPERS = {r"\underbrace", r"\overbrace", r"\mathbf", r"\mathrm", r"\boldsymbol", r"\operatorname"}


def latex_form(latex: str) -> tuple:
    """Bring the LaTeX of one side of an equation into the common form."""
    latex = latex.strip().rstrip(".,;")
    parser = _Latex([token for token in TOKEN.findall(latex) if token not in SKIP])
    form = parser.sum()
    if parser.tokens:
        raise ValueError(f"cannot read {parser.tokens[:6]} in {latex!r}")
    return form


class _Latex:
    """A recursive-descent parser for the LaTeX that gradient formulas are written in."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens

    def peek(self) -> str | None:
        return self.tokens[0] if self.tokens else None

    def take(self, expected: str | None = None) -> str:
        token = self.tokens.pop(0)
        if expected is not None and token != expected:
            raise ValueError(f"expected {expected} before {self.tokens[:6]}, got {token}")
        return token

    def sum(self) -> tuple:
        negative = self.peek() == "-"
        if self.peek() in ("-", "+"):
            self.take()
        form = self.product()
        form = negate(form) if negative else form
        while self.peek() in ("+", "-"):
            sign = self.take()
            term = self.product()
            form = add(form, negate(term) if sign == "-" else term)
        return form

    def product(self) -> tuple:
        form = number("1")
        while self.peek() is not None and self.peek() not in ("+", "-", ")", "}", "]", ","):
            if self.peek() == "/":
                self.take()
                form = multiply(form, inverse(self.factor()))
            elif self.peek() == r"\sum":
                self.take()
                self.scripts()
                form = multiply(form, factor(("sum over", self.product())))
            else:
                form = multiply(form, self.factor())
        return form

    def group(self) -> tuple:
        """A braced group, or a single token standing for one."""
        if self.peek() == "{":
            self.take()
            form = self.sum()
            self.take("}")
            return form
        return self.factor(single=True)

    def factor(self, single: bool = False) -> tuple:
        token = self.take()
        if token in WRAPPERS:
            form = self.group()
            if token in (r"\underbrace", r"\overbrace") and self.peek() in ("_", "^"):
                self.take()
                self.skip_group()
            return form
        if token == "{":
            form = self.sum()
            self.take("}")
            return form
        if token in ("(", "["):
            form = self.sum()
            self.take(")" if token == "(" else "]")
            return self.powers(form)
        if token in (r"\frac", r"\tfrac", r"\dfrac"):
            return self.fraction()
        if re.fullmatch(r"[\d.]+", token):
            if single:  # \tfrac12 is one half
                rest = token[1:]
                if rest:
                    self.tokens.insert(0, rest)
                token = token[0]
            return self.powers(number(token))
        if token in (r"\hat", r"\bar", r"\tilde"):
            return self.symbol(self.bare() + token[1:], single)
        if token == r"\Delta":
            return self.symbol("Delta" + self.bare(), single)
        if token == "d" and re.fullmatch(r"[abwxzAWXZ]", self.peek() or ""):
            return self.symbol("d" + self.take(), single)  # dW, the gradient of W
        if re.fullmatch(r"[A-Za-z]|\\[A-Za-z]+", token):
            base = {r"\ell": "l", r"\varepsilon": "epsilon"}.get(token, token.lstrip("\\"))
            return self.symbol(base, single)
        raise ValueError(f"cannot read {token} before {self.tokens[:6]}")

    def bare(self) -> str:
        braced = self.peek() == "{"
        if braced:
            self.take()
        letter = self.take().lstrip("\\")
        if braced:
            self.take("}")
        return letter

    def skip_group(self) -> None:
        if self.take() != "{":
            return
        depth = 1
        while depth:
            depth += {"{": 1, "}": -1}.get(self.take(), 0)

    def fraction(self) -> tuple:
        mark = lambda i: i < len(self.tokens) and self.tokens[i] in (r"\partial", "d")  # noqa: E731
        if self.peek() == "{" and mark(1):
            self.take("{")
            self.take()
            above = self.group_rest()
            self.take("{")
            if self.take() not in (r"\partial", "d"):
                raise ValueError("a derivative has ∂ or d above and below")
            below = self.group_rest()
            return factor(("derivative", above[0][1][0], below[0][1][0]))
        above = self.group()
        return multiply(above, inverse(self.group()))

    def group_rest(self) -> tuple:
        form = self.sum()
        self.take("}")
        return form

    def scripts(self) -> tuple[str, str, bool, bool, tuple | None]:
        """Read sub- and superscripts: (index, entry, primed, transposed, exponent)."""
        index = entry = ""
        primed = transposed = False
        exponent = None
        while self.peek() in ("_", "^", "'"):
            mark = self.take()
            if mark == "'":
                primed = True
                continue
            if self.peek() == "{":
                self.take()
                depth, body = 1, []
                while depth:
                    token = self.take()
                    depth += {"{": 1, "}": -1}.get(token, 0)
                    body.append(token)
                body = body[:-1]
            else:
                body = [self.take()]
            text = "".join(body)
            if mark == "_":
                entry = _index(text)
                continue
            match = re.fullmatch(
                r"(?:[\[(]([^\])]*)[\])])?((?:\\top|T)?)((?:'|\\prime)?)((?:\\top|T)?)", text
            )
            if match and text:
                index = _index(match[1]) if match[1] is not None else index
                transposed = transposed or bool(match[2] or match[4])
                primed = primed or bool(match[3])
            else:
                inner = _Latex(body)
                exponent = inner.sum()
        return index, entry, primed, transposed, exponent

    def symbol(self, base: str, single: bool) -> tuple:
        if single:
            return factor(name(base))
        index, entry, primed, transposed, exponent = self.scripts()
        if base == "e" and exponent is not None:
            return factor(("call", "exp", (exponent,)))
        bare = name(base, prime=primed)
        if bare in FUNCTIONS and self.peek() == "(":
            self.take("(")
            args = [self.sum()]
            while self.peek() == ",":
                self.take()
                args.append(self.sum())
            self.take(")")
            form = factor(("call", bare, tuple(args)))
        elif bare in FUNCTIONS and base in ("tanh", "ln", "exp"):
            form = factor(("call", bare, (self.factor(),)))
        else:
            form = factor(name(base, index, entry, prime=primed, transposed=transposed))
        return factor(("power", form, exponent)) if exponent is not None else self.powers(form)

    def powers(self, form: tuple) -> tuple:
        if self.peek() != "^":
            return form
        _, _, _, transposed, exponent = self.scripts()
        if transposed:
            (coefficient, factors), *_ = form
            return (product(coefficient, (*factors[:-1], f"{factors[-1]}.T")),)
        return factor(("power", form, exponent))


def _index(text: str) -> str:
    """Running indices say nothing; k-1 is the previous layer; digits count."""
    text = text.replace("\\ell", "l").replace("{", "").replace("}", "").replace(",", "")
    if re.fullmatch(r"[a-zA-Z]-1", text):
        return "prev"
    if re.fullmatch(r"[a-zA-Z]\+1", text):
        return "next"
    return "".join(c for c in text if c not in RUNNING)


# --- do the numbers agree? -------------------------------------------------------------------


def evaluate(line: CheckLine, namespace: dict[str, Any]) -> Any:
    """Return the value of the line's formula in the notebook's namespace."""
    return np.asarray(eval(line.formula, namespace), dtype=float)


def central_differences(line: CheckLine, namespace: dict[str, Any], h: float = 1e-5) -> np.ndarray:
    """Nudge the variable in the notebook's own namespace and see what the function does.

    For a function of several values the Jacobian is computed, and reduced to its diagonal where
    every value depends on its own entry only.
    """
    base = re.match(r"\w+", line.variable)[0]
    kept = namespace[base]
    nudged = np.array(kept, dtype=float)
    entry = eval(line.variable[len(base) :].strip("[]") or "...", {"__builtins__": {}})
    where = np.zeros(nudged.shape, bool)
    where[entry] = True
    slopes = []
    try:
        for index in np.argwhere(where):
            values = []
            for step in (h, -h):
                moved = nudged.copy()
                moved[tuple(index)] += step
                namespace[base] = moved if moved.ndim else float(moved)
                values.append(np.asarray(eval(line.function, namespace), dtype=float))
            slopes.append((values[0] - values[1]) / (2 * h))
    finally:
        namespace[base] = kept
    jacobian = np.stack(slopes)
    target = np.shape(nudged[entry])
    if jacobian[0].size == 1:
        return line.sign * jacobian.reshape(target)
    square = jacobian.reshape(len(jacobian), -1)
    if square.shape[0] == square.shape[1] and np.allclose(square, np.diag(np.diag(square))):
        return line.sign * np.diag(square).reshape(target)
    return line.sign * np.moveaxis(jacobian.reshape(*target, *jacobian[0].shape), 0, -1)


def agree(a: Any, b: Any, tolerance: float) -> bool:
    """Return whether two results agree; a row, a column and a list are the same vector."""
    a, b = np.squeeze(np.asarray(a, dtype=float)), np.squeeze(np.asarray(b, dtype=float))
    scale = max(np.abs(a).max(initial=0), np.abs(b).max(initial=0), 1e-3)
    return a.shape == b.shape and bool((np.abs(a - b) <= tolerance * scale).all())


def contains(source: str, expression: str) -> bool:
    """Return whether the code ``source`` contains ``expression`` as a part of its syntax tree."""
    wanted = ast.dump(ast.parse(expression, mode="eval").body)
    return any(ast.dump(node) == wanted for node in ast.walk(ast.parse(source)))


class Formulas(Check):
    """Every displayed derivative holds as it is written, after the code cell below it."""

    def __init__(self, without_layer: frozenset[str] = frozenset()) -> None:
        self.known: dict[str, CheckLine] = {}
        self.pending: list[CheckLine] = []  # what the next code cell must compute
        self.with_layer = set(without_layer)

    def after(self, cell, shown, namespace):
        return self.state(cell) if cell.cell_type == "markdown" else self.prove(cell, namespace)

    def state(self, cell: nbformat.NotebookNode) -> Iterator[str]:
        """Read a markdown cell: do the equation and its check line say the same?"""
        yield from (f"({line.tag}) has no code cell below it" for line in self.pending)
        self.pending = []
        stated = read_markdown(cell.source)
        yield from (f"derivative without a tag: {text}" for text in stated.untagged)
        lined = {line.tag for line in stated.lines}
        yield from (f"({tag}) has no check line" for tag in stated.latex if tag not in lined)
        for line in stated.lines:
            if line.formula is None:
                if line.tag not in self.known:
                    yield f"({line.tag}) meets a layer before it is stated"
                    continue
            elif line.tag not in stated.latex or line.tag in self.known:
                yield f"({line.tag}) needs exactly one display equation beside it"
                continue
            else:
                latex = stated.latex[line.tag]
                if not same_formula(latex, line.formula):
                    yield f"({line.tag}) the equation and {line.formula} differ"
                if not same_derivative(latex, line):
                    yield f"({line.tag}) the equation derives by something else"
                if line.holds != (r"\neq" not in latex):
                    yield f"({line.tag}) one of equation and check line says not equal"
                self.known[line.tag] = line
            self.pending.append(line)

    def prove(self, cell: nbformat.NotebookNode, namespace: dict[str, Any]) -> Iterator[str]:
        """Compare numbers after a code cell: what it computes, the differences, the layer."""
        for line in self.pending:
            statement = self.known[line.tag]
            value = evaluate(statement, namespace)
            if line.formula is not None:
                if not contains(cell.source, line.formula):
                    yield f"({line.tag}) the cell below does not compute {line.formula}"
                if agree(value, central_differences(line, namespace), 1e-6) != line.holds:
                    yield f"({line.tag}) central differences disagree with {line.formula}"
            if not statement.holds:
                self.with_layer.add(line.tag)
            elif line.layer is not None:
                self.with_layer.add(line.tag)
                if not agree(value, eval(line.layer, namespace), 1e-12):
                    yield f"({line.tag}) {line.layer} disagrees with {statement.formula}"
        self.pending = []

    def at_end(self, namespace):
        return (f"({tag}) never meets a layer" for tag in self.known if tag not in self.with_layer)
