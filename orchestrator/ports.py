"""Whether each service can have its port, asked before anything starts."""

import socket
import time
from collections.abc import Iterable

from shared.network.addresses import check_host
from shared.services import Service

_STEP_SECONDS = 0.05


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now; a port in TIME_WAIT counts as free, as it does for the server."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError:
            return False
    return True


def problems(services: Iterable[Service], *, patience_seconds: float) -> list[str]:
    """One sentence for each service that cannot have its port, naming the port and the setting that changes it.

    Raises MissingSettingError for a host or port that is none.

    `patience_seconds`: how long a taken port may take to become free, for services of a killed run still on their way
    out.
    """
    asked = list(services)
    for service in asked:
        check_host(service.env_prefix)
    sentences = _wanted_twice(asked)
    if sentences:
        return sentences
    deadline = time.monotonic() + patience_seconds
    while True:
        taken = [service for service in asked if not is_free(service.host, service.port)]
        if not taken or time.monotonic() >= deadline:
            break
        time.sleep(_STEP_SECONDS)
    return [
        f"port {service.port}, which {service.name} wants, is taken: "
        f"stop what listens there, or set {service.env_prefix}_PORT to a free port"
        for service in taken
    ]


def _wanted_twice(services: Iterable[Service]) -> list[str]:
    claimed: dict[int, Service] = {}
    sentences = []
    for service in services:
        other = claimed.setdefault(service.port, service)
        if other != service:
            sentences.append(
                f"{other.name} and {service.name} both want port {service.port}; set {service.env_prefix}_PORT anew"
            )
    return sentences
