"""Whether each service can have its port, asked before anything starts."""

import os
import socket
import time
from collections.abc import Iterable

from shared.services import Service

HOST = "127.0.0.1"
_STEP_SECONDS = 0.05


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now; a port in TIME_WAIT counts as free, as it does for the server."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def problems(services: Iterable[Service], *, patience_seconds: float) -> list[str]:
    """One sentence for each service that cannot have its port, naming the port and the setting that changes it.

    `patience_seconds`: how long a taken port may take to become free, for services of a killed run still on their way
    out.
    """
    asked = list(services)
    sentences = _misunderstood(asked) or _wanted_twice(asked)
    if sentences:
        return sentences
    deadline = time.monotonic() + patience_seconds
    while True:
        taken = [service for service in asked if not is_free(service.port)]
        if not taken or time.monotonic() >= deadline:
            break
        time.sleep(_STEP_SECONDS)
    return [
        f"port {service.port}, which {service.name} wants, is taken: "
        f"stop what listens there, or set {service.env_prefix}_PORT to a free port"
        for service in taken
    ]


def _misunderstood(services: Iterable[Service]) -> list[str]:
    given = {f"{service.env_prefix}_PORT": os.environ.get(f"{service.env_prefix}_PORT") for service in services}
    return [
        f"{name} is {value!r}; it must be a port number from 1 to 65535"
        for name, value in given.items()
        if value and not (value.isascii() and value.isdigit() and 1 <= int(value[:6]) <= 65535)
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
