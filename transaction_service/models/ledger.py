"""The ledger's tables. Entries and postings are append-only: the database itself refuses to change them.

An entry is its place in the journal: `position` is its key, and the hash that seals it stands in it. Inside, rows point
at one another by whole numbers (`_key`, `position`); what is known outside by a UUID has it beside its key.

A customer's balance is a cache of their postings. Bank-owned accounts (`owner_id` is null) keep no balance: it is
derived from the postings, so that they are never a row every payment has to lock.

The models say what a row is; the statements of the ledger are Core, over the same tables, named at the end.
"""

from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shared.events import feeds
from shared.storage.compact_columns import CompactId, Digest
from shared.storage.database import IdText, LongText, short_text
from transaction_service.models.base import db, metadata

_CURRENCY, _DESCRIPTION, _CATEGORY, _END_TO_END_ID = short_text(3), short_text(500), short_text(50), short_text(35)


class LedgerAccount(db.Model):
    """An account as the ledger knows it: whose it is, what it may do, and a customer's balance.

    `floor_passed_at` says why an account may be below its floor: the position of the forced entry that took it there,
    or of the journal's head when its terms were lowered. Null while it is not below. `notice_days`: so long beforehand
    its holder says what is to leave it, by its rate plan.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'frozen', 'closed')", name="status_known"),
        CheckConstraint("(owner_id IS NULL) = (balance_minor IS NULL)", name="bank_balances_are_derived"),
        CheckConstraint("held_minor >= 0", name="held_not_negative"),
        CheckConstraint("floor_minor <= 0", name="floor_not_positive"),
        CheckConstraint("status <> 'closed' OR balance_minor = 0", name="closed_is_empty"),
        {"sqlite_strict": True},
    )

    key: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(CompactId, unique=True)
    owner_id: Mapped[str | None] = mapped_column(CompactId, index=True)
    holder_name: Mapped[str] = mapped_column(short_text(200))
    account_number: Mapped[str | None] = mapped_column(short_text(34), unique=True)
    account_type: Mapped[str] = mapped_column(short_text(20))
    currency: Mapped[str] = mapped_column(_CURRENCY)
    status: Mapped[str] = mapped_column(short_text(10))
    status_reason: Mapped[str | None] = mapped_column(_DESCRIPTION)
    synthetic: Mapped[int] = mapped_column(Integer)
    balance_minor: Mapped[int | None]
    held_minor: Mapped[int]
    floor_minor: Mapped[int]
    floor_passed_at: Mapped[int | None]
    movement_limit_minor: Mapped[int]
    daily_limit_minor: Mapped[int]
    terms_version: Mapped[int] = mapped_column(server_default="0")
    opened_at: Mapped[int]
    notice_days: Mapped[int] = mapped_column(Integer, server_default="0")


class FormerName(db.Model):
    """What an account's holder was called up to a position of the journal: replies given before say it so again."""

    __tablename__ = "former_names"
    __table_args__ = (
        PrimaryKeyConstraint("account_key", "until_position"),
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    )

    account_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"))
    until_position: Mapped[int]
    holder_name: Mapped[str] = mapped_column(short_text(200))


class EntryInitiator(db.Model):
    """Who did it, and by which way: one row for all that somebody does in one session. `digest` is of all the rest.

    Of entries from before it was kept only the user is known, and of some of them the kind and the name.
    """

    __tablename__ = "initiators"
    __table_args__ = ({"sqlite_strict": True},)

    key: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(Digest, unique=True)
    user_id: Mapped[str] = mapped_column(CompactId)
    kind: Mapped[str | None] = mapped_column(short_text(10))
    name: Mapped[str | None] = mapped_column(short_text(200))
    role: Mapped[str | None] = mapped_column(short_text(20))
    session_id: Mapped[str | None] = mapped_column(CompactId)
    channel: Mapped[str | None] = mapped_column(short_text(20))


class JournalEntry(db.Model):
    """One movement of money at its place in the journal, sealed by `hash` with every entry before it.

    `payer_key` and `payee_key` are the customers' accounts among its postings: the one that money leaves, the one that
    it reaches. `hash_version` is the rule that the hash was made by (ledger/chain.py).
    """

    __tablename__ = "entries"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(CompactId, unique=True)
    type: Mapped[str] = mapped_column(short_text(20))
    currency: Mapped[str] = mapped_column(_CURRENCY)
    amount_minor: Mapped[int]
    payer_key: Mapped[int | None] = mapped_column(ForeignKey("accounts.key"))
    payee_key: Mapped[int | None] = mapped_column(ForeignKey("accounts.key"))
    description: Mapped[str] = mapped_column(_DESCRIPTION)
    category: Mapped[str | None] = mapped_column(_CATEGORY)
    reverses: Mapped[int | None] = mapped_column(ForeignKey("entries.position"))
    effective_at: Mapped[int]
    booked_at: Mapped[int]
    initiator_key: Mapped[int] = mapped_column(ForeignKey("initiators.key"))
    request_id: Mapped[str | None] = mapped_column(CompactId)
    hash_version: Mapped[int] = mapped_column(Integer)
    hash: Mapped[str] = mapped_column(Digest)
    end_to_end_id: Mapped[str | None] = mapped_column(_END_TO_END_ID)

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        Index("entries_by_time", "effective_at", "position"),
        Index(
            "entries_reversing",
            "reverses",
            sqlite_where=reverses.is_not(None),
            postgresql_where=reverses.is_not(None),
        ),
        {"sqlite_strict": True},
    )


