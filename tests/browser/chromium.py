"""The browser as these tests and the screenshots start it."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Playwright

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


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
