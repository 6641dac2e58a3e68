"""The ledger's tables of cards: what it decides payments by, what shops asked for, and which entries came of it."""

from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Table
from sqlalchemy.orm import Mapped, mapped_column

from shared.storage.compact_columns import CompactId, Digest
from shared.storage.database import short_text
from transaction_service.models.base import db

_CURRENCY, _MERCHANT, _PLACE = short_text(3), short_text(100), short_text(60)
_CATEGORY_CODE, _COUNTRY, _CHANNEL = short_text(4), short_text(2), short_text(12)


class LedgerCard(db.Model):
    """A card as payments are decided by it. Its number is not here, only a keyed digest to know it again by.

    `version` counts what the account service has said of status, limits and controls. Limits are null where there is
    none. `blocked_categories` are merchant category codes, with commas between.
    """

    __tablename__ = "cards"
    __table_args__ = (
        CheckConstraint("kind IN ('debit', 'credit')", name="card_kind_known"),
        {"sqlite_strict": True},
    )

    key: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(CompactId, unique=True)
    account_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"), index=True)
    kind: Mapped[str] = mapped_column(short_text(6))
    number_digest: Mapped[str] = mapped_column(Digest, unique=True)
    security_digest: Mapped[str] = mapped_column(Digest)
    last4: Mapped[str] = mapped_column(short_text(4))
    expires: Mapped[str] = mapped_column(short_text(7))
    version: Mapped[int]
    status: Mapped[str] = mapped_column(short_text(12))
    per_payment_minor: Mapped[int | None]
    daily_minor: Mapped[int | None]
    monthly_minor: Mapped[int | None]
    allows_online: Mapped[int] = mapped_column(Integer)
    allows_contactless: Mapped[int] = mapped_column(Integer)
    allows_abroad: Mapped[int] = mapped_column(Integer)
    allows_cash: Mapped[int] = mapped_column(Integer)
    blocked_categories: Mapped[str] = mapped_column(short_text(500))


class CardAuthorization(db.Model):
    """A payment that a shop asked for, and what was decided. How it went on its hold tells, and `forced_minor`.

    Amounts are in `currency`, the account's; `original_minor` is in that of the shop. Where these are two, the rates
    are those by which it is converted; without a rate `currency` is the shop's too. Of a number that is no card's there
    are neither card nor account. `forced_minor` was taken without a hold: at once, or after it had expired.
    """

    __tablename__ = "authorizations"

    key: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(CompactId, unique=True)
    card_key: Mapped[int | None] = mapped_column(ForeignKey("cards.key"))
    account_key: Mapped[int | None] = mapped_column(ForeignKey("accounts.key"))
    hold_key: Mapped[int | None] = mapped_column(ForeignKey("holds.key"), unique=True)
    amount_minor: Mapped[int]
    approved_minor: Mapped[int]
    forced_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(_CURRENCY)
    original_minor: Mapped[int]
    original_currency: Mapped[str] = mapped_column(_CURRENCY)
    exchange_rate: Mapped[str | None] = mapped_column(short_text(30))
    reference_rate: Mapped[str | None] = mapped_column(short_text(30))
    margin_bp: Mapped[int | None] = mapped_column(Integer)
    rate_day: Mapped[int | None] = mapped_column(Integer)
    merchant_name: Mapped[str] = mapped_column(_MERCHANT)
    merchant_category: Mapped[str] = mapped_column(_CATEGORY_CODE)
    merchant_country: Mapped[str] = mapped_column(_COUNTRY)
    merchant_city: Mapped[str | None] = mapped_column(_PLACE)
    merchant_account_key: Mapped[int | None] = mapped_column(ForeignKey("accounts.key"))
    channel: Mapped[str] = mapped_column(_CHANNEL)
    decline_code: Mapped[str | None] = mapped_column(short_text(30))
    initiator_key: Mapped[int] = mapped_column(ForeignKey("initiators.key"))
    expires_at: Mapped[int]
    created_at: Mapped[int]

    __table_args__ = (
        CheckConstraint("amount_minor > 0 AND approved_minor >= 0 AND forced_minor >= 0", name="authorized_amounts"),
        CheckConstraint("decline_code IS NULL OR approved_minor = 0", name="declined_is_not_approved"),
        Index("authorizations_of_card", "card_key", "created_at", "id"),
        Index("authorizations_of_account", "account_key", "created_at", "id"),
        Index("authorizations_by_time", "created_at", "id"),
        Index("authorizations_of_shop", "merchant_account_key"),
        {"sqlite_strict": True},
    )


class AuthorizationEvent(db.Model):
    """Something that happened to an authorization, in the order of the keys. Nothing of it is ever changed.

    `amount_minor` is in the account's currency, `original_minor` in that of the shop, null where it is the same.
    """

    __tablename__ = "authorization_events"
    __table_args__ = ({"sqlite_strict": True},)

    key: Mapped[int] = mapped_column(primary_key=True)
    authorization_id: Mapped[str] = mapped_column(CompactId, index=True)
    type: Mapped[str] = mapped_column(short_text(20))
    amount_minor: Mapped[int]
    original_minor: Mapped[int | None]
    at: Mapped[int]


class CardEntry(db.Model):
    """An entry that was made with a card, where and how. `authorization_id` is null where a shop had not asked."""

    __tablename__ = "card_entries"
    __table_args__ = ({"sqlite_strict": True},)

    position: Mapped[int] = mapped_column(ForeignKey("entries.position"), primary_key=True, autoincrement=False)
    card_key: Mapped[int] = mapped_column(ForeignKey("cards.key"), index=True)
    authorization_id: Mapped[str | None] = mapped_column(CompactId, index=True)
    merchant_name: Mapped[str] = mapped_column(_MERCHANT)
    merchant_category: Mapped[str] = mapped_column(_CATEGORY_CODE)
    merchant_country: Mapped[str] = mapped_column(_COUNTRY)
    channel: Mapped[str] = mapped_column(_CHANNEL)


class CardDispute(db.Model):
    """A payment that its holder says was not theirs, or not right: the money is back until it is decided.

    Who opened it made its credit; who decided it is the initiator of `decider_key`, null until then. `debit_position`
    is the entry that took it from the shop's account, null where it was not won or the shop has none at this bank,
    minus its own key where it was won before shops paid. No entry is that of two disputes.
    """

    __tablename__ = "disputes"

    key: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(CompactId, unique=True)
    position: Mapped[int] = mapped_column(ForeignKey("entries.position"), unique=True)
    credit_position: Mapped[int] = mapped_column(ForeignKey("entries.position"), unique=True)
    account_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(_CURRENCY)
    reason: Mapped[str] = mapped_column(short_text(200))
    status: Mapped[str] = mapped_column(short_text(4))
    created_at: Mapped[int]
    resolved_at: Mapped[int | None]
    decider_key: Mapped[int | None]
    debit_position: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("status IN ('open', 'won', 'lost')", name="dispute_status_known"),
        CheckConstraint("(status = 'open') = (resolved_at IS NULL)", name="dispute_ends_once"),
        Index("disputes_by_time", "created_at", "id"),
        Index("disputes_of_account", "account_key", "created_at", "id"),
        Index("disputes_by_status", "status", "created_at", "id"),
        Index("disputes_debit_position", "debit_position", unique=True),
        {"sqlite_strict": True},
    )


cards = cast("Table", LedgerCard.__table__)
authorizations = cast("Table", CardAuthorization.__table__)
authorization_events = cast("Table", AuthorizationEvent.__table__)
card_entries = cast("Table", CardEntry.__table__)
disputes = cast("Table", CardDispute.__table__)
