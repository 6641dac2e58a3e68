"""The one error envelope, and the one place where an error becomes a refusal, and a refusal an HTTP reply.

A service raises `Refused(SOME_REFUSAL)`; nothing else is mapped by hand. What nobody foresaw becomes a 500 with a
request id, and its cause goes to the log alone.
"""

from typing import Any

import structlog
from flask import Flask, Response, current_app, g, json, request
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from shared.http.field_problems import invalid_payload
from shared.observability.logs import cause_of
from shared.refusals import (
    FORBIDDEN,
    INTERNAL,
    MALFORMED,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    RATE_LIMITED,
    STORAGE_FULL,
    TARGET_TOO_LONG,
    TOO_LARGE,
    UNAUTHENTICATED,
    UNAVAILABLE,
    UNSUPPORTED_MEDIA_TYPE,
    Refusal,
    Refused,
    envelope_of,
)
from shared.serving.framing import MAX_LINE_BYTES
from shared.storage.database_errors import AWAY, BUSY, has_disk_failed, is_away, is_busy, is_full

logger = structlog.get_logger(__name__)


_BY_STATUS = {
    400: MALFORMED,
    401: UNAUTHENTICATED,
    403: FORBIDDEN,
    404: NOT_FOUND,
    405: METHOD_NOT_ALLOWED,
    413: TOO_LARGE,
    414: TARGET_TOO_LONG,
    415: UNSUPPORTED_MEDIA_TYPE,
    429: RATE_LIMITED,
    503: UNAVAILABLE,
}


def envelope(refused: Refused, request_id: str | None = None) -> dict[str, Any]:
    """The error body of API.md for this refusal; the request id is that of Flask's request unless given."""
    return envelope_of(refused, request_id or g.get("request_id"))


def to_response(refused: Refused) -> Response:
    """The HTTP reply for a refusal, with Retry-After where trying again can help."""
    body = current_app.json.dumps(envelope(refused))
    response = Response(body, status=refused.refusal.status, mimetype="application/json")
    response.headers.extend(refusal_headers(refused))
    note_refused(current_app, refused)
    return response


def refusal_headers(refused: Refused) -> list[tuple[str, str]]:
    """What the reply's head says of a refusal, beyond its status."""
    headers = []
    if refused.retry_after is not None:
        headers.append(("Retry-After", str(refused.retry_after)))
    if refused.refusal.status == UNAUTHENTICATED.status:
        headers.append(("WWW-Authenticate", "Bearer"))
    return headers


def note_refused(app: Flask, refused: Refused) -> None:
    """Let the app's health know of a write for which there was no room."""
    if refused.refusal is STORAGE_FULL and "storage" in app.extensions:
        app.extensions["storage"].note_refused_write()


def validation_response(error: ValidationError) -> Response:
    """422 for a request that does not fit its payload model."""
    return to_response(invalid_payload(error))


def register_error_handlers(app: Flask) -> None:
    """Every exception of this app answers with the envelope."""
    app.register_error_handler(Refused, to_response)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _other_error)


def _http_error(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]  # an abort() with a reply of ours
    status = error.code or 500
    if status < 400:
        return error.get_response()  # type: ignore[return-value]
    refusal = _BY_STATUS.get(status)
    if refusal is None:
        name = (error.name or "error").upper().replace(" ", "_").replace("'", "")
        refusal = INTERNAL if status == 500 else Refusal(name, status, error.description or "The request was refused.")
    limit = {TOO_LARGE.code: current_app.config["MAX_CONTENT_LENGTH"], TARGET_TOO_LONG.code: MAX_LINE_BYTES}
    details = {"limit_bytes": limit[refusal.code]} if refusal.code in limit else {}
    response = to_response(Refused(refusal, details=details))
    if status == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return response


def _other_error(error: Exception) -> Response:
    return to_response(refused_for(error, method=request.method, path=request.path))


def refused_for(error: Exception, *, method: str, path: str) -> Refused:
    """What is answered for an exception, which met the request of this method and path; its cause goes to the log."""
    refused = foreseen(error)
    if refused is None:
        logger.exception("unforeseen_error", path=path, method=method, exc_info=error)
        return Refused(INTERNAL)
    return refused


def foreseen(error: Exception) -> Refused | None:
    """The refusal that an exception is, or that a storage at fault comes to; None for what nobody foresaw."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, PoolTimeoutError):
        return Refused(UNAVAILABLE, BUSY)
    return _refused_by_storage(error) if isinstance(error, DBAPIError) else None


def _refused_by_storage(error: DBAPIError) -> Refused | None:
    if is_busy(error):
        return Refused(UNAVAILABLE, BUSY)
    if is_full(error) or has_disk_failed(error):
        logger.error("storage_failed", cause=cause_of(error.orig))
        return Refused(STORAGE_FULL)
    if is_away(error):
        logger.error("storage_away", cause=cause_of(error.orig))
        return Refused(UNAVAILABLE, AWAY)
    return None


def refused_from_body(status: int, body: bytes) -> Refused:
    """The refusal that another service answered with, to be passed on as it is."""
    try:
        content = json.loads(body)
        is_passing = status in (RATE_LIMITED.status, UNAVAILABLE.status)
        refusal = Refusal(content["error_code"], status, content["message"], retryable=is_passing)
        details = content.get("details") or {}
        wait = details.get("retry_after_seconds", 1 if is_passing else None)
        return Refused(refusal, details=details, retry_after_seconds=wait)
    except (ValueError, KeyError, TypeError):
        return Refused(UNAVAILABLE, "A part of the bank answered in a way that was not understood.")
