"""A fence around a service: while it is up, requests are answered 503, so that the bank can be emptied in peace.

Whoever empties the bank raises the fence of each service first, which waits for the requests under way, readers and
writers alike; empties them; and takes the fences down last. A fence that nobody takes down falls by itself.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, g, request
from pydantic import Field

from shared.payloads import RequestModel
from shared.refusals import UNAVAILABLE, Refused

LONGEST_SECONDS = 300
_FOR_LAST_REQUESTS_SECONDS = 20.0
_RESETTING = "The bank is being reset; try again shortly."
_ALWAYS_ANSWERED = {"/api/health", "/metrics", "/openapi.json"}


class FenceRequest(RequestModel):
    """Raise the fence, for so many seconds at most, or take it down."""

    raised: bool
    seconds: int = Field(60, ge=1, le=LONGEST_SECONDS)


class Fence:
    """Counts the requests inside, and lets none in while it is up."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._up_until = 0.0

    @property
    def is_up(self) -> bool:
        """Whether requests are turned away."""
        return time.monotonic() < self._up_until

    def install(self, app: Flask) -> None:
        """Ask every request of the app to pass; views marked with `passes_fence` need not. Call before `seal`."""
        app.extensions["fence"] = self
        app.before_request(lambda: self._enter(app))
        app.teardown_request(self._leave)

    def set(self, wanted: FenceRequest) -> None:
        """Raise it, and wait for those inside to be done; or take it down. Raises Refused (503) when they take long."""
        with self._changed:
            self._up_until = time.monotonic() + wanted.seconds if wanted.raised else 0.0
            if wanted.raised and not self._changed.wait_for(lambda: self._inside == 0, _FOR_LAST_REQUESTS_SECONDS):
                self._up_until = 0.0
                raise Refused(UNAVAILABLE, "Requests under way did not end in time; nothing was reset.")

    def _enter(self, app: Flask) -> None:
        view = app.view_functions.get(request.endpoint or "")
        if view is None or hasattr(view, "passes_fence") or request.path in _ALWAYS_ANSWERED:
            return
        with self._changed:
            if self.is_up:
                raise Refused(UNAVAILABLE, _RESETTING)
            self._inside += 1
            g.is_inside_fence = True

    def _leave(self, _error: BaseException | None) -> None:
        if g.pop("is_inside_fence", False):
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()


def passes_fence(view: Callable[..., Any]) -> Callable[..., Any]:
    """Declare that a route answers while the fence is up. Stands below the route decorator."""
    view.passes_fence = True  # type: ignore[attr-defined]
    return view
