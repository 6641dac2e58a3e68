"""A file of a service's, handed to the browser as it comes: none is held in memory."""

from flask import Response

from sandbank.answers import Download


def handed_on(file: Download) -> Response:
    """The reply to the browser. Its file breaks off where the service's does, and is then taken for no whole one."""
    response = Response(file.content if file.pieces is None else file.pieces, content_type=file.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file.file_name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
