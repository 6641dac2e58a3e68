"""People: log-ins, profiles, sessions, and the bank's users."""

from collections.abc import Iterator, Sequence

from sandbank.answers import Answer, Page
from sandbank.caller import REFRESH_PATH
from sandbank.resource import Resource, given, in_path
from sandbank.sessions import Tokens
from sandbank.types import LogIn, PasswordRules, ResetAcknowledgement, SessionsEnded, User, UserSession
from sandbank.types.keys import SigningKeys


class Auth(Resource):
    """`/api/auth`."""

    def register(self, username: str, email: str, password: str, *, full_name: str | None = None) -> Answer[User]:
        """Become a customer."""
        person = given(username=username, email=email, password=password, full_name=full_name)
        return self._client.call("POST", "/api/auth/register", person, is_anonymous=True)

    def password_rules(self) -> Answer[PasswordRules]:
        """How long a new password has to be."""
        return self._client.call("GET", "/api/auth/password_rules", is_anonymous=True)

    def log_in(self, username: str, password: str) -> Answer[LogIn]:
        """A new session, by user name or e-mail address. Raises NotLoggedInError when either is wrong."""
        payload = {"username": username, "password": password}
        return self._client.call("POST", "/api/auth/login", payload, is_anonymous=True)

    def refresh(self, refresh_token: str) -> Answer[LogIn]:
        """The next pair of tokens. Raises NotLoggedInError when the session is over."""
        return self._client.call("POST", REFRESH_PATH, {"refresh_token": refresh_token}, is_anonymous=True)

    def log_out(self, tokens: Tokens) -> Answer[SessionsEnded]:
        """End the session of these tokens."""
        payload = {"refresh_token": tokens.refresh}
        return self._client.call("POST", "/api/auth/logout", payload, token=tokens.access)

    def log_out_everywhere(self) -> Answer[SessionsEnded]:
        """End all my sessions."""
        return self._client.post("/api/auth/logout_all")

    def profile(self) -> Answer[User]:
        """Me."""
        return self._client.get("/api/auth/profile")

    def update_profile(
        self, *, full_name: str | None = None, email: str | None = None, current_password: str | None = None
    ) -> Answer[User]:
        """Change my name, or with my password my e-mail address."""
        changes = given(full_name=full_name, email=email, current_password=current_password)
        return self._client.put("/api/auth/update_profile", changes)

    def change_password(self, current_password: str, new_password: str) -> Answer[SessionsEnded]:
        """Change my password, which ends my other sessions."""
        payload = {"current_password": current_password, "new_password": new_password}
        return self._client.post("/api/auth/change_password", payload)

    def forgot_password(self, email: str) -> Answer[ResetAcknowledgement]:
        """Request a password reset by e-mail; the answer is the same for every address."""
        return self._client.call("POST", "/api/auth/forgot_password", {"email": email}, is_anonymous=True)

    def reset_password(self, token: str, new_password: str) -> Answer[SessionsEnded]:
        """Choose a new password with a mailed token, which ends every session."""
        payload = {"token": token, "new_password": new_password}
        return self._client.call("POST", "/api/auth/reset_password", payload, is_anonymous=True)

    def list_sessions(self, *, limit: int | None = None, cursor: str | None = None) -> Page[UserSession]:
        """A page of my logged-in devices."""
        return self._client.page("/api/auth/sessions", limit=limit, cursor=cursor)

    def iterate_sessions(self) -> Iterator[UserSession]:
        """All my logged-in devices."""
        return self._client.iterate("/api/auth/sessions")

    def end_session(self, session_id: str) -> Answer[SessionsEnded]:
        """Log a device out."""
        return self._client.delete(f"/api/auth/sessions/{in_path(session_id)}")

    def list_users(
        self,
        *,
        q: str | None = None,
        role: str | None = None,
        status: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[User]:
        """A page of the bank's users (employees)."""
        return self._client.page("/api/auth/users", q=q, role=role, status=status, limit=limit, cursor=cursor)

    def user(self, user_id: str) -> Answer[User]:
        """One user (employees)."""
        return self._client.get(f"/api/auth/users/{in_path(user_id)}")

    def add_user(
        self, username: str, email: str, password: str, *, full_name: str | None = None, role: str = "customer"
    ) -> Answer[User]:
        """Add a user (administrators)."""
        person = given(username=username, email=email, password=password, full_name=full_name, role=role)
        return self._client.post("/api/auth/users", person)

    def change_user(self, user_id: str, *, role: str | None = None, status: str | None = None) -> Answer[User]:
        """Change a user's role or status (administrators)."""
        return self._client.put(f"/api/auth/users/{in_path(user_id)}", given(role=role, status=status))

    def signing_keys(self) -> Answer[SigningKeys]:
        """The keys that sign access tokens (administrators)."""
        return self._client.get("/api/auth/signing_keys")

    def change_signing_key(self) -> Answer[SigningKeys]:
        """Have another key sign from two minutes on, and see all of them; tokens given before stay good."""
        return self._client.post("/api/auth/signing_keys")

    def add_synthetic_users(self, users: Sequence[dict[str, str]], password: str) -> Page[User]:
        """Make up to 1,000 synthetic customers (scope `bank:simulate`); asking twice makes them once."""
        payload = {"users": list(users), "password": password}
        answer = self._client.call("POST", "/api/auth/users/batch", payload, is_repeatable=True)
        return Page(answer.data, answer.body, answer.status)
