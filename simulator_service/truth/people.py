"""Finding people by persona: the facts of everybody, from the plan and from the bank as it is now."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sandbank import Client
from shared.storage.database import Database
from simulator_service import repository
from simulator_service.log_ins import password_of
from simulator_service.people.population import Person
from simulator_service.posting.bank_ids import Became, unpacked
from simulator_service.repository import CREDIT_CARD, SAVINGS
from simulator_service.truth.personas import DAYS_COUNTED, Facts, Persona
from simulator_service.truth.twin import DAY_US
from simulator_service.truth.worlds import LivedWorld, lived_worlds, persona_of

Row = dict[str, Any]


class Found(NamedTuple):
    """A person who fits, whose they are, and the account they bank with."""

    world: LivedWorld
    person: Person
    facts: Facts
    account: Row


def find(database: Database, bank: Client, persona: Persona, world_id: str | None = None) -> Iterator[Found]:
    """Who fits, world by world, in the order of their plans. Raises Refused without a world, BankError without a
    bank.
    """
    worlds = lived_worlds(database, world_id)
    customer_ids = {one.user_id for world in worlds for one in world.residents.values()}
    accounts = _accounts_by_owner(bank, customer_ids)
    for world in worlds:
        refusals, strained = _refusals(database, world), world.strained()
        for person in world.planner.population.people:
            resident = world.residents.get(person.party.id)
            theirs = accounts.get("" if resident is None else resident.user_id, [])
            own = next((one for one in theirs if resident is not None and one["id"] == resident.account_id), None)
            if own is None or own["status"] == "closed":
                continue
            facts = _facts(person, own, theirs, world)._replace(
                refusals=refusals[person.party.id], is_strained=person.party.id in strained
            )
            if persona.fits(facts):
                yield Found(world, person, facts, own)


def shown(found: Found, persona: Persona, secret: str) -> Row:
    """Somebody who fits, with what somebody else needs to log in as them."""
    resident, currency = found.world.residents[found.person.party.id], found.world.stored.currency
    why = persona.why(found.facts, currency)
    return {
        "name": found.account["holder_name"],
        "username": resident.username,
        "password": password_of(found.world.stored, secret),
        "user_id": resident.user_id,
        "account_id": found.account["id"],
        "account_number": found.account["account_number"],
        "balance": found.account["balance"],
        "currency": currency,
        "profile": persona_of(found.person),
        "refusals": found.facts.refusals,
        "world_id": found.world.stored.id,
        "why": why[0].upper() + why[1:],
    }


def _accounts_by_owner(bank: Client, customer_ids: set[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for account in bank.iterate("/api/accounts/all"):
        if account["user_id"] in customer_ids:
            found.setdefault(account["user_id"], []).append(account)
    return found


def _facts(person: Person, own: Row, theirs: Iterable[Row], world: LivedWorld) -> Facts:
    """What the plan and the accounts say; refusals and strain come beside it."""
    by_type = {account["account_type"]: _minor(account) for account in theirs if account["id"] != own["id"]}
    saves = world.holdings.get((person.party.id, SAVINGS)) is not None
    owes = world.holdings.get((person.party.id, CREDIT_CARD)) is not None
    return Facts(
        profile=persona_of(person),
        balance_minor=_minor(own),
        savings_minor=by_type.get("savings", 0) if saves else None,
        owed_minor=max(0, -by_type.get("credit", 0)) if owes else None,
        wage_minor=person.wage_minor,
        spending_minor=person.spending_minor,
        saving_minor=person.habits.savings_minor,
    )


def _refusals(database: Database, world: LivedWorld) -> Counter[str]:
    """How often each person was refused in the last days that the world has lived, by party."""
    counts: Counter[str] = Counter()
    read_until_us = (world.stored.lived_until_us or 0) - DAYS_COUNTED * DAY_US
    while True:
        with database.read_session() as session:
            step = repository.posted_step_after(session, world.stored.id, read_until_us)
        if step is None:
            return counts
        read_until_us = step.until_us
        refused = (Became.REFUSED, Became.DECLINED)
        counts.update(one.event_id.partition(".")[0] for one in unpacked(step.bank_ids) if one.became in refused)


def _minor(account: Row) -> int:
    """Of text with all of its currency's digits, as the bank writes it."""
    return int(account["balance"].replace(".", ""))
