"""A ledger with something of all that falls due in a year, and what has come of it, to be compared with another's."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.identifiers import new_id
from shared.time.target_calendar import following_target_day
from tests import databases
from tests.bank_days import BERLIN
from tests.cards import card_number, state
from tests.exchanges import PER_EURO
from tests.resilience.killed_year import CLOCK, wait_until_done
from tests.resilience.ledger_process import LedgerProcess
from tests.resilience.test_interest_killed import PLAN

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
BANK_BEGINS = datetime(2025, 5, 14, 12, tzinfo=UTC)
YEAR_BEGINS = datetime(2027, 11, 15, 12, tzinfo=UTC)
"""Thirty months later: a mandate that is never used expires after 36. The year has a 29th of February."""
_TODAY = YEAR_BEGINS.date()


def arrange(ledger: LedgerProcess, people: int) -> None:
    """So many people each save at interest, pay orders and direct debits, hold money, and owe on a credit card.

    Every second of them has too little on the account that the card is settled from. It is `YEAR_BEGINS` when all is
    arranged, but for the mandates that nobody has used since thirty months.
    """
    _begin(ledger, BANK_BEGINS)
    ((shop_id, shop),) = ledger.open_accounts(1, 0)
    for number in range(1 + people // 10):
        _unused_mandate(ledger, shop_id, shop, number)
    go_to(ledger, YEAR_BEGINS)
    for code, plan in (("plus", PLAN), ("card", _CARD_PLAN)):
        _made(ledger, "PUT", f"/internal/ledger/rate-plans/{code}", plan, ledger.service)
    rates = {"source": "a test", "margin_bp": 50, "per_euro": PER_EURO}
    _made(ledger, "PUT", "/internal/ledger/exchange-rates/2026-01-05", rates, ledger.service)
    ((dollars_id, _),) = ledger.open_accounts(1, 0, currency="USD")
    for number, (saver_id, saver) in enumerate(ledger.open_accounts(people, 5_000_000, rate_plan="plus")):
        for payee_id, apart in ((shop_id, 0), (dollars_id, 1)):
            first = (_TODAY + timedelta(days=3 + (number + apart) % 25)).isoformat()
            order = {"from_account_id": saver_id, "to_account_id": payee_id, "amount": "1.00", "first_on": first}
            frequency = _FREQUENCIES[(number + apart) % len(_FREQUENCIES)]
            _made(ledger, "POST", "/api/standing-orders", {**order, "frequency": frequency}, saver)
        mandate_id = _agreed_mandate(ledger, (shop_id, shop), (saver_id, saver), f"M-{number}")
        for month in range(6):
            _collection(ledger, shop, mandate_id, _TODAY + timedelta(days=9 + number % 20 + 30 * month))
        hold = {"account_id": saver_id, "amount": "3.00", "expires_in": {"days": 1 + number % 300}}
        _made(ledger, "POST", "/api/transactions/holds", hold, _staff(ledger))
        _payments_on_a_day(ledger, (saver_id, saver), shop_id, number)
        _credit_card(ledger, billing_day=1 + number % 28, deposit_minor=100_000 if number % 2 else 1_000)


def go_to(ledger: LedgerProcess, moment: datetime) -> None:
    """Move the bank's clock there, and wait until what is due until then is done; the ledger may die on the way."""
    step = {"advance_to": moment.isoformat(), "wait_seconds": 0}
    status, body = ledger.until_answered("POST", CLOCK, step, _simulator(ledger))
    assert status in (200, 400), body  # 400: it is there, the answer was lost
    wait_until_done(ledger)


def what_came(ledger: LedgerProcess) -> dict[str, Any]:
    """Every entry by its kind, amount and day; what came of orders, collections and mandates, and when; how many rows
    there are of the rest, and what is on all accounts.
    """
    with databases.snapshot_of(ledger.database) as connection:

        def rows(query: str) -> Sequence[Any]:
            return connection.exec_driver_sql(query).all()

        def counted(query: str) -> Counter[Any]:
            """Rows whose first column is an instant, or None, by its hour in the bank's zone."""
            return Counter((_hour(row[0]), *row[1:]) for row in rows(query))

        booked = rows("SELECT type, amount_minor, effective_at FROM entries WHERE type <> 'deposit'")
        tables = ("holds", "order_executions", "collections", "mandates", "card_statements", "interest_periods")
        return {
            "entries": Counter((row[0], row[1], _day(row[2])) for row in booked),
            "exchanged": counted(
                "SELECT e.effective_at, e.type, x.source_minor, x.target_minor, x.target_currency "
                "FROM exchanges x JOIN entries e ON e.position = x.position"
            ),
            "executions": counted(
                "SELECT x.executed_at, o.kind, x.day, x.attempts, x.error_code "
                "FROM order_executions x JOIN payment_orders o ON o.key = x.order_key"
            ),
            "collected": counted("SELECT settled_at, status, return_code, due_day FROM collections"),
            "mandated": counted("SELECT ended_at, status FROM mandates"),
            "events": Counter(row[0] for row in rows("SELECT type FROM events")),
            "kinds of work": Counter(row[0] for row in rows("SELECT kind FROM due_work")),
            **{table: rows(f"SELECT COUNT(*) FROM {table}")[0][0] for table in tables},
            "balances": sorted(rows("SELECT balance_minor, held_minor FROM accounts WHERE owner_id IS NOT NULL")),
        }


