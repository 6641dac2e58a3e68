"""Files that pages load: each address carries its content's hash, and what has the right one is kept for a year.

The style sheet is one file to browsers and one file a component to people (`static/css/components`).
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import flask_bootstrap
import flask_openapi3_swagger
from flask import Flask, Response, request, url_for

from gateway.web.charts import plotly_assets

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
STYLESHEET = "public.stylesheet_file"
FOLDERS: Mapping[str, Path] = {
    "static": STATIC,
    "bootstrap.static": Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5",
    "public.swagger_file": Path(flask_openapi3_swagger.__file__).parent / "templates" / "swagger",
    "reports.plotly": plotly_assets.FOLDER,
}
"""Where the files of each endpoint lie."""
COMPONENTS = (
    "tokens",
    "typography",
    "buttons",
    "panels",
    "notices",
    "page-frame",
    "navigation",
    "forms",
    "money",
    "account-list",
    "transaction-list",
    "filters",
    "front-page",
    "errors",
    "services",
    "dashboard",
    "account",
    "money-forms",
    "receipt",
    "reports",
    "charts",
    "rows",
    "statements",
    "insights",
    "products",
    "profile",
    "key-figures",
    "tables",
    "staff",
    "simulator",
    "proof",
    "holds",
    "cards",
    "webhooks",
    "mailbox",
    "message-settings",
    "live",
    "print",
)
"""In the order of the cascade: what everything stands on first, paper last."""
_A_YEAR_SECONDS = 365 * 24 * 3600


def asset(filename: str, endpoint: str = "static") -> str:
    """The address of a file of one of FOLDERS."""
    return url_for(endpoint, filename=filename, v=_hash_of_file(FOLDERS[endpoint] / filename))


def stylesheet_address() -> str:
    """The address of the bank's style sheet."""
    return url_for(STYLESHEET, v=_hash_of(stylesheet()))


@cache
def stylesheet() -> bytes:
    """All components in their order."""
    return b"\n".join((STATIC / "css" / "components" / f"{name}.css").read_bytes() for name in COMPONENTS)


def install_assets(app: Flask) -> None:
    """The templates' `asset(...)` and `stylesheet_address()`, and how long browsers keep what they name."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    app.jinja_env.globals.update(asset=asset, stylesheet_address=stylesheet_address)
    app.after_request(_keep_what_cannot_change)


def _keep_what_cannot_change(response: Response) -> Response:
    """An address with another hash than its file's is an old page's: it may not stand for the new file for a year."""
    given = request.args.get("v")
    if given is not None and response.status_code in (200, 304) and given == _right_hash():
        response.cache_control.no_cache = None
        response.cache_control.public = True
        response.cache_control.max_age = _A_YEAR_SECONDS
        response.cache_control.immutable = True
    return response


def _right_hash() -> str | None:
    if request.endpoint == STYLESHEET:
        return _hash_of(stylesheet())
    folder = FOLDERS.get(request.endpoint or "")
    return _hash_of_file(folder / (request.view_args or {})["filename"]) if folder else None


@cache
def _hash_of_file(path: Path) -> str:
    return _hash_of(path.read_bytes())


def _hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
