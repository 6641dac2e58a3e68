"""The inbox's consumers against the real feeds of the ledger, the account service and auth, over HTTP."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared import services
from shared.identity.service_tokens import ServiceToken
from shared.network.discovery import Discovery
from tests.account_bank import AccountBank, account_bank
from tests.auth_bank import ELSEWHERE, SECRETS, AuthUnderTest, open_auth
from tests.inboxes import InboxUnderTest, open_inbox
from tests.live_services import serving

FEED_SCOPE = "feed:read"


@dataclass
class Told:
    """A bank with an inbox, its feeds pulled when a test says so."""

    bank: AccountBank
    inbox: InboxUnderTest

    def pull(self, *feeds: str) -> None:
        """Take in everything there is."""
        keys = self.bank.keys

        class Token(ServiceToken):
            def __init__(self) -> None:
                """Signed by the tests, instead of asked of auth."""

            def __call__(self) -> str:
                return keys.token("notification-service", role="service", scope=FEED_SCOPE)

        for feed in feeds:
            consumer = self.inbox.consumer(feed).feed_consumer(Discovery(), Token())
            while consumer.pull() or consumer.lag:
                pass


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    with ExitStack() as opened:
        bank = opened.enter_context(account_bank(tmp_path, monkeypatch))
        inbox = opened.enter_context(open_inbox(tmp_path, bank.keys))
        monkeypatch.setenv("ACCOUNT_SERVICE_URL", opened.enter_context(serving(bank.app)))
        yield Told(bank, inbox)


def test_an_opening_a_transfer_and_a_large_payment_reach_the_inboxes_they_concern(told: Told) -> None:
    bank, inbox = told.bank, told.inbox
    ada, grace = bank.person("Ada Lovelace"), bank.person("Grace Hopper")
    mine = bank.opened(ada, nickname="Daily", initial_deposit="5000")
    theirs = bank.opened(grace, currency="EUR")
    body = {
        "from_account_id": mine["id"],
        "to_account_number": theirs["account_number"],
        "amount": "1000.00",
        "description": "Rent",
    }
    reply = bank.ledger.call("POST", "/api/transactions/transfer", body, headers=bank.keys.headers(ada))
    entry_id = reply.json["data"]["id"]
    told.pull("accounts", "journal")
    for_ada = {row["type"]: row for row in inbox.listed(ada)}
    assert set(for_ada) == {"account_opened", "money_received", "large_payment"}
    assert for_ada["account_opened"]["link"] == f"/accounts/{mine['id']}"
    assert f'your account "Daily" ending in {mine["account_number"][-4:]}' in for_ada["large_payment"]["body"]
    assert "to Grace Hopper" in for_ada["large_payment"]["body"]
    received = next(row for row in inbox.listed(grace) if row["type"] == "money_received")
    assert received["title"] == "You received 1,000.00 EUR"
    assert received["body"].startswith("Ada Lovelace paid 1,000.00 EUR into your checking account")
    assert received["link"] == f"/transactions/{entry_id}"
    told.pull("accounts", "journal")
    assert len(inbox.listed(ada)) == 3


def test_a_ledger_that_was_emptied_is_followed_from_its_new_beginning(told: Told) -> None:
    bank, inbox = told.bank, told.inbox
    ada = bank.person("Ada Lovelace")
    for _ in range(3):
        bank.opened(ada, initial_deposit="10")
    told.pull("journal")
    emptied = bank.ledger.call("POST", "/internal/reset", {}, headers=bank.ledger.service)
    assert emptied.status_code == 200
    bank.opened(ada, initial_deposit="20")
    told.pull("journal")
    assert [row["title"] for row in inbox.listed(ada)] == ["You received 20.00 EUR"]


@pytest.fixture
def auth(tmp_path: Path) -> Iterator[AuthUnderTest]:
    with open_auth(tmp_path) as opened:
        yield opened


def test_auth_tells_of_new_devices_and_changed_passwords_to_the_service_with_its_own_token(
    auth: AuthUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = auth.register("ada")["id"]
    at_home = auth.sign_in("ada")
    auth.sign_in("ada", address=ELSEWHERE)
    change = {"current_password": "plain sailing on tuesdays", "new_password": "rough seas on wednesdays"}
    assert auth.call("POST", "/api/auth/change_password", change, headers=at_home.headers).status_code == 200
    monkeypatch.setenv("NOTIFICATION_CLIENT_SECRET", SECRETS["notification-service"])
    with serving(auth.app) as address, open_inbox(tmp_path) as inbox:
        monkeypatch.setenv("AUTH_SERVICE_URL", address)
        discovery = Discovery()
        consumer = inbox.consumer("users").feed_consumer(discovery, ServiceToken(services.NOTIFICATION, discovery))
        while consumer.pull():
            pass
        rows = inbox.listed(ada)
    assert sorted(row["type"] for row in rows) == ["new_device_login", "password_changed"]
    login = next(row for row in rows if row["type"] == "new_device_login")
    assert ELSEWHERE in login["body"]


def test_what_is_held_and_available_again_reaches_the_owners_inbox_until_the_bank_is_reset(told: Told) -> None:
    bank, inbox = told.bank, told.inbox
    ada = bank.person("Ada Lovelace")
    account = bank.opened(ada, nickname="Daily", initial_deposit="100")
    ledger = bank.ledger
    held = {"account_id": account["id"], "amount": "80.00", "description": "Hotel deposit"}
    holds = [
        ledger.call("POST", "/api/transactions/holds", {**held, "amount": amount}, headers=ledger.staff()).json["data"]
        for amount in ("80.00", "15.00")
    ]
    path = f"/api/transactions/holds/{holds[0]['id']}"
    assert ledger.call("POST", f"{path}/void", {"amount": "30.00"}, headers=ledger.staff()).status_code == 200
    assert ledger.call("POST", f"{path}/capture", {}, headers=ledger.staff()).status_code == 201
    told.pull("accounts", "holds")
    found = [row for row in inbox.listed(ada) if row["type"].startswith("hold_")]
    assert [row["title"] for row in found[::-1]] == [
        "80.00 EUR is held",
        "15.00 EUR is held",
        "30.00 EUR is available again",
        "50.00 EUR was paid",
    ]
    assert found[-1]["created_at"] == holds[0]["created_at"]
    assert 'on your account "Daily" ending in' in found[-1]["body"]
    assert found[-1]["body"].endswith("For: “Hotel deposit”")
    assert found[-1]["link"] == f"/accounts/{account['id']}"
    told.pull("holds")
    assert len([row for row in inbox.listed(ada) if row["type"].startswith("hold_")]) == 4
    assert ledger.call("POST", "/internal/reset", {}, headers=ledger.service).status_code == 200
    told.pull("holds")
    assert [row for row in inbox.listed(ada) if row["type"].startswith("hold_")] == []
