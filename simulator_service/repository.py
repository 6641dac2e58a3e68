"""The only SQL of the simulator. Every function works inside the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, func, select

from shared import row_seals
from shared.database import as_dicts
from shared.pagination import ListQuery, fetch_page, in_id_range
from simulator_service import models

worlds, parties = models.World.__table__, models.Party.__table__
jobs, resets = models.Job.__table__, models.Reset.__table__

WHOLE_PPM = 1_000_000
"""A finished job's progress, in millionths."""


@dataclass(frozen=True, slots=True)
class StoredWorld:
    """A row of `worlds`. `log_in_salt` is what its people's password is derived with (simulator_service/log_ins.py).

    `start_us` and `lived_until_us` are None until its first job has asked the bank the time."""

    id: str
    number: int
    seed: int
    customers: int
    preset: str
    currency: str
    log_in_salt: str | None
    status: str
    start_us: int | None
    lived_until_us: int | None
    posted: int
    refused: int
    plan_sha256: str
    live_speed: int | None
    created_at: int


@dataclass(frozen=True, slots=True)
class Job:
    """A row of `jobs`. `from_us` and `until_us` are the bank time it moves its world over, fixed when it begins."""

    id: str
    kind: str
    world_id: str
    span_us: int
    start_us: int | None
    from_us: int | None
    until_us: int | None
    status: str
    stage: str
    progress_ppm: int
    posted: int
    refused: int
    busy_us: int
    error: str | None
    created_at: int
    finished_at: int | None


@dataclass(frozen=True, slots=True)
class Resident:
    """A party of a world as the bank knows it; no account yet while its opening is under way."""

    party_id: str
    user_id: str
    username: str
    account_id: str | None


@dataclass(frozen=True, slots=True)
class ResetState:
    """How far a reset has come, and the services that were away when it began and have no part in it."""

    stage: str
    left_out: tuple[str, ...] = ()


def _values(row: object) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(row)}  # type: ignore[arg-type]


def add_world(connection: Connection, world: StoredWorld) -> None:
    """Store a new world."""
    row_seals.insert_rows(connection, worlds, [_values(world)])


def next_world_number(connection: Connection) -> int:
    """1 for the first world of a bank."""
    return int(connection.execute(select(func.coalesce(func.max(worlds.c.number), 0))).scalar_one()) + 1


def world(connection: Connection, world_id: str) -> StoredWorld | None:
    """The world with this id."""
    row = connection.execute(select(worlds).where(worlds.c.id == world_id)).one_or_none()
    return StoredWorld(**row._mapping) if row else None


def worlds_of_bank(connection: Connection) -> list[StoredWorld]:
    """The worlds that did not fail, the newest first."""
    query = select(worlds).where(worlds.c.status != "failed").order_by(worlds.c.number.desc())
    return [StoredWorld(**row._mapping) for row in connection.execute(query)]


def living_worlds(connection: Connection) -> list[StoredWorld]:
    """The worlds that have been made, in the order in which they were."""
    query = select(worlds).where(worlds.c.status == "alive").order_by(worlds.c.number)
    return [StoredWorld(**row._mapping) for row in connection.execute(query)]


def live_speed(connection: Connection) -> int | None:
    """How many bank-seconds a second all worlds live by themselves; None while live mode is off."""
    query = select(func.max(worlds.c.live_speed)).where(worlds.c.status != "failed")
    speed: int | None = connection.execute(query).scalar_one()
    return speed


def set_live_speed(connection: Connection, speed: int | None) -> None:
    """Set live mode, of every world there is."""
    row_seals.update_rows(connection, worlds, worlds.c.status != "failed", lambda _: {"live_speed": speed})


def change_world(connection: Connection, world_id: str, **changes: object) -> None:
    """Set these columns of a world."""
    row_seals.update_rows(connection, worlds, worlds.c.id == world_id, lambda _: changes)


def add_residents(connection: Connection, world_id: str, residents: Sequence[Resident]) -> None:
    """Store users that were just made, before they have accounts."""
    rows = [{"world_id": world_id, **_values(resident)} for resident in residents]
    row_seals.insert_rows(connection, parties, rows)


