"""The only SQL of the simulator. Every function works inside the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import func, select

from shared.enums import JobKind, JobStatus, WorldStatus
from shared.http.pagination import ListQuery, fetch_page, in_id_range
from shared.privacy import stand_ins
from shared.storage.database import as_dicts
from shared.storage.row_seals import delete_rows
from simulator_service.models import (
    ErasedPerson,
    Holding,
    InjectionKey,
    Job,
    PostedStep,
    Resident,
    StoredReset,
    StoredScenario,
    StoredWorld,
)

_AT_ONCE = 1000
WHOLE_PPM = 1_000_000
"""A finished job's progress, in millionths."""
SAVINGS = "savings"
CREDIT_CARD = "credit_card"
"""What people's savings accounts and credit cards are called among what they have."""


@dataclass(frozen=True, slots=True)
class ResetState:
    """How far a reset has come, and the services that were away when it began and have no part in it."""

    stage: str
    left_out: tuple[str, ...] = ()


def add_world(session: Session, world: StoredWorld) -> None:
    """Store a new world."""
    session.add(world)
    session.flush()


def next_world_number(session: Session) -> int:
    """1 for the first world of a bank."""
    return (session.scalar(select(func.max(StoredWorld.number))) or 0) + 1


def world(session: Session, world_id: str, *, for_update: bool = False) -> StoredWorld | None:
    """The world with this id."""
    return session.get(StoredWorld, world_id, with_for_update=for_update)


def worlds_of_bank(session: Session, *, for_update: bool = False) -> Sequence[StoredWorld]:
    """The worlds that did not fail, the newest first."""
    query = select(StoredWorld).where(StoredWorld.status != WorldStatus.FAILED).order_by(StoredWorld.number.desc())
    return session.scalars(query.with_for_update() if for_update else query).all()


def living_worlds(session: Session, *, for_update: bool = False) -> Sequence[StoredWorld]:
    """The worlds that have been made, in the order in which they were."""
    query = select(StoredWorld).where(StoredWorld.status == WorldStatus.ALIVE).order_by(StoredWorld.number)
    return session.scalars(query.with_for_update() if for_update else query).all()


def live_speed(session: Session) -> int | None:
    """How many bank-seconds a second all worlds live by themselves; None while live mode is off."""
    return session.scalar(select(func.max(StoredWorld.live_speed)).where(StoredWorld.status != WorldStatus.FAILED))


def add_residents(session: Session, residents: Sequence[Resident]) -> None:
    """Store users that were just made, before they have accounts; of who was erased already, no name."""
    gone = erased_among(session, [one.user_id for one in residents])
    for one in residents:
        if one.user_id in gone:
            one.username = stand_ins.username_of(one.user_id)
    session.add_all(residents)
    session.flush()


def erased_among(session: Session, user_ids: Sequence[str]) -> set[str]:
    """Those of these people who were erased."""
    found: set[str] = set()
    for start in range(0, len(user_ids), _AT_ONCE):
        some = ErasedPerson.user_id.in_(user_ids[start : start + _AT_ONCE])
        found.update(session.scalars(select(ErasedPerson.user_id).where(some)))
    return found


def residents(session: Session, world_id: str) -> Sequence[Resident]:
    """Everyone who has a user in this world."""
    return session.scalars(select(Resident).where(Resident.world_id == world_id)).all()


def residents_by_user(session: Session, *, after: str, until: str | None, limit: int) -> list[dict[str, Any]]:
    """Residents of all worlds whose user ids are after one and up to another."""
    everybody = select(*Resident.__table__.columns)
    query = in_id_range(everybody, Resident.user_id, after=after, until=until, limit=limit)
    return as_dicts(session.execute(query))


def usernames_of(session: Session, world_id: str, party_ids: Sequence[str]) -> list[str]:
    """The user names of these parties, in the order given; parties who have none yet are left out."""
    query = select(Resident.party_id, Resident.username).where(
        Resident.world_id == world_id, Resident.party_id.in_(party_ids)
    )
    found = {row.party_id: row.username for row in session.execute(query)}
    return [found[party_id] for party_id in party_ids if party_id in found]


def residents_with_accounts(session: Session, world_id: str) -> int:
    """How many accounts the world's people and firms have: savings, and those of credit cards, with them."""
    own = session.scalar(select(func.count(Resident.account_id)).where(Resident.world_id == world_id)) or 0
    with_accounts = Holding.name.in_((SAVINGS, CREDIT_CARD))
    others = select(func.count(Holding.bank_id)).where(Holding.world_id == world_id, with_accounts)
    return own + (session.scalar(others) or 0)


def set_accounts(session: Session, world_id: str, accounts: Mapping[str, str]) -> None:
    """Store the accounts that were just opened, by party id."""
    here = select(Resident).where(Resident.world_id == world_id, Resident.party_id.in_(list(accounts)))
    for resident in session.scalars(here.with_for_update()):
        resident.account_id = accounts[resident.party_id]


