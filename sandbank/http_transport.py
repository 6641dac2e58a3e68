"""The client's own transport: kept-alive HTTP connections, no proxy, no redirect, no hidden retry."""

from collections.abc import Callable
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError

from sandbank.transport import NoReplyError, NotSentError, Reply, Request

CONNECT_SECONDS = 5.0


class HttpTransport:
    """A bank at an address. `url` may be a function, for an address that is looked up anew for each request.

    Raises ValueError for text that is no http or https address.
    """

    def __init__(self, url: str | Callable[[], str], *, connections: int = 16) -> None:
        if isinstance(url, str):
            address = checked_url(url)
            self._url: Callable[[], str] = lambda: address
        else:
            self._url = url
        self._pool = urllib3.PoolManager(maxsize=connections, block=False, retries=False)

    def send(self, request: Request, seconds: float) -> Reply:
        """Send once. Raises NotSentError or NoReplyError."""
        url = self._url()
        try:
            reply = self._pool.request(
                request.method,
                url + request.path,
                body=request.body,
                headers=dict(request.headers),
                timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, seconds), total=seconds),
                redirect=False,
            )
        except (NewConnectionError, ConnectTimeoutError):
            raise NotSentError(url) from None
        except HTTPError as error:
            raise NoReplyError(url, is_timeout=isinstance(error, ReadTimeoutError)) from None
        return Reply(reply.status, reply.data, {name.lower(): value for name, value in reply.headers.items()})


def checked_url(url: str) -> str:
    """The address without a slash at its end. Raises ValueError when it is none."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        message = f"{url} is not the address of a bank; give one such as http://127.0.0.1:5000"
        raise ValueError(message)
    return url.rstrip("/")
