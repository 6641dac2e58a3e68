"""The Flask application every service starts from: errors, access, request ids, limits, health, metrics, OpenAPI."""

import time
from typing import Any

from flask import Flask, Request, Response, g, request
from flask_openapi3 import Info, OpenAPI, SecurityScheme

from shared.contract.blueprint import ServiceBlueprint
from shared.contract.openapi import described
from shared.fence import SCOPE as RESET_SCOPE
from shared.fence import install_fence
from shared.http.errors import register_error_handlers, validation_response
from shared.http.json_parsing import MalformedJSONError, StrictJSONProvider, parse
from shared.http.payloads import ErrorReply, RequestModel, success
from shared.http.repetition import ServiceApplication
from shared.identifiers import new_id
from shared.identity.access import PUBLIC, access, enforce_access, service_only
from shared.identity.tokens import TokenVerifier
from shared.network.http_client import RECEIVED_AT, REQUEST_ID, REQUEST_ID_HEADER, TIMEOUT_HEADER, deadline_of
from shared.observability.health import Checks, bank_version, register_health
from shared.observability.log_lines import install_log_lines
from shared.observability.metrics import observe, register_metrics
from shared.observability.request_log import log_request
from shared.refusals import (
    DEADLINE_EXCEEDED,
    MALFORMED,
    OUTCOME_NOT_DONE,
    TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    Refused,
)
from shared.service_refusals import NOT_A_SANDBOX
from shared.services import Service
from shared.serving.framing import MAX_BODY_BYTES
from shared.settings import is_production

MAX_STRANGERS_BODY_BYTES = 64 * 1024
"""Of a route that asks for no token: reading four megabytes of JSON costs a second, and nobody logs in with so much."""
EVERY_REPLY_HEADERS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
"""What each reply says that says nothing else of it."""
_BEARER: dict[str, SecurityScheme | dict[str, Any]] = {
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
}
ViewReply = Response | dict[str, Any] | tuple[dict[str, Any], int]
"""What a view returns. Flask's own alias has forward references that flask-openapi3 cannot resolve."""
SECURED: list[dict[str, list[str]]] = [{"token": []}]
"""For a blueprint's `abp_security`: OpenAPI then shows that a token is needed."""


class FenceRequest(RequestModel):
    """Whether the service is to do nothing for anybody until it is told otherwise (shared/fence.py)."""

    closed: bool


def new_application(service: Service, import_name: str, *, verifier: TokenVerifier, checks: Checks) -> OpenAPI:
    """A service's app, ready for its blueprints; finish it with `seal`."""
    app = ServiceApplication(
        import_name,
        info=Info(title=f"Sandbank {service.name}", version=bank_version()),
        security_schemes=_BEARER,
        validation_error_model=ErrorReply,
        validation_error_callback=validation_response,
        doc_ui=False,
        static_folder=None,
    )
    app.url_map.merge_slashes = False  # else a path with two slashes is redirected, to whatever host the client names
    app.json = StrictJSONProvider(app)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES + 1  # one more: a stream is cut there in silence, see _read_body
    app.extensions["service"] = service
    app.extensions["token_verifier"] = verifier
    register_error_handlers(app)
    install_request_lifecycle(app)
    fence = install_fence(app, service)
    fence.on_opened.append(verifier.refresh_revocations)
    register_health(app, service, checks)
    register_metrics(app)

    @app.get("/openapi.json", doc_ui=False)
    @access(PUBLIC)
    def openapi_document() -> dict[str, Any]:
        return described(app)

    @app.get("/internal/fence", doc_ui=False)
    @access(service_only(RESET_SCOPE))
    def get_fence() -> ViewReply:
        return success({"closed": fence.is_closed()})

    @app.post("/internal/fence", doc_ui=False)
    @access(service_only(RESET_SCOPE))
    def set_fence(body: FenceRequest) -> ViewReply:
        if body.closed and is_production():
            raise Refused(NOT_A_SANDBOX)
        if body.closed:
            fence.close()
        else:
            fence.open()
        return success({"closed": body.closed})

    install_log_lines(app, service)
    return app


def seal(app: OpenAPI, *blueprints: ServiceBlueprint) -> OpenAPI:
    """Register the blueprints and enforce every route's access. Raises RuntimeError for a route without access."""
    for blueprint in blueprints:
        app.register_api(blueprint)
    app.extensions["fence"].notice()
    enforce_access(app, app.extensions["token_verifier"])
    app.before_request(_read_body)
    return app


def install_request_lifecycle(app: Flask) -> None:
    """Request id, deadline, log line and metrics around each request."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.started_at = time.perf_counter()
    g.request_id = request_id_of(request.headers.get(REQUEST_ID_HEADER))
    deadline = deadline_of(request.headers.get(TIMEOUT_HEADER), since=request.environ.get(RECEIVED_AT))
    if deadline is not None:
        g.deadline = deadline
        if deadline <= time.monotonic():
            raise Refused(DEADLINE_EXCEEDED, details=OUTCOME_NOT_DONE)


def request_id_of(given: str | None) -> str:
    """The id that a request came with, or a new one where that is none."""
    return given if given and REQUEST_ID.fullmatch(given) else new_id()


def _end(response: Response) -> Response:
    response.headers[REQUEST_ID_HEADER] = g.get("request_id", "")
    for name, value in EVERY_REPLY_HEADERS:
        response.headers.setdefault(name, value)
    if "started_at" in g:
        seconds = time.perf_counter() - g.started_at
        observe(request.method, request.endpoint, response.status_code, seconds, path=request.path)
        facts = {"user": g.identity.user_id if "identity" in g else None}
        log_request(
            request.method, request.path, response.status_code, seconds=seconds, request_id=g.request_id, facts=facts
        )
    return response


def _read_body() -> None:
    """Read and parse a JSON body once, strictly, before any payload model sees it."""
    if request.method not in ("POST", "PUT", "PATCH", "DELETE") or request.endpoint is None:
        return
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Refused(UNSUPPORTED_MEDIA_TYPE, "Send the body uncompressed.")
    limit = MAX_BODY_BYTES if "identity" in g else MAX_STRANGERS_BODY_BYTES
    if request.content_length is not None and request.content_length > limit:
        raise Refused(TOO_LARGE, details={"limit_bytes": limit})
    body = request.get_data(cache=True)
    if len(body) > limit:
        raise Refused(TOO_LARGE, details={"limit_bytes": limit})
    if not body:
        _keep(request, {})
        return
    if request.mimetype != "application/json":
        raise Refused(UNSUPPORTED_MEDIA_TYPE)
    try:
        _keep(request, parse(body))
    except MalformedJSONError as error:
        raise Refused(MALFORMED, str(error)) from None


def _keep(request_: Request, value: object) -> None:
    """Let flask-openapi3's own (silent) reading of the body find what was parsed here."""
    if not isinstance(value, dict):
        raise Refused(MALFORMED, "The body must be a JSON object.")
    request_._cached_json = (value, value)
