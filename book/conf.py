"""The web edition: the committed notebooks as pages; nothing is executed, nothing fetched.

``make book`` puts the pages together in a folder and calls Sphinx there. What JupyterLab gets from
a notebook and Sphinx does not, the hooks below bring: anchors of cells, alternative texts, sliders,
and a mark at each equation that a test checks, with the line by which it is checked.
"""

import json
import re
from base64 import b64decode
from hashlib import sha256
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util import inspect

import nnbook

HERE = Path(__file__).parent
NOTEBOOKS = {path: path.read_text("utf-8") for path in HERE.glob("notebooks/**/*.ipynb")}
FRAMES = json.loads((HERE / "frames.json").read_text("utf-8"))  # of the sliders, by cell

project, author, release = "nnbook", "the nnbook authors", nnbook.__version__
copyright = f"2026, {author}, MIT licence"
extensions = ["myst_nb", "sphinx_copybutton", "sphinx_reredirects"]
extensions += [f"sphinx.ext.{name}" for name in ("autodoc", "mathjax", "napoleon")]
html_theme, html_title, html_baseurl = "furo", "nnbook", ""
html_static_path, templates_path, html_extra_path = ["_static"], ["_templates"], ["extra"]
html_css_files, html_js_files = ["book.css"], ["sliders.js", "live.js"]
# what a page that runs has to load, in megabytes; 0 where the build left it out
SIZES = HERE / "extra/live/sizes.json"
live = SIZES.exists() and round(sum(json.loads(SIZES.read_text("utf-8")).values()) / 1e6)
html_context = {"live": live}
html_copy_source = html_show_sphinx = html_use_index = html_domain_indices = False
exclude_patterns = ["extra", "README.md", "chapters.md"]

nb_execution_mode = "off"
nb_ipywidgets_js: dict = {}
nb_merge_streams = True
nb_render_markdown_format = "myst"  # tables in outputs
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors, myst_heading_slug_func = 4, "book.slug"
myst_update_mathjax = False
# addresses of the first edition
RENAMED = {
    "03b_two_layer_network": "03b_backpropagation",
    "04_logistic_regression": "04a_logistic_regression",
    "08a_starting_well": "08a_initialisation",
    "08b_stepping_well": "08b_optimisers",
    "10_convolution_layers": "10a_convolutional_layers",
    "10_convolutional_layers": "10a_convolutional_layers",
    "12_digits": "12a_digits",
    "13_will_it_hold": "13a_generalisation",
    "13_generalisation": "13a_generalisation",
    "14_beyond_layers": "14a_automatic_differentiation",
    "15_doors": "15a_pytorch",
    "15_other_libraries": "15a_pytorch",
}
redirects = {
    f"notebooks/{folder}{old}": f"{new}.html"
    for old, new in RENAMED.items()
    for folder in ("", "solutions/")
} | {"doors": "other_libraries.html", "notebooks/B_notes_index": "archive/B_notes_index.html"}
mathjax_path = "mathjax/tex-svg.js"
mathjax3_config = {"tex": {"tags": "none"}}
suppress_warnings = ["myst.header"]  # exercises of a solved twin have the level of their chapter

autodoc_typehints, autodoc_preserve_defaults = "none", True
autodoc_mock_imports = ["dask", "distributed", "sklearn", "torch"]  # behind the doors
napoleon_use_param = napoleon_use_rtype = False  # names that share a line stay together
autodoc_member_order, add_module_names = "bysource", False
default_role = "literal"


LINKED = {name for text in NOTEBOOKS.values() for name in re.findall(r"#cell-id=(\w+)", text)}
IMAGES = [
    (output["data"]["image/png"], output["metadata"]["image/png"]["alt"])
    for text in NOTEBOOKS.values()
    for cell in json.loads(text)["cells"]
    for output in cell.get("outputs", [])
    if "image/png" in output.get("data", {})
]
ALTERNATIVES = {sha256(b64decode(image)).hexdigest(): alt for image, alt in IMAGES}


CHECK_LINE = re.compile(r"<!-- \((\S+?)\)\s+(.+?) -->")  # a comment in the notebook


def mark_checked(cells):
    """Show below each equation that it is checked; behind the mark stand all of its check lines."""
    texts = [cell for cell in cells if cell["cell_type"] == "markdown"]
    lines = {}
    for cell in texts:
        cell["source"] = "".join(cell["source"])
        for tag, line in CHECK_LINE.findall(cell["source"]):
            lines.setdefault(tag, []).append(line)

    def mark(match):
        line = escape(" ".join(lines.pop(match[1], ())))  # later ones stand with the first
        return line and (
            f'<details class="checked"><summary>checked</summary><code>{line}</code></details>'
        )

    for cell in texts:
        cell["source"] = CHECK_LINE.sub(mark, cell["source"])