class LedgerPosting(db.Model):
    """One leg of an entry. An entry has two or more, which sum to zero in each currency."""

    __tablename__ = "postings"
    __table_args__ = (
        PrimaryKeyConstraint("position", "leg"),
        CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
        Index("postings_of_account", "account_key", "effective_at", "position"),
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    )

    position: Mapped[int] = mapped_column(ForeignKey("entries.position"))
    leg: Mapped[int] = mapped_column(Integer)
    account_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"))
    currency: Mapped[str] = mapped_column(_CURRENCY)
    amount_minor: Mapped[int]
    balance_after_minor: Mapped[int | None]
    effective_at: Mapped[int]


class LedgerHold(db.Model):
    """Money that is promised and not yet moved. An account's `held_minor` is what remains of its pending holds."""

    __tablename__ = "holds"

    key: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(CompactId, unique=True)
    account_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"))
    authorization_id: Mapped[str | None] = mapped_column(CompactId)
    currency: Mapped[str] = mapped_column(_CURRENCY)
    amount_minor: Mapped[int]
    captured_minor: Mapped[int]
    remaining_minor: Mapped[int]
    status: Mapped[str] = mapped_column(short_text(10))
    description: Mapped[str] = mapped_column(_DESCRIPTION)
    initiator_key: Mapped[int] = mapped_column(ForeignKey("initiators.key"))
    request_id: Mapped[str | None] = mapped_column(CompactId)
    expires_at: Mapped[int]
    created_at: Mapped[int]
    ended_at: Mapped[int | None] = mapped_column()

    __table_args__ = (
        CheckConstraint("status IN ('pending', 'captured', 'voided', 'expired')", name="hold_status_known"),
        CheckConstraint("amount_minor > 0 AND captured_minor >= 0 AND remaining_minor >= 0", name="hold_amounts"),
        CheckConstraint("status = 'pending' OR remaining_minor = 0", name="ended_hold_holds_nothing"),
        CheckConstraint("(status = 'pending') = (ended_at IS NULL)", name="hold_ends_once"),
        Index("holds_of_account_by_time", "account_key", "created_at", "id"),
        Index("holds_by_time", "created_at", "id"),
        {"sqlite_strict": True},
    )


class HoldCapture(db.Model):
    """An entry that took money which a hold had promised."""

    __tablename__ = "hold_captures"
    __table_args__ = ({"sqlite_strict": True},)

    position: Mapped[int] = mapped_column(ForeignKey("entries.position"), primary_key=True, autoincrement=False)
    hold_key: Mapped[int] = mapped_column(ForeignKey("holds.key"), index=True)


class FloorPassing(db.Model):
    """An entry that left an account below its floor, as it was due whatever was there: how far below, then."""

    __tablename__ = "floor_passings"
    __table_args__ = (CheckConstraint("below_minor > 0", name="below_its_floor"), {"sqlite_strict": True})

    position: Mapped[int] = mapped_column(ForeignKey("entries.position"), primary_key=True, autoincrement=False)
    account_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"), primary_key=True, autoincrement=False)
    below_minor: Mapped[int]


class DueWork(db.Model):
    """What the bank does when its clock reaches `due_at` (LEDGER rule 21). The row goes in the commit that does it.

    `subject_id` is the id of what it is about: of a hold that expires. The clock does not pass a row that is due; one
    that failed again and again is set aside at `stopped_at`, so that the rest goes on, until somebody has it tried
    again.
    """

    __tablename__ = "due_work"

    key: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(short_text(20))
    subject_id: Mapped[str] = mapped_column(CompactId)
    due_at: Mapped[int]
    attempts: Mapped[int] = mapped_column(Integer)
    stopped_at: Mapped[int | None] = mapped_column()
    stopped_because: Mapped[str | None] = mapped_column(_DESCRIPTION)

    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        CheckConstraint("(stopped_at IS NULL) = (stopped_because IS NULL)", name="stopped_for_a_reason"),
        Index(
            "due_work_by_time",
            "due_at",
            "key",
            sqlite_where=stopped_at.is_(None),
            postgresql_where=stopped_at.is_(None),
        ),
        Index(
            "due_work_set_aside",
            "stopped_at",
            sqlite_where=stopped_at.is_not(None),
            postgresql_where=stopped_at.is_not(None),
        ),
        {"sqlite_strict": True},
    )


