"""Processes are killed while cards are issued, changed and given up: none is lost, and none is there twice.

At the end both services know the same of each.
"""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from shared import services
from tests.bank_processes import BankProcesses, bank_processes, wait_until
from tests.integration.test_account_crashes import ask, kill_often, person, rows
from tests.oracle import check_ledger

CLIENTS, CARDS_EACH = 4, 6
UNCLEAR = (0, 503, 504)
ENDS = ("replace", "report", "cancel")


def ask_until_clear(
    bank: BankProcesses, method: str, path: str, token: str, body: Any = None, *, key: str = ""
) -> dict[str, Any]:
    """The reply, after asking again as often as the outcome is open; {} where it had been done by then."""
    deadline, was_unclear = time.monotonic() + 60, False
    while True:
        status, reply = ask(bank, method, path, token, body, key=key)
        if status in (200, 201):
            found: dict[str, Any] = reply["data"]
            return found
        if was_unclear and reply.get("error_code") == "CARD_ENDED":
            return {}
        assert status in (*UNCLEAR, 409), reply
        assert reply.get("error_code") != "CARD_ENDED", reply
        was_unclear = was_unclear or status in UNCLEAR
        assert time.monotonic() < deadline
        time.sleep(0.05)


def live_with_cards(bank: BankProcesses, name: str, token: str) -> list[str]:
    """Cards from their issue to their end; the ids of those that were issued on demand."""
    account = ask_until_clear(bank, "POST", "/api/accounts/create", token, {"account_type": "checking"}, key=name)
    issued = []
    for number in range(CARDS_EACH):
        wanted = {"account_id": account["id"]}
        if number == CARDS_EACH - 1:
            wanted = {"kind": "credit", "settlement_account_id": account["id"]}
        card = ask_until_clear(bank, "POST", "/api/cards/create", token, wanted, key=f"{name}-{number}")
        issued.append(card["id"])
        limits = {"limits": {"daily": f"{number + 1}0.00"}}
        ask_until_clear(bank, "PUT", f"/api/cards/update/{card['id']}", token, limits)
        ask_until_clear(bank, "POST", f"/api/cards/{card['id']}/freeze", token)
        ask_until_clear(bank, "POST", f"/api/cards/{card['id']}/unfreeze", token)
        end = ENDS[number % len(ENDS)]
        reason = {"reason": "lost"} if end == "report" else None
        ask_until_clear(bank, "POST", f"/api/cards/{card['id']}/{end}", token, reason, key=f"{name}-{number}-end")
    return issued


@pytest.mark.thorough
def test_killed_processes_lose_no_card_and_issue_none_twice(tmp_path: Path) -> None:
    with bank_processes(tmp_path, (services.AUTH, services.TRANSACTION, services.ACCOUNT)) as bank:
        tokens = {name: person(bank, name) for name in (f"holder{n}" for n in range(CLIENTS))}
        ended = threading.Event()
        with ThreadPoolExecutor(CLIENTS + 1) as pool:
            killer = pool.submit(kill_often, bank, ended)
            clients = [pool.submit(live_with_cards, bank, name, token) for name, token in tokens.items()]
            issued = [card_id for client in clients for card_id in client.result()]
            ended.set()
            assert killer.result() > 0
        database = tmp_path / "account_service.db"
        wait_until(lambda: not rows(database, "SELECT id FROM cards WHERE told_version < version"), 60)
        cards = rows(database, "SELECT id, status, replaces, daily_minor FROM cards")
        events = rows(database, "SELECT type, json_extract(data, '$.card_id') FROM events WHERE type LIKE 'card_%'")
    assert len(set(issued)) == CLIENTS * CARDS_EACH
    by_demand = {card_id for card_id, _, replaces, _ in cards if replaces is None}
    assert by_demand == set(issued), "a card that nobody was told of, or one that is gone"
    replaced = {card_id for card_id, status, *_ in cards if status in ("replaced", "lost")}
    assert {replaces for *_, replaces, _ in cards if replaces is not None} <= replaced
    assert set(Counter(replaces for *_, replaces, _ in cards if replaces is not None).values()) == {1}
    issues = Counter(card_id for kind, card_id in events if kind == "card_issued")
    assert issues == {card_id: 1 for card_id, *_ in cards}
    ledger = tmp_path / "transaction_service.db"
    known = {card_id: (status, daily) for card_id, status, daily in rows(ledger, _KNOWN)}
    assert known == {card_id.replace("-", ""): (status, daily) for card_id, status, _, daily in cards}
    assert {status for status, _ in known.values()} >= {"active", "replaced", "lost", "cancelled"}
    check_ledger(ledger)


_KNOWN = "SELECT lower(hex(id)), status, daily_minor FROM cards"
