"""A few calls that tests about payments arranged beforehand make."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.test import TestResponse

from shared.time.target_calendar import following_target_day
from tests.holds import CLOCK
from tests.ledgers import Holder, LedgerUnderTest

STANDING = "/api/standing-orders"
SCHEDULED = "/api/scheduled-payments"
MANDATES = "/api/direct-debits/mandates"
COLLECTIONS = "/api/direct-debits/collections"
PAYEES = "/api/payees"
BERLIN = ZoneInfo("Europe/Berlin")


def bank_now(ledger: LedgerUnderTest) -> datetime:
    """The bank's time, in its zone."""
    found = ledger.call("GET", CLOCK, headers=ledger.staff()).json["data"]["bank_time"]
    return datetime.fromisoformat(found).astimezone(BERLIN)


def settled_day(ledger: LedgerUnderTest, days: int) -> date:
    """A day so many days ahead, or the next one after it on which banks settle."""
    return following_target_day(bank_now(ledger).date() + timedelta(days=days))


def go_to(ledger: LedgerUnderTest, day: date, hour: int = 0, minute: int = 0) -> dict[str, Any]:
    """Move the bank's clock to an hour of a day, and wait until what is due until then is done."""
    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN).isoformat()
    headers = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    reply = ledger.call("POST", CLOCK, {"advance_to": moment, "wait_seconds": 30}, headers=headers)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json["data"]
    assert (found["target_time"], found["stopped_work"]) == (None, 0), found
    return found


def place_standing(payer: Holder, payee: Holder, amount: str, *, key: str | None = None, **more: Any) -> TestResponse:
    """A standing order from an account, asked for by its owner."""
    payload = {
        "from_account_id": payer.account_id,
        "to_account_number": payee.number,
        "amount": amount,
        "frequency": "monthly",
        **more,
    }
    return payer.ledger.call("POST", STANDING, payload, headers=payer.headers, key=key)


def standing_order(payer: Holder, payee: Holder, amount: str, first_on: date, **more: Any) -> dict[str, Any]:
    """The same, which must succeed: the order."""
    return made(place_standing(payer, payee, amount, first_on=first_on.isoformat(), **more))


def scheduled_payment(payer: Holder, payee: Holder, amount: str, on: date, **more: Any) -> dict[str, Any]:
    """A payment on a day, which must be accepted."""
    payload = {
        "from_account_id": payer.account_id,
        "to_account_id": payee.account_id,
        "amount": amount,
        "execute_on": on.isoformat(),
        **more,
    }
    return made(payer.ledger.call("POST", SCHEDULED, payload, headers=payer.headers))


def asked_mandate(creditor: Holder, debtor: Holder, reference: str = "POWER-1", **more: Any) -> dict[str, Any]:
    """A mandate that a creditor asked for."""
    payload = {
        "creditor_account_id": creditor.account_id,
        "debtor_account_number": debtor.number,
        "reference": reference,
        **more,
    }
    return made(creditor.ledger.call("POST", MANDATES, payload, headers=creditor.headers))


def agreed_mandate(creditor: Holder, debtor: Holder, reference: str = "POWER-1", **more: Any) -> dict[str, Any]:
    """The same, confirmed by the debtor."""
    mandate_id = asked_mandate(creditor, debtor, reference, **more)["id"]
    return act(debtor, f"{MANDATES}/{mandate_id}/confirm")


def collect_on(creditor: Holder, mandate_id: str, amount: str, on: date, **more: Any) -> TestResponse:
    """A creditor announces a collection."""
    payload = {"mandate_id": mandate_id, "amount": amount, "due_on": on.isoformat(), **more}
    return creditor.ledger.call("POST", COLLECTIONS, payload, headers=creditor.headers)


def act(holder: Holder, path: str, method: str = "POST", payload: Any = None) -> dict[str, Any]:
    """Something that somebody does with what is theirs, which must succeed."""
    return made(
        holder.ledger.call(method, path, payload if method != "POST" else payload or {}, headers=holder.headers)
    )


def read(holder: Holder, path: str) -> Any:
    """What somebody sees there."""
    reply = holder.ledger.call("GET", path, headers=holder.headers)
    assert reply.status_code == 200, reply.text
    return reply.json["data"]


def executions(holder: Holder, order_id: str) -> list[dict[str, Any]]:
    """What came of a standing order, oldest first."""
    rows: list[dict[str, Any]] = read(holder, f"{STANDING}/{order_id}/executions?limit=200")
    return rows[::-1]


def made(reply: TestResponse) -> dict[str, Any]:
    """What a reply that must be a success says."""
    assert reply.status_code in (200, 201), reply.text
    found: dict[str, Any] = reply.json["data"]
    return found


def told(ledger: LedgerUnderTest, *types: str) -> list[dict[str, Any]]:
    """The events of these types, in order."""
    rows = ledger.call("GET", "/internal/events?after=0&limit=2000", headers=ledger.service).json["data"]
    return [{"type": row["type"], **row["data"]} for row in rows if row["type"] in types]
