"""What looks on while a page of the course runs, with what is listed of the page."""

import json
from collections.abc import Collection
from pathlib import Path

import matplotlib
from course import FROM_ZERO, ROUGH_FIGURES, SUPPLIED, UNCHECKED, WITHOUT_LAYER
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
    """Return what a list holds."""
    return json.loads(path.read_text("utf-8"))


def rough(page: str) -> Collection[str]:
    """Return the cells of a page of whose figures only the words count."""
    return ROUGH_FIGURES if PINNED else read(FIGURES).get(page, {}).keys()


def figures(page: str) -> Figures:
    """Return the check that knows what the figures of a page say."""
    return Figures(read(FIGURES).get(page, {}), rough(page))


def formulas(page: str) -> Formulas:
    """Return the check that knows what a page leaves unsaid, and which formulas in its text hold."""
    inline, first = read(VERIFIED).get(page, ()), 0 if Path(page).name in FROM_ZERO else 1
    return Formulas(WITHOUT_LAYER, UNCHECKED, SUPPLIED, inline, first)


def shapes(page: str) -> Shapes:
    """Return the check that knows what the table of a page says of no array."""
    return Shapes(read(SYMBOLS)["shapes"].get(page, ()))


def runs(page: str) -> Runs:
    """Return the check that knows which numbers in the text the page's run has to give."""
    return Runs(read(SOURCES).get(page, ()))


def at(page: str) -> list[Check]:
    """Return all of them."""
    return [formulas(page), figures(page), shapes(page), runs(page)]
