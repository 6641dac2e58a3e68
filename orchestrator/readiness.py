"""Waits until what was started answers that it is healthy."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from orchestrator.bank_client import BankAwayError, call
from shared.services import GATEWAY, Service

_STEP_SECONDS = 0.03


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
    """Return once each started service is healthy. Raises StopRequestedError when `stop` is set first."""

    def wait_for(service: Service) -> bool:
        while not stop.is_set():
            if is_healthy(service, started):
                return True
            stop.wait(_STEP_SECONDS)
        return False

    with ThreadPoolExecutor(max_workers=len(started)) as waiting:
        results = list(waiting.map(wait_for, started))
    if not all(results):
        raise StopRequestedError
