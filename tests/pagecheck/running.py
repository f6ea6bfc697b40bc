"""A page run in this process with checks, without a network; `kernel` runs it as a reader does.

``run(notebook, Formulas(), Again())`` returns all that the checks find wrong.
"""

from __future__ import annotations

import ast
import contextlib
import io
import socket
import warnings
from collections.abc import Iterable, Iterator
from functools import partial, partialmethod
from pathlib import Path
from typing import Any
from unittest.mock import patch

import IPython.display
import matplotlib.pyplot as plt
from IPython.lib.pretty import pretty
from matplotlib.figure import Figure
from threadpoolctl import threadpool_info, threadpool_limits

LOCAL = "127.0.0.1", "localhost"


class Check:
    """What looks on while a page runs; `after` and `at_end` give what they find wrong, a line each."""

    def drawn(self, figure: Figure) -> None:
        """Look at a figure before it is closed, and before `after` is told of its cell."""

    def after(self, cell: Any, shown: str, namespace: dict) -> Iterable[str]:
        """Look at ``cell``, of markdown or of code; ``shown`` is what its code has shown."""
        return ()

    def at_end(self, namespace: dict) -> Iterable[str]:
        """Look at the page once its last cell has run."""
        return ()


def located(found: Iterable[str], notebook: Any) -> Iterator[str]:
    """Yield the findings with the number of their cell, counted from 1, and its [count] if it is code."""
    places, count = {}, 0
    for number, cell in enumerate(notebook.cells, 1):
        count += cell.cell_type == "code"
        ran = f" [{count}]" if cell.cell_type == "code" else ""
        places[cell.id] = f"cell {number}{ran} ({cell.id})"
    for line in found:
        name, colon, rest = line.partition(":")
        yield places.get(name, name) + colon + rest


def run(notebook: Any, *checks: Check, folder: Path = Path(), loopback: bool = False) -> list[str]:
    """Run the page from its first cell to its last and return all that the checks find wrong.

    Names of files on the page are looked up in its ``folder``. With ``loopback`` its processes may
    talk to each other on this machine.
    """
    namespace = {"__name__": "__notebook__"}
    found = []
    with _surroundings(checks, loopback), contextlib.chdir(folder):
        for cell in notebook.cells:
            shown = execute(cell, namespace) if cell.cell_type == "code" else ""
            for check in checks:
                found += check.after(cell, shown, namespace)
        for check in checks:
            found += check.at_end(namespace)
    return found


def execute(cell: Any, namespace: dict[str, Any]) -> str:
    """Run a cell as a kernel does and return as one text all that it shows.

    An error is shown in a cell that is tagged raises-exception, and raised in any other.
    """
    text = io.StringIO()
    body = ast.parse(cell.source, cell.id).body
    last = [body.pop()] if body and isinstance(body[-1], ast.Expr) else []
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        try:
            exec(compile(ast.Module(body, []), cell.id, "exec"), namespace)
            for line in last:
                value = eval(compile(ast.Expression(line.value), cell.id, "eval"), namespace)
                if value is not None:
                    IPython.display.display(value)
        except Exception as error:
            if "raises-exception" not in cell.metadata.get("tags", []):
                raise
            print(f"{type(error).__name__}: {error}")
        plt.show()
    return text.getvalue()


@contextlib.contextmanager
def _surroundings(checks: Iterable[Check], loopback: bool) -> Iterator[None]:
    """No network, two BLAS threads, figures shown as text, and nothing left behind."""
    with (
        contextlib.ExitStack() as patched,
        plt.rc_context(),
        threadpool_limits(2, user_api="blas"),
        warnings.catch_warnings(),
    ):
        connect = partialmethod(only_loopback, socket.socket.connect) if loopback else _no_network
        for thing, name, value in (
            (socket.socket, "connect", connect),
            (socket, "getaddrinfo", socket.getaddrinfo if loopback else _no_network),
            (plt, "show", partial(_show, checks)),
            (IPython.display, "display", partial(_display, checks)),
        ):
            patched.enter_context(patch.object(thing, name, value))
        plt.rcdefaults()  # as in a kernel, whatever ran here before
        plt.close("all")
        for warning in (RuntimeWarning, UserWarning):  # a kernel writes them onto the page
            warnings.simplefilter("error", warning)
        blas = [library for library in threadpool_info() if library["user_api"] == "blas"]
        # where NumPy comes with a BLAS that cannot be told (macOS), the list is empty
        assert all(library["num_threads"] == 2 for library in blas)
        yield


def _no_network(*args: Any, **kwargs: Any) -> None:
    raise OSError("the notebooks must not use the network")


def only_loopback(self: socket.socket, connect: Any, address: Any) -> None:
    """Connect as ``connect`` does, on this machine."""
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOCAL:
        _no_network()
    connect(self, address)


def _display(checks: Iterable[Check], value: Any) -> None:
    print(pretty(value))
    if isinstance(value, Figure):
        for check in checks:
            check.drawn(value)


def _show(checks: Iterable[Check]) -> None:
    """Say what the open figures are, `<Figure size ...>`, and close them, as a page does."""
    for number in plt.get_fignums():
        _display(checks, plt.figure(number))
    plt.close("all")
