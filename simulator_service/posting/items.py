"""From events to what the bank is asked for: items of its batch endpoint, and direct debits that creditors announce."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from shared.amounts.money import to_text
from shared.time.business_days import business_day
from shared.time.clock import to_wire
from simulator_service.behaviours import arranged, terminals
from simulator_service.behaviours.arranged import ANNOUNCED_BEFORE_US
from simulator_service.people.population import Person
from simulator_service.planning.planned_event import Event
from simulator_service.planning.planner import Planner
from simulator_service.repository import CREDIT_CARD

DEBIT_CARD = "debit_card"
ORDER, MANDATE = "order.", "mandate."
"""What people's debit cards are called among what they have; before the name of a standing order, and of a bill."""
Item = dict[str, Any]


class Held(NamedTuple):
    """What a person has at the bank, by its id there; None where the bank said no."""

    bank_id: str | None
    since_us: int


class Announcement(NamedTuple):
    """What a creditor will collect by a mandate on a day of the bank."""

    mandate_id: str
    amount: str
    due_on: str
    description: str
    idempotency_key: str


class ItemMaker:
    """Knows the accounts of a world's parties and what they have beside them, by party and name."""

    def __init__(
        self,
        planner: Planner,
        accounts: Mapping[str, str],
        holdings: Mapping[tuple[str, str], Held],
        *,
        world_id: str,
        currency: str,
    ) -> None:
        self._people, self._zone = planner.population.people, planner.world.zone
        self._country = planner.country
        self._accounts = accounts
        self._holdings = holdings
        self._world_id = world_id
        self._currency = currency

    def items(self, events: Iterable[Event], authorizations: Mapping[str, str]) -> list[Item]:
        """What is posted of these events, in order: neither what the bank pays by itself nor announcements.

        `authorizations` are the ids at the bank of purchases that are collected, by the ids of the purchases' captures;
        what was declined is not collected.
        """
        made = (self._item(event, authorizations.get(event.id)) for event in events)
        return [item for item in made if item is not None]

    def announcements(self, events: Iterable[Event]) -> list[Announcement]:
        """What creditors announce among these events."""
        return [found for event in events if event.type == "collection" and (found := self._announcement(event))]

    def asks_card(self, purchase: Event) -> bool:
        """Whether the purchase is made by a card of the bank's."""
        return self._card(purchase) is not None

    def key(self, event: Event) -> str:
        """The idempotency key that belongs to the event."""
        return f"{self._world_id}:{event.id}"

    def _item(self, event: Event, authorization_id: str | None) -> Item | None:
        base: Item = {"idempotency_key": self.key(event), "effective_at": to_wire(event.effective_at_us)}
        if event.type == "card_capture":
            captured = {**base, "type": event.type, "authorization_id": authorization_id}
            return None if authorization_id is None else captured
        if event.type == "collection" or self._is_made_by_the_bank(event) or not self._can_be_asked_for(event):
            return None
        base["amount"] = to_text(event.amount_minor, self._currency)
        if event.way and (card_id := self._card(event)) is not None:
            return base | self._asked(event, card_id)
        return base | self._moved(event)

    def _can_be_asked_for(self, event: Event) -> bool:
        """Whether both sides have accounts, as a bank may refuse to open one; a treat is for a credit card alone."""
        if any(party is not None and party not in self._accounts for party in (event.source, event.target)):
            return False
        return not arranged.is_treat(event) or self._used(event, CREDIT_CARD) is not None

    def _moved(self, event: Event) -> Item:
        item = {"type": event.type, "description": event.description, "category": event.category}
        if event.source is None or event.target is None:
            return {**item, "account_id": self._accounts[event.source or event.target or ""]}
        return {
            **item,
            "from_account_id": self._accounts[event.source],
            "to_account_id": self._accounts[event.target],
        }

    def _asked(self, event: Event, card_id: str) -> Item:
        return {
            "type": "card_authorization",
            "card_id": card_id,
            "currency": self._currency,
            "channel": event.way.partition(".")[2],
            "capture": not terminals.is_collected_later(event),
            "merchant": {
                "name": event.description,
                "mcc": terminals.MERCHANT_CODES[event.category],
                "country": self._country,
                "account_id": self._accounts[event.target or ""],
            },
        }

    def _card(self, event: Event) -> str | None:
        names = (CREDIT_CARD, DEBIT_CARD) if event.way.startswith(terminals.CREDIT) else (DEBIT_CARD,)
        return next((card_id for name in names if (card_id := self._used(event, name)) is not None), None)

    def _used(self, event: Event, name: str) -> str | None:
        """The id of what the payer has by this name at the time of the event."""
        held = self._holdings.get((event.source or "", name))
        return held.bank_id if held is not None and event.effective_at_us >= held.since_us else None

    def _is_made_by_the_bank(self, event: Event) -> bool:
        """Whether the bank pays it by itself: by a standing order or a direct debit that was arranged before."""
        name = event.id.rpartition(".")[2]
        if event.type == "standing_order":
            held = self._holdings.get((event.source or "", ORDER + name))
            day = order_day(self._person(event), name)
            return (
                held is not None
                and held.bank_id is not None
                and arranged.is_ordered(event, day, held.since_us, self._zone)
            )
        if event.type == "direct_debit":
            held = self._holdings.get((event.source or "", MANDATE + name))
            return held is not None and held.bank_id is not None and arranged.is_announced(event, held.since_us)
        return False

    def _announcement(self, event: Event) -> Announcement | None:
        held = self._holdings.get((event.source or "", MANDATE + event.id.split(".")[2]))
        if held is None or held.bank_id is None or event.effective_at_us < held.since_us:
            return None
        amount = to_text(event.amount_minor, self._currency)
        due_on = business_day(event.effective_at_us + ANNOUNCED_BEFORE_US).isoformat()
        return Announcement(held.bank_id, amount, due_on, event.description, self.key(event))

    def _person(self, event: Event) -> Person:
        return self._people[int((event.source or "p0")[1:])]


def order_day(person: Person, name: str) -> int:
    """On which day of each month a person's standing order pays."""
    return person.rent_day if name == arranged.RENT else person.habits.savings_day
