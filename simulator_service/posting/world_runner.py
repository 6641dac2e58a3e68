"""A world being lived: its plan, its people's accounts, and the one way in which a step of bank time is taken."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator

from flask_sqlalchemy.session import Session

from sandbank.types import BatchResult
from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.storage.database import Database
from shared.time.business_days import time_zone
from simulator_service import repository
from simulator_service.behaviours.purchases import purchase_id
from simulator_service.models import Job, PostedStep, StoredWorld
from simulator_service.people.population import World
from simulator_service.planning.planned_event import HOUR_US, Event
from simulator_service.planning.planner import Planner
from simulator_service.posting.arranging import Arranger
from simulator_service.posting.bank_client import BankClient, Tally, tally_of
from simulator_service.posting.bank_ids import BankId, Became, bank_id_of, event_of, packed
from simulator_service.posting.items import Held, Item, ItemMaker
from simulator_service.posting.steps import ITEMS_AT_ONCE, Step
from simulator_service.presets.loading import preset_named
from simulator_service.repository import SAVINGS
from simulator_service.scenarios.draft import midnight_after
from simulator_service.scenarios.story import Story, instance_of, merged, story_of

WORLDS_KEPT = 8
"""So many populations stay in memory; another one is made again from its seed when its turn comes."""


class WorldGoneError(Exception):
    """The bank was reset meanwhile."""


class JobCancelledError(Exception):
    """Somebody has the job stopped; what was done of it stays."""


def world_to_change(session: Session, world_id: str) -> StoredWorld:
    """The world, locked. Raises WorldGoneError after a reset."""
    world = repository.world(session, world_id, for_update=True)
    if world is None:
        raise WorldGoneError
    return world


def job_to_change(session: Session, job_id: str) -> Job:
    """The job, locked. Raises WorldGoneError after a reset."""
    job = repository.job(session, job_id, for_update=True)
    if job is None:
        raise WorldGoneError
    return job


def plan_of(world: StoredWorld) -> World:
    """What decides the world's plan. Raises ValueError before its start is known."""
    if world.start_us is None:
        message = "a world has no plan before its start is known"
        raise ValueError(message)
    unit, zone = 10 ** MINOR_UNIT_DIGITS[world.currency], time_zone().key
    return World(world.seed, world.customers, world.start_us // HOUR_US, unit, zone, preset_named(world.preset))


class WorldRunner:
    """Lives worlds, one step of one world at a time.

    `step_lock` is held while the bank is asked for something that is then stored.
    """

    def __init__(self, database: Database, bank: BankClient, log_in_secret: str) -> None:
        self.database = database
        self.bank = bank
        self.log_in_secret = log_in_secret
        self.step_lock = threading.Lock()
        self._planners: OrderedDict[World, Planner] = OrderedDict()
        self._makers: OrderedDict[str, ItemMaker] = OrderedDict()
        self._arranged: set[str] = set()
        self._stories: OrderedDict[str, dict[str, Story]] = OrderedDict()

    def world(self, world_id: str) -> StoredWorld:
        """The world as it is stored now. Raises WorldGoneError after a reset."""
        with self.database.read_session() as session:
            world = repository.world(session, world_id)
        if world is None:
            raise WorldGoneError
        return world

    def planner(self, world: StoredWorld) -> Planner:
        """The world's plan; kept, because making thousands of people takes seconds. For any thread."""
        plan = plan_of(world)
        found = self._planners.get(plan)
        if found is None:
            found = self._planners[plan] = Planner(plan)
            if len(self._planners) > WORLDS_KEPT:
                self._planners.popitem(last=False)
        return found

    def item_maker(self, world: StoredWorld) -> ItemMaker:
        """What knows the accounts of a world in which everyone has arrived, and what people have beside them."""
        if world.id not in self._makers:
            with self.database.read_session() as session:
                residents = repository.residents(session, world.id)
                holdings = repository.holdings(session, world.id)
            accounts = {one.party_id: one.account_id for one in residents if one.account_id is not None}
            accounts |= {
                f"{one.party_id}.{SAVINGS}": one.bank_id for one in holdings if one.name == SAVINGS and one.bank_id
            }
            held = {(one.party_id, one.name): Held(one.bank_id, one.since_us) for one in holdings}
            planner = self.planner(world)
            maker = ItemMaker(planner, accounts, held, world_id=world.id, currency=world.currency)
            self._makers[world.id] = maker
            if len(self._makers) > WORLDS_KEPT:
                self._makers.popitem(last=False)
        return self._makers[world.id]

    def stories(self, world: StoredWorld) -> list[Story]:
        """What was injected into the world and is not over; told once, and kept until it is."""
        with self.database.read_session() as session:
            stored = repository.scenarios(session, world.id, ending_from_us=world.lived_until_us or 0)
        told = self._stories.pop(world.id, {})
        under_way = {one.id: told.get(one.id) or story_of(self.planner(world), instance_of(one)) for one in stored}
        self._stories[world.id] = under_way
        if len(self._stories) > WORLDS_KEPT:
            self._stories.popitem(last=False)
        return list(under_way.values())

    def forget(self) -> None:
        """Keep nothing of worlds that there are no more, after a reset."""
        for kept in (self._planners, self._makers, self._arranged, self._stories):
            kept.clear()

    def arrange(self, world_id: str, *, orders: bool = True) -> Iterator[float]:
        """Give a world's people what they do not have yet, a part at each step; yields the part that is done.

        Without `orders`, cards and savings alone: for a past in which the bank could not pay what is arranged.
        """
        with self.step_lock:
            world = self._begun(world_id, orders=orders)
            arranger = self._arranger(world)
        people = self.planner(world).population.people
        since_us = world.lived_until_us or 0
        stages = [arranger.cards_and_savings(people, since_us)]
        if orders:
            stages.append(arranger.orders(people, world.arranged_from_us or since_us))
        for stage, steps in enumerate(stages):
            while True:
                with self.step_lock:
                    self.world(world_id)
                    done = next(steps, None)
                if done is None:
                    break
                yield (stage + done / len(people)) / len(stages)
        self._makers.pop(world_id, None)
        if orders:
            self._arranged.add(world_id)

    def is_arranged(self, world: StoredWorld) -> bool:
        """Whether its people have all that they are to have, as far as this process knows."""
        return world.id in self._arranged

    def _begun(self, world_id: str, *, orders: bool) -> StoredWorld:
        """The world; since when its people arrange payments is written first: a kill does not change that."""
        world = self.world(world_id)
        if not orders or world.arranged_from_us is not None:
            return world
        since_us = max(world.lived_until_us or 0, self.bank.time_us())
        with self.database.write_session() as session:
            changed = world_to_change(session, world_id)
            changed.arranged_from_us = since_us
        return self.world(world_id)

    def _arranger(self, world: StoredWorld) -> Arranger:
        with self.database.read_session() as session:
            residents = repository.residents(session, world.id)
        accounts = {one.party_id: one.account_id for one in residents if one.account_id is not None}
        users = {one.party_id: one.user_id for one in residents}
        return Arranger(self.database, self.bank, world, accounts, users)

    def take(self, step: Step, world_id: str, *, moves_clock: bool = False, job: tuple[str, int] | None = None) -> None:
        """Post what happens in a step and store that it happened; with `moves_clock` the bank clock goes along.

        `job` is the id of the job this step belongs to and its progress after it, in millionths.

        Killed in between, the same step is posted again with the same keys, and the bank replays its answers. Raises
        JobCancelledError after the step where the job is to stop.
        """
        is_cancelled = False
        with self.step_lock:
            world, began = self._about_to_post(world_id, step.until_us), time.monotonic_ns()
            from_us = world.lived_until_us or 0
            step = Step(step.until_us, merged(step.events, self.stories(world), from_us, step.until_us))
            if moves_clock:
                self.bank.move_clock_to(step.until_us)
            tally, bank_ids = self._post(step, self.item_maker(world), self.planner(world))
            busy_us = (time.monotonic_ns() - began) // 1000
            with self.database.write_session() as session:
                world = world_to_change(session, world.id)
                world.lived_until_us = step.until_us
                world.posted += tally.posted
                world.refused += tally.refused
                world.plan_sha256 = self.planner(world).extended_sha256(world.plan_sha256, step.events)
                if bank_ids:
                    posted = PostedStep(world_id=world.id, until_us=step.until_us, bank_ids=packed(bank_ids))
                    repository.add_posted_step(session, posted)
                if job is not None:
                    counted = job_to_change(session, job[0])
                    counted.posted += tally.posted
                    counted.refused += tally.refused
                    counted.busy_us += busy_us
                    counted.progress_ppm = job[1]
                    is_cancelled = counted.cancel_asked_at is not None
        if is_cancelled:
            raise JobCancelledError

    def _about_to_post(self, world_id: str, until_us: int) -> StoredWorld:
        """The world, in which nothing can be injected any more before `until_us`.

        Some of that may be posted from now on, and however the step ends, it is posted again as it was.
        """
        world, posting_until_us = self.world(world_id), midnight_after(until_us)
        if (world.posting_until_us or 0) >= posting_until_us:
            return world
        with self.database.write_session() as session:
            changed = world_to_change(session, world_id)
            changed.posting_until_us = posting_until_us
            return changed

    def _post(self, step: Step, maker: ItemMaker, planner: Planner) -> tuple[Tally, list[BankId]]:
        """Post what happens in a step, in order, then announce what will be collected after it; what came of it."""
        asked: dict[str, str] = {}
        bank_ids: list[BankId] = []
        posted = refused = 0
        for events in _batches(step.events):
            purchases = planner.purchases_of(event for event in events if event.type == "card_capture")
            before = [one for one in purchases.values() if maker.key(one) not in asked and maker.asks_card(one)]
            self._ask(maker.items(before, {}), asked)  # the answers of then, once more: what is collected has an id
            ids = {later: asked[maker.key(one)] for later, one in purchases.items() if maker.key(one) in asked}
            items = maker.items(events, ids)
            results = self._ask(items, asked)
            bank_ids += [
                bank_id_of(event_of(item["idempotency_key"]), result)
                for item, result in zip(items, results, strict=True)
            ]
            tally = tally_of(results)
            posted, refused = posted + tally.posted, refused + tally.refused
        for announcement in maker.announcements(step.events):
            collection_id, event_id = self.bank.announce(announcement), event_of(announcement.idempotency_key)
            refused += collection_id is None
            became = Became.REFUSED if collection_id is None else Became.COLLECTION
            bank_ids.append(BankId(event_id, became, collection_id or ""))
        return Tally(posted, refused), bank_ids

    def _ask(self, items: list[Item], asked: dict[str, str]) -> list[BatchResult]:
        """Post the items; the ids of what cards approved come to `asked`, by the items' keys."""
        results = self.bank.post(items) if items else []
        for item, result in zip(items, results, strict=True):
            authorization = result.get("authorization")
            if authorization is not None and authorization["status"] != "declined":
                asked[item["idempotency_key"]] = authorization["id"]
        return results


def _batches(events: list[Event]) -> Iterator[list[Event]]:
    """The events in order, so many at once; what is collected comes after the request that asked for it."""
    batch: list[Event] = []
    bought: set[str] = set()
    for event in events:
        if len(batch) == ITEMS_AT_ONCE or (event.type == "card_capture" and purchase_id(event) in bought):
            yield batch
            batch, bought = [], set()
        batch.append(event)
        bought.add(event.id)
    if batch:
        yield batch
