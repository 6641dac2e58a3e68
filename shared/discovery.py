"""Where a service is: the environment wins, then Consul when there is one, then this machine's default.

The last address that Consul gave is kept while Consul is away. Registering happens when a server is ready to serve,
never at import.
"""

import os
import threading
import time

import consul
import requests
import structlog

from shared.services import Service

logger = structlog.get_logger(__name__)

_REFRESH_SECONDS = 5.0
_TIMEOUT_SECONDS = 1.0


class Discovery:
    """Answers `url(service)`; asks Consul in the background at most every five seconds per service."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._asked_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def url(self, service: Service) -> str:
        """The base address of the service, without a trailing slash."""
        configured = os.environ.get(f"{service.env_prefix}_SERVICE_URL")
        if configured:
            return configured.rstrip("/")
        if not os.environ.get("CONSUL_HOST"):
            return service.default_url
        if self._is_due(service.name):
            found = _ask_consul(service.name)
            if found is not None:
                self._known[service.name] = found
        return self._known.get(service.name, service.default_url)

    def _is_due(self, name: str) -> bool:
        with self._lock:
            now = time.monotonic()
            if now - self._asked_at.get(name, -_REFRESH_SECONDS) < _REFRESH_SECONDS:
                return False
            self._asked_at[name] = now
            return True


def _client() -> consul.Consul:
    return consul.Consul(
        host=os.environ["CONSUL_HOST"], port=int(os.environ.get("CONSUL_PORT") or 8500), timeout=_TIMEOUT_SECONDS
    )


def _ask_consul(name: str) -> str | None:
    try:
        _, nodes = _client().health.service(name, passing=True)
        if not nodes:
            return None
        found = nodes[0]["Service"]
        address = found["Address"] or nodes[0]["Node"]["Address"]
        return f"http://{address}:{int(found['Port'])}"
    except (consul.ConsulException, requests.RequestException, OSError, KeyError, TypeError, ValueError) as error:
        logger.warning("consul_away", service=name, cause=str(error))
        return None


def register(service: Service, host: str, port: int) -> str | None:
    """Announce a ready server to Consul with an HTTP health check; its registration id, or None without Consul."""
    if not os.environ.get("CONSUL_HOST"):
        return None
    registration = f"{service.name}-{host}-{port}"
    path = "/api/health" if service.path_prefixes else "/health"
    check = consul.Check.http(f"http://{host}:{port}{path}", interval="5s", timeout="2s", deregister="10m")
    try:
        _client().agent.service.register(service.name, registration, address=host, port=port, check=check)
    except (consul.ConsulException, requests.RequestException, OSError) as error:
        logger.warning("consul_registration_failed", cause=str(error))
        return None
    return registration


def deregister(registration: str | None) -> None:
    """Take a registration back at stop; Consul being away is no reason to stop badly."""
    if registration is None:
        return
    try:
        _client().agent.service.deregister(registration)
    except (consul.ConsulException, requests.RequestException, OSError) as error:
        logger.warning("consul_deregistration_failed", cause=str(error))