def holdings(session: Session, world_id: str) -> Sequence[Holding]:
    """What everybody of this world has beside their account."""
    return session.scalars(select(Holding).where(Holding.world_id == world_id)).all()


def add_holdings(session: Session, holdings: Sequence[Holding]) -> None:
    """Store what people have from now on."""
    session.add_all(holdings)
    session.flush()


def add_posted_step(session: Session, step: PostedStep) -> None:
    """Store what the bank calls the events of a step."""
    session.add(step)


def posted_step_after(session: Session, world_id: str, after_us: int) -> PostedStep | None:
    """The world's first step in which something was posted that ends later than this."""
    later = select(PostedStep).where(PostedStep.world_id == world_id, PostedStep.until_us > after_us)
    return session.scalars(later.order_by(PostedStep.until_us).limit(1)).one_or_none()


def add_job(session: Session, job: Job) -> None:
    """Store a new job."""
    session.add(job)
    session.flush()


def job(session: Session, job_id: str, *, for_update: bool = False) -> Job | None:
    """The job with this id."""
    return session.get(Job, job_id, with_for_update=for_update)


def job_that_made(session: Session, world_id: str) -> Job | None:
    """The job by which the world was made."""
    query = select(Job).where(Job.world_id == world_id, Job.kind == JobKind.WORLD)
    return session.scalars(query.order_by(Job.created_at, Job.id).limit(1)).one_or_none()


def job_to_run(session: Session) -> Job | None:
    """The oldest job that is not finished; one that was running when the process died comes first."""
    query = select(Job).where(Job.status.in_((JobStatus.QUEUED, JobStatus.RUNNING)))
    return session.scalars(query.order_by(Job.created_at, Job.id).limit(1)).one_or_none()


def newest_jobs(session: Session, query: ListQuery) -> tuple[list[Job], str | None]:
    """A page of the jobs, newest first, and the cursor of the next. Raises Refused (422) for a forged cursor."""
    rows, next_cursor = fetch_page(session, select(Job), Job.created_at, Job.id, query)
    return [row[0] for row in rows], next_cursor


def scenarios(session: Session, world_id: str, *, ending_from_us: int = 0) -> Sequence[StoredScenario]:
    """What was injected into a world and has not ended before an instant, in the order in which it was injected."""
    query = select(StoredScenario).where(StoredScenario.world_id == world_id, StoredScenario.ends_us >= ending_from_us)
    return session.scalars(query.order_by(StoredScenario.number)).all()


def last_scenario_number(session: Session, world_id: str) -> int:
    """How many scenarios were injected into a world."""
    return session.scalar(select(func.max(StoredScenario.number)).where(StoredScenario.world_id == world_id)) or 0


def last_end_of(session: Session, world_id: str, kind: str) -> int | None:
    """When the last scenario of a kind ends in a world; None without one."""
    ends = select(func.max(StoredScenario.ends_us))
    return session.scalar(ends.where(StoredScenario.world_id == world_id, StoredScenario.kind == kind))


def add_scenarios(session: Session, scenarios: Sequence[StoredScenario], key: InjectionKey | None) -> None:
    """Store what is injected, and under which key."""
    session.add_all([*scenarios, *([] if key is None else [key])])
    session.flush()


def injection_key(session: Session, name: str) -> InjectionKey | None:
    """The used key of this name."""
    return session.get(InjectionKey, name)


def injected_under(session: Session, key: InjectionKey) -> list[StoredScenario]:
    """The scenarios that were injected under a key, in order."""
    numbers = StoredScenario.number.between(key.first_number, key.last_number)
    query = select(StoredScenario).where(StoredScenario.world_id == key.world_id, numbers)
    return list(session.scalars(query.order_by(StoredScenario.number)))


def newest_scenarios(session: Session, query: ListQuery) -> tuple[list[StoredScenario], str | None]:
    """A page of what was injected, newest first, and the cursor of the next. Raises Refused (422) for a forged one."""
    found = select(StoredScenario)
    rows, next_cursor = fetch_page(session, found, StoredScenario.created_at, StoredScenario.id, query)
    return [row[0] for row in rows], next_cursor


def reset_state(session: Session) -> ResetState | None:
    """The reset under way."""
    stored = session.scalars(select(StoredReset)).one_or_none()
    return ResetState(stored.stage, tuple(stored.left_out.split())) if stored else None


def store_reset_state(session: Session, state: ResetState | None) -> None:
    """Remember how far the reset has come; None when it has ended."""
    delete_rows(session, StoredReset)
    if state is not None:
        session.add(StoredReset(id=1, stage=state.stage, left_out=" ".join(state.left_out)))
        session.flush()


def clear(session: Session) -> None:
    """Forget every world; for a bank that was reset."""
    for model in (Job, PostedStep, Holding, Resident, InjectionKey, StoredScenario, StoredWorld, ErasedPerson):
        delete_rows(session, model)
