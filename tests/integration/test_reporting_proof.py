"""The proof names the record when one row is altered by hand, in whichever service's database."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from reporting_service.proof import chain_walk, consistency_check, downstream_checks
from reporting_service.proof.checks import INBOX_EQUALS_JOURNAL, RESIDENTS_EXIST, ROWS_AS_WRITTEN
from reporting_service.reports import balance_total
from shared import services
from shared.refusals import Refused
from shared.services import Service
from tests.reporting_bank import ReportingBank, payment, reporting_bank


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What differs is looked at twice; here nothing settles in between."""
    monkeypatch.setattr(consistency_check, "SETTLING_SECONDS", 0)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportingBank]:
    """Two customers of a simulated world who have paid one another, and a stored report; tests leave it as it was."""
    with reporting_bank(tmp_path_factory.mktemp("bank")) as opened:
        ada, bob = opened.customer("100.00", "20.00"), opened.customer("5.00")
        opened.settle_in_a_world(ada, bob)
        opened.post(payment(ada.accounts[0], bob.accounts[0], "12.34", category="rent"))
        opened.card(ada)
        opened.follow()
        opened.report(f"/account/{ada.accounts[0]['id']}", ada.headers)
        assert opened.report("/proof")["holds"]
        yield opened
        opened.follow()
        assert opened.report("/proof")["findings"] == []


def one(bank: ReportingBank, service: Service, query: str) -> str:
    """A single value of a service's database."""
    with bank.bank.databases[service.package].read() as connection:
        return str(connection.execute(text(query)).scalar_one())


ANY_ACCOUNT = "SELECT min(id) FROM accounts WHERE account_type <> 'bank'"
ANY_ENTRY = "SELECT max(id) FROM entries"
_UUID = "substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-' || substr(h, 13, 4) || '-' || substr(h, 17, 4) || '-' || "
AN_ACCOUNT_OF_THE_LEDGER = (
    f"SELECT {_UUID} substr(h, 21) FROM (SELECT lower(hex(min(id))) AS h FROM accounts WHERE owner_id IS NOT NULL)"
)
AN_ENTRY_OF_THE_LEDGER = f"SELECT {_UUID} substr(h, 21) FROM (SELECT lower(hex(max(id))) AS h FROM entries)"
A_SPENDER_OF_THE_LEDGER = (
    f"SELECT {_UUID} substr(h, 21) FROM (SELECT lower(hex(id)) AS h FROM accounts "
    "JOIN daily_outgoings ON account_key = key)"
)
IT = "unhex(replace('{}', '-', ''))"
ITS_POSITION = f"(SELECT position FROM entries WHERE id = {IT})"
ITS_KEY = f"(SELECT key FROM accounts WHERE id = {IT})"
A_LEDGER, AN_ACCOUNT, AN_AUTH, A_REPORT = services.TRANSACTION, services.ACCOUNT, services.AUTH, services.REPORTING
A_SIMULATOR, AN_INBOX = services.SIMULATOR, services.NOTIFICATION
A_MESSAGE = "SELECT min(id) FROM notifications WHERE type = 'money_received' AND movement = 'transfer'"
A_RESIDENT = "SELECT min(user_id) FROM parties"

