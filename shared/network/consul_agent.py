"""The few calls to a Consul agent (`CONSUL_HOST`, `CONSUL_PORT`), each bounded in time and with one kind of failure."""

import os

import consul
import requests

from shared.network.addresses import agent_host, bracketed, http_url, port_from
from shared.observability.logs import cause_of

TIMEOUT_SECONDS = 1.0
_CHECK_SECONDS = 2
_FORGET_AFTER = "10m"
_FAILURES = (consul.ConsulException, requests.RequestException, OSError, KeyError, TypeError, ValueError)


class ConsulAwayError(Exception):
    """The agent did not answer, or not in a way that is understood: `cause` is how it failed."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def is_used() -> bool:
    """Whether the bank was told of an agent."""
    return bool(os.environ.get("CONSUL_HOST"))


def address() -> tuple[str, int]:
    """The agent's host and port. Raises MissingSettingError for a host or a port that is none."""
    return agent_host("CONSUL_HOST"), port_from("CONSUL_PORT", 8500)


def healthy_urls(name: str) -> tuple[str, ...]:
    """The base addresses of the instances whose health check passes, in a fixed order. Raises ConsulAwayError."""
    try:
        _, nodes = _agent().health.service(name, passing=True)
        found = [(node["Service"]["Address"] or node["Node"]["Address"], node["Service"]["Port"]) for node in nodes]
        return tuple(sorted(http_url(host, int(port)) for host, port in found))
    except _FAILURES as error:
        raise ConsulAwayError(cause_of(error)) from None


def has(registration: str) -> bool:
    """Whether the agent knows this registration. Raises ConsulAwayError."""
    try:
        return registration in _agent().agent.services()
    except _FAILURES as error:
        raise ConsulAwayError(cause_of(error)) from None


def register(name: str, registration: str, host: str, port: int, *, health_path: str) -> None:
    """Announce a server, with its health check. Raises ConsulAwayError."""
    check = consul.Check.http(
        http_url(host, port) + health_path,
        interval=f"{_CHECK_SECONDS}s",
        timeout=f"{_CHECK_SECONDS}s",
        deregister=_FORGET_AFTER,
    )
    try:
        _agent().agent.service.register(name, registration, address=host, port=port, check=check)
    except _FAILURES as error:
        raise ConsulAwayError(cause_of(error)) from None


def deregister(registration: str) -> None:
    """Take a registration back. Raises ConsulAwayError."""
    try:
        _agent().agent.service.deregister(registration)
    except _FAILURES as error:
        raise ConsulAwayError(cause_of(error)) from None


def _agent() -> consul.Consul:
    host, port = address()
    return consul.Consul(host=bracketed(host), port=port, connections_timeout=TIMEOUT_SECONDS)
