"""Where a server listens and how it is reached: addresses are put together here and nowhere else."""

import ipaddress
import os
import socket

LOOPBACK = "127.0.0.1"
HIGHEST_PORT = 65535


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
