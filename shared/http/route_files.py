"""Routes that answer files beside JSON: what they say of it in OpenAPI, and the reply."""

from collections.abc import Callable, Iterator
from typing import Any

from flask import Response

View = Callable[..., Any]


def answers_files(*content_types: str) -> Callable[[View], View]:
    """Declare which files a route answers with, where it does not answer JSON. Stands below `@access(...)`."""

    def declare(view: View) -> View:
        view.content_types = content_types  # type: ignore[attr-defined]
        return view

    return declare


def file_reply(content: bytes | Iterator[bytes], content_type: str, file_name: str) -> Response:
    """A file to keep, whole or in pieces, under a name of plain letters, digits, hyphens and full stops."""
    response = Response(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response