ALTERATIONS = {
    "a balance": (
        A_LEDGER,
        AN_ACCOUNT_OF_THE_LEDGER,
        f"UPDATE accounts SET balance_minor = balance_minor + 1 WHERE id = {IT}",
    ),
    "an owner in the ledger": (
        A_LEDGER,
        AN_ACCOUNT_OF_THE_LEDGER,
        f"UPDATE accounts SET owner_id = X'0193e5a0000070008000000000000000' WHERE id = {IT}",
    ),
    "a limit": (
        A_LEDGER,
        AN_ACCOUNT_OF_THE_LEDGER,
        f"UPDATE accounts SET daily_limit_minor = daily_limit_minor * 2 WHERE id = {IT}",
    ),
    "a status in the ledger": (
        A_LEDGER,
        AN_ACCOUNT_OF_THE_LEDGER,
        f"UPDATE accounts SET status = 'frozen' WHERE id = {IT}",
    ),
    "a billing day": (AN_ACCOUNT, ANY_ACCOUNT, "UPDATE accounts SET billing_day = 3 WHERE id = '{}'"),
    "a card": (AN_ACCOUNT, "SELECT id FROM cards", "UPDATE cards SET told_status = 'frozen' WHERE id = '{}'"),
    "a card that only the ledger knows": (AN_ACCOUNT, "SELECT id FROM cards", "DELETE FROM cards WHERE id = '{}'"),
    "held money": (A_LEDGER, AN_ACCOUNT_OF_THE_LEDGER, f"UPDATE accounts SET held_minor = 1 WHERE id = {IT}"),
    "the spending of a day": (
        A_LEDGER,
        A_SPENDER_OF_THE_LEDGER,
        f"UPDATE daily_outgoings SET amount_minor = 1 WHERE account_key = {ITS_KEY}",
    ),
    "an idempotency key": (
        A_LEDGER,
        "SELECT min(number) FROM idempotency_keys",
        "UPDATE idempotency_keys SET position = NULL, reply_form = NULL, status = 201, reply = '' WHERE number = {}",
    ),
    "a description": (
        A_LEDGER,
        AN_ENTRY_OF_THE_LEDGER,
        f"UPDATE entries SET description = 'gift' WHERE id = {IT}",
    ),
    "a posting": (
        A_LEDGER,
        AN_ENTRY_OF_THE_LEDGER,
        f"UPDATE postings SET amount_minor = amount_minor * 2 WHERE position IN {ITS_POSITION}",
    ),
    "the sides of an entry": (
        A_LEDGER,
        AN_ENTRY_OF_THE_LEDGER,
        f"UPDATE entries SET payer_key = payee_key, payee_key = payer_key WHERE id = {IT}",
    ),
    "a nickname": (AN_ACCOUNT, ANY_ACCOUNT, "UPDATE accounts SET nickname = 'mine' WHERE id = '{}'"),
    "an owner": (
        AN_ACCOUNT,
        ANY_ACCOUNT,
        "UPDATE accounts SET user_id = '0193e5a0-0000-7000-8000-000000000000' WHERE id = '{}'",
    ),
    "an account number": (AN_ACCOUNT, ANY_ACCOUNT, "UPDATE accounts SET account_number = 'DE1' WHERE id = '{}'"),
    "a status": (AN_ACCOUNT, ANY_ACCOUNT, "UPDATE accounts SET status = 'frozen' WHERE id = '{}'"),
    "an account's age": (AN_ACCOUNT, ANY_ACCOUNT, "UPDATE accounts SET created_at = 0 WHERE id = '{}'"),
    "a role": (
        AN_AUTH,
        "SELECT min(id) FROM users WHERE role = 'customer'",
        "UPDATE users SET role = 'admin' WHERE id = '{}'",
    ),
    "an e-mail address": (
        AN_AUTH,
        "SELECT min(id) FROM users WHERE role = 'customer'",
        "UPDATE users SET email = 'thief@example.org' WHERE id = '{}'",
    ),
    "a user who is gone": (
        AN_AUTH,
        "SELECT max(id) FROM users WHERE role = 'customer'",
        "DELETE FROM users WHERE id = '{}'",
    ),
    "a copied entry": (A_REPORT, ANY_ENTRY, "UPDATE entries SET category = 'food' WHERE id = '{}'"),
    "an end-to-end id on a copied entry": (
        A_REPORT,
        ANY_ENTRY,
        "UPDATE entries SET end_to_end_id = 'INV-1' WHERE id = '{}'",
    ),
    "an exchange beyond the copied journal": (
        A_REPORT,
        "SELECT 'exchanges'",
        """INSERT INTO exchanges (position, source_currency, source_minor, target_currency, target_minor)
        VALUES (999999, 'EUR', 1, 'USD', 1)""",
    ),
    "a copied leg": (
        A_REPORT,
        ANY_ENTRY,
        "UPDATE legs SET balance_after_minor = 0 WHERE position = (SELECT max(position) FROM entries)",
    ),
    "the time of a copied leg": (
        A_REPORT,
        ANY_ENTRY,
        "UPDATE legs SET effective_at = 0 WHERE position = (SELECT max(position) FROM entries)",
    ),
    "a derived day of an account": (
        A_REPORT,
        "SELECT min(account_id) FROM turnover",
        "UPDATE turnover SET own_arrivals = own_arrivals + 1 WHERE account_id = '{}'",
    ),
    "a derived day that is gone": (
        A_REPORT,
        "SELECT max(account_id) FROM turnover",
        "DELETE FROM turnover WHERE account_id = '{}'",
    ),
    "a derived balance": (
        A_REPORT,
        "SELECT min(account_id) FROM balances",
        "UPDATE balances SET balance_minor = 0 WHERE account_id = '{}'",
    ),
    "a copied account": (A_REPORT, ANY_ACCOUNT, "UPDATE accounts SET holder_name = 'Eve' WHERE id = '{}'"),
    "a copied user": (
        A_REPORT,
        "SELECT min(id) FROM users",
        "UPDATE users SET full_name = 'Eve' WHERE id = '{}'",
    ),
    "a volume": (A_REPORT, "SELECT 'volume'", "UPDATE volumes SET amount_minor = 1 WHERE type = 'transfer'"),
    "a feed position": (
        A_REPORT,
        "SELECT 'feed position'",
        "UPDATE feed_positions SET mark = 'x' WHERE feed = 'journal'",
    ),
    "a stored report": (
        A_REPORT,
        "SELECT id FROM reports",
        "UPDATE reports SET content = replace(content, '12.34', '99.99') WHERE id = '{}'",
    ),
    "a message's amount": (
        AN_INBOX,
        A_MESSAGE,
        "UPDATE notifications SET amount_minor = amount_minor * 10 WHERE id = '{}'",
    ),
    "whose message it is": (AN_INBOX, A_MESSAGE, "UPDATE notifications SET user_id = 'x' WHERE id = '{}'"),
    "when a message was read": (AN_INBOX, A_MESSAGE, "UPDATE notifications SET read_at = 1 WHERE id = '{}'"),
    "a message without money": (
        AN_INBOX,
        "SELECT min(id) FROM notifications WHERE type = 'account_opened'",
        "UPDATE notifications SET created_at = 0 WHERE id = '{}'",
    ),
    "a message that is gone": (AN_INBOX, A_MESSAGE, "DELETE FROM notifications WHERE id = '{}'"),
    "a name in messages": (AN_INBOX, ANY_ACCOUNT, "UPDATE accounts SET holder_name = 'Eve' WHERE id = '{}'"),
    "a resident's account": (A_SIMULATOR, A_RESIDENT, "UPDATE parties SET account_id = 'x' WHERE user_id = '{}'"),
    "a resident's name": (A_SIMULATOR, A_RESIDENT, "UPDATE parties SET username = 'eve' WHERE user_id = '{}'"),
    "a resident who is gone": (
        A_SIMULATOR,
        "SELECT world_id || ' ' || min(party_id) FROM parties",
        "DELETE FROM parties WHERE world_id || ' ' || party_id = '{}'",
    ),
    "a world's seed": (A_SIMULATOR, "SELECT id FROM worlds", "UPDATE worlds SET seed = seed + 1 WHERE id = '{}'"),
    "a job's progress": (A_SIMULATOR, "SELECT id FROM jobs", "UPDATE jobs SET posted = 999 WHERE id = '{}'"),
}


