"""Sliders under a figure: the only importer of ipywidgets, and only once they are asked for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from . import plot


def explore(f: Callable[..., Any], /, **controls: Sequence[Any]) -> Any:
    """Draw ``f`` at its defaults, and again below whenever a slider moves.

    The first frame is an ordinary figure, so that a page reads without a kernel and without
    ipywidgets; then only the sliders are missing.

    Parameters
    ----------
    f : function
        Returns the Axes it drew on. Its default for a control is where the slider stands first.
    **controls : sequence
        By the name of an argument of ``f``, the values it can take: a range, a list, an array.

    Returns
    -------
    The sliders, to be the last line of a cell; None where ipywidgets is not installed.

    Raises
    ------
    ValueError
        If ``f`` has no argument of that name, or its default is not among the values.

    Examples
    --------
    >>> explore(print, sep=["a", "b"])
    Traceback (most recent call last):
        ...
    ValueError: explore expects the default of sep among its values, got ' ' beside ['a', 'b']
    """
    starts = {name: _start(f, name, list(values)) for name, values in controls.items()}
    plot.show(f(**starts))
    try:
        import ipywidgets
    except ImportError:
        return None

    class Sliders(ipywidgets.VBox):
        """What a saved page shows in place of the sliders is their text."""

        def __repr__(self) -> str:
            return f"Run this cell to get sliders for {', '.join(controls)}."

    sliders = {
        name: ipywidgets.SelectionSlider(options=list(values), value=starts[name], description=name)
        for name, values in controls.items()
    }
    frame = ipywidgets.Output()

    def draw(_: Any) -> None:
        frame.clear_output(wait=True)
        with frame:
            plot.show(f(**{name: slider.value for name, slider in sliders.items()}))

    for slider in sliders.values():
        slider.observe(draw, names="value")
    return Sliders([*sliders.values(), frame])


def _start(f: Callable[..., Any], name: str, values: list) -> Any:
    known = inspect.signature(f).parameters
    if name not in known:
        raise ValueError(
            f"explore expects controls among the arguments of the function, {', '.join(known)}; "
            f"got {name}"
        )
    default = known[name].default
    if default not in values:
        raise ValueError(
            f"explore expects the default of {name} among its values, got {default!r} beside "
            f"{values}"
        )
    return default
