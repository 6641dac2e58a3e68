"""The ledger finds what somebody altered behind its back (catalogue 27 in part, 28, 29 for the journal)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.storage.sqlite import sqlite_driver as sqlite3
from tests.cards import SHOP, TestCard
from tests.exchanges import tell_rates
from tests.holds import advance, capture, placed
from tests.ledgers import LedgerUnderTest, open_ledger
from tests.oracle import in_sql
from tests.tampered_ledgers import by_hand, findings, three_payments


@pytest.fixture
def tampered(tmp_path: Path) -> Iterator[LedgerUnderTest]:
    """A ledger whose file the test is going to alter, so the oracle is not asked at the end."""
    with open_ledger(tmp_path) as opened:
        yield opened


def test_one_cent_of_drift_freezes_the_account_and_names_it(tampered: LedgerUnderTest) -> None:
    ada, bob = three_payments(tampered)
    with by_hand(tampered) as file:
        file.execute(f"UPDATE accounts SET balance_minor = balance_minor + 1 WHERE id = {in_sql(ada.account_id)}")
    assert ("balances equal postings", ada.account_id) in findings(tampered)
    (found,) = tampered.app.extensions["context"].reconciliation.look()
    assert found.record == ada.account_id
    assert ada.pay(bob, "1.00").json["error_code"] == "ACCOUNT_FROZEN"
    assert bob.withdraw("1.00").status_code == 201


def test_more_given_back_than_was_paid_is_named(tampered: LedgerUnderTest) -> None:
    ada, bob = three_payments(tampered)
    small, large = (ada.pay(bob, amount).json["data"]["id"] for amount in ("0.10", "1.00"))
    path = f"/api/transactions/{large}/reverse"
    given_back = tampered.call("POST", path, {"reason": "a mistake"}, headers=tampered.staff()).json["data"]["id"]
    assert findings(tampered) == []
    with by_hand(tampered) as file:
        of_small = f"(SELECT position FROM entries WHERE id = {in_sql(small)})"
        file.execute(f"UPDATE entries SET reverses = {of_small} WHERE id = {in_sql(given_back)}")
    assert ("reversals stay within the original", small) in findings(tampered)


def test_the_database_itself_refuses_to_change_entries_and_postings(tampered: LedgerUnderTest) -> None:
    three_payments(tampered)
    connection = sqlite3.connect(tampered.path)
    for table in ("entries", "postings"):
        for change in (f"UPDATE {table} SET effective_at = effective_at", f"DELETE FROM {table}"):
            with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                connection.execute(change)
    connection.close()
    assert tampered.check()["entries"] == 4


def test_replacing_rows_is_refused_to_the_bank_and_found_where_another_program_does_it(
    tampered: LedgerUnderTest,
) -> None:
    """SQLite asks the guards about what REPLACE deletes only for connections that want it so, as the bank's own do."""
    three_payments(tampered)
    names = "position, leg, account_key, currency, amount_minor + 1, balance_after_minor, effective_at"
    replace = f"REPLACE INTO postings SELECT {names} FROM postings WHERE position = 3 AND leg = 1"
    with pytest.raises(DBAPIError, match="append-only"), tampered.app.extensions["database"].write() as connection:
        connection.execute(text(replace))
    assert tampered.check()["entries"] == 4
    with sqlite3.connect(tampered.path) as file:
        file.execute(replace)
    file.close()
    assert ("hash chain", "3") in findings(tampered)


