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
from shared.observability.health import facts_of_process
from shared.services import Service

TIMEOUT_SECONDS = 1.0
CACHE_SECONDS = 0.5
FACTS = frozenset({"response_times", "restarts", "lag"})
"""What a service says of itself beside its health."""


@dataclass(frozen=True)
class Health:
    """Each service's name, and whether it answered that it is healthy; why not, where it said so.

    `facts` are what it says of its speed (`response_times` of the last minutes), its `restarts` and its `lag`.
    """

    services: dict[str, bool]
    reasons: dict[str, list[str]] = field(default_factory=dict)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)

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
            "facts": self.facts,
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
                answers = dict(zip(names, self._executor.map(self._ask, self._backends), strict=True))
                well = {name: not problems for name, (problems, _) in answers.items()}
                reasons = {name: problems for name, (problems, _) in answers.items() if problems}
                facts = {name: known for name, (_, known) in answers.items() if known is not None}
                own = facts_of_process(None)
                self._known = Health(
                    {services.GATEWAY.name: True, **well}, reasons, {services.GATEWAY.name: own, **facts}
                )
                self._known_until = time.monotonic() + CACHE_SECONDS
            return self._known

    def close(self) -> None:
        """End the threads and connections."""
        self._executor.shutdown(wait=False)
        self._http.clear()

    def _ask(self, service: Service) -> tuple[list[str], dict[str, Any] | None]:
        """Why the service is not healthy (nothing when it is), and what it says of itself."""
        try:
            url = f"{self._discovery.url(service)}/api/health"
            reply = self._http.request("GET", url, timeout=urllib3.Timeout(total=TIMEOUT_SECONDS))
        except urllib3.exceptions.HTTPError:
            return ["it does not answer"], None
        try:
            said = json.loads(reply.data)
            status, reasons = said.get("status"), [str(reason) for reason in said.get("reasons", ())]
            facts = {name: said[name] for name in FACTS} if said.keys() >= FACTS else None
        except (ValueError, AttributeError, TypeError):
            status, reasons, facts = None, [], None
        is_well = reply.status == 200 and status in (None, "healthy")
        return [] if is_well else reasons or [f"it answers {reply.status}"], facts
