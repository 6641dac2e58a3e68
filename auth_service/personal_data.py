"""What auth keeps of a person, for an export of their own data. Neither their password nor any token."""

from sqlalchemy import select

from auth_service.models import KnownDevice, PublishedEvent, User, UserSession
from shared.enums import UserEventType
from shared.privacy.personal_data import Section

_LOG_IN_HISTORY = (
    UserEventType.USER_REGISTERED,
    UserEventType.USER_UPDATED,
    UserEventType.USER_LOGGED_IN,
    UserEventType.PASSWORD_CHANGED,
    UserEventType.EMAIL_CHANGED,
    UserEventType.SESSION_ENDED,
)
"""All but the asking for another password: the token in it is sealed, and is nobody's to read here."""

SECTIONS = (
    Section(
        "profile",
        "Who you are to the bank: name, e-mail address, user name, role and status.",
        lambda user_id: select(
            User.id,
            User.username,
            User.email,
            User.full_name,
            User.role,
            User.status,
            User.synthetic,
            User.created_at,
            User.created_at_bank.label("created_in_bank_time_at"),
        ).where(User.id == user_id),
        User.__table__.c.id,
    ),
    Section(
        "sessions",
        "Where you are logged in, and where you were within the last day.",
        lambda user_id: select(
            UserSession.id,
            UserSession.address,
            UserSession.user_agent,
            UserSession.created_at,
            UserSession.last_used_at,
            UserSession.expires_at,
            UserSession.ended_at,
            UserSession.end_reason,
        ).where(UserSession.user_id == user_id),
        UserSession.__table__.c.id,
    ),
    Section(
        "known-devices",
        "Networks that you have logged in from; the bank tells you of a new one.",
        lambda user_id: select(KnownDevice.network, KnownDevice.last_seen_at).where(KnownDevice.user_id == user_id),
        KnownDevice.__table__.c.network + ":" + KnownDevice.__table__.c.agent_digest,
    ),
    Section(
        "log-in-history",
        "What happened to your log-in and your profile since you registered.",
        lambda user_id: select(PublishedEvent.occurred_at, PublishedEvent.type, PublishedEvent.data).where(
            PublishedEvent.user_id == user_id, PublishedEvent.type.in_(_LOG_IN_HISTORY)
        ),
        PublishedEvent.__table__.c.position,
    ),
)
