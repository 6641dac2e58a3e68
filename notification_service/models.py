"""The tables of messages: notifications, who wants which of them, what the feeds have told, webhooks with their events,
and the outbox.

A notification is kept as facts; its words are made when it is read. Rows are sealed (`shared/storage/row_seals.py`),
but positions in feeds. Instants of the outbox are real ones, as nobody's receiver lives in the bank's time.
"""

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shared.audit import AuditLog
from shared.enums import AccountType, DeliveryStatus, NotificationType, TransactionType, WebhookScope
from shared.events import feeds
from shared.storage import row_seals
from shared.storage.database import IdText, service_models, short_text

db = service_models()
metadata = db.metadata

seals = row_seals.seal_table(metadata)
feed_positions = feeds.positions_table(metadata)
feed_heads = feeds.heads_table(metadata)
audit_log = AuditLog(metadata, feed_heads)


class Notification(db.Model):
    """One message to one person. Times are the bank's own, amounts in minor units."""

    __tablename__ = "notifications"
    __table_args__ = (
        CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name="amount_has_its_currency"),
        CheckConstraint("amount_minor IS NULL OR amount_minor > 0", name="amount_positive"),
        Index("notifications_of_user", "user_id", "created_at", "id"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    user_id: Mapped[str] = mapped_column(IdText)
    type: Mapped[NotificationType] = mapped_column(short_text(30))
    created_at: Mapped[int]
    read_at: Mapped[int | None]
    entry_id: Mapped[str | None] = mapped_column(IdText)
    movement: Mapped[TransactionType | None] = mapped_column(short_text(20))
    amount_minor: Mapped[int | None]
    currency: Mapped[str | None] = mapped_column(short_text(3))
    account_id: Mapped[str | None] = mapped_column(IdText)
    other_account_id: Mapped[str | None] = mapped_column(IdText)
    detail: Mapped[str] = mapped_column(short_text(500))


class NamedAccount(db.Model):
    """What the account service says of an account, so that a message can name it."""

    __tablename__ = "accounts"
    __table_args__ = {"sqlite_strict": True}  # noqa: RUF012 (SQLAlchemy's way)

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    holder_name: Mapped[str] = mapped_column(short_text(200))
    account_number: Mapped[str] = mapped_column(short_text(34))
    account_type: Mapped[AccountType] = mapped_column(short_text(20))
    currency: Mapped[str] = mapped_column(short_text(3))
    nickname: Mapped[str | None] = mapped_column(short_text(200))


class InboxState(db.Model):
    """How far ahead of real time the bank clock is known to be; one row.

    What happened at `ids_ordered_since` or later, in real time, is told by messages and mails whose ids sort by time.
    """

    __tablename__ = "inbox_state"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("clock_ahead_us >= 0", name="clock_not_behind"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    clock_ahead_us: Mapped[int]
    ids_ordered_since: Mapped[int | None]


class WebhookEndpoint(db.Model):
    """Where somebody wants to hear of events; without a `url` they are kept to be fetched.

    `events` are the types wanted, by spaces, or `*`. Secrets are encrypted. `failing_since` is when the first event was
    given up since one last arrived. `chaos` is what is to go wrong on purpose, as JSON.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        CheckConstraint("(previous_secret IS NULL) = (previous_until IS NULL)", name="previous_secret_has_an_end"),
        Index("webhook_endpoints_of_user", "user_id", "created_at", "id"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    user_id: Mapped[str] = mapped_column(IdText)
    scope: Mapped[WebhookScope] = mapped_column(short_text(10))
    url: Mapped[str | None] = mapped_column(short_text(2000))
    description: Mapped[str] = mapped_column(short_text(200))
    events: Mapped[str] = mapped_column(short_text(1500))
    secret: Mapped[str] = mapped_column(short_text(200))
    previous_secret: Mapped[str | None] = mapped_column(short_text(200))
    previous_until: Mapped[int | None]
    is_enabled: Mapped[bool]
    failing_since: Mapped[int | None]
    chaos: Mapped[str | None] = mapped_column(short_text(200))
    created_at: Mapped[int]


class WebhookEvent(db.Model):
    """Something that happened to somebody, as receivers are told of it; `position` is in the order of commits."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        Index("webhook_events_in_order", "position", unique=True),
        Index("webhook_events_of_user", "user_id", "position"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    position: Mapped[int]
    user_id: Mapped[str] = mapped_column(IdText)
    type: Mapped[str] = mapped_column(short_text(60))
    body: Mapped[str]
    created_at: Mapped[int]


class Delivery(db.Model):
    """Something on its way to a target by a channel. Of those with one `order_key` to one target, one is open at a
    time: the others are queued behind it.

    A claim is for one worker until `claimed_until`; after that the delivery is anybody's again.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("target_id", "event_id", name="delivered_once"),
        CheckConstraint("(claim_id IS NULL) = (claimed_until IS NULL)", name="claim_has_an_end"),
        Index("deliveries_due", "status", "due_at"),
        Index("deliveries_in_order", "target_id", "order_key", "status", "position"),
        Index("deliveries_of_target", "target_id", "position"),
        Index("deliveries_of_event", "event_id"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    channel: Mapped[str] = mapped_column(short_text(10))
    target_id: Mapped[str] = mapped_column(IdText)
    event_id: Mapped[str] = mapped_column(IdText)
    order_key: Mapped[str] = mapped_column(IdText)
    position: Mapped[int]
    status: Mapped[DeliveryStatus] = mapped_column(short_text(10))
    attempts: Mapped[int]
    due_at: Mapped[int]
    give_up_at: Mapped[int]
    claim_id: Mapped[str | None] = mapped_column(IdText)
    claimed_until: Mapped[int | None]
    created_at: Mapped[int]
    finished_at: Mapped[int | None]


class DeliveryAttempt(db.Model):
    """One try at a delivery, and what came of it."""

    __tablename__ = "delivery_attempts"
    __table_args__ = {"sqlite_strict": True}  # noqa: RUF012 (SQLAlchemy's way)

    delivery_id: Mapped[str] = mapped_column(IdText, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_at: Mapped[int]
    milliseconds: Mapped[int]
    answer_status: Mapped[int | None]
    answer_start: Mapped[str] = mapped_column(short_text(500))
    problem: Mapped[str] = mapped_column(short_text(200))


class OutboxState(db.Model):
    """The last position that events and deliveries were given; one row, locked by whoever gives out more."""

    __tablename__ = "outbox_state"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), {"sqlite_strict": True})

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int]


class Addressee(db.Model):
    """Somebody with a log-in, as auth's feed tells of them. Simulated people are written to only once somebody has
    logged in as them.
    """

    __tablename__ = "addressees"
    __table_args__ = {"sqlite_strict": True}  # noqa: RUF012 (SQLAlchemy's way)

    user_id: Mapped[str] = mapped_column(IdText, primary_key=True)
    email: Mapped[str] = mapped_column(short_text(254))
    full_name: Mapped[str] = mapped_column(short_text(200))
    is_customer: Mapped[int]
    is_written_to: Mapped[int]


class MessagePreference(db.Model):
    """By which ways somebody is told of one thing, where they have chosen; of whoever has not the default holds."""

    __tablename__ = "message_preferences"
    __table_args__ = {"sqlite_strict": True}  # noqa: RUF012 (SQLAlchemy's way)

    user_id: Mapped[str] = mapped_column(IdText, primary_key=True)
    type: Mapped[NotificationType] = mapped_column(short_text(30), primary_key=True)
    inbox: Mapped[bool]
    email: Mapped[bool]
    webhook: Mapped[bool]


class Mail(db.Model):
    """A mail as facts; its words are made when it is sent or read.

    `facts` are those of the notification, as JSON. It goes to `address`, else to wherever the person has theirs by
    then. `sealed` is what it must not say to whoever reads the database.
    """

    __tablename__ = "mails"
    __table_args__ = (Index("mails_in_order", "created_at", "id"), {"sqlite_strict": True})

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    user_id: Mapped[str] = mapped_column(IdText)
    kind: Mapped[str] = mapped_column(short_text(30))
    address: Mapped[str | None] = mapped_column(short_text(254))
    facts: Mapped[str]
    sealed: Mapped[str | None] = mapped_column(short_text(500))
    created_at: Mapped[int]
