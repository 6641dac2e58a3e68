"""The health of the whole bank: every service asked at once, each given one second."""

import json
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import urllib3

from shared import services
from shared.network.discovery import Discovery
from shared.services import Service

TIMEOUT_SECONDS = 1.0
CACHE_SECONDS = 0.5


@dataclass(frozen=True)
class Health:
    """Each service's name, and whether it answered that it is healthy; why not, where it said so."""

    services: dict[str, bool]
    reasons: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_healthy(self) -> bool:
        """Whether all of the bank is."""
        return all(self.services.values())

    def as_reply(self) -> dict[str, Any]:
        """The body of `GET /health`."""
        return {
            "status": "healthy" if self.is_healthy else "degraded",
            "services": {name: "healthy" if is_well else "unhealthy" for name, is_well in self.services.items()},
            "reasons": self.reasons,
        }


class BankHealth:
    """Call it for the bank's health, at most half a second old."""

    def __init__(self, discovery: Discovery, backends: Iterable[Service] = services.BACKENDS) -> None:
        self._discovery = discovery
        self._backends = tuple(backends)
        self._http = urllib3.PoolManager(num_pools=32, maxsize=2, retries=False)
        self._executor = ThreadPoolExecutor(len(self._backends), thread_name_prefix="health")
        self._lock = threading.Lock()
        self._known: Health | None = None
        self._known_until = 0.0

    def __call__(self) -> Health:
        with self._lock:
            if self._known is None or time.monotonic() >= self._known_until:
                names = [service.name for service in self._backends]
                problems = dict(zip(names, self._executor.map(self._problems, self._backends), strict=True))
                well = {name: not found for name, found in problems.items()}
                reasons = {name: found for name, found in problems.items() if found}
                self._known = Health({services.GATEWAY.name: True, **well}, reasons)
                self._known_until = time.monotonic() + CACHE_SECONDS
            return self._known

    def close(self) -> None:
        """End the threads and connections."""
        self._executor.shutdown(wait=False)
        self._http.clear()

    def _problems(self, service: Service) -> list[str]:
        """Why the service is not healthy; nothing when it is."""
        try:
            url = f"{self._discovery.url(service)}/api/health"
            reply = self._http.request("GET", url, timeout=urllib3.Timeout(total=TIMEOUT_SECONDS))
        except urllib3.exceptions.HTTPError:
            return ["it does not answer"]
        try:
            said = json.loads(reply.data)
            status, reasons = said.get("status"), [str(reason) for reason in said.get("reasons", ())]
        except (ValueError, AttributeError, TypeError):
            status, reasons = None, []
        is_well = reply.status == 200 and status in (None, "healthy")
        return [] if is_well else reasons or [f"it answers {reply.status}"]