class PublishedEvent(db.Model):
    """A row of the events feed, which tells what the journal does not; `data` is JSON text."""

    __tablename__ = "events"
    __table_args__ = ({"sqlite_strict": True},)

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(IdText)
    type: Mapped[str] = mapped_column(short_text(32))
    occurred_at: Mapped[int]
    data: Mapped[str]


class LedgerState(db.Model):
    """The one row of state: the head of the chain, the bank clock, the zone that days are counted in, and what the key
    is known again by that card numbers are digested with.

    The requests of what the bank posts itself name work that fell due only of what is booked at `due_work_named_since`
    or later.
    """

    __tablename__ = "ledger_state"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    head_position: Mapped[int]
    head_hash: Mapped[str] = mapped_column(Digest)
    head_booked_at: Mapped[int]
    clock_offset_us: Mapped[int]
    clock_stands_at: Mapped[int | None]
    time_zone: Mapped[str | None] = mapped_column(short_text(64))
    card_key_digest: Mapped[str | None] = mapped_column(Digest)
    due_work_named_since: Mapped[int] = mapped_column(server_default="0")


class DailyOutgoing(db.Model):
    """What has left an account on a day of the bank, for its limit."""

    __tablename__ = "daily_outgoings"
    __table_args__ = (
        PrimaryKeyConstraint("account_key", "day"),
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    )

    account_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"))
    day: Mapped[int] = mapped_column(Integer)
    amount_minor: Mapped[int]


class IdempotencyKey(db.Model):
    """A used key and what came of it. `name` is the digest of user, operation and key; `number` is in order of time.

    A success points at its entry, from which the reply is rendered again in the same `reply_form` (ledger/replays.py);
    without a foreign key, as the key is the first write of its transaction and the entry follows in the same commit.
    A refusal points at the attempt, where there is a row of it. The text of a reply is kept only where it cannot be
    rendered again: of refusals, and of keys from before replies had forms.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        CheckConstraint("(reply IS NULL) = (status IS NULL)", name="kept_replies_have_a_status"),
        CheckConstraint("(reply IS NULL) = (reply_form IS NOT NULL)", name="rendered_or_kept"),
        CheckConstraint("reply IS NOT NULL OR position IS NOT NULL", name="rendered_from_an_entry"),
        {"sqlite_strict": True},
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Digest, unique=True)
    request_hash: Mapped[str] = mapped_column(Digest)
    position: Mapped[int | None]
    refusal_id: Mapped[str | None] = mapped_column(CompactId)
    reply_form: Mapped[int | None] = mapped_column(Integer)
    status: Mapped[int | None] = mapped_column(Integer)
    reply: Mapped[str | None] = mapped_column(LongText)
    claimed_at: Mapped[int]


class RefusedAttempt(db.Model):
    """An order that was refused, kept for the account's owner (`owner_id`) and for staff. `details` is JSON text."""

    __tablename__ = "refused_attempts"
    __table_args__ = (
        Index("refused_attempts_of_owner", "owner_id", "effective_at", "id"),
        Index("refused_attempts_by_time", "effective_at", "id"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(CompactId, primary_key=True)
    initiator_key: Mapped[int] = mapped_column(ForeignKey("initiators.key"))
    request_id: Mapped[str | None] = mapped_column(CompactId)
    owner_id: Mapped[str | None] = mapped_column(CompactId)
    type: Mapped[str] = mapped_column(short_text(20))
    currency: Mapped[str] = mapped_column(_CURRENCY)
    amount_minor: Mapped[int]
    account_key: Mapped[int | None] = mapped_column(ForeignKey("accounts.key"))
    payer_key: Mapped[int | None] = mapped_column(ForeignKey("accounts.key"))
    payee_key: Mapped[int | None] = mapped_column(ForeignKey("accounts.key"))
    description: Mapped[str] = mapped_column(_DESCRIPTION)
    category: Mapped[str | None] = mapped_column(_CATEGORY)
    error_code: Mapped[str] = mapped_column(short_text(50))
    details: Mapped[str | None] = mapped_column(LongText)
    effective_at: Mapped[int]
    booked_at: Mapped[int]
    end_to_end_id: Mapped[str | None] = mapped_column(_END_TO_END_ID)


accounts = cast("Table", LedgerAccount.__table__)
former_names = cast("Table", FormerName.__table__)
initiators = cast("Table", EntryInitiator.__table__)
entries = cast("Table", JournalEntry.__table__)
postings = cast("Table", LedgerPosting.__table__)
holds = cast("Table", LedgerHold.__table__)
hold_captures = cast("Table", HoldCapture.__table__)
floor_passings = cast("Table", FloorPassing.__table__)
due_work = cast("Table", DueWork.__table__)
events = cast("Table", PublishedEvent.__table__)
feed_heads = feeds.heads_table(metadata)
ledger_state = cast("Table", LedgerState.__table__)
daily_outgoings = cast("Table", DailyOutgoing.__table__)
idempotency_keys = cast("Table", IdempotencyKey.__table__)
refused_attempts = cast("Table", RefusedAttempt.__table__)
