"""Who is at the other end: the peer's address, or what a TLS proxy that we were told to trust says of it.

Nothing that a client can write into its own headers counts.
"""

from typing import Any

Environ = dict[str, Any]


def settle_origin(environ: Environ, trusted_proxies: frozenset[str]) -> str:
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
    address = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or address
    environ["REMOTE_ADDR"] = address
    return address
