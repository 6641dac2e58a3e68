"""What the profiles of docker-compose.yml mean for the processes in the containers.

`COMPOSE_PROFILES=postgresql,tls docker compose up` starts a database server and nginx beside the bank, and tells every
container so (`SANDBANK_PROFILES`): here it becomes the settings that a service reads. What somebody sets by hand wins.
"""

import ipaddress
import socket
import struct
from collections.abc import Mapping
from pathlib import Path

from deploy.container.bank_secrets import database_password
from shared.services import BACKENDS, GATEWAY, SERVICES, Service

SQLITE, CONSUL, TLS, OBSERVABILITY = "sqlite", "consul", "tls", "observability"
DATABASES = {"postgresql": 5432, "mariadb": 3306}
"""The profiles of database servers, which are also the names of their containers, with their ports."""
KNOWN = frozenset({SQLITE, CONSUL, TLS, OBSERVABILITY, *DATABASES})
_ROUTES = Path("/proc/net/route")
_EVERYWHERE = "0.0.0.0"  # noqa: S104 (a container has no other address than that of its network)


class ProfileError(ValueError):
    """What was asked for, in a sentence for people, and why it cannot be."""


def read(given: str) -> frozenset[str]:
    """The profiles in `COMPOSE_PROFILES`. Raises ProfileError for one that there is not, and for two databases."""
    profiles = frozenset(part.strip() for part in given.split(",") if part.strip())
    unknown = sorted(profiles - KNOWN)
    if unknown:
        message = f"COMPOSE_PROFILES names {', '.join(unknown)}; there are {', '.join(sorted(KNOWN))}"
        raise ProfileError(message)
    databases = sorted(profiles & {SQLITE, *DATABASES})
    if len(databases) > 1:
        message = f"COMPOSE_PROFILES names {' and '.join(databases)}; a bank has its data in one of them"
        raise ProfileError(message)
    return profiles


def database_kind(profiles: frozenset[str]) -> str | None:
    """The kind of database server; None for SQLite files."""
    return next((kind for kind in DATABASES if kind in profiles), None)


def settings_for(
    service: Service, profiles: frozenset[str], secrets: Mapping[str, str], surroundings: Mapping[str, str]
) -> dict[str, str]:
    """What this service is told: where it listens, who the others are, where its database is, who stands before it.

    `surroundings` is the container's environment, of which the published ports are read, and where the database is.
    """
    found = {f"{service.env_prefix}_HOST": _EVERYWHERE}
    if surroundings.get("BANK_ENV") != "production":  # there the bank insists on being told
        found["BANK_PUBLIC_URL"] = public_url(profiles, surroundings)
    if CONSUL in profiles:
        found["CONSUL_HOST"] = "consul"
    else:
        found |= {f"{one.env_prefix}_SERVICE_URL": f"http://{one.name}:{one.default_port}" for one in SERVICES}
    kind = database_kind(profiles)
    if kind and service in BACKENDS:
        found[f"{service.env_prefix}_DATABASE_URL"] = database_url(kind, service, secrets, surroundings)
    if TLS in profiles and service == GATEWAY:
        found["GATEWAY_TRUSTED_PROXIES"] = ",".join(neighbours(_ROUTES.read_text()))
    if OBSERVABILITY in profiles:
        found["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://otel-collector:4318"
    return found


def public_url(profiles: frozenset[str], surroundings: Mapping[str, str]) -> str:
    """Where people find the bank: by nginx where it stands before the gateway, else by the port of this machine."""
    if TLS in profiles:
        host, port = (
            surroundings.get("SANDBANK_TLS_HOST") or "localhost",
            surroundings.get("SANDBANK_TLS_PORT") or "8443",
        )
        return f"https://{host}" if port == "443" else f"https://{host}:{port}"
    return f"http://127.0.0.1:{surroundings.get('SANDBANK_PORT') or GATEWAY.default_port}"


def database_url(kind: str, service: Service, secrets: Mapping[str, str], surroundings: Mapping[str, str]) -> str:
    """A service has a user and a database of its own on the server, both of its package's name."""
    name, password = service.package, secrets[database_password(service)]
    return server_url(kind, name, password, name, surroundings)


def server_url(kind: str, user: str, password: str, database: str, surroundings: Mapping[str, str]) -> str:
    """A database on the server: that of the profile's name, or where `SANDBANK_DATABASE_HOST` says (`db.example`,
    `db.example:6432`), with what `SANDBANK_DATABASE_OPTIONS` tells the driver (`sslmode=require`).
    """
    host = surroundings.get("SANDBANK_DATABASE_HOST") or kind
    options = surroundings.get("SANDBANK_DATABASE_OPTIONS") or ""
    address = host if ":" in host else f"{host}:{DATABASES[kind]}"
    return f"{kind}://{user}:{password}@{address}/{database}" + (f"?{options}" if options else "")


def neighbours(routes: str) -> list[str]:
    """The networks of this container without the machine that they are on: nginx is in them, and whoever comes by a
    port that is published is not, as that machine passes it on under its own address.

    `routes` is what /proc/net/route says.
    """
    rows = [line.split() for line in routes.splitlines()[1:]]
    gateways = {_address(row[2]) for row in rows if _address(row[2]) != "0.0.0.0"}  # noqa: S104 (no gateway)
    found = []
    for row in rows:
        destination, mask = _address(row[1]), _address(row[7])
        if destination == "0.0.0.0":  # noqa: S104 (the way to everywhere else)
            continue
        parts = [ipaddress.ip_network(f"{destination}/{mask}")]
        for gateway in map(ipaddress.ip_network, gateways):
            parts = [rest for part in parts for rest in _without(part, gateway)]
        found += [str(part) for part in sorted(parts)]
    return found


def _without(network: ipaddress.IPv4Network, one: ipaddress.IPv4Network) -> list[ipaddress.IPv4Network]:
    return list(network.address_exclude(one)) if one.subnet_of(network) else [network]


def _address(written: str) -> str:
    """An address as the kernel writes it there: hexadecimal, the last byte first."""
    return socket.inet_ntoa(struct.pack("<L", int(written, 16)))
