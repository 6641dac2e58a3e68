"""Who listens to the whole bank hears when somebody moves its clock, but not of time that passes."""

from pathlib import Path
from typing import Any

import pytest

from shared.identifiers import new_id
from shared.identity.access import SIMULATE
from shared.time import clock
from tests.holds import CLOCK, advance
from tests.inboxes import open_inbox
from tests.ledgers import LedgerUnderTest
from tests.orders import told
from tests.receivers import receiving
from tests.webhooks import made

pytestmark = pytest.mark.databases_in_turn


def move(ledger: LedgerUnderTest, **asked: Any) -> int:
    """An administrator moves the clock; the status of the answer."""
    headers = ledger.keys.headers(new_id(), role="admin", scope=SIMULATE)
    return ledger.call("POST", CLOCK, asked, headers=headers).status_code


def rows(ledger: LedgerUnderTest) -> list[dict[str, Any]]:
    """The ledger's feed as it is."""
    reply = ledger.call("GET", "/internal/events?after=0&limit=2000", headers=ledger.service)
    found: list[dict[str, Any]] = reply.json["data"]
    return found


def test_each_move_that_somebody_made_is_told_once(ledger: LedgerUnderTest) -> None:
    assert move(ledger, begin_at="2020-01-01T00:00:00Z") == 200
    ada = ledger.open_account(deposit_minor=1_000)
    advance(ada, days=1)
    assert move(ledger, advance_by={"days": 2, "hours": 1}) == 200
    assert move(ledger, advance_by={"days": 0, "hours": 0}) in {200, 422}
    assert move(ledger, advance_to="2019-12-31T00:00:00Z") == 400
    begun, moved = told(ledger, "clock_advanced")
    assert begun["target_time"] == "2020-01-01T00:00:00.000000Z" < begun["previous_time"]
    previous, target = (clock.from_wire(moved[name]) for name in ("previous_time", "target_time"))
    assert target - previous == 49 * 3_600 * clock.MICROSECONDS
    assert moved["previous_time"] > "2020-01-02"
    assert set(moved) == {"type", "previous_time", "target_time", "happened_at"}, "nobody's name"
    ledger.check()


def test_only_webhooks_of_the_whole_bank_hear_of_it(ledger: LedgerUnderTest, tmp_path: Path) -> None:
    admin, ada = new_id(), new_id()
    with open_inbox(tmp_path) as inbox, receiving() as of_bank, receiving() as of_people:
        made(inbox, admin, of_bank.url, "clock.advanced", role="admin")
        made(inbox, ada, of_people.url)
        assert inbox.hook("POST", "", admin, {"url": of_people.url, "events": ["*"], "scope": "own"}, role="admin").json
        assert [move(ledger, advance_by={"days": days}) for days in (1, 2, 3)] == [200] * 3
        inbox.take_in("holds", rows(ledger))
        inbox.take_in("holds", rows(ledger))
        inbox.deliver()
        heard = [one.message for one in of_bank.received]
        assert [one["type"] for one in heard] == ["clock.advanced"] * 3
        ends = [one["data"]["target_time"] for one in heard]
        assert ends == [one["target_time"] for one in told(ledger, "clock_advanced")] == sorted(ends)
        assert of_people.received == []
        assert inbox.hook("GET", "/events", ada).json["data"] == []
        assert inbox.listed(ada) == inbox.listed(admin) == []
