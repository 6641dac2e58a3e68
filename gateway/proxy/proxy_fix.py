"""Who is at the other end: the peer's address, or what a TLS proxy that we were told to trust says of it.

Nothing that a client can write into its own headers counts.
"""

import ipaddress
from typing import Any

from gateway.proxy.trusted_proxies import TrustedProxies

Environ = dict[str, Any]


def settle_origin(environ: Environ, trusted_proxies: TrustedProxies) -> str:
    """Set `REMOTE_ADDR` and `wsgi.url_scheme` to the client's; the address.

    A trusted proxy appends the address it saw to `X-Forwarded-For`, so only the last one is its own word.
    """
    address: str = environ.get("REMOTE_ADDR", "")
    if address not in trusted_proxies:
        if "HTTP_X_FORWARDED_PROTO" in environ:
            environ["wsgi.url_scheme"] = "http"
        return address
    scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip()
    environ["wsgi.url_scheme"] = "https" if scheme == "https" else "http"
    said = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    if is_address(said):
        address = environ["REMOTE_ADDR"] = said
    return address


def is_address(text: str) -> bool:
    """Whether it is an IP address and not, for instance, a proxy's `unknown`."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
