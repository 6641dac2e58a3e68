"""Requests of the strict, ordinary shape, read by two expressions: nearly all there are (docs/adr/0010).

gunicorn's parser takes a head to pieces step by step, because it may come in pieces and be of any kind. Ours is whole
in memory. One that is plainly ordinary becomes the same environment here, in a quarter of the time; with anything else,
be it right or wrong, nothing has happened yet, and gunicorn's parser has the say.
"""

import io
import os
import re
from functools import lru_cache
from typing import Any

from gunicorn.http import wsgi

_PATH = r"/(?!/)[A-Za-z0-9_~@:,./-]*+"
_QUERY = r"[!-\"$-~]*+"
_NAME = r"[A-Za-z0-9!#$%&'*+.^`|~-]{1,64}+"
"""No underscore: in an environment it could not be told from a hyphen."""
_VALUE = r"[\t -~\x80-\xff]*+"
_HEAD = re.compile(
    rf"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (({_PATH})(?:\?({_QUERY}))?) HTTP/1\.1\r\n"
    rf"((?:{_NAME}:{_VALUE}\r\n)*+)\r\n"
)
_FIELD = re.compile(rf"({_NAME}):({_VALUE})\r\n")
_TRANSFER_CODING, _EXPECTATION = "HTTP_TRANSFER_ENCODING", "HTTP_EXPECT"
"""Left to gunicorn."""

Environ = dict[str, Any]


class OrdinaryRequest:
    """What gunicorn's `Response` wants to know of a request, and its environment."""

    __slots__ = ("_is_last", "environ", "method")
    version = (1, 1)

    def __init__(self, environ: Environ) -> None:
        self.environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self._is_last: bool = environ.get("HTTP_CONNECTION", "").lower() == "close"

    def should_close(self) -> bool:
        """Whether the client wants no further request answered on this connection."""
        return self._is_last


class OrdinaryReader:
    """Reads requests under gunicorn's settings `cfg`."""

    def __init__(self, cfg: Any) -> None:
        self._most_fields = cfg.limit_request_fields
        self._most_bytes = min(cfg.limit_request_line, cfg.limit_request_field_size)
        """A head no longer than this is within all of gunicorn's limits, but for the number of its fields."""
        if os.environ.get("SCRIPT_NAME"):
            self._most_bytes = 0
        self._same_for_all = {
            **wsgi.base_environ(cfg),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "SCRIPT_NAME": "",
        }

    def read(self, head: bytes, body: bytes, peer: object, local: object) -> OrdinaryRequest | None:
        """The request, whose body is exactly this; None when it is not of the ordinary shape, or not over TCP."""
        found = _HEAD.fullmatch(head.decode("latin-1")) if len(head) <= self._most_bytes else None
        if found is None or not (isinstance(peer, tuple) and isinstance(local, tuple)):
            return None
        method, target, path, query, said = found.groups()
        named = _FIELD.findall(said)
        fields = {_key(name): value.strip(" \t") for name, value in named}
        is_unclear = len(fields) != len(named) or len(named) > self._most_fields
        if is_unclear or _TRANSFER_CODING in fields or _EXPECTATION in fields:
            return None
        if fields.get("CONTENT_LENGTH", "0") != str(len(body)):
            return None
        return OrdinaryRequest(
            {
                **self._same_for_all,
                "wsgi.input": io.BytesIO(body),
                "REQUEST_METHOD": method,
                "QUERY_STRING": query or "",
                "RAW_URI": target,
                **fields,
                "REMOTE_ADDR": peer[0],
                "REMOTE_PORT": str(peer[1]),
                "SERVER_NAME": local[0],
                "SERVER_PORT": str(local[1]),
                "PATH_INFO": path,
            }
        )


@lru_cache(512)
def _key(name: str) -> str:
    """What an environment calls the header of this name."""
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key
