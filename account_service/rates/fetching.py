"""Getting a page from the address that a setting names, and from no other: no redirect is followed.

It may take so long and be so large, and no more.
"""

import time
from importlib.metadata import version

import requests

CONNECT_SECONDS = 3.0
READ_SECONDS = 5.0
LONGEST_SECONDS = 15.0
MOST_BYTES = 2 * 1024 * 1024
_TYPES = ("text/html", "text/xml", "application/xml", "application/xhtml+xml")


class UnreachableError(OSError):
    """A page could not be got: nobody answered, or not in time, or not with a page."""


def fetch(address: str) -> str:
    """The text at an address. Raises UnreachableError with a sentence that says why not."""
    headers = {"User-Agent": f"Sandbank/{version('sandbank')}", "Accept": ", ".join(_TYPES)}
    give_up_at = time.monotonic() + LONGEST_SECONDS
    try:
        with requests.get(
            address,
            headers=headers,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as reply:
            _check(reply)
            body = b"".join(_parts(reply, give_up_at))
            return body.decode(reply.encoding or "utf-8", errors="replace")
    except requests.RequestException as error:
        raise UnreachableError(f"it cannot be reached ({type(error).__name__})") from None
    except LookupError:
        raise UnreachableError("it is in an encoding that nobody knows") from None


def _check(reply: requests.Response) -> None:
    if reply.status_code != requests.codes.ok:
        raise UnreachableError(f"it answered {reply.status_code}")
    kind = reply.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in _TYPES:
        raise UnreachableError(f"it answered with {kind or 'something'} instead of a page")


def _parts(reply: requests.Response, give_up_at: float) -> list[bytes]:
    parts, size = [], 0
    for part in reply.iter_content(64 * 1024):
        size += len(part)
        if size > MOST_BYTES:
            raise UnreachableError(f"it is larger than {MOST_BYTES} bytes")
        if time.monotonic() > give_up_at:
            raise UnreachableError(f"it took longer than {LONGEST_SECONDS:.0f} seconds")
        parts.append(part)
    return parts
