"""A Chromium of the system, driven by Playwright."""

import shutil

import pytest
from playwright.sync_api import sync_playwright

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
