"""The health of the whole bank: every service asked at once, each given one second."""

import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import urllib3

from shared import services
from shared.discovery import Discovery
from shared.services import Service

TIMEOUT_SECONDS = 1.0
CACHE_SECONDS = 0.5


@dataclass(frozen=True)
class Health:
    """Each service's name, and whether it answered that it is healthy."""

    services: dict[str, bool]

    @property
    def is_healthy(self) -> bool:
        """Whether all of the bank is."""
        return all(self.services.values())

    def as_reply(self) -> dict[str, Any]:
        """The body of `GET /health`."""
        return {
            "status": "healthy" if self.is_healthy else "degraded",
            "services": {name: "healthy" if is_well else "unhealthy" for name, is_well in self.services.items()},
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
                answers = self._executor.map(self._is_well, self._backends)
                well = {service.name: answer for service, answer in zip(self._backends, answers, strict=True)}
                self._known = Health({services.GATEWAY.name: True, **well})
                self._known_until = time.monotonic() + CACHE_SECONDS
            return self._known

    def close(self) -> None:
        """End the threads and connections."""
        self._executor.shutdown(wait=False)
        self._http.clear()

    def _is_well(self, service: Service) -> bool:
        try:
            url = f"{self._discovery.url(service)}/api/health"
            reply = self._http.request("GET", url, timeout=urllib3.Timeout(total=TIMEOUT_SECONDS))
        except urllib3.exceptions.HTTPError:
            return False
        return reply.status == 200
