"""HEAD is GET without a body, on every page: what asks only for headers takes no other way through a view."""

from collections.abc import Iterable
from typing import Any

from flask import Flask

Environ = dict[str, Any]


def answer_head_as_get(app: Flask) -> None:
    """Put it in front of the app. Lengths and headers stay those of the page."""
    inner = app.wsgi_app

    def without_body(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "HEAD":
            return inner(environ, start_response)
        body = inner({**environ, "REQUEST_METHOD": "GET"}, start_response)
        if hasattr(body, "close"):
            body.close()
        return []

    app.wsgi_app = without_body  # type: ignore[method-assign]  # how Flask documents WSGI middleware
