"""Draw every frame of every slider of the course, for pages without Python.

A page is run once, with `explore` drawing all it could show instead of making sliders.
"""

import html
import inspect
import io
import itertools
import json
import math
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest
from course import lacking
from joblib import Parallel, delayed
from pagecheck.description import alternative, describe
from pagecheck.figures import images
from pagecheck.running import Check, run
from PIL import Image
from tqdm import tqdm

import nnbook

from .live.session import said

MOST = 60  # frames of one slider or several; of more only those with one control off its start
COLOURS = 128  # of a frame, enough for lines and flat areas


class Frames(Check):
    """What the sliders of a page could show: for each cell a box of HTML, and the images in it."""

    def __init__(self, folder: Path):
        self.folder, self.boxes = folder, {}
        self._drawn = None

    def explore(self, f, /, **controls):
        """Draw ``f`` at all values, and show it at its defaults, as the one of the package does."""
        controls = {name: list(values) for name, values in controls.items()}
        starts = [inspect.signature(f).parameters[name].default for name in controls]
        start = tuple(map(list.index, controls.values(), starts))
        frames = {}
        for place in places(start, [len(values) for values in controls.values()]):
            values = {name: controls[name][i] for name, i in zip(controls, place, strict=True)}
            frames[place] = picture(f(**values).figure, values)
        self._drawn = controls, start, frames

    def after(self, cell, shown, namespace):
        """Write the frames that the cell has drawn."""
        if self._drawn:
            controls, start, frames = self._drawn
            self._drawn = None
            (self.folder / cell.id).mkdir(parents=True, exist_ok=True)
            for number, (image, _) in enumerate(frames.values()):
                (self.folder / cell.id / f"{number}.png").write_bytes(image)
            committed = images(cell)[-1].metadata["image/png"]["alt"]  # what the author says
            texts = [committed, *(text for _, text in list(frames.values())[1:])]
            self.boxes[cell.id] = box(cell.id, controls, start, list(frames), texts)
        return ()


def places(start, sizes):
    """Return the frames to draw, each by the places of its values, the start first."""
    found = list(itertools.product(*map(range, sizes)))
    if math.prod(sizes) > MOST:
        found = [place for place in found if sum(map(int.__ne__, place, start)) <= 1]
    return sorted(found, key=lambda place: place != start)


def picture(figure, values):
    """Return a figure as PNG, and what it shows in words; the figure is closed."""
    file, small = io.BytesIO(), io.BytesIO()
    figure.savefig(file, format="png")
    few = Image.open(file).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(small, "png", optimize=True)
    at = ", ".join(f"{name} = {said(value)}" for name, value in values.items())
    text = f"The figure at {at}. {alternative(describe(figure))}".strip()
    plt.close(figure)
    return small.getvalue(), text


def box(name, controls, start, frames, texts):
    """Return the first frame and its sliders; ``@/`` stands for the way up to the first page."""
    folder = f"@/frames/{name}/"
    known = {
        " ".join(map(str, place)): [f"{i}.png", text]
        for i, (place, text) in enumerate(zip(frames, texts, strict=True))
    }
    sliders = []
    for (control, values), place in zip(controls.items(), start, strict=True):
        spoken = [said(value) for value in values]
        sliders.append(
            f'<label>{html.escape(control)} <input type="range" min="0" max="{len(values) - 1}" '
            f'value="{place}" data-start="{place}" aria-valuetext="{html.escape(spoken[place])}" '
            f"data-values='{html.escape(json.dumps(spoken))}'> "
            f"<output>{html.escape(spoken[place])}</output></label>"
        )
    data = json.dumps(known).replace("</", "<\\/")
    return (
        f'<div class="frames"><img src="{folder}0.png" data-folder="{folder}" '
        f'alt="{html.escape(texts[0])}"><p>{" ".join(sliders)}</p>'
        f'<script type="application/json">{data}</script></div>'
    )


def draw(pages, folder):
    """Write the frames of all pages into ``folder``; return the boxes by the id of their cell."""
    drawn = Parallel(n_jobs=-1, return_as="generator")(delayed(_of_page)(p, folder) for p in pages)
    boxes = {}
    for of_page in tqdm(drawn, "frames", len(pages), unit="page"):
        boxes |= of_page
    return boxes


def _of_page(path, folder):
    page, frames = nbformat.read(path, as_version=4), Frames(folder)
    while page.cells and "explore(" not in page.cells[-1].source:
        page.cells.pop()  # what comes after the last slider need not run
    if lacking(path.name):  # its sliders need none of what is not installed here
        for cell in page.cells:
            cell.metadata["tags"] = ["raises-exception"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nnbook.widgets, "explore", frames.explore)
        run(page, frames, folder=path.parent)
    assert frames.boxes.keys() == {cell.id for cell in page.cells if "explore(" in cell.source}
    return frames.boxes
