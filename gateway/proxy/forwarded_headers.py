"""The headers of a proxied request: what a client may say passes, what only the bank itself may say does not."""

from gateway.proxy.proxy_fix import Environ
from gateway.proxy.upstream_reply import HOP_BY_HOP
from shared.enums import CHANNEL_HEADER, Channel

_DROPPED = frozenset(
    {
        *HOP_BY_HOP, "host", "expect", "content-length", "content-type", "cookie", "forwarded", "x-real-ip",
        "x-request-id", "x-request-timeout-ms", "x-sandbank-fault", "x-role", "x-roles",
        "x-service-authorization", "x-client-address",
    }
)  # fmt: skip
_DROPPED_KEYS = frozenset("HTTP_" + name.upper().replace("-", "_") for name in _DROPPED)
_CHANNEL_KEY = "HTTP_" + CHANNEL_HEADER.upper().replace("-", "_")
_CHANNELS_OF_PROGRAMS = frozenset({Channel.CLI.value})  # what comes through here is not of the pages, whatever it says
_DROPPED_PREFIXES = ("HTTP_X_FORWARDED", "HTTP_X_USER")


def forwarded_headers(environ: Environ) -> list[str]:
    """The client's end-to-end headers as lines `NAME: value`. The session cookie of the pages is not for services."""
    named = environ.get("HTTP_CONNECTION", "")
    also_dropped = _keys_named(named) if named and named.lower() not in ("keep-alive", "close") else ()
    lines = [
        key[5:].replace("_", "-") + ": " + value
        for key, value in environ.items()
        if key[:5] == "HTTP_"
        and key not in _DROPPED_KEYS
        and key not in also_dropped
        and not key.startswith(_DROPPED_PREFIXES)
        and (key != _CHANNEL_KEY or value in _CHANNELS_OF_PROGRAMS)
    ]
    content_type = environ.get("CONTENT_TYPE")
    if content_type:
        lines.append("CONTENT-TYPE: " + content_type)
    return lines


def _keys_named(connection: str) -> frozenset[str]:
    """Headers that `Connection` says are for this hop only; never the credentials, which a client may not un-send."""
    keys = {"HTTP_" + name.strip().upper().replace("-", "_") for name in connection.split(",")}
    return frozenset(keys - {"HTTP_AUTHORIZATION", "HTTP_IDEMPOTENCY_KEY"})
