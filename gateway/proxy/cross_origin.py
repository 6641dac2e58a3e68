"""Which web pages of other origins may call the API from a browser (CORS). None, unless the settings name them.

Tokens travel in the Authorization header, which a page has to send itself, so cookies are never allowed along.
"""

import re
from collections.abc import Iterable

_ORIGIN = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?")
_LOCAL = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?")
LOCAL = "localhost"
"""In the settings: every port of this machine, as people have them while they write a front end."""
_ANSWERS = [
    ("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE"),
    (
        "Access-Control-Allow-Headers",
        "Authorization, Content-Type, Idempotency-Key, X-Request-ID, X-Request-Timeout-Ms, X-Sandbank-Fault",
    ),
    ("Access-Control-Max-Age", "600"),
]
_EXPOSED = ("Access-Control-Expose-Headers", "X-Request-ID, X-Trace-ID, Retry-After, Location, Content-Disposition")
Headers = list[tuple[str, str]]


class CrossOrigin:
    """`named` are origins (`https://app.example`), `localhost` or `*`. Raises ValueError for what is none of them."""

    def __init__(self, named: Iterable[str]) -> None:
        self._origins = frozenset(named)
        for origin in self._origins - {LOCAL, "*"}:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(origin)

    @property
    def is_open(self) -> bool:
        """Whether pages may call that are anybody's, or that anybody on the way could have written."""
        return any(not origin.startswith("https://") for origin in self._origins)

    def headers_for(self, origin: str | None) -> Headers:
        """What a reply tells the browser of a page of this origin: nothing when the page may not read it."""
        if not self._origins:
            return []
        vary = ("Vary", "Origin")
        if origin is None or not self._allows(origin):
            return [vary]
        return [("Access-Control-Allow-Origin", origin), _EXPOSED, vary]

    def preflight_headers(self, origin: str) -> Headers:
        """The answer to "may I": without the first header the browser takes it for a no."""
        allowed = self.headers_for(origin)
        return allowed + _ANSWERS if len(allowed) > 1 else allowed

    def _allows(self, origin: str) -> bool:
        if origin in self._origins or "*" in self._origins:
            return True
        return LOCAL in self._origins and _LOCAL.fullmatch(origin) is not None
