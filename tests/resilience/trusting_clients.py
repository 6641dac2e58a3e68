"""Clients that take the ledger at its word while something is done to its database.

What is said not to be done they never ask for again, and it must never have been done; what is said to be unknown they
ask for with the same key until they know. So at the end there is an entry for each success that was told, and no other.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import text
from werkzeug.test import TestResponse

from tests import databases
from tests.deadlines import answer_wanted_in
from tests.ledgers import Holder, LedgerUnderTest
from tests.oracle import Acknowledged, key_name

CLIENTS = 12
ACCOUNTS = 8
OPENING_MINOR = 100_000
PATIENCE_SECONDS = 60
_PAUSE_SECONDS = 0.02
_BATCH = 3


@dataclass
class TrustingClients:
    """Twelve of them, who pay one another singly and in batches, and wait so long for each answer."""

    ledger: LedgerUnderTest
    wait_seconds: float = 20.0
    done: list[Acknowledged] = field(default_factory=list)
    undone: list[tuple[str, str]] = field(default_factory=list)
    """Who was told that nothing came of which key, and has believed it."""
    answers: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0

    def __post_init__(self) -> None:
        self.holders = [self.ledger.open_account(deposit_minor=OPENING_MINOR) for _ in range(ACCOUNTS)]
        self._enough = threading.Event()

    @contextmanager
    def paying(self) -> Iterator[None]:
        """They pay as long as the block lasts; afterwards each has an answer it can rely on."""
        threads = [threading.Thread(target=self._live, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._enough.set()
            for thread in threads:
                thread.join()

    def check(self) -> None:
        """Every success that was told is in the ledger, nothing that was told not to be, and nothing else."""
        print(f"{dict(self.answers)}, the slowest after {self.slowest_seconds:.1f} s")
        assert self.surprises == []
        counts = self.ledger.check(self.done)
        assert counts["entries"] == ACCOUNTS + len(self.done)
        with databases.snapshot_of(self.ledger.path) as connection:
            used = {bytes(name) for name in connection.execute(text("SELECT name FROM idempotency_keys")).scalars()}
        assert [key for owner, key in self.undone if key_name(owner, "transfer", key) in used] == []
        assert sum(holder.balance_minor for holder in self.holders) == ACCOUNTS * OPENING_MINOR

    def _live(self, number: int) -> None:
        chance, turn = random.Random(number), 0
        while not self._enough.is_set():
            turn += 1
            source, target = chance.sample(self.holders, 2)
            keys = [f"{number}-{turn}-{item}" for item in range(_BATCH if number % 3 == 0 else 1)]
            try:
                self._settle(source, target, keys, is_atomic=turn % 2 == 0)
            except Exception as error:  # noqa: BLE001 (a thread's failure must reach the test)
                self.surprises.append(repr(error))
                return

    def _settle(self, source: Holder, target: Holder, keys: list[str], *, is_atomic: bool) -> None:
        """Ask until the answer can be relied on."""
        until, may_be_done = time.monotonic() + PATIENCE_SECONDS, False
        while time.monotonic() < until:
            began = time.monotonic()
            reply = self._ask(source, target, keys, is_atomic=is_atomic)
            self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - began)
            outcome = self._outcome(reply)
            self.answers[outcome] += 1
            if outcome == "answered":
                return self._note(keys, reply)
            if outcome == "not done" and not may_be_done:
                self.undone += [(source.owner_id, key) for key in keys]
                return None
            may_be_done = may_be_done or outcome == "unknown"
            if outcome == "surprise":
                self.surprises.append(f"{reply.status_code} {reply.text}")
                return None
            time.sleep(_PAUSE_SECONDS)
        raise TimeoutError(f"{keys} are never answered")

    def _ask(self, source: Holder, target: Holder, keys: list[str], *, is_atomic: bool) -> TestResponse:
        order = {"from_account_id": source.account_id, "to_account_id": target.account_id, "amount": "7.50"}
        headers = {**source.headers, **answer_wanted_in(self.wait_seconds)}
        if len(keys) == 1:
            return self.ledger.call("POST", "/api/transactions/transfer", order, headers=headers, key=keys[0])
        items = [{**order, "type": "transfer", "idempotency_key": key} for key in keys]
        batch = {"items": items, "atomic": is_atomic}
        return self.ledger.call("POST", "/api/transactions/batch", batch, headers=headers)

    @staticmethod
    def _outcome(reply: TestResponse) -> str:
        if reply.status_code in (200, 201, 400):
            return "answered"
        if reply.status_code not in (503, 504):
            return "surprise"
        return "unknown" if reply.json["details"].get("outcome") == "unknown" else "not done"

    def _note(self, keys: list[str], reply: TestResponse) -> None:
        if reply.status_code == 201:
            self.done.append(Acknowledged(keys[0], reply.json["data"]["id"]))
        elif reply.status_code == 200:
            for key, result in zip(keys, reply.json["data"], strict=True):
                if "transaction" in result:
                    self.done.append(Acknowledged(key, result["transaction"]["id"]))
