"""The course in JupyterLab in Chromium: pages run, sliders move, exercises are graded and kept."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from course import lacking

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "notebooks"
PAGES = sorted(
    path.relative_to(FOLDER).as_posix()
    for path in (*FOLDER.glob("*.ipynb"), *FOLDER.glob("archive/*.ipynb"))
)
NOTEBOOK = "window.jupyterapp.shell.currentWidget"
IDLE = f"() => {NOTEBOOK}?.sessionContext?.session?.kernel?.status === 'idle'"
CELLS = f"""() => {NOTEBOOK}.content.widgets.filter(w => w.model.type === 'code').map(w => w.model.toJSON())"""
WAITING = f"() => {NOTEBOOK}.content.widgets.some(w => w.promptNode?.textContent.includes('*'))"
MINUTES = 10 * 60_000


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Serve a copy of the notebooks with JupyterLab; give its address and the folder."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(FOLDER, home / "notebooks", ignore=shutil.ignore_patterns(".*"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    names = (
        "JUPYTER_CONFIG_DIR",
        "JUPYTERLAB_SETTINGS_DIR",
        "JUPYTERLAB_WORKSPACES_DIR",
        "IPYTHONDIR",
    )
    options = ["--no-browser", "--allow-root", "--IdentityProvider.token=", f"--port={port}"]
    options += [
        "--ip=127.0.0.1",
        "--LabApp.expose_app_in_browser=True",
        f"--notebook-dir={home}/notebooks",
    ]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options],
        env=os.environ | {name: str(home / name) for name in names} | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}/"
    for _ in range(240):
        try:
            urllib.request.urlopen(address + "api", timeout=1)
            break
        except OSError:
            time.sleep(0.25)
    yield address, home / "notebooks"
    server.terminate()
    server.wait(30)


def opened(chromium, address, name):
    """Return a window in which JupyterLab shows the notebook, its kernel ready."""
    page = chromium.new_page(viewport={"width": 1280, "height": 1600})
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.goto(f"{address}lab/workspaces/e2e/tree/{name}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function(IDLE, timeout=60_000)
    return page


def command(page, name):
    page.evaluate(f"() => window.jupyterapp.commands.execute('{name}')")


def run_all(page):
    command(page, "notebook:run-all-cells")
    page.wait_for_timeout(500)
    page.wait_for_function(f"() => !({WAITING})()", timeout=MINUTES)
    page.wait_for_function(IDLE, timeout=MINUTES)
    return page.evaluate(CELLS)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_runs_without_an_error(chromium, lab, name):
    if lacking(name):
        pytest.skip(lacking(name))
    page = opened(chromium, lab[0], name)
    command(page, "notebook:clear-all-cell-outputs")
    cells = [cell for cell in run_all(page) if "".join(cell["source"])]
    assert all(cell["execution_count"] for cell in cells)
    for cell in cells:
        allowed = "raises-exception" in cell["metadata"].get("tags", [])
        errors = [of["ename"] for of in cell["outputs"] if of["output_type"] == "error"]
        assert allowed or errors == [], f"{cell['id']}: {errors}"
    assert page.wrong == []
    page.close()


def test_a_slider_moves_and_the_figure_is_drawn_anew(chromium, lab):
    page = opened(chromium, lab[0], "01_delta_rule.ipynb")
    run_all(page)
    slider = page.locator(".widget-slider [role=slider], .jupyter-widgets input[type=range]").first
    slider.scroll_into_view_if_needed()
    before = page.locator(".jupyter-widgets img").count()
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_selector(".jupyter-widgets img", timeout=20_000)
    drawn = page.locator(".jupyter-widgets img").first.get_attribute("src")
    slider.press("ArrowRight")
    page.wait_for_function(
        "old => document.querySelector('.jupyter-widgets img')?.src !== old",
        arg=drawn,
        timeout=20_000,
    )
    assert before == 0
    assert page.wrong == []
    page.close()


def test_an_exercise_is_solved_graded_saved_and_still_there(chromium, lab):
    address, folder = lab
    page = opened(chromium, address, "01_delta_rule.ipynb")
    cells = run_all(page)
    (place,) = (
        i for i, cell in enumerate(cells) if "largest_rate = ..." in "".join(cell["source"])
    )
    widgets = f"{NOTEBOOK}.content.widgets.filter(w => w.model.type === 'code')"
    page.evaluate(
        f"""() => {{ const cell = {widgets}[{place}];
        cell.model.sharedModel.setSource(cell.model.sharedModel.getSource().replace('...', '0.4')); }}"""
    )
    cells = run_all(page)
    assert "passed" in str(cells[place]["outputs"])
    command(page, "docmanager:save")
    page.wait_for_timeout(1500)
    page.close()
    saved = nbformat.read(folder / "01_delta_rule.ipynb", as_version=4)
    assert "passed" in str(saved)
    page = opened(chromium, address, "01_delta_rule.ipynb")
    assert "largest_rate = 0.4" in str(page.evaluate(CELLS)[place]["source"])
    assert "passed" in str(run_all(page)[place]["outputs"])
    page.close()
