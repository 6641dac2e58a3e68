"""The inbox's tables: notifications, and what the feeds have told.

A notification is kept as facts; its words are made when it is read. Rows are sealed (`shared/row_seals.py`), but
positions in feeds.
"""

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from shared import feeds, row_seals
from shared.database import IdText, service_models, short_text
from shared.enums import AccountType, NotificationType, TransactionType

db = service_models()
metadata = db.metadata

seals = row_seals.seal_table(metadata)
feed_positions = feeds.positions_table(metadata)


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
    """How far ahead of real time the bank clock is known to be; one row."""

    __tablename__ = "inbox_state"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("clock_ahead_us >= 0", name="clock_not_behind"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    clock_ahead_us: Mapped[int]
