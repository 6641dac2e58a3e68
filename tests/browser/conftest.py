"""One bank and one browser for all of these tests. They end with this folder: Playwright keeps an event loop running,
and tests elsewhere start their own.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.chromium import installed, launched
from tests.browser.observed import Observed
from tests.e2e.conftest import run
from tests.e2e.running_bank import RunningBank

NewPage = Callable[..., Page]


@pytest.fixture(scope="package")
def chromium() -> str:
    """The browser's path; without it these tests skip."""
    return installed()


@pytest.fixture(scope="package")
def bank(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBank]:
    """The whole bank with its demo world, as `make run` brings it up."""
    yield from run(tmp_path_factory.mktemp("bank"), started=True)


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser; each test has contexts of its own in it."""
    with sync_playwright() as playwright, launched(playwright, chromium) as running:
        yield running


@pytest.fixture
def observed(bank: RunningBank) -> Iterator[Observed]:
    """What went wrong behind the pages; a test in which something did fails at its end."""
    seen = Observed(bank.url)
    yield seen
    assert seen.problems == []


@pytest.fixture
def new_page(bank: RunningBank, browser: Browser, observed: Observed) -> Iterator[NewPage]:
    """Makes a page in a context of its own, as if on another device."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> Page:
        context = browser.new_context(base_url=bank.url, **{"viewport": {"width": 1440, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        observed.watch(page)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page on a desk."""
    return new_page()
