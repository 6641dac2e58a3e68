"""A ledger with something of all that falls due in a year, and what has come of it, to be compared with another's."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.identifiers import new_id
from tests import databases
from tests.cards import card_number, state
from tests.resilience.ledger_process import LedgerProcess
from tests.resilience.test_interest_killed import PLAN

BERLIN = ZoneInfo("Europe/Berlin")
SHOP = {"name": "Book Corner", "mcc": "5942", "country": "DE"}
_CARD_PLAN = {
    **PLAN,
    "credit_rate": 0,
    "tiers": [],
    "debit_rate": 199_000,
    "overdraft_limit_minor": 0,
    "monthly_fee_minor": 0,
    "overdraft_fee_minor": 0,
    "late_payment_fee_minor": 1_500,
}
_FREQUENCIES = ("weekly", "monthly", "quarterly")


def arrange(ledger: LedgerProcess, people: int) -> None:
    """So many people each save at interest, pay orders and direct debits, hold money, and owe on a credit card.

    Every second of them has too little on the account that the card is settled from.
    """
    for code, plan in (("plus", PLAN), ("card", _CARD_PLAN)):
        _made(ledger, "PUT", f"/internal/ledger/rate-plans/{code}", plan, ledger.service)
    ((shop_id, shop),) = ledger.open_accounts(1, 0)
    today = datetime.now(BERLIN).date()
    for number, (saver_id, saver) in enumerate(ledger.open_accounts(people, 5_000_000, rate_plan="plus")):
        first = (today + timedelta(days=3 + number % 25)).isoformat()
        order = {"from_account_id": saver_id, "to_account_id": shop_id, "amount": "1.00", "first_on": first}
        frequency = _FREQUENCIES[number % len(_FREQUENCIES)]
        _made(ledger, "POST", "/api/standing-orders", {**order, "frequency": frequency}, saver)
        asked = {"creditor_account_id": shop_id, "debtor_account_number": ledger.numbers[saver_id]}
        mandate = _made(ledger, "POST", "/api/direct-debits/mandates", {**asked, "reference": f"M-{number}"}, shop)
        _made(ledger, "POST", f"/api/direct-debits/mandates/{mandate['id']}/confirm", {}, saver)
        for month in range(6):
            due_on = (today + timedelta(days=9 + number % 20 + 30 * month)).isoformat()
            collection = {"mandate_id": mandate["id"], "amount": "2.00", "due_on": due_on}
            _made(ledger, "POST", "/api/direct-debits/collections", collection, shop)
        hold = {"account_id": saver_id, "amount": "3.00", "expires_in": {"days": 1 + number % 300}}
        _made(ledger, "POST", "/api/transactions/holds", hold, _staff(ledger))
        _credit_card(ledger, billing_day=1 + number % 28, deposit_minor=100_000 if number % 2 else 1_000)


def what_came(ledger: LedgerProcess) -> dict[str, Any]:
    """Every entry by its kind, amount and day, how many rows there are of the rest, and what is on all accounts."""
    with databases.snapshot_of(ledger.database) as connection:

        def rows(query: str) -> Sequence[Any]:
            return connection.exec_driver_sql(query).all()

        booked = rows("SELECT type, amount_minor, effective_at FROM entries WHERE type <> 'deposit'")
        tables = ("holds", "order_executions", "collections", "mandates", "card_statements", "interest_periods")
        return {
            "entries": Counter((row[0], row[1], _day(row[2])) for row in booked),
            "events": Counter(row[0] for row in rows("SELECT type FROM events")),
            "kinds of work": Counter(row[0] for row in rows("SELECT kind FROM due_work")),
            **{table: rows(f"SELECT COUNT(*) FROM {table}")[0][0] for table in tables},
            "balances": sorted(rows("SELECT balance_minor, held_minor FROM accounts WHERE owner_id IS NOT NULL")),
        }


def _credit_card(ledger: LedgerProcess, *, billing_day: int, deposit_minor: int) -> None:
    owner_id = new_id()
    ((checking_id, _),) = ledger.open_accounts(1, deposit_minor, owner_id=owner_id)
    line = {"settlement_account_id": checking_id, "billing_day": billing_day, "rate_plan": "card"}
    facts = {"account_type": "credit", "floor_minor": -100_000, "owner_id": owner_id, "credit_line": line}
    ((credit_id, _),) = ledger.open_accounts(1, 0, **facts)
    card = {"account_id": credit_id, "kind": "credit", "card_number": card_number(), "security_code": "123"}
    card_id = new_id()
    told = {**card, "expires": "2099-12", **state()}
    _made(ledger, "PUT", f"/internal/ledger/cards/{card_id}", told, ledger.service)
    bought = {"card_id": card_id, "amount": "60.00", "currency": "EUR", "merchant": SHOP, "channel": "chip"}
    _made(ledger, "POST", "/api/card-network/authorizations", {**bought, "capture": True}, acquirer(ledger))


def acquirer(ledger: LedgerProcess) -> dict[str, str]:
    """Headers of who stands for shops."""
    return ledger.keys.headers("acquirer", role="service", scope="cards:acquire", life_seconds=7200)


def _staff(ledger: LedgerProcess) -> dict[str, str]:
    return ledger.keys.headers("01890000-0000-7000-8000-00000000000f", role="employee", life_seconds=7200)


def _day(instant_us: int) -> str:
    return datetime.fromtimestamp(instant_us // 1_000_000, BERLIN).date().isoformat()


def _made(ledger: LedgerProcess, method: str, path: str, payload: dict[str, Any], headers: dict[str, str]) -> Any:
    status, body = ledger.once(method, path, payload, headers)
    assert status in (200, 201), body
    return body["data"]
