"""The boxes of the pages that show the library's way print in PyTorch or Keras what they say."""

import re

import pytest
from test_notebooks import CHAPTERS, label, markdown, read

for library in ("torch", "keras"):
    pytest.importorskip(library, reason=f"{library} is not installed; run `make doors`")

BOX = re.compile(r"```python\n(import (?:torch|keras)\n.*?)```", re.DOTALL)
SHOWN = re.compile(r"^print\(.*\)  # (.+)$", re.MULTILINE)
BOXES = [(label(path), box) for path in CHAPTERS for box in BOX.findall(markdown(read(path)))]


@pytest.mark.parametrize(("page", "box"), BOXES, ids=[page for page, _ in BOXES])
def test_a_box_prints_what_it_says(page, box, capsys):
    exec(box, {})
    assert capsys.readouterr().out.splitlines() == SHOWN.findall(box) != []
