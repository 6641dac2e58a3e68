"""The tables of the reporting service. Instants are microseconds since the epoch, amounts minor units.

All but `reports`, `custom_reports` and their runs, what is told (`events`, `statements_told`), `proofs`,
`erased_people` and `audit_trail` are projections: they can be emptied at any time and are derived again from the
feeds. A `day` is the bank's own, as a number (shared/time/business_days.py). Entries and legs hold everything that the
ledger's hash chain covers, so that the chain can be computed again from them alone.

The models say what a row is; the statements of the projections are Core, over the same tables, named at the end.
"""

from typing import cast

from sqlalchemy import CheckConstraint, Index, Integer, PrimaryKeyConstraint, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.enums import AccountStatus, AccountType, Role, TransactionType, UserStatus
from shared.events import feeds
from shared.privacy.erased_people import erased_people_table
from shared.storage.database import IdText, service_models, short_text

db = service_models()
metadata = db.metadata

_STRICT = {"sqlite_strict": True}
_BY_KEY = {"sqlite_strict": True, "sqlite_with_rowid": False}

feed_positions = feeds.positions_table(metadata)
feed_heads = feeds.heads_table(metadata)
erased_people = erased_people_table(metadata)


class ProjectionState(db.Model):
    """Of which zone the days are, and how far ahead of real time the bank clock is known to be; one row."""

    __tablename__ = "projection_state"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), _STRICT)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    time_zone: Mapped[str] = mapped_column(short_text(64))
    clock_ahead_us: Mapped[int]


class ClockStep(db.Model):
    """From which instant of real time the bank clock has been ahead by how much; a step is an hour at least."""

    __tablename__ = "clock_steps"
    __table_args__ = _STRICT

    booked_at: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    clock_ahead_us: Mapped[int]


class Entry(db.Model):
    """An entry of the journal. `from_account_id` and `to_account_id` are customers' accounts, None for the bank's."""

    __tablename__ = "entries"
    __table_args__ = (Index("entries_by_time", "effective_at", "position"), _STRICT)

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(IdText)
    type: Mapped[TransactionType] = mapped_column(short_text(20))
    currency: Mapped[str] = mapped_column(short_text(3))
    amount_minor: Mapped[int]
    from_account_id: Mapped[str | None] = mapped_column(IdText)
    to_account_id: Mapped[str | None] = mapped_column(IdText)
    description: Mapped[str] = mapped_column(short_text(500))
    category: Mapped[str | None] = mapped_column(short_text(50))
    initiator_id: Mapped[str] = mapped_column(short_text(50))
    initiator_kind: Mapped[str | None] = mapped_column(short_text(10))
    initiator_role: Mapped[str | None] = mapped_column(short_text(20))
    session_id: Mapped[str | None] = mapped_column(IdText)
    channel: Mapped[str | None] = mapped_column(short_text(20))
    request_id: Mapped[str | None] = mapped_column(short_text(100))
    reverses: Mapped[str | None] = mapped_column(IdText)
    effective_at: Mapped[int]
    booked_at: Mapped[int]
    day: Mapped[int] = mapped_column(Integer)
    hash_version: Mapped[int] = mapped_column(Integer)
    hash: Mapped[str] = mapped_column(short_text(64))
    end_to_end_id: Mapped[str | None] = mapped_column(short_text(35))


class Exchange(db.Model):
    """What the entry at `position` took of one currency and gave of another; what takes one back has no rate."""

    __tablename__ = "exchanges"
    __table_args__ = _STRICT

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source_currency: Mapped[str] = mapped_column(short_text(3))
    source_minor: Mapped[int]
    target_currency: Mapped[str] = mapped_column(short_text(3))
    target_minor: Mapped[int]
    rate: Mapped[str | None] = mapped_column(short_text(24))
    reference_rate: Mapped[str | None] = mapped_column(short_text(24))
    margin_bp: Mapped[int | None] = mapped_column(Integer)
    rate_day: Mapped[int | None] = mapped_column(Integer)


class Leg(db.Model):
    """One account's part in the entry at `position`; `balance_after_minor` is None on an account of the bank's."""

    __tablename__ = "legs"
    __table_args__ = (
        PrimaryKeyConstraint("account_id", "effective_at", "position", "leg"),
        Index("legs_by_position", "position"),
        Index("legs_by_amount", "account_id", "amount_minor"),
        _BY_KEY,
    )

    account_id: Mapped[str] = mapped_column(IdText)
    effective_at: Mapped[int]
    position: Mapped[int]
    leg: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(short_text(3))
    amount_minor: Mapped[int]
    balance_after_minor: Mapped[int | None]


class Balance(db.Model):
    """What an account holds; `owner_id` is None for one of the bank's."""

    __tablename__ = "balances"
    __table_args__ = (Index("balances_of_owner", "owner_id"), _STRICT)

    account_id: Mapped[str] = mapped_column(IdText, primary_key=True)
    owner_id: Mapped[str | None] = mapped_column(IdText)
    currency: Mapped[str] = mapped_column(short_text(3))
    balance_minor: Mapped[int]


