"""The tables of the account service. Instants are microseconds since the epoch.

An account that is being changed has a `pending_status`: what the ledger is being asked to make of it; `pending_by` is
as JSON text who asked, and in which request, for what the ledger books as it does that. `leased_until`
keeps a second process from carrying out the same change at the same time; it costs nothing but time when both do.
`attempts` counts the times that the ledger gave no answer since. `terms_version` counts what the holder's name and the
limits have been; where `terms_told` is behind, the ledger has to be told. An account with a `product` has the floor
that this gives it, in the ledger; but for a credit card's, whose floor is its own limit, and whose terms are also from
which account it is settled, and on which day of the month it is billed.

So it is with a card: `version` counts what it has been, `told_version` and `told_status` are what the ledger knows of
it, and one that it knows nothing of yet is not there for anybody.

`created_at` and `closed_at` are real time. `created_at_bank` and `closed_at_bank` are the bank's, which the ledger
tells; accounts of before it was asked have none.
"""

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shared.audit import AuditLog
from shared.events import feeds
from shared.storage.database import IdText, service_models, short_text

db = service_models()
metadata = db.metadata


class Account(db.Model):
    """What an account is, whose, and how far its opening, freezing or closing has come. Its money is the ledger's."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    user_id: Mapped[str] = mapped_column(IdText)
    holder_name: Mapped[str] = mapped_column(short_text(100))
    synthetic: Mapped[bool]
    account_number: Mapped[str] = mapped_column(short_text(34), unique=True)
    account_type: Mapped[str] = mapped_column(short_text(16))
    product: Mapped[str | None] = mapped_column(short_text(40))
    currency: Mapped[str] = mapped_column(short_text(3))
    nickname: Mapped[str | None] = mapped_column(short_text(60))
    floor_minor: Mapped[int]
    movement_limit_minor: Mapped[int]
    daily_limit_minor: Mapped[int]
    initial_deposit_minor: Mapped[int]
    opened_by: Mapped[str] = mapped_column(short_text(64))
    status: Mapped[str] = mapped_column(short_text(16))
    pending_status: Mapped[str | None] = mapped_column(short_text(16))
    pending_reason: Mapped[str | None] = mapped_column(short_text(200))
    pending_by: Mapped[str | None] = mapped_column(short_text(700))
    leased_until: Mapped[int]
    created_at: Mapped[int]
    closed_at: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    terms_version: Mapped[int] = mapped_column(server_default=text("1"))
    terms_told: Mapped[int] = mapped_column(server_default=text("1"))
    created_at_bank: Mapped[int | None]
    closed_at_bank: Mapped[int | None]
    settlement_account_id: Mapped[str | None] = mapped_column(IdText)
    billing_day: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("status IN ('opening', 'open', 'frozen', 'closing', 'closed', 'refused')", name="status_known"),
        CheckConstraint("pending_status IN ('open', 'frozen', 'closed')", name="pending_status_known"),
        CheckConstraint("status NOT IN ('opening', 'closing') OR pending_status IS NOT NULL", name="half_is_pending"),
        CheckConstraint("status NOT IN ('closed', 'refused') OR pending_status IS NULL", name="final_is_final"),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_has_a_time"),
        CheckConstraint("floor_minor <= 0", name="floor_not_positive"),
        CheckConstraint(
            "movement_limit_minor > 0 AND daily_limit_minor >= movement_limit_minor", name="limits_positive"
        ),
        CheckConstraint("initial_deposit_minor >= 0", name="initial_deposit_not_negative"),
        CheckConstraint("synthetic IN (0, 1)", name="synthetic_boolean"),
        Index("accounts_of_user", "user_id", "created_at", "id"),
        Index("accounts_by_age", "created_at", "id"),
        Index("accounts_settled_from", "settlement_account_id"),
        Index("accounts_pending", "leased_until", sqlite_where=pending_status.is_not(None)),
        {"sqlite_strict": True},
    )


class OpeningKey(db.Model):
    """A used idempotency key: the account it opened, and once that is settled the reply, as JSON text."""

    __tablename__ = "opening_keys"
    __table_args__ = (
        CheckConstraint("(status IS NULL) = (reply IS NULL)", name="reply_is_whole"),
        {"sqlite_strict": True},
    )

    caller_id: Mapped[str] = mapped_column(short_text(64), primary_key=True)
    key: Mapped[str] = mapped_column(short_text(255), primary_key=True)
    request_hash: Mapped[str] = mapped_column(short_text(64))
    account_id: Mapped[str] = mapped_column(IdText, ForeignKey("accounts.id"), unique=True)
    shows_number: Mapped[bool]
    status: Mapped[int | None]
    reply: Mapped[str | None]


class ErasedPerson(db.Model):
    """Somebody who was erased: nothing is opened for them any more, and no name is given back to their accounts."""

    __tablename__ = "erased_people"
    __table_args__ = {"sqlite_strict": True}  # noqa: RUF012 (SQLAlchemy's way)

    user_id: Mapped[str] = mapped_column(IdText, primary_key=True)
    erased_at: Mapped[int]


class ProductVersion(db.Model):
    """The terms of a product from a day of the bank on; rates in millionths a year, amounts in minor units.

    `is_told`: the ledger has it. It says from which day a version applies (`valid_from`, days since 1970): until then
    nobody is shown one, but for the first of its product, which applies from the beginning (0). `announced_until`: the
    last person who was told of the version; null when nobody is to be told any more.
    """

    __tablename__ = "products"

    code: Mapped[str] = mapped_column(short_text(40), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    valid_from: Mapped[int]
    name: Mapped[str] = mapped_column(short_text(60))
    account_type: Mapped[str] = mapped_column(short_text(16))
    currency: Mapped[str] = mapped_column(short_text(3))
    credit_rate: Mapped[int]
    tiers: Mapped[str]
    day_count: Mapped[str] = mapped_column(short_text(10))
    paid: Mapped[str] = mapped_column(short_text(10))
    overdraft_limit_minor: Mapped[int]
    overdraft_rate: Mapped[int]
    monthly_fee_minor: Mapped[int]
    overdraft_fee_minor: Mapped[int]
    late_card_payment_fee_minor: Mapped[int] = mapped_column(server_default=text("0"))
    foreign_exchange_fee_bp: Mapped[int] = mapped_column(server_default=text("0"))
    minimum_balance_minor: Mapped[int]
    notice_days: Mapped[int] = mapped_column(server_default=text("0"))
    is_told: Mapped[bool]
    announced_until: Mapped[str | None] = mapped_column(short_text(64))
    created_by: Mapped[str] = mapped_column(short_text(64))
    created_at: Mapped[int]

    __table_args__ = (
        CheckConstraint("is_told IN (0, 1)", name="is_told_boolean"),
        {"sqlite_strict": True},
    )


class Card(db.Model):
    """A payment card of an account. `sealed` holds number and security code (cards/card_vault.py); limits that are
    absent are the account's; `expires` is its last month (`2030-11`), `blocked_categories` a JSON list; `asked_by` is
    as JSON text which of the staff asked for one that is not issued yet.
    """

    __tablename__ = "cards"

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    account_id: Mapped[str] = mapped_column(IdText, ForeignKey("accounts.id"))
    kind: Mapped[str] = mapped_column(short_text(8))
    number_digest: Mapped[str] = mapped_column(short_text(64), unique=True)
    sealed: Mapped[str] = mapped_column(short_text(200))
    last4: Mapped[str] = mapped_column(short_text(4))
    expires: Mapped[str] = mapped_column(short_text(7))
    nickname: Mapped[str | None] = mapped_column(short_text(60))
    status: Mapped[str] = mapped_column(short_text(16))
    frozen_by: Mapped[str | None] = mapped_column(short_text(8))
    per_payment_minor: Mapped[int | None]
    daily_minor: Mapped[int | None]
    monthly_minor: Mapped[int | None]
    online: Mapped[bool]
    contactless: Mapped[bool]
    abroad: Mapped[bool]
    cash: Mapped[bool]
    blocked_categories: Mapped[str]
    replaces: Mapped[str | None] = mapped_column(IdText)
    replaced_by: Mapped[str | None] = mapped_column(IdText)
    version: Mapped[int] = mapped_column()
    told_version: Mapped[int] = mapped_column()
    told_status: Mapped[str | None] = mapped_column(short_text(16))
    leased_until: Mapped[int]
    attempts: Mapped[int]
    created_at: Mapped[int]
    created_at_bank: Mapped[int | None]
    asked_by: Mapped[str | None] = mapped_column(short_text(700))

    account: Mapped[Account] = relationship(viewonly=True)

    __table_args__ = (
        CheckConstraint("kind IN ('debit', 'credit')", name="kind_known"),
        CheckConstraint(
            "status IN ('active', 'frozen', 'lost', 'stolen', 'blocked', 'cancelled', 'replaced')",
            name="card_status_known",
        ),
        CheckConstraint("(frozen_by IS NOT NULL) = (status = 'frozen')", name="frozen_by_somebody"),
        CheckConstraint("per_payment_minor > 0 AND daily_minor > 0 AND monthly_minor > 0", name="card_limits_positive"),
        CheckConstraint("told_version >= 0 AND told_version <= version", name="told_what_there_is"),
        CheckConstraint("(told_version = 0) = (told_status IS NULL)", name="told_status_is_known"),
        Index("cards_of_account", "account_id", "created_at", "id"),
        Index("cards_by_age", "created_at", "id"),
        Index("cards_to_be_told", "leased_until", sqlite_where=told_version < version),
        {"sqlite_strict": True},
    )


class CardKey(db.Model):
    """A used idempotency key: the card it was to issue, and once that is settled the reply, as JSON text."""

    __tablename__ = "card_keys"
    __table_args__ = (
        CheckConstraint("(status IS NULL) = (reply IS NULL)", name="card_reply_is_whole"),
        {"sqlite_strict": True},
    )

    caller_id: Mapped[str] = mapped_column(short_text(64), primary_key=True)
    key: Mapped[str] = mapped_column(short_text(255), primary_key=True)
    request_hash: Mapped[str] = mapped_column(short_text(64))
    card_id: Mapped[str] = mapped_column(IdText, unique=True)
    status: Mapped[int | None]
    reply: Mapped[str | None]


class CardCancellation(db.Model):
    """A used idempotency key of giving a card up: which card, and the reply as JSON text."""

    __tablename__ = "card_cancellations"
    __table_args__ = ({"sqlite_strict": True},)

    caller_id: Mapped[str] = mapped_column(short_text(64), primary_key=True)
    key: Mapped[str] = mapped_column(short_text(255), primary_key=True)
    card_id: Mapped[str] = mapped_column(IdText)
    reply: Mapped[str]


class PublishedEvent(db.Model):
    """A row of the events feed; `data` is JSON text."""

    __tablename__ = "events"
    __table_args__ = {"sqlite_strict": True, "sqlite_autoincrement": True}  # noqa: RUF012 (SQLAlchemy's way)

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(IdText)
    type: Mapped[str] = mapped_column(short_text(32))
    occurred_at: Mapped[int]
    data: Mapped[str]


feed_heads = feeds.heads_table(db.metadata)
audit_log = AuditLog(db.metadata, feed_heads)
feed_positions = feeds.positions_table(db.metadata)
