"""A Chromium of the system, driven by Playwright."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import sync_playwright
from visits import HTML

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="session")
def chromium():
    """Start the browser once, for all tests of a process."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "the end-to-end tests drive a Chromium of the system; install it first"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


class Silent(SimpleHTTPRequestHandler):
    """A plain static server that does not talk."""

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="session")
def site():
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=HTML)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