class Volume(db.Model):
    """How many entries of a type there were on a day, and of how much."""

    __tablename__ = "volumes"
    __table_args__ = (PrimaryKeyConstraint("day", "currency", "type"), _BY_KEY)

    day: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(short_text(3))
    type: Mapped[TransactionType] = mapped_column(short_text(20))
    entries: Mapped[int]
    amount_minor: Mapped[int]


class Turnover(db.Model):
    """What moved on a customer's account on a day; `category` is '' where an entry has none.

    `own_*` is the part that came from or went to another account of the same person.
    """

    __tablename__ = "turnover"
    __table_args__ = (PrimaryKeyConstraint("account_id", "day", "type", "category"), _BY_KEY)

    account_id: Mapped[str] = mapped_column(IdText)
    day: Mapped[int] = mapped_column(Integer)
    type: Mapped[TransactionType] = mapped_column(short_text(20))
    category: Mapped[str] = mapped_column(short_text(50))
    currency: Mapped[str] = mapped_column(short_text(3))
    income_minor: Mapped[int]
    expense_minor: Mapped[int]
    movements: Mapped[int]
    own_income_minor: Mapped[int]
    own_expense_minor: Mapped[int]
    own_arrivals: Mapped[int]
    arrivals: Mapped[int]


class KnownAccount(db.Model):
    """An account, as the account service's events tell of it."""

    __tablename__ = "accounts"
    __table_args__ = _STRICT

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    user_id: Mapped[str] = mapped_column(IdText)
    holder_name: Mapped[str] = mapped_column(short_text(100))
    account_number: Mapped[str] = mapped_column(short_text(34))
    account_type: Mapped[AccountType] = mapped_column(short_text(16))
    currency: Mapped[str] = mapped_column(short_text(3))
    nickname: Mapped[str | None] = mapped_column(short_text(60))
    status: Mapped[AccountStatus] = mapped_column(short_text(16))
    synthetic: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[int]
    closed_at: Mapped[int | None]


class KnownUser(db.Model):
    """A user, as auth's events tell of them."""

    __tablename__ = "users"
    __table_args__ = _STRICT

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    username: Mapped[str] = mapped_column(short_text(64))
    full_name: Mapped[str] = mapped_column(short_text(100))
    email: Mapped[str] = mapped_column(short_text(254))
    role: Mapped[Role] = mapped_column(short_text(16))
    status: Mapped[UserStatus] = mapped_column(short_text(16))
    synthetic: Mapped[int] = mapped_column(Integer)
    registered_at: Mapped[int]


class StoredReport(db.Model):
    """A report that was made and kept for whoever asked; `parameters` and `content` are JSON text."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("owner_id", "content_hash"),
        Index("reports_of_owner", "owner_id", "created_at", "id"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    owner_id: Mapped[str] = mapped_column(IdText)
    type: Mapped[str] = mapped_column(short_text(20))
    title: Mapped[str] = mapped_column(short_text(200))
    parameters: Mapped[str]
    content: Mapped[str]
    content_hash: Mapped[str] = mapped_column(short_text(64))
    as_of_position: Mapped[int]
    created_at: Mapped[int]


class CustomReport(db.Model):
    """A report that somebody has built; `definition` is JSON text (reporting_service/custom/payloads.py).

    `due_at` is when the month or week ends, in the bank's time, that is reported next by the schedule. What could not
    be counted is tried again at `retry_at`, which is real time; `attempts` is how often it was tried in vain.
    """

    __tablename__ = "custom_reports"
    __table_args__ = (
        Index("custom_reports_of_owner", "owner_id", "created_at", "id"),
        Index("custom_reports_due", "due_at"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    owner_id: Mapped[str] = mapped_column(IdText)
    name: Mapped[str] = mapped_column(short_text(100))
    scope: Mapped[str] = mapped_column(short_text(8))
    schedule: Mapped[str | None] = mapped_column(short_text(8))
    definition: Mapped[str]
    due_at: Mapped[int | None]
    created_at: Mapped[int]
    updated_at: Mapped[int]
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    retry_at: Mapped[int | None]


class CustomReportRun(db.Model):
    """What a custom report said once; `content` is JSON text, without which it failed as `error_code` says.

    `period` is the month or week that a run by the schedule is of: each is there once.
    """

    __tablename__ = "custom_report_runs"
    __table_args__ = (
        UniqueConstraint("report_id", "period"),
        Index("custom_report_runs_of_report", "report_id", "created_at", "id"),
        CheckConstraint("(content IS NULL) = (error_code IS NOT NULL)", name="failed_without_content"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    report_id: Mapped[str] = mapped_column(IdText)
    owner_id: Mapped[str] = mapped_column(IdText)
    scope: Mapped[str] = mapped_column(short_text(8))
    name: Mapped[str] = mapped_column(short_text(100))
    period: Mapped[str | None] = mapped_column(short_text(8))
    skipped_periods: Mapped[int] = mapped_column(Integer)
    from_day: Mapped[int | None] = mapped_column(Integer)
    to_day: Mapped[int | None] = mapped_column(Integer)
    movements: Mapped[int]
    content: Mapped[str | None]
    error_code: Mapped[str | None] = mapped_column(short_text(50))
    as_of_position: Mapped[int]
    created_at: Mapped[int]


class FeedEvent(db.Model):
    """What we tell other services; `data` is JSON text. `position` is its place in the feed."""

    __tablename__ = "events"
    __table_args__ = _STRICT

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(IdText)
    type: Mapped[str] = mapped_column(short_text(40))
    occurred_at: Mapped[int]
    data: Mapped[str]


class StatementsTold(db.Model):
    """Which month's statements are told next, by its first day, and after which account; one row, once there is one."""

    __tablename__ = "statements_told"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), _STRICT)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    month_from: Mapped[int] = mapped_column(Integer)
    after_account_id: Mapped[str] = mapped_column(IdText)


