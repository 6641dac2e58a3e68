"""The body of a proxied request, which the server has received whole before a thread gets the request."""

from typing import Any

from gateway.proxy.proxy_fix import Environ
from shared.refusals import MALFORMED, TOO_LARGE, Refused


def receive_body(environ: Environ, limit: int) -> bytes | None:
    """The whole body; None when there is none, which is not the same as an empty one.

    Raises Refused: 413 beyond the limit, 400 when the body ends early.
    """
    declared = environ.get("CONTENT_LENGTH")
    if not declared:
        return _unmeasured(environ["wsgi.input"], limit) if "HTTP_TRANSFER_ENCODING" in environ else None
    if not (declared.isascii() and declared.isdecimal()):
        raise Refused(MALFORMED, "Content-Length is not a number.")
    length = int(declared)
    if length > limit:
        raise Refused(TOO_LARGE, details={"limit_bytes": limit})
    body = _read(environ["wsgi.input"], length)
    if len(body) < length:
        raise Refused(MALFORMED, "The request body ended early.")
    return body


def _unmeasured(source: Any, limit: int) -> bytes:
    body = _read(source, limit + 1)
    if len(body) > limit:
        raise Refused(TOO_LARGE, details={"limit_bytes": limit})
    return body


def _read(source: Any, size: int) -> bytes:
    data = bytearray()
    try:
        while len(data) < size:
            more: bytes = source.read(size - len(data))
            if not more:
                break
            data += more
    except Exception:  # noqa: BLE001 (whatever the server's body reader raises, the body will not come)
        raise Refused(MALFORMED, "The request body could not be read.") from None
    return bytes(data)
