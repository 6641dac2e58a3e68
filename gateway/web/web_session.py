"""The browser session: who is logged in, and the tokens that prove it to the services.

It lives in one signed cookie that no script can read, so any gateway process can serve any browser. Nothing rests on
what it says of a person: each service verifies the access token in it again.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager, UserMixin, login_user
from flask_wtf import CSRFProtect

from sandbank.sessions import Tokens
from sandbank.types import LogIn


@dataclass(frozen=True)
class LoggedInUser(UserMixin):
    """The person at the browser, as auth named them when it last gave tokens."""

    id: str
    username: str
    full_name: str
    role: str

    @property
    def name(self) -> str:
        """What to call them."""
        return self.full_name or self.username

    @property
    def is_staff(self) -> bool:
        """Whether they work for the bank."""
        return self.role in ("employee", "admin")

    @property
    def is_admin(self) -> bool:
        """Whether they run the bank."""
        return self.role == "admin"


class _CookieSession(SecureCookieSessionInterface):
    def get_cookie_secure(self, app: Flask) -> bool:
        """Behind TLS the cookie is for TLS alone; without it a laptop's browser must get it all the same."""
        return request.is_secure


def cookie_name(session_secret: str) -> str:
    """The cookie's name, which is the bank's own: browsers keep the cookies of all ports of a host together.

    Gateways of one bank share the secret, and so the cookie.
    """
    return "sandbank_session_" + hashlib.sha256(f"cookie name {session_secret}".encode()).hexdigest()[:12]


def install_web_session(app: Flask, session_secret: str) -> None:
    """Cookie, Flask-Login and CSRF protection of every form."""
    app.secret_key = session_secret
    app.session_interface = _CookieSession()
    app.config.update(
        SESSION_COOKIE_NAME=cookie_name(session_secret),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form left open over lunch still works
    )
    CSRFProtect(app)
    manager = LoginManager(app)
    manager.session_protection = None  # the tokens are the proof; an address that changes is no sign of theft

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(user_id: str) -> LoggedInUser | None:
        facts = session.get("user")
        return LoggedInUser(**facts) if facts and facts["id"] == user_id and "tokens" in session else None


def begin(logged_in: LogIn) -> LoggedInUser:
    """Start a new session with what auth answered to a log-in; nothing of an earlier one stays."""
    session.clear()
    user = keep(logged_in)
    login_user(user)
    return user


def keep(logged_in: LogIn) -> LoggedInUser:
    """Take in a new pair of tokens, and what auth says of the person now."""
    facts = logged_in["user"]
    user = LoggedInUser(facts["id"], facts["username"], facts["full_name"], facts["role"])
    session["user"] = {"id": user.id, "username": user.username, "full_name": user.full_name, "role": user.role}
    pair = Tokens.of(logged_in)
    session["tokens"] = [pair.access, pair.refresh, int(pair.expires_at)]
    return user


def rename(full_name: str) -> None:
    """The person gave themself another name."""
    session["user"] = {**session["user"], "full_name": full_name}


def tokens() -> Tokens | None:
    """The tokens of this browser; None when nobody is logged in."""
    kept = session.get("tokens")
    return Tokens(*kept) if kept else None


def end() -> None:
    """Forget the person."""
    session.clear()
