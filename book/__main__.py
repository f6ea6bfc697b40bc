"""Build the web edition: ``make book``, or ``python -m book`` with the extra book."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from book import live  # noqa: E402
from book.frames import draw  # noqa: E402
from book.slides import page  # noqa: E402

HERE, SOURCE, HTML = ROOT / "book", ROOT / "_build" / "book", ROOT / "_build" / "html"
FRAMES, PYTHON = ROOT / "_build" / "frames", ROOT / "_build" / "python"
# where the links of the pages lead here, which in the repository lead out of their folder
MOVED = {
    r"\]\((\.\./)?notebooks/solutions\)": "](solved.md)",  # a folder is no page
    r"\]\(\.\./notebooks/": "](notebooks/",
    r"\]\((\.\./)?\.github/": "](_static/",
    r"\]\(\.\./README\.md\)": "](index.md)",
    r"\]\(book/": "](",
    r"\[([^]]+)\]\(\.\./(benchmarks|examples)[^)]*\)": r"`\2` (in the repository: \1)",
}


def gather():
    """Put the pages together in one folder, where Sphinx finds them."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    ours = "node_modules", "*.json", "__*__*", "frames.py", "slides.py", "slides.html.j2", "live"
    shutil.copytree(HERE, SOURCE, ignore=shutil.ignore_patterns(*ours))
    notebooks = shutil.ignore_patterns(".*", "*.npz")
    shutil.copytree(ROOT / "notebooks", SOURCE / "notebooks", ignore=notebooks)
    shutil.copytree(ROOT / "notebooks", SOURCE / "extra/downloads/notebooks", ignore=notebooks)
    shutil.copy(ROOT / "README.md", SOURCE)
    for path in SOURCE.glob("*.md"):
        text = path.read_text("utf-8")
        for there, here in MOVED.items():
            text = re.sub(there, here, text)
        path.write_text(text, "utf-8")
    for name in ("thread-network.png", "misread-digits.png"):
        shutil.copy(ROOT / ".github" / name, SOURCE / "_static")
    (SOURCE / "_static/mathjax").mkdir(parents=True)
    shutil.copy(HERE / "node_modules/mathjax/es5/tex-svg.js", SOURCE / "_static/mathjax")
    reveal, maps = SOURCE / "_static/reveal/dist", shutil.ignore_patterns("*.map")
    shutil.copytree(HERE / "node_modules/reveal.js/dist", reveal, ignore=maps)
    (SOURCE / "extra/slides").mkdir()
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        (SOURCE / "extra/slides" / f"{path.stem}.html").write_text(page(path), "utf-8")
    shutil.copytree(FRAMES, SOURCE / "extra/frames", ignore=shutil.ignore_patterns("*.json"))
    shutil.copy(FRAMES / "frames.json", SOURCE)


def main():
    """Draw the frames of the sliders, gather the pages, and build them."""
    pages = sorted((ROOT / "notebooks").glob("*.ipynb"))
    if "--keep-frames" not in sys.argv:
        shutil.rmtree(FRAMES, ignore_errors=True)
        boxes = draw(pages, FRAMES)
        (FRAMES / "frames.json").write_text(json.dumps(boxes), "utf-8")
    gather()
    if "--no-live" not in sys.argv:
        live.build(SOURCE / "extra/live", PYTHON)
    shutil.rmtree(HTML, ignore_errors=True)
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q"]
    return subprocess.run([*command, str(SOURCE), str(HTML)], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
