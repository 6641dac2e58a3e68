"""The tables of the auth database. Instants are microseconds since the epoch."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.users.rules import name_key
from shared.audit import AuditLog
from shared.enums import Role, UserStatus
from shared.events import feeds
from shared.storage.database import IdText, service_models, short_text
from shared.text import fold

db = service_models()
metadata = db.metadata

_STRICT = {"sqlite_strict": True}
_NUMBERED = {"sqlite_strict": True, "sqlite_autoincrement": True}


class User(db.Model):
    """A person who can log in. `synthetic`: made by `/users/batch`; `created_by`: who made them, None for themself.

    `created_at` is real time, `created_at_bank` the bank's, None where the ledger was not there to tell it.
    Of who was erased (`erased_at`) nothing is left but the id. The three columns of `index()` are how they are found.
    """

    __tablename__ = "users"
    __table_args__ = (
        Index("users_newest", "created_at", "id"),
        Index("users_by_role", "role", "created_at", "id"),
        _STRICT,
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    username: Mapped[str] = mapped_column(short_text(64))
    username_key: Mapped[str] = mapped_column(short_text(64), unique=True)
    email: Mapped[str] = mapped_column(short_text(254))
    email_key: Mapped[str] = mapped_column(short_text(254), unique=True)
    full_name: Mapped[str] = mapped_column(short_text(100))
    search_text: Mapped[str]
    role: Mapped[Role] = mapped_column(short_text(16))
    status: Mapped[UserStatus] = mapped_column(short_text(16))
    synthetic: Mapped[bool]
    created_by: Mapped[str | None] = mapped_column(short_text(64))
    password_hash: Mapped[str] = mapped_column(short_text(255))
    created_at: Mapped[int]
    created_at_bank: Mapped[int | None]
    erased_at: Mapped[int | None]

    def index(self) -> None:
        """Set the forms in which user name and e-mail address are unique, and the text that searches look in."""
        self.username_key, self.email_key = name_key(self.username), name_key(self.email)
        self.search_text = fold(f"{self.username}\n{self.email}\n{self.full_name}")

    @property
    def standing(self) -> UserStatus:
        """Their status as everybody is told it. In the table who was erased is disabled."""
        return self.status if self.erased_at is None else UserStatus.ERASED

    @property
    def is_active_admin(self) -> bool:
        """Whether they can administer the bank."""
        return self.role == Role.ADMIN and self.status == UserStatus.ACTIVE


class UserSession(db.Model):
    """One log-in on one device. `chain_key` makes the chain of its refresh tokens (see `sessions`)."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index("sessions_by_user", "user_id", "created_at", "id"),
        Index("sessions_by_expiry", "expires_at"),
        _STRICT,
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    user_id: Mapped[str] = mapped_column(IdText, ForeignKey("users.id", ondelete="CASCADE"))
    chain_key: Mapped[str] = mapped_column(short_text(64))
    address: Mapped[str] = mapped_column(short_text(45))
    user_agent: Mapped[str] = mapped_column(short_text(200))
    created_at: Mapped[int]
    last_used_at: Mapped[int]
    expires_at: Mapped[int]
    ended_at: Mapped[int | None]
    end_reason: Mapped[str | None] = mapped_column(short_text(32))


class RefreshToken(db.Model):
    """What is kept of a refresh token: never the token, only its digest."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        Index("refresh_tokens_by_session", "session_id"),
        Index("refresh_tokens_by_expiry", "expires_at"),
        _STRICT,
    )

    digest: Mapped[str] = mapped_column(short_text(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(IdText, ForeignKey("sessions.id", ondelete="CASCADE"))
    expires_at: Mapped[int]
    used_at: Mapped[int | None]


class PasswordReset(db.Model):
    """Somebody was mailed a token that a new password can be set with, once; what is kept is its digest.

    It holds as long as the address does that it was mailed to.
    """

    __tablename__ = "password_resets"
    __table_args__ = (Index("password_resets_of_user", "user_id"), _STRICT)

    digest: Mapped[str] = mapped_column(short_text(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(IdText, ForeignKey("users.id", ondelete="CASCADE"))
    email_key: Mapped[str] = mapped_column(short_text(254))
    created_at: Mapped[int]
    expires_at: Mapped[int]


class KnownDevice(db.Model):
    """Where a person has proved themself from."""

    __tablename__ = "known_devices"
    __table_args__ = _STRICT

    user_id: Mapped[str] = mapped_column(IdText, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    network: Mapped[str] = mapped_column(short_text(45), primary_key=True)
    agent_digest: Mapped[str] = mapped_column(short_text(64), primary_key=True)
    last_seen_at: Mapped[int]


class Erasure(db.Model):
    """A person who is to be forgotten, and how far that has come. `asked_by` is as JSON text who asked, and `reason`
    why, until both are in the audit trail. From `begun_at` on the account service may have forgotten them, so that
    there may be no way back; at `agreed_at` we have ourselves; `remaining` names the services that have yet to, with
    spaces between.
    """

    __tablename__ = "erasures"
    __table_args__ = _STRICT

    user_id: Mapped[str] = mapped_column(IdText, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    asked_by: Mapped[str] = mapped_column(short_text(700))
    reason: Mapped[str | None] = mapped_column(short_text(200))
    remaining: Mapped[str] = mapped_column(short_text(200))
    asked_at: Mapped[int]
    begun_at: Mapped[int | None]
    agreed_at: Mapped[int | None]
    finished_at: Mapped[int | None]
    attempts: Mapped[int]
    due_at: Mapped[int]


class FailedGuesses(db.Model):
    """Wrong passwords, counted by what is guessed at or from (`throttling.subjects`)."""

    __tablename__ = "failed_guesses"
    __table_args__ = (Index("failed_guesses_by_age", "last_failure_at"), _STRICT)

    subject: Mapped[str] = mapped_column(short_text(160), primary_key=True)
    failures: Mapped[int]
    last_failure_at: Mapped[int]
    blocked_until: Mapped[int]


class StoredKey(db.Model):
    """A signing key, private half included."""

    __tablename__ = "signing_keys"
    __table_args__ = _STRICT

    kid: Mapped[str] = mapped_column(IdText, primary_key=True)
    private_key: Mapped[str] = mapped_column(short_text(64))
    public_key: Mapped[str] = mapped_column(short_text(64))
    signs_from: Mapped[int]


class PublishedEvent(db.Model):
    """A row of the events feed; `data` is JSON text."""

    __tablename__ = "events"
    __table_args__ = (Index("events_by_user", "user_id"), _NUMBERED)

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(IdText)
    type: Mapped[str] = mapped_column(short_text(32))
    user_id: Mapped[str | None] = mapped_column(IdText)
    occurred_at: Mapped[int]
    data: Mapped[str]


class Revocation(db.Model):
    """Access tokens that are taken back: those of a session, or those that a user was given before an instant."""

    __tablename__ = "revocations"
    __table_args__ = _NUMBERED

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    session_id: Mapped[str | None] = mapped_column(IdText)
    user_id: Mapped[str | None] = mapped_column(IdText)
    issued_before: Mapped[int | None]
    created_at: Mapped[int]


feed_heads = feeds.heads_table(metadata)
audit_log = AuditLog(metadata, feed_heads)
