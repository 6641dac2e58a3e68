"""The browser as these tests and the screenshots start it."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Playwright

from tests.needs import program

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PROGRAMS = ("chromium-headless-shell", "chromium")
"""The same engine without and with windows around the pages; without them it works half as much."""


def installed() -> str:
    """The browser's path; without one the test skips."""
    return program(*PROGRAMS)


@contextmanager
def launched(playwright: Playwright, path: str) -> Iterator[Browser]:
    """Chromium, with the memory of pages that Playwright switches off and people have: back is really back."""
    browser = playwright.chromium.launch(
        executable_path=path, args=FLAGS, ignore_default_args=["--disable-back-forward-cache"]
    )
    try:
        yield browser
    finally:
        browser.close()
