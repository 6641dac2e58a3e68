"""Where a server listens and how it is reached: addresses are put together here and nowhere else."""

import ipaddress
import os
import re
import socket
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
HIGHEST_PORT = 65535
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,252}[a-z0-9_.])?", re.ASCII | re.IGNORECASE)


class MissingSettingError(RuntimeError):
    """A setting without which the service must not start; the sentence says which and how to give it."""


def host_of(prefix: str) -> str:
    """`<PREFIX>_HOST`: an IPv4 or IPv6 address (also in brackets) or a name of this machine."""
    given = (os.environ.get(f"{prefix}_HOST") or LOOPBACK).strip()
    return given[1:-1] if given.startswith("[") and given.endswith("]") else given


def port_from(name: str, default: int) -> int:
    """The port that this setting gives. Raises MissingSettingError for what is no port."""
    given = os.environ.get(name)
    if not given:
        return default
    if not (given.isascii() and given.isdecimal() and 1 <= int(given[:6]) <= HIGHEST_PORT):
        message = f"{name} is {given!r}; it must be a port number from 1 to {HIGHEST_PORT}"
        raise MissingSettingError(message)
    return int(given)


def agent_host(name: str) -> str:
    """The host that this setting names, IPv6 without brackets; empty when it names none.

    Raises MissingSettingError for what is neither an address nor a name.
    """
    given = os.environ.get(name) or ""
    host = given.removeprefix("[").removesuffix("]")
    if host and not is_host(host):
        message = f"{name} is {given!r}; it must be a host name or an address, without a port"
        raise MissingSettingError(message)
    return host


def is_host(host: str) -> bool:
    """Whether it is an address, or could be the name of a machine."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return _NAME.fullmatch(host) is not None
    return True


def base_url(name: str) -> str:
    """The base address that this setting gives, without a trailing slash; empty when it gives none.

    Raises MissingSettingError for what no service could be found at.
    """
    given = (os.environ.get(name) or "").strip()
    if not given:
        return ""
    try:
        parts = urlsplit(given)
        is_one = parts.scheme in ("http", "https") and is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one or "@" in given or "?" in given or "#" in given or not given.isprintable() or " " in given:
        message = f"{name} is {given!r}; it must be an address such as http://127.0.0.1:8003"
        raise MissingSettingError(message)
    return given.rstrip("/")


def bracketed(host: str) -> str:
    """The host as URLs write it: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host else host


def authority(host: str, port: int) -> str:
    """`host:port`, as URLs and gunicorn write it."""
    return f"{bracketed(host)}:{port}"


def http_url(host: str, port: int) -> str:
    """The base address of a server, without a trailing slash."""
    return f"http://{authority(host, port)}"


def is_everywhere(host: str) -> bool:
    """Whether it means every address of this machine (`0.0.0.0`, `::`), which is nowhere to call."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def local_host(host: str) -> str:
    """Where this machine itself reaches a server that listens on `host`."""
    if not is_everywhere(host):
        return host
    return "::1" if ":" in host else LOOPBACK


def check_host(prefix: str) -> None:
    """Raises MissingSettingError when nothing can listen on `<PREFIX>_HOST`: this machine has no such address."""
    host = host_of(prefix)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.bind(address)
    except OSError:
        message = f"{prefix}_HOST is {host!r}; it must be an address of this machine, such as 127.0.0.1 or ::1"
        raise MissingSettingError(message) from None


def own_address_towards(host: str, port: int) -> str:
    """The address of this machine that calls to `host` come from. OSError when there is no way to it."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.connect(address)  # nothing is sent
        return str(probe.getsockname()[0])
