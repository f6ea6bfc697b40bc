"""The side of the kernel: checks look on while its page runs, cell by cell."""

import json
import socket
import traceback
from collections.abc import Callable, Iterator
from functools import partialmethod
from importlib import import_module
from pathlib import Path
from typing import Any

import matplotlib_inline.backend_inline  # noqa: F401, so that figures have their formatter
from IPython import get_ipython
from matplotlib.figure import Figure

from .running import Check, only_loopback

_watched: list["_Watch"] = []  # one, in a kernel


class _Node(dict):
    """A part of a notebook, its entries as attributes."""

    __getattr__ = dict.__getitem__


class _Watch:
    """Hands the cells of the page to the checks, each right after it has run."""

    def __init__(self, cells: list[_Node], checks: list[Check]):
        self.waiting, self.checks, self.found = cells, checks, []
        self.names = get_ipython().user_ns

    def before(self, info: Any) -> None:
        self._read_as_far_as(info.raw_cell)

    def after(self, result: Any) -> None:
        if self._read_as_far_as(result.info.raw_cell):
            self._tell(self.waiting.pop(0))

    def _read_as_far_as(self, source: str) -> bool:
        """Hand over the text above the code cell ``source``, and say whether that is the next one."""
        code = [cell.source for cell in self.waiting if cell.cell_type == "code"]
        if code[:1] != [source]:
            return False
        while self.waiting[0].cell_type != "code":
            self._tell(self.waiting.pop(0))
        return True

    def _tell(self, cell: _Node) -> None:
        for check in self.checks:
            self._keep(lambda check=check: check.after(cell, "", self.names), cell.id)

    def _keep(self, ask: Callable[[], Iterator[str]], where: str) -> None:
        try:
            self.found += ask()
        except Exception:
            self.found.append(f"{where}: the check failed: {traceback.format_exc()}")

    def end(self) -> list[str]:
        while self.waiting:
            self._tell(self.waiting.pop(0))
        for check in self.checks:
            self._keep(lambda check=check: check.at_end(self.names), "at the end")
        return self.found


def watch(page: str, checks: str) -> None:
    """Let the checks that ``checks`` names, as ``module:expression``, look on from here to `report`.

    ``page`` is the path of the notebook as plain JSON; reading it with nbformat would cost a second.
    """
    module, _, expression = checks.partition(":")
    made = eval(expression, vars(import_module(module)))
    cells = json.loads(Path(page).read_text("utf-8"), object_hook=_Node)["cells"]
    watched = _Watch(cells, made)
    _watched.append(watched)
    shell = get_ipython()
    shell.events.register("pre_run_cell", watched.before)
    shell.events.register("post_run_cell", watched.after)
    formatter = shell.display_formatter.formatters["image/png"]
    draw = formatter.lookup_by_type(Figure)

    def drawn(figure: Figure) -> Any:
        for check in made:
            watched._keep(lambda check=check: check.drawn(figure) or (), "figure")
        return draw(figure)

    formatter.for_type(Figure, drawn)
    socket.socket.connect = partialmethod(only_loopback, socket.socket.connect)


def report() -> None:
    """Print what the checks have found, as JSON."""
    print(json.dumps(_watched[0].end()))