class ProofRun(db.Model):
    """A proof that somebody asked for; `result` is JSON text, there once it has succeeded."""

    __tablename__ = "proofs"
    __table_args__ = (
        CheckConstraint("(status = 'running') = (finished_at IS NULL)", name="finished_when_not_running"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    status: Mapped[str] = mapped_column(short_text(16))
    started_by: Mapped[str] = mapped_column(IdText)
    started_at: Mapped[int]
    finished_at: Mapped[int | None]
    result: Mapped[str | None]
    error: Mapped[str | None] = mapped_column(short_text(500))


class AuditedAct(db.Model):
    """A record of the audit trail (docs/adr/0029); the database refuses to change it. `facts_*` are JSON text.

    `occurred_at` is real time, `bank_time` the bank's then. `source_position` is its place among those of its service.
    """

    __tablename__ = "audit_trail"
    __table_args__ = (
        Index("audit_trail_of_actor", "actor_id", "position"),
        Index("audit_trail_of_subject", "subject_id", "position"),
        Index("audit_trail_of_owner", "owner_id", "position"),
        Index("audit_trail_of_action", "action", "position"),
        {"sqlite_strict": True},
    )

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(IdText, unique=True)
    service: Mapped[str] = mapped_column(short_text(40))
    source_position: Mapped[int | None]
    action: Mapped[str] = mapped_column(short_text(40))
    occurred_at: Mapped[int]
    bank_time: Mapped[int]
    actor_id: Mapped[str | None] = mapped_column(short_text(64))
    actor_name: Mapped[str | None] = mapped_column(short_text(200))
    actor_role: Mapped[str | None] = mapped_column(short_text(20))
    session_id: Mapped[str | None] = mapped_column(IdText)
    channel: Mapped[str | None] = mapped_column(short_text(20))
    address: Mapped[str | None] = mapped_column(short_text(45))
    client: Mapped[str | None] = mapped_column(short_text(60))
    request_id: Mapped[str | None] = mapped_column(short_text(100))
    subject_kind: Mapped[str] = mapped_column(short_text(20))
    subject_id: Mapped[str | None] = mapped_column(short_text(64))
    owner_id: Mapped[str | None] = mapped_column(IdText)
    result: Mapped[str] = mapped_column(short_text(10))
    error_code: Mapped[str | None] = mapped_column(short_text(50))
    reason: Mapped[str | None]
    facts_before: Mapped[str | None]
    facts_after: Mapped[str | None]
    key_id: Mapped[str] = mapped_column(short_text(16))
    seal: Mapped[str] = mapped_column(short_text(64))


class AuditBeginning(db.Model):
    """Where the audit trail begins, once older records were removed; `proof`: the bank did it. One row at most.

    `position` and `seal` are those of the last that was removed, all of them older than `removed_before`.
    """

    __tablename__ = "audit_beginning"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), _STRICT)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int]
    seal: Mapped[str] = mapped_column(short_text(64))
    removed_before: Mapped[int]
    key_id: Mapped[str] = mapped_column(short_text(16))
    proof: Mapped[str] = mapped_column(short_text(64))


projection_state = cast("Table", ProjectionState.__table__)
clock_steps = cast("Table", ClockStep.__table__)
entries = cast("Table", Entry.__table__)
exchanges = cast("Table", Exchange.__table__)
legs = cast("Table", Leg.__table__)
balances = cast("Table", Balance.__table__)
volumes = cast("Table", Volume.__table__)
turnover = cast("Table", Turnover.__table__)
accounts = cast("Table", KnownAccount.__table__)
users = cast("Table", KnownUser.__table__)
audit_trail = cast("Table", AuditedAct.__table__)
audit_beginning = cast("Table", AuditBeginning.__table__)
reports = cast("Table", StoredReport.__table__)
events = cast("Table", FeedEvent.__table__)
statements_told = cast("Table", StatementsTold.__table__)
custom_reports = cast("Table", CustomReport.__table__)
custom_report_runs = cast("Table", CustomReportRun.__table__)
