"""Who agrees to a mandate: the payer, or staff for them, of which the payer hears."""

import pytest

from tests.ledgers import LedgerUnderTest
from tests.orders import MANDATES, agreed_mandate, asked_mandate, made, read, told

pytestmark = pytest.mark.databases_in_turn


def test_who_agreed_is_kept_and_a_payer_is_told_of_staff_who_agreed_for_them(ledger: LedgerUnderTest) -> None:
    power, ada = ledger.open_account(holder_name="Power and Light"), ledger.open_account(deposit_minor=100_000)
    by_debtor, by_staff = agreed_mandate(power, ada, "A"), asked_mandate(power, ada, "B")
    assert (by_staff["confirmed_by"], by_debtor["confirmed_by"]) == (None, {"kind": "customer", "name": None})
    staff = ledger.staff()
    agreed = made(ledger.call("POST", f"{MANDATES}/{by_staff['id']}/confirm", {}, headers=staff))
    assert agreed["confirmed_by"]["kind"] == "staff"
    heard = [(event["user_id"], event["side"], event["status"]) for event in told(ledger, "mandate_changed")]
    both = [(power.owner_id, "creditor", "active"), (ada.owner_id, "debtor", "active")]
    assert heard == [both[0], *both], "whoever agreed themselves is not told"
    assert agreed["confirmed_by"]["name"].startswith("user-")
    assert read(ada, f"{MANDATES}/{by_staff['id']}")["confirmed_by"] == {"kind": "bank", "name": None}
