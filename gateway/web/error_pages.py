"""Errors of the pages: a page with a way on and the request id, or the envelope where a machine asked."""

from typing import Any

import structlog
from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from gateway.proxy.routing import is_api_path
from gateway.web.error_messages import refusal_message
from shared.http.errors import register_error_handlers
from shared.refusals import INTERNAL, Refused

logger = structlog.get_logger(__name__)

_MACHINE_PATHS = frozenset({"/health", "/openapi.json", "/metrics"})
_TITLES = {
    400: "Bad request",
    401: "Please log in",
    403: "You do not have access",
    404: "Page not found",
    405: "Method not allowed",
    413: "Too much data",
    429: "Too many requests",
    503: "Service unavailable",
    504: "The bank took too long to answer",
}
_EXPLANATIONS = {
    404: "The address may be mistyped, or what was here is gone.",
    405: "This address only takes what a form sends. Go back to the page that the form is on.",
    413: "The form holds more than the bank takes in at once.",
}
_FORM_EXPIRED = "This form has expired. Go back, reload the page and send it again."


def register_error_pages(app: Flask) -> None:
    """Every exception of the pages answers in HTML, those of machine paths in the envelope."""
    register_error_handlers(app)
    for_machines = dict(app.error_handler_spec[None][None])

    def answer(error: Exception) -> Any:
        if is_api_path(request.path) or request.path in _MACHINE_PATHS:
            kind = next(kind for kind in type(error).__mro__ if kind in for_machines)
            return for_machines[kind](error)
        return _page_of(error)

    app.register_error_handler(Refused, answer)
    app.register_error_handler(HTTPException, answer)
    app.register_error_handler(Exception, answer)


def _page_of(error: Exception) -> ResponseReturnValue:
    headers: dict[str, str] = {}
    if isinstance(error, HTTPException):
        status = error.code or 500
        if status < 400 or error.response is not None:
            return error.get_response()
        message = _FORM_EXPIRED if isinstance(error, CSRFError) else _EXPLANATIONS.get(status)
        headers = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
    elif isinstance(error, Refused):
        status = error.refusal.status
        message = refusal_message(error)
        wait = error.retry_after
        headers = {"Retry-After": str(wait)} if wait else {}
    else:
        logger.exception("unforeseen_error", path=request.path, method=request.method, exc_info=error)
        status = 500
        message = INTERNAL.message
    title = _TITLES.get(status, "Something went wrong" if status >= 500 else "That did not work")
    page = render_template("error.html", status=status, title=title, message=message, request_id=g.get("request_id"))
    return page, status, headers
