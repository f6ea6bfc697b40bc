"""The hours of the three paths are the sums of those of their chapters."""

import re

import pytest
from execute_notebooks import ROOT

QUARTERS = {"": 0, "¼": 0.25, "½": 0.5, "¾": 0.75}
TEACHERS, CHAPTERS = (
    (ROOT / "book" / name).read_text("utf-8") for name in ("teachers.md", "chapters.md")
)
START = "".join((ROOT / "notebooks" / "00_start_here.ipynb").read_text("utf-8"))


def hours(text):
    whole, quarter = re.fullmatch(r"(\d+)([¼½¾]?)", text).groups()
    return int(whole) + QUARTERS[quarter]


ROWS = re.findall(r"^\| \[(\w+)\].*\| (\d+) min \| (\S+) h \|$", TEACHERS, re.M)
READING = {chapter: int(minutes) / 60 for chapter, minutes, _ in ROWS}
EXERCISES = {chapter: hours(text) for chapter, _, text in ROWS}
CORE, CONVOLUTION = (
    re.search(rf"\*\*{name}\*\*.*?: ([\w, \n]+)[;.]", CHAPTERS)[1].replace("\n", " ").split(", ")
    for name in ("the core", "only convolution")
)
PATHS = {"the core": CORE, "the whole course": list(READING), "only convolution": CONVOLUTION}


@pytest.mark.parametrize("name", PATHS)
def test_the_hours_of_a_path_are_those_of_its_chapters(name):
    sums = sum(READING[c] for c in PATHS[name]), sum(EXERCISES[c] for c in PATHS[name])
    in_chapters = re.search(rf"\*\*{name}\*\*, (\S+) hours.*?and (\S+?)[ :]", CHAPTERS).groups()
    on_the_page = re.search(rf"\*\*{name}\*\* .*\| (\S+) hours \| (\S+) hours \|", START).groups()
    assert in_chapters == on_the_page
    for said, true in zip(map(hours, in_chapters), sums, strict=True):
        assert abs(said - true) <= 0.25