@pytest.mark.parametrize(
    ("change", "first_bad"),
    [
        ("UPDATE postings SET balance_after_minor = balance_after_minor + 1 WHERE position = 3", "3"),
        ("UPDATE postings SET currency = 'USD' WHERE position = 3", "3"),
        ("UPDATE entries SET description = 'x' WHERE position = 3", "3"),
        ("UPDATE entries SET effective_at = effective_at - 1 WHERE position = 3", "3"),
        ("UPDATE entries SET request_id = NULL WHERE position = 3", "3"),
        ("UPDATE entries SET hash_version = 1 WHERE position = 3", "3"),
        ("UPDATE entries SET hash_version = 9 WHERE position = 3", "3"),
        ("UPDATE entries SET end_to_end_id = 'INV-1' WHERE position = 3", "3"),
        ("UPDATE initiators SET channel = 'web' WHERE channel = 'api'", "2"),
        ("DELETE FROM entries WHERE position = 3", "3"),
        ("DELETE FROM entries WHERE position = 4", "4"),
        ("UPDATE ledger_state SET head_booked_at = head_booked_at + 3600000000", "4"),
        ("UPDATE entries SET position = CASE position WHEN 3 THEN 99 ELSE 3 END WHERE position IN (3, 4)", "3"),
    ],
)
def test_an_edited_reordered_or_cut_journal_is_named_at_its_first_bad_position(
    tampered: LedgerUnderTest, change: str, first_bad: str
) -> None:
    three_payments(tampered)
    with by_hand(tampered) as file:
        file.execute(change)
    assert ("hash chain", first_bad) in findings(tampered)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE idempotency_keys SET position = position - 1 WHERE position = 4",
        "UPDATE idempotency_keys SET position = 6 WHERE position = 5",
        "DELETE FROM refused_attempts",
    ],
    ids=["another entry", "one entry twice", "no attempt"],
)
def test_a_key_that_does_not_tell_what_came_of_it_is_named(tampered: LedgerUnderTest, change: str) -> None:
    """Whoever sends it again would be shown somebody else's payment, or none where there was one."""
    ada, bob = tampered.open_account(deposit_minor=10_000), tampered.open_account()
    for key in ("first", "second", "third"):
        ada.pay(bob, "1.00", key=key)
    item = {"type": "deposit", "amount": "1.00", "account_id": ada.account_id}
    items = [{**item, "idempotency_key": key} for key in ("fourth", "fifth")]
    tampered.call("POST", "/api/transactions/batch", {"items": items}, headers=ada.headers)
    assert ada.pay(bob, "1000.00", key="too-much").json["error_code"] == "INSUFFICIENT_FUNDS"
    assert tampered.check() == {"entries": 6, "keys": 7}
    with by_hand(tampered) as file:
        file.execute(change)
    assert [check for check, _ in findings(tampered)] == ["derived rows equal entries"]


def test_an_account_below_its_floor_without_a_reason_is_named(tampered: LedgerUnderTest) -> None:
    ada, _ = three_payments(tampered)
    with by_hand(tampered) as file:
        file.execute(
            f"UPDATE accounts SET daily_limit_minor = 0, held_minor = 9800 WHERE id = {in_sql(ada.account_id)}"
        )
    assert ("none below its floor", ada.account_id) in findings(tampered)
    with by_hand(tampered) as file:
        file.execute("UPDATE accounts SET floor_passed_at = 2")
    assert ("none below its floor", ada.account_id) not in findings(tampered)


@pytest.mark.parametrize(
    ("change", "restore"),
    [
        ("UPDATE accounts SET held_minor = 299", "UPDATE accounts SET held_minor = 300"),
        ("UPDATE holds SET remaining_minor = 301", "UPDATE holds SET remaining_minor = 300"),
        ("UPDATE holds SET captured_minor = 201", "UPDATE holds SET captured_minor = 200"),
        ("UPDATE hold_captures SET position = position - 1", "UPDATE hold_captures SET position = position + 1"),
        ("UPDATE due_work SET due_at = due_at - 1", "UPDATE due_work SET due_at = due_at + 1"),
        ("UPDATE due_work SET subject_id = X'00'", "UPDATE due_work SET subject_id = (SELECT id FROM holds)"),
    ],
)
def test_holds_that_do_not_fit_together_are_found(tampered: LedgerUnderTest, change: str, restore: str) -> None:
    ada = tampered.open_account(deposit_minor=10_000)
    hold = placed(ada, "5.00")
    assert capture(ada, hold["id"], amount="2.00", final=False).status_code == 201
    where = f" WHERE id = {in_sql(ada.account_id)}" if "accounts" in change else ""
    with by_hand(tampered) as file:
        file.execute(change + where)
    assert "derived rows equal entries" in {check for check, _ in findings(tampered)}
    with by_hand(tampered) as file:
        file.execute(restore + where)
    tampered.check()


