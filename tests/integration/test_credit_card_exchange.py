"""A credit card pays its product's fee for another currency, whichever way money leaves its account."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.account_bank import AccountBank, account_bank
from tests.cards import NETWORK, SHOP
from tests.exchanges import QUOTES, tell_rates
from tests.integration.test_credit_cards import Holder, issued_to
from tests.orders import SCHEDULED
from tests.plans import today

pytestmark = pytest.mark.databases_in_turn
MARGIN = "0.0225"
"""Half a per cent that the bank always keeps, and 1.75 of the product."""


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountBank]:
    with account_bank(tmp_path, monkeypatch) as made:
        tell_rates(made.ledger)
        product = {
            "code": "credit-abroad",
            "account_type": "credit",
            "currency": "EUR",
            "name": "Credit card",
            "overdraft": {"limit": "2000.00", "rate": "19.90"},
            "fees": {"foreign_exchange": "1.75"},
        }
        reply = made.products("POST", "", product)
        assert reply.status_code == 201, reply.text
        yield made


@pytest.fixture
def jane(bank: AccountBank) -> Holder:
    return issued_to(bank, bank.person("Jane Doe"), product="credit-abroad")


def asked(jane: Holder, path: str, payload: dict[str, Any]) -> Any:
    """What Jane asks of the ledger."""
    return jane.bank.ledger.call("POST", path, payload, headers=jane.bank.keys.headers(jane.user_id))


def test_a_shop_abroad_costs_it_authorized_or_not(jane: Holder) -> None:
    held = jane.authorize("100.00", currency="USD")
    assert (held["amount"], held["exchange_rate"]) == ("93.97", "1.06420425")
    headers = jane.bank.keys.headers("acquirer", role="service", scope="cards:acquire")
    capture = jane.bank.ledger.call("POST", f"{NETWORK}/authorizations/{held['id']}/capture", {}, headers=headers)
    assert capture.json["data"]["exchange"]["margin"] == MARGIN
    forced = {"card_id": jane.card["id"], "amount": "100.00", "currency": "USD", "merchant": SHOP}
    cleared = jane.bank.ledger.call("POST", f"{NETWORK}/clearings", forced, headers=headers).json["data"]
    assert (cleared["amount"], cleared["exchange"]["margin"]) == ("93.97", MARGIN)
    assert jane.now()["balance"] == "-187.94"


def test_a_transfer_and_a_quote_of_its_account_cost_it(jane: Holder) -> None:
    dollars = jane.bank.opened(jane.user_id, currency="USD")["id"]
    account_id = jane.card["account_id"]
    wanted = {"from_currency": "EUR", "to_currency": "USD", "amount": "100.00", "from_account_id": account_id}
    assert asked(jane, QUOTES, wanted).json["data"]["margin"] == MARGIN
    assert jane.move(jane.checking_id, account_id, "100.00").status_code == 201, "nothing else leaves it but its own"
    moved = jane.move(account_id, dollars, "100.00")
    assert moved.status_code == 201, moved.text
    assert moved.json["data"]["exchange"]["margin"] == MARGIN


def test_an_order_that_costs_too_much_with_it_is_refused(jane: Holder) -> None:
    ledger = jane.bank.ledger
    checking = ledger.open_account()
    line = {"settlement_account_id": checking.account_id, "billing_day": 9, "rate_plan": "credit-abroad"}
    facts: dict[str, Any] = {"floor_minor": -1000_00, "movement_limit_minor": 100_00, "credit_line": line}
    credit = ledger.open_account(checking.owner_id, account_type="credit", **facts)
    payload = {
        "from_account_id": credit.account_id,
        "to_account_id": ledger.open_account(currency="USD").account_id,
        "fixed": "target",
        "execute_on": (today(ledger) + timedelta(days=3)).isoformat(),
    }
    refused = ledger.call("POST", SCHEDULED, {**payload, "amount": "107.00"}, headers=credit.headers)
    assert (refused.json["error_code"], refused.json["details"]["amount"]) == ("MOVEMENT_LIMIT_EXCEEDED", "100.54")
    assert ledger.call("POST", SCHEDULED, {**payload, "amount": "106.00"}, headers=credit.headers).status_code == 201
