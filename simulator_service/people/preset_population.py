"""The people and firms of a world with a preset by name, for the bank: what the columns of preset_people.py say of
each."""

from functools import cached_property

from simulator_service.people import names
from simulator_service.people.budgets import DAYS_A_MONTH_TIMES_10000
from simulator_service.people.habits import Habits
from simulator_service.people.population import Bill, BillKind, Party, Person, World
from simulator_service.people.preset_people import PresetPeople
from simulator_service.people.profiles import profile_at
from simulator_service.planning.parties import SORTS, SUPPLIER, PartyIds
from simulator_service.presets.preset import Preset
from simulator_service.streams.randomness import bounded, stream_key

_SAVINGS = "savings"


class PresetPopulation:
    """Looks like `Population` to those who open accounts and post; `firms` are codes (planning/parties.py)."""

    def __init__(self, people: PresetPeople, firms: list[int], ids: PartyIds) -> None:
        self.world: World = people.world
        self._people, self._ids, self._firm_codes = people, ids, firms
        self._preset: Preset = people.preset

    @cached_property
    def people(self) -> list[Person]:
        """Everybody in order."""
        columns = self._people
        percents = bounded(columns.spread("income"), 100).tolist()
        return [self._person(row, percent) for row, percent in enumerate(percents)]

    @cached_property
    def firms(self) -> dict[int, Party]:
        """Every firm by its code."""
        return {code: self._firm(code) for code in self._firm_codes}

    def parties(self) -> list[Party]:
        """Everyone who needs an account: people first, in order, then firms."""
        return [person.party for person in self.people] + list(self.firms.values())

    def name_of(self, code: int) -> str:
        """The name of a party; of the world outside, nothing."""
        sort, number = SORTS[code >> 40], code & ((1 << 40) - 1)
        if sort in ("person", _SAVINGS):
            return self.people[number - int(self._people.numbers[0])].party.name
        return self.firms[code].name if code in self.firms else ""

    def _firm(self, code: int) -> Party:
        sort, number, party_id = SORTS[code >> 40], code & ((1 << 40) - 1), str(self._ids.id_of(code))
        key = stream_key(self.world.seed, party_id, "name")
        if sort == "employer":
            return Party(party_id, sort, names.company_name(key))
        if sort == "landlord":
            return Party(party_id, sort, names.trade_name(key, sort, number & 1))
        if sort == "supplier":
            return Party(party_id, sort, names.supplier_name(key, self._preset.bills[number].service))
        trade, place = party_id.split(".")[1:]
        return Party(party_id, "merchant", names.trade_name(key, trade, int(place)))

    def _person(self, row: int, income_percent: int) -> Person:
        columns, budgets = self._people, self._people.budgets
        number, daily = int(columns.numbers[row]), max(1, int(budgets.daily_ppm[row]))
        spending = int(budgets.shopping_minor[row])
        party_id = f"p{number}"
        return Person(
            party=Party(party_id, "person", names.person_name(stream_key(self.world.seed, party_id, "name"))),
            number=number,
            profile_index=profile_at(income_percent),
            purchases_per_million_hours=daily // 24,
            purchase_mean_minor=spending * 10**10 // (daily * DAYS_A_MONTH_TIMES_10000),
            employer=self.firms[int(columns.employers[row])],
            landlord=self.firms[int(columns.landlords[row])],
            rent_minor=int(budgets.rent_minor[row]),
            rent_day=int(columns.rent_days[row]),
            bills=self._bills(row),
            spending_minor=spending,
            wage_minor=int(budgets.wage_minor[row]),
            opening_minor=0,  # the plan has it (behaviours/reserves.py)
            habits=Habits(
                credit_percent=int(columns.credit_percents[row]),
                has_credit_card=bool(columns.has_credit_card[row]),
                billing_day=max(1, int(columns.billing_days[row])),
                treat_minor=0,
                savings_minor=int(budgets.savings_minor[row]),
                savings_day=int(columns.savings_days[row]),
                lets_collect=bool(columns.lets_collect[row]),
            ),
        )

    def _bills(self, row: int) -> tuple[Bill, ...]:
        found = []
        for place, spec in enumerate(self._preset.bills):
            amount_minor = int(self._people.budgets.bill_minor[row, place])
            kind = BillKind(
                spec.service, spec.category, spec.mean, spec.share_percent, spec.variation_millionths, spec.is_by_card
            )
            if amount_minor:
                day = int(self._people.billed_days[row, place])
                found.append(Bill(self.firms[SUPPLIER + place], kind, day, amount_minor))
        return tuple(found)
