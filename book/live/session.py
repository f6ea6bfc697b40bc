"""A notebook's session in the browser: what IPython does for a page, without IPython.

The worker calls `run` for a cell and `move` for a slider. What a cell prints, shows or returns goes
out as lines of JSON, in order: ``{"kind": "stream", ...}``, and likewise figure, text, math,
markdown, sliders, error.
"""

import ast
import base64
import inspect
import io
import json
import linecache
import os
import sys
import traceback
import types
import zipfile
from pathlib import Path

LIBRARY = "/usr/local/lib/python315.zip"
FOLDER, BESIDE = "/tmp/library", "/tmp/notebooks"
OUT = sys.stdout
NAMES = {"__name__": "__main__"}
SLIDERS = {}  # by number: the function, and the values of each control


def send(kind, **what):
    """Send one output to the page."""
    OUT.write(json.dumps({"kind": kind, **what}) + "\n")
    OUT.flush()


class Stream(io.TextIOBase):
    """What is printed goes to the page."""

    def __init__(self, name):
        self.name = name

    def writable(self):
        """Say that one may print."""
        return True

    def write(self, text):
        """Send a piece of text."""
        if text:
            send("stream", name=self.name, text=text)
        return len(text)


class Math(str):
    """A formula in LaTeX."""


class Markdown(str):
    """A text in Markdown."""


def display(*things):
    """Show things: a figure as a picture, a formula drawn, a text set, all else as it is said."""
    for thing in things:
        if isinstance(thing, Math | Markdown):
            text = f"$\\displaystyle {thing}$" if isinstance(thing, Math) else str(thing)
            send(type(thing).__name__.lower(), text=text)
        elif hasattr(thing, "savefig"):
            send("figure", **picture(thing))
        elif thing is not None:
            send("text", text=repr(thing))


def picture(figure):
    """Return a figure as PNG, with what it shows in words."""
    from pagecheck.description import alternative, describe

    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    return {
        "png": base64.b64encode(file.getvalue()).decode(),
        "alt": alternative(describe(figure)),
        "text": repr(figure),
    }


def show_figures(block=None):
    """Show all open figures and close them, as the end of a cell does."""
    import matplotlib.pyplot as plt

    for number in plt.get_fignums():
        display(plt.figure(number))
    plt.close("all")


def explore(f, /, **controls):
    """Draw ``f`` at its defaults, with sliders; the page calls `move` when one is moved."""
    controls = {name: list(values) for name, values in controls.items()}
    starts = [inspect.signature(f).parameters[name].default for name in controls]
    SLIDERS[len(SLIDERS)] = f, controls
    send(
        "sliders",
        slider=len(SLIDERS) - 1,
        names=list(controls),
        said=[list(map(said, values)) for values in controls.values()],
        start=list(map(list.index, controls.values(), starts)),
        **drawn(f, dict(zip(controls, starts, strict=True))),
    )


def said(value):
    """Return a value as a reader says it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def drawn(f, values):
    """Return the picture that ``f`` draws for some values."""
    import matplotlib.pyplot as plt

    figure = f(**values).figure
    image = picture(figure)
    plt.close(figure)
    return image


def guarded(work):
    """Do some work, and send what goes wrong as a reader of the page has to see it."""
    try:
        work()
    except BaseException as error:
        tb = error.__traceback__
        while tb and tb.tb_frame.f_code.co_filename == __file__:
            tb = tb.tb_next
        text = "".join(traceback.format_exception(type(error), error, tb))
        send("error", text=text, name=type(error).__name__)


def run(cell, source):
    """Run a cell, and send the value of its last line if that is an expression."""
    name = f"<cell {cell}>"
    linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name

    def work():
        body = ast.parse(source, name).body
        last = []
        if body and isinstance(body[-1], ast.Expr) and not source.rstrip().endswith(";"):
            last = [body.pop()]
        exec(compile(ast.Module(body, []), name, "exec"), NAMES)
        if last:
            display(eval(compile(ast.Expression(last[0].value), name, "eval"), NAMES))
        show_figures()

    guarded(work)


def move(slider, places):
    """Draw again what a slider moved."""

    def work():
        f, controls = SLIDERS[slider]
        values = {name: of[i] for (name, of), i in zip(controls.items(), places, strict=True)}
        send("frame", **drawn(f, values))

    guarded(work)


def place(name, text):
    """Lay a file beside the page, which reads it."""
    Path(name).write_text(text, "utf-8")


def begin():
    """Put the session in the place of IPython and of the sliders of the package."""
    sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")
    ipython, shown = types.ModuleType("IPython"), types.ModuleType("IPython.display")
    shown.display, shown.Math, shown.Markdown = display, Math, Markdown
    ipython.display, ipython.get_ipython = shown, lambda: None
    ipython.version_info = 9, 0  # matplotlib asks for it
    sys.modules |= {"IPython": ipython, "IPython.display": shown}
    with zipfile.ZipFile(LIBRARY) as library:  # matplotlib wants its data in a folder
        own = [name for name in library.namelist() if name.startswith("matplotlib/")]
        library.extractall(FOLDER, own)
    sys.path.insert(0, FOLDER)
    os.mkdir(BESIDE)
    os.chdir(BESIDE)
    os.access = lambda *_, **__: True  # in memory all can be written; the host cannot say so
    import matplotlib.pyplot as plt

    import nnbook

    plt.show, nnbook.widgets.explore = show_figures, explore
