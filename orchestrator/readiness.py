"""Waits until what was started answers that it is healthy."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from orchestrator.bank_client import BankAwayError, call
from shared.services import GATEWAY, Service

_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 0.3
_PAUSE_GROWTH = 1.1


class StopRequestedError(Exception):
    """Somebody asked the orchestrator to stop while it was waiting."""


def is_healthy(service: Service, started: Sequence[Service]) -> bool:
    """Whether the service says so itself; the gateway, whether it sees every started service healthy."""
    path = "/health" if service == GATEWAY else "/api/health"
    try:
        reply = call("GET", f"{service.default_url}{path}")
    except BankAwayError:
        return False
    if service != GATEWAY:
        return reply.status == 200
    seen = reply.body.get("services", {})
    return all(seen.get(other.name) == "healthy" for other in started)


def wait_until_healthy(started: Sequence[Service], stop: threading.Event) -> None:
    """Return once each started service is healthy, the gateway last, as it asks the others.

    Raises StopRequestedError when `stop` is set first.
    """

    def wait_for(service: Service) -> bool:
        pause = _FIRST_PAUSE_SECONDS
        while not stop.wait(pause):
            if is_healthy(service, started):
                return True
            pause = min(_LONGEST_PAUSE_SECONDS, pause * _PAUSE_GROWTH)
        return False

    others = [service for service in started if service != GATEWAY]
    with ThreadPoolExecutor(max_workers=len(started)) as waiting:
        results = list(waiting.map(wait_for, others))
    if not all(results) or (GATEWAY in started and not wait_for(GATEWAY)):
        raise StopRequestedError
