"""What `make accept` prints and writes: changes of the lists, a line each, and nothing else."""

import pytest
from accept import changes, chosen, lines
from looking import FIGURES, SOURCES, SYMBOLS, VERIFIED, read


@pytest.mark.parametrize("path", [FIGURES, SOURCES, SYMBOLS, VERIFIED], ids=lambda path: path.name)
def test_a_list_without_changes_is_written_as_it_is(path):
    assert list(changes(read(path), read(path))) == []
    assert lines(read(path)) + "\n" == path.read_text("utf-8")


def test_every_change_of_a_list_is_a_line():
    old = {"01": {"a": [{"says": "x"}], "b": ["1", "1"]}, "02": ["z"]}
    new = {"01": {"a": [{"says": "y"}], "b": ["1", "2"]}, "03": {"c": "u"}}
    assert sorted(line.strip() for line in changes(old, new)) == sorted(
        ['- 01: a: {"says": "x"}', '+ 01: a: {"says": "y"}', '- 01: b: "1"', '+ 01: b: "2"', '- 02: "z"', '+ 03: c: "u"']
    )  # fmt: skip


def test_a_prefix_names_a_page_and_its_solved_twin():
    assert [path.parent.name for path in chosen(["08a"])] == ["notebooks", "solutions"]
    with pytest.raises(SystemExit, match="no page begins with 99: 00_start_here"):
        chosen(["99"])
