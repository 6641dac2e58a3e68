"""Who may open a page: what its route declares, checked before the page runs. Strangers are asked to log in first."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Flask, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from gateway.web import web_session
from gateway.web.api_client import SessionEndedError
from shared.identity.access import Access
from shared.refusals import FORBIDDEN, Refused


def enforce_page_access(app: Flask, rules: Mapping[str, Access]) -> None:
    """Check each request against its route's rule, and turn an ended session into a log-in."""

    def check() -> ResponseReturnValue | None:
        rule = rules.get(request.endpoint or "")
        if rule is None or rule.is_public:
            return None
        if not current_user.is_authenticated:
            return log_in_first()
        if current_user.role not in rule.roles:
            raise Refused(FORBIDDEN, _missing(rule))
        return None

    app.before_request(check)

    @app.errorhandler(SessionEndedError)
    def ended(_error: SessionEndedError) -> ResponseReturnValue:
        web_session.end()
        flash("Your session has ended. Log in to go on.", "info")
        return log_in_first()


def _missing(rule: Access) -> str:
    """What the person lacks, in words."""
    if rule.roles == frozenset({"admin"}):
        return "This page is for administrators; your log-in does not have that role."
    return "This page is for the bank's employees and administrators; your log-in has neither role."


def log_in_first() -> ResponseReturnValue:
    """To the log-in page, and from there back here; after a form that was sent, to the page that the form is on."""
    wanted = safe_next(request.full_path.rstrip("?")) if request.method in ("GET", "HEAD") else None
    if wanted is None:
        sent_from = urlsplit(request.referrer or "")
        wanted = safe_next(request.path)
        if wanted is None and sent_from.netloc == request.host:
            wanted = safe_next(f"{sent_from.path}?{sent_from.query}".rstrip("?"))
    return redirect(url_for("login.login", next=wanted), 303)


def safe_next(target: str | None) -> str | None:
    """The page of this bank that `next=` names; None for what could lead elsewhere, or is no page to look at."""
    if not target or not target.startswith("/") or target.startswith(("//", "/api/")):
        return None
    if "\\" in target or any(ord(character) < 0x21 or ord(character) == 0x7F for character in target):
        return None
    return target if _is_page(target.partition("?")[0]) else None


def _is_page(path: str) -> bool:
    """Whether the path can be opened; one that only takes what a form sends answers 405."""
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True
