"""The twin of a world's data: its plan made once more, and each event by what the bank calls what came of it.

Nothing of it is stored but the bank's ids (posting/bank_ids.py). What the bank pays by itself is known by the standing
order or the direct debit that it belongs to; what was refused before it had an id, by who wanted to pay how much when.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from shared.amounts.money import to_text
from shared.storage.database import Database
from shared.time.clock import from_wire, to_wire
from simulator_service import repository
from simulator_service.models import StoredWorld
from simulator_service.planning.planned_event import Event
from simulator_service.planning.planner import Planner
from simulator_service.posting.bank_ids import BankId, Became, unpacked
from simulator_service.posting.items import ORDER
from simulator_service.scenarios.story import Story, merged
from simulator_service.streams.bank_mornings import day_of
from simulator_service.truth.intents import Part, Truth, truth_of

DAY_US = 86_400_000_000
REMEMBERED_US = 35 * DAY_US
"""How long after an event the bank may still make something of it: collections wait for days, who is late longer."""
Row = Mapping[str, Any]


class Twin:
    """The twin of one world, gone through once from its beginning. `accounts` by party, `holdings` by party and name,
    `stories` by the ids of the scenarios that were injected.

    It keeps the truths of REMEMBERED_US, however long the world has lived.
    """

    def __init__(
        self,
        database: Database,
        world: StoredWorld,
        planner: Planner,
        *,
        accounts: Mapping[str, str],
        holdings: Mapping[tuple[str, str], str | None],
        stories: Mapping[str, Story],
    ) -> None:
        self._database, self._world, self._planner = database, world, planner
        self._accounts, self._holdings, self._stories = accounts, holdings, list(stories.values())
        self._parts = {
            event.id: Part(story.label, story.instance.name, scenario_id)
            for scenario_id, story in stories.items()
            for event in story.events
        }
        self._planned_until_us = world.start_us or 0
        self._read_until_us = self._planned_until_us - 1
        self._has_read_all = False
        self._bank_ids: dict[str, BankId] = {}
        self._truths: dict[str, Truth] = {}
        self._kept: deque[tuple[int, list[str]]] = deque()

    def go_to(self, until_us: int) -> None:
        """Plan up to an instant, or as far as the world has lived, and forget what is long ago."""
        until_us = min(until_us, self._world.lived_until_us or 0)
        if until_us <= self._planned_until_us:
            return
        self._read_bank_ids(until_us)
        added: list[str] = []
        planned = self._planner.events(self._planned_until_us, until_us)
        for event in merged(planned, self._stories, self._planned_until_us, until_us):
            key = self._key_of(event, self._bank_ids.pop(event.id, None))
            if key is not None:
                self._truths[key] = truth_of(self._world.id, event, self._parts.get(event.id))
                added.append(key)
        self._planned_until_us = until_us
        self._kept.append((until_us, added))
        while self._kept[0][0] < until_us - REMEMBERED_US:
            for key in self._kept.popleft()[1]:
                self._truths.pop(key, None)

    def truth(self, transaction: Row) -> Truth | None:
        """The truth of a transaction that the bank has answered; None of what nobody of this world had in mind."""
        found = (self._truths.get(key) for key in keys_of(transaction, self._planner.world.zone))
        return next((truth for truth in found if truth is not None), None)

    def _read_bank_ids(self, until_us: int) -> None:
        while not self._has_read_all and self._read_until_us < until_us:
            with self._database.read_session() as session:
                step = repository.posted_step_after(session, self._world.id, self._read_until_us)
            if step is None:
                self._has_read_all = True
            else:
                self._read_until_us = step.until_us
                self._bank_ids.update((one.event_id, one) for one in unpacked(step.bank_ids))

    def _key_of(self, event: Event, bank_id: BankId | None) -> str | None:
        if bank_id is None:
            return self._order_key(event) if event.type == "standing_order" else None
        if bank_id.id:
            return bank_id.id
        payer, payee = self._accounts.get(event.source or ""), self._accounts.get(event.target or "")
        amount = to_text(event.amount_minor, self._world.currency)
        if bank_id.became is Became.COLLECTION:
            return _debit_key(payer, payee, amount)
        return _attempt_key(payer, payee, event.effective_at_us, amount)

    def _order_key(self, event: Event) -> str | None:
        order_id = self._holdings.get((event.source or "", ORDER + event.id.rpartition(".")[2]))
        return None if order_id is None else _order_day_key(order_id, event.effective_at_us, self._planner.world.zone)


def keys_of(transaction: Row, zone: str) -> Iterator[str]:
    """By what its truth may be found, the surest first."""
    yield transaction["id"]
    card, due_work_id = transaction["card"], transaction["due_work_id"]
    if card is not None and card["authorization_id"] is not None:
        yield card["authorization_id"]
    effective_us = from_wire(transaction["effective_at"])
    if due_work_id is not None:
        yield due_work_id
        yield _order_day_key(due_work_id, effective_us, zone)
    payer, payee = transaction["from_account_id"], transaction["to_account_id"]
    if transaction["status"] == "refused":
        yield _attempt_key(payer, payee, effective_us, transaction["amount"])
    if transaction["type"] == "direct_debit":
        yield _debit_key(payer, payee, transaction["amount"])


def _order_day_key(order_id: str, moment_us: int, zone: str) -> str:
    return f"{order_id} {day_of(moment_us, zone)}"


def _attempt_key(payer: str | None, payee: str | None, moment_us: int, amount: str) -> str:
    return f"{payer} {payee} {to_wire(moment_us)} {amount}"


def _debit_key(payer: str | None, payee: str | None, amount: str) -> str:
    return f"{payer} {payee} {amount}"