def _begin(ledger: LedgerProcess, moment: datetime) -> None:
    """Have the bank, which has no account yet, begin then."""
    _made(ledger, "POST", CLOCK, {"begin_at": moment.isoformat()}, _simulator(ledger))


def _unused_mandate(ledger: LedgerProcess, shop_id: str, shop: dict[str, str], number: int) -> None:
    """One that was agreed a day later than the one before, for a payment far ahead: it expires, and that comes back."""
    go_to(ledger, BANK_BEGINS + timedelta(days=1 + number))
    (debtor,) = ledger.open_accounts(1, 10_000)
    mandate_id = _agreed_mandate(ledger, (shop_id, shop), debtor, f"UNUSED-{number}")
    _collection(ledger, shop, mandate_id, _TODAY + timedelta(days=250 + number))


def _agreed_mandate(
    ledger: LedgerProcess, creditor: tuple[str, dict[str, str]], debtor: tuple[str, dict[str, str]], reference: str
) -> str:
    """A mandate that the debtor has confirmed: its id. Both as (account id, the owner's headers)."""
    asked = {"creditor_account_id": creditor[0], "debtor_account_number": ledger.numbers[debtor[0]]}
    mandate = _made(ledger, "POST", "/api/direct-debits/mandates", {**asked, "reference": reference}, creditor[1])
    _made(ledger, "POST", f"/api/direct-debits/mandates/{mandate['id']}/confirm", {}, debtor[1])
    return str(mandate["id"])


def _collection(ledger: LedgerProcess, creditor: dict[str, str], mandate_id: str, due_on: date) -> None:
    collection = {"mandate_id": mandate_id, "amount": "2.00", "due_on": due_on.isoformat()}
    _made(ledger, "POST", "/api/direct-debits/collections", collection, creditor)


def _payments_on_a_day(ledger: LedgerProcess, saver: tuple[str, dict[str, str]], shop_id: str, number: int) -> None:
    """The saver pays somebody who has nothing, and who pays more on that morning, before anything is there: tried again
    at two, the first payment of that is made and the second has failed.
    """
    day = following_target_day(_TODAY + timedelta(days=5 + 3 * number % 330))
    ((poor_id, poor),) = ledger.open_accounts(1, 0)
    for payer_id, payer, payee_id, amount in (
        (poor_id, poor, shop_id, "4.00"),
        (poor_id, poor, shop_id, "5.00"),
        (*saver, poor_id, "7.00"),
    ):
        payment = {"from_account_id": payer_id, "to_account_id": payee_id, "amount": amount}
        _made(ledger, "POST", "/api/scheduled-payments", {**payment, "execute_on": day.isoformat()}, payer)


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


def _simulator(ledger: LedgerProcess) -> dict[str, str]:
    return ledger.keys.headers("simulator-service", role="service", scope="bank:simulate", life_seconds=7200)


def _staff(ledger: LedgerProcess) -> dict[str, str]:
    return ledger.keys.headers("01890000-0000-7000-8000-00000000000f", role="employee", life_seconds=7200)


def _day(instant_us: int) -> str:
    return datetime.fromtimestamp(instant_us // 1_000_000, BERLIN).date().isoformat()


def _hour(instant_us: int | None) -> str:
    if instant_us is None:
        return ""
    return datetime.fromtimestamp(instant_us // 1_000_000, BERLIN).isoformat(timespec="hours")


def _made(ledger: LedgerProcess, method: str, path: str, payload: dict[str, Any], headers: dict[str, str]) -> Any:
    status, body = ledger.once(method, path, payload, headers)
    assert status in (200, 201), body
    return body["data"]
