"""What auth tells other services of its users: a model for each kind of event. None holds a secret in clear."""

from typing import ClassVar, Literal, Self

from auth_service.models import User
from shared.enums import Role, UserEventType, UserStatus
from shared.events.event_feed import Event

SessionEnd = Literal[
    "logout",
    "logout_all",
    "password_changed",
    "refresh_token_reused",
    "signed_out_remotely",
    "too_many_sessions",
    "user_disabled",
]
"""Why a session ended."""


class UserEvent(Event):
    """Something that concerns one user."""

    user_id: str


class _UserFacts(UserEvent):
    """Who a user is, whole: what is not told is unknown to the others."""

    username: str
    full_name: str
    email: str
    role: Role
    status: UserStatus
    synthetic: bool

    @classmethod
    def of(cls, user: User) -> Self:
        """The event about this user as they now are."""
        return cls(
            user_id=user.id,
            username=user.username,
            full_name=user.full_name,
            email=user.email,
            role=user.role,
            status=user.standing,
            synthetic=user.synthetic,
        )


class UserRegistered(_UserFacts):
    """There is a new user, whoever made them."""

    type: ClassVar[str] = UserEventType.USER_REGISTERED


class UserUpdated(_UserFacts):
    """Name, e-mail address, role or status are others now."""

    type: ClassVar[str] = UserEventType.USER_UPDATED


class UserLoggedIn(UserEvent):
    """A session was opened. `new_device`: it is somebody who has logged in before, but never from there."""

    type: ClassVar[str] = UserEventType.USER_LOGGED_IN

    username: str
    session_id: str
    new_device: bool
    user_agent: str
    address: str


class PasswordChanged(UserEvent):
    """A user has a new password; `address` is where it was changed from."""

    type: ClassVar[str] = UserEventType.PASSWORD_CHANGED

    address: str


class ResetRequested(UserEvent):
    """A user has forgotten their password; `sealed` is the token, which the notification service alone can open."""

    type: ClassVar[str] = UserEventType.RESET_REQUESTED

    sealed: str
    expires_at: str


class EmailChanged(UserEvent):
    """A user has another e-mail address."""

    type: ClassVar[str] = UserEventType.EMAIL_CHANGED

    old_email: str
    new_email: str


class SessionEnded(UserEvent):
    """A session ended otherwise than by running out."""

    type: ClassVar[str] = UserEventType.SESSION_ENDED

    session_id: str
    reason: SessionEnd


class BankReset(Event):
    """Every customer was deleted, so many."""

    type: ClassVar[str] = UserEventType.BANK_RESET

    customers: int
