"""What tests of exchanges share: rates as the account service tells them, and calls that most of them make."""

from typing import Any

from werkzeug.test import TestResponse

from tests.ledgers import Holder, LedgerUnderTest

QUOTES = "/api/transactions/quotes"
PER_EURO = {"USD": "1.0887", "JPY": "161.29", "GBP": "0.8687", "KWD": "0.33512", "IDR": "17265.13"}


def tell_rates(ledger: LedgerUnderTest, day: str = "2026-01-05", *, margin_bp: int = 50, **per_euro: str) -> None:
    """Tell the ledger what a euro was worth on a day."""
    payload = {"source": "a test", "margin_bp": margin_bp, "per_euro": per_euro or PER_EURO}
    path = f"/internal/ledger/exchange-rates/{day}"
    reply = ledger.call("PUT", path, payload, headers=ledger.service)
    assert reply.status_code == 200, reply.text


def ask_quote(holder: Holder, source: str, target: str, amount: str, **more: str) -> TestResponse:
    """Ask for a quote in this person's name."""
    payload = {"from_currency": source, "to_currency": target, "amount": amount, **more}
    return holder.ledger.call("POST", QUOTES, payload, headers=holder.headers)


def quoted(holder: Holder, source: str, target: str, amount: str, **more: str) -> dict[str, Any]:
    """A quote that was given."""
    reply = ask_quote(holder, source, target, amount, **more)
    assert reply.status_code == 201, reply.text
    data: dict[str, Any] = reply.json["data"]
    return data


def reverse(ledger: LedgerUnderTest, transaction_id: str, **more: str) -> TestResponse:
    """Have somebody who works here take a transaction back."""
    path = f"/api/transactions/{transaction_id}/reverse"
    return ledger.call("POST", path, {"reason": "a mistake", **more}, headers=ledger.staff())


def positions(ledger: LedgerUnderTest) -> dict[str, int]:
    """What the bank holds of each currency for having exchanged it, by the journal."""
    found: dict[str, int] = {}
    for row in ledger.call("GET", "/internal/journal?limit=1000", headers=ledger.service).json["data"]:
        for leg in row["postings"]:
            if leg["account_id"].startswith("bank:exchange-position:"):
                found[leg["currency"]] = found.get(leg["currency"], 0) + leg["amount_minor"]
    return found
