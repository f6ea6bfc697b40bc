"""Pages that run in the browser, from a click to a graded exercise."""

import re

import nbformat
import pytest
from pagecheck.compare import settled
from visits import HTML, PHONE, ROOT, Visit

SOON, LONG = 90_000, 600_000  # milliseconds; the cells of a page may take long on a busy machine
PAGES = sorted(
    path.stem
    for path in (ROOT / "notebooks").glob("*.ipynb")
    if "live-start" in (HTML / f"notebooks/{path.stem}.html").read_text("utf-8")
)

OUTPUTS = """boxes => boxes.map(box => [...box.querySelectorAll(
    "pre:not(.cell_input pre), img, mjx-container, table")].map(of => {
  if (of.closest("table") !== of && of.closest("table")) return null;
  if (of.tagName === "PRE") return of.textContent;
  return of.tagName === "IMG" ? "figure" : of.tagName === "TABLE" ? "table" : "formula";
}).filter(of => of !== null))"""


class Live(Visit):
    """A page whose reader has started Python on it."""

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.start()

    def start(self):
        """Click, and wait until the first cell has run."""
        self.page.click(".live-start")
        self.page.wait_for_selector("html[data-live=ready]", timeout=SOON)

    def status(self, says, patience=SOON):
        """Wait until the page says so."""
        self.page.get_by_role("status").filter(has_text=re.compile(says)).wait_for(timeout=patience)

    def cell(self, name, notebook):
        """Return the box of a cell."""
        code = [cell.id for cell in notebook.cells if cell.cell_type == "code"]
        return self.page.locator(".cell").nth(code.index(name))

    def outputs(self):
        """Return what stands under the cells."""
        return self.page.locator(".cell").evaluate_all(OUTPUTS)


def committed(name):
    return nbformat.read(ROOT / f"notebooks/{name}.ipynb", as_version=4)


def stored(cell):
    """Return what a cell shows in the notebook, as `OUTPUTS` says it."""
    found = []
    for output in cell.outputs:
        data = output.get("data", {})
        if output.output_type == "stream":
            found.append(output.text)
        elif "text/markdown" in data:
            found.append("table")
        elif "text/latex" in data:
            found.append("formula")
        elif "image/png" in data:
            found.append("figure")
        elif "to get sliders" not in data["text/plain"]:
            found.append(data["text/plain"])
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_run_in_the_browser_shows_what_is_committed(chromium, site, name):
    code = [cell for cell in committed(name).cells if cell.cell_type == "code"]
    with Live(chromium, site, f"notebooks/{name}.html") as live:
        live.page.get_by_role("button", name="Run all", exact=True).click()
        live.status("All cells have run|error", LONG)
        other = [
            f"{cell.id}: {new} instead of {stored(cell)}"
            for cell, new in zip(code, live.outputs(), strict=True)
            if settled(new, stored(cell)) != stored(cell)
        ]
        assert other == []
        assert live.wrong == []


def test_before_the_click_nothing_is_loaded(chromium, site):
    with Visit(chromium, site, "notebooks/01_delta_rule.html") as visit:
        assert not [url for url in visit.asked if "/live/" in url]


def test_an_exercise_is_solved_and_graded_and_what_was_written_survives(chromium, site):
    notebook = committed("01_delta_rule")
    (exercise,) = [
        cell.id for cell in notebook.cells if "check(delta_rule.step_by_hand" in cell.source
    ]
    answer = "Delta_w_by_hand = [3, 1]\ncheck(delta_rule.step_by_hand, Delta_w_by_hand)"
    with Live(chromium, site, "notebooks/01_delta_rule.html") as live:
        cell = live.cell(exercise, notebook)
        before = cell.locator("textarea").input_value()
        cell.locator("textarea").fill(answer)
        cell.get_by_role("button", name="Run cell").click()
        cell.get_by_text("Exercise 1.1: passed").wait_for(timeout=SOON)
        live.page.reload()
        assert "changes to 1 cell are kept" in live.page.inner_text(".download")
        live.start()
        assert cell.locator("textarea").input_value() == answer
        live.page.on("dialog", lambda dialog: dialog.accept())
        with live.page.expect_navigation():
            live.page.get_by_role("button", name="Reset the page").click()
        live.start()
        assert cell.locator("textarea").input_value() == before


