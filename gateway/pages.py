"""The Flask application behind the proxy: pages for people, the bank's health and its API's documentation."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import flask_openapi3_swagger
from flask import Blueprint, Flask, Response, current_app, jsonify, render_template, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from flask_bootstrap import Bootstrap5

from gateway.api_description import ApiDescription
from gateway.bank_health import BankHealth
from gateway.error_pages import register_error_pages
from gateway.security_headers import install_security_headers
from shared import services, settings
from shared.access import PUBLIC, access
from shared.application import install_request_lifecycle
from shared.health import bank_version, register_health
from shared.json_parsing import StrictJSONProvider
from shared.metrics import register_metrics

ROOT = Path(__file__).resolve().parent.parent
SWAGGER_FILES = Path(flask_openapi3_swagger.__file__).parent / "templates" / "swagger"
_A_YEAR_SECONDS = 365 * 24 * 3600

blueprint = Blueprint("pages", __name__)


def new_pages(health: BankHealth, description: ApiDescription) -> Flask:
    """The pages' app, with every route declaring its access."""
    app = Flask("gateway", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.json = StrictJSONProvider(app)
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["service"] = services.GATEWAY
    app.extensions["bank_health"] = health
    app.extensions["api_description"] = description
    Bootstrap5(app)
    for endpoint in ("static", "bootstrap.static"):
        _declare_public(app, endpoint)
    app.jinja_env.globals["asset"] = asset
    app.context_processor(_on_every_page)
    register_error_pages(app)
    install_request_lifecycle(app)
    install_security_headers(app)
    register_health(app, services.GATEWAY, checks={})
    register_metrics(app)
    app.register_blueprint(blueprint)
    return app


def _declare_public(app: Flask, endpoint: str) -> None:
    """Flask made this route itself; wrap it so that it too declares its access."""
    view = app.view_functions[endpoint]

    @access(PUBLIC)
    def public(**arguments: Any) -> Any:
        return view(**arguments)

    app.view_functions[endpoint] = public


def _on_every_page() -> dict[str, Any]:
    return {"bank_name": settings.bank_name(), "bank_version": bank_version()}


def asset(filename: str) -> str:
    """The address of a file of `static/`, with its content's hash, so that browsers keep it until it changes."""
    return url_for("static", filename=filename, v=_content_hash(filename))


@cache
def _content_hash(filename: str) -> str:
    return hashlib.sha256((ROOT / "static" / filename).read_bytes()).hexdigest()[:12]


@blueprint.get("/")
@access(PUBLIC)
def index() -> ResponseReturnValue:
    """The front page: is the bank well, and where to go."""
    return render_template("index.html", health=current_app.extensions["bank_health"]())


@blueprint.get("/status")
@access(PUBLIC)
def status() -> ResponseReturnValue:
    """Every service's health, for people."""
    return render_template("status.html", health=current_app.extensions["bank_health"]())


@blueprint.get("/health")
@access(PUBLIC)
def bank_health() -> ResponseReturnValue:
    """Every service's health, for machines."""
    health = current_app.extensions["bank_health"]()
    return jsonify(health.as_reply()), 200 if health.is_healthy else 503


@blueprint.get("/openapi.json")
@access(PUBLIC)
def openapi() -> ResponseReturnValue:
    """The whole API in one document."""
    return jsonify(current_app.extensions["api_description"]())


@blueprint.get("/docs")
@access(PUBLIC)
def docs() -> ResponseReturnValue:
    """Swagger UI over `/openapi.json`."""
    return render_template("docs.html")


@blueprint.get("/docs/swagger/<path:filename>")
@access(PUBLIC)
def swagger_file(filename: str) -> Response:
    """A file of Swagger UI, from the installed package."""
    return send_from_directory(SWAGGER_FILES, filename, max_age=_A_YEAR_SECONDS)
