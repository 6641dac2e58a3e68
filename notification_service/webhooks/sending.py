"""One POST to a receiver: to an address that was checked, with an end to how long it takes and how much is read.

A client library would resolve the name itself, follow redirects, or wait for ever for one byte after another; so the
little of HTTP/1.1 that a webhook needs stands here. A connection serves one request.
"""

import re
import socket
import ssl
import time
from collections.abc import Mapping
from functools import cache

from notification_service.delivery.channel import Outcome
from notification_service.webhooks.targets import Target, TargetError, TargetRules

MAX_ANSWER_BYTES = 64 * 1024
TIMEOUT_SECONDS = 10.0
SHOWN_CHARACTERS = 500
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r?\n")
_LENGTH = re.compile(rb"\r?\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*(?=\r?\n)", re.IGNORECASE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")


def post(
    target: Target, rules: TargetRules, headers: Mapping[str, str], body: bytes, timeout: float = TIMEOUT_SECONDS
) -> Outcome:
    """Send it. Anything but an answer from 200 to 299 is a problem. Never raises for what a receiver does."""
    try:
        addresses = rules.addresses(target)
    except TargetError as problem:
        return Outcome(f"the address {problem}")
    except (OSError, UnicodeError):
        return Outcome("the host name leads nowhere")
    give_up_at = time.monotonic() + timeout
    try:
        with _connected(target, addresses, give_up_at) as connection:
            connection.settimeout(_left(give_up_at))
            connection.sendall(_request(target, headers, body))
            return _read(connection, give_up_at)
    except TimeoutError:
        return Outcome(f"no answer within {timeout:g} seconds")
    except ssl.SSLError as error:
        return Outcome(f"no secure connection: {error.reason or 'the certificate is not trusted'}")
    except OSError as error:
        return Outcome(f"no connection: {(error.strerror or type(error).__name__).lower()}")


def _left(give_up_at: float) -> float:
    left = give_up_at - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _connected(target: Target, addresses: list[str], give_up_at: float) -> socket.socket:
    """A connection to the first of the addresses that takes one."""
    for number, address in enumerate(addresses, start=1):
        try:
            plain = socket.create_connection((address, target.port), timeout=_left(give_up_at))
            break
        except TimeoutError:
            raise
        except OSError:
            if number == len(addresses):
                raise
    else:
        raise OSError
    if not target.is_secure:
        return plain
    try:
        return _trusting().wrap_socket(plain, server_hostname=target.host)
    except BaseException:
        plain.close()
        raise


@cache
def _trusting() -> ssl.SSLContext:
    return ssl.create_default_context()


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        "Connection: close",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _read(connection: socket.socket, give_up_at: float) -> Outcome:
    """What the answer is, of which no more than the limit is read, nor for longer than the time there is."""
    received = b""
    while len(received) < MAX_ANSWER_BYTES:
        try:
            connection.settimeout(_left(give_up_at))
            part = connection.recv(min(16_384, MAX_ANSWER_BYTES - len(received)))
        except OSError:
            if _final_head(received) is None:
                raise
            break  # it has answered; the rest is for show
        received += part
        if not part or _is_whole(received):
            break
    head = _final_head(received)
    if head is None:
        return Outcome("what came back is no answer of HTTP")
    status, begins = head
    start = received[begins:].decode("utf-8", "replace")[:SHOWN_CHARACTERS]
    shown = "".join(character if character.isprintable() or character == "\n" else " " for character in start)
    if 200 <= status <= 299:
        return Outcome("", status, shown)
    is_redirect = 300 <= status <= 399
    return Outcome(
        "it answered with a redirect, which is not followed" if is_redirect else f"it answered {status}", status, shown
    )


def _final_head(received: bytes) -> tuple[int, int] | None:
    """The status of the answer and where its body begins; None while that has not come. Interim answers are skipped."""
    begins = 0
    while True:
        status, end = _STATUS.match(received, begins), _HEAD_END.search(received, begins)
        if status is None or end is None:
            return None
        if not status[1].startswith(b"1"):
            return int(status[1]), end.end()
        begins = end.end()


def _is_whole(received: bytes) -> bool:
    """Whether as much has come as the answer said it would have."""
    head = _final_head(received)
    if head is None:
        return False
    length = _LENGTH.search(received[: head[1]])
    return head[0] in (204, 304) or (length is not None and len(received) - head[1] >= int(length[1]))
