"""Exercises of chapter 10b."""

from collections.abc import Callable, Iterator, KeysView
from functools import partial
from typing import Any

import numpy as np

from ..layers.convolution import conv_output_size
from .grading import EXACT, Finding, Function, Value, show, small_numbers

_rng = np.random.default_rng(10)
_table = partial(small_numbers, _rng)

_MOST_SHOWN = 12  # entries of an argument; of a larger one the verdict shows the shape


class _Tables(Function):
    """A function that returns tables: the verdict names the first entry that is wrong."""

    def _finding(self, case, came, results=(), remark=""):
        """Return the finding on one of the cases, its large arguments by their shapes."""
        given = []
        for name, value in zip(self.names, case, strict=True):
            small = np.size(value) <= _MOST_SHOWN
            given.append(f"{name} {f'= {show(value)}' if small else f'of shape {np.shape(value)}'}")
        if remark:
            came, results = f"came {remark}", ()
        return Finding(self.asked, came, results, f"for {', '.join(given)}")


def _first_wrong(reference: Callable[..., Any], names: tuple[str, ...]) -> Callable[..., Any]:
    """Give what says where the first wrong entry is, if all shapes are right."""

    def remark(case: tuple[Any, ...], came: Any) -> str | None:
        right = reference(*case)
        tables = zip(names, came, right, strict=True) if len(names) > 1 else [(*names, came, right)]
        for name, mine, wanted in tables:
            mine, wanted = np.asarray(mine, dtype=float), np.asarray(wanted, dtype=float)
            if mine.shape != wanted.shape:
                return None
            scale = max(np.abs(wanted).max(initial=0), 1e-12)
            for entry in np.argwhere(~(np.abs(mine - wanted) <= 1e-6 * scale)).tolist():
                where = f"{name}{entry}" if entry else name
                return f"{where} = {mine[tuple(entry)]:.6g}, expected {wanted[tuple(entry)]:.6g}"
        return None

    return remark


row_pixels = Value(
    "10.6",
    "the gradient with respect to the six pixels",
    [-1, -2, -2, 2, 2, 3],
    remarks={
        "the weights are those of the reversed kernel": [1, -2, 2, -2, 2, -3],
        "the first window begins two pixels before the row": [2, 1, -1, -2, -2, 2],
        "the padding is constant and has to be cut off": [2, 1, -1, -2, -2, 2, 2, 3, -3, 6],
        "of a pixel in two windows both terms add up, here is the last": [-1, -4, -2, 2, 6, 3],
        "of a pixel in two windows both terms add up, here is the first": [-1, 2, -2, 2, -4, 3],
    },
)

row_weights = Value(
    "10.6",
    "the gradient with respect to the four weights",
    [6, -4, -3, -5],
    remarks={
        "that is in reverse order": [-5, -3, -4, 6],
        "the first window begins two pixels before the row": [-3, -5, 3, 2],
    },
)

row_bias = Value(
    "10.6",
    "the gradient with respect to the bias",
    2,
    remarks={"the signs are missing": 6, "that is the mean, not the sum": 2 / 3},
)


def _in_order(came: Any) -> Any:
    """Return whole numbers, a list or a set of them, in order, and anything else as it came."""
    came = list(came) if isinstance(came, set | frozenset | KeysView | Iterator) else came
    if not isinstance(came, list | tuple | range | np.ndarray):
        return came
    try:
        numbers = np.atleast_1d(np.squeeze(np.asarray(came)))
    except ValueError:  # lists of different lengths
        return came
    return np.sort(numbers) if numbers.dtype.kind in "iuf" else came


def _dependent(i, n, f, s, p):
    outputs = conv_output_size(n, f, s, p)
    return [r for r in range(outputs) if 0 <= i + p - s * r < f]


class _Outputs(Function):
    """A function that returns outputs, few or many: the verdict does not speak of their number."""

    def _finding(self, case, came, results=(), remark=""):
        """Return the finding on one of the cases."""
        return super()._finding(case, came.split(" of shape ")[0], results, remark)


def _amiss(case, came):
    """Say of a wrong output what it depends on, or that there is none; or what else is amiss."""
    _, n, f, s, p = case
    last = conv_output_size(n, f, s, p) - 1
    outputs, right = np.atleast_1d(came), _dependent(*case)
    if outputs.dtype == bool:
        return "these are booleans, not the numbers of the outputs"
    for r in outputs:
        if r not in range(last + 1):
            return f"there is no output {r:g}, the last one is {last}"
        if r not in right:
            return f"output {r:g} depends on the pixels {s * r - p:g} to {s * r - p + f - 1:g}"
    if len(outputs) < len(right):
        return "an output that depends on the pixel is missing"
    return "an output is listed twice" if len(outputs) > len(right) else None