@pytest.mark.parametrize(
    ("change", "restore"),
    [
        ("UPDATE authorizations SET forced_minor = 1", "UPDATE authorizations SET forced_minor = 0"),
        ("UPDATE authorizations SET hold_key = NULL", "UPDATE authorizations SET hold_key = 1"),
        (
            "UPDATE holds SET authorization_id = NULL",
            "UPDATE holds SET authorization_id = (SELECT id FROM authorizations)",
        ),
        (
            "UPDATE card_entries SET authorization_id = X'00'",
            "UPDATE card_entries SET authorization_id = (SELECT id FROM authorizations)",
        ),
        (
            "UPDATE authorization_events SET amount_minor = amount_minor + 1 WHERE type = 'captured'",
            "UPDATE authorization_events SET amount_minor = amount_minor - 1 WHERE type = 'captured'",
        ),
        ("UPDATE disputes SET amount_minor = amount_minor - 1", "UPDATE disputes SET amount_minor = amount_minor + 1"),
        (
            "UPDATE disputes SET status = 'lost', resolved_at = 1",
            "UPDATE disputes SET status = 'open', resolved_at = NULL",
        ),
        ("UPDATE disputes SET position = 1", "UPDATE disputes SET position = 2"),
        ("UPDATE disputes SET debit_position = 2", "UPDATE disputes SET debit_position = NULL"),
    ],
)
def test_card_payments_that_do_not_fit_together_are_found(tampered: LedgerUnderTest, change: str, restore: str) -> None:
    ada = tampered.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    authorization_id = card.authorized("5.00")["id"]
    assert card.capture(authorization_id, amount="2.00", final=False).status_code == 201
    disputed = card.ask("/disputes", {"transaction_id": authorization_id, "reason": "no"}, headers=ada.headers)
    assert disputed.status_code == 201, disputed.text
    with by_hand(tampered) as file:
        file.execute(change)
    assert "derived rows equal entries" in {check for check, _ in findings(tampered)}
    with by_hand(tampered) as file:
        file.execute(restore)
    tampered.check()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE authorizations SET exchange_rate = NULL, reference_rate = NULL, margin_bp = NULL, rate_day = NULL",
        "UPDATE authorizations SET exchange_rate = NULL, original_minor = amount_minor, original_currency = 'EUR'",
        "UPDATE authorization_events SET original_minor = original_minor + 1 WHERE type = 'approved'",
        "UPDATE authorization_events SET amount_minor = amount_minor + 1 WHERE type = 'captured'",
        "UPDATE authorization_events SET original_minor = original_minor + 1 WHERE type = 'captured'",
        "UPDATE holds SET amount_minor = amount_minor + 1",
        "UPDATE holds SET remaining_minor = remaining_minor + 1",
    ],
)
def test_card_payments_in_another_currency_that_do_not_fit_together_are_found(
    tampered: LedgerUnderTest, change: str
) -> None:
    tell_rates(tampered)
    card = TestCard(tampered.open_account(deposit_minor=10_000))
    authorization_id = card.authorized("20.00", currency="USD", merchant=SHOP)["id"]
    assert card.capture(authorization_id, amount="3.00", final=False).status_code == 201
    tampered.check()
    with by_hand(tampered) as file:
        file.execute(change)
    assert authorization_id in {record for _, record in findings(tampered)}


def test_a_shop_that_lost_a_dispute_and_kept_the_money_is_found(tampered: LedgerUnderTest) -> None:
    ada, shop = tampered.open_account(deposit_minor=10_000), tampered.open_account()
    card = TestCard(ada)
    entry_id = card.authorized("5.00", merchant={**SHOP, "account_id": shop.account_id}, capture=True)["id"]
    asked = {"transaction_id": entry_id, "reason": "no"}
    dispute = card.ask("/disputes", asked, headers=ada.headers).json["data"]
    decided = card.ask(f"/disputes/{dispute['id']}/resolve", {"won": True}, headers=tampered.staff())
    assert decided.status_code == 200, decided.text
    for debit in ("NULL", "credit_position"):
        with by_hand(tampered) as file:
            ((position,),) = file.execute("SELECT debit_position FROM disputes")
            file.execute(f"UPDATE disputes SET debit_position = {debit}")
        assert ("derived rows equal entries", dispute["id"]) in findings(tampered)
        with by_hand(tampered) as file:
            file.execute(f"UPDATE disputes SET debit_position = {position}")
    tampered.check()


