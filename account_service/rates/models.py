"""The tables of rates: what sources published, and how asking them went. They survive the emptying of a sandbox."""

from sqlalchemy import Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from account_service.models import db
from shared.storage.database import short_text


class PublishedExchangeRates(db.Model):
    """What one euro was worth on a day, as a source published it: JSON text, a decimal by currency."""

    __tablename__ = "exchange_rates"
    __table_args__ = {"sqlite_strict": True}  # noqa: RUF012 (SQLAlchemy's way)

    day: Mapped[str] = mapped_column(short_text(10), primary_key=True)
    source: Mapped[str] = mapped_column(short_text(40))
    per_euro: Mapped[str]
    fetched_at: Mapped[int]


class PublishedInterestRate(db.Model):
    """A rate in per cent a year, in force from a day on, as a source published it."""

    __tablename__ = "interest_rates"
    __table_args__ = (Index("interest_rates_by_day", "effective_on"), {"sqlite_strict": True})

    source: Mapped[str] = mapped_column(short_text(40), primary_key=True)
    name: Mapped[str] = mapped_column(short_text(60), primary_key=True)
    effective_on: Mapped[str] = mapped_column(short_text(10), primary_key=True)
    place: Mapped[int] = mapped_column(Integer)
    rate: Mapped[str] = mapped_column(short_text(12))
    fetched_at: Mapped[int]


class RateSource(db.Model):
    """When a source was asked last, what came of it, and when it last gave rates."""

    __tablename__ = "rate_sources"
    __table_args__ = {"sqlite_strict": True}  # noqa: RUF012 (SQLAlchemy's way)

    name: Mapped[str] = mapped_column(short_text(40), primary_key=True)
    asked_at: Mapped[int]
    read_at: Mapped[int | None]
    status: Mapped[str] = mapped_column(short_text(12))
    problem: Mapped[str | None] = mapped_column(short_text(500))
