"""The body of a proxied request: small ones are read at once and sent with the head, large ones passed on in pieces."""

from dataclasses import dataclass
from typing import Any

from gateway.proxy.proxy_fix import Environ
from gateway.proxy.upstream import PIECE_BYTES, Readable
from shared.refusals import MALFORMED, TOO_LARGE, Refused


@dataclass(frozen=True, slots=True)
class RequestBody:
    """`length` is None when there is no body; what is not in `start` is read from `rest` as it is sent."""

    length: int | None = None
    start: bytes = b""
    rest: Readable | None = None


_NO_BODY = RequestBody()


def receive_body(environ: Environ, limit: int) -> RequestBody:
    """Begin receiving. A body that does not say its length is read whole, so that the limit holds for it too.

    Raises Refused: 413 beyond the limit, 400 when the body ends early.
    """
    declared = environ.get("CONTENT_LENGTH")
    if not declared:
        return _NO_BODY if "HTTP_TRANSFER_ENCODING" not in environ else _unmeasured(environ["wsgi.input"], limit)
    if not (declared.isascii() and declared.isdecimal()):
        raise Refused(MALFORMED, "Content-Length is not a number.")
    length = int(declared)
    if length > limit:
        raise Refused(TOO_LARGE)
    if length > PIECE_BYTES:
        return RequestBody(length, rest=environ["wsgi.input"])
    start = _read(environ["wsgi.input"], length)
    if len(start) < length:
        raise Refused(MALFORMED, "The request body ended early.")
    return RequestBody(length, start)


def _unmeasured(source: Any, limit: int) -> RequestBody:
    body = _read(source, limit + 1)
    if len(body) > limit:
        raise Refused(TOO_LARGE)
    return RequestBody(len(body), body)


def _read(source: Any, size: int) -> bytes:
    data = b""
    try:
        while len(data) < size:
            more: bytes = source.read(size - len(data))
            if not more:
                break
            data += more
    except Exception:  # noqa: BLE001 (whatever the server's body reader raises, the body will not come)
        raise Refused(MALFORMED, "The request body could not be read.") from None
    return data
