"""A page runs again: each cell, run once more when the page is at its end, shows what it showed."""

import io
import pickle
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, ModuleType

import matplotlib.pyplot as plt
from matplotlib.artist import Artist

from .compare import difference
from .running import Check, execute


class Again(Check):
    """Every code cell can be run a second time.

    A reader who changes a line and runs its cell again does just that.
    """

    def __init__(self):
        self.cells = []

    def after(self, cell, shown, namespace):
        if cell.cell_type == "code":
            self.cells.append((cell, shown))
        return ()

    def at_end(self, namespace):
        state = _Copier(namespace).copy
        for cell, shown in self.cells:
            if why := _differs(cell, shown, namespace, state):
                yield f"{cell.id}: does not run again: {why}"


def _differs(cell, shown: str, namespace: dict, state: Callable[[], dict]) -> str:
    """Run the cell from a copy of the state of the page, and say in a line what is otherwise."""
    kept = dict(namespace)
    # the copies are bound in the page's own dictionary, where its functions look their names up
    namespace.update(state())
    try:
        with plt.rc_context():
            again = execute(cell, namespace)
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    finally:
        plt.close("all")
        namespace.clear()
        namespace.update(kept)
    return difference(again, shown)


class _Copier(pickle.Pickler):
    """Copies what can be copied, and keeps the rest as it is; faster than `copy.deepcopy`."""

    KEPT = ModuleType, FunctionType, BuiltinFunctionType, type, Artist

    def __init__(self, value):
        self.buffer, self.kept = io.BytesIO(), {}
        super().__init__(self.buffer, protocol=4)  # 5 would share the arrays
        self.dump(value)

    def persistent_id(self, value):
        if not isinstance(value, self.KEPT):
            try:
                value.__reduce_ex__(4)
                return None
            except Exception:  # an open file, a running generator
                pass
        self.kept[id(value)] = value
        return id(value)

    def copy(self):
        reader = pickle.Unpickler(io.BytesIO(self.buffer.getvalue()))
        reader.persistent_load = self.kept.__getitem__
        return reader.load()
