"""Whoever dies at each step of a commit is asked every route by which the ledger writes, or it is said why not."""

import re
from typing import Any

from shared.identifiers import new_id
from shared.time.clock import now_us, to_wire
from tests.keys import SigningKeys
from tests.ledgers import LedgerUnderTest
from tests.resilience.asked_of_cards_and_orders import ASKED, NOT_ASKED, SELDOM, Scene


class PaperLedger:
    """Says yes to whatever a scene asks on its way, so that its last request can be read."""

    def __init__(self, keys: SigningKeys) -> None:
        self.keys = keys
        self.service = keys.headers("account-service", role="service", scope="ledger:accounts")
        self.numbers: dict[str, str] = {}

    def open_accounts(self, count: int, _minor: int, **_facts: Any) -> list[tuple[str, dict[str, str]]]:
        ids = [new_id() for _ in range(count)]
        self.numbers |= dict.fromkeys(ids, "DE89370400440532013000")
        return [(account_id, self.keys.headers(new_id())) for account_id in ids]

    def once(self, *_asked: Any) -> tuple[int, dict[str, Any]]:
        return 200, {"data": {"id": new_id(), "bank_time": to_wire(now_us()), "target_time": None}}


def test_every_route_by_which_the_ledger_writes_is_asked_or_has_a_reason(ledger: LedgerUnderTest) -> None:
    reading = {"GET", "HEAD", "OPTIONS"}
    writing = {f"{method} {rule.rule}" for rule in ledger.app.url_map.iter_rules() for method in rule.methods - reading}
    asked = set()
    for what, make in ASKED.items():
        request = make(Scene(PaperLedger(SigningKeys())))  # type: ignore[arg-type]
        (route,) = [
            one for one in writing if re.fullmatch(re.sub(r"<\w+>", "[^/]+", one), f"{request.method} {request.path}")
        ]
        asked.add(route)
        assert what
    assert writing - asked - NOT_ASKED.keys() == set(), "ask it in asked_of_cards_and_orders.py, or say why not"
    assert NOT_ASKED.keys() - writing == set(), "there is no such route any more"
    assert NOT_ASKED.keys() & asked == set()


def test_what_is_seldom_asked_is_asked() -> None:
    assert ASKED.keys() >= SELDOM
