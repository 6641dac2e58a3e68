"""What a request asks for: a path, or a whole address, which every server of HTTP/1.1 has to take (RFC 9112, 3.2.2)."""

import re

from gateway.proxy.proxy_fix import Environ

_ABSOLUTE = re.compile(r"https?://([A-Za-z0-9.:_\[\]-]+)(/.*)", re.ASCII | re.DOTALL | re.IGNORECASE)


def settle_target(environ: Environ) -> None:
    """Let a whole address be its path, and its host the one that was asked for, whatever the Host header says.

    An address with anything else in it, such as a user name, stays as it is and leads nowhere.
    """
    target: str = environ.get("RAW_URI", "/")
    if target.startswith("/"):
        return
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is not None:
        environ["HTTP_HOST"], environ["RAW_URI"] = absolute[1], absolute[2]