def test_keys_alone_start_edit_run_and_move_a_slider(chromium, site):
    notebook = committed("01_delta_rule")
    with Visit(chromium, site, "notebooks/01_delta_rule.html", PHONE) as visit:
        page = visit.page
        page.locator(".live-start").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("html[data-live=ready]", timeout=SOON)
        page.get_by_role("button", name="Run all", exact=True).press("Enter")
        page.get_by_text("All cells have run").wait_for(timeout=SOON)
        fields = page.locator("textarea")
        fields.nth(1).focus()
        page.keyboard.press("Control+a")
        page.keyboard.type("for i in range(2):\nprint('twice', i)")
        assert fields.nth(1).input_value().endswith(":\n    print('twice', i)")
        page.keyboard.press("Shift+Enter")
        page.get_by_text("twice 1").wait_for(timeout=SOON)
        assert fields.nth(2).evaluate("field => field === document.activeElement")
        box = Live.cell(visit, "c9e07b3d4", notebook)
        slider, image = box.locator("input[type=range]"), box.locator("img").last
        before = image.get_attribute("src")
        slider.press("ArrowRight")
        page.wait_for_function(
            "([now, old]) => now.src !== old", arg=[image.element_handle(), before]
        )
        assert slider.get_attribute("aria-valuetext") == box.locator("output").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_an_error_is_told_and_a_loop_without_end_is_stopped(chromium, site):
    with Live(chromium, site, "notebooks/07_xor.html") as live:
        cell = live.page.locator(".cell").nth(3)

        def run(source):
            cell.locator("textarea").fill(source)
            cell.get_by_role("button", name="Run cell").click()

        run("one = 1\none / 0")
        cell.get_by_text("ZeroDivisionError").wait_for(timeout=SOON)
        assert "line 2" in cell.inner_text()
        assert "session.py" not in cell.inner_text()
        run("one + x_that_is_not_there")
        live.status("ended with an error")
        assert cell.get_by_role("button", name="Run all cells above first").count() == 1
        run("while True:\n    pass")
        live.page.get_by_role("button", name="Stop").click()
        live.page.wait_for_timeout(500)
        live.status("^Stopped")
        run("print(len(str(nn)) > 3)")
        cell.get_by_text("True").wait_for(timeout=SOON)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_a_page_that_runs(chromium, site, theme):
    with Live(chromium, site, "notebooks/01_delta_rule.html", theme=theme) as live:
        live.page.get_by_role("button", name="Run all", exact=True).click()
        live.status("All cells have run")
        assert live.violations() == []


def test_a_browser_that_cannot_says_so(chromium, site):
    with Visit(chromium, site, "notebooks/01_delta_rule.html") as visit:
        visit.page.add_init_script("delete window.DecompressionStream")
        visit.page.reload()
        assert "it has no DecompressionStream" in visit.page.inner_text(".download")
        assert not visit.page.locator(".live-start").is_visible()


def test_a_python_that_does_not_start_says_so_and_may_be_tried_again(chromium, site):
    with Visit(chromium, site, "notebooks/07_xor.html") as visit:
        page = visit.page
        page.route("**/live/sizes.json", lambda route: route.fulfill(status=404))
        before = page.locator(".cell_output").count()
        page.click(".live-start")
        page.get_by_role("status").filter(has_text="Python cannot go on").wait_for(timeout=SOON)
        assert (
            page.locator("[aria-busy]").count() == page.locator(".live-bar progress").count() == 0
        )
        assert page.locator(".cell_output > *").count() >= before
        page.unroute("**/live/sizes.json")
        cell = page.locator(".cell").nth(3)
        cell.locator("textarea").fill("print(len(str(nn)) > 3)")
        cell.get_by_role("button", name="Run cell").click()
        cell.get_by_text("True").wait_for(timeout=SOON)