dependent = _Outputs(
    "10.7",
    "the outputs that depend on the pixel, in any order",
    _dependent,
    ("i", "n", "f", "s", "p"),
    (
        (1, 5, 3, 2, 1),
        (0, 5, 3, 2, 1),
        (4, 9, 4, 1, 0),
        (5, 6, 3, 2, 0),  # a last window that does not fit
        (2, 5, 2, 3, 0),  # a gap
        (0, 4, 3, 1, 2),
        (8, 9, 5, 2, 2),
        (6, 7, 3, 1, 0),
        (0, 5, 3, 1, 0),  # whose bounds alone allow outputs before the first
        (1, 7, 4, 2, 0),
    ),
    read=_in_order,
    remark=_amiss,
)

unused = Value("10.7", "how many of the 25 pixels no output depends on", 9)


def _window(table, i, j, s, f_h, f_w):
    """The window of output (i, j): a view of the table."""
    return table[i * s : i * s + f_h, j * s : j * s + f_w]


def _shared_backward(X, F, dZ, s):
    dX, dF = np.zeros(X.shape), np.zeros(F.shape)
    for i, j, d in np.ndindex(dZ.shape):
        _window(dX[:, :, d], i, j, s, *F.shape)[...] += dZ[i, j, d] * F
        dF += dZ[i, j, d] * _window(X[:, :, d], i, j, s, *F.shape)
    return dX, dF, dZ.sum()


shared_backward = _Tables(
    "10.8", "dX, dF and db of the shared kernel", _shared_backward, ("X", "F", "dZ", "s"),
    tolerance=EXACT,
    cases=(
        (np.array([[[1.0], [2], [3]]]), np.array([[1.0, 2]]), np.array([[[1.0], [3]]]), 1),
        (_table(2, 3, 1), _table(2, 2), _table(1, 2, 1), 1),
        (_table(5, 6, 2), _table(3, 2), _table(2, 3, 2), 2),
        (_table(4, 5, 3), _table(2, 3), _table(3, 3, 3), 1),
        (_table(6, 8, 2), _table(2, 1), _table(2, 3, 2), 3),
    ),
    remark=_first_wrong(_shared_backward, ("dX", "dF", "db")),
)  # fmt: skip

_N = np.array([[8.0, 4, 2, 1], [9, 3, 2, 8], [1, 5, 7, 1], [2, 0, 3, 7]])

of_the_maxima = Value(
    "10.9",
    "dX of the nine windows, a 4 x 4 table",
    [[0, 1, 0, 0], [2, 0, 0, 2], [0, 1, 3, 0], [0, 0, 0, 0]],
    remarks={
        "in the last window the first of the two 7s gets it all": [
            [0, 1, 0, 0], [2, 0, 0, 2], [0, 1, 2, 0], [0, 0, 0, 1],
        ],
        "in the last window the first of the two 7s gets it all, and not half": [
            [0, 1, 0, 0], [2, 0, 0, 2], [0, 1, 2.5, 0], [0, 0, 0, 0.5],
        ],
        "in the last window the first of the two 7s gets it all, and the other nothing": [
            [0, 1, 0, 0], [2, 0, 0, 2], [0, 1, 3, 0], [0, 0, 0, 1],
        ],
        "the windows overlap: a pixel gets 1 from each of which it is the maximum": [
            [0, 1, 0, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 0, 0, 0],
        ],
        "these are the four windows of stride 2": [
            [0, 0, 0, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 0, 0, 0],
        ],
    },
)  # fmt: skip


def _fair_backward(X, dZ, f, s):
    dX = np.zeros(X.shape)
    for i, j in np.ndindex(dZ.shape):
        window = _window(X, i, j, s, f, f)
        largest = window == window.max()
        _window(dX, i, j, s, f, f)[...] += dZ[i, j] * largest / largest.sum()
    return dX


fair_backward = _Tables(
    "10.9", "dX, with the gradient of a window split evenly among its maxima", _fair_backward,
    ("X", "dZ", "f", "s"),
    (
        (np.array([[7.0, 1.0], [3.0, 7.0]]), np.array([[16.0]]), 2, 2), (_N, _table(2, 2), 2, 2),
        (_N, _table(3, 3), 2, 1), (_rng.integers(-3, 0, (7, 6)).astype(float), _table(3, 2), 3, 2),
        (np.zeros((5, 4)), _table(2, 1), 2, 3),
    ),
    remark=_first_wrong(_fair_backward, ("dX",)),
)  # fmt: skip


def _planted(X, K, dZ, s):
    dX, dK = np.zeros(X.shape), np.zeros(K.shape)
    for r, q in np.ndindex(dZ.shape):
        _window(dX, r, q, s, *K.shape)[...] += dZ[r, q] * K
        dK += dZ[r, q] * _window(X, r, q, s, *K.shape)
    return dX, dK


planted = _Tables(
    "10.10", "dX and dK", _planted, ("X", "K", "dZ", "s"),
    tolerance=EXACT,
    cases=(
        (np.ones((2, 4)), np.array([[1.0], [1.0]]), np.array([[1.0, 2.0]]), 2),
        (_table(3, 4), _table(2, 2), _table(2, 3), 1),
        (_table(5, 7), _table(3, 2), _table(2, 3), 2),
        (_table(7, 6), _table(1, 3), _table(3, 2), 3),
    ),
    remark=_first_wrong(_planted, ("dX", "dK")),
)  # fmt: skip