@pytest.mark.parametrize("change", ["DELETE FROM disputes", "UPDATE disputes SET debit_position = credit_position"])
def test_a_chargeback_of_no_dispute_or_for_two_ends_is_found(tampered: LedgerUnderTest, change: str) -> None:
    card = TestCard(tampered.open_account(deposit_minor=10_000))
    paid = card.authorized("5.00", capture=True)
    asked = {"transaction_id": paid["id"], "reason": "no"}
    dispute = card.ask("/disputes", asked, headers=card.account.headers).json["data"]
    assert findings(tampered) == []
    with by_hand(tampered) as file:
        file.execute(change)
    assert ("derived rows equal entries", dispute["credit_transaction_id"]) in findings(tampered)


@pytest.mark.parametrize(
    ("change", "restore"),
    [
        (
            "UPDATE card_statements SET purchases_minor = 1, closing_minor = closing_minor + 1",
            "UPDATE card_statements SET purchases_minor = 0, closing_minor = closing_minor - 1",
        ),
        ("UPDATE card_statements SET fee_position = 1", "UPDATE card_statements SET fee_position = NULL"),
        (
            "UPDATE due_work SET kind = 'card_settlement' WHERE kind = 'card_billing'",
            "UPDATE due_work SET kind = 'card_billing' WHERE kind = 'card_settlement'",
        ),
    ],
)
def test_bills_of_credit_cards_that_do_not_fit_together_are_found(
    tampered: LedgerUnderTest, change: str, restore: str
) -> None:
    ada = tampered.open_account(deposit_minor=10_000)
    line = {"settlement_account_id": ada.account_id, "billing_day": 1, "rate_plan": "credit"}
    card = tampered.open_account(ada.owner_id, account_type="credit", floor_minor=-10_000, credit_line=line)
    path = f"/internal/ledger/credit-lines/{card.account_id}"
    advance(ada, days=32)
    assert len(tampered.call("GET", f"{path}/statements", headers=tampered.service).json["data"]) == 2
    with by_hand(tampered) as file:
        file.execute(change)
    assert "derived rows equal entries" in {check for check, _ in findings(tampered)}
    with by_hand(tampered) as file:
        file.execute(restore)
    tampered.check()


def test_a_hold_that_has_ended_holds_nothing(tampered: LedgerUnderTest) -> None:
    placed(tampered.open_account(deposit_minor=10_000), "5.00")
    with by_hand(tampered) as file, pytest.raises(sqlite3.IntegrityError, match="ended_hold_holds_nothing"):
        file.execute("UPDATE holds SET status = 'voided', ended_at = 3")


def test_postings_of_no_entry_are_found(tampered: LedgerUnderTest) -> None:
    three_payments(tampered)
    with by_hand(tampered) as file:
        file.execute(
            "INSERT INTO postings SELECT 99, leg, account_key, currency, -amount_minor, NULL, effective_at "
            "FROM postings WHERE position = 2"
        )
    assert ("hash chain", "postings") in findings(tampered)


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ("UPDATE postings SET amount_minor = amount_minor + 1 WHERE position = 3 AND leg = 0", "postings sum to 1 EUR"),
        ("UPDATE postings SET currency = 'USD' WHERE position = 3 AND leg = 1", "postings sum to 100 USD"),
        ("DELETE FROM postings WHERE position = 3 AND leg = 1", "has fewer than two postings"),
        ("DELETE FROM postings WHERE position = 3", "has fewer than two postings"),
        ("UPDATE entries SET payer_key = payee_key, payee_key = payer_key WHERE position = 3", "names other sides"),
        ("UPDATE entries SET payee_key = NULL WHERE position = 3", "names other sides"),
        ("UPDATE entries SET payer_key = payee_key WHERE position = 1", "names other sides"),
        ("UPDATE postings SET effective_at = effective_at + 1 WHERE position = 3 AND leg = 1", "another time"),
        ("UPDATE accounts SET currency = 'USD' WHERE owner_id IS NOT NULL AND balance_minor = 300", "another currency"),
    ],
)
def test_an_entry_whose_postings_are_not_even_is_named_with_what_is_wrong(
    tampered: LedgerUnderTest, change: str, detail: str
) -> None:
    three_payments(tampered)
    reconciliation = tampered.app.extensions["context"].reconciliation
    assert reconciliation.look() == []
    with by_hand(tampered) as file:
        assert file.execute(change).rowcount > 0
    assert [found for found in reconciliation.look() if detail in found.detail]
