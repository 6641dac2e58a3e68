"""The pages for everybody: the front page, the services' health, the API's documentation."""

import json

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web.assets import FOLDERS, stylesheet
from shared.identity.access import PUBLIC, access

blueprint = Blueprint("public", __name__)


@blueprint.get("/")
@access(PUBLIC)
def index() -> ResponseReturnValue:
    """The front page: what this is, is the bank well, and where to go."""
    return render_template("index.html", health=current_app.extensions["bank_health"]())


@blueprint.get("/home")
@access(PUBLIC)
def home() -> ResponseReturnValue:
    """Where a person belongs: their dashboard, the bank's overview, the front page."""
    if not current_user.is_authenticated:
        return redirect(url_for("public.index"))
    return redirect(url_for("admin.overview" if current_user.is_staff else "dashboard.show"))


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


@blueprint.get("/docs/errors")
@access(PUBLIC)
def errors() -> ResponseReturnValue:
    """Every way in which the API says no: when, and what to do."""
    found = current_app.extensions["api_description"]()["x-errors"]
    examples = {error["code"]: json.dumps(error["example"], indent=2, ensure_ascii=False) for error in found}
    return render_template("docs_errors.html", errors=found, examples=examples)


@blueprint.get("/docs/swagger/<path:filename>")
@access(PUBLIC)
def swagger_file(filename: str) -> Response:
    """A file of Swagger UI, from the installed package."""
    return send_from_directory(FOLDERS["public.swagger_file"], filename)


@blueprint.get("/bank.css")
@access(PUBLIC)
def stylesheet_file() -> Response:
    """The bank's own style sheet."""
    reply = Response(stylesheet(), mimetype="text/css")
    reply.cache_control.max_age = 3600
    return reply
