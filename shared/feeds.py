"""Feeds: ordered rows that one service publishes and others pull, each at its own pace.

A consumer stores its position in the same commit as what it derived, so every row takes effect exactly once, and
starting again from zero rebuilds everything.
"""

import threading
from collections.abc import Callable
from typing import Any

import structlog
from pydantic import Field

from shared.discovery import Discovery
from shared.http_client import ServiceClient
from shared.payloads import QueryModel, WholeNumber
from shared.refusals import Refused
from shared.services import Service

logger = structlog.get_logger(__name__)

READ_SCOPE = "feed:read"
_PAUSE_AFTER_ERROR_SECONDS = 1.0


class FeedQuery(QueryModel):
    """Query parameters of every feed."""

    after: WholeNumber = Field(0, ge=0, le=2**63 - 1, description="the last position already taken in")
    limit: WholeNumber = Field(500, ge=1, le=2000)


def feed_page(rows: list[dict[str, Any]], head: int) -> dict[str, Any]:
    """A feed's reply: rows in order of `position`, and `head`, the newest position there is."""
    return {"success": True, "data": rows, "head": head}


class FeedConsumer:
    """Pulls one feed in a daemon thread.

    `position()` reads the stored position; `apply(rows)` derives from the rows and stores the position of the last in
    one commit. Several processes may run the same consumer: `apply` skips rows at or before the stored position.
    `rewind()` is called when the feed ends before that position: its service was emptied or restored, so what was
    derived from it is to be dropped and the position set to 0. With `overlap`, so many rows before the position come
    again with each page, so that `apply` can tell a feed that was replaced by another one just as long.
    """

    def __init__(
        self,
        source: Service,
        path: str,
        *,
        discovery: Discovery,
        token: Callable[[], str],
        position: Callable[[], int],
        apply: Callable[[list[dict[str, Any]]], None],
        rewind: Callable[[], None] | None = None,
        poll_seconds: float = 0.5,
        page_size: int = 500,
        overlap: int = 0,
    ) -> None:
        self.name = f"{source.name}{path}"
        self.lag = 0
        self._client = ServiceClient(source, discovery)
        self._path = path
        self._token = token
        self._position = position
        self._apply = apply
        self._rewind = rewind
        self._poll_seconds = poll_seconds
        self._page_size = page_size
        self._overlap = overlap
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin pulling."""
        threading.Thread(target=self._run, name=f"feed {self.name}", daemon=True).start()

    def stop(self) -> None:
        """Stop after the page in hand."""
        self._stopped.set()

    def pull(self) -> int:
        """Take in one page; the number of rows it had. Raises Refused when the source is away."""
        position = self._position()
        after = max(position - self._overlap, 0)
        path = f"{self._path}?after={after}&limit={self._page_size}"
        body = self._client.call("GET", path, token=self._token()).body
        rows: list[dict[str, Any]] = body["data"]
        if rows:
            self._apply(rows)
            after = rows[-1]["position"]
        elif body["head"] < position and self._rewind is not None:
            self._rewind()
            after = 0
        self.lag = body["head"] - after
        return len(rows)

    def catch_up(self) -> None:
        """Pull until the feed has no more. Raises Refused when its service is away."""
        self.pull()
        while self.lag > 0:
            self.pull()

    def _run(self) -> None:
        pause = 0.0
        while not self._stopped.wait(pause):
            try:
                pause = 0.0 if self.pull() == self._page_size else self._poll_seconds
            except Refused as refused:
                logger.debug("feed_away", feed=self.name, cause=str(refused))
                pause = _PAUSE_AFTER_ERROR_SECONDS
            except Exception:  # a consumer that died in silence would leave its readers stale for ever
                logger.exception("feed_failed", feed=self.name)
                pause = _PAUSE_AFTER_ERROR_SECONDS
