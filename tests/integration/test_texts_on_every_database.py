"""Texts and numbers at the edge of what is let in: every database gives back what it was given, and tells them apart.

What a SQLite file takes without a look, a server measures: lengths in characters, characters of four bytes, the ends of
whole numbers, letters that differ by a case or an accent, and spaces at the end.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.account_bank import AccountBank, account_bank
from tests.auth_bank import PASSWORD, AuthUnderTest, open_auth
from tests.ledgers import LedgerUnderTest

pytestmark = pytest.mark.every_database

FOUR_BYTES = "\N{MATHEMATICAL SCRIPT CAPITAL A}"
ALIKE = ("resume", "Resume", "résumé", "re sume", "ßen", "ssen", "🍕", "🍣", "k", "K")
"""Each is another word than all others, byte by byte."""
KEYS = ("k" * 255, "K" * 255, "k" * 254, "k" * 254 + "~")


@pytest.fixture
def auth(tmp_path: Path) -> Iterator[AuthUnderTest]:
    with open_auth(tmp_path) as opened:
        yield opened


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountBank]:
    with account_bank(tmp_path, monkeypatch) as opened:
        yield opened


def test_the_longest_names_and_addresses_are_kept_and_found(auth: AuthUnderTest) -> None:
    username, email = "N" * 64, f"{'m' * 64}@{'x' * 63}.{'y' * 63}.{'z' * 58}.de"
    full_name = "🍕" * 100
    made = auth.register(username, email=email, full_name=full_name)
    assert (made["username"], made["email"], made["full_name"]) == (username, email, full_name)
    assert auth.login(username.lower(), **{"User-Agent": "ä" * 1_000}).status_code == 200
    assert auth.login(email.upper()).status_code == 200
    found = auth.call("GET", "/api/auth/users?q=%F0%9F%8D%95", headers=auth.admin().headers).json["data"]
    assert [user["username"] for user in found] == [username]


def test_names_that_differ_by_case_are_one_person_and_names_that_differ_by_a_dot_are_two(auth: AuthUnderTest) -> None:
    ids = [auth.register(name)["id"] for name in ("rene", "rene.", "re-ne", "re_ne")]
    assert [auth.sign_in(name).user_id for name in ("RENE", "Rene.", "RE-NE", "RE_NE")] == ids
    person = {"username": "ReNe", "email": "somebody@example.test", "password": PASSWORD}
    assert auth.call("POST", "/api/auth/register", person).status_code == 409


def test_what_is_written_on_a_payment_comes_back_as_it_was_and_is_found_by_itself_alone(
    ledger: LedgerUnderTest,
) -> None:
    ada, bob = ledger.open_account(deposit_minor=100_000, holder_name=FOUR_BYTES * 100), ledger.open_account()
    for words in (*ALIKE, FOUR_BYTES * 50):
        paid = ada.pay(bob, "1.00", description=words, category=words)
        assert paid.status_code == 201, paid.text
        assert (paid.json["data"]["description"], paid.json["data"]["category"]) == (words, words)
    for words in (*ALIKE, FOUR_BYTES * 50):
        listed = ledger.call("GET", f"/api/transactions/list?category={quote(words)}", headers=bob.headers)
        assert [row["description"] for row in listed.json["data"]] == [words]
    assert ada.pay(bob, "1.00", description=FOUR_BYTES * 140).json["data"]["description"] == FOUR_BYTES * 140


def test_keys_that_differ_by_case_or_in_the_last_character_are_other_keys(accounts: AccountBank) -> None:
    ledger = accounts.ledger
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    assert len({ada.pay(bob, "1.00", key=key).json["data"]["id"] for key in KEYS for _ in range(2)}) == len(KEYS)
    person = accounts.person(FOUR_BYTES * 100)
    order = {"account_type": "checking", "nickname": FOUR_BYTES * 60}
    replies = [accounts.call("POST", "/create", person, order, key=key) for key in KEYS for _ in range(2)]
    assert {reply.status_code for reply in replies} == {201}
    opened = {reply.json["data"]["id"]: reply.json["data"] for reply in replies}
    assert len(opened) == len(KEYS)
    assert {account["nickname"] for account in opened.values()} == {FOUR_BYTES * 60}
    reason = {"reason": FOUR_BYTES * 200}
    frozen = accounts.staff("POST", f"/{next(iter(opened))}/freeze", reason)
    assert frozen.status_code == 200, frozen.text
    assert (
        accounts.call("GET", f"/details/{next(iter(opened))}", person).json["data"]["status_reason"] == reason["reason"]
    )


def test_the_largest_amounts_and_the_ends_of_time_are_kept_and_summed(ledger: LedgerUnderTest) -> None:
    simulator = ledger.keys.headers("s" * 48, role="service", scope="bank:simulate")
    most = 10**11
    facts = {"movement_limit_minor": most, "daily_limit_minor": most, "synthetic": True}
    ada, bob = (ledger.open_account(**facts) for _ in range(2))
    for moment, amount in (("1970-01-02T00:00:00.000001Z", most - 1), ("2026-01-01T00:00:00Z", 1)):
        order = {"account_id": ada.account_id, "amount": f"{amount // 100}.{amount % 100:02d}", "effective_at": moment}
        reply = ledger.call("POST", "/api/transactions/deposit", order, headers=simulator)
        assert reply.status_code == 201, reply.text
        assert reply.json["data"]["effective_at"][:10] == moment[:10]
    assert ada.balance_minor == most
    assert ada.pay(bob, f"{most // 100}.{most % 100:02d}").status_code == 201
    assert (ada.balance_minor, bob.balance_minor) == (0, most)
    rows = ledger.call("GET", "/api/transactions/list?limit=9", headers=ada.headers).json["data"]
    assert [row["amount"] for row in rows][1:] == ["0.01", f"{(most - 1) // 100}.{(most - 1) % 100:02d}"]
