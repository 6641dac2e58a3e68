"""The ledger against a naive model: two dictionaries and no cleverness (catalogue 14)."""

import hashlib
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from shared.storage.compact_columns import pack_id
from shared.storage.sqlite import sqlite_driver as sqlite3
from tests.holds import capture as take
from tests.holds import place
from tests.holds import void as give_back
from tests.ledgers import Holder, LedgerUnderTest, open_ledger
from tests.thoroughness import often

STEPS = 100
AMOUNTS = st.integers(1, 3_000)
ACCOUNTS = st.integers(0, 3)
OPENING_MINOR = 2_000


class LedgerAgainstModel(RuleBasedStateMachine):
    """Each rule does one thing to both and compares the answers; after each, balances agree."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.opening = open_ledger(Path(self.folder.name))
        self.ledger: LedgerUnderTest = self.opening.__enter__()
        self.holders: list[Holder] = [self.ledger.open_account(deposit_minor=OPENING_MINOR) for _ in range(4)]
        self.balances = [OPENING_MINOR] * 4
        self.held = [0] * 4
        self.holds: list[dict[str, object]] = []
        self.frozen: set[int] = set()
        self.replies: dict[str, tuple[tuple[object, ...], int, bytes]] = {}
        self.payments: list[dict[str, object]] = []
        self.reader = sqlite3.connect(self.ledger.path)

    def teardown(self) -> None:
        body = {"account_ids": [holder.account_id for holder in self.holders]}
        rows = self.ledger.call("POST", "/internal/ledger/balances", body, headers=self.ledger.service).json["data"]
        shown = {row["account_id"]: (minor_of(row["balance"]), minor_of(row["held"])) for row in rows}
        told = list(zip(self.balances, self.held, strict=True))
        assert [shown[holder.account_id] for holder in self.holders] == told
        self.reader.close()
        self.ledger.check()
        self.opening.__exit__(None, None, None)
        self.folder.cleanup()

    @rule(account=ACCOUNTS, minor=AMOUNTS)
    def deposit(self, account: int, minor: int) -> None:
        self.compare(self.holders[account].deposit(text(minor)), self.verdict(None, account, minor))

    @rule(account=ACCOUNTS, minor=AMOUNTS)
    def withdraw(self, account: int, minor: int) -> None:
        self.compare(self.holders[account].withdraw(text(minor)), self.verdict(account, None, minor))

    @rule(source=ACCOUNTS, recipient=ACCOUNTS, minor=AMOUNTS)
    def transfer(self, source: int, recipient: int, minor: int) -> None:
        expected = "SAME_ACCOUNT" if source == recipient else self.verdict(source, recipient, minor)
        reply = self.holders[source].pay(self.holders[recipient], text(minor))
        if self.compare(reply, expected):
            paid = {"id": reply.json["data"]["id"], "source": source, "target": recipient, "left": minor}
            self.payments.append(paid)

    @rule(source=ACCOUNTS, recipient=ACCOUNTS, minor=AMOUNTS, key=st.sampled_from("abcdef"))
    def transfer_with_a_key(self, source: int, recipient: int, minor: int, key: str) -> None:
        name, request = f"{source}-{key}", (source, recipient, minor)
        reply_before = self.replies.get(name)
        if reply_before is None:
            expected = "SAME_ACCOUNT" if source == recipient else self.verdict(source, recipient, minor)
            reply = self.holders[source].pay(self.holders[recipient], text(minor), key=name)
            self.compare(reply, expected)
            if reply.status_code != 409:
                self.replies[name] = (request, reply.status_code, reply.data)
            return
        reply = self.untouched(lambda: self.holders[source].pay(self.holders[recipient], text(minor), key=name))
        if reply_before[0] == request:
            assert (reply.status_code, reply.data) == reply_before[1:]
        else:
            assert reply.json["error_code"] == "IDEMPOTENCY_KEY_REUSED"

    @precondition(lambda self: self.payments)
    @rule(data=st.data(), minor=AMOUNTS)
    def reverse(self, data: st.DataObject, minor: int) -> None:
        paid = data.draw(st.sampled_from(self.payments))
        expected = "REVERSAL_TOO_LARGE" if minor > paid["left"] else self.verdict(paid["target"], paid["source"], minor)
        body = {"reason": "model", "amount": text(minor)}
        path = f"/api/transactions/{paid['id']}/reverse"
        if self.compare(self.ledger.call("POST", path, body, headers=self.ledger.staff()), expected):
            paid["left"] -= minor

    @rule(account=ACCOUNTS, minor=AMOUNTS)
    def hold(self, account: int, minor: int) -> None:
        expected = None
        if account in self.frozen:
            expected = "ACCOUNT_FROZEN"
        elif self.balances[account] - self.held[account] < minor:
            expected = "INSUFFICIENT_FUNDS"
        reply = place(self.holders[account], text(minor))
        if self.compare(reply, expected):
            self.held[account] += minor
            self.holds.append({"id": reply.json["data"]["id"], "account": account, "left": minor})

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), minor=st.none() | AMOUNTS, is_final=st.booleans(), shop=st.none() | ACCOUNTS)
    def capture(self, data: st.DataObject, minor: int | None, is_final: bool, shop: int | None) -> None:
        held = data.draw(st.sampled_from(self.holds))
        account, left = held["account"], held["left"]
        taken = left if minor is None else minor
        expected = None
        if left == 0:
            expected = "HOLD_NOT_PENDING"
        elif taken > left:
            expected = "MORE_THAN_HELD"
        elif shop == account:
            expected = "SAME_ACCOUNT"
        elif {account, shop} & self.frozen:
            expected = "ACCOUNT_FROZEN"
        payload = {"final": is_final, **({} if minor is None else {"amount": text(minor)})}
        if shop is not None:
            payload["to_account_id"] = self.holders[shop].account_id
        if self.compare(take(self.holders[account], held["id"], **payload), expected):
            released = left if is_final or taken == left else taken
            held["left"] = left - released
            self.held[account] -= released
            self.balances[account] -= taken
            if shop is not None:
                self.balances[shop] += taken

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), minor=st.none() | AMOUNTS)
    def void(self, data: st.DataObject, minor: int | None) -> None:
        held = data.draw(st.sampled_from(self.holds))
        given = held["left"] if minor is None else minor
        expected = "HOLD_NOT_PENDING" if held["left"] == 0 else "MORE_THAN_HELD" if given > held["left"] else None
        payload = {} if minor is None else {"amount": text(minor)}
        reply = give_back(self.holders[held["account"]], held["id"], **payload)
        assert (reply.json.get("error_code"), reply.status_code == 200) == (expected, expected is None)
        if expected is None:
            held["left"] -= given
            self.held[held["account"]] -= given

    @rule(account=ACCOUNTS)
    def freeze_or_unfreeze(self, account: int) -> None:
        status = "open" if account in self.frozen else "frozen"
        path = f"/internal/ledger/accounts/{self.holders[account].account_id}/status"
        assert self.ledger.call("PUT", path, {"status": status}, headers=self.ledger.service).status_code == 200
        self.frozen ^= {account}

    @rule(minors=st.lists(AMOUNTS, min_size=1, max_size=6), source=ACCOUNTS, atomic=st.booleans())
    def batch(self, minors: list[int], source: int, atomic: bool) -> None:
        target = (source + 1) % 4
        before = list(self.balances)
        expected = [self.verdict(source, target, minor) for minor in minors]
        if atomic and any(expected):
            self.balances = before
            expected = [code or "BATCH_ABORTED" for code in expected]
        base = {"type": "transfer", "from_account_id": self.holders[source].account_id}
        base |= {"to_account_id": self.holders[target].account_id}
        items = [{**base, "amount": text(minor), "idempotency_key": os.urandom(8).hex()} for minor in minors]
        body = {"items": items, "atomic": atomic}
        reply = self.ledger.call("POST", "/api/transactions/batch", body, headers=self.holders[source].headers)
        assert [result.get("error", {}).get("error_code") for result in reply.json["data"]] == expected

    @invariant()
    def balances_agree(self) -> None:
        rows = self.reader.execute("SELECT id, balance_minor, held_minor FROM accounts").fetchall()
        kept = {row[0]: tuple(row[1:]) for row in rows}
        told = list(zip(self.balances, self.held, strict=True))
        assert [kept[pack_id(holder.account_id)] for holder in self.holders] == told

    def verdict(self, source: int | None, target: int | None, minor: int) -> str | None:
        """What the model says, moving its own balances when it agrees."""
        if {source, target} & self.frozen:
            return "ACCOUNT_FROZEN"
        if source is not None and self.balances[source] - self.held[source] < minor:
            return "INSUFFICIENT_FUNDS"
        if source is not None:
            self.balances[source] -= minor
        if target is not None:
            self.balances[target] += minor
        return None

    def compare(self, reply, expected: str | None) -> bool:
        assert (reply.json.get("error_code"), reply.status_code == 201) == (expected, expected is None)
        return expected is None

    def untouched(self, act):
        """Do it, and hold it to leaving the ledger's rows as they were."""
        before = digest(self.ledger.path)
        reply = act()
        assert digest(self.ledger.path) == before
        return reply


@pytest.mark.timeout(900)
def test_the_ledger_and_a_naive_model_agree() -> None:
    run_state_machine_as_test(
        LedgerAgainstModel,
        settings=settings(
            max_examples=often(1_000, 10_000) // STEPS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_refusal_leaves_the_ledgers_rows_as_they_were(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        ada, bob = ledger.open_account(deposit_minor=100), ledger.open_account()
        before = digest(ledger.path)
        for reply in (ada.pay(bob, "1.01", key="k"), ada.pay(ada, "1"), ada.withdraw("2"), bob.pay(ada, "0.01")):
            assert reply.status_code == 400
        assert digest(ledger.path) == before


def text(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def minor_of(amount: str) -> int:
    return int(amount.replace(".", ""))


def digest(path: Path) -> str:
    """A hash over everything in the ledger that is money: not the keys, nor the list of refused attempts."""
    connection = sqlite3.connect(path)
    found = hashlib.sha256()
    for table in ("accounts", "entries", "postings", "holds", "ledger_state", "daily_outgoings"):
        found.update(repr(connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall()).encode())
    connection.close()
    return found.hexdigest()
