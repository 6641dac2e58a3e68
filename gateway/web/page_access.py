"""Who may open a page: what its route declares, checked before the page runs. Strangers are asked to log in first."""

from collections.abc import Mapping

from flask import Flask, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web import web_session
from gateway.web.api_client import SessionEndedError
from shared.access import Access
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
            raise Refused(FORBIDDEN, "This page is for people who work here.")
        return None

    app.before_request(check)

    @app.errorhandler(SessionEndedError)
    def ended(_error: SessionEndedError) -> ResponseReturnValue:
        web_session.end()
        flash("Your session has ended. Log in to go on.", "info")
        return log_in_first()


def log_in_first() -> ResponseReturnValue:
    """To the log-in page, and from there back here."""
    wanted = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else request.path
    return redirect(url_for("sign_in.login", next=wanted), 303)


def safe_next(target: str | None) -> str | None:
    """The path of this bank that `next=` names; None for anything that could lead elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/api/")):
        return None
    if "\\" in target or any(ord(character) < 0x21 or ord(character) == 0x7F for character in target):
        return None
    return target