def test_a_row_of_each_service_is_altered() -> None:
    altered = {service for service, _, _ in ALTERATIONS.values()}
    assert altered == set(services.BACKENDS)


@pytest.mark.parametrize("what", ALTERATIONS)
def test_one_row_altered_by_hand_is_named(bank: ReportingBank, what: str) -> None:
    service, which, statement = ALTERATIONS[what]
    record = one(bank, service, which)
    with bank.altered(service, statement.format(record)):
        proof = bank.report("/proof")
    assert not proof["holds"]
    named = [f"{finding['record']} {finding['detail']}" for finding in proof["findings"]]
    assert any(record in text for text in named), named
    assert [check["check"] for check in proof["checks"] if not check["holds"]]


FACTS_OF_A_MESSAGE = {
    "account_id": "'x'",
    "created_at": "0",
    "entry_id": "'x'",
    "amount_minor": "1",
    "currency": "'USD'",
    "user_id": "'x'",
    "movement": "'payroll'",
    "detail": "'gift'",
    "other_account_id": "NULL",
    "type": "'large_payment'",
}
DERIVED = {
    "the name of an account": (AN_INBOX, ANY_ACCOUNT, "UPDATE accounts SET nickname = 'Eve' WHERE id = '{}'"),
    "an account nobody heard of": (AN_INBOX, ANY_ACCOUNT, "DELETE FROM accounts WHERE id = '{}'"),
    "a resident's user": (A_SIMULATOR, "SELECT 'u-1'", "UPDATE parties SET user_id = '{}' WHERE party_id = 'p0'"),
    "a resident's user name": (A_SIMULATOR, A_RESIDENT, "UPDATE parties SET username = 'eve' WHERE user_id = '{}'"),
    "somebody else's account": (
        A_SIMULATOR,
        A_RESIDENT,
        "UPDATE parties SET account_id = (SELECT max(account_id) FROM parties) WHERE user_id = '{}'",
    ),
} | {
    f"the {name} of a message": (AN_INBOX, A_MESSAGE, f"UPDATE notifications SET {name} = {value} WHERE id = '{{}}'")
    for name, value in FACTS_OF_A_MESSAGE.items()
}


