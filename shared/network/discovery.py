"""Where a service is: the environment wins, then Consul when there is one, then this machine's default.

Consul is asked in the background, never by a request; what it said last is kept while it is away or says nothing.
"""

import os
import random
import threading
import time
import weakref

import structlog

from shared.network import consul_agent
from shared.services import SERVICES, Service

logger = structlog.get_logger(__name__)

LOOK_UP_SECONDS = 2.0
PASSED_OVER_SECONDS = 6.0
"""For how long an instance that could not be reached is not asked: by then Consul knows, and so do we."""


class Discovery:
    """Answers `url(service)` at once. With Consul, a thread of its own keeps the healthy instances of each service,
    for as long as somebody holds this.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, ...]] = {}
        self._defaults: dict[str, str] = {}
        self._passed_over: dict[str, float] = {}
        self._is_away = False
        if consul_agent.is_used():
            threading.Thread(target=_keep_looking, args=[weakref.ref(self)], name="consul-look-up", daemon=True).start()

    def url(self, service: Service) -> str:
        """The base address of an instance of the service, any of the healthy ones, without a trailing slash."""
        configured = os.environ.get(f"{service.env_prefix}_SERVICE_URL")
        if configured:
            return configured.strip().rstrip("/")
        known = self._known.get(service.name)
        if not known:
            return self._default(service)
        if self._passed_over:
            known = self._reachable(known) or known
        return known[0] if len(known) == 1 else random.choice(known)  # noqa: S311 (no secret: any of them will do)

    def instead_of(self, url: str, service: Service) -> str | None:
        """Another instance of the service, as the one at this address could not be reached; None where there is none.

        That one is passed over for some seconds, which is how long Consul may go on naming an instance that is dead.
        """
        if os.environ.get(f"{service.env_prefix}_SERVICE_URL"):
            return None
        self._passed_over[url] = time.monotonic() + PASSED_OVER_SECONDS
        others = self._reachable(self._known.get(service.name, ()))
        return random.choice(others) if others else None  # noqa: S311

    def _reachable(self, known: tuple[str, ...]) -> tuple[str, ...]:
        now = time.monotonic()
        for url, until in list(self._passed_over.items()):
            if until <= now:
                self._passed_over.pop(url, None)
        return tuple(url for url in known if url not in self._passed_over)

    def look_up(self) -> None:
        """Ask Consul for every service's instances."""
        for service in SERVICES:
            self._look_up(service.name)

    def _look_up(self, name: str) -> None:
        try:
            found = consul_agent.healthy_urls(name)
        except consul_agent.ConsulAwayError as error:
            if not self._is_away:
                logger.warning("consul_away", cause=error.cause)
            self._is_away = True
            return
        self._is_away = False
        if found and found != self._known.get(name):
            self._known[name] = found
            logger.info("instances_found", name=name, addresses=list(found))

    def _default(self, service: Service) -> str:
        """Where it listens on this machine; asked once, as it is put together of several variables."""
        if service.name not in self._defaults:
            self._defaults[service.name] = service.default_url
        return self._defaults[service.name]


def _keep_looking(discovery: "weakref.ref[Discovery]") -> None:
    pause = threading.Event()
    while (wanted := discovery()) is not None:
        wanted.look_up()
        del wanted
        pause.wait(LOOK_UP_SECONDS)
