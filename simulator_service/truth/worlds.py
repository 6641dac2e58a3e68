"""The worlds of a bank as an export sees them: who lives in them, and how far they have lived."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.amounts.money import to_text
from shared.refusals import Refused
from shared.storage.database import Database
from simulator_service import repository
from simulator_service.models import Resident, StoredWorld
from simulator_service.people.population import Party, Person
from simulator_service.planning.planner import Planner
from simulator_service.planning.preset_events import PresetEvents
from simulator_service.posting.world_runner import plan_of
from simulator_service.refusals import NO_WORLD
from simulator_service.repository import SAVINGS
from simulator_service.scenarios.story import Story, instance_of, story_of
from simulator_service.truth.twin import Twin


@dataclass(frozen=True, slots=True)
class LivedWorld:
    """A world, its plan, what was injected into it, and who of it is who at the bank.

    `residents` by party, `stories` by the ids of scenarios.
    """

    stored: StoredWorld
    planner: Planner
    residents: dict[str, Resident]
    holdings: dict[tuple[str, str], str | None]
    stories: dict[str, Story]

    def accounts(self) -> dict[str, str]:
        """The accounts that the plan knows, by party: everybody's own, and those for savings."""
        own = {party: one.account_id for party, one in self.residents.items() if one.account_id is not None}
        savings = {f"{party}.{SAVINGS}": bank_id for (party, name), bank_id in self.holdings.items() if name == SAVINGS}
        return own | {party: bank_id for party, bank_id in savings.items() if bank_id is not None}

    def strained(self) -> set[str]:
        """The parties of those who live beyond their means, or have nothing put by."""
        plan = self.planner.plan
        if isinstance(plan, PresetEvents):
            people = plan.plan.people
            return {f"p{number}" for number in people.numbers[people.is_strained].tolist()}
        return {person.party.id for person in plan.population.people if person.habits.treat_minor}

    def twin(self, database: Database) -> Twin:
        """Its twin, at its beginning."""
        return Twin(
            database, self.stored, self.planner, accounts=self.accounts(), holdings=self.holdings, stories=self.stories
        )

    def people(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Who its customers truly are: the id of each at the bank, and a row of the table of people."""
        persons = {person.party.id: person for person in self.planner.population.people}
        strained = self.strained()
        for party in self.planner.population.parties():
            resident = self.residents.get(party.id)
            if resident is not None:
                row = self._person_row(resident.user_id, party, persons.get(party.id))
                known = {"is_strained": party.id in strained} if party.id in persons else {}
                yield resident.user_id, row | known

    def _person_row(self, user_id: str, party: Party, person: Person | None) -> dict[str, Any]:
        row = {"customer_id": user_id, "world_id": self.stored.id, "party_id": party.id, "kind": party.kind}
        if person is None:
            return row
        return row | {
            "persona": persona_of(person),
            "monthly_wage": self._money(person.wage_minor),
            "monthly_rent": self._money(person.rent_minor),
            "monthly_saving": self._money(person.habits.savings_minor),
            "employer": person.employer.id,
            "landlord": person.landlord.id,
            "has_credit_card": person.habits.has_credit_card,
            "lets_collect": person.habits.lets_collect,
        }

    def _money(self, minor: int) -> str:
        return to_text(minor, self.stored.currency)


def lived_worlds(database: Database, world_id: str | None = None) -> list[LivedWorld]:
    """The worlds of the bank that have been made, oldest first, or one of them. Raises Refused without any."""
    with database.read_session() as session:
        stored = [one for one in repository.living_worlds(session) if world_id in (None, one.id)]
        people = {one.id: {found.party_id: found for found in repository.residents(session, one.id)} for one in stored}
        held = {one.id: repository.holdings(session, one.id) for one in stored}
        injected = {one.id: repository.scenarios(session, one.id) for one in stored}
    if not stored:
        raise Refused(NO_WORLD)
    found = []
    for one in stored:
        planner = Planner(plan_of(one))
        holdings = {(holding.party_id, holding.name): holding.bank_id for holding in held[one.id]}
        stories = {scenario.id: story_of(planner, instance_of(scenario)) for scenario in injected[one.id]}
        found.append(LivedWorld(one, planner, people[one.id], holdings, stories))
    return found


def persona_of(person: Person) -> str:
    """How a person spends, in a word."""
    return person.profile.name.lower()
