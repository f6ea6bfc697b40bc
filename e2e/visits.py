"""A reader's visit to a page of the web edition."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HTML, AXE = ROOT / "_build/html", ROOT / "book/node_modules/axe-core/axe.min.js"
LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


class Visit:
    """A page in a window of its own, with what it asks for and what goes wrong on it."""

    def __init__(self, chromium, site, name, size=LAPTOP, theme="light"):
        self.context = chromium.new_context(viewport=size, color_scheme=theme)
        self.page, self.asked, self.wrong = self.context.new_page(), [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("requestfailed", lambda request: self.wrong.append(request.url))
        self.page.goto(site + name)
        self.page.evaluate("window.MathJax && MathJax.startup.promise")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def violations(self):
        """Return what axe finds wrong, a line each.

        axe reads no MathML: a table's head that holds a formula alone is empty to it, though a
        reader is told the formula.
        """
        self.page.add_script_tag(path=AXE)
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{of['id']}: {node['html'][:120]}"
            for of in found["violations"]
            for node in of["nodes"]
            if of["id"] != "empty-table-header"
            or not self.page.locator(node["target"][0]).locator("mjx-assistive-mml").count()
        ]
