"""The tables of exchanges: rates by day, quotes, and what entries in two currencies took and gave."""

from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Table
from sqlalchemy.orm import Mapped, mapped_column

from shared.storage.compact_columns import CompactId
from shared.storage.database import short_text
from transaction_service.models.base import db

_CURRENCY, _RATE = short_text(3), short_text(24)


class ExchangeRates(db.Model):
    """What one euro was worth on a day, as the account service told: JSON text, a decimal by currency.

    `margin_bp` is what the bank keeps of an exchange, in hundredths of a percent.
    """

    __tablename__ = "exchange_rates"
    __table_args__ = (
        CheckConstraint("margin_bp >= 0 AND margin_bp < 10000", name="margin_leaves_something"),
        {"sqlite_strict": True},
    )

    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(short_text(40))
    margin_bp: Mapped[int] = mapped_column(Integer)
    per_euro: Mapped[str]


class ExchangeQuote(db.Model):
    """An exchange that the bank has promised somebody at a rate, until an instant of its real time.

    `account_id` is the account that was named to pay; null where none was.
    """

    __tablename__ = "quotes"
    __table_args__ = (
        CheckConstraint("source_minor > 0 AND target_minor > 0", name="quote_amounts"),
        Index("quotes_by_end", "valid_until"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(CompactId, primary_key=True)
    user_id: Mapped[str] = mapped_column(CompactId)
    source_currency: Mapped[str] = mapped_column(_CURRENCY)
    source_minor: Mapped[int]
    target_currency: Mapped[str] = mapped_column(_CURRENCY)
    target_minor: Mapped[int]
    rate: Mapped[str] = mapped_column(_RATE)
    reference_rate: Mapped[str] = mapped_column(_RATE)
    margin_bp: Mapped[int] = mapped_column(Integer)
    rate_day: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[int]
    valid_until: Mapped[int]
    account_id: Mapped[str | None] = mapped_column(CompactId)


class EntryExchange(db.Model):
    """What an entry in two currencies took of the one and gave of the other. A reversal has no rate of its own.

    A quote is used by one entry: there is no foreign key, as quotes are forgotten when they have ended.
    """

    __tablename__ = "exchanges"
    __table_args__ = (
        CheckConstraint("source_minor > 0 AND target_minor > 0", name="exchange_amounts"),
        CheckConstraint("source_currency <> target_currency", name="two_currencies"),
        CheckConstraint(
            "(rate IS NULL) = (reference_rate IS NULL) AND (rate IS NULL) = (margin_bp IS NULL) "
            "AND (rate IS NULL) = (rate_day IS NULL)",
            name="terms_are_whole",
        ),
        {"sqlite_strict": True},
    )

    position: Mapped[int] = mapped_column(ForeignKey("entries.position"), primary_key=True, autoincrement=False)
    source_currency: Mapped[str] = mapped_column(_CURRENCY)
    source_minor: Mapped[int]
    target_currency: Mapped[str] = mapped_column(_CURRENCY)
    target_minor: Mapped[int]
    rate: Mapped[str | None] = mapped_column(_RATE)
    reference_rate: Mapped[str | None] = mapped_column(_RATE)
    margin_bp: Mapped[int | None] = mapped_column(Integer)
    rate_day: Mapped[int | None] = mapped_column(Integer)
    quote_id: Mapped[str | None] = mapped_column(CompactId, unique=True)


exchange_rates = cast("Table", ExchangeRates.__table__)
quotes = cast("Table", ExchangeQuote.__table__)
exchanges = cast("Table", EntryExchange.__table__)
