"""What a page asks of the bank at the same time, instead of one after the other.

A question has its page's person, deadline and request id, and its refusal is raised where its answer is taken. All
pages share a few threads: a question that none of them has begun is asked by the page itself when it wants the answer,
so a page is never slower than one that asks in turn, and no page waits for another's questions.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from threading import Lock
from typing import Any, Generic, TypeVar

from flask import Flask, current_app, g
from flask_login import current_user

from gateway.web.inbox.unread_count import count_unread

MOST_AT_ONCE = 16
T = TypeVar("T")


class Asked(Generic[T]):
    """A question that is on its way."""

    def __init__(self, future: "Future[T]", question: Callable[[], T]) -> None:
        self._future = future
        self._question = question

    def answer(self) -> T:
        """What came of it. Raises what the question does."""
        return self._question() if self._future.cancel() else self._future.result()

    def end(self) -> None:
        """Wait until nobody asks it any more."""
        if not self._future.cancel():
            self._future.exception()


class Page:
    """The questions of one page."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._asked: list[Asked[Any]] = []

    def ask(self, question: Callable[[], T]) -> Asked[T]:
        """Begin to ask; the page goes on meanwhile."""
        asked = Asked(self._threads.submit(copy_context().run, question), question)
        self._asked.append(asked)
        return asked

    def end(self) -> None:
        """Wait for what is on its way, and leave the rest unasked."""
        for asked in self._asked:
            asked.end()


def install_side_by_side(app: Flask) -> Callable[[], None]:
    """Give the app its threads; what is returned ends them."""
    threads = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="page")
    app.extensions["page_threads"] = threads
    return lambda: threads.shutdown(wait=False)


@contextmanager
def side_by_side() -> Iterator[Page]:
    """A page whose questions are on their way together. It is rendered in the block, which ends when all have ended.

    How many messages wait, which stands on every page, is asked along.
    """
    page = Page(current_app.extensions["page_threads"])
    try:
        if current_user.is_authenticated:
            g.renewing = Lock()
            g.unread_count_asked = page.ask(count_unread)
        yield page
    finally:
        page.end()
