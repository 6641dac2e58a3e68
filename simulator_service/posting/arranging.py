"""What people have at the bank beside their account: cards, savings, standing orders, and mandates for their bills.

Each is asked for under a key of its own and stored with since when it is used. So after a kill the rest goes on, and
the people of a world that is older than these get them when it lives on. What the bank refuses is not asked for again.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from sandbank import RefusedError
from shared.amounts.money import to_text
from shared.storage.database import Database
from shared.time.business_days import time_zone
from shared.time.clock import to_wire
from simulator_service import repository
from simulator_service.behaviours import arranged
from simulator_service.log_ins import seeded_id
from simulator_service.models import Holding, StoredWorld
from simulator_service.people.population import Bill, Person
from simulator_service.posting.bank_client import BankClient, MonthlyPayment
from simulator_service.posting.items import DEBIT_CARD, MANDATE, ORDER, order_day
from simulator_service.posting.onboarding import chunks
from simulator_service.repository import CREDIT_CARD, SAVINGS

PEOPLE_AT_ONCE = 20


class Wish(NamedTuple):
    """Something that somebody is to have. `ask` asks the bank for it, from an instant on; its id there.

    `find` looks for what was asked for from another instant on: its id, and since when it is used.
    """

    person: Person
    name: str
    ask: Callable[[int], str]
    find: Callable[[], tuple[str, int]] | None = None


class Arranger:
    """Asks for what the people of one world do not have yet.

    `accounts` and `users` are everybody's ids at the bank, by party; savings accounts come to the former.
    """

    def __init__(
        self,
        database: Database,
        bank: BankClient,
        world: StoredWorld,
        accounts: dict[str, str],
        users: Mapping[str, str],
    ) -> None:
        self._database, self._bank, self._world = database, bank, world
        self._accounts, self._users = accounts, users
        self._numbers: dict[int, str] = {}
        with database.read_session() as session:
            had = repository.holdings(session, world.id)
        self._had = {(held.party_id, held.name) for held in had}
        savings = {f"{one.party_id}.{SAVINGS}": one.bank_id for one in had if one.name == SAVINGS and one.bank_id}
        self._accounts.update(savings)

    def cards_and_savings(self, people: list[Person], since_us: int) -> Iterator[int]:
        """Everybody gets a card, and who saves an account for it; yields how many people have theirs."""
        return self._fulfil(people, self._cards_and_savings, since_us)

    def orders(self, people: list[Person], since_us: int) -> Iterator[int]:
        """Rents and savings become standing orders, bills direct debits, and who has a credit card gets it; yields how
        many people have theirs."""
        return self._fulfil(people, self._orders, since_us)

    def _fulfil(
        self, people: list[Person], wishes_of: Callable[[Person], Iterator[Wish]], since_us: int
    ) -> Iterator[int]:
        done = 0
        for together in chunks(people, PEOPLE_AT_ONCE):
            wishes = (wish for person in together for wish in wishes_of(person))
            held = [self._held(wish, since_us) for wish in wishes if (wish.person.party.id, wish.name) not in self._had]
            if held:
                with self._database.write_session() as session:
                    repository.add_holdings(session, held)
            done += len(together)
            yield done

    def _held(self, wish: Wish, since_us: int) -> Holding:
        bank_id, since_us = self._asked(wish, since_us)
        party_id = wish.person.party.id
        if wish.name == SAVINGS and bank_id is not None:
            self._accounts[wish.person.savings.id] = bank_id
        return Holding(world_id=self._world.id, party_id=party_id, name=wish.name, bank_id=bank_id, since_us=since_us)

    def _asked(self, wish: Wish, since_us: int) -> tuple[str | None, int]:
        """Its id at the bank, None where that says no, and since when it is used."""
        for is_late in (False, True):
            if is_late:  # its first day has passed: the world was not gone on with for long
                since_us = self._bank.time_us()
            try:
                return wish.ask(since_us), since_us
            except RefusedError as refused:
                if refused.code == "IDEMPOTENCY_KEY_REUSED" and wish.find is not None:  # cut off before it was stored
                    return wish.find()
                if refused.code != "VALIDATION_ERROR":
                    break
        return None, since_us

    def _cards_and_savings(self, person: Person) -> Iterator[Wish]:
        account_id = self._accounts[person.party.id]
        yield Wish(person, DEBIT_CARD, lambda _: self._bank.issue_card(account_id, self._key(person, DEBIT_CARD)))
        if person.habits.savings_minor:
            yield Wish(person, SAVINGS, lambda _: self._opened_savings(person))

    def _opened_savings(self, person: Person) -> str:
        """It is as old as the world, so that whatever cut it off, asked for again it is the same request."""
        chosen = seeded_id(self._world, f"savings {person.party.id}")
        wanted = {
            **({} if chosen is None else {"id": chosen}),
            "user_id": self._users[person.party.id],
            "account_type": "savings",
            "currency": self._world.currency,
            "idempotency_key": self._key(person, SAVINGS),
            "effective_at": to_wire(self._world.start_us or 0),
        }
        (opened,) = self._bank.open_accounts([wanted])
        return opened

    def _orders(self, person: Person) -> Iterator[Wish]:
        account_id, habits = self._accounts[person.party.id], person.habits
        if habits.has_credit_card:
            key = self._key(person, CREDIT_CARD)
            yield Wish(person, CREDIT_CARD, lambda _: self._bank.issue_credit_card(account_id, habits.billing_day, key))
        yield self._order(person, arranged.RENT, person.landlord.id, person.rent_minor)
        if person.habits.savings_minor and person.savings.id in self._accounts:
            yield self._order(person, SAVINGS, person.savings.id, person.habits.savings_minor)
        yield from (self._mandate(person, bill) for bill in person.bills if arranged.is_collected(person, bill))

    def _order(self, person: Person, name: str, payee: str, amount_minor: int) -> Wish:
        def ask(since_us: int) -> str:
            standing = MonthlyPayment(
                from_account_id=self._accounts[person.party.id],
                to_account_id=self._accounts[payee],
                amount=to_text(amount_minor, self._world.currency),
                first_on=arranged.first_day_after(order_day(person, name), since_us, time_zone().key).isoformat(),
                description=name.capitalize(),
            )
            return self._bank.place_standing_order(standing, self._key(person, ORDER + name))

        def find() -> tuple[str, int]:
            return self._bank.placed_standing_order(self._accounts[person.party.id], name.capitalize())

        return Wish(person, ORDER + name, ask, find)

    def _mandate(self, person: Person, bill: Bill) -> Wish:
        name = MANDATE + arranged.bill_name(bill)

        def ask(_: int) -> str:
            return self._bank.agree_to_direct_debits(
                self._accounts[bill.payee.id],
                self._number_of(person),
                reference=f"{self._world.number}-{person.number}-{bill.kind.service[:12].upper()}",
                key=self._key(person, name),
            )

        return Wish(person, name, ask)

    def _number_of(self, person: Person) -> str:
        if person.number not in self._numbers:
            self._numbers[person.number] = self._bank.account_number(self._accounts[person.party.id])
        return self._numbers[person.number]

    def _key(self, person: Person, name: str) -> str:
        return f"{self._world.id}:{person.party.id}.{name}"