def residents(connection: Connection, world_id: str) -> list[Resident]:
    """Everyone who has a user in this world."""
    columns = (parties.c.party_id, parties.c.user_id, parties.c.username, parties.c.account_id)
    rows = connection.execute(select(*columns).where(parties.c.world_id == world_id))
    return [Resident(*row) for row in rows]


def residents_by_user(connection: Connection, *, after: str, until: str | None, limit: int) -> list[dict[str, Any]]:
    """Residents of all worlds whose user ids are after one and up to another."""
    query = in_id_range(select(parties), parties.c.user_id, after=after, until=until, limit=limit)
    return as_dicts(connection.execute(query))


def usernames_of(connection: Connection, world_id: str, party_ids: Sequence[str]) -> list[str]:
    """The user names of these parties, in the order given; parties who have none yet are left out."""
    query = select(parties.c.party_id, parties.c.username).where(
        (parties.c.world_id == world_id) & parties.c.party_id.in_(party_ids)
    )
    found = {row.party_id: row.username for row in connection.execute(query)}
    return [found[party_id] for party_id in party_ids if party_id in found]


def residents_with_accounts(connection: Connection, world_id: str) -> int:
    """How many accounts the world's people and firms have."""
    query = select(func.count(parties.c.account_id)).where(parties.c.world_id == world_id)
    return int(connection.execute(query).scalar_one())


def set_accounts(connection: Connection, world_id: str, accounts: Mapping[str, str]) -> None:
    """Store the accounts that were just opened, by party id."""
    here = (parties.c.world_id == world_id) & parties.c.party_id.in_(accounts)
    row_seals.update_rows(connection, parties, here, lambda row: {"account_id": accounts[row["party_id"]]})


def add_job(connection: Connection, job: Job) -> None:
    """Store a new job."""
    row_seals.insert_rows(connection, jobs, [_values(job)])


def job(connection: Connection, job_id: str) -> Job | None:
    """The job with this id."""
    row = connection.execute(select(jobs).where(jobs.c.id == job_id)).one_or_none()
    return Job(**row._mapping) if row else None


def job_to_run(connection: Connection) -> Job | None:
    """The oldest job that is not finished; one that was running when the process died comes first."""
    unfinished = jobs.c.status.in_(("queued", "running"))
    query = select(jobs).where(unfinished).order_by(jobs.c.created_at, jobs.c.id).limit(1)
    row = connection.execute(query).one_or_none()
    return Job(**row._mapping) if row else None


def newest_jobs(connection: Connection, query: ListQuery) -> tuple[list[Job], str | None]:
    """A page of the jobs, newest first, and the cursor of the next. Raises Refused (422) for a forged cursor."""
    rows, next_cursor = fetch_page(connection, select(jobs), jobs.c.created_at, jobs.c.id, query)
    return [Job(**{field.name: getattr(row, field.name) for field in fields(Job)}) for row in rows], next_cursor


def change_job(connection: Connection, job_id: str, **changes: object) -> None:
    """Set these columns of a job."""
    row_seals.update_rows(connection, jobs, jobs.c.id == job_id, lambda _: changes)


def count_in_job(connection: Connection, job_id: str, counts: Mapping[str, int], *, progress_ppm: int) -> None:
    """Add to a job's counts and set its progress."""

    def counted(job: Mapping[str, Any]) -> dict[str, Any]:
        return {"progress_ppm": progress_ppm} | {name: job[name] + count for name, count in counts.items()}

    row_seals.update_rows(connection, jobs, jobs.c.id == job_id, counted)


def reset_state(connection: Connection) -> ResetState | None:
    """The reset under way."""
    row = connection.execute(select(resets)).one_or_none()
    return ResetState(row.stage, tuple(row.left_out.split())) if row else None


def store_reset_state(connection: Connection, state: ResetState | None) -> None:
    """Remember how far the reset has come; None when it has ended."""
    row_seals.delete_rows(connection, resets)
    if state is not None:
        row = {"id": 1, "stage": state.stage, "left_out": " ".join(state.left_out)}
        row_seals.insert_rows(connection, resets, [row])


def clear(connection: Connection) -> None:
    """Forget every world; for a bank that was reset."""
    for table in (jobs, parties, worlds):
        row_seals.delete_rows(connection, table)
