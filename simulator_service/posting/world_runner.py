"""A world being lived: its plan, its people's accounts, and the one way in which a step of bank time is taken."""

import threading
import time
from collections import OrderedDict

from flask_sqlalchemy.session import Session

from shared.currencies import MINOR_UNIT_DIGITS
from shared.database import Database
from simulator_service import repository
from simulator_service.models import Job, StoredWorld
from simulator_service.people.population import World
from simulator_service.planning.planned_event import HOUR_US, extended_log_sha256
from simulator_service.planning.planner import Planner
from simulator_service.posting.bank_client import BankClient, Tally
from simulator_service.posting.steps import ITEMS_AT_ONCE, Step, batch_items

WORLDS_KEPT = 8
"""So many populations stay in memory; another one is made again from its seed when its turn comes."""


class WorldGoneError(Exception):
    """The bank was reset meanwhile."""


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
        self._accounts: OrderedDict[str, dict[str, str]] = OrderedDict()

    def world(self, world_id: str) -> StoredWorld:
        """The world as it is stored now. Raises WorldGoneError after a reset."""
        with self.database.read_session() as session:
            world = repository.world(session, world_id)
        if world is None:
            raise WorldGoneError
        return world

    def planner(self, world: StoredWorld) -> Planner:
        """The world's plan; kept, because making thousands of people takes seconds."""
        if world.start_us is None:
            message = "a world has no plan before its start is known"
            raise ValueError(message)
        plan = World(world.seed, world.customers, world.start_us // HOUR_US, 10 ** MINOR_UNIT_DIGITS[world.currency])
        if plan not in self._planners:
            self._planners[plan] = Planner(plan)
            if len(self._planners) > WORLDS_KEPT:
                self._planners.popitem(last=False)
        return self._planners[plan]

    def accounts(self, world: StoredWorld) -> dict[str, str]:
        """The account of each party of a world in which everyone has arrived."""
        if world.id not in self._accounts:
            with self.database.read_session() as session:
                found = repository.residents(session, world.id)
            self._accounts[world.id] = {one.party_id: one.account_id for one in found if one.account_id is not None}
            if len(self._accounts) > WORLDS_KEPT:
                self._accounts.popitem(last=False)
        return self._accounts[world.id]

    def take(self, step: Step, world_id: str, *, moves_clock: bool = False, job: tuple[str, int] | None = None) -> None:
        """Post what happens in a step and store that it happened; with `moves_clock` the bank clock goes along.

        `job` is the id of the job this step belongs to and its progress after it, in millionths.

        Killed in between, the same step is posted again with the same keys, and the bank replays its answers.
        """
        with self.step_lock:
            world, began = self.world(world_id), time.monotonic_ns()
            if moves_clock:
                self.bank.move_clock_to(step.until_us)
            items = batch_items(step.events, self.accounts(world), world_id=world.id, currency=world.currency)
            tally = self._post(items)
            busy_us = (time.monotonic_ns() - began) // 1000
            with self.database.write_session() as session:
                world = world_to_change(session, world.id)
                world.lived_until_us = step.until_us
                world.posted += tally.posted
                world.refused += tally.refused
                world.plan_sha256 = extended_log_sha256(world.plan_sha256, step.events)
                if job is not None:
                    counted = job_to_change(session, job[0])
                    counted.posted += tally.posted
                    counted.refused += tally.refused
                    counted.busy_us += busy_us
                    counted.progress_ppm = job[1]

    def _post(self, items: list[dict[str, object]]) -> Tally:
        posted = refused = 0
        for start in range(0, len(items), ITEMS_AT_ONCE):
            tally = self.bank.post(items[start : start + ITEMS_AT_ONCE])
            posted, refused = posted + tally.posted, refused + tally.refused
        return Tally(posted, refused)
