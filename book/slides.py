"""The chapters as slides, by nbconvert and reveal.js: a slide a cell, a column a section."""

import re
from pathlib import Path

import nbformat
from nbconvert import SlidesExporter

HERE = Path(__file__).parent
END = re.compile(r"^## (Exercises|Summary)", re.M)


def page(path: Path) -> str:
    """Return the slides of a chapter, up to its exercises, as HTML."""
    exporter = SlidesExporter(
        template_file=str(HERE / "slides.html.j2"),
        reveal_url_prefix="../_static/reveal",
        reveal_theme="white",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.title = path.stem
    notebook.cells = list(slides(notebook.cells))
    html, _ = exporter.from_notebook_node(notebook)
    return re.sub(r'((?:href|src)="(?!\.\.|https?:)[\w/]+)\.ipynb', r"\1.html", html)


def slides(cells):
    """Yield the cells, each with what it is among the slides; a heading begins one of its own."""
    for cell in cells:
        if cell.cell_type == "code":
            cell.metadata.slideshow = {"slide_type": "subslide"}
            yield cell
            continue
        end = END.search(cell.source)
        text = cell.source[: end.start()] if end else cell.source
        for part in re.split(r"^(?=##? )", text, flags=re.M):
            if part.strip():
                kind = "slide" if re.match("##? ", part) else "subslide"
                new = nbformat.v4.new_markdown_cell(part)
                new.metadata.slideshow = {"slide_type": kind}
                yield new
        if end:
            return
