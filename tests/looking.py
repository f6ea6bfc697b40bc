"""The checks of a page of the course, each with what is listed of the page."""

import json
from collections import Counter
from collections.abc import Collection
from pathlib import Path

import matplotlib
from course import FROM_ZERO, ROUGH_FIGURES, SUPPLIED, UNCHECKED, WITHOUT_LAYER
from pagecheck.description import alternative, worded
from pagecheck.figures import Figures
from pagecheck.formulas import Formulas
from pagecheck.numbers import Runs
from pagecheck.running import Check
from pagecheck.symbols import Shapes

TESTS = Path(__file__).parent
# another matplotlib sets labels elsewhere: then only the words in figures count
PINNED = f"matplotlib=={matplotlib.__version__}\n" in (TESTS.parent / "constraints.txt").read_text(
    "utf-8"
)
FIGURES, VERIFIED, SYMBOLS, SOURCES = (
    TESTS / f"{name}.json" for name in ("figures", "verified_inline", "symbols", "untraced_numbers")
)


def read(path: Path) -> dict:
    """Return the content of a list."""
    return json.loads(path.read_text("utf-8"))


def rough(page: str) -> Collection[str]:
    """Return the cells of a page in whose figures only the words count."""
    return ROUGH_FIGURES if PINNED else read(FIGURES).get(page, {}).keys()


def at(page: str) -> list[Check]:
    """Return all checks of a page."""
    inline, first = read(VERIFIED).get(page, ()), 0 if Path(page).name in FROM_ZERO else 1
    return [
        Formulas(WITHOUT_LAYER, UNCHECKED, SUPPLIED, inline, first),
        Figures(read(FIGURES).get(page, {}), rough(page)),
        Shapes(read(SYMBOLS)["shapes"].get(page, ())),
        Runs(read(SOURCES).get(page, ())),
    ]


class Told(Check):
    """Yields, as one line of JSON at the end, what a run of the page says for the lists."""

    def __init__(self, formulas: Formulas, figures: Figures, shapes: Shapes):
        self.formulas, self.figures, self.shapes = formulas, figures, shapes
        self.drawn = figures.drawn

    def after(self, cell, shown, namespace):
        list(self.figures.after(cell, shown, namespace))
        return self.shapes.after(cell, shown, namespace)

    def at_end(self, namespace):
        list(self.shapes.at_end(namespace))
        drawn = self.figures.found.items()
        yield json.dumps(
            {
                "verified": sorted(self.formulas.held_in_text().elements()),
                "shapes": self.shapes.unmet,
                "figures": {c: [[worded(f), alternative(f)] for f in figs] for c, figs in drawn},
            }
        )


def telling(page: str) -> list[Check]:
    """Return the checks of a page whose findings no list can settle, and `Told`, the last."""
    formulas, figures, shapes, runs = at(page)
    formulas.inline = Counter()
    return [formulas, runs, Told(formulas, figures, shapes)]
