"""The Flask application behind the proxy: pages for people, the bank's health and its API's documentation."""

from typing import Any

from flask import Flask, Response, request
from flask_bootstrap import Bootstrap5
from flask_compress import Compress
from flask_login import current_user

from gateway.api_description import ApiDescription
from gateway.bank_health import BankHealth
from gateway.security_headers import install_security_headers
from gateway.settings import Settings
from gateway.web import charts, formatting
from gateway.web.activity.other_side import other_side_name
from gateway.web.api_client import ApiClient
from gateway.web.assets import ROOT, STATIC, install_assets
from gateway.web.blueprints import BLUEPRINTS
from gateway.web.charts import plotly_assets
from gateway.web.error_pages import register_error_pages
from gateway.web.head_requests import answer_head_as_get
from gateway.web.icons import icon
from gateway.web.inbox.unread_count import unread_count
from gateway.web.password_field import MIN_LENGTH_KEY
from gateway.web.web_session import install_web_session
from shared import services, settings
from shared.http.application import install_request_lifecycle
from shared.http.json_parsing import StrictJSONProvider
from shared.identity.access import PUBLIC, access
from shared.observability.health import Checks, bank_version, register_health
from shared.observability.metrics import register_metrics

_MAX_FORM_BYTES = 64 * 1024


def new_web_app(
    own: Settings, health: BankHealth, description: ApiDescription, api_client: ApiClient, checks: Checks
) -> Flask:
    """The pages' app, with every route declaring its access; `checks` are those of the gateway's own health."""
    app = Flask("gateway", template_folder=str(ROOT / "templates"), static_folder=str(STATIC))
    app.json = StrictJSONProvider(app)
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = _MAX_FORM_BYTES
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["service"] = services.GATEWAY
    app.extensions["bank_health"] = health
    app.extensions["api_description"] = description
    app.extensions["api_client"] = api_client
    install_request_lifecycle(app)
    install_security_headers(app)
    install_web_session(app, own.session_secret)
    install_assets(app)
    app.config[MIN_LENGTH_KEY] = own.password_min_length
    Bootstrap5(app)
    Compress(app)
    app.after_request(_close_with_reply)
    for endpoint in ("static", "bootstrap.static"):
        _declare_public(app, endpoint)
    app.jinja_env.globals.update(
        icon=icon,
        unread_count=unread_count,
        charts=charts,
        other_side_name=other_side_name,
        plotly_assets=plotly_assets,
    )
    app.jinja_env.filters.update(formatting.FILTERS)
    app.context_processor(_on_every_page)
    register_error_pages(app)
    register_health(app, services.GATEWAY, checks)
    register_metrics(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    answer_head_as_get(app)
    return app


def _declare_public(app: Flask, endpoint: str) -> None:
    """Flask made this route itself; wrap it so that it too declares its access."""
    view = app.view_functions[endpoint]

    @access(PUBLIC)
    def public(**arguments: Any) -> Any:
        reply: Any = view(**arguments)
        if reply.status_code == 200 and request.method == "GET":
            reply.direct_passthrough = False
            reply.get_data()  # read whole: Flask-Compress streams in every coding but gzip, which plain http asks for
        return reply

    app.view_functions[endpoint] = public


def _close_with_reply(response: Response) -> Response:
    """Compression replaces the file that a reply streams and would leave it open."""
    close = getattr(response.response, "close", None)
    if close is not None:
        response.call_on_close(close)
    return response


def _on_every_page() -> dict[str, Any]:
    return {"bank_name": settings.bank_name(), "bank_version": bank_version(), "user": current_user}
