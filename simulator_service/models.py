"""The simulator's tables: worlds, who lives in them, and the jobs that make and move them.

Instants are microseconds since the epoch, spans microseconds. How far a world has been lived and what came of it change
in one commit, after the bank has answered: a job killed in between posts the same events again under the same keys.
Every row is sealed with the flush that writes it (`shared/storage/row_seals.py`).
"""

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shared.audit import AuditLog
from shared.enums import JobKind, JobStage, JobStatus, WorldStatus
from shared.events import feeds
from shared.storage import row_seals
from shared.storage.database import IdText, LongText, service_models, short_text

db = service_models()
metadata = db.metadata

seals = row_seals.seal_table(metadata)
feed_heads = feeds.heads_table(metadata)
audit_log = AuditLog(metadata, feed_heads)


class StoredWorld(db.Model):
    """A population, its place in time, and what came of it so far.

    `log_in_salt` is what its people's password is derived with (simulator_service/log_ins.py). `start_us` and
    `lived_until_us` are None until its first job has asked the bank the time. `arranged_from_us`: since when the bank
    makes payments that its people have arranged; None while they have arranged none. `advancing_to_us`: how far the
    latest advance takes it. `posting_until_us`: the midnight (UTC) before which steps may have begun to post, whatever
    came of them; written before the first of these posts. None before the first step.
    """

    __tablename__ = "worlds"
    __table_args__ = (
        CheckConstraint("status IN ('making', 'alive', 'failed')", name="worlds_status"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, unique=True)
    seed: Mapped[int]
    customers: Mapped[int] = mapped_column(Integer)
    preset: Mapped[str] = mapped_column(short_text(20))
    currency: Mapped[str] = mapped_column(short_text(3))
    log_in_salt: Mapped[str | None] = mapped_column(short_text(32))
    status: Mapped[WorldStatus] = mapped_column(short_text(10))
    start_us: Mapped[int | None]
    lived_until_us: Mapped[int | None]
    posted: Mapped[int]
    refused: Mapped[int]
    plan_sha256: Mapped[str] = mapped_column(short_text(64))
    live_speed: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[int]
    arranged_from_us: Mapped[int | None]
    advancing_to_us: Mapped[int | None]
    posting_until_us: Mapped[int | None]


class Resident(db.Model):
    """A person or firm of a world as the bank knows it; no account yet while its opening is under way."""

    __tablename__ = "parties"
    __table_args__ = (Index("parties_user", "user_id"), {"sqlite_strict": True})

    world_id: Mapped[str] = mapped_column(IdText, ForeignKey("worlds.id"), primary_key=True)
    party_id: Mapped[str] = mapped_column(short_text(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(IdText)
    username: Mapped[str] = mapped_column(short_text(64))
    account_id: Mapped[str | None] = mapped_column(IdText)


class ErasedPerson(db.Model):
    """Somebody who was erased: nobody lives in a world under their name any more."""

    __tablename__ = "erased_people"
    __table_args__ = ({"sqlite_strict": True},)

    user_id: Mapped[str] = mapped_column(IdText, primary_key=True)
    erased_at: Mapped[int]


class Holding(db.Model):
    """What a person has at the bank beside their account, under its name, and since when: a card, savings, an order.

    `bank_id` is its id there; None where the bank said no.
    """

    __tablename__ = "holdings"
    __table_args__ = ({"sqlite_strict": True},)

    world_id: Mapped[str] = mapped_column(IdText, ForeignKey("worlds.id"), primary_key=True)
    party_id: Mapped[str] = mapped_column(short_text(40), primary_key=True)
    name: Mapped[str] = mapped_column(short_text(40), primary_key=True)
    bank_id: Mapped[str | None] = mapped_column(IdText)
    since_us: Mapped[int]


class PostedStep(db.Model):
    """What the bank calls the events that were posted in a step of a world: `bank_ids` is made by posting/bank_ids.py.

    Written in the commit that stores how far the world has lived; a step in which nothing was posted has none.
    """

    __tablename__ = "posted_steps"
    __table_args__ = ({"sqlite_strict": True},)

    world_id: Mapped[str] = mapped_column(IdText, ForeignKey("worlds.id"), primary_key=True)
    until_us: Mapped[int] = mapped_column(primary_key=True)
    bank_ids: Mapped[str]


class Job(db.Model):
    """Work on a world, or on all of them, and how far it is.

    `from_us` and `until_us` are the bank time it moves its world over, fixed when it begins. `to_us`: until when worlds
    are to live, where that was asked for instead of a span.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("kind IN ('world', 'advance')", name="jobs_kind"),
        CheckConstraint("status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="jobs_status"),
        Index("jobs_newest", "created_at", "id"),
        Index("jobs_waiting", "status", "created_at", "id"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    kind: Mapped[JobKind] = mapped_column(short_text(10))
    world_id: Mapped[str] = mapped_column(IdText, ForeignKey("worlds.id"))
    span_us: Mapped[int]
    start_us: Mapped[int | None]
    from_us: Mapped[int | None]
    until_us: Mapped[int | None]
    status: Mapped[JobStatus] = mapped_column(short_text(10))
    stage: Mapped[JobStage] = mapped_column(short_text(10))
    progress_ppm: Mapped[int] = mapped_column(Integer)
    posted: Mapped[int]
    refused: Mapped[int]
    busy_us: Mapped[int]
    error: Mapped[str | None]
    created_at: Mapped[int]
    finished_at: Mapped[int | None]
    to_us: Mapped[int | None]
    cancel_asked_at: Mapped[int | None]


class StoredScenario(db.Model):
    """A scenario that was injected into a world: what all of its events follow from, and who takes part.

    `number` counts those of its world from 1; `parties` are the ids of the world's parties, a line each.
    """

    __tablename__ = "scenarios"
    __table_args__ = (
        UniqueConstraint("world_id", "number", name="scenarios_number"),
        CheckConstraint("is_benign IN (0, 1)", name="scenarios_benign"),
        Index("scenarios_newest", "created_at", "id"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    world_id: Mapped[str] = mapped_column(IdText, ForeignKey("worlds.id"))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(short_text(40))
    is_benign: Mapped[int] = mapped_column(Integer)
    seed: Mapped[int]
    width: Mapped[int] = mapped_column(Integer)
    begins_us: Mapped[int]
    ends_us: Mapped[int]
    events: Mapped[int] = mapped_column(Integer)
    parties: Mapped[str] = mapped_column(LongText)
    created_at: Mapped[int]


class InjectionKey(db.Model):
    """A used idempotency key: the scenarios that were injected under it, from one number of the world to another.

    `name` is a SHA-256 over who used it and the key, `request_hash` one over what was asked for.
    """

    __tablename__ = "injection_keys"
    __table_args__ = ({"sqlite_strict": True},)

    name: Mapped[str] = mapped_column(short_text(64), primary_key=True)
    request_hash: Mapped[str] = mapped_column(short_text(64))
    world_id: Mapped[str] = mapped_column(IdText, ForeignKey("worlds.id"))
    first_number: Mapped[int] = mapped_column(Integer)
    last_number: Mapped[int] = mapped_column(Integer)


class StoredReset(db.Model):
    """The reset under way, if there is one: how far it is, and which services were away when it began."""

    __tablename__ = "resets"
    __table_args__ = (
        CheckConstraint("id = 1", name="resets_one"),
        CheckConstraint("stage IN ('fencing', 'emptying', 'opening')", name="resets_stage"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    stage: Mapped[str] = mapped_column(short_text(10))
    left_out: Mapped[str] = mapped_column(short_text(200))