def prepare(app, docname, source):
    """Give the cells that others link to an anchor, and a cell with sliders its frames."""
    if not str(app.env.doc2path(docname)).endswith(".ipynb"):
        return
    not_here = r"\[([^][]+)\]\(\.\./(?:CONTRIBUTING|benchmarks/\w+)\.md\)"
    text = re.sub(not_here, r"\1", source[0]).replace("](../book/", "](../")
    page = json.loads(text.replace("#cell-id=", "#"))
    mark_checked(page["cells"])
    cells = []
    for cell in page["cells"]:
        if cell["id"] in LINKED:
            to, target = f"to-{cell['id']}", f"({cell['id']})="
            if "".join(cell["source"]).startswith("<"):  # a fold does not take a target's name
                target += f'\n\n<span id="{cell["id"]}"></span>'
            cells.append({"cell_type": "markdown", "id": to, "metadata": {}, "source": target})
        if cell["id"] in FRAMES:
            data = {"text/html": FRAMES[cell["id"]].replace("@/", "../" * docname.count("/"))}
            cell["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": data}]
        cells.append(cell)
    source[0] = json.dumps(page | {"cells": cells})


def finish(app, doctree):
    """Let links find the anchors of cells, and give the figures their alternative texts."""
    slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for target in doctree.findall(nodes.target):
        for name in [*target.get("ids", []), target.get("refid", "")]:
            if name in LINKED:
                slugs[name] = (0, name, "")
    for link in doctree.findall(nodes.reference):  # those in outputs Sphinx leaves as they are
        if "refuri" in link:
            link["refuri"] = re.sub(r"^([\w./]+)\.ipynb(?=#|$)", r"\1.html", link["refuri"])
    for image in doctree.findall(nodes.image):
        known = ALTERNATIVES.get(Path(image["uri"]).stem)
        if known:
            image["alt"] = known
    keep_together(doctree)


def keep_together(doctree):
    """Let no line begin with the comma behind a formula, or break within the number of an item."""
    for math in list(doctree.findall(nodes.math)):
        line, at = math.parent, math.parent.index(math)
        after = line[at + 1] if at + 1 < len(line) else None
        mark = isinstance(after, nodes.Text) and re.match(r"[.,;:?)’”]+", after)
        if mark:
            rest = nodes.Text(after[mark.end() :])
            line[at : at + 2] = [together(math, nodes.Text(mark.group())), rest]
    for text in list(doctree.findall(nodes.Text)):
        pieces = re.split(r"(N[0-4X]-\d\d+)", text)  # every second one is an item
        if len(pieces) > 1 and not isinstance(text.parent, nodes.title | nodes.literal):
            parts = [nodes.Text(piece) for piece in pieces]
            parts[1::2] = [together(item) for item in parts[1::2]]
            text.parent.replace(text, parts)


def together(*parts):
    """Return the parts as one that is not broken."""
    return nodes.inline("", "", *parts, classes=["together"])


# what the theme leaves to be wished by those who do not see the page, or use no mouse
FOR_ALL = {
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer': '<aside aria-label="On this page" class="toc-drawer',
    'role="heading">': 'role="heading" aria-level="2">',
    "<pre": '<pre tabindex="0"',
}


def reach_all(app, error):
    """Name the two columns, give captions a level, let keys scroll what is wide, and so on."""
    for path in Path(app.outdir).rglob("*.html"):
        text = path.read_text("utf-8")
        for old, new in FOR_ALL.items():
            text = text.replace(old, new)
        text = re.sub(r'<th class="head[^"]*">\s*(<p></p>)?\s*</th>', "<td></td>", text)
        if "<h1" not in text:  # the search has none
            main = '<article role="main" id="furo-main-content">'
            text = text.replace(main, f"{main}<h1>Search</h1>")
        path.write_text(text, "utf-8")


def ask_init(app, what, name, thing, options, signature, returns):
    """Show what a class asks for, where the stand-in for its base hides it."""
    if signature == "(*args, **kwargs)":
        own = inspect.signature(thing.__init__, bound_method=True)
        return inspect.stringify_signature(own, show_annotation=False), returns
    return None


def setup(app):
    """Register the hooks."""
    app.connect("autodoc-process-signature", ask_init)
    app.connect("build-finished", reach_all)
    app.connect("source-read", prepare)
    app.connect("doctree-read", finish)