@pytest.mark.parametrize("what", DERIVED)
def test_what_others_derived_is_compared_with_what_it_came_from(bank: ReportingBank, what: str) -> None:
    """Even with no seal to tell, as after a bug that wrote, and sealed, the wrong thing."""
    service, which, statement = DERIVED[what]
    record = one(bank, service, which)
    check = INBOX_EQUALS_JOURNAL if service is AN_INBOX else RESIDENTS_EXIST
    with bank.altered(service, statement.format(record)):
        assert (check, record) in {(found["check"], found["record"]) for found in bank.report("/proof")["findings"]}


def pull_the_inbox_alone(bank: ReportingBank) -> None:
    """Let the inbox read on while reporting stays behind."""
    for reader in bank.bank.readers():
        if reader not in bank.context.consumers.values():
            reader.pull()


def test_messages_of_what_reporting_has_not_read_yet_are_waited_for(
    bank: ReportingBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer, payee = bank.customer("9.00"), bank.customer("1.00")
    bank.follow()
    bank.post(payment(payer.accounts[0], payee.accounts[0], "2.00"))
    pull_the_inbox_alone(bank)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            bank.follow()

    monkeypatch.setattr(consistency_check, "time", SimpleNamespace(sleep=pause))
    assert bank.report("/proof")["findings"] == []
    assert len(pauses) == 3


def test_reports_that_do_not_catch_up_make_no_message_wrong(
    bank: ReportingBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer, payee = bank.customer("9.00"), bank.customer("1.00")
    bank.follow()
    bank.post(payment(payer.accounts[0], payee.accounts[0], "2.00"))
    pull_the_inbox_alone(bank)
    monkeypatch.setattr(downstream_checks, "CATCHING_UP_SECONDS", 0)
    message = one(bank, AN_INBOX, A_MESSAGE)
    with bank.altered(AN_INBOX, f"UPDATE notifications SET amount_minor = 1 WHERE id = '{message}'"):
        found = [found["record"] for found in bank.report("/proof")["findings"]]
    assert set(found) == {message}
    bank.follow()


@pytest.mark.parametrize(
    ("service", "unseen"),
    [(AN_INBOX, "inbox equals journal and accounts"), (A_SIMULATOR, "residents are the bank's customers")],
)
def test_a_bank_without_inbox_or_simulator_is_proved_as_far_as_it_goes(
    bank: ReportingBank, monkeypatch: pytest.MonkeyPatch, service: Service, unseen: str
) -> None:
    monkeypatch.setenv(f"{service.env_prefix}_SERVICE_URL", "http://127.0.0.1:9")
    proof = bank.report("/proof")
    assert (proof["holds"], proof["not_seen"]) == (True, [service.name])
    assert {check["check"] for check in proof["checks"] if check["holds"] is None} == {unseen, ROWS_AS_WRITTEN}


def test_the_bank_is_proved_once_at_a_time(bank: ReportingBank) -> None:
    with bank.context.proving:
        reply = bank.get("/proof", bank.bank.headers("admin"))
    assert (reply.status_code, reply.json["error_code"]) == (409, "PROOF_UNDER_WAY")
    assert bank.report("/proof")["holds"]


def test_an_altered_balance_spoils_the_total(bank: ReportingBank) -> None:
    account = one(bank, A_LEDGER, AN_ACCOUNT_OF_THE_LEDGER)
    more = "UPDATE accounts SET balance_minor = balance_minor + 1 WHERE id = "
    with bank.altered(A_LEDGER, more + IT.format(account)):
        total = bank.report("/balances/total")
    assert not total["matches"]
    assert [difference["account_id"] for difference in total["differences"]] == [account]
    assert total["totals"][0]["difference"] == "0.01"


def test_accounts_are_summed_in_batches_that_miss_none(bank: ReportingBank, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = bank.report("/balances/total")
    for size in (1, 2):
        monkeypatch.setattr(balance_total, "ACCOUNTS_A_BATCH", size)
        monkeypatch.setattr("reporting_service.service_clients.PAGE", size)
        parted = bank.report("/balances/total")
        assert parted["batches"] > 1
        assert {**parted, "batches": 0} == {**whole, "batches": 0}


def test_the_proof_misses_nothing_at_the_edges_of_pages(bank: ReportingBank, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("reporting_service.service_clients", "reporting_service.proof.consistency_check"):
        monkeypatch.setattr(f"{module}.PAGE", 2)
    monkeypatch.setattr(chain_walk, "ENTRIES_A_PAGE", 2)
    assert bank.report("/proof")["holds"]
    last = one(bank, AN_ACCOUNT, "SELECT max(id) FROM accounts")
    key, account = "DELETE FROM opening_keys WHERE account_id = '{}'", "DELETE FROM accounts WHERE id = '{}'"
    with bank.altered(AN_ACCOUNT, key.format(last), account.format(last)):
        assert last in {finding["record"] for finding in bank.report("/proof")["findings"]}


def test_a_ledger_sealed_anew_over_an_altered_past_is_found_where_it_parts(bank: ReportingBank) -> None:
    """Somebody who can compute every hash again fools the ledger's own check, but not the copy made before."""
    with bank.altered(A_LEDGER, "UPDATE entries SET hash = unhex('00' || substr(hex(hash), 3)) WHERE position >= 3"):
        found = bank.report("/proof")["findings"]
    assert ("reports equal ledger", "3") in {(finding["check"], finding["record"]) for finding in found}


def test_what_settles_in_time_is_no_finding(bank: ReportingBank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.customer("7.00")  # reporting has not heard of them yet
    monkeypatch.setattr(consistency_check, "time", SimpleNamespace(sleep=lambda _seconds: bank.follow()))
    assert bank.report("/proof")["findings"] == []


def test_what_cannot_be_seen_is_not_proved(bank: ReportingBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCOUNT_SERVICE_URL", "http://127.0.0.1:9")
    reply = bank.get("/proof", bank.bank.headers("admin"))
    assert (reply.status_code, reply.json["error_code"]) == (503, "SERVICE_UNAVAILABLE")


def test_a_proof_of_an_empty_bank_holds(tmp_path: Path) -> None:
    with reporting_bank(tmp_path) as empty:
        empty.follow()
        assert empty.report("/proof")["holds"]
        assert empty.report("/balances/total") == {
            "as_of_position": 0,
            "stale": False,
            "accounts": 0,
            "batches": 1,
            "totals": [],
            "matches": True,
            "differences": [],
        }
        with pytest.raises(Refused):
            empty.context.clients._ledger.call("GET", "/internal/journal")
